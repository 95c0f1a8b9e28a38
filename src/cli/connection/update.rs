//! `gatepost connection update`.

use std::path::PathBuf;

use clap::Args;

use super::{read, read_all, source};
use crate::base::id::ConnectionId;
use crate::cli::gateway::{Common, read_text};
use crate::cli::{Failure, Outcome, Status};
use crate::flow::connection::update::{self, Update};

/// Options of `gatepost connection update`.
#[derive(Debug, Args)]
pub struct UpdateOptions {
    /// The connection's id
    id: ConnectionId,
    /// Its name for people
    #[arg(long)]
    name: Option<String>,
    /// The identity provider's Entity ID
    #[arg(long, value_name = "ID")]
    idp_entity_id: Option<String>,
    /// A setting by its path, such as `session_end=ignore`; null is its default. May be given several times
    #[arg(long, value_name = "PATH=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Settings as a JSON file in the shape that `connection show` prints; what it does not name stays
    #[arg(long = "settings", value_name = "FILE")]
    merge: Option<PathBuf>,
    /// A metadata document to follow once
    #[arg(long, value_name = "FILE", conflicts_with = "metadata_url")]
    metadata: Option<PathBuf>,
    /// Where metadata is: fetched now, and followed from now on. To stop following: --set metadata=null
    #[arg(long, value_name = "URL")]
    metadata_url: Option<String>,
    /// A certificate that must have signed the metadata, with a validUntil; may be given several times
    #[arg(long, value_name = "FILE", requires = "metadata_url")]
    metadata_certificate: Vec<PathBuf>,
    /// A certificate to trust beside the others; may be given several times
    #[arg(long, value_name = "FILE")]
    add_certificate: Vec<PathBuf>,
    /// The SHA-256 of a certificate or key to trust no more; may be given several times
    #[arg(long, value_name = "SHA256")]
    remove_certificate: Vec<String>,
    /// Why; it stands in the revision
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    common: Common,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (path, value) = text.split_once('=').ok_or("write it like policy.clock_skew_seconds=60")?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

/// Changes a connection.
///
/// # Errors
/// In a plain sentence that names the setting.
pub fn update(options: UpdateOptions) -> Outcome {
    let merge = match &options.merge {
        None => None,
        Some(path) => {
            let wrong = |error| Failure::new(format!("{} is not JSON: {error}", path.display()));
            Some(serde_json::from_str(&read_text(path)?).map_err(wrong)?)
        }
    };
    let input = Update {
        name: options.name,
        idp_entity_id: options.idp_entity_id,
        metadata: options.metadata.as_deref().map(read).transpose()?,
        metadata_url: match &options.metadata_url {
            None => None,
            Some(url) => Some(source(url, &options.metadata_certificate)?),
        },
        set: options.set,
        merge,
        add_certificates: read_all(&options.add_certificate)?,
        remove_keys: options.remove_certificate,
        reason: options.reason,
    };
    let (id, common) = (options.id, options.common);
    let (made, notes) = common.work(async |gateway, ctx| update::update(gateway, ctx, id, input).await)?;
    super::revision::tell_made(common.json, id, made);
    super::tell_notes(&notes);
    Ok(Status::Done)
}
