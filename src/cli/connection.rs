//! `gatepost connection …`: the identity providers of an account.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use gatepost_saml::policy::{Policy, Relaxation, Relaxations};

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::base::Actor;
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::mapping::SubjectSource;
use crate::directory::preset::{IdpInitiated, Product};
use crate::directory::state::ConnectionState;
use crate::flow::connection::{self, ConnectionView, Create, IdentityProvider, ServiceProvider};

/// What can be done with connections.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a connection from metadata, or from the three fields
    Create(Box<CreateOptions>),
    /// List an account's connections
    List(ListOptions),
    /// Let people sign in by a connection again
    Enable(StateOptions),
    /// Let nobody sign in by a connection
    Disable(StateOptions),
}

/// Options of `gatepost connection create`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("idp").required(true).args(["metadata", "sso_url"])))]
pub struct CreateOptions {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    account: Slug,
    /// The product: okta, entra, clever, canvas, google, adfs, shibboleth, keycloak or other
    #[arg(long, default_value = "other", value_name = "PRODUCT")]
    preset: Product,
    /// Its name for people; the product's if it is left out
    #[arg(long)]
    name: Option<String>,
    /// The identity provider's metadata
    #[arg(long, value_name = "FILE", conflicts_with = "idp_certificate")]
    metadata: Option<PathBuf>,
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
    /// The ACS URL that the identity provider posts to already; it must lead to this connection's
    #[arg(long, value_name = "URL", requires = "sp_entity_id")]
    sp_acs_url: Option<String>,
    /// A private key (PEM) that the identity provider encrypts to already; may be given several times
    #[arg(long, value_name = "FILE", requires = "sp_entity_id")]
    sp_decryption_key: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost connection list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    account: Slug,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost connection enable` and `disable`.
#[derive(Debug, Args)]
pub struct StateOptions {
    /// The connection's id
    id: ConnectionId,
    #[command(flatten)]
    settings: SettingsFile,
}

fn relaxation(name: &str) -> Result<Relaxation, String> {
    Relaxation::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Relaxation::ALL.iter().map(|relaxation| relaxation.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Create(options) => create(*options),
        Command::List(options) => list(&options),
        Command::Enable(options) => set_state(&options, ConnectionState::Active),
        Command::Disable(options) => set_state(&options, ConnectionState::Disabled),
    }
}

fn create(options: CreateOptions) -> Outcome {
    let config = options.settings.read()?;
    let idp = match (&options.metadata, options.sso_url) {
        (Some(path), _) => IdentityProvider::Metadata { xml: read(path)?, entity_id: options.idp_entity_id },
        (None, Some(sso_url)) => IdentityProvider::Fields {
            entity_id: options.idp_entity_id.unwrap_or_default(),
            sso_url,
            certificates: read_all(&options.idp_certificate)?,
        },
        (None, None) => return Err(Failure::new("give --metadata, or --sso-url with the other two fields")),
    };
    let decryption_keys = read_all(&options.sp_decryption_key)?;
    let service_provider = options.sp_entity_id.zip(options.sp_acs_url);
    let service_provider =
        service_provider.map(|(entity_id, acs_url)| ServiceProvider { entity_id, acs_url, decryption_keys });
    let policy = Policy::relaxed(options.allow.iter().copied().collect::<Relaxations>());
    let policy = match options.clock_skew {
        None => policy,
        Some(seconds) => policy.with_clock_skew(seconds),
    };
    let input = Create {
        account: options.account,
        name: options.name,
        product: options.preset,
        idp,
        idp_initiated: options.idp_initiated,
        subject: options.subject,
        policy: Some(policy),
        service_provider,
    };
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let made = connection::create(&gateway, &gateway.ctx(Actor::CommandLine), input).await;
        let (made, notes) = made.map_err(|error| gateway::failure(&error))?;
        show(options.json, &made);
        for note in notes {
            gateway::note(&format!("Note: {note}"));
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

fn list(options: &ListOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let found = connection::list(&gateway, &gateway.ctx(Actor::CommandLine), &options.account).await;
        for (index, connection) in found.map_err(|error| gateway::failure(&error))?.iter().enumerate() {
            if index > 0 && !options.json {
                gateway::say("\n");
            }
            show(options.json, connection);
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

fn set_state(options: &StateOptions, state: ConnectionState) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let done = connection::set_state(&gateway, &gateway.ctx(Actor::CommandLine), options.id, state).await;
        done.map_err(|error| gateway::failure(&error))?;
        gateway.close().await;
        Ok(Status::Done)
    })
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

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    paths.iter().map(|path| read(path)).collect()
}
