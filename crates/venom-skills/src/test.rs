//! The `test` skill: finds a project's test runner, runs it and reads what it says.
//!
//! [`detect`] decides what to run, [`report`] reads what runners print, [`coverage`] how many lines
//! ran; these are plain functions. `run` does the running, `choose` which tests are meant.

pub mod coverage;
pub mod detect;
pub mod report;

mod choose;
mod measure;
pub(crate) mod run;
mod select;
mod verdict;

pub(crate) use self::measure::read as read_scratch;

use async_trait::async_trait;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use crate::params::unknown_action;
use crate::schema;

/// The longest time that can be asked for, in seconds. The action's own limit leaves room to tell
/// what was seen until then.
const LONGEST: u64 = 14 * 60;

/// Runs tests.
pub struct TestSkill;

#[async_trait]
impl Skill for TestSkill {
    fn manifest(&self) -> SkillManifest {
        let params = schema::object()
            .may("path", schema::path("A project, or a part of one whose tests alone are run; everything if not given."))
            .may("coverage", schema::flag("Whether to measure which lines ran."))
            .may("only", schema::text("Run only tests whose name fits this filter of the runner."))
            .may("cases", schema::texts("Run only these cases, named as a report of failing cases names them; the result is about them alone."))
            .may("failed", schema::flag("Whether to run only the tests that failed in the last run of the tests here."))
            .may("failing", schema::from_history(
                schema::texts("The cases to run, by the names that an earlier run gave them."),
                "failing-tests",
                "failed",
            ))
            .may("timeout", schema::between(1, LONGEST, "The longest time in seconds; 840 if not given."));
        let run = ActionManifest {
            // What runners leave behind.
            writes: Writes::Patterns(
                [
                    ".pytest_cache/**",
                    "target/**",
                    "node_modules/.cache/**",
                    "node_modules/.vite/**",
                    "coverage/**",
                    ".coverage",
                    "**/__pycache__/**",
                ]
                .map(str::to_owned)
                .to_vec(),
            ),
            timeout: Millis::from_secs(15 * 60),
            grants: Grants {
                limits: Limits::BUILDS,
                ..Grants::default()
            },
            typical: Millis::from_secs(5),
            verify: vec![Check::TestsRan],
            ..schema::action(
                "Runs the tests.",
                EffectClass::Idempotent,
                params,
                verdict::result(),
            )
        };
        SkillManifest {
            name: "test".to_owned(),
            summary: "Runs tests and measures coverage.".to_owned(),
            actions: [("run".to_owned(), run)].into(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "run" => run::call(call, context).await,
            other => Err(unknown_action("test", other)),
        }
    }
}
