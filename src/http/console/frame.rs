//! What stands around every page of the console: where one can go, what to say once.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use crate::access::{self, Action};
use crate::base::Actor;
use crate::base::id::AccountId;
use crate::directory::account::Slug;
use crate::flow::FlowError;
use crate::flow::account::{self, AccountView};
use crate::http::Web;
use crate::http::error::{answer, page};
use crate::http::pages::console::{Around, NavItem};
use crate::http::pages::{ErrorKind, Page};
use crate::http::reply::{html, see_other};
use crate::words::Message;

/// The pages that stand in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What an account has connected.
    Integrations,
    /// Who owns an account.
    Owners,
    /// What was done.
    Events,
    /// Keys of the REST API.
    ApiKeys,
    /// Setup links.
    SetupLinks,
    /// All accounts.
    Accounts,
    /// Who runs the installation.
    Operators,
    /// One's own passkeys.
    Passkeys,
}

impl Section {
    /// In this order they stand there.
    const ALL: [Self; 8] = [
        Self::Accounts,
        Self::Operators,
        Self::Integrations,
        Self::Owners,
        Self::SetupLinks,
        Self::ApiKeys,
        Self::Events,
        Self::Passkeys,
    ];

    /// What whoever sees its link may do; nothing for one's own things.
    const fn action(self) -> Option<Action> {
        match self {
            Self::Integrations => Some(Action::ReadConnections),
            Self::Owners => Some(Action::ManageOwners),
            Self::Events => Some(Action::ReadEvents),
            Self::ApiKeys => Some(Action::ReadApiKeys),
            Self::SetupLinks => Some(Action::ReadSetupLinks),
            Self::Accounts => Some(Action::ReadAccounts),
            Self::Operators => Some(Action::ManageOperators),
            Self::Passkeys => None,
        }
    }

    fn path(self, account: Option<&Slug>) -> Option<String> {
        let of = |rest: &str| account.map(|slug| format!("/console/at/{slug}{rest}"));
        match self {
            Self::Integrations => of(""),
            Self::Owners => of("/owners"),
            Self::Events => of("/events"),
            Self::ApiKeys => of("/api-keys"),
            Self::SetupLinks => of("/setup-links"),
            Self::Accounts => Some("/console/accounts".to_owned()),
            Self::Operators => Some("/console/operators".to_owned()),
            Self::Passkeys => Some("/console/passkeys".to_owned()),
        }
    }

    /// What the page is called in events.
    const fn name(self) -> &'static str {
        match self {
            Self::Integrations => "integrations",
            Self::Owners => "owners",
            Self::Events => "events",
            Self::ApiKeys => "api_keys",
            Self::SetupLinks => "setup_links",
            Self::Accounts => "accounts",
            Self::Operators => "operators",
            Self::Passkeys => "passkeys",
        }
    }

    fn label(self, text: &crate::words::ConsoleText) -> Message {
        match self {
            Self::Integrations => text.nav_integrations,
            Self::Owners => text.nav_owners,
            Self::Events => text.nav_events,
            Self::ApiKeys => text.nav_api_keys,
            Self::SetupLinks => text.nav_setup_links,
            Self::Accounts => text.nav_accounts,
            Self::Operators => text.nav_operators,
            Self::Passkeys => text.nav_passkeys,
        }
    }
}

/// What can be said once, on the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// Something was made.
    Made,
    /// Something was changed.
    Changed,
    /// Something was taken back.
    Revoked,
    /// Something was removed.
    Removed,
}

impl Flash {
    const ALL: [Self; 4] = [Self::Made, Self::Changed, Self::Revoked, Self::Removed];

    const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Revoked => "revoked",
            Self::Removed => "removed",
        }
    }

    fn text(self, text: &crate::words::ConsoleText) -> Message {
        match self {
            Self::Made => text.flash_made,
            Self::Changed => text.flash_changed,
            Self::Revoked => text.flash_revoked,
            Self::Removed => text.flash_removed,
        }
    }
}

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
            label: section.label(text),
            is_current: section == about.section,
        })
    };
    let flash = caller.flash.as_deref();
    let flash = Flash::ALL.into_iter().find(|known| Some(known.name()) == flash);
    Around {
        text,
        account: about.account.map(|account| account.name.as_str()),
        nav: Section::ALL.into_iter().filter_map(item).collect(),
        token: &caller.form_token,
        flash: flash.map(|flash| flash.text(text)),
        problem: about.problem,
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
    let refused = |error: &FlowError| answer(web, &caller.ctx, error);
    let slug: Slug = slug.parse().map_err(|_| refused(&FlowError::NotFound("account")))?;
    let found = account::look(&web.gateway, &caller.ctx, &slug, section.name()).await;
    let found = found.map_err(|error| refused(&error))?;
    web.language = web.language.decided(found.locale);
    Ok(found)
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
        FlowError::Invalid(sentence) => Ok(sentence),
        other => Err(answer(web, &caller.ctx, &other)),
    }
}
