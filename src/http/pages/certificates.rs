//! The page of the keys of both sides: the identity provider's certificates, its metadata, and our own keys. No Debug where
//! a form's token is inside.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::console::{Around, Mood};
use super::sso::{PasteForm, Tab};
use crate::base::time::DAY_SECONDS;
use crate::directory::preset::Product;
use crate::directory::state::{KeyPurpose, KeyState};
use crate::flow::connection::drift::DriftView;
use crate::flow::connection::revision::Source;
use crate::flow::connection::show::{Detail, KeyView};
use crate::flow::connection::unknown_key::UnknownKeyView;
use crate::flow::keys::sp::{SpKeyView, Use};
use crate::words::mend::Topic;
use crate::words::{Message, days_left, moment};

const SOON_DAYS: i64 = 30;

/// `…/sso/{connection}/certificates`.
#[derive(Template)]
#[template(path = "sso_certificates.html")]
pub struct CertificatesPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The connection.
    pub detail: &'a Detail,
    /// The product behind it.
    pub product: Product,
    /// The clock.
    pub now: Instant,
    /// Certificates that wait for an owner's word.
    pub unknown: &'a [UnknownKeyView],
    /// What the metadata says that waits for an owner's word.
    pub drift: Option<&'a DriftView>,
    /// Our own keys, oldest first.
    pub own: &'a [SpKeyView],
    /// Which of them the last sign-ins were encrypted to.
    pub uses: &'a [Use],
    /// The box for the next certificate.
    pub form: PasteForm<'a>,
    /// What to say of what was just done.
    pub note: Option<Message>,
    /// Whether whoever looks may try changes on the sign-ins of before.
    pub is_tryable: bool,
}

/// A line of what would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// It stays.
    Same(&'a str),
    /// It goes.
    Gone(&'a str),
    /// It comes.
    New(&'a str),
}

impl CertificatesPage<'_> {
    fn here(&self) -> String {
        format!("{}/{}", self.base, self.detail.view.id)
    }

    /// How long a certificate still lasts.
    fn validity(&self, key: &KeyView) -> (Mood, String) {
        let text = self.frame.sso();
        let days = key.not_after.seconds_since(self.now).div_euclid(DAY_SECONDS);
        if key.not_before > self.now {
            return (Mood::Off, text.key_future.with("at", moment(key.not_before)).to_string());
        }
        if days < 0 {
            return (Mood::Warn, text.key_ended.with("at", moment(key.not_after)).to_string());
        }
        let mood = if days < SOON_DAYS { Mood::Warn } else { Mood::Good };
        (mood, days_left(days, [text.key_in_a_day, text.key_in_one_day, text.key_days]))
    }

    const fn source(&self, key: &KeyView) -> Message {
        match key.source {
            Source::Certificate => self.frame.sso().key_given,
            // Metadata that was given as a document is never looked at again.
            Source::Metadata if self.detail.metadata.is_none() => self.frame.sso().key_of_file,
            Source::Metadata => self.frame.sso().key_of_metadata,
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &UnknownKeyView> {
        self.unknown.iter().filter(|key| key.declined_at.is_none())
    }

    fn declined(&self) -> impl Iterator<Item = &UnknownKeyView> {
        self.unknown.iter().filter(|key| key.declined_at.is_some())
    }

    fn has_declined(&self) -> bool {
        self.declined().next().is_some()
    }

    /// Where the console shows its certificate, and whether the place is known.
    fn where_to_look(&self) -> Option<String> {
        self.frame.text.console_place(self.product, Topic::Certificate)
    }

    fn drift_kind(&self, drift: &DriftView) -> Message {
        match drift.kind {
            "entity_id" => self.frame.sso().drift_entity_id,
            "keys" => self.frame.sso().drift_keys,
            _ => self.frame.sso().drift_sso_host,
        }
    }

    fn trust(&self, trust: &str) -> Message {
        if trust == "signed" { self.frame.sso().metadata_signed } else { self.frame.sso().metadata_tls }
    }

    const fn own_purpose(&self, key: &SpKeyView) -> Message {
        match key.purpose {
            KeyPurpose::Signing => self.frame.sso().own_signing,
            KeyPurpose::Encryption => self.frame.sso().own_encryption,
        }
    }

    const fn own_state(&self, key: &SpKeyView) -> Message {
        match key.state {
            KeyState::Next => self.frame.sso().own_next,
            KeyState::Active => self.frame.sso().own_active,
            KeyState::Retired => self.frame.sso().own_retired,
        }
    }

    fn is_retired(key: &SpKeyView) -> bool {
        key.state == KeyState::Retired
    }

    /// Since when new keys are published, if they are.
    fn next_since(&self) -> Option<Instant> {
        let next = self.own.iter().filter(|key| key.state == KeyState::Next);
        next.map(|key| key.state_since).max()
    }

    /// When whoever fetches our metadata must know the new keys.
    fn ripe_at(&self) -> Option<Instant> {
        self.next_since().map(|since| since.plus_seconds(i64::from(crate::flow::keys::sp::CACHE_SECONDS)))
    }

    fn is_ripe(&self) -> bool {
        self.ripe_at().is_some_and(|ripe| self.now >= ripe)
    }

    /// Whose sign-ins were encrypted to a key: names and when it last happened.
    fn uses_of(&self, key: &SpKeyView) -> Vec<&Use> {
        self.uses.iter().filter(|found| found.key == key.id).collect()
    }
}

/// A hash in groups of two digits, as people compare it.
pub(super) fn grouped(hex: &str) -> String {
    let pairs: Vec<_> = hex.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    pairs.join(":").to_uppercase()
}

/// What would change, line by line.
fn lines(drift: &DriftView) -> Vec<Line<'_>> {
    let is_in = |all: &[String], one: &String| all.contains(one);
    let mut lines: Vec<_> = drift
        .present
        .iter()
        .map(|line| if is_in(&drift.proposed, line) { Line::Same(line) } else { Line::Gone(line) })
        .collect();
    let new = drift.proposed.iter().filter(|line| !is_in(&drift.present, line));
    lines.extend(new.map(|line| Line::New(line)));
    lines
}
