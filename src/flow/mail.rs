//! Mail: written in the transaction of what it is about, sealed, and sent by a job.
//!
//! A mail is asked for by `ask` and is a row until it is sent; the job knows its id only.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::domain::Verifying;
use super::job::{self, NewJob};
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AccountId, MailId};
use crate::directory::account::Locale;
use crate::directory::email::lookup_form;
use crate::directory::state::JobKind;
use crate::outbound;
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, Tx, deadline, mail, people};
use crate::words::{ConsoleText, EN, Message, Text, spoken};

/// A mail that is to be sent.
#[derive(Serialize, Deserialize)]
pub(in crate::flow) struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// What the job is told.
#[derive(Serialize, Deserialize)]
struct Input {
    account: String,
    mail: String,
}

/// Asks for a mail in the caller's transaction. Where no mail can be sent, none is kept, and a command says so.
pub(in crate::flow) async fn ask(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    letter: &Letter,
) -> Result<(), FlowError> {
    if !gateway.mailer().is_there() {
        gateway.inner.has_mail_unsent.store(true, Ordering::Relaxed);
        return Ok(());
    }
    let id = MailId::make(ctx.now, gateway.rng());
    let body = serde_json::to_vec(letter).map_err(|_| FlowError::Internal("a mail"))?;
    mail::insert(tx, account, (id, &body), keys, (ctx.now, gateway.rng())).await?;
    let input = Input { account: account.to_string(), mail: id.to_string() };
    let new = NewJob {
        account: Some(account),
        kind: JobKind::Mail,
        key: id.to_string(),
        input: serde_json::to_value(input).map_err(|_| FlowError::Internal("a mail"))?,
        run_at: ctx.now,
    };
    job::ask(tx, ctx, new, gateway.rng()).await
}

/// Where the owners of an account are written to, whatever about. One whose address an identity provider says hears of it
/// where they were invited as well; there alone, where what it says is not verified. Nobody is written to at an address that
/// was entered by somebody who only administers people, before an identity provider says the same, nor when it may no more.
pub(in crate::flow) async fn of_owners(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
) -> Result<Vec<String>, FlowError> {
    let mut verifying = Verifying::read(tx, (account, keys)).await?;
    let mut all = Vec::new();
    for owner in people::list_owners(tx, account, keys).await? {
        let profile = &owner.user.profile;
        let entered = profile.entered();
        // Where it gave the only one that there is, that is better than none.
        let is_only = entered.is_none() && profile.email_from.is_some();
        let is_said = is_only || verifying.is_said(tx, &owner.user).await?;
        let said = profile.email.as_deref().filter(|said| is_said && entered != Some(*said));
        all.extend(entered.into_iter().chain(said).map(str::to_owned));
    }
    Ok(all)
}

/// The same, and where whom the account has named for what runs out is written to: each address once.
pub(in crate::flow) async fn of_owners_and_contact(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
) -> Result<Vec<String>, FlowError> {
    let mut all = of_owners(tx, (account, keys)).await?;
    all.extend(deadline::find_contact(tx, account, keys).await?);
    let mut known = HashSet::new();
    all.retain(|to| known.insert(lookup_form(to)));
    Ok(all)
}

/// Tells every owner of an account who is written to.
pub(in crate::flow) async fn tell_owners(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    of: (AccountId, &AccountKeys),
    (subject, text): (Message, &str),
) -> Result<(), FlowError> {
    let all = of_owners(tx, of).await?;
    tell(gateway, tx, ctx, of, (all, subject.0, text)).await
}

/// Asks for the same mail to each of some addresses.
pub(in crate::flow) async fn tell(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    of: (AccountId, &AccountKeys),
    (all, subject, text): (Vec<String>, &str, &str),
) -> Result<(), FlowError> {
    for to in all {
        let letter = Letter { to, subject: subject.to_owned(), text: text.to_owned() };
        ask(gateway, tx, ctx, of, &letter).await?;
    }
    Ok(())
}

/// Sends a mail that waits.
///
/// # Errors
/// [`FlowError`]; then it is tried again.
pub async fn run_job(gateway: &Gateway, ctx: &Ctx, input: &serde_json::Value) -> Result<(), FlowError> {
    const BAD: FlowError = FlowError::Internal("the input of a mail job");
    access::decide(ctx.actor, Action::SendMail)?;
    let input = Input::deserialize(input).map_err(|_| BAD)?;
    let account: AccountId = input.account.parse().map_err(|_| BAD)?;
    let id: MailId = input.mail.parse().map_err(|_| BAD)?;
    let mut tx = gateway.storage().read().await?;
    let keys = match gateway.storage().keys(&mut tx, account).await {
        Ok(keys) => keys,
        // A deleted account writes to nobody.
        Err(StorageError::KeysDestroyed) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let found = mail::find(&mut tx, account, id, &keys).await?;
    drop(tx);
    let Some(body) = found else { return Ok(()) };
    let letter: Letter = serde_json::from_slice(&body).map_err(|_| StorageError::Corrupt("body_sealed"))?;
    let Letter { to, subject, text } = &letter;
    let letter = outbound::mail::Letter { id: &input.mail, to, subject, text, at: id.made_at() };
    gateway.mailer().send(letter).await.map_err(|error| FlowError::Invalid(error.into()))?;
    let mut tx = gateway.storage().write().await?;
    mail::delete(&mut tx, account, id).await?;
    Ok(tx.commit().await?)
}

/// What mails of an account say, in the language that it has decided for its pages.
pub(in crate::flow) fn words(locale: Locale) -> &'static ConsoleText {
    &texts(locale).console
}

/// Every text in that language.
pub(in crate::flow) fn texts(locale: Locale) -> &'static Text {
    locale.tag().and_then(spoken).unwrap_or(&EN)
}
