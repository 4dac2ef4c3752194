//! Reports that other languages' tools write: lcov, and the profiles of Go.

use std::collections::BTreeMap;

use super::{Coverage, CoverageError, CoverageTool, MAX_FILES, gather};

/// Reads lcov as Node writes it. The root is taken off paths below it; files elsewhere are not counted.
pub fn parse_node(report: &str, root: &str) -> Result<Coverage, CoverageError> {
    lcov(report, root, CoverageTool::Node)
}

/// Reads lcov as `cargo llvm-cov` writes it.
pub fn parse_llvm(report: &str, root: &str) -> Result<Coverage, CoverageError> {
    lcov(report, root, CoverageTool::LlvmCov)
}

fn lcov(report: &str, root: &str, tool: CoverageTool) -> Result<Coverage, CoverageError> {
    if !report.is_empty() && !report.contains("end_of_record") {
        return Err(CoverageError::UnknownFormat("not lcov".to_owned()));
    }
    let mut files: BTreeMap<String, BTreeMap<u32, bool>> = BTreeMap::new();
    let mut file: Option<String> = None;
    for line in report.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            file = inside(path, root).filter(|path| is_source(path));
            if let Some(path) = &file {
                files.entry(path.clone()).or_default();
            }
        } else if line == "end_of_record" {
            file = None;
        } else if let Some((lines, data)) = file
            .as_ref()
            .and_then(|path| files.get_mut(path))
            .zip(line.strip_prefix("DA:"))
        {
            let mut numbers = data.split(',');
            let number = numbers.next().and_then(|number| number.parse().ok());
            let count = numbers.next().and_then(|count| count.parse::<u64>().ok());
            if let Some((number, count)) = number.zip(count) {
                *lines.entry(number).or_default() |= count > 0;
            }
        }
        if files.len() > MAX_FILES {
            return Err(CoverageError::TooManyFiles);
        }
    }
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, lines)| counted(path, lines.values()))
        .collect();
    gather(tool, files.into_iter())
}

/// Reads a profile of Go: `example.com/x/a.go:3.20,5.2 2 1` are a block, its statements and whether it ran.
/// Paths begin with the name of the module.
pub fn parse_go(report: &str, module: &str) -> Result<Coverage, CoverageError> {
    let mut lines = report.lines();
    match lines.next() {
        None => {}
        Some(first) if first.starts_with("mode:") => {}
        Some(first) => {
            let first = first.chars().take(60).collect();
            return Err(CoverageError::UnknownFormat(first));
        }
    }
    // A block is listed once for each package whose tests could reach it.
    let mut blocks: BTreeMap<(String, &str), (u32, bool)> = BTreeMap::new();
    for line in lines {
        let Some((place, numbers)) = line.split_once(' ') else {
            continue;
        };
        let Some((path, block)) = place.rsplit_once(':') else {
            continue;
        };
        let path = path
            .strip_prefix(module)
            .map_or(path, |path| path.trim_start_matches('/'));
        let mut numbers = numbers.split(' ');
        let statements = numbers.next().and_then(|number| number.parse::<u32>().ok());
        let count = numbers.next().and_then(|number| number.parse::<u64>().ok());
        if let Some((statements, count)) = statements.zip(count) {
            let entry = blocks
                .entry((path.to_owned(), block))
                .or_insert((statements, false));
            entry.1 |= count > 0;
        }
    }
    let mut files: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for ((path, _), (statements, ran)) in blocks {
        let entry = files.entry(path).or_default();
        entry.1 = entry.1.saturating_add(statements);
        if ran {
            entry.0 = entry.0.saturating_add(statements);
        }
        if files.len() > MAX_FILES {
            return Err(CoverageError::TooManyFiles);
        }
    }
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, (covered, total))| (path, covered, total))
        .collect();
    gather(CoverageTool::Go, files.into_iter())
}

fn counted<'l>(path: String, lines: impl Iterator<Item = &'l bool>) -> (String, u32, u32) {
    let (mut covered, mut total) = (0_u32, 0_u32);
    for ran in lines {
        total = total.saturating_add(1);
        covered = covered.saturating_add(u32::from(*ran));
    }
    (path, covered, total)
}

/// The path from the root; none for files elsewhere.
fn inside(path: &str, root: &str) -> Option<String> {
    if !path.starts_with('/') {
        return Some(path.trim_start_matches("./").to_owned());
    }
    let rest = path.strip_prefix(root.trim_end_matches('/'))?;
    rest.strip_prefix('/').map(str::to_owned)
}

/// Tests run to the last line whatever they reach, so they would make the share look better than it is.
fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test = name.contains(".test.")
        || name.contains(".spec.")
        || name.starts_with("test-")
        || name.contains("-test.")
        || path
            .split('/')
            .any(|part| ["node_modules", "test", "tests", "__tests__"].contains(&part));
    !is_test
}

#[cfg(test)]
mod tests;
