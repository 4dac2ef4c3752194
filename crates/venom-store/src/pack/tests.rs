mod corruption;
mod crash;
mod faults;
mod model;
mod quick;
mod recorder;
mod sealed;

use std::path::Path;

use super::care::{Collect, Kept, Living};
use super::*;
use crate::keys::SHARED;

/// A folder that goes away with the test.
struct Home(tempfile::TempDir);

impl Home {
    /// In memory where the system offers that: thousands of these are made, and what a power loss
    /// would leave is computed and not tried.
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let dir = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir());
        Self(dir.unwrap())
    }

    fn blobs(&self) -> PathBuf {
        self.0.path().join("blobs")
    }

    fn open(&self) -> Packs {
        open(&self.blobs())
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let packs = std::fs::read_dir(self.blobs().join("packs")).unwrap();
        let mut files: Vec<_> = packs
            .map(|file| file.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(ending))
            .collect();
        files.sort();
        files
    }
}

/// Packs that are full after 20 KB, so that small tests have several.
const SMALL: u64 = 20_000;

fn open(blobs: &Path) -> Packs {
    Packs::on(Arc::new(RealDisk), blobs.to_owned(), None, SMALL)
}

/// Bytes that differ by number; some pack well, some do not, some are empty or long.
fn content(number: u64) -> Vec<u8> {
    let length = match number % 7 {
        0 => 10 + number % 40,
        1 | 2 => 300 + number % 900,
        3 | 4 => 2_000 + number % 3_000,
        _ => 100,
    };
    let length = usize::try_from(length).unwrap();
    let seed = format!("content {number} ");
    if number.is_multiple_of(2) {
        return seed.bytes().cycle().take(length).collect();
    }
    let mut bytes = vec![0; length];
    blake3::Hasher::new()
        .update(seed.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

/// These objects are needed and name no others.
struct Needed(Vec<BlobId>);

impl Living for Needed {
    fn roots(&self) -> Result<Vec<Kept>> {
        Ok(self.0.iter().cloned().map(Kept::Leaf).collect())
    }

    fn children(&self, _: &BlobId) -> Result<Vec<Kept>> {
        Ok(Vec::new())
    }
}

fn kind<T>(result: Result<T>) -> Option<FailureKind> {
    result.err().map(|failure| failure.kind)
}

fn stored(packs: &Packs, numbers: std::ops::Range<u64>) -> Vec<BlobId> {
    let ids = numbers
        .map(|number| packs.write(SHARED, &content(number)).unwrap())
        .collect();
    packs.sync().unwrap();
    ids
}

#[test]
fn several_packs_are_read_again_with_and_without_their_indexes() {
    let home = Home::new();
    let packs = home.open();
    let ids = stored(&packs, 0..100);
    drop(packs);
    assert!(home.files(".pack").len() > 2);
    assert_eq!(
        home.files(".index").len() + 1,
        home.files(".pack").len(),
        "each full pack has an index"
    );
    for is_bare in [false, true] {
        if is_bare {
            for index in home.files(".index") {
                std::fs::remove_file(index).unwrap();
            }
        }
        let packs = home.open();
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(packs.read(id).unwrap(), content(number));
            assert!(packs.holds(id).unwrap());
        }
        let checked = packs.check().unwrap();
        assert_eq!((checked.damage, checked.notes), (Vec::new(), Vec::new()));
        assert_eq!(checked.objects, 100);
    }
}

#[test]
fn the_same_bytes_are_stored_once_also_by_other_processes() {
    let home = Home::new();
    let (one, two) = (home.open(), home.open());
    stored(&one, 0..20);
    let bytes = one.usage().unwrap().pack_bytes;
    stored(&one, 0..20);
    stored(&two, 0..20);
    assert_eq!(one.usage().unwrap().pack_bytes, bytes);
    // What the other has not flushed yet is no help.
    one.write(SHARED, b"not flushed").unwrap();
    two.write(SHARED, b"not flushed").unwrap();
    two.sync().unwrap();
    assert!(one.usage().unwrap().pack_bytes > bytes);
    assert_eq!(one.usage().unwrap().packs, two.usage().unwrap().packs);
}

#[test]
fn one_sees_what_the_other_stores_later() {
    let home = Home::new();
    let (one, two) = (home.open(), home.open());
    let first = stored(&one, 0..3);
    assert_eq!(two.read(&first[0]).unwrap(), content(0));
    for number in 3..40 {
        let id = one.write(SHARED, &content(number)).unwrap();
        assert_eq!(two.read(&id).unwrap(), content(number));
        let id = two.write(SHARED, &content(number + 100)).unwrap();
        assert!(one.holds(&id).unwrap());
    }
}

#[test]
fn an_unfinished_pack_is_taken_over_and_its_torn_end_cut() {
    let home = Home::new();
    let packs = home.open();
    let ids = stored(&packs, 0..5);
    drop(packs);
    let pack = home.files(".pack").remove(0);
    let length = std::fs::metadata(&pack).unwrap().len();
    let whole = std::fs::read(&pack).unwrap();
    for torn in [1, 63, 64, 200] {
        let mut bytes = whole.clone();
        bytes.extend_from_slice(&whole[1_024..1_024 + torn]);
        std::fs::write(&pack, &bytes).unwrap();
        let packs = home.open();
        let checked = packs.check().unwrap();
        assert!(checked.is_whole());
        assert_eq!(checked.notes.len(), 1, "{checked:?}");
        assert_eq!(packs.read(&ids[4]).unwrap(), content(4));
        packs.write(SHARED, b"behind it").unwrap();
        packs.sync().unwrap();
        let checked = packs.check().unwrap();
        assert!(checked.damage.is_empty() && checked.notes.is_empty());
        assert_eq!(home.files(".pack").len(), 1);
        drop(packs);
        std::fs::write(&pack, &whole).unwrap();
        assert_eq!(std::fs::metadata(&pack).unwrap().len(), length);
    }
}

#[test]
fn limits_are_kept() {
    let home = Home::new();
    let packs = home.open();
    packs.limit(Limits {
        bytes: Some(10_000),
        objects: None,
    });
    let mut numbers = 0..1_000;
    let failure = loop {
        let number = numbers.next().expect("there is a limit");
        if let Err(failure) = packs.write(SHARED, &content(number)) {
            break failure;
        }
    };
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("venom gc"));
    assert!(packs.usage().unwrap().pack_bytes <= 10_000);
    packs.limit(Limits {
        bytes: None,
        objects: Some(packs.usage().unwrap().objects),
    });
    assert_eq!(
        kind(packs.write(SHARED, b"one more")),
        Some(FailureKind::Refused)
    );
    packs
        .write(SHARED, &content(0))
        .expect("it is there already");
    packs.limit(Limits::default());
    packs.write(SHARED, b"one more").unwrap();
}

#[test]
fn a_collection_removes_what_is_dead_and_nothing_else() {
    let home = Home::new();
    let ids = stored(&home.open(), 0..200);
    let packs = home.open();
    let needed = Needed(ids.iter().step_by(3).cloned().collect());
    let before = packs.usage().unwrap();
    let counted = packs.collect(&needed, Collect::Count).unwrap();
    assert_eq!(packs.usage().unwrap(), before);
    let collected = packs.collect(&needed, Collect::Remove).unwrap();
    assert_eq!(counted, collected);
    assert_eq!(collected.live, 67);
    assert!(collected.removed > 100, "{collected:?}");
    let after = packs.usage().unwrap();
    // Heads of new packs are not what was dead.
    let freed = before.pack_bytes - after.pack_bytes;
    assert!(
        collected.freed_bytes.abs_diff(freed) <= 1_024 * 10,
        "{collected:?} {freed}"
    );
    for packs in [packs, home.open()] {
        for (number, id) in (0..).zip(&ids) {
            if number % 3 == 0 {
                assert_eq!(packs.read(id).unwrap(), content(number));
            }
        }
        let missing = ids.iter().filter(|id| packs.read(id).is_err()).count() as u64;
        assert_eq!(missing, collected.removed);
        assert!(packs.check().unwrap().is_whole());
    }
    let again = home.open().collect(&needed, Collect::Remove).unwrap();
    assert_eq!(again.removed, 0);
}

#[test]
fn many_small_packs_become_one() {
    let home = Home::new();
    let open = || Packs::on(Arc::new(RealDisk), home.blobs(), None, 1_000_000);
    // All at work at the same time, so that none takes over the pack of another.
    let writers: Vec<Packs> = (0..12).map(|_| open()).collect();
    let ids: Vec<BlobId> = (0..12)
        .zip(&writers)
        .flat_map(|(number, packs)| stored(packs, number..number + 1))
        .collect();
    drop(writers);
    let packs = open();
    assert_eq!(packs.usage().unwrap().packs, 12);
    packs
        .collect(&Needed(ids.clone()), Collect::Remove)
        .unwrap();
    assert_eq!(packs.usage().unwrap().packs, 1);
    for (number, id) in (0..).zip(&ids) {
        assert_eq!(packs.read(id).unwrap(), content(number));
    }
}

#[test]
fn what_running_processes_need_is_kept() {
    let home = Home::new();
    let ids = stored(&home.open(), 0..60);
    let (writer, asker, packs) = (home.open(), home.open(), home.open());
    assert_eq!(writer.write(SHARED, &content(1)).unwrap(), ids[1]);
    assert!(asker.holds(&ids[2]).unwrap());
    let new = writer.write(SHARED, b"not flushed yet").unwrap();
    let none = Needed(Vec::new());
    packs.collect(&none, Collect::Remove).unwrap();
    assert_eq!(writer.read(&ids[1]).unwrap(), content(1));
    assert_eq!(packs.read(&ids[2]).unwrap(), content(2));
    assert_eq!(packs.read(&new).unwrap(), b"not flushed yet");
    // Here nothing is said to be there that is not.
    assert_eq!(asker.holds(&ids[3]), packs.holds(&ids[3]));
    writer.sync().unwrap();
    drop((writer, asker));
    packs.settle().unwrap();
    let collected = packs.collect(&none, Collect::Remove).unwrap();
    assert_eq!(collected.busy, 0);
    for id in [&ids[1], &ids[2], &new] {
        assert_eq!(kind(home.open().read(id)), Some(FailureKind::Missing));
    }
}

#[test]
fn what_was_removed_is_stored_again_by_whoever_remembers_it() {
    let home = Home::new();
    let ids = stored(&home.open(), 0..60);
    let writer = home.open();
    assert_eq!(writer.read(&ids[5]).unwrap(), content(5));
    let none = Needed(Vec::new());
    home.open().collect(&none, Collect::Remove).unwrap();
    assert_eq!(writer.write(SHARED, &content(5)).unwrap(), ids[5]);
    writer.sync().unwrap();
    assert_eq!(home.open().read(&ids[5]).unwrap(), content(5));
}

#[test]
fn single_files_are_read_and_moved_by_a_collection() {
    let home = Home::new();
    let ids: Vec<BlobId> = (0..10)
        .map(|number| {
            let bytes = content(number);
            let id = name(&blake3::hash(&bytes).into());
            let path = loose::path(&home.blobs(), &id);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let packed = zstd::bulk::compress(&bytes, 3).unwrap();
            let stored = if number % 2 == 0 {
                [&[1], packed.as_slice()].concat()
            } else {
                [&[0], bytes.as_slice()].concat()
            };
            std::fs::write(path, stored).unwrap();
            id
        })
        .collect();
    let packs = home.open();
    for (number, id) in (0..).zip(&ids) {
        assert_eq!(packs.read(id).unwrap(), content(number));
        assert!(packs.holds(id).unwrap());
    }
    assert_eq!(packs.usage().unwrap().single_files, 10);
    assert_eq!(packs.check().unwrap().objects, 10);
    drop(packs);
    let packs = home.open();
    let needed = Needed(ids.iter().take(6).cloned().collect());
    let collected = packs.collect(&needed, Collect::Remove).unwrap();
    assert_eq!(collected.removed, 4);
    let usage = packs.usage().unwrap();
    assert_eq!((usage.single_files, usage.objects), (0, 6));
    for (number, id) in (0..).zip(&ids) {
        let expected = (number < 6).then(|| content(number));
        assert_eq!(packs.read(id).ok(), expected);
    }
}

#[test]
fn a_node_keeps_what_it_names() {
    struct Tree(BlobId, Vec<BlobId>);
    impl Living for Tree {
        fn roots(&self) -> Result<Vec<Kept>> {
            Ok(vec![Kept::Node(self.0.clone())])
        }
        fn children(&self, id: &BlobId) -> Result<Vec<Kept>> {
            if *id == self.0 {
                return Ok(self.1.iter().cloned().map(Kept::Leaf).collect());
            }
            Err(Failure::new(FailureKind::Missing, "no tree"))
        }
    }
    let home = Home::new();
    let ids = stored(&home.open(), 0..50);
    let tree = Tree(ids[0].clone(), ids[10..20].to_vec());
    let packs = home.open();
    packs.collect(&tree, Collect::Remove).unwrap();
    for id in &ids[10..20] {
        packs.read(id).unwrap();
    }
    // A failure ends it before anything is removed.
    let before = packs.usage().unwrap();
    let broken = Tree(ids[0].clone(), Vec::new());
    assert!(
        packs.holds(&ids[10]).unwrap(),
        "a claim is asked for its children"
    );
    assert_eq!(
        kind(packs.collect(&broken, Collect::Remove)),
        Some(FailureKind::Missing)
    );
    assert_eq!(packs.usage().unwrap(), before);
}

#[test]
fn threads_share_a_pack_and_its_flushes() {
    let home = Home::new();
    let packs = home.open();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let packs = &packs;
            scope.spawn(move || {
                for number in thread * 20..thread * 20 + 40 {
                    let id = packs.write(SHARED, &content(number)).unwrap();
                    packs.sync().unwrap();
                    assert_eq!(packs.read(&id).unwrap(), content(number));
                }
            });
        }
    });
    let checked = packs.check().unwrap();
    assert!(
        checked.damage.is_empty() && checked.notes.is_empty(),
        "{checked:?}"
    );
    assert_eq!(checked.objects, 180);
}

#[test]
fn a_collection_beside_threads_that_write_loses_nothing() {
    let home = Home::new();
    stored(&home.open(), 0..120);
    let none = Needed(Vec::new());
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for thread in 0..3 {
            let home = &home;
            threads.push(scope.spawn(move || {
                let packs = home.open();
                let mut ids = Vec::new();
                // Old ones and new ones: the old ones are being removed at this moment.
                for number in 0..160 {
                    ids.push(
                        packs
                            .write(SHARED, &content(number * (thread + 1)))
                            .unwrap(),
                    );
                    if number % 8 == 0 {
                        packs.sync().unwrap();
                    }
                }
                packs.sync().unwrap();
                for (number, id) in (0..).zip(&ids) {
                    assert_eq!(packs.read(id).unwrap(), content(number * (thread + 1)));
                }
            }));
        }
        let packs = home.open();
        while threads.iter().any(|thread| !thread.is_finished()) {
            packs.collect(&none, Collect::Remove).unwrap();
        }
    });
    assert!(home.open().check().unwrap().is_whole());
}

#[test]
fn a_thorough_collection_gives_back_all_that_is_dead() {
    let home = Home::new();
    let packs = home.open();
    let ids = stored(&packs, 0..60);
    packs.settle().unwrap();
    // Every third object is dead: no pack is more than half dead.
    let live: Vec<_> = ids
        .iter()
        .enumerate()
        .filter(|(place, _)| place % 3 != 0)
        .map(|(_, id)| id.clone())
        .collect();
    let needed = Needed(live.clone());
    let usual = packs.collect(&needed, Collect::Remove).unwrap();
    assert!(usual.dead_bytes > 0, "{usual:?}");
    let used = packs.usage().unwrap().pack_bytes;
    let counted = packs.collect(&needed, Collect::CountAll).unwrap();
    assert_eq!(packs.usage().unwrap().pack_bytes, used, "only counted");
    let thorough = packs.collect(&needed, Collect::RemoveAll).unwrap();
    assert_eq!(thorough.dead_bytes, 0);
    assert_eq!(thorough.freed_bytes, counted.freed_bytes);
    assert!(thorough.freed_bytes >= usual.dead_bytes);
    assert!(packs.usage().unwrap().pack_bytes <= used - usual.dead_bytes);
    for id in &live {
        packs.read(id).unwrap();
    }
}
