//! Compares the built-in security rules with the findings of bandit and with labelled files.
//!
//!     security_bench DIRECTORY BANDIT.json [--labelled]
//!
//! `BANDIT.json` is what `bandit -r DIRECTORY -f json` printed. With `--labelled` the files carry
//! `# expect: <kind>` marks, and precision and recall of both are counted against those.
//! The result is Markdown on standard output; disagreements go to standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, io};

use io::Write as _;
use venom_skills::code::{Fix, Kind, analyse, apply};

/// A finding or a mark: file, first line, kind, last line.
type Place = (String, u32, Kind, u32);

/// Which of our kinds a test of bandit looks for. The others have no counterpart here.
fn kind_of(test: &str, text: &str) -> Option<Kind> {
    Some(match test {
        "B608" | "B610" | "B611" => Kind::SqlInjection,
        "B701" | "B702" | "B703" | "B704" => Kind::Xss,
        "B102" | "B307" | "B602" | "B604" | "B605" | "B609" | "B601" => Kind::CommandInjection,
        "B202" => Kind::PathTraversal,
        "B303" | "B324" => Kind::WeakHash,
        "B105" | "B106" | "B107" => Kind::HardCodedSecret,
        "B301" | "B302" | "B506" | "B614" => Kind::UnsafeDeserialisation,
        "B501" | "B323" => Kind::DisabledTlsCheck,
        "B201" => Kind::DebugMode,
        "B311" => Kind::InsecureRandom,
        // A list of functions that bandit keeps; only the one for markup has a counterpart.
        "B308" if text.contains("mark_safe") => Kind::Xss,
        _ => return None,
    })
}

fn python_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            python_files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "py")
            && !path.to_string_lossy().ends_with(".fixed.py")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

fn bandit_findings(
    report: &Path,
    folder: &Path,
) -> Result<BTreeSet<Place>, Box<dyn std::error::Error>> {
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report)?)?;
    let mut found = BTreeSet::new();
    for result in report["results"].as_array().into_iter().flatten() {
        let name = result["filename"].as_str().unwrap_or_default();
        if name.ends_with(".fixed.py") {
            continue;
        }
        let text = result["issue_text"].as_str().unwrap_or_default();
        let Some(kind) = result["test_id"]
            .as_str()
            .and_then(|test| kind_of(test, text))
        else {
            continue;
        };
        let line = result["line_number"].as_u64().unwrap_or_default();
        let name = Path::new(name)
            .strip_prefix(folder)
            .unwrap_or_else(|_| Path::new(name));
        // The range is what bandit looked at; the line is what it points to.
        let range = result["line_range"].as_array().into_iter().flatten();
        let lines: Vec<u64> = range
            .filter_map(serde_json::Value::as_u64)
            .chain([line])
            .collect();
        let number = |line: Option<&u64>| line.map_or(0, |line| u32::try_from(*line).unwrap_or(0));
        found.insert((
            name.to_string_lossy().into_owned(),
            number(lines.iter().min()),
            kind,
            number(lines.iter().max()),
        ));
    }
    Ok(found)
}

/// Whether a set has something of the same kind on one of the same lines.
fn has(set: &BTreeSet<Place>, (name, first, kind, last): &Place) -> bool {
    set.iter()
        .any(|(other, other_first, other_kind, other_last)| {
            other == name && other_kind == kind && other_first <= last && first <= other_last
        })
}

/// Whether a set has something of the same kind a few lines away. Bandit points at the text of a
/// query and the marks at the call that runs it, so that it is given the benefit.
fn has_near(set: &BTreeSet<Place>, (name, first, kind, last): &Place) -> bool {
    let near = (name.clone(), first.saturating_sub(6), *kind, last + 6);
    has(set, &near)
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn of(set: &BTreeSet<Place>, kind: Kind) -> BTreeSet<Place> {
    set.iter()
        .filter(|place| place.2 == kind)
        .cloned()
        .collect()
}

/// Writes how well both do on files that say what is in them.
fn labelled(
    out: &mut impl io::Write,
    ours: &BTreeSet<Place>,
    bandit: &BTreeSet<Place>,
    marks: &BTreeSet<Place>,
    rewritten: &BTreeMap<Kind, usize>,
) -> io::Result<()> {
    writeln!(
        out,
        "| kind | marked | ours: precision | recall | fixed | bandit: precision | recall |"
    )?;
    writeln!(out, "| --- | --: | --: | --: | --: | --: | --: |")?;
    let mut row = |name: &str,
                   mine: &BTreeSet<Place>,
                   theirs: &BTreeSet<Place>,
                   marked: &BTreeSet<Place>,
                   fixed: usize| {
        // Ours must begin on the marked line.
        let right = marked
            .iter()
            .filter(|(name, line, kind, _)| {
                mine.iter()
                    .any(|one| one.0 == *name && one.1 == *line && one.2 == *kind)
            })
            .count();
        let theirs_right = theirs
            .iter()
            .filter(|place| has_near(marked, place))
            .count();
        let theirs_found = marked
            .iter()
            .filter(|place| has_near(theirs, place))
            .count();
        writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            marked.len(),
            share(right, mine.len()),
            share(right, marked.len()),
            share(fixed, marked.len()),
            share(theirs_right, theirs.len()),
            share(theirs_found, marked.len()),
        )
    };
    for kind in Kind::ALL {
        let fixed = rewritten.get(&kind).copied().unwrap_or_default();
        row(
            kind.name(),
            &of(ours, kind),
            &of(bandit, kind),
            &of(marks, kind),
            fixed,
        )?;
    }
    row("all", ours, bandit, marks, rewritten.values().sum())
}

/// Writes what both find, and what only one of them does.
fn compared(
    out: &mut impl io::Write,
    ours: &BTreeSet<Place>,
    bandit: &BTreeSet<Place>,
) -> io::Result<()> {
    writeln!(
        out,
        "| kind | files | ours | bandit | agreed | only ours | only bandit |"
    )?;
    writeln!(out, "| --- | --: | --: | --: | --: | --: | --: |")?;
    let mut talk = io::stderr().lock();
    let mut row = |name: &str, mine: &BTreeSet<Place>, theirs: &BTreeSet<Place>| {
        let files: BTreeSet<&String> = mine.iter().chain(theirs).map(|place| &place.0).collect();
        let both = mine.iter().filter(|place| has(theirs, place)).count();
        writeln!(
            out,
            "| {name} | {} | {} | {} | {both} | {} | {} |",
            files.len(),
            mine.len(),
            theirs.len(),
            mine.len() - both,
            theirs.iter().filter(|place| !has(mine, place)).count(),
        )
    };
    for kind in Kind::ALL {
        let (mine, theirs) = (of(ours, kind), of(bandit, kind));
        row(kind.name(), &mine, &theirs)?;
        for (name, line, ..) in mine.iter().filter(|place| !has(&theirs, place)) {
            writeln!(talk, "only ours: {kind} {name}:{line}")?;
        }
        for (name, line, ..) in theirs.iter().filter(|place| !has(&mine, place)) {
            writeln!(talk, "only bandit: {kind} {name}:{line}")?;
        }
    }
    row("all", ours, bandit)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, report, ..] = arguments.as_slice() else {
        return Err("usage: security_bench DIRECTORY BANDIT.json [--labelled]".into());
    };
    let is_labelled = arguments.iter().any(|one| one == "--labelled");
    let folder = PathBuf::from(folder);
    let mut files = Vec::new();
    python_files(&folder, &mut files)?;
    let bandit = bandit_findings(Path::new(report), &folder)?;

    let mut ours: BTreeSet<Place> = BTreeSet::new();
    let mut marks: BTreeSet<Place> = BTreeSet::new();
    let mut rewritten: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut bytes = 0;
    let mut skipped = 0;
    let mut spent = std::time::Duration::ZERO;
    for path in &files {
        let raw = fs::read(path)?;
        let text = String::from_utf8_lossy(&raw);
        let name = path.strip_prefix(&folder)?.to_string_lossy().into_owned();
        bytes += text.len();
        let start = Instant::now();
        let Ok(findings) = analyse(&name, &text) else {
            skipped += 1;
            continue;
        };
        spent += start.elapsed();
        let applied = apply(&text, &findings);
        for (index, finding) in findings.iter().enumerate() {
            // Bandit does not report what the text suppresses either.
            if finding.suppressed.is_some() {
                continue;
            }
            ours.insert((name.clone(), finding.line, finding.kind, finding.end_line));
            if applied.applied.contains(&index) && matches!(finding.fix, Fix::Rewrite { .. }) {
                *rewritten.entry(finding.kind).or_default() += 1;
            }
        }
        for (line, number) in text.lines().zip(1_u32..) {
            if let Some((_, mark)) = line.split_once("# expect:")
                && let Some(kind) = Kind::ALL.iter().find(|kind| kind.name() == mark.trim())
            {
                marks.insert((name.clone(), number, *kind, number));
            }
        }
    }

    let mut out = io::stdout().lock();
    if is_labelled {
        labelled(&mut out, &ours, &bandit, &marks, &rewritten)?;
    } else {
        compared(&mut out, &ours, &bandit)?;
    }
    let millis = spent.as_millis().max(1);
    writeln!(
        out,
        "\n{} files, {} KiB, {skipped} not analysed, {millis} ms, {} files/s",
        files.len(),
        bytes / 1024,
        u128::try_from(files.len())? * 1000 / millis,
    )?;
    Ok(())
}
