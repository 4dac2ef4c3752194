//! Finds weaknesses in program text and rewrites those that a rewrite cures without changing
//! anything else. The end of a file's name says which language it is in: `flow` has JavaScript,
//! TypeScript, Rust and Go, everything else here is Python, which is also what a name without a
//! known end is taken for.
//!
//! Python's rules are data (`rules/python/*.yaml`): the shape of the code as an ast-grep rule, the names
//! that are looked for, and the conditions and fixes that the modules here give a meaning to.
//! Everything is a function of the text: nothing here reads files, waits or prints.
//!
//! In reading order: `finding` says what comes out, `rules` what is looked for, `check` how it is
//! judged; `syntax`, `scope`, `module`, `literal`, `template`, `trust`, `guard`, `shape` and `sql`
//! are what the judging knows about a file, `project` what it knows about the others; `suppress`
//! reads what the text says about findings itself, and `apply` carries out the edits.

mod apply;
mod check;
mod finding;
mod flow;
mod guard;
mod imports;
mod literal;
mod module;
mod project;
pub(super) mod python;
mod rules;
mod scope;
mod shape;
mod sql;
mod suppress;
pub(super) mod syntax;
mod template;
mod trust;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use ast_grep_core::Node;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::tree_sitter::StrDoc;

pub(super) use self::apply::Shift;
pub use self::apply::{Applied, apply};
pub use self::finding::{AnalyseError, Edit, Finding, Fix, Kind, MAX_TEXT_BYTES, Severity, Source};
pub(super) use self::flow::grammar::{ENDS, Grammar};
pub(super) use self::flow::marks::{eslint as eslint_kinds, gosec as gosec_kinds};
use self::module::Module;
pub use self::project::ProjectFacts;
use self::python::Python;
use self::rules::{Rule, Rules};
use self::suppress::Marks;
pub(super) use self::suppress::numbered;
use self::syntax::{Id, Tree};

/// The compiled rules. They are constant data in another form, and compiling them takes longer
/// than analysing most files, so they are kept; nothing can change them.
static RULES: LazyLock<Result<Rules, AnalyseError>> = LazyLock::new(Rules::load);

/// The longest excerpt of a finding, in characters. Chosen: a line of a terminal.
const EXCERPT: usize = 120;

/// How many characters of a secret are shown, so that it can be told from others. Chosen: too few
/// to help anybody who guesses.
const SHOWN: usize = 2;

/// The mark on a line by which its authors say that they know of a weakness of this kind; for what
/// others have found, of which nothing but the line is known.
pub(super) fn mark_in(line: &str, is_slashed: bool, kind: Kind) -> Option<String> {
    if is_slashed {
        flow::marks::mark_on(line, kind)
    } else {
        suppress::mark_on(line, kind)
    }
}

/// Finds the weaknesses of a text.
///
/// `path` is copied into the findings. Syntax errors are tolerated, but code
/// around them gets no rewrite.
pub fn analyse(path: &str, text: &str) -> Result<Vec<Finding>, AnalyseError> {
    analyse_in(path, text, &ProjectFacts::default())
}

/// Finds the weaknesses of a text that is a part of a project.
///
/// What the other files import says how a query is bound whose own file does not say it. Of `path`
/// the name of the file is looked at: what it is called is what it is about.
pub fn analyse_in(
    path: &str,
    text: &str,
    facts: &ProjectFacts,
) -> Result<Vec<Finding>, AnalyseError> {
    examine(path, facts, text).map(|(_, findings)| findings)
}

/// Reads a text in the language of its path: how many places do not parse, and what is found.
fn examine(
    path: &str,
    facts: &ProjectFacts,
    text: &str,
) -> Result<(usize, Vec<Finding>), AnalyseError> {
    match Grammar::of(path) {
        Some(grammar) => {
            flow::examine(grammar, path, text).map(|found| (found.errors, found.findings))
        }
        None => read(path, facts, text, |reading| {
            (reading.tree.errors(), findings_of(reading))
        }),
    }
}

/// A parsed text.
struct Reading<'r, 't> {
    tree: &'r Tree<'t>,
    module: &'r Module<'t>,
    nodes: &'r [(Id, Node<'r, StrDoc<Python>>)],
    rules: &'r Rules,
}

/// Parses a text and hands it on; the parser's nodes do not outlive the call.
fn read<R>(
    path: &str,
    facts: &ProjectFacts,
    text: &str,
    then: impl FnOnce(&Reading<'_, '_>) -> R,
) -> Result<R, AnalyseError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(AnalyseError::TooLarge {
            bytes: text.len(),
            limit: MAX_TEXT_BYTES,
        });
    }
    let rules = RULES.as_ref().map_err(Clone::clone)?;
    let document =
        StrDoc::try_new(text, Python).map_err(|reason| AnalyseError::Parse { reason })?;
    let root = ast_grep_core::AstGrep::doc(document);
    let node = root.root();
    let module = Module::new(path, facts, Tree::new(text, &node));
    let tree = &module.tree;
    // Only nodes that a rule can begin at are kept.
    let nodes: Vec<(Id, Node<'_, StrDoc<Python>>)> = node
        .dfs()
        .filter(|one| {
            one.is_named()
                && (one.kind() == "call" || rules.for_kind(one.kind_id()).next().is_some())
        })
        .filter_map(|one| tree.id_of(one.node_id()).map(|id| (id, one)))
        .collect();
    Ok(then(&Reading {
        tree,
        module: &module,
        nodes: &nodes,
        rules,
    }))
}

/// What a rule has found, before it is put into words.
struct Seen<'r> {
    start: usize,
    rule: &'r Rule,
    outcome: check::Outcome,
    fix: Fix,
}

fn findings_of(reading: &Reading<'_, '_>) -> Vec<Finding> {
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for (id, node) in reading.nodes {
        let mut judge = |rule| {
            let rule: &Rule = rule;
            if rule.shape.match_node(node.clone()).is_none() {
                return;
            }
            if !rule.libraries.is_empty()
                && !rule
                    .libraries
                    .iter()
                    .any(|one| reading.module.imports_library(one))
            {
                return;
            }
            for (outcome, fix) in check::run(reading.module, rule, *id) {
                seen.push(Seen {
                    start: reading.tree.start(outcome.at),
                    rule,
                    outcome,
                    fix,
                });
            }
        };
        if let Some(call) = reading.tree.call(*id) {
            let names = reading.module.qualified(call.function);
            for rule in reading.rules.for_call(&names) {
                judge(rule);
            }
        }
        for rule in reading.rules.for_kind(node.kind_id()) {
            judge(rule);
        }
    }
    let secrets = secrets(reading, &seen);
    // What reaches a page is said where it does, and not again where the text is put together.
    let said: BTreeSet<Id> = seen
        .iter()
        .filter(|one| !one.rule.check.is_of_pieces())
        .flat_map(|one| one.outcome.values.iter().copied())
        .collect();
    seen.retain(|one| !(one.rule.check.is_of_pieces() && said.contains(&one.outcome.at)));
    seen.sort_by(|one, other| {
        (one.start, one.rule.kind, &one.rule.id).cmp(&(
            other.start,
            other.rule.kind,
            &other.rule.id,
        ))
    });
    // Several rules may see one weakness; it is said once.
    seen.dedup_by(|one, other| one.start == other.start && one.rule.kind == other.rule.kind);
    let marks = Marks::read(reading.tree);
    seen.into_iter()
        .map(|one| finding(reading, one, &secrets, &marks))
        .collect()
}

/// The insides of the literals that hold secrets, in order, each with how much of it is shown.
///
/// Findings are logged; what they quote must not hand the secret on.
fn secrets(reading: &Reading<'_, '_>, seen: &[Seen<'_>]) -> Vec<(Range<usize>, usize)> {
    let mut secrets: Vec<(Range<usize>, usize)> = Vec::new();
    for value in seen.iter().filter_map(|one| one.outcome.secret) {
        let strings = reading
            .tree
            .within(value)
            .filter_map(|node| literal::read(reading.tree, node));
        for (place, literal) in strings.enumerate() {
            secrets.push((literal.content, if place == 0 { SHOWN } else { 0 }));
        }
    }
    secrets.sort_by_key(|(range, _)| (range.start, range.end));
    secrets.dedup_by(|(one, _), (other, _)| one == other);
    secrets
}

/// The first line of what was found, shortened, without the secrets on it.
fn excerpt(tree: &Tree<'_>, line: usize, secrets: &[(Range<usize>, usize)]) -> String {
    let range = tree.line_range(line);
    let mut text = String::new();
    let mut at = range.start;
    for (secret, shown) in secrets {
        let (start, end) = (secret.start.max(at), secret.end.min(range.end));
        if start >= end {
            continue;
        }
        text.push_str(tree.slice(at..start));
        let shown = if secret.start == start { *shown } else { 0 };
        text.extend(tree.slice(start..end).chars().take(shown));
        text.push('\u{2026}');
        at = end;
    }
    text.push_str(tree.slice(at..range.end));
    text.trim().chars().take(EXCERPT).collect()
}

fn finding(
    reading: &Reading<'_, '_>,
    Seen {
        rule, outcome, fix, ..
    }: Seen<'_>,
    secrets: &[(Range<usize>, usize)],
    marks: &Marks,
) -> Finding {
    let tree = reading.tree;
    let range = tree.range(outcome.at);
    let line = tree.line(range.start);
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let fix = match fix {
        Fix::Rewrite { .. } if tree.is_tired() => Fix::Report {
            reason: format!("the file is too large to be followed; {}", rule.cure),
        },
        Fix::Rewrite { .. } if tree.is_damaged(outcome.at) => Fix::Report {
            reason: format!("the code around it does not parse; {}", rule.cure),
        },
        other => other,
    };
    Finding {
        rule: rule.id.clone(),
        kind: rule.kind,
        severity: outcome.severity.unwrap_or(rule.severity),
        cwe: rule.cwe,
        path: reading.module.path.to_owned(),
        line: number(line),
        column: number(tree.column(range.start)),
        end_line: number(tree.line(range.end.saturating_sub(1).max(range.start))),
        message: rule.message.clone(),
        excerpt: excerpt(tree, line, secrets),
        fix,
        suppressed: marks.of(tree, outcome.at, rule.kind),
        sources: vec![Source::own(&rule.id)],
    }
}
