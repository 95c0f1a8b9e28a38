//! Under which names identity providers know a connection of ours: new ones, or those that one knows already.

use super::check::MAX_URI;
use super::create::ServiceProvider;
use super::keys::KeyPair;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{ConnectionId, ServiceProviderId};
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::url::{UrlError, check_web_address, path_of};
use crate::flow::{FlowError, Gateway};
use crate::storage::service_provider;

/// The longest address of before that responses are posted to.
const MAX_ACS_URL: usize = 2048;

/// Who we are, and with which keys of before.
pub(super) struct Ours {
    pub sp: service_provider::ServiceProvider,
    pub decryption_keys: Vec<Vec<u8>>,
    pub key_pair: Option<KeyPair>,
}

/// Who we are: a new name of our own, or one that the identity provider has already.
pub(super) fn names(
    gateway: &Gateway,
    ctx: &Ctx,
    connection: ConnectionId,
    known: Option<ServiceProvider>,
) -> Result<Ours, FlowError> {
    let base = format!("{}/saml/{connection}", gateway.public_url());
    let id = ServiceProviderId::make(ctx.now, gateway.rng());
    let Some(known) = known else {
        let (entity_id, acs_url) = (format!("{base}/metadata"), format!("{base}/acs"));
        let sp = service_provider::ServiceProvider { id, entity_id, acs_url, acs_path: None };
        return Ok(Ours { sp, decryption_keys: Vec::new(), key_pair: None });
    };
    access::decide(ctx.actor, Action::TakeOverConnections)?;
    let ServiceProvider { entity_id, acs_url, decryption_keys, key_pair } = known;
    match check_web_address(&acs_url) {
        // What an identity provider posts to already may be an old http address that a proxy takes to https.
        Ok(()) | Err(UrlError::NotSecure) => {}
        Err(error) => {
            let wrong = sentence!("the ACS URL \"{acs_url}\": {error}", acs_url, error);
            return Err(FlowError::Invalid(wrong.about("service_provider/acs_url")));
        }
    }
    if !is_line(&acs_url, MAX_ACS_URL) {
        let wrong = sentence!("the ACS URL must have {max} characters at most", max = MAX_ACS_URL);
        return Err(FlowError::Invalid(wrong.about("service_provider/acs_url")));
    }
    if entity_id.is_empty() || !is_line(&entity_id, MAX_URI) {
        let wrong = sentence!("our entity ID must have 1 to 1024 characters");
        return Err(FlowError::Invalid(wrong.about("service_provider/entity_id")));
    }
    let acs_path = path_of(&acs_url).filter(|path| !is_own(path)).map(str::to_owned);
    let sp = service_provider::ServiceProvider { id, entity_id, acs_url, acs_path };
    Ok(Ours { sp, decryption_keys, key_pair })
}

/// Whether an ACS at that path is reached without being looked for: our own address of a connection, whose it is being
/// for a proxy to see to where it is another's; or the start page, which takes no answers.
fn is_own(path: &str) -> bool {
    let of_connection = path.strip_prefix("/saml/").and_then(|rest| rest.split('/').next());
    path == "/" || of_connection.is_some_and(|id| id.parse::<ConnectionId>().is_ok())
}
