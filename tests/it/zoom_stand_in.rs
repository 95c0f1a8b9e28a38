//! The stand-in's ways that are Zoom's: pages whose tokens end, a report of several pages; and the page that has it go wrong.

use gatepost::directory::state::ZoomInventoryState;
use gatepost::standin::fault::Faults;
use gatepost::standin::world::{State, User, World};
use gatepost::standin::{self, StandIn};
use gatepost::zoom::api::error::ApiError;
use gatepost::zoom::users::Sweep;

use crate::browser::{Browser, From};
use crate::zoom_inventory::{count, killed, view, work};
use crate::zoom_provisioning::{Set, fresh};

const QUARTER: i64 = 15 * 60;

#[tokio::test]
async fn what_is_said_of_the_next_page_is_good_for_a_quarter_of_an_hour() {
    let set = Set::new(700).await;
    let first = set.zoom.users_page(Sweep::Active, None).await.unwrap();
    let second = set.zoom.users_page(Sweep::Active, first.next.as_deref()).await.unwrap();
    assert!(second.next.is_some() && second.users != first.users);
    set.site.clock.advance(QUARTER + 1);
    let late = set.zoom.users_page(Sweep::Active, second.next.as_deref()).await;
    assert!(matches!(late, Err(ApiError::Refused { code: Some(300), .. })), "{late:?}");
}

#[tokio::test]
async fn the_report_of_several_pages_is_counted_to_its_end() {
    let set = Set::new(4000).await;
    let report = count(&set).await.report.unwrap();
    let now = set.site.clock.now();
    let came: Vec<_> = {
        let inside = set.stand_in.inside();
        inside.world.users.values().filter_map(|user| user.last_login).collect()
    };
    let of_late = came.iter().filter(|at| now.day() - at.day() <= 30).count();
    let signed_in: u64 = report.days.values().map(|day| day.signed_in).sum();
    assert_eq!(signed_in, u64::try_from(of_late).unwrap());
    assert!(signed_in > 300 / 2, "one page would not have held them with those who signed out: {signed_in}");
    let signed_out: u64 = report.days.values().map(|day| day.signed_out).sum();
    assert!(signed_out > 0 && signed_out <= signed_in, "{signed_out} of {signed_in}");
    assert!(set.count("GET v2/report") > 2, "more than one page for each of the two windows");
    let page = set.site.owner().await.get("/console/at/lincoln/zoom/inventory").await;
    let told = page.between("Sign-ins to Zoom, last 30 days</summary>", "<table");
    assert!(told.contains("Counted are the 30 days before this inventory"), "{told}");
}

/// Whoever goes on with an inventory after a quarter of an hour begins the list anew, and counts nobody twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inventory_that_rested_for_long_begins_its_list_anew() {
    let set = Set::new(4000).await;
    let id = killed(&set).await;
    set.fault(Faults::default());
    set.site.clock.advance(QUARTER + 60);
    assert!(work(&set, &set.site.gateway).await);
    let done = view(&set, id).await;
    assert_eq!((done.state, done.report.unwrap().sums.all()), (ZoomInventoryState::Done, 4000));
}

#[tokio::test]
async fn what_goes_wrong_is_chosen_on_a_page() {
    let set = Set::new(1).await;
    let mut page = Browser::new(standin::router(set.stand_in.clone()), "http://localhost:8500");
    assert!(page.get("/control").await.body.contains("selected>Nothing goes wrong</option>"));
    let (fault, wanted) = ("SCIM knows no user types", Faults { no_user_type: true, ..Faults::default() });
    let answer = page.post("/control/choose", &[("fault", fault)], From::ThisSite).await;
    assert!(answer.body.contains(&format!("from now on: {fault}")), "{}", answer.body);
    assert_eq!(set.stand_in.inside().faults, wanted);
    assert!(page.get("/control").await.body.contains(&format!("selected>{fault}</option>")));
    let none = page.post("/control/choose", &[("fault", "Everything")], From::ThisSite).await;
    assert!(none.body.contains("there is no such fault"), "{}", none.body);
    assert_eq!(set.stand_in.inside().faults, wanted, "and it stays as it was");
    // One that programs told.
    set.fault(Faults { slow_millis: 7, ..Faults::default() });
    assert!(page.get("/control").await.body.contains("selected>Something else"));
}

/// As when a demo is ended and begun again: the data of its gateway stay, and what was made in the stand-in is gone.
#[tokio::test]
async fn a_stand_in_that_is_begun_anew_gives_no_id_a_second_time() {
    let set = Set::new(5).await;
    set.people(fresh(3)).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 3);
    set.site.clock.advance(60);
    let begun = StandIn::new(set.stand_in.settings().clone());
    let (before, mut again) = (set.stand_in.inside(), begun.inside());
    let ids = |world: &World| world.users.values().map(|user| user.id.clone()).collect::<Vec<_>>();
    let known = ids(&before.world);
    assert_eq!(
        (known.len(), &known[..5]),
        (8, &ids(&again.world)[..]),
        "the same seed gives the same people"
    );
    let user = before.world.by_email(&fresh(1)[0]).unwrap();
    for email in fresh(6).split_off(3) {
        again.world.add(User { email, ..user.clone() });
    }
    let made = ids(&again.world).split_off(5);
    assert!(made.len() == 3 && made.iter().all(|id| !known.contains(id)), "{made:?} of {known:?}");
}

#[tokio::test]
async fn whoever_is_invited_accepts_by_a_page() {
    let set = Set::new(1).await;
    set.people(["nia@elsewhere.example".to_owned()]).await;
    set.settings(|_| {}).await;
    assert_eq!(set.run(false).await.done, 1);
    let before = set.stand_in.inside().world.by_email("nia@elsewhere.example").unwrap().id.clone();
    let mut page = Browser::new(standin::router(set.stand_in.clone()), "http://localhost:8500");
    let answer = page.post("/control/accept", &[], From::ThisSite).await;
    assert!(answer.body.contains("accepted: 1"), "{}", answer.body);
    let inside = set.stand_in.inside();
    let accepted = inside.world.by_email("nia@elsewhere.example").unwrap();
    assert_eq!((&accepted.id, accepted.state), (&before, State::Active));
}
