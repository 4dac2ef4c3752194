//! The built-in rules for languages other than Python: YAML documents that name what is looked
//! for, and the check that judges what is found.

use std::collections::{BTreeMap, BTreeSet};

use ast_grep_config::from_multiple;
use serde::Deserialize;

use super::super::finding::{AnalyseError, Kind, Severity};
use super::check::Check;
use super::fix::Repair;
use super::grammar::Tongue;

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What is called, by dotted names; `*.name` is a method of anything.
    #[serde(default)]
    pub(super) calls: Vec<String>,
    /// What is assigned to, by the last part of its name.
    #[serde(default)]
    pub(super) assigns: Vec<String>,
    /// Names of values in literals.
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// Types of literals.
    #[serde(default)]
    pub(super) literals: Vec<String>,
    /// Paths that are imported.
    #[serde(default)]
    pub(super) imports: Vec<String>,
    /// Names that are only mentioned.
    #[serde(default)]
    pub(super) mentions: Vec<String>,
    /// Libraries one of which the file must import.
    #[serde(default)]
    pub(super) libraries: Vec<String>,
    /// Which argument is judged, from nought.
    #[serde(default)]
    pub(super) argument: usize,
    /// The texts one of which a value must have.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// What else must hold.
    #[serde(default)]
    pub(super) check: Check,
    /// How it is fixed.
    #[serde(default)]
    pub(super) fix: Repair,
}

/// The rules of one language.
pub(super) struct Rules {
    all: Vec<Rule>,
    by_call: BTreeMap<String, Vec<usize>>,
}

impl Rules {
    /// Reads the rules that are built in.
    pub(super) fn load(tongue: Tongue) -> Result<Self, AnalyseError> {
        let source = match tongue {
            Tongue::JavaScript => include_str!("../../../../rules/javascript.yaml"),
            Tongue::Rust => include_str!("../../../../rules/rust.yaml"),
            Tongue::Go => include_str!("../../../../rules/go.yaml"),
        };
        let all: Vec<Rule> = from_multiple(source).map_err(|error| AnalyseError::Rules {
            reason: error.to_string(),
        })?;
        let mut seen = BTreeSet::new();
        let mut by_call: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, rule) in all.iter().enumerate() {
            if !seen.insert(rule.id.clone()) {
                return Err(AnalyseError::Rules {
                    reason: format!("{}: the id is taken", rule.id),
                });
            }
            let lasts: BTreeSet<&str> = rule.calls.iter().map(|name| last(name)).collect();
            for name in lasts {
                by_call.entry(name.to_owned()).or_default().push(place);
            }
        }
        Ok(Self { all, by_call })
    }

    /// The rules for a call of something by its dotted name.
    pub(super) fn for_call(&self, name: &str) -> Vec<&Rule> {
        [last(name), "*"]
            .into_iter()
            .filter_map(|last| self.by_call.get(last))
            .flatten()
            .filter_map(|place| self.all.get(*place))
            .filter(|rule| rule.calls.iter().any(|wanted| is_named(wanted, name)))
            .collect()
    }

    /// The rules that are not only about calls.
    pub(super) fn others(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter().filter(|rule| rule.calls.is_empty())
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether a dotted name is the one that is wanted: `*.name` is a method of anything, `library.*`
/// anything of a library.
pub(super) fn is_named(wanted: &str, name: &str) -> bool {
    if let Some(prefix) = wanted.strip_suffix('*') {
        return name
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.contains('.'));
    }
    match wanted.strip_prefix('*') {
        Some(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
        None => name == wanted,
    }
}
