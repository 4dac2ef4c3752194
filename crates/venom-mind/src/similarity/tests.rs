use super::*;

fn ranked<'a>(query: &str, candidates: &[&'a str]) -> Vec<&'a str> {
    rank(query, candidates)
        .into_iter()
        .map(|(at, _)| candidates[at])
        .collect()
}

#[test]
fn distances_count_four_kinds_of_slips() {
    for (left, right, expected) in [
        ("", "", 0),
        ("test", "test", 0),
        ("test", "tset", 1),
        ("test", "tests", 1),
        ("test", "tst", 1),
        ("test", "text", 1),
        ("ca", "abc", 3),
        ("kitten", "sitting", 3),
        ("über", "uber", 1),
    ] {
        assert_eq!(
            damerau_levenshtein(left, right, 5),
            Some(expected),
            "{left} {right}"
        );
        assert_eq!(
            damerau_levenshtein(right, left, 5),
            Some(expected),
            "{right} {left}"
        );
    }
    assert_eq!(damerau_levenshtein("kitten", "sitting", 2), None);
    assert_eq!(damerau_levenshtein("a", "abcdef", 3), None);
    assert_eq!(damerau_levenshtein("a", "b", 0), None);
}

#[test]
fn jaro_winkler_agrees_with_published_values() {
    for (left, right, expected) in [
        ("MARTHA", "MARHTA", 0.9611),
        ("DIXON", "DICKSONX", 0.8133),
        ("DWAYNE", "DUANE", 0.84),
    ] {
        assert!(
            (jaro_winkler(left, right) - expected).abs() < 1e-4,
            "{left} {right}"
        );
    }
    assert!((jaro_winkler("", "") - 1.0).abs() < 1e-9);
    assert!(jaro_winkler("", "x").abs() < 1e-9);
}

#[test]
fn words_of_a_user_find_directories() {
    let directories = [
        "src",
        "src/auth",
        "src/billing",
        "src/auth/session",
        "tests",
        "docs/author-guide",
    ];
    assert_eq!(
        ranked("the auth module", &directories).first(),
        Some(&"src/auth")
    );
    assert_eq!(
        ranked("billing", &directories).first(),
        Some(&"src/billing")
    );
    assert_eq!(
        ranked("session directory", &directories).first(),
        Some(&"src/auth/session")
    );
    assert_eq!(ranked("src/auth", &directories).first(), Some(&"src/auth"));
    assert_eq!(
        ranked("authentication", &directories).first(),
        Some(&"src/auth")
    );
    assert_eq!(ranked("weather", &directories), [""; 0]);
}

#[test]
fn identifiers_are_compared_by_their_pieces() {
    let names = ["UserAuth", "OrderForm", "user_profile", "HTTPClient"];
    assert_eq!(ranked("user auth", &names).first(), Some(&"UserAuth"));
    assert_eq!(
        ranked("profile of the user", &names).first(),
        Some(&"user_profile")
    );
}

#[test]
fn suggestions_are_close_or_absent() {
    let commands = ["build", "commit", "replay", "replace"];
    assert_eq!(did_you_mean("comit", &commands, 2), ["commit"]);
    assert_eq!(did_you_mean("repalce", &commands, 1), ["replace"]);
    assert_eq!(did_you_mean("xylophone", &commands, 3), [""; 0]);
    assert_eq!(did_you_mean("", &commands, 3), [""; 0]);
}

#[test]
fn equal_scores_are_ordered_by_name() {
    assert_eq!(ranked("auth", &["b/auth", "a/auth"]), ["a/auth", "b/auth"]);
    assert_eq!(rank("auth", &["auth", "auth"]).len(), 2);
}

#[test]
fn scores_stay_between_nothing_and_one() {
    for query in [
        "a",
        "the",
        "auth module",
        "x/y/z",
        "{}",
        "\u{202e}abc",
        "ÄÖ",
    ] {
        for (_, score) in rank(
            query,
            &["a", "auth", "module", "the/auth", "äö", "x/y/z", "-"],
        ) {
            assert!(score > 0.0 && score <= 1.0, "{query}: {score}");
        }
    }
}
