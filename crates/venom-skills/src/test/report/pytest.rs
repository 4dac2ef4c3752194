//! Reads pytest: its JUnit XML (`junit_family=xunit2`), and the `-v` lines of a run that died before writing it.

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, junit, text};

/// The words that end a `-v` line, with the verdicts they stand for.
const WORDS: [(&str, CaseStatus); 6] = [
    (" PASSED", CaseStatus::Passed),
    (" FAILED", CaseStatus::Failed),
    (" ERROR", CaseStatus::Errored),
    (" SKIPPED", CaseStatus::Skipped),
    (" XFAIL", CaseStatus::Skipped),
    (" XPASS", CaseStatus::Passed),
];

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let stdout = text::plain(output.stdout);
    let mut draft = Draft::new(Runner::Pytest);
    draft.collect(collected(&stdout));
    let written = output
        .report_file
        .filter(|report| !report.trim().is_empty());
    if let Some(report) = written {
        read_xml(&mut draft, report)?;
    } else if stdout.contains("test session starts") {
        draft.doubt("pytest ended without writing its report");
        read_lines(&mut draft, &stdout);
    } else {
        let said = if output.stderr.trim().is_empty() {
            &*stdout
        } else {
            output.stderr
        };
        return Err(ParseError::NoReport {
            runner: Runner::Pytest,
            message: text::message(said),
        });
    }
    // Exit codes of pytest: 0 all passed, 1 some failed, 2 interrupted, 3 internal error, 4 usage, 5 nothing collected.
    // A test may end the session with a code of its own.
    match output.exit_code {
        None | Some(0 | 1 | 5) => {}
        Some(2) => draft.doubt("pytest was interrupted"),
        Some(code) => draft.doubt(&format!("pytest ended with code {code}")),
    }
    Ok(draft.finish(output.exit_code))
}

/// Reads `collected 12 items / 2 errors / 3 deselected / 9 selected`.
fn collected(stdout: &str) -> Option<u32> {
    let line = stdout.lines().find_map(|line| {
        let at = line.find("collected ")?;
        line.get(at..).filter(|line| line.contains(" item"))
    })?;
    let selected = line
        .split(" / ")
        .find(|part| part.trim_end().ends_with(" selected"));
    text::leading_number(
        selected
            .unwrap_or_else(|| line.trim_start_matches("collected "))
            .trim(),
    )
}

fn read_xml(draft: &mut Draft, report: &str) -> Result<(), ParseError> {
    let report = junit::clean(report);
    let document = junit::open(Runner::Pytest, &report)?;
    let mut read = [0_usize; 3];
    let mut ran = 0_usize;
    for case in document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
    {
        let Some(name) = case.attribute("name") else {
            // An interrupted session leaves a case without a name.
            draft.doubt("pytest stopped in the middle of a case");
            continue;
        };
        let module = case.attribute("classname").unwrap_or_default();
        let full_name = if module.is_empty() {
            name.to_owned()
        } else {
            format!("{module}::{name}")
        };
        let (status, message) = verdict(case, &mut read);
        // Files that could not be imported are cases without a module, and are not among the collected items.
        ran += usize::from(!module.is_empty() && !draft.has(&full_name));
        draft.merge(&full_name, status, message);
    }
    // The `tests` attribute is left alone: since pytest 9 it counts every subtest as well.
    for (kind, read) in ["failures", "errors", "skipped"].into_iter().zip(read) {
        let suites = document
            .descendants()
            .filter(|node| node.has_tag_name("testsuite"));
        let told: Option<usize> = suites
            .filter_map(|suite| suite.attribute(kind)?.parse::<usize>().ok())
            .reduce(usize::saturating_add);
        if let Some(told) = told {
            draft.reconcile(kind, told, read);
        }
    }
    draft.expect_collected(ran);
    Ok(())
}

/// The gravest outcome noted in a case. pytest may note several: one for each subtest and one for the tear-down.
fn verdict(case: roxmltree::Node<'_, '_>, read: &mut [usize; 3]) -> (CaseStatus, Option<String>) {
    let mut status = CaseStatus::Passed;
    let mut message = None;
    let [failures, errors, skipped] = read;
    for note in case.children() {
        let (found, count) = match note.tag_name().name() {
            "failure" => (CaseStatus::Failed, &mut *failures),
            "error" => (CaseStatus::Errored, &mut *errors),
            "skipped" => (CaseStatus::Skipped, &mut *skipped),
            _ => continue,
        };
        *count += 1;
        if message.is_none() || found > status {
            status = found;
            message = text::some_message(&told(note, found));
        }
    }
    (status, message)
}

/// The text of a failure holds the traceback and ends in the assertion; the reason of a skip is in its attribute.
fn told(note: roxmltree::Node<'_, '_>, status: CaseStatus) -> String {
    let attribute = note.attribute("message").unwrap_or_default();
    let body = note.text().unwrap_or_default();
    // Skips that come from collecting say only "collection skipped" in their attribute.
    let attribute_says_all = status == CaseStatus::Skipped && attribute != "collection skipped";
    if body.is_empty() || attribute_says_all {
        attribute.to_owned()
    } else {
        body.to_owned()
    }
}

/// Reads `tests/test_a.py::Class::test_b[1] PASSED   [ 25%]`.
fn read_lines(draft: &mut Draft, stdout: &str) {
    let mut unfinished = None;
    for line in stdout.lines() {
        let Some((node, rest)) = split_node(line) else {
            continue;
        };
        let Some(name) = name_of(node) else { continue };
        match rest {
            Some(status) => {
                unfinished = unfinished.filter(|open| *open != name);
                draft.merge(&name, status, None);
            }
            None => unfinished = Some(name),
        }
    }
    if let Some(name) = unfinished.filter(|name| !draft.has(name)) {
        let message = "the run ended in the middle of this case".to_owned();
        draft.merge(&name, CaseStatus::Errored, Some(message));
    }
}

/// Splits a line into the node's id and its verdict, if the line has come to one.
fn split_node(line: &str) -> Option<(&str, Option<CaseStatus>)> {
    let path_end = line.find(".py::")?;
    // A path with a blank is more likely a sentence that mentions a test.
    if line.get(..path_end)?.contains(char::is_whitespace) {
        return None;
    }
    let verdicts = WORDS.iter().filter_map(|(word, status)| {
        let at = line.rfind(word)?;
        let after = line.get(at + word.len()..)?;
        let ends = after.is_empty() || after.starts_with([' ', '[']);
        ends.then_some((at, *status))
    });
    match verdicts.max_by_key(|(at, _)| *at) {
        Some((at, status)) => Some((line.get(..at)?, Some(status))),
        None => Some((line.trim_end(), None)),
    }
}

/// Makes `tests.test_a.Class::test_b[1]` of `tests/test_a.py::Class::test_b[1]`, as the XML names it.
fn name_of(node: &str) -> Option<String> {
    let (node, parameters) = match node.find('[') {
        Some(at) => (node.get(..at)?, node.get(at..)?),
        // The test may have printed after its name; an id without parameters has no blank.
        None => (node.split_whitespace().next()?, ""),
    };
    let (file, path) = node.split_once(".py::")?;
    let module = file.replace('/', ".");
    Some(match path.rsplit_once("::") {
        Some((classes, test)) => {
            format!(
                "{module}.{}::{test}{parameters}",
                classes.replace("::", ".")
            )
        }
        None => format!("{module}::{path}{parameters}"),
    })
}
