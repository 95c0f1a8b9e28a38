//! Zoom users who were there before, and the ways to them: none of them leads past the proof of an address, or into another
//! Zoom account.

use gatepost::base::id::UserId;
use gatepost::directory::state::{ZoomRunState, ZoomStepState};
use gatepost::flow::FlowError;
use gatepost::flow::zoom::provision::{follow, people, run};
use gatepost::scim::attribute::Attribute;
use gatepost::standin::fault::{Faults, LimitForm};
use gatepost::standin::world::{State, User};
use gatepost::zoom::provision::mapping::{Row, Source};
use gatepost::zoom::provision::plan::Removal;
use gatepost::zoom::provision::rule::{Comparison, Condition};

use crate::site::{ACCOUNT, slug};
use crate::zoom_events::link_for;
use crate::zoom_provisioning::{JOB, Set, actions, fresh, rule};

const DAY: i64 = 86_400;

impl Set {
    /// A creation that was begun, and of which nobody knows how it ended: Zoom has taken no more calls that day.
    async fn begun(&self) -> gatepost::base::id::ZoomRunId {
        let planned = self.run(true).await;
        assert_eq!(actions(&planned), [("create".to_owned(), 1)]);
        run::confirm(&self.site.gateway, &self.ctx(), planned.id).await.unwrap();
        self.fault(Faults { limits: 1000, limit_form: Some(LimitForm::Daily), ..Faults::default() });
        assert!(self.work(&self.site.gateway).await);
        assert_eq!(self.view(planned.id).await.problem.as_deref(), Some("limited"));
        self.fault(Faults::default());
        self.site.clock.advance(2 * DAY);
        planned.id
    }

    /// Somebody whom Zoom's administrator adds by hand.
    fn add_by_hand(&self, email: &str, given: &str) {
        let mut inside = self.stand_in.inside();
        let user = inside.world.users.values().next().unwrap().clone();
        let (email, given, family) = (email.to_owned(), given.to_owned(), "New".to_owned());
        inside.world.add(User { email, given, family, role: "2", state: State::Active, ..user });
    }

    fn given(&self, email: &str) -> String {
        self.stand_in.inside().world.by_email(email).unwrap().given.clone()
    }
}

#[tokio::test]
async fn a_creation_that_is_repeated_takes_nobody_whose_address_the_person_got_meanwhile() {
    let set = Set::new(10).await;
    let head = set.members(1)[0].clone();
    set.people(fresh(1)).await;
    set.settings(|_| {}).await;
    let before = set.given(&head);
    let id = set.begun().await;
    set.change(&fresh(1)[0], |user| user.profile.email = Some(head.clone())).await;
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(id).await;
    assert_eq!((done.state, done.done, done.skipped), (ZoomRunState::Done, 0, 1), "{done:?}");
    assert_eq!(set.given(&head), before);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE zoom_id IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_creation_that_is_repeated_takes_whom_somebody_else_made_only_if_the_settings_do() {
    for (adopts, given, problem) in
        [(false, "Head", Some("conflict")), (false, "Nia", None), (true, "Head", None)]
    {
        let set = Set::new(5).await;
        set.people(fresh(1)).await;
        set.settings(|settings| settings.toggles.adopts = adopts).await;
        let id = set.begun().await;
        set.add_by_hand(&fresh(1)[0], given);
        assert!(set.work(&set.site.gateway).await);
        let failed = set.steps(id, Some(ZoomStepState::Failed)).await;
        let found = failed.first().map(|step| step.problem.as_deref().unwrap());
        assert_eq!(found, problem, "{adopts} {given}");
        let linked = set.site.count("SELECT COUNT(*) FROM zoom_people WHERE zoom_id IS NOT NULL").await;
        assert_eq!(linked, i64::from(problem.is_none()));
    }
}

#[tokio::test]
async fn an_invitation_is_for_the_address_that_it_went_to() {
    let set = Set::new(10).await;
    let head = set.members(1)[0].clone();
    let guest = "nia@elsewhere.example";
    set.people([guest.to_owned()]).await;
    set.settings(|settings| settings.toggles.adopts = false).await;
    assert_eq!(set.run(false).await.done, 1);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE is_pending = 1").await, 1);
    // As it is when the answer to the invitation was lost: nobody knows the id.
    set.site.execute("UPDATE zoom_people SET zoom_id = NULL").await;
    let invited = set.stand_in.inside().world.by_email(guest).unwrap().id.clone();
    set.stand_in.inside().world.find_mut(&invited).unwrap().state = State::Active;
    set.change(guest, |user| user.profile.email = Some(head.clone())).await;
    let moved = set.run(true).await;
    assert_eq!((actions(&moved), moved.totals.notes.get("not_adopted")), (vec![], Some(&1)), "{moved:?}");
    set.change(guest, |user| user.profile.email = Some(guest.to_owned())).await;
    let accepted = set.run(false).await;
    assert_eq!((accepted.state, accepted.totals.notes.get("not_adopted")), (ZoomRunState::Done, None));
    assert_eq!(set.site.text("SELECT zoom_id FROM zoom_people").await, Some(invited));
}

/// The usual way: Zoom told the id when they were made, and they keep it.
#[tokio::test]
async fn whoever_accepts_is_invited_no_more_and_gets_what_nobody_could_give_them_before() {
    let set = Set::new(10).await;
    let guest = "nia@elsewhere.example";
    set.people([guest.to_owned()]).await;
    set.change(guest, |user| user.profile.groups = Some(vec!["Teachers".to_owned()])).await;
    set.settings(|settings| {
        settings.groups = vec!["Teachers".to_owned()];
        settings.mapping.rows.push(Row {
            attribute: Attribute::Title,
            from: Source::Text("Head".to_owned()),
            then: Vec::new(),
            otherwise: None,
        });
    })
    .await;
    assert_eq!(set.run(false).await.done, 1);
    let waiting = set.run(false).await;
    assert_eq!((actions(&waiting), waiting.totals.notes.get("pending")), (vec![], Some(&1)));
    let invited = async || set.site.count("SELECT COUNT(*) FROM zoom_people WHERE is_pending = 1").await;
    assert_eq!((invited().await, set.stand_in.inside().world.groups.len()), (1, 0));
    let id = {
        let mut inside = set.stand_in.inside();
        inside.world.accept_all();
        let id = inside.world.by_email(guest).unwrap().id.clone();
        // What is sent while somebody is invited is answered with success, and lost.
        inside.world.find_mut(&id).unwrap().more.clear();
        id
    };
    let accepted = set.run(false).await;
    assert_eq!(actions(&accepted), [("update".to_owned(), 1)]);
    assert_eq!((invited().await, accepted.totals.group_changes), (0, 1));
    {
        let inside = set.stand_in.inside();
        assert_eq!(inside.world.find(&id).unwrap().more["title"], "Head");
        assert_eq!(inside.world.groups[0].members, [id]);
    }
    assert!(actions(&set.run(false).await).is_empty(), "once");
}

/// By Zoom's administrator, or since an invitation was accepted under another id than Zoom told when it was sent.
#[tokio::test]
async fn whoever_has_another_zoom_user_of_their_address_by_now_is_tied_to_that_one() {
    for (given, adopts) in [("Nia", true), ("Head", true), ("Nia", false)] {
        let set = Set::new(10).await;
        let email = if adopts { fresh(1).remove(0) } else { "nia@elsewhere.example".to_owned() };
        set.people([email.clone()]).await;
        set.settings(|settings| {
            settings.toggles.adopts = adopts;
            settings.mapping.rows.push(Row {
                attribute: Attribute::Title,
                from: Source::Text("Head".to_owned()),
                then: Vec::new(),
                otherwise: None,
            });
        })
        .await;
        assert_eq!(set.run(false).await.done, 1);
        let before = set.stand_in.inside().world.by_email(&email).unwrap().id.clone();
        set.stand_in.inside().world.remove(&before);
        set.add_by_hand(&email, given);
        let tied = set.run(false).await;
        assert_eq!((actions(&tied), tied.done, tied.skipped), (vec![("update".to_owned(), 1)], 1, 0));
        let now = set.stand_in.inside().world.by_email(&email).unwrap().clone();
        assert_eq!(now.more["title"], "Head", "what the one of before has taken, this one has not");
        assert_eq!((now.given.as_str(), now.id == before), ("Nia", false));
        assert_eq!(set.site.text("SELECT zoom_id FROM zoom_people").await, Some(now.id));
        assert!(actions(&set.run(false).await).is_empty(), "once");
    }
}

#[tokio::test]
async fn a_plan_that_nobody_carries_out_knows_who_has_accepted_and_who_was_switched_on_again() {
    let set = Set::new(10).await;
    let (guest, ours) = ("nia@elsewhere.example".to_owned(), fresh(1).remove(0));
    set.people([guest.clone(), ours.clone()]).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 2);
    set.disable(&ours).await;
    assert_eq!(set.run(false).await.done, 1);
    let stand = async || {
        let all = people::list(&set.site.gateway, &set.ctx(), (&slug(), false), (None, 10)).await.unwrap();
        let of = |email: &str| {
            let one = all.iter().find(|one| one.email.as_deref() == Some(email)).unwrap();
            (one.is_pending, one.is_off)
        };
        (of(&guest), of(&ours))
    };
    assert_eq!(stand().await, ((true, false), (false, true)));
    {
        let mut inside = set.stand_in.inside();
        inside.world.accept_all();
        let id = inside.world.by_email(&ours).unwrap().id.clone();
        inside.world.find_mut(&id).unwrap().state = State::Active;
    }
    assert_eq!(actions(&set.run(true).await), [("disable".to_owned(), 1)]);
    assert_eq!(stand().await, ((false, false), (false, false)));
}

#[tokio::test]
async fn an_invitation_is_withdrawn_from_whom_no_rule_means_any_more() {
    let set = Set::new(10).await;
    let guests = ["nia@elsewhere.example".to_owned(), "ola@elsewhere.example".to_owned()];
    set.people(guests.clone()).await;
    set.settings(|settings| settings.toggles.most_percent = None).await;
    assert_eq!(set.run(false).await.done, 2);
    let before = set.run(true).await.totals.orphans;
    let values = vec!["new@district.example".to_owned()];
    let only = Condition { field: "email".to_owned(), comparison: Comparison::Any, values };
    set.settings(|settings| {
        settings.toggles.may_deprovision = true;
        settings.toggles.removal = Removal::Delete;
        settings.rules = vec![rule("all", vec![only])];
    })
    .await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("delete".to_owned(), 2)]);
    assert_eq!((planned.totals.orphans, planned.totals.notes.get("vanished")), (before, None));
    // One accepts before it comes to it: that is for the next plan.
    let id = set.stand_in.inside().world.by_email(&guests[1]).unwrap().id.clone();
    set.stand_in.inside().world.find_mut(&id).unwrap().state = State::Active;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done, done.skipped), (ZoomRunState::Done, 1, 1), "{done:?}");
    assert_eq!((set.state_of(&guests[0]), set.state_of(&guests[1])), (None, Some(State::Active)));
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people").await, 1);
    assert_eq!(actions(&set.run(false).await), [("delete".to_owned(), 1)]);
    assert_eq!(set.state_of(&guests[1]), None);
}

#[tokio::test]
async fn an_invitation_to_an_address_of_before_is_seen_when_its_person_is_looked_at_alone() {
    let set = Set::new(10).await;
    let guest = "nia@elsewhere.example";
    set.people([guest.to_owned()]).await;
    let values = vec!["@elsewhere.example".to_owned()];
    let only = Condition { field: "email".to_owned(), comparison: Comparison::Ends, values };
    set.settings(|settings| settings.rules = vec![rule("guests", vec![only])]).await;
    assert_eq!(set.run(false).await.done, 1);
    for (email, does) in
        [("nia@other.example", vec![]), ("mia@elsewhere.example", vec![("create".to_owned(), 1)])]
    {
        set.site.clock.advance(60);
        set.change(guest, |user| user.profile.email = Some(email.to_owned())).await;
        let id = set.id_of(guest).await;
        run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(id))).await.unwrap();
        follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
        assert!(set.work(&set.site.gateway).await);
        let looked = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap().remove(0);
        let notes: Vec<_> = looked.totals.notes.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        assert_eq!((actions(&looked), notes), (does, vec![("pending", 1)]), "{email}");
    }
}

#[tokio::test]
async fn an_app_that_may_not_list_users_invites_nobody_twice() {
    let set = Set::new(10).await;
    set.people(["nia@elsewhere.example".to_owned()]).await;
    set.settings(|_| {}).await;
    set.fault(Faults { refused: Some("v2/users".to_owned()), ..Faults::default() });
    let first = set.run(false).await;
    assert_eq!((first.done, first.totals.is_by_scim_alone), (1, true));
    let second = set.run(false).await;
    assert_eq!((actions(&second), second.totals.notes.get("pending")), (vec![], Some(&1)), "{second:?}");
    assert_eq!(set.count("POST scim2/Users"), 1);
    set.stand_in.inside().world.accept_all();
    assert_eq!(set.run(false).await.state, ZoomRunState::Done);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE is_pending = 1").await, 0);
}

#[tokio::test]
async fn a_plan_is_for_the_link_that_it_was_made_by() {
    let set = Set::new(5).await;
    set.people(fresh(1)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    link_for(&set.site, ACCOUNT, ("AnotherZoom01", ""), "provisioning").await;
    let stale = run::confirm(&set.site.gateway, &set.ctx(), planned.id).await;
    let Err(FlowError::Invalid(why)) = &stale else { panic!("{stale:?}") };
    assert!(
        why.english().contains("of before an upgrade"),
        "runs of before name their link otherwise: {why:?}"
    );
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    // The same link, to another account.
    link_for(&set.site, ACCOUNT, ("AnotherZoom02", ""), "provisioning").await;
    assert!(set.work(&set.site.gateway).await);
    let ended = set.view(planned.id).await;
    assert_eq!((ended.state, ended.problem.as_deref()), (ZoomRunState::Failed, Some("link_changed")));
    assert_eq!(set.count("POST scim2/Users"), 0);
}

#[tokio::test]
async fn whoever_administers_zoom_by_now_keeps_the_role() {
    let set = Set::new(10).await;
    let there = set.members(1);
    set.people(there.clone()).await;
    set.settings(|settings| {
        let from = Source::Text("Member".to_owned());
        settings.mapping.rows.push(Row {
            attribute: Attribute::Roles,
            from,
            then: Vec::new(),
            otherwise: None,
        });
    })
    .await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("update".to_owned(), 1)]);
    let id = set.stand_in.inside().world.by_email(&there[0]).unwrap().id.clone();
    set.stand_in.inside().world.find_mut(&id).unwrap().role = "1";
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let failed = set.steps(planned.id, Some(ZoomStepState::Failed)).await;
    assert_eq!(failed[0].problem.as_deref(), Some("protected"));
    assert_eq!(set.stand_in.inside().world.find(&id).unwrap().role, "1");
}

/// The way from a forged assertion to somebody else's Zoom user.
#[tokio::test]
async fn nobody_gets_a_zoom_user_by_an_address_that_is_not_proved_to_be_theirs() {
    let set = Set::new(30).await;
    let there = set.members(2);
    set.people([there[0].clone()]).await;
    // As a sign-in writes it, by a connection that may speak for no domain.
    set.change(&there[0], |user| user.profile.email_from = Some("conn_gone".to_owned())).await;
    set.settings(|_| {}).await;
    let name = |set: &Set| set.stand_in.inside().world.by_email(&there[0]).unwrap().given.clone();
    let before = name(&set);
    let run = set.run(false).await;
    assert_eq!((actions(&run), run.totals.notes.get("unproved")), (vec![], Some(&1)), "{run:?}");
    let id = set.id_of(&there[0]).await;
    run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(id))).await.unwrap();
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    assert_eq!(name(&set), before, "not when looked at alone either");
    set.settings(|settings| settings.toggles.adopts_unproved = true).await;
    assert_eq!(actions(&set.run(false).await), [("update".to_owned(), 1)]);
    assert_eq!(name(&set), "Nia", "an owner has allowed it");
}

#[tokio::test]
async fn a_plan_does_not_outlive_the_address_it_was_made_for() {
    let set = Set::new(30).await;
    let there = set.members(2);
    set.people(there.clone()).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("update".to_owned(), 2)]);
    // By now the first has another address, and the second one's Zoom user was given a role of weight.
    set.change(&there[0], |user| user.profile.email = Some("another@district.example".to_owned())).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done, done.skipped), (ZoomRunState::Done, 1, 1));
    assert_ne!(set.stand_in.inside().world.by_email(&there[0]).unwrap().given, "Nia");
    set.disable(&there[1]).await;
    let planned = set.run(true).await;
    let second = set.stand_in.inside().world.by_email(&there[1]).unwrap().id.clone();
    set.stand_in.inside().world.find_mut(&second).unwrap().role = "1";
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let kept = set.view(planned.id).await;
    let failed = set.steps(planned.id, Some(ZoomStepState::Failed)).await;
    assert_eq!((kept.failed, failed[0].problem.as_deref()), (1, Some("protected")), "{kept:?}");
    assert_eq!(set.state_of(&there[1]), Some(State::Active), "an administrator of Zoom stays");
}

#[tokio::test]
async fn a_zoom_user_whom_somebody_else_got_since_the_plan_is_not_touched() {
    let set = Set::new(10).await;
    let there = set.members(1);
    set.people(there.clone()).await;
    set.settings(|_| {}).await;
    let before = set.given(&there[0]);
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("update".to_owned(), 1)]);
    let zoom_id = set.stand_in.inside().world.by_email(&there[0]).unwrap().id.clone();
    let account = set.site.text("SELECT id FROM accounts WHERE slug = 'lincoln'").await.unwrap();
    let other = UserId::make(set.site.clock.now(), &set.site.rng);
    let insert =
        "INSERT INTO zoom_people (account_id, user_id, zoom_id, is_pending, is_off, changed_at) VALUES";
    set.site.execute(&format!("{insert} ('{account}', '{other}', '{zoom_id}', 0, 0, 0)")).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let failed = set.steps(planned.id, Some(ZoomStepState::Failed)).await;
    assert_eq!(failed[0].problem.as_deref(), Some("duplicate"));
    assert_eq!((set.given(&there[0]), set.count("PUT scim2/Users")), (before, 0));
}

#[tokio::test]
async fn whoever_was_made_in_zoom_meanwhile_is_not_taken_for_one_of_ours() {
    let set = Set::new(5).await;
    set.people(fresh(1)).await;
    set.settings(|settings| settings.toggles.adopts = false).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("create".to_owned(), 1)]);
    let stranger = {
        let mut inside = set.stand_in.inside();
        let user = inside.world.users.values().next().unwrap().clone();
        let user = User { email: fresh(1)[0].clone(), role: "2", ..user };
        inside.world.add(user)
    };
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let failed = set.steps(planned.id, Some(ZoomStepState::Failed)).await;
    assert_eq!(failed[0].problem.as_deref(), Some("conflict"));
    let kept = people::list(&set.site.gateway, &set.ctx(), (&slug(), true), (None, 10)).await.unwrap();
    assert_eq!((kept.len(), kept[0].zoom_id.as_deref()), (1, None), "{kept:?}");
    assert_ne!(set.stand_in.inside().world.users[&stranger].given, "Nia");
}
