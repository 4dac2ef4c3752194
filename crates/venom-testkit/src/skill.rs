//! Skills and executors that do what a test says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Grants, Receipt, Tier};
use venom_kernel::effect::{EffectClass, Probed};
use venom_kernel::skill::{ActionManifest, Manifests, Reach, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Command, Executor, Finished, OnLine};
use venom_ports::sandbox::{Cell, Left, Place, Sandbox};
use venom_ports::skill::{Call, Output, Skill, SkillContext, SkillRegistry};
use venom_ports::{Failure, FailureKind, Result};

/// What an action of a scripted skill does.
pub type Act = Arc<
    dyn Fn(Call, SkillContext) -> Pin<Box<dyn Future<Output = Result<Output>> + Send>>
        + Send
        + Sync,
>;
/// What a probe of a scripted skill finds.
pub type Find = Arc<dyn Fn(&Call) -> Probed + Send + Sync>;

/// A skill called `test` whose actions are closures.
#[derive(Clone, Default)]
pub struct ScriptedSkill {
    actions: BTreeMap<String, (ActionManifest, Act)>,
    probe: Option<Find>,
}

impl ScriptedSkill {
    /// Makes a skill without actions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an action of a class.
    #[must_use]
    pub fn action<F, R>(mut self, name: &str, class: EffectClass, act: F) -> Self
    where
        F: Fn(Call, SkillContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Output>> + Send + 'static,
    {
        let manifest = ActionManifest {
            summary: format!("does {name}"),
            params: json!({}),
            result: json!({}),
            class,
            reach: Reach::Local,
            needs: Vec::new(),
            writes: Writes::Nothing,
            timeout: Millis::from_secs(60),
            typical: Millis::new(1),
            prepares: false,
            verify: Vec::new(),
            grants: Grants::default(),
        };
        let act: Act = Arc::new(move |call, context| Box::pin(act(call, context)));
        self.actions.insert(name.to_owned(), (manifest, act));
        self
    }

    /// Changes the manifest of an action that was added before.
    #[must_use]
    pub fn with(mut self, name: &str, change: impl FnOnce(&mut ActionManifest)) -> Self {
        if let Some((manifest, _)) = self.actions.get_mut(name) {
            change(manifest);
        }
        self
    }

    /// Says what a probe finds.
    #[must_use]
    pub fn probed(mut self, find: impl Fn(&Call) -> Probed + Send + Sync + 'static) -> Self {
        self.probe = Some(Arc::new(find));
        self
    }

    /// Makes a registry of this skill alone.
    pub fn registry(self) -> Arc<dyn SkillRegistry> {
        let manifests = Manifests::new([self.manifest()]);
        Arc::new(OneSkill {
            skill: Arc::new(self),
            manifests,
        })
    }
}

#[async_trait]
impl Skill for ScriptedSkill {
    fn manifest(&self) -> SkillManifest {
        let actions = self
            .actions
            .iter()
            .map(|(name, (manifest, _))| (name.clone(), manifest.clone()));
        SkillManifest {
            name: "test".to_owned(),
            summary: "does what a test says".to_owned(),
            actions: actions.collect(),
        }
    }

    async fn prepare(&self, _call: &Call, _context: &SkillContext) -> Result<Value> {
        Ok(json!({"prepared": true}))
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match self.actions.get(&call.action) {
            Some((_, act)) => act(call.clone(), context.clone()).await,
            None => Err(Failure::new(FailureKind::Missing, "no such action")),
        }
    }

    async fn probe(&self, call: &Call, _context: &SkillContext) -> Result<Probed> {
        Ok(match &self.probe {
            Some(find) => find(call),
            None => Probed::Unknown("the test does not say".to_owned()),
        })
    }
}

struct OneSkill {
    skill: Arc<ScriptedSkill>,
    manifests: Manifests,
}

impl SkillRegistry for OneSkill {
    fn skill(&self, name: &str) -> Option<Arc<dyn Skill>> {
        let skill: Arc<dyn Skill> = self.skill.clone();
        (name == "test").then_some(skill)
    }

    fn manifests(&self) -> &Manifests {
        &self.manifests
    }
}

/// A sandbox and executor that finds no program.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPrograms;

#[async_trait]
impl Executor for NoPrograms {
    async fn run(
        &self,
        command: Command,
        _cancel: CancellationToken,
        _on_line: Option<OnLine>,
    ) -> Result<Finished> {
        Err(Failure::new(
            FailureKind::Missing,
            format!("there is no program {}", command.program),
        ))
    }

    fn find(&self, _program: &str) -> Option<PathBuf> {
        None
    }

    fn tier(&self) -> Tier {
        Tier::Unconfined
    }
}

#[async_trait]
impl Cell for NoPrograms {
    fn receipt(&self) -> Receipt {
        Receipt {
            tier: Tier::Unconfined,
            commands: 0,
            enforced: Vec::new(),
            limits: None,
            outputs: 0,
        }
    }

    async fn close(&self, _blobs: &dyn BlobStore) -> Result<Left> {
        Ok(Left::default())
    }
}

#[async_trait]
impl Sandbox for NoPrograms {
    async fn open(&self, _place: Place) -> Result<Arc<dyn Cell>> {
        Ok(Arc::new(*self))
    }

    fn find(&self, _program: &str) -> Option<PathBuf> {
        None
    }

    fn tier(&self) -> Tier {
        Tier::Unconfined
    }
}
