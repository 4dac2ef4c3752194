//! Reads the events of `go test -json ./...`, one JSON object a line.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::{CaseStatus, MAX_MESSAGE_BYTES, Output, ParseError, Report, Runner, text};

/// One event of test2json. Fields we do not read are ignored: every release of Go adds some.
#[derive(serde::Deserialize)]
struct Event {
    #[serde(rename = "Action")]
    action: String,
    #[serde(rename = "Package", default)]
    package: String,
    #[serde(rename = "Test", default)]
    test: String,
    #[serde(rename = "Output", default)]
    output: String,
}

/// What is known of one test so far.
#[derive(Default)]
struct Test {
    status: Option<CaseStatus>,
    printed: String,
}

/// What is known of one package so far.
#[derive(Default)]
struct Package {
    ended: Option<CaseStatus>,
    /// The test binary came to its own end and printed its verdict.
    has_verdict: bool,
    did_not_build: bool,
}

/// How much of a test's output is kept while it runs: enough to cut a message from either end of it.
const MAX_PRINTED_BYTES: usize = 8 * MAX_MESSAGE_BYTES;

#[derive(Default)]
struct Reader {
    order: Vec<(String, String)>,
    tests: BTreeMap<(String, String), Test>,
    packages: BTreeMap<String, Package>,
    events: usize,
}

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let mut reader = Reader::default();
    for line in output.stdout.lines() {
        match serde_json::from_str::<Event>(line) {
            Ok(event) => reader.take(event),
            // Until Go 1.24 the verdict on a package that did not build is plain text among the events.
            Err(_) => reader.take_text(line),
        }
    }
    let Reader {
        order,
        mut tests,
        packages,
        events,
    } = reader;
    let stderr = text::plain(output.stderr);
    let broken: BTreeSet<&str> = packages
        .iter()
        .filter(|(_, package)| package.did_not_build)
        .map(|(name, _)| name.as_str())
        .collect();
    if order.is_empty() && (!broken.is_empty() || events == 0 && output.exit_code != Some(0)) {
        let message = text::message(&stderr);
        return Err(if broken.is_empty() && !stderr.contains("[setup failed]") {
            ParseError::NoReport {
                runner: Runner::GoTest,
                message,
            }
        } else {
            ParseError::DidNotBuild { message }
        });
    }

    let mut draft = Draft::new(Runner::GoTest);
    for key in order {
        let test = tests.remove(&key).unwrap_or_default();
        let name = format!("{}::{}", key.0, key.1);
        let message = text::some_message(&test.printed);
        if let Some(status) = test.status {
            let message = message.filter(|_| status != CaseStatus::Passed);
            draft.merge(&name, status, message);
        } else {
            draft.doubt(&format!("{name} began and did not end"));
            draft.merge(&name, CaseStatus::Errored, message);
        }
    }
    for (name, package) in &packages {
        if package.did_not_build {
            draft.merge(
                name,
                CaseStatus::Errored,
                Some(build_message(&stderr, name)),
            );
        } else if package.ended.is_none() {
            draft.doubt(&format!("the package {name} did not come to its end"));
        } else if package.ended == Some(CaseStatus::Failed) && !package.has_verdict {
            draft.doubt(&format!("the tests of {name} died before their end"));
        }
    }
    Ok(draft.finish(output.exit_code))
}

impl Reader {
    fn take(&mut self, event: Event) {
        self.events += 1;
        if event.package.is_empty() {
            return;
        }
        let status = match event.action.as_str() {
            "pass" => Some(CaseStatus::Passed),
            "fail" => Some(CaseStatus::Failed),
            "skip" => Some(CaseStatus::Skipped),
            _ => None,
        };
        let package = self.packages.entry(event.package.clone()).or_default();
        if event.test.is_empty() {
            package.ended = package.ended.max(status);
            package.has_verdict |= matches!(event.output.as_str(), "FAIL\n" | "PASS\n");
            package.did_not_build |= is_build_failure(&event.output);
            return;
        }
        let key = (event.package, event.test);
        if event.action == "run" && !self.tests.contains_key(&key) {
            self.order.push(key.clone());
            self.tests.insert(key.clone(), Test::default());
        }
        // A test may print the verdict on another one, and test2json believes it; but nobody saw that one start.
        let Some(test) = self.tests.get_mut(&key) else {
            return;
        };
        test.status = test.status.max(status);
        let is_frame = ["=== ", "--- "]
            .iter()
            .any(|frame| event.output.trim_start().starts_with(frame));
        if event.action == "output" && !is_frame && test.printed.len() < MAX_PRINTED_BYTES {
            test.printed
                .push_str(text::head(&event.output, MAX_PRINTED_BYTES));
        }
    }

    fn take_text(&mut self, line: &str) {
        if let Some(name) = line
            .strip_prefix("FAIL\t")
            .filter(|_| is_build_failure(line))
            && let Some(name) = name.split([' ', '\t']).next()
        {
            self.packages
                .entry(name.to_owned())
                .or_default()
                .did_not_build = true;
        }
    }
}

/// Reads `FAIL\texample.com/shapes [build failed]`.
fn is_build_failure(line: &str) -> bool {
    let line = line.trim_end();
    line.starts_with("FAIL\t")
        && (line.ends_with("[build failed]") || line.ends_with("[setup failed]"))
}

/// The compiler's words about one package: they stand behind a line `# path` or `# path [path.test]`.
fn build_message(stderr: &str, package: &str) -> String {
    let mut message = String::new();
    let mut is_about = false;
    for line in stderr.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            is_about = title.split(' ').next() == Some(package);
        } else if is_about {
            message.push_str(line);
            message.push('\n');
        }
    }
    text::message(if message.is_empty() {
        "the package did not build"
    } else {
        &message
    })
}
