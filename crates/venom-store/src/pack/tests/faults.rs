//! Every call to the disk fails once, with every error: nothing that was acknowledged is lost,
//! nothing panics, and work goes on when the disk is well again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::super::disk::Missing;
use super::quick::Quick;
use super::*;

/// The real disk, of which one call fails.
#[derive(Debug)]
struct Faulty {
    calls: Arc<Calls>,
}

#[derive(Debug)]
struct Calls {
    /// Calls until one fails; negative afterwards.
    left: AtomicI64,
    made: AtomicU64,
    error: io::ErrorKind,
    /// How many calls in a row fail.
    lasting: i64,
}

impl Calls {
    fn pass(&self) -> io::Result<()> {
        self.made.fetch_add(1, Ordering::Relaxed);
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        if left <= 0 && left > -self.lasting {
            return Err(self.error.into());
        }
        Ok(())
    }
}

impl Disk for Faulty {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.calls.pass()?;
        RealDisk.create_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Handle>> {
        self.calls.pass()?;
        Ok(self.wrap(RealDisk.create(path)?))
    }
    fn open(&self, path: &Path, missing: Missing) -> io::Result<Arc<dyn Handle>> {
        self.calls.pass()?;
        Ok(self.wrap(RealDisk.open(path, missing)?))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.calls.pass()?;
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.calls.pass()?;
        RealDisk.remove(path)
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.calls.pass()
    }
    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.calls.pass()?;
        RealDisk.list(path)
    }
}

impl Faulty {
    fn wrap(&self, file: Arc<dyn Handle>) -> Arc<dyn Handle> {
        Arc::new(FaultyFile {
            calls: Arc::clone(&self.calls),
            file,
        })
    }
}

#[derive(Debug)]
struct FaultyFile {
    calls: Arc<Calls>,
    file: Arc<dyn Handle>,
}

impl Handle for FaultyFile {
    fn size(&self) -> io::Result<u64> {
        self.calls.pass()?;
        self.file.size()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls.pass()?;
        self.file.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.calls.pass() {
            // A disk that is full has taken a part. What overwrites a part of one sector, such as a
            // mark, is there or is not.
            if offset >= self.file.size()? {
                self.file.write_at(offset, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        self.file.write_at(offset, bytes)
    }
    fn cut(&self, size: u64) -> io::Result<()> {
        self.calls.pass()?;
        self.file.cut(size)
    }
    fn sync(&self) -> io::Result<()> {
        self.calls.pass()
    }
    fn try_lock(&self) -> io::Result<bool> {
        self.calls.pass()?;
        self.file.try_lock()
    }
    fn lock(&self) -> io::Result<()> {
        self.calls.pass()?;
        self.file.lock()
    }
    fn lock_shared(&self) -> io::Result<()> {
        self.calls.pass()?;
        self.file.lock_shared()
    }
    fn unlock(&self) -> io::Result<()> {
        // Closing the file unlocks too, so a failure of this call alone is not to be had.
        self.file.unlock()
    }
}

/// Stores, collects, repairs; remembers what was acknowledged and is needed.
fn story(packs: &Packs, old: &[BlobId], acknowledged: &mut BTreeMap<u64, BlobId>) -> u32 {
    let mut failures = 0;
    for round in 0..4 {
        let mut fresh = BTreeMap::new();
        for number in round * 8..round * 8 + 10 {
            match packs.write(SHARED, &content(number)) {
                Ok(id) => {
                    fresh.insert(number, id);
                }
                Err(failure) => {
                    assert!(!failure.message.is_empty());
                    failures += 1;
                }
            }
        }
        match packs.sync() {
            Ok(()) => acknowledged.append(&mut fresh),
            Err(_) => failures += 1,
        }
    }
    let needed = Needed(old.iter().chain(acknowledged.values()).cloned().collect());
    failures += u32::from(packs.settle().is_err());
    failures += u32::from(packs.collect(&needed, Collect::Remove).is_err());
    for number in 100..104 {
        match packs
            .write(SHARED, &content(number))
            .and_then(|id| packs.sync().map(|()| id))
        {
            Ok(id) => {
                acknowledged.insert(number, id);
            }
            Err(_) => failures += 1,
        }
    }
    failures
}

/// Runs the story with the call of this number failing; returns how many calls there were.
fn run(call: i64, error: io::ErrorKind, lasting: i64) -> u64 {
    let home = Home::new();
    let quick = || Packs::on(Arc::new(Quick), home.blobs(), None, SMALL);
    // Something is there already: live and dead, and an end that was torn.
    let all = stored(&quick(), 200..240);
    let old: Vec<BlobId> = all.iter().step_by(4).cloned().collect();
    if let Some(path) = home.files(".pack").last() {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&[0xb1; 70]).unwrap();
    }
    let calls = Arc::new(Calls {
        left: AtomicI64::new(call),
        made: AtomicU64::new(0),
        error,
        lasting,
    });
    let disk = Arc::new(Faulty {
        calls: Arc::clone(&calls),
    });
    let packs = Packs::on(disk, home.blobs(), None, SMALL);
    let mut acknowledged = BTreeMap::new();
    let failures = story(&packs, &old, &mut acknowledged);
    // The disk is well again, in the same process and in the next.
    calls.left.store(i64::MAX, Ordering::Relaxed);
    for packs in [packs, quick()] {
        for (number, id) in &acknowledged {
            let read = packs.read(id);
            assert_eq!(
                read,
                Ok(content(*number)),
                "call {call}, {error:?}, {failures} failures"
            );
        }
        for (number, id) in (200..).step_by(4).zip(&old) {
            assert_eq!(
                packs.read(id),
                Ok(content(number)),
                "call {call}, {error:?}"
            );
        }
        let checked = packs.check().unwrap();
        assert!(checked.is_whole(), "call {call}, {error:?}: {checked:?}");
        let id = packs.write(SHARED, b"work goes on").unwrap();
        packs.sync().unwrap();
        assert_eq!(packs.read(&id).unwrap(), b"work goes on");
        let needed = Needed(old.iter().chain(acknowledged.values()).cloned().collect());
        packs.collect(&needed, Collect::Remove).unwrap();
    }
    calls.made.load(Ordering::Relaxed)
}

#[test]
fn each_call_may_fail() {
    let made = run(i64::MAX, io::ErrorKind::Other, 1);
    assert!(made > 300, "{made}");
    let mut call = 1;
    while call < i64::try_from(made).unwrap() {
        run(call, io::ErrorKind::StorageFull, 1);
        run(call, io::ErrorKind::Other, 3);
        call += 1;
    }
}
