//! The keys of the configuration: names, forms and what they mean. Everything that talks about keys
//! (reading, setting, the reference page, the schema) reads this table.

use venom_kernel::confine::{Runtime, Tier};
use venom_skills::code::{Tool, Wanted};
use venom_store::keys::Mode;

use super::{ColorWhen, Level, MOST_PARALLEL};

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    MaxParallel,
    Timeout,
    LogLevel,
    PolicyRules,
    SandboxRequire,
    SandboxNetwork,
    SandboxHidden,
    SandboxProtected,
    SandboxReadable,
    SandboxLimits,
    SandboxSecrets,
    EncryptionMode,
    SandboxRuntime,
    SandboxImage,
    SandboxDocker,
    SandboxSkills,
    Color,
    DataQuota,
    Functions,
    CodeTools,
    Providers,
    Agent,
    Route,
    Budget,
    Memory,
}

impl Key {
    /// All keys, in the order of their names.
    pub(crate) const ALL: [Self; 25] = [
        Self::Agent,
        Self::Budget,
        Self::CodeTools,
        Self::DataQuota,
        Self::EncryptionMode,
        Self::Functions,
        Self::LogLevel,
        Self::Memory,
        Self::PolicyRules,
        Self::Providers,
        Self::Route,
        Self::MaxParallel,
        Self::Timeout,
        Self::SandboxDocker,
        Self::SandboxHidden,
        Self::SandboxImage,
        Self::SandboxLimits,
        Self::SandboxNetwork,
        Self::SandboxProtected,
        Self::SandboxReadable,
        Self::SandboxRequire,
        Self::SandboxRuntime,
        Self::SandboxSecrets,
        Self::SandboxSkills,
        Self::Color,
    ];

    /// Finds a key by its name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Returns the section and the name in it.
    pub(crate) const fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::MaxParallel => ("run", "max_parallel"),
            Self::Timeout => ("run", "timeout"),
            Self::LogLevel => ("log", "level"),
            Self::PolicyRules => ("policy", "rules"),
            Self::SandboxRequire => ("sandbox", "require"),
            Self::SandboxNetwork => ("sandbox", "network"),
            Self::SandboxHidden => ("sandbox", "hidden"),
            Self::SandboxProtected => ("sandbox", "protected"),
            Self::SandboxReadable => ("sandbox", "readable"),
            Self::SandboxLimits => ("sandbox", "limits"),
            Self::SandboxSecrets => ("sandbox", "secrets"),
            Self::EncryptionMode => ("encryption", "mode"),
            Self::SandboxRuntime => ("sandbox", "runtime"),
            Self::SandboxImage => ("sandbox", "image"),
            Self::SandboxDocker => ("sandbox", "docker"),
            Self::SandboxSkills => ("sandbox", "skills"),
            Self::Color => ("ui", "color"),
            Self::DataQuota => ("data", "quota"),
            // The section is the value: what stands in it are names of the user's.
            Self::Functions => ("functions", ""),
            Self::Providers => ("providers", ""),
            Self::Agent => ("agent", ""),
            Self::Route => ("route", ""),
            Self::Budget => ("budget", ""),
            Self::Memory => ("memory", ""),
            Self::CodeTools => ("code", "tools"),
        }
    }

    /// Returns the whole name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxParallel => "run.max_parallel",
            Self::Timeout => "run.timeout",
            Self::LogLevel => "log.level",
            Self::PolicyRules => "policy.rules",
            Self::SandboxRequire => "sandbox.require",
            Self::SandboxNetwork => "sandbox.network",
            Self::SandboxHidden => "sandbox.hidden",
            Self::SandboxProtected => "sandbox.protected",
            Self::SandboxReadable => "sandbox.readable",
            Self::SandboxLimits => "sandbox.limits",
            Self::SandboxSecrets => "sandbox.secrets",
            Self::EncryptionMode => "encryption.mode",
            Self::SandboxRuntime => "sandbox.runtime",
            Self::SandboxImage => "sandbox.image",
            Self::SandboxDocker => "sandbox.docker",
            Self::SandboxSkills => "sandbox.skills",
            Self::Color => "ui.color",
            Self::DataQuota => "data.quota",
            Self::Functions => "functions",
            Self::Providers => "providers",
            Self::Agent => "agent",
            Self::Route => "route",
            Self::Budget => "budget",
            Self::Memory => "memory",
            Self::CodeTools => "code.tools",
        }
    }

    /// Returns the variable that stands before the files, if there is one.
    pub(crate) const fn env(self) -> Option<&'static str> {
        match self {
            Self::MaxParallel => Some("VENOM_RUN_MAX_PARALLEL"),
            Self::Timeout => Some("VENOM_RUN_TIMEOUT"),
            Self::LogLevel => Some("VENOM_LOG_LEVEL"),
            Self::SandboxRequire => Some("VENOM_SANDBOX_REQUIRE"),
            Self::PolicyRules
            | Self::SandboxNetwork
            | Self::SandboxHidden
            | Self::SandboxProtected
            | Self::SandboxReadable
            | Self::SandboxLimits
            | Self::SandboxSecrets
            | Self::SandboxRuntime
            | Self::SandboxImage
            | Self::SandboxDocker
            | Self::SandboxSkills
            | Self::Functions
            | Self::Agent
            | Self::Memory
            | Self::Route
            | Self::Budget
            | Self::Providers => None,
            Self::EncryptionMode => Some("VENOM_ENCRYPTION_MODE"),
            Self::DataQuota => Some("VENOM_DATA_QUOTA"),
            Self::Color => Some("VENOM_UI_COLOR"),
            Self::CodeTools => Some("VENOM_CODE_TOOLS"),
        }
    }

    /// Returns the flag that stands before everything, if there is one.
    pub(crate) const fn flag(self) -> Option<&'static str> {
        match self {
            Self::MaxParallel => Some("--max-parallel"),
            Self::Timeout => Some("--timeout"),
            Self::SandboxRequire => Some("--allow-unconfined"),
            Self::LogLevel
            | Self::PolicyRules
            | Self::SandboxNetwork
            | Self::SandboxHidden
            | Self::SandboxProtected
            | Self::SandboxReadable
            | Self::SandboxLimits
            | Self::SandboxSecrets
            | Self::EncryptionMode
            | Self::SandboxRuntime
            | Self::SandboxImage
            | Self::SandboxDocker
            | Self::SandboxSkills
            | Self::DataQuota
            | Self::Functions
            | Self::Agent
            | Self::Memory
            | Self::Route
            | Self::Budget
            | Self::Providers => None,
            Self::Color => Some("--color"),
            Self::CodeTools => Some("--tools"),
        }
    }

    /// Says which values fit.
    pub(crate) fn kind(self) -> String {
        match self {
            Self::MaxParallel => format!("a whole number from 1 to {MOST_PARALLEL}"),
            Self::Timeout => "a duration up to a week".to_owned(),
            Self::LogLevel => "one of error, warn, info, debug, trace".to_owned(),
            Self::PolicyRules => {
                "a list of rules, each with skill, action (a name or `*`) and ruling (allow, ask or deny)"
                    .to_owned()
            }
            Self::SandboxRequire => format!("one of {}", tiers()),
            Self::SandboxNetwork => {
                "a list of `host` or `host:port`; `*.` at the beginning stands for any name below"
                    .to_owned()
            }
            Self::SandboxHidden | Self::SandboxProtected => {
                "a list of paths or patterns in the workspace".to_owned()
            }
            Self::SandboxReadable => "a list of absolute paths".to_owned(),
            Self::SandboxLimits => {
                "memory_mib, cpu_percent (100 is one processor), processes and disk_mib, each a whole number"
                    .to_owned()
            }
            Self::SandboxSecrets => {
                "variables, each with key (a name of `venom keys list`) and hosts (a list of `host` or `host:port`; ` plain` behind one lets it have the value over plain HTTP)"
                    .to_owned()
            }
            Self::EncryptionMode => format!("one of {}", modes()),
            Self::SandboxRuntime => format!("one of {}", runtimes()),
            Self::SandboxImage => "the name of an image, such as `venom/sandbox:latest`".to_owned(),
            Self::SandboxDocker => {
                "host (as `unix:///var/run/docker.sock`) and runtime (such as `runsc`)".to_owned()
            }
            Self::SandboxSkills => {
                "for each skill by its name: require, runtime, image, network and limits".to_owned()
            }
            Self::Color => "one of auto, always, never".to_owned(),
            Self::DataQuota => {
                "a number of bytes, or one with KiB, MiB, GiB or TiB behind it".to_owned()
            }
            Self::CodeTools => format!(
                "auto, none, or names with commas between them: {}",
                Tool::ALL.map(Tool::name).join(", ")
            ),
            Self::Functions => {
                "names, each with `kind` (lambda or http) and what docs/functions.md lists for it"
                    .to_owned()
            }
            Self::Agent => {
                "model, turns, tokens, max_cost, time, answer_tokens, view_tokens, think_time, rounds, understand, proposals, learn, learn_after and memories, as docs/agents.md lists them"
                    .to_owned()
            }
            Self::Memory => {
                "embeddings, vectors, vectors_key, graph, graph_key, cache, cache_key, when_down and consolidate, as docs/memory.md lists them"
                    .to_owned()
            }
            Self::Route => {
                "prefer (balanced, cheap, fast or best), local_only and pins, as docs/models.md lists them"
                    .to_owned()
            }
            Self::Budget => {
                "run, day, month and models, each with money (in dollars) and tokens, as docs/models.md lists them"
                    .to_owned()
            }
            Self::Providers => {
                "names, each with `kind` (anthropic, gemini, ollama or openai) and what docs/models.md lists for it"
                    .to_owned()
            }
        }
    }

    /// Says what the key is for.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::MaxParallel => "How many steps of a run may run at once.",
            Self::Timeout => {
                "Longest time for a whole run; what is under way is then stopped. No limit if not set."
            }
            Self::LogLevel => "How much goes into the log file `data/logs/venom.log`.",
            Self::PolicyRules => {
                "Rules that stand before the built-in ones. The first rule that fits a step decides, but a `deny` anywhere wins. In a project's file, rules that allow are ignored."
            }
            Self::SandboxRequire => {
                "The weakest isolation that commands may run in; a step that cannot have it is refused. A project's file may only demand more."
            }
            Self::SandboxNetwork => {
                "Hosts that commands may reach. Nothing else can be reached from the sandbox. Ignored in a project's file."
            }
            Self::SandboxHidden => {
                "Files of the workspace that commands never see, beside `.env*`, keys and credentials."
            }
            Self::SandboxProtected => {
                "Paths of the workspace that commands never change, beside git's hooks and configuration."
            }
            Self::SandboxReadable => {
                "Files and folders outside the workspace that commands may read, beside the system's programs and the toolchains that are found. Ignored in a project's file."
            }
            Self::SandboxLimits => {
                "Limits that stand for those of the actions. In a project's file, lower ones hold."
            }
            Self::SandboxSecrets => {
                "Variables of commands that stand for a secret. Commands see a placeholder, which becomes the value only on the way to the hosts named; these have to be on the list of hosts as well. A project's file may only take hosts away, all of them with an empty list."
            }
            Self::EncryptionMode => {
                "What is encrypted of new runs: nothing, texts and contents (`payload`), or these with lists in memory only (`strict`). `payload` if not set and there is a master key. Ignored in a project's file."
            }
            Self::SandboxRuntime => {
                "What makes the walls around commands: the best that can be had, VENOM itself, or the Docker engine. Ignored in a project's file."
            }
            Self::SandboxImage => {
                "The image of containers, unless a step names another. Nothing is fetched from a registry. Ignored in a project's file."
            }
            Self::SandboxDocker => {
                "Where the Docker engine listens (before DOCKER_HOST), and with which of its runtimes it is to start containers. Ignored in a project's file."
            }
            Self::SandboxSkills => {
                "What is demanded for the steps of single skills in place of what holds for all; hosts are added. A project's file may only demand a stronger tier and lower limits."
            }
            Self::Color => "When colours are used. `NO_COLOR` means never.",
            Self::DataQuota => {
                "How much the content store may take on the disk. Beyond it no run begins and nothing is stored; `venom gc` makes room. No limit if not set. Ignored in a project's file."
            }
            Self::CodeTools => {
                "Which other tools a search for weaknesses asks: those that are installed and fit, none, or these. They run in the sandbox without a network."
            }
            Self::Functions => {
                "Functions that run elsewhere and can be called by their names. Secrets are named, not written. Ignored in a project's file."
            }
            Self::Agent => {
                "Which model thinks for agents, and how far an agent may go. Ignored in a project's file."
            }
            Self::Memory => {
                "Services that stand beside the embedded memory: a ChromaDB for vectors and a Redis for answers that processes share. Keys are named, not written. Ignored in a project's file."
            }
            Self::Route => {
                "How models are chosen: what is preferred where they differ, whether they have to be your own, and which one is named for what. Ignored in a project's file."
            }
            Self::Budget => {
                "What runs may spend on models: each run, and all of them in a day and in a month. At a cap somebody is asked who is there, else the run ends with exit code 7. Ignored in a project's file."
            }
            Self::Providers => {
                "Providers of language models. Without one, nothing that VENOM does leaves this machine for a model. Keys are named, not written. Ignored in a project's file."
            }
        }
    }

    /// Returns the default as it would be written.
    pub(crate) const fn default_text(self) -> &'static str {
        match self {
            Self::MaxParallel => "4",
            Self::Timeout | Self::SandboxLimits | Self::EncryptionMode | Self::DataQuota => {
                "(none)"
            }
            Self::SandboxSecrets => "{}",
            Self::SandboxRequire => super::confine::REQUIRED.name(),
            Self::SandboxNetwork
            | Self::SandboxHidden
            | Self::SandboxProtected
            | Self::SandboxReadable => "[]",
            Self::SandboxRuntime => "auto",
            Self::SandboxImage => venom_exec::docker::IMAGE,
            Self::SandboxDocker | Self::SandboxSkills => "{}",
            Self::LogLevel => "info",
            Self::PolicyRules => "[]",
            Self::Color | Self::CodeTools => "auto",
            Self::Functions
            | Self::Providers
            | Self::Agent
            | Self::Memory
            | Self::Route
            | Self::Budget => "{}",
        }
    }

    /// Returns a value that fits.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::MaxParallel => "8",
            Self::Timeout => "30m",
            Self::LogLevel => "debug",
            Self::PolicyRules => "[{skill: shell, action: \"*\", ruling: deny}]",
            Self::SandboxRequire => "cell",
            Self::SandboxNetwork => "[pypi.org, \"*.example.org:443\"]",
            Self::SandboxHidden => "[secrets/]",
            Self::SandboxProtected => "[deploy/]",
            Self::SandboxReadable => "[/opt/sdk]",
            Self::SandboxLimits => "{memory_mib: 2048}",
            Self::SandboxSecrets => "{GITHUB_TOKEN: {key: github, hosts: [api.github.com]}}",
            Self::EncryptionMode => "payload",
            Self::SandboxRuntime => "docker",
            Self::SandboxImage => "my/tools:1",
            Self::SandboxDocker => "{runtime: runsc}",
            Self::SandboxSkills => "{test: {image: \"my/tools:1\"}}",
            Self::Color => "never",
            Self::DataQuota => "20GiB",
            Self::CodeTools => "bandit,eslint",
            Self::Functions => {
                "{resize: {kind: http, url: \"https://example.org/resize\", auth: {kind: bearer, token: \"env:RESIZE_TOKEN\"}}}"
            }
            Self::Route => "{prefer: cheap, pins: {code: anthropic/claude-sonnet-4-5}}",
            Self::Budget => "{run: {money: \"0.50\"}, day: {money: \"5\"}}",
            Self::Memory => {
                "{vectors: \"http://127.0.0.1:8000\", cache: \"redis://127.0.0.1:6379\"}"
            }
            Self::Agent => "{model: anthropic/claude-sonnet-4-5, turns: 40, max_cost: \"0.50\"}",
            Self::Providers => {
                "{anthropic: {kind: anthropic}, home: {kind: openai, url: \"http://127.0.0.1:8080/v1\"}}"
            }
        }
    }

    /// Checks a value that is to be set.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::MaxParallel => max_parallel(text).map(drop),
            Self::Timeout => super::duration::parse(text).map(drop),
            Self::LogLevel => level(text).map(drop),
            Self::SandboxRequire => tier(text).map(drop),
            Self::EncryptionMode => mode(text).map(drop),
            Self::PolicyRules
            | Self::SandboxNetwork
            | Self::SandboxHidden
            | Self::SandboxProtected
            | Self::SandboxReadable
            | Self::SandboxLimits
            | Self::SandboxSecrets
            | Self::SandboxDocker
            | Self::SandboxSkills
            | Self::Functions
            | Self::Agent
            | Self::Memory
            | Self::Route
            | Self::Budget
            | Self::Providers => {
                Err("a list is not set from the command line; edit the file".to_owned())
            }
            Self::SandboxRuntime => Runtime::ALL
                .iter()
                .any(|runtime| runtime.name() == text.trim())
                .then_some(())
                .ok_or_else(|| format!("it is none of {}", runtimes())),
            Self::SandboxImage => {
                venom_exec::docker::check_image(text.trim()).map_err(|failure| failure.message)
            }
            Self::Color => color(text).map(drop),
            Self::DataQuota => super::size::parse(text).map(drop),
            Self::CodeTools => text.parse::<Wanted>().map(drop),
        }
    }

    /// Returns the JSON Schema of the value.
    pub(crate) fn schema(self) -> serde_json::Value {
        let mut schema = match self {
            Self::MaxParallel => {
                serde_json::json!({"type": "integer", "minimum": 1, "maximum": MOST_PARALLEL})
            }
            Self::Timeout => serde_json::json!({
                "type": "string",
                "pattern": "^([0-9]+(ms|s|m|min|h))+$",
            }),
            Self::LogLevel => {
                serde_json::json!({"enum": ["error", "warn", "info", "debug", "trace"]})
            }
            Self::PolicyRules => serde_json::json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["ruling"],
                    "properties": {
                        "skill": {"type": "string", "default": "*"},
                        "action": {"type": "string", "default": "*"},
                        "ruling": {"enum": ["allow", "ask", "deny"]},
                    },
                },
            }),
            Self::SandboxRequire => {
                serde_json::json!({"enum": Tier::ALL.map(Tier::name)})
            }
            Self::SandboxNetwork
            | Self::SandboxHidden
            | Self::SandboxProtected
            | Self::SandboxReadable => {
                serde_json::json!({"type": "array", "items": {"type": "string"}})
            }
            Self::SandboxLimits => limits_schema(),
            Self::SandboxRuntime => {
                serde_json::json!({"enum": Runtime::ALL.map(Runtime::name)})
            }
            Self::SandboxImage => serde_json::json!({"type": "string"}),
            Self::SandboxDocker => serde_json::json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {"host": {"type": "string"}, "runtime": {"type": "string"}},
            }),
            Self::SandboxSkills => serde_json::json!({
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "require": {"enum": Tier::ALL.map(Tier::name)},
                        "runtime": {"enum": Runtime::ALL.map(Runtime::name)},
                        "image": {"type": "string"},
                        "network": {"type": "array", "items": {"type": "string"}},
                        "limits": limits_schema(),
                    },
                },
            }),
            Self::SandboxSecrets => serde_json::json!({
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["key"],
                    "properties": {
                        "key": {"type": "string"},
                        "hosts": {"type": "array", "items": {"type": "string"}},
                    },
                },
            }),
            Self::EncryptionMode => {
                serde_json::json!({"enum": Mode::ALL.map(Mode::name)})
            }
            Self::Color => serde_json::json!({"enum": ["auto", "always", "never"]}),
            Self::DataQuota => serde_json::json!({
                "type": ["string", "integer"],
                "pattern": "^[0-9]+ ?([KMGT]iB|B)?$",
            }),
            Self::CodeTools => serde_json::json!({"type": "string"}),
            Self::Functions => super::function::schema(),
            Self::Providers => super::provider::schema(),
            Self::Agent => super::agent::schema(),
            Self::Memory => super::memory::schema(),
            Self::Route => super::route::schema(),
            Self::Budget => super::budget::schema(),
        };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), self.about().into());
        }
        schema
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

fn limits_schema() -> serde_json::Value {
    serde_json::json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "memory_mib": {"type": "integer", "minimum": 16},
            "cpu_percent": {"type": "integer", "minimum": 1},
            "processes": {"type": "integer", "minimum": 1},
            "disk_mib": {"type": "integer", "minimum": 1},
        },
    })
}

fn runtimes() -> String {
    Runtime::ALL.map(Runtime::name).join(", ")
}

/// Reads how many steps may run at once.
pub(crate) fn max_parallel(text: &str) -> Result<u16, String> {
    let refused = || {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is no whole number from 1 to {MOST_PARALLEL}")
    };
    text.trim()
        .parse()
        .ok()
        .filter(|number| (1..=MOST_PARALLEL).contains(number))
        .ok_or_else(refused)
}

/// Reads a tier of isolation.
pub(crate) fn tier(text: &str) -> Result<Tier, String> {
    word(text, &tiers())
}

/// Reads what is encrypted.
pub(crate) fn mode(text: &str) -> Result<Mode, String> {
    let text = text.trim();
    Mode::ALL
        .into_iter()
        .find(|mode| mode.name() == text)
        .ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is none of {}", modes())
        })
}

fn modes() -> String {
    Mode::ALL.map(Mode::name).join(", ")
}

fn tiers() -> String {
    Tier::ALL.map(Tier::name).join(", ")
}

/// Reads a level.
pub(crate) fn level(text: &str) -> Result<Level, String> {
    word(text, "error, warn, info, debug or trace")
}

/// Reads when colours are used.
pub(crate) fn color(text: &str) -> Result<ColorWhen, String> {
    word(text, "auto, always or never")
}

fn word<T: serde::de::DeserializeOwned>(text: &str, words: &str) -> Result<T, String> {
    let text = text.trim();
    serde_json::from_value(text.into()).ok().ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is none of {words}")
    })
}
