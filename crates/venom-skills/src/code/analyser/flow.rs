//! Finds weaknesses in JavaScript, TypeScript, Rust and Go.
//!
//! Rules are data (`rules/*.yaml`): names that are looked for, and the check that judges what is
//! found. All languages are judged by the same code: `javascript`, `rust` and `go` say what the
//! expressions of a language are in the words of `shape`, `file` knows names and imports,
//! `origin` and `guard` tell where a value comes from, `check` judges, and `fix` rewrites.
//! Values are followed inside of a function, not into others.

mod check;
mod file;
mod fix;
mod go;
pub(in crate::code) mod grammar;
mod guard;
mod javascript;
pub(super) mod marks;
mod origin;
mod rules;
mod rust;
mod secret;
mod shape;
mod text;
mod vocabulary;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::LazyLock;

use ast_grep_core::tree_sitter::StrDoc;

use self::check::{Match, Outcome};
use self::file::File;
use self::grammar::{Grammar, Tongue};
use self::marks::Marks;
use self::rules::{Rule, Rules};
use self::shape::Shape;
use super::finding::{AnalyseError, Finding, Fix, Kind, MAX_TEXT_BYTES, Severity, Source};
use super::syntax::{Id, Tree};
use super::{SHOWN, excerpt};

/// The compiled rules, as for Python: constant data in another form.
static RULES: LazyLock<[Result<Rules, AnalyseError>; 3]> = LazyLock::new(|| {
    [
        Rules::load(Tongue::JavaScript),
        Rules::load(Tongue::Rust),
        Rules::load(Tongue::Go),
    ]
});

/// How deep the tree of a text may be. Chosen: people do not write a tenth of it, and the judging
/// walks up from every node.
const DEPTH: usize = 1_500;

/// What a text holds.
pub(super) struct Examined {
    /// How many places the parser could not make sense of.
    pub(super) errors: usize,
    /// What was found, by place.
    pub(super) findings: Vec<Finding>,
}

/// Finds the weaknesses of a text.
pub(super) fn examine(grammar: Grammar, path: &str, text: &str) -> Result<Examined, AnalyseError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(AnalyseError::TooLarge {
            bytes: text.len(),
            limit: MAX_TEXT_BYTES,
        });
    }
    let [javascript, rust, go] = &*RULES;
    let rules = match grammar.tongue() {
        Tongue::JavaScript => javascript,
        Tongue::Rust => rust,
        Tongue::Go => go,
    };
    let rules = rules.as_ref().map_err(Clone::clone)?;
    let document =
        StrDoc::try_new(text, grammar).map_err(|reason| AnalyseError::Parse { reason })?;
    let root = ast_grep_core::AstGrep::doc(document);
    let node = root.root();
    let tree = Tree::new(text, &node);
    if tree.depth() > DEPTH {
        return Err(AnalyseError::Parse {
            reason: format!("it is nested more than {DEPTH} levels deep"),
        });
    }
    let file = File::new(grammar.tongue(), path, tree);
    Ok(Examined {
        errors: file.tree.errors(),
        findings: findings(&file, rules),
    })
}

/// What a rule has found, before it is put into words.
struct Seen<'r> {
    rule: &'r Rule,
    outcome: Outcome,
    fix: Fix,
}

fn findings(file: &File<'_>, rules: &Rules) -> Vec<Finding> {
    let mut seen: Vec<Seen<'_>> = Vec::new();
    let is_test = file.path.ends_with("_test.go");
    for node in file.tree.all() {
        let mut judge = |rule, found: &Match<'_>| {
            let rule: &Rule = rule;
            if is_test && rule.kind == Kind::DebugMode {
                return;
            }
            if let Some(outcome) = check::judge(file, rule, found) {
                let fix = fix::fix(file, rule, found, &outcome);
                seen.push(Seen { rule, outcome, fix });
            }
        };
        match file.shape(node) {
            Shape::Call {
                function,
                arguments,
            } => {
                let name = file.qualified(function);
                let found = Match {
                    node,
                    function: Some(function),
                    last: last(file.tree.text(function)),
                    name: name.clone(),
                    arguments,
                };
                for rule in rules.for_call(&name) {
                    judge(rule, &found);
                }
            }
            Shape::Record(fields) => {
                for field in &fields {
                    let found = Match {
                        node: field.whole,
                        function: None,
                        last: field.name,
                        name: String::new(),
                        arguments: vec![field.value],
                    };
                    for rule in rules.others() {
                        if rule.fields.iter().any(|wanted| wanted == field.name) {
                            judge(rule, &found);
                        }
                    }
                }
                let typed = file
                    .tree
                    .field(node, "type")
                    .map(|typed| file.qualified(typed));
                if let Some(name) = typed {
                    let found = Match {
                        node,
                        function: None,
                        last: "",
                        name: name.clone(),
                        arguments: Vec::new(),
                    };
                    for rule in rules.others() {
                        if rule.literals.contains(&name) {
                            judge(rule, &found);
                        }
                    }
                }
            }
            _ => {}
        }
        others(file, rules, node, &mut judge);
    }
    let mut found = words(file, seen);
    found.sort_by(|one, other| {
        (one.line, one.column, one.kind, &one.rule).cmp(&(
            other.line,
            other.column,
            other.kind,
            &other.rule,
        ))
    });
    // Several rules may see one weakness; it is said once.
    found.dedup_by(|one, other| {
        one.line == other.line && one.kind == other.kind && one.column == other.column
    });
    found
}

/// Assignments, imports and mentions.
fn others<'t, 'r>(
    file: &File<'t>,
    rules: &'r Rules,
    node: Id,
    judge: &mut impl FnMut(&'r Rule, &Match<'t>),
) {
    let tree = &file.tree;
    let matched = |last: &'t str, arguments: Vec<Id>| Match {
        node,
        function: None,
        name: last.to_owned(),
        arguments,
        last,
    };
    match tree.kind(node) {
        "assignment_expression" | "assignment_statement" => {
            let (Some(left), Some(right)) = (tree.field(node, "left"), tree.field(node, "right"))
            else {
                return;
            };
            let written = tree.text(left);
            let name = match file.bare_shape(left) {
                Shape::Member { name, .. } => name,
                Shape::Index { .. } => "[]",
                Shape::Name(name) if file.bindings(name, node).iter().all(|one| !one.declares) => {
                    name
                }
                _ => return,
            };
            let found = matched(name, vec![file.bare(right)]);
            for rule in rules.others() {
                if rule
                    .assigns
                    .iter()
                    .any(|wanted| wanted == name && name != "location" || wanted == written)
                {
                    judge(rule, &found);
                }
            }
        }
        "import_spec" => {
            let Some(path) = tree.field(node, "path") else {
                return;
            };
            let path = tree.text(path).trim_matches('"');
            for rule in rules.others() {
                if rule.imports.iter().any(|wanted| wanted == path) {
                    judge(rule, &matched(path, Vec::new()));
                }
            }
        }
        "generic_type" | "scoped_identifier" | "identifier" => {
            if file.tongue != Tongue::Rust {
                return;
            }
            in_macro(file, rules, node, judge);
            let text = tree.text(node);
            if tree
                .ancestors(node)
                .any(|above| tree.kind(above) == "use_declaration")
            {
                return;
            }
            let is_part = tree
                .parent(node)
                .is_some_and(|parent| matches!(tree.kind(parent), "scoped_identifier"));
            for rule in rules.others() {
                let is_meant = rule.mentions.iter().any(|wanted| {
                    wanted == text || !is_part && text.rsplit("::").next() == Some(wanted.as_str())
                });
                if is_meant {
                    judge(rule, &matched(text, Vec::new()));
                }
            }
        }
        _ => {}
    }
}

/// `library::function(...)` among the tokens of a macro, which the grammar does not read as a call.
fn in_macro<'t, 'r>(
    file: &File<'t>,
    rules: &'r Rules,
    node: Id,
    judge: &mut impl FnMut(&'r Rule, &Match<'t>),
) {
    let tree = &file.tree;
    let Some(list) = tree
        .parent(node)
        .filter(|one| tree.kind(*one) == "token_tree")
    else {
        return;
    };
    let is_followed = tree
        .source()
        .get(tree.end(node)..)
        .is_some_and(|rest| rest.starts_with('('));
    // Asking for what is below takes it off what may be spent.
    if !is_followed || tree.within(list).next().is_none() {
        return;
    }
    let tokens: Vec<Id> = tree.children(list).collect();
    let Some(place) = tokens.iter().position(|one| *one == node) else {
        return;
    };
    let is_call = tokens
        .get(place + 1)
        .is_some_and(|next| tree.kind(*next) == "token_tree" && tree.text(*next).starts_with('('));
    if !is_call {
        return;
    }
    let mut first = place;
    while let Some(before) = first.checked_sub(2)
        && tokens
            .get(before + 1)
            .is_some_and(|one| tree.text(*one) == "::")
    {
        first = before;
    }
    let parts: Vec<String> = tokens
        .get(first..=place)
        .unwrap_or_default()
        .iter()
        .filter(|one| tree.text(**one) != "::")
        .enumerate()
        .map(|(at, one)| {
            if at == 0 {
                file.qualified(*one)
            } else {
                tree.text(*one).to_owned()
            }
        })
        .collect();
    let name = parts.join(".");
    let found = Match {
        node: tokens.get(first).copied().unwrap_or(node),
        function: None,
        name: name.clone(),
        arguments: Vec::new(),
        last: tree.text(node),
    };
    for rule in rules.for_call(&name) {
        judge(rule, &found);
    }
}

fn last(text: &str) -> &str {
    text.rsplit(['.', ':']).next().unwrap_or(text)
}

/// Puts what was seen into words.
fn words(file: &File<'_>, seen: Vec<Seen<'_>>) -> Vec<Finding> {
    let tree = &file.tree;
    let stated = secret::all(file);
    let mut secrets: Vec<(Range<usize>, usize)> = seen
        .iter()
        .map(|one| &one.outcome)
        .chain(&stated)
        .filter(|outcome| outcome.is_secret)
        .filter_map(|outcome| outcome.value)
        .flat_map(|value| tree.within(value))
        .filter_map(|node| match file.shape(node) {
            Shape::Text(range) => Some((range, SHOWN)),
            _ => None,
        })
        .collect();
    secrets.sort_by_key(|(range, _)| (range.start, range.end));
    secrets.dedup();
    let marks = Marks::read(tree);
    let mut found: Vec<Finding> = Vec::new();
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let said =
        |id: &str, kind: Kind, severity: Severity, cwe: u32, message: &str, at: Id, fix: Fix| {
            let range = tree.range(at);
            let line = tree.line(range.start);
            Finding {
                rule: id.to_owned(),
                kind,
                severity,
                cwe,
                path: file.path.to_owned(),
                line: number(line),
                column: number(tree.column(range.start)),
                end_line: number(tree.line(range.end.saturating_sub(1).max(range.start))),
                message: message.to_owned(),
                excerpt: excerpt(tree, line, &secrets),
                fix,
                suppressed: marks.of(tree, at, kind),
                sources: vec![Source::own(id)],
            }
        };
    for Seen { rule, outcome, fix } in seen {
        let fix = match fix {
            Fix::Rewrite { .. } if tree.is_tired() => Fix::Report {
                reason: format!("the file is too large to be followed; {}", rule.cure),
            },
            Fix::Rewrite { .. } if tree.errors() > 0 => Fix::Report {
                reason: format!("the file does not parse; {}", rule.cure),
            },
            other => other,
        };
        found.push(said(
            &rule.id,
            rule.kind,
            rule.severity,
            rule.cwe,
            &rule.message,
            outcome.at,
            fix,
        ));
    }
    let id = match file.tongue {
        Tongue::JavaScript => "javascript.hard-coded-secret.stated",
        Tongue::Rust => "rust.hard-coded-secret.stated",
        Tongue::Go => "go.hard-coded-secret.stated",
    };
    for outcome in stated {
        found.push(said(
            id,
            Kind::HardCodedSecret,
            Severity::High,
            798,
            "a password or key stands in the source text",
            outcome.at,
            Fix::Report {
                reason:
                    "read it from the environment or a store for secrets, and change it: whoever \
                         has the source has it"
                        .to_owned(),
            },
        ));
    }
    found
}
