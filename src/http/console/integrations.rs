//! The first page of an account: what it has connected, with its state in words.

use axum::extract::Path;
use axum::http::StatusCode;

use super::caller::Caller;
use super::frame::{About, Answer, Section, account, around, refused, show as shown};
use crate::flow::zoom::link;
use crate::flow::{FlowError, integrations};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{IntegrationsPage, Tile, ZoomTile};

/// `GET /console/at/{account}`.
pub async fn show(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Integrations)).await?;
    let standings =
        integrations::list(&web.gateway, &caller.ctx, &account.slug).await.map_err(refused(&web, &caller))?;
    let set_up = format!("/console/at/{}/sso", account.slug);
    let with = (set_up.as_str(), web.frame().text);
    let mut tiles: Vec<_> =
        standings.iter().map(|standing| Tile::new(standing, caller.ctx.now, with)).collect();
    tiles.sort_by_key(|tile| tile.mood);
    let zoom = match link::show(&web.gateway, &caller.ctx, &account.slug).await {
        Ok(shown) => Some(ZoomTile::new(shown.link.as_ref(), account.slug.as_str(), web.frame().text)),
        // Not for them, or of an account that is deleted.
        Err(FlowError::Denied(_) | FlowError::NotFound(_)) => None,
        Err(error) => return Err(answer(&web, &caller.ctx, &error)),
    };
    let about = About { section: Section::Integrations, account: Some(&account), problem: None };
    let (frame, around) = (web.frame(), around(&web, &caller, about));
    let page = IntegrationsPage { frame, around, tiles: &tiles, set_up: &set_up, zoom: zoom.as_ref() };
    Ok(shown(&web, &caller, StatusCode::OK, &page))
}
