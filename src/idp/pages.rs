//! The pages of the pretend identity provider: views and templates, as in [`crate::http::pages`], but in clothes of
//! their own, so that nobody mistakes one site for the other.

use askama::Template;

use super::fault::Fault;
use super::form::{Edited, Exchange, Row};
use crate::http::pages::assets::Asset;
use crate::words::{IdpText, Message, Text};

/// The one style sheet of these pages. The script is the gateway's.
pub static STYLE: Asset = Asset::style(include_str!("assets/idp.css"));

/// What every page has around its content.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The reader's language.
    pub text: &'static Text,
    /// The product whose shape the answers have, where the page is about one.
    pub product: Option<&'static str>,
}

impl Frame {
    fn idp(self) -> &'static IdpText {
        &self.text.idp
    }

    fn language(self) -> &'static str {
        self.text.language
    }

    /// What a fault is called in the menu.
    fn fault(self, fault: Fault) -> Message {
        let text = self.idp();
        match fault {
            Fault::None => text.fault_none,
            Fault::Expired => text.fault_expired,
            Fault::NotYetValid => text.fault_not_yet_valid,
            Fault::WrongAudience => text.fault_wrong_audience,
            Fault::WrongRecipient => text.fault_wrong_recipient,
            Fault::WrongIssuer => text.fault_wrong_issuer,
            Fault::WrongRequest => text.fault_wrong_request,
            Fault::Denied => text.fault_denied,
            Fault::Sha1 => text.fault_sha1,
            Fault::Unsigned => text.fault_unsigned,
            Fault::UnknownKey => text.fault_unknown_key,
            Fault::EncryptedToAnother => text.fault_encrypted_to_another,
            Fault::Tampered => text.fault_tampered,
            Fault::Wrapped => text.fault_wrapped,
            Fault::Comment => text.fault_comment,
            Fault::Replayed => text.fault_replayed,
        }
    }
}

/// `/`: every personality that is played here.
#[derive(Debug, Template)]
#[template(path = "idp_home.html")]
pub struct HomePage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The personalities.
    pub products: &'a [ProductView],
}

/// A personality on the first page.
#[derive(Debug, Clone)]
pub struct ProductView {
    /// The product's name.
    pub product: &'static str,
    /// What its messages look like, in a line.
    pub about: String,
    /// Its entity ID.
    pub entity_id: String,
    /// Where requests go.
    pub sso_url: String,
    /// Its metadata.
    pub metadata_href: String,
    /// Where a sign-in starts without a request.
    pub start_href: String,
}

/// `/{like}/start`: to which service provider? Asked when a sign-in starts here and no service provider is known.
#[derive(Debug, Template)]
#[template(path = "idp_start.html")]
pub struct StartPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The page's own path.
    pub action: &'a str,
    /// What was typed last time.
    pub sp_entity_id: &'a str,
    /// What was typed last time.
    pub acs_url: &'a str,
    /// Whether what was typed cannot be used.
    pub is_wrong: bool,
}

/// A person in the list.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The whole name.
    pub name: String,
    /// The role, and the email address if there is one.
    pub about: String,
}

/// `/{like}/sso`: who are you, and is anything wrong?
#[derive(Debug, Template)]
#[template(path = "idp_choose.html")]
pub struct ChoosePage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Where the form goes.
    pub action: &'a str,
    /// What is answered.
    pub exchange: &'a Exchange,
    /// The demo people.
    pub people: &'a [PersonView],
    /// Whether the request asks for a fresh sign-in.
    pub is_forced: bool,
    /// Whether the request asks not to show any page.
    pub is_passive: bool,
    /// The menu of faults.
    pub faults: FaultMenu,
}

/// What the menu of faults shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultMenu {
    /// The chosen one.
    pub chosen: Fault,
    /// Whether to stop before sending.
    pub is_shown_first: bool,
    /// Whether there is a previous answer to replay.
    pub has_previous: bool,
}

impl FaultMenu {
    fn is_chosen(self, fault: Fault) -> bool {
        self.chosen == fault
    }

    /// There must be something to send again.
    fn is_disabled(self, fault: Fault) -> bool {
        fault == Fault::Replayed && !self.has_previous
    }
}

/// The same with everything that would be sent, to change it.
#[derive(Debug, Template)]
#[template(path = "idp_edit.html")]
pub struct EditPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Where the form goes.
    pub action: &'a str,
    /// What is answered.
    pub exchange: &'a Exchange,
    /// The hidden fields that say who signs in.
    pub who: &'a [(&'static str, String)],
    /// Their name.
    pub name: &'a str,
    /// What would be sent.
    pub edited: &'a Edited,
    /// The formats to choose from.
    pub formats: &'a [&'a str],
    /// The menu of faults.
    pub faults: FaultMenu,
}

impl EditPage<'_> {
    /// The part of a format's URN that people know it by.
    fn short(format: &str) -> &str {
        format.rsplit_once(':').map_or(format, |(_, name)| name)
    }

    /// The rows to show: one empty one at the end, so that adding one attribute needs no button.
    fn rows(&self) -> Vec<Row> {
        let mut rows = self.edited.rows.clone();
        if rows.last().is_none_or(|row| !row.name.is_empty()) {
            rows.push(Row::default());
        }
        rows
    }
}

/// On the way to the service provider.
#[derive(Template)]
#[template(path = "idp_send.html")]
pub struct SendPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Where the answer goes.
    pub acs_url: &'a str,
    /// The answer, base64.
    pub saml_response: &'a str,
    /// Goes back as it came.
    pub relay_state: Option<&'a str>,
    /// The answer in clear, when the person asked to see it first.
    pub xml: Option<&'a str>,
}

/// Something cannot be done.
#[derive(Debug, Template)]
#[template(path = "idp_problem.html")]
pub struct ProblemPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What, and what to do.
    pub sentence: &'a str,
}
