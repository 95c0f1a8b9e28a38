//! Who may do what: one pure decision, asked by every flow that changes or shows something administrative.
//!
//! What belongs to another account is not forbidden but not found: flows look for things within an account. Signing in is nobody's privilege and is not decided here.
//!
//! To add an action: a variant of [`Action`] and its arm in [`decide`], which has no default arm on purpose.

use crate::base::Actor;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make an account.
    CreateAccount,
    /// Destroy an account.
    DeleteAccount,
    /// Look whether the installation is as it should be.
    Check,
    /// Look at accounts, rename them, shut them and open them again.
    ManageAccounts,
    /// Make a connection in an account, or look for one.
    ManageConnections,
    /// Claim domains of an account and give them up, let guests in.
    ManageDomains,
    /// Vouch that a domain is an account's.
    ProveDomains,
    /// Look at the people of an account.
    ReadUsers,
    /// Make, change, shut out and erase people of an account.
    ManageUsers,
    /// Look at a try to sign in, its true cause included.
    ReadAttempts,
    /// Look at the installation's keys, make new ones, put old ones out of use.
    ManageKeys,
    /// Look at anybody's sessions, and end them.
    ManageSessions,
    /// Look at one's own sessions, and end them.
    EndOwnSessions,
    /// Drop rows that have passed their time.
    Sweep,
    /// Seal what was tried in an hour.
    SealAttempts,
    /// Take a job and give it back.
    RunJobs,
    /// Look at jobs, and have one tried again.
    ManageJobs,
    /// Look at an identity provider's metadata, and follow it as far as connections follow it by themselves.
    RefreshMetadata,
}

/// The actor may not do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not allowed to {0}")]
pub struct Denied(pub Actor);

/// Whether `actor` may do `action`.
///
/// # Errors
/// [`Denied`] if not.
pub const fn decide(actor: Actor, action: Action) -> Result<(), Denied> {
    let is_allowed = match action {
        Action::CreateAccount
        | Action::DeleteAccount
        | Action::Check
        | Action::ManageAccounts
        | Action::ManageConnections
        | Action::ManageDomains
        | Action::ProveDomains
        | Action::ReadUsers
        | Action::ManageUsers
        | Action::ManageJobs
        | Action::ManageKeys
        | Action::ManageSessions
        | Action::ReadAttempts => matches!(actor, Actor::CommandLine),
        Action::EndOwnSessions => matches!(actor, Actor::User(_)),
        Action::RunJobs | Action::SealAttempts => matches!(actor, Actor::Job(_)),
        Action::RefreshMetadata => {
            matches!(actor, Actor::Job(_) | Actor::CommandLine | Actor::IdentityProvider(_))
        }
        Action::Sweep => matches!(actor, Actor::Job(_) | Actor::CommandLine),
    };
    if is_allowed { Ok(()) } else { Err(Denied(actor)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::UserId;
    use crate::base::{Instant, Rng};

    #[test]
    fn only_the_command_line_administers() {
        let user = Actor::User(UserId::make(Instant::from_seconds(0), &Rng::seeded(1)));
        for actor in [Actor::Anonymous, user, Actor::Job("sweep")] {
            assert_eq!(decide(actor, Action::CreateAccount), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::DeleteAccount), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::Check), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::ManageConnections), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::ManageKeys), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::ManageSessions), Err(Denied(actor)));
            assert_eq!(decide(actor, Action::ReadAttempts), Err(Denied(actor)));
        }
        assert_eq!(decide(Actor::CommandLine, Action::ManageConnections), Ok(()));
        assert_eq!(decide(Actor::Job("sweep"), Action::Sweep), Ok(()));
        assert_eq!(decide(user, Action::EndOwnSessions), Ok(()));
        for actor in [Actor::Anonymous, Actor::CommandLine] {
            assert_eq!(decide(actor, Action::EndOwnSessions), Err(Denied(actor)), "it has none");
        }
    }
}
