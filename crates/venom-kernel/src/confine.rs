//! Confinement: what the commands of a step may use, what the user demands of the sandbox, and the
//! receipt of what was really enforced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::change::RelPath;

/// Names in a workspace that can be read but not changed: each makes a program outside run code or
/// go elsewhere when somebody opens the folder.
pub const READ_ONLY: &[&str] = &[
    ".git/hooks",
    ".git/config",
    ".git/config.worktree",
    ".git/info/attributes",
    ".gitmodules",
    ".venom",
    ".vscode",
    ".idea",
    ".mcp.json",
    ".envrc",
];

/// Patterns of names, at any depth of a workspace, whose contents no command sees.
pub const HIDDEN: &[&str] = &[
    ".env",
    ".env.*",
    "*.pem",
    "*.p12",
    "*.pfx",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".aws",
    ".ssh",
    ".gnupg",
    ".netrc",
    ".pypirc",
    ".git-credentials",
];

/// What a model that works on a step neither sees nor changes: what commands do not see either, and
/// what would run code or loosen rules later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fence {
    hidden: Vec<String>,
    kept: Vec<String>,
}

impl Fence {
    /// Makes a fence of the built-in names and those of the user.
    pub fn of(confinement: &Confinement) -> Self {
        let all = |built_in: &[&str], own: &[String]| {
            let built_in = built_in.iter().map(|name| (*name).to_owned());
            built_in.chain(own.iter().cloned()).collect()
        };
        // Addresses in git's own files hold passwords now and then.
        let mut hidden: Vec<String> = all(HIDDEN, &confinement.hidden);
        hidden.push(".git/config".to_owned());
        Self {
            hidden,
            kept: all(READ_ONLY, &confinement.protected),
        }
    }

    /// Tells whether the contents of a path are not seen.
    pub fn hides(&self, path: &RelPath) -> bool {
        self.hidden.iter().any(|pattern| meets(pattern, path))
    }

    /// Tells whether a path is not changed.
    pub fn keeps(&self, path: &RelPath) -> bool {
        self.kept.iter().any(|pattern| meets(pattern, path)) || self.hides(path)
    }
}

/// Tells whether a path, or a folder that it is in, is meant by a pattern: a name at any depth, or a
/// path from the root of the workspace. A star stands for any characters of one name. The case of
/// letters does not count: on some disks it makes no difference.
fn meets(pattern: &str, path: &RelPath) -> bool {
    let names: Vec<&str> = path.as_str().split('/').collect();
    let wanted: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let fits = |names: &[&str]| {
        names.len() >= wanted.len()
            && wanted.iter().zip(names).all(|(wanted, name)| {
                is_like(wanted.to_lowercase().as_str(), name.to_lowercase().as_str())
            })
    };
    if wanted.len() == 1 {
        return names.iter().any(|name| fits(&[*name]));
    }
    fits(&names)
}

/// Tells whether a name fits a pattern in which a star stands for any characters.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    left.ends_with(last)
}

/// Tiers of isolation, weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// A plain process of the user, with limits on time and output only.
    Unconfined,
    /// The user's own file tree and network stack behind Landlock and a system call filter: for
    /// machines on which no namespaces can be made.
    #[default]
    Restricted,
    /// A container of the Docker engine.
    Docker,
    /// A container of VENOM's own: namespaces, a synthetic root, Landlock, a system call filter and
    /// limits.
    Cell,
}

impl Tier {
    /// All tiers, weakest first.
    pub const ALL: [Self; 4] = [Self::Unconfined, Self::Restricted, Self::Docker, Self::Cell];

    /// Returns the tier's name, which is also its form in logs and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unconfined => "unconfined",
            Self::Restricted => "restricted",
            Self::Docker => "docker",
            Self::Cell => "cell",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Limits for all commands of a step together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Processor time in percent of one processor; 200 means two processors.
    pub cpu_percent: u32,
    /// Processes and threads.
    pub processes: u32,
    /// What may be written, in MiB, for files that nobody keeps and for the workspace each.
    pub disk_mib: u32,
}

impl Default for Limits {
    /// Memory and processor: what was asked for as the default of a sandbox. Processes and disk are
    /// chosen: a compiler driver or a test runner stays far below, a fork bomb is stopped early.
    fn default() -> Self {
        Self {
            memory_mib: 512,
            cpu_percent: 50,
            processes: 256,
            disk_mib: 1_024,
        }
    }
}

impl Limits {
    /// Limits for steps that build and test whole projects: compilers and test runners use what the
    /// machine has. Memory is what a linker of a large program was seen to take.
    pub const BUILDS: Self = Self {
        memory_mib: 8_192,
        cpu_percent: 6_400,
        processes: 4_096,
        disk_mib: 16_384,
    };
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} MiB memory, {} % of a processor, {} processes, {} MiB disk",
            self.memory_mib, self.cpu_percent, self.processes, self.disk_mib
        )
    }
}

/// What makes the walls around commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// The best that can be had: a cell, then a container of the Docker engine, then what is weaker.
    /// An image that is asked for is run in a container.
    #[default]
    Auto,
    /// VENOM itself, never an engine.
    Cell,
    /// The Docker engine.
    Docker,
}

impl Runtime {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Cell, Self::Docker];

    /// Returns its name, which is also its form in logs and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cell => "cell",
            Self::Docker => "docker",
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which Docker engine is meant, and how it starts containers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Where it listens, as `unix:///var/run/docker.sock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The name of the runtime that it is to start containers with, such as `runsc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
}

/// What the user demands for the steps of one skill, in place of what holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exception {
    /// The weakest tier; only a stronger one counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<Tier>,
    /// What makes the walls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// The image of containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Hosts that may be reached beside the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<String>,
    /// Limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// How commands see the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mount {
    /// They can read it.
    ReadOnly,
    /// They write to a layer above it; what they changed is looked at and then committed or dropped.
    #[default]
    Overlay,
    /// They write to it.
    Direct,
}

/// What an action asks for, for its commands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// Limits.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// The workspace.
    #[serde(skip_serializing_if = "is_default")]
    pub mount: Mount,
    /// Whether the action works on version control itself: its commands then see the whole repository
    /// that the workspace is a part of, and files that are hidden from others.
    #[serde(skip_serializing_if = "is_default")]
    pub repository: bool,
    /// Hosts that commands may reach, as `host` or `host:port`; `*.` at the beginning stands for any
    /// name below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<String>,
    /// The image that the commands need; they then run in a container of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What the user demands of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Confinement {
    /// The weakest tier that commands may run in; a step that cannot have it is refused.
    pub require: Tier,
    /// Hosts that commands of every step may reach, beside those that their actions ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<String>,
    /// File names and patterns of the workspace that commands never see, beside the built-in ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Paths of the workspace that commands never change, beside the built-in ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
    /// Folders outside the workspace that commands may read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readable: Vec<String>,
    /// Limits that stand for those of the actions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Variables of commands that stand for a secret. What commands see is a placeholder.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretUse>,
    /// What makes the walls.
    #[serde(skip_serializing_if = "is_default")]
    pub runtime: Runtime,
    /// The image of containers, unless an action names another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The Docker engine.
    #[serde(skip_serializing_if = "is_default")]
    pub docker: Engine,
    /// What is demanded for single skills, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<String, Exception>,
}

/// A secret that commands may use without seeing it: names and hosts, never a value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretUse {
    /// The name under which the secret is kept.
    pub key: String,
    /// Hosts that get the value in the place of the placeholder, as `host` or `host:port`, over HTTPS.
    /// ` plain` at the end means that plain HTTP will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

impl Confinement {
    /// Returns what is demanded for the steps of a skill.
    #[must_use]
    pub fn of_skill(&self, skill: &str) -> Self {
        let mut own = self.clone();
        own.skills = BTreeMap::new();
        let Some(exception) = self.skills.get(skill) else {
            return own;
        };
        if let Some(tier) = exception.require {
            own.require = own.require.max(tier);
        }
        own.runtime = exception.runtime.unwrap_or(own.runtime);
        own.image = exception.image.clone().or(own.image);
        own.network.extend(exception.network.iter().cloned());
        own.limits = exception.limits.or(own.limits);
        own
    }

    /// Returns the limits of a place: the user's where there are any, else what the action asks for.
    pub fn limits(&self, grants: &Grants) -> Limits {
        self.limits.unwrap_or(grants.limits)
    }

    /// Returns the hosts that a place may reach: the action's and the user's, each once, by name.
    pub fn hosts(&self, grants: &Grants) -> BTreeSet<String> {
        grants
            .network
            .iter()
            .chain(&self.network)
            .cloned()
            .collect()
    }
}

/// What isolation was really in force while commands of an effect ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The weakest tier that a command ran in.
    pub tier: Tier,
    /// How many commands ran.
    pub commands: u32,
    /// What was enforced, one word each, such as `seccomp` or `landlock:7`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enforced: Vec<String>,
    /// The limits that were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Files that commands wrote into the workspace and that its `.gitignore` excludes: built things,
    /// which are kept and not recorded one by one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outputs: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
