//! Connections of accounts to their identity providers: everything but the sign-ins themselves.
//!
//! | file | what |
//! |---|---|
//! | `create`, `names`, [`import`], [`paste`], [`plan`] | a new one: from fields or metadata, under which names, from another product, from a box, before anything is known |
//! | [`settings`], [`strictness`], [`mapping_form`], `check` | what it may be: as stored, two forms of it, what cannot be |
//! | [`revision`], [`update`] | the one way in which it changes, and what changes by hand |
//! | [`metadata`], [`refresh`], [`drift`], [`unknown_key`] | what the identity provider publishes: read, fetched, waiting for an owner; keys that only messages show |
//! | [`lifecycle`], [`tested`], [`test_keys`], `told` | tested, active, off, retired; what owners are told of it by mail |
//! | [`believed`], [`brought`] | who brought what it believes: each key, and who may make no owners, for whoever makes an owner of somebody who signs in by it |
//! | [`load`], [`visited`], [`alias`] | what a sign-in needs of it, and flows about it; what of it is a setup link's; other addresses that count |
//! | [`keys`], [`published`], [`export`], [`show`], [`outline`] | our side: keys, our metadata; all of it as a document, for a page, and of all of an account in short |
//! | `rejudge`, [`what_if`], [`playground`], `veil`, [`errand`] | recorded messages judged again; what is shown of them; how many at once |
//!
//! Entity ID and ACS URL of a connection are stored when it is made and never computed again: they stand in the settings
//! of somebody's identity provider.

pub mod alias;
pub mod believed;
pub mod brought;
mod check;
mod create;
pub mod drift;
pub mod errand;
pub mod export;
pub mod import;
pub mod keys;
pub mod lifecycle;
pub mod load;
pub mod mapping_form;
pub mod metadata;
mod names;
pub mod outline;
pub mod paste;
pub mod plan;
pub mod playground;
pub mod published;
pub mod refresh;
mod rejudge;
pub mod revision;
pub mod settings;
pub mod show;
pub mod strictness;
pub mod test_keys;
pub mod tested;
mod told;
pub mod unknown_key;
pub mod update;
mod veil;
pub mod visited;
pub mod what_if;

use std::collections::HashMap;

use super::{FlowError, Gateway, grant};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::state::ConnectionState;
use crate::storage::{connection, service_provider};
use gatepost_saml::response;

pub use create::{Create, Extras, IdentityProvider, ServiceProvider, create, create_as};
pub use lifecycle::{Switch, switch};
pub use published::metadata as own_metadata;
pub(super) use rejudge::judge_email;

/// So many characters of an id tell two apart for people.
const ID_END: usize = 4;

/// A connection as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// The identity provider's entity ID.
    pub idp_entity_id: String,
    /// Our entity ID towards it.
    pub sp_entity_id: String,
    /// Where responses are posted.
    pub acs_url: String,
    /// Where our metadata is.
    pub metadata_url: String,
    /// Where a sign-in starts.
    pub login_url: String,
}

/// An account's connections, oldest first; for whoever came by a setup link, those that they have to do with, without the
/// identity provider of those that are in use.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, account: &Slug) -> Result<Vec<ConnectionView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadConnections, account).await?;
    let mut views = Vec::new();
    for found in visited::list(&mut tx, ctx, account.id).await? {
        let sp = service_provider::find(&mut tx, account.id, found.service_provider_id).await?;
        if let Some(sp) = sp {
            let mut view = view(gateway, &found, &sp);
            if visited::is_closed(ctx, found.state) {
                view.idp_entity_id.clear();
            }
            views.push(view);
        }
    }
    Ok(views)
}

/// What each of the connections is called where several stand side by side: its name, and where another has the same, the
/// identity provider's entity ID as well; where that is the same too, the end of its id.
#[must_use]
pub fn told_apart(connections: &[(&str, &str, ConnectionId)]) -> Vec<String> {
    let mut named: HashMap<String, usize> = HashMap::new();
    let mut of_one: HashMap<(String, &str), usize> = HashMap::new();
    for (name, entity_id, _) in connections {
        *named.entry(name.to_lowercase()).or_default() += 1;
        *of_one.entry((name.to_lowercase(), *entity_id)).or_default() += 1;
    }
    let told = |(name, entity_id, id): &(&str, &str, ConnectionId)| {
        if named.get(&name.to_lowercase()).is_none_or(|count| *count == 1) {
            return (*name).to_owned();
        }
        let short = entity_id.split_once("://").map_or(*entity_id, |(_, rest)| rest).to_owned();
        let is_twice = of_one.get(&(name.to_lowercase(), *entity_id)).is_some_and(|count| *count > 1);
        let id = id.to_string();
        let end = id.get(id.len().saturating_sub(ID_END)..).filter(|_| is_twice).map(|end| format!("…{end}"));
        let marks: Vec<_> =
            [Some(short).filter(|short| !short.is_empty()), end].into_iter().flatten().collect();
        if marks.is_empty() { (*name).to_owned() } else { format!("{name} ({})", marks.join(", ")) }
    };
    connections.iter().map(told).collect()
}

/// What the engine judges messages of a connection with, whatever its state: to explain what happens there.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn engine(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<response::Settings, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    loaded.engine(gateway, &mut tx).await
}

fn view(
    gateway: &Gateway,
    connection: &connection::Connection,
    sp: &service_provider::ServiceProvider,
) -> ConnectionView {
    let base = format!("{}/saml/{}", gateway.public_url(), connection.id);
    ConnectionView {
        id: connection.id,
        name: connection.name.clone(),
        state: connection.state,
        idp_entity_id: connection.idp_entity_id.clone(),
        sp_entity_id: sp.entity_id.clone(),
        acs_url: sp.acs_url.clone(),
        metadata_url: format!("{base}/metadata"),
        login_url: format!("{base}/login"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_one_name_are_told_apart() {
        let id = |last: &str| format!("conn_0123456789abcdefghjkmn{last}").parse::<ConnectionId>().unwrap();
        let (one, two) = (id("npqr"), id("npqs"));
        let told = told_apart(&[
            ("Okta", "http://www.okta.com/exk1", one),
            ("Entra", "urn:x", one),
            ("okta", "urn:y", two),
        ]);
        assert_eq!(told, ["Okta (www.okta.com/exk1)", "Entra", "okta (urn:y)"]);
        assert_eq!(told_apart(&[("Okta", "", one), ("okta", "urn:y", two)]), ["Okta", "okta (urn:y)"]);
        let twice = told_apart(&[("Okta", "urn:x", one), ("Okta", "urn:x", two), ("Okta", "urn:y", two)]);
        assert_eq!(twice, ["Okta (urn:x, …npqr)", "Okta (urn:x, …npqs)", "Okta (urn:y)"]);
        assert_eq!(told_apart(&[("Okta", "", one), ("Okta", "", two)]), ["Okta (…npqr)", "Okta (…npqs)"]);
    }
}
