//! The report of a run. Every figure follows from the run's events.

use serde::{Deserialize, Serialize};
use venom_kernel::digest::Digest;
use venom_kernel::event::Outcome;
use venom_kernel::evidence::{Comparison, TestEvidence};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::intent::Question;
use venom_kernel::money::MicroUsd;
use venom_kernel::plan::Quote;
use venom_kernel::preference::Remembered;
use venom_kernel::time::{Millis, Timestamp};

/// What a run did and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// Position of the last event that the report rests on.
    pub seq: Seq,
    /// The goal.
    pub goal: String,
    /// Absolute path of the workspace.
    pub workspace: String,
    /// Absolute path of the folder that the workspace is a scratch copy of.
    pub copy_of: Option<String>,
    /// How the run ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// Whether it is paused.
    pub paused: bool,
    /// When it began.
    pub started: Timestamp,
    /// Time from its first to its last event.
    pub took: Millis,
    /// What was spent.
    pub cost: MicroUsd,
    /// What it was expected to take.
    pub quote: Option<Quote>,
    /// The steps.
    pub steps: Vec<StepReport>,
    /// Weaknesses that were fixed.
    pub fixed: Vec<Finding>,
    /// Whether the fixes are verified, and if not, why.
    pub fixes_verified: Option<Verification>,
    /// Weaknesses that are left, with the reason for each.
    pub left: Vec<Finding>,
    /// Tests, in the order in which they ran.
    pub tests: Vec<TestRun>,
    /// Files that the run changed.
    pub changed: Vec<String>,
    /// Commits that the run made.
    pub commits: Vec<String>,
    /// Results that are meant to be read, as text, by the title of their step.
    pub notes: Vec<Note>,
    /// Parts of the goal that were not met, with what would help.
    pub unmet: Vec<Unmet>,
    /// Answers of earlier runs that were taken instead of asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferred: Vec<Remembered>,
    /// Questions that wait for an answer.
    pub questions: Vec<OpenQuestion>,
    /// Approvals that wait for a decision.
    pub approvals: Vec<OpenApproval>,
    /// What isolation was in force, weakest first; empty if no command ran.
    pub isolation: Vec<String>,
    /// Whether files can be brought back to what they were before the run.
    pub can_undo: bool,
    /// Digest of what the run has come to.
    pub digest: Digest,
}

/// One step of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// Its name.
    pub id: String,
    /// What it does.
    pub title: String,
    /// Skill and action, with a dot between them.
    pub action: String,
    /// Where it stands: a word.
    pub status: String,
    /// Why, if there is something to say.
    pub why: Option<String>,
    /// How long its last attempt took.
    pub took: Millis,
    /// How often it was begun.
    pub attempts: u16,
    /// What its agent took, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentReport>,
}

/// What an agent took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentReport {
    /// The model that thought last.
    pub model: String,
    /// Answers of models.
    pub turns: u16,
    /// Calls that were performed.
    pub calls: u32,
    /// Tokens, read and produced.
    pub tokens: u64,
    /// What the answers cost.
    pub cost: MicroUsd,
}

/// A weakness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind, such as `sql-injection`.
    pub kind: String,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// How it was fixed, or why it was not.
    pub note: String,
}

/// Whether something is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verification {
    /// The evidence shows that it holds.
    Verified,
    /// There is no evidence, for this reason.
    Unverified(String),
    /// It did not hold and was taken back, for this reason.
    TakenBack(String),
}

/// One run of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// The step.
    pub step: String,
    /// What the tests said; `None` if they were not run.
    pub evidence: Option<TestEvidence>,
    /// Why they were not run, and what would help.
    pub not_run: Option<String>,
    /// What came out otherwise than before, and at another try.
    #[serde(default)]
    pub comparison: Option<Comparison>,
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
}

/// A part of the goal that was not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// The part.
    pub part: String,
    /// Why.
    pub why: String,
    /// What would help.
    pub cure: Option<String>,
}

/// A question that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// Its id.
    pub id: String,
    /// The question.
    pub question: Question,
}

/// An approval that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenApproval {
    /// Its id.
    pub id: String,
    /// The step.
    pub step: String,
    /// What the step does, in the words of its playbook.
    pub title: String,
    /// What exactly would be done: skill, action and parameters, cut to 500 characters.
    pub action: String,
    /// Why it is asked for.
    pub why: String,
    /// Digest of what is to be agreed to.
    pub subject: Digest,
}
