//! The pretend identity provider: answers sign-in requests in the shape of real products, or wrongly when asked to.
//!
//! For `gatepost demo` and `gatepost idp`. It asks for no password, signs with the built-in test keys and lets whoever
//! reaches it be anybody; so it listens on loopback only, and nothing in the gateway trusts it without being told to.
//!
//! | file | what |
//! |---|---|
//! | [`web`] | routes and handlers |
//! | [`pages`] | views and templates; texts in [`crate::words`] |
//! | [`form`] | what the pages send back; all state travels there |
//! | [`fault`] | the menu of faults |
//! | [`answer`] | the response that is sent, with its fault |
//!
//! What does not belong here: how messages are written ([`gatepost_saml::mint`]), anything of the gateway's.
//!
//! To play another product: a personality in [`gatepost_saml::mint::personality`]; nothing changes here.

pub mod answer;
pub mod fault;
pub mod form;
pub mod pages;
#[cfg(test)]
mod tests;
pub mod web;

use gatepost_saml::mint::{Addresses, Personality};

use crate::base::{Clock, Rng};
use crate::words::Text;

pub use web::router;

/// What is played, and for whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where this is reached, without a slash at the end: `http://127.0.0.1:8401`.
    pub base_url: String,
    /// The products, in the order to show them.
    pub personalities: Vec<&'static Personality>,
    /// Service providers that a sign-in may start for without a request.
    pub services: Vec<Service>,
    /// The language of the pages.
    pub text: &'static Text,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Where IDs come from.
    pub rng: Rng,
}

/// A service provider that one of the products knows.
#[derive(Debug, Clone)]
pub struct Service {
    /// The product's name ([`Personality::name`]).
    pub personality: String,
    /// The service provider's entity ID.
    pub entity_id: String,
    /// Its ACS URL.
    pub acs_url: String,
}

impl Settings {
    /// Where requests to `personality` go.
    #[must_use]
    pub fn sso_url(&self, personality: &Personality) -> String {
        sso_url(&self.base_url, personality)
    }

    /// The product of that name, if it is played here.
    fn personality(&self, name: &str) -> Option<&'static Personality> {
        self.personalities.iter().find(|personality| personality.name == name).copied()
    }

    /// The service provider that `personality` knows: the one with this entity ID, else the first.
    fn service(&self, personality: &Personality, entity_id: Option<&str>) -> Option<&Service> {
        let mut known = self.services.iter().filter(|service| service.personality == personality.name);
        match entity_id {
            Some(entity_id) => known.find(|service| service.entity_id == entity_id),
            None => known.next(),
        }
    }
}

/// Where requests to `personality` go when it is played at `base_url`.
#[must_use]
pub fn sso_url(base_url: &str, personality: &Personality) -> String {
    format!("{base_url}/{}/sso", personality.name)
}

/// The addresses of `personality` when it is played at `sso_url`: its own entity ID, and no single logout.
fn addresses<'a>(personality: &Personality, sso_url: &'a str) -> Addresses<'a> {
    Addresses { entity_id: personality.addresses.entity_id, sso_url, slo_url: None }
}
