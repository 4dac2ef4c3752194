//! What the user settled about agents: the model that thinks, and how far an agent may go.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_engine::agent::{AgentSettings, MOST_PROPOSALS};
use venom_kernel::agent::Limits;
use venom_kernel::model::ModelId;
use venom_kernel::time::Millis;

use super::{duration, money};

/// The section `agent` as it is written. What is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turns: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_cost: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_tokens: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    view_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    think_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rounds: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    understand: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposals: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    learn: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    learn_after: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    memories: Option<u8>,
}

impl Agent {
    /// Returns what it means, or what in it cannot be used.
    pub(crate) fn settings(&self) -> Result<AgentSettings, String> {
        let usual = Limits::default();
        let named = |name: &'static str| move |why: String| format!("{name}: {why}");
        let time = |name, text: &Option<String>, usual: Millis| match text {
            Some(text) => duration::parse(text).map_err(named(name)),
            None => Ok(usual),
        };
        let model = match &self.model {
            Some(text) => Some(
                text.parse::<ModelId>()
                    .map_err(|error| named("model")(error.to_string()))?,
            ),
            None => None,
        };
        let cost = match &self.max_cost {
            Some(text) => Some(money::parse(text).map_err(named("max_cost"))?),
            None => None,
        };
        let limits = Limits {
            turns: self.turns.unwrap_or(usual.turns),
            tokens: self.tokens.unwrap_or(usual.tokens),
            cost,
            time: time("time", &self.time, usual.time)?,
            answer: self.answer_tokens.unwrap_or(usual.answer),
            view: self.view_tokens.unwrap_or(usual.view),
            think: time("think_time", &self.think_time, usual.think)?,
            rounds: self.rounds.unwrap_or(usual.rounds),
        };
        let is_too_small = limits.turns == 0 || limits.answer < 256 || limits.view < 4_000;
        if is_too_small {
            return Err(
                "turns must be at least 1, answer_tokens 256 and view_tokens 4000".to_owned(),
            );
        }
        let usually = AgentSettings::default();
        let proposals = self.proposals.unwrap_or(usually.proposals);
        if proposals > MOST_PROPOSALS {
            return Err(format!("proposals must be at most {MOST_PROPOSALS}"));
        }
        Ok(AgentSettings {
            limits,
            model,
            understand: self.understand.unwrap_or(usually.understand),
            proposals,
            learn: self.learn.unwrap_or(usually.learn),
            learn_after: self.learn_after.unwrap_or(usually.learn_after),
            memories: self.memories.unwrap_or(usually.memories),
            ..usually
        })
    }
}

/// Returns the JSON Schema of the section.
pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "model": {"type": "string", "description": "The model that thinks, such as `anthropic/claude-sonnet-4-5`."},
            "turns": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "The most answers of a model in one step."},
            "tokens": {"type": "integer", "minimum": 1, "description": "The most tokens of one step, read and produced."},
            "max_cost": {"type": "string", "description": "The most money of one step, in dollars."},
            "time": {"type": "string", "description": "The longest time that thinking and acting may take in one step."},
            "answer_tokens": {"type": "integer", "minimum": 256, "description": "The most tokens of one answer."},
            "view_tokens": {"type": "integer", "minimum": 4000, "description": "The most tokens of the conversation that are sent at once."},
            "think_time": {"type": "string", "description": "The longest time for one answer."},
            "understand": {"type": "boolean", "description": "Whether a model is asked what a goal means that is not clear."},
            "proposals": {"type": "integer", "minimum": 0, "maximum": MOST_PROPOSALS, "description": "How many plans a model proposes for a goal of several parts that no playbook covers; 0 lets one agent work on all of it."},
            "learn": {"type": "boolean", "description": "Whether runs learn to do without a model what they did with one, and use what was learned."},
            "learn_after": {"type": "integer", "minimum": 0, "description": "How many verified runs must have done the same before it is used without approval; 0 means that only approval counts."},
            "memories": {"type": "integer", "minimum": 0, "maximum": 255, "description": "How many facts, and how many things that were said and done, an agent is given at most; 0, the default, gives none. They are words of all runs and projects, and go to whoever provides the model."},
            "rounds": {"type": "integer", "minimum": 0, "maximum": 100, "description": "How often broken checks send an agent back to work."},
        },
    })
}

#[cfg(test)]
mod tests;
