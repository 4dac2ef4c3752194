//! Names in the folder of the blobs.

use std::path::{Path, PathBuf};

/// Where everything stands.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// `blobs`
    pub(crate) root: PathBuf,
    /// `blobs/packs`
    pub(crate) packs: PathBuf,
}

impl Places {
    pub(crate) fn new(root: PathBuf) -> Self {
        let packs = root.join("packs");
        Self { root, packs }
    }

    pub(crate) fn pack(&self, number: u32) -> PathBuf {
        self.packs.join(format!("{number:08}.pack"))
    }

    pub(crate) fn index(&self, number: u32) -> PathBuf {
        self.packs.join(format!("{number:08}.index"))
    }

    /// A file that has no name of its own yet.
    pub(crate) fn new_file(&self, what: &str) -> PathBuf {
        self.packs.join(format!("{NEW}{what}"))
    }

    /// Held while packs get numbers and owners, for a moment; remembers the last number.
    pub(crate) fn lock(&self) -> PathBuf {
        self.packs.join("lock")
    }

    /// Shared while an object is claimed, held by a collection while it removes what is dead.
    pub(crate) fn sweep(&self) -> PathBuf {
        self.packs.join("sweep")
    }

    /// Held as long as a collection or a repair runs.
    pub(crate) fn gc(&self) -> PathBuf {
        self.packs.join("gc")
    }

    pub(crate) fn claims(&self, identity: &str) -> PathBuf {
        self.packs.join(format!("{CLAIMS}{identity}"))
    }

    /// Where damaged packs are kept.
    pub(crate) fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }
}

/// How the names of unfinished files begin.
pub(crate) const NEW: &str = ".new-";

/// How the names of lists of claimed objects begin.
pub(crate) const CLAIMS: &str = "claims-";

/// What a name in the folder of the packs means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Pack(u32),
    Index(u32),
    Claims,
    Unfinished,
    Other,
}

/// Reads a name.
pub(crate) fn name(text: &str) -> Name {
    if text.starts_with(NEW) {
        return Name::Unfinished;
    }
    if text.starts_with(CLAIMS) {
        return Name::Claims;
    }
    let number = |stem: &str| {
        let is_ours = stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_digit());
        is_ours.then(|| stem.parse().ok()).flatten()
    };
    match text.split_once('.') {
        Some((stem, "pack")) => number(stem).map_or(Name::Other, Name::Pack),
        Some((stem, "index")) => number(stem).map_or(Name::Other, Name::Index),
        _ => Name::Other,
    }
}

/// Tells whether a folder under `blobs` holds single files of an older version.
pub(crate) fn is_shard(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A file inside a folder, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
