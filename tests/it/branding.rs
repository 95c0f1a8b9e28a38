//! How an account looks: decided by its owners, seen where people sign in and are refused.

use axum::body::Body;
use axum::http::Request;
use gatepost::directory::preset::Product;

use crate::browser::{Answer, Browser, From};
use crate::events::token_of;
use crate::secrets::Logged;
use crate::site::{Site, alice};

const PAGE: &str = "/console/at/lincoln/branding";

/// The smallest head of a PNG, of that size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &size, &[8, 6, 0, 0, 0, 1, 2, 3, 4]].concat()
}

async fn save(browser: &mut Browser, fields: &[(&str, &[u8])]) -> Answer {
    let page = browser.get(PAGE).await;
    save_on(browser, &page, fields).await
}

/// The same on a page that was looked at before.
async fn save_on(browser: &mut Browser, page: &Answer, fields: &[(&str, &[u8])]) -> Answer {
    let (token, version) = (token_of(page), page.version_for(PAGE).unwrap());
    let unseen = [("token", token.as_bytes()), ("version", version.as_bytes())];
    post(browser, &[unseen.as_slice(), fields].concat()).await
}

/// Sends the form of the page as it is.
pub async fn post(browser: &mut Browser, fields: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, content) in fields {
        body.extend(format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    let request = Request::post(PAGE).header("content-type", "multipart/form-data; boundary=xyz");
    browser.send(request, From::ThisSite, Body::from(body)).await
}

#[tokio::test]
async fn an_account_looks_as_its_owners_decide_where_its_people_come() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut owner = site.owner().await;
    let logo = png(320, 80);
    let fields: &[(&str, &[u8])] = &[
        ("name", b"Lincoln High"),
        ("locale", b"es"),
        ("colour", b"#ffee00"),
        ("help_text", b"Ask <Ida> in room 12"),
        ("help_url", b"https://help.lincoln.example/"),
        ("logo", &logo),
        ("do", b"preview"),
    ];
    let preview = save(&mut owner, fields).await;
    assert_eq!(preview.status, 200);
    assert!(
        preview.body.contains("Not saved yet") && preview.body.contains("/branding/ffee00.css"),
        "{}",
        preview.body
    );
    assert!(preview.body.contains("in the light look, it is shown there as #"), "{}", preview.body);
    assert_eq!(site.count("SELECT COUNT(*) FROM account_brandings").await, 0);

    let saved: Vec<_> = fields.iter().copied().filter(|(name, _)| *name != "do").collect();
    assert_eq!(save(&mut owner, &saved).await.location(), Some(PAGE));
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'account.branding_changed'").await, 1);
    let mut stranger = site.browser();
    let page = stranger.get("/signin/lincoln").await;
    assert!(page.body.contains("<html lang=\"es\"") && page.body.contains("Lincoln High"), "{}", page.body);
    assert!(page.body.contains("Ask &#60;Ida&#62; in room 12"), "{}", page.body);
    let source = page.between("<img src=\"", "\"").to_owned();
    let picture = stranger.get(&source).await;
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
    assert!(picture.header("cache-control").unwrap().contains("immutable"));
    assert!(picture.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let style = stranger.get("/branding/ffee00.css").await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(
        style.body.contains("--accent: #ffee00") && !style.body.starts_with(":root { --accent: #ffee00"),
        "{}",
        style.body
    );
    for nothing in ["/branding/ffee0.css", "/branding/x", &format!("/branding/{}", "0".repeat(64))] {
        assert_eq!(stranger.get(nothing).await.status, 404, "{nothing}");
    }

    // Where somebody is refused, they read whom to ask.
    let late = site.answer(&okta, &alice(), Some("_x"), |minted| minted.sp_entity_id = "urn:other");
    let refused = stranger.bring(&okta, &late, None).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("in room 12") && refused.body.contains("https://help.lincoln.example/"),
        "{}",
        refused.body
    );

    let gone = save(&mut owner, &[("name", b"Lincoln High"), ("remove_logo", b"yes"), ("colour", b"")]).await;
    assert_eq!(gone.location(), Some(PAGE));
    assert_eq!(stranger.get(&source).await.status, 404);
    let page = stranger.get("/signin/lincoln").await;
    assert!(!page.body.contains("<img") && !page.body.contains("/branding/"), "{}", page.body);
    assert!(page.body.contains("in room 12"), "what was not said stays");
}

/// What somebody saved since is not written over; a preview is as old as the page that it was asked for on.
#[tokio::test]
async fn an_older_form_leaves_the_look_as_it_is() {
    let site = Site::https().await;
    let mut owner = site.owner().await;
    let old = owner.get(PAGE).await;
    let preview = save(&mut owner, &[("colour", b"#00ff00"), ("do", b"preview")]).await;
    assert_eq!(save(&mut owner, &[("colour", b"#123456")]).await.status, 303);
    for seen in [old, preview] {
        let refused = save_on(&mut owner, &seen, &[("help_text", b"Ask Ida"), ("colour", b"")]).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.contains("It was changed since you looked at it"), "{}", refused.body);
        assert!(refused.body.contains("value=\"Ask Ida\""), "what was typed stays: {}", refused.body);
    }
    let token = token_of(&owner.get(PAGE).await);
    let unsaid = post(&mut owner, &[("token", token.as_bytes()), ("colour", b"#654321")]).await;
    assert_eq!(unsaid.status, 400, "it does not say what it was made of: {}", unsaid.body);
    assert!(owner.get(PAGE).await.body.contains("value=\"#123456\""));
    assert_eq!(save(&mut owner, &[("help_text", b"Ask Ida")]).await.status, 303, "whoever looks again may");
}

#[tokio::test]
async fn what_cannot_be_used_is_told_and_changes_nothing() {
    let site = Site::https().await;
    let mut owner = site.owner().await;
    let heavy = [png(5, 5), vec![0; 129 << 10]].concat();
    for (field, content, told) in [
        ("colour", b"red".as_slice(), "six digits"),
        ("help_url", b"javascript:alert(1)", "https:// or mailto:"),
        ("logo", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "PNG, JPEG or WebP"),
        ("logo", &png(5000, 5), "pixels"),
        ("logo", &heavy, "128 KiB"),
        ("name", b"  ", "needs a name"),
    ] {
        let fields = [("name", b"Lincoln".as_slice()), (field, content)];
        let fields = if field == "name" { &fields[1..] } else { &fields[..] };
        let refused = save(&mut owner, fields).await;
        assert_eq!(refused.status, 400, "{field}");
        assert!(refused.body.contains(told), "{field}: {}", refused.body);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM account_brandings").await, 0);
    let enormous = vec![0; 300 << 10];
    assert_eq!(save(&mut owner, &[("logo", &enormous)]).await.status, 413);
    let plain = owner.post(PAGE, &[("name", "x")], From::ThisSite).await;
    assert_eq!(plain.status, 403, "not our form");
    let mut operator = site.operator().await;
    assert_eq!(operator.get(PAGE).await.status, 200);
}

#[tokio::test]
async fn a_look_that_cannot_be_read_keeps_nobody_out_and_is_told() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    site.execute("ALTER TABLE account_brandings RENAME TO elsewhere").await;
    let (logged, _guards) = Logged::everything();
    assert_eq!(site.browser().get("/signin/lincoln").await.status, 200);
    let text = String::from_utf8(logged.text()).unwrap();
    assert!(text.contains("an account's look could not be read"), "{text}");
}
