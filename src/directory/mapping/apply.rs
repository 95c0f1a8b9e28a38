//! Applying rules to a statement.

use std::collections::BTreeMap;

use super::check::{Checked, Grant, Rules, is_reserved};
use super::lineage::{Lineage, MappedField};
use super::profile::{Profile, WhoseWord};
use super::rule::{AbsentGroups, Case, RoleSource, Source};
use super::subject::is_email_name_id;
use crate::base::caller::Role;
use crate::base::id::is_user_id;
use crate::directory::email::lookup_form;
use crate::directory::statement::Statement;

/// A value that is longer is none that anybody chose.
const MAX_VALUE: usize = 1024;
/// How many values of a field are kept.
const MAX_VALUES: usize = 1000;
/// How many names an explanation lists.
const MAX_LISTED: usize = 40;

/// How Entra says that the groups were too many to send: a link in their place. It cannot be called any more.
const OVERAGE: &str = "/claims/groups.link";

/// What a statement comes to by the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    /// The email address.
    pub email: Option<String>,
    /// The platform's own id for the person.
    pub external_id: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    username: Option<String>,
    groups: Option<Vec<String>>,
    roles: Vec<String>,
    /// Roles that hang on groups that are not known: who has one keeps it.
    undecided: Vec<Grant>,
    role: Option<Role>,
    /// Whether rules decide about being an admin, and about being an owner.
    decides: (bool, bool),
    custom: BTreeMap<String, Vec<String>>,
    /// The fields of the account's own that have a rule.
    custom_ruled: Vec<String>,
}

/// A required field has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which, and where it is looked for.
    pub wanted: String,
    /// What was sent instead: names, no values.
    pub found: String,
}

/// What a rule came to.
struct Found {
    field: MappedField,
    values: Vec<String>,
}

impl Rules {
    /// What `statement` comes to, and how.
    pub fn apply(&self, statement: &Statement) -> (Lineage, Result<Mapped, Missing>) {
        let mut lineage = Lineage::default();
        let mut scalar = |field: &str, rule: &Checked| {
            let mut found = find(field, rule, statement)?;
            let value = found.values.into_iter().next()?;
            found.field.set(vec![value.clone()]);
            lineage.fields.push(found.field);
            Some(value)
        };
        let mut mapped = Mapped {
            email: scalar("email", &self.email),
            first_name: scalar("first_name", &self.first_name),
            last_name: scalar("last_name", &self.last_name),
            display_name: scalar("display_name", &self.display_name),
            username: scalar("username", &self.username),
            external_id: scalar("external_id", &self.external_id),
            ..Mapped::default()
        };
        if mapped.external_id.as_deref().is_some_and(is_user_id) {
            mapped.external_id = None;
            lineage.fields.retain(|field| field.field != "external_id");
            lineage.note(
                "external_id_reserved",
                "An external id was sent that reads like an id of ours, and left out: programs would take it for \
                 somebody else.",
            );
        }
        mapped.groups = self.groups(statement, &mut lineage);
        self.roles(statement, &mut mapped, &mut lineage);
        for (name, rule) in &self.custom {
            mapped.custom_ruled.push(name.clone());
            if let Some(values) = list(&format!("custom.{name}"), rule, statement, &mut lineage) {
                mapped.custom.insert(name.clone(), values);
            }
        }
        let missing = self.required.iter().find(|field| !mapped.has(field));
        let result = match missing {
            None => Ok(mapped),
            Some(field) => Err(self.missing(field, statement)),
        };
        (lineage, result)
    }

    fn groups(&self, statement: &Statement, lineage: &mut Lineage) -> Option<Vec<String>> {
        if statement.attributes.iter().any(|attribute| attribute.name.to_ascii_lowercase().ends_with(OVERAGE))
        {
            lineage.note(
                "groups_unknown",
                "The person is in more groups than the identity provider sends, so it sent a link instead. What was \
                 known of their groups, and roles by group, were left as they were. Choose “groups assigned to the \
                 application” there, or use app roles.",
            );
            return None;
        }
        let found = list("groups", &self.groups, statement, lineage);
        match (found, self.absent_groups) {
            (Some(groups), _) => Some(groups),
            (None, _) if self.groups.first_of.is_empty() => None,
            (None, AbsentGroups::None) => Some(Vec::new()),
            (None, AbsentGroups::Unknown) => {
                lineage.note(
                    "groups_not_sent",
                    "No groups were sent, which this connection takes for “not known”: groups and roles by group were \
                     left as they were.",
                );
                None
            }
        }
    }

    fn roles(&self, statement: &Statement, mapped: &mut Mapped, lineage: &mut Lineage) {
        if let Some(mut found) = find("roles", &self.roles, statement) {
            let (kept, reserved): (Vec<_>, Vec<_>) =
                found.values.into_iter().partition(|role| !is_reserved(role));
            // "member" says nothing, and universities send it for everybody.
            if let Some(role) = reserved.iter().find(|role| !role.eq_ignore_ascii_case("member")) {
                lineage.note(
                    "role_reserved",
                    format!(
                        "The role {role:?} was sent and left out: roles of the account are not copied. To grant it, add a \
                         rule to role_rules."
                    ),
                );
            }
            mapped.roles.extend(kept.into_iter().take(MAX_VALUES));
            if !mapped.roles.is_empty() {
                found.field.set(mapped.roles.clone());
                lineage.fields.push(found.field);
            }
        }
        for rule in &self.role_rules {
            match rule.grant {
                Grant::Account(Role::Owner) => mapped.decides = (true, true),
                Grant::Account(_) => mapped.decides.0 = true,
                Grant::Platform(_) => {}
            }
            let matching = match (&rule.when, &mapped.groups) {
                (RoleSource::Groups, None) => {
                    mapped.undecided.push(rule.grant.clone());
                    continue;
                }
                (RoleSource::Groups, Some(groups)) => {
                    groups.iter().find(|value| rule.condition.holds(value)).cloned()
                }
                (RoleSource::Source(source), _) => {
                    read(source, statement).0.into_iter().find(|value| rule.condition.holds(value))
                }
            };
            let Some(matching) = matching else { continue };
            let (field, value) = match &rule.grant {
                Grant::Account(role) => {
                    mapped.role = Some(mapped.role.map_or(*role, |known| higher(known, *role)));
                    ("role", role.name().to_owned())
                }
                Grant::Platform(role) => {
                    if !mapped.roles.contains(role) {
                        mapped.roles.push(role.clone());
                    }
                    ("roles", role.clone())
                }
            };
            lineage.fields.push(MappedField {
                field: field.to_owned(),
                values: vec![value],
                source: rule.when.to_string(),
                attribute: None,
                sent: Some(vec![matching]),
                rule: rule.path.clone(),
            });
        }
    }

    fn missing(&self, field: &str, statement: &Statement) -> Missing {
        let rule = self.rule(field);
        let sources = rule.map(|rule| rule.first_of.as_slice()).unwrap_or_default();
        let listed: Vec<_> = sources.iter().take(MAX_LISTED).map(ToString::to_string).collect();
        let sent = sources.iter().find(|source| !read(source, statement).0.is_empty());
        let found = match (sent, rule) {
            (Some(source), Some(rule)) => format!("{source}, but nothing of it fits {}", rule.path),
            _ => sent_names(statement),
        };
        Missing { wanted: format!("{field} from {}", listed.join(", ")), found }
    }
}

impl Mapped {
    /// What is known of the person from now on, laid over what was known before, and their role in the account. `from`
    /// names the connection.
    ///
    /// What was not sent leaves what is known, with these exceptions: an address goes with the connection that gave it,
    /// since it may become another person's, as does that it says one that was entered, and one of an owner that was
    /// entered is remembered beside it; groups, roles and own fields are what this connection says.
    #[must_use]
    pub fn onto(&self, previous: Option<(&Profile, Role)>, from: &str) -> (Profile, Role) {
        let (mut profile, role) = match previous {
            None => (Profile::default(), None),
            Some((profile, role)) => (profile.clone(), Some(role)),
        };
        let is_own = profile.email_from.as_deref() == Some(from);
        // In other letters it is the same address, and whose it is stays as it was.
        let is_other = self.email.as_deref().map(lookup_form) != profile.email.as_deref().map(lookup_form);
        if self.email.is_some() && (is_other || is_own) {
            if role == Some(Role::Owner) {
                profile.entered_email = profile.entered().map(str::to_owned);
            }
            profile.email.clone_from(&self.email);
            (profile.email_from, profile.email_by) = (Some(from.to_owned()), WhoseWord::Unknown);
            if is_other {
                profile.email_sayers.clear();
            }
        } else if self.email.is_none() && is_own {
            (profile.email, profile.email_from) = (None, None);
            profile.email_sayers.clear();
        } else if self.email.is_none() {
            profile.email_sayers.remove(from);
        }
        // What was vouched for needs nobody to say it.
        if self.external_id.is_some() && profile.external_id_by != WhoseWord::Vouched {
            profile.external_id_by = WhoseWord::Said;
        }
        for (known, told) in [
            (&mut profile.first_name, &self.first_name),
            (&mut profile.last_name, &self.last_name),
            (&mut profile.display_name, &self.display_name),
            (&mut profile.username, &self.username),
        ] {
            if told.is_some() {
                known.clone_from(told);
            }
        }
        if self.groups.is_some() {
            profile.groups.clone_from(&self.groups);
        }
        let mut roles = self.roles.clone();
        for grant in &self.undecided {
            if let Grant::Platform(kept) = grant
                && profile.roles.contains(kept)
                && !roles.contains(kept)
            {
                roles.push(kept.clone());
            }
        }
        profile.roles = roles;
        for name in &self.custom_ruled {
            match self.custom.get(name) {
                Some(values) => profile.custom.insert(name.clone(), values.clone()),
                None => profile.custom.remove(name),
            };
        }
        let new = self.role_onto(role);
        let is_raised = new == Role::Owner && role != Some(Role::Owner);
        (if is_raised { profile.raised() } else { profile }, new)
    }

    /// The same without the address, where it does not count.
    #[must_use]
    pub fn without_email(&self) -> Self {
        Self { email: None, ..self.clone() }
    }

    fn role_onto(&self, previous: Option<Role>) -> Role {
        let told = self.role.unwrap_or(Role::Member);
        let Some(previous) = previous else { return told };
        let is_kept = match previous {
            Role::Owner => !self.decides.1,
            Role::Admin | Role::Member => !self.decides.0,
        };
        let is_undecided = self.undecided.contains(&Grant::Account(previous));
        if is_kept || is_undecided { higher(previous, told) } else { told }
    }

    fn has(&self, field: &str) -> bool {
        match field {
            "email" => self.email.is_some(),
            "first_name" => self.first_name.is_some(),
            "last_name" => self.last_name.is_some(),
            "display_name" => self.display_name.is_some(),
            "username" => self.username.is_some(),
            "external_id" => self.external_id.is_some(),
            // Too many to send is not none.
            "groups" => self.groups.as_ref().is_none_or(|groups| !groups.is_empty()),
            "roles" => !self.roles.is_empty(),
            _ => field.strip_prefix("custom.").is_some_and(|name| self.custom.contains_key(name)),
        }
    }
}

impl MappedField {
    /// What it became; what was sent stays where it differs.
    fn set(&mut self, values: Vec<String>) {
        if self.sent.as_ref() == Some(&values) {
            self.sent = None;
        }
        self.values = values;
    }
}

const fn higher(a: Role, b: Role) -> Role {
    match (a, b) {
        (Role::Owner, _) | (_, Role::Owner) => Role::Owner,
        (Role::Admin, _) | (_, Role::Admin) => Role::Admin,
        (Role::Member, Role::Member) => Role::Member,
    }
}

fn list(field: &str, rule: &Checked, statement: &Statement, lineage: &mut Lineage) -> Option<Vec<String>> {
    let mut found = find(field, rule, statement)?;
    if found.values.len() > MAX_VALUES {
        lineage.note(
            "values_left_out",
            format!("{field} has {} values, of which {MAX_VALUES} were kept.", found.values.len()),
        );
        found.values.truncate(MAX_VALUES);
    }
    found.field.set(found.values.clone());
    lineage.fields.push(found.field);
    Some(found.values)
}

/// The first source of `rule` that comes to something.
fn find(field: &str, rule: &Checked, statement: &Statement) -> Option<Found> {
    rule.first_of.iter().enumerate().find_map(|(index, source)| {
        let (sent, attribute) = read(source, statement);
        let values = rule.change(&sent);
        (!values.is_empty()).then(|| Found {
            field: MappedField {
                field: field.to_owned(),
                values: Vec::new(),
                source: source.to_string(),
                attribute,
                sent: Some(sent),
                rule: format!("{}.first_of[{index}]", rule.path),
            },
            values,
        })
    })
}

impl Checked {
    /// Split, capture, case; each value once, none empty.
    fn change(&self, sent: &[String]) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for value in sent {
            let parts: Vec<&str> = match &self.split {
                None => vec![value],
                Some(separator) => value.split(separator.as_str()).collect(),
            };
            for part in parts {
                let part = match &self.capture {
                    None => Some(part),
                    Some(pattern) => pattern
                        .captures(part.trim())
                        .and_then(|found| found.get(1).or_else(|| found.get(0).filter(|_| found.len() == 1)))
                        .map(|found| found.as_str()),
                };
                let Some(part) = part.map(str::trim).filter(|part| !part.is_empty()) else { continue };
                let part = match self.case {
                    None => part.to_owned(),
                    Some(Case::Lower) => part.to_lowercase(),
                    Some(Case::Upper) => part.to_uppercase(),
                };
                if part.len() <= MAX_VALUE && !values.contains(&part) {
                    values.push(part);
                }
            }
        }
        values
    }
}

/// The values of a source, trimmed and without empty ones, and the attribute's own name if the source calls it otherwise.
fn read(source: &Source, statement: &Statement) -> (Vec<String>, Option<String>) {
    let kept = |value: &str| {
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    match source {
        Source::NameId => {
            (statement.name_id.iter().filter_map(|name_id| kept(&name_id.value)).collect(), None)
        }
        Source::EmailNameId => {
            let named = statement.name_id.iter().filter(|name_id| is_email_name_id(name_id));
            (named.filter_map(|name_id| kept(&name_id.value)).collect(), None)
        }
        Source::Constant(text) => (vec![text.clone()], None),
        Source::Attribute(name) => {
            let mut attribute = None;
            let mut values = Vec::new();
            for named in statement.named(name) {
                if named.name != *name {
                    attribute = Some(named.name.clone());
                }
                values.extend(named.values.iter().filter_map(|value| kept(value)));
            }
            (values, attribute)
        }
    }
}

/// The names of what was sent, for explanations.
pub(super) fn sent_names(statement: &Statement) -> String {
    if statement.attributes.is_empty() {
        return "no attributes at all".to_owned();
    }
    let names = statement.attributes.iter().take(MAX_LISTED).map(|attribute| {
        let is_empty = attribute.values.iter().all(|value| value.trim().is_empty());
        format!("{}{}", attribute.name, if is_empty { " (empty)" } else { "" })
    });
    format!("only {}", names.collect::<Vec<_>>().join(", "))
}
