//! `venom memory export` and `venom memory import`: episodes as lines of JSON.
//!
//! A line is an object with `text` and, if they are known, `id`, `time`, `speaker`, `thread`, `trust` and
//! `pinned`. Fields that only an export knows are passed over by an import.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::json;
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Note, Taken};

use super::{moment, show};
use crate::cli::context::{Context, absolute};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::reach::Reach;

/// Episodes that are read or added at once.
const PAGE: usize = 2_000;
/// The longest line, in bytes. Chosen: a hundred times the longest text of an episode.
const LINE: u64 = 1 << 20;

/// Write all episodes as lines of JSON
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The file, which must not be there yet; `-` for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Take episodes in that are lines of JSON; what is there already stays as it is
///
/// Each line is an object with `text`, and perhaps `time`, `speaker`, `thread`, `trust`, `pinned` and `id`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Vouch for the words; otherwise they count as untrusted, whatever the file says
    #[arg(long)]
    trust: bool,
}

#[derive(Debug, Deserialize)]
struct Line {
    text: String,
    id: Option<EpisodeId>,
    time: Option<String>,
    speaker: Option<String>,
    thread: Option<String>,
    trust: Option<Trust>,
    #[serde(default)]
    pinned: bool,
}

pub(super) async fn export(context: &Context, reach: &dyn Reach, args: &ExportArgs) -> CliResult {
    let episodes = reach.episodes();
    let now = super::now(reach);
    let is_output = args.file == Path::new("-");
    let mut sink: Box<dyn Write> = if is_output {
        Box::new(context.out.sink())
    } else {
        Box::new(BufWriter::new(create(&absolute(&context.env, &args.file))?))
    };
    let failed = |error: std::io::Error| {
        CliError::new(Exit::Failed, format!("cannot write the episodes: {error}"))
            .hint("free some space, or name another file")
    };
    let (mut after, mut count) = (0, 0_u64);
    loop {
        let page = episodes.page(after, PAGE, now).await?;
        let Some((last, _)) = page.last() else {
            break;
        };
        after = *last;
        for (_, known) in &page {
            writeln!(sink, "{}", show::document(known)).map_err(failed)?;
            count += 1;
        }
    }
    sink.flush().map_err(failed)?;
    if is_output {
        return Ok(Exit::Ok);
    }
    if context.out.form != Form::Text {
        context
            .out
            .document("memory-export", json!({ "episodes": count }));
    } else {
        context.out.talk(&format!("wrote {count} episodes"));
    }
    Ok(Exit::Ok)
}

/// Makes a file for the user alone.
fn create(path: &Path) -> Result<File, CliError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| {
            CliError::new(
                Exit::Failed,
                format!(
                    "cannot create {}: {error}",
                    clean::line(&path.to_string_lossy())
                ),
            )
            .hint("name a file that is not there yet, in a folder that can be written")
        })
}

/// What became of the lines.
#[derive(Debug, Default)]
struct Counts {
    added: u64,
    known: u64,
    forgotten: u64,
    empty: u64,
}

impl Counts {
    fn count(&mut self, taken: &[Taken]) {
        for taken in taken {
            match taken {
                Taken::Added(_) => self.added += 1,
                Taken::Known(_) => self.known += 1,
                Taken::Forgotten(_) => self.forgotten += 1,
                Taken::Empty => self.empty += 1,
            }
        }
    }
}

pub(super) async fn import(context: &Context, reach: &dyn Reach, args: &ImportArgs) -> CliResult {
    let source: Box<dyn Read> = if args.file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let path = absolute(&context.env, &args.file);
        Box::new(File::open(&path).map_err(|error| {
            CliError::usage(format!(
                "cannot open {}: {error}",
                clean::line(&path.to_string_lossy())
            ))
            .code("no-such-file")
        })?)
    };
    let mut reader = BufReader::new(source);
    let redactor = Redactor::new(context.env.secrets());
    let by = context.user();
    let now = super::now(reach);
    let mut counts = Counts::default();
    let mut notes = Vec::new();
    let mut number = 0_u64;
    loop {
        number += 1;
        let line = line(&mut reader, number)?;
        let is_last = line.is_none();
        if let Some(line) = line
            && !line.trim().is_empty()
        {
            notes.push(note(&line, number, args.trust, &redactor, now)?);
        }
        if notes.len() >= PAGE || (is_last && !notes.is_empty()) {
            let notes = std::mem::take(&mut notes);
            counts.count(&reach.episodes().add(notes, &by, now).await?);
        }
        if is_last {
            break;
        }
    }
    if context.out.form != Form::Text {
        context.out.document(
            "memory-import",
            json!({
                "added": counts.added,
                "known": counts.known,
                "forgotten": counts.forgotten,
                "empty": counts.empty,
            }),
        );
        return Ok(Exit::Ok);
    }
    let mut said = vec![format!("added {} episodes", counts.added)];
    for (count, word) in [
        (counts.known, "were there already"),
        (counts.forgotten, "were forgotten on purpose and stay so"),
        (counts.empty, "say nothing"),
    ] {
        if count > 0 {
            said.push(format!("{count} {word}"));
        }
    }
    context.out.talk(&said.join(", "));
    Ok(Exit::Ok)
}

/// Reads a line of bounded length; `None` at the end.
fn line(reader: &mut impl BufRead, number: u64) -> Result<Option<String>, CliError> {
    let mut bytes = Vec::new();
    let read = reader
        .by_ref()
        .take(LINE + 1)
        .read_until(b'\n', &mut bytes)
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot read line {number}: {error}"))
        })?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 > LINE {
        return Err(bad(number, "it is longer than a megabyte"));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn bad(number: u64, why: &str) -> CliError {
    CliError::usage(format!("line {number} cannot be taken in: {why}"))
        .code("bad-line")
        .hint("each line is a JSON object with a `text`; what was added before this line stays, and is passed over the next time")
}

fn note(
    line: &str,
    number: u64,
    is_trusted: bool,
    redactor: &Redactor,
    now: Timestamp,
) -> Result<Note, CliError> {
    let line: Line = serde_json::from_str(line)
        .map_err(|error| bad(number, &clean::short(&error.to_string(), 200)))?;
    let time = match &line.time {
        Some(text) => moment::read(text).map_err(|error| bad(number, &error.message))?,
        None => now,
    };
    let trust = match (is_trusted, line.trust) {
        (true, said) => said.unwrap_or(Trust::User),
        (false, _) => Trust::Untrusted,
    };
    Ok(Note {
        id: line.id,
        time,
        speaker: line.speaker.unwrap_or_else(|| "import".to_owned()),
        text: redactor.redact(&line.text),
        thread: line.thread,
        trust,
        is_pinned: line.pinned,
    })
}
