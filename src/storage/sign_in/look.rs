//! What a sign-in reads before it is decided: one statement for all that wait.

use std::sync::Arc;

use super::super::many::{MOST, Many};
use super::super::pools::Pools;
use super::super::replay::AssertionKey;
use super::super::row::Columns;
use super::super::user::{self, SealedUser};
use super::super::{StorageError, Tx};
use super::{Asked, Inbox};
use crate::base::id::{AccountId, AttemptId, ConnectionId};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whose connection.
    pub account: AccountId,
    /// Which.
    pub connection: ConnectionId,
    /// The assertion, if it is to be used.
    pub assertion: AssertionKey,
    /// The request that it answers, if it does.
    pub request: Option<String>,
    /// The subject source.
    pub source: String,
    /// The keyed hash of the subject's value.
    pub value_key: Vec<u8>,
}

/// What is there.
#[derive(Debug, Default)]
pub struct Found {
    /// The attempt that used the assertion.
    pub used_by: Option<AttemptId>,
    /// Whether the request was answered before.
    pub is_request_used: bool,
    /// The user behind the identity.
    pub user: Option<SealedUser>,
}

/// `n` says whose row it is; a request that is not there is the empty text, which none is called.
static LOOK: Many = Many::new(
    "WITH asked (n, account_id, connection_id, day, assertion_hash, request_id, source, value_key) AS (",
    8,
    ") SELECT asked.n, r.attempt_id AS used_by, c.request_id AS used_request,
        u.id, u.version, u.external_id, u.state, u.role, u.profile_sealed
    FROM asked
    LEFT JOIN replays r ON r.day = asked.day AND r.connection_id = asked.connection_id
        AND r.assertion_hash = asked.assertion_hash
    LEFT JOIN consumed_requests c ON c.request_id = asked.request_id
    LEFT JOIN identities i ON i.connection_id = asked.connection_id AND i.source = asked.source
        AND i.value_key = asked.value_key AND i.account_id = asked.account_id
    LEFT JOIN users u ON u.account_id = i.account_id AND u.id = i.user_id",
);

type Question = Asked<Look, Found>;

/// Answers what is asked, for as long as anybody may ask.
pub(super) async fn serve(pools: Pools, inbox: Inbox<Look, Found>) {
    let mut asked = Vec::with_capacity(MOST);
    while inbox.lock().await.recv_many(&mut asked, MOST).await > 0 {
        answer(&pools, &mut asked).await;
    }
}

async fn answer(pools: &Pools, asked: &mut Vec<Question>) {
    let found = async {
        let mut tx = pools.ask().await?;
        let looks: Vec<_> = asked.iter().enumerate().map(|(n, asked)| (n, &asked.question)).collect();
        find(&mut tx, &looks).await
    };
    match found.await {
        Ok(found) => {
            for (asked, found) in asked.drain(..).zip(found) {
                let _ = asked.answer.send(Ok(found));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for asked in asked.drain(..) {
                let _ = asked.answer.send(Err(StorageError::NotRead(Arc::clone(&error))));
            }
        }
    }
}

async fn find(tx: &mut Tx, looks: &[(usize, &Look)]) -> Result<Vec<Found>, StorageError> {
    let mut all: Vec<Found> = looks.iter().map(|_| Found::default()).collect();
    let rows = LOOK.fetch(tx, looks, |(n, look), query| {
        query
            .bind(i64::try_from(*n).unwrap_or(i64::MAX))
            .bind(look.account.to_string())
            .bind(look.connection.to_string())
            .bind(look.assertion.day)
            .bind(&look.assertion.hash)
            .bind(look.request.as_deref().unwrap_or_default())
            .bind(look.source.as_str())
            .bind(look.value_key.as_slice())
    });
    for row in rows.await? {
        let n = usize::try_from(row.number("n")?).ok();
        let found = n.and_then(|n| all.get_mut(n)).ok_or(StorageError::Corrupt("n"))?;
        *found = Found {
            used_by: row.parsed_if_any("used_by")?,
            is_request_used: row.text_if_any("used_request")?.is_some(),
            user: if row.text_if_any("id")?.is_some() { Some(user::sealed_user(&row)?) } else { None },
        };
    }
    Ok(all)
}
