//! What is asked of the identity provider, and whether the answer is as it was asked; sign-ins that another site begins.

use axum::http::StatusCode;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost_saml::encoding::base64;
use serde_json::json;

use crate::browser::{Answer, Browser, From};
use crate::site::{Idp, Site, alice, bjoern};

const CODE: &str = "SELECT code FROM attempts ORDER BY rowid DESC LIMIT 1";

/// The request as XML, from a page of either binding.
fn request(page: &Answer) -> String {
    let decoded = |value: &str| base64(value.as_bytes()).unwrap();
    if page.body.contains("name=\"SAMLRequest\"") {
        let value = page.between("name=\"SAMLRequest\" value=\"", "\"").replace("&#43;", "+");
        return String::from_utf8(decoded(&value)).unwrap();
    }
    let url = page.between("0; url=", "\"").replace("&amp;", "&").replace("&#38;", "&");
    let query = url.split_once('?').unwrap().1.to_owned();
    let value = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "SAMLRequest").unwrap().1;
    let bytes = decoded(&value);
    String::from_utf8(gatepost_saml::encoding::inflate(&bytes, 65_536).unwrap()).unwrap()
}

fn relay_state(page: &Answer) -> String {
    if page.body.contains("name=\"RelayState\"") {
        return page.between("name=\"RelayState\" value=\"", "\"").to_owned();
    }
    page.between("RelayState=", "\"").split('&').next().unwrap().to_owned()
}

/// Answers what `page` asks, as if the person had proved `ago` seconds before now who they are.
async fn answered(site: &Site, browser: &mut Browser, idp: &Idp, page: &Answer, ago: i64) -> Answer {
    let handle = relay_state(page);
    let person = alice();
    let now = site.clock.now().plus_seconds(-ago);
    let message = site.answer(idp, &person, Some(&handle), |request| request.now = now);
    browser.bring(idp, &message, Some(&handle)).await
}

#[tokio::test]
async fn a_new_proof_is_asked_for_and_checked() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let login = okta.path("login");
    let mut browser = site.browser();
    assert!(!request(&browser.get(&login).await).contains("ForceAuthn"));
    for (ago, is_new) in [(0, true), (170, true), (200, false)] {
        let page = browser.get(&format!("{login}?force=1")).await;
        assert!(request(&page).contains("ForceAuthn=\"true\""));
        let answer = answered(&site, &mut browser, &okta, &page, ago).await;
        assert_eq!(answer.status == StatusCode::SEE_OTHER, is_new, "{ago}: {}", answer.body);
        if !is_new {
            assert_eq!(site.text(CODE).await.as_deref(), Some("authn_not_fresh"));
        }
        // The same answer is as good as any where nothing was asked.
        let page = browser.get(&login).await;
        assert_eq!(answered(&site, &mut browser, &okta, &page, ago).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_connection_that_always_asks() {
    let site = Site::https().await;
    let clever = site.connect_as(Product::Clever, IdpInitiated::Accept).await;
    site.set(&clever, |settings| settings["force_authn"] = json!(true)).await;
    let mut browser = site.browser();
    let page = browser.get(&clever.path("login")).await;
    assert!(request(&page).contains("ForceAuthn=\"true\""));
    assert_eq!(answered(&site, &mut browser, &clever, &page, 200).await.status, StatusCode::FORBIDDEN);
    // What nobody asked for cannot be new: it is begun anew, with the question.
    let message = site.answer(&clever, &alice(), None, |_| {});
    let page = browser.bring(&clever, &message, None).await;
    assert!(request(&page).contains("ForceAuthn=\"true\""), "{}", page.body);
    assert_eq!(answered(&site, &mut browser, &clever, &page, 0).await.location(), Some("/me"));
}

#[tokio::test]
async fn contexts_are_asked_for_and_compared() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let google = site.connect(Product::Google).await;
    let password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let card = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
    site.set(&okta, |settings| settings["authn_contexts"] = json!([card, password])).await;
    site.set(&google, |settings| settings["authn_contexts"] = json!([card])).await;
    let mut browser = site.browser();
    let page = browser.get(&okta.path("login")).await;
    let xml = request(&page);
    for part in ["Comparison=\"exact\"", card, password] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert_eq!(answered(&site, &mut browser, &okta, &page, 0).await.location(), Some("/me"));
    let page = browser.get_with(&google.path("login"), &[("sec-fetch-site", "none")], From::ThisSite).await;
    let answer = answered(&site, &mut browser, &google, &page, 0).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(site.text(CODE).await.as_deref(), Some("authn_context_mismatch"));
}

/// Whoever had a request made before the account asked for more does not get in by it with less.
#[tokio::test]
async fn what_is_asked_for_by_now_holds_for_requests_of_before() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let card = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
    for (setting, value, code) in [
        ("authn_contexts", json!([card]), "authn_context_mismatch"),
        ("force_authn", json!(true), "authn_not_fresh"),
    ] {
        let mut browser = site.browser();
        let before = browser.get(&okta.path("login")).await;
        site.set(&okta, |settings| settings[setting] = value.clone()).await;
        let answer = answered(&site, &mut browser, &okta, &before, 200).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{setting}");
        assert_eq!(site.text(CODE).await.as_deref(), Some(code));
        site.set(&okta, |settings| {
            settings[setting] = if value.is_array() { json!([]) } else { json!(false) }
        })
        .await;
    }
}

#[tokio::test]
async fn requests_can_travel_in_a_form() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.set(&okta, |settings| {
        settings["sso_post_url"] = json!("https://district.okta.com/post?x=1");
        settings["request_binding"] = json!("post");
    })
    .await;
    let mut browser = site.browser();
    let page = browser.get(&okta.path("login")).await;
    assert!(page.body.contains("action=\"https://district.okta.com/post?x=1\""), "{}", page.body);
    assert!(page.body.contains("<button type=\"submit\""));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action https: https://district.okta.com"), "{policy}");
    assert!(request(&page).contains("Destination=\"https://district.okta.com/post?x=1\""));
    assert_eq!(answered(&site, &mut browser, &okta, &page, 0).await.location(), Some("/me"));
}

#[tokio::test]
async fn another_site_cannot_change_whose_account_it_is() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let theirs = site.strangers(Product::Google).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let login = format!("{}?return_to=%2Fcourses&force=1", theirs.path("login"));
    let framed = format!("{login}&from=frame");
    for (path, site_header) in [
        (&login, Some("cross-site")),
        (&login, Some("same-site")),
        (&login, None),
        (&framed, Some("same-origin")),
    ] {
        let headers: Vec<_> = site_header.iter().map(|value| ("sec-fetch-site", *value)).collect();
        let asked = browser.get_with(path, &headers, From::ThisSite).await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(asked.body.contains("Switch to another sign-in?"), "{site_header:?}: {}", asked.body);
        assert!(!asked.body.contains("SAMLRequest") && asked.set_cookies().is_empty());
        // The button of that page is the person's own word, also where a browser says nothing of itself.
        let href =
            asked.between("<a class=\"button\" href=\"", "\"").replace("&amp;", "&").replace("&#38;", "&");
        assert!(href.starts_with(&format!("{}?return_to=%2Fcourses&force=1&replace=", theirs.path("login"))));
        let gone = browser.clone().get(&href).await;
        assert!(request(&gone).contains("ForceAuthn"), "{}", gone.body);
        let other = href.rsplit_once('=').unwrap().0.to_owned() + "=AAAA";
        assert!(browser.get(&other).await.body.contains("Switch to another"));
    }
    for (idp, site_header) in [(&theirs, "same-origin"), (&theirs, "none"), (&okta, "cross-site")] {
        let page = browser
            .clone()
            .get_with(&idp.path("login"), &[("sec-fetch-site", site_header)], From::ThisSite)
            .await;
        assert!(page.body.contains("SAMLRequest"), "{site_header}: {}", page.body);
    }
    // Whoever is signed in nowhere is asked nothing.
    let page = site
        .browser()
        .get_with(&theirs.path("login"), &[("sec-fetch-site", "cross-site")], From::ThisSite)
        .await;
    assert!(page.body.contains("SAMLRequest"));
}

/// Whoever runs one identity provider of an account is not to sign its people in as somebody else by a page of theirs.
#[tokio::test]
async fn another_site_cannot_change_who_it_is_in_the_same_account() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let google = site.connect(Product::Google).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let session = browser.session();
    for site_header in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site_header)];
        let asked = browser.get_with(&google.path("login"), &headers, From::ThisSite).await;
        assert!(asked.body.contains("Go on as somebody else"), "{site_header}: {}", asked.body);
        assert!(!asked.body.contains("SAMLRequest"));
    }
    // An answer that nobody asked for, which would begin a request of ours, is no way around the question.
    let message = site.answer(&google, &bjoern(), None, |_| {});
    let asked = browser.bring(&google, &message, None).await;
    assert!(asked.body.contains("Go on as somebody else"), "{} {}", asked.status, asked.body);
    assert_eq!(browser.session(), session);
    assert!(Browser::is_signed_in(&browser.get("/me").await));
    // By the connection that the session is of, and by the person's own word, there is nothing to ask.
    for (idp, site_header) in [(&okta, "cross-site"), (&google, "same-origin"), (&google, "none")] {
        let headers = [("sec-fetch-site", site_header)];
        let page = browser.clone().get_with(&idp.path("login"), &headers, From::ThisSite).await;
        assert!(page.body.contains("SAMLRequest"), "{site_header}: {}", page.body);
    }
}

/// The word that a form has been posted by a page of ours is that of the browser, not of the form.
#[tokio::test]
async fn another_site_cannot_say_that_a_form_has_been_here_before() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.set(&okta, |settings| settings["idp_initiated"] = json!("accept")).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    // The cookie that would come along from another site is gone; that of the session never does.
    let comes_along: Vec<String> =
        browser.cookies.iter().filter(|(_, (_, comes))| *comes).map(|(name, _)| name.clone()).collect();
    assert!(!comes_along.is_empty());
    for name in comes_along {
        browser.cookies.remove(&name);
    }
    let session = browser.session();
    let message = site.answer(&okta, &bjoern(), None, |_| {});
    let form = crate::browser::encode(&[("SAMLResponse", &message), ("again", "1")]);
    let request = || {
        axum::http::Request::post(okta.path("acs"))
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let cross = request().header("sec-fetch-site", "cross-site");
    let again = browser.send(cross, From::AnotherSite, form.clone()).await;
    assert!(again.body.contains("name=\"again\""), "{} {}", again.status, again.body);
    assert_eq!((browser.session(), site.count("SELECT COUNT(*) FROM replays").await), (session.clone(), 1));
    let own = request().header("sec-fetch-site", "same-origin");
    let asked = browser.send(own, From::ThisSite, form).await;
    assert!(asked.body.contains("Switch to another sign-in?"), "{} {}", asked.status, asked.body);
    assert_eq!(browser.session(), session);
}

#[tokio::test]
async fn a_frame_gets_a_link_to_the_whole_window() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    for (path, href) in [
        (
            okta.path("login") + "?return_to=%2Fcourses",
            okta.path("login") + "?return_to=%2Fcourses&#38;from=frame",
        ),
        ("/me".to_owned(), "/me?from=frame".to_owned()),
    ] {
        for destination in ["iframe", "frame", "embed", "object"] {
            let page = browser.get_with(&path, &[("sec-fetch-dest", destination)], From::ThisSite).await;
            assert_eq!(page.status, StatusCode::OK);
            let link = format!("href=\"{href}\" target=\"_top\"");
            assert!(page.body.contains(&link), "{link} in {}", page.body);
            assert!(page.headers.get("x-frame-options").is_none() && page.set_cookies().is_empty());
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("frame-ancestors *") && !policy.contains("script-src"), "{policy}");
        }
    }
    // An answer in a frame uses nothing up.
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let body = crate::browser::encode(&[("SAMLResponse", &message), ("RelayState", &pending.relay_state)]);
    let request = axum::http::Request::post(okta.path("acs")).header("sec-fetch-dest", "iframe");
    let page = browser.send(request, From::AnotherSite, body).await;
    assert!(page.body.contains(&format!("href=\"{}?from=frame\" target=\"_top\"", okta.path("login"))));
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0);
    assert_eq!(browser.bring(&okta, &message, Some(&pending.relay_state)).await.location(), Some("/me"));
}

/// A page that was opened while nobody was signed in waits at the stranger's identity provider until somebody is.
#[tokio::test]
async fn a_sign_in_that_was_begun_earlier_ends_no_later_session_unasked() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let theirs = site.strangers(Product::Google).await;
    let mut browser = site.browser();
    let from_elsewhere = [("sec-fetch-site", "cross-site")];
    let page = browser.get_with(&theirs.path("login"), &from_elsewhere, From::ThisSite).await;
    let handle = relay_state(&page);
    site.clock.advance(60);
    assert_eq!(browser.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    let session = browser.session();

    let person = bjoern();
    let message = site.answer(&theirs, &person, Some(&handle), |_| {});
    let asked = browser.bring(&theirs, &message, Some(&handle)).await;
    assert!(asked.body.contains("Switch to another sign-in?"), "{} {}", asked.status, asked.body);
    assert_eq!(browser.session(), session);
    assert!(Browser::is_signed_in(&browser.get("/me").await));
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_at IS NOT NULL").await, 0);
    // Nothing was used up: with the person's own word it goes on.
    let token = asked.between("name=\"replace\" value=\"", "\"").to_owned();
    let form =
        [("SAMLResponse", message.as_str()), ("RelayState", &handle), ("again", "1"), ("replace", &token)];
    let answer = browser.post(&theirs.path("acs"), &form, From::ThisSite).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert!(browser.get("/me").await.body.contains("Evil Corporation"));
    // Whoever goes back by their own word is not asked at the end.
    site.clock.advance(60);
    let page = browser.get_with(&okta.path("login"), &[("sec-fetch-site", "none")], From::ThisSite).await;
    assert_eq!(answered(&site, &mut browser, &okta, &page, 0).await.location(), Some("/me"));
}
