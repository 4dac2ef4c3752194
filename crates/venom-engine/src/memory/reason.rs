//! Rules over what is known: questions and proofs.
//!
//! Every fact is told by the events that said it, so that a proof ends at events, and taking an event
//! away takes away what follows from it alone. Built-in rules stand in `built_in.dl`; the user's are
//! loaded over them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use venom_datalog::{
    Because, Database, Error, Fact, Limit, Limits, Premise as Needed, Program, Source, Value,
};
use venom_kernel::memory::fact::{Knowledge, Origin, Relation, Row, Support};
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind, Result};

pub use venom_ports::api::facts::{Answers, Premise, Proof, Reason, Step};

/// The rules of every memory.
const BUILT_IN: &str = include_str!("built_in.dl");

/// What a question may take. Chosen: a second or two of one core and some hundred megabytes at worst;
/// what people ask takes a thousandth of it.
const LIMITS: Limits = Limits {
    tuples: 4_000_000,
    values: 2_000_000,
    letters: 256 << 20,
    rounds: 100_000,
    work: 100_000_000,
    proof: 200_000,
};

/// The user's rules and where they are from.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The text.
    pub text: String,
    /// The file, for messages.
    pub place: String,
}

/// What is known, with rules over it.
pub struct Reasoner {
    database: Database,
    origins: Vec<Origin>,
    support: BTreeMap<(String, Relation, String), Vec<Support>>,
}

impl std::fmt::Debug for Reasoner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reasoner")
            .field("origins", &self.origins.len())
            .finish_non_exhaustive()
    }
}

impl Reasoner {
    /// Loads what is known at a moment, and rules.
    pub fn new(knowledge: &Knowledge, now: Timestamp, rules: &Rules) -> Result<Self> {
        let mut database = Database::new(LIMITS);
        let built_in = Program::parse(BUILT_IN).and_then(|program| database.load(&program));
        built_in.map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        let own = Program::parse(&rules.text).and_then(|program| database.load(&program));
        own.map_err(|error| {
            Failure::new(FailureKind::Refused, format!("{}: {error}", rules.place))
                .with_hint(error.hint())
        })?;
        let mut origins: Vec<Origin> = knowledge
            .rows
            .iter()
            .flat_map(|row| row.support.iter().map(|support| support.origin))
            .collect();
        origins.sort_unstable();
        origins.dedup();
        let mut reasoner = Self {
            database,
            origins,
            support: BTreeMap::new(),
        };
        reasoner
            .tell(knowledge, now)
            .map_err(|error| refused(&error))?;
        Ok(reasoner)
    }

    fn tell(&mut self, knowledge: &Knowledge, now: Timestamp) -> std::result::Result<(), Error> {
        for row in &knowledge.rows {
            let sources = self.sources(row);
            let triple = [text(&row.subject), symbol(row.relation), text(&row.object)];
            let seconds = |time: Timestamp| Value::Int(time.micros().div_euclid(1_000_000));
            let open = |time: Option<Timestamp>| time.map_or(Value::Int(i64::MAX), seconds);
            let mut held = triple.to_vec();
            held.push(seconds(row.from));
            held.push(open(row.to));
            held.push(seconds(row.recorded));
            held.push(open(row.superseded.as_ref().map(|(time, _)| *time)));
            let held = Fact::new("held", held);
            let is_current = row.is_current(now);
            let fact = Fact::new("fact", triple.to_vec());
            let mut sure = triple.to_vec();
            sure.push(i64::from(row.confidence.thousandths()).into());
            let sure = Fact::new("sure", sure);
            for source in sources {
                self.database.insert(&held, source)?;
                if is_current {
                    self.database.insert(&fact, source)?;
                    self.database.insert(&sure, source)?;
                }
            }
            if is_current {
                let key = (row.subject.clone(), row.relation, row.object.clone());
                self.support
                    .entry(key)
                    .or_default()
                    .extend(row.support.iter().cloned());
            }
        }
        for known in &knowledge.contradictions {
            let fact = Fact::new(
                "disputed",
                vec![
                    text(&known.subject),
                    symbol(known.relation),
                    text(&known.older_object),
                    text(&known.newer_object),
                ],
            );
            // Whoever said one of the two is told of by its own fact.
            self.database.insert(&fact, Source::PROGRAM)?;
        }
        Ok(())
    }

    fn sources(&self, row: &Row) -> Vec<Source> {
        row.support
            .iter()
            .filter_map(|support| self.source(support.origin))
            .collect()
    }

    fn source(&self, origin: Origin) -> Option<Source> {
        let place = self.origins.binary_search(&origin).ok()?;
        u64::try_from(place).ok().map(Source)
    }

    /// Answers a question: a body, preceded by rules of its own if it needs some.
    pub fn query(&mut self, question: &str) -> Result<Answers> {
        let answers = self
            .database
            .query(question)
            .map_err(|error| refused(&error))?;
        let columns = answers.columns().map(str::to_owned).collect();
        let rows: Vec<Vec<Json>> = answers
            .iter()
            .map(|answer| answer.values().map(json_of).collect())
            .collect();
        let symbols = if rows.is_empty() {
            symbols(question)
        } else {
            Vec::new()
        };
        Ok(Answers {
            columns,
            count: rows.len(),
            rows,
            unknown: answers.unknown().to_vec(),
            symbols,
        })
    }

    /// Proves a fact such as `needs("checkout", "postgres")`; `None` if it does not hold.
    pub fn why(&mut self, fact: &str) -> Result<Option<Proof>> {
        let fact = read(fact)?;
        let proof = match self.database.why(&fact) {
            Ok(proof) => proof,
            Err(error) => return Err(refused(&error)),
        };
        Ok(proof.map(|proof| Proof {
            steps: proof
                .steps()
                .iter()
                .map(|step| Step {
                    fact: step.fact.to_string(),
                    because: self.reason(&step.fact, &step.because),
                })
                .collect(),
        }))
    }

    fn reason(&self, fact: &Fact, because: &Because) -> Reason {
        match because {
            Because::Told(sources) if sources.as_slice() == [Source::PROGRAM] => Reason::Written,
            Because::Told(sources) => {
                let origins: Vec<Origin> = sources
                    .iter()
                    .filter_map(|source| self.origins.get(usize::try_from(source.0).ok()?))
                    .copied()
                    .collect();
                let all = key(fact).and_then(|key| self.support.get(&key));
                let said: Vec<Support> = all
                    .into_iter()
                    .flatten()
                    .filter(|support| origins.contains(&support.origin))
                    .cloned()
                    .collect();
                Reason::Said(said)
            }
            Because::Rule { rule, premises } => Reason::Follows {
                rule: rule.clone(),
                premises: premises
                    .iter()
                    .map(|premise| match premise {
                        Needed::Fact(place) => Premise::Step(*place),
                        Needed::Absent(pattern) => Premise::Absent(pattern.clone()),
                        Needed::Holds(condition) => Premise::Holds(condition.clone()),
                    })
                    .collect(),
            },
        }
    }

    /// Takes away what some events said, and returns the facts that followed from it and hold no more: those
    /// of rules that say more than what relation a fact has. Tells whether the list is whole.
    pub(super) fn without(&mut self, origins: &[Origin]) -> (Vec<String>, bool) {
        let sources: Vec<Source> = origins
            .iter()
            .filter_map(|origin| self.source(*origin))
            .collect();
        let removed = self.database.retract_all(&sources);
        let derived = removed
            .derived
            .iter()
            .filter(|fact| Relation::named(fact.predicate()).is_none())
            .map(ToString::to_string)
            .collect();
        (derived, removed.is_complete)
    }

    /// Tells whether a fact holds, as [`Reasoner::without`] writes facts.
    pub(super) fn holds(&mut self, fact: &str) -> bool {
        self.database
            .query(fact)
            .is_ok_and(|answers| !answers.is_empty())
    }
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn symbol(relation: Relation) -> Value {
    Value::symbol(relation.name())
}

/// The fact of the kernel that a fact of the rules is, whose first three values are the same.
fn key(fact: &Fact) -> Option<(String, Relation, String)> {
    if !matches!(fact.predicate(), "fact" | "sure" | "held") {
        return None;
    }
    match fact.values() {
        [
            Value::Text(subject),
            Value::Symbol(relation),
            Value::Text(object),
            ..,
        ] => Some((
            subject.to_string(),
            Relation::named(relation)?,
            object.to_string(),
        )),
        _ => None,
    }
}

fn read(text: &str) -> Result<Fact> {
    let text = text.trim().trim_end_matches('.');
    let program = Program::parse(&format!("{text}.")).map_err(|error| refused(&error))?;
    let mut facts = program.facts();
    match (facts.next(), facts.next(), program.rules().next()) {
        (Some(fact), None, None) => Ok(fact.clone()),
        _ => Err(Failure::new(
            FailureKind::Refused,
            "that is not one fact without variables",
        )
        .with_hint("give a fact such as 'needs(\"checkout\", \"postgres\")', or its id")),
    }
}

fn refused(error: &Error) -> Failure {
    let hint = match error {
        Error::Limit {
            limit: Limit::Work, ..
        } => "bind more of the question: name a thing instead of a variable",
        other => other.hint(),
    };
    Failure::new(FailureKind::Refused, error.to_string()).with_hint(hint)
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Symbol(letters) | Value::Text(letters) => json!(**letters),
        Value::List(values) => values.iter().map(json_of).collect(),
    }
}

/// Finds words of a question that stand where a value could and are neither variables nor relations.
fn symbols(question: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_quoted = None;
    let mut word = String::new();
    let mut before = ' ';
    for c in question.chars().chain([' ']) {
        if let Some(mark) = is_quoted {
            if c == mark {
                is_quoted = None;
            }
            continue;
        }
        if c == '"' || c == '\'' {
            is_quoted = Some(c);
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let is_value = matches!(before, '(' | ',' | '=') && matches!(c, ',' | ')' | ' ');
        let is_symbol = word.starts_with(|c: char| c.is_ascii_lowercase())
            && !matches!(word.as_str(), "not" | "true" | "false" | "mod")
            && Relation::named(&word).is_none();
        if is_value && is_symbol && !found.contains(&word) {
            found.push(std::mem::take(&mut word));
        }
        word.clear();
        if !c.is_whitespace() {
            before = c;
        }
    }
    found
}

#[cfg(test)]
mod tests;
