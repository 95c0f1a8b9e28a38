//! A sign-in that was refused: a plain sentence and a reference for everybody, the cause for those who may know it.

use askama::Template;
use gatepost_saml::code::Code;
use gatepost_saml::instant::Instant;
use gatepost_saml::trace::{Outcome, Trace};

use super::Frame;
use super::branding::Brand;
use crate::directory::preset::Product;
use crate::words::trace::{Evidence, tell};
use crate::words::{Text, mend, moment};

/// The page of a refused sign-in. Send it with status 403 (400 where the message could not be read).
#[derive(Debug, Template)]
#[template(path = "refused.html")]
pub struct RefusedPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What may be said in public ([`gatepost_saml::Refusal::public_code`]), never the code itself.
    pub public_code: Code,
    /// By which an administrator finds the attempt.
    pub reference: &'a str,
    /// When it happened.
    pub at: Instant,
    /// Where to start again: the account's sign-in page.
    pub again_href: &'a str,
    /// The cause, only for a viewer who may see this connection's attempts.
    pub detail: Option<RefusedDetail<'a>>,
    /// Whether it was a test, in a window of its own.
    pub is_test: bool,
    /// How the account looks, and whom it says to ask.
    pub brand: Brand,
}

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy)]
pub struct RefusedDetail<'a> {
    /// The true code.
    pub code: Code,
    /// The record of the judgement.
    pub trace: &'a Trace,
    /// The product behind the connection, in whose words the mend is told.
    pub product: Product,
}

impl RefusedDetail<'_> {
    fn mend(&self, text: &Text) -> String {
        text.mend(self.code, mend::product(self.product, self.trace))
    }
}
