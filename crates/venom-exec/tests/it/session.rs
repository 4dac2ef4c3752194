//! Sessions against the real kernel: terminals, signals, floods, daemons, and how they end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use venom_exec::cell::Zygote;
use venom_exec::process::Settings;
use venom_exec::sandbox::NativeSandbox;
use venom_kernel::confine::{Confinement, Grants, Limits, Mount, Tier};
use venom_kernel::time::Millis;
use venom_ports::blob::BlobStore as _;
use venom_ports::exec::{Command, Exit, Keep};
use venom_ports::sandbox::{Cell, Place, Sandbox as _};
use venom_ports::session::{LONGEST_READ, Session, SessionSpec, Signal, Size, State};
use venom_ports::{Failure, FailureKind};
use venom_testkit::task::Tasks;

use crate::blobs::MemoryBlobs;

/// A generous bound for what takes a fraction of it on a quiet machine.
const SOON: Millis = Millis::from_secs(20);

struct World {
    _folder: tempfile::TempDir,
    root: PathBuf,
    cell: Arc<dyn Cell>,
}

/// Says why something is not tried.
#[expect(clippy::print_stdout, reason = "the only way for a test to say so")]
fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
}

/// Runs a test with an open place as a session gets it; skips it where none can be had.
fn check<F: Future<Output = ()>>(disk_mib: u32, test: impl FnOnce(World) -> F) {
    let zygote = Zygote::start(Path::new(env!("CARGO_BIN_EXE_venom-exec-zygote"))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
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
        let layers = folder.path().join("layers");
        let sandbox = NativeSandbox::new(settings, Ok(zygote), Arc::new(Tasks::default()), layers);
        let place = Place {
            root: root.clone(),
            scratch: None,
            writes: Vec::new(),
            is_trial: true,
            grants: Grants {
                limits: Limits {
                    disk_mib,
                    ..Limits::default()
                },
                mount: Mount::ReadOnly,
                ..Grants::default()
            },
            confinement: Confinement {
                require: Tier::Cell,
                ..Confinement::default()
            },
            label: "test".to_owned(),
            on_reach: Arc::new(|_| {}),
        };
        let cell = match sandbox.open(place).await {
            Ok(cell) => cell,
            Err(failure) => {
                skip(&format!("no cell on this machine: {failure}"));
                return;
            }
        };
        let world = World {
            _folder: folder,
            root,
            cell,
        };
        tokio::time::timeout(Duration::from_mins(2), test(world))
            .await
            .unwrap();
    });
}

impl World {
    fn command(&self, argv: &[&str]) -> Command {
        Command {
            program: argv[0].to_owned(),
            args: argv[1..].iter().map(|arg| (*arg).to_owned()).collect(),
            cwd: self.root.clone(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Millis::from_secs(100),
            keep: Keep {
                head: 0,
                tail: 1 << 16,
            },
        }
    }

    async fn try_begin(
        &self,
        argv: &[&str],
        terminal: Option<Size>,
    ) -> Result<Arc<dyn Session>, Failure> {
        let spec = SessionSpec {
            command: self.command(argv),
            terminal,
            label: "test".to_owned(),
        };
        self.cell.begin(spec).await
    }

    async fn begin(&self, script: &str) -> Arc<dyn Session> {
        self.try_begin(&["sh", "-c", script], None).await.unwrap()
    }

    async fn said(&self, script: &str) -> String {
        let command = self.command(&["sh", "-c", script]);
        let finished = self.cell.run(command, CancellationToken::new(), None).await;
        finished.unwrap().stdout.text()
    }
}

/// Reads on until a text has come; returns what was read and where to read on.
async fn until(session: &dyn Session, from: u64, mark: &str) -> (String, u64) {
    let (mut said, mut next) = (Vec::new(), from);
    loop {
        let chunk = session.read(next, SOON).await.unwrap();
        assert_eq!((chunk.from, chunk.dropped), (next, 0));
        assert!(
            !chunk.bytes.is_empty(),
            "{mark} did not come: {}",
            String::from_utf8_lossy(&said)
        );
        said.extend(&chunk.bytes);
        next = chunk.next;
        let text = String::from_utf8_lossy(&said);
        if text.contains(mark) {
            return (text.into_owned(), next);
        }
    }
}

/// A duration for `sleep` that is a name to look for among all processes.
fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}{next:03}", 8_000_000 + std::process::id())
}

fn survivors(marker: &str) -> usize {
    let is_it = |line: Vec<u8>| line.split(|b| *b == 0).any(|arg| arg == marker.as_bytes());
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(is_it))
        .count()
}

#[test]
fn what_is_written_is_read_and_an_end_is_told() {
    check(64, |world| async move {
        let session = world.begin("echo ready; cat; echo bye >&2; exit 3").await;
        let (_, next) = until(session.as_ref(), 0, "ready\n").await;
        assert_eq!(session.state(), State::Running);
        assert_eq!(session.write(b"one\ntwo\n", SOON).await.unwrap(), 8);
        let (said, next) = until(session.as_ref(), next, "two\n").await;
        assert_eq!(said, "one\ntwo\n");
        let nothing = session.read(next, Millis::ZERO).await.unwrap();
        assert_eq!((nothing.bytes.len(), nothing.next), (0, next));
        session.close_input().await.unwrap();
        assert_eq!(session.ended().await, Exit::Code(3));
        let last = session.read(next, SOON).await.unwrap();
        assert_eq!(last.bytes, b"bye\n");
        assert_eq!(last.state, State::Ended(Exit::Code(3)));
        // The same again: reading takes nothing away.
        assert_eq!(session.read(next, SOON).await.unwrap(), last);
        let beyond = session.read(last.next + 1, SOON).await.unwrap_err();
        assert_eq!(beyond.kind, FailureKind::Refused);
        for failure in [
            session.write(b"x", SOON).await.unwrap_err(),
            session.signal(Signal::Terminate).await.unwrap_err(),
        ] {
            assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        }
        assert_eq!(session.end(SOON).await.unwrap(), Exit::Code(3));
    });
}

#[test]
fn closed_inputs_and_missing_terminals_are_told_apart() {
    check(64, |world| async move {
        let session = world.begin("exec 0<&-; echo closed; sleep 100").await;
        until(session.as_ref(), 0, "closed").await;
        // The shell and whatever it starts have closed their end.
        // The process that watches over it lets go of its own end at about the same time.
        let failure = loop {
            if let Err(failure) = session.write(b"x", SOON).await {
                break failure;
            }
            tokio::task::yield_now().await;
        };
        assert!(failure.message.contains("input"), "{failure}");
        let size = Size {
            rows: 1,
            columns: 1,
        };
        let failure = session.resize(size).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        // One that does not read takes what a pipe holds, and says how much that was.
        let deaf = world.begin("sleep 100").await;
        let much = vec![b'x'; 1 << 20];
        let taken = deaf.write(&much, Millis::new(300)).await.unwrap();
        assert!((4_096..much.len()).contains(&taken), "{taken}");
        let missing = world.try_begin(&["no-such-program"], None).await;
        assert_eq!(missing.err().unwrap().kind, FailureKind::Missing);
    });
}

#[test]
fn a_prompt_in_a_terminal() {
    check(64, |world| async move {
        if world.cell.find("python3").is_none() {
            return skip("no python3 to talk to");
        }
        let size = Size {
            rows: 30,
            columns: 70,
        };
        let argv = ["python3", "-i", "-q", "-c", "print('up')"];
        let session = world.try_begin(&argv, Some(size)).await.unwrap();
        let (_, next) = until(session.as_ref(), 0, ">>> ").await;
        session.write(b"6 * 7000 + 5\n", SOON).await.unwrap();
        let (_, next) = until(session.as_ref(), next, "42005").await;
        let ask = b"import os; os.system('stty size')\n";
        session.write(ask, SOON).await.unwrap();
        let (_, next) = until(session.as_ref(), next, "30 70").await;
        let size = Size {
            rows: 44,
            columns: 99,
        };
        session.resize(size).await.unwrap();
        session.write(ask, SOON).await.unwrap();
        let (_, next) = until(session.as_ref(), next, "44 99").await;
        session.write(b"print(40 + 2)\n", SOON).await.unwrap();
        until(session.as_ref(), next, "\n42").await;
        session.write(b"raise SystemExit(5)\n", SOON).await.unwrap();
        let exit = tokio::time::timeout(SOON.into(), session.ended()).await;
        assert_eq!(exit.unwrap(), Exit::Code(5));
    });
}

#[test]
fn signals_reach_the_group() {
    check(64, |world| async move {
        let mine = marker();
        let script = format!("trap 'echo got; exit 7' INT; echo armed; sleep {mine} & wait");
        let session = world.begin(&script).await;
        until(session.as_ref(), 0, "armed").await;
        session.signal(Signal::Interrupt).await.unwrap();
        assert_eq!(session.ended().await, Exit::Code(7));
        assert_eq!(survivors(&mine), 0);
        // A child that sleeps is ended by it, and its parent tells of it.
        let plain = world
            .begin("echo armed; sh -c 'kill -STOP $$; sleep 100'; echo over $?")
            .await;
        until(plain.as_ref(), 0, "armed").await;
        plain.signal(Signal::Kill).await.unwrap();
        assert_eq!(plain.ended().await, Exit::Signal(9));
    });
}

#[test]
fn an_end_takes_daemons_with_it_within_its_time() {
    check(64, |world| async move {
        let mine = marker();
        let deaf = format!(
            "trap '' TERM INT HUP; for i in 1 2 3 4 5; do \
             setsid sh -c 'trap \"\" TERM HUP; sleep {mine}; sleep {mine}' & done; \
             echo armed; while :; do sleep {mine}; done"
        );
        let session = world.begin(&deaf).await;
        until(session.as_ref(), 0, "armed").await;
        let began = Instant::now();
        let exit = session.end(Millis::new(200)).await.unwrap();
        assert_eq!(exit, Exit::Cancelled);
        assert!(began.elapsed() < Duration::from(SOON));
        assert_eq!(survivors(&mine), 0);
        // One that obeys ends as it likes.
        let session = world
            .begin("trap 'echo tidy; exit 4' TERM; echo armed; while :; do sleep 0.05; done")
            .await;
        until(session.as_ref(), 0, "armed").await;
        assert_eq!(session.end(SOON).await.unwrap(), Exit::Code(4));
        // A daemon does not outlive the command that left it.
        let mine = marker();
        let session = world
            .begin(&format!("(setsid sleep {mine} &); exit 0"))
            .await;
        assert_eq!(session.ended().await, Exit::Code(0));
        assert_eq!(survivors(&mine), 0);
    });
}

#[test]
fn a_dropped_session_and_a_closed_place_leave_nothing() {
    check(64, |world| async move {
        let (dropped, closed) = (marker(), marker());
        let first = world.begin(&format!("echo up; sleep {dropped}")).await;
        let second = world.begin(&format!("echo up; sleep {closed}")).await;
        until(first.as_ref(), 0, "up").await;
        until(second.as_ref(), 0, "up").await;
        drop(first);
        let began = Instant::now();
        while survivors(&dropped) > 0 {
            assert!(began.elapsed() < Duration::from(SOON));
            tokio::task::yield_now().await;
        }
        assert_eq!(second.state(), State::Running);
        let began = Instant::now();
        world.cell.close(&MemoryBlobs::default()).await.unwrap();
        assert_eq!(survivors(&closed), 0);
        assert!(began.elapsed() < Duration::from(SOON));
        assert_eq!(second.ended().await, Exit::Signal(9));
        assert!(world.try_begin(&["true"], None).await.is_err());
    });
}

#[test]
fn a_long_life_has_an_end() {
    check(64, |world| async move {
        let mut command = world.command(&["sleep", "100"]);
        command.timeout = Millis::new(300);
        let spec = SessionSpec {
            command,
            terminal: None,
            label: String::new(),
        };
        let session = world.cell.begin(spec).await.unwrap();
        assert_eq!(session.ended().await, Exit::TimedOut);
    });
}

#[test]
fn others_beside_it_share_its_network_and_see_edits() {
    check(64, |world| async move {
        if world.cell.find("python3").is_none() {
            return skip("no python3 to serve with");
        }
        fs::write(world.root.join("a.txt"), "first").unwrap();
        let argv = [
            "python3",
            "-u",
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            "8000",
        ];
        let server = world.try_begin(&argv, None).await.unwrap();
        until(server.as_ref(), 0, "Serving HTTP").await;
        let get = "python3 -c 'import urllib.request as r; \
                   print(r.urlopen(\"http://127.0.0.1:8000/a.txt\").read().decode())'";
        assert_eq!(world.said(get).await, "first\n");
        // Put in its place as a commit does it.
        fs::write(world.root.join("new"), "second").unwrap();
        fs::rename(world.root.join("new"), world.root.join("a.txt")).unwrap();
        assert_eq!(world.said(get).await, "second\n");
        assert_eq!(
            world.said("touch x 2>/dev/null || echo refused").await,
            "refused\n"
        );
        server.end(Millis::ZERO).await.unwrap();
        assert_eq!(
            world.said(&format!("{get} 2>/dev/null || echo gone")).await,
            "gone\n"
        );
    });
}

#[test]
fn reading_while_it_prints_loses_and_repeats_nothing() {
    check(64, |world| async move {
        let session = world
            .begin("i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done")
            .await;
        // Two readers at once, each with its own place.
        let read = async || {
            let (mut all, mut next) = (Vec::new(), 0);
            loop {
                let chunk = session.read(next, SOON).await.unwrap();
                assert_eq!((chunk.from, chunk.dropped), (next, 0));
                assert!(chunk.bytes.len() <= LONGEST_READ);
                all.extend(chunk.bytes);
                next = chunk.next;
                if chunk.state != State::Running {
                    return String::from_utf8(all).unwrap();
                }
            }
        };
        let (first, second) = tokio::join!(read(), read());
        let expected: String = (0..30_000).fold(String::new(), |mut all, n| {
            writeln!(all, "line {n}").unwrap();
            all
        });
        assert!(first == expected && second == expected);
    });
}

#[test]
fn a_flood_is_bounded_and_its_ends_are_kept() {
    const FLOOD: u64 = 100 << 20;
    check(20, |world| async move {
        let script = format!("echo begin; head -c {FLOOD} /dev/zero | tr '\\0' x; echo; echo end");
        let session = world.begin(&script).await;
        assert_eq!(session.ended().await, Exit::Code(0));
        let blobs = MemoryBlobs::default();
        let stopped = session.keep(&blobs).await.unwrap();
        assert_eq!(stopped.printed, FLOOD + 6 + 1 + 4);
        let mut pieces = Vec::new();
        for id in &stopped.output {
            pieces.push(blobs.get(id).await.unwrap());
        }
        let kept: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        assert_eq!(kept, (20 << 20) + (1 << 16));
        assert_eq!(kept + stopped.dropped, stopped.printed);
        assert!(pieces.iter().all(|piece| piece.len() <= 8 << 20));
        assert!(pieces.first().unwrap().starts_with(b"begin\nxxx"));
        assert!(pieces.last().unwrap().ends_with(b"xxx\nend\n"));
        // Reading over the gap says how much is missing.
        let chunk = session.read(20 << 20, Millis::ZERO).await.unwrap();
        assert_eq!(chunk.dropped, stopped.dropped);
        assert!(chunk.bytes.ends_with(b"end\n"));
    });
}
