//! Who brought what a connection trusts: each of its keys, and the address of the metadata that it follows.
//!
//! What metadata brings by itself counts for whoever had it followed. A key counts for whoever brought it in last: taken away,
//! and brought back by somebody else, it is theirs.

use std::collections::BTreeMap;

use super::load::Loaded;
use super::revision::{Key, Version};
use crate::base::{Actor, Instant};
use crate::flow::FlowError;
use crate::storage::{Tx, connection};

/// Who brought something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bringer {
    /// The name of the actor.
    pub actor: String,
    /// When.
    pub at: Instant,
}

/// Who brought what a connection trusts now.
#[derive(Debug, Default)]
pub struct Brought {
    /// By the SHA-256 of keys.
    keys: BTreeMap<String, Bringer>,
    /// The address of metadata that is followed.
    metadata: Option<Bringer>,
}

impl Brought {
    /// What was brought to that connection.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn to(tx: &mut Tx, loaded: &Loaded) -> Result<Self, FlowError> {
        let present = Version::present(tx, loaded).await?;
        let (mut brought, mut before, mut unread) = (Self::default(), None, None);
        for stored in connection::list_revisions(tx, loaded.account.id, loaded.connection.id).await? {
            let by = Bringer { actor: stored.actor.clone(), at: stored.created_at };
            // What another program wrote, and this one cannot read: what it brought is seen in what came next.
            let Ok((version, _)) = Version::past(&stored, &present) else {
                unread = unread.or(Some(by));
                continue;
            };
            brought.take(before.as_ref(), &version, unread.take().unwrap_or(by));
            before = Some(version);
        }
        if let Some(by) = unread {
            brought.take(before.as_ref(), &present, by);
        }
        Ok(brought)
    }

    /// Whether anything of it was brought by somebody behind a setup link, but that one.
    pub(in crate::flow) fn is_by_visitor(&self, but: Option<Actor>) -> bool {
        let but = but.map(|actor| actor.to_string());
        let is_theirs = |by: &Bringer| by.actor.starts_with("setup_link:") && but.as_ref() != Some(&by.actor);
        self.keys.values().chain(&self.metadata).any(is_theirs)
    }

    /// Who brought the key with that SHA-256.
    pub(super) fn of_key(&self, spki_sha256: &str) -> Option<&Bringer> {
        self.keys.get(spki_sha256)
    }

    /// Counts what is there in `version`, and was not before, for whoever made it.
    fn take(&mut self, before: Option<&Version>, version: &Version, by: Bringer) {
        let followed = before.and_then(|before| before.settings.metadata.as_ref());
        if version.settings.metadata.as_ref() != followed {
            self.metadata = version.settings.metadata.as_ref().map(|_| by.clone());
        }
        let is_by_itself = by.actor.starts_with("job:") || by.actor.starts_with("idp:");
        let by = self.metadata.clone().filter(|_| is_by_itself).unwrap_or(by);
        let stays = |key: &Key| before.is_some_and(|before| before.keys.contains(key));
        let keys = version.keys.iter().map(|key| {
            let known = self.keys.get(&key.spki_sha256).filter(|_| stays(key));
            (key.spki_sha256.clone(), known.unwrap_or(&by).clone())
        });
        self.keys = keys.collect();
    }
}
