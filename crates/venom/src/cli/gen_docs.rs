//! `venom gen-docs`: reference pages, made from the code that they describe.

mod format;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory as _};
use venom_kernel::event::Event;
use venom_kernel::skill::Manifests;

use super::context::Context;
use crate::config::key::Key;
use crate::error::{CliError, CliResult};
use crate::exit::{self, Exit};

/// Write the reference pages into a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct GenDocsArgs {
    /// The folder; it is made if it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(context: &Context, args: &GenDocsArgs) -> CliResult {
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot write to {}: {error}", args.folder.display()),
        )
    };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    let skills = context.skills()?;
    for (name, text) in pages(skills.manifests()) {
        std::fs::write(args.folder.join(name), text).map_err(failed)?;
    }
    Ok(Exit::Ok)
}

fn pages(manifests: &Manifests) -> [(&'static str, String); 8] {
    [
        ("cli.md", cli()),
        ("exit-codes.md", exit_codes()),
        ("events.md", events()),
        ("config.md", config()),
        ("playbook-format.md", format::page()),
        ("actions.md", actions(manifests)),
        ("openapi.json", openapi()),
        (
            "tui-keys.md",
            format!("{GENERATED}{}", venom_tui::keys_page()),
        ),
    ]
}

/// The description of the HTTP API.
fn openapi() -> String {
    let mut text = venom_server::description(crate::wire::VERSION)
        .to_pretty_json()
        .unwrap_or_default();
    text.push('\n');
    text
}

/// What stands on top of every page.
const GENERATED: &str = "<!-- Written by `cargo xtask gen`; change the code instead. -->\n\n";

fn cli() -> String {
    let mut text = format!("{GENERATED}# Command line\n\n");
    // The same on every terminal.
    let mut root = super::Cli::command().term_width(100);
    root.build();
    verb(&mut text, &mut root);
    text
}

fn verb(text: &mut String, command: &mut Command) {
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(
        text,
        "## {name}\n\n```text\n{}\n```\n\n",
        help.join("\n").trim_end()
    );
    for sub in command.get_subcommands_mut() {
        if !sub.is_hide_set() && sub.get_name() != "help" {
            verb(text, sub);
        }
    }
}

fn exit_codes() -> String {
    let mut text = format!(
        "{GENERATED}# Exit codes\n\nA stable contract: codes are only ever added.\n\n| code | name | meaning |\n|---:|---|---|\n"
    );
    for row in exit::TABLE {
        let _ = writeln!(text, "| {} | {} | {} |", row.code, row.name, row.meaning);
    }
    text
}

fn actions(manifests: &Manifests) -> String {
    let mut text = format!(
        "{GENERATED}# Actions\n\nWhat steps are made of, and what each must show before it counts as done when its\n\
         playbook names no check. Every result must also have its promised form, and edits count only when every file\n\
         was what the action had read. `venom skills show SKILL` has parameters and results;\n\
         [playbook-format.md](playbook-format.md) has all checks.\n\n| action | effect | what it does | default checks |\n|---|---|---|---|\n"
    );
    for skill in manifests.iter() {
        for (name, action) in &skill.actions {
            let mut checks = vec!["the result has its promised form".to_owned()];
            checks.extend(action.verify.iter().map(ToString::to_string));
            let _ = writeln!(
                text,
                "| `{}.{name}` | {} | {} | {} |",
                skill.name,
                action.class,
                action.summary,
                checks.join("; ")
            );
        }
    }
    text
}

fn events() -> String {
    let mut text = format!(
        "{GENERATED}# Events\n\nWhat the log of a run is made of, in the vocabulary of version {}. `venom log RUN --jsonl` prints one a line.\n\n| event | meaning |\n|---|---|\n",
        venom_kernel::event::SCHEMA
    );
    for (name, meaning) in Event::ALL {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text
}

fn config() -> String {
    let mut text = format!(
        "{GENERATED}# Configuration\n\nThe user's file is `~/.venom/config.yaml`; a project may have `.venom/config.yaml`. `VENOM_HOME` moves\n\
         `~/.venom` with everything in it. A flag stands before a variable, a variable before the project's file, that one\n\
         before the user's, and that one before the default. `venom config show --origin` says where each value comes from.\n\
         An unknown key is an error.\n\n| key | default | variable | flag |\n|---|---|---|---|\n"
    );
    let or_none =
        |name: Option<&str>| name.map_or_else(|| "-".to_owned(), |name| format!("`{name}`"));
    for key in Key::ALL {
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {} | {} |",
            key,
            key.default_text(),
            or_none(key.env()),
            or_none(key.flag())
        );
    }
    for key in Key::ALL {
        let (section, name) = key.parts();
        let example = if name.is_empty() {
            format!("{section}: {}", key.example())
        } else {
            format!("{section}:\n  {name}: {}", key.example())
        };
        let _ = write!(
            text,
            "\n## {key}\n\n{}\n\nValue: {}.\n\n```yaml\n{example}\n```\n",
            key.about(),
            key.kind(),
        );
    }
    text.push_str("\n## Files\n\n| path | what |\n|---|---|\n");
    for (path, what) in [
        ("config.yaml", "the user's settings"),
        ("playbooks/*.yaml", "the user's playbooks"),
        ("data/log.db", "the event log: the truth"),
        ("data/state.db", "projections; follow from the log"),
        ("rules.dl", "your rules over what is known"),
        (
            "data/memory.db",
            "what was added to the memory and taken out of it",
        ),
        ("data/blobs/", "contents by their digest"),
        ("data/copies/", "scratch copies made by `--copy`"),
        (
            "data/scratch/",
            "files that nobody keeps; removed after a day",
        ),
        (
            "data/logs/venom.log",
            "JSON lines; put aside at 10 MiB, five are kept",
        ),
    ] {
        let _ = writeln!(text, "| `{path}` | {what} |");
    }
    text
}

#[cfg(test)]
mod tests;
