//! Zoom: an account's link to it, what it tells, and what is done there.
//!
//! | file | what |
//! |---|---|
//! | [`authorize`] | an administrator of a Zoom account allows an app, or takes that back |
//! | [`check`] | whether a link works, what is wrong, and who is told |
//! | `client` | the client that everything else calls Zoom by |
//! | `entered` | what is entered, checked |
//! | [`event`] | what Zoom tells: received, looked at, handed on |
//! | [`guide`] | what is to be ticked and copied in Zoom's Marketplace |
//! | [`inventory`] | Zoom's users, counted and joined with our own |
//! | [`link`] | an account's link: how it stands, entering and removing it |
//! | [`platform`] | the platform's one app |
//! | [`provision`] | our people, brought into Zoom and taken out of it |
//! | `tokens` | the tokens of an authorised app: one process at a time asks for the next, and keeps it before it is used |
//! | `who` | who authorised an app, and in which Zoom account |
//! | [`work`] | runs and inventories: whose they are for now, and what follows when they stop |
//!
//! # Invariants
//!
//! * An account has one link at the most.
//! * Nothing secret is handed out: of a secret, the last four characters.
//! * A refresh token is stored before its access token is used; whoever asks for the next holds the link's lease.
//! * What was entered or given for one app at one Zoom is sent to no other.

pub mod authorize;
pub mod check;
mod client;
mod entered;
pub mod event;
pub mod guide;
pub mod inventory;
pub mod link;
pub mod platform;
pub mod provision;
mod tokens;
mod who;
pub mod work;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::{FlowError, Gateway};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::zoom::api::{SharedPace, Zoom};
use crate::zoom::credentials::Bases;

/// Links whose clients are kept in memory, and Zoom accounts whose pace is.
const CLIENTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

/// What is kept in memory for links to Zoom.
pub(super) struct Kept {
    clients: Mutex<LruCache<AccountId, Held>>,
    /// By where Zoom is, and its id of the account.
    paces: Mutex<LruCache<String, SharedPace>>,
    events: event::Kept,
}

/// A client, and what it was made of.
struct Held {
    of: Made,
    zoom: Zoom,
}

/// The link, its version, that of the platform's app, if it is by that, and the Zoom account, as far as it is known.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    link: ZoomLinkId,
    version: i64,
    platform: i64,
    zoom_account: Option<String>,
}

impl Default for Kept {
    fn default() -> Self {
        let (clients, paces) = (Mutex::new(LruCache::new(CLIENTS)), Mutex::new(LruCache::new(CLIENTS)));
        Self { clients, paces, events: event::Kept::default() }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Kept")
    }
}

impl Kept {
    /// The client that is kept for the link as it is now, or the one that `make` makes.
    fn client(&self, account: AccountId, of: Made, make: impl FnOnce() -> Zoom) -> Zoom {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = clients.get(&account).filter(|held| held.of == of) {
            return held.zoom.clone();
        }
        let zoom = make();
        clients.put(account, Held { of, zoom: zoom.clone() });
        zoom
    }

    /// The pace of a Zoom account: the same for all who are linked to it, since Zoom counts their calls together.
    fn pace(&self, bases: &Bases, zoom_account: &str) -> SharedPace {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let of = format!("{} {zoom_account}", bases.api());
        Arc::clone(paces.get_or_insert(of, SharedPace::default))
    }
}

/// The client of an account's link, if it has one that can be used.
async fn client_if_any(gateway: &Gateway, account: AccountId) -> Result<Option<Zoom>, FlowError> {
    match client::of(gateway, account).await {
        Ok(zoom) => Ok(Some(zoom)),
        Err(FlowError::NotFound(_) | FlowError::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The client for work that is ours now, if there is a link that can be used. What is given up anyway needs none: what
/// keeps a client from being made must not keep work from ending.
async fn client_for<W: work::Leased>(
    gateway: &Gateway,
    claimed: &work::Claimed<W>,
) -> Result<Option<Zoom>, FlowError> {
    if claimed.is_given_up() { Ok(None) } else { client_if_any(gateway, claimed.account()).await }
}
