//! Eight intents of a developer's workspace against the foreign sentences that come with VENOM.

use std::collections::BTreeSet;

use venom_mind::calibration::area_under_roc;
use venom_mind::corpus::{Intent, Synonyms};
use venom_mind::evaluate::{self, Fillings};
use venom_mind::matcher::Matcher;
use venom_mind::text::normalize;

const INTENTS: &[(&str, &[&str])] = &[
    (
        "run-tests",
        &[
            "run the tests",
            "run all tests",
            "run the test suite",
            "test this project",
            "execute the unit tests",
            "run the tests in {path}",
            "do the tests pass",
            "are all the tests green",
            "check that the tests still pass",
            "run the {name} tests",
            "start the test run",
            "make sure nothing is broken by running the tests",
        ],
    ),
    (
        "build",
        &[
            "build the project",
            "compile the code",
            "does it compile",
            "build everything",
            "run the build",
            "make a release build",
            "check that the workspace still builds",
            "compile {package}",
            "build {package} in release mode",
            "rebuild from scratch",
            "can you build this",
            "is the build green",
        ],
    ),
    (
        "commit",
        &[
            "commit my changes",
            "commit everything",
            "make a commit",
            "commit with the message {message}",
            "save my work as a commit",
            "create a commit for the current changes",
            "commit what is staged",
            "commit all modified files",
            "git commit",
            "record these changes in git",
            "commit the changes in {path}",
            "check my work in",
        ],
    ),
    (
        "changes-since",
        &[
            "what changed since {tag}",
            "what has changed since the last release",
            "show the changes since {tag}",
            "list the commits since {tag}",
            "summarise what is new since {tag}",
            "changelog since {tag}",
            "which files changed since {tag}",
            "what happened between {tag} and now",
            "diff against the last tag",
            "what did we do since the last version",
            "show me everything that is new after {tag}",
            "history since {tag}",
        ],
    ),
    (
        "find-todos",
        &[
            "find all TODOs",
            "list the TODO comments",
            "where are the TODOs",
            "show me every FIXME",
            "collect the TODO and FIXME notes",
            "which todos are left in {path}",
            "search for TODO comments in the code",
            "how many TODOs are there",
            "open todos in the source",
            "what is left to do according to the comments",
            "grep for TODO",
            "find unfinished places marked TODO",
        ],
    ),
    (
        "harden",
        &[
            "harden the {module} module",
            "refactor {module}",
            "make {module} more robust",
            "clean up the {module} module",
            "improve the error handling in {module}",
            "refactor the {module} module to be safer",
            "harden {module} against bad input",
            "make the code of {module} safer",
            "tidy up {path}",
            "restructure {module} without changing behaviour",
            "replace risky calls in {module}",
            "remove unsafe patterns from the {module} module",
        ],
    ),
    (
        "find-vulnerabilities",
        &[
            "find vulnerabilities",
            "find security holes in this code",
            "scan the project for vulnerabilities",
            "is the code secure",
            "run a security audit",
            "look for security problems in {path}",
            "check for SQL injection",
            "are there any hard-coded secrets",
            "search for insecure calls",
            "audit {module} for security issues",
            "which vulnerabilities does this project have",
            "security review of the code base",
        ],
    ),
    (
        "replace",
        &[
            "replace {old} with {new}",
            "rename {old} to {new} everywhere",
            "search and replace {old} by {new}",
            "substitute {new} for {old} in all files",
            "change every {old} into {new}",
            "find {old} and replace it with {new}",
            "replace all occurrences of {old} with {new} in {path}",
            "swap {old} for {new} in the sources",
            "rename the function {old} to {new}",
            "turn {old} into {new} throughout the project",
            "replace the text {old} in {path}",
            "update {old} to {new} in every file",
        ],
    ),
];

/// Goals that stand nowhere in the examples.
const UNSEEN: &[(&str, &str)] = &[
    ("run-tests", "please run the tests"),
    ("run-tests", "can you run all the unit tests for me?"),
    ("run-tests", "rnu the tsets"),
    ("run-tests", "Run Tests"),
    ("run-tests", "run the tests in src/auth"),
    ("run-tests", "run the parser tests"),
    ("build", "compile the project"),
    ("build", "build it"),
    ("build", "biuld the porject"),
    ("build", "please do a release build"),
    ("commit", "commit the changes"),
    ("commit", "comit my changes please"),
    ("commit", "make a commit with the message \"fix login\""),
    ("commit", "commit all my work"),
    ("changes-since", "what changed since v1.2.0"),
    ("changes-since", "what's changed since v1.2"),
    ("changes-since", "show me all commits since release-3"),
    ("changes-since", "waht chnaged since the last tag"),
    ("find-todos", "find the TODOs"),
    ("find-todos", "list all todo comments in src/lib.rs"),
    ("find-todos", "show every TODO"),
    ("harden", "harden the auth module"),
    ("harden", "refactor the payment module"),
    ("harden", "refactor src/billing/invoice.py"),
    ("harden", "clean up the user login code"),
    (
        "find-vulnerabilities",
        "find vulnerabilities in the auth module",
    ),
    ("find-vulnerabilities", "scan this for security holes"),
    (
        "find-vulnerabilities",
        "are there any vulnerabilties in this code?",
    ),
    ("replace", "replace foo with bar"),
    ("replace", "replace 'color' with 'colour' in all files"),
    ("replace", "rename get_user to fetch_user everywhere"),
    ("replace", "search and replace http by https"),
];

/// Near misses that must not be taken for one of the intents.
const FOREIGN: &[&str] = &[
    "run the marathon",
    "run the washing machine",
    "commit to our relationship",
    "commit murder",
    "build a house by the lake",
    "what changed in fashion since the nineties",
    "find me a plumber",
    "delete the production database",
    "explain quantum sort",
    "deploy the tests to Mars",
    "email the tests to my boss",
    "buy a domain name for the project",
    "what is the weather in Paris",
    "translate the changelog to Spanish",
    "write a new feature for the shop",
    "replace my phone",
    "hello",
    "",
    "?",
    "qqq zzz xxyy",
];

pub(crate) fn intents() -> Vec<Intent> {
    INTENTS
        .iter()
        .map(|(name, utterances)| Intent {
            name: (*name).to_owned(),
            utterances: utterances.iter().map(|text| (*text).to_owned()).collect(),
        })
        .collect()
}

pub(crate) fn foreign() -> Vec<String> {
    include_str!("../../../../playbooks/out-of-scope.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[expect(
    clippy::unwrap_used,
    reason = "the intents stand above; a fault in them is a failed test"
)]
fn matcher(background: &[String]) -> Matcher {
    Matcher::new(&intents(), background, Synonyms::default()).unwrap()
}

#[test]
fn there_are_enough_different_foreign_sentences() {
    let foreign = foreign();
    let distinct: BTreeSet<String> = foreign.iter().map(|line| normalize(line)).collect();
    assert!(foreign.len() >= 360);
    assert_eq!(distinct.len(), foreign.len());
    let examples: BTreeSet<String> = INTENTS
        .iter()
        .flat_map(|(_, texts)| texts.iter().map(|text| normalize(text)))
        .collect();
    assert!(examples.is_disjoint(&distinct));
}

#[test]
fn unseen_goals_are_understood() {
    for background in [foreign(), Vec::new()] {
        let matcher = matcher(&background);
        let wrong: Vec<_> = UNSEEN
            .iter()
            .filter(|(expected, goal)| {
                matcher
                    .rank(goal)
                    .first()
                    .is_none_or(|found| found.intent != *expected)
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

/// Floors a little below what was measured, so that a change that makes matching worse is seen.
#[test]
fn intents_can_be_told_from_foreign_sentences() {
    let outcomes = evaluate::leave_one_out(&matcher(&foreign()), &Fillings::new());
    let report = evaluate::report(&outcomes, &evaluate::cross_fitted(&outcomes));
    assert!(report.accuracy >= 0.78, "{report:?}");
    assert!(
        report.area_under_roc.is_some_and(|area| area >= 0.90),
        "{report:?}"
    );
    assert!(report.out_of_scope_recall >= 0.97, "{report:?}");
    assert!(report.calibration_error <= 0.06, "{report:?}");
}

#[test]
fn the_score_separates_better_than_plain_likeness() {
    let foreign = foreign();
    for background in [foreign.clone(), Vec::new()] {
        let matcher = matcher(&background);
        let mut outcomes = evaluate::leave_one_out(&matcher, &Fillings::new());
        if background.is_empty() {
            let sentences = foreign.iter().map(|text| (text.as_str(), None));
            outcomes.extend(evaluate::held_out(&matcher, sentences));
        }
        let scored = area_under_roc(&evaluate::examples(&outcomes)).unwrap();
        let plain: Vec<(f64, bool)> = outcomes
            .iter()
            .map(|outcome| {
                let nearest = outcome
                    .evidence
                    .map_or(0.0, |evidence| evidence.nearest_similarity);
                (nearest, outcome.is_right())
            })
            .collect();
        let plain = area_under_roc(&plain).unwrap();
        assert!(scored > plain + 0.01, "{scored} {plain}");
    }
}

/// Lexical matching cannot know that nobody means a phone by `replace my phone`; it has to be unsure
/// about most of them and surer about real goals.
#[test]
fn near_misses_are_asked_about() {
    let matcher = matcher(&foreign());
    let outcomes = evaluate::leave_one_out(&matcher, &Fillings::new());
    let calibrator = evaluate::calibrate(&outcomes);
    let is_believed = |goal: &str| {
        matcher
            .rank(goal)
            .first()
            .is_some_and(|found| calibrator.probability(found.score) >= evaluate::ASK_BELOW)
    };
    let believed: Vec<&&str> = FOREIGN.iter().filter(|goal| is_believed(goal)).collect();
    assert!(believed.len() <= 1, "{believed:?}");
    let understood = UNSEEN.iter().filter(|(_, goal)| is_believed(goal)).count();
    assert!(understood >= 24, "{understood} of {}", UNSEEN.len());
}

/// Leave-one-out hides an utterance instead of building without it; both have to say the same. Every
/// third utterance is enough to see a difference and keeps the test short.
#[test]
fn hiding_an_utterance_equals_building_without_it() {
    let foreign = foreign();
    let hiding = evaluate::leave_one_out(&matcher(&foreign), &Fillings::new());
    // The matcher orders intents by name, and its outcomes with them.
    let mut sorted = intents();
    sorted.sort_by(|left, right| left.name.cmp(&right.name));
    let places = sorted
        .iter()
        .enumerate()
        .flat_map(|(owner, intent)| (0..intent.utterances.len()).map(move |at| (owner, at)));
    let (mut tried, mut same, mut distance) = (0, 0, 0.0_f64);
    for ((owner, at), hidden) in places.zip(&hiding).step_by(3) {
        let mut without = sorted.clone();
        without[owner].utterances.remove(at);
        let matcher = Matcher::new(&without, &foreign, Synonyms::default()).unwrap();
        let built = matcher.rank(&hidden.goal).into_iter().next();
        same += usize::from(built.as_ref().map(|found| &found.intent) == hidden.found.as_ref());
        distance += (built.map_or(0.0, |found| found.score) - hidden.score).abs();
        tried += 1;
    }
    assert!(tried > 30 && same + 1 >= tried, "{same} of {tried}");
    let mean = distance / f64::from(u32::try_from(tried).unwrap());
    assert!(mean < 0.02, "{mean}");
}
