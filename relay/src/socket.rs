//! The UDP socket, with buffers that hold a burst.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

/// What a burst of acknowledgements of thousands of viewers needs.
const BUFFER_LEN: usize = 4 * 1024 * 1024;

/// A socket, and the receive buffer that the kernel granted it.
pub(crate) fn udp(address: SocketAddr) -> io::Result<(UdpSocket, usize)> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // Less than this is only less good; what was granted is looked at below.
    let _less = socket.set_recv_buffer_size(BUFFER_LEN);
    let _less = socket.set_send_buffer_size(BUFFER_LEN);
    socket.bind(&address.into())?;
    // Linux reports twice what it grants.
    let granted = socket.recv_buffer_size()? / if cfg!(target_os = "linux") { 2 } else { 1 };
    if granted < BUFFER_LEN {
        tracing::warn!(
            granted_bytes = granted,
            wanted_bytes = BUFFER_LEN,
            "the UDP receive buffer is short, bursts may be lost: raise net.core.rmem_max"
        );
    }
    Ok((socket.into(), granted))
}
