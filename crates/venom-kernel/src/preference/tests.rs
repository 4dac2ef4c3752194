use super::*;
use crate::confidence::Confidence;
use crate::confine::Confinement;
use crate::event::{RunOptions, RunStarted};
use crate::intent::{Candidate, Choice, MissingSlot};
use crate::policy::Policy;
use crate::run::{Input, Machine, Phase, decide};

fn run(number: u64) -> RunId {
    RunId::new(number, 7)
}

fn choices(values: &[&str]) -> Vec<Choice> {
    let choice = |value: &&str| Choice {
        value: (*value).to_owned(),
        label: (*value).to_owned(),
    };
    values.iter().map(choice).collect()
}

/// A goal whose module may be one of several.
fn unclear(text: &str, said: Option<&str>, offered: &[&str]) -> Goal {
    Goal {
        action: "explain".to_owned(),
        text: text.to_owned(),
        params: BTreeMap::new(),
        priority: 1,
        after: vec![],
        confidence: Confidence::CERTAIN,
        candidates: vec![],
        missing: vec![MissingSlot {
            slot: "module".to_owned(),
            said: said.map(str::to_owned),
            question: "Which module?".to_owned(),
            choices: choices(offered),
        }],
    }
}

/// A goal of which nobody is sure what it asks for.
fn vague(text: &str) -> Goal {
    Goal {
        confidence: Confidence::from_thousandths(400),
        candidates: vec![
            Candidate {
                action: "explain".to_owned(),
                title: "Explain".to_owned(),
                confidence: Confidence::from_thousandths(400),
            },
            Candidate {
                action: "fix".to_owned(),
                title: "Fix".to_owned(),
                confidence: Confidence::from_thousandths(300),
            },
        ],
        missing: vec![],
        ..unclear(text, None, &[])
    }
}

fn intent(goals: Vec<Goal>) -> Intent {
    Intent {
        name: "explain".to_owned(),
        confidence: Confidence::CERTAIN,
        goals,
        target: None,
        constraints: vec![],
        targets: vec![],
        remembered: vec![],
        learned: None,
    }
}

fn started(root: &str, copy_of: Option<&str>) -> Input {
    Input::Requested(Box::new(RunStarted {
        goal: "explain auth".to_owned(),
        workspace: WorkspaceInfo {
            root: root.to_owned(),
            copy_of: copy_of.map(str::to_owned),
        },
        options: RunOptions::default(),
        policy: Policy::default(),
        version: "0".to_owned(),
        confinement: Confinement::default(),
        digests: BTreeMap::new(),
        texts: BTreeMap::new(),
    }))
}

/// Lets a run happen and writes down what its events say.
struct Told {
    run: RunId,
    machine: Machine,
    state: RunState,
    memories: Vec<Memory>,
}

impl Told {
    fn new(number: u64, place: Input) -> Self {
        let mut told = Self {
            run: run(number),
            machine: Machine::new(RunState::default()),
            state: RunState::default(),
            memories: vec![],
        };
        told.take(place);
        told
    }

    fn take(&mut self, input: Input) {
        let decision = self.machine.handle(input).expect("a legal input");
        for proposed in decision.events {
            self.add(proposed.event);
        }
    }

    fn add(&mut self, event: Event) {
        let envelope = Envelope {
            run: self.run,
            seq: self.state.seq().next(),
            time: Timestamp::from_micros(5),
            cause: None,
            schema: 1,
            event,
        };
        self.memories.extend(memory(&self.state, &envelope));
        self.state.evolve(&envelope.event).expect("a legal event");
    }

    fn understood(&mut self, goals: Vec<Goal>) {
        self.take(Input::Understood(Box::new(intent(goals))));
    }

    fn answer(&mut self, answer: &str) {
        self.take(Input::Answered {
            question: QuestionId::new(1),
            answer: answer.to_owned(),
            by: "ada".to_owned(),
        });
    }
}

fn answered(number: u64, root: &str, goal: Goal, answer: &str) -> Vec<Memory> {
    let mut told = Told::new(number, started(root, None));
    told.understood(vec![goal]);
    told.answer(answer);
    told.memories
}

fn auth() -> Goal {
    unclear(
        "Explain the auth module",
        Some("auth"),
        &["a/auth", "b/auth"],
    )
}

fn held(memories: &[Memory]) -> Vec<(String, String)> {
    let pair = |held: Preference| (held.workspace, held.answer);
    recalled(memories).into_iter().map(pair).collect()
}

fn one(workspace: &str, answer: &str) -> Vec<(String, String)> {
    vec![(workspace.to_owned(), answer.to_owned())]
}

#[test]
fn an_answer_is_kept_until_another_one_or_nobody_wants_it() {
    let mut log = answered(1, "/p", auth(), "a/auth");
    assert_eq!(held(&log), one("/p", "a/auth"));
    let first = recalled(&log).remove(0);
    assert_eq!(first.id, PreferenceId::of(run(1), QuestionId::new(1)));
    assert_eq!(first.source.seq, Seq::new(4));
    assert_eq!(first.ambiguity.words, "auth");

    log.extend(answered(2, "/p", auth(), "b/auth"));
    assert_eq!(held(&log), one("/p", "b/auth"));

    // To forget the older answer changes nothing; to forget the newer one does not bring it back.
    let forget = |number| Memory::Forgotten {
        run: run(number),
        question: QuestionId::new(1),
    };
    log.push(forget(1));
    assert_eq!(held(&log), one("/p", "b/auth"));
    log.push(forget(2));
    assert_eq!(held(&log), vec![]);

    log.extend(answered(3, "/p", auth(), "a/auth"));
    assert_eq!(held(&log), one("/p", "a/auth"));
    // A run that never asked.
    log.push(forget(9));
    assert_eq!(held(&log), one("/p", "a/auth"));
}

#[test]
fn workspaces_do_not_know_of_each_other_and_a_copy_is_what_it_is_of() {
    let mut log = answered(1, "/p", auth(), "a/auth");
    let mut copied = Told::new(2, started("/tmp/scratch", Some("/q")));
    copied.understood(vec![auth()]);
    copied.answer("b/auth");
    log.extend(copied.memories);
    let both = [one("/p", "a/auth"), one("/q", "b/auth")].concat();
    assert_eq!(held(&log), both);
}

#[test]
fn what_a_run_takes_back_was_never_answered() {
    let earlier = answered(1, "/p", auth(), "a/auth");
    let mut told = Told::new(2, started("/p", None));
    told.understood(vec![auth()]);
    told.answer("b/auth");
    let with = |told: &Told| held(&[earlier.clone(), told.memories.clone()].concat());
    assert_eq!(with(&told), one("/p", "b/auth"));
    told.add(Event::StateRewound {
        to: Seq::new(3),
        part: StatePart::All,
        by: "ada".to_owned(),
    });
    assert_eq!(with(&told), one("/p", "a/auth"));
}

#[test]
fn a_fork_does_not_say_again_what_was_said() {
    let mut log = answered(1, "/p", auth(), "a/auth");
    log.extend(answered(2, "/p", auth(), "b/auth"));
    // The copy of the first run is newer than the second one.
    let mut fork = Told::new(3, started("/p", None));
    fork.understood(vec![auth()]);
    fork.answer("a/auth");
    fork.add(Event::Forked {
        from: run(1),
        at: Seq::new(4),
        hash: Digest::ZERO,
        by: "ada".to_owned(),
        otherwise: Box::default(),
    });
    log.extend(fork.memories);
    assert_eq!(held(&log), one("/p", "b/auth"));
}

#[test]
fn only_meanings_are_kept() {
    let kept = |goal: Goal, answer: &str| !answered(1, "/p", goal, answer).is_empty();
    assert!(kept(auth(), "a/auth"));
    assert!(kept(auth(), "somewhere/else"));
    // Nothing was said, but there is something to choose from.
    assert!(kept(unclear("deploy", None, &["qa", "prod"]), "qa"));
    // A value that no words stand for: the next message is another one.
    assert!(!kept(unclear("commit", None, &[]), "Fix the door"));
    assert!(kept(vague("make it good"), "fix"));
    assert!(!kept(vague("make it good"), NONE_OF_THESE));
    assert!(!kept(vague("make it good"), "run the tests"));
    assert!(!kept(auth(), " "));
    assert!(!kept(auth(), "a\u{1b}[31m"));
    assert!(!kept(auth(), &"x".repeat(LONGEST + 1)));
}

#[test]
fn an_answer_fits_the_same_words_only() {
    let known = recalled(&answered(1, "/p", auth(), "a/auth"));
    let fits = |goal: Goal| !fitting(&intent(vec![goal]), &known).is_empty();
    assert!(fits(auth()));
    assert!(fits(unclear(
        "please explain auth to me",
        Some("auth"),
        &[]
    )));
    // Other words, another slot's playbook, another case.
    assert!(!fits(unclear("explain auth", Some("web auth"), &[])));
    assert!(!fits(unclear("explain auth", Some("Auth"), &[])));
    let mut other = auth();
    "remove".clone_into(&mut other.action);
    assert!(!fits(other));

    let known = recalled(&answered(1, "/p", vague("Make it good."), "fix"));
    let fits = |goal: Goal| !fitting(&intent(vec![goal]), &known).is_empty();
    assert!(fits(vague("please make  it good")));
    assert!(!fits(vague("make it good, but do not fix anything")));
    let mut offered_no_more = vague("make it good");
    offered_no_more.candidates.pop();
    assert!(!fits(offered_no_more));
}

#[test]
fn nothing_is_taken_while_it_is_open_what_is_to_be_done() {
    let known = recalled(&answered(1, "/p", auth(), "a/auth"));
    let mut second = vague("and then the other thing");
    second.priority = 2;
    assert_eq!(fitting(&intent(vec![auth(), second]), &known), vec![]);
}

#[test]
fn what_is_remembered_takes_the_place_of_a_question() {
    let known = recalled(&answered(1, "/p", auth(), "a/auth"));
    let mut told = Told::new(2, started("/p", None));
    let mut unsure = intent(vec![auth()]);
    unsure.remembered = fitting(&unsure, &known);
    assert_eq!(unsure.remembered.len(), 1);
    told.take(Input::Understood(Box::new(unsure.clone())));
    assert_eq!(told.machine.state().phase(), Phase::Understanding);
    assert_eq!(
        told.machine.state().answers(),
        BTreeMap::from([("goal.1.slot.module".to_owned(), "a/auth".to_owned())])
    );
    assert_eq!(&told.state, told.machine.state());
    // Understood in the same way again: the answer did not help, and somebody is asked.
    told.take(Input::Understood(Box::new(unsure)));
    assert_eq!(told.machine.state().phase(), Phase::Asking);
    told.answer("b/auth");
    assert_eq!(
        told.machine.state().answers(),
        BTreeMap::from([("goal.1.slot.module".to_owned(), "b/auth".to_owned())])
    );
    assert!(told.state.sections().contains_key("preferences"));
}

#[test]
fn what_is_not_remembered_is_asked_beside_it() {
    let known = recalled(&answered(1, "/p", auth(), "a/auth"));
    let mut second = unclear("explain the cart", Some("cart"), &["cart", "art"]);
    second.priority = 2;
    let mut unsure = intent(vec![auth(), second]);
    unsure.remembered = fitting(&unsure, &known);
    let mut told = Told::new(2, started("/p", None));
    told.take(Input::Understood(Box::new(unsure)));
    let open: Vec<&str> = told
        .state
        .open_questions()
        .map(|(_, question)| question.key.as_str())
        .collect();
    assert_eq!(open, ["goal.2.slot.module"]);
    assert_eq!(told.state.preferred().count(), 1);
    assert_eq!(told.state.phase(), Phase::Asking);
}

#[test]
fn there_must_be_an_answer_to_forget() {
    let mut told = Told::new(1, started("/p", None));
    told.understood(vec![auth()]);
    let forget = Event::PreferenceForgotten {
        question: QuestionId::new(1),
        by: "ada".to_owned(),
    };
    assert!(told.state.clone().evolve(&forget).is_err());
    told.answer("a/auth");
    told.add(forget);
    assert_eq!(held(&told.memories), vec![]);
    assert!(decide(&told.state, Input::Recovered).is_ok());
}

#[test]
fn ids_print_and_parse() {
    let id = PreferenceId::of(run(1), QuestionId::new(2));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_ne!(id, PreferenceId::of(run(1), QuestionId::new(3)));
    for bad in [
        "",
        "pref_",
        "pref_12",
        "run_000000000000",
        "pref_00000000000G",
        "pref_+00000000000",
    ] {
        assert!(bad.parse::<PreferenceId>().is_err(), "{bad}");
    }
}
