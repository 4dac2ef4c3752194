//! Why a fact holds: a proof of least depth, found when it is asked for.
//!
//! Nothing is noted during evaluation. The question goes backwards: every rule that could give the
//! fact is run with its head bound, and so on for the facts of its body, until only facts remain
//! that somebody told. Then depths are counted forwards, each fact taking the first rule whose whole
//! body has a depth: Knuth, *A generalization of Dijkstra's algorithm* (1977), with all weights one.
//! A way through a graph is not taken apart like that; a shortest one is searched.

mod search;
mod show;

use crate::value::{Fact, Source};

/// A proof: steps, each of a fact, the one that was asked for first. No fact stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(crate) steps: Vec<Step>,
}

/// A fact of a proof and why it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The fact.
    pub fact: Fact,
    /// The longest way from here to a fact that was told; 0 if this one was.
    pub depth: u32,
    /// Why it holds.
    pub because: Because,
}

/// Why a fact holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// These sources told it.
    Told(Vec<Source>),
    /// It follows by a rule.
    Rule {
        /// The rule, as it was written.
        rule: String,
        /// What the rule needed. Of an aggregate these are all facts of the group.
        premises: Vec<Premise>,
    },
}

/// What a rule needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Premise {
    /// A fact: the place of its step in [`Proof::steps`].
    Fact(usize),
    /// No fact fits this.
    Absent(String),
    /// A condition, with the values it was tried on.
    Holds(String),
}

impl Proof {
    /// The steps. The first is what was asked for.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How deep the proof is: 0 for a fact that was told.
    pub fn depth(&self) -> u32 {
        self.steps.first().map_or(0, |step| step.depth)
    }

    /// Who told the facts that the proof rests on, in order.
    pub fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = self
            .steps
            .iter()
            .flat_map(|step| match &step.because {
                Because::Told(sources) => sources.as_slice(),
                Because::Rule { .. } => &[],
            })
            .copied()
            .collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}
