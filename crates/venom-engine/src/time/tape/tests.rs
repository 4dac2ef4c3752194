use venom_kernel::time::Timestamp;

use super::*;

fn envelope(seq: u64, event: Event) -> Envelope {
    Envelope {
        run: venom_kernel::id::RunId::new(0, 7),
        seq: Seq::new(seq),
        time: Timestamp::from_micros(0),
        cause: None,
        schema: 1,
        event,
    }
}

fn asked_by(because: &str, call: &str) -> ApprovalReason {
    ApprovalReason::Tool {
        call: call.to_owned(),
        skill: "shell".to_owned(),
        action: "run".to_owned(),
        with: "rm -r build".to_owned(),
        because: because.to_owned(),
    }
}

/// The tape of a run in which somebody agreed to this for this reason.
fn tape(subject: Digest, reason: ApprovalReason) -> Tape {
    let mut original = Calls::behind(Seq::ZERO);
    let id = ApprovalId::new(1);
    let step: StepId = "work".parse().unwrap();
    original.hear(&envelope(
        1,
        Event::ApprovalAsked {
            id,
            step,
            reason,
            subject,
        },
    ));
    let by = "somebody".to_owned();
    original.hear(&envelope(2, Event::ApprovalGiven { id, by }));
    Tape {
        original,
        own: Calls::behind(Seq::ZERO),
        repeats: BTreeMap::new(),
        parts_at: None,
        repeated: 0,
        made: 0,
    }
}

fn approval(subject: Digest, reason: ApprovalReason) -> Approval {
    Approval {
        step: "work".parse().unwrap(),
        reason,
        subject,
        given: None,
    }
}

#[test]
fn who_agreed_is_not_asked_again_about_the_same() {
    let subject = Digest::of(&"rm -r build");
    let tape = tape(subject, asked_by("policy.1 asks about shell", "call-1"));
    // The other model gives its call another name.
    let same = approval(subject, asked_by("policy.1 asks about shell", "call-7"));
    assert_eq!(tape.decision(&same), Some((true, None)));
    let other = approval(Digest::of(&"rm -r /"), same.reason);
    assert_eq!(tape.decision(&other), None);
}

#[test]
fn who_agreed_is_asked_again_for_another_reason() {
    let subject = Digest::of(&"rm -r build");
    let tape = tape(subject, asked_by("policy.1 asks about shell", "call-1"));
    for reason in [
        asked_by("it holds text that nobody here vouches for", "call-1"),
        ApprovalReason::Policy("policy.1 asks about shell".to_owned()),
        ApprovalReason::InDoubt("policy.1 asks about shell".to_owned()),
    ] {
        assert_eq!(tape.decision(&approval(subject, reason)), None);
    }
}
