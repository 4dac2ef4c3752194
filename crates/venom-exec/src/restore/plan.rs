//! Says what a restore is going to do, path by path.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustix::fs::{AtFlags, Dir, FileType, OFlags, statat};
use rustix::io::Errno;
use venom_kernel::tree::{Difference, Entry, ObjectId, Skip, TreePath};
use venom_ports::snapshot::{
    Conflict, Edits, Lacks, Leave, Planned, Print, RestorePlan, RestoreWish,
};
use venom_ports::{Failure, FailureKind, Result};

use super::lookup::Lookup;
use crate::capture::contents::{Content, read_file, read_link, shown_path};
use crate::capture::rules::{self, Rules};
use crate::capture::scan::REPOSITORY;
use crate::capture::{Look, Shared, contents, stamp};
use crate::workspace::apply::TEMPORARY;
use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// Most patterns of a wish. Chosen: a person names a few.
const MOST_PATTERNS: usize = 1_000;

/// Bits that a folder may have in between, so that something can be written into it.
const OWNER: u16 = 0o700;

/// Makes a plan.
pub(crate) fn plan(shared: &Shared, wish: &RestoreWish) -> Result<RestorePlan> {
    let only = Only::new(&wish.only)?;
    let to_root = shared.folder(wish.to)?;
    if to_root.is_partial() && wish.lacks == Lacks::Refuse {
        return Err(Failure::new(
            FailureKind::Refused,
            "the snapshot lacks something that could not be read when it was taken",
        )
        .with_hint(
            "look at what it lacks, and allow a partial snapshot if the rest is to be restored",
        ));
    }
    let look = shared.look(&wish.scope)?;
    let now = look.captured.tree;
    let mut planner = Planner {
        shared,
        wish,
        look: &look,
        known: Lookup::new(shared, wish.known),
        to: Lookup::new(shared, wish.to),
        steps: Vec::new(),
        conflicts: Vec::new(),
        left: BTreeMap::new(),
        kept: BTreeSet::new(),
        rules: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    let mut touched = 0;
    for difference in shared.differences(now, wish.to)? {
        check_path(&difference.path)?;
        let is_leaf = |entry: &Entry| matches!(entry, Entry::File { .. } | Entry::Link { .. });
        touched += u64::from(difference.before.as_ref().is_some_and(is_leaf));
        if only.has(&difference.path) || only.may_lead(&difference) {
            planner.judge(difference)?;
        }
    }
    planner.keep_what_holds_something()?;
    planner.drop_needless_folders(&only);
    let Planner {
        steps,
        conflicts,
        left,
        ..
    } = planner;
    let counts = &look.captured.counts;
    let mut plan = RestorePlan {
        wish: wish.clone(),
        now,
        steps,
        conflicts,
        left: left.into_iter().collect(),
        writes: 0,
        removals: 0,
        modes: 0,
        unchanged: (counts.files + counts.links).saturating_sub(touched),
        bytes: 0,
    };
    for step in &plan.steps {
        match (&step.now, &step.to) {
            (_, None) => plan.removals += 1,
            (Some(now), Some(to)) if is_mode_only(now, to) => plan.modes += 1,
            (_, Some(to)) => {
                plan.writes += 1;
                if let Entry::File { size, .. } = to {
                    plan.bytes = plan.bytes.saturating_add(*size);
                }
            }
        }
    }
    Ok(plan)
}

/// The steps that write a tree where nothing is.
pub(super) fn fresh(shared: &Shared, tree: ObjectId) -> Result<Vec<Planned>> {
    let empty = venom_kernel::tree::Folder::new().encode();
    let empty = ObjectId::from(&shared.objects.write(&empty)?);
    let differences = shared.differences(empty, tree)?;
    for difference in &differences {
        check_path(&difference.path)?;
    }
    let steps = differences.into_iter().filter_map(|difference| {
        let is_there = !matches!(difference.after, Some(Entry::Skipped { .. }));
        is_there.then_some(Planned {
            path: difference.path,
            now: None,
            to: difference.after,
            print: None,
        })
    });
    Ok(steps.collect())
}

/// Refuses what no capture puts into a tree: whoever can write `.git` can make git run programs.
fn check_path(path: &TreePath) -> Result<()> {
    let is_odd = |part: &[u8]| part == REPOSITORY || part.starts_with(TEMPORARY.as_bytes());
    if path.parts().any(is_odd) {
        let why = format!("the tree holds `{path}`, which no snapshot of a workspace does");
        return Err(Failure::new(FailureKind::Corrupt, why));
    }
    Ok(())
}

/// Tells whether two entries differ in nothing but their modes.
pub(super) fn is_mode_only(now: &Entry, to: &Entry) -> bool {
    match (now, to) {
        (Entry::File { blob: old, .. }, Entry::File { blob: new, .. }) => old == new,
        (Entry::Folder { .. }, Entry::Folder { .. }) => true,
        _ => false,
    }
}

struct Planner<'a> {
    shared: &'a Shared,
    wish: &'a RestoreWish,
    look: &'a Look,
    known: Lookup<'a>,
    to: Lookup<'a>,
    steps: Vec<Planned>,
    conflicts: Vec<Conflict>,
    left: BTreeMap<TreePath, Leave>,
    /// Paths that stay as they are although the tree says something else.
    kept: BTreeSet<TreePath>,
    /// The rules of the tree's folders.
    rules: BTreeMap<TreePath, Rules>,
    /// The ignore files of the tree.
    texts: BTreeMap<TreePath, Vec<u8>>,
}

impl Planner<'_> {
    /// Decides about one path that differs. A folder is judged before what is in it.
    fn judge(&mut self, difference: Difference) -> Result<()> {
        let Difference {
            path,
            before: mut now,
            after: to,
        } = difference;
        let mut print = self.look.cache.print(&path);
        if now.is_none() {
            // It may be there and be ignored.
            (now, print) = self.present(&path)?;
        }
        let is_as_wanted = match (&now, &to) {
            (Some(now), Some(to)) => now.is_same_shell(to),
            (None, None) => true,
            _ => false,
        };
        if is_as_wanted {
            return Ok(());
        }
        if let Some(leave) = self.leave(&path, now.as_ref(), to.as_ref())? {
            self.kept.insert(path.clone());
            self.left.insert(path, leave);
            return Ok(());
        }
        let known = self.known.entry(&path)?;
        let is_edited = !is_of_run(now.as_ref(), known.as_ref(), to.as_ref());
        // What is below a folder that stays something else cannot be written.
        let is_blocked = to.is_some() && self.is_blocked(&path);
        if is_edited || is_blocked {
            self.conflicts.push(Conflict {
                path: path.clone(),
                known,
                now,
                to,
            });
            if is_blocked || self.wish.edits == Edits::Keep {
                self.kept.insert(path);
                return Ok(());
            }
        }
        self.steps.push(Planned {
            path,
            now,
            to,
            print: now.and(print),
        });
        Ok(())
    }

    /// Says whether a path is left alone whoever changed it.
    fn leave(
        &mut self,
        path: &TreePath,
        now: Option<&Entry>,
        to: Option<&Entry>,
    ) -> Result<Option<Leave>> {
        if let Some(Entry::Skipped { why, .. }) = to {
            return Ok(Some(Leave::NotCaptured(*why)));
        }
        if let Some(Entry::Skipped { why, .. }) = now {
            return Ok(Some(Leave::NotCapturable(*why)));
        }
        if to.is_none() {
            // A folder above that the tree could not look into says nothing about what is in it.
            let mut above = path.parent();
            while let Some(folder) = above {
                if let Some(Entry::Skipped { why, .. }) = self.to.entry(&folder)? {
                    return Ok(Some(Leave::NotCaptured(why)));
                }
                above = folder.parent();
            }
            let is_folder = matches!(now, Some(Entry::Folder { .. }));
            let is_touched = self.wish.scope.also.iter().any(|also| path.is_within(also));
            if !is_touched && self.is_ignored_there(path, is_folder)? {
                return Ok(Some(Leave::Ignored));
            }
        }
        Ok(None)
    }

    /// Tells whether a folder above a path stays something else than a folder.
    fn is_blocked(&self, path: &TreePath) -> bool {
        let mut above = path.parent();
        while let Some(folder) = above {
            if self.kept.contains(&folder) {
                let print = self.look.cache.print(&folder);
                return print.is_none_or(|print| stamp::kind(&print) != FileType::Directory);
            }
            above = folder.parent();
        }
        false
    }

    /// Says what is at a path that the capture did not take in.
    fn present(&self, path: &TreePath) -> Result<(Option<Entry>, Option<Print>)> {
        let beneath = &self.look.beneath;
        let Some((folder, name)) = path.split() else {
            return Ok((None, None));
        };
        let stat = beneath
            .open_bytes(folder, OFlags::PATH | OFlags::DIRECTORY)
            .and_then(|folder| statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW));
        let print = match stat {
            Ok(stat) => stamp::print(&stat),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok((None, None)),
            Err(errno) => return Err(failure(errno, "look at", &shown_path(path))),
        };
        let skipped = |why| Entry::Skipped {
            why,
            size: print.size,
        };
        let id = |bytes: &[u8]| ObjectId::from(&self.shared.objects.id_of(bytes));
        let entry = match stamp::kind(&print) {
            FileType::RegularFile => {
                match read_file(beneath, path, self.wish.scope.guards.file_bytes) {
                    Ok(Content::Whole(print, bytes)) => Entry::File {
                        blob: id(&bytes),
                        size: print.size,
                        mode: stamp::bits(&print),
                    },
                    Ok(Content::TooBig) => skipped(Skip::TooBig),
                    Ok(Content::Restless | Content::Other) | Err(_) => skipped(Skip::Unreadable),
                }
            }
            FileType::Symlink => match read_link(beneath, path) {
                Ok((_, text)) => Entry::Link { target: id(&text) },
                Err(_) => skipped(Skip::Unreadable),
            },
            FileType::Directory => Entry::Folder {
                tree: id(b""),
                mode: stamp::bits(&print),
                is_partial: false,
            },
            _ => skipped(Skip::Special),
        };
        Ok((Some(entry), Some(print)))
    }

    /// Tells whether the ignore files of the tree exclude a path or a folder above it: then the tree
    /// says nothing about it, and it may have been there all the time.
    fn is_ignored_there(&mut self, path: &TreePath, is_folder: bool) -> Result<bool> {
        let mut so_far = TreePath::root();
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let rules = self.rules_of(&so_far)?;
            let Ok(name) = venom_kernel::tree::Name::new(part) else {
                return Ok(false);
            };
            so_far = so_far.join(&name);
            if rules.is_empty() {
                continue;
            }
            let is_folder = is_folder || parts.peek().is_some();
            let source = |path: &TreePath| self.texts.get(path).cloned();
            if rules.is_ignored(&so_far, is_folder, &source) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rules of a folder of the tree.
    fn rules_of(&mut self, folder: &TreePath) -> Result<Rules> {
        if let Some(rules) = self.rules.get(folder) {
            return Ok(rules.clone());
        }
        let nothing = ObjectId::from_bytes([0; 32]);
        let above = match folder.parent() {
            None => {
                let exclude = rules::exclude_path();
                let text = contents::read_small(&self.look.beneath, &exclude, rules::LONGEST);
                let has_exclude = text.is_some();
                self.texts.extend(text.map(|text| (exclude, text)));
                Rules::outermost(nothing, has_exclude)
            }
            Some(parent) => self.rules_of(&parent)?,
        };
        let mut has = [false, false];
        for (has, name) in has.iter_mut().zip(rules::NAMES) {
            let path = crate::capture::repositories::inside(folder, name);
            if let Some(Entry::File { blob, size, .. }) = self.to.entry(&path)?
                && size <= rules::LONGEST
            {
                *has = true;
                let text = contents::object(&*self.shared.objects, blob)?;
                self.texts.insert(path, text);
            }
        }
        let rules = above.within(folder, has, nothing);
        self.rules.insert(folder.clone(), rules.clone());
        Ok(rules)
    }

    /// Keeps folders that should go, or become something else, and hold something that stays.
    fn keep_what_holds_something(&mut self) -> Result<()> {
        let going: BTreeSet<TreePath> = self
            .steps
            .iter()
            .filter(|step| step.to.is_none())
            .map(|step| step.path.clone())
            .collect();
        let mut stays: BTreeSet<TreePath> = BTreeSet::new();
        // What is deepest is looked at first: a folder that stays keeps those above it.
        for step in self.steps.iter().rev() {
            let is_folder = matches!(step.now, Some(Entry::Folder { .. }));
            let becomes_none = !matches!(step.to, Some(Entry::Folder { .. }));
            if is_folder
                && becomes_none
                && holds_more(&self.look.beneath, &step.path, &going, &stays)?
            {
                stays.insert(step.path.clone());
            }
        }
        if stays.is_empty() {
            return Ok(());
        }
        let steps = std::mem::take(&mut self.steps);
        for step in steps {
            if !stays.contains(&step.path) {
                self.steps.push(step);
                continue;
            }
            if step.to.is_none() {
                // If what stays in it is a conflict, that has been said already.
                self.left.insert(step.path, Leave::Ignored);
            } else {
                let known = self.known.entry(&step.path)?;
                self.conflicts.push(Conflict {
                    path: step.path,
                    known,
                    now: step.now,
                    to: step.to,
                });
            }
        }
        Ok(())
    }

    /// Drops new folders that were only looked at for the sake of a path below that was named.
    fn drop_needless_folders(&mut self, only: &Only) {
        if only.is_all() {
            return;
        }
        let wanted: BTreeSet<TreePath> = self
            .steps
            .iter()
            .filter(|step| only.has(&step.path) && step.to.is_some())
            .flat_map(|step| std::iter::successors(step.path.parent(), TreePath::parent))
            .collect();
        self.steps
            .retain(|step| only.has(&step.path) || wanted.contains(&step.path));
        self.conflicts
            .retain(|conflict| only.has(&conflict.path) || wanted.contains(&conflict.path));
        self.left.retain(|path, _| only.has(path));
    }
}

/// Tells whether a folder holds something that is not going.
fn holds_more(
    beneath: &Beneath,
    path: &TreePath,
    going: &BTreeSet<TreePath>,
    stays: &BTreeSet<TreePath>,
) -> Result<bool> {
    let failed = |errno| failure(errno, "look into", &shown_path(path));
    let folder = match beneath.open_bytes(path.as_bytes(), OFlags::RDONLY | OFlags::DIRECTORY) {
        Ok(folder) => folder,
        Err(Errno::NOENT) => return Ok(false),
        Err(errno) => return Err(failed(errno)),
    };
    for entry in Dir::new(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") || name.starts_with(TEMPORARY.as_bytes()) {
            continue;
        }
        let inner = crate::capture::repositories::inside(path, name);
        if !going.contains(&inner) || stays.contains(&inner) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whether what is there is what the run left. A folder may also be as an interrupted restore
/// leaves it: with a bit more for its owner.
fn is_of_run(now: Option<&Entry>, known: Option<&Entry>, to: Option<&Entry>) -> bool {
    match (now, known) {
        (None, None) => true,
        (Some(now), Some(known)) if now.is_same_shell(known) => true,
        (Some(Entry::Folder { mode: now, .. }), _) => [known, to]
            .into_iter()
            .flatten()
            .any(|entry| matches!(entry, Entry::Folder { mode, .. } if mode | OWNER == *now)),
        _ => false,
    }
}

/// The paths that a restore is confined to.
struct Only {
    is_all: bool,
    paths: Vec<TreePath>,
    globs: GlobSet,
}

impl Only {
    fn new(patterns: &[String]) -> Result<Self> {
        let refused = |pattern: &str, why: String| {
            let pattern: String = pattern.chars().take(200).collect();
            Failure::new(
                FailureKind::Refused,
                format!("`{pattern}` is no path or pattern: {why}"),
            )
            .with_hint("name paths relative to the workspace, such as `src` or `docs/**/*.md`")
        };
        if patterns.len() > MOST_PATTERNS {
            let why = format!("there are more than {MOST_PATTERNS} of them");
            return Err(refused("...", why));
        }
        let mut paths = Vec::new();
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            let text = pattern.trim_start_matches("./").trim_end_matches('/');
            if let Ok(path) = text.parse::<TreePath>() {
                paths.push(path);
            }
            if text.len() > 4_096 {
                return Err(refused(pattern, "it is too long".to_owned()));
            }
            let glob = GlobBuilder::new(text)
                .literal_separator(true)
                .build()
                .map_err(|error| refused(pattern, error.kind().to_string()))?;
            globs.add(glob);
        }
        Ok(Self {
            is_all: patterns.is_empty(),
            paths,
            globs: globs
                .build()
                .map_err(|error| refused("...", error.kind().to_string()))?,
        })
    }

    const fn is_all(&self) -> bool {
        self.is_all
    }

    fn has(&self, path: &TreePath) -> bool {
        use std::os::unix::ffi::OsStrExt as _;
        self.is_all
            || self.paths.iter().any(|wanted| path.is_within(wanted))
            || self
                .globs
                .is_match(std::path::Path::new(std::ffi::OsStr::from_bytes(
                    path.as_bytes(),
                )))
    }

    /// Tells whether a path may be a folder that something wanted needs.
    fn may_lead(&self, difference: &Difference) -> bool {
        matches!(difference.after, Some(Entry::Folder { .. }))
            && !matches!(difference.before, Some(Entry::Folder { .. }))
            && !self.is_all
    }
}
