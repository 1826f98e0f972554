//! Many addresses that are listened at and never answer: invented members, told apart by where a datagram arrives.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;

use super::{Log, Received};
use crate::oracle::{self, Decoded};
use crate::verdict::Direction;

/// Sockets on 127.0.0.1, without threads: what came is taken when it is asked for, and a socket buffer holds far more than a few PINGs.
pub struct Listeners {
    sockets: Vec<(UdpSocket, SocketAddr)>,
    log: Log,
}

impl Listeners {
    /// Binds that many.
    ///
    /// # Errors
    /// What the system says of one more socket.
    pub fn bind(count: usize, log: Log) -> io::Result<Self> {
        let bind = |_| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        };
        Ok(Self {
            sockets: (0..count).map(bind).collect::<io::Result<_>>()?,
            log,
        })
    }

    /// Where they listen.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.iter().map(|(_, address)| *address)
    }

    /// What came since it was last asked for: where, and what, in order at each address.
    pub fn take(&self) -> Vec<(SocketAddr, Received)> {
        let mut all = Vec::new();
        let mut buffer = vec![0; 65_536];
        for (socket, address) in &self.sockets {
            // An error is an empty buffer.
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let bytes = buffer[..length].to_vec();
                let decoded = oracle::decode(&bytes);
                self.log.write(Direction::Sent, *address, &bytes);
                if let Decoded::Rejected { reason, .. } = decoded {
                    self.log.object(from, &bytes, reason);
                }
                all.push((
                    *address,
                    Received {
                        at: Instant::now(),
                        from,
                        bytes,
                        decoded,
                    },
                ));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Options, Peer};
    use std::collections::BTreeSet;

    #[test]
    fn each_datagram_is_told_with_the_address_that_it_came_to() {
        let listeners = Listeners::bind(3, Log::default()).unwrap();
        let sender = Peer::bind(Options::new("p"), Log::default()).unwrap();
        let addresses: BTreeSet<SocketAddr> = listeners.addresses().collect();
        for address in &addresses {
            sender
                .send(*address, &sender.ping(serde_json::json!({})).0)
                .unwrap();
        }
        let mut seen = BTreeSet::new();
        while seen != addresses {
            for (to, received) in listeners.take() {
                assert_eq!((received.kind(), received.from), ("PING", sender.address()));
                assert!(seen.insert(to), "two at {to}");
            }
        }
        assert!(listeners.take().is_empty());
    }
}
