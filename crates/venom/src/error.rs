//! Errors as users see them: what happened, what to do next, and how the command ends.

use venom_ports::api::runs::ApiError;
use venom_ports::{Failure, FailureKind};

use crate::exit::Exit;

/// Why a command did not do what it was asked to do.
#[derive(Debug)]
pub(crate) struct CliError {
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// What happened and why.
    pub(crate) message: String,
    /// What the user can do.
    pub(crate) hint: Option<String>,
    /// How the command ends.
    pub(crate) exit: Exit,
    /// Whether nothing is to be said: the user asked for the end and wants it now.
    pub(crate) is_silent: bool,
}

/// What a command comes to.
pub(crate) type CliResult = Result<Exit, CliError>;

impl CliError {
    /// Makes an error without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            code: exit.name(),
            message: message.into(),
            hint: None,
            exit,
            is_silent: false,
        }
    }

    /// Makes an error about how the command was called.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Makes the end that a second Ctrl-C asks for.
    pub(crate) fn killed() -> Self {
        Self {
            is_silent: true,
            ..Self::new(Exit::Interrupted, "killed")
        }
    }

    /// Adds what the user can do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the error more finely than by how the command ends.
    #[must_use]
    pub(crate) const fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> Self {
        let (code, exit, usual) = match failure.kind {
            FailureKind::Corrupt => (
                "corrupt",
                Exit::Damaged,
                Some("run `venom log verify` to find the damage"),
            ),
            FailureKind::Conflict => (
                "conflict",
                Exit::Failed,
                Some("see who works on it with `venom runs`"),
            ),
            FailureKind::Missing => ("missing", Exit::Failed, None),
            FailureKind::Refused => ("refused", Exit::Failed, None),
            FailureKind::Retryable => ("retryable", Exit::Failed, Some("try again")),
            FailureKind::Unavailable => ("unavailable", Exit::Failed, Some("run `venom doctor`")),
            FailureKind::TimedOut => ("timed-out", Exit::Failed, None),
            FailureKind::Internal => ("internal", Exit::Failed, Some("run `venom doctor`")),
        };
        Self {
            code,
            message: failure.message,
            hint: failure.hint.or_else(|| usual.map(str::to_owned)),
            exit,
            is_silent: false,
        }
    }
}

impl From<ApiError> for CliError {
    fn from(error: ApiError) -> Self {
        let message = error.to_string();
        match error {
            ApiError::BadGoal(_) => Self::usage(message).code("bad-goal"),
            ApiError::BadWorkspace(_) => Self::usage(message).code("bad-workspace"),
            ApiError::NoSuchRun(text) if text == "last" => {
                Self::usage("there is no run yet")
                    .code("no-such-run")
                    .hint("start one: `venom run \"run the tests\"`")
            }
            ApiError::NoSuchRun(text) if text.contains('@') => Self::usage(format!(
                "`{text}` names a moment, and this command is about a whole run"
            ))
            .code("no-moment")
            .hint("leave out the `@` and what stands behind it"),
            ApiError::NoSuchRun(_) => Self::usage(message)
                .code("no-such-run")
                .hint("see all runs with `venom runs`"),
            ApiError::AmbiguousRun(_) => Self::usage(message)
                .code("ambiguous-run")
                .hint("give more of the id; `venom runs` shows whole ids"),
            ApiError::NoSuchPart { .. } => Self::usage(message).code("no-such-part"),
            ApiError::Owned { run, .. } => Self::new(Exit::Failed, message)
                .code("owned")
                .hint(format!(
                    "watch it with `venom watch {run}`, or steer it with `venom pause` and `venom cancel`"
                )),
            ApiError::Refused { run, .. } => Self::new(Exit::Failed, message)
                .code("refused")
                .hint(format!("see how it stands with `venom show {run}`")),
            ApiError::NotLetIn(failure) => {
                let mut error = Self::new(Exit::Auth, failure.message).code("bad-token");
                error.hint = failure.hint;
                error
            }
            ApiError::Failed(failure) => failure.into(),
        }
    }
}
