//! In which order the literals of a rule are looked up, and by which index.
//!
//! The order is greedy: whatever needs no search as soon as its variables are bound, else the
//! literal that promises the fewest rows, judged by the size of its relation and by how many of its
//! columns are bound. Ties go to the literal that was written first, so that the same database
//! always works in the same order.

use crate::relation::Relation;
use crate::rule::{Arg, Edge, Formula, Goal, Out, Pattern, Rule};
use crate::store::{Pred, Store};
use crate::syntax::{Comparison, Test};

/// Which rows of a relation a literal sees. Rounds are ranges of rows, see `evaluate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All that stood at the beginning of the round.
    All,
    /// Those that the round before did not add.
    Old,
    /// Those that the round before added.
    New,
}

/// How the rows are found.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    Each,
    Index(usize),
    /// All columns are known: there is one such row or none.
    Row,
}

#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) pred: Pred,
    pub(crate) view: View,
    pub(crate) access: Access,
    pub(crate) key: Vec<Arg>,
    /// Column and the variable it gives a value.
    pub(crate) bind: Vec<(usize, usize)>,
    /// Columns that repeat a variable bound by the same row.
    pub(crate) same: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Scan(Scan),
    /// No row fits.
    Absent(Scan),
    Compare(Comparison, Formula, Formula),
    Assign(usize, Formula),
    Test {
        test: Test,
        is_negated: bool,
        sides: Box<[Formula; 2]>,
    },
    Reach {
        edge: Edge,
        forward: usize,
        backward: usize,
        from: Arg,
        to: Arg,
        is_from_bound: bool,
        is_to_bound: bool,
        is_negated: bool,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// What a solution hands on: the columns of the head, or all variables.
    pub(crate) emit: Vec<Arg>,
    pub(crate) variables: usize,
    pub(crate) text: std::sync::Arc<str>,
}

/// What a plan is for.
pub(crate) struct Wish<'a> {
    /// Variables that have values before the first step.
    pub(crate) bound: &'a [usize],
    /// The literal that sees only what is new.
    pub(crate) new: Option<usize>,
    /// Relations of which literals after that one see only what is old.
    pub(crate) is_growing: &'a dyn Fn(Pred) -> bool,
    /// Hand on all variables and not the head.
    pub(crate) emits_variables: bool,
}

impl Wish<'_> {
    pub(crate) const WHOLE: Wish<'static> = Wish {
        bound: &[],
        new: None,
        is_growing: &|_| false,
        emits_variables: false,
    };
}

pub(crate) fn plan(rule: &Rule, store: &mut Store, wish: &Wish<'_>) -> Plan {
    let mut bound = vec![false; rule.variables];
    for variable in wish.bound {
        bound[*variable] = true;
    }
    let order = order(&rule.body, &bound, wish.new, &|pred| {
        let live = store.relations[pred].live();
        // What is still growing is taken to become large.
        let is_growing = wish.new.is_some() && (wish.is_growing)(pred);
        if is_growing { live.max(1 << 20) } else { live }
    });
    let mut steps = Vec::with_capacity(order.len());
    for place in order {
        let view = match wish.new {
            Some(new) if new == place => View::New,
            Some(new) if place > new => View::Old,
            _ => View::All,
        };
        let step = match &rule.body[place] {
            Goal::Has(pattern) => {
                let view = if view == View::Old && !(wish.is_growing)(pattern.pred) {
                    View::All
                } else {
                    view
                };
                Step::Scan(scan(pattern, &mut bound, view, store))
            }
            Goal::Lacks(pattern) => {
                // Variables are bound by now: nothing is given a value here.
                Step::Absent(scan(pattern, &mut bound, View::All, store))
            }
            Goal::Compare(Comparison::Equal, left, right) => {
                match (fresh(left, &bound), fresh(right, &bound)) {
                    (Some(variable), _) => {
                        bound[variable] = true;
                        Step::Assign(variable, right.clone())
                    }
                    (None, Some(variable)) => {
                        bound[variable] = true;
                        Step::Assign(variable, left.clone())
                    }
                    (None, None) => Step::Compare(Comparison::Equal, left.clone(), right.clone()),
                }
            }
            Goal::Compare(comparison, left, right) => {
                Step::Compare(*comparison, left.clone(), right.clone())
            }
            Goal::Test {
                test,
                is_negated,
                sides,
            } => Step::Test {
                test: *test,
                is_negated: *is_negated,
                sides: sides.clone(),
            },
            Goal::Reach {
                edge,
                from,
                to,
                is_negated,
            } => {
                let is_known = |arg: &Arg| is_bound(*arg, &bound);
                let (is_from_bound, is_to_bound) = (is_known(from), is_known(to));
                let (forward, backward) = edge_indexes(edge, &mut store.relations[edge.pred]);
                for variable in [from, to].into_iter().filter_map(|arg| arg.variable()) {
                    bound[variable] = true;
                }
                Step::Reach {
                    edge: edge.clone(),
                    forward,
                    backward,
                    from: *from,
                    to: *to,
                    is_from_bound,
                    is_to_bound,
                    is_negated: *is_negated,
                }
            }
        };
        steps.push(step);
    }
    let emit = if wish.emits_variables {
        (0..rule.variables).map(Arg::Var).collect()
    } else {
        rule.out
            .iter()
            .map(|out| match out {
                Out::Arg(arg) => *arg,
                Out::Fold(..) => Arg::Any,
            })
            .collect()
    };
    Plan {
        steps,
        emit,
        variables: rule.variables,
        text: std::sync::Arc::clone(&rule.text),
    }
}

/// The indexes by which a graph is searched: the fixed columns and one end.
pub(crate) fn edge_indexes(edge: &Edge, relation: &mut Relation) -> (usize, usize) {
    let mut columns = |end: usize| {
        let mut columns: Vec<usize> = edge.fixed.iter().map(|(column, _)| *column).collect();
        columns.push(end);
        relation.index(&columns)
    };
    (columns(edge.from), columns(edge.to))
}

fn is_bound(arg: Arg, bound: &[bool]) -> bool {
    match arg {
        Arg::Const(_) => true,
        Arg::Var(variable) => bound[variable],
        Arg::Any => false,
    }
}

/// The variable that an equation would give a value: one that stands alone.
fn fresh(formula: &Formula, bound: &[bool]) -> Option<usize> {
    match formula {
        Formula::Arg(Arg::Var(variable)) if !bound[*variable] => Some(*variable),
        Formula::Arg(_) | Formula::Operation(..) | Formula::Call(..) => None,
    }
}

fn scan(pattern: &Pattern, bound: &mut [bool], view: View, store: &mut Store) -> Scan {
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    let (mut bind, mut same) = (Vec::new(), Vec::new());
    let mut given: Vec<usize> = Vec::new();
    for (column, arg) in pattern.args.iter().enumerate() {
        match *arg {
            Arg::Any => {}
            Arg::Var(variable) if given.contains(&variable) => same.push((column, variable)),
            Arg::Var(variable) if !bound[variable] => {
                given.push(variable);
                bind.push((column, variable));
            }
            Arg::Var(_) | Arg::Const(_) => {
                columns.push(column);
                key.push(*arg);
            }
        }
    }
    for variable in given {
        bound[variable] = true;
    }
    let access = if columns.is_empty() && !pattern.args.is_empty() {
        Access::Each
    } else if columns.len() == pattern.args.len() {
        Access::Row
    } else {
        Access::Index(store.relations[pattern.pred].index(&columns))
    };
    Scan {
        pred: pattern.pred,
        view,
        access,
        key,
        bind,
        same,
    }
}

/// The order in which the literals of a body are evaluated.
pub(crate) fn order(
    body: &[Goal],
    bound: &[bool],
    first: Option<usize>,
    size: &dyn Fn(Pred) -> u32,
) -> Vec<usize> {
    let mut bound = bound.to_vec();
    let mut rest: Vec<usize> = (0..body.len()).collect();
    let mut order = Vec::with_capacity(body.len());
    let mut next = first;
    while !rest.is_empty() {
        let place = next.take().unwrap_or_else(|| {
            let ready = rest
                .iter()
                .copied()
                .find(|place| is_ready(&body[*place], &bound));
            ready.unwrap_or_else(|| {
                rest.iter()
                    .copied()
                    .min_by_key(|place| (rows(&body[*place], &bound, size), *place))
                    .unwrap_or_default()
            })
        });
        rest.retain(|other| *other != place);
        order.push(place);
        body[place].each_variable(&mut |variable| bound[variable] = true);
    }
    order
}

/// Whether a literal needs no search.
fn is_ready(goal: &Goal, bound: &[bool]) -> bool {
    let count = |formula: &Formula| {
        let mut unbound = 0;
        formula.each_variable(&mut |variable| unbound += usize::from(!bound[variable]));
        unbound
    };
    match goal {
        Goal::Has(_)
        | Goal::Reach {
            is_negated: false, ..
        } => false,
        Goal::Reach { from, to, .. } => is_bound(*from, bound) && is_bound(*to, bound),
        Goal::Lacks(pattern) => pattern.variables().all(|variable| bound[variable]),
        Goal::Compare(Comparison::Equal, left, right) => {
            let (of_left, of_right) = (count(left), count(right));
            (of_left == 0 || fresh(left, bound).is_some() && of_right == 0)
                && (of_right == 0 || fresh(right, bound).is_some() && of_left == 0)
        }
        Goal::Compare(_, left, right) => count(left) + count(right) == 0,
        Goal::Test { sides, .. } => sides.iter().map(count).sum::<usize>() == 0,
    }
}

/// A guess at how many rows a literal gives; each bound column is taken to leave a sixteenth.
///
/// A literal of which nothing is known makes a product with all before it and comes last.
fn rows(goal: &Goal, bound: &[bool], size: &dyn Fn(Pred) -> u32) -> u64 {
    const PRODUCT: u64 = 1 << 60;
    match goal {
        Goal::Has(pattern) => {
            let known = pattern
                .args
                .iter()
                .filter(|arg| is_bound(**arg, bound))
                .count();
            let rows = u64::from(size(pattern.pred)) << 16;
            if known == pattern.args.len() {
                return 0;
            }
            if known == 0 {
                return PRODUCT + rows;
            }
            // Never quite as good as a row that is known.
            let shift = u32::try_from(4 * known).unwrap_or(u32::MAX);
            rows.checked_shr(shift).unwrap_or_default() + 1
        }
        Goal::Reach {
            edge,
            from,
            to,
            is_negated: false,
        } => {
            let edges = u64::from(size(edge.pred)) << 16;
            match (is_bound(*from, bound), is_bound(*to, bound)) {
                (true, true) => edges >> 8,
                (true, false) | (false, true) => edges,
                (false, false) => u64::MAX - 1,
            }
        }
        // Not ready and nothing else left: the check of rules lets none of these through.
        Goal::Lacks(_) | Goal::Compare(..) | Goal::Test { .. } | Goal::Reach { .. } => u64::MAX,
    }
}
