//! Places in containers of the Docker engine. Their commands see an image in place of this machine's
//! programs, and a private copy of the workspace where a cell has an overlay; everything else is as in
//! a cell: the first process gives up the same, limits end commands with the same words, the same proxy
//! leads out, and what is left goes by the same rules.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, lchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

use tokio::sync::{Mutex, RwLock};
use venom_kernel::confine::{Mount, Tier};
use venom_ports::sandbox::Place;
use venom_ports::task::TaskKind;
use venom_ports::{Failure, FailureKind, Result};

use super::confined::{Confined, Programs, Surroundings, failure};
use super::host::HostTree;
use super::identity::Identity;
use super::layer::{self, Layer, Own};
use super::{
    KEPT, NativeSandbox, Planned, Repository, cell_limits, delta_rules, egress, folder_name,
};
use crate::cell::{self, CellSpec, Guard, Mode, Overlay, PROXY_PORT, Workspace};
use crate::docker::container::{self, Started};
use crate::docker::engine::Engine;
use crate::docker::hardening::{From, Seen, Shape};
use crate::docker::image::Image;
use crate::docker::{self, Docker};
use crate::egress::proxy_env;

/// The user and group of commands when VENOM is root, and is nobody's fellow then.
const USER: u32 = 1000;

impl NativeSandbox {
    /// Opens a place in a container.
    pub(super) async fn open_container(
        &self,
        place: Place,
        planned: Planned,
    ) -> Result<Arc<Confined>> {
        let began = Instant::now();
        let rules = egress::rules(&planned.hosts)?;
        let engine = self
            .docker
            .engine(place.confinement.docker.host.as_deref())
            .await?;
        let name = (place.grants.image.clone())
            .or_else(|| place.confinement.image.clone())
            .unwrap_or_else(|| docker::IMAGE.to_owned());
        let image = Image::find(&engine, &name).await?;
        let runtime = runtime(&engine, place.confinement.docker.runtime.as_deref())?;
        let user = user(&engine, &place)?;
        let identity = self.identity(&place).await?;
        let (variables_of_secrets, out) = self
            .secrets_and_way_out(rules, &planned.hosts, &place)
            .await?;
        // It is public: a certificate, and no key.
        let trusted = out
            .as_ref()
            .and_then(egress::WayOut::bundle)
            .map(Path::to_owned);
        let mut seen = seen(&place, &planned.guard)?;
        let own = identity.iter().flat_map(Identity::files).chain(&trusted);
        seen.extend(own.map(|path| Seen {
            from: From::Machine(path.clone()),
            at: path.clone(),
            is_writable: false,
        }));
        let shape = Shape {
            image: image.id.clone(),
            user,
            runtime: runtime.clone(),
            seen,
            limits: planned.limits,
        };
        let (started, layer, folder) = self.start(&engine, &place, &planned, &shape).await?;
        let mut spec = spec(
            &place,
            &planned,
            layer.as_ref().map(|layer| layer.0.overlay()),
        );
        spec.proxy_listener = !planned.hosts.is_empty();
        let adopting = cell::Cell::adopt(
            started.channel,
            spec,
            started.pid,
            &started.id,
            &image.search,
        );
        let opened = match adopting {
            Ok(adopting) => adopting.ready().await,
            Err(error) => Err(error),
        };
        let mut opened = opened.map_err(|error| failure(&error))?;
        let is_copy = layer.is_some();
        let mount = place.grants.mount;
        opened.correct_receipt(|receipt, [memory, cpu, processes]| {
            receipt.namespaces = ["mount", "pid", "net", "ipc", "uts", "cgroup"]
                .map(str::to_owned)
                .to_vec();
            let workspace = match mount {
                _ if is_copy => "copy",
                Mount::ReadOnly => "read-only",
                Mount::Overlay | Mount::Direct => "direct",
            };
            workspace.clone_into(&mut receipt.workspace);
            let network = if planned.hosts.is_empty() {
                "none"
            } else {
                "proxy"
            };
            network.clone_into(&mut receipt.network);
            (receipt.memory_by, receipt.cpu_by, receipt.processes_by) = (memory, cpu, processes);
        });
        let mut variables: BTreeMap<OsString, OsString> = KEPT
            .iter()
            .filter_map(|name| {
                let value = self.settings.variables.get(*name)?;
                Some((OsString::from(name), OsString::from(value)))
            })
            .collect();
        variables.extend((image.variables.iter()).map(|(name, value)| (name.into(), value.into())));
        variables.extend(
            (variables_of_secrets.into_iter()).map(|(name, value)| (name.into(), value.into())),
        );
        if let Some(identity) = &identity {
            variables.insert("GIT_CONFIG_GLOBAL".into(), identity.settings().into());
        }
        let egress = match (opened.take_listener(), out) {
            (Some(listener), Some(out)) => {
                let proxy = proxy_env(PROXY_PORT, trusted.as_deref().and_then(Path::to_str));
                variables
                    .extend((proxy.into_iter()).map(|(name, value)| (name.into(), value.into())));
                Some(out.serve(listener, self.supervisor.as_ref(), &place.label))
            }
            (Some(_), None) | (None, _) => None,
        };
        // One that waits would name files that go away with this place.
        if identity.is_none() && trusted.is_none() {
            self.prepare_spare(&engine, &shape, &place.label);
        }
        tracing::debug!(
            image = name,
            took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "a container was opened"
        );
        let words = vec![
            "read-only-root".to_owned(),
            format!("engine:{}", engine.facts.version),
            format!(
                "runtime:{}",
                runtime.unwrap_or_else(|| engine.facts.usual_runtime.clone())
            ),
            format!("image:{}", image.id),
        ];
        Ok(Arc::new(Confined {
            enforced: opened.receipt().clone(),
            image: Some(Programs {
                image: name,
                found: opened.programs(),
                words,
            }),
            cell: RwLock::new(Some(opened)),
            surroundings: Surroundings {
                search: image.search,
                variables,
            },
            tier: Tier::Docker,
            limits: planned.limits,
            commands: AtomicU32::new(0),
            outputs: AtomicU32::new(0),
            layer: Mutex::new(layer),
            egress,
            identity,
            folder,
            supervisor: Arc::clone(&self.supervisor),
            spools: self.layers.clone(),
            label: place.label,
        }))
    }

    /// Takes or starts a container, and fills its copy of the workspace meanwhile.
    async fn start(
        &self,
        engine: &Arc<Engine>,
        place: &Place,
        planned: &Planned,
        shape: &Shape,
    ) -> Result<(Started, Option<Held>, Option<Own>)> {
        let bundle = self.docker.bundle().await?;
        let (ready, own, folder) = if let Some(spare) = self.docker.pool.take(shape) {
            let folder = spare.folder.give_away();
            (Some(spare.started), Own::new(folder.clone()), folder)
        } else {
            let folder = self.layers.join(folder_name(&place.label));
            let own = Own::new(folder.clone());
            make_folder(&folder, shape).map_err(|error| cannot_make(&error))?;
            (None, own, folder)
        };
        if let Some(scratch) = &place.scratch
            && rustix::process::geteuid().is_root()
        {
            lchown(scratch, Some(shape.user.0), Some(shape.user.1))
                .map_err(|error| cannot_make(&error))?;
        }
        let filled = async {
            if place.grants.mount != Mount::Overlay {
                return Ok(None);
            }
            let host = HostTree::of(&place.root);
            let beneath = Arc::clone(&host).lower().await;
            let mut layer = Layer::within(
                folder.clone(),
                place,
                host,
                delta_rules(&place.confinement.protected),
                planned.limits.disk_mib,
                planned.names.clone(),
            )
            .map_err(|error| cannot_make(&error))?;
            let hidden = planned.guard.hidden.clone();
            let owner = rustix::process::geteuid().is_root().then_some(shape.user);
            let layer = tokio::task::spawn_blocking(move || {
                layer.fill(&hidden, owner)?;
                Result::Ok(layer)
            })
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))??;
            Ok(Some((layer, beneath)))
        };
        let started = async {
            match ready {
                Some(started) => Ok(started),
                None => {
                    container::start(
                        engine,
                        &bundle,
                        self.supervisor.as_ref(),
                        shape.clone(),
                        folder.clone(),
                        &place.label,
                    )
                    .await
                }
            }
        };
        let (started, filled) = tokio::try_join!(started, filled)?;
        // A layer removes the folder itself.
        let own = if filled.is_some() {
            own.give_away();
            None
        } else {
            Some(own)
        };
        Ok((started, filled, own))
    }

    /// Starts a container for the next place of this kind, if one is likely.
    fn prepare_spare(&self, engine: &Arc<Engine>, shape: &Shape, label: &str) {
        // What stands in the scratch folder of a step is for this step alone.
        if !self.docker.pool.wants(shape) {
            return;
        }
        let pool = Arc::clone(&self.docker.pool);
        let supervisor = Arc::clone(&self.docker.supervisor);
        let folder = Docker::spare_folder(&self.layers);
        let (engine, shape, label) = (Arc::clone(engine), shape.clone(), label.to_owned());
        let kind = TaskKind::Effect(format!("spare container for {label}"));
        let bundle = self.docker.known_bundle();
        let starter = Arc::clone(&self.docker.supervisor);
        let work = async move {
            let made = async {
                let bundle = bundle?;
                let own = Own::new(folder.clone());
                make_folder(&folder, &shape).ok()?;
                let label = format!("{label}-spare");
                let start = container::start(
                    &engine,
                    &bundle,
                    starter.as_ref(),
                    shape.clone(),
                    folder.clone(),
                    &label,
                );
                match start.await {
                    Ok(started) => Some((own, started)),
                    Err(failure) => {
                        tracing::debug!(%failure, "no spare container");
                        None
                    }
                }
            };
            match made.await {
                Some((own, started)) => pool.put(shape, own, started),
                None => pool.give_up(),
            }
        };
        supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
    }
}

/// A layer with the right to have the workspace beneath it.
type Held = (Layer, tokio::sync::OwnedRwLockReadGuard<()>);

fn cannot_make(error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("cannot make a folder for a container: {error}"),
    )
    .with_hint("see that the data folder is writable and the disk is not full")
}

/// Makes a container's folder, with what stands for that which is to be seen from it, because a thing
/// must be there to be seen at its place.
fn make_folder(folder: &Path, shape: &Shape) -> std::io::Result<()> {
    layer::remove(folder);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    for name in ["upper", "work", "run", "nothing"] {
        builder.mode(0o755).create(folder.join(name))?;
    }
    fs::write(folder.join("empty"), "")?;
    for seen in &shape.seen {
        let From::Own(path) = &seen.from else {
            continue;
        };
        let path = folder.join(path);
        if path.symlink_metadata().is_ok() {
            continue;
        }
        // What it is to be is told by what it stands for.
        if seen.at.is_dir() {
            builder.create(&path)?;
        } else {
            if let Some(parent) = path.parent() {
                builder.create(parent)?;
            }
            fs::write(&path, "")?;
        }
    }
    Ok(())
}

/// Chooses the runtime.
fn runtime(engine: &Engine, asked: Option<&str>) -> Result<Option<String>> {
    let Some(asked) = asked else {
        return Ok(None);
    };
    if engine.facts.runtimes.contains(asked) {
        return Ok(Some(asked.to_owned()));
    }
    let known: Vec<&str> = engine.facts.runtimes.iter().map(String::as_str).collect();
    let shown: String = asked.chars().filter(|c| !c.is_control()).take(40).collect();
    Err(Failure::new(
        FailureKind::Refused,
        format!(
            "the Docker engine has no runtime `{shown}`; it has {}",
            known.join(", ")
        ),
    )
    .with_hint("add it to the engine's configuration, or change `sandbox.docker.runtime`"))
}

/// Chooses who commands are.
fn user(engine: &Engine, place: &Place) -> Result<(u32, u32)> {
    let (uid, gid) = (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    );
    if engine.facts.maps_users {
        return Err(Failure::new(
            FailureKind::Refused,
            "the Docker engine maps the users of containers to others (`userns-remap`)".to_owned(),
        )
        .with_hint("use an engine without it, or one that runs without root, or the tier `cell`"));
    }
    if engine.facts.is_rootless {
        // Root in such a container is the user who runs the engine, with no capability.
        return Ok((0, 0));
    }
    if uid != 0 {
        return Ok((uid, gid));
    }
    if place.grants.mount == Mount::Overlay {
        return Ok((USER, USER));
    }
    let owner = fs::metadata(&place.root).map_err(|error| {
        Failure::new(
            FailureKind::Missing,
            format!("cannot look at `{}`: {error}", place.root.display()),
        )
    })?;
    match (place.grants.mount, owner.uid()) {
        (Mount::Direct, 0) => Err(Failure::new(
            FailureKind::Refused,
            format!(
                "commands would have to be root in a container to write to `{}`",
                place.root.display()
            ),
        )
        .with_hint("let VENOM run as the owner of the project, or give the folder to a user")),
        (_, 0) => Ok((USER, USER)),
        (_, owner_uid) => Ok((owner_uid, owner.gid())),
    }
}

/// Lists what commands see of this machine.
fn seen(place: &Place, guard: &Guard) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let from_machine = |path: &Path, is_writable: bool| Seen {
        from: From::Machine(path.to_path_buf()),
        at: path.to_path_buf(),
        is_writable,
    };
    let readable = place.confinement.readable.iter().map(PathBuf::from);
    seen.extend(
        readable
            .filter(|path| path.exists() && !path.starts_with(&place.root))
            .map(|path| from_machine(&path, false)),
    );
    if place.grants.repository {
        let is_direct = place.grants.mount == Mount::Direct;
        let Repository { tree, data } = Repository::around(&place.root);
        seen.extend(tree.iter().map(|path| from_machine(path, false)));
        seen.extend(data.iter().map(|path| from_machine(path, is_direct)));
    }
    let root = &place.root;
    let is_copy = place.grants.mount == Mount::Overlay;
    seen.push(Seen {
        from: if is_copy {
            From::Own("upper".into())
        } else {
            From::Machine(root.clone())
        },
        at: root.clone(),
        is_writable: place.grants.mount != Mount::ReadOnly,
    });
    let stands = |path: &Path| {
        root.join(path)
            .symlink_metadata()
            .is_ok_and(|found| found.is_dir() || found.is_file())
    };
    let within = |path: &Path, is_writable: bool| Seen {
        from: if is_copy {
            From::Own(Path::new("upper").join(path))
        } else {
            From::Machine(root.join(path))
        },
        at: root.join(path),
        is_writable,
    };
    if place.grants.mount != Mount::ReadOnly {
        // What stands at its own place cannot be moved away.
        let pinned = guard.pinned.iter().filter(|path| stands(path));
        seen.extend(pinned.map(|path| within(path, true)));
        let guarded = guard.read_only.iter().filter(|path| stands(path));
        seen.extend(guarded.map(|path| within(path, false)));
    }
    if !is_copy {
        // A copy does not hold them in the first place.
        seen.extend(guard.hidden.iter().filter(|path| stands(path)).map(|path| {
            Seen {
                from: From::Own(
                    if root.join(path).is_dir() {
                        "nothing"
                    } else {
                        "empty"
                    }
                    .into(),
                ),
                at: root.join(path),
                is_writable: false,
            }
        }));
    }
    seen.extend(place.scratch.iter().map(|path| from_machine(path, true)));
    let odd = seen.iter().find(|seen| seen.at.to_str().is_none());
    if let Some(odd) = odd {
        return Err(Failure::new(
            FailureKind::Refused,
            format!(
                "`{}` cannot be seen in a container: its name is no text",
                odd.at.display()
            ),
        ));
    }
    Ok(seen)
}

/// Says what the first process of the container is to hold commands to.
fn spec(place: &Place, planned: &Planned, overlay: Option<Overlay>) -> CellSpec {
    let mut writable: Vec<PathBuf> = place.scratch.iter().cloned().collect();
    if place.grants.repository && place.grants.mount == Mount::Direct {
        writable.extend(Repository::around(&place.root).data);
    }
    CellSpec {
        tier: cell::Tier::Full,
        workspace: Some(Workspace {
            host: place.root.clone(),
            mode: match (overlay, place.grants.mount) {
                (Some(overlay), _) => Mode::Overlay(overlay),
                (None, Mount::ReadOnly) => Mode::ReadOnly,
                (None, Mount::Overlay | Mount::Direct) => Mode::Direct,
            },
        }),
        read_only: Vec::new(),
        writable,
        scratch: Vec::new(),
        guard: Guard {
            pinned: Vec::new(),
            read_only: Vec::new(),
            hidden: Vec::new(),
        },
        unix_sockets: false,
        proxy_listener: false,
        limits: cell_limits(planned.limits),
    }
}
