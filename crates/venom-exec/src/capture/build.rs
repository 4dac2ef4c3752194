//! Makes trees of what was found, from the innermost folders to the root, and the cache of the next
//! capture with them. A folder in which nothing changed keeps its object; only what changed and the
//! folders above it are encoded and stored again.

use venom_kernel::snapshot::{Counts, LeftOut, Partial};
use venom_kernel::tree::times::EntryTimes;
use venom_kernel::tree::{Entry, Folder, ObjectId, Skip, Times, TreePath};
use venom_ports::Result;

use super::cache::{Cache, CachedEntry, CachedFolder, Node};
use super::scan::{Found, Ground, Trouble, What};
use super::stamp;

/// What came of building.
pub(super) struct Built {
    pub(super) tree: ObjectId,
    pub(super) times: ObjectId,
    pub(super) counts: Counts,
    pub(super) partial: Partial,
    pub(super) cache: Cache,
    /// Whether the cache says something that the one before it did not.
    pub(super) is_cache_new: bool,
    /// Folders that hold a repository.
    pub(super) repositories: Vec<TreePath>,
}

/// A folder that is done.
#[derive(Clone, Copy)]
struct Done {
    tree: ObjectId,
    times: ObjectId,
    is_partial: bool,
    /// Whether it is what the cache has under the same number.
    is_as_before: bool,
}

/// What becomes of a folder in the one that it is in.
#[derive(Clone, Copy)]
enum Outcome {
    Done(Done),
    Skipped(Skip),
    /// It is not there.
    Omitted,
}

/// Leaves out what lies past the limits, in the order of the paths, so that the same workspace always
/// gives the same tree.
pub(super) fn limit(ground: &Ground<'_>, found: &mut [Found]) {
    let guards = ground.guards;
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let mut is_over = false;
    for entry in found.iter().flat_map(|found| &found.entries) {
        if let What::File(_) | What::Link(_) = entry.what {
            files += 1;
            bytes = bytes.saturating_add(entry.print.size);
        }
    }
    if files <= guards.files && bytes <= guards.bytes {
        return;
    }
    (files, bytes) = (0, 0);
    // Places in folders, the innermost folder last.
    let mut levels = vec![(0_usize, 0_usize)];
    while let Some((folder, place)) = levels.last_mut() {
        let entry = found
            .get_mut(*folder)
            .and_then(|found| found.entries.get_mut(*place));
        *place += 1;
        let Some(entry) = entry else {
            levels.pop();
            continue;
        };
        match entry.what {
            What::File(_) | What::Link(_) => {
                let more = bytes.saturating_add(entry.print.size);
                is_over |= files >= guards.files || more > guards.bytes;
                if is_over {
                    entry.what = What::Skipped(Skip::TooMany);
                } else {
                    files += 1;
                    bytes = more;
                }
            }
            What::Folder(number) => levels.push((number, 0)),
            What::Skipped(_) | What::Gone => {}
        }
    }
}

/// Makes the trees.
pub(super) fn build(ground: &Ground<'_>, found: &[Found]) -> Result<Built> {
    let mut outcomes = vec![Outcome::Omitted; found.len()];
    let mut folders = Vec::with_capacity(found.len());
    let mut is_cache_new = ground
        .cache
        .is_none_or(|cache| cache.folders.len() != found.len());
    // Whatever is in a folder was found after it.
    for (number, looked) in found.iter().enumerate().rev() {
        let (outcome, cached) = folder(ground, looked, &outcomes)?;
        is_cache_new |= match outcome {
            Outcome::Done(done) => !done.is_as_before,
            Outcome::Skipped(_) | Outcome::Omitted => true,
        };
        if let Some(slot) = outcomes.get_mut(number) {
            *slot = outcome;
        }
        folders.push(cached);
    }
    folders.reverse();
    let root = match outcomes.first() {
        Some(Outcome::Done(done)) => *done,
        _ => empty(ground)?,
    };
    let (counts, partial, repositories) = count(found, &outcomes);
    Ok(Built {
        tree: root.tree,
        times: root.times,
        counts,
        partial,
        cache: Cache {
            removals: 0,
            device: ground.device,
            folders,
            indexes: Vec::new(),
        },
        is_cache_new,
        repositories,
    })
}

/// A root with nothing in it.
fn empty(ground: &Ground<'_>) -> Result<Done> {
    Ok(Done {
        tree: ObjectId::from(&ground.objects.write(&Folder::new().encode())?),
        times: ObjectId::from(&ground.objects.write(&Times::default().encode())?),
        is_partial: false,
        is_as_before: false,
    })
}

fn folder(
    ground: &Ground<'_>,
    looked: &Found,
    outcomes: &[Outcome],
) -> Result<(Outcome, CachedFolder)> {
    let old = looked
        .old
        .and_then(|old| ground.cache.and_then(|cache| cache.folder(old)));
    let mut cached = CachedFolder {
        print: looked.print,
        // Without the trouble, the next capture would take an empty folder for the truth.
        is_racy: stamp::is_racy(&looked.print, ground.began) || looked.trouble.is_some(),
        rules: looked.rules,
        tree: looked.rules,
        times: looked.rules,
        entries: Vec::with_capacity(looked.entries.len()),
        rule_files: looked.rule_files,
        has_repository: looked.has_repository,
    };
    match looked.trouble {
        Some(Trouble::Gone) => return Ok((Outcome::Omitted, cached)),
        Some(Trouble::Skipped(why)) => return Ok((Outcome::Skipped(why), cached)),
        None => {}
    }
    let mut entries = Vec::with_capacity(looked.entries.len());
    let mut times = Vec::with_capacity(looked.entries.len());
    // Whether nothing under it differs from what the cache knows: the trees, and all that it notes.
    let (mut is_same, mut are_times_same) = (old.is_some(), old.is_some());
    let mut is_noted = old.is_some_and(|old| {
        old.print == cached.print
            && old.is_racy == cached.is_racy
            && old.rules == cached.rules
            && old.rule_files == cached.rule_files
            && old.has_repository == cached.has_repository
    });
    let mut is_partial = false;
    let mut before = old.map(|old| old.entries.iter());
    for entry in &looked.entries {
        let is_racy = stamp::is_racy(&entry.print, ground.began);
        let mode = stamp::bits(&entry.print);
        let skipped = |why| Entry::Skipped {
            why,
            size: entry.print.size,
        };
        let mut inside = None;
        let mut is_child_as_before = false;
        let (what, node) = match entry.what {
            What::Gone => continue,
            What::File(Some(blob)) => (
                Entry::File {
                    blob,
                    size: entry.print.size,
                    mode,
                },
                Node::File { blob, is_racy },
            ),
            What::Link(Some(target)) => (Entry::Link { target }, Node::Link { target, is_racy }),
            What::Folder(number) => match outcomes.get(number) {
                Some(Outcome::Done(done)) => {
                    inside = Some(done.times);
                    is_child_as_before = done.is_as_before;
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    (
                        Entry::Folder {
                            tree: done.tree,
                            mode,
                            is_partial: done.is_partial,
                        },
                        Node::Folder(number),
                    )
                }
                Some(Outcome::Skipped(why)) => (skipped(*why), Node::Skipped(*why)),
                Some(Outcome::Omitted) | None => continue,
            },
            What::Skipped(why) => (skipped(why), Node::Skipped(why)),
            // Nobody read it.
            What::File(None) | What::Link(None) => {
                (skipped(Skip::Unreadable), Node::Skipped(Skip::Unreadable))
            }
        };
        let known = before.as_mut().and_then(Iterator::next);
        let is_known = known.is_some_and(|known| known.name == entry.name);
        let seen_before = known.filter(|_| is_known).map(|known| {
            let child = match known.node {
                Node::Folder(number) => ground.cache.and_then(|cache| cache.folder(number)),
                Node::File { .. } | Node::Link { .. } | Node::Skipped(_) => None,
            };
            let is_tree_same = match (&what, &known.node) {
                (Entry::File { blob, .. }, Node::File { blob: old, .. }) => {
                    blob == old && known.print.size == entry.print.size
                }
                (Entry::Link { target }, Node::Link { target: old, .. }) => target == old,
                (Entry::Folder { tree, .. }, Node::Folder(_)) => {
                    child.is_some_and(|child| child.tree == *tree)
                }
                (Entry::Skipped { why, .. }, Node::Skipped(old)) => {
                    why == old && known.print.size == entry.print.size
                }
                _ => false,
            };
            let is_time_same = known.print.modified == entry.print.modified
                && inside == child.map(|child| child.times);
            let is_note_same = known.print == entry.print
                && match (&node, &known.node) {
                    // Numbers of folders may differ from capture to capture.
                    (Node::Folder(_), Node::Folder(_)) => is_child_as_before,
                    (new, old) => new == old,
                };
            (
                is_tree_same && known.print.mode == entry.print.mode,
                is_time_same,
                is_note_same,
            )
        });
        let (is_tree_same, is_time_same, is_note_same) = seen_before.unwrap_or_default();
        is_same &= is_tree_same;
        are_times_same &= is_time_same;
        is_noted &= is_note_same;
        is_partial |= what.is_partial();
        entries.push((entry.name.clone(), what));
        times.push(EntryTimes {
            modified: stamp::moment(&entry.print),
            inside,
        });
        cached.entries.push(CachedEntry {
            name: entry.name.clone(),
            print: entry.print,
            node,
        });
    }
    if looked.is_passage && entries.is_empty() {
        return Ok((Outcome::Omitted, cached));
    }
    let is_complete = before.is_some_and(|mut before| before.next().is_none());
    let tree = if let Some(old) = old.filter(|_| is_same && is_complete) {
        old.tree
    } else {
        let folder: Folder = entries.into_iter().collect();
        ObjectId::from(&ground.objects.write(&folder.encode())?)
    };
    let times = match old.filter(|_| is_same && are_times_same && is_complete) {
        Some(old) => old.times,
        None => ObjectId::from(&ground.objects.write(&Times::new(times).encode())?),
    };
    cached.tree = tree;
    cached.times = times;
    let done = Done {
        tree,
        times,
        is_partial,
        is_as_before: is_noted && is_complete && is_same && are_times_same,
    };
    Ok((Outcome::Done(done), cached))
}

/// Counts what is in the trees, in the order of the paths.
fn count(found: &[Found], outcomes: &[Outcome]) -> (Counts, Partial, Vec<TreePath>) {
    let mut counts = Counts::default();
    let mut partial = Partial::default();
    let mut repositories = Vec::new();
    let mut levels = vec![(0_usize, 0_usize)];
    while let Some((number, place)) = levels.last_mut() {
        let Some(looked) = found.get(*number) else {
            levels.pop();
            continue;
        };
        if *place == 0 && looked.has_repository {
            repositories.push(looked.path.clone());
        }
        let entry = looked.entries.get(*place);
        *place += 1;
        let Some(entry) = entry else {
            levels.pop();
            continue;
        };
        let mut leave_out = |why: Skip| {
            counts.skipped += 1;
            partial.count += 1;
            partial.is_lacking |= why.is_lack();
            if partial.first.len() < Partial::LISTED {
                partial.first.push(LeftOut {
                    path: looked.path.join(&entry.name),
                    why,
                    size: entry.print.size,
                });
            }
        };
        match entry.what {
            What::File(Some(_)) => {
                counts.files += 1;
                counts.bytes += entry.print.size;
            }
            What::Link(Some(_)) => counts.links += 1,
            What::File(None) | What::Link(None) => leave_out(Skip::Unreadable),
            What::Folder(child) => match outcomes.get(child) {
                Some(Outcome::Done(_)) => {
                    counts.folders += 1;
                    levels.push((child, 0));
                }
                Some(Outcome::Skipped(why)) => leave_out(*why),
                Some(Outcome::Omitted) | None => {}
            },
            What::Skipped(why) => leave_out(why),
            What::Gone => {}
        }
    }
    (counts, partial, repositories)
}
