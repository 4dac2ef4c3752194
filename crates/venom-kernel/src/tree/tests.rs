use std::collections::BTreeMap;

use proptest::prelude::*;

use super::folder::FolderError;
use super::times::EntryTimes;
use super::*;

fn id(seed: u8) -> ObjectId {
    ObjectId::from_bytes([seed; 32])
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

fn file(seed: u8) -> Entry {
    Entry::File {
        blob: id(seed),
        size: 3,
        mode: 0o644,
    }
}

/// A store of folders; any hash will do.
#[derive(Default)]
struct Store(BTreeMap<ObjectId, Vec<u8>>);

impl Store {
    fn put(&mut self, folder: &Folder) -> ObjectId {
        let bytes = folder.encode();
        let id = ObjectId::from_bytes(*Digest::of_bytes(&bytes).as_bytes());
        self.0.insert(id, bytes);
        id
    }

    fn folder(&mut self, entries: Vec<(&str, Entry)>) -> Entry {
        let folder: Folder = entries.into_iter().map(|(n, e)| (name(n), e)).collect();
        Entry::Folder {
            tree: self.put(&folder),
            mode: 0o755,
            is_partial: folder.is_partial(),
        }
    }

    /// Lists what differs as text.
    fn diff(&self, before: Option<Entry>, after: Option<Entry>) -> Vec<(String, Nature)> {
        let root = |entry: Option<Entry>| entry.and_then(|entry| entry.tree());
        let mut load = |id: &ObjectId| self.0.get(id).map(|b| Folder::decode(b).unwrap()).ok_or(());
        let found = diff(root(before), root(after), &mut load).unwrap();
        found
            .iter()
            .map(|difference| (difference.path.to_string(), difference.nature()))
            .collect()
    }
}

fn said(expected: &[(&str, Nature)]) -> Vec<(String, Nature)> {
    expected
        .iter()
        .map(|(path, nature)| ((*path).to_owned(), *nature))
        .collect()
}

#[test]
fn only_what_differs_is_listed_a_folder_before_what_is_in_it() {
    let mut store = Store::default();
    let same = store.folder(vec![("deep", file(9))]);
    let inner = store.folder(vec![("x", file(1)), ("y", file(2))]);
    let before = store.folder(vec![
        ("a", file(1)),
        ("gone", inner),
        ("kind", file(4)),
        ("mode", file(5)),
        ("same", same),
    ]);
    let into_folder = store.folder(vec![("in", file(4))]);
    let after = store.folder(vec![
        ("a", file(2)),
        ("kind", into_folder),
        (
            "mode",
            Entry::File {
                blob: id(5),
                size: 3,
                mode: 0o755,
            },
        ),
        ("new", Entry::Link { target: id(7) }),
        ("same", same),
    ]);
    // The folder that is the same is never loaded.
    store.0.remove(&same.tree().unwrap());
    let expected = said(&[
        ("a", Nature::Content),
        ("gone", Nature::Removed),
        ("gone/x", Nature::Removed),
        ("gone/y", Nature::Removed),
        ("kind", Nature::Kind),
        ("kind/in", Nature::Added),
        ("mode", Nature::Mode),
        ("new", Nature::Added),
    ]);
    assert_eq!(store.diff(Some(before), Some(after)), expected);
    assert_eq!(store.diff(Some(after), Some(after)), []);
    assert_eq!(store.diff(None, None), []);
}

#[test]
fn a_folder_with_another_mode_is_listed_beside_its_contents() {
    let mut store = Store::default();
    let open = store.folder(vec![("x", file(1))]);
    let Entry::Folder { tree, .. } = store.folder(vec![("x", file(2))]) else {
        panic!("made above")
    };
    let closed = Entry::Folder {
        tree,
        mode: 0o700,
        is_partial: false,
    };
    let before = store.folder(vec![("d", open)]);
    let after = store.folder(vec![("d", closed)]);
    let expected = said(&[("d", Nature::Mode), ("d/x", Nature::Content)]);
    assert_eq!(store.diff(Some(before), Some(after)), expected);
}

#[test]
fn trees_deeper_than_any_file_system_are_refused_and_do_not_use_up_the_stack() {
    let mut store = Store::default();
    let mut at = store.folder(vec![("f", file(1))]);
    for _ in 0..=diff::DEEPEST {
        at = store.folder(vec![("d", at)]);
    }
    let mut load = |id: &ObjectId| Folder::decode(&store.0[id]);
    let refused = diff(None, at.tree(), &mut load);
    assert_eq!(refused, Err(diff::DiffError::TooDeep));
}

#[test]
fn a_folder_that_cannot_be_had_is_a_failure() {
    let mut load = |_: &ObjectId| Err("missing");
    let failed = diff(Some(id(1)), None, &mut load);
    assert_eq!(failed, Err(diff::DiffError::Load("missing")));
}

#[test]
fn what_is_missing_below_is_known_above() {
    let mut store = Store::default();
    let skip = |why| Entry::Skipped { why, size: 1 };
    let by_rule = store.folder(vec![
        ("pipe", skip(Skip::Special)),
        ("big", skip(Skip::TooBig)),
    ]);
    assert!(!by_rule.is_partial());
    let lacking = store.folder(vec![("secret", skip(Skip::Unreadable))]);
    let above = store.folder(vec![("d", lacking), ("e", by_rule)]);
    assert!(above.is_partial());
    let read = Folder::decode(&store.0[&above.tree().unwrap()]).unwrap();
    assert!(read.is_partial());
}

/// The bytes of a small folder, byte for byte: the form of version 1 never changes.
#[test]
fn the_form_is_the_one_that_is_documented() {
    let folder: Folder = [
        (name("b"), Entry::Link { target: id(2) }),
        (
            name("a"),
            Entry::File {
                blob: id(1),
                size: 258,
                mode: 0o755,
            },
        ),
        (
            name("c"),
            Entry::Skipped {
                why: Skip::Special,
                size: 0,
            },
        ),
    ]
    .into_iter()
    .collect();
    let mut expected = b"VTREE\x01\x01\x01a\xed\x01\x02\x01\0\0\0\0\0\0".to_vec();
    expected.extend([1; 32]);
    expected.extend(b"\x02\x01b");
    expected.extend([2; 32]);
    expected.extend(b"\x05\x01c\x03\0\0\0\0\0\0\0\0");
    assert_eq!(folder.encode(), expected);
    assert_eq!(Folder::new().encode(), b"VTREE\x01");
}

#[test]
fn bytes_that_are_no_folder_are_refused_with_the_reason() {
    let entry = |kind: u8, name: &[u8], rest: &[u8]| {
        let mut bytes = b"VTREE\x01".to_vec();
        bytes.push(kind);
        bytes.push(u8::try_from(name.len()).unwrap());
        bytes.extend(name);
        bytes.extend(rest);
        bytes
    };
    let link = [0; 32];
    let twice = [entry(2, b"a", &link), entry(2, b"a", &link)[6..].to_vec()].concat();
    let unordered = [entry(2, b"b", &link), entry(2, b"a", &link)[6..].to_vec()].concat();
    for (bytes, wanted) in [
        (b"".to_vec(), FolderError::Beginning),
        (b"VTREE\x02".to_vec(), FolderError::Beginning),
        (b"VTREE\x01\x01".to_vec(), FolderError::Short),
        (entry(2, b"a", &[0; 31]), FolderError::Short),
        (entry(9, b"a", &link), FolderError::Kind),
        (
            entry(5, b"a", &[99, 0, 0, 0, 0, 0, 0, 0, 0]),
            FolderError::Kind,
        ),
        (entry(3, b"a", &[0xff; 34]), FolderError::Mode),
        (
            entry(2, b"", &link),
            FolderError::Name(name::NameError::Reserved),
        ),
        (
            entry(2, b"..", &link),
            FolderError::Name(name::NameError::Reserved),
        ),
        (
            entry(2, b"a/b", &link),
            FolderError::Name(name::NameError::Forbidden),
        ),
        (
            entry(2, b"a\0", &link),
            FolderError::Name(name::NameError::Forbidden),
        ),
        (twice, FolderError::Order),
        (unordered, FolderError::Order),
    ] {
        assert_eq!(Folder::decode(&bytes), Err(wanted), "{bytes:?}");
    }
}

#[test]
fn paths_print_as_text_from_which_their_bytes_can_be_had_back() {
    for (bytes, text) in [
        (&b""[..], ""),
        (b"src/main.rs", "src/main.rs"),
        (b"a\\b", "a\\\\b"),
        (b"\xff\xfe/x", "\\xff\\xfe/x"),
        (b"line\nbreak\x1b[31m", "line\\x0abreak\\x1b[31m"),
        ("gr\u{fc}n".as_bytes(), "gr\u{fc}n"),
        ("\u{202e}gpj".as_bytes(), "\\xe2\\x80\\xaegpj"),
    ] {
        let path = TreePath::from_bytes(bytes).unwrap();
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse::<TreePath>().unwrap(), path);
    }
    for text in [
        "/a", "a//b", "a/../b", "a/", "\\", "\\q", "\\x0", "\\xZZ", "a\0",
    ] {
        assert!(text.parse::<TreePath>().is_err(), "{text}");
    }
    let path = TreePath::from_bytes(b"a/b/c").unwrap();
    assert_eq!(path.parent().unwrap().as_bytes(), b"a/b");
    assert_eq!(path.name(), b"c");
    assert!(path.is_within(&TreePath::from_bytes(b"a/b").unwrap()));
    assert!(!path.is_within(&TreePath::from_bytes(b"a/bb").unwrap()));
    assert!(!TreePath::from_bytes(b"a/bb").unwrap().is_within(&path));
}

fn any_name() -> impl Strategy<Value = Name> {
    prop::collection::vec(any::<u8>(), 1..12).prop_filter_map("no name", |b| Name::new(&b).ok())
}

fn any_id() -> impl Strategy<Value = ObjectId> {
    any::<[u8; 32]>().prop_map(ObjectId::from_bytes)
}

fn any_entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        (any_id(), any::<u64>(), 0..=Entry::MODE).prop_map(|(blob, size, mode)| Entry::File {
            blob,
            size,
            mode
        }),
        any_id().prop_map(|target| Entry::Link { target }),
        (any_id(), 0..=Entry::MODE, any::<bool>()).prop_map(|(tree, mode, is_partial)| {
            Entry::Folder {
                tree,
                mode,
                is_partial,
            }
        }),
        (0..5_usize, any::<u64>()).prop_map(|(why, size)| Entry::Skipped {
            why: [
                Skip::TooBig,
                Skip::Unreadable,
                Skip::Special,
                Skip::OtherFileSystem,
                Skip::TooMany
            ][why],
            size
        }),
    ]
}

fn any_folder() -> impl Strategy<Value = Folder> {
    prop::collection::vec((any_name(), any_entry()), 0..12).prop_map(|e| e.into_iter().collect())
}

proptest! {
    #[test]
    fn a_folder_reads_back_as_it_was_written(folder in any_folder()) {
        prop_assert_eq!(Folder::decode(&folder.encode()), Ok(folder));
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(
        folder in any_folder(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = folder.encode();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len() + 1).max(6));
        if let Ok(read) = Folder::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_folder_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Folder::decode(&bytes);
        let _ = Times::decode(&bytes);
    }

    #[test]
    fn times_read_back_as_they_were_written(
        entries in prop::collection::vec((any::<i64>(), 0..1_000_000_000_u32, prop::option::of(any_id())), 0..20)
    ) {
        let entries = entries.into_iter().map(|(seconds, nanos, inside)| EntryTimes {
            modified: Moment { seconds, nanos },
            inside,
        });
        let times = Times::new(entries.collect());
        prop_assert_eq!(Times::decode(&times.encode()), Ok(times));
    }

    #[test]
    fn any_path_of_names_reads_back(names in prop::collection::vec(any_name(), 0..5)) {
        let path = names.iter().fold(TreePath::root(), |path, name| path.join(name));
        prop_assert_eq!(path.to_string().parse::<TreePath>(), Ok(path.clone()));
        prop_assert!(!path.to_string().chars().any(char::is_control));
        let json = serde_json::to_string(&path).unwrap();
        prop_assert_eq!(serde_json::from_str::<TreePath>(&json).unwrap(), path);
    }
}
