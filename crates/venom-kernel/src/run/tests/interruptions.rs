//! Consent, crashes, pauses and cancelling.

use super::*;

#[test]
fn what_cannot_be_taken_back_waits_for_somebody() {
    let mut push = step("push", 1, &[]);
    push.class = EffectClass::Irreversible;
    let mut story = Story::of(plan(std::slice::from_ref(&push)), RunOptions::default());
    assert_eq!(story.called(), Vec::<String>::new());
    assert!(story.machine.state().waits_for_person());
    let approval = ApprovalId::new(1);
    let yes = |agreed| Input::Decided {
        approval,
        agreed,
        by: "user".into(),
        reason: None,
    };
    story.tell(yes(true)).unwrap();
    assert_eq!(story.called(), ["push"]);
    assert_eq!(
        story.tell(yes(true)),
        Err(Refusal::NoSuchApproval(approval)),
        "first answer wins"
    );

    let mut story = Story::of(plan(std::slice::from_ref(&push)), RunOptions::default());
    story.tell(yes(false)).unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Failed));

    let all = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let story = Story::of(plan(&[push]), all);
    assert_eq!(story.called(), ["push"]);
}

#[test]
fn an_irreversible_effect_is_never_repeated_after_a_crash() {
    let mut push = step("push", 1, &[]);
    push.class = EffectClass::Irreversible;
    let all = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let mut story = Story::of(plan(&[push]), all);
    let effect = story.open("push");
    story.crash();
    assert!(
        matches!(story.last.effects[..], [Effect::Probe { .. }]),
        "{:?}",
        story.last
    );
    let unknown = Probed::Unknown("nobody saw it".into());
    story
        .tell(Input::Probed {
            effect,
            probed: unknown,
        })
        .unwrap();
    assert_eq!(story.names(), ["EffectInDoubt", "ApprovalAsked"]);
    assert!(
        story.machine.state().waits_for_person(),
        "nothing else can go on"
    );
    story.crash();
    assert!(
        matches!(story.last.effects[..], [Effect::AskApproval(_)]),
        "{:?}",
        story.last
    );
    let (approval, _) = story.machine.state().open_approvals().next().unwrap();
    let no = Input::Decided {
        approval,
        agreed: false,
        by: "user".into(),
        reason: None,
    };
    story.tell(no).unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn a_probe_that_finds_the_effect_done_goes_on_without_it() {
    let mut commit = step("commit", 1, &[]);
    commit.class = EffectClass::Compensable;
    commit.prepares = true;
    let mut story = Story::of(plan(&[commit]), RunOptions::default());
    assert!(matches!(story.last.effects[..], [Effect::Prepare { .. }]));
    story.crash();
    assert!(matches!(story.last.effects[..], [Effect::Prepare { .. }]));
    let id: StepId = "commit".parse().unwrap();
    let saw = Input::Prepared {
        step: id,
        prepared: Ok(json!({"head": "abc"})),
    };
    story.tell(saw).unwrap();
    let effect = story.open("commit");
    story.crash();
    let happened = Probed::Happened(Box::default());
    story
        .tell(Input::Probed {
            effect,
            probed: happened,
        })
        .unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn pausing_lets_work_end_and_begins_nothing() {
    let mut story = Story::of(
        plan(&[step("a", 1, &[]), step("b", 1, &["a"])]),
        RunOptions::default(),
    );
    story
        .tell(Input::PauseAsked {
            by: "user".into(),
            how: Pause::Finish,
        })
        .unwrap();
    story.done("a", vec![]);
    assert_eq!(story.called(), Vec::<String>::new());
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.called(), ["b"]);
}

#[test]
fn an_interrupted_step_begins_anew() {
    let mut story = Story::of(plan(&[step("a", 1, &[])]), RunOptions::default());
    let effect = story.open("a");
    story
        .tell(Input::PauseAsked {
            by: "interrupt".into(),
            how: Pause::Stop,
        })
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Cancel(vec![effect])]);
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        })
        .unwrap();
    assert_eq!(story.status("a"), "ready");
    story.machine = Machine::new(story.refold());
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.called(), ["a"]);
    story.done("a", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn cancelling_stops_what_is_under_way_and_skips_the_rest() {
    let mut story = Story::of(
        plan(&[step("a", 1, &[]), step("b", 1, &["a"])]),
        RunOptions::default(),
    );
    let effect = story.open("a");
    story
        .tell(Input::CancelAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.outcome(), None);
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        })
        .unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(
        (story.status("a"), story.status("b")),
        ("skipped", "skipped")
    );
}
