//! A world in memory around a scripted skill.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use venom_engine::agent::AgentSettings;
use venom_engine::host::Host;
use venom_engine::route::NoModels;
use venom_engine::supervisor::TokioSupervisor;
use venom_engine::world::{Pace, World};
use venom_kernel::confine::Confinement;
use venom_kernel::event::{Event, RunOptions};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::policy::Policy;
use venom_kernel::skill::Need;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::api::playbooks::{Origin, Source};
use venom_ports::api::report::Report;
use venom_ports::api::runs::{News, Rest, Runs as _, StartRun};
use venom_ports::api::time::{Moment, ReplayMode, Time as _};
use venom_ports::cache::NoCache;
use venom_ports::model::Models;
use venom_testkit::clock::ManualClock;
use venom_testkit::entropy::SeededEntropy;
use venom_testkit::memory::Memory;
use venom_testkit::skill::{NoPrograms, ScriptedSkill};
use venom_testkit::workspace::MemoryWorkspace;

/// Everything that outlives a process: stores and files.
#[derive(Clone)]
pub(crate) struct Disk {
    pub(crate) memory: Memory,
    pub(crate) files: Arc<MemoryWorkspace>,
    pub(crate) scratch: Arc<tempfile::TempDir>,
}

impl Disk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self {
            memory: Memory::new(),
            files: Arc::new(MemoryWorkspace::new(files)),
            scratch: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    /// A process with these skills and playbooks on this disk.
    pub(crate) fn host(&self, skill: ScriptedSkill, playbooks: &[&str]) -> Host {
        self.host_named("process 1", skill, playbooks)
    }

    pub(crate) fn host_named(&self, owner: &str, skill: ScriptedSkill, books: &[&str]) -> Host {
        self.host_with(
            owner,
            skill,
            books,
            Arc::new(NoModels),
            AgentSettings::default(),
        )
    }

    /// A process with language models.
    pub(crate) fn host_with(
        &self,
        owner: &str,
        skill: ScriptedSkill,
        books: &[&str],
        models: Arc<dyn Models>,
        agents: AgentSettings,
    ) -> Host {
        let has_model = !models.list().is_empty();
        let files = self.files.clone();
        let sources: Vec<Source> = books
            .iter()
            .enumerate()
            .map(|(n, text)| Source {
                origin: Origin::User,
                path: format!("book-{n}.yaml"),
                text: (*text).to_owned(),
            })
            .collect();
        Host::new(World {
            log: self.memory.log.clone(),
            leases: self.memory.leases.clone(),
            inbox: self.memory.inbox.clone(),
            blobs: self.memory.blobs.clone(),
            contents: None,
            snapshots: None,
            projections: self.memory.projections.clone(),
            clock: Arc::new(ManualClock::ticking(Timestamp::from_micros(1_000_000), 10)),
            entropy: Arc::new(SeededEntropy::new(7)),
            supervisor: Arc::new(TokioSupervisor::default()),
            symbols: Arc::new(venom_ports::symbols::NoSymbols),
            skills: skill.registry(),
            sandbox: Arc::new(NoPrograms),
            confinement: Confinement::default(),
            open_workspace: Arc::new(move |_| Ok(files.clone())),
            playbooks: Arc::new(move |_| sources.clone()),
            has: Arc::new(move |need, _| has_model || !matches!(need, Need::Model)),
            models,
            agents,
            // In these tests a process is dead as soon as another one asks.
            is_dead: Arc::new(|_| true),
            scratch: self.scratch.path().to_owned(),
            copies: self.scratch.path().join("copies"),
            owner: owner.to_owned(),
            policy: Policy::default(),
            out_of_scope: Arc::new([]),
            lessons: Arc::new(NoCache),
            settings: BTreeMap::new(),
            version: "test".to_owned(),
            episodes: None,
            facts: None,
            pace: Pace {
                inbox: Millis::new(5),
                lease: Millis::from_secs(30),
            },
        })
    }

    /// All events of a run.
    pub(crate) async fn events(&self, host: &Host, run: RunId) -> Vec<Event> {
        let events = host.events(run, Seq::ZERO, 100_000).await.unwrap();
        events.into_iter().map(|envelope| envelope.event).collect()
    }
}

/// A goal that one playbook of these tests understands.
pub(crate) fn request(goal: &str) -> StartRun {
    StartRun {
        goal: goal.to_owned(),
        workspace: Path::new("/memory").to_owned(),
        copy_of: None,
        options: RunOptions::default(),
    }
}

/// Follows a run until nothing more comes; returns the names of its events and why it rests. Its log
/// must lead to itself when it is decided again.
pub(crate) async fn until_rest(host: &Host, run: RunId) -> (Vec<&'static str>, Rest) {
    let rest = followed(host, run).await;
    replays(host, run).await;
    rest
}

/// Follows a run until nothing more comes, whatever its log is.
pub(crate) async fn followed(host: &Host, run: RunId) -> (Vec<&'static str>, Rest) {
    let mut news = host.follow(run, Seq::ZERO, false).await.unwrap();
    let mut names = Vec::new();
    let patience = std::time::Duration::from_secs(20);
    loop {
        match tokio::time::timeout(patience, news.next())
            .await
            .expect("the run hangs")
        {
            Some(Ok(News::Event(envelope))) => names.push(envelope.event.name()),
            Some(Ok(News::Line { .. })) => {}
            Some(Ok(News::Rest(rest))) => return (names, rest),
            Some(Err(failure)) => panic!("{failure}"),
            None => panic!("the news ended without a rest"),
        }
    }
}

/// Every run of every test here must be decided again from its log alone.
async fn replays(host: &Host, run: RunId) {
    for mode in [ReplayMode::Exec, ReplayMode::Fold] {
        let replayed = host.replay(&Moment { run, at: None }, mode).await.unwrap();
        assert_eq!(replayed.divergence, None, "{mode:?} of {run}");
    }
}

/// Starts a run and waits until it rests.
pub(crate) async fn run(host: &Host, goal: &str) -> (RunId, Rest, Report) {
    let run = host.start(request(goal)).await.unwrap();
    let (_, rest) = until_rest(host, run).await;
    let report = host.report(run).await.unwrap();
    (run, rest, report)
}
