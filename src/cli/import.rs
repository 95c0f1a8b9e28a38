//! `gatepost import` and `gatepost export`: connections from other products and to other installations.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::gateway::{self, Common};
use super::{Failure, Outcome, Status};
use crate::base::Ctx;
use crate::base::sentence::sentence;
use crate::base::unread;
use crate::directory::account::Slug;
use crate::directory::foreign::{self, Entry, Format, Names};
use crate::flow::FlowError;
use crate::flow::connection::export::export;
use crate::flow::connection::import::{Became, Import, Line, from_metadata, import};
use crate::flow::connection::keys::KeyPair;

/// Options of `gatepost import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// The export: what Ory Polis's API lists, a Keycloak realm, metadata with one or several identity providers, or what
    /// gatepost export printed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is: polis, keycloak or gatepost; told by its shape if it is left out
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// The account that all of it goes into; without it, each connection goes to the account whose external id or slug is
    /// its tenant, alias or account
    #[arg(long, value_name = "SLUG", conflicts_with = "make_accounts")]
    account: Option<Slug>,
    /// Make an account for each owner who has none
    #[arg(long)]
    make_accounts: bool,
    /// Where the other product was, such as <https://sso.example.org>: from it follow the addresses that identity providers post to,
    /// which must lead here
    #[arg(long, value_name = "URL")]
    old_url: Option<String>,
    /// The entity ID that identity providers know, unless an entry says another (Polis: its `SAML_AUDIENCE`)
    #[arg(long, value_name = "ID")]
    sp_entity_id: Option<String>,
    /// The ACS URL that identity providers post to, unless an entry says another
    #[arg(long, value_name = "URL")]
    sp_acs_url: Option<String>,
    /// Give connections new names and addresses, which identity providers must then be told
    #[arg(long, conflicts_with_all = ["old_url", "sp_entity_id", "sp_acs_url", "sp_key"])]
    new_names: bool,
    /// The private key (PEM) that requests were signed with and assertions are encrypted to
    #[arg(long, value_name = "FILE", requires = "sp_certificate")]
    sp_key: Option<PathBuf>,
    /// Its certificate
    #[arg(long, value_name = "FILE", requires = "sp_key")]
    sp_certificate: Option<PathBuf>,
    /// Only the connections to this identity provider; may be given several times
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Let people sign in by them at once, without a test; else they are drafts
    #[arg(long)]
    active: bool,
    /// Only say what would be made, what is left out, and why
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// One account only
    #[arg(long, value_name = "SLUG")]
    account: Option<Slug>,
    #[command(flatten)]
    common: Common,
}

/// Takes connections over.
///
/// # Errors
/// In a plain sentence, with the places where the file is wrong.
pub fn run(options: &ImportOptions) -> Outcome {
    let text = read(&options.file)?;
    let key_pair = match options.sp_key.as_ref().zip(options.sp_certificate.as_ref()) {
        None => None,
        Some((key, certificate)) => {
            let pair = KeyPair::read(&read(certificate)?, Zeroizing::new(read(key)?));
            Some(pair.map_err(|error| gateway::failure(&error))?)
        }
    };
    let names = Names {
        base_url: options.old_url.clone(),
        sp_entity_id: options.sp_entity_id.clone(),
        acs_url: options.sp_acs_url.clone(),
    };
    let common = &options.common;
    let lines = common.work(async |gateway, ctx| {
        let is_xml = text.trim_ascii_start().starts_with(b"<") || text.starts_with(b"\xEF\xBB\xBF<");
        let mut entries = entries(ctx, &text, options.from, &names)?;
        let wanted = |entry: &Entry| match &entry.found {
            Ok(known) => options.only.is_empty() || options.only.contains(&known.entity_id),
            Err(_) => options.only.is_empty(),
        };
        entries.retain(wanted);
        // Metadata knows nothing of us.
        let has_names = names.sp_entity_id.is_some() && names.acs_url.is_some();
        let input = Import {
            entries,
            account: options.account.clone(),
            makes_accounts: options.make_accounts,
            has_new_names: options.new_names || is_xml && !has_names,
            key_pair,
            is_active: options.active,
            is_rehearsal: options.dry_run,
        };
        import(gateway, ctx, input).await
    })?;
    if common.json {
        for line in &lines {
            gateway::print_json(&shown(line));
        }
    } else {
        tell(&lines);
    }
    let is_whole = !lines.iter().any(|line| matches!(line.became, Became::LeftOut(_)));
    Ok(if is_whole { Status::Done } else { Status::Refused })
}

/// Prints accounts and connections.
///
/// # Errors
/// In a plain sentence.
pub fn run_export(options: &ExportOptions) -> Outcome {
    let document =
        options.common.work(async |gateway, ctx| export(gateway, ctx, options.account.as_ref()).await)?;
    gateway::print_json(&document);
    Ok(Status::Done)
}

fn entries(ctx: &Ctx, text: &[u8], format: Option<Format>, names: &Names) -> Result<Vec<Entry>, FlowError> {
    let start = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii_start();
    if format.is_none() && start.starts_with(b"<") {
        return from_metadata(ctx, text, names);
    }
    let document: Value = serde_json::from_slice(start).map_err(|error| {
        FlowError::Invalid(sentence!(
            "the file is neither JSON nor metadata: {why}",
            why = unread::json(&error)
        ))
    })?;
    let format = format.or_else(|| Format::of(&document)).ok_or_else(|| {
        FlowError::Invalid(sentence!("the file cannot be told by its shape; say what it is"))
    })?;
    foreign::read(&document, format, names).map_err(|wrongs| FlowError::Invalid(wrongs.into()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

fn shown(line: &Line) -> Value {
    let (connection, why) = match &line.became {
        Became::Made(id) | Became::Present(id) => (Some(id.to_string()), None),
        Became::LeftOut(why) => (None, Some(why)),
        Became::WouldBeMade => (None, None),
    };
    json!({
        "place": line.place, "name": line.name, "account": line.account, "idp_entity_id": line.idp_entity_id,
        "became": line.became.name(), "connection": connection, "why": why, "notes": line.notes,
    })
}

fn tell(lines: &[Line]) {
    for line in lines {
        let name = line.name.as_deref().or(line.idp_entity_id.as_deref()).unwrap_or_default();
        let account = line.account.as_ref().map(|account| format!(" in {account}")).unwrap_or_default();
        let became = match &line.became {
            Became::Made(id) => format!("made as {id}"),
            Became::WouldBeMade => "would be made".to_owned(),
            Became::Present(id) => format!("here already as {id}"),
            Became::LeftOut(why) => format!("left out: {why}"),
        };
        let text = format!("{} {name}{account}: {became}\n", line.place);
        gateway::say(&gateway::printable(&text));
        for note in &line.notes {
            gateway::say(&gateway::printable(&format!("    {note}\n")));
        }
    }
    let count = |name: &str| lines.iter().filter(|line| line.became.name() == name).count();
    gateway::note(&format!(
        "{} made, {} would be made, {} here already, {} left out.",
        count("made"),
        count("would_be_made"),
        count("present"),
        count("left_out")
    ));
}
