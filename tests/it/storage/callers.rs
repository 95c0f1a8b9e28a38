//! Operators, links, sessions of the console, passkeys, keys of the REST API, mail.

use gatepost::base::caller::{Key, Role, Scopes, SetupScopes};
use gatepost::base::id::{ApiKeyId, LinkId, MailId, OperatorId, PasskeyId, SessionId};
use gatepost::base::secret::TokenHash;
use gatepost::directory::state::{LinkKind, Method, OperatorState, UserState};
use gatepost::storage::api_key::{self, ApiKey};
use gatepost::storage::console_session::{self, ConsoleSession};
use gatepost::storage::link::{self, About, Link};
use gatepost::storage::operator::{self, Operator};
use gatepost::storage::passkey::{self, Passkey, Whose};
use gatepost::storage::user::User;
use gatepost::storage::{mail, once, people, user};
use zeroize::Zeroizing;

use super::desk::{Desk, ODD};

fn operator(desk: &Desk, name: &str) -> Operator {
    Operator {
        id: OperatorId::make(desk.now, &desk.rng),
        name: name.to_owned(),
        state: OperatorState::Active,
        created_by: "command_line".to_owned(),
        created_at: desk.now,
    }
}

fn link(desk: &Desk, kind: LinkKind) -> Link {
    Link {
        account_id: None,
        id: LinkId::make(desk.now, &desk.rng),
        kind,
        user_id: None,
        operator_id: None,
        scopes: SetupScopes::default(),
        connection_id: None,
        about: About {
            name: ODD[4].to_owned(),
            reason: ODD[2].to_owned(),
            email: Some(ODD[1].to_owned()),
            return_to: None,
            is_first: true,
        },
        created_by: "command_line".to_owned(),
        created_at: desk.now,
        expires_at: desk.later(100),
        used_at: None,
        finished_at: None,
        revoked_at: None,
    }
}

fn session(desk: &Desk) -> ConsoleSession {
    ConsoleSession {
        account_id: None,
        id: SessionId::make(desk.now, &desk.rng),
        user_id: None,
        operator_id: None,
        link_id: None,
        method: Method::Link,
        created_at: desk.now,
        last_seen_at: desk.now,
        expires_at: desk.later(100),
        ended_at: None,
    }
}

#[tokio::test]
async fn operators_and_their_sessions() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let keys = desk.storage.keys_of(&mut tx, None).await.unwrap();
    assert_eq!(operator::count_active(&mut tx).await.unwrap(), 0);
    for name in ODD {
        let made = operator(&desk, name);
        operator::insert(&mut tx, &made, &keys, &desk.rng).await.unwrap();
        assert_eq!(operator::find(&mut tx, made.id, &keys).await.unwrap(), Some(made));
    }
    let one = operator(&desk, "Sam");
    assert_eq!(operator::find(&mut tx, one.id, &keys).await.unwrap(), None);
    operator::insert(&mut tx, &one, &keys, &desk.rng).await.unwrap();
    let made = ConsoleSession { operator_id: Some(one.id), ..session(&desk) };
    console_session::insert(&mut tx, &made, TokenHash([1; 32])).await.unwrap();
    let found = console_session::find(&mut tx, TokenHash([1; 32])).await.unwrap().unwrap();
    assert_eq!((found.session, found.operator), (made, Some(OperatorState::Active)));
    assert!(console_session::find(&mut tx, TokenHash([2; 32])).await.unwrap().is_none());
    assert!(operator::update_state(&mut tx, one.id, OperatorState::Removed).await.unwrap());
    assert!(!operator::update_state(&mut tx, one.id, OperatorState::Removed).await.unwrap(), "once");
    let ended = console_session::end_of_operator(&mut tx, one.id, ("x", desk.later(1))).await.unwrap();
    assert_eq!(ended, 1);
    let found = console_session::find(&mut tx, TokenHash([1; 32])).await.unwrap().unwrap();
    assert_eq!(found.operator, Some(OperatorState::Removed));
    assert_eq!(found.session.ended_at, Some(desk.later(1)));
    let count = i64::try_from(ODD.len()).unwrap();
    assert_eq!(operator::count_active(&mut tx).await.unwrap(), count);
    assert_eq!(operator::list(&mut tx, &keys).await.unwrap().len(), ODD.len() + 1);
    assert_eq!(console_session::delete_old(&mut tx, desk.later(100), 9).await.unwrap(), 0);
    assert_eq!(console_session::delete_old(&mut tx, desk.later(101), 9).await.unwrap(), 1);
}

#[tokio::test]
async fn links_are_used_once_and_end() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let (other, other_keys) = desk.account(&mut tx, "other").await;
    let person = desk.user(&mut tx, account, &keys, "ada").await;
    let of = |kind| Link { account_id: Some(account), user_id: Some(person.id), ..link(&desk, kind) };
    let mail = of(LinkKind::Email);
    link::insert(&mut tx, (&mail, TokenHash([1; 32])), &keys, &desk.rng).await.unwrap();
    let home = link::home_of(&mut tx, TokenHash([1; 32])).await.unwrap();
    assert_eq!(home, Some((Some(account), mail.id)));
    assert_eq!(link::home_of(&mut tx, TokenHash([9; 32])).await.unwrap(), None);
    assert_eq!(link::account_of(&mut tx, mail.id).await.unwrap(), Some(Some(account)));
    assert_eq!(link::find(&mut tx, Some(account), mail.id, &keys).await.unwrap().as_ref(), Some(&mail));
    assert_eq!(link::find(&mut tx, Some(other), mail.id, &other_keys).await.unwrap(), None);
    assert_eq!(link::find(&mut tx, None, mail.id, &keys).await.unwrap(), None);
    assert!(link::update_used(&mut tx, mail.id, desk.later(1)).await.unwrap());
    assert!(!link::update_used(&mut tx, mail.id, desk.later(2)).await.unwrap(), "once");

    let late = of(LinkKind::Email);
    link::insert(&mut tx, (&late, TokenHash([2; 32])), &keys, &desk.rng).await.unwrap();
    assert!(!link::update_used(&mut tx, late.id, desk.later(100)).await.unwrap(), "too late");
    assert!(link::update_revoked(&mut tx, late.id, desk.later(3)).await.unwrap());
    assert!(!link::update_used(&mut tx, late.id, desk.later(4)).await.unwrap(), "taken back");

    let scopes: SetupScopes = "sso domains".parse().unwrap();
    let connection_id = Some(desk.connection(&mut tx, account).await.id);
    let setup = Link { account_id: Some(account), scopes, connection_id, ..link(&desk, LinkKind::Setup) };
    link::insert(&mut tx, (&setup, TokenHash([3; 32])), &keys, &desk.rng).await.unwrap();
    assert_eq!(link::connection_of(&mut tx, setup.id).await.unwrap(), connection_id);
    assert_eq!(link::connection_of(&mut tx, mail.id).await.unwrap(), None);
    assert!(link::update_used(&mut tx, setup.id, desk.later(1)).await.unwrap());
    let made = ConsoleSession { account_id: Some(account), link_id: Some(setup.id), ..session(&desk) };
    console_session::insert(&mut tx, &made, TokenHash([4; 32])).await.unwrap();
    let standing = console_session::find(&mut tx, TokenHash([4; 32])).await.unwrap().unwrap();
    let seen = standing.link.unwrap();
    assert_eq!((seen.scopes, seen.expires_at, seen.is_over), (scopes, setup.expires_at, false));
    assert_eq!(link::delete_old(&mut tx, desk.later(200), 9).await.unwrap(), 2, "nobody is in by them");
    assert!(link::update_finished(&mut tx, setup.id, desk.later(5)).await.unwrap());
    assert!(!link::update_revoked(&mut tx, setup.id, desk.later(6)).await.unwrap(), "over anyway");
    let standing = console_session::find(&mut tx, TokenHash([4; 32])).await.unwrap().unwrap();
    assert!(standing.link.unwrap().is_over);
    let listed = link::list(&mut tx, account, (LinkKind::Setup, 9), &keys).await.unwrap();
    assert_eq!(listed.iter().map(|link| link.id).collect::<Vec<_>>(), [setup.id]);
    assert!(link::list(&mut tx, other, (LinkKind::Setup, 9), &other_keys).await.unwrap().is_empty());
}

#[tokio::test]
async fn passkeys_let_owners_and_operators_in() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let installation = desk.storage.keys_of(&mut tx, None).await.unwrap();
    let member = desk.user(&mut tx, account, &keys, "ada").await;
    let owner = User { role: Role::Owner, ..desk.person("bea") };
    user::insert(&mut tx, account, &owner, &keys, (desk.now, &desk.rng)).await.unwrap();
    let sam = operator(&desk, "Sam");
    operator::insert(&mut tx, &sam, &installation, &desk.rng).await.unwrap();
    let make = |whose, number: u8| Passkey {
        whose,
        id: PasskeyId::make(desk.now, &desk.rng),
        credential_key: [number; 32],
        credential: Zeroizing::new(vec![number, 0, 255]),
        name: ODD[4].to_owned(),
        created_at: desk.now,
        last_used_at: None,
    };
    let of_owner = make(Whose::User(account, owner.id), 1);
    let of_member = make(Whose::User(account, member.id), 2);
    let of_operator = make(Whose::Operator(sam.id), 3);
    for (made, keys) in [(&of_owner, &keys), (&of_member, &keys), (&of_operator, &installation)] {
        assert!(passkey::insert(&mut tx, made, keys, &desk.rng).await.unwrap());
        assert!(!passkey::insert(&mut tx, made, keys, &desk.rng).await.unwrap_or(false), "once");
    }
    let letting_in = passkey::list_letting_in(&mut tx, Some(account), &keys).await.unwrap();
    assert_eq!(letting_in, std::slice::from_ref(&of_owner));
    let of_operators = passkey::list_letting_in(&mut tx, None, &installation).await.unwrap();
    assert_eq!(of_operators, [of_operator]);
    let used = (of_owner.id, [7].as_slice());
    passkey::update_used(&mut tx, used, &keys, (desk.later(1), &desk.rng)).await.unwrap();
    let found = passkey::list(&mut tx, of_owner.whose, &keys).await.unwrap().remove(0);
    assert_eq!((found.credential.as_slice(), found.last_used_at), ([7].as_slice(), Some(desk.later(1))));
    let shut_out = User { state: UserState::Disabled, ..owner.clone() };
    assert!(user::update(&mut tx, account, &shut_out, &keys, (desk.now, &desk.rng)).await.unwrap());
    assert!(passkey::list_letting_in(&mut tx, Some(account), &keys).await.unwrap().is_empty());
    assert!(people::list_owners(&mut tx, account, &keys).await.unwrap().is_empty());
    assert!(!passkey::delete(&mut tx, of_member.whose, of_owner.id).await.unwrap(), "another's");
    assert!(passkey::delete(&mut tx, of_owner.whose, of_owner.id).await.unwrap());
    people::delete(&mut tx, account, member.id).await.unwrap();
    assert!(passkey::list(&mut tx, of_member.whose, &keys).await.unwrap().is_empty());

    assert!(passkey::insert_challenge(&mut tx, [1; 32], desk.later(1)).await.unwrap());
    assert!(!passkey::insert_challenge(&mut tx, [1; 32], desk.later(1)).await.unwrap(), "once");
    assert_eq!(passkey::delete_old_challenges(&mut tx, desk.later(1), 9).await.unwrap(), 0);
    assert_eq!(passkey::delete_old_challenges(&mut tx, desk.later(2), 9).await.unwrap(), 1);
}

#[tokio::test]
async fn keys_of_the_rest_api_and_mail() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let (account, keys) = desk.account(&mut tx, "lincoln").await;
    let scopes: Scopes = "users:read events:read".parse().unwrap();
    let made = ApiKey {
        account_id: Some(account),
        id: ApiKeyId::make(desk.now, &desk.rng),
        name: ODD[4].to_owned(),
        scopes,
        created_by: "command_line".to_owned(),
        created_at: desk.now,
        expires_at: desk.later(100),
        last_used_at: None,
        revoked_at: None,
    };
    let ours = ApiKey { account_id: None, id: ApiKeyId::make(desk.now, &desk.rng), ..made.clone() };
    api_key::insert(&mut tx, &made, TokenHash([1; 32])).await.unwrap();
    api_key::insert(&mut tx, &ours, TokenHash([2; 32])).await.unwrap();
    assert_eq!(api_key::find_by_secret(&mut tx, TokenHash([1; 32])).await.unwrap().as_ref(), Some(&made));
    assert_eq!(api_key::find_by_secret(&mut tx, TokenHash([2; 32])).await.unwrap().as_ref(), Some(&ours));
    assert_eq!(api_key::find_by_secret(&mut tx, TokenHash([3; 32])).await.unwrap(), None);
    assert_eq!(api_key::list(&mut tx, Some(account), (None, 9)).await.unwrap(), std::slice::from_ref(&made));
    assert_eq!(api_key::list(&mut tx, None, (None, 9)).await.unwrap(), std::slice::from_ref(&ours));
    assert_eq!(api_key::account_of(&mut tx, ours.id).await.unwrap(), Some(None));
    api_key::update_used(&mut tx, made.id, desk.later(1)).await.unwrap();
    assert!(api_key::update_revoked(&mut tx, made.id, desk.later(2)).await.unwrap());
    assert!(!api_key::update_revoked(&mut tx, made.id, desk.later(3)).await.unwrap());
    let found = api_key::find_by_secret(&mut tx, TokenHash([1; 32])).await.unwrap().unwrap();
    assert_eq!((found.last_used_at, found.revoked_at), (Some(desk.later(1)), Some(desk.later(2))));

    let id = MailId::make(desk.now, &desk.rng);
    let with = (desk.now, &desk.rng);
    mail::insert(&mut tx, account, (id, ODD[4].as_bytes()), &keys, with).await.unwrap();
    let found = mail::find(&mut tx, account, id, &keys).await.unwrap().unwrap();
    assert_eq!(found.as_slice(), ODD[4].as_bytes());
    assert_eq!(mail::delete_old(&mut tx, desk.now, 9).await.unwrap(), 0);
    mail::delete(&mut tx, account, id).await.unwrap();
    assert!(mail::find(&mut tx, account, id, &keys).await.unwrap().is_none());
    mail::insert(&mut tx, account, (id, b"x"), &keys, with).await.unwrap();
    assert_eq!(mail::delete_old(&mut tx, desk.later(1), 9).await.unwrap(), 1);
}

#[tokio::test]
async fn a_request_that_is_left_is_taken_over_by_one() {
    let desk = Desk::new().await;
    let mut tx = desk.write().await;
    let made = ApiKey {
        account_id: None,
        id: ApiKeyId::make(desk.now, &desk.rng),
        name: "CI".to_owned(),
        scopes: Scopes::default(),
        created_by: "command_line".to_owned(),
        created_at: desk.now,
        expires_at: desk.later(100),
        last_used_at: None,
        revoked_at: None,
    };
    api_key::insert(&mut tx, &made, TokenHash([7; 32])).await.unwrap();
    let key = Key { id: made.id, account: None, scopes: made.scopes };
    let (name, request, of) = ([1; 32], [2; 32], (made.id, &[1; 32]));
    assert!(once::insert(&mut tx, key, (&name, &request), ("first", desk.now)).await.unwrap());
    // Both have seen that the first one holds it.
    let take = (("first", &request), desk.later(61));
    assert!(once::update_taken_over(&mut tx, of, take.0, ("second", take.1)).await.unwrap());
    assert!(!once::update_taken_over(&mut tx, of, take.0, ("third", take.1)).await.unwrap());
    assert!(once::update_made(&mut tx, "second", "x").await.is_ok());
}
