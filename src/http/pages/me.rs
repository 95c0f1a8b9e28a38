//! `/me`: who the signed-in person is, what their identity provider said, and how the sign-in was checked.

use askama::Template;
use gatepost_saml::instant::Instant;
use gatepost_saml::trace::{Outcome, Trace};

use super::Frame;
use crate::directory::preset::Product;
use crate::flow::session::SessionView;
use crate::words::moment;
use crate::words::trace::{Evidence, tell};

/// The page of a signed-in person.
#[derive(Template)]
#[template(path = "me.html")]
pub struct MePage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Their name, as mapped.
    pub name: Option<&'a str>,
    /// Their email address, as mapped.
    pub email: Option<EmailView<'a>>,
    /// Their user name, as mapped.
    pub username: Option<&'a str>,
    /// Their roles on the platform, as mapped.
    pub roles: &'a [String],
    /// Their groups, as mapped.
    pub groups: &'a [String],
    /// The subject of the assertion.
    pub name_id: NameIdView<'a>,
    /// The attributes in document order.
    pub attributes: &'a [AttributeView<'a>],
    /// The account's name.
    pub account_name: &'a str,
    /// The connection's name.
    pub connection_name: &'a str,
    /// When this session began.
    pub signed_in_at: Instant,
    /// When it ends at the latest.
    pub session_ends_at: Option<Instant>,
    /// The trace of the sign-in, while it is kept.
    pub trace: Option<&'a Trace>,
    /// How to sign out.
    pub sign_out: SignOutForm<'a>,
    /// Their sessions in other browsers.
    pub others: &'a [OtherSessionView],
    /// Where the forms that end them post to.
    pub end_sessions: &'a str,
}

/// A session in another browser.
#[derive(Debug, Clone)]
pub struct OtherSessionView {
    /// Its id.
    pub id: String,
    /// The browser.
    pub browser: Option<String>,
    /// What it runs on.
    pub system: Option<String>,
    /// The network that it came from.
    pub network: Option<String>,
    /// By which connection they signed in.
    pub connection_name: String,
    /// When it began.
    pub signed_in_at: Instant,
    /// When it was used last.
    pub seen_at: Instant,
}

impl From<&SessionView> for OtherSessionView {
    fn from(view: &SessionView) -> Self {
        Self {
            id: view.id.to_string(),
            browser: view.client.browser.clone(),
            system: view.client.system.clone(),
            network: view.client.network.clone(),
            connection_name: view.connection_name.clone(),
            signed_in_at: view.created_at,
            seen_at: view.last_seen_at,
        }
    }
}

/// An email address and what we know of it.
#[derive(Debug, Clone, Copy)]
pub struct EmailView<'a> {
    /// The address.
    pub address: &'a str,
    /// Whether its domain is proved for the account.
    pub is_verified: bool,
}

/// The subject of an assertion.
#[derive(Debug, Clone, Copy)]
pub struct NameIdView<'a> {
    /// The value.
    pub value: &'a str,
    /// Its format, if the message says one.
    pub format: Option<&'a str>,
}

/// One attribute of an assertion.
#[derive(Debug, Clone, Copy)]
pub struct AttributeView<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name for people, if the message says one.
    pub friendly_name: Option<&'a str>,
    /// Its values in document order.
    pub values: &'a [String],
}

/// The form that signs out: a POST of the hidden field `token`. No Debug here or in the page: the token is a secret.
#[derive(Clone, Copy)]
pub struct SignOutForm<'a> {
    /// Where it posts to.
    pub action: &'a str,
    /// The session's CSRF token.
    pub token: &'a str,
}
