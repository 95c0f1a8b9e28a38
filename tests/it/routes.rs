//! Every address × every kind of caller, with what they are told. An address of the router that has no row here fails.
//!
//! Forms are posted with the token of the caller's own session: what is told is what the caller may, not that a form was
//! forged. That forged ones change nothing is the last test.

mod api;
mod console;
mod offers;
mod open;
mod pages;
pub mod spoken;
mod sso;
mod things;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use gatepost::base::Actor;
use gatepost::base::caller::Scope;
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{account, api_key, operator, owner, setup_link};
use gatepost::http::routes;
use gatepost::outbound::mail::Mailer;
use secrecy::ExposeSecret;

use self::api::API;
use crate::browser::{Browser, From};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice, bjoern, ctx, path};

const OTHER: &str = "other";

/// Everybody, in the order of the columns.
const CALLERS: [&str; 8] =
    ["anonymous", "member", "admin", "owner", "other owner", "operator", "setup link", "API key"];

/// The method, the address, and the status for each of [`CALLERS`]. `{a}` is the account, `{c}` its connection, `{e}`
/// another one of it; ids that nothing has are `{no}`, a sign-in is
/// `{t}`, a member `{u}`, an owner `{o}`. What a caller may do is shown by what they get, what they may not by 403, what is not theirs
/// to know of by 404; whoever is nobody is sent to where one comes in (303), or has no form to send (403). What a form brings
/// back of its page is in none of these: whoever may is told to look again (400).
type Row = (&'static str, &'static str, &'static str, [u16; 8]);

/// Every row, in the order in which they are tried.
fn table() -> Vec<Row> {
    [open::OPEN, console::CONSOLE, webhooks::WEBHOOKS, sso::SSO, sso::SETUP, console::LAST].concat()
}

/// What every form of the console asks for, so that what is told is whether the caller may.
const FORM: &[(&str, &str)] = &[
    ("email", "new@lincoln.example"),
    ("owner", "o@lincoln.example"),
    ("reason", "tried"),
    ("name", "CI"),
    ("days", "1"),
    ("keep", "all"),
    ("csv", "!"),
    ("state", "active"),
    ("slug", "!"),
    ("session", "x"),
    ("domain", "new.example"),
];

async fn by_sso(site: &Site, okta: &Idp, role: gatepost::base::caller::Role, is_second: bool) -> Browser {
    let mut browser = site.browser();
    let person = if is_second { bjoern() } else { alice() };
    browser.sign_in(site, okta, &person).await;
    let id = browser.get("/me").await;
    assert!(Browser::is_signed_in(&id));
    let slug: Slug = ACCOUNT.parse().unwrap();
    let sql = "SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1";
    let which = Which::Id(site.text(sql).await.unwrap().parse().unwrap());
    let changes = Changes { role: Some(role), ..Changes::default() };
    user::update(&site.gateway, &ctx(site), (&slug, &which), changes).await.unwrap();
    site.clock.advance(1);
    browser
}

/// A browser for each of [`CALLERS`].
async fn callers(site: &Site, okta: &Idp) -> Vec<Browser> {
    use gatepost::base::caller::Role;
    let slug: Slug = ACCOUNT.parse().unwrap();
    let member = by_sso(site, okta, Role::Member, false).await;
    let admin = by_sso(site, okta, Role::Admin, true).await;
    let invited = owner::invite(&site.gateway, &ctx(site), &slug, ("o@lincoln.example", None)).await;
    let mut owner = site.open(&invited.unwrap()).await;
    // An owner is somebody with two sessions: that of the console counts there, single sign-on's elsewhere.
    let clever = alice();
    let mut sso = site.browser();
    sso.sign_in(site, okta, &clever).await;
    let (name, value) = sso.cookies.iter().find(|(name, _)| name.ends_with("-session")).unwrap();
    owner.cookies.insert(name.clone(), value.clone());
    site.make_account(OTHER, "Other").await;
    let other: Slug = OTHER.parse().unwrap();
    let invited = owner::invite(&site.gateway, &ctx(site), &other, ("o@other.example", None)).await;
    let other = site.open(&invited.unwrap()).await;
    let first = operator::first_link(&site.gateway, &ctx(site)).await.unwrap().unwrap();
    let operator = site.open(&first).await;
    let visitor = site.open(&site.setup_link("sso domains").await).await;
    let input = api_key::Create {
        account: Some(slug),
        name: "CI".to_owned(),
        scopes: Scope::ALL.iter().copied().filter(|scope| !scope.is_of_installation()).collect(),
        days: 1,
    };
    let (_, secret) = api_key::create(&site.gateway, &ctx(site), input).await.unwrap();
    let mut program = site.browser();
    program.bearer = Some(secret.expose_secret().to_owned());
    vec![site.browser(), member, admin, owner, other, operator, visitor, program]
}

/// The token that forms of the caller carry, as a page of theirs has it.
fn form_token(browser: &Browser) -> String {
    use gatepost::base::encoding::base64url;
    let of = |end: &str| browser.cookies.iter().find(|(name, _)| name.ends_with(end));
    let seed = of("-console").or_else(|| of("-setup")).or_else(|| of("-session"));
    let Some((_, (value, _))) = seed else { return String::new() };
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(b"gatepost console 1\0");
    hasher.update(&gatepost::base::encoding::from_base64url(value).unwrap());
    base64url(&hasher.finish())
}

#[tokio::test]
async fn everybody_is_told_what_they_may_at_every_address() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = site.connect(Product::Okta).await;
    let entra = site.connect(Product::Entra).await;
    let mut browsers = callers(&site, &okta).await;
    let rows: Vec<_> = table().iter().map(|(method, route, ..)| (*method, (*route).to_owned())).collect();
    let of_the_api = API.iter().map(|(method, route, ..)| (*method, format!("/api/v1/{route}")));
    let rows: Vec<_> = rows.into_iter().chain(of_the_api).collect();
    let known: BTreeSet<_> = rows.iter().map(|(method, route)| (*method, route.as_str())).collect();
    let routed: BTreeSet<_> = routes::all().collect();
    assert_eq!(known.symmetric_difference(&routed).collect::<Vec<_>>(), [] as [&(&str, &str); 0]);
    let mut wrong = Vec::new();
    let attempt = site.text("SELECT MIN(id) FROM attempts").await.unwrap();
    let member = site.text("SELECT MIN(user_id) FROM sessions").await.unwrap();
    let owner = "SELECT id FROM users WHERE role = 'owner' AND account_id = (SELECT account_id FROM attempts LIMIT 1)";
    let owner = site.text(owner).await.unwrap();
    for (method, _, address, expected) in &table() {
        let (id, second) = (okta.connection.id.to_string(), entra.connection.id.to_string());
        let address = address.replace("{a}", ACCOUNT).replace("{c}", &id).replace("{e}", &second);
        let address = address.replace("{no}", "nothing").replace("{t}", &attempt);
        let address = address.replace("{u}", &member).replace("{o}", &owner);
        for ((browser, caller), expected) in browsers.iter_mut().zip(CALLERS).zip(expected) {
            let token = form_token(browser);
            let scope = if address.ends_with("/api-keys") { "users:read" } else { "domains" };
            let own = [("token", token.as_str()), ("scope", scope)];
            let form: Vec<_> = FORM.iter().copied().chain(own).collect();
            let kept = browser.clone();
            let answer = match *method {
                "get" => browser.get(&address).await,
                _ => browser.post(&address, &form, From::ThisSite).await,
            };
            // A sign-in that is begun is nobody's business here; what ends a session comes last.
            browser.cookies = kept.cookies;
            if answer.status.as_u16() != *expected {
                wrong.push(format!("{method} {address} as {caller}: {}, not {expected}", answer.status));
            }
        }
    }
    for (method, _, address, of_the_program) in API {
        let address = format!("/api/v1/{}", filled(address, &okta));
        for (browser, caller) in browsers.iter_mut().zip(CALLERS) {
            let expected = if caller == "API key" { *of_the_program } else { 401 };
            let answer = send(browser, method, &address).await;
            if answer.status.as_u16() != expected {
                let (status, body) = (answer.status, answer.body);
                wrong.push(format!("{method} {address} as {caller}: {status}, not {expected}: {body}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_may_change_how_an_account_looks() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut told = Vec::new();
    for (browser, caller) in callers(&site, &okta).await.iter_mut().zip(CALLERS) {
        let token = form_token(browser);
        // Whoever may not look at the page has no version of it.
        let page = browser.get("/console/at/lincoln/branding").await;
        let version = page.version_for("/console/at/lincoln/branding").unwrap_or_default();
        let unseen = [("token", token.as_bytes()), ("version", version.as_bytes())];
        let fields = [unseen.as_slice(), &[("colour", b"#123456".as_slice())]].concat();
        let answer = crate::branding::post(browser, &fields).await;
        let looks = "SELECT COUNT(*) FROM account_brandings";
        told.push((caller, answer.status.as_u16(), site.count(looks).await));
        site.execute("DELETE FROM account_brandings").await;
    }
    let expected = [403, 403, 403, 303, 404, 303, 403, 403];
    let expected: Vec<_> = CALLERS
        .into_iter()
        .zip(expected)
        .map(|(caller, status)| (caller, status, i64::from(status == 303)))
        .collect();
    assert_eq!(told, expected);
}

fn filled(address: &str, okta: &Idp) -> String {
    let id = okta.connection.id.to_string();
    address.replace("{a}", ACCOUNT).replace("{c}", &id).replace("{no}", "nothing")
}

/// Asks without a body.
async fn send(browser: &mut Browser, method: &str, address: &str) -> crate::browser::Answer {
    let method = method.to_uppercase();
    let request = axum::http::Request::builder().method(method.as_str()).uri(address);
    browser.send(request, From::ThisSite, axum::body::Body::empty()).await
}

/// A key with one scope may ask what asks for that scope, and nothing else; what the document says of scopes is so.
#[tokio::test]
async fn a_key_of_each_scope_at_each_operation() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let operations: BTreeMap<_, _> = gatepost::http::api::operations()
        .into_iter()
        .map(|operation| ((operation.method, operation.path), operation.scope()))
        .collect();
    let mut wrong = Vec::new();
    for scope in Scope::ALL.iter().copied() {
        // Of the installation: some scopes are for those alone.
        let (name, scopes) = ("x".to_owned(), [scope].into_iter().collect());
        let input = api_key::Create { account: None, name, scopes, days: 1 };
        let (_, secret) = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap();
        let mut program = site.browser();
        program.bearer = Some(secret.expose_secret().to_owned());
        for (method, route, address, _) in API {
            let wanted = operations[&(*method, format!("/api/v1/{route}").as_str())];
            // What would take away what the others ask for is asked of a connection that is not there.
            let takes_away = route.ends_with("{connection}/disable")
                || (*method == "delete" && route.ends_with("{connection}"));
            let nowhere = "conn_00000000000000000000000000";
            let address = if takes_away { address.replace("{c}", nowhere) } else { (*address).to_owned() };
            let answer = send(&mut program, method, &format!("/api/v1/{}", filled(&address, &okta))).await;
            let is_open = wanted.is_none_or(|wanted| wanted == scope);
            if (answer.status.as_u16() != 403) != is_open {
                wrong.push(format!("{method} {route} with {scope}: {} ({wanted:?})", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a key is good for is said by flows: for each scope, what a key with that scope alone may do.
#[tokio::test]
async fn a_key_of_each_scope_at_each_door() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.make_account(OTHER, "Other").await;
    let (slug, other): (Slug, Slug) = (ACCOUNT.parse().unwrap(), OTHER.parse().unwrap());
    let mut doors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for scope in Scope::ALL.iter().copied().filter(|scope| !scope.is_of_installation()) {
        let (account, name, scopes) = (Some(slug.clone()), "x".to_owned(), [scope].into_iter().collect());
        let input = api_key::Create { account, name, scopes, days: 1 };
        let (_, secret) = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap();
        let key = api_key::find(&site.gateway, &ctx(&site), secret.expose_secret()).await.unwrap().unwrap();
        let ctx = site.gateway.ctx(Actor::ApiKey(key));
        let list = |account: &Slug| user::List {
            account: account.clone(),
            state: None,
            role: None,
            email: None,
            after: None,
            limit: 1,
        };
        let gateway = &site.gateway;
        let open = [
            ("account", account::show(gateway, &ctx, &slug).await.is_ok()),
            ("connections", gatepost::flow::connection::list(gateway, &ctx, &slug).await.is_ok()),
            ("domains", gatepost::flow::domain::list(gateway, &ctx, &slug).await.is_ok()),
            ("users", user::list(gateway, &ctx, &list(&slug)).await.is_ok()),
            ("api keys", api_key::list(gateway, &ctx, Some(&slug)).await.is_ok()),
            ("setup links", setup_link::list(gateway, &ctx, &slug).await.is_ok()),
            (
                "connection",
                gatepost::flow::connection::show::show(gateway, &ctx, okta.connection.id).await.is_ok(),
            ),
        ];
        let open = open.into_iter().filter(|(_, is_open)| *is_open).map(|(door, _)| door).collect();
        doors.insert(scope.name(), open);
        let elsewhere = user::list(gateway, &ctx, &list(&other)).await;
        assert!(matches!(elsewhere, Err(gatepost::flow::FlowError::NotFound(_))), "{scope}");
        let everywhere = account::list(gateway, &ctx).await;
        assert!(matches!(everywhere, Err(gatepost::flow::FlowError::Denied(_))), "{scope}");
    }
    let expected: BTreeMap<&str, Vec<&str>> = Scope::ALL
        .iter()
        .filter(|scope| !scope.is_of_installation())
        .map(|scope| {
            let doors = match scope {
                Scope::AccountsRead => vec!["account"],
                Scope::ConnectionsRead => vec!["connections", "connection"],
                Scope::DomainsRead => vec!["domains"],
                Scope::UsersRead => vec!["users"],
                Scope::ApiKeysRead => vec!["api keys"],
                Scope::SetupLinksRead => vec!["setup links"],
                _ => vec![],
            };
            (scope.name(), doors)
        })
        .collect();
    assert_eq!(doors, expected);
}

#[tokio::test]
async fn a_program_is_who_its_key_is_and_nobody_without_one() {
    let site = Site::https().await;
    let slug: Slug = ACCOUNT.parse().unwrap();
    let account = account::show(&site.gateway, &ctx(&site), &slug).await.unwrap();
    let scopes = "users:read events:read".parse().unwrap();
    let input = api_key::Create { account: Some(slug), name: "CI".to_owned(), scopes, days: 1 };
    let (made, secret) = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let mut program = site.browser();
    let nobody = program.get("/api/v1/key").await;
    assert_eq!((nobody.status.as_u16(), nobody.header("www-authenticate")), (401, Some("Bearer")));
    assert!(nobody.body.contains("\"code\":\"key_missing\""), "{}", nobody.body);
    program.bearer = Some(secret.expose_secret().to_owned());
    let known = program.get("/api/v1/key").await;
    assert_eq!(known.status, 200);
    let told: serde_json::Value = serde_json::from_str(&known.body).unwrap();
    let expected = serde_json::json!({
        "id": made.id.to_string(), "account": account.id.to_string(), "scopes": ["users:read", "events:read"],
    });
    assert_eq!(told, expected);
    api_key::revoke(&site.gateway, &ctx(&site), made.id).await.unwrap();
    let revoked = program.get("/api/v1/key").await;
    assert_eq!(revoked.status, 401);
    assert_eq!(revoked.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert!(
        revoked.body.contains("\"code\":\"key_unknown\"") && !revoked.body.contains(secret.expose_secret())
    );
}

#[tokio::test]
async fn owners_see_every_look_that_an_operator_took() {
    let site = Site::https().await;
    let slug: Slug = ACCOUNT.parse().unwrap();
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug, ("o@lincoln.example", None)).await;
    let mut owner = site.open(&invited.unwrap()).await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let mut operator = site.open(&first).await;
    let events = "/console/at/lincoln/events";
    assert!(!owner.get(events).await.body.contains("account.looked_at"), "an owner's look is none");
    for page in ["", "/owners", "/setup-links"] {
        assert_eq!(operator.get(&format!("/console/at/{ACCOUNT}{page}")).await.status, 200);
    }
    // One line, which names each of them.
    let told = owner.get(events).await;
    assert_eq!(told.body.matches("account.looked_at").count(), 1);
    assert!(told.body.contains("looked at 3 pages of the account"), "{}", told.body);
    for page in ["owners", "setup_links"] {
        assert!(told.body.contains(&format!("<dd><code>{page}</code>")), "{page}: {}", told.body);
    }
    let refused = operator.post("/console/at/lincoln/owners", &[("email", "x")], From::ThisSite).await;
    assert_eq!(refused.status, 403, "no token");
    assert!(owner.get(events).await.body.contains("looked at 3 pages of the account"));
}

#[tokio::test]
async fn a_forged_form_changes_nothing_and_a_link_is_not_used_by_looking() {
    let site = Site::https().await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let mut scanner = site.browser();
    for _ in 0..3 {
        let looked = scanner.get(path(&first)).await;
        assert_eq!(looked.status, 200);
        assert!(looked.body.contains("<button type=\"submit\""));
    }
    let mut forger = site.browser();
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(forger.get_with(path(&first), &elsewhere, From::AnotherSite).await.status, 200);
    let mut operator = site.open(&first).await;
    assert_eq!(site.browser().post(path(&first), &[], From::ThisSite).await.status, 404, "once");
    let before = site.count("SELECT COUNT(*) FROM accounts").await;
    let form = [("name", "Evil"), ("slug", "evil"), ("token", "x")];
    assert_eq!(operator.post("/console/accounts", &form, From::AnotherSite).await.status, 403);
    assert_eq!(site.count("SELECT COUNT(*) FROM accounts").await, before);
    let token = form_token(&operator);
    let form = [("name", "Good"), ("slug", "good"), ("token", token.as_str())];
    let made = operator.post("/console/accounts", &form, From::ThisSite).await;
    assert_eq!(made.location(), Some("/console/at/good"));
    let page = operator.get("/console/at/good").await;
    assert!(page.body.contains("Not set up.") && page.body.contains("It is made."), "{}", page.body);
}

#[tokio::test]
async fn a_setup_link_opened_again_goes_on_in_the_browser_that_has_it() {
    let site = Site::https().await;
    let (first, second) = (site.setup_link("sso").await, site.setup_link("sso").await);
    let mut browser = site.open(&first).await;
    assert_eq!(browser.get(path(&first)).await.location(), Some("/setup"));
    assert_eq!(browser.get("/setup").await.status, 200);
    let taken = "in use in another browser";
    assert!(site.browser().get(path(&first)).await.body.contains(taken));
    // The one of another link is another browser to this one.
    let mut other = site.open(&second).await;
    assert!(other.get(path(&first)).await.body.contains(taken));
}

#[tokio::test]
async fn who_knows_their_address_finds_their_account() {
    let site = Site::https().await;
    let domain: gatepost::directory::domain::DomainName = "lincoln.example".parse().unwrap();
    let claim = gatepost::flow::domain::Add {
        account: ACCOUNT.parse().unwrap(),
        name: domain.clone(),
        connection: None,
    };
    gatepost::flow::domain::add(&site.gateway, &ctx(&site), claim).await.unwrap();
    let mut browser = site.browser();
    let asked = "/console/signin?account=Olive%40Lincoln.example";
    assert_eq!(browser.get(asked).await.status, 404, "claimed is not proved");
    let of = (&ACCOUNT.parse().unwrap(), &domain);
    gatepost::flow::domain::prove(&site.gateway, &ctx(&site), of, "contract").await.unwrap();
    let found = browser.get(asked).await;
    assert_eq!(found.status, 200);
    assert!(found.body.contains("Come in to Lincoln"), "{}", found.body);
    assert_eq!(browser.get("/console/signin?account=olive%40other.example").await.status, 404);
}

#[tokio::test]
async fn signing_out_leaves_nobody_in_the_console() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let slug: Slug = ACCOUNT.parse().unwrap();
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug, ("o@lincoln.example", None)).await;
    let mut browser = site.open(&invited.unwrap()).await;
    browser.sign_in(&site, &okta, &alice()).await;
    assert_eq!(browser.get("/console/at/lincoln").await.status, 200);
    let copy = browser.clone();
    let token = browser.get("/me").await.between("name=\"token\" value=\"", "\"").to_owned();
    let out = browser.post("/signout", &[("token", &token)], From::ThisSite).await;
    assert_eq!(out.location(), Some("/signed-out?account=lincoln"), "{} {}", out.status, out.body);
    for mut whose in [browser, copy] {
        assert_eq!(whose.get("/console/at/lincoln").await.status, 303, "the next one at this machine");
    }
}
