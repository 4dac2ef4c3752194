//! What commands can see, use and reach.

use std::os::unix::fs::PermissionsExt as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use venom_ports::task::{Supervisor as _, TaskKind};

use super::*;

#[tokio::test]
async fn what_a_command_changes_is_left_as_edits_and_nothing_is_left_behind() {
    let Some(bench) = bench().await else { return };
    let root = bench.root();
    fs::write(root.join("old.txt"), "old").unwrap();
    fs::write(root.join("edit.txt"), "before").unwrap();
    fs::write(root.join(".env"), "TOKEN=abc").unwrap();
    fs::write(root.join(".gitignore"), "out/\n").unwrap();
    let script = "pwd; cat edit.txt; ls -A; rm old.txt; echo after > edit.txt; echo n > new.txt; \
                  mkdir out; echo built > out/file; echo x > .env";
    let (finished, left) = bench.once("changes", script).await;
    assert_eq!(finished.exit, Exit::Code(0), "{}", finished.stderr.text());
    let said = finished.stdout.text();
    assert!(
        said.starts_with(&format!("{}\nbefore", root.display())),
        "{said}"
    );
    assert!(!said.contains(".env"), "{said}");
    assert_eq!(finished.tier, Tier::Docker);
    let left = left.unwrap();
    assert_eq!(paths(&left), ["~edit.txt", "+new.txt", "-old.txt"]);
    assert_eq!(left.outputs, 2);
    assert!(
        left.dropped.iter().any(|line| line.contains(".env")),
        "{left:?}"
    );
    assert_eq!(
        fs::read_to_string(root.join("out/file")).unwrap(),
        "built\n"
    );
    assert_eq!(fs::read_to_string(root.join("edit.txt")).unwrap(), "before");
    assert_eq!(fs::read_to_string(root.join(".env")).unwrap(), "TOKEN=abc");
    bench.gone("changes").await;
    assert_eq!(bench.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn the_walls_are_those_of_a_cell_and_the_receipt_says_so() {
    let Some(bench) = bench().await else { return };
    let cell = bench.open(bench.place("walls")).await;
    let tried = bench
        .run(
            &cell,
            "id -u; echo x > /outside; echo x > /etc/passwd; echo x > /.venom/venom; \
             mount -t tmpfs none /mnt; chmod u+s /bin/sh; mknod /tmp/d c 1 3; \
             touch /tmp/ok /home/venom/ok && echo writable; \
             cp /bin/busybox /tmp/sh && /tmp/sh -c 'echo ran'; chmod 4755 /tmp/sh || echo no-setuid; \
             grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; cat /proc/1/comm; ls /sys/class/net",
        )
        .await;
    let said = tried.stdout.text();
    let user = if rustix::process::geteuid().is_root() {
        1000
    } else {
        rustix::process::geteuid().as_raw()
    };
    assert!(said.starts_with(&format!("{user}\n")), "{said}");
    for line in [
        "writable",
        "ran",
        "no-setuid",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        "venom-cell",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    assert!(said.ends_with("lo\n"), "{said}");
    let receipt = cell.receipt();
    assert_eq!(receipt.tier, Tier::Docker);
    assert_eq!(receipt.commands, 1);
    for word in [
        "namespaces:mount+pid+net+ipc+uts+cgroup",
        "workspace:copy",
        "seccomp",
        "no-capabilities",
        "no-new-privileges",
        "memory:cgroup",
        "cpu:cgroup",
        "processes:cgroup",
        "network:none",
        "read-only-root",
    ] {
        assert!(
            receipt.enforced.iter().any(|said| said == word),
            "{word} in {receipt:?}"
        );
    }
    let id = docker(&[
        "ps",
        "--quiet",
        "--filter",
        &format!("label=venom.run=walls-{}", std::process::id()),
    ]);
    let seen = docker(&[
        "inspect",
        "--format",
        "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.NetworkMode}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.Privileged}}",
        id.trim(),
    ]);
    assert_eq!(
        seen.trim(),
        "true [ALL] none 134217728 134217728 130 none false"
    );
    bench.close(&cell).await.unwrap();
    bench.gone("walls").await;
}

#[tokio::test]
async fn a_program_is_looked_up_in_the_image() {
    let Some(bench) = bench().await else { return };
    let cell = bench.open(bench.place("programs")).await;
    assert!(cell.find("sh").is_some());
    assert_eq!(cell.find("no-such-program"), None);
    let mut command = bench.shell("");
    command.program = "no-such-program".to_owned();
    let failure = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.message.contains(IMAGE), "{failure}");
    let mut command = bench.shell("");
    command.program = "/no/such/program".to_owned();
    let failure = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    bench.close(&cell).await.unwrap();
}

#[tokio::test]
async fn input_output_and_variables_arrive_as_they_are() {
    let Some(bench) = bench().await else { return };
    let cell = bench.open(bench.place("streams")).await;
    let mut command = bench.shell("cat; echo \"$ODD\" >&2; env | grep -c VENOM; exit 7");
    command.stdin = b"first\nsecond".repeat(100_000);
    command
        .env
        .insert("ODD".to_owned(), "a 'b' $c\u{fc}".to_owned());
    let lines = Arc::new(Mutex::new(0));
    let count = Arc::clone(&lines);
    let finished = cell
        .run(
            command.clone(),
            CancellationToken::new(),
            Some(Arc::new(move |_| *count.lock().unwrap() += 1)),
        )
        .await
        .unwrap();
    assert_eq!(finished.exit, Exit::Code(7));
    assert_eq!(finished.stdout.head.len(), command.stdin.len() + 2);
    assert!(finished.stdout.head.starts_with(b"first\nsecondfirst\n"));
    assert_eq!(finished.stderr.text(), "a 'b' $c\u{fc}\n");
    assert!(*lines.lock().unwrap() > 0);
    // More than is kept.
    let mut command = bench.shell("head -c 3000000 /dev/zero");
    command.keep = Keep { head: 10, tail: 10 };
    let finished = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap();
    assert_eq!(finished.stdout.dropped, 3_000_000 - 20);
    bench.close(&cell).await.unwrap();
}

#[tokio::test]
async fn a_workspace_can_be_read_only_and_hides_what_is_hidden() {
    let Some(bench) = bench().await else { return };
    let root = bench.root();
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(bench.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(root.join("seen.txt"), "seen").unwrap();
    fs::write(root.join(".env"), "TOKEN=abc").unwrap();
    let mut place = bench.place("readonly");
    place.grants.mount = Mount::ReadOnly;
    let cell = bench.open(place).await;
    let finished = bench
        .run(
            &cell,
            "cat seen.txt .env; echo x > seen.txt || echo refused",
        )
        .await;
    assert_eq!(finished.stdout.text(), "seenrefused\n");
    assert_eq!(bench.close(&cell).await.unwrap(), Left::default());
    drop(cell);
    bench.gone("readonly").await;
    assert_eq!(bench.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_reached_but_what_is_on_the_list() {
    let Some(bench) = bench().await else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    Tasks::default().start(
        TaskKind::Service("answers".to_owned()),
        Box::pin(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let _ = stream
                    .write_all(
                        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nanswer",
                    )
                    .await;
            }
        }),
        Box::new(|_| {}),
    );
    let fetch = format!("wget -q -T 5 -O - http://127.0.0.1:{port}/ || echo unreached");
    let (finished, _) = bench.once("offline", &fetch).await;
    assert!(finished.stdout.text().contains("unreached"), "{finished:?}");

    let mut place = bench.place("online");
    place.grants.network = vec![format!("127.0.0.1:{port} private")];
    let cell = bench.open(place).await;
    // Not by itself; through the proxy only, and only there.
    let ask = |port: u16| {
        format!(
            "printf 'GET http://127.0.0.1:{port}/ HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 5 127.0.0.1 3128"
        )
    };
    let direct = bench
        .run(
            &cell,
            &format!("nc -w 2 127.0.0.1 {port} < /dev/null || echo unreached; echo $http_proxy"),
        )
        .await;
    assert_eq!(direct.stdout.text(), "unreached\nhttp://127.0.0.1:3128\n");
    let said = bench.run(&cell, &ask(port)).await.stdout.text();
    assert!(said.contains("answer"), "{said}");
    let said = bench
        .run(&cell, &ask(port.wrapping_sub(1)))
        .await
        .stdout
        .text();
    assert!(said.contains("403"), "{said}");
    assert!(
        cell.receipt()
            .enforced
            .contains(&"network:proxy".to_owned())
    );
    bench.close(&cell).await.unwrap();
    let rulings: Vec<_> = bench
        .reached
        .lock()
        .unwrap()
        .iter()
        .map(|one| one.ruling.clone())
        .collect();
    assert_eq!(
        rulings,
        [
            venom_kernel::policy::Ruling::Allow,
            venom_kernel::policy::Ruling::Deny
        ]
    );
}

#[tokio::test]
async fn protected_paths_stay_and_are_not_moved_away() {
    let Some(bench) = bench().await else { return };
    let root = bench.root();
    fs::create_dir_all(root.join(".git/hooks")).unwrap();
    fs::write(root.join(".git/config"), "[core]\n").unwrap();
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let script = "echo x > .git/hooks/pre-commit || echo one; echo x >> .git/config || echo two; \
                  mv .git away || echo three; cat .git/config; echo fine > .git/index";
    let (finished, left) = bench.once("protected", script).await;
    assert_eq!(
        finished.stdout.text(),
        "one\ntwo\nthree\n[core]\n",
        "{}",
        finished.stderr.text()
    );
    assert_eq!(left.unwrap().outputs, 1);
    assert_eq!(
        fs::read_to_string(root.join(".git/index")).unwrap(),
        "fine\n"
    );
}

#[tokio::test]
async fn the_next_place_of_a_kind_finds_a_container_ready() {
    let Some(bench) = bench().await else { return };
    fs::create_dir_all(bench.root().join(".git/hooks")).unwrap();
    fs::write(bench.root().join(".git/config"), "[core]\n").unwrap();
    for turn in 0..4 {
        let text = format!("turn {turn}");
        fs::write(bench.root().join("turn.txt"), &text).unwrap();
        if turn >= 2 {
            // The spare one was asked for by the second.
            let label = format!("label=venom.run=pool-{}-spare", std::process::id());
            until(|| {
                !docker(&["ps", "--quiet", "--filter", &label])
                    .trim()
                    .is_empty()
            })
            .await;
        }
        let (finished, left) = bench
            .once("pool", "cat turn.txt .git/config; echo x > new.txt")
            .await;
        assert_eq!(finished.stdout.text(), format!("{text}[core]\n"));
        assert_eq!(paths(&left.unwrap()), ["+new.txt"]);
    }
}

#[tokio::test]
async fn a_runtime_that_the_engine_has_is_the_one_that_starts_the_container() {
    let Some(bench) = bench().await else { return };
    let (facts, _) = bench
        .sandbox
        .probe_docker(host().as_deref(), IMAGE)
        .await
        .unwrap();
    let usual = facts.usual_runtime.clone();
    // One that somebody has added, where there is one.
    let other = (facts.runtimes.iter()).find(|name| **name == "second");
    for name in [Some(&usual), other].into_iter().flatten() {
        let mut place = bench.place("runtime");
        place.confinement.docker.runtime = Some(name.clone());
        let cell = bench.open(place).await;
        let finished = bench.run(&cell, "echo here").await;
        assert_eq!(finished.stdout.text(), "here\n");
        let word = format!("runtime:{name}");
        assert!(cell.receipt().enforced.contains(&word), "{word}");
        let label = format!("label=venom.run=runtime-{}", std::process::id());
        let id = docker(&["ps", "--quiet", "--filter", &label]);
        let seen = docker(&["inspect", "--format", "{{.HostConfig.Runtime}}", id.trim()]);
        assert_eq!(seen.trim(), name);
        bench.close(&cell).await.unwrap();
        drop(cell);
        bench.gone("runtime").await;
    }
}
