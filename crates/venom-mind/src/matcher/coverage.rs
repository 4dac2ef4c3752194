//! How much of a goal an utterance explains, and how much of the utterance the goal fills.

use crate::corpus::{Corpus, Goal, Utterance, Weighed};
use crate::text::{Part, Role};

/// How many values or content words one slot takes in. Chosen: `the user login form` fits a slot; a
/// whole sentence about something else does not hide in one.
const LONGEST_FILLING: usize = 3;

/// The share of its weight that a plain word keeps when it fills a slot.
const FILLING_DOUBT: f64 = 0.25;

/// The share of an utterance that has to be spoken before its slots excuse anything. Chosen: the verb
/// alone does not open the slot of `harden the {module} module`.
const LEAST_SPOKEN: f64 = 0.6;

/// The shares of goal and utterance that match, weighted by how much each word says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coverage {
    /// The share of the goal's words that the utterance has.
    pub(super) of_goal: f64,
    /// The share of the goal's words that any utterance of the intent has.
    pub(super) of_goal_by_intent: f64,
    /// The share of the utterance's words that the goal has.
    pub(super) of_utterance: f64,
    /// Positions of goal words that fill slots, ascending.
    pub(super) excused: Vec<usize>,
    /// Positions of goal words that the utterance has, ascending.
    pub(super) matched: Vec<usize>,
}

impl Coverage {
    pub(super) fn of(corpus: &Corpus, goal: &Goal, utterance: &Utterance, owner: usize) -> Self {
        let words = goal.reading().words();
        let has = |word: &Weighed| {
            word.stem
                .is_some_and(|stem| utterance.stems().binary_search(&stem).is_ok())
        };
        let hidden = goal.hidden().and_then(|at| corpus.utterances().get(at));
        let of_utterance = used(corpus, words, utterance, hidden);
        let excused = if utterance.text().has_slots() && of_utterance >= LEAST_SPOKEN {
            fillings(words, utterance, &has)
        } else {
            Vec::new()
        };
        let (mut total, mut by_utterance, mut by_intent) = (0.0, 0.0, 0.0);
        let mut total_of_intent = 0.0;
        let mut matched = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if excused.binary_search(&at).is_ok() {
                if word.role == Role::Content {
                    total += FILLING_DOUBT * word.weight;
                    total_of_intent += FILLING_DOUBT * word.weight;
                }
                continue;
            }
            // A value that fits nowhere is an argument nobody made a place for, not another wish.
            let absent = if word.role == Role::Value {
                0.0
            } else {
                word.weight
            };
            if has(word) {
                matched.push(at);
                total += word.weight;
                by_utterance += word.weight * word.quality;
            } else {
                total += absent;
            }
            let is_known_to_intent = word
                .stem
                .is_some_and(|stem| corpus.vocabulary().count_in(stem, owner, hidden) > 0);
            if is_known_to_intent {
                total_of_intent += word.weight;
                by_intent += word.weight * word.quality;
            } else {
                total_of_intent += absent;
            }
        }
        Self {
            of_goal: share(by_utterance, total),
            of_goal_by_intent: share(by_intent, total_of_intent),
            of_utterance,
            excused,
            matched,
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn used(
    corpus: &Corpus,
    words: &[Weighed],
    utterance: &Utterance,
    hidden: Option<&Utterance>,
) -> f64 {
    let mut spoken: Vec<usize> = words.iter().filter_map(|word| word.stem).collect();
    spoken.sort_unstable();
    let (mut total, mut found) = (0.0, 0.0);
    for (part, stem) in utterance.text().parts().iter().zip(utterance.numbers()) {
        let Part::Word(word) = part else { continue };
        let weight = corpus.vocabulary().weight(*stem, word.role, hidden);
        total += weight;
        if stem.is_some_and(|stem| spoken.binary_search(&stem).is_ok()) {
            found += weight;
        }
    }
    share(found, total)
}

/// Finds the words of the goal that fill the slots of the utterance, or none at all unless every slot
/// is filled and the word behind it follows: `run the marathon` is no filling of `run the {name} tests`.
fn fillings(
    words: &[Weighed],
    utterance: &Utterance,
    has: &impl Fn(&Weighed) -> bool,
) -> Vec<usize> {
    let numbers = utterance.numbers();
    let mut excused = Vec::new();
    // Where in the goal the alignment stands: everything before has been used.
    let mut from = 0;
    let mut was_found = true;
    for (at, number) in numbers.iter().enumerate() {
        if let Some(stem) = number {
            let found = position(words, from, *stem);
            was_found = found.is_some();
            from = found.map_or(from, |found| found + 1);
            continue;
        }
        if !was_found {
            return Vec::new();
        }
        let end = match numbers.get(at + 1).copied().flatten() {
            Some(stem) => match position(words, from, stem) {
                Some(end) => end,
                None => return Vec::new(),
            },
            None => words.len(),
        };
        let filling = run(words.get(from..end).unwrap_or_default(), has);
        let is_filled = words
            .get(from..from + filling)
            .unwrap_or_default()
            .iter()
            .any(|word| word.role != Role::Function);
        if !is_filled {
            return Vec::new();
        }
        excused.extend(from..from + filling);
        from += filling;
    }
    excused
}

fn position(words: &[Weighed], from: usize, stem: usize) -> Option<usize> {
    words
        .iter()
        .skip(from)
        .position(|word| word.stem == Some(stem))
        .map(|at| at + from)
}

/// How many words fill a slot: those that the utterance does not have, as many as one slot takes in.
/// Words of grammar are passed through even if the utterance has them elsewhere: `the` of `the parser`.
fn run(words: &[Weighed], has: &impl Fn(&Weighed) -> bool) -> usize {
    let mut budget = Budget::default();
    words
        .iter()
        .take_while(|word| (word.role == Role::Function || !has(word)) && budget.takes(word))
        .count()
}

/// Counts what a slot has taken in; the words of one path or quotation count as one.
#[derive(Default)]
struct Budget {
    taken: usize,
    chunk: Option<usize>,
}

impl Budget {
    fn takes(&mut self, word: &Weighed) -> bool {
        if word.role != Role::Function && self.chunk != Some(word.chunk) {
            self.taken += 1;
            self.chunk = Some(word.chunk);
        }
        self.taken <= LONGEST_FILLING
    }
}
