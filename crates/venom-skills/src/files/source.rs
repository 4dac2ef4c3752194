//! Which files an action works on, and their texts.

use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::{Entry, EntryKind, Walk};

use crate::params::{missing, refused};
use crate::vendored;

/// The largest file that is searched or edited. Chosen: larger ones are data, not text for people.
pub(super) const LARGEST: u64 = 16 << 20;

/// Which files are meant.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// The file or folder to look in.
    pub(super) under: Option<RelPath>,
    /// Patterns of paths.
    pub(super) globs: Option<Vec<String>>,
    /// Files and folders to leave out.
    pub(super) exclude: Option<Vec<RelPath>>,
    /// Whether hidden files count.
    pub(super) hidden: bool,
}

/// The files that are meant.
pub(super) struct Selected {
    /// The files, by path.
    pub(super) files: Vec<Entry>,
    /// Whether there were more than are listed.
    pub(super) truncated: bool,
}

impl Selection {
    /// Lists the files. Ignored ones and other people's are not meant, unless they are named.
    pub(super) async fn files(&self, context: &SkillContext) -> Result<Selected> {
        let under = self.under.clone().unwrap_or_else(RelPath::root);
        let globs = self.globs.clone().unwrap_or_default();
        if let Some(glob) = globs
            .iter()
            .find(|glob| glob.is_empty() || glob.len() > 1_000)
        {
            return Err(refused(format!(
                "`{}` is not a pattern of paths",
                crate::bounded::line(glob, 50)
            )));
        }
        let excluded = self.exclude.as_deref().unwrap_or_default();
        let is_excluded = |path: &RelPath| {
            excluded.iter().any(|one| {
                let rest = path.as_str().strip_prefix(one.as_str());
                one.is_root() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        if !under.is_root() {
            let entry = context.files.stat(&under).await?.ok_or_else(|| {
                missing(format!("there is no file or folder `{under}`"))
                    .with_hint("paths count from the top of the workspace")
            })?;
            if entry.kind == EntryKind::File {
                let files = if is_excluded(&under) {
                    Vec::new()
                } else {
                    vec![entry]
                };
                return Ok(Selected {
                    files,
                    truncated: false,
                });
            }
        }
        let has_globs = !globs.is_empty();
        let walk = Walk {
            under: under.clone(),
            globs: vendored::with_marks(globs),
            hidden: self.hidden,
            ..Walk::default()
        };
        let mut listing = context.files.walk(walk).await?;
        vendored::leave_out(&mut listing.entries, &under);
        if has_globs {
            vendored::drop_marks(&mut listing.entries);
        }
        let is_meant = |entry: &Entry| entry.kind == EntryKind::File && !is_excluded(&entry.path);
        let files = listing.entries.into_iter().filter(is_meant).collect();
        Ok(Selected {
            files,
            truncated: listing.truncated,
        })
    }
}

/// Tells whether bytes are no text: a NUL near the beginning, as git has it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|byte| *byte == 0)
}

/// Reads a file for searching; `None` if it is too large, no text, or cannot be read.
pub(super) async fn text(context: &SkillContext, entry: &Entry) -> Option<Vec<u8>> {
    if entry.size > LARGEST {
        return None;
    }
    let file = context.files.read(&entry.path, LARGEST).await.ok()?;
    (!is_binary(&file.bytes)).then_some(file.bytes)
}
