//! Ports for nodes under test.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports for nodes: below the range from which systems choose ports for sockets bound to port 0, as the suite's own peers are.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// A port on that host on which nobody listens right now.
///
/// # Errors
/// One line where there is none.
pub fn free_port(listen: SocketAddr) -> Result<u16, String> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two suites at once begin at different places.
    let start =
        u16::try_from(std::process::id().wrapping_mul(7_919) % u32::from(PORTS)).unwrap_or(0);
    for _ in 0..PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        let port = FIRST_PORT + (start + step) % PORTS;
        if UdpSocket::bind((listen.ip(), port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port on {}", listen.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ports_chosen_in_a_row_differ() {
        let host = SocketAddr::from(([127, 0, 0, 1], 0));
        assert_ne!(free_port(host).unwrap(), free_port(host).unwrap());
    }
}
