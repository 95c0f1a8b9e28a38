//! The planner on small cases: what is done with whom, and what is not. What is here is what its other tests stand on.
//!
//! | file | what |
//! |---|---|
//! | `addresses` | whose a Zoom user is, where an address alone says so |
//! | `invitations` | who has not accepted yet, and what became of people in Zoom since |
//! | `promises` | what holds on many random ones |

mod addresses;
mod invitations;
mod promises;

use super::mapping::{Mapping, Row, Source, Transform};
use super::plan::*;
use super::planner::Planner;
use super::proof::Proofs;
use super::rule::{Comparison, Condition, Rule};
use super::*;
use crate::scim::attribute::Attribute;

fn rule(id: &str, group: &str) -> Rule {
    let condition =
        Condition { field: "groups".to_owned(), comparison: Comparison::Any, values: vec![group.to_owned()] };
    Rule { id: id.to_owned(), name: id.to_owned(), conditions: vec![condition] }
}

fn mapping() -> Mapping {
    let field = |attribute, name: &str| Row {
        attribute,
        from: Source::Field(name.to_owned()),
        then: Vec::new(),
        otherwise: None,
    };
    let licence = Row {
        then: vec![Transform::Table(vec![("Licensed".to_owned(), "Licensed".to_owned())])],
        otherwise: Some("Basic".to_owned()),
        ..field(Attribute::UserType, "groups")
    };
    let mut mapping = Mapping::usual();
    mapping.rows.extend([
        licence,
        field(Attribute::Department, "department"),
        field(Attribute::Title, "title"),
    ]);
    mapping
}

fn on() -> Toggles {
    Toggles { is_on: true, may_deprovision: true, most: None, most_percent: None, ..Toggles::default() }
}

fn person(id: &str, groups: &[&str]) -> Person {
    let one = |name: &str, value: String| (name.to_owned(), vec![value]);
    let mut fields = Fields::from([
        one("email", format!("{id}@north.example")),
        one("first_name", "Jo".to_owned()),
        one("last_name", id.to_owned()),
        one("department", "Maths".to_owned()),
    ]);
    fields.insert("groups".to_owned(), groups.iter().map(|group| (*group).to_owned()).collect());
    let (standing, link) = (Standing::Active, None);
    Person { id: id.to_owned(), standing, fields, link, given_by: None, invited_as: None }
}

fn seat(id: &str) -> Seat {
    let name = format!("{id}@north.example");
    let values = [
        (Attribute::UserName, name.as_str()),
        (Attribute::GivenName, "Jo"),
        (Attribute::FamilyName, id),
        (Attribute::UserType, "Basic"),
        (Attribute::Department, "Maths"),
    ];
    Seat {
        zoom_id: format!("z-{id}"),
        state: SeatState::Active,
        values: values.into_iter().collect(),
        is_licensed: false,
        is_protected: false,
        is_complete: false,
    }
}

fn linked(mut person: Person, rule: &str) -> Person {
    let link = Link { zoom_id: format!("z-{}", person.id), rule: Some(rule.to_owned()), ..Link::default() };
    let taken = mapping().apply(&person.fields).ok().map(|values| digest(&values));
    person.link = Some(Link { taken, ..link });
    person
}

/// The account's own domain, and a connection that may not speak for it.
fn proofs() -> Proofs {
    Proofs {
        proved: vec!["north.example".parse().unwrap()],
        by_connection: [("guests".to_owned(), Some(Vec::new())), ("own".to_owned(), None)].into(),
        owners: Vec::new(),
    }
}

fn plan_with(toggles: &Toggles, rules: &[Rule], people: &[Person], seats: &[Seat]) -> Plan {
    let (mapping, proofs) = (mapping(), proofs());
    let mut planner = Planner::new(toggles, rules, (&mapping, &proofs), seats.iter().cloned());
    for person in people {
        if let Some(link) = &person.link {
            planner.claim(&person.id, &link.zoom_id);
        }
    }
    for person in people {
        planner.add(person);
    }
    planner.finish()
}

fn plan(people: &[Person], seats: &[Seat]) -> Plan {
    plan_with(&on(), &[rule("staff", "Staff")], people, seats)
}

fn actions(plan: &Plan) -> Vec<(Action, &str, i8)> {
    plan.steps.iter().map(|step| (step.action, step.person.as_str(), step.licences)).collect()
}

fn notes(plan: &Plan) -> Vec<NoteKind> {
    plan.notes.iter().map(|note| note.kind.clone()).collect()
}

#[test]
fn each_case_has_its_step() {
    let people = [
        person("made", &["Staff", "Licensed"]),
        person("outside", &["Pupils"]),
        linked(person("right", &["Staff"]), "staff"),
        linked(person("wrong", &["Staff", "Licensed"]), "staff"),
        person("adopted", &["Staff"]),
        linked(person("left", &["Pupils"]), "staff"),
        Person { standing: Standing::Disabled, ..linked(person("off", &["Staff"]), "staff") },
        Person { standing: Standing::Gone, ..linked(person("gone", &["Staff"]), "staff") },
    ];
    let mut seats: Vec<Seat> =
        ["right", "wrong", "adopted", "left", "off", "gone", "stranger"].map(seat).into();
    seats[4].is_licensed = true;
    let plan = plan(&people, &seats);
    assert_eq!(
        actions(&plan),
        [
            (Action::Disable, "left", 0),
            (Action::Disable, "off", -1),
            (Action::Disable, "gone", 0),
            (Action::Adopt, "adopted", 0),
            (Action::Update, "wrong", 1),
            (Action::Create, "made", 1),
        ]
    );
    assert_eq!(notes(&plan), [NoteKind::Orphan]);
    assert_eq!((plan.totals.licences, plan.totals.looked_after, plan.totals.orphans), (1, 5, 1));
    let update = &plan.steps[4];
    assert_eq!(
        update.changes,
        [Change { attribute: Attribute::UserType, from: Some("Basic".into()), to: Some("Licensed".into()) }]
    );
    assert!(plan.steps[5].changes.iter().any(|change| change.attribute == Attribute::Email));
}

#[test]
fn toggles_forbid_and_say_so() {
    let people = [
        person("made", &["Staff"]),
        linked(person("wrong", &["Staff", "Licensed"]), "staff"),
        linked(person("left", &["Pupils"]), "staff"),
        Person { standing: Standing::Disabled, ..linked(person("off", &["Staff"]), "staff") },
        person("adopted", &["Staff"]),
    ];
    let seats: Vec<Seat> = ["wrong", "left", "off", "adopted"].map(seat).into();
    let none = Toggles {
        may_create: false,
        may_update: false,
        may_disable: false,
        may_deprovision: false,
        adopts: false,
        ..on()
    };
    let rules = [rule("staff", "Staff")];
    let plan = plan_with(&none, &rules, &people, &seats);
    assert!(plan.steps.is_empty());
    let off = NoteKind::SwitchedOff;
    assert_eq!(
        notes(&plan),
        [
            off(Action::Create),
            off(Action::Update),
            off(Action::Disable),
            off(Action::Disable),
            NoteKind::NotAdopted
        ]
    );
    let silent = plan_with(&Toggles::default(), &rules, &people, &seats);
    assert!(silent.steps.is_empty() && silent.notes.is_empty());
    let deletes = Toggles { removal: Removal::Delete, ..on() };
    let plan = plan_with(&deletes, &rules, &people, &seats);
    assert_eq!(actions(&plan)[..2], [(Action::Disable, "off", 0), (Action::Delete, "left", 0)]);
}

#[test]
fn a_deleted_rule_takes_people_with_it_only_when_told_to() {
    let people = [linked(person("left", &["Pupils"]), "pupils")];
    let rules = [rule("staff", "Staff")];
    let stays = plan_with(&on(), &rules, &people, &[seat("left")]);
    assert_eq!((stays.steps.len(), notes(&stays)), (0, vec![NoteKind::RuleDeleted]));
    let goes = plan_with(&Toggles { removes_with_rule: true, ..on() }, &rules, &people, &[seat("left")]);
    assert_eq!(actions(&goes), [(Action::Disable, "left", 0)]);
}

#[test]
fn one_person_is_never_too_much_by_percent_alone() {
    let people = ["stays", "also", "left"]
        .map(|id| linked(person(id, &[if id == "left" { "Pupils" } else { "Staff" }]), "staff"));
    let seats = ["stays", "also", "left"].map(seat);
    let asks = |most, most_percent| {
        let toggles = Toggles { most, most_percent, ..on() };
        let plan = plan_with(&toggles, &[rule("staff", "Staff")], &people, &seats);
        assert_eq!(actions(&plan), [(Action::Disable, "left", 0)]);
        plan.needs_confirmation
    };
    assert!(!asks(None, Some(5)) && !asks(Some(1), Some(0)) && asks(Some(0), Some(100)));
}

#[test]
fn too_many_removals_wait_for_an_owner() {
    let people: Vec<Person> = (0..100)
        .map(|n| linked(person(&format!("p{n}"), &[if n < 10 { "Pupils" } else { "Staff" }]), "staff"))
        .collect();
    let seats: Vec<Seat> = (0..100).map(|n| seat(&format!("p{n}"))).collect();
    let asks = |most, most_percent| {
        let toggles = Toggles { most, most_percent, ..on() };
        plan_with(&toggles, &[rule("staff", "Staff")], &people, &seats).needs_confirmation
    };
    assert!(!asks(None, None) && !asks(Some(10), None) && asks(Some(9), None));
    assert!(!asks(None, Some(10)) && asks(None, Some(9)) && asks(Some(100), Some(0)));
}

#[test]
fn what_zoom_does_not_do_is_not_asked_of_it() {
    let mut seats: Vec<Seat> = ["pending", "owner", "moved"].map(seat).into();
    seats[0].state = SeatState::Pending;
    seats[1].is_protected = true;
    seats[2].values.set(Attribute::UserName, "old@north.example");
    let people = [
        person("pending", &["Staff", "Licensed"]),
        Person { standing: Standing::Gone, ..linked(person("owner", &[]), "staff") },
        linked(person("moved", &["Staff"]), "staff"),
    ];
    let plan = plan(&people, &seats);
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(notes(&plan), [NoteKind::Pending, NoteKind::Protected, NoteKind::AddressDiffers]);
    // A value that did not stay is not sent again, until another is wanted.
    let mut stubborn = linked(person("right", &["Staff", "Licensed"]), "staff");
    stubborn.link.as_mut().unwrap().ignored.set(Attribute::UserType, "Licensed");
    let again = self::plan(std::slice::from_ref(&stubborn), &[seat("right")]);
    assert_eq!((again.steps.len(), notes(&again)), (0, vec![NoteKind::Ignored(Attribute::UserType)]));
}

#[test]
fn nobody_who_administers_the_zoom_account_loses_that() {
    let mut with_role = mapping();
    with_role.rows.push(Row {
        attribute: Attribute::Roles,
        from: Source::Text("Member".to_owned()),
        then: Vec::new(),
        otherwise: None,
    });
    let mut admin = Seat { is_protected: true, is_complete: true, ..seat("a") };
    admin.values.set(Attribute::Roles, "Admin");
    let (toggles, rules, proofs) = (on(), [rule("staff", "Staff")], proofs());
    let mut planner = Planner::new(&toggles, &rules, (&with_role, &proofs), [admin]);
    let person = linked(person("a", &["Staff"]), "staff");
    planner.claim(&person.id, "z-a");
    planner.add(&person);
    let plan = planner.finish();
    assert_eq!((plan.steps.len(), notes(&plan)), (0, vec![NoteKind::Protected]));
}

#[test]
fn what_lists_do_not_tell_is_planned_by_what_was_taken() {
    let mut titled = linked(person("a", &["Staff"]), "staff");
    titled.fields.insert("title".to_owned(), vec!["Head".to_owned()]);
    let changed = plan(std::slice::from_ref(&titled), &[seat("a")]);
    let change = Change { attribute: Attribute::Title, from: None, to: Some("Head".into()) };
    assert_eq!(changed.steps[0].changes, [change]);
    assert!(plan(&[linked(titled.clone(), "staff")], &[seat("a")]).steps.is_empty());
    // A user that was read whole is compared as they are.
    let mut whole = seat("a");
    whole.is_complete = true;
    whole.values.set(Attribute::Title, "Head");
    assert!(plan(&[titled], &[whole]).steps.is_empty());
}

/// Zoom is told "none" of some attributes alone: whoever has no value of the others would be changed at every run.
#[test]
fn who_has_no_value_keeps_what_zoom_cannot_take_away() {
    let mut without = mapping();
    for row in &mut without.rows {
        row.otherwise = None;
    }
    let mut held = seat("a");
    held.is_licensed = true;
    held.values.set(Attribute::UserType, "Licensed");
    let (toggles, rules, proofs) = (on(), [rule("staff", "Staff")], proofs());
    let made = |person: &Person| {
        let mut planner = Planner::new(&toggles, &rules, (&without, &proofs), [held.clone()]);
        planner.claim(&person.id, "z-a");
        planner.add(person);
        planner.finish()
    };
    let mut one = linked(person("a", &["Staff"]), "staff");
    one.link.as_mut().unwrap().taken = None;
    let stays = made(&one);
    assert_eq!((stays.steps.len(), notes(&stays)), (0, vec![]));
    one.fields.remove("department");
    let taken = made(&one);
    let change = Change { attribute: Attribute::Department, from: Some("Maths".into()), to: None };
    assert_eq!(actions(&taken), [(Action::Update, "a", 0)]);
    assert_eq!(taken.steps[0].changes, [change]);
    one.link.as_mut().unwrap().ignored.set_empty(Attribute::Department);
    let stubborn = made(&one);
    assert_eq!((stubborn.steps.len(), notes(&stubborn)), (0, vec![NoteKind::Ignored(Attribute::Department)]));
}

#[test]
fn a_zoom_user_who_vanished_is_made_again() {
    let plan = plan(&[linked(person("a", &["Staff"]), "staff"), linked(person("b", &[]), "staff")], &[]);
    assert_eq!(actions(&plan), [(Action::Create, "a", 0)]);
    assert_eq!(notes(&plan), [NoteKind::Vanished, NoteKind::Vanished]);
}
