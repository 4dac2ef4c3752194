use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn the_stored_form_says_the_same() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(root.path().join("a/file"), "x").unwrap();
    fs::write(root.path().join(OsStr::from_bytes(b"odd\xff\n")), "").unwrap();
    symlink("a/file", root.path().join("link")).unwrap();
    fs::create_dir(root.path().join(STAGING)).unwrap();
    let baseline = Baseline::capture(root.path(), &Guards::default()).unwrap();
    assert_eq!(baseline.len(), 4);
    let again = Baseline::decode(&baseline.encode()).unwrap();
    assert_eq!(again.encode(), baseline.encode());
    assert_eq!(again.len(), 4);
    assert_eq!(
        Baseline::decode(&Baseline::default().encode()).unwrap(),
        Baseline::default()
    );
}

#[test]
fn a_damaged_form_is_refused_and_not_obeyed() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("file"), "x").unwrap();
    let bytes = Baseline::capture(root.path(), &Guards::default())
        .unwrap()
        .encode();
    for cut in 0..bytes.len() {
        // The form without an entry is whole as well.
        if cut != MAGIC.len() {
            assert!(Baseline::decode(&bytes[..cut]).is_err(), "{cut}");
        }
    }
    let mut long = MAGIC.to_vec();
    long.extend_from_slice(&[0xff; 4]);
    assert!(Baseline::decode(&long).is_err());
}

#[test]
fn a_second_change_with_the_same_times_is_seen() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("file");
    fs::write(&path, "one").unwrap();
    let baseline = Baseline::capture(root.path(), &Guards::default()).unwrap();
    let tree = Tree::open(root.path()).unwrap();
    let check = |content: &str, expected: bool| {
        fs::write(&path, content).unwrap();
        let node = baseline.node(Path::new("file")).unwrap().clone();
        let open = || Ok(fs::File::open(&path).unwrap());
        let found = baseline.is_unchanged(Path::new("file"), Some(&node), open);
        assert_eq!(found.unwrap(), expected, "{content}");
    };
    assert!(tree.node(Path::new("file")).unwrap().is_some());
    // Just written, so that it was digested; what the system says of it is taken as unchanged.
    check("two", false);
    check("one", true);
}

#[test]
fn too_much_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        fs::write(root.path().join(name), "x").unwrap();
    }
    let guards = Guards {
        entries: 2,
        ..Guards::default()
    };
    assert!(Baseline::capture(root.path(), &guards).is_err());
}
