//! `venom export`: a run in one file.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use venom_kernel::id::Seq;
use venom_kernel::redact::Redactor;
use venom_ports::Failure;
use venom_ports::api::archive::{Contents, Exported, Place, Redaction};
use venom_ports::api::time::Moment;

use super::context::{Context, absolute};
use super::point::{PointArgs, event_number};
use super::verify;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

/// Write a run into one file that anybody can check: its log, seals, texts, edits and files
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    point: PointArgs,
    /// The file; standard output if none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, requires = "output")]
    force: bool,
    /// Leave the files of snapshots out
    #[arg(long)]
    no_files: bool,
    /// Leave everything but the events out
    #[arg(long)]
    no_blobs: bool,
    #[command(flatten)]
    cut: CutArgs,
    /// Whether known secrets and what looks like a credential are taken out
    #[arg(long, value_enum, value_name = "WHETHER", default_value = "yes")]
    redact_secrets: Whether,
}

/// What is to be taken out.
#[derive(Debug, Args)]
pub(super) struct CutArgs {
    /// Take out each value and blob that holds this text; can be given more than once
    #[arg(long, value_name = "TEXT")]
    redact: Vec<String>,
    /// Take out a value of an event, such as `12.data.answer`, or an event whole
    #[arg(long, value_name = "SEQ[.FIELD]")]
    redact_event: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Whether {
    /// They are
    Yes,
    /// They are not
    No,
}

impl CutArgs {
    /// Returns what is to be taken out, without credentials.
    pub(super) fn redaction(&self) -> Result<Redaction, CliError> {
        let places = self.redact_event.iter().map(|text| {
            let (number, field) = text.split_once('.').unwrap_or((text, ""));
            event_number(number)
                .map(|number| Place {
                    seq: Seq::new(number),
                    field: field.to_owned(),
                })
                .ok_or_else(|| {
                    CliError::usage(format!(
                        "`{}` names no value: it is the number of an event, and a dot and the field behind it",
                        clean::short(text, 80)
                    ))
                    .hint("see the fields with `venom log RUN --jsonl`")
                })
        });
        Ok(Redaction {
            texts: self.redact.clone(),
            places: places.collect::<Result<_, _>>()?,
            credentials: None,
        })
    }
}

pub(super) fn run(context: &Context, args: &ExportArgs) -> CliResult {
    let mut redaction = args.cut.redaction()?;
    if args.output.is_none() {
        if context.out.form == Form::Json {
            return Err(CliError::usage(
                "the archive itself goes to standard output; name a file with `--output` to have a document there",
            ));
        }
        if std::io::stdout().is_terminal() {
            return Err(CliError::usage("an archive is no text for a terminal")
                .hint("venom export RUN > run.venom"));
        }
    }
    context.with_engine(async |wired| {
        let (run, at) = args.point.find(wired).await?;
        let contents = match (args.no_blobs, args.no_files) {
            (true, _) => Contents::NoBlobs,
            (false, true) => Contents::NoFiles,
            (false, false) => Contents::All,
        };
        if args.redact_secrets == Whether::Yes {
            redaction.credentials = Some(secrets(context, wired)?);
        }
        let archives = wired.archives(&context.paths()?)?;
        let write =
            |sink: &mut dyn Write| archives.export(&Moment { run, at }, contents, &redaction, sink);
        let exported = if let Some(file) = &args.output {
            to_file(&absolute(&context.env, file), args.force, write)?
        } else {
            let mut sink = BufWriter::with_capacity(1 << 16, context.out.sink());
            write(&mut sink)?
        };
        say(context, &exported, args.output.as_deref());
        Ok(Exit::Ok)
    })
}

/// Gathers the secrets that are known.
fn secrets(context: &Context, wired: &Wired) -> Result<Redactor, CliError> {
    let mut known = context.env.secrets();
    let hinted = |failure: Failure| {
        CliError::from(failure)
            .hint("the archive could hold it; `--redact-secrets no` exports without looking")
    };
    for info in wired.secrets.list().map_err(hinted)? {
        // Also what a variable hides: it may stand in a run from before.
        let values = wired.secrets.values(&info.name).map_err(hinted)?;
        if values.is_empty() {
            context.out.warning(&format!(
                "the secret `{}` has no value now and is not looked for",
                clean::short(&info.name, 80)
            ));
        }
        known.extend(
            values
                .iter()
                .map(|value| String::from_utf8_lossy(value).into_owned()),
        );
    }
    Ok(Redactor::new(known))
}

/// Writes a file that is there whole or not at all.
pub(super) fn to_file<T>(
    path: &Path,
    is_forced: bool,
    write: impl FnOnce(&mut dyn Write) -> venom_ports::Result<T>,
) -> Result<T, CliError> {
    let failed = |error: &std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot write {}: {error}", path.display()),
        )
    };
    if !is_forced && path.symlink_metadata().is_ok() {
        return Err(
            CliError::usage(format!("{} is there already", path.display()))
                .hint("`--force` writes over it"),
        );
    }
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(CliError::usage(format!("{} is no file", path.display()))
            .hint("without `--output` the archive goes to standard output"));
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let written = {
        let mut sink = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        write(&mut sink)?
    };
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    if is_forced {
        file.persist(path).map_err(|error| failed(&error.error))?;
    } else {
        file.persist_noclobber(path)
            .map_err(|error| failed(&error.error))?;
    }
    Ok(written)
}

fn say(context: &Context, exported: &Exported, file: Option<&Path>) {
    if context.out.form != Form::Text {
        context
            .out
            .document("export", json!({ "file": file, "archive": exported }));
        return;
    }
    let head = &exported.head;
    context.out.talk(&format!(
        "exported {}: {} events, {} of them under seals, {} blobs, {} bytes ({})",
        head.run,
        head.events,
        exported.sealed,
        exported.blobs,
        exported.bytes,
        head.contents.words()
    ));
    context.out.talk(&format!("root {}", exported.root));
    if !head.finished {
        context.out.talk(
            "the run has not ended: what is in the archive is what was committed when it was made",
        );
    }
    match &exported.signed {
        Some(key) => context.out.talk(&format!("signed by ed25519:{key}")),
        None => context.out.talk(
            "nobody signed it: it proves that it is whole, and not who made it; `venom keys signing create` makes a key",
        ),
    }
    for line in verify::lacks(&exported.lacks) {
        context.out.warning(&line);
    }
}
