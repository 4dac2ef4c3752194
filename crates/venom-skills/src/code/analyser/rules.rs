//! The built-in rules: YAML documents, each an ast-grep rule for the shape of the code plus the
//! names, conditions and fix that the rest of the analysis gives a meaning to.

use std::collections::{BTreeMap, BTreeSet};

use ast_grep_config::{DeserializeEnv, RuleCore, SerializableRuleCore, from_multiple};
use ast_grep_core::Matcher as _;
use serde::Deserialize;

use super::check::{Check, Strategy};
use super::finding::{AnalyseError, Kind, Severity};
use super::python::Python;

const SOURCES: [&str; 10] = [
    include_str!("../../../rules/python/sql-injection.yaml"),
    include_str!("../../../rules/python/xss.yaml"),
    include_str!("../../../rules/python/command-injection.yaml"),
    include_str!("../../../rules/python/path-traversal.yaml"),
    include_str!("../../../rules/python/weak-hash.yaml"),
    include_str!("../../../rules/python/hard-coded-secret.yaml"),
    include_str!("../../../rules/python/unsafe-deserialisation.yaml"),
    include_str!("../../../rules/python/disabled-tls-check.yaml"),
    include_str!("../../../rules/python/debug-mode.yaml"),
    include_str!("../../../rules/python/insecure-random.yaml"),
];

/// A condition on one argument of a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Argument {
    /// The name of the argument.
    pub(super) name: String,
    /// Its position, where it may be given without its name.
    pub(super) position: Option<usize>,
    /// The texts one of which its value must have; constants are followed.
    #[serde(default)]
    pub(super) is: Vec<String>,
    /// The argument must not be given at all.
    #[serde(default)]
    pub(super) absent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    kind: Kind,
    severity: Severity,
    cwe: u32,
    message: String,
    cure: String,
    #[serde(default)]
    callees: Vec<String>,
    #[serde(default)]
    libraries: Vec<String>,
    #[serde(default)]
    arguments: Vec<Argument>,
    #[serde(default)]
    check: Check,
    #[serde(default)]
    fix: Strategy,
    #[serde(rename = "match")]
    shape: SerializableRuleCore,
}

/// One rule, ready to match.
pub(super) struct Rule {
    /// Its name in reports.
    pub(super) id: String,
    /// The weakness it looks for.
    pub(super) kind: Kind,
    /// How bad the weakness is as a rule.
    pub(super) severity: Severity,
    /// The number in the Common Weakness Enumeration.
    pub(super) cwe: u32,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) cure: String,
    /// The dotted names that are looked for where something is called; `*.name` is a method of
    /// anything.
    pub(super) callees: Vec<String>,
    /// Libraries one of which the file must import.
    pub(super) libraries: Vec<String>,
    /// Conditions on the arguments.
    pub(super) arguments: Vec<Argument>,
    /// What else must hold.
    pub(super) check: Check,
    /// How it is fixed.
    pub(super) fix: Strategy,
    /// The shape of the code.
    pub(super) shape: RuleCore,
}

/// All rules, with the tables that keep most of them away from most of the code.
pub(super) struct Rules {
    all: Vec<Rule>,
    /// Rules for calls, by the last part of the name that is called.
    by_callee: BTreeMap<String, Vec<usize>>,
    /// The other rules, by the number of the node's kind.
    by_kind: BTreeMap<u16, Vec<usize>>,
}

impl Rules {
    /// Reads the rules that are built in.
    pub(super) fn load() -> Result<Self, AnalyseError> {
        let mut rules = Vec::new();
        let mut seen = BTreeSet::new();
        for source in SOURCES {
            let documents: Vec<Document> =
                from_multiple(source).map_err(|error| AnalyseError::Rules {
                    reason: error.to_string(),
                })?;
            for document in documents {
                let fail = |reason: String| AnalyseError::Rules {
                    reason: format!("{}: {reason}", document.id),
                };
                let shape = document
                    .shape
                    .get_matcher(DeserializeEnv::new(Python))
                    .map_err(|error| fail(error.to_string()))?;
                if !seen.insert(document.id.clone()) {
                    return Err(fail("the id is taken".to_owned()));
                }
                rules.push(Rule {
                    id: document.id,
                    kind: document.kind,
                    severity: document.severity,
                    cwe: document.cwe,
                    message: document.message,
                    cure: document.cure,
                    callees: document.callees,
                    libraries: document.libraries,
                    arguments: document.arguments,
                    check: document.check,
                    fix: document.fix,
                    shape,
                });
            }
        }
        Self::indexed(rules)
    }

    fn indexed(rules: Vec<Rule>) -> Result<Self, AnalyseError> {
        let mut by_callee: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_kind: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            if rule.callees.is_empty() {
                let kinds = rule
                    .shape
                    .potential_kinds()
                    .ok_or_else(|| AnalyseError::Rules {
                        reason: format!("{}: matches any kind of node", rule.id),
                    })?;
                for kind in &kinds {
                    by_kind
                        .entry(u16::try_from(kind).unwrap_or(u16::MAX))
                        .or_default()
                        .push(index);
                }
                continue;
            }
            let names: BTreeSet<&str> = rule
                .callees
                .iter()
                .map(|callee| callee.rsplit('.').next().unwrap_or(callee))
                .collect();
            for name in names {
                by_callee.entry(name.to_owned()).or_default().push(index);
            }
        }
        Ok(Self {
            all: rules,
            by_callee,
            by_kind,
        })
    }

    /// Returns the rules that may match a node of a kind that is not a call by name.
    pub(super) fn for_kind(&self, kind: u16) -> impl Iterator<Item = &Rule> {
        self.by_kind
            .get(&kind)
            .into_iter()
            .flatten()
            .filter_map(|index| self.all.get(*index))
    }

    /// Returns the rules for calls of something whose dotted name may be one of these.
    pub(super) fn for_call<'s>(&'s self, names: &[String]) -> Vec<&'s Rule> {
        let mut found = BTreeSet::new();
        for name in names {
            let last = name.rsplit('.').next().unwrap_or(name);
            for index in self.by_callee.get(last).into_iter().flatten() {
                found.insert(*index);
            }
        }
        found
            .into_iter()
            .filter_map(|index| self.all.get(index))
            .filter(|rule| {
                rule.callees
                    .iter()
                    .any(|callee| names.iter().any(|name| is_called(callee, name)))
            })
            .collect()
    }
}

/// Whether a dotted name is the one a rule means.
fn is_called(callee: &str, name: &str) -> bool {
    match callee.strip_prefix('*') {
        Some(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
        None => name == callee,
    }
}
