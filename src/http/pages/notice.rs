//! Pages that say one thing: nothing here, something broke, not now.

use askama::Template;

use super::Frame;
use crate::words::Message;

/// Status 404.
#[derive(Debug, Template)]
#[template(path = "not_found.html")]
pub struct NotFoundPage {
    /// Around the page.
    pub frame: Frame,
}

/// What a generic error page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Status 500.
    Internal,
    /// Status 503: overloaded, stopping, or a commit that failed.
    Unavailable,
    /// Status 400 or 403: a form without its token, too old, or from elsewhere.
    BadForm,
    /// Status 403: somebody whom we know and who may not.
    Forbidden,
    /// Status 429.
    TooMany,
    /// Status 404: a link that was used, taken back, or is over.
    LinkGone,
    /// Status 404.
    NotFound,
    /// Status 405.
    Method,
    /// Status 408.
    Slow,
    /// Status 413.
    TooLarge,
    /// Status 403: an answer to an address that connections share, from an identity provider that none of them has.
    SenderUnknown,
    /// Status 403: the same, and several have it.
    SenderAmbiguous,
    /// Any other status of a request that makes no sense.
    BadRequest,
}

impl ErrorKind {
    /// What an answer of that status is about, when nothing else is known.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::Method,
            408 => Self::Slow,
            413 => Self::TooLarge,
            429 => Self::TooMany,
            503 => Self::Unavailable,
            500..=599 => Self::Internal,
            _ => Self::BadRequest,
        }
    }

    /// The stable name that programs are told.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::BadForm => "bad_form",
            Self::Forbidden => "forbidden",
            Self::TooMany => "too_many",
            Self::LinkGone => "link_gone",
            Self::NotFound => "not_found",
            Self::Method => "method_not_allowed",
            Self::Slow => "request_timeout",
            Self::TooLarge => "too_large",
            Self::SenderUnknown => "sender_unknown",
            Self::SenderAmbiguous => "sender_ambiguous",
            Self::BadRequest => "bad_request",
        }
    }
}

/// An error that is not a refused sign-in.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What it is about.
    pub kind: ErrorKind,
    /// The request's id, if someone may be able to look it up.
    pub reference: Option<&'a str>,
}

impl ErrorPage<'_> {
    /// What it is about, in a few words.
    #[must_use]
    pub const fn title(&self) -> Message {
        let text = self.frame.text;
        match self.kind {
            ErrorKind::Internal => text.error_title,
            ErrorKind::Unavailable => text.unavailable_title,
            ErrorKind::BadForm => text.bad_form_title,
            ErrorKind::Forbidden => text.forbidden_title,
            ErrorKind::TooMany => text.too_many_title,
            ErrorKind::LinkGone => text.console.link_gone_title,
            ErrorKind::NotFound => text.not_found_title,
            ErrorKind::Method => text.method_title,
            ErrorKind::Slow => text.slow_title,
            ErrorKind::TooLarge => text.too_large_title,
            ErrorKind::SenderUnknown | ErrorKind::SenderAmbiguous => text.sender_title,
            ErrorKind::BadRequest => text.bad_request_title,
        }
    }

    /// What that means, and what to do.
    #[must_use]
    pub const fn lead(&self) -> Message {
        let text = self.frame.text;
        match self.kind {
            ErrorKind::Internal => text.error_lead,
            ErrorKind::Unavailable => text.unavailable_lead,
            ErrorKind::BadForm => text.bad_form_lead,
            ErrorKind::Forbidden => text.forbidden_lead,
            ErrorKind::TooMany => text.too_many_lead,
            ErrorKind::LinkGone => text.console.link_gone_lead,
            ErrorKind::NotFound => text.not_found_lead,
            ErrorKind::Method => text.method_lead,
            ErrorKind::Slow => text.slow_lead,
            ErrorKind::TooLarge => text.too_large_lead,
            ErrorKind::SenderUnknown => text.sender_unknown_lead,
            ErrorKind::SenderAmbiguous => text.sender_ambiguous_lead,
            ErrorKind::BadRequest => text.bad_request_lead,
        }
    }
}

/// Inside another site's frame: a link that opens the whole window.
#[derive(Debug, Template)]
#[template(path = "framed.html")]
pub struct FramedPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Where the link leads: an address of this site.
    pub href: &'a str,
}
