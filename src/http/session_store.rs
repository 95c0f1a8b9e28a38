//! The store behind the session layer: reads sessions that sign-ins made, ends them, and makes none.
//!
//! # Design
//!
//! The session layer carries a cookie and asks a store. A session that counts is a row, written by
//! [`crate::flow::login::finish`] in the transaction of its sign-in, and ended by flows too. The handler puts the token
//! of a new one under [`ISSUE`], and [`Store::create`] gives the record that token's id, so that the layer sends the
//! cookie: after a commit nothing can fail any more. A record without such a token is refused. [`Store::save`] and
//! [`Store::delete`] write nothing; whatever else is put into a session is not kept.

use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};

use crate::base::Actor;
use crate::base::secret::SessionToken;
use crate::flow::session;
use crate::flow::{FlowError, Gateway};

/// Under which a record holds who is signed in.
pub const CURRENT: &str = "current";
/// Under which a handler hands over the token of a new session.
pub const ISSUE: &str = "issue";

/// Our sessions, as the session layer sees them.
#[derive(Debug, Clone)]
pub struct Store {
    gateway: Gateway,
}

impl Store {
    /// The sessions of `gateway`.
    #[must_use]
    pub const fn new(gateway: Gateway) -> Self {
        Self { gateway }
    }
}

/// The token behind a session's id.
#[must_use]
pub fn token(id: Id) -> SessionToken {
    SessionToken::from_bytes(id.0.to_le_bytes())
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let issued = record.data.remove(ISSUE);
        let issued = issued.as_ref().and_then(|text| SessionToken::parse(text.as_str()?));
        let issued = issued.ok_or_else(|| Error::Backend("only a sign-in makes a session".to_owned()))?;
        record.id = Id(i128::from_le_bytes(issued.expose_bytes()));
        record.data.clear();
        Ok(())
    }

    async fn save(&self, _: &Record) -> Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let ctx = self.gateway.ctx(Actor::Anonymous);
        let Some(current) =
            session::find(&self.gateway, &ctx, token(*id).hash()).await.map_err(|error| backend(&error))?
        else {
            return Ok(None);
        };
        let current = serde_json::to_value(current).map_err(|error| Error::Encode(error.to_string()))?;
        // Nothing reads it: ends are checked with our own clock, in the flow.
        let expiry_date = OffsetDateTime::from_unix_timestamp(
            ctx.now.plus_seconds(self.gateway.lifetimes().absolute_seconds).seconds(),
        );
        let expiry_date = expiry_date.map_err(|error| Error::Encode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: [(CURRENT.to_owned(), current)].into(), expiry_date }))
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        Ok(())
    }
}

fn backend(error: &FlowError) -> Error {
    Error::Backend(error.to_string())
}
