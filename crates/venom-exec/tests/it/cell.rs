//! Cells against the real kernel. The process that makes them is a program of its own,
//! because a test program cannot be started as one itself.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use venom_exec::cell::{
    Cell, CellCommand, CellError, CellSpec, Finished, Limits, Mode, Outcome, Overlay, Stream,
    Streams, Tier, WindowSize, Workspace, Zygote, hidden, probe,
};

mod ends;
mod next;

/// A generous bound for what takes a fraction of it on a quiet machine.
const SOON: Duration = Duration::from_secs(20);

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_venom-exec-zygote"))
}

/// Says why something is not tried.
#[expect(clippy::print_stdout, reason = "the only way for a test to say so")]
fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
}

/// Runs a test with a zygote; skips it where a cell of the tier cannot be had.
fn with_zygote<F: Future<Output = ()>>(tier: Tier, test: impl FnOnce(Zygote) -> F) {
    let zygote = Zygote::start(&program()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let spec = CellSpec {
            tier,
            ..CellSpec::default()
        };
        match zygote.open(spec).await {
            Ok(cell) => cell.close().await.unwrap(),
            Err(error) => {
                skip(&format!("no {tier} cell on this machine: {error}"));
                return;
            }
        }
        tokio::time::timeout(Duration::from_mins(2), test(zygote))
            .await
            .unwrap();
    });
}

/// A folder for a test. Everybody may pass through it, as through a real project's parents.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let workspace = folder.path().canonicalize().unwrap().join("project");
    fs::create_dir(&workspace).unwrap();
    (folder, workspace)
}

fn direct(workspace: &Path) -> CellSpec {
    CellSpec {
        workspace: Some(Workspace {
            host: workspace.to_path_buf(),
            mode: Mode::Direct,
        }),
        ..CellSpec::default()
    }
}

fn overlay(workspace: &Path, name: &str, lowers: Vec<PathBuf>) -> CellSpec {
    let base = workspace.parent().unwrap().join(name);
    for part in ["upper", "work"] {
        fs::create_dir_all(base.join(part)).unwrap();
    }
    CellSpec {
        workspace: Some(Workspace {
            host: workspace.to_path_buf(),
            mode: Mode::Overlay(Overlay {
                upper: base.join("upper"),
                work: base.join("work"),
                lowers,
            }),
        }),
        ..CellSpec::default()
    }
}

fn shell(script: &str) -> CellCommand {
    CellCommand::new("sh").args(["-c", script])
}

async fn run(cell: &Cell, script: &str) -> Finished {
    cell.run(&shell(script), b"", 1 << 20).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a script that must succeed, and returns what it wrote.
async fn output(cell: &Cell, script: &str) -> String {
    let finished = run(cell, script).await;
    let said = text(&finished.stdout);
    assert_eq!(
        finished.outcome,
        Outcome::Code(0),
        "{script}\n{said}{}",
        text(&finished.stderr)
    );
    said
}

/// Runs a script that must fail.
async fn refused(cell: &Cell, script: &str) {
    let finished = run(cell, script).await;
    assert!(
        matches!(finished.outcome, Outcome::Code(code) if code != 0),
        "{script} ended with {:?}: {}",
        finished.outcome,
        text(&finished.stdout)
    );
}

/// A number that is a duration for `sleep` and a name to look for among all processes.
fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}{next:03}", 7_000_000 + std::process::id())
}

fn survivors(marker: &str) -> usize {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| line.split(|b| *b == 0).any(|arg| arg == marker.as_bytes()))
        })
        .count()
}

#[test]
fn a_full_cell_shows_nothing_of_the_host() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let said = output(&cell, "id -u; echo $$ $HOME $TMPDIR; pwd; hostname").await;
        let mut lines = said.lines();
        assert_eq!(lines.next(), Some("1000"));
        assert!(lines.next().unwrap().ends_with("/home/venom /tmp"));
        assert_eq!(lines.next(), Some("/home/venom"));
        assert_eq!(
            output(
                &cell,
                "ls /root /srv /mnt /run /sys /tmp; cat /etc/resolv.conf"
            )
            .await,
            "/mnt:\n\n/root:\n\n/run:\n\n/srv:\n\n/sys:\n\n/tmp:\n"
        );
        for script in [
            "cat /etc/shadow",
            "touch /x",
            "touch /usr/x",
            "touch /dev/x",
            "mkdir /home/x",
            "ls /.venom",
            "echo 1 > /proc/sys/kernel/core_pattern",
            "test -s /proc/kallsyms",
            "mount -t tmpfs none /tmp",
            "unshare -U true",
            "cat /proc/1/environ",
            "kill -9 1; ps -p 1 >/dev/null && exit 1",
            "cp /bin/true /tmp/t && chmod u+s /tmp/t",
        ] {
            refused(&cell, script).await;
        }
        let status = output(
            &cell,
            "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status",
        )
        .await;
        for line in status.lines() {
            let (name, value) = line.split_once(":\t").unwrap();
            let expected = match name {
                "NoNewPrivs" => "1",
                "Seccomp" => "2",
                _ => "0000000000000000",
            };
            assert_eq!(value, expected, "{name}");
        }
        let receipt = cell.receipt();
        assert_eq!(receipt.tier, Tier::Full);
        assert_eq!(receipt.namespaces.len(), 7);
        assert!(receipt.uid != 0, "never the host's root");
        assert!(receipt.seccomp_instructions > 100);
        cell.close().await.unwrap();
    });
}

#[test]
fn a_workspace_may_lie_where_a_cell_has_a_link() {
    let under = tempfile::tempdir_in("/var/tmp").unwrap();
    let workspace = under.path().join("w");
    fs::create_dir(&workspace).unwrap();
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(direct(&workspace)).await.unwrap();
        let said = output(&cell, "echo here > f; pwd").await;
        assert_eq!(said.trim(), workspace.to_str().unwrap());
        cell.close().await.unwrap();
    });
}

#[test]
fn the_environment_is_only_what_was_given() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let command = CellCommand::new("env").env("GIVEN", "yes").env("LANG", "C");
        let finished = cell.run(&command, b"", 1 << 16).await.unwrap();
        let said = text(&finished.stdout);
        let mut names: Vec<_> = said.lines().filter_map(|l| l.split('=').next()).collect();
        names.sort_unstable();
        assert_eq!(names, ["GIVEN", "HOME", "LANG", "PATH", "PWD", "TMPDIR"]);
    });
}

#[test]
fn a_direct_workspace_changes_and_keeps_its_owner() {
    with_zygote(Tier::Full, |zygote| async move {
        let (_folder, workspace) = folder();
        fs::write(workspace.join("old"), "old").unwrap();
        let cell = zygote.open(direct(&workspace)).await.unwrap();
        let said = output(
            &cell,
            "pwd; cat old; echo new > new; mkdir d; mv old d/moved; chmod 640 new",
        )
        .await;
        assert_eq!(said, format!("{}\nold", workspace.display()));
        cell.close().await.unwrap();
        let new = fs::metadata(workspace.join("new")).unwrap();
        let owner = fs::metadata(&workspace).unwrap();
        assert_eq!((new.uid(), new.gid()), (owner.uid(), owner.gid()));
        assert_eq!(new.mode() & 0o7777, 0o640);
        assert_eq!(
            fs::read_to_string(workspace.join("d/moved")).unwrap(),
            "old"
        );
    });
}

#[test]
fn a_read_only_workspace_does_not_change() {
    with_zygote(Tier::Full, |zygote| async move {
        let (_folder, workspace) = folder();
        fs::write(workspace.join("a"), "x").unwrap();
        let mut spec = direct(&workspace);
        spec.workspace.as_mut().unwrap().mode = Mode::ReadOnly;
        let cell = zygote.open(spec).await.unwrap();
        assert_eq!(output(&cell, "cat a").await, "x");
        for script in ["echo y > a", "touch b", "rm a", "chmod 777 a"] {
            refused(&cell, script).await;
        }
    });
}

#[test]
fn an_overlay_collects_changes_and_the_host_keeps_its_own() {
    with_zygote(Tier::Full, |zygote| async move {
        let (_folder, workspace) = folder();
        fs::create_dir(workspace.join("d")).unwrap();
        fs::write(workspace.join("d/a"), "a").unwrap();
        fs::write(workspace.join("b"), "b").unwrap();
        let first = overlay(&workspace, "first", Vec::new());
        let cell = zygote.open(first).await.unwrap();
        output(&cell, "echo A > d/a; rm b; echo c > c").await;
        assert_eq!(output(&cell, "cat d/a c; ls").await, "A\nc\nc\nd\n");
        cell.close().await.unwrap();
        assert_eq!(fs::read_to_string(workspace.join("d/a")).unwrap(), "a");
        assert!(workspace.join("b").exists());
        assert!(!workspace.join("c").exists());
        let upper = workspace.parent().unwrap().join("first/upper");
        assert_eq!(fs::read_to_string(upper.join("d/a")).unwrap(), "A\n");
        let owner = fs::metadata(&workspace).unwrap().uid();
        assert_eq!(fs::metadata(upper.join("c")).unwrap().uid(), owner);

        // A finished delta is a layer of the next cell.
        let second = overlay(&workspace, "second", vec![upper.clone()]);
        let cell = zygote.open(second).await.unwrap();
        assert_eq!(output(&cell, "cat d/a c; ls; rm c").await, "A\nc\nc\nd\n");
        cell.close().await.unwrap();
        assert!(upper.join("c").exists(), "a finished layer does not change");
    });
}

#[test]
fn protected_names_hold_in_both_modes() {
    with_zygote(Tier::Full, |zygote| async move {
        for is_overlay in [false, true] {
            let (_folder, workspace) = folder();
            fs::create_dir_all(workspace.join(".git/info")).unwrap();
            fs::write(workspace.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
            fs::create_dir(workspace.join(".vscode")).unwrap();
            fs::create_dir(workspace.join(".aws")).unwrap();
            fs::write(workspace.join(".aws/credentials"), "SECRET").unwrap();
            fs::write(workspace.join(".env"), "SECRET").unwrap();
            fs::write(workspace.join(".envrc"), "x").unwrap();
            let mut spec = if is_overlay {
                overlay(&workspace, "changes", Vec::new())
            } else {
                direct(&workspace)
            };
            let patterns: Vec<&str> = venom_exec::cell::HIDDEN.to_vec();
            let found = hidden::find(&workspace, &patterns, hidden::Bounds::default()).unwrap();
            spec.guard.hidden = found.paths;
            let cell = zygote.open(spec).await.unwrap();
            for script in [
                "cat .env",
                "cat .aws/credentials",
                "ls .aws",
                "chmod 644 .env",
                "rm -rf .aws",
                "mv .env x",
                "mv .git x",
                "rmdir .git/hooks",
                "mv .git/hooks x",
                "echo x > .git/hooks/pre-commit",
                "echo x > .git/config",
                "rm -f .git/config",
                "echo x > .git/config.new && mv .git/config.new .git/config",
                "echo x > .vscode/tasks.json",
                "echo x >> .envrc",
                "mv .envrc y",
            ] {
                refused(&cell, script).await;
            }
            output(
                &cell,
                "echo x > .git/index; mkdir -p .git/objects/aa; cat .envrc",
            )
            .await;
            assert_eq!(cell.receipt().guarded.hidden, 2);
            assert_eq!(cell.receipt().guarded.pinned, 1);
            cell.close().await.unwrap();
            assert_eq!(
                fs::read_to_string(workspace.join(".env")).unwrap(),
                "SECRET"
            );
        }
    });
}

#[test]
fn a_protected_link_is_refused_where_nobody_looks_later() {
    with_zygote(Tier::Full, |zygote| async move {
        let (_folder, workspace) = folder();
        symlink("/etc", workspace.join(".vscode")).unwrap();
        let error = zygote.open(direct(&workspace)).await.unwrap_err();
        assert!(
            matches!(&error, CellError::Open { step, errno, .. }
                if step.contains(".vscode") && *errno == rustix::io::Errno::LOOP.raw_os_error()),
            "{error:?}"
        );
        let cell = zygote
            .open(overlay(&workspace, "o", Vec::new()))
            .await
            .unwrap();
        assert!(cell.receipt().unprotected.contains_key(".vscode"));
    });
}

#[test]
fn what_cannot_be_had_names_the_step() {
    with_zygote(Tier::Full, |zygote| async move {
        let mut spec = CellSpec::default();
        spec.read_only.push("/no/such/folder".into());
        let error = zygote.open(spec).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the sandbox failed to open `/no/such/folder`: No such file or directory (os error 2)"
        );
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        for (command, errno) in [
            (CellCommand::new("no-such-program"), libc_errno("NOENT")),
            (CellCommand::new("/etc/passwd"), libc_errno("ACCES")),
            (
                CellCommand::new("true").cwd("/nowhere"),
                libc_errno("NOENT"),
            ),
        ] {
            let error = cell.run(&command, b"", 0).await.unwrap_err();
            assert!(
                matches!(&error, CellError::Start { errno: e, .. } if *e == errno),
                "{error:?}"
            );
        }
        assert_eq!(output(&cell, "echo still here").await, "still here\n");
    });
}

fn libc_errno(name: &str) -> i32 {
    match name {
        "NOENT" => rustix::io::Errno::NOENT.raw_os_error(),
        "ACCES" => rustix::io::Errno::ACCESS.raw_os_error(),
        _ => panic!("unknown"),
    }
}

#[test]
fn input_output_codes_and_signals() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let input = vec![b'x'; 1 << 20];
        let finished = cell
            .run(&CellCommand::new("cat"), &input, 1 << 21)
            .await
            .unwrap();
        assert_eq!(finished.stdout, input);
        let finished = cell
            .run(&CellCommand::new("cat"), &input, 10)
            .await
            .unwrap();
        assert_eq!(
            (finished.stdout.len(), finished.dropped),
            (10, (1 << 20) - 10)
        );
        // One that does not read its input does not block.
        let finished = cell
            .run(&CellCommand::new("true"), &input, 10)
            .await
            .unwrap();
        assert_eq!(finished.outcome, Outcome::Code(0));
        assert_eq!(run(&cell, "exit 7").await.outcome, Outcome::Code(7));
        assert_eq!(
            run(&cell, "kill -TERM $$").await.outcome,
            Outcome::Signal(15)
        );
        let long = "y".repeat(100_000);
        let command = CellCommand::new("echo").args([long.as_str()]);
        let finished = cell.run(&command, b"", 1 << 20).await.unwrap();
        assert_eq!(finished.stdout.len(), long.len() + 1);
    });
}

#[test]
fn many_commands_at_the_same_time() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let began = Instant::now();
        let mut all = Vec::new();
        for n in 0..20 {
            let command = shell(&format!("sleep 1; exit {n}"));
            all.push(cell.spawn(&command, Streams::default()).await.unwrap());
        }
        for (running, n) in all.iter_mut().zip(0..) {
            assert_eq!(running.wait().await.unwrap().outcome, Outcome::Code(n));
        }
        // One after the other they would take as many seconds as there are.
        assert!(began.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn a_terminal_session() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let mut command = shell(
            "tty; stty size; read line; stty size; trap 'exit 5' INT; echo armed; \
             while :; do sleep 0.05; done",
        );
        command.terminal = Some(WindowSize {
            rows: 10,
            columns: 40,
        });
        let mut running = cell.spawn(&command, Streams::default()).await.unwrap();
        let outer = running.terminal.as_ref().unwrap().try_clone().unwrap();
        let mut terminal = fs::File::from(outer);
        assert_eq!(read_until(&mut terminal, "10 40"), "/dev/pts/0\r\n10 40");
        let size = WindowSize {
            rows: 33,
            columns: 99,
        };
        running.resize(size).unwrap();
        terminal.write_all(b"\n").unwrap();
        read_until(&mut terminal, "33 99");
        read_until(&mut terminal, "armed");
        // Control-C is a signal to the foreground.
        terminal.write_all(b"\x03").unwrap();
        assert_eq!(running.wait().await.unwrap().outcome, Outcome::Code(5));
    });
}

fn read_until(terminal: &mut fs::File, wanted: &str) -> String {
    let mut said = String::new();
    while !said.contains(wanted) {
        let mut byte = [0];
        terminal.read_exact(&mut byte).unwrap();
        said.push_str(&text(&byte));
    }
    said
}

#[test]
fn signals_reach_the_command() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let command =
            shell("trap 'echo got; exit 3' USR1; echo ready; while :; do sleep 0.01; done");
        let mut running = cell.spawn(&command, Streams::default()).await.unwrap();
        let mut stdout = BufReader::new(fs::File::from(running.stdout.take().unwrap()));
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        running.signal(rustix::process::Signal::USR1).unwrap();
        assert_eq!(running.wait().await.unwrap().outcome, Outcome::Code(3));
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\ngot\n");
    });
}

#[test]
fn the_proxys_listener_is_inside_and_served_from_outside() {
    with_zygote(Tier::Full, |zygote| async move {
        if !Path::new("/usr/bin/python3").exists() {
            skip("no python3 to connect with");
            return;
        }
        let spec = CellSpec {
            proxy_listener: true,
            ..CellSpec::default()
        };
        let mut cell = zygote.open(spec).await.unwrap();
        assert_eq!(cell.receipt().network, "proxy");
        let listener = std::net::TcpListener::from(cell.take_listener().unwrap());
        let served = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.write_all(b"from outside").unwrap();
        });
        let code =
            "import socket; print(socket.create_connection(('127.0.0.1', 3128)).recv(99).decode())";
        let command = CellCommand::new("/usr/bin/python3").args(["-c", code]);
        let finished = cell.run(&command, b"", 1 << 16).await.unwrap();
        served.join().unwrap();
        assert_eq!(text(&finished.stdout), "from outside\n");
        // There is no other way out.
        let code = "import socket\ntry: socket.create_connection(('1.1.1.1', 80), 5)\nexcept OSError as e: print(e.errno)";
        let command = CellCommand::new("/usr/bin/python3").args(["-c", code]);
        let finished = cell.run(&command, b"", 1 << 16).await.unwrap();
        assert_eq!(text(&finished.stdout), "101\n");
    });
}

#[test]
fn a_restricted_cell_reads_little_and_writes_less() {
    with_zygote(Tier::Restricted, |zygote| async move {
        let (folder, workspace) = folder();
        fs::write(folder.path().join("outside"), "SECRET").unwrap();
        fs::write(workspace.join("a"), "a").unwrap();
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            // Root's own folder cannot be shared without becoming root.
            let mut spec = direct(&workspace);
            spec.tier = Tier::Restricted;
            assert!(zygote.open(spec).await.is_err());
            std::os::unix::fs::chown(&workspace, Some(4321), Some(4321)).unwrap();
        }
        let mut spec = direct(&workspace);
        spec.tier = Tier::Restricted;
        let cell = zygote.open(spec).await.unwrap();
        assert_eq!(
            output(
                &cell,
                "cat a; echo b > b; echo c > $TMPDIR/c; cat $TMPDIR/c"
            )
            .await,
            "ac\n"
        );
        for script in [
            "cat ../outside",
            "cat /etc/shadow",
            "echo x > ../x",
            "echo x > /tmp/x-of-a-cell",
            "kill -0 $PPID",
            "python3 -c 'import socket; socket.socket()'",
        ] {
            refused(&cell, script).await;
        }
        let home = std::path::PathBuf::from(output(&cell, "echo $HOME").await.trim());
        assert!(home.exists());
        assert_eq!(cell.receipt().end_by, "sweep");
        cell.close().await.unwrap();
        assert!(!home.exists());
        assert_eq!(fs::read_to_string(workspace.join("b")).unwrap(), "b\n");
    });
}

#[test]
fn a_probe_tells_what_works() {
    with_zygote(Tier::Full, |zygote| async move {
        let (folder, _) = folder();
        let found = probe::probe(&zygote, folder.path()).await;
        assert_eq!(found.best, Some(Tier::Full), "{found:?}");
        assert!(found.overlay.is_yes(), "{found:?}");
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<probe::Probe>(&json).unwrap(), found);
    });
}

#[test]
fn streams_may_be_files() {
    with_zygote(Tier::Full, |zygote| async move {
        let (folder, _) = folder();
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let path = folder.path().join("log");
        let file = fs::File::create(&path).unwrap();
        let both = file.as_fd().try_clone_to_owned().unwrap();
        let streams = Streams {
            stdin: Stream::Null,
            stdout: Stream::File(file.into()),
            stderr: Stream::File(both),
        };
        let mut running = cell
            .spawn(&shell("echo out; echo err >&2"), streams)
            .await
            .unwrap();
        assert_eq!(running.wait().await.unwrap().outcome, Outcome::Code(0));
        assert_eq!(fs::read_to_string(path).unwrap(), "out\nerr\n");
    });
}
