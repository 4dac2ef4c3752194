//! How commands, containers, holders and engines end.

use std::io::{BufRead as _, BufReader};
use std::process::{Command as Process, Stdio};

use super::*;

/// A number that is a duration for `sleep` and a name to look for among all processes.
fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "8{:06}{:03}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

#[tokio::test]
async fn a_deadline_ends_two_hundred_daemons_within_a_tenth_of_a_second() {
    let Some(bench) = bench().await else { return };
    let mut place = bench.place("deadline");
    place.grants.limits.processes = 600;
    let cell = bench.open(place).await;
    let marker = marker();
    let mut command = bench.shell(&format!(
        "trap '' TERM INT HUP; i=0; while [ $i -lt 200 ]; do setsid sleep {marker} & i=$((i+1)); done; echo up; sleep {marker}"
    ));
    command.timeout = Millis::from_secs(4);
    let finished = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap();
    let left = survivors(&marker);
    assert_eq!(left, Vec::<u32>::new());
    assert_eq!(finished.exit, Exit::TimedOut);
    assert_eq!(finished.stdout.text(), "up\n");
    // What the machine's load adds to the hundred milliseconds is not the sandbox's.
    assert!(finished.took.get() < 4_000 + 500, "{:?}", finished.took);
    // The place lives on, unless it was the place that had to go.
    bench.close(&cell).await.unwrap();
    bench.gone("deadline").await;
}

#[tokio::test]
async fn cancelling_and_dropping_end_the_tree() {
    let Some(bench) = bench().await else { return };
    let cell = bench.open(bench.place("cancel")).await;
    let marker = marker();
    let script = format!("setsid sleep {marker} & setsid sleep {marker} & sleep {marker}");
    let cancel = CancellationToken::new();
    let running = cell.run(bench.shell(&script), cancel.clone(), None);
    let ending = async {
        until(|| survivors(&marker).len() >= 3).await;
        cancel.cancel();
    };
    let (finished, ()) = tokio::join!(running, ending);
    assert_eq!(finished.unwrap().exit, Exit::Cancelled);
    assert_eq!(survivors(&marker), Vec::<u32>::new());
    {
        let running = cell.run(bench.shell(&script), CancellationToken::new(), None);
        let seen = until(|| survivors(&marker).len() >= 3);
        tokio::select! {
            _ = running => panic!("it cannot end by itself"),
            () = seen => {}
        }
    }
    until(|| survivors(&marker).is_empty()).await;
    let said = bench.run(&cell, "echo alive").await;
    assert_eq!(said.stdout.text(), "alive\n");
    bench.close(&cell).await.unwrap();
}

#[tokio::test]
async fn bombs_end_with_the_word_for_what_they_wanted() {
    let Some(bench) = bench().await else { return };
    let cell = bench.open(bench.place("bombs")).await;
    let finished = bench.run(&cell, "x=a; while :; do x=$x$x; done").await;
    assert_eq!(
        finished.exit,
        Exit::OutOfMemory,
        "{}",
        finished.stderr.text()
    );
    bench.close(&cell).await.unwrap();
    bench.gone("bombs").await;

    let mut place = bench.place("forks");
    place.grants.limits.processes = 32;
    let cell = bench.open(place).await;
    let marker = marker();
    let mut command = bench.shell(&format!(
        "i=0; while [ $i -lt 100 ]; do sleep {marker} & i=$((i+1)); done; exit 1"
    ));
    command.timeout = Millis::from_secs(20);
    let finished = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap();
    assert_eq!(
        finished.exit,
        Exit::OutOfProcesses,
        "{}",
        finished.stderr.text()
    );
    assert_eq!(survivors(&marker), Vec::<u32>::new());
    // The shell that began it stays, or the command would be over before its bomb went off.
    let mut command = bench.shell("b() { b | b & }; b; while :; do sleep 1; done");
    command.timeout = Millis::from_secs(3);
    let finished = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap();
    assert!(
        matches!(finished.exit, Exit::TimedOut | Exit::OutOfProcesses),
        "{finished:?}"
    );
    bench.close(&cell).await.unwrap();
    bench.gone("forks").await;

    let (finished, left) = bench
        .once(
            "disk",
            "i=0; while [ $i -lt 300 ]; do head -c 4000000 /dev/zero > f$i; i=$((i+1)); done",
        )
        .await;
    assert_eq!(finished.exit, Exit::OutOfDisk, "{}", finished.stderr.text());
    assert!(left.is_err(), "more than may be left is not kept");
    bench.gone("disk").await;
    assert_eq!(bench.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_had_is_said_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("work")).unwrap();
    let absent = sandbox(
        folder.path().join("layers"),
        Some("unix:///nonexistent/docker.sock".to_owned()),
    );
    let place = |bench: &Bench| bench.place("absent");
    let nowhere = Bench {
        sandbox: absent,
        folder,
        reached: Arc::default(),
    };
    let failure = nowhere
        .sandbox
        .open_confined(place(&nowhere))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.hint.is_some());
    assert!(!exists(&nowhere.layers()));

    let Some(bench) = bench().await else { return };
    let mut missing = bench.place("absent");
    missing.confinement.image = Some("venom/no-such-image:latest".to_owned());
    let failure = bench.sandbox.open_confined(missing).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);

    let mut odd = bench.place("absent");
    odd.confinement.docker.runtime = Some("runsc-not-here".to_owned());
    let failure = bench.sandbox.open_confined(odd).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("runc"), "{failure}");

    let mut stronger = bench.place("absent");
    stronger.confinement.require = Tier::Cell;
    let failure = bench.sandbox.open_confined(stronger).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);

    if rustix::process::geteuid().is_root() {
        let mut direct = bench.place("absent");
        direct.grants.mount = Mount::Direct;
        let failure = bench.sandbox.open_confined(direct).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
    }
    assert_eq!(bench.folders(), Vec::<String>::new());
    bench.gone("absent").await;
}

#[tokio::test]
async fn opening_that_nobody_waits_for_leaves_nothing() {
    let Some(bench) = bench().await else { return };
    for wait in [1, 20, 60, 150, 300] {
        let opening = bench.sandbox.open_confined(bench.place("unwanted"));
        let _cut = tokio::time::timeout(Duration::from_millis(wait), opening).await;
    }
    bench.gone("unwanted").await;
    until(|| bench.folders().is_empty()).await;
}

/// The holder is killed: the container ends by itself, and the next one who comes removes the rest.
#[tokio::test]
async fn a_holder_that_is_killed_leaves_nothing() {
    let Some(bench) = bench().await else { return };
    let marker = marker();
    let mut holder = Process::new(env!("CARGO_BIN_EXE_venom-exec-zygote"))
        .args(["contain", &marker, IMAGE])
        .arg(bench.root())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "ready\n");
    until(|| survivors(&marker).len() >= 3).await;
    let running = format!("label=venom.run=held-{marker}");
    let made = format!("venom-test-{marker}");
    // One that was made and never started: its holder died in between.
    let lease = docker(&[
        "ps",
        "--filter",
        &running,
        "--format",
        "{{.Label \"venom.lease\"}}",
    ]);
    docker(&[
        "create",
        "--name",
        &made,
        "--label",
        &format!("venom.lease={}", lease.trim()),
        IMAGE,
        "true",
    ]);
    // And one of somebody who lives.
    let other = format!("venom-other-{marker}");
    docker(&[
        "create",
        "--name",
        &other,
        "--label",
        "venom.lease=1:1:1",
        IMAGE,
        "true",
    ]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    until(|| survivors(&marker).is_empty()).await;
    until(|| {
        docker(&["ps", "--all", "--quiet", "--filter", &running])
            .trim()
            .is_empty()
    })
    .await;
    assert!(
        !docker(&[
            "ps",
            "--all",
            "--quiet",
            "--filter",
            &format!("name={made}")
        ])
        .trim()
        .is_empty()
    );
    // At the first use of another process's sandbox.
    let next = sandbox(bench.layers(), host());
    next.probe_docker(None, IMAGE).await.unwrap();
    // Another test's sandbox may be at it at the same time, and win.
    until(|| {
        docker(&[
            "ps",
            "--all",
            "--quiet",
            "--filter",
            &format!("name={made}"),
        ])
        .trim()
        .is_empty()
    })
    .await;
    assert!(
        !docker(&[
            "ps",
            "--all",
            "--quiet",
            "--filter",
            &format!("name={other}")
        ])
        .trim()
        .is_empty()
    );
    docker(&["rm", "--force", &other]);
}

/// The engine is killed in the middle of a command: the command goes on, and its edits are kept. Needs
/// an engine of its own, because others use the one that is given.
#[tokio::test]
async fn an_engine_that_dies_takes_no_command_with_it() {
    let Some(_given) = bench().await else { return };
    let Some(mut engine) = OwnEngine::start().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("work")).unwrap();
    let bench = Bench {
        sandbox: sandbox(folder.path().join("layers"), Some(engine.host())),
        folder,
        reached: Arc::default(),
    };
    bench
        .sandbox
        .build_image(None, From::Best, IMAGE)
        .await
        .unwrap();
    let cell = bench.open(bench.place("orphan")).await;
    let go = bench.root().join("go");
    let running = bench.run(&cell, "echo began > one.txt; sleep 3; echo ended > two.txt");
    let (finished, ()) = tokio::join!(running, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        engine.kill();
    });
    assert_eq!(finished.exit, Exit::Code(0));
    let left = bench.close(&cell).await.unwrap();
    assert_eq!(paths(&left), ["+one.txt", "+two.txt"]);
    assert!(!exists(&go));
    // With nobody to ask, the next place is refused in words.
    let failure = bench
        .sandbox
        .open_confined(bench.place("orphan"))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    // The engine comes back, and has nothing of the dead.
    engine.restart().await;
    bench.sandbox.probe_docker(None, IMAGE).await.unwrap();
    until(|| engine.docker(&["ps", "--all", "--quiet"]).trim().is_empty()).await;
    assert_eq!(bench.folders(), Vec::<String>::new());
}

/// An engine for one test.
struct OwnEngine {
    folder: tempfile::TempDir,
    process: std::process::Child,
}

impl OwnEngine {
    async fn start() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skip("only root can start an engine");
            return None;
        }
        let folder = tempfile::Builder::new()
            .prefix("dk-")
            .tempdir_in("/tmp")
            .unwrap();
        let Ok(process) = Self::spawn(folder.path()) else {
            skip("no dockerd on this machine");
            return None;
        };
        let engine = Self { folder, process };
        engine.answers().await;
        Some(engine)
    }

    fn spawn(folder: &Path) -> std::io::Result<std::process::Child> {
        let path = |name: &str| folder.join(name).display().to_string();
        Process::new("dockerd")
            .args(["--data-root", &path("data"), "--exec-root", &path("exec")])
            .args([
                "--pidfile",
                &path("pid"),
                "--host",
                &format!("unix://{}", path("sock")),
            ])
            .args(["--bridge", "none", "--iptables=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("sock").display())
    }

    fn docker(&self, args: &[&str]) -> String {
        let mut all = vec!["--host".to_owned(), self.host()];
        all.extend(args.iter().map(|arg| (*arg).to_owned()));
        docker(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    async fn answers(&self) {
        until(|| {
            !self
                .docker(&["version", "--format", "{{.Server.Version}}"])
                .trim()
                .is_empty()
        })
        .await;
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn restart(&mut self) {
        let _ = fs::remove_file(self.folder.path().join("pid"));
        self.process = Self::spawn(self.folder.path()).unwrap();
        self.answers().await;
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        // Asked to end, it ends its containerd too.
        let pid = rustix::process::Pid::from_child(&self.process);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.process.wait();
        for mount in fs::read_to_string("/proc/self/mounts")
            .unwrap_or_default()
            .lines()
        {
            let at = mount.split(' ').nth(1).unwrap_or_default();
            if Path::new(at).starts_with(self.folder.path()) {
                let _ = Process::new("umount").args(["--lazy", at]).status();
            }
        }
    }
}
