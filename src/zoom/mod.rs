//! Rank 3: Zoom, the one outside system that accounts connect. What it sends, what we ask of it, and what follows.
//!
//! | file | what |
//! |---|---|
//! | [`activity`] | who signed in and out, by day |
//! | [`api`] | calls: token, pace, tries, refusals |
//! | [`carry`] | one step of a plan carried out, repeatably, and read back |
//! | [`credentials`] | what an owner gives us, and where Zoom is |
//! | [`provision`] | who is to be in Zoom, and what has to be done for that |
//! | [`scope`] | what a token may do, against what is wanted |
//! | [`directory`] | the calls for users, typed |
//! | [`inventory`] | who has which licence, and uses it |
//! | [`oauth`] | tokens: asking, reading, what a refusal means |
//! | [`users`] | users as the REST API lists them |
//! | [`webhook`] | deliveries: signature, validation, reading, the key of an event |
//!
//! Facts about Zoom stand beside the code that rests on them. Where Zoom documents nothing, the code says what it takes
//! for granted.
//!
//! # Invariants
//!
//! * Nothing is stored here, and no clock is read: flows load, keep and decide when.
//! * Secrets are [`credentials::Secret`] or [`webhook::signature::SecretToken`], from the edge inward.

pub mod activity;
pub mod api;
pub mod carry;
pub mod credentials;
pub mod directory;
pub mod inventory;
pub mod oauth;
pub mod provision;
pub mod scope;
pub mod users;
pub mod webhook;
