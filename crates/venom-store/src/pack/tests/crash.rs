//! Power losses at every point of writing, filling, taking over and collecting: nothing that was
//! acknowledged is lost, and no damage goes unnoticed.

use super::quick::Quick;
use super::recorder::{Luck, Operation, Recorder, Seeded, crash, promised};
use super::*;

/// Everything that changes files, on a disk that is recorded.
fn recorded() -> (Home, Vec<Operation>) {
    let home = Home::new();
    let recorder = Recorder::default();
    let open = || Packs::on(Arc::new(recorder.clone()), home.blobs(), None, 4_000);
    let write = |packs: &Packs, numbers: &[u64]| {
        for number in numbers {
            packs.write(SHARED, &content(*number)).unwrap();
        }
        packs.sync().unwrap();
        recorder.note(Operation::Acknowledged(numbers.to_vec()));
    };
    let packs = open();
    for first in (0..24).step_by(3) {
        write(&packs, &[first, first + 1, first + 2]);
    }
    // Not flushed when the process ends: the next one takes the pack over.
    packs.write(SHARED, &content(90)).unwrap();
    drop(packs);
    let (packs, other) = (open(), open());
    packs.write(SHARED, &content(29)).unwrap();
    // This one claims old objects, also one that was flushed by being taken over, and writes to a
    // pack of its own.
    write(&other, &[90, 1, 4, 40]);
    write(&packs, &[29, 30, 31]);
    let dead: Vec<u64> = (0..24)
        .filter(|number| number % 4 != 0 && *number != 1)
        .collect();
    recorder.note(Operation::Doomed(dead.clone()));
    let needed = (0..24)
        .chain([29, 30, 31, 40, 90])
        .filter(|number| !dead.contains(number));
    let needed = Needed(
        needed
            .map(|number| packs.id_of(SHARED, &content(number)))
            .collect(),
    );
    packs.settle().unwrap();
    let collected = packs.collect(&needed, Collect::Remove).unwrap();
    assert!(
        collected.packs > 1 && collected.missing_count == 0,
        "{collected:?}"
    );
    write(&packs, &[50, 51]);
    write(&other, &[52, 2, 3]);
    let operations = recorder.tape().operations.clone();
    (home, operations)
}

/// Starts again on what a power loss has left; says what is wrong with it.
fn restarted(
    from: &Path,
    operations: &[Operation],
    files: &BTreeMap<PathBuf, Vec<u8>>,
) -> std::result::Result<(), String> {
    let home = Home::new();
    std::fs::create_dir_all(home.blobs().join("packs")).unwrap();
    for (path, bytes) in files {
        let path = home.blobs().join(path.strip_prefix(from).unwrap());
        std::fs::write(path, bytes).unwrap();
    }
    let open = || Packs::on(Arc::new(Quick), home.blobs(), None, 4_000);
    let packs = open();
    let checked = packs.check().map_err(|failure| failure.message)?;
    if !checked.is_whole() {
        return Err(format!("{:?}", checked.damage));
    }
    let read = |packs: &Packs| {
        for number in promised(operations) {
            let bytes = packs.read(&packs.id_of(SHARED, &content(number)));
            match bytes {
                Ok(bytes) if bytes == content(number) => {}
                other => return Err(format!("{number}: {:?}", other.map(|bytes| bytes.len()))),
            }
        }
        Ok(())
    };
    read(&packs)?;
    // Work goes on, and what was there is not harmed by it.
    for number in [1, 30, 60, 61] {
        packs
            .write(SHARED, &content(number))
            .map_err(|failure| failure.message)?;
    }
    packs.sync().map_err(|failure| failure.message)?;
    packs.settle().map_err(|failure| failure.message)?;
    let needed: Vec<BlobId> = promised(operations)
        .into_iter()
        .map(|number| packs.id_of(SHARED, &content(number)))
        .collect();
    packs
        .collect(&Needed(needed), Collect::Remove)
        .map_err(|failure| failure.message)?;
    drop(packs);
    let packs = open();
    read(&packs)?;
    match packs.check() {
        Ok(checked) if checked.is_whole() => Ok(()),
        other => Err(format!("afterwards: {other:?}")),
    }
}

const LUCKS: [Luck; 5] = [
    Luck::Nothing,
    Luck::Everything,
    Luck::NamesFirst,
    Luck::ContentsFirst,
    Luck::Chance,
];

#[test]
fn no_power_loss_takes_what_was_acknowledged() {
    let (home, operations) = recorded();
    let mut seeded = Seeded(512);
    let mut states = 0;
    let mut bad = Vec::new();
    for end in 0..=operations.len() {
        let done = &operations[..end];
        for luck in LUCKS {
            for _ in 0..if luck == Luck::Chance { 3 } else { 1 } {
                let files = crash(done, luck, true, &mut seeded);
                states += 1;
                if let Err(what) = restarted(&home.blobs(), done, &files) {
                    bad.push(format!("after {end} ({:?}), {luck:?}: {what}", done.last()));
                }
            }
        }
    }
    assert!(states >= 1_000, "{states}");
    assert!(
        bad.is_empty(),
        "{} of {states}: {:#?}",
        bad.len(),
        &bad[..bad.len().min(3)]
    );
}

#[test]
fn without_flushes_the_same_states_lose_much() {
    let (home, operations) = recorded();
    let mut seeded = Seeded(512);
    let mut bad = 0;
    for end in (0..=operations.len()).step_by(8) {
        let done = &operations[..end];
        let files = crash(done, Luck::Chance, false, &mut seeded);
        bad += usize::from(restarted(&home.blobs(), done, &files).is_err());
    }
    assert!(bad > 10, "a test that cannot fail says nothing: {bad}");
}
