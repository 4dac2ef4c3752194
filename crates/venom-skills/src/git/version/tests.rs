use super::{Part, Version, judge};

fn next(tag: &str, part: Part) -> String {
    Version::parse(tag).unwrap().next(part).to_string()
}

#[test]
fn the_next_version_keeps_the_manner_of_the_tag() {
    assert_eq!(next("v1.2.3", Part::Patch), "v1.2.4");
    assert_eq!(next("1.2.3", Part::Minor), "1.3.0");
    assert_eq!(next("app-1.2.3", Part::Major), "app-2.0.0");
    assert_eq!(next("pkg/v1.9.9", Part::Patch), "pkg/v1.9.10");
    assert_eq!(next("v2.0.0-rc.1", Part::Patch), "v2.0.0");
    assert_eq!(next("v1.0.0+build5", Part::Patch), "v1.0.1");
}

#[test]
fn before_the_first_release_everything_counts_one_less() {
    assert_eq!(next("v0.3.1", Part::Major), "v0.4.0");
    assert_eq!(next("v0.3.1", Part::Minor), "v0.3.2");
    assert_eq!(next("v0.0.7", Part::Minor), "v0.1.0");
}

#[test]
fn what_is_no_version_is_none() {
    for tag in [
        "release",
        "v1",
        "v1.2",
        "1.2.3.4",
        "x9",
        "1.2.x",
        "99999999999999999999.0.0",
        "",
    ] {
        assert_eq!(Version::parse(tag), None, "{tag}");
    }
    assert!(Version::parse("v1.0.0-beta").unwrap().is_early());
}

#[test]
fn messages_say_which_number_grows() {
    let part = |messages: &[&str]| judge(messages).0;
    assert_eq!(part(&["fix: a", "docs: b"]), Part::Patch);
    assert_eq!(part(&["fix: a", "feat(x): b"]), Part::Minor);
    assert_eq!(part(&["feat!: a"]), Part::Major);
    assert_eq!(part(&["fix: a\n\nBREAKING CHANGE: b"]), Part::Major);
    assert_eq!(part(&["Repair", "Add BREAKING CHANGE: x"]), Part::Patch);
}
