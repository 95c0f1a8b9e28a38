//! The planner on small cases, and its promises on many random ones.

use std::collections::BTreeMap;

use super::mapping::{Mapping, Row, Source, Transform};
use super::plan::*;
use super::planner::Planner;
use super::proof::Proofs;
use super::rule::{Comparison, Condition, Rule};
use super::*;
use crate::base::Rng;
use crate::scim::attribute::{Attribute, Values};

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
fn two_people_never_share_a_zoom_user() {
    let mut twin = person("b", &["Staff"]);
    twin.fields.insert("email".to_owned(), vec!["A@north.example".to_owned()]);
    let duplicate = |other: &str| NoteKind::Duplicate { other: other.to_owned() };
    let both = [person("a", &["Staff"]), twin.clone()];
    for seats in [vec![], vec![seat("a")]] {
        let neither = plan(&both, &seats);
        assert!(
            neither.steps.is_empty(),
            "children of one parent, or a forged address: somebody has to look"
        );
        assert_eq!(notes(&neither), [duplicate("a"), duplicate("b")]);
    }
    // Of many notes the first are kept: what somebody has to look at stands before Zoom users who are nobody's.
    let among_strangers = plan(&both, &[seat("x"), seat("y")]);
    assert_eq!(notes(&among_strangers), [duplicate("a"), duplicate("b"), NoteKind::Orphan, NoteKind::Orphan]);
    // A link goes before an address, whoever comes first.
    twin.link = Some(Link { zoom_id: "z-a".to_owned(), ..Link::default() });
    let held = plan(&[person("a", &["Staff"]), twin], &[seat("a")]);
    assert_eq!(held.notes[0].kind, NoteKind::Duplicate { other: "b".to_owned() });
    assert!(held.steps.iter().all(|step| step.person == "b"));
}

/// Whoever runs an identity provider can write the head teacher's address into an assertion.
#[test]
fn a_zoom_user_is_taken_over_only_by_whom_the_address_is_proved_for() {
    let given_by = |id: &str, from: &str| Person {
        given_by: Some(from.to_owned()),
        fields: person("head", &["Staff", "Licensed"]).fields,
        ..person(id, &[])
    };
    let (thief, head) = (given_by("thief", "guests"), given_by("z-head", "own"));
    let seats = [seat("head")];
    let stolen = plan(std::slice::from_ref(&thief), &seats);
    assert_eq!((stolen.steps.len(), notes(&stolen)), (0, vec![NoteKind::Unproved]));
    assert_eq!(stolen.totals.orphans, 0);
    // An owner may allow it; whom we invited ourselves is ours.
    let allowed = Toggles { adopts_unproved: true, ..on() };
    let rules = [rule("staff", "Staff")];
    assert_eq!(plan_with(&allowed, &rules, std::slice::from_ref(&thief), &seats).steps.len(), 1);
    let invited_as = |address: &str| Person { invited_as: Some(address.to_owned()), ..thief.clone() };
    let none = Toggles { adopts: false, ..on() };
    assert!(plan_with(&none, &rules, &[invited_as("head@north.example")], &seats).steps[0].adopts);
    let moved = plan_with(&none, &rules, &[invited_as("thief@north.example")], &seats);
    assert_eq!(
        (moved.steps.len(), notes(&moved)),
        (0, vec![NoteKind::NotAdopted]),
        "invited as somebody else"
    );
    // It goes to whom it is proved for, whoever comes first; also where nobody is there yet.
    for people in [[thief.clone(), head.clone()], [head, thief]] {
        for seats in [&seats[..], &[]] {
            let one = plan(&people, seats);
            let persons: Vec<_> = one.steps.iter().map(|step| step.person.as_str()).collect();
            assert_eq!(persons, ["z-head"], "{:?}", one.notes);
            let loses = NoteKind::Duplicate { other: "z-head".to_owned() };
            let of_thief = |note: &&Note| note.person.as_deref() == Some("thief");
            assert!(one.notes.iter().filter(of_thief).any(|note| note.kind == loses), "{:?}", one.notes);
        }
    }
}

/// Nobody notes which connection gave a username; where the account has one that may not speak for its domain, it may be
/// from there.
#[test]
fn an_address_that_is_made_of_something_else_than_the_email_is_proved_by_nobody_in_particular() {
    let mut usual = mapping();
    usual.rows[0].from = Source::Field("username".to_owned());
    let mut thief = person("thief", &["Staff", "Licensed"]);
    thief.fields.insert("username".to_owned(), vec!["head@north.example".to_owned()]);
    let (toggles, rules) = (on(), [rule("staff", "Staff")]);
    let made = |proofs: &Proofs| {
        let mut planner = Planner::new(&toggles, &rules, (&usual, proofs), [seat("head")]);
        planner.add(&thief);
        planner.finish()
    };
    let stolen = made(&proofs());
    assert_eq!((stolen.steps.len(), notes(&stolen)), (0, vec![NoteKind::Unproved]));
    let mut own = proofs();
    own.by_connection.remove("guests");
    assert!(made(&own).steps[0].adopts, "every connection may speak for it");
    thief.given_by = Some("guests".to_owned());
    let mut planner = Planner::new(&toggles, &rules, (&usual, &own), [seat("head")]);
    planner.add(&thief);
    assert!(planner.finish().steps.is_empty(), "of a connection that is gone");
}

#[test]
fn who_is_shut_out_keeps_no_address_from_others() {
    let old = Person { id: "old".to_owned(), standing: Standing::Disabled, ..person("a", &["Staff"]) };
    let plan = plan(&[old.clone(), person("a", &["Staff"])], &[seat("a")]);
    assert_eq!((actions(&plan), notes(&plan)), (vec![(Action::Adopt, "a", 0)], vec![]));
    let alone = self::plan(&[old], &[seat("a")]);
    assert!(alone.steps.is_empty() && alone.notes.is_empty(), "{alone:?}");
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

/// As whoever accepts keeps the id under which they were made, nothing else would ever tell of it.
#[test]
fn what_became_of_somebody_in_zoom_is_noted_and_what_nobody_read_back_is_sent() {
    let stands = |is_pending, is_off| {
        let mut one = person("a", &["Staff"]);
        one.fields.insert("title".to_owned(), vec!["Head".to_owned()]);
        let mut one = linked(one, "staff");
        let link = one.link.as_mut().unwrap();
        (link.is_pending, link.is_off) = (is_pending, is_off);
        one.invited_as = is_pending.then(|| "a@north.example".to_owned());
        one
    };
    let found = |person: Person, state| {
        let plan = plan(&[person], &[Seat { state, ..seat("a") }]);
        let kinds: Vec<_> = plan.found.iter().map(|found| found.what).collect();
        (kinds, plan)
    };
    let (accepted, plan) = found(stands(true, false), SeatState::Active);
    assert_eq!((accepted, actions(&plan)), (vec![FoundKind::Accepted], vec![(Action::Update, "a", 0)]));
    assert_eq!(plan.steps[0].changes[0].attribute, Attribute::Title);
    let (on, plan) = found(stands(false, true), SeatState::Active);
    assert_eq!((on, actions(&plan)), (vec![FoundKind::OnAgain], vec![]));
    for state in [SeatState::Pending, SeatState::Inactive] {
        assert!(found(stands(false, true), state).0.is_empty(), "{state:?}");
    }
    assert!(found(stands(true, false), SeatState::Pending).0.is_empty());
    // Also of those whom nothing is done with.
    let shut_out = Person { standing: Standing::Disabled, ..stands(true, false) };
    assert_eq!(found(shut_out, SeatState::Inactive).0, [FoundKind::Accepted]);
    let gone = Person { standing: Standing::Gone, ..stands(false, true) };
    assert_eq!(found(gone, SeatState::Active).0, [FoundKind::OnAgain]);
}

fn invited(id: &str, groups: &[&str]) -> Person {
    let mut one = linked(person(id, groups), "staff");
    one.link.as_mut().unwrap().is_pending = true;
    one.invited_as = Some(format!("{id}@north.example"));
    one
}

/// Whoever has not accepted has no id in any list.
fn pending(id: &str) -> Seat {
    Seat { state: SeatState::Pending, zoom_id: String::new(), ..seat(id) }
}

#[test]
fn an_invitation_of_ours_is_withdrawn_from_whom_no_rule_means_and_lost_from_sight_by_nobody() {
    let left = invited("left", &["Pupils"]);
    let gone = Person { standing: Standing::Gone, ..invited("gone", &[]) };
    let off = Person { standing: Standing::Disabled, ..invited("off", &["Staff"]) };
    let out_and_off = Person { standing: Standing::Disabled, ..invited("both", &["Pupils"]) };
    let people = [left, gone, off, out_and_off];
    let seats = ["left", "gone", "off", "both"].map(pending);
    let rules = [rule("staff", "Staff")];
    let with = |toggles: Toggles| {
        let plan = plan_with(&toggles, &rules, &people, &seats);
        assert_eq!(plan.totals.orphans, 0, "{:?}", plan.notes);
        plan
    };
    let deletes = with(Toggles { removal: Removal::Delete, ..on() });
    assert_eq!(actions(&deletes), [(Action::Delete, "left", 0), (Action::Delete, "gone", 0)]);
    assert_eq!(deletes.steps[0].withdraws.as_deref(), Some("left@north.example"));
    assert_eq!(notes(&deletes), [NoteKind::Pending, NoteKind::Pending]);
    let disables = with(on());
    assert_eq!((disables.steps.len(), notes(&disables)), (0, vec![NoteKind::Pending; 4]));
    let forbids = with(Toggles { removal: Removal::Delete, may_deprovision: false, ..on() });
    let off = NoteKind::SwitchedOff(Action::Delete);
    assert_eq!((forbids.steps.len(), &notes(&forbids)[..2]), (0, &[off.clone(), off][..]));
    // Their rule was deleted, and with it nobody is.
    let deletes = Toggles { removal: Removal::Delete, ..on() };
    let none = plan_with(&deletes, &[rule("other", "Other")], &people[..1], &seats[..1]);
    assert_eq!((none.steps.len(), notes(&none)), (0, vec![NoteKind::RuleDeleted]));
    // Whoever is not in the list of the pending either is gone; of one who was erased nobody knows the address.
    let nobody = plan_with(&deletes, &rules, &people[..1], &[]);
    assert_eq!((nobody.steps.len(), notes(&nobody)), (0, vec![NoteKind::Vanished]));
    let erased = Person { standing: Standing::Gone, invited_as: None, ..invited("gone", &[]) };
    let erased = plan_with(&deletes, &rules, &[erased], &[]);
    assert_eq!((erased.steps.len(), notes(&erased)), (0, vec![NoteKind::Pending]));
}

#[test]
fn who_is_invited_is_not_made_again_where_no_list_would_tell_of_them() {
    let (toggles, rules, mapping, proofs) = (on(), [rule("staff", "Staff")], mapping(), proofs());
    let with = |person: &Person, is_by_scim_alone| {
        let planner = Planner::new(&toggles, &rules, (&mapping, &proofs), []);
        let mut planner = planner.by_scim_alone(is_by_scim_alone);
        planner.add(person);
        let plan = planner.finish();
        (plan.steps.len(), notes(&plan))
    };
    let staff = invited("a", &["Staff"]);
    assert_eq!(with(&staff, true), (0, vec![NoteKind::Pending]));
    assert_eq!(with(&staff, false), (1, vec![NoteKind::Vanished]));
    assert_eq!(with(&invited("a", &["Pupils"]), true), (0, vec![NoteKind::Pending]));
    let mut moved = staff;
    moved.invited_as = Some("before@north.example".to_owned());
    assert_eq!(with(&moved, true).0, 1, "the invitation went to another address");
}

#[test]
fn a_zoom_user_who_vanished_is_made_again() {
    let plan = plan(&[linked(person("a", &["Staff"]), "staff"), linked(person("b", &[]), "staff")], &[]);
    assert_eq!(actions(&plan), [(Action::Create, "a", 0)]);
    assert_eq!(notes(&plan), [NoteKind::Vanished, NoteKind::Vanished]);
}

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
        let (mut people, mut users) = (std::collections::HashSet::new(), std::collections::HashSet::new());
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
