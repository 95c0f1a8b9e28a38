//! Where each mapped value came from, as data: stored with the attempt, put into words when it is read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::directory::email::EmailVerdict;

/// The lineage of one mapping. Personal: stored sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// Every value that came of it.
    pub fields: Vec<MappedField>,
    /// What became of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailVerdict>,
    /// What an administrator should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// One mapped field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedField {
    /// Which: `email`, `role`, `custom.building`.
    pub field: String,
    /// What it became.
    pub values: Vec<String>,
    /// What the rule took it from: `attribute:mail`, `groups`.
    pub source: String,
    /// The attribute's own name, where the rule calls it otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What was sent, where the rule changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Vec<String>>,
    /// The rule: `mapping.email.first_of[1]`, or `usual.email` for the product's own.
    pub rule: String,
}

/// Something that an administrator should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A stable name.
    pub code: Cow<'static, str>,
    /// In words.
    pub text: Cow<'static, str>,
}

impl Lineage {
    /// The same without what was sent where a rule made something else of it.
    #[must_use]
    pub fn without_sent(self) -> Self {
        let field = |field: MappedField| MappedField { sent: None, ..field };
        Self { fields: self.fields.into_iter().map(field).collect(), ..self }
    }

    pub(super) fn note(&mut self, code: &'static str, text: impl Into<Cow<'static, str>>) {
        let note = Note { code: Cow::Borrowed(code), text: text.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
