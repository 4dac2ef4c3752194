//! Languages by file name, and what a file offers to others: names and main programs.

use std::sync::LazyLock;

use regex::Regex;

/// A language, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Language {
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// JavaScript and TypeScript.
    Script,
    /// Go.
    Go,
    /// A language of which only lines are counted.
    Other(&'static str),
}

impl Language {
    /// Judges a path.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        match end {
            "py" | "pyi" => Self::Python,
            "rs" => Self::Rust,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Self::Script,
            "go" => Self::Go,
            "c" | "h" => Self::Other("C"),
            "cc" | "cpp" | "cxx" | "hpp" | "hh" => Self::Other("C++"),
            "java" => Self::Other("Java"),
            "kt" | "kts" => Self::Other("Kotlin"),
            "cs" => Self::Other("C#"),
            "rb" => Self::Other("Ruby"),
            "php" => Self::Other("PHP"),
            "swift" => Self::Other("Swift"),
            "sh" | "bash" | "zsh" => Self::Other("Shell"),
            "sql" => Self::Other("SQL"),
            "html" | "htm" => Self::Other("HTML"),
            "css" | "scss" | "less" => Self::Other("CSS"),
            "md" | "rst" | "adoc" | "txt" => Self::Other("text"),
            "json" | "toml" | "yaml" | "yml" | "ini" | "cfg" | "xml" | "lock" => {
                Self::Other("data")
            }
            _ => Self::Other("other"),
        }
    }

    /// Returns its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Rust => "Rust",
            Self::Script => "JavaScript",
            Self::Go => "Go",
            Self::Other(name) => name,
        }
    }
}

/// Something that a file offers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The line, from one.
    pub(super) line: usize,
    /// What it is.
    pub(super) kind: EntryKind,
    /// Its name.
    pub(super) name: String,
}

/// What can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A program that can be run.
    Main,
    /// A name that other code can use.
    Export,
}

impl EntryKind {
    /// Returns its name in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Export => "export",
        }
    }
}

struct Patterns {
    python: Regex,
    rust: Regex,
    script: Regex,
    script_list: Regex,
    go: Regex,
    word: Regex,
}

/// The patterns are constants; the tests of the module use each of them.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    Some(Patterns {
        python: Regex::new(r"^(?:async\s+)?(?:def|class)\s+([A-Za-z]\w*)").ok()?,
        rust: Regex::new(
            r"^pub\s+(?:const\s+|async\s+|unsafe\s+)*(?:fn|struct|enum|trait|union|type|mod|static|const)\s+(\w+)",
        )
        .ok()?,
        script: Regex::new(
            r"^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|var|interface|enum|type)\s+([\w$]+)",
        )
        .ok()?,
        script_list: Regex::new(r"^(?:export\s*\{|module\.exports\s*=\s*\{)([^}]*)").ok()?,
        go: Regex::new(r"^(?:func\s+(?:\([^)]*\)\s*)?|type\s+|var\s+|const\s+)([A-Z]\w*)").ok()?,
        word: Regex::new(r#"["']([A-Za-z_]\w*)["']"#).ok()?,
    })
});

/// Finds what a file offers.
pub(super) fn entries(path: &str, language: Language, text: &str) -> Vec<Entry> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let export = |line: usize, name: &str| Entry {
        line,
        kind: EntryKind::Export,
        name: name.to_owned(),
    };
    let main = |line: usize, name: &str| Entry {
        line,
        kind: EntryKind::Main,
        name: name.to_owned(),
    };
    let file = path.rsplit('/').next().unwrap_or_default();
    let mut entries = Vec::new();
    let lines = || text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let by_pattern = |pattern: &Regex, entries: &mut Vec<Entry>| {
        for (at, line) in lines() {
            if let Some(name) = pattern.captures(line).and_then(|found| found.get(1)) {
                entries.push(export(at, name.as_str()));
            }
        }
    };
    match language {
        Language::Python => {
            if file == "__main__.py" {
                entries.push(main(1, "__main__"));
            }
            for (at, line) in lines() {
                if line.starts_with("if __name__") && line.contains("__main__") {
                    entries.push(main(at, "__main__"));
                }
            }
            if let Some(listed) = dunder_all(text, patterns) {
                entries.extend(listed.iter().map(|(at, name)| export(*at, name)));
            } else {
                by_pattern(&patterns.python, &mut entries);
            }
        }
        Language::Rust => {
            let is_program =
                file == "main.rs" || path.contains("src/bin/") || path.contains("examples/");
            for (at, line) in lines() {
                if is_program
                    && (line.starts_with("fn main(") || line.starts_with("async fn main("))
                {
                    entries.push(main(at, "main"));
                }
            }
            by_pattern(&patterns.rust, &mut entries);
        }
        Language::Script => {
            if text.starts_with("#!") {
                entries.push(main(1, file));
            }
            by_pattern(&patterns.script, &mut entries);
            for (at, line) in lines() {
                let Some(list) = patterns
                    .script_list
                    .captures(line)
                    .and_then(|found| found.get(1))
                else {
                    continue;
                };
                for name in list.as_str().split(',') {
                    let name = name.rsplit(" as ").next().unwrap_or(name);
                    let name = name.split(':').next().unwrap_or(name).trim();
                    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                        entries.push(export(at, name));
                    }
                }
            }
        }
        Language::Go => {
            if text.lines().any(|line| line.trim() == "package main") {
                for (at, line) in lines() {
                    if line.starts_with("func main(") {
                        entries.push(main(at, "main"));
                    }
                }
            }
            by_pattern(&patterns.go, &mut entries);
        }
        Language::Other(_) => {
            if text.starts_with("#!") {
                entries.push(main(1, file));
            }
        }
    }
    entries
}

/// Reads `__all__ = [...]`, over several lines if need be.
fn dunder_all(text: &str, patterns: &Patterns) -> Option<Vec<(usize, String)>> {
    let start = text
        .lines()
        .position(|line| line.starts_with("__all__") && line.contains('='))?;
    let mut names = Vec::new();
    // A list of names longer than this is not written by people.
    for (at, line) in text.lines().enumerate().skip(start).take(500) {
        let found = patterns
            .word
            .captures_iter(line)
            .filter_map(|found| found.get(1));
        names.extend(found.map(|name| (at + 1, name.as_str().to_owned())));
        if line.contains(']') || line.contains(')') {
            break;
        }
    }
    Some(names)
}
