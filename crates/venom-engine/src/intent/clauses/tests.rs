use super::*;

/// Returns the finest cut as texts with what they wait for.
fn finest(goal: &str) -> Vec<(String, Vec<u16>)> {
    let cuts = cuts(goal);
    let cut = cuts.iter().max_by_key(|cut| cut.parts.len()).unwrap();
    cut.parts
        .iter()
        .map(|part| (part.text.clone(), part.after.clone()))
        .collect()
}

fn check(goal: &str, expected: &[(&str, &[u16])]) {
    let expected: Vec<(String, Vec<u16>)> = expected
        .iter()
        .map(|(text, after)| ((*text).to_owned(), after.to_vec()))
        .collect();
    assert_eq!(finest(goal), expected, "{goal}");
}

#[test]
fn order_follows_the_words() {
    check("run the tests", &[("run the tests", &[])]);
    check(
        "build it and run the tests, then commit the changes",
        &[
            ("build it", &[]),
            ("run the tests", &[]),
            ("commit the changes", &[1, 2]),
        ],
    );
    check(
        "run the tests before you commit",
        &[("run the tests", &[]), ("commit", &[1])],
    );
    check(
        "commit after running the tests",
        &[("commit", &[2]), ("running the tests", &[])],
    );
    check(
        "after building, run the tests",
        &[("building", &[]), ("run the tests", &[1])],
    );
    check(
        "before committing, run the tests",
        &[("committing", &[2]), ("run the tests", &[])],
    );
    check(
        "Build it. Test it.",
        &[("Build it", &[]), ("Test it", &[1])],
    );
}

#[test]
fn the_whole_goal_is_always_one_way_to_read_it() {
    let cuts = cuts("find all TODOs and write them to TODO.md");
    assert_eq!(cuts[0].parts.len(), 1);
    assert_eq!(cuts.len(), 2);
}

#[test]
fn quoted_words_are_not_cut() {
    check(
        "replace \"this and that, then more\" with `a, b`",
        &[("replace \"this and that, then more\" with `a, b`", &[])],
    );
}

#[test]
fn an_endless_goal_is_cut_only_so_often() {
    let goal = "a and ".repeat(5_000);
    assert_eq!(cuts(&goal).len(), 1 << JOINTS);
    assert_eq!(cuts("İ and ß then ").len(), 2, "lower case changes lengths");
}
