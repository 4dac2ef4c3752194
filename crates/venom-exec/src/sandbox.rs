//! The sandbox of this machine: picks the best tier that can be had, refuses what is weaker than the
//! user demands, and says for each place what was really enforced.
//!
//! Reading order: this file (what a place gets), `confined` (commands in it), `contained` (places in
//! containers of an engine), `streams` and `spool` (what they say), `layer` (what they leave),
//! `session` (a command that stays), `egress`
//! (where they may reach), `secret` (what only a host gets), `host` (who may write to a workspace),
//! `identity` (what version control sees of the user's settings), `unconfined`.

mod confined;
mod contained;
mod egress;
pub(crate) mod host;
mod identity;
pub(crate) mod layer;
mod secret;
mod session;
mod spool;
mod streams;
mod unconfined;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell, RwLock};
use venom_kernel::confine::{Limits, Mount, Runtime, Tier};
use venom_ports::exec::Executor as _;
use venom_ports::sandbox::{Cell, Place, Sandbox};
use venom_ports::secret::Secrets;
use venom_ports::task::Supervisor;
use venom_ports::{Failure, FailureKind, Result};

pub use self::confined::Confined;
use self::confined::{Surroundings, failure};
use self::host::HostTree;
use self::identity::Identity;
use self::layer::Layer;
pub use self::secret::check_host as check_secret_host;
use crate::cell::hidden::{Bounds, Found, Names};
use crate::cell::probe::Probe;
use crate::cell::toolchain::{self, Toolchains};
use crate::cell::{self, CellSpec, Guard, HIDDEN, Mode, PROXY_PORT, Workspace, Zygote};
use crate::docker::image::Image;
use crate::docker::{self, Docker};
use crate::egress::{Resolve, SystemResolver, Trust, proxy_env};
use crate::overlay::{Protected, Rules};
use crate::process::{ProcessExecutor, Settings};

/// Variables that commands keep in a cell; everything else that they get is made for it.
const KEPT: &[&str] = &["LANG", "LC_ALL", "LC_CTYPE", "TZ"];

/// Confines commands with what this machine offers.
pub struct NativeSandbox {
    processes: Arc<ProcessExecutor>,
    settings: Settings,
    /// What makes cells, or why there is none.
    zygote: std::result::Result<Zygote, String>,
    /// The best tier that was really had, once it was tried.
    best: OnceCell<Tier>,
    supervisor: Arc<dyn Supervisor>,
    /// Where layers are kept while their places are open.
    layers: PathBuf,
    /// What only hosts get.
    secrets: Option<Arc<dyn Secrets>>,
    /// Who says that a host is who it says it is; the system's roots unless told.
    trust: OnceCell<Trust>,
    resolver: Arc<dyn Resolve>,
    docker: Docker,
}

impl std::fmt::Debug for NativeSandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeSandbox")
            .field("best", &self.best)
            .finish_non_exhaustive()
    }
}

impl NativeSandbox {
    /// Makes a sandbox. Without a `zygote`, for the reason given, commands are plain processes, where
    /// the user allows it. `layers` is a folder for
    /// what commands write while they run; on the file system of the workspaces, edits cost least.
    pub fn new(
        settings: Settings,
        zygote: std::result::Result<Zygote, String>,
        supervisor: Arc<dyn Supervisor>,
        layers: PathBuf,
    ) -> Self {
        let docker = Docker::new(
            docker::Surroundings::default(),
            PathBuf::from("/proc/self/exe"),
            Arc::clone(&supervisor),
        );
        Self {
            docker,
            processes: Arc::new(ProcessExecutor::new(settings.clone())),
            settings,
            zygote,
            best: OnceCell::new(),
            supervisor,
            layers,
            secrets: None,
            trust: OnceCell::new(),
            resolver: Arc::new(SystemResolver),
        }
    }

    /// Says where secrets are kept.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<dyn Secrets>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// Trusts these roots in the place of the system's, where HTTPS is opened.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = OnceCell::new_with(Some(trust));
        self
    }

    /// Looks names up with another service than the system's.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Says what the environment says about where the Docker engine is, and which program, that calls
    /// [`serve_if_contained`](crate::cell::serve_if_contained) first in its `main`, runs in its
    /// containers. Otherwise these are the usual socket and the running program.
    #[must_use]
    pub fn with_docker(
        mut self,
        surroundings: docker::Surroundings,
        program: Option<PathBuf>,
    ) -> Self {
        let program = program.unwrap_or_else(|| PathBuf::from("/proc/self/exe"));
        self.docker = Docker::new(surroundings, program, Arc::clone(&self.supervisor));
        self
    }

    /// Finds out what this machine can enforce. `Unavailable` without a process that makes cells.
    pub async fn probe(&self) -> Result<Probe> {
        let zygote = self.zygote.as_ref().map_err(|why| {
            Failure::new(
                FailureKind::Unavailable,
                format!("the process that makes sandboxes does not start: {why}"),
            )
            .with_hint("see that /proc is mounted and that this user may start processes")
        })?;
        if let Err(error) = std::fs::create_dir_all(&self.layers) {
            tracing::debug!(%error, "no folder to try an overlay in");
        }
        Ok(crate::cell::probe::probe(zygote, &self.layers).await)
    }

    /// Finds the best tier by opening an empty cell of each kind, the strongest first.
    async fn best(&self) -> Tier {
        let found = self.best.get_or_init(|| async {
            let Ok(zygote) = &self.zygote else {
                return Tier::Unconfined;
            };
            for (asked, tier) in [
                (cell::Tier::Full, Tier::Cell),
                (cell::Tier::Restricted, Tier::Restricted),
            ] {
                let spec = CellSpec {
                    tier: asked,
                    ..CellSpec::default()
                };
                match zygote.open(spec).await {
                    Ok(cell) => {
                        if let Err(error) = cell.close().await {
                            tracing::debug!(%error, "a tried cell did not close");
                        }
                        return tier;
                    }
                    Err(error) => tracing::info!(%tier, %error, "not to be had here"),
                }
            }
            Tier::Unconfined
        });
        *found.await
    }

    /// Says what a place would get, without opening it.
    pub async fn plan(&self, place: &Place) -> Result<Planned> {
        let tier = self.tier_for(place).await;
        let found = toolchain::discover(&toolchain::Surroundings {
            home: self.settings.variables.get("HOME").map(PathBuf::from),
            path: std::env::join_paths(&self.settings.search).unwrap_or_default(),
            variables: self
                .settings
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), OsString::from(value)))
                .collect(),
            workspace: Some(place.root.clone()),
        });
        let hosts = place.confinement.hosts(&place.grants);
        let limits = place.confinement.limits(&place.grants);
        // Version control must see the files that it keeps, or it would take them for removed.
        let found_hidden = if place.grants.repository {
            Found::default()
        } else {
            self.hidden(place).await?
        };
        let mut guard = Guard {
            hidden: found_hidden.paths,
            ..Guard::default()
        };
        guard
            .read_only
            .extend(place.confinement.protected.iter().map(PathBuf::from));
        Ok(Planned {
            tier,
            found,
            hosts,
            limits,
            guard,
            names: found_hidden.names,
        })
    }
}

impl NativeSandbox {
    /// Chooses the tier of a place.
    async fn tier_for(&self, place: &Place) -> Tier {
        let asks_for_image = place.grants.image.is_some();
        match place.confinement.runtime {
            Runtime::Docker => Tier::Docker,
            Runtime::Auto if asks_for_image => Tier::Docker,
            Runtime::Cell => self.best().await,
            Runtime::Auto => {
                let best = self.best().await;
                let image = place.confinement.image.as_deref().unwrap_or(docker::IMAGE);
                if best < Tier::Docker && self.has_container(place, image).await {
                    Tier::Docker
                } else {
                    best
                }
            }
        }
    }

    /// Tells whether containers of an image can be had.
    async fn has_container(&self, place: &Place, image: &str) -> bool {
        let host = place.confinement.docker.host.as_deref();
        let engine = match self.docker.engine(host).await {
            Ok(engine) => engine,
            Err(failure) => {
                tracing::debug!(%failure, "no containers");
                return false;
            }
        };
        Image::find(&engine, image).await.is_ok()
    }

    /// Says what the Docker engine offers, and whether an image is there: its digest and size.
    pub async fn probe_docker(
        &self,
        host: Option<&str>,
        image: &str,
    ) -> Result<(docker::Facts, Option<(String, u64)>)> {
        let engine = self.docker.engine(host).await?;
        let image = match Image::find(&engine, image).await {
            Ok(image) => Some((image.id, image.bytes)),
            Err(failure) if failure.kind == FailureKind::Missing => None,
            Err(failure) => return Err(failure),
        };
        Ok((engine.facts.clone(), image))
    }

    /// Removes containers whose owner is gone, and says how many this process has removed.
    pub async fn reap_containers(&self, host: Option<&str>) -> Result<usize> {
        let engine = self.docker.engine(host).await?;
        let number = docker::reaper::reap(&engine).await?;
        Ok(number + self.docker.reaped.fetch_add(number, Ordering::Relaxed))
    }

    /// Makes an image for containers from files of this machine.
    pub async fn build_image(
        &self,
        host: Option<&str>,
        from: docker::build::From,
        tag: &str,
    ) -> Result<docker::build::Built> {
        let engine = self.docker.engine(host).await?;
        docker::build::build(&engine, from, tag).await
    }

    /// Finds what commands must not see. A workspace in which not everything could be looked at is
    /// refused: what was not found would not be hidden.
    async fn hidden(&self, place: &Place) -> Result<Found> {
        let root = place.root.clone();
        let added = place.confinement.hidden.clone();
        let look = move || {
            let mut patterns: Vec<&str> = HIDDEN.to_vec();
            // A path is hidden as it stands; a name or pattern wherever it is met.
            let (paths, names): (Vec<&String>, Vec<&String>) =
                added.iter().partition(|text| text.contains('/'));
            patterns.extend(names.iter().map(|name| name.as_str()));
            let mut found = crate::cell::hidden::find(&root, &patterns, BOUNDS)?;
            found.paths.extend(
                paths
                    .iter()
                    .map(|path| PathBuf::from(path.trim_matches('/')))
                    .filter(|path| root.join(path).symlink_metadata().is_ok()),
            );
            std::io::Result::Ok(found)
        };
        let refused = |why: String| {
            Failure::new(FailureKind::Refused, why)
                .with_hint("see `sandbox.hidden` in the configuration")
        };
        let found = tokio::task::spawn_blocking(look)
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
            .map_err(|error| refused(format!("what is to be hidden cannot be found: {error}")))?;
        if found.is_cut_short {
            return Err(refused(format!(
                "the workspace holds more than can be searched for keys and credentials ({} names)",
                BOUNDS.entries
            )));
        }
        Ok(found)
    }
}

/// How far files are searched that commands must not see. From the largest trees that are worked on:
/// a million names take about two seconds.
const BOUNDS: Bounds = Bounds {
    entries: 1_000_000,
    depth: 128,
    found: 512,
};

/// What a place would get.
#[derive(Debug)]
pub struct Planned {
    /// The tier.
    pub tier: Tier,
    /// Toolchains that were found, with what makes them work inside.
    pub found: Toolchains,
    /// Hosts that can be reached.
    pub hosts: BTreeSet<String>,
    /// Limits.
    pub limits: Limits,
    /// What is protected in the workspace.
    pub guard: Guard,
    /// What stands in the workspace.
    pub names: Names,
}

/// Turns limits into those of a cell.
fn cell_limits(limits: Limits) -> cell::Limits {
    let mib = |number: u32| u64::from(number.max(1)) << 20;
    cell::Limits {
        memory_bytes: mib(limits.memory_mib),
        cpu_percent: limits.cpu_percent.max(1),
        processes: limits.processes.max(1),
        // Each process of a large build opens as many files as a shell may by default.
        open_files: 4_096,
        file_bytes: mib(limits.disk_mib),
        tmp_bytes: mib(limits.disk_mib),
        overlay_bytes: mib(limits.disk_mib),
    }
}

impl NativeSandbox {
    /// Opens a place in a cell; `None` if commands are not confined here and may be so.
    pub async fn open_confined(&self, place: Place) -> Result<Option<Arc<Confined>>> {
        let planned = self.plan(&place).await?;
        let required = place.confinement.require;
        if planned.tier < required {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "commands must run at least `{required}`, and this machine offers `{}`{}",
                    planned.tier,
                    match &self.zygote {
                        _ if planned.tier == Tier::Docker =>
                            ", because `sandbox.runtime` or an image says so".to_owned(),
                        Ok(_) => String::new(),
                        Err(why) =>
                            format!(": the process that makes sandboxes does not start: {why}"),
                    }
                ),
            )
            .with_hint(
                "`venom sandbox doctor` says what is missing; `--allow-unconfined` runs commands without a sandbox",
            ));
        }
        if planned.tier == Tier::Docker {
            return self.open_container(place, planned).await.map(Some);
        }
        if place.grants.image.is_some() {
            return Err(Failure::new(
                FailureKind::Refused,
                "the action asks for an image, and `sandbox.runtime` is `cell`".to_owned(),
            )
            .with_hint("let the action have a container: `sandbox.runtime: auto`"));
        }
        match self
            .zygote
            .as_ref()
            .ok()
            .filter(|_| planned.tier > Tier::Unconfined)
        {
            Some(zygote) => self.open_cell(zygote, place, planned).await.map(Some),
            // Only a way out of VENOM's own turns placeholders into values.
            None if !place.confinement.secrets.is_empty() && !planned.hosts.is_empty() => {
                Err(Failure::new(
                    FailureKind::Refused,
                    "secrets are put in on the way out of a sandbox, and commands run without one here"
                        .to_owned(),
                )
                .with_hint(
                    "`venom sandbox doctor` says what is missing for a sandbox; or take the skill's entries out of `sandbox.secrets`",
                ))
            }
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Sandbox for NativeSandbox {
    async fn open(&self, place: Place) -> Result<Arc<dyn Cell>> {
        Ok(match self.open_confined(place).await? {
            Some(confined) => confined,
            None => Arc::new(unconfined::Unconfined::new(self.processes.clone())),
        })
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.processes.find(program)
    }

    fn tier(&self) -> Tier {
        // What was not tried is not promised.
        self.best.get().copied().unwrap_or(Tier::Unconfined)
    }
}

impl NativeSandbox {
    async fn open_cell(
        &self,
        zygote: &Zygote,
        place: Place,
        planned: Planned,
    ) -> Result<Arc<Confined>> {
        let Planned {
            tier,
            found,
            hosts,
            limits,
            guard,
            names,
        } = planned;
        let is_full = tier == Tier::Cell;
        let rules = egress::rules(&hosts)?;
        if !hosts.is_empty() && !is_full {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("no host can be reached from the tier `{tier}`"),
            )
            .with_hint("empty `sandbox.network`, or see `venom sandbox doctor`"));
        }
        let (variables_of_secrets, out) = self.secrets_and_way_out(rules, &hosts, &place).await?;
        let host = HostTree::of(&place.root);
        let mut layer = None;
        let mode = match place.grants.mount {
            Mount::ReadOnly => Mode::ReadOnly,
            Mount::Overlay if is_full => {
                let beneath = host.lower().await;
                let made = Layer::make(
                    self.layers.join(folder_name(&place.label)),
                    &place,
                    host,
                    delta_rules(&place.confinement.protected),
                    limits.disk_mib,
                    names,
                )
                .map_err(|error| {
                    Failure::new(
                        FailureKind::Unavailable,
                        format!("cannot make a layer for what commands write: {error}"),
                    )
                    .with_hint("see that the data folder is writable and the disk is not full")
                })?;
                let overlay = made.overlay();
                layer = Some((made, beneath));
                Mode::Overlay(overlay)
            }
            Mount::Overlay | Mount::Direct => Mode::Direct,
        };
        let mut read_only = found.read_only;
        read_only.extend(place.confinement.readable.iter().map(PathBuf::from));
        read_only.retain(|path| !path.starts_with(&place.root));
        // It is public: a certificate, and no key.
        let bundle = out.as_ref().and_then(egress::WayOut::bundle);
        read_only.extend(bundle.map(Path::to_owned));
        let identity = self.identity(&place).await?;
        read_only.extend(identity.iter().flat_map(Identity::files).cloned());
        let mut writable: Vec<PathBuf> = place.scratch.iter().cloned().collect();
        if place.grants.repository {
            let repository = Repository::around(&place.root);
            read_only.extend(repository.tree);
            if place.grants.mount == Mount::Direct {
                writable.extend(repository.data);
            } else {
                read_only.extend(repository.data);
            }
        }
        let spec = CellSpec {
            tier: if is_full {
                cell::Tier::Full
            } else {
                cell::Tier::Restricted
            },
            workspace: Some(Workspace {
                host: place.root.clone(),
                mode,
            }),
            read_only,
            writable,
            scratch: if is_full { found.scratch } else { Vec::new() },
            guard,
            unix_sockets: false,
            proxy_listener: !hosts.is_empty(),
            limits: cell_limits(limits),
        };
        let mut opened = zygote.open(spec).await.map_err(|error| failure(&error))?;
        let mut variables: BTreeMap<OsString, OsString> = KEPT
            .iter()
            .filter_map(|name| {
                let value = self.settings.variables.get(*name)?;
                Some((OsString::from(name), OsString::from(value)))
            })
            .collect();
        variables.extend(
            found
                .variables
                .into_iter()
                .map(|(name, value)| (OsString::from(name), value)),
        );
        variables.extend(
            variables_of_secrets
                .into_iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        if let Some(identity) = &identity {
            variables.insert("GIT_CONFIG_GLOBAL".into(), identity.settings().into());
        }
        let egress = match (opened.take_listener(), out) {
            (Some(listener), Some(out)) => {
                let proxy = proxy_env(PROXY_PORT, out.bundle().and_then(Path::to_str));
                variables.extend(
                    proxy
                        .into_iter()
                        .map(|(name, value)| (OsString::from(name), OsString::from(value))),
                );
                Some(out.serve(listener, self.supervisor.as_ref(), &place.label))
            }
            (Some(_), None) | (None, _) => None,
        };
        Ok(Arc::new(Confined {
            enforced: opened.receipt().clone(),
            cell: RwLock::new(Some(opened)),
            surroundings: Surroundings {
                search: std::env::split_paths(&found.path).collect(),
                variables,
            },
            image: None,
            tier,
            limits,
            commands: AtomicU32::new(0),
            outputs: AtomicU32::new(0),
            layer: Mutex::new(layer),
            egress,
            identity,
            folder: None,
            supervisor: Arc::clone(&self.supervisor),
            spools: self.layers.clone(),
            label: place.label,
        }))
    }
}

impl NativeSandbox {
    /// Copies what version control sees of the user's settings, where a place is one of version control.
    async fn identity(&self, place: &Place) -> Result<Option<Identity>> {
        if !place.grants.repository {
            return Ok(None);
        }
        Identity::copy(&self.processes, &self.settings, &place.root, &self.layers).await
    }

    /// Makes the variables that stand for the secrets of a place, and its way out if it may reach a
    /// host. The values are nowhere but in the way out.
    async fn secrets_and_way_out(
        &self,
        rules: crate::egress::Rules,
        hosts: &BTreeSet<String>,
        place: &Place,
    ) -> Result<(BTreeMap<String, String>, Option<egress::WayOut>)> {
        let uses = &place.confinement.secrets;
        if hosts.is_empty() {
            return Ok((secret::placeholders(uses)?.variables, None));
        }
        let held = secret::fetch(uses, self.secrets.as_deref())?;
        let out = self.way_out(rules, held.secrets, place).await?;
        Ok((held.variables, Some(out)))
    }

    /// Makes the way out of a place.
    async fn way_out(
        &self,
        rules: crate::egress::Rules,
        secrets: crate::egress::Secrets,
        place: &Place,
    ) -> Result<egress::WayOut> {
        let opens_https = rules.need_requests() || secrets.is_any_bound();
        let trust = if opens_https {
            self.trust.get_or_try_init(system_trust).await?.clone()
        } else {
            Trust::default()
        };
        egress::WayOut::make(
            crate::egress::Setup {
                rules,
                secrets,
                trust,
                ..crate::egress::Setup::default()
            },
            Arc::clone(&self.resolver),
            place.on_reach.clone(),
            &self.layers,
        )
    }
}

/// Reads the system's roots: a file of 200 KiB to parse, so once for all places.
async fn system_trust() -> Result<Trust> {
    tokio::task::spawn_blocking(Trust::system)
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
        .map_err(|error| {
            Failure::new(FailureKind::Unavailable, error.to_string())
                .with_hint("install the package `ca-certificates`")
        })
}

/// The repository that a workspace is a part of, as far as it lies outside of it. Only places that do
/// not collect edits get it: those of version control itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Repository {
    /// The files of the whole repository, when the workspace is a folder in it.
    tree: Option<PathBuf>,
    /// Git's own data, when they lie elsewhere.
    data: Option<PathBuf>,
}

impl Repository {
    fn around(root: &Path) -> Self {
        let Some(top) = root.ancestors().find(|folder| folder.join(".git").exists()) else {
            return Self::default();
        };
        let tree = (top != root).then(|| top.to_owned());
        let git = top.join(".git");
        let data = if git.is_dir() {
            tree.is_some().then_some(git)
        } else {
            // A worktree or a submodule: a file that names the folder of its data.
            std::fs::read_to_string(&git).ok().and_then(|text| {
                let named = text.strip_prefix("gitdir:")?.trim();
                let named = top.join(named).canonicalize().ok()?;
                // The data of a worktree lie in those of the repository that it belongs to.
                let common = named
                    .ancestors()
                    .find(|folder| folder.join("objects").is_dir() && folder.join("refs").is_dir());
                common.map(Path::to_owned)
            })
        };
        Self { tree, data }
    }
}

/// What may not be changed by what commands leave.
fn delta_rules(protected: &[String]) -> Rules {
    let mut rules = Rules::default();
    rules
        .protected
        .extend(protected.iter().map(|path| Protected::everywhere(path)));
    rules
}

/// Makes a label into a folder's name that the kernel's mount options take as it stands.
fn folder_name(label: &str) -> String {
    label
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(100)
        .collect()
}

/// Removes layers that a crash left behind: those that nobody touched for so long.
pub fn sweep_layers(layers: &Path, age: Duration) {
    let now = SystemTime::now();
    for entry in std::fs::read_dir(layers).into_iter().flatten().flatten() {
        let is_old = entry
            .metadata()
            .and_then(|entry| entry.modified())
            .is_ok_and(|at| now.duration_since(at).is_ok_and(|since| since > age));
        if is_old {
            layer::remove(&entry.path());
        }
    }
}
