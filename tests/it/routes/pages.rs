//! The reverse of [`super::offers`]: everything that programs can do, people can in the console. Each operation names the page
//! that does the same, by the row of that page there or by one here, or says why there is none. An operation without a row
//! fails.

use std::collections::BTreeSet;

use gatepost::http::api::operations;
use gatepost::http::routes;

use super::offers::{OFFERS, Offer};

/// What people have instead of an operation.
enum Page {
    /// A page, or a form on one: method and address.
    At(&'static str, &'static str),
    /// None, for a reason.
    None(&'static str),
}

use Page::{At, None};

/// Those that no row of a page names.
const PAGES: &[(&str, Page)] = &[
    ("get key", None("what a person may is what the navigation of their pages offers")),
    ("get accounts/{account}", At("get", "/console/accounts/{account}")),
    ("get accounts/{account}/kept-messages", At("get", "/console/at/{account}/sign-ins")),
    ("get accounts/{account}/invitations", At("get", "/console/at/{account}/owners")),
    ("get accounts/{account}/passkeys", At("get", "/console/at/{account}/owners")),
    ("get accounts/{account}/deadlines/contact", At("get", "/console/at/{account}/deadlines")),
    ("get accounts/{account}/calendars", At("get", "/console/at/{account}/deadlines")),
    // With a reason, from operators.
    (
        "post accounts/{account}/connections/{connection}/activate-untested",
        At("post", "/console/at/{account}/sso/{connection}/activate"),
    ),
    (
        "post accounts/{account}/connections/{connection}/verify",
        // What was pasted is judged there as the rules are tried.
        At("post", "/console/at/{account}/sso/{connection}/mapping"),
    ),
    (
        "get accounts/{account}/connections/{connection}/certificates",
        At("get", "/console/at/{account}/sso/{connection}/certificates"),
    ),
    ("get accounts/{account}/proposals", At("get", "/console/at/{account}/sso/{connection}/certificates")),
    (
        "get accounts/{account}/connections/{connection}/own-keys",
        At("get", "/console/at/{account}/sso/{connection}/certificates"),
    ),
    (
        "get accounts/{account}/connections/{connection}/mapping",
        At("get", "/console/at/{account}/sso/{connection}/mapping"),
    ),
    (
        "put accounts/{account}/connections/{connection}/mapping",
        At("post", "/console/at/{account}/sso/{connection}/mapping"),
    ),
    ("get accounts/{account}/domains/{domain}", At("get", "/console/at/{account}/domains")),
    ("get accounts/{account}/guests", At("get", "/console/at/{account}/domains")),
    ("post accounts/{account}/users/{user}/enable", At("post", "/console/at/{account}/people/{user}/state")),
    (
        "get accounts/{account}/sessions",
        None("as many as people are signed in: a person's page lists theirs, and all are ended at once"),
    ),
    (
        "delete accounts/{account}/sessions/{session}",
        At("post", "/console/at/{account}/people/{user}/sessions/end"),
    ),
    ("get accounts/{account}/users/{user}/sessions", At("get", "/console/at/{account}/people/{user}")),
    (
        "get accounts/{account}/sign-ins/{sign_in}/shares",
        At("get", "/console/at/{account}/sign-ins/{attempt}"),
    ),
    ("get accounts/{account}/sign-in-chart", At("get", "/console/at/{account}/sign-ins")),
    (
        "get accounts/{account}/webhooks/{webhook}/deliveries",
        At("get", "/console/at/{account}/webhooks/{webhook}"),
    ),
    ("get accounts/{account}/zoom/events/counts", At("get", "/console/at/{account}/zoom/events")),
    (
        "get accounts/{account}/zoom/provisioning",
        At("get", "/console/at/{account}/zoom/provisioning/settings"),
    ),
    (
        "get accounts/{account}/zoom/runs/{run}",
        At("get", "/console/at/{account}/zoom/provisioning/runs/{run}"),
    ),
    (
        "post accounts/{account}/zoom/runs/{run}/cancel",
        At("post", "/console/at/{account}/zoom/provisioning/runs/{run}"),
    ),
    ("get accounts/{account}/zoom/people/{person}", At("get", "/console/at/{account}/people/{user}")),
    (
        "post accounts/{account}/zoom/people/{person}/retry",
        At("post", "/console/at/{account}/zoom/provisioning/people"),
    ),
    ("get accounts/{account}/zoom/inventories", At("get", "/console/at/{account}/zoom/inventory")),
    (
        "get accounts/{account}/zoom/inventories/{inventory}",
        At("get", "/console/at/{account}/zoom/inventory"),
    ),
    ("get accounts/{account}/zoom/guide", At("get", "/console/at/{account}/zoom/link")),
    ("get installation/jobs", At("get", "/console/health")),
    ("get installation/calendars", At("get", "/console/deadlines")),
    ("get installation/signing-keys", At("get", "/console/health")),
];

#[test]
fn what_programs_can_do_the_console_can() {
    let wanted: BTreeSet<String> = operations()
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.path.trim_start_matches("/api/v1/")))
        .collect();
    let of_pages = OFFERS.iter().filter_map(|(_, _, offer)| match offer {
        Offer::Is(operation) => Some((*operation).to_owned()),
        Offer::None(_) => Option::None,
    });
    let of_pages: BTreeSet<String> = of_pages.collect();
    let here: BTreeSet<String> = PAGES.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(here.len(), PAGES.len(), "a row stands there twice");
    let twice: Vec<_> = here.intersection(&of_pages).collect();
    assert!(twice.is_empty(), "a page names them already: {twice:?}");
    let known: BTreeSet<String> = here.union(&of_pages).cloned().collect();
    assert_eq!(known.symmetric_difference(&wanted).collect::<Vec<_>>(), [] as [&String; 0]);
    let routed: BTreeSet<_> = routes::all().collect();
    for (operation, page) in PAGES {
        match page {
            At(method, path) => {
                assert!(routed.contains(&(*method, *path)), "{operation}: there is no {method} {path}");
            }
            None(reason) => assert!(reason.len() > 10, "{operation}: say why"),
        }
    }
}
