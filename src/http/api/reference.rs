//! The `OpenAPI` document, and a page for people that is made of it: no assets of others, no script.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::Kind;
use crate::http::Web;
use crate::http::error::not_found;
use crate::http::pages::reference::{
    Body, Field, Group, OperationView, Parameter, ProblemView, ReferencePage,
};
use crate::http::reply::{html, see_other};

/// The same for everybody but for where the server is.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| super::document::document(&super::operations()));

/// `GET /api/openapi.json`.
pub async fn openapi(web: Web) -> Response {
    let mut document = DOCUMENT.clone();
    if let Some(document) = document.as_object_mut() {
        let url = web.gateway.public_url().as_str().to_owned();
        document.insert("servers".to_owned(), json!([{ "url": url }]));
    }
    ([(CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

/// `GET /api/problems/{problem}`: where a kind of problem is explained.
pub async fn problem(web: Web, Path(name): Path<String>) -> Response {
    match Kind::ALL.iter().find(|kind| kind.slug() == name) {
        Some(kind) => see_other(&format!("/api/reference#problem-{}", kind.slug())),
        None => not_found(&web),
    }
}

/// `GET /api/reference`.
pub async fn page(web: Web) -> Response {
    let operations = super::operations();
    let mut groups: Vec<Group> = Vec::new();
    for operation in &operations {
        let pointer = format!("/paths/{}/{}", operation.path.replace('/', "~1"), operation.method);
        let Some(written) = DOCUMENT.pointer(&pointer) else { continue };
        let view = view(operation.method, operation.path, operation.summary, written);
        match groups.last_mut().filter(|group| group.name == operation.tag) {
            Some(group) => group.operations.push(view),
            None => groups.push(Group { name: operation.tag.to_owned(), operations: vec![view] }),
        }
    }
    let problems = Kind::ALL.iter().map(|kind| ProblemView {
        slug: kind.slug(),
        status: kind.status(),
        title: kind.title(),
        about: kind.about(),
    });
    html(&ReferencePage { frame: web.frame(), groups, problems: problems.collect() })
}

fn view(method: &str, path: &str, summary: &str, written: &Value) -> OperationView {
    let parameters = written["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        is_required: parameter["required"] == true,
        about: text(&parameter["description"]),
    });
    let json = |value: &Value| value.pointer("/content/application~1json/schema").map(body);
    let answers = written["responses"].as_object().into_iter().flatten();
    let answers: BTreeMap<String, Option<Body>> =
        answers.map(|(status, answer)| (status.clone(), json(answer))).collect();
    let is_good = |status: &str| status.starts_with('2');
    let scope = written.pointer("/security/0/key/0").map(text);
    OperationView {
        id: text(&written["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: summary.to_owned(),
        scope,
        parameters: parameters.collect(),
        body: json(&written["requestBody"]),
        statuses: answers.keys().cloned().collect::<Vec<_>>().join(", "),
        answer: answers.into_iter().find(|(status, _)| is_good(status)).and_then(|(_, body)| body),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a schema says, as far as a table can show it: fields, what they are, whether they must be there.
fn body(schema: &Value) -> Body {
    let schema = resolved(schema);
    let mut fields = Vec::new();
    collect(schema, "", 0, &mut fields);
    Body { about: text(&schema["description"]), fields }
}

/// The schema behind a reference.
fn resolved(schema: &Value) -> &Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    name.and_then(|pointer| DOCUMENT.pointer(pointer)).unwrap_or(schema)
}

/// Deeper than this a table says nothing to anybody.
const MAX_DEPTH: usize = 4;

fn collect(schema: &Value, prefix: &str, depth: usize, fields: &mut Vec<Field>) {
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let inner = present(member);
        let path = format!("{prefix}{name}");
        let about = [member, inner].into_iter().map(|schema| text(&schema["description"]));
        fields.push(Field {
            name: path.clone(),
            kind: kind(inner),
            is_required: required.contains(&name.as_str()),
            about: about.into_iter().find(|about| !about.is_empty()).unwrap_or_default(),
        });
        let below = if inner["type"] == "array" { present(&inner["items"]) } else { inner };
        if depth < MAX_DEPTH && below["properties"].is_object() {
            let dots = if inner["type"] == "array" { "[]." } else { "." };
            collect(below, &format!("{path}{dots}"), depth + 1, fields);
        }
    }
}

/// The schema of a value that is there, where it may be null.
fn present(schema: &Value) -> &Value {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let one = choices.into_iter().find(|choice| choice["type"] != "null");
    resolved(one.unwrap_or(schema))
}

fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ");
    }
    let name = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    };
    match (name, schema["format"].as_str()) {
        (Some("array"), _) => format!("list of {}", kind(present(&schema["items"]))),
        (Some(_), Some(format @ "date-time")) => format.to_owned(),
        (Some(name), _) => name.to_owned(),
        (None, _) => "any".to_owned(),
    }
}
