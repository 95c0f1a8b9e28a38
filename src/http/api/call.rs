//! One request of a program: what it may take, and what it gives. What every one of them goes through is in
//! [`serve`](super::serve).
//!
//! An operation is a function `async fn(Call, T) -> Result<R, Problem>`. What it takes beside the address ([`Takes`]) and
//! what it gives ([`Gives`]) are types, and the document is made of the same types: an operation cannot read or answer
//! something that the document does not have.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::RawPathParams;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::document::Draft;
use super::once;
use super::problem::{Kind, Problem};
use crate::access::{self, Action};
use crate::base::caller::Key;
use crate::base::{Ctx, unread};
use crate::directory::account::Slug;
use crate::flow::Gateway;
use crate::flow::belong::{self, Thing};
use crate::http::Web;

/// A request of a program that came with a good key.
#[derive(Debug)]
pub struct Call {
    /// With the key as who acts.
    pub ctx: Ctx,
    /// The key.
    pub key: Key,
    gateway: Gateway,
    path: BTreeMap<String, String>,
    account: Option<Slug>,
    address: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What an operation takes of a request.
pub trait Takes: Sized {
    /// Tells the document.
    fn document(draft: &mut Draft<'_>);

    /// Reads it.
    ///
    /// # Errors
    /// [`Problem`].
    fn take(call: &Call) -> Result<Self, Problem>;
}

/// What an operation gives.
pub trait Gives {
    /// Whether something new is made, so that an `Idempotency-Key` counts.
    const MAKES: bool = false;

    /// Tells the document.
    fn document(draft: &mut Draft<'_>);

    /// As it is sent.
    fn given(self) -> Given;
}

/// What is sent.
#[derive(Debug)]
pub enum Given {
    /// An answer that can be kept and given again.
    Reply(Reply),
    /// A file, which is written while it is read.
    File(Response),
}

impl Given {
    pub(super) fn response(self) -> Response {
        match self {
            Self::Reply(reply) => reply.response(),
            Self::File(response) => response,
        }
    }
}

/// An answer before it is one of HTTP: it can be kept and given again, and is, sealed, as it stands here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The version of what is told, if it has one.
    pub etag: Option<String>,
    /// Where what was made is.
    pub location: Option<String>,
    /// JSON; none without a body.
    pub body: Option<String>,
}

/// A body of JSON, read strictly: nothing that is not known, and what is wrong is told with its place.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The parameters of the address after `?`.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// What must be there still for a change to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Vec<String>);

/// 200, with a body.
#[derive(Debug)]
pub struct Found<T>(pub T);

/// 200, with a body and its version.
#[derive(Debug)]
pub struct Versioned<T>(pub T, pub i64);

/// 201: what was made, and where it is.
#[derive(Debug)]
pub struct Made<T>(pub T, pub String);

/// 204: done.
#[derive(Debug)]
pub struct Done;

/// 200, with events as a file.
#[derive(Debug)]
pub struct EventFile(pub Response);

/// 200, with a table as a file.
#[derive(Debug)]
pub struct TableFile(pub Response);

/// 200, with the message of an identity provider as a file.
#[derive(Debug)]
pub struct MessageFile(pub Response);

impl Call {
    /// A request with its key, as far as the key may make it; `action` is the operation's.
    ///
    /// # Errors
    /// Not found without that account, and where it is not there for the key; forbidden where the key lacks the scope.
    pub(super) async fn read(
        web: &Web,
        ctx: &Ctx,
        (key, action): (Key, Option<Action>),
        (parts, params, body): (Parts, Option<RawPathParams>, Bytes),
    ) -> Result<Self, Problem> {
        let params = params.ok_or(Problem::new(Kind::NotFound))?;
        let path: BTreeMap<_, _> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let account = match path.get("account") {
            Some(text) => Some(belong::account(&web.gateway, ctx, text).await?),
            None => None,
        };
        // The flow decides; but who may not is told so before what else is wrong.
        if let Some(action) = action {
            let may = match &account {
                Some((id, _)) => access::decide_in(ctx.actor, action, *id).is_ok(),
                // Whoever may look at an account may list those: an account's key finds its own.
                None => match key.account.filter(|_| action == Action::ReadAccount) {
                    Some(home) => access::decide_in(ctx.actor, action, home).is_ok(),
                    None => access::decide(ctx.actor, action).is_ok(),
                },
            };
            if !may {
                return Err(Problem::new(Kind::Forbidden));
            }
        }
        Ok(Self {
            ctx: ctx.clone(),
            key,
            gateway: web.gateway.clone(),
            path,
            account: account.map(|(_, slug)| slug),
            address: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        })
    }

    /// What flows work with.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The account of the address.
    ///
    /// # Errors
    /// Not found.
    pub fn account(&self) -> Result<&Slug, Problem> {
        self.account.as_ref().ok_or(Problem::new(Kind::NotFound))
    }

    /// A part of the address as it came.
    ///
    /// # Errors
    /// Not found.
    pub fn part(&self, name: &str) -> Result<&str, Problem> {
        self.path.get(name).map(String::as_str).ok_or(Problem::new(Kind::NotFound))
    }

    /// A part of the address that names something.
    ///
    /// # Errors
    /// Not found: what is no id is nobody's.
    pub fn named<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.part(name)?.parse().map_err(|_| Problem::new(Kind::NotFound))
    }

    /// Something of the account in the address, by its id.
    ///
    /// # Errors
    /// Not found, also when it is of another account.
    pub async fn own<T: std::str::FromStr + Copy + Into<Thing>>(&self, name: &str) -> Result<T, Problem> {
        let id: T = self.named(name)?;
        belong::is_of(&self.gateway, self.account()?, id.into()).await?;
        Ok(id)
    }

    /// The address of something below the one that was asked for.
    #[must_use]
    pub fn below(&self, path: &str) -> String {
        let account = self.account.as_ref().map(Slug::as_str).unwrap_or_default();
        format!("/api/v1/accounts/{account}/{path}")
    }

    fn header(&self, name: &HeaderName) -> Result<Option<&str>, Problem> {
        let mut lines = self.headers.get_all(name).iter();
        let (first, second) = (lines.next(), lines.next());
        if second.is_some() {
            return Err(Problem::header(name.as_str(), "it may stand there once"));
        }
        let text = first.map(HeaderValue::to_str).transpose();
        text.map_err(|_| Problem::header(name.as_str(), "it must be plain ASCII"))
    }

    /// What names the request among those that make the same thing, if it says so.
    pub(super) fn idempotency_key(&self) -> Result<Option<&str>, Problem> {
        let name = once::HEADER;
        let Some(key) = self.header(&name)? else { return Ok(None) };
        let is_good = (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if is_good {
            Ok(Some(key))
        } else {
            Err(Problem::header(name.as_str(), "1 to 255 printable characters of ASCII"))
        }
    }

    /// The path as it came, for what tells requests apart.
    pub(super) const fn address(&self) -> &str {
        self.address.as_str()
    }

    /// The body, for what tells requests apart.
    pub(super) const fn body(&self) -> &Bytes {
        &self.body
    }
}

impl Reply {
    pub(super) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match self.body {
            Some(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
            None => status.into_response(),
        };
        for (name, value) in [(ETAG, self.etag), (LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status, etag: None, location: None, body: Some(body) }
    }
}

impl Takes for () {
    fn document(_: &mut Draft<'_>) {}

    fn take(_: &Call) -> Result<Self, Problem> {
        Ok(())
    }
}

impl<A: Takes, B: Takes> Takes for (A, B) {
    fn document(draft: &mut Draft<'_>) {
        A::document(draft);
        B::document(draft);
    }

    fn take(call: &Call) -> Result<Self, Problem> {
        Ok((A::take(call)?, B::take(call)?))
    }
}

impl<T: DeserializeOwned + JsonSchema> Takes for Json<T> {
    fn document(draft: &mut Draft<'_>) {
        draft.body::<T>();
    }

    fn take(call: &Call) -> Result<Self, Problem> {
        let kind = call.header(&CONTENT_TYPE)?.unwrap_or_default();
        let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let is_utf8 = parameters.split_once('=').is_none_or(|(name, charset)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
        let is_plain =
            call.header(&CONTENT_ENCODING)?.is_none_or(|name| name.eq_ignore_ascii_case("identity"));
        if !kind.trim().eq_ignore_ascii_case("application/json") || !is_utf8 || !is_plain {
            return Err(Problem::new(Kind::UnsupportedMediaType));
        }
        let mut reader = serde_json::Deserializer::from_slice(&call.body);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let place = pointer(error.path());
            unread_body(&error.into_inner(), place)
        })?;
        reader.end().map_err(|error| unread_body(&error, String::new()))?;
        Ok(Self(read))
    }
}

/// Why a body could not be read, at the place where serde stopped.
fn unread_body(error: &serde_json::Error, mut place: String) -> Problem {
    // What is no JSON at all is told apart from JSON that is not what is wanted: there the line and column help, here the
    // field does.
    if !error.is_data() {
        return Problem::at(Kind::BadRequest, &place, unread::json(error).english());
    }
    let detail = unread::message(error);
    // Serde stops at what the field is missing from.
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        place.push_str(&member(name));
    }
    Problem::at(Kind::Invalid, &place, detail)
}

/// A place in the body, as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => member(key),
        Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// A member of an object in a pointer.
fn member(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl<T: DeserializeOwned + JsonSchema> Takes for Query<T> {
    fn document(draft: &mut Draft<'_>) {
        draft.query::<T>();
    }

    fn take(call: &Call) -> Result<Self, Problem> {
        let mut members = serde_json::Map::new();
        for (name, value) in form_urlencoded::parse(call.query.as_bytes()) {
            if members.insert(name.to_string(), value.into_owned().into()).is_some() {
                return Err(Problem::parameter(&name, "it may stand there once"));
            }
        }
        let read = serde_path_to_error::deserialize(serde_json::Value::Object(members));
        read.map(Self).map_err(|error| {
            let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
            Problem::parameter(&name, error.into_inner().to_string())
        })
    }
}

/// How a version is told.
fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

impl IfMatch {
    /// Whether `version` is what the caller has seen. The flow asks, where it writes.
    #[must_use]
    pub fn allows(&self, version: i64) -> bool {
        self.0.iter().any(|tag| *tag == "*" || *tag == etag(version))
    }
}

impl Takes for IfMatch {
    fn document(draft: &mut Draft<'_>) {
        draft.if_match();
    }

    fn take(call: &Call) -> Result<Self, Problem> {
        let line = call.header(&IF_MATCH)?.ok_or(Problem::new(Kind::ConditionMissing))?;
        Ok(Self(line.split(',').map(|tag| tag.trim().to_owned()).collect()))
    }
}

impl<T: Serialize + JsonSchema> Gives for Found<T> {
    fn document(draft: &mut Draft<'_>) {
        draft.gives::<T>(200, "It is there.");
    }

    fn given(self) -> Given {
        Given::Reply(Reply::json(200, &self.0))
    }
}

impl<T: Serialize + JsonSchema> Gives for Versioned<T> {
    fn document(draft: &mut Draft<'_>) {
        draft.gives::<T>(200, "It is there.");
        draft.header(200, "ETag", "The version of what is told, for If-Match.");
    }

    fn given(self) -> Given {
        Given::Reply(Reply { etag: Some(etag(self.1)), ..Reply::json(200, &self.0) })
    }
}

impl<T: Serialize + JsonSchema> Gives for Made<T> {
    const MAKES: bool = true;

    fn document(draft: &mut Draft<'_>) {
        draft.gives::<T>(201, "It is made.");
        draft.header(201, "Location", "Where it is, or the list that it is in.");
        draft.idempotency_key();
    }

    fn given(self) -> Given {
        Given::Reply(Reply { location: Some(self.1), ..Reply::json(201, &self.0) })
    }
}

impl Gives for Done {
    fn document(draft: &mut Draft<'_>) {
        draft.gives_nothing(204, "It is done.");
    }

    fn given(self) -> Given {
        Given::Reply(Reply { status: 204, etag: None, location: None, body: None })
    }
}

impl Gives for EventFile {
    fn document(draft: &mut Draft<'_>) {
        draft.gives_text(200, "The file, the latest first.", &["application/jsonl", "text/csv"]);
    }

    fn given(self) -> Given {
        Given::File(self.0)
    }
}

impl Gives for TableFile {
    fn document(draft: &mut Draft<'_>) {
        draft.gives_text(200, "The table; its first line names the columns.", &["text/csv"]);
    }

    fn given(self) -> Given {
        Given::File(self.0)
    }
}

impl Gives for MessageFile {
    fn document(draft: &mut Draft<'_>) {
        let about = "The message: its XML; where it was none, what was posted.";
        draft.gives_text(200, about, &["application/samlassertion+xml", "text/plain"]);
    }

    fn given(self) -> Given {
        Given::File(self.0)
    }
}
