//! What rewrites: asked for when the action has looked, and only where others may have it.

use serde_json::json;

use super::*;

/// A step that rewrites, and what its action saw.
fn rewriting(options: RunOptions, saw: serde_json::Value) -> Story {
    let mut amend = step("amend", 1, &[]);
    amend.class = EffectClass::Rewriting;
    amend.prepares = true;
    let mut story = Story::of(plan(&[amend]), options);
    story.saw(saw);
    story
}

impl Story {
    fn saw(&mut self, saw: serde_json::Value) {
        let prepared = Input::Prepared {
            step: "amend".parse().unwrap(),
            prepared: Ok(saw),
        };
        self.tell(prepared).unwrap();
    }
}

#[test]
fn what_only_this_machine_has_is_rewritten_without_asking() {
    let mut story = rewriting(RunOptions::default(), json!({"head": "abc"}));
    assert_eq!(story.called(), ["amend"]);
    story.done("amend", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn what_others_have_is_asked_for_once_and_looked_at_again() {
    let shared = json!({"head": "abc", "asks": "origin/main has it"});
    let mut story = rewriting(RunOptions::default(), shared.clone());
    assert_eq!(story.names(), ["PolicyDecided", "ApprovalAsked"]);
    assert!(matches!(story.last.effects[..], [Effect::AskApproval(_)]));
    assert_eq!(&story.refold(), story.machine.state());
    story.crash();
    assert!(matches!(story.last.effects[..], [Effect::AskApproval(_)]));
    let yes = Input::Decided {
        approval: ApprovalId::new(1),
        agreed: true,
        by: "user".into(),
        reason: None,
    };
    story.tell(yes).unwrap();
    assert_eq!(story.names(), ["ApprovalGiven", "StepStarted"]);
    story.saw(shared);
    assert_eq!(story.called(), ["amend"]);
    story.done("amend", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    assert_eq!(&story.refold(), story.machine.state());
}

/// Says yes to a request.
fn yes(story: &mut Story, approval: u32) {
    let yes = Input::Decided {
        approval: ApprovalId::new(approval),
        agreed: true,
        by: "user".into(),
        reason: None,
    };
    story.tell(yes).unwrap();
}

#[test]
fn agreement_to_one_commit_is_none_to_another() {
    let seen = |commit: &str| json!({"head": commit, "asks": format!("it replaces {commit}")});
    let mut story = rewriting(RunOptions::default(), seen("abc"));
    yes(&mut story, 1);
    // Somebody committed before the answer came.
    story.saw(seen("def"));
    assert_eq!(story.names(), ["PolicyDecided", "ApprovalAsked"]);
    assert_eq!(story.called(), Vec::<String>::new());
    assert_eq!(&story.refold(), story.machine.state());
    yes(&mut story, 2);
    story.saw(seen("def"));
    assert_eq!(story.called(), ["amend"]);

    // With agreement to everything it is agreed to as well, and stands in the log.
    let options = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let mut story = rewriting(options, seen("abc"));
    story.saw(seen("def"));
    assert_eq!(story.names().last(), Some(&"StepStarted"));
    story.saw(seen("def"));
    assert_eq!(story.called(), ["amend"]);
}

#[test]
fn who_is_asked_by_a_rule_is_shown_the_commits_too() {
    let mut amend = step("amend", 1, &[]);
    amend.class = EffectClass::Rewriting;
    amend.prepares = true;
    let rule = crate::policy::Rule {
        skill: "*".into(),
        action: "*".into(),
        ruling: crate::policy::Ruling::Ask,
    };
    let mut story = Story::under(
        Policy::new(vec![rule]),
        plan(&[amend]),
        RunOptions::default(),
    );
    yes(&mut story, 1);
    story.saw(json!({"asks": "it replaces abc"}));
    assert_eq!(story.names(), ["PolicyDecided", "ApprovalAsked"]);
    yes(&mut story, 2);
    story.saw(json!({"asks": "it replaces abc"}));
    assert_eq!(story.called(), ["amend"]);
}

#[test]
fn what_others_have_stays_when_somebody_says_no() {
    let shared = json!({"asks": "origin/main has it"});
    let mut story = rewriting(RunOptions::default(), shared.clone());
    let no = Input::Decided {
        approval: ApprovalId::new(1),
        agreed: false,
        by: "user".into(),
        reason: None,
    };
    story.tell(no).unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Failed));

    let options = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let mut story = rewriting(options, shared.clone());
    assert_eq!(
        story.names(),
        [
            "PolicyDecided",
            "ApprovalAsked",
            "ApprovalGiven",
            "StepStarted"
        ]
    );
    story.saw(shared);
    assert_eq!(story.called(), ["amend"]);
}

#[test]
fn an_interrupted_action_that_prepared_is_asked_whether_it_happened() {
    let mut story = rewriting(RunOptions::default(), json!({"head": "abc"}));
    let effect = story.open("amend");
    let pause = Input::PauseAsked {
        by: "interrupt".into(),
        how: Pause::Stop,
    };
    story.tell(pause).unwrap();
    let stopped = Input::Ended {
        effect,
        outcome: EffectOutcome::Stopped,
        receipt: None,
    };
    story.tell(stopped).unwrap();
    assert_eq!(story.names(), ["EffectFinished"]);
    story.machine = Machine::new(story.refold());
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert!(matches!(story.last.effects[..], [Effect::Probe { .. }]));
    story
        .tell(Input::Probed {
            effect,
            probed: Probed::DidNot,
        })
        .unwrap();
    assert_eq!(story.called(), ["amend"]);
    story.done("amend", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}
