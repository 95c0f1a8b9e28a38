//! Gatepost: a SAML / SSO identity gateway.

pub mod access;
pub mod app;
pub mod audit;
pub mod base;
pub mod cli;
pub mod config;
pub mod directory;
pub mod flow;
pub mod http;
pub mod idp;
pub mod storage;
pub mod words;
