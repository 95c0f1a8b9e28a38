//! Whom a statement leads to: on whose word, and by which identities they sign in already.

use std::collections::BTreeSet;

use crate::base::caller::Role;
use crate::base::id::{AccountId, ConnectionId, UserId};
use crate::directory::jit::{Identities, Known, Owner};
use crate::directory::mapping::WhoseWord;
use crate::directory::state::{ConnectionState, UserState};
use crate::flow::FlowError;
use crate::flow::connection::load::Loaded;
use crate::flow::connection::settings::Settings;
use crate::flow::domain::Verifying;
use crate::storage::Tx;
use crate::storage::connection::{self, Connection};
use crate::storage::user::{self, User};

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
    let sayers = &user.profile.external_id_sayers;
    let is_entered = match user.profile.external_id_by {
        WhoseWord::Vouched => false,
        // Of what was said before it was kept by whom, nobody knows whether they may still. Of somebody with a way to sign in,
        // while one that said it may say it now; of one with none, what was said counts, its connection retired too.
        WhoseWord::Said => has_way && !sayers.is_empty() && !may_say(tx, account, sayers).await?,
        WhoseWord::Entered => true,
        WhoseWord::Unknown => !may_have_said(tx, account, user.id).await?,
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

/// Whether any of these connections is one, and not retired, that takes an external id from what is said.
async fn may_say(tx: &mut Tx, account: AccountId, sayers: &BTreeSet<String>) -> Result<bool, FlowError> {
    for id in sayers.iter().filter_map(|sayer| sayer.parse::<ConnectionId>().ok()) {
        let found = connection::find(tx, account, id).await?;
        if let Some(found) = found.filter(|found| found.state != ConnectionState::Retired)
            && takes(&found)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the external id of somebody may be one that was said, who is known from before it was kept whose word that is: one
/// that no connection takes by which they sign in, not a retired one either, somebody entered.
async fn may_have_said(tx: &mut Tx, account: AccountId, of: UserId) -> Result<bool, FlowError> {
    for id in user::list_connections(tx, account, of).await? {
        if let Some(found) = connection::find(tx, account, id).await?
            && takes(&found)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a connection takes an external id from what is said.
fn takes(found: &Connection) -> Result<bool, FlowError> {
    Ok(Settings::read(&found.settings)?.mapping.external_id.is_some())
}
