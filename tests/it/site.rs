//! A gateway in process, with an account, connections and the identity providers behind them.

use axum::Router;
use gatepost::base::id::ConnectionId;
use gatepost::base::secret::LinkToken;
use gatepost::base::time::ManualClock;
use gatepost::base::url::PublicUrl;
use gatepost::base::{Actor, Clock, Ctx, Instant, Rng};
use gatepost::directory::account::Slug;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::directory::state::{ConnectionState, JobKind};
use gatepost::flow::connection::keys::KeySource;
use gatepost::flow::connection::{self, ConnectionView, Create, IdentityProvider, Switch, alias};
use gatepost::flow::keys::signing;
use gatepost::flow::session::Lifetimes;
use gatepost::flow::{
    FlowError, Gateway, Inputs, account, api_key, changes, console, job, link, operator, owner, setup_link,
    token,
};
use gatepost::http;
use gatepost::outbound;
use gatepost::storage::Storage;
use gatepost_saml::Policy;
use gatepost_saml::mint::{MintRequest, Person, Personality, keys, mint_response};
use secrecy::ExposeSecret;

use crate::browser::{Browser, From};

pub const HTTPS: &str = "https://sso.example.test";
pub const LOOPBACK: &str = "http://localhost:8400";
pub const ACCOUNT: &str = "lincoln";

pub use crate::database::Folder;

pub struct Site {
    pub gateway: Gateway,
    /// What it was made with.
    pub inputs: Inputs,
    pub router: Router,
    pub storage: Storage,
    pub clock: ManualClock,
    pub rng: Rng,
    pub url: &'static str,
    pub folder: Folder,
}

pub fn start_of_time() -> Instant {
    Instant::parse("2026-03-02T10:00:00Z").unwrap()
}

/// Tests have the other ends of the world on this machine.
pub fn outbound() -> outbound::Client {
    let options =
        outbound::Options { allows_private: true, allows_http: true, ..outbound::Options::default() };
    outbound::Client::new(options).unwrap()
}

/// No name server: nobody listens at the port for what is thrown away.
pub fn dns() -> outbound::dns::Dns {
    outbound::dns::Dns::new(&["127.0.0.1:9".parse().unwrap()])
}

fn inputs(url: &str, clock: &ManualClock, rng: &Rng) -> Inputs {
    Inputs {
        clock: Clock::Manual(clock.clone()),
        rng: rng.clone(),
        keys: KeySource::Given(keys::SP_RSA.private_key().unwrap()),
        public_url: PublicUrl::parse(url).unwrap(),
        return_to_origins: vec![PublicUrl::parse("https://app.example.test").unwrap()],
        limits: gatepost_saml::Limits::MESSAGE,
        outbound: outbound(),
        dns: dns(),
        mailer: outbound::mail::Mailer::None,
        second_opinion: gatepost::config::SecondOpinion::Off,
        trusts_test_keys: true,
        lifetimes: Lifetimes::default(),
        retention: gatepost::flow::sweep::Retention::default(),
        tokens: token::Settings::default(),
    }
}

impl Site {
    /// Another process on the same database.
    pub async fn reopen(&mut self) {
        self.storage.close().await;
        self.storage = Storage::open(self.folder.location(), self.clock.now(), &self.rng).await.unwrap();
        self.gateway = Gateway::new(self.storage.clone(), inputs(self.url, &self.clock, &self.rng));
        self.router = http::router(self.gateway.clone(), http::Options::default());
    }

    /// A site with the account [`ACCOUNT`], reached under `url`.
    pub async fn at(url: &'static str) -> Self {
        Self::with(url, |_| {}).await
    }

    /// The same with other inputs.
    pub async fn with(url: &'static str, change: impl FnOnce(&mut Inputs)) -> Self {
        let (folder, clock, rng) = (Folder::opened(), ManualClock::new(start_of_time()), Rng::seeded(1));
        let storage = Storage::open(folder.location(), clock.now(), &rng).await.unwrap();
        let mut inputs = inputs(url, &clock, &rng);
        change(&mut inputs);
        let gateway = Gateway::new(storage.clone(), inputs.clone());
        signing::prepare(&gateway, &gateway.ctx(Actor::CommandLine)).await.unwrap();
        alias::remember(&gateway, &gateway.ctx(Actor::CommandLine)).await.unwrap();
        let input = account::Create {
            slug: ACCOUNT.parse().unwrap(),
            name: "Lincoln Unified".to_owned(),
            external_id: None,
        };
        account::create(&gateway, &gateway.ctx(Actor::CommandLine), input).await.unwrap();
        let router = http::router(gateway.clone(), http::Options::default());
        Self { gateway, inputs, router, storage, clock, rng, url, folder }
    }

    /// Another account, with a connection of its own, whose people mean no good.
    pub async fn strangers(&self, product: Product) -> Idp {
        self.make_account("evil", "Evil Corporation").await;
        self.connect_to("evil", product, (None, None)).await
    }

    pub async fn make_account(&self, slug: &str, name: &str) {
        let input = account::Create { slug: slug.parse().unwrap(), name: name.to_owned(), external_id: None };
        account::create(&self.gateway, &self.gateway.ctx(Actor::CommandLine), input).await.unwrap();
    }

    /// Another process on the same database.
    pub async fn beside(&self, seed: u64) -> Gateway {
        let (clock, rng) = (self.clock.clone(), Rng::seeded(seed));
        let storage = Storage::open(self.folder.location(), clock.now(), &rng).await.unwrap();
        Gateway::new(storage, inputs(self.url, &clock, &rng))
    }

    pub async fn https() -> Self {
        Self::at(HTTPS).await
    }

    /// A connection to `product`, which signs with the built-in test key.
    pub async fn connect(&self, product: Product) -> Idp {
        self.connect_with(product, None).await
    }

    pub async fn connect_with(&self, product: Product, policy: Option<Policy>) -> Idp {
        self.connect_to(ACCOUNT, product, (policy, None)).await
    }

    /// A connection that treats what nobody asked for like this.
    pub async fn connect_as(&self, product: Product, idp_initiated: IdpInitiated) -> Idp {
        self.connect_to(ACCOUNT, product, (None, Some(idp_initiated))).await
    }

    pub async fn connect_to(
        &self,
        account: &str,
        product: Product,
        (policy, idp_initiated): (Option<Policy>, Option<IdpInitiated>),
    ) -> Idp {
        let personality = Personality::named(product.name()).unwrap();
        let input = Create {
            account: account.parse().unwrap(),
            name: None,
            product,
            idp: entered(personality),
            subject: None,
            idp_initiated,
            policy,
            service_provider: None,
        };
        let ctx = self.gateway.ctx(Actor::CommandLine);
        let (connection, _) = connection::create(&self.gateway, &ctx, input).await.unwrap();
        Idp { personality, connection }
    }

    /// A program with a key of [`ACCOUNT`] for these scopes, as flows meet it.
    pub async fn key(&self, scopes: &str) -> Ctx {
        let (account, scopes) = (Some(slug()), scopes.parse().unwrap());
        let input = api_key::Create { account, name: "CI".to_owned(), scopes, days: 30 };
        let (_, secret) = api_key::create(&self.gateway, &ctx(self), input).await.unwrap();
        let key = api_key::find(&self.gateway, &ctx(self), secret.expose_secret()).await.unwrap().unwrap();
        self.gateway.ctx(Actor::ApiKey(key))
    }

    /// A setup link of [`ACCOUNT`] for these scopes.
    pub async fn setup_link(&self, scopes: &str) -> link::Issued {
        self.setup_link_with(scopes, None).await
    }

    /// The same that goes on with a connection.
    pub async fn setup_link_with(&self, scopes: &str, connection: Option<ConnectionId>) -> link::Issued {
        let link = new_link(scopes, connection);
        let input = setup_link::Create { name: "Ida".to_owned(), days: 14, ..link };
        setup_link::create(&self.gateway, &ctx(self), input).await.unwrap()
    }

    /// Whoever is behind one of those, as flows meet them.
    pub async fn visitor(&self, scopes: &str) -> Ctx {
        self.visitor_with(scopes, None).await
    }

    /// Whoever is behind one that goes on with a connection.
    pub async fn visitor_with(&self, scopes: &str, connection: Option<ConnectionId>) -> Ctx {
        let entered = self.enter(&self.setup_link_with(scopes, connection).await).await.unwrap();
        self.gateway.ctx(self.who(&entered).await.unwrap())
    }

    /// Whoever has a link comes by it, as flows meet them.
    pub async fn enter(&self, issued: &link::Issued) -> Result<console::Entered, FlowError> {
        let token = LinkToken::parse(issued.url.expose_secret().rsplit('/').next().unwrap()).unwrap();
        link::enter(&self.gateway, &self.gateway.ctx(Actor::Anonymous), token.hash(), None).await
    }

    /// Who came in like that, as long as they are in.
    pub async fn who(&self, entered: &console::Entered) -> Option<Actor> {
        let anonymous = self.gateway.ctx(Actor::Anonymous);
        let found = console::find(&self.gateway, &anonymous, entered.token.hash()).await.unwrap();
        found.map(|current| current.actor)
    }

    /// The browser of whoever has opened a link.
    pub async fn open(&self, issued: &link::Issued) -> Browser {
        let mut browser = self.browser();
        let entered = browser.post(path(issued), &[], From::ThisSite).await;
        assert_eq!(entered.status, 303, "{}", entered.body);
        browser
    }

    /// The browser of whoever opens a new link of an operator.
    pub async fn operator(&self) -> Browser {
        let made = operator::make_link(&self.gateway, &ctx(self), "Sam", None).await.unwrap();
        self.open_from_somewhere(&made).await
    }

    /// The browser of an owner of [`ACCOUNT`] who was invited.
    pub async fn owner(&self) -> Browser {
        let who = ("o@lincoln.example", Some("Olive"));
        let invited = owner::invite(&self.gateway, &ctx(self), &slug(), who).await.unwrap();
        self.open_from_somewhere(&invited).await
    }

    async fn open_from_somewhere(&self, issued: &link::Issued) -> Browser {
        let mut browser = self.open(issued).await;
        browser.address = Some("192.0.2.77");
        browser
    }

    /// Switches a connection on or off; into any other state it is put in the database.
    pub async fn set_state(&self, idp: &Idp, state: ConnectionState) {
        let (ctx, id) = (self.gateway.ctx(Actor::CommandLine), idp.connection.id);
        let to = match state {
            ConnectionState::Active => Switch::On,
            ConnectionState::Disabled => Switch::Off,
            other => {
                let state = other.name();
                self.execute(&format!("UPDATE connections SET state = '{state}' WHERE id = '{id}'")).await;
                return self.changed_by_hand().await;
            }
        };
        connection::switch(&self.gateway, &ctx, id, to).await.unwrap();
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.url)
    }

    /// Changes settings of a connection's present revision, in the database.
    pub async fn set(&self, idp: &Idp, change: impl FnOnce(&mut serde_json::Value)) {
        let id = idp.connection.id;
        let find = format!(
            "SELECT settings FROM connection_revisions WHERE connection_id = '{id}' ORDER BY revision DESC LIMIT 1"
        );
        let mut settings = serde_json::from_str(&self.text(&find).await.unwrap()).unwrap();
        change(&mut settings);
        let settings = settings.to_string().replace('\'', "''");
        self.execute(&format!(
            "UPDATE connection_revisions SET settings = '{settings}' WHERE connection_id = '{id}'"
        ))
        .await;
        self.changed_by_hand().await;
    }

    /// Has the gateway notice what was changed in the database and not through it.
    pub async fn changed_by_hand(&self) {
        self.execute("INSERT INTO changes (kind, id, at) SELECT 'account', id, 0 FROM accounts").await;
        let ctx = self.gateway.ctx(Actor::Job("changes"));
        changes::poll(&self.gateway, &ctx).await.unwrap();
    }

    /// What `idp` posts for `person` in answer to `request_id`, with `change` made to it.
    pub fn answer<'a>(
        &self,
        idp: &'a Idp,
        person: &'a Person,
        request_id: Option<&'a str>,
        change: impl FnOnce(&mut MintRequest<'a>),
    ) -> String {
        let (sp, acs) = (&idp.connection.sp_entity_id, &idp.connection.acs_url);
        let mut request = MintRequest::new(person, sp, acs, self.clock.now());
        request.in_response_to = request_id;
        change(&mut request);
        let rng = self.rng.clone();
        let minted =
            mint_response(idp.personality, &request, &mut |bytes: &mut [u8]| rng.fill(bytes)).unwrap();
        minted.post_value()
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        self.folder.connect().await.count(sql).await
    }

    /// One text out of the database.
    pub async fn text(&self, sql: &str) -> Option<String> {
        self.folder.connect().await.texts(sql).await.swap_remove(0)
    }

    /// Bytes out of the database, as lower-case hexadecimal: `select` asks for one column.
    pub async fn hex(&self, select: &str) -> String {
        let column = select.trim_start_matches("SELECT ").split(' ').next().unwrap();
        let encoded = if self.folder.is_postgres() {
            format!("encode({column}, 'hex')")
        } else {
            format!("lower(hex({column}))")
        };
        self.text(&select.replacen(column, &encoded, 1)).await.unwrap()
    }

    /// Bytes as they stand in a statement.
    pub fn blob(&self, bytes: &[u8]) -> String {
        let hex = gatepost::base::encoding::hex(bytes);
        if self.folder.is_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
    }

    /// What the database says to a change that it should refuse.
    pub async fn try_execute(&self, sql: &str) -> Result<(), String> {
        self.folder.connect().await.try_execute(sql).await
    }

    pub async fn execute(&self, sql: &str) {
        self.folder.connect().await.execute(sql).await;
    }

    /// Asks for a job that fetches metadata, as a flow would.
    pub async fn insert_job(&self, input: &str, number: usize) {
        let new = job::NewJob {
            account: None,
            kind: JobKind::MetadataRefresh,
            key: number.to_string(),
            input: serde_json::from_str(input).unwrap(),
            run_at: self.clock.now(),
        };
        let mut tx = self.storage.write().await.unwrap();
        let ctx = self.gateway.ctx(Actor::CommandLine);
        job::ask(&mut tx, &ctx, new, &self.rng).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A connection and who is at its other end.
pub struct Idp {
    pub personality: &'static Personality,
    pub connection: ConnectionView,
}

impl Idp {
    pub fn path(&self, what: &str) -> String {
        format!("/saml/{}/{what}", self.connection.id)
    }
}

/// A setup link of [`ACCOUNT`] for these scopes that is good for a day, to be made.
pub fn new_link(scopes: &str, connection: Option<ConnectionId>) -> setup_link::Create {
    let (scopes, name) = (scopes.parse().unwrap(), String::new());
    setup_link::Create { account: slug(), scopes, name, email: None, days: 1, connection, return_to: None }
}

/// Where a link leads, at whatever host.
pub fn path(issued: &link::Issued) -> &str {
    let url = issued.url.expose_secret();
    &url[url.find("/link/").or_else(|| url.find("/setup/")).unwrap()..]
}

/// What an administrator enters of `personality`, which signs with the built-in test key.
pub fn entered(personality: &Personality) -> IdentityProvider {
    IdentityProvider::Fields {
        entity_id: personality.addresses.entity_id.to_owned(),
        sso_url: personality.addresses.sso_url.to_owned(),
        certificates: vec![keys::IDP_RSA.certificate_pem.as_bytes().to_vec()],
    }
}

/// Of whoever works at the machine itself.
pub fn ctx(site: &Site) -> Ctx {
    site.gateway.ctx(Actor::CommandLine)
}

/// The name of [`ACCOUNT`] in addresses.
pub fn slug() -> Slug {
    ACCOUNT.parse().unwrap()
}

pub fn alice() -> Person {
    Person::examples().swap_remove(0)
}

pub fn bjoern() -> Person {
    Person::examples().swap_remove(1)
}
