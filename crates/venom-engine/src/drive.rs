//! The drive loop: one task owns one run.
//!
//! Inputs that are waiting are taken together: their events go into one commit, so that a wide plan
//! does not pay one flush for each step. Effects are performed after that commit.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use venom_kernel::change::Payload;
use venom_kernel::effect::{Effect, EffectKind};
use venom_kernel::event::{Envelope, Outcome};
use venom_kernel::id::{EffectId, RunId, Seq, StepId};
use venom_kernel::plan::{Step, reference};
use venom_kernel::run::{Decision, Input, Machine, Pause, Proposed, Refusal};
use venom_kernel::time::Millis;
use venom_ports::exec::OnLine;
use venom_ports::inbox::Command;
use venom_ports::lease::Lease;
use venom_ports::log::{AppendError, Batch};
use venom_ports::sandbox::OnReach;
use venom_ports::task::TaskKind;
use venom_ports::{Failure, FailureKind};

use crate::agent;
use crate::memory::procedures::{self, Again};
use crate::perform::agent::Thought;
use crate::perform::{Answered, Order, Performer, session};
use crate::time::capture::Moment;
use crate::time::tape::Tape;
use crate::time::what_if;
use crate::world::World;

/// Inputs that may wait for a run. Every effect under way sends one, and `max_parallel` is at most
/// 1,024; the rest is for people.
const INPUTS: usize = 2_048;
/// How many inputs are taken together at most. Chosen: a commit of this many is still quick.
const TOGETHER: usize = 256;
/// News that a slow follower may be behind before it has to read the log.
const NEWS: usize = 4_096;

/// An input with somebody who wants to know whether it was taken.
pub(crate) struct Message {
    pub(crate) input: Input,
    pub(crate) reply: Option<oneshot::Sender<Result<(), Refusal>>>,
}

/// What a drive tells its followers. Events of one commit are told together: a follower is woken once
/// for them, and never sees a part of a commit.
#[derive(Clone)]
pub(crate) enum Heard {
    /// Events were appended.
    Events(Arc<[Envelope]>),
    /// A command printed a line.
    Line {
        /// The step that it comes from.
        step: StepId,
        /// The line.
        line: String,
    },
}

/// How others reach a run that this process drives.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) inputs: mpsc::Sender<Message>,
    pub(crate) news: broadcast::Sender<Heard>,
    pub(crate) done: CancellationToken,
    /// Why the run is not driven any more, if it did not come to its end.
    pub(crate) lost: Arc<OnceLock<Failure>>,
}

impl Handle {
    /// Sends an input and waits until its events are in the log.
    pub(crate) async fn tell(&self, input: Input) -> Result<Result<(), Refusal>, Failure> {
        let (reply, answer) = oneshot::channel();
        let gone = || {
            let lost = self.lost.get().cloned();
            lost.unwrap_or_else(|| {
                Failure::new(FailureKind::Unavailable, "the run is not driven any more")
            })
        };
        self.inputs
            .send(Message {
                input,
                reply: Some(reply),
            })
            .await
            .ok()
            .ok_or_else(gone)?;
        answer.await.ok().ok_or_else(gone)
    }
}

/// Drives one run.
pub(crate) struct Drive {
    world: Arc<World>,
    run: RunId,
    machine: Machine,
    /// Position of the last event in the log.
    logged: Seq,
    lease: Lease,
    performer: Performer,
    inputs: mpsc::Receiver<Message>,
    handle: Handle,
    under_way: BTreeMap<EffectId, CancellationToken>,
    cancel: CancellationToken,
    deadline: Option<Millis>,
    /// What calls are answered with, in a run that shows what another model would have done.
    tape: Option<Tape>,
}

/// Why a drive ended early.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the log refused the run's events")]
    Log(#[from] AppendError),
    #[error("the run belongs to somebody else now")]
    Lease(#[source] Failure),
    #[error("an internal rule was broken")]
    Rule(#[source] Refusal),
}

impl Lost {
    /// Turns the reason into what a follower of the run hears.
    fn into_failure(self, text: String) -> Failure {
        let (kind, hint) = match self {
            Self::Log(AppendError::Store(failure)) => (failure.kind, failure.hint),
            Self::Log(AppendError::Moved { .. } | AppendError::Fenced) | Self::Lease(_) => (
                FailureKind::Conflict,
                Some("see who works on it with `venom runs`".to_owned()),
            ),
            Self::Log(AppendError::Illegal(_)) | Self::Rule(_) => (FailureKind::Internal, None),
        };
        Failure {
            kind,
            message: text,
            hint,
            took: Millis::ZERO,
        }
    }
}

impl Drive {
    /// Prepares to drive a run whose lease this process holds.
    pub(crate) fn new(
        world: Arc<World>,
        machine: Machine,
        lease: Lease,
        performer: Performer,
        tape: Option<Tape>,
    ) -> (Self, Handle) {
        let (inputs, receiver) = mpsc::channel(INPUTS);
        let (news, _) = broadcast::channel(NEWS);
        let handle = Handle {
            inputs,
            news,
            done: CancellationToken::new(),
            lost: Arc::new(OnceLock::new()),
        };
        let cancel = world.supervisor.root().child_token();
        let logged = machine.state().seq();
        let run = lease.run;
        let drive = Self {
            world,
            run,
            machine,
            logged,
            lease,
            performer,
            inputs: receiver,
            handle: handle.clone(),
            under_way: BTreeMap::new(),
            cancel,
            deadline: None,
            tape,
        };
        (drive, handle)
    }

    /// Drives the run until it ends, or until this process must let go of it. `begun` hears when the
    /// first input is in the log.
    pub(crate) async fn run(mut self, first: Input, begun: oneshot::Sender<Result<(), Refusal>>) {
        let handle = self.handle.clone();
        let lease = self.lease.clone();
        let world = self.world.clone();
        let run = self.run;
        let sessions = self.performer.sessions.clone();
        if let Err(lost) = self.drive(first, begun).await {
            let text = chain(&lost);
            tracing::error!(%run, error = %text, "the run is not driven any more");
            // The first reason is the one that counts.
            let _ = handle.lost.set(lost.into_failure(text));
        }
        // Before anybody else can take the run up.
        sessions.close().await;
        if let Err(error) = world.leases.release(&lease).await {
            tracing::warn!(%run, %error, "lease not released");
        }
        handle.done.cancel();
    }

    async fn drive(
        &mut self,
        first: Input,
        begun: oneshot::Sender<Result<(), Refusal>>,
    ) -> Result<(), Lost> {
        let mut inbox = tokio::time::interval(self.world.pace.inbox.into());
        inbox.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Three renewals fit into the life of a lease, so that one may be late.
        let third = Millis::new(self.world.pace.lease.get() / 3 + 1);
        let mut renewal = tokio::time::interval(third.into());
        renewal.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (reply, answer) = oneshot::channel();
        self.take(vec![Message {
            input: first,
            reply: Some(reply),
        }])
        .await?;
        // Commands that waited for somebody to take the run up come before anybody hears that it rests.
        self.read_inbox().await?;
        if let Ok(answer) = answer.await {
            // Whoever started the run may have gone away.
            let _ = begun.send(answer);
        }
        self.set_deadline();
        while self.machine.state().outcome().is_none() {
            let time_left = self.time_left();
            tokio::select! {
                // Inputs come before housekeeping: finished work must reach the log.
                biased;
                message = self.inputs.recv() => {
                    let Some(message) = message else { break };
                    let mut messages = vec![message];
                    while messages.len() < TOGETHER {
                        let Ok(more) = self.inputs.try_recv() else { break };
                        messages.push(more);
                    }
                    self.take(messages).await?;
                }
                () = self.cancel.cancelled() => break,
                () = time_left => {
                    self.deadline = None;
                    let input = Input::CancelAsked { by: "timeout".to_owned() };
                    self.take(vec![Message { input, reply: None }]).await?;
                }
                _ = inbox.tick() => self.read_inbox().await?,
                _ = renewal.tick() => {
                    let now = self.world.clock.now();
                    self.lease = self
                        .world
                        .leases
                        .renew(&self.lease, now, self.world.pace.lease)
                        .await
                        .map_err(Lost::Lease)?;
                }
            }
        }
        for token in self.under_way.values() {
            token.cancel();
        }
        self.learn().await;
        Ok(())
    }

    /// Writes down what the run learned to do. The run has ended by then, and is no worse without it.
    async fn learn(&mut self) {
        let state = self.machine.state();
        if state.outcome() != Some(&Outcome::Succeeded) {
            return;
        }
        let Some(learned) = procedures::learn(&self.world, self.run, state).await else {
            return;
        };
        if let Err(error) = self.append(vec![learned]).await {
            tracing::warn!(run = %self.run, %error, "what the run learned is not written down");
        }
    }

    fn set_deadline(&mut self) {
        let limit = self
            .machine
            .state()
            .started()
            .and_then(|started| started.options.timeout);
        self.deadline = limit.map(|limit| self.world.clock.steady().plus(limit));
    }

    /// Waits until the run's time is over; for ever if it has no limit.
    fn time_left(&self) -> impl Future<Output = ()> + use<> {
        let left = self.deadline.map(|deadline| {
            Millis::new(
                deadline
                    .get()
                    .saturating_sub(self.world.clock.steady().get()),
            )
        });
        async move {
            match left {
                Some(left) => tokio::time::sleep(left.into()).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Takes inputs: decide, append, perform.
    async fn take(&mut self, messages: Vec<Message>) -> Result<(), Lost> {
        let mut events: Vec<Proposed> = Vec::new();
        let mut effects: Vec<Effect> = Vec::new();
        let mut replies = Vec::new();
        for Message { input, reply } in messages {
            if let Input::Ended { effect, .. }
            | Input::Thought { effect, .. }
            | Input::Advised { effect, .. }
            | Input::Counted {
                effect: Some(effect),
                ..
            } = &input
            {
                self.under_way.remove(effect);
            }
            let answer = match self.machine.handle(input) {
                Ok(Decision {
                    events: more,
                    effects: orders,
                }) => {
                    events.extend(more);
                    effects.extend(orders);
                    Ok(())
                }
                Err(refusal @ Refusal::Broken(_)) => return Err(Lost::Rule(refusal)),
                Err(refusal) => {
                    tracing::debug!(run = %self.run, %refusal, "input refused");
                    Err(refusal)
                }
            };
            replies.extend(reply.map(|reply| (reply, answer)));
        }
        self.append(events).await?;
        for (reply, answer) in replies {
            // Whoever asked may have gone away.
            let _ = reply.send(answer);
        }
        for effect in effects {
            self.perform(effect);
        }
        // A run that is paused holds no process, so that it can be taken up anywhere. What is still
        // under way may finish with its sessions.
        if self.machine.state().is_paused() && self.under_way.is_empty() {
            self.performer.sessions.end_all().await;
        }
        Ok(())
    }

    async fn append(&mut self, events: Vec<Proposed>) -> Result<(), Lost> {
        if events.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            run: self.run,
            expected: self.logged,
            fence: self.lease.fence,
            time: self.world.clock.now(),
            events,
        };
        let envelopes: Arc<[Envelope]> = self.world.log.append(batch).await?.into();
        if let Some(last) = envelopes.last() {
            self.logged = last.seq;
        }
        if let Some(tape) = &mut self.tape {
            for envelope in envelopes.iter() {
                tape.hear(envelope);
            }
        }
        // Nobody may be listening.
        let _ = self.handle.news.send(Heard::Events(envelopes));
        Ok(())
    }

    /// Starts a task for an effect; what comes of it is sent back as an input.
    fn perform(&mut self, effect: Effect) {
        match effect {
            // The surfaces hear of these through the events.
            Effect::Ask(_) | Effect::AskApproval(_) if self.tape.is_some() => {
                if let Some(input) = self.decided_before(&effect) {
                    self.start("what was decided before", async move { input });
                }
            }
            Effect::Ask(_) | Effect::AskApproval(_) | Effect::Stop => {}
            Effect::Cancel(effects) => {
                for id in effects {
                    if let Some(token) = self.under_way.get(&id) {
                        token.cancel();
                    }
                }
            }
            Effect::Understand => {
                let world = self.world.clone();
                let shelf = self.performer.shelf.clone();
                let state = self.machine.state().clone();
                self.start("understand", async move {
                    crate::intent::understand(&world, &shelf, &state).await
                });
            }
            Effect::MakePlan => {
                let world = self.world.clone();
                let schemas = self.performer.schemas.clone();
                let shelf = self.performer.shelf.clone();
                let state = self.machine.state().clone();
                self.start("plan", async move {
                    crate::plan::make(&world, &schemas, &shelf, &state).await
                });
            }
            Effect::Snapshot { step, cause, delay } => {
                let moment = Moment::of(self.run, self.machine.state(), cause);
                let performer = self.performer.clone();
                let cancel = self.cancel.child_token();
                self.start("snapshot", async move {
                    if delay > Millis::ZERO {
                        tokio::select! {
                            () = cancel.cancelled() => {}
                            () = tokio::time::sleep(delay.into()) => {}
                        }
                    }
                    let root = performer.workspace.root();
                    let captured = moment
                        .capture(&performer.world, &performer.touched, root)
                        .await;
                    if let Err(failure) = &captured {
                        tracing::warn!(%failure, "the workspace was not captured");
                    }
                    Input::Captured { step, captured }
                });
            }
            Effect::Prepare { step } => {
                let id = step.id.clone();
                let order = self.order(
                    EffectId::new(0),
                    step,
                    EffectKind::Call {
                        prepared: serde_json::Value::Null,
                    },
                    Millis::ZERO,
                );
                let performer = self.performer.clone();
                self.start("prepare", async move {
                    let prepared = performer.prepare(&order).await;
                    Input::Prepared { step: id, prepared }
                });
            }
            Effect::Perform {
                effect,
                step,
                kind,
                delay,
            } => {
                let order = self.order(effect, step, kind, delay);
                self.under_way.insert(effect, order.cancel.clone());
                let performer = self.performer.clone();
                self.start("perform", async move {
                    let (outcome, receipt) = performer.perform(order).await;
                    Input::Ended {
                        effect,
                        outcome,
                        receipt: receipt.map(Box::new),
                    }
                });
            }
            Effect::SetUp { step } => {
                let id = step.id.clone();
                let kind = EffectKind::Call {
                    prepared: serde_json::Value::Null,
                };
                let mut order = self.order(EffectId::new(0), step, kind, Millis::ZERO);
                let performer = self.performer.clone();
                let state = self.machine.state();
                let started = state.started();
                let options = started.map(|started| started.options.clone());
                let budget = state.budget().clone();
                let intent = state.intent();
                order.learned = intent.and_then(|intent| intent.learned.as_deref().cloned());
                self.start("agent", async move {
                    let options = options.unwrap_or_default();
                    order.earlier = agent::told(&performer.world, options.follows).await;
                    let ready = performer.set_up(&order, &options, &budget).await;
                    Input::AgentReady { step: id, ready }
                });
            }
            Effect::Think {
                effect,
                step,
                model,
                request,
                within,
                delay,
                windows,
            } => {
                let cancel = self.cancel.child_token();
                self.under_way.insert(effect, cancel.clone());
                let thought = Thought {
                    effect,
                    model,
                    request,
                    within,
                    delay,
                    windows,
                    cancel,
                    on_line: self.on_line(&step.id),
                    step: step.id,
                };
                let performer = self.performer.clone();
                self.start("think", async move { performer.think(thought).await });
            }
            Effect::Advise {
                effect,
                ask,
                answer,
                windows,
            } => {
                let cancel = self.cancel.child_token();
                self.under_way.insert(effect, cancel.clone());
                let performer = self.performer.clone();
                self.start("advise", async move {
                    performer
                        .advise(effect, *ask, answer, windows, cancel)
                        .await
                });
            }
            Effect::Count { step, windows } => {
                let world = self.world.clone();
                let run = self.run;
                self.start("count", async move {
                    Input::Counted {
                        step,
                        effect: None,
                        counted: crate::budget::counted(&world, run, &windows).await,
                    }
                });
            }
            Effect::Probe { effect, step, kind } => {
                let order = self.order(effect, step, kind, Millis::ZERO);
                let performer = self.performer.clone();
                self.start("probe", async move {
                    let probed = performer.probe(&order).await;
                    Input::Probed { effect, probed }
                });
            }
        }
    }

    /// Finds what somebody said in the run that this one comes from, when they were asked the same.
    fn decided_before(&self, effect: &Effect) -> Option<Input> {
        let tape = self.tape.as_ref()?;
        let state = self.machine.state();
        let by = "what was said in the run that this one comes from".to_owned();
        match effect {
            Effect::Ask(id) => {
                let (_, question) = state.open_questions().find(|(open, _)| open == id)?;
                Some(Input::Answered {
                    question: *id,
                    answer: tape.answer_to(question)?,
                    by,
                })
            }
            Effect::AskApproval(id) => {
                let (_, approval) = state.open_approvals().find(|(open, _)| open == id)?;
                let (agreed, reason) = tape.decision(approval)?;
                Some(Input::Decided {
                    approval: *id,
                    agreed,
                    by,
                    reason,
                })
            }
            _ => None,
        }
    }

    fn order(&self, effect: EffectId, step: Box<Step>, kind: EffectKind, delay: Millis) -> Order {
        let mut wanted = reference::steps(&step.params).unwrap_or_default();
        if kind == EffectKind::Check {
            wanted.extend(session::asked_beside(&step));
        }
        let results = session::results(self.machine.state(), wanted);
        let past = session::past(
            self.machine.state(),
            self.world.skills.manifests(),
            (&step, &kind),
            self.tape.is_some(),
        );
        let output = self.output(&step, &kind);
        let on_line = self.on_line(&step.id);
        let started = self.machine.state().started();
        let mut confinement = started
            .map(|started| started.confinement.clone())
            .unwrap_or_default();
        if let (EffectKind::Act { .. }, Some(started)) = (&kind, started) {
            confinement.protected.extend(agent::guarded(&started.goal));
        }
        let inputs = self.handle.inputs.clone();
        let id = step.id.clone();
        let on_reach: OnReach = Arc::new(move |reached| {
            let input = Input::Reached {
                step: id.clone(),
                host: reached.host,
                ruling: reached.ruling,
                because: reached.because,
            };
            // A command that reaches for thousands of hosts at once is not waited for; its receipt
            // still counts them.
            let _ = inputs.try_send(Message { input, reply: None });
        });
        let again = self.again(&step, &kind);
        let answered = match &self.tape {
            None => Answered::World,
            Some(tape) => match tape.answer(effect) {
                Some(outcome) if what_if::is_answered(&kind, &step) => {
                    Answered::Log(Box::new(outcome))
                }
                _ if what_if::leaves_copy(&kind, &step) => Answered::Nobody,
                _ => Answered::World,
            },
        };
        Order {
            answered,
            confinement,
            on_reach,
            effect,
            step,
            kind,
            delay,
            results,
            past,
            output,
            earlier: String::new(),
            learned: None,
            again,
            cancel: self.cancel.child_token(),
            on_line,
        }
    }

    /// Returns what a recorded call relies on; nothing for any other effect. A record stands before the first answer.
    fn again(&self, step: &Step, kind: &EffectKind) -> Option<Again> {
        if !matches!(kind, EffectKind::Act { turn: 0, .. }) {
            return None;
        }
        let state = self.machine.state();
        Some(Again {
            taken: state.intent()?.learned.as_deref()?.clone(),
            edits: state.step(&step.id)?.edits().to_vec(),
        })
    }

    /// Tells followers what comes from a step, line by line.
    fn on_line(&self, step: &StepId) -> OnLine {
        let news = self.handle.news.clone();
        let id: StepId = step.clone();
        Arc::new(move |line: &str| {
            let _ = news.send(Heard::Line {
                step: id.clone(),
                line: line.to_owned(),
            });
        })
    }

    /// Finds the earlier result that a call of an agent wants to read on in.
    fn output(&self, step: &Step, kind: &EffectKind) -> Option<Payload> {
        let is_reading =
            matches!(kind, EffectKind::Act { skill, .. } if skill == venom_kernel::agent::SKILL);
        if !is_reading {
            return None;
        }
        let named = step.params.get("output")?.as_str()?;
        let state = self.machine.state().step(&step.id)?;
        let output = state.agent.as_ref()?.output(named.parse().ok()?)?;
        Some(output.result.clone())
    }

    fn start(&self, what: &str, work: impl Future<Output = Input> + Send + 'static) {
        let inputs = self.handle.inputs.clone();
        let done = self.handle.done.clone();
        let name = format!("{what} of {}", self.run);
        let send = async move {
            let input = work.await;
            tokio::select! {
                sent = inputs.send(Message { input, reply: None }) => drop(sent),
                // The drive ended; the log says what was under way.
                () = done.cancelled() => {}
            }
        };
        let cancel = self.cancel.clone();
        // Effects catch their own panics; what panics here is the engine, and the run stops.
        let on_panic = Box::new(move |_: String| cancel.cancel());
        self.world
            .supervisor
            .start(TaskKind::Effect(name), Box::pin(send), on_panic);
    }

    async fn read_inbox(&mut self) -> Result<(), Lost> {
        let posted = match self.world.inbox.pending(self.run).await {
            Ok(posted) => posted,
            Err(error) => {
                tracing::warn!(run = %self.run, %error, "inbox cannot be read");
                return Ok(());
            }
        };
        for item in posted {
            let input = input_of(item.command, item.by);
            self.take(vec![Message { input, reply: None }]).await?;
            if let Err(error) = self.world.inbox.taken(self.run, item.number).await {
                tracing::warn!(run = %self.run, %error, "command not marked as taken");
            }
        }
        Ok(())
    }
}

/// Turns a user's command into an input.
pub(crate) fn input_of(command: Command, by: String) -> Input {
    match command {
        Command::Pause => Input::PauseAsked {
            by,
            how: Pause::Finish,
        },
        Command::Resume => Input::ResumeAsked { by },
        Command::Cancel => Input::CancelAsked { by },
        Command::Decide {
            approval,
            agreed,
            reason,
        } => Input::Decided {
            approval,
            agreed,
            by,
            reason,
        },
        Command::Answer { question, answer } => Input::Answered {
            question,
            answer,
            by,
        },
    }
}

/// Joins an error with its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
