//! Proofs of domains in DNS: a name server of our own on loopback, by UDP and TCP.

mod visitors;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepost::base::Actor;
use gatepost::directory::domain::DomainName;
use gatepost::directory::domain_proof::Txt;
use gatepost::directory::state::{DomainSight, DomainState};
use gatepost::flow::FlowError;
use gatepost::flow::domain::check::{self, Checked, GRACE_DAYS, LOOKS_AN_HOUR, LOOKS_OF_ALL_AN_HOUR};
use gatepost::flow::domain::{self, Add, DomainView};
use gatepost::jobs;
use gatepost::outbound::dns::Dns;
use gatepost::outbound::mail::Mailer;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use crate::api::done;
use crate::browser::From;
use crate::events::token_of;
use crate::secrets::Logged;
use crate::site::{ACCOUNT, HTTPS, Site};

const DISTRICT: &str = "district.example";
const HERE: &str = "_gatepost-challenge.district.example";
const DAY: i64 = 86_400;

/// What the name server says of a name.
#[derive(Clone)]
enum Says {
    Txt(Vec<String>),
    Nothing,
    Fails,
    Silence,
    /// By UDP, that the answer is too long for it.
    Long(Vec<String>),
    Alias(&'static str, Vec<String>),
}

/// A name server that knows a few names; all others it says there are not.
#[derive(Clone, Default)]
struct Server {
    names: Arc<Mutex<BTreeMap<String, Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> (Self, SocketAddr) {
        let server = Self::default();
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let by_udp = server.clone();
        tokio::spawn(async move {
            let mut query = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut query).await {
                if let Some(answer) = by_udp.answer(&query[..length], false) {
                    udp.send_to(&answer, from).await.unwrap();
                }
            }
        });
        let by_tcp = server.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let server = by_tcp.clone();
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut query = vec![0; usize::from(length)];
                        stream.read_exact(&mut query).await.unwrap();
                        let Some(answer) = server.answer(&query, true) else { return };
                        stream.write_u16(u16::try_from(answer.len()).unwrap()).await.unwrap();
                        stream.write_all(&answer).await.unwrap();
                    }
                });
            }
        });
        (server, address)
    }

    fn set(&self, name: &str, says: Says) {
        self.names.lock().unwrap().insert(name.to_owned(), says);
    }

    fn forget(&self, name: &str) {
        self.names.lock().unwrap().remove(name);
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// RFC 1035, 4.1: the head, the question as it came, and what there is to say.
    fn answer(&self, query: &[u8], is_tcp: bool) -> Option<Vec<u8>> {
        let mut at = 12;
        let mut labels = Vec::new();
        while query[at] != 0 {
            let length = usize::from(query[at]);
            labels.push(String::from_utf8(query[at + 1..=at + length].to_vec()).unwrap());
            at += length + 1;
        }
        let question = &query[12..at + 5];
        assert_eq!(question[question.len() - 4..], [0, 16, 0, 1], "TXT of the Internet");
        let name = labels.join(".").to_lowercase();
        self.asked.lock().unwrap().push(name.clone());
        let says = self.names.lock().unwrap().get(&name).cloned();
        let (flags, records) = match says {
            Some(Says::Silence) => return None,
            Some(Says::Fails) => (0x8182_u16, vec![]),
            None => (0x8183, vec![]),
            Some(Says::Nothing) => (0x8180, vec![]),
            Some(Says::Long(_)) if !is_tcp => (0x8380, vec![]),
            Some(Says::Txt(values) | Says::Long(values)) => {
                (0x8180, values.iter().map(|value| txt(&[0xc0, 12], value)).collect())
            }
            Some(Says::Alias(target, values)) => {
                let target = encoded(target);
                let mut alias = record(&[0xc0, 12], 5, &target);
                for value in &values {
                    alias.extend(txt(&target, value));
                }
                let count = values.len();
                (0x8180, std::iter::once(alias).chain((0..count).map(|_| Vec::new())).collect())
            }
        };
        let mut answer = query[..2].to_vec();
        answer.extend(flags.to_be_bytes());
        let count = u16::try_from(records.len()).unwrap();
        for number in [1, count, 0, 0] {
            answer.extend(number.to_be_bytes());
        }
        answer.extend(question);
        for record in &records {
            answer.extend(record);
        }
        Some(answer)
    }
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes
}

/// A text is strings of 255 bytes at the most.
fn txt(owner: &[u8], value: &str) -> Vec<u8> {
    let mut data = Vec::new();
    for chunk in value.as_bytes().chunks(255) {
        data.push(u8::try_from(chunk.len()).unwrap());
        data.extend(chunk);
    }
    record(owner, 16, &data)
}

fn values(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn patient(address: SocketAddr) -> Dns {
    Dns::new(&[address]).patient(Duration::from_millis(150))
}

async fn site() -> (Site, Server) {
    let (server, address) = Server::start().await;
    let site = Site::with(HTTPS, |inputs| {
        inputs.dns = patient(address);
        inputs.mailer = Mailer::Print;
    })
    .await;
    (site, server)
}

fn name(text: &str) -> DomainName {
    text.parse().unwrap()
}

impl Site {
    async fn claimed(&self, account: &str, domain: &str) -> DomainView {
        let input = Add { account: account.parse().unwrap(), name: name(domain), connection: None };
        domain::add(&self.gateway, &self.gateway.ctx(Actor::CommandLine), input).await.unwrap()
    }

    async fn check(&self, account: &str, domain: &str) -> Result<Checked, FlowError> {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        check::check(&self.gateway, &ctx, (&account.parse().unwrap(), &name(domain))).await
    }

    async fn sight(&self) -> DomainSight {
        self.check(ACCOUNT, DISTRICT).await.unwrap().sight.is
    }

    async fn domain_now(&self) -> DomainView {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        domain::list(&self.gateway, &ctx, &ACCOUNT.parse().unwrap()).await.unwrap().swap_remove(0)
    }

    async fn events_of(&self, action: &str) -> i64 {
        self.count(&format!("SELECT COUNT(*) FROM events WHERE action = '{action}'")).await
    }

    /// Lets days go by, with their jobs.
    async fn days(&self, days: i64) {
        for _ in 0..days {
            self.clock.advance(DAY);
            jobs::round(&self.gateway).await;
        }
    }
}

#[tokio::test]
async fn answers_are_read_as_they_are_meant() {
    let (server, address) = Server::start().await;
    let dns = patient(address);
    let long = "x".repeat(700);
    server.set("a.example", Says::Txt(values(&["one", &long])));
    server.set("b.example", Says::Nothing);
    server.set("c.example", Says::Fails);
    server.set("d.example", Says::Silence);
    server.set("e.example", Says::Long(values(&["by tcp"])));
    server.set("f.example", Says::Alias("elsewhere.example", values(&["followed"])));
    assert_eq!(dns.txt("a.example").await, Txt::Values(values(&["one", &long])), "strings are one text");
    assert_eq!(dns.txt("b.example").await, Txt::NoRecord);
    assert_eq!(dns.txt("c.example").await, Txt::NoAnswer);
    assert_eq!(dns.txt("d.example").await, Txt::NoAnswer);
    assert_eq!(dns.txt("e.example").await, Txt::Values(values(&["by tcp"])));
    assert_eq!(dns.txt("f.example").await, Txt::Values(values(&["followed"])));
    assert_eq!(dns.txt("g.example").await, Txt::NoName);
    server.set("g.example", Says::Txt(values(&["now"])));
    assert_eq!(dns.txt("g.example").await, Txt::Values(values(&["now"])), "nothing is remembered");
    let nobody = Dns::new(&["127.0.0.1:9".parse().unwrap()]).patient(Duration::from_millis(150));
    assert_eq!(nobody.txt("a.example").await, Txt::NoAnswer);
}

#[tokio::test]
async fn a_record_proves_a_domain_and_nothing_else_does() {
    let (site, server) = site().await;
    let claim = site.claimed(ACCOUNT, DISTRICT).await;
    assert_eq!(site.sight().await, DomainSight::NoName);
    server.set(DISTRICT, Says::Txt(values(&["v=spf1 -all"])));
    assert_eq!(site.sight().await, DomainSight::NoRecord);
    server.set(HERE, Says::Txt(values(&["gatepost-domain=other"])));
    let checked = site.check(ACCOUNT, DISTRICT).await.unwrap();
    assert_eq!(checked.sight.is, DomainSight::OtherValues);
    assert_eq!(checked.sight.values, ["gatepost-domain=other"]);
    server.set(HERE, Says::Fails);
    assert_eq!(site.sight().await, DomainSight::NoAnswer);
    server.forget(HERE);
    server.set(DISTRICT, Says::Txt(values(&[claim.record_value.as_str()])));
    assert_eq!(site.sight().await, DomainSight::Misplaced);
    assert_eq!(site.events_of("domain.proved").await, 0);
    assert_eq!(site.domain_now().await.state, DomainState::Pending);

    server.set(HERE, Says::Txt(values(&["v=spf1 -all", &claim.record_value])));
    let checked = site.check(ACCOUNT, DISTRICT).await.unwrap();
    assert_eq!((checked.sight.is, checked.domain.state), (DomainSight::Proof, DomainState::Proved));
    assert!(checked.domain.is_by_dns && checked.domain.next_check_at.is_some());
    assert_eq!(site.events_of("domain.proved").await, 1);
    // What is proved already is looked at again, and is no event.
    assert_eq!(site.sight().await, DomainSight::Proof);
    assert_eq!(site.events_of("domain.proved").await, 1);

    // Each account's claim has a proof of its own, and a domain is one account's alone.
    site.make_account("other", "Other").await;
    let theirs = site.claimed("other", DISTRICT).await;
    assert_ne!(theirs.record_value, claim.record_value);
    assert_eq!(site.check("other", DISTRICT).await.unwrap().sight.is, DomainSight::OtherValues);
    server.set(HERE, Says::Txt(vec![theirs.record_value]));
    let taken = site.check("other", DISTRICT).await.unwrap_err().to_string();
    assert!(taken.contains("another account"), "{taken}");
}

/// What DNS had to say is in the answer to the form alone; its address is not the end of the way.
#[tokio::test]
async fn whoever_comes_back_to_where_a_look_was_answered_finds_the_list() {
    let (site, server) = site().await;
    site.claimed(ACCOUNT, DISTRICT).await;
    server.set(HERE, Says::Txt(values(&["gatepost-domain=other"])));
    let mut owner = site.owner().await;
    let list = "/console/at/lincoln/domains";
    let check = format!("{list}/{DISTRICT}/check");
    let shown = owner.get(list).await;
    assert!(shown.body.contains(&format!("action=\"{check}#{DISTRICT}\"")), "{}", shown.body);
    let seen = owner.post(&check, &[("token", &token_of(&shown))], From::ThisSite).await;
    assert!(seen.body.contains("gatepost-domain=other"), "{}", seen.body);
    let again = owner.get(&check).await;
    assert_eq!(again.location(), Some(list));
}

#[tokio::test]
async fn a_proof_that_is_gone_counts_for_a_while_and_owners_are_told() {
    let (site, server) = site().await;
    site.owner().await;
    let claim = site.claimed(ACCOUNT, DISTRICT).await;
    let there = Says::Txt(vec![claim.record_value.clone()]);
    server.set(DISTRICT, Says::Nothing);
    server.set(HERE, there.clone());
    assert_eq!(site.sight().await, DomainSight::Proof);
    jobs::round(&site.gateway).await;
    let asked = server.asked();
    site.days(4).await;
    assert_eq!(server.asked(), asked, "not before its week");
    site.days(5).await;
    assert!(server.asked() > asked);

    // Servers that do not answer take nothing away.
    server.set(HERE, Says::Fails);
    site.days(10).await;
    assert_eq!(site.domain_now().await.checked.unwrap().1, DomainSight::NoAnswer);
    assert_eq!(
        (site.events_of("domain.proof_missing").await, site.domain_now().await.missing_since),
        (0, None)
    );

    let mails = "SELECT COUNT(*) FROM jobs WHERE kind = 'mail'";
    server.forget(HERE);
    site.days(2).await;
    let missing = site.domain_now().await;
    assert_eq!(missing.state, DomainState::Proved, "for a while it counts");
    assert_eq!(missing.lost_at, missing.missing_since.map(|at| at.plus_seconds(GRACE_DAYS * DAY)));
    assert_eq!(site.events_of("domain.proof_missing").await, 1);
    let told = site.count(mails).await;
    assert!(told > 0, "owners are told");
    server.set(HERE, there.clone());
    site.days(2).await;
    assert_eq!(
        (site.events_of("domain.proof_found").await, site.domain_now().await.missing_since),
        (1, None)
    );

    server.set(HERE, Says::Txt(values(&["something else"])));
    for _ in 0..9 {
        if site.domain_now().await.missing_since.is_none() {
            site.days(1).await;
        }
    }
    assert!(site.domain_now().await.missing_since.is_some());
    site.days(GRACE_DAYS - 2).await;
    assert_eq!(site.domain_now().await.state, DomainState::Proved);
    site.days(4).await;
    let lost = site.domain_now().await;
    assert_eq!((lost.state, lost.proved_at, lost.next_check_at), (DomainState::Pending, None, None));
    assert_eq!(site.events_of("domain.lost").await, 1);
    assert_eq!(lost.record_value, claim.record_value, "it comes back by the same record");
    server.set(HERE, there);
    assert_eq!(site.sight().await, DomainSight::Proof);
}

#[tokio::test]
async fn what_an_operator_vouched_for_is_not_looked_up() {
    let (site, server) = site().await;
    site.own(DISTRICT).await;
    let refused = site.check(ACCOUNT, DISTRICT).await.unwrap_err().to_string();
    assert!(refused.contains("vouched"), "{refused}");
    site.days(20).await;
    assert_eq!(server.asked(), 0);
    assert_eq!(site.domain_now().await.state, DomainState::Proved);
}

#[tokio::test]
async fn nobodys_dns_is_flooded() {
    let (site, server) = site().await;
    server.set(DISTRICT, Says::Nothing);
    for account in ["second", "third"] {
        site.make_account(account, account).await;
        site.claimed(account, DISTRICT).await;
    }
    // Whatever an account asks for below the same domain.
    for number in 0..LOOKS_AN_HOUR {
        let below = format!("s{number}.{DISTRICT}");
        site.claimed(ACCOUNT, &below).await;
        site.check(ACCOUNT, &below).await.unwrap();
    }
    let asked = server.asked();
    site.claimed(ACCOUNT, DISTRICT).await;
    let refused = site.check(ACCOUNT, DISTRICT).await.unwrap_err().to_string();
    assert!(refused.contains("wait"), "{refused}");
    assert_eq!(server.asked(), asked);
    // However many accounts ask.
    let (but_one, zone) = (LOOKS_OF_ALL_AN_HOUR - 1, DISTRICT);
    site.execute(&format!("UPDATE dns_looks SET looks = {but_one} WHERE zone = '{zone}'")).await;
    site.check("second", DISTRICT).await.unwrap();
    let asked = server.asked();
    assert!(site.check("third", DISTRICT).await.is_err());
    assert_eq!(server.asked(), asked);
    // Another domain is another matter, and so is another hour.
    site.claimed(ACCOUNT, "elsewhere.example").await;
    site.check(ACCOUNT, "elsewhere.example").await.unwrap();
    site.clock.advance(3600);
    assert_eq!(site.sight().await, DomainSight::NoRecord);
    site.clock.advance(2 * 3600);
    let ctx = site.gateway.ctx(Actor::Job("sweep"));
    gatepost::flow::sweep::sweep(&site.gateway, &ctx).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM dns_looks").await, 0);
}

#[tokio::test]
async fn who_asks_all_the_time_keeps_nobody_from_their_proof() {
    let (site, server) = site().await;
    site.make_account("former", "Former").await;
    site.claimed("former", DISTRICT).await;
    let claim = site.claimed(ACCOUNT, DISTRICT).await;
    server.set(HERE, Says::Txt(vec![claim.record_value]));
    for _ in 0..2 * LOOKS_AN_HOUR {
        drop(site.check("former", DISTRICT).await);
    }
    assert_eq!(site.sight().await, DomainSight::Proof);
    assert_eq!(site.domain_now().await.state, DomainState::Proved);
}

#[tokio::test]
async fn no_asking_puts_off_the_weekly_look() {
    let (site, server) = site().await;
    site.make_account("former", "Former").await;
    site.claimed("former", DISTRICT).await;
    let claim = site.claimed(ACCOUNT, DISTRICT).await;
    server.set(HERE, Says::Txt(vec![claim.record_value]));
    assert_eq!(site.sight().await, DomainSight::Proof);
    jobs::round(&site.gateway).await;
    // The domain is another's now, and so is what its DNS says; the former owner asks whenever the job comes.
    server.forget(HERE);
    site.clock.advance(9 * DAY);
    for account in ["former", ACCOUNT] {
        for _ in 0..=LOOKS_AN_HOUR {
            drop(site.check(account, "www.district.example").await);
            drop(site.check("former", DISTRICT).await);
        }
    }
    site.execute(&format!("UPDATE dns_looks SET looks = {LOOKS_OF_ALL_AN_HOUR}")).await;
    assert_eq!(site.domain_now().await.missing_since, None);
    jobs::round(&site.gateway).await;
    assert!(site.domain_now().await.missing_since.is_some(), "it was looked for in its turn");
}

#[tokio::test]
async fn names_of_somebodys_network_are_not_looked_up() {
    let (site, server) = site().await;
    for name in ["printer.corp", "db.internal", "vault.localdomain"] {
        let claim = site.claimed(ACCOUNT, name).await;
        server.set(&claim.record_name, Says::Txt(vec![claim.record_value]));
        let refused = site.check(ACCOUNT, name).await.unwrap_err().to_string();
        assert!(refused.contains("vouch"), "{refused}");
    }
    assert_eq!(server.asked(), 0);
    for name in ["lincoln.k12.ca.us", "schule.example", "school.co.uk"] {
        site.claimed(ACCOUNT, name).await;
        site.check(ACCOUNT, name).await.unwrap();
    }
    assert!(server.asked() >= 3);
}

#[tokio::test]
async fn whoever_runs_this_is_told_when_no_name_server_answers() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (logged, _guards) = Logged::everything();
    let (server, address) = Server::start().await;
    server.set("fails.example", Says::Fails);
    server.set("there.example", Says::Txt(values(&["x"])));
    assert_eq!(patient(address).txt("fails.example").await, Txt::NoAnswer);
    assert_eq!(patient(address).txt("there.example").await, Txt::Values(values(&["x"])));
    let text = String::from_utf8(logged.text()).unwrap();
    assert_eq!(text.matches("a name server did not answer: ").count(), 1, "{text}");
    let shown = handle.render();
    for line in ["gatepost_dns_total{outcome=\"no_answer\"} 1", "gatepost_dns_total{outcome=\"found\"} 1"] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
}

#[tokio::test]
async fn a_program_claims_a_domain_has_it_looked_at_and_gives_it_up() {
    const DOMAINS: &str = "/api/v1/accounts/lincoln/domains";
    let (site, server) = site().await;
    let mut program = crate::api::program(&site, Some(ACCOUNT), "domains:read domains:write").await;
    let made = done(&mut program, ("POST", DOMAINS), Some(json!({ "name": DISTRICT }))).await;
    assert_eq!((&made["state"], &made["record_name"]), (&json!("pending"), &json!(HERE)));
    let one = format!("{DOMAINS}/{DISTRICT}");
    let check = format!("{one}/check");
    assert_eq!(done(&mut program, ("POST", &check), None).await["seen"], "no_name");
    server.set(HERE, Says::Txt(values(&[made["record_value"].as_str().unwrap()])));
    let seen = done(&mut program, ("POST", &check), None).await;
    assert_eq!((&seen["seen"], &seen["domain"]["state"]), (&json!("proof"), &json!("proved")), "{seen}");
    assert_eq!(site.domain_now().await.state, DomainState::Proved);
    done(&mut program, ("DELETE", &one), None).await;
    assert_eq!(program.get(&one).await.status, 404);
}
