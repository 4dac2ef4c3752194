use super::*;

fn check_plain(name: &str, expected: &str) {
    let found = plain(OsStr::new(name));
    assert_eq!(String::from_utf8_lossy(&found), expected, "{name:?}");
}

#[test]
fn what_passes_for_git_somewhere_is_git() {
    for name in [
        ".git",
        ".GIT",
        ".gIt. .",
        ".git ",
        ".g\u{200c}it",
        "\u{feff}.git",
        ".git\u{200d}",
        "git~1",
        "GIT~1",
        ".git::$INDEX_ALLOCATION",
        ".git\u{e0001}",
    ] {
        check_plain(name, ".git");
    }
}

#[test]
fn other_names_stay_apart() {
    check_plain(".gitignore", ".gitignore");
    check_plain("git", "git");
    check_plain(".git2", ".git2");
    check_plain("...", ".");
    check_plain(":x", ":x");
    check_plain("Straße", "straße");
    assert_eq!(plain(OsStr::from_bytes(b"\xffX")), b"\xffx");
}

fn check_shown(path: &[u8], expected: &str) {
    assert_eq!(shown(Path::new(OsStr::from_bytes(path))), expected);
}

#[test]
fn names_are_shown_without_harm() {
    check_shown(b"src/main.rs", "src/main.rs");
    check_shown(b"", ".");
    check_shown("a\nb\u{1b}[31m".as_bytes(), "a\\nb\\u{1b}[31m");
    check_shown("x\u{202e}gpj.exe".as_bytes(), "x\\u{202e}gpj.exe");
    check_shown(b"bad\xff\xc3(", "bad\\xff\\xc3(");
    check_shown(b"back\\slash", "back\\\\slash");
}

#[test]
fn long_names_are_cut() {
    let text = shown(Path::new(&"ä".repeat(5_000)));
    assert_eq!(text.chars().count(), MOST_SHOWN + 1);
    assert!(text.ends_with('…'));
    let noise = shown(Path::new(OsStr::from_bytes(&[0xff; 4_000])));
    assert!(
        noise.chars().count() <= 4 * MOST_SHOWN + 1,
        "{}",
        noise.len()
    );
}
