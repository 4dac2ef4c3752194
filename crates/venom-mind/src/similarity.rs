//! How alike two names are: edit distance, and ranking of candidates for a query.
//!
//! Owns "did you mean" and the resolving of words such as `the auth module` against names that
//! exist. It compares strings and must not know what they name.

#[cfg(test)]
mod tests;

use crate::text::{Role, Text, normalize};

/// Counts insertions, deletions, substitutions and swaps of neighbours between two texts (optimal
/// string alignment), or nothing when there are more than `bound`.
pub fn damerau_levenshtein(left: &str, right: &str, bound: usize) -> Option<usize> {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len().abs_diff(right.len()) > bound {
        return None;
    }
    // Three rows are enough: a swap looks back two.
    let mut before_last: Vec<usize> = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut row: Vec<usize> = vec![0; right.len() + 1];
    for (down, from) in left.iter().enumerate() {
        let mut least = down + 1;
        let mut beside = down + 1;
        if let Some(first) = row.first_mut() {
            *first = beside;
        }
        for (across, to) in right.iter().enumerate() {
            let above = last.get(across + 1).copied().unwrap_or(usize::MAX - 1);
            let diagonal = last.get(across).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (above + 1)
                .min(beside + 1)
                .min(diagonal + usize::from(from != to));
            let is_swap = down > 0
                && across > 0
                && left.get(down - 1) == Some(to)
                && right.get(across - 1) == Some(from);
            if is_swap && let Some(before) = before_last.get(across - 1) {
                cost = cost.min(before + 1);
            }
            if let Some(cell) = row.get_mut(across + 1) {
                *cell = cost;
            }
            beside = cost;
            least = least.min(cost);
        }
        if least > bound {
            return None;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last.last().copied().filter(|distance| *distance <= bound)
}

/// Measures how alike two short texts are, from 0 to 1, rewarding a common beginning (Jaro-Winkler).
pub fn jaro_winkler(left: &str, right: &str) -> f64 {
    /// The customary weight and length of the common beginning.
    const PREFIX_WEIGHT: f64 = 0.1;
    const PREFIX: usize = 4;
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let jaro = jaro(&left, &right);
    let prefix = left
        .iter()
        .zip(&right)
        .take(PREFIX)
        .take_while(|(a, b)| a == b)
        .count();
    jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro)
}

fn jaro(left: &[char], right: &[char]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return if left.len() == right.len() { 1.0 } else { 0.0 };
    }
    let window = (left.len().max(right.len()) / 2).saturating_sub(1);
    let mut is_taken = vec![false; right.len()];
    let mut matched_left = Vec::new();
    for (at, character) in left.iter().enumerate() {
        let from = at.saturating_sub(window);
        let found = right
            .iter()
            .zip(&mut is_taken)
            .skip(from)
            .take(at + window + 1 - from)
            .find(|(candidate, taken)| *candidate == character && !**taken);
        if let Some((_, taken)) = found {
            *taken = true;
            matched_left.push(*character);
        }
    }
    if matched_left.is_empty() {
        return 0.0;
    }
    let matched_right = right
        .iter()
        .zip(&is_taken)
        .filter(|(_, taken)| **taken)
        .map(|(c, _)| *c);
    let moved = matched_left
        .iter()
        .zip(matched_right)
        .filter(|(a, b)| **a != *b)
        .count();
    let matches = matched_left.len() as f64;
    (matches / left.len() as f64
        + matches / right.len() as f64
        + (matches - moved as f64 / 2.0) / matches)
        / 3.0
}

/// Bounds how much of a name is compared, in characters, because the comparison is quadratic.
const MAX_NAME_CHARS: usize = 256;
/// Below this two names are not alike. Chosen: `auth` and `audit` stay apart (0.80 with the customary
/// prefix weight), `auth` and `auht` do not (0.93).
const LEAST_ALIKE: f64 = 0.82;

/// Ranks candidates for a query, best first, each with its position and a score from 0 to 1.
///
/// Names are compared piece by piece, so that `the auth module` finds `src/auth` and `user auth`
/// finds `UserAuth`. Candidates without likeness are left out; equal scores are ordered by name.
pub fn rank<S: AsRef<str>>(query: &str, candidates: &[S]) -> Vec<(usize, f64)> {
    let whole = bounded(&normalize(query));
    let wanted = pieces(query);
    let mut ranked: Vec<(usize, &str, f64)> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            (
                at,
                candidate.as_ref(),
                likeness(&whole, &wanted, candidate.as_ref()),
            )
        })
        .filter(|(.., score)| *score > 0.0)
        .collect();
    ranked.sort_by(|left, right| {
        right
            .2
            .total_cmp(&left.2)
            .then_with(|| left.1.cmp(right.1))
            .then(left.0.cmp(&right.0))
    });
    ranked
        .into_iter()
        .map(|(at, _, score)| (at, score))
        .collect()
}

/// Returns the best candidates for a name that does not exist, at most `limit`.
pub fn did_you_mean<'a, S: AsRef<str>>(
    query: &str,
    candidates: &'a [S],
    limit: usize,
) -> Vec<&'a str> {
    /// Below this a suggestion irritates more than it helps.
    const LEAST: f64 = 0.6;
    rank(query, candidates)
        .into_iter()
        .filter(|(_, score)| *score >= LEAST)
        .take(limit)
        .filter_map(|(at, _)| candidates.get(at).map(AsRef::as_ref))
        .collect()
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_NAME_CHARS).collect()
}

/// Words that say what kind of thing is named, not which one.
const KINDS: &[&str] = &[
    "class",
    "component",
    "crate",
    "dir",
    "directory",
    "file",
    "folder",
    "library",
    "module",
    "package",
    "part",
    "service",
    "thing",
];

struct Piece {
    text: String,
    stem: String,
    weight: f64,
}

fn pieces(text: &str) -> Vec<Piece> {
    let spaced = spaced(&bounded(text));
    let all: Vec<Piece> = Text::goal(&spaced)
        .words()
        .map(|word| {
            let is_kind = KINDS.binary_search(&word.text.as_str()).is_ok();
            let weight = if is_kind || word.role == Role::Function {
                0.1
            } else {
                1.0
            };
            Piece {
                text: word.text.clone(),
                stem: word.stem.clone(),
                weight,
            }
        })
        .collect();
    all
}

/// Separates the pieces of a path or identifier by blanks.
fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut was_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && was_lower {
            spaced.push(' ');
        }
        was_lower = character.is_lowercase();
        spaced.push(if matches!(character, '/' | '\\' | '_' | '.' | ':' | '-') {
            ' '
        } else {
            character
        });
    }
    spaced
}

fn likeness(whole: &str, wanted: &[Piece], candidate: &str) -> f64 {
    let name = bounded(&normalize(candidate));
    if name.is_empty() || whole.is_empty() {
        return 0.0;
    }
    if name == whole {
        return 1.0;
    }
    let offered = pieces(candidate);
    let total: f64 = wanted.iter().map(|piece| piece.weight).sum();
    let spread: f64 = offered.iter().map(|piece| piece.weight).sum();
    let found: f64 = wanted
        .iter()
        .map(|piece| piece.weight * best(piece, &offered))
        .sum();
    let used: f64 = offered
        .iter()
        .map(|piece| piece.weight * best(piece, wanted))
        .sum();
    // The last piece of a path names the thing itself, the pieces before it say where it stands.
    let is_last_wanted = offered
        .last()
        .is_some_and(|last| best(last, wanted) >= LEAST_ALIKE);
    let by_pieces = if total > 0.0 && spread > 0.0 {
        0.7 * found / total + 0.15 * used / spread + if is_last_wanted { 0.14 } else { 0.0 }
    } else {
        0.0
    };
    let alike = jaro_winkler(whole, &name);
    let by_letters = if alike >= LEAST_ALIKE {
        0.9 * alike
    } else {
        0.0
    };
    by_pieces.max(by_letters)
}

fn best(piece: &Piece, others: &[Piece]) -> f64 {
    others
        .iter()
        .map(|other| {
            if piece.text == other.text {
                return 1.0;
            }
            if piece.stem == other.stem {
                return 0.95;
            }
            let shorter = piece.text.len().min(other.text.len());
            let is_prefix = shorter >= 3
                && (piece.text.starts_with(&other.text) || other.text.starts_with(&piece.text));
            // `auth` for `authentication`, `config` for `configuration`.
            if is_prefix {
                return 0.9;
            }
            let alike = jaro_winkler(&piece.text, &other.text);
            if alike >= LEAST_ALIKE && shorter >= 3 {
                alike * 0.9
            } else {
                0.0
            }
        })
        .fold(0.0, f64::max)
}
