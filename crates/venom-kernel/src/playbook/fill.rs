//! Filling playbooks with the goals' values: from what the user wants to a plan.

use super::{
    BTreeMap, Check, Expected, Fault, Goal, Manifests, Plan, Playbook, Step, StepId, Value, Writes,
    reference,
};
use super::{BTreeSet, StepTemplate, Target};
use crate::confine::Grants;
use crate::skill::ActionManifest;
use crate::time::Millis;

/// Why goals cannot be turned into a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the goals cannot be planned: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct FillError(pub Vec<Fault>);

/// Turns goals into a plan.
///
/// The steps of a goal that must come after others wait for all last steps of those. When several
/// goals need the very same look at the world, it is taken once.
pub fn fill<'a>(
    goals: &[Goal],
    playbook: &dyn Fn(&str) -> Option<&'a Playbook>,
    manifests: &Manifests,
) -> Result<Plan, FillError> {
    let mut plan = Plan::default();
    let mut faults = Vec::new();
    let mut last_steps: BTreeMap<u16, Vec<StepId>> = BTreeMap::new();
    let mut ordered: Vec<&Goal> = goals.iter().collect();
    // A goal stands behind those it waits for; ties keep the order of the words.
    ordered.sort_by_key(|goal| (depth(goal, goals, 0), goal.priority));
    for goal in ordered {
        let Some(book) = playbook(&goal.action) else {
            faults.push(Fault {
                step: None,
                reason: format!("there is no playbook `{}`", goal.action),
                cure: "see `venom playbooks list`".to_owned(),
            });
            continue;
        };
        let waits: Vec<StepId> = goal
            .after
            .iter()
            .filter_map(|g| last_steps.get(g))
            .flatten()
            .cloned()
            .collect();
        let mut filler = Filler {
            goal,
            many: goals.len() > 1,
            waits,
            names: BTreeMap::new(),
        };
        for template in &book.steps {
            match filler.step(template, manifests) {
                Ok(step) => filler.add(step, template, &mut plan),
                Err(fault) => faults.push(fault),
            }
        }
        last_steps.insert(goal.priority, filler.last(&plan));
    }
    if faults.is_empty() {
        Ok(plan)
    } else {
        Err(FillError(faults))
    }
}

/// How many goals stand before this one in the longest chain; bounded, a circle ends at the bound.
fn depth(goal: &Goal, goals: &[Goal], level: usize) -> usize {
    if level > goals.len() {
        return level;
    }
    goal.after
        .iter()
        .filter_map(|wanted| goals.iter().find(|other| other.priority == *wanted))
        .map(|before| depth(before, goals, level + 1) + 1)
        .max()
        .unwrap_or(0)
}

struct Filler<'a> {
    goal: &'a Goal,
    many: bool,
    waits: Vec<StepId>,
    /// Names in the playbook and the names that the steps got in the plan.
    names: BTreeMap<StepId, StepId>,
}

impl Filler<'_> {
    fn step(&self, template: &StepTemplate, manifests: &Manifests) -> Result<Step, Fault> {
        let fault = |reason: String, cure: &str| Fault {
            step: Some(template.id.clone()),
            reason,
            cure: cure.to_owned(),
        };
        let action = manifests
            .action(&template.skill, &template.action)
            .ok_or_else(|| {
                fault(
                    format!(
                        "there is no action `{}` of a skill `{}`",
                        template.action, template.skill
                    ),
                    "see `venom skills list`",
                )
            })?;
        let resolve = |value: &Value| {
            let filled = reference::resolve(value, &|target| match target {
                Target::Slot(slot) => {
                    Some(self.goal.params.get(slot).cloned().unwrap_or(Value::Null))
                }
                Target::Step(_) => None,
            })?;
            reference::rename(&filled, &|id| self.names.get(id).cloned())
        };
        let params = resolve(&template.params)
            .map_err(|error| fault(error.to_string(), "correct the reference"))?;
        let title = match resolve(&Value::String(template.title.clone())) {
            Ok(Value::String(title)) => title,
            Ok(other) => other.to_string(),
            Err(error) => return Err(fault(error.to_string(), "correct the reference")),
        };
        let mut depends_on: BTreeSet<StepId> =
            template.after.iter().map(|id| self.name_of(id)).collect();
        depends_on.extend(
            reference::steps(&params)
                .map_err(|error| fault(error.to_string(), "correct the reference"))?,
        );
        depends_on.extend(self.waits.iter().cloned());
        let mut verify = vec![Check::ResultFits];
        let named = if template.verify.is_empty() {
            &action.verify
        } else {
            &template.verify
        };
        verify.extend(
            named
                .iter()
                // Every step has this one already.
                .filter(|check| **check != Check::ResultFits)
                .map(|check| self.renamed_check(check)),
        );
        Ok(Step {
            id: self.name_of(&template.id),
            title,
            goal: self.goal.priority,
            skill: template.skill.clone(),
            action: template.action.clone(),
            writes: writes(action, &params),
            params,
            depends_on: depends_on.into_iter().collect(),
            class: template.effect.unwrap_or(action.class),
            reach: action.reach,
            needs: action.needs.clone(),
            verify,
            restores: template
                .restores
                .iter()
                .map(|id| self.name_of(id))
                .collect(),
            optional: template.optional,
            prepares: action.prepares,
            grants: Grants {
                image: template
                    .image
                    .clone()
                    .or_else(|| action.grants.image.clone()),
                ..action.grants.clone()
            },
            timeout: template.timeout.map_or(action.timeout, Millis::from_secs),
            expected: Expected {
                p50: action.typical,
                p90: action.typical.plus(action.typical).plus(action.typical),
                ..Expected::default()
            },
        })
    }

    /// Adds a step, or lets an equal one that only looks stand for it.
    fn add(&mut self, step: Step, template: &StepTemplate, plan: &mut Plan) {
        let twin = plan.steps.iter().find(|other| {
            other.goal != step.goal
                && step.class == crate::effect::EffectClass::Pure
                && other.class == step.class
                && other.skill == step.skill
                && other.action == step.action
                && other.params == step.params
                && other.depends_on == step.depends_on
                && other.verify == step.verify
        });
        if let Some(twin) = twin {
            self.names.insert(template.id.clone(), twin.id.clone());
        } else {
            self.names.insert(template.id.clone(), step.id.clone());
            plan.steps.push(step);
        }
    }

    fn name_of(&self, id: &StepId) -> StepId {
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        if !self.many {
            return id.clone();
        }
        format!("{}-{id}", self.goal.priority)
            .parse()
            .unwrap_or_else(|_| id.clone())
    }

    fn renamed_check(&self, check: &Check) -> Check {
        check.filled(&|text| self.slot_text(text), &|id| self.name_of(id))
    }

    fn slot_text(&self, text: &str) -> String {
        let filled = reference::resolve(&Value::String(text.to_owned()), &|target| match target {
            Target::Slot(slot) => self.goal.params.get(slot).cloned(),
            Target::Step(_) => None,
        });
        match filled {
            Ok(Value::String(text)) => text,
            Ok(other) => other.to_string(),
            Err(_) => text.to_owned(),
        }
    }

    /// Returns the steps of this goal that no other step of it waits for.
    fn last(&self, plan: &Plan) -> Vec<StepId> {
        let own: BTreeSet<&StepId> = self.names.values().collect();
        let waited: BTreeSet<&StepId> = plan
            .steps
            .iter()
            .filter(|step| own.contains(&step.id))
            .flat_map(|step| &step.depends_on)
            .collect();
        own.into_iter()
            .filter(|id| !waited.contains(id))
            .cloned()
            .collect()
    }
}

fn writes(action: &ActionManifest, params: &Value) -> Vec<String> {
    match &action.writes {
        Writes::Nothing => vec![],
        Writes::Patterns(patterns) => patterns.clone(),
        Writes::Anything => vec!["**".to_owned()],
        Writes::Params(names) => names
            .iter()
            .map(|name| match params.get(name) {
                // A path that is only known later may be any path.
                Some(Value::String(path)) if !path.contains("${") => path.clone(),
                Some(_) | None => "**".to_owned(),
            })
            .collect(),
    }
}
