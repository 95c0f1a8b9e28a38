//! The pages of webhooks and the reference with hostile values in every place, for the table of pages.

use super::console_tests::around;
use super::markup::HOSTILE;
use super::reference::{Body, Field, Group, OperationView, Parameter, ProblemView, ReferencePage};
use super::typed::Typed;
use super::webhooks::{DeliveryPage, TOPICS, WebhookPage, WebhooksPage};
use super::{Frame, Page};
use crate::base::id::{DeliveryId, WebhookId};
use crate::base::{Instant, Rng};
use crate::directory::state::{DeliveryState, WebhookState};
use crate::flow::webhook::{DeliveryDetail, DeliveryView, TryView, WebhookView};

const AT: Instant = Instant::from_seconds(1_772_445_630);

fn webhook(state: WebhookState, since: Option<Instant>, name: &str) -> WebhookView {
    WebhookView {
        id: WebhookId::make(AT, &Rng::seeded(1)),
        name: name.to_owned(),
        url: HOSTILE.to_owned(),
        types: "user.* session.created".parse().unwrap(),
        state,
        version: 1,
        created_by: HOSTILE.to_owned(),
        created_at: AT,
        failing_since: since,
        overlap_until: since,
    }
}

fn delivery(state: DeliveryState) -> DeliveryView {
    let is_over = state != DeliveryState::Waiting;
    DeliveryView {
        id: DeliveryId::make(AT, &Rng::seeded(1)),
        kind: HOSTILE.to_owned(),
        state,
        created_at: AT,
        next_at: (!is_over).then_some(AT),
        ended_at: is_over.then_some(AT),
    }
}

fn tried(status: Option<i64>, problem: Option<&str>) -> TryView {
    let (problem, answer) = (problem.map(str::to_owned), status.map(|_| HOSTILE.to_owned()));
    TryView { number: 1, at: AT, millis: 12, status, problem, answer }
}

fn reference(frame: Frame) -> ReferencePage {
    let text = || HOSTILE.to_owned();
    let field = Field { name: text(), kind: text(), is_required: true, about: text() };
    let body = |fields| Some(Body { about: text(), fields });
    let operation = OperationView {
        id: "get_x".to_owned(),
        method: "GET".to_owned(),
        path: text(),
        summary: text(),
        scope: Some(text()),
        parameters: vec![Parameter { name: text(), place: text(), is_required: true, about: text() }],
        body: body(vec![field]),
        answer: body(Vec::new()),
        statuses: text(),
    };
    let problem = ProblemView { slug: "x".to_owned(), status: 400, title: "x", about: "x" };
    ReferencePage {
        frame,
        groups: vec![Group { name: text(), operations: vec![operation] }],
        problems: vec![problem],
    }
}

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let all = [webhook(WebhookState::Active, Some(AT), HOSTILE), webhook(WebhookState::Disabled, None, "")];
    let mut typed = form_urlencoded::Serializer::new(String::new());
    typed.append_pair("url", HOSTILE).append_pair("name", HOSTILE);
    let typed = Typed::of(typed.finish().as_bytes());
    let list = |webhooks, secret| WebhooksPage {
        frame,
        around: around(frame),
        slug: "lincoln",
        webhooks,
        topics: TOPICS,
        typed: &typed,
        secret,
    };
    let deliveries = [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Dead].map(delivery);
    let mut pages = vec![
        ("Webhooks", list(&[], None).html()),
        ("Webhooks", list(&all, Some(HOSTILE)).html()),
        ("REST API", reference(frame).html()),
    ];
    let first = Typed::default();
    for (webhook, typed, deliveries, secret) in
        [(&all[0], &first, &deliveries[..], Some(HOSTILE)), (&all[1], &typed, &deliveries[..0], None)]
    {
        let older = secret.map(|_| "/console".to_owned());
        let page = WebhookPage {
            frame,
            around: around(frame),
            slug: "lincoln",
            webhook,
            topics: TOPICS,
            typed,
            deliveries,
            older,
            secret,
        };
        pages.push(("Webhook", page.html()));
    }
    let tries = vec![tried(Some(500), Some(HOSTILE)), tried(None, Some(HOSTILE)), tried(Some(200), None)];
    for (state, tries) in [(DeliveryState::Dead, tries), (DeliveryState::Waiting, Vec::new())] {
        let detail = DeliveryDetail { delivery: delivery(state), body: HOSTILE.to_owned(), tries };
        let webhook = "hook_1".to_owned();
        let page = DeliveryPage { frame, around: around(frame), slug: "lincoln", webhook, detail: &detail };
        pages.push(("Delivery", page.html()));
    }
    pages
}
