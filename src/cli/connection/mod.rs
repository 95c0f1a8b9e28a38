//! `gatepost connection …`: the identity providers of an account, from draft to retirement.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use gatepost_saml::trust::read_certificate;

use super::gateway;
use super::{Failure, Outcome};
use crate::base::sentence::Sentence;
use crate::flow::connection::settings::Metadata;
use crate::flow::connection::{ConnectionView, Switch};

mod create;
mod lifecycle;
mod look;
mod paste;
mod revision;
mod update;

/// What can be done with connections.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a connection from metadata, or from the three fields
    Create(Box<create::CreateOptions>),
    /// Recognise whatever somebody copied out of an identity provider's console, say what is wrong with it, and make a
    /// draft of it
    Paste(Box<paste::PasteOptions>),
    /// List an account's connections
    List(gateway::InAccount),
    /// Show everything about a connection
    Show(look::ShowOptions),
    /// Change a connection: every setting, its certificates, where its metadata comes from
    Update(Box<update::UpdateOptions>),
    /// Print the address of a test sign-in, which runs the whole way and makes no session
    Test(lifecycle::TestOptions),
    /// Let people sign in by a connection that was tested
    Activate(lifecycle::ActivateOptions),
    /// Let people sign in by a connection again
    Enable(lifecycle::OneOptions),
    /// Let nobody sign in by a connection
    Disable(lifecycle::OneOptions),
    /// Give a connection up for good
    #[command(alias = "delete")]
    Retire(lifecycle::OneOptions),
    /// Fetch a connection's metadata now
    Refresh(lifecycle::OneOptions),
    /// List what a connection was, and what each change changed
    Revisions(revision::RevisionsOptions),
    /// Make a connection again what it was
    Rollback(revision::RollbackOptions),
    /// Look at what metadata says and is not followed by itself, and approve it
    #[command(subcommand)]
    Drift(revision::DriftCommand),
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Create(options) => create::create(*options),
        Command::Paste(options) => paste::paste(*options),
        Command::List(options) => look::list(&options),
        Command::Show(options) => look::show_one(&options),
        Command::Update(options) => update::update(*options),
        Command::Test(options) => lifecycle::test(&options),
        Command::Activate(options) => lifecycle::activate(&options),
        Command::Enable(options) => lifecycle::switch(&options, Switch::On),
        Command::Disable(options) => lifecycle::switch(&options, Switch::Off),
        Command::Retire(options) => lifecycle::retire(&options),
        Command::Refresh(options) => lifecycle::refresh(&options),
        Command::Revisions(options) => revision::revisions(&options),
        Command::Rollback(options) => revision::roll_back(&options),
        Command::Drift(command) => revision::drift(&command),
    }
}

fn show(is_json: bool, connection: &ConnectionView) {
    gateway::print(
        is_json,
        &[
            ("id", "Connection", connection.id.to_string()),
            ("name", "Name", connection.name.clone()),
            ("state", "State", connection.state.to_string()),
            ("idp_entity_id", "IdP Entity ID", connection.idp_entity_id.clone()),
            ("sp_entity_id", "SP Entity ID", connection.sp_entity_id.clone()),
            ("acs_url", "ACS URL", connection.acs_url.clone()),
            ("metadata_url", "Metadata URL", connection.metadata_url.clone()),
            ("login_url", "Sign-in URL", connection.login_url.clone()),
        ],
    );
}

/// What an administrator should know.
fn tell_notes(notes: &[Sentence]) {
    for note in notes {
        gateway::note(&format!("Note: {}", note.english()));
    }
}

/// Where metadata comes from, and the certificates that must have signed it.
fn source(url: &str, certificates: &[PathBuf]) -> Result<Metadata, Failure> {
    let mut keys = Vec::new();
    for (path, certificate) in certificates.iter().zip(read_all(certificates)?) {
        let read = read_certificate(&certificate);
        keys.push(read.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?.key);
    }
    Ok(Metadata::new(url, &keys))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    paths.iter().map(|path| read(path)).collect()
}
