//! The three fields, in any order, with labels or without; a single address; certificates with words around them.

use super::address::{self, Kind};
use super::certificate::{self, Found};
use super::label::{self, Role};
use super::problem::{Problem, ProblemCode};
use super::{Form, Pasted, Recognised, Setting};

/// So many lines are looked at: a page that was copied whole has fewer.
const MAX_LINES: usize = 2000;
/// More is no value.
const MAX_VALUE: usize = 4096;

/// A value, and what its label says.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub role: Option<Role>,
    pub text: String,
}

pub(super) fn read(text: &str, setting: &Setting<'_>) -> Option<Recognised> {
    let found = certificate::find(text);
    let values = values(&found.rest);
    assemble(found, values, setting)
}

/// What the values and certificates come to; `None` when that is nothing.
pub(super) fn assemble(found: Found, values: Vec<Value>, setting: &Setting<'_>) -> Option<Recognised> {
    let has_certificate = !found.is_empty();
    let mut sorted = Sorted::default();
    for value in values {
        sorted.put(value, setting);
    }
    let mut pasted = Pasted::default();
    pasted.add_certificates(found.keys);
    let mut problems = found.problems;
    sorted.settle(&mut pasted, &mut problems, has_certificate);
    if pasted.is_empty() && problems.is_empty() {
        return None;
    }
    let form = match (&pasted.metadata_url, pasted.entity_id.is_some() || pasted.sso_redirect_url.is_some()) {
        (Some(_), false) => Form::MetadataUrl,
        (None, false) if has_certificate => Form::Certificates,
        _ => Form::Fields,
    };
    Some(Recognised { form, pasted, problems })
}

/// The values of a text, line by line; a label may stand before its value or on the line above it.
fn values(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut pending = None;
    for line in text.lines().take(MAX_LINES) {
        let mut rest = line.trim();
        if rest.is_empty() || rest.len() > MAX_VALUE {
            continue;
        }
        while let Some((before, address, after)) = first_address(rest) {
            values.push(Value { role: label::role(before).or(pending), text: address.to_owned() });
            pending = None;
            rest = after.trim();
        }
        if rest.is_empty() {
            continue;
        }
        match rest.split_once([':', '=', '\t']) {
            Some((before, after)) if label::role(before).is_some() => {
                pending = label::role(before);
                if !bare(after).is_empty() {
                    values.push(Value { role: pending.take(), text: bare(after).to_owned() });
                }
            }
            _ if label::role(rest).is_some() => pending = label::role(rest),
            _ => values.push(Value { role: pending.take(), text: bare(rest).to_owned() }),
        }
        // The value of these stands elsewhere: what follows is something else.
        pending = pending.filter(|role| *role != Role::Certificate);
    }
    values
}

/// The first address or URN of a line: what stands before it, itself, and what stands behind it.
fn first_address(line: &str) -> Option<(&str, &str, &str)> {
    let low = line.to_ascii_lowercase();
    let at = ["https://", "http://", "urn:"].iter().filter_map(|scheme| low.find(scheme)).min()?;
    let (before, rest) = line.split_at_checked(at)?;
    let is_end = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '“' | '”' | '|' | '«' | '»')
    };
    let end = rest.find(is_end).unwrap_or(rest.len());
    let (address, after) = rest.split_at_checked(end)?;
    Some((before, address.trim_end_matches([',', ';', ')', ']', '}']), after.trim_start_matches(is_end)))
}

/// Without quotes, bullets and punctuation around it.
fn bare(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'', '`', ',', ';', '“', '”', '•', '*', '<', '>']).trim()
}

/// 20 or 32 bytes in hex, with colons or without.
fn is_fingerprint(text: &str) -> bool {
    let text = text.rsplit(['=', ' ']).next().unwrap_or(text);
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '-'));
    is_hex && [40, 64].contains(&digits)
}

/// Values by what they are.
#[derive(Debug, Default)]
struct Sorted {
    idp_entity_ids: Vec<String>,
    entity_ids: Vec<String>,
    sso: Vec<String>,
    sso_post: Vec<String>,
    metadata: Vec<String>,
    entity_or_metadata: Vec<String>,
    like_sso: Vec<String>,
    unknown: Vec<String>,
    own: Vec<String>,
    of_service_provider: Vec<String>,
    fingerprint: Option<String>,
    /// Values, and what they look like in the place of what their label says.
    swapped: Vec<(String, &'static str)>,
    problems: Vec<Problem>,
    mistakes: Vec<Problem>,
}

fn add(to: &mut Vec<String>, value: String) {
    if !to.contains(&value) {
        to.push(value);
    }
}

impl Sorted {
    fn put(&mut self, Value { role, text }: Value, setting: &Setting<'_>) {
        let is_address = text.contains("://");
        let kind = if is_address { address::kind(&text, setting) } else { Kind::Unknown };
        match (role, kind) {
            (Some(Role::Logout | Role::Certificate), _) => {}
            (Some(Role::Fingerprint), _) => self.fingerprint = Some(text),
            (Some(Role::ServiceProvider), Kind::Own) => add(&mut self.own, text),
            (Some(Role::ServiceProvider), _) => add(&mut self.of_service_provider, text),
            (_, Kind::Own) => self.problems.push(Problem::found(ProblemCode::OwnValues, text)),
            (Some(Role::MetadataUrl | Role::Sso | Role::SsoPost) | None, Kind::Wrong(code)) => {
                self.mistakes.push(Problem::found(code, text));
            }
            (Some(Role::MetadataUrl), _) => {
                if is_address {
                    add(&mut self.metadata, text);
                }
            }
            (Some(Role::IdpEntityId), kind) => self.put_entity_id(text, kind, true),
            (Some(Role::EntityId), kind) => self.put_entity_id(text, kind, false),
            (Some(Role::Sso | Role::SsoPost) | None, Kind::Metadata) => add(&mut self.metadata, text),
            (Some(Role::Sso | Role::SsoPost), kind) if kind == Kind::EntityId || is_urn(&text) => {
                self.swapped.push((text.clone(), "entity_id"));
                add(&mut self.sso, text);
            }
            (Some(Role::SsoPost), _) => add(&mut self.sso_post, text),
            (Some(Role::Sso), _) | (None, Kind::Sso) => add(&mut self.sso, text),
            (None, Kind::EntityOrMetadata) => add(&mut self.entity_or_metadata, text),
            (None, Kind::EntityId) => add(&mut self.entity_ids, text),
            (None, Kind::SsoLike) => add(&mut self.like_sso, text),
            (None, Kind::Unknown) => {
                if is_address {
                    add(&mut self.unknown, text);
                } else if is_urn(&text) {
                    add(&mut self.entity_ids, text);
                } else if is_fingerprint(&text) {
                    self.fingerprint = Some(text);
                }
            }
        }
    }

    fn put_entity_id(&mut self, text: String, kind: Kind, is_of_idp: bool) {
        if kind == Kind::Sso {
            self.swapped.push((text.clone(), "sso_url"));
        }
        add(if is_of_idp { &mut self.idp_entity_ids } else { &mut self.entity_ids }, text);
    }

    fn settle(mut self, pasted: &mut Pasted, problems: &mut Vec<Problem>, has_certificate: bool) {
        problems.append(&mut self.problems);
        // The identity provider's own entity ID, where one is called so, else any.
        let mut entity_ids =
            if self.idp_entity_ids.is_empty() { self.entity_ids } else { self.idp_entity_ids };
        let mut sso = self.sso;
        let mut unsure = Vec::new();
        for value in self.entity_or_metadata {
            let is_entity = entity_ids.is_empty() && (!sso.is_empty() || !self.like_sso.is_empty());
            if is_entity { entity_ids.push(value) } else { add(&mut self.metadata, value) }
        }
        match (self.like_sso.as_slice(), sso.is_empty()) {
            ([only], true) => sso.push(only.clone()),
            (like, true) => unsure.extend(like.iter().cloned()),
            // Another address of a product that was recognised already says nothing new.
            (_, false) => {}
        }
        match (self.unknown.as_slice(), entity_ids.is_empty(), sso.is_empty() && self.sso_post.is_empty()) {
            ([], ..) | (_, false, false) => {}
            ([only], true, false) => entity_ids.push(only.clone()),
            ([only], false, true) => sso.push(only.clone()),
            ([only], true, true) if !has_certificate && self.metadata.is_empty() => {
                add(&mut self.metadata, only.clone());
            }
            ([first, second], true, true) => match (is_http(first), is_http(second)) {
                (is_first, is_second) if is_first != is_second => {
                    let (entity_id, url) = if is_first { (first, second) } else { (second, first) };
                    entity_ids.push(entity_id.clone());
                    sso.push(url.clone());
                }
                _ => unsure.extend([first.clone(), second.clone()]),
            },
            (several, ..) => unsure.extend(several.iter().cloned()),
        }
        let has_address = !sso.is_empty() || !self.sso_post.is_empty() || !self.metadata.is_empty();
        let has_any = has_address || !entity_ids.is_empty() || has_certificate;
        let several =
            [&entity_ids, &sso, &self.sso_post, &self.metadata].into_iter().filter(|of| of.len() > 1);
        for values in several.chain(Some(&unsure).filter(|unsure| !unsure.is_empty())) {
            problems.push(Problem::new(ProblemCode::WhichIsWhich).choosing(values.iter().cloned()));
        }
        let is_same =
            |value: &str| entity_ids.iter().any(|id| id == value) && sso.iter().any(|url| url == value);
        for (value, looks_like) in self.swapped.iter().filter(|(value, _)| !is_same(value)) {
            problems.push(Problem::found(ProblemCode::FieldsSwapped, value).wanting(looks_like));
        }
        // A page that was copied whole has more than is needed on it: it is wrong where nothing better is there.
        problems.extend(self.mistakes.into_iter().filter(|_| !has_address));
        if !has_any && problems.is_empty() {
            if let Some(own) = self.own.first() {
                problems.push(Problem::found(ProblemCode::OwnValues, own));
            } else if let Some(value) = self.of_service_provider.first() {
                problems.push(Problem::found(ProblemCode::ServiceProviderValues, value));
            } else if let Some(fingerprint) = &self.fingerprint {
                problems.push(Problem::found(ProblemCode::FingerprintOnly, fingerprint));
            }
        }
        let first = |values: Vec<String>| values.into_iter().next();
        pasted.entity_id = first(entity_ids);
        pasted.sso_redirect_url = first(sso);
        pasted.sso_post_url = first(self.sso_post);
        pasted.metadata_url = first(self.metadata);
    }
}

fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}

fn is_http(url: &str) -> bool {
    url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}
