//! The reading of a signed assertion, and the order of its checks.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Context, ReplayKey, Settings, check_issuer, claim, conditions, subject, text_code};
use crate::algorithms::sha256;
use crate::code::{Code, StepName};
use crate::instant::Instant;
use crate::signature::Signed;
use crate::trace::{Text, Trace};
use crate::xml::{Element, Ns};

/// Who the assertion is about (saml-core 2.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The identifier, white space as signed.
    pub value: String,
    /// `Format`.
    pub format: Option<String>,
    /// `NameQualifier`.
    pub name_qualifier: Option<String>,
    /// `SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
}

/// An attribute (saml-core 2.7.3.1), the values of all its occurrences in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `Name`.
    pub name: String,
    /// `NameFormat`.
    pub name_format: Option<String>,
    /// `FriendlyName` of the first occurrence; for people, it identifies nothing.
    pub friendly_name: Option<String>,
    /// The values, white space as signed. Values with elements in them are left out, but a nested `NameID` gives its
    /// text.
    pub values: Vec<String>,
}

/// A verified assertion. There is no way to one but through a [`Signed`] element and every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    id: String,
    issuer: String,
    name_id: NameId,
    attributes: Vec<Attribute>,
    in_response_to: Option<String>,
    session_index: Option<String>,
    issue_instant: Option<Instant>,
    session_not_on_or_after: Option<Instant>,
    authn_instant: Option<Instant>,
    authn_context: Option<String>,
    not_on_or_after: Instant,
    replay_key: ReplayKey,
}

impl Assertion {
    /// Its ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who issued it: the connection's identity provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who it is about.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// Its attributes, merged by name and name format, in document order.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The request that it answers, from its verified subject confirmation.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// The identity provider's name for the session.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// When it was issued (saml-core 2.3.3).
    #[must_use]
    pub const fn issue_instant(&self) -> Option<Instant> {
        self.issue_instant
    }

    /// Until when the identity provider wants the session to last.
    #[must_use]
    pub const fn session_not_on_or_after(&self) -> Option<Instant> {
        self.session_not_on_or_after
    }

    /// When the person was authenticated.
    #[must_use]
    pub const fn authn_instant(&self) -> Option<Instant> {
        self.authn_instant
    }

    /// How the person was authenticated: `AuthnContextClassRef`, else `AuthnContextDeclRef`.
    #[must_use]
    pub fn authn_context(&self) -> Option<&str> {
        self.authn_context.as_deref()
    }

    /// The latest `NotOnOrAfter` anywhere in it.
    #[must_use]
    pub const fn not_on_or_after(&self) -> Instant {
        self.not_on_or_after
    }

    /// What identifies it for replay detection.
    #[must_use]
    pub const fn replay_key(&self) -> ReplayKey {
        self.replay_key
    }

    /// Makes every check on the content of a signed assertion and reads it. What is missing is in the trace.
    pub(super) fn judge(
        signed: &Signed<'_>,
        settings: &Settings,
        context: &Context<'_>,
        trace: &mut Trace,
    ) -> Option<Self> {
        let element = signed.element();
        assertion_issuer(element, settings, trace);
        let name_id = subject::name_id(element, settings, trace);
        let confirmation = subject::confirmation(element, settings, context, trace);
        let validity = conditions::check(element, settings, context, &confirmation.times, trace);
        let authn = conditions::authn_statements(element, settings, context, trace);
        let attributes = attributes(element, trace);
        let id = element.attribute("ID").unwrap_or_default().into_owned();
        let not_on_or_after = validity.latest?;
        let replay_key = ReplayKey { day: not_on_or_after.day(), assertion_sha256: sha256(id.as_bytes()) };
        // Only what is otherwise good is asked about: a refused message neither burns an assertion nor probes the memory.
        if trace.first_failure().is_none() {
            if (context.seen)(&replay_key) {
                trace.fail(StepName::Replay, Code::AssertionReplayed, None, Some(claim(&id).into()));
            } else {
                trace.pass(StepName::Replay, None, None);
            }
        }
        Some(Self {
            id,
            issuer: settings.idp.entity_id.clone(),
            name_id: name_id?,
            attributes,
            in_response_to: confirmation.in_response_to,
            session_index: authn.session_index,
            issue_instant: conditions::issue_instant(element),
            session_not_on_or_after: authn.session_not_on_or_after,
            authn_instant: authn.authn_instant,
            authn_context: authn.authn_context,
            not_on_or_after,
            replay_key,
        })
    }
}

/// The assertion's own Issuer, exactly one (saml-core 2.3.3).
fn assertion_issuer(element: Element<'_>, settings: &Settings, trace: &mut Trace) {
    let mut issuers = element.children_named(Ns::SAML, "Issuer");
    let step = StepName::AssertionIssuer;
    let wanted = || Some(Text::Owned(settings.idp.entity_id.clone()));
    match (issuers.next(), issuers.next()) {
        (Some(issuer), None) => {
            let _ = check_issuer(issuer, settings, (step, Code::AssertionIssuerMismatch), trace);
        }
        (None, _) => trace.fail(step, Code::AssertionIssuerMissing, wanted(), Some(Text::Borrowed("none"))),
        _ => trace.fail(step, Code::AssertionMalformed, wanted(), Some(Text::Borrowed("several Issuers"))),
    }
}

/// All attributes of all attribute statements.
fn attributes(element: Element<'_>, trace: &mut Trace) -> Vec<Attribute> {
    let mut merged: Vec<Attribute> = Vec::new();
    let mut index = Index::default();
    for statement in element.children_named(Ns::SAML, "AttributeStatement") {
        for child in statement.children() {
            if child.is(Ns::SAML, "EncryptedAttribute") {
                trace.add_warning("encrypted_attribute_left_out", "An encrypted attribute was left out.");
                continue;
            }
            if !child.is(Ns::SAML, "Attribute") {
                continue;
            }
            let Some(name) = child.attribute("Name") else {
                trace.add_warning("attribute_without_name", "An attribute without a Name was left out.");
                continue;
            };
            let key = (name, child.attribute("NameFormat"));
            let at = index.find(&key).unwrap_or(merged.len());
            if at == merged.len() {
                merged.push(Attribute {
                    name: key.0.clone().into_owned(),
                    name_format: key.1.clone().map(Cow::into_owned),
                    friendly_name: child.attribute("FriendlyName").map(Cow::into_owned),
                    values: Vec::new(),
                });
                index.add(key);
            }
            let Some(attribute) = merged.get_mut(at) else { continue };
            for value in child.children_named(Ns::SAML, "AttributeValue") {
                match attribute_value(value) {
                    Ok(Some(value)) => attribute.values.push(value.into_owned()),
                    Ok(None) => {
                        let text = format!(
                            "A value of the attribute {} with elements in it was left out.",
                            claim(&attribute.name)
                        );
                        trace.add_warning("structured_value_left_out", text);
                    }
                    Err(code) => {
                        trace.fail(StepName::Subject, code, None, Some(claim(&attribute.name).into()));
                    }
                }
            }
        }
    }
    merged
}

/// Name and name format.
type AttributeKey<'d> = (Cow<'d, str>, Option<Cow<'d, str>>);

/// Where each name stands in the list. Few are searched, many are hashed.
#[derive(Default)]
struct Index<'d> {
    keys: Vec<AttributeKey<'d>>,
    hashed: HashMap<AttributeKey<'d>, usize>,
}

impl<'d> Index<'d> {
    const FEW: usize = 16;

    fn find(&self, key: &AttributeKey<'d>) -> Option<usize> {
        if self.hashed.is_empty() {
            return self.keys.iter().position(|known| known == key);
        }
        self.hashed.get(key).copied()
    }

    fn add(&mut self, key: AttributeKey<'d>) {
        self.keys.push(key);
        if self.keys.len() > Self::FEW {
            let done = self.hashed.len();
            let rest = self.keys.get(done..).unwrap_or(&[]);
            self.hashed.extend(rest.iter().cloned().zip(done..));
        }
    }
}

fn attribute_value(value: Element<'_>) -> Result<Option<Cow<'_, str>>, Code> {
    let mut children = value.children();
    match (children.next(), children.next()) {
        (None, _) => value.text().map(Some).map_err(text_code),
        // eduPersonTargetedID.
        (Some(nested), None) if nested.is(Ns::SAML, "NameID") && !value.has_text() => {
            nested.text().map(Some).map_err(text_code)
        }
        _ => Ok(None),
    }
}
