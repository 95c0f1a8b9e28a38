//! Our client of Zoom against the stand-in: tokens, limits in each form, faults, lists, steps of a plan carried out.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gatepost::base::time::ManualClock;
use gatepost::base::{Clock, Instant, Rng};
use gatepost::outbound::{Client, Options};
use gatepost::scim::attribute::{Attribute, Values};
use gatepost::scim::list::Walk;
use gatepost::standin::fault::{Faults, LimitForm, TokenFault};
use gatepost::standin::world::{DOMAIN, State};
use gatepost::standin::{self, StandIn, hook};
use gatepost::zoom::api::error::ApiError;
use gatepost::zoom::api::limit::LimitKind;
use gatepost::zoom::api::tokens::{Keeps, OfApp, OfGrant, ask, revoke};
use gatepost::zoom::api::{Settings, Zoom};
use gatepost::zoom::carry::{carry_out, carry_out_again};
use gatepost::zoom::credentials::{App, Bases, Credentials, PublicId, Secret};
use gatepost::zoom::oauth::{Grant, Token, TokenCause, Verifier, authorize_url};
use gatepost::zoom::provision::plan::{Action, Change, Step, digest};
use gatepost::zoom::scope::{Capability, compare};
use gatepost::zoom::users::{Plan, Sweep};
use gatepost::zoom::webhook::envelope::Message;
use gatepost::zoom::webhook::kind::TYPES;
use gatepost::zoom::webhook::receive;
use gatepost::zoom::webhook::signature::{Headers, SecretToken};

const NOW: Instant = Instant::from_seconds(1_800_000_000);

/// A stand-in that listens, and a link to it; both by one clock.
struct Set {
    stand_in: StandIn,
    zoom: Zoom,
    bases: Bases,
    client: Client,
    clock: ManualClock,
}

impl Set {
    async fn new(users: u32) -> Self {
        let clock = ManualClock::new(NOW);
        let settings = standin::Settings::demo(Clock::Manual(clock.clone()), Rng::seeded(7), users);
        let stand_in = StandIn::new(settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = standin::router(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        let bases = Bases::custom(&base, &base).unwrap();
        let options = Options { allows_private: true, allows_http: true, ..Options::default() };
        let client = Client::new(options).unwrap();
        let renews = OfApp {
            client: client.clone(),
            bases: bases.clone(),
            app: app(&stand_in),
            account_id: PublicId::parse(&stand_in.settings().account_id).unwrap(),
            clock: Clock::Manual(clock.clone()),
        };
        let zoom = Zoom::new(client.clone(), link(&bases, &clock), Box::new(renews));
        Self { stand_in, zoom, bases, client, clock }
    }

    fn fault(&self, faults: Faults) {
        self.stand_in.inside().faults = faults;
    }

    fn count(&self, what: &str) -> u32 {
        self.stand_in.inside().count.get(what).copied().unwrap_or(0)
    }

    /// The address of some member who can sign in.
    fn member(&self) -> (String, String) {
        let inside = self.stand_in.inside();
        let member = inside.world.users.values().find(|user| user.role == "2" && user.state == State::Active);
        member.map(|user| (user.id.clone(), user.email.clone())).unwrap()
    }

    async fn token(&self, app: &App, grant: &Grant<'_>) -> Result<Token, TokenCause> {
        ask(&self.client, &self.bases, app, grant, &Clock::Manual(self.clock.clone())).await
    }
}

fn link(bases: &Bases, clock: &ManualClock) -> Settings {
    Settings {
        bases: bases.clone(),
        clock: Clock::Manual(clock.clone()),
        rng: Rng::seeded(3),
        longest_wait: 60,
    }
}

fn app(stand_in: &StandIn) -> App {
    App {
        client_id: PublicId::parse(&stand_in.settings().client_id).unwrap(),
        client_secret: Secret::parse(&stand_in.settings().client_secret).unwrap(),
    }
}

fn values(name: &str) -> Values {
    [
        (Attribute::UserName, name),
        (Attribute::Email, name),
        (Attribute::GivenName, "Nia"),
        (Attribute::FamilyName, "New"),
        (Attribute::UserType, "Licensed"),
        (Attribute::Title, "Teacher"),
        (Attribute::Department, "Science"),
        (Attribute::Active, "true"),
    ]
    .into_iter()
    .collect()
}

fn step(action: Action, zoom_id: Option<&str>, changed: &[Attribute]) -> Step {
    let change = |attribute: &Attribute| Change { attribute: *attribute, from: None, to: None };
    Step {
        action,
        person: "user_1".to_owned(),
        zoom_id: zoom_id.map(str::to_owned),
        was: None,
        planned: None,
        rule: None,
        changes: changed.iter().map(change).collect(),
        licences: 0,
        adopts: false,
        adopted_by: None,
        withdraws: None,
    }
}

#[tokio::test]
async fn a_server_to_server_token_is_had_or_its_cause_told() {
    let set = Set::new(5).await;
    let scopes = set.zoom.scopes().await.unwrap();
    assert!(compare(&scopes, &Capability::ALL).iter().all(|verdict| verdict.is_met), "{scopes:?}");
    let app = app(&set.stand_in);
    let account = set.stand_in.settings().account_id.clone();
    let cause = |result: Result<Token, TokenCause>| result.map_or_else(|cause| cause.kind(), |_| "given");
    assert_eq!(cause(set.token(&app, &Grant::Account("another")).await), "wrong_account");
    let stranger = App { client_secret: Secret::parse("not-the-secret").unwrap(), ..app.clone() };
    assert_eq!(cause(set.token(&stranger, &Grant::Account(&account)).await), "wrong_client");
    for (fault, wanted) in [
        (TokenFault::Down, "fault"),
        (TokenFault::Limited, "rate_limited"),
        (TokenFault::Inactive, "not_active"),
    ] {
        set.fault(Faults { token: Some(fault), ..Faults::default() });
        assert_eq!(cause(set.token(&app, &Grant::Account(&account)).await), wanted);
    }
}

/// Keeps a refresh token as a flow would: what was saved, in order.
struct Kept {
    saved: Mutex<Vec<String>>,
    fails: bool,
}

#[async_trait]
impl Keeps for Kept {
    async fn load(&self) -> Result<Secret, TokenCause> {
        let last = self.saved.lock().unwrap().last().cloned();
        Ok(Secret::parse(&last.unwrap()).unwrap())
    }

    async fn save(&self, token: &Token) -> Result<(), TokenCause> {
        if self.fails {
            return Err(TokenCause::NotKept);
        }
        self.saved.lock().unwrap().push(token.refresh.as_ref().unwrap().expose().to_owned());
        Ok(())
    }
}

/// Sends a browser to the stand-in, which consents: the code.
async fn consented(set: &Set, verifier: &Verifier) -> (App, String, String) {
    let (app, redirect_uri) = (app(&set.stand_in), "https://gate.example/zoom/back".to_owned());
    let general = Credentials::General { app: app.clone(), redirect_uri: redirect_uri.clone() };
    let url = authorize_url(&set.bases, &general, "the-state", verifier).unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    assert!(location.starts_with(&redirect_uri) && location.contains("state=the-state"), "{location}");
    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    (app, redirect_uri, code)
}

#[tokio::test]
async fn a_general_app_is_authorised_once_and_refreshed_by_rotation() {
    let set = Set::new(5).await;
    let verifier = Verifier::draw(&Rng::seeded(9));
    let (app, redirect_uri, code) = consented(&set, &verifier).await;
    let grant = |code| Grant::Code { code, redirect_uri: &redirect_uri, verifier: &verifier };
    let first = set.token(&app, &grant(&code)).await.ok().unwrap();
    // A code is for one use, and for whoever began.
    assert_eq!(set.token(&app, &grant(&code)).await.err(), Some(TokenCause::CodeExpired));
    let (_, _, code) = consented(&set, &verifier).await;
    let thief = Verifier::draw(&Rng::seeded(10));
    let stolen = Grant::Code { code: &code, redirect_uri: &redirect_uri, verifier: &thief };
    assert_eq!(set.token(&app, &stolen).await.err(), Some(TokenCause::CodeExpired));

    let refresh = first.refresh.unwrap();
    let kept = Arc::new(Kept { saved: Mutex::new(vec![refresh.expose().to_owned()]), fails: false });
    let renews = |kept: Arc<Kept>| {
        Box::new(OfGrant {
            client: set.client.clone(),
            bases: set.bases.clone(),
            app: app.clone(),
            keeps: kept,
            clock: Clock::Manual(set.clock.clone()),
        })
    };
    let zoom = Zoom::new(set.client.clone(), link(&set.bases, &set.clock), renews(Arc::clone(&kept)));
    for _ in 0..3 {
        zoom.users_page(Sweep::Active, None).await.unwrap();
        set.clock.advance(3600);
    }
    let saved = kept.saved.lock().unwrap().clone();
    assert_eq!(saved.len(), 4, "each refresh was kept: the first, and one an hour");
    assert_eq!(
        set.token(&app, &Grant::Refresh(&refresh)).await.err(),
        Some(TokenCause::Revoked),
        "the old is dead"
    );

    let last = Secret::parse(saved.last().unwrap()).unwrap();
    revoke(&set.client, &set.bases, &app, &last).await.unwrap();
    set.clock.advance(3600);
    let error = zoom.users_page(Sweep::Active, None).await.err();
    assert_eq!(error, Some(ApiError::Token(TokenCause::Revoked)));
    assert!(error.unwrap().is_of_the_link(), "the run stops");
}

#[tokio::test]
async fn a_token_that_could_not_be_kept_is_not_used() {
    let set = Set::new(5).await;
    let verifier = Verifier::draw(&Rng::seeded(9));
    let (app, redirect_uri, code) = consented(&set, &verifier).await;
    let grant = Grant::Code { code: &code, redirect_uri: &redirect_uri, verifier: &verifier };
    let refresh = set.token(&app, &grant).await.ok().unwrap().refresh.unwrap();
    let keeps = Arc::new(Kept { saved: Mutex::new(vec![refresh.expose().to_owned()]), fails: true });
    let clock = Clock::Manual(set.clock.clone());
    let renews = OfGrant { client: set.client.clone(), bases: set.bases.clone(), app, keeps, clock };
    let zoom = Zoom::new(set.client.clone(), link(&set.bases, &set.clock), Box::new(renews));
    let error = zoom.users_page(Sweep::Active, None).await.err();
    assert_eq!(error, Some(ApiError::Token(TokenCause::NotKept)));
    assert_eq!(set.count("GET v2/users"), 0);
}

#[tokio::test]
async fn refused_tokens_limits_and_bursts_pass_unseen() {
    let set = Set::new(5).await;
    for (name, faults) in [
        ("token", Faults { refuse_tokens: 1, ..Faults::default() }),
        ("bare", Faults { limits: 2, ..Faults::default() }),
        ("reset", Faults { limits: 2, limit_form: Some(LimitForm::Reset), ..Faults::default() }),
        ("seconds", Faults { limits: 1, limit_form: Some(LimitForm::Seconds), ..Faults::default() }),
        ("date", Faults { limits: 1, limit_form: Some(LimitForm::Date), ..Faults::default() }),
        ("busy", Faults { limits: 2, limit_form: Some(LimitForm::Busy), ..Faults::default() }),
        ("down", Faults { down: 3, ..Faults::default() }),
        ("lost", Faults { lost: 2, ..Faults::default() }),
        ("slow", Faults { slow_millis: 50, ..Faults::default() }),
    ] {
        set.fault(faults);
        let page = set.zoom.users_page(Sweep::Active, None).await;
        assert!(page.is_ok_and(|page| !page.users.is_empty()), "{name}");
    }
    set.fault(Faults { limits: 1, limit_form: Some(LimitForm::Daily), ..Faults::default() });
    let Err(ApiError::Limited { kind, until }) = set.zoom.users_page(Sweep::Active, None).await else {
        panic!("a day's limit is told")
    };
    assert_eq!((kind, until.unwrap().seconds() % 86_400), (LimitKind::Daily, 0));
}

#[tokio::test]
async fn refusals_that_stay_are_told_by_their_cause() {
    let set = Set::new(5).await;
    for (wanted, faults) in [
        ("scope_missing", Faults { missing_scope: Some("user:read:admin".to_owned()), ..Faults::default() }),
        ("no_permission", Faults { demoted: true, ..Faults::default() }),
        ("token_refused", Faults { refuse_tokens: 9, ..Faults::default() }),
        ("fault", Faults { down: 99, ..Faults::default() }),
    ] {
        set.fault(faults);
        let error = set.zoom.users_page(Sweep::Active, None).await.err().unwrap();
        assert_eq!(error.kind(), wanted);
    }
    set.fault(Faults { no_single_sign_on: true, ..Faults::default() });
    assert_eq!(set.zoom.scim_page(&mut Walk::default()).await.err(), Some(ApiError::NoSingleSignOn));
}

#[tokio::test]
async fn lists_come_whole_by_both_ways() {
    let set = Set::new(950).await;
    let (mut walk, mut scim) = (Walk::default(), Vec::new());
    while let Some(page) = set.zoom.scim_page(&mut walk).await.unwrap() {
        scim.extend(page);
    }
    assert!(!walk.is_short());
    let mut swept = Vec::new();
    for sweep in Sweep::ALL {
        let (mut next, mut of_sweep) = (None, Vec::new());
        loop {
            let page = set.zoom.users_page(sweep, next.as_deref()).await.unwrap();
            of_sweep.extend(page.users);
            next = page.next;
            if next.is_none() {
                assert_eq!(page.total, Some(u64::try_from(of_sweep.len()).unwrap()), "{sweep:?}");
                break;
            }
        }
        assert!(!of_sweep.is_empty(), "{sweep:?}");
        assert_eq!(of_sweep.iter().all(|user| user.id.is_none()), sweep == Sweep::Pending);
        swept.extend(of_sweep);
    }
    assert_eq!(swept.len(), 950);
    assert!(
        swept.iter().any(|user| user.plan == Plan::Licensed)
            && swept.iter().any(gatepost::zoom::users::User::is_protected)
    );
    let with_id = swept.iter().filter_map(|user| user.id.clone());
    let (ids, of_scim): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
        (with_id.collect(), scim.iter().map(|user| user.id.clone()).collect());
    assert_eq!(ids, of_scim);
    assert_eq!(scim.len(), of_scim.len());
    assert!(set.zoom.plan_usage().await.unwrap().pointer("/plan_base/hosts").is_some());
}

#[tokio::test]
async fn a_user_is_made_changed_switched_off_and_deleted() {
    let set = Set::new(5).await;
    let name = format!("nia.new@{DOMAIN}");
    let mut wanted = values(&name);
    let made = carry_out(&set.zoom, &step(Action::Create, None, &[]), &wanted).await.unwrap();
    let id = made.zoom_id.clone().unwrap();
    assert_eq!((made.taken, made.is_pending), (Some(digest(&wanted)), false));
    assert_eq!(made.ignored, Values::default());
    let held = set.zoom.scim_get(&id).await.unwrap().values;
    for attribute in [Attribute::Title, Attribute::UserType, Attribute::Department] {
        assert_eq!(held.get(attribute), wanted.get(attribute));
    }
    assert_eq!(held.get(Attribute::LoginType), Some("sso"));

    // What Zoom ignores is found by reading back.
    set.fault(Faults { ignores: vec!["userType".to_owned()], ..Faults::default() });
    wanted.set(Attribute::UserType, "Basic");
    wanted.set(Attribute::Title, "");
    wanted.set(Attribute::FamilyName, "Newer");
    let changed = [Attribute::UserType, Attribute::Title, Attribute::FamilyName];
    let updated = carry_out(&set.zoom, &step(Action::Update, Some(&id), &changed), &wanted).await.unwrap();
    assert_eq!(updated.ignored.iter().collect::<Vec<_>>(), [(Attribute::UserType, "Basic")]);
    let held = set.zoom.scim_get(&id).await.unwrap().values;
    assert_eq!((held.get(Attribute::Title), held.get(Attribute::GivenName)), (None, Some("Nia")));
    assert_eq!(held.get(Attribute::FamilyName), Some("Newer"));

    for (action, changed, active) in
        [(Action::Disable, &[][..], "false"), (Action::Update, &[Attribute::Active][..], "true")]
    {
        // Twice: a run that was cut off does it again.
        for _ in 0..2 {
            carry_out(&set.zoom, &step(action, Some(&id), changed), &wanted).await.unwrap();
        }
        assert_eq!(set.zoom.scim_get(&id).await.unwrap().values.get(Attribute::Active), Some(active));
    }
    for _ in 0..2 {
        let gone = carry_out(&set.zoom, &step(Action::Delete, Some(&id), &[]), &wanted).await.unwrap();
        assert_eq!(gone.zoom_id, None);
    }
    assert_eq!(set.zoom.scim_find(&name).await, Ok(None));
}

#[tokio::test]
async fn nobody_is_made_twice_when_an_answer_is_lost() {
    let set = Set::new(5).await;
    let name = format!("nia.new@{DOMAIN}");
    let wanted = values(&name);
    set.fault(Faults { lost: 1, ..Faults::default() });
    let made = carry_out(&set.zoom, &step(Action::Create, None, &[]), &wanted).await.unwrap();
    assert_eq!(set.count("POST scim2/Users"), 1);
    // The same again, as after a crash before the result was kept.
    let again = carry_out_again(&set.zoom, &step(Action::Create, None, &[]), &wanted, false).await.unwrap();
    assert_eq!(again.zoom_id, made.zoom_id);
    // A step that nobody began before: whoever is there now is not of our making.
    let stranger = carry_out(&set.zoom, &step(Action::Create, None, &[]), &wanted).await;
    assert_eq!(stranger.err(), Some(ApiError::Conflict));
    let inside = set.stand_in.inside();
    assert_eq!(inside.world.users.values().filter(|user| user.email == name).count(), 1);
}

#[tokio::test]
async fn users_of_other_domains_wait_for_their_invitation() {
    let set = Set::new(5).await;
    let wanted = values("nia@elsewhere.example");
    let made = carry_out(&set.zoom, &step(Action::Create, None, &[]), &wanted).await.unwrap();
    assert!(made.is_pending && made.zoom_id.is_some());
    assert_eq!(set.zoom.scim_find("nia@elsewhere.example").await, Err(ApiError::NotFound));
    assert_eq!(set.zoom.scim_find("nobody@elsewhere.example").await, Ok(None));
}

/// As after a crash before the result was kept: only whoever would be adopted anyway, or bears the names that were sent, is
/// taken for whom we invited.
#[tokio::test]
async fn an_invitation_that_somebody_else_sent_is_not_taken_for_ours() {
    let set = Set::new(5).await;
    let (name, create) = ("nia@elsewhere.example", step(Action::Create, None, &[]));
    let wanted = values(name);
    let made = carry_out(&set.zoom, &create, &wanted).await.unwrap();
    let again = async |may_adopt| {
        let carried = carry_out_again(&set.zoom, &create, &wanted, may_adopt).await;
        carried.map(|carried| (carried.is_pending, carried.zoom_id, carried.taken))
    };
    let ours = Ok((true, None, Some(digest(&wanted))));
    assert_eq!(again(false).await, ours);
    set.fault(Faults { refused: Some("v2/users".to_owned()), ..Faults::default() });
    assert_eq!(again(false).await, Err(ApiError::Conflict), "nobody tells by which names");
    set.fault(Faults::default());
    let id = made.zoom_id.unwrap();
    set.stand_in.inside().world.find_mut(&id).unwrap().given = "Nina".to_owned();
    assert_eq!(again(false).await, Err(ApiError::Conflict));
    assert_eq!(again(true).await, ours);
    assert_eq!(set.count("POST scim2/Users"), 1);
}

#[tokio::test]
async fn owners_of_the_zoom_account_cannot_be_switched_off() {
    let set = Set::new(5).await;
    let owner = set.stand_in.inside().world.users.values().find(|user| user.role == "0").unwrap().id.clone();
    let error = set.zoom.scim_set_active(&owner, false).await.err().unwrap();
    assert_eq!(error.kind(), "refused");
    let (id, email) = set.member();
    set.zoom.scim_set_active(&id, false).await.unwrap();
    assert_eq!(set.stand_in.inside().world.by_email(&email).unwrap().state, State::Inactive);
}

#[tokio::test]
async fn what_the_stand_in_fires_is_received() {
    let secret = SecretToken::new("stand-in-secret-token").unwrap();
    let mut keys = std::collections::BTreeSet::new();
    for (number, known) in (0..).zip(TYPES) {
        let event = hook::event(known.name, "StandInAccount01", number, NOW);
        let sent = hook::delivery(&event, &secret, NOW).unwrap();
        let headers = Headers { signature: Some(&sent.signature), timestamp: Some(&sent.timestamp) };
        let received = receive(headers, &sent.body, &[&secret], Some("StandInAccount01"), NOW).unwrap();
        let Message::Event(event) = received.message else { panic!("{}", known.name) };
        assert_eq!((event.name.as_str(), event.kind), (known.name, known.kind));
        assert_eq!(event.has_download_token, known.name == "recording.completed");
        assert!(keys.insert(event.key));
    }
    let sent = hook::delivery(&hook::validation("qgg8vlvZRS6UYooatFL8Aw", NOW), &secret, NOW).unwrap();
    let headers = Headers { signature: Some(&sent.signature), timestamp: Some(&sent.timestamp) };
    let received = receive(headers, &sent.body, &[&secret], Some("StandInAccount01"), NOW).unwrap();
    assert!(matches!(received.message, Message::Validation { .. }));
}
