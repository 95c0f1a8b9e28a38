//! Email addresses: their shape, the form in which they are compared, and whether one counts as verified.
//!
//! # Design
//!
//! Whoever runs an identity provider can write any address into an assertion. So an address is verified when its domain
//! is proved for the account *and* the connection that gave it may assert that domain; everything else about it is
//! hearsay, and says so wherever it is passed on; so is an owner's address, whoever else comes with it. What becomes of
//! hearsay at sign-in is the connection's setting ([`UnverifiedEmails`]); single addresses may be let through by name
//! (guests), which does not make them verified.
//!
//! Nor is one verified that an app could take for another: whoever reads `"maya"@`, full-width letters or letters that
//! are not seen may read `maya@`. Such an address of the account's own domain is kept, and says that it is not verified.

use serde::{Deserialize, Serialize};

use super::domain::DomainName;

/// What a connection does with addresses that are not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnverifiedEmails {
    /// Keeps them, marked as not verified.
    Keep,
    /// Lets nobody in with one.
    Refuse,
    /// Signs the person in without it.
    Drop,
}

impl UnverifiedEmails {
    /// Without a setting: strict once the account has proved a domain, since then it has said which are its own.
    #[must_use]
    pub const fn usual(is_strict: bool) -> Self {
        if is_strict { Self::Refuse } else { Self::Keep }
    }
}

/// What decides about addresses that a connection gives.
#[derive(Debug, Clone, Copy)]
pub struct EmailRules<'a> {
    /// The domains that are proved for the account.
    pub proved: &'a [DomainName],
    /// Those that the connection may assert; `None`: all of them.
    pub may_assert: Option<&'a [DomainName]>,
    /// What becomes of other addresses; `None`: as is usual.
    pub unverified: Option<UnverifiedEmails>,
    /// Whether it is usual to refuse them: not what is proved now decides, or whoever ends a proof would let people in.
    pub is_strict: bool,
}

/// What becomes of an address at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerdict {
    /// It is theirs.
    Verified,
    /// It is kept as hearsay.
    Kept,
    /// It is left out.
    Dropped,
    /// It ends the sign-in.
    Refused,
}

impl EmailVerdict {
    /// Whether the person has it from then on, verified or not: then it makes no difference whether they are a guest.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Verified | Self::Kept)
    }
}

impl EmailRules<'_> {
    /// Whether `address` counts as verified when the connection gives it.
    #[must_use]
    pub fn is_verified(&self, address: &str) -> bool {
        is_plain(address) && self.is_own(address)
    }

    /// Whether it is of a domain that is proved, and that the connection may assert.
    fn is_own(&self, address: &str) -> bool {
        domain_of(address).is_some_and(|domain| {
            self.proved.contains(&domain) && self.may_assert.is_none_or(|asserted| asserted.contains(&domain))
        })
    }

    /// What becomes of `address`; `is_guest` says whether an administrator let it through by name.
    #[must_use]
    pub fn judge(&self, address: &str, is_guest: bool) -> EmailVerdict {
        if self.is_verified(address) {
            return EmailVerdict::Verified;
        }
        if self.is_own(address) {
            return EmailVerdict::Kept;
        }
        let setting = self.unverified.unwrap_or_else(|| UnverifiedEmails::usual(self.is_strict));
        match setting {
            UnverifiedEmails::Keep => EmailVerdict::Kept,
            _ if is_guest => EmailVerdict::Kept,
            UnverifiedEmails::Drop => EmailVerdict::Dropped,
            UnverifiedEmails::Refuse => EmailVerdict::Refused,
        }
    }

    /// What becomes of an owner's address with which somebody else comes: it is hearsay, whatever its domain. Nobody is
    /// shut out for it, however the connection is set: an owner who was invited is somebody else to a connection by which
    /// they come for the first time.
    #[must_use]
    pub const fn judge_an_owners(&self) -> EmailVerdict {
        match self.unverified {
            None | Some(UnverifiedEmails::Keep | UnverifiedEmails::Refuse) => EmailVerdict::Kept,
            Some(UnverifiedEmails::Drop) => EmailVerdict::Dropped,
        }
    }
}

/// The domain of an address, if it has the shape of one.
#[must_use]
pub fn domain_of(address: &str) -> Option<DomainName> {
    let address = address.trim();
    if !is_email_shaped(address) {
        return None;
    }
    address.split_once('@').and_then(|(_, domain)| DomainName::parse(domain).ok())
}

/// Whether it is read in one way: before the `@`, ASCII that is seen and needs no quotes (the `dot-atom` of RFC 5322).
fn is_plain(address: &str) -> bool {
    let local = address.trim().split_once('@').map(|(local, _)| local).unwrap_or_default();
    let is_atom = |atom: &str| {
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !atom.is_empty() && atom.bytes().all(is_text)
    };
    local.split('.').all(is_atom)
}

/// The form in which addresses are handed on: without space around, the domain as DNS knows it.
#[must_use]
pub fn told_form(address: &str) -> String {
    let address = address.trim();
    match (address.split_once('@'), domain_of(address)) {
        (Some((local, _)), Some(domain)) => format!("{local}@{domain}"),
        _ => address.to_owned(),
    }
}

/// The form in which addresses are compared and looked up: as they are handed on, in small ASCII letters.
#[must_use]
pub fn lookup_form(address: &str) -> String {
    told_form(address).to_ascii_lowercase()
}

/// Whether a text looks like an email address: one `@` between something and a name with a dot, and no space.
#[must_use]
pub fn is_email_shaped(value: &str) -> bool {
    match value.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && !value.contains(|character: char| character.is_whitespace() || character.is_control())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<DomainName> {
        names.iter().map(|name| DomainName::parse(name).unwrap()).collect()
    }

    #[test]
    fn a_proved_domain_verifies_what_the_connection_may_assert() {
        let (proved, staff) = (names(&["school.edu", "staff.school.edu"]), names(&["staff.school.edu"]));
        let all = EmailRules { proved: &proved, may_assert: None, unverified: None, is_strict: true };
        let some = EmailRules { may_assert: Some(&staff), ..all };
        assert!(all.is_verified("Maya@School.EDU") && all.is_verified(" maya@staff.school.edu"));
        assert!(some.is_verified("maya@staff.school.edu") && !some.is_verified("maya@school.edu"));
        for other in [
            "maya@other.edu",
            "maya@x.school.edu",
            "maya@school.edu.evil.org",
            "maya",
            "@school.edu",
            "a@b@school.edu",
            "maya @school.edu",
            "maya@school.edu\u{0}",
            "",
        ] {
            assert!(!all.is_verified(other), "{other}");
        }
        let foreign = names(&["other.edu"]);
        let unproved = EmailRules { may_assert: Some(&foreign), ..all };
        assert!(!unproved.is_verified("maya@other.edu"), "to be allowed is not to have proved");
    }

    #[test]
    fn what_is_not_verified_is_treated_as_set() {
        let proved = names(&["school.edu"]);
        let with = |unverified| EmailRules { proved: &proved, may_assert: None, unverified, is_strict: true };
        let outside = "maya@home.net";
        assert_eq!(with(None).judge(outside, false), EmailVerdict::Refused);
        assert_eq!(with(None).judge(outside, true), EmailVerdict::Kept, "a guest");
        assert_eq!(with(Some(UnverifiedEmails::Drop)).judge(outside, false), EmailVerdict::Dropped);
        assert_eq!(with(Some(UnverifiedEmails::Drop)).judge(outside, true), EmailVerdict::Kept);
        assert_eq!(with(Some(UnverifiedEmails::Keep)).judge(outside, false), EmailVerdict::Kept);
        assert_eq!(with(None).judge("maya@school.edu", false), EmailVerdict::Verified);
        let none = EmailRules { proved: &[], may_assert: None, unverified: None, is_strict: false };
        assert_eq!(none.judge(outside, false), EmailVerdict::Kept, "nothing was proved, nothing is strict");
        let lost = EmailRules { is_strict: true, ..none };
        assert_eq!(lost.judge(outside, false), EmailVerdict::Refused, "strict it stays");
        let strict = EmailRules { unverified: Some(UnverifiedEmails::Refuse), ..none };
        assert_eq!(strict.judge(outside, false), EmailVerdict::Refused);
    }

    #[test]
    fn addresses_compare_as_dns_and_people_do() {
        assert_eq!(lookup_form(" Maya@Bücher.Example "), "maya@xn--bcher-kva.example");
        assert_eq!(lookup_form("maya@xn--bcher-kva.example"), lookup_form("MAYA@BÜCHER.example"));
        assert_ne!(lookup_form("maya+a@x.org"), lookup_form("maya@x.org"));
        assert_eq!(lookup_form("No Address"), "no address");
    }

    #[test]
    fn what_can_be_read_as_another_address_is_not_verified() {
        let proved = names(&["school.edu"]);
        let rules = EmailRules { proved: &proved, may_assert: None, unverified: None, is_strict: true };
        for other in [
            "\"maya\"",
            "\u{ff4d}aya",
            "ma\u{200b}ya",
            "\u{202e}maya",
            "maya\\",
            "ada,maya",
            "maya(x)",
            "<maya",
            "maya.",
            ".maya",
            "ma..ya",
            "m\u{fd}a",
        ] {
            let address = format!("{other}@school.edu");
            assert!(!rules.is_verified(&address), "{address}");
            assert_eq!(rules.judge(&address, false), EmailVerdict::Kept, "{address}");
            assert_eq!(rules.judge(&format!("{other}@home.net"), false), EmailVerdict::Refused, "{address}");
        }
        for plain in ["Maya.O'Neill+x", "m_1-a", "a/b=c"] {
            assert!(rules.is_verified(&format!("{plain}@school.edu")), "{plain}");
        }
        assert_eq!(told_form(" Maya@School.edu\u{200b}"), "Maya@school.edu");
        assert_eq!(told_form("no address "), "no address");
    }
}
