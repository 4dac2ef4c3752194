//! What tools say, before and after it is understood: as they said it, and as findings of files
//! that were looked at.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use venom_kernel::plain;
use venom_kernel::redact::Redactor;

use super::super::analyser::{Grammar, mark_in};
use super::super::{Finding, Fix, Kind, Severity, Source};
use super::Tool;
use crate::bounded;

/// The longest message that is kept, in characters. Chosen: a sentence or three.
const MESSAGE: usize = 300;

/// The longest excerpt, in characters; the one of our own findings.
const EXCERPT: usize = 120;

/// What a tool says about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) rule: String,
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) cwe: u32,
    pub(super) message: String,
    /// As the tool writes it.
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
}

impl Said {
    pub(super) fn new(
        rule: &str,
        severity: Severity,
        message: &str,
        path: &str,
        line: u64,
    ) -> Self {
        let message = match bounded::line(&plain::text(message.as_bytes()), MESSAGE) {
            message if message.is_empty() => {
                format!("it is against `{}`", bounded::line(rule, 100))
            }
            message => message,
        };
        let line = small(line).max(1);
        Self {
            rule: bounded::line(rule, 100),
            kind: Kind::Other,
            severity,
            cwe: 0,
            message,
            path: path.to_owned(),
            line,
            column: 1,
            end_line: line,
        }
    }

    pub(super) fn of_kind(mut self, kind: Option<Kind>) -> Self {
        self.kind = kind.unwrap_or_else(|| kind_of(self.cwe));
        self
    }

    pub(super) fn with_cwe(mut self, cwe: u64) -> Self {
        self.cwe = small(cwe);
        self
    }

    /// Sets the column, from 1, and the last line.
    pub(super) fn spanning(mut self, column: u64, end_line: u64) -> Self {
        self.column = small(column).max(1);
        self.end_line = small(end_line).max(self.line);
        self
    }
}

/// An answer of a tool.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) said: Vec<Said>,
    /// What could not be looked at, and why.
    pub(super) notes: Vec<String>,
}

pub(super) fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Reads an answer that is one JSON document.
pub(super) fn document(answer: &str) -> Result<Value, String> {
    serde_json::from_str(answer.trim()).map_err(|error| error.to_string())
}

/// A list in a document; one that is not there is a document of another form.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>, String> {
    value
        .get(key)
        .and_then(Value::as_array)
        .ok_or_else(|| format!("it has no list `{key}`"))
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn number(value: &Value, pointer: &str) -> u64 {
    let found = value.pointer(pointer);
    found
        .and_then(Value::as_u64)
        .or_else(|| found.and_then(Value::as_str)?.parse().ok())
        .unwrap_or(0)
}

/// The kind that stands for a number of the Common Weakness Enumeration.
pub(super) fn kind_of(cwe: u32) -> Kind {
    match cwe {
        89 | 564 | 943 => Kind::SqlInjection,
        79 | 80 | 116 => Kind::Xss,
        77 | 78 | 88 | 94 | 95 => Kind::CommandInjection,
        22 | 23 | 36 | 73 => Kind::PathTraversal,
        326..=328 | 916 => Kind::WeakHash,
        259 | 321 | 798 => Kind::HardCodedSecret,
        502 => Kind::UnsafeDeserialisation,
        295..=297 => Kind::DisabledTlsCheck,
        330 | 335 | 337 | 338 => Kind::InsecureRandom,
        601 => Kind::OpenRedirect,
        915 | 1321 => Kind::PrototypePollution,
        119 | 125 | 416 | 476 | 787 => Kind::UnsafeMemory,
        489 => Kind::DebugMode,
        937 | 1104 | 1395 => Kind::VulnerableDependency,
        _ => Kind::Other,
    }
}

/// The texts that were looked at, by their paths.
#[derive(Debug, Default)]
pub(in crate::code) struct Texts {
    by_path: BTreeMap<String, String>,
}

impl Texts {
    /// Adds a text.
    pub(in crate::code) fn add(&mut self, path: &str, text: &str) {
        self.by_path.insert(path.to_owned(), text.to_owned());
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.by_path.get(path).map(String::as_str)
    }

    /// Makes a finding of what a tool says, if it is about a file that was looked at.
    pub(super) fn finding(&self, tool: Tool, said: Said, root: &Path) -> Option<Finding> {
        let path = within(&said.path, root);
        let text = self.by_path.get(&path)?;
        let line = usize::try_from(said.line).ok()?;
        let first = text.lines().nth(line - 1).unwrap_or_default();
        let last = text
            .lines()
            .nth(usize::try_from(said.end_line).ok()?.saturating_sub(1))
            .unwrap_or_default();
        let is_slashed = Grammar::of(&path).is_some();
        let suppressed = [first, last]
            .iter()
            .find_map(|line| mark_in(line, is_slashed, said.kind));
        let redactor = Redactor::default();
        Some(Finding {
            rule: format!("{tool}.{}", said.rule),
            kind: said.kind,
            severity: said.severity,
            cwe: said.cwe,
            path,
            line: said.line,
            column: said.column,
            end_line: said.end_line,
            message: redactor.redact(&without_secret(&said.message, said.kind)),
            excerpt: redactor.redact(&shown(first, said.kind)),
            fix: Fix::Report {
                reason: format!("{tool} reports it as {}", said.rule),
            },
            suppressed,
            sources: vec![Source {
                tool: tool.name().to_owned(),
                rule: said.rule,
            }],
        })
    }
}

/// What a tool calls a file, as it is called in the workspace.
fn within(path: &str, root: &Path) -> String {
    let path = Path::new(path);
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = inner
        .components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

/// The line that is shown. Of one that holds a secret, what stands before the value.
fn shown(line: &str, kind: Kind) -> String {
    let line = bounded::line(line, EXCERPT);
    if kind != Kind::HardCodedSecret {
        return line;
    }
    let end = line.find(['=', ':', '(', '"', '\'']).unwrap_or(0);
    format!("{} …", line.get(..end).unwrap_or_default().trim_end())
}

/// Some tools repeat the secret that they have found.
fn without_secret(message: &str, kind: Kind) -> String {
    if kind != Kind::HardCodedSecret {
        return message.to_owned();
    }
    let end = message.find(['\'', '"', ':']).unwrap_or(message.len());
    message.get(..end).unwrap_or_default().trim_end().to_owned()
}
