//! The pages of the link to Zoom with hostile values in every place, for the table of pages; how a link stands, in words.

use super::console::ZoomTile;
use super::console_tests::around;
use super::markup::HOSTILE;
use super::zoom::{GoingPage, Steps, Typed, ZoomLinkPage, ZoomPage, ZoomPlatformPage};
use super::{Frame, Page};
use crate::base::id::ZoomLinkId;
use crate::base::sentence::sentence;
use crate::base::{Instant, Rng};
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::zoom::check::{CheckView, NeedFound, Part, Report, Wrong};
use crate::flow::zoom::guide::{self, CAPABILITIES};
use crate::flow::zoom::link::{Addresses, LinkView, Shown, Validation};
use crate::flow::zoom::platform::{self, AppView};
use crate::words::EN;

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn text() -> String {
    HOSTILE.to_owned()
}

fn link(kind: ZoomKind, state: ZoomLinkState, check: ZoomCheckState) -> LinkView {
    let is_own = kind != ZoomKind::Platform;
    LinkView {
        id: ZoomLinkId::make(AT, &Rng::seeded(1)),
        kind,
        state,
        version: 1,
        cloud: ZoomCloud::Custom,
        bases: Some((text(), text())),
        capabilities: CAPABILITIES.to_vec(),
        client_id: is_own.then(text),
        client_secret_hint: is_own.then(text),
        client_secret_set_at: is_own.then_some(AT),
        zoom_account: Some(text()),
        secret_token_hint: (kind == ZoomKind::General).then(text),
        secret_token_set_at: (kind == ZoomKind::General).then_some(AT),
        overlap_until: (kind == ZoomKind::General).then_some(AT),
        granted_at: (kind != ZoomKind::ServerToServer).then_some(AT),
        validated_at: None,
        validation: Validation::Never,
        last_event_at: Some(AT),
        check,
        checked_at: Some(AT),
        failing_since: (check == ZoomCheckState::Failing).then_some(AT),
        created_by: text(),
        created_at: AT,
    }
}

fn shown(link: Option<LinkView>, is_operator: bool) -> Shown {
    let addresses = Addresses {
        webhook: text(),
        webhook_by_id: Some(text()),
        webhook_of_platform: text(),
        redirect: text(),
    };
    Shown { link, addresses, has_platform_app: true, may_choose_bases: is_operator }
}

fn wrong(passes: bool) -> Wrong {
    let sentence = sentence!("Zoom could not be reached: {cause}", cause = HOSTILE);
    Wrong { kind: text(), sentence, scopes: vec![text()], passes }
}

fn check(problem: Option<Wrong>, state: ZoomCheckState) -> CheckView {
    let need = |is_met, is_optional| NeedFound {
        name: "scim".to_owned(),
        classic: text(),
        granular: text(),
        is_optional,
        is_met,
    };
    let part = |was_called, problem| Part {
        capability: "inventory".to_owned(),
        needs: vec![need(true, false), need(false, true), need(false, false)],
        was_called,
        problem,
    };
    let parts = vec![
        part(true, None),
        part(true, Some(wrong(false))),
        part(false, None),
        Part { needs: Vec::new(), ..part(true, None) },
    ];
    let report = Report { problem, is_granular: Some(true), scopes: vec![text()], parts };
    CheckView { state, at: AT, failing_since: Some(AT), report }
}

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let page = |shown: &Shown, check: Option<&CheckView>| {
        ZoomPage { frame, around: around(frame), slug: HOSTILE, shown, check }.html()
    };
    let (failing, good) = (ZoomCheckState::Failing, ZoomCheckState::Good);
    let bad = check(Some(wrong(true)), failing);
    let missing = check(None, failing);
    let steps = |kind, is_made| Steps {
        kind,
        is_made,
        guide: guide::of(&CAPABILITIES, kind),
        app_name: text(),
        webhook: HOSTILE,
        webhook_by_id: Some(HOSTILE),
        redirect: HOSTILE,
    };
    let typed = Typed {
        client_id: text(),
        account_id: text(),
        cloud: Some(ZoomCloud::Custom),
        bases: (text(), text()),
        version: 1,
    };
    let entering = |shown: &Shown, steps| {
        let (around, slug) = (around(frame), HOSTILE);
        let is_refused = shown.link.is_some();
        ZoomLinkPage { frame, around, slug, shown, uses: &CAPABILITIES, steps, typed: &typed, is_refused }
            .html()
    };
    let of = |kind, state, check| shown(Some(link(kind, state, check)), true);
    let own = of(ZoomKind::ServerToServer, ZoomLinkState::Active, failing);
    let general = of(ZoomKind::General, ZoomLinkState::Active, good);
    let platform_shown = |app| platform::Shown { app, accounts: 2, webhook: text(), redirect: text() };
    let app = AppView {
        version: 1,
        cloud: ZoomCloud::Custom,
        bases: Some((text(), text())),
        client_id: text(),
        client_secret_hint: text(),
        client_secret_set_at: AT,
        secret_token_hint: Some(text()),
        secret_token_set_at: Some(AT),
        overlap_until: Some(AT),
        validated_at: Some(AT),
        validation: Validation::Overdue,
    };
    let of_platform = |shown: &platform::Shown| {
        let steps = steps(ZoomKind::General, true);
        ZoomPlatformPage { frame, around: around(frame), shown, steps, typed: &typed }.html()
    };
    vec![
        ("Zoom link", page(&shown(None, false), None)),
        ("Zoom link", page(&own, Some(&bad))),
        ("Zoom link", page(&own, Some(&missing))),
        ("Zoom link", page(&general, Some(&missing))),
        ("Zoom link", page(&of(ZoomKind::Platform, ZoomLinkState::Waiting, good), None)),
        ("Zoom link", page(&of(ZoomKind::General, ZoomLinkState::Ended, failing), None)),
        ("Link Zoom", entering(&shown(None, false), None)),
        ("Link Zoom", entering(&own, Some(steps(ZoomKind::ServerToServer, true)))),
        ("Link Zoom", entering(&general, Some(steps(ZoomKind::General, true)))),
        ("Link Zoom", entering(&general, Some(steps(ZoomKind::Platform, false)))),
        ("On to Zoom", GoingPage { frame, url: "https://zoom.us/oauth/authorize?x=\"'>" }.html()),
        ("The platform&#39;s Zoom app", of_platform(&platform_shown(None))),
        ("The platform&#39;s Zoom app", of_platform(&platform_shown(Some(app)))),
    ]
}

#[test]
fn a_secret_is_never_in_a_form_again() {
    let frame = Frame { text: &EN, is_demo: false };
    for field in ["client_secret", "secret_token"] {
        let mut found = 0;
        for (_, page) in pages_in(frame) {
            let tags = page.split('<').filter_map(|rest| rest.split('>').next());
            for tag in tags.filter(|tag| tag.contains(&format!("name=\"{field}\""))) {
                found += 1;
                assert!(!tag.contains("value"), "{tag}");
            }
        }
        assert!(found >= 3, "{field}: {found}");
    }
}

#[test]
fn how_a_link_stands_is_said_on_the_first_page() {
    let tile = |kind, state, check| {
        let link = link(kind, state, check);
        let tile = ZoomTile::new(Some(&link), "lincoln", &EN).tile.unwrap();
        (tile.mood.class(), tile.state)
    };
    let own = ZoomKind::ServerToServer;
    assert_eq!(
        tile(own, ZoomLinkState::Active, ZoomCheckState::Good),
        ("good", "The link works. The last event came on 2026-03-02.".to_owned())
    );
    assert_eq!(tile(own, ZoomLinkState::Active, ZoomCheckState::Failing).0, "warn");
    assert_eq!(tile(own, ZoomLinkState::Active, ZoomCheckState::Untested).0, "off");
    let (mood, said) = tile(ZoomKind::General, ZoomLinkState::Waiting, ZoomCheckState::Good);
    assert_eq!((mood, said.starts_with("The app is not authorised yet.")), ("warn", true));
    assert!(ZoomTile::new(None, "lincoln", &EN).tile.is_none());
}
