//! The UDP sockets that connections leave from: one carries thousands of them.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// The UDP sockets of a client, shared by its clones; opened when they are first needed, on the
/// runtime that runs then.
#[derive(Clone, Debug, Default)]
pub struct Endpoint(Arc<Mutex<Sockets>>);

#[derive(Debug, Default)]
struct Sockets {
    v4: Option<quinn::Endpoint>,
    v6: Option<quinn::Endpoint>,
}

impl Endpoint {
    /// Sockets of its own, with addresses and ports that the system chooses.
    pub fn new() -> Self {
        Self::default()
    }

    /// An endpoint that was made elsewhere, for instance with larger socket buffers.
    pub fn shared(endpoint: quinn::Endpoint) -> Self {
        let sockets = Sockets { v4: Some(endpoint.clone()), v6: Some(endpoint) };
        Self(Arc::new(Mutex::new(sockets)))
    }

    /// The socket that can reach this address.
    pub(crate) fn towards(&self, address: SocketAddr) -> io::Result<quinn::Endpoint> {
        let mut sockets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (socket, any) = match address {
            SocketAddr::V4(_) => (&mut sockets.v4, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            SocketAddr::V6(_) => (&mut sockets.v6, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))),
        };
        if let Some(endpoint) = socket {
            return Ok(endpoint.clone());
        }
        let endpoint = quinn::Endpoint::client(any)?;
        Ok(socket.insert(endpoint).clone())
    }
}
