//! Whoever reads Spanish is told nothing in English: every page of the console, as it stands and after forms with nothing
//! usable in them.

use std::collections::BTreeSet;

use gatepost::directory::preset::Product;
use gatepost::http::{self, Demo, DemoChoice};

use super::{CALLERS, FORM, callers, form_token, table};
use crate::browser::{Answer, Browser, From};
use crate::site::{ACCOUNT, Site};

/// Words that no Spanish sentence has, and hardly an English one lacks.
pub const ENGLISH: [&str; 19] = [
    "the", "and", "is", "are", "was", "not", "with", "without", "of", "your", "this", "that", "for", "from",
    "you", "it", "to", "be", "by",
];

/// Elements whose content is a value, and those that say that they are in another language.
const VALUES: [&str; 6] = ["script", "style", "code", "pre", "textarea", "kbd"];
/// Attributes that are read out.
const SPOKEN: [&str; 4] = ["aria-label", "title", "placeholder", "alt"];

/// What a person reads or hears of a page, a line for each piece of text.
fn spoken(html: &str) -> Vec<String> {
    let (mut said, mut rest) = (Vec::new(), html);
    while let Some(start) = rest.find('<') {
        said.push(rest[..start].to_owned());
        let end = start + rest[start..].find('>').map_or(rest.len() - start, |at| at + 1);
        let tag = &rest[start..end];
        for attribute in SPOKEN {
            if let Some((_, value)) = tag.split_once(&format!(" {attribute}=\"")) {
                said.push(value.split('"').next().unwrap_or_default().to_owned());
            }
        }
        rest = &rest[end..];
        let name = tag.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
        if VALUES.contains(&name) || tag.contains(" lang=\"en\"") && name != "html" {
            let close = format!("</{name}>");
            rest = rest.find(&close).map_or("", |at| &rest[at + close.len()..]);
        }
    }
    said.push(rest.to_owned());
    said.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// What a person reads of an answer; nothing where it is no page.
fn lines(answer: &Answer) -> Vec<String> {
    let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if is_page { spoken(&answer.body) } else { Vec::new() }
}

/// Those that are in English.
fn english(lines: Vec<String>) -> Vec<String> {
    let is_english = |line: &String| {
        // A way through another product's console, and words that rules are written with.
        if line.contains(" &#62; ") || line.starts_with("Una por línea: un campo, luego is, not") {
            return false;
        }
        let line = line.replace("Server-to-Server", "");
        let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
        words.filter(|word| ENGLISH.contains(&word.to_lowercase().as_str())).count() > 0
    };
    lines.into_iter().filter(is_english).collect()
}

#[tokio::test]
async fn spanish_pages_say_nothing_in_english() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let entra = site.connect(Product::Entra).await;
    let browsers = callers(&site, &okta).await;
    let attempt = site.text("SELECT MIN(id) FROM attempts").await.unwrap();
    let member = site.text("SELECT MIN(user_id) FROM sessions").await.unwrap();
    let (mut found, mut read) = (BTreeSet::new(), 0);
    for (mut browser, caller) in browsers.into_iter().zip(CALLERS) {
        if !["anonymous", "owner", "operator", "setup link"].contains(&caller) {
            continue;
        }
        browser.get("/language/es").await;
        for (method, _, address, _) in &table() {
            let (id, second) = (okta.connection.id.to_string(), entra.connection.id.to_string());
            let address = address.replace("{a}", ACCOUNT).replace("{c}", &id).replace("{e}", &second);
            let address = address.replace("{no}", "nothing").replace("{t}", &attempt);
            let address = address.replace("{u}", &member).replace("{o}", &member);
            // What ends the browser's own session, or asks for another language, ends the walk.
            if ["/leave", "/signout", "/setup-finish", "/language/"].iter().any(|end| address.contains(end)) {
                continue;
            }
            let token = form_token(&browser);
            let own = [("token", token.as_str())];
            let nothing: Vec<_> = FORM.iter().map(|(name, _)| (*name, "!")).chain(own).collect();
            let kept = browser.cookies.clone();
            let answers = match *method {
                "get" => vec![browser.get(&address).await],
                _ => vec![
                    browser.post(&address, &own, From::ThisSite).await,
                    browser.post(&address, &nothing, From::ThisSite).await,
                ],
            };
            browser.cookies = kept;
            for answer in answers {
                let lines = lines(&answer);
                read += lines.len();
                let told = english(lines).into_iter();
                found.extend(told.map(|line| format!("{method} {address} as {caller}: {line}")));
            }
        }
    }
    assert!(read > 5000, "{read}");
    assert!(found.is_empty(), "{}", found.into_iter().collect::<Vec<_>>().join("\n"));
}

/// What a newcomer sees first.
#[tokio::test]
async fn the_first_page_of_a_demo_says_nothing_in_english() {
    let site = Site::https().await;
    let choice = |product: Product| DemoChoice {
        name: product.name().to_owned(),
        product,
        href: "/saml/conn_1/login".to_owned(),
    };
    let demo = Demo {
        account_slug: ACCOUNT.to_owned(),
        account_name: "Lincoln".to_owned(),
        connections: [Product::Okta, Product::Entra, Product::Clever, Product::Canvas].map(choice).into(),
        people: Vec::new(),
        idp_href: "http://127.0.0.1:8401/".to_owned(),
        zoom: ("http://127.0.0.1:8402/".to_owned(), 120),
    };
    let options = http::Options { demo: Some(demo), ..http::Options::default() };
    let mut browser = Browser::new(http::router(site.gateway.clone(), options), site.url);
    browser.get("/language/es").await;
    let page = browser.get("/").await;
    let lines = lines(&page);
    for about in ["Firma la respuesta", "Firma solo la aserción", "con SHA-256", "delante de Canvas"] {
        assert!(lines.iter().any(|line| line.contains(about)), "{about}: {}", page.body);
    }
    assert_eq!(english(lines), [] as [String; 0]);
}

#[test]
fn english_is_found_where_it_is() {
    let html = "<html lang=\"es\"><title>Eventos</title><p>Hola</p><code>the value</code><p lang=\"en\">the app</p>\
                <button title=\"Copy the value\">Copiar</button><p>No one of them</p></html>";
    let lines = spoken(html);
    assert_eq!(lines, ["Eventos", "Hola", "Copy the value", "Copiar", "No one of them"]);
    assert_eq!(english(lines), ["Copy the value", "No one of them"]);
}
