//! Settings of the process: as written, and as checked. What belongs to an account is in the database instead.
//!
//! A file (TOML), then the environment over it (`GATEPOST__HTTP__BIND` is `http.bind`). Every mistake is reported at
//! once, each with its key; an unknown key is a mistake. `config/gatepost.example.toml` shows every key with its
//! default; a test holds it to that.
//!
//! Pure but for [`environment`]: whoever starts the program reads the file.
//!
//! To add a setting: a field in the struct of its table, a line in that struct's `read`, and the example.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use toml::{Table, Value};

use crate::base::url::PublicUrl;

mod dns;
mod retention;
mod section;
mod session;

pub use dns::Dns;
pub use retention::Retention;
pub use section::SecretSource;
use section::Section;
pub use session::{Session, Token};

const PREFIX: &str = "GATEPOST__";

/// Settings that were checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the database and the master key.
    pub data_dir: PathBuf,
    /// The web server.
    pub http: Http,
    /// Reading messages.
    pub saml: Saml,
    /// How long sessions last.
    pub session: Session,
    /// Tokens for the platform's apps.
    pub token: Token,
    /// For how long is kept what was done.
    pub retention: Retention,
    /// The master key, where it is not the file in the data folder.
    pub master_key: Option<SecretSource>,
    /// The one that `gatepost keys rotate --master` puts in its place, where it is given.
    pub next_master_key: Option<SecretSource>,
    /// The database, where it is not the file in the data folder.
    pub database: Database,
    /// Requests that the gateway makes itself.
    pub outbound: Outbound,
    /// Who is asked for what stands in DNS.
    pub dns: Dns,
    /// Mail that it sends.
    pub mail: Mail,
    /// What is written for whoever runs this.
    pub log: Log,
    /// Numbers for Prometheus.
    pub metrics: Metrics,
    /// Traces to a collector.
    pub traces: Traces,
}

impl Config {
    /// What can be and is hardly meant, a plain sentence each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let Http { bind, public_url, .. } = &self.http;
        let mut warnings = Vec::new();
        if !public_url.is_secure() && !bind.ip().is_loopback() {
            warnings.push(format!(
                "http.bind ({bind}) lets other machines in, but http.public_url ({public_url}) is an address of this \
                 machine alone, so they are turned away. Set http.public_url to the https address that people use, or \
                 http.bind to 127.0.0.1"
            ));
        }
        warnings
    }
}

/// Settings of the web server.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where browsers find us.
    pub public_url: PublicUrl,
    /// Proxies whose word counts for where a request came from; for limits and log lines only.
    pub trusted_proxies: Vec<IpNet>,
    /// Other sites that a sign-in may return to.
    pub return_to_origins: Vec<PublicUrl>,
    /// How long a process that was asked to end says so before it stops listening.
    pub drain: Duration,
    /// Requests of one key of the REST API in a minute, at this process.
    pub api_per_minute: u32,
}

impl Http {
    fn read(section: &mut Section) -> Option<Self> {
        let bind: Option<SocketAddr> = section.parsed("bind", "127.0.0.1:8400", |text| {
            text.parse().map_err(|_| "not an address with a port, such as 127.0.0.1:8400")
        });
        // What listens for this machine alone is found there where it listens.
        let own_port = bind.filter(|bind| bind.ip().is_loopback() && bind.port() != 0);
        let own_port = own_port.map_or(8400, |bind| bind.port());
        let usual = format!("http://localhost:{own_port}");
        let public_url = section.parsed("public_url", &usual, PublicUrl::parse);
        let trusted_proxies = section.list("trusted_proxies", network);
        let return_to_origins = section.list("return_to_origins", PublicUrl::parse);
        let drain = Duration::from_secs(section.number("drain_seconds", 0, &(0..=300)));
        let api_per_minute = section.number("api_requests_per_minute", 600, &(1..=1_000_000));
        let api_per_minute = u32::try_from(api_per_minute).unwrap_or(u32::MAX);
        Some(Self {
            bind: bind?,
            public_url: public_url?,
            trusted_proxies,
            return_to_origins,
            drain,
            api_per_minute,
        })
    }
}

fn network(text: &str) -> Result<IpNet, &'static str> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| alone()).map_err(|_| "not an address or network, such as 10.0.0.0/8")
}

/// Reading messages: how much one may weigh before it is refused unread, and who judges it.
#[derive(Debug, Clone, Copy)]
pub struct Saml {
    /// Bytes of XML, decoded.
    pub max_bytes: usize,
    /// Levels of nesting.
    pub max_depth: usize,
    /// Elements.
    pub max_elements: usize,
    /// Attributes and namespace declarations in all.
    pub max_attributes: usize,
    /// Attributes and namespace declarations of one element.
    pub max_attributes_per_element: usize,
    /// What a second engine's opinion counts for.
    pub second_opinion: SecondOpinion,
}

/// What the opinion of a second engine on messages that the first one accepts counts for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecondOpinion {
    /// It is not asked.
    #[default]
    Off,
    /// It is told to whoever runs this.
    Observe,
    /// Nobody gets in against it.
    Require,
}

impl SecondOpinion {
    /// Reads the setting.
    ///
    /// # Errors
    /// For another word, and for all but `off` when this program has no second engine.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let read = match text {
            "off" => Self::Off,
            "observe" => Self::Observe,
            "require" => Self::Require,
            _ => return Err("must be off, observe or require"),
        };
        if read == Self::Off || cfg!(feature = "second-opinion") {
            return Ok(read);
        }
        Err(
            "this program was built without a second engine: leave it off, or build with --features second-opinion",
        )
    }
}

impl Saml {
    fn read(section: &mut Section) -> Self {
        let second_opinion = section.parsed("second_opinion", "off", SecondOpinion::parse);
        Self {
            second_opinion: second_opinion.unwrap_or_default(),
            max_bytes: section.size("max_bytes", 262_144),
            max_depth: section.size("max_depth", 64),
            max_elements: section.size("max_elements", 10_000),
            max_attributes: section.size("max_attributes", 40_000),
            max_attributes_per_element: section.size("max_attributes_per_element", 128),
        }
    }
}

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Database {
    /// `postgres://…`; without it, SQLite in the data folder. It may hold a password.
    pub url: Option<SecretSource>,
    /// Connections to PostgreSQL at the most.
    pub max_connections: u32,
}

impl Database {
    fn read(section: &mut Section) -> Self {
        let max_connections = section.number("max_connections", 16, &(2..=1000));
        Self {
            url: section.secret("url"),
            max_connections: u32::try_from(max_connections).unwrap_or(u32::MAX),
        }
    }
}

/// What addresses the gateway may call, such as an identity provider's metadata.
#[derive(Debug, Clone, Copy)]
pub struct Outbound {
    /// Whether addresses of private networks and of this machine may be called.
    pub allow_private: bool,
    /// Whether http may be used where https is not offered.
    pub allow_http: bool,
}

impl Outbound {
    fn read(section: &mut Section) -> Self {
        Self {
            allow_private: section.flag("allow_private", false),
            allow_http: section.flag("allow_http", false),
        }
    }
}

/// Mail that the gateway sends: invitations, links, warnings.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server; it may hold a password. Without it, no mail is sent.
    pub smtp_url: Option<SecretSource>,
    /// In whose name.
    pub from: String,
    /// Whether mail is printed where there is no server: the demo's way, no setting.
    pub is_printed: bool,
}

impl Mail {
    fn read(section: &mut Section) -> Self {
        Self {
            smtp_url: section.secret("smtp_url"),
            from: section.text("from", "Gatepost <gatepost@localhost>"),
            is_printed: false,
        }
    }
}

/// Log lines.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// How much is told.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And one line for each request and sign-in.
    Info,
    /// And what led to it.
    Debug,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Log {
    fn read(section: &mut Section) -> Option<Self> {
        let level = section.parsed("level", "info", |text| match text {
            "error" => Ok(LogLevel::Error),
            "warn" => Ok(LogLevel::Warn),
            "info" => Ok(LogLevel::Info),
            "debug" => Ok(LogLevel::Debug),
            _ => Err("must be error, warn, info or debug"),
        });
        let format = section.parsed("format", "text", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json"),
        });
        Some(Self { level: level?, format: format? })
    }
}

/// The private listener for metrics.
#[derive(Debug, Clone, Copy)]
pub struct Metrics {
    /// Where it listens; without it there is none.
    pub bind: Option<SocketAddr>,
}

impl Metrics {
    fn read(section: &mut Section) -> Self {
        let read =
            |text: &str| text.parse().map_err(|_| "not an address with a port, such as 127.0.0.1:9400");
        Self { bind: section.parsed_if_any("bind", read) }
    }
}

/// Traces to an OpenTelemetry collector.
#[derive(Debug, Clone)]
pub struct Traces {
    /// Where it takes them; without it there are none.
    pub endpoint: Option<String>,
}

impl Traces {
    fn read(section: &mut Section) -> Self {
        let is_web = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        let read = |text: &str| {
            is_web(text)
                .then(|| text.to_owned())
                .ok_or("not an address such as http://127.0.0.1:4318/v1/traces")
        };
        Self { endpoint: section.parsed_if_any("endpoint", read) }
    }
}

/// What is wrong with the settings, all of it; each line names its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the settings cannot be used:")?;
        self.0.iter().try_for_each(|line| write!(out, "\n  {line}"))
    }
}

impl std::error::Error for ConfigError {}

/// The settings of this process's environment, as pairs.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// Checks the text of a settings file (empty: none) with `environment` over it.
///
/// # Errors
/// [`ConfigError`] with everything that is wrong.
pub fn check(file: &str, environment: &[(String, String)]) -> Result<Config, ConfigError> {
    let mut table: Table = file
        .parse()
        .map_err(|error: toml::de::Error| ConfigError(vec![format!("not TOML: {}", error.message())]))?;
    for (name, value) in environment {
        let path: Vec<String> =
            name.strip_prefix(PREFIX).unwrap_or(name).split("__").map(str::to_ascii_lowercase).collect();
        set(&mut table, &path, value);
    }

    let mut top = Section::new("", table);
    let [mut http, mut saml, mut database, mut outbound, mut mail, mut log, mut metrics, mut traces] =
        ["http", "saml", "database", "outbound", "mail", "log", "metrics", "traces"]
            .map(|name| top.table(name));
    let [mut session, mut token, mut retention, mut dns] =
        ["session", "token", "retention", "dns"].map(|name| top.table(name));
    let data_dir = top.text("data_dir", "gatepost-data");
    if data_dir.is_empty() {
        top.blame("data_dir", &"name a folder");
    }
    let (master_key, next_master_key) = (top.secret("master_key"), top.secret("next_master_key"));
    let (http_read, log_read) = (Http::read(&mut http), Log::read(&mut log));
    let (saml_read, database_read) = (Saml::read(&mut saml), Database::read(&mut database));
    let mail_read = Mail::read(&mut mail);
    let (outbound_read, metrics_read) = (Outbound::read(&mut outbound), Metrics::read(&mut metrics));
    let traces_read = Traces::read(&mut traces);
    let (session_read, token_read) = (Session::read(&mut session), Token::read(&mut token));
    let config = http_read.zip(log_read).map(|(http, log)| Config {
        data_dir: data_dir.into(),
        http,
        saml: saml_read,
        session: session_read,
        token: token_read,
        retention: Retention::read(&mut retention),
        master_key,
        next_master_key,
        database: database_read,
        outbound: outbound_read,
        dns: Dns::read(&mut dns),
        mail: mail_read,
        log,
        metrics: metrics_read,
        traces: traces_read,
    });
    let mut wrong = Vec::new();
    for section in
        [top, http, saml, session, token, retention, database, outbound, dns, mail, log, metrics, traces]
    {
        section.finish(&mut wrong);
    }
    config.filter(|_| wrong.is_empty()).ok_or(ConfigError(wrong))
}

fn set(table: &mut Table, path: &[String], value: &str) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), Value::String(value.to_owned()));
        }
        [key, rest @ ..] => {
            let below = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                set(below, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_example_is_the_defaults() {
        let example = include_str!("../../config/gatepost.example.toml");
        let uncommented: String = example
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        assert_ne!(uncommented, example, "the example shows keys");
        let shown = |file: &str| format!("{:?}", check(file, &[]).unwrap());
        assert_eq!(shown(&uncommented), shown(""));
        assert_eq!(shown(example), shown(""));
    }

    #[test]
    fn the_environment_stands_over_the_file() {
        let file = "data_dir = \"/srv/gatepost\"\n[http]\nbind = \"0.0.0.0:80\"\n";
        let over = environment(&[
            ("GATEPOST__HTTP__BIND", "127.0.0.1:9000"),
            ("GATEPOST__HTTP__PUBLIC_URL", "https://sso.example.org"),
        ]);
        let config = check(file, &over).unwrap();
        assert_eq!(config.http.bind.to_string(), "127.0.0.1:9000");
        assert_eq!(config.http.public_url.as_str(), "https://sso.example.org");
        assert_eq!(config.data_dir, PathBuf::from("/srv/gatepost"));
        let limited =
            check("[saml]\nmax_depth = 9\n", &environment(&[("GATEPOST__SAML__MAX_BYTES", "5000")])).unwrap();
        assert_eq!((limited.saml.max_depth, limited.saml.max_bytes), (9, 5000));
    }

    #[test]
    fn who_listens_for_this_machine_alone_is_found_there() {
        let found = |file: &str| check(file, &[]).unwrap().http.public_url.to_string();
        assert_eq!(found(""), "http://localhost:8400");
        assert_eq!(found("[http]\nbind = \"127.0.0.1:8700\"\n"), "http://localhost:8700");
        assert_eq!(found("[http]\nbind = \"[::1]:8700\"\n"), "http://localhost:8700");
        assert_eq!(found("[http]\nbind = \"0.0.0.0:8700\"\n"), "http://localhost:8400");
        let both = "[http]\nbind = \"127.0.0.1:8700\"\npublic_url = \"https://sso.example.org\"\n";
        assert_eq!(found(both), "https://sso.example.org");
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_key() {
        let file =
            "datadir = 1\n[http]\nbind = \"8400\"\npublic_url = \"http://sso.example.org\"\nport = 3\n";
        let ConfigError(wrong) = check(file, &[]).unwrap_err();
        let keys: Vec<_> = wrong.iter().filter_map(|line| line.split(": ").next()).collect();
        assert_eq!(keys, ["datadir", "http.port", "http.bind", "http.public_url"]);
        assert!(
            check("[http]\nbind = 8400\n", &[])
                .unwrap_err()
                .to_string()
                .contains("http.bind: must be a text")
        );
        let saml = check("[saml]\nmax_bytes = 0\nmax_depth = \"x\"\nmax = 1\n", &[]).unwrap_err().to_string();
        assert!(
            ["saml.max_bytes: ", "saml.max_depth: ", "saml.max: "].iter().all(|key| saml.contains(key)),
            "{saml}"
        );
        assert!(check("http = 3", &[]).is_err());
        assert!(check("http = ", &[]).unwrap_err().to_string().contains("not TOML"));
        let over = environment(&[("GATEPOST__HTTP__BINDD", "x")]);
        assert!(check("", &over).unwrap_err().to_string().contains("http.bindd: there is no such setting"));
    }

    #[test]
    fn lists_flags_and_secrets_are_read_from_both() {
        let file = "master_key_file = \"/run/key\"\n[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n";
        let over = environment(&[
            ("GATEPOST__DATABASE__URL", "postgres://gatepost:hidden@db/gatepost"),
            ("GATEPOST__OUTBOUND__ALLOW_HTTP", "true"),
            ("GATEPOST__HTTP__RETURN_TO_ORIGINS", "https://a.example, https://b.example"),
        ]);
        let config = check(file, &over).unwrap();
        assert_eq!(config.http.trusted_proxies.len(), 2);
        assert_eq!(config.http.return_to_origins.len(), 2);
        assert!(config.outbound.allow_http && !config.outbound.allow_private);
        assert!(matches!(config.master_key, Some(SecretSource::File(_))));
        assert!(matches!(config.database.url, Some(SecretSource::Value(_))));
        assert!(!format!("{config:?}").contains("hidden"));
        let file = "master_key = \"a\"\nmaster_key_file = \"b\"\n[http]\ntrusted_proxies = [\"x\", 3]\n\
                    [outbound]\nallow_http = 1\n[log]\nlevel = \"loud\"\n[metrics]\nbind = \"9400\"\n";
        let ConfigError(wrong) = check(file, &[]).unwrap_err();
        let keys: Vec<_> = wrong.iter().filter_map(|line| line.split(": ").next()).collect();
        let expected = [
            "master_key",
            "http.trusted_proxies",
            "http.trusted_proxies",
            "outbound.allow_http",
            "log.level",
        ];
        assert_eq!(keys[..5], expected);
        assert_eq!(keys[5], "metrics.bind");
    }
}
