//! The registry: all skills of this build, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use venom_kernel::skill::Manifests;
use venom_ports::skill::{Skill, SkillRegistry};

use crate::build::BuildSkill;
use crate::code::CodeSkill;
use crate::files::FilesSkill;
use crate::git::GitSkill;
use crate::project::ProjectSkill;
use crate::shell::ShellSkill;
use crate::test::TestSkill;

/// Knows skills by name.
pub struct Registry {
    skills: BTreeMap<String, Arc<dyn Skill>>,
    manifests: Manifests,
}

impl Registry {
    /// Makes a registry of the skills that need nothing but what each call gives them.
    pub fn new() -> Self {
        Self::with([])
    }

    /// Makes a registry of the skills that need nothing else, and of these.
    pub fn with(more: impl IntoIterator<Item = Arc<dyn Skill>>) -> Self {
        let own = [
            Arc::new(BuildSkill) as Arc<dyn Skill>,
            Arc::new(CodeSkill::default()),
            Arc::new(FilesSkill),
            Arc::new(GitSkill),
            Arc::new(ProjectSkill),
            Arc::new(ShellSkill),
            Arc::new(TestSkill),
        ];
        Self::of(own.into_iter().chain(more))
    }

    /// Makes a registry of these skills; of two with the same name the later one counts.
    pub fn of(skills: impl IntoIterator<Item = Arc<dyn Skill>>) -> Self {
        let mut named = BTreeMap::new();
        let manifests = Manifests::new(skills.into_iter().map(|skill| {
            let manifest = skill.manifest();
            named.insert(manifest.name.clone(), skill);
            manifest
        }));
        Self {
            skills: named,
            manifests,
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl SkillRegistry for Registry {
    fn skill(&self, name: &str) -> Option<Arc<dyn Skill>> {
        self.skills.get(name).cloned()
    }

    fn manifests(&self) -> &Manifests {
        &self.manifests
    }
}
