use super::*;
use crate::plan::testing::step;

fn ruling(policy: &[(&str, &str, Ruling)], edit: impl Fn(&mut Step)) -> Ruling {
    let rules = policy.iter().map(|(skill, action, ruling)| Rule {
        skill: (*skill).to_owned(),
        action: (*action).to_owned(),
        ruling: ruling.clone(),
    });
    let mut step = step("a", 1, &[]);
    edit(&mut step);
    Policy::new(rules.collect()).rule(&step).ruling
}

#[test]
fn only_what_cannot_be_taken_back_or_leaves_the_machine_is_asked_for() {
    for class in [
        EffectClass::Pure,
        EffectClass::Idempotent,
        EffectClass::Reversible,
        EffectClass::Compensable,
        EffectClass::Rewriting,
    ] {
        assert_eq!(ruling(&[], |s| s.class = class), Ruling::Allow, "{class}");
    }
    assert_eq!(
        ruling(&[], |s| s.class = EffectClass::Irreversible),
        Ruling::Ask
    );
    assert_eq!(ruling(&[], |s| s.reach = Reach::Outbound), Ruling::Ask);
}

#[test]
fn what_runs_code_later_is_never_edited() {
    let is_protected =
        |path: &str| protected(&crate::change::RelPath::new(path).unwrap()).is_some();
    for path in [
        ".git/config",
        ".GIT/hooks/x",
        "sub/.git/config",
        ".venom/config.yaml",
        ".git",
    ] {
        assert!(is_protected(path), "{path}");
    }
    for path in [
        ".gitignore",
        "a/.venom/x",
        "git/config",
        ".github/workflows/x.yml",
    ] {
        assert!(!is_protected(path), "{path}");
    }
}

#[test]
fn a_deny_wins_wherever_it_stands() {
    let rules = [("*", "*", Ruling::Allow), ("test", "nothing", Ruling::Deny)];
    assert_eq!(ruling(&rules, |_| ()), Ruling::Deny);
    assert_eq!(ruling(&[("git", "*", Ruling::Deny)], |_| ()), Ruling::Allow);
    let rules = [("test", "*", Ruling::Ask), ("*", "*", Ruling::Allow)];
    assert_eq!(
        ruling(&rules, |_| ()),
        Ruling::Ask,
        "the first one that fits"
    );
}
