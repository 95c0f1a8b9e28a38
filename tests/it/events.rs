//! What was done: looked through, in words, and taken away as a file.

use gatepost::base::Actor;
use gatepost::base::caller::{Member, Role};
use gatepost::base::id::OperatorId;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, UserState};
use gatepost::flow::event::{self, Filter, Most, READ};
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{FlowError, account, domain, owner};

use crate::browser::From;
use crate::site::{Site, slug};

impl Site {
    async fn search(&self, filter: &Filter, before: Option<i64>) -> event::Page {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        event::search(&self.gateway, &ctx, &slug(), filter, (before, Most::Events(50))).await.unwrap()
    }

    async fn found(&self, change: impl FnOnce(&mut Filter)) -> Vec<String> {
        let mut filter = Filter::default();
        change(&mut filter);
        self.search(&filter, None).await.events.into_iter().map(|event| event.action).collect()
    }
}

/// The token that forms of a page carry.
pub fn token_of(page: &crate::browser::Answer) -> String {
    page.between("name=\"token\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn events_are_found_by_who_what_to_what_and_when() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.clock.advance(3 * 86_400);
    let mut owner = site.owner().await;
    let page = owner.get("/console/at/lincoln/domains").await;
    let form = [("token", token_of(&page)), ("domain", "school.example".to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(owner.post("/console/at/lincoln/domains", &form, From::ThisSite).await.status, 303);

    // A day that is none is told, not left out without a word; of a file it would never be noticed.
    for page in ["events", "sign-ins"] {
        let wrong = owner.get(&format!("/console/at/lincoln/{page}?from=2026-99-99&to=2026-03-02")).await;
        assert_eq!(wrong.status, 400, "{page}: {}", wrong.body);
        assert!(wrong.body.contains("2026-99-99") && wrong.body.contains("is no day"), "{}", wrong.body);
    }
    let token = token_of(&owner.get("/console/at/lincoln/events").await);
    let form = [("token", token.as_str()), ("from", "2026-99-99")];
    assert_eq!(owner.post("/console/at/lincoln/events/export", &form, From::ThisSite).await.status, 400);

    let some = |text: &str| Some(text.to_owned());
    assert_eq!(site.found(|filter| filter.action = some("domain")).await, ["domain.added"]);
    assert_eq!(site.found(|filter| filter.action = some("domain.added")).await, ["domain.added"]);
    assert!(site.found(|filter| filter.action = some("dom")).await.is_empty(), "words, not their beginnings");
    assert!(site.found(|filter| filter.actor = some("user")).await.contains(&"domain.added".to_owned()));
    assert!(
        !site.found(|filter| filter.actor = some("command_line")).await.contains(&"domain.added".to_owned())
    );
    let id = okta.connection.id.to_string();
    assert!(site.found(|filter| filter.target = Some(id)).await.contains(&"connection.created".to_owned()));
    let now = site.clock.now();
    let day = now.plus_seconds(-86_400);
    assert!(!site.found(|filter| filter.from = Some(day)).await.contains(&"connection.created".to_owned()));
    assert!(!site.found(|filter| filter.until = Some(day)).await.contains(&"domain.added".to_owned()));
    assert!(site.found(|filter| filter.until = Some(day)).await.contains(&"connection.created".to_owned()));

    // In words, with names, and from where.
    let told = owner.get("/console/at/lincoln/events?action=domain").await;
    assert!(told.body.contains("User Olive claimed the domain school.example."), "{}", told.body);
    assert!(told.body.contains("192.0.2.77"), "{}", told.body);
    assert!(!told.body.contains("connection.created"));
    let event = site.search(&Filter { action: some("domain"), ..Filter::default() }, None).await.events;
    assert_eq!(event[0].client.as_deref(), Some("192.0.2.77"));
    // Somebody's own page leads to what they did, and there they stay who is asked for.
    let actor = &event[0].actor;
    let id = actor.strip_prefix("user:").unwrap();
    let person = owner.get(&format!("/console/at/lincoln/people/{id}")).await.body;
    assert!(person.contains(&format!("/console/at/lincoln/events?actor={actor}\"")), "{person}");
    let theirs = owner.get(&format!("/console/at/lincoln/events?actor={actor}")).await.body;
    assert!(theirs.contains(&format!("<option value=\"{actor}\" selected>User Olive</option>")), "{theirs}");
    assert!(theirs.contains("domain.added") && !theirs.contains("connection.created"), "{theirs}");
    assert!(event[0].request.as_deref().is_some_and(|request| request.starts_with("req_")));
    assert!(!event[0].body.as_deref().unwrap().contains("192.0.2.77"), "it is said once");
    let sealed = site.hex("SELECT body_sealed FROM events WHERE action = 'domain.added'").await;
    assert!(sealed.len() > 2 && !sealed.contains(&gatepost::base::encoding::hex(b"192.0.2.77")), "{sealed}");
}

#[tokio::test]
async fn a_rare_event_is_found_in_steps() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let first = site.count("SELECT MAX(seq) FROM events").await;
    // Nobody reads these bodies: what is looked for is beside them.
    site.execute(&format!(
        "INSERT INTO events (account_id, seq, at, actor, action, target, body_sealed, hash)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})
        SELECT a.id, {first} + n.i, 1, 'command_line', 'account.looked_at', 'x', {}, {} FROM accounts a, n",
        READ + 10,
        site.blob(b"x"),
        site.blob(b"x"),
    ))
    .await;
    let filter = Filter { action: Some("connection.created".to_owned()), ..Filter::default() };
    let page = site.search(&filter, None).await;
    assert!(page.events.is_empty() && page.looked_to.is_some(), "{page:?}");
    let next = site.search(&filter, page.next).await;
    assert_eq!((next.events.len(), next.next), (1, None));
    let all = site.search(&Filter::default(), None).await;
    assert_eq!((all.events.len(), all.looked_to), (50, None));
    assert!(all.events[0].body.is_none(), "a body that does not open hides no other");
}

#[tokio::test]
async fn looks_of_an_operator_are_one_line_and_none_goes_on_in_the_next_page() {
    let site = Site::https().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let operator = OperatorId::make(site.clock.now(), &site.rng);
    let looking = site.gateway.ctx(Actor::Operator(operator));
    for number in 0..3 {
        for page in ["owners", "domains", "events"] {
            account::look(&site.gateway, &looking, &slug(), page).await.unwrap();
        }
        let email = format!("g{number}@x.example");
        domain::add_guest(&site.gateway, &ctx, &slug(), (&email, "asked")).await.unwrap();
    }
    let page = async |before: Option<i64>| {
        let filter = Filter::default();
        event::search(&site.gateway, &ctx, &slug(), &filter, (before, Most::Lines(2))).await.unwrap()
    };
    let first = page(None).await;
    let lines: Vec<_> = event::lines(&first.events).map(<[_]>::len).collect();
    assert_eq!(lines, [1, 3], "{first:?}");
    let (mut seen, mut next) = (Vec::new(), Some(i64::MAX));
    while let Some(before) = next {
        let found = page(Some(before)).await;
        assert!(event::lines(&found.events).count() <= 2, "{found:?}");
        seen.extend(found.events.iter().map(|event| event.seq));
        next = found.next;
    }
    let last = site.count("SELECT MAX(seq) FROM events").await;
    assert_eq!(seen, (1..=last).rev().collect::<Vec<_>>(), "each once");
}

#[tokio::test]
async fn events_leave_as_a_file_and_that_is_one_more() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let mut owner = site.owner().await;
    let token = token_of(&owner.get("/console/at/lincoln/events").await);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let guest = ("g@x.example", "=HYPERLINK(1)");
    domain::add_guest(&site.gateway, &ctx, &slug(), guest).await.unwrap();
    // More than one portion of them.
    let last = site.count("SELECT MAX(seq) FROM events").await;
    site.execute(&format!(
        "INSERT INTO events (account_id, seq, at, actor, action, target, body_sealed, hash)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        SELECT a.id, {last} + n.i, 1, 'command_line', '=1+1', 'x', {0}, {0} FROM accounts a, n",
        site.blob(b"x"),
    ))
    .await;
    let path = "/console/at/lincoln/events/export";
    let csv = owner.post(path, &[("token", &token), ("format", "csv")], From::ThisSite).await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        csv.header("content-disposition"),
        Some("attachment; filename=\"gatepost-events-lincoln.csv\"")
    );
    let lines: Vec<_> = csv.body.lines().collect();
    let count = usize::try_from(
        site.count(
            "SELECT COUNT(*) FROM events e JOIN accounts a ON a.id = e.account_id AND a.slug = 'lincoln'",
        )
        .await,
    )
    .unwrap();
    assert_eq!(lines.len(), count + 1);
    assert!(csv.body.contains(",'=1+1,") && !csv.body.contains(",=1+1,"), "no formulas");
    assert!(lines[0].starts_with("number,at,actor") && lines[1].contains("events.exported"), "{}", lines[1]);
    let form = [("token", token.as_str()), ("format", "jsonl"), ("action", "connection")];
    let jsonl = owner.post(path, &form, From::ThisSite).await;
    for line in jsonl.body.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["action"].as_str().unwrap().starts_with("connection."), "{line}");
    }
    assert!(jsonl.body.lines().count() > 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'events.exported'").await, 2);
    assert_eq!(owner.post(path, &[("format", "csv")], From::ThisSite).await.status, 403, "a form of ours");

    // The installation's own, for those who run it.
    let mut operator = site.operator().await;
    let page = operator.get("/console/events").await;
    assert!(page.body.contains("put another public address into use"), "{}", page.body);
    let token = token_of(&page);
    let csv = operator
        .post("/console/events/export", &[("token", &token), ("format", "csv")], From::ThisSite)
        .await;
    assert!(csv.body.contains("public_url.used"), "{}", csv.body);
    assert_eq!(owner.get("/console/events").await.status, 403);
}

#[tokio::test]
async fn an_operator_has_the_installation_and_an_account_in_lists_of_their_own() {
    let site = Site::https().await;
    let (sections, path) = ("<nav class=\"sections\"", "/console/at/lincoln/owners");
    let mut operator = site.operator().await;
    let page = operator.get(path).await;
    let nav = page.between(sections, "</nav>");
    let (installation, account) = nav.split_once("</details>").unwrap();
    for of_all in ["/console/health", "/console/deadlines", "/console/passkeys"] {
        let link = format!("href=\"{of_all}\"");
        assert!(installation.contains(&link) && !account.contains(&link), "{nav}");
    }
    assert!(
        account.contains("/console/at/lincoln/deadlines") && !installation.contains("/console/at/"),
        "{nav}"
    );
    assert_eq!(nav.matches(">Deadlines<").count(), 1, "each by a name of its own: {nav}");
    let outside = operator.get("/console/health").await;
    assert!(!outside.between(sections, "</nav>").contains("<details"), "{}", outside.body);
    let owners = site.owner().await.get(path).await;
    let nav = owners.between(sections, "</nav>");
    assert!(nav.contains("/console/passkeys") && !nav.contains("<details"), "{nav}");
}

#[tokio::test]
async fn whoever_stops_being_an_owner_reads_no_further_portion() {
    let site = Site::https().await;
    site.owner().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let id = owner::list(&site.gateway, &ctx, &slug()).await.unwrap()[0].id;
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let began = site.gateway.ctx(Actor::User(Member { id, account, role: Role::Owner }));
    let portion = async || {
        let now = event::standing(&site.gateway, &began).await?;
        event::search(&site.gateway, &now, &slug(), &Filter::default(), (None, Most::Events(50))).await
    };
    assert!(portion().await.is_ok());
    let which = Which::Id(id);
    let less = Changes { role: Some(Role::Member), ..Changes::default() };
    user::update(&site.gateway, &ctx, (&slug(), &which), less).await.unwrap();
    assert!(matches!(portion().await, Err(FlowError::Denied(_))));
    let more = Changes { role: Some(Role::Owner), ..Changes::default() };
    user::update(&site.gateway, &ctx, (&slug(), &which), more).await.unwrap();
    assert!(portion().await.is_ok());
    user::set_state(&site.gateway, &ctx, (&slug(), &which), UserState::Disabled).await.unwrap();
    assert!(matches!(portion().await, Err(FlowError::Denied(_))));
}

#[tokio::test]
async fn a_key_reads_no_further_portion_while_its_account_is_suspended() {
    let site = Site::https().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let began = site.key("events:read").await;
    let goes_on = async |state| {
        let change = account::Update { state: Some(state), ..account::Update::default() };
        account::update(&site.gateway, &ctx, &slug(), change).await.unwrap();
        match event::standing(&site.gateway, &began).await {
            Ok(now) => {
                assert_eq!(now.actor, began.actor);
                true
            }
            Err(FlowError::Denied(_)) => false,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(!goes_on(AccountState::Disabled).await);
    assert!(goes_on(AccountState::Active).await);
    site.clock.advance(31 * 86_400);
    let later = gatepost::base::Ctx { now: site.clock.now(), ..began.clone() };
    assert!(event::standing(&site.gateway, &later).await.is_err(), "nor when it has ended");
}
