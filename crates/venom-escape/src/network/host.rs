//! Ways to the driver's servers on the host. Each message names the probe; the host says what it
//! heard, so that a server of the sandbox's own is not taken for one.

use std::ffi::c_int;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as LocalAddress, UnixDatagram, UnixStream};
use std::time::{Duration, Instant};

use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Place, Probe, Scene, Stop, absent, held};

const LIMIT: Duration = Duration::from_secs(3);

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Network, id, tries, run).seen_by_host(Effect::Heard)
}

pub(super) const PROBES: &[Probe] = &[
    probe(
        "host_tcp",
        "reach a server on the host's loopback",
        |scene| tcp(scene, [127, 0, 0, 1].into(), "tcp_port"),
    ),
    probe(
        "host_tcp_v6",
        "reach a server on the host's loopback of IPv6",
        |scene| tcp(scene, Ipv6Addr::LOCALHOST.into(), "tcp_port_v6"),
    ),
    probe(
        "host_tcp_mapped",
        "reach it by an IPv4 address written as IPv6",
        |scene| {
            let mapped: Ipv6Addr = [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1].into();
            tcp(scene, mapped.into(), "tcp_port")
        },
    ),
    probe(
        "host_tcp_zero",
        "reach it by the address of all zeros",
        |scene| tcp(scene, [0, 0, 0, 0].into(), "tcp_port"),
    ),
    probe(
        "host_tcp_loopback_range",
        "reach it by another address of the loopback",
        |scene| tcp(scene, [127, 1, 2, 3].into(), "tcp_port_all"),
    ),
    probe(
        "host_tcp_address",
        "reach a server by the host's own address",
        |scene| {
            let address: IpAddr = scene
                .facts
                .text("host_address")?
                .parse()
                .map_err(std::io::Error::other)?;
            tcp(scene, address, "tcp_port_all")
        },
    ),
    probe(
        "host_tcp_fast_open",
        "send with the first packet, without a connect",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
            let socket = call!(libc::SYS_socket, libc::AF_INET, kind, 0)?;
            let (address, data) = (loopback(port), message(scene)?);
            let flags = libc::MSG_FASTOPEN;
            call!(
                libc::SYS_sendto,
                socket,
                &data,
                data.len(),
                flags,
                &address,
                address.len()
            )?;
            answer_of(os::descriptor(socket)?, scene)
        },
    ),
    probe(
        "host_tcp_multipath",
        "reach it by the protocol of several paths",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
            // IPPROTO_MPTCP.
            let socket = os::descriptor(call!(libc::SYS_socket, libc::AF_INET, kind, 262)?)?;
            let address = loopback(port);
            call!(libc::SYS_connect, socket, &address, address.len())?;
            os::write(socket, &message(scene)?)?;
            answer_of(socket, scene)
        },
    ),
    probe(
        "host_udp",
        "send a datagram to the host's loopback",
        |scene| {
            let port: u16 = scene.facts.number("udp_port")?;
            let socket = UdpSocket::bind(("127.0.0.1", 0))?;
            socket.send_to(&message(scene)?, ("127.0.0.1", port))?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "host_udp_v6",
        "send a datagram to the host's loopback of IPv6",
        |scene| {
            let port: u16 = scene.facts.number("udp_port_v6")?;
            let socket = UdpSocket::bind(("::1", 0))?;
            socket.send_to(&message(scene)?, ("::1", port))?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "host_udp_many",
        "send a datagram by the call for many",
        |scene| {
            let port: u16 = scene.facts.number("udp_port")?;
            let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
            let socket = call!(libc::SYS_socket, libc::AF_INET, kind, 0)?;
            let (address, data) = (loopback(port), message(scene)?);
            let vector = os::words(&[os::address(&data), data.len() as u64]);
            // struct mmsghdr: a msghdr (name, its length, vector, its count, control, flags) and a length.
            let header = os::words(&[
                os::address(&address),
                address.len() as u64,
                os::address(&vector),
                1,
                0,
                0,
                0,
                0,
            ]);
            let sent = call!(libc::SYS_sendmmsg, socket, &header, 1, 0);
            drop((vector, data, address));
            sent?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "abstract_stream",
        "reach an abstract socket of the host",
        |scene| {
            let name = scene.facts.text("abstract_stream")?;
            let address = LocalAddress::from_abstract_name(name)?;
            stream(UnixStream::connect_addr(&address)?, scene)
        },
    ),
    probe(
        "abstract_datagram",
        "send to an abstract socket of the host",
        |scene| {
            let name = scene.facts.text("abstract_datagram")?;
            let address = LocalAddress::from_abstract_name(name)?;
            UnixDatagram::unbound()?.send_to_addr(&message(scene)?, &address)?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "unix_outside",
        "reach a socket outside by its path",
        |scene| {
            stream(
                UnixStream::connect(scene.facts.text("unix_stream")?)?,
                scene,
            )
        },
    ),
    probe(
        "unix_datagram_outside",
        "send to a socket outside by its path",
        |scene| {
            let path = scene.facts.text("unix_datagram")?;
            UnixDatagram::unbound()?.send_to(&message(scene)?, path)?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "unix_workspace",
        "reach a socket that the host left in the workspace",
        |scene| {
            // Relative, because such a path may have 108 bytes at most.
            std::env::set_current_dir(scene.workspace(""))?;
            stream(UnixStream::connect("agent.sock")?, scene)
        },
    ),
    probe(
        "unix_through_proc",
        "reach a socket through the root of a process of the host",
        |scene| {
            let driver: c_int = scene.facts.number("driver_pid")?;
            let path = format!("/proc/{driver}/root{}", scene.facts.text("unix_stream")?);
            stream(UnixStream::connect(path)?, scene)
        },
    ),
    probe(
        "unix_inherited",
        "use a connected socket that the launcher's parent left open",
        |scene| {
            let fd: c_int = scene.facts.number("leaked_socket")?;
            os::write(fd, &message(scene)?)?;
            Ok("sent".to_owned())
        },
    ),
    probe(
        "agent_variable",
        "reach the key agent that a variable names",
        |scene| {
            let Some(path) = crate::environment::variable("SSH_AUTH_SOCK") else {
                return held("no variable names one");
            };
            stream(UnixStream::connect(path)?, scene)
        },
    ),
    probe(
        "docker_socket",
        "reach the engine that runs containers",
        |scene| {
            let path = scene.facts.text("engine_socket")?;
            // Connected and closed again; nothing is asked.
            UnixStream::connect(path)?;
            Ok("connected".to_owned())
        },
    )
    .judged_by_probe(),
    probe(
        "proxy_loopback",
        "ask the sandbox's own proxy for the host's loopback",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            by_proxy(scene, &format!("127.0.0.1:{port}"))
        },
    ),
    probe(
        "proxy_loopback_name",
        "ask the sandbox's own proxy for a name of the loopback",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            by_proxy(scene, &format!("localhost:{port}"))
        },
    ),
    probe(
        "proxy_loopback_decimal",
        "ask the sandbox's own proxy for an address in one number",
        |scene| {
            let port: u16 = scene.facts.number("tcp_port")?;
            by_proxy(scene, &format!("2130706433:{port}"))
        },
    ),
    Probe::new(
        Group::Network,
        "listen_reached",
        "be reached by the host on its loopback",
        |scene| {
            let port: u16 = scene.facts.number("listen_port")?;
            let listener = TcpListener::bind(("127.0.0.1", port))?;
            listener.set_nonblocking(true)?;
            let deadline = Instant::now() + LIMIT;
            while Instant::now() < deadline {
                if let Ok((mut stream, _)) = listener.accept() {
                    stream.write_all(&message(scene)?)?;
                    return Ok("the host came".to_owned());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            held("nobody came")
        },
    )
    .seen_by_host(Effect::Reached)
    .at(Place::Alone),
];

/// What a server on the host hears.
fn message(scene: &Scene<'_>) -> Result<Vec<u8>, Stop> {
    Ok(format!("{} {}\n", scene.facts.text("nonce")?, scene.id).into_bytes())
}

fn tcp(scene: &Scene<'_>, address: IpAddr, port: &str) -> Outcome {
    let port: u16 = scene.facts.number(port)?;
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(&message(scene)?)?;
    let mut banner = [0; 256];
    let got = stream.read(&mut banner)?;
    scene.expect_token(banner.get(..got).unwrap_or_default())
}

fn stream(mut stream: UnixStream, scene: &Scene<'_>) -> Outcome {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(&message(scene)?)?;
    let mut banner = [0; 256];
    let got = stream.read(&mut banner)?;
    scene.expect_token(banner.get(..got).unwrap_or_default())
}

/// `struct sockaddr_in` for the loopback.
fn loopback(port: u16) -> Vec<u8> {
    let mut address = vec![0; 16];
    address[..2].copy_from_slice(&2_u16.to_ne_bytes());
    address[2..4].copy_from_slice(&port.to_be_bytes());
    address[4..8].copy_from_slice(&[127, 0, 0, 1]);
    address
}

fn answer_of(socket: c_int, scene: &Scene<'_>) -> Outcome {
    if !os::readable(socket, LIMIT)? {
        return held("the server did not answer");
    }
    scene.expect_token(&os::read(socket)?)
}

/// Sends `CONNECT` to a proxy that the sandbox set for itself on its own loopback.
fn by_proxy(scene: &Scene<'_>, target: &str) -> Outcome {
    let names = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];
    let Some(proxy) = names.into_iter().find_map(crate::environment::variable) else {
        return absent("no variable names a proxy");
    };
    let address = proxy.trim_start_matches("http://").trim_end_matches('/');
    let Ok(address) = address.parse::<SocketAddr>() else {
        return absent("the proxy has no plain address");
    };
    if !address.ip().is_loopback() {
        return absent("the proxy is not the sandbox's own");
    }
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes())?;
    let mut answer = [0; 512];
    let got = stream.read(&mut answer)?;
    let status = String::from_utf8_lossy(answer.get(..got).unwrap_or_default()).into_owned();
    if status.split(' ').nth(1) != Some("200") {
        return held(status.lines().next().unwrap_or("no answer").to_owned());
    }
    stream.write_all(&message(scene)?)?;
    let got = stream.read(&mut answer)?;
    scene.expect_token(answer.get(..got).unwrap_or_default())
}
