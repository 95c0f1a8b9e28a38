//! Where a sign-in begins: an email address, an account's name, and what a browser remembers.

use axum::http::StatusCode;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;

use crate::browser::From;
use crate::site::{Site, alice};

#[tokio::test]
async fn an_address_leads_by_its_domain() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.own("district.example").await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let mut browser = site.browser();
    let mut ask = async |who: &str| {
        browser.post("/signin", &[("who", who), ("return_to", "/courses")], From::ThisSite).await
    };
    // Whether anybody has the address makes no difference.
    let known = ask("alice@district.example").await;
    let unknown = ask(" Nobody@DISTRICT.example ").await;
    let wanted = format!("{}?return_to=%2Fcourses", okta.path("login"));
    for answer in [&known, &unknown] {
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some(wanted.as_str())));
        assert!(answer.body.is_empty() && answer.set_cookies().is_empty());
    }
    assert_eq!(known.headers, unknown.headers);
    // With a choice to make, to the account's page.
    site.connect(Product::Google).await;
    let answer = ask("alice@district.example").await;
    assert_eq!(answer.location(), Some("/signin/lincoln?return_to=%2Fcourses"));
    // Nobody's domain, or none at all.
    let elsewhere = ask("alice@elsewhere.example").await;
    let other = ask("bob@another.example").await;
    assert_eq!((elsewhere.status, other.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert!(elsewhere.body.contains("part after the @"), "{}", elsewhere.body);
    let blank = |body: &str, typed: &str| body.replace(typed, "");
    assert_eq!(blank(&elsewhere.body, "alice@elsewhere.example"), blank(&other.body, "bob@another.example"));
    for odd in ["@", "a@", "@district.example", "a@b@c", "alice@district.example\u{0}", "\"<b>\"@x.y"] {
        assert_eq!(ask(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
}

#[tokio::test]
async fn a_short_name_does_too() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let mut browser = site.browser();
    for who in ["lincoln", "  Lincoln "] {
        let answer = browser.post("/signin", &[("who", who)], From::ThisSite).await;
        assert_eq!(answer.location(), Some("/signin/lincoln"), "{who}");
    }
    let answer = browser.post("/signin", &[("who", "nobody<b>")], From::ThisSite).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!answer.body.contains("<b>") && answer.body.contains("nobody"));
    let answer = browser.post("/signin", &[], From::ThisSite).await;
    assert!(answer.body.contains("Please enter"), "{}", answer.body);
    // Never back into signing in, and never elsewhere.
    for return_to in ["/signin/lincoln", "https://evil.example/"] {
        let answer =
            browser.post("/signin", &[("who", "lincoln"), ("return_to", return_to)], From::ThisSite).await;
        assert_eq!(answer.location(), Some("/signin/lincoln"));
    }
}

#[tokio::test]
async fn the_last_choice_is_remembered_and_another_can_be_made() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    assert!(!browser.get("/").await.body.contains("last time"));
    let answer = browser.sign_in(&site, &okta, &alice()).await;
    let cookie = answer.set_cookies().into_iter().find(|cookie| cookie.contains("choice")).unwrap();
    let id = okta.connection.id;
    assert_eq!(
        cookie,
        format!("__Host-gatepost-choice={id}; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax; Path=/"),
        "the connection, and nothing of the person"
    );
    for path in ["/", "/signin", "/signin?return_to=%2Fcourses"] {
        let page = browser.get(path).await;
        let query = path.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let href = format!("href=\"{}{query}\"", okta.path("login"));
        assert!(page.body.contains(&href) && page.body.contains("Continue with Okta"), "{}", page.body);
        assert!(page.body.contains("name=\"who\""), "and another way");
    }
    assert!(!browser.get("/signin?other=1").await.body.contains("last time"));
    // What is no more is not offered, and rubbish is not read.
    site.set_state(&okta, ConnectionState::Disabled).await;
    assert!(!browser.get("/").await.body.contains("last time"));
    browser.cookies.insert("__Host-gatepost-choice".to_owned(), ("x".to_owned(), false));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}
