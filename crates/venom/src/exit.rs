//! Exit codes: a stable contract with scripts. The table is data; the reference page and the tests
//! read it.

use std::process::ExitCode;

/// How a command of VENOM ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok,
    Failed,
    Usage,
    Config,
    Auth,
    Denied,
    ApprovalNeeded,
    Budget,
    Unavailable,
    Damaged,
    RestoreConflict,
    Partial,
    AnswerNeeded,
    TimedOut,
    Interrupted,
    Terminated,
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) exit: Exit,
    pub(crate) code: u8,
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
}

const fn row(exit: Exit, code: u8, name: &'static str, meaning: &'static str) -> Row {
    Row {
        exit,
        code,
        name,
        meaning,
    }
}

/// All exit codes. Codes are only ever added; 124, 130 and 143 are what `timeout` and shells use.
pub(crate) const TABLE: &[Row] = &[
    row(
        Exit::Ok,
        0,
        "ok",
        "What was asked for was done and verified, or the plan was made.",
    ),
    row(
        Exit::Failed,
        1,
        "failed",
        "Nothing that was asked for was reached, or the run did not come to its end.",
    ),
    row(
        Exit::Usage,
        2,
        "usage",
        "The command line makes no sense: an unknown flag, a missing or unusable argument.",
    ),
    row(
        Exit::Config,
        3,
        "config",
        "A configuration file or a `VENOM_` variable cannot be used.",
    ),
    row(
        Exit::Auth,
        4,
        "auth",
        "A key is missing or was refused. Reserved: nothing in this version asks for one.",
    ),
    row(
        Exit::Denied,
        5,
        "denied",
        "A rule or a person did not allow a step, and nothing was reached without it.",
    ),
    row(
        Exit::ApprovalNeeded,
        6,
        "approval-needed",
        "The run waits for an approval and nobody is there to ask.",
    ),
    row(
        Exit::Budget,
        7,
        "budget",
        "The budget of the run does not hold what comes next; what was reached is in the report.",
    ),
    row(
        Exit::Unavailable,
        8,
        "unavailable",
        "A function that runs elsewhere cannot be reached.",
    ),
    row(
        Exit::Damaged,
        9,
        "damaged",
        "The log is not what was written: verification or replay found a difference.",
    ),
    row(
        Exit::RestoreConflict,
        10,
        "restore-conflict",
        "Something could not be taken back because somebody else changed it. Reserved.",
    ),
    row(
        Exit::Partial,
        11,
        "partial",
        "Some of what was asked for was done; some failed or could not be verified.",
    ),
    row(
        Exit::AnswerNeeded,
        12,
        "answer-needed",
        "The goal is not clear: the run waits for an answer, or gave up asking.",
    ),
    row(
        Exit::TimedOut,
        124,
        "timed-out",
        "The time limit was reached.",
    ),
    row(
        Exit::Interrupted,
        130,
        "interrupted",
        "Ctrl-C. The run was stopped in order and can be resumed; a second Ctrl-C kills at once.",
    ),
    row(
        Exit::Terminated,
        143,
        "terminated",
        "SIGTERM. The run was stopped in order and can be resumed.",
    ),
];

impl Exit {
    fn row(self) -> &'static Row {
        const FAILED: &Row = &row(Exit::Failed, 1, "failed", "");
        TABLE.iter().find(|row| row.exit == self).unwrap_or(FAILED)
    }

    /// Returns the number.
    pub(crate) fn code(self) -> u8 {
        self.row().code
    }

    /// Returns the stable name, which is also the code of an error in JSON that has no finer one.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests;
