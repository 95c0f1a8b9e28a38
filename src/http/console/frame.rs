//! What stands around every page of the console: where one can go, what to say once.
//!
//! `section` lists the pages where one can go, `flash` what can be said.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use crate::access::{self, Action};
use crate::base::caller::{SetupScope, SetupScopes};
use crate::base::id::AccountId;
use crate::base::sentence::{Sentence, sentence};
use crate::base::{Actor, Instant};
use crate::directory::account::Slug;
use crate::flow::FlowError;
use crate::flow::account::{self, AccountView};
use crate::http::Web;
use crate::http::error::{answer, page};
use crate::http::pages::console::{Around, NavItem};
use crate::http::pages::fields::{Wrong, begun};
use crate::http::pages::{ErrorKind, Page};
use crate::http::reply::{html, see_other};
use crate::words::Message;

mod flash;
mod section;

pub use self::flash::Flash;
pub use self::section::Section;

/// What a handler gives: the answer, or the one with which it ended early.
pub type Answer = Result<Response, Response>;

/// What the page is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Which page.
    pub section: Section,
    /// Of which account.
    pub account: Option<&'a AccountView>,
    /// What was wrong with the form that was sent.
    pub problem: Option<&'a str>,
}

/// What stands around the page.
#[must_use]
pub fn around<'a>(web: &Web, caller: &'a Caller, about: About<'a>) -> Around<'a> {
    let frame = web.frame();
    let text = frame.console();
    let slug = about.account.map(|account| &account.slug);
    let item = |section: Section| {
        let home = about.account.map(|account| account.id);
        let path = section.path(slug)?;
        may_see(caller.ctx.actor, section, home).then(|| NavItem {
            href: path,
            label: section.label(frame.text),
            is_current: section == about.section,
        })
    };
    // An owner's passkeys stand at the end of the account's pages; what operators have beside an account, before them.
    let is_beside = |section: &Section| {
        about.account.is_some()
            && matches!(caller.ctx.actor, Actor::Operator(_))
            && section.path(None).is_some()
    };
    let (beside, own): (Vec<_>, Vec<_>) = Section::ALL.into_iter().partition(is_beside);
    let flash = caller.flash.as_deref();
    let flash = Flash::ALL.into_iter().find(|known| Some(known.name()) == flash);
    Around {
        text,
        account: about.account.map(|account| account.name.as_str()),
        installation: beside.into_iter().filter_map(&item).collect(),
        nav: own.into_iter().filter_map(&item).collect(),
        token: &caller.form_token,
        flash: flash.map(|flash| flash.text(text)),
        problem: about.problem,
        may_leave: true,
    }
}

/// What stands around the page for whoever came by a setup link: what the link is for, and nothing else of the account.
#[must_use]
pub fn around_visitor<'a>(
    web: &Web,
    visitor: &'a Caller,
    (account, path, problem): (&'a str, &str, Option<&'a str>),
) -> Around<'a> {
    let frame = web.frame();
    let text = frame.console();
    let scopes = match visitor.ctx.actor {
        Actor::SetupLink(link) => link.scopes,
        _ => SetupScopes::default(),
    };
    let overview = NavItem { href: SETUP.to_owned(), label: text.setup_title, is_current: path == SETUP };
    let set_up = scopes.iter().map(|scope| (setup_path(scope), scope));
    let set_up = set_up.map(|(href, scope)| NavItem {
        href: href.to_owned(),
        label: Message(text.setup_scope(scope)),
        is_current: href == path,
    });
    let flash = visitor.flash.as_deref();
    let flash = Flash::ALL.into_iter().find(|known| Some(known.name()) == flash);
    Around {
        text,
        account: Some(account),
        installation: Vec::new(),
        nav: std::iter::once(overview).chain(set_up).collect(),
        token: &visitor.form_token,
        flash: flash.map(|flash| flash.text(text)),
        problem,
        may_leave: false,
    }
}

/// A page of what was found, where one more was asked for; and whether there are more.
#[must_use]
pub fn page_of<T>(mut found: Vec<T>, page: u32) -> (Vec<T>, bool) {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let has_more = found.len() > page;
    found.truncate(page);
    (found, has_more)
}

/// What a setup link is for, and how far it is.
pub const SETUP: &str = "/setup";

/// Where what a setup link is for is set up.
#[must_use]
pub const fn setup_path(scope: SetupScope) -> &'static str {
    match scope {
        SetupScope::Sso => "/setup-sso",
        SetupScope::Domains => "/setup-domains",
    }
}

fn may_see(actor: Actor, section: Section, account: Option<AccountId>) -> bool {
    match (section.action(), account) {
        (None, _) => {
            matches!(actor, Actor::Operator(_))
                || matches!(actor, Actor::User(member) if member.role == crate::base::caller::Role::Owner)
        }
        (Some(action), Some(account)) if section.path(None).is_none() => {
            access::decide_in(actor, action, account).is_ok()
        }
        (Some(action), _) => access::decide(actor, action).is_ok(),
    }
}

/// The page; what it says once is said.
#[must_use]
pub fn show(web: &Web, caller: &Caller, status: StatusCode, page: &impl Page) -> Response {
    let mut response = (status, html(page)).into_response();
    if caller.flash.is_some() {
        web.cookies.set_flash(response.headers_mut(), None);
    }
    response
}

/// The status of a page that says what was wrong with a form, or nothing.
#[must_use]
pub const fn status(problem: Option<&str>) -> StatusCode {
    if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

/// Whether the caller may do that at all in an account whose pages they may see: asked before what they filled in, or asked
/// for, is looked at.
///
/// # Errors
/// [`FlowError::Denied`].
pub fn may(caller: &Caller, account: &AccountView, action: Action) -> Result<(), FlowError> {
    let actor = caller.ctx.actor;
    access::decide_in(actor, action, account.id).map(drop).map_err(|_| access::Denied(actor).into())
}

/// On to `path`, which says `flash`.
#[must_use]
pub fn go(web: &Web, path: &str, flash: Flash) -> Response {
    let mut response = see_other(path);
    web.cookies.set_flash(response.headers_mut(), Some(flash.name()));
    response
}

/// The account of an address for a page of it, if the caller may see it at all. From here on, pages are in its language.
///
/// # Errors
/// The answer, if they may not.
pub async fn account(
    web: &mut Web,
    caller: &Caller,
    (slug, section): (&str, Section),
) -> Result<AccountView, Response> {
    let slug: Slug = slug.parse().map_err(|_| refused(web, caller)(FlowError::NotFound("account")))?;
    let found = account::look(&web.gateway, &caller.ctx, &slug, section.name()).await;
    let found = found.map_err(refused(web, caller))?;
    web.language = web.language.decided(found.locale);
    Ok(found)
}

/// The account of a form that a page of ours sent, if the caller may see that page at all.
///
/// # Errors
/// The answer, if the form is not ours or they may not.
pub async fn sent(
    web: &mut Web,
    caller: &Caller,
    (slug, section): (&str, Section),
    form: &[u8],
) -> Result<AccountView, Response> {
    ours(web, caller, form)?;
    account(web, caller, (slug, section)).await
}

/// Goes on only if the form was sent by a page of ours, of this very session.
///
/// # Errors
/// The answer, if it was not.
#[expect(clippy::result_large_err, reason = "an answer that is given at once, and held by nobody")]
pub fn ours(web: &Web, caller: &Caller, form: &[u8]) -> Result<(), Response> {
    if caller.sent(form) { Ok(()) } else { Err(bad_form(web)) }
}

/// Makes the answer to what a flow refused.
pub fn refused<'a>(web: &'a Web, caller: &'a Caller) -> impl Fn(FlowError) -> Response + 'a {
    |error| answer(web, &caller.ctx, &error)
}

/// The days of a filter as they were typed, each at its beginning. What is no day asks for nothing, and is told.
#[must_use]
pub fn days(typed: [&str; 2]) -> ([Option<Instant>; 2], Option<Sentence>) {
    let mut wrong = Vec::new();
    let days = typed.map(|day| {
        let read = Instant::parse(&format!("{day}T00:00:00Z")).ok();
        if read.is_none() && !day.is_empty() {
            wrong.push(sentence!("\"{day}\" is no day: write it like 2026-03-02", day));
        }
        read
    });
    (days, Sentence::all(wrong))
}

/// The answer to a form that is not ours.
#[must_use]
pub fn bad_form(web: &Web) -> Response {
    page(web, StatusCode::FORBIDDEN, ErrorKind::BadForm, None)
}

/// What was wrong with a form, if that is all; else the answer to the error.
///
/// # Errors
/// The answer.
#[expect(clippy::result_large_err, reason = "an answer that is given at once, and held by nobody")]
pub fn problem(web: &Web, caller: &Caller, error: FlowError) -> Result<String, Response> {
    match error {
        FlowError::Invalid(sentence) => Ok(begun(web.language.text().sentence(&sentence))),
        FlowError::Stale => Ok(begun(web.language.text().sentence(&FlowError::stale()))),
        other => Err(answer(web, &caller.ctx, &other)),
    }
}

/// The same at the fields of the form, with what is said above it.
///
/// # Errors
/// The answer.
#[expect(clippy::result_large_err, reason = "an answer that is given at once, and held by nobody")]
pub fn marked(web: &Web, caller: &Caller, error: FlowError) -> Result<(Wrong, String), Response> {
    match error {
        FlowError::Invalid(sentence) => {
            let text = web.language.text();
            let wrong = Wrong::new(&sentence, text, |_| None);
            let above = wrong.above(text);
            Ok((wrong, above))
        }
        other => problem(web, caller, other).map(|said| (Wrong::default(), said)),
    }
}
