//! The pages about people with hostile values in every place, for the table of pages.

use gatepost_saml::instant::Instant;

use super::console_tests::around;
use super::fields::Wrong;
use super::markup::{ESCAPED, HOSTILE};
use super::people::{
    ErasurePage, ErasuresPage, IdentityRow, InZoom, PeopleImportPage, PeoplePage, PersonDataPage, PersonPage,
    RecentRow, SessionRow,
};
use super::typed::Typed;
use super::{Frame, Page};
use crate::base::Rng;
use crate::base::caller::Role;
use crate::base::id::{ErasureId, UserId, ZoomRunId};
use crate::base::sentence::{Sentence, sentence};
use crate::directory::mapping::{MappedField, Profile};
use crate::directory::state::{Outcome, UserState, ZoomStepState};
use crate::flow::user::data::Kept;
use crate::flow::user::erase::{Erased, Receipt};
use crate::flow::user::origin::Known;
use crate::flow::user::{Imported, UserDetail, UserView};
use crate::flow::zoom::provision::people::PersonView;
use crate::flow::zoom::provision::run::StepView;
use crate::scim::attribute::Attribute;

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn user(state: UserState, has_all: bool) -> UserView {
    let text = || has_all.then(|| HOSTILE.to_owned());
    UserView {
        id: UserId::make(AT, &Rng::seeded(1)),
        external_id: text(),
        state,
        role: Role::Owner,
        profile: Profile { email: text(), first_name: text(), last_name: text(), ..Profile::default() },
        is_email_verified: has_all,
        created_at: AT,
        updated_at: AT,
        version: 1,
    }
}

fn known(has_origin: bool) -> Known {
    let mapped = MappedField {
        field: HOSTILE.to_owned(),
        values: vec![HOSTILE.to_owned()],
        source: HOSTILE.to_owned(),
        attribute: Some(HOSTILE.to_owned()),
        sent: None,
        rule: HOSTILE.to_owned(),
    };
    Known {
        field: HOSTILE.to_owned(),
        values: vec![HOSTILE.to_owned()],
        taken_from: has_origin.then_some(mapped),
    }
}

/// A form that was refused at each of its fields.
fn refused(frame: Frame) -> Typed {
    let fields = ["first_name", "last_name", "email", "external_id"];
    let mut sent = form_urlencoded::Serializer::new(String::new());
    let wrong = fields.map(|field| {
        sent.append_pair(field, HOSTILE);
        sentence!("\"{email}\" is no email address", email = HOSTILE).about(field)
    });
    let wrong = Wrong::new(&Sentence::all(wrong.to_vec()).unwrap(), frame.text, |_| None);
    Typed::of(sent.finish().as_bytes()).with(wrong)
}

/// Somebody whom Zoom has refused, or no run has had to do with.
fn in_zoom(is_known: bool) -> InZoom {
    let (user_id, text) = (UserId::make(AT, &Rng::seeded(1)), || HOSTILE.to_owned());
    let standing = PersonView {
        user_id,
        name: Some(text()),
        email: Some(text()),
        is_here: true,
        zoom_id: Some(text()),
        rule: Some(text()),
        is_pending: false,
        is_off: false,
        ignored: [(Attribute::Department, HOSTILE)].into_iter().collect(),
        problem: Some("conflict".to_owned()),
        changed_at: AT,
    };
    let step = StepView {
        number: 1,
        kind: "create".to_owned(),
        state: ZoomStepState::Failed,
        user_id: Some(user_id),
        name: Some(text()),
        zoom_id: Some(text()),
        zoom_email: Some(text()),
        changes: Vec::new(),
        licences: 0,
        adopts: false,
        detail: Some(text()),
        problem: Some(text()),
        said: Some(text()),
        ignored: Vec::new(),
        ended_at: Some(AT),
    };
    let steps = is_known.then(|| (ZoomRunId::make(AT, &Rng::seeded(3)), step));
    InZoom { standing: is_known.then_some(standing), steps: steps.into_iter().collect(), may_retry: true }
}

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let text = || HOSTILE.to_owned();
    let form = refused(frame);
    let people = [user(UserState::Active, true), user(UserState::Disabled, false)];
    let list = |people, typed, next: Option<String>| {
        let (slug, roles) = (HOSTILE, Role::ALL);
        let page = PeoplePage {
            frame,
            around: around(frame),
            slug,
            typed,
            is_disabled_only: true,
            of_role: Some(Role::Admin),
            people,
            next,
            roles,
            form: &form,
        };
        page.html()
    };
    let identities = [IdentityRow { connection: text(), source: text(), value: text(), created_at: AT }];
    let session = |client| SessionRow { id: text(), client, connection: text(), created_at: AT, seen_at: AT };
    let sessions = [session(text()), session(String::new())];
    let warned = [text()];
    let recent =
        [RecentRow { id: text(), at: AT, outcome: Outcome::Refused, code: Some(text()), connection: text() }];
    let person = |is_full: bool, may_change: bool| {
        let state = if is_full { UserState::Active } else { UserState::Disabled };
        let last_sign_in_at = is_full.then_some(AT);
        let detail = UserDetail { user: user(state, is_full), last_sign_in_at, identities: Vec::new() };
        let zoom = may_change.then(|| in_zoom(is_full));
        let page = PersonPage {
            frame,
            around: around(frame),
            slug: HOSTILE,
            detail: &detail,
            known: if is_full { &[known(true), known(false)] } else { &[] },
            last: is_full.then(|| (text(), AT, text())),
            identities: if is_full { &identities } else { &[] },
            warned: if is_full { &warned } else { &[] },
            sessions: if is_full { &sessions } else { &[] },
            sign_ins: if is_full { &recent } else { &[] },
            roles: Role::ALL,
            may_change,
            form: &form,
            zoom: zoom.as_ref(),
        };
        page.html()
    };
    let data = |may_change| {
        let (user, slug) = (&user(UserState::Active, true), HOSTILE);
        let kept = Kept { messages: 3, is_guest: true, ..Kept::default() };
        let around = around(frame);
        PersonDataPage { frame, around, slug, user, kept, is_mistyped: true, may_change }.html()
    };
    let receipt = Receipt {
        id: ErasureId::make(AT, &Rng::seeded(2)),
        user_id: UserId::make(AT, &Rng::seeded(1)),
        erased_by: text(),
        erased: Erased::default(),
        at: AT,
    };
    let receipts = |receipts, older| {
        ErasuresPage { frame, around: around(frame), slug: HOSTILE, receipts, older }.html()
    };
    let import = |imported, wrong| {
        PeopleImportPage { frame, around: around(frame), slug: HOSTILE, csv: HOSTILE, imported, wrong }.html()
    };
    vec![
        ("People", list(&people, HOSTILE, Some(text()))),
        ("People", list(&[], "", None)),
        (ESCAPED, person(true, true)),
        // Without a name they are called by their id.
        ("user_", person(false, false)),
        ("user_", person(false, true)),
        ("What is kept of this person", data(true)),
        ("What is kept of this person", data(false)),
        ("Receipts of erasures", receipts(std::slice::from_ref(&receipt), Some(text()))),
        ("Receipts of erasures", receipts(&[], None)),
        (
            "Receipt of an erasure",
            ErasurePage { frame, around: around(frame), slug: HOSTILE, receipt: &receipt }.html(),
        ),
        ("Import a list", import(None, &[text()])),
        ("Import a list", import(Some(Imported { is_written: true, ..Imported::default() }), &[])),
        ("Import a list", import(Some(Imported::default()), &[])),
    ]
}
