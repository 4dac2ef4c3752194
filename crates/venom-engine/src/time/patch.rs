//! Trees that are not on any disk: a tree with other entries at some paths.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use venom_kernel::effect::{Failure, FailureKind};
use venom_kernel::tree::{Entry, Folder, Name, ObjectId, TreePath};
use venom_ports::Result;
use venom_ports::blob::BlobStore;

/// The permission bits of folders that nobody said anything about.
const FOLDER: u16 = 0o755;

/// Entries to put at paths; `None` takes away what is there.
pub(crate) type Edits = BTreeMap<TreePath, Option<Entry>>;

/// Edits of one folder: of the entries themselves, and of what is below them.
#[derive(Default)]
struct Level {
    here: BTreeMap<Name, Option<Entry>>,
    below: BTreeMap<Name, Self>,
}

impl Level {
    fn of(edits: &Edits) -> Result<Self> {
        let mut top = Self::default();
        for (path, entry) in edits {
            let mut level = &mut top;
            let mut parts = path.parts().peekable();
            while let Some(part) = parts.next() {
                let name = Name::new(part).map_err(|error| {
                    Failure::new(FailureKind::Corrupt, format!("{path:?}: {error}"))
                })?;
                if parts.peek().is_some() {
                    level = level.below.entry(name).or_default();
                } else {
                    level.here.insert(name, *entry);
                }
            }
        }
        Ok(top)
    }
}

/// Returns the root of a tree with these edits. Folders come with what is put into them, and go with
/// the last thing that is taken out of them, unless `kept` holds them.
pub(crate) async fn patch(
    blobs: &dyn BlobStore,
    tree: ObjectId,
    edits: &Edits,
    kept: Option<ObjectId>,
) -> Result<ObjectId> {
    if edits.is_empty() {
        return Ok(tree);
    }
    let level = Level::of(edits)?;
    let folder = load(blobs, Some(tree)).await?;
    let patched = patched(blobs, folder, level, kept).await?;
    store(blobs, &patched).await
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

fn patched(
    blobs: &dyn BlobStore,
    mut folder: Folder,
    level: Level,
    kept: Option<ObjectId>,
) -> Boxed<'_, Folder> {
    Box::pin(async move {
        let reference = load(blobs, kept).await?;
        let of_kind = |is_wanted: bool| -> BTreeSet<Name> {
            let fits = |entry: &Option<Entry>| match entry {
                Some(Entry::Folder { .. }) => is_wanted,
                Some(_) => false,
                None => !is_wanted,
            };
            let names = level.here.iter().filter(|(_, entry)| fits(entry));
            names.map(|(name, _)| name.clone()).collect()
        };
        let (wanted, unwanted) = (of_kind(true), of_kind(false));
        for (name, entry) in level.here {
            match (entry, folder.get(&name).copied()) {
                // What is in a folder is told by the edits below it.
                (
                    Some(Entry::Folder { mode, .. }),
                    Some(Entry::Folder {
                        tree, is_partial, ..
                    }),
                ) => {
                    let shell = Entry::Folder {
                        tree,
                        mode,
                        is_partial,
                    };
                    folder.insert(name, shell);
                }
                (Some(Entry::Folder { mode, .. }), _) => {
                    let shell = Entry::Folder {
                        tree: store(blobs, &Folder::new()).await?,
                        mode,
                        is_partial: false,
                    };
                    folder.insert(name, shell);
                }
                (Some(entry), _) => {
                    folder.insert(name, entry);
                }
                (None, Some(Entry::Folder { tree, .. })) => {
                    // Emptied below, or to be kept for what somebody else put there.
                    let stays = level
                        .below
                        .get(&name)
                        .is_none_or(|below| below.here.is_empty() && below.below.is_empty());
                    if stays && load(blobs, Some(tree)).await?.is_empty() {
                        folder = without(&folder, &name);
                    }
                }
                (None, _) => folder = without(&folder, &name),
            }
        }
        for (name, below) in level.below {
            let present = folder.get(&name).copied();
            let (tree, mode, is_partial) = match present {
                Some(Entry::Folder {
                    tree,
                    mode,
                    is_partial,
                }) => (Some(tree), mode, is_partial),
                Some(Entry::File { .. } | Entry::Link { .. } | Entry::Skipped { .. }) | None => {
                    let mode = match reference.get(&name) {
                        Some(Entry::Folder { mode, .. }) => *mode,
                        Some(_) | None => FOLDER,
                    };
                    (None, mode, false)
                }
            };
            let was_kept = reference.get(&name).and_then(Entry::tree);
            let inner = load(blobs, tree).await?;
            let inner = patched(blobs, inner, below, was_kept).await?;
            // An emptied folder stays where it was said to be, and where it was before and still is.
            let stays = !unwanted.contains(&name) && tree.is_some() && was_kept.is_some();
            if inner.is_empty() && !wanted.contains(&name) && !stays {
                // Nothing was put into it: something that is no folder stays as it is.
                if tree.is_some() {
                    folder = without(&folder, &name);
                }
                continue;
            }
            let tree = store(blobs, &inner).await?;
            folder.insert(
                name,
                Entry::Folder {
                    tree,
                    mode,
                    is_partial,
                },
            );
        }
        Ok(folder)
    })
}

fn without(folder: &Folder, name: &Name) -> Folder {
    let mut rest = Folder::new();
    for (other, entry) in folder.iter().filter(|(other, _)| *other != name) {
        rest.insert(other.clone(), *entry);
    }
    rest
}

async fn load(blobs: &dyn BlobStore, tree: Option<ObjectId>) -> Result<Folder> {
    let Some(tree) = tree else {
        return Ok(Folder::new());
    };
    let bytes = blobs.get(&tree.to_blob()).await?;
    Folder::decode(&bytes).map_err(|error| {
        Failure::new(
            FailureKind::Corrupt,
            format!("the folder {tree} cannot be read: {error}"),
        )
    })
}

async fn store(blobs: &dyn BlobStore, folder: &Folder) -> Result<ObjectId> {
    let id = blobs.put(folder.encode()).await?;
    Ok(ObjectId::from(&id))
}
