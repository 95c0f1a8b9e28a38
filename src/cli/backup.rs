//! `gatepost backup` and `gatepost restore`: copies of the database, and putting one back.

use std::path::PathBuf;

use clap::Args;

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::base::{Actor, Clock, Ctx, Rng};
use crate::storage::backup::{Again, TakenBack};
use crate::storage::{Location, Storage, backup};

/// Options of `gatepost backup`.
#[derive(Debug, Args)]
pub struct BackupOptions {
    /// The new file that the copy is written to
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost restore`.
#[derive(Debug, Args)]
pub struct RestoreOptions {
    /// The copy that is put back; on PostgreSQL none, when `pg_restore` has done its work
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Makes a copy while the server runs.
///
/// # Errors
/// In a plain sentence.
pub fn backup(options: &BackupOptions) -> Outcome {
    let config = options.settings.read()?;
    let file = options.file.display();
    let Some(dir) = Location::of(&config).folder() else {
        gateway::note(&format!(
            "The database is on PostgreSQL; nothing was copied. Use its own tool: pg_dump --format=custom \
             --file={file} DATABASE-URL. The master key is not in the copy: keep it apart."
        ));
        return Ok(Status::Refused);
    };
    gateway::block_on(async {
        backup::copy(dir, &options.file).await.map_err(|error| Failure::new(error.to_string()))?;
        gateway::note(&format!(
            "{file} holds a copy of the database. The master key is not in it: keep a copy of that apart, since neither \
             can be read without the other."
        ));
        Ok(Status::Done)
    })
}

/// Puts a copy back, and marks the database.
///
/// # Errors
/// In a plain sentence.
pub fn restore(options: &RestoreOptions) -> Outcome {
    let config = options.settings.read()?;
    let location = Location::of(&config);
    let rng = Rng::system();
    let ctx = Ctx::new(Actor::CommandLine, Clock::System.now(), &rng);
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    gateway::block_on(async {
        let taken_back = match (location.folder(), &options.file) {
            (Some(dir), Some(file)) => {
                let place = (dir, config.master_key.as_ref());
                backup::restore(place, file, (&ctx, &rng)).await.map_err(|error| failed(&error))?
            }
            (Some(_), None) => return Err(Failure::new("name the copy to put back: gatepost restore FILE")),
            (None, Some(_)) => {
                return Err(Failure::new(
                    "the database is on PostgreSQL: stop every gatepost, put the copy back with pg_restore, then run \
                     gatepost restore without a file, which marks the database",
                ));
            }
            (None, None) => {
                let storage = Storage::open(location, ctx.now, &rng).await.map_err(|error| failed(&error))?;
                let taken_back = storage.mark_restored(&ctx).await.map_err(|error| failed(&error))?;
                storage.close().await;
                taken_back
            }
        };
        let TakenBack { sessions, links, shares, calendars, api_keys, again } = taken_back;
        gateway::note(&format!(
            "The database is marked as put back at {}: sign-ins that were begun before are refused \
             (assertion_before_restore), since it may not know which of them were used, and everybody signs in anew, since \
             it may not know which sessions were ended ({sessions} of them were not). Start gatepost now.",
            ctx.now
        ));
        gateway::note(&format!(
            "Taken back, since it may not know which of them were: {api_keys} API keys, {calendars} calendars of what will \
             end, {shares} links that show a sign-in. New ones are made in the console (API keys, Deadlines, \
             Sign-ins), keys also by gatepost api-key create; they have to be put where programs had the old ones. And \
             {links} links by which somebody was to come in or set something up: invitations and setup links have to be \
             made and sent again (gatepost owner, operator, setup-link)."
        ));
        let Again { operators, owners, passkeys, certificates, knows_until } = again;
        let known =
            knows_until.map_or_else(String::new, |at| format!(" (the last that the copy knows of: {at})"));
        gateway::note(&format!(
            "There again as they were then{known}, whatever was done about them since, and good for letting people in: \
             {operators} operators, {owners} owners, {passkeys} passkeys of both, {certificates} certificates of identity \
             providers. Whoever was removed, disabled or made less than an owner after that, a passkey or certificate that \
             was taken away, a connection that was disabled and a signing key that was withdrawn: do it again, best before \
             anybody can reach gatepost (gatepost operator list, user list, connection list, keys list)."
        ));
        Ok(Status::Done)
    })
}
