//! How long people stay signed in, and the tokens that their sessions give.

use super::section::Section;
use crate::base::url::PublicUrl;

const DAY: u64 = 86_400;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// A session that was not used for so long has ended.
    pub idle_seconds: u64,
    /// A session ends after so long at the latest.
    pub absolute_seconds: u64,
}

impl Session {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            idle_seconds: section.number("idle_seconds", DAY / 2, &(60..=90 * DAY)),
            absolute_seconds: section.number("absolute_seconds", 7 * DAY, &(60..=90 * DAY)),
        }
    }
}

/// Tokens for the platform's apps.
#[derive(Debug, Clone)]
pub struct Token {
    /// For whom tokens may be asked, beside the public address itself.
    pub audiences: Vec<String>,
    /// Sites whose pages may ask for a token.
    pub allowed_origins: Vec<PublicUrl>,
    /// Whether email addresses that are not verified are said, as such.
    pub unverified_email: bool,
    /// For how long others may keep the document of our public keys.
    pub jwks_max_age_seconds: u64,
}

impl Token {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            audiences: section.list("audiences", audience),
            allowed_origins: section.list("allowed_origins", PublicUrl::parse),
            unverified_email: section.flag("unverified_email", false),
            jwks_max_age_seconds: section.number("jwks_max_age_seconds", 900, &(60..=DAY)),
        }
    }
}

fn audience(text: &str) -> Result<String, &'static str> {
    let is_usable = !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control);
    if is_usable { Ok(text.to_owned()) } else { Err("must have 1 to 512 characters") }
}
