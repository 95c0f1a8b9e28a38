//! What a refusal of the API means, in both of its shapes: REST's `{code, message, errors}` and SCIM's
//! `{schemas, detail, status}`, whose status is a number although RFC 7644 3.12 makes it a text.

use serde::Deserialize;
use serde_json::Value;

use super::limit::LimitKind;
use crate::base::Instant;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::outbound::FetchError;
use crate::zoom::oauth::TokenCause;

/// How much of a sentence of Zoom's is kept.
const MAX_SAID: usize = 300;
/// How much of its name for a request.
const MAX_TRACKING: usize = 100;

/// Why a call did not do what it was to do. The sentences name nobody; what Zoom said may, and stands beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// There is no token.
    Token(TokenCause),
    /// A new token was refused as well.
    TokenRefused,
    /// A scope is missing.
    ScopeMissing {
        /// The scopes, as Zoom names them.
        scopes: Vec<String>,
    },
    /// Whoever made the app may not do this any more.
    NoPermission,
    /// The Zoom account has no single sign-on, which SCIM needs.
    NoSingleSignOn,
    /// No such thing. By SCIM this may also be a user who has not accepted their invitation.
    NotFound,
    /// The address belongs to somebody already, perhaps in another Zoom account.
    Conflict,
    /// Too much.
    Limited {
        /// Of what.
        kind: LimitKind,
        /// When it ends.
        until: Option<Instant>,
    },
    /// A fault of Zoom's, after several tries.
    Fault {
        /// The status.
        status: u16,
        /// Zoom's name for the last of the requests, for its support.
        tracking: Option<String>,
    },
    /// It was sent and may have been done: whoever asked must look before they ask again.
    Unknown {
        /// Zoom's name for the request, where it answered with a fault.
        tracking: Option<String>,
    },
    /// Nobody answers, after several tries.
    Unreachable(FetchError),
    /// An answer of another form.
    Unintelligible,
    /// Another refusal.
    Refused {
        /// The status.
        status: u16,
        /// The number of the refusal.
        code: Option<i64>,
        /// The sentence. It may name a person: sealed where it is stored, and not logged.
        said: String,
        /// Zoom's name for the request, for its support.
        tracking: Option<String>,
    },
}

impl Told for ApiError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Token(error) => error.sentence(),
            Self::TokenRefused => {
                sentence!("Zoom does not accept the token that it gave us: activate the app again")
            }
            Self::ScopeMissing { .. } => sentence!(
                "the app lacks a scope that this needs: add it on the app's page, then activate the app again; where it is \
                 ticked there already, whoever made the app has lost their administrator's role in Zoom"
            ),
            Self::NoPermission => sentence!(
                "the person who made or authorised the app may not do this: give them an administrator's role in Zoom"
            ),
            Self::NoSingleSignOn => {
                sentence!("single sign-on is not switched on in the Zoom account, and provisioning needs it")
            }
            Self::NotFound => sentence!(
                "Zoom knows nobody of that kind, or only as an invitation that was not accepted yet"
            ),
            Self::Conflict => {
                sentence!("the address is in use in Zoom already, perhaps in another Zoom account")
            }
            Self::Limited { .. } => sentence!("Zoom asks us to come back later"),
            Self::Fault { status, .. } => {
                sentence!("Zoom could not answer (status {status}): this passes by itself", status = *status)
            }
            Self::Unknown { .. } => {
                sentence!("the answer to a change was lost: it is looked up before anything else is done")
            }
            Self::Unreachable(cause) => sentence!("Zoom could not be reached: {cause}", cause),
            Self::Unintelligible => sentence!("what answers there does not answer as Zoom does"),
            Self::Refused { status, .. } => sentence!("Zoom refused it (status {status})", status = *status),
        }
    }
}

told_errors!(ApiError);

impl From<TokenCause> for ApiError {
    fn from(error: TokenCause) -> Self {
        Self::Token(error)
    }
}

impl ApiError {
    /// The stable name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Token(cause) => cause.kind(),
            Self::TokenRefused => "token_refused",
            Self::ScopeMissing { .. } => "scope_missing",
            Self::NoPermission => "no_permission",
            Self::NoSingleSignOn => "no_single_sign_on",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Limited { .. } => "limited",
            Self::Fault { .. } => "fault",
            Self::Unknown { .. } => "unknown",
            Self::Unreachable(_) => "unreachable",
            Self::Unintelligible => "unintelligible",
            Self::Refused { .. } => "refused",
        }
    }

    /// Whether the same call may succeed later without anybody doing something.
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::Token(cause) => cause.passes(),
            Self::Limited { .. } | Self::Fault { .. } | Self::Unknown { .. } | Self::Unreachable(_) => true,
            _ => false,
        }
    }

    /// Zoom's name for the request, for its support.
    #[must_use]
    pub fn tracking(&self) -> Option<&str> {
        match self {
            Self::Fault { tracking, .. } | Self::Unknown { tracking } | Self::Refused { tracking, .. } => {
                tracking.as_deref()
            }
            _ => None,
        }
    }

    /// Whether no call of this link can succeed until somebody does something: a run stops here.
    #[must_use]
    pub const fn is_of_the_link(&self) -> bool {
        match self {
            Self::Token(cause) => !cause.passes(),
            Self::TokenRefused | Self::ScopeMissing { .. } | Self::NoSingleSignOn => true,
            _ => false,
        }
    }
}

/// The body of a refusal, whatever its shape.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// REST's number.
    pub code: Option<i64>,
    /// The sentence, shortened.
    pub message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    code: Value,
    message: Value,
    detail: Value,
    errors: Value,
}

/// Reads the body of a refusal; what is none gives nothing.
#[must_use]
pub fn read(body: &[u8]) -> Said {
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.is_object() => serde_json::from_value::<Body>(value).unwrap_or_default(),
        _ => Body::default(),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fields = body.errors.as_array().into_iter().flatten();
    let fields = fields.filter_map(|error| text(error.get("message")?)).collect::<Vec<_>>().join(" ");
    let message = text(&body.detail).or_else(|| text(&body.message)).unwrap_or_default();
    let message = if fields.is_empty() { message } else { format!("{message} {fields}") };
    Said {
        code: number(&body.code),
        message: message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SAID).collect(),
    }
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// What a refusal means that is neither a limit nor a fault of Zoom's. `None`: the token is worthless.
#[must_use]
pub fn meaning(status: u16, said: Said, tracking: Option<&str>) -> Option<ApiError> {
    let message = said.message.to_ascii_lowercase();
    let about_scopes = message.contains("does not contain scope");
    Some(match (status, said.code) {
        (400 | 401 | 403, Some(4700 | 4711)) if about_scopes || said.code == Some(4711) => {
            ApiError::ScopeMissing { scopes: scopes(&said.message) }
        }
        (_, Some(124)) => return None,
        (401, _) if about_scopes => ApiError::ScopeMissing { scopes: scopes(&said.message) },
        (401, _) => return None,
        (403, _) | (_, Some(200)) => ApiError::NoPermission,
        (400, _) if message.contains("single sign-on") => ApiError::NoSingleSignOn,
        (404, _) | (_, Some(1001)) => ApiError::NotFound,
        // SCIM's word for users who are pending, and for those of other accounts.
        (400, None) if message.contains("not exist") || message.contains("not belong") => ApiError::NotFound,
        (409, _) | (_, Some(1005 | 1009)) => ApiError::Conflict,
        (_, code) => {
            let tracking = tracking.map(shortened);
            ApiError::Refused { status, code, said: said.message, tracking }
        }
    })
}

/// Zoom's name for a request, as much of it as is kept.
#[must_use]
pub fn shortened(tracking: &str) -> String {
    tracking.chars().take(MAX_TRACKING).collect()
}

/// The names within the brackets of `… does not contain scopes: [a, b].`
fn scopes(message: &str) -> Vec<String> {
    let inside =
        message.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(inside, _)| inside);
    let is_scope = |text: &&str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'.'))
    };
    inside.split(',').map(str::trim).filter(is_scope).take(20).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> &'static str {
        meaning(status, read(body.as_bytes()), None).map_or("token", |error| error.kind())
    }

    #[test]
    fn both_shapes_are_read() {
        for (status, body, wanted) in [
            (404, r#"{"code":1001,"message":"User does not exist: x."}"#, "not_found"),
            (400, r#"{"code":1001,"message":"User does not exist: x."}"#, "not_found"),
            (401, r#"{"code":124,"message":"Invalid access token."}"#, "token"),
            (400, r#"{"code":124,"message":"Invalid access token."}"#, "token"),
            (401, "", "token"),
            (401, r#"{"detail":"Unauthorized","status":401}"#, "token"),
            (
                400,
                r#"{"code":4711,"message":"Invalid access token, does not contain scopes: [a:b]."}"#,
                "scope_missing",
            ),
            (
                401,
                r#"{"code":4700,"message":"Invalid access token, does not contain scopes: [a:b]."}"#,
                "scope_missing",
            ),
            (
                401,
                r#"{"code":"124","message":"Invalid access token, does not contain scopes:[a]."}"#,
                "token",
            ),
            (400, r#"{"code":200,"message":"No permission."}"#, "no_permission"),
            (403, r#"{"schemas":[],"detail":"No permission","status":"403"}"#, "no_permission"),
            (
                400,
                r#"{"detail":"User x@y not exist or not belong to this account.","status":400}"#,
                "not_found",
            ),
            (
                400,
                r#"{"detail":"Account has not enabled Single Sign-On.","status":"400"}"#,
                "no_single_sign_on",
            ),
            (409, r#"{"detail":"taken","status":409}"#, "conflict"),
            (409, r#"{"code":1005,"message":"User already in the account: a@b"}"#, "conflict"),
            (400, r#"{"code":400,"message":"Bad Request"}"#, "refused"),
            (
                400,
                r#"{"code":300,"message":"Validation Failed.","errors":[{"field":"a","message":"wrong"}]}"#,
                "refused",
            ),
            (418, "<html>", "refused"),
            (400, "[1]", "refused"),
        ] {
            assert_eq!(kind(status, body), wanted, "{status} {body}");
        }
    }

    #[test]
    fn what_was_said_is_kept_beside_the_sentence() {
        let body =
            r#"{"code":300,"message":"Validation\nFailed.","errors":[{"message":"jo@x.example is taken"}]}"#;
        let error = meaning(400, read(body.as_bytes()), Some("v=2;rid=1")).unwrap();
        assert!(!error.to_string().contains("jo@"), "{error}");
        let ApiError::Refused { said, code, tracking, .. } = error else { panic!("{error:?}") };
        assert_eq!((said.as_str(), code), ("Validation Failed. jo@x.example is taken", Some(300)));
        assert_eq!(tracking.as_deref(), Some("v=2;rid=1"));
        let long = format!(r#"{{"message":"{}"}}"#, "ä".repeat(1000));
        assert_eq!(read(long.as_bytes()).message.chars().count(), MAX_SAID);
    }

    #[test]
    fn missing_scopes_are_named() {
        let body = r#"{"code":4711,"message":"… does not contain scopes: [report:read:admin, <b>, scim2]."}"#;
        let wanted =
            ApiError::ScopeMissing { scopes: vec!["report:read:admin".to_owned(), "scim2".to_owned()] };
        assert_eq!(meaning(400, read(body.as_bytes()), None), Some(wanted));
    }
}
