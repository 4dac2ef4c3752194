use super::*;

fn named(part: &str) -> Option<Vec<String>> {
    let files = [
        "pay/__init__.py",
        "pay/payment.py",
        "pay/refund.py",
        "tests/test_payment.py",
        "tests/test_refund_late.py",
        "tests/deep/payment_test.py",
        "web/cart.ts",
        "web/cart.test.ts",
        "web/basket.mjs",
        "test/basket.spec.mjs",
        "src/shape.rs",
        "inner/area.go",
        "inner/area_test.go",
    ]
    .map(str::to_owned);
    named_after(&files, part)
}

#[test]
fn tests_are_found_by_what_they_are_named_after() {
    let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(
        named("pay/payment.py"),
        some(&["tests/test_payment.py", "tests/deep/payment_test.py"])
    );
    assert_eq!(named("web/cart.ts"), some(&["web/cart.test.ts"]));
    assert_eq!(named("web/basket.mjs"), some(&["test/basket.spec.mjs"]));
    // A name is whole, and what is no part of the customs has none.
    for nothing in ["pay/refund.py", "src/shape.rs", "inner/area.go", "pay"] {
        assert_eq!(named(nothing), None, "{nothing}");
    }
    // What has tests in it needs no others.
    for own in ["tests", "tests/test_payment.py", "inner", "web"] {
        assert_eq!(named(own), None, "{own}");
    }
}

#[test]
fn a_folder_of_modules_is_a_filter_for_cargo() {
    assert_eq!(cargo_words("src/shape.rs"), cargo_words("src/shape"));
    assert_eq!(cargo_words("src/shape"), Some(vec!["shape::".to_owned()]));
    assert_eq!(cargo_words("docs"), None);
}

#[test]
fn unittest_takes_one_file_of_a_folder() {
    let words = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let narrowed = |given: &str, parts: &[&str]| {
        let mut test = TestCommand {
            runner: Runner::Unittest,
            command: crate::test::detect::Command {
                argv: words(given),
                ..Default::default()
            },
        };
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let is_narrow = narrow_all(&mut test, &parts);
        (is_narrow, test.command.argv)
    };
    let all = "python3 -m unittest discover -v -s tests -t .";
    let one = words(&format!("{all} -p test_pay.py"));
    assert_eq!(narrowed(all, &["tests/test_pay.py"]), (true, one.clone()));
    let other = format!("{all} -p *_test.py");
    assert_eq!(narrowed(&other, &["tests/test_pay.py"]), (true, one));
    assert_eq!(narrowed(all, &["tests"]), (true, words(all)));
    assert!(!narrowed(all, &["tests/test_a.py", "tests/test_b.py"]).0);
}
