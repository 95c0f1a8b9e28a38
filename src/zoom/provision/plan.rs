//! What a plan is made of: toggles, people, Zoom's users, steps, notes, sums. How it is made: [`super::planner`].

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Fields;
use super::mapping::Unmappable;
use crate::scim::attribute::{Attribute, Values};

/// The toggles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomToggles")]
#[serde(deny_unknown_fields, default)]
pub struct Toggles {
    /// The connection as a whole.
    pub is_on: bool,
    /// Users may be created.
    pub may_create: bool,
    /// Users may be changed, and switched on again.
    pub may_update: bool,
    /// Those who are disabled here may be disabled there.
    pub may_disable: bool,
    /// Those who are gone, or whom no rule means any more, may be removed.
    pub may_deprovision: bool,
    /// How they are removed.
    pub removal: Removal,
    /// Also those whose rule was deleted.
    pub removes_with_rule: bool,
    /// Zoom users with the same address are taken over.
    pub adopts: bool,
    /// Also where nobody has proved that the address is the person's: its domain is not the account's, or whoever gave it
    /// may not speak for that domain.
    pub adopts_unproved: bool,
    /// So many may be disabled or deleted without being asked about.
    pub most: Option<u32>,
    /// So many of a hundred of those that we look after.
    pub most_percent: Option<u8>,
}

impl Default for Toggles {
    fn default() -> Self {
        Self {
            is_on: false,
            may_create: true,
            may_update: true,
            may_disable: true,
            may_deprovision: false,
            removal: Removal::Disable,
            removes_with_rule: false,
            adopts: true,
            adopts_unproved: false,
            most: Some(50),
            most_percent: Some(5),
        }
    }
}

impl Toggles {
    /// Whether a Zoom user may be taken over by an address that is proved to be somebody's, or is not.
    #[must_use]
    pub const fn may_adopt(&self, is_proved: bool) -> bool {
        self.adopts && (is_proved || self.adopts_unproved)
    }

    /// Whether somebody may be deleted in Zoom.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.is_on && self.may_deprovision && self.removal == Removal::Delete
    }

    /// Whether so many of those that we look after are more than may be taken away without an owner's word.
    #[must_use]
    pub fn is_too_much(&self, removed: u64, looked_after: u64) -> bool {
        self.most.is_some_and(|most| removed > u64::from(most))
            || self.most_percent.is_some_and(|percent| {
                // One of three is a third, and still one person.
                removed > 1 && removed * 100 > u64::from(percent) * looked_after
            })
    }
}

/// How somebody is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomRemoval")]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Their Zoom user is switched off.
    Disable,
    /// Their Zoom user is deleted.
    Delete,
}

/// Whether somebody is with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They are.
    Active,
    /// They may not sign in.
    Disabled,
    /// They are gone.
    Gone,
}

/// What ties a person to a Zoom user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The Zoom user.
    pub zoom_id: String,
    /// The rule by which they came in, or that they came under since.
    pub rule: Option<String>,
    /// The [`digest`] of the values that were last taken.
    pub taken: Option<[u8; 32]>,
    /// Values that were sent and did not stay; an empty one was to be taken away.
    pub ignored: Values,
    /// Whether they had not accepted their invitation when somebody last looked: nothing of `taken` was read back.
    pub is_pending: bool,
    /// Whether we switched the Zoom user off, and nobody has been seen to switch them on again.
    pub is_off: bool,
}

/// One of our people.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id with us.
    pub id: String,
    /// Whether they are with us.
    pub standing: Standing,
    /// What is known of them.
    pub fields: Fields,
    /// Their Zoom user, if a run has had to do with them.
    pub link: Option<Link>,
    /// The connection that gave what is known of them; none: somebody of the account entered it.
    pub given_by: Option<String>,
    /// The address by which a run has made them a Zoom user who was invited: whoever has accepted is theirs, as long as it
    /// is their address.
    pub invited_as: Option<String>,
}

/// How a Zoom user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatState {
    /// They can sign in.
    Active,
    /// They are switched off.
    Inactive,
    /// They have an invitation, and no id yet that a change would reach.
    Pending,
}

/// A Zoom user, as lists tell of them.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Their id at Zoom.
    pub zoom_id: String,
    /// How they stand.
    pub state: SeatState,
    /// What is known of them.
    pub values: Values,
    /// Whether they hold a paid licence.
    pub is_licensed: bool,
    /// An owner or administrator of the Zoom account: SCIM cannot switch them off.
    pub is_protected: bool,
    /// Whether `values` holds all attributes, not those of lists alone.
    pub is_complete: bool,
}

/// What is done. In the order in which it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The Zoom user is switched off.
    Disable,
    /// The Zoom user is deleted.
    Delete,
    /// A link is made to a Zoom user who is there already, and right as they are.
    Adopt,
    /// Values are changed.
    Update,
    /// A Zoom user is made.
    Create,
}

/// One changed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Of what.
    pub attribute: Attribute,
    /// Before; none when there was none, or nobody can tell without reading the user.
    pub from: Option<Box<str>>,
    /// After; none: it is taken away.
    pub to: Option<Box<str>>,
}

/// One thing to do, for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub action: Action,
    /// For whom.
    pub person: String,
    /// Their Zoom user; none yet for one who is to be made.
    pub zoom_id: Option<String>,
    /// The Zoom user that the person was tied to when it was planned: who is tied to another by now has been looked after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Box<str>>,
    /// The [`digest`] of all values that the person was to have then, of a change: what is another by now, and is in none of
    /// its changes, is not sent by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Box<[u8; 32]>>,
    /// By which rule.
    pub rule: Option<String>,
    /// Field by field; for a creation, all values.
    pub changes: Vec<Change>,
    /// Paid licences that it takes (or gives back, below zero).
    pub licences: i8,
    /// Whether a link is made to a Zoom user who was there before.
    pub adopts: bool,
    /// Then by which address: who has another by now does not get them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted_by: Option<Box<str>>,
    /// The address of the invitation that is withdrawn, where that is what a deletion does: whoever has not accepted is known
    /// to Zoom by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraws: Option<Box<str>>,
}

impl Step {
    /// The address that it was planned for, where somebody is made or taken over: who has another by the time of the step
    /// gets nothing by it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let made = || {
            let name = self.changes.iter().find(|change| change.attribute == Attribute::UserName);
            name.filter(|_| self.action == Action::Create)?.to.as_deref()
        };
        self.adopted_by.as_deref().or_else(made)
    }
}

/// Something that an owner should know of, and that no step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// About whom.
    pub person: Option<String>,
    /// About which Zoom user.
    pub zoom_id: Option<String>,
    /// What.
    pub kind: NoteKind,
}

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteKind {
    /// The mapping gives them no values.
    Unmappable(Unmappable),
    /// Another of our people has this Zoom user.
    Duplicate {
        /// Who.
        other: String,
    },
    /// They have not accepted their invitation: until then, changes are answered with success and lost.
    Pending,
    /// Their address differs from the one in Zoom: it can only be changed there.
    AddressDiffers,
    /// An owner or administrator in Zoom: to be switched off there.
    Protected,
    /// A toggle forbids what would be done.
    SwitchedOff(Action),
    /// A Zoom user has their address, and adopting is switched off.
    NotAdopted,
    /// A Zoom user has their address, and nobody has proved that it is theirs.
    Unproved,
    /// Their rule was deleted, and the toggles leave such people where they are.
    RuleDeleted,
    /// Their Zoom user is not there any more.
    Vanished,
    /// A value that Zoom has ignored before, and would again.
    Ignored(Attribute),
    /// A Zoom user whom no run has had to do with, and who is none of our people.
    Orphan,
}

impl NoteKind {
    /// Whether it says that something is left to do for somebody, and why nobody does it.
    #[must_use]
    pub const fn keeps_out(&self) -> bool {
        match self {
            Self::Unmappable(_)
            | Self::Duplicate { .. }
            | Self::Protected
            | Self::SwitchedOff(_)
            | Self::NotAdopted
            | Self::Unproved => true,
            Self::Pending
            | Self::AddressDiffers
            | Self::RuleDeleted
            | Self::Vanished
            | Self::Ignored(_)
            | Self::Orphan => false,
        }
    }
}

/// What Zoom has now of somebody, and was not known: nobody but Zoom tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Of whom.
    pub person: String,
    /// What.
    pub what: FoundKind,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// They have accepted their invitation, and kept the id that they were made under.
    Accepted,
    /// Somebody has switched them on again in Zoom.
    OnAgain,
    /// They are gone, and so is their Zoom user, or switched off: whoever comes back is found by their address.
    Over,
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of each action, in its order: disable, delete, adopt, update, create.
    pub actions: [u32; 5],
    /// Licences that are taken, less those that are given back.
    pub licences: i64,
    /// Zoom users that we look after, before this plan.
    pub looked_after: u32,
    /// Zoom users who are none of our people.
    pub orphans: u32,
}

impl Totals {
    /// How many of an action.
    #[must_use]
    pub fn of(&self, action: Action) -> u32 {
        self.actions.get(action as usize).copied().unwrap_or(0)
    }
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// In the order in which they were found.
    pub notes: Vec<Note>,
    /// What is to be kept, whether or not anything is carried out.
    pub found: Vec<Found>,
    /// The sums.
    pub totals: Totals,
    /// More would be disabled or deleted than may be without an owner's word.
    pub needs_confirmation: bool,
}

impl Plan {
    /// For whom something is left to do, whether a step does it or a note says why none does.
    #[must_use]
    pub fn unfinished(&self) -> HashSet<&str> {
        let kept_out = self.notes.iter().filter(|note| note.kind.keeps_out());
        let kept_out = kept_out.filter_map(|note| note.person.as_deref());
        self.steps.iter().map(|step| step.person.as_str()).chain(kept_out).collect()
    }

    /// Whom a note keeps out, and which: those for whom no step does anything.
    #[must_use]
    pub fn kept_out(&self) -> BTreeMap<&str, &NoteKind> {
        let helped: HashSet<&str> = self.steps.iter().map(|step| step.person.as_str()).collect();
        let mut kept_out = BTreeMap::new();
        for note in self.notes.iter().filter(|note| note.kind.keeps_out()) {
            if let Some(person) = note.person.as_deref().filter(|person| !helped.contains(person)) {
                kept_out.entry(person).or_insert(&note.kind);
            }
        }
        kept_out
    }
}

/// Whether these are the values of somebody who owns or administers the Zoom account, as far as they tell.
#[must_use]
pub fn is_administrator(values: &Values) -> bool {
    let role = values.get(Attribute::Roles);
    role.is_some_and(|role| ["owner", "admin"].iter().any(|name| role.eq_ignore_ascii_case(name)))
}

/// Values whose change cannot be seen in lists, as one number: [`Link::taken`].
#[must_use]
pub fn digest(values: &Values) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (attribute, value) in values.iter() {
        hasher.update(attribute.name().as_bytes());
        hasher.update([0]);
        hasher.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(value.as_bytes());
    }
    hasher.finalize().into()
}
