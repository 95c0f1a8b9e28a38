//! Zoom counts calls over a whole Zoom account: links of several accounts that lead to one keep one pace.

use gatepost::directory::account::Slug;
use gatepost::flow::zoom::inventory;

use super::*;

#[tokio::test]
async fn a_limit_that_one_link_meets_holds_for_all_links_to_that_zoom_account() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    set.site.make_account("other", "Other").await;
    let other: Slug = "other".parse().unwrap();
    let input = Save { account: other.clone(), ..set.input(ZoomKind::ServerToServer) };
    set.save(input).await.unwrap();
    let read = async |account: &Slug| {
        let asked = inventory::ask(set.gateway(), &set.ctx(), account).await.unwrap();
        let ctx = set.gateway().ctx(Actor::Job("zoom"));
        assert!(inventory::some(set.gateway(), &ctx, None).await.unwrap());
        inventory::find(set.gateway(), &set.ctx(), asked.id).await.unwrap()
    };
    set.fault(Faults { limits: 1, limit_form: Some(LimitForm::Daily), ..Faults::default() });
    let first = read(&slug()).await;
    assert!(first.waits_until.is_some(), "{first:?}");
    let calls = || -> u32 { set.stand_in.inside().count.values().sum() };
    let before = calls();
    let second = read(&other).await;
    assert_eq!((second.problem.as_deref(), second.waits_until), (Some("limited"), first.waits_until));
    assert_eq!(calls(), before, "Zoom is asked for nothing before that");
}
