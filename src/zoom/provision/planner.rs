//! The planner: our people, Zoom's users and the toggles → an ordered list of steps.
//!
//! Zoom's users are held as an index (small values, 50,000 of them in some ten megabytes); our people pass by one at a
//! time, in the order of their ids, and leave a step where something is to be done. So memory grows with what has to be
//! done, and the same input gives the same plan.
//!
//! # Design
//!
//! * **Links.** A person whom a run has made or adopted is linked to their Zoom user. A link is the licence to take
//!   something away; without one, a Zoom user is at most adopted, or told as an orphan.
//! * **What lists do not tell.** Zoom's lists leave attributes out ([`Attribute::is_listed`]), and reading every user by
//!   itself would take a day at one call a second. So a link remembers a digest of the values that were last taken
//!   ([`super::plan::digest`]): what cannot be seen is planned when the digest differs.
//! * **What Zoom ignores.** A value that was sent and did not stay is remembered by the link, and not sent again until
//!   another is wanted ([`super::plan::Link::ignored`]).
//! * **What happens in Zoom.** Somebody accepts their invitation, or an administrator switches on whom we switched off: no
//!   step of ours tells of it, so what a list shows of those who are linked is kept ([`super::plan::Found`]).
//! * **Who has an address.** A Zoom user is adopted, or made, for one person alone. Where two want the same address, it goes
//!   to the one for whom it is proved ([`super::proof`]); are they both, or neither is, nobody gets anything until somebody
//!   has looked: children share a parent's address, and an attacker can have anybody's written down.
//! * **Order.** What frees licences comes first: disable, delete, adopt, update, create.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::mapping::Mapping;
use super::plan::{
    Action, Change, Found, FoundKind, Link, Note, NoteKind, Person, Plan, Removal, Seat, SeatState, Standing,
    Step, Toggles, digest,
};
use super::proof::Proofs;
use super::rule::{Rule, first};
use crate::scim::attribute::{Attribute, Takes, Values};

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
            if person.standing == Standing::Gone && !is_pending {
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

    /// Somebody whom a rule means.
    fn wanted(&mut self, person: &Person, rule: &Rule) {
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

    /// Somebody whom no rule means, or who is gone. Without a link or an invitation, nothing of theirs is ours.
    fn unwanted(&mut self, person: &Person) {
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

    fn disable(&mut self, person: &Person, rule: Option<&Rule>, seat: &Seat) {
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

    fn own(&mut self, place: usize, person: &Person) {
        if let Some(held) = self.seats.get_mut(place) {
            held.owner = Some(person.id.clone());
        }
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

/// The Zoom user of somebody's link.
fn zoom_id_of(person: &Person) -> Option<&str> {
    person.link.as_ref().map(|link| link.zoom_id.as_str())
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
