//! An answer on its way back: framed anew, and without the values of secrets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::egress::Shared;
use crate::egress::body::{Body, LAST_CHUNK, chunk};
use crate::egress::decision::{Breakdown, Meter, Unseen};
use crate::egress::head::{AnswerHead, Fields, Framing, Malformed, Version};
use crate::egress::mask::{Filler, Flow, Mask};
use crate::egress::wire::{Inlet, Outlet, WireError};

/// The most preliminary answers to one request. A host sends one or two.
const PRELIMINARY: usize = 8;

/// What of the request decides about the form of its answer.
pub(super) struct Shape {
    pub(super) method: String,
    pub(super) version: Version,
    pub(super) is_kept: bool,
    pub(super) is_websocket: bool,
    /// Whether the client waits for leave to send its body.
    pub(super) expects_continue: bool,
}

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) is_host_kept: bool,
    pub(super) is_client_kept: bool,
    pub(super) is_websocket: bool,
}

/// Brings one answer from the host to the client.
pub(super) struct Relay<'a> {
    pub(super) shared: &'a Shared,
    pub(super) meter: &'a Meter<'a>,
    pub(super) mask: &'a Mask,
    pub(super) shape: &'a Shape,
    pub(super) sending: &'a Sending,
}

/// How far the request is on its way while the answer is waited for.
#[derive(Debug, Default)]
pub(super) struct Sending {
    is_over: AtomicBool,
    is_whole: AtomicBool,
}

impl Sending {
    /// All of the request is with the host.
    pub(super) fn finish(&self) {
        self.is_whole.store(true, Ordering::Relaxed);
        self.give_up();
    }

    /// The host takes no more of it.
    pub(super) fn give_up(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Relaxed)
    }
}

/// How the body reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carriage {
    /// There is none.
    None,
    /// With a length that the head says.
    Length,
    /// In chunks.
    Chunked,
    /// To the end of the connection, for clients that know no chunks.
    Close,
}

impl Relay<'_> {
    pub(super) async fn run(
        &self,
        host: &mut Inlet,
        client: &mut Outlet,
    ) -> Result<Answer, Breakdown> {
        let mut head = self.final_head(host, client).await?;
        // What is left of a request that is answered early cannot be told from the next one.
        let is_request_read = self.sending.is_whole();
        self.meter.set_status(head.status);
        if head.status == 101 {
            return self.websocket(head, client).await;
        }
        let framing = head
            .framing(&self.shape.method)
            .map_err(Breakdown::Answer)?;
        let carriage = match framing {
            Framing::None => Carriage::None,
            Framing::Length(_) => Carriage::Length,
            Framing::Chunked | Framing::Close if self.shape.version == Version::New => {
                Carriage::Chunked
            }
            Framing::Chunked | Framing::Close => Carriage::Close,
        };
        let answer = Answer {
            is_host_kept: is_request_read && head.is_kept() && framing != Framing::Close,
            is_client_kept: is_request_read && self.shape.is_kept && carriage != Carriage::Close,
            is_websocket: false,
        };
        let length = head.fields.get("content-length").next().map(<[u8]>::to_vec);
        head.fields.remove_hop_by_hop().map_err(Breakdown::Answer)?;
        head.fields.remove("content-length");
        if let Framing::Length(length) = framing
            && length > self.shared.limits.answer_body
        {
            return Err(Breakdown::AnswerTooLarge);
        }
        self.mask_fields(&mut head.fields);
        if !answer.is_client_kept {
            head.fields.push("Connection", "close");
        }

        let filler = self.filler(&head.fields, framing);
        if let (Some(Filler::Sentinel), Framing::Length(_)) = (filler, framing) {
            let _place = self.shared.whole_answers.acquire().await;
            let body = self.read_whole(host, framing).await?;
            let (body, found) = self.mask.whole(&body);
            self.meter.masked(found);
            head.fields.push("Content-Length", body.len().to_string());
            let message = [head.to_bytes(), body].concat();
            self.write(client, &message).await?;
            return Ok(answer);
        }
        match (carriage, length) {
            // What a body would have had is told as it was.
            (Carriage::Length | Carriage::None, Some(length)) if head.status != 204 => {
                head.fields.push("Content-Length", length);
            }
            (Carriage::Chunked, _) => head.fields.push("Transfer-Encoding", "chunked"),
            (Carriage::Length | Carriage::None | Carriage::Close, _) => {}
        }
        self.write(client, &head.to_bytes()).await?;
        self.pass_body(Body::new(framing), filler, carriage, host, client)
            .await?;
        Ok(answer)
    }

    /// Reads heads up to the one that answers.
    async fn final_head(
        &self,
        host: &mut Inlet,
        client: &mut Outlet,
    ) -> Result<AnswerHead, Breakdown> {
        for _ in 0..PRELIMINARY {
            let bytes = self.read_head(host).await?;
            let head = AnswerHead::parse(&bytes).map_err(Breakdown::Answer)?;
            match head.status {
                101 if self.shape.is_websocket => return Ok(head),
                101 => return Err(Breakdown::Answer(Malformed::Upgrade)),
                100 if self.shape.expects_continue => {
                    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
                    let written = client.write(go_on, self.patience()).await;
                    written.map_err(client_trouble)?;
                }
                // Hints nobody asked for.
                100..=199 => {}
                _ => return Ok(head),
            }
        }
        Err(Breakdown::Answer(Malformed::Preliminary))
    }

    async fn read_head(&self, host: &mut Inlet) -> Result<Vec<u8>, Breakdown> {
        let limits = &self.shared.limits;
        loop {
            let was_sent = self.sending.is_over();
            let head = host
                .head(limits.head_bytes, limits.answer_time, limits.head_time)
                .await;
            match head {
                Ok(Some(head)) => {
                    self.meter.receive(head.len())?;
                    return Ok(head);
                }
                Ok(None) => return Err(Breakdown::HostGone),
                // The request takes long, not the answer.
                Err(WireError::TimedOut) if !was_sent && host.buffered().is_empty() => {}
                Err(WireError::TooLarge) => return Err(Breakdown::AnswerHeadTooLarge),
                Err(error) => return Err(host_trouble(error)),
            }
        }
    }

    /// Hands the change of protocol on. The fields of the handshake are the host's own.
    async fn websocket(
        &self,
        mut head: AnswerHead,
        client: &mut Outlet,
    ) -> Result<Answer, Breakdown> {
        head.fields.remove_hop_by_hop().map_err(Breakdown::Answer)?;
        head.fields.remove("content-length");
        self.mask_fields(&mut head.fields);
        head.fields.push("Connection", "Upgrade");
        head.fields.push("Upgrade", "websocket");
        self.write(client, &head.to_bytes()).await?;
        Ok(Answer {
            is_host_kept: false,
            is_client_kept: false,
            is_websocket: true,
        })
    }

    fn mask_fields(&self, fields: &mut Fields) {
        if self.mask.is_empty() {
            return;
        }
        for field in fields.iter_mut() {
            let (value, found) = self.mask.whole(&field.value);
            if !found.is_empty() {
                field.value = value;
                self.meter.masked(found);
            }
        }
    }

    /// What stands in place of values, or `None` if nothing can be looked for.
    fn filler(&self, fields: &Fields, framing: Framing) -> Option<Filler> {
        if self.mask.is_empty() || framing == Framing::None {
            return None;
        }
        let is_encoded = fields
            .words("content-encoding")
            .iter()
            .any(|coding| coding != "identity");
        if is_encoded {
            self.meter.unseen(Unseen::EncodedAnswer);
            return None;
        }
        let is_small = match framing {
            Framing::Length(length) => length <= self.shared.limits.inspect_body as u64,
            Framing::None | Framing::Chunked | Framing::Close => true,
        };
        // In what is not text, and where the length was told, the length must stay.
        Some(if is_small && is_text(fields) {
            Filler::Sentinel
        } else {
            Filler::Stars
        })
    }

    async fn read_whole(&self, host: &mut Inlet, framing: Framing) -> Result<Vec<u8>, Breakdown> {
        let mut body = Body::new(framing);
        let mut read = Vec::new();
        while let Some(piece) = body
            .next(host, self.patience())
            .await
            .map_err(host_trouble)?
        {
            self.meter.receive(piece.len())?;
            read.extend_from_slice(&piece);
        }
        Ok(read)
    }

    async fn pass_body(
        &self,
        mut body: Body,
        filler: Option<Filler>,
        carriage: Carriage,
        host: &mut Inlet,
        client: &mut Outlet,
    ) -> Result<(), Breakdown> {
        let mask = filler.map_or_else(Mask::default, |_| self.mask.clone());
        let mut flow = Flow::new(mask, filler.unwrap_or(Filler::Stars));
        let mut left = self.shared.limits.answer_body;
        loop {
            let patience = if flow.is_holding() {
                self.shared.limits.hold_time
            } else {
                self.patience()
            };
            let out = match body.next(host, patience).await {
                Ok(Some(piece)) => {
                    self.meter.receive(piece.len())?;
                    left = left
                        .checked_sub(piece.len() as u64)
                        .ok_or(Breakdown::AnswerTooLarge)?;
                    flow.push(&piece)
                }
                Ok(None) => break,
                // What may be the beginning of a value is not kept from a waiting client for long.
                Err(WireError::TimedOut) if flow.is_holding() => flow.finish(),
                Err(error) => return Err(host_trouble(error)),
            };
            self.write_piece(client, carriage, &out).await?;
        }
        let rest = flow.finish();
        self.write_piece(client, carriage, &rest).await?;
        self.meter.masked(flow.found().iter().cloned());
        if carriage == Carriage::Chunked {
            self.write(client, LAST_CHUNK).await?;
        }
        Ok(())
    }

    async fn write_piece(
        &self,
        client: &mut Outlet,
        carriage: Carriage,
        piece: &[u8],
    ) -> Result<(), Breakdown> {
        if piece.is_empty() {
            return Ok(());
        }
        match carriage {
            Carriage::Chunked => self.write(client, &chunk(piece)).await,
            Carriage::None | Carriage::Length | Carriage::Close => self.write(client, piece).await,
        }
    }

    async fn write(&self, client: &mut Outlet, bytes: &[u8]) -> Result<(), Breakdown> {
        self.meter.answer();
        client
            .write(bytes, self.patience())
            .await
            .map_err(client_trouble)
    }

    fn patience(&self) -> Duration {
        self.shared.limits.idle_time
    }
}

/// Whether an answer is text, as far as its type says. Without a type it is taken for text.
fn is_text(fields: &Fields) -> bool {
    let Some(kind) = fields.get("content-type").next() else {
        return true;
    };
    let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
    let words = ["text/", "json", "xml", "javascript", "urlencoded", "yaml"];
    words.iter().any(|word| kind.contains(word))
}

fn host_trouble(error: WireError) -> Breakdown {
    match error {
        WireError::Gone => Breakdown::HostGone,
        WireError::TimedOut => Breakdown::TimedOut,
        WireError::TooLarge => Breakdown::Answer(Malformed::Chunk),
        WireError::Malformed(malformed) => Breakdown::Answer(malformed),
    }
}

fn client_trouble(error: WireError) -> Breakdown {
    match error {
        WireError::TimedOut => Breakdown::TimedOut,
        WireError::Gone | WireError::TooLarge | WireError::Malformed(_) => Breakdown::ClientGone,
    }
}
