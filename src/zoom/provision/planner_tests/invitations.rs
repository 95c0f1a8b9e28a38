//! Who has not accepted yet, and what became of people in Zoom since.

use super::*;

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
    let beside = plan(&[moved], &[pending("before")]);
    assert_eq!((actions(&beside), notes(&beside)), (vec![(Action::Create, "a", 0)], vec![NoteKind::Pending]));
}

/// What is kept of them would keep their Zoom user from whoever comes back, and would never be needed again.
#[test]
fn who_is_gone_is_over_once_nothing_is_left_that_could_be_taken_away() {
    let gone = Person { standing: Standing::Gone, ..linked(person("a", &[]), "staff") };
    let with = |toggles: &Toggles, person: &Person, seats: &[Seat]| {
        let plan = plan_with(toggles, &[rule("staff", "Staff")], std::slice::from_ref(person), seats);
        let kinds: Vec<_> = plan.found.iter().map(|found| found.what).collect();
        (kinds, plan.steps.len(), notes(&plan))
    };
    let stands = |state| [Seat { state, ..seat("a") }];
    let over = (vec![FoundKind::Over], 0, vec![]);
    assert_eq!(with(&on(), &gone, &[]), over);
    assert_eq!(with(&on(), &gone, &stands(SeatState::Inactive)), over);
    let deletes = Toggles { removal: Removal::Delete, ..on() };
    assert_eq!(with(&deletes, &gone, &stands(SeatState::Inactive)), (vec![], 1, vec![]));
    let none = (vec![], 0, vec![]);
    assert_eq!(with(&on(), &gone, &stands(SeatState::Pending)), none, "they may accept yet");
    let shut_out = Person { standing: Standing::Disabled, ..gone };
    assert_eq!(with(&on(), &shut_out, &[]), (vec![], 0, vec![NoteKind::Vanished]));
}
