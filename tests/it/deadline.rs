//! What will end: boards, mail before it does, calendars; accounts and the installation as those who run it see them.

use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::directory::preset::Product;
use gatepost::directory::state::DeadlineKind;
use gatepost::flow::api_key::{self, Create};
use gatepost::flow::deadline::{self, DeadlineView};
use gatepost::flow::{operator, user, webhook};
use gatepost::jobs;
use gatepost::outbound::mail::Mailer;
use serde_json::{Value, json};

use crate::becoming_owner::waiting;
use crate::browser::{Answer, Browser};
use crate::site::{ACCOUNT, HTTPS, Site, alice, ctx, slug};
use crate::whose_word::{change, email, mails, owner_now};

const DAY: i64 = 86_400;

async fn site() -> Site {
    Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await
}

impl Site {
    async fn api_key(&self, days: i64) -> gatepost::base::id::ApiKeyId {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        let scopes = "users:read".parse().unwrap();
        let input = Create { account: Some(slug()), name: "Nightly".to_owned(), scopes, days };
        api_key::create(&self.gateway, &ctx, input).await.unwrap().0.id
    }

    async fn board(&self) -> Vec<DeadlineView> {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        deadline::board(&self.gateway, &ctx, &slug()).await.unwrap()
    }

    async fn notices(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM deadline_notices").await
    }

    /// Mails that were asked for since the last sweep of jobs.
    async fn mails(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM jobs WHERE kind = 'mail'").await
    }
}

/// What a form of a page sends, with what it carries unseen.
async fn send(browser: &mut Browser, page: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    browser.fill((page, path), form).await
}

#[tokio::test]
async fn what_ends_is_told_once_for_each_of_four_days() {
    let site = site().await;
    site.connect(Product::Okta).await;
    let mut owner = site.owner().await;
    let page = "/console/at/lincoln/deadlines";
    let set = send(&mut owner, page, &format!("{page}/contact"), &[("email", " it@school.example ")]).await;
    assert_eq!(set.location(), Some(page));
    assert!(owner.get(page).await.body.contains("value=\"it@school.example\""));
    let bad = send(&mut owner, page, &format!("{page}/contact"), &[("email", "nobody")]).await;
    assert_eq!(bad.status, 400);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'account.contact_changed'").await, 1);
    let key = site.api_key(40).await;
    let found = site.board().await;
    let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
    for kind in [DeadlineKind::ApiKey, DeadlineKind::IdpCertificate, DeadlineKind::SpCertificate] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let ours = found.iter().find(|found| found.kind == DeadlineKind::ApiKey).unwrap();
    assert_eq!((ours.thing.clone(), ours.name.as_str()), (key.to_string(), "Nightly"));
    jobs::round(&site.gateway).await;
    assert_eq!(site.notices().await, 0, "too early");

    for (days, told) in [(11, 1), (1, 0), (14, 1), (8, 1), (5, 1), (0, 0)] {
        let before = site.notices().await;
        site.clock.advance(days * DAY + 3700 * i64::from(days == 0));
        jobs::round(&site.gateway).await;
        assert_eq!(site.notices().await - before, told, "after {days} days more");
    }
    assert_eq!(site.mails().await, 2, "the last one: to the owner and to the contact");
    // Who comes late is told once; what is revoked, never.
    let late = site.api_key(5).await;
    let before = site.notices().await;
    site.clock.advance(3700);
    jobs::round(&site.gateway).await;
    assert_eq!(site.notices().await, before + 1);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    api_key::revoke(&site.gateway, &ctx, late).await.unwrap();
    site.clock.advance(4 * DAY);
    jobs::round(&site.gateway).await;
    let of_it = format!("SELECT COUNT(*) FROM deadline_notices WHERE notice_key LIKE '%{late}%'");
    assert_eq!(site.count(&of_it).await, 1, "not the last day's");
    assert!(site.board().await.iter().all(|found| found.kind != DeadlineKind::ApiKey));
}

#[tokio::test]
async fn an_owner_is_told_where_an_identity_provider_says_what_somebody_entered_and_may() {
    let site = site().await;
    let google = site.connect(Product::Google).await;
    site.own("district.example").await;
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    let input = user::Create { account: slug(), known: email(&alice().email) };
    let head = user::create(&site.gateway, &site.key("users:write").await, input).await.unwrap().id;
    assert_eq!(site.browser().sign_in(&site, &google, &alice()).await.location(), Some("/me"));
    change(&site, &ctx(&site), head, owner_now()).await.unwrap();
    for (domains, told) in [(json!([]), 0), (json!(["district.example"]), 1)] {
        site.set(&google, |settings| settings["email_domains"] = domains).await;
        site.api_key(5).await;
        let before = site.notices().await;
        site.clock.advance(3700);
        jobs::round(&site.gateway).await;
        assert!(site.notices().await > before, "there was something to tell");
        assert_eq!(site.mails().await, told);
    }
}

/// What an identity provider says unverified of somebody who was invited elsewhere is no place to write to.
#[tokio::test]
async fn an_owner_hears_of_ends_where_they_hear_of_all_else() {
    const INVITED: &str = "head@lincoln.example";
    let site = site().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let id = site.only().await.id;
    let raise = user::Changes { role: Some(Role::Owner), ..email(INVITED) };
    change(&site, &ctx(&site), id, raise).await.unwrap();
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(site.only().await.profile.email, Some(alice().email));
    site.api_key(5).await;
    mails(&site).await;
    let as_job = site.gateway.ctx(Actor::Job("deadlines"));
    deadline::notice::run(&site.gateway, &as_job).await.unwrap();
    assert_eq!(waiting(&site).await["to"], INVITED);
    assert_eq!(mails(&site).await, 1);
}

#[tokio::test]
async fn a_certificate_that_several_connections_have_ends_for_each_of_them() {
    let site = site().await;
    site.connect(Product::Okta).await;
    site.connect(Product::Canvas).await;
    let mut owner = site.owner().await;
    let page = "/console/at/lincoln/deadlines";
    let made = send(&mut owner, page, &format!("{page}/calendars"), &[]).await;
    let path = format!("/deadlines/{}", made.between("https://sso.example.test/deadlines/", "<"));
    let theirs = async || {
        let mut found = site.board().await;
        found.retain(|found| found.kind == DeadlineKind::IdpCertificate);
        found
    };
    let found = theirs().await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].ends_at, found[1].ends_at, "one certificate");
    site.clock.advance(found[0].ends_at.seconds_since(site.clock.now()) - 5 * DAY);
    jobs::round(&site.gateway).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (mut all, _) = deadline::board_of_all(&site.gateway, &ctx, None).await.unwrap();
    all.retain(|found| found.kind == DeadlineKind::IdpCertificate);
    let connections = |of: &[DeadlineView]| {
        let mut ids: Vec<_> = of.iter().map(|found| found.connection.as_ref().unwrap().0).collect();
        ids.sort();
        ids
    };
    assert_eq!(connections(&all), connections(&theirs().await), "on both boards");
    let told = "SELECT COUNT(*) FROM deadline_notices WHERE notice_key LIKE 'idp_certificate/%'";
    assert_eq!(site.count(told).await, 2, "of both");
    let calendar = site.browser().get(&path).await.body.replace("\r\n ", "");
    let uids: Vec<_> = calendar.lines().filter(|line| line.starts_with("UID:idp_certificate-")).collect();
    assert_eq!(uids.len(), 2, "{calendar}");
    assert_ne!(uids[0], uids[1]);
}

/// A mail that nobody can be written is one thing, a program that listens another: each counts by itself.
#[tokio::test]
async fn a_webhook_is_told_of_a_certificate_that_ends_once_for_each_of_four_days() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let found = site.board().await;
    let ends_at = found.iter().find(|found| found.kind == DeadlineKind::IdpCertificate).unwrap().ends_at;
    let input = webhook::Create {
        account: slug(),
        url: "http://127.0.0.1:9/nobody".to_owned(),
        name: String::new(),
        types: "certificate.ending".parse().unwrap(),
    };
    let hook = webhook::create(&site.gateway, &ctx(&site), input).await.unwrap().0.id;
    let told = async || {
        let all = webhook::deliveries(&site.gateway, &ctx(&site), hook, (None, 50)).await.unwrap();
        let mut bodies = Vec::new();
        for one in all {
            let detail = webhook::delivery(&site.gateway, &ctx(&site), (hook, one.id)).await.unwrap();
            bodies.push(serde_json::from_str::<Value>(&detail.body).unwrap());
        }
        bodies
    };
    for (before, number) in [(31, 0), (30, 1), (29, 1), (14, 2), (10, 2), (7, 3), (1, 4), (0, 4)] {
        site.clock.set(ends_at.plus_seconds(-before * DAY));
        for _ in 0..2 {
            let as_job = site.gateway.ctx(Actor::Job("deadlines"));
            deadline::notice::run(&site.gateway, &as_job).await.unwrap();
        }
        assert_eq!(told().await.len(), number, "{before} days before");
    }
    let told = told().await;
    assert_eq!(
        told.iter().map(|told| told["data"]["days"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1, 7, 14, 30]
    );
    let key = site.text("SELECT spki_sha256 FROM idp_keys").await.unwrap();
    let id = okta.connection.id.to_string();
    for told in &told {
        assert_eq!(told["type"], "certificate.ending");
        let data = &told["data"];
        assert_eq!((&data["connection"], &data["spki_sha256"]), (&json!(id), &json!(key)), "{told}");
        assert_eq!(data["ends_at"], ends_at.to_string());
    }
    let mailed = "SELECT COUNT(*) FROM deadline_notices WHERE notice_key LIKE 'idp_certificate/%'";
    assert_eq!(site.count(mailed).await, 0, "nobody was written to");
}

#[tokio::test]
async fn keys_of_the_installation_end_on_the_board_of_those_who_run_it() {
    let site = site().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let scopes = "accounts:read".parse().unwrap();
    let input = Create { account: None, name: "Provisioning".to_owned(), scopes, days: 5 };
    let key = api_key::create(&site.gateway, &ctx, input).await.unwrap().0.id;
    let found = async || {
        let (all, _) = deadline::board_of_all(&site.gateway, &ctx, None).await.unwrap();
        all.into_iter().find(|found| found.thing == key.to_string())
    };
    let on_board = found().await.unwrap();
    assert_eq!((on_board.kind, on_board.name.as_str()), (DeadlineKind::ApiKey, "Provisioning"));
    assert_eq!(on_board.account, None);
    assert!(site.operator().await.get("/console/deadlines").await.body.contains("Provisioning"));
    assert!(site.board().await.is_empty(), "no account's");
    api_key::revoke(&site.gateway, &ctx, key).await.unwrap();
    assert_eq!(found().await, None);
}

#[tokio::test]
async fn without_mail_nothing_counts_as_told() {
    let site = Site::https().await;
    site.owner().await;
    site.api_key(5).await;
    jobs::round(&site.gateway).await;
    assert_eq!(site.notices().await, 0);
    assert_eq!(
        site.count("SELECT COUNT(*) FROM deadlines WHERE kind = 'api_key'").await,
        1,
        "on the board it is"
    );
}

#[tokio::test]
async fn a_calendar_is_read_by_whoever_has_its_address_until_it_is_taken_back() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    site.api_key(20).await;
    jobs::round(&site.gateway).await;
    let mut owner = site.owner().await;
    let page = "/console/at/lincoln/deadlines";
    let made = send(&mut owner, page, &format!("{page}/calendars"), &[]).await;
    let address = made.between("https://sso.example.test/deadlines/", "<").to_owned();
    let path = format!("/deadlines/{address}");
    assert!(address.strip_suffix(".ics").is_some_and(|rest| rest.len() > 36), "{address}");
    let mut program = site.browser();
    let read = program.get(&path).await;
    assert_eq!(
        (read.status.as_u16(), read.header("content-type")),
        (200, Some("text/calendar; charset=utf-8"))
    );
    assert!(
        read.body.contains("SUMMARY:API key\\, Nightly") && read.body.contains("Lincoln Unified"),
        "{}",
        read.body
    );
    assert!(!owner.get(page).await.body.contains(&address), "it is shown once");
    let token = address.trim_end_matches(".ics");
    assert_eq!(site.count(&format!("SELECT COUNT(*) FROM deadline_feeds WHERE id = '{token}'")).await, 0);
    assert_eq!(program.get("/deadlines/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics").await.status, 404);
    assert_eq!(program.get("/deadlines/x").await.status, 404);
    let id = site.text("SELECT id FROM deadline_feeds").await.unwrap();
    let revoked = send(&mut owner, page, &format!("{page}/calendars/{id}/revoke"), &[]).await;
    assert_eq!(revoked.location(), Some(page));
    assert_eq!(program.get(&path).await.status, 404);

    // Of all accounts, while whoever made it runs the installation.
    let mut operator = site.operator().await;
    let made = send(&mut operator, "/console/deadlines", "/console/deadlines/calendars", &[]).await;
    let path = format!("/deadlines/{}", made.between("https://sso.example.test/deadlines/", "<"));
    let read = program.get(&path).await;
    assert!(read.body.contains("Nightly\\, Lincoln Unified"), "{}", read.body);
    assert!(read.body.replace("\r\n ", "").contains("/console/at/lincoln/deadlines"), "{}", read.body);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let id = operator::list(&site.gateway, &ctx).await.unwrap()[0].id;
    site.operator().await;
    operator::remove(&site.gateway, &ctx, id).await.unwrap();
    assert_eq!(program.get(&path).await.status, 404, "who is shut out left no eyes behind");
}

#[tokio::test]
async fn accounts_are_looked_up_renamed_and_suspended_with_a_reason() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    for number in 0..60 {
        site.make_account(&format!("a{number:02}"), &format!("School {number} 100%")).await;
    }
    let mut operator = site.operator().await;
    let page = operator.get("/console/accounts").await;
    assert!(page.body.contains("School 0 ") && !page.body.contains("School 55 "), "a page is not all");
    let more = page.between("/console/accounts?q=&#38;", "\"").to_owned();
    let more = operator.get(&format!("/console/accounts?{more}")).await;
    assert!(
        more.body.contains("School 55 ") && more.body.contains("Lincoln") && !more.body.contains("School 0 ")
    );
    site.make_account("zz", "Ämter für Bildung").await;
    for (query, lincoln, first, last) in [
        ("LINCOLN", true, false, false),
        ("unified", true, false, false),
        ("lin%25", false, false, false),
        ("100%25", false, true, false),
        ("_", false, false, false),
        // Letters beyond ASCII are found as they are written.
        ("%C3%84mter", false, false, true),
        ("%C3%84MTER", false, false, true),
    ] {
        let page = operator.get(&format!("/console/accounts?q={query}")).await;
        let has = |name: &str| page.body.contains(name);
        let found = (has("Lincoln Unified"), has("School 0 "), has("mter für Bildung"));
        assert_eq!(found, (lincoln, first, last), "{query}");
        assert_eq!(has("No sign-in in use"), first || last, "{query}");
    }
    let page = "/console/accounts/lincoln";
    let seen = operator.get(page).await;
    assert!(seen.body.contains("Okta") && seen.body.contains("in use"), "{}", seen.body);
    let silent = send(&mut operator, page, &format!("{page}/state"), &[("state", "disabled")]).await;
    assert_eq!(silent.status, 400);
    let form = [("state", "disabled"), ("reason", "unpaid <since> May")];
    assert_eq!(send(&mut operator, page, &format!("{page}/state"), &form).await.location(), Some(page));
    let seen = operator.get(page).await;
    assert!(seen.body.contains("Suspended. Because: unpaid &#60;since&#62; May"), "{}", seen.body);
    assert_eq!(site.browser().get("/signin/lincoln").await.status, 404);
    let form = [("state", "active"), ("reason", "paid")];
    send(&mut operator, page, &format!("{page}/state"), &form).await;
    let form = [("name", "Lincoln High"), ("slug", "lincoln-high"), ("external_id", "cust-7")];
    let renamed = send(&mut operator, page, &format!("{page}/update"), &form).await;
    assert_eq!(renamed.location(), Some("/console/accounts/lincoln-high"));
    assert!(operator.get("/console/accounts?q=cust-7").await.body.contains("Lincoln High"));
    let told = operator.get("/console/at/lincoln-high/events?action=account.updated").await;
    assert!(
        told.body.contains("unpaid &#60;since&#62; May") && told.body.contains("<ins>Lincoln High</ins>"),
        "{}",
        told.body
    );
    let events = "SELECT COUNT(*) FROM events WHERE action = 'account.looked_at'";
    let before = site.count(events).await;
    operator.get("/console/accounts/lincoln-high").await;
    assert_eq!(site.count(events).await, before + 1, "every look is an event");
}

#[tokio::test]
async fn jobs_that_were_given_up_are_seen_and_tried_again() {
    let site = Site::https().await;
    let mut operator = site.operator().await;
    // The tests' PostgreSQL does not wait for the disk, and is told off for it.
    let is_good = operator.get("/console/health").await.body.contains("All is as it should be.");
    assert_eq!(is_good, !site.folder.is_postgres());
    site.insert_job("{}", 1).await;
    site.execute("UPDATE jobs SET state = 'dead', problem = 'it <broke>'").await;
    let id = site.text("SELECT id FROM jobs WHERE state = 'dead'").await.unwrap();
    let page = operator.get("/console/health").await;
    assert!(
        page.body.contains("it &#60;broke&#62;") && !page.body.contains("All is as it should be."),
        "{}",
        page.body
    );
    let path = format!("/console/health/jobs/{id}/retry");
    assert_eq!(send(&mut operator, "/console/health", &path, &[]).await.location(), Some("/console/health"));
    assert_eq!(site.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await, 0);
}

#[tokio::test]
async fn an_account_that_cannot_be_looked_at_keeps_no_other_from_being_told() {
    let site = site().await;
    site.owner().await;
    site.make_account("aaaa", "Broken").await;
    for account in [ACCOUNT, "aaaa"] {
        let ctx = site.gateway.ctx(Actor::CommandLine);
        let scopes = "users:read".parse().unwrap();
        let account = Some(account.parse().unwrap());
        let input = Create { account, name: "Nightly".to_owned(), scopes, days: 5 };
        api_key::create(&site.gateway, &ctx, input).await.unwrap();
    }
    // Whichever of them comes first: the other is told.
    for (broken, whole) in [("aaaa", ACCOUNT), (ACCOUNT, "aaaa")] {
        site.execute("DELETE FROM deadline_notices; DELETE FROM account_contacts").await;
        let blob = site.blob(b"nothing that opens");
        site.execute(&format!(
            "INSERT INTO account_contacts (account_id, email_sealed, updated_at)
            SELECT id, {blob}, 0 FROM accounts WHERE slug = '{broken}'"
        ))
        .await;
        let ctx = site.gateway.ctx(Actor::Job("deadlines"));
        let told = deadline::notice::run(&site.gateway, &ctx).await;
        assert!(told.is_err(), "and that it could not be is known: {told:?}");
        let of = "SELECT slug FROM accounts a JOIN deadline_notices n ON n.account_id = a.id";
        assert_eq!(site.text(of).await.as_deref(), Some(whole));
    }
}
