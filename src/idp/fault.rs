//! The menu of faults: what can be wrong with the answer that is sent.
//!
//! To add one: a variant, its place in [`Fault::MISTAKES`] or [`Fault::ATTACKS`], its words in [`crate::words`], its making in [`super::answer`].

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// All its times lie a day back.
    Expired,
    /// All its times lie a day ahead.
    NotYetValid,
    /// Its audience is another service provider.
    WrongAudience,
    /// Its Recipient is another URL.
    WrongRecipient,
    /// Its Issuer is another identity provider.
    WrongIssuer,
    /// It answers another request.
    WrongRequest,
    /// The identity provider refuses the person.
    Denied,
    /// It is signed with SHA-1.
    Sha1,
    /// It is not signed.
    Unsigned,
    /// It is signed with a key that nobody trusts.
    UnknownKey,
    /// It is encrypted to a key that the service provider does not have.
    EncryptedToAnother,
    /// The person was changed after it was signed.
    Tampered,
    /// An unsigned assertion was put before the signed one.
    Wrapped,
    /// A comment stands inside the `NameID`.
    Comment,
    /// It is the previous answer once more.
    Replayed,
}

impl Fault {
    /// Mistakes that people make when they set up or run an identity provider.
    pub const MISTAKES: [Self; 10] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongAudience,
        Self::WrongRecipient,
        Self::WrongIssuer,
        Self::WrongRequest,
        Self::Denied,
        Self::Sha1,
        Self::Unsigned,
        Self::EncryptedToAnother,
    ];

    /// What an attacker would send.
    pub const ATTACKS: [Self; 5] =
        [Self::UnknownKey, Self::Tampered, Self::Wrapped, Self::Comment, Self::Replayed];

    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongAudience => "wrong_audience",
            Self::WrongRecipient => "wrong_recipient",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongRequest => "wrong_request",
            Self::Denied => "denied",
            Self::Sha1 => "sha1",
            Self::Unsigned => "unsigned",
            Self::UnknownKey => "unknown_key",
            Self::EncryptedToAnother => "encrypted_to_another",
            Self::Tampered => "tampered",
            Self::Wrapped => "wrapped",
            Self::Comment => "comment",
            Self::Replayed => "replayed",
        }
    }

    /// The fault of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let known = [Self::None].into_iter().chain(Self::MISTAKES).chain(Self::ATTACKS);
        known.into_iter().find(|fault| fault.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_reversible() {
        for fault in Fault::MISTAKES.into_iter().chain(Fault::ATTACKS) {
            assert_eq!(Fault::from_name(fault.name()), Some(fault));
        }
        assert_eq!(Fault::from_name("none"), Some(Fault::None));
        assert_eq!(Fault::from_name("other"), None);
    }
}
