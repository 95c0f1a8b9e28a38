//! What sign-ins read and write, for many at once: each whole or not at all, once, and on what still is.

use std::sync::Arc;

use gatepost::base::id::{AccountId, AttemptId, RequestId, SessionId};
use gatepost::base::secret::TokenHash;
use gatepost::directory::client::Client;
use gatepost::directory::state::{Outcome, Purpose, UserState};
use gatepost::directory::statement::{NameId, Statement};
use gatepost::storage::attempt::{self, Attempt};
use gatepost::storage::connection::Connection;
use gatepost::storage::idp_key::{self, Used};
use gatepost::storage::replay::{self, AssertionKey};
use gatepost::storage::seal::AccountKeys;
use gatepost::storage::session::{self, Alive, Replaced, Session, SignIn, Standing, Whose};
use gatepost::storage::sign_in::{Conflict, Guard, Look, Rows};
use gatepost::storage::user::{self, IdentityKey, PersonRows, User};
use gatepost::storage::{account, connection};

use super::desk::{Desk, ODD};

struct Login {
    desk: Desk,
    account: AccountId,
    keys: Arc<AccountKeys>,
    connection: Connection,
}

/// What is different about one sign-in.
struct One<'a> {
    number: u8,
    assertion: u8,
    request: Option<&'a str>,
    user: &'a User,
    is_new: bool,
    browser: u8,
}

const LONG: i64 = 3_600_000_000;

impl Login {
    async fn new() -> Self {
        let desk = Desk::new().await;
        let mut tx = desk.write().await;
        let (account, keys) = desk.account(&mut tx, "lincoln").await;
        let connection = desk.connection(&mut tx, account).await;
        idp_key::insert(&mut tx, account, connection.id, ("ab", b"der", "metadata"), desk.now).await.unwrap();
        tx.commit().await.unwrap();
        Self { desk, account, keys, connection }
    }

    fn token(number: u8) -> TokenHash {
        TokenHash([number; 32])
    }

    fn assertion(&self, number: u8) -> AssertionKey {
        AssertionKey { day: self.desk.now.day(), hash: [number; 32] }
    }

    fn attempt(&self, outcome: Outcome) -> Attempt {
        Attempt {
            id: AttemptId::make(self.desk.now, &self.desk.rng),
            connection_id: self.connection.id,
            revision: 1,
            purpose: Purpose::Login,
            outcome,
            is_signed: true,
            code: None,
            user_id: None,
            session_id: None,
            request_id: RequestId::make(self.desk.now, &self.desk.rng),
            created_at: self.desk.now,
        }
    }

    fn guard(&self) -> Guard {
        Guard {
            account: self.account,
            account_version: 1,
            connection: self.connection.id,
            connection_version: 1,
        }
    }

    /// Everything that a sign-in writes, with its attempt and session.
    fn rows(&self, one: &One<'_>) -> (Rows, AttemptId, SessionId) {
        let (desk, keys) = (&self.desk, &self.keys);
        let made = (desk.now, &desk.rng);
        let session = Session {
            account_id: self.account,
            id: SessionId::make(desk.now, &desk.rng),
            user_id: one.user.id,
            connection_id: self.connection.id,
            attempt_id: AttemptId::make(desk.now, &desk.rng),
            created_at: desk.now,
            last_seen_at: desk.now,
            expires_at: desk.later(LONG),
            ended_at: None,
        };
        let attempt = Attempt {
            id: session.attempt_id,
            user_id: Some(one.user.id),
            session_id: Some(session.id),
            ..self.attempt(Outcome::Accepted)
        };
        let statement = Statement {
            name_id: Some(NameId { value: ODD[4].to_owned(), ..NameId::default() }),
            ..Statement::default()
        };
        let sign_in = SignIn {
            browser: Self::token(one.browser),
            statement: &statement,
            session_index: Some("index"),
            authn_instant: Some(desk.later(-1)),
            authn_context: None,
            client: &Client::default(),
        };
        let key = IdentityKey { connection: self.connection.id, source: "name_id", value: &[one.number] };
        let person = PersonRows {
            account: self.account,
            user: one.user.id,
            known: (!one.is_new).then_some(one.user.version),
            is_linked: false,
            made: one.is_new.then(|| user::user_row(one.user, keys, made).unwrap()),
            changed: None,
            identity: one.is_new.then(|| user::identity_row((key, "shown"), keys, made).unwrap()),
        };
        let trace = vec![one.number; 100_000];
        let row = attempt::new_row(self.account, (&attempt, &trace), keys, &desk.rng).unwrap();
        let raw = (&attempt, ODD[3].as_bytes());
        let message = attempt::message_row(self.account, raw, desk.later(LONG), keys, &desk.rng).unwrap();
        let request = |id: &str| replay::request_row(self.account, self.connection.id, id, desk.later(LONG));
        let rows = Rows {
            guard: Some(self.guard()),
            replay: Some(replay::row(
                self.account,
                self.connection.id,
                self.assertion(one.assertion),
                attempt.id,
            )),
            request: one.request.map(request),
            person: Some(person),
            replaced: Replaced {
                browser: Some(Self::token(one.browser)),
                presented: None,
                linked: None,
                at: desk.now,
            },
            session: Some(
                session::new_row(Self::token(one.number), &session, &sign_in, keys, &desk.rng).unwrap(),
            ),
            used_keys: vec![Used {
                account: self.account,
                connection: self.connection.id,
                spki_sha256: "ab".to_owned(),
                at: desk.now,
            }],
            message: Some(message),
            ..Rows::of(row)
        };
        (rows, attempt.id, session.id)
    }

    async fn write(&self, rows: Rows) -> Result<(), Conflict> {
        self.desk.storage.sign_ins().write(rows).await.unwrap()
    }

    async fn find(&self, number: u8) -> Option<Standing> {
        session::find(&mut self.desk.read().await, Self::token(number)).await.unwrap()
    }

    async fn rows_of(&self, table: &str) -> i64 {
        self.desk.folder.connect().await.count(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    fn look(&self, number: u8, request: Option<&str>) -> Look {
        let key = IdentityKey { connection: self.connection.id, source: "name_id", value: &[number] };
        Look {
            account: self.account,
            connection: self.connection.id,
            assertion: self.assertion(number),
            request: request.map(str::to_owned),
            source: "name_id".to_owned(),
            value_key: key.lookup(&self.keys).unwrap(),
        }
    }
}

fn one(number: u8, user: &User) -> One<'_> {
    One { number, assertion: number, request: None, user, is_new: true, browser: number }
}

#[tokio::test]
async fn a_sign_in_is_found_as_it_was_written() {
    let login = Login::new().await;
    let maya = login.desk.person("maya");
    let (rows, attempt_id, session_id) = login.rows(&One { request: Some("_r1"), ..one(1, &maya) });
    assert_eq!(login.write(rows).await, Ok(()));
    let standing = login.find(1).await.unwrap();
    assert_eq!((standing.session.id, standing.session.attempt_id), (session_id, attempt_id));
    assert_eq!(
        (standing.session.created_at, standing.session.expires_at, standing.authn_instant),
        (login.desk.now, login.desk.later(LONG), Some(login.desk.later(-1))),
        "to the microsecond"
    );
    assert_eq!(standing.client(&login.keys).unwrap(), Client::default());
    let mut tx = login.desk.read().await;
    let statement = session::find_statement(&mut tx, login.account, session_id, &login.keys).await.unwrap();
    assert_eq!(statement.unwrap().name_id.unwrap().value, ODD[4]);
    let stored = attempt::find(&mut tx, login.account, attempt_id).await.unwrap().unwrap();
    assert_eq!((stored.outcome, stored.user_id), (Outcome::Accepted, Some(maya.id)));
    let trace = attempt::find_trace(&mut tx, login.account, attempt_id, &login.keys).await.unwrap();
    assert_eq!(*trace.unwrap(), vec![1; 100_000], "large");
    let message = attempt::find_message(&mut tx, login.account, attempt_id, &login.keys).await.unwrap();
    assert_eq!(message.unwrap().as_slice(), ODD[3].as_bytes());
    assert_eq!(attempt::account_of(&mut tx, attempt_id).await.unwrap(), Some(login.account));
    assert_eq!(user::find(&mut tx, login.account, maya.id, &login.keys).await.unwrap(), Some(maya.clone()));
    let used = idp_key::list_all(&mut tx, login.account, login.connection.id).await.unwrap();
    assert_eq!(used[0].last_used_at, Some(login.desk.now));
    drop(tx);

    let found = login.desk.storage.sign_ins().look(login.look(1, Some("_r1"))).await.unwrap();
    assert_eq!((found.used_by, found.is_request_used), (Some(attempt_id), true));
    assert_eq!(found.user.unwrap().open(&login.keys).unwrap(), maya);
    let found = login.desk.storage.sign_ins().look(login.look(2, None)).await.unwrap();
    assert!(found.used_by.is_none() && !found.is_request_used && found.user.is_none());
}

#[tokio::test]
async fn what_was_used_is_used_once_and_leaves_nothing_half_written() {
    let login = Login::new().await;
    let people: Vec<_> = (0..4).map(|number| login.desk.person(&format!("u{number}"))).collect();
    assert_eq!(login.write(login.rows(&One { request: Some("_r"), ..one(1, &people[0]) }).0).await, Ok(()));
    let before = login.desk.folder.connect().await.rows().await;
    let replayed = login.rows(&One { assertion: 1, ..one(2, &people[1]) }).0;
    assert_eq!(login.write(replayed).await, Err(Conflict::Replayed));
    let answered = login.rows(&One { request: Some("_r"), ..one(2, &people[1]) }).0;
    assert_eq!(login.write(answered).await, Err(Conflict::RequestUsed));
    let twin = login.rows(&One { assertion: 9, ..one(1, &people[2]) }).0;
    assert_eq!(login.write(twin).await, Err(Conflict::PersonChanged), "that identity is somebody's");
    assert_eq!(login.desk.folder.connect().await.rows().await, before);
    // The same assertion of another day, or of another connection, is another.
    let mut tx = login.desk.read().await;
    let key = AssertionKey { day: login.desk.now.day() + 1, ..login.assertion(1) };
    assert_eq!(replay::find(&mut tx, login.connection.id, key).await.unwrap(), None);
    assert!(replay::is_request_used(&mut tx, "_r").await.unwrap());
    assert!(!replay::is_request_used(&mut tx, "_R").await.unwrap());
}

#[tokio::test]
async fn what_was_decided_on_things_that_changed_is_not_written() {
    let login = Login::new().await;
    let maya = login.desk.person("maya");
    assert_eq!(login.write(login.rows(&one(1, &maya)).0).await, Ok(()));
    let known = |number| One { is_new: false, ..one(number, &maya) };
    assert_eq!(login.write(login.rows(&known(2)).0).await, Ok(()));

    let mut tx = login.desk.write().await;
    let out = User { state: UserState::Disabled, ..maya.clone() };
    let made = (login.desk.now, &login.desk.rng);
    assert!(user::update(&mut tx, login.account, &out, &login.keys, made).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(login.write(login.rows(&known(3)).0).await, Err(Conflict::PersonChanged));

    let other = login.desk.person("other");
    for step in 0..2 {
        let mut tx = login.desk.write().await;
        if step == 0 {
            let provider = login.connection.service_provider_id;
            connection::update_versions(&mut tx, login.account, provider, login.desk.now).await.unwrap();
        } else {
            account::update_version(&mut tx, login.account, login.desk.now).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(login.write(login.rows(&one(4, &other)).0).await, Err(Conflict::Stale));
        let version = i64::from(step == 1) + 1;
        let guard = Guard { connection_version: 2, account_version: version, ..login.guard() };
        let rows = Rows { guard: Some(guard), ..login.rows(&one(5 + step, &login.desk.person("p"))).0 };
        assert_eq!(login.write(rows).await, Ok(()));
    }
    assert_eq!(login.rows_of("sessions").await, 4);
}

#[tokio::test]
async fn one_identity_at_a_time_is_tied_to_somebody_and_their_sessions_end_by_it() {
    let login = Login::new().await;
    let maya = login.desk.person("maya");
    assert_eq!(login.write(login.rows(&one(1, &maya)).0).await, Ok(()));
    let linked = |number: u8| {
        let mut rows = login.rows(&One { is_new: false, ..one(number, &maya) }).0;
        let (keys, made) = (&login.keys, (login.desk.now, &login.desk.rng));
        let key = IdentityKey { connection: login.connection.id, source: "name_id", value: &[number] };
        if let Some(person) = &mut rows.person {
            person.is_linked = true;
            person.changed = Some(user::user_row(&maya, keys, made).unwrap());
            person.identity = Some(user::identity_row((key, "shown"), keys, made).unwrap());
        }
        rows.replaced.linked = Some((login.account, maya.id));
        rows
    };
    let ended = async |number| login.find(number).await.unwrap().session.ended_at;
    assert_eq!(login.write(linked(2)).await, Ok(()));
    assert_eq!((ended(1).await, ended(2).await), (Some(login.desk.now), None));
    // Decided while nothing else led to them.
    assert_eq!(login.write(linked(3)).await, Err(Conflict::PersonChanged));
    assert_eq!(ended(2).await, None, "nothing half-written");
    assert_eq!(login.rows_of("identities").await, 2);
}

#[tokio::test]
async fn a_batch_with_a_conflict_inside_answers_each() {
    let login = Arc::new(Login::new().await);
    let first = login.desk.person("first");
    assert_eq!(login.write(login.rows(&one(200, &first)).0).await, Ok(()));
    let mut waiting = Vec::new();
    for number in 0..90_u8 {
        let login = Arc::clone(&login);
        waiting.push(tokio::spawn(async move {
            let user = login.desk.person(&format!("u{number}"));
            // Every third brings what was used; every third of the others comes twice at once.
            let assertion = if number % 3 == 0 { 200 } else { number - number % 3 };
            login.write(login.rows(&One { assertion, ..one(number, &user) }).0).await
        }));
    }
    let mut outcomes = [0; 2];
    for waiting in waiting {
        match waiting.await.unwrap() {
            Ok(()) => outcomes[0] += 1,
            Err(conflict) => {
                assert_eq!(conflict, Conflict::Replayed);
                outcomes[1] += 1;
            }
        }
    }
    assert_eq!(outcomes, [30, 60]);
    for table in ["sessions", "attempts", "replays", "users", "identities", "attempt_messages"] {
        assert_eq!(login.rows_of(table).await, 31, "{table}");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_end() {
    let login = Login::new().await;
    let (maya, ben) = (login.desk.person("maya"), login.desk.person("ben"));
    for (number, user, is_new, browser) in
        [(1, &maya, true, 1), (2, &maya, false, 1), (3, &ben, true, 3), (4, &ben, false, 4)]
    {
        let rows = login.rows(&One { is_new, browser, ..one(number, user) }).0;
        assert_eq!(login.write(rows).await, Ok(()));
    }
    assert_eq!(login.find(1).await.unwrap().session.ended_at, Some(login.desk.now), "the browser's next");
    let alive = Alive { now: login.desk.now, seen_after: login.desk.later(-1) };
    let list = async |whose, alive| {
        let mut tx = login.desk.read().await;
        session::list(&mut tx, login.account, whose, alive, (None, 9)).await.unwrap().len()
    };
    assert_eq!(list(Whose::All, alive).await, 3);
    assert_eq!(list(Whose::User(ben.id), alive).await, 2);
    assert_eq!(list(Whose::Connection(login.connection.id), alive).await, 3);
    assert_eq!(list(Whose::All, Alive { seen_after: login.desk.now, ..alive }).await, 0, "idle for too long");
    assert_eq!(list(Whose::All, Alive { now: login.desk.later(LONG), ..alive }).await, 0, "over");

    let mut tx = login.desk.write().await;
    let token = Login::token(2);
    session::update_seen(&mut tx, token, login.desk.later(5)).await.unwrap();
    session::update_seen(&mut tx, token, login.desk.later(4)).await.unwrap();
    let seen = session::find(&mut tx, token).await.unwrap().unwrap();
    assert_eq!(seen.session.last_seen_at, login.desk.later(5), "never back");
    let by = ("revoked", login.desk.later(6));
    assert!(session::end_one(&mut tx, login.account, seen.session.id, by).await.unwrap());
    assert!(!session::end_one(&mut tx, login.account, seen.session.id, by).await.unwrap(), "once");
    let stays = session::find(&mut tx, Login::token(3)).await.unwrap().unwrap().session.id;
    let ended = session::end_all(&mut tx, login.account, Whose::User(ben.id), Some(stays), by).await.unwrap();
    assert_eq!(ended, 1);
    session::update_ended(&mut tx, Login::token(3), "signed_out", login.desk.later(7)).await.unwrap();
    session::update_ended(&mut tx, Login::token(3), "again", login.desk.later(8)).await.unwrap();
    let third = session::find(&mut tx, Login::token(3)).await.unwrap().unwrap();
    assert_eq!(third.session.ended_at, Some(login.desk.later(7)));
    assert!(session::list_by_browser(&mut tx, Login::token(3)).await.unwrap().is_empty());
    assert_eq!(session::account_of(&mut tx, stays).await.unwrap(), Some(login.account));
    tx.commit().await.unwrap();
    assert_eq!(list(Whose::All, alive).await, 0);
}

#[tokio::test]
async fn refusals_are_kept_or_counted() {
    let login = Login::new().await;
    let refused = Attempt { code: Some("signature_invalid".to_owned()), ..login.attempt(Outcome::Refused) };
    let row = attempt::new_row(login.account, (&refused, b""), &login.keys, &login.desk.rng).unwrap();
    assert_eq!(login.write(Rows::of(row)).await, Ok(()));
    let mut tx = login.desk.write().await;
    assert_eq!(attempt::find(&mut tx, login.account, refused.id).await.unwrap(), Some(refused.clone()));
    let trace = (refused.id, b"another".as_slice());
    attempt::update_trace(&mut tx, login.account, trace, &login.keys, &login.desk.rng).await.unwrap();
    let trace = attempt::find_trace(&mut tx, login.account, refused.id, &login.keys).await.unwrap();
    assert_eq!(trace.unwrap().as_slice(), b"another");
    assert!(attempt::find_message(&mut tx, login.account, refused.id, &login.keys).await.unwrap().is_none());
    assert!(!attempt::is_tested(&mut tx, (login.account, login.connection.id), 1).await.unwrap());
    for _ in 0..3 {
        let count = (7, i64::from(u32::MAX));
        attempt::add_overflow(&mut tx, login.account, login.connection.id, count).await.unwrap();
    }
    tx.commit().await.unwrap();
    let sum = "SELECT refused FROM attempt_overflows WHERE minute = 7";
    assert_eq!(login.desk.folder.connect().await.count(sum).await, 3 * i64::from(u32::MAX));
    let row = attempt::new_row(login.account, (&refused, b""), &login.keys, &login.desk.rng).unwrap();
    let twice = login.desk.storage.sign_ins().write(Rows::of(row)).await;
    assert!(matches!(twice, Err(gatepost::storage::StorageError::Exists(_))), "{twice:?}");
}
