//! `venom doctor`: whether everything that VENOM needs is there and in order; and bringing damaged data
//! back to what can be proven of it.

mod repair;

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;

use clap::Args;
use serde_json::json;
use venom_exec::process::ProcessExecutor;
use venom_kernel::id::Seq;
use venom_ports::FailureKind;
use venom_ports::api::playbooks::Playbooks as _;
use venom_ports::api::runs::Runs as _;
use venom_ports::exec::Executor as _;
use venom_store::keys::Mode;

use super::context::Context;
use crate::config::key::Key;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire;

/// Check that everything is there and in order
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Bring damaged data back to what can be proven of it. Damaged files are put aside, and what is
    /// lost is listed
    #[arg(long)]
    repair: bool,
}

/// Programs that skills use, and what for.
const PROGRAMS: &[(&str, &str)] = &[
    ("git", "commits, diffs and history"),
    ("python3", "tests and builds of Python projects"),
    ("cargo", "tests and builds of Rust projects"),
    ("node", "tests and builds of JavaScript projects"),
    ("go", "tests and builds of Go projects"),
    ("make", "tests and builds with a Makefile"),
];

/// Less free space than this is a fault. Chosen: the log, its write-ahead file and the contents of a
/// few edits fit well into it.
const LITTLE_SPACE_MIB: u64 = 64;

/// Damaged places that are listed. Chosen: a page.
const LISTED: usize = 40;

/// Writes and flushes a file, as a full disk takes a new name and refuses the bytes.
fn writes(folder: &std::path::Path) -> std::io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&vec![0; 64 << 10])?;
    file.sync_all()
}

/// How one thing stands.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    Good,
    Note,
    Bad,
    /// Stored data is not what was written.
    Damaged,
}

#[derive(serde::Serialize)]
struct Finding {
    what: String,
    grade: Grade,
    says: String,
}

fn finding(what: &str, grade: Grade, says: impl Into<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        grade,
        says: says.into(),
    }
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> CliResult {
    if args.repair {
        return repair::run(context);
    }
    Ok(examine(context))
}

fn examine(context: &Context) -> Exit {
    let mut findings = vec![finding("version", Grade::Good, wire::VERSION)];
    findings.extend(config(context));
    findings.extend(data_folder(context));
    let programs = ProcessExecutor::new(wire::commands(&context.env));
    for (program, purpose) in PROGRAMS {
        findings.push(match programs.find(program) {
            Some(path) => finding(program, Grade::Good, path.display().to_string()),
            None => finding(
                program,
                Grade::Note,
                format!("not found; {purpose} need it"),
            ),
        });
    }
    let asked = context.with_commands(async |wired| {
        findings.push(match wired.sandbox.probe().await {
            Ok(probe) => match probe.best {
                Some(best) => finding(
                    "sandbox",
                    Grade::Good,
                    format!("{best} tier; `venom sandbox doctor` says more"),
                ),
                None => finding(
                    "sandbox",
                    Grade::Bad,
                    "commands cannot be confined here; `venom sandbox doctor` says why",
                ),
            },
            Err(failure) => finding("sandbox", Grade::Bad, failure.message),
        });
        findings.extend(encryption(wired));
        findings.push(match wired.host.verify_log(None).await {
            Ok(verified) => match verified.damage {
                None => finding(
                    "log",
                    Grade::Good,
                    format!(
                        "{} events of {} runs are what was written",
                        verified.events, verified.runs
                    ),
                ),
                Some(damage) => finding("log", Grade::Damaged, format!("damaged: {}", damage.what)),
            },
            Err(error) => finding("log", Grade::Bad, error.to_string()),
        });
        findings.push(memory(wired).await);
        findings.extend(keys(wired));
        findings.extend(contents(wired));
        let books = wired.host.playbook_api(&context.folder);
        let rejected = books.rejected();
        findings.push(finding(
            "playbooks",
            if rejected.is_empty() {
                Grade::Good
            } else {
                Grade::Bad
            },
            format!(
                "{} can be used, {} cannot",
                books.list().len(),
                rejected.len()
            ),
        ));
        for line in rejected.iter().flat_map(super::playbooks::lines) {
            findings.push(finding("playbook", Grade::Bad, line));
        }
        Ok(Exit::Ok)
    });
    if let Err(error) = asked {
        let hint = error
            .hint
            .map(|hint| format!("; {hint}"))
            .unwrap_or_default();
        let grade = if error.exit == Exit::Damaged {
            Grade::Damaged
        } else {
            Grade::Bad
        };
        findings.push(finding("store", grade, format!("{}{hint}", error.message)));
    }
    let is_damaged = findings
        .iter()
        .any(|finding| finding.grade == Grade::Damaged);
    let is_log = |finding: &Finding| matches!(finding.what.as_str(), "log" | "store");
    if findings
        .iter()
        .any(|finding| finding.grade == Grade::Damaged && is_log(finding))
    {
        findings.extend(repair::preview(context));
    }
    let is_bad = is_damaged || findings.iter().any(|finding| finding.grade == Grade::Bad);
    if context.out.form == Form::Text {
        for finding in &findings {
            let paint = context.out.paint;
            let mark = match finding.grade {
                Grade::Good => paint.good("✓"),
                Grade::Note => paint.warn("–"),
                Grade::Bad | Grade::Damaged => paint.bad("✗"),
            };
            context.out.data(&format!(
                "{mark} {}: {}",
                finding.what,
                clean::line(&finding.says)
            ));
        }
    } else {
        context
            .out
            .document("doctor", json!({"healthy": !is_bad, "findings": findings}));
    }
    if is_damaged {
        context
            .out
            .talk("`venom doctor --repair` brings back what can be proven and lists the rest");
        Exit::Damaged
    } else if is_bad {
        Exit::Failed
    } else {
        Exit::Ok
    }
}

/// Follows the chain of the memory's own log, and reads the words that are still there.
async fn memory(wired: &wire::Wired) -> Finding {
    const PAGE: usize = 1_000;
    let log = wired.store.memory_log();
    let read = async {
        let events = log.verify().await?;
        let mut after = Seq::ZERO;
        loop {
            let page = log.read(after, PAGE).await?;
            match page.last() {
                Some(last) => after = last.seq,
                None => return Ok(events),
            }
        }
    };
    let read: venom_ports::Result<u64> = read.await;
    match read {
        Ok(events) => finding(
            "memory log",
            Grade::Good,
            format!("{events} events of its own log are what was written"),
        ),
        Err(failure) if failure.kind == FailureKind::Corrupt => {
            finding("memory log", Grade::Damaged, failure.message)
        }
        Err(failure) => finding("memory log", Grade::Bad, failure.message),
    }
}

/// Opens the key of each run.
fn keys(wired: &wire::Wired) -> Vec<Finding> {
    match wired.store.broken_keys() {
        Err(failure) => vec![finding("keys", Grade::Bad, failure.message)],
        Ok(broken) => broken
            .iter()
            .take(LISTED)
            .map(|key| finding("keys", Grade::Damaged, key.words()))
            .collect(),
    }
}

/// Reads all contents.
fn contents(wired: &wire::Wired) -> Vec<Finding> {
    let checked = match wired.store.blobs_check() {
        Err(failure) => return vec![finding("contents", Grade::Bad, failure.message)],
        Ok(checked) => checked,
    };
    let mut findings: Vec<Finding> = checked
        .damage
        .iter()
        .take(LISTED)
        .map(|flaw| finding("contents", Grade::Damaged, repair::flaw(flaw)))
        .collect();
    if checked.is_whole() {
        findings.push(finding(
            "contents",
            Grade::Good,
            format!("{} objects are what was stored", checked.objects),
        ));
    }
    if !checked.missed.is_empty() {
        let says = repair::missing(checked.missed.len());
        findings.push(finding("contents", Grade::Bad, says));
    }
    findings
}

fn config(context: &Context) -> Vec<Finding> {
    match context.settings() {
        Err(error) => vec![finding("config", Grade::Bad, error.message)],
        Ok(settings) => Key::ALL
            .iter()
            .map(|key| {
                let (value, origin) = settings.get(*key);
                finding(key.name(), Grade::Good, format!("{value} ({origin})"))
            })
            .collect(),
    }
}

/// Says whether what is stored is encrypted, and what speaks against how.
fn encryption(wired: &wire::Wired) -> Vec<Finding> {
    let status = wired.store.protection();
    let mut findings = Vec::new();
    match (&status.mode, &status.source) {
        (Ok(Mode::Off), _) => {}
        (Ok(mode), Some(source)) => findings.push(finding(
            "encryption",
            Grade::Good,
            format!("{mode}, with the master key from {source}"),
        )),
        (Ok(mode), None) => findings.push(finding("encryption", Grade::Good, mode.name())),
        (Err(failure), _) => {
            let hint = failure.hint.as_ref().map(|hint| format!("; {hint}"));
            findings.push(finding(
                "encryption",
                Grade::Bad,
                format!("{}{}", failure.message, hint.unwrap_or_default()),
            ));
            return findings;
        }
    }
    findings.extend(
        status
            .warnings
            .into_iter()
            .map(|warning| finding("encryption", Grade::Note, warning)),
    );
    findings
}

fn data_folder(context: &Context) -> Vec<Finding> {
    let paths = match context.paths() {
        Ok(paths) => paths,
        Err(error) => return vec![finding("data folder", Grade::Bad, error.message)],
    };
    let data = paths.data();
    let shown = data.display().to_string();
    let Ok(metadata) = std::fs::metadata(&data) else {
        return vec![finding(
            "data folder",
            Grade::Good,
            format!("{shown} (made at the first run)"),
        )];
    };
    let mut findings = Vec::new();
    findings.push(match writes(&data) {
        Ok(()) => finding(
            "data folder",
            Grade::Good,
            format!("{shown} can be written"),
        ),
        Err(error) => finding(
            "data folder",
            Grade::Bad,
            format!("{shown} cannot be written: {error}"),
        ),
    });
    if let Ok(space) = rustix::fs::statvfs(&data) {
        let free = space.f_bavail.saturating_mul(space.f_frsize) >> 20;
        findings.push(if free < LITTLE_SPACE_MIB {
            finding(
                "disk",
                Grade::Bad,
                format!("{free} MiB are free at {shown}; free at least {LITTLE_SPACE_MIB} MiB"),
            )
        } else {
            finding("disk", Grade::Good, format!("{free} MiB are free"))
        });
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.push(finding(
            "data folder",
            Grade::Note,
            format!("others may look into it (mode {mode:o}); `chmod 700 {shown}`"),
        ));
    }
    findings
}
