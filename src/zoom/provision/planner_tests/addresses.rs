//! Whose a Zoom user is, where an address alone says so: whoever it is proved for, and one person only.

use super::*;

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

/// As where each is looked up by themselves, or somebody moves from one list to another while they are read.
#[test]
fn a_zoom_user_who_is_told_of_twice_is_still_one_persons() {
    let mut twin = person("b", &["Staff"]);
    twin.fields.insert("email".to_owned(), vec!["a@north.example".to_owned()]);
    let people = [linked(person("a", &["Staff"]), "staff"), twin];
    let plan = plan(&people, &[seat("a"), seat("a")]);
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(notes(&plan), [NoteKind::Duplicate { other: "a".to_owned() }]);
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
    let alone = super::plan(&[old], &[seat("a")]);
    assert!(alone.steps.is_empty() && alone.notes.is_empty(), "{alone:?}");
}
