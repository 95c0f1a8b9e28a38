//! What a token says. The names are registered (RFC 7519 4.1, OpenID Connect Core 2 and 5.1, RFC 8176) but for
//! `account`, `roles` and `groups`, which are ours.

use serde::{Deserialize, Serialize};

/// How long a token is good, in seconds; never longer than its session.
pub const LIFE_SECONDS: i64 = 600;

/// The claims of a token. No `Debug`: they are about a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made the token: our public address.
    pub iss: String,
    /// For whom it was made. Whoever reads a token refuses one for somebody else.
    pub aud: String,
    /// Who is signed in: the user's id.
    pub sub: String,
    /// In which account: its id.
    pub account: String,
    /// Their address, if it may be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is verified; there with the address only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// What they are in the account and on the platform.
    pub roles: Vec<String>,
    /// Their groups; absent when they are not known, which is not the same as none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// The session: its id, which is a name and no secret.
    pub sid: String,
    /// How they proved who they are, as the identity provider calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The same by the names of RFC 8176, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amr: Option<Vec<String>>,
    /// When they proved it, in seconds since 1970.
    pub auth_time: i64,
    /// When the token was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// The token's own name.
    pub jti: String,
}

/// An email address as a token may carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether its domain is proved for the account and the connection may assert it.
    pub is_verified: bool,
}

impl Claims {
    /// Puts the address in: a verified one always, another only if the installation wants it so.
    #[must_use]
    pub fn with_email(mut self, email: Option<Email>, keeps_unverified: bool) -> Self {
        let email = email.filter(|email| email.is_verified || keeps_unverified);
        self.email_verified = email.as_ref().map(|email| email.is_verified);
        self.email = email.map(|email| email.address);
        self
    }
}

/// What an authentication context (saml-authn-context 3.4) says by the names of RFC 8176 2. One that does not say how
/// people proved who they are, or that is not known, is `None`.
#[must_use]
pub fn methods(authn_context: &str) -> Option<Vec<String>> {
    const SAML: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";
    let methods: &[&str] = match authn_context.strip_prefix(SAML) {
        Some("Password" | "PasswordProtectedTransport") => &["pwd"],
        Some("TimeSyncToken") => &["otp"],
        Some("Smartcard" | "SmartcardPKI") => &["sc"],
        Some("MobileTwoFactorContract" | "MobileTwoFactorUnregistered") => &["mfa"],
        Some("X509" | "TLSClient") => &["pop"],
        Some("Kerberos") => &["wia"],
        Some(_) => return None,
        None => match authn_context {
            "https://refeds.org/profile/mfa" | "http://schemas.microsoft.com/claims/multipleauthn" => {
                &["mfa"]
            }
            "urn:federation:authentication:windows" => &["wia"],
            _ => return None,
        },
    };
    Some(methods.iter().map(|method| (*method).to_owned()).collect())
}

#[cfg(test)]
pub(super) fn example() -> Claims {
    Claims {
        iss: "https://sso.example.test".to_owned(),
        aud: "https://app.example.test".to_owned(),
        sub: "user_1".to_owned(),
        account: "acct_1".to_owned(),
        email: None,
        email_verified: None,
        roles: vec!["member".to_owned()],
        groups: None,
        sid: "sess_1".to_owned(),
        acr: None,
        amr: None,
        auth_time: 1_772_445_600,
        iat: 1_772_445_630,
        exp: 1_772_445_630 + LIFE_SECONDS,
        jti: "x".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let value = serde_json::to_value(example()).unwrap();
        let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["account", "aud", "auth_time", "exp", "iat", "iss", "jti", "roles", "sid", "sub"]);
        let none = serde_json::to_value(Claims { groups: Some(Vec::new()), ..example() }).unwrap();
        assert_eq!(none["groups"], serde_json::json!([]), "none is said");
    }

    #[test]
    fn an_address_is_said_when_it_is_verified_or_wanted() {
        let email = |is_verified| Some(Email { address: "maya@example.org".to_owned(), is_verified });
        let said = |email, keeps_unverified| {
            let claims = example().with_email(email, keeps_unverified);
            (claims.email, claims.email_verified)
        };
        let address = || Some("maya@example.org".to_owned());
        assert_eq!(said(email(true), false), (address(), Some(true)));
        assert_eq!(said(email(false), false), (None, None));
        assert_eq!(said(email(false), true), (address(), Some(false)));
        assert_eq!(said(None, true), (None, None));
    }

    #[test]
    fn methods_are_said_where_they_are_known() {
        let pwd = methods("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport");
        assert_eq!(pwd, Some(vec!["pwd".to_owned()]));
        assert_eq!(methods("https://refeds.org/profile/mfa"), Some(vec!["mfa".to_owned()]));
        for unknown in ["urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified", "Password", ""] {
            assert_eq!(methods(unknown), None, "{unknown}");
        }
    }
}
