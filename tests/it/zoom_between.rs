//! What happens between runs: changes that are followed, one account's trouble beside another, runs that nobody can go on
//! with, and people who are erased.

use gatepost::base::id::{UserId, ZoomRunId};
use gatepost::directory::state::{ZoomInventoryState, ZoomRunKind, ZoomRunState};
use gatepost::flow::FlowError;
use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::inventory;
use gatepost::flow::zoom::provision::{follow, people, run, settings, turn};
use gatepost::flow::zoom::work::{LEASE_SECONDS, MAX_TRIES};
use gatepost::standin::fault::Faults;
use gatepost::standin::world::DOMAIN;
use gatepost::storage::zoom_run::{self, Run};
use gatepost::storage::{Tx, zoom_person, zoom_queue};
use gatepost::zoom::provision::rule::{Comparison, Condition};

use crate::browser::From;
use crate::events::token_of;
use crate::site::{ACCOUNT, slug};
use crate::zoom_events::link_for;
use crate::zoom_inventory::count;
use crate::zoom_provisioning::{JOB, Set, actions, fresh, rule, until};

impl Set {
    async fn tick(&self) {
        follow::tick(&self.site.gateway, &self.site.gateway.ctx(JOB)).await.unwrap();
    }

    async fn latest(&self) -> run::RunView {
        run::list(&self.site.gateway, &self.ctx(), &slug(), (None, 1)).await.unwrap().remove(0)
    }

    async fn tx(&self) -> Tx {
        self.site.storage.write().await.unwrap()
    }
}

#[tokio::test]
async fn who_changed_last_and_stays_as_they_are_is_looked_at_once() {
    let set = Set::new(30).await;
    let there = set.members(1);
    set.settings(|_| {}).await;
    set.people(there.clone()).await;
    set.change(&there[0], |user| user.profile.email_from = Some("conn_gone".to_owned())).await;
    set.site.clock.advance(60);
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    assert_eq!(set.latest().await.totals.notes.get("unproved"), Some(&1));
    for _ in 0..3 {
        set.site.clock.advance(60);
        set.tick().await;
        assert!(!set.work(&set.site.gateway).await, "nobody has changed since");
    }
}

#[tokio::test]
async fn whom_an_import_brings_that_took_long_is_not_passed_over() {
    let set = Set::new(5).await;
    set.settings(|_| {}).await;
    let begun = set.ctx();
    // Meanwhile somebody else comes, and is looked at.
    let (late, other) = ("late@district.example", fresh(1));
    set.site.clock.advance(60);
    set.people(other.clone()).await;
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    let list = format!("external_id,email,first_name,last_name\nlate,{late},Nia,New\n");
    user::import(&set.site.gateway, &begun, &slug(), (list.as_bytes(), false)).await.unwrap();
    set.site.clock.advance(60);
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    assert!(set.state_of(&other[0]).is_some() && set.state_of(late).is_some());
    assert_eq!(set.count("POST scim2/Users"), 2);
}

#[tokio::test]
async fn those_who_changed_wait_where_not_even_a_plan_can_be_made() {
    let set = Set::new(5).await;
    set.settings(|_| {}).await;
    set.people(fresh(1)).await;
    // There is no link.
    let work = async || {
        let (gateway, ctx) = (&set.site.gateway, set.site.gateway.ctx(JOB));
        let Some(claimed) = turn::claim(gateway, &ctx).await.unwrap() else { return false };
        turn::carry_on(gateway, &ctx, claimed, None).await.unwrap();
        true
    };
    let runs = async || set.site.count("SELECT COUNT(*) FROM zoom_runs").await;
    for _ in 0..10 {
        set.site.clock.advance(60);
        set.tick().await;
        while work().await {}
    }
    assert_eq!((runs().await, set.latest().await.state), (1, ZoomRunState::Failed));
    set.site.clock.advance(900);
    set.tick().await;
    assert_eq!(runs().await, 2, "the link may be there again");
}

#[tokio::test]
async fn more_changes_than_are_looked_up_one_by_one_wait_for_the_run_that_is_under_way() {
    let set = Set::new(5).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    set.people(fresh(501)).await;
    set.site.clock.advance(60);
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    assert_eq!((set.latest().await.id, set.latest().await.state), (planned.id, ZoomRunState::Done));
    set.tick().await;
    let next = set.latest().await;
    assert_eq!((next.kind, next.state), (ZoomRunKind::Schedule, ZoomRunState::Planning));
    run::cancel(&set.site.gateway, &set.ctx(), next.id).await.unwrap();
    set.site.clock.advance(60);
    set.tick().await;
    assert_eq!(set.latest().await.id, next.id, "that run was for them");
}

#[tokio::test]
async fn who_changes_while_they_are_looked_at_is_looked_at_again() {
    let set = Set::new(5).await;
    set.people(fresh(2)).await;
    let (jo, sam) = (set.id_of(&fresh(2)[0]).await, set.id_of(&fresh(2)[1]).await);
    let account = account(&set).await;
    let queue = async |user: UserId| {
        let mut tx = set.tx().await;
        zoom_queue::add(&mut tx, account, user, set.site.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    queue(jo).await;
    queue(sam).await;
    let mut tx = set.tx().await;
    let taken = zoom_queue::list(&mut tx, account, 10).await.unwrap();
    drop(tx);
    assert_eq!(taken.len(), 2);
    set.site.clock.advance(1);
    queue(jo).await;
    let mut tx = set.tx().await;
    zoom_queue::delete(&mut tx, account, &taken).await.unwrap();
    let left = zoom_queue::list(&mut tx, account, 10).await.unwrap();
    assert_eq!(left.into_iter().map(|(user, _)| user).collect::<Vec<_>>(), [jo]);
}

async fn account(set: &Set) -> gatepost::base::id::AccountId {
    set.site.text("SELECT id FROM accounts WHERE slug = 'lincoln'").await.unwrap().parse().unwrap()
}

#[tokio::test]
async fn one_account_that_cannot_be_read_keeps_no_other_waiting() {
    let set = Set::new(5).await;
    set.settings(|_| {}).await;
    let id = set.ask(false).await;
    set.site.make_account("other", "Other").await;
    let other = "other".parse().unwrap();
    set.site.clock.advance(1);
    let mut new = settings::show(&set.site.gateway, &set.ctx(), &other).await.unwrap().settings;
    (new.toggles.is_on, new.rules) = (true, vec![rule("all", vec![])]);
    settings::save(&set.site.gateway, &set.ctx(), &other, new, |_| true).await.unwrap();
    let broken = account(&set).await;
    let spoil = "UPDATE zoom_provisioning SET settings_sealed = substr(settings_sealed, 2)";
    set.site.execute(&format!("{spoil} WHERE account_id = '{broken}'")).await;
    set.site.clock.advance(25 * 3600);
    set.tick().await;
    let runs = run::list(&set.site.gateway, &set.ctx(), &other, (None, 10)).await.unwrap();
    assert_eq!(runs.len(), 1, "its turn has come");
    run::cancel(&set.site.gateway, &set.ctx(), runs[0].id).await.unwrap();
    // The run of the broken one is tried some times, and then ends by itself.
    for _ in 0..MAX_TRIES {
        let ctx = set.site.gateway.ctx(JOB);
        let claimed = turn::claim(&set.site.gateway, &ctx).await.unwrap().unwrap();
        let broken = turn::carry_on(&set.site.gateway, &ctx, claimed, Some(set.zoom.clone())).await;
        assert!(matches!(broken, Err(FlowError::Broken(_))), "{broken:?}");
        set.site.clock.advance(LEASE_SECONDS);
    }
    assert!(set.work(&set.site.gateway).await);
    let ended = set.view(id).await;
    assert_eq!((ended.state, ended.problem.as_deref()), (ZoomRunState::Failed, Some("given_up")));
}

#[tokio::test]
async fn all_who_have_a_problem_are_tried_again() {
    let set = Set::new(5).await;
    set.settings(|_| {}).await;
    let account = account(&set).await;
    let row = |_| {
        let user = UserId::make(set.site.clock.now(), &set.site.rng);
        format!("('{account}', '{user}', 0, 0, 'conflict', 0)")
    };
    let rows: Vec<_> = (0..501).map(row).collect();
    let insert =
        "INSERT INTO zoom_people (account_id, user_id, is_pending, is_off, problem, changed_at) VALUES";
    set.site.execute(&format!("{insert} {}", rows.join(", "))).await;
    assert_eq!(run::retry(&set.site.gateway, &set.ctx(), (&slug(), None)).await.unwrap(), 501);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_queue").await, 501);
    // So many are gone through with everybody, and not in ten runs and one more.
    let free = async || set.site.count("SELECT COUNT(*) FROM zoom_queue WHERE run_id IS NULL").await;
    let runs = async || set.site.count("SELECT COUNT(*) FROM zoom_runs").await;
    set.tick().await;
    assert_eq!((set.latest().await.kind, free().await), (ZoomRunKind::Schedule, 0));
    run::cancel(&set.site.gateway, &set.ctx(), set.latest().await.id).await.unwrap();
    assert_eq!(free().await, 501, "nobody is left with a run that was ended");
    set.site.clock.advance(900);
    set.tick().await;
    assert_eq!((set.latest().await.kind, free().await), (ZoomRunKind::Schedule, 0));
    set.settings(|settings| settings.toggles.is_on = false).await;
    assert!(set.work(&set.site.gateway).await);
    assert_eq!((set.latest().await.state, free().await), (ZoomRunState::Failed, 501), "it was not done");
    set.settings(|_| {}).await;
    set.tick().await;
    assert_eq!(runs().await, 2, "nor would it be at once");
    set.site.clock.advance(900);
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    let latest = set.latest().await;
    assert_eq!((latest.kind, latest.state, runs().await), (ZoomRunKind::Schedule, ZoomRunState::Done, 3));
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_queue").await, 0);
}

#[tokio::test]
async fn what_went_wrong_with_somebody_is_forgotten_once_nothing_is_left_to_do_for_them() {
    let set = Set::new(5).await;
    let new = fresh(3);
    set.people(new.clone()).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 3);
    // As after updates that Zoom refused; somebody has put right there what was wrong with the first two.
    set.site.execute("UPDATE zoom_people SET problem = 'refused'").await;
    set.change(&new[2], |user| user.profile.first_name = Some("Mia".to_owned())).await;
    set.settings(|settings| settings.toggles.may_update = false).await;
    let left = async || {
        let (gateway, ctx) = (&set.site.gateway, set.ctx());
        let all = people::list(gateway, &ctx, (&slug(), true), (None, 10)).await.unwrap();
        all.into_iter().filter_map(|one| one.email).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(left().await.len(), 3);
    // One is tried again by themselves, then everybody is gone through.
    let first = set.id_of(&new[0]).await;
    run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(first))).await.unwrap();
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    assert!(!left().await.contains(&new[0]));
    assert!(actions(&set.run(false).await).is_empty());
    assert_eq!(left().await.into_iter().collect::<Vec<_>>(), [new[2].clone()], "a toggle keeps it undone");
    set.settings(|settings| settings.toggles.may_update = true).await;
    assert_eq!(set.run(false).await.done, 1);
    assert!(left().await.is_empty());
}

/// Children share a parent's address; the one who has no Zoom user is looked up together with the one who has.
#[tokio::test]
async fn who_has_the_same_address_is_written_into_nobody_elses_zoom_user() {
    let set = Set::new(5).await;
    let two = fresh(2);
    set.people([two[0].clone()]).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 1);
    set.people([two[1].clone()]).await;
    set.change(&two[1], |user| {
        user.profile.email = Some(two[0].clone());
        user.profile.first_name = Some("Berta".to_owned());
    })
    .await;
    set.site.clock.advance(60);
    let second = set.id_of(&two[1]).await;
    run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(second))).await.unwrap();
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    let latest = set.latest().await;
    assert_eq!((actions(&latest), latest.totals.notes.get("duplicate")), (vec![], Some(&1)), "{latest:?}");
    assert_eq!(set.stand_in.inside().world.by_email(&two[0]).unwrap().given, "Nia");
    assert_eq!(set.count("PUT scim2/Users"), 0);
}

#[tokio::test]
async fn whom_a_note_keeps_out_stands_with_it_among_those_with_a_problem() {
    let set = Set::new(30).await;
    let (there, new) = (set.members(2), fresh(2));
    set.people(new.iter().chain(&there).cloned()).await;
    set.change(&new[0], |user| user.profile.first_name = None).await;
    let (field, comparison, values) = ("email".to_owned(), Comparison::Ends, vec![format!("@{DOMAIN}")]);
    let of_district = rule("district", vec![Condition { field, comparison, values }]);
    set.settings(|settings| {
        (settings.toggles.is_on, settings.toggles.adopts) = (false, false);
        settings.rules = vec![of_district];
    })
    .await;
    let problems = async || {
        let (gateway, ctx) = (&set.site.gateway, set.ctx());
        let all = people::list(gateway, &ctx, (&slug(), true), (None, 10)).await.unwrap();
        let all = all.into_iter().map(|one| (one.email.unwrap(), one.problem.unwrap()));
        all.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(set.run(true).await.totals.notes.get("not_adopted"), Some(&2));
    assert!(problems().await.is_empty(), "off, nobody is to be in Zoom");
    set.settings(|settings| settings.toggles.adopts = false).await;
    assert_eq!(set.run(false).await.done, 1);
    let known = |email: &String, problem: &str| (email.clone(), problem.to_owned());
    let not_adopted = there.iter().map(|email| known(email, "not_adopted"));
    let all: std::collections::BTreeMap<_, _> = not_adopted.chain([known(&new[0], "unmappable")]).collect();
    assert_eq!(problems().await, all);
    let mut owner = set.site.owner().await;
    let page = owner.get("/console/at/lincoln/zoom/provisioning/people?problems=1").await.body;
    assert!(page.contains("Has no value that Zoom needs"), "{page}");
    assert!(page.contains("taking over is switched off"), "{page}");
    let listed = "SELECT MIN(changed_at) FROM zoom_people WHERE problem IS NOT NULL";
    let before = set.site.count(listed).await;
    set.site.clock.advance(60);
    set.run(false).await;
    assert_eq!((set.site.count(listed).await, problems().await), (before, all), "as it was");
    // One gets what was missing and is tried again; of the others, one may be adopted, and one is not to be there any more.
    set.change(&new[0], |user| user.profile.first_name = Some("Olive".to_owned())).await;
    let first = set.id_of(&new[0]).await;
    run::retry(&set.site.gateway, &set.ctx(), (&slug(), Some(first))).await.unwrap();
    set.tick().await;
    assert!(set.work(&set.site.gateway).await);
    assert!(!problems().await.contains_key(&new[0]));
    set.disable(&there[1]).await;
    set.settings(|settings| settings.toggles.adopts = true).await;
    set.run(false).await;
    assert!(problems().await.is_empty());
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people").await, 3, "nothing is left of who is out");
    // Whoever was erased while the plan was made is not put down again.
    let (account, gone) = (account(&set).await, UserId::make(set.site.clock.now(), &set.site.rng));
    let mut tx = set.tx().await;
    let problem = ("unproved", set.site.clock.now());
    zoom_person::save_problem(&mut tx, (account, gone), problem).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people").await, 3);
}

#[tokio::test]
async fn somebodys_own_page_says_what_became_of_them_in_zoom() {
    let set = Set::new(5).await;
    let new = fresh(1);
    set.people(new.clone()).await;
    set.settings(|_| {}).await;
    let id = set.id_of(&new[0]).await.to_string();
    let path = format!("/console/at/lincoln/people/{id}");
    let mut owner = set.site.owner().await;
    assert!(!owner.get(&path).await.body.contains("id=\"zoom\""), "the account is not linked");
    link_for(&set.site, ACCOUNT, ("UsedZoom0001", ""), "provisioning").await;
    let offers = |page: &str| (page.contains("Look at this person now"), page.contains("Try again"));
    let page = owner.get(&path).await.body;
    assert!(page.contains("No run has had to do with this person yet."), "{page}");
    assert_eq!(offers(&page), (true, false), "nothing was tried: {page}");
    let run = set.run(false).await;
    assert_eq!(run.done, 1);
    let zoom_id = set.stand_in.inside().world.by_email(&new[0]).unwrap().id.clone();
    set.site.execute("UPDATE zoom_people SET problem = 'conflict'").await;
    let page = owner.get(&path).await;
    for told in
        [zoom_id.as_str(), "Has a Zoom user", "The address is in use in Zoom already", &run.id.to_string()]
    {
        assert!(page.body.contains(&told.replace('&', "&#38;")), "{told}: {}", page.body);
    }
    assert_eq!(offers(&page.body), (false, true));
    let token = token_of(&page);
    let fields = [("token", token.as_str()), ("user", id.as_str()), ("back", "person")];
    let back = owner.post("/console/at/lincoln/zoom/provisioning/people", &fields, From::ThisSite).await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, Some(path.as_str())), "{}", back.body);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_queue").await, 1);
    set.settings(|settings| settings.toggles.is_on = false).await;
    assert_eq!(offers(&owner.get(&path).await.body), (false, false), "it would be refused");
}

#[tokio::test]
async fn one_of_many_is_found_by_what_they_are_exactly() {
    let set = Set::new(5).await;
    let new = fresh(3);
    set.people(new.clone()).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 3);
    let zoom_id = set.stand_in.inside().world.by_email(&new[1]).unwrap().id.clone();
    let id = set.id_of(&new[1]).await.to_string();
    let mut owner = set.site.owner().await;
    let mut found = async |typed: &str| {
        let typed: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        owner.get(&format!("/console/at/lincoln/zoom/provisioning/people?who={typed}")).await.body
    };
    for typed in [new[1].to_uppercase(), id, zoom_id] {
        let page = found(&typed).await;
        let shown: Vec<_> = new.iter().filter(|email| page.contains(email.as_str())).collect();
        assert_eq!(shown, [&new[1]], "{typed}: {page}");
    }
    assert!(found("nobody@district.example").await.contains("No run has had to do with anybody like that"));
    // PostgreSQL takes no such text.
    assert!(found("a\0b").await.contains("No run has had to do with anybody like that"));
    for address in ["people?who=%00", "sign-ins?person=%00"] {
        let status = owner.get(&format!("/console/at/lincoln/{address}")).await.status;
        assert_eq!(status, 200, "{address}");
    }
}

/// What the page of the link promises: only what is ticked is asked of Zoom.
#[tokio::test]
async fn what_the_link_is_not_used_for_is_not_done_and_pauses() {
    const PLAN: &str = ">See what would be done</button>";
    const COUNT: &str = ">Count now</button>";
    let set = Set::new(5).await;
    let (gateway, ctx) = (&set.site.gateway, set.ctx());
    let used = async |capability: &str| {
        link_for(&set.site, ACCOUNT, ("UsedZoom0001", ""), capability).await;
    };
    let says_so = |refused: FlowError| {
        let FlowError::Invalid(why) = &refused else { panic!("{refused:?}") };
        assert!(why.english().contains("tick that on the page of the link"), "{why:?}");
    };
    let mut owner = set.site.owner().await;
    let mut shows = async |page: &str, words: &str, button: &str| {
        let body = owner.get(&format!("/console/at/lincoln/zoom/{page}")).await.body;
        assert_eq!((body.contains(words), body.contains(button)), (true, words == button), "{body}");
    };
    shows("provisioning", "is not linked to Zoom", PLAN).await;
    shows("inventory", "is not linked to Zoom", COUNT).await;
    used("provisioning").await;
    set.people(fresh(1)).await;
    set.settings(|settings| settings.every_hours = 1).await;
    shows("provisioning", PLAN, PLAN).await;
    shows("inventory", "not used for the inventory", COUNT).await;
    says_so(inventory::ask(gateway, &ctx, &slug()).await.unwrap_err());
    let planned = set.run(true).await;
    let under_way = set.ask(false).await;

    used("inventory").await;
    shows("provisioning", "not used for provisioning", PLAN).await;
    shows("inventory", COUNT, COUNT).await;
    says_so(run::ask(gateway, &ctx, (&slug(), true)).await.unwrap_err());
    says_so(run::confirm(gateway, &ctx, planned.id).await.unwrap_err());
    says_so(run::retry(gateway, &ctx, (&slug(), None)).await.unwrap_err());
    assert!(set.work(gateway).await);
    let ended = set.view(under_way).await;
    assert_eq!((ended.state, ended.problem.as_deref()), (ZoomRunState::Failed, Some("not_used")));
    set.people(fresh(2)).await;
    for _ in 0..3 {
        set.site.clock.advance(4000);
        set.tick().await;
        assert!(!set.work(gateway).await, "the schedule pauses, and so does what changes");
    }
    assert_eq!(set.count("POST scim2/Users"), 0);

    used("provisioning").await;
    set.site.clock.advance(4000);
    set.tick().await;
    assert!(set.work(gateway).await);
    set.site.clock.advance(100_000);
    set.tick().await;
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_inventories").await, 0, "nobody is counted");
}

#[tokio::test]
async fn what_has_ended_stays_ended_and_totals_that_cannot_be_read_are_no_zeroes() {
    let set = Set::new(5).await;
    set.people(fresh(1)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    let account = account(&set).await;
    let read = async |id: ZoomRunId| {
        let mut tx = set.tx().await;
        zoom_run::find(&mut tx, account, id).await.unwrap().unwrap()
    };
    let before = read(planned.id).await;
    run::cancel(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    // As whoever read it before that would write it.
    let late = Run { state: ZoomRunState::Applying, ..before };
    let mut tx = set.tx().await;
    assert!(!zoom_run::update(&mut tx, account, &late, "").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(read(planned.id).await.state, ZoomRunState::Cancelled);
    set.site.execute("UPDATE zoom_runs SET totals = 'none'").await;
    let broken = run::find(&set.site.gateway, &set.ctx(), planned.id).await;
    assert!(matches!(broken, Err(FlowError::Broken(_))), "{broken:?}");
}

#[tokio::test]
async fn what_runs_and_the_inventory_know_of_somebody_goes_with_them() {
    let set = Set::new(20).await;
    let there = set.members(2);
    set.people(there.clone()).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 2);
    assert_eq!(count(&set).await.state, ZoomInventoryState::Done);
    let stored = async |table: &str| set.site.count(&format!("SELECT COUNT(*) FROM {table}")).await;
    let id = set.id_of(&there[0]).await;
    let of_person = format!("zoom_steps WHERE user_id = '{id}'");
    assert_eq!((stored(&of_person).await, stored("zoom_seats").await), (1, 20));
    let receipt = user::erase(&set.site.gateway, &set.ctx(), (&slug(), &Which::Id(id))).await.unwrap();
    assert_eq!((receipt.erased.zoom_steps, receipt.erased.zoom_users), (1, 1));
    assert_eq!((stored(&of_person).await, stored("zoom_seats").await), (0, 19));
    assert_eq!(stored("zoom_steps WHERE user_id IS NOT NULL").await, 1, "another's stay");
}

#[tokio::test]
async fn whoever_is_erased_while_a_run_is_under_way_stops_nothing() {
    let set = Set::new(5).await;
    set.people(fresh(2)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    assert_eq!(actions(&planned), [("create".to_owned(), 2)]);
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    let erased = Which::Id(set.id_of(&fresh(2)[0]).await);
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &erased)).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done), (ZoomRunState::Done, 1));
    assert_eq!((set.state_of(&fresh(2)[0]), set.count("POST scim2/Users")), (None, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_erased_while_zoom_makes_them_is_known_to_have_a_zoom_user() {
    let set = Set::new(5).await;
    set.people(fresh(1)).await;
    set.settings(|_| {}).await;
    let planned = set.run(true).await;
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    let erased = Which::Id(set.id_of(&fresh(1)[0]).await);
    // Long enough to be erased between the making and the looking at what was made.
    set.fault(Faults { slow_millis: 1500, ..Faults::default() });
    let (gateway, zoom) = (set.site.gateway.clone(), set.zoom.clone());
    let work = tokio::spawn(async move {
        let ctx = gateway.ctx(JOB);
        let claimed = turn::claim(&gateway, &ctx).await.unwrap().unwrap();
        turn::carry_on(&gateway, &ctx, claimed, Some(zoom)).await
    });
    until(|| set.count("POST scim2/Users") == 1).await;
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &erased)).await.unwrap();
    work.await.unwrap().unwrap();
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done), (ZoomRunState::Done, 1));
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_people WHERE zoom_id IS NOT NULL").await, 1);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_steps WHERE user_id IS NOT NULL").await, 0);
}
