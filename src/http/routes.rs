//! Every address of the site, in one list: the router is made of it, and the test of who may ask what walks it.
//!
//! What is posted to any other address may be an answer to an imported connection, at an address of before
//! ([`saml::elsewhere`]); it is answered alike whoever the caller is.
//!
//! To add an address: a line in one of the groups here, and a row in `tests/it/routes/`, which fails until it is there.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::routing;

use super::{Web, api, asset, console, health, language, me, saml, signin, token, zoom};

macro_rules! groups {
    ($($(#[$doc:meta])* $list:ident $add:ident { $($method:ident $path:literal $handler:expr;)* })*) => {
        $(
            $(#[$doc])*
            pub const $list: &[(&str, &str)] = &[$((stringify!($method), $path),)*];

            pub(super) fn $add() -> Router<Web> {
                Router::new()$(.route($path, routing::$method($handler)))*
            }
        )*

        /// Every method and address.
        pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
            [$($list,)* api::ADDRESSES].into_iter().flatten().copied()
        }
    };
}

/// Whether a page can be asked for at `path`.
#[must_use]
pub fn answers_get(path: &str) -> bool {
    let fits = |pattern: &str| {
        let (wanted, given) = (pattern.split('/'), path.split('/'));
        wanted.clone().count() == given.clone().count()
            && wanted.zip(given).all(|(wanted, given)| {
                if wanted.starts_with('{') { !given.is_empty() } else { wanted == given }
            })
    };
    all().any(|(method, pattern)| method == "get" && fits(pattern))
}

/// The page that a form answered at `path` stands on: the nearest address above it that can be asked for, in the console
/// and behind setup links.
#[must_use]
pub fn page_above(path: &str) -> Option<&str> {
    if !path.starts_with("/console/") && !path.starts_with("/setup-") {
        return None;
    }
    let mut rest = path;
    while let Some((above, _)) = rest.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
        if answers_get(above) {
            return Some(above);
        }
        rest = above;
    }
    None
}

groups! {
    /// What identity providers have browsers post: as heavy as messages are.
    MESSAGES messages {
        get "/saml/{connection}/acs" saml::acs_by_get;
        post "/saml/{connection}/acs" saml::acs;
        post "/saml/{connection}/metadata" saml::acs;
    }
    /// What the session layer stands before.
    WITH_SESSION with_session {
        get "/saml/{connection}/login" saml::login;
        get "/me" me::me;
        post "/me/sessions/end" me::end_sessions;
        post "/signout" me::sign_out;
        get "/session/token" token::issue;
    }
    /// What everybody may ask.
    OPEN open {
        get "/" signin::start;
        get "/signin" signin::choose;
        post "/signin" signin::route;
        get "/signin/{account}" signin::account;
        get "/signed-out" me::signed_out;
        get "/saml/{connection}/metadata" saml::metadata;
        get "/.well-known/jwks.json" token::keys;
        get "/health/live" health::live;
        get "/health/ready" health::ready;
        get "/assets/{file}" asset;
        get "/language/{tag}" language::choose;
    }
    /// About the REST API, for everybody. Its operations are in a table of their own, which their routes and documentation
    /// are made of ([`api::operations`]).
    ABOUT_THE_API about_the_api {
        get "/api/openapi.json" api::reference::openapi;
        get "/api/reference" api::reference::page;
        get "/api/problems/{problem}" api::reference::problem;
    }
    /// Who tried to sign in.
    SIGN_INS of_sign_ins {
        get "/shared/{token}" console::sign_ins::shared;
        get "/console/at/{account}/sign-ins" console::sign_ins::list;
        post "/console/at/{account}/sign-ins/keep" console::sign_ins::keep;
        get "/console/at/{account}/sign-ins/{attempt}" console::sign_ins::trace;
        post "/console/at/{account}/sign-ins/{attempt}/share" console::sign_ins::make_share;
        post "/console/at/{account}/sign-ins/{attempt}/shares/{share}/revoke" console::sign_ins::revoke_share;
        post "/console/at/{account}/sign-ins/{attempt}/message" console::sign_ins::download;
    }
    /// The people of an account.
    PEOPLE of_people {
        get "/console/at/{account}/people" console::people::list;
        post "/console/at/{account}/people" console::people::create;
        post "/console/at/{account}/people/end-sessions" console::people::end_all;
        get "/console/at/{account}/people/{user}" console::people::look;
        post "/console/at/{account}/people/{user}" console::people::update;
        post "/console/at/{account}/people/{user}/state" console::people::set_state;
        post "/console/at/{account}/people/{user}/sessions/end" console::people::end_sessions;
        get "/console/at/{account}/people/{user}/data" console::person_data::look;
        post "/console/at/{account}/people/{user}/export" console::person_data::export;
        post "/console/at/{account}/people/{user}/erase" console::person_data::erase;
        get "/console/at/{account}/erasures" console::person_data::receipts;
        get "/console/at/{account}/erasures/{receipt}" console::person_data::receipt;
        get "/console/at/{account}/erasures/{receipt}/file" console::person_data::receipt_file;
    }
    /// The link to Zoom, and the platform's app.
    ZOOM_LINK of_zoom_link {
        get "/console/at/{account}/zoom" console::zoom::look;
        post "/console/at/{account}/zoom/test" console::zoom::test;
        post "/console/at/{account}/zoom/authorize" console::zoom::authorize;
        get "/console/at/{account}/zoom/link" console::zoom::link_form;
        post "/console/at/{account}/zoom/link" console::zoom::save;
        post "/console/at/{account}/zoom/link/remove" console::zoom::remove;
        get "/zoom/authorized" console::zoom::authorized;
        get "/console/zoom" console::zoom_platform::look;
        post "/console/zoom" console::zoom_platform::save;
        post "/console/zoom/remove" console::zoom_platform::remove;
    }
    /// What is done in Zoom, and who is there.
    ZOOM_PEOPLE of_zoom_people {
        get "/console/at/{account}/zoom/provisioning" console::zoom_provisioning::overview;
        post "/console/at/{account}/zoom/provisioning" console::zoom_provisioning::ask;
        get "/console/at/{account}/zoom/provisioning/settings" console::zoom_provisioning::settings_form;
        post "/console/at/{account}/zoom/provisioning/settings" console::zoom_provisioning::save;
        get "/console/at/{account}/zoom/provisioning/people" console::zoom_provisioning::people;
        post "/console/at/{account}/zoom/provisioning/people" console::zoom_provisioning::retry;
        get "/console/at/{account}/zoom/provisioning/runs/{run}" console::zoom_provisioning::look;
        post "/console/at/{account}/zoom/provisioning/runs/{run}" console::zoom_provisioning::decide;
        get "/console/at/{account}/zoom/provisioning/runs/{run}/file" console::zoom_provisioning::file;
        get "/console/at/{account}/zoom/provisioning/people/file" console::zoom_provisioning::people_file;
        get "/console/at/{account}/zoom/inventory" console::zoom_inventory::look;
        post "/console/at/{account}/zoom/inventory" console::zoom_inventory::ask;
        get "/console/at/{account}/zoom/inventory/file" console::zoom_inventory::file;
    }
    /// What Zoom posts: the flow looks how heavy it is.
    FROM_ZOOM from_zoom {
        post "/zoom/notifications" zoom::by_external_id;
        post "/zoom/webhook" zoom::by_platform;
        post "/zoom/{account}/webhook" zoom::by_slug;
    }
    /// What Zoom told.
    ZOOM_EVENTS of_zoom_events {
        get "/console/at/{account}/zoom/events" console::zoom_events::list;
        get "/console/at/{account}/zoom/events/{event}" console::zoom_events::look;
    }
    /// Forms as heavy as messages are: lists, messages, metadata, and what a passkey answers, with its certificates.
    HEAVY heavy {
        post "/console/signin/passkey" console::enter::by_passkey;
        get "/console/at/{account}/people/import" console::people::list_to_import;
        post "/console/at/{account}/people/import" console::people::import;
        get "/console/at/{account}/sso/{connection}/mapping" console::mapping::mapping;
        post "/console/at/{account}/sso/{connection}/mapping" console::mapping::try_mapping;
        get "/console/at/{account}/sso/{connection}/what-if" console::what_if::ask;
        post "/console/at/{account}/sso/{connection}/what-if" console::what_if::try_change;
        post "/console/at/{account}/sso/paste" console::sso::take;
        post "/console/at/{account}/sso/{connection}/paste" console::sso::take_for;
        post "/console/at/{account}/sso/{connection}/certificates" console::certificates::add;
        post "/setup-sso/paste" console::sso::take;
        post "/setup-sso/{connection}/paste" console::sso::take_for;
        post "/setup-sso/{connection}/certificates" console::certificates::add;
    }
    /// Setting single sign-on up, in the console and behind a setup link.
    SSO of_sso {
        get "/console/at/{account}/sso" console::sso::choose;
        get "/console/at/{account}/sso/steps" console::sso::steps;
        get "/console/at/{account}/sso/{connection}" console::sso_connection::show_one;
        get "/console/at/{account}/sso/{connection}/steps" console::sso::steps_of;
        post "/console/at/{account}/sso/{connection}/test" console::sso_connection::test;
        post "/console/at/{account}/sso/{connection}/activate" console::sso_connection::activate;
        post "/console/at/{account}/sso/{connection}/disable" console::sso_connection::disable;
        post "/console/at/{account}/sso/{connection}/enable" console::sso_connection::enable;
        post "/console/at/{account}/sso/{connection}/retire" console::sso_connection::retire;
        get "/console/at/{account}/sso/{connection}/settings" console::sso_settings::settings_of;
        post "/console/at/{account}/sso/{connection}/settings" console::sso_settings::set;
        get "/console/at/{account}/sso/{connection}/history" console::sso_connection::history;
        post "/console/at/{account}/sso/{connection}/history" console::sso_connection::go_back;
        get "/setup-sso" console::sso::choose;
        get "/setup-sso/steps" console::sso::steps;
        get "/setup-sso/{connection}" console::sso_connection::show_one;
        get "/setup-sso/{connection}/steps" console::sso::steps_of;
        post "/setup-sso/{connection}/test" console::sso_connection::test;
        post "/setup-sso/{connection}/activate" console::sso_connection::activate;
        post "/setup-sso/{connection}/retire" console::sso_connection::retire;
        get "/setup-sso/{connection}/settings" console::sso_settings::settings_of;
        post "/setup-sso/{connection}/settings" console::sso_settings::set;
        get "/setup-sso/{connection}/history" console::sso_connection::history;
        post "/setup-sso/{connection}/history" console::sso_connection::go_back;
    }
    /// The keys of both sides of a connection.
    CERTIFICATES certificates {
        get "/console/at/{account}/sso/{connection}/certificates" console::certificates::list;
        post "/console/at/{account}/sso/{connection}/certificates/remove" console::certificates::remove;
        post "/console/at/{account}/sso/{connection}/certificates/approve" console::certificates::approve;
        post "/console/at/{account}/sso/{connection}/certificates/decline" console::certificates::decline;
        post "/console/at/{account}/sso/{connection}/metadata/refresh" console::certificates::refresh_now;
        post "/console/at/{account}/sso/{connection}/metadata/approve" console::certificates::approve_drift;
        post "/console/at/{account}/sso/{connection}/metadata/decline" console::certificates::decline_drift;
        post "/console/at/{account}/sso/{connection}/own-keys/rotate" console::certificates::rotate;
        post "/console/at/{account}/sso/{connection}/own-keys/remove" console::certificates::remove_own;
        get "/setup-sso/{connection}/certificates" console::certificates::list;
        post "/setup-sso/{connection}/certificates/remove" console::certificates::remove;
        post "/setup-sso/{connection}/metadata/refresh" console::certificates::refresh_now;
        post "/setup-sso/{connection}/metadata/approve" console::certificates::approve_drift;
        post "/setup-sso/{connection}/metadata/decline" console::certificates::decline_drift;
        post "/setup-sso/{connection}/own-keys/rotate" console::certificates::rotate;
        post "/setup-sso/{connection}/own-keys/remove" console::certificates::remove_own;
    }
    /// Webhooks, in the console.
    WEBHOOKS at_webhooks {
        get "/console/at/{account}/webhooks" console::webhooks::list;
        post "/console/at/{account}/webhooks" console::webhooks::create;
        get "/console/at/{account}/webhooks/{webhook}" console::webhooks::read;
        post "/console/at/{account}/webhooks/{webhook}/update" console::webhooks::update;
        post "/console/at/{account}/webhooks/{webhook}/test" console::webhooks::test;
        post "/console/at/{account}/webhooks/{webhook}/rotate" console::webhooks::rotate;
        post "/console/at/{account}/webhooks/{webhook}/state" console::webhooks::set_state;
        post "/console/at/{account}/webhooks/{webhook}/remove" console::webhooks::remove;
        get "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}" console::webhooks::delivery;
        post "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}/resend" console::webhooks::resend;
    }
    /// The console, and what leads into it.
    CONSOLE in_console {
        get "/console" console::home::home;
        get "/console/signin" console::enter::sign_in;
        post "/console/signin/email" console::enter::by_email;
        post "/console/leave" console::enter::leave;
        get "/link/{token}" console::enter::link;
        post "/link/{token}" console::enter::use_link;
        get "/setup" console::setup::setup;
        get "/setup/{token}" console::enter::link;
        post "/setup/{token}" console::enter::use_link;
        post "/setup-finish" console::setup::finish;
        get "/console/accounts" console::accounts::list;
        post "/console/accounts" console::accounts::create;
        get "/console/accounts/{account}" console::accounts::one;
        post "/console/accounts/{account}/state" console::accounts::set_state;
        post "/console/accounts/{account}/update" console::accounts::update;
        get "/console/health" console::health::look;
        post "/console/health/jobs/{job}/retry" console::health::retry;
        post "/console/health/signing-keys" console::health::make_signing_key;
        get "/console/api-keys" console::api_keys::list_installation;
        post "/console/api-keys" console::api_keys::create_installation;
        post "/console/api-keys/{key}/revoke" console::api_keys::revoke_installation;
        get "/console/operators" console::operators::list;
        post "/console/operators" console::operators::make_link;
        post "/console/operators/{operator}/remove" console::operators::remove;
        get "/console/passkeys" console::passkeys::list;
        post "/console/passkeys" console::passkeys::register;
        post "/console/passkeys/{passkey}/remove" console::passkeys::remove;
        get "/console/at/{account}" console::integrations::show;
        get "/console/at/{account}/owners" console::owners::list;
        post "/console/at/{account}/owners" console::owners::invite;
        post "/console/at/{account}/owners/break-glass" console::owners::break_glass;
        post "/console/at/{account}/owners/invitations/{invitation}/revoke" console::owners::revoke_invitation;
        post "/console/at/{account}/owners/passkeys/{passkey}/remove" console::owners::remove_passkey;
        get "/console/at/{account}/events" console::events::list;
        post "/console/at/{account}/events/export" console::events::export;
        get "/console/events" console::events::list_installation;
        post "/console/events/export" console::events::export_installation;
        get "/branding/{file}" console::branding::file;
        get "/console/at/{account}/branding" console::branding::look;
        post "/console/at/{account}/branding" console::branding::save.layer(DefaultBodyLimit::max(console::branding::MAX_FORM));
        get "/deadlines/{file}" console::deadlines::calendar;
        get "/console/deadlines" console::deadlines::list_all;
        post "/console/deadlines/calendars" console::deadlines::make_calendar_of_all;
        post "/console/deadlines/calendars/{calendar}/revoke" console::deadlines::revoke_calendar_of_all;
        get "/console/at/{account}/deadlines" console::deadlines::list;
        post "/console/at/{account}/deadlines/contact" console::deadlines::set_contact;
        post "/console/at/{account}/deadlines/calendars" console::deadlines::make_calendar;
        post "/console/at/{account}/deadlines/calendars/{calendar}/revoke" console::deadlines::revoke_calendar;
        get "/console/at/{account}/domains" console::domains::list;
        post "/console/at/{account}/domains" console::domains::claim;
        post "/console/at/{account}/domains/{domain}/check" console::domains::check;
        post "/console/at/{account}/domains/{domain}/route" console::domains::route;
        post "/console/at/{account}/domains/{domain}/remove" console::domains::remove;
        post "/console/at/{account}/domains/vouch" console::domains::vouch;
        post "/console/at/{account}/domains/guests" console::domains::add_guest;
        post "/console/at/{account}/domains/guests/remove" console::domains::remove_guest;
        get "/setup-domains" console::domains::setup;
        post "/setup-domains" console::domains::setup_claim;
        post "/setup-domains/{domain}/check" console::domains::setup_check;
        post "/setup-domains/{domain}/remove" console::domains::setup_remove;
        get "/console/at/{account}/api-keys" console::api_keys::list;
        post "/console/at/{account}/api-keys" console::api_keys::create;
        post "/console/at/{account}/api-keys/{key}/revoke" console::api_keys::revoke;
        get "/console/at/{account}/setup-links" console::setup_links::list;
        post "/console/at/{account}/setup-links" console::setup_links::create;
        post "/console/at/{account}/setup-links/{link}/revoke" console::setup_links::revoke;
    }
}
