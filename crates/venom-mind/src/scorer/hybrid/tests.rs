//! What vectors add to shared words.

use crate::corpus::{Hidden, Intent, Synonyms};
use crate::matcher::Matcher;

use super::*;

fn matcher() -> Matcher<HybridScorer> {
    let intent = |name: &str, utterances: &[&str]| Intent {
        name: name.to_owned(),
        utterances: utterances.iter().map(ToString::to_string).collect(),
    };
    let intents = [
        intent(
            "run-tests",
            &[
                "run the tests",
                "are the tests green",
                "run the tests in {path}",
                "test this project",
            ],
        ),
        intent(
            "delete-branch",
            &[
                "remove the branch {name}",
                "get rid of old branches",
                "drop the branch",
            ],
        ),
        intent(
            "find-vulnerabilities",
            &[
                "find security holes",
                "is the code secure",
                "look for vulnerabilities in {path}",
            ],
        ),
    ];
    let background = [
        "what is the weather",
        "order a pizza",
        "play some music",
        "how tall is the tower",
    ];
    let background: Vec<String> = background.iter().map(ToString::to_string).collect();
    let words = Words::embedded().unwrap();
    Matcher::hybrid(&intents, &background, Synonyms::default(), words).unwrap()
}

#[test]
fn a_goal_that_shares_no_word_with_any_example_is_found() {
    let matcher = matcher();
    for (goal, wanted) in [
        ("delete stale git refs", "delete-branch"),
        (
            "can an attacker exploit anything here",
            "find-vulnerabilities",
        ),
    ] {
        assert_eq!(matcher.rank(goal)[0].intent, wanted, "{goal}");
    }
}

#[test]
fn what_fills_a_slot_does_not_turn_the_meaning() {
    let matcher = matcher();
    let plain = matcher.rank("run the tests")[0].clone();
    let filled = matcher.rank("run the tests in src/weather/pizza.py")[0].clone();
    assert_eq!(filled.intent, plain.intent);
    assert!(filled.evidence.nearest_similarity > 0.5, "{filled:?}");
}

#[test]
fn a_hidden_utterance_leans_less_to_its_intent() {
    let matcher = matcher();
    let corpus = matcher.corpus();
    let scorer = HybridScorer::new(corpus, Words::embedded().unwrap());
    let (mut seen, mut unseen) = (0.0, 0.0);
    for (at, utterance) in corpus.utterances().iter().enumerate() {
        let Some(owner) = utterance.owner() else {
            continue;
        };
        let leaning =
            |hidden| scorer.leanings(corpus, &corpus.read(utterance.raw(), hidden))[owner];
        seen += leaning(Hidden::NOTHING);
        unseen += leaning(Hidden(Some(at)));
    }
    assert!(seen > unseen + 1.0, "{seen} {unseen}");
}

#[test]
fn a_goal_without_a_known_word_leans_nowhere() {
    let matcher = matcher();
    assert_eq!(matcher.rank("\u{4f60}\u{597d}"), []);
}
