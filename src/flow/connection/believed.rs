//! By which connections somebody signs in, and who decided last whom and what each of them believes.
//!
//! Whoever may change connections, and may make no owners, changes none that an owner signs in by; but somebody who signs in
//! by one can be made an owner afterwards. So it is told then: whoever has a key that is trusted there can come in as them.

use super::load::{self, Loaded};
use super::revision::Version;
use crate::base::Instant;
use crate::base::caller::Scope;
use crate::base::id::{ApiKeyId, ConnectionId, LinkId};
use crate::directory::state::ConnectionState;
use crate::flow::{FlowError, Gateway};
use crate::storage::{Tx, api_key, connection, link};
use crate::words::{NoticesText, moment};

/// A connection by which somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What it is called.
    pub connection: String,
    /// Who changed last which keys it trusts, which metadata it follows or what it takes from what is said, where that is
    /// somebody who may make no owners.
    pub changed: Option<Changed>,
}

/// That somebody changed whom or what a connection believes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// With what.
    pub by: By,
    /// When.
    pub at: Instant,
}

/// With what somebody changes connections who may make no owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An API key of that name.
    Key(String),
    /// A setup link of that name.
    Link(String),
}

impl Way {
    /// The same in words.
    #[must_use]
    pub fn told(&self, text: &NoticesText) -> String {
        let Some(Changed { by, at }) = &self.changed else {
            return text.owner_way.with("connection", &self.connection).to_string();
        };
        let (message, name) = match by {
            By::Key(name) => (text.owner_way_key, name),
            By::Link(name) => (text.owner_way_link, name),
        };
        let told = message.with("connection", &self.connection).with("name", name);
        told.with("at", moment(*at)).to_string()
    }
}

/// What is to be told of these connections, but of those that were retired.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn ways(
    gateway: &Gateway,
    tx: &mut Tx,
    connections: &[ConnectionId],
) -> Result<Vec<Way>, FlowError> {
    let mut ways = Vec::new();
    for id in connections {
        let loaded = load::any(gateway, tx, *id).await?;
        if loaded.connection.state != ConnectionState::Retired {
            let changed = changed(tx, &loaded).await?;
            ways.push(Way { connection: loaded.connection.name.clone(), changed });
        }
    }
    Ok(ways)
}

/// The last change by somebody who acts, if they may make no owners. What metadata brings by itself was decided when
/// somebody had it followed.
async fn changed(tx: &mut Tx, loaded: &Loaded) -> Result<Option<Changed>, FlowError> {
    let present = Version::present(tx, loaded).await?;
    let (mut last, mut before): (Option<(String, Instant)>, Option<Version>) = (None, None);
    for stored in connection::list_revisions(tx, loaded.account.id, loaded.connection.id).await? {
        let (version, _) = Version::past(&stored, &present)?;
        let is_by_itself = stored.actor.starts_with("job:") || stored.actor.starts_with("idp:");
        if !is_by_itself && before.as_ref().is_none_or(|before| before.trusts_otherwise(&version)) {
            last = Some((stored.actor, stored.created_at));
        }
        before = Some(version);
    }
    let Some((actor, at)) = last else { return Ok(None) };
    let by = match actor.split_once(':') {
        Some(("api_key", id)) => key(tx, id).await?,
        Some(("setup_link", id)) => Some(By::Link(link_name(tx, loaded, id).await?)),
        _ => None,
    };
    Ok(by.map(|by| Changed { by, at }))
}

/// The key of that id, unless it may make owners.
async fn key(tx: &mut Tx, id: &str) -> Result<Option<By>, FlowError> {
    let found = match id.parse::<ApiKeyId>() {
        Ok(id) => api_key::find(tx, id).await?,
        Err(_) => None,
    };
    Ok(match found {
        Some(key) if key.scopes.contains(Scope::OwnersWrite) => None,
        Some(key) => Some(By::Key(key.name)),
        None => Some(By::Key(id.to_owned())),
    })
}

/// What a link was called; its id, where that is not known any more.
async fn link_name(tx: &mut Tx, loaded: &Loaded, id: &str) -> Result<String, FlowError> {
    let found = match id.parse::<LinkId>() {
        Ok(id) => link::find(tx, Some(loaded.account.id), id, &loaded.keys).await?,
        Err(_) => None,
    };
    let name = found.map(|link| link.about.name).filter(|name| !name.is_empty());
    Ok(name.unwrap_or_else(|| id.to_owned()))
}
