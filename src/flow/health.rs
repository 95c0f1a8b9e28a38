//! Whether this process can serve.

use super::{FlowError, Gateway};

/// Answers when the database can be read.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`] when it cannot.
pub async fn ready(gateway: &Gateway) -> Result<(), FlowError> {
    drop(gateway.storage().read().await?);
    Ok(())
}
