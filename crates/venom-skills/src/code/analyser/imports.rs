//! Where a new import goes, and whether its name is free.

use super::module::Module;
use super::syntax::Id;

impl Module<'_> {
    /// Says whether the file imports a whole library at its top level, not just in a function.
    pub(super) fn is_imported_at_top(&self, library: &str) -> bool {
        self.tree
            .named(self.tree.root())
            .filter(|one| self.tree.kind(*one) == "import_statement")
            .any(|one| {
                self.tree.fields(one, "name").any(|name| {
                    let path = self.tree.field(name, "name").unwrap_or(name);
                    self.text(path) == library
                })
            })
    }

    /// Says whether the name already stands for something else that is imported.
    pub(super) fn means_other(&self, name: &str) -> bool {
        self.imported_as(name)
            .is_some_and(|paths| paths.iter().any(|path| path != name))
    }

    /// Finds the place behind the last import of the leading block; in front of the code without
    /// one, behind a docstring and the comments of the head.
    ///
    /// `before` is the first byte that needs the import.
    pub(super) fn place_for_import(&self, before: usize) -> Option<usize> {
        let mut place: Option<Id> = None;
        let mut is_first = true;
        for child in self.tree.named(self.tree.root()) {
            if self.tree.end(child) > before {
                break;
            }
            match self.tree.kind(child) {
                "import_statement" | "import_from_statement" | "future_import_statement" => {
                    place = Some(child);
                }
                // The docstring of the module.
                "expression_statement"
                    if is_first
                        && self.tree.named(child).next().is_some_and(|inner| {
                            matches!(self.tree.kind(inner), "string" | "concatenated_string")
                        }) =>
                {
                    place = Some(child);
                }
                // Imports that are tried in turn still belong to the block.
                "try_statement" | "if_statement"
                    if self
                        .tree
                        .within(child)
                        .any(|inner| self.tree.kind(inner).starts_with("import")) => {}
                _ => break,
            }
            is_first = false;
        }
        let source = self.tree.source();
        let Some(last) = place else {
            return Some(self.end_of_head());
        };
        let end = self.tree.end(last);
        let rest = source.get(end..)?;
        // Another statement on the same line would be torn off.
        let line = rest.split('\n').next().unwrap_or(rest).trim();
        if !line.is_empty() && !line.starts_with('#') {
            return None;
        }
        Some(rest.find('\n').map_or(source.len(), |at| end + at + 1))
    }

    /// The end of the comment lines a file begins with: interpreter, encoding, licence.
    fn end_of_head(&self) -> usize {
        let source = self.tree.source();
        let mut at = if source.starts_with('\u{feff}') { 3 } else { 0 };
        while let Some(line) = source
            .get(at..)
            .and_then(|rest| rest.split_inclusive('\n').next())
        {
            if !line.starts_with('#') || !line.ends_with('\n') {
                break;
            }
            at += line.len();
        }
        at
    }
}
