//! Which files an action works on, and their texts.

use futures::Stream;
use venom_kernel::change::RelPath;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::{Entry, EntryKind, Walk};
use venom_ports::{FailureKind, Result};

use super::encoding::{self, Encoding};
use crate::ahead;
use crate::bounded::{self, push};
use crate::name;
use crate::params::{Given, refused};
use crate::place::{self, Place, Wanted};
use crate::schema::{self, Object};
use crate::unread::Unread;
use crate::vendored;

/// The largest file that is searched or edited. Chosen: larger ones are data, not text for people.
pub(super) const LARGEST: u64 = 16 << 20;

/// What is looked at of a file to see whether it is text: what [`is_binary`] looks at.
const BEGINNING: usize = 8_000;

/// A file above this is looked at before it is read as a whole, so that no picture or library is. Chosen: reading less
/// costs no more than looking.
const WORTH_A_LOOK: u64 = 64 << 10;

/// How many files that were left out are named in the text for people.
const NAMED: usize = 20;

/// Which files are meant.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// The file or folder to look in.
    under: Option<RelPath>,
    /// Patterns of paths.
    globs: Option<Vec<String>>,
    /// Files and folders to leave out.
    exclude: Option<Vec<RelPath>>,
}

/// What more is meant than the files that an action works on as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Hidden files are not meant.
    LeftOut,
    /// Hidden files are meant as well.
    Meant,
}

impl Hidden {
    /// Takes the parameter that says so.
    pub(super) fn take(given: &mut Given) -> Result<Self> {
        Ok(if given.flag("hidden")? {
            Self::Meant
        } else {
            Self::LeftOut
        })
    }

    /// Describes the parameter.
    pub(super) fn params(object: Object) -> Object {
        object.may("hidden", schema::flag("Whether hidden files count."))
    }
}

/// The files that are meant.
pub(super) struct Selected {
    /// The files, by path.
    pub(super) files: Vec<Entry>,
    /// Whether there were more than are listed.
    pub(super) truncated: bool,
    /// What the listing could not read.
    pub(super) unread: Unread,
}

impl Selection {
    /// Takes the parameters that say which files are meant.
    pub(super) fn take(given: &mut Given) -> Result<Self> {
        Ok(Self {
            under: given.may("under")?,
            globs: given.may("globs")?,
            exclude: given.may("exclude")?,
        })
    }

    /// Describes the parameters.
    pub(super) fn params(object: Object, wanted: Wanted) -> Object {
        let under = match wanted {
            Wanted::Folder => "The folder to look in; everything if not given.",
            Wanted::FileOrFolder => "The file or folder to look in; everything if not given.",
        };
        object
            .may("under", schema::path(under))
            .may(
                "globs",
                schema::texts(
                    "Patterns of paths such as `*.py`, `src/**/*.{rs,toml}` or `!*.min.js`, which leaves files out; all files if not given.",
                ),
            )
            .may("exclude", schema::texts("Files and folders to leave out."))
    }

    /// Lists the files. Ignored ones and other people's are not meant, unless they are named.
    pub(super) async fn files(
        self,
        context: &SkillContext,
        wanted: Wanted,
        hidden: Hidden,
    ) -> Result<Selected> {
        let under = self.under.unwrap_or_else(RelPath::root);
        let globs = self.globs.unwrap_or_default();
        if let Some(glob) = globs
            .iter()
            .find(|glob| glob.is_empty() || glob.len() > 1_000)
        {
            return Err(refused(format!(
                "`{}` is not a pattern of paths",
                bounded::line(glob, 50)
            )));
        }
        let excluded = self.exclude.unwrap_or_default();
        let is_excluded = |path: &RelPath| {
            excluded.iter().any(|one| {
                let rest = path.as_str().strip_prefix(one.as_str());
                one.is_root() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        match place::look(context, &under, wanted).await? {
            Place::Folder => {}
            Place::File(_) if is_excluded(&under) => return Ok(Selected::of(Vec::new())),
            Place::File(entry) => return Ok(Selected::of(vec![entry])),
        }
        let has_globs = vendored::wants_some(&globs);
        let walk = Walk {
            under: under.clone(),
            globs: vendored::with_marks(globs),
            hidden: hidden == Hidden::Meant,
            ..Walk::default()
        };
        let mut listing = context.files.walk(walk).await?;
        vendored::leave_out(&mut listing.entries, &under);
        if has_globs {
            vendored::drop_marks(&mut listing.entries);
        }
        listing.unreadable.retain(|path| !is_excluded(path));
        let is_meant = |entry: &Entry| entry.kind == EntryKind::File && !is_excluded(&entry.path);
        Ok(Selected {
            files: listing.entries.into_iter().filter(is_meant).collect(),
            truncated: listing.truncated,
            unread: Unread::of(&listing.unreadable),
        })
    }
}

impl Selected {
    fn of(files: Vec<Entry>) -> Self {
        Self {
            files,
            truncated: false,
            unread: Unread::default(),
        }
    }
}

/// The text of a file, or why there is none.
pub(super) enum Source {
    /// The bytes of a text.
    Text(Vec<u8>),
    /// It is no text.
    Binary,
    /// It stands for content that Git LFS keeps elsewhere: whoever changes it loses the content.
    Pointer,
    /// It is too large.
    TooLarge,
    /// It cannot be read.
    Closed,
    /// It was removed since it was listed.
    Gone,
}

impl Source {
    /// Reads a file.
    pub(super) async fn read(context: &SkillContext, entry: &Entry) -> Self {
        if entry.size > LARGEST {
            return Self::TooLarge;
        }
        // What cannot be looked at is told when it is read.
        if entry.size > WORTH_A_LOOK
            && let Ok(bytes) = context.files.read_part(&entry.path, 0, BEGINNING).await
            && encoding::utf16(&bytes).is_none()
            && is_binary(&bytes)
        {
            return Self::Binary;
        }
        match context.files.read(&entry.path, LARGEST).await {
            Ok(file) if encoding::utf16(&file.bytes).is_some() => Self::Text(file.bytes),
            Ok(file) if is_binary(&file.bytes) => Self::Binary,
            Ok(file) if is_pointer(&file.bytes) => Self::Pointer,
            Ok(file) => Self::Text(file.bytes),
            Err(failure) if failure.kind == FailureKind::Missing => Self::Gone,
            Err(_) => Self::Closed,
        }
    }
}

/// Reads files ahead of whoever works on them, in their order.
pub(super) fn texts(
    context: &SkillContext,
    entries: Vec<Entry>,
) -> impl Stream<Item = (Entry, Source)> + Send + Unpin + '_ {
    ahead::each(entries, move |entry| async move {
        let source = Source::read(context, &entry).await;
        (entry, source)
    })
}

/// Files whose text was not looked at.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// Files that are no text. They are never meant, so they are only counted.
    binary: usize,
    large: Vec<String>,
    pointers: Vec<String>,
    closed: Vec<String>,
}

impl LeftOut {
    /// Returns the text of a file as UTF-8, or notes why there is none. What is certain to be in
    /// another encoding is read in it; what is not, is given as it stands.
    pub(super) fn or_text(&mut self, entry: &Entry, source: Source) -> Option<Vec<u8>> {
        let bytes = self.or_bytes(entry, source)?;
        match encoding::read(&bytes) {
            Some((_, Encoding::Utf8)) | None => Some(bytes),
            Some((text, Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Western)) => {
                Some(text.into_bytes())
            }
        }
    }

    /// Returns the bytes of a text, or notes why there are none.
    pub(super) fn or_bytes(&mut self, entry: &Entry, source: Source) -> Option<Vec<u8>> {
        let path = || entry.path.as_str().to_owned();
        match source {
            Source::Text(bytes) => return Some(bytes),
            Source::Binary => self.binary += 1,
            Source::TooLarge => self.large.push(path()),
            Source::Pointer => self.pointers.push(path()),
            Source::Closed => self.closed.push(path()),
            Source::Gone => {}
        }
        None
    }

    /// Counts them.
    pub(super) fn count(&self) -> usize {
        self.binary + self.large.len() + self.pointers.len() + self.closed.len()
    }

    /// The files that are named, which are those that may have been meant.
    pub(super) fn named(&self) -> impl Iterator<Item = &String> {
        self.large.iter().chain(&self.pointers).chain(&self.closed)
    }

    /// Says it to people: a line for each reason.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (files, why) in [
            (&self.large, "too large (more than 16 MiB)"),
            (&self.pointers, "Git LFS keeps the content elsewhere"),
            (&self.closed, "not readable"),
        ] {
            if !files.is_empty() {
                let named = name::all(files.iter().take(NAMED + 1).map(String::as_str));
                push(
                    &mut text,
                    format_args!(
                        "Not looked at because {why}: {} ({}).\n",
                        bounded::counted(files.len(), "file"),
                        bounded::joined(&named, NAMED)
                    ),
                );
            }
        }
        text
    }
}

/// Tells whether bytes are no text: a NUL near the beginning, as git has it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(BEGINNING).any(|byte| *byte == 0)
}

/// Tells whether a file is what Git LFS puts in the place of another one. Its specification says how it begins, and
/// that it has less than 1,024 bytes.
pub(super) fn is_pointer(bytes: &[u8]) -> bool {
    bytes.len() < 1_024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// Tells whether lines of a text end as on Windows: most of them do.
pub(super) fn is_crlf(text: &str) -> bool {
    let all = text.matches('\n').count();
    text.matches("\r\n").count() * 2 > all
}

/// Makes all line endings CRLF.
pub(super) fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
