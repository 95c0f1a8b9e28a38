//! Gatepost: a SAML / SSO identity gateway. This page is the map of the program.
//!
//! # Ranks: data flows one way
//!
//! | rank | rooms | what they may do |
//! |---|---|---|
//! | 6 | [`cli`], [`app`], [`telemetry`], [`idp`], [`standin`] | wiring: read settings, open the store, serve, tell; the pretend identity provider and the stand-in for Zoom |
//! | 5 | [`http`], [`jobs`] | skins: extract, call one flow, map the answer; work without a request |
//! | 4 | [`flow`] | use cases: load, decide, write, commit |
//! | 3 | [`zoom`] | one outside system |
//! | 2 | [`storage`], [`outbound`], [`second_opinion`], [`words`] | side effects, no decisions; texts for people |
//! | 1 | [`gatepost_saml`], [`directory`], [`token`], [`scim`], [`access`], [`audit`], [`config`] | pure: no async, no I/O, no clock |
//! | 0 | [`base`] | ids, time, randomness, secrets, small values |
//!
//! A room uses lower ranks only, and rooms of rank 1 do not use one another; `http` never touches `storage`.
//! `tests/it/ranks.rs` reads the sources and holds them to it.
//!
//! # Three walkthroughs
//!
//! **A person signs in.** `http::signin` shows the account's connections. `http::saml` calls `flow::login::start`, which
//! makes an `AuthnRequest` ([`gatepost_saml::request`]), seals what must be remembered into a cookie of this browser and
//! answers with a page that goes to the identity provider. The answer is posted to the ACS: `flow::login::finish` loads
//! the connection, has the engine judge the bytes ([`gatepost_saml::response::judge`]), maps the assertion to a person
//! ([`directory`]), and commits replay, user, session and attempt in one transaction. The browser gets a cookie and goes
//! where it wanted to.
//!
//! **A sign-in is refused.** The engine's trace has the first failing step with a stable code
//! ([`gatepost_saml::code`]). The flow stores the attempt with its trace, sealed; the page shows a plain sentence and a
//! reference id; the trace is put into words by [`words`] for whoever may read it.
//!
//! **A message is judged offline.** `cli::verify` reads the options or a suite's manifest, calls the same functions of
//! the engine with the time it was given, and prints one JSON object per message or a readable trace.
//!
//! # Where to add things
//!
//! | to add | go to |
//! |---|---|
//! | a check on messages | `src/saml/response/` (what every message has: `src/saml/message.rs`) |
//! | a refusal code | its row in `src/saml/code.rs`; given by the engine, or by `flow::login` where the database decides |
//! | a product's defaults | `directory::preset`; its attributes' names in `directory::mapping`, its console's places in `words::mend::consoles` |
//! | a product's messages, to try things with | `src/saml/mint/personality/` |
//! | a rule about who stays signed in | `flow::session` |
//! | a product whose exports can be imported | a reader in `directory::foreign` |
//! | a setting of connections | `flow::connection::settings`; where owners decide it, `flow::connection::strictness` |
//! | a setting of the process | [`config`], and `config/gatepost.example.toml` |
//! | a use case | a file in [`flow`], a handler in [`http`], a subcommand in [`cli`] |
//! | a page | a view and a template in `http::pages`; its texts in [`words`] |
//! | an operation of the REST API | a handler in `http::api`, a line in its table |
//! | what webhooks are told | its kind in `directory::webhook`, where its event is written |
//! | something that ends | a variant of `DeadlineKind`, found in `flow::deadline` |
//! | a kind of event | its sentence in `words::{en, es}::events` |
//! | a table | `storage/migrations/`, one file per aggregate in [`storage`]; what of it grows old, in `flow::sweep` |
//! | anything of Zoom's | [`zoom`] |
//! | work every so often, or later | [`jobs`] |
//! | a metric | `telemetry::numbers`, and the macro where it happens |

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
pub mod jobs;
pub mod outbound;
pub mod scim;
pub mod second_opinion;
pub mod standin;
pub mod storage;
pub mod telemetry;
pub mod token;
pub mod words;
pub mod zoom;
