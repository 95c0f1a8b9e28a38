//! Pages that a browser only passes through: on to the identity provider, and once more to ourselves.

use askama::Template;

use super::Frame;
use super::branding::Brand;

/// On to the identity provider by the Redirect binding. Answered with 200, since Chromium applies `form-action` to
/// redirects that follow a form.
#[derive(Template)]
#[template(path = "handover.html")]
pub struct HandOverPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What people call the identity provider: the connection's name.
    pub idp_name: &'a str,
    /// The sign-on URL with the request.
    pub url: &'a str,
    /// How the account looks.
    pub brand: Brand,
}

/// On to the identity provider by the POST binding. Its CSP has the origin of `action` in `form-action`.
#[derive(Template)]
#[template(path = "handover_form.html")]
pub struct HandOverFormPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What people call the identity provider: the connection's name.
    pub idp_name: &'a str,
    /// The sign-on URL.
    pub action: &'a str,
    /// The request, base64.
    pub saml_request: &'a str,
    /// The handle that comes back with the answer.
    pub relay_state: Option<&'a str>,
    /// How the account looks.
    pub brand: Brand,
}

/// A response that arrived without our cookie, posted again from our own page so that the cookie comes along.
#[derive(Template)]
#[template(path = "again.html")]
pub struct AgainPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The same ACS URL, as a path.
    pub action: &'a str,
    /// The parameter as it arrived.
    pub saml_response: &'a str,
    /// The parameter as it arrived.
    pub relay_state: Option<&'a str>,
}

/// Somebody else is signed in here, and nothing shows that the person wants to be signed in anew: they are asked.
#[derive(Template)]
#[template(path = "replace.html")]
pub struct ReplacePage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The account that they are signed in to.
    pub present: &'a str,
    /// The account that they would be signed in to; the same for another person of it.
    pub next: &'a str,
    /// What saying yes does.
    pub with: ReplaceWith<'a>,
}

/// What saying yes to [`ReplacePage`] does.
pub enum ReplaceWith<'a> {
    /// Posts the answer that arrived once more.
    Answer {
        /// The ACS URL, as a path.
        action: &'a str,
        /// The parameter as it arrived.
        saml_response: &'a str,
        /// The parameter as it arrived.
        relay_state: Option<&'a str>,
        /// What shows that the form is ours.
        token: &'a str,
    },
    /// Starts signing in.
    Start {
        /// The login URL, as a path.
        href: &'a str,
    },
}
