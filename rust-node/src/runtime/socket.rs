//! The UDP socket of a node.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Receive buffer asked of the system: some 700 datagrams of 1,400 bytes.
const RECEIVE_BUFFER: usize = 1 << 20;

/// Binds a socket that nobody shares: neither SO_REUSEADDR nor SO_REUSEPORT, so that a taken port is an error.
pub(super) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // The system may grant less; the protocol works with any size.
    if let Err(why) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(%why, "the receive buffer keeps its default size");
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// The spelling of an address that a socket of this family takes: IPv6 sockets reach IPv4 by mapped addresses.
pub(super) fn reachable(to: SocketAddr, from_ipv6: bool) -> SocketAddr {
    match to {
        SocketAddr::V4(v4) if from_ipv6 => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
        _ => to,
    }
}
