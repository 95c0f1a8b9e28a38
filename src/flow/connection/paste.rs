//! What somebody pastes about an identity provider: recognised, fetched where it is an address, and made into a draft or
//! into a new revision of a connection that is there.
//!
//! # Invariants
//!
//! * Looking changes nothing; applying looks again, and applies only what it would apply then.
//! * A connection that is made here is a draft: nobody signs in by it before it was tested.
//! * That something is in use elsewhere is said of another account without saying whose it is.

use gatepost_saml::encoding::to_base64;
use gatepost_saml::paste::{self, Form, Pasted, Problem, ProblemCode, Recognised, Setting};
use gatepost_saml::policy::Relaxation;

use super::ConnectionView;
use super::create::{Create, Extras, IdentityProvider, create_as};
use super::load;
use super::metadata::{self, Refused};
use super::plan::{self, Plan};
use super::settings::Metadata;
use super::update::{Update, update};
use super::visited;
use crate::access::Action;
use crate::base::Ctx;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::Sentence;
use crate::directory::account::Slug;
use crate::directory::preset::Product;
use crate::directory::state::ConnectionState;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::connection::{self, Connection};

/// What was pasted, and for what.
#[derive(Debug, Clone)]
pub struct Paste {
    /// Whose.
    pub account: Slug,
    /// The connection that it is about; without one, a new one.
    pub connection: Option<ConnectionId>,
    /// What the new one was planned as ([`plan::begin`]).
    pub plan: Option<String>,
    /// The product, where somebody chose it; else what the values tell.
    pub product: Option<Product>,
    /// The entity, where metadata has several.
    pub entity_id: Option<String>,
    /// What was pasted.
    pub text: Vec<u8>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it is.
    pub form: Form,
    /// What is wrong, the most important first.
    pub problems: Vec<Problem>,
    /// What can be used of it.
    pub pasted: Pasted,
    /// The product behind it.
    pub product: Product,
    /// The product that the values are of, where they tell.
    pub looks_like: Option<Product>,
    /// What is still missing before there can be a connection.
    pub missing: Vec<Missing>,
}

/// Something that a connection needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The identity provider's entity ID.
    EntityId,
    /// Its sign-on address.
    SsoUrl,
    /// Its certificate.
    Certificate,
}

impl Missing {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EntityId => "entity_id",
            Self::SsoUrl => "sso_url",
            Self::Certificate => "certificate",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What was seen.
    pub seen: Seen,
    /// The connection, if there is one now.
    pub connection: Option<ConnectionId>,
    /// Its new revision; `None` when nothing differs, or nothing was applied.
    pub revision: Option<i64>,
    /// The connection, if it was made.
    pub made: Option<ConnectionView>,
    /// What an administrator should know.
    pub notes: Vec<Sentence>,
}

impl Seen {
    /// Whether it can be applied.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.pasted.is_empty() && self.missing.is_empty() && !self.problems.iter().any(Problem::stops)
    }
}

/// What was pasted, looked at; an address of metadata is fetched. Nothing is changed.
///
/// # Errors
/// [`FlowError::NotFound`] without that account, or without that connection of it.
pub async fn look(gateway: &Gateway, ctx: &Ctx, input: &Paste) -> Result<Seen, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageConnections, &input.account).await?;
    let plan = match &input.plan {
        Some(token) => Some(plan::open(gateway, &mut tx, granted, token).await?),
        None => None,
    };
    let present = match input.connection.or_else(|| made_of(plan.as_ref())) {
        None => None,
        Some(id) => {
            let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
            let is_theirs = loaded.account.id == found.id;
            Some(is_theirs.then_some(loaded).ok_or(FlowError::NotFound("connection of this account"))?)
        }
    };
    drop(tx);

    let sp = present.as_ref().map(|present| &present.service_provider);
    let own: Vec<_> = sp.into_iter().flat_map(|sp| [sp.entity_id.clone(), sp.acs_url.clone()]).collect();
    let policy = present.as_ref().map(|present| present.settings.policy_at(ctx.now)).unwrap_or_default();
    let entity_id = input.entity_id.as_deref();
    let setting = Setting {
        now: ctx.now,
        public_url: gateway.public_url().as_str(),
        own: &own,
        entity_id,
        allows_weak_keys: policy.allows(Relaxation::Rsa1024),
    };
    let mut recognised = paste::recognise(&input.text, &setting);
    if recognised.is_usable()
        && let Some(url) = recognised.pasted.metadata_url.clone()
    {
        let wanted = recognised.pasted.entity_id.clone().or_else(|| input.entity_id.clone());
        let source = Metadata::new(&url, &[]);
        let _fetching = gateway.kept().fetches.fetch(found.id)?;
        let fetched = metadata::fetch(gateway, (&source, &policy), (ctx.now, wanted.as_deref())).await;
        follow(&mut recognised, fetched, wanted.as_deref());
    }
    let Recognised { form, mut pasted, mut problems } = recognised;
    let own = present.as_ref().map(|present| present.connection.id);
    in_use(gateway, ctx, (found.id, own), &pasted, &mut problems).await?;
    let known = present.as_ref().map(|present| present.connection.idp_entity_id.as_str());
    if let (Some(wanted), Some(found)) = (known, &pasted.entity_id)
        && wanted != found
        && pasted.metadata_url.is_some()
    {
        problems.push(Problem::found(ProblemCode::EntityMismatch, found).wanting(wanted));
    }
    pasted.entity_id = pasted.entity_id.map(|id| id.trim().to_owned());
    let looks_like = product(&pasted);
    let product = looks_like.or_else(|| present.as_ref().map(|present| present.settings.product));
    let chosen = input.product.or_else(|| plan.map(|plan| plan.product));
    let product = chosen.or(product).unwrap_or(Product::Other);
    let missing = if present.is_some() { Vec::new() } else { missing(&pasted) };
    Ok(Seen { form, problems, pasted, product, looks_like, missing })
}

/// Applies what was pasted, if it can be: a draft, or a new revision of the connection.
///
/// # Errors
/// Those of [`look`]; [`FlowError::Invalid`] when a connection cannot be that.
pub async fn apply(gateway: &Gateway, ctx: &Ctx, input: Paste) -> Result<Applied, FlowError> {
    let seen = look(gateway, ctx, &input).await?;
    let plan = match &input.plan {
        Some(token) => Some(plan::find(gateway, ctx, &input.account, token).await?),
        None => None,
    };
    let connection = input.connection.or_else(|| made_of(plan.as_ref()));
    if !seen.is_usable() {
        return Ok(Applied { seen, connection, revision: None, made: None, notes: Vec::new() });
    }
    match connection {
        None => {
            let new = Create {
                account: input.account,
                name: None,
                product: seen.product,
                idp: identity_provider(&seen.pasted),
                subject: None,
                idp_initiated: None,
                policy: None,
                service_provider: None,
            };
            let id = plan.map(|plan| plan.connection);
            let with = (ConnectionState::Draft, Extras { id, ..Extras::default() });
            let (made, notes) = create_as(gateway, ctx, new, with).await?;
            Ok(Applied { seen, connection: Some(made.id), revision: Some(1), made: Some(made), notes })
        }
        Some(id) => {
            let (revision, notes) = update(gateway, ctx, id, changes(&seen.pasted)).await?;
            Ok(Applied { seen, connection: Some(id), revision, made: None, notes })
        }
    }
}

/// What was planned is made once: whoever presses twice changes what is there.
fn made_of(plan: Option<&Plan>) -> Option<ConnectionId> {
    plan.filter(|plan| plan.is_made).map(|plan| plan.connection)
}

/// What fetched metadata makes of it.
fn follow(recognised: &mut Recognised, fetched: Result<metadata::Good, Refused>, wanted: Option<&str>) {
    let Recognised { pasted, problems, .. } = recognised;
    match fetched {
        Ok(good) => {
            let reading = good.reading;
            pasted.entity_id = Some(reading.entity_id);
            pasted.sso_redirect_url = reading.sso_redirect_url;
            pasted.sso_post_url = reading.sso_post_url;
            pasted.wants_signed_requests = Some(reading.wants_signed_requests);
            pasted.certificates = reading.keys.iter().filter_map(|key| key.read().ok()).collect();
        }
        Err(Refused::OtherEntity(other)) => {
            let problem = Problem::found(ProblemCode::EntityMismatch, &other.reading.entity_id);
            problems.push(problem.wanting(wanted.unwrap_or_default()));
        }
        Err(Refused::Problem(problem)) => {
            let code = if problem.kind.starts_with("fetch_") {
                ProblemCode::FetchFailed
            } else {
                ProblemCode::MetadataRefused
            };
            // It is put into the reader's language again, so that it is not cut as what was pasted is.
            let found = Some(problem.text.english());
            problems.push(Problem { found, ..Problem::new(code) }.wanting(problem.kind));
        }
    }
}

/// Whether others have the same. One district may have several accounts, so that it only warns. Who may make connections
/// learns so that some account has it, and never which: whoever pasted another's values by mistake is told at once. Of
/// this account it is told which connection has it, to those who see whose that is.
async fn in_use(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, own): (AccountId, Option<ConnectionId>),
    pasted: &Pasted,
    problems: &mut Vec<Problem>,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let Some(entity_id) = &pasted.entity_id else { return Ok(()) };
    if connection::is_elsewhere(&mut tx, account, entity_id).await? {
        problems.push(Problem::found(ProblemCode::EntityIdInUse, entity_id));
    }
    let is_another = |known: &&Connection| {
        let is_there = known.state != ConnectionState::Retired && !visited::is_closed(ctx, known.state);
        is_there && Some(known.id) != own && known.idp_entity_id == entity_id.trim()
    };
    if let Some(known) = visited::list(&mut tx, ctx, account).await?.iter().find(is_another) {
        problems.push(Problem::found(ProblemCode::EntityIdHere, &known.name));
    }
    Ok(())
}

fn missing(pasted: &Pasted) -> Vec<Missing> {
    let has_url = pasted.sso_redirect_url.is_some() || pasted.sso_post_url.is_some();
    let parts = [
        (pasted.entity_id.is_some(), Missing::EntityId),
        (has_url, Missing::SsoUrl),
        (!pasted.certificates.is_empty(), Missing::Certificate),
    ];
    parts.into_iter().filter(|(is_there, _)| !is_there).map(|(_, part)| part).collect()
}

fn product(pasted: &Pasted) -> Option<Product> {
    let values = [&pasted.entity_id, &pasted.sso_redirect_url, &pasted.sso_post_url, &pasted.metadata_url];
    values.into_iter().flatten().find_map(|value| Product::from_entity_id(value))
}

fn identity_provider(pasted: &Pasted) -> IdentityProvider {
    let entity_id = pasted.entity_id.clone();
    match (&pasted.metadata_url, &pasted.metadata) {
        (Some(url), _) => IdentityProvider::MetadataUrl { metadata: Metadata::new(url, &[]), entity_id },
        (None, Some(xml)) => IdentityProvider::Metadata { xml: xml.clone().into_bytes(), entity_id },
        (None, None) => IdentityProvider::Fields {
            entity_id: entity_id.unwrap_or_default(),
            sso_url: pasted
                .sso_redirect_url
                .clone()
                .or_else(|| pasted.sso_post_url.clone())
                .unwrap_or_default(),
            certificates: pasted.certificates.iter().map(|key| key.der().to_vec()).collect(),
        },
    }
}

/// What is different about a connection that is there: certificates come beside those that it has.
fn changes(pasted: &Pasted) -> Update {
    let mut changes = Update { idp_entity_id: pasted.entity_id.clone(), ..Update::default() };
    if let Some(url) = &pasted.metadata_url {
        changes.metadata_url = Some(Metadata::new(url, &[]));
        return changes;
    }
    if let Some(xml) = &pasted.metadata {
        changes.metadata = Some(xml.clone().into_bytes());
        return changes;
    }
    let urls =
        [("sso_redirect_url", &pasted.sso_redirect_url), ("sso_post_url", &pasted.sso_post_url)].into_iter();
    let set = urls.filter_map(|(path, url)| Some((path.to_owned(), url.clone()?)));
    changes.set = set.collect();
    changes.add_certificates =
        pasted.certificates.iter().map(|key| to_base64(key.der()).into_bytes()).collect();
    changes
}
