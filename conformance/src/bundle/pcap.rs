//! Datagrams as a packet capture: the classic pcap format with bare IP packets (link type 101).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use etherparse::PacketBuilder;

use crate::oracle::{self, Decoded};
use crate::verdict::{Direction, LoggedDatagram};

const MAGIC: u32 = 0xa1b2_c3d4;
const LINK_TYPE_RAW: u32 = 101;
/// The largest packet that IP can have.
const SNAP_LENGTH: u32 = 65_535;
const TIME_TO_LIVE: u8 = 64;

/// Where the suite stands in a capture of an exchange without addresses.
const SUITE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9001);
/// Where the implementation stands, where none of its datagrams says it.
const IUT_PORT: u16 = 9000;

/// The capture. Times are `began_ms` (Unix time, milliseconds) and what the suite's clock read; the implementation has the address that its own record
/// names. What is larger than a UDP payload can be is left out.
pub fn pcap(datagrams: &[LoggedDatagram], began_ms: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let mut header = |words: &[u32]| {
        for word in words {
            file.extend_from_slice(&word.to_le_bytes());
        }
    };
    // Version 2.4, then time zone and accuracy, which are always 0.
    header(&[MAGIC, 2 | (4 << 16), 0, 0, SNAP_LENGTH, LINK_TYPE_RAW]);
    let iut = address_of_iut(datagrams);
    for logged in datagrams {
        let peer = logged.peer.unwrap_or(SUITE);
        let iut = same_family(iut, peer);
        let (from, to) = match logged.direction {
            Direction::Sent => (iut, peer),
            Direction::Received => (peer, iut),
        };
        let Some(packet) = packet(from, to, &logged.bytes) else {
            continue;
        };
        let at = began_ms.saturating_add(logged.at_ms);
        let length = u32::try_from(packet.len()).unwrap_or(SNAP_LENGTH);
        let seconds = u32::try_from(at / 1_000).unwrap_or(u32::MAX);
        let micros = u32::try_from(at % 1_000).unwrap_or(0) * 1_000;
        for word in [seconds, micros, length, length] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&packet);
    }
    file
}

fn packet(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Option<Vec<u8>> {
    let builder = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            PacketBuilder::ipv4(from.octets(), to.octets(), TIME_TO_LIVE)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            PacketBuilder::ipv6(from.octets(), to.octets(), TIME_TO_LIVE)
        }
        _ => return None,
    }
    .udp(from.port(), to.port());
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).ok()?;
    Some(packet)
}

/// The address in the implementation's own record, from the first datagram of its that carries it.
fn address_of_iut(datagrams: &[LoggedDatagram]) -> SocketAddr {
    let own = |logged: &LoggedDatagram| -> Option<SocketAddr> {
        let Decoded::Accepted { message, .. } = oracle::decode(&logged.bytes) else {
            return None;
        };
        let record = &message["data"]["membership"][message["senderId"].as_str()?];
        let host: IpAddr = record["host"].as_str()?.parse().ok()?;
        let port = record["port"]
            .as_u64()
            .and_then(|p| u16::try_from(p).ok())?;
        Some(SocketAddr::new(host, port))
    };
    datagrams
        .iter()
        .filter(|logged| logged.direction == Direction::Sent)
        .find_map(own)
        .unwrap_or(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), IUT_PORT))
}

/// A packet has two addresses of one family.
fn same_family(iut: SocketAddr, peer: SocketAddr) -> SocketAddr {
    if iut.is_ipv4() == peer.is_ipv4() {
        return iut;
    }
    let host: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(host, iut.port())
}
