//! What the files say about the sandbox. A project's file may only tighten: it may demand a stronger
//! tier, hide and protect more, lower limits and take hosts away from secrets; what would loosen is ignored and named.

use std::collections::BTreeMap;

use venom_kernel::confine::{Confinement, Engine, Exception, Limits, Runtime, SecretUse, Tier};

use super::key::Key;
use super::{Layer, Origin, Set, default};

/// The weakest tier that commands may run in, unless somebody says otherwise.
pub(crate) const REQUIRED: Tier = Tier::Restricted;

/// The parts of the sandbox's settings with where each comes from.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox {
    pub(crate) require: Set<Tier>,
    pub(crate) network: Set<Vec<String>>,
    pub(crate) hidden: Set<Vec<String>>,
    pub(crate) protected: Set<Vec<String>>,
    pub(crate) readable: Set<Vec<String>>,
    pub(crate) limits: Set<Option<Limits>>,
    pub(crate) secrets: Set<BTreeMap<String, SecretUse>>,
    pub(crate) runtime: Set<Runtime>,
    pub(crate) image: Set<Option<String>>,
    pub(crate) docker: Set<Engine>,
    pub(crate) skills: Set<BTreeMap<String, Exception>>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            require: default(REQUIRED),
            network: default(Vec::new()),
            hidden: default(Vec::new()),
            protected: default(Vec::new()),
            readable: default(Vec::new()),
            limits: default(None),
            secrets: default(BTreeMap::new()),
            runtime: default(Runtime::Auto),
            image: default(None),
            docker: default(Engine::default()),
            skills: default(BTreeMap::new()),
        }
    }
}

impl Sandbox {
    /// Reads the user's file, then what the project's adds.
    pub(super) fn of(
        user: Option<&Layer>,
        project: Option<&Layer>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let mut sandbox = Self::default();
        if let Some((layer, said)) =
            user.and_then(|layer| Some((layer, layer.file.sandbox.as_ref()?)))
        {
            let at = |key: Key| Origin::User(layer.path.clone(), layer.line(key));
            put(&mut sandbox.require, said.require, || {
                at(Key::SandboxRequire)
            });
            put(&mut sandbox.network, said.network.clone(), || {
                at(Key::SandboxNetwork)
            });
            put(&mut sandbox.hidden, said.hidden.clone(), || {
                at(Key::SandboxHidden)
            });
            put(&mut sandbox.protected, said.protected.clone(), || {
                at(Key::SandboxProtected)
            });
            put(&mut sandbox.readable, said.readable.clone(), || {
                at(Key::SandboxReadable)
            });
            put(&mut sandbox.limits, said.limits.map(Some), || {
                at(Key::SandboxLimits)
            });
            put(&mut sandbox.secrets, said.secrets.clone(), || {
                at(Key::SandboxSecrets)
            });
            put(&mut sandbox.runtime, said.runtime, || {
                at(Key::SandboxRuntime)
            });
            put(&mut sandbox.image, said.image.clone().map(Some), || {
                at(Key::SandboxImage)
            });
            put(&mut sandbox.docker, said.docker.clone(), || {
                at(Key::SandboxDocker)
            });
            put(&mut sandbox.skills, said.skills.clone(), || {
                at(Key::SandboxSkills)
            });
        }
        if let Some((layer, said)) =
            project.and_then(|layer| Some((layer, layer.file.sandbox.as_ref()?)))
        {
            let at = |key: Key| Origin::Project(layer.path.clone(), layer.line(key));
            let mut ignored = |key: Key| {
                warnings.push(format!(
                    "{}: `{key}` is ignored here: a project may only tighten the sandbox",
                    layer.path.display()
                ));
            };
            match said.require {
                Some(tier) if tier > sandbox.require.value => {
                    sandbox.require = Set {
                        value: tier,
                        origin: at(Key::SandboxRequire),
                    };
                }
                Some(tier) if tier < sandbox.require.value => ignored(Key::SandboxRequire),
                Some(_) | None => {}
            }
            if said.network.as_ref().is_some_and(|list| !list.is_empty()) {
                ignored(Key::SandboxNetwork);
            }
            if said.readable.as_ref().is_some_and(|list| !list.is_empty()) {
                ignored(Key::SandboxReadable);
            }
            for (variable, asked) in said.secrets.iter().flatten() {
                if !narrow(&mut sandbox.secrets.value, variable, asked) {
                    ignored(Key::SandboxSecrets);
                }
                sandbox.secrets.origin = at(Key::SandboxSecrets);
            }
            if said.runtime.is_some() {
                ignored(Key::SandboxRuntime);
            }
            if said.image.is_some() {
                ignored(Key::SandboxImage);
            }
            if said.docker.is_some() {
                ignored(Key::SandboxDocker);
            }
            for (skill, exception) in said.skills.iter().flatten() {
                if sandbox.tighten(skill, exception) {
                    sandbox.skills.origin = at(Key::SandboxSkills);
                } else {
                    ignored(Key::SandboxSkills);
                }
            }
            more(&mut sandbox.hidden, said.hidden.as_ref(), || {
                at(Key::SandboxHidden)
            });
            more(&mut sandbox.protected, said.protected.as_ref(), || {
                at(Key::SandboxProtected)
            });
            if let Some(limits) = said.limits {
                let value = match sandbox.limits.value {
                    Some(users) => least(users, limits),
                    // Actions may ask for more than a project allows; a lower limit always holds.
                    None => limits,
                };
                sandbox.limits = Set {
                    value: Some(value),
                    origin: at(Key::SandboxLimits),
                };
            }
        }
        sandbox
    }

    /// Returns what is demanded of the sandbox, for new runs.
    pub(crate) fn confinement(&self) -> Confinement {
        Confinement {
            require: self.require.value,
            network: self.network.value.clone(),
            hidden: self.hidden.value.clone(),
            protected: self.protected.value.clone(),
            readable: self.readable.value.clone(),
            limits: self.limits.value,
            secrets: self.secrets.value.clone(),
            runtime: self.runtime.value,
            image: self.image.value.clone(),
            docker: self.docker.value.clone(),
            skills: self.skills.value.clone(),
        }
    }

    /// Takes from what a project says about a skill what tightens; tells whether it was all of it.
    fn tighten(&mut self, skill: &str, said: &Exception) -> bool {
        let usual = self.limits.value;
        let require = self.require.value;
        let own = self.skills.value.entry(skill.to_owned()).or_default();
        let mut is_all = said.runtime.is_none() && said.image.is_none() && said.network.is_empty();
        if let Some(tier) = said.require {
            let before = own.require.unwrap_or(require);
            is_all &= tier >= before;
            own.require = Some(tier.max(before));
        }
        if let Some(limits) = said.limits {
            own.limits = Some(match own.limits.or(usual) {
                Some(before) => least(before, limits),
                // Actions may ask for more than a project allows; a lower limit always holds.
                None => limits,
            });
        }
        is_all
    }
}

fn put<T>(set: &mut Set<T>, value: Option<T>, origin: impl FnOnce() -> Origin) {
    if let Some(value) = value {
        *set = Set {
            value,
            origin: origin(),
        };
    }
}

fn more(set: &mut Set<Vec<String>>, added: Option<&Vec<String>>, origin: impl FnOnce() -> Origin) {
    if let Some(added) = added.filter(|added| !added.is_empty()) {
        set.value.extend(added.iter().cloned());
        set.origin = origin();
    }
}

/// Takes hosts away from a secret, and the secret if none is left. Tells whether that is all that was
/// asked for.
fn narrow(secrets: &mut BTreeMap<String, SecretUse>, variable: &str, asked: &SecretUse) -> bool {
    let Some(users) = secrets.get_mut(variable) else {
        return asked.hosts.is_empty();
    };
    let is_narrower =
        users.key == asked.key && asked.hosts.iter().all(|host| users.hosts.contains(host));
    users.hosts.retain(|host| asked.hosts.contains(host));
    if users.hosts.is_empty() {
        secrets.remove(variable);
    }
    is_narrower
}

fn least(a: Limits, b: Limits) -> Limits {
    Limits {
        memory_mib: a.memory_mib.min(b.memory_mib),
        cpu_percent: a.cpu_percent.min(b.cpu_percent),
        processes: a.processes.min(b.processes),
        disk_mib: a.disk_mib.min(b.disk_mib),
    }
}
