//! Changing one value of a configuration file by its line, so that comments and order stay.
//!
//! This knows the two levels that the file has, not YAML. What it writes is read back before it is
//! kept, so that a form that it does not know leads to an error and not to a damaged file.

use super::key::Key;

/// Returns the line, from 1, on which a key is set.
pub(crate) fn line_of(text: &str, key: Key) -> Option<usize> {
    let (section, name) = key.parts();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if is_comment(line) {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            inside = names(line, section);
            if inside && name.is_empty() {
                return Some(index + 1);
            }
        } else if inside && names(line.trim_start(), name) {
            return Some(index + 1);
        }
    }
    None
}

/// Returns the text with a value set.
pub(crate) fn set(text: &str, key: Key, value: &str) -> String {
    let (section, name) = key.parts();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(number) = line_of(text, key) {
        if let Some(line) = lines.get_mut(number - 1) {
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            let comment = line
                .split_once(" #")
                .map(|(_, comment)| format!(" #{comment}"))
                .unwrap_or_default();
            *line = format!("{indent}{name}: {value}{comment}");
        }
    } else {
        let at = lines
            .iter()
            .position(|line| !is_comment(line) && !line.starts_with(' ') && names(line, section));
        match at {
            Some(at) => lines.insert(at + 1, format!("  {name}: {value}")),
            None => lines.extend([format!("{section}:"), format!("  {name}: {value}")]),
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn names(line: &str, key: &str) -> bool {
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with(':'))
}

#[cfg(test)]
mod tests;
