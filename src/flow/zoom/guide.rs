//! What is to be ticked in Zoom's Marketplace for what a link is used for.

use super::entered::checked_capabilities;
use super::link::{self, Addresses};
use crate::access::Action;
use crate::base::Ctx;
use crate::directory::account::Slug;
use crate::directory::state::ZoomKind;
use crate::flow::{FlowError, Gateway, grant};
use crate::zoom::scope::{Capability, Need, WHOSE};
use crate::zoom::webhook::kind::{EventType, Kind, TYPES};

/// What a link can be used for, by its stable names, in the order to show.
pub const CAPABILITIES: [&str; 3] =
    [Capability::Events.name(), Capability::Provisioning.name(), Capability::Inventory.name()];

/// A scope to tick, in both kinds of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRow {
    /// In an app that has classic scopes.
    pub classic: &'static str,
    /// In one that has granular ones.
    pub granular: &'static str,
    /// The stable name of what it is for.
    pub need: &'static str,
    /// Whether the rest works without it.
    pub is_optional: bool,
}

/// A type of events to tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRow {
    /// As Zoom's API calls it.
    pub name: &'static str,
    /// As Zoom's list calls it; empty where that is not known.
    pub label: &'static str,
    /// Whether the rest works without it.
    pub is_optional: bool,
}

/// What is to be ticked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guide {
    /// Scopes.
    pub scopes: Vec<ScopeRow>,
    /// Types of events, by what they are about.
    pub events: Vec<(&'static str, Vec<EventRow>)>,
}

/// The same for an account, with what is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guided {
    /// With which app.
    pub kind: ZoomKind,
    /// For what.
    pub uses: Vec<&'static str>,
    /// What the app is to be called.
    pub app_name: String,
    /// Where Zoom finds us.
    pub addresses: Addresses,
    /// What is to be ticked.
    pub guide: Guide,
}

/// What an account's app is to be called: Zoom takes fifty characters.
#[must_use]
pub fn app_name(account: &str) -> String {
    format!("Gatepost {account}").chars().take(50).collect()
}

/// What is to be ticked and copied for an account, for these uses and with that kind of app; where nothing is said, those of
/// its link, or else all of them and a Server-to-Server app.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] for a use that there is not.
pub async fn read(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (uses, kind): (&[String], Option<ZoomKind>),
) -> Result<Guided, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    drop(tx);
    let link::Shown { link, addresses, .. } = link::show(gateway, ctx, slug).await?;
    let uses: Vec<&'static str> = if uses.is_empty() {
        link.as_ref().map_or_else(|| CAPABILITIES.to_vec(), |link| link.capabilities.clone())
    } else {
        let chosen = checked_capabilities(uses)?;
        CAPABILITIES.into_iter().filter(|name| chosen.split(' ').any(|one| one == *name)).collect()
    };
    let kind = kind.or(link.map(|link| link.kind)).unwrap_or(ZoomKind::ServerToServer);
    Ok(Guided { kind, app_name: app_name(&account.name), addresses, guide: of(&uses, kind), uses })
}

/// What is to be ticked in an app of that kind for these uses.
#[must_use]
pub fn of(wanted: &[&str], kind: ZoomKind) -> Guide {
    let wanted: Vec<_> = wanted.iter().filter_map(|name| Capability::from_name(name)).collect();
    let mut guide = Guide::default();
    for capability in &wanted {
        for need in capability.needs() {
            add(&mut guide.scopes, need);
        }
    }
    if kind != ZoomKind::ServerToServer {
        add(&mut guide.scopes, &WHOSE);
    }
    if wanted.contains(&Capability::Events) {
        for kind in Kind::ALL {
            let of_kind = TYPES.iter().filter(|known| known.kind == kind && known.is_asked_for);
            let row = |known: &EventType| EventRow {
                name: known.name,
                label: known.label,
                is_optional: known.is_optional,
            };
            let rows: Vec<_> = of_kind.map(row).collect();
            if !rows.is_empty() {
                guide.events.push((kind.name(), rows));
            }
        }
    }
    guide
}

fn add(rows: &mut Vec<ScopeRow>, need: &Need) {
    match rows.iter_mut().find(|row| row.granular == need.granular) {
        Some(known) => known.is_optional &= need.is_optional,
        None => rows.push(ScopeRow {
            classic: need.classic,
            granular: need.granular,
            need: need.name,
            is_optional: need.is_optional,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_follows_what_is_wanted() {
        let granular = |wanted: &[&str], kind| {
            of(wanted, kind).scopes.iter().map(|row| row.granular).collect::<Vec<_>>()
        };
        assert_eq!(
            granular(&["provisioning"], ZoomKind::ServerToServer),
            ["scim2:admin", "user:read:list_users:admin", "user:delete:user:admin"]
        );
        // Zoom lets nobody subscribe to an event whose scope the app does not have.
        assert_eq!(
            granular(&["events"], ZoomKind::ServerToServer),
            [
                "meeting:read:meeting:admin",
                "meeting:read:participant:admin",
                "meeting:read:registrant:admin",
                "cloud_recording:read:recording:admin",
            ]
        );
        let classic = of(&["events"], ZoomKind::ServerToServer).scopes;
        assert!(classic.iter().all(|row| row.classic.ends_with(":read:admin")), "no more than is needed");
        let all = granular(&CAPABILITIES, ZoomKind::General);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "each once");
        assert!(all.contains(&"user:read:user:admin"), "whose an authorisation is");
        assert!(of(&["inventory"], ZoomKind::General).events.is_empty());
        let events: Vec<_> = of(&["events"], ZoomKind::General).events;
        let rows: Vec<_> = events.iter().flat_map(|(_, rows)| rows).collect();
        let needed = rows.iter().filter(|row| !row.is_optional && !row.label.is_empty());
        assert_eq!(needed.count(), 19, "those that a platform follows meetings and recordings by");
        assert!(rows.iter().any(|row| row.name == "recording.batch_deleted" && row.is_optional));
        assert!(of(&["nothing"], ZoomKind::ServerToServer).scopes.is_empty());
    }
}
