//! Listeners: servers of the host that write down who reached them and answer with the token.

use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as LocalAddress, UnixDatagram, UnixListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stage::text;
use crate::facts::Facts;
use crate::probe::contains;

/// What was heard. Bounded, because a probe may say anything.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

const MOST: usize = 1 << 20;

impl Heard {
    fn add(&self, bytes: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST {
            all.extend_from_slice(bytes);
        }
    }
}

/// The servers, each in a thread that ends with the driver.
pub(super) struct Listeners {
    heard: Heard,
    nonce: String,
    token: String,
}

impl Listeners {
    pub(super) fn open(
        outside: &Path,
        nonce: &str,
        token: &str,
        facts: &mut Facts,
    ) -> io::Result<Self> {
        let all = Self {
            heard: Heard::default(),
            nonce: nonce.to_owned(),
            token: token.to_owned(),
        };
        let tcp = TcpListener::bind(("127.0.0.1", 0))?;
        facts.set("tcp_port", tcp.local_addr()?.port());
        all.serve_tcp(tcp);
        let wide = TcpListener::bind(("0.0.0.0", 0))?;
        facts.set("tcp_port_all", wide.local_addr()?.port());
        all.serve_tcp(wide);
        // A machine without IPv6 gives no facts about it.
        if let Ok(tcp) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
            facts.set("tcp_port_v6", tcp.local_addr()?.port());
            all.serve_tcp(tcp);
        }
        let udp = UdpSocket::bind(("127.0.0.1", 0))?;
        facts.set("udp_port", udp.local_addr()?.port());
        all.serve_datagrams(move |buffer| udp.recv(buffer));
        if let Ok(udp) = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) {
            facts.set("udp_port_v6", udp.local_addr()?.port());
            all.serve_datagrams(move |buffer| udp.recv(buffer));
        }
        if let Some(address) = own_address() {
            facts.set("host_address", address);
        }

        let name = format!("venom-escape-stream-{nonce}");
        let address = LocalAddress::from_abstract_name(&name)?;
        all.serve_unix(UnixListener::bind_addr(&address)?);
        facts.set("abstract_stream", name);
        let name = format!("venom-escape-datagram-{nonce}");
        let address = LocalAddress::from_abstract_name(&name)?;
        let socket = UnixDatagram::bind_addr(&address)?;
        all.serve_datagrams(move |buffer| socket.recv(buffer));
        facts.set("abstract_datagram", name);

        let path = outside.join("stream.sock");
        let listener = UnixListener::bind(&path)?;
        open_to_all(&path)?;
        all.serve_unix(listener);
        facts.set("unix_stream", text(&path));
        let path = outside.join("datagram.sock");
        let socket = UnixDatagram::bind(&path)?;
        open_to_all(&path)?;
        all.serve_datagrams(move |buffer| socket.recv(buffer));
        facts.set("unix_datagram", text(&path));
        Ok(all)
    }

    /// Listens in the workspace, as an agent of the user's might. Ends when the result is dropped
    /// and the path removed.
    pub(super) fn open_in_workspace(&self, root: &Path) -> io::Result<UnixListener> {
        let path = root.join("agent.sock");
        let listener = UnixListener::bind(&path)?;
        open_to_all(&path)?;
        self.serve_unix(listener.try_clone()?);
        Ok(listener)
    }

    /// Whether a probe was heard.
    pub(super) fn heard(&self, id: &str) -> bool {
        let line = format!("{} {id}\n", self.nonce);
        let all = self.heard.0.lock().unwrap_or_else(PoisonError::into_inner);
        contains(&all, line.as_bytes())
    }

    /// Tries to reach a listener of a probe's, and writes down what it says.
    pub(super) fn knock(&self, port: u16) {
        let limit = Duration::from_millis(200);
        if let Ok(mut stream) = TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), limit) {
            let mut buffer = [0; 256];
            stream.set_read_timeout(Some(limit)).ok();
            if let Ok(got) = stream.read(&mut buffer) {
                self.heard.add(buffer.get(..got).unwrap_or_default());
            }
        }
    }

    fn serve_tcp(&self, listener: TcpListener) {
        let (heard, token) = (self.heard.clone(), self.token.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_read_timeout(Some(Duration::from_secs(2))).ok();
                answer(stream, &heard, &token);
            }
        });
    }

    fn serve_unix(&self, listener: UnixListener) {
        let (heard, token) = (self.heard.clone(), self.token.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heard, token) = (heard.clone(), token.clone());
                // A connection of its own each: the inherited one stays open for long.
                std::thread::spawn(move || answer(stream, &heard, &token));
            }
        });
    }

    fn serve_datagrams(&self, receive: impl Fn(&mut [u8]) -> io::Result<usize> + Send + 'static) {
        let heard = self.heard.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok(got) = receive(&mut buffer) {
                heard.add(buffer.get(..got).unwrap_or_default());
            }
        });
    }
}

fn answer(mut stream: impl Read + Write, heard: &Heard, token: &str) {
    let mut buffer = [0; 256];
    if let Ok(got) = stream.read(&mut buffer) {
        heard.add(buffer.get(..got).unwrap_or_default());
        stream.write_all(token.as_bytes()).ok();
    }
}

fn open_to_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The address that the host would send from; nothing is sent.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    // An address that documents may use and that nobody has, RFC 5737.
    socket.connect(("192.0.2.1", 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then(|| address.to_string())
}

/// Waits until a condition holds or time is up.
pub(super) fn settle(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
