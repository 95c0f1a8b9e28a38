//! Wrong requests: 4xx with a clear error, in the form that was asked for.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use gatepost::directory::preset::Product;
use serde_json::Value;

use crate::browser::{Answer, From};
use crate::site::{Site, alice};

fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn the_wrong_method() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (method, path, allow) in [
        (Method::OPTIONS, "/me".to_owned(), "GET,HEAD"),
        (Method::POST, "/".to_owned(), "GET,HEAD"),
        (Method::DELETE, okta.path("acs"), "GET,HEAD,POST"),
        (Method::POST, okta.path("login"), "GET,HEAD"),
        (Method::GET, "/signout".to_owned(), "POST"),
        (Method::TRACE, "/signin".to_owned(), "GET,HEAD,POST"),
    ] {
        let request = Request::builder().method(&method).uri(&path);
        let answer = site.browser().send(request, From::ThisSite, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers["allow"], allow, "{method} {path}");
        assert!(answer.body.contains("This cannot be done here"), "{}", answer.body);
    }
    let head = Request::head("/signin/lincoln");
    let answer = site.browser().send(head, From::ThisSite, Body::empty()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}

/// A page that answered a form has an address that cannot be asked for: a bookmark of it leads to where the form stood.
#[tokio::test]
async fn whoever_comes_back_to_where_a_form_was_answered_goes_on_to_its_page() {
    let site = Site::https().await;
    for (path, page) in [
        ("/console/at/lincoln/domains/x.example/check?x=1", "/console/at/lincoln/domains"),
        ("/console/at/lincoln/deadlines/calendars", "/console/at/lincoln/deadlines"),
        ("/console/at/lincoln/people/user_1/state", "/console/at/lincoln/people/user_1"),
        ("/console/signin/email", "/console/signin"),
        ("/setup-domains/x.example/remove", "/setup-domains"),
    ] {
        let answer = site.browser().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, Some(page)), "{path}");
        let json = [("accept", "application/json")];
        let program = site.browser().get_with(path, &json, From::ThisSite).await;
        assert_eq!(program.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(site.browser().get("/setup-finish").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn programs_are_told_in_their_own_form() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let json = [("accept", "application/json")];
    for (path, status, code) in [
        ("/nothing", 404, "not_found"),
        ("/signin/nobody", 404, "not_found"),
        ("/signout", 405, "method_not_allowed"),
        ("/signin/%FF", 400, "bad_request"),
    ] {
        let answer = site.browser().get_with(path, &json, From::ThisSite).await;
        let problem = problem(&answer);
        assert_eq!((answer.status.as_u16(), problem["status"].as_u64()), (status, Some(status.into())));
        assert_eq!(problem["code"], code, "{path}");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        // People get a page at the same address, and browsers take both.
        for accept in ["text/html,application/xhtml+xml,application/json;q=0.1", "*/*"] {
            let page = site.browser().get_with(path, &[("accept", accept)], From::ThisSite).await;
            assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        }
    }
    // At an address for programs nobody has to ask for it.
    assert_eq!(problem(&site.browser().get("/api/v1/nothing").await)["code"], "not_found");
    // A refused sign-in too: with what may be said in public, and the reference.
    let request = Request::post(okta.path("acs")).header("accept", "application/json");
    let message = site.answer(&okta, &alice(), Some("_x"), |request| request.sp_entity_id = "urn:other");
    let body = crate::browser::encode(&[("SAMLResponse", &message), ("again", "1")]);
    let answer = site.browser().send(request, From::AnotherSite, body).await;
    let told = problem(&answer);
    assert_eq!(told["code"].as_str(), site.text("SELECT code FROM attempts").await.as_deref());
    assert_eq!(told["reference"].as_str(), site.text("SELECT id FROM attempts").await.as_deref());
}

#[tokio::test]
async fn too_much() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (path, bytes) in
        [(okta.path("acs"), 600_000), ("/signin".to_owned(), 20_000), ("/signout".to_owned(), 20_000)]
    {
        for is_declared in [true, false] {
            let request = Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
            let request =
                if is_declared { request.header("content-length", bytes.to_string()) } else { request };
            let answer = site.browser().send(request, From::ThisSite, "x".repeat(bytes)).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {is_declared}");
        }
    }
}
