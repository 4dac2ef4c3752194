use super::Section;

fn of(subject: &str) -> Option<(Section, String)> {
    Section::of(subject)
}

#[test]
fn conventional_subjects_are_sorted_by_their_type() {
    assert_eq!(
        of("feat(cart): add totals"),
        Some((Section::Added, "cart: Add totals".into()))
    );
    assert_eq!(
        of("fix: wrong sum"),
        Some((Section::Fixed, "Wrong sum".into()))
    );
    assert_eq!(
        of("fix(security): close it"),
        Some((Section::Security, "Close it".into()))
    );
    assert_eq!(
        of("chore!: drop Python 3.8"),
        Some((Section::Changed, "**Breaking:** Drop Python 3.8".into()))
    );
    assert_eq!(of("docs: say more"), None);
    assert_eq!(of("test: more"), None);
}

#[test]
fn plain_subjects_are_sorted_by_their_first_word() {
    assert_eq!(
        of("Add totals"),
        Some((Section::Added, "Add totals".into()))
    );
    assert_eq!(
        of("fixed the sum"),
        Some((Section::Fixed, "Fixed the sum".into()))
    );
    assert_eq!(
        of("Drop Python 3.8"),
        Some((Section::Removed, "Drop Python 3.8".into()))
    );
    assert_eq!(
        of("read_all is faster"),
        Some((Section::Changed, "read_all is faster".into()))
    );
    for nothing in [
        "Merge branch 'x'",
        "Release 1.2.0",
        "v1.2.0",
        "1.2.0",
        "Bump version",
    ] {
        assert_eq!(of(nothing), None, "{nothing}");
    }
}
