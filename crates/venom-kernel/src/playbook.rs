//! Playbooks: procedures as data. A playbook says which words mean it, what it must know, and which
//! steps it takes with which checks.
//!
//! The file form is YAML, documented in `docs/reference/playbook-format.md`; reading files is the
//! engine's affair. [`Playbook::check`] finds mistakes that the form alone does not show, and
//! [`fill`] turns goals into a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::EffectClass;
use crate::id::StepId;
use crate::intent::Goal;
use crate::plan::reference::{self, Target};
use crate::plan::validate::{Fault, MAX_STEPS};
use crate::plan::{Check, Expected, Plan, Step};
use crate::skill::{Manifests, Writes};

mod fill;
pub use fill::{FillError, fill};

/// The version of the file form that this build reads.
pub const FORMAT: u32 = 1;

/// A procedure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Version of the file form; [`FORMAT`].
    pub venom: u32,
    /// Its name: lower-case words joined by `-`.
    pub name: String,
    /// What it does, for people, in a few words.
    pub title: String,
    /// What it does, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Sentences that mean this playbook; `{slot}` stands for a slot's value.
    pub utterances: Vec<String>,
    /// What the playbook must know, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, Slot>,
    /// What it does.
    pub steps: Vec<StepTemplate>,
}

/// Something that a playbook must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// What kind of value it is.
    #[serde(rename = "type")]
    pub kind: SlotKind,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What to ask when the goal does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The value when the goal does not say it. Without one, and unless `optional`, it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether the playbook works without it; it is then null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// The only values that fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// Kinds of slots. Each kind has its own rules for being found in a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotKind {
    /// A folder or file of code that people call by name, such as "the auth module".
    Module,
    /// A path in the workspace.
    Path,
    /// A path that may not exist yet.
    NewPath,
    /// A pattern of paths, such as `src/**/*.rs`.
    Glob,
    /// A name of a place to deploy to, such as `staging`.
    Environment,
    /// A version such as `1.4.2`.
    Version,
    /// A branch of the repository.
    Branch,
    /// An identifier.
    Name,
    /// A web address.
    Url,
    /// Quoted text.
    Text,
    /// A whole number.
    Number,
}

impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Path => "path",
            Self::NewPath => "new-path",
            Self::Glob => "glob",
            Self::Environment => "environment",
            Self::Version => "version",
            Self::Branch => "branch",
            Self::Name => "name",
            Self::Url => "url",
            Self::Text => "text",
            Self::Number => "number",
        })
    }
}

/// A step as a playbook writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepTemplate {
    /// Its name in the playbook.
    pub id: StepId,
    /// What it does, for people; may hold references to slots.
    pub title: String,
    /// The skill.
    pub skill: String,
    /// The action.
    pub action: String,
    /// The action's parameters; may hold references to slots and to results of earlier steps.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// Steps that must be done before. A step whose result is referred to need not be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<StepId>,
    /// What the step means for the world; at least what the action's manifest says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectClass>,
    /// Checks that must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Check>,
    /// Steps whose edits are taken back when this step's checks are broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<StepId>,
    /// Whether the run may succeed without it when something that it needs is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Longest time for one attempt, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// The image that its commands need; they then run in a container of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Playbook {
    /// Finds mistakes: unknown slots, unused ones, bad names, and everything that a plan filled
    /// with sample values would be refused for.
    pub fn check(&self, manifests: &Manifests) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |step: Option<&StepId>, reason: String, cure: &str| {
            faults.push(Fault {
                step: step.cloned(),
                reason,
                cure: cure.to_owned(),
            });
        };
        if self.venom != FORMAT {
            fault(
                None,
                format!("it is written for format {}", self.venom),
                "this build reads `venom: 1`",
            );
        }
        if !is_kebab(&self.name) {
            fault(
                None,
                format!("`{}` cannot name a playbook", self.name),
                "use lower-case words joined by `-`",
            );
        }
        if self
            .utterances
            .iter()
            .all(|utterance| utterance.trim().is_empty())
        {
            fault(
                None,
                "it has no utterance".to_owned(),
                "write at least one sentence that means it",
            );
        }
        if self.steps.is_empty() {
            fault(None, "it has no step".to_owned(), "write at least one step");
        }
        if self.steps.len() > MAX_STEPS {
            fault(
                None,
                format!(
                    "it has {} steps, and a plan has at most {MAX_STEPS}",
                    self.steps.len()
                ),
                "split it into several playbooks",
            );
            // What the steps are does not matter any more, and going through them takes its time.
            return faults;
        }
        for utterance in &self.utterances {
            for slot in slots_in(utterance) {
                if !self.slots.contains_key(slot) {
                    fault(
                        None,
                        format!(
                            "the utterance \"{utterance}\" names the slot `{slot}`, which does not exist"
                        ),
                        "add it to `slots`",
                    );
                }
            }
        }
        for (name, slot) in &self.slots {
            if !is_kebab(name) {
                fault(
                    None,
                    format!("`{name}` cannot name a slot"),
                    "use lower-case words joined by `-`",
                );
            }
            if slot.optional && slot.default.is_some() {
                fault(
                    None,
                    format!("the slot `{name}` is optional and has a default"),
                    "keep one of the two",
                );
            }
        }
        let mut used = BTreeSet::new();
        let known: BTreeSet<&StepId> = self.steps.iter().map(|step| &step.id).collect();
        for step in &self.steps {
            let title = Value::String(step.title.clone());
            for value in [&step.params, &title] {
                match reference::targets(value) {
                    Ok(targets) => {
                        for target in targets {
                            match target {
                                Target::Slot(slot) if !self.slots.contains_key(&slot) => fault(
                                    Some(&step.id),
                                    format!("it refers to the slot `{slot}`, which does not exist"),
                                    "add it to `slots`",
                                ),
                                Target::Slot(slot) => {
                                    used.insert(slot);
                                }
                                Target::Step(id) if !known.contains(&id) => fault(
                                    Some(&step.id),
                                    format!("it refers to `{id}`, which does not exist"),
                                    "name a step of this playbook",
                                ),
                                Target::Step(_) => {}
                            }
                        }
                    }
                    Err(error) => fault(Some(&step.id), error.to_string(), "correct the reference"),
                }
            }
            for named in &step.after {
                if !known.contains(named) {
                    fault(
                        Some(&step.id),
                        format!("it waits for `{named}`, which does not exist"),
                        "name a step of this playbook",
                    );
                }
            }
        }
        for name in self.slots.keys() {
            if !used.contains(name) {
                fault(
                    None,
                    format!("no step uses the slot `{name}`"),
                    "use it or remove it",
                );
            }
        }
        if faults.is_empty() {
            faults.extend(self.faults_of_a_sample(manifests));
        }
        faults
    }

    /// Validates the plan that sample values for all slots would give.
    fn faults_of_a_sample(&self, manifests: &Manifests) -> Vec<Fault> {
        let params = self
            .slots
            .iter()
            .map(|(name, slot)| (name.clone(), slot.sample()))
            .collect();
        let goal = Goal {
            action: self.name.clone(),
            text: String::new(),
            params,
            priority: 1,
            after: vec![],
            confidence: crate::confidence::Confidence::CERTAIN,
            candidates: vec![],
            missing: vec![],
        };
        match fill(&[goal], &|_| Some(self), manifests) {
            Ok(plan) => {
                let facts = crate::plan::validate::Facts {
                    manifests,
                    has: &|_| true,
                    misfits: &|_, _, _| vec![],
                };
                crate::plan::validate::validate(&plan, &facts)
                    .err()
                    .unwrap_or_default()
            }
            Err(FillError(faults)) => faults,
        }
    }
}

impl Slot {
    fn sample(&self) -> Value {
        if let Some(default) = &self.default {
            return default.clone();
        }
        match self.kind {
            SlotKind::Number => Value::from(1),
            SlotKind::Module
            | SlotKind::Path
            | SlotKind::NewPath
            | SlotKind::Glob
            | SlotKind::Environment
            | SlotKind::Version
            | SlotKind::Branch
            | SlotKind::Name
            | SlotKind::Url
            | SlotKind::Text => Value::from(
                self.choices
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "sample".to_owned()),
            ),
        }
    }
}

/// Returns the names of the slots in an utterance.
pub fn slots_in(utterance: &str) -> Vec<&str> {
    utterance
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
}

fn is_kebab(text: &str) -> bool {
    text.len() <= 64
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests;
