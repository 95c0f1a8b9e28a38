//! The habits of identity providers, as defaults of a new connection. Every one can be changed afterwards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::mapping::SubjectSource;

macro_rules! products {
    ($($product:ident $name:literal;)*) => {
        /// The product behind a connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the products' own")]
        pub enum Product {
            $(#[serde(rename = $name)] $product),*
        }

        impl Product {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$product),*];

            /// The name on the command line and in the database.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$product => $name),*
                }
            }
        }
    };
}

products! {
    Okta "okta";
    Entra "entra";
    Clever "clever";
    Canvas "canvas";
    Google "google";
    Adfs "adfs";
    OneLogin "onelogin";
    PingOne "pingone";
    JumpCloud "jumpcloud";
    ClassLink "classlink";
    Rippling "rippling";
    Duo "duo";
    CyberArk "cyberark";
    Shibboleth "shibboleth";
    Keycloak "keycloak";
    Other "other";
}

/// There is no preset of that name; a plain sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset for {0:?}; use one of {names}", names = names())]
pub struct ProductError(String);

fn names() -> String {
    Product::ALL.iter().map(|product| product.name()).collect::<Vec<_>>().join(", ")
}

/// Defaults of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// What a person would call it.
    pub title: &'static str,
    /// What names a person.
    pub subject: SubjectSource,
    /// Whether our requests are signed.
    pub is_request_signed: bool,
    /// What an answer that nobody asked for leads to.
    pub idp_initiated: IdpInitiated,
}

/// What becomes of a response that answers no request of the browser that brings it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdpInitiated {
    /// Nobody is signed in by it: a request of our own is sent to the same identity provider, which answers that without
    /// asking the person again. Tiles in portals work, and nobody can be signed in to a stranger's account.
    #[default]
    Restart,
    /// It signs in, if it says that it answers nothing. For identity providers that know no requests.
    Accept,
    /// It is refused.
    Refuse,
}

impl IdpInitiated {
    /// The name on the command line and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
        }
    }
}

impl FromStr for IdpInitiated {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known =
            [Self::Restart, Self::Accept, Self::Refuse].into_iter().find(|known| known.name() == text);
        known.ok_or_else(|| "it is one of restart, accept, refuse".to_owned())
    }
}

impl Product {
    /// Its habits.
    #[must_use]
    pub fn preset(self) -> Preset {
        let attribute = |name: &str| SubjectSource::Attribute(name.to_owned());
        let (title, subject) = match self {
            Self::Okta => ("Okta", SubjectSource::NameId),
            // The NameID is a name that administrators may change; the object id stays.
            Self::Entra => (
                "Microsoft Entra ID",
                attribute("http://schemas.microsoft.com/identity/claims/objectidentifier"),
            ),
            // The Clever id, as our instructions ask for: many pupils have no address, and nobody checks those there are.
            Self::Clever => ("Clever", SubjectSource::NameId),
            Self::Canvas => ("Canvas", SubjectSource::NameId),
            Self::Google => ("Google", SubjectSource::NameId),
            Self::Adfs => ("AD FS", SubjectSource::NameId),
            Self::OneLogin => ("OneLogin", SubjectSource::NameId),
            // The user's id, without a format.
            Self::PingOne => ("PingOne", SubjectSource::NameId),
            Self::JumpCloud => ("JumpCloud", SubjectSource::NameId),
            Self::ClassLink => ("ClassLink", SubjectSource::NameId),
            Self::Rippling => ("Rippling", SubjectSource::NameId),
            Self::Duo => ("Duo", SubjectSource::NameId),
            Self::CyberArk => ("CyberArk", SubjectSource::NameId),
            // Its NameID is transient by default: eduPersonPrincipalName.
            Self::Shibboleth => ("Shibboleth", attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.6")),
            Self::Keycloak => ("Keycloak", SubjectSource::NameId),
            Self::Other => ("Single sign-on", SubjectSource::NameId),
        };
        // Keycloak asks for signed requests unless told otherwise, and says so in its metadata.
        let is_request_signed = matches!(self, Self::Keycloak);
        // People come from these portals' tiles, and many have no other way in.
        let idp_initiated = match self {
            Self::Clever | Self::ClassLink => IdpInitiated::Accept,
            _ => IdpInitiated::Restart,
        };
        Preset { title, subject, is_request_signed, idp_initiated }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Product {
    type Err = ProductError;

    fn from_str(text: &str) -> Result<Self, ProductError> {
        let known = Self::ALL.iter().copied().find(|product| product.name() == text);
        known.ok_or_else(|| ProductError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_the_message_lists_them() {
        let message = ProductError("x".to_owned()).to_string();
        for &product in Product::ALL {
            assert_eq!(product.name().parse(), Ok(product));
            assert!(message.contains(product.name()));
            let stored = serde_json::to_string(&product).unwrap();
            assert_eq!(stored, format!("{:?}", product.name()), "one name everywhere");
        }
    }
}
