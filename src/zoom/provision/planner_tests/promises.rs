//! What holds whatever there is: on many random people, Zoom users and toggles, each carried out in a Zoom that does as it is
//! told.

use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::base::Rng;
use crate::scim::attribute::Values;

/// A Zoom that does as it is told, and what the flow keeps of it.
struct World {
    people: Vec<Person>,
    seats: BTreeMap<String, Seat>,
    rules: Vec<Rule>,
    toggles: Toggles,
}

struct Dice(Rng);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        u32::from_be_bytes(self.0.bytes()) % bound
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

impl World {
    fn random(dice: &mut Dice, size: u32) -> Self {
        let groups = ["Staff", "Pupils", "Licensed", "Board"];
        let mut seats = BTreeMap::new();
        let mut people = Vec::new();
        for number in 0..size {
            let id = format!("p{number:03}");
            let mut some: Vec<&str> = groups.into_iter().filter(|_| dice.chance(40)).collect();
            some.sort_unstable();
            let mut one = person(&id, &some);
            if dice.chance(10) {
                one.fields
                    .insert("email".to_owned(), vec![format!("p{:03}@north.example", dice.below(size))]);
            }
            if dice.chance(10) {
                one.given_by = Some("guests".to_owned());
            }
            if dice.chance(5) {
                one.fields.remove("last_name");
            }
            if dice.chance(30) {
                one.fields.insert("title".to_owned(), vec![format!("T{}", dice.below(3))]);
            }
            one.standing = [Standing::Active, Standing::Active, Standing::Disabled, Standing::Gone]
                [dice.below(4) as usize];
            if dice.chance(60) {
                let mut held = seat(&id);
                held.state = [SeatState::Active, SeatState::Active, SeatState::Inactive, SeatState::Pending]
                    [dice.below(4) as usize];
                held.is_protected = dice.chance(10);
                if dice.chance(30) {
                    held.values.set(Attribute::Department, "Art");
                }
                if dice.chance(30) {
                    held.values.set(Attribute::UserType, "Licensed");
                    held.is_licensed = true;
                }
                seats.insert(held.zoom_id.clone(), held);
            }
            if dice.chance(50) {
                one = linked(one, ["staff", "board", "deleted"][dice.below(3) as usize]);
                if dice.chance(50) {
                    one.link.as_mut().unwrap().taken = None;
                }
            }
            people.push(one);
        }
        let toggles = Toggles {
            is_on: true,
            may_create: dice.chance(80),
            may_update: dice.chance(80),
            may_disable: dice.chance(80),
            may_deprovision: dice.chance(70),
            removal: if dice.chance(50) { Removal::Disable } else { Removal::Delete },
            removes_with_rule: dice.chance(50),
            adopts: dice.chance(70),
            adopts_unproved: dice.chance(30),
            most: None,
            most_percent: None,
        };
        Self { people, seats, rules: vec![rule("staff", "Staff"), rule("board", "Board")], toggles }
    }

    fn plan(&self) -> Plan {
        let seats: Vec<Seat> = self.seats.values().cloned().collect();
        plan_with(&self.toggles, &self.rules, &self.people, &seats)
    }

    fn apply(&mut self, plan: &Plan) {
        for step in &plan.steps {
            let person = self.people.iter_mut().find(|person| person.id == step.person).unwrap();
            let zoom_id = step.zoom_id.clone().unwrap_or_else(|| format!("new-{}", step.person));
            match step.action {
                Action::Disable => self.seats.get_mut(&zoom_id).unwrap().state = SeatState::Inactive,
                Action::Delete => {
                    self.seats.remove(&zoom_id).unwrap();
                    person.link = None;
                }
                Action::Adopt | Action::Update | Action::Create => {
                    let made = || Seat { zoom_id: zoom_id.clone(), values: Values::default(), ..seat("new") };
                    let held = self.seats.entry(zoom_id.clone()).or_insert_with(made);
                    for change in &step.changes {
                        // A list would not tell the others.
                        if change.attribute.is_listed() {
                            held.values.set(change.attribute, change.to.as_deref().unwrap_or_default());
                        }
                        if change.attribute == Attribute::Active {
                            held.state = SeatState::Active;
                        }
                    }
                    held.is_licensed = held.values.get(Attribute::UserType) == Some("Licensed");
                    let values = mapping().apply(&person.fields).unwrap();
                    // Adopting sends nothing, so nothing is known to be taken.
                    let taken = (step.action != Action::Adopt).then(|| digest(&values));
                    let (rule, ignored) = (step.rule.clone(), Values::default());
                    person.link = Some(Link { zoom_id, rule, taken, ignored, ..Link::default() });
                }
            }
        }
    }
}

#[test]
fn the_promises_hold_whatever_there_is() {
    let mut seen = Totals::default();
    for seed in 0..400 {
        let mut dice = Dice(Rng::seeded(seed));
        let size = 1 + dice.below(40);
        let mut world = World::random(&mut dice, size);
        let plan = world.plan();
        assert_eq!(world.plan(), plan, "{seed}: the same again");
        assert!(plan.steps.is_sorted_by_key(|step| step.action), "{seed}");
        let (mut people, mut users) = (HashSet::new(), HashSet::new());
        for step in &plan.steps {
            assert!(people.insert(&step.person), "{seed}: one step for each person");
            assert!(step.zoom_id.iter().all(|id| users.insert(id)), "{seed}: one step for each Zoom user");
            let person = world.people.iter().find(|person| person.id == step.person).unwrap();
            let is_meant =
                person.standing != Standing::Gone && rule::first(&world.rules, &person.fields).is_some();
            let toggles = &world.toggles;
            match step.action {
                Action::Create | Action::Adopt | Action::Update => {
                    assert!(is_meant, "{seed}: {step:?} for somebody whom no rule means");
                    assert!(step.action != Action::Create || toggles.may_create);
                    assert!(step.action != Action::Update || toggles.may_update);
                    assert!(!step.adopts || toggles.adopts);
                    let is_proved = person.given_by.is_none();
                    assert!(!step.adopts || is_proved || toggles.adopts_unproved, "{seed}: {step:?}");
                    assert!(step.action == Action::Adopt || !step.changes.is_empty());
                }
                Action::Disable | Action::Delete => {
                    assert!(
                        person.link.is_some(),
                        "{seed}: taken from somebody who was never ours: {step:?}"
                    );
                    assert!(toggles.may_disable || toggles.may_deprovision);
                    assert!(
                        step.action == Action::Disable
                            || toggles.removal == Removal::Delete && toggles.may_deprovision
                    );
                    assert!(!world.seats[step.zoom_id.as_ref().unwrap()].is_protected, "{seed}");
                }
            }
            let pending = step.zoom_id.as_ref().is_some_and(|id| world.seats[id].state == SeatState::Pending);
            assert!(!pending || step.action == Action::Delete, "{seed}: a change that would be lost");
        }
        for (sum, count) in seen.actions.iter_mut().zip(plan.totals.actions) {
            *sum += count;
        }
        let before =
            world.seats.values().filter(|seat| seat.is_licensed && seat.state == SeatState::Active).count();
        let licences = plan.totals.licences;
        world.apply(&plan);
        let after =
            world.seats.values().filter(|seat| seat.is_licensed && seat.state == SeatState::Active).count();
        assert_eq!(
            i64::try_from(after).unwrap() - i64::try_from(before).unwrap(),
            licences,
            "{seed}: licences"
        );
        // Whoever waited for an address that a deletion has freed comes now, and nobody else.
        let second = world.plan();
        let waited = |person: &str| {
            plan.totals.of(Action::Delete) > 0
                && plan.notes.iter().any(|note| {
                    note.person.as_deref() == Some(person) && matches!(note.kind, NoteKind::Duplicate { .. })
                })
        };
        assert!(second.steps.iter().all(|step| waited(&step.person)), "{seed}: {:?}", second.steps);
        world.apply(&second);
        assert!(world.plan().steps.is_empty(), "{seed}: {:?}", world.plan().steps);
    }
    assert!(seen.actions.iter().all(|count| *count > 50), "every action was seen: {seen:?}");
}
