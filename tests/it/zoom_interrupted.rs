//! What comes between a plan and the end of its steps: somebody changes, ends the run, or is erased while Zoom is at it; Zoom
//! refuses all of it, or one person.

use gatepost::directory::state::{ZoomRunState, ZoomStepState};
use gatepost::flow::FlowError;
use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::provision::{run, turn};
use gatepost::scim::attribute::Attribute;
use gatepost::standin::fault::Faults;
use gatepost::zoom::provision::mapping::{Row, Source};
use tokio::task::JoinHandle;

use crate::site::slug;
use crate::zoom_provisioning::{JOB, Set, actions, fresh, until};

/// Zoom takes so long for each answer that something else comes between.
fn slow() -> Faults {
    Faults { slow_millis: 1500, ..Faults::default() }
}

/// Works on what is due, beside the test.
fn work(set: &Set) -> JoinHandle<Result<(), FlowError>> {
    let (gateway, zoom) = (set.site.gateway.clone(), set.zoom.clone());
    tokio::spawn(async move {
        let ctx = gateway.ctx(JOB);
        let claimed = turn::claim(&gateway, &ctx).await.unwrap().unwrap();
        turn::carry_on(&gateway, &ctx, claimed, Some(zoom)).await
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_being_made_when_a_run_is_ended_is_known_to_have_a_zoom_user() {
    let set = Set::new(5).await;
    set.people(fresh(20)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    set.fault(slow());
    let work = work(&set);
    until(|| set.count("POST scim2/Users") >= 1).await;
    run::cancel(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    work.await.unwrap().unwrap();
    let (ended, made) = (set.view(planned.id).await, set.count("POST scim2/Users"));
    assert!((1..20).contains(&made), "nothing else is begun: {made}");
    assert_eq!((ended.state, ended.done, ended.failed), (ZoomRunState::Cancelled, i64::from(made), 0));
    let tied = set.site.count("SELECT COUNT(*) FROM zoom_people WHERE zoom_id IS NOT NULL").await;
    assert_eq!(tied, i64::from(made));
    set.fault(Faults::default());
    let rest = set.run(false).await;
    assert_eq!(actions(&rest), [("create".to_owned(), 20 - made)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_while_a_step_failed_is_not_written_again() {
    let set = Set::new(5).await;
    let new = fresh(1);
    set.people(new.clone()).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 1);
    set.disable(&new[0]).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("disable".to_owned(), 1)]);
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    let erased = Which::Id(set.id_of(&new[0]).await);
    let zoom_id = set.stand_in.inside().world.by_email(&new[0]).unwrap().id.clone();
    set.fault(slow());
    let looked = set.count("GET scim2/Users");
    let work = work(&set);
    // It has been looked whether they administer Zoom; they do when they are to be switched off, and Zoom refuses.
    until(|| set.count("GET scim2/Users") > looked).await;
    set.stand_in.inside().world.find_mut(&zoom_id).unwrap().role = "1";
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &erased)).await.unwrap();
    work.await.unwrap().unwrap();
    assert_eq!(set.view(planned.id).await.failed, 1);
    let kept = async |what: &str| set.site.count(&format!("SELECT COUNT(*) FROM zoom_people {what}")).await;
    assert_eq!((kept("").await, kept("WHERE taken IS NOT NULL").await), (1, 0));
}

#[tokio::test]
async fn what_changes_after_a_plan_and_is_not_in_it_is_in_the_next() {
    let set = Set::new(5).await;
    let new = fresh(1);
    let named = async |name: &str| {
        set.change(&new[0], |user| user.profile.display_name = Some(name.to_owned())).await;
    };
    set.people(new.clone()).await;
    named("Teacher").await;
    set.settings(|settings| {
        settings.follows_changes = false;
        for (attribute, from) in [
            (Attribute::Department, Source::Text("Arts".to_owned())),
            (Attribute::Title, Source::Field("display_name".to_owned())),
        ] {
            settings.mapping.rows.push(Row { attribute, from, then: Vec::new(), otherwise: None });
        }
    })
    .await;
    assert_eq!(set.run(false).await.done, 1);
    let id = set.stand_in.inside().world.by_email(&new[0]).unwrap().id.clone();
    let has = |what: &str| set.stand_in.inside().world.find(&id).unwrap().more[what].clone();
    assert_eq!((has("department"), has("title")), ("Arts".to_owned(), "Teacher".to_owned()));
    // Lists tell of departments, and of no titles.
    set.stand_in.inside().world.find_mut(&id).unwrap().more.insert("department", "Science".to_owned());
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("update".to_owned(), 1)]);
    named("Head").await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    assert_eq!((has("department"), has("title")), ("Arts".to_owned(), "Teacher".to_owned()));
    let next = set.run(false).await;
    assert_eq!((actions(&next), has("title")), (vec![("update".to_owned(), 1)], "Head".to_owned()));
    assert!(actions(&set.run(false).await).is_empty(), "once");
}

#[tokio::test]
async fn a_role_that_was_taken_away_stops_a_run_and_is_nobodys_problem() {
    let set = Set::new(5).await;
    set.people(fresh(5)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    set.fault(Faults { demoted: true, ..Faults::default() });
    assert!(set.work(&set.site.gateway).await);
    let ended = set.view(planned.id).await;
    assert_eq!((ended.state, ended.problem.as_deref()), (ZoomRunState::Failed, Some("no_permission")));
    let waiting = set.steps(planned.id, Some(ZoomStepState::Waiting)).await.len();
    assert_eq!((ended.done, ended.failed, waiting), (0, 0, 5));
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people").await, 0, "none of them can mend it");
    set.fault(Faults::default());
    assert_eq!(set.run(false).await.done, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_taken_away_in_the_middle_stops_a_run() {
    let set = Set::new(5).await;
    set.people(fresh(40)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    set.fault(slow());
    let work = work(&set);
    // The first of them are made.
    until(|| set.count("POST scim2/Users") > 8).await;
    set.fault(Faults { demoted: true, ..Faults::default() });
    work.await.unwrap().unwrap();
    let ended = set.view(planned.id).await;
    assert_eq!((ended.state, ended.problem.as_deref()), (ZoomRunState::Failed, Some("no_permission")));
    let waiting = set.steps(planned.id, Some(ZoomStepState::Waiting)).await.len();
    assert!(ended.done >= 8 && waiting >= 8, "{ended:?}, {waiting} wait");
    set.fault(Faults::default());
    set.run(false).await;
    let tied = set.site.count("SELECT COUNT(*) FROM zoom_people WHERE zoom_id IS NOT NULL").await;
    assert_eq!(tied, 40);
}

#[tokio::test]
async fn one_person_whom_we_may_not_touch_keeps_nobody_else_waiting() {
    let new = fresh(3);
    for is_administrator in [true, false] {
        let set = Set::new(10).await;
        let there = set.members(1);
        set.people(new.iter().chain(&there).cloned()).await;
        set.settings(|_| {}).await;
        let untouchable = if is_administrator { &there[0] } else { &new[1] };
        if is_administrator {
            let id = set.stand_in.inside().world.by_email(untouchable).unwrap().id.clone();
            set.stand_in.inside().world.find_mut(&id).unwrap().role = "1";
        }
        set.fault(Faults { untouchable: vec![untouchable.clone()], ..Faults::default() });
        let run = set.run(false).await;
        assert_eq!(actions(&run), [("create".to_owned(), 3), ("update".to_owned(), 1)]);
        assert_eq!((run.state, run.done, run.failed), (ZoomRunState::Done, 3, 1), "{run:?}");
        let failed = set.steps(run.id, Some(ZoomStepState::Failed)).await;
        let of = (failed[0].user_id, failed[0].problem.as_deref());
        assert_eq!(of, (Some(set.id_of(untouchable).await), Some("no_permission")));
        assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE problem IS NOT NULL").await, 1);
    }
}
