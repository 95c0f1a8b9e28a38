//! How an account provisions: toggles, rules, mapping, when; and a preview of what it does with one person.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::people::{self, Known};
use crate::access::Action;
use crate::base::encoding::hex;
use crate::base::id::UserId;
use crate::base::sentence::{Sentence, sentence};
use crate::base::text::is_line;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::flow::connection::settings::Settings as OfConnection;
use crate::flow::event::tell;
use crate::flow::zoom::work::{Home, home};
use crate::flow::{FlowError, Gateway};
use crate::scim::attribute::{Attribute, Values};
use crate::storage::zoom_provisioning::{self, Provisioning};
use crate::storage::{StorageError, Tx, change, connection};
use crate::zoom::provision::mapping::{Mapping, MappingProblem, Unmappable};
use crate::zoom::provision::plan::Toggles;
use crate::zoom::provision::rule::{Rule, first};

const MAX_RULES: usize = 50;
const MAX_CONDITIONS: usize = 20;
const MAX_VALUES: usize = 200;
const MAX_GROUPS: usize = 100;
const MAX_TEXT: usize = 200;
/// A month.
const MAX_HOURS: u32 = 720;
const MAX_DAYS: u32 = 3650;

/// How an account provisions into Zoom and counts what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomSettings")]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What may be done.
    pub toggles: Toggles,
    /// Who is provisioned.
    pub rules: Vec<Rule>,
    /// With which values.
    pub mapping: Mapping,
    /// Everybody is gone through every so many hours; 0: only when somebody asks for it.
    pub every_hours: u32,
    /// Whether somebody who changes is looked at soon.
    pub follows_changes: bool,
    /// Groups that are pushed to groups of the same name in Zoom.
    pub groups: Vec<String>,
    /// Zoom's users are counted every so many hours; 0: only when somebody asks for it.
    pub inventory_every_hours: u32,
    /// After so many days without a sign-in a user of Zoom counts as inactive.
    pub inactive_days: u32,
    /// Whether users are left out of the inventory whom an administrator has switched off.
    pub leaves_inactive_out: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            toggles: Toggles::default(),
            rules: Vec::new(),
            mapping: Mapping::usual(),
            every_hours: 24,
            follows_changes: true,
            groups: Vec::new(),
            inventory_every_hours: 24,
            inactive_days: 90,
            leaves_inactive_out: false,
        }
    }
}

/// Settings as flows hand them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsView {
    /// They.
    pub settings: Settings,
    /// Counts their changes; 0 before there are any.
    pub version: i64,
    /// When everybody is gone through next.
    pub next_run_at: Option<Instant>,
    /// When Zoom's users are counted next.
    pub next_inventory_at: Option<Instant>,
    /// What could be better about the mapping.
    pub warnings: Vec<MappingProblem>,
}

/// What the settings do with one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: Option<String>,
    /// The rule that means them.
    pub rule: Option<String>,
    /// What each row of the mapping gives.
    pub rows: Vec<(Attribute, Option<String>)>,
    /// The values that Zoom would get, or why there are none.
    pub values: Result<Values, Unmappable>,
    /// The fields that are known of them, with their values.
    pub fields: Vec<(String, Vec<String>)>,
}

impl Preview {
    /// Why Zoom would get nothing: `missing` or `address`.
    #[must_use]
    pub const fn problem(&self) -> Option<&'static str> {
        match self.values {
            Ok(_) => None,
            Err(Unmappable::Missing(_)) => Some("missing"),
            Err(Unmappable::Address) => Some("address"),
        }
    }
}

/// The settings of an account; the usual ones before there are any.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn show(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<SettingsView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let (settings, stored) = load(&mut tx, &home).await?;
    Ok(view(settings, stored.as_ref()))
}

/// Changes the settings, if their version is what the caller expects.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`], [`FlowError::Stale`], [`FlowError::Invalid`].
pub async fn save(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    mut new: Settings,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<SettingsView, FlowError> {
    for rule in new.rules.iter_mut().filter(|rule| rule.id.trim().is_empty()) {
        rule.id = hex(&gateway.rng().bytes::<8>());
    }
    check(&mut new)?;
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ProvisionZoom, slug)).await?;
    let (before, stored) = load(&mut tx, &home).await?;
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    if !expects(version) {
        return Err(FlowError::Stale);
    }
    let next = |is_on: bool, hours: u32, was: (u32, Option<Instant>)| match (is_on && hours > 0, was) {
        (false, _) => None,
        // What was about to come comes; what is new comes after its time.
        (true, (before, Some(at))) if before == hours => Some(at),
        (true, _) => Some(ctx.now.plus_seconds(i64::from(hours) * 3600)),
    };
    let old = |pick: fn(&Provisioning) -> Option<Instant>| stored.as_ref().and_then(pick);
    let is_on = new.toggles.is_on;
    let follows = is_on && new.follows_changes;
    let row = Provisioning {
        version,
        settings: encode(&new)?,
        next_run_at: next(is_on, new.every_hours, (before.every_hours, old(|row| row.next_run_at))),
        next_inventory_at: next(
            true,
            new.inventory_every_hours,
            (before.inventory_every_hours, old(|row| row.next_inventory_at)),
        ),
        followed_from: follows.then(|| old(|row| row.followed_from).unwrap_or(ctx.now)),
    };
    // Before the row, as an import has it: the event needs it later.
    change::take_turn(&mut tx).await?;
    if !zoom_provisioning::save(&mut tx, home.account, &row, (&home.keys, ctx.now, gateway.rng())).await? {
        return Err(FlowError::Stale);
    }
    let shown = |settings: &Settings| {
        let rules: Vec<_> = settings.rules.iter().map(|rule| rule.name.as_str()).collect();
        let mapped: Vec<_> = settings.mapping.attributes().map(Attribute::name).collect();
        json!({
            "toggles": settings.toggles, "rules": rules, "mapped": mapped, "every_hours": settings.every_hours,
            "follows_changes": settings.follows_changes, "groups": settings.groups.len(),
        })
    };
    let body = json!({ "before": shown(&before), "after": shown(&new) });
    tell(&mut tx, gateway, ctx, home.with_keys(), ("zoom_provisioning.updated", home.account, &body)).await?;
    tx.commit().await?;
    Ok(view(new, Some(&Provisioning { version: version + 1, ..row })))
}

/// Has Zoom's users of an account counted by and by, where nobody has ever entered how it provisions.
pub(in crate::flow::zoom) async fn time_inventory(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    home: &Home,
) -> Result<(), FlowError> {
    let usual = Settings::default();
    let next_at = ctx.now.plus_seconds(i64::from(usual.inventory_every_hours) * 3600);
    let plain = encode(&usual)?;
    let with = (home.keys.as_ref(), ctx.now, gateway.rng());
    Ok(zoom_provisioning::insert_usual(tx, home.account, (plain.as_slice(), next_at), with).await?)
}

/// What `settings` (those that hold, when none are given) do with a person.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn preview(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, user): (&Slug, UserId),
    settings: Option<Settings>,
) -> Result<Preview, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let settings = match settings {
        Some(settings) => settings,
        None => load(&mut tx, &home).await?.0,
    };
    let found = people::find(&mut tx, &home, user).await?;
    let Some(Known { person, name, .. }) = found.filter(|known| known.is_here) else {
        return Err(FlowError::NotFound("user in this account"));
    };
    Ok(Preview {
        user_id: user,
        name,
        rule: first(&settings.rules, &person.fields).map(|rule| rule.name.clone()),
        rows: settings.mapping.preview(&person.fields),
        values: settings.mapping.apply(&person.fields),
        fields: person.fields.into_iter().collect(),
    })
}

/// The names of fields of the account's own that its connections bring: what rules and the mapping can name as `custom:…`.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn own_fields(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<String>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let mut names = BTreeSet::new();
    for connection in connection::list(&mut tx, home.account).await? {
        names.extend(OfConnection::read(&connection.settings)?.mapping.custom.into_keys());
    }
    Ok(names.into_iter().collect())
}

/// The settings, with the row that they stand in.
pub(in crate::flow::zoom) async fn load(
    tx: &mut Tx,
    home: &Home,
) -> Result<(Settings, Option<Provisioning>), FlowError> {
    let stored = zoom_provisioning::find(tx, home.account, &home.keys).await?;
    let settings = match &stored {
        None => Settings::default(),
        Some(row) => serde_json::from_slice(&row.settings)
            .map_err(|_| StorageError::Corrupt("zoom_provisioning.settings_sealed"))?,
    };
    Ok((settings, stored))
}

fn encode(settings: &Settings) -> Result<Zeroizing<Vec<u8>>, FlowError> {
    let plain = serde_json::to_vec(settings).map_err(|_| FlowError::Internal("settings"))?;
    Ok(Zeroizing::new(plain))
}

fn view(settings: Settings, stored: Option<&Provisioning>) -> SettingsView {
    SettingsView {
        warnings: settings.mapping.check().into_iter().filter(MappingProblem::is_warning).collect(),
        version: stored.map_or(0, |row| row.version),
        next_run_at: stored.and_then(|row| row.next_run_at),
        next_inventory_at: stored.and_then(|row| row.next_inventory_at),
        settings,
    }
}

fn check(settings: &mut Settings) -> Result<(), FlowError> {
    if let Some(problem) = settings.mapping.check().into_iter().find(|problem| !problem.is_warning()) {
        return Err(mapping_sentence(&problem).into());
    }
    if settings.rules.len() > MAX_RULES {
        return Err(FlowError::Invalid(sentence!("there are too many rules: at most 50")));
    }
    let mut ids = std::collections::BTreeSet::new();
    for rule in &mut settings.rules {
        rule.name = text(&rule.name)?;
        if rule.name.is_empty() {
            return Err(FlowError::Invalid(sentence!("every rule needs a name")));
        }
        rule.id = text(&rule.id)?;
        if rule.id.is_empty() || !ids.insert(rule.id.clone()) {
            return Err(FlowError::Invalid(sentence!("every rule needs an id of its own")));
        }
        if rule.conditions.len() > MAX_CONDITIONS {
            return Err(FlowError::Invalid(sentence!("a rule has 20 conditions at the most")));
        }
        for condition in &mut rule.conditions {
            condition.field = text(&condition.field)?;
            if condition.field.is_empty() || condition.values.len() > MAX_VALUES {
                return Err(FlowError::Invalid(sentence!(
                    "a condition needs a field, and has 200 values at the most"
                )));
            }
        }
    }
    let hours =
        [("every_hours", settings.every_hours), ("inventory_every_hours", settings.inventory_every_hours)];
    if let Some((field, _)) = hours.into_iter().find(|(_, hours)| *hours > MAX_HOURS) {
        let wrong = sentence!("the time between two runs is 720 hours at the most");
        return Err(FlowError::Invalid(wrong.about(field)));
    }
    if settings.inactive_days == 0 || settings.inactive_days > MAX_DAYS {
        let wrong = sentence!("days without a sign-in must be between 1 and 3650");
        return Err(FlowError::Invalid(wrong.about("inactive_days")));
    }
    if settings.toggles.most_percent.is_some_and(|percent| percent > 100) {
        let wrong = sentence!("a percentage is 100 at the most");
        return Err(FlowError::Invalid(wrong.about("toggles/most_percent")));
    }
    let mut groups = Vec::new();
    for group in &settings.groups {
        let group = text(group)?;
        if !group.is_empty() && !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.len() > MAX_GROUPS {
        let wrong = sentence!("there are too many groups: at most 100");
        return Err(FlowError::Invalid(wrong.about("groups")));
    }
    settings.groups = groups;
    Ok(())
}

/// What is wrong with a mapping, told.
pub(super) fn mapping_sentence(problem: &MappingProblem) -> Sentence {
    match problem {
        MappingProblem::Missing(attribute) => sentence!(
            "{attribute} must be mapped: Zoom makes no user without it",
            attribute = attribute.name()
        ),
        MappingProblem::Twice(attribute) => {
            sentence!("{attribute} is mapped twice", attribute = attribute.name())
        }
        MappingProblem::Email => sentence!(
            "email cannot be mapped by itself: Zoom's user name is the primary address, so map user_name"
        ),
        MappingProblem::LoginType => sentence!(
            "login_type can only be the text sso: with any other, Zoom answers success and makes a user who is not there"
        ),
        MappingProblem::Source(attribute) => {
            sentence!("{attribute} has a source without a name", attribute = attribute.name())
        }
        MappingProblem::OnceOnly(attribute) => sentence!(
            "{attribute} is set when a user is made; Zoom ignores later changes of it",
            attribute = attribute.name()
        ),
    }
}

fn text(text: &str) -> Result<String, FlowError> {
    let text = text.trim();
    if !is_line(text, MAX_TEXT) {
        return Err(FlowError::Invalid(sentence!("a name is too long, or holds something else than text")));
    }
    Ok(text.to_owned())
}
