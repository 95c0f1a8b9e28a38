//! The console: pages of operators, owners and admins, and the pages behind links.
//!
//! | file | what |
//! |---|---|
//! | [`caller`] | who asks, and whether a form is ours |
//! | [`frame`] | what stands around every page: navigation, what to say once |
//! | [`enter`] | getting in: sign-in page, links, passkeys; leaving |
//! | [`home`] | where to go on from `/console` |
//! | [`accounts`], [`operators`], [`health`] | for those who run the installation |
//! | [`deadlines`], [`events`] | for these, and of an account |
//! | [`integrations`], [`owners`], [`domains`], [`branding`], [`api_keys`], [`setup_links`], [`webhooks`] | of an account |
//! | [`sign_ins`] | who tried to sign in, and how it went |
//! | [`people`], [`person_data`] | people, and what is kept of them |
//! | [`mapping`], [`what_if`] | a mapping tried on what was said, a change on sign-ins of before |
//! | [`passkeys`] | one's own |
//! | [`sso`], [`sso_connection`], [`sso_settings`], [`certificates`] | single sign-on of an account, also behind a setup link |
//! | [`setup`], [`domains`] | behind a setup link |
//! | [`zoom`], [`zoom_platform`], [`zoom_events`], [`zoom_provisioning`], [`zoom_inventory`] | Zoom: the link of an account, the platform's app, what Zoom told, people, what they use |
//! | [`zoom_place`] | who looks at one of these |
//!
//! # Invariants
//!
//! * Whether the caller may is the flow's answer, never a handler's: a page that may not be shown is never filled.
//! * A form carries the token of the session that it was made for; without it nothing is changed.
//! * A form that brings back values which its page had in it carries their version in `version`, and changes nothing when
//!   that is not what is there, or when it says none: an older tab would undo what somebody did meanwhile, unseen. A form
//!   that names what is to be done (switch off, trust this certificate, back to that revision) says all of it, and needs none.
//! * Every look that an operator takes at an account is an event of it: pages of an account begin with [`frame::account`].
//! * What is secret is shown in the answer to the form that made it, and never again: not after a redirect.
//!
//! To add a page: a handler here, a line in [`super::routes`], a view and a template in a file of its own in
//! [`super::pages`], its line in [`frame::Section`], its row in `tests/it/routes/console.rs`.

#![expect(clippy::missing_errors_doc, reason = "both sides of a handler's [`frame::Answer`] are answers")]

pub mod accounts;
pub mod api_keys;
pub mod branding;
pub mod caller;
pub mod certificates;
pub mod deadlines;
pub mod domains;
pub mod enter;
pub mod events;
pub mod frame;
pub mod health;
pub mod home;
pub mod integrations;
pub mod mapping;
pub mod operators;
pub mod owners;
pub mod passkeys;
pub mod people;
pub mod person_data;
pub mod setup;
pub mod setup_links;
pub mod sign_ins;
pub mod sso;
pub mod sso_connection;
pub mod sso_settings;
pub mod webhooks;
pub mod what_if;
pub mod zoom;
pub mod zoom_events;
pub mod zoom_inventory;
pub mod zoom_place;
pub mod zoom_platform;
pub mod zoom_provisioning;
