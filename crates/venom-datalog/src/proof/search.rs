//! Finds proofs in a database.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Because, Premise, Proof, Step};
use crate::aggregate;
use crate::closure;
use crate::database::Database;
use crate::error::Error;
use crate::limits::Limit;
use crate::machine::{Machine, Sink};
use crate::plan::{Wish, edge_indexes, plan};
use crate::relation::Relation;
use crate::retract::unify;
use crate::rule::{Arg, Edge, Formula, Goal, Pattern, Rule};
use crate::store::{Pred, Store};
use crate::syntax::{Comparison, Function, Operation};
use crate::value::Fact;

/// A fact by the numbers of its predicate and values.
type Key = (Pred, Vec<u32>);

/// One way in which a rule gives a fact.
struct Instance {
    head: usize,
    rule: usize,
    /// Values of the variables; of an aggregate, those of each member.
    bindings: Vec<Vec<u32>>,
    /// The facts of the body, each once.
    body: Vec<usize>,
    /// How many of them have no depth yet.
    missing: usize,
}

/// Everything below a fact.
#[derive(Default)]
struct Cone {
    keys: Vec<Key>,
    places: BTreeMap<Key, usize>,
    told: Vec<bool>,
    instances: Vec<Instance>,
}

impl Cone {
    fn place(&mut self, key: Key, database: &Database) -> usize {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        self.told.push(database.is_told(&key));
        self.keys.push(key.clone());
        self.places.insert(key, self.keys.len() - 1);
        self.keys.len() - 1
    }
}

impl Database {
    /// Says why a fact holds, or `None` if it does not. The proof is one of least depth, and always
    /// the same one.
    pub fn why(&mut self, fact: &Fact) -> Result<Option<Proof>, Error> {
        self.settle_for_proof();
        let Some(key) = self.key(fact) else {
            return Ok(None);
        };
        if !self.is_told(&key) {
            if self.graph_of(key.0).is_none() {
                self.materialise_for_proof(key.0)?;
            }
            if !self.holds(&key) {
                return Ok(None);
            }
        }
        let cone = self.cone(key)?;
        Ok(Some(self.extract(&cone)))
    }

    fn cone(&mut self, key: Key) -> Result<Cone, Error> {
        let mut cone = Cone::default();
        cone.place(key, self);
        let mut next = 0;
        while next < cone.keys.len() {
            if !cone.told[next] {
                self.expand(&mut cone, next)?;
            }
            next += 1;
            let size = cone.keys.len() + cone.instances.len();
            let most = self.limits().proof;
            if size > most as usize {
                return Err(Error::Limit {
                    limit: Limit::Proof,
                    most: u64::from(most),
                    rule: cone
                        .instances
                        .last()
                        .map_or_else(String::new, |last| self.rules()[last.rule].text.to_string()),
                });
            }
        }
        Ok(cone)
    }

    /// Finds all ways in which rules give a fact.
    fn expand(&mut self, cone: &mut Cone, head: usize) -> Result<(), Error> {
        let (pred, tuple) = cone.keys[head].clone();
        let graph = self.graph_of(pred);
        let rules: Vec<(usize, Rule)> = self
            .rules()
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.head == pred)
            .map(|(number, rule)| (number, rule.clone()))
            .collect();
        let way = match graph {
            None => None,
            Some(edge) => {
                let store = self.store_mut();
                let (forward, _) = edge_indexes(&edge, &mut store.relations[edge.pred]);
                store.relations[edge.pred].catch_up();
                closure::shortest(store, &edge, forward, tuple[0], tuple[1]).map(|way| (edge, way))
            }
        };
        for (number, rule) in rules {
            let Some(mut given) = unify(&rule, &tuple) else {
                continue;
            };
            if let Some((edge, way)) = &way {
                // One rule is an edge, the other a way on: only the one that fits is of use.
                let is_edge = rule.body.len() == 1;
                if is_edge != (way.len() == 2) {
                    continue;
                }
                if !is_edge {
                    given.extend(middle(&rule, pred, edge, way));
                }
            }
            let store = self.store_mut();
            if rule.is_aggregate() {
                let group = solutions(store, &rule, &given, usize::MAX)?;
                let mut machine = Machine::new(store);
                let rows = aggregate::fold(&mut machine, &rule, &group)?;
                if rows.find(&tuple).is_none() {
                    continue;
                }
            }
            let concrete = without_any(&rule);
            let wanted = if way.is_some() { 1 } else { usize::MAX };
            let found = solutions(store, &concrete, &given, wanted)?;
            let mut groups: Vec<Vec<Vec<u32>>> = Vec::new();
            let bindings = (0..found.rows()).map(|row| found.row(row).to_vec());
            if rule.is_aggregate() {
                groups.push(bindings.collect());
            } else {
                groups.extend(bindings.map(|binding| vec![binding]));
            }
            for bindings in groups {
                let mut body: Vec<usize> = Vec::new();
                for binding in &bindings {
                    for goal in &concrete.body {
                        if let Goal::Has(pattern) = goal {
                            let key = (pattern.pred, ground(pattern, binding));
                            body.push(cone.place(key, self));
                        }
                    }
                }
                body.sort_unstable();
                body.dedup();
                cone.instances.push(Instance {
                    head,
                    rule: number,
                    missing: body.len(),
                    bindings,
                    body,
                });
            }
        }
        Ok(())
    }

    /// Counts depths and takes for each fact the instance that gave it one first.
    fn extract(&self, cone: &Cone) -> Proof {
        let mut uses: Vec<Vec<usize>> = vec![Vec::new(); cone.keys.len()];
        let mut missing: Vec<usize> = Vec::new();
        let mut depth: Vec<Option<u32>> = vec![None; cone.keys.len()];
        let mut chosen: Vec<Option<usize>> = vec![None; cone.keys.len()];
        let mut queue: VecDeque<usize> = VecDeque::new();
        for (place, is_told) in cone.told.iter().enumerate() {
            if *is_told {
                depth[place] = Some(0);
                queue.push_back(place);
            }
        }
        for (number, instance) in cone.instances.iter().enumerate() {
            missing.push(instance.missing);
            for place in &instance.body {
                uses[*place].push(number);
            }
            // A rule of absences and conditions alone.
            if instance.body.is_empty() && depth[instance.head].is_none() {
                depth[instance.head] = Some(1);
                chosen[instance.head] = Some(number);
            }
        }
        // Depths leave the queue in order, so the last fact of a body to come has the greatest.
        let early: Vec<usize> = (0..cone.keys.len())
            .filter(|place| chosen[*place].is_some())
            .collect();
        let mut early = VecDeque::from(early);
        while let Some(place) = next(&mut queue, &mut early, &depth) {
            for number in &uses[place] {
                missing[*number] -= 1;
                let head = cone.instances[*number].head;
                if missing[*number] == 0 && depth[head].is_none() {
                    depth[head] = depth[place].map(|depth| depth + 1);
                    chosen[head] = Some(*number);
                    queue.push_back(head);
                }
            }
        }
        // Only what the proof uses, in the order in which it is met.
        let mut steps: Vec<Step> = Vec::new();
        let mut number_of: BTreeMap<usize, usize> = BTreeMap::from([(0, 0)]);
        let mut order = vec![0];
        let mut at = 0;
        while let Some(place) = order.get(at).copied() {
            at += 1;
            let (pred, tuple) = &cone.keys[place];
            let because = match chosen[place] {
                None => Because::Told(self.sources_of(*pred, tuple)),
                Some(number) => {
                    let instance = &cone.instances[number];
                    let mut number = |key: &Key| {
                        let place = cone.places.get(key).copied().unwrap_or_default();
                        *number_of.entry(place).or_insert_with(|| {
                            order.push(place);
                            order.len() - 1
                        })
                    };
                    self.because(instance, &mut number)
                }
            };
            steps.push(Step {
                fact: self.fact(*pred, tuple),
                depth: depth[place].unwrap_or_default(),
                because,
            });
        }
        Proof { steps }
    }

    fn because(&self, instance: &Instance, number: &mut impl FnMut(&Key) -> usize) -> Because {
        let rule = without_any(&self.rules()[instance.rule]);
        let mut premises: Vec<Premise> = Vec::new();
        for binding in &instance.bindings {
            for goal in &rule.body {
                let premise = match goal {
                    Goal::Has(pattern) => {
                        Premise::Fact(number(&(pattern.pred, ground(pattern, binding))))
                    }
                    Goal::Lacks(pattern) => Premise::Absent(self.show_pattern(pattern, binding)),
                    Goal::Compare(comparison, left, right) => Premise::Holds(format!(
                        "{} {} {}",
                        self.show(left, binding),
                        sign(*comparison),
                        self.show(right, binding)
                    )),
                    Goal::Test {
                        test,
                        is_negated,
                        sides,
                    } => Premise::Holds(format!(
                        "{}{}({}, {})",
                        if *is_negated { "not " } else { "" },
                        test.name(),
                        self.show(&sides[0], binding),
                        self.show(&sides[1], binding)
                    )),
                    Goal::Reach { .. } => continue,
                };
                if instance.bindings.len() == 1 || !premises.contains(&premise) {
                    premises.push(premise);
                }
            }
        }
        Because::Rule {
            rule: rule.text.to_string(),
            premises,
        }
    }

    fn show_pattern(&self, pattern: &Pattern, binding: &[u32]) -> String {
        let terms = &self.store_ref().terms;
        let args: Vec<String> = pattern
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Any => "_".to_owned(),
                Arg::Const(word) => terms.value(*word).to_string(),
                Arg::Var(variable) => terms.value(binding[*variable]).to_string(),
            })
            .collect();
        format!("{}({})", self.name(pattern.pred), args.join(", "))
    }

    fn show(&self, formula: &Formula, binding: &[u32]) -> String {
        let terms = &self.store_ref().terms;
        match formula {
            Formula::Arg(Arg::Any) => "_".to_owned(),
            Formula::Arg(Arg::Const(word)) => terms.value(*word).to_string(),
            Formula::Arg(Arg::Var(variable)) => terms.value(binding[*variable]).to_string(),
            Formula::Operation(operation, sides) => {
                let sign = match operation {
                    Operation::Add => "+",
                    Operation::Subtract => "-",
                    Operation::Multiply => "*",
                    Operation::Divide => "/",
                    Operation::Remainder => "mod",
                };
                let (left, right) = (self.show(&sides.0, binding), self.show(&sides.1, binding));
                format!("({left} {sign} {right})")
            }
            Formula::Call(function, arguments) => {
                let name = Function::ALL
                    .iter()
                    .find(|(_, known)| known == function)
                    .map_or("", |(name, _)| name);
                let arguments: Vec<String> = arguments
                    .iter()
                    .map(|argument| self.show(argument, binding))
                    .collect();
                format!("{name}({})", arguments.join(", "))
            }
        }
    }
}

/// The next fact by depth: those without premises stand at depth one, behind all that were told.
fn next(
    queue: &mut VecDeque<usize>,
    early: &mut VecDeque<usize>,
    depth: &[Option<u32>],
) -> Option<usize> {
    let is_told = queue.front().is_some_and(|place| depth[*place] == Some(0));
    if is_told {
        return queue.pop_front();
    }
    early.pop_front().or_else(|| queue.pop_front())
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Unequal => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn ground(pattern: &Pattern, binding: &[u32]) -> Vec<u32> {
    pattern
        .args
        .iter()
        .map(|arg| match arg {
            Arg::Const(word) => *word,
            Arg::Var(variable) => binding[*variable],
            Arg::Any => 0,
        })
        .collect()
}

/// The rule with a variable for each `_` of a fact, so that a solution names one fact.
fn without_any(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    for goal in &mut rule.body {
        if let Goal::Has(pattern) = goal {
            for arg in &mut pattern.args {
                if *arg == Arg::Any {
                    *arg = Arg::Var(rule.variables);
                    rule.variables += 1;
                }
            }
        }
    }
    rule
}

/// The values of all variables, for each way in which a body holds.
fn solutions(
    store: &mut Store,
    rule: &Rule,
    given: &[(usize, u32)],
    wanted: usize,
) -> Result<Relation, Error> {
    let bound: Vec<usize> = given.iter().map(|(variable, _)| *variable).collect();
    let wish = Wish {
        bound: &bound,
        emits_variables: true,
        ..Wish::WHOLE
    };
    // The other half of a graph's rule may have no rows: then what it says is known already.
    let mut known = rule.clone();
    if wanted == 1 {
        known.body.retain(|goal| match goal {
            Goal::Has(pattern) => pattern.pred != rule.head,
            _ => true,
        });
    }
    let plan = plan(&known, store, &wish);
    let mut machine = Machine::new(store);
    machine.show_all();
    machine.sink = Sink::Gather(Relation::new(rule.variables));
    machine.run(&plan, given)?;
    let mut found = machine.gathered();
    if wanted == 1 {
        found.truncate(1);
    }
    Ok(found)
}

/// The variable in the middle of a graph's second rule, and its value on this way.
fn middle(rule: &Rule, pred: Pred, edge: &Edge, way: &[u32]) -> Option<(usize, u32)> {
    let head = rule.head_args();
    let variable = rule.body.iter().find_map(|goal| match goal {
        Goal::Has(pattern) => pattern
            .variables()
            .find(|variable| !head.contains(&Arg::Var(*variable))),
        _ => None,
    })?;
    let mut edge_first = None;
    let mut pairs = 0;
    for goal in &rule.body {
        if let Goal::Has(pattern) = goal {
            if pattern.pred == pred {
                pairs += 1;
            } else if pattern.pred == edge.pred {
                edge_first = Some(pattern.args[edge.from] == head[0]);
            }
        }
    }
    let place = match (pairs, edge_first) {
        // Two ways: halves make the flattest proof.
        (2, _) => way.len() / 2,
        (_, Some(true)) => 1,
        _ => way.len().checked_sub(2)?,
    };
    Some((variable, *way.get(place)?))
}

impl Database {
    fn sources_of(&self, pred: Pred, tuple: &[u32]) -> Vec<crate::value::Source> {
        let row = self.store_ref().relations[pred].find(tuple);
        row.map_or_else(Vec::new, |row| self.told_ref().sources(pred, row))
    }

    fn name(&self, pred: Pred) -> Arc<str> {
        self.name_of(pred)
    }
}
