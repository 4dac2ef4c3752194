//! What the ignore files of a workspace leave out.
//!
//! The files are git's `.gitignore`, `.ignore` as search tools know it (which wins over the former),
//! and `.git/info/exclude`; nearer files win over those further up. What a user keeps outside the
//! workspace does not count: the same workspace has the same snapshot everywhere.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use venom_kernel::tree::{ObjectId, TreePath};

/// The names of ignore files, the one that wins first.
pub(crate) const NAMES: [&[u8]; 2] = [b".ignore", b".gitignore"];

/// Longest ignore file that is read. Chosen: a thousand times what projects have; what lies past it
/// excludes nothing, so more is captured and not less.
pub(crate) const LONGEST: u64 = 1 << 20;

/// Gives the bytes of an ignore file; nothing where there is none.
pub(crate) type Source<'a> = dyn Fn(&TreePath) -> Option<Vec<u8>> + Sync + 'a;

/// The rules of a folder and of those above it.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Stands for all the rules that count here: two folders with the same id have the same rules.
    pub(super) id: ObjectId,
    nearest: Option<Arc<Level>>,
}

/// The ignore files of one folder. They are read when something is matched for the first time, which
/// in a folder that did not change never happens.
#[derive(Debug)]
struct Level {
    folder: TreePath,
    has: [bool; 2],
    patterns: OnceLock<[Gitignore; 2]>,
    above: Option<Arc<Self>>,
    /// Whether the second file is `.git/info/exclude`, which stands below all others.
    is_exclude: bool,
}

impl Rules {
    /// No rules yet, or those of the exclude file of the outermost repository.
    pub(crate) fn outermost(id: ObjectId, has_exclude: bool) -> Self {
        let exclude = Level {
            folder: TreePath::root(),
            has: [false, has_exclude],
            patterns: OnceLock::new(),
            above: None,
            is_exclude: true,
        };
        Self {
            id,
            nearest: has_exclude.then(|| Arc::new(exclude)),
        }
    }

    /// Adds the ignore files of a folder.
    pub(crate) fn within(&self, folder: &TreePath, has: [bool; 2], id: ObjectId) -> Self {
        if has == [false, false] {
            return self.clone();
        }
        let level = Level {
            folder: folder.clone(),
            has,
            patterns: OnceLock::new(),
            above: self.nearest.clone(),
            is_exclude: false,
        };
        Self {
            id,
            nearest: Some(Arc::new(level)),
        }
    }

    /// Tells whether there are no rules at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.nearest.is_none()
    }

    /// Tells whether a path is left out by itself; whether a folder above it is, the caller knows.
    pub(crate) fn is_ignored(&self, path: &TreePath, is_folder: bool, source: &Source<'_>) -> bool {
        for which in 0..NAMES.len() {
            let mut at = self.nearest.as_deref();
            while let Some(level) = at {
                match level.matched(which, path, is_folder, source) {
                    Match::None => {}
                    Match::Ignore(()) => return true,
                    Match::Whitelist(()) => return false,
                }
                at = level.above.as_deref();
            }
        }
        false
    }
}

impl Level {
    fn matched(
        &self,
        which: usize,
        path: &TreePath,
        is_folder: bool,
        source: &Source<'_>,
    ) -> Match<()> {
        if !self.has.get(which).copied().unwrap_or_default() {
            return Match::None;
        }
        let patterns = self.patterns.get_or_init(|| {
            let mut read = [0, 1].map(|which| self.read(which, source).unwrap_or_default());
            let [first, second] = &mut read;
            [compile(first), compile(second)]
        });
        let inner = path
            .as_bytes()
            .strip_prefix(self.folder.as_bytes())
            .unwrap_or(path.as_bytes());
        let inner = inner.strip_prefix(b"/").unwrap_or(inner);
        patterns.get(which).map_or(Match::None, |patterns| {
            patterns
                .matched(Path::new(OsStr::from_bytes(inner)), is_folder)
                .map(|_| ())
        })
    }

    fn read(&self, which: usize, source: &Source<'_>) -> Option<Vec<u8>> {
        if !self.has.get(which).copied().unwrap_or_default() {
            return None;
        }
        let path = if self.is_exclude {
            exclude_path()
        } else {
            let name = venom_kernel::tree::Name::new(NAMES.get(which).copied()?).ok()?;
            self.folder.join(&name)
        };
        source(&path)
    }
}

/// Where git keeps what is left out of one clone only.
pub(crate) fn exclude_path() -> TreePath {
    TreePath::from_bytes(b".git/info/exclude").unwrap_or_default()
}

fn compile(text: &[u8]) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for line in text.split(|byte| *byte == b'\n') {
        // Patterns are text; a line that is none, or no pattern, excludes nothing.
        if let Some(line) = OsStr::from_bytes(line).to_str() {
            let _ = builder.add_line(None, line.trim_end_matches('\r'));
        }
    }
    builder.build().unwrap_or_else(|_bad| Gitignore::empty())
}
