//! What the measured runs happen in: the engine over a real or an imagined log, and playbooks of steps that do
//! nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use venom_engine::host::Host;
use venom_engine::supervisor::TokioSupervisor;
use venom_engine::world::{Pace, World};
use venom_exec::os::{OsEntropy, SystemClock};
use venom_kernel::confine::Confinement;
use venom_kernel::effect::EffectClass;
use venom_kernel::event::{Outcome, RunOptions};
use venom_kernel::id::{QuestionId, RunId, Seq};
use venom_kernel::policy::Policy;
use venom_ports::api::playbooks::{Origin, Source};
use venom_ports::api::runs::{News, Rest, Runs as _, StartRun};
use venom_ports::cache::NoCache;
use venom_ports::inbox::Command;
use venom_ports::log::LogStore;
use venom_ports::skill::Output;
use venom_store::Store;
use venom_testkit::memory::Memory;
use venom_testkit::skill::{NoPrograms, ScriptedSkill};
use venom_testkit::workspace::MemoryWorkspace;

/// How the steps of a plan hang together.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Each waits for the one before.
    Chain,
    /// None waits for another one.
    FanOut,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::FanOut => "fan-out",
        }
    }
}

/// Plays a playbook to its end.
pub(crate) async fn finish(host: &Host, steps: usize) -> RunId {
    let options = RunOptions {
        max_parallel: u16::try_from(steps).unwrap(),
        ..RunOptions::default()
    };
    let request = StartRun {
        goal: "do a thousand things".to_owned(),
        workspace: Path::new("/memory").to_owned(),
        copy_of: None,
        options,
    };
    let run = host.start(request).await.unwrap();
    let mut news = host.follow(run, Seq::ZERO, false).await.unwrap();
    while let Some(item) = news.next().await {
        match item.unwrap() {
            // One playbook is too little to learn a calibration from, so that it is asked about.
            News::Rest(Rest::Asking) => {
                let question = QuestionId::new(1);
                let answer = Command::Answer {
                    question,
                    answer: "many".to_owned(),
                };
                host.command(run, answer, "bench").await.unwrap();
                news = host.follow(run, Seq::ZERO, false).await.unwrap();
            }
            News::Rest(_) => break,
            News::Event(_) | News::Line { .. } => {}
        }
    }
    let state = host.state(run, None).await.unwrap();
    assert_eq!(state.outcome(), Some(&Outcome::Succeeded));
    run
}

/// The engine over a log.
pub(crate) fn host(folder: &Path, store: Option<&Store>, book: &str) -> Host {
    let memory = Memory::new();
    let files = Arc::new(MemoryWorkspace::new(&[]));
    let skill = ScriptedSkill::new().action("nothing", EffectClass::Pure, |_, _| async {
        Ok(Output::default())
    });
    let source = Source {
        origin: Origin::User,
        path: "bench.yaml".to_owned(),
        text: book.to_owned(),
    };
    Host::new(World {
        log: store.map_or_else(|| memory.log.clone() as Arc<dyn LogStore>, Store::log),
        leases: match store {
            Some(store) => store.leases(),
            None => memory.leases.clone(),
        },
        inbox: match store {
            Some(store) => store.inbox(),
            None => memory.inbox.clone(),
        },
        blobs: memory.blobs.clone(),
        contents: None,
        snapshots: None,
        projections: memory.projections.clone(),
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(OsEntropy::new()),
        supervisor: Arc::new(TokioSupervisor::default()),
        symbols: Arc::new(venom_ports::symbols::NoSymbols),
        skills: skill.registry(),
        sandbox: Arc::new(NoPrograms),
        confinement: Confinement::default(),
        open_workspace: Arc::new(move |_| Ok(files.clone())),
        playbooks: Arc::new(move |_| vec![source.clone()]),
        has: Arc::new(|_, _| true),
        is_dead: Arc::new(|_| false),
        models: Arc::new(venom_engine::route::NoModels),
        agents: venom_engine::agent::AgentSettings::default(),
        scratch: folder.join("scratch"),
        copies: folder.join("copies"),
        owner: "bench".to_owned(),
        policy: Policy::default(),
        out_of_scope: Arc::new([]),
        lessons: Arc::new(NoCache),
        settings: BTreeMap::new(),
        version: "bench".to_owned(),
        episodes: None,
        facts: None,
        pace: Pace::default(),
    })
}

/// A playbook of many steps.
pub(crate) fn playbook(steps: usize, shape: Shape) -> String {
    let mut book = String::from(
        "venom: 1\nname: many\ntitle: Many\nutterances: [do a thousand things]\nsteps:\n",
    );
    for n in 0..steps {
        let after = if shape == Shape::Chain && n > 0 {
            format!(", after: [s{}]", n - 1)
        } else {
            String::new()
        };
        writeln!(
            book,
            "  - {{id: s{n}, title: S{n}, skill: test, action: nothing{after}}}"
        )
        .unwrap();
    }
    book
}
