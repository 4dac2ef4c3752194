use super::*;

#[test]
fn patterns_meet_when_one_file_could_fit_both() {
    for (one, two) in [
        ("a.py", "a.py"),
        ("src", "src/a.py"),
        ("src/", "src/a.py"),
        ("src/**", "src/a.py"),
        ("**", "anything"),
        ("", "anything"),
        ("src/a*", "src/ab"),
        ("./TODO.md", "TODO.md"),
        ("src/*.rs", "src/x/*.rs"),
    ] {
        assert!(
            patterns_meet(one, two) && patterns_meet(two, one),
            "{one} {two}"
        );
    }
    for (one, two) in [
        ("a.py", "b.py"),
        ("src", "srcs/a.py"),
        ("src/**", "doc/**"),
        ("TODO.md", "TODO"),
    ] {
        assert!(
            !patterns_meet(one, two) && !patterns_meet(two, one),
            "{one} {two}"
        );
    }
}
