//! Learning from a few sentences that no test set has.

use super::*;
use crate::embed::Words;

const TEXTS: &[(&str, &[&str])] = &[
    (
        "cats",
        &[
            "feed the cat",
            "the cat wants food",
            "give the kitten some milk",
            "stroke my cat",
            "where is the kitten",
            "cat food is empty",
        ],
    ),
    (
        "cars",
        &[
            "wash the car",
            "the engine is loud",
            "change the tires of my car",
            "park the truck",
            "my truck needs fuel",
            "repair the brakes",
        ],
    ),
    (
        "code",
        &[
            "compile the program",
            "run the unit tests",
            "fix the failing build",
            "commit my changes",
            "merge the branch",
            "the tests are red",
        ],
    ),
];
const FOREIGN: &[&str] = &[
    "is it going to rain",
    "boil two eggs",
    "who won the election",
    "sing a song",
    "book a flight to rome",
    "my back hurts",
];

fn examples() -> Vec<Example<'static>> {
    let known = TEXTS.iter().flat_map(|(label, texts)| {
        texts.iter().map(|text| Example {
            text,
            label: Some(label),
        })
    });
    let foreign = FOREIGN.iter().map(|text| Example { text, label: None });
    known.chain(foreign).collect()
}

fn learned(examples: &[Example<'_>]) -> Classifier {
    let sentences: Arc<dyn Sentences> = Arc::new(Words::embedded().unwrap());
    Classifier::new(&sentences, examples)
}

fn label<'a>(classifier: &'a Classifier, text: &str) -> &'a str {
    let reading = classifier.read(text);
    &classifier.labels()[reading.choices[0].label]
}

#[test]
fn other_words_for_the_same_are_recognised() {
    let classifier = learned(&examples());
    for (text, wanted) in [
        ("pet the kitty", "cats"),
        ("my vehicle makes a strange noise", "cars"),
        ("build the software", "code"),
        ("execute the test suite", "code"),
    ] {
        assert_eq!(label(&classifier, text), wanted, "{text}");
    }
}

#[test]
fn probabilities_add_up_and_stay_probabilities() {
    let classifier = learned(&examples());
    for text in [
        "wash the cat in the car",
        "",
        "\u{4f60}\u{597d}",
        "qqqq",
        "run run run run",
    ] {
        let reading = classifier.read(text);
        let sum: f64 = reading
            .choices
            .iter()
            .map(|choice| choice.probability)
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{text}");
        assert!((0.0..=1.0).contains(&reading.in_scope), "{text}");
        assert!((0.0..=1.0).contains(&reading.confidence()), "{text}");
        assert!(
            reading
                .choices
                .is_sorted_by(|left, right| left.margin >= right.margin)
        );
    }
}

#[test]
fn what_is_about_nothing_known_is_less_in_scope() {
    let classifier = learned(&examples());
    let scope = |text: &str| classifier.read(text).in_scope;
    assert!(scope("compile the code and run the tests") > scope("will it rain on sunday"));
    assert!(scope("feed my kitten") > scope("boil some water"));
}

#[test]
fn the_same_examples_give_the_same_bits_and_the_order_of_labels_is_that_of_names() {
    let bits = |classifier: &Classifier| -> Vec<u64> {
        let texts = TEXTS.iter().flat_map(|(_, texts)| texts.iter());
        texts
            .map(|text| classifier.read(text).confidence().to_bits())
            .collect()
    };
    let (one, other) = (learned(&examples()), learned(&examples()));
    assert_eq!(bits(&one), bits(&other));
    assert_eq!(one.labels(), ["cars", "cats", "code"]);
}

#[test]
fn each_example_is_judged_once_by_what_had_not_seen_it() {
    let examples = examples();
    let classifier = learned(&examples);
    let seen: Vec<usize> = classifier.held_out().map(|(at, _)| at).collect();
    assert_eq!(seen, (0..examples.len()).collect::<Vec<_>>());
    // What has been learned by heart is surer than what has not been seen.
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let by_heart = mean(
        examples
            .iter()
            .map(|one| classifier.read(one.text).choices[0].margin)
            .collect(),
    );
    let unseen = mean(
        classifier
            .held_out()
            .map(|(_, reading)| reading.choices[0].margin)
            .collect(),
    );
    assert!(by_heart > unseen + 0.2, "{by_heart} {unseen}");
}

#[test]
fn nothing_to_learn_from_recognises_nothing() {
    assert!(learned(&[]).read("run the tests").choices.is_empty());
    let foreign: Vec<Example<'_>> = FOREIGN
        .iter()
        .map(|text| Example { text, label: None })
        .collect();
    let reading = learned(&foreign).read("sing a song");
    assert!(reading.choices.is_empty());
    assert!((reading.confidence() - 0.0).abs() < f64::EPSILON);
    // One label is right whenever the text has any.
    let one = [Example {
        text: "sing a song",
        label: Some("music"),
    }];
    let reading = learned(&one).read("sing");
    assert!((reading.choices[0].probability - 1.0).abs() < 1e-9);
}

#[test]
fn a_temperature_says_as_much_as_the_margins_deserve() {
    // Three right answers in four at a lead of one: the share is 3/4, and so the factor is ln 3.
    let right = [1.0_f32, 0.0];
    let wrong = [0.0_f32, 1.0];
    let judged: Vec<(&[f32], usize)> = vec![(&right, 0), (&right, 0), (&right, 0), (&wrong, 0)];
    let found = scope::temperature(&judged);
    assert!((found - 3.0_f64.ln()).abs() < 0.01, "{found}");
}
