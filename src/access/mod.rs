//! Who may do what: one table, one pure decision, asked by every flow that changes or shows something administrative.
//!
//! | file | what |
//! |---|---|
//! | this | callers, the decision |
//! | [`table`] | what each action asks for |
//!
//! # Invariants
//!
//! * What belongs to another account is not forbidden but not there: [`Refusal::Hidden`].
//! * Flows about something of an account get its id out of [`Granted`], which nothing but [`decide_in`] makes.
//! * No arm is a default: a new caller or action must be thought about.
//!
//! Signing in is nobody's privilege and is not decided here.
//!
//! To add an action: a variant of [`Action`] and its row in [`table`].

pub mod table;

use crate::base::Actor;
use crate::base::caller::{Role, Scope, Scopes};
use crate::base::id::AccountId;

pub use table::Action;
use table::{Machines, Row};

/// The actor may not do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not allowed to {0}")]
pub struct Denied(pub Actor);

/// Why something of an account is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// To this caller there is no such account.
    #[error("there is no such account")]
    Hidden,
    /// The account is the caller's; they may not all the same.
    #[error(transparent)]
    Denied(#[from] Denied),
}

/// An account that something may be done in. Only [`decide_in`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted(AccountId);

impl Granted {
    /// Which.
    #[must_use]
    pub const fn account(self) -> AccountId {
        self.0
    }
}

/// Whether `actor` may do `action`, wherever: in the installation as a whole, or in every account.
///
/// # Errors
/// [`Denied`] if not.
pub const fn decide(actor: Actor, action: Action) -> Result<(), Denied> {
    let row = table::row(action);
    let is_allowed = match actor {
        Actor::Anonymous | Actor::SetupLink(_) => false,
        // One's own things are of no account that one would have to name.
        Actor::User(_) => row.is_own,
        Actor::CommandLine => row.command_line,
        Actor::Operator(_) => row.operators,
        Actor::ApiKey(key) => key.account.is_none() && has_scope(key.scopes, row),
        Actor::Job(_) => has_machine(row, Machines::JOBS),
        Actor::IdentityProvider(_) => has_machine(row, Machines::IDENTITY_PROVIDERS),
    };
    if is_allowed { Ok(()) } else { Err(Denied(actor)) }
}

/// Whether `actor` may do `action` in `account`.
///
/// # Errors
/// [`Refusal::Hidden`] for what is another account's, else [`Refusal::Denied`] if not.
pub fn decide_in(actor: Actor, action: Action, account: AccountId) -> Result<Granted, Refusal> {
    let row = table::row(action);
    let home = match actor {
        Actor::User(member) => Some(member.account),
        Actor::ApiKey(key) => key.account,
        Actor::SetupLink(link) => Some(link.account),
        Actor::Anonymous
        | Actor::CommandLine
        | Actor::Operator(_)
        | Actor::Job(_)
        | Actor::IdentityProvider(_) => None,
    };
    if home.is_some_and(|home| home != account) {
        return Err(Refusal::Hidden);
    }
    let is_allowed = match actor {
        Actor::User(member) => row.is_own || row.least.is_some_and(|least| is_at_least(member.role, least)),
        Actor::ApiKey(key) => has_scope(key.scopes, row),
        Actor::SetupLink(link) => row.setup.iter().any(|scope| link.scopes.contains(*scope)),
        Actor::Anonymous
        | Actor::CommandLine
        | Actor::Operator(_)
        | Actor::Job(_)
        | Actor::IdentityProvider(_) => decide(actor, action).is_ok(),
    };
    if is_allowed { Ok(Granted(account)) } else { Err(Denied(actor).into()) }
}

/// Whether everything that a key with `scope` may do in `account`, or wherever if none is named, is `actor`'s to do.
#[must_use]
pub fn may_hand_on(actor: Actor, scope: Scope, account: Option<AccountId>) -> bool {
    let asks_for_it = |action: &&Action| table::row(**action).scope == Some(scope);
    // What nobody of an account may do, a key of one may not do either.
    let is_of_account = |action: &&Action| account.is_none() || table::row(**action).least.is_some();
    Action::ALL.iter().filter(asks_for_it).filter(is_of_account).all(|action| match account {
        Some(account) => decide_in(actor, *action, account).is_ok(),
        None => decide(actor, *action).is_ok(),
    })
}

const fn has_scope(scopes: Scopes, row: Row) -> bool {
    match row.scope {
        Some(scope) => scopes.contains(scope),
        None => false,
    }
}

const fn has_machine(row: Row, machine: Machines) -> bool {
    row.machines.0 & machine.0 != 0
}

const fn is_at_least(role: Role, least: Role) -> bool {
    match (role, least) {
        (Role::Owner, Role::Owner | Role::Admin | Role::Member)
        | (Role::Admin, Role::Admin | Role::Member)
        | (Role::Member, Role::Member) => true,
        (Role::Admin, Role::Owner) | (Role::Member, Role::Owner | Role::Admin) => false,
    }
}

#[cfg(test)]
mod tests;
