//! Runs into Zoom over time: who goes with which rule, what stops a run and what does not, and who hears of it.

use std::collections::BTreeSet;

use gatepost::base::Actor;
use gatepost::directory::state::{UserState, ZoomCloud, ZoomKind, ZoomRunKind, ZoomRunState, ZoomStepState};
use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::link::{self, Save};
use gatepost::flow::zoom::provision::{follow, run, turn};
use gatepost::flow::zoom::work::{LEASE_SECONDS, TURN_SECONDS};
use gatepost::flow::{FlowError, sweep};
use gatepost::outbound::mail::Mailer;
use gatepost::standin::fault::Faults;
use gatepost::standin::world::{DOMAIN, State};
use gatepost::storage::{user as stored_user, zoom_pushed};
use gatepost::zoom::api::Zoom;
use gatepost::zoom::provision::plan::Removal;
use gatepost::zoom::provision::rule::{Comparison, Condition, Rule};

use crate::site::{HTTPS, Site, slug};
use crate::zoom_provisioning::{JOB, Set, actions, fresh, rule, until};

/// A rule for those of a group.
fn of_group(id: &str, group: &str) -> Rule {
    let (field, values) = ("groups".to_owned(), vec![group.to_owned()]);
    rule(id, vec![Condition { field, comparison: Comparison::Any, values }])
}

/// How many have come under that rule.
async fn under(set: &Set, rule: &str) -> i64 {
    set.site.count(&format!("SELECT COUNT(*) FROM zoom_people WHERE rule = '{rule}'")).await
}

#[tokio::test]
async fn who_came_under_another_rule_goes_or_stays_with_that_one() {
    for is_looked_at_first in [false, true] {
        let set = Set::new(10).await;
        set.people(fresh(2)).await;
        set.settings(|settings| {
            let toggles = &mut settings.toggles;
            (toggles.may_deprovision, toggles.removal) = (true, Removal::Delete);
            (toggles.most, toggles.most_percent) = (None, None);
            settings.rules = vec![rule("old", vec![])];
        })
        .await;
        assert_eq!(set.run(false).await.done, 2);
        set.settings(|settings| settings.rules = vec![rule("new", vec![]), rule("old", vec![])]).await;
        if is_looked_at_first {
            let planned = set.run(true).await;
            assert_eq!((actions(&planned), under(&set, "new").await), (vec![], 0), "looking changes nothing");
            run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
            assert!(set.work(&set.site.gateway).await);
        } else {
            assert!(set.run(false).await.totals.actions.is_empty(), "Zoom has nothing to be told");
        }
        assert_eq!(under(&set, "new").await, 2);
        // The one that they were under is deleted; the one of before is there still, and means them no more.
        set.settings(|settings| settings.rules = vec![of_group("old", "Nobody")]).await;
        let planned = set.run(true).await;
        assert_eq!((actions(&planned), planned.totals.notes.get("rule_deleted")), (vec![], Some(&2)));
    }
}

#[tokio::test]
async fn who_changes_from_one_rule_to_another_is_under_the_other_at_once() {
    let set = Set::new(10).await;
    let new = fresh(1);
    set.people(new.clone()).await;
    let groups = async |group: &str| {
        set.change(&new[0], |user| user.profile.groups = Some(vec![group.to_owned()])).await;
    };
    groups("Staff").await;
    set.settings(|settings| {
        settings.rules = vec![of_group("staff", "Staff"), of_group("board", "Board")];
    })
    .await;
    assert_eq!(set.run(false).await.done, 1);
    assert_eq!(under(&set, "staff").await, 1);
    set.site.clock.advance(60);
    groups("Board").await;
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let runs = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap();
    assert_eq!((runs[0].kind, runs[0].state, runs[0].steps), (ZoomRunKind::Change, ZoomRunState::Done, 0));
    assert_eq!(under(&set, "board").await, 1);
}

#[tokio::test]
async fn a_scope_that_deleting_lacks_keeps_nobody_from_being_made() {
    let set = Set::new(10).await;
    let new = fresh(3);
    set.people(new[..2].iter().cloned()).await;
    set.settings(|settings| {
        let toggles = &mut settings.toggles;
        (toggles.may_deprovision, toggles.removal) = (true, Removal::Delete);
        (toggles.most, toggles.most_percent) = (None, None);
    })
    .await;
    assert_eq!(set.run(false).await.done, 2);
    let gone = Which::ExternalId(new[0].clone());
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &gone)).await.unwrap();
    set.people([new[2].clone()]).await;
    set.fault(Faults { refused: Some("v2/users".to_owned()), ..Faults::default() });
    let run = set.run(false).await;
    assert_eq!(actions(&run), [("create".to_owned(), 1), ("delete".to_owned(), 1)]);
    assert_eq!((run.state, run.done, run.failed), (ZoomRunState::Done, 1, 1), "{run:?}");
    assert_eq!(set.state_of(&new[2]), Some(State::Active));
    let failed = set.steps(run.id, Some(ZoomStepState::Failed)).await;
    assert_eq!((failed[0].kind.as_str(), failed[0].problem.as_deref()), ("delete", Some("scope_missing")));
}

/// Has another secret entered for the app of the account's link.
async fn enter(set: &Set, client_secret: &str, zoom_account: &str) {
    let input = Save {
        account: slug(),
        kind: ZoomKind::ServerToServer,
        cloud: ZoomCloud::Commercial,
        bases: None,
        capabilities: vec!["provisioning".to_owned()],
        client_id: Some("Client_1".to_owned()),
        client_secret: Some(client_secret.into()),
        zoom_account: Some(zoom_account.to_owned()),
        secret_token: None,
    };
    link::save(&set.site.gateway, &set.ctx(), input, |_| true).await.unwrap();
}

#[tokio::test]
async fn a_secret_that_is_replaced_interrupts_no_run() {
    let set = Set::new(5).await;
    set.people(fresh(20)).await;
    set.settings(|_| {}).await;
    enter(&set, "the-first-client-secret", "OneZoomAccount1").await;
    let planned = set.run(true).await;
    enter(&set, "the-second-client-secret", "OneZoomAccount1").await;
    let (gateway, ctx) = (&set.site.gateway, set.site.gateway.ctx(JOB));
    run::confirm(gateway, &set.ctx(), planned.id).await.unwrap();
    let claimed = turn::claim(gateway, &ctx).await.unwrap().unwrap();
    set.site.clock.advance(TURN_SECONDS);
    turn::carry_on(gateway, &ctx, claimed, Some(set.zoom.clone())).await.unwrap();
    assert_eq!(set.view(planned.id).await.state, ZoomRunState::Applying, "others have their turn");
    enter(&set, "the-third-client-secret", "OneZoomAccount1").await;
    assert!(set.work(gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done, done.problem), (ZoomRunState::Done, 20, None));
    // Another Zoom account is another link, whatever the secret.
    let planned = set.run(true).await;
    enter(&set, "the-third-client-secret", "AnotherZoom0001").await;
    let stale = run::confirm(gateway, &set.ctx(), planned.id).await;
    assert!(matches!(stale, Err(FlowError::Invalid(_))), "{stale:?}");
}

#[tokio::test]
async fn what_a_schedule_does_or_waits_for_is_told() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    site.owner().await;
    let set = Set::at(site, 10).await;
    let new = fresh(8);
    set.people(new.clone()).await;
    set.settings(|settings| {
        (settings.toggles.most, settings.toggles.most_percent) = (Some(2), None);
        (settings.every_hours, settings.follows_changes) = (1, false);
        let (field, values) = ("email".to_owned(), vec![format!("@{DOMAIN}")]);
        settings.rules =
            vec![rule("district", vec![Condition { field, comparison: Comparison::Ends, values }])];
    })
    .await;
    assert_eq!(set.run(false).await.done, 8);
    let told = async || {
        let mut told = vec![set.site.count("SELECT COUNT(*) FROM mails").await];
        for what in ["done", "held", "failed"] {
            let of = format!("SELECT COUNT(*) FROM events WHERE action = 'zoom_run.{what}'");
            told.push(set.site.count(&of).await);
        }
        told
    };
    let mails = told().await[0];
    assert_eq!(told().await, [mails, 1, 0, 0]);
    let hour = async |zoom: Option<Zoom>| {
        set.site.clock.advance(3700);
        let (gateway, ctx) = (&set.site.gateway, set.site.gateway.ctx(JOB));
        follow::tick(gateway, &ctx).await.unwrap();
        let claimed = turn::claim(gateway, &ctx).await.unwrap().unwrap();
        turn::carry_on(gateway, &ctx, claimed, zoom).await.unwrap();
        told().await
    };
    let zoom = || Some(set.zoom.clone());
    assert_eq!(hour(zoom()).await, [mails, 1, 0, 0], "nothing was to be done");
    set.disable(&new[0]).await;
    assert_eq!(hour(zoom()).await, [mails, 2, 0, 0], "it is in the log");
    for email in &new[1..4] {
        set.disable(email).await;
    }
    assert_eq!(hour(zoom()).await, [mails + 1, 2, 1, 0], "it waits for an owner's word");
    assert_eq!(hour(zoom()).await, [mails + 1, 2, 1, 0], "so does the next: told once");
    assert_eq!(hour(None).await, [mails + 2, 2, 1, 1], "there is no link any more");
    assert_eq!(hour(None).await, [mails + 2, 2, 1, 1], "once");
    assert_eq!(hour(zoom()).await, [mails + 3, 2, 2, 1], "it waits again");
}

#[tokio::test]
async fn groups_are_followed_and_what_came_of_them_is_seen() {
    let set = Set::new(10).await;
    let id = |email: &str| set.stand_in.inside().world.by_email(email).unwrap().id.clone();
    let stranger = id(&set.members(1)[0]);
    let new = fresh(3);
    set.people(new.clone()).await;
    let groups = async |email: &str, groups: &[&str]| {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        set.change(email, |user| user.profile.groups = Some(groups)).await;
    };
    groups(&new[0], &["Teachers"]).await;
    set.settings(|settings| settings.groups = vec!["Teachers".to_owned(), "Staff".to_owned()]).await;
    let first = set.run(false).await;
    assert_eq!((first.done, first.totals.group_changes), (3, 1));
    let planned = set.run(true).await;
    set.site.clock.advance(60);
    let tick = async || {
        follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
        set.work(&set.site.gateway).await
    };
    assert!(!tick().await, "nobody has changed");
    set.stand_in.inside().world.groups[0].members.push(stranger.clone());
    groups(&new[0], &[]).await;
    groups(&new[1], &["teachers", "Elsewhere"]).await;
    assert!(tick().await);
    let runs = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap();
    assert_eq!((runs[0].kind, runs[0].steps, runs[0].totals.group_changes), (ZoomRunKind::Change, 0, 2));
    let members: BTreeSet<_> = set.stand_in.inside().world.groups[0].members.iter().cloned().collect();
    assert_eq!(members, BTreeSet::from([stranger, id(&new[1])]));
    let asked = set.count("GET scim2/Groups");
    assert!(!tick().await, "once");
    // Who changes otherwise costs no look at the groups.
    set.change(&new[2], |user| user.profile.first_name = Some("Nina".to_owned())).await;
    assert!(tick().await);
    assert_eq!(set.count("GET scim2/Groups"), asked);

    let mut owner = set.site.owner().await;
    let runs = "/console/at/lincoln/zoom/provisioning/runs";
    let looked = owner.get(&format!("{runs}/{}", planned.id)).await.body;
    assert!(
        looked.contains("compared when it is carried out") && looked.contains("Carry it out"),
        "{looked}"
    );
    assert!(!looked.contains("There is nothing to do"), "{looked}");
    let done = owner.get(&format!("{runs}/{}", first.id)).await.body;
    assert!(done.contains("Members who came into groups, or went out of them</dt><dd>1</dd>"), "{done}");
}

/// As a process ends under kill -9: what it was about to tell Zoom of the groups is told by whoever goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_those_who_changed_are_pushed_although_the_push_was_cut_off() {
    let (set, new) = begins_to_teach().await;
    cut_off_in_a_push(&set).await;
    set.site.clock.advance(LEASE_SECONDS);
    assert!(set.work(&set.site.gateway).await, "it is gone on with");
    let done = latest(&set).await;
    assert_eq!((done.kind, done.state), (ZoomRunKind::Change, ZoomRunState::Done));
    assert_eq!(members(&set), BTreeSet::from([id_of(&set, &new[0]), id_of(&set, &new[1])]));
}

/// A set in which one of two people teaches, was put into the group in Zoom, and the other begins to.
async fn begins_to_teach() -> (Set, Vec<String>) {
    let set = Set::new(10).await;
    let new = fresh(2);
    set.people(new.clone()).await;
    teaches(&set, &new[0]).await;
    set.settings(|settings| settings.groups = vec!["Teachers".to_owned()]).await;
    assert_eq!(set.run(false).await.totals.group_changes, 1);
    set.site.clock.advance(60);
    assert!(!tick(&set).await, "nobody has changed");
    teaches(&set, &new[1]).await;
    // Whoever changed just now is looked at twice: of a commit it is not known when it came.
    set.site.clock.advance(60);
    (set, new)
}

async fn teaches(set: &Set, email: &str) {
    set.change(email, |user| user.profile.groups = Some(vec!["Teachers".to_owned()])).await;
}

/// Looks who has changed, and ends the work on it with the process when the groups were asked for.
async fn cut_off_in_a_push(set: &Set) {
    let (gateway, zoom) = (set.site.gateway.clone(), set.zoom.clone());
    follow::tick(&gateway, &gateway.ctx(JOB)).await.unwrap();
    set.fault(Faults { slow_millis: 100, ..Faults::default() });
    let asked = set.count("GET scim2/Groups");
    let claimed = turn::claim(&gateway, &gateway.ctx(JOB)).await.unwrap().unwrap();
    let work = tokio::spawn(async move {
        let ctx = gateway.ctx(JOB);
        turn::carry_on(&gateway, &ctx, claimed, Some(zoom)).await
    });
    until(|| set.count("GET scim2/Groups") > asked).await;
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    set.fault(Faults::default());
}

/// Looks who has changed, and works on what is due; whether there was something.
async fn tick(set: &Set) -> bool {
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    set.work(&set.site.gateway).await
}

async fn latest(set: &Set) -> run::RunView {
    run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap().remove(0)
}

fn id_of(set: &Set, email: &str) -> String {
    set.stand_in.inside().world.by_email(email).unwrap().id.clone()
}

fn members(set: &Set) -> BTreeSet<String> {
    set.stand_in.inside().world.groups[0].members.iter().cloned().collect()
}

#[tokio::test]
async fn groups_of_those_who_changed_are_pushed_after_a_run_that_failed() {
    let (set, new) = begins_to_teach().await;
    set.fault(Faults { refused: Some("scim2/Groups".to_owned()), ..Faults::default() });
    assert!(tick(&set).await);
    let failed = latest(&set).await;
    assert_eq!((failed.kind, failed.state), (ZoomRunKind::Change, ZoomRunState::Failed), "{failed:?}");
    // As it is when Zoom refuses the last call of a push: it is written whom it puts there, and they are not there.
    let id = set.id_of(&new[1]).await;
    let mut tx = set.site.storage.write().await.unwrap();
    let account = stored_user::account_of(&mut tx, id).await.unwrap().unwrap();
    let keys = set.site.storage.keys(&mut tx, account).await.unwrap();
    let pushed = id_of(&set, &new[1]);
    zoom_pushed::insert(&mut tx, (account, "teachers"), &[pushed.as_str()], &keys).await.unwrap();
    tx.commit().await.unwrap();

    set.fault(Faults::default());
    assert!(!tick(&set).await, "the same would come of another one at once");
    set.site.clock.advance(900);
    assert!(tick(&set).await);
    let done = latest(&set).await;
    assert_eq!(
        (done.kind, done.state, done.totals.group_changes),
        (ZoomRunKind::Change, ZoomRunState::Done, 1)
    );
    assert_eq!(members(&set), BTreeSet::from([id_of(&set, &new[0]), pushed]));
    set.site.clock.advance(900);
    assert!(!tick(&set).await, "once");
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_queue").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_those_who_changed_are_pushed_after_a_run_that_somebody_ended() {
    let (set, new) = begins_to_teach().await;
    cut_off_in_a_push(&set).await;
    run::cancel(&set.site.gateway, &set.ctx(), latest(&set).await.id).await.unwrap();
    set.site.clock.advance(900);
    assert!(tick(&set).await);
    assert_eq!(latest(&set).await.state, ZoomRunState::Done);
    assert_eq!(members(&set), BTreeSet::from([id_of(&set, &new[0]), id_of(&set, &new[1])]));
}

#[tokio::test]
async fn a_plan_makes_nobody_whom_a_run_for_those_who_changed_has_made_since() {
    let set = Set::new(10).await;
    let new = fresh(2);
    set.people(new.clone()).await;
    set.settings(|settings| settings.follows_changes = false).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("create".to_owned(), 2)]);
    set.site.clock.advance(60);
    let first = set.id_of(&new[0]).await;
    run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(first))).await.unwrap();
    assert!(tick(&set).await);
    assert_eq!((latest(&set).await.kind, latest(&set).await.done), (ZoomRunKind::Change, 1));
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done, done.failed, done.skipped), (ZoomRunState::Done, 1, 0, 1), "{done:?}");
    assert_eq!(set.count("POST scim2/Users"), 2, "nobody is asked for, or invited, twice");
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE problem IS NOT NULL").await, 0);
}

#[tokio::test]
async fn who_is_to_be_there_again_is_not_switched_off_for_want_of_a_name() {
    let set = Set::new(10).await;
    let new = fresh(1);
    set.people(new.clone()).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 1);
    set.disable(&new[0]).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("disable".to_owned(), 1)]);
    let (which, to) = (Which::ExternalId(new[0].clone()), UserState::Active);
    user::set_state(&set.site.gateway, &set.ctx(), (&slug(), &which), to).await.unwrap();
    set.change(&new[0], |user| user.profile.first_name = None).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    assert_eq!((set.view(planned.id).await.skipped, set.state_of(&new[0])), (1, Some(State::Active)));
}

/// A run for three who changed that waits for a word: it would take away more than the settings allow.
async fn waits_for_a_word() -> (Set, run::RunView) {
    let set = Set::new(10).await;
    let new = fresh(8);
    set.people(new.clone()).await;
    set.settings(|settings| {
        (settings.toggles.most, settings.toggles.most_percent) = (Some(2), None);
    })
    .await;
    assert_eq!(set.run(false).await.done, 8);
    set.site.clock.advance(60);
    assert!(!tick(&set).await, "nobody has changed");
    for email in &new[..3] {
        set.disable(email).await;
    }
    set.site.clock.advance(60);
    assert!(tick(&set).await);
    let held = latest(&set).await;
    assert_eq!((held.kind, held.state), (ZoomRunKind::Change, ZoomRunState::Held));
    (set, held)
}

#[tokio::test]
async fn what_somebody_did_not_want_of_those_who_changed_is_not_asked_for_again() {
    let (set, held) = waits_for_a_word().await;
    assert!(!tick(&set).await, "whoever waits for a word is looked at by no other run");
    run::cancel(&set.site.gateway, &set.ctx(), held.id).await.unwrap();
    set.site.clock.advance(900);
    assert!(!tick(&set).await);
    assert_eq!(latest(&set).await.id, held.id);
}

#[tokio::test]
async fn whom_a_run_has_that_is_forgotten_is_looked_at_again() {
    const WAITING: &str = "SELECT COUNT(*) FROM zoom_queue WHERE run_id IS NULL";
    let (set, _) = waits_for_a_word().await;
    for (days, runs, waiting) in [(89, 2, 0), (2, 0, 3)] {
        set.site.clock.advance(days * 86_400);
        sweep::sweep(&set.site.gateway, &set.site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
        let left = set.site.count("SELECT COUNT(*) FROM zoom_runs").await;
        assert_eq!((left, set.site.count(WAITING).await), (runs, waiting));
    }
}

#[tokio::test]
async fn what_is_noted_is_looked_at_by_itself() {
    let set = Set::new(10).await;
    set.people(fresh(1)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    let notes: u32 = planned.totals.notes.values().sum();
    assert!(notes > 0, "{planned:?}");
    let mut owner = set.site.owner().await;
    let path = format!("/console/at/lincoln/zoom/provisioning/runs/{}", planned.id);
    let page = owner.get(&path).await.body;
    let of_notes = owner.get(&format!("{path}?state=note")).await.body;
    assert!(page.contains(&format!("Notes: {notes}")), "{page}");
    let told = |page: &str| page.split_once("<tbody>").unwrap().1.contains("none of your people");
    assert_eq!((told(&page), told(&of_notes)), (false, true), "{page}");
    assert_eq!(
        set.steps(planned.id, None).await.len(),
        1 + usize::try_from(notes).unwrap(),
        "programs get all"
    );
}
