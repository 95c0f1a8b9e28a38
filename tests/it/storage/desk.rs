//! A database with nothing but what a test puts in, by storage's own functions.

use std::sync::Arc;

use gatepost::base::caller::Role;
use gatepost::base::id::{AccountId, ConnectionId, ServiceProviderId, UserId};
use gatepost::base::{Instant, Rng};
use gatepost::directory::account::{Locale, Policy};
use gatepost::directory::mapping::Profile;
use gatepost::directory::state::{AccountState, ConnectionState, UserState};
use gatepost::storage::account::{self, Account};
use gatepost::storage::connection::{self, Connection};
use gatepost::storage::seal::AccountKeys;
use gatepost::storage::service_provider::{self, ServiceProvider};
use gatepost::storage::user::{self, User};
use gatepost::storage::{Storage, Tx};

use crate::site::{Folder, start_of_time};

pub struct Desk {
    pub folder: Folder,
    pub storage: Storage,
    pub rng: Rng,
    /// Not a whole second, nor a whole millisecond.
    pub now: Instant,
}

/// Texts and bytes that a database may get wrong.
pub const ODD: [&str; 6] = ["", " ", "it's; DROP TABLE users; --", "%_\\", "Zoë 学校 🏫 ﷽", "a\nb\tc\"d\""];

impl Desk {
    pub async fn new() -> Self {
        let (folder, rng) = (Folder::opened(), Rng::seeded(7));
        let now = Instant::from_micros(start_of_time().micros() + 123_457);
        let storage = Storage::open(folder.location(), now, &rng).await.unwrap();
        Self { folder, storage, rng, now }
    }

    pub fn later(&self, micros: i64) -> Instant {
        Instant::from_micros(self.now.micros() + micros)
    }

    pub async fn write(&self) -> Tx {
        self.storage.write().await.unwrap()
    }

    pub async fn read(&self) -> Tx {
        self.storage.read().await.unwrap()
    }

    pub fn draft(&self, slug: &str) -> Account {
        Account {
            locale: Locale::Browser,
            id: AccountId::make(self.now, &self.rng),
            external_id: None,
            slug: slug.parse().unwrap(),
            name: slug.to_owned(),
            state: AccountState::Active,
            policy: Policy::default(),
            is_strict: false,
            version: 1,
        }
    }

    /// An account with keys.
    pub async fn account(&self, tx: &mut Tx, slug: &str) -> (AccountId, Arc<AccountKeys>) {
        let new = self.draft(slug);
        account::insert(tx, &new, self.now).await.unwrap();
        self.storage.make_keys(tx, new.id, self.now, &self.rng).await.unwrap();
        (new.id, self.storage.keys(tx, new.id).await.unwrap())
    }

    pub async fn service_provider(&self, tx: &mut Tx, account: AccountId) -> ServiceProvider {
        let id = ServiceProviderId::make(self.now, &self.rng);
        let new = ServiceProvider {
            entity_id: format!("https://sso.example.test/{id}"),
            acs_url: format!("https://sso.example.test/{id}/acs"),
            acs_path: None,
            id,
        };
        service_provider::insert(tx, account, &new, self.now).await.unwrap();
        new
    }

    pub async fn connection(&self, tx: &mut Tx, account: AccountId) -> Connection {
        let new = Connection {
            account_id: account,
            id: ConnectionId::make(self.now, &self.rng),
            service_provider_id: self.service_provider(tx, account).await.id,
            idp_entity_id: "https://idp.example.test".to_owned(),
            name: "Okta".to_owned(),
            state: ConnectionState::Active,
            revision: 1,
            settings: "{}".to_owned(),
            version: 1,
        };
        connection::insert(tx, &new, ("{}", "command_line"), self.now).await.unwrap();
        new
    }

    pub fn person(&self, name: &str) -> User {
        User {
            id: UserId::make(self.now, &self.rng),
            external_id: None,
            state: UserState::Active,
            role: Role::Member,
            profile: Profile {
                email: Some(format!("{name}@example.org")),
                display_name: Some(name.to_owned()),
                ..Profile::default()
            },
            version: 1,
        }
    }

    pub async fn user(&self, tx: &mut Tx, account: AccountId, keys: &AccountKeys, name: &str) -> User {
        let new = self.person(name);
        user::insert(tx, account, &new, keys, (self.now, &self.rng)).await.unwrap();
        new
    }
}
