//! The pages where something is tried, with hostile values in every place, for the table of pages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatepost_saml::StepName;
use gatepost_saml::code::Code;
use gatepost_saml::instant::Instant;

use super::console_tests::around;
use super::fields::Wrong;
use super::mapping::{MappingPage, Proposed, WhatIfPage};
use super::markup::HOSTILE;
use super::{Frame, Page};
use crate::base::Rng;
use crate::base::id::{AccountId, AttemptId};
use crate::base::sentence::{Sentence, sentence};
use crate::directory::mapping::{Lineage, MappedField, Note};
use crate::directory::preset::Product;
use crate::directory::state::Outcome;
use crate::directory::statement::{Attribute, NameId, Statement};
use crate::flow::connection::mapping_form::{MappingForm, Origin, OwnRow, RoleRow, Row};
use crate::flow::connection::playground::{Bench, Come, RecordedView, Tried};
use crate::flow::connection::revision::Difference;
use crate::flow::connection::what_if::{Changed, FieldChange, Verdict, WhatIf};
use crate::words::{EN, ES};

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn text() -> String {
    HOSTILE.to_owned()
}

fn verdict(is_accepted: bool, value: &str) -> Verdict {
    let fields = BTreeMap::from([("email".to_owned(), vec![value.to_owned()])]);
    Verdict {
        is_accepted,
        is_restarted: false,
        code: (!is_accepted).then_some(Code::MappingRequiredMissing),
        step: Some(StepName::Mapping),
        wanted: Some(text()),
        found: Some(text()),
        fields,
    }
}

fn come(is_accepted: bool, value: &str) -> Come {
    let field = |sent: &[&str]| MappedField {
        field: "email".to_owned(),
        values: vec![value.to_owned()],
        source: text(),
        attribute: Some(text()),
        sent: Some(sent.iter().map(|sent| (*sent).to_owned()).collect()),
        rule: text(),
    };
    let note = |code| Note { code: Cow::Borrowed(code), text: Cow::Borrowed(HOSTILE) };
    let notes = vec![note("groups_unknown"), note("role_reserved")];
    let fields = vec![field(&[HOSTILE]), field(&["a", "b"])];
    Come { verdict: verdict(is_accepted, value), lineage: Lineage { fields, email: None, notes } }
}

/// With the title that each must have in English.
#[expect(clippy::too_many_lines, reason = "a list")]
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let attempt = AttemptId::make(AT, &Rng::seeded(1));
    let bench = |recorded| Bench {
        account_id: AccountId::make(AT, &Rng::seeded(2)),
        connection_name: text(),
        product: Product::Okta,
        revision: 1,
        mapping: text(),
        usual: text(),
        recorded,
    };
    let recorded = RecordedView { attempt, at: AT, outcome: Outcome::Refused };
    let (full, empty) = (bench(vec![recorded]), bench(Vec::new()));
    let attribute = Attribute { name: text(), friendly_name: None, values: vec![text()] };
    let name_id = Some(NameId { value: text(), ..NameId::default() });
    let tried = |is_accepted| Tried {
        statement: Statement { name_id: name_id.clone(), attributes: vec![attribute.clone()] },
        is_verified: is_accepted,
        before: come(true, "before"),
        after: come(is_accepted, HOSTILE),
        unused: vec![text(), text()],
        is_veiled: is_accepted,
    };
    let row = Row {
        from: Origin::Written,
        value: text(),
        split: text(),
        capture: text(),
        case: "upper".to_owned(),
        is_required: true,
    };
    let role = RoleRow { grant: text(), when: text(), is_pattern: true, value: text() };
    let form = MappingForm {
        rows: [("email", row.clone())].into(),
        own: vec![OwnRow { name: text(), row }, OwnRow::default()],
        roles: vec![role, RoleRow::default()],
        may_grant_owner: true,
        is_absent_unknown: true,
    };
    let hostile = || sentence!("there is no account \"{slug}\"", slug = text());
    let all = ["value_email", "capture_own_0", "role_0"].map(|field| hostile().about(field));
    let wrong = Wrong::new(&Sentence::all(all.to_vec()).unwrap(), frame.text, |_| None);
    let mapping = |bench, tried: Option<Tried>| {
        let (around, slug, connection, rules) = (around(frame), HOSTILE, HOSTILE, HOSTILE);
        let (is_by_json, chosen, pasted) = (tried.is_some(), HOSTILE, HOSTILE);
        let (form, wrong, tried) = (&form, &wrong, tried.as_ref());
        MappingPage {
            frame,
            around,
            slug,
            connection,
            bench,
            rules,
            chosen,
            pasted,
            form,
            is_by_json,
            wrong,
            tried,
            version: 1,
        }
        .html()
    };
    let proposed = Proposed {
        back: Some("settings"),
        version: 1,
        revision: None,
        name: text(),
        metadata: text(),
        waiting: text(),
        proposal: text(),
        mapping: text(),
        set: text(),
        add_certificate: text(),
        more_certificates: vec![text()],
        remove_key: text(),
    };
    let what_if = |found: Option<WhatIf>| {
        let (around, slug, connection, connection_name) = (around(frame), HOSTILE, HOSTILE, HOSTILE);
        let (product, proposed, found) = (Product::Okta, &proposed, found.as_ref());
        WhatIfPage { frame, around, slug, connection, connection_name, product, proposed, found }.html()
    };
    let change = Difference { path: text(), before: text().into(), after: text().into() };
    let fields = vec![FieldChange { field: text(), before: vec![text()], after: Vec::new() }];
    let changed = Changed {
        attempt,
        at: AT,
        recorded: Outcome::Refused,
        recorded_code: Some(text()),
        before: verdict(true, HOSTILE),
        after: verdict(false, HOSTILE),
        fields,
    };
    let found = WhatIf {
        change: vec![change],
        tried: 50,
        changed: vec![changed],
        notes: vec![sentence!("there is no account \"{slug}\"", slug = text())],
        is_veiled: true,
    };
    vec![
        ("Mapping", mapping(&full, Some(tried(true)))),
        ("Mapping", mapping(&full, Some(tried(false)))),
        ("Mapping", mapping(&empty, None)),
        ("What if", what_if(Some(found))),
        ("What if", what_if(Some(WhatIf { tried: 3, ..WhatIf::default() }))),
        ("What if", what_if(Some(WhatIf::default()))),
        ("What if", what_if(None)),
    ]
}

#[test]
fn what_gets_lost_is_said() {
    let frame = Frame { text: &EN, is_demo: false };
    let page = &pages_in(frame)[0].1;
    assert!(page.contains("of 2 values that were sent, 1 are kept"), "{page}");
    assert!(page.contains("Groups were too many to be sent"), "{page}");
}

#[test]
fn fields_and_refusals_are_told_in_words_with_the_code_behind() {
    for (text, field, sentence) in [
        (&EN, "Email address", "add the attribute shown as wanted"),
        (&ES, "Correo electrónico", "agregue el atributo que se esperaba"),
    ] {
        let pages = pages_in(Frame { text, is_demo: false });
        let (refused, what_if) = (&pages[1].1, &pages[3].1);
        assert!(refused.contains(&format!("<th scope=\"row\">{field}</th>")), "{refused}");
        assert!(!refused.contains("<code>email</code>"), "{refused}");
        assert!(what_if.contains(sentence) && what_if.contains("mapping_required_missing"), "{what_if}");
    }
}
