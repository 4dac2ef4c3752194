//! Relays: calls of models that programs make through VENOM.
//!
//! Each call is a run of one step (see [`venom_kernel::relay`]): its beginning, with what is asked and
//! the most that it may take, is in the log before anything is sent, and its end follows whatever
//! becomes of it. A task of its own makes the call, so that it is settled also when nobody waits for
//! the answer any more.
//!
//! What calls may take together in a day is held by a `Till`. One process relays for a data folder,
//! so the till needs to look at the log only once a day.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures::FutureExt as _;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};
use venom_kernel::budget::{Amount, Caps, Counted, Ledger, Window};
use venom_kernel::digest::{Digest, canonical};
use venom_kernel::effect::{Done, EffectOutcome};
use venom_kernel::event::{RunOptions, RunStarted, WorkspaceInfo};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::{ModelId, ModelInfo, Part, Privacy, Reply, Request, Role, Usage};
use venom_kernel::money::MicroUsd;
use venom_kernel::relay::{self, Relayed};
use venom_kernel::route::Need;
use venom_kernel::run::{Phase, Proposed};
use venom_kernel::time::Millis;
use venom_mind::embed::Words;
use venom_ports::api::relay::{Answered, Asked, Begun, Relay, RelayError, Spending, Wanted};
use venom_ports::api::runs::ApiError;
use venom_ports::lease::Lease;
use venom_ports::log::{AppendError, Batch};
use venom_ports::model::{ModelCall, ModelFailure, OnDelta};
use venom_ports::projection::{RunRow, RunStatus};
use venom_ports::task::TaskKind;
use venom_ports::{Failure, FailureKind};

use crate::host::Host;
use crate::route::{self, Wish};
use crate::supervisor::panic_message;
use crate::world::World;

mod till;

use till::{Hold, Till};

/// An answer of fewer tokens is not worth asking for, if nobody said how long it may be. Chosen as for
/// agents: a call of a tool with a short edit.
const SHORTEST: u64 = 512;
/// What a picture may count for, in tokens: the most that providers count.
const IMAGE: u64 = 1_600;
/// How much of what is asked is shown as the goal, in characters.
const SHOWN: usize = 120;
/// How long a model may take to let go when it is not wanted any more.
const LETTING_GO: Millis = Millis::from_secs(5);
/// How much longer than it was allowed to a model is waited for, before it is left alone.
const GRACE: Millis = Millis::from_secs(10);
/// The largest answer that is taken, in bytes; as for agents.
const LARGEST_REPLY: usize = 4 << 20;
/// How many rows of the list of runs are looked at together.
const PAGE: usize = 500;

/// Relays calls of models.
pub struct Relays {
    host: Host,
    till: Arc<Till>,
    words: OnceLock<Result<Words, String>>,
}

impl Relays {
    /// Relays calls through an engine; together they may take so much in a day of UTC.
    pub fn new(host: Host, per_day: Option<MicroUsd>) -> Self {
        Self {
            host,
            till: Arc::new(Till::new(per_day)),
            words: OnceLock::new(),
        }
    }

    /// Ends the calls that a process left in the middle when it died. Nobody waits for their answers,
    /// and what was reserved for them counts as spent.
    pub async fn sweep(&self) -> Result<usize, Failure> {
        let world = &self.host.world;
        let mut before: Option<RunId> = None;
        let mut ended = 0;
        loop {
            let rows = match before {
                None => world.projections.runs(PAGE).await?,
                Some(before) => world.projections.runs_before(before, PAGE).await?,
            };
            for row in &rows {
                if row.status != RunStatus::Finished && is_relayed(world, row) {
                    match self.host.end_relayed(row.run, "venom serve").await {
                        Ok(true) => ended += 1,
                        Ok(false) => {}
                        Err(error) => {
                            tracing::warn!(run = %row.run, %error, "a call was not ended");
                        }
                    }
                }
            }
            if rows.len() < PAGE {
                return Ok(ended);
            }
            before = rows.last().map(|row| row.run);
        }
    }

    /// Finds the models that can do what is asked, and the one that is to do it.
    async fn choose(
        &self,
        asked: &Asked,
        budget: &Ledger,
    ) -> Result<(ModelInfo, venom_kernel::agent::Selected), RelayError> {
        let world = &self.host.world;
        let all = world.models.list();
        let selected = match &asked.wanted {
            Wanted::Named(model) => {
                if let Some(info) = all.iter().find(|info| info.id == *model) {
                    fits(info, &asked.request).map_err(RelayError::Unfit)?;
                    if world.agents.routing.local_only && info.privacy != Privacy::Local {
                        return Err(RelayError::Unfit(format!(
                            "{model} is not a model of this machine's user, and `route.local_only` is set"
                        )));
                    }
                }
                route::select(&all, Some((model, "whoever asked")), venom_kernel::model::Kind::Chat)
            }
            Wanted::Auto(kind) => {
                if !all.is_empty() && !all.iter().any(|info| fits(info, &asked.request).is_ok()) {
                    return Err(RelayError::Unfit(
                        "no configured model takes what is asked: it is too long for all of them, or holds pictures that none can see"
                            .to_owned(),
                    ));
                }
                let request = &asked.request;
                let mut may = Vec::new();
                if !request.tools.is_empty() {
                    may.push(Need::Tools);
                }
                if request.output.is_some() {
                    may.push(Need::Schema);
                }
                let wish = Wish {
                    skill: relay::SKILL,
                    action: relay::ANSWER,
                    kind: *kind,
                    prompt: size(request) / 4,
                    options: &RunOptions::default(),
                    budget,
                    cost: self.till.left(&asked.by, asked.per_day),
                    must: if request.images().is_empty() {
                        Vec::new()
                    } else {
                        vec![Need::Images]
                    },
                    may,
                    is_agents: false,
                };
                route::choose(world, &wish).await
            }
        }
        .map_err(RelayError::NoModel)?;
        let info = all
            .into_iter()
            .find(|info| info.id == selected.model)
            .ok_or_else(|| {
                RelayError::NoModel(Failure::new(
                    FailureKind::Missing,
                    format!("the model `{}` is not configured", selected.model),
                ))
            })?;
        Ok((info, selected))
    }
}

/// Tells whether a row is of a relayed call: only these work in the folder of files that nobody keeps.
pub(crate) fn is_relayed(world: &World, row: &RunRow) -> bool {
    row.workspace == world.scratch.display().to_string()
}

/// Says why a model does not take a request.
fn fits(info: &ModelInfo, request: &Request) -> Result<(), String> {
    if !info.images && !request.images().is_empty() {
        return Err(format!("{} takes no pictures", info.id));
    }
    let prompt = size(request) / 4;
    if prompt >= info.context {
        return Err(format!(
            "this has about {prompt} tokens, and {} takes {} with its answer",
            info.id, info.context
        ));
    }
    Ok(())
}

/// Counts the bytes of what is asked, pictures as what they may count for at most.
fn size(request: &Request) -> u64 {
    let text = serde_json::to_string(request).map_or(usize::MAX, |text| text.len());
    let images = request.images().len() as u64;
    (text as u64).saturating_add(images.saturating_mul(IMAGE * 4))
}

/// The most tokens that what is asked may have: no tokeniser takes fewer than two bytes for one in the
/// mean, whatever the language.
fn most_prompt(request: &Request) -> u64 {
    size(request).div_ceil(2)
}

/// Returns a line about what is asked.
fn goal(request: &Request) -> String {
    let last = request
        .messages
        .iter()
        .rev()
        .filter(|message| message.role == Role::User)
        .flat_map(|message| &message.parts)
        .find_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            Part::Image { .. }
            | Part::Thinking { .. }
            | Part::ToolCall(_)
            | Part::ToolResult { .. } => None,
        })
        .unwrap_or("(no words)");
    let clean = venom_kernel::plain::text(last.as_bytes());
    let line: String = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(SHOWN).collect();
    let dots = if line.chars().nth(SHOWN).is_some() {
        "…"
    } else {
        ""
    };
    format!("chat: {short}{dots}")
}

#[async_trait]
impl Relay for Relays {
    fn models(&self) -> Vec<ModelInfo> {
        self.host.world.models.list()
    }

    fn resting(&self) -> BTreeSet<ModelId> {
        self.host.world.models.resting()
    }

    async fn begin(&self, mut asked: Asked) -> Result<Box<dyn Begun>, RelayError> {
        let world = &self.host.world;
        let windows: Vec<(Window, Caps)> = world.agents.routing.budget.windows().collect();
        let now = world.clock.now();
        self.till.open(world, now).await?;
        let mut budget = Ledger::new(Caps::NONE);
        for (window, caps) in &windows {
            budget.open_window(*window, *caps, Amount::ZERO);
        }
        let (info, selected) = self.choose(&asked, &budget).await?;
        let prompt = most_prompt(&asked.request);
        let most = |answer: u64| Amount {
            money: selected.price.most(prompt, answer),
            tokens: prompt.saturating_add(answer),
        };
        let room = info
            .context
            .saturating_sub(size(&asked.request) / 4)
            .min(u64::from(info.max_output))
            .max(1);
        let wanted = u64::from(asked.request.max_tokens);
        let (least, longest) = if wanted == 0 {
            (room.min(SHORTEST), room)
        } else {
            (wanted.min(room), wanted.min(room))
        };
        // Whoever did not say how long the answer may be gets one that the budget holds.
        let mut left = self.till.left(&asked.by, asked.per_day);
        for (window, caps) in &windows {
            let rest = caps.after(crate::budget::all(world, *window).await).money;
            left = match (left, rest) {
                (Some(left), Some(rest)) => Some(left.min(rest)),
                (left, rest) => left.or(rest),
            };
        }
        let answer = left.map_or(longest, |left| {
            affordable(left, prompt, &selected).clamp(least, longest)
        });
        let most = most(answer);
        let hold = self
            .till
            .take(&asked.by, asked.per_day, most.money)
            .map_err(RelayError::Budget)?;
        asked.request.max_tokens = u32::try_from(answer).unwrap_or(u32::MAX);

        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        let run = RunId::new(millis, world.entropy.random());
        let text = canonical(&asked.request);
        let digest = Digest::of_bytes(text.as_bytes());
        let mut texts = BTreeMap::new();
        texts.insert(
            relay::REQUEST.to_owned(),
            world.blobs.put(text.into_bytes()).await?,
        );
        for (number, bytes) in asked.images.values().enumerate() {
            let id = world.blobs.put(bytes.to_vec()).await?;
            texts.insert(format!("picture-{}", number + 1), id);
        }
        let proposed = relay::begin(Relayed {
            started: RunStarted {
                goal: goal(&asked.request),
                workspace: WorkspaceInfo {
                    root: world.scratch.display().to_string(),
                    copy_of: None,
                },
                options: RunOptions {
                    max_parallel: 1,
                    timeout: Some(asked.within),
                    ..RunOptions::default()
                },
                policy: world.policy.clone(),
                confinement: world.confinement.clone(),
                version: world.version.clone(),
                digests: [(relay::REQUEST.to_owned(), digest)].into(),
                texts,
            },
            by: asked.by.clone(),
            wanted: match &asked.wanted {
                Wanted::Auto(kind) => format!("auto, for {}", kind.name()),
                Wanted::Named(model) => model.to_string(),
            },
            selected,
            asked: digest,
            most,
            within: asked.within,
        })
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        let lease = self.host.lease(run).await.map_err(failed)?;
        let seq = append(world, &lease, Seq::ZERO, proposed).await?;
        let by = asked.by.clone();
        let call = Call {
            world: Arc::clone(world),
            lease,
            seq,
            info: info.clone(),
            asked,
            hold,
        };
        // The reservation stands in the log, behind those of all runs that came first. What a day or a
        // month does not hold with them is not asked.
        if let Some(counted) = crate::budget::overtaken(world, run, relay::CALL, &windows).await {
            call.end(EffectOutcome::Stopped, Usage::default(), &by)
                .await;
            return Err(RelayError::Budget(over(&counted, &windows, most.money)));
        }
        Ok(Box::new(Pending {
            run,
            info,
            call: Some(call),
        }))
    }

    fn embedder(&self) -> &'static str {
        "venom/embedded"
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let words = self
            .words
            .get_or_init(|| Words::embedded().map_err(|error| error.to_string()));
        match words {
            Ok(words) => {
                let none = || vec![0.0; words.size()];
                let vectors = texts
                    .iter()
                    .map(|text| words.embed(text).unwrap_or_else(none));
                Ok(vectors.collect())
            }
            Err(why) => Err(Failure::new(FailureKind::Corrupt, why.clone())),
        }
    }

    async fn spending(&self) -> Result<Spending, Failure> {
        let world = &self.host.world;
        self.till.open(world, world.clock.now()).await?;
        Ok(self.till.spending())
    }
}

/// Says which day or month does not hold a call.
fn over(counted: &[Counted], windows: &[(Window, Caps)], most: MicroUsd) -> String {
    let met = counted.iter().find_map(|counted| {
        let (_, caps) = windows
            .iter()
            .find(|(window, _)| *window == counted.window)?;
        let cap = caps.money?;
        let with_it = counted.elsewhere.money.plus(most);
        (with_it > cap).then_some((counted, cap))
    });
    match met {
        Some((counted, cap)) => format!(
            "this call may take {most}, and {} of the {cap} that all runs may spend in a {} are spent or reserved",
            counted.elsewhere.money,
            counted.window.name()
        ),
        None => format!(
            "this call may take {most}, which the caps of the day or the month (`budget` in the configuration) do not hold"
        ),
    }
}

/// Returns how many tokens an answer may have for an amount of money.
fn affordable(money: MicroUsd, prompt: u64, selected: &venom_kernel::agent::Selected) -> u64 {
    let reading = selected.price.most(prompt, 0).micros();
    let rest = u128::from(money.micros().saturating_sub(reading));
    let price = u128::from(selected.price.output.micros());
    (rest * 1_000_000)
        .checked_div(price)
        .map_or(u64::MAX, |most| u64::try_from(most).unwrap_or(u64::MAX))
}

fn failed(error: ApiError) -> Failure {
    match error {
        ApiError::Failed(failure) => failure,
        other => Failure::new(FailureKind::Internal, other.to_string()),
    }
}

async fn append(
    world: &World,
    lease: &Lease,
    expected: Seq,
    events: Vec<Proposed>,
) -> Result<Seq, Failure> {
    let batch = Batch {
        run: lease.run,
        expected,
        fence: lease.fence,
        time: world.clock.now(),
        events,
    };
    match world.log.append(batch).await {
        Ok(envelopes) => Ok(envelopes.last().map_or(expected, |last| last.seq)),
        Err(AppendError::Store(failure)) => Err(failure),
        Err(
            error @ (AppendError::Moved { .. } | AppendError::Fenced | AppendError::Illegal(_)),
        ) => Err(Failure::new(FailureKind::Conflict, error.to_string())),
    }
}

/// A call that stands in the log.
struct Call {
    world: Arc<World>,
    lease: Lease,
    seq: Seq,
    info: ModelInfo,
    asked: Asked,
    hold: Hold,
}

/// A call that has not been made; dropped, it is ended without having been made.
struct Pending {
    run: RunId,
    info: ModelInfo,
    call: Option<Call>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            let supervisor = Arc::clone(&call.world.supervisor);
            let kind = TaskKind::Effect(format!("a call of {}", call.info.id));
            let work = async move {
                let by = call.asked.by.clone();
                call.end(EffectOutcome::Stopped, Usage::default(), &by)
                    .await;
            };
            supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
        }
    }
}

#[async_trait]
impl Begun for Pending {
    fn run(&self) -> RunId {
        self.run
    }

    fn info(&self) -> &ModelInfo {
        &self.info
    }

    async fn answer(
        mut self: Box<Self>,
        on_delta: Option<OnDelta>,
    ) -> Result<Answered, ModelFailure> {
        let gone = || Failure::new(FailureKind::Internal, "the call broke");
        let call = self.call.take().ok_or_else(gone)?;
        let cancel = call.world.supervisor.root().child_token();
        // Whoever stops waiting drops it.
        let _wanted: DropGuard = cancel.clone().drop_guard();
        let (told, hears) = oneshot::channel();
        let supervisor = Arc::clone(&call.world.supervisor);
        let kind = TaskKind::Effect(format!("a call of {}", call.info.id));
        let work = async move {
            // Nobody may wait for it any more.
            let _ = told.send(call.make(cancel, on_delta).await);
        };
        supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
        hears.await.unwrap_or_else(|_broke| Err(gone().into()))
    }
}

impl Call {
    /// Makes the call, and settles it.
    async fn make(
        mut self,
        cancel: CancellationToken,
        on_delta: Option<OnDelta>,
    ) -> Result<Answered, ModelFailure> {
        let world = Arc::clone(&self.world);
        let begun = world.clock.steady();
        let model = self.info.id.clone();
        let within = self.asked.within;
        let call = ModelCall {
            model: model.clone(),
            request: Arc::new(self.asked.request.clone()),
            images: self.asked.images.clone(),
            key: format!("{}-1", self.lease.run),
            within,
        };
        let work =
            AssertUnwindSafe(world.models.call(call, cancel.clone(), on_delta)).catch_unwind();
        tokio::pin!(work);
        let gone = async {
            cancel.cancelled().await;
            tokio::time::sleep(LETTING_GO.into()).await;
        };
        tokio::pin!(gone);
        let late = tokio::time::sleep(within.plus(GRACE).into());
        tokio::pin!(late);
        // Three renewals fit into the life of a lease, so that one may be late.
        let mut renewal = tokio::time::interval(Millis::new(world.pace.lease.get() / 3 + 1).into());
        renewal.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let answer: Result<Reply, ModelFailure> = loop {
            tokio::select! {
                biased;
                answer = &mut work => break answer.unwrap_or_else(|panic| {
                    let message = panic_message(panic.as_ref());
                    tracing::error!(%model, %message, "a model's adapter panicked");
                    Err(Failure::new(FailureKind::Internal, message).into())
                }),
                () = &mut gone => break Err(stopped().into()),
                () = &mut late => break Err(Failure::new(
                    FailureKind::TimedOut,
                    format!("{model} did not answer within {within}"),
                ).into()),
                _ = renewal.tick() => {
                    let renewed = world.leases.renew(&self.lease, world.clock.now(), world.pace.lease);
                    match renewed.await {
                        Ok(lease) => self.lease = lease,
                        Err(failure) => tracing::warn!(run = %self.lease.run, %failure, "a lease was not renewed"),
                    }
                }
            }
        };
        let took = Millis::new(world.clock.steady().get().saturating_sub(begun.get()));
        let by = self.asked.by.clone();
        let price = self.info.price;
        let answer = answer.and_then(|reply| {
            let usage = reply.usage;
            bounded(reply).map_err(|failure| ModelFailure {
                usage,
                ..ModelFailure::from(failure)
            })
        });
        match answer {
            Ok(reply) => {
                let usage = reply.usage;
                let done = Done {
                    reply: Some(Box::new(reply.clone())),
                    took,
                    ..Done::default()
                };
                let is_kept = self.end(EffectOutcome::Done(done), usage, &by).await;
                if !is_kept {
                    return Err(ModelFailure {
                        usage,
                        ..ModelFailure::from(Failure::new(
                            FailureKind::Unavailable,
                            "the model answered, and the answer could not be written into the log",
                        ))
                    });
                }
                Ok(Answered {
                    reply,
                    cost: price.of(usage),
                })
            }
            Err(failure) => {
                let outcome = if cancel.is_cancelled() {
                    EffectOutcome::Stopped
                } else {
                    EffectOutcome::Failed(failure.failure.clone())
                };
                self.end(outcome, failure.usage, &by).await;
                Err(failure)
            }
        }
    }

    /// Writes the end of the call, and gives back what it did not take. Tells whether it is in the log.
    async fn end(self, outcome: EffectOutcome, usage: Usage, by: &str) -> bool {
        let Self {
            world,
            lease,
            seq,
            info,
            hold,
            ..
        } = self;
        let took = Amount {
            money: info.price.of(usage),
            tokens: usage.tokens(),
        };
        let written = match relay::end(seq, outcome, took, usage, by) {
            Ok(events) => append(&world, &lease, seq, events).await,
            Err(error) => Err(Failure::new(FailureKind::Internal, error.to_string())),
        };
        hold.settle(took.money);
        if let Err(failure) = world.leases.release(&lease).await {
            tracing::warn!(run = %lease.run, %failure, "a lease was not given back");
        }
        if let Err(failure) = &written {
            tracing::warn!(run = %lease.run, %failure, "the end of a call is not in the log");
        }
        written.is_ok()
    }
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Retryable, "the call was stopped")
}

fn bounded(reply: Reply) -> Result<Reply, Failure> {
    let length = serde_json::to_string(&reply).map_or(usize::MAX, |text| text.len());
    if length > LARGEST_REPLY {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("the model's answer has {length} bytes"),
        ));
    }
    Ok(reply)
}

impl Host {
    /// Ends a relayed call that its process left in the middle. Tells whether there was something to
    /// end.
    pub(crate) async fn end_relayed(&self, run: RunId, by: &str) -> Result<bool, ApiError> {
        let state = self.fold(run, None).await?;
        if relay::left_open(&state).is_none() {
            return Ok(false);
        }
        let lease = self.lease(run).await?;
        // Read again under the lease: somebody may have ended it in between.
        let state = self.fold(run, None).await?;
        let ended = match relay::left_open(&state) {
            Some(took) if state.phase() != Phase::Finished => {
                let events = relay::end(
                    state.seq(),
                    EffectOutcome::Stopped,
                    took,
                    Usage::default(),
                    by,
                )
                .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
                append(&self.world, &lease, state.seq(), events)
                    .await
                    .map(|_| true)
            }
            Some(_) | None => Ok(false),
        };
        self.world.leases.release(&lease).await?;
        Ok(ended?)
    }
}
