//! The agents of the run that is looked at, at the moment that is looked at.

use crate::canvas::Row;
use crate::look::Role;
use crate::model::Model;

/// Two lines for each agent: who it is and how far it came, and what it may do.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let Some(sight) = &model.sight else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for (step, known) in sight.state().steps() {
        let Some(agent) = &known.agent else {
            continue;
        };
        let usage = agent.usage();
        let tokens = usage.input.saturating_add(usage.output);
        rows.push(
            Row::new(Role::Strong, format!("{:<24} ", step.id.as_str()))
                .and(Role::Accent, format!("{:<11} ", known.status.word()))
                .and(
                    Role::Plain,
                    format!(
                        "{}  turn {}, {} calls, {tokens} tokens, {}",
                        agent.model().model,
                        agent.turn(),
                        agent.acts(),
                        agent.spent()
                    ),
                ),
        );
        let tools: Vec<&str> = agent
            .setup()
            .tools
            .iter()
            .map(|tool| tool.tool.name.as_str())
            .collect();
        rows.push(Row::new(Role::Dim, format!("  may {}", tools.join(", "))));
    }
    rows
}
