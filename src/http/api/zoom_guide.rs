//! What is to be ticked and copied in Zoom's Marketplace, for what an account uses Zoom for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, Query};
use super::problem::Problem;
use super::schema::ZoomKindName;
use crate::flow::FlowError;
use crate::flow::zoom::guide::{self, Guided};
use crate::flow::zoom::link::Addresses;
use crate::words::EN;

/// What is to be ticked and copied in Zoom's Marketplace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomGuide {
    /// With which app.
    kind: ZoomKindName,
    /// What for: `events`, `provisioning`, `inventory`.
    uses: Vec<&'static str>,
    /// What the app is to be called.
    app_name: String,
    /// Where events are posted.
    webhook_url: String,
    /// The same by the platform's own id of the account.
    webhook_url_by_id: Option<String>,
    /// Where browsers come back to after authorising.
    redirect_url: String,
    /// Scopes to tick.
    scopes: Vec<ZoomGuideScope>,
    /// Types of events to tick.
    events: Vec<ZoomGuideEvent>,
}

/// A scope to tick.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomGuideScope {
    /// The name of what is done with it, which stays the same.
    name: &'static str,
    /// The same in words.
    what_for: String,
    /// In an app that has classic scopes.
    classic_scope: &'static str,
    /// In one that has granular ones.
    granular_scope: &'static str,
    /// Whether the rest works without it.
    is_optional: bool,
}

/// A type of events to tick.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomGuideEvent {
    /// As Zoom's API calls it.
    #[serde(rename = "type")]
    name: &'static str,
    /// As Zoom's list calls it; null where that is not known.
    label: Option<&'static str>,
    /// What it is about: `meeting`, `participant`, `registration` or `recording`.
    about: &'static str,
    /// Whether the rest works without it.
    is_optional: bool,
}

/// For what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoomGuideWish {
    /// What it is to be used for, with commas: `events`, `provisioning`, `inventory`; without it what the link is used for,
    /// or all of them.
    #[serde(rename = "use")]
    uses: Option<String>,
    /// With which app; without it that of the link, or `server_to_server`.
    kind: Option<ZoomKindName>,
}

impl From<Guided> for ZoomGuide {
    fn from(view: Guided) -> Self {
        let Guided { kind, uses, app_name, addresses, guide } = view;
        let Addresses { webhook, webhook_by_id, redirect, .. } = addresses;
        let scopes = guide.scopes.into_iter().map(|row| ZoomGuideScope {
            name: row.need,
            what_for: EN.zoom.need(row.need).to_string(),
            classic_scope: row.classic,
            granular_scope: row.granular,
            is_optional: row.is_optional,
        });
        let events = guide.events.into_iter().flat_map(|(about, rows)| {
            rows.into_iter().map(move |row| ZoomGuideEvent {
                name: row.name,
                label: Some(row.label).filter(|label| !label.is_empty()),
                about,
                is_optional: row.is_optional,
            })
        });
        Self {
            kind: ZoomKindName(kind),
            uses,
            app_name,
            webhook_url: webhook,
            webhook_url_by_id: webhook_by_id,
            redirect_url: redirect,
            scopes: scopes.collect(),
            events: events.collect(),
        }
    }
}

/// What is to be ticked and copied.
pub(super) async fn read(call: Call, Query(wish): Query<ZoomGuideWish>) -> Result<Found<ZoomGuide>, Problem> {
    let names = wish.uses.as_deref().unwrap_or_default().split(',').map(str::trim);
    let names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let of = (names.as_slice(), wish.kind.map(|kind| kind.0));
    let found = guide::read(call.gateway(), &call.ctx, call.account()?, of).await;
    match found {
        Ok(found) => Ok(Found(found.into())),
        Err(error @ FlowError::Invalid(_)) => Err(Problem::parameter("use", error.to_string())),
        Err(error) => Err(error.into()),
    }
}
