//! The proof of a domain that stands in DNS: looked for when somebody asks, and every week once it was found.
//!
//! # Invariants
//!
//! * DNS is asked outside of any transaction; what was seen counts for the claim that it was asked for, as it is then.
//! * Nobody's DNS is flooded through us by people who ask: [`LOOKS_AN_HOUR`] at each registered domain for each account,
//!   whatever it claims below it, and [`LOOKS_OF_ALL_AN_HOUR`] for all accounts together. The counts are in the database,
//!   so they hold for all nodes together. An account that has used up its own counts no further: it keeps no other from
//!   its proof. The weekly look, which nobody brings about, neither counts nor waits.
//! * A proof that is gone counts for [`GRACE_DAYS`] more days, of which owners are told at once. Servers that do not answer
//!   take nothing away.
//! * What an operator vouched for is not looked up, and neither is a name that nobody can register: what our own resolver
//!   knows of such is nobody's business.

use serde_json::json;

use super::{DomainView, NO_ACCOUNT, NO_DOMAIN, is_for, keep_proof, view};
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::domain::DomainName;
use crate::directory::domain_proof::{Looking, Next, Sight};
use crate::directory::state::{AccountState, DomainSight, DomainState, JobKind};
use crate::flow::event::tell_home;
use crate::flow::job::{self, NewJob, jittered};
use crate::flow::{FlowError, Gateway, grant, mail};
use crate::storage::account::Account;
use crate::storage::domain::{self, Domain, Proved};
use crate::storage::{Tx, account, dns_look};

/// For so long a proof that is not in DNS any more still counts.
pub const GRACE_DAYS: i64 = 14;
/// Looks at one registered domain that people of one account bring about in an hour; each is three questions at the most.
pub const LOOKS_AN_HOUR: i64 = 20;
/// Those of all accounts together.
pub const LOOKS_OF_ALL_AN_HOUR: i64 = 200;
const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
const HOUR_SECONDS: i64 = 3600;
/// Domains whose turn is seen to at once; the others come with the next look.
const AT_ONCE: i64 = 500;

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The domain as it is now.
    pub domain: DomainView,
    /// What was seen.
    pub sight: Sight,
}

/// When a proof that is missing since then counts as lost.
pub(in crate::flow) fn lost_at(missing_since: Instant) -> Instant {
    missing_since.plus_seconds(GRACE_DAYS * DAY_SECONDS)
}

/// Looks into DNS for the proof of a claim, which is proved if it is there.
///
/// # Errors
/// [`FlowError::NotFound`] without the claim; [`FlowError::Invalid`] when an operator vouches for it, another account has
/// proved it, DNS was asked too often in this hour, or a visitor asks for what is proved and somebody else's.
pub async fn check(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, name): (&Slug, &DomainName),
) -> Result<Checked, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageDomains, account).await?;
    let claim = domain::find(&mut tx, account.id, name).await?.ok_or(NO_DOMAIN)?;
    if claim.state == DomainState::Proved && claim.reason.is_some() {
        return Err(FlowError::Invalid(sentence!(
            "an operator vouched for {name}: it is proved without a DNS record, and nothing has to be looked up",
            name
        )));
    }
    // Each look is one of the few that the account has in an hour.
    if claim.state == DomainState::Proved && !is_for(ctx, claim.created_by.as_deref()) {
        return Err(FlowError::Invalid(sentence!(
            "{name} is proved, and looked at every week: there is nothing left to do",
            name
        )));
    }
    if !name.is_public() {
        return Err(FlowError::Invalid(sentence!(
            "{name} is no name of the public DNS, and is not looked up: an operator can vouch for it",
            name
        )));
    }
    if !may_look(&mut tx, ctx.now, (account.id, name)).await? {
        return Err(FlowError::Invalid(sentence!(
            "the DNS of {name} was looked at too often in this hour: wait until the next one begins. \
             A new record can take that long to be seen",
            name
        )));
    }
    tx.commit().await?;
    let sight = look(gateway, &claim).await;
    settle(gateway, ctx, account.id, (&claim, sight)).await
}

/// Asks for a job for each domain whose turn has come.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn ask_due(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::CheckDomains)?;
    let mut tx = gateway.storage().read().await?;
    let due = domain::list_due(&mut tx, ctx.now, AT_ONCE).await?;
    drop(tx);
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = gateway.storage().write().await?;
    for (account, name, turn) in due {
        let new = NewJob {
            account: Some(account),
            kind: JobKind::DomainCheck,
            // The same turn is taken once, however many nodes see it.
            key: format!("{account}/{name}/{}", turn.micros()),
            input: json!({ "account": account.to_string(), "domain": name.as_str() }),
            run_at: ctx.now,
        };
        job::ask(&mut tx, ctx, new, gateway.rng()).await?;
        // Should the job be given up, tomorrow is another day.
        domain::update_turn(&mut tx, account, &name, ctx.now.plus_seconds(DAY_SECONDS)).await?;
    }
    Ok(tx.commit().await?)
}

/// Does one of those jobs.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn run_job(gateway: &Gateway, ctx: &Ctx, input: &serde_json::Value) -> Result<(), FlowError> {
    const BAD: FlowError = FlowError::Internal("the input of a domain's job");
    access::decide(ctx.actor, Action::CheckDomains)?;
    let text = |key| input.get(key).and_then(serde_json::Value::as_str).ok_or(BAD);
    let account: AccountId = text("account")?.parse().map_err(|_| BAD)?;
    let name: DomainName = text("domain")?.parse().map_err(|_| BAD)?;
    let mut tx = gateway.storage().read().await?;
    // Given up, or vouched for, since.
    let Some(claim) = domain::find(&mut tx, account, &name).await? else { return Ok(()) };
    if claim.next_check_at.is_none() {
        return Ok(());
    }
    drop(tx);
    let sight = look(gateway, &claim).await;
    match settle(gateway, ctx, account, (&claim, sight)).await {
        Ok(_) | Err(FlowError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Counts a look at what `name` is below; whether it may be taken. What may not counts for nobody else.
async fn may_look(
    tx: &mut Tx,
    now: Instant,
    (account, name): (AccountId, &DomainName),
) -> Result<bool, FlowError> {
    let (zone, hour) = (name.registrable(), now.seconds().div_euclid(HOUR_SECONDS));
    if dns_look::count(tx, Some(account), zone, hour).await? > LOOKS_AN_HOUR {
        return Ok(false);
    }
    Ok(dns_look::count(tx, None, zone, hour).await? <= LOOKS_OF_ALL_AN_HOUR)
}

async fn look(gateway: &Gateway, claim: &Domain) -> Sight {
    let mut looking = Looking::new(&claim.name, &claim.challenge);
    let mut name = looking.first();
    loop {
        match looking.heard(gateway.dns().txt(&name).await) {
            Next::Ask(next) => name = next,
            Next::Seen(sight) => return sight,
        }
    }
}

/// Writes down what was seen, and what follows from it.
async fn settle(
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
    (asked, sight): (&Domain, Sight),
) -> Result<Checked, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let account = account::find(&mut tx, account).await?.ok_or(NO_ACCOUNT)?;
    let account = Some(account).filter(|account| account.state != AccountState::Deleted).ok_or(NO_ACCOUNT)?;
    let claim = domain::find(&mut tx, account.id, &asked.name).await?;
    // Given up and claimed anew, it has another proof.
    let claim = claim.filter(|claim| claim.challenge == asked.challenge).ok_or(NO_DOMAIN)?;
    let is_by_dns = claim.state == DomainState::Proved && claim.reason.is_none();
    let next_week = Some(ctx.now.plus_seconds(jittered(WEEK_SECONDS, gateway.rng())));
    let tomorrow = Some(ctx.now.plus_seconds(DAY_SECONDS));
    let about = (&account, &claim);
    let (next, missing_since) = match (claim.state, sight.is) {
        (DomainState::Pending, DomainSight::Proof) => {
            let by = ctx.actor.to_string();
            let proved = Proved { by: &by, reason: None, next_check_at: next_week };
            let body = json!({ "domain": claim.name.as_str(), "by": by, "record": claim_record(&claim) });
            keep_proof(gateway, &mut tx, ctx, about, (proved, &body)).await?;
            (next_week, None)
        }
        (DomainState::Pending, _) => (None, None),
        (DomainState::Proved, _) if !is_by_dns => (None, None),
        (DomainState::Proved, DomainSight::Proof) => {
            let was_missing = claim.missing_since.is_some();
            if was_missing {
                note(gateway, &mut tx, ctx, about, "domain.proof_found").await?;
            }
            // As if they had proved it: the visitor of a setup link may have claimed it.
            let is_somebody_else = !matches!(ctx.actor, Actor::SetupLink(_) | Actor::Job(_));
            if is_somebody_else && !account.is_strict {
                // Who shuts out whoever has another address is told of, as where they are the first to prove it.
                if !was_missing {
                    note(gateway, &mut tx, ctx, about, "domain.proved").await?;
                }
                account::update_strict(&mut tx, account.id, ctx.now).await?;
                account::update_version(&mut tx, account.id, ctx.now).await?;
            }
            (next_week, None)
        }
        (DomainState::Proved, DomainSight::NoAnswer) => (tomorrow, claim.missing_since),
        (DomainState::Proved, _) => match claim.missing_since {
            None => {
                note(gateway, &mut tx, ctx, about, "domain.proof_missing").await?;
                write_to_owners(gateway, &mut tx, ctx, about, Some(lost_at(ctx.now))).await?;
                (tomorrow, Some(ctx.now))
            }
            Some(since) if ctx.now < lost_at(since) => (tomorrow, Some(since)),
            Some(_) => {
                domain::update_lost(&mut tx, account.id, claim.id).await?;
                account::update_version(&mut tx, account.id, ctx.now).await?;
                note(gateway, &mut tx, ctx, about, "domain.lost").await?;
                write_to_owners(gateway, &mut tx, ctx, about, None).await?;
                (None, None)
            }
        },
    };
    let seen = (ctx.now, sight.is);
    domain::update_checked(&mut tx, account.id, claim.id, seen, (next, missing_since)).await?;
    let now = domain::find(&mut tx, account.id, &claim.name).await?.ok_or(NO_DOMAIN)?;
    tx.commit().await?;
    Ok(Checked { domain: view(now), sight })
}

fn claim_record(claim: &Domain) -> String {
    crate::directory::domain_proof::record_name(&claim.name)
}

async fn note(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, claim): (&Account, &Domain),
    action: &str,
) -> Result<(), FlowError> {
    let body = json!({ "domain": claim.name.as_str(), "record": claim_record(claim) });
    tell_home(tx, gateway, ctx, Some(account.id), (action, claim.id, &body)).await
}

/// Tells owners that a proof is missing and until when it counts, or that it is lost.
async fn write_to_owners(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, claim): (&Account, &Domain),
    lost_at: Option<Instant>,
) -> Result<(), FlowError> {
    let text = &mail::texts(account.locale).domains;
    let (subject, message) = match lost_at {
        Some(_) => (text.mail_missing_subject, text.mail_missing),
        None => (text.mail_lost_subject, text.mail_lost),
    };
    let page = format!("{}/console/at/{}/domains", gateway.public_url(), account.slug);
    let body = message.with("domain", &claim.name).with("account", &account.name).with("page", page);
    let view = view(claim.clone());
    let body = body.with("record", view.record_name).with("value", view.record_value);
    let body = match lost_at {
        Some(at) => body.with("date", crate::words::day(at)).to_string(),
        None => body.to_string(),
    };
    let keys = gateway.storage().keys(tx, account.id).await?;
    mail::tell_owners(gateway, tx, ctx, (account.id, &keys), (subject, &body)).await
}
