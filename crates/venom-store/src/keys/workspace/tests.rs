use venom_kernel::digest::BlobId;

use super::super::{Fate, Made, Protection, Sources, create, mend, rotate};
use super::*;
use crate::Store;
use crate::log::schema;
use crate::sqlite::connection::Durability;

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        create(&home.protection().sources, &Made::Random).unwrap();
        drop(connection::writer(&home.log(), Durability::Full, schema::MIGRATIONS).unwrap());
        home
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log.db")
    }

    fn protection(&self) -> Protection {
        Protection {
            mode: None,
            sources: Sources {
                folder: Some(self.dir.path().join("keys")),
                ..Sources::default()
            },
        }
    }

    /// What another process would have.
    fn keys(&self) -> ContentKeys {
        let vault = Vault::open(&self.log(), &self.protection()).unwrap();
        ContentKeys::new(Arc::new(vault), self.log())
    }

    /// Stores what is stored with the first event of a run.
    fn begun(&self, keys: &ContentKeys, number: u64) {
        let fresh = keys.vault.begin(run(number)).unwrap().unwrap();
        let connection = table::open(&self.log()).unwrap();
        Vault::keep(&connection, run(number), &fresh).unwrap();
        keys.vault
            .remember(run(number), super::super::RunKey::Sealed(fresh.key));
    }

    /// Changes the stored key of a workspace.
    fn damage(&self, number: u16, change: impl FnOnce(&mut Vec<u8>)) {
        let connection = table::open(&self.log()).unwrap();
        let mut rooms = rooms(&connection).unwrap().into_iter();
        let room = rooms.find(|room| room.number == number).unwrap();
        let mut wrapped = room.wrapped.unwrap();
        change(&mut wrapped);
        table::replace(&connection, WORKSPACE, &room.name, Some(&wrapped)).unwrap();
    }
}

fn run(number: u64) -> RunId {
    RunId::new(number, u128::from(number))
}

fn id(text: &str) -> BlobId {
    BlobId::new(blake3::hash(text.as_bytes()).to_hex().as_str()).unwrap()
}

fn to(path: &str) -> Belongs<'_> {
    Belongs::To(Path::new(path))
}

#[test]
fn what_one_workspace_stores_does_not_open_with_the_key_of_another() {
    let home = Home::new();
    let keys = home.keys();
    let one = keys.of(run(1), to("/one")).unwrap();
    let two = keys.of(run(2), to("/two")).unwrap();
    assert_eq!((one, two), (2, 3));
    let id = id("a file");
    let sealed = keys.get(one).unwrap().0.seal(&id, b"a file").unwrap();
    assert_eq!(
        keys.get(one).unwrap().0.open(&id, &sealed).unwrap(),
        b"a file"
    );
    for other in [SHARED, two] {
        let failure = keys.get(other).unwrap().0.open(&id, &sealed).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt);
        assert_ne!(keys.get(other).unwrap().1, keys.get(one).unwrap().1);
    }
    // Nobody learns from the rows which folders there are.
    let file = std::fs::read(home.log()).unwrap();
    let wal = std::fs::read(home.log().with_extension("db-wal")).unwrap_or_default();
    let has = |bytes: &[u8]| bytes.windows(4).any(|window| window == b"/one");
    assert!(!has(&file) && !has(&wal));
}

#[test]
fn a_workspace_has_one_key_in_all_processes_and_runs_keep_theirs() {
    let home = Home::new();
    let keys = home.keys();
    home.begun(&keys, 1);
    assert_eq!(keys.of(run(2), to("/one")).unwrap(), 2);
    home.begun(&keys, 2);
    let other = home.keys();
    assert_eq!(other.of(run(3), to("/one")).unwrap(), 2);
    assert_eq!(other.of(run(4), to("/two")).unwrap(), 3);
    // A run that began before workspaces had keys, and one that began with one.
    assert_eq!(other.of(run(1), Belongs::Known).unwrap(), SHARED);
    assert_eq!(other.of(run(2), Belongs::Known).unwrap(), 2);
    // A fork works in another folder, and names what the other run named.
    assert_eq!(other.of(run(5), Belongs::With(run(2))).unwrap(), 2);
    assert_eq!(other.of(run(6), Belongs::With(run(1))).unwrap(), SHARED);
    home.begun(&other, 5);
    home.begun(&other, 6);
    let third = home.keys();
    assert_eq!(third.of(run(5), Belongs::Known).unwrap(), 2);
    assert_eq!(third.of(run(6), Belongs::Known).unwrap(), SHARED);
    assert_eq!(third.names().unwrap().len(), 3);
}

#[test]
fn a_rotation_wraps_the_keys_of_workspaces_anew() {
    let home = Home::new();
    let keys = home.keys();
    keys.of(run(1), to("/one")).unwrap();
    home.begun(&keys, 1);
    let id = id("a file");
    let sealed = keys.get(2).unwrap().0.seal(&id, b"a file").unwrap();
    // Two that everything shares, the run's, the workspace's and the run's copy of it.
    let rotated = rotate(&home.log(), &keys.vault, &Made::Random).unwrap();
    assert_eq!(rotated.keys, 5);
    let keys = home.keys();
    assert_eq!(keys.of(run(1), Belongs::Known).unwrap(), 2);
    assert_eq!(
        keys.get(2).unwrap().0.open(&id, &sealed).unwrap(),
        b"a file"
    );
}

#[test]
fn a_key_of_a_workspace_that_is_damaged_is_mended_or_set_aside_and_hits_no_other() {
    let home = Home::new();
    let keys = home.keys();
    for (number, path) in [(1, "/one"), (2, "/two"), (3, "/three")] {
        keys.of(run(number), to(path)).unwrap();
        home.begun(&keys, number);
    }
    let id = id("a file");
    let sealed = keys.get(2).unwrap().0.seal(&id, b"a file").unwrap();
    home.damage(2, |wrapped| wrapped[40] ^= 0x10);
    home.damage(3, |wrapped| wrapped[20..30].fill(0));
    let keys = home.keys();
    assert_eq!(keys.get(2).unwrap_err().kind, FailureKind::Corrupt);
    assert_eq!(keys.get(3).unwrap_err().kind, FailureKind::Corrupt);
    assert!(keys.get(4).is_ok(), "others are not hit");
    let broken = keys.vault.broken(&home.log()).unwrap();
    let of: Vec<_> = broken.iter().map(|key| (key.workspace, key.fate)).collect();
    assert_eq!(of, [(Some(2), Fate::Broken), (Some(3), Fate::Broken)]);
    assert!(broken[0].words().contains("workspace 2 does not open"));

    let mended = mend(home.dir.path(), &home.protection()).unwrap();
    let of: Vec<_> = mended.iter().map(|key| (key.workspace, key.fate)).collect();
    assert_eq!(of, [(Some(2), Fate::Mended), (Some(3), Fate::SetAside)]);
    assert!(
        mend(home.dir.path(), &home.protection())
            .unwrap()
            .is_empty()
    );
    let keys = home.keys();
    assert_eq!(
        keys.get(2).unwrap().0.open(&id, &sealed).unwrap(),
        b"a file"
    );
    let failure = keys.get(3).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    // The next run there begins with a new one, under a number of its own.
    assert_eq!(keys.of(run(9), to("/two")).unwrap(), 5);
    assert!(rotate(&home.log(), &keys.vault, &Made::Random).is_ok());
}

/// Stores a file for a run of a workspace, as the engine does.
fn stored(store: &Store, number: u64, belongs: Belongs<'_>, bytes: &[u8]) -> BlobId {
    let contents = store.contents().unwrap();
    let (_, objects) = contents.of(run(number), belongs).unwrap();
    let id = objects.write(bytes).unwrap();
    objects.sync().unwrap();
    id
}

fn fates(home: &Home) -> Vec<(Option<u16>, Fate)> {
    let mended = mend(home.dir.path(), &home.protection()).unwrap();
    mended.iter().map(|key| (key.workspace, key.fate)).collect()
}

#[test]
fn a_damaged_key_of_a_workspace_comes_back_from_the_copy_that_opens_what_is_stored() {
    let home = Home::new();
    let keys = home.keys();
    for (number, path) in [(1, "/one"), (2, "/two"), (3, "/three")] {
        keys.of(run(number), to(path)).unwrap();
        home.begun(&keys, number);
    }
    let protection = home.protection();
    let store = Store::open_protected(home.dir.path(), &protection).unwrap();
    let one = stored(&store, 1, Belongs::Known, b"what the first workspace holds");
    let two = stored(
        &store,
        2,
        Belongs::Known,
        b"what the second workspace holds",
    );
    drop(store);
    for number in [2, 3, 4] {
        home.damage(number, |wrapped| wrapped[20..30].fill(0));
    }
    // The copies do not say whose they are: what is stored does, and of the third nothing is.
    assert_eq!(
        fates(&home),
        [
            (Some(2), Fate::Restored),
            (Some(3), Fate::Restored),
            (Some(4), Fate::SetAside)
        ]
    );
    assert!(fates(&home).is_empty());
    let store = Store::open_protected(home.dir.path(), &protection).unwrap();
    assert_eq!(
        store.objects().read(&one).unwrap(),
        b"what the first workspace holds"
    );
    assert_eq!(
        store.objects().read(&two).unwrap(),
        b"what the second workspace holds"
    );
    // Another run of a workspace goes on under the key that came back.
    assert_eq!(
        stored(&store, 9, to("/one"), b"what the first workspace holds"),
        one
    );
}

#[test]
fn a_key_that_was_set_aside_comes_back_when_a_copy_of_it_opens_again() {
    let home = Home::new();
    let keys = home.keys();
    keys.of(run(1), to("/one")).unwrap();
    home.begun(&keys, 1);
    let store = Store::open_protected(home.dir.path(), &home.protection()).unwrap();
    let id = stored(&store, 1, Belongs::Known, b"a file");
    drop(store);
    let connection = table::open(&home.log()).unwrap();
    let name = uid(run(1));
    let table::Row::Wrapped(copy) = table::get(&connection, FILES, &name).unwrap() else {
        panic!("the run holds a copy");
    };
    let mut damaged = copy.clone();
    damaged[20..30].fill(0);
    table::replace(&connection, FILES, &name, Some(&damaged)).unwrap();
    home.damage(2, |wrapped| wrapped[20..30].fill(0));
    let mended = fates(&home);
    assert!(mended.contains(&(Some(2), Fate::SetAside)), "{mended:?}");
    // The next run of the workspace begins under a new key.
    let other = home.keys();
    assert_eq!(other.of(run(2), to("/one")).unwrap(), 3);
    home.begun(&other, 2);
    // The rows of the first run come back from a copy of the folder.
    table::replace(&connection, FILES, &name, Some(&copy)).unwrap();
    drop(connection);
    assert_eq!(fates(&home), [(Some(2), Fate::Restored)]);
    let store = Store::open_protected(home.dir.path(), &home.protection()).unwrap();
    assert_eq!(store.objects().read(&id).unwrap(), b"a file");
    assert_eq!(home.keys().of(run(2), Belongs::Known).unwrap(), 3);
    assert!(home.keys().vault.broken(&home.log()).unwrap().is_empty());
}
