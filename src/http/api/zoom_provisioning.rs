//! Provisioning into Zoom: the settings, and what they do with one person. Runs are [`super::zoom_runs`], what became of
//! people [`super::zoom_people`].
//!
//! Nothing is done in Zoom here: a preview is worked out and told.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, Found, IfMatch, Json, Versioned};
use super::problem::Problem;
use super::schema::{Moment, UserIdText};
use crate::flow::zoom::provision::settings::{self, Preview, Settings, SettingsView};
use crate::scim::attribute::Attribute;

/// How an account provisions into Zoom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomProvisioning {
    /// As a change takes them.
    #[schemars(with = "Map<String, Value>")]
    settings: Settings,
    /// When everybody is gone through next.
    next_run_at: Option<Moment>,
    /// When the users of Zoom are counted next.
    next_inventory_at: Option<Moment>,
    /// What could be better about the mapping.
    warnings: Vec<String>,
}

/// What is tried on whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewWish {
    /// Whom it is tried on.
    person: UserIdText,
    /// What is tried; the settings that hold, without it.
    settings: Option<Settings>,
}

/// What the settings do with a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPreview {
    person: UserIdText,
    name: Option<String>,
    /// The rule that means them; null: none does, and nothing is done for them.
    rule: Option<String>,
    /// What each row of the mapping gives.
    rows: Vec<ZoomValue>,
    /// What Zoom would get, by attribute; null where it would get nothing.
    values: Option<BTreeMap<&'static str, String>>,
    /// Why it would get nothing: `missing` (a value that Zoom needs) or `address` (one that Zoom takes).
    problem: Option<&'static str>,
    /// What is known of the person: what rules and mapping can speak of.
    fields: BTreeMap<String, Vec<String>>,
}

/// The value of an attribute.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomValue {
    attribute: Attribute,
    value: Option<String>,
}

/// A value that Zoom did not take; none: it was to be taken away.
pub(super) fn not_taken(attribute: Attribute, value: String) -> ZoomValue {
    ZoomValue { attribute, value: (!value.is_empty()).then_some(value) }
}

impl From<Preview> for ZoomPreview {
    fn from(view: Preview) -> Self {
        let problem = view.problem();
        let values = view.values.ok();
        let values =
            values.map(|values| values.iter().map(|(one, to)| (one.name(), to.to_owned())).collect());
        Self {
            person: UserIdText(view.user_id),
            name: view.name,
            rule: view.rule,
            rows: view.rows.into_iter().map(|(attribute, value)| ZoomValue { attribute, value }).collect(),
            values,
            problem,
            fields: view.fields.into_iter().collect(),
        }
    }
}

fn provisioning(view: SettingsView) -> Versioned<ZoomProvisioning> {
    let SettingsView { settings, version, next_run_at, next_inventory_at, warnings } = view;
    let told = ZoomProvisioning {
        settings,
        next_run_at: next_run_at.map(Moment),
        next_inventory_at: next_inventory_at.map(Moment),
        warnings: warnings.iter().map(ToString::to_string).collect(),
    };
    Versioned(told, version)
}

/// The settings of an account.
pub(super) async fn settings(call: Call, (): ()) -> Result<Versioned<ZoomProvisioning>, Problem> {
    Ok(provisioning(settings::show(call.gateway(), &call.ctx, call.account()?).await?))
}

/// Others in their place.
pub(super) async fn set(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<Settings>),
) -> Result<Versioned<ZoomProvisioning>, Problem> {
    let expects = |version| if_match.allows(version);
    Ok(provisioning(settings::save(call.gateway(), &call.ctx, call.account()?, new, expects).await?))
}

/// What they do with one person; nothing is done.
pub(super) async fn preview(
    call: Call,
    Json(wish): Json<PreviewWish>,
) -> Result<Found<ZoomPreview>, Problem> {
    let PreviewWish { person, settings } = wish;
    let of = (call.account()?, person.0);
    Ok(Found(settings::preview(call.gateway(), &call.ctx, of, settings).await?.into()))
}
