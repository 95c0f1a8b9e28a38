//! The app is removed in Zoom: what is held ends with it, what Zoom told goes, and word of it counts for the tokens that it is
//! about.

use gatepost::flow::zoom::event::show::{self, Filter};
use gatepost::flow::zoom::inventory;

use super::*;

const WAY: &str = "/zoom/lincoln/webhook";
const ZOOM_ACCOUNT: &str = "StandInAccount01";

#[tokio::test]
async fn an_app_that_was_removed_in_zoom_ends_the_link_and_what_zoom_told_goes() {
    let set = Set::linked(ZoomKind::General).await;
    let mut owner = set.owner.clone();
    set.authorised(&mut owner, PAGE).await;
    // An event, one that waits to be told, and who is there.
    let input = gatepost::flow::webhook::Create {
        account: slug(),
        url: "http://127.0.0.1:9/hook".to_owned(),
        name: String::new(),
        types: "zoom.* user.*".parse().unwrap(),
    };
    gatepost::flow::webhook::create(set.gateway(), &set.ctx(), input).await.unwrap();
    for number in 0..3 {
        assert_eq!(set.deliver(WAY, &set.happened(ZOOM_ACCOUNT, number)).await.0, 204);
    }
    while jobs::zoom_events(set.gateway()).await {}
    inventory::ask(set.gateway(), &set.ctx(), &slug()).await.unwrap();
    while jobs::zoom(set.gateway(), None).await {}
    let left = async || {
        let mut left = [0; 4];
        let tables = ["zoom_events", "zoom_event_people", "webhook_deliveries", "zoom_seats"];
        for (left, table) in left.iter_mut().zip(tables) {
            *left = set.site.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        }
        left
    };
    assert_eq!(left().await, [3, 3, 3, 5]);
    set.site.make_account("other", "Other").await;
    crate::zoom_events::link_to(&set.site, "other", "OtherZoom0001", "other-secret-token-1").await;
    let others = set.happened("OtherZoom0001", 9);
    let taken =
        crate::zoom_events::deliver(&set.site, "/zoom/other/webhook", &others, "other-secret-token-1");
    assert_eq!(taken.await.status, 204);

    let before = set.site.count(MAILS).await;
    let gone = set.removed((ZOOM_ACCOUNT, &set.zoom_owner()), set.site.clock.now());
    for _ in 0..2 {
        assert_eq!(set.deliver(WAY, &gone).await.0, 204);
    }
    assert_eq!(set.link().await.state, ZoomLinkState::Ended);
    assert_eq!(set.site.count(MAILS).await, before + 1, "once");
    assert_eq!(set.events("zoom_link.deauthorized").await, 1);
    // Nothing is kept that comes now.
    assert_eq!(set.deliver(WAY, &set.happened(ZOOM_ACCOUNT, 4)).await.0, 204);
    jobs::round(set.gateway()).await;
    assert_eq!(left().await, [1, 1, 0, 0], "another account's stays");
    assert_eq!(set.events("zoom_link.forgotten").await, 1);
    let page = owner.get(PAGE).await;
    assert!(page.body.contains("The app was removed in Zoom.") && page.body.contains("Authorise in Zoom"));

    set.site.clock.advance(60);
    set.authorised(&mut owner, PAGE).await;
    assert_eq!(set.link().await.state, ZoomLinkState::Active);
    assert_eq!(set.deliver(WAY, &set.happened(ZOOM_ACCOUNT, 5)).await.0, 204);
    let kept = show::list(set.gateway(), &set.ctx(), &slug(), &Filter::default(), (None, 9)).await.unwrap();
    assert_eq!(
        kept.events.iter().map(|event| event.topic.as_deref()).collect::<Vec<_>>(),
        [Some("Lesson 5")]
    );
    // Zoom says it again, late: it was of the time before.
    assert_eq!(set.deliver(WAY, &gone).await.0, 204);
    assert_eq!(set.link().await.state, ZoomLinkState::Active);
    jobs::round(set.gateway()).await;
    assert_eq!(left().await[0], 2);
}

#[tokio::test]
async fn word_of_a_removed_app_counts_for_the_tokens_that_it_is_about() {
    let set = Set::linked(ZoomKind::General).await;
    set.authorised(&mut set.owner.clone(), PAGE).await;
    set.site.clock.advance(600);
    let (now, owner) = (set.site.clock.now(), set.zoom_owner());
    let before = now.plus_seconds(-3600);
    for (word, why) in [
        (set.removed((ZOOM_ACCOUNT, &owner), before), "before the present authorisation"),
        (set.removed((ZOOM_ACCOUNT, "somebody"), now), "another member's own"),
        (
            set.removed((ZOOM_ACCOUNT, &owner), now)
                .replace("deauthorization_time", "x")
                .replace("event_ts", "y"),
            "of no time",
        ),
        (set.removed((ZOOM_ACCOUNT, &owner), now).replace("StandInClient01", "AnotherClient"), "another app"),
    ] {
        assert_eq!(set.deliver(WAY, &word).await.0, 204, "{why}");
        assert_eq!(set.link().await.state, ZoomLinkState::Active, "{why}");
    }
    let elsewhere = set.removed(("SomebodyElse01", &owner), now);
    assert_eq!(set.deliver(WAY, &elsewhere).await, (403, "zoom_another_account".to_owned()));
    assert_eq!(set.events("zoom_link.deauthorized").await, 0);

    let doubtful = set.removed((ZOOM_ACCOUNT, "somebody"), now);
    set.fault(Faults { down: 99, ..Faults::default() });
    assert_eq!(set.deliver(WAY, &doubtful).await, (503, "unavailable".to_owned()), "Zoom sends it again");
    assert_eq!(set.link().await.state, ZoomLinkState::Active);
    // An administrator has removed it for everybody.
    set.fault(Faults { refuse_tokens: 99, token: Some(TokenFault::Revoked), ..Faults::default() });
    assert_eq!(set.deliver(WAY, &doubtful).await.0, 204);
    assert_eq!(set.link().await.state, ZoomLinkState::Ended);
    assert_eq!(set.events("zoom_link.deauthorized").await, 1);
}
