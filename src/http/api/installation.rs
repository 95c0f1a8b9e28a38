//! The installation as a whole: how it stands, its jobs, who runs it, its keys.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::api_keys::{ApiKey, IssuedApiKey, NewApiKey};
use super::call::{Call, Done, Found, Json, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{
    AccountIdText, InvitationIdText, JobIdText, JobState, Moment, OperatorIdText, OperatorState,
};
use crate::base::id::ApiKeyId;
use crate::directory::state;
use crate::flow::api_key;
use crate::flow::job::{self, JobView};
use crate::flow::keys::signing::{self, Rotation, SigningKeyView};
use crate::flow::operator::{self, OperatorView};
use crate::flow::{FlowError, overview};

/// How the installation stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// The version of the program that answers.
    version: &'static str,
    database: &'static str,
    /// What is wrong with the database's settings, a plain sentence each.
    problems: Vec<String>,
    /// By how many seconds the clock of the machine that answers differs from the database's, where that has its own.
    clock_difference: Option<i64>,
    jobs: Backlog,
    mails: Waiting,
    /// Whether mail can be sent at all.
    sends_mail: bool,
    /// Work that is done every so often.
    periodic: Vec<Periodic>,
    /// What ended within the last 30 days and is still in use.
    ended: i64,
    /// What will end within 30 days.
    ending: i64,
}

/// What waits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waiting {
    waiting: i64,
    /// Since when the first could have been done.
    waiting_since: Option<Moment>,
}

/// What waits, and what does not any more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Backlog {
    #[serde(flatten)]
    waiting: Waiting,
    /// How many were given up.
    dead: i64,
}

/// Work that is done every so often.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Periodic {
    name: String,
    /// When it ended last.
    ended_at: Option<Moment>,
    /// How it went wrong then.
    problem: Option<String>,
}

/// A job that was given up.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Job {
    id: JobIdText,
    /// Whose, if it is an account's.
    account: Option<AccountIdText>,
    /// What it does.
    kind: String,
    state: JobState,
    tries: i64,
    /// How the last try went wrong.
    problem: Option<String>,
}

/// Somebody who runs the installation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Operator {
    id: OperatorIdText,
    name: String,
    state: OperatorState,
    /// Who let them in.
    created_by: String,
    created_at: Moment,
}

/// Who is to run the installation as well.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

/// A link that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperatorLink {
    id: InvitationIdText,
    /// The link: whoever uses it is an operator. It is not told again.
    url: String,
    expires_at: Moment,
}

/// A key that signs tokens.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SigningKey {
    /// Its name in tokens.
    kid: String,
    /// `next` signs later, `active` signs, `retired` is published still, `gone` is not.
    state: &'static str,
    created_at: Moment,
    /// From when on it signs.
    active_from: Moment,
}

/// A new key that signs tokens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSigningKey {
    /// The present key is in wrong hands: the new one signs at once, and the tokens of all others do not count any more.
    #[serde(default)]
    is_leaked: bool,
}

impl From<JobView> for Job {
    fn from(view: JobView) -> Self {
        let JobView { id, account, kind, state, tries, problem, .. } = view;
        let account = account.map(AccountIdText);
        Self { id: JobIdText(id), account, kind, state: JobState(state), tries, problem }
    }
}

impl From<OperatorView> for Operator {
    fn from(view: OperatorView) -> Self {
        let OperatorView { id, name, state, created_by, created_at } = view;
        let (id, state) = (OperatorIdText(id), OperatorState(state));
        Self { id, name, state, created_by, created_at: Moment(created_at) }
    }
}

impl From<SigningKeyView> for SigningKey {
    fn from(view: SigningKeyView) -> Self {
        let SigningKeyView { kid, state, created_at, active_from } = view;
        Self { kid, state: state.name(), created_at: Moment(created_at), active_from: Moment(active_from) }
    }
}

/// How it stands.
pub(super) async fn health(call: Call, (): ()) -> Result<Found<Health>, Problem> {
    let found = overview::show(call.gateway(), &call.ctx).await?;
    let waiting = |(waiting, since): (i64, Option<_>)| Waiting { waiting, waiting_since: since.map(Moment) };
    let (count, since, dead) = found.jobs;
    let periodic = |one: overview::PeriodicView| Periodic {
        name: one.name,
        ended_at: one.ended_at.map(Moment),
        problem: one.problem,
    };
    Ok(Found(Health {
        version: found.version,
        database: found.database,
        problems: found.problems,
        clock_difference: found.clock.map(|(seconds, _)| seconds),
        jobs: Backlog { waiting: waiting((count, since)), dead },
        mails: waiting((found.mails.0, found.mails.1)),
        sends_mail: found.sends_mail,
        periodic: found.periodic.into_iter().map(periodic).collect(),
        ended: found.ends.0,
        ending: found.ends.1,
    }))
}

/// Jobs that were given up.
pub(super) async fn jobs(call: Call, Query(filter): Query<Plain>) -> Result<Page<Job>, Problem> {
    let window = filter.window()?;
    let all = job::list(call.gateway(), &call.ctx, state::JobState::Dead).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Job::from))
}

/// Has one tried again.
pub(super) async fn retry(call: Call, (): ()) -> Result<Done, Problem> {
    job::retry(call.gateway(), &call.ctx, call.named("job")?).await?;
    Ok(Done)
}

/// Who runs it, those who were shut out too.
pub(super) async fn operators(call: Call, Query(filter): Query<Plain>) -> Result<Page<Operator>, Problem> {
    let window = filter.window()?;
    let all = operator::list(call.gateway(), &call.ctx).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Operator::from))
}

/// Makes a link that makes an operator.
pub(super) async fn make_link(
    call: Call,
    Json(new): Json<NewOperator>,
) -> Result<Made<OperatorLink>, Problem> {
    // On the command line the first one needs no name.
    if new.name.trim().is_empty() {
        return Err(Problem::field("/name", "say what they are called"));
    }
    let issued = operator::make_link(call.gateway(), &call.ctx, &new.name, None).await?;
    let told = OperatorLink {
        id: InvitationIdText(issued.id),
        url: issued.url.expose_secret().to_owned(),
        expires_at: Moment(issued.expires_at),
    };
    Ok(Made(told, "/api/v1/installation/operators".to_owned()))
}

/// Shuts an operator out.
pub(super) async fn remove(call: Call, (): ()) -> Result<Done, Problem> {
    operator::remove(call.gateway(), &call.ctx, call.named("operator")?).await?;
    Ok(Done)
}

/// Keys of this API that are good for every account, the newest first.
pub(super) async fn api_keys(call: Call, Query(filter): Query<Plain>) -> Result<Page<ApiKey>, Problem> {
    let window = filter.window()?;
    let page = (window.after()?, window.limit().into());
    let found = api_key::page(call.gateway(), &call.ctx, None, page).await?;
    Ok(window.page(found, |view| view.id.to_string(), ApiKey::from))
}

/// Makes one.
pub(super) async fn make_api_key(
    call: Call,
    Json(new): Json<NewApiKey>,
) -> Result<Made<IssuedApiKey>, Problem> {
    let input = new.into_input(None);
    let (view, secret) = api_key::create(call.gateway(), &call.ctx, input).await?;
    Ok(Made(IssuedApiKey::new(view, &secret), "/api/v1/installation/api-keys".to_owned()))
}

/// Takes one back.
pub(super) async fn revoke_api_key(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ApiKeyId = call.named("key")?;
    if !api_key::is_of_installation(call.gateway(), id).await? {
        return Err(FlowError::NotFound("API key").into());
    }
    api_key::revoke(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}

/// Keys that sign tokens, the oldest first.
pub(super) async fn signing_keys(
    call: Call,
    Query(filter): Query<Plain>,
) -> Result<Page<SigningKey>, Problem> {
    let window = filter.window()?;
    let all = signing::list(call.gateway(), &call.ctx).await?;
    Ok(window.page_of_all(all, |view| view.kid.clone(), SigningKey::from))
}

/// Makes a new one: it is published now, and signs when everybody can know it; the one of before retires then.
pub(super) async fn make_signing_key(
    call: Call,
    Json(new): Json<NewSigningKey>,
) -> Result<Made<SigningKey>, Problem> {
    let rotation = if new.is_leaked { Rotation::Leaked } else { Rotation::Planned };
    let made = signing::rotate(call.gateway(), &call.ctx, rotation).await?;
    Ok(Made(made.into(), "/api/v1/installation/signing-keys".to_owned()))
}
