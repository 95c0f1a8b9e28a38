//! What identity providers do: a [`Personality`] is data, one entry per product in `table`.
//!
//! Each value comes from the project's notes on identity providers; comments in the table cite their section and, in
//! brackets, how sure they are: C confirmed by the vendor's text, S seen in a sample, K common knowledge, U unconfirmed.
//!
//! To add a product: one entry below `table`, its name in [`ALL`], one line in the table test of
//! [`super::response`].

use serde::{Deserialize, Serialize};

use super::method::{self, Encryption};
use super::person::Person;
use super::random::{self, Random};
use super::uri;
use crate::algorithms::{Digest, SignatureAlgorithm};
use crate::encoding::hex;
use crate::policy::{Policy, Relaxation, Relaxations};

mod table;

pub use table::ALL;

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Signs {
    Neither,
    Assertion,
    Response,
    Both,
}

impl Signs {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Neither, Self::Assertion, Self::Response, Self::Both];

    /// Whether the assertion carries a signature of its own.
    #[must_use]
    pub const fn assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::Both)
    }

    /// Whether the response carries one.
    #[must_use]
    pub const fn response(self) -> bool {
        matches!(self, Self::Response | Self::Both)
    }
}

/// Where an identity provider lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses<'a> {
    /// Its entity ID.
    pub entity_id: &'a str,
    /// Where requests go (Redirect and POST).
    pub sso_url: &'a str,
    /// Where logout messages go, if it knows single logout.
    pub slo_url: Option<&'a str>,
}

/// What stands in the `KeyInfo` of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyInfo {
    /// No `KeyInfo` at all.
    Absent,
    /// The certificate.
    Certificate,
    /// A name above the certificate.
    NameAndCertificate,
    /// Subject name and certificate.
    SubjectAndCertificate,
    /// The certificate, and its key once more as numbers.
    CertificateAndKeyValue,
}

/// What a value is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The person's id at the identity provider.
    Id,
    /// The user name.
    Username,
    /// The email address.
    Email,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// Both names.
    FullName,
    /// Every group, one value each.
    Groups,
    /// The role.
    Role,
    /// `username@scope`: a user principal name or eduPersonPrincipalName.
    PrincipalName,
    /// `role@scope`.
    ScopedRole,
    /// The tenant or district.
    Tenant,
    /// The same for everybody.
    Constant(&'static [&'static str]),
    /// A new random value in each message.
    Transient,
}

/// How the subject is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameIdHabit {
    /// `Format`.
    pub format: Option<&'static str>,
    /// The value.
    pub source: Source,
    /// Whether `NameQualifier` and `SPNameQualifier` are written.
    pub is_qualified: bool,
}

/// One attribute that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeHabit {
    /// `Name`.
    pub name: &'static str,
    /// `NameFormat`.
    pub name_format: Option<&'static str>,
    /// `FriendlyName`.
    pub friendly_name: Option<&'static str>,
    /// The values; without any, the attribute is left out.
    pub source: Source,
}

/// How values are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// No `xsi:type`.
    Untyped,
    /// `xsi:type`, with `xs` declared on the root and on the assertion, `xsi` on each value: a `PrefixList` matters.
    XsOnRoot(&'static str),
    /// `xsi:type`, with both prefixes declared on the assertion and `xsi` once more on each value.
    XsOnAssertion(&'static str),
    /// `xsi:type`, with both prefixes declared on each value.
    XsOnValue(&'static str),
}

/// Seconds from the moment of issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// `Conditions/@NotBefore`.
    pub not_before: i64,
    /// `Conditions/@NotOnOrAfter`.
    pub conditions_end: i64,
    /// `SubjectConfirmationData/@NotOnOrAfter`.
    pub confirmation_end: i64,
    /// `AuthnStatement/@SessionNotOnOrAfter`.
    pub session_end: Option<i64>,
    /// `AuthnStatement/@AuthnInstant`.
    pub authn_instant: i64,
}

/// What `SessionIndex` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionIndex {
    /// Not sent.
    Absent,
    /// The assertion's ID.
    AssertionId,
    /// A value of its own.
    Random,
}

/// How authentication is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthnHabit {
    /// `AuthnContextClassRef`.
    pub context: &'static str,
    /// `SessionIndex`.
    pub session_index: SessionIndex,
    /// Whether the statement comes after the attributes.
    pub is_last: bool,
    /// Whether the identity provider names itself as `AuthenticatingAuthority`.
    pub names_authority: bool,
}

/// What a message looks like that answers no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsolicited {
    /// Whether people usually come this way.
    pub is_usual: bool,
    /// An `InResponseTo` that answers nothing.
    pub dummy_in_response_to: Option<&'static str>,
}

/// Prefixes, white space and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The prefix of the protocol namespace.
    pub protocol: &'static str,
    /// The prefix of the assertion namespace; empty: the default namespace.
    pub assertion: &'static str,
    /// The prefix of the signature namespace; empty: the default namespace.
    pub signature: &'static str,
    /// Whether the assertion's prefix is declared on the root too.
    pub is_hoisted: bool,
    /// The XML declaration.
    pub prolog: &'static str,
    /// `<a />` instead of `<a/>`.
    pub is_spaced: bool,
    /// Lines and indentation between elements.
    pub is_indented: bool,
    /// Base64 in lines of 76 characters.
    pub wraps_base64: bool,
}

/// How IDs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdShape {
    /// A prefix and 32 hexadecimal digits.
    Hex(&'static str),
    /// A prefix and a UUID.
    Uuid(&'static str),
    /// A prefix and decimal digits.
    Digits(&'static str),
    /// Forty capital letters and digits, the first one a letter.
    Capitals,
}

impl IdShape {
    /// A new ID.
    pub fn make(self, random: &mut dyn Random) -> String {
        if self == Self::Capitals {
            const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
            let drawn = random::bytes::<40>(random);
            let letter = |(at, byte): (usize, &u8)| {
                let choices = if at == 0 { 26 } else { LETTERS.len() };
                LETTERS.get(usize::from(*byte) % choices).map_or('A', |letter| char::from(*letter))
            };
            return drawn.iter().enumerate().map(letter).collect();
        }
        let bytes = random::bytes::<16>(random);
        let digits = hex(&bytes);
        match self {
            Self::Capitals => digits,
            Self::Hex(prefix) => format!("{prefix}{digits}"),
            Self::Digits(prefix) => format!("{prefix}{}", u128::from_be_bytes(bytes)),
            Self::Uuid(prefix) => {
                let mut out = prefix.to_owned();
                for (index, digit) in digits.chars().enumerate() {
                    if matches!(index, 8 | 12 | 16 | 20) {
                        out.push('-');
                    }
                    out.push(digit);
                }
                out
            }
        }
    }
}

/// What the metadata looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataHabit {
    /// Whether the document is signed.
    pub is_signed: bool,
    /// Whether role descriptors of WS-Federation stand before the one for SAML.
    pub has_ws_federation: bool,
    /// Whether the key that comes next (or came before) is listed beside the current one.
    pub lists_next_key: bool,
    /// `use="signing"` on the signing keys; some leave it out.
    pub states_use: bool,
    /// `WantAuthnRequestsSigned`.
    pub wants_signed_requests: bool,
    /// `NameIDFormat`s.
    pub name_id_formats: &'static [&'static str],
    /// Days until `validUntil`.
    pub valid_days: Option<i64>,
    /// `shibmd:Scope`s.
    pub scopes: &'static [&'static str],
    /// Whether logout goes by Redirect alone.
    pub is_logout_redirect_only: bool,
    /// Names of attributes that are offered.
    pub attributes: &'static [&'static str],
}

/// What an identity provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personality {
    /// The name on the command line.
    pub name: &'static str,
    /// The name for people.
    pub product: &'static str,
    /// Example addresses in the shape of the product's.
    pub addresses: Addresses<'static>,
    /// What is signed.
    pub signs: Signs,
    /// The signature algorithm.
    pub signature: SignatureAlgorithm,
    /// The digest algorithm.
    pub digest: Digest,
    /// `PrefixList` of the canonicalization transform.
    pub prefix_list: Option<&'static str>,
    /// `KeyInfo` of signatures.
    pub key_info: KeyInfo,
    /// Whether assertions are encrypted without being asked.
    pub encrypts: bool,
    /// How, when they are.
    pub encryption: Encryption,
    /// The subject.
    pub name_id: NameIdHabit,
    /// The attributes.
    pub attributes: &'static [AttributeHabit],
    /// Whether several values become several `Attribute` elements of one name.
    pub repeats_attributes: bool,
    /// How values are typed.
    pub value_type: ValueType,
    /// Validity.
    pub windows: Windows,
    /// The authentication statement, if there is one.
    pub authn: Option<AuthnHabit>,
    /// Messages that answer no request.
    pub unsolicited: Unsolicited,
    /// `Format` of `Issuer`.
    pub issuer_format: Option<&'static str>,
    /// Whether the response names its `Destination`.
    pub has_destination: bool,
    /// `Consent` of the response.
    pub consent: Option<&'static str>,
    /// Prefixes, white space and order.
    pub dialect: Dialect,
    /// How IDs look.
    pub ids: IdShape,
    /// Percent-encoding in the Redirect binding with lower-case digits.
    pub has_lower_case_escapes: bool,
    /// The metadata.
    pub metadata: MetadataHabit,
    /// What a connection to it must relax.
    pub relaxations: &'static [Relaxation],
}

/// A `NameID` to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The value.
    pub value: String,
    /// `Format`.
    pub format: Option<String>,
    /// Whether `NameQualifier` and `SPNameQualifier` are written.
    pub is_qualified: bool,
}

/// An attribute to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `Name`.
    pub name: String,
    /// `NameFormat`.
    pub name_format: Option<String>,
    /// `FriendlyName`.
    pub friendly_name: Option<String>,
    /// The values.
    pub values: Vec<String>,
}

impl Personality {
    /// The personality of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|personality| personality.name == name)
    }

    /// The same, still signing with SHA-1: Clever's default (§3 C), old `OneLogin` apps and AD FS relying parties.
    #[must_use]
    pub const fn with_sha1(self) -> Self {
        Self { signature: method::RSA_SHA1, digest: Digest::Sha1, ..self }
    }

    /// The policy that a connection to this product begins with.
    #[must_use]
    pub fn preset_policy(&self) -> Policy {
        let mut relaxations: Relaxations = self.relaxations.iter().copied().collect();
        if self.digest == Digest::Sha1 || self.signature.digest == Digest::Sha1 {
            relaxations.insert(Relaxation::Sha1);
        }
        Policy::relaxed(relaxations)
    }

    /// How it names `person`.
    pub fn name_id(&self, person: &Person, random: &mut dyn Random) -> NameId {
        NameId {
            value: self.values(self.name_id.source, person, random).into_iter().next().unwrap_or_default(),
            format: self.name_id.format.map(str::to_owned),
            is_qualified: self.name_id.is_qualified,
        }
    }

    /// What it says about `person`. Attributes without a value are left out.
    pub fn attributes(&self, person: &Person, random: &mut dyn Random) -> Vec<Attribute> {
        let attribute = |habit: &AttributeHabit| Attribute {
            name: habit.name.to_owned(),
            name_format: habit.name_format.map(str::to_owned),
            friendly_name: habit.friendly_name.map(str::to_owned),
            values: self.values(habit.source, person, random),
        };
        self.attributes.iter().map(attribute).filter(|attribute| !attribute.values.is_empty()).collect()
    }

    fn values(&self, source: Source, person: &Person, random: &mut dyn Random) -> Vec<String> {
        let scope = person.scope();
        let value = match source {
            Source::Groups => return person.groups.clone(),
            Source::Constant(values) => return values.iter().map(|value| (*value).to_owned()).collect(),
            Source::Id => person.id.clone(),
            Source::Username => person.username.clone(),
            Source::Email => person.email.clone(),
            Source::FirstName => person.first_name.clone(),
            Source::LastName => person.last_name.clone(),
            Source::FullName => format!("{} {}", person.first_name, person.last_name),
            Source::Role => person.role.clone(),
            Source::PrincipalName => format!("{}@{scope}", person.username),
            Source::ScopedRole => format!("{}@{scope}", person.role),
            Source::Tenant => person.tenant.clone(),
            Source::Transient => self.ids.make(random),
        };
        if value.is_empty() { Vec::new() } else { vec![value] }
    }
}
