use super::*;

fn guards(goal: &str, path: &str) -> bool {
    guarded(goal).iter().any(|pattern| pattern == path)
}

#[test]
fn what_the_goal_names_is_open() {
    let both = |goal: &str| (guards(goal, "AGENTS.md"), guards(goal, ".github/workflows"));
    assert_eq!(both("add a test for the sign-up form"), (true, true));
    assert_eq!(
        both("write down in AGENTS.md how to run the tests"),
        (false, true)
    );
    assert_eq!(both("Add \"docs/CLAUDE.md\"."), (false, true));
    assert_eq!(both("let CI run the linter"), (true, false));
    assert_eq!(both("mend .github/workflows/test.yml"), (true, false));
    // A part of another word names nothing.
    assert_eq!(both("make the decision table precise"), (true, true));
}
