//! The master key, which wraps the keys of accounts and those that sign tokens: another takes its place, and what it
//! wraps is wrapped anew. Nothing that is sealed is touched.

use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::sentence::sentence;
use crate::flow::{FlowError, Gateway};
use crate::storage::masters::{Rewrapped, RotateError};

/// Puts the next master key in the place of the present one.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::Invalid`] when there is no other key to change to.
pub async fn rotate(gateway: &Gateway, ctx: &Ctx) -> Result<Rewrapped, FlowError> {
    access::decide(ctx.actor, Action::ManageKeys)?;
    let rotated = gateway.storage().rotate_master(ctx, gateway.rng()).await;
    rotated.map_err(|error| match error {
        RotateError::Storage(error) => error.into(),
        // The master key is changed on the command line alone, which speaks English.
        other => {
            FlowError::Invalid(sentence!("the master key was not changed: {why}", why = other.to_string()))
        }
    })
}
