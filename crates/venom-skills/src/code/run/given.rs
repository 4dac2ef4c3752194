//! The snippet that a caller gives, and what it gets.

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::artefacts::Globs;
use crate::bounded;
use crate::name;
use crate::params::{Given, refused};
use crate::place::{self, Wanted};
use crate::schema::{self, Object};

/// How long a snippet may take when nobody says how long, in seconds.
const TIMEOUT: u64 = 60;

/// The longest time that can be asked for, in seconds.
pub(super) const LONGEST: u64 = 3_600;

/// The longest source. Chosen: longer texts are programs and belong into files.
const LONGEST_SOURCE: usize = 1 << 20;

/// The most files that one snippet is given.
const MOST_INPUTS: usize = 100;

/// A language that snippets are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    Shell,
    Rust,
}

impl Language {
    pub(super) const ALL: [Self; 4] = [Self::Python, Self::JavaScript, Self::Shell, Self::Rust];

    /// Returns the name in parameters and results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Shell => "shell",
            Self::Rust => "rust",
        }
    }

    /// Returns the name for people.
    pub(super) const fn shown(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::Shell => "shell",
            Self::Rust => "Rust",
        }
    }

    /// Returns the program that runs it, or compiles it.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Python => "python3",
            Self::JavaScript => "node",
            Self::Shell => "sh",
            Self::Rust => "rustc",
        }
    }

    fn find(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "python" | "python3" | "py" => Some(Self::Python),
            "javascript" | "js" | "node" => Some(Self::JavaScript),
            "shell" | "sh" | "bash" => Some(Self::Shell),
            "rust" | "rs" => Some(Self::Rust),
            _ => None,
        }
    }

    /// Tells it by the name of a file.
    fn of_file(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        match end {
            "py" | "pyw" => Some(Self::Python),
            "js" | "mjs" | "cjs" => Some(Self::JavaScript),
            "sh" => Some(Self::Shell),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }
}

/// Where the source stands.
pub(super) enum Origin {
    /// In the call.
    Text(String),
    /// In a file of the workspace.
    File(RelPath),
}

/// A snippet with everything it gets.
pub(super) struct Snippet {
    pub(super) language: Language,
    pub(super) origin: Origin,
    pub(super) args: Vec<String>,
    pub(super) stdin: String,
    /// Files and folders that it finds in its folder by their names.
    pub(super) inputs: Vec<RelPath>,
    /// Which of the files in `out` are kept.
    pub(super) wanted: Globs,
    /// Where in the workspace they are put as well.
    pub(super) to: Option<RelPath>,
    pub(super) timeout: Millis,
    /// Whether its interpreter is kept.
    keep: bool,
    /// The interpreter that it runs in.
    pub(super) session: Option<String>,
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "language",
            schema::text(
                "`python`, `javascript`, `shell` or `rust`; a file's name says it too.",
            ),
        )
        .may("source", schema::text("The snippet; give this or `file`."))
        .may("file", schema::path("A file of the workspace that is run."))
        .may("args", schema::texts("Arguments."))
        .may("stdin", schema::text("What it reads from its input."))
        .may(
            "inputs",
            schema::texts(
                "Files and folders of the workspace that it finds in its own folder by their names.",
            ),
        )
        .may(
            "artefacts",
            schema::texts("Patterns of files in `out` that are kept; all if not given."),
        )
        .may(
            "to",
            schema::path("A folder of the workspace that they are put into as well."),
        )
        .may(
            "timeout",
            schema::between(1, LONGEST, "The longest time in seconds; 60 if not given."),
        )
        .may(
            "keep",
            schema::flag("Whether its interpreter is kept for later steps (Python, JavaScript)."),
        )
        .may(
            "session",
            schema::text("The interpreter that an earlier step has kept."),
        )
}

impl Snippet {
    /// Takes a snippet out of the parameters.
    pub(super) async fn of(given: &mut Given, context: &SkillContext) -> Result<Self> {
        let language: Option<String> = given.may("language")?;
        let source: Option<String> = given.may("source")?;
        let file: Option<RelPath> = given.may("file")?;
        let origin = match (source, file) {
            (Some(source), None) => Origin::Text(source),
            (None, Some(file)) => Origin::File(file),
            (Some(_), Some(_)) | (None, None) => {
                return Err(refused("give either `source` or `file`"));
            }
        };
        let language = match (&language, &origin) {
            (Some(text), _) if !text.trim().is_empty() => {
                Language::find(text).ok_or_else(|| {
                    refused(format!(
                        "snippets in `{}` cannot be run",
                        bounded::line(text, 40)
                    ))
                    .with_hint("the languages are python, javascript, shell and rust")
                })?
            }
            (_, Origin::File(file)) => Language::of_file(file.name()).ok_or_else(|| {
                refused(format!(
                    "the name of `{}` does not say its language",
                    name::shown(file.as_str())
                ))
                .with_hint("say it with `language`")
            })?,
            (_, Origin::Text(_)) => {
                return Err(refused("`language` is missing")
                    .with_hint("the languages are python, javascript, shell and rust"));
            }
        };
        match &origin {
            Origin::Text(text) if text.len() > LONGEST_SOURCE || text.contains('\0') => {
                return Err(refused(format!(
                    "the snippet has {} bytes or holds a NUL character; at most {LONGEST_SOURCE} bytes of text can be run",
                    text.len()
                )));
            }
            Origin::Text(text) if text.trim().is_empty() => {
                return Err(refused("the snippet is empty"));
            }
            Origin::Text(_) => {}
            Origin::File(file) => {
                if let place::Place::Folder =
                    place::look(context, file, Wanted::FileOrFolder).await?
                {
                    return Err(refused(format!(
                        "`{}` is a folder",
                        name::shown(file.as_str())
                    )));
                }
            }
        }
        let args: Vec<String> = given.may("args")?.unwrap_or_default();
        if args.iter().any(|arg| arg.contains('\0')) {
            return Err(refused("an argument holds a NUL character"));
        }
        let inputs: Vec<RelPath> = given.may("inputs")?.unwrap_or_default();
        if inputs.len() > MOST_INPUTS {
            return Err(refused(format!(
                "{} inputs are named, and {MOST_INPUTS} are possible",
                inputs.len()
            ))
            .with_hint("name the folder that they are in"));
        }
        for (at, input) in inputs.iter().enumerate() {
            place::look(context, input, Wanted::FileOrFolder).await?;
            let is_taken = inputs
                .iter()
                .take(at)
                .any(|other| other.name() == input.name());
            if input.is_root() || input.name() == "out" || is_taken {
                return Err(refused(format!(
                    "`{}` cannot be an input: the workspace itself, a second one of the same name and `out` have no place in the folder of the snippet",
                    name::shown(input.as_str())
                ))
                .with_hint("name a file or folder inside of the workspace, each name once"));
            }
        }
        let timeout = given.may("timeout")?.unwrap_or(TIMEOUT);
        let snippet = Self {
            language,
            origin,
            args,
            stdin: given.may("stdin")?.unwrap_or_default(),
            inputs,
            wanted: Globs::of(given.may("artefacts")?)?,
            to: given.may("to")?,
            timeout: Millis::from_secs(timeout.clamp(1, LONGEST)),
            keep: given.flag("keep")?,
            session: given.may("session")?,
        };
        if snippet.is_kept() {
            if !matches!(language, Language::Python | Language::JavaScript) {
                return Err(refused(format!(
                    "there is no interpreter of {} that could be kept",
                    language.shown()
                ))
                .with_hint("snippets of Python and JavaScript can share one"));
            }
            if !snippet.args.is_empty() || !snippet.stdin.is_empty() {
                return Err(refused(
                    "a snippet in a kept interpreter has no arguments and no input",
                )
                .with_hint("write the values into the snippet"));
            }
        }
        Ok(snippet)
    }

    /// Whether it runs in an interpreter that is kept.
    pub(super) const fn is_kept(&self) -> bool {
        self.keep || self.session.is_some()
    }
}
