//! What somebody at the other end may see of a try to sign in: enough to mend it, nothing about the person, and of a
//! decryption that failed never why.
//!
//! # Design
//!
//! What is shown is chosen, not what is hidden: the evidence of the steps that compare addresses, names of systems, keys
//! and times, and no other. Of a status, its codes: what an identity provider says beside them is about people. Remarks are kept where their text is ours alone. On top, whatever looks like an email
//! address, and every value that was mapped from the message, is masked wherever it stands; attributes are told by their
//! names.
//!
//! What the public code does not say is not said here either: such a trace ends at the step that decided, without
//! evidence, so that everything that could go wrong there looks the same.

use std::borrow::Cow;
use std::sync::LazyLock;

use gatepost_saml::code::Code;
use gatepost_saml::trace::{Outcome, Step, Text, Trace};
use gatepost_saml::{Refusal, StepName};
use regex::Regex;

use super::AttemptView;
use crate::base::Instant;
use crate::base::id::AttemptId;
use crate::directory::mapping::Lineage;
use crate::directory::preset::Product;
use crate::directory::state;

/// What stands in the place of what is personal.
pub const MASK: &str = "•••";
/// Shorter values stand in many texts by chance.
const SHORT: usize = 4;

/// An attempt as a link shows it.
#[derive(Debug, Clone)]
pub struct Redacted {
    /// Its id: the reference.
    pub id: AttemptId,
    /// When.
    pub at: Instant,
    /// How it ended.
    pub outcome: state::Outcome,
    /// The account's name.
    pub account_name: String,
    /// The connection's name.
    pub connection_name: String,
    /// The product, in whose words the mend is told.
    pub product: Product,
    /// Every step, without what is personal.
    pub trace: Trace,
    /// Why it was refused, as far as may be said in public.
    pub code: Option<Code>,
    /// What was mapped: the field, and what it was taken from. No values.
    pub mapped: Vec<(String, String)>,
    /// What the other end should have.
    pub ours: Ours,
}

/// Our side of a connection, and until when it is shown.
#[derive(Debug, Clone)]
pub struct Ours {
    /// Our entity ID.
    pub entity_id: String,
    /// Where responses are posted.
    pub acs_url: String,
    /// When the link ends.
    pub expires_at: Instant,
}

/// What may be shown of `view`.
#[must_use]
pub fn redact(view: AttemptView, ours: Ours) -> Redacted {
    let mapping = view.stored.mapping.unwrap_or_default();
    let mask = Mask::of(&mapping);
    let mut trace = view.stored.trace;
    let refusal = view.stored.refusal.map(|refusal| close(&mut trace, refusal));
    for step in &mut trace.steps {
        let tells = tells_of_systems(step.name) && step.code.is_none_or(tells_nothing_of_people);
        for text in [&mut step.wanted, &mut step.found] {
            let shown = text.take().filter(|_| tells);
            let is_status = step.name == StepName::Status && step.code != Some(Code::MessageMalformed);
            let shown = if is_status { shown.and_then(|text| status_codes(&text)) } else { shown };
            *text = shown.map(|text| mask.text(text));
        }
    }
    trace.warnings.retain(|warning| is_ours(&warning.code));
    for warning in &mut trace.warnings {
        warning.text = mask.text(std::mem::take(&mut warning.text));
    }
    let claims = &mut trace.unverified;
    for claim in [&mut claims.issuer, &mut claims.destination, &mut claims.in_response_to] {
        *claim = claim.take().map(|text| mask.text(Cow::Owned(text)).into_owned());
    }
    let taken_from = |field: crate::directory::mapping::MappedField| {
        let source = if field.source.starts_with("constant:") { "constant".to_owned() } else { field.source };
        (field.field, field.attribute.unwrap_or(source))
    };
    Redacted {
        id: view.id,
        at: view.at,
        outcome: view.outcome,
        account_name: view.account_name,
        connection_name: view.connection_name,
        product: view.product,
        trace,
        code: refusal.map(|refusal| refusal.public_code),
        mapped: mapping.fields.into_iter().map(taken_from).collect(),
        ours,
    }
}

/// Takes out of a trace what strangers may not know, and says why the message was refused as far as they may: anybody can
/// send a ciphertext, and what comes to light once it is opened tells, asked often enough, what is in any.
pub(in crate::flow) fn close(trace: &mut Trace, refusal: Refusal) -> Refusal {
    let has_failed = (refusal.step, refusal.code) == (StepName::Decryption, Code::DecryptionFailed);
    if refusal.code == refusal.public_code && !has_failed {
        return refusal;
    }
    // What came after a decryption tells that it went well.
    let is_decryption = refusal.public_code == Code::DecryptionFailed;
    let step = if is_decryption { StepName::Decryption } else { refusal.step };
    end_at(trace, step, refusal.public_code);
    Refusal { code: refusal.public_code, step, ..refusal }
}

/// The trace as if nothing was known of what happened at `step` and after it.
fn end_at(trace: &mut Trace, step: StepName, public: Code) {
    let at = trace.steps.iter().position(|known| known.name == step).unwrap_or_default();
    for (index, known) in trace.steps.iter_mut().enumerate() {
        if index >= at {
            let skipped =
                Step { name: known.name, outcome: Outcome::Skip, code: None, wanted: None, found: None };
            *known = skipped;
        }
        if index == at {
            (known.outcome, known.code) = (Outcome::Fail, Some(public));
        }
    }
    trace.warnings.clear();
    trace.signed.clear();
    trace.encrypted = None;
}

/// Whether what a step compares is about addresses, names of systems, keys and times.
const fn tells_of_systems(step: StepName) -> bool {
    matches!(
        step,
        StepName::Input
            | StepName::Size
            | StepName::Xml
            | StepName::Root
            | StepName::Version
            | StepName::Destination
            | StepName::Issuer
            | StepName::Status
            | StepName::MessageSignature
            | StepName::ResponseSignature
            | StepName::AssertionCount
            | StepName::AssertionSignature
            | StepName::Coverage
            | StepName::AssertionIssuer
            | StepName::Confirmation
            | StepName::InResponseTo
            | StepName::ConditionsTime
            | StepName::Audience
            | StepName::ConditionsOther
            | StepName::AuthnStatement
            | StepName::AuthnContext
            | StepName::SessionEnd
            | StepName::Mapping
    )
}

/// The status codes of saml-core 3.2.2.2 in the evidence of the step, without what else stands there.
pub(in crate::flow) fn status_codes(text: &str) -> Option<Text> {
    const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:status:";
    let is_code = |part: &&str| {
        let name = part.strip_prefix(PREFIX).unwrap_or_default();
        // The longest that there is has 24.
        (1..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let codes: Vec<_> = text.split("; ").take(2).take_while(is_code).collect();
    (!codes.is_empty()).then(|| Cow::Owned(codes.join("; ")))
}

/// Codes of the step `mapping` whose evidence names attributes; the others' is about people.
const fn tells_nothing_of_people(code: Code) -> bool {
    !matches!(
        code,
        Code::UserUnknown
            | Code::UserDisabled
            | Code::UserConflict
            | Code::ExternalIdConflict
            | Code::EmailUnverified
    )
}

/// Whether the text of a remark of that code holds nothing of the message but names.
pub(in crate::flow) fn is_ours(code: &str) -> bool {
    code != "role_reserved"
}

/// What is masked.
struct Mask(Vec<String>);

impl Mask {
    fn of(mapping: &Lineage) -> Self {
        let values = mapping.fields.iter().filter(|field| !field.source.starts_with("constant:"));
        let values = values.flat_map(|field| field.values.iter().chain(field.sent.iter().flatten()));
        let mut values: Vec<_> = values.filter(|value| value.chars().count() >= SHORT).cloned().collect();
        // The longest first, so that none leaves a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Self(values)
    }

    fn text(&self, text: Text) -> Text {
        static ADDRESS: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r#"[^\s@<>"'/:;,]+@[^\s@<>"'/:;,]+\.[^\s@<>"'/:;,]+"#).ok());
        let mut masked = text.into_owned();
        for value in self.0.iter().filter(|value| !is_name_of_system(value)) {
            masked = masked.replace(value.as_str(), MASK);
        }
        // Without the pattern nothing can be told to be no address.
        match ADDRESS.as_ref() {
            Some(address) => Cow::Owned(address.replace_all(&masked, MASK).into_owned()),
            None => Cow::Borrowed(MASK),
        }
    }
}

/// Addresses of systems stand in what has to be mended, and are nobody's name.
fn is_name_of_system(value: &str) -> bool {
    value.starts_with("https://") || value.starts_with("http://") || value.starts_with("urn:")
}
