//! Skills: what steps are made of.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_kernel::skill::{Manifests, SkillManifest};

use crate::Result;
use crate::blob::BlobStore;
use crate::clock::Clock;
use crate::exec::{Executor, OnLine};
use crate::session::Sessions;
use crate::workspace::Staging;

/// A call of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The action's name.
    pub action: String,
    /// The parameters; they fit the action's schema.
    pub params: Value,
    /// What the action saw when it prepared.
    pub prepared: Option<Value>,
}

/// What an action gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// The result; it must fit the action's schema. It must not depend on time or on where the
    /// workspace lies: two runs that did the same have the same results.
    pub result: Value,
    /// Typed facts for verifiers and the report.
    pub evidence: Vec<Evidence>,
}

/// Everything that a skill may use, bound to one step.
#[derive(Clone)]
pub struct SkillContext {
    /// The workspace; edits are staged here and committed by the engine afterwards.
    pub files: Arc<dyn Staging>,
    /// Runs commands; counts them for the step's receipt.
    pub exec: Arc<dyn Executor>,
    /// The run's sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Keeps what is too large for a result; the result names it by its id.
    pub blobs: Arc<dyn BlobStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Absolute path of the workspace, for commands to run in.
    pub root: PathBuf,
    /// A folder outside the workspace for files that nobody keeps; removed after the call. It does
    /// not exist for steps of the pure class.
    pub scratch: PathBuf,
    /// Names this step of this run and no other. It is the same for every attempt, also after a
    /// crash, so that whoever keeps keys does the work once.
    pub key: String,
    /// Cancelled when the call is not wanted any more.
    pub cancel: CancellationToken,
    /// Hears lines that show progress.
    pub on_line: OnLine,
}

/// A named group of actions.
#[async_trait]
pub trait Skill: Send + Sync {
    /// Describes the skill.
    fn manifest(&self) -> SkillManifest;

    /// Looks at the world before an action that declares [`prepares`]; what it returns is in the
    /// log before the action begins and is handed to `call` and `probe`.
    ///
    /// [`prepares`]: venom_kernel::skill::ActionManifest::prepares
    async fn prepare(&self, _call: &Call, _context: &SkillContext) -> Result<Value> {
        Ok(Value::Null)
    }

    /// Performs an action.
    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output>;

    /// Finds out whether a call that was under way in a crash has happened.
    async fn probe(&self, _call: &Call, _context: &SkillContext) -> Result<Probed> {
        Ok(Probed::Unknown("the skill cannot tell".to_owned()))
    }
}

/// Knows all skills.
pub trait SkillRegistry: Send + Sync {
    /// Finds a skill.
    fn skill(&self, name: &str) -> Option<Arc<dyn Skill>>;

    /// Returns all manifests.
    fn manifests(&self) -> &Manifests;
}
