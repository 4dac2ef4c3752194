//! Places: where in a playbook file a fault stands.
//!
//! The checks of the kernel speak of steps and names, not of lines. What they name is looked up in
//! the text: a quoted word inside the step's part of the file, else the step, else the word anywhere.

use venom_kernel::plan::validate::Fault;

/// Returns line and column, both from 1, of what a fault speaks about.
pub(super) fn of(text: &str, fault: &Fault) -> Option<(u32, u32)> {
    let lines: Vec<&str> = text.lines().collect();
    let (from, to) = match &fault.step {
        Some(step) => step_lines(&lines, step.as_str())?,
        None => (0, lines.len()),
    };
    let part = lines.get(from..to)?;
    let words = quoted(&fault.reason);
    let found = words.iter().find_map(|word| {
        part.iter().enumerate().find_map(|(n, line)| {
            let at = word_at(line, word)?;
            Some((from + n, at))
        })
    });
    let (line, column) = match (found, &fault.step) {
        (Some(place), _) => place,
        (None, Some(_)) => (from, indent(part.first()?)),
        (None, None) => key_of(&fault.reason, &lines)?,
    };
    Some((
        u32::try_from(line + 1).ok()?,
        u32::try_from(column + 1).ok()?,
    ))
}

/// Returns the lines that a step's part of the file spans.
fn step_lines(lines: &[&str], step: &str) -> Option<(usize, usize)> {
    let is_id = |line: &str| {
        let rest = line.trim_start().trim_start_matches("- ").trim_start();
        let rest = rest.trim_start_matches('{').trim_start();
        let value = rest
            .strip_prefix("id:")
            .or_else(|| rest.strip_prefix("\"id\":"))?;
        let value = value.split([',', '#', '}']).next()?.trim();
        Some(value.trim_matches(['"', '\'']).to_owned())
    };
    let from = lines
        .iter()
        .position(|line| is_id(line).as_deref() == Some(step))?;
    let to = lines
        .iter()
        .enumerate()
        .skip(from + 1)
        .find(|(_, line)| is_id(line).is_some())
        .map_or(lines.len(), |(n, _)| n);
    Some((from, to))
}

/// Returns what stands between backticks or double quotes.
fn quoted(reason: &str) -> Vec<&str> {
    let ticked = reason.split('`').skip(1).step_by(2);
    let quoted = reason.split('"').skip(1).step_by(2);
    ticked
        .chain(quoted)
        .filter(|word| !word.is_empty())
        .collect()
}

/// Returns the column at which a word stands in a line, counted in characters.
fn word_at(line: &str, word: &str) -> Option<usize> {
    line.split_once(word).map(|(head, _)| head.chars().count())
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).count()
}

/// Returns the place of the key that a fault without a quoted word is about.
fn key_of(reason: &str, lines: &[&str]) -> Option<(usize, usize)> {
    let key = ["utterance", "slot", "step", "format"]
        .iter()
        .find(|key| reason.contains(**key))
        .map(|key| if *key == "format" { "venom" } else { key })?;
    let line = lines
        .iter()
        .position(|line| line.trim_start().starts_with(key))?;
    Some((line, 0))
}
