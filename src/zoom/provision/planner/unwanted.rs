//! What is taken away from people: from those whom no rule means or who are gone, and, by `disable`, from those whom a rule
//! means but who are switched off with us. Nobody is made or updated here, and a Zoom user who is nobody's is left alone.
//!
//! # Invariants
//!
//! * Without a link nothing is taken from somebody, not even an invitation that a run has sent.
//! * Whoever administers the Zoom account is neither switched off nor deleted. Of an invitation that is withdrawn this is
//!   asked when it is carried out.
//! * Nothing is taken where the toggles say no; a note says what would have been.

use super::{Planner, zoom_id_of};
use crate::zoom::provision::plan::{Action, NoteKind, Person, Removal, Seat, SeatState, Standing, Step};
use crate::zoom::provision::rule::Rule;

impl Planner<'_> {
    /// Somebody whom no rule means, or who is gone. Without a link or an invitation, nothing of theirs is ours.
    pub(super) fn unwanted(&mut self, person: &Person) {
        let Some(place) = self.linked(person) else {
            return match self.invited(person) {
                Some(place) => self.withdraw(place, person),
                None => self.missing(person),
            };
        };
        let Some(seat) = self.seats.get(place).map(|held| held.seat.clone()) else { return };
        self.own(place, person);
        if self.stays_by_a_deleted_rule(person) {
            return self.note(person, Some(&seat.zoom_id), NoteKind::RuleDeleted);
        }
        if person.standing == Standing::Disabled {
            if seat.state == SeatState::Active {
                self.disable(person, None, &seat);
            }
            return;
        }
        let action = match self.toggles.removal {
            Removal::Disable if seat.state != SeatState::Active => {
                // Whoever was invited may accept yet, and is switched off then.
                if person.standing == Standing::Gone && seat.state == SeatState::Inactive {
                    self.over(person);
                }
                return;
            }
            Removal::Disable => Action::Disable,
            Removal::Delete => Action::Delete,
        };
        if !self.toggles.may_deprovision {
            return self.note(person, Some(&seat.zoom_id), NoteKind::SwitchedOff(action));
        }
        self.remove(person, None, &seat, action);
    }

    /// Whether it is by nothing but the deletion of their rule that no rule means somebody, and they stay where they are.
    fn stays_by_a_deleted_rule(&self, person: &Person) -> bool {
        let rule = person.link.as_ref().and_then(|link| link.rule.as_deref());
        let is_rule_gone = rule.is_some_and(|rule| !self.rule_ids.contains(rule));
        person.standing == Standing::Active && is_rule_gone && !self.toggles.removes_with_rule
    }

    /// Takes back the invitation of somebody whom no rule means, or who is gone, where they would be deleted if they had
    /// accepted: nobody who has an invitation can be switched off.
    fn withdraw(&mut self, place: usize, person: &Person) {
        self.mark_known(place);
        let zoom_id = zoom_id_of(person);
        if self.stays_by_a_deleted_rule(person) {
            return self.note(person, zoom_id, NoteKind::RuleDeleted);
        }
        let is_wanted = self.seats.get(place).is_some_and(|held| held.claim.is_some());
        let deletes = self.toggles.removal == Removal::Delete && person.standing != Standing::Disabled;
        // Without the link, nobody knows by which rule they came in.
        if person.link.is_none() || is_wanted || !deletes {
            return self.note(person, zoom_id, NoteKind::Pending);
        }
        if !self.toggles.may_deprovision {
            return self.note(person, zoom_id, NoteKind::SwitchedOff(Action::Delete));
        }
        self.plan.steps.push(Step {
            action: Action::Delete,
            person: person.id.clone(),
            zoom_id: zoom_id.map(str::to_owned),
            was: zoom_id.map(Into::into),
            planned: None,
            rule: None,
            changes: Vec::new(),
            licences: 0,
            adopts: false,
            adopted_by: None,
            withdraws: person.invited_as.as_deref().map(Into::into),
        });
    }

    pub(super) fn disable(&mut self, person: &Person, rule: Option<&Rule>, seat: &Seat) {
        if self.toggles.may_disable {
            self.remove(person, rule, seat, Action::Disable);
        } else {
            self.note(person, Some(&seat.zoom_id), NoteKind::SwitchedOff(Action::Disable));
        }
    }

    fn remove(&mut self, person: &Person, rule: Option<&Rule>, seat: &Seat, action: Action) {
        if seat.is_protected {
            return self.note(person, Some(&seat.zoom_id), NoteKind::Protected);
        }
        let holds_licence = seat.is_licensed && seat.state == SeatState::Active;
        self.plan.steps.push(Step {
            action,
            person: person.id.clone(),
            zoom_id: Some(seat.zoom_id.clone()),
            was: zoom_id_of(person).map(Into::into),
            planned: None,
            rule: rule.map(|rule| rule.id.clone()),
            changes: Vec::new(),
            licences: -i8::from(holds_licence),
            adopts: false,
            adopted_by: None,
            withdraws: None,
        });
    }
}
