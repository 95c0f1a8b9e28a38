//! How an account looks: the page where that is decided, what other pages take of it, and its style sheet.

use askama::Template;

use super::Frame;
use super::console::Around;
use crate::directory::account::Locale;
use crate::directory::colour::Colour;
use crate::flow::branding::Look;
use crate::words::BrandingText;

/// What pages that belong to an account take of its look.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    look: Look,
}

impl Brand {
    /// Of an account's look.
    #[must_use]
    pub const fn new(look: Look) -> Self {
        Self { look }
    }

    /// The style sheet with the account's colour.
    #[must_use]
    pub fn style(&self) -> Option<String> {
        self.look.colour.map(|(colour, _)| format!("/branding/{}.css", colour.digits()))
    }

    /// The logo: its address, width and height.
    #[must_use]
    pub fn logo(&self) -> Option<(String, i64, i64)> {
        let logo = self.look.logo.as_ref()?;
        Some((format!("/branding/{}", logo.hash), logo.width, logo.height))
    }

    /// Whether anybody can be asked.
    #[must_use]
    pub const fn has_help(&self) -> bool {
        self.look.help_text.is_some() || self.look.help_url.is_some()
    }

    /// Whom to ask, in words.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.look.help_text.as_deref()
    }

    /// Where to ask.
    #[must_use]
    pub fn help_url(&self) -> Option<&str> {
        self.look.help_url.as_deref()
    }
}

/// The style sheet of a colour: the roles of our own sheet that have it.
#[must_use]
pub fn style(colour: Colour) -> String {
    let shades = colour.shades();
    let (light, dark) = (shades.light, shades.dark);
    let (on_light, on_dark) = (shades.on_light, shades.on_dark);
    format!(
        ":root {{ --accent: {light}; --accent-strong: {light}; --on-accent: {on_light}; }}\n\
         @media (prefers-color-scheme: dark) {{\n  \
         :root {{ --accent: {dark}; --accent-strong: {dark}; --on-accent: {on_dark}; }}\n}}\n"
    )
}

/// `/console/at/{account}/branding`.
#[derive(Template)]
#[template(path = "console_branding.html")]
pub struct BrandingPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static BrandingText,
    /// The page's own address.
    pub base: &'a str,
    /// What is typed or stored: name, colour, whom to ask, where.
    pub typed: Typed,
    /// The language of its pages.
    pub locale: Locale,
    /// How it looks, or would.
    pub brand: Brand,
    /// The colour as it was chosen, and as it is shown.
    pub look: Look,
    /// Whether that is not saved yet.
    pub is_preview: bool,
    /// The version of what the fields were filled from.
    pub version: i64,
}

/// What stands in the fields.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The account's name.
    pub name: String,
    /// The colour.
    pub colour: String,
    /// Whom to ask.
    pub help_text: String,
    /// Where to ask.
    pub help_url: String,
}

impl BrandingPage<'_> {
    /// What is said of a colour that is not shown as it was chosen.
    fn adjusted(&self) -> Option<String> {
        let (chosen, shades) = self.look.colour?;
        let (light, dark) = (shades.light, shades.dark);
        match (light == chosen, dark == chosen) {
            (true, true) => None,
            (true, false) => Some(self.say.colour_dark_adjusted.with("dark", dark).to_string()),
            (false, true) => Some(self.say.colour_light_adjusted.with("light", light).to_string()),
            (false, false) => {
                Some(self.say.colour_adjusted.with("light", light).with("dark", dark).to_string())
            }
        }
    }
}
