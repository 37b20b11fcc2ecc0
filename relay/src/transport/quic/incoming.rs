//! A client that has sent its first packet and waits for an answer: accepted, refused, or asked to
//! show that its address is its own.

use std::sync::Arc;
use std::time::Instant;

use super::conn::Conn;
use super::port::Port;

/// A client that wants to connect.
#[must_use = "the endpoint keeps what belongs to it until it is answered"]
pub(crate) struct Incoming {
    port: Arc<Port>,
    incoming: quinn_proto::Incoming,
}

impl Incoming {
    pub(super) fn new(port: Arc<Port>, incoming: quinn_proto::Incoming) -> Self {
        Self { port, incoming }
    }

    pub(crate) fn may_retry(&self) -> bool {
        self.incoming.may_retry()
    }

    /// Begins the handshake. `None`: the first packet was not good enough.
    pub(crate) fn accept(self) -> Option<Arc<Conn>> {
        let Self { port, incoming } = self;
        let mut answer = Vec::new();
        let conn = {
            let mut table = port.table();
            match table.endpoint.accept(incoming, Instant::now(), &mut answer, None) {
                Ok((handle, proto)) => {
                    let conn = Conn::new(&port, handle, proto);
                    table.seat(handle, &conn);
                    conn
                }
                Err(refused) => {
                    drop(table);
                    if let Some(transmit) = refused.response {
                        port.send(&transmit, &answer);
                    }
                    return None;
                }
            }
        };
        // The answer to the first packet.
        drop(conn.hold());
        Some(conn)
    }

    /// The client is told to go.
    pub(crate) fn refuse(self) {
        let mut answer = Vec::new();
        let transmit = self.port.table().endpoint.refuse(self.incoming, &mut answer);
        self.port.send(&transmit, &answer);
    }

    /// The client has to show first that its address is its own.
    pub(crate) fn retry(self) {
        let mut answer = Vec::new();
        let asked = self.port.table().endpoint.retry(self.incoming, &mut answer);
        match asked {
            Ok(transmit) => {
                self.port.send(&transmit, &answer);
            }
            Err(shown_already) => {
                self.port.table().endpoint.ignore(shown_already.into_incoming());
            }
        }
    }
}
