//! Who gets in without an identity provider: operators, owners by link, visitors of setup links, programs with keys.

use gatepost::base::caller::{Role, Scopes};
use gatepost::base::secret::{LinkToken, TokenHash};
use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, ConnectionState, LinkKind};
use gatepost::flow::connection::lifecycle;
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{FlowError, account, api_key, console, link, operator, owner, setup_link};
use gatepost::outbound::mail::Mailer;
use secrecy::ExposeSecret;

use crate::site::{ACCOUNT, HTTPS, Site};

const EMAIL: &str = "owner@lincoln.example";

fn ctx(site: &Site) -> Ctx {
    site.gateway.ctx(Actor::CommandLine)
}

fn token(issued: &link::Issued) -> TokenHash {
    let text = issued.url.expose_secret().rsplit('/').next().unwrap();
    LinkToken::parse(text).unwrap().hash()
}

async fn enter(site: &Site, issued: &link::Issued) -> Result<console::Entered, FlowError> {
    link::enter(&site.gateway, &site.gateway.ctx(Actor::Anonymous), token(issued), None).await
}

async fn actor(site: &Site, entered: &console::Entered) -> Option<Actor> {
    let ctx = site.gateway.ctx(Actor::Anonymous);
    let found = console::find(&site.gateway, &ctx, entered.token.hash()).await.unwrap();
    found.map(|current| current.actor)
}

async fn owner(site: &Site) -> (console::Entered, Actor) {
    let slug = ACCOUNT.parse().unwrap();
    let invited = owner::invite(&site.gateway, &ctx(site), &slug, (EMAIL, Some("Olive"))).await.unwrap();
    let entered = enter(site, &invited).await.unwrap();
    let actor = actor(site, &entered).await.unwrap();
    (entered, actor)
}

fn is_missing<T>(result: &Result<T, FlowError>) -> bool {
    matches!(result, Err(FlowError::NotFound(_)))
}

#[tokio::test]
async fn the_first_operator_comes_by_a_link_that_works_once() {
    let site = Site::https().await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    for _ in 0..3 {
        let look = link::look(&site.gateway, &anonymous, token(&first)).await.unwrap();
        assert_eq!(look.kind, LinkKind::Operator, "looking uses nothing up");
    }
    let entered = enter(&site, &first).await.unwrap();
    assert!(is_missing(&enter(&site, &first).await));
    assert!(is_missing(&link::look(&site.gateway, &anonymous, token(&first)).await));
    let Some(Actor::Operator(id)) = actor(&site, &entered).await else { panic!() };
    assert!(operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().is_none());
    assert!(matches!(operator::remove(&site.gateway, &ctx(&site), id).await, Err(FlowError::Invalid(_))));

    let by_operator = site.gateway.ctx(Actor::Operator(id));
    let second = operator::make_link(&site.gateway, &by_operator, "Sam", None).await.unwrap();
    let sam = enter(&site, &second).await.unwrap();
    let all = operator::list(&site.gateway, &by_operator).await.unwrap();
    assert!(all.iter().any(|operator| operator.name == "Sam"));
    operator::remove(&site.gateway, &by_operator, id).await.unwrap();
    assert_eq!(actor(&site, &entered).await, None, "out at once");
    assert!(actor(&site, &sam).await.is_some());
    site.clock.advance(console::IDLE_SECONDS);
    assert_eq!(actor(&site, &sam).await, None, "not used for too long");

    let late = operator::make_link(&site.gateway, &ctx(&site), "Late", None).await.unwrap();
    site.clock.advance(3600);
    assert!(is_missing(&enter(&site, &late).await));
}

#[tokio::test]
async fn owners_are_invited_and_stop_being_owners() {
    let site = Site::https().await;
    let (entered, actor_is) = owner(&site).await;
    let Actor::User(member) = actor_is else { panic!() };
    assert_eq!(member.role, Role::Owner);
    let slug = ACCOUNT.parse().unwrap();
    let as_owner = site.gateway.ctx(actor_is);
    assert_eq!(account::show(&site.gateway, &as_owner, &slug).await.unwrap().name, "Lincoln Unified");

    site.make_account("other", "Other").await;
    let other = "other".parse().unwrap();
    assert!(is_missing(&account::show(&site.gateway, &as_owner, &other).await), "another's is not there");
    assert!(is_missing(&owner::invite(&site.gateway, &as_owner, &other, (EMAIL, None)).await));
    let why = (&slug, EMAIL);
    let denied = owner::break_glass(&site.gateway, &as_owner, why, "x").await;
    assert!(matches!(denied, Err(FlowError::Denied(_))), "an operator's to do");

    let which = Which::Id(member.id);
    let less = Changes { role: Some(Role::Admin), ..Changes::default() };
    user::update(&site.gateway, &ctx(&site), (&slug, &which), less).await.unwrap();
    assert_eq!(actor(&site, &entered).await, None, "no owner any more");
    let more = Changes { role: Some(Role::Owner), ..Changes::default() };
    let as_admin =
        site.gateway.ctx(Actor::User(gatepost::base::caller::Member { role: Role::Admin, ..member }));
    let raised = user::update(&site.gateway, &as_admin, (&slug, &which), more.clone()).await;
    assert!(matches!(raised, Err(FlowError::Denied(_))), "an admin makes no owner, not even of themselves");
    user::update(&site.gateway, &ctx(&site), (&slug, &which), more).await.unwrap();
    assert!(actor(&site, &entered).await.is_some());
    let shut = account::Update { state: Some(AccountState::Disabled), ..account::Update::default() };
    account::update(&site.gateway, &ctx(&site), &slug, shut).await.unwrap();
    assert_eq!(actor(&site, &entered).await, None, "the account is shut");
}

#[tokio::test]
async fn a_link_by_mail_only_while_there_is_no_other_way() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    owner(&site).await;
    let slug = ACCOUNT.parse().unwrap();
    let mails = "SELECT COUNT(*) FROM mails";
    let before = site.count(mails).await;
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &anonymous, &slug, "nobody@lincoln.example").await.unwrap();
    assert_eq!(site.count(mails).await, before, "nobody has that address");
    owner::ask_by_mail(&site.gateway, &anonymous, &slug, EMAIL).await.unwrap();
    owner::ask_by_mail(&site.gateway, &anonymous, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 1, "not twice in a minute");
    site.clock.advance(61);
    let again = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &again, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 2);
    let of_mail = "SELECT COUNT(*) FROM links WHERE kind = 'email' AND revoked_at IS NULL";
    assert_eq!(site.count(of_mail).await, 1, "the older one was taken back");

    let okta = site.connect(Product::Okta).await;
    site.clock.advance(61);
    let again = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &again, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 2, "single sign-on is active");
    let glass = owner::break_glass(&site.gateway, &ctx(&site), (&slug, EMAIL), "Okta is down").await.unwrap();
    assert_eq!(site.count(mails).await, before + 3, "every owner is told");
    enter(&site, &glass).await.unwrap();
    assert_eq!(site.count(mails).await, before + 4, "and again when it is used");
    site.set_state(&okta, ConnectionState::Disabled).await;
    let (_, done) = gatepost::jobs::round(&site.gateway).await;
    assert!(done >= 4, "{done}");
    assert_eq!(site.count(mails).await, 0, "sent mail is gone");
}

#[tokio::test]
async fn a_setup_link_stays_with_its_browser_until_it_is_over() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let input = setup_link::Create {
        account: slug.clone(),
        scopes: "sso".parse().unwrap(),
        name: "Ida".to_owned(),
        days: 14,
    };
    let made = setup_link::create(&site.gateway, &ctx(&site), input.clone()).await.unwrap();
    let entered = enter(&site, &made).await.unwrap();
    assert!(is_missing(&enter(&site, &made).await), "another browser");
    let behind = actor(&site, &entered).await.unwrap();
    let visitor = site.gateway.ctx(behind);
    let connections = gatepost::flow::connection::list(&site.gateway, &visitor, &slug).await;
    assert!(connections.unwrap().is_empty());
    let domains = gatepost::flow::domain::list(&site.gateway, &visitor, &slug).await;
    assert!(matches!(domains, Err(FlowError::Denied(_))), "it is for single sign-on");
    site.clock.advance(3 * 86_400);
    assert!(actor(&site, &entered).await.is_some(), "days later");
    setup_link::finish(&site.gateway, &visitor).await.unwrap();
    assert_eq!(actor(&site, &entered).await, None);

    let second = setup_link::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let entered = enter(&site, &second).await.unwrap();
    assert!(setup_link::revoke(&site.gateway, &ctx(&site), second.id).await.unwrap());
    assert_eq!(actor(&site, &entered).await, None);
    let states: Vec<_> = setup_link::list(&site.gateway, &ctx(&site), &slug).await.unwrap();
    let states: Vec<_> = states.iter().map(|link| link.state.name()).collect();
    assert_eq!(states, ["revoked", "finished"]);
}

#[tokio::test]
async fn keys_are_good_for_what_they_say_and_no_longer_than_they_say() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let input = |scopes: &str| api_key::Create {
        account: Some(slug.clone()),
        name: "CI".to_owned(),
        scopes: scopes.parse().unwrap(),
        days: 30,
    };
    let (key, secret) =
        api_key::create(&site.gateway, &ctx(&site), input("users:read api_keys:write")).await.unwrap();
    let secret = secret.expose_secret();
    let found = api_key::find(&site.gateway, &ctx(&site), secret).await.unwrap().unwrap();
    assert_eq!((found.id, found.scopes), (key.id, "users:read api_keys:write".parse::<Scopes>().unwrap()));
    assert!(api_key::find(&site.gateway, &ctx(&site), &secret[1..]).await.unwrap().is_none());
    let as_key = site.gateway.ctx(Actor::ApiKey(found));
    let more = api_key::create(&site.gateway, &as_key, input("users:write")).await;
    assert!(matches!(more, Err(FlowError::Invalid(_))), "no more than it has itself");
    assert!(api_key::create(&site.gateway, &as_key, input("users:read")).await.is_ok());
    let everywhere = api_key::Create { account: None, ..input("users:read") };
    assert!(matches!(api_key::create(&site.gateway, &as_key, everywhere).await, Err(FlowError::Denied(_))));
    site.clock.advance(30 * 86_400);
    assert!(api_key::find(&site.gateway, &ctx(&site), secret).await.unwrap().is_none(), "over");
    let (key, secret) = api_key::create(&site.gateway, &ctx(&site), input("users:read")).await.unwrap();
    assert!(api_key::revoke(&site.gateway, &ctx(&site), key.id).await.unwrap());
    let found = api_key::find(&site.gateway, &ctx(&site), secret.expose_secret()).await.unwrap();
    assert!(found.is_none(), "taken back");
}

#[tokio::test]
async fn only_operators_go_without_a_test() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (_, owner) = owner(&site).await;
    let (id, ctx) = (okta.connection.id, site.gateway.ctx(owner));
    lifecycle::set_state(&site.gateway, &ctx, id, ConnectionState::Disabled).await.unwrap();
    let reason = Some("the other console is down");
    let untested = lifecycle::activate(&site.gateway, &ctx, id, None).await;
    assert!(matches!(untested, Err(FlowError::Invalid(_))), "{untested:?}");
    let overridden = lifecycle::activate(&site.gateway, &ctx, id, reason).await;
    assert!(matches!(overridden, Err(FlowError::Denied(_))), "{overridden:?}");
    assert_eq!(site.text("SELECT state FROM connections").await.as_deref(), Some("disabled"));
    let first = operator::first_link(&site.gateway, &self::ctx(&site)).await.unwrap().unwrap();
    let entered = enter(&site, &first).await.unwrap();
    let operator = site.gateway.ctx(actor(&site, &entered).await.unwrap());
    lifecycle::activate(&site.gateway, &operator, id, reason).await.unwrap();
    assert_eq!(site.text("SELECT state FROM connections").await.as_deref(), Some("active"));
}
