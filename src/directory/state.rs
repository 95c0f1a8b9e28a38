//! The states that things are in, with their names in the database.

use std::fmt;
use std::str::FromStr;

/// The text is not one of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known state")]
pub struct StateError;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// The name in the database.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl FromStr for $name {
            type Err = StateError;

            fn from_str(text: &str) -> Result<Self, StateError> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(StateError) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.name())
            }
        }
    )*};
}

states! {
    /// Of an account.
    AccountState {
        /// People sign in.
        Active "active",
        /// Nobody signs in.
        Disabled "disabled",
        /// Its keys are destroyed: nothing of it can be read any more.
        Deleted "deleted",
    }
    /// Of a connection.
    ConnectionState {
        /// Being set up.
        Draft "draft",
        /// Set up, for test sign-ins only.
        Testing "testing",
        /// People sign in.
        Active "active",
        /// Nobody signs in.
        Disabled "disabled",
        /// Given up for good: kept for what refers to it, and never changed any more.
        Retired "retired",
    }
    /// Of an email domain.
    DomainState {
        /// Claimed; it counts for nothing.
        Pending "pending",
        /// The account's alone.
        Proved "proved",
    }
    /// Of a user.
    UserState {
        /// May sign in.
        Active "active",
        /// Is shut out.
        Disabled "disabled",
    }
    /// How a try to sign in ended.
    Outcome {
        /// Signed in.
        Accepted "accepted",
        /// Not.
        Refused "refused",
        /// Nobody had asked for it: a request of our own was sent instead.
        Restarted "restarted",
        /// The answer of a sign-in that had already succeeded, once more.
        Repeated "repeated",
        /// It would have signed somebody in, and was a test.
        Tested "tested",
    }
    /// What a request is for.
    Purpose {
        /// To sign in.
        Login "login",
        /// To see whether signing in would go well.
        Test "test",
    }
    /// What a link is for.
    LinkKind {
        /// Makes an operator.
        Operator "operator",
        /// Lets somebody in as an owner for the first time.
        OwnerInvite "owner_invite",
        /// Lets an owner in, while there is no other way.
        Email "email",
        /// Lets an owner in although there is another way, by the word of an operator.
        BreakGlass "break_glass",
        /// Sets something up.
        Setup "setup",
    }
    /// How somebody got in without an identity provider.
    Method {
        /// By a link.
        Link "link",
        /// By a passkey.
        Passkey "passkey",
    }
    /// Of somebody who runs the installation.
    OperatorState {
        /// May come in.
        Active "active",
        /// Is shut out.
        Removed "removed",
    }
    /// Of a job.
    JobState {
        /// To be done, or being done.
        Waiting "waiting",
        /// Done; kept for a while, so that asking again is known to be asking again.
        Done "done",
        /// Given up; waits for somebody to look at it.
        Dead "dead",
    }
    /// What a job does.
    JobKind {
        /// Fetches the metadata of a connection.
        MetadataRefresh "metadata_refresh",
        /// Sends a mail that waits.
        Mail "mail",
        /// Finishes the erasure of a user.
        UserErasure "user_erasure",
    }
    /// Of a key of ours.
    KeyState {
        /// Published; in use later.
        Next "next",
        /// In use.
        Active "active",
        /// Only for what was made before.
        Retired "retired",
    }
    /// What a key of ours is for.
    KeyPurpose {
        /// Signing requests.
        Signing "signing",
        /// Reading what is encrypted for us.
        Encryption "encryption",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        assert_eq!(ConnectionState::Testing.name().parse(), Ok(ConnectionState::Testing));
        assert_eq!("Active".parse::<UserState>(), Err(StateError));
    }
}
