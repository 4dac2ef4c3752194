//! Finds the changes in an upper folder.
//!
//! The upper folder holds only what was touched; each of its folders is laid over the folder of the
//! workspace at the same path, and the two are compared name by name. A folder that was removed and
//! made again is opaque: what the workspace has in it counts as removed unless it stands in the
//! upper folder too.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use venom_ports::{Failure, FailureKind, Result};

use super::Guards;
use super::delta::{Delta, Entry, Facts, Role};
use super::ignored::Ignored;
use super::marks::{Mark, Marked, Marks, marks};
use super::names::{folded, shown};
use super::node::{Form, Node};
use super::replica::Replica;
use super::resolve;
use super::stage::{STAGING, opened};
use super::tree::{Tree, file_at, is_same_content, names_in, node_at, too_many};
use crate::workspace::{broken, failure};

impl Delta {
    /// Finds the changes between a workspace (`lower`) and what a command left in the upper folder
    /// of an overlay above it.
    ///
    /// If the overlay had more lower layers than the workspace, `lower` is the merged view of them.
    /// Scanning again after an interrupted commit finds what is left to do.
    pub fn scan(upper: &Path, lower: &Path, guards: &Guards) -> Result<Self> {
        Self::scan_with(upper, lower, None, guards)
    }

    /// Finds the changes between a workspace (`lower`) and what a command made of a private copy of
    /// it. What is hidden from the copy is dropped, whatever the command put there.
    pub fn scan_replica(
        copy: &Path,
        lower: &Path,
        replica: &Replica,
        guards: &Guards,
    ) -> Result<Self> {
        let guards = Guards {
            entries: guards
                .entries
                .saturating_add(replica.len().saturating_mul(2)),
            ..*guards
        };
        let mut delta = Self::scan_with(copy, lower, Some(replica), &guards)?;
        delta.assign(|entry| {
            if replica.is_left_out(&entry.path) {
                Role::Dropped
            } else {
                entry.role
            }
        });
        Ok(delta)
    }

    fn scan_with(
        upper: &Path,
        lower: &Path,
        replica: Option<&Replica>,
        guards: &Guards,
    ) -> Result<Self> {
        let upper = Tree::open(upper)?;
        let lower = Tree::open(lower)?;
        let mut scanner = Scanner {
            upper: &upper,
            lower: &lower,
            replica,
            guards,
            ignored: Ignored::new(&lower),
            entries: BTreeMap::new(),
            marked: Vec::new(),
            names: BTreeMap::new(),
            opened: opened(&lower),
            seen: 0,
            bytes: 0,
        };
        scanner.run()?;
        Ok(scanner.finish())
    }
}

struct Scanner<'a> {
    upper: &'a Tree,
    lower: &'a Tree,
    /// What the upper folder was when it is a copy of the workspace and no layer above it.
    replica: Option<&'a Replica>,
    guards: &'a Guards,
    ignored: Ignored<'a>,
    entries: BTreeMap<PathBuf, Entry>,
    marked: Vec<Marked>,
    /// How many names each file of the upper folder has in it, by inode.
    names: BTreeMap<u64, u64>,
    /// Folders of the workspace that an interrupted commit opened, and the modes that they had.
    opened: BTreeMap<PathBuf, u32>,
    seen: usize,
    bytes: u64,
}

/// A folder of the upper folder that waits to be looked at.
struct Waiting {
    path: PathBuf,
    beneath: Beneath,
    role: Role,
}

/// What the workspace has at the path of a folder of the upper folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beneath {
    Nothing,
    /// A folder whose content shows through.
    Merged,
    /// A folder whose content does not show through.
    Hidden,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<()> {
        let mut waiting = vec![Waiting {
            path: PathBuf::new(),
            // Nothing shows through a copy: what is not in it was removed.
            beneath: if self.replica.is_some() {
                Beneath::Hidden
            } else {
                Beneath::Merged
            },
            role: Role::Source,
        }];
        while let Some(folder) = waiting.pop() {
            self.visit(folder, &mut waiting)?;
        }
        Ok(())
    }

    fn visit(&mut self, folder: Waiting, waiting: &mut Vec<Waiting>) -> Result<()> {
        let Waiting {
            path,
            mut beneath,
            role,
        } = folder;
        let opened = match self.upper.folder_to_enter(&path) {
            Ok(opened) => opened,
            Err(Errno::ACCESS) => {
                self.mark(&path, Mark::Unreadable);
                return Ok(());
            }
            Err(errno) => return Err(failed(errno, &path)),
        };
        let marks = marks(&opened).map_err(|errno| failed(errno, &path))?;
        if marks.is_whiteout {
            self.mark(&path, Mark::OddWhiteout);
        }
        self.note_wrong(&path, &marks);
        if marks.is_opaque && beneath == Beneath::Merged {
            beneath = Beneath::Hidden;
        }
        let lower = match beneath {
            Beneath::Nothing => None,
            Beneath::Merged | Beneath::Hidden => match self.lower.folder_to_enter(&path) {
                Ok(lower) => Some(lower),
                Err(Errno::ACCESS) => {
                    self.mark(&path, Mark::Unreadable);
                    return Ok(());
                }
                Err(errno) => return Err(failed(errno, &path)),
            },
        };
        let below = match &lower {
            Some(lower) => names_in(lower, self.guards.entries)?,
            None => Vec::new(),
        };
        let names = names_in(&opened, self.guards.entries)?;
        let mut shows: BTreeSet<&OsStr> = BTreeSet::new();
        if beneath == Beneath::Merged {
            shows.extend(below.iter().map(OsString::as_os_str));
        }
        let mut created = Vec::new();
        for name in &names {
            let here = self.admit(&path, name)?;
            let mut old = match &lower {
                Some(lower) => node_at(lower, name).map_err(|errno| failed(errno, &here))?,
                None => None,
            };
            if let (Some(old), Some(mode)) = (&mut old, self.opened.get(&here))
                && old.form == Form::Folder
                && old.mode == mode | 0o700
            {
                old.mode = *mode;
            }
            let is_new = old.is_none();
            let at = At {
                path: here,
                role,
                beneath,
                lower: lower.as_ref(),
            };
            if self.compare(at, &opened, name, old, waiting)? {
                shows.insert(name);
                if is_new {
                    created.push(name);
                }
            } else {
                shows.remove(name.as_os_str());
            }
        }
        if beneath == Beneath::Hidden {
            let kept: BTreeSet<&OsString> = names.iter().collect();
            for name in below.iter().filter(|name| !kept.contains(name)) {
                let here = self.admit(&path, name)?;
                if self.replica.is_some_and(|replica| !replica.holds(&here)) {
                    // It was left out, or somebody made it since.
                    continue;
                }
                self.remove(here, role)?;
            }
        }
        self.note_alike(&path, &shows, &created);
        Ok(())
    }

    /// Counts a name in and makes its path.
    fn admit(&mut self, folder: &Path, name: &OsStr) -> Result<PathBuf> {
        let path = folder.join(name);
        self.seen += 1;
        if self.seen > self.guards.entries {
            return Err(too_many(self.guards.entries));
        }
        let refused = |what: &str| {
            Failure::new(FailureKind::Refused, format!("`{}` {what}", shown(&path))).with_hint(
                "the command left something that cannot be looked through; drop its changes",
            )
        };
        if name.len() > self.guards.name {
            return Err(refused("has too long a name"));
        }
        // 4096 is PATH_MAX on Linux.
        if path.components().count() > self.guards.depth || path.as_os_str().len() >= 4_096 {
            return Err(refused("is too deep in folders"));
        }
        Ok(path)
    }

    /// Compares what stands under a name; tells whether anything will stand there.
    fn compare(
        &mut self,
        at: At<'_>,
        folder: &OwnedFd,
        name: &OsStr,
        old: Option<Node>,
        waiting: &mut Vec<Waiting>,
    ) -> Result<bool> {
        let path = &at.path;
        let Some(node) = node_at(folder, name).map_err(|errno| failed(errno, path))? else {
            return Err(changed(path));
        };
        let is_untouched = self
            .replica
            .is_some_and(|replica| replica.is_untouched(path, &node));
        if is_untouched && node.form != Form::Folder {
            if node.form == Form::File {
                *self.names.entry(node.print.inode).or_default() += 1;
            }
            return Ok(true);
        }
        match node.form {
            Form::Folder => {
                let role = self.role(path, at.role, true);
                let beneath = match &old {
                    Some(old) if old.form == Form::Folder => at.beneath,
                    _ => Beneath::Nothing,
                };
                waiting.push(Waiting {
                    path: path.clone(),
                    beneath,
                    role,
                });
                let is_same = old
                    .as_ref()
                    .is_some_and(|old| old.form == Form::Folder && old.mode == node.mode);
                if !is_same && !is_untouched {
                    self.put(at.path, old, Some(node), role, Facts::default());
                }
            }
            Form::Device if is_whiteout(folder, name) => {
                self.white_out(at, old.as_ref())?;
                return Ok(false);
            }
            Form::File => return self.compare_file(at, folder, name, old),
            Form::Link | Form::Pipe | Form::Socket | Form::Device => {
                let is_same = node.form == Form::Link
                    && old
                        .as_ref()
                        .is_some_and(|old| old.form == Form::Link && old.target == node.target);
                if !is_same {
                    self.replace(at, old, node, Facts::default())?;
                }
            }
        }
        Ok(true)
    }

    fn compare_file(
        &mut self,
        at: At<'_>,
        folder: &OwnedFd,
        name: &OsStr,
        old: Option<Node>,
    ) -> Result<bool> {
        let path = &at.path;
        let (file, node) = match file_at(folder, name) {
            Ok(opened) => opened,
            Err(Errno::ACCESS) => {
                self.mark(path, Mark::Unreadable);
                return Ok(true);
            }
            Err(Errno::NOENT | Errno::INVAL | Errno::LOOP) => return Err(changed(path)),
            Err(errno) => return Err(failed(errno, path)),
        };
        let marks = marks(&file).map_err(|errno| failed(errno, path))?;
        if marks.is_whiteout {
            if node.size == 0 {
                self.white_out(at, old.as_ref())?;
                return Ok(false);
            }
            self.mark(path, Mark::OddWhiteout);
        }
        self.note_wrong(path, &marks);
        *self.names.entry(node.print.inode).or_default() += 1;
        self.bytes = self.bytes.saturating_add(node.size);
        if self.bytes > self.guards.bytes {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "the command left more than {} MiB of files",
                    self.guards.bytes >> 20
                ),
            )
            .with_hint("let it write less, or raise the limit on bytes"));
        }
        let mut facts = Facts::default();
        if let (Some(old), Some(lower)) = (&old, at.lower)
            && old.form == Form::File
            && old.size == node.size
        {
            facts.is_content_kept = match file_at(lower, name) {
                Ok((before, _)) => is_same_content(&before, &file, node.size)
                    .map_err(|error| broken(&error, "read", &shown(path)))?,
                // What cannot be read cannot be said to be the same.
                Err(_) => false,
            };
            if facts.is_content_kept && old.mode == node.mode {
                return Ok(true);
            }
        }
        self.replace(at, old, node, facts)?;
        Ok(true)
    }

    /// Notes something that is no folder; a folder whose place it takes goes with all that it holds.
    fn replace(&mut self, at: At<'_>, old: Option<Node>, new: Node, facts: Facts) -> Result<()> {
        let role = self.role(&at.path, at.role, false);
        if old.as_ref().is_some_and(|old| old.form == Form::Folder) {
            self.remove_inside(&at.path, role)?;
        }
        self.put(at.path, old, Some(new), role, facts);
        Ok(())
    }

    fn white_out(&mut self, at: At<'_>, old: Option<&Node>) -> Result<()> {
        // What an interrupted commit left is nobody's file.
        if old.is_none() || at.path == Path::new(STAGING) {
            return Ok(());
        }
        self.remove(at.path, at.role)
    }

    /// Notes that something of the workspace is gone, with all that it holds.
    fn remove(&mut self, path: PathBuf, above: Role) -> Result<()> {
        let old = self
            .lower
            .node(&path)
            .map_err(|errno| failed(errno, &path))?;
        let Some(old) = old else {
            return Ok(());
        };
        let is_folder = old.form == Form::Folder;
        let role = self.role(&path, above, is_folder);
        if is_folder {
            self.remove_inside(&path, role)?;
        }
        self.put(path, Some(old), None, role, Facts::default());
        Ok(())
    }

    fn remove_inside(&mut self, path: &Path, role: Role) -> Result<()> {
        let mut waiting = vec![(path.to_path_buf(), role)];
        while let Some((folder, role)) = waiting.pop() {
            let opened = match self.lower.folder_to_enter(&folder) {
                Ok(opened) => opened,
                Err(Errno::ACCESS) => {
                    self.mark(&folder, Mark::Unreadable);
                    continue;
                }
                Err(errno) => return Err(failed(errno, &folder)),
            };
            for name in names_in(&opened, self.guards.entries)? {
                let here = self.admit(&folder, &name)?;
                let Some(old) = node_at(&opened, &name).map_err(|errno| failed(errno, &here))?
                else {
                    continue;
                };
                let role = self.role(&here, role, old.form == Form::Folder);
                if old.form == Form::Folder {
                    waiting.push((here.clone(), role));
                }
                self.put(here, Some(old), None, role, Facts::default());
            }
        }
        Ok(())
    }

    fn role(&mut self, path: &Path, above: Role, is_folder: bool) -> Role {
        match above {
            Role::Output | Role::Repository | Role::Dropped => above,
            Role::Source if path.file_name() == Some(OsStr::new(".git")) => Role::Repository,
            Role::Source if self.ignored.is_ignored(path, is_folder) => Role::Output,
            Role::Source => Role::Source,
        }
    }

    fn put(
        &mut self,
        path: PathBuf,
        old: Option<Node>,
        new: Option<Node>,
        role: Role,
        facts: Facts,
    ) {
        let entry = Entry {
            path: path.clone(),
            old,
            new,
            role,
            facts,
        };
        self.entries.insert(path, entry);
    }

    fn mark(&mut self, path: &Path, mark: Mark) {
        self.marked.push(Marked {
            path: path.to_path_buf(),
            mark,
        });
    }

    fn note_wrong(&mut self, path: &Path, marks: &Marks) {
        if let Some(wrong) = &marks.wrong {
            self.mark(path, wrong.clone());
        }
    }

    /// Notes new names that differ from another of the folder by the case of letters alone.
    fn note_alike(&mut self, folder: &Path, shows: &BTreeSet<&OsStr>, created: &[&OsString]) {
        if created.is_empty() {
            return;
        }
        let mut by_letters: BTreeMap<Vec<u8>, Vec<&OsStr>> = BTreeMap::new();
        for name in shows {
            by_letters.entry(folded(name)).or_default().push(name);
        }
        for name in created {
            let twins = by_letters.get(&folded(name)).map(Vec::as_slice);
            let twin = twins
                .unwrap_or_default()
                .iter()
                .find(|twin| **twin != name.as_os_str());
            if let Some(twin) = twin
                && let Some(entry) = self.entries.get_mut(&folder.join(name))
            {
                entry.facts.alike = Some(folder.join(twin));
            }
        }
    }

    fn finish(mut self) -> Delta {
        let mut leads = Vec::new();
        for (path, entry) in &self.entries {
            if let Some(target) = entry.new.as_ref().and_then(|new| new.target.as_ref())
                && let Some(outwards) = resolve::leads(&self.entries, self.lower, path, target)
            {
                leads.push((path.clone(), outwards));
            }
        }
        for (path, outwards) in leads {
            if let Some(entry) = self.entries.get_mut(&path) {
                entry.facts.leads = Some(outwards);
            }
        }
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        for entry in &mut entries {
            if let Some(new) = &entry.new {
                let names = self.names.get(&new.print.inode);
                entry.facts.names = names.copied().unwrap_or_default();
            }
        }
        self.marked.sort_by(|a, b| a.path.cmp(&b.path));
        Delta {
            entries,
            marked: self.marked,
        }
    }
}

/// Where a comparison is made.
struct At<'a> {
    path: PathBuf,
    /// The role of the folder.
    role: Role,
    beneath: Beneath,
    lower: Option<&'a OwnedFd>,
}

/// Tells whether a device is the one that overlays use for what is gone.
fn is_whiteout(folder: &OwnedFd, name: &OsStr) -> bool {
    use rustix::fs::{AtFlags, FileType, statat};
    statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
    })
}

fn failed(errno: Errno, path: &Path) -> Failure {
    failure(errno, "look at", &shown(path))
}

/// The upper folder changes while it is read: something of the command still runs.
pub(super) fn changed(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Refused,
        format!("`{}` changed while it was looked at", shown(path)),
    )
    .with_hint("end everything that the command started, then look at its changes again")
}
