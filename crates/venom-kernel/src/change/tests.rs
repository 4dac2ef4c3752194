use super::*;

#[test]
fn paths_stay_inside_the_workspace() {
    assert_eq!(RelPath::new("./a//b/./c").unwrap().as_str(), "a/b/c");
    assert_eq!(RelPath::new("").unwrap(), RelPath::root());
    assert!(matches!(
        RelPath::new("/etc/passwd"),
        Err(RelPathError::Absolute(_))
    ));
    assert!(matches!(
        RelPath::new("a/../../b"),
        Err(RelPathError::Outside(_))
    ));
    assert!(matches!(
        RelPath::new("a\0b"),
        Err(RelPathError::Unusable(_))
    ));
    assert!(serde_json::from_str::<RelPath>("\"../x\"").is_err());
    assert_eq!(RelPath::new("a").unwrap().join("b/c").unwrap().name(), "c");
}

#[test]
fn reversing_twice_gives_the_same_change_set() {
    let blob = |c: char| BlobId::new(&c.to_string().repeat(64)).unwrap();
    let file = |c| {
        Some(FileState {
            blob: blob(c),
            mode: 0o644,
            entry: EntryState::File,
        })
    };
    let change = |path, before, after| Change {
        path: RelPath::new(path).unwrap(),
        before,
        after,
    };
    let set = ChangeSet::new(vec![
        change("b", file('a'), file('b')),
        change("a", None, file('c')),
        change("c", file('d'), None),
    ]);
    assert_eq!(set.changes()[0].path.as_str(), "a");
    assert_eq!(set.reversed().changes()[0].before, file('c'));
    assert_eq!(set.reversed().reversed(), set);
}
