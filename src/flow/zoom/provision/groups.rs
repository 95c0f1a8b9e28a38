//! Groups that are pushed: each to the group of its name in Zoom, which is made if it is not there.
//!
//! Of a group in Zoom, only members who are linked to people of ours are ever taken out; whoever else is in it stays.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::settings::Settings;
use super::turn::Claimed;
use super::{Home, Stop, people};
use crate::flow::{FlowError, Gateway};
use crate::scim::attribute::Attribute;
use crate::scim::group::Group;
use crate::storage::people as stored_people;
use crate::storage::people::Filter;
use crate::storage::zoom_provisioning::{self, Among};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;
use crate::zoom::provision::plan::Standing;
use crate::zoom::provision::rule::first;

const PORTION: i64 = 500;

/// Who is to be in which group.
struct Wanted {
    /// Zoom users by the group's name in small letters.
    members: BTreeMap<String, BTreeSet<String>>,
    /// Zoom users who are linked to somebody of ours.
    ours: HashSet<String>,
}

/// Pushes the groups of the settings.
pub(super) async fn push(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
) -> Result<(), Stop> {
    if settings.groups.is_empty() {
        return Ok(());
    }
    let wanted = wanted(gateway, (home, claimed), settings).await?;
    let mut there = zoom.scim_groups().await?;
    let (mut changes, mut problems) = (0, BTreeMap::new());
    for name in &settings.groups {
        claimed.renew(gateway, home).await?;
        let none = BTreeSet::new();
        let members = wanted.members.get(&name.to_lowercase()).unwrap_or(&none);
        match one(zoom, (name, members, &wanted.ours), &mut there).await {
            Ok((moved, has_taken)) => {
                changes += moved;
                if !has_taken {
                    *problems.entry("ignored".to_owned()).or_insert(0) += 1;
                }
            }
            Err(error) if error.is_of_the_link() || error.passes() => return Err(Stop::Zoom(error)),
            Err(error) => {
                *problems.entry(error.kind().to_owned()).or_insert(0) += 1;
            }
        }
    }
    let mut totals: super::plan::Totals = serde_json::from_str(&claimed.run.totals).unwrap_or_default();
    totals.group_changes = changes;
    totals.group_problems = problems;
    claimed.run.totals = serde_json::to_string(&totals).map_err(|_| FlowError::Internal("totals"))?;
    Ok(())
}

/// One group; how many members came or went, and whether it is now as it was to be.
async fn one(
    zoom: &Zoom,
    (name, wanted, ours): (&str, &BTreeSet<String>, &HashSet<String>),
    there: &mut Vec<Group>,
) -> Result<(u32, bool), ApiError> {
    let named = |group: &&Group| group.display_name.eq_ignore_ascii_case(name);
    let found = match there.iter().find(named).cloned() {
        Some(found) => zoom.scim_group(&found.id).await?,
        // A group is made for somebody, not for nobody.
        None if wanted.is_empty() => return Ok((0, true)),
        None => match zoom.scim_create_group(name).await {
            Ok(made) => Group { members: Some(Vec::new()), ..made },
            // It may have been made all the same, now or by a run that was cut off.
            Err(error @ (ApiError::Unknown | ApiError::Conflict)) => {
                *there = zoom.scim_groups().await?;
                let found = there.iter().find(named).cloned().ok_or(error)?;
                zoom.scim_group(&found.id).await?
            }
            Err(error) => return Err(error),
        },
    };
    // Servers may leave the members of a large group out: then all are added, which may be done again.
    let held: HashSet<&str> = found.members.iter().flatten().map(String::as_str).collect();
    let added: Vec<&str> = wanted.iter().map(String::as_str).filter(|id| !held.contains(id)).collect();
    let mut removed: Vec<&str> =
        held.iter().copied().filter(|id| ours.contains(*id) && !wanted.contains(*id)).collect();
    removed.sort_unstable();
    if added.is_empty() && removed.is_empty() {
        return Ok((0, true));
    }
    zoom.scim_change_group(&found.id, &added, &removed).await?;
    let now = zoom.scim_group(&found.id).await?.members;
    let has_taken = now.is_none_or(|now| {
        let has = |id: &&str| now.iter().any(|held| held == id);
        added.iter().all(has) && !removed.iter().any(has)
    });
    Ok((u32::try_from(added.len() + removed.len()).unwrap_or(u32::MAX), has_taken))
}

async fn wanted(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    settings: &Settings,
) -> Result<Wanted, Stop> {
    let names: HashSet<String> = settings.groups.iter().map(|name| name.to_lowercase()).collect();
    let mut wanted = Wanted { members: BTreeMap::new(), ours: HashSet::new() };
    let (mut links, mut after) = (HashMap::new(), None);
    loop {
        let mut tx = gateway.storage().read().await?;
        let of = (home.account, Among::All);
        let kept = zoom_provisioning::list_people(&mut tx, of, (after, PORTION), &home.keys).await?;
        drop(tx);
        let Some(last) = kept.last() else { break };
        after = Some(last.user_id);
        for kept in kept.into_iter().filter(|kept| kept.zoom_id.is_some()) {
            wanted.ours.extend(kept.zoom_id.clone());
            links.insert(kept.user_id, kept);
        }
        claimed.renew(gateway, home).await?;
    }
    let mut after = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let page = (after, PORTION);
        let listed = stored_people::list(&mut tx, home.account, &Filter::default(), page, &home.keys).await?;
        drop(tx);
        let Some(last) = listed.last() else { return Ok(wanted) };
        after = Some(last.user.id);
        for one in listed {
            let Some(kept) = links.remove(&one.user.id) else { continue };
            let (zoom_id, is_there) = (kept.zoom_id.clone(), !kept.is_off && !kept.is_pending);
            let person = people::known(&one.user, Some(kept))?.person;
            let is_meant = person.standing == Standing::Active
                && first(&settings.rules, &person.fields).is_some()
                && settings
                    .mapping
                    .apply(&person.fields)
                    .is_ok_and(|values| values.get(Attribute::Active) != Some("false"));
            let Some(zoom_id) = zoom_id.filter(|_| is_there && is_meant) else { continue };
            for group in person.fields.get("groups").into_iter().flatten() {
                let group = group.trim().to_lowercase();
                if names.contains(&group) {
                    wanted.members.entry(group).or_default().insert(zoom_id.clone());
                }
            }
        }
        claimed.renew(gateway, home).await?;
    }
}
