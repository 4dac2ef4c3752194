//! The languages besides Python, by the ends of file names, in the form ast-grep wants them in.

use ast_grep_core::language::Language;
use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};

/// A grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::code) enum Grammar {
    /// JavaScript, with JSX.
    JavaScript,
    /// TypeScript without JSX, in which `<T>x` is a conversion.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Rust.
    Rust,
    /// Go.
    Go,
}

/// A language: grammars that share their rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    JavaScript,
    Rust,
    Go,
}

/// The ends of file names that are known, for listings.
pub(in crate::code) const ENDS: [&str; 10] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "rs", "go",
];

impl Grammar {
    /// Tells the grammar by the name of a file.
    pub(in crate::code) fn of(path: &str) -> Option<Self> {
        let (_, end) = path.rsplit_once('.')?;
        match end {
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            "rs" => Some(Self::Rust),
            "go" => Some(Self::Go),
            _ => None,
        }
    }

    /// The language it is a grammar of.
    pub(super) fn tongue(self) -> Tongue {
        match self {
            Self::JavaScript | Self::TypeScript | Self::Tsx => Tongue::JavaScript,
            Self::Rust => Tongue::Rust,
            Self::Go => Tongue::Go,
        }
    }
}

impl Language for Grammar {
    fn kind_to_id(&self, kind: &str) -> u16 {
        self.get_ts_language().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.get_ts_language()
            .field_id_for_name(field)
            .map(std::num::NonZero::get)
    }

    fn build_pattern(&self, builder: &PatternBuilder<'_>) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, *self))
    }
}

impl LanguageExt for Grammar {
    fn get_ts_language(&self) -> TSLanguage {
        match self {
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
        }
    }
}
