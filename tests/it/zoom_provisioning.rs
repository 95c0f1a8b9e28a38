//! Provisioning into Zoom against the stand-in: planned, confirmed, carried out once whatever fails; followed; pushed.

use std::collections::BTreeSet;
use std::time::Duration;

use gatepost::base::id::{UserId, ZoomRunId};
use gatepost::base::{Actor, Clock, Ctx, Rng};
use gatepost::directory::state::{UserState, ZoomRunKind, ZoomRunState, ZoomStepState};
use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::provision::run::{self, RunView, StepView};
use gatepost::flow::zoom::provision::settings::{self, Settings};
use gatepost::flow::zoom::provision::{follow, people, turn};
use gatepost::flow::zoom::work::{LEASE_SECONDS, TURN_SECONDS};
use gatepost::flow::{FlowError, Gateway};
use gatepost::scim::attribute::Attribute;
use gatepost::standin::fault::{Faults, TokenFault};
use gatepost::standin::world::{DOMAIN, State};
use gatepost::standin::{self, StandIn};
use gatepost::storage::user::{self as stored_user, User};
use gatepost::zoom::api::tokens::OfApp;
use gatepost::zoom::api::{self, Zoom};
use gatepost::zoom::credentials::{App, Bases, PublicId, Secret};
use gatepost::zoom::provision::mapping::{Row, Source};
use gatepost::zoom::provision::plan::{Removal, Toggles};
use gatepost::zoom::provision::rule::{Comparison, Condition, Rule};

use crate::site::{Site, slug};

pub const JOB: Actor = Actor::Job("zoom");

/// A site, a stand-in that listens, and a client of it, all by one clock.
pub struct Set {
    pub site: Site,
    pub stand_in: StandIn,
    pub zoom: Zoom,
    /// Where the stand-in is.
    pub base: String,
}

impl Set {
    pub async fn new(users: u32) -> Self {
        Self::at(Site::https().await, users).await
    }

    /// At that site.
    pub async fn at(site: Site, users: u32) -> Self {
        site.own(DOMAIN).await;
        let clock = Clock::Manual(site.clock.clone());
        let stand_in = StandIn::new(standin::Settings::demo(clock.clone(), Rng::seeded(7), users));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = standin::router(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        let bases = Bases::custom(&base, &base).unwrap();
        let client = crate::site::outbound();
        let renews = OfApp {
            client: client.clone(),
            bases: bases.clone(),
            app: App {
                client_id: PublicId::parse(&stand_in.settings().client_id).unwrap(),
                client_secret: Secret::parse(&stand_in.settings().client_secret).unwrap(),
            },
            account_id: PublicId::parse(&stand_in.settings().account_id).unwrap(),
            clock: clock.clone(),
        };
        let link = api::Settings { bases, clock, rng: Rng::seeded(3), longest_wait: 60 };
        let zoom = Zoom::new(client, link, Box::new(renews));
        Self { site, stand_in, zoom, base }
    }

    pub fn ctx(&self) -> Ctx {
        self.site.gateway.ctx(Actor::CommandLine)
    }

    /// People here, whose ids of the platform are their addresses.
    pub async fn people(&self, emails: impl IntoIterator<Item = String>) {
        let mut csv = "external_id,email,first_name,last_name\n".to_owned();
        for email in emails {
            csv.push_str(&format!("{email},{email},Nia,New\n"));
        }
        user::import(&self.site.gateway, &self.ctx(), &slug(), (csv.as_bytes(), false)).await.unwrap();
    }

    pub async fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut new = settings::show(&self.site.gateway, &self.ctx(), &slug()).await.unwrap().settings;
        new.toggles = Toggles { is_on: true, ..new.toggles };
        if new.rules.is_empty() {
            new.rules = vec![rule("all", vec![])];
        }
        change(&mut new);
        settings::save(&self.site.gateway, &self.ctx(), &slug(), new, |_| true).await.unwrap();
    }

    pub async fn ask(&self, is_dry: bool) -> ZoomRunId {
        run::ask(&self.site.gateway, &self.ctx(), (&slug(), is_dry)).await.unwrap().id
    }

    /// Works by this client on what is due, once; whether there was something.
    pub async fn work(&self, gateway: &Gateway) -> bool {
        let ctx = gateway.ctx(JOB);
        let Some(claimed) = turn::claim(gateway, &ctx).await.unwrap() else { return false };
        turn::carry_on(gateway, &ctx, claimed, Some(self.zoom.clone())).await.unwrap();
        true
    }

    pub async fn run(&self, is_dry: bool) -> RunView {
        let id = self.ask(is_dry).await;
        assert!(self.work(&self.site.gateway).await);
        self.view(id).await
    }

    pub async fn view(&self, id: ZoomRunId) -> RunView {
        run::find(&self.site.gateway, &self.ctx(), id).await.unwrap()
    }

    pub async fn steps(&self, id: ZoomRunId, state: Option<ZoomStepState>) -> Vec<StepView> {
        run::steps(&self.site.gateway, &self.ctx(), (id, state), (0, 500)).await.unwrap()
    }

    pub fn fault(&self, faults: Faults) {
        self.stand_in.inside().faults = faults;
    }

    pub fn count(&self, what: &str) -> u32 {
        self.stand_in.inside().count.get(what).copied().unwrap_or(0)
    }

    /// Addresses of members who can sign in there, `count` of them.
    pub fn members(&self, count: usize) -> Vec<String> {
        let inside = self.stand_in.inside();
        let members = inside.world.users.values();
        let members = members.filter(|user| user.role == "2" && user.state == State::Active);
        members.map(|user| user.email.clone()).take(count).collect()
    }

    pub fn state_of(&self, email: &str) -> Option<State> {
        self.stand_in.inside().world.by_email(email).map(|user| user.state)
    }

    pub async fn id_of(&self, email: &str) -> UserId {
        let which = Which::ExternalId(email.to_owned());
        user::find(&self.site.gateway, &self.ctx(), &slug(), &which).await.unwrap().user.id
    }

    pub async fn disable(&self, email: &str) {
        let which = Which::ExternalId(email.to_owned());
        let to = UserState::Disabled;
        user::set_state(&self.site.gateway, &self.ctx(), (&slug(), &which), to).await.unwrap();
    }

    async fn group(&self, email: &str, groups: &[&str]) {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self.change(email, |user| user.profile.groups = Some(groups)).await;
    }

    /// Changes a person as a sign-in would.
    pub async fn change(&self, email: &str, change: impl FnOnce(&mut User)) {
        let id = self.id_of(email).await;
        let mut tx = self.site.storage.write().await.unwrap();
        let account = stored_user::account_of(&mut tx, id).await.unwrap().unwrap();
        let keys = self.site.storage.keys(&mut tx, account).await.unwrap();
        let mut user = stored_user::find(&mut tx, account, id, &keys).await.unwrap().unwrap();
        change(&mut user);
        let with = (self.site.clock.now(), &self.site.rng);
        assert!(stored_user::update(&mut tx, account, &user, &keys, with).await.unwrap());
        tx.commit().await.unwrap();
    }
}

pub fn rule(id: &str, conditions: Vec<Condition>) -> Rule {
    Rule { id: id.to_owned(), name: id.to_owned(), conditions }
}

fn department(text: &str) -> Row {
    let from = Source::Text(text.to_owned());
    Row { attribute: Attribute::Department, from, then: Vec::new(), otherwise: None }
}

/// Waits until it is so, and not without end.
pub async fn until(is_so: impl Fn() -> bool) {
    let patience = tokio::time::timeout(Duration::from_mins(2), async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(patience.await.is_ok(), "it never came to it");
}

pub fn fresh(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("new{number}@{DOMAIN}")).collect()
}

pub fn actions(view: &RunView) -> Vec<(String, u32)> {
    view.totals.actions.iter().map(|(name, count)| (name.clone(), *count)).collect()
}

#[tokio::test]
async fn a_plan_is_looked_at_carried_out_and_then_there_is_nothing_to_do() {
    let set = Set::new(150).await;
    let there = set.members(5);
    set.people(fresh(12).into_iter().chain(there.clone())).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    assert_eq!((planned.kind, planned.state), (ZoomRunKind::Plan, ZoomRunState::Planned));
    assert_eq!(actions(&planned), [("create".to_owned(), 12), ("update".to_owned(), 5)]);
    assert!(planned.totals.orphans > 100 && planned.seen > 0, "{planned:?}");
    assert_eq!(set.count("POST scim2/Users"), 0, "looking changes nothing");
    let steps = set.steps(planned.id, Some(ZoomStepState::Waiting)).await;
    let update = steps.iter().find(|step| step.kind == "update").unwrap();
    assert!(update.adopts && update.name.is_some());
    let given = update.changes.iter().find(|change| change.attribute == Attribute::GivenName).unwrap();
    assert_eq!(given.to.as_deref(), Some("Nia"));
    assert!(given.from.is_some() && given.from != given.to);

    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done, done.failed, done.skipped), (ZoomRunState::Done, 17, 0, 0));
    assert_eq!(set.count("POST scim2/Users"), 12);
    assert!(fresh(12).iter().all(|email| set.state_of(email) == Some(State::Active)));
    let again = run::confirm(&set.site.gateway, &set.ctx(), planned.id).await;
    assert!(matches!(again, Err(FlowError::Invalid(_))), "{again:?}");
    let next = set.run(true).await;
    assert_eq!((actions(&next), next.totals.looked_after), (vec![], 17), "nothing is left to do");
    assert!(next.totals.notes.keys().all(|kind| kind == "orphan"), "{:?}", next.totals.notes);
    let kept = people::list(&set.site.gateway, &set.ctx(), (&slug(), false), (None, 100)).await.unwrap();
    assert_eq!(kept.len(), 17);
    assert!(kept.iter().all(|one| one.zoom_id.is_some() && one.problem.is_none() && one.name.is_some()));
}

#[tokio::test]
async fn what_would_be_done_is_seen_before_anything_is_switched_on() {
    let set = Set::new(10).await;
    set.people(fresh(3)).await;
    set.settings(|settings| settings.toggles.is_on = false).await;
    let planned = set.run(true).await;
    assert_eq!((planned.state, actions(&planned)), (ZoomRunState::Planned, vec![("create".to_owned(), 3)]));
    let (gateway, ctx) = (&set.site.gateway, set.ctx());
    let confirmed = run::confirm(gateway, &ctx, planned.id).await;
    assert!(matches!(confirmed, Err(FlowError::Invalid(_))), "{confirmed:?}");
    let asked = run::ask(gateway, &ctx, (&slug(), false)).await;
    assert!(matches!(asked, Err(FlowError::Invalid(_))), "{asked:?}");
    assert!(!set.work(gateway).await, "nothing is left that somebody would work on");
    assert_eq!(set.count("POST scim2/Users"), 0);
}

#[tokio::test]
async fn who_is_shut_out_gone_or_out_of_the_rules_is_taken_away_as_the_toggles_say() {
    let set = Set::new(20).await;
    let new = fresh(6);
    set.people(new.clone()).await;
    set.settings(|settings| settings.toggles.most_percent = None).await;
    assert_eq!(set.run(false).await.state, ZoomRunState::Done);
    set.disable(&new[0]).await;
    let erased = Which::ExternalId(new[1].clone());
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &erased)).await.unwrap();
    // Nothing is taken from those who are gone before somebody allows it.
    let first = set.run(false).await;
    assert_eq!(actions(&first), [("disable".to_owned(), 1)]);
    assert_eq!(first.totals.notes["switched_off"], 1);
    assert_eq!((set.state_of(&new[0]), set.state_of(&new[1])), (Some(State::Inactive), Some(State::Active)));
    let only =
        Condition { field: "email".to_owned(), comparison: Comparison::Not, values: vec![new[2].clone()] };
    set.settings(|settings| {
        settings.toggles.may_deprovision = true;
        settings.toggles.removal = Removal::Delete;
        settings.rules = vec![rule("all", vec![only])];
    })
    .await;
    let second = set.run(false).await;
    assert_eq!((actions(&second), second.state), (vec![("delete".to_owned(), 2)], ZoomRunState::Done));
    assert_eq!((set.state_of(&new[1]), set.state_of(&new[2])), (None, None));
    assert_eq!(set.state_of(&new[0]), Some(State::Inactive), "shut out, not gone");
    assert!(set.run(false).await.totals.actions.is_empty());
}

#[tokio::test]
async fn what_takes_away_too_much_waits_for_an_owners_word() {
    let set = Set::new(10).await;
    let new = fresh(8);
    set.people(new.clone()).await;
    set.settings(|settings| settings.toggles.most = Some(2)).await;
    set.run(false).await;
    for email in &new[..3] {
        set.disable(email).await;
    }
    let held = set.run(false).await;
    assert_eq!((held.state, held.done), (ZoomRunState::Held, 0));
    assert!(!set.work(&set.site.gateway).await, "nobody works on what waits for a word");
    assert_eq!(set.state_of(&new[0]), Some(State::Active));
    // Settings that change make the plan void.
    let before = set.view(held.id).await;
    set.settings(|settings| settings.every_hours = 6).await;
    let stale = run::confirm(&set.site.gateway, &set.ctx(), before.id).await;
    assert!(matches!(stale, Err(FlowError::Invalid(_))), "{stale:?}");
    let cancelled = run::cancel(&set.site.gateway, &set.ctx(), before.id).await.unwrap();
    assert_eq!(cancelled.state, ZoomRunState::Cancelled);
    let held = set.run(false).await;
    run::confirm(&set.site.gateway, &set.ctx(), held.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    assert_eq!(set.view(held.id).await.done, 3);
    assert_eq!(set.state_of(&new[0]), Some(State::Inactive));
}

#[tokio::test]
async fn a_schedule_that_takes_away_a_few_at_a_time_is_asked_about_as_well() {
    let set = Set::new(10).await;
    let new = fresh(8);
    set.people(new.clone()).await;
    set.settings(|settings| {
        (settings.toggles.most, settings.toggles.most_percent) = (Some(2), None);
        (settings.every_hours, settings.follows_changes) = (1, false);
    })
    .await;
    set.run(false).await;
    for (some, wanted) in [(&new[..2], ZoomRunState::Done), (&new[2..3], ZoomRunState::Held)] {
        for email in some {
            set.disable(email).await;
        }
        set.site.clock.advance(3700);
        follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
        assert!(set.work(&set.site.gateway).await);
        let runs = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap();
        assert_eq!((runs[0].kind, runs[0].state), (ZoomRunKind::Schedule, wanted));
    }
    assert_eq!(set.state_of(&new[2]), Some(State::Active));
}

#[tokio::test]
async fn a_long_run_lets_others_have_their_turn() {
    let set = Set::new(10).await;
    set.people(fresh(40)).await;
    set.settings(|_| {}).await;
    let id = set.ask(false).await;
    let gateway = &set.site.gateway;
    let claimed = turn::claim(gateway, &gateway.ctx(JOB)).await.unwrap().unwrap();
    // Zoom is slow: five minutes pass before the first batch.
    set.site.clock.advance(TURN_SECONDS);
    turn::carry_on(gateway, &gateway.ctx(JOB), claimed, Some(set.zoom.clone())).await.unwrap();
    let given_back = set.view(id).await;
    assert_eq!((given_back.state, given_back.done), (ZoomRunState::Applying, 0), "{given_back:?}");
    assert_eq!(
        (given_back.waits_until, given_back.problem),
        (None, None),
        "it waits for nobody but its turn"
    );
    assert!(set.work(&set.site.beside(97).await).await, "whoever is free goes on");
    assert_eq!((set.view(id).await.state, set.view(id).await.done), (ZoomRunState::Done, 40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_killed_is_gone_on_with_and_nobody_is_made_twice() {
    let set = Set::new(10).await;
    set.people(fresh(60)).await;
    set.settings(|_| {}).await;
    let id = set.ask(false).await;
    set.fault(Faults { slow_millis: 5, ..Faults::default() });
    let (gateway, zoom) = (set.site.gateway.clone(), set.zoom.clone());
    let claimed = turn::claim(&gateway, &gateway.ctx(JOB)).await.unwrap().unwrap();
    let work = tokio::spawn(async move {
        let ctx = gateway.ctx(JOB);
        turn::carry_on(&gateway, &ctx, claimed, Some(zoom)).await
    });
    until(|| set.count("POST scim2/Users") >= 20).await;
    // As a process ends under kill -9: in the middle of some steps, nothing said, nothing given back.
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    let other = set.site.beside(99).await;
    let cut = set.view(id).await;
    assert!((1..60).contains(&cut.done), "{cut:?}");
    assert!(!set.work(&other).await, "it is somebody's still, as far as anybody knows");
    set.site.clock.advance(LEASE_SECONDS);
    assert!(set.work(&other).await);
    let done = set.view(id).await;
    assert_eq!((done.state, done.done, done.failed), (ZoomRunState::Done, 60, 0));
    assert_eq!(set.count("POST scim2/Users"), 60, "each was made once");
    let made = fresh(60);
    let made: BTreeSet<_> = made.iter().filter(|email| set.state_of(email).is_some()).collect();
    assert_eq!(made.len(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_on_the_same_schedule_make_one_run_of_it() {
    let set = Set::new(10).await;
    set.people(fresh(40)).await;
    set.settings(|settings| {
        settings.every_hours = 1;
        settings.follows_changes = false;
    })
    .await;
    set.site.clock.advance(3601);
    let gateways = [set.site.gateway.clone(), set.site.beside(98).await];
    let mut tasks = tokio::task::JoinSet::new();
    for gateway in gateways {
        let zoom = set.zoom.clone();
        tasks.spawn(async move {
            follow::tick(&gateway, &gateway.ctx(JOB)).await.unwrap();
            let ctx = gateway.ctx(JOB);
            while let Some(claimed) = turn::claim(&gateway, &ctx).await.unwrap() {
                turn::carry_on(&gateway, &ctx, claimed, Some(zoom.clone())).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let runs = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 10)).await.unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!((runs[0].kind, runs[0].state, runs[0].done), (ZoomRunKind::Schedule, ZoomRunState::Done, 40));
    assert_eq!(set.count("POST scim2/Users"), 40);
}

#[tokio::test]
async fn a_run_waits_while_zoom_fails_and_ends_when_only_somebody_can_mend_it() {
    let set = Set::new(10).await;
    set.people(fresh(10)).await;
    set.settings(|_| {}).await;
    let id = set.ask(false).await;
    set.fault(Faults { token: Some(TokenFault::Down), ..Faults::default() });
    assert!(set.work(&set.site.gateway).await);
    let waiting = set.view(id).await;
    assert_eq!((waiting.state, waiting.problem.as_deref()), (ZoomRunState::Planning, Some("fault")));
    let until = waiting.waits_until.unwrap();
    assert!(until > set.site.clock.now());
    assert!(!set.work(&set.site.gateway).await, "not before its time");
    // Answers are lost in the middle of it: what became of each is looked up.
    set.fault(Faults { lost: 4, ..Faults::default() });
    set.site.clock.advance(600);
    let claimed = turn::claim(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap().unwrap();
    let going_on = set.view(id).await;
    assert_eq!((going_on.problem, going_on.waits_until), (None, None), "it waits for nothing any more");
    let ctx = set.site.gateway.ctx(JOB);
    turn::carry_on(&set.site.gateway, &ctx, claimed, Some(set.zoom.clone())).await.unwrap();
    for _ in 0..10 {
        set.site.clock.advance(600);
        set.work(&set.site.gateway).await;
    }
    let done = set.view(id).await;
    assert_eq!((done.state, done.done, done.failed), (ZoomRunState::Done, 10, 0), "{done:?}");
    set.people(["late@district.example".to_owned()]).await;
    set.fault(Faults { no_single_sign_on: true, ..Faults::default() });
    let failed = set.run(false).await;
    assert_eq!((failed.state, failed.problem.as_deref()), (ZoomRunState::Failed, Some("no_single_sign_on")));
    assert!(failed.ended_at.is_some());
}

#[tokio::test]
async fn what_zoom_ignores_is_shown_and_not_sent_again() {
    let set = Set::new(10).await;
    set.people(fresh(1)).await;
    set.settings(|settings| {
        settings.mapping.rows.push(department("Arts"));
    })
    .await;
    set.run(false).await;
    set.settings(|settings| {
        settings.mapping.rows.pop();
        settings.mapping.rows.push(department("Science"));
    })
    .await;
    set.fault(Faults { ignores: vec!["department".to_owned()], ..Faults::default() });
    let run = set.run(false).await;
    assert_eq!(actions(&run), [("update".to_owned(), 1)]);
    let steps = set.steps(run.id, Some(ZoomStepState::Done)).await;
    assert_eq!(steps[0].ignored, [(Attribute::Department, "Science".to_owned())]);
    let next = set.run(true).await;
    assert_eq!((actions(&next), next.totals.notes.get("ignored")), (vec![], Some(&1)));
}

#[tokio::test]
async fn somebody_who_changes_is_looked_at_by_themselves() {
    let set = Set::new(300).await;
    set.people(fresh(3)).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.state, ZoomRunState::Done);
    set.site.clock.advance(60);
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(!set.work(&set.site.gateway).await, "nobody changed");
    let lists = set.count("GET v2/users");
    set.people(["one.more@district.example".to_owned()]).await;
    set.disable(&fresh(1)[0]).await;
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let runs = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap();
    assert_eq!((runs[0].kind, runs[0].state), (ZoomRunKind::Change, ZoomRunState::Done));
    assert_eq!(actions(&runs[0]), [("create".to_owned(), 1), ("disable".to_owned(), 1)]);
    assert_eq!(set.state_of("one.more@district.example"), Some(State::Active));
    assert_eq!(set.state_of(&fresh(1)[0]), Some(State::Inactive));
    assert_eq!(set.count("GET v2/users"), lists, "no list was read for it");
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(!set.work(&set.site.gateway).await, "once");
    // One person is tried again by hand.
    let id = set.id_of("one.more@district.example").await;
    let queued = run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(id))).await.unwrap();
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert_eq!((queued, set.work(&set.site.gateway).await), (1, true));
}

#[tokio::test]
async fn groups_are_pushed_and_strangers_in_them_left_alone() {
    let set = Set::new(10).await;
    let new = fresh(3);
    set.people(new.clone()).await;
    for email in &new[..2] {
        set.group(email, &["Teachers"]).await;
    }
    set.settings(|settings| settings.groups = vec!["Teachers".to_owned(), "Nobody".to_owned()]).await;
    let first = set.run(false).await;
    assert_eq!((first.state, first.totals.group_changes), (ZoomRunState::Done, 2));
    let members = |set: &Set| {
        let inside = set.stand_in.inside();
        assert_eq!(inside.world.groups.len(), 1, "no group is made for nobody");
        inside.world.groups[0].members.clone()
    };
    let id = |set: &Set, email: &str| set.stand_in.inside().world.by_email(email).unwrap().id.clone();
    assert_eq!(
        members(&set).into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([id(&set, &new[0]), id(&set, &new[1])])
    );
    let stranger = set.members(1)[0].clone();
    let stranger = id(&set, &stranger);
    set.stand_in.inside().world.groups[0].members.push(stranger.clone());
    set.group(&new[0], &[]).await;
    set.group(&new[2], &["teachers"]).await;
    assert_eq!(set.run(false).await.totals.group_changes, 2);
    assert_eq!(
        members(&set).into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([id(&set, &new[1]), id(&set, &new[2]), stranger])
    );
    assert_eq!(set.run(false).await.totals.group_changes, 0);
    // Who has left the group here, and is put into it by hand there, stays: it was not us.
    let left = id(&set, &new[0]);
    set.stand_in.inside().world.groups[0].members.push(left.clone());
    assert_eq!(set.run(false).await.totals.group_changes, 0);
    assert!(members(&set).contains(&left));
    // Once they are to be in it, they are ours to take out.
    set.group(&new[0], &["Teachers"]).await;
    assert_eq!(set.run(false).await.totals.group_changes, 0);
    set.group(&new[0], &[]).await;
    assert_eq!(set.run(false).await.totals.group_changes, 1);
    assert!(!members(&set).contains(&left));
}
