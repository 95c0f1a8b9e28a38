//! Names of email domains, and which of them an account can have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::sentence::{Sentence, Told, data, sentence, told_errors};

/// A domain as DNS knows it: ASCII (IDNA), small letters, no dot at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

/// Why a domain is not accepted; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainError {
    /// No name.
    Malformed,
    /// Under it, anybody can have a name of their own.
    PublicSuffix,
    /// Anybody can have an address there.
    PublicMail,
}

impl Told for DomainError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Malformed => {
                sentence!("it must be a domain such as school.example, without @ and without https://")
            }
            Self::PublicSuffix => sentence!(
                "it is a public suffix, under which strangers have names; give the school's or company's own domain"
            ),
            Self::PublicMail => sentence!(
                "anybody can have an address there, so it belongs to no account; give the school's or company's own domain"
            ),
        }
    }
}

told_errors!(DomainError);
data!(DomainName);

impl DomainName {
    /// Reads a name, in whatever script.
    ///
    /// # Errors
    /// [`DomainError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        // Plain names, nearly all of them, need no tables.
        let name = if text.is_ascii() && !text.to_ascii_lowercase().contains("xn--") {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii_strict(text).map_err(|_| DomainError::Malformed)?
        };
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // The last label of an address is never a number, so that no IP address is a domain.
        let has_letters =
            name.rsplit('.').next().is_some_and(|label| !label.bytes().all(|b| b.is_ascii_digit()));
        if name.contains('.') && name.len() <= 253 && name.split('.').all(is_label) && has_letters {
            Ok(Self(name))
        } else {
            Err(DomainError::Malformed)
        }
    }

    /// Whether one account can have it to itself.
    ///
    /// # Errors
    /// [`DomainError::PublicSuffix`], [`DomainError::PublicMail`].
    pub fn check_ownable(&self) -> Result<(), DomainError> {
        let registrable = psl::domain_str(&self.0).ok_or(DomainError::PublicSuffix)?;
        let (label, _) = registrable.split_once('.').ok_or(DomainError::PublicSuffix)?;
        if PUBLIC_MAIL.contains(&registrable) || PUBLIC_MAIL_EVERYWHERE.contains(&label) {
            return Err(DomainError::PublicMail);
        }
        Ok(())
    }

    /// What was registered for it to be there: `school.example` of `mail.school.example`.
    #[must_use]
    pub fn registrable(&self) -> &str {
        psl::domain_str(&self.0).unwrap_or(&self.0)
    }

    /// Whether names like it are anybody's to register. Others are names within somebody's network, perhaps ours: whoever
    /// has us ask for them learns which of those there are. `example` stands in documents (RFC 2606) and names nothing.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let is_known = psl::suffix(self.0.as_bytes()).is_some_and(|suffix| suffix.is_known());
        is_known || self.0.ends_with(".example")
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for DomainName {
    type Error = DomainError;

    fn try_from(text: String) -> Result<Self, DomainError> {
        Self::parse(&text)
    }
}

impl From<DomainName> for String {
    fn from(name: DomainName) -> Self {
        name.0
    }
}

/// Providers that have their name under many top-level domains.
const PUBLIC_MAIL_EVERYWHERE: &[&str] = &[
    "yahoo",
    "hotmail",
    "gmx",
    "yandex",
    "googlemail",
    "gmail",
    "protonmail",
    "ymail",
    "rocketmail",
    "mailinator",
];

/// Where anybody, or any customer of an internet provider, can have an address.
const PUBLIC_MAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bol.com.br",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "earthlink.net",
    "email.com",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "frontier.com",
    "guerrillamail.com",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "icloud.com",
    "inbox.ru",
    "juno.com",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.com.au",
    "live.com.mx",
    "live.fr",
    "live.it",
    "live.nl",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "netzero.net",
    "ntlworld.com",
    "optonline.net",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "outlook.it",
    "outlook.jp",
    "passport.com",
    "pm.me",
    "prodigy.net.mx",
    "proton.me",
    "qq.com",
    "rediffmail.com",
    "rogers.com",
    "sbcglobal.net",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "sky.com",
    "sohu.com",
    "sympatico.ca",
    "t-online.de",
    "talktalk.net",
    "terra.com.br",
    "tuta.com",
    "tutanota.com",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "windowslive.com",
    "xtra.co.nz",
    "ya.ru",
    "yeah.net",
    "yopmail.com",
    "zoho.com",
    "zohomail.com",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ownable(name: &str) -> Result<(), DomainError> {
        DomainName::parse(name).and_then(|name| name.check_ownable())
    }

    #[test]
    fn names_have_one_form() {
        for (given, name) in [
            ("School.Example", "school.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example.", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            (" a.b-c.org ", "a.b-c.org"),
        ] {
            assert_eq!(DomainName::parse(given).unwrap().as_str(), name, "{given}");
        }
        for bad in [
            "",
            ".",
            "school",
            "a..b",
            "-a.org",
            "a-.org",
            "a_b.org",
            "https://a.org",
            "a@b.org",
            "a b.org",
            "127.0.0.1",
            "a.org/x",
            "xn--a.org",
            "a\u{0}.org",
            &format!("{}.org", "a".repeat(64)),
            &"a.".repeat(130),
        ] {
            assert_eq!(DomainName::parse(bad), Err(DomainError::Malformed), "{bad}");
        }
    }

    #[test]
    fn nobody_has_a_public_suffix_or_a_public_mail_domain() {
        for good in
            ["lincoln.k12.ca.us", "school.edu", "a.b.school.edu", "district.example", "outlook.school"]
        {
            assert_eq!(ownable(good), Ok(()), "{good}");
        }
        for suffix in ["co.uk", "k12.ca.us", "github.io", "com.au"] {
            assert_eq!(ownable(suffix), Err(DomainError::PublicSuffix), "{suffix}");
        }
        for mail in [
            "gmail.com",
            "GMAIL.com",
            "x.gmail.com",
            "yahoo.co.uk",
            "outlook.com",
            "hotmail.fr",
            "icloud.com",
        ] {
            assert_eq!(ownable(mail), Err(DomainError::PublicMail), "{mail}");
        }
    }
}
