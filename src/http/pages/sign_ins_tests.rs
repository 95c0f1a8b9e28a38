//! The pages about sign-ins with hostile values in every place, for the table of pages; and how a chart is measured.

use std::collections::BTreeMap;

use gatepost_saml::code::Code;
use gatepost_saml::instant::Instant;
use gatepost_saml::{Refusal, StepName};

use super::console_tests::around;
use super::markup::HOSTILE;
use super::sign_ins::{Asked, ChartView, ShareRow, SharedPage, SignInRow, SignInTracePage, SignInsPage, Who};
use super::tests::hostile_trace;
use super::{Frame, Page};
use crate::base::Rng;
use crate::base::id::{AttemptId, ConnectionId, RequestId, SessionId, UserId};
use crate::directory::account::{KeepMessages, Locale};
use crate::directory::email::EmailVerdict;
use crate::directory::mapping::{Lineage, MappedField};
use crate::directory::preset::Product;
use crate::directory::state::{Outcome, Purpose};
use crate::flow::attempt::AttemptView;
use crate::flow::attempt::chart::{Chart, Day};
use crate::flow::attempt::redact::{self, MASK, Ours};
use crate::flow::login::StoredTrace;
use crate::words::{EN, ES};

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn lineage(value: &str) -> Lineage {
    let field = MappedField {
        field: value.to_owned(),
        values: vec![value.to_owned()],
        source: format!("attribute:{value}"),
        attribute: Some(value.to_owned()),
        sent: Some(vec![value.to_owned()]),
        rule: value.to_owned(),
    };
    Lineage { fields: vec![field], email: Some(EmailVerdict::Kept), notes: Vec::new() }
}

fn attempt(is_accepted: bool) -> AttemptView {
    let refusal = Refusal {
        code: Code::AudienceMismatch,
        step: StepName::Audience,
        public_code: Code::AudienceMismatch,
    };
    let rng = Rng::seeded(1);
    AttemptView {
        id: AttemptId::make(AT, &rng),
        at: AT,
        outcome: if is_accepted { Outcome::Accepted } else { Outcome::Refused },
        purpose: Purpose::Test,
        account_slug: HOSTILE.to_owned(),
        account_name: HOSTILE.to_owned(),
        locale: Locale::Browser,
        connection_id: ConnectionId::make(AT, &rng),
        connection_name: HOSTILE.to_owned(),
        revision: 3,
        product: Product::Okta,
        user_id: Some(UserId::make(AT, &rng)),
        session_id: Some(SessionId::make(AT, &rng)),
        request_id: RequestId::make(AT, &rng),
        has_message: is_accepted,
        stored: StoredTrace {
            trace: hostile_trace(is_accepted),
            refusal: (!is_accepted).then_some(refusal),
            mapping: is_accepted.then(|| lineage(HOSTILE)),
        },
    }
}

fn ours() -> Ours {
    Ours { entity_id: HOSTILE.to_owned(), acs_url: HOSTILE.to_owned(), expires_at: AT }
}

fn day(accepted: i64, refused: &[(&str, i64)]) -> Day {
    let refused = refused.iter().map(|(code, count)| ((*code).to_owned(), *count));
    Day { begins_at: AT.seconds(), accepted, refused: refused.collect::<BTreeMap<_, _>>(), ..Day::default() }
}

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let text = || HOSTILE.to_owned();
    let row = |outcome, code: Option<String>, who| SignInRow {
        id: text(),
        at: AT,
        outcome,
        purpose: Purpose::Test,
        code,
        connection: text(),
        who,
    };
    let rows = [
        row(Outcome::Accepted, None, Who::Known(text(), text())),
        row(Outcome::Refused, Some(text()), Who::Nobody),
        row(Outcome::Repeated, None, Who::Gone),
    ];
    let asked = Asked {
        connection: text(),
        outcome: text(),
        code: text(),
        purpose: text(),
        from: text(),
        to: text(),
        person: text(),
        is_nobody: true,
        days: 30,
    };
    let connections = [(text(), text())];
    let days = vec![day(3, &[(HOSTILE, 2)]), day(0, &[])];
    let chart = ChartView::new(&Chart { days, has_more: true });
    let list = |rows, older: Option<String>, keep| {
        let (slug, asked, connections, chart) = (HOSTILE, &asked, &connections, &chart);
        SignInsPage { frame, around: around(frame), slug, asked, connections, rows, older, chart, keep }
            .html()
    };
    let share =
        |is_open| ShareRow { id: text(), created_by: text(), created_at: AT, expires_at: AT, is_open };
    let shares = [share(true), share(false)];
    let trace = |is_accepted, who| {
        let (view, made) = (&attempt(is_accepted), Some((HOSTILE, AT)));
        let (around, slug, shares) = (around(frame), HOSTILE, shares.as_slice());
        SignInTracePage { frame, around, slug, view, who, shares, made, may_download: true }.html()
    };
    let explained =
        |is_accepted| SharedPage { frame, shown: &redact::redact(attempt(is_accepted), ours()) }.html();
    vec![
        ("Sign-ins", list(&rows, Some(text()), Some((KeepMessages::Recent, 1)))),
        ("Sign-ins", list(&[], None, None)),
        ("A sign-in", trace(true, Who::Known(text(), text()))),
        ("A sign-in", trace(false, Who::Nobody)),
        ("A sign-in, explained", explained(true)),
        ("A sign-in, explained", explained(false)),
    ]
}

#[test]
fn bars_are_as_high_as_there_is_to_show() {
    let days = vec![day(300, &[("x", 100)]), day(0, &[]), day(1, &[("x", 1), ("y", 1)])];
    let chart = ChartView::new(&Chart { days, has_more: false });
    assert_eq!((chart.bars[0].good, chart.bars[0].bad), ((29, 75), (4, 25)));
    assert_eq!((chart.bars[1].good.1, chart.bars[1].bad.1), (0, 0));
    assert_eq!((chart.bars[2].good.1, chart.bars[2].bad.1), (2, 2), "a little is seen");
    assert_eq!((chart.accepted, chart.refused, chart.width), (301, 102, 60));
    assert_eq!(chart.reasons, [("x".to_owned(), 101), ("y".to_owned(), 1)]);
}

#[test]
fn reasons_are_told_by_what_was_asked() {
    let asked = Asked { code: "signature_key_unknown".to_owned(), ..Asked::default() };
    let row = SignInRow {
        id: "att_1".to_owned(),
        at: AT,
        outcome: Outcome::Refused,
        purpose: Purpose::Login,
        code: Some("user_disabled".to_owned()),
        connection: "Okta".to_owned(),
        who: Who::Nobody,
    };
    let chart = ChartView::new(&Chart { days: vec![day(0, &[("audience_mismatch", 2)])], has_more: false });
    for (text, signature, person, audience) in [
        (&EN, "Does its signature verify", "May this person come in?", "Was it made for us?"),
        (&ES, "¿Se verifica su firma", "¿Puede entrar esta persona?", ES.step(StepName::Audience).0),
    ] {
        let frame = Frame { text, is_demo: false };
        let (around, slug, asked, chart) = (around(frame), "lincoln", &asked, &chart);
        let (connections, rows, older, keep) = (&[][..], std::slice::from_ref(&row), None, None);
        let page = SignInsPage { frame, around, slug, asked, connections, rows, older, chart, keep }.html();
        let group = page.split_once(&format!("<optgroup label=\"{signature}")).unwrap().1;
        let group = group.split_once("</optgroup>").unwrap().0;
        assert!(group.contains("<option value=\"signature_key_unknown\" selected>"), "{group}");
        assert!(page.contains(&format!("{person} <code>user_disabled</code>")), "{page}");
        assert!(
            page.contains(&format!("{audience} <code class=\"quiet\">audience_mismatch</code>")),
            "{page}"
        );
        assert_eq!(page.matches("<option value=\"audience_mismatch\">").count(), 1, "each once");
    }
}

#[test]
fn what_a_link_shows_is_nothing_personal() {
    let mut view = attempt(true);
    view.stored.mapping = Some(lineage("Alice Liddell"));
    let trace = &mut view.stored.trace;
    trace.pass(
        StepName::Audience,
        Some("https://sso.example/x".into()),
        Some("https://sso.example/x".into()),
    );
    trace.pass(StepName::Subject, None, Some("alice".into()));
    trace.pass(StepName::Issuer, None, Some("urn:of:Alice Liddell:alice@example.org".into()));
    trace.fail(StepName::Mapping, Code::UserConflict, None, Some("user_1, an owner".into()));
    trace.add_warning("role_reserved", "The role \"Alice\" was sent");
    trace.add_warning("x", "of Alice Liddell");
    let shown = redact::redact(view, ours());
    let told = format!("{:?} {:?}", shown.trace, shown.mapped);
    assert!(told.contains("https://sso.example/x") && told.contains(MASK), "{told}");
    let mapped = format!("{:?}", shown.mapped);
    assert!(mapped.contains("Alice Liddell"), "the name of a field, in this test");
    let trace = format!("{:?}", shown.trace);
    for personal in ["Alice", "alice", "user_1", "example.org"] {
        assert!(!trace.contains(personal), "{personal}: {trace}");
    }
}

#[test]
fn who_may_not_know_what_was_inside_is_told_that_it_may_be_something_else() {
    let is_told = |code, step, may_download| {
        let mut view = attempt(false);
        view.stored.refusal = Some(Refusal { code, step, public_code: code });
        let (frame, who) = (Frame { text: &EN, is_demo: false }, Who::Nobody);
        let (view, around, slug) = (&view, around(frame), "lincoln");
        SignInTracePage { frame, around, slug, view, who, shares: &[], made: None, may_download }
            .html()
            .contains("something else than this")
    };
    let (code, step) = (Code::DecryptionFailed, StepName::Decryption);
    assert!(is_told(code, step, false) && !is_told(code, step, true));
    assert!(!is_told(Code::AudienceMismatch, StepName::Audience, false));
}

#[test]
fn why_a_decryption_failed_is_never_shown() {
    let ending = |code: Code, found: Option<&'static str>, later: bool| {
        let mut view = attempt(false);
        let mut trace = gatepost_saml::trace::Trace::new(gatepost_saml::trace::MessageKind::Response);
        trace.pass(StepName::Issuer, None, Some("https://idp.example".into()));
        let step = if later { StepName::AssertionSignature } else { StepName::Decryption };
        if later {
            trace.pass(StepName::Decryption, None, Some("aes".into()));
            trace.pass(StepName::AssertionCount, None, None);
            trace.add_warning("x", "a cause");
        }
        trace.fail(step, code, None, found.map(Into::into));
        view.stored.trace = trace;
        view.stored.refusal = Some(Refusal { code, step, public_code: Code::DecryptionFailed });
        let shown = redact::redact(view, ours());
        assert_eq!(shown.code, Some(Code::DecryptionFailed));
        format!("{:?}", shown.trace)
    };
    let plain = ending(Code::DecryptionFailed, None, false);
    assert_eq!(ending(Code::SignatureInvalid, Some("padding"), true), plain);
    assert!(plain.contains("https://idp.example"));
}
