//! Email domains: claiming, having DNS looked at, giving up; in the console and, without what is beside proving, behind a
//! setup link. What was seen in DNS is told in the answer to the form that asked.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Response;

use super::caller::{Caller, Visitor};
use super::frame::{
    About, Answer, Flash, Section, account, around, around_visitor, bad_form, go, problem, sent, setup_path,
    show, status,
};
use crate::base::Ctx;
use crate::base::caller::SetupScope;
use crate::base::id::GuestId;
use crate::base::sentence::sentence;
use crate::directory::account::Slug;
use crate::directory::domain::{DomainError, DomainName};
use crate::directory::domain_proof::Sight;
use crate::directory::state::ConnectionState;
use crate::flow::account::AccountView;
use crate::flow::connection::{self, ConnectionView};
use crate::flow::domain::{self, Add};
use crate::flow::setup_link::Whose;
use crate::flow::{FlowError, setup_link};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::domains::{DomainList, DomainRow, DomainsPage, SetupDomainsPage};
use crate::http::reply::{parameter, version_sent};

/// Domains, and guests, on one page.
const PAGE: usize = 50;
/// Where they are behind a setup link.
const SETUP: &str = setup_path(SetupScope::Domains);

/// Where the lists go on.
#[derive(Default)]
struct After {
    domain: Option<DomainName>,
    guest: Option<GuestId>,
}

/// Beside the domains: what was wrong, what was typed, what was seen of which.
#[derive(Default)]
struct Said<'a> {
    after: After,
    problem: Option<&'a str>,
    typed: &'a str,
    sight: Option<(&'a DomainName, &'a Sight)>,
}

/// `GET /console/at/{account}/domains`; with `after=…`, domains after that one, with `guests_after=…`, guests.
pub async fn list(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Domains)).await?;
    let query = query.unwrap_or_default();
    let after = After {
        domain: parameter(query.as_bytes(), "after").and_then(|name| DomainName::parse(&name).ok()),
        guest: parameter(query.as_bytes(), "guests_after").and_then(|id| id.parse().ok()),
    };
    listed(&web, &caller, &account, Said { after, ..Said::default() }).await
}

/// Cuts a list to a page; whether there was more.
fn cut<T>(list: &mut Vec<T>) -> bool {
    let has_more = list.len() > PAGE;
    list.truncate(PAGE);
    has_more
}

async fn listed(web: &Web, caller: &Caller, account: &AccountView, said: Said<'_>) -> Answer {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let loaded = async {
        let domains = domain::list(gateway, ctx, slug).await?;
        let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let guests = domain::list_guests(gateway, ctx, slug, (said.after.guest, most)).await?;
        Ok::<_, FlowError>((domains, guests, connection::list(gateway, ctx, slug).await?))
    };
    let (mut domains, mut guests, connections) = match loaded.await {
        Ok(loaded) => loaded,
        Err(error) => return Err(answer(web, ctx, &error)),
    };
    // Whatever was asked about is on the page, wherever it stands.
    let is_asked = |name: &DomainName| said.sight.is_some_and(|(seen, _)| seen == name);
    domains.retain(|domain| {
        is_asked(&domain.name) || said.after.domain.as_ref().is_none_or(|after| domain.name > *after)
    });
    if let Some(place) =
        domains.iter().position(|domain| is_asked(&domain.name)).filter(|place| *place >= PAGE)
    {
        domains.drain(..place);
    }
    let base = format!("/console/at/{slug}/domains");
    let more = cut(&mut domains).then(|| domains.last().map(|last| format!("{base}?after={}", last.name)));
    let more_guests =
        cut(&mut guests).then(|| guests.last().map(|last| format!("{base}?guests_after={}#guests", last.id)));
    let rows: Vec<_> = rows(&domains, ctx, said.sight);
    // Nobody signs in by a draft; one that was chosen all the same stays in sight.
    let is_chosen = |id| domains.iter().any(|domain| domain.connection_id == Some(id));
    let is_offered = |connection: &&ConnectionView| match connection.state {
        ConnectionState::Retired => false,
        ConnectionState::Draft => is_chosen(connection.id),
        ConnectionState::Testing | ConnectionState::Active | ConnectionState::Disabled => true,
    };
    let offered: Vec<_> = connections.iter().filter(is_offered).collect();
    let names: Vec<_> =
        offered.iter().map(|found| (found.name.as_str(), found.idp_entity_id.as_str(), found.id)).collect();
    let connections: Vec<_> =
        offered.iter().map(|found| found.id.to_string()).zip(connection::told_apart(&names)).collect();
    let frame = web.frame();
    let list = DomainList {
        text: &frame.text.domains,
        console: frame.console(),
        base: &base,
        token: &caller.form_token,
        domains: &rows,
        connections: &connections,
        typed: said.typed,
        more: more.flatten(),
    };
    let about = About { section: Section::Domains, account: Some(account), problem: said.problem };
    let may_vouch = caller.is_operator();
    let around = around(web, caller, about);
    let more_guests = more_guests.flatten();
    let page = DomainsPage { frame, around, list, guests: &guests, more_guests, may_vouch };
    Ok(show(web, caller, status(said.problem), &page))
}

fn rows<'a>(
    domains: &'a [domain::DomainView],
    ctx: &Ctx,
    seen: Option<(&'a DomainName, &'a Sight)>,
) -> Vec<DomainRow<'a>> {
    let sight_of = |name: &DomainName| seen.filter(|(seen, _)| *seen == name).map(|(_, sight)| sight);
    let row =
        |domain: &'a domain::DomainView| DomainRow::new(domain, sight_of(&domain.name), domain.is_for(ctx));
    domains.iter().map(row).collect()
}

/// What is done with a form.
enum Ask {
    Claim,
    Check(String),
    Route(String),
    Remove(String),
    Vouch,
    AddGuest,
    RemoveGuest,
}

/// What came of it.
enum Done {
    Flash(Flash),
    Seen(DomainName, Sight),
}

fn named(text: &str) -> Result<DomainName, FlowError> {
    let told = |error: DomainError| {
        FlowError::Invalid(sentence!("\"{text}\" cannot be a domain: {error}.", text, error))
    };
    DomainName::parse(text).map_err(told)
}

async fn done(web: &Web, caller: &Caller, slug: &Slug, ask: &Ask, body: &[u8]) -> Result<Done, FlowError> {
    const NONE: FlowError = FlowError::NotFound("domain of this account");
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let field = |name| parameter(body, name).unwrap_or_default();
    let known = |text: &str| DomainName::parse(text).map_err(|_| NONE);
    match ask {
        Ask::Claim => {
            let input = Add { account: slug.clone(), name: named(&field("domain"))?, connection: None };
            domain::add(gateway, ctx, input).await?;
            Ok(Done::Flash(Flash::Claimed))
        }
        Ask::Check(name) => {
            let name = known(name)?;
            let checked = domain::check::check(gateway, ctx, (slug, &name)).await?;
            Ok(Done::Seen(name, checked.sight))
        }
        Ask::Route(name) => {
            let chosen = field("connection");
            let connection = match chosen.as_str() {
                "" => None,
                id => Some(id.parse().map_err(|_| FlowError::NotFound("connection of this account"))?),
            };
            let (name, seen) = (known(name)?, version_sent(body));
            domain::set_connection_if(gateway, ctx, (slug, &name), connection, |is| is == seen).await?;
            Ok(Done::Flash(Flash::Saved))
        }
        Ask::Remove(name) => {
            domain::remove(gateway, ctx, (slug, &known(name)?)).await?;
            Ok(Done::Flash(Flash::GivenUp))
        }
        Ask::Vouch => {
            let (name, reason) = (named(&field("domain"))?, field("reason"));
            domain::vouch(gateway, ctx, (slug, &name), &reason).await?;
            Ok(Done::Flash(Flash::Vouched))
        }
        Ask::AddGuest => {
            domain::add_guest(gateway, ctx, slug, (&field("email"), &field("reason"))).await?;
            Ok(Done::Flash(Flash::GuestLetIn))
        }
        Ask::RemoveGuest => {
            domain::remove_guest(gateway, ctx, slug, &field("email")).await?;
            Ok(Done::Flash(Flash::GuestRemoved))
        }
    }
}

async fn act(mut web: Web, caller: Caller, slug: String, ask: Ask, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Domains), &body).await?;
    match done(&web, &caller, &account.slug, &ask, &body).await {
        Ok(Done::Flash(flash)) => Ok(go(&web, &format!("/console/at/{}/domains", account.slug), flash)),
        Ok(Done::Seen(name, sight)) => {
            let said = Said { sight: Some((&name, &sight)), ..Said::default() };
            listed(&web, &caller, &account, said).await
        }
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            let typed = parameter(&body, "domain").unwrap_or_default();
            let said = Said { problem: Some(&sentence), typed: &typed, ..Said::default() };
            listed(&web, &caller, &account, said).await
        }
    }
}

/// `POST /console/at/{account}/domains`: claims one.
pub async fn claim(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    act(web, caller, slug, Ask::Claim, body).await
}

/// `POST /console/at/{account}/domains/{domain}/check`: looks into DNS.
pub async fn check(
    web: Web,
    caller: Caller,
    Path((slug, name)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    act(web, caller, slug, Ask::Check(name), body).await
}

/// `POST /console/at/{account}/domains/{domain}/route`: says by which connection its people sign in.
pub async fn route(
    web: Web,
    caller: Caller,
    Path((slug, name)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    act(web, caller, slug, Ask::Route(name), body).await
}

/// `POST /console/at/{account}/domains/{domain}/remove`: gives it up.
pub async fn remove(
    web: Web,
    caller: Caller,
    Path((slug, name)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    act(web, caller, slug, Ask::Remove(name), body).await
}

/// `POST /console/at/{account}/domains/vouch`: proves one by an operator's word.
pub async fn vouch(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    act(web, caller, slug, Ask::Vouch, body).await
}

/// `POST /console/at/{account}/domains/guests`: lets an address in.
pub async fn add_guest(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    act(web, caller, slug, Ask::AddGuest, body).await
}

/// `POST /console/at/{account}/domains/guests/remove`: lets an address in no longer.
pub async fn remove_guest(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    act(web, caller, slug, Ask::RemoveGuest, body).await
}

/// Whose domains a visitor sets up. From here on, pages are in the account's language.
async fn visited(web: &mut Web, visitor: &Caller) -> Result<Whose, Response> {
    let whose = setup_link::whose(&web.gateway, &visitor.ctx).await;
    let whose = whose.map_err(|error| answer(web, &visitor.ctx, &error))?;
    web.language = web.language.decided(whose.locale);
    Ok(whose)
}

async fn set_up(web: &Web, visitor: &Caller, whose: &Whose, said: Said<'_>) -> Answer {
    let domains = match domain::list(&web.gateway, &visitor.ctx, &whose.slug).await {
        Ok(domains) => domains,
        Err(error) => return Err(answer(web, &visitor.ctx, &error)),
    };
    let rows = rows(&domains, &visitor.ctx, said.sight);
    let frame = web.frame();
    let list = DomainList {
        text: &frame.text.domains,
        console: frame.console(),
        base: SETUP,
        token: &visitor.form_token,
        domains: &rows,
        connections: &[],
        typed: said.typed,
        more: None,
    };
    let around = around_visitor(web, visitor, (&whose.name, SETUP, said.problem));
    let page = SetupDomainsPage { frame, around, account: &whose.name, list };
    Ok(show(web, visitor, status(said.problem), &page))
}

/// `GET /setup-domains`.
pub async fn setup(mut web: Web, Visitor(visitor): Visitor) -> Answer {
    let whose = visited(&mut web, &visitor).await?;
    set_up(&web, &visitor, &whose, Said::default()).await
}

async fn act_in_setup(mut web: Web, visitor: Caller, ask: Ask, body: Bytes) -> Answer {
    if !visitor.sent(&body) {
        return Err(bad_form(&web));
    }
    let whose = visited(&mut web, &visitor).await?;
    match done(&web, &visitor, &whose.slug, &ask, &body).await {
        Ok(Done::Flash(flash)) => Ok(go(&web, SETUP, flash)),
        Ok(Done::Seen(domain, sight)) => {
            let said = Said { sight: Some((&domain, &sight)), ..Said::default() };
            set_up(&web, &visitor, &whose, said).await
        }
        Err(error) => {
            let sentence = problem(&web, &visitor, error)?;
            let typed = parameter(&body, "domain").unwrap_or_default();
            let said = Said { problem: Some(&sentence), typed: &typed, ..Said::default() };
            set_up(&web, &visitor, &whose, said).await
        }
    }
}

/// `POST /setup-domains`: claims one.
pub async fn setup_claim(web: Web, Visitor(visitor): Visitor, body: Bytes) -> Answer {
    act_in_setup(web, visitor, Ask::Claim, body).await
}

/// `POST /setup-domains/{domain}/check`: looks into DNS.
pub async fn setup_check(
    web: Web,
    Visitor(visitor): Visitor,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer {
    act_in_setup(web, visitor, Ask::Check(name), body).await
}

/// `POST /setup-domains/{domain}/remove`: gives it up.
pub async fn setup_remove(
    web: Web,
    Visitor(visitor): Visitor,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer {
    act_in_setup(web, visitor, Ask::Remove(name), body).await
}
