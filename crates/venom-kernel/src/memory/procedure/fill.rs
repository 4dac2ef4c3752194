//! Filling: a procedure with other values in the places of its literals.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Procedure, Slot, Work, literal};
use crate::id::StepId;
use crate::intent::Intent;
use crate::plan::Plan;

/// A procedure as it is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// What is understood.
    pub intent: Intent,
    /// What is done.
    pub plan: Plan,
    /// What its steps that think do.
    pub works: BTreeMap<StepId, Work>,
}

impl Procedure {
    /// Returns the pattern of its goal.
    pub fn pattern(&self) -> String {
        literal::pattern(&self.goal, &self.slots).join(" ")
    }

    /// Returns the values that a goal has in the places of the slots; nothing if it is another goal. Where all
    /// are as they were, there are none.
    pub fn fits(&self, goal: &str) -> Option<BTreeMap<String, String>> {
        let values = literal::values(&self.goal, &self.slots, goal)?;
        let is_own = self
            .slots
            .iter()
            .all(|slot| values.get(&slot.name) == Some(&slot.literal));
        Some(if is_own { BTreeMap::new() } else { values })
    }

    /// Fills the slots. Slots without a value stay as they were.
    pub fn filled(&self, values: &BTreeMap<String, String>) -> Filled {
        let pairs = pairs(&self.slots, values);
        let mut intent = self.intent.clone();
        for goal in &mut intent.goals {
            goal.text = replaced(&goal.text, &pairs);
            goal.params
                .values_mut()
                .for_each(|value| replace(value, &pairs));
        }
        let mut plan = self.plan.clone();
        for step in &mut plan.steps {
            step.title = replaced(&step.title, &pairs);
            replace(&mut step.params, &pairs);
            for pattern in &mut step.writes {
                *pattern = replaced(pattern, &pairs);
            }
        }
        let works = self
            .works
            .iter()
            .map(|(step, work)| (step.clone(), filled(work, &pairs)))
            .collect();
        Filled {
            intent,
            plan,
            works,
        }
    }
}

pub(super) fn filled(work: &Work, pairs: &[(String, String)]) -> Work {
    let mut work = work.clone();
    for call in &mut work.calls {
        replace(&mut call.arguments, pairs);
    }
    for guard in &mut work.guards {
        guard.path = replaced(&guard.path, pairs);
    }
    work.claim = replaced(&work.claim, pairs);
    work
}

/// What takes the place of what, the longest first.
pub(super) fn pairs(slots: &[Slot], values: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = slots
        .iter()
        .filter_map(|slot| Some((slot.literal.clone(), values.get(&slot.name)?.clone())))
        .filter(|(from, to)| from != to)
        .collect();
    pairs.sort_by(|one, two| {
        two.0
            .len()
            .cmp(&one.0.len())
            .then_with(|| one.0.cmp(&two.0))
    });
    pairs
}

fn replace(value: &mut Value, pairs: &[(String, String)]) {
    match value {
        Value::String(text) => *text = replaced(text, pairs),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, pairs)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, pairs)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces whole words: a literal inside a longer word is another word.
pub(super) fn replaced(text: &str, pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut last: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let found = pairs.iter().find_map(|(from, to)| {
            let after = rest.strip_prefix(from.as_str())?;
            let begins = !(is_word(from.chars().next()) && is_word(last));
            let ends = !(is_word(from.chars().next_back()) && is_word(after.chars().next()));
            (begins && ends).then_some((from, to, after))
        });
        if let Some((from, to, after)) = found {
            out.push_str(to);
            last = from.chars().next_back();
            rest = after;
        } else {
            out.push(first);
            last = Some(first);
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
    }
    out
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Tells whether a literal stands in what the calls do.
pub(super) fn holds(work: &Work, literal: &str) -> bool {
    let other = vec![(literal.to_owned(), stranger(literal))];
    filled(work, &other).calls != work.calls
}

/// A word that stands nowhere else.
pub(super) fn stranger(literal: &str) -> String {
    format!(
        "\u{1}{}\u{1}",
        crate::digest::Digest::of_bytes(literal.as_bytes()).short()
    )
}
