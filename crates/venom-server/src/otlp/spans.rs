//! Spans of a run, as its events tell them: run, steps, calls of models and tools.
//!
//! A span is named by the event that began it: the trace is the run, the span is the position of that event.
//! So whoever has a span has its event, and the same run gives the same spans whoever makes them. Names
//! and attributes are those of the semantic conventions for generative AI; what was said to models, and the
//! goal, are in none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event, StepFailure};
use venom_kernel::id::{EffectId, RunId, Seq, StepId};
use venom_kernel::model::{ModelId, Usage};
use venom_kernel::plan::Plan;
use venom_kernel::time::Timestamp;

/// Kinds of spans, as the protocol numbers them.
const INTERNAL: u8 = 1;
const CLIENT: u8 = 3;
/// The status of a span that failed.
const FAILED: u8 = 2;

/// Something that took time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// The event that began it.
    pub(crate) begun: Seq,
    /// The event that ended it.
    pub(crate) ended: Seq,
    parent: Option<Seq>,
    name: String,
    kind: u8,
    times: (Timestamp, Timestamp),
    attributes: BTreeMap<&'static str, Value>,
    /// What kind of failure it ended with.
    failed: Option<String>,
}

impl Span {
    /// Writes it as the protocol does in JSON.
    pub(crate) fn json(&self, run: RunId) -> Value {
        let mut attributes = self.attributes.clone();
        attributes.insert("venom.run.id", json!(run.to_string()));
        attributes.insert("venom.event.begun", json!(self.begun.number()));
        attributes.insert("venom.event.ended", json!(self.ended.number()));
        let mut span = Map::new();
        let mut say = |name: &str, value: Value| span.insert(name.to_owned(), value);
        say("traceId", json!(format!("{:032x}", run.to_u128())));
        say("spanId", json!(id(self.begun)));
        if let Some(parent) = self.parent {
            say("parentSpanId", json!(id(parent)));
        }
        say("name", json!(self.name));
        say("kind", json!(self.kind));
        say("startTimeUnixNano", json!(nanos(self.times.0)));
        say("endTimeUnixNano", json!(nanos(self.times.1)));
        if let Some(failed) = &self.failed {
            attributes.insert("error.type", json!(failed));
            say("status", json!({ "code": FAILED, "message": failed }));
        }
        say("attributes", super::attributes(&attributes));
        Value::Object(span)
    }
}

fn id(seq: Seq) -> String {
    format!("{:016x}", seq.number())
}

/// Writes a time as the protocol does: a number of 64 bits as text.
pub(super) fn nanos(time: Timestamp) -> String {
    i128::from(time.micros())
        .max(0)
        .saturating_mul(1_000)
        .to_string()
}

/// Something that is under way.
#[derive(Debug, Clone)]
struct Open {
    begun: Seq,
    since: Timestamp,
    parent: Option<Seq>,
    name: String,
    kind: u8,
    attributes: BTreeMap<&'static str, Value>,
}

impl Open {
    fn close(self, envelope: &Envelope, failed: Option<String>) -> Span {
        Span {
            begun: self.begun,
            ended: envelope.seq,
            parent: self.parent,
            name: self.name,
            kind: self.kind,
            times: (self.since, envelope.time),
            attributes: self.attributes,
            failed,
        }
    }
}

/// Follows the events of a run, from its first one on.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    /// The last event that it heard.
    heard: Seq,
    /// The last event that a fork took over: what ended before it belongs to the run that it came from.
    taken_over: Seq,
    run: Option<Open>,
    steps: BTreeMap<StepId, Open>,
    effects: BTreeMap<EffectId, Open>,
    /// What each step does.
    works: BTreeMap<StepId, (String, String)>,
    models: BTreeMap<EffectId, ModelId>,
    spans: Vec<Span>,
    /// Where in `spans` a call of a model ended whose tokens come later.
    asked: BTreeMap<EffectId, usize>,
}

impl Teller {
    /// Returns the last event that it heard.
    pub(crate) const fn heard(&self) -> Seq {
        self.heard
    }

    /// Gives the spans that ended since they were taken the last time, without those that ended up to an event.
    pub(crate) fn take(&mut self, after: Seq) -> Vec<Span> {
        self.asked.clear();
        let taken_over = self.taken_over;
        let mut spans = std::mem::take(&mut self.spans);
        spans.retain(|span| span.ended > after && span.ended > taken_over);
        spans
    }

    fn open(
        envelope: &Envelope,
        parent: Option<Seq>,
        name: String,
        operation: Option<&str>,
    ) -> Open {
        let mut attributes = BTreeMap::new();
        if let Some(operation) = operation {
            attributes.insert("gen_ai.operation.name", json!(operation));
        }
        Open {
            begun: envelope.seq,
            since: envelope.time,
            parent,
            name,
            kind: INTERNAL,
            attributes,
        }
    }

    /// Hears the next event.
    pub(crate) fn hear(&mut self, envelope: &Envelope) {
        self.heard = envelope.seq;
        let root = self.run.as_ref().map(|run| run.begun);
        match &envelope.event {
            Event::Forked { .. } => self.taken_over = envelope.seq,
            Event::RunStarted(started) => {
                let mut run = Self::open(envelope, None, "run".to_owned(), Some("invoke_agent"));
                run.attributes.insert("gen_ai.agent.name", json!("venom"));
                run.attributes
                    .insert("gen_ai.conversation.id", json!(envelope.run.to_string()));
                run.attributes
                    .insert("venom.version", json!(started.version));
                self.run = Some(run);
            }
            Event::PlanGenerated { plan } => self.plan(plan),
            Event::StepStarted { step, attempt } => {
                let mut open = Self::open(envelope, root, format!("step {step}"), None);
                open.attributes.insert("venom.step", json!(step.as_str()));
                open.attributes.insert("venom.attempt", json!(attempt));
                if let Some((skill, action)) = self.works.get(step) {
                    open.attributes.insert("venom.skill", json!(skill));
                    open.attributes.insert("venom.action", json!(action));
                }
                self.steps.insert(step.clone(), open);
            }
            Event::AgentCreated { step, .. } => {
                if let Some(open) = self.steps.get_mut(step) {
                    open.attributes
                        .insert("gen_ai.operation.name", json!("invoke_agent"));
                    open.attributes
                        .insert("gen_ai.agent.name", json!(step.as_str()));
                }
            }
            Event::StepVerified { step, .. } => self.end_step(step, envelope, None),
            Event::StepFailed { step, why, .. } => {
                self.end_step(step, envelope, Some(failure(why)));
            }
            Event::StepSkipped { step, .. } => self.end_step(step, envelope, None),
            Event::EffectStarted { id, step, kind, .. } => {
                let parent = self.steps.get(step).map(|step| step.begun).or(root);
                let open = self.effect(envelope, parent, step, kind);
                self.effects.insert(*id, open);
            }
            Event::AdviceAsked { effect, .. } => {
                let open = Self::open(envelope, root, "chat".to_owned(), Some("chat"));
                let open = Open {
                    kind: CLIENT,
                    ..open
                };
                self.effects.insert(*effect, open);
            }
            Event::BudgetReserved { effect, model, .. } => {
                self.models.insert(*effect, model.clone());
                if let Some(open) = self.effects.get_mut(effect) {
                    ask(open, model);
                }
            }
            Event::BudgetSettled {
                effect,
                took,
                usage,
                ..
            } => self.settle(*effect, took.money.micros(), *usage),
            Event::EffectFinished { id, outcome, .. } => {
                let failed = match outcome {
                    EffectOutcome::Done(_) => None,
                    EffectOutcome::Failed(failure) => Some(failure.kind.to_string()),
                    EffectOutcome::Stopped => Some("stopped".to_owned()),
                };
                self.end_effect(*id, envelope, failed);
            }
            Event::EffectInDoubt { id, .. } => {
                self.end_effect(*id, envelope, Some("in-doubt".to_owned()));
            }
            Event::AdviceGiven { effect, .. } => self.end_effect(*effect, envelope, None),
            Event::RunFinished { outcome } => {
                let word = serde_json::to_value(outcome).unwrap_or_default();
                let word = match &word {
                    Value::String(word) => word.clone(),
                    Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
                    _ => String::new(),
                };
                for (_, open) in std::mem::take(&mut self.effects) {
                    self.spans
                        .push(open.close(envelope, Some("stopped".to_owned())));
                }
                for (_, open) in std::mem::take(&mut self.steps) {
                    self.spans
                        .push(open.close(envelope, Some("stopped".to_owned())));
                }
                if let Some(run) = &self.run {
                    let mut run = run.clone();
                    let failed = (word == "failed").then(|| word.clone());
                    run.attributes.insert("venom.outcome", json!(word));
                    self.spans.push(run.close(envelope, failed));
                }
            }
            _ => {}
        }
    }

    fn plan(&mut self, plan: &Plan) {
        for step in &plan.steps {
            let work = (step.skill.clone(), step.action.clone());
            self.works.insert(step.id.clone(), work);
        }
    }

    fn effect(
        &self,
        envelope: &Envelope,
        parent: Option<Seq>,
        step: &StepId,
        kind: &EffectKind,
    ) -> Open {
        let tool = |skill: &str, action: &str| {
            let name = format!("execute_tool {skill}.{action}");
            let mut open = Self::open(envelope, parent, name, Some("execute_tool"));
            open.attributes
                .insert("gen_ai.tool.name", json!(format!("{skill}.{action}")));
            open
        };
        let plain = |name: &str| Self::open(envelope, parent, name.to_owned(), None);
        match kind {
            EffectKind::Call { .. } => match self.works.get(step) {
                Some((skill, action)) => tool(skill, action),
                None => plain("call"),
            },
            EffectKind::Act {
                call,
                skill,
                action,
                ..
            } => {
                let mut open = tool(skill, action);
                open.attributes.insert("gen_ai.tool.call.id", json!(call));
                open
            }
            EffectKind::Prove { skill, action } => tool(skill, action),
            EffectKind::Think { turn, .. } => {
                let mut open = Self::open(envelope, parent, "chat".to_owned(), Some("chat"));
                open.kind = CLIENT;
                open.attributes.insert("venom.turn", json!(turn));
                if let Event::EffectStarted { id, .. } = &envelope.event
                    && let Some(model) = self.models.get(id)
                {
                    ask(&mut open, model);
                }
                open
            }
            EffectKind::Commit { .. } => plain("commit"),
            EffectKind::Check => plain("check"),
            EffectKind::Rerun { .. } => plain("rerun"),
            EffectKind::Restore { .. } => plain("restore"),
        }
    }

    fn end_step(&mut self, step: &StepId, envelope: &Envelope, failed: Option<String>) {
        if let Some(open) = self.steps.remove(step) {
            self.spans.push(open.close(envelope, failed));
        }
    }

    fn end_effect(&mut self, effect: EffectId, envelope: &Envelope, failed: Option<String>) {
        if let Some(open) = self.effects.remove(&effect) {
            self.asked.insert(effect, self.spans.len());
            self.spans.push(open.close(envelope, failed));
        }
    }

    /// Notes what a call of a model took, which is written with its end, before it or after it.
    fn settle(&mut self, effect: EffectId, micros: u64, usage: Usage) {
        let ended = self.asked.get(&effect).copied();
        let attributes = match ended.and_then(|place| self.spans.get_mut(place)) {
            Some(span) => &mut span.attributes,
            None => match self.effects.get_mut(&effect) {
                Some(open) => &mut open.attributes,
                None => return,
            },
        };
        let read = usage
            .input
            .saturating_add(usage.cache_read)
            .saturating_add(usage.cache_write);
        attributes.insert("gen_ai.usage.input_tokens", json!(read));
        attributes.insert("gen_ai.usage.output_tokens", json!(usage.output));
        attributes.insert("venom.cost.micro_usd", json!(micros));
    }
}

fn ask(open: &mut Open, model: &ModelId) {
    open.name = format!("chat {model}");
    open.attributes
        .insert("gen_ai.provider.name", json!(model.provider()));
    open.attributes
        .insert("gen_ai.request.model", json!(model.as_str()));
}

/// Says the kind of a failure: words that are few, and nothing of what was said.
fn failure(why: &StepFailure) -> String {
    match why {
        StepFailure::Effect(failure) => failure.kind.to_string(),
        StepFailure::Checks(_) => "checks".to_owned(),
        StepFailure::Conflict(_) => "conflict".to_owned(),
        StepFailure::Denied(_) => "denied".to_owned(),
        StepFailure::InDoubt => "in-doubt".to_owned(),
        StepFailure::OutOfTime => "out-of-time".to_owned(),
        StepFailure::Budget(_) => "budget".to_owned(),
    }
}
