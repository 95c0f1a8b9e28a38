//! Settings of the process: as written, and as checked. What belongs to an account is in the database instead.
//!
//! A file (TOML), then the environment over it (`GATEPOST__HTTP__BIND` is `http.bind`). Every mistake is reported at
//! once, each with its key; an unknown key is a mistake. `config/gatepost.example.toml` shows every key with its
//! default; a test holds it to that.
//!
//! Pure but for [`environment`]: whoever starts the program reads the file.
//!
//! To add a setting: a field in [`Config`], one in the raw form, a line in [`check`], and the example.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use toml::{Table, Value};

use crate::base::url::PublicUrl;

const PREFIX: &str = "GATEPOST__";

/// Settings that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder of the database and the master key.
    pub data_dir: PathBuf,
    /// The web server.
    pub http: Http,
    /// Reading messages.
    pub saml: Saml,
}

/// Settings of the web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where browsers find us.
    pub public_url: PublicUrl,
}

/// How much a message may weigh before it is refused unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

#[derive(Debug, Default, Deserialize)]
struct Raw {
    data_dir: Option<Value>,
    #[serde(default)]
    http: RawHttp,
    #[serde(default)]
    saml: RawSaml,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct RawSaml {
    max_bytes: Option<Value>,
    max_depth: Option<Value>,
    max_elements: Option<Value>,
    max_attributes: Option<Value>,
    max_attributes_per_element: Option<Value>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct RawHttp {
    bind: Option<Value>,
    public_url: Option<Value>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

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
    let raw: Raw = table.try_into().map_err(|error| ConfigError(vec![error.message().to_owned()]))?;

    let mut wrong: Vec<String> = Vec::new();
    let below = raw.http.unknown.keys().map(|key| format!("http.{key}"));
    let below = below.chain(raw.saml.unknown.keys().map(|key| format!("saml.{key}")));
    wrong.extend(
        raw.unknown.keys().cloned().chain(below).map(|key| format!("{key}: there is no such setting")),
    );
    let data_dir = text(raw.data_dir, "data_dir", "gatepost-data", &mut wrong);
    let bind = text(raw.http.bind, "http.bind", "127.0.0.1:8400", &mut wrong);
    let bind = bind.parse::<SocketAddr>().map_err(|_| {
        wrong.push(format!("http.bind: {bind:?} is not an address with a port, such as 127.0.0.1:8400"));
    });
    let public_url = text(raw.http.public_url, "http.public_url", "http://localhost:8400", &mut wrong);
    let public_url = PublicUrl::parse(&public_url).map_err(|error| {
        wrong.push(format!("http.public_url: {public_url:?}: {error}"));
    });
    if data_dir.is_empty() {
        wrong.push("data_dir: name a folder".to_owned());
    }
    let mut number = |value: Option<Value>, key, default| number(value.as_ref(), key, default, &mut wrong);
    let saml = Saml {
        max_bytes: number(raw.saml.max_bytes, "saml.max_bytes", 262_144),
        max_depth: number(raw.saml.max_depth, "saml.max_depth", 64),
        max_elements: number(raw.saml.max_elements, "saml.max_elements", 10_000),
        max_attributes: number(raw.saml.max_attributes, "saml.max_attributes", 40_000),
        max_attributes_per_element: number(
            raw.saml.max_attributes_per_element,
            "saml.max_attributes_per_element",
            128,
        ),
    };
    match (bind, public_url) {
        (Ok(bind), Ok(public_url)) if wrong.is_empty() => {
            Ok(Config { data_dir: data_dir.into(), http: Http { bind, public_url }, saml })
        }
        _ => Err(ConfigError(wrong)),
    }
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

fn text(value: Option<Value>, key: &str, default: &str, wrong: &mut Vec<String>) -> String {
    match value {
        None => default.to_owned(),
        Some(Value::String(text)) => text,
        Some(other) => {
            wrong.push(format!("{key}: must be a text in quotes, not {}", other.type_str()));
            default.to_owned()
        }
    }
}

/// A number from the file, or a text of digits from the environment; one to a thousand million.
fn number(value: Option<&Value>, key: &str, default: usize, wrong: &mut Vec<String>) -> usize {
    let read = match value {
        None => return default,
        Some(Value::Integer(number)) => usize::try_from(*number).ok(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    read.filter(|number| (1..=1_000_000_000).contains(number)).unwrap_or_else(|| {
        wrong.push(format!("{key}: must be a whole number from 1 to 1000000000"));
        default
    })
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
        assert_eq!(check(&uncommented, &[]), check("", &[]));
        assert_eq!(check(example, &[]), check("", &[]));
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
}
