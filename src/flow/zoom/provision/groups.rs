//! Groups that are pushed: each to the group of its name in Zoom, which is made if it is not there.
//!
//! # Design
//!
//! Of a group in Zoom, only those are ever taken out whom a push has put there, or found there when they were to be: that is
//! kept. Whom Zoom's administrators put into it by hand stays, also if they are one of our people; an administrator who
//! does so has a reason that the directory does not know, and would see it undone every day. (Other products overwrite the
//! whole group.)

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::settings::Settings;
use super::turn::Claimed;
use super::{people, view, wanted};
use crate::flow::zoom::work::{Home, Stop};
use crate::flow::{FlowError, Gateway};
use crate::scim::group::Group;
use crate::storage::zoom_pushed;
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;

/// Pushes the groups of the settings.
pub(super) async fn push(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
) -> Result<(), Stop> {
    if settings.groups.is_empty() {
        return Ok(());
    }
    let wanted = members(gateway, (home, claimed), settings).await?;
    let mut there = zoom.scim_groups().await?;
    let (mut changes, mut problems) = (0, BTreeMap::new());
    for name in &settings.groups {
        let key = name.to_lowercase();
        let none = BTreeSet::new();
        let wanted = wanted.get(&key).unwrap_or(&none);
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        let pushed = zoom_pushed::list(&mut tx, (home.account, &key), &home.keys).await?;
        // Before Zoom hears of it: whoever goes on after a crash knows whom it has put there.
        let new: Vec<&str> = wanted.difference(&pushed).map(String::as_str).collect();
        zoom_pushed::insert(&mut tx, (home.account, &key), &new, &home.keys).await?;
        tx.commit().await?;
        match one(zoom, (name, wanted, &pushed), &mut there).await {
            Ok((moved, true)) => {
                changes += moved;
                let mut tx = gateway.storage().write().await?;
                let gone: Vec<&str> = pushed.difference(wanted).map(String::as_str).collect();
                zoom_pushed::delete(&mut tx, (home.account, &key), &gone, &home.keys).await?;
                tx.commit().await?;
            }
            Ok((moved, false)) => {
                changes += moved;
                *problems.entry("ignored".to_owned()).or_insert(0) += 1;
            }
            Err(error) if error.is_of_the_link() || error.passes() => return Err(Stop::Zoom(error)),
            Err(error) => {
                *problems.entry(error.kind().to_owned()).or_insert(0) += 1;
            }
        }
    }
    let mut totals = view::totals(&claimed.row)?;
    totals.group_changes = changes;
    totals.group_problems = problems;
    claimed.row.totals = serde_json::to_string(&totals).map_err(|_| FlowError::Internal("totals"))?;
    Ok(())
}

/// One group; how many members came or went, and whether it is now as it was to be.
async fn one(
    zoom: &Zoom,
    (name, wanted, pushed): (&str, &BTreeSet<String>, &BTreeSet<String>),
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
    // Servers may leave the members of a large group out: then all are added and taken out, which may be done again.
    let held: Option<HashSet<&str>> =
        found.members.as_ref().map(|members| members.iter().map(String::as_str).collect());
    let holds = |id: &&str, unknown| held.as_ref().map_or(unknown, |held| held.contains(id));
    let added: Vec<&str> = wanted.iter().map(String::as_str).filter(|id| !holds(id, false)).collect();
    let removed: Vec<&str> =
        pushed.difference(wanted).map(String::as_str).filter(|id| holds(id, true)).collect();
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

/// Who is to be in which group: Zoom users by the group's name in small letters.
async fn members(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    settings: &Settings,
) -> Result<BTreeMap<String, BTreeSet<String>>, Stop> {
    let names: HashSet<String> = settings.groups.iter().map(|name| name.to_lowercase()).collect();
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut kept = people::all_kept(gateway, (home, claimed)).await?;
    kept.retain(|_, kept| kept.zoom_id.is_some() && !kept.is_off && !kept.is_pending);
    people::each(gateway, (home, claimed), kept, |known| {
        let person = known.person;
        let is_meant = matches!(wanted(&settings.rules, &settings.mapping, &person), Ok(Some(_)));
        let Some(link) = person.link.filter(|_| is_meant) else { return };
        for group in person.fields.get("groups").into_iter().flatten() {
            let group = group.trim().to_lowercase();
            if names.contains(&group) {
                members.entry(group).or_default().insert(link.zoom_id.clone());
            }
        }
    })
    .await?;
    Ok(members)
}
