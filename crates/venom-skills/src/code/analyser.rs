//! Finds ten kinds of weaknesses in Python text and rewrites those that a rewrite cures without
//! changing anything else.
//!
//! Rules are data (`rules/python/*.yaml`): the shape of the code as an ast-grep rule, the names
//! that are looked for, and the conditions and fixes that the modules here give a meaning to.
//! Everything is a function of the text: nothing here reads files, waits or prints.
//!
//! In reading order: `finding` says what comes out, `rules` what is looked for, `check` how it is
//! judged; `syntax`, `scope`, `module`, `literal`, `template`, `trust`, `guard`, `shape` and `sql`
//! are what the judging knows about a file; `apply` carries out the edits.

mod apply;
mod check;
mod finding;
mod guard;
mod imports;
mod literal;
mod module;
mod python;
mod rules;
mod scope;
mod shape;
mod sql;
mod syntax;
mod template;
mod trust;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use ast_grep_core::Node;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::tree_sitter::StrDoc;

pub use self::apply::{Applied, apply};
pub use self::finding::{AnalyseError, Edit, Finding, Fix, Kind, MAX_TEXT_BYTES, Severity};
use self::module::Module;
use self::python::Python;
use self::rules::{Rule, Rules};
use self::syntax::{Id, Tree};

/// The compiled rules. They are constant data in another form, and compiling them takes longer
/// than analysing most files, so they are kept; nothing can change them.
static RULES: LazyLock<Result<Rules, AnalyseError>> = LazyLock::new(Rules::load);

/// The longest excerpt of a finding, in characters. Chosen: a line of a terminal.
const EXCERPT: usize = 120;

/// Finds the weaknesses of a Python text.
///
/// `path` is copied into the findings and not looked at. Syntax errors are tolerated, but code
/// around them gets no rewrite.
pub fn analyse(path: &str, text: &str) -> Result<Vec<Finding>, AnalyseError> {
    read(text, |reading| findings_of(path, reading))
}

/// A parsed text.
struct Reading<'r, 't> {
    tree: &'r Tree<'t>,
    module: &'r Module<'t>,
    nodes: &'r [(Id, Node<'r, StrDoc<Python>>)],
    rules: &'r Rules,
}

/// Parses a text and hands it on; the parser's nodes do not outlive the call.
fn read<R>(text: &str, then: impl FnOnce(&Reading<'_, '_>) -> R) -> Result<R, AnalyseError> {
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
    let module = Module::new(Tree::new(text, &node));
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

fn findings_of(path: &str, reading: &Reading<'_, '_>) -> Vec<Finding> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    for (id, node) in reading.nodes {
        let mut judge = |rule: &Rule| {
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
            if let Some((outcome, fix)) = check::run(reading.module, rule, *id) {
                found.push((
                    reading.tree.start(outcome.at),
                    finding(path, reading, rule, &outcome, fix),
                ));
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
    found.sort_by(|(at, one), (other_at, other)| {
        (at, one.kind, &one.rule).cmp(&(other_at, other.kind, &other.rule))
    });
    // Several rules may see one weakness; it is said once.
    found.dedup_by(|(at, one), (other_at, other)| at == other_at && one.kind == other.kind);
    found.into_iter().map(|(_, one)| one).collect()
}

fn finding(
    path: &str,
    reading: &Reading<'_, '_>,
    rule: &Rule,
    outcome: &check::Outcome,
    fix: Fix,
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
        path: path.to_owned(),
        line: number(line),
        column: number(tree.column(range.start)),
        end_line: number(tree.line(range.end.saturating_sub(1).max(range.start))),
        message: rule.message.clone(),
        excerpt: tree.line_text(line).trim().chars().take(EXCERPT).collect(),
        fix,
    }
}
