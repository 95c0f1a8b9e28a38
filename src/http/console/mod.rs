//! The console: pages of operators, owners and admins, and the pages behind links.
//!
//! | file | what |
//! |---|---|
//! | [`caller`] | who asks, and whether a form is ours |
//! | [`frame`] | what stands around every page: navigation, what to say once |
//! | [`enter`] | getting in: sign-in page, links, passkeys; leaving |
//! | [`home`] | where to go on from `/console` |
//! | [`accounts`], [`operators`] | for those who run the installation |
//! | [`integrations`], [`owners`], [`events`], [`api_keys`], [`setup_links`] | of an account |
//! | [`passkeys`] | one's own |
//! | [`setup`] | behind a setup link |
//!
//! # Invariants
//!
//! * Whether the caller may is the flow's answer, never a handler's: a page that may not be shown is never filled.
//! * A form carries the token of the session that it was made for; without it nothing is changed.
//! * Every look that an operator takes at an account is an event of it: pages of an account begin with [`frame::account`].
//! * What is secret is shown in the answer to the form that made it, and never again: not after a redirect.
//!
//! To add a page: a handler here, a line in [`super::routes`], a view and a template in [`super::pages::console`], its line
//! in [`frame::Section`], its row in `tests/it/routes.rs`.

pub mod accounts;
pub mod api_keys;
pub mod caller;
pub mod enter;
pub mod events;
pub mod frame;
pub mod home;
pub mod integrations;
pub mod operators;
pub mod owners;
pub mod passkeys;
pub mod setup;
pub mod setup_links;
