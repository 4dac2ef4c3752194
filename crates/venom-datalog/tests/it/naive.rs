//! The oracle: programs as plain data, evaluated by trying everything until nothing changes.
//!
//! It shares nothing with the library but the text that a program is written out as.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(crate) type Row = Vec<i64>;
pub(crate) type Facts = BTreeSet<(usize, Row)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Variable(usize),
    Constant(i64),
    Any,
}

#[derive(Clone, Debug)]
pub(crate) struct Atom {
    pub(crate) predicate: usize,
    pub(crate) terms: Vec<Term>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fold {
    Count,
    CountAll,
    Sum,
    Min,
    Max,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) predicate: usize,
    pub(crate) head: Vec<Term>,
    /// An aggregate of a variable, as the last column.
    pub(crate) fold: Option<(Fold, usize)>,
    pub(crate) body: Vec<Atom>,
    pub(crate) absent: Vec<Atom>,
    /// `left < right`.
    pub(crate) less: Vec<(Term, Term)>,
    /// `first = second + 1`: the first is bound by nothing else.
    pub(crate) next: Option<(usize, usize)>,
}

pub(crate) struct Program {
    pub(crate) names: Vec<String>,
    /// Rules by level: what is negated or aggregated stands on a lower one.
    pub(crate) levels: Vec<Vec<Rule>>,
}

type Binding = BTreeMap<usize, i64>;

impl Program {
    /// Everything that follows, with the least depth of a proof.
    pub(crate) fn evaluate(&self, told: &Facts) -> BTreeMap<(usize, Row), u32> {
        let mut depths: BTreeMap<(usize, Row), u32> =
            told.iter().map(|fact| (fact.clone(), 0)).collect();
        for level in &self.levels {
            loop {
                let mut is_changed = false;
                for rule in level {
                    for (row, depth) in rule.fire(&depths) {
                        let known = depths.entry((rule.predicate, row)).or_insert(u32::MAX);
                        if depth < *known {
                            *known = depth;
                            is_changed = true;
                        }
                    }
                }
                if !is_changed {
                    break;
                }
            }
        }
        depths
    }

    pub(crate) fn fact(&self, (predicate, row): &(usize, Row)) -> String {
        let values: Vec<String> = row.iter().map(ToString::to_string).collect();
        format!("{}({})", self.names[*predicate], values.join(", "))
    }

    fn write_atom(&self, f: &mut fmt::Formatter<'_>, atom: &Atom) -> fmt::Result {
        let terms: Vec<String> = atom.terms.iter().map(ToString::to_string).collect();
        write!(f, "{}({})", self.names[atom.predicate], terms.join(", "))
    }
}

impl Rule {
    fn fire(&self, depths: &BTreeMap<(usize, Row), u32>) -> Vec<(Row, u32)> {
        let mut found = Vec::new();
        self.solve(depths, 0, Binding::new(), 0, &mut found);
        let Some((fold, variable)) = self.fold else {
            return found
                .into_iter()
                .map(|(binding, depth)| (self.head_of(&binding), depth + 1))
                .collect();
        };
        let mut groups: BTreeMap<Row, (BTreeSet<Row>, u32)> = BTreeMap::new();
        let named: BTreeSet<usize> = found
            .iter()
            .flat_map(|(binding, _)| binding.keys().copied())
            .collect();
        for (binding, depth) in found {
            let group = groups.entry(self.head_of(&binding)).or_default();
            // Each binding of the named variables once, the aggregated one in front.
            let mut row = vec![binding[&variable]];
            row.extend(named.iter().map(|name| binding[name]));
            group.0.insert(row);
            group.1 = group.1.max(depth);
        }
        groups
            .into_iter()
            .map(|(mut row, (bindings, depth))| {
                let values = || bindings.iter().map(|binding| binding[0]);
                row.push(match fold {
                    Fold::Count => values().collect::<BTreeSet<i64>>().len() as i64,
                    Fold::CountAll => bindings.len() as i64,
                    Fold::Sum => values().sum(),
                    Fold::Min => values().min().unwrap(),
                    Fold::Max => values().max().unwrap(),
                });
                (row, depth + 1)
            })
            .collect()
    }

    fn head_of(&self, binding: &Binding) -> Row {
        self.head
            .iter()
            .map(|term| value(*term, binding).unwrap())
            .collect()
    }

    fn solve(
        &self,
        depths: &BTreeMap<(usize, Row), u32>,
        at: usize,
        mut binding: Binding,
        depth: u32,
        found: &mut Vec<(Binding, u32)>,
    ) {
        if let Some(atom) = self.body.get(at) {
            for ((predicate, row), known) in depths {
                if *predicate == atom.predicate
                    && let Some(binding) = extend(&atom.terms, row, &binding)
                {
                    self.solve(depths, at + 1, binding, depth.max(*known), found);
                }
            }
            return;
        }
        if let Some((first, second)) = self.next {
            binding.insert(first, binding[&second] + 1);
        }
        let is_less = self
            .less
            .iter()
            .all(|(left, right)| value(*left, &binding) < value(*right, &binding));
        let is_absent = self.absent.iter().all(|atom| {
            !depths.keys().any(|(predicate, row)| {
                *predicate == atom.predicate && extend(&atom.terms, row, &binding).is_some()
            })
        });
        if is_less && is_absent {
            found.push((binding, depth));
        }
    }
}

fn value(term: Term, binding: &Binding) -> Option<i64> {
    match term {
        Term::Variable(variable) => binding.get(&variable).copied(),
        Term::Constant(value) => Some(value),
        Term::Any => None,
    }
}

fn extend(terms: &[Term], row: &Row, binding: &Binding) -> Option<Binding> {
    let mut binding = binding.clone();
    for (term, value) in terms.iter().zip(row) {
        let known = match term {
            Term::Any => continue,
            Term::Constant(constant) => *constant,
            Term::Variable(variable) => *binding.entry(*variable).or_insert(*value),
        };
        if known != *value {
            return None;
        }
    }
    Some(binding)
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => write!(f, "V{variable}"),
            Self::Constant(value) => write!(f, "{value}"),
            Self::Any => f.write_str("_"),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in self.levels.iter().flatten() {
            let mut head: Vec<String> = rule.head.iter().map(ToString::to_string).collect();
            if let Some((fold, variable)) = rule.fold {
                head.push(match fold {
                    Fold::Count => format!("count(V{variable})"),
                    Fold::CountAll => "count()".to_owned(),
                    Fold::Sum => format!("sum(V{variable})"),
                    Fold::Min => format!("min(V{variable})"),
                    Fold::Max => format!("max(V{variable})"),
                });
            }
            write!(f, "{}({}) :- ", self.names[rule.predicate], head.join(", "))?;
            // What is tested first is written first here and there: order must not matter.
            for (left, right) in &rule.less {
                write!(f, "{left} < {right}, ")?;
            }
            for (index, atom) in rule.body.iter().enumerate() {
                f.write_str(if index > 0 { ", " } else { "" })?;
                self.write_atom(f, atom)?;
            }
            for atom in &rule.absent {
                f.write_str(", not ")?;
                self.write_atom(f, atom)?;
            }
            if let Some((first, second)) = rule.next {
                write!(f, ", V{first} = V{second} + 1")?;
            }
            writeln!(f, ".")?;
        }
        Ok(())
    }
}
