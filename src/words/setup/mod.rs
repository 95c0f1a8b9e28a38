//! How a connection is set up at the other end: the steps in each console, our values for its fields, and what to bring back.
//!
//! A [`Guide`] is data to be walked by a page: steps in order, each with a sentence ([`SetupText`] has them in each
//! language), the menu path, and the fields to fill in. Paths and names of fields are as the consoles print them, and so the
//! same in every language. A value of ours is a [`Value`]: the page knows it and shows it beside a button that copies it.
//!
//! # Invariants
//!
//! * Every product has a guide (the compiler sees to it), which shows our ACS URL, our Entity ID, what names a person and
//!   how their address is sent, and says what to bring back.
//! * Attributes are sent under names that the product's usual mapping reads, so that nobody needs to write rules.
//!
//! To add a product: a [`Guide`] in the file of its kind. To add a sentence: a [`Say`], and a line in each language.

mod cloud;
mod more;
mod schools;
mod servers;
#[cfg(test)]
mod tests;

use super::{Message, Text};
use crate::directory::preset::Product;

/// How a connection is set up at a product.
#[derive(Debug, Clone, Copy)]
pub struct Guide {
    /// What people call the console; nothing where it is not known.
    pub console: &'static str,
    /// What to do there, in order.
    pub steps: &'static [Step],
    /// What to bring back: the first is the best, any one is enough.
    pub bring: &'static [Bring],
}

/// One step.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The menu path, file or command; none where there is nothing to open.
    pub place: Option<&'static str>,
    /// What to do there.
    pub say: Say,
    /// What to fill in or choose there.
    pub entries: &'static [Entry],
}

/// A field of a console, and what belongs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The field's name as the console prints it.
    pub field: &'static str,
    /// What belongs in it.
    pub value: Value,
}

/// What belongs in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Our ACS URL.
    AcsUrl,
    /// A regular expression that matches our ACS URL and nothing else.
    AcsUrlPattern,
    /// Our Entity ID.
    EntityId,
    /// The address of our metadata.
    MetadataUrl,
    /// The address at which sign-ins by this connection start.
    LoginUrl,
    /// What names a person: this is to be chosen, or typed as it stands.
    NameId(&'static str),
    /// This is to be chosen, or typed as it stands.
    Choose(&'static str),
    /// An attribute: the field is its name in the console, and often its name in the message.
    Attribute {
        /// Under which name it arrives.
        sent: &'static str,
        /// From which of the product's own values it is made.
        from: &'static str,
    },
}

impl Value {
    /// What the page shows where the value is no address of ours.
    #[must_use]
    pub const fn literal(self) -> Option<&'static str> {
        match self {
            Self::NameId(text) | Self::Choose(text) | Self::Attribute { from: text, .. } => Some(text),
            Self::AcsUrl | Self::AcsUrlPattern | Self::EntityId | Self::MetadataUrl | Self::LoginUrl => None,
        }
    }
}

/// What to bring back, and where the console shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bring {
    /// The address of the identity provider's metadata.
    MetadataUrl(&'static str),
    /// The metadata themselves.
    MetadataFile(&'static str),
    /// The three fields.
    Fields {
        /// Where the single sign-on URL is.
        sso_url: &'static str,
        /// Where the IdP's Entity ID is.
        entity_id: &'static str,
        /// Where the certificate is.
        certificate: &'static str,
    },
}

/// What a step says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Say {
    Create,
    CreateNamed,
    OpenSignOn,
    EnterValues,
    LoadMetadata,
    CheckValues,
    NameId,
    Attributes,
    DefaultClaims,
    Groups,
    Sign,
    RequestsUnsigned,
    Assign,
    AssignMayTake,
    SwitchOn,
    Finish,
    AccessPolicy,
    ClaimRule,
    NameIdRule,
    AskClever,
    ShareWithSchools,
    PerDistrict,
    FindBehindCanvas,
    DoItThere,
    AddTile,
    ReleaseAttributes,
    WithoutEncryption,
    ReloadServices,
    NeedsSource,
    StandardNames,
    AnyConsole,
}

impl Say {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Create,
        Self::CreateNamed,
        Self::OpenSignOn,
        Self::EnterValues,
        Self::LoadMetadata,
        Self::CheckValues,
        Self::NameId,
        Self::Attributes,
        Self::DefaultClaims,
        Self::Groups,
        Self::Sign,
        Self::RequestsUnsigned,
        Self::Assign,
        Self::AssignMayTake,
        Self::SwitchOn,
        Self::Finish,
        Self::AccessPolicy,
        Self::ClaimRule,
        Self::NameIdRule,
        Self::AskClever,
        Self::ShareWithSchools,
        Self::PerDistrict,
        Self::FindBehindCanvas,
        Self::DoItThere,
        Self::AddTile,
        Self::ReleaseAttributes,
        Self::WithoutEncryption,
        Self::ReloadServices,
        Self::NeedsSource,
        Self::StandardNames,
        Self::AnyConsole,
    ];
}

/// The sentences of one language.
#[derive(Debug)]
pub struct SetupText {
    pub(super) say: fn(Say) -> Message,
    /// Where a step is: `{console}`, `{place}`.
    pub(super) place: Message,
    pub(super) acs_url: Message,
    pub(super) acs_url_pattern: Message,
    pub(super) entity_id: Message,
    pub(super) metadata_url: Message,
    pub(super) login_url: Message,
    pub(super) name_id: Message,
    pub(super) choose: Message,
    pub(super) attribute: Message,
    pub(super) bring_metadata_url: Message,
    pub(super) bring_metadata_file: Message,
    pub(super) bring_fields: Message,
    pub(super) bring_sso_url: Message,
    pub(super) bring_entity_id: Message,
    pub(super) bring_certificate: Message,
}

/// How a connection is set up at `product`.
#[must_use]
pub const fn guide(product: Product) -> &'static Guide {
    match product {
        Product::Okta => &cloud::OKTA,
        Product::Entra => &cloud::ENTRA,
        Product::Google => &cloud::GOOGLE,
        Product::OneLogin => &cloud::ONELOGIN,
        Product::JumpCloud => &cloud::JUMPCLOUD,
        Product::PingOne => &cloud::PINGONE,
        Product::Duo => &more::DUO,
        Product::CyberArk => &more::CYBERARK,
        Product::Rippling => &more::RIPPLING,
        Product::Other => &more::OTHER,
        Product::Clever => &schools::CLEVER,
        Product::Canvas => &schools::CANVAS,
        Product::ClassLink => &schools::CLASSLINK,
        Product::Adfs => &servers::ADFS,
        Product::PingFederate => &servers::PINGFEDERATE,
        Product::Shibboleth => &servers::SHIBBOLETH,
        Product::Keycloak => &servers::KEYCLOAK,
    }
}

impl Text {
    /// What to do at a step: message id `setup.say.<say>`.
    #[must_use]
    pub fn setup_say(&self, say: Say) -> Message {
        (self.setup.say)(say)
    }

    /// Where a step is: “In Okta: Applications > Create App Integration > SAML 2.0”.
    #[must_use]
    pub fn setup_place(&self, guide: &Guide, step: &Step) -> Option<String> {
        let place = step.place?;
        if guide.console.is_empty() {
            return Some(place.to_owned());
        }
        let place = place.replace("{app}", self.mend.app);
        Some(self.setup.place.with("console", guide.console).with("place", place).to_string())
    }

    /// What kind of value belongs in a field.
    #[must_use]
    pub fn setup_value(&self, value: Value) -> Message {
        match value {
            Value::AcsUrl => self.setup.acs_url,
            Value::AcsUrlPattern => self.setup.acs_url_pattern,
            Value::EntityId => self.setup.entity_id,
            Value::MetadataUrl => self.setup.metadata_url,
            Value::LoginUrl => self.setup.login_url,
            Value::NameId(_) => self.setup.name_id,
            Value::Choose(_) => self.setup.choose,
            Value::Attribute { .. } => self.setup.attribute,
        }
    }

    /// What is to be chosen or typed as it stands; none for a value of ours.
    #[must_use]
    pub fn setup_literal(&self, value: Value) -> Option<String> {
        value.literal().map(|literal| literal.replace("{app}", self.mend.app))
    }

    /// What to bring back, in a sentence.
    #[must_use]
    pub fn setup_bring(&self, bring: Bring) -> Message {
        match bring {
            Bring::MetadataUrl(_) => self.setup.bring_metadata_url,
            Bring::MetadataFile(_) => self.setup.bring_metadata_file,
            Bring::Fields { .. } => self.setup.bring_fields,
        }
    }

    /// What to bring back, part by part: its name, and where the console shows it.
    #[must_use]
    pub fn setup_parts(&self, bring: Bring) -> Vec<(Message, String)> {
        let text = &self.setup;
        let parts = match bring {
            Bring::MetadataUrl(place) => vec![(text.bring_metadata_url, place)],
            Bring::MetadataFile(place) => vec![(text.bring_metadata_file, place)],
            Bring::Fields { sso_url, entity_id, certificate } => vec![
                (text.bring_sso_url, sso_url),
                (text.bring_entity_id, entity_id),
                (text.bring_certificate, certificate),
            ],
        };
        let shown = |(name, place): (Message, &str)| (name, place.replace("{app}", self.mend.app));
        parts.into_iter().map(shown).collect()
    }
}

const fn step(place: &'static str, say: Say, entries: &'static [Entry]) -> Step {
    Step { place: Some(place), say, entries }
}

const fn told(say: Say, entries: &'static [Entry]) -> Step {
    Step { place: None, say, entries }
}

const fn entry(field: &'static str, value: Value) -> Entry {
    Entry { field, value }
}

const fn choose(field: &'static str, choice: &'static str) -> Entry {
    entry(field, Value::Choose(choice))
}

/// An attribute that arrives under the name that is typed.
const fn attribute(name: &'static str, from: &'static str) -> Entry {
    entry(name, Value::Attribute { sent: name, from })
}

/// An attribute that the console calls by another name than messages do.
const fn attribute_as(field: &'static str, sent: &'static str, from: &'static str) -> Entry {
    entry(field, Value::Attribute { sent, from })
}
