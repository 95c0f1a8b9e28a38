//! Names to addresses, with what nobody may send us to left out. The client connects to what comes out of here and looks
//! nothing up again, so a name that changes its mind between a check and the connection (DNS rebinding) gains nothing.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Reach, reach};

/// Whether one may connect to `address`.
#[must_use]
pub fn is_open(address: IpAddr, allows_private: bool) -> bool {
    match reach(address) {
        Reach::Public => true,
        Reach::Private => allows_private,
        Reach::Never => false,
    }
}

/// What looking a name up comes to.
pub type Lookup = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
pub trait Names: Send + Sync {
    /// The addresses of `name`.
    fn look_up(&self, name: &str) -> Lookup;
}

/// The system's own way.
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, name: &str) -> Lookup {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why a name gives no address; travels through the client inside of its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAddress {
    /// It leads where nobody may send us.
    Private,
    /// It is not known.
    Unknown,
}

impl fmt::Display for NoAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Private => "no address that may be connected to",
            Self::Unknown => "no such name",
        })
    }
}

impl std::error::Error for NoAddress {}

/// The resolver of the client.
#[derive(Clone)]
pub struct Guarded {
    pub(super) names: Arc<dyn Names>,
    pub(super) allows_private: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (looked_up, allows_private) = (self.names.look_up(name.as_str()), self.allows_private);
        Box::pin(async move {
            let found = looked_up.await.map_err(|_| NoAddress::Unknown)?;
            if found.is_empty() {
                return Err(NoAddress::Unknown.into());
            }
            let open = found.into_iter().filter(|address| is_open(*address, allows_private));
            // Port 0 stands for the one in the URL.
            let open: Vec<_> = open.map(|address| SocketAddr::new(address, 0)).collect();
            if open.is_empty() {
                return Err(NoAddress::Private.into());
            }
            let open: Addrs = Box::new(open.into_iter());
            Ok(open)
        })
    }
}
