//! Whom a rule means: their Zoom user is made, adopted or brought to what their values are to be. Whether a rule means
//! them is not decided here, and nobody is switched off or deleted: `unwanted` does that.
//!
//! # Design
//!
//! * **What lists do not tell.** Zoom's lists leave attributes out ([`Attribute::is_listed`]), and reading every user by
//!   itself would take a day at one call a second. So a link remembers a digest of the values that were last taken
//!   ([`digest`]): what cannot be seen is planned when the digest differs.
//! * **What Zoom ignores.** A value that was sent and did not stay is remembered by the link, and not sent again until
//!   another is wanted ([`Link::ignored`]).
//! * **Who has an address.** A Zoom user is adopted, or made, for one person alone. Where two want the same address, it goes
//!   to the one for whom it is proved ([`crate::zoom::provision::proof`]); are they both, or neither is, nobody gets
//!   anything until somebody has looked: children share a parent's address, and an attacker can have anybody's written down.
//!
//! # Invariants
//!
//! * Nobody is made or updated where the toggles say no, nor adopted, unless a run has invited them; a note says what would
//!   have been.
//! * Whoever administers the Zoom account keeps their role.
//! * A Zoom user who has not accepted their invitation is left as they are.

use std::collections::BTreeMap;

use super::{Claim, Planner, zoom_id_of};
use crate::scim::attribute::{Attribute, Takes, Values};
use crate::zoom::provision::plan::{
    Action, Change, Link, NoteKind, Person, Seat, SeatState, Standing, Step, digest,
};
use crate::zoom::provision::rule::Rule;

impl Planner<'_> {
    /// Somebody whom a rule means.
    pub(super) fn wanted(&mut self, person: &Person, rule: &Rule) {
        let mut values = match self.mapping.apply(&person.fields) {
            Ok(values) => values,
            Err(cause) => {
                // Their Zoom user is still theirs, and no orphan.
                if let Some(place) = self.linked(person) {
                    self.own(place, person);
                } else if let Some(place) = self.invited(person) {
                    self.mark_known(place);
                }
                return self.note(person, None, NoteKind::Unmappable(cause));
            }
        };
        if person.standing == Standing::Disabled {
            values.set(Attribute::Active, "false");
        }
        let name = values.get(Attribute::UserName).unwrap_or_default().to_owned();
        let linked = self.linked(person);
        let place = linked.or_else(|| self.by_name.get(name.as_str()).copied());
        let wants_active = values.get(Attribute::Active) != Some("false");
        if linked.is_none() && !wants_active {
            if let Some(place) = self.invited(person) {
                self.mark_known(place);
                return self.note(person, zoom_id_of(person), NoteKind::Pending);
            }
            // Nothing is taken from whoever was never ours, and nothing kept for them.
            return match place {
                Some(place) => self.mark_known(place),
                None => self.missing(person),
            };
        }
        let Some(place) = place else { return self.create(person, rule, &values, &name) };
        let Some(seat) = self.seats.get(place).map(|held| held.seat.clone()) else { return };
        let adopts = linked.is_none();
        if !adopts {
            self.own(place, person);
        } else if let Err(cause) = self.claim_seat(place, person, &name) {
            return self.note(person, Some(&seat.zoom_id), cause);
        }
        if seat.state == SeatState::Pending {
            return self.note(person, Some(&seat.zoom_id), NoteKind::Pending);
        }
        if seat.values.get(Attribute::UserName).is_some_and(|held| !held.eq_ignore_ascii_case(&name)) {
            self.note(person, Some(&seat.zoom_id), NoteKind::AddressDiffers);
        }
        if !wants_active {
            // Of those who are switched off already, nothing else matters until they are back.
            if seat.state == SeatState::Active {
                self.disable(person, Some(rule), &seat);
            }
            return;
        }
        let changes = self.changes(person, &seat, &values);
        if changes.is_empty() {
            if adopts {
                self.adopt(person, rule, &seat, &name);
            }
            return;
        }
        if !self.toggles.may_update {
            return self.note(person, Some(&seat.zoom_id), NoteKind::SwitchedOff(Action::Update));
        }
        let licences = cost(&seat, &values);
        self.plan.steps.push(Step {
            action: Action::Update,
            person: person.id.clone(),
            zoom_id: Some(seat.zoom_id),
            was: zoom_id_of(person).map(Into::into),
            planned: Some(Box::new(digest(&values))),
            rule: Some(rule.id.clone()),
            changes,
            licences,
            adopts,
            adopted_by: adopts.then(|| name.into()),
            withdraws: None,
        });
    }

    /// Has a person ask for the Zoom user of their address, who is nobody's by a link.
    fn claim_seat(&mut self, place: usize, person: &Person, name: &str) -> Result<(), NoteKind> {
        let is_proved = self.proofs.is_theirs(person, name);
        let Some(held) = self.seats.get_mut(place) else { return Err(NoteKind::Vanished) };
        if let Some(other) = held.owner.clone().filter(|owner| *owner != person.id) {
            return Err(NoteKind::Duplicate { other });
        }
        let before = held.claim.as_ref();
        contest(before, (person, is_proved), &mut self.dropped)?;
        held.claim = Some(Claim { person: person.id.clone(), is_proved });
        // Whom we invited is ours.
        if person.invited_as.as_deref() == Some(name) || self.toggles.may_adopt(is_proved) {
            Ok(())
        } else if self.toggles.adopts {
            Err(NoteKind::Unproved)
        } else {
            Err(NoteKind::NotAdopted)
        }
    }

    fn adopt(&mut self, person: &Person, rule: &Rule, seat: &Seat, name: &str) {
        self.plan.steps.push(Step {
            action: Action::Adopt,
            person: person.id.clone(),
            zoom_id: Some(seat.zoom_id.clone()),
            was: zoom_id_of(person).map(Into::into),
            planned: None,
            rule: Some(rule.id.clone()),
            changes: Vec::new(),
            licences: 0,
            adopts: true,
            adopted_by: Some(name.into()),
            withdraws: None,
        });
    }

    fn create(&mut self, person: &Person, rule: &Rule, values: &Values, name: &str) {
        let is_invited = person.invited_as.as_deref() == Some(name);
        if is_invited && self.is_by_scim_alone {
            return self.note(person, zoom_id_of(person), NoteKind::Pending);
        }
        if let Some(place) = self.invited(person) {
            // Under an address that they had before: it stays open, for somebody in Zoom to take back.
            self.mark_known(place);
            self.note(person, zoom_id_of(person), NoteKind::Pending);
        } else if let Some(link) = &person.link {
            self.note(person, Some(&link.zoom_id), NoteKind::Vanished);
        }
        let is_proved = self.proofs.is_theirs(person, name);
        if let Err(cause) = contest(self.names.get(name), (person, is_proved), &mut self.dropped) {
            return self.note(person, None, cause);
        }
        self.names.insert(name.into(), Claim { person: person.id.clone(), is_proved });
        if !self.toggles.may_create {
            return self.note(person, None, NoteKind::SwitchedOff(Action::Create));
        }
        let changes =
            values.iter().map(|(attribute, to)| Change { attribute, from: None, to: Some(to.into()) });
        self.plan.steps.push(Step {
            action: Action::Create,
            person: person.id.clone(),
            zoom_id: None,
            was: zoom_id_of(person).map(Into::into),
            planned: None,
            rule: Some(rule.id.clone()),
            changes: changes.collect(),
            licences: i8::from(is_licence(values)),
            adopts: false,
            adopted_by: None,
            withdraws: None,
        });
    }

    /// What differs, of what is mapped and what Zoom takes.
    fn changes(&mut self, person: &Person, seat: &Seat, values: &Values) -> Vec<Change> {
        let taken = |link: &Link| !link.is_pending && link.taken == Some(digest(values));
        // What another Zoom user of theirs took, who is gone, this one has not.
        let link = person.link.as_ref().filter(|link| link.zoom_id == seat.zoom_id);
        let is_taken = link.is_some_and(taken);
        let mut changes = Vec::new();
        for attribute in Attribute::ALL {
            let is_ours = self.mapped.contains(&attribute) || attribute == Attribute::Active;
            if !is_ours || attribute.takes() == Takes::AtCreation {
                continue;
            }
            let wanted = values.get(attribute);
            let is_seen = seat.is_complete || attribute.is_listed();
            let held = if attribute == Attribute::Active {
                Some(if seat.state == SeatState::Active { "true" } else { "false" })
            } else {
                seat.values.get(attribute).filter(|_| is_seen)
            };
            if wanted.is_none() && !attribute.can_be_emptied() {
                continue;
            }
            // What lists do not tell is as it was taken; what nobody ever sent, and nobody wants, is left alone.
            let was_sent = link.is_some_and(|link| link.taken.is_some() && !link.is_pending);
            let differs = if is_seen { wanted != held } else { !is_taken && (wanted.is_some() || was_sent) };
            if !differs {
                continue;
            }
            // Whoever administers the Zoom account would lose it, and perhaps our app with it.
            if attribute == Attribute::Roles && seat.is_protected {
                self.note(person, Some(&seat.zoom_id), NoteKind::Protected);
                continue;
            }
            let ignored = link.and_then(|link| link.ignored.get(attribute));
            if ignored == Some(wanted.unwrap_or_default()) {
                self.note(person, Some(&seat.zoom_id), NoteKind::Ignored(attribute));
                continue;
            }
            changes.push(Change { attribute, from: held.map(Into::into), to: wanted.map(Into::into) });
        }
        changes
    }
}

/// Licences that an update takes. Whoever is sent no kind of user keeps theirs.
fn cost(seat: &Seat, values: &Values) -> i8 {
    let holds = seat.is_licensed && seat.state == SeatState::Active;
    let is_sent = values.get(Attribute::UserType).is_some();
    let wants = if is_sent { is_licence(values) } else { seat.is_licensed };
    i8::from(wants) - i8::from(holds)
}

/// Whether `person` may have an address that another wanted before. The one for whom it is proved goes before the other;
/// where that decides nothing, neither gets it.
fn contest(
    before: Option<&Claim>,
    (person, is_proved): (&Person, bool),
    dropped: &mut BTreeMap<String, String>,
) -> Result<(), NoteKind> {
    let Some(before) = before.filter(|before| before.person != person.id) else { return Ok(()) };
    if is_proved || !before.is_proved {
        dropped.insert(before.person.clone(), person.id.clone());
    }
    if is_proved && !before.is_proved {
        Ok(())
    } else {
        Err(NoteKind::Duplicate { other: before.person.clone() })
    }
}

/// Whether these values ask for a paid licence.
fn is_licence(values: &Values) -> bool {
    values.get(Attribute::UserType).is_some_and(|kind| kind.eq_ignore_ascii_case("licensed"))
}
