//! What differs between two trees.
//!
//! Only folders whose objects differ are looked into, so the work grows with the change and not with
//! the tree. A folder that is on one side only is listed with everything in it; one that is on both
//! sides is listed only if its own mode differs. Renames are not looked for here: they are a removal
//! and an addition.

use std::collections::BTreeSet;

use super::ObjectId;
use super::folder::{Entry, Folder};
use super::name::{Name, TreePath};

/// Deepest level that is looked into. Chosen: as deep as the longest path that a system call takes
/// (4,096 bytes) can be at two bytes a level.
pub const DEEPEST: usize = 2_048;

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub path: TreePath,
    /// What the first tree has there.
    pub before: Option<Entry>,
    /// What the second tree has there.
    pub after: Option<Entry>,
}

/// In what way a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nature {
    /// Only the second tree has it.
    Added,
    /// Only the first tree has it.
    Removed,
    /// The same kind with another content, and perhaps another mode.
    Content,
    /// The same content with another mode.
    Mode,
    /// Something of another kind.
    Kind,
}

impl Difference {
    /// Says in what way the path differs.
    pub const fn nature(&self) -> Nature {
        match (&self.before, &self.after) {
            (None, _) => Nature::Added,
            (_, None) => Nature::Removed,
            (Some(Entry::File { blob: old, .. }), Some(Entry::File { blob: new, .. })) => {
                if same(old, new) {
                    Nature::Mode
                } else {
                    Nature::Content
                }
            }
            (Some(Entry::Folder { .. }), Some(Entry::Folder { .. })) => Nature::Mode,
            (Some(Entry::Link { .. }), Some(Entry::Link { .. }))
            | (Some(Entry::Skipped { .. }), Some(Entry::Skipped { .. })) => Nature::Content,
            (Some(_), Some(_)) => Nature::Kind,
        }
    }
}

/// Compares two ids where a trait cannot be called.
const fn same(old: &ObjectId, new: &ObjectId) -> bool {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    while let ([ours, old_rest @ ..], [theirs, new_rest @ ..]) = (old, new) {
        if *ours != *theirs {
            return false;
        }
        (old, new) = (old_rest, new_rest);
    }
    true
}

/// Why two trees could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiffError<E> {
    /// A folder could not be had.
    #[error("a folder of the tree cannot be read")]
    Load(#[source] E),
    /// The trees are deeper than any file system is.
    #[error("the tree is more than {DEEPEST} folders deep")]
    TooDeep,
}

/// Lists what differs between two trees, in the order of the names' bytes, a folder before what is in
/// it. `None` stands for no tree at all. `load` gives the folder of an object.
pub fn diff<E>(
    before: Option<ObjectId>,
    after: Option<ObjectId>,
    load: &mut dyn FnMut(&ObjectId) -> Result<Folder, E>,
) -> Result<Vec<Difference>, DiffError<E>> {
    let mut found = Vec::new();
    if before == after {
        return Ok(found);
    }
    // Deep trees must not use up the stack, so what is left to do is kept in a list: the pairs of
    // names of each level, the next one last.
    let mut levels = vec![Level::open(TreePath::root(), before, after, load)?];
    while let Some(level) = levels.last_mut() {
        let Some((name, old, new)) = level.pairs.pop() else {
            levels.pop();
            continue;
        };
        if old == new {
            continue;
        }
        let path = level.path.join(&name);
        let inside = (
            old.and_then(|old| old.tree()),
            new.and_then(|new| new.tree()),
        );
        let is_same = match (&old, &new) {
            (Some(old), Some(new)) => old.is_same_shell(new),
            _ => false,
        };
        let difference = Difference {
            path: path.clone(),
            before: old,
            after: new,
        };
        if !is_same {
            found.push(difference);
        }
        if inside.0 != inside.1 {
            if levels.len() >= DEEPEST {
                return Err(DiffError::TooDeep);
            }
            levels.push(Level::open(path, inside.0, inside.1, load)?);
        }
    }
    Ok(found)
}

/// A pair of folders that is being compared.
struct Level {
    path: TreePath,
    /// What is left, the next one last.
    pairs: Vec<(Name, Option<Entry>, Option<Entry>)>,
}

impl Level {
    fn open<E>(
        path: TreePath,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        load: &mut dyn FnMut(&ObjectId) -> Result<Folder, E>,
    ) -> Result<Self, DiffError<E>> {
        let mut folder = |id: Option<ObjectId>| match id {
            Some(id) => load(&id).map_err(DiffError::Load),
            None => Ok(Folder::new()),
        };
        let (before, after) = (folder(before)?, folder(after)?);
        let names: BTreeSet<&Name> = before.iter().chain(after.iter()).map(|(n, _)| n).collect();
        let pair = |name: &Name| {
            (
                name.clone(),
                before.get(name).copied(),
                after.get(name).copied(),
            )
        };
        Ok(Self {
            path,
            pairs: names.into_iter().rev().map(pair).collect(),
        })
    }
}
