//! The store behind the session layer: reads sessions that sign-ins made, ends them, and makes none.
//!
//! # Design
//!
//! The session layer carries a cookie and asks a store. A session that counts is written by
//! [`crate::flow::login::finish`], in the transaction of its sign-in; the handler then puts the token under [`ISSUE`],
//! and [`Store::create`] gives the record that token's id, so that the layer sends the cookie. Without a row behind the
//! token it refuses. [`Store::save`] keeps nothing: whatever else is put into a session is not stored.

use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};

use crate::base::Actor;
use crate::base::secret::SessionToken;
use crate::flow::session::{self, ABSOLUTE_SECONDS};
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
        let found = session::find(&self.gateway, &self.gateway.ctx(Actor::Anonymous), issued.hash()).await;
        if found.map_err(|error| backend(&error))?.is_none() {
            return Err(Error::Backend("there is no session behind this token".to_owned()));
        }
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
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(ctx.now.plus_seconds(ABSOLUTE_SECONDS).seconds());
        let expiry_date = expiry_date.map_err(|error| Error::Encode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: [(CURRENT.to_owned(), current)].into(), expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let ctx = self.gateway.ctx(Actor::Anonymous);
        session::sign_out(&self.gateway, &ctx, token(*id).hash()).await.map_err(|error| backend(&error))
    }
}

fn backend(error: &FlowError) -> Error {
    Error::Backend(error.to_string())
}
