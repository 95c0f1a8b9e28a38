//! The database behind the gateway: one conformance suite for both kinds, by aggregate, through the public functions of
//! [`gatepost::storage`]; and what the database itself sees to. `cargo test --test it storage` runs it on SQLite,
//! `tests/postgres/run.sh fast cargo test --test it storage` on PostgreSQL.
//!
//! | file | what |
//! |---|---|
//! | `opening` | an installation, its folder, its keys, its promises |
//! | `references` | no row refers to another account's, whoever writes it |
//! | `tenants`, `sign_ins`, `work`, `callers` | the conformance suite, by aggregate |
//! | `master` | another master key |
//! | `plans` | nothing that grows is read whole |
//! | `desk` | what it starts from |

mod callers;
mod desk;
mod master;
mod opening;
mod plans;
mod references;
mod sign_ins;
mod tenants;
mod work;
