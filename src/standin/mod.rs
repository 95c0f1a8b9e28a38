//! The stand-in for Zoom: answers as Zoom does, with its ways and, when told to, with its faults.
//!
//! For `gatepost demo` and the tests; loopback only. It lets anybody in who has the one app's credentials, and does what
//! the control endpoint says.
//!
//! | file | what |
//! |---|---|
//! | [`web`] | routes; tokens; the control endpoint |
//! | [`world`] | the Zoom account: its users, made from a seed |
//! | `scim` | SCIM2, with what Zoom documents, and what it silently does not do |
//! | `rest` | users, plan usage, sign-in report |
//! | [`fault`] | the menu of faults |
//! | [`hook`] | signed events |
//! | [`control`] | the page that sends them |
//!
//! What it answers is written here by hand, not by the code that reads it: two that share a mistake would agree.
//!
//! To add a fault: a field of [`fault::Faults`], and the place where it strikes.

pub mod control;
pub mod fault;
pub mod hook;
mod rest;
mod scim;
pub mod web;
pub mod world;

use crate::base::{Clock, Rng};

pub use web::{StandIn, router};

/// What is played.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where `now` comes from.
    pub clock: Clock,
    /// Where tokens come from.
    pub rng: Rng,
    /// The Zoom account's id.
    pub account_id: String,
    /// The app's id.
    pub client_id: String,
    /// The app's secret. Of the stand-in: it guards nothing.
    pub client_secret: String,
    /// What its events are signed with.
    pub secret_token: String,
    /// The scopes of a new token.
    pub scopes: String,
    /// How many users there are.
    pub users: u32,
    /// Where the users come from: the same seed, the same people.
    pub seed: u64,
    /// Calls a second that headers promise.
    pub per_second: u32,
}

impl Settings {
    /// An account of `users` people, with the credentials that the demo shows.
    #[must_use]
    pub fn demo(clock: Clock, rng: Rng, users: u32) -> Self {
        Self {
            clock,
            rng,
            account_id: "StandInAccount01".to_owned(),
            client_id: "StandInClient01".to_owned(),
            client_secret: "stand-in-client-secret-0001".to_owned(),
            secret_token: "stand-in-secret-token-0001".to_owned(),
            scopes: "account:read:admin meeting:read:admin recording:read:admin report:read:admin scim2 \
                     user:read:admin user:write:admin"
                .to_owned(),
            users,
            seed: 1,
            per_second: 80,
        }
    }
}
