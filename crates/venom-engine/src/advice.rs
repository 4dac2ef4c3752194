//! Advice: asking a model about a goal or a plan, and reading what it says.
//!
//! What is asked, and what follows from the answer, is the affair of `intent::advised` and
//! `plan::proposed`. Here is what they share: making a question of a request, making the call, and
//! finding one JSON value in whatever a model wrote around it.

use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_kernel::advice::{Advice, Ask, Heard, Topic};
use venom_kernel::agent::Selected;
use venom_kernel::budget::{Basis, Caps, Window};
use venom_kernel::effect::EffectOutcome;
use venom_kernel::event::RunStarted;
use venom_kernel::id::EffectId;
use venom_kernel::model::{Kind, Message, Part, Request};
use venom_kernel::route::Need;
use venom_kernel::run::{Input, RunState};
use venom_kernel::time::Millis;
use venom_ports::{Failure, FailureKind, Result};

use crate::perform::agent::Thought;
use crate::perform::{Performer, read_payload};
use crate::route::{self, Wish};
use crate::world::World;

/// The name by which `route.pins` may mean all advice.
const SKILL: &str = "advice";
/// Bytes of a token, before a model has counted any; as the kernel does.
const BYTES: u64 = 3;
/// How often a question is put again whose answer nobody heard the end of. Chosen as for steps.
const ATTEMPTS: usize = 3;
/// The longest answer that is looked into, in bytes. Chosen: far more than any plan has.
const LONGEST: usize = 256 << 10;
/// How deep a value may be nested. Chosen: an answer that fits a schema of ours has five levels.
const DEEPEST: usize = 32;

/// What a model is to be told and asked.
pub(crate) struct Question {
    pub(crate) topic: Topic,
    pub(crate) kind: Kind,
    pub(crate) because: String,
    pub(crate) system: String,
    pub(crate) text: String,
    /// What the answer has to fit.
    pub(crate) schema: Value,
    pub(crate) answer: u32,
    pub(crate) temperature: Option<u16>,
}

/// Makes a question ready to be put: chooses the model, and keeps the request.
pub(crate) async fn ready(
    world: &World,
    state: &RunState,
    started: &RunStarted,
    question: Question,
) -> Result<Ask> {
    let asked = question.system.len() + question.text.len() + question.schema.to_string().len();
    let wish = Wish {
        skill: SKILL,
        action: if question.topic.is_plan() {
            "plan"
        } else {
            "intent"
        },
        kind: question.kind,
        prompt: asked as u64 / BYTES + 1,
        options: &started.options,
        budget: state.budget(),
        cost: None,
        must: Vec::new(),
        // Where nobody keeps to a form by itself, the form is asked for in words.
        may: vec![Need::Schema],
        is_agents: true,
    };
    let selected = Selected {
        // Advice that does not come is done without: nobody takes its place.
        fallbacks: Vec::new(),
        ..route::choose(world, &wish).await?
    };
    let request = Request {
        system: question.system,
        messages: vec![Message {
            role: venom_kernel::model::Role::User,
            parts: vec![Part::text(question.text)],
        }],
        output: Some(question.schema),
        max_tokens: question.answer,
        temperature: question.temperature,
        ..Request::default()
    };
    let bytes = serde_json::to_vec(&request)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    let length = bytes.len() as u64;
    // Where the model's context is small, the answer has what is left of it, and a question that takes
    // more than half of it is not put.
    if length / 3 > selected.context / 2 {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("the question does not fit {}", selected.model),
        ));
    }
    Ok(Ask {
        topic: question.topic,
        because: question.because,
        selected,
        request: world.blobs.put(bytes).await?,
        bytes: length,
        answer: question.answer,
        within: world.agents.limits.think,
    })
}

/// Returns the latest question about a topic whose answer counts.
pub(crate) fn latest(state: &RunState, topic: Topic) -> Option<&Advice> {
    state
        .advice()
        .iter()
        .rev()
        .find(|advice| advice.ask.topic == topic)
}

/// Tells whether a question about a topic may be put: it was not yet, or nobody heard the end.
pub(crate) fn may_ask(state: &RunState, topic: Topic) -> bool {
    let put = state.advice().iter();
    let put = put.filter(|advice| advice.ask.topic == topic).count();
    let is_open = latest(state, topic).is_none_or(|advice| advice.heard == Some(Heard::Stopped));
    is_open && put < ATTEMPTS
}

/// Returns what a model said about a topic, if it said all of it.
pub(crate) async fn words(world: &World, state: &RunState, topic: Topic) -> Option<String> {
    let advice = latest(state, topic)?;
    let Some(Heard::Answered { text, stop, .. }) = &advice.heard else {
        return None;
    };
    if !stop.is_whole() {
        return None;
    }
    match read_payload(world, text).await {
        Ok(Value::String(text)) => Some(text),
        Ok(_) => None,
        Err(failure) => {
            tracing::warn!(%failure, "a model's advice cannot be read");
            None
        }
    }
}

/// Finds the JSON object in what a model wrote: the whole of it, or what stands between the first brace
/// and the last one, whatever stands around it.
pub(crate) fn object(text: &str) -> Option<Value> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim();
    let from = text.find('{')?;
    let to = text.rfind('}')?;
    let inner = text.get(from..=to)?;
    let value: Value = serde_json::from_str(inner).ok()?;
    (value.is_object() && depth(&value) <= DEEPEST).then_some(value)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

impl Performer {
    /// Asks a model for advice.
    pub(crate) async fn advise(
        &self,
        effect: EffectId,
        ask: Ask,
        answer: u32,
        windows: Vec<(Window, Caps)>,
        cancel: CancellationToken,
    ) -> Input {
        let failed = |failure| Input::Advised {
            effect,
            heard: Heard::Failed(failure),
            usage: venom_kernel::model::Usage::default(),
            basis: Basis::Told,
        };
        let request = match self.request(&ask, answer).await {
            Ok(request) => request,
            Err(failure) => return failed(failure),
        };
        let Some(step) = venom_kernel::advice::step() else {
            let why = "the name of advice is no name of a step";
            return failed(Failure::new(FailureKind::Internal, why));
        };
        let thought = Thought {
            effect,
            step,
            model: ask.selected.model.clone(),
            request: Arc::new(request),
            within: ask.within,
            delay: Millis::ZERO,
            windows,
            cancel,
            // What comes is data, which nobody wants to read while it comes.
            on_line: Arc::new(|_: &str| {}),
        };
        let Input::Thought {
            outcome,
            usage,
            basis,
            ..
        } = self.think(thought).await
        else {
            // Others were first: that says nothing about the model.
            return failed(Failure::new(
                FailureKind::Conflict,
                "the budget of the day or the month does not hold the answer",
            ));
        };
        let heard = match outcome {
            EffectOutcome::Done(done) => match done.reply {
                Some(reply) => {
                    let text = Value::String(crate::agent::safe(&reply.text()));
                    match self.payload(text).await {
                        Ok(text) => Heard::Answered {
                            text,
                            stop: reply.stop,
                            took: done.took,
                        },
                        Err(failure) => Heard::Failed(failure),
                    }
                }
                None => Heard::Failed(Failure::new(FailureKind::Corrupt, "it gave nothing")),
            },
            EffectOutcome::Failed(failure) => Heard::Failed(failure),
            EffectOutcome::Stopped => Heard::Stopped,
        };
        Input::Advised {
            effect,
            heard,
            usage,
            basis,
        }
    }

    async fn request(&self, ask: &Ask, answer: u32) -> Result<Request> {
        let bytes = self.world.blobs.get(&ask.request).await?;
        let mut request: Request = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(
                FailureKind::Corrupt,
                format!("a question to a model cannot be read: {error}"),
            )
        })?;
        request.max_tokens = answer;
        Ok(request)
    }
}

#[cfg(test)]
mod tests;
