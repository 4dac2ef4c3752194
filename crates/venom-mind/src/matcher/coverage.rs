//! How much of a goal an utterance explains, and how much of the utterance the goal fills.

use crate::corpus::{Corpus, Goal, Utterance, Weighed};
use crate::text::{Part, Role};

/// How many values or content words one slot takes in. Chosen: `the user login form` fits a slot; a
/// whole sentence about something else does not hide in one.
const LONGEST_FILLING: usize = 3;

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
            word.stem.is_some_and(|stem| utterance.stems().binary_search(&stem).is_ok())
        };
        let excused = if utterance.text().has_slots() {
            fillings(corpus, words, utterance, &has)
        } else {
            Vec::new()
        };
        let hidden = goal.hidden().and_then(|at| corpus.utterances().get(at));
        let (mut total, mut by_utterance, mut by_intent) = (0.0, 0.0, 0.0);
        let mut total_of_intent = 0.0;
        let mut matched = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if excused.binary_search(&at).is_ok() {
                continue;
            }
            // A value that fits nowhere is an argument nobody made a place for, not another wish.
            let absent = if word.role == Role::Value { 0.0 } else { word.weight };
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
            of_utterance: used(corpus, words, utterance, hidden),
            excused,
            matched,
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn used(corpus: &Corpus, words: &[Weighed], utterance: &Utterance, hidden: Option<&Utterance>) -> f64 {
    let mut spoken: Vec<usize> = words.iter().filter_map(|word| word.stem).collect();
    spoken.sort_unstable();
    let (mut total, mut found) = (0.0, 0.0);
    for word in utterance.text().words() {
        let stem = corpus.vocabulary().number(corpus.vocabulary().canonical(word));
        let weight = corpus.vocabulary().weight(stem, word.role, hidden);
        total += weight;
        if stem.is_some_and(|stem| spoken.binary_search(&stem).is_ok()) {
            found += weight;
        }
    }
    share(found, total)
}

/// Finds the words of the goal that stand where the utterance has slots: the run of words without a
/// counterpart behind the word before the slot, or before the word behind it.
fn fillings(
    corpus: &Corpus,
    words: &[Weighed],
    utterance: &Utterance,
    has: &impl Fn(&Weighed) -> bool,
) -> Vec<usize> {
    let parts = utterance.text().parts();
    let mut excused = Vec::new();
    // Where in the goal the alignment stands: everything before has been used.
    let mut from = 0;
    for (at, part) in parts.iter().enumerate() {
        let anchor = match part {
            Part::Word(word) => {
                let stem = corpus.vocabulary().number(corpus.vocabulary().canonical(word));
                if let Some(found) = position(words, from, stem) {
                    from = found + 1;
                }
                continue;
            }
            Part::Slot(_) => parts.get(at + 1),
        };
        let behind = match anchor {
            Some(Part::Word(word)) => {
                let stem = corpus.vocabulary().number(corpus.vocabulary().canonical(word));
                position(words, from, stem)
            }
            _ => None,
        };
        let run_from_here = run(words, from, has);
        if !run_from_here.is_empty() {
            from = run_from_here.end;
            excused.extend(run_from_here);
        } else if let Some(end) = behind {
            let before = run_before(words, from, end, has);
            excused.extend(before);
            from = end;
        }
    }
    excused.sort_unstable();
    excused.dedup();
    excused
}

fn position(words: &[Weighed], from: usize, stem: Option<usize>) -> Option<usize> {
    let stem = stem?;
    words.iter().skip(from).position(|word| word.stem == Some(stem)).map(|at| at + from)
}

/// The words from a position on that the utterance does not have, as many as one slot takes in.
/// Words of grammar are passed through even if the utterance has them elsewhere: `the` of `the parser`.
fn run(words: &[Weighed], from: usize, has: &impl Fn(&Weighed) -> bool) -> std::ops::Range<usize> {
    let mut budget = Budget::default();
    let length = words
        .iter()
        .skip(from)
        .take_while(|word| (word.role == Role::Function || !has(word)) && budget.takes(word))
        .count();
    from..from + length
}

fn run_before(
    words: &[Weighed],
    from: usize,
    end: usize,
    has: &impl Fn(&Weighed) -> bool,
) -> std::ops::Range<usize> {
    let mut budget = Budget::default();
    let between = words.get(from..end).unwrap_or_default();
    let length = between.iter().rev().take_while(|word| !has(word) && budget.takes(word)).count();
    end - length..end
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
