use super::*;

#[test]
fn reads_the_conventional_form() {
    let subject = |kind, scope, breaking, what| {
        Some(Subject {
            kind,
            scope,
            breaking,
            what,
        })
    };
    assert_eq!(
        Subject::parse("feat: add x"),
        subject("feat", None, false, "add x")
    );
    assert_eq!(
        Subject::parse("fix(cart)!: y: z"),
        subject("fix", Some("cart"), true, "y: z")
    );
    for no in [
        "Add x",
        "note: this",
        "feat:x",
        "feat(): x",
        "feat: ",
        "fix(a: b",
    ] {
        assert_eq!(Subject::parse(no), None, "{no}");
    }
}

#[test]
fn most_must_be_conventional() {
    assert!(is_conventional([
        "feat: a",
        "fix: b",
        "Plain",
        "Merge branch 'x'"
    ]));
    assert!(!is_conventional(["feat: a", "Plain"]));
    assert!(!is_conventional([]));
}
