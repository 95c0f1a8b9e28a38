//! What the commands that work on a gateway have in common: settings, the runtime, the opened gateway, output.

use std::fmt::Write as _;
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};

use clap::Args;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;

use super::Failure;
use super::hint::hinted;
use super::verify::lines;
use crate::app;
use crate::base::{Actor, Ctx, Instant};
use crate::config::{self, Config};
use crate::directory::account::Slug;
use crate::flow::{FlowError, Gateway, operator};
use crate::storage::Location;

/// What is said where a flow would have sent a mail, and the command's own settings have none.
const NO_MAIL: &str = "The settings of this command have no mail (mail.smtp_url): whoever was to be told of this by mail, as \
                       owners are, is not told. With the settings of gatepost serve they are.";

/// Where the settings are.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingsFile {
    /// The settings file; without it, the defaults and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl SettingsFile {
    /// The settings, checked.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(&self) -> Result<Config, Failure> {
        let text = match &self.config {
            None => String::new(),
            Some(path) => read_text(path)?,
        };
        config::check(&text, &config::environment()).map_err(|error| Failure::new(error.to_string()))
    }
}

/// What every command has that works on a gateway: how to answer, and where the settings are.
#[derive(Debug, Args)]
pub struct Common {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    pub settings: SettingsFile,
}

/// The same, and which account it is about.
#[derive(Debug, Args)]
pub struct InAccount {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    pub account: Slug,
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    pub common: Common,
}

impl Common {
    /// What `work` makes of the gateway of these settings.
    ///
    /// # Errors
    /// In a plain sentence.
    pub fn work<T>(
        &self,
        work: impl AsyncFnOnce(&Gateway, &Ctx) -> Result<T, FlowError>,
    ) -> Result<T, Failure> {
        on_gateway(&self.settings, work)
    }

    /// Prints each of several results.
    pub fn print_each<T>(&self, results: &[T], print: impl Fn(bool, &T)) {
        for (index, result) in results.iter().enumerate() {
            if index > 0 && !self.json {
                say("\n");
            }
            print(self.json, result);
        }
    }
}

/// The text of the file at `path`.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

/// What is written as JSON in the file at `path`.
///
/// # Errors
/// When it cannot be read, or is something else.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Runs `work` to its end on a runtime of its own.
///
/// # Errors
/// `work`'s, or when there can be no runtime.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut done = None;
    run(pin!(async { done = Some(work.await) }))?;
    done.unwrap_or_else(|| Err(Failure::new("the work was broken off")))
}

/// A function of its own, without types of the work, so that the runtime's code is compiled once and not for each command.
fn run(work: Pin<&mut dyn Future<Output = ()>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("the runtime could not be started: {error}")))?;
    runtime.block_on(work);
    Ok(())
}

/// Opens the gateway of these settings.
///
/// # Errors
/// In a plain sentence.
pub async fn open(config: &Config) -> Result<Gateway, Failure> {
    app::open(Location::of(config), config).await.map_err(|error| Failure::new(error.to_string()))
}

/// Opens the gateway of these settings, runs `work` on it as the command line, and closes it.
///
/// # Errors
/// In a plain sentence.
pub fn on_gateway<T>(
    settings: &SettingsFile,
    work: impl AsyncFnOnce(&Gateway, &Ctx) -> Result<T, FlowError>,
) -> Result<T, Failure> {
    let config = settings.read()?;
    block_on(async {
        let gateway = open(&config).await?;
        let done = work(&gateway, &gateway.ctx(Actor::CommandLine)).await;
        if done.is_ok() && gateway.has_mail_unsent() {
            note(NO_MAIL);
        }
        gateway.close().await;
        done.map_err(|error| failure(&error))
    })
}

/// Tells of the link for the first operator, while there is none.
///
/// # Errors
/// In a plain sentence.
pub async fn tell_first_link(gateway: &Gateway) -> Result<(), Failure> {
    let first = operator::first_link(gateway, &gateway.ctx(Actor::CommandLine)).await;
    if let Some(link) = first.map_err(|error| failure(&error))? {
        let (url, until) = (link.url.expose_secret(), Instant::from_seconds(link.expires_at.seconds()));
        note(&format!(
            "Nobody runs this installation yet. Whoever opens this first does (once, until {until}):\n  {url}"
        ));
    }
    Ok(())
}

/// Listens on `address`.
///
/// # Errors
/// When it is taken or not ours; the sentence names the setting to change.
pub async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
            _ => error.to_string(),
        };
        // A setting has a name in the environment as well; an option has none.
        let place = match setting.split_once('.') {
            Some((table, key)) => {
                format!(
                    "{setting}; in the environment GATEPOST__{}__{}",
                    table.to_uppercase(),
                    key.to_uppercase()
                )
            }
            None => setting.to_owned(),
        };
        Failure::new(format!(
            "cannot listen on {address}: {why}. Stop it, or choose another address ({place})."
        ))
    })
}

/// What a flow's error means for a command.
#[must_use]
pub fn failure(error: &FlowError) -> Failure {
    match error {
        FlowError::Invalid(sentence) => Failure::new(hinted(sentence)),
        error => Failure::new(error.to_string()),
    }
}

/// One result, for people or (`--json`) for programs: one object a line.
pub fn print(is_json: bool, pairs: &[(&str, &str, String)]) {
    let mut text = String::new();
    if is_json {
        let object: serde_json::Map<String, Value> =
            pairs.iter().map(|(key, _, value)| ((*key).to_owned(), Value::String(value.clone()))).collect();
        let _ = writeln!(text, "{}", Value::Object(object));
    } else {
        let width = pairs.iter().map(|(_, label, _)| label.len()).max().unwrap_or_default();
        for (_, label, value) in pairs {
            let _ = writeln!(text, "{label:width$}  {}", printable(value));
        }
    }
    say(&text);
}

/// The text without characters that would steer a terminal: what people are called comes from elsewhere.
#[must_use]
pub fn printable(text: &str) -> String {
    text.replace(|character: char| character.is_control() && character != '\n', "\u{fffd}")
}

/// Lines of a table (CSV).
pub fn say_table(lines: &[u8]) {
    say(&printable(&String::from_utf8_lossy(lines)));
}

/// One object for programs, on a line of its own.
pub fn print_json(object: &impl Serialize) {
    let _ = lines::write(&mut std::io::stdout().lock(), object);
}

/// A moment, or nothing, among what is printed.
#[must_use]
pub fn moment(at: Option<Instant>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// Writes a line to stderr, if anybody reads it.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes to stdout. A reader that went away (`| head -1`) is no reason to fail.
pub fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
