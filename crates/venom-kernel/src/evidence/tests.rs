use super::*;
use crate::id::StepId;

fn suite_of(passed: u32, failing: &[&str], complete: bool) -> Vec<Evidence> {
    vec![Evidence::Tests(TestEvidence {
        runner: "unittest".into(),
        passed,
        failed: u32::try_from(failing.len()).unwrap(),
        complete,
        failing: failing.iter().map(ToString::to_string).collect(),
        ..TestEvidence::default()
    })]
}

fn not_run() -> Vec<Evidence> {
    vec![Evidence::NotRun {
        what: "tests".into(),
        why: "python3 is missing".into(),
        cure: None,
    }]
}

fn check(before: &[Evidence], after: &[Evidence]) -> Verdict {
    let than: StepId = "before".parse().unwrap();
    judge(&Check::tests_not_worse(than), after, &|_| Some(before))
}

#[test]
fn a_green_suite_that_stays_green_proves_a_change() {
    assert_eq!(
        check(&suite_of(47, &[], true), &suite_of(47, &[], true)),
        Verdict::Held
    );
    assert_eq!(
        check(&suite_of(47, &[], true), &suite_of(48, &[], true)),
        Verdict::Held
    );
}

#[test]
fn anything_that_fails_anew_breaks_it() {
    let green = suite_of(47, &[], true);
    assert!(matches!(
        check(&green, &suite_of(46, &["a"], true)),
        Verdict::Broken(_)
    ));
    assert!(matches!(
        check(&green, &suite_of(40, &[], true)),
        Verdict::Broken(_)
    ));
    assert!(matches!(
        check(&green, &suite_of(47, &[], false)),
        Verdict::Broken(_)
    ));
    assert!(matches!(check(&green, &not_run()), Verdict::Broken(_)));
    // One heals and another one breaks: the count is the same, the names are not.
    let broken = check(&suite_of(46, &["a"], true), &suite_of(46, &["b"], true));
    assert!(matches!(broken, Verdict::Broken(_)), "{broken:?}");
}

#[test]
fn a_suite_that_was_not_green_proves_nothing() {
    for before in [
        suite_of(46, &["a"], true),
        suite_of(0, &[], true),
        not_run(),
    ] {
        let verdict = check(&before, &before);
        assert!(matches!(verdict, Verdict::Unproven(_)), "{verdict:?}");
    }
}

#[test]
fn every_fixed_finding_must_be_gone() {
    let count = |n| vec![Evidence::Findings([("xss".to_owned(), n)].into())];
    let fixed = vec![Evidence::Fixes([("xss".to_owned(), 2)].into())];
    let gone = |after| {
        let check = Check::FindingsGone {
            found_by: "find".parse().unwrap(),
            fixed_by: "fix".parse().unwrap(),
        };
        let found = count(3);
        judge(&check, &count(after), &|step| {
            Some(if step.as_str() == "fix" {
                &fixed
            } else {
                &found
            })
            .map(|e| std::slice::from_ref(&e[0]))
            .map(|e| Box::leak(e.to_vec().into_boxed_slice()) as &[Evidence])
        })
    };
    assert_eq!(gone(1), Verdict::Held);
    assert!(matches!(gone(2), Verdict::Broken(_)));
}

#[test]
fn a_test_step_needs_tests_that_ran_and_passed() {
    let pass = |evidence: &[Evidence]| judge(&Check::TESTS_PASS, evidence, &|_| None);
    assert_eq!(pass(&suite_of(3, &[], true)), Verdict::Held);
    assert!(matches!(
        pass(&suite_of(3, &["x"], true)),
        Verdict::Broken(_)
    ));
    assert!(matches!(pass(&suite_of(3, &[], false)), Verdict::Broken(_)));
    assert!(matches!(
        pass(&suite_of(0, &[], true)),
        Verdict::Unproven(_)
    ));
    assert!(matches!(pass(&not_run()), Verdict::Unproven(_)));
}

#[test]
fn coverage_is_shown_with_one_digit() {
    let coverage = |covered, total| {
        Coverage {
            tool: String::new(),
            covered,
            total,
        }
        .to_string()
    };
    assert_eq!(coverage(89, 100), "89.0%");
    assert_eq!(coverage(2, 3), "66.7%");
    assert_eq!(coverage(0, 0), "0.0%");
    assert_eq!(coverage(u32::MAX, u32::MAX), "100.0%");
}

fn failing_suite(failing: &[&str]) -> Evidence {
    Evidence::Tests(TestEvidence {
        passed: 10 - u32::try_from(failing.len()).unwrap(),
        failed: u32::try_from(failing.len()).unwrap(),
        failing: failing.iter().map(|name| (*name).to_owned()).collect(),
        complete: true,
        selects: true,
        ..TestEvidence::default()
    })
}

fn rerun(passed: &[&str], failing: &[&str]) -> Evidence {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Evidence::Rerun {
        passed: owned(passed),
        failing: owned(failing),
    }
}

#[test]
fn a_flaky_test_breaks_nothing_unless_it_is_said_to() {
    let tolerant: Check =
        serde_json::from_value(serde_json::json!({"check": "tests-pass", "reruns": 2})).unwrap();
    let strict: Check = serde_json::from_value(
        serde_json::json!({"check": "tests-pass", "reruns": 2, "flaky": "fails"}),
    )
    .unwrap();
    let of = |_: &StepId| None;
    let first = [failing_suite(&["a", "b"])];
    assert_eq!(
        to_rerun(std::slice::from_ref(&tolerant), &first, &of),
        ["a", "b"]
    );
    let second = [failing_suite(&["a", "b"]), rerun(&["a"], &["b"])];
    assert_eq!(
        to_rerun(std::slice::from_ref(&tolerant), &second, &of),
        ["b"]
    );
    assert!(matches!(judge(&tolerant, &second, &of), Verdict::Broken(_)));
    let third = [
        failing_suite(&["a", "b"]),
        rerun(&["a"], &["b"]),
        rerun(&["b"], &[]),
    ];
    assert!(to_rerun(std::slice::from_ref(&tolerant), &third, &of).is_empty());
    assert_eq!(judge(&tolerant, &third, &of), Verdict::Held);
    assert!(matches!(judge(&strict, &third, &of), Verdict::Broken(_)));
    // Twice is as often as it was asked for.
    let twice = [
        failing_suite(&["a"]),
        rerun(&[], &["a"]),
        rerun(&[], &["a"]),
    ];
    assert!(to_rerun(&[tolerant], &twice, &of).is_empty());
    // A name that never failed proves nothing.
    let stranger = [failing_suite(&["a"]), rerun(&["x"], &[])];
    assert!(matches!(judge(&strict, &stranger, &of), Verdict::Broken(_)));
}

#[test]
fn only_tests_that_passed_before_run_again() {
    let check =
        Check::tests_not_worse("before".parse().unwrap()).filled(&str::to_owned, &StepId::clone);
    let before = [failing_suite(&["old"])];
    let of = |_: &StepId| Some(&before[..]);
    let after = [failing_suite(&["new", "old"])];
    assert_eq!(to_rerun(std::slice::from_ref(&check), &after, &of), ["new"]);
    let again = [failing_suite(&["new", "old"]), rerun(&["new"], &[])];
    assert!(matches!(judge(&check, &again, &of), Verdict::Unproven(_)));
    let comparison = compare(&again, Some(&before)).unwrap();
    assert_eq!(comparison.flaky, ["new"]);
    assert_eq!(comparison.still_failing, ["old"]);
    assert!(comparison.newly_failing.is_empty());
    let fixed = compare(&[failing_suite(&["other"])], Some(&before)).unwrap();
    assert_eq!(fixed.newly_passing, ["old"]);
    assert_eq!(fixed.newly_failing, ["other"]);
}

#[test]
fn what_cannot_be_selected_or_is_too_much_does_not_run_again() {
    let check = Check::TESTS_PASS.filled(&str::to_owned, &StepId::clone);
    let of = |_: &StepId| None;
    let mut blind = failing_suite(&["a"]);
    if let Evidence::Tests(tests) = &mut blind {
        tests.selects = false;
    }
    assert!(to_rerun(std::slice::from_ref(&check), &[blind], &of).is_empty());
    let names: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
    let many = Evidence::Tests(TestEvidence {
        failed: 21,
        failing: names,
        complete: true,
        selects: true,
        ..TestEvidence::default()
    });
    assert!(to_rerun(&[check], &[many], &of).is_empty());
}

#[test]
fn a_build_counts_when_all_of_it_was_built() {
    let built = |own: &[Evidence]| judge(&Check::Built, own, &|_| None);
    let not_run = Evidence::NotRun {
        what: "build".into(),
        why: "no `go`".into(),
        cure: None,
    };
    assert_eq!(built(&[Evidence::Exit { code: Some(0) }]), Verdict::Held);
    assert!(matches!(
        built(&[not_run.clone(), Evidence::Exit { code: Some(0) }]),
        Verdict::Unproven(_)
    ));
    assert!(matches!(
        built(&[Evidence::Exit { code: Some(2) }, not_run]),
        Verdict::Broken(_)
    ));
    assert!(matches!(built(&[]), Verdict::Unproven(_)));
}

#[test]
fn a_linter_may_find_less_and_not_more() {
    let check = Check::LintNotWorse {
        than: "before".parse().unwrap(),
    };
    let lint = |keys: &[(&str, u32)], more: u32| {
        vec![Evidence::Lint {
            findings: keys
                .iter()
                .map(|(key, n)| ((*key).to_owned(), *n))
                .collect(),
            more,
        }]
    };
    let verdict = |after: Vec<Evidence>, before: Vec<Evidence>| {
        let before: &[Evidence] = &before;
        judge(&check, &after, &|_| Some(before))
    };
    assert_eq!(
        verdict(lint(&[("a", 1)], 0), lint(&[("a", 1), ("b", 1)], 0)),
        Verdict::Held
    );
    assert!(matches!(
        verdict(lint(&[("a", 2)], 0), lint(&[("a", 1)], 0)),
        Verdict::Broken(_)
    ));
    assert!(matches!(
        verdict(lint(&[("c", 1)], 0), lint(&[("a", 5)], 0)),
        Verdict::Broken(_)
    ));
    assert!(matches!(
        verdict(lint(&[("a", 1)], 0), lint(&[("a", 1)], 7)),
        Verdict::Unproven(_)
    ));
    assert!(matches!(
        verdict(lint(&[("a", 1)], 9), lint(&[("a", 1)], 0)),
        Verdict::Broken(_)
    ));
    assert!(matches!(
        verdict(vec![], lint(&[], 0)),
        Verdict::Unproven(_)
    ));
}
