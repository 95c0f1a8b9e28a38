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
    /// Status 429.
    TooMany,
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
    fn title(&self) -> Message {
        let text = self.frame.text;
        match self.kind {
            ErrorKind::Internal => text.error_title,
            ErrorKind::Unavailable => text.unavailable_title,
            ErrorKind::BadForm => text.bad_form_title,
            ErrorKind::TooMany => text.too_many_title,
        }
    }

    fn lead(&self) -> Message {
        let text = self.frame.text;
        match self.kind {
            ErrorKind::Internal => text.error_lead,
            ErrorKind::Unavailable => text.unavailable_lead,
            ErrorKind::BadForm => text.bad_form_lead,
            ErrorKind::TooMany => text.too_many_lead,
        }
    }
}
