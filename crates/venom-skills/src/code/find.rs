//! What a name that somebody says may mean, by the map.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::change::RelPath;
use venom_kernel::digest::Digest;
use venom_ports::Result;
use venom_ports::cache::Cache;
use venom_ports::symbols::{Known, Named, Said, Sort, Symbols};
use venom_ports::workspace::Files;

use super::MAX_TEXT_BYTES;
use super::map::Map;
use super::map::facts::Kind;
use super::map::names::{self, Entry};

/// The most that a name may mean. Chosen: nobody chooses among more.
const MOST: usize = 24;

/// Finds names by the map in a cache.
pub struct MapSymbols {
    cache: Arc<dyn Cache>,
}

impl MapSymbols {
    /// Looks into a cache, which the skill keeps its map in.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache }
    }
}

#[async_trait]
impl Symbols for MapSymbols {
    async fn find(&self, files: &dyn Files, root: &Path, said: &Said) -> Result<Known> {
        let cache = self.cache.as_ref();
        let key = root.to_string_lossy();
        let bare = bare(&said.name);
        if let Some(entries) = names::find(cache, &key, bare) {
            let fitting = fitting(entries, said);
            if !fitting.is_empty() && are_current(files, &fitting).await {
                return Ok(known(&fitting));
            }
        }
        // Nothing is known, or it may have come since.
        Map::of(files, root, &CancellationToken::new(), cache).await?;
        let entries = names::find(cache, &key, bare).unwrap_or_default();
        let fitting = fitting(entries, said);
        let mut known = known(&fitting);
        if fitting.is_empty() {
            known.near = names::near(cache, &key);
        }
        Ok(known)
    }
}

/// Returns the last of the names that stand in each other.
fn bare(name: &str) -> &str {
    name.trim_end_matches("()")
        .rsplit(['.', ':', '#', '/'])
        .find(|part| !part.is_empty())
        .unwrap_or(name)
}

/// Returns what fits all that was said. What is written as it was said goes before what only sounds so,
/// and the project before its tests unless tests were asked for.
fn fitting(entries: Vec<Entry>, said: &Said) -> Vec<Entry> {
    let whole = names::plain(&said.name);
    let mut fitting: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| places(entry).iter().any(|place| place.ends_with(&whole)))
        .filter(|entry| fits(entry, said.sort))
        .collect();
    let keep = |all: &mut Vec<Entry>, is_better: &dyn Fn(&Entry) -> bool| {
        if all.iter().any(is_better) {
            all.retain(is_better);
        }
    };
    keep(&mut fitting, &|entry| {
        entry.is_test == (said.sort == Some(Sort::Tests))
    });
    keep(&mut fitting, &|entry| bare(&entry.name) == bare(&said.name));
    // A class goes before a method that happens to be called like it.
    keep(&mut fitting, &|entry| entry.kind != Some(Kind::Method));
    fitting.sort();
    fitting.dedup_by(|one, other| one.path == other.path);
    fitting.truncate(MOST);
    fitting
}

/// The forms in which an entry may be named with what it stands in, as they are compared.
fn places(entry: &Entry) -> Vec<String> {
    let stem = entry
        .path
        .rsplit_once('.')
        .map_or(entry.path.as_str(), |(stem, _)| stem);
    match entry.kind {
        // A file may bear the name of its folder, or of what it tests.
        None => vec![names::plain(stem), names::plain(&entry.name)],
        Some(_) => vec![names::plain(&format!("{stem}.{}", entry.name))],
    }
}

fn fits(entry: &Entry, sort: Option<Sort>) -> bool {
    match (sort, entry.kind) {
        (None, _) => true,
        (Some(Sort::Module), kind) => matches!(kind, None | Some(Kind::Module)),
        (Some(Sort::Tests), _) => entry.is_test,
        (Some(Sort::Type), kind) => kind.is_some_and(|kind| kind.is_type() && kind != Kind::Module),
        (Some(Sort::Function), kind) => {
            matches!(kind, Some(Kind::Function | Kind::Method | Kind::Macro))
        }
    }
}

/// Tells whether the files are what they were when they were read.
async fn are_current(files: &dyn Files, entries: &[Entry]) -> bool {
    for entry in entries {
        let Ok(path) = RelPath::new(&entry.path) else {
            return false;
        };
        let Ok(file) = files.read(&path, MAX_TEXT_BYTES as u64).await else {
            return false;
        };
        if names::mark(&Digest::of_bytes(&file.bytes)) != entry.digest {
            return false;
        }
    }
    true
}

fn known(entries: &[Entry]) -> Known {
    let named = |entry: &Entry| Named {
        path: entry.path.clone(),
        line: entry.line,
        name: entry.name.clone(),
        kind: match (entry.is_test, entry.kind) {
            (true, None) => "tests",
            (false, None) => "module",
            (_, Some(kind)) => kind.name(),
        }
        .to_owned(),
    };
    Known {
        found: entries.iter().map(named).collect(),
        near: Vec::new(),
    }
}
