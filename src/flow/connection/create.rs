//! Making a connection.

use gatepost_saml::Policy;
use gatepost_saml::trust::TrustedKey;
use serde_json::Value;

use super::keys::KeyPair;
use super::metadata::{self, Good, Judging, Refused};
use super::names::{Ours, names};
use super::revision::{Key, Source, Version};
use super::settings::{MAX_VALIDITY_SECONDS, Metadata, Settings};
use super::update::{self, Update};
use super::{ConnectionView, check, drift, keys, test_keys, view};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::{Sentence, sentence};
use crate::directory::account::Slug;
use crate::directory::mapping::SubjectSource;
use crate::directory::preset::{IdpInitiated, Product};
use crate::directory::state::{ConnectionState, KeyPurpose};
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::connection::{self, Connection};
use crate::storage::service_provider::SpKey;
use crate::storage::{StorageError, Tx, idp_key, service_provider};

/// So many connections of an account are not retired.
const MAX_IN_USE: i64 = 200;
/// So many connections an account has in all.
const MAX_IN_ALL: i64 = 1000;

/// What a new connection is.
#[derive(Debug)]
pub struct Create {
    /// Whose.
    pub account: Slug,
    /// Its name for people; without one, the product's.
    pub name: Option<String>,
    /// The product behind it.
    pub product: Product,
    /// The identity provider.
    pub idp: IdentityProvider,
    /// What names a person; without it, the product's usual.
    pub subject: Option<SubjectSource>,
    /// What an answer that nobody asked for leads to; without it, the product's usual.
    pub idp_initiated: Option<IdpInitiated>,
    /// How strictly messages are judged; without it, strictly.
    pub policy: Option<Policy>,
    /// Who we are; without it, a new name of our own.
    pub service_provider: Option<ServiceProvider>,
}

/// What is known of an identity provider.
#[derive(Debug)]
pub enum IdentityProvider {
    /// Its metadata.
    Metadata {
        /// The document.
        xml: Vec<u8>,
        /// Which entity of it, when there are several.
        entity_id: Option<String>,
    },
    /// Where its metadata is; it is fetched now, and followed from now on.
    MetadataUrl {
        /// Its address, and what vouches for it.
        metadata: Metadata,
        /// Which entity of it, when there are several.
        entity_id: Option<String>,
    },
    /// What another gateway knew of it.
    Known {
        /// Its Entity ID.
        entity_id: String,
        /// Where requests go by the Redirect binding.
        sso_redirect_url: Option<String>,
        /// Where requests go by the POST binding.
        sso_post_url: Option<String>,
        /// Its certificates.
        certificates: Vec<Vec<u8>>,
        /// Where its metadata is: it is followed from now on, and not fetched yet.
        metadata: Option<Metadata>,
    },
    /// The three fields.
    Fields {
        /// Its Entity ID.
        entity_id: String,
        /// Its sign-on address.
        sso_url: String,
        /// Its certificates, as people have them: PEM, base64 alone or DER.
        certificates: Vec<Vec<u8>>,
    },
}

/// A name that an identity provider knows us by already: what is taken over from another gateway.
#[derive(Debug)]
pub struct ServiceProvider {
    /// Our entity ID.
    pub entity_id: String,
    /// Where responses are posted.
    pub acs_url: String,
    /// Keys that it encrypts to, PEM.
    pub decryption_keys: Vec<Vec<u8>>,
    /// The key pair that it knows us by; without one, new ones are made.
    pub key_pair: Option<KeyPair>,
}

/// What is said of a new connection beyond what whoever makes one by hand says.
#[derive(Debug, Default)]
pub struct Extras {
    /// Its id, where it had one already.
    pub id: Option<ConnectionId>,
    /// Settings, as a JSON document in the shape of all settings; what it does not name is as usual.
    pub settings: Option<Value>,
}

/// A connection that can be made: everything about it was looked at but for what the database has.
pub(super) struct Prepared {
    id: ConnectionId,
    state: ConnectionState,
    sp: service_provider::ServiceProvider,
    decryption_keys: Vec<Vec<u8>>,
    key_pair: Option<KeyPair>,
    idp: Idp,
    version: Version,
}

/// What both forms of input come to.
struct Idp {
    entity_id: String,
    redirect_url: Option<String>,
    post_url: Option<String>,
    keys: Vec<TrustedKey>,
    source: Source,
    wants_signed_requests: bool,
    notes: Vec<Sentence>,
    /// Where it comes from, if it is to be fetched again, and what came from there now, if it was.
    fetched: Option<(Metadata, Option<Good>)>,
}

/// Makes a connection, active at once. The notes say what an administrator should know.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence, also without that account.
pub async fn create(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
) -> Result<(ConnectionView, Vec<Sentence>), FlowError> {
    create_as(gateway, ctx, input, (ConnectionState::Active, Extras::default())).await
}

/// Makes a connection in `state`: a draft is tested before people sign in by it. Whoever gives it an id has seen to it
/// that nobody else was told its addresses.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence, also without that account.
pub async fn create_as(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
    (state, extras): (ConnectionState, Extras),
) -> Result<(ConnectionView, Vec<Sentence>), FlowError> {
    // Before anything is fetched for them.
    let mut tx = gateway.storage().read().await?;
    let (found, _) = grant::account(&mut tx, ctx, Action::ManageConnections, &input.account).await?;
    check_room(&mut tx, found.id, 1).await?;
    drop(tx);
    if state == ConnectionState::Active {
        access::decide(ctx.actor, Action::GoWithoutTest)?;
    }
    let slug = input.account.clone();
    let is_fetched = matches!(input.idp, IdentityProvider::MetadataUrl { .. });
    let fetching = is_fetched.then(|| gateway.kept().fetches.fetch(found.id)).transpose()?;
    let prepared = prepare(gateway, ctx, input, (state, extras)).await?;
    drop(fetching);
    let own_keys = prepared.own_keys(gateway, ctx).await?;
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageConnections, &slug).await?;
    let made = prepared.store(&mut tx, gateway, ctx, (account.id, &own_keys)).await?;
    tx.commit().await?;
    Ok((made, prepared.idp.notes))
}

/// Looks at everything about a new connection but for what the database has.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence.
pub(super) async fn prepare(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
    (state, extras): (ConnectionState, Extras),
) -> Result<Prepared, FlowError> {
    let policy = input.policy.unwrap_or_default();
    check::policy(&policy)?;
    let policy = match policy.max_validity_seconds() {
        None => policy.with_max_validity(Some(MAX_VALIDITY_SECONDS)),
        Some(_) => policy,
    };
    let mut idp = known(gateway, ctx, &input.idp, &policy).await?;
    idp.notes.extend(check::certificate_notes(&idp.keys, ctx.now));

    test_keys::keep_out(gateway, &mut idp.keys)?;
    if idp.keys.iter().any(|key| test_keys::is_one(key.spki_sha256())) {
        idp.notes.push(sentence!(
            "This certificate is a built-in test key: everybody can sign with it. Try things with it only."
        ));
    }

    let preset = input.product.preset();
    let id = extras.id.unwrap_or_else(|| ConnectionId::make(ctx.now, gateway.rng()));
    let Ours { sp, decryption_keys, key_pair } = names(gateway, ctx, id, input.service_provider)?;
    let usual = Settings::usual(input.product);
    let settings = Settings {
        sso_redirect_url: idp.redirect_url.clone(),
        sso_post_url: idp.post_url.clone(),
        is_request_signed: idp.wants_signed_requests || usual.is_request_signed,
        subject: input.subject.unwrap_or(usual.subject),
        policy,
        idp_initiated: input.idp_initiated.unwrap_or(usual.idp_initiated),
        metadata: idp.fetched.as_ref().map(|(metadata, _)| metadata.clone()),
        ..usual
    };
    let settings = merged(settings, extras.settings)?;
    // Settings that came whole say themselves whether metadata is followed.
    if idp.fetched.is_none() {
        idp.fetched = settings.metadata.clone().map(|metadata| (metadata, None));
    }
    let name = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(preset.title);
    let mut version = Version {
        name: name.to_owned(),
        idp_entity_id: idp.entity_id.clone(),
        settings,
        keys: idp.keys.iter().map(|key| Key::new(key, idp.source)).collect(),
    };
    version.sort_keys();
    version.check(None, gateway)?;
    Ok(Prepared { id, state, sp, decryption_keys, key_pair, idp, version })
}

fn merged(settings: Settings, more: Option<Value>) -> Result<Settings, FlowError> {
    if more.is_none() {
        return Ok(settings);
    }
    let mut wrong = Vec::new();
    let merged = update::settings(&settings, &Update { merge: more, ..Update::default() }, &mut wrong)?;
    Sentence::all(wrong).map_or(Ok(merged), |wrong| Err(FlowError::Invalid(wrong)))
}

impl Prepared {
    /// Between which two names it stands: ours, and the identity provider's.
    pub(super) fn between(&self) -> (&str, &str) {
        (&self.sp.entity_id, &self.idp.entity_id)
    }

    /// Where it would be reached.
    pub(super) const fn id(&self) -> ConnectionId {
        self.id
    }

    /// What an administrator should know.
    pub(super) fn notes(&self) -> &[Sentence] {
        &self.idp.notes
    }

    /// The keys of our own, as new as they must be. No transaction may be open meanwhile.
    pub(super) async fn own_keys(&self, gateway: &Gateway, ctx: &Ctx) -> Result<Vec<SpKey>, FlowError> {
        let with = (ctx.now, gateway.rng());
        let mut own = match &self.key_pair {
            None => Vec::from(keys::make_pair(gateway, ctx).await?),
            Some(pair) => {
                let purposes = [KeyPurpose::Signing, KeyPurpose::Encryption];
                Vec::from(purposes.map(|purpose| pair.key(purpose, with.0, with.1)))
            }
        };
        for pem in &self.decryption_keys {
            own.push(keys::import(pem, with.0, with.1)?);
        }
        Ok(own)
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] when another connection is in its place.
    pub(super) async fn store(
        &self,
        tx: &mut Tx,
        gateway: &Gateway,
        ctx: &Ctx,
        (account_id, own_keys): (AccountId, &[SpKey]),
    ) -> Result<ConnectionView, FlowError> {
        // What a setup link may not set ([`super::revision`] guards it) is not asked about: nobody makes a connection with
        // settings of their own by one. Whoever lets them, asks here.
        if self.version.settings.mapping.may_grant_owner {
            grant::of(ctx, Action::ManageOwners, account_id, "account")?;
        }
        let new = Connection {
            account_id,
            id: self.id,
            service_provider_id: self.sp.id,
            idp_entity_id: self.idp.entity_id.clone(),
            name: self.version.name.clone(),
            state: self.state,
            revision: 1,
            settings: self.version.settings.store()?,
            version: 1,
        };
        insert(tx, gateway, ctx, (&new, &self.sp, own_keys), (&self.idp, &self.version)).await?;
        // Once the event is written, nobody else adds one until this is committed.
        check_room(tx, account_id, 0).await?;
        Ok(view(gateway, &new, &self.sp))
    }
}

/// Whether the account may have as many connections as it has, and `more`.
async fn check_room(tx: &mut Tx, account: AccountId, more: i64) -> Result<(), FlowError> {
    let (in_use, in_all) = connection::count(tx, account).await?;
    if in_use + more > MAX_IN_USE {
        return Err(FlowError::Invalid(sentence!(
            "an account has at most {max} connections that are not retired: retire those that nobody needs any more",
            max = MAX_IN_USE
        )));
    }
    if in_all + more > MAX_IN_ALL {
        return Err(FlowError::Invalid(sentence!(
            "an account has at most {max} connections, with those that were retired",
            max = MAX_IN_ALL
        )));
    }
    Ok(())
}

/// What is told of an identity provider, read and checked.
async fn known(
    gateway: &Gateway,
    ctx: &Ctx,
    idp: &IdentityProvider,
    policy: &Policy,
) -> Result<Idp, FlowError> {
    match idp {
        IdentityProvider::Metadata { xml, entity_id } => {
            from_metadata(ctx, xml, entity_id.as_deref(), policy).map_err(|wrong| wrong.about("metadata_xml"))
        }
        IdentityProvider::MetadataUrl { metadata, entity_id } => {
            let read = from_metadata_url(gateway, ctx, metadata, (entity_id.as_deref(), policy)).await;
            read.map_err(|wrong| wrong.about("metadata_url"))
        }
        IdentityProvider::Known { entity_id, sso_redirect_url, sso_post_url, certificates, metadata } => {
            let urls = (sso_redirect_url.clone(), sso_post_url.clone());
            let known = from_fields(entity_id, urls, certificates)?;
            Ok(Idp { fetched: metadata.clone().map(|metadata| (metadata, None)), ..known })
        }
        IdentityProvider::Fields { entity_id, sso_url, certificates } => {
            check::sign_on_address(sso_url.trim()).map_err(|wrong| wrong.about("sso_url"))?;
            from_fields(entity_id, (Some(sso_url.trim().to_owned()), None), certificates)
        }
    }
}

async fn insert(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (new, sp, sp_keys): (&Connection, &service_provider::ServiceProvider, &[SpKey]),
    (idp, version): (&Idp, &Version),
) -> Result<(), FlowError> {
    let (account, rng) = (new.account_id, gateway.rng());
    let keys = gateway.storage().keys(tx, account).await?;
    service_provider::insert(tx, account, sp, ctx.now).await?;
    for key in sp_keys {
        service_provider::insert_key(tx, account, sp.id, key, &keys, (ctx.now, rng)).await?;
    }
    let made_by = (version.facts((None, false))?, ctx.actor.to_string());
    connection::insert(tx, new, (&made_by.0, &made_by.1), ctx.now).await.map_err(taken)?;
    if let Some((metadata, good)) = &idp.fetched {
        metadata::follow(tx, gateway, ctx, (account, new.id), (Some(metadata), good.as_ref())).await?;
    }
    for key in &idp.keys {
        let trusted = (key.spki_sha256(), key.der(), idp.source.name());
        idp_key::insert(tx, account, new.id, trusted, ctx.now).await?;
    }
    let trusted: Vec<_> = idp.keys.iter().map(TrustedKey::spki_sha256).collect();
    let body = serde_json::json!({
        "name": new.name, "idp_entity_id": new.idp_entity_id, "sp_entity_id": sp.entity_id, "acs_url": sp.acs_url,
        "keys": trusted, "source": idp.source, "metadata_url": version.settings.metadata.as_ref().map(|found| &found.url),
    });
    tell(tx, gateway, ctx, (account, &keys), ("connection.created", new.id, &body)).await
}

fn from_fields(
    entity_id: &str,
    (redirect_url, post_url): (Option<String>, Option<String>),
    certificates: &[Vec<u8>],
) -> Result<Idp, FlowError> {
    let entity_id = entity_id.trim();
    check::entity_id(entity_id).map_err(|wrong| wrong.about("entity_id"))?;
    let (keys, notes) = check::certificates(certificates).map_err(|wrong| wrong.about("certificates"))?;
    if keys.is_empty() {
        let wrong = sentence!("give the identity provider's certificate");
        return Err(FlowError::Invalid(wrong.about("certificates")));
    }
    Ok(Idp {
        entity_id: entity_id.to_owned(),
        redirect_url,
        post_url,
        keys,
        source: Source::Certificate,
        wants_signed_requests: false,
        notes,
        fetched: None,
    })
}

fn from_metadata(ctx: &Ctx, xml: &[u8], entity_id: Option<&str>, policy: &Policy) -> Result<Idp, FlowError> {
    let judging = Judging { now: ctx.now, entity_id, trust: None, policy };
    from_reading(metadata::judge(xml, judging)?, None)
}

async fn from_metadata_url(
    gateway: &Gateway,
    ctx: &Ctx,
    metadata: &Metadata,
    (entity_id, policy): (Option<&str>, &Policy),
) -> Result<Idp, FlowError> {
    let fetched = metadata::fetch(gateway, (metadata, policy), (ctx.now, entity_id)).await;
    let good = fetched.map_err(|refused| match refused {
        Refused::Problem(problem) => problem,
        Refused::OtherEntity(other) => {
            drift::entity_problem(entity_id.unwrap_or_default(), &other.reading.entity_id)
        }
    })?;
    from_reading(good, Some(metadata))
}

fn from_reading(mut good: Good, metadata: Option<&Metadata>) -> Result<Idp, FlowError> {
    let reading = &good.reading;
    let keys = reading.keys.iter().map(Key::read).collect::<Result<Vec<_>, _>>()?;
    Ok(Idp {
        entity_id: reading.entity_id.clone(),
        redirect_url: reading.sso_redirect_url.clone(),
        post_url: reading.sso_post_url.clone(),
        keys,
        source: Source::Metadata,
        wants_signed_requests: reading.wants_signed_requests,
        notes: std::mem::take(&mut good.notes),
        fetched: metadata.map(|metadata| (metadata.clone(), Some(good))),
    })
}

fn taken(error: StorageError) -> FlowError {
    match error {
        StorageError::Exists(_) => FlowError::Invalid(sentence!(
            "another connection stands between this SP entity ID and this identity provider already"
        )),
        other => other.into(),
    }
}
