//! One attempt of a call: a request is sent, and its answer is read as it comes.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use venom_kernel::model::{Choice, ModelInfo, Part, Privacy, Reply};
use venom_kernel::time::Millis;
use venom_ports::model::{ModelCall, OnDelta};
use venom_ports::{Failure, FailureKind};

use std::time::Duration;

use super::{House, Providers, SILENCE, prompt_tokens, status, stopped};
use crate::dialect::{Ask, Dialect};
use crate::draft::Draft;
use crate::flaw::Flaw;
use crate::frame::Frames;
use crate::retry::Setback;
use crate::text_calls;
use crate::transport::{Answer, Sent, host_of};

/// The longest key of a call that is sent along. Those in use end at 255.
const LONGEST_KEY: usize = 255;

/// How waiting for something ended.
enum Ended<T> {
    Done(T),
    Stopped,
    Late,
}

/// Waits for something until it is there, too late, or not wanted any more.
async fn until<T>(
    end: Instant,
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Ended<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Ended::Stopped,
        done = work => Ended::Done(done),
        () = tokio::time::sleep_until(end) => Ended::Late,
    }
}

/// What an attempt is about, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub(super) house: &'a House,
    pub(super) info: &'a ModelInfo,
    pub(super) call: &'a ModelCall,
    pub(super) end: Instant,
    pub(super) cancel: &'a CancellationToken,
    pub(super) on_delta: Option<&'a OnDelta>,
}

impl Providers {
    pub(super) async fn attempt(&self, errand: Errand<'_>) -> Result<Reply, Setback> {
        let Errand {
            house,
            info,
            call,
            end,
            cancel,
            on_delta,
        } = errand;
        let model = &call.model;
        let dialect = house.provider.dialect;
        // Who cannot call tools is asked in words, the calls so far among them.
        let in_words =
            !info.tools && (!call.request.tools.is_empty() || text_calls::has_calls(&call.request));
        let worded = in_words.then(|| text_calls::ask(&call.request));
        let request = worded.as_ref().unwrap_or(&call.request);
        let out = dialect
            .write(&Ask {
                name: model.name(),
                info,
                request,
                images: &call.images,
                base: &house.base,
            })
            .map_err(Setback::last)?;
        let client = self.client().map_err(Setback::last)?;
        let key = match until(end, cancel, self.key(model.provider(), house)).await {
            Ended::Done(key) => key.map_err(Setback::last)?,
            Ended::Stopped => return Err(Setback::last(stopped(model))),
            Ended::Late => return Err(Setback::last(late(call))),
        };
        let mut headers = out.headers;
        if (1..=LONGEST_KEY).contains(&call.key.len())
            && call.key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            headers.push(("idempotency-key", call.key.clone()));
        }
        let (header, before) = dialect.vouches();
        let sent = client.send(Sent {
            body: Some(out.body),
            url: out.url,
            headers,
            key: key.as_ref().map(|key| (header, before, key)),
        });
        let mut answer = match until(end, cancel, sent).await {
            Ended::Done(answer) => answer?,
            Ended::Stopped => return Err(Setback::last(stopped(model))),
            Ended::Late => return Err(Setback::last(late(call))),
        };
        let secret = key.as_ref().map_or("", |key| key.as_str());
        if answer.status != 200 {
            let beginning = match until(end, cancel, answer.beginning()).await {
                Ended::Done(beginning) => beginning,
                Ended::Stopped => return Err(Setback::last(stopped(model))),
                Ended::Late => Vec::new(),
            };
            let now = jiff::Timestamp::from_microsecond(self.clock.now().micros())
                .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
            return status::judge(&status::Seen {
                answer: &answer,
                body: &beginning,
                model,
                secret,
                now,
            });
        }
        let media = answer.media();
        let Some(framing) = dialect.framing(&media) else {
            return Err(Setback::last(
                Failure::new(
                    FailureKind::Corrupt,
                    format!(
                        "{} answered with a page of HTML instead of an answer of {model}",
                        host_of(&house.base)
                    ),
                )
                .with_hint(
                    "see that `url` of the provider is the address of its interface, and that nothing stands before it that wants a sign-in",
                ),
            ));
        };
        let mut reading = Reading {
            dialect,
            frames: Frames::new(framing),
            draft: Draft::default(),
            prompt: prompt_tokens(request),
            on_delta,
            secret,
        };
        reading.draft.set_request_id(answer.request_id().as_deref());
        let silence = house.provider.silence.unwrap_or(SILENCE);
        let read = reading.all(&mut answer, call, silence, end, cancel).await;
        let host = host_of(&house.base);
        let usage = reading.draft.usage(reading.prompt);
        let request_id = reading.draft.request_id();
        let is_begun = reading.draft.is_begun();
        let failed = |failure: Failure| Setback {
            usage,
            request_id: request_id.clone(),
            ..Setback::last(status::without(failure, secret))
        };
        match read {
            Ok(()) => {}
            Err(Trouble::Broken(setback)) => return Err(failed(setback.failure)),
            Err(Trouble::Failed(failure)) => return Err(failed(failure)),
            Err(Trouble::Flaw(Flaw::Said(said))) if said.is_about_context() => {
                return Ok(status::too_long(request_id, usage));
            }
            Err(Trouble::Flaw(flaw)) => {
                // An error that comes in place of an answer, as a status would have.
                let (is_busy, after) = match &flaw {
                    Flaw::Said(said) => (said.is_about_load(), said.after),
                    Flaw::LongLine(_)
                    | Flaw::Endless(_)
                    | Flaw::TooMany(..)
                    | Flaw::NotJson { .. }
                    | Flaw::Shape(_)
                    | Flaw::Cut
                    | Flaw::Arguments { .. } => (false, None),
                };
                let mut setback = failed(flaw.failure(model.as_str(), &host));
                setback.may_repeat = is_busy && !is_begun;
                setback.after = after;
                return Err(setback);
            }
        }
        let earlier = call
            .request
            .messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter(|part| matches!(part, Part::ToolCall(_)))
            .count();
        let mut reply = reading
            .draft
            .finish(earlier, reading.prompt)
            .map_err(|flaw| failed(flaw.failure(model.as_str(), &host)))?;
        // Models at home write calls into the text even where they could call.
        let may_call = !call.request.tools.is_empty() && call.request.choice != Choice::None;
        if may_call && (in_words || info.privacy == Privacy::Local) {
            text_calls::adopt(&mut reply, &call.request.tools, earlier, in_words);
        }
        Ok(status::cleansed(reply, secret))
    }
}

fn late(call: &ModelCall) -> Failure {
    Failure::new(
        FailureKind::TimedOut,
        format!("{} did not answer within {}", call.model, call.within),
    )
    .with_hint("give it more time, or choose a faster model")
}

/// What kept an answer from being read.
enum Trouble {
    /// The connection broke.
    Broken(Setback),
    /// What came is wrong.
    Flaw(Flaw),
    /// It took too long, or was stopped.
    Failed(Failure),
}

/// An answer while it is read.
struct Reading<'a> {
    dialect: Dialect,
    frames: Frames,
    draft: Draft,
    /// The guess for what was asked.
    prompt: u64,
    on_delta: Option<&'a OnDelta>,
    /// The key that was sent.
    secret: &'a str,
}

impl Reading<'_> {
    /// Reads until the end.
    async fn all(
        &mut self,
        answer: &mut Answer,
        call: &ModelCall,
        silence: Millis,
        end: Instant,
        cancel: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut frames = Vec::new();
        let mut is_first = true;
        loop {
            // A model may think long before it says the first word, and not between two.
            let patience = Instant::now() + Duration::from_millis(silence.get());
            let limit = if is_first { end } else { patience.min(end) };
            let chunk = match until(limit, cancel, answer.chunk()).await {
                Ended::Done(Ok(chunk)) => chunk,
                // Its own mark says that an answer is whole; who then hangs up in a bad manner has
                // taken nothing away.
                Ended::Done(Err(_)) if self.draft.is_ended() => None,
                Ended::Done(Err(setback)) => return Err(Trouble::Broken(setback)),
                Ended::Stopped => return Err(Trouble::Failed(stopped(&call.model))),
                Ended::Late if self.draft.is_ended() => None,
                Ended::Late if limit == end => return Err(Trouble::Failed(late(call))),
                Ended::Late => {
                    return Err(Trouble::Failed(
                        Failure::new(
                            FailureKind::TimedOut,
                            format!(
                                "{} said nothing for {silence} in the middle of its answer",
                                call.model
                            ),
                        )
                        .with_hint("ask again; `silence` of the provider says how long is waited"),
                    ));
                }
            };
            is_first = false;
            let is_end = chunk.is_none();
            match &chunk {
                Some(bytes) => self.frames.push(bytes, &mut frames),
                None => self.frames.end(&mut frames),
            }
            .map_err(Trouble::Flaw)?;
            for frame in frames.drain(..) {
                self.dialect
                    .read(&frame, &mut self.draft)
                    .map_err(|flaw| judged(flaw, is_end))?;
                let deltas = self.draft.take_deltas();
                if let Some(on_delta) = self.on_delta {
                    for delta in deltas {
                        on_delta(status::cleansed_delta(delta, self.secret));
                    }
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }
}

/// Half a piece at the very end is a connection that was cut, and no mistake of the provider's.
fn judged(flaw: Flaw, is_end: bool) -> Trouble {
    match flaw {
        Flaw::NotJson { is_half: true, .. } if is_end => Trouble::Flaw(Flaw::Cut),
        other => Trouble::Flaw(other),
    }
}
