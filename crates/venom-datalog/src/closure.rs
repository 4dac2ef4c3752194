//! Ways through a graph: a recursion over one relation of edges is a search and no join.
//!
//! `p(X, Y) :- e(X, Y)` with one of `p(X, Z) :- p(X, Y), e(Y, Z)`, `p(X, Z) :- e(X, Y), p(Y, Z)`
//! and `p(X, Z) :- p(X, Y), p(Y, Z)` all mean "there is a way from X to Z". Semi-naive evaluation
//! looks at every pair once for each way in; a breadth-first search from each node looks at every
//! edge once. With one end known it is one search, whichever of the three was written, where a
//! rewriting by magic sets would find the whole triangle for the second and third.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Error;
use crate::limits::Limit;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::relation::{NONE, Relation, State};
use crate::rule::{Arg, Edge, Goal, Pattern, Rule};
use crate::store::{Pred, Store};

/// The edges of which this predicate is the closure, if its rules have that shape.
pub(crate) fn recognise(pred: Pred, rules: &[&Rule]) -> Option<Edge> {
    let [first, second] = rules else {
        return None;
    };
    let (base, step) = if first.body.len() == 1 {
        (first, second)
    } else {
        (second, first)
    };
    let (x, y) = ends(base)?;
    let [Goal::Has(pattern)] = base.body.as_slice() else {
        return None;
    };
    let edge = edge(pattern, x, y)?;
    if edge.pred == pred {
        return None;
    }
    let (x, z) = ends(step)?;
    let [Goal::Has(first), Goal::Has(second)] = step.body.as_slice() else {
        return None;
    };
    // One literal leaves X for a variable in the middle, the other goes on from there to Z.
    let is_step = [(first, second), (second, first)]
        .into_iter()
        .any(|(one, two)| {
            let middle = one
                .variables()
                .find(|variable| *variable != x && two.variables().any(|other| other == *variable));
            let Some(y) = middle else {
                return false;
            };
            if y == z {
                return false;
            }
            let is_pair = |pattern: &Pattern, from: usize, to: usize| {
                pattern.pred == pred && pattern.args == [Arg::Var(from), Arg::Var(to)]
            };
            let is_edge = |pattern: &Pattern, from: usize, to: usize| {
                pattern.pred == edge.pred && self::edge(pattern, from, to).as_ref() == Some(&edge)
            };
            (is_pair(one, x, y) && (is_edge(two, y, z) || is_pair(two, y, z)))
                || (is_edge(one, x, y) && is_pair(two, y, z))
        });
    is_step.then_some(edge)
}

/// The variables of a head of two different variables.
fn ends(rule: &Rule) -> Option<(usize, usize)> {
    if rule.is_aggregate() {
        return None;
    }
    match rule.head_args().as_slice() {
        [Arg::Var(x), Arg::Var(y)] if x != y => Some((*x, *y)),
        _ => None,
    }
}

/// A literal as edges: each end in one column, the other columns fixed or of no interest.
fn edge(pattern: &Pattern, x: usize, y: usize) -> Option<Edge> {
    let (mut from, mut to, mut fixed) = (None, None, Vec::new());
    for (column, arg) in pattern.args.iter().enumerate() {
        match *arg {
            Arg::Any => {}
            Arg::Const(word) => fixed.push((column, word)),
            Arg::Var(variable) if variable == x && from.is_none() => from = Some(column),
            Arg::Var(variable) if variable == y && to.is_none() => to = Some(column),
            Arg::Var(_) => return None,
        }
    }
    Some(Edge {
        pred: pattern.pred,
        from: from?,
        to: to?,
        fixed,
    })
}

/// A graph and the direction in which it is searched.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) edge: &'a Edge,
    /// The index that has the edges of a node.
    pub(crate) index: usize,
    pub(crate) is_forward: bool,
}

/// Searches that were made during one evaluation.
#[derive(Default)]
pub(crate) struct Searches {
    graphs: Vec<(Edge, bool)>,
    made: BTreeMap<(usize, u32), Rc<Relation>>,
    rows: u64,
}

/// As many nodes as searches may keep, together. Chosen: 16 MB; beyond it they are made again.
const KEPT: u64 = 1 << 20;

impl Searches {
    pub(crate) fn len(&self) -> usize {
        self.made.len()
    }

    /// All nodes that a way of one edge or more leads to, nearest first.
    pub(crate) fn from(
        &mut self,
        machine: &mut Machine<'_>,
        plan: &Plan,
        side: Side<'_>,
        start: u32,
    ) -> Result<Rc<Relation>, Error> {
        let Side {
            edge,
            index,
            is_forward,
        } = side;
        let known = self
            .graphs
            .iter()
            .position(|(other, forward)| other == edge && *forward == is_forward);
        let graph = known.unwrap_or_else(|| {
            self.graphs.push((edge.clone(), is_forward));
            self.graphs.len() - 1
        });
        if let Some(made) = self.made.get(&(graph, start)) {
            return Ok(Rc::clone(made));
        }
        let end = if is_forward { edge.to } else { edge.from };
        let mut key: Vec<u32> = edge.fixed.iter().map(|(_, word)| *word).collect();
        key.push(start);
        let mut reached = Relation::new(1);
        let mut next = 0;
        loop {
            let mut row = machine.store.relations[edge.pred].newest(index, &key);
            while row != NONE {
                machine.count(plan)?;
                let relation = &machine.store.relations[edge.pred];
                if relation.state(row) == State::Live && row < machine.marks[edge.pred].now {
                    reached.insert(&[relation.row(row)[end]]);
                }
                row = relation.older(index, row);
            }
            if next == reached.rows() {
                break;
            }
            if let Some(node) = key.last_mut() {
                *node = reached.row(next)[0];
            }
            next += 1;
        }
        if self.rows + u64::from(next) > KEPT {
            self.made.clear();
            self.rows = 0;
        }
        self.rows += u64::from(next) + 1;
        let reached = Rc::new(reached);
        self.made.insert((graph, start), Rc::clone(&reached));
        Ok(reached)
    }
}

/// The nodes with an edge out of them, in the order of the edges.
pub(crate) fn beginnings(
    machine: &mut Machine<'_>,
    plan: &Plan,
    edge: &Edge,
) -> Result<Vec<u32>, Error> {
    let mut nodes = Relation::new(1);
    for row in 0..machine.marks[edge.pred].now {
        machine.count(plan)?;
        if let Some((from, _)) = pair(&machine.store.relations[edge.pred], row, edge) {
            nodes.insert(&[from]);
        }
    }
    Ok((0..nodes.rows()).map(|row| nodes.row(row)[0]).collect())
}

/// The ends of a row that is an edge.
fn pair(relation: &Relation, row: u32, edge: &Edge) -> Option<(u32, u32)> {
    let words = relation.row(row);
    let is_edge = relation.state(row) == State::Live
        && edge
            .fixed
            .iter()
            .all(|(column, word)| words[*column] == *word);
    is_edge.then(|| (words[edge.from], words[edge.to]))
}

/// Fills an empty relation with all pairs that a way connects: a search from each node, over
/// neighbours that lie beside each other.
pub(crate) fn fill(store: &mut Store, head: Pred, edge: &Edge, rule: &str) -> Result<(), Error> {
    let mut nodes = Relation::new(1);
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let relation = &store.relations[edge.pred];
    for row in 0..relation.rows() {
        if let Some((from, to)) = pair(relation, row, edge) {
            edges.push((nodes.insert(&[from]).0, nodes.insert(&[to]).0));
        }
    }
    // Ends may repeat where other columns differ.
    edges.sort_unstable();
    edges.dedup();
    let count = nodes.rows() as usize;
    let mut starts = vec![0; count + 1];
    for (from, _) in &edges {
        starts[*from as usize + 1] += 1;
    }
    for node in 0..count {
        starts[node + 1] += starts[node];
    }
    let mut seen_by = vec![NONE; count];
    let mut queue: Vec<u32> = Vec::new();
    let mut work = 0_u64;
    for start in 0..nodes.rows() {
        queue.clear();
        let mut node = start;
        let mut next = 0;
        loop {
            let neighbours = &edges[starts[node as usize]..starts[node as usize + 1]];
            work += neighbours.len() as u64;
            for (_, to) in neighbours {
                if seen_by[*to as usize] != start {
                    seen_by[*to as usize] = start;
                    queue.push(*to);
                }
            }
            let Some(following) = queue.get(next) else {
                break;
            };
            node = *following;
            next += 1;
        }
        if work > store.limits.work {
            return Err(Error::Limit {
                limit: Limit::Work,
                most: store.limits.work,
                rule: rule.to_owned(),
            });
        }
        let from = nodes.row(start)[0];
        for to in &queue {
            store.push(head, &[from, nodes.row(*to)[0]], rule)?;
        }
    }
    Ok(())
}

/// The nodes of a shortest way of one edge or more, both ends included.
pub(crate) fn shortest(
    store: &Store,
    edge: &Edge,
    index: usize,
    from: u32,
    to: u32,
) -> Option<Vec<u32>> {
    let relation = &store.relations[edge.pred];
    let mut key: Vec<u32> = edge.fixed.iter().map(|(_, word)| *word).collect();
    key.push(from);
    let mut reached = Relation::new(1);
    // For each node that was reached, the row of the one before; `NONE` is the beginning.
    let mut before: Vec<u32> = Vec::new();
    let (mut here, mut next) = (NONE, 0);
    loop {
        let mut row = relation.newest(index, &key);
        while row != NONE {
            if relation.state(row) == State::Live {
                let node = relation.row(row)[edge.to];
                let (place, is_new) = reached.insert(&[node]);
                if is_new {
                    before.push(here);
                }
                if node == to {
                    let mut way = vec![to];
                    let mut place = before[place as usize];
                    while place != NONE {
                        way.push(reached.row(place)[0]);
                        place = before[place as usize];
                    }
                    way.push(from);
                    way.reverse();
                    return Some(way);
                }
            }
            row = relation.older(index, row);
        }
        if next == reached.rows() {
            return None;
        }
        here = next;
        if let Some(node) = key.last_mut() {
            *node = reached.row(next)[0];
        }
        next += 1;
    }
}
