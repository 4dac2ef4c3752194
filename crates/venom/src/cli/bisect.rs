//! `venom bisect`: which event of a run broke something, by running a command on the files as they
//! were.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Confinement, Grants, Limits, Mount};
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::time::Millis;
use venom_ports::api::time::{Moment, Time as _};
use venom_ports::exec::{Command, Exit as CommandExit, Keep};
use venom_ports::sandbox::{Place, Sandbox as _};

use super::context::Context;
use super::point::locate;
use crate::config::duration;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::Wired;

/// Find the event of a run that broke something: the command exits 0 where the files are good, with
/// 125 where it cannot tell, and otherwise where they are bad, as for git bisect
#[derive(Debug, Args)]
pub(crate) struct BisectArgs {
    /// The run; with `@SEQ`, up to that event
    #[arg(value_name = "RUN[@SEQ]")]
    run: String,
    /// An event at which the files are known to be good; the run's beginning if none is named
    #[arg(long, value_name = "SEQ")]
    good: Option<u64>,
    /// An event at which the files are known to be bad; the last one if none is named
    #[arg(long, value_name = "SEQ")]
    bad: Option<u64>,
    /// Longest time of one try
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration::parse)]
    timeout: Millis,
    /// The command
    #[arg(value_name = "CMD", last = true, required = true)]
    command: Vec<String>,
}

/// What a try said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Good,
    Bad,
    CannotTell,
}

/// A moment at which the files changed.
struct Point {
    seq: Seq,
    step: Option<StepId>,
}

pub(super) fn run(context: &Context, args: &BisectArgs) -> CliResult {
    context.with_commands(async |wired| {
        let (run, at) = locate(wired, &args.run).await?;
        let events = wired.events(run).await?;
        let bad = args.bad.map(Seq::new).or(at);
        let mut points = points(&events);
        points.retain(|point| {
            args.good.is_none_or(|good| point.seq.number() > good)
                && bad.is_none_or(|bad| point.seq <= bad)
        });
        if points.is_empty() {
            return Err(CliError::new(
                Exit::Failed,
                format!("no event of {run} in between changed a file"),
            )
            .hint("see the moments with `venom timeline RUN`"));
        }
        let first_good = Seq::new(args.good.unwrap_or(1));
        let trial = Trial {
            context,
            wired,
            run,
            args,
        };
        if trial.said(first_good).await? != Said::Good {
            return Err(CliError::new(
                Exit::Failed,
                format!("the command does not find {run}@{first_good} good, so no event after it broke it"),
            )
            .hint("name an earlier event with `--good`, or look at the command"));
        }
        let found = search(&trial, &points).await?;
        report(context, run, &events, &found);
        Ok(match found {
            Found::Event(_) => Exit::Ok,
            Found::Between(_) | Found::AllGood => Exit::Failed,
        })
    })
}

enum Found<'a> {
    /// This event is the first bad one.
    Event(&'a Point),
    /// One of these is; the command could not tell which.
    Between(Vec<&'a Point>),
    /// The last one is good.
    AllGood,
}

/// Looks for the first bad point: everything before `low` is good, `high` is bad.
async fn search<'a>(trial: &Trial<'_>, points: &'a [Point]) -> Result<Found<'a>, CliError> {
    let Some(last) = points.last() else {
        return Ok(Found::AllGood);
    };
    match trial.said(last.seq).await? {
        Said::Good => return Ok(Found::AllGood),
        Said::Bad => {}
        Said::CannotTell => return Ok(Found::Between(points.iter().collect())),
    }
    let (mut low, mut high) = (0, points.len() - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        // Where the command cannot tell, its neighbours towards the bad end are asked.
        let mut asked = middle;
        let said = loop {
            let Some(point) = points.get(asked).filter(|_| asked < high) else {
                break None;
            };
            match trial.said(point.seq).await? {
                Said::CannotTell => asked += 1,
                said => break Some(said),
            }
        };
        match said {
            Some(Said::Good) => low = asked + 1,
            Some(Said::Bad) if asked == middle => high = middle,
            Some(Said::Bad) => {
                // Bad beyond a stretch that says nothing: the stretch may hold the first bad one.
                high = asked;
                let stretch = points.get(low..=high).unwrap_or_default();
                let before = points.get(low..middle).unwrap_or_default();
                if before.is_empty() {
                    return Ok(Found::Between(stretch.iter().collect()));
                }
                match last_of(trial, before).await? {
                    Some(known_good) => low = known_good + low + 1,
                    None => return Ok(Found::Between(stretch.iter().collect())),
                }
                if low >= middle {
                    let stretch = points.get(low..=high).unwrap_or_default();
                    return Ok(Found::Between(stretch.iter().collect()));
                }
            }
            Some(Said::CannotTell) | None => {
                let stretch = points.get(low..=high).unwrap_or_default();
                return Ok(Found::Between(stretch.iter().collect()));
            }
        }
    }
    Ok(points.get(high).map_or(Found::AllGood, Found::Event))
}

/// Returns the last good point of a stretch, by asking from its end.
async fn last_of(trial: &Trial<'_>, points: &[Point]) -> Result<Option<usize>, CliError> {
    for (index, point) in points.iter().enumerate().rev() {
        if trial.said(point.seq).await? == Said::Good {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Picks the events after which the files are other than before.
fn points(events: &[Envelope]) -> Vec<Point> {
    let mut open = std::collections::BTreeMap::new();
    let mut last = None;
    let mut points = Vec::new();
    for envelope in events {
        match &envelope.event {
            Event::EffectStarted { id, step, kind, .. } => {
                if matches!(kind, EffectKind::Commit { .. } | EffectKind::Restore { .. }) {
                    open.insert(*id, step.clone());
                }
            }
            Event::EffectFinished {
                id,
                outcome: EffectOutcome::Done(done),
                ..
            } => {
                if let Some(step) = open.remove(id).filter(|_| done.conflicts.is_empty()) {
                    points.push(Point {
                        seq: envelope.seq,
                        step: Some(step),
                    });
                }
            }
            Event::SnapshotCreated { snapshot, step, .. } => {
                let record = snapshot.record();
                // A command that works on the files directly leaves them changed without a commit.
                let has_moved = record.parent.is_some_and(|parent| parent.changed > 0);
                if has_moved
                    && last.is_none_or(|seq| points.last().is_none_or(|p: &Point| p.seq <= seq))
                {
                    points.push(Point {
                        seq: envelope.seq,
                        step: step.clone(),
                    });
                }
                last = Some(envelope.seq);
            }
            _ => {}
        }
    }
    points
}

/// Tries the command on the files of moments.
struct Trial<'a> {
    context: &'a Context,
    wired: &'a Wired,
    run: RunId,
    args: &'a BisectArgs,
}

impl Trial<'_> {
    async fn said(&self, seq: Seq) -> Result<Said, CliError> {
        let failed = |error: std::io::Error| {
            CliError::new(Exit::Failed, format!("cannot make a folder: {error}"))
                .hint("see that the data folder is writable and the disk is not full")
        };
        let scratch = self.context.paths()?.scratch();
        let folder = tempfile::Builder::new()
            .prefix("bisect-")
            .tempdir_in(scratch)
            .map_err(failed)?;
        // The engine refuses paths that go through links.
        let root = folder.path().canonicalize().map_err(failed)?.join("files");
        std::fs::create_dir(&root).map_err(failed)?;
        let moment = Moment {
            run: self.run,
            at: Some(seq),
        };
        self.wired.host.materialise(&moment, &root).await?;
        let exit = self.run_in(&root, seq).await?;
        let said = match exit {
            CommandExit::Code(0) => Said::Good,
            CommandExit::Code(125) => Said::CannotTell,
            CommandExit::Code(1..=127) => Said::Bad,
            other => {
                return Err(CliError::new(
                    Exit::Failed,
                    format!("the command ended with {other:?} at event {seq}"),
                )
                .hint(
                    "exit codes above 127, signals and limits end a bisection, as for git bisect",
                ));
            }
        };
        let word = match said {
            Said::Good => "good",
            Said::Bad => "bad",
            Said::CannotTell => "cannot tell",
        };
        self.context.out.talk(&format!("event {seq}: {word}"));
        Ok(said)
    }

    async fn run_in(&self, root: &Path, seq: Seq) -> Result<CommandExit, CliError> {
        let place = Place {
            root: root.to_owned(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: true,
            grants: Grants {
                limits: Limits::BUILDS,
                mount: Mount::Overlay,
                ..Grants::default()
            },
            confinement: self.confinement()?,
            label: format!("bisect-{}-{seq}", std::process::id()),
            on_reach: Arc::new(|_| {}),
        };
        let cell = self.wired.sandbox.open(place).await?;
        let mut words = self.args.command.iter().cloned();
        let command = Command {
            program: words.next().unwrap_or_default(),
            args: words.collect(),
            cwd: PathBuf::from(root),
            env: std::collections::BTreeMap::default(),
            stdin: Vec::new(),
            timeout: self.args.timeout,
            keep: Keep::default(),
        };
        let ran = cell.run(command, CancellationToken::new(), None).await;
        cell.close(self.wired.blobs().as_ref()).await?;
        let finished = ran?;
        if finished.exit != CommandExit::Code(0) {
            for line in finished.stderr.text().lines().take(3) {
                self.context
                    .out
                    .talk(&format!("  {}", clean::short(line, 160)));
            }
        }
        Ok(finished.exit)
    }

    fn confinement(&self) -> Result<Confinement, CliError> {
        Ok(self.context.settings()?.sandbox.confinement())
    }
}

fn report(context: &Context, run: RunId, events: &[Envelope], found: &Found<'_>) {
    if context.out.form != Form::Text {
        let row = |point: &Point| {
            let by = Thought::before(events, point);
            json!({
                "seq": point.seq,
                "step": point.step,
                "prompt": by.prompt,
                "model": by.model,
                "turn": by.turn,
                "remembered": by.remembered,
            })
        };
        let (first_bad, candidates) = match found {
            Found::Event(point) => (Some(row(point)), Vec::new()),
            Found::Between(points) => (None, points.iter().map(|point| row(point)).collect()),
            Found::AllGood => (None, Vec::new()),
        };
        context.out.document(
            "bisect",
            json!({ "run": run, "first_bad": first_bad, "candidates": candidates }),
        );
        return;
    }
    match found {
        Found::Event(point) => {
            let started = events
                .iter()
                .rev()
                .find(|envelope| envelope.seq <= point.seq && is_of(envelope, point));
            context.out.data(&format!(
                "{run}@{} is the first bad event{}\n",
                point.seq,
                point
                    .step
                    .as_ref()
                    .map(|step| format!(", of step {step}"))
                    .unwrap_or_default()
            ));
            if let Some(envelope) = started {
                context.out.data(&event::line(envelope));
            }
            for line in Thought::before(events, point).lines() {
                context.out.data(&line);
            }
            context.out.talk(&format!(
                "explain it with: venom why {run}@{}; see the files with: venom diff {run}@{} {run}@{}",
                point.seq,
                point.seq.number().saturating_sub(1).max(1),
                point.seq
            ));
        }
        Found::Between(points) => {
            let names: Vec<String> = points.iter().map(|point| point.seq.to_string()).collect();
            context.out.data(&format!(
                "the first bad event of {run} is one of {}: the command cannot tell them apart\n",
                names.join(", ")
            ));
        }
        Found::AllGood => context.out.data(&format!(
            "every event of {run} that changed files is good\n"
        )),
    }
}

/// What had led to a step's work by an event: whose words, which model, and what earlier runs had taught.
#[derive(Default)]
struct Thought {
    prompt: String,
    model: Option<String>,
    turn: Option<u16>,
    remembered: Vec<String>,
}

impl Thought {
    fn before(events: &[Envelope], point: &Point) -> Self {
        let mut thought = Self::default();
        let is_its = |step: &StepId| Some(step) == point.step.as_ref();
        for envelope in events.iter().filter(|envelope| envelope.seq <= point.seq) {
            match &envelope.event {
                Event::RunStarted(started) => thought.prompt.clone_from(&started.goal),
                Event::PreferenceApplied {
                    question,
                    answer,
                    source,
                    ..
                } => thought
                    .remembered
                    .push(event::preferred(&question.text, answer, source)),
                Event::AgentCreated { step, setup } if is_its(step) => {
                    thought.prompt.clone_from(&setup.task);
                }
                Event::ModelSelected { step, selected, .. } if is_its(step) => {
                    thought.model = Some(selected.model.to_string());
                }
                Event::EffectStarted {
                    step,
                    kind: EffectKind::Think { turn, .. },
                    ..
                } if is_its(step) => thought.turn = Some(*turn),
                _ => {}
            }
        }
        thought
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("prompt: {}", clean::short(&self.prompt, 240))];
        lines.push(match (&self.model, self.turn) {
            (Some(model), Some(turn)) => {
                format!("model: {}, answer {turn}", clean::line(model))
            }
            (Some(model), None) => format!("model: {}", clean::line(model)),
            (None, _) => "model: none, the step is done by a skill".to_owned(),
        });
        lines.push(if self.remembered.is_empty() {
            "memory: no answer of an earlier run was taken".to_owned()
        } else {
            format!("memory: {}", self.remembered.join("; "))
        });
        lines
    }
}

fn is_of(envelope: &Envelope, point: &Point) -> bool {
    matches!(&envelope.event, Event::StepStarted { step, .. } if Some(step) == point.step.as_ref())
}
