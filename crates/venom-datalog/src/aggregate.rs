//! Aggregates: what a rule whose head counts, sums or lists makes of all bindings of its body.
//!
//! The columns that are no aggregates are the groups. Bindings are taken over the named variables
//! of the rule, each once. `count(X)`, `min`, `max` and `list` look at the different values of X;
//! `count()` counts bindings, and `sum(X)` adds X once for each binding: two people with the same
//! salary are two salaries. A group without bindings does not exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::machine::{Machine, Sink};
use crate::plan::{Wish, plan};
use crate::relation::Relation;
use crate::rule::{Arg, Out, Rule};
use crate::syntax::Fold;
use crate::value::Value;

enum Group {
    Count(u64),
    Different(BTreeSet<u32>),
    Sum(i128),
    Extreme(Option<Value>),
    List(BTreeSet<Value>),
}

/// The rows that a rule gives. Shows the machine everything that is there.
pub(crate) fn rows(machine: &mut Machine<'_>, rule: &Rule) -> Result<Relation, Error> {
    let wish = Wish {
        emits_variables: true,
        ..Wish::WHOLE
    };
    let plan = plan(rule, machine.store, &wish);
    machine.show_all();
    machine.sink = Sink::Gather(Relation::new(rule.variables));
    machine.run(&plan, &[])?;
    let bindings = machine.gathered();
    fold(machine, rule, &bindings)
}

/// Makes one row of each group of bindings.
pub(crate) fn fold(
    machine: &mut Machine<'_>,
    rule: &Rule,
    bindings: &Relation,
) -> Result<Relation, Error> {
    let mut groups: BTreeMap<Vec<u32>, Vec<Group>> = BTreeMap::new();
    for row in 0..bindings.rows() {
        let words = bindings.row(row);
        let (mut key, mut folds) = (Vec::new(), Vec::new());
        for out in &rule.out {
            match *out {
                Out::Arg(Arg::Var(variable)) => key.push(words[variable]),
                Out::Arg(Arg::Const(word)) => key.push(word),
                Out::Arg(Arg::Any) => {}
                Out::Fold(fold, variable) => folds.push((fold, variable)),
            }
        }
        let group = groups.entry(key).or_insert_with(|| {
            folds
                .iter()
                .map(|(fold, of)| Group::new(*fold, *of))
                .collect()
        });
        for (group, (fold, variable)) in group.iter_mut().zip(folds) {
            let word = variable.map_or(0, |variable| words[variable]);
            group.add(fold, word, machine, rule)?;
        }
    }
    let mut rows = Relation::new(rule.out.len());
    for (key, group) in groups {
        let (mut key, mut group) = (key.into_iter(), group.into_iter());
        let mut row = Vec::with_capacity(rule.out.len());
        for out in &rule.out {
            row.push(match out {
                Out::Arg(_) => key.next().unwrap_or_default(),
                Out::Fold(..) => {
                    let Some(group) = group.next() else {
                        continue;
                    };
                    let value = group.finish(rule)?;
                    let limits = machine.store.limits;
                    machine.store.terms.number(value, &limits, &rule.text)?
                }
            });
        }
        rows.insert(&row);
    }
    Ok(rows)
}

fn problem(rule: &Rule, problem: String) -> Error {
    Error::Aggregate {
        problem,
        rule: rule.text.to_string(),
    }
}

impl Group {
    fn new(fold: Fold, variable: Option<usize>) -> Self {
        match (fold, variable) {
            (Fold::Count, None) => Self::Count(0),
            (Fold::Count, Some(_)) => Self::Different(BTreeSet::new()),
            (Fold::Sum, _) => Self::Sum(0),
            (Fold::Min | Fold::Max, _) => Self::Extreme(None),
            (Fold::List, _) => Self::List(BTreeSet::new()),
        }
    }

    fn add(
        &mut self,
        fold: Fold,
        word: u32,
        machine: &Machine<'_>,
        rule: &Rule,
    ) -> Result<(), Error> {
        let value = || machine.store.terms.value(word);
        match self {
            Self::Count(count) => *count += 1,
            Self::Different(words) => {
                words.insert(word);
            }
            Self::Sum(sum) => match value() {
                // Fewer than 2^32 rows of 64 bits each: 128 bits hold them all.
                Value::Int(number) => *sum += i128::from(number),
                other => {
                    let kind = other.kind();
                    return Err(problem(rule, format!("cannot add up the {kind} {other}")));
                }
            },
            Self::Extreme(extreme) => {
                let value = value();
                let is_better = extreme.as_ref().is_none_or(|known| match fold {
                    Fold::Min => value < *known,
                    Fold::Max | Fold::Count | Fold::Sum | Fold::List => value > *known,
                });
                if is_better {
                    *extreme = Some(value);
                }
            }
            Self::List(values) => match value() {
                Value::List(_) => {
                    return Err(problem(rule, "cannot make a list of lists".to_owned()));
                }
                other => {
                    values.insert(other);
                }
            },
        }
        Ok(())
    }

    fn finish(self, rule: &Rule) -> Result<Value, Error> {
        let integer = |number: i128| {
            let number = i64::try_from(number);
            number
                .map(Value::Int)
                .map_err(|_too_great| problem(rule, "the sum does not fit in 64 bits".to_owned()))
        };
        match self {
            Self::Count(count) => integer(i128::from(count)),
            Self::Different(words) => integer(words.len() as i128),
            Self::Sum(sum) => integer(sum),
            Self::Extreme(extreme) => {
                extreme.ok_or_else(|| problem(rule, "a group without values".to_owned()))
            }
            Self::List(values) => Ok(Value::List(values.into_iter().collect())),
        }
    }
}
