//! Accounts and what they set up: connections, keys, domains, guests, people.

use gatepost::base::caller::Role;
use gatepost::base::id::{AccountId, DomainId, GuestId, SpKeyId, UserId};
use gatepost::directory::account::{KeepMessages, Policy};
use gatepost::directory::domain::DomainName;
use gatepost::directory::state::{
    AccountState, ConnectionState, DomainState, KeyPurpose, KeyState, UserState,
};
use gatepost::storage::account::{self, Account};
use gatepost::storage::connection::{self, Connection};
use gatepost::storage::domain::{self, Domain, Proved};
use gatepost::storage::guest::{self, About, Guest};
use gatepost::storage::metadata_source::{self, Drift};
use gatepost::storage::people::{self, Filter};
use gatepost::storage::service_provider::{self, PrivatePem, ServiceProvider, SpKey};
use gatepost::storage::user::{self, User};
use gatepost::storage::{StorageError, idp_key};
use zeroize::Zeroizing;

use super::desk::{Desk, ODD};

#[tokio::test]
async fn accounts() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    assert_eq!(account::find(&mut tx, AccountId::make(desk.now, &desk.rng)).await.unwrap(), None);
    assert_eq!(account::find_by_slug(&mut tx, &"lincoln".parse().unwrap()).await.unwrap(), None);
    let made = Account { external_id: Some("42".to_owned()), ..desk.draft("lincoln") };
    account::insert(&mut tx, &made, desk.now).await.unwrap();
    assert_eq!(account::find(&mut tx, made.id).await.unwrap().as_ref(), Some(&made));
    assert_eq!(account::find_by_slug(&mut tx, &made.slug).await.unwrap().as_ref(), Some(&made));
    let mut version = made.version;
    for name in ODD {
        let policy = Policy { keep_messages: KeepMessages::All };
        let changed = Account { name: name.to_owned(), external_id: None, policy, version, ..made.clone() };
        assert!(account::update(&mut tx, &changed, desk.now).await.unwrap());
        assert!(!account::update(&mut tx, &changed, desk.now).await.unwrap(), "of before");
        version += 1;
        let found = account::find(&mut tx, made.id).await.unwrap().unwrap();
        assert_eq!(found, Account { version, ..changed }, "{name:?}");
    }
    assert_eq!(account::list_unusual(&mut tx).await.unwrap().len(), 1);
    let usual = Account { version, ..made.clone() };
    assert!(account::update(&mut tx, &usual, desk.now).await.unwrap());
    assert!(account::list_unusual(&mut tx).await.unwrap().is_empty());
    let before = account::find(&mut tx, made.id).await.unwrap().unwrap().version;
    account::update_state(&mut tx, made.id, AccountState::Disabled, desk.now).await.unwrap();
    account::update_version(&mut tx, made.id, desk.now).await.unwrap();
    let found = account::find(&mut tx, made.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.version), (AccountState::Disabled, before + 2));
    account::insert(&mut tx, &desk.draft("other"), desk.now).await.unwrap();
    assert_eq!(account::list(&mut tx).await.unwrap().len(), 2);
    tx.commit().await.unwrap();

    // What is there already is named; the transaction is over then.
    for (taken, column) in [
        (desk.draft("lincoln"), "slug"),
        (Account { external_id: Some("42".to_owned()), ..desk.draft("new") }, "external_id"),
    ] {
        let mut tx = desk.write().await;
        match account::insert(&mut tx, &taken, desk.now).await {
            Err(StorageError::Exists(columns)) => assert!(columns.contains(column), "{columns}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(account::list(&mut desk.read().await).await.unwrap().len(), 2);
}

#[tokio::test]
async fn connections_with_their_revisions() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, _) = desk.account(&mut tx, "lincoln").await;
    let (other, _) = desk.account(&mut tx, "other").await;
    let made = desk.connection(&mut tx, account).await;
    assert_eq!(connection::account_of(&mut tx, made.id).await.unwrap(), Some(account));
    assert_eq!(connection::find(&mut tx, account, made.id).await.unwrap().as_ref(), Some(&made));
    assert_eq!(connection::find(&mut tx, other, made.id).await.unwrap(), None, "another account's");
    for settings in ODD {
        let now = connection::find(&mut tx, account, made.id).await.unwrap().unwrap();
        let next = Connection { settings: settings.to_owned(), ..now.clone() };
        assert!(connection::update(&mut tx, &next, ("{}", "user"), desk.later(1)).await.unwrap());
        assert!(!connection::update(&mut tx, &next, ("{}", "user"), desk.now).await.unwrap(), "of before");
        let stored = connection::find(&mut tx, account, made.id).await.unwrap().unwrap();
        assert_eq!(
            (stored.settings.as_str(), stored.revision, stored.version),
            (settings, now.revision + 1, now.version + 1)
        );
    }
    let revisions = connection::list_revisions(&mut tx, account, made.id).await.unwrap();
    assert_eq!(revisions.iter().map(|one| one.number).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    assert_eq!(revisions[1].created_at, desk.later(1), "to the microsecond");
    assert!(connection::list_revisions(&mut tx, other, made.id).await.unwrap().is_empty());
    let before = connection::find(&mut tx, account, made.id).await.unwrap().unwrap();
    let (revision, was, off) = (before.revision, before.state, ConnectionState::Disabled);
    for (of, change, is_done) in [
        (other, (revision, was, off), false),
        (account, (revision - 1, was, off), false),
        (account, (revision, ConnectionState::Retired, off), false),
        (account, (revision, was, off), true),
    ] {
        let done = connection::update_state(&mut tx, (of, made.id), change, desk.now).await.unwrap();
        assert_eq!(done, is_done, "{change:?}");
    }
    connection::update_versions(&mut tx, account, made.service_provider_id, desk.now).await.unwrap();
    let after = connection::find(&mut tx, account, made.id).await.unwrap().unwrap();
    assert_eq!((after.state, after.version), (ConnectionState::Disabled, before.version + 2));
    assert_eq!(connection::list(&mut tx, account).await.unwrap(), [after]);
    assert!(connection::list(&mut tx, other).await.unwrap().is_empty());
}

#[tokio::test]
async fn keys_of_both_sides() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let (other, foreign) = desk.account(&mut tx, "other").await;
    let connection = desk.connection(&mut tx, account).await;
    let provider = connection.service_provider_id;
    let ServiceProvider { entity_id, .. } =
        service_provider::find(&mut tx, account, provider).await.unwrap().unwrap();
    assert!(entity_id.ends_with(&provider.to_string()));
    assert_eq!(service_provider::find(&mut tx, other, provider).await.unwrap(), None);

    let private = b"-----BEGIN PRIVATE KEY-----\nunmistakable".to_vec();
    let key = SpKey {
        id: SpKeyId::make(desk.now, &desk.rng),
        purpose: KeyPurpose::Signing,
        state: KeyState::Active,
        certificate: vec![0, 255, 0, 1],
        private: PrivatePem(Zeroizing::new(private.clone())),
        state_since: desk.now,
    };
    let made = (desk.now, &desk.rng);
    service_provider::insert_key(&mut tx, account, provider, &key, &keys, made).await.unwrap();
    let found = service_provider::list_keys(&mut tx, account, provider, &keys).await.unwrap();
    assert_eq!((found[0].certificate.as_slice(), found[0].state_since), (&[0, 255, 0, 1][..], desk.now));
    assert_eq!(found[0].private.0.as_slice(), private);
    let wrong = service_provider::list_keys(&mut tx, account, provider, &foreign).await;
    assert!(matches!(wrong, Err(StorageError::Seal(_))), "sealed");

    let certificate = vec![7_u8; 300_000];
    idp_key::insert(&mut tx, account, connection.id, ("ab", &certificate, "metadata"), desk.now)
        .await
        .unwrap();
    idp_key::insert(&mut tx, account, connection.id, ("cd", &[], "certificate"), desk.now).await.unwrap();
    assert_eq!(
        idp_key::list(&mut tx, account, connection.id).await.unwrap().iter().map(Vec::len).max(),
        Some(300_000),
        "large and empty"
    );
    assert_eq!(idp_key::list_trusting(&mut tx, "ab").await.unwrap(), [connection.id]);
    idp_key::update_removed(&mut tx, other, connection.id, "ab").await.unwrap();
    assert_eq!(idp_key::list(&mut tx, account, connection.id).await.unwrap().len(), 2);
    idp_key::update_removed(&mut tx, account, connection.id, "ab").await.unwrap();
    assert_eq!(idp_key::list(&mut tx, account, connection.id).await.unwrap(), [Vec::<u8>::new()]);
    assert_eq!(idp_key::list_active(&mut tx).await.unwrap().len(), 1);
    // One that comes back counts again.
    idp_key::insert(&mut tx, account, connection.id, ("ab", &certificate, "metadata"), desk.now)
        .await
        .unwrap();
    assert_eq!(idp_key::list(&mut tx, account, connection.id).await.unwrap().len(), 2);
    assert!(idp_key::list_all(&mut tx, other, connection.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn domains_and_guests() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let (other, foreign) = desk.account(&mut tx, "other").await;
    let connection = desk.connection(&mut tx, account).await;
    let name = DomainName::parse("lincoln.example.org").unwrap();
    let by_dns = Proved { by: "dns", reason: None, next_check_at: None };
    let claim = || Domain {
        id: DomainId::make(desk.now, &desk.rng),
        name: name.clone(),
        state: DomainState::Pending,
        connection_id: None,
        challenge: "c".to_owned(),
        proved_by: None,
        reason: None,
        created_by: Some("command_line".to_owned()),
        created_at: desk.now,
        proved_at: None,
        checked: None,
        next_check_at: None,
        missing_since: None,
    };
    let (ours, theirs) = (claim(), claim());
    domain::insert(&mut tx, account, &ours).await.unwrap();
    domain::insert(&mut tx, other, &theirs).await.unwrap();
    assert_eq!(domain::find(&mut tx, account, &name).await.unwrap(), Some(ours.clone()), "many may claim it");
    assert!(domain::home_of(&mut tx, &name).await.unwrap().is_none());
    domain::update_proved(&mut tx, account, ours.id, (by_dns, desk.later(3))).await.unwrap();
    domain::update_connection(&mut tx, account, ours.id, Some(connection.id)).await.unwrap();
    let found = domain::find(&mut tx, account, &name).await.unwrap().unwrap();
    assert_eq!((found.state, found.proved_at), (DomainState::Proved, Some(desk.later(3))));
    assert_eq!(domain::home_of(&mut tx, &name).await.unwrap().unwrap().connection_id, Some(connection.id));
    assert_eq!(domain::list_proved(&mut tx, account).await.unwrap(), std::slice::from_ref(&name));
    tx.commit().await.unwrap();
    let mut tx = desk.write().await;
    let taken = domain::update_proved(&mut tx, other, theirs.id, (by_dns, desk.now)).await;
    assert!(matches!(taken, Err(StorageError::Exists(_))), "one has it: {taken:?}");
    drop(tx);
    let mut tx = desk.write().await;
    domain::delete(&mut tx, other, ours.id).await.unwrap();
    assert_eq!(domain::list(&mut tx, account).await.unwrap().len(), 1, "another's is not deleted");
    domain::delete(&mut tx, account, ours.id).await.unwrap();
    assert!(domain::list(&mut tx, account).await.unwrap().is_empty());

    let guest = Guest {
        id: GuestId::make(desk.now, &desk.rng),
        about: About { email: "Aunt@Example.com".to_owned(), reason: ODD[4].to_owned() },
        created_at: desk.now,
    };
    assert!(guest::insert(&mut tx, account, &guest, &keys, &desk.rng).await.unwrap());
    let again = Guest { id: GuestId::make(desk.now, &desk.rng), ..guest.clone() };
    assert!(!guest::insert(&mut tx, account, &again, &keys, &desk.rng).await.unwrap(), "once");
    assert_eq!(guest::find(&mut tx, account, "aunt@example.COM", &keys).await.unwrap(), Some(guest.id));
    assert_eq!(guest::find(&mut tx, other, "aunt@example.com", &foreign).await.unwrap(), None);
    let listed = guest::list(&mut tx, account, (None, 2), &keys).await.unwrap();
    assert_eq!((&listed[0].about.email, &listed[0].about.reason), (&guest.about.email, &guest.about.reason));
    guest::delete(&mut tx, account, guest.id).await.unwrap();
    assert!(guest::list(&mut tx, account, (None, 2), &keys).await.unwrap().is_empty());
}

#[tokio::test]
async fn people_by_id_address_and_page() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let (other, foreign) = desk.account(&mut tx, "other").await;
    let maya = desk.user(&mut tx, account, &keys, "maya").await;
    assert_eq!(user::find(&mut tx, account, maya.id, &keys).await.unwrap().as_ref(), Some(&maya));
    assert_eq!(user::find(&mut tx, other, maya.id, &foreign).await.unwrap(), None);
    assert_eq!(user::account_of(&mut tx, maya.id).await.unwrap(), Some(account));
    let mut changed = User {
        external_id: Some("7".to_owned()),
        role: Role::Admin,
        state: UserState::Disabled,
        ..maya.clone()
    };
    changed.profile.display_name = Some(ODD[4].repeat(20_000));
    assert!(user::update(&mut tx, account, &changed, &keys, (desk.later(1), &desk.rng)).await.unwrap());
    assert!(
        !user::update(&mut tx, account, &changed, &keys, (desk.now, &desk.rng)).await.unwrap(),
        "somebody else was faster"
    );
    let found = user::find_by_external_id(&mut tx, account, "7", &keys).await.unwrap().unwrap();
    assert_eq!(found, User { version: 2, ..changed });
    assert_eq!(user::find_by_external_id(&mut tx, other, "7", &foreign).await.unwrap(), None);
    // Children share a parent's address.
    let twin = User { profile: maya.profile.clone(), ..desk.person("twin") };
    user::insert(&mut tx, account, &twin, &keys, (desk.now, &desk.rng)).await.unwrap();
    let both = user::list_by_email(&mut tx, account, ("MAYA@example.org", 9), &keys).await.unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(user::list_by_email(&mut tx, account, ("maya@example.org", 1), &keys).await.unwrap().len(), 1);
    for number in 0..5 {
        desk.user(&mut tx, account, &keys, &format!("u{number}")).await;
    }
    let (mut after, mut seen) = (None, Vec::<UserId>::new());
    loop {
        let page = people::list(&mut tx, account, &Filter::default(), (after, 3), &keys).await.unwrap();
        seen.extend(page.iter().map(|listed| listed.user.id));
        if page.len() < 3 {
            break;
        }
        after = seen.last().copied();
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted(), "in order, none twice");
    let out = Filter { state: Some(UserState::Disabled), ..Filter::default() };
    let out = people::list(&mut tx, account, &out, (None, 9), &keys).await.unwrap();
    assert_eq!(out.iter().map(|listed| listed.updated_at).collect::<Vec<_>>(), [desk.later(1)]);
    people::delete(&mut tx, account, maya.id).await.unwrap();
    assert_eq!(user::find(&mut tx, account, maya.id, &keys).await.unwrap(), None);
    tx.commit().await.unwrap();
    let mut tx = desk.write().await;
    let taken = User { id: twin.id, ..desk.person("x") };
    let taken = user::insert(&mut tx, account, &taken, &keys, (desk.now, &desk.rng)).await;
    assert!(matches!(taken, Err(StorageError::Exists(_))));
}

#[tokio::test]
async fn sources_of_metadata_and_what_they_say_differently() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, _) = desk.account(&mut tx, "lincoln").await;
    let connection = desk.connection(&mut tx, account).await.id;
    let place = (account, connection);
    assert_eq!(metadata_source::find(&mut tx, account, connection).await.unwrap(), None);
    metadata_source::insert(&mut tx, place, desk.now, (None, None)).await.unwrap();
    assert_eq!(metadata_source::list_due(&mut tx, desk.later(-1), 9).await.unwrap(), []);
    assert_eq!(
        metadata_source::list_due(&mut tx, desk.now, 9).await.unwrap(),
        [(account, connection, desk.now)]
    );
    let turn = (desk.now, desk.later(60), None);
    assert!(metadata_source::claim(&mut tx, place, "a", turn).await.unwrap());
    assert!(!metadata_source::claim(&mut tx, place, "b", turn).await.unwrap(), "one at a time");
    assert!(!metadata_source::update_bad(&mut tx, place, "b", desk.now, "x").await.unwrap());
    assert!(metadata_source::update_bad(&mut tx, place, "a", desk.later(5), ODD[2]).await.unwrap());
    let found = metadata_source::find(&mut tx, account, connection).await.unwrap().unwrap();
    assert_eq!((found.failures, found.problem.as_deref()), (1, Some(ODD[2])));
    assert!(
        metadata_source::claim(&mut tx, place, "c", (desk.later(6), desk.later(60), None)).await.unwrap()
    );
    let good = (desk.later(7), desk.later(70), Some(desk.later(700)));
    assert!(metadata_source::update_good(&mut tx, place, "c", good).await.unwrap());
    let found = metadata_source::find(&mut tx, account, connection).await.unwrap().unwrap();
    assert_eq!((found.failures, found.problem, found.valid_until), (0, None, Some(desk.later(700))));
    metadata_source::delete(&mut tx, account, connection).await.unwrap();
    assert_eq!(metadata_source::find(&mut tx, account, connection).await.unwrap(), None);

    let drift = |proposal: &str| Drift {
        account_id: account,
        connection_id: connection,
        proposal: proposal.to_owned(),
        found_at: desk.now,
        declined_at: None,
    };
    for proposal in ODD {
        metadata_source::insert_drift(&mut tx, &drift(proposal)).await.unwrap();
    }
    let last = drift(ODD[5]);
    assert_eq!(
        metadata_source::list_drifts(&mut tx, account).await.unwrap(),
        std::slice::from_ref(&last),
        "the latest"
    );
    assert_eq!(metadata_source::find_drift(&mut tx, account, connection).await.unwrap(), Some(last));
    metadata_source::delete_drift(&mut tx, account, connection).await.unwrap();
    assert_eq!(metadata_source::find_drift(&mut tx, account, connection).await.unwrap(), None);
}
