//! After a full run of flows, neither the database (SQLite's files as they are, every row of every table on PostgreSQL)
//! nor anything that was logged holds a secret, a cookie, a token, a message or anything personal in clear.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use gatepost::base::Actor;
use gatepost::base::encoding::{base64url, from_base64url};
use gatepost::directory::account::Slug;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::directory::state::{ZoomCloud, ZoomKind};
use gatepost::flow::keys::{data, signing, sp};
use gatepost::flow::session::admin;
use gatepost::flow::zoom::{authorize, check, link};
use gatepost::flow::{attempt, changes, domain, login, sweep, token, user};
use gatepost::jobs;
use gatepost::standin::{self, StandIn};
use gatepost::storage::{attempt as stored_attempt, connection, service_provider, signing_key};
use gatepost_saml::encoding::to_base64;
use gatepost_saml::mint::Person;

use crate::api::program;
use crate::browser::From;
use crate::site::{ACCOUNT, HTTPS, Site, alice};
use crate::zoom_link::consent;

/// Texts of less than this many bytes would be found by chance.
const SHORTEST: usize = 6;

/// Everything that is logged, at any level.
#[derive(Clone, Default)]
pub struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    /// All that is logged from here on by this thread; it ends with the guards.
    pub fn everything() -> (Self, impl Sized) {
        let logged = Self::default();
        let writer = logged.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // Where there is one subscriber in all, the thread that comes to a line first decides for everybody whether it is
        // told, and the threads of other tests have none.
        let other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
        (logged, (other, tracing::subscriber::set_default(subscriber)))
    }

    /// What came so far.
    pub fn text(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What must not be found, and where it was used: what nobody used proves nothing by not being there.
#[derive(Default)]
pub struct Secrets {
    all: Vec<(String, Vec<u8>)>,
    used: Vec<u8>,
}

impl Secrets {
    pub fn add(&mut self, what: &str, value: impl AsRef<[u8]>) {
        assert!(value.as_ref().len() >= SHORTEST, "{what} is too short to be looked for");
        self.all.push((what.to_owned(), value.as_ref().to_vec()));
    }

    pub fn seen(&mut self, text: impl AsRef<[u8]>) {
        self.used.extend(text.as_ref());
    }

    /// A secret that was drawn: to have it is to have used it.
    pub fn drawn(&mut self, what: &str, value: impl AsRef<[u8]>) {
        self.seen(value.as_ref());
        self.add(what, value);
    }

    /// Every form in which each may stand somewhere.
    fn forms(&self) -> Vec<(&str, Vec<u8>)> {
        let mut forms = Vec::new();
        for (what, value) in &self.all {
            let hex = gatepost_saml::encoding::hex(value);
            forms.push((what.as_str(), value.clone()));
            forms.push((what.as_str(), hex.to_uppercase().into_bytes()));
            forms.push((what.as_str(), hex.into_bytes()));
            // The last characters of each depend on what comes after it.
            for text in [to_base64(value), base64url(value)] {
                let whole = text.len() - text.len().min(4);
                if whole >= SHORTEST {
                    forms.push((what.as_str(), text.as_bytes()[..whole].to_vec()));
                }
            }
            if let Ok(text) = std::str::from_utf8(value) {
                forms.push((what.as_str(), text.to_uppercase().into_bytes()));
                forms.push((what.as_str(), text.to_lowercase().into_bytes()));
            }
        }
        forms
    }

    /// Those that `place` holds, in whatever form.
    pub fn in_clear(&self, place: &[u8]) -> Vec<&str> {
        let forms = self.forms();
        let mut by_head: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (number, (_, form)) in forms.iter().enumerate() {
            by_head.entry(&form[..SHORTEST]).or_default().push(number);
        }
        let mut found = Vec::new();
        for (start, head) in place.windows(SHORTEST).enumerate() {
            for number in by_head.get(head).into_iter().flatten() {
                let (what, form) = &forms[*number];
                if place[start..].starts_with(form) {
                    found.push(*what);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn unused(&self) -> Vec<&str> {
        let forms = |value: &[u8]| self.used.windows(value.len()).any(|window| window == value);
        self.all.iter().filter(|(_, value)| !forms(value)).map(|(what, _)| what.as_str()).collect()
    }
}

/// Everything that people do.
async fn sign_ins(site: &Site, person: &Person, secrets: &mut Secrets) {
    let okta = site.connect(Product::Okta).await;
    let clever = site.connect_as(Product::Clever, IdpInitiated::Accept).await;
    let mut browser = site.browser();
    browser.address = Some("203.0.113.77");
    let pending = browser.start(&okta).await;
    for (name, (value, _)) in browser.cookies.clone() {
        secrets.drawn(&format!("the cookie {name} before"), value);
    }
    secrets.seen(browser.post("/signin", &[("who", &person.email)], From::ThisSite).await.body);
    secrets.seen(&person.email);
    let message = site.answer(&okta, person, Some(&pending.request_id), |_| {});
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "twice: {}", answer.body);
    let stranger = site.browser().bring(&okta, &message, Some(&pending.relay_state)).await;
    let late = site.answer(&okta, person, Some("_unknown"), |minted| minted.sp_entity_id = "urn:other");
    let refused = site.browser().bring(&okta, &late, None).await;
    assert_eq!(refused.status, 403);
    let tile = site.answer(&clever, person, None, |_| {});
    site.browser().bring(&clever, &tile, None).await;
    secrets.seen(stranger.body);
    for (what, message) in [("message", &message), ("refused message", &late), ("message of a tile", &tile)] {
        secrets.seen(message);
        secrets.add(what, &message.as_bytes()[200..260]);
        let xml = openssl::base64::decode_block(message).unwrap();
        let text = String::from_utf8(xml.clone()).unwrap();
        secrets.seen(&xml);
        secrets.add(&format!("{what}, as XML"), &xml[300..360]);
        let id = |text: &str| {
            text.split("ID=\"").nth(1).and_then(|rest| rest.split('"').next().map(str::to_owned))
        };
        let assertion = text.split("Assertion ").nth(1).and_then(id).unwrap();
        secrets.add(&format!("{what}: the assertion's ID"), assertion);
        if let Some(rest) = text.split("SessionIndex=\"").nth(1) {
            secrets.add(&format!("{what}: SessionIndex"), rest.split('"').next().unwrap());
        }
    }

    let me = browser.get("/me").await;
    secrets.drawn("the word that signs out", me.between("name=\"token\" value=\"", "\""));
    secrets.seen(&me.body);
    secrets.add("address of the network", "203.0.113.");
    secrets.seen("203.0.113.77");
    let answer: serde_json::Value = serde_json::from_str(&browser.get("/session/token").await.body).unwrap();
    let jwt = answer["token"].as_str().unwrap();
    for (what, part) in ["a JWT's head", "what a JWT says", "a JWT's signature"].iter().zip(jwt.split('.')) {
        if *what != "a JWT's head" {
            secrets.drawn(what, part);
        }
    }
    for (name, (value, _)) in browser.cookies.clone() {
        if name.contains("session") || name.contains("browser") {
            secrets.drawn(&format!("the cookie {name}, raw"), from_base64url(&value).unwrap());
        }
        // What a browser remembers to have chosen is the name of a connection, which stands in addresses.
        if !name.contains("choice") {
            secrets.drawn(&format!("the cookie {name}"), value);
        }
    }
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let last = site.text("SELECT id FROM attempts WHERE outcome = 'refused' LIMIT 1").await.unwrap();
    attempt::find(&site.gateway, &ctx, last.parse().unwrap()).await.unwrap();
}

/// Everything that administrators do.
async fn administration(site: &Site, secrets: &mut Secrets) {
    let (gateway, ctx, slug) =
        (&site.gateway, site.gateway.ctx(Actor::CommandLine), || ACCOUNT.parse().unwrap());
    let csv =
        "external_id,email,first_name,last_name\n4711,imported.child@pupils.example,Imogen,Importunate\n";
    user::import(gateway, &ctx, &slug(), (csv.as_bytes(), false)).await.unwrap();
    let known = user::Changes {
        email: Some("written.by.hand@staff.example".to_owned()),
        display_name: Some("Handwritten Person".to_owned()),
        username: Some("hwritten-77".to_owned()),
        ..user::Changes::default()
    };
    let made =
        user::create(gateway, &ctx, user::Create { account: slug(), known: known.clone() }).await.unwrap();
    let changed =
        user::Changes { display_name: Some("Handchanged Person".to_owned()), ..user::Changes::default() };
    user::update(gateway, &ctx, (&slug(), &user::Which::Id(made.id)), changed).await.unwrap();
    domain::add_guest(gateway, &ctx, &slug(), ("great.aunt@guests.example", "Relative of a pupil"))
        .await
        .unwrap();
    for guest in domain::list_guests(gateway, &ctx, &slug(), (None, 9)).await.unwrap() {
        secrets.seen(format!("{guest:?}"));
    }
    for session in admin::list(gateway, &ctx, &admin::Of::Account(slug())).await.unwrap() {
        secrets.seen(format!("{session:?}"));
    }
    site.own("district.example").await;
    secrets.seen(csv);
    let page = user::List { account: slug(), state: None, role: None, email: None, after: None, limit: 50 };
    for user in user::list(gateway, &ctx, &page).await.unwrap() {
        secrets.seen(format!("{user:?}"));
    }
    secrets.seen(format!("{known:?}"));
    for (what, value) in [
        ("address of one imported", "imported.child@pupils.example"),
        ("name of one imported", "Importunate"),
        ("address of one written down", "written.by.hand@staff.example"),
        ("name of one written down", "Handwritten Person"),
        ("name after a change", "Handchanged Person"),
        ("user name", "hwritten-77"),
        ("guest", "great.aunt@guests.example"),
        ("why a guest is let in", "Relative of a pupil"),
    ] {
        secrets.add(what, value);
    }
    data::rotate(gateway, &ctx, &slug()).await.unwrap();
    signing::rotate(gateway, &ctx, signing::Rotation::Planned).await.unwrap();
    site.insert_job("{\"number\":1}", 1).await;
}

/// Private keys, from where the program itself has them.
async fn private_keys(site: &Site, secrets: &mut Secrets) {
    let ids = site.folder.connect().await.texts("SELECT id FROM connections").await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let mut pems = Vec::new();
    for id in ids.into_iter().map(Option::unwrap) {
        let id = id.parse().unwrap();
        sp::rotate(&site.gateway, &ctx, id, false).await.unwrap();
        let mut tx = site.storage.read().await.unwrap();
        let account = connection::account_of(&mut tx, id).await.unwrap().unwrap();
        let keys = site.storage.keys(&mut tx, account).await.unwrap();
        let provider = connection::find(&mut tx, account, id).await.unwrap().unwrap().service_provider_id;
        for key in service_provider::list_keys(&mut tx, account, provider, &keys).await.unwrap() {
            pems.push(("key of a service provider", key.private.0.to_vec()));
        }
    }
    let mut tx = site.storage.read().await.unwrap();
    for key in signing_key::list(&mut tx).await.unwrap() {
        let pem = signing_key::find_private(&mut tx, &site.storage, &key.kid).await.unwrap().unwrap();
        pems.push(("key that signs tokens", pem.to_vec()));
    }
    assert!(pems.len() >= 10, "{}", pems.len());
    for (what, pem) in pems {
        let text = String::from_utf8(pem.clone()).unwrap();
        let line = text.lines().nth(2).unwrap_or_default();
        secrets.seen(&text);
        secrets.drawn(what, line);
        let der = openssl::pkey::PKey::private_key_from_pem(&pem).unwrap().private_key_to_der().unwrap();
        let private = match openssl::pkey::PKey::private_key_from_der(&der).unwrap() {
            key if key.rsa().is_ok() => key.rsa().unwrap().d().to_vec(),
            key => key.ec_key().unwrap().private_key().to_vec(),
        };
        secrets.drawn(&format!("{what}, raw"), &private[..24]);
    }
    secrets.drawn("the head of a private key", "PRIVATE KEY");
}

/// A link to Zoom by an app of either kind, used, and what its owner entered; it is told to nobody who asks for the link.
async fn zoom(site: &Site, secrets: &mut Secrets) {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (known, mut told) = (secrets.all.len(), String::new());
    let mut api = program(site, Some(ACCOUNT), "zoom:read").await;
    let mut owner = site.owner().await;
    let clock = gatepost::base::Clock::Manual(site.clock.clone());
    let stand_in = StandIn::new(standin::Settings::demo(clock, gatepost::base::Rng::seeded(7), 3));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = standin::router(stand_in.clone());
    tokio::spawn(async move { axum::serve(listener, service).await });
    let (account, app): (Slug, _) = (ACCOUNT.parse().unwrap(), stand_in.settings());
    for kind in [ZoomKind::ServerToServer, ZoomKind::General] {
        let input = link::Save {
            account: account.clone(),
            kind,
            cloud: ZoomCloud::Custom,
            bases: Some((base.clone(), base.clone())),
            capabilities: vec!["inventory".to_owned()],
            client_id: Some(app.client_id.clone()),
            client_secret: Some(app.client_secret.clone().into()),
            zoom_account: Some(app.account_id.clone()),
            secret_token: Some(app.secret_token.clone().into()),
        };
        link::save(&site.gateway, &ctx, input, |_| true).await.unwrap();
        if kind == ZoomKind::General {
            let begun = authorize::begin(&site.gateway, &ctx, &account).await.unwrap();
            let back = consent(&begun.url).await;
            let of = |name: &str| back.split(name).nth(1).unwrap().split('&').next().unwrap().to_owned();
            let (state, code) = (of("state="), of("code="));
            secrets.drawn("Zoom's code", &code);
            secrets.drawn("the state of an authorisation", &state);
            let back = authorize::Back { state, kept: Some(begun.kept) };
            let opened = authorize::open(&site.gateway, &ctx, &back).await.unwrap();
            authorize::finish(&site.gateway, &ctx, opened, Some(&code)).await.unwrap();
        }
        let tested = check::test(&site.gateway, &ctx, &account).await.unwrap();
        assert_eq!(tested.report.first_problem(), None);
        for path in ["link", "test", "guide"] {
            let answer = api.get(&format!("/api/v1/accounts/{ACCOUNT}/zoom/{path}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            told += &format!("{:?}{}", answer.headers, answer.body);
        }
        for path in ["zoom", "zoom/link"] {
            let page = owner.get(&format!("/console/at/{ACCOUNT}/{path}")).await;
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            told += &format!("{:?}{}", page.headers, page.body);
        }
    }
    secrets.drawn("Zoom's client secret", &app.client_secret);
    secrets.drawn("Zoom's secret token", &app.secret_token);
    let tokens = stand_in.tokens();
    assert!(tokens.len() >= 3, "of both kinds");
    for token in tokens {
        secrets.drawn("Zoom's token", &token);
    }
    let of_zoom = Secrets { all: secrets.all[known..].to_vec(), used: Vec::new() };
    assert_eq!(of_zoom.in_clear(told.as_bytes()), Vec::<&str>::new(), "in answers");
}

#[tokio::test]
async fn nothing_stands_in_clear() {
    let (logged, _guards) = Logged::everything();
    let mut secrets = Secrets::default();
    let person = Person { last_name: "Archer-Diaz-Unmistakable".to_owned(), ..alice() };
    // Signing in with an unproved address of a domain that is proved later is refused: people first.
    let site = Site::with(HTTPS, |inputs| {
        inputs.tokens = token::Settings { keeps_unverified_email: true, ..token::Settings::default() };
    })
    .await;
    sign_ins(&site, &person, &mut secrets).await;
    secrets.add("email", &person.email);
    secrets.add("name", &person.last_name);
    secrets.add("persistent NameID", &person.id);
    secrets.add("group", "Lincoln School");
    secrets.add("browser", "Firefox");
    administration(&site, &mut secrets).await;
    zoom(&site, &mut secrets).await;
    private_keys(&site, &mut secrets).await;
    let (key, raw_key) = site.folder.master_key();
    secrets.drawn("master key", &key);
    secrets.drawn("master key, raw", &raw_key);
    // Hashes that anybody could make of what is guessed easily.
    secrets.drawn("SHA-256 of the email", openssl::sha::sha256(person.email.to_lowercase().as_bytes()));
    secrets.drawn("SHA-256 of the NameID", openssl::sha::sha256(person.id.as_bytes()));

    let ctx = site.gateway.ctx(Actor::Job("sweep"));
    jobs::round(&site.gateway).await;
    login::flush_counts(&site.gateway, &ctx).await.unwrap();
    changes::poll(&site.gateway, &ctx).await.unwrap();
    sweep::sweep(&site.gateway, &ctx).await.unwrap();

    assert_eq!(secrets.unused(), Vec::<&str>::new(), "looked for, and never used");
    let mut tx = site.storage.read().await.unwrap();
    let kept = site
        .folder
        .connect()
        .await
        .texts("SELECT attempt_id || ' ' || account_id FROM attempt_messages")
        .await;
    assert!(kept.len() >= 3, "{kept:?}");
    for row in kept.into_iter().map(Option::unwrap) {
        let (id, account) = row.split_once(' ').unwrap();
        let account = account.parse().unwrap();
        let keys = site.storage.keys(&mut tx, account).await.unwrap();
        let found = stored_attempt::find_message(&mut tx, account, id.parse().unwrap(), &keys).await.unwrap();
        assert!(found.is_some(), "and it opens");
    }
    drop(tx);
    for table in
        ["domains", "guests", "jobs", "events", "signing_keys", "sp_keys", "sessions", "installation_events"]
    {
        let count = site.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert!(count > 0 || table == "installation_events", "{table} is part of it");
    }
    let everything = site.folder.dump().await;
    assert!(everything.len() > 50_000, "there is something to look at");
    assert_eq!(secrets.in_clear(&everything), Vec::<&str>::new(), "in the database");
    let told = logged.text();
    assert!(told.len() > 1000, "there is something to look at: {}", String::from_utf8_lossy(&told));
    assert_eq!(secrets.in_clear(&told), Vec::<&str>::new(), "in the log");

    // What leaks is found, in the database and in the log.
    let session = browser_cookie(&secrets);
    site.execute(&format!("UPDATE accounts SET name = '{} {session}'", person.email.to_uppercase())).await;
    let found = secrets.in_clear(&site.folder.dump().await).join(", ");
    assert!(found.contains("email") && found.contains("session"), "{found}");
    // The statement that was made to leak stands in the log itself.
    logged.0.lock().unwrap().clear();
    tracing::info!("{} came", person.last_name);
    assert_eq!(secrets.in_clear(&logged.text()), ["name"]);
}

fn browser_cookie(secrets: &Secrets) -> String {
    let cookie = secrets.all.iter().find(|(what, _)| what == "the cookie __Host-gatepost-session").unwrap();
    String::from_utf8(cookie.1.clone()).unwrap()
}
