//! Hosts on the wire are IP address literals (MGP1-MSG-011).

use std::net::{IpAddr, SocketAddr};

/// The address that `text` denotes, with `::ffff:a.b.c.d` counted as `a.b.c.d` (chapter 1).
///
/// `None` for anything that is no literal, and for unspecified, multicast and broadcast addresses: nobody listens there.
pub fn usable_host(text: &str) -> Option<IpAddr> {
    let ip = text.parse::<IpAddr>().ok()?.to_canonical();
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    (!ip.is_unspecified() && !ip.is_multicast() && !broadcast).then_some(ip)
}

/// The one spelling under which two equal addresses are equal: IPv4-mapped counts as IPv4, without scope and flow.
pub fn canonical_address(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
