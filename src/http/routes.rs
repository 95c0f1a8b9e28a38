//! Every address of the site, in one list: the router is made of it, and the test of who may ask what walks it.
//!
//! What is posted to any other address may be an answer to an imported connection, at an address of before
//! ([`saml::elsewhere`]); it is answered alike whoever the caller is.
//!
//! To add an address: a line in one of the groups here, and a row in `tests/it/routes.rs`, which fails until it is there.

use axum::Router;
use axum::routing;

use super::{Web, api, asset, console, health, language, me, saml, signin, token};

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
            [$($list,)*].into_iter().flatten().copied()
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

groups! {
    /// What identity providers have browsers post: as heavy as messages are.
    MESSAGES messages {
        get "/saml/{connection}/acs" saml::acs_by_get;
        post "/saml/{connection}/acs" saml::acs;
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
    /// For programs with a key.
    API of_the_api {
        get "/api/v1/key" api::key;
    }
    /// The console, and what leads into it.
    CONSOLE in_console {
        get "/console" console::home::home;
        get "/console/signin" console::enter::sign_in;
        post "/console/signin/email" console::enter::by_email;
        post "/console/signin/passkey" console::enter::by_passkey;
        post "/console/leave" console::enter::leave;
        get "/link/{token}" console::enter::link;
        post "/link/{token}" console::enter::use_link;
        get "/setup" console::setup::setup;
        get "/setup/{token}" console::enter::link;
        post "/setup/{token}" console::enter::use_link;
        post "/setup-finish" console::setup::finish;
        get "/console/accounts" console::accounts::list;
        post "/console/accounts" console::accounts::create;
        post "/console/accounts/{account}/state" console::accounts::set_state;
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
        get "/console/at/{account}/events" console::events::list;
        get "/console/at/{account}/api-keys" console::api_keys::list;
        post "/console/at/{account}/api-keys" console::api_keys::create;
        post "/console/at/{account}/api-keys/{key}/revoke" console::api_keys::revoke;
        get "/console/at/{account}/setup-links" console::setup_links::list;
        post "/console/at/{account}/setup-links" console::setup_links::create;
        post "/console/at/{account}/setup-links/{link}/revoke" console::setup_links::revoke;
    }
}
