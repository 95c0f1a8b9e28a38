//! Keys of the installation: in the console operators see, make and take them back, and nobody else does; what they read of
//! an account its owners see.

use gatepost::flow::api_key::{self, Create};
use gatepost::flow::event::{self, EventView, Filter, Most};
use gatepost::flow::keys::signing;
use gatepost::token::ring::State;
use serde_json::Value;

use crate::api::program;
use crate::browser::From;
use crate::events::token_of;
use crate::site::{Site, ctx, slug};

const PAGE: &str = "/console/api-keys";

#[tokio::test]
async fn operators_see_make_and_take_back_keys_of_the_installation() {
    let site = Site::https().await;
    let all = async || api_key::list(&site.gateway, &ctx(&site), None).await.unwrap();
    let mut operator = site.operator().await;
    let page = operator.get(PAGE).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("API keys of the installation"), "{}", page.body);
    let token = token_of(&page);

    let form = [("token", token.as_str()), ("name", "Nightly sync"), ("days", "30")];
    let without = operator.post(PAGE, &form, From::ThisSite).await;
    assert_eq!(without.status, 400, "{}", without.body);
    assert!(without.body.contains("id=\"scopes-problem\""), "{}", without.body);
    assert!(all().await.is_empty());
    let form: Vec<_> = form.into_iter().chain([("scope", "accounts:read")]).collect();
    let made = operator.post(PAGE, &form, From::ThisSite).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(made.body.contains(api_key::PREFIX), "{}", made.body);
    let key = all().await.remove(0);
    assert!(key.is_active && key.name == "Nightly sync", "{key:?}");
    let page = operator.get(PAGE).await.body;
    assert!(page.contains("Made by Operator Sam"), "{page}");
    assert!(page.contains("Nightly sync") && !page.contains(api_key::PREFIX), "it is shown once: {page}");

    let form = [("token", token.as_str())];
    let ended = operator.post(&format!("{PAGE}/{}/revoke", key.id), &form, From::ThisSite).await;
    assert_eq!((ended.status.as_u16(), ended.location()), (303, Some(PAGE)));
    assert!(all().await[0].revoked_at.is_some());

    // An account's is none of those.
    let (account, scopes) = (Some(slug()), "users:read".parse().unwrap());
    let input = Create { account, name: "Theirs".to_owned(), scopes, days: 1 };
    let theirs = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap().0.id;
    assert!(!operator.get(PAGE).await.body.contains("Theirs"));
    let ended = operator.post(&format!("{PAGE}/{theirs}/revoke"), &form, From::ThisSite).await;
    assert_eq!(ended.status, 404, "{}", ended.body);
    let of_account = api_key::list(&site.gateway, &ctx(&site), Some(&slug())).await.unwrap();
    assert!(of_account[0].is_active, "{of_account:?}");

    // Beside an account it is a page of those who run the installation.
    let link = format!("href=\"{PAGE}\"");
    assert!(operator.get("/console/at/lincoln/api-keys").await.body.contains(&link));
    let mut owner = site.owner().await;
    assert_eq!(owner.get(PAGE).await.status, 403);
    let own = owner.get("/console/at/lincoln/api-keys").await;
    assert!(own.status == 200 && !own.body.contains(&link), "{}", own.body);
}

#[tokio::test]
async fn owners_see_once_an_hour_what_a_key_of_the_installation_reads() {
    const THERE: &str = "/api/v1/accounts/lincoln";
    let site = Site::https().await;
    let looks = async || {
        let filter = Filter { action: Some("account.looked_at".to_owned()), ..Filter::default() };
        let portion = (None, Most::Events(50));
        let found = event::search(&site.gateway, &ctx(&site), &slug(), &filter, portion).await.unwrap();
        let page = |event: EventView| {
            assert!(event.actor.starts_with("api_key:"), "{}", event.actor);
            let body: Value = serde_json::from_str(&event.body.unwrap()).unwrap();
            body["page"].as_str().unwrap().to_owned()
        };
        found.events.into_iter().map(page).collect::<Vec<_>>()
    };
    let mut everywhere = program(&site, None, "accounts:read users:read events:read").await;
    for (below, status) in [
        ("", 200),
        ("/users", 200),
        ("/users?limit=1", 200),
        ("/users/nobody", 404),
        ("/events", 200),
        ("", 200),
    ] {
        assert_eq!(everywhere.get(&format!("{THERE}{below}")).await.status.as_u16(), status, "{below}");
    }
    assert_eq!(looks().await, ["events", "users", "account"]);
    let mut owner = site.owner().await;
    let told = owner.get("/console/at/lincoln/events").await.body;
    assert!(told.contains("API key CI looked at 3 pages of the account"), "{told}");

    // Neither what it may not read, nor what a key of the account reads.
    assert_eq!(everywhere.get(&format!("{THERE}/webhooks")).await.status, 403);
    let mut own = program(&site, Some("lincoln"), "users:read").await;
    assert_eq!(own.get(&format!("{THERE}/users")).await.status, 200);
    assert_eq!(looks().await.len(), 3);

    let mut another = program(&site, None, "users:read").await;
    assert_eq!(another.get(&format!("{THERE}/users")).await.status, 200);
    assert_eq!(looks().await.len(), 4, "each key for itself");
    site.clock.advance(3600);
    for _ in 0..2 {
        assert_eq!(everywhere.get(&format!("{THERE}/users")).await.status, 200);
    }
    assert_eq!(looks().await, ["users", "users", "events", "users", "account"]);
}

#[tokio::test]
async fn operators_see_the_keys_that_sign_tokens_and_make_the_next() {
    let site = Site::https().await;
    let all = async || signing::list(&site.gateway, &ctx(&site)).await.unwrap();
    let (health, keys) = ("/console/health", "/console/health/signing-keys");
    let mut operator = site.operator().await;
    let page = operator.get(health).await;
    let first = all().await.remove(0).kid;
    assert!(page.body.contains(&first) && !page.body.contains("published, signs later"), "{}", page.body);
    let token = token_of(&page);
    let form = [("token", token.as_str())];
    let made = operator.post(keys, &form, From::ThisSite).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, Some(health)), "{}", made.body);
    let page = operator.get(health).await;
    assert!(page.body.contains("published, signs later"), "{}", page.body);
    let again = operator.post(keys, &form, From::ThisSite).await;
    assert_eq!(again.status, 400, "{}", again.body);
    assert!(
        again.body.contains("A new key is published already") && all().await.len() == 2,
        "{}",
        again.body
    );

    let leaked = [form[0], ("leaked", "on")];
    assert_eq!(operator.post(keys, &leaked, From::ThisSite).await.status, 303);
    let states: Vec<_> = all().await.iter().map(|key| key.state).collect();
    assert_eq!(states, [State::Gone, State::Gone, State::Active]);

    let mut owner = site.owner().await;
    let token = token_of(&owner.get("/console/at/lincoln/api-keys").await);
    let refused = owner.post(keys, &[("token", token.as_str())], From::ThisSite).await;
    assert_eq!((refused.status.as_u16(), all().await.len()), (403, 3), "{}", refused.body);
}
