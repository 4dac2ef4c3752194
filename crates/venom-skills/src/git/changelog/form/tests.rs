use std::collections::BTreeMap;

use super::{Form, Section};

fn entries(list: &[(Section, &str)]) -> BTreeMap<Section, Vec<String>> {
    let mut entries: BTreeMap<Section, Vec<String>> = BTreeMap::new();
    for (section, text) in list {
        entries
            .entry(*section)
            .or_default()
            .push((*text).to_owned());
    }
    entries
}

fn with(text: &str, version: Option<&str>, list: &[(Section, &str)]) -> String {
    Form::of(text).with(version, "2026-01-31", &entries(list))
}

const ONE: &[(Section, &str)] = &[(Section::Added, "A thing"), (Section::Fixed, "A sum")];

#[test]
fn a_new_file_is_in_the_usual_manner() {
    assert_eq!(
        with("", None, ONE),
        "# Changelog\n\nThe form is that of https://keepachangelog.com, and versions follow https://semver.org.\n\n## [Unreleased]\n\n### Added\n\n- A thing\n\n### Fixed\n\n- A sum\n"
    );
    assert_eq!(with("", None, &[]), "");
}

#[test]
fn what_waits_gets_more_under_its_own_titles() {
    let old = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- Old\n\n## [1.0.0] - 2025-01-01\n\n### Added\n\n- First\n";
    let new = with(old, None, ONE);
    assert_eq!(
        new,
        "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- Old\n- A sum\n\n### Added\n\n- A thing\n\n## [1.0.0] - 2025-01-01\n\n### Added\n\n- First\n"
    );
    assert!(Form::of(&new).knows("a thing."));
    assert_eq!(with(&new, None, &[]), new);
}

#[test]
fn what_waits_is_released_with_the_version() {
    let old = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Old\n\n## [1.0.0] - 2025-01-01\n\n- First\n\n[1.0.0]: https://example.org\n";
    assert_eq!(
        with(old, Some("v1.1.0"), &[(Section::Added, "New")]),
        "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-31\n\n### Added\n\n- Old\n- New\n\n## [1.0.0] - 2025-01-01\n\n- First\n\n[1.0.0]: https://example.org\n"
    );
}

#[test]
fn a_project_keeps_its_own_manner() {
    let stars = "# History\n\n# v1.0.0 (2025-01-01)\n\n* First\n* Second\n";
    assert_eq!(
        with(stars, Some("1.1.0"), ONE),
        "# History\n\n# v1.1.0 (2026-01-31)\n\n* A thing\n* A sum\n\n# v1.0.0 (2025-01-01)\n\n* First\n* Second\n"
    );
    let below = "History\n=======\n\n1.0.0 (2025-01-01)\n------------------\n\n- First\n";
    assert_eq!(
        with(below, Some("1.1.0"), ONE),
        "History\n=======\n\n1.1.0 (2026-01-31)\n------------------\n\n- A thing\n- A sum\n\n1.0.0 (2025-01-01)\n------------------\n\n- First\n"
    );
    let windows = "## 1.0.0\r\n\r\n- First\r\n";
    assert_eq!(
        with(windows, Some("1.1.0"), &[(Section::Added, "New")]),
        "## 1.1.0\r\n\r\n- New\r\n\r\n## 1.0.0\r\n\r\n- First\r\n"
    );
}

#[test]
fn a_version_that_is_there_gets_what_it_lacks() {
    let old = "## 1.1.0\n\n- A thing\n\n## 1.0.0\n\n- First\n";
    assert_eq!(
        with(old, Some("1.1.0"), &[(Section::Fixed, "A sum")]),
        "## 1.1.0\n\n- A thing\n- A sum\n\n## 1.0.0\n\n- First\n"
    );
    assert_eq!(with(old, Some("1.1.0"), &[]), old);
}

#[test]
fn odd_files_do_no_harm() {
    for text in [
        "x",
        "# \n",
        "##\n",
        "---\n===\n",
        "## [1.0.0\n",
        "## 1.0.0 - 20\n\n* é\n",
        "\n\n\n",
    ] {
        let new = with(text, Some("2.0.0"), ONE);
        assert!(new.contains("A thing"), "{text:?}: {new:?}");
    }
}
