//! Which addresses a connection may go to. A registry is named by whoever writes an image, and itself names hosts in
//! redirects and challenges: neither may turn the client against the network it stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address lies, as seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The Internet.
    Public,
    /// A network of its own: RFC 1918, RFC 6598, unique local addresses and the like.
    Private,
    /// This machine.
    Loopback,
    /// Link-local, metadata services of clouds, multicast, and what is no address of a host. Never connected to.
    Forbidden,
}

/// What leads to an address, and so how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// An operator, in the settings.
    Settings,
    /// An image reference.
    Reference,
    /// A registry at this place, in a redirect or a challenge; an unknown place counts as the Internet.
    Registry(Place),
}

impl Named {
    /// Whether a connection may go there; else why not.
    pub(crate) fn check(self, address: IpAddr) -> Result<Place, String> {
        let place = place(address);
        let allowed = match (self, place) {
            (_, Place::Forbidden) => false,
            (_, Place::Public) | (Self::Settings, _) => true,
            (Self::Reference, place) => place == Place::Private,
            (Self::Registry(home), place) => home == place,
        };
        if allowed {
            return Ok(place);
        }
        let kind = match place {
            Place::Forbidden => "a link-local, metadata or unusable",
            Place::Loopback => "a loopback",
            Place::Private | Place::Public => "a private",
        };
        Err(match (self, place) {
            (_, Place::Forbidden) | (Self::Settings, _) => format!("{address} is {kind} address"),
            (Self::Reference, _) => format!("{address} is {kind} address and the registry is not in the settings"),
            (Self::Registry(_), _) => format!("the registry points to {address}, {kind} address"),
        })
    }
}

/// Where the address lies. Forms of IPv6 that carry an IPv4 address lie where that lies.
pub(crate) fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => place_v4(inner),
            None => place_v6(address),
        },
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        // Azure's host agent stands at a public address; Alibaba's and Oracle's metadata in shared ranges.
        [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] | [169, 254, ..] | [0 | 224..=255, ..] => {
            Place::Forbidden
        }
        [127, ..] => Place::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18..=19, ..] => {
            Place::Private
        }
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    let [first, ..] = address.segments();
    match first {
        _ if address == Ipv6Addr::LOCALHOST => Place::Loopback,
        // Metadata of AWS, within its unique local addresses.
        _ if address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254) => Place::Forbidden,
        // Unspecified and the rest of ::/8; link-local; the old site-local range; multicast.
        0..=0xff | 0xfe80..=0xfebf | 0xff00..=0xffff => Place::Forbidden,
        0xfc00..=0xfdff | 0xfec0..=0xfeff => Place::Private,
        _ => Place::Public,
    }
}

/// The IPv4 address within a mapped, compatible, NAT64 (well-known or local prefix) or 6to4 address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // `::1` is loopback and `::` unspecified, not carriers.
        [0, 0, 0, 0, 0, 0, 0, _] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0 | 1, _, _, _, high, low]
        | [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_addresses() {
        for (text, expected) in [
            ("93.184.215.14", Place::Public),
            ("2606:2800:21f:cb07::1", Place::Public),
            ("10.1.2.3", Place::Private),
            ("172.31.0.1", Place::Private),
            ("172.32.0.1", Place::Public),
            ("192.168.1.1", Place::Private),
            ("100.64.0.1", Place::Private),
            ("fd12::1", Place::Private),
            ("127.0.0.1", Place::Loopback),
            ("127.8.8.8", Place::Loopback),
            ("::1", Place::Loopback),
            ("169.254.169.254", Place::Forbidden),
            ("fe80::1", Place::Forbidden),
            ("fd00:ec2::254", Place::Forbidden),
            ("100.100.100.200", Place::Forbidden),
            ("168.63.129.16", Place::Forbidden),
            ("0.0.0.0", Place::Forbidden),
            ("::", Place::Forbidden),
            ("255.255.255.255", Place::Forbidden),
            ("ff02::1", Place::Forbidden),
            ("::ffff:169.254.169.254", Place::Forbidden),
            ("::ffff:127.0.0.1", Place::Loopback),
            ("::127.0.0.1", Place::Loopback),
            ("64:ff9b::a9fe:a9fe", Place::Forbidden),
            ("64:ff9b:1::a9fe:a9fe", Place::Forbidden),
            ("2002:a9fe:a9fe::1", Place::Forbidden),
            ("2002:7f00:1::1", Place::Loopback),
        ] {
            assert_eq!(place(text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn only_settings_lead_to_this_machine() {
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(Named::Settings.check(local).is_ok());
        assert!(Named::Reference.check(local).is_err());
        assert!(Named::Registry(Place::Public).check(local).is_err());
        assert!(Named::Registry(Place::Private).check(local).is_err());
        assert!(Named::Registry(Place::Loopback).check(local).is_ok());
    }

    #[test]
    fn a_private_registry_may_point_into_private_networks_only() {
        let private: IpAddr = "10.0.0.7".parse().unwrap();
        assert!(Named::Reference.check(private).is_ok());
        assert!(Named::Registry(Place::Private).check(private).is_ok());
        assert!(Named::Registry(Place::Public).check(private).is_err());
        assert!(Named::Registry(Place::Loopback).check(private).is_err());
    }

    #[test]
    fn nothing_leads_to_metadata() {
        let metadata: IpAddr = "169.254.169.254".parse().unwrap();
        for named in [Named::Settings, Named::Reference, Named::Registry(Place::Forbidden)] {
            assert!(named.check(metadata).is_err(), "{named:?}");
        }
    }
}
