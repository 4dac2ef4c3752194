//! Takes the references of git repositories back, as git itself would: each under its lock file, and
//! only if it still is what it was last known to be. Git need not be installed, and a git that runs
//! meanwhile is kept out by the same locks. Objects are never touched, so what is taken back can be
//! found again: where git keeps a log of a reference, a line is added to it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, fsync, mkdirat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use venom_kernel::snapshot::{Head, Repository};
use venom_kernel::tree::{ObjectId, TreePath};
use venom_ports::snapshot::{Index, TakenBack};
use venom_ports::{Failure, FailureKind, Result};

use crate::capture::contents::{object, read_small, shown_path};
use crate::capture::repositories::{Refs, decode, folder, head, inside, is_ref_name, packed_line};
use crate::capture::{Shared, repositories, stamp};
use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// Longest index that is compared and restored; as in a capture.
const LONGEST_INDEX: u64 = 64 << 20;

/// Longest list of packed references.
const LONGEST_PACKED: u64 = 64 << 20;

/// What a log says where a commit has no parent or no child.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// Takes repositories back.
pub(crate) fn take_back(
    shared: &Shared,
    root: &Path,
    known: &[Repository],
    to: &[Repository],
    index: Index,
) -> Result<Vec<TakenBack>> {
    let (_, beneath) = shared.open(root)?;
    let mut taken = Vec::new();
    for known in known {
        match to.iter().find(|to| to.path == known.path) {
            Some(to) if to == known => {}
            Some(to) => taken.push(one(shared, &beneath, known, to, index)?),
            // The run made it. What is in `.git` is in no tree, so it could not be brought back.
            None => taken.push(left(known)),
        }
    }
    for to in to {
        if !known.iter().any(|known| known.path == to.path) {
            taken.push(left(to));
        }
    }
    Ok(taken)
}

/// A repository that was made or removed as a whole, which cannot be taken back.
fn left(repository: &Repository) -> TakenBack {
    TakenBack {
        path: repository.path.clone(),
        done: Vec::new(),
        conflicts: vec![name(b"HEAD")],
        is_index_restored: false,
    }
}

fn name(bytes: &[u8]) -> TreePath {
    TreePath::from_bytes(bytes).unwrap_or_default()
}

fn one(
    shared: &Shared,
    beneath: &Beneath,
    known: &Repository,
    to: &Repository,
    index: Index,
) -> Result<TakenBack> {
    let git = Git {
        beneath,
        path: folder(&known.path),
    };
    let mut taken = TakenBack {
        path: known.path.clone(),
        done: Vec::new(),
        conflicts: Vec::new(),
        is_index_restored: false,
    };
    let (old, new) = (load(shared, known.refs)?, load(shared, to.refs)?);
    let Some(present) = git.refs()? else {
        taken.conflicts.push(name(b"HEAD"));
        return Ok(taken);
    };
    let names: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
    // What goes makes room first: `a/b` and `a` cannot both be there.
    let (going, staying): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| !new.contains_key(*name));
    for reference in going.into_iter().chain(staying) {
        let (old, new) = (old.get(reference), new.get(reference));
        if old == new || present.get(reference) == new {
            continue;
        }
        let is_moved = present.get(reference) == old && git.swap(reference, old, new)?;
        if is_moved {
            git.log(reference, old, new);
            taken.done.push(name(reference));
        } else {
            taken.conflicts.push(name(reference));
        }
    }
    let present_head = head(beneath, &git.path);
    if known.head != to.head && present_head.as_ref() != Some(&to.head) {
        let is_moved =
            present_head.as_ref() == Some(&known.head) && git.swap_head(&known.head, &to.head)?;
        if is_moved {
            taken.done.push(name(b"HEAD"));
        } else {
            taken.conflicts.push(name(b"HEAD"));
        }
    }
    // The log of the head tells where it stood, whichever of the two was moved.
    let commit = |head: &Head, refs: &Refs| match head {
        Head::Branch(branch) => refs.get(branch.as_bytes()).cloned(),
        Head::Detached(commit) => Some(commit.clone().into_bytes()),
    };
    let (from, back) = (commit(&known.head, &old), commit(&to.head, &new));
    if from != back && !taken.done.is_empty() && taken.conflicts.is_empty() {
        git.log(b"HEAD", from.as_ref(), back.as_ref());
    }
    if index == Index::Restore && known.index != to.index && taken.conflicts.is_empty() {
        taken.is_index_restored = git.swap_index(shared, known.index, to.index)?;
    }
    Ok(taken)
}

fn load(shared: &Shared, id: ObjectId) -> Result<Refs> {
    decode(&object(&*shared.objects, id)?).ok_or_else(|| {
        Failure::new(
            FailureKind::Corrupt,
            format!("the object {id} lists no references"),
        )
    })
}

/// The folder `.git` of one repository.
struct Git<'a> {
    beneath: &'a Beneath,
    path: TreePath,
}

/// A lock that is held: a file beside what it locks, which becomes it or goes.
struct Lock {
    folder: OwnedFd,
    name: Vec<u8>,
    is_held: bool,
}

impl Git<'_> {
    fn refs(&self) -> Result<Option<Refs>> {
        match repositories::refs(self.beneath, &self.path) {
            Ok(refs) if head(self.beneath, &self.path).is_some() => Ok(refs),
            Ok(_) | Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(self.failed(errno, b"refs")),
        }
    }

    fn failed(&self, errno: Errno, what: &[u8]) -> Failure {
        failure(errno, "take back", &shown_path(&inside(&self.path, what)))
    }

    /// Opens the folder of a reference and makes what is missing of it.
    fn place(&self, reference: &[u8]) -> rustix::io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let mut at = self.beneath.open_bytes(self.path.as_bytes(), flags)?;
        let mut parts = reference.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                break;
            }
            match mkdirat(&at, part, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
            at = openat(&at, part, flags | OFlags::CLOEXEC, Mode::empty())?;
        }
        Ok(at)
    }

    /// Takes the lock of a file; `Conflict` if somebody else holds it.
    fn lock(&self, path: &[u8]) -> Result<(Lock, std::fs::File)> {
        let folder = self.place(path).map_err(|errno| self.failed(errno, path))?;
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = [name, b".lock"].concat();
        match openat(&folder, lock.as_slice(), flags, Mode::from_raw_mode(0o666)) {
            Ok(file) => {
                let lock = Lock {
                    folder,
                    name: name.to_vec(),
                    is_held: true,
                };
                Ok((lock, file.into()))
            }
            Err(Errno::EXIST) => {
                let shown = shown_path(&inside(&self.path, path));
                Err(Failure::new(
                    FailureKind::Conflict,
                    format!("`{shown}` is locked by a git command: `{shown}.lock` is there"),
                )
                .with_hint(
                    "wait until no git command runs; remove the lock if one was killed, and try again",
                ))
            }
            Err(errno) => Err(self.failed(errno, path)),
        }
    }

    /// What a reference is now, in its own file or among the packed ones.
    fn value(&self, reference: &[u8]) -> Option<Vec<u8>> {
        let own = read_small(self.beneath, &inside(&self.path, reference), 8 << 10);
        match own {
            Some(text) => repositories::value(&text),
            None => self.packed().split(|byte| *byte == b'\n').find_map(|line| {
                let (name, commit) = packed_line(line)?;
                (name == reference).then(|| commit.to_vec())
            }),
        }
    }

    fn packed(&self) -> Vec<u8> {
        let path = inside(&self.path, b"packed-refs");
        read_small(self.beneath, &path, LONGEST_PACKED).unwrap_or_default()
    }

    /// Moves a reference from one value to another; `false` if it is not what it should be.
    fn swap(&self, name: &[u8], old: Option<&Vec<u8>>, new: Option<&Vec<u8>>) -> Result<bool> {
        if !is_ref_name(name) {
            return Ok(false);
        }
        let (lock, mut file) = self.lock(name)?;
        // Now that nobody else may move it, it is looked at once more.
        if self.value(name).as_ref() != old {
            return Ok(false);
        }
        if let Some(value) = new {
            let written = file
                .write_all(&[value.as_slice(), b"\n"].concat())
                .and_then(|()| file.sync_all());
            written.map_err(|error| self.failed(io(&error), name))?;
            lock.commit().map_err(|errno| self.failed(errno, name))?;
        } else {
            self.unpack(name)?;
            match unlinkat(&lock.folder, lock.name.as_slice(), AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(self.failed(errno, name)),
            }
            fsync(&lock.folder).map_err(|errno| self.failed(errno, name))?;
        }
        Ok(true)
    }

    /// Removes a reference from the packed ones.
    fn unpack(&self, name: &[u8]) -> Result<()> {
        let packed = self.packed();
        let mut rest = Vec::with_capacity(packed.len());
        let mut is_dropped = false;
        for line in packed.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            if text.starts_with(b"^") {
                // What a tag points to belongs to the line above.
                if !is_dropped {
                    rest.extend_from_slice(line);
                }
                continue;
            }
            is_dropped = packed_line(text).is_some_and(|(found, _)| found == name);
            if !is_dropped {
                rest.extend_from_slice(line);
            }
        }
        if rest.len() == packed.len() {
            return Ok(());
        }
        let (lock, mut file) = self.lock(b"packed-refs")?;
        if self.packed() != packed {
            return Err(Failure::new(
                FailureKind::Retryable,
                "a git command packed references in this very moment",
            ));
        }
        let written = file.write_all(&rest).and_then(|()| file.sync_all());
        written.map_err(|error| self.failed(io(&error), b"packed-refs"))?;
        lock.commit()
            .map_err(|errno| self.failed(errno, b"packed-refs"))
    }

    fn swap_head(&self, old: &Head, new: &Head) -> Result<bool> {
        let (lock, mut file) = self.lock(b"HEAD")?;
        if head(self.beneath, &self.path).as_ref() != Some(old) {
            return Ok(false);
        }
        let text = match new {
            Head::Branch(branch) if is_ref_name(branch.as_bytes()) => {
                [b"ref: ", branch.as_bytes(), b"\n"].concat()
            }
            Head::Detached(commit) => match repositories::value(commit.as_bytes()) {
                Some(commit) => [commit.as_slice(), b"\n"].concat(),
                None => return Ok(false),
            },
            Head::Branch(_) => return Ok(false),
        };
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        written.map_err(|error| self.failed(io(&error), b"HEAD"))?;
        lock.commit().map_err(|errno| self.failed(errno, b"HEAD"))?;
        Ok(true)
    }

    fn swap_index(
        &self,
        shared: &Shared,
        known: Option<ObjectId>,
        to: Option<ObjectId>,
    ) -> Result<bool> {
        let (lock, mut file) = self.lock(b"index")?;
        let path = inside(&self.path, b"index");
        let present = read_small(self.beneath, &path, LONGEST_INDEX)
            .map(|bytes| ObjectId::from(&shared.objects.id_of(&bytes)));
        if present == to {
            return Ok(true);
        }
        // An index is a cache of stat data beside what is staged: `git status` rewrites it without
        // anybody having edited anything. It is another one only if something was staged since.
        let is_known = match (present, known) {
            (Some(_), Some(known)) => {
                let ours = object(&*shared.objects, known)?;
                let theirs = read_small(self.beneath, &path, LONGEST_INDEX).unwrap_or_default();
                staged(&ours).is_some() && staged(&ours) == staged(&theirs)
            }
            (present, known) => present == known,
        };
        if !is_known {
            return Ok(false);
        }
        match to {
            Some(to) => {
                let bytes = object(&*shared.objects, to)?;
                let written = file.write_all(&bytes).and_then(|()| file.sync_all());
                written.map_err(|error| self.failed(io(&error), b"index"))?;
                lock.commit()
                    .map_err(|errno| self.failed(errno, b"index"))?;
            }
            None => {
                unlinkat(&lock.folder, lock.name.as_slice(), AtFlags::empty())
                    .map_err(|errno| self.failed(errno, b"index"))?;
            }
        }
        Ok(true)
    }

    /// Adds a line to the log of a reference, if git keeps one. It is help for a person who looks
    /// for what was taken back; without it nothing is lost that git could not find.
    fn log(&self, reference: &[u8], old: Option<&Vec<u8>>, new: Option<&Vec<u8>>) {
        let path = inside(&inside(&self.path, b"logs"), reference);
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW;
        let Ok(file) = self.beneath.open_bytes(path.as_bytes(), flags) else {
            return;
        };
        let commit = |value: Option<&Vec<u8>>| {
            let value = value.filter(|value| !value.starts_with(b"ref:"));
            value.map_or_else(
                || NOTHING.to_owned(),
                |value| String::from_utf8_lossy(value).into_owned(),
            )
        };
        let seconds = stamp::now() / 1_000_000_000;
        let line = format!(
            "{} {} venom <venom@localhost> {seconds} +0000\tvenom: taken back\n",
            commit(old),
            commit(new)
        );
        let _ = std::fs::File::from(file).write_all(line.as_bytes());
    }
}

impl Lock {
    /// Puts the written file in the place of what is locked.
    fn commit(mut self) -> rustix::io::Result<()> {
        let lock = [self.name.as_slice(), b".lock"].concat();
        // What lies there may be a folder of references that were removed.
        if statat(
            &self.folder,
            self.name.as_slice(),
            AtFlags::SYMLINK_NOFOLLOW,
        )
        .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir())
        {
            unlinkat(&self.folder, self.name.as_slice(), AtFlags::REMOVEDIR)?;
        }
        renameat(
            &self.folder,
            lock.as_slice(),
            &self.folder,
            self.name.as_slice(),
        )?;
        self.is_held = false;
        fsync(&self.folder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_held {
            let lock = [self.name.as_slice(), b".lock"].concat();
            let _ = unlinkat(&self.folder, lock.as_slice(), AtFlags::empty());
        }
    }
}

fn io(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// What is staged in an index of version 2 or 3: of each entry its mode, object, flags and path,
/// without the stat data. `None` for an index of another kind.
///
/// The form is documented in git's `gitformat-index(5)`: twelve bytes of header, and entries of 62
/// bytes (40 of them stat data, with the mode among them) and a name, padded with one to eight zeros
/// to a multiple of eight.
fn staged(index: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (header, mut rest) = index.split_first_chunk::<12>()?;
    let [b'D', b'I', b'R', b'C', 0, 0, 0, 2 | 3, count @ ..] = header else {
        return None;
    };
    let mut entries = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let mode = rest.get(24..28)?;
        let object = rest.get(40..60)?;
        let flags = u16::from_be_bytes(*rest.get(60..)?.first_chunk()?);
        // A flag says that two more bytes of flags follow.
        let start = if flags & 0x4000 == 0 { 62 } else { 64 };
        let tail = rest.get(start..)?;
        let length = tail.iter().position(|byte| *byte == 0)?;
        let more = rest.get(62..start)?;
        let flags = (flags & 0x7000).to_be_bytes();
        entries.push([mode, object, &flags, more, tail.get(..length)?].concat());
        let size = (start + length + 8) / 8 * 8;
        rest = rest.get(size..)?;
    }
    Some(entries)
}

#[cfg(test)]
mod tests;
