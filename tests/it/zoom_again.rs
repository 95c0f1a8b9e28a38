//! People who are gone: what is kept of them for Zoom, and what whoever comes back finds.

use gatepost::flow::user::{self, Which};
use gatepost::flow::zoom::provision::follow;
use gatepost::standin::world::State;

use crate::site::slug;
use crate::zoom_provisioning::{JOB, Set, actions, fresh};

async fn erase(set: &Set, email: &str) {
    let which = Which::ExternalId(email.to_owned());
    user::erase(&set.site.gateway, &set.ctx(), (&slug(), &which)).await.unwrap();
}

async fn kept(set: &Set) -> i64 {
    set.site.count("SELECT COUNT(*) FROM zoom_people").await
}

#[tokio::test]
async fn whoever_was_erased_and_comes_back_gets_the_zoom_user_of_before() {
    let set = Set::new(10).await;
    let new = fresh(2);
    set.people(new.clone()).await;
    set.settings(|settings| settings.toggles.may_deprovision = true).await;
    assert_eq!(set.run(false).await.done, 2);
    erase(&set, &new[0]).await;
    assert_eq!(actions(&set.run(false).await), [("disable".to_owned(), 1)]);
    assert_eq!((set.state_of(&new[0]), kept(&set).await), (Some(State::Inactive), 1));
    set.people(new[..1].to_vec()).await;
    let back = set.run(false).await;
    assert_eq!((actions(&back), back.done), (vec![("update".to_owned(), 1)], 1), "{back:?}");
    assert_eq!((set.state_of(&new[0]), kept(&set).await), (Some(State::Active), 2));
    assert_eq!(set.count("POST scim2/Users"), 2, "nobody is made twice");
}

#[tokio::test]
async fn of_who_is_gone_nothing_is_kept_once_zoom_has_nothing_that_could_be_taken_away() {
    let set = Set::new(10).await;
    let new = fresh(3);
    set.people(new.clone()).await;
    set.settings(|settings| {
        (settings.toggles.may_deprovision, settings.toggles.most_percent) = (true, None);
    })
    .await;
    assert_eq!(set.run(false).await.done, 3);
    set.disable(&new[1]).await;
    set.disable(&new[2]).await;
    assert_eq!(actions(&set.run(false).await), [("disable".to_owned(), 2)]);
    // Looked at by themselves, as whoever is erased is.
    erase(&set, &new[1]).await;
    assert_eq!(kept(&set).await, 3);
    follow::tick(&set.site.gateway, &set.site.gateway.ctx(JOB)).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    assert_eq!(kept(&set).await, 2);
    // And where everybody is gone through.
    erase(&set, &new[2]).await;
    erase(&set, &new[0]).await;
    {
        let mut inside = set.stand_in.inside();
        let id = inside.world.by_email(&new[0]).unwrap().id.clone();
        assert!(inside.world.remove(&id).is_some());
    }
    let (before, looked) = (kept(&set).await, set.run(true).await);
    assert_eq!(kept(&set).await, before, "looking forgets nobody");
    let run = set.run(false).await;
    for run in [looked, run] {
        assert_eq!((actions(&run), run.totals.notes.get("vanished")), (vec![], None), "{run:?}");
    }
    assert_eq!(kept(&set).await, 0);
}
