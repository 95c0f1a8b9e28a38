//! The gateway from outside: requests in, answers and database out. One file per surface.
//!
//! [`site`] starts a gateway in process with a clock that is moved by hand and a seeded generator; [`browser`] keeps
//! cookies as browsers do and knows which of them come along from another site.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is a test; helpers outside of #[test] functions fail as loudly as these do"
)]

mod alias;
mod api;
mod api_offered;
mod api_texts;
mod api_things;
mod api_writes;
mod asked;
mod attempt_seal;
mod becoming_owner;
mod before_saving;
mod bounds;
mod branding;
mod browser;
mod callers;
mod care;
mod changes;
mod cli;
mod cli_connection;
mod cli_people;
mod cli_zoom;
mod concurrency;
mod connection;
mod corpus;
mod crowd;
mod database;
mod deadline;
mod dns;
mod domain;
mod email;
mod erasure;
mod events;
mod fixtures;
mod group_commit;
mod headers;
mod hostile;
mod idp_initiated;
mod import;
mod installation_keys;
mod isolation;
mod jobs;
mod keys;
mod language;
mod left_behind;
mod limits;
mod looking;
mod mail;
mod malformed;
mod metadata;
mod no_longer_said;
mod notices;
mod numbers;
mod old_forms;
mod ops;
mod outlive;
mod overreach;
mod paste;
mod people;
mod people_administered;
mod publisher;
mod raised;
mod ranks;
mod refused;
mod repeat;
mod routes;
mod second_opinion;
mod second_opinion_corpus;
mod secrets;
mod session;
mod signin;
mod site;
mod storage;
mod sweep;
mod token;
mod tried;
mod unknown_key;
mod verify;
mod visited;
mod webhook;
mod webhook_form;
mod whose_word;
mod wrong;
mod zoom;
mod zoom_again;
mod zoom_api;
mod zoom_between;
mod zoom_events;
mod zoom_interrupted;
mod zoom_inventory;
mod zoom_licence;
mod zoom_link;
mod zoom_provisioning;
mod zoom_runs;
mod zoom_secrets;
mod zoom_stand_in;
mod zoom_taken_over;
