//! The link to Zoom, its test, and the platform's app. Secrets go in and never out.

use std::fmt;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, IfMatch, Json, Versioned};
use super::problem::{Kind, Problem};
use super::schema::{
    Moment, ZoomCheckStateName, ZoomCloudName, ZoomKindName, ZoomLinkIdText, ZoomLinkStateName,
};
use crate::directory::state::ZoomCloud;
use crate::flow::FlowError;
use crate::flow::zoom::check::{self, CheckView, NeedFound, Part, Wrong};
use crate::flow::zoom::link::{self, Addresses, LinkView, Save, Shown, Validation};
use crate::flow::zoom::platform::{self, AppView};

/// A secret: it is read and never told.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("writeOnly" = true))]
pub struct SecretText(#[schemars(length(max = 8192))] String);

impl fmt::Debug for SecretText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretText")
    }
}

impl From<SecretText> for SecretString {
    fn from(text: SecretText) -> Self {
        text.0.into()
    }
}

/// How an account is linked to Zoom, and what is to be copied into its app there.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomLinking {
    /// The link; null without one. Its version is then 0.
    link: Option<ZoomLink>,
    /// Where events are posted.
    webhook_url: String,
    /// The same by the platform's own id of the account.
    webhook_url_by_id: Option<String>,
    /// Where browsers come back to after authorising.
    redirect_url: String,
    /// Whether the platform has an app that can be used.
    has_platform_app: bool,
}

/// A link to Zoom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomLink {
    id: ZoomLinkIdText,
    kind: ZoomKindName,
    state: ZoomLinkStateName,
    cloud: ZoomCloudName,
    /// Where Zoom is, if an operator has chosen it.
    web_base: Option<String>,
    api_base: Option<String>,
    /// What it is used for.
    capabilities: Vec<String>,
    /// Null where the app is the platform's.
    client_id: Option<String>,
    /// The last characters of the client secret.
    client_secret_hint: Option<String>,
    client_secret_set_at: Option<Moment>,
    /// The Zoom account, as far as it is known.
    account_id: Option<String>,
    /// The last characters of the secret token.
    secret_token_hint: Option<String>,
    secret_token_set_at: Option<Moment>,
    /// Until when events are accepted by the secret token of before as well.
    overlap_until: Option<Moment>,
    /// When somebody authorised the app.
    authorized_at: Option<Moment>,
    /// When Zoom last checked the address of events.
    validated_at: Option<Moment>,
    /// Whether it should have checked it again by now, or has not by the secret token that was entered since.
    is_validation_overdue: bool,
    last_event_at: Option<Moment>,
    /// How it stood when it was tested.
    check: ZoomCheckStateName,
    checked_at: Option<Moment>,
    failing_since: Option<Moment>,
    /// Who made it.
    created_by: String,
    created_at: Moment,
}

/// How an account is to be linked to Zoom. Credentials that are not given stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewZoomLink {
    kind: ZoomKindName,
    /// Which Zoom; its own without it.
    cloud: Option<ZoomCloudName>,
    /// The site that gives tokens, with `custom`; for keys of the installation.
    #[schemars(length(max = 500))]
    web_base: Option<String>,
    /// The API, with `custom`.
    #[schemars(length(max = 500))]
    api_base: Option<String>,
    /// What it is used for: `events`, `provisioning`, `inventory`.
    #[schemars(length(min = 1))]
    capabilities: Vec<String>,
    #[schemars(length(max = 128))]
    client_id: Option<String>,
    client_secret: Option<SecretText>,
    /// Account ID, of a Server-to-Server app.
    #[schemars(length(max = 128))]
    account_id: Option<String>,
    /// What events are signed with.
    secret_token: Option<SecretText>,
    /// Whether Zoom is asked first: credentials that it refuses do not take the place of ones that work (422).
    #[serde(default)]
    is_tested_first: bool,
}

/// What a test of a link came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomCheck {
    state: ZoomCheckStateName,
    at: Moment,
    failing_since: Option<Moment>,
    /// What is wrong before all else; null when all that is asked of the link works.
    problem: Option<ZoomProblem>,
    /// Whether the app has granular scopes, as far as they tell.
    is_granular: Option<bool>,
    /// The scopes that Zoom granted.
    scopes: Vec<String>,
    /// Each use of the link; empty where there was no token.
    parts: Vec<ZoomCheckPart>,
}

/// What is wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ZoomCheckProblem")]
pub struct ZoomProblem {
    /// The stable name: `wrong_client`, `wrong_account`, `not_active`, `scope_missing`, `no_permission`, `limited`,
    /// `unreachable`, …
    kind: String,
    /// For people.
    detail: String,
    /// Scopes to add.
    scopes: Vec<String>,
    /// Whether it may pass without anybody doing something.
    passes: bool,
}

/// One use of a link.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomCheckPart {
    capability: String,
    /// What the token may do of it; empty where Zoom did not say.
    needs: Vec<ZoomNeed>,
    /// Whether a call was made.
    was_called: bool,
    /// Why it did not go well.
    problem: Option<ZoomProblem>,
}

/// One thing that a use asks for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomNeed {
    name: String,
    classic_scope: String,
    granular_scope: String,
    /// Whether the rest works without it.
    is_optional: bool,
    is_met: bool,
}

/// The platform's one Zoom app, and what is to be copied into it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPlatform {
    /// The app; null without one. Its version is then 0.
    app: Option<ZoomPlatformApp>,
    /// Accounts that are linked by it.
    accounts: i64,
    /// Where its events are posted.
    webhook_url: String,
    /// Where browsers come back to after authorising.
    redirect_url: String,
}

/// The platform's app.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPlatformApp {
    cloud: ZoomCloudName,
    web_base: Option<String>,
    api_base: Option<String>,
    client_id: String,
    /// The last characters of the client secret.
    client_secret_hint: String,
    client_secret_set_at: Moment,
    /// The last characters of the secret token.
    secret_token_hint: Option<String>,
    secret_token_set_at: Option<Moment>,
    /// Until when events are accepted by the secret token of before as well.
    overlap_until: Option<Moment>,
    /// When Zoom last checked the address of events.
    validated_at: Option<Moment>,
    /// Whether it should have checked it again by now, or has not by the secret token that was entered since.
    is_validation_overdue: bool,
}

/// What the platform's app is to be. What is not given stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewZoomPlatformApp {
    /// Which Zoom; its own without it.
    cloud: Option<ZoomCloudName>,
    /// The site that gives tokens, with `custom`.
    #[schemars(length(max = 500))]
    web_base: Option<String>,
    /// The API, with `custom`.
    #[schemars(length(max = 500))]
    api_base: Option<String>,
    #[schemars(length(max = 128))]
    client_id: Option<String>,
    client_secret: Option<SecretText>,
    /// What events are signed with.
    secret_token: Option<SecretText>,
}

impl From<LinkView> for ZoomLink {
    fn from(view: LinkView) -> Self {
        let (web_base, api_base) = view.bases.unzip();
        Self {
            id: ZoomLinkIdText(view.id),
            kind: ZoomKindName(view.kind),
            state: ZoomLinkStateName(view.state),
            cloud: ZoomCloudName(view.cloud),
            web_base,
            api_base,
            capabilities: view.capabilities.into_iter().map(str::to_owned).collect(),
            client_id: view.client_id,
            client_secret_hint: view.client_secret_hint,
            client_secret_set_at: view.client_secret_set_at.map(Moment),
            account_id: view.zoom_account,
            secret_token_hint: view.secret_token_hint,
            secret_token_set_at: view.secret_token_set_at.map(Moment),
            overlap_until: view.overlap_until.map(Moment),
            authorized_at: view.granted_at.map(Moment),
            validated_at: view.validated_at.map(Moment),
            is_validation_overdue: view.validation == Validation::Overdue,
            last_event_at: view.last_event_at.map(Moment),
            check: ZoomCheckStateName(view.check),
            checked_at: view.checked_at.map(Moment),
            failing_since: view.failing_since.map(Moment),
            created_by: view.created_by,
            created_at: Moment(view.created_at),
        }
    }
}

impl From<Wrong> for ZoomProblem {
    fn from(wrong: Wrong) -> Self {
        let Wrong { kind, sentence, scopes, passes } = wrong;
        Self { kind, detail: sentence.english(), scopes, passes }
    }
}

impl From<NeedFound> for ZoomNeed {
    fn from(need: NeedFound) -> Self {
        let NeedFound { name, classic, granular, is_optional, is_met } = need;
        Self { name, classic_scope: classic, granular_scope: granular, is_optional, is_met }
    }
}

impl From<Part> for ZoomCheckPart {
    fn from(part: Part) -> Self {
        let Part { capability, needs, was_called, problem } = part;
        let needs = needs.into_iter().map(ZoomNeed::from).collect();
        Self { capability, needs, was_called, problem: problem.map(ZoomProblem::from) }
    }
}

impl From<CheckView> for ZoomCheck {
    fn from(view: CheckView) -> Self {
        let CheckView { state, at, failing_since, report } = view;
        Self {
            state: ZoomCheckStateName(state),
            at: Moment(at),
            failing_since: failing_since.map(Moment),
            problem: report.first_problem().map(ZoomProblem::from),
            is_granular: report.is_granular,
            scopes: report.scopes,
            parts: report.parts.into_iter().map(ZoomCheckPart::from).collect(),
        }
    }
}

impl From<AppView> for ZoomPlatformApp {
    fn from(view: AppView) -> Self {
        let (web_base, api_base) = view.bases.unzip();
        Self {
            cloud: ZoomCloudName(view.cloud),
            web_base,
            api_base,
            client_id: view.client_id,
            client_secret_hint: view.client_secret_hint,
            client_secret_set_at: Moment(view.client_secret_set_at),
            secret_token_hint: view.secret_token_hint,
            secret_token_set_at: view.secret_token_set_at.map(Moment),
            overlap_until: view.overlap_until.map(Moment),
            validated_at: view.validated_at.map(Moment),
            is_validation_overdue: view.validation == Validation::Overdue,
        }
    }
}

/// Two addresses, if either is given.
fn bases(web: Option<String>, api: Option<String>) -> Option<(String, String)> {
    (web.is_some() || api.is_some()).then(|| (web.unwrap_or_default(), api.unwrap_or_default()))
}

fn cloud(name: Option<ZoomCloudName>) -> ZoomCloud {
    name.map_or(ZoomCloud::Commercial, |name| name.0)
}

/// How an account is linked.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<ZoomLinking>, Problem> {
    let shown = link::show(call.gateway(), &call.ctx, call.account()?).await?;
    let Shown { link, addresses, has_platform_app, .. } = shown;
    let Addresses { webhook, webhook_by_id, redirect, .. } = addresses;
    let version = link.as_ref().map_or(0, |link| link.version);
    let told = ZoomLinking {
        link: link.map(ZoomLink::from),
        webhook_url: webhook,
        webhook_url_by_id: webhook_by_id,
        redirect_url: redirect,
        has_platform_app,
    };
    Ok(Versioned(told, version))
}

/// Links it, or changes the link. Nothing is asked of Zoom, unless it is tested first.
pub(super) async fn save(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<NewZoomLink>),
) -> Result<Versioned<ZoomLink>, Problem> {
    let input = Save {
        account: call.account()?.clone(),
        kind: new.kind.0,
        cloud: cloud(new.cloud),
        bases: bases(new.web_base, new.api_base),
        capabilities: new.capabilities,
        client_id: new.client_id,
        client_secret: new.client_secret.map(SecretString::from),
        zoom_account: new.account_id,
        secret_token: new.secret_token.map(SecretString::from),
    };
    if new.is_tested_first
        && let Some(refused) = check::refusal(call.gateway(), &call.ctx, &input).await?
    {
        return Err(FlowError::Invalid(refused).into());
    }
    let expects = |version| if_match.allows(version);
    let saved = link::save(call.gateway(), &call.ctx, input, expects).await?;
    let version = saved.version;
    Ok(Versioned(saved.into(), version))
}

/// Takes the link away.
pub(super) async fn remove(call: Call, (): ()) -> Result<Done, Problem> {
    link::remove(call.gateway(), &call.ctx, call.account()?, |_| true).await?;
    Ok(Done)
}

/// Tests it.
pub(super) async fn test(call: Call, (): ()) -> Result<Found<ZoomCheck>, Problem> {
    Ok(Found(check::test(call.gateway(), &call.ctx, call.account()?).await?.into()))
}

/// What the last test came to.
pub(super) async fn last_test(call: Call, (): ()) -> Result<Found<ZoomCheck>, Problem> {
    let found = check::last(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(Found(found.ok_or(Problem::new(Kind::NotFound))?.into()))
}

/// The platform's app.
pub(super) async fn platform(call: Call, (): ()) -> Result<Versioned<ZoomPlatform>, Problem> {
    let platform::Shown { app, accounts, webhook, redirect } =
        platform::show(call.gateway(), &call.ctx).await?;
    let version = app.as_ref().map_or(0, |app| app.version);
    let app = app.map(ZoomPlatformApp::from);
    Ok(Versioned(ZoomPlatform { app, accounts, webhook_url: webhook, redirect_url: redirect }, version))
}

/// Enters it, or changes it.
pub(super) async fn save_platform(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<NewZoomPlatformApp>),
) -> Result<Versioned<ZoomPlatformApp>, Problem> {
    let input = platform::Save {
        cloud: cloud(new.cloud),
        bases: bases(new.web_base, new.api_base),
        client_id: new.client_id,
        client_secret: new.client_secret.map(SecretString::from),
        secret_token: new.secret_token.map(SecretString::from),
    };
    let expects = |version| if_match.allows(version);
    let saved = platform::save(call.gateway(), &call.ctx, input, expects).await?;
    let version = saved.version;
    Ok(Versioned(saved.into(), version))
}

/// Takes it away.
pub(super) async fn remove_platform(call: Call, (): ()) -> Result<Done, Problem> {
    platform::remove(call.gateway(), &call.ctx, |_| true).await?;
    Ok(Done)
}
