//! Whether this process can serve.

use super::{FlowError, Gateway};

/// Answers when the database can be read.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`] when it cannot.
pub async fn ready(gateway: &Gateway) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    Ok(gateway.storage().check(&mut tx).await?)
}
