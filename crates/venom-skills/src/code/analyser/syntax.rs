//! The syntax tree of one file, copied into a flat table in the order of the text.
//!
//! The parser's own nodes walk down from the root to find a parent; the analysis asks for parents
//! all the time. The table answers that, and "everything below this node", in constant time.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use ast_grep_core::Node;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};

/// A node of the tree, by its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::code) struct Id(usize);

#[derive(Debug)]
struct Entry<'t> {
    kind: &'t str,
    field: Option<&'t str>,
    start: usize,
    end: usize,
    parent: Option<Id>,
    next: Option<Id>,
    /// One past the last node below this one.
    below: usize,
    named: bool,
    broken: bool,
}

/// The table of nodes, with the text they were read from.
#[derive(Debug)]
pub(in crate::code) struct Tree<'t> {
    text: &'t str,
    entries: Vec<Entry<'t>>,
    ids: HashMap<usize, Id>,
    /// Where each line starts.
    lines: Vec<usize>,
    errors: usize,
    effort: Cell<usize>,
}

/// How many nodes the searches in a file may look at, all together.
///
/// Chosen: ten times what the largest files of the Python library use, and less than three
/// seconds; without it a file of two megabytes can keep a search going for hours.
const EFFORT: usize = 20_000_000;

/// The arguments of a call, told apart.
#[derive(Debug, Clone)]
pub(in crate::code) struct Call<'t> {
    /// The call itself.
    pub(in crate::code) node: Id,
    /// What is called.
    pub(in crate::code) function: Id,
    /// The list of arguments with its parentheses.
    pub(in crate::code) arguments: Id,
    /// The arguments without a name, up to the first `*` splat.
    pub(in crate::code) positional: Vec<Id>,
    /// The arguments with a name: the name, its value and the whole.
    pub(in crate::code) keywords: Vec<(&'t str, Id, Id)>,
    /// Whether `*args` or `**kwargs` may bring more.
    pub(in crate::code) splat: bool,
}

impl Call<'_> {
    /// Finds an argument by its position or its name.
    pub(in crate::code) fn argument(&self, position: usize, name: &str) -> Option<Id> {
        self.positional
            .get(position)
            .copied()
            .or_else(|| self.keyword(name))
    }

    /// Finds an argument by its name.
    pub(in crate::code) fn keyword(&self, name: &str) -> Option<Id> {
        self.keywords
            .iter()
            .find(|(given, _, _)| *given == name)
            .map(|(_, value, _)| *value)
    }
}

impl<'t> Tree<'t> {
    /// Copies a parsed file.
    pub(in crate::code) fn new<L: LanguageExt>(text: &'t str, root: &Node<'t, StrDoc<L>>) -> Self {
        let inner = root.get_inner_node();
        let mut cursor = inner.walk();
        let mut entries: Vec<Entry<'t>> = Vec::new();
        let mut ids = HashMap::new();
        let mut errors = 0;
        let mut path: Vec<Id> = Vec::new();
        let mut before: Option<Id> = None;
        loop {
            let node = cursor.node();
            let id = Id(entries.len());
            let broken = node.is_error() || node.is_missing();
            errors += usize::from(broken);
            if let Some(before) = before.take()
                && let Some(entry) = entries.get_mut(before.0)
            {
                entry.next = Some(id);
            }
            entries.push(Entry {
                kind: node.kind(),
                field: cursor.field_name(),
                start: node.start_byte().min(text.len()),
                end: node.end_byte().min(text.len()),
                parent: path.last().copied(),
                next: None,
                below: id.0 + 1,
                named: node.is_named() && !node.is_extra(),
                broken,
            });
            if node.is_named() {
                ids.insert(node.id(), id);
            }
            if cursor.goto_first_child() {
                path.push(id);
                continue;
            }
            let mut last = id;
            let done = loop {
                if cursor.goto_next_sibling() {
                    before = Some(last);
                    break false;
                }
                if !cursor.goto_parent() {
                    break true;
                }
                let total = entries.len();
                match path.pop() {
                    Some(parent) => {
                        if let Some(entry) = entries.get_mut(parent.0) {
                            entry.below = total;
                        }
                        last = parent;
                    }
                    None => break true,
                }
            };
            if done {
                break;
            }
        }
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            text,
            entries,
            ids,
            lines,
            errors,
            effort: Cell::new(EFFORT),
        }
    }

    /// Takes a number of steps off what may be spent on the file, and says whether that many were
    /// left.
    pub(in crate::code) fn may_spend(&self, steps: usize) -> bool {
        let left = self.effort.get();
        self.effort.set(left.saturating_sub(steps));
        left > steps
    }

    /// Says whether the effort for the file is used up: nothing that is searched for from then on
    /// is found, and no answer is good enough for a rewrite.
    pub(in crate::code) fn is_tired(&self) -> bool {
        self.effort.get() == 0
    }

    /// Returns the whole text.
    pub(in crate::code) fn source(&self) -> &'t str {
        self.text
    }

    /// Returns how many nodes stand above each other at most.
    pub(in crate::code) fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let above = entry.parent.and_then(|parent| depths.get(parent.0));
            depths.push(above.map_or(0, |depth| depth + 1));
        }
        depths.into_iter().max().unwrap_or_default()
    }

    /// Counts the places the parser could not make sense of.
    pub(in crate::code) fn errors(&self) -> usize {
        self.errors
    }

    /// Returns the root, the module.
    #[expect(clippy::unused_self, reason = "the root is a property of a tree")]
    pub(in crate::code) fn root(&self) -> Id {
        Id(0)
    }

    /// Finds the node the parser knows under this number.
    pub(in crate::code) fn id_of(&self, parser_id: usize) -> Option<Id> {
        self.ids.get(&parser_id).copied()
    }

    /// Returns the number of nodes.
    pub(in crate::code) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the place in the table, for tables beside this one.
    pub(in crate::code) fn index(id: Id) -> usize {
        id.0
    }

    /// Returns every node, in the order of the text, parents first.
    pub(in crate::code) fn all(&self) -> impl Iterator<Item = Id> + use<'t> {
        (0..self.entries.len()).map(Id)
    }

    /// Returns a node and everything below it, parents first.
    pub(in crate::code) fn within(&self, id: Id) -> impl Iterator<Item = Id> + use<'t> {
        let below = self.entries.get(id.0).map_or(id.0, |entry| entry.below);
        let below = if self.may_spend(below - id.0) {
            below
        } else {
            id.0
        };
        (id.0..below).map(Id)
    }

    /// Says whether `inner` is `outer` or stands below it.
    pub(in crate::code) fn contains(&self, outer: Id, inner: Id) -> bool {
        self.entries
            .get(outer.0)
            .is_some_and(|entry| inner.0 >= outer.0 && inner.0 < entry.below)
    }

    /// Returns the grammar's name for the node.
    pub(in crate::code) fn kind(&self, id: Id) -> &'t str {
        self.entries.get(id.0).map_or("", |entry| entry.kind)
    }

    /// Returns the bytes the node covers.
    pub(in crate::code) fn range(&self, id: Id) -> Range<usize> {
        self.entries
            .get(id.0)
            .map_or(0..0, |entry| entry.start..entry.end)
    }

    /// Returns where the node starts.
    pub(in crate::code) fn start(&self, id: Id) -> usize {
        self.range(id).start
    }

    /// Returns where the node ends.
    pub(in crate::code) fn end(&self, id: Id) -> usize {
        self.range(id).end
    }

    /// Returns the text of the node.
    pub(in crate::code) fn text(&self, id: Id) -> &'t str {
        self.text.get(self.range(id)).unwrap_or("")
    }

    /// Returns the text of a range, or nothing where it cuts a character.
    pub(in crate::code) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or("")
    }

    /// Returns the name of the place the node has in its parent.
    pub(in crate::code) fn field_name(&self, id: Id) -> Option<&'t str> {
        self.entries.get(id.0).and_then(|entry| entry.field)
    }

    /// Returns the node above.
    pub(in crate::code) fn parent(&self, id: Id) -> Option<Id> {
        self.entries.get(id.0).and_then(|entry| entry.parent)
    }

    /// Returns the nodes above, nearest first.
    pub(in crate::code) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.parent(id), |above| self.parent(*above))
    }

    /// Returns the children, punctuation and comments included.
    pub(in crate::code) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let first = self
            .entries
            .get(id.0)
            .filter(|entry| entry.below > id.0 + 1)
            .map(|_| Id(id.0 + 1));
        std::iter::successors(first, |child| {
            self.entries.get(child.0).and_then(|entry| entry.next)
        })
    }

    /// Returns the children that carry meaning: no punctuation, no comments.
    pub(in crate::code) fn named(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        self.children(id)
            .filter(|child| self.entries.get(child.0).is_some_and(|entry| entry.named))
    }

    /// Finds a child by the name of its place.
    pub(in crate::code) fn field(&self, id: Id, name: &str) -> Option<Id> {
        self.children(id)
            .find(|child| self.field_name(*child) == Some(name))
    }

    /// Finds all children in a named place.
    pub(in crate::code) fn fields<'s>(
        &'s self,
        id: Id,
        name: &'s str,
    ) -> impl Iterator<Item = Id> + use<'s, 't> {
        self.children(id)
            .filter(move |child| self.field_name(*child) == Some(name))
    }

    /// Takes off parentheses and `await`.
    pub(in crate::code) fn bare(&self, id: Id) -> Id {
        let mut at = id;
        while matches!(self.kind(at), "parenthesized_expression" | "await") {
            match self.named(at).next() {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at
    }

    /// Reads a call and its arguments.
    pub(in crate::code) fn call(&self, id: Id) -> Option<Call<'t>> {
        if self.kind(id) != "call" {
            return None;
        }
        let function = self.field(id, "function")?;
        let arguments = self.field(id, "arguments")?;
        let mut call = Call {
            node: id,
            function,
            arguments,
            positional: Vec::new(),
            keywords: Vec::new(),
            splat: false,
        };
        if self.kind(arguments) == "generator_expression" {
            call.positional.push(arguments);
            return Some(call);
        }
        for child in self.named(arguments) {
            match self.kind(child) {
                "keyword_argument" => {
                    if let (Some(name), Some(value)) =
                        (self.field(child, "name"), self.field(child, "value"))
                    {
                        call.keywords.push((self.text(name), value, child));
                    }
                }
                "list_splat" | "dictionary_splat" => call.splat = true,
                _ if !call.splat => call.positional.push(child),
                _ => {}
            }
        }
        Some(call)
    }

    /// Finds the statement the node belongs to: the nearest node that stands in a block.
    pub(in crate::code) fn statement(&self, id: Id) -> Id {
        let mut at = id;
        for above in self.ancestors(id) {
            if matches!(self.kind(above), "block" | "module") {
                return at;
            }
            at = above;
        }
        at
    }

    /// Finds the function (or lambda) the node stands in.
    pub(in crate::code) fn function(&self, id: Id) -> Option<Id> {
        self.ancestors(id)
            .find(|above| matches!(self.kind(*above), "function_definition" | "lambda"))
    }

    /// Finds the class the node stands in.
    pub(in crate::code) fn class(&self, id: Id) -> Option<Id> {
        self.ancestors(id)
            .find(|above| self.kind(*above) == "class_definition")
    }

    /// Says whether the parser lost its way in or around the node, so that edits are not safe.
    pub(in crate::code) fn is_damaged(&self, id: Id) -> bool {
        if self.errors == 0 {
            return false;
        }
        let is_broken = |node: Id| self.entries.get(node.0).is_some_and(|entry| entry.broken);
        let mut top = id;
        for above in self.ancestors(id) {
            if is_broken(above) {
                return true;
            }
            if self.kind(above) == "module" {
                break;
            }
            top = above;
        }
        if self.within(top).any(is_broken) {
            return true;
        }
        // What stands right behind a place like that may belong to it.
        let before = self
            .children(self.root())
            .take_while(|child| *child != top && self.may_spend(1))
            .last();
        before.is_some_and(|before| is_broken(before) || self.within(before).any(is_broken))
    }

    /// Returns the line of a byte, counted from one.
    pub(in crate::code) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    /// Returns the column of a byte, in characters counted from one.
    pub(in crate::code) fn column(&self, at: usize) -> usize {
        let start = self
            .lines
            .get(self.line(at) - 1)
            .copied()
            .unwrap_or_default();
        self.slice(start..at).chars().count() + 1
    }

    /// Returns where a line is, its end excluded.
    pub(in crate::code) fn line_range(&self, line: usize) -> Range<usize> {
        let Some(start) = self.lines.get(line.saturating_sub(1)).copied() else {
            return 0..0;
        };
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        let text = self.slice(start..end).trim_end_matches(['\r', '\n']);
        start..start + text.len()
    }
}
