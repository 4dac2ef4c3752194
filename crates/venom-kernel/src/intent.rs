//! What the user wants, as data, and the rule for asking back.
//!
//! The shape is the seed's structured intent: a name, a confidence and goals with action,
//! parameters and priority. A confidence is a probability. Under [`Confidence::ENOUGH`] VENOM asks,
//! at most [`MAX_QUESTIONS`] questions a run, each with choices.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::confidence::Confidence;
use crate::memory::procedure::Taken;
use crate::preference::Remembered;

/// How many questions a run may ask about its goal. From the design: more is an interrogation.
pub const MAX_QUESTIONS: usize = 3;

/// What the user wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Name of the intent: the action of its first goal, or `out-of-scope`.
    pub name: String,
    /// Probability that all goals were understood rightly.
    pub confidence: Confidence,
    /// The goals, in the order in which they were said.
    pub goals: Vec<Goal>,
    /// What the goals are about, when they share it, such as `shop/auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What the user wants kept to, in the user's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// What names mean that are no paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// Answers of earlier runs to what is not clear here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remembered: Vec<Remembered>,
    /// What an earlier run learned to do for this goal, if that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<Box<Taken>>,
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// The playbook that does it; empty if none was found.
    pub action: String,
    /// The words of the user that this goal came from.
    pub text: String,
    /// Values of the playbook's slots.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Value>,
    /// Position among the goals, from 1; earlier goals matter first.
    pub priority: u16,
    /// Priorities of the goals that must be done before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u16>,
    /// Probability that the action is the right one.
    pub confidence: Confidence,
    /// What else it could have been, likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Slots that have no certain value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingSlot>,
}

/// A name that is no path, and the file that it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The words.
    pub said: String,
    /// What it is: `class`, `function`, `tests`.
    pub kind: String,
    /// Its whole name.
    pub name: String,
    /// The file.
    pub path: String,
    /// The line of the name, from 1.
    pub line: u32,
}

/// An action that a goal may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The playbook.
    pub action: String,
    /// Its title, for people.
    pub title: String,
    /// Probability that it is meant.
    pub confidence: Confidence,
}

/// A slot without a certain value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingSlot {
    /// The slot.
    pub slot: String,
    /// The words that may mean several things here, or nothing, where a name was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// What to ask.
    pub question: String,
    /// Values that fit, likeliest first.
    pub choices: Vec<Choice>,
}

/// One of the answers that a question offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What to answer.
    pub value: String,
    /// What it means.
    pub label: String,
}

/// A question to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What the answer decides: `goal.1.action` or `goal.1.slot.module`.
    pub key: String,
    /// The question.
    pub text: String,
    /// The offered answers; any other text may be answered too.
    pub choices: Vec<Choice>,
}

/// The answer that says that none of the offered actions is meant.
pub const NONE_OF_THESE: &str = "none";

impl Goal {
    /// The key of the question which action is meant.
    pub fn action_key(&self) -> String {
        format!("goal.{}.action", self.priority)
    }

    /// The key of the question what a slot's value is.
    pub fn slot_key(&self, slot: &str) -> String {
        format!("goal.{}.slot.{slot}", self.priority)
    }
}

/// What follows from an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understanding {
    /// Everything is clear enough to plan.
    Clear,
    /// These questions come first.
    Unsure(Vec<Question>),
    /// Nothing that VENOM can do was asked for.
    OutOfScope,
}

impl Intent {
    /// Decides whether to act, to ask or to say no, when `asked` questions were asked already and those
    /// with the keys in `taken` have an answer.
    pub fn understanding(&self, asked: usize, taken: &BTreeSet<&str>) -> Understanding {
        if self.goals.is_empty()
            || self
                .goals
                .iter()
                .all(|goal| goal.candidates.is_empty() && goal.action.is_empty())
        {
            return Understanding::OutOfScope;
        }
        let mut questions: Vec<Question> = self
            .questions()
            .into_iter()
            .map(|(_, question)| question)
            .collect();
        if questions.is_empty() {
            return Understanding::Clear;
        }
        questions.retain(|question| !taken.contains(question.key.as_str()));
        questions.truncate(MAX_QUESTIONS.saturating_sub(asked));
        Understanding::Unsure(questions)
    }

    /// Returns everything that is not clear, with the goals that it belongs to.
    pub fn questions(&self) -> Vec<(&Goal, Question)> {
        let mut questions = Vec::new();
        for goal in &self.goals {
            if goal.action.is_empty() || !goal.confidence.is_enough() {
                questions.push((goal, which_action(goal)));
                // Slots of an action that may not be meant are not worth a question yet.
                continue;
            }
            for missing in &goal.missing {
                let question = Question {
                    key: goal.slot_key(&missing.slot),
                    text: missing.question.clone(),
                    choices: missing.choices.clone(),
                };
                questions.push((goal, question));
            }
        }
        questions
    }
}

fn which_action(goal: &Goal) -> Question {
    let mut choices: Vec<Choice> = goal
        .candidates
        .iter()
        .take(4)
        .map(|candidate| Choice {
            value: candidate.action.clone(),
            label: candidate.title.clone(),
        })
        .collect();
    choices.push(Choice {
        value: NONE_OF_THESE.to_owned(),
        label: "None of these".to_owned(),
    });
    let words: String = goal.text.chars().take(120).collect();
    Question {
        key: goal.action_key(),
        text: format!("What do you mean by \"{words}\"?"),
        choices,
    }
}

#[cfg(test)]
mod tests;
