//! Checks: what must hold before a step counts as done.
//!
//! A [`Check`] is data: what is to be shown, never how it came out. Some are answered from what a
//! step left behind; for others somebody has to look outside, which is an effect of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::StepId;

pub mod http;

/// How often failed tests run again when a playbook does not say. Chosen: a test that fails once in
/// three has to fail three times in a row, once in 27, to be taken for broken.
pub const RERUNS: u16 = 2;

/// The most that a playbook may ask for.
pub const MOST_RERUNS: u16 = 5;

/// The longest script, pattern or text of a check, in bytes. Chosen: it stands in the log.
const LONGEST: usize = 16 << 10;

/// A check over a step's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Check {
    /// The result fits the action's schema. Every step has this one.
    ResultFits,
    /// The command ended with exit code 0.
    ExitZero,
    /// A build ran and nothing of it failed or was left out.
    Built,
    /// A test suite ran to its end, whatever its tests said.
    TestsRan,
    /// A test suite ran to its end and no test failed.
    TestsPass {
        /// What a test means that failed and passed when it ran again.
        #[serde(default, skip_serializing_if = "Flaky::is_tolerated")]
        flaky: Flaky,
        /// How often failed tests run again; [`RERUNS`] in a new plan that does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reruns: Option<u16>,
    },
    /// No test fails that passed in another step.
    TestsNotWorse {
        /// The step that ran the tests before.
        than: StepId,
        /// What a test means that failed and passed when it ran again.
        #[serde(default, skip_serializing_if = "Flaky::is_tolerated")]
        flaky: Flaky,
        /// How often failed tests run again; [`RERUNS`] in a new plan that does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reruns: Option<u16>,
    },
    /// A linter finds nothing that it did not find in another step.
    LintNotWorse {
        /// The step that linted before.
        than: StepId,
    },
    /// Findings that were fixed are not found any more.
    FindingsGone {
        /// The step that found them.
        found_by: StepId,
        /// The step that fixed them.
        fixed_by: StepId,
    },
    /// A commit was made.
    Committed,
    /// A file is there.
    FileExists {
        /// The file.
        path: String,
    },
    /// Nothing is at a path.
    FileMissing {
        /// The path.
        path: String,
    },
    /// A file holds a text.
    FileContains {
        /// The file.
        path: String,
        /// The text.
        text: String,
    },
    /// A file holds a match of a regular expression.
    FileMatches {
        /// The file.
        path: String,
        /// The expression.
        regex: String,
    },
    /// A file has exactly these bytes.
    FileHash {
        /// The file.
        path: String,
        /// Its SHA-256, as 64 hexadecimal digits.
        sha256: String,
    },
    /// A file was written after another step began.
    FileNewer {
        /// The file.
        path: String,
        /// The step.
        than: StepId,
    },
    /// A JSON file has a value at a place.
    JsonEquals {
        /// The file.
        path: String,
        /// The place, as a JSON pointer such as `/scripts/test`.
        at: String,
        /// The value.
        equals: Value,
    },
    /// A web server answers.
    Http {
        /// The address.
        url: String,
        /// The status that it answers with.
        #[serde(default = "ok", skip_serializing_if = "is_ok")]
        status: u16,
        /// A text that the answer holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contains: Option<String>,
        /// The step that started the session in which the server runs; an address of this machine
        /// means nothing outside of one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<StepId>,
        /// How long to wait for it to listen, in seconds.
        #[serde(default = "half_a_minute", skip_serializing_if = "is_half_a_minute")]
        within: u16,
    },
    /// A command says so by its exit code. What it changes is not kept.
    Command {
        /// The command, as `sh` takes it.
        run: String,
        /// The exit code that it must end with.
        #[serde(default, skip_serializing_if = "is_zero")]
        expect: i32,
        /// Longest time in seconds.
        #[serde(default = "ten_minutes", skip_serializing_if = "is_ten_minutes")]
        timeout: u16,
    },
}

/// What a test means that failed and passed when it ran again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaky {
    /// It is reported, and does not break the check.
    #[default]
    Tolerated,
    /// It breaks the check like any other.
    Fails,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls these with references"
)]
mod defaults {
    use super::Flaky;

    impl Flaky {
        pub(super) const fn is_tolerated(&self) -> bool {
            matches!(self, Self::Tolerated)
        }
    }

    pub(super) const fn is_ok(status: &u16) -> bool {
        *status == 200
    }

    pub(super) const fn is_zero(code: &i32) -> bool {
        *code == 0
    }

    pub(super) const fn is_half_a_minute(seconds: &u16) -> bool {
        *seconds == 30
    }

    pub(super) const fn is_ten_minutes(seconds: &u16) -> bool {
        *seconds == 600
    }
}
use defaults::{is_half_a_minute, is_ok, is_ten_minutes, is_zero};

const fn ok() -> u16 {
    200
}

const fn half_a_minute() -> u16 {
    30
}

const fn ten_minutes() -> u16 {
    600
}

impl Check {
    /// The check that all tests pass, as it stands without options.
    pub const TESTS_PASS: Self = Self::TestsPass {
        flaky: Flaky::Tolerated,
        reruns: None,
    };

    /// The check that no test fails that passed in another step, as it stands without options.
    pub const fn tests_not_worse(than: StepId) -> Self {
        Self::TestsNotWorse {
            than,
            flaky: Flaky::Tolerated,
            reruns: None,
        }
    }

    /// Tells whether somebody has to look outside to answer it.
    pub const fn looks_outside(&self) -> bool {
        match self {
            Self::FileExists { .. }
            | Self::FileMissing { .. }
            | Self::FileContains { .. }
            | Self::FileMatches { .. }
            | Self::FileHash { .. }
            | Self::FileNewer { .. }
            | Self::JsonEquals { .. }
            | Self::Http { .. }
            | Self::Command { .. } => true,
            Self::ResultFits
            | Self::ExitZero
            | Self::Built
            | Self::TestsRan
            | Self::TestsPass { .. }
            | Self::TestsNotWorse { .. }
            | Self::LintNotWorse { .. }
            | Self::FindingsGone { .. }
            | Self::Committed => false,
        }
    }

    /// Returns the steps that the check is about beside its own.
    pub fn reads(&self) -> Vec<&StepId> {
        match self {
            Self::TestsNotWorse { than, .. }
            | Self::LintNotWorse { than }
            | Self::FileNewer { than, .. } => vec![than],
            Self::FindingsGone { found_by, fixed_by } => vec![found_by, fixed_by],
            Self::Http { session, .. } => session.iter().collect(),
            Self::ResultFits
            | Self::ExitZero
            | Self::Built
            | Self::TestsRan
            | Self::TestsPass { .. }
            | Self::Committed
            | Self::FileExists { .. }
            | Self::FileMissing { .. }
            | Self::FileContains { .. }
            | Self::FileMatches { .. }
            | Self::FileHash { .. }
            | Self::JsonEquals { .. }
            | Self::Command { .. } => vec![],
        }
    }

    /// Returns how often failed tests run again for it.
    pub fn reruns(&self) -> u16 {
        match self {
            Self::TestsPass { reruns, .. } | Self::TestsNotWorse { reruns, .. } => {
                reruns.unwrap_or(0).min(MOST_RERUNS)
            }
            Self::ResultFits
            | Self::ExitZero
            | Self::Built
            | Self::TestsRan
            | Self::LintNotWorse { .. }
            | Self::FindingsGone { .. }
            | Self::Committed
            | Self::FileExists { .. }
            | Self::FileMissing { .. }
            | Self::FileContains { .. }
            | Self::FileMatches { .. }
            | Self::FileHash { .. }
            | Self::FileNewer { .. }
            | Self::JsonEquals { .. }
            | Self::Http { .. }
            | Self::Command { .. } => 0,
        }
    }

    /// Returns the check as a plan holds it: texts filled, steps renamed, and what a playbook left
    /// open decided, so that the log says it.
    #[must_use]
    pub fn filled(&self, text: &dyn Fn(&str) -> String, name: &dyn Fn(&StepId) -> StepId) -> Self {
        match self {
            Self::TestsPass { flaky, reruns } => Self::TestsPass {
                flaky: *flaky,
                reruns: reruns.or(Some(RERUNS)),
            },
            Self::TestsNotWorse {
                than,
                flaky,
                reruns,
            } => Self::TestsNotWorse {
                than: name(than),
                flaky: *flaky,
                reruns: reruns.or(Some(RERUNS)),
            },
            Self::LintNotWorse { than } => Self::LintNotWorse { than: name(than) },
            Self::FindingsGone { found_by, fixed_by } => Self::FindingsGone {
                found_by: name(found_by),
                fixed_by: name(fixed_by),
            },
            Self::FileExists { path } => Self::FileExists { path: text(path) },
            Self::FileMissing { path } => Self::FileMissing { path: text(path) },
            Self::FileContains { path, text: wanted } => Self::FileContains {
                path: text(path),
                text: text(wanted),
            },
            Self::FileMatches { path, regex } => Self::FileMatches {
                path: text(path),
                regex: text(regex),
            },
            Self::FileHash { path, sha256 } => Self::FileHash {
                path: text(path),
                sha256: text(sha256).to_ascii_lowercase(),
            },
            Self::FileNewer { path, than } => Self::FileNewer {
                path: text(path),
                than: name(than),
            },
            Self::JsonEquals { path, at, equals } => Self::JsonEquals {
                path: text(path),
                at: text(at),
                equals: match equals {
                    Value::String(wanted) => Value::String(text(wanted)),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::Array(_)
                    | Value::Object(_) => equals.clone(),
                },
            },
            Self::Http {
                url,
                status,
                contains,
                session,
                within,
            } => Self::Http {
                url: text(url),
                status: *status,
                contains: contains.as_deref().map(text),
                session: session.as_ref().map(name),
                within: *within,
            },
            // The words of a script are a program: a slot that stood in it could be any command.
            Self::ResultFits
            | Self::ExitZero
            | Self::Built
            | Self::TestsRan
            | Self::Committed
            | Self::Command { .. } => self.clone(),
        }
    }

    /// Says what is wrong with the check itself, and what would make it right.
    pub fn fault(&self) -> Option<(String, String)> {
        let too_long = |text: &str| text.len() > LONGEST;
        let fault = |reason: &str, cure: &str| Some((reason.to_owned(), cure.to_owned()));
        match self {
            Self::TestsPass { reruns, .. } | Self::TestsNotWorse { reruns, .. }
                if reruns.is_some_and(|reruns| reruns > MOST_RERUNS) =>
            {
                fault(
                    "it lets failed tests run again too often",
                    &format!("write `reruns: {MOST_RERUNS}` or less"),
                )
            }
            Self::FileHash { sha256, .. } if !sha256.contains("${") && !is_sha256(sha256) => {
                fault("its `sha256` is no SHA-256", "write 64 hexadecimal digits")
            }
            Self::JsonEquals { at, .. } if !at.is_empty() && !at.starts_with('/') => fault(
                "its `at` is no JSON pointer",
                "write it as `/key/other-key/0`",
            ),
            Self::Http {
                url,
                session,
                status,
                ..
            } if !url.contains("${") => {
                if !(100..=599).contains(status) {
                    return fault("its `status` is no HTTP status", "write one such as 200");
                }
                match http::Address::parse(url) {
                    Err(why) => Some((why, "write it as `http://HOST:PORT/PATH`".to_owned())),
                    Ok(address) if address.is_loopback() && session.is_none() => fault(
                        "its `url` is one of this machine, and nothing answers there outside of a session",
                        "name the step that starts the server with `session`",
                    ),
                    Ok(_) => None,
                }
            }
            Self::Command { run, .. } if run.trim().is_empty() || too_long(run) => {
                fault("its `run` is empty or too long", "write a command")
            }
            Self::Command { run, .. } if run.contains("${slot.") => fault(
                "its `run` holds a slot, whose words would be run as a program",
                "use a step with `shell.run` and pass the value in `env`",
            ),
            Self::FileContains { text, .. } | Self::FileMatches { regex: text, .. }
                if text.is_empty() || too_long(text) =>
            {
                fault("what it looks for is empty or too long", "shorten it")
            }
            Self::ResultFits
            | Self::ExitZero
            | Self::Built
            | Self::TestsRan
            | Self::TestsPass { .. }
            | Self::TestsNotWorse { .. }
            | Self::LintNotWorse { .. }
            | Self::FindingsGone { .. }
            | Self::Committed
            | Self::FileExists { .. }
            | Self::FileMissing { .. }
            | Self::FileContains { .. }
            | Self::FileMatches { .. }
            | Self::FileHash { .. }
            | Self::FileNewer { .. }
            | Self::JsonEquals { .. }
            | Self::Http { .. }
            | Self::Command { .. } => None,
        }
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strict = |flaky: Flaky| match flaky {
            Flaky::Tolerated => "",
            Flaky::Fails => ", each at the first try",
        };
        match self {
            Self::ResultFits => f.write_str("the result has its promised form"),
            Self::ExitZero => f.write_str("the command ends with exit code 0"),
            Self::Built => f.write_str("everything is built"),
            Self::TestsRan => f.write_str("the tests run to their end"),
            Self::TestsPass { flaky, .. } => write!(f, "all tests pass{}", strict(*flaky)),
            Self::TestsNotWorse { than, flaky, .. } => {
                write!(f, "no test fails that passed in `{than}`{}", strict(*flaky))
            }
            Self::LintNotWorse { than } => {
                write!(f, "the linter finds nothing new since `{than}`")
            }
            Self::FindingsGone { fixed_by, .. } => {
                write!(f, "what `{fixed_by}` fixed is not found any more")
            }
            Self::Committed => f.write_str("a commit was made"),
            Self::FileExists { path } => write!(f, "the file {path} exists"),
            Self::FileMissing { path } => write!(f, "there is no {path}"),
            Self::FileContains { path, text } => write!(f, "the file {path} contains \"{text}\""),
            Self::FileMatches { path, regex } => write!(f, "the file {path} matches /{regex}/"),
            Self::FileHash { path, sha256 } => {
                let head: String = sha256.chars().take(12).collect();
                write!(f, "the file {path} has the SHA-256 {head}…")
            }
            Self::FileNewer { path, than } => {
                write!(f, "the file {path} was written after `{than}` began")
            }
            Self::JsonEquals { path, at, equals } => {
                write!(f, "the file {path} has {equals} at {at}")
            }
            Self::Http {
                url,
                status,
                contains,
                ..
            } => {
                write!(f, "{url} answers with {status}")?;
                match contains {
                    Some(text) => write!(f, " and \"{text}\""),
                    None => Ok(()),
                }
            }
            Self::Command { run, expect, .. } => {
                let line: String = run
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .take(80)
                    .collect();
                write!(f, "`{line}` ends with exit code {expect}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
