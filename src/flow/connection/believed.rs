//! By which connections somebody signs in, and who brought in whom and what each of them believes.
//!
//! Whoever may change connections, and may make no owners, changes none that an owner signs in by; but somebody who signs in
//! by one can be made an owner afterwards. So it is told then: whoever has a key that is trusted there can come in as them. It
//! is asked of each thing that is trusted now, since an owner's change of another thing vouches for none of the rest.

use std::cmp::Reverse;

use super::brought::{Bringer, Brought};
use super::revision::Version;
use super::settings::Settings;
use crate::base::Instant;
use crate::base::caller::Scope;
use crate::base::ctx::kind_and_id;
use crate::base::id::{AccountId, ApiKeyId, ConnectionId, LinkId};
use crate::directory::state::ConnectionState;
use crate::flow::FlowError;
use crate::storage::connection::Connection;
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, api_key, connection, link};
use crate::words::{NoticesText, moment};

/// A connection by which somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What it is called.
    pub connection: String,
    /// Who brought in, of all that [`Brought`] tells, what somebody brought in last who may make no owners.
    pub changed: Option<Changed>,
}

/// That somebody decided whom or what a connection believes.
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

/// What is to be told of these connections of an account, but of those that were retired.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn ways(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
    connections: &[ConnectionId],
) -> Result<Vec<Way>, FlowError> {
    let mut ways = Vec::new();
    for id in connections {
        let found = connection::find(tx, account, *id).await?;
        if let Some(found) = found.filter(|found| found.state != ConnectionState::Retired) {
            let changed = changed(tx, (account, keys), &found).await?;
            ways.push(Way { connection: found.name, changed });
        }
    }
    Ok(ways)
}

/// The latest change by somebody who may make no owners, of those that brought in what is trusted now.
async fn changed(
    tx: &mut Tx,
    of: (AccountId, &AccountKeys),
    found: &Connection,
) -> Result<Option<Changed>, FlowError> {
    let actors = connection::list_revisers(tx, of.0, found.id).await?;
    // Of most, nothing more is read: there is a turn to be taken by whoever asks.
    if !actors.iter().any(|actor| matches!(kind_and_id(actor).0, "api_key" | "setup_link")) {
        return Ok(None);
    }
    let revisions = connection::list_revisions(tx, of.0, found.id).await?;
    let mut all: Vec<_> = match Settings::read(&found.settings) {
        Ok(settings) => {
            Brought::by(revisions, &Version::of(tx, found, settings).await?).bringers().cloned().collect()
        }
        // Nobody knows what is trusted now: anything of it may be anybody's.
        Err(_) => revisions
            .into_iter()
            .map(|stored| Bringer { actor: stored.actor, at: stored.created_at })
            .collect(),
    };
    all.sort_by_key(|bringer| Reverse(bringer.at));
    for Bringer { actor, at } in all {
        if let Some(by) = by(tx, of, &actor).await? {
            return Ok(Some(Changed { by, at }));
        }
    }
    Ok(None)
}

/// With what `actor` makes changes, if they may make no owners.
async fn by(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
    actor: &str,
) -> Result<Option<By>, FlowError> {
    Ok(match kind_and_id(actor) {
        ("api_key", Some(id)) => key(tx, id).await?,
        ("setup_link", Some(id)) => Some(By::Link(link_name(tx, (account, keys), id).await?)),
        _ => None,
    })
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
async fn link_name(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
    id: &str,
) -> Result<String, FlowError> {
    let found = match id.parse::<LinkId>() {
        Ok(id) => link::find(tx, Some(account), id, keys).await?,
        Err(_) => None,
    };
    let name = found.map(|link| link.about.name).filter(|name| !name.is_empty());
    Ok(name.unwrap_or_else(|| id.to_owned()))
}
