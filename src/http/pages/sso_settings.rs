//! The page of a connection's settings: what it does with people, and how strictly it judges. No Debug where a form's token
//! is inside.

use askama::Template;
use gatepost_saml::policy::Relaxation;

use super::Frame;
use super::console::Around;
use super::fields::Wrong;
use super::sso::{Tab, title};
use crate::base::Instant;
use crate::directory::day::Day;
use crate::directory::preset::{IdpInitiated, Product};
use crate::directory::state::ConnectionState;
use crate::flow::connection::show::Detail;
use crate::flow::connection::strictness::{OFFERED, Strictness, binding_choices, unverified_choices};
use crate::words::Message;

/// What an owner changes of a connection, as it stands or as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Its name.
    pub name: String,
    /// The product.
    pub product: String,
    /// What an answer that nobody asked for leads to.
    pub idp_initiated: String,
    /// Whether people are made.
    pub provisioning: String,
    /// Whether verified addresses lead to known users.
    pub link_by_email: bool,
    /// Whether everybody proves anew who they are.
    pub force_authn: bool,
    /// Whether our requests are signed.
    pub is_request_signed: bool,
    /// Whether sessions end with the identity provider's.
    pub ends_with_idp: bool,
    /// Whether new keys in the metadata wait for an owner's word.
    pub asks_before_keys: bool,
}

/// `…/sso/{connection}/settings`.
#[derive(Template)]
#[template(path = "sso_settings.html")]
pub struct SettingsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The connection.
    pub detail: &'a Detail,
    /// What is chosen.
    pub chosen: &'a Choices,
    /// How strictly it judges, for those who may decide that.
    pub strictness: Option<&'a Strictness>,
    /// What is wrong with what was sent.
    pub wrong: &'a Wrong,
    /// The clock.
    pub now: Instant,
    /// Whether it was sent, and nothing was different.
    pub is_unchanged: bool,
    /// The revisions that the two forms were filled in from.
    pub seen: (i64, i64),
}

impl SettingsPage<'_> {
    fn is_active(&self) -> bool {
        self.detail.view.state == ConnectionState::Active
    }

    fn products(&self) -> Vec<(&'static str, String)> {
        let text = self.frame.sso();
        Product::ALL.iter().map(|product| (product.name(), title(*product, text))).collect()
    }

    fn unasked(&self) -> [(&'static str, Message); 3] {
        let text = self.frame.sso();
        [
            (IdpInitiated::Restart.name(), text.settings_restart),
            (IdpInitiated::Accept.name(), text.settings_accept),
            (IdpInitiated::Refuse.name(), text.settings_refuse),
        ]
    }

    fn provisioning(&self) -> [(&'static str, Message); 2] {
        let text = self.frame.sso();
        [("create", text.settings_create), ("match_only", text.settings_match_only)]
    }

    /// What may be allowed: what it is about, and what stands there.
    fn groups(&self) -> [(Message, &'static [Relaxation]); 3] {
        let text = &self.frame.text.strictness;
        let (signatures, rest) = OFFERED.split_at(4);
        let (encryption, content) = rest.split_at(2);
        [(text.of_signatures, signatures), (text.of_encryption, encryption), (text.of_content, content)]
    }

    /// What is given away by allowing it.
    const fn gives(&self, relaxation: Relaxation) -> Message {
        let text = &self.frame.text.strictness;
        match relaxation {
            Relaxation::Sha1 => text.gives_sha1,
            Relaxation::Rsa1024 => text.gives_rsa_1024,
            Relaxation::InclusiveC14n => text.gives_inclusive_c14n,
            Relaxation::EmptyReferenceUri => text.gives_empty_reference_uri,
            Relaxation::Rsa15 => text.gives_rsa_1_5,
            Relaxation::TripleDes => text.gives_tripledes,
            Relaxation::NoAuthnStatement => text.gives_no_authn_statement,
            // The setting for it is above.
            Relaxation::Unsolicited | Relaxation::UnknownInResponseTo => self.frame.sso().settings_unasked,
        }
    }

    fn until_field(relaxation: Relaxation) -> String {
        format!("until_{}", relaxation.name())
    }

    /// Whether something is allowed by its name alone: its day has passed.
    fn has_ended(&self, strictness: &Strictness, relaxation: Relaxation) -> bool {
        let day = strictness.until(relaxation).parse::<Day>();
        strictness.allows(relaxation) && day.is_ok_and(|day| day.ends_at() <= self.now)
    }

    fn unverified(&self) -> Vec<(String, Message)> {
        let text = &self.frame.text.strictness;
        let said =
            [text.unverified_usual, text.unverified_refuse, text.unverified_drop, text.unverified_keep];
        unverified_choices().into_iter().zip(said).collect()
    }

    fn bindings(&self) -> Vec<(String, Message)> {
        let text = &self.frame.text.strictness;
        let said = [text.binding_usual, text.binding_redirect, text.binding_post];
        binding_choices().into_iter().zip(said).collect()
    }

    fn switches(&self) -> [(&'static str, Message, bool); 3] {
        let (text, chosen) = (self.frame.sso(), self.chosen);
        [
            ("force_authn", text.settings_force, chosen.force_authn),
            ("is_request_signed", text.settings_sign, chosen.is_request_signed),
            ("ends_with_idp", text.settings_session_end, chosen.ends_with_idp),
        ]
    }
}
