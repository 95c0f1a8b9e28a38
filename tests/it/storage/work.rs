//! Jobs, events, changes, keys of the installation; and what a transaction promises.

use gatepost::base::id::{AccountId, JobId};
use gatepost::base::{Actor, Ctx, Instant};
use gatepost::directory::state::{JobKind, JobState, KeyState};
use gatepost::storage::event::{self, Event, Of};
use gatepost::storage::job::{self, Job};
use gatepost::storage::seal::Place;
use gatepost::storage::signing_key::{self, SigningKey};
use gatepost::storage::{StorageError, account, change, data_key, public_url};

use super::desk::{Desk, ODD};

fn job(desk: &Desk, key: &str) -> Job {
    Job {
        account_id: None,
        id: JobId::make(desk.now, &desk.rng),
        kind: "metadata_refresh".to_owned(),
        key: key.to_owned(),
        input: "{}".to_owned(),
        state: JobState::Waiting,
        tries: 0,
        run_at: desk.now,
        leased_until: None,
        problem: None,
        created_at: desk.now,
    }
}

#[tokio::test]
async fn jobs_are_taken_by_one_and_given_back() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let made = job(&desk, ODD[4]);
    assert!(job::insert(&mut tx, &made).await.unwrap());
    assert!(!job::insert(&mut tx, &job(&desk, ODD[4])).await.unwrap(), "asked twice is asked once");
    assert!(job::insert(&mut tx, &Job { run_at: desk.later(9), ..job(&desk, "later") }).await.unwrap());
    assert_eq!(job::find(&mut tx, made.id).await.unwrap().as_ref(), Some(&made));
    assert!(!job::is_any_due(&mut tx, &[], desk.later(-1)).await.unwrap());
    assert!(job::is_any_due(&mut tx, &[JobKind::Mail], desk.now).await.unwrap());
    let but = [JobKind::Mail, JobKind::MetadataRefresh];
    assert!(!job::is_any_due(&mut tx, &but, desk.now).await.unwrap());
    assert_eq!(job::claim(&mut tx, ("a", &but), (desk.now, desk.later(5))).await.unwrap(), None);
    let turn = (desk.now, desk.later(5));
    let claimed = job::claim(&mut tx, ("a", &[]), turn).await.unwrap().unwrap();
    assert_eq!((claimed.id, claimed.tries, claimed.leased_until), (made.id, 1, Some(desk.later(5))));
    assert_eq!(job::claim(&mut tx, ("b", &[]), turn).await.unwrap(), None);
    let heir = job::claim(&mut tx, ("b", &[]), (desk.later(5), desk.later(9))).await.unwrap().unwrap();
    assert_eq!((heir.id, heir.tries), (made.id, 2), "whose lease ran out has lost it");
    let done = (JobState::Done, desk.now);
    assert!(!job::update_claimed(&mut tx, (made.id, "a"), done, None, desk.now).await.unwrap());
    let dead = (JobState::Dead, desk.now);
    assert!(job::update_claimed(&mut tx, (made.id, "b"), dead, Some(ODD[2]), desk.now).await.unwrap());
    let listed = job::list(&mut tx, JobState::Dead, 9).await.unwrap();
    assert_eq!(listed[0].problem.as_deref(), Some(ODD[2]));
    assert!(job::update_retried(&mut tx, made.id, desk.now).await.unwrap());
    assert!(!job::update_retried(&mut tx, made.id, desk.now).await.unwrap());
    assert_eq!(job::list(&mut tx, JobState::Waiting, 9).await.unwrap().len(), 2);
    let again = job::claim(&mut tx, ("c", &[]), turn).await.unwrap().unwrap();
    assert!(job::update_claimed(&mut tx, (again.id, "c"), done, None, desk.now).await.unwrap());
    assert_eq!(job::delete_done(&mut tx, desk.now, 9).await.unwrap(), 0);
    assert_eq!(job::delete_done(&mut tx, desk.later(1), 9).await.unwrap(), 1);

    assert!(job::is_periodic_due(&mut tx, "sweep", desk.now).await.unwrap(), "never had a turn");
    assert!(job::claim_periodic(&mut tx, "sweep", "a", turn).await.unwrap());
    assert!(!job::claim_periodic(&mut tx, "sweep", "b", turn).await.unwrap());
    assert!(!job::update_periodic(&mut tx, ("sweep", "b"), desk.now, None, desk.now).await.unwrap());
    assert!(job::update_periodic(&mut tx, ("sweep", "a"), desk.later(9), None, desk.now).await.unwrap());
    assert!(!job::is_periodic_due(&mut tx, "sweep", desk.later(8)).await.unwrap());
    assert!(job::is_periodic_due(&mut tx, "sweep", desk.later(9)).await.unwrap());
}

#[tokio::test]
async fn events_and_changes_come_in_order() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let (other, _) = desk.account(&mut tx, "other").await;
    let ctx = Ctx::new(Actor::CommandLine, desk.now, &desk.rng);
    for body in ODD {
        let event = Event { action: "account.updated", target: "x", body: body.as_bytes() };
        event::insert(&mut tx, account, event, &keys, (&ctx, &desk.rng)).await.unwrap();
    }
    let all = event::list(&mut tx, Of::Account(account), 0, 99).await.unwrap();
    assert_eq!(all.iter().map(|one| one.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(event::list(&mut tx, Of::Account(account), 2, 3).await.unwrap(), all[2..5]);
    assert!(event::list(&mut tx, Of::Account(other), 0, 99).await.unwrap().is_empty());
    for (stored, body) in all.iter().zip(ODD) {
        assert_eq!(event::open(account, stored, &keys).unwrap().as_slice(), body.as_bytes());
        assert_eq!(stored.at, desk.now);
        let changes: [fn(&mut gatepost::audit::chain::Stored); 5] = [
            |event| event.seq += 1,
            |event| event.at = event.at.plus_seconds(1),
            |event| event.actor.push('x'),
            |event| event.action.push('x'),
            |event| event.target.push('x'),
        ];
        for change in changes {
            let mut other = stored.clone();
            change(&mut other);
            assert!(event::open(account, &other, &keys).is_err(), "{other:?}");
        }
    }
    let last = change::last(&mut tx).await.unwrap();
    change::insert(&mut tx, "connection", "c", desk.now).await.unwrap();
    let news = change::list(&mut tx, last).await.unwrap();
    assert_eq!(news.len(), 1);
    assert!(news[0].seq > last && news[0].changed.kind == "connection" && news[0].changed.id == "c");
    assert_eq!(change::delete_old(&mut tx, desk.now, 9).await.unwrap(), 0);
    assert_eq!(change::delete_old(&mut tx, desk.later(1), 3).await.unwrap(), 3);
}

#[tokio::test]
async fn keys_of_accounts_and_of_the_installation() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, old) = desk.account(&mut tx, "lincoln").await;
    let place = Place { table: "users", column: "profile_sealed", row: "user_1" };
    let sealed = old.seal(place, b"x", &desk.rng).unwrap();
    assert_eq!(desk.storage.add_keys(&mut tx, account, desk.now, &desk.rng).await.unwrap(), Some(2));
    assert_eq!(data_key::list_next(&mut tx, desk.later(1)).await.unwrap(), [(account, 2)]);
    assert!(data_key::update_active(&mut tx, account, 2).await.unwrap());
    assert!(!data_key::update_active(&mut tx, account, 2).await.unwrap(), "once");
    let states = data_key::list(&mut tx, account).await.unwrap();
    assert_eq!(states.last().unwrap().state, KeyState::Active);
    assert_eq!(old.open(place, &sealed).unwrap().as_slice(), b"x");
    desk.storage.destroy_keys(&mut tx, account).await.unwrap();
    assert!(matches!(desk.storage.keys(&mut tx, account).await, Err(StorageError::KeysDestroyed)));
    let nobody = AccountId::make(desk.now, &desk.rng);
    assert!(matches!(desk.storage.keys(&mut tx, nobody).await, Err(StorageError::KeysDestroyed)));

    let ctx = Ctx::new(Actor::CommandLine, desk.now, &desk.rng);
    let key = |number, kid: &str| SigningKey {
        number,
        kid: kid.to_owned(),
        public_point: vec![4, 0, 255],
        created_at: desk.now,
        active_from: desk.later(1),
        withdrawn_at: None,
    };
    let made = (&ctx, &desk.rng);
    let first = key(1, "k1");
    assert!(signing_key::insert(&mut tx, &desk.storage, (&first, b"pem"), made).await.unwrap());
    assert!(!signing_key::insert(&mut tx, &desk.storage, (&key(1, "k2"), b"pem"), made).await.unwrap());
    assert!(signing_key::insert(&mut tx, &desk.storage, (&key(2, "k2"), b"pem"), made).await.unwrap());
    assert_eq!(signing_key::list(&mut tx).await.unwrap()[0], first);
    let private = signing_key::find_private(&mut tx, &desk.storage, "k1").await.unwrap();
    assert_eq!(private.unwrap().as_slice(), b"pem");
    assert!(signing_key::find_private(&mut tx, &desk.storage, "k3").await.unwrap().is_none());
    signing_key::update_withdrawn(&mut tx, 2, desk.later(2)).await.unwrap();
    let withdrawn = signing_key::list(&mut tx).await.unwrap();
    assert_eq!(withdrawn.iter().map(|key| key.withdrawn_at).collect::<Vec<_>>(), [Some(desk.later(2)), None]);
    signing_key::delete(&mut tx, 1).await.unwrap();
    assert_eq!(signing_key::list(&mut tx).await.unwrap().len(), 1);

    for url in ["https://b.test", "https://a.test", "https://b.test"] {
        public_url::insert(&mut tx, url, desk.now).await.unwrap();
    }
    assert_eq!(public_url::list(&mut tx).await.unwrap().len(), 2, "once each");
}

#[tokio::test]
async fn what_is_not_committed_never_happened() {
    let desk = Desk::new().await;
    let before = desk.folder.connect().await.rows().await;
    let mut tx = desk.write().await;
    let (account, _) = desk.account(&mut tx, "lincoln").await;
    desk.connection(&mut tx, account).await;
    assert!(account::find(&mut tx, account).await.unwrap().is_some(), "it sees what it wrote");
    assert!(account::find(&mut desk.read().await, account).await.unwrap().is_none(), "others do not");
    drop(tx);
    // Whoever writes next comes after its end.
    desk.write().await.commit().await.unwrap();
    assert_eq!(desk.folder.connect().await.rows().await, before);
}

#[tokio::test]
async fn who_reads_sees_one_moment_and_writes_nothing() {
    let desk = Desk::new().await;
    let mut reading = desk.read().await;
    assert!(account::list(&mut reading).await.unwrap().is_empty());
    let mut tx = desk.write().await;
    let (account, _) = desk.account(&mut tx, "lincoln").await;
    tx.commit().await.unwrap();
    assert!(account::list(&mut reading).await.unwrap().is_empty(), "as at its first look");
    assert_eq!(account::list(&mut desk.read().await).await.unwrap()[0].id, account);
    let refused = account::insert(&mut reading, &desk.draft("other"), desk.now).await;
    assert!(matches!(refused, Err(StorageError::Database(_))), "{refused:?}");
    drop(reading);
    assert_eq!(account::list(&mut desk.read().await).await.unwrap().len(), 1);
}

#[tokio::test]
async fn moments_of_any_time_are_kept_to_the_microsecond() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    for (number, micros) in [i64::MIN, -1, 0, 1, desk.now.micros(), i64::MAX].into_iter().enumerate() {
        let moment = Instant::from_micros(micros);
        let made = Job { run_at: moment, created_at: moment, ..job(&desk, &number.to_string()) };
        assert!(job::insert(&mut tx, &made).await.unwrap());
        assert_eq!(job::find(&mut tx, made.id).await.unwrap(), Some(made));
    }
    assert_eq!(job::list(&mut tx, JobState::Waiting, 2).await.unwrap()[1].run_at.micros(), -1, "in order");
}
