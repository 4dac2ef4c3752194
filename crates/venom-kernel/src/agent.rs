//! Agents: a step that thinks. A model is asked, calls tools, sees what they gave, and is asked again,
//! until it claims to be done and the step's checks agree.
//!
//! The loop is a part of the run's state and not a skill: [`AgentState`] is folded from events, and
//! [`AgentState::next`] says what follows. Every answer of a model and every result of a tool is an
//! event, so that a run that is interrupted between any two of them goes on where it was, and is
//! replayed without a model. The module knows no clock and no network; what it needs from outside
//! arrives as a [`Setup`] and as outcomes of effects.
//!
//! Reading order: this file (what an agent begins with), [`state`](AgentState) (what it has
//! come to, and what follows), `fold` (how events change that),
//! `tools` (what a model may call), `window` (what of the conversation is sent), `words` (what a model
//! is told).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::attachment::Attachment;
use crate::confine::Grants;
use crate::effect::EffectClass;
use crate::memory::Trust;
use crate::memory::procedure::Recorded;
use crate::model::{Kind, ModelId, ModelInfo, Price, Tool};
use crate::money::MicroUsd;
use crate::plan::Step;
use crate::route::{Choice, Demand};
use crate::skill::{ActionManifest, Need, Reach, SkillManifest, Writes};
use crate::time::{Millis, Timestamp};

mod fold;
mod state;
mod tools;
mod window;
mod words;

pub use state::{AgentState, CallState, CallStatus, Latest, Next, Output, Stuck};
pub(crate) use tools::PROOF;
pub use tools::{
    ASK_USER, DEFAULT_TOOLS, DONE, READ_MORE, SEARCH_MEMORY, offered, shown, text_of, tool_name,
};
pub use window::{Room, View};
pub use words::task_of;

/// The version of the loop's rules that new agents follow. A log that was written under an earlier one is
/// decided again under that one, so that it comes out the same:
///
/// - 0: texts of the workspace stand between marks that they could hold themselves; a claim to be done
///   counts without a change; only old results are left out of a view.
/// - 1: each line that is quoted begins with a mark; where a change is asked for, a claim without one needs
///   a reason; what is left out of a view are results and arguments; the user's rules hold for proofs; all
///   edits are taken back when a guard breaks.
/// - 2: what is left out of a view is chosen by how much it matters, how old and how long it is, results are
///   cut before they are left out, and what a person answered always stays.
pub const RULES: u8 = 2;

/// The skill whose action is the loop.
pub const SKILL: &str = "agent";
/// What the keys of the questions begin with that an agent asks.
pub const QUESTION: &str = "agent/";
/// The action that is the loop.
pub const WORK: &str = "work";
/// The action by which a model reads on in a result that was cut.
pub const READ: &str = "read-more";
/// The action by which a model asks the memory.
pub const SEARCH: &str = "search-memory";

/// Tells whether a step is done by an agent.
pub fn is_agent(step: &Step) -> bool {
    step.skill == SKILL && step.action == WORK
}

/// What an agent begins with; everything that its work depends on and that is no outcome of an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// What is to be done, in the user's words.
    pub task: String,
    /// What kind of work it is.
    pub kind: Kind,
    /// What the workspace says to whoever works in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<Excerpt>,
    /// Files that the task names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Excerpt>,
    /// Pictures that belong to the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Attachment>,
    /// What the model may call.
    pub tools: Vec<AgentTool>,
    /// What is done when the model claims to be done, so that the checks have something to judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// How far it may go.
    pub limits: Limits,
    /// What was said before in the conversation that the run belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub earlier: String,
    /// Whether the task asks for a change, so that a claim to be done without one needs a reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_change: bool,
    /// The version of the loop's rules; see [`RULES`].
    #[serde(default, skip_serializing_if = "is_first")]
    pub rules: u8,
    /// What is remembered that may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<Box<Recall>>,
    /// What an earlier run did for the same goal, which is done first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Box<Recorded>>,
}

/// What of the memory an agent is given before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// When the memory was asked.
    pub time: Timestamp,
    /// The last entry of the memory's own log then: together with the time, the version of the memory.
    pub entry: u64,
    /// What fits the task, the best first.
    pub memories: Vec<Memory>,
}

/// Something remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Its name: that of an episode or a fact.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Where it comes from: a speaker, or an event.
    pub from: String,
    /// Since when it holds, or when it was said.
    pub time: Timestamp,
    /// Who vouches for it.
    pub trust: Trust,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_first(rules: &u8) -> bool {
    *rules == 0
}

/// The text of a file of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Where it lies.
    pub path: String,
    /// Its text, as far as it is shown.
    pub text: String,
}

/// A tool with what calling it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentTool {
    /// What the model is told of it.
    pub tool: Tool,
    /// What is called.
    pub act: Act,
}

/// An action as an agent calls it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The skill.
    pub skill: String,
    /// The action.
    pub action: String,
    /// What it means for the world.
    pub class: EffectClass,
    /// Whether it reaches beyond this machine.
    #[serde(default, skip_serializing_if = "is_local")]
    pub reach: Reach,
    /// What it may change in the workspace.
    #[serde(default)]
    pub writes: Writes,
    /// What its commands may use.
    #[serde(default)]
    pub grants: Grants,
    /// The longest time that one call may take.
    pub timeout: Millis,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_local(reach: &Reach) -> bool {
    *reach == Reach::Local
}

impl Act {
    /// Makes an act of what a skill says about its action.
    pub fn of(skill: &str, action: &str, manifest: &ActionManifest) -> Self {
        Self {
            skill: skill.to_owned(),
            action: action.to_owned(),
            class: manifest.class,
            reach: manifest.reach,
            writes: manifest.writes.clone(),
            grants: manifest.grants.clone(),
            timeout: manifest.timeout,
        }
    }

    /// Returns the step that calls it for an agent: the agent's own, with this action.
    pub fn step(&self, of: &Step, params: &Value) -> Step {
        Step {
            id: of.id.clone(),
            title: format!("{}.{} for {}", self.skill, self.action, of.id),
            goal: of.goal,
            skill: self.skill.clone(),
            action: self.action.clone(),
            writes: self.writes.patterns(params),
            params: params.clone(),
            depends_on: Vec::new(),
            class: self.class,
            reach: self.reach,
            needs: Vec::new(),
            verify: Vec::new(),
            restores: Vec::new(),
            optional: false,
            prepares: false,
            grants: self.grants.clone(),
            timeout: self.timeout,
            expected: of.expected,
        }
    }
}

/// A call whose evidence the step's checks judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What is called.
    pub act: Act,
    /// What it is called with.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
}

/// How far an agent may go. Each limit ends the step, with what was reached by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The most answers of a model.
    pub turns: u16,
    /// The most tokens, read and produced.
    pub tokens: u64,
    /// The most money; none means that only the run's own cap counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<MicroUsd>,
    /// The longest time that thinking and acting may take together.
    pub time: Millis,
    /// The most tokens of one answer.
    pub answer: u32,
    /// The most tokens of the conversation that are sent at once.
    pub view: u64,
    /// The longest time for one answer.
    pub think: Millis,
    /// How often the checks may send the agent back to work.
    pub rounds: u8,
}

impl Default for Limits {
    /// Chosen: a task of an hour's work fits, a run that goes in circles costs a few dollars at most
    /// with the dearest models, and an answer that holds a whole file is not cut off.
    fn default() -> Self {
        Self {
            turns: 60,
            tokens: 3_000_000,
            cost: None,
            time: Millis::from_secs(3_600),
            answer: 8_192,
            view: 200_000,
            think: Millis::from_secs(300),
            rounds: 5,
        }
    }
}

/// The model that thinks for an agent, with what deciding needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selected {
    /// The model.
    pub model: ModelId,
    /// The most tokens of a conversation, the answer included.
    pub context: u64,
    /// The most tokens of one answer.
    pub max_output: u32,
    /// What tokens cost.
    pub price: Price,
    /// Why this one, for people.
    pub because: String,
    /// What was known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<Box<ModelInfo>>,
    /// The models that think instead when it cannot be called, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelInfo>,
    /// What was wanted and how it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed: Option<Box<Routed>>,
}

/// A choice with what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// What was wanted.
    pub demand: Demand,
    /// What was chosen, from what, and with which draws.
    pub choice: Choice,
}

impl Selected {
    /// Makes the selection of a model.
    pub fn of(info: &ModelInfo, because: impl Into<String>) -> Self {
        Self {
            model: info.id.clone(),
            context: info.context,
            max_output: info.max_output,
            price: info.price,
            because: because.into(),
            info: Some(Box::new(info.clone())),
            fallbacks: Vec::new(),
            routed: None,
        }
    }
}

/// Describes the skill of the loop, for plans and for people. No skill performs it: the loop belongs to
/// the run.
pub fn manifest() -> SkillManifest {
    let params = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["task"],
        "properties": {
            "task": {"type": "string", "minLength": 1, "description": "What is to be done, in words."},
            "files": {"type": "array", "items": {"type": "string"}, "maxItems": 32, "description": "Files of the workspace that are shown with the task."},
            "tools": {"type": "array", "items": {"type": "string"}, "description": "Which actions the model may call, as patterns such as `files.*`; those that are usual if it is left out."},
            "kind": {"enum": Kind::ALL.map(Kind::name), "description": "What kind of work it is, for the choice of the model."},
            "turns": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "The most answers of the model."},
            "tokens": {"type": "integer", "minimum": 1, "description": "The most tokens, read and produced."},
            "max_cost_micros": {"type": "integer", "minimum": 0, "description": "The most money, in millionths of a dollar."},
            "proof": {
                "type": "object",
                "additionalProperties": false,
                "required": ["skill", "action"],
                "description": "What is called when the model claims to be done; the step's checks judge its evidence.",
                "properties": {
                    "skill": {"type": "string"},
                    "action": {"type": "string"},
                    "params": {"type": "object"}
                }
            }
        }
    });
    let result = json!({
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string"},
            "turns": {"type": "integer"},
            "calls": {"type": "integer"}
        }
    });
    let work = ActionManifest {
        summary: "Lets a model work on a task with the tools of this workspace.".to_owned(),
        params,
        result,
        class: EffectClass::Reversible,
        reach: Reach::Local,
        needs: vec![Need::Model],
        writes: Writes::Anything,
        grants: Grants::default(),
        timeout: Limits::default().time,
        // Chosen: ten answers of six seconds each.
        typical: Millis::from_secs(60),
        prepares: false,
        verify: Vec::new(),
    };
    SkillManifest {
        name: SKILL.to_owned(),
        summary: "Works on what no other skill does by itself, with a language model.".to_owned(),
        actions: [(WORK.to_owned(), work)].into(),
    }
}
