//! Performing: one effect, from its order to its outcome.
//!
//! Nothing here decides anything. Whatever happens, also a panic inside a skill, becomes exactly one
//! outcome.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_kernel::change::{ChangeSet, ChangesRef, Payload};
use venom_kernel::confine::{Confinement, Fence, Mount, Receipt};
use venom_kernel::digest::{Digest, canonical};
use venom_kernel::effect::{
    Done, EffectClass, EffectKind, EffectOutcome, Failure, FailureKind, Probed,
};
use venom_kernel::id::{EffectId, StepId};
use venom_kernel::memory::procedure::Taken;
use venom_kernel::plan::Step;
use venom_kernel::plan::reference::{self, Target};
use venom_kernel::redact::Redactor;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::OnLine;
use venom_ports::sandbox::{OnReach, Place};
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::workspace::Workspace;

use self::session::Past;
use crate::confine::StepCell;
use crate::memory::procedures::Again;
use crate::schema::Schemas;
use crate::sessions::{RunSessions, StepSessions};
use crate::shelf::Shelf;
use crate::staging::StagedWorkspace;
use crate::supervisor::panic_message;
use crate::time::capture::{Touched, read_changes};
use crate::world::World;

/// The largest result that an action may give. Chosen: it is held in memory and digested.
const LARGEST_RESULT: usize = 64 << 20;

pub(crate) mod agent;
mod check;
mod lint;
pub(crate) mod session;

/// What performing needs beside the order itself.
#[derive(Clone)]
pub(crate) struct Performer {
    pub(crate) world: Arc<World>,
    pub(crate) workspace: Arc<dyn Workspace>,
    pub(crate) schemas: Arc<Schemas>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) run: String,
    /// What steps of the run touched.
    pub(crate) touched: Touched,
    pub(crate) sessions: Arc<RunSessions>,
}

/// Where the outcome of an order comes from.
#[derive(Debug)]
pub(crate) enum Answered {
    /// It is performed.
    World,
    /// It was performed in the run that this one comes from, and this is what came of it.
    Log(Box<EffectOutcome>),
    /// It is not performed: it would leave the copy in which this run only tries something.
    Nobody,
}

/// One order with everything that it depends on.
pub(crate) struct Order {
    pub(crate) answered: Answered,
    pub(crate) effect: EffectId,
    pub(crate) step: Box<Step>,
    pub(crate) kind: EffectKind,
    pub(crate) delay: Millis,
    /// Results of the steps that the parameters refer to.
    pub(crate) results: BTreeMap<StepId, Payload>,
    /// What steps did with sessions so far, where the order needs one of them.
    pub(crate) past: Vec<Past>,
    /// The earlier result that an agent's model wants to read on in.
    pub(crate) output: Option<Payload>,
    /// What was said before in the conversation that the run belongs to, where a step begins to think.
    pub(crate) earlier: String,
    /// What an earlier run learned to do for the goal, where a step begins to think.
    pub(crate) learned: Option<Taken>,
    /// What a call relies on that is recorded from an earlier run.
    pub(crate) again: Option<Again>,
    pub(crate) cancel: CancellationToken,
    pub(crate) on_line: OnLine,
    /// What the user demands of the sandbox.
    pub(crate) confinement: Confinement,
    pub(crate) on_reach: OnReach,
}

impl Performer {
    /// Performs an effect.
    pub(crate) async fn perform(&self, order: Order) -> (EffectOutcome, Option<Receipt>) {
        if order.delay > Millis::ZERO {
            tokio::select! {
                () = order.cancel.cancelled() => return (EffectOutcome::Stopped, None),
                () = tokio::time::sleep(order.delay.into()) => {}
            }
        }
        let begun = self.world.clock.steady();
        let receipt = Mutex::new(None);
        let work = AssertUnwindSafe(self.dispatch(&order, &receipt)).catch_unwind();
        let ended = match work.await {
            Ok(ended) => ended,
            Err(panic) => {
                let message = panic_message(panic.as_ref());
                tracing::error!(run = %self.run, step = %order.step.id, %message, "skill panicked");
                Err(Failure::new(
                    FailureKind::Internal,
                    format!(
                        "{}.{} broke: {message}",
                        order.step.skill, order.step.action
                    ),
                ))
            }
        };
        let took = Millis::new(self.world.clock.steady().get().saturating_sub(begun.get()));
        let receipt = receipt.into_inner().unwrap_or_else(PoisonError::into_inner);
        match ended {
            Ok(Some(mut done)) => {
                done.took = took;
                done.receipt = receipt.map(Box::new);
                (EffectOutcome::Done(done), None)
            }
            Ok(None) => (EffectOutcome::Stopped, receipt),
            Err(mut failure) => {
                // An agent's limit of time counts what failed too.
                if matches!(
                    order.kind,
                    EffectKind::Act { .. } | EffectKind::Prove { .. }
                ) {
                    failure.took = took;
                }
                (EffectOutcome::Failed(failure), receipt)
            }
        }
    }

    /// `None` means that the effect was stopped.
    async fn dispatch(
        &self,
        order: &Order,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Done>> {
        match &order.answered {
            Answered::World => {}
            Answered::Log(outcome) => {
                if let Some(done) = self.recorded(order, outcome).await? {
                    return Ok(Some(done));
                }
            }
            Answered::Nobody => {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!(
                        "{}.{} was not performed: it would leave the copy in which another model is only tried",
                        order.step.skill, order.step.action
                    ),
                )
                .with_hint("fork the run with `venom fork RUN@SEQ --model MODEL` to have it done"));
            }
        }
        if !self.bring_back(order).await? {
            return Ok(None);
        }
        match &order.kind {
            EffectKind::Call { prepared } => self.call(order, prepared.clone(), receipt).await,
            EffectKind::Commit { changes } => {
                let set = self.change_set(changes).await?;
                self.apply(&set).await.map(Some)
            }
            EffectKind::Restore { changes, .. } => {
                let set = self.change_set(changes).await?.reversed();
                self.apply(&set).await.map(Some)
            }
            EffectKind::Check => self.check(order, receipt).await,
            EffectKind::Rerun { cases } => self.rerun(order, cases, receipt).await,
            EffectKind::Act { .. } => self.act_for_agent(order, receipt).await,
            EffectKind::Prove { .. } => {
                let call = Call {
                    action: order.step.action.clone(),
                    params: order.step.params.clone(),
                    prepared: None,
                };
                let performed = self.performed(order, call, receipt).await?;
                // What a proof leaves in the workspace is no edit of the agent's.
                Ok(performed.map(|(done, _)| Done {
                    changes: None,
                    ..done
                }))
            }
            EffectKind::Think { .. } => Err(Failure::new(
                FailureKind::Internal,
                "a model is not asked this way",
            )),
        }
    }

    /// Returns what was recorded for a call; `None` if it is called with something else after all.
    async fn recorded(&self, order: &Order, outcome: &EffectOutcome) -> Result<Option<Done>> {
        let done = match outcome {
            EffectOutcome::Done(done) => done,
            EffectOutcome::Failed(failure) => return Err(failure.clone()),
            EffectOutcome::Stopped => return Ok(None),
        };
        let mut done = done.clone();
        if let EffectKind::Call { prepared } = &order.kind {
            let call = self.make_call(order, prepared.clone()).await?;
            if done
                .asked
                .is_some_and(|asked| asked != Digest::of(&call.params))
            {
                return Ok(None);
            }
        }
        if done.shown.is_some() {
            // What is shown of a long result names the effect by which the rest can be read.
            let result = self.value(&done.result).await?;
            done.shown = Some(agent::seen(&result, order.effect));
        }
        Ok(Some(done))
    }

    async fn call(
        &self,
        order: &Order,
        prepared: Value,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Done>> {
        let call = self.make_call(order, prepared).await?;
        let performed = self.performed(order, call, receipt).await?;
        Ok(performed.map(|(done, _)| done))
    }

    /// Performs a call; returns its result also whole.
    async fn performed(
        &self,
        order: &Order,
        call: Call,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<(Done, Value)>> {
        let asked = Digest::of(&call.params);
        let Some(acted) = self.act(order, &call, Purpose::Work, receipt).await? else {
            return Ok(None);
        };
        let mut result = acted.output.result;
        if order.step.class != EffectClass::Pure {
            redact_output(&mut result);
        }
        let mut evidence = acted.output.evidence;
        evidence.extend(lint::evidence(&result));
        let changes = self.staged(acted.staging, acted.changes).await?;
        let done = Done {
            result: self.payload(result.clone()).await?,
            evidence,
            changes,
            asked: Some(asked),
            ..Done::default()
        };
        Ok(Some((done, result)))
    }

    /// Calls an action, ends its commands, and sees that it gave what it promised.
    async fn act(
        &self,
        order: &Order,
        call: &Call,
        purpose: Purpose,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Acted>> {
        let step = &order.step;
        let skill = self.world.skills.skill(&step.skill).ok_or_else(|| {
            Failure::new(
                FailureKind::Missing,
                format!("there is no skill `{}`", step.skill),
            )
        })?;
        let manifests = self.world.skills.manifests();
        let misfits = self
            .schemas
            .params(manifests, &step.skill, &step.action, &call.params);
        if !misfits.is_empty() {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("the parameters do not fit: {}", misfits.join("; ")),
            )
            .with_hint(format!("see `venom skills show {}`", step.skill)));
        }
        let bound = self.bind(order, purpose).await?;
        let work = skill.call(call, &bound.context);
        let output = tokio::select! {
            // An action that ended in the same moment as it was stopped has ended.
            biased;
            output = work => output.map(Some),
            () = order.cancel.cancelled() => Ok(None),
            () = tokio::time::sleep(step.timeout.into()) => {
                bound.context.cancel.cancel();
                Err(Failure::new(
                    FailureKind::TimedOut,
                    format!("`{}` was stopped after {}", step.id, step.timeout),
                )
                .with_hint("give the step a longer `timeout` in its playbook"))
            }
        };
        // Whatever came of it, nothing of its commands is left running, and the receipt says what they
        // got. What commands of a call that failed did to the workspace does not count.
        let left = bound.cell.close(self.world.blobs.as_ref()).await;
        note(receipt, &bound);
        let Some(output) = output? else {
            return Ok(None);
        };
        let left = left?;
        for line in &left.dropped {
            tracing::warn!(run = %self.run, step = %step.id, %line, "left by a command and not kept");
            (bound.context.on_line)(&format!("not kept: {line}"));
        }
        let misfits = self
            .schemas
            .result(manifests, &step.skill, &step.action, &output.result);
        if !misfits.is_empty() {
            return Err(Failure::new(
                FailureKind::Internal,
                format!(
                    "{}.{} broke its promise: {}",
                    step.skill,
                    step.action,
                    misfits.join("; ")
                ),
            ));
        }
        Ok(Some(Acted {
            output,
            staging: bound.staging.clone(),
            changes: left.changes,
        }))
    }

    /// Lets an action look before it acts.
    pub(crate) async fn prepare(&self, order: &Order) -> Result<Value> {
        let work = AssertUnwindSafe(async {
            let skill = self.world.skills.skill(&order.step.skill).ok_or_else(|| {
                Failure::new(
                    FailureKind::Missing,
                    format!("there is no skill `{}`", order.step.skill),
                )
            })?;
            let call = self.make_call(order, Value::Null).await?;
            let bound = self.bind(order, Purpose::Work).await?;
            skill.prepare(&call, &bound.context).await
        });
        match work.catch_unwind().await {
            Ok(prepared) => prepared,
            Err(panic) => Err(Failure::new(
                FailureKind::Internal,
                panic_message(panic.as_ref()),
            )),
        }
    }

    /// Finds out whether a call has happened.
    pub(crate) async fn probe(&self, order: &Order) -> Probed {
        let work = AssertUnwindSafe(async {
            let skill = self.world.skills.skill(&order.step.skill).ok_or_else(|| {
                Failure::new(
                    FailureKind::Missing,
                    format!("there is no skill `{}`", order.step.skill),
                )
            })?;
            let prepared = match &order.kind {
                EffectKind::Call { prepared } => prepared.clone(),
                EffectKind::Commit { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. }
                | EffectKind::Think { .. }
                | EffectKind::Act { .. }
                | EffectKind::Prove { .. }
                | EffectKind::Restore { .. } => Value::Null,
            };
            let call = match &order.kind {
                EffectKind::Act { .. } => Call {
                    action: order.step.action.clone(),
                    params: order.step.params.clone(),
                    prepared: None,
                },
                _ => self.make_call(order, prepared).await?,
            };
            let bound = self.bind(order, Purpose::Work).await?;
            skill.probe(&call, &bound.context).await
        });
        match work.catch_unwind().await {
            Ok(Ok(probed)) => probed,
            Ok(Err(failure)) => Probed::Unknown(failure.message),
            Err(panic) => Probed::Unknown(panic_message(panic.as_ref())),
        }
    }

    pub(crate) async fn make_call(&self, order: &Order, prepared: Value) -> Result<Call> {
        let step = &order.step;
        let mut results = BTreeMap::new();
        for (id, payload) in &order.results {
            results.insert(id.clone(), self.value(payload).await?);
        }
        let params = reference::resolve(&step.params, &|target| match target {
            Target::Step(id) => results.get(id).cloned(),
            Target::Slot(_) => None,
        })
        .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        Ok(Call {
            action: step.action.clone(),
            params: reference::unescape(&params),
            prepared: (!prepared.is_null()).then_some(prepared),
        })
    }

    async fn bind(&self, order: &Order, purpose: Purpose) -> Result<Bound> {
        let has_scratch = order.step.class != EffectClass::Pure || purpose == Purpose::Look;
        // What is prepared has no effect yet, and steps side by side prepare at the same time.
        let scratch = self
            .world
            .scratch
            .join(format!("{}-{}-{}", self.run, order.effect, order.step.id));
        // A pure action leaves nothing behind, not even for a moment.
        if has_scratch {
            let made = scratch.clone();
            blocking(move || empty_folder(&made))
                .await?
                .map_err(|error| {
                    Failure::new(
                        FailureKind::Unavailable,
                        format!("cannot make a scratch folder: {error}"),
                    )
                    .with_hint("see that the data folder is writable and the disk is not full")
                })?;
        }
        let mut staging = StagedWorkspace::new(self.workspace.clone(), self.world.blobs.clone());
        let mut confinement = order.confinement.of_skill(&order.step.skill);
        // What a model calls is not what a person wrote down.
        if matches!(
            order.kind,
            EffectKind::Act { .. } | EffectKind::Prove { .. }
        ) {
            staging = staging.behind(Fence::of(&confinement));
            if !order.step.grants.repository {
                // Commits, branches and all that can be lost with them are no business of a command.
                confinement.protected.push(".git".to_owned());
            }
        }
        let staging = Arc::new(staging);
        let mut grants = order.step.grants.clone();
        if purpose == Purpose::Look {
            // A look changes nothing, also where the step that it belongs to writes without a layer.
            grants.mount = Mount::Overlay;
        }
        let place = Place {
            root: self.workspace.root().to_owned(),
            scratch: has_scratch.then(|| scratch.clone()),
            writes: match purpose {
                Purpose::Work | Purpose::Again => order.step.writes.clone(),
                Purpose::Look => Vec::new(),
            },
            is_trial: purpose != Purpose::Work,
            grants,
            confinement,
            label: format!("{}-{}", self.run, order.effect),
            on_reach: order.on_reach.clone(),
        };
        let sessions = self.sessions.of_call(order.effect, &place);
        let taken_back = order.step.class == EffectClass::Reversible || purpose == Purpose::Look;
        let cell = Arc::new(StepCell::new(
            self.world.sandbox.clone(),
            place,
            self.world.blobs.clone(),
            taken_back,
        ));
        let context = SkillContext {
            files: staging.clone(),
            exec: cell.clone(),
            sessions: sessions.clone(),
            blobs: self.world.blobs.clone(),
            clock: self.world.clock.clone(),
            root: self.workspace.root().to_owned(),
            scratch: scratch.clone(),
            key: step_key(&self.run, &order.step),
            cancel: order.cancel.child_token(),
            on_line: order.on_line.clone(),
        };
        Ok(Bound {
            context,
            staging,
            cell,
            sessions,
            _scratch: has_scratch.then(|| Scratch(scratch)),
        })
    }

    /// Joins the edits that the action staged with those that its commands left.
    async fn staged(
        &self,
        staging: Arc<StagedWorkspace>,
        left: ChangeSet,
    ) -> Result<Option<ChangesRef>> {
        let staged = staging.into_changes().await?;
        let twice = left.changes().iter().find(|change| {
            let other = staged.changes();
            other.iter().any(|other| other.path == change.path)
        });
        if let Some(change) = twice {
            return Err(Failure::new(
                FailureKind::Internal,
                format!(
                    "{} was edited both by the action and by its command",
                    change.path
                ),
            ));
        }
        let mut changes = staged.changes().to_vec();
        changes.extend_from_slice(left.changes());
        let set = ChangeSet::new(changes);
        if set.is_empty() {
            return Ok(None);
        }
        let text = canonical(&set);
        let digest = Digest::of_bytes(text.as_bytes());
        let files = u32::try_from(set.changes().len()).unwrap_or(u32::MAX);
        let blob = self.world.blobs.put(text.into_bytes()).await?;
        Ok(Some(ChangesRef {
            blob,
            digest,
            files,
        }))
    }

    async fn change_set(&self, changes: &ChangesRef) -> Result<ChangeSet> {
        read_changes(self.world.blobs.as_ref(), changes).await
    }

    async fn apply(&self, set: &ChangeSet) -> Result<Done> {
        let conflicts = self.workspace.apply(set, self.world.blobs.as_ref()).await?;
        let conflicts = conflicts.iter().map(ToString::to_string).collect();
        Ok(Done {
            conflicts,
            ..Done::default()
        })
    }

    /// Puts a value in place when it is small and into the content store when it is big.
    pub(crate) async fn payload(&self, value: Value) -> Result<Payload> {
        let text = canonical(&value);
        if text.len() <= Payload::INLINE_LIMIT {
            return Ok(Payload::Inline(value));
        }
        if text.len() > LARGEST_RESULT {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("the result is larger than {} MiB", LARGEST_RESULT >> 20),
            )
            .with_hint("narrow the step down, with a path or a limit"));
        }
        let digest = Digest::of_bytes(text.as_bytes());
        let bytes = text.len() as u64;
        let id = self.world.blobs.put(text.into_bytes()).await?;
        Ok(Payload::Blob { id, digest, bytes })
    }

    async fn value(&self, payload: &Payload) -> Result<Value> {
        read_payload(&self.world, payload).await
    }
}

/// Returns the key of a step: of the run, the step and its action, and of nothing that differs between
/// two attempts. A step that was planned anew with other parameters is another piece of work.
fn step_key(run: &str, step: &Step) -> String {
    let named = (
        "step-key",
        run,
        &step.id,
        &step.skill,
        &step.action,
        &step.params,
    );
    let digest = Digest::of(&named);
    // Half a digest: 128 bits, as a UUID has.
    digest.to_string().chars().take(32).collect()
}

/// Masks well-known credentials in what a command printed. Only what is there for people is touched:
/// other fields may be the input of later steps, and a mask in a file would be damage.
fn redact_output(result: &mut Value) {
    let redactor = Redactor::default();
    for key in ["text", "stdout", "stderr", "output"] {
        if let Some(Value::String(text)) = result.get_mut(key) {
            *text = redactor.redact(text);
        }
    }
}

/// Returns the value of a payload.
pub(crate) async fn read_payload(world: &World, payload: &Payload) -> Result<Value> {
    match payload {
        Payload::Inline(value) => Ok(value.clone()),
        Payload::Blob { id, .. } => {
            let bytes = world.blobs.get(id).await?;
            serde_json::from_slice(&bytes).map_err(|error| {
                Failure::new(
                    FailureKind::Corrupt,
                    format!("a result cannot be read: {error}"),
                )
            })
        }
    }
}

/// What a place is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The step's work.
    Work,
    /// The same once more, of which nothing is kept.
    Again,
    /// A look that verifies the step: nothing is kept, and nothing may be written but to a layer.
    Look,
}

/// What an action gave, with the edits that it staged and that its commands left.
struct Acted {
    output: Output,
    staging: Arc<StagedWorkspace>,
    changes: ChangeSet,
}

/// Notes what isolation the commands of a call had.
fn note(receipt: &Mutex<Option<Receipt>>, bound: &Bound) {
    *receipt.lock().unwrap_or_else(PoisonError::into_inner) =
        bound.cell.receipt().or_else(|| bound.sessions.receipt());
}

/// A context with the parts that the engine looks at afterwards.
struct Bound {
    context: SkillContext,
    staging: Arc<StagedWorkspace>,
    cell: Arc<StepCell>,
    sessions: Arc<StepSessions>,
    _scratch: Option<Scratch>,
}

/// Removes the scratch folder of a call when the call is over.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "scratch folder stays");
        }
    }
}

/// Makes a folder that is empty. What a process left there that was killed, such as a lock, is for
/// nobody: the call begins anew.
fn empty_folder(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::create_dir_all(path)
}

/// Does something that may block on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
}

#[cfg(test)]
mod tests;
