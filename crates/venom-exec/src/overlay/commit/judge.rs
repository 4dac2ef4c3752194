//! Decides for each path of a delta what is to be done, before anything is.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use venom_ports::Result;

use super::{Clash, Entries};
use crate::overlay::baseline::Baseline;
use crate::overlay::delta::{Entry, Verb};
use crate::overlay::names::shown;
use crate::overlay::node::{Form, Node};
use crate::overlay::scan::changed;
use crate::overlay::tree::{Tree, is_same_content, names_in};
use crate::workspace::{broken, failure};

/// Most names of a folder that is to be removed. Chosen: more than a delta has.
const MOST_NAMES: usize = 1_000_000;

/// What is to be done with a path.
pub(super) enum Judged {
    /// It is as wanted.
    Done,
    /// It is as the command saw it.
    Do(Step),
    /// Neither.
    Conflict(Clash),
}

/// How a path becomes what is wanted. What was seen there is held to once more when it is done.
pub(super) enum Step {
    /// Put something where nothing is.
    Create,
    /// Put something in the place of a file or link.
    Replace(Node),
    /// Put something in the place of a folder.
    ReplaceFolder(Node),
    /// Change the mode of a file.
    Mode(Node),
    /// Change the mode of a folder.
    FolderMode,
    /// Remove a file or link.
    Remove(Node),
    /// Remove a folder.
    RemoveFolder,
}

impl Step {
    /// Tells whether something has to be made ready for it.
    pub(super) const fn is_staged(&self) -> bool {
        matches!(
            self,
            Self::Create | Self::Replace(_) | Self::ReplaceFolder(_)
        )
    }
}

pub(super) struct Judge<'a> {
    upper: &'a Tree,
    host: &'a Tree,
    expected: &'a Baseline,
    entries: &'a Entries<'a>,
    device: u64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        upper: &'a Tree,
        host: &'a Tree,
        expected: &'a Baseline,
        entries: &'a Entries<'a>,
    ) -> Result<Self> {
        let root = rustix::fs::fstat(host.root())
            .map_err(|errno| failure(errno, "look at", &"the workspace"))?;
        Ok(Self {
            upper,
            host,
            expected,
            entries,
            device: root.st_dev,
        })
    }

    pub(super) fn judge(&self, entry: &Entry) -> Result<Judged> {
        let path = entry.path.as_path();
        let current = match self.host.node(path) {
            Ok(current) => current,
            Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) if self.is_turned(entry) => None,
            Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => {
                return Ok(Judged::Conflict(Clash::FolderGone));
            }
            Err(errno) => return Err(failure(errno, "look at", &shown(path))),
        };
        if current
            .as_ref()
            .is_some_and(|node| node.print.device != self.device)
        {
            return Ok(Judged::Conflict(Clash::Mounted));
        }
        let open = || self.open(path);
        if self.expected.is_unchanged(path, current.as_ref(), open)? {
            return self.step(entry, current);
        }
        if let Some(done) = self.done(entry, current.as_ref())? {
            return Ok(done);
        }
        Ok(Judged::Conflict(
            match (self.expected.node(path), &current) {
                (None, _) => Clash::Appeared,
                (Some(_), None) => Clash::Gone,
                (Some(_), Some(_)) => Clash::Changed,
            },
        ))
    }

    fn open(&self, path: &Path) -> Result<File> {
        match self.host.file(path) {
            Ok((file, _)) => Ok(file),
            Err(errno) => Err(failure(errno, "read", &shown(path))),
        }
    }

    /// Tells whether the delta itself explains that a folder on the way is none: it will be one, or
    /// was one and the path went with it.
    fn is_turned(&self, entry: &Entry) -> bool {
        let mut above = entry.path.ancestors().skip(1);
        above.any(|path| {
            let new = self.entries.get(path).and_then(|above| above.new.as_ref());
            let is_folder = new.is_some_and(|new| new.form == Form::Folder);
            match entry.new {
                Some(_) => is_folder,
                None => new.is_some() && !is_folder,
            }
        })
    }

    /// Says what is to be done with a path that is as the command saw it.
    fn step(&self, entry: &Entry, current: Option<Node>) -> Result<Judged> {
        let Some(wanted) = &entry.new else {
            return match current {
                None => Ok(Judged::Done),
                Some(node) if node.form == Form::Folder => {
                    self.emptied(&entry.path, Step::RemoveFolder)
                }
                Some(node) => Ok(Judged::Do(Step::Remove(node))),
            };
        };
        let Some(node) = current else {
            return self.create(entry);
        };
        Ok(match (node.form, wanted.form) {
            (Form::Folder, Form::Folder) if node.mode == wanted.mode => Judged::Done,
            (Form::Folder, Form::Folder) => Judged::Do(Step::FolderMode),
            (Form::Folder, _) => {
                return self.emptied(&entry.path, Step::ReplaceFolder(node));
            }
            (Form::File, Form::File)
                if entry.verb() == Verb::ModeChanged && node.mode == wanted.mode =>
            {
                Judged::Done
            }
            // A file with other names keeps its mode under those: it was one file's that changed.
            (Form::File, Form::File)
                if entry.verb() == Verb::ModeChanged && node.print.links == 1 =>
            {
                Judged::Do(Step::Mode(node))
            }
            _ => Judged::Do(Step::Replace(node)),
        })
    }

    /// Something can be put there if the folder that it goes into is there or will be.
    fn create(&self, entry: &Entry) -> Result<Judged> {
        let folder = entry.path.parent().unwrap_or_else(|| Path::new(""));
        let will_be = self
            .entries
            .get(folder)
            .and_then(|above| above.new.as_ref());
        if will_be.is_some_and(|new| new.form == Form::Folder) {
            return Ok(Judged::Do(Step::Create));
        }
        Ok(match self.host.node(folder) {
            Ok(Some(node)) if node.form == Form::Folder && node.print.device == self.device => {
                Judged::Do(Step::Create)
            }
            Ok(Some(node)) if node.form == Form::Folder => Judged::Conflict(Clash::Mounted),
            Ok(_) | Err(Errno::NOTDIR | Errno::LOOP) => Judged::Conflict(Clash::FolderGone),
            Err(errno) => return Err(failure(errno, "look at", &shown(folder))),
        })
    }

    /// A folder can go if all that is in it goes with it.
    fn emptied(&self, path: &Path, step: Step) -> Result<Judged> {
        let folder = match self.host.folder(path) {
            Ok(folder) => folder,
            Err(errno) => return Err(failure(errno, "look into", &shown(path))),
        };
        for name in names_in(&folder, MOST_NAMES)? {
            let inner: PathBuf = path.join(name);
            let entry = self.entries.get(inner.as_path());
            if entry.is_none_or(|entry| entry.new.is_some()) {
                return Ok(Judged::Conflict(Clash::NewInside(inner)));
            }
        }
        Ok(Judged::Do(step))
    }

    /// Says whether a path that is not as the command saw it is as wanted; `None` if not.
    fn done(&self, entry: &Entry, current: Option<&Node>) -> Result<Option<Judged>> {
        let path = entry.path.as_path();
        let (wanted, node) = match (&entry.new, current) {
            (None, None) => return Ok(Some(Judged::Done)),
            (Some(wanted), Some(node)) if wanted.form == node.form => (wanted, node),
            _ => return Ok(None),
        };
        let is_done = match wanted.form {
            // An interrupted commit had yet to close it to its owner.
            Form::Folder if node.mode != wanted.mode && node.mode == wanted.mode | 0o700 => {
                return Ok(Some(Judged::Do(Step::FolderMode)));
            }
            Form::Folder => node.mode == wanted.mode,
            Form::Link => node.target == wanted.target,
            Form::File => {
                (node.mode, node.size) == (wanted.mode, wanted.size)
                    && self.is_same(path, wanted)?
            }
            Form::Pipe | Form::Socket | Form::Device => false,
        };
        Ok(is_done.then_some(Judged::Done))
    }

    fn is_same(&self, path: &Path, wanted: &Node) -> Result<bool> {
        let Ok((upper, found)) = self.upper.file(path) else {
            return Err(changed(path));
        };
        if !wanted.is_untouched(&found) {
            return Err(changed(path));
        }
        let host = self.open(path)?;
        is_same_content(&upper, &host, wanted.size)
            .map_err(|error| broken(&error, "read", &shown(path)))
    }
}
