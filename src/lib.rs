//! Gatepost: a SAML / SSO identity gateway.

pub mod cli;
