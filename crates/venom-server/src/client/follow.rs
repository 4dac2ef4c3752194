//! Events as they happen, over connections that break: each event once, in order.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream;
use reqwest::Response;
use serde::Deserialize;
use tokio::time::Instant;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq, StepId};
use venom_ports::api::runs::{ApiError, News, NewsStream, Rest};
use venom_ports::{Failure, FailureKind};

use super::Client;
use super::request::{Question, Refusal, strange};
use crate::problem::Problem;

/// How long a stream may be silent. The server says every 15 s that it is there; three of these are missed.
const SILENCE: Duration = Duration::from_secs(45);
/// How long a server may be away before whoever follows is told. Chosen: longer than starting it again takes.
const AWAY: Duration = Duration::from_mins(2);
/// Pauses between two attempts to reach it: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// The longest message that is read. Chosen: payloads above 4 KiB lie elsewhere, so this is plenty.
const LARGEST: usize = 64 << 20;

/// Reads messages out of the bytes of a stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    rest: Vec<u8>,
    /// Bytes of `rest` that hold no end of a line.
    looked: usize,
    name: String,
    data: Vec<u8>,
}

/// A message: its name and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) data: Vec<u8>,
}

impl Reader {
    /// Takes bytes; returns the messages that they complete, or `None` if one is too large.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Vec<Message>> {
        self.rest.extend_from_slice(bytes);
        let mut messages = Vec::new();
        let mut begun = 0;
        while let Some(length) = self
            .rest
            .get(self.looked..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
        {
            let end = self.looked + length;
            let line = self.rest.get(begun..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                if !self.name.is_empty() || !self.data.is_empty() {
                    messages.push(Message {
                        name: std::mem::take(&mut self.name),
                        data: std::mem::take(&mut self.data),
                    });
                }
            } else if let Some(name) = line.strip_prefix(b"event:") {
                self.name = String::from_utf8_lossy(name).trim().to_owned();
            } else if let Some(data) = line.strip_prefix(b"data:") {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                let data = data.strip_prefix(b" ").unwrap_or(data);
                self.data.extend_from_slice(data);
            }
            begun = end + 1;
            self.looked = begun;
        }
        self.rest.drain(..begun);
        self.looked = self.rest.len();
        (self.rest.len().saturating_add(self.data.len()) <= LARGEST).then_some(messages)
    }
}

/// Somebody who follows a run.
struct Follower {
    client: Client,
    run: RunId,
    /// The last event that was told.
    after: Seq,
    live: bool,
    open: Option<(Response, Reader)>,
    waiting: VecDeque<News>,
    /// Since when the server is away.
    away: Option<Instant>,
    pause: Duration,
    /// Whether the run has ended, so that the end of the stream is the end of it.
    has_ended: bool,
    is_over: bool,
}

impl Client {
    /// Follows a run. What cannot be followed at all is said at once.
    pub(super) async fn follow_run(
        &self,
        run: RunId,
        after: Seq,
        live: bool,
    ) -> Result<NewsStream, ApiError> {
        let mut follower = Follower {
            client: self.clone(),
            run,
            after,
            live,
            open: None,
            waiting: VecDeque::new(),
            away: None,
            pause: PAUSES.0,
            has_ended: false,
            is_over: false,
        };
        match follower.connect().await {
            Ok(()) => {}
            Err(Refusal::ForEver(error)) => return Err(error),
            Err(Refusal::ForNow(failure)) => return Err(failure.into()),
        }
        Ok(Box::pin(stream::unfold(follower, |mut follower| async {
            let news = follower.next().await?;
            Some((news, follower))
        })))
    }
}

impl Follower {
    async fn connect(&mut self) -> Result<(), Refusal> {
        let question = Question::get(&format!("/v1/runs/{}/stream", self.run))
            .of(self.run)
            .with("lines", &true);
        let response = self.client.open(&question, self.after.number()).await?;
        self.open = Some((response, Reader::default()));
        Ok(())
    }

    async fn next(&mut self) -> Option<Result<News, Failure>> {
        loop {
            if let Some(news) = self.waiting.pop_front() {
                self.is_over |= !self.live && matches!(news, News::Rest(_));
                if self.is_over {
                    self.waiting.clear();
                }
                return Some(Ok(news));
            }
            if self.is_over {
                return None;
            }
            if let Err(failure) = self.go_on().await {
                self.is_over = true;
                return Some(Err(failure));
            }
        }
    }

    /// Reads on, or connects again.
    async fn go_on(&mut self) -> Result<(), Failure> {
        let Some((response, reader)) = &mut self.open else {
            return self.again().await;
        };
        let chunk = tokio::time::timeout(SILENCE, response.chunk()).await;
        let messages = match chunk {
            Ok(Ok(Some(bytes))) => reader.take(&bytes),
            // A run that ended says no more.
            Ok(Ok(None)) if self.has_ended => {
                self.is_over = true;
                return Ok(());
            }
            // It ended, broke, or nobody is there any more.
            Ok(Ok(None) | Err(_)) | Err(_) => {
                self.open = None;
                return Ok(());
            }
        };
        let messages = messages.ok_or_else(|| strange("a message is too large"))?;
        if !messages.is_empty() {
            self.away = None;
            self.pause = PAUSES.0;
        }
        for message in messages {
            self.hear(&message)?;
        }
        Ok(())
    }

    fn hear(&mut self, message: &Message) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Line {
            step: StepId,
            line: String,
        }
        #[derive(Deserialize)]
        struct Resting {
            why: Rest,
        }
        let odd = |error: serde_json::Error| strange(&error.to_string());
        match message.name.as_str() {
            "line" => {
                let Line { step, line } = serde_json::from_slice(&message.data).map_err(odd)?;
                self.waiting.push_back(News::Line { step, line });
            }
            "rest" => {
                let Resting { why } = serde_json::from_slice(&message.data).map_err(odd)?;
                self.has_ended = why == Rest::Finished;
                self.waiting.push_back(News::Rest(why));
            }
            "problem" => {
                let problem: Problem = serde_json::from_slice(&message.data).map_err(odd)?;
                return Err(Failure::new(
                    FailureKind::Unavailable,
                    problem.detail.chars().take(600).collect::<String>(),
                ));
            }
            _ => {
                let envelope: Envelope = serde_json::from_slice(&message.data).map_err(odd)?;
                if envelope.run != self.run {
                    return Err(strange("an event is of another run"));
                }
                if envelope.seq <= self.after {
                    return Ok(());
                }
                if envelope.seq.number() != self.after.number().saturating_add(1) {
                    return Err(strange("an event is missing"));
                }
                self.after = envelope.seq;
                self.has_ended = false;
                self.waiting.push_back(News::Event(Box::new(envelope)));
            }
        }
        Ok(())
    }

    /// Connects again after a pause; fails when the server is away for too long.
    async fn again(&mut self) -> Result<(), Failure> {
        let away = *self.away.get_or_insert_with(Instant::now);
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSES.1);
        match self.connect().await {
            Ok(()) => {
                self.away = None;
                Ok(())
            }
            Err(Refusal::ForNow(failure)) if away.elapsed() >= AWAY => Err(failure),
            Err(Refusal::ForNow(failure)) => {
                tracing::debug!(%failure, run = %self.run, "the server is away");
                Ok(())
            }
            Err(Refusal::ForEver(ApiError::Failed(failure) | ApiError::NotLetIn(failure))) => {
                Err(failure)
            }
            Err(Refusal::ForEver(error)) => {
                Err(Failure::new(FailureKind::Refused, error.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
