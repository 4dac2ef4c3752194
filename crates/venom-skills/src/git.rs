//! The `git` skill: what a repository says, and commits.
//!
//! Everything runs the user's own git in the real workspace, with a form of output that settings
//! cannot change, without a terminal to ask on, and without programs that a repository could name
//! for showing differences. Hooks and signing are the user's and are respected.

mod between;
mod branch;
mod changed;
mod commit;
mod diff;
mod log;
mod module;
mod repository;
mod since;
mod status;
mod subject;

use async_trait::async_trait;
use serde_json::Value;
use venom_kernel::confine::{Grants, Mount};
use venom_kernel::effect::{EffectClass, Probed};
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use crate::params::unknown_action;
use crate::schema;

/// Works on git repositories.
pub struct GitSkill;

#[async_trait]
impl Skill for GitSkill {
    fn manifest(&self) -> SkillManifest {
        let look = |summary: &str, params: schema::Object, result: schema::Object| ActionManifest {
            needs: schema::repository(),
            typical: Millis::new(60),
            grants: Grants {
                mount: Mount::ReadOnly,
                repository: true,
                ..Grants::default()
            },
            ..schema::action(summary, EffectClass::Pure, params, result)
        };
        let actions = [
            (
                "status",
                look(
                    "Says what differs from the last commit.",
                    schema::object(),
                    status::result(),
                ),
            ),
            (
                "diff",
                look(
                    "Shows differences between two states.",
                    diff::params(),
                    diff::result(),
                ),
            ),
            (
                "log",
                look("Lists commits, newest first.", log::params(), log::result()),
            ),
            (
                "branch",
                look("Lists branches.", schema::object(), branch::list_result()),
            ),
            (
                "changes-since",
                look(
                    "Sums up what was committed since a release.",
                    since::params(),
                    since::result(),
                ),
            ),
            (
                "analyze-module",
                ActionManifest {
                    // Without a repository the history is left out.
                    needs: Vec::new(),
                    typical: Millis::new(300),
                    ..look(
                        "Describes a part of the code: its files, entry points, users and history.",
                        module::params(),
                        module::result(),
                    )
                },
            ),
            (
                "create-branch",
                ActionManifest {
                    class: EffectClass::Compensable,
                    writes: Writes::Anything,
                    prepares: true,
                    grants: Grants {
                        mount: Mount::Direct,
                        repository: true,
                        ..Grants::default()
                    },
                    ..look(
                        "Makes a branch.",
                        branch::create_params(),
                        branch::create_result(),
                    )
                },
            ),
            (
                "commit",
                ActionManifest {
                    class: EffectClass::Compensable,
                    writes: Writes::Anything,
                    timeout: Millis::from_secs(15 * 60),
                    typical: Millis::new(400),
                    prepares: true,
                    verify: vec![Check::Committed],
                    grants: Grants {
                        mount: Mount::Direct,
                        repository: true,
                        ..Grants::default()
                    },
                    ..look(
                        "Commits changes, with a message made from them if none is given.",
                        commit::params(),
                        commit::result(),
                    )
                },
            ),
        ];
        SkillManifest {
            name: "git".to_owned(),
            summary: "Reads a git repository and commits to it.".to_owned(),
            actions: actions
                .into_iter()
                .map(|(name, action)| (name.to_owned(), action))
                .collect(),
        }
    }

    async fn prepare(&self, call: &Call, context: &SkillContext) -> Result<Value> {
        match call.action.as_str() {
            "commit" => commit::prepare(call, context).await,
            "create-branch" => branch::prepare_create(call, context).await,
            _ => Ok(Value::Null),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "status" => status::call(call, context).await,
            "diff" => diff::call(call, context).await,
            "log" => log::call(call, context).await,
            "branch" => branch::list(call, context).await,
            "create-branch" => branch::create(call, context).await,
            "changes-since" => since::call(call, context).await,
            "analyze-module" => module::call(call, context).await,
            "commit" => commit::call(call, context).await,
            other => Err(unknown_action("git", other)),
        }
    }

    async fn probe(&self, call: &Call, context: &SkillContext) -> Result<Probed> {
        match call.action.as_str() {
            "commit" => commit::probe(call, context).await,
            "create-branch" => branch::probe_create(call, context).await,
            _ => Ok(Probed::DidNot),
        }
    }
}
