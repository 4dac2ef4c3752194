//! What the care of the content store takes and gives: limits, usage, collections, checks, repairs.

use std::path::PathBuf;

use venom_kernel::digest::BlobId;
use venom_ports::Result;

/// How much may be stored; what is beyond is refused with a hint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes on the disk.
    pub bytes: Option<u64>,
    /// Most objects.
    pub objects: Option<u64>,
}

impl Limits {
    /// Tells whether there is any limit.
    pub const fn is_set(&self) -> bool {
        self.bytes.is_some() || self.objects.is_some()
    }
}

/// What is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many packs there are.
    pub packs: u64,
    /// How many bytes they take.
    pub pack_bytes: u64,
    /// How many records they hold.
    pub objects: u64,
    /// How many single files of older versions there are.
    pub single_files: u64,
    /// How many bytes these take.
    pub single_bytes: u64,
    /// How many bytes damaged packs take that a repair put aside.
    pub aside_bytes: u64,
}

/// An object that something needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It names no other objects.
    Leaf(BlobId),
    /// It may name others; `children` says which.
    Node(BlobId),
}

/// Says what is needed.
pub trait Living {
    /// Returns what is needed by itself. This is asked after the collection has seen which packs no
    /// running process writes to, so the answer has to be read now and not remembered.
    fn roots(&self) -> Result<Vec<Kept>>;

    /// Returns what this object names. It is asked for every [`Kept::Node`] and for every object
    /// that a running process relies on; an object that names none gives nothing. A failure ends
    /// the collection before anything is removed.
    fn children(&self, id: &BlobId) -> Result<Vec<Kept>>;

    /// Returns the name that an object is stored under, if what needs it knows it by another.
    fn stored_as(&self, _id: &BlobId) -> Result<Option<BlobId>> {
        Ok(None)
    }
}

/// What a collection does with what is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collect {
    /// Counts it.
    Count,
    /// Removes it.
    Remove,
    /// Counts what `RemoveAll` would remove.
    CountAll,
    /// Removes it, and writes every pack anew that holds anything dead, however little.
    RemoveAll,
}

impl Collect {
    /// Tells whether nothing is changed.
    pub const fn is_dry(self) -> bool {
        matches!(self, Self::Count | Self::CountAll)
    }

    /// Tells whether packs are written anew for little.
    pub const fn is_thorough(self) -> bool {
        matches!(self, Self::CountAll | Self::RemoveAll)
    }
}

/// What a collection has done, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many objects are needed.
    pub live: u64,
    /// How many records and single files were removed.
    pub removed: u64,
    /// How many bytes that gave back.
    pub freed_bytes: u64,
    /// How many bytes nothing needs in packs that are still needed for the most part.
    pub dead_bytes: u64,
    /// How many packs were removed or written anew.
    pub packs: u64,
    /// How many packs were left alone because running processes write to them.
    pub busy: u64,
    /// Packs that were left alone because they are damaged.
    pub damaged: Vec<PathBuf>,
    /// Objects that are needed and not there; at most a hundred are named.
    pub missing: Vec<BlobId>,
    /// How many are needed and not there.
    pub missing_count: u64,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub file: PathBuf,
    /// Where in the file.
    pub offset: u64,
    /// The object, as far as that can be said.
    pub id: Option<BlobId>,
    /// What is wrong.
    pub what: String,
}

/// What a check has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many packs were read.
    pub packs: u64,
    /// How many objects are whole.
    pub objects: u64,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many of the objects are sealed and could not be opened without the key; their checksums
    /// are good.
    pub sealed: u64,
    /// What was stored and is damaged or lost.
    pub damage: Vec<Flaw>,
    /// What an earlier repair could not bring back and is still not there.
    pub missed: Vec<BlobId>,
    /// What is not as it should be, although nothing that was acknowledged is lost by it: an index
    /// that will be made again, a record that was never finished.
    pub notes: Vec<Flaw>,
}

impl Checked {
    /// Tells whether everything that was acknowledged is there.
    pub fn is_whole(&self) -> bool {
        self.damage.is_empty()
    }
}

/// What a repair has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// How many objects were brought over from damaged packs.
    pub saved: u64,
    /// What could not be read and is nowhere else.
    pub lost: Vec<Flaw>,
    /// Where the damaged files are kept now.
    pub aside: Vec<PathBuf>,
    /// Damaged packs that running processes write to.
    pub busy: Vec<PathBuf>,
}
