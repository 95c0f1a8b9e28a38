//! What our own settings forbid: it says nothing of the link, and another process on the same database may be allowed it.

use gatepost::directory::state::ZoomInventoryState;
use gatepost::flow::Inputs;
use gatepost::flow::zoom::inventory;
use gatepost::outbound::{Client, Options};

use super::*;

#[tokio::test]
async fn what_our_own_settings_forbid_is_said_and_not_kept() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    check::allowed(set.gateway(), &set.ctx(), &slug()).await.unwrap();
    set.site.clock.advance(7 * HOUR);
    let (before, mails) = (set.link().await, set.site.count(MAILS).await);

    // Another process in the same folder, by the settings of a real gateway.
    let outbound = Client::new(Options::default()).unwrap();
    let strict = Gateway::new(set.site.storage.clone(), Inputs { outbound, ..set.site.inputs.clone() });
    let ctx = strict.ctx(Actor::CommandLine);
    for refused in [
        check::test(&strict, &ctx, &slug()).await.map(drop),
        check::allowed(&strict, &ctx, &slug()).await.map(drop),
    ] {
        let said = refused.unwrap_err().to_string();
        assert!(said.ends_with("off here: outbound.allow_http, outbound.allow_private"), "{said}");
    }
    check::run_due(&strict, &strict.ctx(JOB)).await.unwrap();
    assert_eq!(set.link().await, before);
    assert_eq!((set.events("zoom_link.broke").await, set.site.count(MAILS).await), (0, mails));
    assert_eq!(kind(&set.test().await.unwrap()), "good");

    // Without a link there is nothing to be forbidden.
    link::remove(set.gateway(), &set.ctx(), &slug(), |_| true).await.unwrap();
    check::allowed(&strict, &ctx, &slug()).await.unwrap();
    // Where Zoom is Zoom's own, what cannot be reached has failed.
    let input = Save { cloud: ZoomCloud::Commercial, bases: None, ..set.input(ZoomKind::ServerToServer) };
    set.save(input).await.unwrap();
    check::allowed(&strict, &ctx, &slug()).await.unwrap();
}

/// A command does what it was asked for, and nothing of what others wait for: they may have a Zoom that it may not call.
#[tokio::test]
async fn work_on_one_account_leaves_the_work_of_others_as_it_is() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    set.site.make_account("other", "Other").await;
    let other = "other".parse().unwrap();
    let theirs = inventory::ask(set.gateway(), &set.ctx(), &other).await.unwrap().id;
    set.site.clock.advance(1);
    let ours = inventory::ask(set.gateway(), &set.ctx(), &slug()).await.unwrap().id;
    let account = check::allowed(set.gateway(), &set.ctx(), &slug()).await.unwrap();
    while jobs::zoom(set.gateway(), Some(account)).await {}
    let state = async |id| inventory::find(set.gateway(), &set.ctx(), id).await.unwrap().state;
    assert_eq!(state(ours).await, ZoomInventoryState::Done);
    assert_eq!(state(theirs).await, ZoomInventoryState::Reading);
    while jobs::zoom(set.gateway(), None).await {}
    assert_eq!(state(theirs).await, ZoomInventoryState::Failed, "it has no link");
}
