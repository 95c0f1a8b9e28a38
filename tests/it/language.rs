//! Which language pages are in: what the person chose, what the account decided, what the browser asks for.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::account::Locale;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::flow::account::{self, Update};

use crate::browser::{Answer, Browser, From};
use crate::site::{ACCOUNT, HTTPS, LOOPBACK, Site, alice};

const MEXICAN: (&str, &str) = ("accept-language", "es-MX,es;q=0.9,en;q=0.8");

fn assert_language(answer: &Answer, language: &str) {
    let tag = answer.between("<html lang=\"", "\"");
    assert_eq!(tag, language, "{}", answer.body);
    let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(vary, ["Accept-Language, Cookie"]);
}

async fn asking(browser: &mut Browser, path: &str) -> Answer {
    browser.get_with(path, &[MEXICAN], From::ThisSite).await
}

#[tokio::test]
async fn the_start_page_and_what_is_not_there_in_the_browsers_language() {
    let site = Site::https().await;
    let mut browser = site.browser();
    for (path, english, spanish) in [
        ("/", "Your email address at school or work", "Su correo electrónico de la escuela o del trabajo"),
        ("/signin/lincoln", "Sign in to", "Iniciar sesión en"),
        ("/nothing", "There is nothing here", "Aquí no hay nada"),
    ] {
        let answer = browser.get(path).await;
        assert_language(&answer, "en");
        assert!(answer.body.contains(english), "{}", answer.body);
        let answer = asking(&mut browser, path).await;
        assert_language(&answer, "es");
        assert!(answer.body.contains(spanish) && !answer.body.contains(english), "{}", answer.body);
    }
    assert_language(&browser.get_with("/", &[("accept-language", "de;q=1, *")], From::ThisSite).await, "en");
}

#[tokio::test]
async fn a_refusal_in_the_persons_language() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let message = site.answer(&okta, &alice(), None, |_| {});
    let mut browser = site.browser();
    let answer = browser.bring(&okta, &message, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_language(&answer, "en");
    browser.get("/language/es").await;
    let answer = browser.bring(&okta, &message, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_language(&answer, "es");
    assert!(answer.body.contains("No fue posible iniciar su sesión"), "{}", answer.body);
    assert!(answer.body.contains("no corresponde a ninguna solicitud de este navegador"), "{}", answer.body);
    assert!(!answer.body.contains("You could not"), "{}", answer.body);
}

#[tokio::test]
async fn a_choice_is_remembered_and_leads_back() {
    for url in [HTTPS, LOOPBACK] {
        let site = Site::at(url).await;
        let mut browser = site.browser();
        let page = browser.get("/signin/lincoln").await;
        assert!(page.body.contains("href=\"/language/es\"") && !page.body.contains("/language/en\""));
        let from = format!("{url}/signin/lincoln?return_to=%2Fme");
        let answer = browser.get_with("/language/es", &[("referer", &from)], From::ThisSite).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), Some("/signin/lincoln?return_to=%2Fme"));
        let page = browser.get_with("/signin/lincoln", &[("accept-language", "en")], From::ThisSite).await;
        assert_language(&page, "es");
        assert!(page.body.contains("href=\"/language/en\"") && !page.body.contains("/language/es\""));
        let from = "https://evil.example/signin/lincoln";
        let answer = browser.get_with("/language/en", &[("referer", from)], From::AnotherSite).await;
        assert_eq!(answer.location(), Some("/"), "nowhere else");
        assert_language(&asking(&mut browser, "/").await, "en");
        let answer = browser.get("/language/xx").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn an_account_decides_for_its_own_pages() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let slug = ACCOUNT.parse().unwrap();
    let change = Update { locale: Some(Locale::Spanish), ..Update::default() };
    let changed = account::update(&site.gateway, &ctx, &slug, change).await.unwrap();
    assert_eq!(changed.locale, Locale::Spanish);
    let mut browser = site.browser();
    assert_language(&browser.get("/signin/lincoln").await, "es");
    assert_language(&browser.get(&okta.path("login")).await, "es");
    assert_language(&browser.get("/").await, "en");
    browser.sign_in(&site, &okta, &alice()).await;
    assert_language(&browser.get("/me").await, "es");
    browser.get("/language/en").await;
    assert_language(&browser.get("/signin/lincoln").await, "en");
    assert_language(&browser.get("/me").await, "en");
}

#[tokio::test]
async fn programs_are_told_in_their_language_too() {
    let site = Site::https().await;
    let mut browser = site.browser();
    let wants = [MEXICAN, ("accept", "application/json")];
    let answer = browser.get_with("/nothing", &wants, From::ThisSite).await;
    let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["code"], "not_found");
    assert_eq!(told["title"], "Aquí no hay nada");
}

#[tokio::test]
async fn the_page_in_a_frame_has_nothing_to_press_but_its_link() {
    let site = Site::https().await;
    let mut browser = site.browser();
    let answer = browser.get_with("/", &[("sec-fetch-dest", "iframe")], From::AnotherSite).await;
    assert!(answer.body.contains("in a window of its own"), "{}", answer.body);
    assert!(!answer.body.contains("/language/"), "{}", answer.body);
}
