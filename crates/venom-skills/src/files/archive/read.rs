//! Reading an archive to its end, within bounds, into files that nobody sees.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;
use venom_ports::{Failure, FailureKind, Result};

use super::judge::{Paths, stays_inside};
use super::{Form, LARGEST_FILE, Limits, SMALL, size};
use crate::bounded;
use crate::name;
use crate::params::refused;

/// A file of an archive, as it was found.
pub(super) struct Found {
    /// Its path, below the folder that the archive is unpacked into.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) is_executable: bool,
    /// Where its bytes are.
    pub(super) aside: PathBuf,
}

/// What an archive holds.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) files: Vec<Found>,
    /// Bytes of all files.
    pub(super) size: u64,
    /// Entries that cannot be unpacked and harm nobody: links that stay inside, empty folders.
    pub(super) left_out: Vec<String>,
}

/// Reads all files of an archive and puts them aside into a folder.
pub(super) fn read(
    archive: &Path,
    form: Form,
    limits: Limits,
    aside: &Path,
    cancel: &CancellationToken,
) -> Result<Contents> {
    let file = File::open(archive).map_err(broken)?;
    let packed = file.metadata().map_err(broken)?.len();
    let mut reading = Reading {
        contents: Contents::default(),
        paths: Paths::default(),
        entries: 0,
        packed,
        limits,
        aside,
        folders: Vec::new(),
        index: BTreeMap::new(),
        cancel,
    };
    let bytes = BufReader::with_capacity(1 << 20, file);
    match form {
        Form::Tar => reading.tar(bytes)?,
        Form::TarGz => reading.tar(flate2::bufread::MultiGzDecoder::new(bytes))?,
        Form::TarZst => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(broken)?;
            // 128 MiB, the largest window that the program `zstd` reads unasked.
            decoder.window_log_max(27).map_err(broken)?;
            reading.tar(decoder)?;
        }
        Form::Zip => reading.zip(bytes)?,
    }
    Ok(reading.finish())
}

struct Reading<'a> {
    contents: Contents,
    paths: Paths,
    entries: usize,
    /// The size of the archive itself.
    packed: u64,
    limits: Limits,
    /// The folder for what was read.
    aside: &'a Path,
    folders: Vec<String>,
    /// Files by their paths, for links to them.
    index: BTreeMap<String, usize>,
    cancel: &'a CancellationToken,
}

impl Reading<'_> {
    fn tar(&mut self, stream: impl Read) -> Result<()> {
        // Headers, long names and padding pass here as well: what counts is what comes out.
        let around = (self.limits.entries as u64).saturating_mul(2 << 10) + (64 << 20);
        let stream = Bounded {
            inner: stream,
            left: self.limits.bytes.saturating_add(around),
        };
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            self.count()?;
            let raw = entry.path_bytes().into_owned();
            let name = utf8(&raw)?;
            let header = entry.header();
            let kind = header.entry_type();
            let is_executable = header.mode().is_ok_and(|mode| mode & 0o100 != 0);
            match kind {
                tar::EntryType::Regular
                | tar::EntryType::Continuous
                | tar::EntryType::GNUSparse => {
                    let size = entry.size();
                    self.file(&name, size, is_executable, &mut entry)?;
                }
                tar::EntryType::Directory => self.folder(&name)?,
                tar::EntryType::Symlink | tar::EntryType::Link => {
                    let target = entry.link_name_bytes();
                    let target = utf8(&target.unwrap_or_default())?;
                    self.link(&name, &target, kind == tar::EntryType::Link)?;
                }
                // What pax says of all entries is about times and owners, which nobody keeps.
                tar::EntryType::XGlobalHeader => {}
                other => {
                    return Err(unfit(
                        &name,
                        &format!("it is a device, a pipe or something else ({other:?})"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn zip(&mut self, mut bytes: BufReader<File>) -> Result<()> {
        let said = entries_said(&mut bytes).map_err(broken)?;
        let mut archive = zip::ZipArchive::new(bytes).map_err(not_zip)?;
        if archive.len() > self.limits.entries {
            return Err(self.limits.too_many());
        }
        if said.is_some_and(|said| usize::from(said) != archive.len()) {
            return Err(refused(
                "the archive holds two entries of one name, or its list is damaged",
            )
            .with_hint("nothing was written; look at it with `unzip -l`"));
        }
        for index in 0..archive.len() {
            self.count()?;
            let (name, is_encrypted, method) = {
                let raw = archive.by_index_raw(index).map_err(not_zip)?;
                let name = raw.name().map_err(not_zip)?.into_owned();
                (name, raw.encrypted(), raw.compression())
            };
            if is_encrypted {
                return Err(unfit(&name, "it is encrypted")
                    .with_hint("unpack it by hand with its password"));
            }
            if !matches!(
                method,
                zip::CompressionMethod::Stored | zip::CompressionMethod::Deflated
            ) {
                return Err(unfit(&name, &format!("it is compressed as {method}"))
                    .with_hint("pack it again with `deflate`, which every program knows"));
            }
            let mut file = archive.by_index(index).map_err(not_zip)?;
            // The upper half of the mode is the kind of file, where a Unix wrote the archive.
            let mode = file.unix_mode().unwrap_or(0o100_644);
            let kind = mode & 0o170_000;
            if file.is_dir() {
                self.folder(name.trim_end_matches('/'))?;
            } else if file.is_symlink() {
                let mut target = Vec::new();
                // 4096 is PATH_MAX on Linux.
                (&mut file)
                    .take(4_097)
                    .read_to_end(&mut target)
                    .map_err(broken)?;
                let target = utf8(&target)?;
                self.link(&name, &target, false)?;
            } else if kind != 0 && kind != 0o100_000 {
                return Err(unfit(&name, "it is a device, a pipe or something else"));
            } else {
                let size = file.size();
                self.file(&name, size, mode & 0o100 != 0, &mut file)?;
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Failure::new(
                FailureKind::Retryable,
                "unpacking was stopped",
            ));
        }
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(self.limits.too_many());
        }
        Ok(())
    }

    /// Reads a file. What its header says of its size is believed only where it says too much.
    fn file(
        &mut self,
        name: &str,
        said: u64,
        is_executable: bool,
        from: &mut impl Read,
    ) -> Result<()> {
        let path = self.paths.file(name).map_err(|why| unfit(name, &why))?;
        let large = || {
            unfit(name, &format!("it is larger than {}", size(LARGEST_FILE))).with_hint(
                "unpack the archive with `tar` or `unzip` in a step of the skill `shell`, into a folder that `.gitignore` names",
            )
        };
        if said > LARGEST_FILE {
            return Err(large());
        }
        let left = self.limits.bytes - self.contents.size;
        let bound = LARGEST_FILE.min(left);
        let aside = self.aside.join(self.contents.files.len().to_string());
        let mut to = File::create(&aside).map_err(full)?;
        let mut from = Failing {
            inner: from.take(bound + 1),
            failed: false,
        };
        let written = io::copy(&mut from, &mut to);
        let has_failed = from.failed;
        let size = written.map_err(|error| {
            if has_failed {
                broken(error)
            } else {
                full(error)
            }
        })?;
        if size > left {
            return Err(self.limits.too_much());
        }
        if size > LARGEST_FILE {
            return Err(large());
        }
        self.grow(size)?;
        self.index.insert(path.clone(), self.contents.files.len());
        self.contents.files.push(Found {
            path,
            size,
            is_executable,
            aside,
        });
        Ok(())
    }

    fn grow(&mut self, size: u64) -> Result<()> {
        self.contents.size += size;
        let whole = self.contents.size;
        if whole > self.limits.bytes {
            return Err(self.limits.too_much());
        }
        let ratio = self.limits.ratio;
        if whole > SMALL && whole / self.packed.max(1) > ratio {
            return Err(refused(format!(
                "the archive holds more than {ratio} times what it takes itself, as only attacks do"
            ))
            .with_hint("if you trust it, say `max_ratio`"));
        }
        Ok(())
    }

    fn folder(&mut self, name: &str) -> Result<()> {
        self.paths.folder(name).map_err(|why| unfit(name, &why))?;
        self.folders.push(name.trim_end_matches('/').to_owned());
        Ok(())
    }

    fn link(&mut self, name: &str, target: &str, is_hard: bool) -> Result<()> {
        let path = self.paths.file(name).map_err(|why| unfit(name, &why))?;
        let outward = || unfit(name, "it is a link that leads out of the archive");
        if !is_hard {
            if !stays_inside(&path, target) {
                return Err(outward());
            }
            self.contents
                .left_out
                .push(format!("{path} (a symbolic link to {target})"));
            return Ok(());
        }
        let target = super::judge::path(target).map_err(|_why| outward())?;
        let of = self
            .index
            .get(&target)
            .and_then(|at| self.contents.files.get(*at));
        let Some(of) = of else {
            return Err(unfit(
                name,
                "it is a link to a file that does not stand before it",
            ));
        };
        let found = Found {
            path,
            size: of.size,
            is_executable: of.is_executable,
            aside: of.aside.clone(),
        };
        self.grow(found.size)?;
        self.contents.files.push(found);
        Ok(())
    }

    fn finish(mut self) -> Contents {
        // In the order of their paths: archives of the same files have the same result.
        self.contents.files.sort_by(|a, b| a.path.cmp(&b.path));
        for folder in std::mem::take(&mut self.folders) {
            let within = format!("{}/", folder.trim_start_matches("./"));
            // What lies in it stands in one piece, so that many folders of many files cost little.
            let files = &self.contents.files;
            let first = files.partition_point(|file| file.path < within);
            let has_some = files
                .get(first)
                .is_some_and(|file| file.path.starts_with(&within));
            if !has_some && !folder.is_empty() && folder != "." {
                self.contents
                    .left_out
                    .push(format!("{folder} (an empty folder)"));
            }
        }
        self.contents
    }
}

/// Returns how many entries the list at the end of a zip archive says it has; `None` where there are
/// too many for the old form. Of entries of one name only the last is kept when the list is read, and
/// which one counts differs from program to program.
fn entries_said(bytes: &mut BufReader<File>) -> io::Result<Option<u16>> {
    // 22 bytes, and a comment of at most 64 KiB.
    let whole = bytes.seek(SeekFrom::End(0))?;
    bytes.seek(SeekFrom::Start(whole.saturating_sub(22 + (64 << 10))))?;
    let mut end = Vec::new();
    bytes.read_to_end(&mut end)?;
    bytes.rewind()?;
    let said = || {
        let at = end.windows(4).rposition(|window| window == b"PK\x05\x06")?;
        let number: [u8; 2] = end.get(at + 10..at + 12)?.try_into().ok()?;
        Some(u16::from_le_bytes(number)).filter(|number| *number != u16::MAX)
    };
    Ok(said())
}

/// A stream that remembers that reading it failed.
struct Failing<R> {
    inner: R,
    failed: bool,
}

impl<R: Read> Read for Failing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        self.failed |= read.is_err();
        read
    }
}

/// A stream that ends in an error where it gives more than it may.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other("it holds more than it may; if so much is meant, say `max_bytes`")
        })?;
        Ok(read)
    }
}

fn utf8(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        unfit(&shown, "its name is not UTF-8")
    })
}

fn unfit(entry: &str, why: &str) -> Failure {
    let entry = bounded::line(entry, 200);
    let shown = name::shown(&entry);
    refused(format!(
        "the archive is not unpacked because of `{shown}`: {}",
        bounded::line(why, 300)
    ))
    .with_hint("nothing was written; look at it with `tar -t` or `unzip -l`")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to `map_err`, which gives the value away"
)]
fn full(error: io::Error) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("cannot put aside what the archive holds: {error}"),
    )
    .with_hint("see that the disk is not full; nothing was written to the workspace")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to `map_err`, which gives the value away"
)]
fn broken(error: io::Error) -> Failure {
    refused(format!(
        "the archive cannot be read: {}",
        bounded::line(&error.to_string(), 300)
    ))
    .with_hint("it may be damaged or cut off; nothing was written")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to `map_err`, which gives the value away"
)]
fn not_zip(error: zip::result::ZipError) -> Failure {
    refused(format!(
        "the archive cannot be read: {}",
        bounded::line(&error.to_string(), 300)
    ))
    .with_hint("it may be damaged or cut off; nothing was written")
}
