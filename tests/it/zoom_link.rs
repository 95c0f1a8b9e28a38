//! An account's link to Zoom against the stand-in: entered, replaced, tested, told of when it breaks, authorised, removed.

mod authorised;
mod demoted;
mod forbidden;
mod moved;
mod pace;
mod removed;
mod scopes;
mod surfaces;
mod told;

use gatepost::base::{Actor, Clock, Ctx, Instant, Rng};
use gatepost::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use gatepost::flow::zoom::check::{self, CheckView};
use gatepost::flow::zoom::link::{self, LinkView, OVERLAP_SECONDS, Save};
use gatepost::flow::zoom::{authorize, platform};
use gatepost::flow::{FlowError, Gateway, account, deadline};
use gatepost::jobs;
use gatepost::outbound::mail::Mailer;
use gatepost::standin::fault::{Faults, LimitForm, TokenFault};
use gatepost::standin::{self, StandIn, hook};
use gatepost::words::{EN, ES};
use serde_json::json;

use crate::api::{ask, problem, program, read};
use crate::browser::{Browser, From};
use crate::events::token_of;
use crate::site::{ACCOUNT, HTTPS, Site, slug};

const JOB: Actor = Actor::Job("zoom_checks");
const MAILS: &str = "SELECT COUNT(*) FROM mails";
const PAGE: &str = "/console/at/lincoln/zoom";
const ALL: [&str; 3] = ["events", "provisioning", "inventory"];
const HOUR: i64 = 3600;

/// A site with mail, a stand-in that listens, and an owner of the account.
struct Set {
    site: Site,
    stand_in: StandIn,
    base: String,
    owner: Browser,
}

impl Set {
    async fn new() -> Self {
        let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
        let clock = Clock::Manual(site.clock.clone());
        let stand_in = StandIn::new(standin::Settings::demo(clock, Rng::seeded(7), 5));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = standin::router(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        let owner = site.owner().await;
        Self { site, stand_in, base, owner }
    }

    fn gateway(&self) -> &Gateway {
        &self.site.gateway
    }

    fn ctx(&self) -> Ctx {
        self.gateway().ctx(Actor::CommandLine)
    }

    fn input(&self, kind: ZoomKind) -> Save {
        let app = self.stand_in.settings();
        Save {
            account: slug(),
            kind,
            cloud: ZoomCloud::Custom,
            bases: Some((self.base.clone(), self.base.clone())),
            capabilities: ALL.map(str::to_owned).to_vec(),
            client_id: Some(app.client_id.clone()),
            client_secret: Some(app.client_secret.clone().into()),
            zoom_account: Some(app.account_id.clone()),
            secret_token: Some(app.secret_token.clone().into()),
        }
    }

    async fn save(&self, input: Save) -> Result<LinkView, FlowError> {
        link::save(self.gateway(), &self.ctx(), input, |_| true).await
    }

    async fn linked(kind: ZoomKind) -> Self {
        let set = Self::new().await;
        set.save(set.input(kind)).await.unwrap();
        set
    }

    /// Linked to an app that has these scopes, for these uses.
    async fn granted(scopes: &str, capabilities: &[&str]) -> Self {
        let mut set = Self::new().await;
        let clock = Clock::Manual(set.site.clock.clone());
        let scopes = scopes.to_owned();
        let settings = standin::Settings { scopes, ..standin::Settings::demo(clock, Rng::seeded(8), 3) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        set.base = format!("http://{}", listener.local_addr().unwrap());
        let service = standin::router(StandIn::new(settings));
        tokio::spawn(async move { axum::serve(listener, service).await });
        let capabilities = capabilities.iter().map(|name| (*name).to_owned()).collect();
        set.save(Save { capabilities, ..set.input(ZoomKind::ServerToServer) }).await.unwrap();
        set
    }

    async fn link(&self) -> LinkView {
        self.link_of(ACCOUNT).await
    }

    async fn test(&self) -> Result<CheckView, FlowError> {
        check::test(self.gateway(), &self.ctx(), &slug()).await
    }

    fn fault(&self, faults: Faults) {
        self.stand_in.inside().faults = faults;
    }

    fn count(&self, what: &str) -> u32 {
        self.stand_in.inside().count.get(what).copied().unwrap_or(0)
    }

    async fn events(&self, action: &str) -> i64 {
        self.site.count(&format!("SELECT COUNT(*) FROM events WHERE action = '{action}'")).await
    }

    /// Has the platform's app entered.
    async fn enter_platform_app(&self) {
        let Save { cloud, bases, client_id, client_secret, secret_token, .. } =
            self.input(ZoomKind::Platform);
        let input = platform::Save { cloud, bases, client_id, client_secret, secret_token };
        platform::save(self.gateway(), &self.ctx(), input, |_| true).await.unwrap();
    }

    /// Begins an authorisation in that browser; where it would have come back to.
    async fn consented(&self, browser: &mut Browser, page: &str) -> String {
        let token = token_of(&browser.get(page).await);
        let going = browser.post(&format!("{page}/authorize"), &[("token", &token)], From::ThisSite).await;
        assert_eq!(going.status, 200, "{}", going.body);
        let url = going.between("http-equiv=\"refresh\" content=\"0; url=", "\"").replace("&#38;", "&");
        let url = url.replace("&amp;", "&");
        assert!(url.starts_with(&format!("{}/oauth/authorize?response_type=code&", self.base)), "{url}");
        assert!(url.contains("code_challenge_method=S256") && !url.contains("code_verifier"), "{url}");
        let location = consent(&url).await;
        let there = format!("{HTTPS}/zoom/authorized?");
        assert!(location.starts_with(&there), "{location}");
        location.strip_prefix(HTTPS).unwrap().to_owned()
    }

    /// Has the app of an account's link authorised.
    async fn authorised(&self, browser: &mut Browser, page: &str) {
        let path = self.consented(browser, page).await;
        let back = browser.get(&path).await;
        assert_eq!(back.status, 303, "{}", back.body);
    }

    /// An account's link by the platform's app, authorised by an operator for that Zoom account.
    async fn linked_by_platform(&self, account: &str, zoom_account: &str) {
        let input = Save { account: account.parse().unwrap(), ..self.input(ZoomKind::Platform) };
        self.save(input).await.unwrap();
        self.stand_in.inside().account_id = Some(zoom_account.to_owned());
        let mut operator = self.site.operator().await;
        self.authorised(&mut operator, &format!("/console/at/{account}/zoom")).await;
    }

    /// Whoever authorises, as Zoom knows them: the owner of the stand-in's account.
    fn zoom_owner(&self) -> String {
        let inside = self.stand_in.inside();
        inside.world.users.values().find(|user| user.role == "0").unwrap().id.clone()
    }

    /// Posts as Zoom does, signed by the app's secret token; the status and the code.
    async fn deliver(&self, way: &str, body: &str) -> (u16, String) {
        let secret = &self.stand_in.settings().secret_token;
        let answer = crate::zoom_events::deliver(&self.site, way, body, secret).await;
        let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer.status.as_u16(), told["code"].as_str().unwrap_or_default().to_owned())
    }

    fn happened(&self, zoom_account: &str, number: u32) -> String {
        hook::event("meeting.started", zoom_account, number, self.site.clock.now()).to_string()
    }

    /// Word that somebody removed the app.
    fn removed(&self, (zoom_account, user): (&str, &str), at: Instant) -> String {
        json!({
            "event": "app_deauthorized", "event_ts": self.site.clock.now().micros() / 1000, "payload": {
                "account_id": zoom_account, "user_id": user, "client_id": self.stand_in.settings().client_id,
                "deauthorization_time": at.to_string(), "signature": "x",
            }
        })
        .to_string()
    }

    async fn link_of(&self, account: &str) -> LinkView {
        let account = account.parse().unwrap();
        link::show(self.gateway(), &self.ctx(), &account).await.unwrap().link.unwrap()
    }
}

/// What the stand-in answers to a browser that is sent there: on to where it came from.
pub async fn consent(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned()
}

fn kind(view: &CheckView) -> String {
    view.report.first_problem().map_or_else(|| "good".to_owned(), |problem| problem.kind)
}

#[tokio::test]
async fn credentials_are_kept_sealed_and_replaced_in_part() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    let first = set.link().await;
    assert_eq!(
        (first.kind, first.state, first.version),
        (ZoomKind::ServerToServer, ZoomLinkState::Active, 1)
    );
    assert_eq!(first.client_secret_hint.as_deref(), Some("0001"));
    assert_eq!((first.secret_token_hint.as_deref(), first.overlap_until), (Some("0001"), None));
    assert_eq!(first.capabilities, ALL);

    // What is not given stays; a new secret token has that of before beside it for a day.
    set.site.clock.advance(60);
    let input = Save {
        client_id: None,
        client_secret: None,
        zoom_account: None,
        secret_token: Some("another-secret-token-0002".into()),
        ..set.input(ZoomKind::ServerToServer)
    };
    let second = set.save(input).await.unwrap();
    assert_eq!((second.id, &second.client_id, second.version), (first.id, &first.client_id, 2));
    assert_eq!(second.client_secret_set_at, first.client_secret_set_at);
    assert_eq!(second.secret_token_hint.as_deref(), Some("0002"));
    assert_eq!(second.overlap_until, Some(set.site.clock.now().plus_seconds(OVERLAP_SECONDS)));
    assert_eq!(kind(&set.test().await.unwrap()), "good", "what runs is not interrupted");
    set.site.clock.advance(OVERLAP_SECONDS);
    assert_eq!(set.link().await.overlap_until, None);

    // Another client id needs its own secret.
    let other = Save {
        client_id: Some("AnotherClient02".to_owned()),
        client_secret: None,
        ..set.input(ZoomKind::ServerToServer)
    };
    let error = set.save(other).await.unwrap_err();
    assert!(error.to_string().contains("Client Secret: it is empty"), "{error}");
    let stale =
        link::save(set.gateway(), &set.ctx(), set.input(ZoomKind::ServerToServer), |is| is == 1).await;
    assert!(matches!(stale, Err(FlowError::Stale)));

    let stored = set.site.folder.dump().await;
    let app = set.stand_in.settings();
    for secret in [app.client_secret.as_str(), &app.secret_token, "another-secret-token-0002", &app.client_id]
    {
        assert!(!stored.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    link::remove(set.gateway(), &set.ctx(), &slug(), |_| true).await.unwrap();
    assert!(link::show(set.gateway(), &set.ctx(), &slug()).await.unwrap().link.is_none());
    assert_eq!((set.events("zoom_link.created").await, set.events("zoom_link.removed").await), (1, 1));
    assert!(matches!(set.test().await, Err(FlowError::NotFound(_))));
}

#[tokio::test]
async fn a_test_says_what_is_wrong_in_plain_words() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    let good = set.test().await.unwrap();
    assert_eq!((good.state, kind(&good).as_str()), (ZoomCheckState::Good, "good"));
    assert_eq!(good.report.parts.iter().map(|part| part.capability.as_str()).collect::<Vec<_>>(), ALL);
    assert!(good.report.parts.iter().all(|part| part.was_called && part.problem.is_none()));
    let optional = good.report.parts.iter().flat_map(|part| &part.needs).filter(|need| !need.is_met);
    assert_eq!(optional.count(), 0);

    let token = |fault| Faults { token: Some(fault), ..Faults::default() };
    for (faults, wanted, said) in [
        (token(TokenFault::Inactive), "not_active", "activate it on its page in the Zoom Marketplace"),
        (token(TokenFault::Limited), "rate_limited", "Zoom asks us to come back later"),
        (token(TokenFault::Down), "fault", "this passes by itself"),
        (
            Faults { missing_scope: Some("scim2".to_owned()), ..Faults::default() },
            "scope_missing",
            "add it on the app's page",
        ),
        (Faults { demoted: true, ..Faults::default() }, "no_permission", "give them an administrator's role"),
        (
            Faults { no_single_sign_on: true, ..Faults::default() },
            "no_single_sign_on",
            "single sign-on is not switched on in the Zoom account",
        ),
        (Faults { down: 99, ..Faults::default() }, "fault", "Zoom could not answer (status 503)"),
        (Faults { refuse_tokens: 9, ..Faults::default() }, "token_refused", "activate the app again"),
        (
            Faults { limits: 99, limit_form: Some(LimitForm::Daily), ..Faults::default() },
            "limited",
            "come back later",
        ),
    ] {
        set.fault(faults);
        let view = set.test().await.unwrap();
        assert_eq!((view.state, kind(&view).as_str()), (ZoomCheckState::Failing, wanted));
        let sentence = view.report.first_problem().unwrap().sentence;
        assert!(EN.sentence(&sentence).contains(said), "{wanted}: {}", EN.sentence(&sentence));
        assert_ne!(ES.sentence(&sentence), EN.sentence(&sentence), "{wanted} in Spanish");
        set.fault(Faults::default());
        assert_eq!(kind(&set.test().await.unwrap()), "good", "after {wanted}");
    }
    // What ails the whole link is tried once.
    set.fault(Faults { down: 99, ..Faults::default() });
    let view = set.test().await.unwrap();
    let called: Vec<_> = view.report.parts.iter().map(|part| part.was_called).collect();
    assert_eq!(called, [true, false, false]);
    set.fault(Faults::default());

    for (input, wanted) in [
        (
            Save { client_secret: Some("not-the-secret-0003".into()), ..set.input(ZoomKind::ServerToServer) },
            "wrong_client",
        ),
        (
            Save { zoom_account: Some("Another".to_owned()), ..set.input(ZoomKind::ServerToServer) },
            "wrong_account",
        ),
        (
            Save {
                bases: Some(("http://127.0.0.1:9".to_owned(), "http://127.0.0.1:9".to_owned())),
                ..set.input(ZoomKind::ServerToServer)
            },
            "unreachable",
        ),
    ] {
        let saved = set.save(input).await.unwrap();
        assert_eq!(saved.state, ZoomLinkState::Active, "it is kept all the same");
        assert_eq!(kind(&set.test().await.unwrap()), wanted);
        assert_eq!(set.link().await.check, ZoomCheckState::Failing);
    }
}

#[tokio::test]
async fn missing_scopes_are_named_with_where_to_add_them() {
    let mut set = Set::granted("user:read:list_users:admin meeting:read:meeting:admin", &ALL).await;
    let view = set.test().await.unwrap();
    let problem = view.report.first_problem().unwrap();
    assert_eq!(view.report.is_granular, Some(true));
    assert_eq!(problem.scopes, ["cloud_recording:read:recording:admin", "scim2:admin"]);
    let page = set.owner.get(PAGE).await;
    for told in [
        "The link does not work.",
        "Add cloud_recording:read:recording:admin on the app&#39;s page",
        "missing, can be left out",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
}

#[tokio::test]
async fn owners_are_told_once_when_it_breaks_and_once_when_it_works_again() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    let before = set.site.count(MAILS).await;
    let turn = async |seconds: i64| {
        set.site.clock.advance(seconds);
        check::run_due(set.gateway(), &set.gateway().ctx(JOB)).await.unwrap();
    };
    // A link that is new is tested at once, and that it works is no news.
    turn(0).await;
    assert_eq!((set.link().await.check, set.site.count(MAILS).await), (ZoomCheckState::Good, before));
    let calls = set.count("POST oauth/token");
    turn(HOUR).await;
    assert_eq!(set.count("POST oauth/token"), calls, "its turn has not come");
    set.fault(Faults { demoted: true, ..Faults::default() });
    turn(6 * HOUR).await;
    let failing = set.link().await;
    assert_eq!((failing.check, failing.failing_since), (ZoomCheckState::Failing, Some(set.site.clock.now())));
    assert_eq!(set.site.count(MAILS).await, before + 1);
    turn(HOUR).await;
    turn(HOUR).await;
    assert_eq!(set.site.count(MAILS).await, before + 1, "once");
    assert_eq!(set.link().await.failing_since, failing.failing_since);
    set.fault(Faults::default());
    turn(HOUR).await;
    assert_eq!((set.link().await.check, set.site.count(MAILS).await), (ZoomCheckState::Good, before + 2));
    assert_eq!((set.events("zoom_link.broke").await, set.events("zoom_link.mended").await), (1, 1));

    // What passes by itself is told when it lasts.
    set.fault(Faults { token: Some(TokenFault::Down), ..Faults::default() });
    turn(6 * HOUR).await;
    assert_eq!((set.link().await.check, set.site.count(MAILS).await), (ZoomCheckState::Failing, before + 2));
    turn(HOUR).await;
    turn(HOUR).await;
    assert_eq!(set.site.count(MAILS).await, before + 3);
    let denied = check::run_due(set.gateway(), &set.ctx()).await;
    assert!(matches!(denied, Err(FlowError::Denied(_))));
}

#[tokio::test]
async fn a_test_that_was_overtaken_by_a_change_is_not_kept() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    set.fault(Faults { slow_millis: 300, ..Faults::default() });
    let ctx = set.ctx();
    let account = slug();
    let (tested, saved) = tokio::join!(check::test(set.gateway(), &ctx, &account), async {
        while set.count("GET v2/meetings") == 0 {
            tokio::task::yield_now().await;
        }
        set.save(set.input(ZoomKind::ServerToServer)).await
    });
    assert!(saved.is_ok() && matches!(tested, Err(FlowError::Stale)), "{tested:?}");
    assert_eq!(set.link().await.check, ZoomCheckState::Untested);
}

#[tokio::test]
async fn secrets_that_grow_old_and_addresses_that_zoom_does_not_check_are_on_the_boards() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    set.enter_platform_app().await;
    let board = async || {
        let found = deadline::board(set.gateway(), &set.ctx(), &slug()).await.unwrap();
        found.into_iter().map(|one| (one.kind.name(), one.ends_at)).collect::<Vec<_>>()
    };
    let year = set.site.clock.now().plus_seconds(365 * 24 * HOUR);
    assert_eq!(board().await, [("zoom_secret", year)]);
    let all = deadline::board_of_all(set.gateway(), &set.ctx(), None).await.unwrap().0;
    let of_platform: Vec<_> =
        all.iter().filter(|one| one.account.is_none()).map(|one| (one.kind.name(), one.ends_at)).collect();
    assert_eq!(of_platform, [("zoom_secret", year)]);
    let micros = set.site.clock.now().micros();
    set.site.execute(&format!("UPDATE zoom_links SET validated_at = {micros}")).await;
    set.site.clock.advance(72 * HOUR);
    assert_eq!(board().await.len(), 1, "Zoom asks about now");
    set.site.clock.advance(12 * HOUR);
    assert_eq!(board().await.first().map(|one| one.0), Some("zoom_validation"));
    let before = set.site.count(MAILS).await;
    deadline::notice::run(set.gateway(), &set.gateway().ctx(Actor::Job("deadlines"))).await.unwrap();
    assert_eq!(set.site.count(MAILS).await, before + 1);
}
