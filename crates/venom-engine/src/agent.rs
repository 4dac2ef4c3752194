//! Agents: what an agent begins with, and the plan of a goal that no playbook covers.
//!
//! The loop itself is the kernel's. Here is what it needs from outside before the first answer: what the
//! workspace says to whoever works in it, the tools that there are, and a model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::agent::{
    Act, DEFAULT_TOOLS, Excerpt, Limits, Proof, Recall, SKILL, Selected, Setup, is_agent, offered,
};
use venom_kernel::attachment::Attachment;
use venom_kernel::budget::Ledger;
use venom_kernel::change::RelPath;
use venom_kernel::confidence::Confidence;
use venom_kernel::confine::Fence;
use venom_kernel::event::RunOptions;
use venom_kernel::intent::{Goal, Intent, Understanding};
use venom_kernel::memory::procedure::Recorded;
use venom_kernel::model::{Kind, ModelId, Price, Privacy};
use venom_kernel::money::MicroUsd;
use venom_kernel::plain;
use venom_kernel::plan::Plan;
use venom_kernel::playbook::Playbook;
use venom_kernel::redact::Redactor;
use venom_kernel::route::Need;
use venom_kernel::run::AgentReady;
use venom_kernel::skill::{Manifests, Reach};
use venom_ports::skill::{Skill, SkillRegistry};
use venom_ports::{Failure, FailureKind, Result};

use crate::intent::BEYOND;
use crate::memory::{given, procedures};
use crate::perform::{Order, Performer};
use crate::route::{self, Routing, Wish};

pub mod attach;
mod earlier;
mod guard;

pub(crate) use earlier::told;
pub(crate) use guard::guarded;

/// The name of the plan for a goal that no playbook covers. No playbook file can have it: it holds a
/// dot.
pub(crate) const BOOK: &str = "agent.work";
/// Files in which a project says how to work in it, the likelier first.
const INSTRUCTIONS: &[&str] = &["AGENTS.md", "CLAUDE.md"];
/// The most bytes of one such file that a model is shown. Chosen: a long page; more would be paid for
/// with every answer.
const LONGEST_INSTRUCTIONS: usize = 24 << 10;
/// The most bytes of a file that belongs to a task.
const LONGEST_FILE: usize = 48 << 10;
/// What a model is told where a file of the workspace is cut.
const READ_ON: &str = "[The rest of the file is left out here; read it with the tools.]";
/// What a picture counts for before a model has counted any, in bytes; as in the window.
const PICTURE: u64 = 6_000;
/// The largest file that is looked into for either.
const LARGEST: u64 = 8 << 20;
/// How many proposals of a plan are asked for unless the user says otherwise. Chosen: with one there is
/// nothing to choose from, and each costs as much as an answer of an agent.
pub const PROPOSALS: u8 = 2;
/// How many verified runs make a habit. Chosen: once is luck, and twice may be one mistake made again.
pub const LEARN_AFTER: u32 = 3;
/// How many facts and episodes an agent is given. Chosen: none unless its user wants that, because they are words of
/// other runs and other projects, and go to whoever provides the model.
pub const MEMORIES: u8 = 0;
/// The most proposals of a plan.
pub const MOST_PROPOSALS: u8 = 3;

/// What the user settled about agents.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// How far an agent may go.
    pub limits: Limits,
    /// The model that thinks unless another one is named.
    pub model: Option<ModelId>,
    /// Whether a model is asked what a goal means that is not clear.
    pub understand: bool,
    /// How many plans a model proposes for a goal of several parts that no playbook covers; none means
    /// that one agent works on all of it.
    pub proposals: u8,
    /// How models are chosen, and what they may cost.
    pub routing: Routing,
    /// Whether runs learn to do without a model what they did with one.
    pub learn: bool,
    /// How many verified runs must have done the same before it is used without approval; 0 means that only
    /// approval counts.
    pub learn_after: u32,
    /// How many facts, and how many episodes, an agent is given at most; 0 for none.
    pub memories: u8,
}

impl AgentSettings {
    /// Returns after how many verified runs what they did is used without approval.
    pub(crate) fn learn_after(&self) -> Option<u32> {
        (self.learn_after > 0).then_some(self.learn_after)
    }
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            model: None,
            understand: true,
            proposals: PROPOSALS,
            routing: Routing::default(),
            learn: true,
            learn_after: LEARN_AFTER,
            memories: MEMORIES,
        }
    }
}

/// Skills, and beside them the description of the one whose action is the loop.
struct WithAgent {
    skills: Arc<dyn SkillRegistry>,
    manifests: Manifests,
}

impl SkillRegistry for WithAgent {
    fn skill(&self, name: &str) -> Option<Arc<dyn Skill>> {
        self.skills.skill(name)
    }

    fn manifests(&self) -> &Manifests {
        &self.manifests
    }
}

/// Adds the description of agents to skills that lack it.
pub fn described(skills: Arc<dyn SkillRegistry>) -> Arc<dyn SkillRegistry> {
    let agent = venom_kernel::agent::manifest();
    if skills.manifests().skill(SKILL) == Some(&agent) {
        return skills;
    }
    let manifests = skills.manifests().with([agent]);
    Arc::new(WithAgent { skills, manifests })
}

/// Returns the plan of a goal that no playbook covers: the tests as they are, the work, and the tests
/// again, which must not be worse.
pub(crate) fn book() -> Result<Playbook> {
    let book = json!({
        "venom": 1,
        "name": BOOK,
        "title": "Work on it with a model",
        "utterances": [],
        "slots": {"task": {"type": "text", "description": "What is to be done."}},
        "steps": [
            {
                "id": "tests-before",
                "title": "Run the tests before the change",
                "skill": "test",
                "action": "run",
                "effect": "idempotent",
                // Whatever they say is what the work is compared with.
                "verify": [{"check": "result-fits"}]
            },
            {
                "id": "work",
                "title": "Work on the goal with a model",
                "skill": SKILL,
                "action": venom_kernel::agent::WORK,
                "params": {
                    "task": "${slot.task}",
                    "kind": Kind::Code.name(),
                    "proof": {"skill": "test", "action": "run"}
                },
                "after": ["tests-before"],
                "verify": [{"check": "tests-not-worse", "than": "tests-before"}]
            }
        ]
    });
    serde_json::from_value(book)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
}

/// Hands a goal to an agent that the playbooks do not cover, where there is a model.
pub(crate) fn or_work(intent: Intent, goal: &str, has_model: bool) -> Intent {
    // What was answered before is known, however unsure the words leave it.
    if !has_model || !intent.remembered.is_empty() {
        return intent;
    }
    let is_guess = |goal: &Goal| goal.action.is_empty() || goal.confidence < BEYOND;
    let is_beyond = intent.understanding(0, &BTreeSet::new()) == Understanding::OutOfScope
        || intent.goals.iter().any(is_guess);
    if !is_beyond {
        return intent;
    }
    let confidence = Confidence::CERTAIN;
    Intent {
        name: BOOK.to_owned(),
        confidence,
        goals: vec![Goal {
            action: BOOK.to_owned(),
            text: goal.to_owned(),
            params: BTreeMap::from([("task".to_owned(), Value::String(goal.to_owned()))]),
            priority: 1,
            after: Vec::new(),
            // Nothing is guessed: the model gets the user's own words.
            confidence,
            candidates: intent
                .goals
                .into_iter()
                .flat_map(|goal| goal.candidates)
                .collect(),
            missing: Vec::new(),
        }],
        target: intent.target,
        constraints: intent.constraints,
        targets: Vec::new(),
        remembered: Vec::new(),
        learned: None,
    }
}

/// Prices the steps of agents by the model that would think. A step that thinks takes money, and how much
/// is known only when it has.
pub(crate) fn price(world: &crate::world::World, options: &RunOptions, plan: &mut Plan) {
    let mut models = world.models.list();
    if options.local_only || world.agents.routing.local_only {
        models.retain(|info| info.privacy == Privacy::Local);
    }
    let named = options
        .model
        .as_ref()
        .or(world.agents.model.as_ref())
        .map(|model| (model, ""));
    let Ok(selected) = route::select(&models, named, Kind::Code) else {
        return;
    };
    let cap = options.max_cost.unwrap_or(MicroUsd::new(u64::MAX));
    for step in plan.steps.iter_mut().filter(|step| is_agent(step)) {
        // Chosen: ten answers that read 8,000 tokens each and produce 500, and five times as much.
        let median = selected.price.most(80_000, 5_000).min(cap);
        let most = selected.price.most(400_000, 25_000).min(cap);
        step.expected.cost_p50 = median;
        step.expected.cost_p90 = most;
    }
}

#[derive(Deserialize)]
struct Params {
    task: String,
    #[serde(default)]
    files: Vec<RelPath>,
    tools: Option<Vec<String>>,
    kind: Option<Kind>,
    turns: Option<u16>,
    tokens: Option<u64>,
    max_cost_micros: Option<u64>,
    proof: Option<Wanted>,
}

#[derive(Deserialize)]
struct Wanted {
    skill: String,
    action: String,
    #[serde(default)]
    params: Value,
}

impl Performer {
    /// Finds out what an agent begins with.
    pub(crate) async fn set_up(
        &self,
        order: &Order,
        options: &RunOptions,
        budget: &Ledger,
    ) -> Result<Box<AgentReady>> {
        let params = self.make_call(order, Value::Null).await?.params;
        let manifests = self.world.skills.manifests();
        let misfits = self
            .schemas
            .params(manifests, SKILL, venom_kernel::agent::WORK, &params);
        let refused = |why: String| {
            Failure::new(FailureKind::Refused, why)
                .with_hint(format!("see `venom skills show {SKILL}`"))
        };
        if !misfits.is_empty() {
            return Err(refused(format!(
                "the parameters do not fit: {}",
                misfits.join("; ")
            )));
        }
        let params: Params =
            serde_json::from_value(params).map_err(|error| refused(error.to_string()))?;
        let kind = params.kind.unwrap_or(Kind::Code);
        let settings = &self.world.agents;
        let patterns = params.tools.unwrap_or_else(|| {
            DEFAULT_TOOLS
                .iter()
                .map(|pattern| (*pattern).to_owned())
                .collect()
        });
        let root = self.workspace.root();
        let has = |need: &_| (self.world.has)(need, root);
        let proof = match params.proof {
            Some(Wanted {
                skill,
                action,
                params,
            }) => {
                let manifest = manifests
                    .action(&skill, &action)
                    .ok_or_else(|| refused(format!("there is no action {skill}.{action}")))?;
                // Nobody is asked about a proof, and it is made as often as the model claims to be done.
                if !manifest.class.is_repeatable()
                    || manifest.reach != Reach::Local
                    || manifest.prepares
                {
                    return Err(refused(format!(
                        "{skill}.{action} is no proof: a proof can be repeated and stays on this machine"
                    )));
                }
                let params = if params.is_null() { json!({}) } else { params };
                Some(Proof {
                    act: Act::of(&skill, &action, manifest),
                    params,
                })
            }
            None => None,
        };
        let limits = settings.limits;
        let recorded = match &order.learned {
            Some(taken) => {
                let files = self.workspace.as_ref();
                procedures::recorded(&self.world, files, taken, &order.step).await
            }
            None => None,
        };
        let setup = Setup {
            task: safe(&params.task),
            kind,
            instructions: self.instructions().await,
            files: self
                .files(
                    &params.files,
                    &options.attached,
                    &Fence::of(&order.confinement),
                )
                .await?,
            pictures: options
                .attached
                .iter()
                .filter(|attached| attached.is_picture())
                .cloned()
                .collect(),
            tools: offered(manifests, &patterns, &has),
            proof,
            limits: Limits {
                // A playbook may come with a project: it can ask for less than the user allows.
                turns: params
                    .turns
                    .map_or(limits.turns, |turns| turns.min(limits.turns)),
                tokens: params
                    .tokens
                    .map_or(limits.tokens, |tokens| tokens.min(limits.tokens)),
                cost: match (params.max_cost_micros.map(MicroUsd::new), limits.cost) {
                    (Some(asked), Some(allowed)) => Some(asked.min(allowed)),
                    (asked, allowed) => asked.or(allowed),
                },
                time: limits.time.min(order.step.timeout),
                ..limits
            },
            earlier: order.earlier.clone(),
            must_change: kind == Kind::Code && asks_for_change(&params.task),
            rules: venom_kernel::agent::RULES,
            recall: self.recall(&params.task, recorded.as_ref()).await,
            recorded: recorded.map(Box::new),
        };
        let wish = Wish {
            skill: &order.step.skill,
            action: &order.step.action,
            kind,
            prompt: first_question(&setup),
            options,
            budget,
            cost: setup.limits.cost,
            must: if setup.pictures.is_empty() {
                Vec::new()
            } else {
                vec![Need::Images]
            },
            may: vec![Need::Tools],
            is_agents: true,
        };
        let needs_none = setup
            .recorded
            .as_ref()
            .is_some_and(|recorded| recorded.holds());
        let selected = match route::choose(&self.world, &wish).await {
            Err(failure) if needs_none => nobody(&failure)?,
            chosen => chosen?,
        };
        let windows: Vec<_> = budget.windows().map(|(window, _)| window).collect();
        let counted = match self.run.parse() {
            Ok(run) => crate::budget::counted(&self.world, run, &windows).await,
            Err(_) => Vec::new(),
        };
        Ok(Box::new(AgentReady {
            setup,
            selected,
            counted,
        }))
    }

    /// Finds what is remembered that fits a task. Where no model is needed it is only told that it may ask.
    async fn recall(&self, task: &str, recorded: Option<&Recorded>) -> Option<Box<Recall>> {
        if recorded.is_some_and(Recorded::holds) {
            return given::none(&self.world);
        }
        let root = self.workspace.root().display().to_string();
        given::recall(&self.world, &self.run, task, &root).await
    }

    /// Reads what the workspace says to whoever works in it. What cannot be read says nothing.
    async fn instructions(&self) -> Vec<Excerpt> {
        let mut found: Vec<Excerpt> = Vec::new();
        for name in INSTRUCTIONS {
            let Ok(path) = RelPath::new(name) else {
                continue;
            };
            let Ok(file) = self.workspace.read(&path, LARGEST).await else {
                continue;
            };
            let text = bounded(&file.bytes, LONGEST_INSTRUCTIONS, READ_ON);
            // Two names for one file are common.
            let is_new = found.iter().all(|known| known.text != text);
            if is_new && !text.trim().is_empty() {
                found.push(Excerpt {
                    path: (*name).to_owned(),
                    text,
                });
            }
        }
        found
    }

    async fn files(
        &self,
        paths: &[RelPath],
        attached: &[Attachment],
        fence: &Fence,
    ) -> Result<Vec<Excerpt>> {
        let mut files = attach::texts(&self.world, attached).await?;
        for path in paths {
            if fence.hides(path) {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!("{path} is hidden: it may hold secrets, which no model is shown"),
                ));
            }
            let file = self.workspace.read(path, LARGEST).await?;
            files.push(Excerpt {
                path: path.to_string(),
                text: bounded(&file.bytes, LONGEST_FILE, READ_ON),
            });
        }
        Ok(files)
    }
}

/// Stands for the model of a step that needs none, where there is none. If it turns out to need one, calling this
/// one says that there is none.
fn nobody(failure: &Failure) -> Result<Selected> {
    let model = "none/none".parse().map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("a name of no model: {error}"),
        )
    })?;
    let because = format!("an earlier run recorded what to do; {}", failure.message);
    Ok(Selected {
        model,
        // Far more than any conversation has, so that asking fails for the right reason.
        context: 10_000_000,
        max_output: 8_192,
        price: Price::default(),
        because,
        info: None,
        fallbacks: Vec::new(),
        routed: None,
    })
}

/// Words that a goal begins with which asks for a look and for no change.
const LOOKING: &[&str] = &[
    "explain",
    "describe",
    "summarise",
    "summarize",
    "tell",
    "show",
    "list",
    "review",
    "analyse",
    "analyze",
    "check",
    "find",
    "look",
    "count",
    "compare",
    "say",
];

/// Tells whether a task asks for a change of files. Where it does, an agent that changes nothing has to say
/// why.
fn asks_for_change(task: &str) -> bool {
    let first = task.split_whitespace().next().unwrap_or_default();
    let first = first.to_lowercase();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric());
    !crate::intent::is_question(task) && !LOOKING.contains(&first)
}

/// Estimates the tokens of the first question: that of the tools is the larger part.
fn first_question(setup: &Setup) -> u64 {
    let bytes = serde_json::to_string(setup).map_or(0, |text| text.len() as u64);
    let pictures = (setup.pictures.len() as u64).saturating_mul(PICTURE);
    // As the window does before a model has counted any.
    bytes.saturating_add(pictures) / 3 + 1
}

/// Makes a text fit for a model: no control characters, no secrets.
pub(crate) fn safe(text: &str) -> String {
    Redactor::default().redact(&plain::text(text.as_bytes()))
}

/// Makes the beginning of a text fit for a model; what is left out is said in these words.
fn bounded(bytes: &[u8], most: usize, rest: &str) -> String {
    let text = Redactor::default().redact(&plain::text(bytes));
    if text.len() <= most {
        return text;
    }
    let mut short = String::new();
    for line in text.split_inclusive('\n') {
        if short.len() + line.len() > most {
            break;
        }
        short.push_str(line);
    }
    short.push_str(rest);
    short.push('\n');
    short
}

/// Tells whether there is a model for a workspace.
pub(crate) fn has_model(world: &crate::world::World, root: &Path) -> bool {
    (world.has)(&venom_kernel::skill::Need::Model, root)
}
