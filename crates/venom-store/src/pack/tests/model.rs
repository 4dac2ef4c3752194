//! Random stories against a map: writes, flushes, collections, ends with and without a torn tail.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Write(u64),
    /// The other process writes.
    Other(u64),
    Sync,
    Read(u64),
    Collect(u64),
    /// The process ends and another begins; what was not flushed is cut off after so many bytes.
    Crash(prop::sample::Index),
    Reopen,
    LoseIndexes,
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..60_u64;
    prop_oneof![
        8 => number.clone().prop_map(Step::Write),
        3 => number.clone().prop_map(Step::Other),
        3 => Just(Step::Sync),
        3 => number.prop_map(Step::Read),
        1 => (1..6_u64).prop_map(Step::Collect),
        2 => any::<prop::sample::Index>().prop_map(Step::Crash),
        1 => Just(Step::Reopen),
        1 => Just(Step::LoseIndexes),
    ]
}

/// What the story says.
#[derive(Default)]
struct Model {
    /// What must be there.
    durable: BTreeMap<u64, BlobId>,
    /// What was written and not flushed.
    fresh: BTreeMap<u64, BlobId>,
}

fn check(steps: &[Step]) {
    let home = Home::new();
    let mut packs = home.open();
    let mut other = home.open();
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Write(number) => {
                let id = packs.write(SHARED, &content(*number)).unwrap();
                if !model.durable.contains_key(number) {
                    model.fresh.insert(*number, id);
                }
            }
            Step::Other(number) => {
                let id = other.write(SHARED, &content(*number)).unwrap();
                other.sync().unwrap();
                model.fresh.remove(number);
                model.durable.insert(*number, id);
            }
            Step::Sync => {
                packs.sync().unwrap();
                model.durable.append(&mut model.fresh);
            }
            Step::Read(number) => {
                let id = packs.id_of(SHARED, &content(*number));
                let is_there =
                    model.durable.contains_key(number) || model.fresh.contains_key(number);
                match packs.read(&id) {
                    Ok(bytes) => assert_eq!(bytes, content(*number)),
                    Err(failure) => {
                        assert!(!is_there, "{number}: {failure}");
                        assert_eq!(failure.kind, FailureKind::Missing);
                    }
                }
            }
            Step::Collect(every) => {
                let needed = model
                    .durable
                    .iter()
                    .filter(|(number, _)| *number % every == 0);
                let needed = Needed(needed.map(|(_, id)| id.clone()).collect());
                packs.sync().unwrap();
                model.fresh.clear();
                packs.settle().unwrap();
                other.settle().unwrap();
                packs.collect(&needed, Collect::Remove).unwrap();
                model.durable.retain(|number, _| number % every == 0);
            }
            Step::Crash(place) => {
                let tails: Vec<(PathBuf, u64)> = home_tails(&packs);
                drop(packs);
                for (path, acked) in tails {
                    let size = std::fs::metadata(&path).unwrap().len();
                    let span = usize::try_from(size - acked).unwrap() + 1;
                    let keep = acked + place.index(span) as u64;
                    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
                    file.set_len(keep).unwrap();
                }
                packs = home.open();
                model.fresh.clear();
            }
            Step::Reopen => {
                drop(packs);
                drop(other);
                (packs, other) = (home.open(), home.open());
                model.fresh.clear();
            }
            Step::LoseIndexes => {
                if home.blobs().is_dir() {
                    home.files(".index")
                        .into_iter()
                        .for_each(|path| std::fs::remove_file(path).unwrap());
                }
            }
        }
    }
    for packs in [packs, home.open()] {
        for (number, id) in &model.durable {
            assert_eq!(packs.read(id).unwrap(), content(*number));
        }
        let checked = packs.check().unwrap();
        assert!(checked.is_whole(), "{checked:?}");
    }
}

/// The packs of a process and how much of each was flushed.
fn home_tails(packs: &Packs) -> Vec<(PathBuf, u64)> {
    let state = packs.state();
    state
        .own
        .keys()
        .filter_map(|number| state.catalogue.packs.get(number))
        .map(|pack| (packs.places.pack(pack.number), pack.acked))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_story_keeps_what_was_flushed(steps in prop::collection::vec(step(), 1..60)) {
        check(&steps);
    }
}
