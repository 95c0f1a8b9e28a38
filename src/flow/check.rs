//! Whether an installation is as it should be: database, clock, keys, owners, certificates, and the chains of events.

use std::collections::BTreeSet;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::X509;

use super::attempt_seal::{self, Verified};
use super::connection::load;
use super::connection::settings::Settings;
use super::{FlowError, Gateway, api_key, deadline, health};
use crate::access::{self, Action};
use crate::audit::chain::Chain;
use crate::base::caller::Scope;
use crate::base::encoding::hex;
use crate::base::id::AccountId;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::state::ConnectionState;
use crate::storage::account::Account;
use crate::storage::api_key::ApiKey;
use crate::storage::deadline::Deadline;
use crate::storage::event::Of;
use crate::storage::passkey::{self, Whose};
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, Tx, account, connection, event, idp_key, people, public_url};
use crate::words::{EN, day};

/// Certificates, and what the installation has, that end sooner are told.
const SOON_SECONDS: i64 = 30 * DAY_SECONDS;
/// Events that are read at a time.
const EVENTS: i64 = 500;
/// Owners of an account who are named.
const NAMED: usize = 10;

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
    /// Where: `config`, `database`, `addresses`, `clock`, `keys`, `owners`, `connections`, `certificates`,
    /// `deadlines`, `audit`.
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
            Ok(keys) => {
                opened += 1;
                if let Some((level, text)) = owners(&mut tx, account, &keys).await? {
                    add("owners", level, text);
                }
                for (level, text) in mappings(&mut tx, account).await? {
                    add("connections", level, text);
                }
            }
            // Deleted accounts have none.
            Err(StorageError::KeysDestroyed) => {}
            Err(error @ StorageError::Seal(_)) => {
                add("keys", Level::Wrong, format!("the keys of account {}: {error}", account.slug.as_str()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    add("keys", Level::Good, format!("the master key opens the keys of the accounts: {opened}"));
    for (key, scope) in api_key::beyond_their_makers(&mut tx, ctx.now).await? {
        add("keys", Level::Notice, beyond(&accounts, &key, scope));
    }
    for text in addresses(&mut tx, gateway.public_url().as_str()).await? {
        add("addresses", Level::Notice, text);
    }
    for (connection, certificate) in idp_key::list_active(&mut tx).await? {
        if let Some(text) = ends_soon(&certificate, ctx.now) {
            let text = format!("the identity provider's certificate of {connection} {text}");
            add("certificates", Level::Notice, text);
        }
    }
    for deadline in deadline::of_installation(&mut tx, ctx.now).await? {
        if deadline.ends_at <= ctx.now.plus_seconds(SOON_SECONDS) {
            add("deadlines", Level::Notice, ends(&deadline));
        }
    }
    drop(tx);

    if with_audit {
        audit(gateway, ctx, &accounts, &mut found).await?;
    }
    Ok(found)
}

/// Reads the chains of events, and what was sealed with them.
async fn audit(
    gateway: &Gateway,
    ctx: &Ctx,
    accounts: &[Account],
    found: &mut Vec<Finding>,
) -> Result<(), FlowError> {
    let mut add = |level, text: String| found.push(Finding { area: "audit", level, text });
    let accounts = accounts.iter().map(|account| (Of::Account(account.id), account.slug.as_str()));
    for (of, name) in std::iter::once((Of::Installation, "the installation")).chain(accounts) {
        let mut hashes = BTreeSet::new();
        let keys = match of {
            Of::Installation => None,
            Of::Account(account) => {
                let mut tx = gateway.storage().read().await?;
                // Those that do not open were told above.
                gateway.storage().keys(&mut tx, account).await.ok()
            }
        };
        let (level, text) = match chain(gateway, (of, keys.as_deref()), &mut hashes).await? {
            Ok(chain) => {
                let (last, hash) = chain.head();
                let head = hex(hash.get(..8).unwrap_or(hash));
                match cut_off(gateway, (of, keys.as_deref()), chain.head()).await? {
                    Some(problem) => (Level::Wrong, problem),
                    None => {
                        (Level::Good, format!("{last} events, none changed or missing; the last is {head}"))
                    }
                }
            }
            Err(broken) => (Level::Wrong, format!("event {broken} was changed or is missing")),
        };
        add(level, format!("{name}: {text}"));
        if let Of::Account(account) = of {
            let of = (account, keys.as_deref());
            for (level, text) in sealed(attempt_seal::verify(gateway, ctx, of, hashes).await?) {
                add(level, format!("{name}: {text}"));
            }
        }
    }
    Ok(())
}

/// What is to be said of the addresses that it was served under, beside the present one.
async fn addresses(tx: &mut Tx, present: &str) -> Result<Vec<String>, FlowError> {
    let served = public_url::find_served(tx).await?.filter(|served| served != present);
    let mut told = Vec::new();
    if let Some(served) = &served {
        told.push(format!(
            "this command takes {present} for the public address, and what serves was last started as {served}: give both \
             the same settings"
        ));
    }
    let is_of_before = |url: &String| url != present && Some(url) != served.as_ref();
    for url in public_url::list(tx).await?.into_iter().filter(is_of_before) {
        told.push(format!(
            "it was served as {url} as well, and takes messages that were sent there: keep that name, or give it up \
             (gatepost address forget)"
        ));
    }
    Ok(told)
}

/// What is to be said of a key that is good for something that was not its maker's to give.
fn beyond(accounts: &[Account], key: &ApiKey, scope: Scope) -> String {
    let home = accounts.iter().find(|account| Some(account.id) == key.account_id);
    let home = home.map_or("the installation", |account| account.slug.as_str());
    format!(
        "API key {} of {home} was made by an operator and is good for {} until {}, which no operator may do: take it back, and \
         let an owner make one",
        key.id,
        scope.name(),
        key.expires_at
    )
}

/// What is to be said of something that ends and is no account's: the owners of accounts are written to about theirs.
fn ends(deadline: &Deadline) -> String {
    let words = &EN.deadlines;
    let named = [deadline.name.as_str(), deadline.thing.as_str()];
    let named: Vec<_> = named.into_iter().filter(|name| !name.is_empty()).collect();
    format!(
        "the installation, on {}: {} ({}). {}",
        day(deadline.ends_at),
        words.what(deadline.kind),
        named.join(", "),
        words.effect(deadline.kind)
    )
}

/// What is to be said of the owners of an account.
async fn owners(
    tx: &mut Tx,
    account: &Account,
    keys: &AccountKeys,
) -> Result<Option<(Level, String)>, FlowError> {
    let slug = account.slug.as_str();
    let mut those = match with_one_way(tx, account.id, keys).await {
        Ok(those) if those.is_empty() => return Ok(None),
        Ok(those) => those,
        Err(error @ (StorageError::Seal(_) | StorageError::Corrupt(_))) => {
            return Ok(Some((Level::Wrong, format!("owners of account {slug}: {error}"))));
        }
        Err(error) => return Err(error.into()),
    };
    let others = those.len().saturating_sub(NAMED);
    those.truncate(NAMED);
    let mut named = those.join(", ");
    if others > 0 {
        named.push_str(&format!(" and {others} others"));
    }
    let text = format!(
        "owners of account {slug} come in by single sign-on alone, and by no link by mail when it is switched off: {named}; \
         enter another address of theirs under People (the same one stays what their identity provider says, or what somebody \
         entered who may make no owners: take that away first), or let them make a passkey"
    );
    Ok(Some((Level::Notice, text)))
}

/// Owners who come by single sign-on alone. What their identity provider says is their address lets nobody in, and one that
/// was entered is not known of those who signed in before it was kept beside that.
async fn with_one_way(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Vec<String>, StorageError> {
    let passkeys = passkey::list_letting_in(tx, Some(account), keys).await?;
    let mut those = Vec::new();
    for owner in people::list_owners(tx, account, keys).await? {
        let has_passkey = passkeys.iter().any(|key| key.whose == Whose::User(account, owner.user.id));
        if owner.user.profile.entered().is_none() && !has_passkey {
            those.push(owner.user.id.to_string());
        }
    }
    Ok(those)
}

/// What is to be said of mappings that were stored before what would refuse them today.
async fn mappings(tx: &mut Tx, account: &Account) -> Result<Vec<(Level, String)>, FlowError> {
    let mut told = Vec::new();
    let all = connection::list(tx, account.id).await?;
    for connection in all.into_iter().filter(|connection| connection.state != ConnectionState::Retired) {
        let of = format!("connection {} of account {}", connection.id, account.slug.as_str());
        let Ok(settings) = Settings::read(&connection.settings) else {
            told.push((
                Level::Wrong,
                format!("{of}: nobody signs in by it, since its settings cannot be read"),
            ));
            continue;
        };
        let Err(error) = load::ready(&settings).await else { continue };
        let FlowError::Invalid(wrong) = error else { return Err(error) };
        let wrong = wrong.english().lines().collect::<Vec<_>>().join("; ");
        told.push(match load::ready_as_stored(&settings).await {
            Ok(_) => (
                Level::Notice,
                format!("{of}: people sign in by its mapping, but it could not be written as it is any more: {wrong}"),
            ),
            Err(_) => (
                Level::Wrong,
                format!("{of}: nobody signs in by it, since its mapping cannot be used: {wrong}"),
            ),
        });
    }
    Ok(told)
}

/// What the database does not promise of a commit, a plain sentence each.
///
/// # Errors
/// [`FlowError`] when it cannot be asked.
pub async fn hazards(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<String>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    Ok(gateway.storage().durability().await?.problems)
}

/// What is to be said of sealed attempts.
fn sealed(verified: Result<Verified, String>) -> Vec<(Level, String)> {
    let Verified { attempts, past_hours, dropped, unsealed } = match verified {
        Ok(verified) => verified,
        Err(broken) => return vec![(Level::Wrong, broken)],
    };
    let mut text = format!("{attempts} sealed attempts, none changed or missing");
    if past_hours > 0 {
        text.push_str(&format!("; {past_hours} sealed hours are past retention"));
    }
    let mut told = vec![(Level::Good, text)];
    if let Some((hour, dropped_at)) = dropped {
        let text = format!(
            "the attempts of the hour from {hour}, and perhaps of later ones, were dropped at {dropped_at}, before the time \
             that retention.attempt_days sets now: was it shorter then?"
        );
        told.push((Level::Notice, text));
    }
    if let Some(hour) = unsealed {
        let text = format!("attempts from {hour} on are not sealed yet: let the gateway run");
        told.push((Level::Notice, text));
    }
    told
}

/// The chain to its last event, or the number of the one where it breaks; the hashes of seals are gathered.
async fn chain(
    gateway: &Gateway,
    (of, keys): (Of, Option<&AccountKeys>),
    hashes: &mut BTreeSet<String>,
) -> Result<Result<Chain, i64>, FlowError> {
    let mut chain = Chain::default();
    loop {
        // A view of its own for each part: a long chain does not hold the database.
        let mut tx = gateway.storage().read().await?;
        let events = event::list(&mut tx, of, chain.last(), EVENTS).await?;
        if events.is_empty() {
            return Ok(Ok(chain));
        }
        for event in events {
            if event.action == attempt_seal::SEALED {
                hashes.insert(event.target.clone());
            }
            if let (Of::Account(account), Some(keys)) = (of, keys)
                && event::open(account, &event, keys).is_err()
            {
                return Ok(Err(event.seq));
            }
            if let Err(broken) = chain.read(event) {
                return Ok(Err(broken));
            }
        }
    }
}

/// What is wrong with the end of a chain, by what was noted with its last event. The installation's has no such note, nor
/// has an account's in which nothing was done since heads are noted.
async fn cut_off(
    gateway: &Gateway,
    (of, keys): (Of, Option<&AccountKeys>),
    (last, hash): (i64, &[u8]),
) -> Result<Option<String>, FlowError> {
    let (Of::Account(account), Some(keys)) = (of, keys) else { return Ok(None) };
    let mut tx = gateway.storage().read().await?;
    let noted = match event::find_head(&mut tx, account, keys).await {
        Ok(noted) => noted,
        Err(StorageError::Seal(_) | StorageError::Corrupt(_)) => {
            return Ok(Some(format!("what was noted of the last event, which is {last}, was changed")));
        }
        Err(error) => return Err(error.into()),
    };
    // What was written since the chain was read is after its end.
    let Some(noted) = noted else { return Ok(None) };
    let later = event::list(&mut tx, of, last, 1).await?;
    Ok(match noted.seq.cmp(&last) {
        std::cmp::Ordering::Equal if noted.hash.as_slice() == hash => None,
        std::cmp::Ordering::Greater if !later.is_empty() => None,
        std::cmp::Ordering::Greater => {
            Some(format!("events {} to {} are missing: the latest were cut off", last + 1, noted.seq))
        }
        _ => Some(format!("event {last} is not the last one that was written")),
    })
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
