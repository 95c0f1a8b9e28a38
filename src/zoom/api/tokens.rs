//! The one token of a link: fetched by one caller while the others wait, ahead of its end, and dropped when refused.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::base::{Clock, Instant};
use crate::outbound::Client;
use crate::outbound::request::{Request, Verb};
use crate::zoom::credentials::{App, Bases, PublicId, Secret};
use crate::zoom::oauth::{self, Grant, Token, TokenCause, TokenRequest};

/// So many seconds before its end a token is replaced.
const AHEAD: i64 = 300;
/// For so many seconds after a failure nobody asks again.
const PAUSE: i64 = 5;
const LIMIT: usize = 64 * 1024;

/// Where tokens come from.
#[async_trait]
pub trait Renews: Send + Sync {
    /// A new token. Called by one caller at a time.
    ///
    /// # Errors
    /// [`TokenCause`].
    async fn renew(&self) -> Result<Token, TokenCause>;
}

/// Where the refresh token of a General app is kept. It rotates: with each use the old one dies.
#[async_trait]
pub trait Keeps: Send + Sync {
    /// The one that is good now. Whoever implements this sees to it that no other process refreshes at the same time.
    ///
    /// # Errors
    /// [`TokenCause`].
    async fn load(&self) -> Result<Secret, TokenCause>;

    /// Keeps the next one, durably: `token` is used only after this has returned.
    ///
    /// # Errors
    /// [`TokenCause::NotKept`].
    async fn save(&self, token: &Token) -> Result<(), TokenCause>;
}

/// Tokens of a Server-to-Server app: asked for anew each time.
pub struct OfApp {
    /// What sends.
    pub client: Client,
    /// Where Zoom is.
    pub bases: Bases,
    /// The app.
    pub app: App,
    /// The Zoom account.
    pub account_id: PublicId,
    /// Where `now` comes from.
    pub clock: Clock,
}

#[async_trait]
impl Renews for OfApp {
    async fn renew(&self) -> Result<Token, TokenCause> {
        ask(&self.client, &self.bases, &self.app, &Grant::Account(self.account_id.as_str()), &self.clock)
            .await
    }
}

/// Tokens of a General app: by its refresh token.
pub struct OfGrant {
    /// What sends.
    pub client: Client,
    /// Where Zoom is.
    pub bases: Bases,
    /// The app.
    pub app: App,
    /// Where the refresh token is.
    pub keeps: Arc<dyn Keeps>,
    /// Where `now` comes from.
    pub clock: Clock,
}

#[async_trait]
impl Renews for OfGrant {
    async fn renew(&self) -> Result<Token, TokenCause> {
        let refresh = self.keeps.load().await?;
        let token = ask(&self.client, &self.bases, &self.app, &Grant::Refresh(&refresh), &self.clock).await?;
        self.keeps.save(&token).await?;
        Ok(token)
    }
}

/// A token that somebody has in hand: there is no other after it.
pub struct InHand(pub Token);

#[async_trait]
impl Renews for InHand {
    async fn renew(&self) -> Result<Token, TokenCause> {
        Ok(self.0.clone())
    }
}

/// Asks the token endpoint, once.
///
/// # Errors
/// [`TokenCause`].
pub async fn ask(
    client: &Client,
    bases: &Bases,
    app: &App,
    grant: &Grant<'_>,
    clock: &Clock,
) -> Result<Token, TokenCause> {
    let (status, body) = post(client, &oauth::token_request(bases, app, grant)).await?;
    oauth::read(grant, status, &body, clock.now())
}

/// Makes `token` worthless at Zoom.
///
/// # Errors
/// [`TokenCause`]; a token that was worthless already is no error.
pub async fn revoke(client: &Client, bases: &Bases, app: &App, token: &Secret) -> Result<(), TokenCause> {
    match post(client, &oauth::revoke_request(bases, app, token)).await? {
        (429, _) => Err(TokenCause::RateLimited),
        (status @ 500.., _) => Err(TokenCause::Fault(status)),
        _ => Ok(()),
    }
}

async fn post(client: &Client, request: &TokenRequest) -> Result<(u16, Vec<u8>), TokenCause> {
    let headers = [
        ("authorization", request.authorization.expose()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "application/json"),
    ];
    let body = Some(request.form.expose().as_bytes());
    let sent = Request { verb: Verb::Post, url: &request.url, headers: &headers, body, limit: LIMIT };
    match client.send(sent).await {
        Ok(answer) => Ok((answer.status, answer.body)),
        Err(error) => Err(TokenCause::Unreachable(error)),
    }
}

/// The token of a link.
pub(super) struct Tokens {
    renews: Box<dyn Renews>,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    token: Option<Arc<Token>>,
    failed: Option<(Instant, TokenCause)>,
}

impl Tokens {
    pub(super) fn new(renews: Box<dyn Renews>) -> Self {
        Self { renews, slot: Mutex::default() }
    }

    /// A token that is good at `now`. Whoever comes while one is fetched waits for that one.
    pub(super) async fn get(&self, now: Instant) -> Result<Arc<Token>, TokenCause> {
        let mut slot = self.slot.lock().await;
        let good = |seconds: i64| {
            slot.token.as_ref().filter(|token| token.expires_at > now.plus_seconds(seconds)).map(Arc::clone)
        };
        if let Some(token) = good(AHEAD) {
            return Ok(token);
        }
        let still_good = good(0);
        if let Some((at, cause)) = &slot.failed
            && (0..PAUSE).contains(&now.seconds_since(*at))
        {
            return still_good.ok_or_else(|| cause.clone());
        }
        match self.renews.renew().await {
            Ok(token) => {
                let token = Arc::new(token);
                *slot = Slot { token: Some(Arc::clone(&token)), failed: None };
                Ok(token)
            }
            Err(cause) => {
                slot.failed = Some((now, cause.clone()));
                // What is about to end is good until it does.
                still_good.filter(|_| cause.passes()).ok_or(cause)
            }
        }
    }

    /// Forgets `token`, unless somebody has replaced it meanwhile.
    pub(super) async fn forget(&self, token: &Arc<Token>) {
        let mut slot = self.slot.lock().await;
        if slot.token.as_ref().is_some_and(|held| Arc::ptr_eq(held, token)) {
            slot.token = None;
        }
    }
}
