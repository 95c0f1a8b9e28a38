//! Keys: making, showing, changing them.
//!
//! | file | which |
//! |---|---|
//! | [`signing`] | those that sign tokens, the installation's |
//! | [`data`] | those that seal what an account holds |
//! | [`master`] | the one that wraps both |
//! | [`sp`] | those of a connection's service provider |
//!
//! The making of a service provider's key pair is [`super::connection::keys`].

pub mod data;
pub mod master;
pub mod signing;
pub mod sp;
