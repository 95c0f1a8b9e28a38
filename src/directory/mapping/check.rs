//! Mappings checked: every pattern compiled, every name known, the usual rules of the product below.

use regex::{Regex, RegexBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rule::{AbsentGroups, Case, Condition, Mapping, RoleRule, RoleSource, Rule, Source, SourceError};
use super::usual::usual;
use crate::base::caller::Role;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::unread;
use crate::directory::preset::Product;

const MAX_SOURCES: usize = 20;
const MAX_CUSTOM: usize = 50;
const MAX_ROLE_RULES: usize = 200;
const MAX_TEXT: usize = 512;
/// What a compiled pattern counts as, in bytes: the least of these that holds it. The first holds words and digits, the
/// second a class of all letters or a list of names, the third two or three of these; the last is the most that one may
/// weigh, too little to be a burden.
const WEIGHTS: [usize; 4] = [1 << 13, 1 << 15, 1 << 16, 1 << 18];
/// What all patterns of a mapping that is written may weigh together: they are kept for as long as people sign in by it.
const MAX_PATTERNS: usize = 1 << 21;
/// A pattern counts at least so much for each of its bytes, since reading one takes time as well.
const WEIGHT_OF_BYTE: usize = 1 << 6;
/// What matching one may keep at least; with less, it is slow.
const LEAST_CACHE: usize = 1 << 15;

/// What is wrong with a mapping, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The rule: `mapping.email.capture`.
    pub path: String,
    /// What is wrong there.
    pub why: Sentence,
}

impl Told for MappingError {
    fn sentence(&self) -> Sentence {
        self.why.clone().at(&self.path)
    }
}

/// Everything that is wrong with a mapping, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingErrors(pub Vec<MappingError>);

impl Told for MappingErrors {
    fn sentence(&self) -> Sentence {
        let all = Sentence::all(self.0.iter().map(Told::sentence).collect());
        all.unwrap_or_else(|| sentence!("the mapping cannot be used"))
    }
}

told_errors!(MappingError, MappingErrors);

/// A mapping that can be applied.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) email: Checked,
    pub(super) first_name: Checked,
    pub(super) last_name: Checked,
    pub(super) display_name: Checked,
    pub(super) username: Checked,
    pub(super) external_id: Checked,
    pub(super) groups: Checked,
    pub(super) roles: Checked,
    pub(super) custom: Vec<(String, Checked)>,
    pub(super) role_rules: Vec<CheckedRoleRule>,
    pub(super) required: Vec<String>,
    pub(super) absent_groups: AbsentGroups,
    weight: usize,
}

/// A rule that can be applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Checked {
    /// Where it stands: `mapping.email`, `usual.email`.
    pub(super) path: String,
    pub(super) first_of: Vec<Source>,
    pub(super) split: Option<String>,
    pub(super) capture: Option<Regex>,
    pub(super) case: Option<Case>,
}

#[derive(Debug, Clone)]
pub(super) struct CheckedRoleRule {
    pub(super) path: String,
    pub(super) grant: Grant,
    pub(super) when: RoleSource,
    pub(super) condition: Condition,
}

/// What a role rule gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    Account(Role),
    Platform(String),
}

/// The names that are no roles of the platform.
pub(in crate::directory) fn is_reserved(role: &str) -> bool {
    ["owner", "admin", "member", "operator"].iter().any(|name| role.eq_ignore_ascii_case(name))
}

impl Mapping {
    /// Reads what a person wrote, JSON; unlike serde's own errors, these say where. What is null is not set.
    ///
    /// # Errors
    /// All that is wrong, each with its path.
    pub fn read(json: &str) -> Result<Self, MappingErrors> {
        let mut errors = Errors::default();
        let object = match serde_json::from_str::<Value>(json) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(one("mapping", sentence!("it must be a JSON object"))),
            Err(error) => return Err(one("mapping", unread::json(&error))),
        };
        let mut mapping = Self::default();
        for (key, value) in object {
            let path = format!("mapping.{key}");
            match key.as_str() {
                "email" => mapping.email = errors.read_if_any(&path, value),
                "first_name" => mapping.first_name = errors.read_if_any(&path, value),
                "last_name" => mapping.last_name = errors.read_if_any(&path, value),
                "display_name" => mapping.display_name = errors.read_if_any(&path, value),
                "username" => mapping.username = errors.read_if_any(&path, value),
                "external_id" => mapping.external_id = errors.read_if_any(&path, value),
                "groups" => mapping.groups = errors.read_if_any(&path, value),
                "roles" => mapping.roles = errors.read_if_any(&path, value),
                "required" => mapping.required = errors.read_if_any(&path, value).unwrap_or_default(),
                "may_grant_owner" => {
                    mapping.may_grant_owner = errors.read_if_any(&path, value).unwrap_or_default();
                }
                "absent_groups" => {
                    mapping.absent_groups = errors.read_if_any(&path, value).unwrap_or_default();
                }
                "role_rules" => {
                    let rules: Vec<Value> = errors.read_if_any(&path, value).unwrap_or_default();
                    let rules = rules.into_iter().enumerate();
                    mapping.role_rules = rules
                        .filter_map(|(index, rule)| errors.read(&format!("{path}[{index}]"), rule))
                        .collect();
                }
                "custom" => {
                    let fields: serde_json::Map<String, Value> =
                        errors.read_if_any(&path, value).unwrap_or_default();
                    for (name, rule) in fields {
                        if let Some(rule) = errors.read_if_any(&format!("{path}.{name}"), rule) {
                            mapping.custom.insert(name, rule);
                        }
                    }
                }
                _ => errors
                    .add(path, sentence!("there is no such field; fields of your own stand under custom")),
            }
        }
        errors.or(mapping)
    }
}

impl Rules {
    /// Checks a `mapping` that is to be written, and lays it over what is usual for `product`.
    ///
    /// # Errors
    /// All that is wrong, each with its path.
    pub fn check(mapping: &Mapping, product: Product) -> Result<Self, MappingErrors> {
        let mut errors = Errors::default();
        errors.names_somebody("mapping.email", mapping.email.as_ref());
        errors.names_somebody("mapping.external_id", mapping.external_id.as_ref());
        Self::lay(mapping, product, errors)
    }

    /// The same of one that is stored, without what is refused only since it may have been written: whoever signs in by it
    /// goes on to, until somebody changes it.
    ///
    /// # Errors
    /// All that is wrong, each with its path.
    pub fn check_stored(mapping: &Mapping, product: Product) -> Result<Self, MappingErrors> {
        Self::lay(mapping, product, Errors { room: Some(usize::MAX), ..Errors::default() })
    }

    fn lay(mapping: &Mapping, product: Product, mut errors: Errors) -> Result<Self, MappingErrors> {
        let (usual, room) = (usual(product), errors.room);
        let mut fields = Vec::new();
        for ((name, own), (_, usual)) in mapping.fields().into_iter().zip(usual.fields()) {
            fields.push(match (own, usual) {
                (Some(rule), _) => errors.rule(format!("mapping.{name}"), rule),
                (None, Some(rule)) => errors.rule(format!("usual.{name}"), rule),
                (None, None) => Checked { path: format!("usual.{name}"), ..Checked::default() },
            });
        }
        let mut fields = fields.into_iter();
        let mut next = || fields.next().unwrap_or_default();
        let mut rules = Self {
            email: next(),
            first_name: next(),
            last_name: next(),
            display_name: next(),
            username: next(),
            external_id: next(),
            groups: next(),
            roles: next(),
            custom: Vec::new(),
            role_rules: Vec::new(),
            required: mapping.required.clone(),
            absent_groups: mapping.absent_groups,
            weight: 0,
        };
        for (name, rule) in &usual.custom {
            if !mapping.custom.contains_key(name) {
                rules.custom.push((name.clone(), errors.rule(format!("usual.custom.{name}"), rule)));
            }
        }
        if mapping.custom.len() > MAX_CUSTOM {
            errors.add("mapping.custom", sentence!("there may be {max} fields at most", max = MAX_CUSTOM));
        }
        for (name, rule) in &mapping.custom {
            let path = format!("mapping.custom.{name}");
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
                errors.add(&path, sentence!("a name has 1 to 64 letters, digits, _, - and ."));
            }
            rules.custom.push((name.clone(), errors.rule(path, rule)));
        }
        if mapping.role_rules.len() > MAX_ROLE_RULES {
            errors.add(
                "mapping.role_rules",
                sentence!("there may be {max} rules at most", max = MAX_ROLE_RULES),
            );
        }
        for (index, rule) in mapping.role_rules.iter().enumerate() {
            let path = format!("mapping.role_rules[{index}]");
            if rule.when == RoleSource::Groups && rules.groups.first_of.is_empty() {
                errors.add(
                    format!("{path}.when"),
                    sentence!("no groups are mapped: give mapping.groups a source"),
                );
            }
            rules.role_rules.extend(errors.role_rule(path, rule, mapping.may_grant_owner));
        }
        for (index, name) in rules.required.iter().enumerate() {
            if rules.rule(name).is_none_or(|rule| rule.first_of.is_empty()) {
                errors.add(
                    format!("mapping.required[{index}]"),
                    sentence!("\"{name}\" is no field that is mapped", name),
                );
            }
        }
        rules.weight = room.zip(errors.room).map_or(0, |(before, after)| before - after);
        errors.or(rules)
    }

    /// What its patterns weigh together, in bytes, for whoever keeps many of these.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// The rule of the field of that name.
    pub(super) fn rule(&self, field: &str) -> Option<&Checked> {
        match field {
            "email" => Some(&self.email),
            "first_name" => Some(&self.first_name),
            "last_name" => Some(&self.last_name),
            "display_name" => Some(&self.display_name),
            "username" => Some(&self.username),
            "external_id" => Some(&self.external_id),
            "groups" => Some(&self.groups),
            "roles" => Some(&self.roles),
            _ => {
                let name = field.strip_prefix("custom.")?;
                self.custom.iter().find(|(known, _)| known == name).map(|(_, rule)| rule)
            }
        }
    }
}

fn one(path: &str, why: Sentence) -> MappingErrors {
    MappingErrors(vec![MappingError { path: path.to_owned(), why }])
}

/// What serde says; sources say it in a sentence of their own.
fn unreadable(error: &serde_json::Error) -> Sentence {
    SourceError::of_serde(error).map_or_else(|| unread::json(error), Sentence::from)
}

/// What is wrong so far, and what the patterns that come may still weigh.
struct Errors {
    all: Vec<MappingError>,
    /// None once that was too much: it is told once, and what comes after is not looked at.
    room: Option<usize>,
}

impl Default for Errors {
    fn default() -> Self {
        Self { all: Vec::new(), room: Some(MAX_PATTERNS) }
    }
}

impl Errors {
    fn add(&mut self, path: impl Into<String>, why: Sentence) {
        self.all.push(MappingError { path: path.into(), why });
    }

    fn or<T>(self, value: T) -> Result<T, MappingErrors> {
        if self.all.is_empty() { Ok(value) } else { Err(MappingErrors(self.all)) }
    }

    fn read_if_any<T: DeserializeOwned>(&mut self, path: &str, value: Value) -> Option<T> {
        if value.is_null() { None } else { self.read(path, value) }
    }

    fn read<T: DeserializeOwned>(&mut self, path: &str, value: Value) -> Option<T> {
        serde_json::from_value(value).map_err(|error| self.add(path, unreadable(&error))).ok()
    }

    fn rule(&mut self, path: String, rule: &Rule) -> Checked {
        if rule.first_of.len() > MAX_SOURCES {
            self.add(
                format!("{path}.first_of"),
                sentence!("there may be {max} sources at most", max = MAX_SOURCES),
            );
        }
        for (index, source) in rule.first_of.iter().enumerate() {
            self.source(&format!("{path}.first_of[{index}]"), source);
        }
        if rule.split.as_ref().is_some_and(|split| split.is_empty() || split.len() > 16) {
            self.add(format!("{path}.split"), sentence!("it has 1 to 16 characters, such as ; or ,"));
        }
        let capture =
            rule.capture.as_ref().and_then(|text| self.pattern(&format!("{path}.capture"), text, text));
        if capture.as_ref().is_some_and(|pattern| pattern.captures_len() > 2) {
            self.add(
                format!("{path}.capture"),
                sentence!("it may have one group; write (?:…) for the others"),
            );
        }
        Checked { first_of: rule.first_of.clone(), split: rule.split.clone(), capture, case: rule.case, path }
    }

    /// What people are found by, and taken for, is said of each of them: one text for everybody would give them all
    /// somebody's address or id.
    fn names_somebody(&mut self, path: &str, rule: Option<&Rule>) {
        let sources = rule.map(|rule| rule.first_of.as_slice()).unwrap_or_default();
        for (index, source) in sources.iter().enumerate() {
            if matches!(source, Source::Constant(_)) {
                self.add(
                    format!("{path}.first_of[{index}]"),
                    sentence!(
                        "a text that is the same for everybody names nobody; take what is said of each person"
                    ),
                );
            }
        }
    }

    fn role_rule(&mut self, path: String, rule: &RoleRule, may_grant_owner: bool) -> Option<CheckedRoleRule> {
        if let RoleSource::Source(source) = &rule.when {
            self.source(&format!("{path}.when"), source);
        }
        let condition = match (&rule.equals, &rule.matches) {
            (Some(text), None) => Some(Condition::Equals(text.clone())),
            // The whole value: a pattern that found "admin" in "not-admin" would be a hole.
            (None, Some(text)) => self
                .pattern(&format!("{path}.matches"), text, &format!("^(?:{text})$"))
                .map(Condition::Matches),
            _ => {
                self.add(&path, sentence!("it needs either equals or matches"));
                None
            }
        };
        let grant = self.grant(format!("{path}.grant"), &rule.grant, may_grant_owner);
        Some(CheckedRoleRule { grant: grant?, when: rule.when.clone(), condition: condition?, path })
    }

    fn grant(&mut self, path: String, role: &str, may_grant_owner: bool) -> Option<Grant> {
        let refuse = match role {
            "member" => return Some(Grant::Account(Role::Member)),
            "admin" => return Some(Grant::Account(Role::Admin)),
            "owner" if may_grant_owner => return Some(Grant::Account(Role::Owner)),
            "owner" => {
                sentence!("an identity provider makes nobody an owner unless may_grant_owner is switched on")
            }
            _ if role.eq_ignore_ascii_case("operator") => {
                sentence!("no identity provider makes anybody an operator")
            }
            _ if is_reserved(role) => {
                sentence!("the roles of an account are written member, admin and owner")
            }
            _ if role.trim().is_empty() || role.len() > 64 => {
                sentence!("a role has 1 to 64 characters")
            }
            _ => return Some(Grant::Platform(role.to_owned())),
        };
        self.add(path, refuse);
        None
    }

    fn source(&mut self, path: &str, source: &Source) {
        match source {
            Source::Attribute(text) | Source::Constant(text) if text.len() > MAX_TEXT => {
                self.add(path, sentence!("it may have {max} characters at most", max = MAX_TEXT));
            }
            _ => {}
        }
    }

    /// Compiles `whole`, which stands for the `text` that a person wrote.
    fn pattern(&mut self, path: &str, text: &str, whole: &str) -> Option<Regex> {
        if text.is_empty() || text.len() > MAX_TEXT {
            self.add(path, sentence!("a pattern has 1 to {max} characters", max = MAX_TEXT));
            return None;
        }
        let room = self.room?;
        for limit in WEIGHTS {
            let Some(left) = room.checked_sub(limit.max(text.len() * WEIGHT_OF_BYTE)) else {
                self.room = None;
                self.add(
                    path,
                    sentence!("with it the patterns grow too large together; make them fewer or shorter"),
                );
                return None;
            };
            let compile = |text: &str| {
                let mut builder = RegexBuilder::new(text);
                builder.size_limit(limit).dfa_size_limit(limit.max(LEAST_CACHE)).nest_limit(32).build()
            };
            // What is one by itself stays within the brackets that are put around it; "a)|(b" is none.
            let compiled = compile(text).and_then(|own| if text == whole { Ok(own) } else { compile(whole) });
            match compiled {
                Ok(pattern) => {
                    self.room = Some(left);
                    return Some(pattern);
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => {
                    let error = error.to_string();
                    let last = error.lines().last().unwrap_or_default().trim();
                    let cause = last.trim_start_matches("error: ");
                    self.add(path, sentence!("it is no regular expression: {cause}", cause));
                    return None;
                }
            }
        }
        // To find that out took as long as the largest.
        self.room = Some(room.saturating_sub(WEIGHTS.into_iter().max().unwrap_or_default()));
        self.add(path, sentence!("it grows too large; write it with fewer repetitions"));
        None
    }
}
