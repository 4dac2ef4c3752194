//! The body of a request: read whole where values may have to be put in, passed on elsewhere.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use zeroize::Zeroizing;

use super::answer::Shape;
use super::request::note;
use crate::egress::Shared;
use crate::egress::body::{Body, LAST_CHUNK, chunk};
use crate::egress::decision::{Breakdown, Meter, Stop, Unseen};
use crate::egress::head::{Fields, Framing, Malformed};
use crate::egress::secret::{Form, Place, Secrets, Spotter, Swapper};
use crate::egress::wire::{Inlet, Outlet, Peer, WireError};

/// The body of a request as it goes out.
pub(super) enum Payload {
    /// All of it is here.
    Whole {
        body: Zeroizing<Vec<u8>>,
        /// The place among the bodies that are held whole. An empty body needs none.
        place: Option<OwnedSemaphorePermit>,
    },
    /// The beginning is here, the rest is still to be read.
    Begun {
        beginning: Vec<u8>,
        body: Body,
        is_chunked: bool,
    },
}

/// Why sending a request ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    /// The host takes no more. It may have said why.
    Host,
    /// The client sends no more, or may not.
    Client(Breakdown),
}

/// Reads bodies that values may have to be put into.
pub(super) struct BodyReader<'a> {
    pub(super) shared: &'a Shared,
    pub(super) meter: &'a Meter<'a>,
    pub(super) swapper: Swapper<'a>,
}

impl BodyReader<'_> {
    pub(super) async fn read(
        &self,
        framing: Framing,
        fields: &Fields,
        shape: &mut Shape,
        client: &mut Peer,
    ) -> Result<Payload, Stop> {
        if framing == Framing::None {
            shape.expects_continue = false;
            return Ok(Payload::default());
        }
        let limit = self.shared.limits.inspect_body;
        let mut body = Body::new(framing);
        let is_chunked = framing == Framing::Chunked;
        let is_changed = self.swapper.reaches(Place::Body);
        let is_encoded = fields
            .words("content-encoding")
            .iter()
            .any(|coding| coding != "identity");
        let is_large = matches!(framing, Framing::Length(length) if length > limit as u64);
        if is_changed && is_encoded {
            self.meter.unseen(Unseen::EncodedBody);
        } else if is_changed && is_large {
            self.meter.unseen(Unseen::LargeBody);
        }
        if !is_changed || is_encoded || is_large {
            return Ok(Payload::Begun {
                beginning: Vec::new(),
                body,
                is_chunked,
            });
        }

        let patience = self.shared.limits.idle_time;
        if shape.expects_continue {
            // The host cannot be asked before the length of the body is known.
            shape.expects_continue = false;
            let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
            let written = client.outlet.write(go_on, patience).await;
            written.map_err(|error| Stop::Failed(client_trouble(error)))?;
        }
        // Closed never. Whoever waits here keeps its client waiting, which is what is wanted.
        let place = Arc::clone(&self.shared.whole_bodies).acquire_owned().await;
        let mut read = Vec::new();
        loop {
            let piece = body.next(&mut client.inlet, patience).await;
            let piece = piece.map_err(|error| Stop::Failed(client_trouble(error)))?;
            let Some(piece) = piece else {
                break;
            };
            read.extend_from_slice(&piece);
            if read.len() > limit {
                self.meter.unseen(Unseen::LargeBody);
                return Ok(Payload::Begun {
                    beginning: read,
                    body,
                    is_chunked,
                });
            }
        }
        let swapped = self.swapper.swap(&read, Place::Body, form_of(fields));
        note(self.meter, &swapped);
        Ok(Payload::Whole {
            body: swapped.text.unwrap_or_else(|| Zeroizing::new(read)),
            place: place.ok(),
        })
    }
}

/// How a value has to be written into a body of this kind.
fn form_of(fields: &Fields) -> Form {
    let kind = fields.get("content-type").next().unwrap_or_default();
    let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind == "application/x-www-form-urlencoded" {
        Form::Percent
    } else if kind.ends_with("/json") || kind.ends_with("+json") || kind.contains("ndjson") {
        Form::Json
    } else {
        Form::Raw
    }
}

/// What trouble in reading from the client means.
fn client_trouble(error: WireError) -> Breakdown {
    match error {
        WireError::Gone => Breakdown::ClientGone,
        WireError::TimedOut => Breakdown::TimedOut,
        WireError::TooLarge => Breakdown::Body(Malformed::Chunk),
        WireError::Malformed(malformed) => Breakdown::Body(malformed),
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Whole {
            body: Zeroizing::default(),
            place: None,
        }
    }
}

impl Payload {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Whole { body, .. } if body.is_empty())
    }

    /// Sends the head and the body.
    pub(super) async fn send(
        self,
        head: &[u8],
        client: &mut Inlet,
        host: &mut Outlet,
        shared: &Shared,
        meter: &Meter<'_>,
    ) -> Result<(), Halt> {
        let patience = shared.limits.idle_time;
        let mut sink = Sink {
            host,
            meter,
            patience,
        };
        match self {
            Self::Whole { body, place } => {
                // One write for both: many servers read a small request at once.
                let message = Zeroizing::new([head, &body].concat());
                let outcome = sink.write(&message).await;
                drop(place);
                outcome
            }
            Self::Begun {
                beginning,
                mut body,
                is_chunked,
            } => {
                sink.write(head).await?;
                let mut stream = Stream {
                    sink,
                    secrets: &shared.secrets,
                    spotter: Spotter::default(),
                    is_chunked,
                    left: shared.limits.request_body,
                };
                stream.write(&beginning).await?;
                loop {
                    let piece = body.next(client, patience).await;
                    let piece = piece.map_err(|error| Halt::Client(client_trouble(error)))?;
                    let Some(piece) = piece else {
                        break;
                    };
                    stream.write(&piece).await?;
                }
                stream.finish().await
            }
        }
    }
}

/// Writes to the host and counts.
struct Sink<'a> {
    host: &'a mut Outlet,
    meter: &'a Meter<'a>,
    patience: Duration,
}

impl Sink<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let counted = self.meter.send(bytes.len());
        counted.map_err(|spent| Halt::Client(spent.into()))?;
        match self.host.write(bytes, self.patience).await {
            Ok(()) => Ok(()),
            Err(WireError::TimedOut) => Err(Halt::Client(Breakdown::TimedOut)),
            Err(WireError::Gone | WireError::TooLarge | WireError::Malformed(_)) => Err(Halt::Host),
        }
    }
}

/// A body that flows through.
struct Stream<'a> {
    sink: Sink<'a>,
    secrets: &'a Secrets,
    spotter: Spotter,
    is_chunked: bool,
    left: u64,
}

impl Stream<'_> {
    async fn write(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.left = self
            .left
            .checked_sub(piece.len() as u64)
            .ok_or(Halt::Client(Breakdown::BodyTooLarge))?;
        self.sink.meter.left(self.spotter.look(self.secrets, piece));
        if self.is_chunked {
            self.sink.write(&chunk(piece)).await
        } else {
            self.sink.write(piece).await
        }
    }

    async fn finish(mut self) -> Result<(), Halt> {
        if self.is_chunked {
            self.sink.write(LAST_CHUNK).await?;
        }
        Ok(())
    }
}
