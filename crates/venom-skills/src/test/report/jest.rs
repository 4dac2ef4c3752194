//! Reads the JSON of `jest --json --outputFile`, which `vitest --reporter=json` writes as well.

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, text};

/// The whole report. Fields we do not read are ignored: each release adds some.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    num_total_tests: usize,
    #[serde(default)]
    was_interrupted: bool,
    test_results: Vec<File>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    assertion_results: Vec<Assertion>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(default)]
    ancestor_titles: Vec<String>,
    title: String,
    status: String,
    #[serde(default)]
    failure_messages: Option<Vec<String>>,
}

pub(super) fn parse(runner: Runner, output: &Output<'_>) -> Result<Report, ParseError> {
    let mut draft = Draft::new(runner);
    let Some(source) = output
        .report_file
        .filter(|report| !report.trim().is_empty())
    else {
        let printed = if output.stderr.trim().is_empty() {
            output.stdout
        } else {
            output.stderr
        };
        let printed = text::message(&text::plain(printed));
        // Code 1 stands for failed tests and for a configuration that does not hold; without a report it is the latter,
        // as 126 and 127 of a shell are. Other codes are those of a test that ended the process.
        if matches!(output.exit_code, Some(0 | 1 | 126 | 127)) {
            return Err(ParseError::NoReport {
                runner,
                message: printed,
            });
        }
        draft.doubt(&format!("the run ended without a report: {printed}"));
        return Ok(draft.finish(output.exit_code));
    };
    let document: Document =
        serde_json::from_str(source).map_err(|error| ParseError::Malformed {
            runner,
            detail: error.to_string(),
        })?;

    draft.collect(u32::try_from(document.num_total_tests).ok());
    let mut read = 0;
    for file in &document.test_results {
        let path = text::without_root(&file.name, output.root);
        let mut has_failing = false;
        for assertion in &file.assertion_results {
            read += 1;
            let status = status_of(&assertion.status);
            has_failing |= status.is_failing();
            let titles = assertion.ancestor_titles.iter().chain([&assertion.title]);
            let titles: Vec<&str> = titles.map(String::as_str).collect();
            let told = assertion
                .failure_messages
                .as_deref()
                .unwrap_or_default()
                .join("\n");
            draft.add(
                &format!("{path}::{}", titles.join(" > ")),
                status,
                text::some_message(&told),
            );
        }
        // A file that could not be loaded has no assertions; one whose hooks broke has none that failed.
        if file.status == "failed" && !has_failing {
            draft.add(
                path,
                CaseStatus::Errored,
                text::some_message(&text::plain(&file.message)),
            );
        }
    }
    draft.reconcile("tests", document.num_total_tests, read);
    if document.was_interrupted {
        draft.doubt("the run was interrupted");
    }
    Ok(draft.finish(output.exit_code))
}

fn status_of(word: &str) -> CaseStatus {
    match word {
        "passed" => CaseStatus::Passed,
        "failed" => CaseStatus::Failed,
        "pending" | "skipped" | "todo" | "disabled" => CaseStatus::Skipped,
        _ => CaseStatus::Errored,
    }
}
