//! Sockets of unusual kinds, and what the network's settings give away. Nothing is sent.

use std::ffi::c_int;
use std::fs;
use std::net::{SocketAddr, UdpSocket};

use crate::os::{self, call};
use crate::probe::{Group, Outcome, Probe, Scene, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Network, id, tries, run)
}

/// Families that no program of an agent needs, by number and protocol, with a name for the report.
const RARE: &[(c_int, c_int, c_int, &str)] = &[
    (libc::AF_KEY, libc::SOCK_RAW, 2, "key"),
    (libc::AF_BLUETOOTH, libc::SOCK_RAW, 1, "bluetooth"),
    (libc::AF_CAN, libc::SOCK_RAW, 1, "can"),
    (libc::AF_TIPC, libc::SOCK_SEQPACKET, 0, "tipc"),
    (libc::AF_RDS, libc::SOCK_SEQPACKET, 0, "rds"),
    (libc::AF_XDP, libc::SOCK_RAW, 0, "xdp"),
    (libc::AF_PPPOX, libc::SOCK_STREAM, 0, "pppox"),
    (libc::AF_NFC, libc::SOCK_SEQPACKET, 0, "nfc"),
    (libc::AF_INET, libc::SOCK_SEQPACKET, 132, "sctp"),
    (libc::AF_INET, libc::SOCK_DCCP, 33, "dccp"),
];

pub(super) const PROBES: &[Probe] = &[
    probe("raw_socket", "make packets by hand", |_| {
        socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)
    }),
    probe("raw_socket_v6", "make packets of IPv6 by hand", |_| {
        socket(libc::AF_INET6, libc::SOCK_RAW, libc::IPPROTO_ICMPV6)
    }),
    probe("ping_socket", "make a socket for echo requests", |_| {
        socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_ICMP)
    }),
    probe("packet_socket", "read every packet of an interface", |_| {
        socket(libc::AF_PACKET, libc::SOCK_RAW, 0)
    }),
    probe(
        "packet_socket_cooked",
        "read every packet without its frame",
        |_| socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0),
    ),
    probe("vsock", "make a socket to the hypervisor", |_| {
        socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0)
    }),
    probe(
        "vsock_datagram",
        "make a datagram socket to the hypervisor",
        |_| socket(libc::AF_VSOCK, libc::SOCK_DGRAM, 0),
    ),
    probe(
        "crypto_socket",
        "make a socket to the kernel's ciphers",
        |_| socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0),
    ),
    probe("rare_families", "make a socket of a rare family", |_| {
        for &(family, kind, protocol, name) in RARE {
            if call!(
                libc::SYS_socket,
                family,
                kind | libc::SOCK_CLOEXEC,
                protocol
            )
            .is_ok()
            {
                return Ok(format!("{name} was given"));
            }
        }
        held("none was given")
    }),
    probe("netlink_audit", "talk to the kernel's audit", |_| {
        netlink(9)
    }),
    probe(
        "netlink_sockets",
        "talk to the list of the machine's sockets",
        |_| netlink(4),
    ),
    probe("netlink_filter", "talk to the packet filter", |_| {
        netlink(12)
    }),
    probe("netlink_tunnels", "talk to the encrypted tunnels", |_| {
        netlink(6)
    }),
    probe("netlink_generic", "talk to the kernel's families", |_| {
        netlink(16)
    }),
    probe(
        "netlink_processes",
        "hear of every process of the machine",
        |_| netlink(11),
    ),
    probe(
        "interfaces_seen",
        "see the host's network interfaces",
        |_| {
            let table = fs::read_to_string("/proc/net/dev")?;
            for line in table.lines().skip(2) {
                let name = line.split(':').next().unwrap_or_default().trim();
                // Interfaces that every network namespace has.
                let is_own = matches!(
                    name,
                    "lo" | "sit0" | "ip6tnl0" | "tunl0" | "erspan0" | "ip_vti0"
                ) || name.starts_with("gre")
                    || name.starts_with("ip6");
                if !is_own {
                    return Ok(format!("{name} is there"));
                }
            }
            held("only its own")
        },
    ),
    probe(
        "sockets_seen",
        "see the host's listening sockets",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            let table = fs::read_to_string("/proc/net/tcp")?;
            if table.contains(&format!(":{port:04X} 00000000:0000 0A")) {
                return Ok("the driver's listener is listed".to_owned());
            }
            held("the driver's listener is not listed")
        },
    ),
    probe(
        "interface_set",
        "set an interface's flags to what they are",
        |_| {
            let socket =
                os::descriptor(call!(libc::SYS_socket, libc::AF_INET, libc::SOCK_DGRAM, 0)?)?;
            let mut request = [0_u8; 40];
            request[..2].copy_from_slice(b"lo");
            call!(libc::SYS_ioctl, socket, libc::SIOCGIFFLAGS, &mut request)?;
            call!(libc::SYS_ioctl, socket, libc::SIOCSIFFLAGS, &mut request)?;
            Ok("set".to_owned())
        },
    ),
    probe(
        "packet_mark",
        "mark packets, which routes them past a firewall",
        |_| {
            let socket = call!(libc::SYS_socket, libc::AF_INET, libc::SOCK_DGRAM, 0)?;
            let mark = 1_i32.to_ne_bytes();
            let (level, name) = (libc::SOL_SOCKET, libc::SO_MARK);
            call!(libc::SYS_setsockopt, socket, level, name, &mark, 4)?;
            Ok("marked".to_owned())
        },
    ),
    probe(
        "foreign_source",
        "send with an address that is not ours",
        |_| {
            let socket = call!(libc::SYS_socket, libc::AF_INET, libc::SOCK_DGRAM, 0)?;
            let on = 1_i32.to_ne_bytes();
            let (level, name) = (libc::SOL_IP, libc::IP_TRANSPARENT);
            call!(libc::SYS_setsockopt, socket, level, name, &on, 4)?;
            Ok("allowed".to_owned())
        },
    ),
    probe("low_port", "listen on a port of the system", |_| {
        for port in [1, 7, 9, 11, 13] {
            match std::net::TcpListener::bind(("127.0.0.1", port)) {
                Ok(_) => return Ok(format!("listening on {port}")),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error.into()),
            }
        }
        held("all of them are in use")
    }),
    probe(
        "metadata_route",
        "have a route to a cloud's metadata",
        |_| route([169, 254, 169, 254].into()),
    ),
    probe("internet_route", "have a route to the internet", |_| {
        // An address that documents may use and that nobody has, RFC 5737.
        route([192, 0, 2, 1].into())
    }),
];

fn socket(family: c_int, kind: c_int, protocol: c_int) -> Outcome {
    call!(
        libc::SYS_socket,
        family,
        kind | libc::SOCK_CLOEXEC,
        protocol
    )?;
    Ok("made".to_owned())
}

fn netlink(protocol: c_int) -> Outcome {
    socket(libc::AF_NETLINK, libc::SOCK_RAW, protocol)
}

/// Connects a datagram socket, which looks the route up and sends nothing.
fn route(address: std::net::IpAddr) -> Outcome {
    let socket = UdpSocket::bind(("0.0.0.0", 0))?;
    socket.connect(SocketAddr::new(address, 80))?;
    Ok("there is a route".to_owned())
}
