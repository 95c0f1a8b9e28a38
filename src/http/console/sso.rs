//! Setting up single sign-on, step by step: the product, its steps with our values, one box for what comes back, a test,
//! and switching it on. The same path for owners, operators and whoever comes by a setup link.
//!
//! [`Place`] says whose and where; its pages are in [`crate::http::pages::sso`], those of a connection that is there in
//! [`super::sso_connection`].

use axum::body::Bytes;
use axum::extract::{FromRequestParts, RawPathParams, RawQuery};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::caller::{Caller, Visitor};
use super::frame::{
    About, Answer, Flash, Section, account, around, around_visitor, bad_form, go, problem, show, status,
};
use crate::base::encoding::hex;
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::preset::Product;
use crate::directory::state::ConnectionState;
use crate::flow::connection::paste::{self, Paste, Seen};
use crate::flow::connection::show::{Detail, show as shown};
use crate::flow::connection::{self, plan, visited};
use crate::flow::{FlowError, account as accounts, setup_link};
use crate::http::Web;
use crate::http::error::{answer, not_found};
use crate::http::pages::console::Around;
use crate::http::pages::sso::{ChoosePage, Ours, PasteForm, Present, StepsPage, Typed};
use crate::http::reply::{parameter, see_other};

/// Whoever sets up, and where. An extractor: a caller of the console, or a visitor behind a setup link.
pub struct Place {
    /// With the language of the account.
    pub web: Web,
    /// Who.
    pub caller: Caller,
    /// Of which account.
    pub slug: Slug,
    /// What all addresses of the path begin with.
    pub base: String,
    name: String,
    /// The account, for whoever may see more of it than its name.
    account: Option<accounts::AccountView>,
    connection: Option<ConnectionId>,
}

impl FromRequestParts<Web> for Place {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Ok(mut web) = Web::from_request_parts(parts, web).await;
        let path = RawPathParams::from_request_parts(parts, &web).await.map_err(|_| not_found(&web))?;
        let part = |wanted| path.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
        let connection = part("connection").map(|id| id.parse::<ConnectionId>());
        let account_slug = part("account");
        let Some(slug) = account_slug else {
            let Visitor(caller) = Visitor::from_request_parts(parts, &web).await?;
            let whose = setup_link::whose(&web.gateway, &caller.ctx).await;
            let whose = whose.map_err(|error| answer(&web, &caller.ctx, &error))?;
            web.language = web.language.decided(whose.locale);
            let connection = connection.transpose().map_err(|_| not_found(&web))?;
            let (slug, name, base) = (whose.slug, whose.name, "/setup-sso".to_owned());
            return Ok(Self { web, caller, slug, base, name, account: None, connection });
        };
        let caller = Caller::from_request_parts(parts, &web).await?;
        let found = account(&mut web, &caller, (&slug, Section::Integrations)).await?;
        let connection = connection.transpose().map_err(|_| not_found(&web))?;
        let base = format!("/console/at/{}/sso", found.slug);
        let (slug, name) = (found.slug.clone(), found.name.clone());
        Ok(Self { web, caller, slug, base, name, account: Some(found), connection })
    }
}

impl Place {
    /// What stands around the page.
    #[must_use]
    pub fn around<'a>(&'a self, problem: Option<&'a str>) -> Around<'a> {
        match &self.account {
            Some(account) => {
                let about = About { section: Section::Integrations, account: Some(account), problem };
                around(&self.web, &self.caller, about)
            }
            None => around_visitor(&self.web, &self.caller, (&self.name, &self.base, problem)),
        }
    }

    /// The answer to an error.
    #[must_use]
    pub fn failed(&self, error: &FlowError) -> Response {
        answer(&self.web, &self.caller.ctx, error)
    }

    /// Where the page of a connection is.
    #[must_use]
    pub fn of(&self, id: ConnectionId) -> String {
        format!("{}/{id}", self.base)
    }

    /// The connection of the address, if it is one of this account. To whoever came by a setup link and has nothing to do
    /// with it, the page to choose on says so.
    ///
    /// # Errors
    /// The answer, if not.
    pub async fn detail(&self) -> Result<Detail, Response> {
        let id = self.connection.ok_or_else(|| not_found(&self.web))?;
        match shown(&self.web.gateway, &self.caller.ctx, id).await {
            Ok(detail) if detail.account_slug == self.slug.as_str() => Ok(detail),
            Ok(_) => Err(not_found(&self.web)),
            Err(error) => {
                let sentence = problem(&self.web, &self.caller, error)?;
                let (Ok(page) | Err(page)) = choosing(self, Some(&sentence)).await;
                Err(page)
            }
        }
    }

    /// Whether somebody came by a setup link.
    #[must_use]
    pub const fn is_visitor(&self) -> bool {
        self.account.is_none()
    }

    /// The connection of the address, for a page where it is changed: who may only look at it is sent back.
    ///
    /// # Errors
    /// The answer, if not.
    pub async fn open(&self) -> Result<Detail, Response> {
        let detail = self.detail().await?;
        if detail.is_closed { Err(see_other(&self.of(detail.view.id))) } else { Ok(detail) }
    }

    /// The same for a form: its token is looked at first.
    ///
    /// # Errors
    /// The answer, if not.
    pub async fn changed(&self, body: &[u8]) -> Result<Detail, Response> {
        if !self.caller.sent(body) {
            return Err(bad_form(&self.web));
        }
        self.open().await
    }
}

/// `GET …/sso`: which identity provider; with `product=…`, on to its steps.
pub async fn choose(place: Place, RawQuery(query): RawQuery) -> Answer {
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let query = query.unwrap_or_default();
    if let Some(product) = parameter(query.as_bytes(), "product").and_then(|name| name.parse().ok()) {
        return match plan::begin(gateway, ctx, &place.slug, product).await {
            Ok(plan) => Ok(see_other(&format!("{}/steps?plan={plan}", place.base))),
            Err(error) => Err(place.failed(&error)),
        };
    }
    choosing(&place, None).await
}

async fn choosing(place: &Place, problem: Option<&str>) -> Answer {
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let all = connection::list(gateway, ctx, &place.slug).await.map_err(|error| place.failed(&error))?;
    let others = visited::list_aside(gateway, ctx, &place.slug).await;
    let others = others.map_err(|error| place.failed(&error))?;
    let living: Vec<_> = all.iter().filter(|found| found.state != ConnectionState::Retired).collect();
    let names: Vec<_> =
        living.iter().map(|found| (found.name.as_str(), found.idp_entity_id.as_str(), found.id)).collect();
    let own = living.iter().zip(connection::told_apart(&names)).map(|(found, name)| Present {
        href: Some(place.of(found.id)),
        name,
        state: found.state,
    });
    let others = others.into_iter().map(|other| Present { href: None, name: other.name, state: other.state });
    let present: Vec<_> = own.chain(others).collect();
    let page = ChoosePage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        present: &present,
        products: Product::ALL,
    };
    Ok(show(&place.web, &place.caller, status(problem), &page))
}

/// For what something is pasted.
enum Target {
    /// A connection that is to be.
    Plan(plan::Plan, String),
    /// One that is there.
    Connection(Box<Detail>),
}

/// What was sent, and what is said of it.
#[derive(Default)]
struct Sent<'a> {
    typed: Typed,
    seen: Option<&'a Seen>,
    problem: Option<&'a str>,
}

/// `GET …/sso/steps?plan=…`: what to do in the identity provider's console, and the box for what comes back.
pub async fn steps(place: Place, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let token = parameter(query.as_bytes(), "plan").unwrap_or_default();
    match plan::find(&place.web.gateway, &place.caller.ctx, &place.slug, &token).await {
        Ok(plan) if plan.is_made => Ok(see_other(&place.of(plan.connection))),
        Ok(plan) => Ok(told(&place, &Target::Plan(plan, token), &Sent::default())),
        Err(error) => Err(place.failed(&error)),
    }
}

/// `GET …/sso/{connection}/steps`: the same for a connection that is there.
pub async fn steps_of(place: Place) -> Answer {
    match place.open().await {
        Ok(detail) => Ok(told(&place, &Target::Connection(Box::new(detail)), &Sent::default())),
        Err(response) => Err(response),
    }
}

fn told(place: &Place, target: &Target, sent: &Sent<'_>) -> Response {
    let is_wrong = sent.seen.is_some() || sent.problem.is_some();
    let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let (product, ours, present, plan) = match target {
        Target::Plan(plan, token) => {
            let (entity_id, acs_url, login_url) = (&plan.entity_id, &plan.acs_url, &plan.login_url);
            let ours = Ours { entity_id, metadata_url: entity_id, acs_url, login_url };
            (plan.product, ours, None, Some(token.as_str()))
        }
        Target::Connection(detail) => (detail.product, Ours::of(detail), Some(&**detail), None),
    };
    let action = match present {
        Some(detail) => format!("{}/paste", place.of(detail.view.id)),
        None => format!("{}/paste", place.base),
    };
    let (typed, sum) = (&sent.typed, sum(&sent.typed));
    let form = PasteForm {
        action: &action,
        plan,
        typed,
        seen: sent.seen,
        product,
        has_fields: true,
        what_if: None,
        sum: &sum,
    };
    let page = StepsPage {
        frame: place.web.frame(),
        around: place.around(sent.problem),
        base: &place.base,
        product,
        ours,
        present,
        form,
    };
    show(&place.web, &place.caller, status, &page)
}

/// `POST …/sso/paste`: recognises what came back; a draft is made of it, or the page says what is wrong.
pub async fn take(place: Place, body: Bytes) -> Answer {
    if !place.caller.sent(&body) {
        return Err(bad_form(&place.web));
    }
    let token = parameter(&body, "plan").unwrap_or_default();
    match plan::find(&place.web.gateway, &place.caller.ctx, &place.slug, &token).await {
        Ok(plan) => taken(&place, Target::Plan(plan, token), &body).await,
        Err(error) => Err(place.failed(&error)),
    }
}

/// `POST …/sso/{connection}/paste`: the same for a connection that is there.
pub async fn take_for(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    taken(&place, Target::Connection(Box::new(detail)), &body).await
}

async fn taken(place: &Place, target: Target, body: &[u8]) -> Answer {
    let (connection, plan) = match &target {
        Target::Plan(_, token) => (None, Some(token.clone())),
        Target::Connection(detail) => (Some(detail.view.id), None),
    };
    let typed = typed(body);
    let seen = match pasted(place, (connection, plan), &typed, body).await {
        Ok(Pasting::Done(id)) => return Ok(go(&place.web, &place.of(id), Flash::Made)),
        Ok(Pasting::Seen(seen)) => seen,
        Err(error) => {
            return {
                let sentence = problem(&place.web, &place.caller, error)?;
                Ok(told(place, &target, &Sent { typed, seen: None, problem: Some(&sentence) }))
            };
        }
    };
    Ok(told(place, &target, &Sent { typed, seen: Some(&seen), problem: None }))
}

/// What came of something that was pasted.
pub enum Pasting {
    /// It is applied, to this connection.
    Done(ConnectionId),
    /// It is not: something is wrong, or somebody should look at the remarks first.
    Seen(Box<Seen>),
}

/// Looks at what was pasted, and applies it where nothing is wrong with it and nothing is to be said about it that
/// whoever sent it has not read.
///
/// # Errors
/// Those of [`paste::apply`].
pub async fn pasted(
    place: &Place,
    (connection, plan): (Option<ConnectionId>, Option<String>),
    typed: &Typed,
    body: &[u8],
) -> Result<Pasting, FlowError> {
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let entity_id = parameter(body, "entity").filter(|chosen| !chosen.is_empty());
    let text = text_of(typed).into_bytes();
    let input = Paste { account: place.slug.clone(), connection, plan, product: None, entity_id, text };
    let has_read = parameter(body, "anyway").is_some_and(|said| said == sum(typed));
    if !has_read {
        let seen = paste::look(gateway, ctx, &input).await?;
        if !seen.is_usable() || !seen.problems.is_empty() {
            return Ok(Pasting::Seen(Box::new(seen)));
        }
    }
    let applied = paste::apply(gateway, ctx, input).await?;
    Ok(match applied.connection.filter(|_| applied.seen.is_usable()) {
        Some(id) => Pasting::Done(id),
        None => Pasting::Seen(Box::new(applied.seen)),
    })
}

/// What a form brought: the box, or the three fields.
#[must_use]
pub fn typed(body: &[u8]) -> Typed {
    let of = |name| parameter(body, name).unwrap_or_default();
    Typed {
        text: of("pasted"),
        sso_url: of("sso_url"),
        entity_id: of("idp_entity_id"),
        certificate: of("certificate"),
    }
}

/// The three fields as somebody would have pasted them.
fn text_of(typed: &Typed) -> String {
    if !typed.is_fields() {
        return typed.text.clone();
    }
    let Typed { sso_url, entity_id, certificate, .. } = typed;
    format!("SSO URL: {sso_url}\nIdP Entity ID: {entity_id}\nCertificate:\n{certificate}\n")
}

/// Names just what was typed.
#[must_use]
pub fn sum(typed: &Typed) -> String {
    let hash = openssl::sha::sha256(text_of(typed).replace("\r\n", "\n").trim().as_bytes());
    hex(hash.get(..16).unwrap_or(&hash))
}
