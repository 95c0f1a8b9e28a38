//! Malformed everything to every address: never 5xx, and nothing written but attempts.

use axum::body::Body;
use axum::http::{Method, Request, Uri};
use gatepost::base::Rng;
use gatepost::directory::preset::Product;
use gatepost::http::routes;

use crate::browser::{Browser, From};
use crate::site::{Idp, Site, alice};

const CASES: usize = 6_000;

/// A source of choices: the same in every run.
struct Choices(Rng);

impl Choices {
    fn number(&self, below: usize) -> usize {
        usize::try_from(u64::from_be_bytes(self.0.bytes())).unwrap() % below
    }

    fn of<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.number(from.len())]
    }

    fn bytes(&self, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.number(most)];
        self.0.fill(&mut bytes);
        bytes
    }
}

const METHODS: &[&str] =
    &["GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
const QUERIES: &[&str] = &[
    "",
    "?",
    "?account=",
    "?account=lincoln",
    "?account=%FF%FE",
    "?return_to=//evil",
    "?return_to=%00",
    "?force=1",
    "?other",
    "?SAMLResponse=",
    "?SAMLResponse=%",
    "?SAMLResponse=PHg%2B",
    "?SAMLRequest=x&SAMLResponse=y",
    "?SAMLResponse=a&SAMLResponse=b",
    "?=&=&&&",
    "?a=%zz",
    "?audience=%00",
    "?from=frame",
    "?replace=x",
    "?who=%00&person=%00&q=%00&action=%00&target=%00",
];
const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("content-type", "multipart/form-data; boundary="),
    ("content-type", "text/xml; charset=utf-16"),
    ("content-length", "99999999999999999999"),
    ("content-length", "-1"),
    ("accept", "application/json"),
    ("accept", ";;;,,,"),
    ("accept-encoding", "br;q=nan"),
    ("host", "evil.example"),
    ("host", "[::"),
    ("origin", "null"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-dest", "iframe"),
    ("sec-fetch-mode", "no-cors"),
    ("sec-purpose", "prefetch"),
    ("x-forwarded-for", "1,2,,[::1]:x"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "gopher"),
    ("range", "bytes=9-1"),
    ("if-none-match", "*"),
    ("expect", "100-continue"),
    ("upgrade", "websocket"),
    ("authorization", "Bearer x"),
    ("cookie", ";;=;=="),
    ("cookie", "__Host-gatepost-session=; __Host-gatepost-session=AAAA"),
    ("cookie", "__Host-gatepost-session=AAAAAAAAAAAAAAAAAAAAAA"),
    ("cookie", "__Host-gatepost-browser=AAAA; __Host-gatepost-pending_x=1.y"),
    ("cookie", "__Host-gatepost-pending_=99999999999999999999.x; __Host-gatepost-choice=conn_"),
    ("cookie", "__Host-gatepost-choice=conn_00000000000000000000000000"),
    ("user-agent", ""),
];

fn path(choices: &Choices, idp: &Idp) -> String {
    let real = idp.connection.id.to_string();
    let odd = hex(&choices.bytes(20));
    let upper = real.to_uppercase();
    let ids = [
        real.as_str(),
        real.as_str(),
        real.as_str(),
        upper.as_str(),
        odd.as_str(),
        "conn_",
        "%00",
        "%FF",
        "..",
        "%2e%2e",
        "conn_00000000000000000000000000",
        "conn_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "lincoln",
        "LINCOLN",
        "a%2Fb",
        "%F0%9F%92%A9",
    ];
    let id = *choices.of(&ids);
    // Every address that there is, and more often those that strangers send messages to.
    if choices.number(2) == 0 {
        let all: Vec<_> = routes::all().map(|(_, pattern)| pattern).collect();
        let filled = choices.of(&all).split('/').map(|part| if part.starts_with('{') { id } else { part });
        return filled.collect::<Vec<_>>().join("/");
    }
    match choices.number(18) {
        0 => "/".to_owned(),
        1 => "/signin".to_owned(),
        2 => format!("/signin/{id}"),
        3 | 4 => format!("/saml/{id}/login"),
        5..=8 => format!("/saml/{id}/acs"),
        9 => format!("/saml/{id}/metadata"),
        10 => format!("/saml/{id}/slo"),
        11 => "/me".to_owned(),
        12 => "/signout".to_owned(),
        13 => "/signed-out".to_owned(),
        14 => format!("/assets/{id}"),
        15 => "/session/token".to_owned(),
        16 => "/.well-known/jwks.json".to_owned(),
        _ => format!("/{id}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    gatepost::base::encoding::hex(bytes)
}

/// A form, or something like it; `message` is a good answer of which only a part is ever sent.
fn body(choices: &Choices, message: &str) -> Vec<u8> {
    let cut = &message[..choices.number(message.len() - 60)];
    match choices.number(8) {
        0 => Vec::new(),
        1 => choices.bytes(3_000),
        2 => format!("SAMLResponse={}", form_urlencoded::byte_serialize(cut.as_bytes()).collect::<String>())
            .into(),
        3 => format!(
            "SAMLResponse={}&RelayState=%2F&again=1",
            form_urlencoded::byte_serialize(cut.as_bytes()).collect::<String>()
        )
        .into(),
        4 => format!("again=1&SAMLResponse={}", base64_simd::STANDARD.encode_to_string(choices.bytes(500)))
            .into(),
        5 => b"who=a%40b%00&return_to=%FF&token=x".to_vec(),
        6 => format!("who={}&SAMLResponse=%zz", "a".repeat(choices.number(15_000))).into(),
        _ => b"{\"SAMLResponse\": [null]}".to_vec(),
    }
}

/// How many rows there are; what was refused is remembered, and not looked at.
async fn rows(site: &Site) -> Vec<(String, i64)> {
    let rows = site.folder.connect().await.rows().await;
    rows.into_iter().filter(|(table, _)| !table.contains("attempt")).collect()
}

#[tokio::test]
async fn never_5xx_and_nothing_half_written() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut signed_in = site.browser();
    signed_in.sign_in(&site, &okta, &alice()).await;
    let pending = signed_in.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let before = rows(&site).await;
    assert!(before.len() > 10 && before.iter().any(|(table, count)| table == "sessions" && *count == 1));
    let choices = Choices(Rng::seeded(7));
    let (mut sent, mut told) = (0, std::collections::BTreeMap::new());
    for case in 0..CASES {
        let address = format!("{}{}", path(&choices, &okta), choices.of(QUERIES));
        let Ok(uri) = address.parse::<Uri>() else { continue };
        let method = Method::from_bytes(choices.of(METHODS).as_bytes()).unwrap();
        let mut request = Request::builder().method(&method).uri(uri);
        for _ in 0..choices.number(4) {
            let (name, value) = choices.of(HEADERS);
            request = request.header(*name, *value);
        }
        if choices.number(3) == 0 {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let mut browser: Browser = if choices.number(3) == 0 { signed_in.clone() } else { site.browser() };
        let answer = browser.send(request, From::ThisSite, Body::from(body(&choices, &message))).await;
        assert!(!answer.status.is_server_error(), "case {case}: {method} {address}: {}", answer.body);
        if answer.status.is_client_error() && method != Method::HEAD {
            let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            let kind = kind.unwrap_or_default();
            assert!(
                kind.starts_with("text/html") || kind == "application/problem+json",
                "case {case}: {method} {address}: {} {kind:?}",
                answer.status
            );
            assert!(!answer.body.is_empty());
        }
        *told.entry(answer.status.as_u16()).or_insert(0) += 1;
        sent += 1;
        site.clock.advance(1);
    }
    assert_eq!(rows(&site).await, before, "nothing was written");
    assert!(Browser::is_signed_in(&signed_in.get("/me").await), "and nobody was signed out");
    assert!(sent > CASES * 9 / 10 && told.len() >= 6, "{sent} {told:?}");
}
