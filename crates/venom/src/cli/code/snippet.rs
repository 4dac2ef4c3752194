//! `venom code run`: a snippet from a file or the standard input, run in the sandbox.
//!
//! The command brings a playbook of its own with the one step that runs the snippet, so that the run
//! is planned, asked about, logged and shown like any other.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;
use venom_ports::api::playbooks::{Origin, Source};
use venom_ports::api::runs::Runs as _;

use super::super::context::Context;
use super::super::goal::How;
use super::super::run::{Wish, begin};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::wire::Wired;

/// The longest snippet. Chosen: a playbook has at most 256 KiB, and each character of the snippet may
/// take two there.
const LONGEST: u64 = 100 << 10;

/// How the playbook is called, and what means it.
const NAME: &str = "snippet-of-this-command";
const GOAL: &str = "run the snippet of this command";

/// Run a snippet of Python, JavaScript, shell or Rust
///
/// The snippet runs in the sandbox: it reads the workspace, has a folder of its own with the files
/// named by `--with` in it, and leaves in `out` what is to be kept.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The file with the snippet; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Its language: python, javascript, shell or rust; the file's name says it too
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// A file or folder of the workspace that the snippet finds in its own folder
    #[arg(long = "with", value_name = "PATH")]
    with: Vec<PathBuf>,
    /// Write what the snippet leaves in `out` to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The longest time in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: Option<u64>,
    /// Arguments of the snippet
    #[arg(last = true, value_name = "ARG")]
    args: Vec<OsString>,
    /// Work in this folder instead of the current one
    #[arg(long, short = 'C', value_name = "DIR")]
    pub(super) workspace: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &RunArgs) -> CliResult {
    let source = read(context, &args.file)?;
    let language = language(args)?;
    let mut params = json!({"language": language, "source": source});
    let here = std::path::absolute(&context.folder).unwrap_or_else(|_| context.folder.clone());
    let inputs: Vec<String> = args
        .with
        .iter()
        .map(|path| within(context, &here, path))
        .collect::<Result<_, _>>()?;
    let words: Vec<String> = args
        .args
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(params) = params.as_object_mut() {
        if !inputs.is_empty() {
            params.insert("inputs".to_owned(), json!(inputs));
        }
        if !words.is_empty() {
            params.insert("args".to_owned(), json!(words));
        }
        if let Some(timeout) = args.timeout {
            params.insert("timeout".to_owned(), json!(timeout));
        }
    }
    context.add_book(Source {
        origin: Origin::User,
        path: "the command line".to_owned(),
        text: book(language, &escaped(&params)),
    });
    let how = How::saying(GOAL.to_owned(), args.workspace.clone());
    begin(context, &how, Wish::Do, async |wired, run, _| {
        match &args.out {
            Some(folder) => keep(context, wired, run, folder).await,
            None => Ok(()),
        }
    })
}

fn read(context: &Context, file: &Path) -> Result<String, CliError> {
    use std::io::IsTerminal as _;
    let bad = |why: String| CliError::usage(why).code("bad-snippet");
    let mut bytes = Vec::new();
    let done = if file.as_os_str() == "-" {
        if std::io::stdin().is_terminal() {
            context
                .out
                .talk("Type the snippet, then press Ctrl-D on a line of its own.");
        }
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(super::super::context::absolute(&context.env, file))
            .and_then(|opened| opened.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    done.map_err(|error| {
        bad(format!("cannot read {}: {error}", file.display()))
            .hint("name a file that can be read, or `-` for standard input")
    })?;
    if bytes.len() as u64 > LONGEST {
        return Err(
            bad(format!("the snippet has more than {} KiB", LONGEST >> 10))
                .hint("put the program into the workspace and run it with a short snippet"),
        );
    }
    let text = String::from_utf8(bytes)
        .map_err(|_no_text| bad("the snippet is no UTF-8 text".to_owned()))?;
    if text.trim().is_empty() {
        return Err(bad("the snippet is empty".to_owned())
            .hint("for example `echo 'print(1)' | venom code run --lang python`"));
    }
    if text.contains('\0') {
        return Err(bad("the snippet holds a NUL character".to_owned()));
    }
    Ok(text)
}

/// The language that is said, or that the name of the file says.
fn language(args: &RunArgs) -> Result<&'static str, CliError> {
    let end = args.file.extension().and_then(|end| end.to_str());
    let said = args.lang.as_deref().or(end);
    match said.map(str::to_ascii_lowercase).as_deref() {
        Some("python" | "python3" | "py" | "pyw") => Ok("python"),
        Some("javascript" | "js" | "mjs" | "cjs" | "node") => Ok("javascript"),
        Some("shell" | "sh" | "bash") => Ok("shell"),
        Some("rust" | "rs") => Ok("rust"),
        Some(other) => Err(CliError::usage(format!(
            "snippets in `{}` cannot be run",
            crate::output::clean::line(other)
        ))
        .code("bad-snippet")
        .hint("the languages are python, javascript, shell and rust")),
        None => Err(
            CliError::usage("nothing says which language the snippet is in")
                .code("bad-snippet")
                .hint("say it with `--lang python`, or javascript, shell or rust"),
        ),
    }
}

/// The path of an input in the workspace.
fn within(context: &Context, here: &Path, path: &Path) -> Result<String, CliError> {
    let whole = super::super::context::absolute(&context.env, path);
    let outside = || {
        CliError::usage(format!(
            "{} is not inside of the folder that is worked in",
            path.display()
        ))
        .code("bad-snippet")
        .hint("copy it there, or work in a folder that holds it with `-C`")
    };
    // Links are followed here: what counts is where it lies.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let inner = real(&whole);
    let inner = inner
        .strip_prefix(real(here))
        .map_err(|_elsewhere| outside())?;
    let parts: Option<Vec<&str>> = inner
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts.map(|parts| parts.join("/")).ok_or_else(outside)
}

/// Keeps what looks like a reference in a snippet from being one.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${", "$${")),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), escaped(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The playbook, in JSON, which is YAML too.
fn book(language: &str, params: &Value) -> String {
    json!({
        "venom": 1,
        "name": NAME,
        "title": format!("Run a {language} snippet"),
        "summary": "Runs the snippet that the command line gives.",
        "utterances": [GOAL],
        "steps": [{
            "id": "run",
            "title": format!("Run a {language} snippet"),
            "skill": "code",
            "action": "run",
            "params": params,
            "effect": "reversible",
            "verify": [{"check": "exit-zero"}],
        }],
    })
    .to_string()
}

/// Writes what a snippet left to a folder, also what one that failed had left by then.
async fn keep(context: &Context, wired: &Wired, run: RunId, folder: &Path) -> Result<(), CliError> {
    let state = wired.host.state(run, None).await?;
    let found = state
        .steps()
        .find(|(step, state)| step.action == "run" && state.status.is_final());
    let Some((_, found)) = found else {
        return Ok(());
    };
    let result = wired.host.value(&found.result).await?;
    let empty = Vec::new();
    let artefacts = result
        .get("artefacts")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    let folder = super::super::context::absolute(&context.env, folder);
    let failed = |place: &Path, error: std::io::Error| {
        CliError::usage(format!("cannot write {}: {error}", place.display()))
            .code("cannot-write")
            .hint("name a folder that takes files")
    };
    std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    for artefact in artefacts {
        let text = |key: &str| {
            artefact
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        // The path was made by the snippet: nothing in it may lead out of the folder.
        let name = Path::new(text("name"));
        let is_inner = name
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let id: BlobId = serde_json::from_value(json!(text("blob"))).map_err(|error| {
            CliError::new(
                Exit::Failed,
                format!("`{}` cannot be found: {error}", text("blob")),
            )
        })?;
        if !is_inner || name.as_os_str().is_empty() {
            context.out.warning(&format!(
                "`{}` is not written: its path leads out of the folder",
                crate::output::clean::line(text("name"))
            ));
            continue;
        }
        let bytes = wired.host.blob(&id).await?;
        let place = folder.join(name);
        let above = place.parent().unwrap_or(&folder);
        std::fs::create_dir_all(above).map_err(|error| failed(above, error))?;
        // A link that lies there is replaced and not followed.
        let mut part =
            tempfile::NamedTempFile::new_in(above).map_err(|error| failed(&place, error))?;
        part.write_all(&bytes)
            .map_err(|error| failed(&place, error))?;
        part.persist(&place)
            .map_err(|error| failed(&place, error.error))?;
    }
    context.out.talk(&format!(
        "{} written to {}",
        match artefacts.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        },
        folder.display()
    ));
    Ok(())
}
