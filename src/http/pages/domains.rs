//! The email domains of an account: in the console, and behind a setup link.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::console::Around;
use crate::directory::domain_proof::Sight;
use crate::directory::state::{DomainSight, DomainState};
use crate::flow::domain::{DomainView, GuestView};
use crate::words::{ConsoleText, DomainsText, Message, day, moment};

/// `/console/at/{account}/domains`.
#[derive(Template)]
#[template(path = "console_domains.html")]
pub struct DomainsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The domains, and what is done with them.
    pub list: DomainList<'a>,
    /// Single addresses that are let in.
    pub guests: &'a [GuestView],
    /// Where the others are.
    pub more_guests: Option<String>,
    /// Whether whoever looks may vouch for a domain.
    pub may_vouch: bool,
}

/// `/setup-domains`: the same behind a setup link, without what is beside proving.
#[derive(Template)]
#[template(path = "setup_domains.html")]
pub struct SetupDomainsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name.
    pub account: &'a str,
    /// The domains, and what is done with them.
    pub list: DomainList<'a>,
}

/// The domains of an account. No Debug: the token of forms is a secret.
pub struct DomainList<'a> {
    /// The texts.
    pub text: &'static DomainsText,
    /// The texts of all of the console.
    pub console: &'static ConsoleText,
    /// What the addresses of forms begin with.
    pub base: &'a str,
    /// What forms carry.
    pub token: &'a str,
    /// The domains by name.
    pub domains: &'a [DomainRow<'a>],
    /// The connections that people may sign in by, with their names; none where that is not to be set here.
    pub connections: &'a [(String, String)],
    /// What was typed.
    pub typed: &'a str,
    /// Where the others are.
    pub more: Option<String>,
}

/// A domain.
#[derive(Debug, Clone)]
pub struct DomainRow<'a> {
    /// The domain.
    pub domain: &'a DomainView,
    /// What was just seen in DNS.
    pub sight: Option<&'a Sight>,
    /// By which connection its people sign in.
    pub connection: String,
    /// Whether it is for whoever looks to give up.
    pub is_theirs: bool,
}

impl<'a> DomainRow<'a> {
    /// A domain as the page shows it, with what was just seen if this is the one that was asked for.
    #[must_use]
    pub fn new(domain: &'a DomainView, sight: Option<&'a Sight>, is_theirs: bool) -> Self {
        let connection = domain.connection_id.map(|id| id.to_string()).unwrap_or_default();
        Self { domain, sight, connection, is_theirs }
    }

    fn is_proved(&self) -> bool {
        self.domain.state == DomainState::Proved
    }

    fn state(&self, text: &DomainsText) -> Message {
        if self.is_proved() { text.state_proved } else { text.state_pending }
    }

    fn how(&self, text: &DomainsText) -> Option<String> {
        match &self.domain.reason {
            _ if !self.is_proved() => None,
            None => Some(text.by_dns.to_string()),
            Some(reason) => Some(text.by_operator.with("reason", reason).to_string()),
        }
    }

    fn missing(&self, text: &DomainsText) -> Option<String> {
        self.domain.lost_at.map(|at| text.missing.with("date", day(at)).to_string())
    }

    /// When DNS was looked at last, and what was seen there; nothing of what an operator vouches for.
    fn seen(&self, text: &DomainsText) -> Option<(Instant, String, bool)> {
        if self.is_proved() && !self.domain.is_by_dns {
            return None;
        }
        let (at, is) = self.domain.checked?;
        let found = self.sight.and_then(|sight| sight.at.as_deref());
        // Where a misplaced record was is told to whoever looked, and not remembered.
        let told = if is == DomainSight::Misplaced && found.is_none() { DomainSight::NoRecord } else { is };
        let said = text.sight(told).with("name", &self.domain.record_name).with("domain", &self.domain.name);
        Some((at, said.with("found", found.unwrap_or_default()).to_string(), is == DomainSight::Proof))
    }

    fn values(&self) -> &[String] {
        self.sight.filter(|sight| sight.is == DomainSight::OtherValues).map_or(&[], |sight| &sight.values)
    }
}
