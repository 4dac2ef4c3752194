//! Engines for folders: each folder that is worked in has settings of its own, and all share what is
//! stored and what confines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use venom_engine::host::Host;
use venom_engine::world::World;
use venom_kernel::digest::canonical;
use venom_kernel::event::RunOptions;
use venom_kernel::time::Millis;
use venom_ports::api::playbooks::Playbooks;
use venom_ports::api::runs::{ApiError, Runs, StartRun};
use venom_ports::cache::Cache;
use venom_ports::{Failure, FailureKind};
use venom_server::{Folders, Wish};

use crate::config::env::Env;
use crate::config::paths::Paths;
use crate::config::{Flags, Settings};
use crate::error::CliError;

/// Engines that are kept. Chosen: settings differ from folder to folder, and hardly more often.
const MANY: usize = 64;

/// Makes engines for folders.
pub(crate) struct FolderEngines {
    env: Env,
    paths: Paths,
    world: World,
    /// The engine of the process, which ends the runs of all others with its own.
    first: Host,
    cache: Arc<dyn Cache>,
    /// Engines by the settings that they work with.
    made: Mutex<BTreeMap<String, Host>>,
}

impl FolderEngines {
    pub(crate) fn new(
        env: Env,
        paths: Paths,
        world: World,
        first: Host,
        cache: Arc<dyn Cache>,
    ) -> Self {
        Self {
            env,
            paths,
            world,
            first,
            cache,
            made: Mutex::default(),
        }
    }

    fn settings(&self, folder: &Path) -> Result<Settings, ApiError> {
        Settings::load(&self.env, &self.paths, folder, &Flags::default())
            .map_err(|error| bad(&error))
    }

    /// Returns the engine for a folder, with the settings that count there now.
    fn host(&self, folder: &Path) -> Result<Host, ApiError> {
        let settings = self.settings(folder)?;
        let text = canonical(&settings.to_json());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = made.get(&text) {
            return Ok(host.clone());
        }
        let functions = super::functions(&self.env, &settings).map_err(|error| bad(&error))?;
        let mut world = self.world.clone();
        world.skills = super::skills(
            functions,
            Arc::clone(&self.cache),
            settings.tools.value.clone(),
        );
        world.confinement = settings.sandbox.confinement();
        world.policy = settings.policy();
        world.settings = [("config".to_owned(), text.clone())].into();
        let host = self.first.beside(world);
        if made.len() >= MANY {
            made.pop_first();
        }
        made.insert(text, host.clone());
        Ok(host)
    }
}

/// A folder whose settings cannot be read cannot be worked in.
fn bad(error: &CliError) -> ApiError {
    ApiError::BadWorkspace(error.message.clone())
}

impl Folders for FolderEngines {
    fn playbooks(&self, folder: &Path) -> Arc<dyn Playbooks> {
        let host = Host::new(self.world.clone());
        Arc::new(host.playbook_api(folder))
    }

    fn prepare(&self, wish: Wish) -> Result<StartRun, ApiError> {
        let folder = crate::cli::place::usable(&wish.workspace).map_err(|error| bad(&error))?;
        if let Some(danger) = super::danger(&folder, &self.env) {
            return Err(ApiError::BadWorkspace(danger));
        }
        let settings = self.settings(&folder)?;
        let allowed = settings.budget.value.allowance().ok();
        let cap = allowed.and_then(|allowance| allowance.run.money);
        if let (Some(wanted), Some(cap)) = (wish.max_cost, cap)
            && wanted > cap
            && !wish.may_raise
        {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("a run may spend {cap} here, and {wanted} is more"),
            )
            .with_hint("take less, or a token with the scope `approvals:decide`")
            .into());
        }
        let (workspace, copy_of) = if wish.copy {
            let copy = super::copy(&self.paths, &folder).map_err(|error| bad(&error))?;
            (copy, Some(folder))
        } else {
            (folder, None)
        };
        Ok(StartRun {
            goal: wish.goal,
            workspace,
            copy_of,
            options: RunOptions {
                max_parallel: wish.max_parallel.unwrap_or(settings.max_parallel.value),
                timeout: wish.timeout.map(Millis::new).or(settings.timeout.value),
                approve_all: wish.approve_all,
                plan_only: wish.plan_only,
                model: wish.model,
                max_cost: wish.max_cost,
                local_only: wish.local_only,
                prefer: wish.prefer,
                no_preferences: wish.no_preferences,
                asks_budget: wish.asks_budget,
                ..RunOptions::default()
            },
        })
    }

    fn copy(&self, original: &Path, is_foreign: bool) -> Result<PathBuf, ApiError> {
        if is_foreign {
            return super::empty_copy(&self.paths, original).map_err(|error| bad(&error));
        }
        let folder = crate::cli::place::usable(original).map_err(|error| bad(&error))?;
        super::copy(&self.paths, &folder).map_err(|error| bad(&error))
    }

    fn runs(&self, folder: &Path) -> Result<Arc<dyn Runs>, ApiError> {
        Ok(Arc::new(self.host(folder)?))
    }
}
