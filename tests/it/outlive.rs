//! What somebody makes does not outlive them, nor a restore, and there is an end to how much of it there is.

use axum::http::StatusCode;
use gatepost::base::caller::{Key, Member, Role};
use gatepost::base::secret::{LinkToken, ShareToken};
use gatepost::base::{Actor, Ctx};
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::directory::state::UserState;
use gatepost::flow::attempt::share;
use gatepost::flow::deadline::calendar;
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{FlowError, account, api_key, branding, operator, owner, passkey, setup_link};
use gatepost::outbound::mail::Mailer;
use gatepost::storage::passkey::{self as stored, Passkey, Whose};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::browser::From;
use crate::site::{ACCOUNT, HTTPS, Site, alice, ctx, new_link, slug};

const DAY: i64 = 86_400;

fn input(account: Option<Slug>, days: i64) -> api_key::Create {
    let scopes = "users:read api_keys:write".parse().unwrap();
    api_key::Create { account, name: "CI".to_owned(), scopes, days }
}

async fn make(site: &Site, ctx: &Ctx, days: i64) -> (api_key::ApiKeyView, SecretString) {
    api_key::create(&site.gateway, ctx, input(Some(slug()), days)).await.unwrap()
}

async fn key(site: &Site, secret: &SecretString) -> Option<Key> {
    api_key::find(&site.gateway, &ctx(site), secret.expose_secret()).await.unwrap()
}

async fn as_key(site: &Site, secret: &SecretString) -> Ctx {
    site.gateway.ctx(Actor::ApiKey(key(site, secret).await.unwrap()))
}

fn last_part(url: &SecretString) -> String {
    url.expose_secret().rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned()
}

#[tokio::test]
async fn a_key_ends_with_the_key_that_made_it() {
    let site = Site::https().await;
    let (first, secret) = make(&site, &ctx(&site), 10).await;
    site.clock.advance(5 * DAY);
    let (second, made) = make(&site, &as_key(&site, &secret).await, 366).await;
    assert_eq!(second.expires_at, first.expires_at);
    let shorter = make(&site, &as_key(&site, &secret).await, 2).await.0;
    assert_eq!(shorter.expires_at, site.clock.now().plus_seconds(2 * DAY));
    site.clock.advance(5 * DAY);
    assert!(key(&site, &secret).await.is_none() && key(&site, &made).await.is_none());
}

#[tokio::test]
async fn a_key_that_is_taken_back_takes_along_those_that_it_made() {
    let site = Site::https().await;
    // One of the installation makes one of the account, and so on.
    let (root, secret) = api_key::create(&site.gateway, &ctx(&site), input(None, 30)).await.unwrap();
    let (_, child) = make(&site, &as_key(&site, &secret).await, 30).await;
    let (middle, grandchild) = make(&site, &as_key(&site, &child).await, 30).await;
    let (_, last) = make(&site, &as_key(&site, &grandchild).await, 30).await;
    let (_, others) = make(&site, &ctx(&site), 30).await;
    // One that was taken back by itself stands between.
    site.execute(&format!("UPDATE api_keys SET revoked_at = 1 WHERE id = '{}'", middle.id)).await;
    assert!(api_key::revoke(&site.gateway, &ctx(&site), root.id).await.unwrap());
    for secret in [&secret, &child, &grandchild, &last] {
        assert!(key(&site, secret).await.is_none());
    }
    assert!(key(&site, &others).await.is_some());
    let told = "SELECT COUNT(*) FROM events WHERE action = 'api_key.revoked'";
    assert_eq!(site.count(told).await, 2, "the account hears of its own");
}

#[tokio::test]
async fn there_is_an_end_to_keys_and_setup_links_and_to_what_keys_ask_together() {
    let site = Site::https().await;
    let (root, secret) = make(&site, &ctx(&site), 30).await;
    let (child, made) = make(&site, &as_key(&site, &secret).await, 30).await;
    let (grandchild, _) = make(&site, &as_key(&site, &made).await, 30).await;
    let counted_as = async |id| api_key::counted_as(&site.gateway, id).await.unwrap();
    for id in [root.id, child.id, grandchild.id] {
        assert_eq!(counted_as(id).await, root.id);
    }
    // Who made a key never changes: it is looked for in the database once.
    site.execute(&format!("UPDATE api_keys SET created_by = 'somebody' WHERE id = '{}'", child.id)).await;
    assert_eq!(counted_as(grandchild.id).await, root.id);
    // One of the installation makes one for each school: these have nothing to do with each other.
    let (_, above) = api_key::create(&site.gateway, &ctx(&site), input(None, 30)).await.unwrap();
    let (own, _) = make(&site, &as_key(&site, &above).await, 30).await;
    assert_eq!(counted_as(own.id).await, own.id);
    for _ in 4..200 {
        make(&site, &ctx(&site), 30).await;
    }
    let more = async || api_key::create(&site.gateway, &ctx(&site), input(Some(slug()), 30)).await;
    let refused = more().await.unwrap_err().to_string();
    assert!(refused.contains("200 keys"), "{refused}");
    assert!(api_key::revoke(&site.gateway, &ctx(&site), own.id).await.unwrap());
    more().await.unwrap();

    let link = async || {
        let input = new_link("sso", None);
        setup_link::create(&site.gateway, &ctx(&site), input).await
    };
    for _ in 0..200 {
        link().await.unwrap();
    }
    let refused = link().await.unwrap_err().to_string();
    assert!(refused.contains("200 setup links"), "{refused}");
    site.clock.advance(DAY);
    link().await.unwrap();
}

#[tokio::test]
async fn a_restore_takes_back_keys_calendars_and_shared_links() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let attempt = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    let shared = share::create(&site.gateway, &ctx(&site), attempt).await.unwrap();
    let calendar = calendar::make(&site.gateway, &ctx(&site), Some(&slug())).await.unwrap();
    let of_all = calendar::make(&site.gateway, &ctx(&site), None).await.unwrap();
    let (_, of_account) = make(&site, &ctx(&site), 30).await;
    let (_, of_installation) = api_key::create(&site.gateway, &ctx(&site), input(None, 30)).await.unwrap();
    let read = async |made: &calendar::Made| {
        let token = LinkToken::parse(&last_part(&made.url)).unwrap();
        calendar::read(&site.gateway, &ctx(&site), token.hash()).await
    };
    let look = async || {
        let token = ShareToken::parse(&last_part(&shared.url)).unwrap();
        share::look(&site.gateway, &ctx(&site), token.hash()).await
    };
    assert!(read(&calendar).await.is_ok() && read(&of_all).await.is_ok() && look().await.is_ok());
    assert!(key(&site, &of_account).await.is_some() && key(&site, &of_installation).await.is_some());
    let taken = site.storage.mark_restored(&ctx(&site)).await.unwrap();
    assert_eq!((taken.shares, taken.calendars, taken.api_keys), (1, 2, 2));
    assert!(read(&calendar).await.is_err() && read(&of_all).await.is_err() && look().await.is_err());
    assert!(key(&site, &of_account).await.is_none() && key(&site, &of_installation).await.is_none());
}

#[tokio::test]
async fn who_is_shut_out_shows_nobody_a_sign_in_any_more() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let attempt = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    let known = Changes { external_id: Some("7".to_owned()), role: Some(Role::Admin), ..Changes::default() };
    let admin = site.make(known).await.unwrap();
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let as_admin = site.gateway.ctx(Actor::User(Member { id: admin.id, account, role: Role::Admin }));
    let made = share::create(&site.gateway, &as_admin, attempt).await.unwrap();
    let look = async || {
        let token = ShareToken::parse(&last_part(&made.url)).unwrap();
        share::look(&site.gateway, &ctx(&site), token.hash()).await
    };
    assert!(look().await.is_ok());
    let id = admin.id.to_string();
    site.set_user(&id, UserState::Disabled).await;
    assert!(matches!(look().await, Err(FlowError::NotFound("link"))));
    site.set_user(&id, UserState::Active).await;
    assert!(look().await.is_ok());
    let which = Which::Id(admin.id);
    let lower = Changes { role: Some(Role::Member), ..Changes::default() };
    user::update(&site.gateway, &ctx(&site), (&slug(), &which), lower).await.unwrap();
    assert!(matches!(look().await, Err(FlowError::NotFound("link"))), "nor who may not look any more");
}

#[tokio::test]
async fn nobody_has_strangers_written_to_without_end() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let mut open = Vec::new();
    let invite = async |number: usize| {
        let email = format!("p{number}@lincoln.example");
        owner::invite(&site.gateway, &ctx(&site), &slug(), (&email, None)).await
    };
    let refused = loop {
        assert!(open.len() < 60);
        match invite(open.len()).await {
            Ok(issued) => open.push(issued.id),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, FlowError::Invalid(_)), "{refused:?}");
    assert_eq!(open.len(), 50);
    // That one is taken back does not unsend its mail.
    owner::revoke_invitation(&site.gateway, &ctx(&site), open[0]).await.unwrap();
    assert!(invite(98).await.is_err());
    site.clock.advance(7 * DAY);
    invite(99).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_asked_for_often_at_once_has_one_link_by_mail() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    site.owner().await;
    let asking: Vec<_> = (0..6)
        .map(|_| {
            let (gateway, ctx) = (site.gateway.clone(), site.gateway.ctx(Actor::Anonymous));
            tokio::spawn(async move {
                owner::ask_by_mail(&gateway, &ctx, &slug(), "o@lincoln.example").await.unwrap();
            })
        })
        .collect();
    for asked in asking {
        asked.await.unwrap();
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM links WHERE kind = 'email'").await, 1);
}

/// However many ask elsewhere in the process: each gateway has places of its own.
#[tokio::test]
async fn there_is_an_end_to_links_by_mail_that_are_asked_for_at_once() {
    let (site, other) = (Site::https().await, Site::https().await);
    let ask = async |site: &Site| {
        let form = [("account", ACCOUNT), ("email", "o@lincoln.example")];
        site.browser().post("/console/signin/email", &form, From::ThisSite).await.status
    };
    let mut places: Vec<_> = std::iter::from_fn(|| owner::place_to_ask(&site.gateway)).collect();
    assert_eq!(places.len(), 64);
    assert_eq!(ask(&site).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&other).await, StatusCode::OK);
    places.pop();
    assert_eq!(ask(&site).await, StatusCode::OK);
}

#[tokio::test]
async fn an_accounts_name_is_one_line() {
    let site = Site::https().await;
    let long = "x".repeat(201);
    for name in ["Two\nlines", "Two\r\nlines", "A\u{0}b", "A\u{2028}b", "A\u{85}b", long.as_str(), " "] {
        let new =
            account::Create { slug: "second".parse().unwrap(), name: name.to_owned(), external_id: None };
        let renamed = account::Update { name: Some(name.to_owned()), ..account::Update::default() };
        let change = branding::Change { name: Some(name.to_owned()), ..branding::Change::default() };
        let refused = [
            account::create(&site.gateway, &ctx(&site), new).await.map(drop),
            account::update(&site.gateway, &ctx(&site), &slug(), renamed).await.map(drop),
            branding::update(&site.gateway, &ctx(&site), &slug(), change).await.map(drop),
        ];
        for result in refused {
            assert!(matches!(result, Err(FlowError::Invalid(_))), "{name:?}: {result:?}");
        }
    }
    let good = account::Update { name: Some(" Ñandú \u{1F600} ".to_owned()), ..account::Update::default() };
    let now = account::update(&site.gateway, &ctx(&site), &slug(), good).await.unwrap();
    assert_eq!(now.name, "Ñandú \u{1F600}");
}

#[tokio::test]
async fn no_passkey_too_many_is_finished() {
    let site = Site::https().await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let entered = site.enter(&first).await.unwrap();
    let Some(Actor::Operator(id)) = site.who(&entered).await else { panic!() };
    let as_operator = site.gateway.ctx(Actor::Operator(id));
    // Asked for while there was room, many times over.
    let question = passkey::begin_registration(&site.gateway, &as_operator).await.unwrap();
    let finish = async || {
        let answer = (question.state.as_str(), "{}");
        passkey::finish_registration(&site.gateway, &as_operator, answer, ("mine", None))
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(finish().await.contains("did not answer"));
    let mut tx = site.storage.write().await.unwrap();
    let keys = site.storage.keys_of(&mut tx, None).await.unwrap();
    for number in 0..20 {
        let made = Passkey {
            whose: Whose::Operator(id),
            id: gatepost::base::id::PasskeyId::make(site.clock.now(), &site.rng),
            credential_key: [number; 32],
            credential: Zeroizing::new(b"{}".to_vec()),
            name: "one".to_owned(),
            created_at: site.clock.now(),
            last_used_at: None,
        };
        assert!(stored::insert(&mut tx, &made, &keys, &site.rng).await.unwrap());
    }
    tx.commit().await.unwrap();
    let told = finish().await;
    assert!(told.contains("enough"), "{told}");
}
