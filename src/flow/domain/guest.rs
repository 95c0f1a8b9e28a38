//! Guests of an account: single addresses that are let in where a connection would refuse or drop them, since they are not
//! verified. Each has its reason.

use crate::access::Action;
use crate::base::id::GuestId;
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::email::is_email_shaped;
use crate::flow::event::tell_home;
use crate::flow::line::{MAX_REASON, checked_line};
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::guest::{self, About, Guest};

/// A guest as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestView {
    /// Its id.
    pub id: GuestId,
    /// The address.
    pub email: String,
    /// Why it is let in.
    pub reason: String,
    /// When it was.
    pub created_at: Instant,
}

/// Lets a single address in that is not verified, where the connection would refuse or drop it.
///
/// # Errors
/// [`FlowError::Invalid`] for what is no address, is without a reason, or is a guest already.
pub async fn add_guest(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    (email, reason): (&str, &str),
) -> Result<GuestView, FlowError> {
    let email = email.trim();
    if !is_email_shaped(email) || !is_line(email, 320) {
        return Err(FlowError::Invalid(sentence!("\"{email}\" is no email address", email).about("email")));
    }
    let reason = checked_line("reason", reason, MAX_REASON)?;
    if reason.is_empty() {
        let wrong = sentence!("say in 1 to 500 characters why this address is let in");
        return Err(FlowError::Invalid(wrong.about("reason")));
    }
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageGuests, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let new = Guest {
        id: GuestId::make(ctx.now, gateway.rng()),
        about: About { email: email.to_owned(), reason: reason.to_owned() },
        created_at: ctx.now,
    };
    if !guest::insert(&mut tx, account.id, &new, &keys, gateway.rng()).await? {
        return Err(FlowError::Invalid(sentence!("this address is a guest already").about("email")));
    }
    // No address in the event: who is erased must not live on there.
    tell_home(&mut tx, gateway, ctx, Some(account.id), ("guest.added", new.id, &serde_json::json!({})))
        .await?;
    tx.commit().await?;
    Ok(guest_view(new))
}

/// Guests of an account after that one, oldest first, `limit` at most.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list_guests(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    page: (Option<GuestId>, i64),
) -> Result<Vec<GuestView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadGuests, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    Ok(guest::list(&mut tx, account.id, page, &keys).await?.into_iter().map(guest_view).collect())
}

/// Lets an address in no longer.
///
/// # Errors
/// [`FlowError::NotFound`] when it is no guest.
pub async fn remove_guest(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    email: &str,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageGuests, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let found = guest::find(&mut tx, account.id, email, &keys).await?.ok_or(FlowError::NotFound("guest"))?;
    guest::delete(&mut tx, account.id, found).await?;
    tell_home(&mut tx, gateway, ctx, Some(account.id), ("guest.removed", found, &serde_json::json!({})))
        .await?;
    Ok(tx.commit().await?)
}

fn guest_view(guest: Guest) -> GuestView {
    let About { email, reason } = guest.about;
    GuestView { id: guest.id, email, reason, created_at: guest.created_at }
}
