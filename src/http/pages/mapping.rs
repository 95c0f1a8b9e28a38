//! The pages where a mapping is tried on what was really said, and a change on the sign-ins of the last days. No Debug
//! where a form's token is inside.

use std::collections::BTreeSet;

use askama::Template;
use gatepost_saml::code::Code;
use serde_json::Value;

use super::Frame;
use super::console::Around;
use super::fields::Wrong;
use super::sign_ins::ending;
use super::sso::{Tab, field_named};
use super::sso_history::{called, path};
use crate::directory::mapping::{MappedField, Note};
use crate::directory::preset::Product;
use crate::flow::connection::mapping_form::{FIELDS, MappingForm, Origin, RoleRow, Row};
use crate::flow::connection::playground::{Bench, Come, RecordedView, Tried};
use crate::flow::connection::what_if::{Verdict, WhatIf};
use crate::words::trace::Said;
use crate::words::{MappingText, Message, Text, moment};

/// Where a mapping is tried.
#[derive(Template)]
#[template(path = "mapping_try.html")]
pub struct MappingPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// What there is to try.
    pub bench: &'a Bench,
    /// The rules as they were written.
    pub rules: &'a str,
    /// The recorded sign-in that was chosen; empty for what was pasted.
    pub chosen: &'a str,
    /// What was pasted.
    pub pasted: &'a str,
    /// The rules as rows.
    pub form: &'a MappingForm,
    /// Whether the text counts, not the rows.
    pub is_by_json: bool,
    /// What is wrong with the rows.
    pub wrong: &'a Wrong,
    /// What it came to.
    pub tried: Option<&'a Tried>,
    /// The revision that the form was filled in from.
    pub version: i64,
}

/// A field by the present rules and by the proposed ones.
#[derive(Debug, Clone)]
pub struct FieldRow {
    /// Which.
    pub field: String,
    /// What it is now.
    pub now: String,
    /// What it would be.
    pub then: String,
    /// Whether that is another thing.
    pub differs: bool,
    /// What it would be taken from.
    pub from: Vec<String>,
}

impl MappingPage<'_> {
    /// The rows: the name in the form, for people, and what stands there.
    fn rows_of_form(&self) -> Vec<(String, String, Row)> {
        let label = |name: &str| field_named(name, self.frame.sso());
        FIELDS.iter().map(|name| ((*name).to_owned(), label(name), self.form.row(name))).collect()
    }

    /// The same for the account's own fields, with their names.
    fn own_rows(&self) -> Vec<(String, String, String, Row)> {
        let own = self.form.own.iter().enumerate();
        own.map(|(index, own)| {
            let label = match own.name.as_str() {
                "" => format!("{} {}", self.frame.mapping().own_fields, index + 1),
                name => name.to_owned(),
            };
            (format!("own_{index}"), label, own.name.clone(), own.row.clone())
        })
        .collect()
    }

    /// Where a field may come from.
    fn origins(&self, row: &Row, name: &str) -> Vec<(Origin, Message)> {
        let text = self.frame.mapping();
        let said = |origin| match origin {
            Origin::Usual => text.from_usual,
            Origin::Attributes => text.from_attributes,
            Origin::NameId => text.from_name_id,
            Origin::EmailNameId => text.from_name_id_email,
            Origin::Text => text.from_text,
            Origin::Nothing => text.from_nothing,
            Origin::Written => text.from_written,
        };
        let is_offered = |origin: &Origin| match origin {
            // Nothing is usual for a field of one's own.
            Origin::Usual => FIELDS.contains(&name),
            Origin::Written => row.from == Origin::Written,
            _ => true,
        };
        Origin::ALL.into_iter().filter(is_offered).map(|origin| (origin, said(origin))).collect()
    }

    /// The name of a part of a row in the form.
    fn part(part: &str, name: &str) -> String {
        format!("{part}_{name}")
    }

    /// The rules for roles, each with its number.
    fn role_rows(&self) -> Vec<(String, &RoleRow)> {
        self.form.roles.iter().enumerate().map(|(index, role)| (index.to_string(), role)).collect()
    }

    /// Whether there is something to see in what is folded away.
    fn is_open(&self, row: &Row, name: &str) -> bool {
        let is_set = [&row.split, &row.capture, &row.case].iter().any(|text| !text.is_empty());
        is_set || ["split", "capture"].iter().any(|part| self.wrong.has(&Self::part(part, name)))
    }

    fn is_chosen(&self, one: &RecordedView) -> bool {
        self.chosen.parse() == Ok(one.attempt)
    }

    /// What to do about a refusal.
    fn mend(&self, code: Code) -> String {
        self.frame.text.mend(code, self.bench.product)
    }

    fn rows(tried: &Tried) -> Vec<FieldRow> {
        let names: BTreeSet<_> =
            tried.before.verdict.fields.keys().chain(tried.after.verdict.fields.keys()).collect();
        let value = |come: &Come, name: &str| {
            come.verdict.fields.get(name).map(|values| values.join(", ")).unwrap_or_default()
        };
        let row = |name: &String| {
            let (now, then) = (value(&tried.before, name), value(&tried.after, name));
            let of = tried.after.lineage.fields.iter().filter(|mapped| mapped.field == *name);
            let from = of.map(|mapped| mapped.attribute.clone().unwrap_or_else(|| mapped.source.clone()));
            FieldRow { field: name.clone(), differs: now != then, now, then, from: from.collect() }
        };
        names.into_iter().map(row).collect()
    }

    fn warnings(tried: &Tried, text: &Text) -> Vec<String> {
        let lineage = &tried.after.lineage;
        let mut told = Vec::new();
        // What is told of a note in the page's language takes the place of the note.
        let is_overage = |note: &&Note| note.code == "groups_unknown";
        told.extend(lineage.notes.iter().find(is_overage).map(|_| text.mapping.overage.to_string()));
        let others = lineage.notes.iter().filter(|note| !is_overage(note));
        told.extend(others.map(|note| text.remark(&note.text)));
        told.extend(lineage.fields.iter().filter_map(|field| lost(field, text)));
        told
    }
}

/// What a rule does to what was sent.
fn lost(field: &MappedField, all: &Text) -> Option<String> {
    let text = &all.mapping;
    // Of a role rule, what was sent is the value that it looks at.
    let sent = field.sent.as_ref().filter(|_| !field.rule.contains("role_rules"))?;
    let name = field_named(&field.field, &all.sso);
    if sent.len() > field.values.len() {
        let filled = text.lost_value.with("field", name).with("sent", sent.len());
        return Some(filled.with("kept", field.values.len()).to_string());
    }
    let filled = text.changed_value.with("field", name).with("sent", sent.join(", "));
    Some(filled.with("values", field.values.join(", ")).to_string())
}

/// Where a change is tried.
#[derive(Template)]
#[template(path = "what_if.html")]
pub struct WhatIfPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// The connection's name.
    pub connection_name: &'a str,
    /// Its product.
    pub product: Product,
    /// What was proposed.
    pub proposed: &'a Proposed,
    /// What it would have done.
    pub found: Option<&'a WhatIf>,
}

impl WhatIfPage<'_> {
    /// What to do about a refusal.
    fn mend(&self, code: Code) -> String {
        self.frame.text.mend(code, self.product)
    }

    /// What stands there, if anything does.
    fn value(value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// A change as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Proposed {
    /// From which page of the connection it came.
    pub back: Option<&'static str>,
    /// The revision that it is a change of.
    pub version: i64,
    /// The revision to go back to.
    pub revision: Option<i64>,
    /// Another name for the connection.
    pub name: String,
    /// Metadata to follow.
    pub metadata: String,
    /// A certificate that waits for an owner's word, by the SHA-256 of its key.
    pub waiting: String,
    /// Metadata that waits for an owner's word, by what names just that.
    pub proposal: String,
    /// The mapping, JSON.
    pub mapping: String,
    /// Settings, a line each.
    pub set: String,
    /// A certificate to trust as well.
    pub add_certificate: String,
    /// Others to trust.
    pub more_certificates: Vec<String>,
    /// A key to trust no more.
    pub remove_key: String,
}

impl Proposed {
    /// What has no field of its own, and is sent again with the others.
    fn carried(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("name", self.name.as_str()),
            ("metadata", &self.metadata),
            ("waiting", &self.waiting),
            ("proposal", &self.proposal),
            ("back", self.back.unwrap_or_default()),
        ];
        let more = self.more_certificates.iter().map(|one| ("add_certificate", one.as_str()));
        all.into_iter().filter(|(_, value)| !value.is_empty()).chain(more).collect()
    }

    /// Whether it needs more than to be saved.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.proposal.is_empty()
    }
}

const fn would(verdict: &Verdict, text: &MappingText) -> Message {
    match verdict {
        Verdict { is_accepted: true, .. } => text.would_accept,
        Verdict { is_restarted: true, .. } => text.would_restart,
        Verdict { .. } => text.would_refuse,
    }
}

const fn mood(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict { is_accepted: true, .. } => "good",
        Verdict { is_restarted: true, .. } => "off",
        Verdict { .. } => "bad",
    }
}
