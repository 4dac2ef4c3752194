//! Manifests: what a skill can do, what it asks for, and what its actions mean for the world.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::confine::Grants;
use crate::effect::EffectClass;
use crate::plan::Check;
use crate::time::Millis;

/// Describes one skill: a named group of actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillManifest {
    /// Name of the skill, such as `git`.
    pub name: String,
    /// What the skill is for, in one sentence.
    pub summary: String,
    /// The actions by name.
    pub actions: BTreeMap<String, ActionManifest>,
}

/// Describes one action of a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionManifest {
    /// What the action does, in one sentence.
    pub summary: String,
    /// JSON Schema of the parameters.
    pub params: Value,
    /// JSON Schema of the result.
    pub result: Value,
    /// What repeating, undoing and crashing mean for this action.
    pub class: EffectClass,
    /// Whether the action reaches beyond this machine.
    #[serde(default)]
    pub reach: Reach,
    /// What must be there for the action to be possible.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What the action may change in the workspace.
    #[serde(default)]
    pub writes: Writes,
    /// What the action's commands may use.
    #[serde(default)]
    pub grants: Grants,
    /// Longest time the action may take before it is stopped.
    pub timeout: Millis,
    /// How long the action is expected to take while nothing better is known.
    pub typical: Millis,
    /// Whether the action looks at the world first and hands what it saw to the log, so that a
    /// crash in the middle can be judged afterwards.
    #[serde(default)]
    pub prepares: bool,
    /// Checks of a step that calls the action and names none of its own, beside the one that its
    /// result has the promised form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Check>,
}

/// How far an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nothing leaves this machine.
    #[default]
    Local,
    /// Something may leave this machine.
    Outbound,
}

/// What an action may change in the workspace, as path patterns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writes {
    /// Nothing.
    #[default]
    Nothing,
    /// The paths named by these parameters.
    Params(Vec<String>),
    /// These patterns, whatever the parameters say.
    Patterns(Vec<String>),
    /// Anything in the workspace.
    Anything,
}

impl Writes {
    /// Returns the patterns of what a call with these parameters may change.
    pub fn patterns(&self, params: &Value) -> Vec<String> {
        let anything = || vec!["**".to_owned()];
        match self {
            Self::Nothing => Vec::new(),
            Self::Patterns(patterns) => patterns.clone(),
            Self::Anything => anything(),
            Self::Params(names) => names
                .iter()
                .flat_map(|name| match params.get(name) {
                    Some(Value::String(path)) => vec![path.clone()],
                    Some(_) | None => anything(),
                })
                .collect(),
        }
    }
}

/// Something that must be there for an action to be possible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A program on the search path.
    Program(String),
    /// A version-controlled workspace.
    Repository,
    /// A language model.
    Model,
}

impl Need {
    /// Says how to provide what is missing.
    pub fn cure(&self) -> String {
        match self {
            Self::Program(name) => format!("install `{name}` and see that it is on the PATH"),
            Self::Repository => "run `git init` in the workspace".to_owned(),
            Self::Model => "configure a model: `venom models add`".to_owned(),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(name) => write!(f, "the program `{name}`"),
            Self::Repository => f.write_str("a git repository"),
            Self::Model => f.write_str("a model"),
        }
    }
}

/// All manifests of a build, by skill name. Clones share them: their schemas take a megabyte.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(from = "BTreeMap<String, SkillManifest>")]
pub struct Manifests(BTreeMap<String, Arc<SkillManifest>>);

impl From<BTreeMap<String, SkillManifest>> for Manifests {
    fn from(manifests: BTreeMap<String, SkillManifest>) -> Self {
        let shared = manifests.into_iter();
        Self(shared.map(|(name, m)| (name, Arc::new(m))).collect())
    }
}

impl Serialize for Manifests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, manifest)| (name, &**manifest)))
    }
}

impl Manifests {
    /// Collects manifests; of two with the same name the later one counts.
    pub fn new(manifests: impl IntoIterator<Item = SkillManifest>) -> Self {
        Self::default().with(manifests)
    }

    /// Adds manifests; of two with the same name the later one counts.
    #[must_use]
    pub fn with(&self, manifests: impl IntoIterator<Item = SkillManifest>) -> Self {
        let mut all = self.0.clone();
        all.extend(manifests.into_iter().map(|m| (m.name.clone(), Arc::new(m))));
        Self(all)
    }

    /// Finds an action.
    pub fn action(&self, skill: &str, action: &str) -> Option<&ActionManifest> {
        self.0.get(skill)?.actions.get(action)
    }

    /// Finds a skill.
    pub fn skill(&self, skill: &str) -> Option<&SkillManifest> {
        self.0.get(skill).map(AsRef::as_ref)
    }

    /// Lists the skills in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &SkillManifest> {
        self.0.values().map(AsRef::as_ref)
    }
}
