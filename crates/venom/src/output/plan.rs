//! A plan for people: levels, what runs side by side, what each step means for the world, and what
//! it is expected to take.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use venom_kernel::confine::{Confinement, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::plan::graph::Graph;
use venom_kernel::plan::{Plan, Quote, Step};

use super::Paint;
use super::clean;
use super::table::table;

/// Renders a plan.
pub(crate) fn text(
    plan: &Plan,
    graph: &Graph,
    quote: Option<&Quote>,
    demanded: &Confinement,
    paint: Paint,
) -> String {
    let mut rows = Vec::new();
    let levels = graph.levels();
    let mut widest = 0;
    for (number, level) in levels.iter().enumerate() {
        widest = widest.max(level.len());
        for (place, position) in level.iter().enumerate() {
            let Some(step) = plan.steps.get(*position) else {
                continue;
            };
            let shown = if place == 0 {
                (number + 1).to_string()
            } else {
                String::new()
            };
            rows.push(row(shown, step));
        }
    }
    let head = [
        "LEVEL", "STEP", "ACTION", "EFFECT", "P50", "P90", "AFTER", "TITLE",
    ];
    let mut text = table(&head, &rows);
    text.push('\n');
    text.push_str(&summary(plan, quote, levels.len(), widest));
    for (number, may) in may_use(plan, demanded).iter().enumerate() {
        let head = if number == 0 { "Commands may use:" } else { "" };
        let _ = writeln!(text, "{head:17} {}", may.line());
    }
    for step in plan
        .steps
        .iter()
        .filter(|step| step.class == EffectClass::Irreversible)
    {
        let line = format!(
            "! {} cannot be taken back and will be asked for: {}",
            step.id,
            clean::line(&step.title)
        );
        text.push_str(&paint.warn(&line));
        text.push('\n');
    }
    text
}

/// What the commands of some steps may use.
#[derive(Debug, Serialize)]
pub(crate) struct MayUse<'p> {
    steps: Vec<&'p str>,
    limits: Limits,
    hosts: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

impl MayUse<'_> {
    fn line(&self) -> String {
        let mut line = format!("{}, ", self.limits);
        if self.hosts.is_empty() {
            line.push_str("no network");
        } else {
            let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
            line.push_str("network: ");
            line.push_str(&hosts.join(" "));
        }
        if let Some(image) = &self.image {
            line.push_str(", image ");
            line.push_str(image);
        }
        clean::line(&format!("{line} ({})", self.steps.join(", ")))
    }
}

/// Says what the commands of each step may use, steps with the same amounts together, in the order of
/// the plan.
pub(crate) fn may_use<'p>(plan: &'p Plan, demanded: &Confinement) -> Vec<MayUse<'p>> {
    let mut groups: Vec<MayUse<'p>> = Vec::new();
    for step in &plan.steps {
        let demanded = demanded.of_skill(&step.skill);
        let limits = demanded.limits(&step.grants);
        let hosts = demanded.hosts(&step.grants);
        let image = step.grants.image.clone().or(demanded.image);
        let same = groups
            .iter_mut()
            .find(|group| group.limits == limits && group.hosts == hosts && group.image == image);
        match same {
            Some(group) => group.steps.push(step.id.as_str()),
            None => groups.push(MayUse {
                steps: vec![step.id.as_str()],
                limits,
                hosts,
                image,
            }),
        }
    }
    groups
}

fn row(level: String, step: &Step) -> Vec<String> {
    let after: Vec<&str> = step
        .depends_on
        .iter()
        .map(venom_kernel::id::StepId::as_str)
        .collect();
    let mut effect = step.class.to_string();
    if step.optional {
        effect.push_str(", optional");
    }
    vec![
        level,
        step.id.to_string(),
        format!("{}.{}", step.skill, step.action),
        effect,
        step.expected.p50.to_string(),
        step.expected.p90.to_string(),
        if after.is_empty() {
            "-".to_owned()
        } else {
            after.join(",")
        },
        clean::short(&step.title, 80),
    ]
}

fn summary(plan: &Plan, quote: Option<&Quote>, levels: usize, widest: usize) -> String {
    let count = |number: usize, noun: &str| {
        let end = if number == 1 { "" } else { "s" };
        format!("{number} {noun}{end}")
    };
    let optional = plan.steps.iter().filter(|step| step.optional).count();
    let steps = count(plan.steps.len(), "step");
    let steps = if optional == 0 {
        steps
    } else {
        format!("{steps} ({optional} optional)")
    };
    let mut text = format!(
        "{} on {}, at most {} side by side\n",
        steps,
        count(levels, "level"),
        widest
    );
    if let Some(quote) = quote {
        let expected = quote.expected;
        let _ = write!(
            text,
            "Time: {} (P50), {} (P90); longest chain {}\nCost: {} (P50), {} (P90)\n",
            expected.p50, expected.p90, quote.critical_path, expected.cost_p50, expected.cost_p90,
        );
        let _ = writeln!(
            text,
            "Cannot be taken back: {}",
            if quote.irreversible == 0 {
                "nothing".to_owned()
            } else {
                count(quote.irreversible as usize, "step")
            }
        );
    }
    text
}
