//! The server-rendered pages: one view struct per page, each a pure function from what the viewer may see to HTML.
//!
//! No axum types, no storage, no clock. Handlers fill a view and send [`Page::html`]; the texts come from
//! [`crate::words`], the markup from `templates/`, style and script from [`assets`].
//!
//! # Invariants
//!
//! * No inline script, no inline style, nothing from another host: the pages work under
//!   `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'`.
//!   One exception is the header's to make: [`HandOverFormPage`] posts to the identity provider, so its
//!   `form-action` names that origin.
//! * Every value is escaped by the template engine; no template marks anything as safe.
//! * Every page is useful without script: what a script would submit has a visible button.
//! * URLs in views come from settings that were checked when they were made (`http`, `https` or a path of this site);
//!   they are never taken from a message.
//!
//! To add a page: a struct with a [`Frame`] and `#[template(path = ..)]`, a template that extends `base.html`, its
//! texts in [`crate::words`], a line in the table of `tests.rs`.

pub mod assets;
pub mod branding;
pub mod calendar;
pub mod certificates;
pub mod console;
#[cfg(test)]
mod console_tests;
pub mod deadlines;
mod demo;
pub mod domains;
pub mod events;
pub mod fields;
mod handover;
pub mod mapping;
#[cfg(test)]
mod mapping_tests;
#[cfg(test)]
pub(crate) mod markup;
mod me;
mod notice;
#[cfg(test)]
mod operations_tests;
pub mod operators;
pub mod people;
#[cfg(test)]
mod people_tests;
pub mod reference;
mod refused;
pub mod setup;
pub mod sign_ins;
#[cfg(test)]
mod sign_ins_tests;
mod signin;
pub mod sso;
pub mod sso_history;
pub mod sso_settings;
#[cfg(test)]
mod sso_tests;
#[cfg(test)]
mod tests;
pub mod typed;
pub mod webhooks;
#[cfg(test)]
mod webhooks_tests;
pub mod zoom;
pub mod zoom_events;
pub mod zoom_inventory;
pub mod zoom_provisioning;
#[cfg(test)]
mod zoom_tests;

use askama::Template;

use crate::words::{ConsoleText, MappingText, PeopleText, SignInsText, SsoText, Text};

pub use demo::{DemoConnection, DemoPage, DemoPerson};
pub use handover::{AgainPage, HandOverFormPage, HandOverPage, ReplacePage, ReplaceWith};
pub use me::{AttributeView, EmailView, MePage, NameIdView, OtherSessionView, SignOutForm};
pub use notice::{ErrorKind, ErrorPage, FramedPage, NotFoundPage};
pub use refused::{RefusedDetail, RefusedPage};
pub use signin::{ConnectionChoice, Remembered, SignInPage, SignedOutPage, StartPage, StartProblem};
pub use sso::TestedPage;

/// What every page has around its content.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The reader's language.
    pub text: &'static Text,
    /// Whether to say on every page that nothing here is real.
    pub is_demo: bool,
}

impl Frame {
    /// The texts of the console.
    #[must_use]
    pub const fn console(&self) -> &'static ConsoleText {
        &self.text.console
    }

    /// The texts of setting single sign-on up.
    #[must_use]
    pub const fn sso(&self) -> &'static SsoText {
        &self.text.sso
    }

    /// The texts of the pages about people.
    #[must_use]
    pub const fn people(&self) -> &'static PeopleText {
        &self.text.people
    }

    /// The texts of the pages about mappings and changes that are tried.
    #[must_use]
    pub const fn mapping(&self) -> &'static MappingText {
        &self.text.mapping
    }

    /// The texts of the pages about sign-ins.
    #[must_use]
    pub const fn sign_ins(&self) -> &'static SignInsText {
        &self.text.sign_ins
    }
}

/// A page that can be sent.
pub trait Page: Template {
    /// The whole document.
    fn html(&self) -> String {
        // Rendering into a String fails only if a value's own Display does, and none of ours can.
        self.render().unwrap_or_else(|_| {
            "<!DOCTYPE html><title>Error</title><p>This page could not be shown.".to_owned()
        })
    }
}

impl<T: Template> Page for T {}
