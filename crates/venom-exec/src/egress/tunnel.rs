//! CONNECT: a way through to one host, looked into as far as the rules need it.
//!
//! Where a secret is bound to the host, or a rule names methods, the tunnel ends here and its
//! requests are served one by one. Elsewhere only the greeting is read, to see that the tunnel
//! goes where it said. Plain HTTP in a tunnel is always served request by request: its `Host`
//! header could name anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::decision::{Breakdown, Entry, Meter, Refusal, Scheme, Stop, Verdict};
use super::exchange::{Ended, Origin, Session, refuse};
use super::head::{Framing, Malformed, RequestHead};
use super::host::{Host, HostError};
use super::mask::{Filler, Flow, Mask};
use super::resolve::{addresses, dial};
use super::tls::{GreetingError, Tls, server_name};
use super::wire::{Inlet, Outlet, Peer, WireError};

/// A fatal alert: the name is not one that is served here (RFC 8446, 6.2).
const UNRECOGNIZED_NAME: &[u8] = &[21, 3, 3, 0, 2, 2, 112];

/// What a client begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Tls,
    Http,
    Other,
    /// It ended, or the host spoke first.
    Nothing,
}

/// Serves a request for a tunnel.
pub(crate) async fn connect<'a>(
    shared: &'a Shared,
    mut client: Peer,
    head: RequestHead,
    mut entry: Entry<'a>,
) {
    entry.method(&head.method);
    entry.scheme = Scheme::Tunnel;
    let opened = open(shared, &head, &mut entry).await;
    let (origin, dialled) = match opened {
        Ok(opened) => opened,
        Err(stop) => {
            refuse(shared, &mut client, entry, stop).await;
            client.linger(shared.limits.linger_time).await;
            return;
        }
    };
    entry.meter.answer();
    let outcome = through(shared, client, origin, dialled, &mut entry).await;
    match outcome {
        Ok(Through::Tunnel) => entry.settle(Verdict::Allowed),
        // Each of its requests has its own decision.
        Ok(Through::Requests(1..)) => entry.discard(),
        Ok(Through::Requests(0)) => entry.settle(Verdict::Allowed),
        Err(stop) => entry.settle(stop.into()),
    }
}

/// What a tunnel turned out to be.
enum Through {
    /// A tunnel that nobody looked into.
    Tunnel,
    /// So many requests.
    Requests(u64),
}

/// Decides whether there may be a tunnel, and dials.
async fn open(
    shared: &Shared,
    head: &RequestHead,
    entry: &mut Entry<'_>,
) -> Result<(Origin, (TcpStream, std::net::SocketAddr)), Stop> {
    let (host, port) = match Host::parse_with_port(&head.target) {
        Ok((host, Some(port))) => (host, port.get()),
        Ok((_, None)) => {
            entry.name_unreadable(&head.target);
            return Err(HostError::Port.into());
        }
        Err(error) => {
            entry.name_unreadable(&head.target);
            return Err(error.into());
        }
    };
    entry.name(&host, port);
    if head.framing()? != Framing::None {
        // What would follow belongs to the tunnel to some and to the request to others.
        return Err(Malformed::Length.into());
    }
    check_host_header(head, &host, port)?;
    let rule = shared.rules.check(&host, port)?.clone();
    let patience = shared.limits.connect_time;
    let resolver = shared.resolver.as_ref();
    let addresses = addresses(resolver, &host, port, rule.private(), patience).await?;
    let dialled = dial(&addresses, patience).await?;
    entry.address = Some(dialled.1.ip());
    let origin = Origin {
        scheme: Scheme::Tunnel,
        host,
        port,
        rule,
        addresses,
    };
    Ok((origin, dialled))
}

/// Clients differ in whether they repeat the port.
fn check_host_header(head: &RequestHead, host: &Host, port: u16) -> Result<(), Stop> {
    let Some(value) = head.fields.single("host")? else {
        return Ok(());
    };
    let value = std::str::from_utf8(value).map_err(|_not_text| HostError::Label)?;
    let (named, named_port) = Host::parse_with_port(value)?;
    if named != *host || named_port.is_some_and(|named| named.get() != port) {
        return Err(Refusal::HostHeader.into());
    }
    Ok(())
}

/// Serves what comes through the tunnel.
async fn through(
    shared: &Shared,
    mut client: Peer,
    mut origin: Origin,
    dialled: (TcpStream, std::net::SocketAddr),
    entry: &mut Entry<'_>,
) -> Result<Through, Stop> {
    let limits = &shared.limits;
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let written = client.outlet.write(established, limits.idle_time).await;
    written.map_err(|_unwritable| Breakdown::ClientGone)?;

    let opening = opening(&mut client.inlet, &dialled.0, limits.head_time).await?;
    let tls = tls_for(shared, &origin);
    match (opening, tls) {
        (Opening::Http, _) => {
            origin.scheme = Scheme::Http;
            Ok(Through::Requests(
                requests(shared, client, origin, dialled).await,
            ))
        }
        (Opening::Tls, Some(tls)) => {
            check_server_name(shared, &mut client, &origin).await?;
            let patience = limits.handshake_time;
            let io = tls.accept(&origin.host, client.into_io(), patience).await?;
            origin.scheme = Scheme::Https;
            let client = Peer::new(io);
            Ok(Through::Requests(
                requests(shared, client, origin, dialled).await,
            ))
        }
        (Opening::Tls, None) => {
            check_server_name(shared, &mut client, &origin).await?;
            blind(shared, client, dialled.0, entry).await
        }
        (Opening::Other | Opening::Nothing, None) if origin.rule.names_port() => {
            blind(shared, client, dialled.0, entry).await
        }
        (Opening::Other | Opening::Nothing, _) => Err(Refusal::NotTls.into()),
    }
}

async fn requests(
    shared: &Shared,
    client: Peer,
    origin: Origin,
    dialled: (TcpStream, std::net::SocketAddr),
) -> u64 {
    match Session::inside(shared, client, origin, dialled).run().await {
        Ended::Done(served) => served,
        // Inside a tunnel there is no other one.
        Ended::Tunnel { .. } => 0,
    }
}

/// Passes bytes both ways without looking at them.
async fn blind(
    shared: &Shared,
    mut client: Peer,
    host: TcpStream,
    entry: &mut Entry<'_>,
) -> Result<Through, Stop> {
    let mut host = Peer::new(Box::new(host));
    let flow = relay(
        &mut client,
        &mut host,
        shared,
        &entry.meter,
        Mask::default(),
    );
    match timeout(shared.limits.exchange_time, flow).await {
        Ok(outcome) => outcome.map(|()| Through::Tunnel).map_err(Stop::from),
        Err(_) => Err(Breakdown::TimedOut.into()),
    }
}

/// What is needed to read the tunnel, if it has to be read.
fn tls_for<'a>(shared: &'a Shared, origin: &Origin) -> Option<&'a Tls> {
    let is_bound = !shared
        .secrets
        .towards(Scheme::Https, &origin.host, origin.port)
        .is_empty();
    let is_read = is_bound || origin.rule.needs_requests();
    shared.tls.as_ref().filter(|_| is_read)
}

/// Waits for what the client begins with. A host that speaks first shows that it is neither a web
/// server nor TLS.
async fn opening(
    client: &mut Inlet,
    host: &TcpStream,
    patience: Duration,
) -> Result<Opening, Breakdown> {
    let first = async {
        loop {
            if let Some(opening) = classify(client.buffered()) {
                return Ok(opening);
            }
            match client.fill(patience).await {
                Ok(0) => return Ok(Opening::Nothing),
                Ok(_) => {}
                Err(error) => return Err(trouble(error, Breakdown::ClientGone)),
            }
        }
    };
    let deadline = async {
        tokio::select! {
            biased;
            opening = first => opening,
            readable = host.readable() => match readable {
                Ok(()) => Ok(Opening::Nothing),
                Err(_) => Err(Breakdown::HostGone),
            },
        }
    };
    timeout(patience, deadline)
        .await
        .unwrap_or(Err(Breakdown::TimedOut))
}

/// Says what the first bytes are, if they are enough to say.
fn classify(bytes: &[u8]) -> Option<Opening> {
    // The type of a handshake record (RFC 8446, 5.1).
    if *bytes.first()? == 22 {
        return Some(Opening::Tls);
    }
    let letters = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || **byte == b'-')
        .count();
    if letters == 0 || letters > 24 {
        return Some(Opening::Other);
    }
    match (bytes.get(letters)?, bytes.get(letters + 1)) {
        (b' ', None) => None,
        (b' ', Some(b'/' | b'*' | b'h' | b'H')) => Some(Opening::Http),
        _ => Some(Opening::Other),
    }
}

/// Refuses a greeting for another host. One without a name shows nothing: the host will say who
/// it is.
async fn check_server_name(
    shared: &Shared,
    client: &mut Peer,
    origin: &Origin,
) -> Result<(), Stop> {
    let name = match server_name(&mut client.inlet, shared.limits.head_time).await {
        Ok(Some(name)) => name,
        Ok(None) => return Ok(()),
        Err(GreetingError::Unreadable) => return Err(Refusal::Greeting.into()),
        Err(GreetingError::Wire(error)) => {
            return Err(trouble(error, Breakdown::ClientGone).into());
        }
    };
    if Host::parse(&name).is_ok_and(|host| host == origin.host) {
        return Ok(());
    }
    // The client learns the reason, or at least that it is over.
    let patience = shared.limits.linger_time;
    let _gone = client.outlet.write(UNRECOGNIZED_NAME, patience).await;
    client.outlet.shut().await;
    Err(Refusal::ServerName(super::decision::clean(&name)).into())
}

/// Passes bytes both ways until both sides have ended, or nothing moves for too long. An end is
/// passed on by itself: the other way may still have much to say.
pub(crate) async fn relay(
    client: &mut Peer,
    host: &mut Peer,
    shared: &Shared,
    meter: &Meter<'_>,
    mask: Mask,
) -> Result<(), Breakdown> {
    let clock = Clock::new(shared.limits.idle_time);
    let up = async {
        let (from, to) = (&mut client.inlet, &mut host.outlet);
        while let Some(piece) = clock.next(from, Breakdown::ClientGone).await? {
            meter.send(piece.len())?;
            clock.write(to, &piece, Breakdown::HostGone).await?;
        }
        to.shut().await;
        Ok(())
    };
    let down = async {
        let (from, to) = (&mut host.inlet, &mut client.outlet);
        let mut flow = Flow::new(mask, Filler::Stars);
        loop {
            let piece = if flow.is_holding() {
                timeout(
                    shared.limits.hold_time,
                    clock.next(from, Breakdown::HostGone),
                )
                .await
            } else {
                Ok(clock.next(from, Breakdown::HostGone).await)
            };
            let (out, is_end) = match piece {
                Ok(Ok(Some(piece))) => {
                    meter.receive(piece.len())?;
                    (flow.push(&piece), false)
                }
                Ok(Ok(None)) => (flow.finish(), true),
                Ok(Err(breakdown)) => return Err(breakdown),
                Err(_) => (flow.finish(), false),
            };
            clock.write(to, &out, Breakdown::ClientGone).await?;
            if is_end {
                break;
            }
        }
        meter.masked(flow.found().iter().cloned());
        to.shut().await;
        Ok(())
    };
    tokio::try_join!(up, down).map(|((), ())| ())
}

/// When something last moved, in either direction.
struct Clock {
    began: Instant,
    moved: AtomicU64,
    patience: Duration,
}

impl Clock {
    fn new(patience: Duration) -> Self {
        Self {
            began: Instant::now(),
            moved: AtomicU64::new(0),
            patience,
        }
    }

    fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }

    /// How long it may still stay quiet.
    fn left(&self) -> Duration {
        let moved = Duration::from_millis(self.moved.load(Ordering::Relaxed));
        (moved + self.patience).saturating_sub(self.began.elapsed())
    }

    /// Reads the next piece. `None` is the end.
    async fn next(&self, from: &mut Inlet, gone: Breakdown) -> Result<Option<Vec<u8>>, Breakdown> {
        loop {
            let left = self.left();
            match from.some(left).await.map(<[u8]>::len) {
                Ok(0) => return Ok(None),
                Ok(available) => {
                    self.touch();
                    return Ok(Some(from.take(available)));
                }
                // The other direction may have moved meanwhile.
                Err(WireError::TimedOut) if !self.left().is_zero() => {}
                Err(error) => return Err(trouble(error, gone)),
            }
        }
    }

    async fn write(&self, to: &mut Outlet, bytes: &[u8], gone: Breakdown) -> Result<(), Breakdown> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = to.write(bytes, self.patience).await;
        self.touch();
        written.map_err(|error| trouble(error, gone))
    }
}

fn trouble(error: WireError, gone: Breakdown) -> Breakdown {
    match error {
        WireError::TimedOut => Breakdown::TimedOut,
        WireError::Gone | WireError::TooLarge | WireError::Malformed(_) => gone,
    }
}

#[cfg(test)]
mod tests;
