//! The trace of a judgement: every step in order, with what was wanted and what was found.
//!
//! A trace is data: it is stored as it stands (version [`TRACE_VERSION`]) and put into words when it is read. It may
//! hold claims of an unverified message; a subject is never among them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::code::{Code, StepName};
use crate::policy::{Relaxation, Relaxations};

/// The version of the stored form.
pub const TRACE_VERSION: u32 = 1;

/// A message cannot make its trace longer than this.
pub const MAX_WARNINGS: usize = 50;

/// A text in a trace: often a constant, else taken from the message or the settings.
pub type Text = Cow<'static, str>;

/// The kinds of message that are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// `samlp:Response`.
    Response,
    /// `samlp:LogoutRequest`.
    LogoutRequest,
    /// `samlp:LogoutResponse`.
    LogoutResponse,
    /// `md:EntityDescriptor` or `md:EntitiesDescriptor`.
    Metadata,
}

impl MessageKind {
    /// The steps that a message of this kind goes through.
    #[must_use]
    pub const fn steps(self) -> &'static [StepName] {
        match self {
            Self::Response => &StepName::RESPONSE,
            Self::LogoutRequest | Self::LogoutResponse => &StepName::LOGOUT,
            Self::Metadata => &StepName::METADATA,
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The check held.
    Pass,
    /// The check failed; the first failing step decides.
    Fail,
    /// The check was not reached or does not apply.
    Skip,
    /// The check held, with something that an administrator should know.
    Warn,
}

/// One step of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which step.
    pub name: StepName,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What the settings ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Text>,
    /// What the message says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Text>,
}

/// A signature that verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureEvidence {
    /// `response`, `assertion`, `message` or `metadata`.
    pub element: Text,
    /// Signature algorithm URI.
    pub algorithm: Text,
    /// Digest algorithm URI; of the signature itself in the Redirect binding.
    pub digest: Text,
    /// Canonicalization URI; absent in the Redirect binding.
    pub canonicalization: Option<Text>,
    /// SHA-256 of the trusted key's SubjectPublicKeyInfo, hex.
    pub spki_sha256: String,
    /// SHA-256 of the configured certificate that holds the key, hex.
    pub certificate_sha256: Option<String>,
}

/// What was decrypted, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionEvidence {
    /// `assertion` or `name_id`.
    pub element: Text,
    /// Content encryption URI.
    pub data_algorithm: Text,
    /// Key transport URI.
    pub key_algorithm: Text,
    /// OAEP digest URI.
    pub digest: Option<Text>,
    /// OAEP mask generation URI.
    pub mgf: Option<Text>,
    /// SHA-256 of our key's SubjectPublicKeyInfo, hex.
    pub sp_spki_sha256: String,
}

/// Something an administrator should know although the message was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name.
    pub code: Text,
    /// In words.
    pub text: Text,
}

/// What the message claims, verified or not. Never a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unverified {
    /// The Issuer of the outermost element that has one.
    pub issuer: Option<String>,
    /// Destination of the message.
    pub destination: Option<String>,
    /// `InResponseTo` of the message.
    pub in_response_to: Option<String>,
}

/// Why a message is refused: the code, and the step that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The deciding step.
    pub step: StepName,
    /// What a page, header or metric may say: [`Code::DecryptionFailed`] for everything that could be an oracle on a
    /// ciphertext that no signature protects, else the code itself.
    pub public_code: Code,
}

/// A verdict with its trace.
#[derive(Debug, Clone)]
pub struct Judgement<T> {
    /// The reading of an accepted message, or why it is refused.
    pub verdict: Result<T, Refusal>,
    /// Every step.
    pub trace: Trace,
}

/// The record of one judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// [`TRACE_VERSION`] when it was made.
    pub version: u32,
    /// What was judged.
    pub kind: MessageKind,
    /// One entry per step of the kind, in order; those not reached are `skip`.
    pub steps: Vec<Step>,
    /// The signatures that verified.
    pub signed: Vec<SignatureEvidence>,
    /// What was decrypted.
    pub encrypted: Option<EncryptionEvidence>,
    /// The relaxations without which the message would have been refused.
    pub relaxed: Relaxations,
    /// Warnings, in order of discovery.
    pub warnings: Vec<Warning>,
    /// What the message claims.
    pub unverified: Unverified,
}

impl Trace {
    /// An empty trace for a message of `kind`: every step `skip`.
    #[must_use]
    pub fn new(kind: MessageKind) -> Self {
        let skip = |name: &StepName| Step {
            name: *name,
            outcome: Outcome::Skip,
            code: None,
            wanted: None,
            found: None,
        };
        Self {
            version: TRACE_VERSION,
            kind,
            steps: kind.steps().iter().map(skip).collect(),
            signed: Vec::new(),
            encrypted: None,
            relaxed: Relaxations::NONE,
            warnings: Vec::new(),
            unverified: Unverified::default(),
        }
    }

    /// The entry of `name`, if the kind has that step.
    #[must_use]
    pub fn step(&self, name: StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Records a step that held.
    pub fn pass(&mut self, name: StepName, wanted: Option<Text>, found: Option<Text>) {
        self.set(name, Outcome::Pass, None, wanted, found);
    }

    /// Records a step that held but deserves attention.
    pub fn warn(&mut self, name: StepName, wanted: Option<Text>, found: Option<Text>) {
        self.set(name, Outcome::Warn, None, wanted, found);
    }

    /// Records a step that failed.
    pub fn fail(&mut self, name: StepName, code: Code, wanted: Option<Text>, found: Option<Text>) {
        self.set(name, Outcome::Fail, Some(code), wanted, found);
    }

    /// Records that the message is accepted only because of `relaxation`.
    pub fn relax(&mut self, relaxation: Relaxation) {
        self.relaxed.insert(relaxation);
    }

    /// Adds a warning, once per code and text, as long as there are fewer than [`MAX_WARNINGS`].
    pub fn add_warning(&mut self, code: impl Into<Text>, text: impl Into<Text>) {
        let warning = Warning { code: code.into(), text: text.into() };
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The first failing step and its code: what decides.
    #[must_use]
    pub fn first_failure(&self) -> Option<(StepName, Code)> {
        self.steps.iter().find_map(|step| match step.outcome {
            Outcome::Fail => step.code.map(|code| (step.name, code)),
            _ => None,
        })
    }

    /// Whether `name` failed and nothing else did.
    #[must_use]
    pub fn fails_only_in(&self, name: StepName) -> bool {
        let mut failed = self.steps.iter().filter(|step| step.outcome == Outcome::Fail);
        failed.next().is_some_and(|step| step.name == name) && failed.next().is_none()
    }

    fn set(
        &mut self,
        name: StepName,
        outcome: Outcome,
        code: Option<Code>,
        wanted: Option<Text>,
        found: Option<Text>,
    ) {
        let entry = Step { name, outcome, code, wanted, found };
        match self.steps.iter_mut().find(|step| step.name == name) {
            // The first failure of a step is the one that decides.
            Some(step) if step.outcome == Outcome::Fail => {}
            Some(step) => *step = entry,
            // A failure is never lost, whatever the kind lists.
            None => self.steps.push(entry),
        }
    }
}
