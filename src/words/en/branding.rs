//! The texts about how accounts look.

use super::M;
use crate::words::BrandingText;

pub(super) const BRANDING: BrandingText = BrandingText {
    nav: M("Appearance"),
    title: M("How your sign\u{2011}in page looks"),
    lead: M("Your people see this where they sign in to you, and where a sign-in is refused."),
    name: M("Name"),
    language: M("Language of the pages"),
    language_browser: M("As each person's browser asks"),
    colour: M("Colour"),
    colour_hint: M("# and six digits, such as #0b6b58. Empty for ours."),
    colour_adjusted: M(
        "To be readable, it is shown as {light} in the light look and as {dark} in the dark one.",
    ),
    colour_light_adjusted: M("To be readable in the light look, it is shown there as {light}."),
    colour_dark_adjusted: M("To be readable in the dark look, it is shown there as {dark}."),
    logo: M("Logo"),
    logo_hint: M("PNG, JPEG or WebP, 128 KiB and 2000 × 1000 pixels at most."),
    logo_remove: M("Take the logo away"),
    help_text: M("Whom to ask"),
    help_text_hint: M("In a sentence, such as: Ask the IT desk, room 12."),
    help_url: M("Where to ask"),
    help_url_hint: M("An address that begins with https:// or mailto:"),
    preview: M("Preview"),
    preview_lead: M("Not saved yet."),
    preview_button: M("Preview"),
    save: M("Save"),
    example_button: M("Sign in"),
    help_link: M("Get help"),
    help_title: M("Who can help"),
};
