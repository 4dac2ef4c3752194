//! Unified diffs of one file.
//!
//! Every line that a hunk names as being there has to be there, in that order and without a gap. The
//! numbers of lines are a hint: where the lines stand elsewhere, once, they are found there.

use venom_ports::Result;

use super::numbered;
use crate::params::refused;

/// The most hunks of one patch.
const HUNKS: usize = 500;

/// What one hunk says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hunk<'p> {
    /// The line at which it should begin, from 1.
    at: usize,
    /// What is there.
    old: Vec<&'p str>,
    /// What is to be there.
    new: Vec<&'p str>,
    /// Whether the file is to end without a line end behind this.
    ends_bare: bool,
}

/// Applies a patch to a text; returns the new one and the number of hunks.
pub(super) fn applied(text: &str, patch: &str, shown: &str) -> Result<(String, usize)> {
    let hunks = parse(patch)?;
    let mut lines: Vec<&str> = text.lines().collect();
    let mut ends_bare = !text.is_empty() && !text.ends_with('\n');
    // How far lines have moved by the hunks before, and where the next one may begin.
    let mut moved = 0_isize;
    let mut from = 0_usize;
    for (number, hunk) in (1_usize..).zip(&hunks) {
        let hint = hunk
            .at
            .saturating_sub(usize::from(!hunk.old.is_empty()))
            .saturating_add_signed(moved);
        let place = find(&lines, &hunk.old, hint, from).map_err(|found| {
            let what = match found {
                0 => "is not there".to_owned(),
                many => format!("is there {many} times"),
            };
            let near = hint.saturating_sub(2);
            refused(format!(
                "what hunk {number} expects {what} in `{shown}`, and nothing was changed"
            ))
            .with_hint(if lines.is_empty() {
                "the file is empty or not there".to_owned()
            } else {
                format!(
                    "what is there instead, from line {}:\n{}",
                    near.min(lines.len().saturating_sub(1)) + 1,
                    numbered(
                        &lines,
                        near.min(lines.len().saturating_sub(1)),
                        hunk.old.len() + 6
                    )
                )
            })
        })?;
        let end = place + hunk.old.len();
        let touches_end = end == lines.len();
        lines.splice(place..end, hunk.new.iter().copied());
        let (old, new) = (hunk.old.len(), hunk.new.len());
        moved += isize::try_from(new).unwrap_or(0) - isize::try_from(old).unwrap_or(0);
        from = place + new;
        if touches_end {
            ends_bare = hunk.ends_bare;
        }
    }
    let mut new = lines.join("\n");
    if !ends_bare && !new.is_empty() {
        new.push('\n');
    }
    Ok((new, hunks.len()))
}

/// Finds where lines stand: at the hint, or at the only other place behind what was changed already. Else
/// returns at how many places they are.
fn find(
    lines: &[&str],
    old: &[&str],
    hint: usize,
    from: usize,
) -> std::result::Result<usize, usize> {
    let fits = |at: usize| {
        at >= from
            && lines
                .get(at..at.saturating_add(old.len()))
                .is_some_and(|found| found == old)
    };
    if old.is_empty() {
        // What is only added stands where it says, or nowhere.
        return if hint <= lines.len() && hint >= from {
            Ok(hint)
        } else {
            Err(0)
        };
    }
    if fits(hint) {
        return Ok(hint);
    }
    let mut places = (from..lines.len()).filter(|at| fits(*at));
    match (places.next(), places.count()) {
        (Some(only), 0) => Ok(only),
        (Some(_), more) => Err(more + 1),
        (None, _) => Err(0),
    }
}

fn parse(patch: &str) -> Result<Vec<Hunk<'_>>> {
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    let mut files = 0_usize;
    let mut last_is_new = false;
    for line in patch.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(rest) = line.strip_prefix("@@") {
            if hunks.len() >= HUNKS {
                return Err(refused(format!("the patch has more than {HUNKS} hunks")));
            }
            hunks.push(Hunk {
                at: first_line(rest),
                ..Hunk::default()
            });
            continue;
        }
        if line.starts_with("+++ ") && hunks.last().is_none_or(is_whole) {
            files += 1;
            if files > 1 {
                return Err(refused("the patch is about more than one file")
                    .with_hint("say one patch for each file"));
            }
            continue;
        }
        let Some(hunk) = hunks.last_mut() else {
            // Headers of git and of diff.
            continue;
        };
        if line == "--- /dev/null" || line.starts_with("diff --git ") {
            continue;
        }
        if let Some(new) = line.strip_prefix('+') {
            hunk.new.push(new);
            last_is_new = true;
        } else if let Some(old) = line.strip_prefix('-') {
            hunk.old.push(old);
            last_is_new = false;
        } else if line.starts_with('\\') {
            // "No newline at end of file", about the line before it.
            hunk.ends_bare = last_is_new || hunk.new.last() == hunk.old.last();
        } else {
            // Editors take the space of an empty line away.
            let same = line.strip_prefix(' ').unwrap_or(line);
            hunk.old.push(same);
            hunk.new.push(same);
            last_is_new = true;
        }
    }
    if hunks.is_empty() {
        return Err(refused("the patch has no hunk").with_hint(
            "a hunk begins with `@@ -1,3 +1,4 @@` and has a sign before each line: a space, `-` or `+`",
        ));
    }
    Ok(hunks)
}

/// Tells whether a file header may stand behind a hunk.
const fn is_whole(hunk: &Hunk<'_>) -> bool {
    !hunk.old.is_empty() || !hunk.new.is_empty()
}

/// Reads the first line of the old text out of what stands behind `@@`; 1 if it is not said.
fn first_line(rest: &str) -> usize {
    let digits: String = rest
        .split('-')
        .nth(1)
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(1)
}
