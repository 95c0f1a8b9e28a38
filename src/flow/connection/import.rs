//! Taking connections over from another product, or from another installation, so that nobody has to touch an identity
//! provider: they keep the names and addresses that it knows.
//!
//! # Invariants
//!
//! * One connection is one transaction. What cannot be had is left out with why; what is there already stays as it is. So
//!   an import that was broken off is begun again.
//! * A rehearsal goes the whole way and commits nothing, so that what it says is what would come of it.
//! * Drafts are made, unless active ones are asked for; what nobody signed in by over there stays a draft in any case.

use std::collections::HashSet;

use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::to_base64;
use gatepost_saml::metadata::{MetadataContext, MetadataTrust};
use gatepost_saml::{Limits, Policy};
use serde_json::{Map, Value, json};

use super::create::{Create, Extras, IdentityProvider, Prepared, ServiceProvider, prepare};
use super::keys::KeyPair;
use super::metadata::unusable;
use super::settings::Metadata;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::Sentence;
use crate::directory::account::Slug;
use crate::directory::foreign::{Entry, Known, Names, Owner};
use crate::directory::mapping::Mapping;
use crate::directory::preset::Product;
use crate::directory::state::{AccountState, ConnectionState};
use crate::flow::account as accounts;
use crate::flow::{FlowError, Gateway};
use crate::storage::{account, connection};

/// What is to be taken over, and how.
#[derive(Debug)]
pub struct Import {
    /// What was read.
    pub entries: Vec<Entry>,
    /// The account that all of it goes into; without one, each goes to its owner's.
    pub account: Option<Slug>,
    /// Whether owners who have no account get one.
    pub makes_accounts: bool,
    /// Whether connections get new names of our own, which identity providers then must be told.
    pub has_new_names: bool,
    /// The key pair that identity providers know.
    pub key_pair: Option<KeyPair>,
    /// Whether people sign in by them at once.
    pub is_active: bool,
    /// Whether nothing is written.
    pub is_rehearsal: bool,
}

/// What became of an entry.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where it stands.
    pub place: String,
    /// What people call it.
    pub name: Option<String>,
    /// The account that it went to.
    pub account: Option<String>,
    /// The identity provider.
    pub idp_entity_id: Option<String>,
    /// What became of it.
    pub became: Became,
    /// What an administrator should know.
    pub notes: Vec<String>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was made.
    Made(ConnectionId),
    /// It would be made.
    WouldBeMade,
    /// It is there already, and stays as it is.
    Present(ConnectionId),
    /// It is left out, and why.
    LeftOut(String),
}

impl Became {
    /// The stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Made(_) => "made",
            Self::WouldBeMade => "would_be_made",
            Self::Present(_) => "present",
            Self::LeftOut(_) => "left_out",
        }
    }
}

/// The identity providers of a metadata document, each an entry.
///
/// # Errors
/// [`FlowError::Invalid`] when it is no metadata.
pub fn from_metadata(ctx: &Ctx, xml: &[u8], names: &Names) -> Result<Vec<Entry>, FlowError> {
    let policy = Policy::default();
    let context = MetadataContext {
        now: ctx.now,
        entity_id: None,
        trust: MetadataTrust::Unchecked,
        policy: &policy,
        limits: Limits::METADATA,
    };
    let judgement = gatepost_saml::metadata::judge(&Wire::Xml(xml), &context);
    let entities = judgement.verdict.map_err(|refusal| FlowError::Invalid(unusable(refusal.code)))?;
    let entry = |entity: &gatepost_saml::metadata::Entity| {
        let known = Known {
            entity_id: entity.entity_id.clone(),
            sso_redirect_url: entity.sso_redirect().map(str::to_owned),
            sso_post_url: entity.sso_post().map(str::to_owned),
            certificates: entity.signing.iter().map(|key| to_base64(key.der())).collect(),
            names: names.sp_entity_id.clone().zip(names.acs_url.clone()),
            is_request_signed: entity.wants_signed_requests,
            ..Known::default()
        };
        Entry { place: entity.entity_id.clone(), name: None, owner: None, found: Ok(Box::new(known)) }
    };
    Ok(entities.iter().map(entry).collect())
}

/// Takes everything over that can be, one after the other.
///
/// # Errors
/// [`FlowError::NotFound`] without the account; [`FlowError::Unavailable`] and the like in the middle of it: what was made
/// before stays, and nothing is half made.
pub async fn import(gateway: &Gateway, ctx: &Ctx, input: Import) -> Result<Vec<Line>, FlowError> {
    access::decide(ctx.actor, Action::TakeOverConnections)?;
    let mut tx = gateway.storage().read().await?;
    let known =
        account::list(&mut tx).await?.into_iter().filter(|known| known.state != AccountState::Deleted);
    let places =
        known.map(|known| Place { id: Some(known.id), slug: known.slug, external_id: known.external_id });
    let mut work = Work { places: places.collect(), taken: HashSet::new() };
    drop(tx);
    if let Some(slug) = &input.account
        && !work.places.iter().any(|place| place.slug == *slug)
    {
        return Err(FlowError::NotFound("account"));
    }
    let mut lines = Vec::new();
    for entry in &input.entries {
        let mut line = Line {
            place: entry.place.clone(),
            name: entry.name.clone(),
            account: None,
            idp_entity_id: entry.found.as_ref().ok().map(|known| known.entity_id.clone()),
            became: Became::WouldBeMade,
            notes: Vec::new(),
        };
        line.became = match work.take(gateway, ctx, (&input, entry), &mut line).await {
            Ok(became) => became,
            Err(FlowError::Invalid(why)) => Became::LeftOut(why.english()),
            Err(error) => return Err(error),
        };
        lines.push(line);
    }
    Ok(lines)
}

/// An account that connections may go to; without an id, it would be made.
#[derive(Debug, Clone)]
struct Place {
    id: Option<AccountId>,
    slug: Slug,
    external_id: Option<String>,
}

struct Work {
    places: Vec<Place>,
    /// Between which names and in which account something of this import stands: a rehearsal writes nothing that would tell.
    taken: HashSet<(String, String)>,
}

impl Work {
    async fn take(
        &mut self,
        gateway: &Gateway,
        ctx: &Ctx,
        (input, entry): (&Import, &Entry),
        line: &mut Line,
    ) -> Result<Became, FlowError> {
        let known = match &entry.found {
            Ok(known) => known,
            Err(why) => return Ok(Became::LeftOut(why.clone())),
        };
        line.notes.clone_from(&known.notes);
        let (place, owner) = match self.place(input, entry.owner.as_ref()) {
            Ok(found) => found,
            Err(why) => return Ok(Became::LeftOut(why)),
        };
        line.account = Some(place.slug.as_str().to_owned());
        if known.names.is_none() && !input.has_new_names {
            return Ok(Became::LeftOut(
                "it does not say by which name and address the identity provider knows it. Say where the other product \
                 was (--old-url) and what its entity ID was (--sp-entity-id), or that the identity provider will be told \
                 new ones (--new-names)"
                    .to_owned(),
            ));
        }
        if let Some(found) = present(gateway, &place, (input, known)).await? {
            return Ok(found);
        }
        let prepared = self.prepared(gateway, ctx, (input, entry, known), &place).await?;
        line.notes.extend(prepared.notes().iter().map(Sentence::english));
        line.notes.extend(notes(input, known));
        let (ours, theirs) = prepared.between();
        let ours = if input.has_new_names { place.slug.as_str() } else { ours };
        let pair = (ours.to_owned(), theirs.to_owned());
        if !self.taken.insert(pair) {
            return Ok(Became::LeftOut(
                "another entry of this import stands between the same two names".to_owned(),
            ));
        }
        let id = match (place.id, owner) {
            (Some(id), _) => id,
            (None, Some(owner)) if !input.is_rehearsal => self.make(gateway, ctx, owner, &place).await?,
            _ => return Ok(Became::WouldBeMade),
        };
        // Keys cost time, and a rehearsal has no use for them.
        let own_keys = if input.is_rehearsal { Vec::new() } else { prepared.own_keys(gateway, ctx).await? };
        let mut tx = gateway.storage().write().await?;
        prepared.store(&mut tx, gateway, ctx, (id, &own_keys)).await?;
        if input.is_rehearsal {
            return Ok(Became::WouldBeMade);
        }
        tx.commit().await?;
        Ok(Became::Made(prepared.id()))
    }

    /// The account that it goes to, and the owner for whom one is to be made.
    fn place<'o>(
        &self,
        input: &Import,
        owner: Option<&'o Owner>,
    ) -> Result<(Place, Option<&'o Owner>), String> {
        let by_slug = |slug: &str| self.places.iter().find(|place| place.slug.as_str() == slug);
        if let Some(place) = input.account.as_ref().and_then(|slug| by_slug(slug.as_str())) {
            return Ok((place.clone(), None));
        }
        let owner = owner.ok_or("it does not say whose it is; give the account (--account)")?;
        let by_id = |id: &String| self.places.iter().find(|place| place.external_id.as_ref() == Some(id));
        let found = owner.external_id.as_ref().and_then(by_id);
        // A name in addresses that was only made up here must not lead into an account that happens to have it.
        let own = owner.slug.as_deref().unwrap_or(&owner.name);
        if let Some(place) = found.or_else(|| by_slug(own)) {
            return Ok((place.clone(), None));
        }
        let name = &owner.name;
        if !input.makes_accounts {
            return Err(format!(
                "there is no account with the external id or the name {name:?}: make one, or have them made \
                 (--make-accounts), or give the account (--account)"
            ));
        }
        let slug: Slug = owner.slug().parse().map_err(|error| {
            format!("no account can be made for {name:?}: of its name in addresses, {error}")
        })?;
        if by_slug(slug.as_str()).is_some() {
            return Err(format!(
                "no account can be made for {name:?}: {slug} is another one's name in addresses"
            ));
        }
        Ok((Place { id: None, slug, external_id: owner.external_id.clone() }, Some(owner)))
    }

    async fn make(
        &mut self,
        gateway: &Gateway,
        ctx: &Ctx,
        owner: &Owner,
        place: &Place,
    ) -> Result<AccountId, FlowError> {
        let new = accounts::Create {
            slug: place.slug.clone(),
            name: owner.name.clone(),
            external_id: place.external_id.clone(),
        };
        let made = accounts::create(gateway, ctx, new).await?;
        self.places.push(Place { id: Some(made.id), ..place.clone() });
        Ok(made.id)
    }

    async fn prepared(
        &self,
        gateway: &Gateway,
        ctx: &Ctx,
        (input, entry, known): (&Import, &Entry, &Known),
        place: &Place,
    ) -> Result<Prepared, FlowError> {
        let names = known.names.clone().filter(|_| !input.has_new_names);
        let service_provider = names.map(|(entity_id, acs_url)| ServiceProvider {
            entity_id,
            acs_url,
            decryption_keys: Vec::new(),
            key_pair: input.key_pair.clone(),
        });
        let urls = [
            Some(known.entity_id.as_str()),
            known.sso_redirect_url.as_deref(),
            known.sso_post_url.as_deref(),
        ];
        let product = urls.into_iter().flatten().find_map(Product::from_entity_id).unwrap_or(Product::Other);
        let settings = match &known.settings {
            Some(whole) => whole.clone(),
            None => settings(known)?,
        };
        let new = Create {
            account: place.slug.clone(),
            name: entry.name.clone(),
            product,
            idp: IdentityProvider::Known {
                entity_id: known.entity_id.clone(),
                sso_redirect_url: known.sso_redirect_url.clone(),
                sso_post_url: known.sso_post_url.clone(),
                certificates: known.certificates.iter().map(|text| text.clone().into_bytes()).collect(),
                metadata: known.metadata_url.as_deref().map(|url| Metadata::new(url, &[])),
            },
            subject: known.subject.clone(),
            idp_initiated: None,
            policy: None,
            service_provider,
        };
        let is_active = input.is_active && !known.is_off;
        let state = if is_active { ConnectionState::Active } else { ConnectionState::Draft };
        let id = known.id.filter(|_| !input.has_new_names);
        prepare(gateway, ctx, new, (state, Extras { id, settings: Some(settings) })).await
    }
}

/// Whether it is here already, or in its place somebody else's.
async fn present(
    gateway: &Gateway,
    place: &Place,
    (input, known): (&Import, &Known),
) -> Result<Option<Became>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let names = known.names.as_ref().filter(|_| !input.has_new_names);
    if let Some((ours, _)) = names {
        let found = connection::account_of_pair(&mut tx, (ours, &known.entity_id)).await?;
        if let Some((owner, id)) = found {
            // Whose it is else is nobody's business.
            let elsewhere = "another account has a connection between these two names";
            let is_here = place.id == Some(owner);
            return Ok(Some(if is_here {
                Became::Present(id)
            } else {
                Became::LeftOut(elsewhere.to_owned())
            }));
        }
        if let Some(id) = known.id
            && connection::account_of(&mut tx, id).await?.is_some()
        {
            let why = format!("{id} is another connection here, and its address with it");
            return Ok(Some(Became::LeftOut(why)));
        }
        return Ok(None);
    }
    let Some(id) = place.id else { return Ok(None) };
    let theirs = connection::list(&mut tx, id).await?;
    let same = theirs
        .into_iter()
        .find(|found| found.idp_entity_id == known.entity_id && found.state != ConnectionState::Retired);
    Ok(same.map(|found| Became::Present(found.id)))
}

/// What is said about a connection of another product, in the shape of our settings.
fn settings(known: &Known) -> Result<Value, FlowError> {
    let mut settings = Map::new();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("is_request_signed", known.is_request_signed.into());
    if known.is_request_posted {
        put("request_binding", "post".into());
    }
    if known.force_authn {
        put("force_authn", true.into());
    }
    if !known.authn_contexts.is_empty() {
        put("authn_contexts", json!(known.authn_contexts));
    }
    if let Some(seconds) = known.clock_skew_seconds {
        put("policy", json!({ "clock_skew_seconds": seconds }));
    }
    if known.mapping != Mapping::default() {
        let mapping = serde_json::to_value(&known.mapping);
        put("mapping", mapping.map_err(|_| FlowError::Internal("a mapping as JSON"))?);
    }
    Ok(Value::Object(settings))
}

fn notes(input: &Import, known: &Known) -> Vec<String> {
    let mut notes = Vec::new();
    let signs = match &known.settings {
        Some(settings) => settings.get("is_request_signed").and_then(Value::as_bool).unwrap_or(false),
        None => known.is_request_signed,
    };
    if signs && input.key_pair.is_none() {
        notes.push(
            "Requests are signed with a new key. If the identity provider looks at their signatures, bring the old key \
             along (--sp-key and --sp-certificate), or give it our metadata."
                .to_owned(),
        );
    }
    if input.has_new_names {
        notes.push("The identity provider must be told the new entity ID and ACS URL.".to_owned());
    }
    if input.is_active && known.is_off {
        notes.push("It is made as a draft, since nobody signed in by it there.".to_owned());
    }
    notes
}
