//! The host: what a user may ask of the engine in this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;
use venom_kernel::change::Payload;
use venom_kernel::digest::{BlobId, Digest, canonical};
use venom_kernel::event::{Envelope, Event, RunOptions, RunStarted, WorkspaceInfo};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Input, Machine, Pause, Phase, RunState};
use venom_ports::api::intents::{Explained, Intents};
use venom_ports::api::playbooks::{Loaded, Playbooks, Rejected, Source};
use venom_ports::api::report::Report;
use venom_ports::api::runs::{ApiError, NewsStream, Runs, StartRun};
use venom_ports::blob::Belongs;
use venom_ports::inbox::Command;
use venom_ports::lease::{Acquired, Lease};
use venom_ports::log::{Provenance, Verified};
use venom_ports::projection::RunRow;
use venom_ports::task::TaskKind;
use venom_ports::{Failure, FailureKind};

use crate::drive::{Drive, Handle, input_of};
use crate::perform::{Performer, read_payload};
use crate::playbook::{self, Library};
use crate::schema::Schemas;
use crate::sessions::RunSessions;
use crate::shelf::{self, Shelf};
use crate::time::capture::Touched;
use crate::time::tape::Tape;
use crate::world::World;

/// The longest goal. Chosen: words of a person, not a document.
const LONGEST_GOAL: usize = 16 << 10;
/// How many rows of the list of runs are looked at together.
const LOOKED_AT: usize = 500;
/// How many events are read at once when a run is folded.
const PAGE: usize = 2_000;

/// The engine of one process.
#[derive(Clone)]
pub struct Host {
    pub(crate) world: Arc<World>,
    pub(crate) schemas: Arc<Schemas>,
    shelf: Arc<Shelf>,
    driven: Arc<Mutex<BTreeMap<RunId, Handle>>>,
}

impl Host {
    /// Makes an engine in a world.
    pub fn new(mut world: World) -> Self {
        world.skills = crate::agent::described(world.skills);
        Self {
            world: Arc::new(world),
            schemas: Arc::new(Schemas::new()),
            shelf: Arc::new(Shelf::default()),
            driven: Arc::new(Mutex::new(BTreeMap::new())),
        }
    }

    /// Makes an engine in another world over the same stores. Both know the runs that either of them
    /// works on, so that one interruption ends all.
    #[must_use]
    pub fn beside(&self, world: World) -> Self {
        Self {
            driven: Arc::clone(&self.driven),
            schemas: Arc::clone(&self.schemas),
            ..Self::new(world)
        }
    }

    /// Returns the playbooks as they are found from a workspace.
    pub fn playbooks(&self, workspace: &Path) -> Library {
        Library::load(
            &(self.world.playbooks)(workspace),
            self.world.skills.manifests(),
        )
    }

    /// Returns what users may ask about playbooks, as they are found from a workspace.
    pub fn playbook_api(&self, workspace: &Path) -> impl Playbooks + use<> {
        PlaybookHost {
            library: self.playbooks(workspace),
            world: self.world.clone(),
        }
    }

    pub(crate) fn handle(&self, run: RunId) -> Option<Handle> {
        let mut driven = self.driven.lock().unwrap_or_else(PoisonError::into_inner);
        driven.retain(|_, handle| !handle.done.is_cancelled());
        driven.get(&run).cloned()
    }

    /// Tells whether a row of the list of runs is a call of a model that a program made.
    pub fn is_call(&self, row: &RunRow) -> bool {
        crate::relay::is_relayed(&self.world, row)
    }

    /// Finds the newest run that is no relayed call: those are made by programs, many at a time.
    async fn last(&self) -> Result<Option<RunId>, ApiError> {
        let mut rows = self.world.projections.runs(1).await?;
        loop {
            let own = rows
                .iter()
                .find(|row| !crate::relay::is_relayed(&self.world, row));
            if let Some(row) = own {
                return Ok(Some(row.run));
            }
            let Some(oldest) = rows.last().map(|row| row.run) else {
                return Ok(None);
            };
            rows = self
                .world
                .projections
                .runs_before(oldest, LOOKED_AT)
                .await?;
        }
    }

    /// Refuses to go on with a run that was done elsewhere.
    async fn is_ours(&self, run: RunId) -> Result<(), ApiError> {
        match self.world.log.provenance(run).await? {
            Provenance::Here => Ok(()),
            Provenance::Imported | Provenance::Redacted => Err(ApiError::Refused {
                run,
                why: format!(
                    "it was imported and stays as it was; `venom fork {run}@SEQ` goes on from it in a new run"
                ),
            }),
        }
    }

    pub(crate) async fn lease(&self, run: RunId) -> Result<Lease, ApiError> {
        self.is_ours(run).await?;
        let now = self.world.clock.now();
        let ttl = self.world.pace.lease;
        let is_dead = self.world.is_dead.clone();
        let dead = move |owner: &str| is_dead(owner);
        match self
            .world
            .leases
            .acquire(run, &self.world.owner, now, ttl, &dead)
            .await?
        {
            Acquired::Yours(lease) => Ok(lease),
            Acquired::Held(lease) => Err(ApiError::Owned {
                run,
                owner: lease.owner,
            }),
        }
    }

    /// Starts to drive a run; returns when its first input is in the log.
    async fn drive(
        &self,
        state: RunState,
        lease: Lease,
        root: &Path,
        tape: Option<Tape>,
        first: Input,
    ) -> Result<(), ApiError> {
        let run = lease.run;
        let workspace = (self.world.open_workspace)(root)?;
        let world = self.world.of(run, Belongs::Known)?;
        let performer = Performer {
            world: world.clone(),
            workspace,
            schemas: self.schemas.clone(),
            shelf: self.shelf.clone(),
            run: run.to_string(),
            touched: Touched::default(),
            sessions: RunSessions::new(world.clone()),
        };
        let machine = Machine::new(state);
        let (drive, handle) = Drive::new(world, machine, lease, performer, tape);
        let done = handle.done.clone();
        let lost = handle.lost.clone();
        let (begun, beginning) = oneshot::channel();
        self.driven
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run, handle);
        let on_panic = Box::new(move |_: String| done.cancel());
        let kind = TaskKind::Run(run.to_string());
        self.world
            .supervisor
            .start(kind, Box::pin(drive.run(first, begun)), on_panic);
        match beginning.await {
            Ok(answer) => taken(run, answer),
            Err(_gone) => {
                let why = lost.get().cloned();
                Err(why
                    .unwrap_or_else(|| Failure::new(FailureKind::Internal, "it broke"))
                    .into())
            }
        }
    }

    /// Finds what the calls of a run are answered with, if it only shows what another model would have done.
    async fn tape(&self, run: RunId, state: &RunState) -> Result<Option<Tape>, ApiError> {
        let is_copy = state
            .started()
            .is_some_and(|started| started.workspace.copy_of.is_some());
        if !is_copy {
            return Ok(None);
        }
        let own = self.all_events(run).await?;
        let from = own.iter().rev().find_map(|envelope| match &envelope.event {
            Event::Forked {
                from, otherwise, ..
            } => Some((*from, otherwise.what_if)),
            _ => None,
        });
        let Some((from, true)) = from else {
            return Ok(None);
        };
        let original = self.all_events(from).await?;
        if original.is_empty() {
            return Err(ApiError::Refused {
                run,
                why: format!(
                    "it asks another model what {from} asked, and the log of that run is gone"
                ),
            });
        }
        let tape = Tape::of(&own, &original);
        if self.world.log.provenance(from).await? == Provenance::Here {
            return Ok(tape);
        }
        Ok(tape.map(Tape::without_decisions))
    }

    pub(crate) async fn fold(&self, run: RunId, at: Option<Seq>) -> Result<RunState, ApiError> {
        let mut state = RunState::default();
        loop {
            let page = self.world.log.read(run, state.seq(), PAGE).await?;
            let whole = page.len() < PAGE;
            for envelope in page {
                if at.is_some_and(|at| envelope.seq > at) {
                    return Ok(state);
                }
                state.evolve(&envelope.event).map_err(|illegal| {
                    Failure::new(FailureKind::Corrupt, illegal.to_string())
                        .with_hint("run `venom log verify` to find the damage")
                })?;
            }
            if whole {
                break;
            }
        }
        if state.seq() == Seq::ZERO {
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        if let Some(at) = at.filter(|at| state.seq() < *at) {
            return Err(ApiError::NoSuchPart {
                run,
                what: format!("event {at}"),
            });
        }
        Ok(state)
    }

    pub(crate) async fn all_events(&self, run: RunId) -> Result<Vec<Envelope>, ApiError> {
        let mut events = Vec::new();
        loop {
            let after = events.last().map_or(Seq::ZERO, |last: &Envelope| last.seq);
            let page = self.world.log.read(run, after, PAGE).await?;
            let whole = page.len() < PAGE;
            events.extend(page);
            if whole {
                return Ok(events);
            }
        }
    }
}

/// Checks a goal and brings it into its stored form.
pub(crate) fn usable_goal(goal: &str) -> Result<String, ApiError> {
    let bad = |why: &str| Err(ApiError::BadGoal(why.to_owned()));
    let goal = goal.trim();
    if goal.is_empty() {
        return bad("it is empty; say what you want, for example `venom run \"run the tests\"`");
    }
    if goal.len() > LONGEST_GOAL {
        return bad(&format!(
            "it has {} bytes, and {LONGEST_GOAL} are allowed; put long texts into a file of the workspace and name it",
            goal.len()
        ));
    }
    let odd = goal
        .chars()
        .filter(|c| c.is_control() && !c.is_whitespace())
        .count();
    if odd > 0 || goal.contains('\u{fffd}') {
        return bad("it holds bytes that are no text");
    }
    if !goal.chars().any(char::is_alphanumeric) {
        return bad("it holds no word");
    }
    Ok(goal.to_owned())
}

#[async_trait]
impl Runs for Host {
    async fn start(&self, request: StartRun) -> Result<RunId, ApiError> {
        let goal = usable_goal(&request.goal)?;
        let root = request.workspace;
        // Opened once to see that it can be used before anything is written about it.
        (self.world.open_workspace)(&root)?;
        let now = self.world.clock.now();
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        let run = RunId::new(millis, self.world.entropy.random());
        self.world.of(run, Belongs::To(&root))?;
        let shelved = self.shelf.playbooks(&self.world, &root);
        let mut texts = self.world.settings.clone();
        texts.insert(shelf::PLAYBOOKS.to_owned(), shelved.library.text());
        texts.insert(
            "skills".to_owned(),
            canonical(self.world.skills.manifests()),
        );
        let digests = texts
            .iter()
            .map(|(name, text)| (name.clone(), Digest::of_bytes(text.as_bytes())))
            .collect();
        let mut kept = BTreeMap::new();
        for (name, text) in texts {
            kept.insert(name, self.world.blobs.put(text.into_bytes()).await?);
        }
        let started = RunStarted {
            goal,
            workspace: WorkspaceInfo {
                root: root.display().to_string(),
                copy_of: request.copy_of.map(|path| path.display().to_string()),
            },
            options: RunOptions {
                snapshots: self.world.snapshots.is_some(),
                budget: if request.options.budget.is_empty() {
                    self.world.agents.routing.budget.clone()
                } else {
                    request.options.budget
                },
                ..request.options
            },
            policy: self.world.policy.clone(),
            confinement: self.world.confinement.clone(),
            version: self.world.version.clone(),
            digests,
            texts: kept,
        };
        let lease = self.lease(run).await?;
        self.drive(
            RunState::default(),
            lease,
            &root,
            None,
            Input::Requested(Box::new(started)),
        )
        .await?;
        Ok(run)
    }

    async fn resume(&self, run: RunId, by: &str) -> Result<(), ApiError> {
        if let Some(handle) = self.handle(run) {
            return taken(
                run,
                handle
                    .tell(Input::ResumeAsked { by: by.to_owned() })
                    .await?,
            );
        }
        self.is_ours(run).await?;
        let state = self.fold(run, None).await?;
        if state.phase() == Phase::Finished {
            return Err(ApiError::Refused {
                run,
                why: "it has ended".to_owned(),
            });
        }
        if venom_kernel::relay::is_relayed(&state) {
            self.end_relayed(run, by).await?;
            return Err(ApiError::Refused {
                run,
                why: "it is a call that a program made, and nobody waits for its answer any more: it is ended now"
                    .to_owned(),
            });
        }
        let lease = self.lease(run).await?;
        // Read again under the lease: somebody may have driven it in between.
        let state = self.fold(run, None).await?;
        let root = state
            .started()
            .map(|s| s.workspace.root.clone())
            .unwrap_or_default();
        let first = if state.is_paused() {
            Input::ResumeAsked { by: by.to_owned() }
        } else {
            Input::Recovered
        };
        let released = lease.clone();
        let driven = match self.tape(run, &state).await {
            Ok(tape) => {
                self.drive(state, lease, Path::new(&root), tape, first)
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = driven {
            self.world.leases.release(&released).await?;
            return Err(error);
        }
        Ok(())
    }

    async fn command(&self, run: RunId, command: Command, by: &str) -> Result<bool, ApiError> {
        if let Some(handle) = self.handle(run) {
            let input = input_of(command, by.to_owned());
            return taken(run, handle.tell(input).await?).map(|()| true);
        }
        self.is_ours(run).await?;
        let state = self.fold(run, None).await?;
        // Judged first, so that nonsense is refused at once and not in another process; and judged
        // after the commands that wait already, so that the first answer to a question wins.
        let mut machine = Machine::new(state);
        for waiting in self.world.inbox.pending(run).await? {
            if let Err(refusal) = machine.handle(input_of(waiting.command, waiting.by)) {
                tracing::debug!(%run, %refusal, "a waiting command will be refused");
            }
        }
        if let Err(refusal) = machine.handle(input_of(command.clone(), by.to_owned())) {
            return Err(ApiError::Refused {
                run,
                why: refusal.to_string(),
            });
        }
        let now = self.world.clock.now();
        self.world.inbox.post(run, command, by, now).await?;
        let holder = self.world.leases.holder(run, now).await?;
        Ok(holder.is_some_and(|lease| !(self.world.is_dead)(&lease.owner)))
    }

    async fn interrupt(&self, by: &str) {
        let handles: Vec<Handle> = {
            let driven = self.driven.lock().unwrap_or_else(PoisonError::into_inner);
            driven.values().cloned().collect()
        };
        for handle in &handles {
            let pause = Input::PauseAsked {
                by: by.to_owned(),
                how: Pause::Stop,
            };
            if let Err(error) = handle.tell(pause).await {
                tracing::debug!(%error, "run ended while being interrupted");
            }
        }
        // What was stopped reports back; then the drives may end.
        let patience = std::time::Duration::from_secs(10);
        let settle = async {
            while self.world.supervisor.running() > handles.len() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(patience, settle).await.is_err() {
            tracing::warn!("something could not be stopped in time");
        }
        self.world.supervisor.root().cancel();
        for handle in handles {
            handle.done.cancelled().await;
        }
    }

    async fn follow(&self, run: RunId, after: Seq, live: bool) -> Result<NewsStream, ApiError> {
        let handle = self.handle(run);
        if handle.is_none() && self.world.log.head(run).await?.is_none() {
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        Ok(crate::follow::follow(
            self.world.clone(),
            run,
            after,
            live,
            handle,
        ))
    }

    async fn list(&self, limit: usize) -> Result<Vec<RunRow>, ApiError> {
        Ok(self.world.projections.runs(limit).await?)
    }

    async fn page(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunRow>, ApiError> {
        Ok(match before {
            None => self.world.projections.runs(limit).await?,
            Some(before) => self.world.projections.runs_before(before, limit).await?,
        })
    }

    async fn find(&self, text: &str) -> Result<RunId, ApiError> {
        if text == "last" {
            return self
                .last()
                .await?
                .ok_or_else(|| ApiError::NoSuchRun("last".to_owned()));
        }
        if let Ok(run) = text.parse::<RunId>() {
            return match self.world.log.head(run).await? {
                Some(_) => Ok(run),
                None => Err(ApiError::NoSuchRun(text.to_owned())),
            };
        }
        let shown = || text.chars().take(80).collect::<String>();
        let digits = text.strip_prefix("run_").unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ApiError::NoSuchRun(shown()));
        }
        match self
            .world
            .projections
            .find(&format!("run_{digits}"))
            .await?
            .as_slice()
        {
            [] => Err(ApiError::NoSuchRun(shown())),
            [run] => Ok(*run),
            [..] => Err(ApiError::AmbiguousRun(shown())),
        }
    }

    async fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Envelope>, ApiError> {
        if self.world.log.head(run).await?.is_none() {
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        Ok(self.world.log.read(run, after, limit).await?)
    }

    async fn state(&self, run: RunId, at: Option<Seq>) -> Result<RunState, ApiError> {
        self.fold(run, at).await
    }

    async fn report(&self, run: RunId) -> Result<Report, ApiError> {
        let events = self.all_events(run).await?;
        if events.is_empty() {
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        crate::report::make(&self.world, run, &events).await
    }

    async fn value(&self, payload: &Payload) -> Result<serde_json::Value, ApiError> {
        Ok(read_payload(&self.world, payload).await?)
    }

    async fn blob(&self, id: &BlobId) -> Result<Vec<u8>, ApiError> {
        Ok(self.world.blobs.get(id).await?)
    }

    async fn verify_log(&self, run: Option<RunId>) -> Result<Verified, ApiError> {
        let mut verified = self.world.log.verify(run).await?;
        if verified.damage.is_none()
            && let Some(run) = run
            // Where values were taken out, what does not follow is no damage.
            && self.world.log.provenance(run).await? != Provenance::Redacted
        {
            // The hashes fit; do the events also make sense? Nobody can say where the key is gone.
            let events = match self.all_events(run).await {
                Err(ApiError::Failed(failure)) if failure.kind == FailureKind::Missing => {
                    tracing::info!(%run, %failure, "only the hashes were checked");
                    return Ok(verified);
                }
                events => events?,
            };
            let folded = RunState::fold(events.iter().map(|e: &Envelope| -> &Event { &e.event }));
            if let Err(illegal) = folded {
                verified.damage = Some(venom_ports::log::Damage {
                    run: Some(run),
                    seq: Some(illegal.seq),
                    what: illegal.why,
                });
            }
        }
        Ok(verified)
    }
}

#[async_trait]
impl Intents for Host {
    async fn explain(&self, goal: &str, workspace: &Path) -> Result<Explained, ApiError> {
        let goal = usable_goal(goal)?;
        (self.world.open_workspace)(workspace)?;
        Ok(crate::intent::explain(&self.world, &self.shelf, &goal, workspace).await?)
    }
}

fn taken(run: RunId, answer: Result<(), venom_kernel::run::Refusal>) -> Result<(), ApiError> {
    answer.map_err(|refusal| ApiError::Refused {
        run,
        why: refusal.to_string(),
    })
}

struct PlaybookHost {
    library: Library,
    world: Arc<World>,
}

impl Playbooks for PlaybookHost {
    fn list(&self) -> Vec<Loaded> {
        self.library.iter().cloned().collect()
    }

    fn rejected(&self) -> Vec<Rejected> {
        self.library.rejected().to_vec()
    }

    fn check(&self, source: &Source) -> Result<Loaded, Rejected> {
        playbook::check(source, self.world.skills.manifests())
    }
}
