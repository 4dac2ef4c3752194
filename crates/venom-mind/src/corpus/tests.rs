use super::*;
use crate::text::Role;

fn intent(name: &str, utterances: &[&str]) -> Intent {
    Intent {
        name: name.to_owned(),
        utterances: utterances.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn corpus() -> Corpus {
    let intents = [
        intent("test", &["run the tests", "execute the test suite"]),
        intent(
            "commit",
            &["commit my changes", "commit the changes in {path}"],
        ),
    ];
    Corpus::new(
        &intents,
        &["bake a cake".to_owned(), "?!".to_owned()],
        Synonyms::default(),
    )
    .unwrap()
}

fn known(corpus: &Corpus, goal: &str, hidden: Hidden) -> Vec<Option<String>> {
    let goal = corpus.read(goal, hidden);
    let words = goal.reading().words().iter();
    words
        .map(|word| {
            word.stem
                .and_then(|at| corpus.vocabulary().stem(at))
                .map(str::to_owned)
        })
        .collect()
}

#[test]
fn intents_are_ordered_by_name_with_the_background_behind() {
    let corpus = corpus();
    assert_eq!(corpus.names(), ["commit", "test"]);
    let owners: Vec<Option<usize>> = corpus.utterances().iter().map(Utterance::owner).collect();
    assert_eq!(owners, [Some(0), Some(0), Some(1), Some(1), None]);
}

#[test]
fn faulty_intents_are_refused() {
    let twice = [intent("a", &["x y"]), intent("a", &["z"])];
    assert_eq!(
        Corpus::new(&twice, &[], Synonyms::default()).map(|_| ()),
        Err(Error::DuplicateIntent {
            name: "a".to_owned()
        })
    );
    let empty = [intent("a", &["{anything} ..."])];
    assert_eq!(
        Corpus::new(&empty, &[], Synonyms::default()).map(|_| ()),
        Err(Error::EmptyUtterance {
            intent: "a".to_owned(),
            utterance: "{anything} ...".to_owned()
        })
    );
}

#[test]
fn spelling_is_corrected_towards_known_words_only() {
    let corpus = corpus();
    let some = |stem: &str| Some(stem.to_owned());
    assert_eq!(
        known(&corpus, "rnu teh tsets", Hidden::NOTHING),
        [some("run"), some("the"), some("test")]
    );
    assert_eq!(
        known(&corpus, "comit chagnes", Hidden::NOTHING),
        [some("commit"), some("chang")]
    );
    // Another first letter, or another letter in a short word, is another word.
    assert_eq!(
        known(&corpus, "best rest text tent marathon", Hidden::NOTHING),
        [const { None }; 5]
    );
}

#[test]
fn hidden_words_are_unknown_and_cannot_be_corrected_to() {
    let corpus = corpus();
    let suite = corpus
        .utterances()
        .iter()
        .position(|known| known.raw().contains("suite"));
    assert_eq!(known(&corpus, "suite siute", Hidden(suite)), [None, None]);
    assert!(
        known(&corpus, "suite", Hidden::NOTHING)
            .first()
            .is_some_and(Option::is_some)
    );
    let out_of_range = known(&corpus, "suite", Hidden(Some(999)));
    assert!(out_of_range.first().is_some_and(Option::is_some));
}

#[test]
fn rare_words_weigh_more_and_grammar_weighs_little() {
    let corpus = corpus();
    let goal = corpus.read("the commit suite marathon", Hidden::NOTHING);
    let [the, commit, suite, marathon] = goal.reading().words() else {
        panic!("four words")
    };
    assert_eq!((the.role, marathon.role), (Role::Function, Role::Content));
    assert!(the.weight < commit.weight);
    assert!(commit.weight < suite.weight);
    assert!(suite.weight < marathon.weight);
}

#[test]
fn synonyms_stand_for_each_other() {
    let groups: [&[&str]; 2] = [&["fix", "repairing"], &["repair", "mend"]];
    let synonyms = Synonyms::new(groups);
    assert_eq!(synonyms.resolve("repair"), "fix");
    assert_eq!(synonyms.resolve("mend"), "repair");
    assert_eq!(synonyms.resolve("other"), "other");
}
