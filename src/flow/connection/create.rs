//! Making a connection.

use gatepost_saml::binding::Wire;
use gatepost_saml::metadata::{self, Entity, MetadataContext, MetadataTrust};
use gatepost_saml::policy::Relaxation;
use gatepost_saml::trust::{TrustedKey, read_certificate};
use gatepost_saml::{Limits, Policy};

use super::settings::{SessionEnd, Settings};
use super::{ConnectionView, keys, test_keys, view};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{ConnectionId, ServiceProviderId};
use crate::base::url::{UrlError, check_web_address};
use crate::directory::account::Slug;
use crate::directory::jit::Provisioning;
use crate::directory::mapping::{Mapping, SubjectSource};
use crate::directory::preset::{IdpInitiated, Product};
use crate::directory::state::{ConnectionState, KeyPurpose};
use crate::flow::{FlowError, Gateway};
use crate::storage::connection::{self, Connection};
use crate::storage::event::{self, Event};
use crate::storage::service_provider::SpKey;
use crate::storage::{StorageError, Tx, account, idp_key, service_provider};

/// No assertion may be good for longer than this, unless the connection says otherwise.
const MAX_VALIDITY_SECONDS: u32 = 86_400;

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
}

/// What both forms of input come to.
struct Idp {
    entity_id: String,
    redirect_url: Option<String>,
    post_url: Option<String>,
    keys: Vec<TrustedKey>,
    source: &'static str,
    wants_signed_requests: bool,
    notes: Vec<String>,
}

/// Makes a connection, active at once. The notes say what an administrator should know.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence, [`FlowError::NotFound`] without that account.
pub async fn create(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
) -> Result<(ConnectionView, Vec<String>), FlowError> {
    access::decide(ctx.actor, Action::ManageConnections)?;
    let policy = checked(input.policy.unwrap_or_default())?;
    let policy = match policy.max_validity_seconds() {
        None => policy.with_max_validity(Some(MAX_VALIDITY_SECONDS)),
        Some(_) => policy,
    };
    let mut idp = match &input.idp {
        IdentityProvider::Metadata { xml, entity_id } => {
            from_metadata(ctx, xml, entity_id.as_deref(), &policy)?
        }
        IdentityProvider::Fields { entity_id, sso_url, certificates } => {
            from_fields(entity_id, sso_url, certificates)?
        }
    };
    let expired = idp.keys.iter().filter(|key| key.certificate().not_after <= ctx.now);
    let expired = expired.map(|key| {
        format!(
            "The certificate {} expired on {}. It is trusted all the same.",
            key.certificate().sha256,
            key.certificate().not_after
        )
    });
    idp.notes.extend(expired.collect::<Vec<_>>());

    test_keys::keep_out(gateway, &mut idp.keys)?;
    if idp.keys.iter().any(|key| test_keys::is_one(key.spki_sha256())) {
        idp.notes.push(
            "This certificate is a built-in test key: everybody can sign with it. Try things with it only."
                .to_owned(),
        );
    }

    let (now, rng) = (ctx.now, gateway.rng());
    let preset = input.product.preset();
    let id = ConnectionId::make(now, rng);
    let base = format!("{}/saml/{id}", gateway.public_url());
    let (entity_id, acs_url, imported) = match input.service_provider {
        None => (format!("{base}/metadata"), format!("{base}/acs"), Vec::new()),
        Some(known) => {
            match check_web_address(&known.acs_url) {
                // What an identity provider posts to already may be an old http address that a proxy takes to https.
                Ok(()) | Err(UrlError::NotSecure) => {}
                Err(error) => {
                    return Err(FlowError::Invalid(format!("the ACS URL {:?}: {error}", known.acs_url)));
                }
            }
            (known.entity_id, known.acs_url, known.decryption_keys)
        }
    };
    let sp = service_provider::ServiceProvider { id: ServiceProviderId::make(now, rng), entity_id, acs_url };
    let source = gateway.key_source();
    let mut sp_keys = vec![
        keys::make(source, KeyPurpose::Signing, now, rng)?,
        keys::make(source, KeyPurpose::Encryption, now, rng)?,
    ];
    for pem in &imported {
        sp_keys.push(keys::import(pem, now, rng)?);
    }
    let settings = Settings {
        product: input.product,
        sso_redirect_url: idp.redirect_url.clone(),
        sso_post_url: idp.post_url.clone(),
        is_request_signed: idp.wants_signed_requests || preset.is_request_signed,
        subject: input.subject.unwrap_or(preset.subject),
        provisioning: Provisioning::Create,
        policy,
        accepted_audiences: Vec::new(),
        session_end: SessionEnd::Cap,
        mapping: Mapping::default(),
        link_by_email: false,
        unverified_emails: None,
        email_domains: None,
        idp_initiated: input.idp_initiated.unwrap_or(preset.idp_initiated),
        request_binding: None,
        force_authn: false,
        authn_contexts: Vec::new(),
    };
    let name = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(preset.title);

    let mut tx = gateway.storage().write().await?;
    let account = account::find_by_slug(&mut tx, &input.account).await?;
    let account = account
        .ok_or_else(|| FlowError::Invalid(format!("there is no account {:?}", input.account.as_str())))?;
    let new = Connection {
        account_id: account.id,
        id,
        service_provider_id: sp.id,
        idp_entity_id: idp.entity_id.clone(),
        name: name.to_owned(),
        state: ConnectionState::Active,
        revision: 1,
        settings: settings.store()?,
        version: 1,
    };
    insert(&mut tx, gateway, ctx, (&new, &sp, &sp_keys), &idp).await?;
    tx.commit().await?;
    Ok((view(gateway, &new, &sp), idp.notes))
}

async fn insert(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (new, sp, sp_keys): (&Connection, &service_provider::ServiceProvider, &[SpKey]),
    idp: &Idp,
) -> Result<(), FlowError> {
    let (account, rng) = (new.account_id, gateway.rng());
    let keys = gateway.storage().keys(tx, account).await?;
    service_provider::insert(tx, account, sp, ctx.now).await.map_err(taken)?;
    for key in sp_keys {
        service_provider::insert_key(tx, account, sp.id, key, &keys, (ctx.now, rng)).await?;
    }
    connection::insert(tx, new, &ctx.actor.to_string(), ctx.now).await?;
    for key in &idp.keys {
        let trusted = (key.spki_sha256(), key.der(), idp.source);
        idp_key::insert(tx, account, new.id, trusted, ctx.now).await?;
    }
    let trusted: Vec<_> = idp.keys.iter().map(TrustedKey::spki_sha256).collect();
    let body = serde_json::json!({
        "name": new.name, "idp_entity_id": new.idp_entity_id, "sp_entity_id": sp.entity_id, "acs_url": sp.acs_url,
        "keys": trusted, "source": idp.source,
    });
    let (target, body) = (new.id.to_string(), body.to_string());
    let happened = Event { action: "connection.created", target: &target, body: body.as_bytes() };
    Ok(event::insert(tx, account, happened, &keys, (ctx, rng)).await?)
}

/// What answers no request is let in by the setting for it, never by the policy: the flow guards what it lets in.
fn checked(policy: Policy) -> Result<Policy, FlowError> {
    let closed = [Relaxation::Unsolicited, Relaxation::UnknownInResponseTo];
    match closed.into_iter().find(|relaxation| policy.allows(*relaxation)) {
        None => Ok(policy),
        Some(relaxation) => {
            let name = relaxation.name();
            Err(FlowError::Invalid(format!(
                "{name} cannot be allowed; set IdP-initiated sign-in to accept instead"
            )))
        }
    }
}

fn from_fields(entity_id: &str, sso_url: &str, certificates: &[Vec<u8>]) -> Result<Idp, FlowError> {
    let entity_id = entity_id.trim();
    if entity_id.is_empty() || entity_id.len() > 1024 {
        return Err(FlowError::Invalid(
            "the identity provider's Entity ID must have 1 to 1024 characters".to_owned(),
        ));
    }
    let sso_url = sso_url.trim();
    web_address(sso_url)?;
    let mut notes = Vec::new();
    let mut keys: Vec<TrustedKey> = Vec::new();
    for certificate in certificates {
        let read = read_certificate(certificate).map_err(|error| FlowError::Invalid(error.to_string()))?;
        if read.left_out > 0 {
            let left_out = read.left_out;
            notes.push(format!("Of a chain of certificates only the first is trusted; {left_out} left out."));
        }
        if keys.iter().all(|known| known.spki_sha256() != read.key.spki_sha256()) {
            keys.push(read.key);
        }
    }
    if keys.is_empty() {
        return Err(FlowError::Invalid("give the identity provider's certificate".to_owned()));
    }
    Ok(Idp {
        entity_id: entity_id.to_owned(),
        redirect_url: Some(sso_url.to_owned()),
        post_url: None,
        keys,
        source: "certificate",
        wants_signed_requests: false,
        notes,
    })
}

fn from_metadata(ctx: &Ctx, xml: &[u8], entity_id: Option<&str>, policy: &Policy) -> Result<Idp, FlowError> {
    let context = MetadataContext {
        now: ctx.now,
        entity_id,
        trust: MetadataTrust::Unchecked,
        policy,
        limits: Limits::METADATA,
    };
    let judgement = metadata::judge(&Wire::Xml(xml), &context);
    let entities = judgement.verdict.map_err(|refusal| {
        let text = refusal.code.text();
        FlowError::Invalid(format!("the metadata cannot be used ({}): {}", text.name, text.mend))
    })?;
    let entity = match entities.as_slice() {
        [entity] => entity,
        several => {
            let names: Vec<_> = several.iter().take(5).map(|entity| entity.entity_id.as_str()).collect();
            let names = names.join(", ");
            let sentence = "the metadata has several identity providers; say which with --idp-entity-id";
            return Err(FlowError::Invalid(format!("{sentence} ({names})")));
        }
    };
    let (redirect_url, post_url) =
        (entity.sso_redirect().map(str::to_owned), entity.sso_post().map(str::to_owned));
    for url in [&redirect_url, &post_url].into_iter().flatten() {
        web_address(url)?;
    }
    Ok(Idp {
        entity_id: entity.entity_id.clone(),
        redirect_url,
        post_url,
        keys: distinct(entity),
        source: "metadata",
        wants_signed_requests: entity.wants_signed_requests,
        notes: judgement.trace.warnings.iter().map(|warning| warning.text.to_string()).collect(),
    })
}

fn distinct(entity: &Entity) -> Vec<TrustedKey> {
    let mut keys: Vec<TrustedKey> = Vec::new();
    for key in &entity.signing {
        if keys.iter().all(|known| known.spki_sha256() != key.spki_sha256()) {
            keys.push(key.clone());
        }
    }
    keys
}

fn web_address(url: &str) -> Result<(), FlowError> {
    check_web_address(url)
        .map_err(|error| FlowError::Invalid(format!("the sign-on address {url:?}: {error}")))
}

fn taken(error: StorageError) -> FlowError {
    match error {
        StorageError::Exists(_) => {
            FlowError::Invalid("another connection has this SP entity ID already".to_owned())
        }
        other => other.into(),
    }
}
