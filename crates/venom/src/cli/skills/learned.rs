//! `venom skills learned`: what runs learned to do without a model, and what is decided about it.

use clap::Subcommand;
use serde_json::{Value, json};
use venom_kernel::event::SkillVerdict;
use venom_kernel::memory::procedure::Guard;
use venom_ports::api::learned::{LearnedSkill, LearnedSkills as _};

use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};
use crate::wire::Wired;

#[derive(Debug, Subcommand)]
pub(super) enum Learned {
    /// List what runs learned to do, the newest first
    List,
    /// Show what one does, under which guards, and how it went
    Show {
        /// The beginning of its id
        id: String,
    },
    /// Let it be used for the same goal without a model
    Approve {
        /// The beginning of its id
        id: String,
    },
    /// Do not use it any more
    Forget {
        /// The beginning of its id
        id: String,
    },
}

pub(super) fn run(context: &Context, what: &Learned) -> CliResult {
    context.with_engine(async |wired| match what {
        Learned::List => list(context, wired).await,
        Learned::Show { id } => show(context, wired, id).await,
        Learned::Approve { id } => decide(context, wired, id, SkillVerdict::Approved).await,
        Learned::Forget { id } => decide(context, wired, id, SkillVerdict::Forgotten).await,
    })
}

async fn list(context: &Context, wired: &Wired) -> CliResult {
    let all = wired.host.learned().await?;
    if context.out.form != Form::Text {
        let skills: Vec<Value> = all.iter().map(document).collect();
        context
            .out
            .document("skills-learned", json!({ "skills": skills }));
        return Ok(Exit::Ok);
    }
    if all.is_empty() {
        context.out.talk(
            "nothing was learned yet; a run in which a model changed something and the tests agree is learned from",
        );
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|skill| {
            let known = &skill.known;
            vec![
                known.procedure.id.to_string(),
                skill.standing.words().to_owned(),
                known.version.to_string(),
                format!("{} of {}", known.held, known.used),
                known.passed_over.to_string(),
                clean::short(&known.procedure.pattern(), 60),
                clean::short(&known.procedure.workspace, 60),
            ]
        })
        .collect();
    let heads = [
        "ID",
        "STANDS",
        "VERSION",
        "HELD",
        "PASSED OVER",
        "GOAL",
        "WORKSPACE",
    ];
    context.out.data(&table(&heads, &rows));
    Ok(Exit::Ok)
}

async fn show(context: &Context, wired: &Wired, id: &str) -> CliResult {
    let skill = find(wired, id).await?;
    if context.out.form != Form::Text {
        context.out.document("skill-learned", document(&skill));
        return Ok(Exit::Ok);
    }
    let known = &skill.known;
    let out = &context.out;
    let procedure = &known.procedure;
    out.data(&format!(
        "{}, version {}: {}",
        procedure.id,
        known.version,
        skill.standing.words()
    ));
    out.data(&format!("goal       \"{}\"", clean::line(&procedure.goal)));
    out.data(&format!("pattern    {}", clean::line(&procedure.pattern())));
    for slot in &procedure.slots {
        out.data(&format!(
            "  {{{}}}   a {}, here `{}`",
            slot.name,
            slot.kind.name(),
            clean::short(&slot.literal, 100)
        ));
    }
    out.data(&format!("workspace  {}", clean::line(&procedure.workspace)));
    out.data(&format!(
        "learned    {} from {}@{}",
        event::time(known.learned),
        known.source.run,
        known.source.seq
    ));
    if let Some(by) = &known.approved {
        out.data(&format!("approved   by {}", clean::line(by)));
    }
    if procedure.is_tainted {
        out.data("label      untrusted text was part of what the model was told: it is only used once it is approved");
    }
    out.data(&format!(
        "went       {} verified, used {}, held {}, failed {}, passed over {}",
        known.successes, known.used, known.held, known.failed, known.passed_over
    ));
    if let Some(why) = &known.latest {
        out.data(&format!("lately     {}", clean::line(why)));
    }
    for step in &procedure.plan.steps {
        out.data(&format!(
            "step       {}: {} ({}.{})",
            step.id,
            clean::line(&step.title),
            step.skill,
            step.action
        ));
        for check in &step.verify {
            out.data(&format!("  verified by {check}"));
        }
        let Some(work) = procedure.works.get(&step.id) else {
            continue;
        };
        for guard in &work.guards {
            out.data(&format!("  {}", guarded(guard)));
        }
        for call in &work.calls {
            let arguments = clean::line(&call.arguments.to_string());
            out.data(&format!(
                "  does {} {arguments}",
                clean::short(&call.name, 60)
            ));
        }
    }
    Ok(Exit::Ok)
}

fn guarded(guard: &Guard) -> String {
    let state = |digest: Option<venom_kernel::digest::Digest>| match digest {
        Some(digest) => digest.short(),
        None => "absent".to_owned(),
    };
    let path = clean::line(&guard.path);
    if guard.is_read() {
        return format!("if {path} is {} (read)", state(guard.before));
    }
    format!(
        "if {path} is {}; leaves {}",
        state(guard.before),
        state(guard.after)
    )
}

async fn decide(context: &Context, wired: &Wired, id: &str, verdict: SkillVerdict) -> CliResult {
    let known = find(wired, id).await?.known;
    let seq = wired.host.judge(&known, verdict, "user").await?;
    let id = known.procedure.id;
    if context.out.form == Form::Text {
        context.out.talk(&match verdict {
            SkillVerdict::Approved => format!(
                "{id} is used for \"{}\" from now on; `venom skills learned forget {id}` ends that",
                clean::short(&known.procedure.pattern(), 80)
            ),
            SkillVerdict::Forgotten => format!("{id} is not used any more"),
        });
    } else {
        let done = json!({
            "id": id.to_string(),
            "verdict": verdict.word(),
            "event": format!("{}@{seq}", known.source.run),
        });
        context.out.document("skill-decided", done);
    }
    Ok(Exit::Ok)
}

async fn find(wired: &Wired, id: &str) -> Result<LearnedSkill, CliError> {
    let shown = clean::short(id, 80);
    let mut found = wired.host.learned().await?;
    found.retain(|skill| !id.is_empty() && skill.known.procedure.id.to_string().starts_with(id));
    match (found.pop(), found.is_empty()) {
        (Some(skill), true) => Ok(skill),
        (None, _) => Err(CliError::usage(format!("nothing was learned as `{shown}`"))
            .code("no-such-skill")
            .hint("see `venom skills learned list`")),
        (Some(_), false) => Err(CliError::usage(format!(
            "more than one thing was learned whose id begins with `{shown}`"
        ))
        .code("ambiguous-skill")
        .hint("give more of the id")),
    }
}

fn document(skill: &LearnedSkill) -> Value {
    let known = &skill.known;
    json!({
        "id": known.procedure.id.to_string(),
        "stands": skill.standing.words(),
        "version": known.version,
        "goal": known.procedure.goal,
        "pattern": known.procedure.pattern(),
        "slots": known.procedure.slots,
        "workspace": known.procedure.workspace,
        "learned": event::time(known.learned),
        "source": format!("{}@{}", known.source.run, known.source.seq),
        "approved": known.approved,
        "is_tainted": known.procedure.is_tainted,
        "successes": known.successes,
        "used": known.used,
        "held": known.held,
        "failed": known.failed,
        "passed_over": known.passed_over,
        "latest": known.latest,
        "steps": known.procedure.plan.steps,
        "works": known.procedure.works,
    })
}
