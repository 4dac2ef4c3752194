//! Profilers of interpreters: how a command is run under one, and what it says afterwards.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::bounded;
use crate::scrub;
use crate::test::read_scratch;

/// Reads what `cProfile` wrote and prints a row for each of the slowest functions.
const PSTATS: &str = r"import json, pstats, sys
stats = pstats.Stats(sys.argv[1]).stats
rows = sorted(((tt, ct, nc, f) for f, (cc, nc, tt, ct, _) in stats.items()), reverse=True)[:60]
print(json.dumps([[f[2], f[0], f[1], int(tt * 1e6), int(ct * 1e6), nc] for tt, ct, nc, f in rows]))";

/// How a command is watched.
pub(super) enum Profiler {
    /// Python's own.
    Python { words: Vec<String>, output: String },
    /// Node's own, which samples.
    Node { words: Vec<String>, folder: String },
}

/// A function and its time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) own: u64,
    pub(super) whole: Option<u64>,
    pub(super) calls: Option<u64>,
}

impl Profiler {
    /// Finds the profiler of a command. A command that needs a shell is not taken apart.
    pub(super) fn of(script: &str, scratch: &Path) -> Option<Self> {
        let needs_shell = script.contains([
            '&', '|', ';', '<', '>', '$', '`', '"', '\'', '(', ')', '\\', '*', '?', '[', '#', '~',
            '{', '\n',
        ]);
        if needs_shell {
            return None;
        }
        let words: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
        let (program, rest) = words.split_first()?;
        let first = rest.first()?;
        match program.as_str() {
            // Flags of the interpreter would have to be told from those of the program.
            "python" | "python3" if first == "-m" && rest.len() > 1 || !first.starts_with('-') => {
                Some(Self::Python {
                    output: scratch.join("profile").to_string_lossy().into_owned(),
                    words,
                })
            }
            "node" if !first.starts_with('-') => Some(Self::Node {
                folder: scratch.to_string_lossy().into_owned(),
                words,
            }),
            _ => None,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Python { .. } => "cProfile",
            Self::Node { .. } => "node --cpu-prof",
        }
    }

    /// The command under the profiler.
    pub(super) fn argv(&self) -> Vec<String> {
        let (words, more) = match self {
            Self::Python { words, output } => (words, ["-m", "cProfile", "-o", output].to_vec()),
            Self::Node { words, folder } => (
                words,
                [
                    "--cpu-prof",
                    "--cpu-prof-dir",
                    folder,
                    "--cpu-prof-name",
                    "profile.json",
                ]
                .to_vec(),
            ),
        };
        let (program, rest) = words
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        std::iter::once(program)
            .chain(more)
            .chain(rest.iter().map(String::as_str))
            .map(str::to_owned)
            .collect()
    }

    /// What prints the profile, if it is not plain to read.
    pub(super) fn reader(&self) -> Option<Vec<String>> {
        match self {
            Self::Python { output, .. } => Some(
                ["python3", "-c", PSTATS, output]
                    .map(str::to_owned)
                    .to_vec(),
            ),
            Self::Node { .. } => None,
        }
    }

    /// Reads the profile; the functions with the most time first.
    pub(super) fn rows(&self, printed: Option<&str>) -> Vec<Row> {
        match self {
            Self::Python { .. } => python_rows(printed.unwrap_or_default()),
            Self::Node { folder, .. } => {
                let text = read_scratch(&Path::new(folder).join("profile.json"));
                node_rows(&text.unwrap_or_default())
            }
        }
    }
}

fn python_rows(printed: &str) -> Vec<Row> {
    let rows: Vec<(String, String, u64, u64, u64, u64)> =
        serde_json::from_str(printed.trim()).unwrap_or_default();
    rows.into_iter()
        .map(|(name, file, line, own, whole, calls)| Row {
            name,
            place: if file == "~" {
                "built in".to_owned()
            } else {
                format!("{file}:{line}")
            },
            own,
            whole: Some(whole),
            calls: Some(calls),
        })
        .collect()
}

/// Reads a profile of V8: samples name nodes, and the time between two samples belongs to the earlier.
fn node_rows(text: &str) -> Vec<Row> {
    let profile: Value = serde_json::from_str(text).unwrap_or_default();
    let list = |key: &str| {
        profile
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut functions: BTreeMap<u64, (String, String)> = BTreeMap::new();
    for node in list("nodes") {
        let Some(id) = node["id"].as_u64() else {
            continue;
        };
        let frame = &node["callFrame"];
        let said = |key: &str| frame[key].as_str().unwrap_or_default().to_owned();
        let name = match said("functionName") {
            name if name.is_empty() => "(anonymous)".to_owned(),
            name => name,
        };
        let url = said("url");
        let place = if url.is_empty() {
            "built in".to_owned()
        } else {
            let line = frame["lineNumber"].as_i64().unwrap_or(0) + 1;
            format!("{}:{line}", url.trim_start_matches("file://"))
        };
        functions.insert(id, (name, place));
    }
    let mut spent: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (sample, delta) in list("samples")
        .iter()
        .zip(list("timeDeltas").iter().skip(1))
    {
        let function = sample.as_u64().and_then(|id| functions.get(&id));
        if let Some(function) = function
            && !["(idle)", "(root)"].contains(&function.0.as_str())
        {
            *spent.entry(function.clone()).or_default() +=
                u64::try_from(delta.as_i64().unwrap_or(0)).unwrap_or(0);
        }
    }
    let mut rows: Vec<Row> = spent
        .into_iter()
        .map(|((name, place), own)| Row {
            name,
            place,
            own,
            whole: None,
            calls: None,
        })
        .collect();
    rows.sort_by(|one, other| other.own.cmp(&one.own).then(one.name.cmp(&other.name)));
    rows
}

impl Row {
    /// The row without the place of the workspace, and on one line.
    pub(super) fn cleaned(mut self, root: &Path) -> Self {
        self.name = bounded::line(&self.name, 120);
        self.place = bounded::line(&scrub::place(&self.place, root, "."), 200);
        self
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "place": self.place,
            "own_us": self.own,
            "whole_us": self.whole,
            "calls": self.calls,
        })
    }

    pub(super) fn line(&self) -> String {
        let calls = self
            .calls
            .map(|calls| format!(", called {calls} times"))
            .unwrap_or_default();
        format!(
            "{}.{:01}: {} ({}{calls})",
            self.own / 1_000,
            self.own % 1_000 / 100,
            self.name,
            self.place
        )
    }
}
