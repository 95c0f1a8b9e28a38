//! Who gets in without an identity provider: operators, owners by link, visitors of setup links, programs with keys.

use gatepost::base::Actor;
use gatepost::base::caller::{Role, Scopes};
use gatepost::base::secret::{LinkToken, TokenHash};
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, ConnectionState, LinkKind};
use gatepost::flow::connection::{self, Switch, lifecycle};
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{FlowError, account, api_key, console, link, operator, owner, passkey, setup_link};
use gatepost::outbound::mail::Mailer;
use gatepost::storage::backup::Again;
use secrecy::ExposeSecret;

use crate::site::{ACCOUNT, HTTPS, Site, ctx};

const EMAIL: &str = "owner@lincoln.example";

fn token(issued: &link::Issued) -> TokenHash {
    let text = issued.url.expose_secret().rsplit('/').next().unwrap();
    LinkToken::parse(text).unwrap().hash()
}

async fn owner(site: &Site) -> (console::Entered, Actor) {
    let slug = ACCOUNT.parse().unwrap();
    let invited = owner::invite(&site.gateway, &ctx(site), &slug, (EMAIL, Some("Olive"))).await.unwrap();
    let entered = site.enter(&invited).await.unwrap();
    let actor = site.who(&entered).await.unwrap();
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
    let entered = site.enter(&first).await.unwrap();
    assert!(is_missing(&site.enter(&first).await));
    assert!(is_missing(&link::look(&site.gateway, &anonymous, token(&first)).await));
    let Some(Actor::Operator(id)) = site.who(&entered).await else { panic!() };
    assert!(operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().is_none());
    assert!(matches!(operator::remove(&site.gateway, &ctx(&site), id).await, Err(FlowError::Invalid(_))));

    let by_operator = site.gateway.ctx(Actor::Operator(id));
    let second = operator::make_link(&site.gateway, &by_operator, "Sam", None).await.unwrap();
    let sam = site.enter(&second).await.unwrap();
    let all = operator::list(&site.gateway, &by_operator).await.unwrap();
    assert!(all.iter().any(|operator| operator.name == "Sam"));
    operator::remove(&site.gateway, &by_operator, id).await.unwrap();
    assert_eq!(site.who(&entered).await, None, "out at once");
    assert!(site.who(&sam).await.is_some());
    site.clock.advance(console::IDLE_SECONDS);
    assert_eq!(site.who(&sam).await, None, "not used for too long");

    let late = operator::make_link(&site.gateway, &ctx(&site), "Late", None).await.unwrap();
    site.clock.advance(3600);
    assert!(is_missing(&site.enter(&late).await));
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
    assert_eq!(site.who(&entered).await, None, "no owner any more");
    let more = Changes { role: Some(Role::Owner), ..Changes::default() };
    let as_admin =
        site.gateway.ctx(Actor::User(gatepost::base::caller::Member { role: Role::Admin, ..member }));
    let raised = user::update(&site.gateway, &as_admin, (&slug, &which), more.clone()).await;
    assert!(matches!(raised, Err(FlowError::Denied(_))), "an admin makes no owner, not even of themselves");
    user::update(&site.gateway, &ctx(&site), (&slug, &which), more).await.unwrap();
    assert_eq!(site.who(&entered).await, None, "what ended does not begin again");
    let glass =
        owner::break_glass(&site.gateway, &ctx(&site), (&slug, EMAIL), "made one again").await.unwrap();
    let entered = site.enter(&glass).await.unwrap();
    assert!(site.who(&entered).await.is_some());
    let shut = account::Update { state: Some(AccountState::Disabled), ..account::Update::default() };
    account::update(&site.gateway, &ctx(&site), &slug, shut).await.unwrap();
    assert_eq!(site.who(&entered).await, None, "the account is shut");
}

/// The question may have been asked while the session was there; that it ended is no way around what it was.
#[tokio::test]
async fn a_break_glass_session_that_ended_registers_no_passkey() {
    let site = Site::https().await;
    owner(&site).await;
    let slug = ACCOUNT.parse().unwrap();
    let glass = owner::break_glass(&site.gateway, &ctx(&site), (&slug, EMAIL), "locked out").await.unwrap();
    let entered = site.enter(&glass).await.unwrap();
    let as_owner = site.gateway.ctx(site.who(&entered).await.unwrap());
    let by = Some(entered.token.hash());
    for has_ended in [false, true] {
        if has_ended {
            console::leave(&site.gateway, &as_owner, entered.token.hash()).await.unwrap();
        }
        assert!(!passkey::may_register(&site.gateway, &as_owner, by).await.unwrap());
        let named = ("mine", by);
        let made = passkey::finish_registration(&site.gateway, &as_owner, ("state", "answer"), named).await;
        assert!(matches!(made, Err(FlowError::Denied(_))), "{has_ended}: {made:?}");
    }
}

#[tokio::test]
async fn an_operators_link_ends_after_half_an_hour_and_an_invitation_after_a_week() {
    let site = Site::https().await;
    owner(&site).await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let is_there = async |link: &link::Issued| {
        let looked = link::look(&site.gateway, &site.gateway.ctx(Actor::Anonymous), token(link)).await;
        assert!(looked.is_ok() || is_missing(&looked), "{looked:?}");
        looked.is_ok()
    };
    let glass =
        async || owner::break_glass(&site.gateway, &ctx(&site), (&slug, EMAIL), "locked out").await.unwrap();
    let invited =
        async |email: &str| owner::invite(&site.gateway, &ctx(&site), &slug, (email, None)).await.unwrap();
    let (used, late) = (glass().await, glass().await);
    assert_eq!(used.expires_at, site.clock.now().plus_seconds(1800));
    site.clock.advance(1799);
    assert!(is_there(&used).await && site.enter(&used).await.is_ok());
    assert!(is_there(&late).await);
    site.clock.advance(1);
    assert!(!is_there(&late).await && is_missing(&site.enter(&late).await));

    let (used, late) = (invited("a@lincoln.example").await, invited("b@lincoln.example").await);
    site.clock.advance(7 * 86_400 - 1);
    assert!(is_there(&used).await && site.enter(&used).await.is_ok());
    assert!(is_there(&late).await);
    site.clock.advance(1);
    assert!(!is_there(&late).await && is_missing(&site.enter(&late).await));
    let open = owner::list_invitations(&site.gateway, &ctx(&site), &slug).await.unwrap();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE role = 'owner'").await, 2);
}

#[tokio::test]
async fn a_link_by_mail_only_while_there_is_no_other_way() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    owner(&site).await;
    let slug = ACCOUNT.parse().unwrap();
    let mails = "SELECT COUNT(*) FROM mails";
    let before = site.count(mails).await;
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    // Whoever writes has it wait for nothing.
    let writing = site.storage.write().await.unwrap();
    let asked = owner::ask_by_mail(&site.gateway, &anonymous, &slug, "nobody@lincoln.example");
    tokio::time::timeout(std::time::Duration::from_secs(1), asked).await.unwrap().unwrap();
    drop(writing);
    assert_eq!(site.count(mails).await, before, "nobody has that address");
    owner::ask_by_mail(&site.gateway, &anonymous, &slug, EMAIL).await.unwrap();
    owner::ask_by_mail(&site.gateway, &anonymous, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 1, "not twice in ten minutes");
    site.clock.advance(601);
    let again = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &again, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 2);
    let of_mail = "SELECT COUNT(*) FROM links WHERE kind = 'email' AND revoked_at IS NULL";
    assert_eq!(site.count(of_mail).await, 2, "what was sent stays good: strangers can ask");
    for _ in 0..40 {
        site.clock.advance(601);
        owner::ask_by_mail(&site.gateway, &site.gateway.ctx(Actor::Anonymous), &slug, EMAIL).await.unwrap();
    }
    assert_eq!(site.count(mails).await, before + 10, "ten in a day");
    site.clock.advance(86_400);
    let before = site.count(mails).await - 2;

    let okta = site.connect(Product::Okta).await;
    site.clock.advance(61);
    let again = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &again, &slug, EMAIL).await.unwrap();
    assert_eq!(site.count(mails).await, before + 2, "single sign-on is active");
    let glass = owner::break_glass(&site.gateway, &ctx(&site), (&slug, EMAIL), "Okta is down").await.unwrap();
    assert_eq!(site.count(mails).await, before + 3, "every owner is told");
    site.enter(&glass).await.unwrap();
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
        email: None,
        scopes: "sso".parse().unwrap(),
        name: "Ida".to_owned(),
        days: 14,
        connection: None,
        return_to: None,
    };
    let made = setup_link::create(&site.gateway, &ctx(&site), input.clone()).await.unwrap();
    let entered = site.enter(&made).await.unwrap();
    assert!(is_missing(&site.enter(&made).await), "another browser");
    let behind = site.who(&entered).await.unwrap();
    let visitor = site.gateway.ctx(behind);
    let connections = gatepost::flow::connection::list(&site.gateway, &visitor, &slug).await;
    assert!(connections.unwrap().is_empty());
    let domains = gatepost::flow::domain::list(&site.gateway, &visitor, &slug).await;
    assert!(matches!(domains, Err(FlowError::Denied(_))), "it is for single sign-on");
    site.clock.advance(3 * 86_400);
    assert!(site.who(&entered).await.is_some(), "days later");
    setup_link::finish(&site.gateway, &visitor).await.unwrap();
    assert_eq!(site.who(&entered).await, None);

    let second = setup_link::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let entered = site.enter(&second).await.unwrap();
    assert!(setup_link::revoke(&site.gateway, &ctx(&site), second.id).await.unwrap());
    assert_eq!(site.who(&entered).await, None);
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
    lifecycle::switch(&site.gateway, &ctx, id, Switch::Off).await.unwrap();
    let reason = Some("the other console is down");
    let untested = lifecycle::activate(&site.gateway, &ctx, id, None).await.unwrap_err().to_string();
    assert!(untested.contains("Enable it again"), "nobody can test it while it is off: {untested}");
    let overridden = lifecycle::activate(&site.gateway, &ctx, id, reason).await;
    assert!(matches!(overridden, Err(FlowError::Denied(_))), "{overridden:?}");
    assert_eq!(site.text("SELECT state FROM connections").await.as_deref(), Some("disabled"));
    let first = operator::first_link(&site.gateway, &self::ctx(&site)).await.unwrap().unwrap();
    let entered = site.enter(&first).await.unwrap();
    let operator = site.gateway.ctx(site.who(&entered).await.unwrap());
    lifecycle::activate(&site.gateway, &operator, id, reason).await.unwrap();
    assert_eq!(site.text("SELECT state FROM connections").await.as_deref(), Some("active"));
}

#[tokio::test]
async fn an_invitation_raises_nobody_who_is_known() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let known = Changes { email: Some("boss@lincoln.example".to_owned()), ..Changes::default() };
    let new = user::Create { account: slug.clone(), known };
    user::create(&site.gateway, &ctx(&site), new).await.unwrap();
    for email in ["boss@lincoln.example", "BOSS@lincoln.example"] {
        let invited = owner::invite(&site.gateway, &ctx(&site), &slug, (email, None)).await;
        assert!(matches!(invited, Err(FlowError::Invalid(_))), "{invited:?}");
    }
    owner(&site).await;
    let again = owner::invite(&site.gateway, &ctx(&site), &slug, (EMAIL, None)).await;
    assert!(matches!(again, Err(FlowError::Invalid(_))), "nobody comes in as an owner who is there already");
}

#[tokio::test]
async fn every_owner_hears_of_invitations_and_takes_them_back() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let (_, olive) = owner(&site).await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let as_owner = site.gateway.ctx(olive);
    let mails = site.count("SELECT COUNT(*) FROM mails").await;
    let invited =
        owner::invite(&site.gateway, &ctx(&site), &slug, ("otto@lincoln.example", None)).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM mails").await, mails + 2, "whoever is invited, and Olive");
    let open = owner::list_invitations(&site.gateway, &as_owner, &slug).await.unwrap();
    assert_eq!(open.iter().map(|invite| invite.email.as_str()).collect::<Vec<_>>(), ["otto@lincoln.example"]);
    assert!(owner::revoke_invitation(&site.gateway, &as_owner, invited.id).await.unwrap());
    assert!(is_missing(&site.enter(&invited).await));
    assert!(owner::list_invitations(&site.gateway, &as_owner, &slug).await.unwrap().is_empty());
    site.make_account("other", "Other").await;
    let other = "other".parse().unwrap();
    let theirs = owner::invite(&site.gateway, &ctx(&site), &other, ("x@other.example", None)).await.unwrap();
    assert!(is_missing(&owner::revoke_invitation(&site.gateway, &as_owner, theirs.id).await));
}

#[tokio::test]
async fn who_stops_being_an_owner_takes_along_what_they_made() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    for shut_out in [false, true] {
        let email = format!("mallory{shut_out}@lincoln.example");
        let invited = owner::invite(&site.gateway, &ctx(&site), &slug, (&email, None)).await.unwrap();
        let entered = site.enter(&invited).await.unwrap();
        let Some(Actor::User(mallory)) = site.who(&entered).await else { panic!() };
        let as_mallory = site.gateway.ctx(Actor::User(mallory));
        let stashed = format!("second{shut_out}@lincoln.example");
        let stashed = owner::invite(&site.gateway, &as_mallory, &slug, (&stashed, None)).await.unwrap();
        let input = setup_link::Create {
            account: slug.clone(),
            email: None,
            scopes: "sso".parse().unwrap(),
            name: String::new(),
            days: 60,
            connection: None,
            return_to: None,
        };
        let setup = setup_link::create(&site.gateway, &as_mallory, input).await.unwrap();
        let visitor = site.enter(&setup).await.unwrap();
        let glass =
            owner::break_glass(&site.gateway, &ctx(&site), (&slug, &email), "locked out").await.unwrap();
        let which = Which::Id(mallory.id);
        if shut_out {
            let state = gatepost::directory::state::UserState::Disabled;
            user::set_state(&site.gateway, &ctx(&site), (&slug, &which), state).await.unwrap();
        } else {
            let less = Changes { role: Some(Role::Member), ..Changes::default() };
            user::update(&site.gateway, &ctx(&site), (&slug, &which), less).await.unwrap();
        }
        assert_eq!(site.who(&entered).await, None);
        assert_eq!(site.who(&visitor).await, None, "the link that they opened themselves, perhaps");
        assert!(is_missing(&site.enter(&stashed).await));
        assert!(is_missing(&site.enter(&glass).await));
    }
}

#[tokio::test]
async fn behind_a_setup_link_a_connection_in_use_is_out_of_reach() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    site.set_state(&okta, ConnectionState::Draft).await;
    // Whoever set it up, like whoever had nothing to do with it.
    let (given, beside) = (site.visitor_with("sso", Some(id)).await, site.visitor("sso").await);
    site.execute("UPDATE connections SET state = 'active'").await;
    site.changed_by_hand().await;
    let assert_out = |done: Result<(), FlowError>| {
        let is_out = matches!(&done, Err(FlowError::Invalid(why)) if why.english().contains("is in use"));
        assert!(is_out, "{done:?}");
    };
    for state in [ConnectionState::Active, ConnectionState::Disabled] {
        site.set_state(&okta, state).await;
        for visitor in [&given, &beside] {
            let mine = connection::update::Update { name: Some("Mine".to_owned()), ..Default::default() };
            assert_out(connection::update::update(&site.gateway, visitor, id, mine).await.map(drop));
            assert_out(lifecycle::retire(&site.gateway, visitor, id).await);
            assert_out(lifecycle::switch(&site.gateway, visitor, id, Switch::Off).await);
            assert_out(lifecycle::switch(&site.gateway, visitor, id, Switch::On).await);
        }
        assert_out(connection::tested::last(&site.gateway, &beside, id).await.map(drop));
    }
}

#[tokio::test]
async fn only_who_may_make_owners_has_assertions_make_them() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let as_key = site.key("connections:write").await;
    let rules = r#"{"may_grant_owner": true, "role_rules": [{"grant": "owner", "when": "groups", "equals": "heads"}]}"#;
    let rules_of_owners = || connection::update::Update {
        set: vec![("mapping".to_owned(), rules.to_owned())],
        ..Default::default()
    };
    let id = okta.connection.id;
    let changed = connection::update::update(&site.gateway, &as_key, id, rules_of_owners()).await;
    assert!(matches!(changed, Err(FlowError::Denied(_))), "{changed:?}");
    connection::update::update(&site.gateway, &ctx(&site), id, rules_of_owners()).await.unwrap();
    let first = connection::revision::roll_back(&site.gateway, &as_key, id, 1).await;
    assert!(matches!(first, Err(FlowError::Denied(_))), "nor takes such rules away: {first:?}");
}

#[tokio::test]
async fn a_key_hands_on_by_a_setup_link_what_it_may_do_itself() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    for (scopes, may) in [("setup_links:write", false), ("setup_links:write connections:write", true)] {
        let as_key = site.key(scopes).await;
        let input = setup_link::Create {
            account: slug.clone(),
            email: None,
            scopes: "sso".parse().unwrap(),
            name: String::new(),
            days: 14,
            connection: None,
            return_to: None,
        };
        let made = setup_link::create(&site.gateway, &as_key, input).await;
        assert_eq!(made.is_ok(), may, "{scopes}: {made:?}");
    }
}

#[tokio::test]
async fn a_key_of_a_suspended_account_is_good_for_nothing() {
    let site = Site::https().await;
    let slug: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let input = api_key::Create {
        account: Some(slug.clone()),
        name: "CI".to_owned(),
        scopes: "users:read".parse().unwrap(),
        days: 30,
    };
    let (_, secret) = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let set = async |state| {
        let change = account::Update { state: Some(state), ..account::Update::default() };
        account::update(&site.gateway, &ctx(&site), &slug, change).await.unwrap();
        api_key::find(&site.gateway, &ctx(&site), secret.expose_secret()).await.unwrap().is_some()
    };
    assert!(!set(AccountState::Disabled).await);
    assert!(set(AccountState::Active).await);
}

#[tokio::test]
async fn links_of_operators_end_with_their_reason() {
    let site = Site::https().await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let other = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let entered = site.enter(&other).await.unwrap();
    assert!(is_missing(&site.enter(&first).await), "there is an operator now");
    let Some(Actor::Operator(id)) = site.who(&entered).await else { panic!() };
    let as_operator = site.gateway.ctx(Actor::Operator(id));
    let sam = operator::make_link(&site.gateway, &as_operator, "Sam", None).await.unwrap();
    site.enter(&sam).await.unwrap();
    let stashed = operator::make_link(&site.gateway, &as_operator, "Me again", None).await.unwrap();
    operator::remove(&site.gateway, &ctx(&site), id).await.unwrap();
    assert!(is_missing(&site.enter(&stashed).await));
}

#[tokio::test]
async fn a_restore_lets_nobody_in_by_what_was_there_before() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let (entered, _) = owner(&site).await;
    let slug = ACCOUNT.parse().unwrap();
    let invited =
        owner::invite(&site.gateway, &ctx(&site), &slug, ("otto@lincoln.example", None)).await.unwrap();
    let invited_at = site.clock.now();
    site.clock.advance(3600);
    let taken_back = site.storage.mark_restored(&ctx(&site)).await.unwrap();
    // Whether these were put out since, it cannot know: it says that they are there.
    let certificates = site.count("SELECT COUNT(*) FROM idp_keys").await.unsigned_abs();
    let again = Again { operators: 0, owners: 1, passkeys: 0, certificates, knows_until: Some(invited_at) };
    assert_eq!(taken_back.again, again);
    // What was sent and not used has to be sent again.
    assert_eq!((taken_back.sessions, taken_back.links), (1, 1));
    assert_eq!(site.who(&entered).await, None);
    assert!(is_missing(&site.enter(&invited).await));
}
