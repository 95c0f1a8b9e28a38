//! Whom a statement leads to: on whose word, and by which identities they sign in already.

use crate::base::caller::Role;
use crate::base::id::{AccountId, ConnectionId, UserId};
use crate::directory::jit::{Identities, Known, Owner};
use crate::directory::mapping::WhoseWord;
use crate::directory::state::{ConnectionState, UserState};
use crate::flow::FlowError;
use crate::flow::connection::load::Loaded;
use crate::flow::connection::settings::Settings;
use crate::flow::domain::Verifying;
use crate::storage::user::{self, User};
use crate::storage::{Tx, connection};

/// Somebody as their own identity leads to them.
pub(super) fn by_identity(loaded: &Loaded, user: &User) -> Known<UserId> {
    let owner = match user.role {
        Role::Owner if loaded.settings.mapping.may_grant_owner => Owner::Yes,
        Role::Owner => Owner::OutOfReach,
        Role::Admin | Role::Member => Owner::No,
    };
    Known {
        user: user.id,
        is_disabled: user.state == UserState::Disabled,
        external_id: user.external_id.clone(),
        identities: Identities::Some,
        is_entered: false,
        owner,
    }
}

/// Somebody as the external id that was sent leads to them.
pub(super) async fn by_external_id(
    tx: &mut Tx,
    loaded: &Loaded,
    user: &User,
) -> Result<Known<UserId>, FlowError> {
    let account = loaded.account.id;
    let has_way = user::has_way(tx, account, user.id).await?;
    let is_entered = match (user.profile.external_id_by, &user.profile.external_id_said_by) {
        // Of what was said before it was kept by whom, nobody knows whether they may still.
        (WhoseWord::Vouched, _) | (WhoseWord::Said, None) => false,
        // By what it may say now; of somebody who has no other way, what was said counts when that is retired, too.
        (WhoseWord::Said, Some(by)) => has_way && !says(tx, account, by).await?,
        (WhoseWord::Entered, _) => true,
        (WhoseWord::Unknown, _) => {
            let ways = user::list_connections(tx, account, user.id).await?;
            !may_say(tx, account, &ways).await?
        }
    };
    let identities = if has_way { Identities::Some } else { Identities::None };
    Ok(Known { identities, is_entered, ..by_identity(loaded, user) })
}

/// Somebody as the address that was sent leads to them.
pub(super) async fn by_email(
    tx: &mut Tx,
    loaded: &Loaded,
    user: &User,
    verifying: &mut Verifying<'_>,
) -> Result<Known<UserId>, FlowError> {
    let (account, source) = (loaded.account.id, loaded.settings.subject.to_string());
    let way = (loaded.connection.id, source.as_str());
    let identities = if !user::has_way(tx, account, user.id).await? {
        Identities::None
    } else if user::has_identity(tx, account, user.id, way).await? {
        Identities::OfSameSource
    } else {
        Identities::Some
    };
    let is_said = match identities {
        Identities::None => verifying.was_said(tx, user).await?,
        Identities::Some | Identities::OfSameSource => verifying.is_said(tx, user).await?,
    };
    let is_entered = !is_said && user.profile.email_by != WhoseWord::Vouched;
    Ok(Known { identities, is_entered, ..by_identity(loaded, user) })
}

/// Whether that connection is one, and not retired, that takes an external id from what is said.
async fn says(tx: &mut Tx, account: AccountId, by: &str) -> Result<bool, FlowError> {
    let Ok(id) = by.parse::<ConnectionId>() else { return Ok(false) };
    let found = connection::find(tx, account, id).await?;
    let is_retired = found.is_none_or(|found| found.state == ConnectionState::Retired);
    Ok(!is_retired && may_say(tx, account, &[id]).await?)
}

/// Whether any of these connections takes an external id from what is said. Of people who are known from before it was kept
/// whose word that is, none of whose connections does, somebody entered it.
async fn may_say(tx: &mut Tx, account: AccountId, ways: &[ConnectionId]) -> Result<bool, FlowError> {
    for way in ways {
        let found = connection::find(tx, account, *way).await?;
        let settings = found.map(|found| Settings::read(&found.settings)).transpose()?;
        if settings.is_some_and(|settings| settings.mapping.external_id.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}
