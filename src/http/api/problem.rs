//! What is told instead of what was asked for: `application/problem+json` (RFC 9457), one table for the whole API.
//!
//! To add a kind: a row in [`Kind`]'s table. The document and the reference page know it by themselves.

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Ctx;
use crate::base::sentence::{Line, Place};
use crate::flow::FlowError;
use crate::http::error;

/// Where the types of problems are explained.
pub const TYPES: &str = "/api/problems/";

macro_rules! kinds {
    ($($kind:ident $status:literal $name:literal $title:literal $about:literal;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $about] $kind,)* }

        impl Kind {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The stable name: the code, and with dashes the end of its type.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The status that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            /// The same for every problem of the kind.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// What it means and what to do.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)* }
            }
        }
    };
}

kinds! {
    BadRequest 400 "bad_request" "The request cannot be read"
        "A parameter, a header or the JSON of the body is malformed. The errors say which.";
    KeyMissing 401 "key_missing" "A key is needed"
        "Send a key of the REST API: Authorization: Bearer gatepost_…";
    KeyUnknown 401 "key_unknown" "The key is not good"
        "The key is unknown, was revoked, or has ended. Make a new one in the console or by gatepost api-key create.";
    Forbidden 403 "forbidden" "The key may not do that"
        "The key is known and lacks a scope: the one that the operation asks for, or one that is asked for beside it, as \
         owners:write where owners sign in by the connection, zoom:read where a webhook is told what Zoom tells, \
         connections:write and domains:write for what a setup link hands on, and installation:write of a key of the \
         installation for a connection under a name of before.";
    NotFound 404 "not_found" "There is no such thing"
        "Nothing is there, or it belongs to another account than the key.";
    MethodNotAllowed 405 "method_not_allowed" "The address does not take that method"
        "The header Allow says which methods it takes.";
    RequestTimeout 408 "request_timeout" "The request took too long to arrive"
        "The body did not arrive in time. Send it again.";
    RequestUnderWay 409 "request_under_way" "The same request is under way"
        "Another request with this Idempotency-Key has not ended yet. Try again in a moment.";
    AnswerLost 409 "answer_lost" "It was done, and its answer is lost"
        "The request with this Idempotency-Key made what it asked for, and was broken off before its answer could be kept. \
         The detail names what was made. A secret in the answer cannot be had any more: make another and remove this one.";
    Stale 412 "stale" "It was changed since"
        "What If-Match names is not what is there now. Read it again, and repeat the change on what you then see.";
    TooLarge 413 "too_large" "The body is too large" "Send less at once.";
    UnsupportedMediaType 415 "unsupported_media_type" "The body must be JSON"
        "Send the body as application/json, in UTF-8, without a content encoding.";
    Invalid 422 "invalid" "What was sent cannot be used"
        "The request can be read, and what it asks for cannot be done. The detail says why in a plain sentence; where single \
         fields are wrong, the errors name them.";
    KeyReused 422 "idempotency_key_reused" "The Idempotency-Key was used for another request"
        "Use a new key for each new request, and the same key only to repeat the very same one.";
    ConditionMissing 428 "condition_missing" "A condition is needed"
        "Send If-Match with the ETag of what you read, so that nobody's change is overwritten unseen; or * to change \
         whatever is there.";
    TooMany 429 "too_many" "Too many requests" "Wait for as many seconds as Retry-After says.";
    Internal 500 "internal" "A defect" "The reference leads whoever runs this to the line in the log.";
    Unavailable 503 "unavailable" "Not now" "The database is busy, full or away. Try again in a few seconds.";
}

impl Kind {
    /// The address of its explanation.
    #[must_use]
    pub fn uri(self) -> String {
        format!("{TYPES}{}", self.slug())
    }

    /// Its name in addresses.
    #[must_use]
    pub fn slug(self) -> String {
        self.name().replace('_', "-")
    }
}

/// A problem on its way out.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_seconds: Option<u64>,
    /// For the log only.
    cause: Option<String>,
}

/// What is wrong with one field, parameter or header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field of the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The parameter of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

/// A problem as it is sent (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemBody<'a> {
    /// Where the kind of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of the kind.
    pub title: Cow<'a, str>,
    /// The status of the answer.
    pub status: u16,
    /// The stable name of the kind.
    pub code: Cow<'a, str>,
    /// What is wrong this time.
    pub detail: Cow<'a, str>,
    /// What is wrong with which field, where single ones are.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    /// The request's id, by which it is found in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Problem {
    /// Of that kind, in its own words.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self::because(kind, Cow::Borrowed(kind.about()))
    }

    /// Of that kind, in those words.
    #[must_use]
    pub const fn because(kind: Kind, detail: Cow<'static, str>) -> Self {
        Self { kind, detail, errors: Vec::new(), retry_seconds: None, cause: None }
    }

    /// One wrong parameter of the address.
    #[must_use]
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let error = FieldError { parameter: Some(name.to_owned()), ..FieldError::new(detail) };
        Self::new(Kind::BadRequest).with(error)
    }

    /// One wrong header.
    #[must_use]
    pub fn header(name: &str, detail: impl Into<String>) -> Self {
        let error = FieldError { header: Some(name.to_owned()), ..FieldError::new(detail) };
        Self::new(Kind::BadRequest).with(error)
    }

    /// One field of the body that can be read and not used.
    #[must_use]
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::at(Kind::Invalid, pointer, detail)
    }

    /// A problem with one field of the body.
    #[must_use]
    pub fn at(kind: Kind, pointer: &str, detail: impl Into<String>) -> Self {
        let error = FieldError { pointer: Some(pointer.to_owned()), ..FieldError::new(detail) };
        Self { detail: Cow::Owned(error.detail.clone()), ..Self::new(kind) }.with(error)
    }

    /// The same for an operation whose body has at `to` what stands at `from` elsewhere.
    #[must_use]
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        for pointer in self.errors.iter_mut().filter_map(|error| error.pointer.as_mut()) {
            if let Some(rest) = pointer.strip_prefix(from) {
                *pointer = format!("{to}{rest}");
            }
        }
        self
    }

    fn with(mut self, error: FieldError) -> Self {
        self.detail = Cow::Owned(error.detail.clone());
        self.errors.push(error);
        self
    }

    /// Worth another try in so many seconds.
    #[must_use]
    pub const fn retry_in(mut self, seconds: u64) -> Self {
        self.retry_seconds = Some(seconds);
        self
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The answer. What went wrong with us is written to the log, here.
    #[must_use]
    pub fn response(&self, ctx: &Ctx) -> Response {
        if let Some(cause) = &self.cause {
            error::log(ctx, cause);
        }
        let body = ProblemBody {
            kind: self.kind.uri(),
            title: self.kind.title().into(),
            status: self.kind.status(),
            code: self.kind.name().into(),
            detail: Cow::Borrowed(&self.detail),
            errors: &self.errors,
            reference: Some(ctx.request.to_string()),
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], text).into_response();
        let headers = response.headers_mut();
        let retry = self.retry_seconds.or((self.kind == Kind::Unavailable).then_some(5));
        if let Some(seconds) = retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = match self.kind {
            Kind::KeyMissing => Some("Bearer"),
            Kind::KeyUnknown => Some("Bearer error=\"invalid_token\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl FieldError {
    fn new(detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: None, header: None, detail: detail.into() }
    }
}

/// The one table from what flows say to what programs are told.
impl From<FlowError> for Problem {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::NotFound(what) => {
                Self::because(Kind::NotFound, format!("There is no such {what}.").into())
            }
            FlowError::Denied(_) => Self::new(Kind::Forbidden),
            FlowError::Stale => Self::new(Kind::Stale),
            FlowError::Invalid(sentence) => {
                let errors =
                    sentence.each().filter_map(|(place, line)| Some(field_error(place?, line))).collect();
                Self { errors, ..Self::because(Kind::Invalid, sentence.english().into()) }
            }
            FlowError::Unavailable(_) => {
                Self { cause: Some(error.to_string()), ..Self::new(Kind::Unavailable) }
            }
            FlowError::Broken(_) | FlowError::Internal(_) => {
                Self { cause: Some(error.to_string()), ..Self::new(Kind::Internal) }
            }
        }
    }
}

/// Flows tell of settings by their paths, and of what else was sent by its name.
fn field_error(place: &Place, line: Line<'_>) -> FieldError {
    let pointer = match place {
        Place::Field(name) => format!("/{name}"),
        Place::Setting(path) => {
            let parts = path.split(['.', '[']).map(|part| part.trim_end_matches(']'));
            std::iter::once("/settings").chain(parts).collect::<Vec<_>>().join("/")
        }
    };
    FieldError { pointer: Some(pointer), ..FieldError::new(line.put(&|_| None)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::{Sentence, sentence};

    /// The operation's own scope is not always all that it takes.
    #[test]
    fn a_key_that_has_the_scope_is_told_what_else_may_be_asked_for() {
        let denied = FlowError::Denied(crate::access::Denied(crate::base::Actor::Anonymous));
        let detail = Problem::from(denied).detail;
        for scope in ["owners:write", "zoom:read", "connections:write", "domains:write"] {
            assert!(detail.contains(scope), "{scope}: {detail}");
        }
    }

    #[test]
    fn names_are_their_own_and_statuses_are_errors() {
        let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| (400..600).contains(&kind.status())));
        assert_eq!(Kind::NotFound.uri(), "/api/problems/not-found");
    }

    #[test]
    fn paths_of_settings_become_pointers() {
        let told = Sentence::all(vec![
            sentence!("it must be an object").at("mapping.role_rules[1]"),
            sentence!("it is missing").about("name"),
            sentence!("it cannot be read"),
        ]);
        let problem = Problem::from(FlowError::Invalid(told.unwrap()));
        let errors: Vec<_> =
            problem.errors.iter().map(|error| (error.pointer.as_deref(), error.detail.as_str())).collect();
        let wanted = (Some("/settings/mapping/role_rules/1"), "it must be an object");
        assert_eq!(errors, [wanted, (Some("/name"), "it is missing")]);
        assert_eq!(
            problem.detail,
            "mapping.role_rules[1]: it must be an object\nit is missing\nit cannot be read"
        );
        // A body that is the mapping alone has it at its root.
        let moved = problem.moved("/settings/mapping", "");
        let pointers: Vec<_> = moved.errors.iter().filter_map(|error| error.pointer.as_deref()).collect();
        assert_eq!(pointers, ["/role_rules/1", "/name"]);
    }
}
