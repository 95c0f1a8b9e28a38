//! What will end is noted for the board of all accounts, and told by mail 30, 14, 7 and 1 days before: to the owners and to
//! whomever the account names. Of certificates of identity providers webhooks are told as well, then and whether or not there
//! is anybody to write to.
//!
//! # Invariants
//!
//! * Each end is told once for each of those days, whichever node looks and however often: the note that somebody was told
//!   is written in the transaction that asks for the mail, and another in that which has webhooks told. Who comes late is
//!   told once, not for every day that has passed.
//! * What something else stands in for by then is not told, nor, of a link, a day that had come when it was made.
//! * All that is to be told of an account at one look is one mail.
//! * That an account cannot be looked at keeps no other from being told.

use super::{DAY_SECONDS, gather};
use crate::access::{self, Action};
use crate::base::id::LinkId;
use crate::base::{Ctx, Instant};
use crate::directory::state::{AccountState, DeadlineKind};
use crate::flow::webhook::queue;
use crate::flow::{FlowError, Gateway, mail};
use crate::storage::account::{self, Account};
use crate::storage::deadline::{self, Deadline};
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, Tx};
use crate::words::{Text, day, days_left};

/// So many days before the end.
const DAYS: [i64; 4] = [1, 7, 14, 30];

/// Looks at every account.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]; of those that could not be looked at, what was wrong with the first.
pub async fn run(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::TellDeadlines)?;
    let mut tx = gateway.storage().read().await?;
    let accounts = account::list(&mut tx).await?;
    drop(tx);
    let mut result = Ok(());
    for account in accounts {
        if let Err(error) = look(gateway, ctx, &account).await {
            tracing::error!(request = %ctx.request, account = %account.id, "its deadlines could not be told: {error}");
            result = result.and(Err(error));
        }
    }
    result
}

async fn look(gateway: &Gateway, ctx: &Ctx, account: &Account) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let is_there = account.state != AccountState::Deleted;
    let found = if is_there { gather(&mut tx, account.id, ctx.now).await? } else { Vec::new() };
    let noted = deadline::list_noted(&mut tx, account.id).await?;
    let is_same = noted.len() == found.len() && found.iter().all(|deadline| noted.contains(deadline));
    let is_open = account.state == AccountState::Active;
    let due: Vec<_> = found
        .iter()
        .filter(|_| is_open)
        .filter_map(|deadline| days_before(deadline, ctx.now).map(|days| (deadline, days)))
        .collect();
    let may_hear = due.iter().any(|(deadline, _)| deadline.kind == DeadlineKind::IdpCertificate);
    let is_heard = may_hear && queue::hears_of_ends(&mut tx, account.id).await?;
    drop(tx);
    let sends_mail = gateway.sends_mail() && !due.is_empty();
    if is_same && !sends_mail && !is_heard {
        return Ok(());
    }
    let mut tx = gateway.storage().write().await?;
    if !is_same {
        deadline::replace_noted(&mut tx, account.id, &found).await?;
    }
    let (mut mailed, mut heard) = (Vec::new(), Vec::new());
    for (deadline, days) in due {
        let which = format!("{}/{}", deadline.thing, deadline.ends_at.seconds());
        let ends = (deadline.ends_at, ctx.now);
        let key = format!("{}/{which}", deadline.kind);
        if sends_mail && deadline::insert_notice(&mut tx, account.id, (&key, days), ends).await? {
            mailed.push(deadline);
        }
        let key = format!("{}/{which}", queue::ENDING);
        let is_theirs = is_heard && deadline.kind == DeadlineKind::IdpCertificate;
        if is_theirs && deadline::insert_notice(&mut tx, account.id, (&key, days), ends).await? {
            heard.push((deadline, days));
        }
    }
    if !mailed.is_empty() || !heard.is_empty() {
        match gateway.storage().keys(&mut tx, account.id).await {
            Ok(keys) => {
                if !mailed.is_empty() {
                    write(gateway, &mut tx, ctx, (account, &keys), &mailed).await?;
                }
                tell(gateway, &mut tx, ctx, (account, &keys), &heard).await?;
            }
            Err(StorageError::KeysDestroyed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(tx.commit().await?)
}

/// Which of the days has come, if the end is to be told at all.
fn days_before(deadline: &Deadline, now: Instant) -> Option<i64> {
    if deadline.is_replaced || deadline.ends_at <= now {
        return None;
    }
    let days = DAYS.into_iter().find(|days| deadline.ends_at <= now.plus_seconds(days * DAY_SECONDS))?;
    // When a link is made, whoever makes it knows how many days it has: those that come later are told.
    let then = deadline.ends_at.plus_seconds(-days * DAY_SECONDS);
    let link = deadline.thing.parse::<LinkId>().ok();
    let is_known = link.is_some_and(|link| link.made_at().seconds() >= then.seconds());
    (!is_known).then_some(days)
}

/// Tells webhooks of certificates.
async fn tell(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    heard: &[(&Deadline, i64)],
) -> Result<(), FlowError> {
    for (deadline, days) in heard {
        // A certificate is named by its connection and the fingerprint of its key.
        let (Some((connection, _)), Some((_, spki_sha256))) =
            (&deadline.connection, deadline.thing.split_once(':'))
        else {
            continue;
        };
        let of = (account.id, *connection);
        queue::of_ending(tx, (gateway, ctx), of, keys, (spki_sha256, deadline.ends_at, *days)).await?;
    }
    Ok(())
}

async fn write(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    told: &[&Deadline],
) -> Result<(), FlowError> {
    let text = mail::texts(account.locale);
    let lines: Vec<_> = told.iter().map(|deadline| line(deadline, text, ctx.now)).collect();
    let page = format!("{}/console/at/{}/deadlines", gateway.public_url(), account.slug);
    let words = &text.deadlines;
    let body = words.mail.with("account", &account.name).with("lines", lines.join("\n\n")).with("page", page);
    let subject = words.mail_subject.with("account", &account.name).to_string();
    let all = mail::of_owners_and_contact(tx, (account.id, keys)).await?;
    mail::tell(gateway, tx, ctx, (account.id, keys), (all, &subject, &body.to_string())).await
}

/// What ends when, and what happens then.
fn line(deadline: &Deadline, text: &Text, now: Instant) -> String {
    let words = &text.deadlines;
    let mut what = words.what(deadline.kind).to_string();
    for name in
        [deadline.connection.as_ref().map(|(_, name)| name), Some(&deadline.name)].into_iter().flatten()
    {
        if !name.is_empty() {
            what = format!("{what}, {name}");
        }
    }
    let days = deadline.ends_at.seconds_since(now).div_euclid(DAY_SECONDS);
    let when = days_left(days, [words.in_a_day, words.in_one_day, words.in_days]);
    format!("{} ({when}): {what}\n{}", day(deadline.ends_at), words.effect(deadline.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_days_comes_once_and_what_is_stood_in_for_never() {
        let now = Instant::from_seconds(1_772_445_630);
        let of = |kind, days: i64, is_replaced| Deadline {
            kind,
            thing: "x".to_owned(),
            ends_at: now.plus_seconds(days * DAY_SECONDS),
            name: String::new(),
            connection: None,
            people: 0,
            is_replaced,
        };
        let certificate = |days| days_before(&of(DeadlineKind::IdpCertificate, days, false), now);
        for (days, told) in [
            (31, None),
            (30, Some(30)),
            (15, Some(30)),
            (14, Some(14)),
            (8, Some(14)),
            (7, Some(7)),
            (2, Some(7)),
            (1, Some(1)),
            (0, None),
            (-3, None),
        ] {
            assert_eq!(certificate(days), told, "{days}");
        }
        assert_eq!(days_before(&of(DeadlineKind::IdpCertificate, 5, true), now), None);
        for (lives, left, told) in [
            (60, 31, None),
            (60, 30, Some(30)),
            (60, 8, Some(14)),
            (30, 30, None),
            (30, 20, None),
            (30, 14, Some(14)),
            (7, 7, None),
            (7, 2, None),
            (7, 1, Some(1)),
            (1, 1, None),
        ] {
            for kind in [DeadlineKind::SetupLink, DeadlineKind::OwnerInvitation] {
                let made_at = now.plus_seconds((left - lives) * DAY_SECONDS);
                let link = Deadline { thing: LinkId::first_of(made_at).to_string(), ..of(kind, left, false) };
                assert_eq!(days_before(&link, now), told, "{kind} for {lives} days, {left} left");
            }
        }
    }
}
