use super::*;

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
    judge(&Check::TestsNotWorse { than }, after, &|_| Some(before))
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
    let pass = |evidence: &[Evidence]| judge(&Check::TestsPass, evidence, &|_| None);
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
