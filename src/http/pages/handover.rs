//! Pages that a browser only passes through: on to the identity provider, and once more to ourselves.

use askama::Template;

use super::Frame;

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
