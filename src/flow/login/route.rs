//! Whose an answer is that comes to an address of before: one that many connections may share, as another product had it.
//!
//! # Design
//!
//! Our own addresses name a connection each. Those that identity providers of imported connections post to do not: a
//! product may have had one for all of its customers. So the message itself is asked: the request that it answers says
//! which connection made it ([`Handle::leading_to`](super::pending::Handle::leading_to)), and else its issuer does, if
//! one connection alone has that identity provider at that address.
//!
//! Nothing is verified yet, and nothing needs to be: this only chooses who judges. The connection judges the message as
//! if it had come to its own address, against its own keys, its own audience and the very address that it was imported
//! with. Whoever claims another connection is refused there; whoever claims none, or two, here.
//!
//! Rejected: to try one connection after the other until one accepts. What is meant for one account must never be
//! offered to another.

use gatepost_saml::binding::{Parameter, Wire, form_fields};
use gatepost_saml::response::unverified_route;

use super::pending::Handle;
use crate::base::id::ConnectionId;
use crate::flow::{FlowError, Gateway};
use crate::storage::{connection, service_provider};

/// Where an answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// This connection is to judge it.
    To(ConnectionId),
    /// No connection has that address.
    Nowhere,
    /// No connection at that address has that identity provider, or the message does not say which it is from.
    Unknown,
    /// Several have, and the message does not say which of them it answers.
    Ambiguous,
}

/// Finds the connection that an answer is for that was posted to `path`, which is none of our own.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn route(gateway: &Gateway, path: &str, body: &[u8]) -> Result<Route, FlowError> {
    let mut tx = gateway.storage().read().await?;
    if !service_provider::is_path_of_any(&mut tx, path).await? {
        return Ok(Route::Nowhere);
    }
    let (wire, limits) = (Wire::Form(body), gateway.limits());
    let Some(claimed) = unverified_route(&wire, &limits) else { return Ok(Route::Unknown) };
    let relay_state = form_fields(body, Parameter::Response, &limits).ok().and_then(|form| form.relay_state);
    let mut asked = [claimed.in_response_to, relay_state].into_iter().flatten();
    let by_request = asked.find_map(|text| Handle::parse(&text)?.leads_to());
    if let Some(id) = by_request
        && connection::is_at_path(&mut tx, path, id).await?
    {
        return Ok(Route::To(id));
    }
    let Some(issuer) = claimed.issuer else { return Ok(Route::Unknown) };
    Ok(match connection::list_at_path_of_any(&mut tx, path, &issuer).await?.as_slice() {
        [] => Route::Unknown,
        [id] => Route::To(*id),
        _ => Route::Ambiguous,
    })
}
