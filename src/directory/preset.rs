//! The products of identity providers: by what they are known, and their habits as defaults of a new connection. Every
//! default can be changed afterwards.
//!
//! To add a product: a line in `products!`, and then whatever the compiler asks for: its habits here, its attributes' names
//! in `mapping`, its console's words and set-up steps in `words`.

use std::fmt;
use std::str::FromStr;

use crate::base::sentence::{Sentence, Told, sentence, told_errors};

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
    PingFederate "pingfederate";
    JumpCloud "jumpcloud";
    ClassLink "classlink";
    Rippling "rippling";
    Duo "duo";
    CyberArk "cyberark";
    Shibboleth "shibboleth";
    Keycloak "keycloak";
    Other "other";
}

/// The domains of the entity IDs that a product's makers give out.
const HOSTS: &[(Product, &[&str])] = &[
    (Product::Okta, &["okta.com", "oktapreview.com"]),
    (Product::Entra, &["sts.windows.net", "login.microsoftonline.com"]),
    (Product::Google, &["accounts.google.com"]),
    (Product::Clever, &["clever.com"]),
    (Product::OneLogin, &["onelogin.com"]),
    (
        Product::PingOne,
        &[
            "auth.pingone.com",
            "auth.pingone.eu",
            "auth.pingone.ca",
            "auth.pingone.asia",
            "auth.pingone.com.au",
        ],
    ),
    (Product::JumpCloud, &["jumpcloud.com"]),
    (Product::ClassLink, &["classlink.com"]),
    (Product::Rippling, &["rippling.com"]),
    (Product::Duo, &["sso.duosecurity.com"]),
    (Product::CyberArk, &["cyberark.cloud", "my.idaptive.app"]),
];

/// How the entity IDs of what schools run on hosts of their own end, unless somebody changed them.
const ENDINGS: &[(Product, &str)] =
    &[(Product::Adfs, "/adfs/services/trust"), (Product::Shibboleth, "/idp/shibboleth")];

/// There is no preset of that name; a plain sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductError(String);

impl Told for ProductError {
    fn sentence(&self) -> Sentence {
        sentence!("there is no preset for \"{name}\"; use one of {names}", name = &self.0, names = names())
    }
}

told_errors!(ProductError);

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
    /// The product whose entity IDs look like `entity_id`. Good for words and suggestions and for nothing else: anybody can
    /// claim an entity ID. What administrators type freely (`JumpCloud`, `PingFederate`) is often not to be recognised.
    #[must_use]
    pub fn from_entity_id(entity_id: &str) -> Option<Self> {
        let (_, rest) = entity_id.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host.split([':', '?']).next().unwrap_or(host);
        let is_in = |domain: &str| {
            host == domain || host.strip_suffix(domain).is_some_and(|below| below.ends_with('.'))
        };
        let by_host = || HOSTS.iter().find(|row| row.1.iter().any(|domain| is_in(domain))).map(|row| row.0);
        let by_end = || ENDINGS.iter().find(|row| path == row.1).map(|row| row.0);
        // `/realms/{realm}`, and `/auth/realms/{realm}` of old.
        let is_realm = |path: &str| {
            path.strip_prefix("/realms/").is_some_and(|realm| !realm.is_empty() && !realm.contains('/'))
        };
        let is_keycloak = is_realm(path.strip_prefix("/auth").unwrap_or(path));
        by_host().or_else(by_end).or(is_keycloak.then_some(Self::Keycloak))
    }

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
            Self::PingFederate => ("PingFederate", SubjectSource::NameId),
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
    #[test]
    fn products_by_their_entity_ids() {
        for (entity_id, product) in [
            ("http://www.okta.com/exk1", Some(Product::Okta)),
            ("https://sts.windows.net/00000000-0000-0000-0000-000000000000/", Some(Product::Entra)),
            ("https://accounts.google.com/o/saml2?idpid=C1", Some(Product::Google)),
            ("https://app.onelogin.com/saml/metadata/1", Some(Product::OneLogin)),
            ("https://auth.pingone.com.au/8d1c2f3a", Some(Product::PingOne)),
            ("https://sso.jumpcloud.com/district", Some(Product::JumpCloud)),
            ("https://idp.classlink.com/x", Some(Product::ClassLink)),
            ("https://app.rippling.com/1/idp.xml", Some(Product::Rippling)),
            ("https://sso-1a2b.sso.duosecurity.com/saml2/sp/DI1/metadata", Some(Product::Duo)),
            ("https://abc1234.id.cyberark.cloud/x", Some(Product::CyberArk)),
            ("http://fs.district.example/adfs/services/trust", Some(Product::Adfs)),
            ("https://idp.university.example/idp/shibboleth", Some(Product::Shibboleth)),
            ("https://sso.district.example/realms/district", Some(Product::Keycloak)),
            ("https://sso.district.example:8443/auth/realms/district", Some(Product::Keycloak)),
            ("https://sso.district.example/realms/", None),
            ("https://sso.district.example/realms/district/more", None),
            ("https://fs.example/adfs/services/trust/more", None),
            ("https://notokta.com/x", None),
            ("https://okta.com.example/x", None),
            ("Jumpcloud", None),
            ("https://", None),
        ] {
            assert_eq!(Product::from_entity_id(entity_id), product, "{entity_id}");
        }
    }
}
