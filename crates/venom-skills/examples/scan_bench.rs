//! Compares what several tools find in labelled files, from one scan.
//!
//!     venom code scan -C CORPUS --tools bandit,ruff --sarif FOUND.sarif
//!     scan_bench CORPUS FOUND.sarif
//!
//! The files carry `expect: <kind>` marks in comments. A finding counts as right when a mark of its
//! kind is at most six lines away; findings of kinds that no mark of the corpus has are left out of
//! the count. The result is Markdown on standard output.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::{env, fs, io};

use serde_json::Value;

/// How far a finding may be from its mark: tools point at the text of a query or at its call.
const NEAR: u64 = 6;

/// File, line and kind.
type Place = (String, u64, String);

fn marks(root: &Path, folder: &Path, found: &mut BTreeSet<Place>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            marks(root, &path, found)?;
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
        if name.contains(".fixed.") || path.extension().is_some_and(|end| end == "md") {
            continue;
        }
        for (line, number) in text.lines().zip(1_u64..) {
            if let Some((_, kind)) = line.split_once("expect:")
                && (line.contains("# expect:") || line.contains("// expect:"))
            {
                found.insert((name.clone().into_owned(), number, kind.trim().to_owned()));
            }
        }
    }
    Ok(())
}

fn texts<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = env::args().skip(1);
    let (Some(corpus), Some(report)) = (words.next(), words.next()) else {
        return Err("give the folder of the corpus and the SARIF file".into());
    };
    let mut marked = BTreeSet::new();
    marks(Path::new(&corpus), Path::new(&corpus), &mut marked)?;
    let kinds: BTreeSet<&str> = marked.iter().map(|mark| mark.2.as_str()).collect();
    let report: Value = serde_json::from_str(&fs::read_to_string(report)?)?;
    let empty = Vec::new();
    let list = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_array)
            .unwrap_or(&empty)
    };
    let rules = list("/runs/0/tool/driver/rules");
    let mut by_tool: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    for one in list("/runs/0/results") {
        let rule = one.get("ruleIndex").and_then(Value::as_u64).unwrap_or(0);
        let rule = usize::try_from(rule).ok().and_then(|at| rules.get(at));
        let kind = rule
            .map(|rule| texts(rule, "/properties/tags"))
            .unwrap_or_default();
        let kind = kind.get(1).copied().unwrap_or_default();
        let place = "/locations/0/physicalLocation";
        let path = one
            .pointer(&format!("{place}/artifactLocation/uri"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !kinds.contains(kind) || path.contains(".fixed.") {
            continue;
        }
        let line = one.pointer(&format!("{place}/region/startLine"));
        let line = line.and_then(Value::as_u64).unwrap_or(0);
        for tool in texts(one, "/properties/tools")
            .into_iter()
            .chain(["all together"])
        {
            let place = (path.to_owned(), line, kind.to_owned());
            by_tool.entry(tool.to_owned()).or_default().insert(place);
        }
    }
    let near = |one: &Place, two: &Place| {
        one.0 == two.0 && one.2 == two.2 && one.1.abs_diff(two.1) <= NEAR
    };
    let mut out = io::stdout().lock();
    writeln!(out, "| tool | findings | precision | marks | recall |")?;
    writeln!(out, "| --- | --: | --: | --: | --: |")?;
    for (tool, found) in &by_tool {
        let right = found
            .iter()
            .filter(|one| marked.iter().any(|mark| near(one, mark)));
        let hit = marked
            .iter()
            .filter(|mark| found.iter().any(|one| near(one, mark)));
        writeln!(
            out,
            "| {tool} | {} | {} | {} | {} |",
            found.len(),
            share(right.count(), found.len()),
            marked.len(),
            share(hit.count(), marked.len()),
        )?;
    }
    Ok(())
}
