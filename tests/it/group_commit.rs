//! Sign-ins that are committed together: what fails fails alone, and what was not committed was not used up.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use gatepost::directory::preset::Product;
use gatepost_saml::mint::Person;

use crate::browser::{Answer, Browser, From};
use crate::database::Fault;
use crate::site::{Idp, Site, alice};

/// Somebody on the way back from the identity provider.
#[derive(Clone)]
struct Returning {
    browser: Browser,
    path: String,
    message: String,
    relay_state: String,
}

impl Returning {
    async fn arrive(mut self) -> Answer {
        let form = [("SAMLResponse", self.message.as_str()), ("RelayState", self.relay_state.as_str())];
        self.browser.post(&self.path, &form, From::AnotherSite).await
    }
}

async fn returning(site: &Site, idp: &Idp, number: usize) -> Returning {
    let id = format!("pupil{number}");
    let person = Person { email: format!("{id}@district.example"), id, ..alice() };
    let mut browser = site.browser();
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &person, Some(&pending.request_id), |_| {});
    Returning { browser, path: idp.path("acs"), message, relay_state: pending.relay_state }
}

/// All of them at once; while the first is being written, the others gather.
async fn arrive_together(all: &[Returning]) -> Vec<Answer> {
    let tasks: Vec<_> = all.iter().map(|one| tokio::spawn(one.clone().arrive())).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

const WRITTEN: [&str; 6] = [
    "SELECT COUNT(*) FROM sessions",
    "SELECT COUNT(*) FROM replays",
    "SELECT COUNT(*) FROM consumed_requests",
    "SELECT COUNT(*) FROM users",
    "SELECT COUNT(*) FROM identities",
    "SELECT COUNT(*) FROM attempts",
];

async fn assert_written(site: &Site, count: i64) {
    for sql in WRITTEN {
        assert_eq!(site.count(sql).await, count, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_fails_is_answered_alone_and_burns_nothing() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let unlucky = 13;
    let before = returning(&site, &okta, unlucky).await;
    assert_eq!(before.arrive().await.status, StatusCode::SEE_OTHER);
    // The database refuses the next session of that one person.
    site.execute("CREATE TABLE unlucky AS SELECT id FROM users").await;
    let mut outside = site.folder.connect().await;
    outside.inject("sessions", "NEW.user_id IN (SELECT id FROM unlucky)", Fault::Refuse).await;
    let mut class = Vec::new();
    for number in 0..24 {
        class.push(returning(&site, &okta, number).await);
    }
    for (number, answer) in arrive_together(&class).await.iter().enumerate() {
        let wanted = if number == unlucky { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::SEE_OTHER };
        assert_eq!(answer.status, wanted, "{number}");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 24);
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 24);

    outside.mend("sessions").await;
    let answer = class.swap_remove(unlucky).arrive().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the same response once more");
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_fails_is_told_to_everybody_in_it_and_burns_nothing() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut class = Vec::new();
    for number in 0..24 {
        class.push(returning(&site, &okta, number).await);
    }
    // A reference that leads nowhere and is checked at the very end: every statement succeeds, the commit does not.
    site.execute("CREATE TABLE nowhere (id INTEGER PRIMARY KEY)").await;
    site.execute("CREATE TABLE injected (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)")
        .await;
    let mut outside = site.folder.connect().await;
    outside.inject("sessions", "TRUE", Fault::Run("INSERT INTO injected VALUES (1)")).await;
    for answer in arrive_together(&class).await {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers.contains_key(RETRY_AFTER));
        assert!(answer.set_cookies().iter().all(|cookie| !cookie.contains("gatepost-session=")));
    }
    assert_written(&site, 0).await;

    outside.mend("sessions").await;
    for answer in arrive_together(&class).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "the same response once more");
    }
    assert_written(&site, 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_shut_out_meanwhile_is_not_let_in() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let class = [returning(&site, &okta, 0).await, returning(&site, &okta, 1).await];
    arrive_together(&class).await;
    let again = [returning(&site, &okta, 0).await, returning(&site, &okta, 1).await];
    site.execute("UPDATE users SET state = 'disabled', version = version + 1").await;
    for answer in arrive_together(&again).await {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 2);
    site.execute("UPDATE users SET state = 'active', version = version + 1").await;
    for answer in arrive_together(&again).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "what was refused was not used up");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_of_one_assertion_keep_nobody_out() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut class = Vec::new();
    let first = returning(&site, &okta, 0).await;
    for _ in 0..150 {
        class.push(first.clone());
    }
    for number in 1..=24 {
        class.push(returning(&site, &okta, number).await);
    }
    let answers = arrive_together(&class).await;
    for answer in &answers[150..] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    // The copies are one person's in one browser: each leads into the one session.
    for answer in &answers[..150] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    for sql in &WRITTEN[..5] {
        assert_eq!(site.count(sql).await, 25, "{sql}");
    }
}
