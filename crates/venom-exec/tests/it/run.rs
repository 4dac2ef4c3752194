//! Running commands.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustix::process::{Pid, Signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use venom_exec::process::{ProcessExecutor, Settings};
use venom_kernel::confine::Tier;
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Command, Executor as _, Exit, Finished, Keep, OnLine};
use venom_ports::{Failure, FailureKind};

use crate::command::{command, executor, is_gone, pid_of, run, search, shell};

async fn check(script: &str, exit: Exit, stdout: &str, stderr: &str) {
    let finished = run(shell(script)).await.unwrap();
    let whole = |text: &str| Captured {
        head: text.into(),
        ..Captured::default()
    };
    let expected = Finished {
        exit,
        stdout: whole(stdout),
        stderr: whole(stderr),
        took: finished.took,
        tier: Tier::Unconfined,
    };
    assert_eq!(finished, expected, "{script}");
}

async fn refused(command: Command) -> Failure {
    run(command).await.unwrap_err()
}

#[tokio::test]
async fn exit_codes_and_streams() {
    check("exit 0", Exit::Code(0), "", "").await;
    check(
        "echo out; echo err >&2; exit 3",
        Exit::Code(3),
        "out\n",
        "err\n",
    )
    .await;
    check("exit 255", Exit::Code(255), "", "").await;
}

#[tokio::test]
async fn signals() {
    check("kill -KILL $$", Exit::Signal(9), "", "").await;
    check("echo last; kill -SEGV $$", Exit::Signal(11), "last\n", "").await;
}

#[tokio::test]
async fn arguments_arrive_as_they_are() {
    let odd = ["a b", "", "*", "$HOME", "'\"", "-n", "\n", "gr\u{fc}n"];
    let args: Vec<&str> = ["%s|"].into_iter().chain(odd).collect();
    let finished = run(command("printf", &args)).await.unwrap();
    assert_eq!(
        finished.stdout.text(),
        odd.map(|arg| format!("{arg}|")).concat()
    );
}

#[tokio::test]
async fn binary_output_is_kept_byte_by_byte() {
    let finished = run(shell(r"printf '\000\377\376\200x'")).await.unwrap();
    assert_eq!(finished.stdout.head, b"\x00\xff\xfe\x80x");
}

#[tokio::test]
async fn the_folder_is_the_one_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let cwd = folder.path().canonicalize().unwrap();
    let finished = run(Command {
        cwd: cwd.clone(),
        ..command("pwd", &[])
    })
    .await
    .unwrap();
    assert_eq!(finished.stdout.text().trim_end(), cwd.to_str().unwrap());
}

#[tokio::test]
async fn the_environment_is_exactly_what_was_given() {
    let variables = [
        ("LANG", "C.UTF-8"),
        ("HOME", "/nowhere"),
        ("KEPT", "by settings"),
    ];
    let settings = Settings {
        search: vec!["relative".into(), "/usr/bin".into(), "/bin".into()],
        variables: variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let mut env = command("env", &["-0"]);
    env.env
        .insert("HOME".to_owned(), "/tmp/two\nlines".to_owned());
    let executor = ProcessExecutor::new(settings);
    let finished = executor
        .run(env, CancellationToken::new(), None)
        .await
        .unwrap();
    let output = finished.stdout.text();
    let mut found: Vec<&str> = output.split_terminator('\0').collect();
    found.sort_unstable();
    let marker = found.pop().unwrap();
    assert!(marker.starts_with("VENOM_COMMAND="), "{marker}");
    let expected = [
        "HOME=/tmp/two\nlines",
        "KEPT=by settings",
        "LANG=C.UTF-8",
        "PATH=/usr/bin:/bin",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_command_has_its_own_session_and_leaves_no_dumps() {
    let finished = run(shell("cat /proc/$$/stat; echo $$; ulimit -Hc"))
        .await
        .unwrap();
    let output = finished.stdout.text();
    let lines: Vec<&str> = output.lines().collect();
    let fields: Vec<&str> = lines[0]
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!((fields[2], fields[3], lines[2]), (lines[1], lines[1], "0"));
}

#[tokio::test]
async fn standard_input_is_fed_whole() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let cat = Command {
        stdin: bytes.clone(),
        ..command("cat", &[])
    };
    let finished = run(cat).await.unwrap();
    assert_eq!(
        (finished.exit, finished.stdout.head),
        (Exit::Code(0), bytes)
    );
}

#[tokio::test]
async fn standard_input_may_be_left_unread() {
    let bytes = vec![b'x'; 3_000_000];
    let head = Command {
        stdin: bytes.clone(),
        ..command("head", &["-c", "3"])
    };
    let finished = run(head).await.unwrap();
    assert_eq!(
        (finished.exit, finished.stdout.text()),
        (Exit::Code(0), "xxx".to_owned())
    );
    let closes = Command {
        stdin: bytes,
        ..shell("exec <&-; echo closed")
    };
    let finished = run(closes).await.unwrap();
    assert_eq!(
        (finished.exit, finished.stdout.text()),
        (Exit::Code(0), "closed\n".to_owned())
    );
}

#[tokio::test]
async fn without_input_there_is_an_end_at_once() {
    check(
        "cat; readlink /proc/self/fd/0",
        Exit::Code(0),
        "/dev/null\n",
        "",
    )
    .await;
}

/// Returns the most memory that this process has had, in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn huge_output_costs_little_memory() {
    let heard = Arc::new(Mutex::new(0_u32));
    let sink = Arc::clone(&heard);
    let on_line: OnLine = Arc::new(move |_| *sink.lock().unwrap() += 1);
    let keep = Keep {
        head: 1_000,
        tail: 2_000,
    };
    let yes = Command {
        keep,
        ..shell("yes | head -c 200000000; printf end")
    };
    let before = peak_memory();
    let finished = executor()
        .run(yes, CancellationToken::new(), Some(on_line))
        .await
        .unwrap();
    // Other tests may run meanwhile and need some megabytes too.
    assert!(
        peak_memory() - before < 60_000,
        "{} KiB",
        peak_memory() - before
    );
    let expected = Captured {
        head: b"y\n".repeat(500),
        tail: [b"\n".as_slice(), &b"y\n".repeat(998), b"end"].concat(),
        dropped: 200_000_003 - 3_000,
        whole: vec![],
    };
    assert_eq!(
        (finished.exit, finished.stdout.dropped),
        (Exit::Code(0), expected.dropped)
    );
    assert_eq!(
        finished.stdout,
        Captured {
            tail: finished.stdout.tail.clone(),
            ..expected
        }
    );
    assert!(finished.stdout.tail.ends_with(b"y\ny\nend"));
    assert_eq!(finished.stdout.tail.len(), 2_000);
    let lines = *heard.lock().unwrap();
    let seconds = u32::try_from(finished.took.get() / 1_000).unwrap();
    assert!(
        lines > 0 && lines <= (seconds + 2) * 200,
        "{lines} lines in {seconds} s"
    );
}

#[tokio::test]
async fn lines_are_heard_from_both_streams() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let on_line: OnLine = Arc::new(move |line| sink.lock().unwrap().push(line.to_owned()));
    let script = r"printf 'one\ntwo\n\033[31mthree'; printf 'four\n' >&2";
    executor()
        .run(shell(script), CancellationToken::new(), Some(on_line))
        .await
        .unwrap();
    let mut lines = heard.lock().unwrap().clone();
    lines.sort();
    assert_eq!(lines, ["four", "one", "three", "two"]);
}

#[tokio::test]
async fn what_is_left_in_the_background_dies_and_is_not_waited_for() {
    // Found by the group, by the session (`timeout` makes a group of its own), by the marker.
    let folder = tempfile::tempdir().unwrap();
    let script = "
        mkfifo here
        env -i sleep 300 & echo bare $!
        setsid sleep 300 & echo away $!
        env -i timeout 300 sh -c 'echo >here; exec sleep 300' & echo grouped $!
        cat here
        sleep 300 & echo same $!
        exit 4";
    let finished = run(Command {
        cwd: folder.path().to_owned(),
        ..shell(script)
    })
    .await
    .unwrap();
    let output = finished.stdout.text();
    assert_eq!(finished.exit, Exit::Code(4));
    for name in ["bare", "grouped", "away", "same"] {
        assert!(is_gone(pid_of(name, &output)), "{name}");
    }
}

#[tokio::test]
async fn children_that_hide_are_found_by_their_parents() {
    // The parent is deaf, so that it lives until all are looked for.
    let script = "
        trap '' TERM
        env -i setsid sh -c 'echo child $$; sleep 300 & echo grandchild $!; wait' &
        wait";
    let slow = Command {
        timeout: Millis::from_secs(2),
        ..shell(script)
    };
    let finished = run(slow).await.unwrap();
    let output = finished.stdout.text();
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(is_gone(pid_of("child", &output)));
    assert!(is_gone(pid_of("grandchild", &output)));
}

#[tokio::test]
async fn children_that_hide_are_found_though_their_parents_obey() {
    let script = "env -i setsid sh -c 'trap \"\" TERM; echo child $$; sleep 300' & wait";
    let slow = Command {
        timeout: Millis::from_secs(2),
        ..shell(script)
    };
    let finished = run(slow).await.unwrap();
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(is_gone(pid_of("child", &finished.stdout.text())));
}

#[tokio::test]
async fn one_way_out_is_known() {
    // Who leaves the session, loses the parent and wipes the environment is not found: a plain
    // process has nothing else to be known by. When this fails, something better was found, and
    // the headers of `process.rs` and `tree.rs` are to be corrected.
    let folder = tempfile::tempdir().unwrap();
    let script = "
        mkfifo here
        env -i setsid sh -c 'echo free $$ >here; exec sleep 300' &
        cat here";
    let leaves = Command {
        cwd: folder.path().to_owned(),
        ..shell(script)
    };
    let finished = run(leaves).await.unwrap();
    let free = pid_of("free", &finished.stdout.text());
    let was_gone = is_gone(free);
    rustix::process::kill_process(Pid::from_raw(free).unwrap(), Signal::KILL).unwrap();
    assert!(!was_gone);
}

/// A daemon by the book: two forks, a session of its own, deaf to SIGTERM; it keeps the pipes.
const DAEMON: &str = r#"
    (setsid sh -c 'trap "" TERM; echo "daemon $$"; while :; do sleep 100; done' &)
    trap "" TERM
    echo "main $$"
    while :; do sleep 100; done
"#;

#[tokio::test]
async fn a_timeout_kills_daemons_too() {
    let slow = Command {
        timeout: Millis::from_secs(2),
        ..shell(DAEMON)
    };
    let finished = run(slow).await.unwrap();
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(
        (2_000..6_000).contains(&finished.took.get()),
        "{}",
        finished.took
    );
    let output = finished.stdout.text();
    assert!(is_gone(pid_of("daemon", &output)));
    assert!(is_gone(pid_of("main", &output)));
}

#[tokio::test]
async fn a_timeout_leaves_time_to_tidy_up() {
    let script = "trap 'echo tidy; exit 0' TERM; while :; do sleep 100 & wait; done";
    let slow = Command {
        timeout: Millis::new(500),
        ..shell(script)
    };
    let finished = run(slow).await.unwrap();
    assert_eq!(
        (finished.exit, finished.stdout.text()),
        (Exit::TimedOut, "tidy\n".to_owned())
    );
}

/// Gives a listener that passes lines on.
fn listener() -> (OnLine, mpsc::Receiver<String>) {
    // Two lines are what these scripts print.
    let (tx, rx) = mpsc::channel(8);
    (
        Arc::new(move |line| tx.try_send(line.to_owned()).unwrap()),
        rx,
    )
}

#[tokio::test]
async fn cancelling_kills_the_tree() {
    let (on_line, mut lines) = listener();
    let cancel = CancellationToken::new();
    let executor = executor();
    let began = Instant::now();
    let (finished, ()) = tokio::join!(
        executor.run(shell(DAEMON), cancel.clone(), Some(on_line)),
        async {
            lines.recv().await.unwrap();
            lines.recv().await.unwrap();
            cancel.cancel();
        }
    );
    let finished = finished.unwrap();
    assert_eq!(finished.exit, Exit::Cancelled);
    assert!(began.elapsed().as_secs() < 20);
    let output = finished.stdout.text();
    assert!(is_gone(pid_of("daemon", &output)));
    assert!(is_gone(pid_of("main", &output)));
}

#[tokio::test]
async fn what_is_cancelled_before_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let touch = Command {
        cwd: folder.path().to_owned(),
        ..command("touch", &["made"])
    };
    let cancel = CancellationToken::new();
    cancel.cancel();
    let finished = executor().run(touch, cancel, None).await.unwrap();
    assert_eq!(finished.exit, Exit::Cancelled);
    assert!(!folder.path().join("made").exists());
}

#[tokio::test]
async fn dropping_the_future_kills_the_tree() {
    let (on_line, mut lines) = listener();
    let executor = executor();
    let output = {
        let run = executor.run(shell(DAEMON), CancellationToken::new(), Some(on_line));
        tokio::select! {
            finished = run => panic!("{finished:?}"),
            output = async {
                let first = lines.recv().await.unwrap();
                let second = lines.recv().await.unwrap();
                format!("{first}\n{second}\n")
            } => output,
        }
    };
    assert!(is_gone(pid_of("daemon", &output)));
    assert!(is_gone(pid_of("main", &output)));
}

#[tokio::test]
async fn a_listener_that_breaks_down_takes_the_command_with_it() {
    let pid = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&pid);
    let on_line: OnLine = Arc::new(move |line| {
        line.clone_into(&mut sink.lock().unwrap());
        panic!("a listener that breaks down");
    });
    let script = shell("echo main $$; exec sleep 300");
    let failure = executor()
        .run(script, CancellationToken::new(), Some(on_line))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
    let output = pid.lock().unwrap().clone();
    assert!(is_gone(pid_of("main", &output)));
}

#[tokio::test]
async fn many_commands_at_once() {
    let executor = executor();
    let run = |n: usize| {
        let executor = &executor;
        async move {
            let script = shell(&format!("echo {n}; exit {n}"));
            executor
                .run(script, CancellationToken::new(), None)
                .await
                .unwrap()
        }
    };
    let (a, b, c, d) = tokio::join!(run(1), run(2), run(3), run(4));
    let found = [a, b, c, d].map(|finished| (finished.exit, finished.stdout.text()));
    let expected = [1, 2, 3, 4].map(|n| (Exit::Code(n), format!("{n}\n")));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_missing_program_is_missing() {
    let failure = refused(command("venom-no-such-program", &[])).await;
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("/usr/bin"));
    let failure = refused(command("/usr/bin/venom-no-such-program", &[])).await;
    assert_eq!(failure.kind, FailureKind::Missing);
    assert_eq!(executor().find("venom-no-such-program"), None);
}

#[tokio::test]
async fn what_cannot_be_executed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "no program").unwrap();
    let failure = refused(command(text.to_str().unwrap(), &[])).await;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("chmod +x"));

    let script = folder.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let failure = refused(command(script.to_str().unwrap(), &[])).await;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("interpreter"));

    assert_eq!(
        refused(command("/usr", &[])).await.kind,
        FailureKind::Refused
    );
    assert_eq!(
        refused(command("bin/sh", &[])).await.kind,
        FailureKind::Refused
    );
    assert_eq!(refused(command("", &[])).await.kind, FailureKind::Refused);
}

#[tokio::test]
async fn programs_are_found_in_the_order_of_the_search_path() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    for folder in [&first, &second] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
    }
    fs::set_permissions(second.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    let search = [vec![first.clone(), second.clone()], search()].concat();
    let executor = ProcessExecutor::new(Settings {
        search,
        ..Settings::default()
    });
    assert_eq!(executor.find("tool"), Some(second.join("tool")));
    fs::set_permissions(first.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(executor.find("tool"), Some(first.join("tool")));
    assert_eq!(executor.tier(), Tier::Unconfined);
}

#[tokio::test]
async fn a_folder_that_is_none_is_said_to_be_none() {
    let here = |cwd: &str| Command {
        cwd: cwd.into(),
        ..command("true", &[])
    };
    assert_eq!(
        refused(here("/no/such/folder")).await.kind,
        FailureKind::Missing
    );
    assert_eq!(
        refused(here("/etc/passwd")).await.kind,
        FailureKind::Refused
    );
    assert_eq!(refused(here("relative")).await.kind, FailureKind::Refused);
    assert_eq!(refused(here("/a\0b")).await.kind, FailureKind::Refused);
}

#[tokio::test]
async fn null_bytes_and_broken_variables_are_refused() {
    assert_eq!(
        refused(command("echo", &["a\0b"])).await.kind,
        FailureKind::Refused
    );
    assert_eq!(
        refused(command("ec\0ho", &[])).await.kind,
        FailureKind::Refused
    );
    for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0")] {
        let mut broken = command("true", &[]);
        broken.env.insert(name.to_owned(), value.to_owned());
        assert_eq!(
            refused(broken).await.kind,
            FailureKind::Refused,
            "{name:?}={value:?}"
        );
    }
}

#[tokio::test]
async fn too_many_arguments_are_refused() {
    let long = "x".repeat(200_000);
    let failure = refused(command("true", &[&long])).await;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("too long"));
}

#[tokio::test]
async fn no_time_at_all_is_no_time() {
    let finished = run(Command {
        timeout: Millis::ZERO,
        ..shell("sleep 300")
    })
    .await
    .unwrap();
    assert_eq!(finished.exit, Exit::TimedOut);
}
