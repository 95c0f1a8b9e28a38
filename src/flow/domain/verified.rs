//! Whether somebody's address is theirs. What it is looked up in, owners' sealed profiles among it, is read once for however
//! many people are asked about.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::base::caller::Role;
use crate::base::id::{AccountId, UserId};
use crate::directory::domain::DomainName;
use crate::directory::email::{EmailRules, lookup_form};
use crate::directory::state::ConnectionState;
use crate::flow::FlowError;
use crate::flow::connection::settings::Settings;
use crate::storage::connection::Connection;
use crate::storage::seal::AccountKeys;
use crate::storage::user::User;
use crate::storage::{Tx, connection, domain, people};

/// The addresses that owners of an account are known by, in the form in which addresses are compared.
pub(in crate::flow) struct OwnerAddresses(Vec<(UserId, String)>);

impl OwnerAddresses {
    /// Those of the owners as they are.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn read(
        tx: &mut Tx,
        (account, keys): (AccountId, &AccountKeys),
    ) -> Result<Self, FlowError> {
        Ok(Self(people::list_owner_addresses(tx, account, keys).await?))
    }

    /// Whether `email` is the address of an owner who is not `id`.
    pub(in crate::flow) fn has_of_another(&self, email: &str, id: UserId) -> bool {
        let wanted = lookup_form(email);
        self.0.iter().any(|(owner, address)| *owner != id && *address == wanted)
    }
}

/// Whether an address is an owner's, and whoever has this id and role is none. Whoever runs an identity provider of the
/// account, the visitor of a setup link even, can write any address of its domains into an assertion: the apps of the
/// platform must not take them for an owner by it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn is_an_owners(
    tx: &mut Tx,
    of: (AccountId, &AccountKeys),
    email: &str,
    (id, role): (UserId, Role),
) -> Result<bool, FlowError> {
    Ok(role != Role::Owner && OwnerAddresses::read(tx, of).await?.has_of_another(email, id))
}

/// What tells whether addresses are verified, as far as it was asked for until now.
pub(in crate::flow) struct Verifying<'k> {
    account: AccountId,
    keys: &'k AccountKeys,
    proved: Vec<DomainName>,
    owners: Option<OwnerAddresses>,
    /// The settings of connections that gave addresses, or say them; none for one that is gone.
    given_by: HashMap<String, Option<(Settings, ConnectionState)>>,
}

/// What an address is where somebody gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    /// Anybody's, for all that is known.
    Unverified,
    /// Verified, by a connection that was retired since.
    Formerly,
    /// Verified.
    Verified,
}

impl<'k> Verifying<'k> {
    /// To be asked about people of an account.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn read(
        tx: &mut Tx,
        (account, keys): (AccountId, &'k AccountKeys),
    ) -> Result<Self, FlowError> {
        let proved = domain::list_proved(tx, account).await?;
        Ok(Self { account, keys, proved, owners: None, given_by: HashMap::new() })
    }

    /// Whether the address of `user` is verified: its domain is proved for the account, and the connection that gave it
    /// may assert it. One that an administrator entered needs the proof alone. An owner's address is nobody else's.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn is_verified(&mut self, tx: &mut Tx, user: &User) -> Result<bool, FlowError> {
        let from = user.profile.email_from.as_deref();
        Ok(self.given(tx, user, from).await? != Given::Unverified)
    }

    /// Whether an identity provider says the address of `user`, and it is verified where that connection gives it: by what
    /// it may assert now, not when it said so. Of a connection that was retired, nobody says anything.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn is_said(&mut self, tx: &mut Tx, user: &User) -> Result<bool, FlowError> {
        Ok(self.said(tx, user).await? == Given::Verified)
    }

    /// The same, also where all who say it were retired since: of somebody who has no other, and comes by the next.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn was_said(&mut self, tx: &mut Tx, user: &User) -> Result<bool, FlowError> {
        Ok(self.said(tx, user).await? != Given::Unverified)
    }

    /// What the address of `user` is by the best of those who say it.
    async fn said(&mut self, tx: &mut Tx, user: &User) -> Result<Given, FlowError> {
        let mut best = Given::Unverified;
        for by in user.profile.said_by() {
            best = best.max(self.given(tx, user, Some(by)).await?);
        }
        Ok(best)
    }

    /// Whether an owner is written to at their address: not where somebody entered it who may make none, and no identity
    /// provider says it that may.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn is_written_to(
        &mut self,
        tx: &mut Tx,
        user: &User,
    ) -> Result<bool, FlowError> {
        Ok(!user.profile.is_email_unvouched() || self.is_said(tx, user).await?)
    }

    /// What the address of `user` is where the connection `from` gives it; none: an administrator.
    async fn given(&mut self, tx: &mut Tx, user: &User, from: Option<&str>) -> Result<Given, FlowError> {
        let Some(email) = user.profile.email.as_deref() else { return Ok(Given::Unverified) };
        let all = EmailRules { proved: &self.proved, may_assert: None, unverified: None, is_strict: false };
        if !all.is_verified(email) {
            return Ok(Given::Unverified);
        }
        if user.role != Role::Owner {
            if self.owners.is_none() {
                self.owners = Some(OwnerAddresses::read(tx, (self.account, self.keys)).await?);
            }
            if self.owners.as_ref().is_some_and(|owners| owners.has_of_another(email, user.id)) {
                return Ok(Given::Unverified);
            }
        }
        let Some(from) = from else { return Ok(Given::Verified) };
        let settings = match self.given_by.entry(from.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let found = match from.parse() {
                    Ok(id) => connection::find(tx, self.account, id).await?,
                    Err(_) => None,
                };
                let read = |found: Connection| {
                    Settings::read(&found.settings).map(|settings| (settings, found.state))
                };
                new.insert(found.map(read).transpose()?)
            }
        };
        let Some((settings, state)) = settings else { return Ok(Given::Unverified) };
        if !(EmailRules { may_assert: settings.email_domains.as_deref(), ..all }).is_verified(email) {
            return Ok(Given::Unverified);
        }
        Ok(if *state == ConnectionState::Retired { Given::Formerly } else { Given::Verified })
    }
}

/// Whether the address of one person is verified.
///
/// # Errors
/// Those of [`Verifying::is_verified`].
pub(in crate::flow) async fn is_verified(
    tx: &mut Tx,
    of: (AccountId, &AccountKeys),
    user: &User,
) -> Result<bool, FlowError> {
    Verifying::read(tx, of).await?.is_verified(tx, user).await
}
