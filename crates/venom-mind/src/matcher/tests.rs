use super::*;

fn matcher(background: &[&str]) -> Matcher {
    let intent = |name: &str, utterances: &[&str]| Intent {
        name: name.to_owned(),
        utterances: utterances.iter().map(|text| (*text).to_owned()).collect(),
    };
    let intents = [
        intent(
            "test",
            &[
                "run the tests",
                "run all tests",
                "execute the test suite",
                "do the tests pass",
            ],
        ),
        intent(
            "build",
            &[
                "build the project",
                "compile the code",
                "make a release build",
            ],
        ),
        intent(
            "commit",
            &["commit my changes", "make a commit", "commit everything"],
        ),
        intent(
            "harden",
            &[
                "harden the {module} module",
                "refactor {module}",
                "clean up {module}",
            ],
        ),
        intent(
            "replace",
            &[
                "replace {old} with {new}",
                "rename {old} to {new} everywhere",
            ],
        ),
    ];
    let background: Vec<String> = background.iter().map(|text| (*text).to_owned()).collect();
    Matcher::new(
        &intents,
        &background,
        Synonyms::new([&["execute", "launch"][..]]),
    )
    .unwrap()
}

fn best(matcher: &Matcher, goal: &str) -> Match {
    matcher
        .rank(goal)
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no match for {goal}"))
}

#[test]
fn the_meant_intent_comes_first() {
    let matcher = matcher(&[]);
    for (goal, expected) in [
        ("please run the tests", "test"),
        ("rnu all the tsets", "test"),
        ("launch the suite", "test"),
        ("bulid the project", "build"),
        ("can you make a commit for me?", "commit"),
        ("harden the auth module", "harden"),
        ("refactor src/auth/session.py", "harden"),
        ("replace \"run the tests\" with \"commit\"", "replace"),
        ("rename get_user to fetch_user everywhere", "replace"),
    ] {
        assert_eq!(best(&matcher, goal).intent, expected, "{goal}");
    }
}

#[test]
fn a_match_tells_what_it_rests_on() {
    let found = best(&matcher(&[]), "harden the auth module");
    assert_eq!(found.nearest_utterance, "harden the {module} module");
    assert_eq!(found.matched_words, ["harden", "the", "module"]);
    assert!(found.margin > 0.0 && found.score > 0.9);
    assert!((found.evidence.utterance_coverage - 1.0).abs() < 1e-9);
}

#[test]
fn unknown_content_words_lower_the_score() {
    let matcher = matcher(&[]);
    let tests = best(&matcher, "run the tests");
    let marathon = best(&matcher, "run the marathon");
    assert!(
        marathon.score < tests.score - 0.2,
        "{} {}",
        marathon.score,
        tests.score
    );
    let much = best(
        &matcher,
        "run the tests and cook lunch for my seven cousins",
    );
    assert!(
        much.score < tests.score - 0.1,
        "{} {}",
        much.score,
        tests.score
    );
    // Politeness is not an unknown wish.
    let polite = best(&matcher, "could you please run the tests");
    assert!(polite.score > marathon.score);
}

#[test]
fn a_slot_takes_values_but_not_whole_stories() {
    let matcher = matcher(&[]);
    let value = best(&matcher, "refactor src/parser.rs");
    let story = best(
        &matcher,
        "refactor gloomy breakfast rituals involving pancake towers nightly",
    );
    assert!(
        value.score > story.score + 0.2,
        "{} {}",
        value.score,
        story.score
    );
    // A slot whose neighbour is missing takes nothing.
    let half = best(&matcher, "replace my phone");
    let whole = best(&matcher, "replace foo with bar");
    assert!(
        whole.score > half.score + 0.2,
        "{} {}",
        whole.score,
        half.score
    );
}

#[test]
fn background_speaks_against() {
    let with = matcher(&["run a marathon", "run the bath", "commit to a relationship"]);
    let found = best(&with, "run a half marathon");
    assert!(
        found
            .evidence
            .background_margin
            .is_some_and(|margin| margin < 0.0)
    );
    assert!(found.score < best(&matcher(&[]), "run a half marathon").score);
    assert_eq!(
        best(&matcher(&[]), "run the tests")
            .evidence
            .background_margin,
        None
    );
}

#[test]
fn matches_are_ordered_by_score_then_name() {
    let intent = |name: &str| Intent {
        name: name.to_owned(),
        utterances: vec!["same words".to_owned()],
    };
    let matcher = Matcher::new(&[intent("b"), intent("a")], &[], Synonyms::default()).unwrap();
    let ranked = matcher.rank("same words");
    let names: Vec<&str> = ranked.iter().map(|found| found.intent.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(ranked.iter().all(|found| found.margin.abs() < 1e-9));
}

#[test]
fn nothing_in_common_is_no_match() {
    let matcher = matcher(&[]);
    for goal in ["", " ", "???", "\u{200b}", "zzz", "今日"] {
        assert_eq!(matcher.rank(goal), [], "{goal}");
    }
    let empty = Matcher::new(&[], &[], Synonyms::default()).unwrap();
    assert_eq!(empty.rank("run the tests"), []);
}

#[test]
fn the_score_never_falls_when_a_part_rises() {
    let low = Evidence {
        nearest_similarity: 0.4,
        similarity: 0.4,
        margin: 0.1,
        leaning: Some(-0.5),
        background_margin: Some(0.0),
        goal_coverage: 0.5,
        intent_coverage: 0.5,
        utterance_coverage: 0.5,
    };
    let without = Evidence {
        background_margin: None,
        ..low
    };
    for base in [low, without] {
        for higher in [
            Evidence {
                nearest_similarity: 0.9,
                ..base
            },
            Evidence {
                similarity: 0.9,
                ..base
            },
            Evidence {
                margin: 0.9,
                ..base
            },
            Evidence {
                leaning: Some(0.5),
                ..base
            },
            Evidence {
                goal_coverage: 0.9,
                ..base
            },
            Evidence {
                intent_coverage: 0.9,
                ..base
            },
            Evidence {
                utterance_coverage: 0.9,
                ..base
            },
            Evidence {
                background_margin: base.background_margin.map(|margin| margin + 0.1),
                ..base
            },
        ] {
            assert!(higher.score() >= base.score());
        }
    }
}

/// Stands for an embedding: any scorer can take the place of the lexical one.
struct ByLength;

impl Scorer for ByLength {
    fn similarities(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32> {
        let same = |raw: &str| {
            if raw.len() == goal.raw().len() {
                1.0
            } else {
                0.1
            }
        };
        corpus
            .utterances()
            .iter()
            .map(|utterance| same(utterance.raw()))
            .collect()
    }
}

#[test]
fn another_scorer_decides_the_ranking() {
    let intents = [
        Intent {
            name: "four".to_owned(),
            utterances: vec!["abcd".to_owned()],
        },
        Intent {
            name: "six".to_owned(),
            utterances: vec!["efghij".to_owned()],
        },
    ];
    let corpus = Corpus::new(&intents, &[], Synonyms::default()).unwrap();
    let matcher = Matcher::with_scorer(corpus, ByLength);
    let first = |goal: &str| {
        matcher
            .rank(goal)
            .into_iter()
            .next()
            .map(|found| found.intent)
    };
    assert_eq!(first("wxyz"), Some("four".to_owned()));
    assert_eq!(first("uvwxyz"), Some("six".to_owned()));
}
