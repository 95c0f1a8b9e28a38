//! Gatepost's own export: accounts with their connections, as [`crate::flow::connection::export`] writes it.
//!
//! Settings come whole, and are checked where connections are made. A connection keeps its id where that is free, so that
//! its own addresses stay what they were.

use super::at::{At, Wrongs};
use super::{Entry, Known, Owner};
use crate::base::sentence::sentence;

/// The only version there is.
pub const VERSION: u64 = 1;
/// The member that says so.
pub const MARK: &str = "gatepost_export";

pub(super) fn read(root: &At<'_>, wrongs: &mut Wrongs) -> Vec<Entry> {
    if root.member(MARK).is_none_or(|found| found.value.as_u64() != Some(VERSION)) {
        wrongs.add(MARK, sentence!("this program reads version 1 only"));
        return Vec::new();
    }
    let mut entries = Vec::new();
    for account in root.objects("accounts", wrongs) {
        let owner = account.needed("slug", wrongs).map(|slug| Owner {
            name: account.text("name", wrongs).unwrap_or_else(|| slug.clone()),
            external_id: account.text("external_id", wrongs),
            slug: Some(slug),
        });
        for at in account.objects("connections", wrongs) {
            entries.push(entry(&at, owner.clone(), wrongs));
        }
    }
    entries
}

fn entry(at: &At<'_>, owner: Option<Owner>, wrongs: &mut Wrongs) -> Entry {
    let name = at.text("name", wrongs);
    let entity_id = at.needed("idp_entity_id", wrongs).unwrap_or_default();
    let names = at.needed("sp_entity_id", wrongs).zip(at.needed("acs_url", wrongs));
    let state = at.needed("state", wrongs);
    let id = at.needed("id", wrongs).and_then(|id| {
        let read = id.parse().ok();
        if read.is_none() {
            wrongs.add(&format!("{}.id", at.place), sentence!("it is no connection's id"));
        }
        read
    });
    let listed = at.member("certificates").map(|found| serde_json::from_value(found.value.clone()));
    let certificates = listed.and_then(Result::ok).unwrap_or_else(|| {
        wrongs.add(&format!("{}.certificates", at.place), sentence!("it must be a list of texts"));
        Vec::new()
    });
    let settings = at.object("settings", wrongs);
    if settings.is_none() {
        wrongs.add(&format!("{}.settings", at.place), sentence!("it is missing"));
    }
    let is_off = state.as_deref() != Some("active");
    let mut notes = Vec::new();
    if let Some(state) = state.filter(|_| is_off) {
        notes.push(format!("It was {state} there."));
    }
    let known = Known {
        entity_id,
        certificates,
        names,
        is_off,
        id,
        settings: settings.map(|found| found.value.clone()),
        notes,
        ..Known::default()
    };
    Entry { place: at.place.clone(), name, owner, found: Ok(Box::new(known)) }
}
