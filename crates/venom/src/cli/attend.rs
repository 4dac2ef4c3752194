//! Staying with a run: progress, questions, signals, and the report at the end.

use std::time::Duration;

use futures::StreamExt as _;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use venom_kernel::confine::Confinement;
use venom_kernel::event::{Outcome, StepFailure};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{RunState, StepStatus};
use venom_ports::api::report::Report;
use venom_ports::api::runs::{News, Rest};

use super::context::Context;
use super::prompt;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::progress::Progress;
use crate::output::report::Around;
use crate::output::{Form, event, plan, report};
use crate::wire::reach::Reach;

/// How long a run may seem to rest after it was taken up, while commands that waited in its inbox
/// are read. Chosen: more than twice the engine's pace of looking.
const SETTLE: Duration = Duration::from_millis(400);

/// The signals that end a command.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// A signal that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    Interrupt,
    Terminate,
}

impl Signals {
    /// Begins to listen.
    pub(super) fn listen() -> Result<Self, CliError> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                CliError::new(Exit::Failed, format!("cannot listen for signals: {error}"))
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.interrupt.recv() => Caught::Interrupt,
            _ = self.terminate.recv() => Caught::Terminate,
        }
    }
}

/// Why nobody stays with the run any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing more comes from it.
    Rests(Rest),
    /// A signal stopped it.
    Stopped(Caught),
}

/// Stays with a run that this process works on until it ends or rests.
pub(super) async fn attend(
    context: &Context,
    reach: &dyn Reach,
    run: RunId,
    after: Seq,
    signals: &mut Signals,
) -> Result<Left, CliError> {
    let mut attendant = Attendant {
        context,
        reach,
        run,
        after,
        progress: Progress::new(&context.out),
    };
    if after > Seq::ZERO {
        attendant.recall().await?;
    }
    let mut may_settle = after > Seq::ZERO;
    loop {
        let rest = match attendant.follow(signals, may_settle).await? {
            Left::Rests(rest) => rest,
            stopped @ Left::Stopped(_) => return Ok(stopped),
        };
        may_settle = false;
        attendant.progress.clear();
        let host = reach.host();
        let instead = match rest {
            Rest::Asking if context.is_interactive => {
                let line = async || prompt::line(context, host, signals, "> ").await;
                prompt::questions(context, host, run, line).await?
            }
            Rest::Approvals if context.is_interactive => {
                let line = async || prompt::line(context, host, signals, "Do it? [y/n] ").await;
                prompt::approvals(context, host, run, line).await?
            }
            Rest::Finished | Rest::Asking | Rest::Approvals | Rest::Paused | Rest::Abandoned => {
                return Ok(Left::Rests(rest));
            }
        };
        match instead {
            None => {}
            Some(prompt::Instead::End) => return Ok(Left::Rests(rest)),
            Some(prompt::Instead::Stopped(caught)) => return Ok(Left::Stopped(caught)),
        }
    }
}

/// Tells whether the log has events that a follower has not heard of, so that a rest may be over
/// already: an approval that is asked for and given in one commit, for instance.
pub(super) async fn is_behind(reach: &dyn Reach, run: RunId, heard: Seq) -> Result<bool, CliError> {
    Ok(reach.host().state(run, None).await?.seq() > heard)
}

struct Attendant<'a> {
    context: &'a Context,
    reach: &'a dyn Reach,
    run: RunId,
    after: Seq,
    progress: Progress<'a>,
}

impl Attendant<'_> {
    /// Learns the titles of the steps from events that are not shown again.
    async fn recall(&mut self) -> Result<(), CliError> {
        let events = self
            .reach
            .host()
            .events(self.run, Seq::ZERO, usize::MAX >> 1)
            .await?;
        for envelope in events.iter().filter(|event| event.seq <= self.after) {
            self.progress.recall(envelope);
        }
        Ok(())
    }

    /// Follows until the run rests or a signal arrives.
    async fn follow(&mut self, signals: &mut Signals, may_settle: bool) -> Result<Left, CliError> {
        let mut news = self.reach.host().follow(self.run, self.after, true).await?;
        let mut resting: Option<Rest> = None;
        loop {
            let settled = async {
                match resting {
                    Some(_) => tokio::time::sleep(SETTLE).await,
                    None => std::future::pending().await,
                }
            };
            let item = tokio::select! {
                item = news.next() => item,
                caught = signals.next() => return self.stop(caught, signals).await,
                () = settled => return Ok(Left::Rests(resting.unwrap_or(Rest::Abandoned))),
            };
            match item {
                Some(Ok(News::Event(envelope))) => {
                    resting = None;
                    self.show(&envelope);
                }
                Some(Ok(News::Line { step, line })) => self.progress.said(&step, &line),
                Some(Ok(News::Rest(Rest::Finished))) => return Ok(Left::Rests(Rest::Finished)),
                Some(Ok(News::Rest(_))) if is_behind(self.reach, self.run, self.after).await? => {}
                Some(Ok(News::Rest(rest))) if may_settle => resting = Some(rest),
                Some(Ok(News::Rest(rest))) => return Ok(Left::Rests(rest)),
                Some(Err(failure)) => {
                    self.progress.clear();
                    return Err(failure.into());
                }
                None => return Ok(Left::Rests(Rest::Abandoned)),
            }
        }
    }

    fn show(&mut self, envelope: &venom_kernel::event::Envelope) {
        self.after = envelope.seq;
        if self.context.out.form == Form::Jsonl {
            self.context.out.event_line(envelope);
        }
        self.progress.event(envelope);
    }

    /// Stops what is under way; a second signal ends at once.
    async fn stop(&mut self, caught: Caught, signals: &mut Signals) -> Result<Left, CliError> {
        self.progress.clear();
        let by = match caught {
            Caught::Interrupt => "interrupt",
            Caught::Terminate => "terminate",
        };
        // What a server works on goes on without this process.
        if self.reach.here().is_none() {
            return Ok(Left::Stopped(caught));
        }
        self.context
            .out
            .talk("stopping what is under way; Ctrl-C again kills it at once");
        tokio::select! {
            () = self.reach.host().interrupt(by) => {}
            _ = signals.next() => return Err(CliError::killed()),
        }
        let last = self
            .reach
            .host()
            .events(self.run, self.after, usize::MAX >> 1)
            .await?;
        for envelope in &last {
            self.show(envelope);
        }
        self.progress.clear();
        Ok(Left::Stopped(caught))
    }
}

/// Prints the report and says how the command ends.
pub(super) async fn conclude(
    context: &Context,
    reach: &dyn Reach,
    run: RunId,
    left: Left,
) -> CliResult {
    let found = reach.host().report(run).await?;
    let state = reach.host().state(run, None).await?;
    let exit = match left {
        // The run may have come to its end while it was being stopped.
        Left::Stopped(caught) if state.outcome().is_none() => match caught {
            Caught::Interrupt => Exit::Interrupted,
            Caught::Terminate => Exit::Terminated,
        },
        Left::Stopped(_) => exit_of(&state, Rest::Finished),
        Left::Rests(rest) => exit_of(&state, rest),
    };
    print(context, &found, &state, false);
    super::attach::warn_if_unseen(context, &state);
    tracing::info!(
        %run,
        exit = exit.name(),
        latency = found.took.get(),
        cost = found.cost.micros(),
        "run left"
    );
    if state.outcome().is_none() {
        next(context, &found, left, reach.here().is_some());
    }
    Ok(exit)
}

/// Prints a run: its plan if only that was asked for, its report otherwise.
pub(super) fn print(context: &Context, found: &Report, state: &RunState, is_full: bool) {
    let out = &context.out;
    let is_plan = state.outcome() == Some(&Outcome::Planned);
    match out.form {
        Form::Text if is_plan => {
            out.data(&plan::text(
                state.plan(),
                state.graph(),
                state.quote(),
                &demanded(state),
                out.paint,
            ));
            for target in state.intent().iter().flat_map(|intent| &intent.targets) {
                out.data(&format!("- {}", event::target(target)));
            }
            for known in &found.preferred {
                out.data(&format!(
                    "- {}",
                    event::preferred(&known.question.text, &known.answer, &known.source)
                ));
            }
            out.data(&format!("Run: {}\n", found.run));
        }
        Form::Text => {
            let around = Around {
                has_git: context.finds("git"),
                state,
                is_full,
                paint: out.paint,
            };
            out.data(&report::text(found, &around));
        }
        Form::Json | Form::Jsonl if is_plan => {
            let levels: Vec<Vec<&str>> = state
                .graph()
                .levels()
                .iter()
                .map(|level| {
                    level
                        .iter()
                        .filter_map(|position| state.plan().steps.get(*position))
                        .map(|step| step.id.as_str())
                        .collect()
                })
                .collect();
            out.document(
                "plan",
                json!({
                    "run": found.run,
                    "goal": found.goal,
                    "workspace": found.workspace,
                    "intent": state.intent(),
                    "plan": state.plan(),
                    "levels": levels,
                    "quote": state.quote(),
                    "preferred": found.preferred,
                    "may_use": plan::may_use(state.plan(), &demanded(state)),
                }),
            );
        }
        Form::Json | Form::Jsonl => out.document("run-report", found),
    }
}

/// Returns what the user demands of the sandbox in a run.
fn demanded(state: &RunState) -> Confinement {
    let started = state.started();
    started
        .map(|started| started.confinement.clone())
        .unwrap_or_default()
}

/// Maps how a run stands to how the command ends.
pub(super) fn exit_of(state: &RunState, rest: Rest) -> Exit {
    let Some(outcome) = state.outcome() else {
        return match rest {
            Rest::Asking => Exit::AnswerNeeded,
            Rest::Approvals => Exit::ApprovalNeeded,
            Rest::Finished | Rest::Paused | Rest::Abandoned => Exit::Failed,
        };
    };
    let is_denied = state
        .steps()
        .any(|(_, step)| matches!(step.status, StepStatus::Failed(StepFailure::Denied(_))));
    let is_over_budget = state
        .steps()
        .any(|(_, step)| matches!(step.status, StepStatus::Failed(StepFailure::Budget(_))));
    match outcome {
        Outcome::Failed | Outcome::Partial if is_over_budget => Exit::Budget,
        Outcome::Succeeded | Outcome::Planned => Exit::Ok,
        Outcome::Partial => Exit::Partial,
        Outcome::Failed if is_denied => Exit::Denied,
        Outcome::Failed | Outcome::Unplannable(_) | Outcome::OutOfScope => Exit::Failed,
        Outcome::Unclear => Exit::AnswerNeeded,
        Outcome::Cancelled => match state.cancelled_by() {
            Some("timeout") => Exit::TimedOut,
            Some("interrupt") => Exit::Interrupted,
            Some("terminate") => Exit::Terminated,
            Some(_) | None => Exit::Failed,
        },
    }
}

/// Says what can be done next.
fn next(context: &Context, found: &Report, left: Left, is_here: bool) {
    let out = &context.out;
    let run = found.run;
    let there = context.same_server();
    match left {
        Left::Stopped(_) if !is_here => out.talk(&format!(
            "the run goes on at the server; look on with: venom watch {run}{there}   or end it with: venom cancel {run}{there}"
        )),
        Left::Stopped(_) => {
            out.talk(&format!("stopped; go on with: venom resume {run}{there}"));
        }
        Left::Rests(Rest::Paused) => out.talk(&format!("paused; go on with: venom resume {run}{there}")),
        Left::Rests(Rest::Asking) => {
            for open in &found.questions {
                out.talk(&format!(
                    "answer with: venom answer {run} {} ANSWER{there}",
                    open.id
                ));
            }
            out.talk(&format!("then go on with: venom resume {run}{there}"));
        }
        Left::Rests(Rest::Approvals) => {
            for open in &found.approvals {
                out.talk(&format!(
                    "decide with: venom approve {run} {}{there}   or: venom deny {run} {}{there}",
                    open.id, open.id
                ));
            }
            out.talk(&format!("then go on with: venom resume {run}{there}"));
        }
        Left::Rests(Rest::Abandoned) => out.talk(&format!(
            "no process works on this run; go on with: venom resume {run}{there}"
        )),
        Left::Rests(Rest::Finished) => {}
    }
}
