//! Whether this process can serve.

use super::check::Level;
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
    /// The clocks.
    #[error("this machine's clock differs from the database's by {0} s: set it right")]
    Clock(i64),
}

/// Nodes that differ by more take each other's sign-ins for too old or not yet begun.
const NOTICE_SECONDS: i64 = 2;
const WRONG_SECONDS: i64 = 30;

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
    check.await?;
    match clock_difference(gateway).await? {
        Some(difference) if judge_clock(difference) == Level::Wrong => Err(NotReady::Clock(difference)),
        _ => Ok(()),
    }
}

/// By how many seconds this machine's clock differs from the database's, where that has one of its own.
///
/// # Errors
/// [`FlowError::Unavailable`].
pub async fn clock_difference(gateway: &Gateway) -> Result<Option<i64>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let Some(there) = gateway.storage().clock(&mut tx).await? else { return Ok(None) };
    let micros = gateway.system_now().map(|here| here.micros() - there.micros());
    Ok(micros.map(|micros| (micros.abs() + 500_000) / 1_000_000))
}

/// What such a difference means.
#[must_use]
pub const fn judge_clock(seconds: i64) -> Level {
    if seconds > WRONG_SECONDS {
        Level::Wrong
    } else if seconds > NOTICE_SECONDS {
        Level::Notice
    } else {
        Level::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_a_little() {
        let levels = [0, 2, 3, 30, 31].map(judge_clock);
        assert_eq!(levels, [Level::Good, Level::Good, Level::Notice, Level::Notice, Level::Wrong]);
    }
}
