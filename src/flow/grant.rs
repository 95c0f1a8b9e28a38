//! Where flows about something of an account begin: whose it is, and whether the caller may.
//!
//! What is another account's is not there, in the same words as what does not exist at all.

use super::FlowError;
use crate::access::{self, Action, Granted, Refusal};
use crate::base::Ctx;
use crate::base::id::AccountId;
use crate::directory::account::Slug;
use crate::storage::Tx;
use crate::storage::account::{self, Account};

const NO_ACCOUNT: FlowError = FlowError::NotFound("account");

/// The account of that slug, if the caller may do `action` in it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account, and when the caller is of another; [`FlowError::Denied`] when it
/// is theirs, or they are of none, and they may not.
pub(in crate::flow) async fn account(
    tx: &mut Tx,
    ctx: &Ctx,
    action: Action,
    slug: &Slug,
) -> Result<(Account, Granted), FlowError> {
    let found = account::find_by_slug(tx, slug).await?.ok_or(NO_ACCOUNT)?;
    let granted = of(ctx, action, found.id, "account")?;
    Ok((found, granted))
}

/// `account`, which something called `what` belongs to, if the caller may do `action` in it.
pub(in crate::flow) fn of(
    ctx: &Ctx,
    action: Action,
    account: AccountId,
    what: &'static str,
) -> Result<Granted, FlowError> {
    access::decide_in(ctx.actor, action, account).map_err(|refusal| match refusal {
        Refusal::Hidden => FlowError::NotFound(what),
        Refusal::Denied(denied) => denied.into(),
    })
}
