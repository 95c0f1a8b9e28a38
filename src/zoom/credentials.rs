//! What an account's owner gives us so that we may speak to their Zoom account, and where that is spoken.
//!
//! Secrets are types of their own, without `Debug`, `Serialize` or comparison: a struct that holds one cannot be printed.
//! They are read by [`Secret::expose`], which stands where something is sealed or sent and nowhere else.
//!
//! A General app may be the account's own (it registers one in its Marketplace) or the platform's: then the operator
//! holds client and secret, and the account holds its tokens alone ([`super::oauth::Grant`]).

use secrecy::{ExposeSecret, SecretString};

use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::url::{PublicUrl, UrlError};

/// A client secret, an access token or a refresh token.
pub struct Secret(SecretString);

impl Secret {
    /// Of a text as it was pasted: white space around it goes.
    ///
    /// # Errors
    /// When it is empty, or holds what no secret of Zoom's holds.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        check(text, MAX_SECRET).map(|text| Self(SecretString::from(text)))
    }

    /// A token as it stands in an answer; `None` when it could not stand in a header.
    #[must_use]
    pub fn token(text: &str) -> Option<Self> {
        let fits =
            !text.is_empty() && text.len() <= MAX_SECRET && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(SecretString::from(text)))
    }

    /// A text that holds secrets and is about to be sent.
    pub(super) fn sent(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// To be sealed or sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters, to tell one from another; of a short one, nothing.
    #[must_use]
    pub fn hint(&self) -> &str {
        let text = self.expose();
        if text.len() < 12 { "" } else { text.get(text.len() - 4..).unwrap_or_default() }
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        Self(SecretString::from(self.expose()))
    }
}

const MAX_ID: usize = 128;
/// Zoom's tokens are JSON Web Tokens of up to about two thousand characters.
const MAX_SECRET: usize = 8192;

/// A value that cannot be what it was entered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialError {
    /// Nothing was entered.
    Empty,
    /// Too long, or with white space or other characters in it.
    Malformed,
}

impl Told for CredentialError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Empty => sentence!("it is empty: copy it from the app's page in the Zoom Marketplace"),
            Self::Malformed => sentence!(
                "it holds characters that no value of Zoom's holds: copy it again, without what stands around it"
            ),
        }
    }
}

told_errors!(CredentialError);

fn check(text: &str, longest: usize) -> Result<&str, CredentialError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CredentialError::Empty);
    }
    // Basic authentication splits at the colon; quotes come along when a value is copied from a file.
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b':' | b'"' | b'\'' | b'<' | b'>');
    if text.len() > longest || !text.bytes().all(fits) { Err(CredentialError::Malformed) } else { Ok(text) }
}

/// The id of an app (client id) or of a Zoom account: public, and checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicId(String);

impl PublicId {
    /// Of a text as it was pasted.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        check(text, MAX_ID).map(|text| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An app's own credentials.
#[derive(Clone)]
pub struct App {
    /// Client ID.
    pub client_id: PublicId,
    /// Client Secret.
    pub client_secret: Secret,
}

/// How a Zoom account is spoken to.
#[derive(Clone)]
pub enum Credentials {
    /// A Server-to-Server OAuth app in the customer's own Zoom account.
    ServerToServer {
        /// The app.
        app: App,
        /// Account ID.
        account_id: PublicId,
    },
    /// A General app that an owner or administrator of the Zoom account has authorised.
    General {
        /// The app: the account's own, or the platform's.
        app: App,
        /// Where Zoom sends browsers back to; exactly as it stands in the app.
        redirect_uri: String,
    },
}

impl Credentials {
    /// The app.
    #[must_use]
    pub const fn app(&self) -> &App {
        match self {
            Self::ServerToServer { app, .. } | Self::General { app, .. } => app,
        }
    }
}

/// Where Zoom is: the site that gives tokens, and the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    web: String,
    api: String,
}

impl Bases {
    /// Zoom's own cloud.
    #[must_use]
    pub fn commercial() -> Self {
        Self { web: "https://zoom.us".to_owned(), api: "https://api.zoom.us".to_owned() }
    }

    /// Zoom for Government.
    #[must_use]
    pub fn government() -> Self {
        Self { web: "https://zoomgov.com".to_owned(), api: "https://api.zoomgov.com".to_owned() }
    }

    /// Two origins of an operator's choice: https, or http on this machine.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn custom(web: &str, api: &str) -> Result<Self, UrlError> {
        let origin = |text| PublicUrl::parse(text).map(|url| url.as_str().to_owned());
        Ok(Self { web: origin(web)?, api: origin(api)? })
    }

    /// Tokens are asked for here.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/oauth/token", self.web)
    }

    /// Tokens are given back here.
    #[must_use]
    pub fn revoke_url(&self) -> String {
        format!("{}/oauth/revoke", self.web)
    }

    /// Browsers are sent here to authorise.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("{}/oauth/authorize", self.web)
    }

    /// The API's origin.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// These bases, with the API in the region that a token names. The name comes from outside: only a host of the same
    /// cloud whose name begins as the API's does is followed, everything else leaves them as they are.
    #[must_use]
    pub fn in_region(&self, api_url: &str) -> Self {
        let cloud = match self.api.as_str() {
            "https://api.zoom.us" => ".zoom.us",
            "https://api.zoomgov.com" => ".zoomgov.com",
            _ => return self.clone(),
        };
        let name = api_url
            .strip_prefix("https://")
            .map(|rest| rest.trim_end_matches('/'))
            .and_then(|host| host.strip_suffix(cloud));
        let is_region = name.is_some_and(|name| {
            (name == "api" || name.starts_with("api-"))
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        if is_region {
            Self { web: self.web.clone(), api: api_url.trim_end_matches('/').to_owned() }
        } else {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_values_are_trimmed_and_checked() {
        assert_eq!(PublicId::parse(" AbC_-9\n").map(|id| id.0), Ok("AbC_-9".to_owned()));
        for (text, wanted) in [
            ("", CredentialError::Empty),
            ("  ", CredentialError::Empty),
            ("a b", CredentialError::Malformed),
            ("a:b", CredentialError::Malformed),
            ("\"abc\"", CredentialError::Malformed),
            ("ä", CredentialError::Malformed),
        ] {
            assert_eq!(PublicId::parse(text), Err(wanted), "{text:?}");
            assert_eq!(Secret::parse(text).err(), Some(wanted), "{text:?}");
        }
        assert_eq!(PublicId::parse(&"a".repeat(129)), Err(CredentialError::Malformed));
    }

    #[test]
    fn a_hint_shows_four_characters_of_what_is_long_enough() {
        assert_eq!(Secret::parse("0123456789abcdef").unwrap().hint(), "cdef");
        assert_eq!(Secret::parse("0123456789a").unwrap().hint(), "");
    }

    #[test]
    fn a_token_moves_the_api_within_its_cloud_only() {
        let zoom = Bases::commercial();
        for good in ["https://api-eu.zoom.us", "https://api-eu.zoom.us/", "https://api-us2.zoom.us"] {
            assert_eq!(zoom.in_region(good).api(), good.trim_end_matches('/'), "{good}");
        }
        for bad in [
            "http://api-eu.zoom.us",
            "https://evil.example",
            "https://api-eu.zoom.us.evil.example",
            "https://api.evil.zoom.us",
            "https://apifake.zoom.us",
            "https://api-eu.zoom.us:8443",
            "https://api-eu.zoom.us/v2",
            "https://x@api-eu.zoom.us",
            "https://api-eu.zoomgov.com",
            "",
        ] {
            assert_eq!(zoom.in_region(bad), zoom, "{bad}");
        }
        assert_eq!(
            Bases::government().in_region("https://api-us.zoomgov.com").api(),
            "https://api-us.zoomgov.com"
        );
        let own = Bases::custom("http://127.0.0.1:9/", "https://zoom-proxy.example").unwrap();
        assert_eq!(own.in_region("https://api-eu.zoom.us"), own);
        assert_eq!(own.token_url(), "http://127.0.0.1:9/oauth/token");
        assert_eq!(Bases::custom("http://zoom.us", "https://api.zoom.us"), Err(UrlError::NotSecure));
    }
}
