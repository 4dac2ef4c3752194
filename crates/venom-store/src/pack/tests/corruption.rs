//! Damage of every kind to every file: each is found, none makes anything panic, and what is read is
//! what was stored.

use super::quick::Quick;
use super::recorder::Seeded;
use super::*;

/// A small store with several packs, indexes, and an object that is stored twice.
fn good() -> (Home, Vec<BlobId>) {
    let home = Home::new();
    let packs = Packs::on(Arc::new(Quick), home.blobs(), None, 3_500);
    let mut ids = stored(&packs, 0..26);
    // The open pack has an index too, for a part of it.
    {
        let state = packs.state();
        for pack in state.catalogue.packs.values() {
            pack.write_index(&Quick, &packs.places).unwrap();
        }
    }
    ids.extend(stored(&packs, 26..30));
    (home, ids)
}

fn wound(bytes: &mut Vec<u8>, seeded: &mut Seeded) -> String {
    let length = bytes.len();
    match seeded.below(8) {
        0..=2 => {
            let (at, bit) = (seeded.below(length), seeded.below(8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        3 => {
            let to = seeded.below(length);
            bytes.truncate(to);
            format!("cut to {to}")
        }
        4 => {
            // Two stretches change places.
            let size = 1 + seeded.below(length / 3);
            let one = seeded.below(length / 2 - size.min(length / 2) + 1);
            let two =
                length / 2 + seeded.below(length - length / 2 - size.min(length - length / 2) + 1);
            let size = size.min(length - two).min(two - one);
            for place in 0..size {
                bytes.swap(one + place, two + place);
            }
            format!("{size} bytes at {one} and {two} swapped")
        }
        5 => {
            let from = seeded.below(length);
            let size = 1 + seeded.below((length - from).min(3_000));
            let copy = bytes[from..from + size].to_vec();
            let to = seeded.below(length + 1);
            bytes.splice(to..to, copy);
            format!("{size} bytes of {from} inserted at {to}")
        }
        6 => {
            let from = seeded.below(length);
            let size = 1 + seeded.below((length - from).min(3_000));
            bytes.drain(from..from + size);
            format!("{size} bytes at {from} taken out")
        }
        _ => {
            let at = seeded.below(length);
            let size = 1 + seeded.below((length - at).min(600));
            bytes[at..at + size].fill(0);
            format!("{size} bytes at {at} zeroed")
        }
    }
}

/// What stands in the folder of the packs.
fn all(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let files = home.files("").into_iter();
    files
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect()
}

fn put_back(home: &Home, files: &[(PathBuf, Vec<u8>)]) {
    for path in home.files("") {
        std::fs::remove_file(path).unwrap();
    }
    let _not_there = std::fs::remove_dir_all(home.blobs().join("aside"));
    for (path, bytes) in files {
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn ten_thousand_wounds_are_found() {
    let (home, ids) = good();
    let files = all(&home);
    let targets: Vec<&(PathBuf, Vec<u8>)> = files
        .iter()
        .filter(|(path, _)| {
            let path = path.to_string_lossy();
            path.ends_with(".pack") || path.ends_with(".index")
        })
        .collect();
    assert!(targets.len() >= 6, "{}", targets.len());
    let mut seeded = Seeded(20_261_122);
    let (mut damaged, mut noted, mut same) = (0, 0, 0);
    for case in 0..10_500 {
        let (path, good) = targets[seeded.below(targets.len())];
        let mut bytes = good.clone();
        let what = wound(&mut bytes, &mut seeded);
        if bytes == *good {
            same += 1;
            continue;
        }
        std::fs::write(path, &bytes).unwrap();
        let what = format!("case {case}: {what} in {}", path.display());
        let packs = Packs::on(Arc::new(Quick), home.blobs(), None, 3_500);
        let checked = packs.check().unwrap();
        let is_found = !checked.damage.is_empty() || !checked.notes.is_empty();
        assert!(is_found, "not found: {what}");
        let mut unread = 0;
        for (number, id) in (0..).zip(&ids) {
            match packs.read(id) {
                Ok(bytes) => assert_eq!(bytes, content(number), "{what}"),
                Err(failure) => {
                    assert_eq!(failure.kind, FailureKind::Corrupt, "{what}: {failure}");
                    unread += 1;
                }
            }
        }
        if checked.is_whole() {
            assert_eq!(unread, 0, "{what}: {checked:?}");
            noted += 1;
        } else {
            damaged += 1;
        }
        // Some are also mended: what can be read is read afterwards too, and nothing is thrown away.
        if case % 10 == 0 {
            let repaired = packs.repair().unwrap();
            assert!(repaired.busy.is_empty(), "{what}");
            let packs = Packs::on(Arc::new(Quick), home.blobs(), None, 3_500);
            let read = ids.iter().filter(|id| packs.read(id).is_ok()).count();
            assert!(read + unread >= ids.len(), "{what}: {repaired:?}");
            for id in ids.iter().filter(|id| packs.read(id).is_err()) {
                assert_eq!(kind(packs.read(id)), Some(FailureKind::Missing), "{what}");
                let id = Some(id.clone());
                let is_named = repaired
                    .lost
                    .iter()
                    .any(|flaw| flaw.id == id || flaw.id.is_none());
                assert!(
                    is_named || !repaired.aside.is_empty(),
                    "{what}: {repaired:?}"
                );
            }
            assert!(packs.check().unwrap().is_whole(), "{what}");
            // Storing it again heals what is lost.
            for (number, id) in (0..).zip(&ids) {
                assert_eq!(packs.write(SHARED, &content(number)).unwrap(), *id);
                assert_eq!(packs.read(id).unwrap(), content(number), "{what}");
            }
            drop(packs);
            put_back(&home, &files);
        } else {
            std::fs::write(path, good).unwrap();
        }
    }
    assert!(
        damaged + noted >= 10_000,
        "{damaged} damaged, {noted} noted, {same} unchanged"
    );
    assert!(
        damaged > 5_000 && noted > 500,
        "{damaged} damaged, {noted} noted"
    );
}

#[test]
fn lost_swapped_and_copied_files_are_found() {
    let (home, ids) = good();
    let files = all(&home);
    let packs = home.files(".pack");
    let indexes = home.files(".index");
    let open = || Packs::on(Arc::new(Quick), home.blobs(), None, 3_500);

    std::fs::remove_file(&packs[0]).unwrap();
    let checked = open().check().unwrap();
    assert!(
        checked
            .damage
            .iter()
            .any(|flaw| flaw.id.as_ref() == Some(&ids[0])),
        "{checked:?}"
    );
    let repaired = open().repair().unwrap();
    assert_eq!(repaired.aside.len(), 1);
    assert!(open().check().unwrap().is_whole());
    put_back(&home, &files);

    std::fs::copy(&packs[0], home.blobs().join("packs/00000077.pack")).unwrap();
    assert_eq!(open().check().unwrap().notes.len(), 1);
    put_back(&home, &files);

    for (one, two) in [(&packs[0], &packs[1]), (&indexes[0], &indexes[1])] {
        let (first, second) = (std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
        std::fs::write(one, second).unwrap();
        std::fs::write(two, first).unwrap();
        let packs = open();
        assert!(!packs.check().unwrap().notes.is_empty());
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(packs.read(id).unwrap(), content(number));
        }
        put_back(&home, &files);
    }
}

#[test]
fn a_repair_saves_what_its_content_proves() {
    let (home, ids) = good();
    let pack = &home.files(".pack")[0];
    let mut bytes = std::fs::read(pack).unwrap();
    // Every checksum of the pack depends on its identity, which is gone with the head.
    bytes[..40].fill(0);
    std::fs::write(pack, bytes).unwrap();
    for index in home.files(".index") {
        std::fs::remove_file(index).unwrap();
    }
    let packs = Packs::on(Arc::new(Quick), home.blobs(), None, 3_500);
    assert_eq!(kind(packs.read(&ids[0])), Some(FailureKind::Corrupt));
    let repaired = packs.repair().unwrap();
    assert!(
        repaired.saved > 0 && repaired.lost.is_empty(),
        "{repaired:?}"
    );
    for (number, id) in (0..).zip(&ids) {
        assert_eq!(packs.read(id).unwrap(), content(number));
    }
    assert_eq!(repaired.aside.len(), 1);
}

#[test]
fn what_a_repair_lost_is_counted_until_it_is_there_again() {
    let (home, ids) = good();
    let first = home.open();
    let lost = ids[0].clone();
    let content = first.read(&lost).unwrap();
    drop(first);
    let path = home.files("pack").into_iter().min().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = usize::try_from(format::HEAD).unwrap() + format::RECORD + 3;
    bytes[at] ^= 0x40;
    std::fs::write(&path, bytes).unwrap();
    let packs = home.open();
    assert!(!packs.check().unwrap().is_whole());
    let repaired = packs.repair().unwrap();
    assert_eq!(repaired.lost.len(), 1, "{:?}", repaired.lost);
    for packs in [&packs, &home.open()] {
        let checked = packs.check().unwrap();
        assert!(checked.is_whole(), "{:?}", checked.damage);
        assert_eq!(checked.missed, std::slice::from_ref(&lost));
    }
    assert_eq!(packs.write(SHARED, &content).unwrap(), lost);
    packs.sync().unwrap();
    assert_eq!(packs.check().unwrap().missed, []);
}
