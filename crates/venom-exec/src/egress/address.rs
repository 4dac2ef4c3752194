//! What kind of place an address is.
//!
//! A name that is allowed says nothing about where it leads. Only addresses of the open internet
//! may be dialled, and private ones for hosts whose rule says so. Addresses that carry another
//! address inside are refused as a kind: what a translator at the other end makes of them cannot
//! be seen from here.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The kind of place that an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressClass {
    /// The open internet.
    Public,
    /// This machine, by loopback.
    Loopback,
    /// This machine, by an address of one of its interfaces.
    Own,
    /// A private network (RFC 1918).
    Private,
    /// The network between a provider and its customers (RFC 6598).
    CarrierNat,
    /// A private network of IPv6 (RFC 4193).
    UniqueLocal,
    /// The same link only (RFC 3927, RFC 4291).
    LinkLocal,
    /// The service that hands a cloud machine its identity.
    Metadata,
    /// No host, or this network (RFC 1122).
    Unspecified,
    /// Many hosts.
    Multicast,
    /// All hosts of the link.
    Broadcast,
    /// Kept for texts (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Kept for measuring network devices (RFC 2544, RFC 5180).
    Benchmarking,
    /// An IPv4 address in IPv6 spelling.
    Embedded,
    /// An address that a translator or tunnel turns into another one (NAT64, 6to4, Teredo).
    Translated,
    /// Anything that is not handed out to anybody.
    Reserved,
}

impl AddressClass {
    /// Whether a rule that permits private addresses permits this one.
    pub(crate) fn is_permitted(self, private: Private) -> bool {
        match self {
            Self::Public => true,
            Self::Loopback | Self::Own | Self::Private | Self::CarrierNat | Self::UniqueLocal => {
                private == Private::Permitted
            }
            Self::LinkLocal
            | Self::Metadata
            | Self::Unspecified
            | Self::Multicast
            | Self::Broadcast
            | Self::Documentation
            | Self::Benchmarking
            | Self::Embedded
            | Self::Translated
            | Self::Reserved => false,
        }
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Own => "this machine's own",
            Self::Private => "private",
            Self::CarrierNat => "carrier-internal",
            Self::UniqueLocal => "private (unique local)",
            Self::LinkLocal => "link-local",
            Self::Metadata => "a cloud metadata service",
            Self::Unspecified => "unspecified",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "for documentation only",
            Self::Benchmarking => "for benchmarking only",
            Self::Embedded => "an IPv4 address in IPv6 spelling",
            Self::Translated => "a translated address",
            Self::Reserved => "reserved",
        })
    }
}

/// Whether a rule permits addresses of private networks and of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Private {
    /// Only the open internet.
    #[default]
    Refused,
    /// Private networks, and this machine, too.
    Permitted,
}

/// Says what kind of place an address is, from the address alone.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

/// Like [`classify`], and also knows this machine's own addresses.
///
/// The kernel answers for each address, so that an interface which comes up later is seen: a
/// datagram socket pointed at one of the machine's addresses gets that address as its own. No
/// packet is sent. Addresses that a router in front of this machine maps to it stay unknown.
pub(crate) fn classify_here(address: IpAddr) -> io::Result<AddressClass> {
    match classify(address) {
        AddressClass::Public if is_own(address)? => Ok(AddressClass::Own),
        class => Ok(class),
    }
}

fn is_own(address: IpAddr) -> io::Result<bool> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // The port is that of the discard service; any would do.
    let probe = UdpSocket::bind(SocketAddr::new(any, 0))
        .and_then(|socket| socket.connect((address, 9)).map(|()| socket))
        .and_then(|socket| socket.local_addr());
    match probe {
        Ok(local) => Ok(local.ip() == address),
        // Without a way to an address it is not this machine's.
        Err(error) if is_no_route(error.kind()) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_no_route(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::Unsupported
    )
}

/// The registry of special addresses (RFC 6890), and the metadata services that use public ones.
fn classify_v4(address: Ipv4Addr) -> AddressClass {
    match address.octets() {
        // Amazon, Google, Azure and most others; task and pod credentials of Amazon.
        [169, 254, 169, 254 | 253 | 123] | [169, 254, 170, 2 | 23] => AddressClass::Metadata,
        // Alibaba, Azure, Oracle.
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => AddressClass::Metadata,
        [0, ..] => AddressClass::Unspecified,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [100, 64..=127, ..] => AddressClass::CarrierNat,
        [127, ..] => AddressClass::Loopback,
        [169, 254, ..] => AddressClass::LinkLocal,
        [192, 0, 0, _] => AddressClass::Reserved,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Documentation,
        [192, 88, 99, _] => AddressClass::Translated,
        [198, 18..=19, ..] => AddressClass::Benchmarking,
        [224..=239, ..] => AddressClass::Multicast,
        [255, 255, 255, 255] => AddressClass::Broadcast,
        [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

/// The same registry for IPv6. Only `2000::/3` is handed out to anybody at all.
fn classify_v6(address: Ipv6Addr) -> AddressClass {
    match address.segments() {
        // Amazon (machines, pods) and Google.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254 | 0x0023]
        | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => AddressClass::Metadata,
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // Mapped, compatible, and translated between stateless translators.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => AddressClass::Embedded,
        [0x0064, 0xff9b, 0, 0, 0, 0, ..] | [0x0064, 0xff9b, 1, ..] => AddressClass::Translated,
        // Teredo and 6to4.
        [0x2001, 0, ..] | [0x2002, ..] => AddressClass::Translated,
        [0x2001, 2, 0, ..] => AddressClass::Benchmarking,
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => AddressClass::Documentation,
        // The rest of the block for protocols: identifiers that are no places.
        [0x2001, 0..=0x01ff, ..] => AddressClass::Reserved,
        [0xfc00..=0xfdff, ..] => AddressClass::UniqueLocal,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

#[cfg(test)]
mod tests;
