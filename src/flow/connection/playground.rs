//! A connection's mapping tried on what an identity provider really said, before it is saved.
//!
//! A recorded sign-in is judged as of when it came, by the connection's own settings. What is pasted may be a whole
//! response, which is judged as of when it says it was made; one that does not verify, or an assertion, or attributes as
//! JSON, are read without proof, and said to be that: they decide nothing here.
//!
//! What is in a recorded message is shown to those who may read messages; others see whether somebody would be let in. Each
//! trial on one is an event of the account.

use std::collections::BTreeSet;

use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::base64;
use gatepost_saml::trace::{MessageKind, Trace};
use gatepost_saml::xml::{self, Ns};
use gatepost_saml::{Code, Limits};
use serde_json::Value;

use super::load;
pub use super::rejudge::Verdict;
use super::rejudge::{self, Judge, Judged};
use super::revision::Version;
use super::veil;
use crate::access::Action;
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::mapping::{Lineage, Mapping};
use crate::directory::preset::Product;
use crate::directory::state::Outcome;
use crate::directory::statement::{Attribute, NameId, Statement};
use crate::flow::{FlowError, Gateway, rehearse};

/// So many recorded sign-ins can be chosen from.
pub const CHOICE: usize = 20;

/// What a mapping can be tried on, and what it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// Whose connection it is.
    pub account_id: AccountId,
    /// The connection's name.
    pub connection_name: String,
    /// Its product.
    pub product: Product,
    /// The number of its revision.
    pub revision: i64,
    /// Its rules: JSON as people write it.
    pub mapping: String,
    /// The rules that hold where it has none: JSON.
    pub usual: String,
    /// Recorded sign-ins, the newest first.
    pub recorded: Vec<RecordedView>,
}

/// A recorded sign-in to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedView {
    /// Which.
    pub attempt: AttemptId,
    /// When it came.
    pub at: Instant,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a mapping is tried on.
#[derive(Debug, Clone)]
pub enum On {
    /// A recorded sign-in.
    Recorded(AttemptId),
    /// What somebody pasted.
    Pasted(String),
}

/// What rules come to.
#[derive(Debug, Clone)]
pub struct Tried {
    /// What was said.
    pub statement: Statement,
    /// Whether a trusted key stands behind it.
    pub is_verified: bool,
    /// What the present rules come to.
    pub before: Come,
    /// What the proposed rules come to.
    pub after: Come,
    /// Attributes that no rule takes anything from.
    pub unused: Vec<String>,
    /// Whether what is in the message is left out, and what would be known of the person: the caller may not read it.
    pub is_veiled: bool,
}

/// What a statement comes to by some rules.
#[derive(Debug, Clone)]
pub struct Come {
    /// Whether somebody would be signed in, and what would be known of them.
    pub verdict: Verdict,
    /// Where each value came from, and remarks.
    pub lineage: Lineage,
}

/// What a mapping can be tried on.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn bench(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Bench, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::TryChanges, id)).await?;
    let recorded = rejudge::recorded(&mut tx, &loaded, CHOICE).await?;
    let written = |mapping: &Mapping| {
        serde_json::to_string_pretty(mapping).map_err(|_| FlowError::Internal("a mapping as JSON"))
    };
    Ok(Bench {
        account_id: loaded.account.id,
        connection_name: loaded.connection.name,
        product: loaded.settings.product,
        revision: loaded.connection.revision,
        mapping: written(&loaded.settings.mapping)?,
        usual: written(&crate::directory::mapping::usual(loaded.settings.product))?,
        recorded: recorded
            .into_iter()
            .map(|one| RecordedView { attempt: one.attempt, at: one.at, outcome: one.outcome })
            .collect(),
    })
}

/// Tries a mapping (JSON) beside the present one.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection or recorded message; [`FlowError::Invalid`] with what is wrong
/// with the rules, each with its path, or when nothing can be read from what was pasted.
pub async fn try_mapping(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    (mapping, on): (&str, &On),
) -> Result<Tried, FlowError> {
    let wrong = |errors: crate::directory::mapping::MappingErrors| FlowError::Invalid(errors.into());
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::TryChanges, id)).await?;
    let _trial = gateway.kept().trials.trial(loaded.account.id)?;
    let present = Version::present(&mut tx, &loaded).await?;
    let mut next = present.clone();
    next.settings.mapping = Mapping::read(mapping).map_err(wrong)?;
    let (recorded, raw) = match on {
        On::Recorded(attempt) => {
            let since = veil::since(&mut tx, ctx, &loaded, &next.settings.mapping).await?;
            let found = rejudge::one(&mut tx, &loaded, *attempt).await?;
            let found = found.ok_or(FlowError::NotFound("recorded sign-in"))?;
            if since.is_some_and(|since| found.at <= since) {
                return Err(veil::is_for_owners());
            }
            let raw = found.raw.clone();
            (Some(found), raw)
        }
        On::Pasted(text) => (None, text.trim().as_bytes().to_vec()),
    };
    let (account, keys) = (loaded.account.id, loaded.keys.clone());
    let again = load::any(gateway, &mut tx, id).await?;
    let mut now = Judge::new(gateway, &mut tx, loaded, &present).await?;
    let mut then = Judge::new(gateway, &mut tx, again, &next).await?;
    let sees = veil::sees(ctx, account);
    // Recorded messages came to us; what is pasted may be anybody's.
    let is_closed = recorded.is_none() && !sees;
    if is_closed {
        (now, then) = (now.closed(), then.closed());
    } else if !sees {
        (now, then) = (now.veiled(), then.veiled());
    }
    let limits = *now.limits();
    let as_of = match &recorded {
        Some(recorded) => (recorded.at, recorded.pending.clone()),
        None => pasted_as_of(&raw, ctx, &limits),
    };
    let xml = message(&raw);
    let before = judged(&now, &mut tx, &xml, &as_of).await?;
    let (before, after, is_verified) = match before {
        Some(before) if before.statement.is_some() => {
            let after = judged(&then, &mut tx, &xml, &as_of).await?;
            (before, after.ok_or(FlowError::Internal("a message that was read is read again"))?, true)
        }
        other => {
            let code = other.and_then(|judged| judged.verdict.code);
            if is_closed && code == Some(Code::DecryptionKeyMissing) {
                return Err(rehearse::closed());
            }
            let read = read(&raw, &xml, &limits).ok_or_else(|| unreadable(code))?;
            let mut trace = Trace::new(MessageKind::Response);
            let before = now.understand(&mut tx, &mut trace, read.clone()).await?;
            let mut trace = Trace::new(MessageKind::Response);
            (before, then.understand(&mut tx, &mut trace, read).await?, false)
        }
    };
    let statement = after.statement.clone().unwrap_or_default();
    let unused = unused(&statement, &after.lineage);
    let come = |judged: Judged| Come { verdict: judged.verdict, lineage: judged.lineage };
    let (before, after) = (come(before), come(after));
    let mut tried = Tried { statement, is_verified, before, after, unused, is_veiled: false };
    if let Some(recorded) = recorded {
        drop(tx);
        let told = ("attempt.message_tried", recorded.attempt.to_string(), 1);
        veil::tell(gateway, ctx, (account, &keys), told).await?;
        if !sees {
            veil::tried(&mut tried);
        }
    }
    Ok(tried)
}

fn unreadable(code: Option<Code>) -> FlowError {
    let paste = sentence!(
        "Paste a SAML response or assertion (XML, or the base64 that was posted), or attributes as JSON: \
         {\"name_id\": \"maya@school.example\", \"groups\": [\"staff\"]}"
    );
    FlowError::Invalid(match code {
        None => sentence!("nothing about a person can be read from this. {paste}", paste),
        Some(code) => sentence!(
            "nothing about a person can be read from this (it is refused as {code}). {paste}",
            code = code.name(),
            paste
        ),
    })
}

/// The XML of what was recorded or pasted, whether it is base64 or not.
fn message(raw: &[u8]) -> Vec<u8> {
    if raw.starts_with(b"<") {
        return raw.to_vec();
    }
    let bare: Vec<u8> = raw.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64(&bare).unwrap_or_default()
}

fn pasted_as_of(raw: &[u8], ctx: &Ctx, limits: &Limits) -> (Instant, Option<String>) {
    let xml = message(raw);
    let route = gatepost_saml::response::unverified_route(&Wire::Xml(&xml), limits);
    (rejudge::issued_at(&xml, ctx, limits), route.and_then(|route| route.in_response_to))
}

async fn judged(
    judge: &Judge,
    tx: &mut crate::storage::Tx,
    xml: &[u8],
    (at, pending): &(Instant, Option<String>),
) -> Result<Option<Judged>, FlowError> {
    if xml.is_empty() {
        return Ok(None);
    }
    judge.judge_at(tx, &Wire::Xml(xml), (*at, pending.as_deref())).await.map(Some)
}

/// What can be read without proof.
fn read(raw: &[u8], xml: &[u8], limits: &Limits) -> Option<Statement> {
    let found = match serde_json::from_slice::<Value>(raw) {
        Ok(Value::Object(object)) => of_json(&object),
        _ => of_xml(xml, limits)?,
    };
    let is_something = found.name_id.is_some() || !found.attributes.is_empty();
    is_something.then_some(found)
}

fn of_json(object: &serde_json::Map<String, Value>) -> Statement {
    let texts = |value: &Value| -> Vec<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match value {
            Value::Array(values) => values.iter().map(text).collect(),
            value => vec![text(value)],
        }
    };
    let name_id = object.get("name_id").and_then(Value::as_str);
    let attributes = object.iter().filter(|(name, _)| *name != "name_id");
    Statement {
        name_id: name_id.map(|value| NameId { value: value.to_owned(), ..NameId::default() }),
        attributes: attributes
            .map(|(name, value)| Attribute { name: name.clone(), friendly_name: None, values: texts(value) })
            .collect(),
    }
}

fn of_xml(xml: &[u8], limits: &Limits) -> Option<Statement> {
    let document = xml::parse(xml, limits).ok()?;
    let root = document.root();
    let inside = || std::iter::once(root).chain(root.descendants());
    let name_id = inside().find(|element| element.is(Ns::SAML, "NameID")).and_then(|element| {
        let value = element.text().ok()?.trim().to_owned();
        let format = element.attribute("Format").map(std::borrow::Cow::into_owned);
        Some(NameId { value, format, ..NameId::default() })
    });
    let attribute = |element: xml::Element<'_>| {
        let values = element.children_named(Ns::SAML, "AttributeValue");
        Some(Attribute {
            name: element.attribute("Name")?.into_owned(),
            friendly_name: element.attribute("FriendlyName").map(std::borrow::Cow::into_owned),
            values: values.filter_map(|value| Some(value.text().ok()?.trim().to_owned())).collect(),
        })
    };
    let attributes = inside().filter(|element| element.is(Ns::SAML, "Attribute"));
    Some(Statement { name_id, attributes: attributes.filter_map(attribute).collect() })
}

/// The attributes that no rule took anything from, by name.
fn unused(statement: &Statement, lineage: &Lineage) -> Vec<String> {
    let used: BTreeSet<String> = lineage
        .fields
        .iter()
        .flat_map(|field| {
            let named = field.source.strip_prefix("attribute:").map(str::to_owned);
            field.attribute.clone().into_iter().chain(named)
        })
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let is_used = |attribute: &&Attribute| {
        let names = [Some(&attribute.name), attribute.friendly_name.as_ref()];
        names.into_iter().flatten().any(|name| used.contains(&name.to_ascii_lowercase()))
    };
    statement
        .attributes
        .iter()
        .filter(|attribute| !is_used(attribute))
        .map(|attribute| attribute.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_from_json_and_from_an_assertion_without_proof() {
        let limits = Limits::MESSAGE;
        let json = br#"{"name_id": "m@x.example", "mail": "m@x.example", "groups": ["a", "b"], "n": 7}"#;
        let read_json = read(json, &message(json), &limits).unwrap();
        assert_eq!(read_json.name_id.unwrap().value, "m@x.example");
        let told: Vec<_> =
            read_json.attributes.iter().map(|one| (one.name.as_str(), one.values.len())).collect();
        assert_eq!(told, [("groups", 2), ("mail", 1), ("n", 1)]);
        let xml = br#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Subject><NameID> m </NameID></Subject>
            <AttributeStatement><Attribute Name="urn:x" FriendlyName="mail"><AttributeValue>a</AttributeValue></Attribute>
            </AttributeStatement></Assertion>"#;
        let read_xml = read(xml, &message(xml), &limits).unwrap();
        assert_eq!(read_xml.name_id.unwrap().value, "m");
        assert_eq!(read_xml.attributes[0].friendly_name.as_deref(), Some("mail"));
        for nothing in ["", "hello", "[]", "{}", "<a/>"] {
            assert!(read(nothing.as_bytes(), &message(nothing.as_bytes()), &limits).is_none(), "{nothing}");
        }
    }
}
