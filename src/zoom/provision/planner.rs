//! The planner: our people, Zoom's users and the toggles → an ordered list of steps.
//!
//! Zoom's users are held as an index (small values, 50,000 of them in some ten megabytes); our people pass by one at a
//! time, in the order of their ids, and leave a step where something is to be done. So memory grows with what has to be
//! done, and the same input gives the same plan.
//!
//! Here are the index, who stands where in it, and what the whole comes to. `wanted` has what is done with whom a rule
//! means, `unwanted` what is taken away.
//!
//! # Design
//!
//! * **Links.** A person whom a run has made or adopted is linked to their Zoom user. A link is the licence to take
//!   something away; without one, a Zoom user is at most adopted, or told as an orphan.
//! * **What happens in Zoom.** Somebody accepts their invitation, or an administrator switches on whom we switched off: no
//!   step of ours tells of it, so what a list shows of those who are linked is kept ([`super::plan::Found`]).
//! * **Order.** What frees licences comes first: disable, delete, adopt, update, create.
//!
//! # Invariants
//!
//! * A Zoom user, and an address that is to be one's, is one person's alone; who has lost it to another gets no step by
//!   it, whichever of them passed by first.
//! * A Zoom user who is somebody's, or whom somebody wants, is told as no orphan.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::mapping::Mapping;
use super::plan::{
    Action, Found, FoundKind, Note, NoteKind, Person, Plan, Seat, SeatState, Standing, Toggles,
};
use super::proof::Proofs;
use super::rule::{Rule, first};
use crate::scim::attribute::Attribute;

mod unwanted;
mod wanted;

/// The planner.
pub struct Planner<'a> {
    toggles: &'a Toggles,
    rules: &'a [Rule],
    rule_ids: HashSet<&'a str>,
    mapping: &'a Mapping,
    mapped: HashSet<Attribute>,
    proofs: &'a Proofs,
    seats: Vec<Held>,
    by_id: HashMap<Box<str>, usize>,
    by_name: HashMap<Box<str>, usize>,
    /// Who will have the name of a Zoom user that is yet to be made.
    names: HashMap<Box<str>, Claim>,
    /// People who get nothing, since another wants the same address.
    dropped: BTreeMap<String, String>,
    /// Whether the list has nobody who was invited and has not accepted, since SCIM alone tells of users.
    is_by_scim_alone: bool,
    plan: Plan,
}

struct Held {
    seat: Seat,
    /// Whose it is, by a link.
    owner: Option<String>,
    /// Who wants it by its address.
    claim: Option<Claim>,
    /// Whether somebody of ours has its address, though it is not to be theirs.
    is_known: bool,
}

/// Who wants an address.
struct Claim {
    person: String,
    is_proved: bool,
}

impl<'a> Planner<'a> {
    /// With all of Zoom's users. The list must be whole: whoever is missing in it counts as not there.
    #[must_use]
    pub fn new(
        toggles: &'a Toggles,
        rules: &'a [Rule],
        (mapping, proofs): (&'a Mapping, &'a Proofs),
        seats: impl IntoIterator<Item = Seat>,
    ) -> Self {
        let mut planner = Self {
            toggles,
            rules,
            rule_ids: rules.iter().map(|rule| rule.id.as_str()).collect(),
            mapping,
            mapped: mapping.attributes().collect(),
            proofs,
            seats: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            names: HashMap::new(),
            dropped: BTreeMap::new(),
            is_by_scim_alone: false,
            plan: Plan::default(),
        };
        let seats = seats.into_iter();
        let count = seats.size_hint().0;
        planner.seats.reserve_exact(count);
        planner.by_id.reserve(count);
        planner.by_name.reserve(count);
        for mut seat in seats {
            // Told of twice: one Zoom user, and one owner of it.
            if !seat.zoom_id.is_empty() && planner.by_id.contains_key(seat.zoom_id.as_str()) {
                continue;
            }
            let place = planner.seats.len();
            let name = seat.values.get(Attribute::UserName).unwrap_or_default().to_lowercase();
            // One who can sign in goes before an invitation to the same address.
            let is_better =
                planner.by_name.get(name.as_str()).and_then(|held| planner.seats.get(*held)).is_none_or(
                    |held| held.seat.state == SeatState::Pending && seat.state != SeatState::Pending,
                );
            if is_better && !name.is_empty() {
                planner.by_name.insert(name.into(), place);
            }
            if !seat.zoom_id.is_empty() {
                planner.by_id.insert(seat.zoom_id.as_str().into(), place);
            }
            seat.values.shrink();
            planner.seats.push(Held { seat, owner: None, claim: None, is_known: false });
        }
        planner
    }

    /// Says whether SCIM alone tells of users: who is invited is in no list then.
    #[must_use]
    pub fn by_scim_alone(self, is_by_scim_alone: bool) -> Self {
        Self { is_by_scim_alone, ..self }
    }

    /// Says beforehand whose a Zoom user is, so that nobody else adopts them. All links, before the first person.
    pub fn claim(&mut self, person: &str, zoom_id: &str) {
        if let Some(held) = self.by_id.get(zoom_id).and_then(|place| self.seats.get_mut(*place)) {
            held.owner = Some(person.to_owned());
            self.plan.totals.looked_after += 1;
        }
    }

    /// One of our people passes by.
    pub fn add(&mut self, person: &Person) {
        if !self.toggles.is_on {
            return;
        }
        let rule = match person.standing {
            Standing::Gone => None,
            Standing::Active | Standing::Disabled => first(self.rules, &person.fields),
        };
        if let Some(place) = self.linked(person) {
            self.look_at(place, person);
        }
        match rule {
            Some(rule) => self.wanted(person, rule),
            None => self.unwanted(person),
        }
    }

    /// Nobody is left: the plan.
    #[must_use]
    pub fn finish(self) -> Plan {
        let (mut plan, dropped) = (self.plan, self.dropped);
        plan.steps.retain(|step| {
            !(step.adopts || step.action == Action::Create) || !dropped.contains_key(&step.person)
        });
        // Somebody else has it: that it would not have been given to them is beside the point.
        plan.notes.retain(|note| {
            let is_dropped = note.person.as_ref().is_some_and(|person| dropped.contains_key(person));
            !(is_dropped && note.kind == NoteKind::Unproved)
        });
        plan.notes.extend(dropped.into_iter().map(|(person, other)| Note {
            person: Some(person),
            zoom_id: None,
            kind: NoteKind::Duplicate { other },
        }));
        // Last, since notes are kept up to a number, and a large Zoom account has more strangers than that.
        let is_stranger = |held: &&Held| held.owner.is_none() && held.claim.is_none() && !held.is_known;
        for held in self.seats.iter().filter(is_stranger) {
            plan.totals.orphans += 1;
            if self.toggles.is_on {
                let zoom_id = Some(held.seat.zoom_id.clone());
                plan.notes.push(Note { person: None, zoom_id, kind: NoteKind::Orphan });
            }
        }
        // Stable: within an action, in the order of our people.
        plan.steps.sort_by_key(|step| step.action);
        for step in &plan.steps {
            if let Some(count) = plan.totals.actions.get_mut(step.action as usize) {
                *count += 1;
            }
            plan.totals.licences += i64::from(step.licences);
        }
        let removed = u64::from(plan.totals.of(Action::Disable) + plan.totals.of(Action::Delete));
        plan.needs_confirmation = self.toggles.is_too_much(removed, u64::from(plan.totals.looked_after));
        plan
    }

    fn note(&mut self, person: &Person, zoom_id: Option<&str>, kind: NoteKind) {
        let zoom_id = zoom_id.map(str::to_owned);
        self.plan.notes.push(Note { person: Some(person.id.clone()), zoom_id, kind });
    }

    /// The Zoom user of a link, when it is this person's.
    fn linked(&self, person: &Person) -> Option<usize> {
        let place = *self.by_id.get(person.link.as_ref()?.zoom_id.as_str())?;
        let held = self.seats.get(place)?;
        held.owner.as_ref().is_none_or(|owner| *owner == person.id).then_some(place)
    }

    /// The invitation that a run has sent somebody, as long as they have not accepted it.
    fn invited(&self, person: &Person) -> Option<usize> {
        let place = *self.by_name.get(person.invited_as.as_deref()?)?;
        let held = self.seats.get(place)?;
        let is_theirs = held.owner.as_ref().is_none_or(|owner| *owner == person.id);
        (is_theirs && held.seat.state == SeatState::Pending).then_some(place)
    }

    /// Nobody is found by the link or the invitation of somebody: they are gone from Zoom, unless no list would tell.
    fn missing(&mut self, person: &Person) {
        let is_invited = person.link.as_ref().is_some_and(|link| link.is_pending);
        let is_untold = self.is_by_scim_alone || person.invited_as.is_none();
        let is_pending = is_invited && is_untold;
        if let Some(link) = &person.link {
            // A list by SCIM goes by number: whoever is deleted meanwhile has it pass over another.
            if person.standing == Standing::Gone && !is_pending && !self.is_by_scim_alone {
                return self.over(person);
            }
            let kind = if is_pending { NoteKind::Pending } else { NoteKind::Vanished };
            self.note(person, Some(&link.zoom_id), kind);
        }
    }

    /// Nothing is left of somebody who is gone that could be taken away in Zoom.
    fn over(&mut self, person: &Person) {
        self.plan.found.push(Found { person: person.id.clone(), what: FoundKind::Over });
    }

    fn mark_known(&mut self, place: usize) {
        if let Some(held) = self.seats.get_mut(place) {
            held.is_known = true;
        }
    }

    /// Notes what has become of somebody in Zoom, where that is not known yet.
    fn look_at(&mut self, place: usize, person: &Person) {
        let (Some(link), Some(held)) = (&person.link, self.seats.get(place)) else { return };
        let state = held.seat.state;
        for (is_so, what) in [
            (link.is_pending && state != SeatState::Pending, FoundKind::Accepted),
            (link.is_off && state == SeatState::Active, FoundKind::OnAgain),
        ] {
            if is_so {
                self.plan.found.push(Found { person: person.id.clone(), what });
            }
        }
    }

    fn own(&mut self, place: usize, person: &Person) {
        if let Some(held) = self.seats.get_mut(place) {
            held.owner = Some(person.id.clone());
        }
    }
}

/// The Zoom user of somebody's link.
fn zoom_id_of(person: &Person) -> Option<&str> {
    person.link.as_ref().map(|link| link.zoom_id.as_str())
}
