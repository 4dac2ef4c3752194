//! Lists a workspace.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::{DirEntry, WalkBuilder};
use venom_kernel::change::RelPath;
use venom_ports::workspace::{Entry, EntryKind, Listing, Walk};
use venom_ports::{Failure, FailureKind, Result};

use super::apply::TEMPORARY;
use super::beneath::Beneath;
use super::{entry, failure, shown_size};

/// Longest pattern in bytes. Chosen: the longest path; a pattern grows when it is compiled.
const LONGEST_GLOB: usize = 4_096;

/// Most patterns of a walk. Chosen: no skill asks for more than a few dozen.
const MOST_GLOBS: usize = 1_000;

/// Lists what a walk asks for.
pub(super) fn walk(beneath: &Beneath, root: &Path, walk: &Walk) -> Result<Listing> {
    let globs = Globs::new(&walk.globs)?;
    let under = &walk.under;
    if let Some(part) = under.as_str().split('/').find(|part| is_never_given(part)) {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("`{part}` is no part of the project and is never listed"),
        )
        .with_hint("name a folder of the project itself"));
    }
    // This also makes sure that no link leads there, for what follows goes by name.
    let stat = beneath
        .stat(under)
        .map_err(|errno| failure(errno, "list", under))?;
    let start = entry(under.clone(), &stat);
    if start.kind != EntryKind::Folder {
        let entries = if globs.fit(under) {
            vec![start]
        } else {
            Vec::new()
        };
        return Ok(Listing {
            entries,
            ..Listing::default()
        });
    }
    // From the root, so that the ignore files between it and the start count.
    let levels = under
        .as_str()
        .split('/')
        .filter(|part| !part.is_empty())
        .count();
    let mut collector = Collector {
        root,
        walk,
        globs,
        listing: Listing::default(),
    };
    let reached = collector.collect(root, levels);
    if !reached {
        // The start itself is ignored or hidden. Who names it wants to see what is in it.
        collector.collect(&root.join(under.as_str()), 0);
    }
    let mut listing = collector.listing;
    listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
    listing.unreadable.sort();
    listing.unreadable.dedup();
    Ok(listing)
}

struct Collector<'a> {
    root: &'a Path,
    walk: &'a Walk,
    globs: Globs,
    listing: Listing,
}

impl Collector<'_> {
    /// Collects entries, beginning at a folder that is `levels` above the start; tells whether the
    /// start was reached.
    fn collect(&mut self, from: &Path, levels: usize) -> bool {
        let start = self.root.join(self.walk.under.as_str());
        let mut reached = false;
        for found in walker(from, &start, levels, self.walk) {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    self.note_unreadable(error_path(&error).unwrap_or(from));
                    continue;
                }
            };
            if found.path() == start {
                reached = true;
                continue;
            }
            if !found.path().starts_with(&start) || !self.add(&found) {
                continue;
            }
            if self.listing.entries.len() > self.walk.limit {
                self.listing.entries.pop();
                self.listing.truncated = true;
                return true;
            }
        }
        reached
    }

    /// Adds an entry if it is wanted.
    fn add(&mut self, found: &DirEntry) -> bool {
        let Some(path) = self.relative(found.path()) else {
            self.note_unsayable(found);
            return false;
        };
        if !self.globs.fit(&path) {
            return false;
        }
        let kind = match found.file_type() {
            Some(kind) if kind.is_file() => EntryKind::File,
            Some(kind) if kind.is_dir() => EntryKind::Folder,
            Some(kind) if kind.is_symlink() => EntryKind::Link,
            _ => EntryKind::Other,
        };
        // It may have been removed since.
        let Ok(metadata) = found.metadata() else {
            return false;
        };
        self.listing.entries.push(Entry {
            path,
            kind,
            size: shown_size(kind, metadata.len()),
        });
        true
    }

    /// Notes an entry that no path can say; it is not passed over in silence. What is in a folder
    /// with such a name is not noted once more.
    fn note_unsayable(&mut self, found: &DirEntry) {
        let path = found.path().strip_prefix(self.root);
        let path = path.unwrap_or_else(|_outside| found.path());
        if path.to_str().is_none() {
            let is_first = path
                .parent()
                .is_some_and(|folder| folder.to_str().is_some());
            let is_folder = found.file_type().is_some_and(|kind| kind.is_dir());
            let said = said(path.as_os_str());
            let is_meant = || RelPath::new(&said).is_ok_and(|path| self.globs.fit(&path));
            if !is_first || !(is_folder || is_meant()) {
                return;
            }
        }
        self.note_unreadable(found.path());
    }

    /// Notes what could not be read. Where even the path cannot be said, because it is too long,
    /// the next folder above stands for it.
    fn note_unreadable(&mut self, path: &Path) {
        let relative = path.strip_prefix(self.root).unwrap_or(path);
        let sayable = relative
            .ancestors()
            .find_map(|path| RelPath::new(said(path.as_os_str()).trim_start_matches('/')).ok());
        if let Some(path) = sayable
            && self.listing.unreadable.len() < self.walk.limit
        {
            self.listing.unreadable.push(path);
        }
    }

    fn relative(&self, path: &Path) -> Option<RelPath> {
        RelPath::new(path.strip_prefix(self.root).ok()?.to_str()?).ok()
    }
}

fn walker(from: &Path, start: &Path, levels: usize, walk: &Walk) -> ignore::Walk {
    let start = start.to_path_buf();
    WalkBuilder::new(from)
        .hidden(!walk.hidden)
        .ignore(!walk.ignored)
        .git_ignore(!walk.ignored)
        .git_exclude(!walk.ignored)
        // What stands outside the root must not change what a run sees.
        .git_global(false)
        .parents(false)
        // A workspace need not be a repository.
        .require_git(false)
        .follow_links(false)
        .max_depth(walk.depth.map(|depth| depth.saturating_add(levels)))
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |found| {
            let is_on_the_way = start.starts_with(found.path()) || found.path().starts_with(&start);
            let is_given = found.depth() == 0
                || found.file_name().to_str().is_none_or(|name| !is_never_given(name));
            is_on_the_way && is_given
        })
        .build()
}

/// Names that are no part of a project: the repository's own data, VENOM's, and files that are
/// being written.
fn is_never_given(name: &str) -> bool {
    name == ".git" || name == ".venom" || name.starts_with(TEMPORARY)
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
    }
}

/// Says a name in a text: bytes that are no part of one are written as `\xff`, so that two names
/// which differ in nothing else stay two.
fn said(name: &OsStr) -> String {
    let mut said = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        said.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(said, "\\x{byte:02x}");
        }
    }
    said
}

/// The patterns of a walk.
struct Globs {
    wanted: Patterns,
    /// Those with a `!` in front: what fits one is left out, whatever else fits it.
    unwanted: Patterns,
}

/// Patterns of one kind.
struct Patterns {
    /// Matched against the whole path.
    paths: GlobSet,
    /// Matched against the name.
    names: GlobSet,
}

impl Patterns {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.names.is_empty()
    }

    fn is_match(&self, path: &RelPath) -> bool {
        self.paths.is_match(path.as_str()) || self.names.is_match(path.name())
    }
}

impl Globs {
    fn new(globs: &[String]) -> Result<Self> {
        let refused = |message: String| {
            Failure::new(FailureKind::Refused, message)
                .with_hint("patterns look like `*.rs`, `src/**/*.toml` or `{a,b}.txt`")
        };
        if globs.len() > MOST_GLOBS {
            return Err(refused(format!("{} patterns are too many", globs.len())));
        }
        let mut wanted = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut unwanted = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for glob in globs {
            let (glob, (paths, names)) = match glob.strip_prefix('!') {
                Some(glob) => (glob, &mut unwanted),
                None => (glob.as_str(), &mut wanted),
            };
            if glob.len() > LONGEST_GLOB {
                return Err(refused("a pattern is too long".to_owned()));
            }
            let compiled = GlobBuilder::new(glob)
                .literal_separator(true)
                .build()
                .map_err(|error| refused(format!("a pattern cannot be used: {error}")))?;
            if glob.contains('/') {
                paths.add(compiled)
            } else {
                names.add(compiled)
            };
        }
        let build = |builder: GlobSetBuilder| {
            builder
                .build()
                .map_err(|error| refused(format!("patterns cannot be used: {error}")))
        };
        let both = |(paths, names)| {
            Ok::<_, Failure>(Patterns {
                paths: build(paths)?,
                names: build(names)?,
            })
        };
        Ok(Self {
            wanted: both(wanted)?,
            unwanted: both(unwanted)?,
        })
    }

    fn fit(&self, path: &RelPath) -> bool {
        (self.wanted.is_empty() || self.wanted.is_match(path)) && !self.unwanted.is_match(path)
    }
}
