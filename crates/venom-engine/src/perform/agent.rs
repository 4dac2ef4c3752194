//! What an agent has performed: a model is asked, a tool is called, a result is read on in.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::agent::{SEARCH, SKILL, shown, text_of};
use venom_kernel::budget::{Basis, Caps, Window};
use venom_kernel::confine::Receipt;
use venom_kernel::effect::{Done, EffectOutcome, Failure, FailureKind};
use venom_kernel::id::{EffectId, RunId, StepId};
use venom_kernel::model::{Delta, ModelId, Reply, Request, Usage};
use venom_kernel::run::Input;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::OnLine;
use venom_ports::model::{ModelCall, ModelFailure};
use venom_ports::skill::Call;

use super::{Order, Performer};
use crate::agent::{attach, safe};
use crate::memory::procedures;
use crate::supervisor::panic_message;

/// The largest answer that is taken. Chosen: far more than any model gives, and little enough for the
/// log.
const LARGEST_REPLY: usize = 4 << 20;
/// How long a model may take to let go when it is not wanted any more.
const LETTING_GO: Millis = Millis::from_secs(5);
/// How much longer than it was allowed to a model is waited for, before it is left alone.
const GRACE: Millis = Millis::from_secs(10);
/// Bytes of a token where nobody counts. Chosen: as the adapters do.
const BYTES: u64 = 4;
/// What a picture may count for, in tokens: the most that providers count.
const PICTURE: u64 = 1_600;
/// The longest line of an answer that is shown while it comes.
const LINE: usize = 400;
/// The longest text of a failure that a model is told.
const FAILURE: usize = 4_000;

/// A question to a model, with everything that it depends on.
pub(crate) struct Thought {
    pub(crate) effect: EffectId,
    pub(crate) step: StepId,
    pub(crate) model: ModelId,
    pub(crate) request: Arc<Request>,
    pub(crate) within: Millis,
    pub(crate) delay: Millis,
    /// The days and months whose caps it must not pass, with all other runs.
    pub(crate) windows: Vec<(Window, Caps)>,
    pub(crate) cancel: CancellationToken,
    pub(crate) on_line: OnLine,
}

impl Performer {
    /// Asks a model.
    pub(crate) async fn think(&self, thought: Thought) -> Input {
        let effect = thought.effect;
        let ended = |outcome, usage, basis| Input::Thought {
            effect,
            outcome,
            usage,
            basis,
        };
        let unasked = || ended(EffectOutcome::Stopped, Usage::default(), Basis::Told);
        if thought.delay > Millis::ZERO {
            tokio::select! {
                () = thought.cancel.cancelled() => return unasked(),
                () = tokio::time::sleep(thought.delay.into()) => {}
            }
        }
        if let (false, Ok(run)) = (thought.windows.is_empty(), self.run.parse::<RunId>()) {
            let windows = &thought.windows;
            let counted = crate::budget::overtaken(&self.world, run, effect, windows).await;
            if let Some(counted) = counted {
                return Input::Counted {
                    step: thought.step,
                    effect: Some(effect),
                    counted,
                };
            }
        }
        if thought.cancel.is_cancelled() {
            return unasked();
        }
        let images = match attach::pictures(&self.world, &thought.request).await {
            Ok(images) => images,
            Err(failure) => {
                return ended(
                    EffectOutcome::Failed(told(failure)),
                    Usage::default(),
                    Basis::Told,
                );
            }
        };
        let begun = self.world.clock.steady();
        let lines = Arc::new(Lines::new(thought.on_line.clone()));
        let heard = lines.clone();
        let call = ModelCall {
            model: thought.model.clone(),
            request: thought.request.clone(),
            images,
            key: format!("{}-{effect}", self.run),
            within: thought.within,
        };
        let work = self.world.models.call(
            call,
            thought.cancel.clone(),
            Some(Arc::new(move |delta| heard.hear(&delta))),
        );
        let work = AssertUnwindSafe(work).catch_unwind();
        let patience = thought.within.plus(GRACE);
        let gone = async {
            thought.cancel.cancelled().await;
            tokio::time::sleep(LETTING_GO.into()).await;
        };
        let answer = tokio::select! {
            biased;
            answer = work => answer.unwrap_or_else(|panic| {
                let message = panic_message(panic.as_ref());
                tracing::error!(run = %self.run, model = %thought.model, %message, "a model's adapter panicked");
                Err(Failure::new(FailureKind::Internal, message).into())
            }),
            () = gone => Err(Failure::new(
                FailureKind::TimedOut,
                format!("{} did not let go", thought.model),
            ).into()),
            () = tokio::time::sleep(patience.into()) => Err(Failure::new(
                FailureKind::TimedOut,
                format!("{} did not answer within {}", thought.model, thought.within),
            ).into()),
        };
        lines.finish();
        let took = Millis::new(self.world.clock.steady().get().saturating_sub(begun.get()));
        let ModelFailure { failure, usage, .. } = match answer {
            Ok(reply) => {
                let usage = reply.usage;
                let outcome = match checked(reply) {
                    Ok(reply) => EffectOutcome::Done(Done {
                        reply: Some(Box::new(reply)),
                        took,
                        ..Done::default()
                    }),
                    Err(failure) => EffectOutcome::Failed(failure),
                };
                return ended(outcome, usage, Basis::Told);
            }
            Err(failure) => failure,
        };
        let was_stopped = thought.cancel.is_cancelled();
        // Whoever hangs up in the middle hears no count, and pays for what was read and said by then.
        let (usage, basis) = match failure.kind {
            _ if usage.tokens() > 0 => (usage, Basis::Told),
            FailureKind::TimedOut => (estimate(&thought, &lines), Basis::Heard),
            _ if was_stopped || lines.heard() > 0 => (estimate(&thought, &lines), Basis::Heard),
            _ => (usage, Basis::Told),
        };
        if was_stopped {
            return ended(EffectOutcome::Stopped, usage, basis);
        }
        let mut failure = told(failure);
        failure.took = took;
        ended(EffectOutcome::Failed(failure), usage, basis)
    }

    /// Performs a call that a model wished for.
    pub(super) async fn act_for_agent(
        &self,
        order: &Order,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Done>> {
        if order.step.skill == SKILL && order.step.action == SEARCH {
            return self.search_memory(order).await.map(Some).map_err(told);
        }
        if order.step.skill == SKILL {
            return self.read_more(order).await.map(Some).map_err(told);
        }
        if let Some(again) = &order.again {
            let files = self.workspace.as_ref();
            procedures::still_stands(&self.world, files, again, &order.step)
                .await
                .map_err(|why| told(Failure::new(FailureKind::Conflict, why)))?;
        }
        // What a model writes refers to nothing: a `${...}` in it is a text.
        let call = Call {
            action: order.step.action.clone(),
            params: order.step.params.clone(),
            prepared: None,
        };
        let acted = self.performed(order, call, receipt).await.map_err(told)?;
        let Some((mut done, result)) = acted else {
            return Ok(None);
        };
        done.shown = Some(seen(&result, order.effect));
        Ok(Some(done))
    }

    /// Asks the memory what a model wants to know.
    async fn search_memory(&self, order: &Order) -> Result<Done> {
        let params = &order.step.params;
        let query = params
            .get("query")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let limit = params.get("limit").and_then(Value::as_u64);
        let limit = usize::try_from(limit.unwrap_or(5).clamp(1, 20)).unwrap_or(5);
        let found = crate::memory::given::search(&self.world, &self.run, query, limit).await?;
        let text = safe(&found);
        Ok(Done {
            shown: Some(shown(&text, order.effect)),
            result: self.payload(json!({ "text": text })).await?,
            ..Done::default()
        })
    }

    /// Shows lines of an earlier result.
    async fn read_more(&self, order: &Order) -> Result<Done> {
        let refused = |why: String| Failure::new(FailureKind::Refused, why);
        let params = &order.step.params;
        let named = params.get("output").and_then(Value::as_str);
        let named = named.unwrap_or_default();
        let Some(output) = &order.output else {
            let named: String = named.chars().take(40).collect();
            return Err(refused(format!("there is no output `{named}`")));
        };
        let of: EffectId = named.parse().map_err(|error| refused(format!("{error}")))?;
        let text = safe(&text_of(&self.value(output).await?));
        let number = |name: &str| {
            let number = params.get(name).and_then(Value::as_u64);
            number.and_then(|number| usize::try_from(number).ok())
        };
        let from = number("from").unwrap_or(1).max(1);
        let to = number("to").unwrap_or(usize::MAX);
        let page: String = text
            .split_inclusive('\n')
            .skip(from - 1)
            .take(to.saturating_sub(from).saturating_add(1))
            .collect();
        let lines = text.lines().count();
        let text = if page.is_empty() {
            format!("`{of}` has {lines} lines.\n")
        } else {
            shown(&page, of)
        };
        Ok(Done {
            result: self
                .payload(json!({"output": of, "from": from, "lines": lines}))
                .await?,
            shown: Some(text),
            ..Done::default()
        })
    }
}

/// Returns what a model sees of a result.
pub(super) fn seen(result: &Value, of: EffectId) -> String {
    shown(&safe(&text_of(result)), of)
}

/// Makes a failure fit for a model and for the log.
fn told(failure: Failure) -> Failure {
    let bound = |text: &str| {
        let text = safe(text);
        let mut short: String = text.chars().take(FAILURE).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    };
    let Failure {
        kind,
        message,
        hint,
        took,
    } = failure;
    Failure {
        kind,
        message: bound(&message),
        hint: hint.map(|hint| bound(&hint)),
        took,
    }
}

/// Estimates what a call took whose end nobody heard: all of the question, and the part of the answer
/// that had come.
fn estimate(thought: &Thought, lines: &Lines) -> Usage {
    let asked = serde_json::to_string(thought.request.as_ref()).map_or(0, |text| text.len() as u64);
    let pictures = (thought.request.images().len() as u64).saturating_mul(PICTURE);
    Usage {
        input: asked.div_ceil(BYTES).saturating_add(pictures),
        output: lines.heard().div_ceil(BYTES),
        ..Usage::default()
    }
}

fn checked(reply: Reply) -> Result<Reply> {
    let length = serde_json::to_string(&reply).map_or(usize::MAX, |text| text.len());
    if length > LARGEST_REPLY {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("the model's answer has {length} bytes"),
        )
        .with_hint("try another model with `--model`"));
    }
    Ok(reply)
}

/// Cuts an answer into lines while it comes, for people who watch.
struct Lines {
    on_line: OnLine,
    held: Mutex<String>,
    /// How many bytes of text, thinking and arguments have come.
    heard: AtomicU64,
}

impl Lines {
    fn new(on_line: OnLine) -> Self {
        Self {
            on_line,
            held: Mutex::new(String::new()),
            heard: AtomicU64::new(0),
        }
    }

    fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    fn hear(&self, delta: &Delta) {
        let (Delta::Text(piece)
        | Delta::Thinking(piece)
        | Delta::Arguments(piece)
        | Delta::Tool { name: piece }) = delta;
        self.heard.fetch_add(piece.len() as u64, Ordering::Relaxed);
        let Delta::Text(text) = delta else {
            return;
        };
        let mut whole = Vec::new();
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            for c in text.chars() {
                if c == '\n' || held.len() >= LINE {
                    whole.push(std::mem::take(&mut *held));
                }
                if c != '\n' {
                    held.push(c);
                }
            }
        }
        for line in whole {
            self.say(&line);
        }
    }

    fn finish(&self) {
        let line = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        self.say(&line);
    }

    fn say(&self, line: &str) {
        let line = safe(line);
        if !line.trim().is_empty() {
            (self.on_line)(line.trim_end());
        }
    }
}
