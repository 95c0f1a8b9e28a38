//! Connections: what is known of an identity provider, from a draft to one that people sign in by, and its revisions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, Done, Found, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, Plain};
use super::problem::{Kind, Problem};
use super::schema::{ConnectionIdText, ConnectionState, Moment, ProductName};
use super::settings::ConnectionSettings;
use crate::base::id::ConnectionId;
use crate::base::sentence::Sentence;
use crate::directory::preset::Product;
use crate::directory::state;
use crate::flow::connection::paste::{self, Paste};
use crate::flow::connection::revision::{self, Difference, RevisionView};
use crate::flow::connection::settings::Metadata;
use crate::flow::connection::show::{self, Detail, KeyView};
use crate::flow::connection::update::{Update, Updated, update_if};
use crate::flow::connection::{
    self, ConnectionView, Create, Extras, IdentityProvider, ServiceProvider, Switch, create_as, lifecycle,
    switch,
};
use crate::words::EN;

/// A connection to an identity provider.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Connection {
    id: ConnectionIdText,
    /// Its name for people.
    name: String,
    state: ConnectionState,
    /// The identity provider's entity ID.
    idp_entity_id: String,
    /// Our entity ID towards it: the audience.
    sp_entity_id: String,
    /// Where responses are posted.
    acs_url: String,
    /// Where our metadata is.
    metadata_url: String,
    /// Where a sign-in starts.
    login_url: String,
}

/// A connection with everything that it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionDetail {
    #[serde(flatten)]
    connection: Connection,
    /// The number of its revision.
    revision: i64,
    /// Its settings, as `settings` of a change takes them.
    #[schemars(with = "ConnectionSettings")]
    settings: Value,
    /// What it trusts.
    certificates: Vec<Certificate>,
    /// How it stands with its metadata, where that is fetched.
    metadata: Option<MetadataStanding>,
    /// Whether a change of its metadata waits for somebody to approve it.
    has_proposal: bool,
    /// Whether a certificate that nobody trusts waits for somebody to approve it.
    has_unknown_certificate: bool,
}

/// A trusted certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Certificate {
    /// SHA-256 of the certificate, in hex.
    certificate_sha256: String,
    /// SHA-256 of its public key, in hex.
    spki_sha256: String,
    /// Whom it names.
    subject: String,
    /// Kind and size of its key.
    key: String,
    not_before: Moment,
    not_after: Moment,
    /// `certificate` where somebody gave it, `metadata` where it stood there.
    source: &'static str,
    /// When it last signed something, within an hour.
    last_used_at: Option<Moment>,
    /// Who brought it, by the name that events have for them, as long as the connection is being set up.
    brought_by: Option<String>,
    /// When.
    brought_at: Option<Moment>,
}

/// How a connection stands with its metadata.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MetadataStanding {
    url: String,
    /// `tls` or `signed`.
    trust: &'static str,
    /// When it was last fetched and found good.
    fetched_at: Option<Moment>,
    next_at: Moment,
    valid_until: Option<Moment>,
    /// How often in a row it went wrong.
    failures: i64,
    /// How it last went wrong, while it does.
    problem: Option<String>,
    /// Who had it followed, by the name that events have for them, as long as the connection is being set up.
    brought_by: Option<String>,
    /// When.
    brought_at: Option<Moment>,
}

/// A new connection. Give what you have of the identity provider in one of these ways: anything that a person would paste;
/// its metadata; the address of its metadata, which is followed from then on; or the three fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// Its name for people; the product's, without it.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The product behind it; what the values tell, without it.
    product: Option<ProductName>,
    /// Anything: metadata, its address, certificates, the three fields.
    #[schemars(length(min = 1))]
    paste: Option<String>,
    /// The metadata document.
    #[schemars(length(min = 1))]
    metadata_xml: Option<String>,
    /// Where the metadata is.
    #[schemars(length(min = 1, max = 2048))]
    metadata_url: Option<String>,
    /// The identity provider's entity ID; of metadata with several, which.
    #[schemars(length(min = 1, max = 1024))]
    entity_id: Option<String>,
    /// Its sign-on address.
    #[schemars(length(min = 1, max = 2048))]
    sso_url: Option<String>,
    /// Its certificates, as PEM or base64.
    #[serde(default)]
    #[schemars(length(max = 16))]
    certificates: Vec<String>,
    /// The name that it knows us by already, where it is taken over from another gateway; without it, a new one. For keys
    /// of the installation with `installation:write` as well, and not together with `paste`.
    service_provider: Option<KnownServiceProvider>,
}

/// A name that an identity provider knows us by already.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownServiceProvider {
    /// Our entity ID towards it: the audience.
    #[schemars(length(min = 1, max = 1024))]
    entity_id: String,
    /// Where it posts responses. What comes to that address must be led here.
    #[schemars(length(min = 1, max = 2048))]
    acs_url: String,
}

/// A connection that was made, a draft.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NewlyMade {
    #[serde(flatten)]
    connection: Connection,
    /// What an administrator should know.
    notes: Vec<String>,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChanges {
    /// Its name for people.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The identity provider's entity ID.
    #[schemars(length(min = 1, max = 1024))]
    idp_entity_id: Option<String>,
    /// A metadata document to follow once.
    #[schemars(length(min = 1))]
    metadata_xml: Option<String>,
    /// Where metadata is fetched from now on.
    #[schemars(length(min = 1, max = 2048))]
    metadata_url: Option<String>,
    /// Settings in the shape in which they are told; what is not named stays, null is the default.
    #[schemars(with = "Option<ConnectionSettings>")]
    settings: Option<serde_json::Map<String, Value>>,
    /// Why, for the history.
    #[schemars(length(max = 500))]
    reason: Option<String>,
}

/// What became of a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changed {
    /// The new revision; null when nothing differs.
    revision: Option<i64>,
    /// What an administrator should know.
    notes: Vec<String>,
}

/// Where a test sign-in begins.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestLink {
    /// Open it in a browser, as somebody whom the identity provider knows. It signs nobody in.
    url: String,
    expires_at: Moment,
}

/// What a connection was at one moment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revision {
    /// From 1.
    number: i64,
    /// Who made it.
    actor: String,
    at: Moment,
    reason: Option<String>,
    /// What differs from the one before.
    changed: Vec<Change>,
}

/// What differs at one place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    /// Where: `settings.policy.clock_skew_seconds`.
    pub(super) path: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl From<KnownServiceProvider> for ServiceProvider {
    fn from(known: KnownServiceProvider) -> Self {
        let KnownServiceProvider { entity_id, acs_url } = known;
        Self { entity_id, acs_url, decryption_keys: Vec::new(), key_pair: None }
    }
}

impl From<ConnectionView> for Connection {
    fn from(view: ConnectionView) -> Self {
        Self {
            id: ConnectionIdText(view.id),
            name: view.name,
            state: ConnectionState(view.state),
            idp_entity_id: view.idp_entity_id,
            sp_entity_id: view.sp_entity_id,
            acs_url: view.acs_url,
            metadata_url: view.metadata_url,
            login_url: view.login_url,
        }
    }
}

impl From<KeyView> for Certificate {
    fn from(view: KeyView) -> Self {
        Self {
            certificate_sha256: view.certificate_sha256,
            spki_sha256: view.spki_sha256,
            subject: view.subject,
            key: view.key,
            not_before: Moment(view.not_before),
            not_after: Moment(view.not_after),
            source: view.source.name(),
            last_used_at: view.last_used_at.map(Moment),
            brought_at: view.brought.as_ref().map(|brought| Moment(brought.at)),
            brought_by: view.brought.map(|brought| brought.actor),
        }
    }
}

impl From<Detail> for ConnectionDetail {
    fn from(detail: Detail) -> Self {
        let metadata = detail.metadata.map(|metadata| MetadataStanding {
            url: metadata.url,
            trust: metadata.trust,
            fetched_at: metadata.fetched_at.map(Moment),
            next_at: Moment(metadata.next_at),
            valid_until: metadata.valid_until.map(Moment),
            failures: metadata.failures,
            problem: metadata.problem,
            brought_at: metadata.brought.as_ref().map(|brought| Moment(brought.at)),
            brought_by: metadata.brought.map(|brought| brought.actor),
        });
        Self {
            connection: detail.view.into(),
            revision: detail.revision,
            settings: detail.settings,
            certificates: detail.keys.into_iter().map(Certificate::from).collect(),
            metadata,
            has_proposal: detail.has_drift,
            has_unknown_certificate: detail.has_unknown_key,
        }
    }
}

impl From<RevisionView> for Revision {
    fn from(view: RevisionView) -> Self {
        let change = |Difference { path, before, after }| Change { path, before, after };
        Self {
            number: view.number,
            actor: view.actor,
            at: Moment(view.at),
            reason: view.reason,
            changed: view.changed.into_iter().map(change).collect(),
        }
    }
}

/// Those of an account, oldest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Connection>, Problem> {
    let window = filter.window()?;
    let all = connection::list(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Connection::from))
}

/// Makes a draft.
pub(super) async fn create(call: Call, Json(new): Json<NewConnection>) -> Result<Made<NewlyMade>, Problem> {
    let account = call.account()?.clone();
    let NewConnection { name, product, paste, metadata_xml, metadata_url, entity_id, sso_url, .. } = new;
    let (certificates, service_provider) = (new.certificates, new.service_provider);
    let product = product.map(|product| product.0);
    if paste.is_some() && service_provider.is_some() {
        let detail = "it does not go with paste: give the metadata, its address, or the three fields";
        return Err(Problem::field("/service_provider", detail));
    }
    let idp = match (paste, metadata_xml, metadata_url, sso_url) {
        (Some(text), None, None, None) if certificates.is_empty() => {
            let input =
                Paste { account, connection: None, plan: None, product, entity_id, text: text.into_bytes() };
            return from_paste(&call, input).await;
        }
        (None, Some(xml), None, None) if certificates.is_empty() => {
            IdentityProvider::Metadata { xml: xml.into_bytes(), entity_id }
        }
        (None, None, Some(url), None) if certificates.is_empty() => {
            IdentityProvider::MetadataUrl { metadata: Metadata::new(&url, &[]), entity_id }
        }
        (None, None, None, Some(sso_url)) => IdentityProvider::Fields {
            entity_id: entity_id.ok_or_else(|| Problem::field("/entity_id", "it goes with sso_url"))?,
            sso_url,
            certificates: certificates.into_iter().map(String::into_bytes).collect(),
        },
        _ => {
            let detail =
                "give one of paste, metadata_xml, metadata_url, or entity_id with sso_url and certificates";
            return Err(Problem::field("", detail));
        }
    };
    let new = Create {
        account,
        name,
        product: product.unwrap_or(Product::Other),
        idp,
        subject: None,
        idp_initiated: None,
        policy: None,
        service_provider: service_provider.map(ServiceProvider::from),
    };
    let made =
        create_as(call.gateway(), &call.ctx, new, (state::ConnectionState::Draft, Extras::default())).await?;
    Ok(newly_made(&call, made))
}

async fn from_paste(call: &Call, input: Paste) -> Result<Made<NewlyMade>, Problem> {
    let applied = paste::apply(call.gateway(), &call.ctx, input).await.map_err(|wrong| {
        // Whatever was found in it was sent as one.
        let found = ["/metadata_xml", "/metadata_url", "/sso_url", "/certificates"];
        found.iter().fold(Problem::from(wrong), |problem, field| problem.moved(field, "/paste"))
    })?;
    if let Some(view) = applied.made {
        return Ok(newly_made(call, (view, applied.notes)));
    }
    let mut wrong: Vec<_> = applied.seen.problems.iter().map(|problem| EN.paste(problem)).collect();
    wrong.extend(applied.seen.missing.iter().map(|missing| format!("There is no {} in it.", missing.name())));
    Err(Problem::field("/paste", wrong.join(" ")))
}

pub(super) fn told(notes: &[Sentence]) -> Vec<String> {
    notes.iter().map(Sentence::english).collect()
}

fn newly_made(call: &Call, (view, notes): (ConnectionView, Vec<Sentence>)) -> Made<NewlyMade> {
    let path = call.below(&format!("connections/{}", view.id));
    Made(NewlyMade { connection: view.into(), notes: told(&notes) }, path)
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<ConnectionDetail>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let detail = show::show(call.gateway(), &call.ctx, id).await?;
    let revision = detail.revision;
    Ok(Versioned(detail.into(), revision))
}

/// Changes one: its next revision.
pub(super) async fn update(
    call: Call,
    (if_match, Json(changes)): (IfMatch, Json<ConnectionChanges>),
) -> Result<Versioned<Changed>, Problem> {
    let ConnectionChanges { name, idp_entity_id, metadata_xml, metadata_url, settings, reason } = changes;
    let input = Update {
        name,
        idp_entity_id,
        metadata: metadata_xml.map(String::into_bytes),
        metadata_url: metadata_url.map(|url| Metadata::new(&url, &[])),
        merge: settings.map(Value::Object),
        reason,
        ..Update::default()
    };
    change(&call, &if_match, input).await
}

/// Changes the connection of the address.
pub(super) async fn change(
    call: &Call,
    if_match: &IfMatch,
    input: Update,
) -> Result<Versioned<Changed>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let expects = |revision| if_match.allows(revision);
    let Updated { made, present, notes } = update_if(call.gateway(), &call.ctx, id, input, expects).await?;
    Ok(Versioned(Changed { revision: made, notes: told(&notes) }, present))
}

/// Begins a test.
pub(super) async fn test(call: Call, (): ()) -> Result<Found<TestLink>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let link = lifecycle::test(call.gateway(), &call.ctx, id).await?;
    Ok(Found(TestLink { url: link.url, expires_at: Moment(link.expires_at) }))
}

/// Lets people sign in by one that was tested as it is now.
pub(super) async fn activate(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    lifecycle::activate(call.gateway(), &call.ctx, id, None).await?;
    Ok(Done)
}

/// Why a connection goes without a test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithoutTest {
    /// It is kept in the account's events, where its owners read it.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// Lets people sign in by one that nobody tested as it is now: for keys of the installation, as for operators.
pub(super) async fn activate_untested(call: Call, Json(why): Json<WithoutTest>) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    lifecycle::activate(call.gateway(), &call.ctx, id, Some(&why.reason)).await?;
    Ok(Done)
}

/// Switches one on again that was switched off.
pub(super) async fn enable(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    switch(call.gateway(), &call.ctx, id, Switch::On).await?;
    Ok(Done)
}

/// Switches one off.
pub(super) async fn disable(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    switch(call.gateway(), &call.ctx, id, Switch::Off).await?;
    Ok(Done)
}

/// Gives one up for good.
pub(super) async fn retire(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    lifecycle::retire(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}

/// What it was, oldest first.
pub(super) async fn revisions(call: Call, Query(filter): Query<Plain>) -> Result<Page<Revision>, Problem> {
    let window = filter.window()?;
    let id: ConnectionId = call.own("connection").await?;
    let all = revision::revisions(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(all, |view| view.number.to_string(), Revision::from))
}

/// Makes it what it was.
pub(super) async fn roll_back(call: Call, (): ()) -> Result<Found<Changed>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let number = call.part("revision")?.parse().map_err(|_| Problem::new(Kind::NotFound))?;
    let revision = revision::roll_back(call.gateway(), &call.ctx, id, number).await?;
    Ok(Found(Changed { revision, notes: Vec::new() }))
}
