//! Progress of a run on stderr: one line for each step that ends, and on a terminal one line below
//! them that says what is under way and is drawn again.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::advice::Heard;
use venom_kernel::confine::Tier;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::evidence::Verdict;
use venom_kernel::id::{EffectId, StepId};
use venom_kernel::time::{Millis, Timestamp};

use super::{Output, clean, event};

/// The most calls of one answer that are noted. Chosen: no answer may have more.
const WISHES: usize = 32;

/// Follows a run for people.
pub(crate) struct Progress<'a> {
    out: &'a Output,
    titles: BTreeMap<StepId, String>,
    running: BTreeMap<StepId, Timestamp>,
    /// Names of things that were said to be found.
    named: BTreeSet<String>,
    /// The last line that a command printed.
    said: String,
    /// What stands on the line that is drawn again.
    drawn: String,
    has_noted_tier: bool,
    has_noted_lack: bool,
    /// The run's limit of time.
    limit: Option<Millis>,
    /// The steps that models are thinking for, by the effect that asks them.
    thinking: BTreeMap<EffectId, StepId>,
    /// Whether a model's words are shown as they come, and not again at their end.
    streams: bool,
    /// What models wish to be called, by step and call, until it is.
    wished: BTreeMap<(StepId, String), String>,
}

impl<'a> Progress<'a> {
    /// Begins to follow.
    pub(crate) const fn new(out: &'a Output) -> Self {
        Self {
            out,
            titles: BTreeMap::new(),
            running: BTreeMap::new(),
            named: BTreeSet::new(),
            said: String::new(),
            drawn: String::new(),
            has_noted_tier: false,
            has_noted_lack: false,
            limit: None,
            thinking: BTreeMap::new(),
            streams: false,
            wished: BTreeMap::new(),
        }
    }

    /// Shows a model's words as they come.
    pub(crate) const fn streaming(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Tells what is known from events that were not followed.
    pub(crate) fn recall(&mut self, envelope: &Envelope) {
        if let Event::RunStarted(started) = &envelope.event {
            self.limit = started.options.timeout;
        }
        if let Event::PlanGenerated { plan } = &envelope.event {
            for step in &plan.steps {
                self.titles
                    .insert(step.id.clone(), clean::short(&step.title, 100));
            }
        }
    }

    /// Shows an event.
    pub(crate) fn event(&mut self, envelope: &Envelope) {
        self.recall(envelope);
        let paint = self.out.talk_paint;
        match &envelope.event {
            Event::PlanGenerated { plan } => {
                let number = plan.steps.len();
                let end = if number == 1 { "" } else { "s" };
                self.line(&paint.dim(&format!("plan: {number} step{end}")));
            }
            Event::IntentParsed { intent } => {
                for target in &intent.targets {
                    // A goal may be understood more than once.
                    if self.named.insert(target.said.clone()) {
                        let text = event::target(target);
                        self.line(&paint.dim(&format!("note: {text}")));
                    }
                }
            }
            Event::PreferenceApplied {
                question,
                answer,
                source,
            } => {
                let text = event::preferred(&question.text, answer, source);
                self.line(&paint.dim(&format!("note: {text}")));
            }
            Event::StepStarted { step, .. } => {
                self.running.insert(step.clone(), envelope.time);
                self.said.clear();
            }
            Event::StepVerified { step, checks } => {
                let unproven = checks.iter().find_map(|judged| match &judged.verdict {
                    Verdict::Unproven(why) => Some(clean::short(why, 160)),
                    Verdict::Held | Verdict::Broken(_) => None,
                });
                let took = self.took(step, envelope.time);
                let title = self.title(step);
                match unproven {
                    None => self.line(&format!("{} {title}{took}", paint.good("✓"))),
                    Some(why) => self.line(&format!(
                        "{} {title}{took}: not proven: {why}",
                        paint.warn("?")
                    )),
                }
            }
            Event::StepFailed {
                step,
                why,
                retry_in,
            } => {
                let took = self.took(step, envelope.time);
                let title = self.title(step);
                let why = event::failure(why);
                match retry_in {
                    None => self.line(&format!("{} {title}{took}: {why}", paint.bad("✗"))),
                    Some(wait) => self.line(&format!(
                        "{} {title}{took}: {why}; again in {wait}",
                        paint.warn("–")
                    )),
                }
            }
            Event::StepSkipped { step, why } => {
                self.running.remove(step);
                let title = self.title(step);
                let why = event::skipped(why);
                self.line(&format!("{} {title}: {why}", paint.warn("–")));
            }
            Event::Restored { step, .. } => {
                let title = self.title(step);
                self.line(&format!("{} taken back: {title}", paint.warn("–")));
            }
            Event::ConflictFound { paths, .. } => {
                let paths = clean::short(&paths.join(", "), 160);
                self.line(&paint.warn(&format!("left alone, changed by somebody else: {paths}")));
            }
            Event::ModelSelected { selected, .. } => {
                let because = clean::short(&selected.because, 120);
                self.line(&paint.dim(&format!("model: {} ({because})", selected.model)));
            }
            Event::ToolRefused { because, .. } => {
                let because = clean::short(because, 160);
                self.line(&paint.warn(&format!("a call was not performed: {because}")));
            }
            Event::EffectFinished {
                id,
                outcome: EffectOutcome::Done(done),
                ..
            } if done.reply.is_some() => {
                let step = self.thinking.remove(id);
                if let (Some(reply), Some(step)) = (&done.reply, step) {
                    self.reply(&step, reply);
                }
            }
            Event::EffectStarted {
                id,
                step,
                kind: EffectKind::Think { .. },
                ..
            } => {
                self.thinking.insert(*id, step.clone());
            }
            // What is wished for is shown when it is done: a rule may forbid it, or nobody agree.
            Event::EffectStarted {
                step,
                kind: EffectKind::Act { call, .. },
                ..
            } => {
                if let Some(wish) = self.wished.remove(&(step.clone(), call.clone())) {
                    self.line(&paint.dim(&wish));
                }
            }
            Event::AdviceAsked { ask, .. } => {
                let topic = ask.topic.words();
                self.line(&paint.dim(&format!("asking {} about {topic}", ask.selected.model)));
            }
            Event::AdviceForgone { because, .. } => {
                let because = clean::short(because, 160);
                self.line(&paint.warn(&format!("no model was asked: {because}")));
            }
            Event::AdviceGiven {
                heard: heard @ (Heard::Failed(_) | Heard::Stopped),
                ..
            } => {
                let why = event::heard_text(heard);
                self.line(&paint.warn(&format!("going on without a model's advice: {why}")));
            }
            Event::PlansCompared { considered } => {
                for proposal in considered {
                    self.line(&paint.dim(&event::considered_text(proposal)));
                }
            }
            Event::EffectFinished {
                outcome: EffectOutcome::Done(done),
                ..
            } => {
                if let Some(receipt) = done.receipt.as_ref().filter(|r| r.commands > 0)
                    && !self.has_noted_tier
                {
                    self.has_noted_tier = true;
                    match receipt.tier {
                        Tier::Unconfined => {
                            self.line(&paint.warn("note: commands run unconfined"));
                        }
                        Tier::Restricted => self.line(&paint.dim(
                            "note: commands see the whole file tree: `venom sandbox doctor` says why",
                        )),
                        Tier::Docker | Tier::Cell => {}
                    }
                }
            }
            Event::RunPaused { by } => {
                self.line(&paint.warn(&format!("paused by {}", clean::line(by))));
            }
            Event::RunResumed { by } => {
                self.line(&paint.dim(&format!("resumed by {}", clean::line(by))));
            }
            Event::RunCancelled { by } => {
                let line = if by == "timeout" {
                    self.out_of_time()
                } else {
                    format!("cancelled by {}", clean::line(by))
                };
                self.line(&paint.warn(&line));
            }
            Event::RunFinished { .. } => self.running.clear(),
            Event::EffectFinished { .. }
            | Event::RunStarted(_)
            | Event::ClarificationAsked { .. }
            | Event::ClarificationAnswered { .. }
            | Event::Quoted { .. }
            | Event::PolicyDecided { .. }
            | Event::ApprovalAsked { .. }
            | Event::ApprovalGiven { .. }
            | Event::ApprovalDenied { .. }
            | Event::EffectStarted { .. }
            | Event::EffectInDoubt { .. }
            | Event::AdviceGiven { .. }
            | Event::AgentCreated { .. }
            | Event::BudgetReserved { .. }
            | Event::BudgetSettled { .. }
            | Event::BudgetCounted { .. }
            | Event::BudgetLimited { .. }
            | Event::FeedbackGiven { .. }
            | Event::RewindStarted { .. }
            | Event::Rewound { .. }
            | Event::StateRewound { .. }
            | Event::Forked { .. }
            | Event::SkillLearned { .. }
            | Event::SkillDecided { .. }
            | Event::ContentsReleased { .. }
            | Event::SnapshotReleased { .. }
            | Event::PreferenceForgotten { .. }
            | Event::LogRepaired { .. }
            | Event::StepExecuted { .. } => {}
            Event::SnapshotCreated { snapshot, .. } => {
                let partial = &snapshot.record().partial;
                if partial.is_lacking && !self.has_noted_lack {
                    self.has_noted_lack = true;
                    self.line(&paint.warn(&format!(
                        "note: {} paths could not be captured, so that changes to them cannot be undone; see `venom snapshot show`",
                        partial.count
                    )));
                }
            }
        }
        self.draw();
    }

    /// Says what a model answered, the first line of its words, and notes what it wishes for.
    fn reply(&mut self, step: &StepId, reply: &venom_kernel::model::Reply) {
        let text = reply.text();
        let mut lines = text.lines();
        if !self.streams
            && let Some(first) = lines.find(|line| !line.trim().is_empty())
        {
            self.line(&format!("  {}", clean::short(first.trim(), 160)));
        }
        // What an earlier answer wished for and nobody did is not done any more.
        self.wished.retain(|(of, _), _| of != step);
        for call in reply.calls().take(WISHES) {
            let name = clean::short(&call.name, 60);
            let with = clean::short(&call.arguments.to_string(), 100);
            let key = (step.clone(), call.id.clone());
            self.wished.insert(key, format!("  > {name} {with}"));
        }
    }

    /// Says that the time was over, how much there was, and what was under way.
    fn out_of_time(&self) -> String {
        let limit = match self.limit {
            Some(limit) => format!("the time limit of {limit} is reached"),
            None => "the time limit is reached".to_owned(),
        };
        let steps: Vec<String> = self.running.keys().map(|step| self.title(step)).collect();
        if steps.is_empty() {
            return format!("stopped: {limit}");
        }
        let steps = clean::short(&steps.join(", "), 160);
        format!("stopped: {limit}; under way: {steps}")
    }

    /// Shows a line that a command printed, or that a model said.
    pub(crate) fn said(&mut self, step: &StepId, line: &str) {
        if self.streams && self.thinking.values().any(|of| of == step) {
            self.line(&format!("  {}", clean::line(line)));
            self.draw();
        } else if self.running.contains_key(step) {
            self.said = clean::short(line, 200);
            self.draw();
        }
    }

    /// Takes the line that is drawn again away.
    pub(crate) fn clear(&mut self) {
        if !self.drawn.is_empty() {
            self.out.draw("\r\u{1b}[K");
            self.drawn.clear();
        }
    }

    fn line(&mut self, text: &str) {
        self.clear();
        self.out.talk(text);
    }

    fn draw(&mut self) {
        if !self.out.is_live {
            return;
        }
        if self.running.is_empty() {
            self.clear();
            return;
        }
        let names: Vec<&str> = self.running.keys().map(StepId::as_str).collect();
        let text = clean::short(
            &format!("… {}  {}", names.join(", "), self.said),
            self.out.width.saturating_sub(1),
        );
        if text != self.drawn {
            self.out
                .draw(&format!("\r\u{1b}[K{}", self.out.talk_paint.dim(&text)));
            self.drawn = text;
        }
    }

    fn title(&self, step: &StepId) -> String {
        self.titles
            .get(step)
            .cloned()
            .unwrap_or_else(|| step.to_string())
    }

    fn took(&mut self, step: &StepId, until: Timestamp) -> String {
        self.running
            .remove(step)
            .map(|since| format!(" ({})", until.since(since)))
            .unwrap_or_default()
    }
}
