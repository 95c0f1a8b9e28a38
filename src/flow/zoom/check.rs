//! Whether a link to Zoom works: a token is asked for, its scopes are compared with what the link is used for, and one
//! harmless call is made for each use. What that came to is kept, sealed, with the link.
//!
//! # Design
//!
//! A test has a client of its own, so that it tries the credentials that are stored and not a token of before; only the
//! tokens of an authorised app are shared, since each refresh kills the one before. Links are tested again in turn, by
//! one node at a time. A test that was overtaken by a change of the link is not kept.
//!
//! Owners are told when something broke that had worked, and when it works again, once each. What passes by itself (Zoom is
//! down, asks us to come back, cannot be reached) is told when it lasts.
//!
//! What our own settings forbid says nothing of the link: no test is made then, and another process on the same database may
//! have other settings (the demo allows itself the stand-in beside it).
//!
//! Nothing is created or changed in Zoom. For events, a meeting is asked for that nobody has: that there is none says that
//! one may ask.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{self, platform};
use super::entered::{capabilities, decided, differ};
use super::link::{NONE, Save};
use super::provision::settings;
use super::work::Home;
use super::{tokens, who};
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::sentence::{Sentence, Told, sentence};
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant, notice};
use crate::storage::StorageError;
use crate::storage::zoom_link::{self, Link, Standing};
use crate::storage::zoom_platform::PlatformApp;
use crate::zoom::api::error::ApiError;
use crate::zoom::api::pace::Label;
use crate::zoom::api::{Call, Zoom};
use crate::zoom::scope::{Capability, DELETE_USERS, Need, compare};

/// A call of a test waits for no longer: somebody sits before it.
const PATIENCE_SECONDS: i64 = 5;
const HOUR_SECONDS: i64 = 3600;
/// What works is tested again after so long,
const GOOD_SECONDS: i64 = 6 * HOUR_SECONDS;
/// what does not after so long,
const FAILING_SECONDS: i64 = HOUR_SECONDS;
/// and what nobody has authorised yet is looked at after so long.
const IDLE_SECONDS: i64 = 24 * HOUR_SECONDS;
/// What passes by itself is told when it has lasted for so long.
const LASTING_SECONDS: i64 = 2 * HOUR_SECONDS;
/// Links that are tested in one turn, and side by side.
const AT_ONCE: i64 = 40;
const SIDE_BY_SIDE: usize = 8;
/// A meeting that nobody has: Zoom's have nine digits and more, and none of them is a row of noughts.
const NO_MEETING: &str = "/v2/meetings/10000000000";

/// What is wrong, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The stable name.
    pub kind: String,
    /// What people are told.
    pub sentence: Sentence,
    /// Scopes that Zoom named.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether it may pass without anybody doing something.
    pub passes: bool,
}

/// Whether a token may do one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedFound {
    /// The stable name of what is done.
    pub name: String,
    /// The scope in an app that has classic ones.
    pub classic: String,
    /// The scope in one that has granular ones.
    pub granular: String,
    /// Whether the rest works without it.
    pub is_optional: bool,
    /// Whether one of the granted scopes is enough.
    pub is_met: bool,
}

/// What one use of the link came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `events`, `provisioning`, `inventory`.
    pub capability: String,
    /// What the token may do of it; nothing where Zoom did not say.
    pub needs: Vec<NeedFound>,
    /// Whether a call was made.
    pub was_called: bool,
    /// Why the call did not go well.
    pub problem: Option<Wrong>,
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Why there is no token, or nothing to ask for one with.
    pub problem: Option<Wrong>,
    /// Whether the app has granular scopes, as far as they tell.
    pub is_granular: Option<bool>,
    /// The scopes that Zoom granted.
    pub scopes: Vec<String>,
    /// Each use of the link.
    pub parts: Vec<Part>,
}

/// A test as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckView {
    /// How the link stands by it.
    pub state: ZoomCheckState,
    /// When it was made.
    pub at: Instant,
    /// Since when something does not work.
    pub failing_since: Option<Instant>,
    /// What it came to.
    pub report: Report,
}

impl Wrong {
    pub(super) fn of(error: &ApiError) -> Self {
        let scopes = if let ApiError::ScopeMissing { scopes } = error { scopes.clone() } else { Vec::new() };
        Self { kind: error.kind().to_owned(), sentence: error.sentence(), scopes, passes: error.passes() }
    }

    /// What does not pass by itself, and is no answer of Zoom's.
    pub(super) fn new(kind: &str, sentence: Sentence) -> Self {
        Self { kind: kind.to_owned(), sentence, scopes: Vec::new(), passes: false }
    }
}

impl NeedFound {
    /// The scope to add.
    #[must_use]
    pub fn to_add(&self, is_granular: Option<bool>) -> &str {
        if is_granular == Some(false) { &self.classic } else { &self.granular }
    }
}

impl Report {
    const fn without_token(problem: Wrong) -> Self {
        Self { problem: Some(problem), is_granular: None, scopes: Vec::new(), parts: Vec::new() }
    }

    /// What the rest would work without is needed all the same.
    fn require(&mut self, name: &str) {
        let needs = self.parts.iter_mut().flat_map(|part| &mut part.needs);
        for need in needs.filter(|need| need.name == name) {
            need.is_optional = false;
        }
    }

    /// What is wrong before all else; `None` when all that is asked of the link works.
    #[must_use]
    pub fn first_problem(&self) -> Option<Wrong> {
        let missing = self.parts.iter().flat_map(|part| &part.needs);
        let mut missing: Vec<_> = missing
            .filter(|need| !need.is_met && !need.is_optional)
            .map(|need| need.to_add(self.is_granular).to_owned())
            .collect();
        missing.sort();
        missing.dedup();
        let lacks = (!missing.is_empty()).then(|| Wrong {
            kind: "scope_missing".to_owned(),
            sentence: sentence!(
                "the app lacks a scope that it needs ({scopes}): add it on the app's page, then activate the app again; where it \
                 is ticked there already, whoever made the app has lost their administrator's role in Zoom",
                scopes = missing.join(", ")
            ),
            scopes: missing,
            passes: false,
        });
        let of_calls = || self.parts.iter().find_map(|part| part.problem.clone());
        self.problem.clone().or(lacks).or_else(of_calls)
    }
}

/// Tests an account's link.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without a link; [`FlowError::Invalid`] while nobody has authorised the app,
/// and where the settings here forbid calling its Zoom; [`FlowError::Stale`] when it was changed meanwhile.
pub async fn test(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<CheckView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, slug).await?;
    drop(tx);
    look(gateway, ctx, granted.account()).await
}

/// The account, if the settings here let the Zoom of its link be called: for whoever is about to begin something there. Without a
/// link there is nothing that they could forbid.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] where they do not.
pub async fn allowed(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<AccountId, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let link = zoom_link::find(&mut tx, granted.account(), &keys).await?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    if let Some(link) = &link {
        may_call(gateway, (link, platform.as_ref())).await?;
    }
    Ok(granted.account())
}

/// Where Zoom is by an operator's choice, the settings may forbid calling it.
async fn may_call(
    gateway: &Gateway,
    (link, platform): (&Link, Option<&PlatformApp>),
) -> Result<(), FlowError> {
    let place = match (link.kind, platform) {
        (ZoomKind::Platform, Some(platform)) => &platform.place,
        _ => &link.place,
    };
    let (ZoomCloud::Custom, Some((web, api))) = (place.cloud, &place.bases) else { return Ok(()) };
    let mut off = gateway.outbound().forbidden_by(web).await;
    off.extend(gateway.outbound().forbidden_by(api).await);
    off.sort_unstable();
    off.dedup();
    if off.is_empty() {
        return Ok(());
    }
    Err(FlowError::Invalid(sentence!(
        "the settings here forbid calling the Zoom of this link, so nothing was sent to it, and the link stays as it was; off \
         here: {settings}",
        settings = off.join(", ")
    )))
}

/// What is to be said of credentials that Zoom refuses and that are to take the place of ones that work. `None` where it takes
/// them, where it cannot say now, and where nothing that works is replaced.
///
/// # Errors
/// Those of [`save`](super::link::save), but for what was changed meanwhile.
pub async fn refusal(gateway: &Gateway, ctx: &Ctx, input: &Save) -> Result<Option<Sentence>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, &input.account).await?;
    let account = granted.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let before = zoom_link::find(&mut tx, account, &keys).await?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    let works =
        |link: &Link| link.state == ZoomLinkState::Active && link.standing.state == ZoomCheckState::Good;
    let Some(before) = before.filter(works) else { return Ok(None) };
    let now = decided(gateway, ctx, input, Some(&before), platform.as_ref())?;
    if !are_others(&before, &now) {
        return Ok(None);
    }
    let cause = match now.kind {
        // Nothing is entered for it.
        ZoomKind::Platform => None,
        ZoomKind::General => {
            let (bases, app) = client::parts(&now, None)?;
            tokens::stranger(gateway, (&bases, &app)).await
        }
        ZoomKind::ServerToServer => {
            let zoom = client::made(gateway, account, (&now, None), (PATIENCE_SECONDS, None))?;
            match zoom.scopes().await {
                Err(ApiError::Token(cause)) if cause.is_of_what_was_entered() => Some(cause),
                _ => None,
            }
        }
    };
    Ok(cause.map(|problem| {
        sentence!(
            "the link stays as it was, since it works, and Zoom refuses what was entered: {problem}",
            problem
        )
    }))
}

/// Whether one asks Zoom for tokens otherwise than before.
fn are_others(before: &Link, now: &Link) -> bool {
    let public = |link: &Link| {
        let app = link.app.as_ref().map(|app| (app.client_id.clone(), app.account_id.clone()));
        (link.kind, link.place.clone(), app)
    };
    let secret = |link: &Link| link.app.as_ref().map(|app| app.client_secret.clone());
    public(before) != public(now) || differ(secret(before), secret(now))
}

/// What the last test of an account's link came to.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without a link.
pub async fn last(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Option<CheckView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let link = zoom_link::find(&mut tx, granted.account(), &keys).await?.ok_or(NONE)?;
    let Some(at) = link.standing.checked_at else { return Ok(None) };
    let Some(plain) = zoom_link::find_check(&mut tx, granted.account(), &keys).await? else {
        return Ok(None);
    };
    let report = serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("check_sealed"))?;
    let Standing { state, failing_since, .. } = link.standing;
    Ok(Some(CheckView { state, at, failing_since, report }))
}

/// Tests the links whose turn has come.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn run_due(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    let mut tx = gateway.storage().read().await?;
    let due = zoom_link::list_due(&mut tx, ctx.now, AT_ONCE).await?;
    drop(tx);
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = gateway.storage().write().await?;
    for account in &due {
        // Should this process end meanwhile, or the test come to nothing.
        zoom_link::update_turn(&mut tx, *account, ctx.now.plus_seconds(FAILING_SECONDS)).await?;
    }
    tx.commit().await?;
    let mut tests = JoinSet::new();
    for account in due {
        if tests.len() >= SIDE_BY_SIDE {
            tests.join_next().await;
        }
        let (gateway, ctx) = (gateway.clone(), ctx.clone());
        tests.spawn(async move {
            match look(&gateway, &ctx, account).await {
                // Changed or removed meanwhile, not authorised yet, or for another process to call.
                Ok(_) | Err(FlowError::NotFound(_) | FlowError::Invalid(_) | FlowError::Stale) => {}
                Err(error) => {
                    tracing::error!(request = %ctx.request, %account, "a link to Zoom could not be tested: {error}");
                }
            }
        });
    }
    while tests.join_next().await.is_some() {}
    Ok(())
}

async fn look(gateway: &Gateway, ctx: &Ctx, account: AccountId) -> Result<CheckView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = Home::of(&mut tx, gateway, account).await?;
    let link = zoom_link::find(&mut tx, account, &home.keys).await?.ok_or(NONE)?;
    let (settings, _) = settings::load(&mut tx, &home).await?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    may_call(gateway, (&link, platform.as_ref())).await?;
    let link = tokens::taken_up(gateway, account, (&link, platform.as_ref())).await?.unwrap_or(link);
    let made = client::made(gateway, account, (&link, platform.as_ref()), (PATIENCE_SECONDS, None));
    let had_worked = link.standing.told != ZoomCheckState::Untested;
    let report = match made {
        Ok(zoom) => {
            let wanted = capabilities(&link);
            let mut report = examine(&zoom, &wanted).await;
            if settings.toggles.deletes() {
                report.require(DELETE_USERS.name);
            }
            if report.problem.is_none() && link.granted_at.is_some() {
                let wrong = who::learned(gateway, &zoom, (account, &link), &wanted).await?;
                let events =
                    report.parts.iter_mut().find(|part| part.capability == Capability::Events.name());
                if let Some(part) = events {
                    part.problem = part.problem.take().or(wrong);
                }
            }
            report
        }
        // The platform has taken its app away, or has another one now.
        Err(FlowError::Invalid(sentence)) if link.state == ZoomLinkState::Active => {
            Report::without_token(Wrong::new("no_platform_app", sentence))
        }
        Err(FlowError::Invalid(sentence)) if link.state == ZoomLinkState::Waiting && had_worked => {
            Report::without_token(Wrong::new("not_authorized", sentence))
        }
        Err(error) => {
            let mut tx = gateway.storage().write().await?;
            zoom_link::update_turn(&mut tx, account, ctx.now.plus_seconds(IDLE_SECONDS)).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    settle(gateway, ctx, (account, &link), report).await
}

async fn examine(zoom: &Zoom, wanted: &[Capability]) -> Report {
    let granted = match zoom.scopes().await {
        Ok(granted) => granted,
        Err(error) => return Report::without_token(Wrong::of(&error)),
    };
    let verdicts = compare(&granted, wanted);
    let mut parts: Vec<Part> = Vec::new();
    let mut is_over = false;
    for capability in wanted {
        let of_it =
            verdicts.iter().filter(|verdict| verdict.capability == *capability && !granted.is_empty());
        let needs = of_it.map(|verdict| need(verdict.need, verdict.is_met)).collect();
        let mut part =
            Part { capability: capability.name().to_owned(), needs, was_called: false, problem: None };
        if !is_over {
            part.was_called = true;
            if let Err(error) = call(zoom, *capability).await {
                // What ails the link as a whole ails the other calls too.
                is_over = error.passes() || error.is_of_the_link();
                part.problem = Some(Wrong::of(&error));
            }
        }
        parts.push(part);
    }
    let scopes = granted.iter().map(str::to_owned).collect();
    Report { problem: None, is_granular: granted.is_granular(), scopes, parts }
}

fn need(need: &Need, is_met: bool) -> NeedFound {
    NeedFound {
        name: need.name.to_owned(),
        classic: need.classic.to_owned(),
        granular: need.granular.to_owned(),
        is_optional: need.is_optional,
        is_met,
    }
}

/// One harmless call.
async fn call(zoom: &Zoom, capability: Capability) -> Result<(), ApiError> {
    let (path, label) = match capability {
        Capability::Events => (NO_MEETING, Label::Light),
        Capability::Provisioning => ("/scim2/Users?startIndex=1&count=1", Label::Scim),
        Capability::Inventory => ("/v2/users?page_size=1", Label::Medium),
    };
    match zoom.call(Call::get(path, label)).await {
        // 300: no number of a meeting; 3001: no such meeting. One may ask.
        Err(ApiError::NotFound | ApiError::Refused { code: Some(300 | 3001), .. })
            if capability == Capability::Events =>
        {
            Ok(())
        }
        done => done.map(drop),
    }
}

/// Keeps what a test came to, and tells owners if that is news to them.
async fn settle(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, tested): (AccountId, &Link),
    report: Report,
) -> Result<CheckView, FlowError> {
    let now = gateway.clock().now();
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let link = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    if (link.id, link.version) != (tested.id, tested.version) {
        return Err(FlowError::Stale);
    }
    let before = link.standing;
    let problem = report.first_problem();
    let state = if problem.is_none() { ZoomCheckState::Good } else { ZoomCheckState::Failing };
    let since = before.failing_since.filter(|_| before.state == ZoomCheckState::Failing).unwrap_or(now);
    let failing_since = problem.as_ref().map(|_| since);
    let is_told = match &problem {
        // What never worked is no news to whoever sets it up.
        Some(_) if before.told == ZoomCheckState::Untested => false,
        Some(problem) => !problem.passes || now >= since.plus_seconds(LASTING_SECONDS),
        None => true,
    };
    let wait = if problem.is_none() { GOOD_SECONDS } else { FAILING_SECONDS };
    let standing = Standing {
        state,
        checked_at: Some(now),
        failing_since,
        told: if is_told { state } else { before.told },
        next_at: now.plus_seconds(wait),
    };
    let plain = serde_json::to_vec(&report).map_err(|_| FlowError::Internal("a report"))?;
    let with = (&*keys, gateway.rng());
    if !zoom_link::update_check(&mut tx, (account, &link), &standing, &plain, with).await? {
        return Err(FlowError::Stale);
    }
    if before.told != ZoomCheckState::Untested && standing.told != before.told {
        let (action, kind) = match &problem {
            Some(problem) => ("zoom_link.broke", Some(problem.kind.as_str())),
            None => ("zoom_link.mended", None),
        };
        tell(&mut tx, gateway, ctx, (account, &keys), (action, link.id, &json!({ "problem": kind }))).await?;
        let news = problem.as_ref().map(|problem| (&problem.sentence, since));
        notice::zoom_link(gateway, &mut tx, ctx, (account, &keys), news).await?;
    }
    tx.commit().await?;
    Ok(CheckView { state, at: now, failing_since, report })
}
