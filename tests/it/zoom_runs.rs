//! Runs into Zoom over time: who goes with which rule, what stops a run and what does not, and who hears of it.

use gatepost::directory::state::{ZoomRunKind, ZoomRunState, ZoomStepState};
use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::provision::{follow, run};
use gatepost::standin::fault::Faults;
use gatepost::standin::world::State;
use gatepost::zoom::provision::plan::Removal;
use gatepost::zoom::provision::rule::{Comparison, Condition, Rule};

use crate::site::slug;
use crate::zoom_provisioning::{JOB, Set, actions, fresh, rule};

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
