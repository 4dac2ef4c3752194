//! What the tools are asked about: the files by their languages, and what the project has set up.

use std::collections::BTreeSet;

use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::super::analyser::Grammar;
use super::super::sources::is_python;
use super::Purpose;

/// Files at the top of a workspace that decide which tools fit.
const SIGNS: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "go.mod",
    ".semgrep.yml",
    ".semgrep.yaml",
    ".semgrep",
    "eslint.config.js",
    "eslint.config.mjs",
    "eslint.config.cjs",
    "eslint.config.ts",
    "node_modules/.bin/eslint",
    "node_modules/eslint-plugin-security",
    "node_modules/eslint/bin/eslint.js",
];

/// What the tools are asked about.
#[derive(Debug)]
pub(in crate::code) struct Scene {
    pub(super) purpose: Purpose,
    pub(super) python: Vec<String>,
    pub(super) javascript: Vec<String>,
    pub(super) go: Vec<String>,
    pub(super) rust: Vec<String>,
    /// Absolute path of the workspace.
    pub(super) root: String,
    signs: BTreeSet<&'static str>,
}

impl Scene {
    /// Looks at the workspace.
    pub(in crate::code) async fn look(
        context: &SkillContext,
        purpose: Purpose,
        files: impl Iterator<Item = &str>,
    ) -> Result<Self> {
        let mut signs = BTreeSet::new();
        for sign in SIGNS {
            if let Ok(path) = RelPath::new(sign)
                && context.files.stat(&path).await?.is_some()
            {
                signs.insert(sign);
            }
        }
        let mut scene = Self {
            purpose,
            python: Vec::new(),
            javascript: Vec::new(),
            go: Vec::new(),
            rust: Vec::new(),
            root: context.root.to_string_lossy().into_owned(),
            signs,
        };
        for file in files {
            scene.add(file);
        }
        Ok(scene)
    }

    fn add(&mut self, file: &str) {
        let list = if is_python(file) {
            &mut self.python
        } else {
            match Grammar::of(file) {
                Some(Grammar::Go) => &mut self.go,
                Some(Grammar::Rust) => &mut self.rust,
                Some(Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx) => {
                    &mut self.javascript
                }
                None => return,
            }
        };
        list.push(file.to_owned());
    }

    /// Whether something of this name is at the top.
    pub(super) fn has(&self, sign: &str) -> bool {
        self.signs.contains(sign)
    }

    /// Every file.
    pub(super) fn all(&self) -> Vec<String> {
        [&self.python, &self.javascript, &self.go, &self.rust]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    #[cfg(test)]
    pub(super) fn of(purpose: Purpose, files: &[&str], signs: &[&'static str]) -> Self {
        let mut scene = Self {
            purpose,
            python: Vec::new(),
            javascript: Vec::new(),
            go: Vec::new(),
            rust: Vec::new(),
            root: "/w".to_owned(),
            signs: signs.iter().copied().collect(),
        };
        for file in files {
            scene.add(file);
        }
        scene
    }
}
