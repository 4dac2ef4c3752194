//! Reads the text of `cargo test`.
//!
//! Cargo announces each test binary on standard error; the binaries write their results to standard output. Both go on
//! in the same order, so the announcements are dealt out to the blocks of results. Cargo runs all binaries before the
//! first documentation test, and documentation tests name their file, so they need no announcement.

mod block;

use std::collections::{BTreeMap, VecDeque};

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, text};
use block::{Block, Outcome};

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let stdout = text::plain(output.stdout);
    let stderr = text::plain(output.stderr);
    let mut announced: VecDeque<String> = stderr.lines().filter_map(binary_of).collect();
    let is_joined = announced.is_empty();
    let blocks = blocks(&stdout, is_joined);
    let is_documentation = |line: &&str| line.trim_start().starts_with("Doc-tests ");
    // Merged documentation tests may come in more blocks than one.
    let least = announced.len() + stderr.lines().filter(is_documentation).count();
    let lacks_blocks = blocks.len() < least;
    let failed_blocks = blocks
        .iter()
        .filter(|(_, block)| block.has_failed())
        .count();
    if blocks.is_empty() {
        let said = if is_joined && stderr.trim().is_empty() {
            &stdout
        } else {
            &stderr
        };
        if let Some(error) = build_error(said) {
            return Err(ParseError::DidNotBuild { message: error });
        }
        if output.exit_code != Some(0) && announced.is_empty() {
            return Err(ParseError::NoReport {
                runner: Runner::CargoTest,
                message: text::message(said),
            });
        }
    }

    let mut draft = Draft::new(Runner::CargoTest);
    let mut deaths: VecDeque<&str> = stderr
        .lines()
        .filter(|line| is_death(line))
        .map(str::trim)
        .collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut collected = 0_u32;
    for (inline_name, block) in blocks {
        collected = collected.saturating_add(block.announced);
        if block.is_documentation() {
            read_documentation(&mut draft, &block);
        } else {
            let name = inline_name.or_else(|| announced.pop_front());
            // Documentation tests of a crate without any are an empty block for which no binary is left.
            if name.is_none() && block.outcomes.is_empty() && block.announced == 0 {
                continue;
            }
            // Two packages of a workspace may each have a `tests/it.rs`; cargo does not say whose it is.
            let name = name.unwrap_or_else(|| "test".to_owned());
            let count = seen.entry(name.clone()).or_insert(0);
            *count += 1;
            let name = if *count > 1 {
                format!("{name}#{count}")
            } else {
                name
            };
            read_binary(&mut draft, &name, &block);
            if block.totals.is_none() {
                name_the_dead(&mut draft, &name, &block, deaths.pop_front());
            }
        }
        check_totals(&mut draft, &block);
    }
    // Cargo names each set that failed, however many blocks it printed.
    let named_failures = stderr
        .lines()
        .filter(|line| line.starts_with("error: ") && line.contains("failed, to rerun pass"))
        .count();
    if lacks_blocks || failed_blocks < named_failures {
        draft.doubt(&format!(
            "cargo announced {least} sets of tests and not all of them printed results"
        ));
    }
    draft.collect(Some(collected));
    Ok(draft.finish(output.exit_code))
}

/// Splits standard output into blocks, each with the announcement before it if the streams were joined.
fn blocks(stdout: &str, is_joined: bool) -> Vec<(Option<String>, Block)> {
    let mut blocks: Vec<(Option<String>, Block)> = Vec::new();
    let mut announced = None;
    let mut is_open = false;
    for line in stdout.lines() {
        if let Some(count) = running(line) {
            blocks.push((announced.take(), Block::new(count)));
            is_open = true;
        } else if is_joined && let Some(name) = binary_of(line) {
            announced = Some(name);
            is_open = false;
        } else if is_open && let Some((_, block)) = blocks.last_mut() {
            is_open = block.take_line(line);
        }
    }
    for (_, block) in &mut blocks {
        block.close();
    }
    blocks
}

/// Reads `running 3 tests`.
fn running(line: &str) -> Option<u32> {
    let count = line.strip_prefix("running ")?;
    let number = count
        .strip_suffix(" tests")
        .or_else(|| count.strip_suffix(" test"))?;
    number.parse().ok()
}

/// Reads `     Running unittests src/lib.rs (target/debug/deps/shapes-8dbf0753c22d4c02)` and makes a name of it that
/// holds no hash: `shapes`, `bin/shapes`, `test/it`, `example/demo` or `bench/speed`.
fn binary_of(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("Running ")?;
    let (source, binary) = rest.strip_suffix(')')?.rsplit_once(" (")?;
    let file = binary.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    let (stem, hash) = file.rsplit_once('-')?;
    if hash.len() != 16 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let source = source.replace('\\', "/");
    let kind = match source.strip_prefix("unittests ") {
        Some(path) if path.ends_with("main.rs") || path.contains("/bin/") => "bin/",
        Some(path) if path.starts_with("examples/") || path.contains("/examples/") => "example/",
        Some(_) => "",
        None if source.starts_with("benches/") || source.contains("/benches/") => "bench/",
        None => "test/",
    };
    Some(format!("{kind}{stem}"))
}

/// What the compiler or cargo itself objected to, from the first error on.
pub(super) fn build_error(said: &str) -> Option<String> {
    let mut offset = 0;
    for line in said.split_inclusive('\n') {
        if line.starts_with("error:") || line.starts_with("error[") {
            // A missing subcommand or an unknown flag says nothing about the project.
            if line.contains("no such command") || line.contains("unexpected argument") {
                return None;
            }
            return said.get(offset..).map(text::message);
        }
        offset += line.len();
    }
    None
}

fn is_death(line: &str) -> bool {
    line.trim_start()
        .starts_with("process didn't exit successfully")
}

fn read_binary(draft: &mut Draft, binary: &str, block: &Block) {
    for outcome in block.settled() {
        let message = block.message_of(outcome);
        draft.add(
            &format!("{binary} {}", outcome.name),
            outcome.status,
            message,
        );
    }
}

/// Documentation tests are named by line. The line moves with every edit above it, so it is replaced by a number among
/// the examples of the same item.
fn read_documentation(draft: &mut Draft, block: &Block) {
    let mut outcomes: Vec<(&str, u32, &Outcome)> = Vec::new();
    for outcome in block.settled() {
        let (item, line) = outcome
            .name
            .rsplit_once(" (line ")
            .unwrap_or((&outcome.name, ""));
        outcomes.push((item, text::leading_number(line).unwrap_or(0), outcome));
    }
    outcomes.sort_by_key(|(item, line, _)| (*item, *line));
    for (item, _, outcome) in outcomes {
        draft.add(
            &format!("doc {item}"),
            outcome.status,
            block.message_of(outcome),
        );
    }
}

/// A binary that died takes the verdicts of its running tests with it. With one thread the last name is the culprit's;
/// otherwise only the binary itself can be blamed.
fn name_the_dead(draft: &mut Draft, binary: &str, block: &Block, death: Option<&str>) {
    let name = match &block.pending {
        Some(test) => format!("{binary} {test}"),
        None => binary.to_owned(),
    };
    let message = death.unwrap_or("the test binary ended before its summary");
    draft.merge(&name, CaseStatus::Errored, text::some_message(message));
    draft.doubt(&format!(
        "the test binary {binary} ended before its summary"
    ));
}

fn check_totals(draft: &mut Draft, block: &Block) {
    let Some(totals) = &block.totals else {
        draft.doubt("a block of tests has no summary");
        return;
    };
    let count = |status: CaseStatus| {
        block
            .settled()
            .filter(|outcome| outcome.status == status)
            .count()
    };
    draft.reconcile("passed tests", totals.passed, count(CaseStatus::Passed));
    draft.reconcile("failed tests", totals.failed, count(CaseStatus::Failed));
    draft.reconcile("ignored tests", totals.ignored, count(CaseStatus::Skipped));
}
