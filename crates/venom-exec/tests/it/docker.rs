//! Places in containers of a real Docker engine. The image is made here, of a busybox of this machine;
//! nothing is fetched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use venom_exec::docker::build::From;
use venom_exec::process::Settings;
use venom_exec::sandbox::{Confined, NativeSandbox};
use venom_kernel::confine::{Confinement, Engine, Grants, Limits, Mount, Runtime, Tier};
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Executor as _, Exit, Finished, Keep};
use venom_ports::sandbox::{Cell as _, Left, Place, Reached};
use venom_ports::{Failure, FailureKind};
use venom_testkit::task::Tasks;

use crate::blobs::MemoryBlobs;

mod agent;
mod ends;
mod hostile;
mod secrets;
mod walls;

/// The image that tests run in.
const IMAGE: &str = "venom/sandbox-test:latest";

/// Says why something is not tried.
#[expect(clippy::print_stdout, reason = "the only way for a test to say so")]
fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
}

/// A sandbox over an engine, a workspace, and where layers are kept.
struct Bench {
    sandbox: NativeSandbox,
    folder: tempfile::TempDir,
    reached: Arc<Mutex<Vec<Reached>>>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told where the engine is as its own program is"
)]
fn host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok()
}

fn sandbox(layers: PathBuf, host: Option<String>) -> NativeSandbox {
    let settings = Settings {
        search: vec!["/usr/bin".into(), "/bin".into()],
        variables: BTreeMap::new(),
    };
    let program = PathBuf::from(env!("CARGO_BIN_EXE_venom-exec-zygote"));
    let surroundings = venom_exec::docker::Surroundings {
        host,
        ..venom_exec::docker::Surroundings::default()
    };
    NativeSandbox::new(
        settings,
        Err("tests of containers have none".to_owned()),
        Arc::new(Tasks::default()),
        layers,
    )
    .with_docker(surroundings, Some(program))
}

/// One test at a time makes the image; the others find it.
static MADE: tokio::sync::Mutex<bool> = tokio::sync::Mutex::const_new(false);

/// Tells whether the tests must not do without an engine.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told what they must have"
)]
fn is_required() -> bool {
    let required = std::env::var("VENOM_TEST_REQUIRE").unwrap_or_default();
    required.split(',').any(|name| name.trim() == "docker")
}

/// Makes a bench; `None`, and says why, without an engine.
async fn bench() -> Option<Bench> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("work")).unwrap();
    let sandbox = sandbox(folder.path().join("layers"), host());
    let mut made = MADE.lock().await;
    match sandbox.probe_docker(None, IMAGE).await {
        Ok(_) if *made => {}
        Ok(_) => {
            let built = sandbox.build_image(None, From::Best, IMAGE).await.unwrap();
            assert!(built.bytes > 0, "{built:?}");
            *made = true;
        }
        Err(failure) => {
            assert!(!is_required(), "a Docker engine is required: {failure}");
            skip(&format!("no Docker engine: {failure}"));
            return None;
        }
    }
    drop(made);
    Some(Bench {
        sandbox,
        folder,
        reached: Arc::default(),
    })
}

impl Bench {
    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("work")
    }

    fn layers(&self) -> PathBuf {
        self.folder.path().join("layers")
    }

    /// Folders of places that are still there; a spare container has one for the next place.
    fn folders(&self) -> Vec<String> {
        fs::read_dir(self.layers())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with("spare-"))
            .collect()
    }

    fn place(&self, label: &str) -> Place {
        let reached = Arc::clone(&self.reached);
        Place {
            root: self.root(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: false,
            grants: Grants {
                mount: Mount::Overlay,
                limits: Limits {
                    memory_mib: 128,
                    cpu_percent: 200,
                    processes: 128,
                    disk_mib: 64,
                },
                ..Grants::default()
            },
            confinement: Confinement {
                require: Tier::Docker,
                runtime: Runtime::Docker,
                image: Some(IMAGE.to_owned()),
                docker: Engine::default(),
                ..Confinement::default()
            },
            label: format!("{label}-{}", std::process::id()),
            on_reach: Arc::new(move |one| reached.lock().unwrap().push(one)),
        }
    }

    async fn open(&self, place: Place) -> Arc<Confined> {
        self.sandbox.open_confined(place).await.unwrap().unwrap()
    }

    async fn close(&self, cell: &Confined) -> Result<Left, Failure> {
        cell.close(&MemoryBlobs::default()).await
    }

    /// Runs one script in a place of its own.
    async fn once(&self, label: &str, script: &str) -> (Finished, Result<Left, Failure>) {
        let cell = self.open(self.place(label)).await;
        let finished = self.run(&cell, script).await;
        let left = self.close(&cell).await;
        (finished, left)
    }

    async fn run(&self, cell: &Confined, script: &str) -> Finished {
        let command = self.shell(script);
        cell.run(command, CancellationToken::new(), None)
            .await
            .unwrap()
    }

    fn shell(&self, script: &str) -> Command {
        Command {
            program: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            cwd: self.root(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Millis::from_secs(60),
            keep: Keep::default(),
        }
    }

    /// Waits until the engine has no container of a label any more.
    async fn gone(&self, label: &str) {
        let label = format!("label=venom.run={label}-{}", std::process::id());
        until(|| {
            docker(&["ps", "--all", "--quiet", "--filter", &label])
                .trim()
                .is_empty()
        })
        .await;
    }
}

/// Waits for something that others do.
async fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to be so");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks the engine's own program, which knows nothing of this one.
fn docker(args: &[&str]) -> String {
    let done = std::process::Command::new("docker")
        .args(args)
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn paths(left: &Left) -> Vec<String> {
    let changes = left.changes.changes().iter();
    changes
        .map(|change| {
            let sign = match (&change.before, &change.after) {
                (None, _) => '+',
                (_, None) => '-',
                _ => '~',
            };
            format!("{sign}{}", change.path)
        })
        .collect()
}

/// Ids of the processes that have a word among their arguments.
fn survivors(word: &str) -> Vec<u32> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0)
                .any(|arg| arg == word.as_bytes())
        })
        .collect()
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
