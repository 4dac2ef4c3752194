//! Steps in a row, as the engine does them: a place is opened, commands run, the place is closed, what
//! it left is committed; and what becomes of edits that somebody else makes meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use venom_exec::cell::Zygote;
use venom_exec::process::Settings;
use venom_exec::sandbox::NativeSandbox;
use venom_exec::workspace::DirWorkspace;
use venom_kernel::change::ChangeSet;
use venom_kernel::confine::{Confinement, Grants, Tier};
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Exit, Keep};
use venom_ports::sandbox::{Cell, Left, Place, Sandbox as _};
use venom_ports::task::{Supervisor, TaskKind, Work};
use venom_ports::workspace::Workspace as _;
use venom_ports::{FailureKind, Result};

use crate::blobs::MemoryBlobs;

/// Starts nothing: only a way out to the network needs tasks.
struct Nobody;

impl Supervisor for Nobody {
    fn start(&self, kind: TaskKind, _: Work, _: Box<dyn FnOnce(String) + Send>) {
        panic!("{kind} is not wanted here");
    }

    fn root(&self) -> CancellationToken {
        CancellationToken::new()
    }

    fn running(&self) -> usize {
        0
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

struct World {
    folder: tempfile::TempDir,
    root: PathBuf,
    sandbox: NativeSandbox,
    blobs: MemoryBlobs,
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    async fn open(&self, label: &str) -> Arc<dyn Cell> {
        let place = Place {
            root: self.root.clone(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: false,
            grants: Grants::default(),
            confinement: Confinement::default(),
            label: label.to_owned(),
            on_reach: Arc::new(|_| {}),
        };
        self.sandbox.open(place).await.unwrap()
    }

    async fn run(&self, cell: &Arc<dyn Cell>, script: &str) -> String {
        let command = Command {
            program: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            cwd: self.root.clone(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Millis::new(20_000),
            keep: Keep::default(),
        };
        let done = cell.run(command, CancellationToken::new(), None).await;
        let done = done.unwrap();
        let (said, erred) = (done.stdout.text(), done.stderr.text());
        assert_eq!(done.exit, Exit::Code(0), "{script}: {said}{erred}");
        said
    }

    async fn commit(&self, changes: &ChangeSet) {
        let workspace = DirWorkspace::open(&self.root).unwrap();
        let conflicts = workspace.apply(changes, &self.blobs).await.unwrap();
        assert_eq!(conflicts, []);
    }

    /// Does a whole step.
    async fn step(&self, label: &str, script: &str) -> (String, Left) {
        let cell = self.open(label).await;
        let said = self.run(&cell, script).await;
        let left = cell.close(&self.blobs).await.unwrap();
        self.commit(&left.changes).await;
        (said, left)
    }

    /// Does a step during which somebody does something to the workspace.
    async fn disturbed(&self, script: &str, meanwhile: impl FnOnce(&Path)) -> Result<Left> {
        let cell = self.open("disturbed").await;
        self.run(&cell, script).await;
        meanwhile(&self.root);
        cell.close(&self.blobs).await
    }
}

fn with_world<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    let zygote = Zygote::start(Path::new(env!("CARGO_BIN_EXE_venom-exec-zygote"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let root = folder.path().canonicalize().unwrap().join("project");
        fs::create_dir(&root).unwrap();
        let settings = Settings {
            search: ["/usr/bin", "/bin"].map(PathBuf::from).to_vec(),
            variables: BTreeMap::new(),
        };
        let layers = folder.path().canonicalize().unwrap().join("layers");
        let sandbox = NativeSandbox::new(settings, Ok(zygote), Arc::new(Nobody), layers);
        let world = World {
            folder,
            root,
            sandbox,
            blobs: MemoryBlobs::default(),
        };
        let cell = world.open("probe").await;
        cell.close(&world.blobs).await.unwrap();
        if cell.receipt().tier < Tier::Cell {
            skip("no full cell on this machine");
            return;
        }
        test(world).await;
    });
}

/// Says why something is not tried.
#[expect(clippy::print_stdout, reason = "the only way for a test to say so")]
fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
}

#[test]
fn a_dependent_step_sees_what_was_left_and_what_was_taken_away() {
    with_world(async |world| {
        fs::write(world.path("old"), "old").unwrap();
        fs::create_dir(world.path("gone")).unwrap();
        fs::write(world.path("gone/file"), "gone").unwrap();
        fs::write(world.path("kept"), "kept").unwrap();
        let first = "echo new > new; mkdir -p a/b; echo deep > a/b/deep; rm old; rm -r gone
            printf '#!/bin/sh\\necho ran\\n' > tool; chmod 750 tool; ln -s new link; echo more >> kept";
        world.step("first", first).await;
        let look = "cat new a/b/deep link; ./tool; stat -c %a tool; cat kept
            test ! -e old && test ! -e gone && echo absent";
        let (seen, left) = world.step("second", look).await;
        assert_eq!(seen, "new\ndeep\nnew\nran\n750\nkeptmore\nabsent\n");
        assert!(left.changes.is_empty());
        // And nothing else came over: the first step's temporary files are not there.
        world
            .step("third", "echo x > /tmp/mine; echo x > ~/mine")
            .await;
        let (seen, _) = world.step("fourth", "ls -A /tmp ~").await;
        assert!(!seen.contains("mine"), "{seen}");
        assert!(
            world
                .folder
                .path()
                .join("layers")
                .read_dir()
                .unwrap()
                .next()
                .is_none()
        );
    });
}

#[test]
fn modes_of_folders_are_kept_and_taken_back() {
    with_world(async |world| {
        fs::create_dir_all(world.path("old/deep")).unwrap();
        fs::create_dir_all(world.path("turned")).unwrap();
        fs::write(world.path("old/deep/file"), "x").unwrap();
        fs::write(world.path("turned/file"), "x").unwrap();
        let mode = |name: &str| {
            let found = fs::metadata(world.path(name)).unwrap();
            found.permissions().mode() & 0o7777
        };
        let script = "mkdir -m 700 mine; echo x > mine/file; mkdir -m 750 empty; chmod 711 old
            mkdir -p shut/in; echo x > shut/in/file; chmod 500 shut/in; rm -r old/deep";
        let (_, left) = world.step("first", script).await;
        world.step("turn", "rm -r turned; echo file > turned").await;
        for (name, expected) in [("mine", 0o700), ("empty", 0o750), ("old", 0o711)] {
            assert_eq!(mode(name), expected, "{name}");
        }
        assert_eq!((mode("shut"), mode("shut/in")), (0o755, 0o500));
        assert!(world.path("shut/in/file").is_file() && !world.path("old/deep").exists());
        assert_eq!(fs::read_to_string(world.path("turned")).unwrap(), "file\n");
        // A second time everything is as wanted already.
        world.commit(&left.changes).await;
        let (seen, _) = world
            .step("second", "stat -c %a mine shut/in old; cat mine/file")
            .await;
        assert_eq!(seen, "700\n500\n711\nx\n");
        // Only root can take files out of a folder that is shut.
        if rustix::process::geteuid().is_root() {
            world.commit(&left.changes.reversed()).await;
            assert_eq!(mode("old"), 0o755);
            assert!(world.path("old/deep/file").is_file());
            assert!(!world.path("mine").exists() && !world.path("empty").exists());
        }
    });
}

#[test]
fn an_edit_between_two_steps_is_seen_by_the_next() {
    with_world(async |world| {
        fs::write(world.path("file"), "first").unwrap();
        world
            .step("first", "test \"$(cat file)\" = first; echo x > other")
            .await;
        fs::write(world.path("file"), "edited").unwrap();
        fs::remove_file(world.path("other")).unwrap();
        symlink("file", world.path("added")).unwrap();
        let (seen, _) = world.step("second", "cat file; ls").await;
        assert_eq!(seen, "editedadded\nfile\n");
    });
}

#[test]
fn an_edit_during_a_step_is_a_conflict_and_stays() {
    with_world(async |world| {
        fs::write(world.path("file"), "before").unwrap();
        let left = world.disturbed("echo ours > file; echo x > other", |root| {
            fs::write(root.join("file"), "theirs").unwrap();
        });
        let failure = left.await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert!(
            failure.message.contains("`file` was changed"),
            "{failure:?}"
        );
        assert_eq!(fs::read_to_string(world.path("file")).unwrap(), "theirs");
        assert!(!world.path("other").exists());
        // What the step did not touch may change as it likes.
        let left = world.disturbed("echo x > other", |root| {
            fs::write(root.join("file"), "again").unwrap();
            fs::write(root.join("besides"), "besides").unwrap();
        });
        assert_eq!(left.await.unwrap().changes.changes().len(), 1);
    });
}

#[test]
fn what_is_removed_during_a_step_is_not_brought_back() {
    // Written in place, replaced by another file, and in a folder that goes as a whole.
    for (script, gone) in [
        ("echo ours >> file", "file"),
        ("echo ours > new && mv new file", "file"),
        ("sed -i s/before/ours/ folder/deep/file", "folder"),
    ] {
        with_world(async |world| {
            fs::write(world.path("file"), "before").unwrap();
            fs::create_dir_all(world.path("folder/deep")).unwrap();
            fs::write(world.path("folder/deep/file"), "before").unwrap();
            let left = world.disturbed(script, |root| {
                let path = root.join(gone);
                if path.is_dir() {
                    fs::remove_dir_all(path).unwrap();
                } else {
                    fs::remove_file(path).unwrap();
                }
            });
            let failure = left.await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Conflict, "{script}");
            assert!(failure.message.contains("was removed"), "{failure:?}");
            assert!(!world.path(gone).exists(), "{script}");
        });
    }
    // Removed by both: they agree.
    with_world(async |world| {
        fs::write(world.path("file"), "before").unwrap();
        let left = world.disturbed("rm file", |root| {
            fs::remove_file(root.join("file")).unwrap();
        });
        assert!(left.await.unwrap().changes.is_empty());
    });
}

#[test]
fn more_files_than_a_layer_may_hold_end_the_step() {
    with_world(async |world| {
        let place = Place {
            root: world.root.clone(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: false,
            grants: Grants::default(),
            confinement: Confinement {
                limits: Some(venom_kernel::confine::Limits {
                    disk_mib: 16,
                    ..venom_kernel::confine::Limits::default()
                }),
                ..Confinement::default()
            },
            label: "many".to_owned(),
            on_reach: Arc::new(|_| {}),
        };
        let cell = world.sandbox.open(place).await.unwrap();
        let command = Command {
            program: "sh".to_owned(),
            // Sixty-four for each MiB is a thousand; it goes on until somebody ends it.
            args: vec![
                "-c".to_owned(),
                "i=0; while :; do : > f$i; i=$((i+1)); done".to_owned(),
            ],
            cwd: world.root.clone(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Millis::new(60_000),
            keep: Keep::default(),
        };
        let done = cell.run(command, CancellationToken::new(), None).await;
        assert_eq!(done.unwrap().exit, Exit::OutOfDisk);
        assert_eq!(
            cell.close(&world.blobs).await.unwrap_err().kind,
            FailureKind::Refused
        );
        assert_eq!(world.root.read_dir().unwrap().count(), 0);
    });
}
