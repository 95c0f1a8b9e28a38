//! Calls to Zoom: one [`Zoom`] for each link and process, whoever works on it.
//!
//! | file | what |
//! |---|---|
//! | [`tokens`] | the link's token: single-flight, ahead of its end, dropped when refused |
//! | [`pace`] | when the next call may go, one for each Zoom account; waits after failures |
//! | [`limit`] | rate limits in the forms in which Zoom tells them |
//! | [`error`] | what a refusal means |
//!
//! # What is tried again
//!
//! | what happened | then |
//! |---|---|
//! | 401 or 124 | the token is dropped and the call made once more |
//! | 429 by rate | nothing is called until its end; then again |
//! | 429, busy | again after a moment, twice; no doubling, nobody else waits |
//! | 429 by day | told to the caller with its end: nobody waits for tomorrow here; of heavy calls, these alone are held |
//! | 5xx, a timeout, a broken answer | again after a wait that doubles; but of a POST the result is [`ApiError::Unknown`] |
//! | never connected | again |
//!
//! A wait that is longer than [`Settings::longest_wait`] is told to the caller as well, who comes back.

pub mod error;
pub mod limit;
pub mod pace;
#[cfg(test)]
mod tests;
pub mod tokens;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use error::ApiError;
use limit::{LimitKind, Limited};
use pace::{Label, Pace, backoff};
use serde_json::Value;
use tokens::{Renews, Tokens};

use super::credentials::Bases;
use super::scope::Scopes;
use crate::base::{Clock, Instant, Rng};
use crate::outbound::request::{Answer, Request, Verb};
use crate::outbound::{Client, FetchError};

const SECOND: i64 = 1_000_000;
/// A page of three hundred users is below one megabyte.
const LIMIT: usize = 8 * 1024 * 1024;
const TRIES: u32 = 5;
const BUSY_TRIES: u32 = 2;

/// What does not change during a link's life in this process.
#[derive(Clone)]
pub struct Settings {
    /// Where Zoom is.
    pub bases: Bases,
    /// Where `now` comes from; a clock that is moved by hand is moved by waiting.
    pub clock: Clock,
    /// Where waits get their chance from.
    pub rng: Rng,
    /// The longest that a call waits at once, in seconds.
    pub longest_wait: i64,
}

/// The pace of a Zoom account, for all links that lead to it.
pub type SharedPace = Arc<Mutex<Pace>>;

/// One link to Zoom. Copies share token and pace.
#[derive(Clone)]
pub struct Zoom {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    settings: Settings,
    tokens: Tokens,
    pace: SharedPace,
}

impl fmt::Debug for Zoom {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Zoom").field("bases", &self.inner.settings.bases).finish_non_exhaustive()
    }
}

/// A call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The method.
    pub verb: Verb,
    /// Path and query, encoded: `/v2/users?page_size=300`.
    pub path: &'a str,
    /// Zoom's label.
    pub label: Label,
    /// The body.
    pub body: Option<&'a Value>,
}

impl<'a> Call<'a> {
    /// Reads something.
    #[must_use]
    pub const fn get(path: &'a str, label: Label) -> Self {
        Self { verb: Verb::Get, path, label, body: None }
    }

    /// Sends something.
    #[must_use]
    pub const fn send(verb: Verb, path: &'a str, label: Label, body: &'a Value) -> Self {
        Self { verb, path, label, body: Some(body) }
    }

    /// Whether it may be made again when nobody knows whether it was done.
    const fn is_repeatable(&self) -> bool {
        !matches!(self.verb, Verb::Post)
    }
}

/// What one try came to.
enum Tried {
    Done(Answer),
    /// The token was refused.
    Token,
    /// It may work later: so many microseconds, or a wait that doubles.
    Again {
        wait: Option<i64>,
        or: ApiError,
    },
    Busy(ApiError),
    Over(ApiError),
}

impl Zoom {
    /// A link at a pace of its own.
    #[must_use]
    pub fn new(client: Client, settings: Settings, renews: Box<dyn Renews>) -> Self {
        Self::at_pace(client, settings, renews, SharedPace::default())
    }

    /// A link to a Zoom account that others may lead to as well.
    #[must_use]
    pub fn at_pace(client: Client, settings: Settings, renews: Box<dyn Renews>, pace: SharedPace) -> Self {
        let tokens = Tokens::new(renews);
        Self { inner: Arc::new(Inner { client, settings, tokens, pace }) }
    }

    /// What the token may do.
    ///
    /// # Errors
    /// [`ApiError::Token`].
    pub async fn scopes(&self) -> Result<Scopes, ApiError> {
        Ok(self.inner.tokens.get(self.now()).await?.scopes.clone())
    }

    /// Makes a call; an answer has a status of the 200s.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        let (mut failures, mut busy, mut is_renewed) = (0, 0, false);
        loop {
            self.stand_in_line(call.label).await?;
            match self.attempt(&call).await? {
                Tried::Done(answer) => return Ok(answer),
                Tried::Over(error) => return Err(error),
                Tried::Token if is_renewed => return Err(ApiError::TokenRefused),
                Tried::Token => is_renewed = true,
                Tried::Busy(error) if busy >= BUSY_TRIES => return Err(error),
                Tried::Busy(_) => {
                    busy += 1;
                    self.pause(backoff(2, &self.inner.settings.rng)).await;
                }
                Tried::Again { or, .. } if failures + 1 >= TRIES => return Err(or),
                Tried::Again { wait, or } => {
                    let wait = wait.unwrap_or_else(|| backoff(failures, &self.inner.settings.rng));
                    if wait > self.longest_wait() {
                        return Err(or);
                    }
                    failures += 1;
                    self.pause(wait).await;
                }
            }
        }
    }

    /// Makes a call whose answer is JSON.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn json(&self, call: Call<'_>) -> Result<Value, ApiError> {
        let answer = self.call(call).await?;
        serde_json::from_slice(&answer.body).map_err(|_| ApiError::Unintelligible)
    }

    /// The present moment of this link's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.inner.settings.clock.now()
    }

    fn longest_wait(&self) -> i64 {
        self.inner.settings.longest_wait.saturating_mul(SECOND)
    }

    fn pace<T>(&self, work: impl FnOnce(&mut Pace) -> T) -> T {
        work(&mut self.inner.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn stand_in_line(&self, label: Label) -> Result<(), ApiError> {
        let (now, longest) = (self.now(), self.longest_wait());
        match self.pace(|pace| pace.book(now, label, longest)) {
            Ok(wait) => {
                self.pause(wait).await;
                Ok(())
            }
            Err(until) => Err(ApiError::Limited { kind: LimitKind::Rate, until: Some(until) }),
        }
    }

    async fn pause(&self, micros: i64) {
        let Ok(wait @ 1..) = u64::try_from(micros) else { return };
        match &self.inner.settings.clock {
            Clock::System => tokio::time::sleep(Duration::from_micros(wait)).await,
            Clock::Manual(clock) => {
                clock.set(Instant::from_micros(clock.now().micros().saturating_add(micros)));
                tokio::task::yield_now().await;
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Tried, ApiError> {
        let token = self.inner.tokens.get(self.now()).await?;
        let bases = token.api_url.as_deref().map(|url| self.inner.settings.bases.in_region(url));
        let url = format!("{}{}", bases.as_ref().unwrap_or(&self.inner.settings.bases).api(), call.path);
        let authorization = super::credentials::Secret::sent(format!("Bearer {}", token.access.expose()));
        let is_scim = call.label == Label::Scim;
        let kind = if is_scim { "application/scim+json" } else { "application/json" };
        let mut headers = vec![("authorization", authorization.expose()), ("accept", kind)];
        let body = call.body.map(Value::to_string);
        if body.is_some() {
            headers.push(("content-type", kind));
        }
        let body = body.as_deref().map(str::as_bytes);
        let sent = Request { verb: call.verb, url: &url, headers: &headers, body, limit: LIMIT };
        let answer = match self.inner.client.send(sent).await {
            Ok(answer) => answer,
            Err(error) => return Ok(unanswered(call, error)),
        };
        if let Some(rate) = limit::per_second(&answer) {
            self.pace(|pace| pace.learn(call.label, rate));
        }
        let tried = self.judge(call, answer);
        if matches!(tried, Tried::Token) {
            self.inner.tokens.forget(&token).await;
        }
        Ok(tried)
    }

    fn judge(&self, call: &Call<'_>, answer: Answer) -> Tried {
        let (status, now) = (answer.status, self.now());
        let tracking = answer.header("x-zm-trackingid").map(error::shortened);
        match status {
            200..300 => Tried::Done(answer),
            429 => {
                let said = error::read(&answer.body);
                let Limited { kind, until } = limit::read(&answer, &said.message, now);
                let or = ApiError::Limited { kind, until };
                match kind {
                    LimitKind::Busy => Tried::Busy(or),
                    LimitKind::Daily => {
                        // Of heavy calls there are so many a day by themselves: reports wait, and people are brought in.
                        let is_heavy = limit::is_heavy(&answer).unwrap_or(call.label == Label::Heavy);
                        self.pace(|pace| match until {
                            Some(until) if is_heavy => pace.hold_lane(Label::Heavy, until),
                            Some(until) => pace.hold(until),
                            None => {}
                        });
                        Tried::Over(or)
                    }
                    LimitKind::Rate => {
                        self.pace(|pace| until.map(|until| pace.hold(until)));
                        // Those who are told an end stand in line for it; half a second spreads them.
                        let spread = backoff(0, &self.inner.settings.rng);
                        let wait = until.map(|until| (until.micros() - now.micros()).saturating_add(spread));
                        Tried::Again { wait, or }
                    }
                }
            }
            500.. if call.is_repeatable() => {
                let until = answer.header("retry-after").and_then(|text| limit::moment(text, now));
                let wait = until.map(|until| until.micros() - now.micros()).filter(|wait| *wait > 0);
                Tried::Again { wait, or: ApiError::Fault { status, tracking } }
            }
            500.. => Tried::Over(ApiError::Unknown { tracking }),
            _ => error::meaning(status, error::read(&answer.body), tracking.as_deref())
                .map_or(Tried::Token, Tried::Over),
        }
    }
}

/// What to do when there was no answer.
fn unanswered(call: &Call<'_>, error: FetchError) -> Tried {
    let was_sent =
        matches!(error, FetchError::Timeout(_) | FetchError::Broken(_) | FetchError::TooLarge { .. });
    match error {
        // No second try mends an address, or a server that cannot prove who it is.
        FetchError::Address(_)
        | FetchError::NotSecure
        | FetchError::Private(_)
        | FetchError::Certificate { .. }
        | FetchError::Redirected { .. } => Tried::Over(ApiError::Unreachable(error)),
        FetchError::TooLarge { .. } if call.is_repeatable() => Tried::Over(ApiError::Unintelligible),
        _ if was_sent && !call.is_repeatable() => Tried::Over(ApiError::Unknown { tracking: None }),
        _ => Tried::Again { wait: None, or: ApiError::Unreachable(error) },
    }
}
