//! Where the rooms meet: the world that the engine works in, made of the adapters of this build.

pub(crate) mod beliefs;
pub(crate) mod consolidation;
pub(crate) mod desk;
mod embedder;
pub(crate) mod folders;
pub(crate) mod keyring;
pub(crate) mod owner;
pub(crate) mod reach;
pub(crate) mod services;
pub(crate) mod sources;
pub(crate) mod timed;
pub(crate) mod unsaid;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use venom_engine::host::Host;
use venom_engine::memory::facts::Facts;
use venom_engine::memory::reason::Rules;
use venom_engine::supervisor::TokioSupervisor;
use venom_engine::world::{Contents, OpenContents, Pace, World};
use venom_exec::capture::DirSnapshots;
use venom_exec::cell::Zygote;
use venom_exec::egress::Trust;
use venom_exec::function::{CloudFunctions, Tools};
use venom_exec::os::{OsEntropy, SystemClock};
use venom_exec::process::{Settings as ExecSettings, sweep_leftovers};
use venom_exec::sandbox::{NativeSandbox, sweep_layers};
use venom_exec::workspace::DirWorkspace;
use venom_kernel::digest::canonical;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::skill::Need;
use venom_models::catalogue::Catalogue;
use venom_models::{Outside, Providers};
use venom_ports::api::archive::{Archives, Auditor};
use venom_ports::api::playbooks::Source;
use venom_ports::api::runs::Runs as _;
use venom_ports::blob::BlobStore;
use venom_ports::cache::Cache;
use venom_ports::function::Functions;
use venom_ports::model::Models as _;
use venom_ports::sandbox::Sandbox;
use venom_ports::secret::Secrets;
use venom_ports::skill::{Skill, SkillRegistry};
use venom_ports::task::Supervisor as _;
use venom_ports::workspace::Workspace;
use venom_skills::code::{CodeSkill, MapSymbols, Wanted};
use venom_skills::function::FunctionSkill;
use venom_skills::registry::Registry;
use venom_store::Store;
use venom_store::archive::FileAuditor;
use venom_store::archive::trust::Trusted;
use venom_store::cache::{FolderCache, MemoryCache};
use venom_store::keys::{Mode, Protection, Sources};
use venom_store::pack::care::Limits;
use zeroize::Zeroizing;

use self::consolidation::Consolidation;
use crate::config::Settings;
use crate::config::env::Env;
use crate::config::paths::Paths;
use crate::config::size;
use crate::error::CliError;
use crate::exit::Exit;

/// Folders below `data/scratch` and `data/layers` that nobody touched for so long are removed. Chosen: no call lasts
/// a day.
const SCRATCH_AGE: Duration = Duration::from_hours(24);
/// How many events are read at once.
const PAGE: usize = 1_000;
/// How long tasks may take to let go when the command ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// The version of this build.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An engine with everything that must be closed after it.
pub(crate) struct Wired {
    /// What users may ask.
    pub(crate) host: Host,
    /// What the engine works in; engines for other folders share it.
    pub(crate) world: World,
    /// Keeps what can be worked out again.
    pub(crate) cache: Arc<dyn Cache>,
    /// Confines commands.
    pub(crate) sandbox: Arc<NativeSandbox>,
    /// What commands may use without seeing it.
    pub(crate) secrets: Arc<dyn Secrets>,
    /// Language models.
    pub(crate) models: Arc<Providers>,
    pub(crate) store: Store,
    supervisor: TokioSupervisor,
}

/// Says what every command gets.
pub(crate) fn commands(env: &Env) -> ExecSettings {
    ExecSettings {
        search: env.search(),
        variables: env.for_commands(),
    }
}

/// Starts the process that makes sandboxes. It must be called while this process has one thread; a
/// machine that refuses it has no sandbox, which is judged, with the reason, when a command is to run.
pub(crate) fn zygote() -> Result<Zygote, String> {
    Zygote::start(Path::new("/proc/self/exe")).map_err(|error| error.to_string())
}

/// Makes the sandbox of this build.
pub(crate) fn sandbox(
    env: &Env,
    paths: &Paths,
    zygote: Result<Zygote, String>,
    supervisor: &TokioSupervisor,
) -> NativeSandbox {
    NativeSandbox::new(
        commands(env),
        zygote,
        Arc::new(supervisor.clone()),
        paths.layers(),
    )
    .with_docker(env.docker(), None)
}

/// Makes the functions of the configuration. Nothing is read or reached before the first call.
pub(crate) fn functions(env: &Env, settings: &Settings) -> Result<Arc<dyn Functions>, CliError> {
    let definitions = crate::config::function::definitions(&settings.functions.value)
        .map_err(|why| CliError::new(Exit::Config, why))?;
    let variables = env.clone();
    Ok(Arc::new(CloudFunctions::new(
        definitions,
        Tools {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(OsEntropy::new()),
            lookup: Arc::new(move |name| variables.get(name).map(str::to_owned)),
            home: env.home(),
            trust: Box::new(Trust::system),
        },
    )))
}

/// Reads what is known about models: what is shipped, and the user's file over it.
pub(crate) fn catalogue(paths: &Paths) -> Result<Catalogue, CliError> {
    let mut catalogue =
        Catalogue::shipped().map_err(|why| CliError::new(Exit::Failed, why).code("internal"))?;
    let path = paths.user_models();
    if let Some(text) = crate::config::file::read(&path)? {
        catalogue.lay(&text).map_err(|why| {
            CliError::new(Exit::Config, format!("{}: {why}", path.display()))
                .hint("docs/models.md says what may stand in the file")
        })?;
    }
    Ok(catalogue)
}

/// Makes the models of the configuration. Nothing is read or reached before the first call.
pub(crate) fn models(
    env: &Env,
    described: &crate::config::provider::Providers,
    catalogue: Catalogue,
    secrets: Arc<dyn Secrets>,
) -> Result<Providers, CliError> {
    let wrong = |why: String| CliError::new(Exit::Config, why);
    let providers = crate::config::provider::providers(described).map_err(wrong)?;
    let variables = env.clone();
    let outside = Outside {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(OsEntropy::new()),
        secrets,
        lookup: Arc::new(move |name| variables.get(name).map(str::to_owned)),
        roots: Box::new(|| {
            Trust::system()
                .map(|trust| trust.store())
                .map_err(|error| error.to_string())
        }),
    };
    Providers::new(providers, catalogue, outside).map_err(wrong)
}

/// Returns what checks archives without a store. Where there is no folder of ours, nobody is trusted.
pub(crate) fn auditor(paths: Option<&Paths>) -> Result<impl Auditor + use<>, CliError> {
    let trusted = match paths {
        Some(paths) => Trusted::load(&paths.keys())?,
        None => Trusted::default(),
    };
    Ok(FileAuditor::new(trusted))
}

/// Writes what `code.find-vulnerabilities` gave as a SARIF document.
pub(crate) fn sarif(result: &serde_json::Value) -> serde_json::Value {
    venom_skills::code::sarif(result, VERSION)
}

/// Makes the skills of this build.
pub(crate) fn skills(
    functions: Arc<dyn Functions>,
    cache: Arc<dyn Cache>,
    tools: Wanted,
) -> Arc<dyn SkillRegistry> {
    let function: Arc<dyn Skill> = Arc::new(FunctionSkill::new(functions));
    let code: Arc<dyn Skill> = Arc::new(CodeSkill::new(cache, tools));
    venom_engine::agent::described(Arc::new(Registry::with([function, code])))
}

/// Makes the cache of what can be worked out again. Names of files and definitions are not left on
/// disk in the clear where the store encrypts.
fn cache(data: &Path, store: &Store) -> Arc<dyn Cache> {
    match store.protection().mode {
        Ok(Mode::Off) => Arc::new(FolderCache::new(data.join("cache"))),
        Ok(Mode::Payload | Mode::Strict) | Err(_) => Arc::new(MemoryCache::default()),
    }
}

/// Opens the data folder and builds an engine over it. Blocks for a few file operations.
pub(crate) fn open(
    env: &Env,
    paths: &Paths,
    settings: &Settings,
    zygote: Result<Zygote, String>,
    sources: Sources,
    book: Option<&Source>,
) -> Result<Wired, CliError> {
    let data = paths.data();
    let scratch = paths.scratch();
    let protection = Protection {
        mode: settings.encryption.value,
        sources,
    };
    let store = Store::open_protected(&data, &protection)?;
    store.limit_blobs(Limits {
        bytes: settings.quota.value,
        objects: None,
    });
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&scratch)
        .map_err(|error| {
            CliError::new(
                Exit::Failed,
                format!("cannot create {}: {error}", scratch.display()),
            )
            .hint("set VENOM_HOME to a folder that can be written")
        })?;
    let supervisor = TokioSupervisor::default();
    let me = owner::Owner::this_process();
    let is_dead = {
        let me = me.clone();
        Arc::new(move |owner: &str| me.knows_dead(owner))
    };
    let secrets = {
        let env = env.clone();
        let read = move |name: &str| Some(Zeroizing::new(env.get(name)?.to_owned()));
        store.secrets(paths.keys(), Arc::new(read))
    };
    let models = Arc::new(models(
        env,
        &settings.providers.value,
        catalogue(paths)?,
        Arc::clone(&secrets),
    )?);
    if let Some(embedder) = embedder::of(settings, &models)? {
        store.embed_with(embedder, settings.memory.value.when_down())?;
    }
    // Behind the model that makes vectors: a service holds those of this very model.
    store.attach(&services::beside(env, &settings.memory.value, &secrets))?;
    let native =
        Arc::new(sandbox(env, paths, zygote, &supervisor).with_secrets(Arc::clone(&secrets)));
    let sandbox: Arc<dyn Sandbox> = native.clone();
    let programs = sandbox.clone();
    let cache = cache(&data, &store);
    let thinkers = models.clone();
    let taken = snapshots(env, &data, &store);
    let world = World {
        log: store.log(),
        leases: store.leases(),
        inbox: store.inbox(),
        blobs: store.blobs(),
        contents: contents(&store, &taken),
        snapshots: Some(Arc::new(taken)),
        projections: store.projections(),
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(OsEntropy::new()),
        supervisor: Arc::new(supervisor.clone()),
        symbols: Arc::new(MapSymbols::new(Arc::clone(&cache))),
        skills: skills(
            functions(env, settings)?,
            Arc::clone(&cache),
            settings.tools.value.clone(),
        ),
        sandbox,
        confinement: settings.sandbox.confinement(),
        open_workspace: Arc::new(|root: &Path| {
            DirWorkspace::open(root).map(|workspace| Arc::new(workspace) as Arc<dyn Workspace>)
        }),
        playbooks: sources::playbooks(paths.clone(), book.cloned()),
        has: Arc::new(move |need: &Need, workspace: &Path| match need {
            Need::Program(name) => programs.find(name).is_some(),
            Need::Repository => in_repository(workspace),
            Need::Model => !thinkers.list().is_empty(),
        }),
        is_dead,
        models: models.clone(),
        agents: settings
            .agents()
            .map_err(|why| CliError::new(Exit::Config, why))?,
        scratch,
        copies: real_copies(paths, &data),
        owner: me.to_string(),
        policy: settings.policy(),
        out_of_scope: crate::shipped::out_of_scope().into(),
        // Weights and no words, so that they may stand in the clear.
        lessons: Arc::new(FolderCache::new(data.join("cache"))),
        settings: [("config".to_owned(), canonical(&settings.to_json()))].into(),
        version: VERSION.to_owned(),
        episodes: Some(store.episodes()),
        facts: Some(Facts::new(
            store.memory_log(),
            store.sayings(),
            Arc::new(SystemClock::new()),
            Rules::default(),
        )),
        pace: Pace::default(),
    };
    Ok(Wired {
        host: Host::new(world.clone()),
        world,
        cache,
        sandbox: native,
        secrets,
        models,
        store,
        supervisor,
    })
}

/// Returns the folder of copies as the paths of copies begin, which go through no link.
fn real_copies(paths: &Paths, data: &Path) -> PathBuf {
    let copies = paths.copies();
    copies.canonicalize().unwrap_or_else(|_none_yet| {
        let data = data
            .canonicalize()
            .unwrap_or_else(|_unreadable| data.to_owned());
        data.join(copies.file_name().unwrap_or_default())
    })
}

/// Takes snapshots of workspaces into the content store.
fn snapshots(env: &Env, data: &Path, store: &Store) -> DirSnapshots {
    let taken = DirSnapshots::new(store.objects(), data, env.home().into_iter().collect());
    match store.protection().mode {
        Ok(Mode::Off) => taken,
        Ok(Mode::Payload | Mode::Strict) | Err(_) => taken.with_caches_in_memory(),
    }
}

/// Opens the contents of runs, each under the key of its workspace; `None` where nothing is encrypted.
fn contents(store: &Store, taken: &DirSnapshots) -> Option<OpenContents> {
    let (contents, taken) = (store.contents()?, taken.clone());
    Some(Arc::new(move |run, belongs| {
        let (blobs, objects) = contents.of(run, belongs)?;
        Ok(Contents {
            blobs,
            snapshots: Arc::new(taken.within(objects)),
        })
    }))
}

impl Wired {
    /// Reads all events of a run.
    pub(crate) async fn events(&self, run: RunId) -> Result<Vec<Envelope>, CliError> {
        let mut events: Vec<Envelope> = Vec::new();
        loop {
            let after = events.last().map_or(Seq::ZERO, |last| last.seq);
            let page = self.host.events(run, after, PAGE).await?;
            let is_last = page.len() < PAGE;
            events.extend(page);
            if is_last {
                return Ok(events);
            }
        }
    }

    /// Lets what goes back, or on with what was begun, store what it needs; says so if that is more than
    /// the quota gives.
    pub(crate) fn lift_quota(&self, quota: Option<u64>) -> Result<Option<String>, CliError> {
        let refused = self.has_room(quota).err();
        self.store.limit_blobs(Limits::default());
        match refused {
            Some(error) if error.code == "quota" => Ok(Some(format!(
                "{}; going back and going on may take more, new runs may not",
                error.message
            ))),
            Some(error) => Err(error),
            None => Ok(None),
        }
    }

    /// Refuses to begin work that could not be stored.
    pub(crate) fn has_room(&self, quota: Option<u64>) -> Result<(), CliError> {
        let Some(quota) = quota else {
            return Ok(());
        };
        let usage = self.store.blobs_usage()?;
        let used = usage.pack_bytes.saturating_add(usage.single_bytes);
        if used < quota {
            return Ok(());
        }
        Err(CliError::new(
            Exit::Failed,
            format!(
                "the content store takes {} and may take {}",
                size::print(used),
                size::print(quota)
            ),
        )
        .code("quota")
        .hint("`venom gc` removes what nothing needs, `venom gc --keep DAYS` also what old runs need; or raise `data.quota`"))
    }

    /// Returns what users may ask about facts, with their rules.
    pub(crate) fn facts(&self, rules: Rules) -> Facts {
        let clock = Arc::clone(&self.world.clock);
        Facts::new(self.store.memory_log(), self.store.sayings(), clock, rules)
    }

    /// Consolidates what is known if that is due, for a moment at most; a command that was asked for something else
    /// does not fail by it.
    pub(crate) async fn consolidate_if_due(&self, consolidation: &Consolidation, most: Duration) {
        let facts = self.facts(Rules::default());
        match consolidation
            .run_if_due(&facts, self.world.clock.now(), most)
            .await
        {
            Ok(Some(done)) => tracing::info!(
                looked = done.done.looked,
                kept = done.done.kept.len(),
                evicted = done.done.evicted.len(),
                "facts were consolidated"
            ),
            Ok(None) => {}
            Err(failure) => tracing::warn!(%failure, "facts were not consolidated"),
        }
    }

    /// Returns what makes and reads archives.
    pub(crate) fn archives(&self, paths: &Paths) -> Result<Arc<dyn Archives>, CliError> {
        Ok(self.store.archives(Trusted::load(&paths.keys())?))
    }

    /// Returns the content store.
    pub(crate) fn blobs(&self) -> Arc<dyn BlobStore> {
        self.store.blobs()
    }

    /// Lets go of everything: runs that rest keep their state and lose their lease.
    pub(crate) async fn close(self) {
        self.supervisor.root().cancel();
        if tokio::time::timeout(PATIENCE, self.supervisor.drained())
            .await
            .is_err()
        {
            tracing::warn!("something did not let go in time");
        }
        drop(self.host);
        drop(self.world);
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the store was not closed in order");
        }
    }
}

/// Tidies up after commands that died: for commands that begin or continue work.
pub(crate) fn tidy(paths: &Paths) {
    let killed = sweep_leftovers();
    if killed > 0 {
        tracing::info!(killed, "ended leftovers of a run that was killed");
    }
    sweep_layers(&paths.layers(), SCRATCH_AGE);
    let now = SystemTime::now();
    for entry in std::fs::read_dir(paths.scratch())
        .into_iter()
        .flatten()
        .flatten()
    {
        let is_old = entry
            .metadata()
            .and_then(|entry| entry.modified())
            .is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > SCRATCH_AGE));
        if is_old && let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::debug!(%error, path = %entry.path().display(), "scratch not removed");
        }
    }
}

/// Tells whether a folder lies in a version-controlled tree.
pub(crate) fn in_repository(folder: &Path) -> bool {
    folder
        .ancestors()
        .any(|folder| folder.join(".git").exists())
}

/// Returns the data of the repository that a folder belongs to, where it is outside of the folder.
fn linked(folder: &Path) -> Option<PathBuf> {
    /// Longer is no name of a folder.
    const LONGEST: u64 = 8_192;
    let mut text = String::new();
    let link = folder.join(".git");
    if !link.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let file = std::fs::File::open(&link).ok()?;
    std::io::Read::read_to_string(&mut std::io::Read::take(file, LONGEST), &mut text).ok()?;
    let named = Path::new(text.trim().strip_prefix("gitdir:")?.trim()).to_owned();
    let data = folder.join(named);
    let data = data.canonicalize().unwrap_or(data);
    let inside = folder
        .canonicalize()
        .is_ok_and(|folder| data.starts_with(folder));
    (!inside).then_some(data)
}

/// Copies a project into a folder of its own below the data folder.
pub(crate) fn copy(paths: &Paths, original: &Path) -> Result<PathBuf, CliError> {
    if let Some(other) = linked(original) {
        return Err(CliError::new(
            Exit::Failed,
            format!(
                "{} is a working tree of the repository {}: commits in a copy of it would be commits there",
                original.display(),
                other.display()
            ),
        )
        .hint("work in a clone of it: git clone FOLDER ELSEWHERE"));
    }
    let (folder, target) = place(paths, original)?;
    let report = venom_exec::copy::scratch_copy(original, &target).inspect_err(|_| {
        // Half a copy is of no use to anybody.
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::debug!(%error, "half a copy was not removed");
        }
    })?;
    tracing::info!(
        files = report.files,
        bytes = report.bytes,
        skipped = report.skipped.len(),
        "copied the workspace"
    );
    // The engine compares paths of files; a path that goes through a link would not be equal.
    Ok(target.canonicalize().unwrap_or(target))
}

/// Makes an empty folder below the data folder, named after a project that need not be here.
pub(crate) fn empty_copy(paths: &Paths, original: &Path) -> Result<PathBuf, CliError> {
    let (_, target) = place(paths, original)?;
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&target)
        .map_err(|error| {
            CliError::new(
                Exit::Failed,
                format!("cannot create {}: {error}", target.display()),
            )
        })?;
    Ok(target.canonicalize().unwrap_or(target))
}

/// Makes a folder for a copy of a project, and says where in it the copy is to be.
fn place(paths: &Paths, original: &Path) -> Result<(PathBuf, PathBuf), CliError> {
    let name: String = original
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let stamp = jiff::Timestamp::now()
        .strftime("%Y%m%d-%H%M%S%.6f")
        .to_string();
    let stamp = format!("{}-{}", stamp.replace('.', "-"), std::process::id());
    let folder = paths.copies().join(stamp);
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot create {}: {error}", folder.display()),
        )
        .hint("set VENOM_HOME to a folder that can be written")
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(failed)?;
    let target = folder.join(if name.is_empty() { "copy" } else { &name });
    Ok((folder, target))
}

/// Returns the reason why VENOM should not work in a folder, if there is one.
pub(crate) fn danger(folder: &Path, env: &Env) -> Option<String> {
    venom_exec::copy::is_dangerous_root(folder, env.home().as_deref())
}
