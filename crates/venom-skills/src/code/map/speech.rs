//! The languages that the map reads, and the reading of one text.

use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};

use super::facts::Facts;
use super::scope::Reading;
use super::{go, python, rust, script};
use crate::code::analyser::Grammar;
use crate::code::analyser::MAX_TEXT_BYTES;
use crate::code::analyser::python::Python;
use crate::code::analyser::syntax::Tree;

/// Stands for the grammars and for what is taken down of a file. A cache that was written under
/// another number is not read. The second part counts changes of this code, the others are the
/// versions of the grammars.
pub(super) const VERSION: &str = "map-2 py0.25.0 js0.25.0 ts0.23.2 rs0.24.0 go0.25.0";

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Speech {
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    Script,
    /// Rust.
    Rust,
    /// Go.
    Go,
}

impl Speech {
    /// Tells the language by the name of a file.
    pub(crate) fn of(path: &str) -> Option<Self> {
        if crate::code::sources::is_python(path) {
            return Some(Self::Python);
        }
        Some(match Grammar::of(path)? {
            Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => Self::Script,
            Grammar::Rust => Self::Rust,
            Grammar::Go => Self::Go,
        })
    }

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Script => "JavaScript",
            Self::Rust => "Rust",
            Self::Go => "Go",
        }
    }

    /// Returns what stands between the parts of a path.
    pub(crate) fn joint(self) -> &'static str {
        match self {
            Self::Rust => "::",
            Self::Python | Self::Script | Self::Go => ".",
        }
    }
}

/// Reads what a file says; `None` if it is in no known language or cannot be parsed.
pub(crate) fn read(path: &str, text: &str) -> Option<Facts> {
    let speech = Speech::of(path)?;
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    match Grammar::of(path) {
        Some(grammar) => parsed(grammar, speech, path, text),
        None => parsed(Python, speech, path, text),
    }
}

fn parsed<L: LanguageExt>(language: L, speech: Speech, path: &str, text: &str) -> Option<Facts> {
    let document = StrDoc::try_new(text, language).ok()?;
    let root = ast_grep_core::AstGrep::doc(document);
    let tree = Tree::new(text, &root.root());
    let mut reading = Reading::new(&tree);
    match speech {
        Speech::Python => python::read(&mut reading),
        Speech::Script => script::read(&mut reading),
        Speech::Rust => rust::read(&mut reading, path),
        Speech::Go => go::read(&mut reading, path),
    }
    Some(reading.done())
}
