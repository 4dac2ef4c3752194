//! What a rule must obey before it may run: every variable bound, no predicate below its own
//! negation.
//!
//! The condition on variables is range restriction; the order of predicates is stratification, both
//! as in Ullman, *Principles of Database and Knowledge-Base Systems* (1988), chapter 3. Components
//! are found by Tarjan's algorithm, written without recursion: rules come from strangers.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::syntax::{Comparison, Expression, HeadTerm, Literal, Rule, Term};

/// Refuses a rule with a variable that nothing binds.
pub(crate) fn safe(rule: &Rule) -> Result<(), Error> {
    let mut bound = vec![false; rule.variables.len()];
    for literal in &rule.body {
        if let Literal::Has(atom) = literal {
            for term in &atom.terms {
                mark(term, &mut bound);
            }
        }
    }
    // An equation binds the variable on one side once the other side is bound.
    let mut is_changed = true;
    while is_changed {
        is_changed = false;
        for literal in &rule.body {
            let Literal::Compare(Comparison::Equal, left, right) = literal else {
                continue;
            };
            for (side, other) in [(left, right), (right, left)] {
                if let Expression::Term(Term::Variable(variable)) = side
                    && !is_bound(*variable, &bound)
                    && unbound(other, &bound).is_none()
                {
                    mark(&Term::Variable(*variable), &mut bound);
                    is_changed = true;
                }
            }
        }
    }
    // Variables that the parser made stand for expressions: the names inside are reported first.
    let mut missing: Vec<Missing> = Vec::new();
    for literal in &rule.body {
        match literal {
            Literal::Has(_) => {}
            Literal::Lacks(atom) => {
                missing.extend(atom.terms.iter().filter_map(|term| of_term(term, &bound)));
            }
            Literal::Compare(_, left, right) => {
                missing.extend(unbound(left, &bound));
                missing.extend(unbound(right, &bound));
            }
            Literal::Test { arguments, .. } => {
                missing.extend(arguments.iter().filter_map(|side| unbound(side, &bound)));
            }
        }
    }
    for term in &rule.head.terms {
        match term {
            HeadTerm::Term(Term::Any) => missing.push(Missing::Any),
            HeadTerm::Term(term) => missing.extend(of_term(term, &bound)),
            HeadTerm::Fold(_, variable) => {
                let variable = variable.filter(|variable| !is_bound(*variable, &bound));
                missing.extend(variable.map(Missing::Variable));
            }
        }
    }
    let names: Vec<&str> = missing
        .iter()
        .map(|missing| match missing {
            Missing::Any => "_",
            Missing::Variable(variable) => rule.variables.get(*variable).map_or("_", |name| name),
        })
        .collect();
    let named = names.iter().find(|name| !name.starts_with('$'));
    match named.or_else(|| names.first()) {
        None => Ok(()),
        Some(name) => Err(Error::Unbound {
            variable: (*name).to_owned(),
            rule: rule.text.to_string(),
        }),
    }
}

enum Missing {
    Any,
    Variable(usize),
}

fn is_bound(variable: usize, bound: &[bool]) -> bool {
    bound.get(variable).copied().unwrap_or_default()
}

fn mark(term: &Term, bound: &mut [bool]) {
    if let Term::Variable(variable) = term
        && let Some(flag) = bound.get_mut(*variable)
    {
        *flag = true;
    }
}

/// `_` in a negated literal means that no fact of any such value exists.
fn of_term(term: &Term, bound: &[bool]) -> Option<Missing> {
    match term {
        Term::Variable(variable) if !is_bound(*variable, bound) => {
            Some(Missing::Variable(*variable))
        }
        Term::Variable(_) | Term::Any | Term::Value(_) => None,
    }
}

fn unbound(expression: &Expression, bound: &[bool]) -> Option<Missing> {
    match expression {
        Expression::Term(Term::Any) => Some(Missing::Any),
        Expression::Term(term) => of_term(term, bound),
        Expression::Operation(_, sides) => {
            unbound(&sides.0, bound).or_else(|| unbound(&sides.1, bound))
        }
        Expression::Call(_, arguments) => arguments
            .iter()
            .find_map(|argument| unbound(argument, bound)),
    }
}

/// What one predicate needs of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Its facts, which may still be growing.
    Facts,
    /// All its facts: it is negated or aggregated.
    Whole,
}

/// Who needs whom. Predicates are numbers below `count`.
pub(crate) struct Needs {
    edges: Vec<BTreeMap<usize, Need>>,
}

impl Needs {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            edges: vec![BTreeMap::new(); count],
        }
    }

    pub(crate) fn add(&mut self, head: usize, body: usize, need: Need) {
        if let Some(edges) = self.edges.get_mut(head) {
            let known = edges.entry(body).or_insert(need);
            if need == Need::Whole {
                *known = need;
            }
        }
    }

    fn of(&self, head: usize) -> impl Iterator<Item = (usize, Need)> {
        let edges = self.edges.get(head);
        edges
            .into_iter()
            .flatten()
            .map(|(body, need)| (*body, *need))
    }

    /// Groups of predicates that need each other, those that are needed first.
    ///
    /// On failure the predicates of a cycle, each with whether the step to the next is a
    /// [`Need::Whole`].
    pub(crate) fn strata(&self) -> Result<Vec<Vec<usize>>, Vec<(usize, Need)>> {
        let groups = self.components();
        let mut group_of = vec![0; self.edges.len()];
        for (number, group) in groups.iter().enumerate() {
            for member in group {
                if let Some(entry) = group_of.get_mut(*member) {
                    *entry = number;
                }
            }
        }
        for (head, edges) in self.edges.iter().enumerate() {
            for (body, need) in edges {
                if *need == Need::Whole && group_of.get(head) == group_of.get(*body) {
                    return Err(self.cycle(head, *body));
                }
            }
        }
        Ok(groups)
    }

    /// Tarjan's components, in the order in which they can be evaluated.
    fn components(&self) -> Vec<Vec<usize>> {
        const NEW: usize = usize::MAX;
        let count = self.edges.len();
        let (mut number, mut low, mut on_stack) =
            (vec![NEW; count], vec![0; count], vec![false; count]);
        let (mut stack, mut next, mut groups) = (Vec::new(), 0, Vec::new());
        for root in 0..count {
            if number[root] != NEW {
                continue;
            }
            let mut path: Vec<(usize, Vec<usize>)> = vec![(root, self.needed(root))];
            (number[root], low[root], on_stack[root]) = (next, next, true);
            next += 1;
            stack.push(root);
            while let Some((node, rest)) = path.last_mut() {
                let node = *node;
                if let Some(child) = rest.pop() {
                    if number[child] == NEW {
                        (number[child], low[child], on_stack[child]) = (next, next, true);
                        next += 1;
                        stack.push(child);
                        path.push((child, self.needed(child)));
                    } else if on_stack[child] {
                        low[node] = low[node].min(number[child]);
                    }
                    continue;
                }
                path.pop();
                if let Some((parent, _)) = path.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                if low[node] == number[node] {
                    let mut group = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        group.push(member);
                        if member == node {
                            break;
                        }
                    }
                    group.sort_unstable();
                    groups.push(group);
                }
            }
        }
        groups
    }

    fn needed(&self, head: usize) -> Vec<usize> {
        self.of(head).map(|(body, _)| body).collect()
    }

    /// The shortest way from `body` back to `head`, with the step from `head` in front.
    fn cycle(&self, head: usize, body: usize) -> Vec<(usize, Need)> {
        let mut before: BTreeMap<usize, (usize, Need)> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([body]);
        while let Some(node) = queue.pop_front() {
            if node == head {
                break;
            }
            for (next, need) in self.of(node) {
                if next != body && !before.contains_key(&next) {
                    before.insert(next, (node, need));
                    queue.push_back(next);
                }
            }
        }
        let mut cycle = Vec::new();
        let mut node = head;
        while let Some((earlier, need)) = before.get(&node) {
            cycle.push((*earlier, *need));
            node = *earlier;
        }
        cycle.push((head, Need::Whole));
        cycle.reverse();
        cycle
    }

    /// Everything that is needed by these, themselves included.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut needed = vec![false; self.edges.len()];
        let mut stack: Vec<usize> = roots.into_iter().collect();
        while let Some(node) = stack.pop() {
            if let Some(flag) = needed.get_mut(node)
                && !*flag
            {
                *flag = true;
                stack.extend(self.of(node).map(|(body, _)| body));
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests;
