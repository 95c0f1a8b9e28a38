//! Signing in: the whole way, and what may differ on it.

use axum::http::StatusCode;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost_saml::mint::{NameId, Personality};

use crate::browser::{Browser, From};
use crate::site::{HTTPS, Idp, LOOPBACK, Site, alice, bjoern};

fn named(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        ..Personality::named("okta").unwrap().name_id(&alice(), &mut |_: &mut [u8]| {})
    }
}

#[tokio::test]
async fn from_the_sign_in_page_to_a_session() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();

    let chosen = browser.get("/signin?account=%20Lincoln%20&return_to=%2Fcourses%3Fa%3D1").await;
    assert_eq!(chosen.location(), Some("/signin/lincoln?return_to=%2Fcourses%3Fa%3D1"));
    let page = browser.get(chosen.location().unwrap()).await;
    let link = format!("{}?return_to=%2Fcourses%3Fa%3D1", okta.path("login"));
    assert!(page.body.contains(&format!("href=\"{link}\"")), "{}", page.body);

    let handed_over = browser.get(&link).await;
    assert_eq!(
        handed_over.status,
        StatusCode::OK,
        "a page, not a redirect: browsers apply form-action to those"
    );
    let url = handed_over.between("0; url=", "\"").replace("&amp;", "&").replace("&#38;", "&");
    assert!(url.starts_with(
        "https://district.okta.com/app/district_gatepost_1/exkgatepost1example/sso/saml?SAMLRequest="
    ));
    let handle = url.split_once("RelayState=").unwrap().1;
    assert!(handle.len() <= 80);

    let message = site.answer(&okta, &alice(), Some(handle), |_| {});
    let answer = browser.bring(&okta, &message, Some(handle)).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, Some("/courses?a=1")),
        "{}",
        answer.body
    );

    let me = browser.get("/me").await;
    assert!(Browser::is_signed_in(&me));
    for shown in
        ["Alice Archer", "alice@district.example", "Lincoln Unified", "Okta", "25 checks held", "Teachers"]
    {
        assert!(me.body.contains(shown), "{shown} in {}", me.body);
    }
    assert_eq!(site.text("SELECT outcome FROM attempts").await.as_deref(), Some("accepted"));
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM idp_keys WHERE last_used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn every_product_signs_in() {
    let site = Site::https().await;
    // Some presets are of products that nobody here plays.
    let played = |product: &Product| Personality::named(product.name()).is_some();
    assert!(Product::ALL.iter().filter(|product| played(product)).count() >= 8);
    for product in Product::ALL.iter().copied().filter(|product| played(product)) {
        let idp = site.connect(product).await;
        let answer = if idp.personality.encrypts {
            let certificate = encryption_certificate(&site, &idp).await;
            let certificate: &str = Box::leak(certificate.into_boxed_str());
            let person = alice();
            site.browser()
                .sign_in_changed(&site, &idp, &person, |request| {
                    request.options.encrypt_to = Some(certificate);
                })
                .await
        } else {
            site.browser().sign_in(&site, &idp, &alice()).await
        };
        assert_eq!(answer.location(), Some("/me"), "{product}: {}", answer.body);
    }
}

/// The certificate that our metadata offers for encryption, as PEM.
async fn encryption_certificate(site: &Site, idp: &Idp) -> String {
    let metadata = site.browser().get(&idp.path("metadata")).await;
    let after = metadata.body.split_once("use=\"encryption\"").unwrap().1;
    let base64 = after.split_once("<ds:X509Certificate>").unwrap().1.split_once('<').unwrap().0;
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[tokio::test]
async fn addresses_are_a_contract() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (id, view) = (okta.connection.id, &okta.connection);
    assert_eq!(view.sp_entity_id, format!("{HTTPS}/saml/{id}/metadata"));
    assert_eq!(view.acs_url, format!("{HTTPS}/saml/{id}/acs"));
    assert_eq!(view.metadata_url, view.sp_entity_id);
    let metadata = site.browser().get(&okta.path("metadata")).await;
    assert_eq!(metadata.headers["content-type"], "application/samlmetadata+xml");
    for wanted in [format!("entityID=\"{}\"", view.sp_entity_id), format!("Location=\"{}\"", view.acs_url)] {
        assert!(metadata.body.contains(&wanted), "{}", metadata.body);
    }
    assert!(!metadata.body.contains("PRIVATE"));
}

#[tokio::test]
async fn cookies_are_those_of_the_design() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let page = browser.get(&okta.path("login")).await;
    let attributes = |cookie: &str| cookie.split_once("; ").unwrap().1.to_owned();
    let cookies = page.set_cookies();
    assert!(cookies[0].starts_with("__Host-gatepost-browser="));
    assert_eq!(attributes(cookies[0]), "HttpOnly; Secure; SameSite=None; Path=/");
    assert!(cookies[1].starts_with("__Host-gatepost-pending_"));
    assert_eq!(attributes(cookies[1]), "Max-Age=3600; HttpOnly; Secure; SameSite=None; Path=/");

    let answer = browser.sign_in(&site, &okta, &alice()).await;
    let session = answer
        .set_cookies()
        .into_iter()
        .find(|cookie| cookie.starts_with("__Host-gatepost-session="))
        .unwrap();
    assert_eq!(attributes(session), "HttpOnly; SameSite=Lax; Secure; Path=/");

    let local = Site::at(LOOPBACK).await;
    let okta = local.connect(Product::Okta).await;
    let page = local.browser().get(&okta.path("login")).await;
    assert!(page.set_cookies()[0].starts_with("gatepost-browser="));
    assert_eq!(attributes(page.set_cookies()[0]), "HttpOnly; SameSite=Lax; Path=/");
    let answer = local.browser().sign_in(&local, &okta, &alice()).await;
    let session =
        answer.set_cookies().into_iter().find(|cookie| cookie.starts_with("gatepost-session=")).unwrap();
    assert_eq!(attributes(session), "HttpOnly; SameSite=Lax; Path=/");
}

#[tokio::test]
async fn without_its_cookie_a_response_is_posted_once_more_and_nothing_is_used_before() {
    let site = Site::at(LOOPBACK).await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];

    let again = browser.post(&okta.path("acs"), &form, From::AnotherSite).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains(&format!("action=\"{}\"", okta.path("acs"))));
    for part in
        ["name=\"again\" value=\"1\"", "<button type=\"submit\"", "<script src=\"/assets/", message.as_str()]
    {
        assert!(again.body.contains(part), "{part}");
    }
    assert!(again.set_cookies().is_empty());
    for table in [
        "SELECT COUNT(*) FROM attempts",
        "SELECT COUNT(*) FROM replays",
        "SELECT COUNT(*) FROM consumed_requests",
    ] {
        assert_eq!(site.count(table).await, 0, "{table}");
    }

    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
}

#[tokio::test]
async fn starting_writes_nothing() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let before = site.folder.connect().await.rows().await;
    let mut browser = site.browser();
    for _ in 0..20 {
        browser.start(&okta).await;
    }
    assert_eq!(site.folder.connect().await.rows().await, before);
    assert_eq!(
        browser.cookies.keys().filter(|name| name.contains("pending")).count(),
        5,
        "the oldest give way"
    );
}

#[tokio::test]
async fn tabs_sign_in_side_by_side() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let first = browser.start_to(&okta, "?return_to=/one").await;
    let second = browser.start_to(&okta, "?return_to=/two").await;
    let two = site.answer(&okta, &alice(), Some(&second.request_id), |_| {});
    assert_eq!(browser.bring(&okta, &two, Some(&second.relay_state)).await.location(), Some("/two"));
    let one = site.answer(&okta, &alice(), Some(&first.request_id), |_| {});
    assert_eq!(browser.bring(&okta, &one, Some(&first.relay_state)).await.location(), Some("/one"));
}

#[tokio::test]
async fn a_lost_relay_state_is_no_loss() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    assert_eq!(browser.bring(&okta, &message, None).await.location(), Some("/me"));
}

#[tokio::test]
async fn one_leads_back_to_this_site_only() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (asked, gone) in [
        ("/videos/7%3Ft%3D3", "/videos/7?t=3"),
        ("https://evil.example/", "/me"),
        ("//evil.example/", "/me"),
        ("/%5Cevil.example", "/me"),
        ("javascript:alert(1)", "/me"),
        ("/a%0d%0aX-Evil:%201", "/me"),
    ] {
        let mut browser = site.browser();
        let pending = browser.start_to(&okta, &format!("?return_to={asked}")).await;
        let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
        let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert_eq!(answer.location(), Some(gone), "{asked}");
        site.clock.advance(1);
    }
}

#[tokio::test]
async fn somebody_stays_the_same_user_and_others_are_others() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let users = "SELECT COUNT(*) FROM users";
    site.browser().sign_in(&site, &okta, &alice()).await;
    let person = alice();
    let upper = named("ALICE@District.Example");
    let again = site
        .browser()
        .sign_in_changed(&site, &okta, &person, |request| request.options.name_id = Some(upper))
        .await;
    assert_eq!(again.location(), Some("/me"), "{}", again.body);
    assert_eq!(site.count(users).await, 1, "addresses compare without case");
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    assert_eq!(site.count(users).await, 2);
    // The same address by another connection is somebody else, until a rule says otherwise.
    let google = site.connect(Product::Google).await;
    site.browser().sign_in(&site, &google, &alice()).await;
    assert_eq!(site.count(users).await, 3);
}

#[tokio::test]
async fn a_profile_follows_its_source() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut person = alice();
    site.browser().sign_in(&site, &okta, &person).await;
    person.last_name = "Archer-Diaz".to_owned();
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &person).await;
    assert!(browser.get("/me").await.body.contains("Alice Archer-Diaz"));
}

#[tokio::test]
async fn a_disabled_connection_is_gone_at_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    site.set_state(&okta, ConnectionState::Disabled).await;
    assert_eq!(
        browser.bring(&okta, &message, Some(&pending.relay_state)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(browser.get(&okta.path("login")).await.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/signin/lincoln").await.body.contains(&okta.path("login")));
    site.set_state(&okta, ConnectionState::Active).await;
    assert_eq!(browser.bring(&okta, &message, Some(&pending.relay_state)).await.location(), Some("/me"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let site = Site::https().await;
    for path in [
        "/signin/nobody",
        "/signin/Lincoln",
        "/saml/conn_00000000000000000000000000/login",
        "/saml/x/login",
        "/saml/conn_00000000000000000000000000/metadata",
        "/assets/none.css",
        "/nothing",
    ] {
        assert_eq!(site.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let unknown = site.browser().get("/signin?account=nobody%3Cb%3E").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(!unknown.body.contains("<b>"));
}

#[tokio::test]
async fn a_picture_starts_no_sign_in() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let request = axum::http::Request::get(okta.path("login")).header("sec-fetch-mode", "no-cors");
    let response =
        tower::ServiceExt::oneshot(site.router.clone(), request.body(axum::body::Body::empty()).unwrap());
    let response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.headers().get("set-cookie").is_none());
}
