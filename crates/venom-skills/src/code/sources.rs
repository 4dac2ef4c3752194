//! Which texts are analysed, and which are left out and why.

use futures::StreamExt as _;
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::{Entry, EntryKind, Files, Walk};

use super::MAX_TEXT_BYTES;
use super::analyser::{ENDS, Grammar};
use crate::ahead;
use crate::name;
use crate::params::refused;
use crate::place::{self, Place, Wanted};
use crate::unread::Unread;
use crate::vendored;

/// The texts that are analysed.
pub(super) struct Sources {
    /// Whether these are all files of the workspace.
    pub(super) is_whole: bool,
    /// Files, with their text.
    pub(super) files: Vec<Source>,
    /// Files that were left out, and why.
    pub(super) skipped: Vec<(String, String)>,
    /// Whether there were more files than can be listed.
    pub(super) truncated: bool,
    /// What the listing could not read.
    pub(super) unread: Unread,
}

/// One file.
pub(super) struct Source {
    pub(super) path: RelPath,
    pub(super) text: String,
    /// What stands before the text: a byte order mark or nothing.
    pub(super) mark: &'static str,
}

/// The byte order mark, which is no part of the program.
const MARK: &str = "\u{feff}";

impl Sources {
    /// Reads all files in a known language that a path means.
    pub(super) async fn read(context: &SkillContext, path: Option<RelPath>) -> Result<Self> {
        let under = path.unwrap_or_else(RelPath::root);
        let listed = Listed::read(context, &under).await?;
        let mut sources = Self {
            is_whole: under.is_root(),
            files: Vec::new(),
            skipped: Vec::new(),
            truncated: listed.truncated,
            unread: listed.unread,
        };
        let mut read = ahead::each(listed.entries, move |entry: Entry| async move {
            let read = context.files.read(&entry.path, MAX_TEXT_BYTES as u64);
            (read.await, entry)
        });
        while let Some((read, entry)) = read.next().await {
            let name = entry.path.to_string();
            match read {
                Ok(file) => match String::from_utf8(file.bytes) {
                    Ok(text) => {
                        let (mark, text) = match text.strip_prefix(MARK) {
                            Some(rest) => (MARK, rest.to_owned()),
                            None => ("", text),
                        };
                        sources.files.push(Source {
                            path: entry.path,
                            text,
                            mark,
                        });
                    }
                    Err(_) => sources.skipped.push((name, "it is not UTF-8".to_owned())),
                },
                Err(_) if entry.size > MAX_TEXT_BYTES as u64 => {
                    sources.skipped.push((name, "it is too large".to_owned()));
                }
                Err(failure) => sources.skipped.push((name, failure.message)),
            }
        }
        Ok(sources)
    }
}

/// The files in a known language that a path means.
pub(super) struct Listed {
    /// The files, by path.
    pub(super) entries: Vec<Entry>,
    /// Whether there were more.
    pub(super) truncated: bool,
    /// What could not be read.
    pub(super) unread: Unread,
}

impl Listed {
    /// Lists them.
    pub(super) async fn read(context: &SkillContext, under: &RelPath) -> Result<Self> {
        if let Place::File(entry) = place::look(context, under, Wanted::FileOrFolder).await? {
            if !is_known(under.name()) {
                return Err(refused(format!(
                    "`{}` is in none of the languages that are known: Python, JavaScript, TypeScript, Rust and Go",
                    name::shown(under.as_str())
                ))
                .with_hint("name a file in one of them or a folder with some"));
            }
            return Ok(Self {
                entries: vec![entry],
                truncated: false,
                unread: Unread::default(),
            });
        }
        Self::all(context.files.as_ref(), under).await
    }

    /// Lists those of a folder.
    pub(super) async fn all(files: &dyn Files, under: &RelPath) -> Result<Self> {
        let globs = ["py", "pyw"]
            .into_iter()
            .chain(ENDS)
            .map(|end| format!("*.{end}"))
            .collect();
        let walk = Walk {
            under: under.clone(),
            globs: vendored::with_marks(globs),
            ..Walk::default()
        };
        let mut listing = files.walk(walk).await?;
        vendored::leave_out(&mut listing.entries, under);
        vendored::drop_marks(&mut listing.entries);
        listing
            .entries
            .retain(|entry| entry.kind == EntryKind::File);
        Ok(Self {
            entries: listing.entries,
            truncated: listing.truncated,
            unread: Unread::of(&listing.unreadable),
        })
    }
}

fn is_known(name: &str) -> bool {
    is_python(name) || Grammar::of(name).is_some()
}

/// Whether a file is Python by its name.
pub(super) fn is_python(name: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|end| end == "py" || end == "pyw")
}
