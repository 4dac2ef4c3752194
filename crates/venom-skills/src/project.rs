//! The `project` skill: what a project's own tools do for it.
//!
//! One place says which kinds of project a folder holds (`find`), what the project declares
//! (`declared`), which command does what (`tools`), and runs it (`work`, `script`, `deploy`,
//! `measure`). Commands run like all others, over a layer: what a formatter changed becomes the edits
//! of the step, and what a checker leaves behind is kept only where it is known to. Looking for weak or
//! old dependencies reaches the registries of the languages and nothing else, and is asked for.
//!
//! Times are the results of `measure`; no other action gives one.

mod declared;
mod deploy;
mod find;
mod measure;
mod script;
mod setting;
mod tools;
mod work;

use async_trait::async_trait;
use venom_kernel::skill::SkillManifest;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

pub(crate) use self::declared::Declared;
pub(crate) use self::find::{above, files, kind_name, lacking, projects, python_module};
pub(crate) use self::setting::Setting;
pub(crate) use self::tools::{Found, Task, Tool};
use self::work::Job;
use crate::params::unknown_action;

/// Works on projects with their own tools.
pub struct ProjectSkill;

#[async_trait]
impl Skill for ProjectSkill {
    fn manifest(&self) -> SkillManifest {
        let mut actions = work::actions();
        actions.extend(deploy::actions());
        actions.extend(measure::actions());
        actions.insert("script".to_owned(), script::action());
        SkillManifest {
            name: "project".to_owned(),
            summary: "Works on projects with their own tools: formatters, linters, scripts."
                .to_owned(),
            actions,
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "format" => work::format(call, context).await,
            "lint" => work::call(call, context, Job::new(Task::Lint)).await,
            "fix" => work::call(call, context, Job::new(Task::Fix)).await,
            "types" => work::call(call, context, Job::new(Task::Types)).await,
            "clean" => work::call(call, context, Job::new(Task::Clean)).await,
            "audit" => work::call(call, context, Job::new(Task::Audit)).await,
            "outdated" => work::call(call, context, Job::new(Task::Outdated)).await,
            "script" => script::run(call, context).await,
            "deployment" => deploy::deployment(call, context).await,
            "ready" => deploy::ready(call, context).await,
            "deploy" => deploy::deploy(call, context).await,
            "profile" => measure::profile(call, context).await,
            "compare" => measure::compare(call, context).await,
            other => Err(unknown_action("project", other)),
        }
    }
}
