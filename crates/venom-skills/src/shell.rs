//! The `shell` skill: commands, alone and as sessions that stay while steps come and go.
//!
//! `run` works over a layer like any step's commands, so that what it changed is looked at and can be
//! taken back; that is why it counts as reversible, and the engine refuses it where no layer can be had.
//! A session only reads the workspace. Whatever is done with one (starting it, writing to it, running
//! something beside it) stays in its place and is gone with it, at the latest when the run ends: nothing
//! of it has to be taken back, and after a crash there is no session that could get anything twice. So
//! these count as reversible too. Looking at a session is safe to repeat, but it is no pure look: what
//! it gives depends on when it is asked.
//!
//! What a program printed is given without escape sequences and control characters, and the place of the
//! workspace is shown as `.`.

mod given;
mod ran;
mod session;

use async_trait::async_trait;
use venom_kernel::effect::EffectClass;
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use self::given::LONGEST;
use crate::params::unknown_action;
use crate::schema;

/// Runs commands.
pub struct ShellSkill;

#[async_trait]
impl Skill for ShellSkill {
    fn manifest(&self) -> SkillManifest {
        let run = ActionManifest {
            writes: Writes::Anything,
            timeout: Millis::from_secs(LONGEST + 10),
            typical: Millis::from_secs(2),
            verify: vec![Check::ExitZero],
            ..schema::action(
                "Runs a command.",
                EffectClass::Reversible,
                given::params(schema::object()),
                ran::result(),
            )
        };
        let mut actions = session::actions();
        actions.insert("run".to_owned(), run);
        SkillManifest {
            name: "shell".to_owned(),
            summary: "Runs commands in the workspace, and keeps sessions beside it.".to_owned(),
            actions,
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "run" => ran::run(call, context).await,
            "start" => session::start(call, context).await,
            "read" => session::read(call, context).await,
            "write" => session::write(call, context).await,
            "resize" => session::resize(call, context).await,
            "signal" => session::signal(call, context).await,
            "exec" => session::exec(call, context).await,
            "stop" => session::stop(call, context).await,
            "list" => session::list(call, context),
            other => Err(unknown_action("shell", other)),
        }
    }
}
