//! The built-in test keys, whose private halves everybody has: fine on one's own machine, an open door anywhere else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use gatepost_saml::mint::keys::ALL;
use gatepost_saml::trust::{TrustedKey, read_certificate};

use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::flow::{FlowError, Gateway};
use crate::storage::idp_key;

static SPKI_SHA256: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let read = ALL.iter().filter_map(|key| read_certificate(key.certificate_pem.as_bytes()).ok());
    read.map(|read| read.key.spki_sha256().to_owned()).collect()
});

/// Whether that is one of them.
#[must_use]
pub fn is_one(spki_sha256: &str) -> bool {
    SPKI_SHA256.contains(spki_sha256)
}

/// Leaves the test keys out of `keys` where strangers could reach the gateway.
///
/// # Errors
/// [`FlowError::Invalid`] when no other key is left.
pub fn keep_out(gateway: &Gateway, keys: &mut Vec<TrustedKey>) -> Result<(), FlowError> {
    if gateway.trusts_test_keys() {
        return Ok(());
    }
    let before = keys.len();
    keys.retain(|key| !is_one(key.spki_sha256()));
    if keys.is_empty() && before > 0 {
        return Err(FlowError::Invalid(sentence!(
            "This is one of Gatepost's built-in test keys, which everybody can sign with. They are trusted on \
             http://localhost only: use the identity provider's own certificate."
        )));
    }
    Ok(())
}

/// The connections that trust one of them, and so let everybody in.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn trusting(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<ConnectionId>, FlowError> {
    access::decide(ctx.actor, Action::ManageConnections)?;
    let mut tx = gateway.storage().read().await?;
    let mut found = BTreeSet::new();
    for key in SPKI_SHA256.iter() {
        found.extend(idp_key::list_trusting(&mut tx, key).await?);
    }
    Ok(found.into_iter().collect())
}
