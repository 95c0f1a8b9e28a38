//! Recorded messages judged once more, by any settings: as of when they came, with the engine's and the mapping's own
//! functions. Nothing is written, nothing is used up.
//!
//! What is not looked at: who is known here (whether somebody is shut out, or a new person), whether an assertion was used
//! before, what a second engine says, and what else only the database says. Those are the same whatever the settings are.
//! Nor is it known when a request was sent, so that nothing is said of whoever should have proved anew who they are.
//! What is allowed until some day is so as of now: a message that it let in then is refused after that day.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatepost_saml::binding::Wire;
use gatepost_saml::response;
use gatepost_saml::trace::{self, Trace};
use gatepost_saml::trust::Trust;
use gatepost_saml::{Code, Refusal, StepName};

use super::alias;
use super::load::{self, Loaded};
use super::revision::{Key, Version};
use super::test_keys;
use crate::base::id::AttemptId;
use crate::base::{Ctx, Instant};
use crate::directory::email::EmailVerdict;
use crate::directory::mapping::{Lineage, Profile, Rules};
use crate::directory::state::Outcome;
use crate::directory::statement::Statement;
use crate::flow::attempt::redact;
use crate::flow::login::message::{self, Request};
use crate::flow::login::pending::Handle;
use crate::flow::login::{StoredTrace, statement, understand};
use crate::flow::{FlowError, Gateway};
use crate::storage::attempt::{self, Pile};
use crate::storage::{StorageError, Tx, guest};

/// A recorded message.
pub(super) struct Recorded {
    pub(super) attempt: AttemptId,
    pub(super) at: Instant,
    pub(super) outcome: Outcome,
    pub(super) code: Option<String>,
    /// As it was posted.
    pub(super) raw: Vec<u8>,
    /// The request that it answered, as far as that is known.
    pub(super) pending: Option<String>,
}

/// What a connection judges with.
pub(super) struct Judge {
    loaded: Loaded,
    engine: response::Settings,
    rules: Rules,
    /// Other addresses of the ACS.
    others: Vec<String>,
    /// Whether it is told no more than strangers may know.
    is_veiled: bool,
}

/// What a message comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it would sign somebody in.
    pub is_accepted: bool,
    /// Whether it would be begun anew: nobody had asked for it.
    pub is_restarted: bool,
    /// Why it would be refused.
    pub code: Option<Code>,
    /// The step that decides, with what is wanted and found.
    pub step: Option<StepName>,
    /// What the settings ask for.
    pub wanted: Option<String>,
    /// What the message says.
    pub found: Option<String>,
    /// Whom it names and what would be known of them: field and values.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// A verdict, and what was read on the way to it.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) statement: Option<Statement>,
    pub(super) lineage: Lineage,
}

/// The last messages of a connection, the newest first, `limit` at most.
pub(super) async fn recorded(tx: &mut Tx, loaded: &Loaded, limit: usize) -> Result<Vec<Recorded>, FlowError> {
    let (account_id, connection_id) = (loaded.account.id, loaded.connection.id);
    let mut found = Vec::new();
    for outcome in [Outcome::Accepted, Outcome::Refused, Outcome::Restarted, Outcome::Tested] {
        let pile = Pile { account_id, connection_id, outcome };
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        found.extend(attempt::list_messages(tx, pile, most, &loaded.keys).await?);
    }
    found.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    found.truncate(limit);
    let mut recorded = Vec::new();
    for (id, raw) in found {
        recorded.extend(with_raw(tx, loaded, (id, raw.to_vec())).await?);
    }
    Ok(recorded)
}

/// The recorded message of an attempt by the connection, if it is kept.
pub(super) async fn one(tx: &mut Tx, loaded: &Loaded, id: AttemptId) -> Result<Option<Recorded>, FlowError> {
    match attempt::find_message(tx, loaded.account.id, id, &loaded.keys).await? {
        Some(raw) => with_raw(tx, loaded, (id, raw.to_vec())).await,
        None => Ok(None),
    }
}

async fn with_raw(
    tx: &mut Tx,
    loaded: &Loaded,
    (id, raw): (AttemptId, Vec<u8>),
) -> Result<Option<Recorded>, FlowError> {
    let account = loaded.account.id;
    let Some(attempt) = attempt::find(tx, account, id).await? else { return Ok(None) };
    if attempt.connection_id != loaded.connection.id {
        return Ok(None);
    }
    let stored = attempt::find_trace(tx, account, id, &loaded.keys).await?;
    let stored = stored.and_then(|stored| StoredTrace::read(&stored));
    Ok(Some(Recorded {
        attempt: id,
        at: attempt.created_at,
        outcome: attempt.outcome,
        code: attempt.code,
        raw,
        pending: stored.and_then(|stored| pending(&stored.trace)),
    }))
}

/// The request that a message answered. Where it did not come so far that this was looked at, it is taken at its word.
fn pending(trace: &Trace) -> Option<String> {
    let step = trace.step(StepName::InResponseTo)?;
    if step.outcome == trace::Outcome::Skip {
        return trace.unverified.in_response_to.clone();
    }
    let wanted = step.wanted.as_deref()?;
    Handle::parse(wanted).map(|_| wanted.to_owned())
}

impl Judge {
    /// What a connection judges with if it is `version`.
    pub(super) async fn new(
        gateway: &Gateway,
        tx: &mut Tx,
        mut loaded: Loaded,
        version: &Version,
    ) -> Result<Self, FlowError> {
        let is_stored = loaded.settings.mapping == version.settings.mapping;
        loaded.settings = version.settings.clone();
        loaded.connection.idp_entity_id.clone_from(&version.idp_entity_id);
        let mut engine = loaded.engine(gateway, tx).await?;
        let mut trusted = version.keys.iter().map(Key::read).collect::<Result<Vec<_>, _>>()?;
        test_keys::keep_out(gateway, &mut trusted)?;
        engine.idp.trust = Trust::from_keys(trusted).ok_or(StorageError::Corrupt("idp_keys"))?;
        let rules = if is_stored {
            load::ready_as_stored(&loaded.settings).await?
        } else {
            load::ready(&loaded.settings).await?
        };
        let agreed = (loaded.connection.id, loaded.service_provider.acs_url.as_str());
        let others = alias::of(tx, agreed).await?;
        Ok(Self { loaded, engine, rules, others, is_veiled: false })
    }

    /// The same without our keys: nothing that is encrypted is opened.
    pub(super) fn closed(mut self) -> Self {
        self.engine.sp.decryption_keys.clear();
        self
    }

    /// The same for whoever may not read messages: of what comes to light in a ciphertext that no signature protects, it says
    /// no more than strangers may know.
    pub(super) fn veiled(mut self) -> Self {
        self.is_veiled = true;
        self
    }

    /// What a recorded message comes to, as of when it came.
    pub(super) async fn judge(&self, tx: &mut Tx, recorded: &Recorded) -> Result<Judged, FlowError> {
        let pending = recorded.pending.as_deref();
        self.judge_at(tx, &Wire::Base64(&recorded.raw), (recorded.at, pending)).await
    }

    /// What a message comes to at that moment.
    pub(super) async fn judge_at(
        &self,
        tx: &mut Tx,
        wire: &Wire<'_>,
        (now, pending): (Instant, Option<&str>),
    ) -> Result<Judged, FlowError> {
        let settings = &self.loaded.settings;
        // When it was sent is not known, so nothing can be said of whoever should have proved anew who they are.
        let request =
            pending.map(|id| Request { id, contexts: &settings.authn_contexts, forced_since: None });
        let mut engine = Cow::Borrowed(&self.engine);
        let judge = |engine: &response::Settings| message::judge((wire, now), (settings, engine), request);
        let code = |(_, verdict): &(Trace, message::Verdict)| verdict.code();
        let others = async { Ok(self.others.clone()) };
        let (mut trace, verdict) = alias::at_any(&mut engine, others, judge, code).await?;
        let mut refused = |refusal: Refusal, is_restarted| {
            let refusal = if self.is_veiled { redact::close(&mut trace, refusal) } else { refusal };
            let verdict = Verdict { is_restarted, ..refused_by(&trace, refusal.code) };
            Ok(Judged { verdict, statement: None, lineage: Lineage::default() })
        };
        let assertion = match verdict {
            message::Verdict::Good { assertion, .. } => assertion,
            message::Verdict::Stray(_, refusal) => return refused(refusal, true),
            message::Verdict::Refused(refusal) => return refused(refusal, false),
        };
        self.understand(tx, &mut trace, statement(&assertion)).await
    }

    /// What a statement comes to, wherever it is from.
    pub(super) async fn understand(
        &self,
        tx: &mut Tx,
        trace: &mut Trace,
        statement: Statement,
    ) -> Result<Judged, FlowError> {
        let loaded = &self.loaded;
        let names = (loaded.connection.idp_entity_id.as_str(), loaded.service_provider.entity_id.as_str());
        let by = (&loaded.settings.subject, &self.rules);
        let understood = match understand(trace, by, names, &statement) {
            Ok(understood) => understood,
            Err(refusal) => {
                let (lineage, _) = self.rules.apply(&statement);
                let verdict = refused_by(trace, refusal.code);
                return Ok(Judged { verdict, statement: Some(statement), lineage });
            }
        };
        let (mapped, mut lineage) = (understood.mapped, understood.lineage);
        lineage.email = match &mapped.email {
            Some(email) => Some(judge_email(tx, loaded, email).await?),
            None => None,
        };
        let from = loaded.connection.id.to_string();
        let (profile, role) = match lineage.email {
            Some(EmailVerdict::Dropped) => mapped.without_email().onto(None, &from),
            _ => mapped.onto(None, &from),
        };
        let mut fields = fields(&profile);
        fields.insert("role".to_owned(), vec![role.name().to_owned()]);
        fields.insert("subject".to_owned(), vec![understood.subject.shown]);
        fields.extend(mapped.external_id.map(|id| ("external_id".to_owned(), vec![id])));
        let mut verdict = Verdict { is_accepted: true, fields, ..Verdict::default() };
        if lineage.email == Some(EmailVerdict::Refused) {
            (verdict.is_accepted, verdict.code) = (false, Some(Code::EmailUnverified));
            verdict.step = Some(StepName::Mapping);
        }
        Ok(Judged { verdict, statement: Some(statement), lineage })
    }

    /// What it judges with, where that has to be known outside.
    pub(super) const fn limits(&self) -> &gatepost_saml::Limits {
        &self.engine.limits
    }
}

/// What becomes of an address that a connection gives, as long as it is not known who comes with it.
pub(in crate::flow) async fn judge_email(
    tx: &mut Tx,
    loaded: &Loaded,
    email: &str,
) -> Result<EmailVerdict, FlowError> {
    let rules = loaded.email_rules();
    let verdict = rules.judge(email, false);
    if verdict.is_kept() {
        return Ok(verdict);
    }
    let is_guest = guest::find(tx, loaded.account.id, email, &loaded.keys).await?.is_some();
    Ok(rules.judge(email, is_guest))
}

fn refused_by(trace: &Trace, code: Code) -> Verdict {
    let failed = trace.steps.iter().find(|step| step.code == Some(code));
    let text = |text: &Option<trace::Text>| text.as_ref().map(ToString::to_string);
    Verdict {
        code: Some(code),
        step: failed.map(|step| step.name),
        wanted: failed.and_then(|step| text(&step.wanted)),
        found: failed.and_then(|step| text(&step.found)),
        ..Verdict::default()
    }
}

/// What would be known of somebody, field by field.
fn fields(profile: &Profile) -> BTreeMap<String, Vec<String>> {
    let known = crate::flow::user::origin::known(profile, None);
    known.into_iter().map(|known| (known.field, known.values)).collect()
}

/// Lets others have a turn: judging takes a while, and sign-ins are judged on the same threads.
pub(super) async fn rest() {
    tokio::task::yield_now().await;
}

/// A moment that a message says it was made at, if it says one: good for judging a pasted one as of then.
pub(super) fn issued_at(xml: &[u8], ctx: &Ctx, limits: &gatepost_saml::Limits) -> Instant {
    let document = gatepost_saml::xml::parse(xml, limits).ok();
    let instant = document.and_then(|document| {
        let root = document.root();
        root.attribute("IssueInstant").and_then(|text| Instant::parse(&text).ok())
    });
    instant.unwrap_or(ctx.now)
}
