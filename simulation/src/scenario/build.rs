//! From a scenario to a world.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Scenario;
use crate::network::{Address, HostId, Network};
use crate::world::{Boot, Host, HostSpec, Options, World};

const PORT: u16 = 9_000;

/// Where the host of this number listens at the start: 10.0.0.1, 10.0.0.2 and so on, port 9000.
pub(super) fn address(host: HostId) -> Address {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0x0A00_0001 + host.0)), PORT)
}

/// Where it listens after the fault of this number moved it: the same host address, another port.
pub(super) fn moved_address(host: HostId, fault: usize) -> Address {
    SocketAddr::new(address(host).ip(), PORT + 1 + (fault % 10_000) as u16)
}

impl Scenario {
    /// The hosts as they are placed.
    pub fn hosts(&self) -> Vec<HostSpec> {
        let hosts = self.nodes.iter().enumerate().map(|(index, node)| {
            let id = HostId(index as u32);
            HostSpec {
                name: node.name.clone().unwrap_or_else(|| id.to_string()),
                implementation: node.implementation.clone(),
                address: node.address.unwrap_or_else(|| address(id)),
                clock: node.clock,
                start_at: node.start_at,
            }
        });
        hosts.collect()
    }

    /// The network without its faults.
    pub fn network(&self) -> Network {
        let mut network = Network::new(self.seed, self.link.clone());
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(class) = node.class {
                network.set_access(HostId(index as u32), class.access());
            }
        }
        for (from, to, link) in &self.pairs {
            network.set_pair(*from, *to, link.clone());
        }
        network
    }

    /// The world of this scenario, with all its faults and writes still to come. `make` makes the programs, by
    /// [`HostSpec::implementation`]; see [`World::new`]. Run it until [`duration`](Scenario::duration).
    pub fn world<H, F>(&self, keep_trace: bool, make: F) -> World<H, F>
    where
        H: Host,
        F: FnMut(Boot<'_>, Option<H>) -> Result<H, H::Error>,
    {
        let options = Options {
            seed: self.seed,
            epoch: self.epoch,
            interval: self.interval,
            keep_trace,
            ..Options::default()
        };
        let mut world = World::new(options, self.hosts(), self.network(), make);
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(outages) = node.class.and_then(|class| class.outages()) {
                world.set_outages(HostId(index as u32), outages);
            }
        }
        for (at, fault) in &self.faults {
            world.schedule(*at, fault.clone());
        }
        for write in &self.writes {
            match write.value.clone() {
                Some(value) => world.schedule_write(write.at, write.node, &write.key, value),
                None => world.schedule_delete(write.at, write.node, &write.key),
            }
        }
        world
    }
}
