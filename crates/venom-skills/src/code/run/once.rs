//! A snippet that runs to its end in a process of its own.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Exit, Finished};
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

use super::given::{Language, Origin, Snippet};
use super::outcome::Outcome;
use super::{Artefacts, Ran, Stream};
use crate::params::missing;
use crate::process::{self, Ending, Heard};

/// How long a compiler may take. Chosen: ten times what a snippet of a page takes on half a processor.
const COMPILING: Millis = Millis::from_secs(120);

/// Runs it.
pub(super) async fn run(snippet: &Snippet, context: &SkillContext) -> Result<Ran> {
    let program = snippet.language.program();
    if context.exec.find(program).is_none() {
        return Err(missing(format!(
            "{} snippets need `{program}`, and it is not there",
            snippet.language.shown()
        ))
        .with_hint(format!(
            "install `{program}` and see that it is on the PATH"
        )));
    }
    let room = Room::make(snippet, context)?;
    let mut argv = match snippet.language {
        Language::Python => vec!["python3".to_owned(), room.source.clone()],
        Language::JavaScript => vec!["node".to_owned(), room.source.clone()],
        Language::Shell => vec!["sh".to_owned(), room.source.clone()],
        Language::Rust => {
            let program = context.scratch.join("program");
            if let Some(ran) = compile(&room, &program, context).await? {
                return Ok(ran);
            }
            vec![program.to_string_lossy().into_owned()]
        }
    };
    argv.extend(snippet.args.iter().cloned());
    let mut command = process::command(&argv, room.work.clone(), snippet.timeout);
    command.stdin = snippet.stdin.clone().into_bytes();
    for (name, value) in VARIABLES {
        command.env.insert((*name).to_owned(), (*value).to_owned());
    }
    let finished = process::run(context, command, Heard::Shown).await?;
    let artefacts = Artefacts::read(&room.work.join("out"), &snippet.wanted);
    ran(&finished, artefacts)
}

/// What every snippet finds in its environment: plots go to files, texts are UTF-8, and nothing is
/// written beside the sources.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("MPLBACKEND", "Agg"),
    ("PYTHONIOENCODING", "utf-8"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUNBUFFERED", "1"),
];

fn ran(finished: &Finished, artefacts: Artefacts) -> Result<Ran> {
    let outcome = Outcome::of(finished.exit).ok_or_else(|| {
        Failure::new(
            FailureKind::Retryable,
            "the snippet was not wanted any more",
        )
    })?;
    let ending = Ending::of(finished.exit);
    let mut notes = Vec::new();
    for (stream, name) in [(&finished.stdout, "output"), (&finished.stderr, "errors")] {
        if stream.dropped > 0 && stream.whole.is_empty() {
            notes.push(format!(
                "{} bytes from the middle of its {name} are not kept.",
                stream.dropped
            ));
        }
    }
    let whole = |stream: &venom_ports::exec::Captured| {
        let mut bytes = stream.head.clone();
        bytes.extend_from_slice(&stream.tail);
        Stream {
            bytes,
            whole: stream.whole.clone(),
            is_cut: stream.dropped > 0 && stream.whole.is_empty(),
        }
    };
    Ok(Ran {
        outcome,
        code: ending.code(),
        signal: ending.signal(),
        stdout: whole(&finished.stdout),
        stderr: whole(&finished.stderr),
        value: None,
        exception: None,
        artefacts,
        session: None,
        notes,
    })
}

/// Compiles a snippet of Rust; what came of it if there is no program.
async fn compile(room: &Room, program: &Path, context: &SkillContext) -> Result<Option<Ran>> {
    let argv = [
        "rustc",
        "--edition",
        "2021",
        "--crate-name",
        "snippet",
        "-C",
        "debuginfo=0",
        "-o",
        &program.to_string_lossy(),
        &room.source,
    ]
    .map(str::to_owned);
    let command: Command = process::command(&argv, room.work.clone(), COMPILING);
    let finished = process::run(context, command, Heard::Kept).await?;
    if finished.exit == Exit::Code(0) {
        return Ok(None);
    }
    let mut ran = ran(&finished, Artefacts::default())?;
    if ran.outcome == Outcome::Failed {
        ran.outcome = Outcome::DoesNotCompile;
    }
    ran.notes
        .push("It is the compiler that was stopped or said no.".to_owned());
    Ok(Some(ran))
}

/// The folder of a snippet: it works in `work`, beside its source.
struct Room {
    work: PathBuf,
    source: String,
}

impl Room {
    fn make(snippet: &Snippet, context: &SkillContext) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("the folder of the snippet cannot be made: {error}"),
            )
            .with_hint("see that the data folder is writable and the disk is not full")
        };
        let work = context.scratch.join("work");
        std::fs::create_dir_all(work.join("out")).map_err(failed)?;
        for input in &snippet.inputs {
            // The sandbox shows the workspace at its own path, without what is hidden.
            symlink(process::folder(context, input), work.join(input.name())).map_err(failed)?;
        }
        let source = match &snippet.origin {
            Origin::File(file) => process::folder(context, file),
            Origin::Text(text) => {
                let file = context.scratch.join(file_name(snippet.language, text));
                std::fs::write(&file, text).map_err(failed)?;
                file
            }
        };
        Ok(Self {
            work,
            source: source.to_string_lossy().into_owned(),
        })
    }
}

/// The name of the file that a snippet is written to. Node tells modules from scripts by it.
fn file_name(language: Language, text: &str) -> &'static str {
    match language {
        Language::Python => "snippet.py",
        Language::Shell => "snippet.sh",
        Language::Rust => "snippet.rs",
        Language::JavaScript => {
            let is_module = text.lines().any(|line| {
                [
                    "import ", "import{", "import\"", "import'", "export ", "await ",
                ]
                .iter()
                .any(|start| line.starts_with(start))
            });
            if is_module {
                "snippet.mjs"
            } else {
                "snippet.cjs"
            }
        }
    }
}
