//! Who authorised an app, and in which Zoom account.
//!
//! # Design
//!
//! Events of the platform's app name nothing but the Zoom account. Whoever is the first to authorise the app for it gets
//! them, so that has to be somebody who owns or administers it: a member, or somebody who was one, could otherwise have a
//! district's events come to an account of their own. Zoom says so in `users/me`; where it does not, the link works, and
//! events of the platform's app are not its own until Zoom says so.

use serde_json::Value;

use super::check::Wrong;
use super::platform::hash_of;
use super::tokens::learn;
use crate::base::id::AccountId;
use crate::base::sentence::{Sentence, sentence};
use crate::directory::state::ZoomKind;
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_grant::{self, Grant};
use crate::storage::zoom_link::Link;
use crate::storage::{StorageError, Tx};
use crate::zoom::api::error::ApiError;
use crate::zoom::api::pace::Label;
use crate::zoom::api::{Call, Zoom};
use crate::zoom::scope::Capability;

const MAX_ID: usize = 128;
/// Zoom's ids of the roles that every account has: the owner's, and that of administrators.
const ADMINISTRATORS: [&str; 2] = ["0", "1"];
/// The same by their names.
const NAMES: [&str; 2] = ["owner", "admin"];

/// Whoever a token acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// The Zoom account's id.
    pub(super) zoom_account: String,
    /// Theirs.
    pub(super) user: Option<String>,
    /// Whether they own or administer the account, as far as Zoom says.
    pub(super) is_administrator: bool,
}

impl Who {
    fn read(me: &Value) -> Option<Self> {
        let id =
            |name| me.get(name).and_then(Value::as_str).filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        let role = me.get("role_name").and_then(Value::as_str);
        Some(Self {
            zoom_account: id("account_id")?.to_owned(),
            user: id("id").map(str::to_owned),
            is_administrator: id("role_id").is_some_and(|role| ADMINISTRATORS.contains(&role))
                || role.is_some_and(|role| NAMES.iter().any(|name| role.eq_ignore_ascii_case(name))),
        })
    }

    /// Tokens, with who they are of.
    pub(super) fn beside(&self, grant: Grant) -> Grant {
        let (zoom_account, user) = (Some(self.zoom_account.clone()), self.user.clone());
        Grant { zoom_account, user, is_administrators: self.is_administrator, ..grant }
    }

    /// Under what their Zoom account is found again when the platform's app is told something: that of somebody who owns or
    /// administers it, of an account that is linked by that app.
    pub(super) async fn hash(
        &self,
        gateway: &Gateway,
        tx: &mut Tx,
        kind: ZoomKind,
    ) -> Result<Option<Vec<u8>>, FlowError> {
        if kind == ZoomKind::Platform && self.is_administrator {
            return hash_of(gateway, tx, &self.zoom_account).await.map(Some);
        }
        Ok(None)
    }
}

/// Asks Zoom.
///
/// # Errors
/// [`ApiError`].
pub(super) async fn ask(zoom: &Zoom) -> Result<Who, ApiError> {
    let me = zoom.json(Call::get("/v2/users/me", Label::Light)).await?;
    Who::read(&me).ok_or(ApiError::Unintelligible)
}

/// Asks again where it is not known yet who authorised the app of a link, and keeps it. What stands in the way of events,
/// if they are wanted.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn learned(
    gateway: &Gateway,
    zoom: &Zoom,
    (account, link): (AccountId, &Link),
    wanted: &[Capability],
) -> Result<Option<Wrong>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let Some(grant) = zoom_grant::find(&mut tx, account, &keys).await? else { return Ok(None) };
    drop(tx);
    let is_platforms = link.kind == ZoomKind::Platform;
    if grant.zoom_account.is_some() && (grant.is_administrators || !is_platforms) {
        return Ok(None);
    }
    let problem = match ask(zoom).await {
        Ok(who) => {
            let mut tx = gateway.storage().read().await?;
            let hash = who.hash(gateway, &mut tx, link.kind).await?;
            drop(tx);
            match learn(gateway, (account, (link.id, link.version)), (&who, hash.as_deref())).await {
                Ok(_) if who.is_administrator => return Ok(None),
                Ok(_) => Wrong::new("account_unproved", unproved()),
                Err(StorageError::Exists(_)) => Wrong::new("account_taken", taken()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => Wrong::of(&error),
    };
    Ok(Some(problem).filter(|_| is_platforms && wanted.contains(&Capability::Events)))
}

fn unproved() -> Sentence {
    sentence!(
        "Zoom does not say that whoever authorised the app owns or administers the Zoom account, and only then its events are \
         taken: have an owner or administrator authorise it"
    )
}

/// What is said where another account was first.
pub(super) fn taken() -> Sentence {
    sentence!("another account here is linked to this Zoom account by the same app: remove that link first")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_owners_and_administrators_stand_for_a_zoom_account() {
        let is = |me: Value| Who::read(&me).map(|who| who.is_administrator);
        for (me, wanted) in [
            (json!({"account_id": "A", "id": "u", "role_id": "0"}), Some(true)),
            (json!({"account_id": "A", "role_id": "1"}), Some(true)),
            (json!({"account_id": "A", "role_name": "Owner"}), Some(true)),
            (json!({"account_id": "A", "role_name": "admin"}), Some(true)),
            (json!({"account_id": "A", "role_id": "2", "role_name": "Member"}), Some(false)),
            (json!({"account_id": "A", "role_id": "10", "role_name": "Help desk"}), Some(false)),
            (json!({"account_id": "A", "role_id": 0}), Some(false)),
            (json!({"account_id": "A"}), Some(false)),
            (json!({"account_id": "", "role_id": "0"}), None),
            (json!({"id": "u", "role_id": "0"}), None),
        ] {
            assert_eq!(is(me.clone()), wanted, "{me}");
        }
    }
}
