//! `gatepost demo`: a gateway with a demo account, a pretend identity provider and a stand-in for Zoom beside it; nothing
//! to set up.
//!
//! The pretend identity provider is on another *site* (127.0.0.1 against localhost), as real ones are: cookies and
//! content policies are only put to the test that way. Its connections trust public test keys, so the demo listens on
//! loopback and its account holds nothing of worth. For the same reason it may call addresses of this machine without
//! https: the stand-in for Zoom is there.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use clap::Args;
use gatepost_saml::mint::{Person, Personality, keys};

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::app;
use crate::base::{Actor, Clock, Rng};
use crate::directory::account::Slug;
use crate::directory::preset::Product;
use crate::directory::state::{ZoomCloud, ZoomKind};
use crate::flow::connection::{self, ConnectionView, Create, IdentityProvider, alias};
use crate::flow::zoom::{guide, link, platform};
use crate::flow::{FlowError, Gateway, account};
use crate::http::{self, Demo, DemoChoice, DemoFigure};
use crate::idp::{self, Service};
use crate::jobs;
use crate::standin::{self, StandIn};
use crate::storage::Location;
use crate::words::EN;

const ACCOUNT: &str = "demo";
/// Users of the stand-in for Zoom: more than a page of any list.
const ZOOM_USERS: u32 = 120;
const ACCOUNT_NAME: &str = "Lincoln Unified School District";
/// What the platform calls it: without such an id, an account has no address for Zoom by it.
const ACCOUNT_ID: &str = "district-7";

/// Options of `gatepost demo`.
#[derive(Debug, Args)]
pub struct Options {
    /// Keep nothing: everything is gone at the end
    #[arg(long)]
    ephemeral: bool,
    /// The port of the pretend identity provider, on 127.0.0.1
    #[arg(long, default_value_t = 8401, value_name = "PORT")]
    idp_port: u16,
    /// The port of the stand-in for Zoom, on 127.0.0.1
    #[arg(long, default_value_t = 8402, value_name = "PORT")]
    zoom_port: u16,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Serves both until the process is asked to end.
///
/// # Errors
/// In a plain sentence: data folder, ports.
pub fn run(options: &Options) -> Outcome {
    let mut config = options.settings.read()?;
    config.mail.is_printed = true;
    (config.outbound.allow_private, config.outbound.allow_http) = (true, true);
    if config.http.public_url.is_secure() || !config.http.bind.ip().is_loopback() {
        return Err(Failure::new(
            "the demo lets anybody in, so it runs on this machine only: leave http.public_url and http.bind on localhost",
        ));
    }
    gateway::block_on(async {
        let listener = gateway::listen(config.http.bind, "http.bind").await?;
        let idp_address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.idp_port));
        let idp_listener = gateway::listen(idp_address, "--idp-port").await?;
        let zoom_address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.zoom_port));
        let zoom_listener = gateway::listen(zoom_address, "--zoom-port").await?;
        let place = if options.ephemeral {
            Location::Memory
        } else {
            Location::Folder { dir: &config.data_dir, master_key: None, next_master_key: None }
        };
        let gateway = app::open(place, &config).await;
        let gateway = gateway.map_err(|error| Failure::new(error.to_string()))?;
        alias::remember(&gateway, &gateway.ctx(Actor::CommandLine))
            .await
            .map_err(|error| gateway::failure(&error))?;

        let idp_url = format!("http://{idp_address}");
        let connections = prepare(&gateway, &idp_url).await.map_err(|error| gateway::failure(&error))?;
        let zoom_url = format!("http://{zoom_address}");
        let zoom = standin::Settings::demo(Clock::System, Rng::system(), ZOOM_USERS);
        link_zoom(&gateway, &zoom_url, &zoom).await.map_err(|error| gateway::failure(&error))?;
        let hook = standin::control::Hook {
            url: format!("{}/zoom/{ACCOUNT}/webhook", config.http.public_url),
            secret_token: zoom.secret_token.clone(),
        };
        let stand_in = StandIn::new(zoom);
        stand_in.inside().hook = hook;
        let stand_in = http::only_for_this_machine(standin::router(stand_in));
        let pretend = http::only_for_this_machine(idp::router(idp_settings(&idp_url, &connections)));
        let demo = Some(start_page((&idp_url, &zoom_url), &connections));
        let site = http::router(gateway.clone(), http::Options { demo, ..http::Options::default() });
        tell(
            &config.http.public_url.to_string(),
            (&idp_url, &zoom_url),
            (!options.ephemeral).then_some(config.data_dir.as_path()),
        );
        gateway::tell_first_link(&gateway).await?;
        let informed = tokio::spawn(app::keep_informed(gateway.clone()));
        tokio::join!(
            app::serve(listener, site, app::asked_to_end()),
            app::serve(idp_listener, pretend, app::asked_to_end()),
            app::serve(zoom_listener, stand_in, app::asked_to_end()),
            jobs::run(gateway.clone(), app::asked_to_end()),
        );
        informed.abort();
        gateway.close().await;
        Ok(Status::Done)
    })
}

struct DemoConnection {
    personality: &'static Personality,
    product: Product,
    view: ConnectionView,
}

/// Makes the demo account and its connections, or finds them as an earlier demo left them.
async fn prepare(gateway: &Gateway, idp_url: &str) -> Result<Vec<DemoConnection>, FlowError> {
    let ctx = gateway.ctx(Actor::CommandLine);
    let slug: Slug = ACCOUNT.parse().map_err(|_| FlowError::Internal("the demo account's name"))?;
    if account::find(gateway, &slug).await?.is_none() {
        let (name, external_id) = (ACCOUNT_NAME.to_owned(), Some(ACCOUNT_ID.to_owned()));
        let input = account::Create { slug: slug.clone(), name, external_id };
        account::create(gateway, &ctx, input).await?;
    }
    let known = connection::list(gateway, &ctx, &slug).await?;
    let mut connections = Vec::new();
    for product in [Product::Okta, Product::Entra, Product::Clever, Product::Canvas] {
        let personality =
            Personality::named(product.name()).ok_or(FlowError::Internal("a personality of the demo"))?;
        let found =
            known.iter().find(|known| known.idp_entity_id == personality.addresses.entity_id).cloned();
        let view = if let Some(view) = found {
            view
        } else {
            let input = Create {
                account: slug.clone(),
                name: None,
                product,
                idp: IdentityProvider::Fields {
                    entity_id: personality.addresses.entity_id.to_owned(),
                    sso_url: idp::sso_url(idp_url, personality),
                    certificates: vec![keys::IDP_RSA.certificate_pem.as_bytes().to_vec()],
                },
                subject: None,
                idp_initiated: None,
                policy: None,
                service_provider: None,
            };
            connection::create(gateway, &ctx, input).await?.0
        };
        connections.push(DemoConnection { personality, product, view });
    }
    Ok(connections)
}

/// Links the demo account to the stand-in for Zoom, where nobody has linked it otherwise, and enters its app as the
/// platform's.
async fn link_zoom(gateway: &Gateway, url: &str, zoom: &standin::Settings) -> Result<(), FlowError> {
    let ctx = gateway.ctx(Actor::CommandLine);
    let slug: Slug = ACCOUNT.parse().map_err(|_| FlowError::Internal("the demo account's name"))?;
    let (cloud, bases) = (ZoomCloud::Custom, Some((url.to_owned(), url.to_owned())));
    let (client_id, client_secret) = (Some(zoom.client_id.clone()), Some(zoom.client_secret.clone().into()));
    let secret_token = Some(zoom.secret_token.clone().into());
    // At another port than the last time, it is the same stand-in.
    let is_ours =
        |at: Option<&(String, String)>| at.is_none_or(|(web, _)| web.starts_with("http://127.0.0.1:"));
    let app = platform::show(gateway, &ctx).await?.app;
    if app.is_none_or(|app| is_ours(app.bases.as_ref()) && app.bases != bases) {
        let (client_id, client_secret) = (client_id.clone(), client_secret.clone());
        let (bases, secret_token) = (bases.clone(), secret_token.clone());
        let input = platform::Save { cloud, bases, client_id, client_secret, secret_token };
        platform::save(gateway, &ctx, input, |_| true).await?;
    }
    let known = link::show(gateway, &ctx, &slug).await?.link;
    let is_elsewhere = |link: &link::LinkView| link.cloud != cloud || !is_ours(link.bases.as_ref());
    if known.is_some_and(|link| {
        is_elsewhere(&link) || link.bases == bases || link.kind != ZoomKind::ServerToServer
    }) {
        return Ok(());
    }
    let input = link::Save {
        account: slug,
        kind: ZoomKind::ServerToServer,
        cloud,
        bases,
        capabilities: guide::CAPABILITIES.map(str::to_owned).to_vec(),
        client_id,
        client_secret,
        zoom_account: Some(zoom.account_id.clone()),
        secret_token,
    };
    link::save(gateway, &ctx, input, |_| true).await.map(drop)
}

fn idp_settings(idp_url: &str, connections: &[DemoConnection]) -> idp::Settings {
    let service = |connection: &DemoConnection| Service {
        personality: connection.personality.name.to_owned(),
        entity_id: connection.view.sp_entity_id.clone(),
        acs_url: connection.view.acs_url.clone(),
    };
    idp::Settings {
        base_url: idp_url.to_owned(),
        personalities: connections.iter().map(|connection| connection.personality).collect(),
        services: connections.iter().map(service).collect(),
        text: &EN,
        clock: Clock::System,
        rng: Rng::system(),
    }
}

fn start_page((idp_url, zoom_url): (&str, &str), connections: &[DemoConnection]) -> Demo {
    let choice = |connection: &DemoConnection| DemoChoice {
        name: connection.view.name.clone(),
        product: connection.product,
        href: format!("/saml/{}/login", connection.view.id),
    };
    let figure = |person: Person| DemoFigure {
        name: format!("{} {}", person.first_name, person.last_name),
        email: (!person.email.is_empty()).then_some(person.email),
        role: person.role.replace('_', " "),
    };
    Demo {
        account_slug: ACCOUNT.to_owned(),
        account_name: ACCOUNT_NAME.to_owned(),
        connections: connections.iter().map(choice).collect(),
        people: Person::examples().into_iter().map(figure).collect(),
        idp_href: format!("{idp_url}/"),
        zoom: (format!("{zoom_url}/"), ZOOM_USERS),
    }
}

fn tell(gateway_url: &str, (idp_url, zoom_url): (&str, &str), data_dir: Option<&Path>) {
    let data =
        data_dir.map_or_else(|| "in memory, gone at the end".to_owned(), |dir| format!("{}/", dir.display()));
    gateway::say(&format!(
        "Gatepost demo: open {gateway_url}/ in a browser and sign in.\n  \
         pretend identity provider  {idp_url}/\n  \
         stand-in for Zoom          {zoom_url}/\n  \
         data                       {data}\n\
         End it with Ctrl-C.\n"
    ));
}
