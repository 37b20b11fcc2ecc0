//! Viewers by the thousand, cheaper than a real one: they read, count, and look at nothing else.
//!
//! Each thread is a runtime of its own with its sockets, its viewers and its histograms; what it
//! measured is collected when it has stopped.

mod crew;
mod desk;
mod endpoints;
mod ledger;
mod quic;
pub(crate) mod splitter;
mod target;
mod websocket;

pub(crate) use crew::{Account, Crew, Pace, Seen};
pub(crate) use endpoints::CONNECTIONS_PER_SOCKET;
pub(crate) use ledger::Sum;
pub(crate) use target::{Target, TcpTarget, Way};

use std::net::Ipv4Addr;

/// One connection to be made.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) way: Way,
    /// What it subscribes to, by place among the target's channels.
    pub(crate) channels: Vec<usize>,
    /// It reads nothing after its Welcome.
    pub(crate) stalled: bool,
    /// Where it leaves from; the system chooses if this is absent.
    pub(crate) source: Option<Ipv4Addr>,
}
