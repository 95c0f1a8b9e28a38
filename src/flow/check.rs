//! Whether an installation is as it should be: database, clock, keys, certificates, and the chains of events.

use std::collections::BTreeSet;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::X509;

use super::{FlowError, Gateway, attempt_seal, health};
use crate::access::{self, Action};
use crate::audit::chain::Chain;
use crate::base::{Ctx, Instant};
use crate::storage::event::Of;
use crate::storage::{StorageError, account, event, idp_key};

/// Certificates that end sooner are told.
const SOON_SECONDS: i64 = 30 * 86_400;
/// Events that are read at a time.
const EVENTS: i64 = 500;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Good,
    /// To be thought of.
    Notice,
    /// To be mended.
    Wrong,
}

impl Level {
    /// The name, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Notice => "notice",
            Self::Wrong => "wrong",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `config`, `database`, `clock`, `keys`, `certificates`, `audit`.
    pub area: &'static str,
    /// How grave it is.
    pub level: Level,
    /// A plain sentence.
    pub text: String,
}

/// Looks at everything; at the chains of events too when `with_audit`.
///
/// # Errors
/// [`FlowError`] when the database cannot be read at all.
pub async fn check(gateway: &Gateway, ctx: &Ctx, with_audit: bool) -> Result<Vec<Finding>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    let mut found = vec![];
    let mut add = |area, level, text: String| found.push(Finding { area, level, text });

    let durability = gateway.storage().durability().await?;
    let settings: Vec<_> =
        durability.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    add("database", Level::Good, format!("{}: {}", durability.database, settings.join(", ")));
    for problem in durability.problems {
        add("database", Level::Wrong, problem);
    }
    match health::clock_difference(gateway).await? {
        None => add("clock", Level::Good, "the database has no clock but this machine's".to_owned()),
        Some(difference) => {
            let level = health::judge_clock(difference);
            add(
                "clock",
                level,
                format!("this machine's clock differs from the database's by {difference} s"),
            );
        }
    }

    let mut tx = gateway.storage().read().await?;
    let accounts = account::list(&mut tx).await?;
    let mut opened = 0;
    for account in &accounts {
        match gateway.storage().keys(&mut tx, account.id).await {
            Ok(_) => opened += 1,
            // Deleted accounts have none.
            Err(StorageError::KeysDestroyed) => {}
            Err(error @ StorageError::Seal(_)) => {
                add("keys", Level::Wrong, format!("the keys of account {}: {error}", account.slug.as_str()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    add("keys", Level::Good, format!("the master key opens the keys of {opened} accounts"));
    for (connection, certificate) in idp_key::list_active(&mut tx).await? {
        if let Some(text) = ends_soon(&certificate, ctx.now) {
            let text = format!("the identity provider's certificate of {connection} {text}");
            add("certificates", Level::Notice, text);
        }
    }
    drop(tx);

    if with_audit {
        let accounts = accounts.iter().map(|account| (Of::Account(account.id), account.slug.as_str()));
        for (of, name) in std::iter::once((Of::Installation, "the installation")).chain(accounts) {
            let mut roots = BTreeSet::new();
            let (level, text) = match chain(gateway, of, &mut roots).await? {
                Ok(last) => (Level::Good, format!("{last} events, none changed or missing")),
                Err(broken) => (Level::Wrong, format!("event {broken} was changed or is missing")),
            };
            add("audit", level, format!("{name}: {text}"));
            if let Of::Account(account) = of {
                let (level, text) = match attempt_seal::verify(gateway, ctx, account, roots).await? {
                    Ok(count) => (Level::Good, format!("{count} sealed attempts, none changed or missing")),
                    Err(broken) => (Level::Wrong, broken),
                };
                add("audit", level, format!("{name}: {text}"));
            }
        }
    }
    Ok(found)
}

/// What the database does not promise of a commit, a plain sentence each.
///
/// # Errors
/// [`FlowError`] when it cannot be asked.
pub async fn hazards(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<String>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    Ok(gateway.storage().durability().await?.problems)
}

/// The number of the last event, or of the one where the chain breaks; the roots of sealed attempts are gathered.
async fn chain(
    gateway: &Gateway,
    of: Of,
    roots: &mut BTreeSet<String>,
) -> Result<Result<i64, i64>, FlowError> {
    let mut chain = Chain::default();
    loop {
        // A view of its own for each part: a long chain does not hold the database.
        let mut tx = gateway.storage().read().await?;
        let events = event::list(&mut tx, of, chain.last(), EVENTS).await?;
        if events.is_empty() {
            return Ok(Ok(chain.last()));
        }
        for event in events {
            if event.action == attempt_seal::SEALED {
                roots.insert(event.target.clone());
            }
            if let Err(broken) = chain.read(event) {
                return Ok(Err(broken));
            }
        }
    }
}

fn ends_soon(certificate: &[u8], now: Instant) -> Option<String> {
    let certificate = X509::from_der(certificate).ok()?;
    let is_before = |end: &Asn1TimeRef, seconds: i64| {
        Asn1Time::from_unix(now.plus_seconds(seconds).seconds()).is_ok_and(|moment| *end < moment)
    };
    let end = certificate.not_after();
    match (is_before(end, 0), is_before(end, SOON_SECONDS)) {
        (true, _) => Some(format!("ended on {end}; people still sign in, since the key counts")),
        (false, true) => Some(format!("ends on {end}")),
        (false, false) => None,
    }
}
