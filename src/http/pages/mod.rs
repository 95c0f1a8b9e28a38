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
pub mod console;
#[cfg(test)]
mod console_tests;
mod demo;
mod handover;
#[cfg(test)]
pub(crate) mod markup;
mod me;
mod notice;
mod refused;
mod signin;
#[cfg(test)]
mod tests;

use askama::Template;

use crate::words::{ConsoleText, Text};

pub use demo::{DemoConnection, DemoPage, DemoPerson};
pub use handover::{AgainPage, HandOverFormPage, HandOverPage, ReplacePage, ReplaceWith};
pub use me::{AttributeView, EmailView, MePage, NameIdView, OtherSessionView, SignOutForm};
pub use notice::{ErrorKind, ErrorPage, FramedPage, NotFoundPage, TestedPage};
pub use refused::{RefusedDetail, RefusedPage};
pub use signin::{ConnectionChoice, Remembered, SignInPage, SignedOutPage, StartPage, StartProblem};

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
