//! Preferences: what the user answered when words were ambiguous, kept for the next time.
//!
//! A preference is no record of its own. It follows from the answers in the logs of runs, and from the
//! events that take answers out again: each becomes a [`Memory`], and [`recalled`] folds the memories
//! of all runs to what holds now. What is kept is what words *mean* in a workspace; a value that was
//! missing, such as a version or a message, belongs to the run that asked for it.
//!
//! A preference answers a question that would be asked. It is never looked at where words are clear,
//! and has no part in approvals.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::{Envelope, Event, StatePart, WorkspaceInfo};
use crate::id::{QuestionId, RunId, Seq, digest_id};
use crate::intent::{Goal, Intent, NONE_OF_THESE, Question};
use crate::memory::procedure::{self, Noted};
use crate::run::RunState;
use crate::time::Timestamp;

/// The longest words and the longest answer that are kept, in characters. Chosen: a name or a sentence;
/// what is longer is a document and will not be said again.
const LONGEST: usize = 1_000;

/// Words that are said out of politeness and change no meaning.
const POLITE: &[&str] = &["please", "kindly", "just"];

digest_id!(
    /// Names a preference: a digest of the run and the question that it was answered to. 48 bits, so that two of a
    /// million collide once in five hundred times, and then their runs tell them apart.
    PreferenceId, "pref", 12
);

impl PreferenceId {
    /// Returns the id of the answer to a question of a run.
    pub fn of(run: RunId, question: QuestionId) -> Self {
        Self::of_digest(&Digest::of(&(run, question)))
    }
}

/// What was ambiguous, whichever run it came up in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ambiguity {
    /// What the words were to decide.
    pub of: Undecided,
    /// The words, in the form in which they are compared.
    pub words: String,
}

/// What ambiguous words were to decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undecided {
    /// Which playbook is meant.
    Action,
    /// The value of a playbook's slot.
    Slot {
        /// The playbook.
        playbook: String,
        /// The slot.
        slot: String,
    },
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action => f.write_str("what is to be done"),
            Self::Slot { playbook, slot } => write!(f, "{slot} of {playbook}"),
        }
    }
}

/// Where an answer stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerSource {
    /// The run that asked.
    pub run: RunId,
    /// Its question.
    pub question: QuestionId,
    /// The event with the answer.
    pub seq: Seq,
    /// When it was given.
    pub time: Timestamp,
}

impl AnswerSource {
    /// Returns the id of the preference that the answer is.
    pub fn preference(&self) -> PreferenceId {
        PreferenceId::of(self.run, self.question)
    }
}

/// An answer that holds for the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// Its name.
    pub id: PreferenceId,
    /// Absolute path of the workspace that it holds in.
    pub workspace: String,
    /// What was ambiguous.
    pub ambiguity: Ambiguity,
    /// The question as it was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
    /// Who answered.
    pub by: String,
    /// Where the answer stands in the log.
    pub source: AnswerSource,
}

/// A remembered answer that fits a question that would be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: String,
    /// Where it was given.
    pub source: AnswerSource,
}

/// What an event says that later runs go by: about preferences, or about procedures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// A question was answered.
    Answered(Box<Preference>),
    /// An answer is not to be used any more, nor what it had replaced.
    Forgotten {
        /// The run that asked.
        run: RunId,
        /// Its question.
        question: QuestionId,
    },
    /// A run went back to before some of its answers: they were never given.
    TakenBack {
        /// The run.
        run: RunId,
        /// The last event that counts.
        to: Seq,
    },
    /// The events of a run up to here are another run's, whose answers count there.
    TakenOver {
        /// The run.
        run: RunId,
    },
    /// Something about a procedure.
    Procedure(Box<Noted>),
}

/// Returns the folder that a run's preferences belong to: a scratch copy is the folder that it is of.
pub fn place(workspace: &WorkspaceInfo) -> &str {
    workspace.copy_of.as_deref().unwrap_or(&workspace.root)
}

/// Returns what an event says about preferences; `before` is the state of its run before it.
pub fn memory(before: &RunState, envelope: &Envelope) -> Option<Memory> {
    if let Some(noted) = procedure::noted(before, envelope) {
        return Some(Memory::Procedure(Box::new(noted)));
    }
    let run = envelope.run;
    let event = &envelope.event;
    if let Event::ClarificationAnswered { id, answer, by } = event {
        let (_, question) = before.open_questions().find(|(open, _)| open == id)?;
        return Some(Memory::Answered(Box::new(Preference {
            id: PreferenceId::of(run, *id),
            workspace: place(&before.started()?.workspace).to_owned(),
            ambiguity: decided(before.intent()?, question, answer)?,
            question: question.text.chars().take(LONGEST).collect(),
            answer: answer.clone(),
            by: by.clone(),
            source: AnswerSource {
                run,
                question: *id,
                seq: envelope.seq,
                time: envelope.time,
            },
        })));
    }
    if let Event::PreferenceForgotten { question, .. } = event {
        let question = *question;
        return Some(Memory::Forgotten { run, question });
    }
    if let Event::StateRewound { to, part, .. } = event {
        // Going back to an earlier plan leaves what was understood.
        return (*part == StatePart::All).then_some(Memory::TakenBack { run, to: *to });
    }
    matches!(event, Event::Forked { .. }).then_some(Memory::TakenOver { run })
}

/// Folds what the events of all runs say, in the order of the log, to the preferences that hold, in
/// the order in which they were given.
pub fn recalled(memories: &[Memory]) -> Vec<Preference> {
    let void = void(memories);
    let mut places: BTreeMap<(RunId, QuestionId), (&str, &Ambiguity)> = BTreeMap::new();
    let mut holding: BTreeMap<(&str, &Ambiguity), (usize, &Preference)> = BTreeMap::new();
    for (number, memory) in memories.iter().enumerate() {
        match memory {
            Memory::Answered(given) if !void.contains(&number) => {
                let place = (given.workspace.as_str(), &given.ambiguity);
                places.insert((given.source.run, given.source.question), place);
                holding.insert(place, (number, given));
            }
            Memory::Forgotten { run, question } => {
                // A newer answer to the same question is another preference, and stays.
                let of = |held: &(usize, &Preference)| {
                    held.1.source.run == *run && held.1.source.question == *question
                };
                if let Some(place) = places.get(&(*run, *question))
                    && holding.get(place).is_some_and(of)
                {
                    holding.remove(place);
                }
            }
            Memory::Answered(_)
            | Memory::TakenBack { .. }
            | Memory::TakenOver { .. }
            | Memory::Procedure(_) => {}
        }
    }
    let mut held: Vec<(usize, &Preference)> = holding.into_values().collect();
    held.sort_by_key(|(number, _)| *number);
    held.into_iter().map(|(_, given)| given.clone()).collect()
}

/// Returns what holds about procedures, in the order of the log: what runs went back behind is left out.
pub fn procedures(memories: &[Memory]) -> Vec<&Noted> {
    let void = void(memories);
    memories
        .iter()
        .enumerate()
        .filter(|(number, _)| !void.contains(number))
        .filter_map(|(_, memory)| match memory {
            Memory::Procedure(noted) => Some(&**noted),
            Memory::Answered(_)
            | Memory::Forgotten { .. }
            | Memory::TakenBack { .. }
            | Memory::TakenOver { .. } => None,
        })
        .collect()
}

/// Returns the positions of answers and procedures that do not count.
fn void(memories: &[Memory]) -> BTreeSet<usize> {
    let mut given: BTreeMap<RunId, Vec<(usize, Seq)>> = BTreeMap::new();
    let mut void = BTreeSet::new();
    for (number, memory) in memories.iter().enumerate() {
        let (run, after) = match memory {
            Memory::Answered(answer) => {
                let of = given.entry(answer.source.run).or_default();
                of.push((number, answer.source.seq));
                continue;
            }
            Memory::Procedure(noted) => {
                let of = given.entry(noted.run).or_default();
                of.push((number, noted.seq));
                continue;
            }
            Memory::TakenBack { run, to } => (run, *to),
            Memory::TakenOver { run } => (run, Seq::ZERO),
            Memory::Forgotten { .. } => continue,
        };
        let of = given.get(run).map(Vec::as_slice).unwrap_or_default();
        void.extend(of.iter().filter(|(_, seq)| *seq > after).map(|(n, _)| *n));
    }
    void
}

/// Returns the remembered answers to questions that an intent gives rise to, when they are all that
/// is needed to know what is to be done. Without that nobody knows what the answers would be used for,
/// and somebody is asked anyway.
pub fn fitting(intent: &Intent, preferences: &[Preference]) -> Vec<Remembered> {
    let mut fitting = Vec::new();
    for (goal, question) in intent.questions() {
        let is_action = question.key == goal.action_key();
        let known = ambiguity(goal, &question)
            .and_then(|of| preferences.iter().rev().find(|known| known.ambiguity == of))
            // What is not offered any more cannot be what is meant.
            .filter(|known| !is_action || offers(&question, &known.answer));
        match known {
            Some(known) => fitting.push(Remembered {
                question,
                answer: known.answer.clone(),
                source: known.source.clone(),
            }),
            None if is_action => return Vec::new(),
            None => {}
        }
    }
    fitting
}

fn offers(question: &Question, answer: &str) -> bool {
    question.choices.iter().any(|choice| choice.value == answer)
}

/// Returns what an answer decides for the next time, if it does.
fn decided(intent: &Intent, question: &Question, answer: &str) -> Option<Ambiguity> {
    let is_usable = !answer.trim().is_empty()
        && answer != NONE_OF_THESE
        && answer.chars().count() <= LONGEST
        && !answer.chars().any(char::is_control);
    if !is_usable {
        return None;
    }
    let goal = intent.goals.iter().find(|goal| {
        question.key == goal.action_key()
            || goal
                .missing
                .iter()
                .any(|missing| question.key == goal.slot_key(&missing.slot))
    })?;
    // Other words for what is to be done are a new goal, and no meaning of the old one.
    if question.key == goal.action_key() && !offers(question, answer) {
        return None;
    }
    ambiguity(goal, question)
}

/// Returns what a question of a goal asks about, if it asks what words mean.
fn ambiguity(goal: &Goal, question: &Question) -> Option<Ambiguity> {
    let (of, words) = if question.key == goal.action_key() {
        (Undecided::Action, compared(&goal.text))
    } else {
        let missing = goal
            .missing
            .iter()
            .find(|missing| question.key == goal.slot_key(&missing.slot))?;
        let words = match &missing.said {
            // Names of things are told apart by case.
            Some(said) => said.split_whitespace().collect::<Vec<_>>().join(" "),
            // Where nothing can be chosen from, a value was asked for and not a meaning.
            None if question.choices.is_empty() => return None,
            None => compared(&goal.text),
        };
        let of = Undecided::Slot {
            playbook: goal.action.clone(),
            slot: missing.slot.clone(),
        };
        (of, words)
    };
    let fits = !words.is_empty() && words.chars().count() <= LONGEST;
    fits.then_some(Ambiguity { of, words })
}

/// Brings the words of a goal into the form in which they are compared: without case, outer marks and
/// politeness. What stands in quotation marks is kept as it is.
fn compared(text: &str) -> String {
    let is_quoting = text.contains(['"', '`', '\'', '\u{2019}']);
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?']))
        .filter(|word| !word.is_empty() && !POLITE.contains(&word.to_lowercase().as_str()))
        .map(|word| {
            if is_quoting {
                word.to_owned()
            } else {
                word.to_lowercase()
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
