use super::super::{Finding, Fix, Kind};
use super::super::{Severity, analyse};
use super::{compare, keys};

fn keys_of(path: &str, text: &str) -> Vec<String> {
    keys(&analyse(path, text).expect("it is analysed"))
}

#[test]
fn a_finding_that_moves_is_the_same() {
    let before = keys_of("a.js", "function f(x) { eval(x); }\n");
    let after = keys_of("a.js", "// a\n// b\n\nfunction f(x) { eval(x); }\n");
    assert_eq!(before.len(), 1);
    assert_eq!(before, after);
}

#[test]
fn a_copy_is_new_and_what_is_taken_out_is_gone() {
    let one = "function f(x) { eval(x); }\n";
    let before = keys_of("a.js", one);
    let after = keys_of("a.js", &format!("{one}{one}"));
    let delta = compare(&before, &after);
    assert_eq!((delta.new.len(), delta.gone.len()), (1, 0));
    let back = compare(&after, &before);
    assert_eq!((back.new.len(), back.gone.len()), (0, 1));
    assert_eq!(back.gone, delta.new);
}

#[test]
fn another_file_another_rule_or_other_code_is_another_finding() {
    let finding = |path: &str, rule: &str, excerpt: &str| Finding {
        rule: rule.to_owned(),
        kind: Kind::Other,
        severity: Severity::Low,
        cwe: 0,
        path: path.to_owned(),
        line: 1,
        column: 1,
        end_line: 1,
        message: String::new(),
        excerpt: excerpt.to_owned(),
        fix: Fix::Report {
            reason: String::new(),
        },
        suppressed: None,
        sources: Vec::new(),
    };
    let all = [
        finding("a", "r", "x = 1"),
        finding("b", "r", "x = 1"),
        finding("a", "s", "x = 1"),
        finding("a", "r", "x = 2"),
    ];
    let mut found = keys(&all);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), all.len());
    // White space is no difference.
    assert_eq!(keys(&all[..1]), keys(&[finding("a", "r", "  x  =\t1")]));
}

#[test]
fn nothing_and_nothing_are_alike() {
    assert_eq!(compare(&[], &[]), super::Delta::default());
}
