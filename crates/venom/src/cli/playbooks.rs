//! `venom playbooks`: what VENOM knows how to do.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use venom_ports::api::playbooks::{Loaded, Origin, Playbooks as _, Rejected, Source};

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire;

/// Show and check playbooks
#[derive(Debug, Args)]
pub(crate) struct PlaybooksArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the playbooks that can be used from a folder, and those that cannot
    List {
        /// The folder; the current one if none is named
        #[arg(long, short = 'C', value_name = "DIR")]
        workspace: Option<PathBuf>,
    },
    /// Show a playbook
    Show {
        /// The playbook
        name: String,
        /// The folder; the current one if none is named
        #[arg(long, short = 'C', value_name = "DIR")]
        workspace: Option<PathBuf>,
    },
    /// Check playbook files; problems are printed as `file:line:column: message`
    Check {
        /// The files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

impl PlaybooksArgs {
    /// Returns the folder whose playbooks count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        match &self.what {
            What::List { workspace } | What::Show { workspace, .. } => workspace.clone(),
            What::Check { .. } => None,
        }
    }
}

pub(super) fn run(context: &Context, args: &PlaybooksArgs) -> CliResult {
    if let What::Check { files } = &args.what {
        return check(context, files);
    }
    context.with_engine(async |wired| {
        let books = wired.host.playbook_api(&context.folder);
        match &args.what {
            What::Show { name, .. } => show(context, &books.list(), name),
            What::List { .. } | What::Check { .. } => {
                list(context, &books.list(), &books.rejected());
                Ok(Exit::Ok)
            }
        }
    })
}

fn list(context: &Context, loaded: &[Loaded], rejected: &[Rejected]) {
    if context.out.form != Form::Text {
        let loaded: Vec<_> = loaded
            .iter()
            .map(|book| {
                json!({
                    "name": book.playbook.name,
                    "title": book.playbook.title,
                    "summary": book.playbook.summary,
                    "origin": book.origin,
                    "in_front_of": book.in_front_of,
                    "path": book.path,
                })
            })
            .collect();
        context.out.document(
            "playbooks",
            json!({"playbooks": loaded, "rejected": rejected}),
        );
        return;
    }
    let rows: Vec<Vec<String>> = loaded
        .iter()
        .map(|book| {
            let example = book.playbook.utterances.first();
            vec![
                book.playbook.name.clone(),
                match book.in_front_of {
                    Some(other) => format!("{}, in front of the {other} one", book.origin),
                    None => book.origin.to_string(),
                },
                clean::short(&book.playbook.title, 60),
                example
                    .map(|words| clean::short(words, 60))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    context.out.data(&table(
        &["PLAYBOOK", "FROM", "WHAT IT DOES", "SAY FOR EXAMPLE"],
        &rows,
    ));
    for rejected in rejected {
        for line in lines(rejected) {
            context.out.warning(&format!("left out: {line}"));
        }
    }
}

fn show(context: &Context, loaded: &[Loaded], name: &str) -> CliResult {
    let book = loaded
        .iter()
        .find(|book| book.playbook.name == name)
        .ok_or_else(|| {
            CliError::usage(format!("there is no playbook `{}`", clean::short(name, 80)))
                .code("no-such-playbook")
                .hint("see all playbooks with `venom playbooks list`")
        })?;
    if context.out.form != Form::Text {
        context.out.document(
            "playbook",
            json!({"origin": book.origin, "path": book.path, "playbook": book.playbook}),
        );
        return Ok(Exit::Ok);
    }
    let playbook = &book.playbook;
    let out = &context.out;
    out.data(&format!(
        "{}: {}\n{}\nFrom: {} ({})\n",
        playbook.name,
        clean::line(&playbook.title),
        clean::line(&playbook.summary),
        book.origin,
        clean::line(&book.path)
    ));
    if !playbook.slots.is_empty() {
        out.data("\nSlots:\n");
        for (name, slot) in &playbook.slots {
            let otherwise = match &slot.default {
                Some(default) => format!(", otherwise {default}"),
                None if slot.optional => ", optional".to_owned(),
                None => ", asked for".to_owned(),
            };
            out.data(&format!(
                "  {name}: {}{otherwise}  {}",
                slot.kind,
                clean::line(&slot.description)
            ));
        }
    }
    out.data("\nSteps:\n");
    for step in &playbook.steps {
        out.data(&format!(
            "  {}: {}.{}  {}",
            step.id,
            step.skill,
            step.action,
            clean::line(&step.title)
        ));
        for check in &step.verify {
            out.data(&format!("    checked: {check}"));
        }
    }
    out.data("\nSay for example:\n");
    for words in &playbook.utterances {
        out.data(&format!("  {}", clean::short(words, 120)));
    }
    Ok(Exit::Ok)
}

fn check(context: &Context, files: &[PathBuf]) -> CliResult {
    let registry = context.skills()?;
    let mut rejected = Vec::new();
    let mut good = Vec::new();
    for file in files {
        let path = file.display().to_string();
        let text = wire::sources::read(file).map_err(|error| {
            CliError::usage(format!("cannot read {}: {error}", clean::line(&path)))
                .code("unreadable")
        })?;
        let source = Source {
            origin: Origin::User,
            path,
            text,
        };
        match venom_engine::playbook::check(&source, registry.manifests()) {
            Ok(loaded) => good.push(loaded),
            Err(problems) => rejected.push(problems),
        }
    }
    let exit = if rejected.is_empty() {
        Exit::Ok
    } else {
        Exit::Failed
    };
    if context.out.form != Form::Text {
        let good: Vec<&str> = good.iter().map(|book| book.path.as_str()).collect();
        context.out.document(
            "playbook-check",
            json!({"good": good, "rejected": rejected}),
        );
        return Ok(exit);
    }
    for problems in &rejected {
        for line in lines(problems) {
            context.out.data(&line);
        }
    }
    for book in &good {
        context.out.talk(&format!(
            "{}: `{}` can be used",
            clean::line(&book.path),
            book.playbook.name
        ));
    }
    Ok(exit)
}

/// Writes problems as `file:line:column: message`.
pub(super) fn lines(rejected: &Rejected) -> Vec<String> {
    let path = clean::line(&rejected.path);
    rejected
        .problems
        .iter()
        .map(|problem| {
            let line = problem.line.unwrap_or(1);
            let column = problem.column.unwrap_or(1);
            format!("{path}:{line}:{column}: {}", clean::line(&problem.message))
        })
        .collect()
}
