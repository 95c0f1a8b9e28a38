//! Addresses of ours that mean a connection's ACS beside the one that was agreed on.
//!
//! Entity ID and ACS URL are stored when a connection is made and stay as they are: they stand in somebody's settings.
//! When the installation moves to another public address, identity providers may go on posting to the old one (as long as
//! it leads here), and may be told the new one, each in its own time: both are taken for Destination and Recipient. That
//! they are ours is all that counts; which of them a message names decides nothing. Beside an https address only such count.

use std::borrow::Cow;

use gatepost_saml::Code;
use gatepost_saml::response;

use super::load::Loaded;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway};
use crate::storage::{Tx, public_url};

/// Remembers the present public address, so that it is known when it is one of before. Whoever serves under an address says
/// that it is ours; a command that was given another one, by mistake even, does not: whoever holds that name one day would
/// be sent assertions that count here.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn remember(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    let present = gateway.public_url().as_str();
    let mut tx = gateway.storage().read().await?;
    if public_url::find_served(&mut tx).await?.is_some_and(|served| served == present) {
        return Ok(());
    }
    drop(tx);
    let mut tx = gateway.storage().write().await?;
    public_url::insert(&mut tx, present, ctx.now).await?;
    tell_home(&mut tx, gateway, ctx, None, ("public_url.used", present, &serde_json::json!({}))).await?;
    Ok(tx.commit().await?)
}

/// An address that the installation was served under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The address.
    pub url: String,
    /// Whether it was the last.
    pub is_present: bool,
}

/// The addresses that it was served under: messages that were sent there are taken.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn list(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<Served>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    let mut tx = gateway.storage().read().await?;
    let last = public_url::find_served(&mut tx).await?;
    let all = public_url::list(&mut tx).await?.into_iter();
    Ok(all.map(|url| Served { is_present: last.as_ref() == Some(&url), url }).collect())
}

/// Takes no messages any more that were sent to an address of before: by a mistake it was put into use, or its name will be
/// somebody else's.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::Invalid`] for the present address, and for one that is not known.
pub async fn forget(gateway: &Gateway, ctx: &Ctx, url: &str) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ForgetAddresses)?;
    let url = url.trim_end_matches('/');
    let mut tx = gateway.storage().write().await?;
    // A command that was given another address by mistake does not take the server's from it.
    let served = public_url::find_served(&mut tx).await?;
    if url == gateway.public_url().as_str() || served.is_some_and(|served| served == url) {
        return Err(FlowError::Invalid(sentence!("{url} is the present address, and stays", url)));
    }
    if !public_url::delete(&mut tx, url).await? {
        return Err(FlowError::Invalid(sentence!("nothing was ever served as {url}", url)));
    }
    tell_home(&mut tx, gateway, ctx, None, ("public_url.forgotten", url, &serde_json::json!({}))).await?;
    Ok(tx.commit().await?)
}

/// Judges a message by what the engine has of a connection; one that names another address, once more by each of the
/// `others`, until it is the one. `engine` is then what it was judged with. The others are looked up for such a message
/// alone; `code` is why it signs nobody in.
///
/// # Errors
/// Those of `others`.
pub(in crate::flow) async fn at_any<T: Send>(
    engine: &mut Cow<'_, response::Settings>,
    others: impl Future<Output = Result<Vec<String>, FlowError>> + Send,
    judge: impl Fn(&response::Settings) -> T + Send,
    code: impl Fn(&T) -> Option<Code> + Send,
) -> Result<T, FlowError> {
    let judged = judge(engine);
    if !code(&judged).is_some_and(is_about_address) {
        return Ok(judged);
    }
    let own = engine.sp.endpoint.clone();
    for other in others.await? {
        engine.to_mut().sp.endpoint = other;
        let again = judge(engine);
        if !code(&again).is_some_and(is_about_address) {
            return Ok(again);
        }
    }
    engine.to_mut().sp.endpoint = own;
    Ok(judged)
}

/// Whether a refusal is about the address that a message names.
const fn is_about_address(code: Code) -> bool {
    matches!(code, Code::DestinationMismatch | Code::ConfirmationRecipientMismatch)
}

/// The other addresses of a connection's ACS.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn others(gateway: &Gateway, loaded: &Loaded) -> Result<Vec<String>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let agreed = (loaded.connection.id, loaded.service_provider.acs_url.as_str());
    of(&mut tx, agreed).await
}

/// The addresses of the ACS of `connection` but for `agreed`.
pub(super) async fn of(
    tx: &mut Tx,
    (connection, agreed): (ConnectionId, &str),
) -> Result<Vec<String>, FlowError> {
    let urls = public_url::list(tx).await?;
    let urls = urls.iter().map(|url| format!("{url}/saml/{connection}/acs"));
    let counts = |url: &String| url != agreed && (is_secure(url) || !is_secure(agreed));
    Ok(urls.filter(counts).collect())
}

fn is_secure(url: &str) -> bool {
    url.starts_with("https:")
}
