//! The state of a run as data, for people and for checksums: sections by name, each a value.
//!
//! Sections are derived and never read back, so that they may change with a version of VENOM; a
//! checksum names the version that it was made with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Phase, RunState};
use crate::digest::Digest;

/// The version of the sections. It goes up when their form changes; checksums of another version say
/// nothing about a state.
pub const SECTIONS: u16 = 1;

impl RunState {
    /// Returns the state by sections: `run`, `intent`, `questions`, `plan`, `steps`, `effects`,
    /// `approvals`, `snapshots`,
    /// `preferences` if answers of earlier runs were taken, and `advice` if a model gave any.
    pub fn sections(&self) -> BTreeMap<&'static str, Value> {
        let questions: BTreeMap<String, Value> = self
            .questions
            .iter()
            .map(|(id, (question, answer))| {
                let value = json!({ "question": question, "answer": answer });
                (id.to_string(), value)
            })
            .collect();
        let steps: BTreeMap<&str, Value> = self
            .steps()
            .map(|(step, state)| {
                let mut value = json!({
                    "status": state.status.word(),
                    "attempt": state.attempt,
                    "result": state.result.digest(),
                    "evidence": state.evidence,
                    "changes": state.changes,
                    "staged": state.staged,
                    "checks": state.checks,
                    "restored": state.restored,
                    "approved": state.approved,
                    "waits": state.waits,
                });
                // Only where there is one, so that checksums of runs without agents stay what they were.
                if let (Some(agent), Some(fields)) = (&state.agent, value.as_object_mut()) {
                    fields.insert("agent".to_owned(), agent.checksum());
                }
                (step.id.as_str(), value)
            })
            .collect();
        let effects: BTreeMap<String, Value> = self
            .effects
            .iter()
            .map(|(id, effect)| {
                let step = self
                    .plan
                    .steps
                    .get(effect.step)
                    .map(|step| step.id.as_str());
                let value = json!({
                    "step": step,
                    "kind": effect.kind,
                    "class": effect.class,
                    "started": effect.started,
                    "in_doubt": effect.in_doubt,
                });
                (id.to_string(), value)
            })
            .collect();
        let approvals: BTreeMap<String, Value> = self
            .approvals
            .iter()
            .map(|(id, approval)| {
                let value = json!({
                    "step": approval.step,
                    "reason": approval.reason,
                    "subject": approval.subject,
                    "given": approval.given,
                });
                (id.to_string(), value)
            })
            .collect();
        let mut sections = BTreeMap::from([
            (
                "run",
                json!({
                    "goal": self.started.as_ref().map(|started| &started.goal),
                    "phase": self.phase.word(),
                    "paused": self.paused,
                    "cancelled": self.cancelled,
                    "outcome": self.outcome,
                    "last_effect": self.last_effect,
                }),
            ),
            ("intent", json!(self.intent)),
            ("questions", json!(questions)),
            ("plan", json!({ "plan": self.plan, "quote": self.quote })),
            ("steps", json!(steps)),
            ("effects", json!(effects)),
            ("approvals", json!(approvals)),
            (
                "snapshots",
                json!({
                    "taken": self.snapshots.taken,
                    "last": self.snapshots.last,
                    "rewinding": self.snapshots.rewinding,
                    "rewound": self.snapshots.rewound,
                }),
            ),
        ]);
        // Left out where there are none, so that the checksums of older logs stay what they were.
        if !self.preferred.is_empty() {
            sections.insert("preferences", json!(self.preferred));
        }
        if !self.advice.is_empty() {
            let advice: Vec<Value> = self
                .advice
                .iter()
                .map(|advice| json!({ "ask": advice.ask, "heard": advice.heard }))
                .collect();
            sections.insert(
                "advice",
                json!({ "asked": advice, "considered": self.considered }),
            );
        }
        sections
    }

    /// Returns one checksum over all sections.
    pub fn checksum(&self) -> Digest {
        Digest::of(&(SECTIONS, self.sections()))
    }
}

impl Phase {
    /// Returns a word for the phase.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Understanding => "understanding",
            Self::Asking => "asking",
            Self::Planning => "planning",
            Self::Executing => "executing",
            Self::Finished => "finished",
        }
    }
}
