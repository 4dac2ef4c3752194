//! Random programs over random facts: every way of asking agrees with the oracle.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use venom_datalog::{Because, Database, Fact, Limits, Premise, Program, Proof, Source, Value};

use crate::naive::{self, Atom, Facts, Fold, Row, Rule, Term};

/// Predicates 0 to 2 are told; the others follow. Level, number of values.
const PREDICATES: &[(&str, usize, usize)] = &[
    ("edge", 0, 2),
    ("link", 0, 2),
    ("mark", 0, 1),
    ("path", 1, 2),
    ("pair", 1, 2),
    ("some", 2, 1),
    ("total", 2, 2),
    ("last", 3, 2),
];

/// Bytes that decide, so that a failure shrinks.
struct Chooser {
    bytes: Vec<u8>,
    at: usize,
}

impl Chooser {
    fn below(&mut self, count: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(byte) % count
    }

    fn term(&mut self, variables: usize) -> Term {
        match self.below(10) {
            0 => Term::Any,
            1 => Term::Constant(self.below(6) as i64),
            _ => Term::Variable(self.below(variables)),
        }
    }

    fn rule(&mut self, predicate: usize) -> Rule {
        let (name, level, arity) = PREDICATES[predicate];
        let is_fold = name == "total" || name == "last" && self.below(3) == 0;
        let mut body = Vec::new();
        for _ in 0..=self.below(3) {
            // Aggregates need what is below; others may recurse.
            let usable = |of: &usize| {
                let other = PREDICATES[*of].1;
                other < level || other == level && !is_fold && *of != 6
            };
            let usable: Vec<usize> = (0..PREDICATES.len()).filter(usable).collect();
            let predicate = usable[self.below(usable.len())];
            let terms = (0..PREDICATES[predicate].2).map(|_| self.term(4)).collect();
            body.push(Atom { predicate, terms });
        }
        let mut bound: Vec<usize> = body
            .iter()
            .flat_map(|atom| &atom.terms)
            .filter_map(|term| match term {
                Term::Variable(variable) => Some(*variable),
                _ => None,
            })
            .collect();
        if bound.is_empty() {
            body.push(Atom {
                predicate: 2,
                terms: vec![Term::Variable(0)],
            });
            bound.push(0);
        }
        let is_recursive = body
            .iter()
            .any(|atom| PREDICATES[atom.predicate].1 == level);
        let mut next = None;
        if !is_recursive && self.below(4) == 0 {
            next = Some((9, bound[self.below(bound.len())]));
            bound.push(9);
        }
        let known = |chooser: &mut Self, any: bool| match chooser.below(8) {
            0 => Term::Constant(chooser.below(6) as i64),
            1 if any => Term::Any,
            _ => Term::Variable(bound[chooser.below(bound.len())]),
        };
        let mut absent = Vec::new();
        if self.below(2) == 0 {
            let lower: Vec<usize> = (0..PREDICATES.len())
                .filter(|of| PREDICATES[*of].1 < level)
                .collect();
            let predicate = lower[self.below(lower.len())];
            let terms = (0..PREDICATES[predicate].2)
                .map(|_| known(self, true))
                .collect();
            absent.push(Atom { predicate, terms });
        }
        let mut less = Vec::new();
        if self.below(3) == 0 {
            less.push((known(self, false), known(self, false)));
        }
        let columns = if is_fold { arity - 1 } else { arity };
        let head = (0..columns).map(|_| known(self, false)).collect();
        let fold = is_fold.then(|| {
            let folds = [Fold::Count, Fold::CountAll, Fold::Sum, Fold::Min, Fold::Max];
            (
                folds[self.below(folds.len())],
                bound[self.below(bound.len())],
            )
        });
        Rule {
            predicate,
            head,
            fold,
            body,
            absent,
            less,
            next,
        }
    }

    fn program(&mut self) -> naive::Program {
        let mut levels = vec![Vec::new(); 4];
        for (predicate, (name, level, _)) in PREDICATES.iter().enumerate() {
            if *level == 0 {
                continue;
            }
            // Half of the programs have a graph among their rules.
            if *name == "path" && self.below(2) == 0 {
                levels[1].extend(self.graph(predicate));
                continue;
            }
            for _ in 0..=self.below(3) {
                levels[*level].push(self.rule(predicate));
            }
        }
        naive::Program {
            names: PREDICATES
                .iter()
                .map(|(name, ..)| (*name).to_owned())
                .collect(),
            levels,
        }
    }

    fn graph(&mut self, path: usize) -> Vec<Rule> {
        let plain = |body: Vec<Atom>, head: [usize; 2]| Rule {
            predicate: path,
            head: head.map(Term::Variable).to_vec(),
            fold: None,
            body,
            absent: Vec::new(),
            less: Vec::new(),
            next: None,
        };
        let edge = self.below(2);
        let atom = |predicate: usize, from: usize, to: usize| Atom {
            predicate,
            terms: vec![Term::Variable(from), Term::Variable(to)],
        };
        let step = match self.below(3) {
            0 => vec![atom(path, 0, 1), atom(edge, 1, 2)],
            1 => vec![atom(edge, 0, 1), atom(path, 1, 2)],
            _ => vec![atom(path, 1, 2), atom(path, 0, 1)],
        };
        vec![plain(vec![atom(edge, 0, 1)], [0, 1]), plain(step, [0, 2])]
    }

    /// Facts with the sources that tell them.
    fn facts(&mut self) -> Vec<(usize, Row, Source)> {
        let count = self.below(24);
        (0..count)
            .map(|_| {
                // Now and then a fact of what also follows.
                let predicate = match self.below(12) {
                    0 => 3,
                    1 => 5,
                    other => other % 3,
                };
                let row = (0..PREDICATES[predicate].2)
                    .map(|_| self.below(6) as i64)
                    .collect();
                (predicate, row, Source(self.below(4) as u64))
            })
            .collect()
    }
}

fn fact((predicate, row): &(usize, Row)) -> Fact {
    let values = row.iter().map(|value| Value::Int(*value)).collect();
    Fact::new(PREDICATES[*predicate].0, values)
}

fn told(facts: &[(usize, Row, Source)]) -> Facts {
    facts
        .iter()
        .map(|(predicate, row, _)| (*predicate, row.clone()))
        .collect()
}

fn open(program: &naive::Program, facts: &[(usize, Row, Source)]) -> Database {
    let mut database = Database::new(Limits::default());
    let text = program.to_string();
    database
        .load(&Program::parse(&text).expect("the text is Datalog"))
        .expect("the rules are sound");
    tell(&mut database, facts);
    database
}

fn tell(database: &mut Database, facts: &[(usize, Row, Source)]) {
    for (predicate, row, source) in facts {
        database
            .insert(&fact(&(*predicate, row.clone())), *source)
            .expect("there is room");
    }
}

/// Everything that a database says, asked predicate by predicate.
fn everything(database: &mut Database) -> Facts {
    let mut facts = Facts::new();
    for (predicate, (name, _, arity)) in PREDICATES.iter().enumerate() {
        let columns = ["A", "B"][..*arity].join(", ");
        facts.extend(
            ask(database, &format!("{name}({columns})"))
                .into_iter()
                .map(|row| (predicate, row)),
        );
    }
    facts
}

fn ask(database: &mut Database, query: &str) -> Vec<Row> {
    let answers = database.query(query).expect("the query is sound");
    let rows: Vec<Row> = answers
        .iter()
        .map(|answer| {
            answer
                .values()
                .map(|value| match value {
                    Value::Int(number) => *number,
                    other => panic!("{other} is no number"),
                })
                .collect()
        })
        .collect();
    assert!(rows.is_sorted(), "answers are in order");
    rows
}

/// Every step follows from its premises, and the premises come to facts that were told.
fn check_proof(proof: &Proof, all: &BTreeMap<(usize, Row), u32>, told: &BTreeSet<String>) {
    let known: BTreeSet<String> = all.keys().map(|key| fact(key).to_string()).collect();
    for step in proof.steps() {
        let shown = step.fact.to_string();
        assert!(known.contains(&shown), "{shown} does not hold");
        match &step.because {
            Because::Told(sources) => {
                assert!(
                    told.contains(&shown) && !sources.is_empty(),
                    "{shown} was not told"
                );
                assert_eq!(step.depth, 0);
            }
            Because::Rule { premises, .. } => {
                let deepest = premises.iter().filter_map(|premise| match premise {
                    Premise::Fact(place) => Some(proof.steps()[*place].depth),
                    Premise::Absent(_) | Premise::Holds(_) => None,
                });
                assert_eq!(step.depth, deepest.max().unwrap_or(0) + 1);
            }
        }
    }
    assert!(!proof.to_string().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whole predicates, then facts that come later, then sources that are forgotten.
    #[test]
    fn what_follows_is_kept_true(bytes in proptest::collection::vec(any::<u8>(), 400)) {
        let mut chooser = Chooser { bytes, at: 0 };
        let facts = chooser.facts();
        let program = chooser.program();
        let (early, late) = facts.split_at(facts.len() / 2);
        let mut database = open(&program, early);
        prop_assert_eq!(everything(&mut database), naive_facts(&program, &told(early)), "at first\n{}", program);
        database.derive_all().unwrap();
        tell(&mut database, late);
        prop_assert_eq!(everything(&mut database), naive_facts(&program, &told(&facts)), "with more\n{}", program);

        let mut rest = facts.clone();
        for source in [1, 0, 3].map(Source) {
            let before = naive_facts(&program, &told(&rest));
            let told_before = told(&rest);
            rest.retain(|(_, _, of)| *of != source);
            let after = naive_facts(&program, &told(&rest));
            let removed = database.retract(source);
            prop_assert!(removed.is_complete);
            let gone: BTreeSet<Fact> = before.difference(&after).map(fact).collect();
            let came: BTreeSet<Fact> = after.difference(&before).map(fact).collect();
            let was_told: BTreeSet<Fact> = told_before.iter().map(fact).collect();
            let listed: BTreeSet<Fact> = removed.told.iter().chain(&removed.derived).cloned().collect();
            prop_assert_eq!(&listed, &gone, "{}", program);
            prop_assert!(removed.told.iter().all(|fact| was_told.contains(fact)));
            prop_assert!(removed.derived.iter().all(|fact| !was_told.contains(fact)));
            prop_assert_eq!(removed.appeared.into_iter().collect::<BTreeSet<_>>(), came, "{}", program);
            prop_assert_eq!(everything(&mut database), after, "without {:?}\n{}", source, program);
            // The same as one that was never told.
            prop_assert_eq!(database.digest(), open(&program, &rest).digest());
        }
    }

    /// Bound queries on a database that knows nothing yet: magic sets and searches.
    #[test]
    fn what_is_asked_is_answered(bytes in proptest::collection::vec(any::<u8>(), 400)) {
        let mut chooser = Chooser { bytes, at: 0 };
        let facts = chooser.facts();
        let program = chooser.program();
        let all = naive_facts(&program, &told(&facts));
        let first = chooser.below(6) as i64;
        let second = chooser.below(6) as i64;
        for (predicate, (name, _, arity)) in PREDICATES.iter().enumerate() {
            let rows = || all.iter().filter(move |(of, _)| *of == predicate).map(|(_, row)| row);
            let mut database = open(&program, &facts);
            if *arity == 1 {
                let expected = rows().any(|row| row[0] == first);
                prop_assert_eq!(ask(&mut database, &format!("{name}({first})")).len(), usize::from(expected));
                continue;
            }
            let from: Vec<Row> = rows().filter(|row| row[0] == first).map(|row| vec![row[1]]).collect();
            prop_assert_eq!(ask(&mut database, &format!("{name}({first}, X)")), from, "{} from {}\n{}", name, first, program);
            let to: Vec<Row> = rows().filter(|row| row[1] == second).map(|row| vec![row[0]]).collect();
            prop_assert_eq!(ask(&mut database, &format!("{name}(X, {second})")), to, "{} to {}\n{}", name, second, program);
            let expected = rows().any(|row| row[0] == first && row[1] == second);
            prop_assert_eq!(ask(&mut database, &format!("{name}({first}, {second})")).len(), usize::from(expected));
            // A join, a negation and an aggregate of the query's own.
            let marks: BTreeSet<i64> = all.iter().filter(|(of, _)| *of == 2).map(|(_, row)| row[0]).collect();
            let joined: BTreeSet<Row> = rows().filter(|row| marks.contains(&row[0])).cloned().collect();
            prop_assert_eq!(ask(&mut database, &format!("mark(X), {name}(X, Y)")), joined.into_iter().collect::<Vec<_>>(), "{}\n{}", name, program);
            let unmarked: BTreeSet<Row> = marks
                .iter()
                .filter(|mark| !rows().any(|row| row[0] == first && row[1] == **mark))
                .map(|mark| vec![*mark])
                .collect();
            prop_assert_eq!(ask(&mut database, &format!("mark(X), not {name}({first}, X)")), unmarked.into_iter().collect::<Vec<_>>(), "not {}({}, X)\n{}", name, first, program);
            let count = rows().filter(|row| row[0] == first).count() as i64;
            let expected: Vec<Row> = if count > 0 { vec![vec![count]] } else { Vec::new() };
            prop_assert_eq!(ask(&mut database, &format!("n(count(Y)) :- {name}({first}, Y).")), expected, "{}({})\n{}", name, first, program);
        }
    }

    /// Proofs are sound and as flat as can be.
    #[test]
    fn what_holds_is_proved(bytes in proptest::collection::vec(any::<u8>(), 400)) {
        let mut chooser = Chooser { bytes, at: 0 };
        let facts = chooser.facts();
        let program = chooser.program();
        let all = program.evaluate(&told(&facts));
        let said: BTreeSet<String> = told(&facts).iter().map(|key| fact(key).to_string()).collect();
        let mut database = open(&program, &facts);
        for (key, depth) in all.iter().take(60) {
            let proof = database.why(&fact(key)).expect("within limits");
            let proof = proof.unwrap_or_else(|| panic!("no proof of {}\n{program}", program.fact(key)));
            check_proof(&proof, &all, &said);
            prop_assert_eq!(proof.depth(), *depth, "{}\n{}\n{}", proof, program, program.fact(key));
        }
        for first in 0..6 {
            let key = (7, vec![first, 3]);
            if !all.contains_key(&key) {
                prop_assert_eq!(database.why(&fact(&key)).unwrap(), None);
            }
        }
    }
}

fn naive_facts(program: &naive::Program, told: &Facts) -> Facts {
    program.evaluate(told).into_keys().collect()
}
