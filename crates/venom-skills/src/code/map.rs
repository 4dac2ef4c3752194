//! The map of a workspace: what is defined where, who refers to it, and what imports what.
//!
//! It is read from syntax alone, file by file: `facts` says what is kept of one, `speech` reads it
//! through `scope` and one module for each language, `encode` writes it as bytes and `shelf` keeps
//! those in the cache, by the digest of the file's content. `modules` says which file an import
//! means and `project` which definition a name; `names` finds one name without reading the map.
//!
//! Nothing here waits but for files; what was read before is not parsed again.

pub(super) mod encode;
pub(super) mod facts;
mod go;
pub(super) mod modules;
pub(in crate::code) mod names;
pub(super) mod project;
mod python;
mod rust;
pub(in crate::code) mod scope;
mod script;
mod shelf;
pub(super) mod speech;
pub(super) mod symbol;

use std::collections::BTreeMap;
use std::path::Path;

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use venom_kernel::change::RelPath;
use venom_kernel::digest::Digest;
use venom_ports::cache::Cache;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::Files;
use venom_ports::{Failure, FailureKind, Result};

use self::facts::Facts;
use self::shelf::Shelf;
use self::speech::Speech;
use super::MAX_TEXT_BYTES;
use super::sources::Listed;
use crate::ahead;
use crate::unread::Unread;

/// How many files are read before they are parsed. Chosen: their texts are held at the same time,
/// at ten kilobytes each some forty megabytes.
const BATCH: usize = 4_096;

/// The most references of a map. Chosen: one takes 72 bytes, so that a map stays below a gigabyte;
/// the Linux kernel's size in Python has half of it.
const REFS: usize = 12_000_000;

/// How many threads parse. The machine is shared with the programs of other steps.
const THREADS: usize = 2;

/// The map.
pub(crate) struct Map {
    /// The files, by path.
    pub(crate) files: Vec<File>,
    /// Files that say how packages are called: their path and text.
    pub(crate) manifests: BTreeMap<String, String>,
    /// How many files were parsed for it; the others were known.
    pub(crate) parsed: usize,
    /// Files in a known language that are not in it, and why.
    pub(crate) skipped: Vec<(String, String)>,
    /// Whether there was more than a map may hold.
    pub(crate) truncated: bool,
    /// What could not be listed.
    pub(crate) unread: Unread,
}

/// A file of the map.
pub(crate) struct File {
    /// Its path.
    pub(crate) path: String,
    /// Its language.
    pub(crate) speech: Speech,
    /// The digest of its content.
    pub(crate) digest: Digest,
    /// What it says.
    pub(crate) facts: Facts,
}

struct Text {
    path: String,
    content: String,
    digest: Digest,
}

impl Map {
    /// Reads the map of the whole workspace.
    pub(crate) async fn read(context: &SkillContext, cache: &dyn Cache) -> Result<Self> {
        Self::of(
            context.files.as_ref(),
            &context.root,
            &context.cancel,
            cache,
        )
        .await
    }

    /// Reads the map of the files of a workspace.
    pub(in crate::code) async fn of(
        files: &dyn Files,
        root: &Path,
        cancel: &CancellationToken,
        cache: &dyn Cache,
    ) -> Result<Self> {
        let listed = Listed::all(files, &RelPath::root()).await?;
        let root = root.to_string_lossy().into_owned();
        let mut shelf = Shelf::open(cache, &root);
        let mut map = Self {
            files: Vec::with_capacity(listed.entries.len()),
            manifests: manifests(files).await?,
            parsed: 0,
            skipped: Vec::new(),
            truncated: listed.truncated,
            unread: listed.unread,
        };
        let mut refs = 0usize;
        for batch in listed.entries.chunks(BATCH) {
            if cancel.is_cancelled() {
                return Err(Failure::new(
                    FailureKind::Retryable,
                    "reading the map was cancelled",
                ));
            }
            let mut unknown = Vec::new();
            let paths = batch.iter().map(|entry| entry.path.clone()).collect();
            let mut read = ahead::read(files, paths, MAX_TEXT_BYTES as u64);
            while let Some((path, read)) = read.next().await {
                let path = path.as_str().to_owned();
                let file = match read {
                    Ok(file) => file,
                    Err(failure) => {
                        map.skipped.push((path, failure.message));
                        continue;
                    }
                };
                let digest = Digest::of_bytes(&file.bytes);
                if let Some(facts) = shelf.take(&path, &digest) {
                    map.add(path, digest, facts, &mut refs);
                    continue;
                }
                match String::from_utf8(file.bytes) {
                    Ok(content) => unknown.push(Text {
                        path,
                        content,
                        digest,
                    }),
                    Err(_) => map.skipped.push((path, "it is not UTF-8".to_owned())),
                }
            }
            map.parsed += unknown.len();
            for (text, facts) in parse(unknown) {
                match facts {
                    Some(facts) => {
                        shelf.put(&text.path, &text.digest, &facts);
                        map.add(text.path, text.digest, facts, &mut refs);
                    }
                    None => map
                        .skipped
                        .push((text.path, "it cannot be parsed".to_owned())),
                }
            }
        }
        let is_changed = shelf.close(cache);
        map.files.sort_by(|one, other| one.path.cmp(&other.path));
        if is_changed || !names::is_there(cache, &root) {
            names::write(&map, cache, &root);
        }
        Ok(map)
    }

    fn add(&mut self, path: String, digest: Digest, facts: Facts, refs: &mut usize) {
        let Some(speech) = Speech::of(&path) else {
            return;
        };
        *refs += facts.refs.len();
        if *refs > REFS {
            self.truncated = true;
            return;
        }
        self.files.push(File {
            path,
            speech,
            digest,
            facts,
        });
    }

    /// Says what is missing in the map; empty if nothing is.
    pub(crate) fn missing(&self) -> String {
        let mut text = String::new();
        if self.truncated {
            text.push_str("There is more code than a map can hold; name a smaller workspace.\n");
        }
        text.push_str(&super::skipped_text(&self.skipped));
        text.push_str(&self.unread.text());
        text
    }
}

/// Parses texts, on two threads where there are enough of them.
fn parse(texts: Vec<Text>) -> Vec<(Text, Option<Facts>)> {
    let read = |texts: Vec<Text>| -> Vec<(Text, Option<Facts>)> {
        texts
            .into_iter()
            .map(|text| {
                let facts = speech::read(&text.path, &text.content);
                (text, facts)
            })
            .collect()
    };
    if texts.len() < 2 * THREADS {
        return read(texts);
    }
    // Turn about, so that a folder of large files does not fall to one thread.
    let mut halves: Vec<Vec<Text>> = (0..THREADS).map(|_| Vec::new()).collect();
    for (number, text) in texts.into_iter().enumerate() {
        if let Some(half) = halves.get_mut(number % THREADS) {
            half.push(text);
        }
    }
    std::thread::scope(|threads| {
        let running: Vec<_> = halves
            .into_iter()
            .map(|half| threads.spawn(|| read(half)))
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .flatten()
            .collect()
    })
}

/// Reads the files that say how packages are called.
async fn manifests(files: &dyn Files) -> Result<BTreeMap<String, String>> {
    let walk = venom_ports::workspace::Walk {
        globs: vec!["go.mod".to_owned(), "Cargo.toml".to_owned()],
        ..venom_ports::workspace::Walk::default()
    };
    let mut manifests = BTreeMap::new();
    for entry in files.walk(walk).await?.entries {
        if let Ok(file) = files.read(&entry.path, 1 << 20).await {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            manifests.insert(entry.path.as_str().to_owned(), text);
        }
    }
    Ok(manifests)
}

#[cfg(test)]
mod tests;
