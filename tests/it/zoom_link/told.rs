//! What Zoom tells the platform's app: it finds the account that is linked to the Zoom account, and no other.

use gatepost::flow::zoom::event::show::{self, Filter};
use gatepost::flow::zoom::link::Validation;

use super::*;

const WAY: &str = "/zoom/webhook";
const ASKS: &str =
    r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1}"#;
const FIRST: &str = "FirstZoom0001";
const SECOND: &str = "SecondZoom001";

async fn topics(set: &Set, account: &str) -> Vec<String> {
    let account = account.parse().unwrap();
    let found =
        show::list(set.gateway(), &set.ctx(), &account, &Filter::default(), (None, 50)).await.unwrap();
    found.events.into_iter().filter_map(|event| event.topic).collect()
}

#[tokio::test]
async fn what_the_platforms_app_is_told_finds_its_account_alone() {
    let set = Set::new().await;
    let secret = set.stand_in.settings().secret_token.clone();
    let another = (403, "zoom_another_account".to_owned());
    let unsigned = (401, "zoom_unsigned".to_owned());
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 1)).await, unsigned, "there is no app");
    set.enter_platform_app().await;
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 1)).await, another);
    set.site.make_account("other", "Other").await;
    set.linked_by_platform(ACCOUNT, FIRST).await;
    set.linked_by_platform("other", SECOND).await;

    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 1)).await.0, 204);
    assert_eq!(set.deliver(WAY, &set.happened(SECOND, 2)).await.0, 204);
    assert_eq!(
        (topics(&set, ACCOUNT).await, topics(&set, "other").await),
        (vec!["Lesson 1".to_owned()], vec!["Lesson 2".to_owned()])
    );
    assert_eq!(set.deliver(WAY, &set.happened("ThirdZoom0001", 3)).await, another);
    for (way, body, secret) in [
        (WAY, set.happened(FIRST, 4), "not-the-secret-token"),
        // An account's own addresses take nothing that is signed for the platform's app, whomever it is about.
        ("/zoom/lincoln/webhook", set.happened(FIRST, 5), secret.as_str()),
        ("/zoom/lincoln/webhook", set.happened(SECOND, 6), secret.as_str()),
        ("/zoom/other/webhook", set.happened(FIRST, 7), secret.as_str()),
    ] {
        let answer = crate::zoom_events::deliver(&set.site, way, &body, secret).await;
        assert_eq!(
            (answer.status.as_u16(), read(&answer)["code"].as_str()),
            (401, Some("zoom_unsigned")),
            "{way}"
        );
    }
    // An account with an app of its own signs for that alone, whatever Zoom account it says.
    set.site.make_account("third", "Third").await;
    crate::zoom_events::link_to(&set.site, "third", FIRST, "third-secret-token-1").await;
    for (way, status) in [(WAY, 401), ("/zoom/lincoln/webhook", 401), ("/zoom/third/webhook", 204)] {
        let body = set.happened(FIRST, 8);
        let answer = crate::zoom_events::deliver(&set.site, way, &body, "third-secret-token-1").await;
        assert_eq!(answer.status, status, "{way}");
    }
    assert_eq!((topics(&set, ACCOUNT).await.len(), topics(&set, "other").await.len()), (1, 1));

    assert_eq!(set.deliver(WAY, ASKS).await.0, 200);
    let validated = platform::show(set.gateway(), &set.ctx()).await.unwrap().app.unwrap().validated_at;
    assert_eq!(validated, Some(set.site.clock.now()));
    assert_eq!(set.link().await.validated_at, None, "the app's, not the account's");

    // The app is removed in one of them.
    let gone = set.removed((SECOND, &set.zoom_owner()), set.site.clock.now());
    let forged = crate::zoom_events::deliver(&set.site, WAY, &gone, "not-the-secret-token").await;
    assert_eq!(forged.status, 401);
    assert_eq!(set.link_of("other").await.state, ZoomLinkState::Active);
    assert_eq!(set.deliver(WAY, &gone).await.0, 204);
    assert_eq!(set.link_of("other").await.state, ZoomLinkState::Ended);
    assert_eq!(set.link().await.state, ZoomLinkState::Active);
    jobs::round(set.gateway()).await;
    assert_eq!(set.deliver(WAY, &set.happened(SECOND, 9)).await, another);
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 10)).await.0, 204);
    assert_eq!((topics(&set, ACCOUNT).await.len(), topics(&set, "other").await.len()), (2, 0));
}

#[tokio::test]
async fn only_an_owner_or_administrator_stands_for_a_zoom_account() {
    let set = Set::new().await;
    set.enter_platform_app().await;
    set.site.make_account("other", "Other").await;
    set.fault(Faults { member: true, ..Faults::default() });
    set.linked_by_platform(ACCOUNT, FIRST).await;
    assert_eq!(set.link().await.state, ZoomLinkState::Active, "what the tokens may do is Zoom's to say");
    assert_eq!(kind(&set.test().await.unwrap()), "account_unproved");
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 1)).await.0, 403);
    // So whoever owns it is not too late.
    set.fault(Faults::default());
    set.linked_by_platform("other", FIRST).await;
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 2)).await.0, 204);
    assert_eq!((topics(&set, ACCOUNT).await.len(), topics(&set, "other").await.len()), (0, 1));
    assert_eq!(kind(&set.test().await.unwrap()), "account_taken");
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 3)).await.0, 204);
    assert_eq!(topics(&set, "other").await.len(), 2);
}

#[tokio::test]
async fn whose_an_authorisation_is_is_asked_again_until_it_is_known() {
    let set = Set::new().await;
    set.enter_platform_app().await;
    set.fault(Faults { limits: 99, limit_form: Some(LimitForm::Daily), ..Faults::default() });
    set.linked_by_platform(ACCOUNT, FIRST).await;
    assert_eq!(set.link().await.zoom_account, None);
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 1)).await.0, 403);
    set.fault(Faults::default());
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    assert_eq!(set.link().await.zoom_account.as_deref(), Some(FIRST));
    assert_eq!(set.deliver(WAY, &set.happened(FIRST, 2)).await.0, 204);
    // The tokens are as they were: the next are asked for by them.
    set.site.clock.advance(HOUR);
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    let asked = set.count("GET v2/users");
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    assert_eq!(set.count("GET v2/users"), asked + 1, "the harmless call alone");
}

#[tokio::test]
async fn an_address_to_enter_is_shown_to_those_who_have_one_to_enter() {
    let mut set = Set::new().await;
    set.enter_platform_app().await;
    set.linked_by_platform(ACCOUNT, FIRST).await;
    let own = |capability: &str| Save {
        capabilities: vec![capability.to_owned()],
        ..set.input(ZoomKind::ServerToServer)
    };
    let (inventory, events) = (own("inventory"), own("events"));
    let page = set.owner.get(&format!("{PAGE}/events")).await.body;
    assert!(page.contains("there is no address to enter in Zoom"), "{page}");
    assert!(!page.contains("/zoom/lincoln/webhook") && !page.contains("Not validated yet"), "{page}");
    set.save(inventory).await.unwrap();
    let page = set.owner.get(&format!("{PAGE}/events")).await.body;
    assert!(page.contains("not used for events") && !page.contains("/zoom/lincoln/webhook"), "{page}");
    set.save(events).await.unwrap();
    let page = set.owner.get(&format!("{PAGE}/events")).await.body;
    assert!(page.contains("/zoom/lincoln/webhook") && page.contains("Not validated yet"), "{page}");
}

#[tokio::test]
async fn a_validation_grows_old_and_says_nothing_of_another_secret() {
    const ADDRESS: &str = "/zoom/lincoln/webhook";
    let mut set = Set::linked(ZoomKind::ServerToServer).await;
    assert_eq!(set.link().await.validation, Validation::Never);
    assert_eq!(set.deliver(ADDRESS, ASKS).await.0, 200);
    assert_eq!(set.link().await.validation, Validation::Good);
    let page = set.owner.get(&format!("{PAGE}/events")).await.body;
    assert!(page.contains("Validated</span>"), "{page}");
    let long_ago = set.site.clock.now().plus_seconds(-81 * HOUR).micros();
    set.site.execute(&format!("UPDATE zoom_links SET validated_at = {long_ago}")).await;
    assert_eq!(set.link().await.validation, Validation::Overdue);
    let page = set.owner.get(&format!("{PAGE}/events")).await.body;
    assert!(page.contains("Overdue</span>") && !page.contains("Validated</span>"), "{page}");
    assert!(set.owner.get(PAGE).await.body.contains("Zoom has not checked it lately"));
    assert_eq!(set.deliver(ADDRESS, ASKS).await.0, 200);
    assert_eq!(set.link().await.validation, Validation::Good);

    set.site.clock.advance(60);
    let new = "another-secret-token-0002";
    set.save(Save { secret_token: Some(new.into()), ..set.input(ZoomKind::ServerToServer) }).await.unwrap();
    assert_eq!(set.link().await.validation, Validation::Overdue);
    set.site.clock.advance(60);
    assert_eq!(set.deliver(ADDRESS, ASKS).await.0, 200, "Zoom asks by the one that it has");
    assert_eq!(set.link().await.validation, Validation::Overdue);
    assert_eq!(crate::zoom_events::deliver(&set.site, ADDRESS, ASKS, new).await.status, 200);
    assert_eq!(set.link().await.validation, Validation::Good);
}

#[tokio::test]
async fn the_platforms_page_says_in_words_that_a_validation_is_overdue() {
    const APP: &str = "/api/v1/zoom/platform-app";
    let set = Set::new().await;
    set.enter_platform_app().await;
    let mut operator = set.site.operator().await;
    let mut program = program(&set.site, None, "installation:write").await;
    let page = operator.get("/console/zoom").await.body;
    assert!(page.contains("never") && !page.contains("Overdue"), "{page}");
    let mut validated = async |ago: i64| {
        let at = set.site.clock.now().plus_seconds(-ago).micros();
        set.site.execute(&format!("UPDATE zoom_platform_apps SET validated_at = {at}")).await;
        let is_overdue = read(&program.get(APP).await)["app"]["is_validation_overdue"].clone();
        (operator.get("/console/zoom").await.body, is_overdue)
    };
    set.site.clock.advance(60);
    let (page, is_overdue) = validated(0).await;
    assert!(!page.contains("Overdue") && is_overdue == json!(false), "{page}");
    for ago in [2 * HOUR, 81 * HOUR] {
        let (page, is_overdue) = validated(ago).await;
        assert!(page.contains("Overdue</span>") && page.contains("press Validate"), "{ago}: {page}");
        assert_eq!(is_overdue, json!(true), "{ago}");
    }
}
