//! Hostile and odd text: nothing panics, nothing leaves its range, nothing takes for ever.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use venom_mind::calibration::{Calibrator, GREATEST, LEAST};
use venom_mind::corpus::{Intent, Synonyms};
use venom_mind::matcher::Matcher;
use venom_mind::similarity;
use venom_mind::text::{MAX_BYTES, Text, normalize};

use crate::workspace::{foreign, intents};

/// Text that is likely to hit a special case: marks, braces, invisible characters, known words.
const ODD: &str =
    r#"([a-c '"`{}/._:\-\u{200b}\u{202e}\u{301}éß今İ]|run |the |tests|replace |\{x\}|\PC){0,40}"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn any_text_can_be_read(raw in ODD) {
        let once = normalize(&raw);
        prop_assert!(normalize(&once) == once, "{raw:?} {once:?}");
        for text in [Text::goal(&raw), Text::utterance(&raw)] {
            prop_assert!(text.words().all(|word| !word.text.is_empty() && !word.stem.is_empty()));
        }
    }

    #[test]
    fn any_text_can_be_matched(goal in ODD, utterance in ODD) {
        let mut intents = intents();
        intents.push(Intent { name: "odd".to_owned(), utterances: vec![utterance] });
        if let Ok(matcher) = Matcher::new(&intents, &[], Synonyms::default()) {
            for found in matcher.rank(&goal) {
                prop_assert!((0.0..=1.0).contains(&found.score));
                prop_assert!((-1.2..=1.2).contains(&found.margin));
                prop_assert!((0.0..=1.0).contains(&found.evidence.intent_coverage));
                prop_assert!((0.0..=1.0).contains(&found.evidence.utterance_coverage));
            }
        }
    }

    #[test]
    fn any_names_can_be_compared(left in ODD, right in ODD) {
        let distance = similarity::damerau_levenshtein(&left, &right, 100);
        prop_assert!(distance == similarity::damerau_levenshtein(&right, &left, 100));
        prop_assert!((distance == Some(0)) == (left == right));
        prop_assert!((0.0..=1.0).contains(&similarity::jaro_winkler(&left, &right)));
        prop_assert!(similarity::rank(&left, &[&right]).iter().all(|(_, score)| *score > 0.0 && *score <= 1.0));
    }

    #[test]
    fn any_examples_can_be_calibrated(
        examples in prop::collection::vec((any::<f64>(), any::<bool>()), 0..80),
        scores in prop::collection::vec(-2.0..2.0_f64, 2..10),
    ) {
        let calibrator = Calibrator::fit(&examples);
        let mut scores = scores;
        scores.sort_by(f64::total_cmp);
        let found: Vec<f64> = scores.iter().map(|score| calibrator.probability(*score)).collect();
        prop_assert!(found.is_sorted());
        prop_assert!(found.iter().all(|probability| (LEAST..=GREATEST).contains(probability)));
    }
}

#[test]
fn the_longest_goals_are_matched() {
    let matcher = Matcher::new(&intents(), &foreign(), Synonyms::default()).unwrap();
    for unit in [
        "a",
        "run the tests ",
        "{",
        "\"",
        "' ",
        "y",
        "\u{301}",
        "今",
        "a/b ",
        "replace x with y ",
    ] {
        let goal = unit.repeat(2 * MAX_BYTES / unit.len());
        for found in matcher.rank(&goal) {
            assert!((0.0..=1.0).contains(&found.score));
        }
    }
}
