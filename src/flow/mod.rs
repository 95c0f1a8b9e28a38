//! Rank 4: use cases. Each reads as its steps: load, decide, write, commit.
//!
//! Inputs and outputs are plain structs in the flow's file; no HTTP, no command line. What is decided is decided by the
//! pure modules below ([`gatepost_saml`], [`crate::directory`], [`crate::access`]); what is written, in one transaction.
//!
//! | of | rooms |
//! |---|---|
//! | signing in | [`login`], [`session`], [`attempt`], [`token`] |
//! | what an account decides | [`account`], [`branding`], [`connection`], [`domain`], [`user`], [`webhook`], [`zoom`] |
//! | who gets into the console, and programs | [`console`], [`operator`], [`owner`], [`passkey`], [`link`], [`setup_link`], [`api_key`], `grant`, `standing`, [`belong`] |
//! | what one looks at | [`event`], [`deadline`], [`integrations`], [`overview`], [`health`] |
//! | keys | [`keys`] |
//! | what goes on by itself | [`job`], [`mail`], `notice`, [`sweep`], [`attempt_seal`], [`changes`] |
//! | the whole | [`check`], [`once`], [`rehearse`], [`seen`], `line` |
//!
//! To add a use case: a function `verb(gateway, ctx, input)` in the file of its noun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gatepost_saml::Limits;

use crate::access::Denied;
use crate::base::sentence::{Sentence, sentence};
use crate::base::url::PublicUrl;
use crate::base::{Actor, Clock, Ctx, ReturnTo, Rng};
use crate::config::SecondOpinion;
use crate::outbound;
use crate::storage::seal::SealError;
use crate::storage::{Storage, StorageError};

pub mod account;
pub mod api_key;
pub mod attempt;
pub mod attempt_seal;
pub mod belong;
pub mod branding;
pub mod changes;
pub mod check;
pub mod connection;
pub mod console;
pub mod deadline;
pub mod domain;
pub mod event;
mod grant;
pub mod health;
pub mod integrations;
pub mod job;
pub mod keys;
mod line;
pub mod link;
pub mod login;
pub mod mail;
mod notice;
pub mod once;
pub mod operator;
pub mod overview;
pub mod owner;
pub mod passkey;
pub mod rehearse;
pub mod seen;
pub mod session;
pub mod setup_link;
mod standing;
pub mod sweep;
pub mod token;
pub mod user;
pub mod webhook;
pub mod zoom;

use connection::keys::KeySource;
use keys::signing::Signer;
use session::Lifetimes;
use sweep::Retention;

/// What every flow works with; made once per process. Copies share everything.
#[derive(Debug, Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    storage: Storage,
    kept: Arc<changes::Kept>,
    inputs: Inputs,
    is_ending: AtomicBool,
    has_mail_unsent: AtomicBool,
    signer: Signer,
    zoom: zoom::Kept,
}

/// What flows do not make themselves.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Where `now` comes from.
    pub clock: Clock,
    /// Where tokens and ids come from.
    pub rng: Rng,
    /// Where private keys come from.
    pub keys: KeySource,
    /// Where browsers find us.
    pub public_url: PublicUrl,
    /// Other origins that a sign-in may return to.
    pub return_to_origins: Vec<PublicUrl>,
    /// How much a message may weigh.
    pub limits: Limits,
    /// What fetches from outside: metadata.
    pub outbound: outbound::Client,
    /// What asks DNS: whose a domain is.
    pub dns: outbound::dns::Dns,
    /// What sends mail.
    pub mailer: outbound::mail::Mailer,
    /// What a second engine's opinion counts for.
    pub second_opinion: SecondOpinion,
    /// Whether connections may trust the built-in test keys, which everybody can sign with: on loopback and in tests.
    pub trusts_test_keys: bool,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
    /// For how long what was tried is kept.
    pub retention: Retention,
    /// For whom tokens are made, and what they say.
    pub tokens: token::Settings,
}

impl Gateway {
    /// From its parts.
    #[must_use]
    pub fn new(storage: Storage, inputs: Inputs) -> Self {
        let kept = changes::Kept::new(&storage);
        let (is_ending, has_mail_unsent) = (AtomicBool::new(false), AtomicBool::new(false));
        let (signer, zoom) = (Signer::default(), zoom::Kept::default());
        let inner = Inner { storage, kept, inputs, is_ending, has_mail_unsent, signer, zoom };
        Self { inner: Arc::new(inner) }
    }

    /// A context for a request, job or command that begins now.
    #[must_use]
    pub fn ctx(&self, actor: Actor) -> Ctx {
        Ctx::new(actor, self.inner.inputs.clock.now(), &self.inner.inputs.rng)
    }

    /// Where browsers find us.
    #[must_use]
    pub fn public_url(&self) -> &PublicUrl {
        &self.inner.inputs.public_url
    }

    /// From now on this process says that it is not ready, so that proxies send browsers elsewhere.
    pub fn begin_ending(&self) {
        self.inner.is_ending.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.inner.is_ending.load(Ordering::Relaxed)
    }

    /// Where a browser may go after signing in, if `text` is such a place.
    #[must_use]
    pub fn return_to(&self, text: &str) -> Option<ReturnTo> {
        ReturnTo::parse(text, &self.inner.inputs.public_url, &self.inner.inputs.return_to_origins)
    }

    /// Closes the database; what is under way is finished first.
    pub async fn close(&self) {
        // What was only counted is lost if it cannot be written now.
        let ctx = self.ctx(Actor::Job("end"));
        let _ = login::flush_counts(self, &ctx).await;
        let _ = zoom::event::refusals::flush(self, &ctx).await;
        self.inner.storage.close().await;
    }

    /// How much a message may weigh.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.inner.inputs.limits
    }

    /// How long sessions last.
    #[must_use]
    pub fn lifetimes(&self) -> Lifetimes {
        self.inner.inputs.lifetimes
    }

    fn retention(&self) -> Retention {
        self.inner.inputs.retention
    }

    /// For whom tokens are made, and what they say.
    #[must_use]
    pub fn tokens(&self) -> &token::Settings {
        &self.inner.inputs.tokens
    }

    fn signer(&self) -> &Signer {
        &self.inner.signer
    }

    fn zoom(&self) -> &zoom::Kept {
        &self.inner.zoom
    }

    fn clock(&self) -> &Clock {
        &self.inner.inputs.clock
    }

    fn outbound(&self) -> &outbound::Client {
        &self.inner.inputs.outbound
    }

    fn dns(&self) -> &outbound::dns::Dns {
        &self.inner.inputs.dns
    }

    /// Whether mail reaches anybody.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mailer().is_there()
    }

    /// Whether this process would have sent a mail, and has no settings of mail.
    #[must_use]
    pub fn has_mail_unsent(&self) -> bool {
        self.inner.has_mail_unsent.load(Ordering::Relaxed)
    }

    fn mailer(&self) -> &outbound::mail::Mailer {
        &self.inner.inputs.mailer
    }

    fn second_opinion(&self) -> SecondOpinion {
        self.inner.inputs.second_opinion
    }

    /// The clock, where it is the system's and can be compared with others.
    fn system_now(&self) -> Option<crate::base::Instant> {
        match &self.inner.inputs.clock {
            Clock::System => Some(self.inner.inputs.clock.now()),
            Clock::Manual(_) => None,
        }
    }

    fn trusts_test_keys(&self) -> bool {
        self.inner.inputs.trusts_test_keys
    }

    fn kept(&self) -> &changes::Kept {
        &self.inner.kept
    }

    fn storage(&self) -> &Storage {
        &self.inner.storage
    }

    fn rng(&self) -> &Rng {
        &self.inner.inputs.rng
    }

    fn key_source(&self) -> &KeySource {
        &self.inner.inputs.keys
    }
}

/// Why a use case was not carried out. It knows no HTTP; what people are told is made of it by the skins.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// There is no such thing, or it is another account's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What was given cannot be used; a plain sentence: `FlowError::Invalid(sentence!("…"))`, or `error.into()` for an error
    /// of a lower room that is [`Told`](crate::base::sentence::Told).
    #[error("{}", .0.english())]
    Invalid(Sentence),
    /// What is to be changed was changed since the caller looked at it.
    #[error("{}", Self::stale().english())]
    Stale,
    /// The database cannot do it now: busy, full, gone. Trying again may help.
    #[error(transparent)]
    Unavailable(StorageError),
    /// The database holds what it must not, or a sealed value does not open. Trying again does not help.
    #[error(transparent)]
    Broken(StorageError),
    /// A defect of ours, or of the machine's.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl FlowError {
    /// What whoever is [`Stale`](Self::Stale) is told.
    #[must_use]
    pub fn stale() -> Sentence {
        sentence!("it was changed since you looked at it; look again and repeat the change")
    }

    /// It, about that field where something given cannot be used, unless it says already what it is about.
    #[must_use]
    pub fn about(self, field: &str) -> Self {
        match self {
            Self::Invalid(wrong) => Self::Invalid(wrong.else_about(field)),
            other => other,
        }
    }
}

impl From<Sentence> for FlowError {
    fn from(sentence: Sentence) -> Self {
        Self::Invalid(sentence)
    }
}

impl From<StorageError> for FlowError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::TakenOver
            | StorageError::Database(_)
            | StorageError::NotCommitted(_)
            | StorageError::NotRead(_) => Self::Unavailable(error),
            // A deleted account, and whatever was in it.
            StorageError::KeysDestroyed => Self::NotFound("account"),
            _ => Self::Broken(error),
        }
    }
}

impl From<SealError> for FlowError {
    fn from(error: SealError) -> Self {
        StorageError::from(error).into()
    }
}
