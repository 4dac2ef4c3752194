//! Understanding, over the playbooks that are shipped.

use serde_json::json;
use venom_kernel::intent::Understanding;
use venom_ports::api::playbooks::{Loaded, Origin};

use super::*;

mod table;

/// The playbooks as they lie in the repository. Their steps do not matter here.
fn shipped() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks");
    let mut loaded = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let playbook: Playbook = serde_saphyr::from_str(&text).unwrap();
            let path = path.display().to_string();
            loaded.push(Loaded {
                origin: Origin::Shipped,
                path,
                in_front_of: None,
                playbook,
            });
        }
    }
    Library::of(loaded)
}

fn out_of_scope() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks/out-of-scope.txt");
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

pub(super) fn shop() -> Tree {
    Tree::from_paths(
        &["shop", "shop/auth", "tests", "tools", "docs"],
        &[
            "shop/auth/views.py",
            "shop/auth/sessions.py",
            "shop/cart.py",
            "shop/orders.py",
            "tests/test_auth.py",
            "README.md",
        ],
    )
}

pub(super) struct Reader {
    pub(super) library: Library,
    pub(super) trained: Trained,
}

impl Reader {
    pub(super) fn new() -> Self {
        let library = shipped();
        let trained = Trained::new(&library, &out_of_scope(), &venom_ports::cache::NoCache);
        Self { library, trained }
    }

    pub(super) fn read(&self, goal: &str) -> Intent {
        self.answered(goal, &[])
    }

    fn answered(&self, goal: &str, answers: &[(&str, &str)]) -> Intent {
        let answers: BTreeMap<String, String> = answers
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        read(goal, &self.library, &self.trained, &shop(), &answers, None).0
    }
}

fn actions(intent: &Intent) -> Vec<&str> {
    intent
        .goals
        .iter()
        .map(|goal: &Goal| goal.action.as_str())
        .collect()
}

#[test]
fn sentences_that_no_utterance_repeats_are_understood() {
    let reader = Reader::new();
    let cases: &[(&str, &[&str])] = &[
        (
            "Refactor the auth module and make it more secure",
            &["refactor", "secure"],
        ),
        ("run the tests", &["run-tests"]),
        ("please run all the tests for me", &["run-tests"]),
        (
            "build it and run the tests, then commit the changes with a good message",
            &["build", "run-tests", "commit"],
        ),
        ("what changed since the last tag", &["changes-since"]),
        ("tell me what changed since v1.2.0", &["changes-since"]),
        ("find all TODOs and write them to TODO.md", &["write-todos"]),
        ("find all the TODOs", &["find-todos"]),
        ("harden the cart module", &["secure"]),
        (
            "are there security problems in shop/auth?",
            &["find-vulnerabilities"],
        ),
        ("compile the whole thing", &["build"]),
        ("commit my changes", &["commit"]),
        ("replace \"colour\" with \"color\" in docs", &["replace"]),
        ("explain the auth module to me", &["explain-module"]),
        ("run the tests and commit", &["run-tests", "commit"]),
        ("commit after running the tests", &["commit", "run-tests"]),
        ("run `make docs`", &["run-command"]),
        ("please execute `run the tests`", &["run-command"]),
        ("run make", &["build"]),
        ("run `make` and then commit", &["run-command", "commit"]),
        ("run the command ls -la and show me", &["run-command"]),
        ("execute the command `cat a.txt | wc -l`", &["run-command"]),
        (
            "start the server `python3 -m http.server 8000` and check that it answers on port 8000",
            &["serve-and-check"],
        ),
        ("please format all the code", &["format"]),
        (
            "format the code and run the tests",
            &["format", "run-tests"],
        ),
        ("lint this project", &["lint"]),
        ("fix all the lint errors please", &["lint-fix"]),
        ("type-check the whole project", &["type-check"]),
        (
            "run the tests in the file tests/test_auth.py",
            &["test-file"],
        ),
        ("run only the test test_login", &["test-one"]),
        ("run the test \"area is a product\"", &["test-one"]),
        ("rerun only the tests that failed", &["test-failed"]),
        ("what is the test coverage of this", &["coverage"]),
        ("audit my dependencies", &["audit-dependencies"]),
        ("which of the dependencies are outdated", &["outdated"]),
        ("clean up all the build artefacts", &["clean"]),
        ("profile the command `python3 main.py`", &["profile"]),
        (
            "compare the speed of `ls` and `ls -l`",
            &["compare-commands"],
        ),
        (
            "run the script seed in the environment staging",
            &["run-script"],
        ),
        ("deploy the app to production", &["deploy"]),
        ("deploy to staging", &["deploy"]),
        (
            "lint the code, run the tests and deploy to staging",
            &["lint", "run-tests", "deploy"],
        ),
    ];
    let mut wrong = Vec::new();
    for (goal, expected) in cases {
        let intent = reader.read(goal);
        let is_clear =
            intent.understanding(0, &std::collections::BTreeSet::new()) == Understanding::Clear;
        if actions(&intent) != *expected || !is_clear {
            let got: Vec<String> = intent
                .goals
                .iter()
                .map(|g| format!("{}={} ({})", g.action, g.confidence, g.text))
                .collect();
            wrong.push(format!("{goal}: {}", got.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_that_are_turned_around_are_asked_about() {
    let reader = Reader::new();
    for goal in [
        "don't commit",
        "do not format the code",
        "never deploy to staging",
        "don\u{2019}t deploy to staging",
        "undo the deployment to staging",
        "commit all changes but not shop/cart.py",
        "is it safe to deploy to staging",
    ] {
        let intent = reader.read(goal);
        assert_ne!(
            intent.understanding(0, &std::collections::BTreeSet::new()),
            Understanding::Clear,
            "{goal}: {intent:?}"
        );
    }
    // What stands in quotation marks is not said about the goal.
    let goal = "commit with the message \"Do not lose the last line\"";
    assert_eq!(
        reader
            .read(goal)
            .understanding(0, &std::collections::BTreeSet::new()),
        Understanding::Clear
    );
}

#[test]
fn once_more_is_no_second_goal() {
    let reader = Reader::new();
    for goal in ["run the tests once more", "lint the code once again"] {
        assert_eq!(reader.read(goal).goals.len(), 1, "{goal}");
    }
}

#[test]
fn what_lasts_waits_for_what_was_said_before() {
    let reader = Reader::new();
    let after = |goal: &str| reader.read(goal).goals.last().unwrap().after.clone();
    assert_eq!(after("run the tests and commit"), [1]);
    assert_eq!(
        after("lint the code, run the tests and deploy to staging"),
        [1, 2]
    );
    assert!(after("find all TODOs and run the tests").is_empty());
}

#[test]
fn texts_are_taken_in_the_order_in_which_they_are_said() {
    let reader = Reader::new();
    for goal in [
        "swap \"summing\" with \"adding\"",
        "now replace \"summing\" with \"adding\"",
    ] {
        let intent = reader.read(goal);
        let goal = &intent.goals[0];
        if goal.action == "replace" {
            assert_eq!(goal.params["old"], "summing", "{intent:?}");
            assert_eq!(goal.params["new"], "adding", "{intent:?}");
        }
    }
    assert_eq!(
        actions(&reader.read("now replace \"summing\" with \"adding\"")),
        ["replace"]
    );
}

#[test]
fn code_that_is_spelled_out_is_the_pattern() {
    let reader = Reader::new();
    for (goal, path) in [
        ("replace every unwrap() in docs with ?", "docs"),
        ("replace every unwrap() with ?", "."),
    ] {
        let intent = reader.read(goal);
        assert_eq!(actions(&intent), ["replace-pattern"], "{goal}");
        let params = &intent.goals[0].params;
        assert_eq!(params["pattern"], "unwrap", "{goal}: {params:?}");
        assert_eq!(params["with"], "?", "{goal}: {params:?}");
        assert_eq!(params["path"], path, "{goal}: {params:?}");
    }
}

#[test]
fn words_of_the_request_itself_name_no_module() {
    let reader = Reader::new();
    for goal in [
        "find dead code",
        "find unreachable code",
        "explain the auth module",
    ] {
        assert_eq!(
            reader
                .read(goal)
                .understanding(0, &std::collections::BTreeSet::new()),
            Understanding::Clear,
            "{goal}"
        );
    }
}

#[test]
fn a_branch_is_called_what_it_is_called() {
    let reader = Reader::new();
    for (goal, expected) in [
        ("create a branch feature/x", "feature/x"),
        ("make branch feature/x", "feature/x"),
        ("put my work on a branch called x", "x"),
        ("create a branch called login", "login"),
    ] {
        let intent = reader.read(goal);
        assert_eq!(actions(&intent), ["branch"], "{goal}");
        assert_eq!(intent.goals[0].params["name"], expected, "{goal}");
    }
}

#[test]
fn what_no_playbook_does_is_not_done() {
    let reader = Reader::new();
    for goal in [
        "what is the weather tomorrow",
        "order a pizza",
        "run a marathon",
        "write a poem about tests",
        "asdf qwer",
        "delete the database",
        "how are you",
        "translate the readme into French",
        "add a login page with a captcha",
    ] {
        let intent = reader.read(goal);
        let acts =
            intent.understanding(0, &std::collections::BTreeSet::new()) == Understanding::Clear;
        assert!(
            !acts,
            "{goal}: {:?} {}",
            actions(&intent),
            intent.confidence
        );
    }
}

#[test]
fn slots_are_found_in_words_and_workspace() {
    let reader = Reader::new();
    let intent = reader.read("Refactor the auth module and make it more secure");
    assert_eq!(intent.target.as_deref(), Some("shop/auth"));
    assert_eq!(intent.goals[0].params["module"], json!("shop/auth"));
    assert_eq!(
        intent.goals[1].params["module"],
        json!("shop/auth"),
        "`it` is the auth module"
    );

    let intent = reader.read("replace \"a b\" with `c` in docs");
    assert_eq!(
        intent.goals[0].params,
        [
            ("new".to_owned(), json!("c")),
            ("old".to_owned(), json!("a b")),
            ("path".to_owned(), json!("docs")),
        ]
        .into()
    );
    let intent = reader.read("what changed since v1.2.0");
    assert_eq!(intent.goals[0].params["version"], json!("v1.2.0"));
    let intent = reader.read("find all TODOs and write them to docs/OPEN.md");
    assert_eq!(intent.goals[0].params["file"], json!("docs/OPEN.md"));
    let intent = reader.read("make the code more secure");
    assert_eq!(intent.goals[0].params["module"], json!("."));
    let intent = reader.read("run the command ls -la and show me");
    assert_eq!(intent.goals[0].params["command"], json!("ls -la"));
    let intent = reader.read("run the command `make docs`");
    assert_eq!(intent.goals[0].params["command"], json!("make docs"));
    let intent = reader.read(
        "start the server `python3 -m http.server 8000` and check that it answers on port 8000",
    );
    let params = &intent.goals[0].params;
    assert_eq!(params["command"], json!("python3 -m http.server 8000"));
    assert_eq!(
        (&params["port"], &params["page"]),
        (&json!(8000), &json!("/"))
    );
}

#[test]
fn a_module_that_is_not_there_is_asked_for_with_choices_from_the_tree() {
    let reader = Reader::new();
    let goal = "refactor the payment module";
    let intent = reader.read(goal);
    let Understanding::Unsure(questions) =
        intent.understanding(0, &std::collections::BTreeSet::new())
    else {
        panic!("{intent:?}")
    };
    assert_eq!(questions[0].key, "goal.1.slot.module");
    assert!(
        questions[0].choices.iter().any(|c| c.value == "shop/auth"),
        "{questions:?}"
    );
    let intent = reader.answered(goal, &[("goal.1.slot.module", "shop/auth")]);
    assert_eq!(
        intent.understanding(1, &std::collections::BTreeSet::new()),
        Understanding::Clear
    );
    assert_eq!(intent.goals[0].params["module"], json!("shop/auth"));
    let intent = reader.answered(goal, &[("goal.1.slot.module", "nothing like it")]);
    assert!(
        matches!(
            intent.understanding(1, &std::collections::BTreeSet::new()),
            Understanding::Unsure(_)
        ),
        "asked once more"
    );
}

#[test]
fn an_answer_may_pick_rephrase_or_decline() {
    let reader = Reader::new();
    let goal = "do the thing with the checks";
    let picked = reader.answered(goal, &[("goal.1.action", "run-tests")]);
    assert_eq!(actions(&picked), ["run-tests"]);
    assert_eq!(
        picked.understanding(1, &std::collections::BTreeSet::new()),
        Understanding::Clear
    );
    let rephrased = reader.answered(goal, &[("goal.1.action", "run the tests")]);
    assert_eq!(actions(&rephrased), ["run-tests"]);
    let declined = reader.answered(goal, &[("goal.1.action", NONE_OF_THESE)]);
    assert_eq!(
        declined.understanding(1, &std::collections::BTreeSet::new()),
        Understanding::OutOfScope
    );
}

#[test]
fn confidences_are_calibrated() {
    let calibration = Reader::new().trained.calibration();
    assert!(calibration.sentences > 600, "{calibration:?}");
    // Cross-fitted, over utterances left out and goals that are out of scope.
    assert!(calibration.error <= 60, "{calibration:?}");
    assert!(calibration.refused >= 950, "{calibration:?}");
}

/// A cache that counts what it was asked to keep.
#[derive(Default)]
struct Kept(std::sync::Mutex<BTreeMap<String, Vec<u8>>>);

impl venom_ports::cache::Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .insert(key.to_owned(), bytes.to_vec());
    }
}

#[test]
fn what_was_learned_before_says_the_same() {
    let (library, foreign, kept) = (shipped(), out_of_scope(), Kept::default());
    let first = Trained::new(&library, &foreign, &kept);
    let key = {
        let all = kept.0.lock().unwrap();
        assert_eq!(all.len(), 1);
        all.keys().next().unwrap().clone()
    };
    let bytes = kept.0.lock().unwrap()[&key].clone();
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let again = Trained::new(&library, &foreign, &kept);
    let goals = [
        "run the tests",
        "which tests are slow",
        "make me a sandwich",
        "rename `add` to `sum` everywhere",
    ];
    let said = |trained: &Trained| format!("{:?}", goals.map(|goal| trained.rank(goal)));
    assert_eq!(said(&first), said(&again));
    assert_eq!(first.calibration(), again.calibration());

    // Whatever is damaged is learned again, and kept as it was.
    let middle = bytes.len() / 2;
    let mut wounds = vec![
        Vec::new(),
        bytes[..middle].to_vec(),
        [&bytes[..], &[0]].concat(),
    ];
    for at in [0, 40, middle, bytes.len() - 1] {
        let mut wound = bytes.clone();
        wound[at] ^= 1;
        wounds.push(wound);
    }
    for wound in wounds {
        assert!(lesson::recall(&kept, &key).is_some());
        venom_ports::cache::Cache::put(&kept, &key, &wound);
        assert!(lesson::recall(&kept, &key).is_none());
        venom_ports::cache::Cache::put(&kept, &key, &bytes);
    }
    // Other sentences are another lesson.
    Trained::new(&library, &foreign[1..], &kept);
    assert_eq!(kept.0.lock().unwrap().len(), 2);
}
