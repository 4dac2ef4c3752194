//! Names of functions and types that a patch adds, removes or touches, by light patterns.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// Names in a patch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    /// Defined afterwards and not before, in the order of the patch.
    pub(super) added: Vec<String>,
    /// Defined before and not afterwards.
    pub(super) removed: Vec<String>,
    /// Changed inside.
    pub(super) touched: Vec<String>,
}

/// What introduces a definition, by the endings of file names.
static PATTERNS: LazyLock<Vec<(&'static [&'static str], Regex)>> = LazyLock::new(|| {
    [
        (&["py", "pyi"][..], r"^\s*(?:async\s+)?(?:def|class)\s+([A-Za-z]\w*)"),
        (
            &["rs"],
            r"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:const\s+|async\s+|unsafe\s+)*(?:fn|struct|enum|trait|union|type|mod|macro_rules!)\s+([A-Za-z]\w*)",
        ),
        (
            &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts"],
            r"^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|interface|enum|type)\s+([A-Za-z$]\w*)",
        ),
        (&["js", "jsx", "ts", "tsx", "mjs"], r"^export\s+(?:const|let|var)\s+([A-Za-z$]\w*)"),
        (&["go"], r"^(?:func\s+(?:\([^)]*\)\s*)?|type\s+)([A-Za-z]\w*)"),
        (
            &["java", "kt", "cs", "swift", "scala", "php", "rb"],
            r"^\s*(?:(?:public|private|protected|internal|open|static|final|abstract|override|data|sealed|export)\s+)*(?:class|interface|enum|record|fun|func|def|function|object|struct|trait|module)\s+([A-Za-z]\w*)",
        ),
    ]
    .into_iter()
    .filter_map(|(ends, pattern)| Some((ends, Regex::new(pattern).ok()?)))
    .collect()
});

/// Finds the name that a line of this kind of file defines.
pub(super) fn defined<'l>(ending: &str, line: &'l str) -> Option<&'l str> {
    let mut patterns = PATTERNS.iter().filter(|(ends, _)| ends.contains(&ending));
    patterns.find_map(|(_, pattern)| Some(pattern.captures(line)?.get(1)?.as_str()))
}

impl Symbols {
    /// Reads a patch without context lines.
    pub(super) fn of(patch: &str) -> Self {
        let mut ending = String::new();
        let (mut added, mut removed, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_header = false;
        for line in patch.lines() {
            if line.starts_with("diff --git ") {
                is_header = true;
                ending.clear();
            } else if is_header {
                let path = line
                    .strip_prefix("+++ ")
                    .or_else(|| line.strip_prefix("--- "));
                if let Some(path) = path.filter(|path| *path != "/dev/null") {
                    let name = path.trim_end_matches(['"', '\t']).rsplit('/').next();
                    let end = name
                        .and_then(|name| name.rsplit_once('.'))
                        .map(|(_, end)| end);
                    end.unwrap_or_default().clone_into(&mut ending);
                }
            }
            if let Some(rest) = line.strip_prefix("@@ ") {
                is_header = false;
                let context = rest.split_once(" @@ ").map(|(_, context)| context);
                touched.extend(
                    context
                        .and_then(|line| defined(&ending, line))
                        .map(str::to_owned),
                );
            } else if !is_header {
                let name = |line| defined(&ending, line).map(str::to_owned);
                added.extend(line.strip_prefix('+').and_then(name));
                removed.extend(line.strip_prefix('-').and_then(name));
            }
        }
        let before: BTreeSet<String> = removed.iter().cloned().collect();
        let after: BTreeSet<String> = added.iter().cloned().collect();
        // A definition whose line changed is neither new nor gone: it was touched.
        touched.extend(added.iter().filter(|name| before.contains(*name)).cloned());
        let added = unique(added, |name| !before.contains(name));
        let removed = unique(removed, |name| !after.contains(name));
        let touched = unique(touched, |name| {
            !added.contains(name) && !removed.contains(name)
        });
        Self {
            added,
            removed,
            touched,
        }
    }
}

fn unique(names: Vec<String>, keep: impl Fn(&String) -> bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .filter(|name| keep(name) && seen.insert(name.clone()))
        .collect()
}
