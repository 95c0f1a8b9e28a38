//! Whether this process can serve.

use super::{FlowError, Gateway};
use crate::base::Ctx;

/// Why it cannot, for whoever runs it; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It was asked to end and finishes what is under way.
    #[error("this process is about to end")]
    Ending,
    /// It does not hear of what other processes change.
    #[error("what other processes change cannot be read")]
    Behind,
    /// The database.
    #[error("the database cannot be read")]
    Database(#[from] FlowError),
}

/// Answers when this process can serve.
///
/// # Errors
/// [`NotReady`] says why it cannot.
pub async fn ready(gateway: &Gateway, ctx: &Ctx) -> Result<(), NotReady> {
    if gateway.is_ending() {
        return Err(NotReady::Ending);
    }
    if gateway.kept().is_behind(ctx.now) {
        return Err(NotReady::Behind);
    }
    let check = async {
        let mut tx = gateway.storage().read().await?;
        Ok::<_, FlowError>(gateway.storage().check(&mut tx).await?)
    };
    Ok(check.await?)
}
