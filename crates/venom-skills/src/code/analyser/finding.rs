//! What an analysis answers with: findings, their kinds and severities, and the edits that cure them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest text that is analysed, in bytes.
///
/// Chosen: the longest hand-written Python files are a tenth of this, and what is longer is
/// generated tables, on which the flow analysis only burns time.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Says why a text was not analysed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnalyseError {
    /// The text is longer than [`MAX_TEXT_BYTES`].
    #[error("analyse a text of {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// The size of the text.
        bytes: usize,
        /// The limit it is over.
        limit: usize,
    },
    /// The parser gave no tree back.
    #[error("parse the text: {reason}")]
    Parse {
        /// What the parser said.
        reason: String,
    },
    /// A rule file that is built into the program cannot be read.
    #[error("read the built-in rules: {reason}")]
    Rules {
        /// Which rule, and what is wrong with it.
        reason: String,
    },
}

/// The weaknesses that are looked for; not every language has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A value becomes part of the text of a database query.
    SqlInjection,
    /// A value becomes part of a page without being escaped.
    Xss,
    /// A value becomes part of a command line or of a program text.
    CommandInjection,
    /// A value chooses a file outside of the directory that was meant.
    PathTraversal,
    /// A digest that can be forged or searched, or a cipher that can be broken.
    WeakHash,
    /// A password or key in the source text.
    HardCodedSecret,
    /// A decoder that runs code from its input.
    UnsafeDeserialisation,
    /// A connection whose other end is not checked.
    DisabledTlsCheck,
    /// A server started in a mode that is meant for development, or open where it need not be.
    DebugMode,
    /// A secret drawn from a predictable generator.
    InsecureRandom,
    /// A link that decides where the browser goes.
    OpenRedirect,
    /// Keys from outside that can change the prototype of all objects.
    PrototypePollution,
    /// Memory or text that is taken at its word.
    UnsafeMemory,
    /// A dependency with a known weakness; only other tools find these.
    VulnerableDependency,
    /// What another tool reports and none of the kinds here stands for.
    Other,
}

impl Kind {
    /// Every kind, in the order reports list them.
    pub const ALL: [Self; 15] = [
        Self::SqlInjection,
        Self::Xss,
        Self::CommandInjection,
        Self::PathTraversal,
        Self::WeakHash,
        Self::HardCodedSecret,
        Self::UnsafeDeserialisation,
        Self::DisabledTlsCheck,
        Self::DebugMode,
        Self::InsecureRandom,
        Self::OpenRedirect,
        Self::PrototypePollution,
        Self::UnsafeMemory,
        Self::VulnerableDependency,
        Self::Other,
    ];

    /// Returns the name that rules, reports and the command line use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SqlInjection => "sql-injection",
            Self::Xss => "xss",
            Self::CommandInjection => "command-injection",
            Self::PathTraversal => "path-traversal",
            Self::WeakHash => "weak-hash",
            Self::HardCodedSecret => "hard-coded-secret",
            Self::UnsafeDeserialisation => "unsafe-deserialisation",
            Self::DisabledTlsCheck => "disabled-tls-check",
            Self::DebugMode => "debug-mode",
            Self::InsecureRandom => "insecure-random",
            Self::OpenRedirect => "open-redirect",
            Self::PrototypePollution => "prototype-pollution",
            Self::UnsafeMemory => "unsafe-memory",
            Self::VulnerableDependency => "vulnerable-dependency",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How much harm the weakness can do where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Needs more than one other mistake to matter.
    Low,
    /// Matters where the value turns out to come from outside.
    Medium,
    /// Lets somebody outside in, as far as the text shows.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Replaces a range of bytes of the analysed text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edit {
    /// Where the replaced text starts.
    pub start: usize,
    /// Where the replaced text ends; equal to `start` for an insertion.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// What can be done about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Fix {
    /// Edits that take away the weakness and nothing else.
    Rewrite {
        /// The edits, in no particular order, never overlapping.
        edits: Vec<Edit>,
        /// What the edits do, for the person who reviews them.
        note: String,
    },
    /// No edit keeps the meaning for certain, so a person has to decide.
    Report {
        /// Why there is no edit, or what to do instead.
        reason: String,
    },
}

/// Who says so: a tool, and the name of its rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The tool, such as `bandit`; `venom` for the rules here.
    pub tool: String,
    /// The name that the tool gives the rule.
    pub rule: String,
}

impl Source {
    /// The name of the rules here.
    pub const OWN: &'static str = "venom";

    /// Makes the source of a rule here.
    pub(crate) fn own(rule: &str) -> Self {
        Self {
            tool: Self::OWN.to_owned(),
            rule: rule.to_owned(),
        }
    }
}

/// One weakness at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the rule that found it.
    pub rule: String,
    /// Which weakness it is.
    pub kind: Kind,
    /// How much harm it can do.
    pub severity: Severity,
    /// The number in the Common Weakness Enumeration.
    pub cwe: u32,
    /// The path that the caller gave for the text.
    pub path: String,
    /// The first line, counted from one.
    pub line: u32,
    /// The column of the start, in characters counted from one.
    pub column: u32,
    /// The last line, counted from one.
    pub end_line: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The first line of the code that was found, shortened.
    pub excerpt: String,
    /// What can be done about it.
    pub fix: Fix,
    /// The mark in the text by which its authors say that they know of it, such as `# nosec B608`.
    /// It is not fixed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
    /// Who found it; the first of them wrote the message.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl Finding {
    /// Tells whether a rule of ours found it.
    pub fn is_own(&self) -> bool {
        self.sources.iter().any(|source| source.tool == Source::OWN)
    }
}
