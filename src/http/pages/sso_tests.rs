//! The pages of single sign-on with hostile values in every place, for the table of pages.

use gatepost_saml::code::{Code, StepName};
use gatepost_saml::instant::Instant;
use gatepost_saml::paste::{Form, Pasted, Problem, ProblemCode};
use gatepost_saml::policy::Relaxation;
use gatepost_saml::trace::{MessageKind, Trace};
use serde_json::json;

use super::certificates::CertificatesPage;
use super::console_tests::around;
use super::fields::Wrong;
use super::markup::{ESCAPED, HOSTILE};
use super::sso::{ChoosePage, ConnectionPage, Ours, PasteForm, Present, StepsPage, TestedPage, Typed};
use super::sso_history::HistoryPage;
use super::sso_settings::{Choices, SettingsPage};
use super::{Frame, Page};
use crate::base::id::{AttemptId, ConnectionId, SpKeyId};
use crate::base::sentence::{Sentence, sentence};
use crate::directory::mapping::{Lineage, MappedField, Note};
use crate::directory::preset::Product;
use crate::directory::state::{ConnectionState, KeyPurpose, KeyState, Outcome};
use crate::flow::connection::ConnectionView;
use crate::flow::connection::brought::Bringer;
use crate::flow::connection::drift::DriftView;
use crate::flow::connection::paste::{Missing, Seen};
use crate::flow::connection::revision::{Difference, RevisionView, Source};
use crate::flow::connection::show::{Detail, KeyView, MetadataView};
use crate::flow::connection::strictness::Strictness;
use crate::flow::connection::tested::TestView;
use crate::flow::connection::unknown_key::UnknownKeyView;
use crate::flow::event::Names;
use crate::flow::keys::sp::{SpKeyView, Use};
use crate::flow::login::StoredTrace;
use crate::words::Message;

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn h() -> String {
    HOSTILE.to_owned()
}

pub(super) fn detail(state: ConnectionState) -> Detail {
    Detail {
        view: ConnectionView {
            id: ConnectionId::first_of(AT),
            name: h(),
            state,
            idp_entity_id: h(),
            sp_entity_id: h(),
            acs_url: h(),
            metadata_url: h(),
            login_url: h(),
        },
        account_slug: h(),
        revision: 2,
        product: Product::Okta,
        settings: json!({ "product": "okta", "sso_redirect_url": HOSTILE }),
        keys: vec![KeyView {
            certificate_sha256: h(),
            spki_sha256: h(),
            subject: h(),
            key: h(),
            not_before: AT,
            not_after: AT,
            source: Source::Metadata,
            first_used_at: Some(AT),
            last_used_at: Some(AT),
            brought: Some(Bringer { actor: "operator:op_1".to_owned(), at: AT }),
        }],
        metadata: Some(MetadataView {
            url: h(),
            trust: "tls",
            fetched_at: Some(AT),
            next_at: AT,
            valid_until: Some(AT),
            failures: 1,
            problem: Some(h()),
            brought: Some(Bringer { actor: "operator:op_1".to_owned(), at: AT }),
        }),
        has_drift: true,
        has_unknown_key: true,
        is_closed: state == ConnectionState::Retired,
    }
}

fn lineage() -> Lineage {
    let field = |field: &str| MappedField {
        field: field.to_owned(),
        values: vec![h()],
        source: h(),
        attribute: Some(h()),
        sent: None,
        rule: h(),
    };
    Lineage {
        fields: vec![field("email"), field("role"), field(&format!("custom.{HOSTILE}"))],
        email: None,
        notes: vec![Note { code: "x".into(), text: h().into() }],
    }
}

fn trace(is_accepted: bool) -> Trace {
    let mut trace = Trace::new(MessageKind::Response);
    trace.pass(StepName::Version, Some(h().into()), Some(h().into()));
    if !is_accepted {
        trace.fail(StepName::Audience, Code::AudienceMismatch, Some(h().into()), Some("other".into()));
    }
    trace
}

fn test(outcome: Outcome) -> TestView {
    let is_accepted = outcome == Outcome::Tested;
    let mapping = is_accepted.then(lineage);
    let stored = StoredTrace { trace: trace(is_accepted), refusal: None, mapping };
    let product = Product::Other;
    TestView { id: AttemptId::first_of(AT), at: AT, revision: 2, outcome, product, stored }
}

fn seen(codes: &[ProblemCode], missing: &[Missing]) -> Seen {
    let problem = |code: &ProblemCode| Problem::found(*code, HOSTILE).wanting(HOSTILE).choosing([h(), h()]);
    Seen {
        form: Form::Fields,
        problems: codes.iter().map(problem).collect(),
        pasted: Pasted { entity_id: Some(h()), sso_redirect_url: Some(h()), ..Pasted::default() },
        product: Product::Okta,
        looks_like: Some(Product::Entra),
        missing: missing.to_vec(),
    }
}

fn certificates(frame: Frame, (note, state): (Option<Message>, KeyState)) -> String {
    let unknown = |declined_at| UnknownKeyView {
        spki_sha256: h(),
        subject: h(),
        key: h(),
        not_before: AT,
        not_after: AT,
        seen: 3,
        first_seen_at: AT,
        last_seen_at: AT,
        declined_at,
    };
    let drift = DriftView {
        proposal: h(),
        connection: ConnectionId::first_of(AT),
        name: h(),
        kind: "entity_id",
        present: vec![h(), "a".to_owned()],
        proposed: vec![h(), "b".to_owned()],
        found_at: AT,
    };
    let own = |purpose, state| SpKeyView {
        id: SpKeyId::first_of(AT),
        purpose,
        state,
        state_since: AT,
        certificate_sha256: Some("ab12".to_owned()),
        certificate_ends_at: Some(AT),
    };
    let used = Use { key: SpKeyId::first_of(AT), connection: ConnectionId::first_of(AT), name: h(), at: AT };
    let typed = Typed { text: h(), ..Typed::default() };
    let seen = seen(&[ProblemCode::CertificateNotYetValid], &[]);
    let (base, product, plan) = ("/console/at/lincoln/sso", Product::Okta, None);
    let form = PasteForm {
        action: base,
        plan,
        typed: &typed,
        seen: Some(&seen),
        product,
        has_fields: false,
        what_if: Some(HOSTILE),
        sum: "x",
    };
    let page = CertificatesPage {
        frame,
        around: around(frame),
        base,
        detail: &detail(ConnectionState::Active),
        product,
        now: AT,
        unknown: &[unknown(None), unknown(Some(AT))],
        drift: Some(&drift),
        own: &[own(KeyPurpose::Signing, KeyState::Active), own(KeyPurpose::Encryption, state)],
        uses: &[used],
        form,
        note,
        is_tryable: true,
    };
    page.html()
}

fn choices() -> Choices {
    Choices {
        name: h(),
        product: "okta".to_owned(),
        idp_initiated: "accept".to_owned(),
        provisioning: "create".to_owned(),
        link_by_email: true,
        force_authn: false,
        is_request_signed: true,
        ends_with_idp: false,
        asks_before_keys: true,
    }
}

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let around = || around(frame);
    let base = "/console/at/lincoln/sso";
    let present = [Some(base.to_owned()), None].map(|href| Present {
        href,
        name: h(),
        state: ConnectionState::Testing,
    });
    let ours = Ours { entity_id: HOSTILE, metadata_url: HOSTILE, acs_url: HOSTILE, login_url: HOSTILE };
    let typed = Typed { text: h(), ..Typed::default() };
    let fields = Typed { text: String::new(), sso_url: h(), entity_id: h(), certificate: h() };
    let several = seen(&[ProblemCode::SeveralEntities, ProblemCode::EntityIdInUse], &[]);
    let missing = seen(&[], &[Missing::EntityId, Missing::SsoUrl, Missing::Certificate]);
    let remarks = seen(&[ProblemCode::CertificateExpired], &[]);
    let known = detail(ConnectionState::Active);
    let steps = |product, (present, seen), typed| {
        let form = PasteForm {
            action: base,
            plan: Some(HOSTILE),
            typed,
            seen,
            product,
            has_fields: true,
            what_if: None,
            sum: "x",
        };
        StepsPage { frame, around: around(), base, product, ours, present, form }.html()
    };
    let names = Names::from([("op_1".to_owned(), h())]);
    let connection = |state, test: Option<&TestView>| {
        let detail = detail(state);
        let (product, may_override) = (Product::Okta, true);
        let (around, detail, names) = (around(), &detail, &names);
        ConnectionPage { frame, around, base, detail, product, test, names, may_override }.html()
    };
    let chosen = choices();
    let revision = |number, changed| RevisionView {
        number,
        actor: "operator:op_1".to_owned(),
        at: AT,
        reason: Some(h()),
        changed,
    };
    let change = Difference { path: h(), before: json!(null), after: json!(HOSTILE) };
    let revisions = [revision(2, vec![change]), revision(1, Vec::new())];
    let (good, bad) = (test(Outcome::Tested), test(Outcome::Refused));
    let chooses =
        ChoosePage { frame, around: around(), base, present: &present, products: Product::ALL }.html();
    let strictness = Strictness {
        allowed: vec![Relaxation::Sha1, Relaxation::TripleDes],
        until: [(Relaxation::Sha1, "2020-01-01".to_owned()), (Relaxation::Rsa15, h())].into(),
        clock_skew: h(),
        max_validity: h(),
        unverified_emails: "drop".to_owned(),
        email_domains: h(),
        accepted_audiences: h(),
        authn_contexts: h(),
        request_binding: "post".to_owned(),
    };
    let hostile = || sentence!("\"{email}\" is no email address", email = h());
    let all = ["until_sha1", "clock_skew", "email_domains"].map(|field| hostile().about(field));
    let wrong = Wrong::new(&Sentence::all(all.to_vec()).unwrap(), frame.text, |_| None);
    let settings = |strictness, wrong| {
        let (around, detail, chosen) = (around(), &known, &chosen);
        let (is_unchanged, seen) = (true, (1, 2));
        SettingsPage { frame, around, base, detail, chosen, strictness, wrong, now: AT, is_unchanged, seen }
            .html()
    };
    let (detail, is_tryable) = (&known, true);
    let (names, revisions) = (&names, revisions.as_slice());
    let history = HistoryPage { frame, around: around(), base, detail, revisions, names, is_tryable };
    let (passed, mapping) = (trace(true), lineage());
    let tested =
        TestedPage { frame, reference: HOSTILE, trace: &passed, product: Product::Okta, mapping: &mapping };
    let mut pages = vec![
        ("Set up single sign-on", chooses),
        ("Connect AD FS", steps(Product::Adfs, (None, Some(&several)), &typed)),
        ("Connect Okta", steps(Product::Okta, (None, Some(&missing)), &fields)),
        ("Connect your identity provider", steps(Product::Other, (Some(&known), Some(&remarks)), &typed)),
        (ESCAPED, connection(ConnectionState::Draft, None)),
        (ESCAPED, connection(ConnectionState::Testing, Some(&bad))),
        (ESCAPED, connection(ConnectionState::Testing, Some(&good))),
        (ESCAPED, connection(ConnectionState::Active, Some(&good))),
        (ESCAPED, connection(ConnectionState::Disabled, None)),
        (ESCAPED, connection(ConnectionState::Retired, None)),
        (ESCAPED, settings(Some(&strictness), &wrong)),
        (ESCAPED, settings(None, &Wrong::default())),
        (ESCAPED, history.html()),
        ("The test went well", tested.html()),
    ];
    for (note, state) in [(None, KeyState::Next), (Some(frame.sso().metadata_changed), KeyState::Retired)] {
        pages.push((ESCAPED, certificates(frame, (note, state))));
    }
    for product in Product::ALL {
        pages.push(("Connect", steps(*product, (None, None), &typed)));
    }
    pages
}

#[test]
fn what_is_pasted_in_spite_of_remarks_is_asked_about_once_more() {
    let frame = Frame { text: &crate::words::EN, is_demo: false };
    let typed = Typed { text: "https://idp.example/metadata".to_owned(), ..Typed::default() };
    let html = |seen: &Seen| {
        let form = PasteForm {
            action: "/x",
            plan: None,
            typed: &typed,
            seen: Some(seen),
            product: Product::Entra,
            has_fields: false,
            what_if: None,
            sum: "just this",
        };
        let ours = Ours { entity_id: "", metadata_url: "", acs_url: "", login_url: "" };
        let (around, base, product) = (around(frame), "", Product::Entra);
        StepsPage { frame, around, base, product, ours, present: None, form }.html()
    };
    let remarks = html(&seen(&[ProblemCode::CertificateExpired], &[]));
    assert!(
        remarks.contains("Use it all the same") && remarks.contains(r#"name="anyway" value="just this""#)
    );
    let wrong = html(&seen(&[ProblemCode::HttpUrl], &[]));
    assert!(wrong.contains("This cannot be used yet") && !wrong.contains("anyway"));
}
