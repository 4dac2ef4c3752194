//! Settings: where they come from, which one wins, and where VENOM keeps its files.
//!
//! Precedence: flag, `VENOM_` variable, the project's `.venom/config.yaml`, the user's file,
//! default. A project's file arrives with somebody else's code, so its rules may only tighten the
//! policy.

pub(crate) mod agent;
pub(crate) mod budget;
pub(crate) mod confine;
pub(crate) mod duration;
pub(crate) mod edit;
pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod function;
pub(crate) mod key;
pub(crate) mod memory;
pub(crate) mod money;
pub(crate) mod paths;
pub(crate) mod provider;
pub(crate) mod route;
pub(crate) mod schedule;
pub(crate) mod size;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use venom_engine::agent::AgentSettings;
use venom_engine::route::Routing;
use venom_kernel::confine::Tier;
use venom_kernel::policy::{Policy, Rule, Ruling};
use venom_kernel::time::Millis;
use venom_skills::code::Wanted;
use venom_store::keys::Mode;

use self::agent::Agent;
use self::budget::Budget;
use self::confine::Sandbox;
use self::env::Env;
use self::file::File;
use self::function::Functions;
use self::key::Key;
use self::memory::Memory;
use self::paths::Paths;
use self::provider::Providers;
use self::route::Route;
use crate::error::CliError;
use crate::exit::Exit;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much goes into the log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Only what went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And why.
    Debug,
    /// And everything else.
    Trace,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of this command.
    Flag(&'static str),
    /// A variable of the environment.
    Env(&'static str),
    /// The project's file, with the line.
    Project(PathBuf, Option<usize>),
    /// The user's file, with the line.
    User(PathBuf, Option<usize>),
    /// Nobody set it.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Project(path, line) | Self::User(path, line) => {
                write!(f, "{}", path.display())?;
                line.map_or(Ok(()), |line| write!(f, ":{line}"))
            }
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// The settings that are in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) max_parallel: Set<u16>,
    pub(crate) timeout: Set<Option<Millis>>,
    pub(crate) log_level: Set<Level>,
    pub(crate) rules: Set<Vec<Rule>>,
    pub(crate) color: Set<ColorWhen>,
    pub(crate) sandbox: Sandbox,
    pub(crate) encryption: Set<Option<Mode>>,
    /// Most bytes of the content store.
    pub(crate) quota: Set<Option<u64>>,
    pub(crate) functions: Set<Functions>,
    pub(crate) providers: Set<Providers>,
    pub(crate) agent: Set<Agent>,
    pub(crate) memory: Set<Memory>,
    pub(crate) route: Set<Route>,
    pub(crate) budget: Set<Budget>,
    pub(crate) tools: Set<Wanted>,
    /// What the user should know about the files.
    pub(crate) warnings: Vec<String>,
}

/// What flags of the command say about settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) max_parallel: Option<u16>,
    pub(crate) timeout: Option<Millis>,
    pub(crate) color: Option<ColorWhen>,
    pub(crate) allow_unconfined: bool,
    pub(crate) tools: Option<Wanted>,
}

/// The most steps that may run at once; the engine's channels are sized for it.
pub(crate) const MOST_PARALLEL: u16 = 1_024;

/// One file that was read.
struct Layer {
    file: File,
    text: String,
    path: PathBuf,
}

impl Layer {
    fn read(path: PathBuf) -> Result<Option<Self>, CliError> {
        let Some(text) = file::read(&path)? else {
            return Ok(None);
        };
        let file = file::parse(&text, &path)?;
        Ok(Some(Self { file, text, path }))
    }

    fn line(&self, key: Key) -> Option<usize> {
        edit::line_of(&self.text, key)
    }
}

impl Settings {
    /// The settings when no file can be read.
    pub(crate) fn fallback(env: &Env, flags: &Flags) -> Self {
        Self {
            max_parallel: default(4),
            timeout: default(None),
            log_level: default(Level::default()),
            rules: default(Vec::new()),
            color: color(env, flags, None),
            sandbox: Sandbox::default(),
            encryption: default(None),
            quota: default(None),
            functions: default(Functions::new()),
            providers: default(Providers::new()),
            agent: default(Agent::default()),
            memory: default(Memory::default()),
            route: default(Route::default()),
            budget: default(Budget::default()),
            tools: default(Wanted::Auto),
            warnings: Vec::new(),
        }
    }

    /// Reads the files and the environment.
    pub(crate) fn load(
        env: &Env,
        paths: &Paths,
        workspace: &Path,
        flags: &Flags,
    ) -> Result<Self, CliError> {
        let user = Layer::read(paths.user_config())?;
        let project_path = Paths::project_config(workspace);
        // Somebody who works in their home folder has one file, not two.
        let project = if project_path == paths.user_config() {
            None
        } else {
            Layer::read(project_path)?
        };
        let mut settings = Self::fallback(env, flags);
        settings.color = color(env, flags, user.as_ref());

        let from_files = |key: Key| {
            let of = |layer: &Layer| layer.file.text_of(key);
            if let Some((layer, text)) = project
                .as_ref()
                .and_then(|layer| of(layer).map(|text| (layer, text)))
            {
                let origin = Origin::Project(layer.path.clone(), layer.line(key));
                return Some((text, origin));
            }
            let layer = user.as_ref()?;
            let origin = Origin::User(layer.path.clone(), layer.line(key));
            Some((of(layer)?, origin))
        };
        let found = |key: Key| {
            key.env()
                .and_then(|name| Some((env.get(name)?.to_owned(), Origin::Env(name))))
                .or_else(|| from_files(key))
        };

        if let Some((text, origin)) = found(Key::MaxParallel) {
            let value =
                key::max_parallel(&text).map_err(|why| bad(Key::MaxParallel, &why, &origin))?;
            settings.max_parallel = Set { value, origin };
        }
        if let Some((text, origin)) = found(Key::Timeout) {
            let value = duration::parse(&text).map_err(|why| bad(Key::Timeout, &why, &origin))?;
            settings.timeout = Set {
                value: Some(value),
                origin,
            };
        }
        if let Some((text, origin)) = found(Key::LogLevel) {
            let value = key::level(&text).map_err(|why| bad(Key::LogLevel, &why, &origin))?;
            settings.log_level = Set { value, origin };
        }
        // Somebody else's code has no say in how the user's data is kept.
        let of_user = |key: Key, warnings: &mut Vec<String>| match found(key)? {
            (_, Origin::Project(path, _)) => {
                warnings.push(format!(
                    "{}: `{key}` is ignored here: it is the user's affair",
                    path.display(),
                ));
                let layer = user.as_ref()?;
                let origin = Origin::User(layer.path.clone(), layer.line(key));
                Some((layer.file.text_of(key)?, origin))
            }
            other => Some(other),
        };
        if let Some((text, origin)) = of_user(Key::EncryptionMode, &mut settings.warnings) {
            let value = key::mode(&text).map_err(|why| bad(Key::EncryptionMode, &why, &origin))?;
            settings.encryption = Set {
                value: Some(value),
                origin,
            };
        }
        if let Some((text, origin)) = of_user(Key::DataQuota, &mut settings.warnings) {
            let value = size::parse(&text).map_err(|why| bad(Key::DataQuota, &why, &origin))?;
            settings.quota = Set {
                value: Some(value),
                origin,
            };
        }
        settings.add_rules(user.as_ref(), project.as_ref());
        settings.sandbox = Sandbox::of(user.as_ref(), project.as_ref(), &mut settings.warnings);
        settings.add_functions(user.as_ref(), project.as_ref())?;
        settings.add_providers(user.as_ref(), project.as_ref())?;
        settings.add_agent(user.as_ref(), project.as_ref())?;
        settings.add_memory(user.as_ref(), project.as_ref())?;
        settings.add_routing(user.as_ref(), project.as_ref())?;
        let name = "VENOM_SANDBOX_REQUIRE";
        if let Some(text) = env.get(name) {
            let origin = Origin::Env(name);
            let value = key::tier(text).map_err(|why| bad(Key::SandboxRequire, &why, &origin))?;
            settings.sandbox.require = Set { value, origin };
        }
        if let Some((text, origin)) = found(Key::CodeTools) {
            let value = text
                .parse()
                .map_err(|why: String| bad(Key::CodeTools, &why, &origin))?;
            settings.tools = Set { value, origin };
        }
        if let Some(value) = flags.tools.clone() {
            let origin = Origin::Flag("--tools");
            settings.tools = Set { value, origin };
        }
        if flags.allow_unconfined {
            settings.sandbox.require = Set {
                value: Tier::Unconfined,
                origin: Origin::Flag("--allow-unconfined"),
            };
        }
        if let Some(value) = flags.max_parallel {
            let origin = Origin::Flag("--max-parallel");
            settings.max_parallel = Set { value, origin };
        }
        if let Some(value) = flags.timeout {
            let origin = Origin::Flag("--timeout");
            settings.timeout = Set {
                value: Some(value),
                origin,
            };
        }
        if let Some(name) = env.unknown_key() {
            settings
                .warnings
                .push(format!("{name} is not a variable that VENOM reads"));
        }
        Ok(settings)
    }

    /// The project's rules stand first, without those that would allow something: the first rule
    /// that fits decides, so what is left can only make the user's rules stricter.
    fn add_rules(&mut self, user: Option<&Layer>, project: Option<&Layer>) {
        let mut rules = Vec::new();
        let mut origin = Origin::Default;
        if let Some(layer) = user.filter(|layer| !layer.file.rules().is_empty()) {
            rules.extend(layer.file.rules().iter().cloned());
            origin = Origin::User(layer.path.clone(), layer.line(Key::PolicyRules));
        }
        if let Some(layer) = project.filter(|layer| !layer.file.rules().is_empty()) {
            let (allowing, tightening): (Vec<Rule>, Vec<Rule>) = layer
                .file
                .rules()
                .iter()
                .cloned()
                .partition(|rule| rule.ruling == Ruling::Allow);
            for rule in allowing {
                self.warnings.push(format!(
                    "{}: the rule that allows {}.{} is ignored: a project may only tighten the policy",
                    layer.path.display(),
                    rule.skill,
                    rule.action,
                ));
            }
            if !tightening.is_empty() {
                rules.splice(0..0, tightening);
                origin = Origin::Project(layer.path.clone(), layer.line(Key::PolicyRules));
            }
        }
        self.rules = Set {
            value: rules,
            origin,
        };
    }

    /// Takes the functions of the user's file; a project's could send the user's secrets anywhere.
    fn add_functions(
        &mut self,
        user: Option<&Layer>,
        project: Option<&Layer>,
    ) -> Result<(), CliError> {
        let of = |layer: &Layer| layer.file.functions.clone().filter(|all| !all.is_empty());
        if let Some(layer) = project.filter(|layer| of(layer).is_some()) {
            self.warnings.push(format!(
                "{}: `functions` is ignored here: only the user's file may name them",
                layer.path.display()
            ));
        }
        if let Some((layer, value)) = user.and_then(|layer| Some((layer, of(layer)?))) {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Functions));
            function::definitions(&value).map_err(|why| bad(Key::Functions, &why, &origin))?;
            self.functions = Set { value, origin };
        }
        Ok(())
    }

    /// Takes the providers of the user's file; a project's could send the user's keys anywhere.
    fn add_providers(
        &mut self,
        user: Option<&Layer>,
        project: Option<&Layer>,
    ) -> Result<(), CliError> {
        let of = |layer: &Layer| layer.file.providers.clone().filter(|all| !all.is_empty());
        if let Some(layer) = project.filter(|layer| of(layer).is_some()) {
            self.warnings.push(format!(
                "{}: `providers` is ignored here: only the user's file may name them",
                layer.path.display()
            ));
        }
        if let Some((layer, value)) = user.and_then(|layer| Some((layer, of(layer)?))) {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Providers));
            provider::providers(&value).map_err(|why| bad(Key::Providers, &why, &origin))?;
            self.providers = Set { value, origin };
        }
        Ok(())
    }

    /// Takes what the user's file says about agents; a project's could spend the user's money.
    fn add_agent(&mut self, user: Option<&Layer>, project: Option<&Layer>) -> Result<(), CliError> {
        if let Some(layer) = project.filter(|layer| layer.file.agent.is_some()) {
            self.warnings.push(format!(
                "{}: `agent` is ignored here: only the user's file may say it",
                layer.path.display()
            ));
        }
        if let Some((layer, value)) =
            user.and_then(|layer| Some((layer, layer.file.agent.clone()?)))
        {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Agent));
            value
                .settings()
                .map_err(|why| bad(Key::Agent, &why, &origin))?;
            self.agent = Set { value, origin };
        }
        Ok(())
    }

    /// Takes what the user's file says about the memory; a project's could send what is remembered anywhere.
    fn add_memory(
        &mut self,
        user: Option<&Layer>,
        project: Option<&Layer>,
    ) -> Result<(), CliError> {
        if let Some(layer) = project.filter(|layer| layer.file.memory.is_some()) {
            self.warnings.push(format!(
                "{}: `memory` is ignored here: only the user's file may say it",
                layer.path.display()
            ));
        }
        if let Some((layer, value)) =
            user.and_then(|layer| Some((layer, layer.file.memory.clone()?)))
        {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Memory));
            value
                .check()
                .map_err(|why| bad(Key::Memory, &why, &origin))?;
            self.memory = Set { value, origin };
        }
        Ok(())
    }

    /// Takes what the user's file says about the choice of models and what they may cost; a project's
    /// could send the user's words elsewhere and spend the user's money.
    fn add_routing(
        &mut self,
        user: Option<&Layer>,
        project: Option<&Layer>,
    ) -> Result<(), CliError> {
        if let Some(layer) = project {
            let said = [
                (Key::Route, layer.file.route.is_some()),
                (Key::Budget, layer.file.budget.is_some()),
            ];
            for (key, _) in said.into_iter().filter(|(_, is_said)| *is_said) {
                self.warnings.push(format!(
                    "{}: `{key}` is ignored here: only the user's file may say it",
                    layer.path.display()
                ));
            }
        }
        let Some(layer) = user else {
            return Ok(());
        };
        if let Some(value) = layer.file.route.clone() {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Route));
            value.pins().map_err(|why| bad(Key::Route, &why, &origin))?;
            self.route = Set { value, origin };
        }
        if let Some(value) = layer.file.budget.clone() {
            let origin = Origin::User(layer.path.clone(), layer.line(Key::Budget));
            value
                .allowance()
                .map_err(|why| bad(Key::Budget, &why, &origin))?;
            self.budget = Set { value, origin };
        }
        Ok(())
    }

    /// Returns what is settled about agents and the models that think for them.
    pub(crate) fn agents(&self) -> Result<AgentSettings, String> {
        let named = |name: &'static str| move |why: String| format!("`{name}`: {why}");
        let route = &self.route.value;
        let agents = self.agent.value.settings().map_err(named("agent"))?;
        Ok(AgentSettings {
            routing: Routing {
                prefer: route.prefer(),
                local_only: route.is_local_only(),
                pins: route.pins().map_err(named("route"))?,
                budget: self.budget.value.allowance().map_err(named("budget"))?,
            },
            ..agents
        })
    }

    /// Returns the policy for new runs.
    pub(crate) fn policy(&self) -> Policy {
        Policy::new(self.rules.value.clone())
    }

    /// Returns the value of a key as JSON and its origin.
    pub(crate) fn get(&self, key: Key) -> (serde_json::Value, &Origin) {
        let json = |value: &dyn erased::Json| value.json();
        match key {
            Key::MaxParallel => (json(&self.max_parallel.value), &self.max_parallel.origin),
            Key::Timeout => (
                self.timeout.value.map_or(serde_json::Value::Null, |limit| {
                    duration::print(limit).into()
                }),
                &self.timeout.origin,
            ),
            Key::LogLevel => (json(&self.log_level.value), &self.log_level.origin),
            Key::PolicyRules => (json(&self.rules.value), &self.rules.origin),
            Key::SandboxRequire => (
                json(&self.sandbox.require.value),
                &self.sandbox.require.origin,
            ),
            Key::SandboxNetwork => (
                json(&self.sandbox.network.value),
                &self.sandbox.network.origin,
            ),
            Key::SandboxHidden => (
                json(&self.sandbox.hidden.value),
                &self.sandbox.hidden.origin,
            ),
            Key::SandboxProtected => (
                json(&self.sandbox.protected.value),
                &self.sandbox.protected.origin,
            ),
            Key::SandboxReadable => (
                json(&self.sandbox.readable.value),
                &self.sandbox.readable.origin,
            ),
            Key::SandboxRuntime => (
                json(&self.sandbox.runtime.value),
                &self.sandbox.runtime.origin,
            ),
            Key::SandboxImage => (json(&self.sandbox.image.value), &self.sandbox.image.origin),
            Key::SandboxDocker => (
                json(&self.sandbox.docker.value),
                &self.sandbox.docker.origin,
            ),
            Key::SandboxSkills => (
                json(&self.sandbox.skills.value),
                &self.sandbox.skills.origin,
            ),
            Key::SandboxLimits => (
                json(&self.sandbox.limits.value),
                &self.sandbox.limits.origin,
            ),
            Key::SandboxSecrets => (
                json(&self.sandbox.secrets.value),
                &self.sandbox.secrets.origin,
            ),
            Key::EncryptionMode => (
                self.encryption
                    .value
                    .map_or(serde_json::Value::Null, |mode| mode.name().into()),
                &self.encryption.origin,
            ),
            Key::DataQuota => (
                self.quota
                    .value
                    .map_or(serde_json::Value::Null, |bytes| size::print(bytes).into()),
                &self.quota.origin,
            ),
            Key::Color => (json(&self.color.value), &self.color.origin),
            Key::Functions => (json(&self.functions.value), &self.functions.origin),
            Key::Providers => (json(&self.providers.value), &self.providers.origin),
            Key::Agent => (json(&self.agent.value), &self.agent.origin),
            Key::Memory => (json(&self.memory.value), &self.memory.origin),
            Key::Route => (json(&self.route.value), &self.route.origin),
            Key::Budget => (json(&self.budget.value), &self.budget.origin),
            Key::CodeTools => (self.tools.value.to_string().into(), &self.tools.origin),
        }
    }

    /// Returns all values as one JSON object with dotted keys.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        Key::ALL
            .iter()
            .map(|key| (key.name().to_owned(), self.get(*key).0))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// JSON of values whose types differ.
mod erased {
    pub(super) trait Json {
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }
}

const fn default<T>(value: T) -> Set<T> {
    Set {
        value,
        origin: Origin::Default,
    }
}

/// Colours do not come from the project: what a terminal shows is its user's affair. A value that
/// cannot be read counts as not set here, so that the error about it can still be shown.
fn color(env: &Env, flags: &Flags, user: Option<&Layer>) -> Set<ColorWhen> {
    if let Some(value) = flags.color {
        return Set {
            value,
            origin: Origin::Flag("--color"),
        };
    }
    let name = "VENOM_UI_COLOR";
    if let Some(value) = env.get(name).and_then(|text| key::color(text).ok()) {
        return Set {
            value,
            origin: Origin::Env(name),
        };
    }
    if env.no_color() {
        return Set {
            value: ColorWhen::Never,
            origin: Origin::Env("NO_COLOR"),
        };
    }
    user.and_then(|layer| {
        let value = layer.file.color()?;
        let origin = Origin::User(layer.path.clone(), layer.line(Key::Color));
        Some(Set { value, origin })
    })
    .unwrap_or_else(|| default(ColorWhen::Auto))
}

fn bad(key: Key, why: &str, origin: &Origin) -> CliError {
    let message = match origin {
        Origin::Env(name) => format!("the variable {name} cannot be used: {why}"),
        Origin::Flag(_) | Origin::Project(..) | Origin::User(..) | Origin::Default => {
            format!("{origin}: `{key}` cannot be used: {why}")
        }
    };
    CliError::new(Exit::Config, message).hint(format!(
        "{}, for example {}",
        key.kind(),
        key.example()
    ))
}

#[cfg(test)]
mod tests;
