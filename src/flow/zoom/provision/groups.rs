//! Groups that are pushed: each to the group of its name in Zoom, which is made if it is not there.
//!
//! # Design
//!
//! Of a group in Zoom, only those are ever taken out whom a push has put there, or found there when they were to be: that is
//! kept. Whom Zoom's administrators put into it by hand stays, also if they are one of our people; an administrator who
//! does so has a reason that the directory does not know, and would see it undone every day. (Other products overwrite the
//! whole group.)

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::people::{self, Known};
use super::settings::Settings;
use super::turn::Claimed;
use super::{view, wanted};
use crate::base::id::UserId;
use crate::flow::zoom::work::{Home, Stop};
use crate::flow::{FlowError, Gateway};
use crate::scim::group::Group;
use crate::storage::{StorageError, Tx, zoom_pushed};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;

/// Who is to be in which group: Zoom users by the group's name in small letters.
type Members = BTreeMap<String, BTreeSet<String>>;

/// Pushes the groups of the settings.
pub(super) async fn push(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
) -> Result<(), Stop> {
    if settings.groups.is_empty() {
        return Ok(());
    }
    let mut wanted = nobody(settings);
    let kept = people::all_kept(gateway, (home, claimed)).await?;
    people::each(gateway, (home, claimed), kept, |known| add(&mut wanted, settings, &known)).await?;
    push_members(gateway, (home, claimed), (settings, zoom), (&wanted, None)).await
}

/// The same for these people alone: all others in the groups stay as they are, and where nothing changes for these, Zoom is
/// not asked.
pub(super) async fn push_some(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
    users: &[UserId],
) -> Result<(), Stop> {
    if settings.groups.is_empty() {
        return Ok(());
    }
    let (mut wanted, mut only) = (nobody(settings), BTreeSet::new());
    for user in users {
        let mut tx = gateway.storage().read().await?;
        let Some(known) = people::find(&mut tx, home, *user).await? else { continue };
        only.extend(known.person.link.as_ref().map(|link| link.zoom_id.clone()));
        add(&mut wanted, settings, &known);
    }
    push_members(gateway, (home, claimed), (settings, zoom), (&wanted, Some(&only))).await
}

/// Whether somebody is in groups by pushes who is to be in others.
pub(super) async fn differ(
    tx: &mut Tx,
    home: &Home,
    settings: &Settings,
    known: &Known,
) -> Result<bool, StorageError> {
    let Some(link) = &known.person.link else { return Ok(false) };
    let mut wanted = nobody(settings);
    add(&mut wanted, settings, known);
    for (key, members) in &wanted {
        let is_in = zoom_pushed::has(tx, (home.account, key), &link.zoom_id, &home.keys).await?;
        if is_in == members.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The groups of the settings, with nobody in them.
fn nobody(settings: &Settings) -> Members {
    settings.groups.iter().map(|name| (name.to_lowercase(), BTreeSet::new())).collect()
}

/// Adds somebody to the groups that they are to be in.
fn add(members: &mut Members, settings: &Settings, known: &Known) {
    let is_there = known.kept.as_ref().is_some_and(|kept| !kept.is_off && !kept.is_pending);
    let person = &known.person;
    let is_meant = matches!(wanted(&settings.rules, &settings.mapping, person), Ok(Some(_)));
    let Some(link) = person.link.as_ref().filter(|_| is_there && is_meant) else { return };
    for group in person.fields.get("groups").into_iter().flatten() {
        if let Some(members) = members.get_mut(&group.trim().to_lowercase()) {
            members.insert(link.zoom_id.clone());
        }
    }
}

/// Puts `wanted` into the groups, and takes out whom a push has put there; of `only` these, if they are given.
async fn push_members(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
    (wanted, only): (&Members, Option<&BTreeSet<String>>),
) -> Result<(), Stop> {
    let (mut changes, mut problems, mut there) = (0, BTreeMap::new(), None::<Vec<Group>>);
    for name in &settings.groups {
        let key = name.to_lowercase();
        let none = BTreeSet::new();
        let wanted = wanted.get(&key).unwrap_or(&none);
        let mut tx = gateway.storage().read().await?;
        let mut pushed = zoom_pushed::list(&mut tx, (home.account, &key), &home.keys).await?;
        drop(tx);
        if let Some(only) = only {
            pushed.retain(|id| only.contains(id));
            if pushed == *wanted {
                continue;
            }
        }
        // Nothing is written of whom it never came to.
        let mut listed = match there.take() {
            Some(listed) => listed,
            None => zoom.scim_groups().await?,
        };
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        // Before Zoom hears of it: whoever goes on after a crash knows whom it has put there.
        let new: Vec<&str> = wanted.difference(&pushed).map(String::as_str).collect();
        zoom_pushed::insert(&mut tx, (home.account, &key), &new, &home.keys).await?;
        tx.commit().await?;
        let done = one(zoom, (name, wanted, &pushed), &mut listed).await;
        there = Some(listed);
        match done {
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
            Err(error @ (ApiError::Unknown { .. } | ApiError::Conflict)) => {
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
