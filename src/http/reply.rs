//! Small answers that every handler gives.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};

use super::pages::Page;
use crate::flow::attempt::message::Message;
use crate::flow::seen;

/// A page.
#[must_use]
pub fn html(page: &impl Page) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], page.html()).into_response()
}

/// 303: go there with GET. `path` is a path of this site, or a [`crate::base::ReturnTo`].
#[must_use]
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response()
}

/// A file to keep; `name` is made of our own letters. That nothing keeps a copy on the way is said by every answer.
#[must_use]
pub fn attachment(kind: &'static str, name: &str, content: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], content).into_response()
}

/// The message that a sign-in brought, as a file.
#[must_use]
pub fn message_file(message: Message) -> Response {
    let (kind, ending) =
        if message.is_xml { ("application/samlassertion+xml", "xml") } else { ("text/plain", "txt") };
    attachment(kind, &format!("{}.{ending}", message.attempt), message.content)
}

/// The first value of `name` in a query or form. Nothing else of it is decoded: beside what we look for there may be a
/// message of a hundred kilobytes. `name` has letters, digits and underscores only, which nobody needs to escape.
#[must_use]
pub fn parameter(encoded: &[u8], name: &str) -> Option<String> {
    let is_it = |pair: &&[u8]| {
        let rest = pair.strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    };
    let pair = encoded.split(|byte| *byte == b'&').find(is_it)?;
    form_urlencoded::parse(pair).next().map(|(_, value)| value.into_owned())
}

/// The version of what a form of the console was filled in from: it brings it back, and what was changed since is not
/// written over. A form without one, of a page from before there were versions or written by hand, has seen none.
#[must_use]
pub fn version_sent(form: &[u8]) -> i64 {
    seen::sent(parameter(form, "version").as_deref())
}

/// Whether what was sent is the secret that is wanted, compared in the same time wherever they differ.
#[must_use]
pub fn is_same(wanted: &str, given: &str) -> bool {
    wanted.len() == given.len() && openssl::memcmp::eq(wanted.as_bytes(), given.as_bytes())
}

/// `path` with a `return_to` that leads back, if there is one.
#[must_use]
pub fn with_return_to(path: &str, return_to: Option<&crate::base::ReturnTo>) -> String {
    match return_to {
        None => path.to_owned(),
        Some(to) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("return_to", to.as_str())
                .finish();
            format!("{path}?{query}")
        }
    }
}
