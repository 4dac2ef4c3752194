use super::*;
use crate::scratch::Scratch;

fn files(entries: &[(&str, &str)]) -> Files {
    entries
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

#[test]
fn names_every_difference_with_its_line() {
    let kept = files(&[("same.md", "a\n"), ("cli.md", "a\nb\nc\n"), ("old.md", "x")]);
    let fresh = files(&[("same.md", "a\n"), ("cli.md", "a\nB\nc\n"), ("new.md", "y")]);
    assert_eq!(
        compare(&kept, &fresh),
        [
            "cli.md:2: differs",
            "new.md:1: is missing",
            "old.md:1: is no longer generated"
        ]
    );
    assert_eq!(compare(&fresh, &fresh), Vec::<String>::new());
}

#[test]
fn a_page_that_only_grew_differs_where_it_grew() {
    assert_eq!(first_different_line(b"a\nb\n", b"a\nb\nc\n"), 3);
}

#[test]
fn replacing_writes_changes_and_removes_what_is_gone() {
    let scratch = Scratch::new()
        .with("fresh/cli.md", "new")
        .with("fresh/man/venom.1", "page")
        .with("kept/cli.md", "old")
        .with("kept/gone.md", "old");
    let (fresh, kept) = (scratch.root().join("fresh"), scratch.root().join("kept"));
    replace(&fresh, &kept).unwrap();
    assert_eq!(
        read_folder(&kept).unwrap(),
        files(&[("cli.md", "new"), ("man/venom.1", "page")])
    );
}

#[test]
fn a_folder_that_does_not_exist_is_empty() {
    let scratch = Scratch::new();
    assert_eq!(
        read_folder(&scratch.root().join("nowhere")).unwrap(),
        Files::new()
    );
}

#[cfg(unix)]
#[test]
fn writes_what_the_binary_prints_and_writes() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new().with(
        "venom",
        "#!/bin/sh\ncase $1 in gen-docs|man) echo \"$1\" > \"$2/$1.md\";; *) echo \"$@\";; esac\n",
    );
    let venom = scratch.root().join("venom");
    std::fs::set_permissions(&venom, std::fs::Permissions::from_mode(0o755)).unwrap();
    let out = scratch.root().join("out");
    write_all(&venom, &out).unwrap();
    let written = read_folder(&out).unwrap();
    let names: Vec<&str> = written.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "completions/_venom",
            "completions/venom.bash",
            "completions/venom.fish",
            "config.schema.json",
            "gen-docs.md",
            "man/man.md",
        ]
    );
    assert_eq!(written["completions/_venom"], b"completions zsh\n");
}
