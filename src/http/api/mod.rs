//! The REST API: for programs, which come with a key. Answers are JSON, errors `application/problem+json`.
//!
//! | file | what |
//! |---|---|
//! | this | the table of operations, which routes and document are made of |
//! | [`call`] | one request: what an operation takes and gives |
//! | [`serve`] | what every request goes through |
//! | [`problem`] | what is told instead of an answer: the one table of it |
//! | [`paging`] | lists, a page at a time |
//! | [`once`] | `Idempotency-Key` |
//! | [`rate`] | how often a key may ask |
//! | [`schema`], [`settings`] | small values with their schemas; those of a connection's settings and mapping |
//! | [`document`], [`mod@reference`] | the `OpenAPI` document, and the page that is made of it |
//! | the others | one file per resource; what Zoom's tell, `gatepost zoom --json` tells as well |
//!
//! # Invariants
//!
//! * The key in `Authorization` alone says who asks; cookies count for nothing here, so that no page of another site can
//!   have a browser ask. No other site's script may read an answer either: there is no CORS.
//! * Keys that are none are counted against the address that they come from.
//! * What an operation takes and answers is in the document because both are made of the same types; an operation that is
//!   not in the table has no route.
//! * What an operation may be asked for is decided by flows. The action in the table is what the document says of it; a
//!   test holds the two together.
//!
//! # Adding an operation
//!
//! 1. In the file of its resource: `pub async fn name(call: Call, taken: T) -> Result<R, Problem>`. `T` is `()`,
//!    [`call::Json`], [`call::Query`], [`call::IfMatch`] or a pair of these; `R` is one of those in [`call`]. The types in
//!    them are structs that derive `JsonSchema`, with `deny_unknown_fields` where they are read.
//! 2. A line in the table below.
//! 3. Its row in `tests/it/routes/api.rs`, and the snapshot of the document (the test says how).

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::Web;
use crate::access::Action;
use document::Operation;

pub use zoom_guide::ZoomGuide;
pub use zoom_inventory::{ZoomInventory, ZoomUser};
pub use zoom_link::ZoomCheck;
pub use zoom_people::{ZoomPerson, ZoomPersonDetail};
pub use zoom_provisioning::ZoomPreview;
pub use zoom_runs::{ZoomRun, ZoomStep};

mod accounts;
mod api_keys;
mod branding;
pub mod call;
mod certificates;
mod connections;
mod deadlines;
pub mod document;
mod domains;
mod events;
mod installation;
mod keys;
mod mapping;
pub mod once;
mod owners;
pub mod paging;
mod person_data;
pub mod problem;
pub mod rate;
pub mod reference;
pub mod schema;
pub mod serve;
mod sessions;
pub mod settings;
mod setup_links;
mod shares;
mod sign_ins;
mod trials;
mod users;
mod webhooks;
mod zoom_events;
mod zoom_guide;
mod zoom_inventory;
mod zoom_link;
mod zoom_people;
mod zoom_provisioning;
mod zoom_runs;

macro_rules! operations {
    ($($tag:literal { $($method:ident $path:literal ($($action:ident)?) $summary:literal $handler:expr;)* })*) => {
        /// Method and address of every operation.
        pub const ADDRESSES: &[(&str, &str)] =
            &[$($((stringify!($method), concat!("/api/v1/", $path)),)*)*];

        /// Every operation.
        #[must_use]
        pub fn operations() -> Vec<Operation> {
            vec![$($(Operation::new(
                (stringify!($method), concat!("/api/v1/", $path)),
                ($tag, $summary),
                operations!(@action $($action)?),
                $handler,
            ),)*)*]
        }
    };
    (@action) => { None };
    (@action $action:ident) => { Some(Action::$action) };
}

operations! {
    "Key" {
        get "key" () "What the key that asks is good for" api_keys::own;
    }
    "Accounts" {
        get "accounts" (ReadAccount) "List accounts" accounts::list;
        post "accounts" (CreateAccount) "Make an account" accounts::create;
        get "accounts/{account}" (ReadAccount) "Read an account" accounts::read;
        patch "accounts/{account}" (ManageAccounts) "Change an account" accounts::update;
        get "accounts/{account}/overview" (ReadAccounts) "Read how an account stands" accounts::overview;
        get "accounts/{account}/kept-messages" (ReadAccount) "Read which messages are kept" accounts::kept;
        put "accounts/{account}/kept-messages" (ManageMessages) "Decide which messages are kept" accounts::keep;
        get "accounts/{account}/branding" (ManageBranding) "Read how an account looks" branding::read;
        patch "accounts/{account}/branding" (ManageBranding) "Change how an account looks" branding::update;
    }
    "Owners" {
        get "accounts/{account}/owners" (ManageOwners) "List owners" owners::list;
        get "accounts/{account}/invitations" (ManageOwners) "List invitations" owners::invitations;
        post "accounts/{account}/invitations" (ManageOwners) "Invite somebody to be an owner" owners::invite;
        delete "accounts/{account}/invitations/{invitation}" (ManageOwners) "Take an invitation back" owners::revoke;
        get "accounts/{account}/passkeys" (ManageOwners) "List passkeys of owners" owners::passkeys;
        delete "accounts/{account}/passkeys/{passkey}" (ManageOwners) "Remove a passkey of an owner"
            owners::remove_passkey;
        post "accounts/{account}/owners/break-glass" (BreakGlass)
            "Make a link that lets an owner in without single sign-on" owners::break_glass;
    }
    "Deadlines" {
        get "accounts/{account}/deadlines" (ReadDeadlines) "List what will end" deadlines::list;
        get "accounts/{account}/deadlines/contact" (ReadDeadlines) "Read who is written to beside the owners"
            deadlines::contact;
        put "accounts/{account}/deadlines/contact" (ManageDeadlines) "Say who is written to beside the owners"
            deadlines::set_contact;
        get "accounts/{account}/calendars" (ReadDeadlines) "List calendars of what will end" deadlines::calendars;
        post "accounts/{account}/calendars" (ManageDeadlines) "Make a calendar of what will end" deadlines::make;
        delete "accounts/{account}/calendars/{calendar}" (ManageDeadlines) "Take a calendar back"
            deadlines::revoke;
    }
    "Connections" {
        get "accounts/{account}/connections" (ReadConnections) "List connections" connections::list;
        post "accounts/{account}/connections" (ManageConnections) "Make a connection, a draft" connections::create;
        get "accounts/{account}/connections/{connection}" (ReadConnections) "Read a connection" connections::read;
        patch "accounts/{account}/connections/{connection}" (ManageConnections) "Change a connection"
            connections::update;
        delete "accounts/{account}/connections/{connection}" (ManageConnections) "Give a connection up for good"
            connections::retire;
        post "accounts/{account}/connections/{connection}/test" (ManageConnections) "Begin a test sign-in"
            connections::test;
        post "accounts/{account}/connections/{connection}/activate" (ManageConnections)
            "Let people sign in by a connection that was tested" connections::activate;
        post "accounts/{account}/connections/{connection}/activate-untested" (GoWithoutTest)
            "Let people sign in by a connection that nobody tested; the key needs connections:write as well"
            connections::activate_untested;
        get "accounts/{account}/connections/{connection}/test" (ReadTests) "Read how the last test sign-in went"
            trials::last_test;
        post "accounts/{account}/connections/{connection}/disable" (ManageConnections) "Switch a connection off"
            connections::disable;
        post "accounts/{account}/connections/{connection}/enable" (ManageConnections)
            "Switch a connection on again" connections::enable;
        post "accounts/{account}/connections/{connection}/what-if" (TryChanges)
            "Try a change on the sign-ins of before" trials::change;
        post "accounts/{account}/connections/{connection}/metadata/refresh" (RefreshMetadata)
            "Fetch the metadata of a connection now" keys::refresh;
        get "accounts/{account}/connections/{connection}/revisions" (ReadConnections)
            "List the revisions of a connection" connections::revisions;
        post "accounts/{account}/connections/{connection}/revisions/{revision}/restore" (ManageConnections)
            "Make a connection what it was" connections::roll_back;
        post "accounts/{account}/connections/{connection}/verify" (ReadAttempts)
            "Judge a message without using it up" sign_ins::verify;
    }
    "Certificates" {
        get "accounts/{account}/connections/{connection}/certificates" (ReadConnections)
            "List what a connection trusts" certificates::list;
        post "accounts/{account}/connections/{connection}/certificates" (ManageConnections)
            "Trust one more certificate" certificates::add;
        delete "accounts/{account}/connections/{connection}/certificates/{sha256}" (ManageConnections)
            "Trust a certificate no more" certificates::remove;
        get "accounts/{account}/proposals" (ReadConnections)
            "List changes of identity providers that wait for somebody's word" certificates::proposals;
        post "accounts/{account}/connections/{connection}/proposals/{proposal}/approve" (ManageConnections)
            "Follow such a change" certificates::approve;
        post "accounts/{account}/connections/{connection}/proposals/{proposal}/decline" (ManageConnections)
            "Stay as it is" certificates::decline;
        get "accounts/{account}/connections/{connection}/unknown-certificates" (ReadConnections)
            "List certificates that sign-ins were signed with and nobody trusts" keys::unknown;
        post "accounts/{account}/connections/{connection}/unknown-certificates/{sha256}/approve" (ManageConnections)
            "Trust one of them" keys::approve;
        post "accounts/{account}/connections/{connection}/unknown-certificates/{sha256}/decline" (ManageConnections)
            "Say no to one of them" keys::decline;
        get "accounts/{account}/connections/{connection}/own-keys" (ReadConnections)
            "List our own keys of a connection" keys::own_keys;
        post "accounts/{account}/connections/{connection}/own-keys/rotate" (ManageConnections)
            "Publish new keys of ours, or put published ones into use" keys::rotate;
        delete "accounts/{account}/connections/{connection}/own-keys/{own_key}" (ManageConnections)
            "Drop a retired key of ours" keys::remove;
    }
    "Mapping" {
        get "accounts/{account}/connections/{connection}/mapping" (ReadConnections) "Read the mapping of a connection"
            mapping::read;
        put "accounts/{account}/connections/{connection}/mapping" (ManageConnections)
            "Replace the mapping of a connection" mapping::replace;
        get "accounts/{account}/connections/{connection}/recorded" (TryChanges)
            "List sign-ins that a mapping can be tried on" trials::recorded;
        post "accounts/{account}/connections/{connection}/mapping/try" (TryChanges)
            "Try a mapping on what was said of somebody" trials::mapping;
    }
    "Domains" {
        get "accounts/{account}/domains" (ReadDomains) "List domains" domains::list;
        post "accounts/{account}/domains" (ManageDomains) "Claim a domain" domains::create;
        get "accounts/{account}/domains/{domain}" (ReadDomains) "Read a domain" domains::read;
        put "accounts/{account}/domains/{domain}/routing" (ManageDomains)
            "Set by which connection the people of a domain sign in" domains::route;
        post "accounts/{account}/domains/{domain}/check" (ManageDomains) "Look into DNS for the proof of a domain"
            domains::check;
        post "accounts/{account}/domains/{domain}/prove" (ProveDomains)
            "Vouch that a domain is the account's, without DNS" domains::prove;
        delete "accounts/{account}/domains/{domain}" (ManageDomains) "Give a domain up" domains::remove;
        get "accounts/{account}/guests" (ReadGuests) "List single addresses that are let in" domains::guests;
        post "accounts/{account}/guests" (ManageGuests) "Let a single address in" domains::add_guest;
        delete "accounts/{account}/guests/{guest}" (ManageGuests) "Let it in no longer" domains::remove_guest;
    }
    "Setup links" {
        get "accounts/{account}/setup-links" (ReadSetupLinks) "List setup links" setup_links::list;
        post "accounts/{account}/setup-links" (ManageSetupLinks) "Make a setup link" setup_links::create;
        delete "accounts/{account}/setup-links/{link}" (ManageSetupLinks) "Take a setup link back"
            setup_links::revoke;
    }
    "Users" {
        get "accounts/{account}/users" (ReadUsers) "List people" users::list;
        post "accounts/{account}/users" (ManageUsers) "Make a person" users::create;
        get "accounts/{account}/users/{user}" (ReadUsers) "Read a person" users::read;
        patch "accounts/{account}/users/{user}" (ManageUsers) "Change a person" users::update;
        delete "accounts/{account}/users/{user}" (ManageUsers) "Erase a person" person_data::erase;
        post "accounts/{account}/users/{user}/disable" (ManageUsers) "Shut a person out" users::disable;
        post "accounts/{account}/users/{user}/enable" (ManageUsers) "Let a person in again" users::enable;
        get "accounts/{account}/users/{user}/data" (ReadUsers) "Read how much is kept of a person"
            person_data::kept;
        post "accounts/{account}/users/{user}/export" (ExportUsers) "Take out everything that is kept of a person"
            person_data::export;
        get "accounts/{account}/erasures" (ReadUsers) "List receipts of erasures" person_data::receipts;
        get "accounts/{account}/erasures/{receipt}" (ReadUsers) "Read a receipt of an erasure"
            person_data::receipt;
        post "accounts/{account}/users/import" (ManageUsers) "Make and change the people of a list"
            person_data::import;
    }
    "Sessions" {
        get "accounts/{account}/sessions" (ReadSessions) "List sessions" sessions::list;
        delete "accounts/{account}/sessions" (ManageSessions)
            "End all sessions of an account; those of owners with owners:write alone" sessions::revoke_all;
        delete "accounts/{account}/sessions/{session}" (ManageSessions) "End a session" sessions::revoke;
        get "accounts/{account}/users/{user}/sessions" (ReadSessions) "List a person's sessions"
            sessions::list_of_user;
        delete "accounts/{account}/users/{user}/sessions" (ManageSessions) "End all sessions of a person"
            sessions::revoke_all_of_user;
    }
    "Sign-ins" {
        get "accounts/{account}/sign-ins" (ReadAttempts) "List sign-ins" sign_ins::list;
        get "accounts/{account}/sign-ins/{sign_in}" (ReadAttempts) "Read a sign-in with its trace" sign_ins::read;
        post "accounts/{account}/sign-ins/{sign_in}/message" (ReadMessages)
            "Take out the message of a sign-in as it came" sign_ins::message;
        get "accounts/{account}/sign-ins/{sign_in}/shares" (ShareAttempts) "List links to a sign-in" shares::list;
        post "accounts/{account}/sign-ins/{sign_in}/shares" (ShareAttempts)
            "Make a link that shows a sign-in without what is personal" shares::create;
        delete "accounts/{account}/sign-ins/{sign_in}/shares/{share}" (ShareAttempts) "Take such a link back"
            shares::revoke;
        get "accounts/{account}/sign-in-chart" (ReadAttempts) "Count sign-ins by the day" sign_ins::chart;
    }
    "Events" {
        get "accounts/{account}/events" (ReadEvents) "List what was done" events::list;
        get "accounts/{account}/events/export" (ReadEvents) "Take what was done as a file" events::export;
    }
    "Webhooks" {
        get "accounts/{account}/webhooks" (ReadWebhooks) "List webhooks" webhooks::list;
        post "accounts/{account}/webhooks" (ManageWebhooks) "Make a webhook" webhooks::create;
        get "accounts/{account}/webhooks/{webhook}" (ReadWebhooks) "Read a webhook" webhooks::read;
        patch "accounts/{account}/webhooks/{webhook}" (ManageWebhooks) "Change a webhook" webhooks::update;
        delete "accounts/{account}/webhooks/{webhook}" (ManageWebhooks) "Remove a webhook" webhooks::remove;
        post "accounts/{account}/webhooks/{webhook}/rotate-secret" (ManageWebhooks)
            "Give a webhook a new secret" webhooks::rotate;
        post "accounts/{account}/webhooks/{webhook}/test" (ManageWebhooks) "Send a test message" webhooks::test;
        get "accounts/{account}/webhooks/{webhook}/deliveries" (ReadWebhooks) "List what was delivered"
            webhooks::deliveries;
        get "accounts/{account}/webhooks/{webhook}/deliveries/{delivery}" (ReadWebhooks)
            "Read a delivery with its tries" webhooks::delivery;
        post "accounts/{account}/webhooks/{webhook}/deliveries/{delivery}/resend" (ManageWebhooks)
            "Deliver a message once more" webhooks::resend;
    }
    "Zoom: events" {
        get "accounts/{account}/zoom/events" (ReadZoom) "List what Zoom told" zoom_events::list;
        get "accounts/{account}/zoom/events/counts" (ReadZoom) "Count what Zoom told by the day" zoom_events::counts;
        get "accounts/{account}/zoom/events/{event}" (ReadZoom) "Read what Zoom said in an event" zoom_events::read;
    }
    "Zoom: people" {
        get "accounts/{account}/zoom/provisioning" (ReadZoom) "Read who is provisioned into Zoom, and with what"
            zoom_provisioning::settings;
        put "accounts/{account}/zoom/provisioning" (ProvisionZoom) "Say who is provisioned into Zoom, and with what"
            zoom_provisioning::set;
        post "accounts/{account}/zoom/provisioning/preview" (ReadZoom) "Try the settings on a person"
            zoom_provisioning::preview;
        get "accounts/{account}/zoom/runs" (ReadZoom) "List runs of provisioning" zoom_runs::list;
        post "accounts/{account}/zoom/runs" (ProvisionZoom) "Find out what would be done in Zoom, or do it"
            zoom_runs::ask;
        get "accounts/{account}/zoom/runs/{run}" (ReadZoom) "Read how a run stands" zoom_runs::read;
        get "accounts/{account}/zoom/runs/{run}/steps" (ReadZoom) "List the steps and notes of a run"
            zoom_runs::steps;
        get "accounts/{account}/zoom/runs/{run}/file" (ReadZoom) "Take the steps and notes of a run as a table"
            zoom_runs::file;
        post "accounts/{account}/zoom/runs/{run}/apply" (ProvisionZoom)
            "Carry out a plan that was looked at, also where it takes much away" zoom_runs::apply;
        post "accounts/{account}/zoom/runs/{run}/cancel" (ProvisionZoom) "End a run" zoom_runs::cancel;
        get "accounts/{account}/zoom/people" (ReadZoom) "List what became of people in Zoom"
            zoom_people::list;
        get "accounts/{account}/zoom/people/file" (ReadZoom) "Take what became of people in Zoom as a table"
            zoom_people::file;
        get "accounts/{account}/zoom/people/{person}" (ReadZoom) "Read what became of a person in Zoom"
            zoom_people::read;
        post "accounts/{account}/zoom/people/retry" (ProvisionZoom) "Look again at all who have a problem"
            zoom_people::retry_all;
        post "accounts/{account}/zoom/people/{person}/retry" (ProvisionZoom) "Look at one person soon"
            zoom_people::retry;
    }
    "Zoom: inventory" {
        get "accounts/{account}/zoom/inventories" (ReadZoom) "List inventories: how the use of Zoom went"
            zoom_inventory::list;
        post "accounts/{account}/zoom/inventories" (ManageZoom) "Count the users of Zoom now" zoom_inventory::ask;
        get "accounts/{account}/zoom/inventories/{inventory}" (ReadZoom) "Read what an inventory came to"
            zoom_inventory::read;
        get "accounts/{account}/zoom/users" (ReadZoom) "List the users of Zoom with who of the account's people they are"
            zoom_inventory::users;
        get "accounts/{account}/zoom/users/file" (ReadZoom) "Take the users of Zoom as a table" zoom_inventory::file;
    }
    "API keys" {
        get "accounts/{account}/api-keys" (ReadApiKeys) "List keys" api_keys::list;
        post "accounts/{account}/api-keys" (ManageApiKeys) "Make a key" api_keys::create;
        delete "accounts/{account}/api-keys/{key}" (ManageApiKeys) "Revoke a key" api_keys::revoke;
    }
    "Zoom link" {
        get "accounts/{account}/zoom/link" (ReadZoom) "Read how an account is linked to Zoom" zoom_link::read;
        put "accounts/{account}/zoom/link" (ManageZoom) "Link an account to Zoom, or change its link" zoom_link::save;
        delete "accounts/{account}/zoom/link" (ManageZoom) "Take the link to Zoom away" zoom_link::remove;
        get "accounts/{account}/zoom/test" (ReadZoom) "Read what the last test of the link to Zoom came to"
            zoom_link::last_test;
        post "accounts/{account}/zoom/test" (ManageZoom) "Test the link to Zoom" zoom_link::test;
        get "accounts/{account}/zoom/guide" (ReadZoom) "Read what is to be ticked and copied in Zoom's Marketplace"
            zoom_guide::read;
        get "zoom/platform-app" (ManageZoomPlatform) "Read the platform's Zoom app" zoom_link::platform;
        put "zoom/platform-app" (ManageZoomPlatform) "Enter the platform's Zoom app, or change it"
            zoom_link::save_platform;
        delete "zoom/platform-app" (ManageZoomPlatform) "Take the platform's Zoom app away"
            zoom_link::remove_platform;
    }
    "Installation" {
        get "installation/health" (Check) "Read how the installation stands" installation::health;
        get "installation/jobs" (ReadJobs) "List jobs that were given up" installation::jobs;
        post "installation/jobs/{job}/retry" (ManageJobs) "Have a job tried again" installation::retry;
        get "installation/events" (ReadInstallationEvents) "List what was done to the installation"
            events::list_of_installation;
        get "installation/events/export" (ReadInstallationEvents) "Take what was done to the installation as a file"
            events::export_of_installation;
        get "installation/deadlines" (ReadAllDeadlines) "List what will end in all accounts"
            deadlines::list_of_all;
        get "installation/calendars" (ReadAllDeadlines) "List calendars of all accounts" deadlines::calendars_of_all;
        post "installation/calendars" (ManageAllDeadlines) "Make a calendar of all accounts" deadlines::make_of_all;
        delete "installation/calendars/{calendar}" (ManageAllDeadlines) "Take such a calendar back"
            deadlines::revoke_of_all;
        get "installation/operators" (ReadOperators) "List operators" installation::operators;
        post "installation/operators" (ManageOperators) "Make a link that makes an operator"
            installation::make_link;
        delete "installation/operators/{operator}" (ManageOperators) "Shut an operator out" installation::remove;
        get "installation/api-keys" (ReadApiKeys) "List keys of the installation" installation::api_keys;
        post "installation/api-keys" (ManageApiKeys) "Make a key of the installation" installation::make_api_key;
        delete "installation/api-keys/{key}" (ManageApiKeys) "Revoke a key of the installation"
            installation::revoke_api_key;
        get "installation/signing-keys" (ReadSigningKeys) "List keys that sign tokens" installation::signing_keys;
        post "installation/signing-keys" (ManageSigningKeys) "Make a new key that signs tokens"
            installation::make_signing_key;
    }
}

/// The routes of all operations.
pub(super) fn router() -> Router<Web> {
    document::router(operations())
}

/// What stands after `Bearer` (RFC 6750, 2.1), if it stands there once.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let (scheme, secret) = line.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_stands_after_bearer_and_stands_there_once() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, HeaderValue::from_static(line));
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of(&["Bearer gatepost_x"]).as_deref(), Some("gatepost_x"));
        assert_eq!(of(&["bearer  gatepost_x "]).as_deref(), Some("gatepost_x"));
        for none in [&[][..], &["gatepost_x"], &["Basic gatepost_x"], &["Bearer a", "Bearer b"]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
