//! Who brought what a connection believes, and where it sends people: each of its keys, the address of the metadata that it
//! follows, and each of its settings, each part of a mapping for itself.
//!
//! What metadata brings counts for whoever had it followed, whoever has it fetched: by itself, or because somebody pressed a
//! button. Where somebody gives a copy of it, or approves what waits, they bring what is in it; but its keys count for
//! whoever had it followed from behind a setup link, or with a key of the API: nobody else knows whose keys they are.
//!
//! A thing counts for whoever brought it in last: taken away, and brought back by somebody else, it is theirs. A setting that
//! was taken away counts for whoever did that, since it may have been a restriction. Whoever made a revision that cannot be
//! read, as a newer program writes it, may have brought anything. Of those from before keys were part of a revision nobody
//! knows what they held: what the next one holds is new.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::load::Loaded;
use super::revision::{Source, Version};
use super::settings::Settings;
use crate::base::ctx::kind_and_id;
use crate::base::{Actor, Instant};
use crate::directory::preset::Product;
use crate::flow::FlowError;
use crate::storage::connection::Revision;
use crate::storage::{Tx, connection};

/// Who brought something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bringer {
    /// The name of the actor.
    pub actor: String,
    /// When.
    pub at: Instant,
}

impl Bringer {
    /// Whether that is whoever was behind a setup link, or had a key of the API.
    fn is_lesser(&self) -> bool {
        matches!(kind_and_id(&self.actor).0, "setup_link" | "api_key")
    }
}

/// Something that somebody brought.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    /// The key with that SHA-256 of its `SubjectPublicKeyInfo`, hex.
    Key(String),
    /// The metadata that is followed.
    Metadata,
    /// What is at that path of the rest.
    Setting(String),
}

/// Who brought what a connection is now.
#[derive(Debug, Default)]
pub struct Brought {
    things: BTreeMap<Thing, Bringer>,
    /// Who may have brought anything.
    unread: Vec<Bringer>,
}

impl Brought {
    /// What was brought to that connection.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(in crate::flow) async fn to(tx: &mut Tx, loaded: &Loaded) -> Result<Self, FlowError> {
        let present = Version::present(tx, loaded).await?;
        let revisions = connection::list_revisions(tx, loaded.account.id, loaded.connection.id).await?;
        Ok(Self::by(revisions, &present))
    }

    /// What was brought by all the revisions of a connection, which are given in their order.
    pub(super) fn by(revisions: Vec<Revision>, present: &Version) -> Self {
        let (mut brought, mut before) = (Self::default(), BTreeMap::<Thing, Value>::new());
        let last = revisions.last().map(|stored| stored.number);
        for stored in revisions {
            let stored_number = stored.number;
            let version = Version::past(&stored, present);
            let is_by_itself = matches!(kind_and_id(&stored.actor).0, "job" | "idp");
            let is_followed = is_by_itself || Version::is_followed(&stored);
            let is_lent = stored.facts.is_none() && Some(stored.number) != last;
            let by = Bringer { actor: stored.actor, at: stored.created_at };
            let Ok((mut version, _)) = version else {
                brought.unread.extend((!is_by_itself).then_some(by));
                continue;
            };
            if is_lent {
                version = Version { idp_entity_id: String::new(), keys: Vec::new(), ..version };
            }
            let now = things(&version);
            if stored_number == 1 {
                before = usual(version.settings.product);
            }
            let is_same = before.get(&Thing::Metadata) == now.get(&Thing::Metadata);
            let source = brought.things.get(&Thing::Metadata).filter(|_| is_same).cloned();
            for thing in before.keys().chain(now.keys()) {
                let is_theirs =
                    |source: &&Bringer| is_followed || source.is_lesser() && is_of_metadata(&version, thing);
                let by = source.as_ref().filter(is_theirs).unwrap_or(&by);
                match (before.get(thing), now.get(thing), thing) {
                    (was, is, _) if was == is => {}
                    (_, None, Thing::Key(_) | Thing::Metadata) => drop(brought.things.remove(thing)),
                    _ => drop(brought.things.insert(thing.clone(), by.clone())),
                }
            }
            before = now;
        }
        brought
    }

    /// Whoever brought any of it, or may have.
    pub(super) fn bringers(&self) -> impl Iterator<Item = &Bringer> {
        self.unread.iter().chain(self.things.values())
    }

    /// Whether any of it was brought by somebody behind a setup link, but that one.
    pub(in crate::flow) fn is_by_visitor(&self, but: Option<Actor>) -> bool {
        let but = but.map(|actor| actor.to_string());
        let is_visitor = |by: &Bringer| kind_and_id(&by.actor).0 == "setup_link";
        let is_theirs = |by: &Bringer| is_visitor(by) && but.as_ref() != Some(&by.actor);
        self.bringers().any(is_theirs)
    }

    /// Who had the metadata followed.
    pub(super) fn of_metadata(&self) -> Option<&Bringer> {
        self.things.get(&Thing::Metadata)
    }

    /// Who brought the key with that SHA-256.
    pub(super) fn of_key(&self, spki_sha256: &str) -> Option<&Bringer> {
        self.things.get(&Thing::Key(spki_sha256.to_owned()))
    }
}

/// Whether that is a key of the metadata that is followed.
fn is_of_metadata(version: &Version, thing: &Thing) -> bool {
    let of_metadata = version.keys.iter().filter(|key| key.source == Source::Metadata);
    of_metadata.map(|key| Thing::Key(key.spki_sha256.clone())).any(|key| key == *thing)
}

/// All that [`Version::is_believed_otherwise`] compares, each thing as it is.
fn things(version: &Version) -> BTreeMap<Thing, Value> {
    let keys = version.keys.iter().map(|key| (Thing::Key(key.spki_sha256.clone()), json!(key)));
    let mut things: BTreeMap<_, _> = keys.collect();
    let metadata = version.settings.metadata.as_ref().map(|metadata| (Thing::Metadata, json!(metadata)));
    things.extend(metadata);
    let settings = Settings {
        metadata: None,
        is_request_signed: false,
        request_binding: None,
        ..version.settings.clone()
    };
    spread(
        String::new(),
        json!({ "idp_entity_id": version.idp_entity_id, "settings": settings }),
        &mut things,
    );
    things
}

/// What a new connection to a product is without anybody's doing. That holds for the product, too: what it
/// reads where a mapping has no rule was written by us, of what the identity provider signs, and somebody has to choose one.
fn usual(product: Product) -> BTreeMap<Thing, Value> {
    things(&Version {
        name: String::new(),
        idp_entity_id: String::new(),
        settings: Settings::usual(product),
        keys: Vec::new(),
    })
}

/// What is in `value`, each thing under its path. Of a list each part counts for itself, and the whole, since their order may
/// mean something.
fn spread(path: String, value: Value, into: &mut BTreeMap<Thing, Value>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                spread(format!("{path}/{name}"), value, into);
            }
        }
        whole => {
            for part in whole.as_array().into_iter().flatten() {
                into.insert(Thing::Setting(format!("{path} {part}")), Value::Bool(true));
            }
            into.insert(Thing::Setting(path), whole);
        }
    }
}
