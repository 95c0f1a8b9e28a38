//! Planning a run: all of Zoom's users by both of their lists, all of our people one after the other → steps, kept.
//!
//! Nothing is planned on the strength of a list that is not whole: whoever is missing in it would be made a second time,
//! or counted as gone. A run that was cut off here is planned anew from the beginning, since nothing was done yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::people;
use super::settings::Settings;
use super::turn::Claimed;
use crate::base::id::UserId;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomRunKind, ZoomStepState};
use crate::flow::zoom::work::{Home, Stop, now};
use crate::flow::{FlowError, Gateway};
use crate::scim;
use crate::scim::attribute::Attribute;
use crate::scim::list::Walk;
use crate::storage::zoom_step::{self, RunStep};
use crate::storage::{StorageError, Tx, user, zoom_person, zoom_run};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;
use crate::zoom::inventory::seat;
use crate::zoom::provision::plan::{
    Action, FoundKind, Note, NoteKind, Person, Plan, Seat, SeatState, Standing, Step, Toggles,
    is_administrator,
};
use crate::zoom::provision::planner::Planner;
use crate::zoom::users::Sweep;

/// Steps that are written at a time.
const BATCH: usize = 256;
/// People of one address who are looked at together.
const MAX_RIVALS: i64 = 20;
/// Notes that are kept; all of them are counted.
const MAX_NOTES: usize = 10_000;

/// What a plan comes to, as it is kept: nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Steps by action: `create` → 12.
    pub actions: BTreeMap<String, u32>,
    /// Licences that are taken, less those that are given back.
    pub licences: i64,
    /// Zoom users that we look after.
    pub looked_after: u64,
    /// Zoom users who are none of our people.
    pub orphans: u32,
    /// Notes by kind.
    pub notes: BTreeMap<String, u32>,
    /// Whether Zoom tells us of users by SCIM alone: invitations, administrators and licences are not known then.
    pub is_by_scim_alone: bool,
    /// Groups that are pushed when it is carried out: what changes in them is seen then, and in no plan.
    pub groups: u32,
    /// Members who came into groups that are pushed, or went out of them.
    pub group_changes: u32,
    /// Groups that could not be pushed, by the stable name of the cause.
    pub group_problems: BTreeMap<String, u32>,
}

/// A note, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredNote {
    pub(super) zoom_id: Option<String>,
    /// What it is about more closely: an attribute, an action, another person.
    pub(super) detail: Option<String>,
}

/// The plan of a run, kept: what it comes to, and how many steps there are.
pub(super) struct Planned {
    pub(super) totals: Totals,
    pub(super) steps: i64,
    pub(super) needs_confirmation: bool,
}

/// Plans a run for everybody.
pub(super) async fn everybody(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
) -> Result<Planned, Stop> {
    let (seats, is_by_scim_alone) = read_seats(gateway, claimed, (settings, zoom)).await?;
    let mut tx = gateway.storage().read().await?;
    let proofs = people::proofs(&mut tx, home).await?;
    drop(tx);
    let with = (&settings.mapping, &proofs);
    // Off, it is what would be done if it were on.
    let toggles = Toggles { is_on: true, ..settings.toggles.clone() };
    let planner = Planner::new(&toggles, &settings.rules, with, seats);
    let mut planner = planner.by_scim_alone(is_by_scim_alone);
    let kept = people::all_kept(gateway, (home, claimed)).await?;
    for kept in kept.values() {
        if let Some(zoom_id) = &kept.zoom_id {
            planner.claim(&kept.user_id.to_string(), zoom_id);
        }
    }
    let only_looks = claimed.row.kind == ZoomRunKind::Plan;
    let (mut moved, mut blamed) = (Vec::new(), Vec::new());
    people::each(gateway, (home, claimed), kept, |known| {
        moved.extend(people::moved(&settings.rules, &known).filter(|_| !only_looks));
        blamed.extend(people::blamed(&known));
        planner.add(&known.person);
    })
    .await?;
    let mut plan = planner.finish();
    if only_looks {
        // What would still be taken away by other settings is not forgotten by looking.
        plan.found.retain(|found| found.what != FoundKind::Over);
    }
    people::keep_moved(gateway, (home, claimed), &moved).await?;
    people::keep_found(gateway, (home, claimed), &plan.found).await?;
    let is_on = settings.toggles.is_on;
    people::keep_problems(gateway, (home, claimed), (&blamed, &plan, is_on)).await?;
    let looked_after = u64::from(plan.totals.looked_after);
    let mut needs_confirmation = plan.needs_confirmation;
    if claimed.row.kind == ZoomRunKind::Schedule {
        let now = now(gateway);
        needs_confirmation |= adds_up(gateway, home, (&settings.toggles, now), (&plan, looked_after)).await?;
    }
    let plan = (plan, looked_after, is_by_scim_alone);
    let mut done = keep(gateway, (home, claimed), plan, needs_confirmation).await?;
    done.totals.groups = u32::try_from(settings.groups.len()).unwrap_or(u32::MAX);
    Ok(done)
}

/// Plans a run for some people: each is looked up by themselves.
pub(super) async fn some(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, claimed): (&Home, &mut Claimed),
    (settings, zoom): (&Settings, &Zoom),
    mut users: Vec<UserId>,
) -> Result<Planned, Stop> {
    let (mut seats, mut persons, mut claims) = (Vec::new(), Vec::new(), Vec::new());
    let (mut moved, mut blamed, mut place) = (Vec::new(), Vec::new(), 0);
    while let Some(user) = users.get(place).copied() {
        place += 1;
        let mut tx = gateway.storage().read().await?;
        let Some(known) = people::find(&mut tx, home, user).await? else { continue };
        moved.extend(people::moved(&settings.rules, &known));
        blamed.extend(people::blamed(&known));
        let person = known.person;
        for rival in rivals(&mut tx, home, settings, &person).await? {
            if !users.contains(&rival) {
                users.push(rival);
            }
        }
        drop(tx);
        for seat in look_up(zoom, settings, &person).await? {
            let mut tx = gateway.storage().read().await?;
            let owner =
                zoom_person::find_by_zoom_id(&mut tx, home.account, &seat.zoom_id, &home.keys).await?;
            claims.extend(owner.map(|owner| (owner.user_id.to_string(), seat.zoom_id.clone())));
            seats.push(seat);
        }
        persons.push(person);
        claimed.renew(gateway).await?;
    }
    let mut tx = gateway.storage().read().await?;
    let proofs = people::proofs(&mut tx, home).await?;
    drop(tx);
    let with = (&settings.mapping, &proofs);
    let mut planner = Planner::new(&settings.toggles, &settings.rules, with, seats);
    for (person, zoom_id) in &claims {
        planner.claim(person, zoom_id);
    }
    for person in &persons {
        planner.add(person);
    }
    let mut plan = planner.finish();
    people::keep_moved(gateway, (home, claimed), &moved).await?;
    people::keep_found(gateway, (home, claimed), &plan.found).await?;
    people::keep_problems(gateway, (home, claimed), (&blamed, &plan, settings.toggles.is_on)).await?;
    // Whoever was not asked about is no orphan.
    plan.notes.retain(|note| note.kind != NoteKind::Orphan);
    plan.totals.orphans = 0;
    let mut tx = gateway.storage().read().await?;
    let looked_after = zoom_person::count_linked(&mut tx, home.account).await?;
    drop(tx);
    let needs = adds_up(gateway, home, (&settings.toggles, ctx.now), (&plan, looked_after)).await?;
    keep(gateway, (home, claimed), (plan, looked_after, false), needs).await
}

/// Others who may want the Zoom user of somebody who has none: who has the same address is looked at with them.
async fn rivals(
    tx: &mut Tx,
    home: &Home,
    settings: &Settings,
    person: &Person,
) -> Result<Vec<UserId>, FlowError> {
    let is_looking = person.link.is_none() && person.standing == Standing::Active;
    let Some(values) = settings.mapping.apply(&person.fields).ok().filter(|_| is_looking) else {
        return Ok(Vec::new());
    };
    let address = values.get(Attribute::UserName).unwrap_or_default();
    let found = user::list_by_email(tx, home.account, (address, MAX_RIVALS), &home.keys).await?;
    Ok(found.into_iter().map(|user| user.id).collect())
}

/// Whether a plan takes away more than may be without an owner's word, with what was taken away within a day by runs that
/// nobody was asked about: a district that shrinks a person at a time is asked about as one that shrinks at once.
async fn adds_up(
    gateway: &Gateway,
    home: &Home,
    (toggles, now): (&Toggles, Instant),
    (plan, looked_after): (&Plan, u64),
) -> Result<bool, FlowError> {
    let removed = u64::from(plan.totals.of(Action::Disable) + plan.totals.of(Action::Delete));
    if removed == 0 {
        return Ok(false);
    }
    let mut tx = gateway.storage().read().await?;
    let since = now.plus_seconds(-DAY_SECONDS);
    let before = zoom_run::count_removed(&mut tx, home.account, since).await?;
    Ok(toggles.is_too_much(removed + before, looked_after))
}

/// All of Zoom's users; whether by SCIM alone.
async fn read_seats(
    gateway: &Gateway,
    claimed: &mut Claimed,
    (settings, zoom): (&Settings, &Zoom),
) -> Result<(Vec<Seat>, bool), Stop> {
    // All of them are in memory at once: without what no plan looks at.
    const LOOKED_AT: [Attribute; 4] =
        [Attribute::UserName, Attribute::Active, Attribute::UserType, Attribute::Roles];
    let needed: HashSet<Attribute> = settings.mapping.attributes().chain(LOOKED_AT).collect();
    let mut walk = Walk::default();
    let mut by_id: HashMap<Box<str>, scim::user::User> = HashMap::new();
    while let Some(page) = zoom.scim_page(&mut walk).await? {
        for mut user in page {
            user.values.keep(|attribute| needed.contains(&attribute));
            user.groups = Vec::new();
            by_id.insert(user.id.as_str().into(), user);
        }
        claimed.row.seen = i64::try_from(by_id.len()).unwrap_or(i64::MAX);
        claimed.renew(gateway).await?;
    }
    if walk.is_short() {
        return Err(Stop::Senseless("list_short"));
    }
    let mut seats = Vec::with_capacity(by_id.len());
    for sweep in Sweep::ALL {
        let (mut next, mut came) = (None::<String>, 0_u64);
        loop {
            let page = match zoom.users_page(sweep, next.as_deref()).await {
                // An app may have been given SCIM and nothing else.
                Err(ApiError::ScopeMissing { .. }) if seats.is_empty() && came == 0 => {
                    let all = by_id.into_values().map(seat_of_scim).collect();
                    return Ok((all, true));
                }
                page => page?,
            };
            came += u64::try_from(page.users.len()).unwrap_or(u64::MAX);
            for user in page.users {
                let scim = user.id.as_deref().and_then(|id| by_id.remove(id));
                seats.push(seat(sweep, &user, scim));
            }
            claimed.renew(gateway).await?;
            next = page.next;
            if next.is_none() {
                if page.total.is_some_and(|total| came < total) {
                    return Err(Stop::Senseless("list_short"));
                }
                break;
            }
        }
    }
    // Between the lists somebody may have come.
    seats.extend(by_id.into_values().map(seat_of_scim));
    Ok((seats, false))
}

/// A Zoom user of whom SCIM alone tells.
fn seat_of_scim(user: scim::user::User) -> Seat {
    let has = |attribute, names: &[&str]| {
        user.values
            .get(attribute)
            .is_some_and(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
    };
    Seat {
        state: if user.values.get(Attribute::Active) == Some("false") {
            SeatState::Inactive
        } else {
            SeatState::Active
        },
        is_licensed: has(Attribute::UserType, &["licensed"]),
        is_protected: is_administrator(&user.values),
        is_complete: false,
        zoom_id: user.id,
        values: user.values,
    }
}

/// Somebody of that address who has not accepted their invitation.
fn seat_of_invited(address: &str) -> Seat {
    Seat {
        zoom_id: String::new(),
        state: SeatState::Pending,
        values: [(Attribute::UserName, address)].into_iter().collect(),
        is_licensed: false,
        is_protected: false,
        is_complete: false,
    }
}

/// The Zoom users of one person: their own, or the one of their address, and an invitation that went to another.
async fn look_up(zoom: &Zoom, settings: &Settings, person: &Person) -> Result<Vec<Seat>, ApiError> {
    let complete = |user| Seat { is_complete: true, ..seat_of_scim(user) };
    if let Some(link) = &person.link {
        match zoom.scim_get(&link.zoom_id).await {
            Ok(user) => return Ok(vec![complete(user)]),
            Err(ApiError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let values = settings.mapping.apply(&person.fields).ok();
    let name = values.as_ref().and_then(|values| values.get(Attribute::UserName));
    let mut seats = Vec::new();
    if let Some(invited) = person.invited_as.as_deref().filter(|invited| name != Some(*invited)) {
        match zoom.scim_find(invited).await {
            Err(ApiError::NotFound) => seats.push(seat_of_invited(invited)),
            // Withdrawn; or accepted, by an address that is not theirs any more.
            Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    let Some(name) = name else { return Ok(seats) };
    let found = match zoom.scim_find(name).await {
        Ok(None) => return Ok(seats),
        Ok(Some(found)) => zoom.scim_get(&found.id).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(user) => seats.push(complete(user)),
        Err(ApiError::NotFound) => seats.push(seat_of_invited(name)),
        Err(error) => return Err(error),
    }
    Ok(seats)
}

/// Keeps a plan.
async fn keep(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (plan, looked_after, is_by_scim_alone): (Plan, u64, bool),
    needs_confirmation: bool,
) -> Result<Planned, Stop> {
    let mut totals = Totals {
        licences: plan.totals.licences,
        looked_after,
        orphans: plan.totals.orphans,
        is_by_scim_alone,
        ..Totals::default()
    };
    for step in &plan.steps {
        *totals.actions.entry(action_name(step.action).to_owned()).or_default() += 1;
    }
    for note in &plan.notes {
        *totals.notes.entry(note_name(&note.kind).to_owned()).or_default() += 1;
    }
    let steps = i64::try_from(plan.steps.len()).unwrap_or(i64::MAX);
    let mut tx = gateway.storage().write().await?;
    zoom_step::delete(&mut tx, home.account, claimed.row.id).await?;
    claimed.renew_in(gateway, &mut tx).await?;
    tx.commit().await?;
    let rows = plan.steps.iter().map(step_row);
    let rows = rows.chain(plan.notes.into_iter().take(MAX_NOTES).map(note_row));
    let mut batch = Vec::with_capacity(BATCH);
    for (number, row) in (1..).zip(rows) {
        batch.push(RunStep { number, ..row? });
        if batch.len() == BATCH {
            write(gateway, (home, claimed), &batch).await?;
            batch.clear();
        }
    }
    write(gateway, (home, claimed), &batch).await?;
    Ok(Planned { totals, steps, needs_confirmation })
}

async fn write(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    batch: &[RunStep],
) -> Result<(), Stop> {
    let mut tx = gateway.storage().write().await?;
    claimed.renew_in(gateway, &mut tx).await?;
    let of = (home.account, claimed.row.id);
    zoom_step::insert(&mut tx, of, batch, (&home.keys, gateway.rng())).await?;
    Ok(tx.commit().await?)
}

fn row(kind: &str, state: ZoomStepState, user: Option<&str>, step: Zeroizing<Vec<u8>>) -> RunStep {
    RunStep {
        number: 0,
        kind: kind.to_owned(),
        state,
        user_id: user.and_then(|id| id.parse().ok()),
        step,
        problem: None,
        result: None,
        tries: 0,
        ended_at: None,
    }
}

fn step_row(step: &Step) -> Result<RunStep, FlowError> {
    let plain = serde_json::to_vec(step).map_err(|_| FlowError::Internal("a step"))?;
    let plain = Zeroizing::new(plain);
    Ok(row(action_name(step.action), ZoomStepState::Waiting, Some(&step.person), plain))
}

fn note_row(note: Note) -> Result<RunStep, FlowError> {
    let detail = match &note.kind {
        NoteKind::Unmappable(cause) => Some(match cause {
            crate::zoom::provision::mapping::Unmappable::Missing(attribute) => attribute.name().to_owned(),
            crate::zoom::provision::mapping::Unmappable::Address => "address".to_owned(),
        }),
        NoteKind::Duplicate { other } => Some(other.clone()),
        NoteKind::SwitchedOff(action) => Some(action_name(*action).to_owned()),
        NoteKind::Ignored(attribute) => Some(attribute.name().to_owned()),
        _ => None,
    };
    let stored = StoredNote { zoom_id: note.zoom_id.filter(|id| !id.is_empty()), detail };
    let plain = serde_json::to_vec(&stored).map_err(|_| FlowError::Internal("a note"))?;
    Ok(row(note_name(&note.kind), ZoomStepState::Note, note.person.as_deref(), Zeroizing::new(plain)))
}

/// Reads a step that was kept.
pub(super) fn read_step(plain: &[u8]) -> Result<Step, StorageError> {
    serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_steps.step_sealed"))
}

/// Reads a note that was kept.
pub(super) fn read_note(plain: &[u8]) -> Result<StoredNote, StorageError> {
    serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_steps.step_sealed"))
}

/// The stable name of an action.
#[must_use]
pub(super) const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Disable => "disable",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Update => "update",
        Action::Create => "create",
    }
}

/// The stable name of a note.
#[must_use]
pub(super) const fn note_name(kind: &NoteKind) -> &'static str {
    match kind {
        NoteKind::Unmappable(_) => "unmappable",
        NoteKind::Duplicate { .. } => "duplicate",
        NoteKind::Pending => "pending",
        NoteKind::AddressDiffers => "address_differs",
        NoteKind::Protected => "protected",
        NoteKind::SwitchedOff(_) => "switched_off",
        NoteKind::NotAdopted => "not_adopted",
        NoteKind::Unproved => "unproved",
        NoteKind::RuleDeleted => "rule_deleted",
        NoteKind::Vanished => "vanished",
        NoteKind::Ignored(_) => "ignored",
        NoteKind::Orphan => "orphan",
    }
}
