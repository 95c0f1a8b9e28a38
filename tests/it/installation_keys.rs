//! Keys of the installation in the console: operators see, make and take them back, and nobody else does.

use gatepost::flow::api_key::{self, Create};
use gatepost::flow::keys::signing;
use gatepost::token::ring::State;

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
async fn operators_see_the_keys_that_sign_tokens_and_make_the_next() {
    let site = Site::https().await;
    let all = async || signing::list(&site.gateway, &ctx(&site)).await.unwrap();
    let (health, make) = ("/console/health", "/console/health/signing-keys");
    let mut operator = site.operator().await;
    let page = operator.get(health).await;
    let first = all().await.remove(0).kid;
    assert!(page.body.contains(&first) && !page.body.contains("published, signs later"), "{}", page.body);
    let token = token_of(&page);
    let form = [("token", token.as_str())];
    let made = operator.post(make, &form, From::ThisSite).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, Some(health)), "{}", made.body);
    let page = operator.get(health).await;
    assert!(page.body.contains("published, signs later"), "{}", page.body);
    let again = operator.post(make, &form, From::ThisSite).await;
    assert_eq!(again.status, 400, "{}", again.body);
    assert!(
        again.body.contains("A new key is published already") && all().await.len() == 2,
        "{}",
        again.body
    );

    let leaked = [form[0], ("leaked", "on")];
    assert_eq!(operator.post(make, &leaked, From::ThisSite).await.status, 303);
    let states: Vec<_> = all().await.iter().map(|key| key.state).collect();
    assert_eq!(states, [State::Gone, State::Gone, State::Active]);

    let mut owner = site.owner().await;
    let token = token_of(&owner.get("/console/at/lincoln/api-keys").await);
    let refused = owner.post(make, &[("token", token.as_str())], From::ThisSite).await;
    assert_eq!((refused.status.as_u16(), all().await.len()), (403, 3), "{}", refused.body);
}
