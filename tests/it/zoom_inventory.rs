//! The inventory of Zoom's users against the stand-in.

use std::time::Duration;

use gatepost::base::Actor;
use gatepost::base::id::ZoomInventoryId;
use gatepost::directory::state::ZoomInventoryState;
use gatepost::flow::zoom::inventory::table::{self, Filter, SeatView};
use gatepost::flow::zoom::inventory::{self, InventoryView};
use gatepost::flow::zoom::provision::{follow, settings};
use gatepost::flow::zoom::work::{LEASE_SECONDS, MAX_TRIES};
use gatepost::flow::{FlowError, Gateway};
use gatepost::standin::fault::{Faults, LimitForm, TokenFault};
use gatepost::standin::world::State;

use crate::site::{ACCOUNT, slug};
use crate::zoom_events::link_for;
use crate::zoom_provisioning::Set;

const JOB: Actor = Actor::Job("zoom");

/// Works on the inventory that is due, once; whether there was one.
pub async fn work(set: &Set, gateway: &Gateway) -> bool {
    let ctx = gateway.ctx(JOB);
    let Some(claimed) = inventory::claim(gateway, &ctx).await.unwrap() else { return false };
    inventory::carry_on(gateway, &ctx, claimed, Some(set.zoom.clone())).await.unwrap();
    true
}

pub async fn ask(set: &Set) -> ZoomInventoryId {
    inventory::ask(&set.site.gateway, &set.ctx(), &slug()).await.unwrap().id
}

pub async fn view(set: &Set, id: ZoomInventoryId) -> InventoryView {
    inventory::find(&set.site.gateway, &set.ctx(), id).await.unwrap()
}

/// Has the users of Zoom counted; what came of it.
pub async fn count(set: &Set) -> InventoryView {
    let id = ask(set).await;
    assert!(work(set, &set.site.gateway).await);
    view(set, id).await
}

/// An inventory whose process is killed when some of the users were read.
pub async fn killed(set: &Set) -> ZoomInventoryId {
    let id = ask(set).await;
    set.fault(Faults { slow_millis: 5, ..Faults::default() });
    let (gateway, zoom) = (set.site.gateway.clone(), set.zoom.clone());
    let claimed = inventory::claim(&gateway, &gateway.ctx(JOB)).await.unwrap().unwrap();
    let work_of_it = tokio::spawn(async move {
        let ctx = gateway.ctx(JOB);
        inventory::carry_on(&gateway, &ctx, claimed, Some(zoom)).await
    });
    let patience = tokio::time::timeout(Duration::from_mins(2), async {
        while view(set, id).await.seen == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(patience.await.is_ok(), "nothing was read");
    work_of_it.abort();
    let _ = work_of_it.await;
    id
}

async fn all(set: &Set, filter: &Filter) -> Vec<SeatView> {
    let (mut seats, mut after) = (Vec::<SeatView>::new(), None::<String>);
    loop {
        let page = (after.as_deref(), 50);
        let page = table::list(&set.site.gateway, &set.ctx(), (&slug(), filter), page).await.unwrap();
        let Some(last) = page.last() else { return seats };
        after = Some(last.cursor.clone());
        seats.extend(page);
    }
}

#[tokio::test]
async fn all_of_zoom_is_counted_and_joined_with_our_people() {
    let set = Set::new(950).await;
    let known = set.stand_in.inside().world.users.values().nth(10).unwrap().email.clone();
    set.people([known.clone()]).await;
    let id = ask(&set).await;
    let twice = inventory::ask(&set.site.gateway, &set.ctx(), &slug()).await;
    assert!(matches!(twice, Err(FlowError::Invalid(_))), "{twice:?}");
    assert!(work(&set, &set.site.gateway).await);
    let done = view(&set, id).await;
    let report = done.report.unwrap();
    assert_eq!(
        (done.state, report.sums.all(), report.count(None, None)),
        (ZoomInventoryState::Done, 950, 950)
    );
    assert!(report.missing.is_empty() && !report.bought.is_empty() && !report.days.is_empty(), "{report:?}");
    let there = |state| {
        let inside = set.stand_in.inside();
        let count = inside.world.users.values().filter(|user| user.state == state).count();
        u64::try_from(count).unwrap()
    };
    assert_eq!(report.count(None, Some("off")), there(State::Inactive));
    assert_eq!(report.count(None, Some("invited")), there(State::Pending));
    let seats = all(&set, &Filter::All).await;
    assert_eq!(seats.len(), 950);
    for (filter, count) in [
        (Filter::Plan("licensed".to_owned()), report.count(Some("licensed"), None)),
        (Filter::Use("never".to_owned()), report.count(None, Some("never"))),
        (Filter::Wasted, report.sums.all_wasted()),
    ] {
        assert_eq!(all(&set, &filter).await.len(), usize::try_from(count).unwrap(), "{filter:?}");
    }
    let by_email = Filter::parse(&known).unwrap();
    let found = table::list(&set.site.gateway, &set.ctx(), (&slug(), &by_email), (None, 10)).await.unwrap();
    let ours = found[0].ours.as_ref().unwrap();
    assert_eq!((found.len(), ours.is_linked, found[0].candidates), (1, false, 1));
    assert_eq!(seats.iter().filter(|seat| seat.ours.is_some()).count(), 1);
    assert!(Filter::parse("plan:gold").is_err() && Filter::parse("everybody").is_err());

    // Who is not there any more is not listed any more.
    let gone = {
        let mut inside = set.stand_in.inside();
        let gone = inside.world.users.values().nth(20).unwrap().id.clone();
        inside.world.remove(&gone);
        gone
    };
    set.site.clock.advance(60);
    ask(&set).await;
    assert!(work(&set, &set.site.gateway).await);
    let seats = all(&set, &Filter::All).await;
    assert!(seats.len() == 949 && seats.iter().all(|seat| seat.zoom_id.as_deref() != Some(gone.as_str())));
    let trend = inventory::list(&set.site.gateway, &set.ctx(), &slug(), (None, 10)).await.unwrap();
    let sums: Vec<_> = trend.iter().map(|one| one.report.as_ref().unwrap().sums.all()).collect();
    assert_eq!(sums, [949, 950]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inventory_that_was_killed_is_gone_on_with() {
    let set = Set::new(4000).await;
    let id = killed(&set).await;
    let read = set.count("GET v2/users");
    assert!(view(&set, id).await.ended_at.is_none());
    let other = set.site.beside(97).await;
    set.site.clock.advance(LEASE_SECONDS);
    assert!(work(&set, &other).await);
    let done = view(&set, id).await;
    assert_eq!((done.state, done.report.unwrap().sums.all()), (ZoomInventoryState::Done, 4000));
    let pages = set.count("GET v2/users");
    assert!(pages - read < 14, "it went on where it was: {read} and then {pages}");
    assert_eq!(all(&set, &Filter::All).await.len(), 4000);
}

#[tokio::test]
async fn what_an_app_may_not_ask_is_missing_and_nothing_else() {
    let set = Set::new(30).await;
    set.fault(Faults { refused: Some("v2/report".to_owned()), ..Faults::default() });
    let done = count(&set).await;
    let report = done.report.unwrap();
    assert_eq!((done.state, report.sums.all()), (ZoomInventoryState::Done, 30));
    assert_eq!(report.missing, [("activities".to_owned(), "scope_missing".to_owned())]);
    assert!(report.days.is_empty() && !report.bought.is_empty(), "{report:?}");
}

/// A limit of Zoom's says when to come back: however often that is, it is no attempt that came to nothing.
#[tokio::test]
async fn an_inventory_that_is_told_to_come_back_is_not_at_its_end() {
    let set = Set::new(30).await;
    let id = ask(&set).await;
    for _ in 0..MAX_TRIES + 2 {
        set.fault(Faults { limits: 1000, limit_form: Some(LimitForm::Daily), ..Faults::default() });
        assert!(work(&set, &set.site.gateway).await);
        assert_eq!(view(&set, id).await.problem.as_deref(), Some("limited"));
        set.site.clock.advance(2 * 86_400);
    }
    set.fault(Faults { token: Some(TokenFault::Down), ..Faults::default() });
    assert!(work(&set, &set.site.gateway).await);
    let waiting = view(&set, id).await;
    assert_eq!((waiting.state, waiting.problem.as_deref()), (ZoomInventoryState::Reading, Some("fault")));
    set.fault(Faults::default());
    set.site.clock.advance(3600);
    assert!(work(&set, &set.site.gateway).await);
    assert_eq!(view(&set, id).await.state, ZoomInventoryState::Done);
}

/// What Zoom says of the next page grows old, and the list is read from its beginning: that alone is no progress.
#[tokio::test]
async fn an_inventory_that_fails_at_the_same_page_each_time_has_an_end() {
    let set = Set::new(4000).await;
    let sixth = {
        let inside = set.stand_in.inside();
        let active = inside.world.users.iter().filter(|(_, user)| user.state == State::Active);
        active.map(|(number, _)| *number).nth(5 * 300).unwrap()
    };
    set.fault(Faults { users_until: Some(sixth), ..Faults::default() });
    let id = ask(&set).await;
    let mut begun = 0;
    while view(&set, id).await.ended_at.is_none() {
        begun += 1;
        assert!(begun <= MAX_TRIES + 1, "it goes on without end");
        assert!(work(&set, &set.site.gateway).await);
        assert_eq!(view(&set, id).await.seen, 1500);
        set.site.clock.advance(2 * 3600);
    }
    let failed = view(&set, id).await;
    assert_eq!((failed.state, failed.problem.as_deref()), (ZoomInventoryState::Failed, Some("given_up")));
}

#[tokio::test]
async fn an_inventory_of_users_who_may_not_be_read_fails_and_says_so() {
    let set = Set::new(30).await;
    set.fault(Faults { missing_scope: Some("user:read:admin".to_owned()), ..Faults::default() });
    let failed = count(&set).await;
    assert_eq!(
        (failed.state, failed.problem.as_deref()),
        (ZoomInventoryState::Failed, Some("scope_missing"))
    );
    set.site.clock.advance(60);
    let ctx = set.site.gateway.ctx(JOB);
    let id = ask(&set).await;
    let claimed = inventory::claim(&set.site.gateway, &ctx).await.unwrap().unwrap();
    inventory::carry_on(&set.site.gateway, &ctx, claimed, None).await.unwrap();
    assert_eq!(view(&set, id).await.problem.as_deref(), Some("no_link"));
    let told =
        async || set.site.count("SELECT COUNT(*) FROM events WHERE action = 'zoom_inventory.failed'").await;
    assert_eq!(told().await, 2, "both are in the log");
    set.site.clock.advance(60);
    ask(&set).await;
    let ctx = set.site.gateway.ctx(JOB);
    let claimed = inventory::claim(&set.site.gateway, &ctx).await.unwrap().unwrap();
    inventory::carry_on(&set.site.gateway, &ctx, claimed, None).await.unwrap();
    assert_eq!(told().await, 2, "the same again is no news");
}

#[tokio::test]
async fn who_uses_zoom_for_nothing_but_the_inventory_is_counted_once_a_day() {
    let set = Set::new(5).await;
    let next = async || {
        let shown = settings::show(&set.site.gateway, &set.ctx(), &slug()).await.unwrap();
        (shown.version, shown.next_inventory_at)
    };
    let at_all = async || {
        follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
        set.site.count("SELECT COUNT(*) FROM zoom_inventories").await
    };
    let since = set.site.clock.now();
    link_for(&set.site, ACCOUNT, ("CountedZoom01", ""), "inventory").await;
    assert_eq!(next().await, (0, Some(since.plus_seconds(86_400))), "nobody has entered anything");
    assert_eq!(at_all().await, 0);
    let mut owner = set.site.owner().await;
    let page = owner.get("/console/at/lincoln/zoom/inventory").await.body;
    assert!(page.contains("They are counted next"), "{page}");
    set.site.clock.advance(90_000);
    assert_eq!(at_all().await, 1);
    assert!(work(&set, &set.site.gateway).await);
    // A link of before this was written.
    set.site.execute("DELETE FROM zoom_provisioning").await;
    assert_eq!((at_all().await, next().await.0), (1, 0));
    set.site.clock.advance(90_000);
    assert_eq!(at_all().await, 2);
    // Whoever enters settings then does so as the first.
    let before = next().await.1;
    set.settings(|_| {}).await;
    assert_eq!(next().await, (1, before));
    let mut never = settings::show(&set.site.gateway, &set.ctx(), &slug()).await.unwrap().settings;
    never.inventory_every_hours = 0;
    settings::save(&set.site.gateway, &set.ctx(), &slug(), never, |version| version == 1).await.unwrap();
    assert_eq!(next().await, (2, None));
}
