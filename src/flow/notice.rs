//! What every owner of an account is told by mail because nobody may be looking: a webhook that was switched off, a
//! certificate or metadata that waits, a connection that somebody behind a setup link, or a program that may make no owners,
//! switched on, or that such a program has believe others, one that was in use and is given up, a link to Zoom that does not
//! work, a run into Zoom that waits for a word or could not go on.
//!
//! Each is asked for in the transaction of what it tells of, once: what happens again and again is not told again.
//!
//! What they are told of who comes in, and of domains, stands where it happens: passkeys in [`super::passkey`], owners in
//! [`super::owner`], break-glass links in [`super::link`], proofs that are gone in [`super::domain::check`].
//!
//! To add one: its texts in [`crate::words`] (`notices`), a function here.

use std::fmt;

use super::mail::{of_owners_and_contact, tell, tell_owners, texts};
use super::{FlowError, Gateway};
use crate::base::id::{AccountId, WebhookId, ZoomRunId};
use crate::base::sentence::Sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::flow::connection::drift::Kind;
use crate::flow::connection::load::Loaded;
use crate::storage::seal::AccountKeys;
use crate::storage::webhook::Endpoint;
use crate::storage::{Tx, account, deadline};
use crate::words::moment;

const HOUR_SECONDS: i64 = 3600;

/// Whether `what` is to be told now, since it was not told today; from here on, it was. That is noted as the ends are that
/// were told ([`super::deadline::notice`]), and forgotten with them.
pub(in crate::flow) async fn once_a_day(
    tx: &mut Tx,
    account: AccountId,
    ctx: &Ctx,
    what: &str,
) -> Result<bool, FlowError> {
    let today = format!("{what}/{}", ctx.now.day());
    let ends = (ctx.now.plus_seconds(DAY_SECONDS), ctx.now);
    Ok(deadline::insert_notice(tx, account, (&today, 0), ends).await?)
}

/// The same of this hour.
pub(in crate::flow) async fn once_an_hour(
    tx: &mut Tx,
    account: AccountId,
    ctx: &Ctx,
    what: &str,
) -> Result<bool, FlowError> {
    Ok(deadline::insert_notice(tx, account, (&in_hour(ctx, what), 0), (ctx.now, ctx.now)).await?)
}

/// Whether that was told in this hour, for who would only have to write if it was not.
pub(in crate::flow) async fn is_told_this_hour(
    tx: &mut Tx,
    account: AccountId,
    ctx: &Ctx,
    what: &str,
) -> Result<bool, FlowError> {
    Ok(deadline::has_notice(tx, account, (&in_hour(ctx, what), 0)).await?)
}

fn in_hour(ctx: &Ctx, what: &str) -> String {
    format!("{what}/{}", ctx.now.seconds().div_euclid(HOUR_SECONDS))
}

/// What something is called, in quotation marks; its id, without a name.
pub(in crate::flow) fn called(name: &str, id: impl fmt::Display) -> String {
    if name.is_empty() { id.to_string() } else { format!("\u{201c}{name}\u{201d}") }
}

/// A webhook was switched off: it said that it is gone, or nothing got through.
pub(in crate::flow) async fn webhook_off(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    (endpoint, is_gone): (&Endpoint, bool),
) -> Result<(), FlowError> {
    let Some(found) = account::find(tx, account).await? else { return Ok(()) };
    let (id, name): (WebhookId, &str) = (endpoint.id, &endpoint.name);
    // Its address may have a secret in it.
    let name = called(name, id);
    let text = &texts(found.locale).notices;
    let message = if is_gone { text.webhook_gone } else { text.webhook_off };
    let page = format!("{}/console/at/{}/webhooks/{id}", gateway.public_url(), found.slug);
    let body = message.with("name", name).with("account", &found.name).with("page", page).to_string();
    tell_owners(gateway, tx, ctx, (account, keys), (text.webhook_off_subject, &body)).await
}

/// Sign-ins come by a key that nobody trusts. Of its certificate the fingerprint alone is told: what else stands in it was
/// written by whoever made it, somebody who is trying, and would be read as our own words.
pub(in crate::flow) async fn key_waits(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    fingerprint: &str,
) -> Result<(), FlowError> {
    let (account, connection) = (&loaded.account, &loaded.connection);
    let text = &texts(account.locale).notices;
    let page =
        format!("{}/console/at/{}/sso/{}/certificates", gateway.public_url(), account.slug, connection.id);
    let body = text.key.with("connection", &connection.name).with("account", &account.name);
    let body = body.with("fingerprint", fingerprint).with("page", page).to_string();
    tell_owners(gateway, tx, ctx, (account.id, &loaded.keys), (text.key_subject, &body)).await
}

/// Metadata says something that a connection does not follow before an owner says so. What it says is not told here: it may
/// be the words of somebody who should not be followed.
pub(in crate::flow) async fn metadata_waits(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    kind: Kind,
) -> Result<(), FlowError> {
    let (account, connection) = (&loaded.account, &loaded.connection);
    let texts = texts(account.locale);
    let (text, sso) = (&texts.notices, &texts.sso);
    let found = match kind {
        Kind::EntityId => sso.drift_entity_id,
        Kind::SsoHost => sso.drift_sso_host,
        Kind::Keys => sso.drift_keys,
    };
    let page =
        format!("{}/console/at/{}/sso/{}/certificates", gateway.public_url(), account.slug, connection.id);
    let body = text.metadata_waits.with("connection", &connection.name).with("account", &account.name);
    let body = body.with("found", found).with("page", page).to_string();
    let of: (AccountId, &AccountKeys) = (account.id, &loaded.keys);
    let all = of_owners_and_contact(tx, of).await?;
    tell(gateway, tx, ctx, of, (all, text.metadata_waits_subject.0, &body)).await
}

/// Who switched a connection on, by what it is called.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) enum Activator<'a> {
    /// Somebody behind this setup link.
    Link(&'a str),
    /// A program with this key of the REST API.
    Key(&'a str),
}

/// A connection was switched on by somebody who may not make owners.
pub(in crate::flow) async fn activated(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    by: Activator<'_>,
) -> Result<(), FlowError> {
    let (account, connection) = (&loaded.account, &loaded.connection);
    let text = &texts(account.locale).notices;
    let page = format!("{}/console/at/{}/sso/{}", gateway.public_url(), account.slug, connection.id);
    let body = match by {
        Activator::Link(link) => text.activated.with("link", link),
        Activator::Key(key) => text.activated_by_key.with("key", key),
    };
    let body = body.with("account", &account.name);
    let body = body.with("connection", &connection.name).with("page", page).to_string();
    tell_owners(gateway, tx, ctx, (account.id, &loaded.keys), (text.activated_subject, &body)).await
}

/// A program with the key of that name, which may not make owners, changed whom a connection believes, or what. Whoever asks
/// for it does so once a day.
pub(in crate::flow) async fn believes_otherwise(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    key: &str,
) -> Result<(), FlowError> {
    let (account, connection) = (&loaded.account, &loaded.connection);
    let text = &texts(account.locale).notices;
    let page = format!("{}/console/at/{}/sso/{}/history", gateway.public_url(), account.slug, connection.id);
    let body = text.believes_otherwise.with("key", key).with("account", &account.name);
    let body = body.with("connection", &connection.name).with("page", page).to_string();
    tell_owners(gateway, tx, ctx, (account.id, &loaded.keys), (text.believes_otherwise_subject, &body)).await
}

/// A connection that people signed in by was given up for good, whoever did it. `owners` is where they were written to before
/// that: what its identity provider says is where somebody is reached counts no more from then on.
pub(in crate::flow) async fn given_up(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    owners: Vec<String>,
) -> Result<(), FlowError> {
    let (account, connection) = (&loaded.account, &loaded.connection);
    let text = &texts(account.locale).notices;
    let page =
        format!("{}/console/at/{}/events?target={}", gateway.public_url(), account.slug, connection.id);
    let body = text.given_up.with("account", &account.name).with("connection", &connection.name);
    let body = body.with("page", page).to_string();
    let of: (AccountId, &AccountKeys) = (account.id, &loaded.keys);
    tell(gateway, tx, ctx, of, (owners, text.given_up_subject.0, &body)).await
}

/// The link to Zoom does not work any more, since then and for that reason; or works again.
pub(in crate::flow) async fn zoom_link(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    problem: Option<(&Sentence, Instant)>,
) -> Result<(), FlowError> {
    let Some(found) = account::find(tx, account).await? else { return Ok(()) };
    let words = texts(found.locale);
    let text = &words.notices;
    let page = format!("{}/console/at/{}/zoom", gateway.public_url(), found.slug);
    let (subject, message) = match problem {
        Some((sentence, since)) => {
            let filled =
                text.zoom_broke.with("problem", words.sentence(sentence)).with("since", moment(since));
            (text.zoom_broke_subject, filled.with("account", &found.name).with("page", page))
        }
        None => (text.zoom_mended_subject, text.zoom_mended.with("account", &found.name).with("page", page)),
    };
    tell_owners(gateway, tx, ctx, (account, keys), (subject, &message.to_string())).await
}

/// Somebody removed the app in Zoom.
pub(in crate::flow) async fn zoom_ended(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
) -> Result<(), FlowError> {
    let Some(found) = account::find(tx, account).await? else { return Ok(()) };
    let text = &texts(found.locale).notices;
    let page = format!("{}/console/at/{}/zoom", gateway.public_url(), found.slug);
    let body = text.zoom_ended.with("account", &found.name).with("page", page).to_string();
    tell_owners(gateway, tx, ctx, (account, keys), (text.zoom_ended_subject, &body)).await
}

/// A run into Zoom waits for an owner's word, since it would take so many Zoom users away; or it could not go on.
pub(in crate::flow) async fn zoom_run(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    (run, waits): (ZoomRunId, Option<u32>),
) -> Result<(), FlowError> {
    let Some(found) = account::find(tx, account).await? else { return Ok(()) };
    let text = &texts(found.locale).notices;
    let page = format!("{}/console/at/{}/zoom/provisioning/runs/{run}", gateway.public_url(), found.slug);
    let (subject, message) = match waits {
        Some(people) => (text.zoom_held_subject, text.zoom_held.with("people", people).with("page", page)),
        None => (text.zoom_failed_subject, text.zoom_failed.with("page", page)),
    };
    let body = message.with("account", &found.name).to_string();
    tell_owners(gateway, tx, ctx, (account, keys), (subject, &body)).await
}
