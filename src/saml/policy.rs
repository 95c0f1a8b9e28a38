//! What may be relaxed, and how much a message may weigh.
//!
//! A [`Policy`] can express the relaxations of class B of the verify contract and no others: there is no value of this
//! type that accepts an unsigned message, a missing audience or a missing recipient.
//!
//! To add a relaxation: a variant in [`Relaxation`], its name in [`Relaxation::ALL`], and the one place in the engine
//! that asks [`Policy::allows`] and records its use in the trace.

use serde::{Deserialize, Serialize};

/// One thing that a connection's owner may allow beyond the strict profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relaxation {
    /// Accept a response that answers no request, only without any `InResponseTo` (IdP-initiated).
    Unsolicited,
    /// SHA-1 in digests and signatures.
    Sha1,
    /// RSA keys of 1024 to 2047 bits.
    #[serde(rename = "rsa_1024")]
    Rsa1024,
    /// Canonical XML 1.0 and 1.1 beside exclusive canonicalization.
    InclusiveC14n,
    /// A Reference with an empty or absent URI, only on a Signature that is a child of the document's root.
    EmptyReferenceUri,
    /// RSA PKCS#1 v1.5 key transport, always with implicit rejection.
    #[serde(rename = "rsa_1_5")]
    Rsa15,
    /// Triple-DES content encryption, decryption only.
    #[serde(rename = "tripledes")]
    TripleDes,
    /// An assertion without an `AuthnStatement`.
    NoAuthnStatement,
    /// An `InResponseTo` that answers no request, where unsolicited responses are accepted (Rippling's dummy id).
    UnknownInResponseTo,
}

impl Relaxation {
    /// All of them, in the order in which traces list them.
    pub const ALL: [Self; 9] = [
        Self::Unsolicited,
        Self::Sha1,
        Self::Rsa1024,
        Self::InclusiveC14n,
        Self::EmptyReferenceUri,
        Self::Rsa15,
        Self::TripleDes,
        Self::NoAuthnStatement,
        Self::UnknownInResponseTo,
    ];

    /// The name on the command line (`--allow NAME`), in policies and in traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsolicited => "unsolicited",
            Self::Sha1 => "sha1",
            Self::Rsa1024 => "rsa_1024",
            Self::InclusiveC14n => "inclusive_c14n",
            Self::EmptyReferenceUri => "empty_reference_uri",
            Self::Rsa15 => "rsa_1_5",
            Self::TripleDes => "tripledes",
            Self::NoAuthnStatement => "no_authn_statement",
            Self::UnknownInResponseTo => "unknown_in_response_to",
        }
    }

    /// The relaxation of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relaxation| relaxation.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`Relaxation`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Relaxation>", into = "Vec<Relaxation>")]
pub struct Relaxations(u16);

impl Relaxations {
    /// None: the strict profile.
    pub const NONE: Self = Self(0);

    /// Whether `relaxation` is in the set.
    #[must_use]
    pub const fn contains(self, relaxation: Relaxation) -> bool {
        self.0 & relaxation.bit() != 0
    }

    /// Adds `relaxation`.
    pub const fn insert(&mut self, relaxation: Relaxation) {
        self.0 |= relaxation.bit();
    }

    /// The set with `relaxation` added.
    #[must_use]
    pub const fn with(mut self, relaxation: Relaxation) -> Self {
        self.insert(relaxation);
        self
    }

    /// The members, in the order of [`Relaxation::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Relaxation> {
        Relaxation::ALL.into_iter().filter(move |relaxation| self.contains(*relaxation))
    }
}

impl From<Vec<Relaxation>> for Relaxations {
    fn from(list: Vec<Relaxation>) -> Self {
        list.into_iter().collect()
    }
}

impl From<Relaxations> for Vec<Relaxation> {
    fn from(set: Relaxations) -> Self {
        set.iter().collect()
    }
}

impl FromIterator<Relaxation> for Relaxations {
    fn from_iter<I: IntoIterator<Item = Relaxation>>(list: I) -> Self {
        list.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The longest clock skew that a policy may carry, in seconds.
pub const MAX_CLOCK_SKEW_SECONDS: u32 = 600;

/// How strictly messages of a connection are judged. The default is the strict profile with 180 s of skew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    relaxations: Relaxations,
    clock_skew_seconds: u32,
    max_validity_seconds: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { relaxations: Relaxations::NONE, clock_skew_seconds: 180, max_validity_seconds: None }
    }
}

impl Policy {
    /// The strict profile with `relaxations` allowed.
    #[must_use]
    pub fn relaxed(relaxations: Relaxations) -> Self {
        Self { relaxations, ..Self::default() }
    }

    /// The policy with `relaxations` allowed as well.
    #[must_use]
    pub fn allowing(&self, relaxations: Relaxations) -> Self {
        Self { relaxations: Relaxations(self.relaxations.0 | relaxations.0), ..self.clone() }
    }

    /// The policy without `relaxations`.
    #[must_use]
    pub fn without(&self, relaxations: Relaxations) -> Self {
        Self { relaxations: Relaxations(self.relaxations.0 & !relaxations.0), ..self.clone() }
    }

    /// The policy with another clock skew, in seconds; capped at [`MAX_CLOCK_SKEW_SECONDS`].
    #[must_use]
    pub fn with_clock_skew(mut self, seconds: u32) -> Self {
        self.clock_skew_seconds = seconds.min(MAX_CLOCK_SKEW_SECONDS);
        self
    }

    /// The policy with a longest validity from `now`, in seconds (`None`: unbounded).
    #[must_use]
    pub const fn with_max_validity(mut self, seconds: Option<u32>) -> Self {
        self.max_validity_seconds = seconds;
        self
    }

    /// Whether `relaxation` is allowed.
    #[must_use]
    pub const fn allows(&self, relaxation: Relaxation) -> bool {
        self.relaxations.contains(relaxation)
    }

    /// What is allowed.
    #[must_use]
    pub const fn relaxations(&self) -> Relaxations {
        self.relaxations
    }

    /// Clock skew in seconds, at most [`MAX_CLOCK_SKEW_SECONDS`] however the policy came to be.
    #[must_use]
    pub fn clock_skew_seconds(&self) -> i64 {
        i64::from(self.clock_skew_seconds.min(MAX_CLOCK_SKEW_SECONDS))
    }

    /// The longest validity from `now` in seconds, if bounded.
    #[must_use]
    pub fn max_validity_seconds(&self) -> Option<i64> {
        self.max_validity_seconds.map(i64::from)
    }
}

/// How much a message may weigh before it is refused unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of XML after base64 and DEFLATE.
    pub max_bytes: usize,
    /// Levels of nesting.
    pub max_depth: usize,
    /// Elements in the document.
    pub max_elements: usize,
    /// Attributes and namespace declarations of one element.
    pub max_attributes_per_element: usize,
    /// Attributes and namespace declarations in the document.
    pub max_attributes: usize,
}

impl Limits {
    /// For protocol messages: 256 KiB.
    pub const MESSAGE: Self = Self {
        max_bytes: 256 * 1024,
        max_depth: 64,
        max_elements: 10_000,
        max_attributes_per_element: 128,
        max_attributes: 40_000,
    };

    /// For metadata: 4 MiB.
    pub const METADATA: Self =
        Self { max_bytes: 4 * 1024 * 1024, max_elements: 100_000, max_attributes: 400_000, ..Self::MESSAGE };

    /// These limits without those on depth, elements and attributes: for measuring only.
    #[must_use]
    pub const fn lifted(self) -> Self {
        Self {
            max_depth: usize::MAX,
            max_elements: usize::MAX,
            max_attributes_per_element: usize::MAX,
            max_attributes: usize::MAX,
            ..self
        }
    }

    /// These limits with another bound on bytes.
    #[must_use]
    pub const fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::MESSAGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_serde_agree() {
        for relaxation in Relaxation::ALL {
            assert_eq!(Relaxation::from_name(relaxation.name()), Some(relaxation));
            assert_eq!(serde_json::to_value(relaxation).unwrap(), relaxation.name());
        }
        let all: Relaxations = Relaxation::ALL.into_iter().collect();
        assert_eq!(all.iter().count(), Relaxation::ALL.len());
    }

    #[test]
    fn what_is_taken_away_is_gone_and_nothing_else() {
        let both = Relaxations::NONE.with(Relaxation::Sha1).with(Relaxation::Unsolicited);
        let left = Policy::relaxed(both).without(Relaxations::NONE.with(Relaxation::Unsolicited));
        assert_eq!(left.relaxations(), Relaxations::NONE.with(Relaxation::Sha1));
        assert_eq!(left.allowing(both).relaxations(), both);
    }

    #[test]
    fn skew_is_capped_on_every_path() {
        assert_eq!(Policy::default().with_clock_skew(4000).clock_skew_seconds(), 600);
        let stored = r#"{"relaxations":["sha1"],"clock_skew_seconds":4000,"max_validity_seconds":null}"#;
        let policy: Policy = serde_json::from_str(stored).unwrap();
        assert_eq!(policy.clock_skew_seconds(), 600);
    }

    #[test]
    fn a_stored_policy_cannot_name_what_is_never_offered() {
        let stored =
            r#"{"relaxations":["audience_optional"],"clock_skew_seconds":60,"max_validity_seconds":null}"#;
        assert!(serde_json::from_str::<Policy>(stored).is_err());
    }
}
