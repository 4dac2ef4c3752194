//! Trials over sentences whose outcome is known beforehand.

use std::cell::Cell;

use super::*;
use crate::embed::Words;

fn built_in() -> Arc<dyn Sentences> {
    Arc::new(Words::embedded().unwrap())
}

fn sentences() -> Vec<Labelled> {
    let fields = [
        (
            Some("cook"),
            ["boil", "fry", "bake", "roast", "eat"],
            ["rice", "fish", "bread", "soup"],
        ),
        (
            Some("code"),
            ["compile", "test", "commit", "merge", "debug"],
            ["module", "function", "branch", "program"],
        ),
        (
            None,
            ["visit", "admire", "paint", "photograph", "climb"],
            ["mountains", "museum", "castle", "river"],
        ),
    ];
    fields
        .iter()
        .flat_map(|(label, verbs, nouns)| {
            verbs.iter().flat_map(move |verb| {
                nouns.iter().map(move |noun| Labelled {
                    text: format!("{verb} the {noun}"),
                    label: label.map(str::to_owned),
                })
            })
        })
        .collect()
}

fn plan() -> Plan {
    Plan {
        folds: 5,
        seed: 1,
        per_label: None,
    }
}

/// A clock that goes on by one microsecond whenever it is read.
fn clock() -> impl Fn() -> Duration {
    let reads = Cell::new(0_u64);
    move || {
        reads.set(reads.get() + 1);
        Duration::from_micros(reads.get())
    }
}

#[test]
fn every_sentence_is_judged_once() {
    let figures = cross(&built_in(), &sentences(), plan(), &clock());
    assert_eq!(
        (figures.judged, figures.foreign, figures.labels),
        (40, 20, 2)
    );
    assert_eq!(figures.learned, 48);
    assert!(figures.accuracy > 0.95, "{figures:?}");
    assert!(figures.area_under_roc.unwrap() > 0.9, "{figures:?}");
    assert_eq!(figures.usual, Duration::from_micros(1));
}

#[test]
fn fewer_examples_are_learned_from_when_that_is_asked_for() {
    let all = sentences();
    let few = Plan {
        per_label: Some(3),
        ..plan()
    };
    let figures = held_out(&built_in(), &all, &all, few, &clock());
    // Three of each label, and all of those that have none.
    assert_eq!(figures.learned, 2 * 3 + 20);
    assert_eq!(figures.judged, 40);
}

#[test]
fn a_seed_repeats_a_trial() {
    let words = built_in();
    let few = Plan {
        per_label: Some(2),
        ..plan()
    };
    let one = cross(&words, &sentences(), few, &clock());
    let same = cross(&words, &sentences(), few, &clock());
    assert_eq!(one, same);
}

#[test]
fn without_foreign_sentences_nothing_is_said_about_them() {
    let known: Vec<Labelled> = sentences()
        .into_iter()
        .filter(|one| one.label.is_some())
        .collect();
    let figures = cross(&built_in(), &known, plan(), &clock());
    assert_eq!(figures.foreign_recall, None);
    assert_eq!(figures.area_under_roc, None);
    assert!((figures.accuracy - figures.accuracy_refusing).abs() < f64::EPSILON);
}
