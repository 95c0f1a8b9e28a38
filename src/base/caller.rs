//! What is known of a caller beside who it is: a person's role, what a key of the REST API is good for, what a setup link is.
//!
//! What follows from it is decided in `access`; nothing is decided here.
//!
//! To add a scope: a line in `names!` below, and the actions that ask for it in `access`.

use std::fmt;
use std::str::FromStr;

use super::id::{AccountId, ApiKeyId, LinkId, UserId};
use super::sentence::{Sentence, Told, sentence, told_errors};

/// The text is not one of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameError(pub &'static str);

impl Told for NameError {
    fn sentence(&self) -> Sentence {
        sentence!("must be one of {names}", names = self.0)
    }
}

told_errors!(NameError);

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// In this order they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the database, in commands and in the REST API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(NameError(concat!($($text, " "),*).trim_ascii_end())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.name())
            }
        }
    )*};
}

names! {
    /// What a person may do in their account.
    Role {
        /// Everything.
        Owner "owner",
        /// Administer people.
        Admin "admin",
        /// Use the platform.
        Member "member",
    }
    /// What a key of the REST API is good for.
    Scope {
        /// Look at accounts.
        AccountsRead "accounts:read",
        /// Make and change accounts.
        AccountsWrite "accounts:write",
        /// Look at connections.
        ConnectionsRead "connections:read",
        /// Make and change connections.
        ConnectionsWrite "connections:write",
        /// Look at domains.
        DomainsRead "domains:read",
        /// Claim and prove domains.
        DomainsWrite "domains:write",
        /// Look at people.
        UsersRead "users:read",
        /// Make, change and erase people.
        UsersWrite "users:write",
        /// The same for owners.
        OwnersWrite "owners:write",
        /// Look at sessions.
        SessionsRead "sessions:read",
        /// End sessions.
        SessionsWrite "sessions:write",
        /// Look at sign-ins and their traces.
        SignInsRead "sign_ins:read",
        /// Take out the messages of identity providers as they came.
        MessagesRead "messages:read",
        /// Look at the events of an account.
        EventsRead "events:read",
        /// Look at keys of the REST API.
        ApiKeysRead "api_keys:read",
        /// Make and revoke them.
        ApiKeysWrite "api_keys:write",
        /// Look at setup links.
        SetupLinksRead "setup_links:read",
        /// Make and revoke them.
        SetupLinksWrite "setup_links:write",
        /// Look at webhooks and what they delivered.
        WebhooksRead "webhooks:read",
        /// Make and change them.
        WebhooksWrite "webhooks:write",
        /// Look at the link to Zoom, what it tells, who is there.
        ZoomRead "zoom:read",
        /// Enter and change the credentials of the link to Zoom.
        ZoomWrite "zoom:write",
        /// Create, change and remove users in Zoom.
        ZoomProvisioningWrite "zoom_provisioning:write",
        /// Look at what will end.
        DeadlinesRead "deadlines:read",
        /// Decide how an account looks, which messages it keeps, who is written to about it.
        SettingsWrite "settings:write",
        /// Look at the installation as a whole: how it stands, what was done to it, who runs it.
        InstallationRead "installation:read",
        /// What otherwise operators do: have jobs tried again, make new keys that sign tokens; and for an account, with a
        /// reason, prove domains, activate untested, let an owner in, take connections over.
        InstallationWrite "installation:write",
        /// Let operators in, shut them out.
        OperatorsWrite "operators:write",
    }
    /// What can be set up behind a setup link.
    SetupScope {
        /// A connection.
        Sso "sso",
        /// Domains.
        Domains "domains",
    }
}

impl Scope {
    /// Whether it is good for nothing in one account alone: only keys of the installation have it.
    #[must_use]
    pub const fn is_of_installation(self) -> bool {
        matches!(
            self,
            Self::AccountsWrite | Self::InstallationRead | Self::InstallationWrite | Self::OperatorsWrite
        )
    }
}

macro_rules! sets {
    ($($(#[$doc:meta])* $set:ident of $one:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $set(u32);

        impl $set {
            /// All there are.
            #[must_use]
            pub fn all() -> Self {
                $one::ALL.iter().copied().collect()
            }

            /// Whether `one` is in it.
            #[must_use]
            pub const fn contains(self, one: $one) -> bool {
                self.0 & (1 << one as u32) != 0
            }

            /// Whether all of `others` are in it.
            #[must_use]
            pub const fn contains_all(self, others: Self) -> bool {
                self.0 & others.0 == others.0
            }

            /// Whether there is nothing in it.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// What is in it.
            pub fn iter(self) -> impl Iterator<Item = $one> {
                $one::ALL.iter().copied().filter(move |one| self.contains(*one))
            }
        }

        impl FromIterator<$one> for $set {
            fn from_iter<T: IntoIterator<Item = $one>>(all: T) -> Self {
                Self(all.into_iter().fold(0, |bits, one| bits | (1 << one as u32)))
            }
        }

        /// The names, with spaces or commas between them.
        impl FromStr for $set {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let names = text.split([' ', ',', '\n']).map(str::trim).filter(|name| !name.is_empty());
                names.map(str::parse).collect()
            }
        }

        impl fmt::Display for $set {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (index, one) in self.iter().enumerate() {
                    if index > 0 {
                        out.write_str(" ")?;
                    }
                    out.write_str(one.name())?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }
    )*};
}

sets! {
    /// What a key of the REST API is good for, all of it.
    Scopes of Scope;
    /// What can be set up behind a setup link, all of it.
    SetupScopes of SetupScope;
}

/// A signed-in person, in their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// They.
    pub id: UserId,
    /// Their account.
    pub account: AccountId,
    /// What they may do there.
    pub role: Role,
}

/// A key of the REST API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub id: ApiKeyId,
    /// Whose; without an account it is the installation's, and good for all of them.
    pub account: Option<AccountId>,
    /// What it is good for.
    pub scopes: Scopes,
}

/// A setup link in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Which.
    pub id: LinkId,
    /// Of which account.
    pub account: AccountId,
    /// What can be set up.
    pub scopes: SetupScopes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_read_back_and_know_what_is_in_them() {
        let some: Scopes = "users:read,connections:write".parse().unwrap();
        assert_eq!(some.to_string(), "connections:write users:read");
        assert_eq!(some.to_string().parse(), Ok(some));
        assert!(some.contains(Scope::UsersRead) && !some.contains(Scope::UsersWrite));
        assert!(Scopes::all().contains_all(some) && !some.contains_all(Scopes::all()));
        assert_eq!(Scopes::all().iter().count(), Scope::ALL.len());
        assert!("users".parse::<Scopes>().is_err());
        assert_eq!("".parse(), Ok(Scopes::default()));
        assert!("sso domains".parse::<SetupScopes>().unwrap().contains(SetupScope::Domains));
    }

    #[test]
    fn names_read_back() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(*role));
        }
        assert_eq!("Owner".parse::<Role>(), Err(NameError("owner admin member")));
    }
}
