//! Keys: making, showing, changing them.
//!
//! | file | which |
//! |---|---|
//! | [`signing`] | those that sign tokens, the installation's |
//!
//! The making of a service provider's key pair is [`super::connection::keys`].

pub mod signing;
