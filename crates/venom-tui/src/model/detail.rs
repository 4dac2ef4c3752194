//! The detail of the step that is looked at, as lines: made when what they say changes, and not for
//! each frame.

use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::Event;
use venom_kernel::id::{EffectId, RunId, Seq, StepId};
use venom_kernel::model::{Message as Said, Part, Role as Speaker};
use venom_kernel::run::{StepState, StepStatus};
use venom_kernel::time::Timestamp;

use super::sight::{Files, Sight};
use crate::canvas::{Row, wrapped};
use crate::look::{Mark, Role};
use crate::words::Words;

/// Bytes of a conversation that are shown; what is older can be read with `venom log`. Chosen: some
/// thousand lines, which are wrapped in a few milliseconds.
const SHOWN: usize = 256 << 10;
/// Lines of one result of a call.
const RESULT_LINES: usize = 14;
/// Lines of one text.
const TEXT_LINES: usize = 4_000;
/// Calls that are listed.
const CALLS: usize = 2_000;

/// A tab of the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tab {
    /// What was said and done.
    #[default]
    Talk,
    /// What the run changed.
    Files,
    /// What was called.
    Calls,
    /// What was spent.
    Cost,
    /// All events.
    Events,
}

impl Tab {
    pub(crate) const ALL: [Self; 5] = [
        Self::Talk,
        Self::Files,
        Self::Calls,
        Self::Cost,
        Self::Events,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Talk => "Conversation",
            Self::Files => "Diff",
            Self::Calls => "Tools",
            Self::Cost => "Cost",
            Self::Events => "Events",
        }
    }

    pub(crate) fn after(self, is_forth: bool) -> Self {
        let count = Self::ALL.len();
        let here = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        let next = if is_forth { here + 1 } else { here + count - 1 };
        Self::ALL.get(next % count).copied().unwrap_or_default()
    }
}

/// What the lines depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Basis {
    run: RunId,
    position: usize,
    events: usize,
    step: Option<StepId>,
    tab: Tab,
    width: usize,
    said: u64,
    file: usize,
    files: Option<Seq>,
}

/// The detail.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    pub(crate) tab: Tab,
    /// The first line that is shown.
    pub(crate) scroll: usize,
    /// Whether the end is kept in sight while more comes.
    pub(crate) is_at_end: bool,
    /// The file whose difference is shown.
    pub(crate) file: usize,
    rows: Vec<Row>,
    basis: Option<Basis>,
}

impl Detail {
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Makes the lines anew if what they say has changed.
    pub(crate) fn settle(
        &mut self,
        sight: Option<&Sight>,
        words: &Words,
        width: usize,
        height: usize,
    ) {
        let Some(sight) = sight else {
            self.rows.clear();
            self.basis = None;
            return;
        };
        let basis = Basis {
            run: sight.run,
            position: sight.position(),
            // What comes later does not change what was.
            events: if sight.is_past() {
                0
            } else {
                sight.events.len()
            },
            step: sight.step.clone(),
            tab: self.tab,
            width,
            said: if sight.is_past() { 0 } else { sight.said_count },
            file: self.file,
            files: sight.files.at(),
        };
        if self.basis.as_ref() != Some(&basis) {
            let is_other = self.basis.as_ref().is_none_or(|old| {
                old.run != basis.run
                    || old.step != basis.step
                    || old.tab != basis.tab
                    || old.file != basis.file
            });
            if is_other {
                self.scroll = 0;
                self.is_at_end = self.tab == Tab::Talk && !sight.is_over() && !sight.is_past();
            }
            let lines = Lines {
                sight,
                words,
                width,
            };
            self.rows = match self.tab {
                Tab::Talk => lines.talk(),
                Tab::Files => lines.files(self.file),
                Tab::Calls => lines.calls(),
                Tab::Cost => lines.cost(),
                Tab::Events => Vec::new(),
            };
            self.basis = Some(basis);
        }
        let most = self.rows.len().saturating_sub(height);
        self.scroll = if self.is_at_end {
            most
        } else {
            self.scroll.min(most)
        };
    }
}

/// Returns the mark of a step, and what it means.
pub(crate) fn status(status: &StepStatus) -> (Mark, Role) {
    match status {
        StepStatus::Waiting => (Mark::Waiting, Role::Dim),
        StepStatus::Ready => (Mark::Ready, Role::Plain),
        StepStatus::Asked(_) => (Mark::Asked, Role::Warn),
        StepStatus::Running(_) => (Mark::Running, Role::Accent),
        StepStatus::Verified => (Mark::Done, Role::Good),
        StepStatus::Unproven => (Mark::Unproven, Role::Warn),
        StepStatus::Failed(_) => (Mark::Failed, Role::Bad),
        StepStatus::Skipped(_) => (Mark::Skipped, Role::Dim),
    }
}

struct Lines<'a> {
    sight: &'a Sight,
    words: &'a Words,
    width: usize,
}

impl Lines<'_> {
    fn put(&self, rows: &mut Vec<Row>, role: Role, text: &str, most: usize) {
        let lines = wrapped(text, self.width, most + 1);
        let is_cut = lines.len() > most;
        for line in lines.into_iter().take(most) {
            rows.push(Row::new(role, line));
        }
        if is_cut {
            rows.push(Row::new(Role::Dim, "(more of it is not shown)"));
        }
    }

    fn title(rows: &mut Vec<Row>, text: &str) {
        if !rows.is_empty() {
            rows.push(Row::default());
        }
        rows.push(Row::new(Role::Strong, text));
    }

    fn talk(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let state = self.sight.state();
        let Some(started) = state.started() else {
            return vec![Row::new(Role::Dim, "reading the run")];
        };
        Self::title(&mut rows, "You");
        self.put(&mut rows, Role::Plain, &started.goal, 40);
        if let Some(intent) = state.intent() {
            let goals: Vec<String> = intent
                .goals
                .iter()
                .map(|goal| format!("{} ({})", goal.action, goal.confidence))
                .collect();
            let text = if goals.is_empty() {
                intent.name.clone()
            } else {
                goals.join(", ")
            };
            self.put(&mut rows, Role::Dim, &format!("understood as {text}"), 4);
        }
        self.asked(&mut rows);
        if let Some(outcome) = state.outcome() {
            Self::title(
                &mut rows,
                &format!("The run {}", (self.words.outcome)(outcome)),
            );
        }
        let step = self.sight.step_position();
        if let Some((step, known)) = step.and_then(|position| state.steps().nth(position)) {
            let (_, role) = status(&known.status);
            Self::title(&mut rows, &format!("Step {}", step.id));
            self.put(&mut rows, Role::Plain, &step.title, 6);
            rows.push(
                Row::new(
                    Role::Dim,
                    format!("{}.{}, {}: ", step.skill, step.action, step.class),
                )
                .and(role, known.status.word()),
            );
            self.why(&mut rows, known);
            self.agent(&mut rows, known);
            self.progress(&mut rows, step.id.as_str());
        }
        rows
    }

    /// Questions with their answers.
    fn asked(&self, rows: &mut Vec<Row>) {
        for envelope in self.sight.counted() {
            match &envelope.event {
                Event::ClarificationAsked { question, .. } => {
                    Self::title(rows, "VENOM asks");
                    self.put(rows, Role::Warn, &question.text, 12);
                }
                Event::ClarificationAnswered { answer, by, .. } => {
                    self.put(rows, Role::Plain, &format!("{by}: {answer}"), 12);
                }
                _ => {}
            }
        }
    }

    fn why(&self, rows: &mut Vec<Row>, known: &StepState) {
        match &known.status {
            StepStatus::Failed(why) => {
                self.put(rows, Role::Bad, &(self.words.failure)(why), 12);
            }
            StepStatus::Skipped(why) => {
                self.put(rows, Role::Dim, &(self.words.skipped)(why), 6);
            }
            StepStatus::Asked(id) => {
                if let Some(approval) = self.sight.state().approval(*id) {
                    self.put(rows, Role::Warn, &(self.words.reason)(&approval.reason), 12);
                }
            }
            StepStatus::Waiting
            | StepStatus::Ready
            | StepStatus::Running(_)
            | StepStatus::Verified
            | StepStatus::Unproven => {}
        }
    }

    fn agent(&self, rows: &mut Vec<Row>, known: &StepState) {
        let Some(agent) = &known.agent else {
            if let venom_kernel::change::Payload::Inline(value) = &known.result
                && !value.is_null()
            {
                Self::title(rows, "Result");
                let text = match value.get("text").and_then(serde_json::Value::as_str) {
                    Some(text) => text.to_owned(),
                    None => serde_json::to_string_pretty(value).unwrap_or_default(),
                };
                self.put(rows, Role::Plain, &text, 200);
            }
            return;
        };
        let said: Vec<&Said> = agent.conversation().collect();
        // From the end, as far as it is shown.
        let mut room = SHOWN;
        let first = said
            .iter()
            .rposition(|message| {
                let size: usize = message.parts.iter().map(size_of).sum();
                let is_over = size > room;
                room = room.saturating_sub(size);
                is_over
            })
            .unwrap_or(0);
        if first > 0 {
            rows.push(Row::default());
            rows.push(Row::new(
                Role::Dim,
                format!("(earlier messages: {first}; `venom log` has them)"),
            ));
        }
        for message in said.iter().skip(first) {
            self.message(rows, message, &agent.model().model.to_string());
        }
    }

    fn message(&self, rows: &mut Vec<Row>, message: &Said, model: &str) {
        let is_result = message
            .parts
            .iter()
            .all(|part| matches!(part, Part::ToolResult { .. }));
        match message.role {
            Speaker::User if is_result => {}
            Speaker::User => Self::title(rows, "VENOM"),
            Speaker::Assistant => Self::title(rows, model),
        }
        for part in &message.parts {
            match part {
                Part::Text { text } => self.put(rows, Role::Plain, text, TEXT_LINES),
                Part::Thinking { text, .. } => self.put(rows, Role::Dim, text, 200),
                Part::Image { media, .. } => {
                    rows.push(Row::new(Role::Dim, format!("(an image, {media})")));
                }
                Part::ToolCall(call) => {
                    let with = serde_json::to_string(&call.arguments).unwrap_or_default();
                    let with: String = with.chars().take(400).collect();
                    self.put(
                        rows,
                        Role::Accent,
                        &format!("calls {} {with}", call.name),
                        6,
                    );
                }
                Part::ToolResult { text, is_error, .. } => {
                    let role = if *is_error { Role::Bad } else { Role::Dim };
                    self.put(rows, role, text, RESULT_LINES);
                }
            }
        }
    }

    fn progress(&self, rows: &mut Vec<Row>, step: &str) {
        if self.sight.is_past() {
            return;
        }
        let lines: Vec<&String> = self
            .sight
            .said
            .iter()
            .filter(|(of, _)| of == step)
            .map(|(_, line)| line)
            .collect();
        if lines.is_empty() {
            return;
        }
        Self::title(rows, "Output");
        for line in lines {
            self.put(rows, Role::Dim, line, 8);
        }
    }

    fn files(&self, file: usize) -> Vec<Row> {
        let files = match &self.sight.files {
            Files::Unknown => {
                return vec![Row::new(Role::Dim, "looking at the files")];
            }
            Files::Failed(_, why) => {
                let mut rows = Vec::new();
                self.put(&mut rows, Role::Warn, why, 12);
                return rows;
            }
            Files::Known(_, None) => {
                let mut rows = Vec::new();
                let text = "What the files were at this moment is not known: no snapshot says so. Diffs need a run with snapshots that has a step which may change something.";
                self.put(&mut rows, Role::Dim, text, 6);
                return rows;
            }
            Files::Known(_, Some(files)) => files,
        };
        if files.is_empty() {
            return vec![Row::new(
                Role::Dim,
                "no file differs from the run's beginning",
            )];
        }
        let mut rows = Vec::new();
        if let Some(at) = self.sight.files.at().filter(|at| *at != self.sight.seq()) {
            rows.push(Row::new(Role::Dim, format!("as of event {at}")));
        }
        let shown = file.min(files.len() - 1);
        for (index, difference) in files.iter().enumerate().take(200) {
            let (added, removed) = difference.unified.as_deref().map_or((0, 0), counted);
            let role = if index == shown {
                Role::Focus
            } else {
                Role::Plain
            };
            let pointer = if index == shown { "> " } else { "  " };
            rows.push(
                Row::new(role, format!("{pointer}{}", difference.path))
                    .and(Role::Dim, format!("  {}", difference.nature))
                    .and(Role::Added, format!(" +{added}"))
                    .and(Role::Removed, format!(" -{removed}")),
            );
        }
        rows.push(Row::default());
        match files.get(shown).map(|difference| &difference.unified) {
            Some(Some(unified)) => {
                let clean = venom_kernel::plain::text(unified.as_bytes());
                for line in clean.lines().take(TEXT_LINES) {
                    let role = match line.chars().next() {
                        Some('+') => Role::Added,
                        Some('-') => Role::Removed,
                        Some('@') => Role::Hunk,
                        Some(_) | None => Role::Plain,
                    };
                    rows.push(Row::new(role, line.chars().take(2_000).collect::<String>()));
                }
            }
            Some(None) | None => rows.push(Row::new(
                Role::Dim,
                "it is no text, or too large to compare",
            )),
        }
        rows
    }

    fn calls(&self) -> Vec<Row> {
        struct Call<'a> {
            id: EffectId,
            step: &'a StepId,
            kind: &'a EffectKind,
            started: Timestamp,
            ended: Option<(&'a EffectOutcome, Timestamp)>,
        }
        let wanted = self.sight.step.as_ref();
        let mut calls: Vec<Call<'_>> = Vec::new();
        for envelope in self.sight.counted() {
            match &envelope.event {
                Event::EffectStarted { id, step, kind, .. }
                    if wanted.is_none_or(|wanted| wanted == step) =>
                {
                    calls.push(Call {
                        id: *id,
                        step,
                        kind,
                        started: envelope.time,
                        ended: None,
                    });
                }
                Event::EffectFinished { id, outcome, .. } => {
                    if let Some(call) = calls.iter_mut().rev().find(|call| call.id == *id) {
                        call.ended = Some((outcome, envelope.time));
                    }
                }
                _ => {}
            }
        }
        if calls.is_empty() {
            return vec![Row::new(Role::Dim, "nothing was called for this step")];
        }
        let skip = calls.len().saturating_sub(CALLS);
        let mut rows = Vec::new();
        for call in calls.iter().skip(skip) {
            let what = kind(call.kind);
            let row = Row::new(Role::Dim, format!("{:<8}", call.id.to_string()));
            let row = row.and(Role::Accent, what);
            rows.push(match call.ended {
                None => row.and(Role::Warn, "  under way"),
                Some((EffectOutcome::Done(_), at)) => row
                    .and(Role::Good, "  done")
                    .and(Role::Dim, format!(" in {}", at.since(call.started))),
                Some((EffectOutcome::Failed(_), at)) => row
                    .and(Role::Bad, "  failed")
                    .and(Role::Dim, format!(" after {}", at.since(call.started))),
                Some((EffectOutcome::Stopped, _)) => row.and(Role::Warn, "  stopped"),
            });
            match call.ended {
                Some((EffectOutcome::Failed(failure), _)) => {
                    self.put(&mut rows, Role::Bad, &format!("  {}", failure.message), 6);
                    if let Some(hint) = &failure.hint {
                        self.put(&mut rows, Role::Dim, &format!("  {hint}"), 4);
                    }
                }
                Some((EffectOutcome::Done(done), _)) => {
                    if let Some(receipt) = &done.receipt
                        && receipt.commands > 0
                    {
                        let text = format!("  {} commands {}", receipt.commands, receipt.tier);
                        rows.push(Row::new(Role::Dim, text));
                    }
                }
                Some((EffectOutcome::Stopped, _)) | None => {}
            }
            debug_assert!(
                wanted.is_none_or(|wanted| wanted == call.step),
                "calls of another step are left out"
            );
        }
        rows
    }

    fn cost(&self) -> Vec<Row> {
        let state = self.sight.state();
        let budget = state.budget();
        let cap = state.started().and_then(|started| started.options.max_cost);
        let line = |name: &str, value: String| {
            Row::new(Role::Dim, format!("{name:<12}")).and(Role::Plain, value)
        };
        let spent = budget.spent();
        let mut rows = vec![
            line("spent", format!("{}, {} tokens", spent.money, spent.tokens)),
            line(
                "reserved",
                format!(
                    "{}, {} tokens",
                    budget.reserved().money,
                    budget.reserved().tokens
                ),
            ),
            line(
                "cap",
                cap.map_or_else(|| "none".to_owned(), |cap| cap.to_string()),
            ),
        ];
        if let Some(quote) = state.quote() {
            rows.push(line(
                "quoted",
                format!(
                    "{} in {} (P50), {} in {} (P90)",
                    quote.expected.cost_p50,
                    quote.expected.p50,
                    quote.expected.cost_p90,
                    quote.expected.p90
                ),
            ));
        }
        let agents = state
            .steps()
            .filter_map(|(step, known)| Some((step, known.agent.as_ref()?)));
        for (step, agent) in agents {
            Self::title(&mut rows, step.id.as_str());
            rows.push(line("model", agent.model().model.to_string()));
            rows.push(line("because", agent.model().because.clone()));
            rows.push(line(
                "turns",
                format!("{}, {} calls", agent.turn(), agent.acts()),
            ));
            rows.push(line(
                "spent",
                format!("{}, {} tokens", agent.spent(), agent.usage().tokens()),
            ));
        }
        rows
    }
}

fn size_of(part: &Part) -> usize {
    match part {
        Part::Text { text } | Part::Thinking { text, .. } => text.len(),
        Part::ToolResult { text, .. } => text.len().min(4_096),
        Part::ToolCall(_) | Part::Image { .. } => 400,
    }
}

fn counted(unified: &str) -> (usize, usize) {
    let count = |sign: char, header: &str| {
        let lines = unified.lines();
        lines
            .filter(|line| line.starts_with(sign) && !line.starts_with(header))
            .count()
    };
    (count('+', "+++"), count('-', "---"))
}

/// Says what an effect does.
fn kind(kind: &EffectKind) -> String {
    match kind {
        EffectKind::Call { .. } => "the step's action".to_owned(),
        EffectKind::Commit { .. } => "commit of edits".to_owned(),
        EffectKind::Check => "look for the checks".to_owned(),
        EffectKind::Rerun { .. } => "failed tests again".to_owned(),
        EffectKind::Restore { .. } => "edits taken back".to_owned(),
        EffectKind::Think { turn, .. } => format!("the model thinks, turn {turn}"),
        EffectKind::Act { skill, action, .. } => format!("{skill}.{action}"),
        EffectKind::Prove { skill, action } => format!("{skill}.{action} as proof"),
    }
}
