//! One account that wants much, and the others, who do not wait for it: keys, connections, metadata, jobs, webhooks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatepost::base::id::{AccountId, ConnectionId, WebhookId};
use gatepost::base::{Actor, Rng};
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, KeyState};
use gatepost::flow::connection::paste::{self, Paste, Seen};
use gatepost::flow::connection::settings::Metadata;
use gatepost::flow::connection::update::{Update, update};
use gatepost::flow::connection::{self, Create, IdentityProvider};
use gatepost::flow::keys::sp::{self, Step};
use gatepost::flow::{FlowError, account, owner, webhook};
use gatepost::jobs;
use gatepost::outbound;
use gatepost::outbound::mail::Mailer;
use gatepost::storage::change;
use gatepost::storage::webhook::{self as stored, Standing};
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::keys::IDP_RSA;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::site::{ACCOUNT, HTTPS, Site, entered};

const OTHER: &str = "other";
/// Longer than anything here takes; what hangs fails.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A server that lets everybody wait, after it has answered so many.
struct Slow {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Slow {
    async fn after(answered: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slow = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = Arc::clone(&slow.asked);
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                if asked.fetch_add(1, Ordering::SeqCst) < answered {
                    drop(stream.read(&mut [0; 4096]).await);
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    stream.write_all(answer).await.unwrap();
                } else {
                    kept.push(stream);
                }
            }
        });
        slow
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/x", self.port)
    }

    async fn was_asked(&self, times: usize) {
        let asked = async {
            while self.asked.load(Ordering::SeqCst) < times {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap();
    }
}

fn is_invalid<T: std::fmt::Debug>(result: &Result<T, FlowError>, part: &str) -> bool {
    let is_it =
        |error: &FlowError| matches!(error, FlowError::Invalid(_)) && error.to_string().contains(part);
    result.as_ref().is_err_and(is_it)
}

fn from_url(account: &str, url: &str) -> Create {
    let metadata = Metadata::new(url, &[]);
    create(account, IdentityProvider::MetadataUrl { metadata, entity_id: None })
}

fn create(account: &str, idp: IdentityProvider) -> Create {
    Create {
        account: account.parse().unwrap(),
        name: None,
        product: Product::Okta,
        idp,
        subject: None,
        idp_initiated: None,
        policy: None,
        service_provider: None,
    }
}

async fn connect(site: &Site, input: Create) -> Result<ConnectionId, FlowError> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    connection::create(&site.gateway, &ctx, input).await.map(|(made, _)| made.id)
}

async fn account_id(site: &Site, slug: &str) -> AccountId {
    site.text(&format!("SELECT id FROM accounts WHERE slug = '{slug}'")).await.unwrap().parse().unwrap()
}

#[tokio::test]
async fn keys_are_made_while_somebody_else_writes() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let mut writing = site.storage.write().await.unwrap();
    change::take_turn(&mut writing).await.unwrap();
    // The generator is the gateway's own: whoever makes keys draws from it.
    let sequence = Rng::seeded(1);
    let drawn: Vec<[u8; 32]> = (0..20_000).map(|_| sequence.bytes()).collect();
    let at = |drawn_now: [u8; 32]| drawn.iter().position(|known| *known == drawn_now).unwrap();
    let mut last = at(site.rng.bytes());
    let rotating = tokio::spawn({
        let gateway = site.gateway.clone();
        async move { sp::rotate(&gateway, &ctx, id, false).await }
    });
    let mut is_made = false;
    for _ in 0..2000 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let now = at(site.rng.bytes());
        is_made |= now > last + 1;
        if is_made {
            break;
        }
        last = now;
    }
    assert!(is_made, "keys wait until nobody writes");
    writing.commit().await.unwrap();
    assert_eq!(rotating.await.unwrap().unwrap().0, Step::Published);
}

#[tokio::test]
async fn a_service_provider_has_eight_keys_at_most() {
    let site = Site::https().await;
    let id = site.connect(Product::Okta).await.connection.id;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let mut keys = Vec::new();
    let refused = loop {
        assert!(keys.len() < 20);
        match sp::rotate(&site.gateway, &ctx(), id, true).await {
            Ok((_, now)) => keys = now,
            Err(error) => break Err::<(), _>(error),
        }
    };
    assert!(is_invalid(&refused, "retired"), "{refused:?}");
    assert_eq!(keys.len(), 8);
    let retired = keys.iter().find(|key| key.state == KeyState::Retired).unwrap();
    sp::remove(&site.gateway, &ctx(), id, retired.id).await.unwrap();
    assert_eq!(sp::rotate(&site.gateway, &ctx(), id, true).await.unwrap().0, Step::Published);
}

#[tokio::test]
async fn an_account_has_so_many_connections_at_most() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let personality = Personality::named("canvas").unwrap();
    let more = async |from: i64, to: i64, state: &str| {
        site.execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT CAST({from} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {to})
            INSERT INTO connections (account_id, id, kind, service_provider_id, sp_entity, idp_entity_id, name, state,
                revision, created_at, updated_at)
            SELECT account_id, id || CAST(i AS TEXT), kind, service_provider_id, sp_entity,
                idp_entity_id || CAST(i AS TEXT), name, '{state}', 1, 0, 0 FROM connections, n
            WHERE id = (SELECT MIN(id) FROM connections)"
        ))
        .await;
    };
    more(1, 198, "draft").await;
    connect(&site, create(ACCOUNT, entered(personality))).await.unwrap();
    let full = connect(&site, create(ACCOUNT, entered(personality))).await;
    assert!(is_invalid(&full, "200"), "{full:?}");
    site.execute("UPDATE connections SET state = 'retired'").await;
    more(199, 998, "retired").await;
    let full = connect(&site, create(ACCOUNT, entered(personality))).await;
    assert!(is_invalid(&full, "1000"), "{full:?}");
    site.make_account(OTHER, "Other").await;
    connect(&site, create(OTHER, entered(personality))).await.unwrap();
}

#[tokio::test]
async fn metadata_that_people_wait_for_is_fetched_a_little_at_a_time() {
    let site = Site::https().await;
    site.make_account(OTHER, "Other").await;
    let okta = site.connect(Product::Okta).await.connection.id;
    let slow = Slow::after(0).await;
    let looks = |account: &str| {
        let input = from_url(account, &slow.url());
        let (gateway, ctx) = (site.gateway.clone(), site.gateway.ctx(Actor::CommandLine));
        tokio::spawn(async move { connection::create(&gateway, &ctx, input).await })
    };
    let waiting = [looks(ACCOUNT), looks(ACCOUNT)];
    slow.was_asked(2).await;
    let part = "being fetched";
    let third = connect(&site, from_url(ACCOUNT, &slow.url())).await;
    assert!(is_invalid(&third, part), "{third:?}");
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let input = Update { metadata_url: Some(Metadata::new(&slow.url(), &[])), ..Update::default() };
    let changed = update(&site.gateway, &ctx, okta, input).await;
    assert!(is_invalid(&changed, part), "{changed:?}");
    let pasted = Paste {
        account: ACCOUNT.parse().unwrap(),
        connection: None,
        plan: None,
        product: None,
        entity_id: None,
        text: b"https://127.0.0.1:9/metadata".to_vec(),
    };
    let seen: Result<Seen, _> = paste::look(&site.gateway, &ctx, &pasted).await;
    assert!(is_invalid(&seen, part), "{seen:?}");
    // Another account's are another matter.
    let others = looks(OTHER);
    slow.was_asked(3).await;
    // Whoever goes away makes room.
    for task in waiting.into_iter().chain([others]) {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let next = looks(ACCOUNT);
    slow.was_asked(4).await;
    next.abort();
}

#[tokio::test]
async fn slow_servers_of_metadata_keep_no_mail_waiting() {
    let site = Site::with(HTTPS, |inputs| {
        inputs.mailer = Mailer::Print;
        let options = outbound::Options {
            allows_private: true,
            allows_http: true,
            whole: std::time::Duration::from_secs(40),
            ..outbound::Options::default()
        };
        inputs.outbound = outbound::Client::new(options).unwrap();
    })
    .await;
    let slow = Slow::after(0).await;
    for _ in 0..6 {
        let personality = Personality::named("okta").unwrap();
        let known = IdentityProvider::Known {
            entity_id: personality.addresses.entity_id.to_owned(),
            sso_redirect_url: Some(personality.addresses.sso_url.to_owned()),
            sso_post_url: None,
            certificates: vec![IDP_RSA.certificate_pem.as_bytes().to_vec()],
            metadata: Some(Metadata::new(&slow.url(), &[])),
        };
        connect(&site, create(ACCOUNT, known)).await.unwrap();
    }
    let ctx = site.gateway.ctx(Actor::Job("metadata"));
    connection::refresh::ask_due(&site.gateway, &ctx).await.unwrap();
    let waiting = "SELECT COUNT(*) FROM jobs WHERE kind = 'metadata_refresh' AND state = 'waiting'";
    assert_eq!(site.count(waiting).await, 6);
    site.clock.advance(1);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let who = ("o@lincoln.example", None);
    owner::invite(&site.gateway, &ctx, &ACCOUNT.parse().unwrap(), who).await.unwrap();

    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(jobs::run(site.gateway.clone(), async move { drop(ended.await) }));
    slow.was_asked(2).await;
    let sent = "SELECT COUNT(*) FROM jobs WHERE kind = 'mail' AND state = 'done'";
    let mail = async {
        while site.count(sent).await == 0 {
            assert_eq!(site.count(waiting).await, 6, "it waited for one of them");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, mail).await.expect("the mail is sent");
    drop(end);
    running.abort();
}

/// An endpoint, with something that waits for it.
async fn endpoint(site: &Site, account: &str, url: &str) -> WebhookId {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (account, types) = (account.parse().unwrap(), "user.*".parse().unwrap());
    let input = webhook::Create { account, url: url.to_owned(), name: String::new(), types };
    let (made, _) = webhook::create(&site.gateway, &ctx, input).await.unwrap();
    webhook::test(&site.gateway, &ctx, made.id).await.unwrap();
    made.id
}

/// Whose turn it is.
async fn claim(site: &Site, lease: &str) -> Option<(AccountId, WebhookId)> {
    let (now, mut tx) = (site.clock.now(), site.storage.write().await.unwrap());
    let claimed = stored::claim(&mut tx, lease, (now, now.plus_seconds(120))).await.unwrap();
    if claimed.is_some() {
        tx.commit().await.unwrap();
    }
    claimed
}

async fn release(site: &Site, of: (AccountId, WebhookId), lease: &str) {
    let standing = Standing { failing_since: None, failures: 0, held_until: None };
    let mut tx = site.storage.write().await.unwrap();
    assert!(stored::release(&mut tx, of, lease, standing).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_account_with_many_webhooks_has_one_turn_at_a_time() {
    let site = Site::https().await;
    site.make_account(OTHER, "Other").await;
    for _ in 0..4 {
        endpoint(&site, ACCOUNT, "http://127.0.0.1:9/many").await;
    }
    site.clock.advance(1);
    endpoint(&site, OTHER, "http://127.0.0.1:9/one").await;
    let (many, other) = (account_id(&site, ACCOUNT).await, account_id(&site, OTHER).await);
    let first = claim(&site, "a").await.unwrap();
    site.clock.advance(1);
    let second = claim(&site, "b").await.unwrap();
    assert_eq!((first.0, second.0), (many, other), "not two of one account");
    assert_eq!(claim(&site, "c").await, None);
    site.clock.advance(1);
    release(&site, first, "a").await;
    release(&site, second, "b").await;
    let third = claim(&site, "d").await.unwrap();
    assert_eq!(third.0, many, "whose last turn is longest ago");
    assert_ne!(third.1, first.1);
    release(&site, third, "d").await;
    site.clock.advance(1);
    assert_eq!(claim(&site, "e").await.unwrap().0, other, "two more wait there, and were never served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_claim_at_once_take_one_of_each_account() {
    let site = Arc::new(Site::https().await);
    for _ in 0..6 {
        endpoint(&site, ACCOUNT, "http://127.0.0.1:9/many").await;
    }
    let claims: Vec<_> = (0..6)
        .map(|number| {
            let site = Arc::clone(&site);
            tokio::spawn(async move { claim(&site, &number.to_string()).await })
        })
        .collect();
    let mut taken = 0;
    for claim in claims {
        taken += usize::from(claim.await.unwrap().is_some());
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn a_webhook_that_lets_messages_wait_is_left_alone_though_it_answers_some() {
    let site = Site::with(HTTPS, |inputs| {
        let options = outbound::Options {
            allows_private: true,
            allows_http: true,
            whole: std::time::Duration::from_millis(800),
            ..outbound::Options::default()
        };
        inputs.outbound = outbound::Client::new(options).unwrap();
    })
    .await;
    let slow = Slow::after(1).await;
    let id = endpoint(&site, ACCOUNT, &slow.url()).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    for _ in 0..2 {
        webhook::test(&site.gateway, &ctx, id).await.unwrap();
    }
    assert!(jobs::webhooks(&site.gateway).await);
    let delivered = "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'delivered'";
    assert_eq!(site.count(delivered).await, 1);
    let held =
        "SELECT COUNT(*) FROM webhook_endpoints WHERE held_until IS NOT NULL AND failing_since IS NULL";
    assert_eq!(site.count(held).await, 1);
}

#[tokio::test]
async fn of_a_suspended_account_nothing_is_told_until_it_is_open_again() {
    let site = Site::https().await;
    let slow = Slow::after(9).await;
    endpoint(&site, ACCOUNT, &slow.url()).await;
    let set = async |state| {
        let change = account::Update { state: Some(state), ..account::Update::default() };
        let ctx = site.gateway.ctx(Actor::CommandLine);
        account::update(&site.gateway, &ctx, &ACCOUNT.parse().unwrap(), change).await.unwrap();
    };
    set(AccountState::Disabled).await;
    assert!(!jobs::webhooks(&site.gateway).await);
    let known =
        gatepost::flow::user::Changes { email: Some("ada@lincoln.example".to_owned()), ..Default::default() };
    let input = gatepost::flow::user::Create { account: ACCOUNT.parse().unwrap(), known };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    gatepost::flow::user::create(&site.gateway, &ctx, input).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_deliveries").await, 1, "what waited, and no more");
    assert_eq!(slow.asked.load(Ordering::SeqCst), 0);
    set(AccountState::Active).await;
    assert!(jobs::webhooks(&site.gateway).await);
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
}
