use super::*;

#[test]
fn ids_print_with_their_prefix_and_parse_back() {
    let run = RunId::new(1_700_000_000_000, 0x1234_5678_9abc_def0_1234);
    let text = run.to_string();
    assert!(text.starts_with("run_"), "{text}");
    assert_eq!(text.len(), 30);
    assert_eq!(text.parse::<RunId>(), Ok(run));
    assert_eq!(EffectId::new(7).to_string(), "eff_7");
    assert_eq!("eff_7".parse::<EffectId>(), Ok(EffectId::new(7)));
}

#[test]
fn ids_of_the_wrong_kind_are_refused() {
    for text in ["eff_1", "q_1", "appr_1", "run", "run-1", ""] {
        assert!(
            matches!(text.parse::<RunId>(), Err(IdError::WrongKind { .. })),
            "{text}"
        );
    }
    for text in [
        "run_",
        "run_1",
        "run_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "run_0000000000000000000000000u",
    ] {
        assert!(
            matches!(text.parse::<RunId>(), Err(IdError::Malformed { .. })),
            "{text}"
        );
    }
    for text in [
        "eff_",
        "eff_-1",
        "eff_+1",
        "eff_01",
        "eff_4294967296",
        "eff_1é",
    ] {
        assert!(
            matches!(text.parse::<EffectId>(), Err(IdError::Malformed { .. })),
            "{text}"
        );
    }
}

#[test]
fn younger_runs_sort_after_older_ones() {
    assert!(RunId::new(1, u128::MAX) < RunId::new(2, 0));
    assert!(RunId::new(1, 0).to_string() < RunId::new(2, 0).to_string());
}

#[test]
fn step_names_are_plain_words() {
    assert!("tests-before".parse::<StepId>().is_ok());
    assert!("2-fix".parse::<StepId>().is_ok());
    for text in ["", "-a", "A", "a b", "a/b", "a.b", "é", &"a".repeat(65)] {
        assert!(text.parse::<StepId>().is_err(), "{text}");
    }
}
