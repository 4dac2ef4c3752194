//! `venom skills`: what steps are made of.

mod learned;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

/// Show what steps are made of
#[derive(Debug, Args)]
pub(crate) struct SkillsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List skills with their actions
    List,
    /// What runs learned to do without a model
    #[command(subcommand)]
    Learned(learned::Learned),
    /// Show a skill with the parameters and results of its actions
    Show {
        /// The skill
        name: String,
    },
}

pub(super) fn run(context: &Context, args: &SkillsArgs) -> CliResult {
    if let What::Learned(learned) = &args.what {
        return learned::run(context, learned);
    }
    let registry = context.skills()?;
    let manifests = registry.manifests();
    match &args.what {
        What::Learned(_) => {}
        What::List if context.out.form != Form::Text => {
            context
                .out
                .document("skills", json!({ "skills": manifests }));
        }
        What::List => {
            let mut rows = Vec::new();
            for skill in manifests.iter() {
                for (name, action) in &skill.actions {
                    rows.push(vec![
                        format!("{}.{name}", skill.name),
                        action.class.to_string(),
                        action.summary.clone(),
                    ]);
                }
            }
            context
                .out
                .data(&table(&["ACTION", "EFFECT", "WHAT IT DOES"], &rows));
        }
        What::Show { name } => {
            let skill = manifests.skill(name).ok_or_else(|| {
                CliError::usage(format!("there is no skill `{}`", clean::short(name, 80)))
                    .code("no-such-skill")
                    .hint("see all skills with `venom skills list`")
            })?;
            if context.out.form != Form::Text {
                context.out.document("skill", skill);
                return Ok(Exit::Ok);
            }
            context
                .out
                .data(&format!("{}: {}\n", skill.name, skill.summary));
            for (name, action) in &skill.actions {
                let needs: Vec<String> = action.needs.iter().map(ToString::to_string).collect();
                let needs = if needs.is_empty() {
                    String::new()
                } else {
                    format!("; needs {}", needs.join(", "))
                };
                context.out.data(&format!(
                    "\n{}.{name}  ({}{needs}; at most {})\n  {}\n  params: {}\n  result: {}\n",
                    skill.name,
                    action.class,
                    action.timeout,
                    action.summary,
                    action.params,
                    action.result
                ));
            }
        }
    }
    Ok(Exit::Ok)
}
