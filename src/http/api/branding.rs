//! How an account looks to its people.

use gatepost_saml::encoding::base64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, IfMatch, Json, Versioned};
use super::problem::Problem;
use super::schema::LocaleName;
use crate::flow::branding::{self, Branded, Change, Look};

/// How an account looks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Branding {
    /// The account's name for people.
    name: String,
    locale: LocaleName,
    /// `#rrggbb`; null for ours.
    colour: Option<String>,
    logo: Option<Logo>,
    /// Whom to ask, in words.
    help_text: Option<String>,
    /// Where to ask: https or mailto.
    help_url: Option<String>,
}

/// A logo.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Logo {
    /// SHA-256 of the file, in hex.
    sha256: String,
    /// Pixels from left to right.
    width: i64,
    /// Pixels from top to bottom.
    height: i64,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandingChanges {
    /// The account's name for people.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The language of its pages.
    locale: Option<LocaleName>,
    /// `#rrggbb`; an empty text for ours.
    #[schemars(length(max = 7))]
    colour: Option<String>,
    /// Whom to ask, in words; an empty text takes it away.
    #[schemars(length(max = 300))]
    help_text: Option<String>,
    /// Where to ask: https or mailto; an empty text takes it away.
    #[schemars(length(max = 500))]
    help_url: Option<String>,
    /// A PNG, JPEG or WebP file of 128 KiB at the most, in base64; an empty text takes it away.
    #[schemars(length(max = 200_000))]
    logo: Option<String>,
}

impl From<Branded> for Versioned<Branding> {
    fn from(branded: Branded) -> Self {
        let Branded { look: Look { colour, logo, help_text, help_url }, name, locale, version } = branded;
        let told = Branding {
            name,
            locale: LocaleName(locale),
            colour: colour.map(|(colour, _)| colour.to_string()),
            logo: logo.map(|logo| Logo { sha256: logo.hash, width: logo.width, height: logo.height }),
            help_text,
            help_url,
        };
        Self(told, version)
    }
}

/// As it is.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<Branding>, Problem> {
    Ok(branding::show(call.gateway(), &call.ctx, call.account()?).await?.into())
}

/// Changes it.
pub(super) async fn update(
    call: Call,
    (if_match, Json(changes)): (IfMatch, Json<BrandingChanges>),
) -> Result<Versioned<Branding>, Problem> {
    let BrandingChanges { name, locale, colour, help_text, help_url, logo } = changes;
    let file =
        |text: String| base64(text.as_bytes()).map_err(|_| Problem::field("/logo", "it must be base64"));
    let locale = locale.map(|locale| locale.0);
    let logo = logo.map(file).transpose()?;
    let change = Change { name, locale, colour, help_text, help_url, logo };
    let expects = |version| if_match.allows(version);
    Ok(branding::update_if(call.gateway(), &call.ctx, call.account()?, change, expects).await?.into())
}
