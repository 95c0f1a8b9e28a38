//! A connection with everything that a sign-in needs of it.

use std::sync::Arc;

use gatepost_saml::key::{DecryptionKey, SigningKey};
use gatepost_saml::response;
use gatepost_saml::trust::{Trust, TrustedKey};

use super::settings::Settings;
use super::test_keys;
use crate::base::id::ConnectionId;
use crate::directory::domain::DomainName;
use crate::directory::mapping::Rules;
use crate::directory::state::{AccountState, ConnectionState, KeyPurpose, KeyState};
use crate::flow::{FlowError, Gateway};
use crate::storage::account::Account;
use crate::storage::connection::Connection;
use crate::storage::seal::AccountKeys;
use crate::storage::service_provider::{ServiceProvider, SpKey};
use crate::storage::{StorageError, Tx, account, connection, domain, idp_key, service_provider};

/// A connection that people sign in by.
#[derive(Debug)]
pub struct Loaded {
    /// Its account.
    pub account: Account,
    /// Itself.
    pub connection: Connection,
    /// Its present settings.
    pub settings: Settings,
    /// How people are mapped, ready to be applied.
    pub rules: Rules,
    /// The account's proved email domains.
    pub domains: Vec<DomainName>,
    /// Who we are towards it.
    pub service_provider: ServiceProvider,
    /// The account's keys.
    pub keys: Arc<AccountKeys>,
}

const NONE: FlowError = FlowError::NotFound("connection");

/// The connection `id`, if people may sign in by it now.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none, or it or its account is not active.
pub async fn active(gateway: &Gateway, tx: &mut Tx, id: ConnectionId) -> Result<Loaded, FlowError> {
    let loaded = any(gateway, tx, id).await?;
    let is_active =
        loaded.account.state == AccountState::Active && loaded.connection.state == ConnectionState::Active;
    if is_active { Ok(loaded) } else { Err(NONE) }
}

/// The connection `id`, whatever its state.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none.
pub async fn any(gateway: &Gateway, tx: &mut Tx, id: ConnectionId) -> Result<Loaded, FlowError> {
    let account_id = connection::account_of(tx, id).await?.ok_or(NONE)?;
    let account = account::find(tx, account_id).await?.ok_or(NONE)?;
    let connection = connection::find(tx, account_id, id).await?.ok_or(NONE)?;
    let service_provider = service_provider::find(tx, account_id, connection.service_provider_id).await?;
    let settings = Settings::read(&connection.settings)?;
    Ok(Loaded {
        domains: domain::list_proved(tx, account_id).await?,
        rules: settings.rules().map_err(|_| StorageError::Corrupt("settings"))?,
        settings,
        service_provider: service_provider.ok_or(StorageError::Corrupt("service_provider_id"))?,
        keys: gateway.storage().keys(tx, account_id).await?,
        account,
        connection,
    })
}

impl Loaded {
    /// What the engine needs to judge a message for this connection.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`], also for keys that cannot be read; [`FlowError::Invalid`] when
    /// only test keys are trusted and this is no place for them.
    pub async fn engine(&self, gateway: &Gateway, tx: &mut Tx) -> Result<response::Settings, FlowError> {
        let (account_id, id) = (self.account.id, self.connection.id);
        let certificates = idp_key::list(tx, account_id, id).await?;
        let trusted = certificates
            .iter()
            .map(|der| TrustedKey::from_certificate_der(der))
            .collect::<Result<Vec<_>, _>>();
        let mut trusted = trusted.map_err(|_| StorageError::Corrupt("idp_keys.certificate"))?;
        test_keys::keep_out(gateway, &mut trusted)?;
        let trust = Trust::from_keys(trusted).ok_or(StorageError::Corrupt("idp_keys"))?;
        let own = self.sp_keys(tx).await?;
        let decryption = own.iter().filter(|key| key.purpose == KeyPurpose::Encryption);
        let decryption =
            decryption.map(|key| DecryptionKey::from_pem(&key.private.0)).collect::<Result<_, _>>();
        Ok(response::Settings {
            sp: response::ServiceProvider {
                entity_id: self.service_provider.entity_id.clone(),
                accepted_audiences: self.settings.accepted_audiences.clone(),
                endpoint: self.service_provider.acs_url.clone(),
                decryption_keys: decryption.map_err(|_| StorageError::Corrupt("sp_keys.private_sealed"))?,
            },
            idp: response::IdentityProvider { entity_id: self.connection.idp_entity_id.clone(), trust },
            policy: self.settings.judged_by(),
            limits: gateway.limits(),
        })
    }

    /// The key that our requests are signed with.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`], also when there is none.
    pub async fn signing_key(&self, tx: &mut Tx) -> Result<SigningKey, FlowError> {
        let own = self.sp_keys(tx).await?;
        let active =
            own.iter().find(|key| key.purpose == KeyPurpose::Signing && key.state == KeyState::Active);
        let key = active.and_then(|key| SigningKey::from_pem(&key.private.0).ok());
        Ok(key.ok_or(StorageError::Corrupt("sp_keys.private_sealed"))?)
    }

    /// All keys of our own.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub async fn sp_keys(&self, tx: &mut Tx) -> Result<Vec<SpKey>, FlowError> {
        Ok(service_provider::list_keys(tx, self.account.id, self.service_provider.id, &self.keys).await?)
    }
}
