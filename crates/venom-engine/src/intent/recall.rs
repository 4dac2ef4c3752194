//! Answers of earlier runs that are taken for questions that would be asked.
//!
//! The kernel says which answers fit. Here they are tried: an answer that names nothing any more is
//! left out, and so are all of them where a goal does something that cannot be taken back. Such a
//! goal asks each time.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::effect::EffectClass;
use venom_kernel::intent::Intent;
use venom_kernel::playbook::Playbook;
use venom_kernel::preference::{self, Preference, Remembered};
use venom_kernel::skill::Manifests;

use crate::world::World;

/// Returns what is preferred in a workspace, or in all; none if it cannot be found out, so that the
/// user is asked.
pub(super) async fn known(world: &World, workspace: &str) -> Vec<Preference> {
    match world.projections.memories().await {
        Ok(memories) => preference::recalled(&memories)
            .into_iter()
            .filter(|known| known.workspace == workspace)
            .collect(),
        Err(failure) => {
            tracing::warn!(%failure, "earlier answers cannot be read");
            Vec::new()
        }
    }
}

/// Returns the remembered answers that make an intent clearer. `read` understands the goal with
/// answers; `lasts` tells whether an action does something that cannot be taken back.
pub(super) fn usable(
    intent: &Intent,
    known: &[Preference],
    answers: &BTreeMap<String, String>,
    read: &dyn Fn(&BTreeMap<String, String>) -> Intent,
    lasts: &dyn Fn(&str) -> bool,
) -> Vec<Remembered> {
    let mut fitting = preference::fitting(intent, known);
    // What was answered in this run and did not help is not tried again.
    fitting.retain(|known| !answers.contains_key(&known.question.key));
    if fitting.is_empty() {
        return fitting;
    }
    let mut with = answers.clone();
    for known in &fitting {
        with.insert(known.question.key.clone(), known.answer.clone());
    }
    let then = read(&with);
    if then.goals.iter().any(|goal| lasts(&goal.action)) {
        return Vec::new();
    }
    let open: BTreeSet<String> = then
        .questions()
        .into_iter()
        .map(|(_, question)| question.key)
        .collect();
    fitting.retain(|known| !open.contains(&known.question.key));
    fitting
}

/// Tells whether a playbook has a step that cannot be taken back as an edit can.
pub(super) fn lasts(book: &Playbook, manifests: &Manifests) -> bool {
    book.steps.iter().any(|step| {
        let action = manifests.action(&step.skill, &step.action);
        let class = step.effect.or_else(|| Some(action?.class));
        match class {
            Some(EffectClass::Pure | EffectClass::Idempotent | EffectClass::Reversible) => false,
            // What nobody knows is not done on the strength of an old answer.
            Some(EffectClass::Compensable | EffectClass::Rewriting | EffectClass::Irreversible)
            | None => true,
        }
    })
}
