//! The `OpenAPI` document: made of the table of operations and of the types that they read and write.
//!
//! # Design
//!
//! Every operation is registered by one function, with its handler; the types in the handler's signature tell what it
//! takes and gives ([`Takes`], [`Gives`]), and the same line makes the route. So an operation without documentation cannot
//! be written. Schemas are made by `schemars` from the types that serde reads and writes. Of an attribute on each handler
//! (as `utoipa` has it) nothing would hold parameters, bodies and statuses to what the handler does.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::call::{Call, Gives, Takes};
use super::problem::{Kind, Problem, ProblemBody};
use super::serve::{Asked, Work, serve, work};
use crate::access::{Action, table};
use crate::base::caller::Scope;
use crate::http::Web;

const JSON: &str = "application/json";

/// One operation: where it is, what it is called, what it asks for, its documentation and its route.
#[derive(Debug)]
pub struct Operation {
    /// `get`, `post`, …
    pub method: &'static str,
    /// The address.
    pub path: &'static str,
    /// Under which heading it stands.
    pub tag: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What is asked of the key; every key may, without it.
    pub action: Option<Action>,
    document: fn(&mut Draft<'_>),
    router: Router<Web>,
}

impl Operation {
    /// One, with the function that does it.
    pub fn new<T, R, F>(
        (method, path): (&'static str, &'static str),
        (tag, summary): (&'static str, &'static str),
        action: Option<Action>,
        handler: impl Fn(Call, T) -> F + Copy + Send + Sync + 'static,
    ) -> Self
    where
        T: Takes + Send + 'static,
        R: Gives + Send + 'static,
        F: Future<Output = Result<R, Problem>> + Send + 'static,
    {
        Self {
            method,
            path,
            tag,
            summary,
            action,
            document: |draft| {
                T::document(draft);
                R::document(draft);
            },
            router: Router::new()
                .route(path, route(Asked { method, path, action }, (work(handler), R::MAKES))),
        }
    }

    /// The scope that it asks for.
    #[must_use]
    pub const fn scope(&self) -> Option<Scope> {
        match self.action {
            Some(action) => table::row(action).scope,
            None => None,
        }
    }

    /// Its name for programs that are made of the document.
    #[must_use]
    pub fn id(&self) -> String {
        let words = self.path.trim_start_matches("/api/v1/").split('/');
        let words = words.map(|word| word.trim_matches(['{', '}']).replace('-', "_"));
        format!("{}_{}", self.method, words.collect::<Vec<_>>().join("_"))
    }
}

fn route(asked: Asked, (work, makes): (Work, bool)) -> MethodRouter<Web> {
    let filter = match asked.method {
        "post" => MethodFilter::POST,
        "put" => MethodFilter::PUT,
        "patch" => MethodFilter::PATCH,
        "delete" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    };
    on(
        filter,
        move |web: Web, params: Result<RawPathParams, RawPathParamsRejection>, request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, web.body_limit).await.unwrap_or_default();
            // What is there was read in full before it came here.
            serve((web, asked), (parts, params.ok(), body), (work, makes)).await
        },
    )
}

/// The routes of all of them.
pub fn router(operations: Vec<Operation>) -> Router<Web> {
    operations.into_iter().fold(Router::new(), |all, operation| all.merge(operation.router))
}

/// What an operation's part of the document is written to.
#[derive(Debug)]
pub struct Draft<'d> {
    schemas: &'d mut Schemas,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: Vec<Kind>,
}

/// Schemas of what is read and of what is written; the same type may differ between them, so that none is used for both
/// unless it is the same (a test holds that).
#[derive(Debug)]
struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    })
}

impl Draft<'_> {
    /// A body of JSON.
    pub fn body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.read.subschema_for::<T>();
        self.body = Some(json!({ "required": true, "content": { JSON: { "schema": schema } } }));
        self.problems.extend([Kind::TooLarge, Kind::UnsupportedMediaType, Kind::Invalid]);
    }

    /// Parameters after `?`, a member of `T` each.
    pub fn query<T: JsonSchema>(&mut self) {
        let schema = T::json_schema(&mut self.schemas.read);
        let members = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, schema) in members {
            let (schema, description) = described(schema);
            self.parameters.push(json!({
                "name": name, "in": "query", "required": false, "description": description, "schema": schema,
            }));
        }
    }

    /// The header `If-Match`.
    pub fn if_match(&mut self) {
        self.parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string", "minLength": 1 },
            "description": "The ETag of what was read; * for whatever is there.",
        }));
        self.problems.extend([Kind::Stale, Kind::ConditionMissing]);
    }

    /// The header `Idempotency-Key`.
    pub fn idempotency_key(&mut self) {
        self.parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" },
            "description": "Names the request for 24 hours: sent again, it is answered alike and makes nothing twice.",
        }));
        self.problems.extend([Kind::RequestUnderWay, Kind::AnswerLost, Kind::Invalid]);
    }

    /// An answer with a body.
    pub fn gives<T: JsonSchema>(&mut self, status: u16, about: &str) {
        let schema = self.schemas.written.subschema_for::<T>();
        let answer = json!({ "description": about, "content": { JSON: { "schema": schema } } });
        self.answers.insert(status, answer);
    }

    /// An answer that is a file of one of these kinds.
    pub fn gives_text(&mut self, status: u16, about: &str, kinds: &[&str]) {
        let content: Map<String, Value> = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), json!({ "schema": { "type": "string" } })))
            .collect();
        self.answers.insert(status, json!({ "description": about, "content": content }));
    }

    /// An answer without one.
    pub fn gives_nothing(&mut self, status: u16, about: &str) {
        self.answers.insert(status, json!({ "description": about }));
    }

    /// A header of an answer.
    pub fn header(&mut self, status: u16, name: &str, about: &str) {
        if let Some(answer) = self.answers.get_mut(&status).and_then(Value::as_object_mut) {
            let headers = answer.entry("headers").or_insert_with(|| json!({}));
            if let Some(headers) = headers.as_object_mut() {
                headers
                    .insert(name.to_owned(), json!({ "description": about, "schema": { "type": "string" } }));
            }
        }
    }
}

/// A schema, and apart from it what it says of itself.
fn described(mut schema: Value) -> (Value, String) {
    let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    (schema, about.and_then(|about| about.as_str().map(str::to_owned)).unwrap_or_default())
}

/// What a part of the address is.
fn part(name: &str) -> Value {
    let (about, schema) = match name {
        "account" => {
            ("The account: its id or its name in addresses.", json!({ "type": "string", "minLength": 1 }))
        }
        "connection" => ("The connection's id.", id("conn")),
        "user" => (
            "The person: their id, or the platform's own id for them.",
            json!({ "type": "string", "minLength": 1 }),
        ),
        "session" => ("The session's id.", id("sess")),
        "sign_in" => ("The sign-in's id: the reference that the person was shown.", id("att")),
        "key" => ("The key's id.", id("key")),
        "link" => ("The link's id.", id("link")),
        "share" => ("The link's id.", id("share")),
        "invitation" => ("The invitation's id.", id("link")),
        "guest" => ("The guest's address.", json!({ "type": "string", "minLength": 3, "maxLength": 320 })),
        "receipt" => ("The receipt's id.", id("erased")),
        "passkey" => ("The passkey's id.", id("pk")),
        "operator" => ("The operator's id.", id("op")),
        "own_key" => ("The key's id.", id("spkey")),
        "calendar" => ("The calendar's id.", id("feed")),
        "job" => ("The job's id.", id("job")),
        "run" => ("The run's id.", id("zrun")),
        "inventory" => ("The inventory's id.", id("zinv")),
        "person" => ("The person's id.", id("user")),
        "event" => ("The event's id.", id("zev")),
        "webhook" => ("The webhook's id.", id("hook")),
        "delivery" => ("The delivery's id.", id("msg")),
        "domain" => ("The domain's name.", json!({ "type": "string", "minLength": 3, "maxLength": 253 })),
        "revision" => {
            ("The revision's number.", json!({ "type": "string", "pattern": "^[1-9][0-9]{0,17}$" }))
        }
        "proposal" => ("The name of the change that waits.", json!({ "type": "string", "minLength": 1 })),
        "sha256" => (
            "SHA-256 of the certificate or of its key, in hex.",
            json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
        ),
        _ => ("", json!({ "type": "string", "minLength": 1 })),
    };
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
}

fn id(prefix: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$") })
}

/// The paths, and the types that bodies and answers are made of.
fn parts(operations: &[Operation]) -> (Map<String, Value>, [Map<String, Value>; 2]) {
    let mut schemas = Schemas {
        read: settings().for_deserialize().into_generator(),
        written: settings().for_serialize().into_generator(),
    };
    let problem = schemas.written.subschema_for::<ProblemBody<'_>>();
    let mut paths = Map::new();
    for operation in operations {
        let written = write(operation, &mut schemas, &problem);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), written);
        }
    }
    (paths, [schemas.read.take_definitions(true), schemas.written.take_definitions(true)])
}

/// The whole document, but for where the server is.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let (paths, schemas) = parts(operations);
    let all: Map<String, Value> = schemas.into_iter().flatten().collect();
    let mut tags: Vec<&str> = Vec::new();
    for operation in operations {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gatepost", "version": "1", "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Accounts, their connections to identity providers, people and sessions. Every answer that is \
                no success is application/problem+json. Lists are paged: ask again with the next_cursor of the answer \
                until there is none. Every answer of an operation has an X-Request-Id; to whoever comes with a key that is \
                good, it says in RateLimit how often the key may ask.",
        },
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "schemas": all,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key of the REST API: gatepost_…" },
            },
        },
    })
}

fn write(operation: &Operation, schemas: &mut Schemas, problem: &Schema) -> Value {
    let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<_> = names.map(part).collect();
    let has_parts = !parameters.is_empty();
    let mut draft =
        Draft { schemas, parameters, body: None, answers: BTreeMap::new(), problems: vec![Kind::BadRequest] };
    (operation.document)(&mut draft);
    let Draft { parameters, body, mut answers, mut problems, .. } = draft;
    problems.extend([
        Kind::KeyMissing,
        Kind::TooMany,
        Kind::Internal,
        Kind::Unavailable,
        Kind::RequestTimeout,
    ]);
    if operation.method != "get" {
        problems.extend([Kind::TooLarge, Kind::Invalid]);
    }
    if operation.action.is_some() {
        problems.push(Kind::Forbidden);
    }
    // What is to be removed may not be there, where its address has no parts either.
    if has_parts || operation.method == "delete" {
        problems.push(Kind::NotFound);
    }
    for kind in problems {
        answers.entry(kind.status()).or_insert_with(|| {
            json!({
                "description": kind.title(),
                "content": { "application/problem+json": { "schema": problem } },
            })
        });
    }
    let answers: Map<String, Value> =
        answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
    let scopes: Vec<_> = operation.scope().map(Scope::name).into_iter().collect();
    let mut written = json!({
        "operationId": operation.id(), "tags": [operation.tag], "summary": operation.summary,
        "security": [{ "key": scopes }], "parameters": parameters, "responses": answers,
    });
    if let (Some(body), Some(written)) = (body, written.as_object_mut()) {
        written.insert("requestBody".to_owned(), body);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_read_and_written_is_the_same_both_ways() {
        let (_, [read, written]) = parts(&crate::http::api::operations());
        let both: Vec<_> = read.keys().filter(|name| written.contains_key(*name)).collect();
        for name in &both {
            assert_eq!(read.get(*name), written.get(*name), "{name}");
        }
        assert!(!both.is_empty());
    }
}
