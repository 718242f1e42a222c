//! Which addresses are public. Everything with a purpose of its own in the registries of special
//! addresses (RFC 6890, RFC 8190) is not, nor is what only wraps such an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::Host;

use crate::base::hosts::is_loopback_host;

/// Which addresses may be called: public ones, and those that are named.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    named: Vec<IpNet>,
}

impl Reach {
    /// Public addresses and `named`.
    pub const fn with(named: Vec<IpNet>) -> Self {
        Self { named }
    }

    /// Whether `address` may be called.
    pub fn permits(&self, address: IpAddr) -> bool {
        // A v4 address in v6 clothes is the v4 address, for both lists.
        let address = address.to_canonical();
        is_public(address) || self.named.iter().any(|net| net.contains(&address))
    }

    /// Whether a host can ever be reached, as far as can be said without resolving its name.
    pub fn may_reach(&self, host: &Host<&str>) -> bool {
        match host {
            Host::Ipv4(address) => self.permits((*address).into()),
            Host::Ipv6(address) => self.permits((*address).into()),
            Host::Domain(name) => self.may_resolve(name.trim_end_matches('.')),
        }
    }

    /// `localhost` is this machine (RFC 6761 6.3). So are the names below it, except where somebody
    /// gave them to machines of a network of their own.
    fn may_resolve(&self, name: &str) -> bool {
        let home = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        match is_loopback_host(name) {
            false => true,
            true if name == "localhost" => home.into_iter().any(|address| self.permits(address)),
            true => !self.named.is_empty(),
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const SPECIAL_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // shared by carriers
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, and the metadata services of clouds
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 31, 196, 0, 24), // AS112
    v4(192, 52, 193, 0, 24), // AMT
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(192, 168, 0, 0, 16),  // private
    v4(192, 175, 48, 0, 24), // AS112
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, and broadcast
];

/// Only `2000::/3` is global unicast; the rest of the space is not routed, or wraps v4.
const GLOBAL_V6: Ipv6Net = v6(0x2000_0000_0000_0000_0000_0000_0000_0000, 3);
/// NAT64's well-known prefix (RFC 6052), outside of it, wraps a v4 address in its last 32 bits.
const NAT64: Ipv6Net = v6(0x0064_ff9b_0000_0000_0000_0000_0000_0000, 96);
/// 6to4 (RFC 3056) wraps one after its first 16 bits.
const SIX_TO_FOUR: Ipv6Net = v6(0x2002_0000_0000_0000_0000_0000_0000_0000, 16);
const SPECIAL_V6: &[Ipv6Net] = &[
    v6(0x2001_0000_0000_0000_0000_0000_0000_0000, 23), // protocol assignments, Teredo and ORCHID among them
    v6(0x2001_0db8_0000_0000_0000_0000_0000_0000, 32), // documentation
    v6(0x2620_004f_8000_0000_0000_0000_0000_0000, 48), // AS112
    v6(0x3fff_0000_0000_0000_0000_0000_0000_0000, 20), // documentation
];

const fn v6(bits: u128, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), prefix)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|net| net.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if NAT64.contains(&address) {
        return wrapped(address, 12).is_some_and(is_public_v4);
    }
    if SIX_TO_FOUR.contains(&address) {
        return wrapped(address, 2).is_some_and(is_public_v4);
    }
    GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address))
}

/// The v4 address in the four bytes from `at` on.
fn wrapped(address: Ipv6Addr, at: usize) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let four: [u8; 4] = octets.get(at..at + 4)?.try_into().ok()?;
    Some(four.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(reach: &Reach, address: &str) -> bool {
        reach.permits(address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_called() {
        let reach = Reach::default();
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.1",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "64:ff9b::101:101",
            "2002:101:101::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(permits(&reach, public), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!permits(&reach, other), "{other}");
        }
    }

    #[test]
    fn what_is_named_is_called_in_every_spelling_and_nothing_else() {
        let reach = Reach::with(vec!["127.0.0.1/32".parse().unwrap()]);
        assert!(permits(&reach, "127.0.0.1"));
        assert!(permits(&reach, "::ffff:127.0.0.1"));
        assert!(!permits(&reach, "127.0.0.2"));
        assert!(!permits(&reach, "::1"));
    }

    #[test]
    fn a_host_is_out_of_reach_when_its_name_says_so() {
        let reaches = |reach: &Reach, host: &str| {
            let url = url::Url::parse(&format!("https://{host}/")).unwrap();
            reach.may_reach(&url.host().unwrap())
        };
        let nobody = Reach::default();
        for public in [
            "app.example.com",
            "1.1.1.1",
            "[2606:4700:4700::1111]",
            "localhost.com",
        ] {
            assert!(reaches(&nobody, public), "{public}");
        }
        for private in [
            "10.1.2.3",
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "169.254.169.254",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "[fe80::1]",
            "localhost",
            "LOCALHOST.",
            "app.localhost",
        ] {
            assert!(!reaches(&nobody, private), "{private}");
        }
        let home = Reach::with(vec!["::1/128".parse().unwrap()]);
        assert!(reaches(&home, "localhost"));
        assert!(!reaches(&home, "127.0.0.1"));
        let network = Reach::with(vec!["172.16.0.0/12".parse().unwrap()]);
        assert!(!reaches(&network, "localhost"));
        assert!(
            reaches(&network, "app.localhost"),
            "as containers name each other"
        );
    }
}
