//! The Python grammar, in the form ast-grep wants a language in.

use std::borrow::Cow;

use ast_grep_core::language::Language;
use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};

/// The one language whose rules are built in.
#[derive(Debug, Clone, Copy)]
pub(in crate::code) struct Python;

/// Stands in for `$` while a pattern is parsed: Python's grammar takes it as part of a name.
const EXPANDO: char = '\u{b5}';

impl Language for Python {
    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        if query.contains('$') {
            Cow::Owned(query.replace('$', "\u{b5}"))
        } else {
            Cow::Borrowed(query)
        }
    }

    fn expando_char(&self) -> char {
        EXPANDO
    }

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

impl LanguageExt for Python {
    fn get_ts_language(&self) -> TSLanguage {
        tree_sitter_python::LANGUAGE.into()
    }
}
