use super::*;

fn at(path: &str) -> PathBuf {
    Path::new("/root").join(path)
}

fn tape(deeds: &[Deed]) -> Tape {
    let mut tape = Tape {
        root: PathBuf::from("/root"),
        operations: Vec::new(),
        names: BTreeMap::new(),
        files: 0,
        begun: 0,
        unknown: Vec::new(),
    };
    for deed in deeds {
        tape.note(deed);
    }
    assert_eq!(tape.unknown(), [] as [String; 0]);
    tape
}

fn open(path: &str) -> Deed {
    let (path, empties) = (at(path), false);
    Deed::Open { path, empties }
}

fn write_at(path: &str, offset: u64, text: &str) -> Deed {
    let (path, bytes) = (at(path), text.into());
    Deed::Write {
        path,
        offset,
        bytes,
    }
}

fn sync(path: &str) -> Deed {
    Deed::Sync { path: at(path) }
}

/// What is left of a file after everything on the tape.
fn left(deeds: &[Deed], luck: Luck, flushes: Flushes, path: &str) -> Option<String> {
    let tape = tape(deeds);
    let left = States::new(&tape).after(tape.len(), luck, flushes, &mut Seeded(1));
    left.file(path)
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[test]
fn what_was_flushed_with_its_name_stays_whatever_happens() {
    let deeds = [open("a"), write_at("a", 0, "one"), sync("a"), sync("")];
    for luck in LUCKS {
        let found = left(&deeds, luck, Flushes::Honoured, "a");
        assert_eq!(found.as_deref(), Some("one"), "{luck:?}");
    }
    assert_eq!(left(&deeds, Luck::Nothing, Flushes::Ignored, "a"), None);
    let found = left(&deeds, Luck::Everything, Flushes::Ignored, "a");
    assert_eq!(found.as_deref(), Some("one"));
}

#[test]
fn a_content_without_a_name_is_lost_and_a_name_without_a_content_is_empty() {
    let deeds = [open("a"), write_at("a", 0, "one"), sync("a")];
    assert_eq!(left(&deeds, Luck::Contents, Flushes::Honoured, "a"), None);
    let deeds = [open("a"), write_at("a", 0, "one"), sync("")];
    let found = left(&deeds, Luck::Names, Flushes::Honoured, "a");
    assert_eq!(found.as_deref(), Some(""));
}

#[test]
fn a_lost_folder_takes_its_files_with_it() {
    let deeds = [
        Deed::Folder { path: at("f") },
        open("f/a"),
        write_at("f/a", 0, "one"),
        sync("f/a"),
        sync("f"),
    ];
    assert_eq!(left(&deeds, Luck::Nothing, Flushes::Honoured, "f/a"), None);
    let mut deeds = deeds.to_vec();
    deeds.push(sync(""));
    let found = left(&deeds, Luck::Nothing, Flushes::Honoured, "f/a");
    assert_eq!(found.as_deref(), Some("one"));
}

#[test]
fn a_new_name_replaces_the_old_file_as_a_whole() {
    let deeds = [
        open("a"),
        write_at("a", 0, "old"),
        sync("a"),
        sync(""),
        open("b"),
        write_at("b", 0, "new"),
        sync("b"),
        Deed::Rename {
            from: at("b"),
            to: at("a"),
        },
    ];
    let found = left(&deeds, Luck::Nothing, Flushes::Honoured, "a");
    assert_eq!(found.as_deref(), Some("old"));
    let found = left(&deeds, Luck::Names, Flushes::Honoured, "a");
    assert_eq!(found.as_deref(), Some("new"));
}

#[test]
fn what_comes_after_the_flush_is_not_covered_by_it() {
    let deeds = [
        open("a"),
        sync(""),
        write_at("a", 0, "one"),
        sync("a"),
        write_at("a", 3, "two"),
    ];
    let found = left(&deeds, Luck::Nothing, Flushes::Honoured, "a");
    assert_eq!(found.as_deref(), Some("one"));
    // The power went before the flush was over.
    let tape = tape(&deeds);
    let states = States::new(&tape);
    let left = states.after(3, Luck::Nothing, Flushes::Honoured, &mut Seeded(1));
    assert_eq!(left.file("a"), Some(&b""[..]));
}
