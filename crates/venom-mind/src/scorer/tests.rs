use super::*;
use crate::corpus::{Hidden, Intent, Synonyms};

const UTTERANCES: [&str; 6] = [
    "run the tests",
    "run all the unit tests",
    "build the project",
    "build {package} in release mode",
    "commit my changes",
    "replace {old} with {new}",
];

fn corpus(utterances: &[&str]) -> Corpus {
    let intents: Vec<Intent> = utterances
        .iter()
        .enumerate()
        .map(|(at, text)| Intent {
            name: format!("{at:02}"),
            utterances: vec![(*text).to_owned()],
        })
        .collect();
    Corpus::new(&intents, &[], Synonyms::default()).unwrap()
}

fn similarities(utterances: &[&str], goal: &str, hidden: Hidden) -> Vec<f32> {
    let corpus = corpus(utterances);
    LexicalScorer::new(&corpus).similarities(&corpus, &corpus.read(goal, hidden))
}

#[test]
fn an_utterance_is_like_itself_and_unlike_the_unrelated() {
    for (at, text) in UTTERANCES
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.contains('{'))
    {
        let found = similarities(&UTTERANCES, text, Hidden::NOTHING);
        assert!((found[at] - 1.0).abs() < 1e-5, "{text}: {found:?}");
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(other, value)| other == at || *value < 0.9)
        );
    }
    assert_eq!(
        similarities(&UTTERANCES, "zzz qqq", Hidden::NOTHING),
        [0.0; 6]
    );
    assert_eq!(similarities(&UTTERANCES, "", Hidden::NOTHING), [0.0; 6]);
}

#[test]
fn words_in_slots_cost_nothing_when_excused() {
    let corpus = corpus(&UTTERANCES);
    let scorer = LexicalScorer::new(&corpus);
    let goal = corpus.read("replace tests with commit", Hidden::NOTHING);
    let plain = scorer.similarities(&corpus, &goal)[5];
    let excused = scorer
        .similarity_excusing(&corpus, &goal, &[1, 3], 5)
        .unwrap();
    assert!(
        plain < 0.8 && (excused - 1.0).abs() < 1e-5,
        "{plain} {excused}"
    );
    assert_eq!(scorer.similarity_excusing(&corpus, &goal, &[], 99), None);
}

/// Leaving out is an approximation of building without. Six utterances are its coarsest case, where
/// one count more or less is a sixth of all; what the two differ by in earnest is bounded in the
/// integration tests.
#[test]
fn leaving_out_is_close_to_building_without() {
    for (at, text) in UTTERANCES.iter().enumerate() {
        let mut without = UTTERANCES.to_vec();
        without.remove(at);
        let mut exact = similarities(&without, text, Hidden::NOTHING);
        exact.insert(at, 0.0);
        let close = similarities(&UTTERANCES, text, Hidden(Some(at)));
        for (other, (exact, close)) in exact.iter().zip(&close).enumerate() {
            assert!(
                other == at || (exact - close).abs() < 0.1,
                "{text}: {exact} {close}"
            );
        }
    }
}
