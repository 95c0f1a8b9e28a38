//! Connections as other products export them, read into what is the same everywhere. What cannot be taken over is told and
//! never guessed at.
//!
//! # Invariants
//!
//! * A document that is not what it should be is refused whole, with every place where it is not. What is well formed but
//!   cannot be had here is an entry of its own that is left out, with why.
//! * Nothing of an export widens what a connection lets in: a role of another product never becomes a role in an account,
//!   and no check is loosened because another product did not make it.
//! * Secrets that an export may hold are not looked at.
//!
//! To add a product: a reader beside [`polis`], [`keycloak`] and [`own`], its variant of [`Format`], its line in [`Format::of`] and
//! in [`read`].

mod at;

pub mod keycloak;
pub mod own;
pub mod polis;

use crate::base::sentence::sentence;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::mapping::{Mapping, SubjectSource};
use crate::base::id::ConnectionId;
use at::At;
pub use at::{Wrong, Wrongs};

/// Which product a document is an export of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Ory Polis, which was `BoxyHQ` Jackson: what its API lists.
    Polis,
    /// Keycloak: a realm's export.
    Keycloak,
    /// Our own.
    Gatepost,
}

/// The names that identity providers know the other product by, as far as somebody said them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Where the other product was.
    pub base_url: Option<String>,
    /// Its entity ID.
    pub sp_entity_id: Option<String>,
    /// Where responses were posted, if to one address for all.
    pub acs_url: Option<String>,
}

/// A part of an export that stands for a connection.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it stands: `[3]`, `identityProviders[0]`.
    pub place: String,
    /// What people call it.
    pub name: Option<String>,
    /// Whose it is over there.
    pub owner: Option<Owner>,
    /// What it is, or why it is left out.
    pub found: Result<Box<Known>, String>,
}

/// Whose a connection is over there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// What they are called.
    pub name: String,
    /// The platform's own id for them.
    pub external_id: Option<String>,
    /// The account's name in addresses, if it was an account.
    pub slug: Option<String>,
}

impl Owner {
    /// One that goes by a single name, which is the platform's id for them.
    fn named(name: String) -> Self {
        Self { external_id: Some(name.clone()), name, slug: None }
    }

    /// The name in addresses: of the account that they were, or what can be made of what they are called.
    #[must_use]
    pub fn slug(&self) -> String {
        let made = || {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            let text: String = self.name.chars().map(plain).take(63).collect();
            text.trim_matches('-').to_owned()
        };
        self.slug.clone().unwrap_or_else(made)
    }
}

/// What another product knew about a connection.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The identity provider's entity ID.
    pub entity_id: String,
    /// Where requests go by the Redirect binding.
    pub sso_redirect_url: Option<String>,
    /// Where requests go by the POST binding.
    pub sso_post_url: Option<String>,
    /// Its certificates, as they stand there.
    pub certificates: Vec<String>,
    /// Where its metadata is followed.
    pub metadata_url: Option<String>,
    /// Our entity ID and ACS, as the identity provider knows them.
    pub names: Option<(String, String)>,
    /// Whether requests were signed.
    pub is_request_signed: bool,
    /// Whether requests went by POST.
    pub is_request_posted: bool,
    /// Whether everybody proved anew who they are.
    pub force_authn: bool,
    /// Authentication contexts that were asked for.
    pub authn_contexts: Vec<String>,
    /// How far clocks might be apart, in seconds.
    pub clock_skew_seconds: Option<u64>,
    /// What named a person, where that was said.
    pub subject: Option<SubjectSource>,
    /// What became of attributes.
    pub mapping: Mapping,
    /// Whether nobody signed in by it.
    pub is_off: bool,
    /// Its id, where it is one of ours.
    pub id: Option<ConnectionId>,
    /// All of its settings, where they are ours: they say everything that is not said above.
    pub settings: Option<Value>,
    /// What is not taken over, and what an administrator should know.
    pub notes: Vec<String>,
}

impl Format {
    /// Which it is, by its shape.
    #[must_use]
    pub fn of(document: &Value) -> Option<Self> {
        if document.get(own::MARK).is_some() {
            return Some(Self::Gatepost);
        }
        let first = |value: &Value| value.as_array().and_then(|list| list.first()).cloned();
        let has = |value: &Value, name: &str| value.get(name).is_some();
        let inner = document.get("data").and_then(first).or_else(|| first(document));
        let inner = inner.as_ref().unwrap_or(document);
        if ["identityProviders", "providerId"].iter().any(|name| has(inner, name)) {
            return Some(Self::Keycloak);
        }
        let is_polis = ["idpMetadata", "oidcProvider"].iter().any(|name| has(inner, name));
        is_polis.then_some(Self::Polis)
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polis => "polis",
            Self::Keycloak => "keycloak",
            Self::Gatepost => "gatepost",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known =
            [Self::Polis, Self::Keycloak, Self::Gatepost].into_iter().find(|known| known.name() == text);
        known.ok_or_else(|| "it is one of polis, keycloak, gatepost".to_owned())
    }
}

/// Reads an export.
///
/// # Errors
/// All that is wrong with it, each with its place.
pub fn read(document: &Value, format: Format, names: &Names) -> Result<Vec<Entry>, Wrongs> {
    let mut wrongs = Wrongs(Vec::new());
    let root = At::root(document);
    let entries = match format {
        Format::Polis => polis::read(&root, names, &mut wrongs),
        Format::Keycloak => keycloak::read(&root, names, &mut wrongs),
        Format::Gatepost => own::read(&root, &mut wrongs),
    };
    if wrongs.0.is_empty() && entries.is_empty() {
        wrongs.add("", sentence!("there is no connection in it"));
    }
    if wrongs.0.is_empty() { Ok(entries) } else { Err(wrongs) }
}

/// The certificates of a member that holds one, or several with commas between them.
fn certificates(text: &str) -> Vec<String> {
    let is_armoured = text.contains("-----");
    let parts: Box<dyn Iterator<Item = &str>> = if is_armoured {
        Box::new(text.split_inclusive("-----END CERTIFICATE-----"))
    } else {
        Box::new(text.split(','))
    };
    parts
        .map(|part| part.trim_matches([',', ' ', '\n', '\r', '\t']).to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// `base` with `path` behind it.
fn below(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// As a segment of a path is written (RFC 3986, 3.3).
fn segment(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
