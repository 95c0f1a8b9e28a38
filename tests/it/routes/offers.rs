//! Everything that the console can do, programs can: each of its addresses names an operation of the REST API, or says why
//! there is none. An address without a row here fails. [`super::pages`] is the reverse.

use std::collections::BTreeSet;

use gatepost::http::api::operations;
use gatepost::http::routes;

/// What programs have instead of a page.
pub(super) enum Offer {
    /// An operation: method and address below `/api/v1/`.
    Is(&'static str),
    /// None, for a reason.
    None(&'static str),
}

use Offer::{Is, None};

const ENTERING: &str = "a browser's session: programs come with a key";
const OWN: &str = "one's own passkeys: a key of the API is nobody in particular";
const PAGE: &str = "a page that leads to others";
const GUIDE: &str = "a guide in words for people; its values are those of the connection";

/// Every page and form of the console.
pub(super) const OFFERS: &[(&str, &str, Offer)] = &[
    ("get", "/console", None(PAGE)),
    ("get", "/console/signin", None(ENTERING)),
    ("post", "/console/signin/email", None(ENTERING)),
    ("post", "/console/signin/passkey", None(ENTERING)),
    ("post", "/console/leave", None(ENTERING)),
    ("get", "/setup", None(PAGE)),
    ("get", "/setup/{token}", None(ENTERING)),
    ("post", "/setup/{token}", None(ENTERING)),
    ("post", "/setup-finish", None("whoever came by the link ends it; others take it back")),
    ("get", "/console/accounts", Is("get accounts")),
    ("post", "/console/accounts", Is("post accounts")),
    ("get", "/console/accounts/{account}", Is("get accounts/{account}/overview")),
    ("post", "/console/accounts/{account}/state", Is("patch accounts/{account}")),
    ("post", "/console/accounts/{account}/update", Is("patch accounts/{account}")),
    ("get", "/console/health", Is("get installation/health")),
    ("post", "/console/health/jobs/{job}/retry", Is("post installation/jobs/{job}/retry")),
    ("post", "/console/health/signing-keys", Is("post installation/signing-keys")),
    ("get", "/console/api-keys", Is("get installation/api-keys")),
    ("post", "/console/api-keys", Is("post installation/api-keys")),
    ("post", "/console/api-keys/{key}/revoke", Is("delete installation/api-keys/{key}")),
    ("get", "/console/operators", Is("get installation/operators")),
    ("post", "/console/operators", Is("post installation/operators")),
    ("post", "/console/operators/{operator}/remove", Is("delete installation/operators/{operator}")),
    ("get", "/console/passkeys", None(OWN)),
    ("post", "/console/passkeys", None(OWN)),
    ("post", "/console/passkeys/{passkey}/remove", None(OWN)),
    ("get", "/console/events", Is("get installation/events")),
    ("post", "/console/events/export", Is("get installation/events/export")),
    ("get", "/console/deadlines", Is("get installation/deadlines")),
    ("post", "/console/deadlines/calendars", Is("post installation/calendars")),
    (
        "post",
        "/console/deadlines/calendars/{calendar}/revoke",
        Is("delete installation/calendars/{calendar}"),
    ),
    ("get", "/console/at/{account}", Is("get accounts/{account}/connections")),
    // The link to Zoom.
    ("get", "/console/at/{account}/zoom", Is("get accounts/{account}/zoom/test")),
    ("post", "/console/at/{account}/zoom/test", Is("post accounts/{account}/zoom/test")),
    (
        "post",
        "/console/at/{account}/zoom/authorize",
        None("a person allows the app in Zoom, in the browser that comes back"),
    ),
    ("get", "/console/at/{account}/zoom/link", Is("get accounts/{account}/zoom/link")),
    ("post", "/console/at/{account}/zoom/link", Is("put accounts/{account}/zoom/link")),
    ("post", "/console/at/{account}/zoom/link/remove", Is("delete accounts/{account}/zoom/link")),
    ("get", "/console/zoom", Is("get zoom/platform-app")),
    ("post", "/console/zoom", Is("put zoom/platform-app")),
    ("post", "/console/zoom/remove", Is("delete zoom/platform-app")),
    // Owners.
    ("get", "/console/at/{account}/owners", Is("get accounts/{account}/owners")),
    ("post", "/console/at/{account}/owners", Is("post accounts/{account}/invitations")),
    ("post", "/console/at/{account}/owners/break-glass", Is("post accounts/{account}/owners/break-glass")),
    (
        "post",
        "/console/at/{account}/owners/invitations/{invitation}/revoke",
        Is("delete accounts/{account}/invitations/{invitation}"),
    ),
    (
        "post",
        "/console/at/{account}/owners/passkeys/{passkey}/remove",
        Is("delete accounts/{account}/passkeys/{passkey}"),
    ),
    // Events and deadlines.
    ("get", "/console/at/{account}/events", Is("get accounts/{account}/events")),
    ("post", "/console/at/{account}/events/export", Is("get accounts/{account}/events/export")),
    ("get", "/console/at/{account}/deadlines", Is("get accounts/{account}/deadlines")),
    ("post", "/console/at/{account}/deadlines/contact", Is("put accounts/{account}/deadlines/contact")),
    ("post", "/console/at/{account}/deadlines/calendars", Is("post accounts/{account}/calendars")),
    (
        "post",
        "/console/at/{account}/deadlines/calendars/{calendar}/revoke",
        Is("delete accounts/{account}/calendars/{calendar}"),
    ),
    // Looks.
    ("get", "/console/at/{account}/branding", Is("get accounts/{account}/branding")),
    ("post", "/console/at/{account}/branding", Is("patch accounts/{account}/branding")),
    // Domains.
    ("get", "/console/at/{account}/domains", Is("get accounts/{account}/domains")),
    ("post", "/console/at/{account}/domains", Is("post accounts/{account}/domains")),
    (
        "post",
        "/console/at/{account}/domains/{domain}/check",
        Is("post accounts/{account}/domains/{domain}/check"),
    ),
    (
        "post",
        "/console/at/{account}/domains/{domain}/route",
        Is("put accounts/{account}/domains/{domain}/routing"),
    ),
    (
        "post",
        "/console/at/{account}/domains/{domain}/remove",
        Is("delete accounts/{account}/domains/{domain}"),
    ),
    ("post", "/console/at/{account}/domains/vouch", Is("post accounts/{account}/domains/{domain}/prove")),
    ("post", "/console/at/{account}/domains/guests", Is("post accounts/{account}/guests")),
    ("post", "/console/at/{account}/domains/guests/remove", Is("delete accounts/{account}/guests/{guest}")),
    // Keys and links.
    ("get", "/console/at/{account}/api-keys", Is("get accounts/{account}/api-keys")),
    ("post", "/console/at/{account}/api-keys", Is("post accounts/{account}/api-keys")),
    ("post", "/console/at/{account}/api-keys/{key}/revoke", Is("delete accounts/{account}/api-keys/{key}")),
    ("get", "/console/at/{account}/setup-links", Is("get accounts/{account}/setup-links")),
    ("post", "/console/at/{account}/setup-links", Is("post accounts/{account}/setup-links")),
    (
        "post",
        "/console/at/{account}/setup-links/{link}/revoke",
        Is("delete accounts/{account}/setup-links/{link}"),
    ),
    // Webhooks.
    ("get", "/console/at/{account}/webhooks", Is("get accounts/{account}/webhooks")),
    ("post", "/console/at/{account}/webhooks", Is("post accounts/{account}/webhooks")),
    ("get", "/console/at/{account}/webhooks/{webhook}", Is("get accounts/{account}/webhooks/{webhook}")),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/update",
        Is("patch accounts/{account}/webhooks/{webhook}"),
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/test",
        Is("post accounts/{account}/webhooks/{webhook}/test"),
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/rotate",
        Is("post accounts/{account}/webhooks/{webhook}/rotate-secret"),
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/state",
        Is("patch accounts/{account}/webhooks/{webhook}"),
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/remove",
        Is("delete accounts/{account}/webhooks/{webhook}"),
    ),
    (
        "get",
        "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}",
        Is("get accounts/{account}/webhooks/{webhook}/deliveries/{delivery}"),
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}/resend",
        Is("post accounts/{account}/webhooks/{webhook}/deliveries/{delivery}/resend"),
    ),
    // Sign-ins.
    ("get", "/console/at/{account}/sign-ins", Is("get accounts/{account}/sign-ins")),
    ("post", "/console/at/{account}/sign-ins/keep", Is("put accounts/{account}/kept-messages")),
    ("get", "/console/at/{account}/sign-ins/{attempt}", Is("get accounts/{account}/sign-ins/{sign_in}")),
    (
        "post",
        "/console/at/{account}/sign-ins/{attempt}/share",
        Is("post accounts/{account}/sign-ins/{sign_in}/shares"),
    ),
    (
        "post",
        "/console/at/{account}/sign-ins/{attempt}/shares/{share}/revoke",
        Is("delete accounts/{account}/sign-ins/{sign_in}/shares/{share}"),
    ),
    (
        "post",
        "/console/at/{account}/sign-ins/{attempt}/message",
        Is("post accounts/{account}/sign-ins/{sign_in}/message"),
    ),
    // People.
    ("get", "/console/at/{account}/people", Is("get accounts/{account}/users")),
    ("post", "/console/at/{account}/people", Is("post accounts/{account}/users")),
    ("post", "/console/at/{account}/people/end-sessions", Is("delete accounts/{account}/sessions")),
    ("get", "/console/at/{account}/people/{user}", Is("get accounts/{account}/users/{user}")),
    ("post", "/console/at/{account}/people/{user}", Is("patch accounts/{account}/users/{user}")),
    ("post", "/console/at/{account}/people/{user}/state", Is("post accounts/{account}/users/{user}/disable")),
    (
        "post",
        "/console/at/{account}/people/{user}/sessions/end",
        Is("delete accounts/{account}/users/{user}/sessions"),
    ),
    ("get", "/console/at/{account}/people/{user}/data", Is("get accounts/{account}/users/{user}/data")),
    ("post", "/console/at/{account}/people/{user}/export", Is("post accounts/{account}/users/{user}/export")),
    ("post", "/console/at/{account}/people/{user}/erase", Is("delete accounts/{account}/users/{user}")),
    ("get", "/console/at/{account}/erasures", Is("get accounts/{account}/erasures")),
    ("get", "/console/at/{account}/erasures/{receipt}", Is("get accounts/{account}/erasures/{receipt}")),
    ("get", "/console/at/{account}/erasures/{receipt}/file", Is("get accounts/{account}/erasures/{receipt}")),
    ("get", "/console/at/{account}/people/import", None("the form; the list itself can be posted")),
    ("post", "/console/at/{account}/people/import", Is("post accounts/{account}/users/import")),
    // Single sign-on.
    ("get", "/console/at/{account}/sso", None(GUIDE)),
    ("get", "/console/at/{account}/sso/steps", None(GUIDE)),
    ("get", "/console/at/{account}/sso/{connection}/steps", None(GUIDE)),
    ("post", "/console/at/{account}/sso/paste", Is("post accounts/{account}/connections")),
    (
        "post",
        "/console/at/{account}/sso/{connection}/paste",
        Is("patch accounts/{account}/connections/{connection}"),
    ),
    (
        "get",
        "/console/at/{account}/sso/{connection}",
        Is("get accounts/{account}/connections/{connection}/test"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/test",
        Is("post accounts/{account}/connections/{connection}/test"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/activate",
        // Operators, who give a reason, do it without a test: so do keys of the installation, by activate-untested.
        Is("post accounts/{account}/connections/{connection}/activate"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/disable",
        Is("post accounts/{account}/connections/{connection}/disable"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/enable",
        Is("post accounts/{account}/connections/{connection}/enable"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/retire",
        Is("delete accounts/{account}/connections/{connection}"),
    ),
    (
        "get",
        "/console/at/{account}/sso/{connection}/settings",
        Is("get accounts/{account}/connections/{connection}"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/settings",
        Is("patch accounts/{account}/connections/{connection}"),
    ),
    (
        "get",
        "/console/at/{account}/sso/{connection}/history",
        Is("get accounts/{account}/connections/{connection}/revisions"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/history",
        Is("post accounts/{account}/connections/{connection}/revisions/{revision}/restore"),
    ),
    (
        "get",
        "/console/at/{account}/sso/{connection}/mapping",
        Is("get accounts/{account}/connections/{connection}/recorded"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/mapping",
        Is("post accounts/{account}/connections/{connection}/mapping/try"),
    ),
    (
        "get",
        "/console/at/{account}/sso/{connection}/what-if",
        None("the form; a change itself can be posted"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/what-if",
        Is("post accounts/{account}/connections/{connection}/what-if"),
    ),
    // Keys of both sides.
    (
        "get",
        "/console/at/{account}/sso/{connection}/certificates",
        Is("get accounts/{account}/connections/{connection}/unknown-certificates"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/certificates",
        Is("post accounts/{account}/connections/{connection}/certificates"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/certificates/remove",
        Is("delete accounts/{account}/connections/{connection}/certificates/{sha256}"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/certificates/approve",
        Is("post accounts/{account}/connections/{connection}/unknown-certificates/{sha256}/approve"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/certificates/decline",
        Is("post accounts/{account}/connections/{connection}/unknown-certificates/{sha256}/decline"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/metadata/refresh",
        Is("post accounts/{account}/connections/{connection}/metadata/refresh"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/metadata/approve",
        Is("post accounts/{account}/connections/{connection}/proposals/{proposal}/approve"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/metadata/decline",
        Is("post accounts/{account}/connections/{connection}/proposals/{proposal}/decline"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/own-keys/rotate",
        Is("post accounts/{account}/connections/{connection}/own-keys/rotate"),
    ),
    (
        "post",
        "/console/at/{account}/sso/{connection}/own-keys/remove",
        Is("delete accounts/{account}/connections/{connection}/own-keys/{own_key}"),
    ),
    // Zoom: events, provisioning and inventory.
    ("get", "/console/at/{account}/zoom/events", Is("get accounts/{account}/zoom/events")),
    ("get", "/console/at/{account}/zoom/events/{event}", Is("get accounts/{account}/zoom/events/{event}")),
    ("get", "/console/at/{account}/zoom/provisioning", Is("get accounts/{account}/zoom/runs")),
    ("post", "/console/at/{account}/zoom/provisioning", Is("post accounts/{account}/zoom/runs")),
    (
        "get",
        "/console/at/{account}/zoom/provisioning/settings",
        Is("post accounts/{account}/zoom/provisioning/preview"),
    ),
    (
        "post",
        "/console/at/{account}/zoom/provisioning/settings",
        Is("put accounts/{account}/zoom/provisioning"),
    ),
    ("get", "/console/at/{account}/zoom/provisioning/people", Is("get accounts/{account}/zoom/people")),
    (
        "post",
        "/console/at/{account}/zoom/provisioning/people",
        Is("post accounts/{account}/zoom/people/retry"),
    ),
    (
        "get",
        "/console/at/{account}/zoom/provisioning/runs/{run}",
        Is("get accounts/{account}/zoom/runs/{run}/steps"),
    ),
    (
        "post",
        "/console/at/{account}/zoom/provisioning/runs/{run}",
        Is("post accounts/{account}/zoom/runs/{run}/apply"),
    ),
    (
        "get",
        "/console/at/{account}/zoom/provisioning/runs/{run}/file",
        Is("get accounts/{account}/zoom/runs/{run}/file"),
    ),
    (
        "get",
        "/console/at/{account}/zoom/provisioning/people/file",
        Is("get accounts/{account}/zoom/people/file"),
    ),
    ("get", "/console/at/{account}/zoom/inventory", Is("get accounts/{account}/zoom/users")),
    ("post", "/console/at/{account}/zoom/inventory", Is("post accounts/{account}/zoom/inventories")),
    ("get", "/console/at/{account}/zoom/inventory/file", Is("get accounts/{account}/zoom/users/file")),
];

/// Behind a setup link are pages of the console.
fn of_the_console(path: &str) -> Option<String> {
    let behind =
        [("/setup-sso", "/console/at/{account}/sso"), ("/setup-domains", "/console/at/{account}/domains")];
    let moved =
        behind.into_iter().find_map(|(prefix, there)| Some(format!("{there}{}", path.strip_prefix(prefix)?)));
    moved.or_else(|| (path.starts_with("/console") || path.starts_with("/setup")).then(|| path.to_owned()))
}

#[test]
fn what_the_console_can_do_programs_can() {
    let wanted: BTreeSet<(&str, String)> =
        routes::all().filter_map(|(method, path)| Some((method, of_the_console(path)?))).collect();
    let known: BTreeSet<(&str, String)> =
        OFFERS.iter().map(|(method, path, _)| (*method, (*path).to_owned())).collect();
    assert_eq!(known.len(), OFFERS.len(), "a row stands there twice");
    assert_eq!(known.symmetric_difference(&wanted).collect::<Vec<_>>(), [] as [&(&str, String); 0]);
    let offered: BTreeSet<String> = operations()
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.path.trim_start_matches("/api/v1/")))
        .collect();
    for (method, path, offer) in OFFERS {
        match offer {
            Is(operation) => {
                assert!(offered.contains(*operation), "{method} {path}: there is no {operation}");
            }
            None(reason) => assert!(reason.len() > 10, "{method} {path}: say why"),
        }
    }
}
