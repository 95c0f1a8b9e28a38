//! Gatepost: a SAML / SSO identity gateway.

pub mod base;
pub mod cli;
pub mod http;
pub mod idp;
pub mod words;
