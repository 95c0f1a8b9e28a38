//! `gatepost connection create`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use gatepost_saml::policy::{Policy, Relaxation, Relaxations};

use super::{read, read_all, show, source};
use crate::cli::gateway::InAccount;
use crate::cli::{Failure, Outcome, Status};
use crate::directory::mapping::SubjectSource;
use crate::directory::preset::{IdpInitiated, Product};
use crate::directory::state::ConnectionState;
use crate::flow::connection::{self, Create, IdentityProvider, ServiceProvider};

/// Options of `gatepost connection create`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("idp").required(true).args(["metadata", "metadata_url", "sso_url"])))]
pub struct CreateOptions {
    /// The product: okta, entra, clever, canvas, google, adfs, onelogin, pingone, jumpcloud, classlink, rippling, duo,
    /// cyberark, shibboleth, keycloak or other
    #[arg(long, default_value = "other", value_name = "PRODUCT")]
    preset: Product,
    /// Its name for people; the product's if it is left out
    #[arg(long)]
    name: Option<String>,
    /// The identity provider's metadata
    #[arg(long, value_name = "FILE", conflicts_with = "idp_certificate")]
    metadata: Option<PathBuf>,
    /// Where the identity provider's metadata is: it is fetched now, and followed from now on
    #[arg(long, value_name = "URL", conflicts_with = "idp_certificate")]
    metadata_url: Option<String>,
    /// A certificate that must have signed the metadata, with a validUntil; without one, it is trusted as TLS brings it.
    /// May be given several times
    #[arg(long, value_name = "FILE", requires = "metadata_url")]
    metadata_certificate: Vec<PathBuf>,
    /// The identity provider's Entity ID; with metadata, which of several
    #[arg(long, value_name = "ID")]
    idp_entity_id: Option<String>,
    /// The identity provider's sign-on address
    #[arg(long, value_name = "URL", requires = "idp_entity_id", requires = "idp_certificate")]
    sso_url: Option<String>,
    /// The identity provider's certificate (PEM, base64 alone or DER); may be given several times
    #[arg(long, value_name = "FILE")]
    idp_certificate: Vec<PathBuf>,
    #[arg(
        long,
        value_name = "SOURCE",
        help = "What names a person: name_id, or attribute:NAME; the product's usual if it is left out"
    )]
    subject: Option<SubjectSource>,
    /// What an answer that nobody asked for leads to: restart, accept or refuse; the product's usual if it is left out
    #[arg(long, value_name = "HOW")]
    idp_initiated: Option<IdpInitiated>,
    /// Allow something beyond the strict profile, such as sha1; may be given several times
    #[arg(long, value_name = "NAME", value_parser = relaxation)]
    allow: Vec<Relaxation>,
    /// How far clocks may be apart, in seconds, at most 600
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=600))]
    clock_skew: Option<u32>,
    /// The entity ID that the identity provider knows us by already
    #[arg(long, value_name = "ID", requires = "sp_acs_url")]
    sp_entity_id: Option<String>,
    /// The ACS URL that the identity provider posts to already; what comes here at its path is led to this connection
    #[arg(long, value_name = "URL", requires = "sp_entity_id")]
    sp_acs_url: Option<String>,
    /// A private key (PEM) that the identity provider encrypts to already; may be given several times
    #[arg(long, value_name = "FILE", requires = "sp_entity_id")]
    sp_decryption_key: Vec<PathBuf>,
    /// Make a draft, which is tested before people sign in by it; else it is active at once
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    within: InAccount,
}

fn relaxation(name: &str) -> Result<Relaxation, String> {
    Relaxation::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Relaxation::ALL.iter().map(|relaxation| relaxation.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// Makes a connection.
///
/// # Errors
/// In a plain sentence.
pub fn create(options: CreateOptions) -> Outcome {
    let InAccount { account, common } = options.within;
    let idp = match (&options.metadata, &options.metadata_url, options.sso_url) {
        (Some(path), _, _) => {
            IdentityProvider::Metadata { xml: read(path)?, entity_id: options.idp_entity_id }
        }
        (None, Some(url), _) => IdentityProvider::MetadataUrl {
            metadata: source(url, &options.metadata_certificate)?,
            entity_id: options.idp_entity_id,
        },
        (None, None, Some(sso_url)) => IdentityProvider::Fields {
            entity_id: options.idp_entity_id.unwrap_or_default(),
            sso_url,
            certificates: read_all(&options.idp_certificate)?,
        },
        (None, None, None) => {
            return Err(Failure::new(
                "give --metadata, --metadata-url, or --sso-url with the other two fields",
            ));
        }
    };
    let decryption_keys = read_all(&options.sp_decryption_key)?;
    let service_provider = options.sp_entity_id.zip(options.sp_acs_url);
    let service_provider = service_provider.map(|(entity_id, acs_url)| ServiceProvider {
        entity_id,
        acs_url,
        decryption_keys,
        key_pair: None,
    });
    let policy = Policy::relaxed(options.allow.iter().copied().collect::<Relaxations>());
    let policy = match options.clock_skew {
        None => policy,
        Some(seconds) => policy.with_clock_skew(seconds),
    };
    let input = Create {
        account,
        name: options.name,
        product: options.preset,
        idp,
        idp_initiated: options.idp_initiated,
        subject: options.subject,
        policy: Some(policy),
        service_provider,
    };
    let state = if options.draft { ConnectionState::Draft } else { ConnectionState::Active };
    let with = (state, connection::Extras::default());
    let (made, notes) =
        common.work(async |gateway, ctx| connection::create_as(gateway, ctx, input, with).await)?;
    show(common.json, &made);
    super::tell_notes(&notes);
    Ok(Status::Done)
}
