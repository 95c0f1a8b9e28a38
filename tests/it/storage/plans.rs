//! No statement of a sign-in, of the sweep or of a list reads a whole table that grows with people and sign-ins, and no
//! sign-in one that grows with accounts.
//!
//! What is executed is asked of the database, not of the sources. SQLite tells how it would run each statement that the
//! driver logs; the log is the process's, so this runs in one of its own. PostgreSQL is told to read whole tables only
//! where it has no index for it (`enable_seqscan`) and counts how often it did, checks of foreign keys included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::base::secret::ShareToken;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::directory::state::{JobState, Outcome, Purpose, UserState};
use gatepost::flow::account::overview;
use gatepost::flow::connection::update::Update;
use gatepost::flow::session::admin::{self, Of};
use gatepost::flow::user::{self, Which};
use gatepost::flow::{
    attempt, changes, check, connection, deadline, domain, event, integrations, job, login, sweep, webhook,
};
use gatepost::jobs;
use secrecy::ExposeSecret;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::browser::From;
use crate::database::Outside;
use crate::site::{ACCOUNT, Idp, Site, alice, bjoern};
use crate::sweep::multiply;

const CHILD: &str = "GATEPOST_TEST_PLANS";
/// These grow with people and with what they do.
const BIG: &[&str] = &[
    "users",
    "identities",
    "sessions",
    "replays",
    "consumed_requests",
    "attempts",
    "attempt_messages",
    "attempt_overflows",
    "attempt_seals",
    "attempt_leaves",
    "attempt_counts",
    "attempt_shares",
    "erasures",
    "changes",
    "events",
    "idempotent_requests",
    "webhook_deliveries",
    "webhook_tries",
    "zoom_people",
    "zoom_pushed",
    "zoom_steps",
    "zoom_seats",
    "zoom_events",
    "zoom_event_people",
    "zoom_event_counts",
    "zoom_refusals",
];
/// These grow with accounts: whoever signs in has one of them.
const MANY: &[&str] = &[
    "accounts",
    "connections",
    "connection_revisions",
    "idp_keys",
    "service_providers",
    "sp_keys",
    "data_keys",
    "domains",
    "guests",
    "metadata_sources",
    "jobs",
    "webhook_endpoints",
];

/// Statements, as the driver logs them.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<BTreeSet<String>>>);

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut statement = Statement::default();
            event.record(&mut statement);
            let Statement { summary, whole } = statement;
            self.0.lock().unwrap().insert(if whole.is_empty() { summary } else { whole });
        }
    }
}

/// What is done: by whom, and which tables it must not read whole.
enum Phase {
    SignIn,
    Work,
    Lists,
}

impl Phase {
    const ALL: [Self; 3] = [Self::SignIn, Self::Work, Self::Lists];

    fn tables(&self) -> Vec<&'static str> {
        match self {
            Self::SignIn => [BIG, MANY].concat(),
            Self::Work | Self::Lists => BIG.to_vec(),
        }
    }

    async fn run(&self, site: &Site, [okta, clever]: &[Idp; 2]) {
        match self {
            Self::SignIn => sign_in(site, okta, clever).await,
            Self::Work => work(site).await,
            Self::Lists => Box::pin(lists(site, okta)).await,
        }
    }
}

async fn sign_in(site: &Site, okta: &Idp, clever: &Idp) {
    let mut browser = site.browser();
    browser.post("/signin", &[("who", "alice@example.org")], From::ThisSite).await;
    browser.get("/signin/lincoln").await;
    let pending = browser.start(okta).await;
    let message = site.answer(okta, &bjoern(), Some(&pending.request_id), |_| {});
    let answer = browser.bring(okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    let answer = browser.bring(okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "pressed twice: {}", answer.body);
    let other = site.browser().bring(okta, &message, None).await;
    assert_ne!(other.location(), Some("/me"), "replayed");
    assert_eq!(browser.get("/me").await.status, 200);
    assert_eq!(browser.get("/session/token").await.status, 200);
    // Known by now; in the place of the session before; changed.
    site.clock.advance(600);
    browser.sign_in(site, okta, &bjoern()).await;
    let mut renamed = bjoern();
    renamed.last_name.push_str("-Changed");
    browser.sign_in(site, okta, &renamed).await;
    let tile = site.answer(clever, &alice(), None, |_| {});
    site.browser().bring(clever, &tile, None).await;
    let unasked = site.answer(okta, &alice(), None, |_| {});
    site.browser().bring(okta, &unasked, None).await;
    // At an address that connections share: by its issuer, and by the request that it names.
    let id = clever.connection.id.to_string();
    site.execute(&format!(
        "UPDATE service_providers SET acs_path = '/api/oauth/saml'
        WHERE id = (SELECT service_provider_id FROM connections WHERE id = '{id}')"
    ))
    .await;
    let named = format!("_x-{}", id.trim_start_matches("conn_"));
    for request in [None, Some(named.as_str())] {
        let strange = site.answer(okta, &alice(), request, |_| {});
        let form = [("SAMLResponse", strange.as_str())];
        let answer = site.browser().post("/api/oauth/saml", &form, From::AnotherSite).await;
        let is_routed = answer.body.contains("name=\"again\"");
        assert_eq!(
            (answer.status == 403, is_routed),
            (request.is_none(), request.is_some()),
            "{}",
            answer.body
        );
    }
    let late = site.answer(okta, &alice(), Some("_x"), |minted| minted.sp_entity_id = "urn:other");
    assert_eq!(site.browser().bring(okta, &late, None).await.status, 403);
    let page = browser.get("/me").await;
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    browser.post("/signout", &[("token", &token)], From::ThisSite).await;
    browser.get("/me").await;
}

async fn work(site: &Site) {
    site.insert_job("{\"number\":1}", 1).await;
    jobs::round(&site.gateway).await;
    let ctx = site.gateway.ctx(Actor::Job("sweep"));
    login::flush_counts(&site.gateway, &ctx).await.unwrap();
    changes::poll(&site.gateway, &site.gateway.ctx(Actor::Job("changes"))).await.unwrap();
    let count_sealed = "SELECT COUNT(*) FROM attempt_seals WHERE hour > 0";
    assert_eq!(site.count(count_sealed).await, 0);
    // Hours that end: the first is sealed, another is gone on with.
    for _ in 0..2 {
        site.clock.advance(7200);
        jobs::round(&site.gateway).await;
    }
    assert!(site.count(count_sealed).await > 0);
    assert!(site.count("SELECT COUNT(*) FROM attempt_leaves WHERE hour > 0").await > 2, "in portions");
    let ctx = site.gateway.ctx(Actor::CommandLine);
    check::check(&site.gateway, &ctx, true).await.unwrap();
    for days in [40, 40, 400] {
        site.clock.advance(days * 86_400);
        sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    }
}

async fn lists(site: &Site, okta: &Idp) {
    let (gateway, ctx) = (&site.gateway, site.gateway.ctx(Actor::CommandLine));
    let account = || ACCOUNT.parse().unwrap();
    site.browser().sign_in(site, okta, &alice()).await;
    let (active, email, member) = (Some(UserState::Active), Some(alice().email), Some(Role::Member));
    for (state, role, email) in
        [(None, None, None), (active, None, None), (None, None, email), (None, member, None)]
    {
        let list = user::List { account: account(), state, role, email, after: None, limit: 50 };
        assert!(!user::list(gateway, &ctx, &list).await.unwrap().is_empty());
    }
    let whole =
        user::List { account: account(), state: None, role: None, email: None, after: None, limit: 1 };
    let owners = user::List { role: Some(Role::Owner), ..whole.clone() };
    user::list(gateway, &ctx, &owners).await.unwrap();
    let id = user::list(gateway, &ctx, &whole).await.unwrap()[0].id;
    user::find(gateway, &ctx, &account(), &Which::Id(id)).await.unwrap();
    for of in [Of::Account(account()), Of::User(id), Of::Connection(okta.connection.id)] {
        admin::list(gateway, &ctx, &of).await.unwrap();
        admin::revoke_all(gateway, &ctx, &of).await.unwrap();
    }
    let attempt_id = site.text("SELECT MAX(id) FROM attempts").await.unwrap();
    attempt::find(gateway, &ctx, attempt_id.parse().unwrap()).await.unwrap();
    sign_ins(site, okta).await;
    connection::show::show(gateway, &ctx, okta.connection.id).await.unwrap();
    let (url, types) = ("http://127.0.0.1:9/".to_owned(), "user.*".parse().unwrap());
    let input = webhook::Create { account: account(), url, name: String::new(), types };
    let (hook, _) = webhook::create(gateway, &ctx, input).await.unwrap();
    webhook::test(gateway, &ctx, hook.id).await.unwrap();
    assert!(jobs::webhooks(gateway).await);
    let sent = webhook::deliveries(gateway, &ctx, hook.id, (None, 50)).await.unwrap();
    let message = sent.first().unwrap().id;
    webhook::deliveries(gateway, &ctx, hook.id, (Some(message), 50)).await.unwrap();
    assert_eq!(webhook::delivery(gateway, &ctx, (hook.id, message)).await.unwrap().tries.len(), 1);
    webhook::resend(gateway, &ctx, (hook.id, message)).await.unwrap();
    webhook::remove(gateway, &ctx, hook.id).await.unwrap();
    zoom(site).await;
    zoom_events(site).await;
    connection::tested::last(gateway, &ctx, okta.connection.id).await.unwrap();
    domain::list(gateway, &ctx, &account()).await.unwrap();
    let now = ctx.now;
    for filter in [
        event::Filter::default(),
        event::Filter { action: Some("connection".to_owned()), ..event::Filter::default() },
        event::Filter { from: Some(now), until: Some(now.plus_seconds(86_400)), ..event::Filter::default() },
    ] {
        let portion = (None, event::Most::Events(50));
        let found = event::search(gateway, &ctx, &account(), &filter, portion).await.unwrap();
        event::names(gateway, &ctx, Some(&account()), &found.events).await.unwrap();
    }
    let ends = deadline::board(gateway, &ctx, &account()).await.unwrap();
    assert!(ends.iter().any(|end| end.people > 0), "people were counted: {ends:?}");
    deadline::board_of_all(gateway, &ctx, None).await.unwrap();
    overview::show(gateway, &ctx, &account()).await.unwrap();
    assert!(!integrations::list(gateway, &ctx, &account()).await.unwrap().is_empty());
    for state in [JobState::Waiting, JobState::Done, JobState::Dead] {
        job::list(gateway, &ctx, state).await.unwrap();
    }
    user::search(gateway, &ctx, (&account(), &alice().email)).await.unwrap();
    user::data::kept(gateway, &ctx, (&account(), &Which::Id(id))).await.unwrap();
    user::data::export(gateway, &ctx, (&account(), &Which::Id(id))).await.unwrap();
    let tried = connection::what_if::what_if(gateway, &ctx, okta.connection.id, &Update::default()).await;
    assert!(tried.unwrap().tried > 0);
    let known = user::Changes { display_name: Some("Somebody".to_owned()), ..user::Changes::default() };
    let made = user::Create { account: account(), known };
    let made = user::create(gateway, &ctx, made).await.unwrap();
    user::erase(gateway, &ctx, (&account(), &Which::Id(made.id))).await.unwrap();
    let receipts = user::erase::receipts(gateway, &ctx, &account(), (None, 50)).await.unwrap();
    user::erase::receipt(gateway, &ctx, (&account(), receipts[0].id)).await.unwrap();
}

/// What is known of Zoom, and what follows of itself.
async fn zoom(site: &Site) {
    use gatepost::directory::state::ZoomStepState;
    use gatepost::flow::zoom::inventory::{self, table};
    use gatepost::flow::zoom::provision::{follow, people, run, settings};
    let (gateway, ctx) = (&site.gateway, site.gateway.ctx(Actor::CommandLine));
    let account: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let mut new = settings::show(gateway, &ctx, &account).await.unwrap().settings;
    new.toggles.is_on = true;
    settings::save(gateway, &ctx, &account, new, |_| true).await.unwrap();
    let list =
        user::List { account: account.clone(), state: None, role: None, email: None, after: None, limit: 1 };
    let somebody = user::list(gateway, &ctx, &list).await.unwrap()[0].id;
    run::retry(gateway, &ctx, (&account, Some(somebody))).await.unwrap();
    run::retry(gateway, &ctx, (&account, None)).await.unwrap();
    let asked = run::ask(gateway, &ctx, (&account, true)).await.unwrap().id;
    inventory::ask(gateway, &ctx, &account).await.unwrap();
    follow::tick(gateway, &gateway.ctx(Actor::Job("zoom_follow"))).await.unwrap();
    assert!(jobs::zoom(gateway, None).await);
    for state in [None, Some(ZoomStepState::Failed)] {
        run::steps(gateway, &ctx, (asked, state), (0, 50)).await.unwrap();
    }
    run::list(gateway, &ctx, &account, (None, 50)).await.unwrap();
    for only_problems in [false, true] {
        people::list(gateway, &ctx, (&account, only_problems), (None, 50)).await.unwrap();
    }
    people::show(gateway, &ctx, (&account, somebody)).await.unwrap();
    inventory::list(gateway, &ctx, &account, (None, 50)).await.unwrap();
    for filter in ["", "wasted", "plan:licensed", "use:never", "ada@x.example"] {
        let filter = table::Filter::parse(filter).unwrap();
        table::list(gateway, &ctx, (&account, &filter), (None, 50)).await.unwrap();
    }
}

/// What Zoom tells, how it is taken, handed on, and looked for.
async fn zoom_events(site: &Site) {
    use gatepost::flow::zoom::event::refusals;
    use gatepost::flow::zoom::event::show::{self, Filter};
    let (gateway, ctx) = (&site.gateway, site.gateway.ctx(Actor::CommandLine));
    let account: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    crate::zoom_events::link_to(site, ACCOUNT, "PlansZoom0001", "secret-token-0001").await;
    for number in 0..3 {
        let name = "meeting.registration_created";
        let body = gatepost::standin::hook::event(name, "PlansZoom0001", number, site.clock.now());
        for (secret, status) in [("secret-token-0001", 204), ("secret-token-0002", 401)] {
            let way = "/zoom/lincoln/webhook";
            let answer = crate::zoom_events::deliver(site, way, &body.to_string(), secret).await;
            assert_eq!(answer.status, status, "{}", answer.body);
        }
    }
    refusals::flush(gateway, &gateway.ctx(Actor::Job("changes"))).await.unwrap();
    assert!(jobs::zoom_events(gateway).await);
    let of = |text: &str| Some(text.to_owned());
    let none = Filter::default;
    for filter in [
        none(),
        Filter { name: of("meeting.registration_created"), ..none() },
        Filter { meeting: of("81234567000"), ..none() },
        Filter { meeting: of("/stand//In0=="), ..none() },
        Filter { person: of("jo@district.example"), ..none() },
    ] {
        let found = show::list(gateway, &ctx, &account, &filter, (None, 50)).await.unwrap();
        assert!(!found.events.is_empty(), "{filter:?}");
        show::open(gateway, &ctx, found.events[0].id).await.unwrap();
    }
    assert!(show::counts(gateway, &ctx, &account, 14).await.unwrap().days[13].refused > 0);
}

/// Attempts by everything that they are looked for by, and their chart.
async fn sign_ins(site: &Site, okta: &Idp) {
    let (gateway, ctx) = (&site.gateway, site.gateway.ctx(Actor::CommandLine));
    let account: gatepost::directory::account::Slug = ACCOUNT.parse().unwrap();
    let late = site.answer(okta, &alice(), Some("_x"), |minted| minted.sp_entity_id = "urn:other");
    assert_eq!(site.browser().bring(okta, &late, None).await.status, 403);
    let filter = attempt::Filter { outcome: Some(Outcome::Accepted), ..attempt::Filter::default() };
    let list = attempt::List { account: account.clone(), filter, before: None, limit: 50 };
    let found = attempt::list(gateway, &ctx, &list).await.unwrap();
    let user = found.attempts.iter().find_map(|attempt| attempt.user_id).unwrap();
    let all = attempt::Filter::default;
    let (day, now) = (86_400, site.clock.now());
    for filter in [
        all(),
        attempt::Filter { connection: Some(okta.connection.id), ..all() },
        attempt::Filter { outcome: Some(Outcome::Accepted), ..all() },
        attempt::Filter { outcome: Some(Outcome::Refused), ..all() },
        attempt::Filter { code: Some("audience_mismatch".to_owned()), ..all() },
        attempt::Filter { purpose: Some(Purpose::Login), ..all() },
        attempt::Filter { since: Some(now.plus_seconds(-day)), until: Some(now.plus_seconds(day)), ..all() },
        attempt::Filter { user: Some(user), ..all() },
    ] {
        let list =
            attempt::List { account: account.clone(), filter: filter.clone(), before: None, limit: 50 };
        let found = attempt::list(gateway, &ctx, &list).await.unwrap();
        assert!(!found.attempts.is_empty(), "{filter:?}");
    }
    let tests = attempt::Filter { purpose: Some(Purpose::Test), ..all() };
    let list = attempt::List { account: account.clone(), filter: tests, before: None, limit: 50 };
    attempt::list(gateway, &ctx, &list).await.unwrap();
    let chart = attempt::chart::chart(gateway, &ctx, (&account, None), 30).await.unwrap();
    assert!(chart.days.iter().any(|day| day.all_refused() > 0), "{chart:?}");
    let id = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    let made = attempt::share::create(gateway, &ctx, id).await.unwrap();
    let token = made.url.expose_secret().rsplit('/').next().unwrap().to_owned();
    let token = ShareToken::parse(&token).unwrap();
    attempt::share::look(gateway, &ctx, token.hash()).await.unwrap();
    assert_eq!(attempt::share::list(gateway, &ctx, id).await.unwrap().len(), 1);
    assert!(attempt::share::revoke(gateway, &ctx, (id, made.id)).await.unwrap());
    // Whether that one's is kept is another matter.
    drop(attempt::message::download(gateway, &ctx, id).await);
}

/// A database with some thousand rows.
async fn fill(site: &Site) -> [Idp; 2] {
    let okta = site.connect(Product::Okta).await;
    let clever = site.connect_as(Product::Clever, IdpInitiated::Accept).await;
    site.browser().sign_in(site, &okta, &alice()).await;
    multiply(site, 2000).await;
    [okta, clever]
}

/// Of what SQLite would do for each statement, what reads one of `tables` whole.
async fn scans(outside: &mut Outside, statements: &BTreeSet<String>, tables: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for sql in statements {
        let verb = sql.split_whitespace().next().unwrap_or_default().to_uppercase();
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb.as_str()) {
            continue;
        }
        for step in outside.plan(sql).await {
            let Some(scanned) = step.strip_prefix("SCAN ") else { continue };
            let name = scanned.split_whitespace().next().unwrap_or_default();
            let called = |table: &str| {
                let pattern = format!(r"(?i)\b{table}\s+(?:AS\s+)?{}\b", regex::escape(name));
                name == table || regex::Regex::new(&pattern).unwrap().is_match(sql)
            };
            if tables.iter().any(|table| called(table)) {
                found.push(format!("{step}: {sql}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn sqlite_reads_no_big_table_whole() {
    if crate::database::server().is_some() {
        return;
    }
    if std::env::var_os(CHILD).is_none() {
        let itself = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "storage::plans::sqlite_reads_no_big_table_whole", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&itself.stdout).into_owned();
        assert!(itself.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let log = Log::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log.clone())).unwrap();
    let site = Site::https().await;
    let idps = fill(&site).await;
    let mut outside = site.folder.connect().await;
    for phase in Phase::ALL {
        log.0.lock().unwrap().clear();
        Box::pin(phase.run(&site, &idps)).await;
        let statements = std::mem::take(&mut *log.0.lock().unwrap());
        assert!(statements.len() > 10, "{statements:?}");
        assert_eq!(scans(&mut outside, &statements, &phase.tables()).await, Vec::<String>::new());
        for sql in statements.iter().filter(|sql| sql.contains("role <> 'member'")) {
            let plan = outside.plan(sql).await;
            assert!(plan.iter().any(|step| step.contains("users_by_role")), "{plan:?}");
        }
        // No index has that column: whoever asks by it goes through all that a connection ever had.
        let is_by_time = |sql: &&String| sql.contains("FROM attempts") && sql.contains("created_at >=");
        assert_eq!(statements.iter().find(is_by_time), None);
    }
    // One that does is noticed, by whatever name.
    let bad = BTreeSet::from(["SELECT id FROM sessions AS s WHERE s.authn_context = $1".to_owned()]);
    assert_eq!(scans(&mut outside, &bad, BIG).await.len(), 1);
}

#[tokio::test]
async fn postgres_reads_no_big_table_whole() {
    if crate::database::server().is_none() {
        return;
    }
    let mut site = Site::https().await;
    let role = format!("plans_{}", std::process::id());
    let mut outside = site.folder.connect().await;
    outside
        .execute(&format!("CREATE ROLE {role} SUPERUSER LOGIN; ALTER ROLE {role} SET enable_seqscan = off"))
        .await;
    let address = site.folder.0.join("database.url");
    let url = std::fs::read_to_string(&address).unwrap();
    std::fs::write(&address, url.replacen("gatepost@", &format!("{role}@"), 1)).unwrap();
    site.reopen().await;
    let idps = fill(&site).await;
    outside.execute(&format!("ANALYZE {}", BIG.join(", "))).await;
    site.storage.close().await;

    let mut ran = BTreeMap::new();
    for phase in Phase::ALL {
        let before = seen(&mut outside, &role).await;
        site.reopen().await;
        Box::pin(phase.run(&site, &idps)).await;
        site.storage.close().await;
        let after = seen(&mut outside, &role).await;
        for table in phase.tables() {
            let whole = after[table].0 - before[table].0;
            assert_eq!(whole, 0, "{table} was read whole {whole} times");
            *ran.entry(table).or_insert(0) += after[table].1 - before[table].1;
        }
    }
    // One that does is noticed.
    let before = seen(&mut outside, &role).await;
    site.folder.connect().await.count("SELECT COUNT(*) FROM sessions WHERE authn_context = 'x'").await;
    assert_eq!(seen(&mut outside, &role).await["sessions"].0, before["sessions"].0 + 1);
    std::fs::write(&address, url).unwrap();
    outside.execute(&format!("DROP ROLE {role}")).await;
    for table in [
        "users",
        "sessions",
        "replays",
        "attempts",
        "attempt_messages",
        "attempt_seals",
        "attempt_leaves",
        "changes",
    ] {
        assert!(ran[table] > 0, "{table} was looked into: {ran:?}");
    }
}

/// How often each table was read whole and by an index, once all who were connected as `role` have gone.
async fn seen(outside: &mut Outside, role: &str) -> BTreeMap<String, (i64, i64)> {
    let here = format!("SELECT COUNT(*) FROM pg_stat_activity WHERE usename = '{role}'");
    while outside.count(&here).await > 0 {
        tokio::task::yield_now().await;
    }
    let mut seen = BTreeMap::new();
    let rows = outside
        .texts(
            "SELECT relname || ' ' || seq_scan || ' ' || COALESCE(idx_scan, 0) FROM pg_stat_user_tables
            WHERE schemaname = current_schema()",
        )
        .await;
    for row in rows.into_iter().map(Option::unwrap) {
        let [table, whole, index] = <[&str; 3]>::try_from(row.split(' ').collect::<Vec<_>>()).unwrap();
        seen.insert(table.to_owned(), (whole.parse().unwrap(), index.parse().unwrap()));
    }
    seen
}
