//! The headers of every address, as one table: a new address fails here until it has its line.

use axum::http::{HeaderMap, StatusCode};
use gatepost::directory::preset::Product;
use gatepost_saml::mint::mint_metadata;
use gatepost_saml::mint::{MetadataFacts, Personality};

use crate::browser::From;
use crate::site::{HTTPS, LOOPBACK, Site, alice};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

fn assert_headers(path: &str, headers: &HeaderMap, is_secure: bool, policy: &str, caching: &str) {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    for (name, wanted) in [
        ("content-security-policy", Some(policy)),
        ("cache-control", Some(caching)),
        ("x-content-type-options", Some("nosniff")),
        ("x-frame-options", Some("DENY")),
        ("referrer-policy", Some("no-referrer")),
        ("cross-origin-resource-policy", Some("same-origin")),
        ("cross-origin-opener-policy", Some("same-origin")),
        ("permissions-policy", Some("camera=(), geolocation=(), microphone=(), payment=()")),
        ("strict-transport-security", is_secure.then_some("max-age=31536000")),
        ("server", None),
    ] {
        assert_eq!(text(name), wanted, "{name} of {path}");
    }
}

#[tokio::test]
async fn every_answer_has_them() {
    for (url, is_secure) in [(HTTPS, true), (LOOPBACK, false)] {
        let site = Site::at(url).await;
        let okta = site.connect(Product::Okta).await;
        let mut browser = site.browser();
        browser.sign_in(&site, &okta, &alice()).await;
        for (path, status) in [
            ("/", 200),
            ("/signin?account=lincoln", 303),
            ("/signin?account=", 404),
            ("/signin/lincoln", 200),
            ("/signed-out", 200),
            ("/me", 200),
            ("/signout", 405),
            ("/health/live", 200),
            ("/health/ready", 200),
            ("/nothing", 404),
            (okta.path("login").as_str(), 200),
            (okta.path("acs").as_str(), 404),
            (okta.path("metadata").as_str(), 200),
        ] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
            assert_headers(path, &answer.headers, is_secure, POLICY, "no-store");
        }
        let page = browser.get("/").await;
        let style = format!("/assets/{}", page.between("href=\"/assets/", "\""));
        let answer = browser.get(&style).await;
        assert_headers(&style, &answer.headers, is_secure, POLICY, "public, max-age=31536000, immutable");
        let refused = browser.post(&okta.path("acs"), &[("SAMLResponse", "PHg+")], From::ThisSite).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_headers("a refusal", &refused.headers, is_secure, POLICY, "no-store");
    }
}

#[tokio::test]
async fn only_the_page_that_posts_to_an_identity_provider_may() {
    use gatepost::base::Actor;
    use gatepost::flow::connection::{Create, IdentityProvider, create};

    let site = Site::https().await;
    let personality = Personality::named("okta").unwrap();
    let metadata =
        mint_metadata(personality, &MetadataFacts::new(site.clock.now()), &mut |_: &mut [u8]| {}).unwrap();
    // An identity provider that takes requests by POST alone.
    let metadata = String::from_utf8(metadata).unwrap();
    let (head, rest) = metadata.split_once("<md:SingleSignOnService").unwrap();
    let (first, rest) = rest.split_once("<md:SingleSignOnService").unwrap();
    let post = [first, rest].into_iter().find(|service| service.contains("HTTP-POST")).unwrap();
    let post = post.split_once("/>").map_or_else(|| post.to_owned(), |(service, _)| format!("{service}/>"));
    let tail = rest.split_once("</md:IDPSSODescriptor>").unwrap().1;
    let xml = format!("{head}<md:SingleSignOnService{post}</md:IDPSSODescriptor>{tail}");
    let input = Create {
        account: "lincoln".parse().unwrap(),
        name: None,
        product: Product::Keycloak,
        idp: IdentityProvider::Metadata { xml: xml.into_bytes(), entity_id: None },
        subject: None,
        idp_initiated: None,
        policy: None,
        service_provider: None,
    };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (connection, _) = create(&site.gateway, &ctx, input).await.unwrap();
    let page = site.browser().get(&format!("/saml/{}/login", connection.id)).await;
    assert!(page.body.contains("name=\"SAMLRequest\""), "{}", page.body);
    let policy = POLICY.replace("form-action 'self'", "form-action https: https://district.okta.com");
    assert_headers("login by POST", &page.headers, true, &policy, "no-store");
}
