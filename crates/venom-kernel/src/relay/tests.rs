use super::*;
use crate::confine::Confinement;
use crate::effect::{Done, Failure, FailureKind};
use crate::event::{RunOptions, WorkspaceInfo};
use crate::model::{Part, Price, Reply, Stop};
use crate::money::MicroUsd;
use crate::policy::Policy;

/// A call of `home/small` for a token.
pub(crate) fn relayed() -> Relayed {
    Relayed {
        started: RunStarted {
            goal: "chat: hello".to_owned(),
            workspace: WorkspaceInfo {
                root: "/data/server".to_owned(),
                copy_of: None,
            },
            options: RunOptions::default(),
            policy: Policy::default(),
            version: "0".to_owned(),
            confinement: Confinement::default(),
            digests: std::collections::BTreeMap::new(),
            texts: std::collections::BTreeMap::new(),
        },
        by: "token 12345678".to_owned(),
        wanted: "auto".to_owned(),
        selected: Selected {
            model: "home/small".parse().unwrap(),
            context: 8_192,
            max_output: 1_024,
            price: Price::FREE,
            because: "it is the only one".to_owned(),
            info: None,
            fallbacks: Vec::new(),
            routed: None,
        },
        asked: Digest::of_bytes(b"hello"),
        most: Amount {
            money: MicroUsd::new(500),
            tokens: 100,
        },
        within: Millis::from_secs(60),
    }
}

pub(crate) fn answered() -> EffectOutcome {
    let reply = Reply {
        parts: vec![Part::text("Hello.")],
        stop: Stop::End,
        usage: Usage::default(),
        model: "small".to_owned(),
        request_id: None,
    };
    EffectOutcome::Done(Done {
        reply: Some(Box::new(reply)),
        took: Millis::new(700),
        ..Done::default()
    })
}

pub(crate) fn took() -> Amount {
    Amount {
        money: MicroUsd::new(200),
        tokens: 30,
    }
}

fn folded(proposed: &[Proposed]) -> RunState {
    let mut state = RunState::default();
    for proposed in proposed {
        state.evolve(&proposed.event).unwrap();
    }
    state
}

#[test]
fn a_call_is_a_legal_run_whatever_becomes_of_it() {
    let failure = Failure::new(FailureKind::Unavailable, "nobody answers");
    for (outcome, ended) in [
        (answered(), Outcome::Succeeded),
        (EffectOutcome::Failed(failure), Outcome::Failed),
        (EffectOutcome::Stopped, Outcome::Cancelled),
    ] {
        let mut events = begin(relayed()).unwrap();
        let state = folded(&events);
        assert!(is_relayed(&state));
        assert_eq!(left_open(&state), Some(relayed().most));
        events.extend(end(state.seq(), outcome, took(), Usage::default(), "x").unwrap());
        let state = folded(&events);
        assert_eq!(state.outcome(), Some(&ended));
        assert_eq!(state.budget().spent(), took());
        assert_eq!(left_open(&state), None);
        for (index, proposed) in events.iter().enumerate() {
            let before = (index > 0).then(|| Seq::new(index as u64));
            assert_eq!(proposed.cause, before);
        }
    }
}

#[test]
fn who_asked_and_whom_is_read_from_the_step() {
    let state = folded(&begin(relayed()).unwrap());
    let step = &state.plan().steps[0];
    assert_eq!(asker_of(step), Some("token 12345678"));
    assert_eq!(model_of(step), Some("home/small".parse().unwrap()));
    let mut other = step.clone();
    "files".clone_into(&mut other.skill);
    assert_eq!((asker_of(&other), model_of(&other)), (None, None));
}
