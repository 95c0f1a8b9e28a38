//! Metadata and other XML, cut out of what is around it.

use super::problem::{Problem, ProblemCode};
use super::{Form, Pasted, Recognised, Setting};
use crate::binding::Wire;
use crate::code::Code;
use crate::metadata::{Entity, MetadataContext, MetadataTrust, judge};
use crate::policy::{Limits, Policy};
use crate::xml;

const ROOTS: [&str; 2] = ["EntitiesDescriptor", "EntityDescriptor"];
/// Messages that people have at hand, and whether they carry what somebody signed in with.
const MESSAGES: [(&str, bool); 7] = [
    ("Response", true),
    ("Assertion", true),
    ("EncryptedAssertion", true),
    ("AuthnRequest", false),
    ("LogoutRequest", false),
    ("LogoutResponse", false),
    ("RequestSecurityTokenResponse", false),
];

/// The first start tag of metadata: where it begins, and its qualified name.
pub(super) fn root_tag(text: &str) -> Option<(usize, &str)> {
    let tag = |name: &str| tags(text).find(|(_, qualified)| local(qualified) == name);
    ROOTS.into_iter().filter_map(tag).min_by_key(|(at, _)| *at)
}

fn local(qualified: &str) -> &str {
    qualified.rsplit_once(':').map_or(qualified, |(_, local)| local)
}

/// Start tags: where each begins, and its qualified name.
fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('<').filter_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.');
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        rest.get(..end)
            .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
            .map(|name| (at, name))
    })
}

pub(super) fn read(text: &str, setting: &Setting<'_>) -> Option<Recognised> {
    if let Some((at, qualified)) = root_tag(text) {
        return Some(metadata(text, (at, qualified), setting));
    }
    if let Some(message) = message(text) {
        return Some(Recognised::refused(Form::Message, message));
    }
    // An address in angle brackets is none of ours.
    if !text.starts_with('<') || text.starts_with("<http") {
        return None;
    }
    let is_page = tags(text).take(20).any(|(_, name)| {
        ["html", "head", "body", "div", "script"].iter().any(|known| name.eq_ignore_ascii_case(known))
    }) || text.get(..14).is_some_and(|head| head.eq_ignore_ascii_case("<!doctype html"));
    let first = tags(text).next().map_or("", |(_, name)| name);
    let code = if is_page { ProblemCode::WebPage } else { ProblemCode::NotRecognised };
    Some(Recognised::refused(Form::Unknown, Problem::found(code, first)))
}

/// A SAML message, as XML or as browsers carry it.
fn message(text: &str) -> Option<Problem> {
    let carried =
        |name: &str| text.contains(&format!("{name}=")) || text.contains(&format!("name=\"{name}\""));
    if carried("SAMLResponse") {
        return Some(Problem::found(ProblemCode::ResponsePasted, "SAMLResponse"));
    }
    if carried("SAMLRequest") {
        return Some(Problem::found(ProblemCode::MessagePasted, "SAMLRequest"));
    }
    let (_, qualified) =
        tags(text).find(|(_, name)| MESSAGES.iter().any(|(known, _)| local(name) == *known))?;
    let is_response = MESSAGES.iter().any(|(known, is_response)| local(qualified) == *known && *is_response);
    let code = if is_response { ProblemCode::ResponsePasted } else { ProblemCode::MessagePasted };
    Some(Problem::found(code, local(qualified)))
}

fn metadata(text: &str, (at, qualified): (usize, &str), setting: &Setting<'_>) -> Recognised {
    let refused = |problem| Recognised::refused(Form::Metadata, problem);
    let rest = text.get(at..).unwrap_or_default();
    let Some(end) = end_of(rest, qualified) else {
        let last: String = rest.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        let wanted = format!("</{qualified}>");
        return refused(Problem::found(ProblemCode::XmlTruncated, last).wanting(wanted));
    };
    let xml = without_folds(rest.get(..end).unwrap_or_default());
    let [aggregate, member] = ROOTS;
    if local(qualified) == aggregate && !tags(&xml).any(|(_, name)| local(name) == member) {
        return refused(Problem::new(ProblemCode::EmptyAggregate));
    }
    let policy = Policy::default();
    let context = MetadataContext {
        now: setting.now,
        entity_id: setting.entity_id,
        trust: MetadataTrust::Unchecked,
        policy: &policy,
        limits: Limits::METADATA,
    };
    let judgement = judge(&Wire::Xml(xml.as_bytes()), &context);
    let entities = match judgement.verdict {
        Ok(entities) => entities,
        Err(refusal) => {
            let failed = judgement.trace.steps.iter().find(|step| step.name == refusal.step);
            let found = failed.and_then(|step| step.found.as_ref()).map(ToString::to_string);
            return refused(why(&xml, refusal.code, found.as_deref(), setting));
        }
    };
    match entities.as_slice() {
        [entity] => of_entity(entity, xml, setting),
        several => {
            let names = several.iter().map(|entity| entity.entity_id.clone());
            let count = several.len().to_string();
            refused(Problem::found(ProblemCode::SeveralEntities, count).choosing(names))
        }
    }
}

/// Where the element ends that `rest` begins with.
fn end_of(rest: &str, qualified: &str) -> Option<usize> {
    let tag = end_of_tag(rest);
    if tag.and_then(|end| rest.get(..end)).is_some_and(|tag| tag.ends_with("/>")) {
        return tag;
    }
    let close = format!("</{qualified}");
    let at = rest.rfind(&close)?;
    let after = rest.get(at + close.len()..)?;
    let bracket = after.find('>')?;
    let is_only_space = after.get(..bracket)?.trim().is_empty();
    is_only_space.then_some(at + close.len() + bracket + 1)
}

/// Where the start tag ends that `rest` begins with. What stands in the value of an attribute ends nothing.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut open = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (open, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => open = Some(byte),
            (Some(quote), _) if quote == byte => open = None,
            _ => {}
        }
    }
    None
}

/// Without the marks by which browsers that show XML fold it, which come along with the text.
fn without_folds(xml: &str) -> String {
    const MARKS: [char; 6] = ['-', '−', '–', '▼', '▾', '+'];
    let unfolded = |line: &str| {
        let trimmed = line.trim_start();
        let marked = trimmed.strip_prefix(MARKS).map(str::trim_start).filter(|rest| rest.starts_with('<'));
        marked.unwrap_or(line).to_owned()
    };
    xml.lines().map(unfolded).collect::<Vec<_>>().join("\n")
}

/// Why metadata is of no use.
fn why(xml: &str, code: Code, found: Option<&str>, setting: &Setting<'_>) -> Problem {
    let refused = |found: &str| Problem::found(ProblemCode::MetadataRefused, found).wanting(code.name());
    match code {
        Code::MetadataRoleMissing => {
            let document = xml::parse(xml.as_bytes(), &Limits::METADATA).ok();
            let entity_id = document.as_ref().and_then(|document| document.root().attribute("entityID"));
            let entity_id = entity_id.unwrap_or_default();
            let has = |name: &str| tags(xml).any(|(_, qualified)| local(qualified) == name);
            let code = match () {
                () if setting.is_own(&entity_id) => ProblemCode::OwnMetadata,
                () if has("SPSSODescriptor") => ProblemCode::ServiceProviderMetadata,
                () if has("RoleDescriptor") => ProblemCode::WsFederation,
                () => return refused(found.unwrap_or_default()),
            };
            Problem::found(code, entity_id)
        }
        Code::MetadataEntityMismatch => {
            let wanted = setting.entity_id.unwrap_or_default();
            Problem::found(ProblemCode::EntityMismatch, found.unwrap_or_default()).wanting(wanted)
        }
        Code::XmlMalformed | Code::XmlNamespace | Code::XmlEncoding => {
            Problem::found(ProblemCode::XmlMalformed, found.unwrap_or_default())
        }
        _ => refused(found.unwrap_or_default()),
    }
}

fn of_entity(entity: &Entity, xml: String, setting: &Setting<'_>) -> Recognised {
    if setting.is_own(&entity.entity_id) {
        let problem = Problem::found(ProblemCode::OwnMetadata, &entity.entity_id);
        return Recognised::refused(Form::Metadata, problem);
    }
    let mut problems = Vec::new();
    let urls = [entity.sso_redirect(), entity.sso_post()].map(|url| url.map(str::to_owned));
    if urls.iter().all(Option::is_none) {
        let code = Code::MetadataEndpointMissing.name();
        let found = "no sign-in address by HTTP-Redirect or HTTP-POST";
        problems.push(Problem::found(ProblemCode::MetadataRefused, found).wanting(code));
    }
    let [sso_redirect_url, sso_post_url] = urls;
    let mut pasted = Pasted {
        entity_id: Some(entity.entity_id.clone()),
        sso_redirect_url,
        sso_post_url,
        metadata: Some(xml),
        wants_signed_requests: Some(entity.wants_signed_requests),
        ..Pasted::default()
    };
    pasted.add_certificates(entity.signing.clone());
    Recognised { form: Form::Metadata, pasted, problems }
}
