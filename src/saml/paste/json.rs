//! Exports of other products, and values that somebody copied out of a console's JSON: by the names of their members.

use serde_json::Value as Json;

use super::fields::{Value, assemble};
use super::problem::{Problem, ProblemCode};
use super::{Form, Recognised, Setting, certificate, label, markup, text};

/// So deep are members looked for.
const MAX_DEPTH: usize = 8;
/// So many values are looked at.
const MAX_VALUES: usize = 5000;

pub(super) fn read(text: &str, setting: &Setting<'_>) -> Option<Recognised> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let json: Json = serde_json::from_str(text).ok()?;
    let mut found = Vec::new();
    collect(&json, "", 0, &mut found);
    let has = |name: &str| found.iter().any(|(path, _)| path.ends_with(name));
    if has("authorization_endpoint") && has("issuer") {
        return Some(Recognised::refused(Form::Json, Problem::new(ProblemCode::OpenIdConnect)));
    }
    // Metadata whole is better than what somebody made of it.
    for (_, value) in &found {
        let whole = if value.contains("EntityDescriptor") {
            markup::read(&text::clean(value.as_bytes()), setting)
        } else {
            text::inner(value, setting)
        };
        if let Some(whole) = whole {
            return Some(Recognised { form: Form::Json, ..whole });
        }
    }
    let joined: Vec<_> = found.iter().map(|(_, value)| value.as_str()).collect();
    let certificates = certificate::find(&joined.join("\n \n"));
    let values: Vec<_> = found.iter().filter_map(|(path, value)| member(path, value)).collect();
    let recognised = assemble(certificates, values, setting)?;
    Some(Recognised { form: Form::Json, ..several(recognised) })
}

/// Several connections are an export to import, not one to choose among addresses of.
fn several(mut recognised: Recognised) -> Recognised {
    for problem in &mut recognised.problems {
        if problem.code == ProblemCode::WhichIsWhich {
            problem.code = ProblemCode::SeveralEntities;
            problem.found = Some(problem.choices.len().to_string());
        }
    }
    recognised
}

/// A member that says by its name what it is; the others are an export's own affair.
fn member(path: &str, value: &str) -> Option<Value> {
    let role = label::role(path)?;
    Some(Value { role: Some(role), text: value.trim().to_owned() })
}

/// The texts with their names: the name of a member behind that of the object that it stands in.
fn collect(json: &Json, path: &str, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > MAX_DEPTH || found.len() >= MAX_VALUES {
        return;
    }
    match json {
        Json::String(value) if !value.trim().is_empty() => found.push((path.to_owned(), value.clone())),
        Json::Array(items) => items.iter().for_each(|item| collect(item, path, depth + 1, found)),
        Json::Object(members) => {
            for (name, value) in members {
                let parent = path.rsplit(' ').next().unwrap_or_default();
                let below = if parent.is_empty() { name.clone() } else { format!("{parent} {name}") };
                collect(value, &below, depth + 1, found);
            }
        }
        _ => {}
    }
}
