//! Mail by SMTP: what arrives at a server, and what becomes of it while the server refuses it or is not there.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::directory::state::JobState;
use gatepost::flow::job::{self, JobView};
use gatepost::flow::{owner, setup_link};
use gatepost::jobs;
use gatepost::outbound::mail::Mailer;
use gatepost_saml::mint::keys::IDP_RSA_NEXT;
use gatepost_saml::trust::read_certificate;
use secrecy::ExposeSecret;

use crate::browser::From;
use crate::site::{HTTPS, Site, ctx, slug};

const FROM: &str = "Gatepost <sso@platform.example>";
const OTTO: &str = "otto@lincoln.example";
const MAILS: &str = "SELECT COUNT(*) FROM mails";

/// A mail server on this machine, without TLS as there it may be.
#[derive(Clone)]
struct Server {
    port: u16,
    /// What came: the lines of each letter, taken or not.
    came: Arc<Mutex<Vec<Vec<String>>>>,
    /// The word that it refuses, and in which words; `.` is the end of a letter.
    refuses: Arc<Mutex<Option<(&'static str, &'static str)>>>,
}

impl Server {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, came: Arc::default(), refuses: Arc::default() };
        let own = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let server = own.clone();
                thread::spawn(move || server.talk(&stream.unwrap()));
            }
        });
        server
    }

    fn mailer(&self) -> Mailer {
        Mailer::smtp(&format!("smtp://127.0.0.1:{}", self.port), FROM).unwrap()
    }

    fn refuse(&self, what: Option<(&'static str, &'static str)>) {
        *self.refuses.lock().unwrap() = what;
    }

    /// What it says to `word`; `well` unless it refuses that.
    fn answer(&self, word: &str, well: &'static str) -> &'static str {
        let refuses = *self.refuses.lock().unwrap();
        refuses.filter(|(refused, _)| *refused == word).map_or(well, |(_, answer)| answer)
    }

    /// One conversation, until the other end has said all.
    fn talk(&self, stream: &TcpStream) {
        let mut out = stream;
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let mut say = |words: &str| drop(out.write_all(format!("{words}\r\n").as_bytes()));
        say("220 mail.example");
        while let Some(line) = lines.next() {
            let word = line.split([' ', ':']).next().unwrap().to_uppercase();
            let answer = self.answer(&word, if word == "DATA" { "354 Go on" } else { "250 mail.example" });
            say(answer);
            if answer.starts_with("354") {
                let letter: Vec<_> = lines.by_ref().take_while(|line| line != ".").collect();
                self.came.lock().unwrap().push(letter);
                say(self.answer(".", "250 Taken"));
            }
        }
    }

    /// The letters that came since one asked last.
    fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.came.lock().unwrap()).into_iter().map(Letter).collect()
    }
}

/// A letter, by its lines.
#[derive(Debug)]
struct Letter(Vec<String>);

impl Letter {
    fn head(&self, name: &str) -> &str {
        let lines = self.0.iter().take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.split_once(": ")).find(|(head, _)| *head == name).unwrap().1
    }

    /// The text; it may have been made to fit narrow lines.
    fn text(&self) -> String {
        let lines: Vec<_> = self.0.iter().skip_while(|line| !line.is_empty()).map(String::as_str).collect();
        lines.join("\n").replace("=\n", "").replace("=3D", "=")
    }

    /// The path of the link in it.
    fn link(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(HTTPS).unwrap_or_else(|| panic!("{text}"));
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

async fn waiting(site: &Site) -> Vec<JobView> {
    job::list(&site.gateway, &ctx(site), JobState::Waiting).await.unwrap()
}

#[tokio::test]
async fn whoever_is_invited_gets_the_link_by_mail() {
    let server = Server::listen();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = server.mailer()).await;
    let made = owner::invite(&site.gateway, &ctx(&site), &slug(), (OTTO, Some("Otto"))).await.unwrap();
    assert!(server.take().is_empty(), "a job sends it");
    jobs::round(&site.gateway).await;
    let [letter] = <[_; 1]>::try_from(server.take()).unwrap();
    assert_eq!(letter.head("To"), OTTO);
    assert!(letter.head("From").contains("<sso@platform.example>"), "{}", letter.head("From"));
    assert_eq!(letter.head("Subject"), "You are invited to manage sign-in for Lincoln Unified");
    assert!(letter.head("Message-ID").ends_with("@platform.example>"), "{}", letter.head("Message-ID"));
    assert!(letter.head("Date").contains("2026"), "{}", letter.head("Date"));
    assert!(letter.text().contains("within 7 days"), "{}", letter.text());
    assert_eq!(format!("{HTTPS}{}", letter.link()), made.url.expose_secret());
    let mut browser = site.browser();
    assert_eq!(browser.post(&letter.link(), &[], From::ThisSite).await.location(), Some("/console"));
    // Once, and nothing of it stays.
    site.clock.advance(3600);
    jobs::round(&site.gateway).await;
    assert!(server.take().is_empty());
    assert_eq!((site.count(MAILS).await, waiting(&site).await.len()), (0, 0));
}

#[tokio::test]
async fn a_setup_link_goes_to_whom_it_is_for() {
    let server = Server::listen();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = server.mailer()).await;
    let mut owner = site.owner().await;
    jobs::round(&site.gateway).await;
    server.take();
    let links = "/console/at/lincoln/setup-links";
    let page = owner.get(links).await;
    assert!(page.body.contains("name=\"email\""), "{}", page.body);
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    let form = |email| [("token", token.as_str()), ("scope", "sso"), ("days", "3"), ("email", email)];
    let wrong = owner.post(links, &form("otto"), From::ThisSite).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.body);
    assert!(wrong.body.contains("id=\"email-problem\""), "{}", wrong.body);
    let made = owner.post(links, &form(OTTO), From::ThisSite).await;
    assert!(made.body.contains(&format!("It is on its way to {OTTO}, too.")), "{}", made.body);
    jobs::round(&site.gateway).await;
    let [letter] = <[_; 1]>::try_from(server.take()).unwrap();
    assert_eq!((letter.head("To"), letter.head("Subject")), (OTTO, "Set up sign-in for Lincoln Unified"));
    assert!(letter.text().contains("for 3 days"), "{}", letter.text());
    assert!(made.body.contains(&format!("{HTTPS}{}", letter.link())), "{}", made.body);
    let mut visitor = site.browser();
    assert_eq!(visitor.get(&letter.link()).await.status, StatusCode::OK);
    assert_eq!(visitor.post(&letter.link(), &[], From::ThisSite).await.location(), Some("/setup"));
    let listed = owner.get(links).await;
    assert!(listed.body.contains(OTTO), "{}", listed.body);

    // The mail server is the operator's: nobody writes to the world by it, taking back what was sent.
    site.execute("UPDATE links SET finished_at = created_at WHERE kind = 'setup'").await;
    for _ in 0..99 {
        assert_eq!(owner.post(links, &form(""), From::ThisSite).await.status, StatusCode::OK);
        site.execute("UPDATE links SET finished_at = created_at WHERE kind = 'setup'").await;
    }
    let refused = owner.post(links, &form(OTTO), From::ThisSite).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    assert!(
        refused.body.contains("until the first of them is a day old, none is mailed"),
        "{}",
        refused.body
    );
    assert_eq!(owner.post(links, &form(""), From::ThisSite).await.status, StatusCode::OK);
    site.clock.advance(86_401);
    jobs::round(&site.gateway).await;
    assert!(server.take().is_empty());
}

/// Nobody waits for a mail that does not come.
#[tokio::test]
async fn without_a_mail_server_no_setup_link_is_made_to_be_sent() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::None).await;
    let input = setup_link::Create {
        account: slug(),
        scopes: "sso".parse().unwrap(),
        name: String::new(),
        email: Some(OTTO.to_owned()),
        days: 3,
        connection: None,
        return_to: None,
    };
    let refused = setup_link::create(&site.gateway, &ctx(&site), input).await.unwrap_err();
    assert!(refused.to_string().contains("no mail is sent from here"), "{refused}");
    assert_eq!(site.count("SELECT COUNT(*) FROM links").await, 0);
    let mut owner = site.owner().await;
    let page = owner.get("/console/at/lincoln/setup-links").await;
    assert!(!page.body.contains("name=\"email\""), "{}", page.body);
}

/// What stands in a certificate was written by whoever made it.
#[tokio::test]
async fn a_certificate_that_waits_is_told_by_its_fingerprint_alone() {
    let server = Server::listen();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = server.mailer()).await;
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug(), (OTTO, None)).await.unwrap();
    let path = invited.url.expose_secret().strip_prefix(HTTPS).unwrap();
    assert_eq!(site.browser().post(path, &[], From::ThisSite).await.status, StatusCode::SEE_OTHER);
    let okta = site.connect(Product::Okta).await;
    jobs::round(&site.gateway).await;
    server.take();
    crate::notices::signed_by_a_stranger(&site, &okta, &IDP_RSA_NEXT).await;
    jobs::round(&site.gateway).await;
    let is_it = |letter: &Letter| letter.head("Subject") == "A certificate waits for your word";
    let letter = server.take().into_iter().find(is_it).unwrap();
    let read = read_certificate(IDP_RSA_NEXT.certificate_pem.as_bytes()).unwrap();
    let certificate = read.key.certificate();
    let text = letter.text();
    assert!(text.contains(&certificate.sha256), "{text}");
    let (_, name) = certificate.subject.split_once("CN=").unwrap();
    let name = name.split(',').next().unwrap();
    assert!(!name.is_empty() && !text.contains(name), "{name}: {text}");
}

#[tokio::test]
async fn a_link_by_mail_is_good_for_a_quarter_of_an_hour() {
    let server = Server::listen();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = server.mailer()).await;
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug(), (OTTO, None)).await.unwrap();
    let path = invited.url.expose_secret().strip_prefix(HTTPS).unwrap();
    assert_eq!(site.browser().post(path, &[], From::ThisSite).await.status, StatusCode::SEE_OTHER);
    for (seconds, is_good) in [(899, true), (900, false)] {
        jobs::round(&site.gateway).await;
        server.take();
        let anonymous = site.gateway.ctx(Actor::Anonymous);
        owner::ask_by_mail(&site.gateway, &anonymous, &slug(), OTTO).await.unwrap();
        jobs::round(&site.gateway).await;
        let [letter] = <[_; 1]>::try_from(server.take()).unwrap();
        assert_eq!(letter.head("To"), OTTO);
        assert_eq!(letter.head("Subject"), "Your sign-in link for Lincoln Unified");
        site.clock.advance(seconds);
        let mut browser = site.browser();
        let looked = browser.get(&letter.link()).await;
        assert_eq!(looked.status.is_success(), is_good, "{seconds}: {}", looked.body);
        let entered = browser.post(&letter.link(), &[], From::ThisSite).await;
        let expected = if is_good { StatusCode::SEE_OTHER } else { StatusCode::NOT_FOUND };
        assert_eq!(entered.status, expected, "{seconds}: {}", entered.body);
    }
}

#[tokio::test]
async fn what_a_server_does_not_take_is_told_and_sent_again() {
    let server = Server::listen();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = server.mailer()).await;
    owner::invite(&site.gateway, &ctx(&site), &slug(), (OTTO, None)).await.unwrap();
    let refusals = [
        ("MAIL", "451 Later", "451"),
        ("RCPT", "550 otto@lincoln.example has no mailbox here", "550"),
        (".", "452 No room", "452"),
    ];
    for (tries, (word, answer, told)) in (1..).zip(refusals) {
        server.refuse(Some((word, answer)));
        jobs::round(&site.gateway).await;
        let [job] = <[_; 1]>::try_from(waiting(&site).await).unwrap();
        let problem = job.problem.unwrap_or_default();
        assert_eq!((job.tries, problem.contains(told)), (tries, true), "{problem}");
        assert!(!problem.contains("otto"), "jobs are shown to whoever runs this: {problem}");
        assert_eq!(site.count(MAILS).await, 1, "it is kept");
        jobs::round(&site.gateway).await;
        assert_eq!(waiting(&site).await[0].tries, tries, "not at once again");
        site.clock.set(job.run_at);
    }
    // What was refused at its end had come: a server that kept it nevertheless knows it by its name.
    let [refused] = <[_; 1]>::try_from(server.take()).unwrap();
    server.refuse(None);
    jobs::round(&site.gateway).await;
    let [taken] = <[_; 1]>::try_from(server.take()).unwrap();
    assert_eq!(taken.head("Message-ID"), refused.head("Message-ID"));
    assert_eq!((site.count(MAILS).await, waiting(&site).await.len()), (0, 0));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_asked_again() {
    let server = Server::listen();
    // Nobody listens at the port for what is thrown away.
    let nobody = Mailer::smtp("smtp://127.0.0.1:9", FROM).unwrap();
    let site = Site::with(HTTPS, |inputs| inputs.mailer = nobody).await;
    owner::invite(&site.gateway, &ctx(&site), &slug(), (OTTO, None)).await.unwrap();
    jobs::round(&site.gateway).await;
    let [job] = <[_; 1]>::try_from(waiting(&site).await).unwrap();
    let problem = job.problem.unwrap_or_default();
    assert!(problem.contains("it cannot be reached"), "{problem}");
    assert_eq!((job.tries, site.count(MAILS).await), (1, 1));
    // As after a start with other settings.
    let mut inputs = site.inputs.clone();
    inputs.mailer = server.mailer();
    let mended = gatepost::flow::Gateway::new(site.storage.clone(), inputs);
    site.clock.set(job.run_at);
    jobs::round(&mended).await;
    assert_eq!((server.take().len(), site.count(MAILS).await), (1, 0));
}
