//! What a database holds, in an order that is the same wherever it was built.

use sha2::{Digest as _, Sha256};

use super::Database;
use crate::answers::Table;
use crate::relation::State;
use crate::store::Pred;
use crate::value::{Fact, Source, Value};

/// What a database holds, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Facts that somebody told, each counted once.
    pub told: u64,
    /// Facts that follow and are kept.
    pub derived: u64,
    /// Pairs of a fact and a source.
    pub sources: u64,
    /// Roughly the bytes of memory that all this takes.
    pub bytes: u64,
}

/// Sees a fact: its predicate, its values, and who told it.
type Visit<'a> = dyn FnMut(&str, &[&Value], &[Source]) + 'a;

impl Database {
    /// The predicates that have facts or rules, by name, with how many values they have.
    pub fn predicates(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names
            .iter()
            .map(|(name, pred)| (&**name, self.predicates[*pred].arity))
    }

    /// How much there is.
    pub fn size(&self) -> Size {
        let (mut told, mut derived) = (0, 0);
        for pred in 0..self.predicates.len() {
            let of_pred = self.told_rows(pred).count() as u64;
            told += of_pred;
            derived += u64::from(self.store.relations[pred].live()) - of_pred;
        }
        Size {
            told,
            derived,
            sources: self.told.len() as u64,
            bytes: self.store.bytes() + self.told.bytes(),
        }
    }

    fn told_rows(&self, pred: Pred) -> impl Iterator<Item = u32> {
        let relation = &self.store.relations[pred];
        (0..relation.rows())
            .filter(move |row| relation.state(*row) == State::Live && self.told.is_told(pred, *row))
    }

    /// Calls back with every fact that was told and who told it: by predicate, then by values.
    fn each_told(&self, visit: &mut Visit<'_>) {
        for (name, pred) in &self.names {
            let rows: Vec<u32> = self.told_rows(*pred).collect();
            let relation = &self.store.relations[*pred];
            let table = Table::new(relation, rows.iter().copied(), &self.store.terms);
            for place in table.order() {
                let values: Vec<&Value> = table.row(*place).collect();
                let sources = self.told.sources(*pred, rows[*place as usize]);
                visit(name, &values, &sources);
            }
        }
    }

    /// All facts that were told, with who told them, in order.
    pub fn snapshot(&self) -> Vec<(Fact, Vec<Source>)> {
        let mut facts = Vec::new();
        self.each_told(&mut |name, values, sources| {
            let values = values.iter().map(|value| (*value).clone()).collect();
            facts.push((Fact::new(name, values), sources.to_vec()));
        });
        facts
    }

    /// SHA-256 of all rules and of [`Database::snapshot`]. Two databases with the same digest give
    /// the same answers, in whatever order they were told the same things.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"venom-datalog 1");
        let mut rules: Vec<&str> = self.texts.iter().map(|text| &**text).collect();
        rules.sort_unstable();
        for rule in rules {
            text(&mut digest, b'r', rule);
        }
        self.each_told(&mut |name, values, sources| {
            text(&mut digest, b'f', name);
            for known in values {
                value(&mut digest, known);
            }
            for source in sources {
                digest.update(b"o");
                digest.update(source.0.to_le_bytes());
            }
        });
        digest.finalize().into()
    }
}

fn text(digest: &mut Sha256, tag: u8, text: &str) {
    digest.update([tag]);
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text);
}

fn value(digest: &mut Sha256, known: &Value) {
    match known {
        Value::Bool(truth) => digest.update([b'b', u8::from(*truth)]),
        Value::Int(number) => {
            digest.update(b"i");
            digest.update(number.to_le_bytes());
        }
        Value::Symbol(letters) => text(digest, b's', letters),
        Value::Text(letters) => text(digest, b't', letters),
        Value::List(values) => {
            digest.update(b"l");
            digest.update((values.len() as u64).to_le_bytes());
            for known in values.iter() {
                value(digest, known);
            }
        }
    }
}
