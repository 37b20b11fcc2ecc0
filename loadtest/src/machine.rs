//! What a run needs of this machine, held against what there is, before anything is started.

use std::net::Ipv4Addr;

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::process::{Process, memory_available, ports_per_address};
use crate::viewers::CONNECTIONS_PER_SOCKET;

/// Files that are open besides connections: sockets of publishers come on top.
const FILES_ASIDE: u64 = 64;
/// What a viewer costs this program at least, kernel included.
const WEBSOCKET_BYTES: u64 = 8 * 1024;
const QUIC_BYTES: u64 = 40 * 1024;
/// Addresses of 127.0.0.0/24 that connections leave from.
const SOURCES_MAX: u64 = 200;
/// Of the ports of an address, so many percent are relied on.
const PORTS_PERCENT: u64 = 75;

/// What a run needs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Need {
    pub(crate) websockets: u64,
    pub(crate) quic: u64,
    pub(crate) publishers: u64,
    pub(crate) loopback: bool,
}

/// What there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) files_max: u64,
    /// Of the server's process, where it is known.
    pub(crate) server_files_max: Option<u64>,
    pub(crate) ports_per_address: u64,
    pub(crate) memory_bytes: Option<u64>,
}

impl Machine {
    /// Looks, after the limit on open files was raised as far as it goes.
    pub(crate) fn look(server: Option<&Process>) -> Self {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        // What could not be raised is what it was; it is read again below.
        let _refused = setrlimit(Resource::Nofile, raised);
        Self {
            files_max: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
            server_files_max: server.and_then(Process::descriptors_max),
            ports_per_address: ports_per_address() * PORTS_PERCENT / 100,
            memory_bytes: memory_available(),
        }
    }

    /// Says what is missing.
    pub(crate) fn check(&self, need: &Need) -> anyhow::Result<()> {
        let Need { websockets, quic, publishers, loopback } = *need;
        let sockets = quic.div_ceil(CONNECTIONS_PER_SOCKET as u64);
        let files = websockets + sockets + publishers + FILES_ASIDE;
        if files > self.files_max {
            let max = self.files_max;
            bail!("this load needs {files} open files, and {max} are allowed: see `ulimit -n`");
        }
        if let Some(max) = self.server_files_max
            && websockets + FILES_ASIDE > max
        {
            let files = websockets + FILES_ASIDE;
            bail!("the server may have {max} files open, and this load makes it need {files}");
        }
        let sources = if loopback { SOURCES_MAX } else { 1 };
        let ports = self.ports_per_address.saturating_mul(sources);
        if websockets > ports {
            bail!("{websockets} connections leave from this machine at most {ports} at a time");
        }
        let bytes = websockets * WEBSOCKET_BYTES + quic * QUIC_BYTES;
        if let Some(available) = self.memory_bytes
            && bytes > available
        {
            let (needed, available) = (bytes >> 20, available >> 20);
            bail!("so many viewers need {needed} MiB at least, and {available} MiB are free");
        }
        Ok(())
    }

    /// Where the connection of this number leaves from: the first address is left to the system.
    pub(crate) fn source(&self, at: u64, loopback: bool) -> Option<Ipv4Addr> {
        let address = at.checked_div(self.ports_per_address)?;
        let last = u8::try_from(address.min(SOURCES_MAX)).ok()?;
        (loopback && last > 0).then(|| Ipv4Addr::new(127, 0, 0, 1 + last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Machine = Machine {
        files_max: 20_000,
        server_files_max: None,
        ports_per_address: 10_000,
        memory_bytes: Some(1 << 30),
    };

    #[test]
    fn what_is_missing_is_named() {
        let websockets = |websockets| Need { websockets, loopback: true, ..Need::default() };
        let quic = |quic| Need { quic, ..Need::default() };
        assert!(MACHINE.check(&websockets(15_000)).is_ok());
        let refused = |machine: &Machine, need| machine.check(&need).unwrap_err().to_string();
        assert!(refused(&MACHINE, websockets(20_000)).contains("ulimit -n"));
        assert!(refused(&MACHINE, quic(1_000_000)).contains("MiB"));
        let server = Machine { server_files_max: Some(1024), ..MACHINE };
        assert!(refused(&server, websockets(1_000)).contains("the server may"));
        let remote = Need { loopback: false, ..websockets(12_000) };
        assert!(refused(&MACHINE, remote).contains("10000 at a time"));
    }

    #[test]
    fn another_address_begins_where_the_ports_of_one_end() {
        assert_eq!(MACHINE.source(9_999, true), None);
        assert_eq!(MACHINE.source(10_000, true), Some(Ipv4Addr::new(127, 0, 0, 2)));
        assert_eq!(MACHINE.source(30_000, true), Some(Ipv4Addr::new(127, 0, 0, 4)));
        assert_eq!(MACHINE.source(30_000, false), None);
    }
}
