//! `venom chat`: a conversation. Each line is a goal of its own, which knows what was said and done before.
//!
//! There is no second truth: a conversation is a chain of runs, each of which names the one that it
//! follows. What a model sees of it is a view over their logs.

use std::path::PathBuf;

use clap::Args;
use futures::StreamExt as _;
use venom_kernel::attachment::{self, Attachment};
use venom_kernel::event::{Outcome, RunOptions};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::report::Report;
use venom_ports::api::runs::{ApiError, News, Rest, Runs as _, StartRun};
use venom_ports::inbox::Command;
use venom_ports::model::Models as _;

use self::reader::{Instead, Reader};
use super::attend::{self, Caught, Signals};
use super::context::Context;
use super::goal::How;
use super::place::{self, Place};
use super::{prompt, rewind};
use crate::config::{Flags, money};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::progress::Progress;
use crate::output::{Form, clean};
use crate::wire::{self, Wired};

mod reader;

/// How many runs of this folder are looked through for what was said before.
const RUNS: usize = 200;
/// How many turns of a conversation are shown when it is taken up again.
const RECALLED: usize = 5;

const HELP: &str = "Say what you want; what was said before is known.
  /plan [GOAL]   show the plan for a goal, or that of the last one
  /go            do the plan that was shown
  /cost          show what the conversation has cost
  /undo          take back what the last goal did to the files
  /model [NAME]  show the models, or use another one
  /file [PATH]   show a text or a picture to the model with what you say next
  /help          show this
  /quit          end
Ctrl-C cancels what is under way, Ctrl-D ends.";

/// Talk: each line is a goal that knows what was said before
#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// Work in this folder instead of the current one
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Go on with the conversation that this run belongs to; the last run of this folder if none is named
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
    resume: Option<String>,
    /// The model that thinks, such as `anthropic/claude-sonnet-4-5`
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelId>,
    /// The most money that the conversation may spend on models, in dollars
    #[arg(long, visible_alias = "budget", value_name = "DOLLARS", value_parser = money::parse)]
    max_cost: Option<MicroUsd>,
    /// Let commands run without a sandbox where none can be had
    #[arg(long)]
    allow_unconfined: bool,
    /// Give every approval in advance
    #[arg(long, short)]
    yes: bool,
}

impl ChatArgs {
    fn how(&self) -> How {
        let mut how = How::saying(String::new(), self.workspace.clone());
        how.allow_unconfined = self.allow_unconfined;
        how
    }

    /// Returns what the flags say about settings.
    pub(super) fn flags(&self) -> Flags {
        self.how().flags()
    }

    /// Returns the folder whose settings and playbooks count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        self.workspace.clone()
    }
}

pub(super) fn run(context: &Context, args: &ChatArgs) -> CliResult {
    let place = place::find(context, &args.how())?;
    let settings = context.settings()?;
    context.with_commands(async |wired| {
        let signals = Signals::listen()?;
        wired.has_room(settings.quota.value)?;
        wire::tidy(&context.paths()?);
        let here = goals_here(wired, &place).await?;
        let last = match args.resume.as_deref() {
            None => None,
            Some("") => Some(here.first().map(|(run, _)| *run).ok_or_else(|| {
                CliError::new(Exit::Failed, "there is no run of this folder to go on from")
                    .code("no-such-run")
                    .hint("begin with `venom chat`")
            })?),
            Some(named) => Some(wired.host.find(named).await?),
        };
        let earlier: Vec<String> = here.into_iter().rev().map(|(_, goal)| goal).collect();
        let reader = Reader::new(context, &earlier)?;
        let mut chat = Chat {
            context,
            wired,
            signals,
            reader,
            place,
            options: RunOptions {
                max_parallel: settings.max_parallel.value,
                timeout: settings.timeout.value,
                approve_all: args.yes,
                model: args.model.clone(),
                asks_budget: context.is_interactive,
                ..RunOptions::default()
            },
            max_cost: args.max_cost,
            last,
            runs: Vec::new(),
            planned: None,
            handed: Vec::new(),
        };
        chat.begin().await?;
        chat.talk().await
    })
}

/// Returns the runs of a folder with their goals, newest first.
async fn goals_here(wired: &Wired, place: &Place) -> Result<Vec<(RunId, String)>, CliError> {
    let folder = place.workspace.display().to_string();
    let rows = wired.host.list(RUNS).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.workspace == folder)
        .map(|row| (row.run, clean::line(&row.goal)))
        .collect())
}

struct Chat<'a> {
    context: &'a Context,
    wired: &'a Wired,
    signals: Signals,
    reader: Reader,
    place: Place,
    options: RunOptions,
    max_cost: Option<MicroUsd>,
    /// The run that the next one follows.
    last: Option<RunId>,
    /// What was begun here.
    runs: Vec<RunId>,
    /// A run whose plan was shown and not done.
    planned: Option<RunId>,
    /// The files that go with the next goal.
    handed: Vec<Attachment>,
}

/// How a turn of the conversation ended.
enum Turn {
    /// The next line can come.
    Over,
    /// The conversation ends.
    Ends(Exit),
}

impl Chat<'_> {
    async fn begin(&mut self) -> Result<(), CliError> {
        if let Some(last) = self.last {
            let mut next = Some(last);
            let mut told = Vec::new();
            while let Some(run) = next.take()
                && told.len() < RECALLED
            {
                let state = self.wired.host.state(run, None).await?;
                let Some(started) = state.started() else {
                    break;
                };
                let outcome = state.outcome().map_or("not at its end", word);
                told.push(format!(
                    "> {}\n  {outcome}",
                    clean::short(&started.goal, 200)
                ));
                next = started.options.follows;
            }
            for turn in told.iter().rev() {
                self.context.out.talk(turn);
            }
        }
        if self.reader.is_terminal() {
            let models = self.wired.models.list();
            let who = match (&self.options.model, models.as_slice()) {
                (Some(model), _) => format!("with {model}"),
                (None, []) => "without a model; `venom models` says how to have one".to_owned(),
                (None, _) => "/help shows what can be said".to_owned(),
            };
            let folder = clean::line(&self.place.workspace.display().to_string());
            self.context.out.talk(&format!("{folder}, {who}"));
        }
        Ok(())
    }

    /// Takes line after line.
    async fn talk(&mut self) -> CliResult {
        loop {
            let text = match self.reader.line("> ", &mut self.signals).await {
                Ok(text) => text,
                Err(Instead::End) => return Ok(Exit::Ok),
                Err(Instead::Terminated) => return Ok(Exit::Terminated),
                Err(Instead::Interrupted) if self.reader.is_terminal() => {
                    self.context
                        .out
                        .talk("Ctrl-D or /quit ends the conversation.");
                    continue;
                }
                Err(Instead::Interrupted) => return Ok(Exit::Interrupted),
            };
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let turn = match text.strip_prefix('/') {
                Some(words) => self.command(words).await,
                None => self.goal(text, None).await,
            };
            match turn {
                Ok(Turn::Over) => {}
                Ok(Turn::Ends(exit)) => return Ok(exit),
                Err(error) if error.is_silent => return Err(error),
                // What cannot be done is said, and the conversation goes on.
                Err(error) => self.context.out.error(&error),
            }
        }
    }

    async fn command(&mut self, words: &str) -> Result<Turn, CliError> {
        let (name, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let rest = rest.trim();
        match name {
            "plan" if rest.is_empty() => self.show_plan().await?,
            "plan" => {
                let only = RunOptions {
                    plan_only: true,
                    ..RunOptions::default()
                };
                return self.goal(rest, Some(only)).await;
            }
            "go" => return self.go().await,
            "cost" => self.cost().await?,
            "undo" => match self.last {
                Some(run) => drop(rewind::undo_run(self.context, self.wired, run).await?),
                None => self.context.out.talk("nothing was done yet"),
            },
            "model" => self.model(rest)?,
            "file" => self.file(rest).await?,
            "help" | "?" => self.context.out.talk(HELP),
            "quit" | "exit" => return Ok(Turn::Ends(Exit::Ok)),
            _ => self.context.out.talk(&format!(
                "there is no /{}; /help shows what there is",
                clean::short(name, 40)
            )),
        }
        Ok(Turn::Over)
    }

    async fn show_plan(&self) -> Result<(), CliError> {
        let Some(run) = self.planned.or(self.last) else {
            self.context.out.talk("nothing was planned yet");
            return Ok(());
        };
        let state = self.wired.host.state(run, None).await?;
        if state.plan().steps.is_empty() {
            self.context.out.talk("there was no plan");
            return Ok(());
        }
        self.context.out.data(&crate::output::plan::text(
            state.plan(),
            state.graph(),
            state.quote(),
            &state
                .started()
                .map(|started| started.confinement.clone())
                .unwrap_or_default(),
            self.context.out.paint,
        ));
        Ok(())
    }

    /// Does the plan that was shown.
    async fn go(&mut self) -> Result<Turn, CliError> {
        let Some(run) = self.planned else {
            self.context
                .out
                .talk("no plan waits; make one with /plan GOAL");
            return Ok(Turn::Over);
        };
        let plan = self.wired.host.agree_to_plan(run, None).await?;
        let state = self.wired.host.state(run, None).await?;
        let goal = state.started().map(|started| started.goal.clone());
        let agreed = RunOptions {
            plan: Some(plan),
            attached: state
                .started()
                .map(|started| started.options.attached.clone())
                .unwrap_or_default(),
            ..RunOptions::default()
        };
        self.goal(&goal.unwrap_or_default(), Some(agreed)).await
    }

    async fn cost(&self) -> Result<(), CliError> {
        let mut sum = MicroUsd::ZERO;
        for run in &self.runs {
            let report = self.wired.host.report(*run).await?;
            sum = sum.plus(report.cost);
            let goal = clean::short(&report.goal, 80);
            self.context.out.data(&format!("{}  {goal}", report.cost));
        }
        let cap = match self.max_cost {
            Some(cap) => format!(" of {cap}"),
            None => String::new(),
        };
        self.context.out.data(&format!("{sum}{cap} in all"));
        Ok(())
    }

    fn model(&mut self, name: &str) -> Result<(), CliError> {
        let known = self.wired.models.list();
        if name.is_empty() {
            for info in &known {
                let mark = if self.options.model.as_ref() == Some(&info.id) {
                    "*"
                } else {
                    " "
                };
                self.context.out.data(&format!("{mark} {}", info.id));
            }
            if known.is_empty() {
                self.context
                    .out
                    .talk("no model is configured; `venom models` says how to have one");
            }
            return Ok(());
        }
        let wanted: ModelId = name
            .parse()
            .map_err(|error: venom_kernel::model::NoModelId| CliError::usage(error.to_string()))?;
        if !known.iter().any(|info| info.id == wanted) {
            return Err(
                CliError::usage(format!("the model `{wanted}` is not configured"))
                    .hint("/model shows those that are"),
            );
        }
        self.context
            .out
            .talk(&format!("from here on with {wanted}"));
        self.options.model = Some(wanted);
        Ok(())
    }

    /// Hands a file over with the next goal, or shows what goes with it.
    async fn file(&mut self, path: &str) -> Result<(), CliError> {
        if path.is_empty() {
            for one in &self.handed {
                let line = format!("{}  {}", clean::line(&one.name), one.media);
                self.context.out.data(&line);
            }
            if self.handed.is_empty() {
                self.context
                    .out
                    .talk("no file goes with what you say next; /file PATH attaches one");
            }
            return Ok(());
        }
        if self.handed.len() >= attachment::MOST {
            return Err(CliError::usage(format!(
                "{} files are attached already, and there may be no more",
                attachment::MOST
            ))
            .code("bad-file"));
        }
        let handed = vec![super::attach::read(&self.place.workspace.join(path))?];
        let attached = self.wired.host.attach(handed, &self.options).await?;
        for one in &attached {
            let line = format!("{} goes with what you say next", clean::line(&one.name));
            self.context.out.talk(&line);
        }
        self.handed.extend(attached);
        Ok(())
    }

    /// Returns what is left of the conversation's money.
    async fn left(&self) -> Result<Option<MicroUsd>, CliError> {
        let Some(cap) = self.max_cost else {
            return Ok(None);
        };
        let mut spent = MicroUsd::ZERO;
        for run in &self.runs {
            let state = self.wired.host.state(*run, None).await?;
            spent = spent.plus(state.budget().spent().money);
        }
        Ok(Some(MicroUsd::new(
            cap.micros().saturating_sub(spent.micros()),
        )))
    }

    /// Reaches a goal, as one turn of the conversation.
    async fn goal(&mut self, goal: &str, how: Option<RunOptions>) -> Result<Turn, CliError> {
        let how = how.unwrap_or_default();
        let attached = if how.plan.is_some() {
            how.attached
        } else {
            self.handed.clone()
        };
        let is_agreed = how.plan.is_some();
        let request = StartRun {
            goal: goal.to_owned(),
            workspace: self.place.workspace.clone(),
            copy_of: None,
            options: RunOptions {
                max_cost: self.left().await?,
                follows: self.last,
                plan_only: how.plan_only,
                plan: how.plan,
                attached,
                ..self.options.clone()
            },
        };
        let is_plan = request.options.plan_only;
        let run = self.wired.host.start(request).await?;
        tracing::info!(%run, "a run of a conversation started");
        self.runs.push(run);
        if !is_agreed {
            self.handed.clear();
        }
        let turn = self.follow(run).await?;
        let report = self.wired.host.report(run).await?;
        self.tell(&report).await?;
        if !is_agreed {
            let state = self.wired.host.state(run, None).await?;
            super::attach::warn_if_unseen(self.context, &state);
        }
        if is_plan {
            let is_ready = report.outcome == Some(Outcome::Planned);
            self.planned = is_ready.then_some(run);
            if is_ready && self.reader.is_terminal() {
                self.context.out.talk("/go does it");
            }
        } else {
            self.planned = None;
            self.last = Some(run);
        }
        Ok(turn)
    }

    /// Stays with a run until it ends, and asks what it asks.
    async fn follow(&mut self, run: RunId) -> Result<Turn, CliError> {
        let mut progress = Progress::new(&self.context.out).streaming();
        let mut after = Seq::ZERO;
        let mut news = self.wired.host.follow(run, after, true).await?;
        let mut is_cancelled = false;
        loop {
            let item = tokio::select! {
                item = news.next() => item,
                caught = self.signals.next() => {
                    progress.clear();
                    if caught == Caught::Terminate {
                        self.wired.host.interrupt("terminate").await;
                        return Ok(Turn::Ends(Exit::Terminated));
                    }
                    if is_cancelled {
                        return Err(CliError::killed());
                    }
                    is_cancelled = true;
                    self.cancel(run).await?;
                    continue;
                }
            };
            let rest = match item {
                Some(Ok(News::Event(envelope))) => {
                    after = envelope.seq;
                    progress.event(&envelope);
                    continue;
                }
                Some(Ok(News::Line { step, line })) => {
                    progress.said(&step, &line);
                    continue;
                }
                Some(Ok(News::Rest(rest))) => rest,
                Some(Err(failure)) => {
                    progress.clear();
                    return Err(failure.into());
                }
                None => return Ok(Turn::Over),
            };
            if rest != Rest::Finished && attend::is_behind(self.wired, run, after).await? {
                continue;
            }
            progress.clear();
            let (context, host) = (self.context, &self.wired.host);
            let (reader, signals) = (&mut self.reader, &mut self.signals);
            let instead = match rest {
                Rest::Asking => {
                    let line = async || reader.line("? ", signals).await;
                    prompt::questions(context, host, run, line).await?
                }
                Rest::Approvals => {
                    let line = async || reader.line("Do it? [y/n] ", signals).await;
                    prompt::approvals(context, host, run, line).await?
                }
                Rest::Finished | Rest::Paused | Rest::Abandoned => return Ok(Turn::Over),
            };
            match instead {
                None => {}
                Some(Instead::Interrupted) if !is_cancelled => {
                    is_cancelled = true;
                    self.cancel(run).await?;
                }
                Some(Instead::Interrupted) => return Err(CliError::killed()),
                // Nobody is there who could answer: the run waits for somebody.
                Some(Instead::End) => {
                    let exit = match rest {
                        Rest::Approvals => Exit::ApprovalNeeded,
                        _ => Exit::AnswerNeeded,
                    };
                    return Ok(Turn::Ends(exit));
                }
                Some(Instead::Terminated) => {
                    self.wired.host.interrupt("terminate").await;
                    return Ok(Turn::Ends(Exit::Terminated));
                }
            }
        }
    }

    async fn cancel(&self, run: RunId) -> Result<(), CliError> {
        self.context
            .out
            .talk("cancelling what is under way; Ctrl-C again kills it at once");
        let cancelled = self
            .wired
            .host
            .command(run, Command::Cancel, &self.context.user())
            .await;
        match cancelled {
            // It came to its end by itself.
            Ok(_) | Err(ApiError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Says what came of a goal: in short where it went well, and all of it where it did not.
    async fn tell(&self, report: &Report) -> Result<(), CliError> {
        let out = &self.context.out;
        let is_well = report.outcome == Some(Outcome::Succeeded);
        if out.form != Form::Text || !is_well {
            let state = self.wired.host.state(report.run, None).await?;
            attend::print(self.context, report, &state, false);
            return Ok(());
        }
        for note in &report.notes {
            out.data(&clean::block(&note.text));
        }
        if !report.changed.is_empty() {
            let changed = clean::line(&report.changed.join(", "));
            out.data(&format!("{} changed {changed}", out.paint.good("✓")));
        } else if report.notes.is_empty() {
            out.data(&format!("{} done", out.paint.good("✓")));
        }
        if report.cost > MicroUsd::ZERO {
            out.talk(&out.talk_paint.dim(&format!("{}", report.cost)));
        }
        Ok(())
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "done",
        Outcome::Partial => "partly done",
        Outcome::Failed => "failed",
        Outcome::Planned => "only planned",
        Outcome::Unplannable(_) => "no plan could be made",
        Outcome::OutOfScope => "out of scope",
        Outcome::Unclear => "it did not become clear",
        Outcome::Cancelled => "cancelled",
    }
}
