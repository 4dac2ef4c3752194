//! The report: every finding, sums, and the comparison with what was expected and with a control.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::expect::{Difference, Expected};
use super::options::Options;
use super::stage::Stage;
use crate::probe::{Group, Verdict};

/// What is known about one probe after a run.
pub(super) struct Finding {
    pub(super) id: &'static str,
    pub(super) group: Group,
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    pub(super) is_broken: bool,
    pub(super) is_seen_by_host: bool,
}

/// The whole of a run.
pub(super) struct Report {
    is_root: bool,
    bytes_left: u64,
    launcher: Vec<String>,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(options: &Options, stage: &Stage, findings: Vec<Finding>) -> Self {
        Self {
            is_root: stage.is_root,
            bytes_left: stage.bytes_left,
            launcher: options.launcher.clone(),
            findings,
        }
    }

    fn with(&self, verdict: Verdict) -> BTreeSet<String> {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .map(|finding| finding.id.to_owned())
            .collect()
    }

    fn broken(&self) -> Vec<&str> {
        self.findings
            .iter()
            .filter(|finding| finding.is_broken)
            .map(|finding| finding.id)
            .collect()
    }

    fn difference(&self, options: &Options) -> io::Result<Option<Difference>> {
        let Some(path) = &options.expect else {
            return Ok(None);
        };
        let expected = Expected::read(path, self.is_root)?;
        let ran = self
            .findings
            .iter()
            .map(|finding| finding.id.to_owned())
            .collect();
        Ok(Some(expected.compare(&self.with(Verdict::Escaped), &ran)))
    }

    /// Prints the report as JSON, to the standard output or the file that was asked for.
    pub(super) fn print(&self, options: &Options) -> io::Result<()> {
        let mut groups: BTreeMap<Group, BTreeMap<&str, u64>> = BTreeMap::new();
        for finding in &self.findings {
            let counts = groups.entry(finding.group).or_default();
            *counts.entry(finding.verdict.name()).or_default() += 1;
        }
        let groups: BTreeMap<&str, _> = groups
            .into_iter()
            .map(|(group, counts)| (group.name(), counts))
            .collect();
        let results: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "id": finding.id,
                    "group": finding.group.name(),
                    "verdict": finding.verdict.name(),
                    "detail": finding.detail,
                    "witness": if finding.is_seen_by_host { "host" } else { "probe" },
                })
            })
            .collect();
        let mut report = json!({
            "version": 1,
            "launcher": self.launcher,
            "root": self.is_root,
            "probes": self.findings.len(),
            "groups": groups,
            "escaped": self.with(Verdict::Escaped),
            "not_applicable": self.with(Verdict::NotApplicable),
            "broken": self.broken(),
            "workspace_bytes_left": self.bytes_left,
            "results": results,
        });
        if let Value::Object(map) = &mut report {
            if let Some(difference) = self.difference(options)? {
                let difference = json!({
                    "unexpected": difference.unexpected,
                    "missing": difference.missing,
                });
                map.insert("difference".to_owned(), difference);
            }
            if let Some(path) = &options.control {
                map.insert("control".to_owned(), self.against(path)?);
            }
        }
        let text = format!("{report:#}\n");
        match &options.report {
            Some(path) => std::fs::write(path, text),
            None => io::stdout().lock().write_all(text.as_bytes()),
        }
    }

    /// Says which probes were held here though they got out in the control, and which were held in
    /// both, so that nothing follows from their being held.
    fn against(&self, path: &Path) -> io::Result<Value> {
        let control: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let free: BTreeSet<String> = control
            .get("escaped")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        let here = self.with(Verdict::Escaped);
        let ran: BTreeSet<String> = self.findings.iter().map(|one| one.id.to_owned()).collect();
        let toothless: Vec<&String> = ran
            .iter()
            .filter(|id| !free.contains(*id) && !here.contains(*id))
            .collect();
        Ok(json!({
            "escaped": free.len(),
            "held_here": free.difference(&here).filter(|id| ran.contains(*id)).count(),
            "only_here": here.difference(&free).collect::<Vec<_>>(),
            "toothless": toothless,
        }))
    }

    /// The exit code, with the difference on the standard error.
    pub(super) fn verdict(&self, options: &Options) -> io::Result<ExitCode> {
        let mut talk = io::stderr().lock();
        let escaped = self.with(Verdict::Escaped).len();
        writeln!(talk, "{} probes, {escaped} escaped", self.findings.len())?;
        let broken = self.broken();
        if !broken.is_empty() {
            writeln!(talk, "broken: {}", broken.join(" "))?;
            return Ok(ExitCode::from(2));
        }
        let Some(difference) = self.difference(options)? else {
            return Ok(ExitCode::SUCCESS);
        };
        for id in &difference.unexpected {
            writeln!(talk, "+ {id} escaped and should not")?;
        }
        for id in &difference.missing {
            writeln!(talk, "- {id} should have escaped and did not")?;
        }
        Ok(if difference.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
