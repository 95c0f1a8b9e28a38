//! Another master key in the place of the present one: what it wraps goes along, processes that run go on, and a crash
//! at any moment leaves a database that opens.

use std::path::{Path, PathBuf};

use gatepost::base::{Actor, Ctx, Instant, Rng};
use gatepost::config::SecretSource;
use gatepost::directory::preset::Product;
use gatepost::storage::event::{self, Of};
use gatepost::storage::masters::RotateError;
use gatepost::storage::{Location, OpenError, Storage, StorageError, account};

use super::desk::Desk;
use crate::browser::Browser;
use crate::cli::{gatepost, json, refusal, run};
use crate::database::private;
use crate::site::{Folder, Site, alice, bjoern, start_of_time};

fn ctx(rng: &Rng) -> Ctx {
    Ctx::new(Actor::CommandLine, start_of_time(), rng)
}

async fn open(location: Location<'_>) -> Result<Storage, OpenError> {
    Storage::open(location, start_of_time(), &Rng::system()).await
}

fn embedded(dir: &Path) -> Location<'_> {
    Location::Folder { dir, master_key: None, next_master_key: None }
}

/// A key in a file, as it would be given.
fn key(folder: &Folder, name: &str, digit: char) -> SecretSource {
    let path = folder.0.join(name);
    private(&path, digit.to_string().repeat(64));
    SecretSource::File(path)
}

/// An account's keys, which the master key wraps, opened by somebody who had not opened them before.
async fn opens(storage: &Storage) -> Result<(), StorageError> {
    let mut tx = storage.read().await?;
    storage.check(&mut tx).await?;
    for account in account::list(&mut tx).await? {
        storage.keys(&mut tx, account.id).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_key_in_the_folder_is_changed_under_a_running_server() {
    let mut site = Site::https().await;
    if site.folder.is_postgres() {
        return;
    }
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let beside = open(site.folder.location()).await.unwrap();
    let old = std::fs::read(site.folder.0.join("master.key")).unwrap();

    let other = open(site.folder.location()).await.unwrap();
    let rng = Rng::system();
    let rewrapped = other.rotate_master(&ctx(&rng), &rng).await.unwrap();
    assert_eq!((rewrapped.data_keys, rewrapped.signing_keys), (1, 1));
    let new = std::fs::read(site.folder.0.join("master.key")).unwrap();
    assert!(new != old && !site.folder.0.join("master.key.next").exists());
    assert_eq!(std::fs::read(site.folder.0.join("master.key.old")).unwrap(), old);
    let events = event::list(&mut other.read().await.unwrap(), Of::Installation, 0, 9).await.unwrap();
    assert!(events.iter().any(|event| event.action == "master_key.changed"), "{events:?}");

    // Those that ran go on, whatever they had opened before.
    opens(&beside).await.unwrap();
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    site.make_account("other", "Other").await;
    site.reopen().await;
    opens(&site.storage).await.unwrap();
    let mut browser = browser.on(&site);
    assert!(Browser::is_signed_in(&browser.get("/me").await));
    assert_eq!(browser.get("/session/token").await.status, 200, "keys that sign tokens too");
    site.storage.close().await;

    // With the old key alone it does not open.
    std::fs::write(site.folder.0.join("master.key"), &old).unwrap();
    let error = open(site.folder.location()).await.unwrap_err();
    assert!(matches!(error, OpenError::WrongKey(_)), "{error}");
    assert!(error.to_string().contains("is not the one"), "{error}");
}

struct Crash {
    folder: Folder,
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Crash {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        private(&self.file(name), std::str::from_utf8(bytes).unwrap());
    }

    /// An installation with an account, whose key was changed or not, with both keys kept.
    async fn new(is_changed: bool) -> Self {
        let folder = Folder::new();
        let storage = open(embedded(&folder.0)).await.unwrap();
        let (rng, now) = (Rng::system(), start_of_time());
        let desk = Desk { folder, storage, rng, now };
        let mut tx = desk.write().await;
        desk.account(&mut tx, "lincoln").await;
        tx.commit().await.unwrap();
        let old = std::fs::read(desk.folder.0.join("master.key")).unwrap();
        if is_changed {
            desk.storage.rotate_master(&ctx(&desk.rng), &desk.rng).await.unwrap();
        }
        let new = std::fs::read(desk.folder.0.join("master.key")).unwrap();
        desk.storage.close().await;
        Self { folder: desk.folder, old, new }
    }

    /// It opens, its keys are under their names, and the key can be changed again.
    async fn is_healed(&self) {
        let storage = open(embedded(&self.folder.0)).await.unwrap();
        opens(&storage).await.unwrap();
        assert_eq!(std::fs::read(self.file("master.key")).unwrap(), self.new);
        let rng = Rng::system();
        storage.rotate_master(&ctx(&rng), &rng).await.unwrap();
        storage.close().await;
        let storage = open(embedded(&self.folder.0)).await.unwrap();
        opens(&storage).await.unwrap();
        assert!(!self.file("master.key.next").exists());
        assert_eq!(std::fs::read(self.file("master.key.old")).unwrap(), self.new);
    }
}

#[tokio::test]
async fn a_crash_while_the_new_key_is_written_leaves_the_old_one() {
    for torn in ["", "gatepost-master-key-1:half", &"77".repeat(32)] {
        let crash = Crash::new(false).await;
        crash.write("master.key.next", torn.as_bytes());
        crash.is_healed().await;
    }
}

#[tokio::test]
async fn a_crash_after_the_commit_leaves_the_new_one() {
    for has_old_copy in [false, true] {
        let crash = Crash::new(true).await;
        assert_ne!(crash.old, crash.new);
        std::fs::remove_file(crash.file("master.key.old")).unwrap();
        crash.write("master.key.next", &crash.new);
        crash.write("master.key", &crash.old);
        if has_old_copy {
            crash.write("master.key.old", &crash.old);
        }
        crash.is_healed().await;
    }
}

#[tokio::test]
async fn a_given_key_is_changed_for_the_next_one() {
    let folder = Folder::installation();
    let (old, new) = (key(&folder, "old.key", 'a'), key(&folder, "new.key", 'b'));
    let (rng, now) = (Rng::system(), Instant::from_micros(start_of_time().micros()));
    let storage = open(folder.location_given(Some(&old), None)).await.unwrap();
    let desk = Desk { folder, storage, rng, now };
    let folder = &desk.folder;
    let mut tx = desk.write().await;
    desk.account(&mut tx, "lincoln").await;
    tx.commit().await.unwrap();
    let rotate = async |storage: &Storage| storage.rotate_master(&ctx(&desk.rng), &desk.rng).await;
    assert!(matches!(rotate(&desk.storage).await, Err(RotateError::NotGiven)));
    let same = open(folder.location_given(Some(&old), Some(&old))).await.unwrap();
    assert!(matches!(rotate(&same).await, Err(RotateError::Same)));
    let broken = SecretSource::Value("zz".to_owned().into());
    let broken = open(folder.location_given(Some(&old), Some(&broken))).await.unwrap();
    let error = rotate(&broken).await.unwrap_err().to_string();
    assert!(error.contains("does not hold a master key"), "{error}");

    let has_old = open(folder.location_given(Some(&old), None)).await.unwrap();
    let has_both = open(folder.location_given(Some(&old), Some(&new))).await.unwrap();
    let rewrapped =
        rotate(&open(folder.location_given(Some(&old), Some(&new))).await.unwrap()).await.unwrap();
    assert_eq!((rewrapped.data_keys, rewrapped.signing_keys), (1, 0));
    opens(&has_both).await.unwrap();
    // Who has only the old key says so, is not ready, and makes nothing that nobody could open.
    let error = opens(&has_old).await.unwrap_err();
    assert!(matches!(error, StorageError::MasterKeyChanged), "{error}");
    assert!(error.to_string().contains("start it anew"), "{error}");
    let mut tx = has_old.write().await.unwrap();
    let draft = desk.draft("other");
    account::insert(&mut tx, &draft, desk.now).await.unwrap();
    let made = has_old.make_keys(&mut tx, draft.id, desk.now, &desk.rng).await;
    assert!(matches!(made, Err(StorageError::MasterKeyChanged)), "{made:?}");
    drop(tx);
    let error = open(folder.location_given(Some(&old), None)).await.unwrap_err();
    assert!(matches!(error, OpenError::WrongKey(_)), "{error}");
    for keys in [(Some(&new), None), (Some(&old), Some(&new))] {
        opens(&open(folder.location_given(keys.0, keys.1)).await.unwrap()).await.unwrap();
    }
}

#[test]
fn by_command_line() {
    let folder = Folder::installation();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let rotate = ["keys", "rotate", "--master", "--json"];
    if folder.is_postgres() {
        let told = refusal(&run(&folder.0, &rotate));
        assert!(told.contains("next_master_key_file"), "{told}");
        let with_next = |arguments: &[&str]| {
            let next = "c".repeat(64);
            gatepost(&folder.0).args(arguments).env("GATEPOST__NEXT_MASTER_KEY", next).output().unwrap()
        };
        assert_eq!(json(&with_next(&rotate))["data_keys"], "1");
        assert_eq!(json(&with_next(&["account", "show", "lincoln", "--json"]))["slug"], "lincoln");
        let told = refusal(&run(&folder.0, &["account", "list"]));
        assert!(told.contains("is not the one that this database was made with"), "{told}");
        private(&folder.0.join("given.key"), "c".repeat(64));
    } else {
        let rewrapped = json(&run(&folder.0, &rotate));
        assert_eq!((&rewrapped["data_keys"], &rewrapped["signing_keys"]), (&"1".into(), &"1".into()));
        let mode = std::os::unix::fs::PermissionsExt::mode;
        for name in ["master.key", "master.key.old"] {
            let file = std::fs::metadata(folder.0.join("gatepost-data").join(name)).unwrap();
            assert_eq!(mode(&file.permissions()) & 0o777, 0o600, "{name}");
        }
    }
    assert_eq!(json(&run(&folder.0, &["account", "list", "--json"]))["slug"], "lincoln");
    let told = String::from_utf8(run(&folder.0, &["check"]).stdout).unwrap();
    assert!(told.contains("the master key opens the keys of the accounts: 1"), "{told}");
    let told = refusal(&run(&folder.0, &["keys", "rotate", "--master", "--leaked"]));
    assert!(told.contains("cannot be used with"), "{told}");
}

/// Whoever loses the race must not leave a key under the name of the one that the database is wrapped under.
#[tokio::test]
async fn two_changes_at_once_lose_no_key() {
    let folder = Folder::new();
    let first = open(embedded(&folder.0)).await.unwrap();
    let (rng, now) = (Rng::system(), start_of_time());
    let desk = Desk { folder, storage: first, rng, now };
    let mut tx = desk.write().await;
    desk.account(&mut tx, "lincoln").await;
    tx.commit().await.unwrap();
    for _ in 0..3 {
        let other = open(embedded(&desk.folder.0)).await.unwrap();
        let ctx = ctx(&desk.rng);
        let (one, two) =
            tokio::join!(desk.storage.rotate_master(&ctx, &desk.rng), other.rotate_master(&ctx, &desk.rng));
        assert!(one.is_ok() || two.is_ok());
        let later = open(embedded(&desk.folder.0)).await.unwrap();
        opens(&later).await.unwrap();
    }
}
