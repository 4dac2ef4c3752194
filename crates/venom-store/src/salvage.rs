//! Salvage: brings a damaged log back to what can be proven of it.
//!
//! In this order: read the file and its write-ahead log as bytes and find every row in them (`find`,
//! `image`, `record`); follow the chain of each run from its first event as far as it holds
//! (`judge`); copy the damaged files aside; write what holds into a new file (`rewrite`), check that, and
//! put it in the place of the old one. A run whose chain holds to its end is what it was, byte for byte.
//! Of the others the events up to the damage stay, and each event that is lost is listed with what is
//! known about it.
//!
//! Nothing is deleted but what can be folded again. Killed anywhere, it is begun anew or finished by the
//! next call: the new file gets a name of its own when it is whole and checked, and from then on only
//! names change.

mod find;
mod image;
mod judge;
mod notes;
mod record;
mod rewrite;

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, fcntl_lock};
use serde::{Deserialize, Serialize};
use venom_kernel::id::{RunId, Seq};
use venom_ports::{Failure, FailureKind, Result};

use self::find::Found;
use self::image::Image;
use self::judge::Judged;
pub use self::notes::{MendedNotes, mend_notes};
use crate::keys::{self, Protection};
use crate::private;

/// The new file while it is written, and when it is whole.
const BEGUN: &str = "log.db.mending";
const WHOLE: &str = "log.db.mended";
/// Names the folder of the last repair, until its runs say that they lost events.
const UNSAID: &str = "log.db.unsaid";

/// The file that whoever has the log open holds shared, and a repair alone. It is never replaced, as the
/// log is.
const USED: &str = "used";

fn used(data: &Path) -> Result<File> {
    let path = data.join(USED);
    private::file(&path)?;
    File::open(&path).map_err(|error| failed("open", &path, &error))
}

/// Says that the log is in use, for as long as what is returned is held. It comes before anything of the
/// log is opened. `Conflict` while the log is being repaired.
pub(crate) fn in_use(data: &Path) -> Result<File> {
    let file = used(data)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            FailureKind::Conflict,
            "the log is being repaired",
        )
        .with_hint("try again when `venom doctor --repair` is done")),
        Err(TryLockError::Error(error)) => Err(failed("lock", &data.join(USED), &error)),
    }
}

/// What is left of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLeft {
    /// The run.
    pub run: RunId,
    /// Its last event that is provably what was written; zero if there is none.
    pub kept: Seq,
    /// Its last event that anything tells of.
    pub until: Seq,
    /// Whether it was done elsewhere; then its archive brings back what is lost.
    #[serde(default)]
    pub is_imported: bool,
}

impl RunLeft {
    /// Tells whether nothing of it is lost.
    pub fn is_whole(&self) -> bool {
        self.kept == self.until && self.kept > Seq::ZERO
    }
}

/// An event that is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostEvent {
    /// Its run, as far as that can be told.
    pub run: Option<RunId>,
    /// Its position.
    pub seq: Seq,
    /// Its name, if its text can still be read; nobody can say that it is what was written.
    pub kind: Option<String>,
    /// When it was written, in microseconds since 1970, under the same reserve.
    pub time: Option<i64>,
    /// Why it is lost.
    pub why: Why,
}

/// Why an event is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nothing of it was found.
    Gone,
    /// What was found is not what was written.
    Damaged,
    /// It may be whole, and an event before it is lost.
    Behind,
}

impl Why {
    /// Says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Gone => "nothing of it was found",
            Self::Damaged => "it is not what was written",
            Self::Behind => "an event before it is lost",
        }
    }
}

/// What can be proven of a damaged log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Examined {
    /// How many events can be kept.
    pub events: u64,
    /// The last event of all up to which a seal proves that everything is there, in the order in which
    /// it was written.
    pub sealed_to: u64,
    /// All runs that anything tells of.
    pub runs: Vec<RunLeft>,
    /// What is lost.
    pub lost: Vec<LostEvent>,
}

/// What a repair has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// What was kept and what was not.
    pub examined: Examined,
    /// The folder with the damaged files and the list of what is lost.
    pub aside: PathBuf,
}

/// Says what can be proven of the log in a data folder. Nothing is changed. Blocks, and takes as much
/// memory as the log is long.
pub fn examine(data: &Path) -> Result<Examined> {
    Ok(look(data)?.1.examined())
}

/// Tells whether a repair was cut off after the new file was whole; [`mend`] finishes it.
pub fn is_cut_off(data: &Path) -> bool {
    data.join(WHOLE).exists()
}

/// Returns the last repair if not all of its runs say yet what they lost; the process that repaired may
/// have been killed before. What is lost is then told by the runs that still end where it left them.
pub fn unsaid(data: &Path) -> Result<Option<Mended>> {
    let path = data.join(UNSAID);
    let name = match fs::read_to_string(&path) {
        Ok(name) => name,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", &path, &error)),
    };
    // It is a name in a folder of ours and no path.
    let Some(name) = Path::new(name.trim()).file_name() else {
        return Ok(None);
    };
    let aside = data.join("aside").join(name);
    let examined = read_list(&aside)?;
    Ok(Some(Mended { examined, aside }))
}

/// Says that the runs of the last repair say what they lost.
pub fn said(data: &Path) -> Result<()> {
    remove(&data.join(UNSAID))
}

/// Brings the log back to what can be proven of it, as [`mend_protected`] does, without a master key.
pub fn mend(data: &Path) -> Result<Mended> {
    mend_protected(data, &Protection::default())
}

/// Brings the log back to what can be proven of it. `Conflict` if another process has it open; `Corrupt`
/// if nothing of it was found, or not the keys without which nobody could read it. Blocks.
pub fn mend_protected(data: &Path, protection: &Protection) -> Result<Mended> {
    let log = data.join("log.db");
    private::file(&log)?;
    let conflict = || {
        let text = "another process has the log open";
        Failure::new(FailureKind::Conflict, text)
            .with_hint("end it (`venom runs` shows what is under way), then try again")
    };
    let alone = used(data)?;
    match alone.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(conflict()),
        Err(TryLockError::Error(error)) => return Err(failed("lock", &data.join(USED), &error)),
    }
    let lock = File::options().read(true).write(true).open(&log);
    let lock = lock.map_err(|error| failed("open", &log, &error))?;
    // SQLite holds locks on a part of the log: whoever else reads it with other programs is seen now,
    // though not for long, because reading it through another descriptor lets go of this lock.
    if fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(conflict());
    }
    if is_cut_off(data) {
        let aside = last_aside(data)?;
        let examined = read_list(&aside)?;
        swap(data, &aside)?;
        return Ok(Mended { examined, aside });
    }
    let (mut found, judged) = look(data)?;
    let examined = judged.examined();
    if examined.events == 0 {
        let text = format!("nothing that can be proven was found in {}", log.display());
        return Err(Failure::new(FailureKind::Corrupt, text)
            .with_hint("bring the data folder back from a copy; to begin anew, move it away"));
    }
    if found.master.is_none() {
        found.master = keys::mark_of(protection, found.keys.iter());
    }
    opens(&found, &judged)?;
    let aside = put_aside(data, &examined)?;
    let begun = data.join(BEGUN);
    clear(&begun)?;
    rewrite::write(&begun, &found, &judged, &aside.join("log.db"))?;
    // Asking the copy for its keys leaves files beside it that were not there.
    tidy(&aside)?;
    rewrite::check(&begun, examined.events)?;
    clear_beside(&begun)?;
    sync(&begun)?;
    let whole = data.join(WHOLE);
    fs::rename(&begun, &whole).map_err(|error| failed("name", &whole, &error))?;
    sync(data)?;
    swap(data, &aside)?;
    drop(lock);
    drop(alone);
    Ok(Mended { examined, aside })
}

fn look(data: &Path) -> Result<(Found, Judged)> {
    let image = Image::read(&data.join("log.db"), &data.join("log.db-wal"))?;
    let found = Found::in_image(&image);
    let judged = Judged::of(&found);
    Ok((found, judged))
}

/// Refuses to write a log that nobody could read: the keys are in the same file as what they seal.
fn opens(found: &Found, judged: &Judged) -> Result<()> {
    let is_there = |kind: &str| {
        let key = (kind.to_owned(), Vec::new());
        found.keys.get(&key).is_some_and(Option::is_some)
    };
    let sealed = judged.sealed(found);
    let has_key = |run: &RunId| {
        let name = crate::sqlite::uid(*run).to_vec();
        found.keys.contains_key(&("run".to_owned(), name))
    };
    let mut lost = Vec::new();
    if !sealed.is_empty() || found.master.is_some() || !found.keys.is_empty() {
        if found.master.is_none() {
            lost.push("the mark of the master key");
        }
        if !is_there("blobs") {
            lost.push("the key of contents");
        }
        if !is_there("secrets") {
            lost.push("the key of secrets");
        }
    }
    if !sealed.is_empty() && !sealed.iter().any(has_key) {
        lost.push("the keys of all runs");
    }
    if lost.is_empty() {
        return Ok(());
    }
    let text = format!(
        "the log is encrypted, and what is left of it lacks {}: a repair would make a log that nobody can read; nothing was changed",
        lost.join(", ")
    );
    Err(Failure::new(FailureKind::Corrupt, text).with_hint(
        "bring `log.db` and `log.db-wal` back from a copy of the data folder: the wrapped keys stand in them, and the master key alone opens nothing; where only the mark is lost, repair again with the master key at hand",
    ))
}

/// Puts the new file in the place of the old one. The write-ahead log goes first: it belongs to the old
/// file, and both lie aside.
fn swap(data: &Path, aside: &Path) -> Result<()> {
    let log = data.join("log.db");
    let unsaid = data.join(UNSAID);
    let name = aside.file_name().unwrap_or_default().as_encoded_bytes();
    private::file(&unsaid)?;
    fs::write(&unsaid, name).map_err(|error| failed("write", &unsaid, &error))?;
    sync(&unsaid)?;
    clear_beside(&log)?;
    // They follow from the log.
    clear(&data.join("state.db"))?;
    sync(data)?;
    let whole = data.join(WHOLE);
    fs::rename(&whole, &log).map_err(|error| failed("name", &log, &error))?;
    sync(data)
}

/// Copies the damaged files into a folder of their own, with the list of what is lost.
fn put_aside(data: &Path, examined: &Examined) -> Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |now| now.as_millis());
    let aside = data.join("aside").join(format!("log-{millis:015}"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&aside)
        .map_err(|error| failed("create", &aside, &error))?;
    for name in ["log.db", "log.db-wal"] {
        let to = aside.join(name);
        match fs::copy(data.join(name), &to) {
            Ok(_) => sync(&to)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("copy", &to, &error)),
        }
    }
    let list = aside.join(LIST);
    let text = serde_json::to_vec_pretty(examined).map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("cannot list what is lost: {error}"),
        )
    })?;
    let written = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&list)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &text));
    written.map_err(|error| failed("write", &list, &error))?;
    sync(&list)?;
    sync(&aside)?;
    Ok(aside)
}

/// Removes what SQLite made beside a copy.
fn tidy(aside: &Path) -> Result<()> {
    remove(&aside.join("log.db-shm"))?;
    let wal = aside.join("log.db-wal");
    if fs::metadata(&wal).is_ok_and(|wal| wal.len() == 0) {
        remove(&wal)?;
    }
    Ok(())
}

const LIST: &str = "lost.json";

fn last_aside(data: &Path) -> Result<PathBuf> {
    let folder = data.join("aside");
    let names = fs::read_dir(&folder).map_err(|error| failed("read", &folder, &error))?;
    let last = names
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join(LIST).exists())
        .max();
    Ok(last.unwrap_or(folder))
}

/// Reads the list of a repair that was cut off; where it cannot be read, it is made again.
fn read_list(aside: &Path) -> Result<Examined> {
    let text = fs::read(aside.join(LIST)).ok();
    match text.and_then(|text| serde_json::from_slice(&text).ok()) {
        Some(list) => Ok(list),
        None => Ok(look(aside)?.1.examined()),
    }
}

/// Removes a file of SQLite with what stands beside it.
fn clear(path: &Path) -> Result<()> {
    remove(path)?;
    clear_beside(path)
}

fn clear_beside(path: &Path) -> Result<()> {
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        remove(Path::new(&beside))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("remove", path, &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed("flush", path, &error))
}

fn failed(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
    private::failure(&format!("cannot {doing} {}", path.display()), error)
}

#[cfg(test)]
mod tests;
