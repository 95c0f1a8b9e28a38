//! `gatepost connection paste`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use gatepost_saml::trust::TrustedKey;
use serde_json::{Value, json};

use crate::base::id::ConnectionId;
use crate::base::sentence::Sentence;
use crate::cli::gateway::{self, InAccount};
use crate::cli::{Failure, Outcome, Status};
use crate::directory::preset::Product;
use crate::flow::connection::paste::{self, Applied, Paste, Seen};
use crate::words::EN;

/// Options of `gatepost connection paste`.
#[derive(Debug, Args)]
pub struct PasteOptions {
    /// Metadata, its address, certificates, the three fields or an export, as somebody copied it; - or nothing reads stdin
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
    /// The connection that it is about; without it, a draft is made
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// The product, where the values do not tell
    #[arg(long, value_name = "PRODUCT")]
    preset: Option<Product>,
    /// Which identity provider, when there are several
    #[arg(long, value_name = "ID")]
    idp_entity_id: Option<String>,
    /// Only say what it is and what is wrong with it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    within: InAccount,
}

/// Recognises what was pasted, and makes a draft of it or changes a connection.
///
/// # Errors
/// In a plain sentence.
pub fn paste(options: PasteOptions) -> Outcome {
    let text = input(&options.file)?;
    let InAccount { account, common } = options.within;
    let input = Paste {
        account,
        connection: options.connection,
        plan: None,
        product: options.preset,
        entity_id: options.idp_entity_id,
        text,
    };
    let is_rehearsal = options.dry_run;
    let applied = common.work(async |gateway, ctx| {
        if is_rehearsal {
            let seen = paste::look(gateway, ctx, &input).await?;
            return Ok(Applied {
                seen,
                connection: input.connection,
                revision: None,
                made: None,
                notes: Vec::new(),
            });
        }
        paste::apply(gateway, ctx, input).await
    })?;
    if common.json {
        gateway::print_json(&shown(&applied, is_rehearsal));
    } else {
        tell(&applied);
    }
    Ok(if applied.seen.is_usable() { Status::Done } else { Status::Refused })
}

/// The file, or stdin; one byte more than is looked at is enough to see that it is too much.
fn input(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return super::read(path);
    }
    let mut text = Vec::new();
    let limit = u64::try_from(gatepost_saml::paste::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut text);
    read.map_err(|error| Failure::new(format!("stdin cannot be read: {error}")))?;
    Ok(text)
}

fn shown(applied: &Applied, is_rehearsal: bool) -> Value {
    let Applied { seen, connection, revision, notes, .. } = applied;
    let problem = |problem: &gatepost_saml::paste::Problem| {
        json!({
            "code": problem.code, "weight": problem.code.weight(), "found": problem.found,
            "wanted": problem.wanted, "choices": problem.choices, "text": EN.paste(problem),
        })
    };
    let pasted = &seen.pasted;
    let certificates: Vec<_> = pasted.certificates.iter().map(TrustedKey::certificate).collect();
    json!({
        "form": seen.form, "is_usable": seen.is_usable(), "product": seen.product.name(),
        "problems": seen.problems.iter().map(problem).collect::<Vec<_>>(),
        "missing": seen.missing.iter().map(|part| part.name()).collect::<Vec<_>>(),
        "pasted": {
            "entity_id": pasted.entity_id, "sso_redirect_url": pasted.sso_redirect_url,
            "sso_post_url": pasted.sso_post_url, "metadata_url": pasted.metadata_url,
            "certificates": certificates,
        },
        "dry_run": is_rehearsal, "connection": connection.map(|id| id.to_string()), "revision": revision,
        "notes": notes.iter().map(Sentence::english).collect::<Vec<_>>(),
    })
}

fn tell(applied: &Applied) {
    let Applied { seen, connection, revision, notes, .. } = applied;
    for problem in &seen.problems {
        let sign = if problem.stops() { "Wrong" } else { "Note" };
        gateway::note(&format!("{sign}: {} ({})", gateway::printable(&EN.paste(problem)), problem.code));
    }
    tell_missing(seen);
    let mut pairs = Vec::new();
    let values = [
        ("entity_id", "IdP Entity ID", &seen.pasted.entity_id),
        ("sso_redirect_url", "Sign-on URL", &seen.pasted.sso_redirect_url),
        ("sso_post_url", "Sign-on URL (POST)", &seen.pasted.sso_post_url),
        ("metadata_url", "Metadata URL", &seen.pasted.metadata_url),
    ];
    pairs.extend(values.into_iter().filter_map(|(key, label, value)| Some((key, label, value.clone()?))));
    for key in &seen.pasted.certificates {
        pairs.push(("certificate", "Certificate", key.certificate().sha256.clone()));
    }
    if let (Some(id), Some(revision)) = (connection, revision) {
        pairs.push(("connection", "Connection", id.to_string()));
        pairs.push(("revision", "Revision", revision.to_string()));
    }
    gateway::print(false, &pairs);
    super::tell_notes(notes);
}

fn tell_missing(seen: &Seen) {
    if !seen.missing.is_empty() && !seen.problems.iter().any(gatepost_saml::paste::Problem::stops) {
        let names: Vec<_> = seen.missing.iter().map(|part| part.name()).collect();
        gateway::note(&format!("Still missing: {}. Paste all of it together.", names.join(", ")));
    }
}
