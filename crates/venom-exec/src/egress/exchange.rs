//! Requests of one connection, one after the other: checked, rewritten, sent, answered.
//!
//! A session serves either the client's own connection, where each request names its host, or the
//! inside of a tunnel, where the host is given and was checked. A request is answered by its host
//! or by one of our own refusals, never by both.

mod answer;
mod payload;
mod request;

use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::pin::pin;

use rustix::io::Errno;
use rustix::net::RecvFlags;
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::answer::{Answer, Relay, Sending, Shape};
use self::payload::{Halt, Payload};
use self::request::{Outgoing, Request};
use super::Shared;
use super::address::Private;
use super::decision::{Breakdown, Entry, Meter, Refusal, Scheme, Stop, Verdict};
use super::head::{RequestHead, reason};
use super::host::Host;
use super::mask::Mask;
use super::resolve::{addresses, dial};
use super::rule::Rule;
use super::tunnel::relay;
use super::wire::{Peer, WireError};

/// The host of a tunnel: checked once, for all that comes through it.
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) rule: Rule,
    pub(crate) addresses: Vec<SocketAddr>,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Destination {
    scheme: Scheme,
    host: Host,
    port: u16,
    private: Private,
}

/// A connection to a host that can be used again.
struct Upstream {
    to: Destination,
    address: SocketAddr,
    peer: Peer,
    /// The same socket, to ask the kernel about it. The runtime learns of an end a little later,
    /// and a request sent in between would be lost.
    socket: OwnedFd,
}

/// One connection of a client, or the inside of a tunnel.
pub(crate) struct Session<'a> {
    shared: &'a Shared,
    client: Peer,
    origin: Option<Origin>,
    /// The connection that was made to see whether the tunnel's host can be reached.
    dialled: Option<(TcpStream, SocketAddr)>,
    upstream: Option<Upstream>,
    served: u64,
}

/// How a session ended.
pub(crate) enum Ended<'a> {
    /// There is nothing more to do; so many requests were read.
    Done(u64),
    /// The client wants a tunnel.
    Tunnel {
        client: Peer,
        head: RequestHead,
        entry: Box<Entry<'a>>,
    },
}

/// What comes after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// The connection can be used again.
    Keep,
    /// It ends.
    Close,
}

impl<'a> Session<'a> {
    /// Serves a client's own connection.
    pub(crate) fn new(shared: &'a Shared, client: Peer) -> Self {
        Self {
            shared,
            client,
            origin: None,
            dialled: None,
            upstream: None,
            served: 0,
        }
    }

    /// Serves the inside of a tunnel.
    pub(crate) fn inside(
        shared: &'a Shared,
        client: Peer,
        origin: Origin,
        dialled: (TcpStream, SocketAddr),
    ) -> Self {
        Self {
            shared,
            client,
            origin: Some(origin),
            dialled: Some(dialled),
            upstream: None,
            served: 0,
        }
    }

    pub(crate) async fn run(mut self) -> Ended<'a> {
        let limits = &self.shared.limits;
        loop {
            // A new connection has no excuse for waiting; a used one may be used again later.
            let wait = if self.served == 0 {
                limits.head_time
            } else {
                limits.idle_time
            };
            let inlet = &mut self.client.inlet;
            let head = inlet.head(limits.head_bytes, wait, limits.head_time).await;
            let is_nothing = self.client.inlet.buffered().is_empty();
            let read = match head {
                Ok(None) => break,
                Err(WireError::TimedOut | WireError::Gone) if is_nothing => break,
                Ok(Some(head)) => Ok(head),
                Err(error) => Err(unreadable(error)),
            };
            let scheme = self.origin.as_ref().map_or(Scheme::Http, |at| at.scheme);
            let mut entry = self.shared.entry(scheme);
            if let Some(origin) = &self.origin {
                entry.name(&origin.host, origin.port);
            }
            if let Err(spent) = self.shared.budget.take_request() {
                self.out_of_requests(entry, Refusal::from(spent)).await;
                break;
            }
            let head = read.and_then(|head| Ok(RequestHead::parse(&head)?));
            let outcome = match head {
                Ok(head) if head.method == "CONNECT" && self.origin.is_none() => {
                    return Ended::Tunnel {
                        client: self.client,
                        head,
                        entry: Box::new(entry),
                    };
                }
                Ok(head) => {
                    let one = Box::pin(self.one(&mut entry, head));
                    timeout(limits.exchange_time, one)
                        .await
                        .unwrap_or_else(|_| Err(Breakdown::TimedOut.into()))
                }
                Err(stop) => Err(stop),
            };
            self.served += 1;
            match outcome {
                Ok(after) => {
                    entry.settle(Verdict::Allowed);
                    if after == After::Close {
                        break;
                    }
                }
                Err(stop) => {
                    refuse(self.shared, &mut self.client, entry, stop).await;
                    break;
                }
            }
        }
        self.client.linger(limits.linger_time).await;
        Ended::Done(self.served)
    }

    async fn out_of_requests(&mut self, entry: Entry<'_>, refusal: Refusal) {
        if !self.shared.budget.is_first_to_tell() {
            entry.discard();
            return;
        }
        refuse(self.shared, &mut self.client, entry, refusal.into()).await;
    }

    /// Serves one request.
    async fn one(&mut self, entry: &mut Entry<'_>, head: RequestHead) -> Result<After, Stop> {
        entry.method(&head.method);
        let request = Request::check(self.shared, self.origin.as_ref(), entry, head)?;
        let to = request.to.clone();
        let known = self.origin.as_ref().map(|origin| origin.addresses.clone());
        let known = known.unwrap_or_default();
        let kept = match self.upstream.take() {
            Some(mut kept) if kept.to == to => kept.is_idle().await.then_some(kept),
            Some(_) | None => None,
        };
        let is_reused = kept.is_some();
        let mut upstream = if let Some(kept) = kept {
            kept
        } else {
            let dialled = match self.dialled.take() {
                Some(dialled) => dialled,
                None => to.dial(self.shared, &known).await?,
            };
            entry.address = Some(dialled.1.ip());
            to.open(self.shared, dialled).await?
        };
        entry.address = Some(upstream.address.ip());
        let outgoing = request
            .prepare(self.shared, &entry.meter, &mut self.client)
            .await?;
        let Outgoing {
            head,
            payload,
            mask,
            shape,
        } = outgoing;
        let is_repeatable =
            is_reused && payload.is_empty() && matches!(&*shape.method, "GET" | "HEAD" | "OPTIONS");
        let way = Way {
            shared: self.shared,
            meter: &entry.meter,
            head: &head,
            mask: &mask,
            shape: &shape,
        };
        let mut answer = way.go(payload, &mut self.client, &mut upstream.peer).await;
        // A host may end a connection that it kept just when the next request is on its way.
        let is_lost = answer == Err(Breakdown::HostGone.into()) && entry.meter.received() == 0;
        if is_repeatable && is_lost {
            let dialled = to.dial(self.shared, &known).await?;
            upstream = to.open(self.shared, dialled).await?;
            answer = way
                .go(Payload::default(), &mut self.client, &mut upstream.peer)
                .await;
        }
        let answer = answer?;
        if answer.is_websocket {
            relay(
                &mut self.client,
                &mut upstream.peer,
                self.shared,
                &entry.meter,
                mask,
            )
            .await?;
            return Ok(After::Close);
        }
        if answer.is_host_kept {
            self.upstream = Some(upstream);
        }
        if answer.is_client_kept {
            Ok(After::Keep)
        } else {
            Ok(After::Close)
        }
    }
}

impl Upstream {
    /// Whether the connection can take another request: the host has neither ended it nor said
    /// anything that nobody asked for.
    async fn is_idle(&mut self) -> bool {
        let mut byte = [0];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let peeked = rustix::net::recv(&self.socket, &mut byte, flags);
        peeked.is_err_and(|error| error == Errno::AGAIN) && self.peer.inlet.is_quiet().await
    }
}

/// A request on its way to its host and back.
struct Way<'a> {
    shared: &'a Shared,
    meter: &'a Meter<'a>,
    head: &'a [u8],
    mask: &'a Mask,
    shape: &'a Shape,
}

impl Way<'_> {
    /// Sends the request and passes the answer on. Both go on at once: a host may answer before
    /// it has read everything, or only then ask for the rest.
    async fn go(
        &self,
        payload: Payload,
        client: &mut Peer,
        host: &mut Peer,
    ) -> Result<Answer, Stop> {
        let sending = Sending::default();
        let relay = Relay {
            shared: self.shared,
            meter: self.meter,
            mask: self.mask,
            shape: self.shape,
            sending: &sending,
        };
        let mut send = pin!(payload.send(
            self.head,
            &mut client.inlet,
            &mut host.outlet,
            self.shared,
            self.meter,
        ));
        let mut receive = pin!(relay.run(&mut host.inlet, &mut client.outlet));
        loop {
            tokio::select! {
                biased;
                sent = &mut send, if !sending.is_over() => match sent {
                    Ok(()) => sending.finish(),
                    // A host may answer and not want to read the rest.
                    Err(Halt::Host) => sending.give_up(),
                    Err(Halt::Client(breakdown)) => return Err(breakdown.into()),
                },
                answer = &mut receive => return Ok(answer?),
            }
        }
    }
}

impl Destination {
    /// Looks the host up, unless its addresses are known, and dials it.
    async fn dial(
        &self,
        shared: &Shared,
        known: &[SocketAddr],
    ) -> Result<(TcpStream, SocketAddr), Stop> {
        let patience = shared.limits.connect_time;
        if !known.is_empty() {
            return Ok(dial(known, patience).await?);
        }
        let resolver = shared.resolver.as_ref();
        let found = addresses(resolver, &self.host, self.port, self.private, patience).await?;
        Ok(dial(&found, patience).await?)
    }

    /// Makes a connection to the host out of a socket.
    async fn open(
        &self,
        shared: &Shared,
        (stream, address): (TcpStream, SocketAddr),
    ) -> Result<Upstream, Stop> {
        let patience = shared.limits.handshake_time;
        let socket = stream.as_fd().try_clone_to_owned();
        let socket = socket.map_err(|error| Breakdown::Dial(error.kind()))?;
        let io = match (self.scheme, &shared.tls) {
            (Scheme::Https, Some(tls)) => tls.connect(&self.host, stream, patience).await?,
            (Scheme::Https, None) => return Err(Breakdown::Certificate.into()),
            (Scheme::Http | Scheme::Tunnel, _) => Box::new(stream),
        };
        Ok(Upstream {
            to: self.clone(),
            address,
            peer: Peer::new(io),
            socket,
        })
    }
}

/// Tells the client why there is no answer, unless it already has the beginning of one, and settles
/// the decision.
pub(crate) async fn refuse(shared: &Shared, client: &mut Peer, entry: Entry<'_>, stop: Stop) {
    let is_gone = matches!(stop, Stop::Failed(Breakdown::ClientGone));
    if !entry.meter.is_answered() && !is_gone {
        let status = stop.status();
        let text = format!("venom: {} {stop}\n", entry.place());
        let head = format!(
            "HTTP/1.1 {status} {}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\nVenom-Egress: {}\r\nConnection: close\r\n\r\n",
            reason(status),
            text.len(),
            match stop {
                Stop::Refused(_) => "refused",
                Stop::Failed(_) => "failed",
            },
        );
        let message = [head.as_bytes(), text.as_bytes()].concat();
        // A client that does not listen learns nothing; the decision says it all the same.
        let _gone = client
            .outlet
            .write(&message, shared.limits.linger_time)
            .await;
    }
    entry.settle(stop.into());
}

/// What a head that cannot be read means.
fn unreadable(error: WireError) -> Stop {
    match error {
        WireError::Gone => Breakdown::ClientGone.into(),
        WireError::TimedOut => Breakdown::TimedOut.into(),
        WireError::TooLarge => Refusal::HeadTooLarge.into(),
        WireError::Malformed(malformed) => malformed.into(),
    }
}
