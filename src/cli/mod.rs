//! The command line: one file (or folder) per subcommand, each with its options and its `run`.
//!
//! Exit status, for every command: 0 done, 1 refused or failed, 2 usage, unreadable input or settings, internal error.
//!
//! To add a subcommand: a module here with `pub struct Options` (`clap::Args`) and `pub fn run(options) -> Outcome`, a
//! variant of `Command`, an arm in [`run`]. A command that changes something goes through the same flows as the
//! server; nothing is decided here.

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gatepost_saml::Instant;

pub mod account;
pub mod address;
pub mod api_key;
pub mod attempt;
pub mod backup;
pub mod check;
pub mod connection;
pub mod deadline;
pub mod demo;
pub mod domain;
pub mod fixture;
pub mod gateway;
mod hint;
pub mod idp;
pub mod import;
pub mod job;
pub mod keys;
pub mod operator;
pub mod owner;
pub mod serve;
pub mod session;
pub mod setup_link;
pub mod sp_keys;
pub mod user;
pub mod verify;
pub mod webhook;
pub mod zoom;
pub mod zoom_events;
pub mod zoom_inventory;
pub mod zoom_link;
pub mod zoom_people;
pub mod zoom_provisioning;
pub mod zoom_stand_in;

#[derive(Debug, Parser)]
#[command(name = "gatepost", version, about = "A SAML / SSO identity gateway: many accounts, one gate.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::Options),
    /// Try it: a gateway, a demo account and a pretend identity provider, with nothing to set up
    Demo(demo::Options),
    /// Make accounts: the customers of the platform
    #[command(subcommand)]
    Account(account::Command),
    /// Look up what the reference on a refused page stands for
    #[command(subcommand)]
    Attempt(attempt::Command),
    /// Make connections: the identity providers of an account
    #[command(subcommand)]
    Connection(connection::Command),
    /// Look at work that goes on without a request, and have what was given up tried again
    #[command(subcommand)]
    Job(job::Command),
    /// Look at our keys, and change them
    #[command(subcommand)]
    Keys(keys::Command),
    /// Prove the email domains of an account, which route sign-ins and make addresses verified
    #[command(subcommand)]
    Domain(domain::Command),
    /// Make, change, shut out and import the people of an account
    #[command(subcommand)]
    User(Box<user::Command>),
    /// See who is signed in, and end it
    #[command(subcommand)]
    Session(session::Command),
    /// Let those into the console who run the installation
    #[command(subcommand)]
    Operator(operator::Command),
    /// Let owners of accounts into the console
    #[command(subcommand)]
    Owner(owner::Command),
    /// Make links behind which an account's IT admin sets up sign-in
    #[command(subcommand)]
    SetupLink(setup_link::Command),
    /// What will end: certificates, metadata, keys, links
    #[command(subcommand)]
    Deadline(deadline::Command),
    /// Make keys of the REST API
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Have an account's own programs told what happens
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Zoom: link an account to it, bring people into it, count who is there
    #[command(subcommand)]
    Zoom(zoom::Command),
    /// Copy the database while the server runs
    Backup(backup::BackupOptions),
    /// Put a copy of the database back
    Restore(backup::RestoreOptions),
    /// Take connections over from Ory Polis, Keycloak, metadata or another Gatepost: they keep the names and addresses that
    /// identity providers know
    Import(Box<import::ImportOptions>),
    /// Print accounts and connections, for another installation to import
    Export(import::ExportOptions),
    /// See whether the installation is as it should be: database, clock, keys, certificates, events
    Check(check::Options),
    /// Look at the addresses that the installation was served under, and give up one of before
    #[command(subcommand)]
    Address(address::Command),
    /// Run a pretend identity provider that answers like a real product, or wrongly when asked to
    Idp(idp::Options),
    /// Judge a SAML message or metadata, or a whole suite of them, and explain the verdict
    Verify(Box<verify::Options>),
    /// Make SAML messages, good and hostile, to test any service provider with
    #[command(subcommand)]
    Fixture(fixture::Command),
}

/// Runs the command line of this process and says with which status it ends.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed stdout or stderr leaves nobody to tell; the status still says it.
            let _ = error.print();
            return if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() };
        }
    };
    let outcome = match cli.command {
        Command::Serve(options) => serve::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Account(command) => account::run(command),
        Command::Attempt(command) => attempt::run(&command),
        Command::Connection(command) => connection::run(command),
        Command::Job(command) => job::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::Domain(command) => domain::run(command),
        Command::User(command) => user::run(*command),
        Command::Session(command) => session::run(&command),
        Command::Operator(command) => operator::run(&command),
        Command::Owner(command) => owner::run(&command),
        Command::SetupLink(command) => setup_link::run(&command),
        Command::Deadline(command) => deadline::run(command),
        Command::ApiKey(command) => api_key::run(&command),
        Command::Webhook(command) => webhook::run(&command),
        Command::Zoom(command) => zoom::run(&command),
        Command::Backup(options) => backup::backup(&options),
        Command::Restore(options) => backup::restore(&options),
        Command::Import(options) => import::run(&options),
        Command::Export(options) => import::run_export(&options),
        Command::Check(options) => check::run(&options),
        Command::Address(command) => address::run(&command),
        Command::Idp(options) => idp::run(options),
        Command::Verify(options) => verify::run(&options),
        Command::Fixture(command) => fixture::run(&command),
    };
    match outcome {
        Ok(status) => status.into(),
        Err(failure) => {
            eprintln!("gatepost: {failure}");
            Status::Usage.into()
        }
    }
}

/// How a command ends when it could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done, accepted, everything agrees: 0.
    Done,
    /// Done, and the answer is no: 1.
    Refused,
    /// It could not do its work: 2.
    Usage,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Refused => Self::from(1),
            Status::Usage => Self::from(2),
        }
    }
}

/// A plain sentence that says what is wrong with the call, the input or the settings; exit status 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// From a sentence; it names the option or file and says what to do.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Reads a moment given as an option.
///
/// # Errors
/// When it is no RFC 3339 date and time.
pub fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|_| "write it like 2026-03-02T10:00:30Z".to_owned())
}

/// What a subcommand's `run` gives back.
pub type Outcome = Result<Status, Failure>;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }
}
