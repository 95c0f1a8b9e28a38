//! Who looks at a page about Zoom, of which account, and what they ask it for. An extractor.
//!
//! What is sent by a form begins with [`super::frame::sent`] instead: its token is looked at before the account.

use axum::extract::{FromRequestParts, Path, RawQuery};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use super::frame::{Section, account};
use crate::flow::account::AccountView;
use crate::http::Web;
use crate::http::reply::parameter;

/// Whoever looks, and where.
pub struct ZoomPlace {
    /// With the language of the account.
    pub web: Web,
    /// Who.
    pub caller: Caller,
    /// Of which account.
    pub account: AccountView,
    /// What they ask for.
    pub query: String,
}

impl FromRequestParts<Web> for ZoomPlace {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Ok(mut web) = Web::from_request_parts(parts, web).await;
        let caller = Caller::from_request_parts(parts, &web).await?;
        let path = Path::<String>::from_request_parts(parts, &web).await;
        let Path(slug) = path.map_err(IntoResponse::into_response)?;
        let Ok(RawQuery(query)) = RawQuery::from_request_parts(parts, &web).await;
        let account = account(&mut web, &caller, (&slug, Section::Zoom)).await?;
        Ok(Self { web, caller, account, query: query.unwrap_or_default() })
    }
}

impl ZoomPlace {
    /// What they ask for under that name.
    #[must_use]
    pub fn asked(&self, name: &str) -> Option<String> {
        parameter(self.query.as_bytes(), name)
    }
}
