//! What is kept of one person: how much of it is where, and all of it as one document.
//!
//! Events are not in it: they hold ids and names of fields, and from which address of the net somebody acted. Nor is what
//! goes by itself in days (mails that wait, answers that are kept for a day, messages for webhooks), nor what provisioning
//! did in Zoom and the last inventory found there: those have pages and files of their own. Of attempts that name nobody
//! only those are in it that are surely about them: what others sent is not theirs to read.

use gatepost_saml::encoding::to_base64;
use serde_json::{Value, json};

use super::message;
use super::names::{About, Names};
use super::{FlowError, Gateway, Which, identity_view, listed, view};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AttemptId, UserId};
use crate::directory::account::Slug;
use crate::directory::mapping::Lineage;
use crate::directory::statement::Statement;
use crate::flow::event::tell;
use crate::flow::grant;
use crate::flow::login::Personal;
use crate::flow::zoom::event::person;
use crate::storage::account::Account;
use crate::storage::passkey::{self, Whose};
use crate::storage::people::Held;
use crate::storage::seal::AccountKeys;
use crate::storage::{attempt, connection, guest, people, session};

/// Attempts that are looked through at a time, and sessions at the most.
const PORTION: i64 = 1000;

/// How much is kept of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// What leads to them, their sessions, passkeys and links.
    pub held: Held,
    /// Messages that they signed in with, as far as their sessions are kept.
    pub messages: u64,
    /// Whether their address was let in by name.
    pub is_guest: bool,
    /// Events of Zoom that name them.
    pub zoom_events: u64,
}

/// How much is kept of a person.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person.
pub async fn kept(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<Kept, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let user = listed(&mut tx, &account, which, &keys).await?.user;
    let (held, messages) = people::count_held(&mut tx, account.id, user.id).await?;
    let is_guest = match &user.profile.email {
        Some(email) => guest::find(&mut tx, account.id, email, &keys).await?.is_some(),
        None => false,
    };
    let names = person::names(&mut tx, (account.id, user.id), user.profile.email.as_deref(), &keys).await?;
    let zoom_events = person::count(&mut tx, account.id, &names, &keys).await?;
    Ok(Kept { held, messages, is_guest, zoom_events })
}

/// What is kept of a person, as one JSON document. That it was taken out is an event. Messages are in it for those who may
/// read them, and so is what identity providers said beyond what is known of the person: to others it is told which
/// attributes were sent. What Zoom told is in it for those who may look at it where it came in.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person.
pub async fn export(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<(UserId, Value), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ExportUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let found = listed(&mut tx, &account, which, &keys).await?;
    let id = found.user.id;
    let with_messages = access::decide_in(ctx.actor, Action::ReadMessages, account.id).is_ok();
    let identities = people::list_identities(&mut tx, account.id, id, &keys).await?;
    let led = Names::of(&identities, Some(&found.user));
    let identities = identities.into_iter().map(identity_view).map(|identity| {
        json!({
            "connection": identity.connection_id.to_string(), "source": identity.source,
            "value": identity.value, "created_at": identity.created_at.to_string(),
        })
    });
    let identities: Vec<_> = identities.collect();
    let mut sessions = Vec::new();
    for standing in session::list_every(&mut tx, (account.id, id), PORTION).await? {
        let statement = session::find_statement(&mut tx, account.id, standing.session.id, &keys).await?;
        let statement = if with_messages { statement } else { statement.map(Statement::without_values) };
        sessions.push(json!({
            "id": standing.session.id.to_string(), "connection": standing.session.connection_id.to_string(),
            "created_at": standing.session.created_at.to_string(),
            "last_seen_at": standing.session.last_seen_at.to_string(),
            "expires_at": standing.session.expires_at.to_string(),
            "ended_at": standing.session.ended_at.map(|at| at.to_string()),
            "client": standing.client(&keys)?, "statement": statement,
        }));
    }
    let (held, _) = people::count_held(&mut tx, account.id, id).await?;
    let email = found.user.profile.email.clone();
    let names = person::names(&mut tx, (account.id, id), email.as_deref(), &keys).await?;
    let is_guest = match &email {
        Some(email) => guest::find(&mut tx, account.id, email, &keys).await?.is_some(),
        None => false,
    };
    let passkeys = passkey::list(&mut tx, Whose::User(account.id, id), &keys).await?;
    let passkeys: Vec<_> = passkeys
        .into_iter()
        .map(|key| json!({ "name": key.name, "created_at": key.created_at.to_string() }))
        .collect();
    let user = view(&mut tx, (&account, &keys), found).await?;
    drop(tx);
    let zoom_events = if access::decide_in(ctx.actor, Action::ReadZoom, account.id).is_ok() {
        Some(person::export(gateway, account.id, &names, &keys).await?)
    } else {
        None
    };
    let sign_ins = sign_ins(gateway, (&account, id, &led), &keys, with_messages).await?;
    let document = json!({
        "exported_at": ctx.now.to_string(),
        "account": { "id": account.id.to_string(), "slug": account.slug.as_str(), "name": account.name },
        "user": {
            "id": id.to_string(), "external_id": user.external_id, "state": user.state.name(),
            "role": user.role.name(), "profile": user.profile, "is_email_verified": user.is_email_verified,
            "created_at": user.created_at.to_string(), "updated_at": user.updated_at.to_string(),
        },
        "identities": identities,
        "sessions": sessions,
        "sign_ins": sign_ins,
        "has_messages": with_messages,
        "passkeys": passkeys,
        "is_guest": is_guest,
        "console_sessions": held.console_sessions,
        "links": held.links,
        "zoom_events": zoom_events,
    });
    let mut tx = gateway.storage().write().await?;
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.exported", id, &json!({}))).await?;
    tx.commit().await?;
    Ok((id, document))
}

/// Their sign-ins, and those that name nobody and are about them. No index leads to them, so all of the account's are gone
/// through, a portion at a time.
async fn sign_ins(
    gateway: &Gateway,
    (account, user, names): (&Account, UserId, &Names),
    keys: &AccountKeys,
    with_messages: bool,
) -> Result<Vec<Value>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let connections = connection::list(&mut tx, account.id).await?;
    drop(tx);
    let mut told = Vec::new();
    for connection in connections {
        let mut after: Option<AttemptId> = None;
        loop {
            let mut tx = gateway.storage().read().await?;
            let (by, page) = ((account.id, connection.id), (after, PORTION));
            let portion = people::list_attempts(&mut tx, by, user, page).await?;
            let people::Portion { mut theirs, refused, unnamed, last } = portion;
            // What was refused on the way to them may be somebody else's, who is none of their business.
            for id in refused.into_iter().chain(unnamed) {
                let found = message::about(&mut tx, account.id, id, (keys, &gateway.limits()), names).await?;
                theirs.extend((found == About::Them).then_some(id));
            }
            theirs.sort_unstable();
            for id in theirs {
                let Some(found) = attempt::find(&mut tx, account.id, id).await? else { continue };
                let personal = match attempt::find_trace(&mut tx, account.id, id, keys).await? {
                    Some(trace) => Personal::read(&trace),
                    None => Some(Personal::default()),
                };
                let said = personal.as_ref().and_then(|personal| personal.said.clone());
                let mapping = personal.and_then(|personal| shown(personal.mapping, with_messages));
                let message = if with_messages {
                    attempt::find_message(&mut tx, account.id, id, keys).await?
                } else {
                    None
                };
                told.push(json!({
                    "id": id.to_string(), "at": found.created_at.to_string(),
                    "connection": connection.id.to_string(), "outcome": found.outcome.name(),
                    "purpose": found.purpose.name(), "code": found.code,
                    "is_mapping_left_out": mapping.is_none(), "mapping": mapping,
                    "said": said.filter(|_| with_messages),
                    "message": message.map(|message| to_base64(&message)),
                }));
            }
            let Some(last) = last else { break };
            after = Some(last);
        }
    }
    Ok(told)
}

/// What was mapped, as whoever may or may not read messages gets it: the latter without what was sent. Nothing where that
/// cannot be told apart, since a newer program wrote it.
fn shown(mapping: Value, with_messages: bool) -> Option<Value> {
    if with_messages || mapping.is_null() {
        return Some(mapping);
    }
    let lineage: Lineage = serde_json::from_value(mapping).ok()?;
    serde_json::to_value(lineage.without_sent()).ok()
}
