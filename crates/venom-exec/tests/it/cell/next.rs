//! One cell after the other: what was made ahead is used, and nothing comes over.

use super::*;

/// Processes that the zygote has made and not buried.
fn cells_of(zygote: &Zygote) -> Vec<i32> {
    let pid = zygote.pid();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// Waits until the zygote has as many cells, those made ahead among them.
async fn has_cells(zygote: &Zygote, count: usize) -> Vec<i32> {
    let since = Instant::now();
    loop {
        let cells = cells_of(zygote);
        if cells.len() == count {
            return cells;
        }
        assert!(since.elapsed() < SOON, "{cells:?} are not {count}");
        tokio::task::yield_now().await;
    }
}

#[test]
fn nothing_comes_over_from_one_cell_to_the_next() {
    for tier in [Tier::Full, Tier::Restricted] {
        with_zygote(tier, async |zygote| {
            let (_kept, workspace) = folder();
            let spec = || CellSpec {
                tier,
                workspace: Some(Workspace {
                    host: workspace.clone(),
                    mode: Mode::ReadOnly,
                }),
                unix_sockets: tier == Tier::Full,
                ..CellSpec::default()
            };
            let marker = marker();
            let first = zygote.open(spec()).await.unwrap();
            // The next one is made ahead while this one does all it can.
            has_cells(&zygote, 2).await;
            let leave = format!(
                "echo left > $TMPDIR/left; echo 'echo edited' > $HOME/.profile; mkdir $HOME/.config
                 export LEFT=left; ulimit -n 64; umask 077
                 echo left > /dev/shm/left || true
                 setsid sleep {marker} >/dev/null 2>&1 &
                 echo $$"
            );
            output(&first, &leave).await;
            let mut server = None;
            if tier == Tier::Full && Path::new("/usr/bin/perl").exists() {
                // Ports and abstract names belong to the network namespace.
                let script = r#"use Socket; socket(A, AF_UNIX, SOCK_STREAM, 0) or die;
                    bind(A, pack_sockaddr_un("\0left")) or die; listen(A, 1);
                    socket(B, AF_INET, SOCK_STREAM, 0) or die;
                    bind(B, pack_sockaddr_in(8123, INADDR_LOOPBACK)) or die; listen(B, 1);
                    $| = 1; print "up\n"; sleep 600;"#;
                let command = CellCommand::new("perl").args(["-e", script]);
                let mut running = first.spawn(&command, Streams::default()).await.unwrap();
                let said = running.stdout.take().unwrap();
                let line = tokio::task::spawn_blocking(move || {
                    let mut line = String::new();
                    BufReader::new(fs::File::from(said))
                        .read_line(&mut line)
                        .unwrap();
                    line
                });
                assert_eq!(line.await.unwrap(), "up\n");
                server = Some(running);
            }
            for next in 0..2 {
                let second = zygote.open(spec()).await.unwrap();
                let look = "ls -A $TMPDIR $HOME; ls /dev/shm/left 2>/dev/null; echo ${LEFT-none}; ulimit -n; umask; cat $HOME/.profile 2>/dev/null; true";
                let seen = output(&second, look).await;
                assert!(!seen.contains("left") && !seen.contains("edited"), "{seen}");
                assert!(!seen.contains(".config"), "{seen}");
                assert!(seen.contains("none\n1024\n0022\n"), "{seen}");
                if tier == Tier::Full {
                    let (head, tail) = marker.split_at(1);
                    refused(
                        &second,
                        &format!("grep -l '[{head}]{tail}' /proc/*/cmdline"),
                    )
                    .await;
                }
                if server.is_some() {
                    let script = r#"use Socket; socket(A, AF_UNIX, SOCK_STREAM, 0) or die;
                        print "abstract\n" if connect(A, pack_sockaddr_un("\0left"));
                        socket(B, AF_INET, SOCK_STREAM, 0) or die;
                        print "port\n" if connect(B, pack_sockaddr_in(8123, INADDR_LOOPBACK));
                        print "queue\n" if defined msgget(77, 0) or defined shmget(77, 1, 0);"#;
                    let command = CellCommand::new("perl").args(["-e", script]);
                    let finished = second.run(&command, b"", 1 << 16).await.unwrap();
                    assert_eq!(text(&finished.stdout), "", "{}", text(&finished.stderr));
                    assert_eq!(finished.outcome, Outcome::Code(0));
                }
                second.close().await.unwrap();
                if next == 0 {
                    server = None;
                }
            }
            first.close().await.unwrap();
            assert_eq!(survivors(&marker), 0);
        });
    }
}

#[test]
fn a_cell_that_died_before_it_was_asked_for_is_not_handed_out() {
    for tier in [Tier::Full, Tier::Restricted] {
        with_zygote(tier, async |zygote| {
            let spec = || CellSpec {
                tier,
                workspace: (tier == Tier::Restricted).then(|| Workspace {
                    host: "/usr/bin".into(),
                    mode: Mode::ReadOnly,
                }),
                ..CellSpec::default()
            };
            let waiting = has_cells(&zygote, 1).await;
            let killed = Command::new("kill")
                .args(["-KILL", &waiting.first().unwrap().to_string()])
                .status();
            assert!(killed.unwrap().success());
            let stat = format!("/proc/{}/stat", waiting.first().unwrap());
            while fs::read_to_string(&stat).is_ok_and(|text| !text.contains(") Z ")) {
                tokio::task::yield_now().await;
            }
            let cell = zygote.open(spec()).await.unwrap();
            assert_eq!(output(&cell, "echo here").await, "here\n");
            cell.close().await.unwrap();
        });
    }
}

#[test]
fn limits_are_those_that_were_asked_for() {
    with_zygote(Tier::Full, async |zygote| {
        for bytes in [8 << 20, 400 << 20] {
            let mut spec = CellSpec::default();
            spec.limits.tmp_bytes = bytes;
            spec.limits.open_files = 100;
            let cell = zygote.open(spec).await.unwrap();
            let said = output(&cell, "df -B1 --output=size /tmp | tail -n 1; ulimit -n").await;
            let said: Vec<&str> = said.split_whitespace().collect();
            assert_eq!(said, [bytes.to_string().as_str(), "100"]);
            let more = format!(
                "dd if=/dev/zero of=/tmp/x bs=1M count={}",
                (bytes >> 20) + 1
            );
            assert_eq!(run(&cell, &more).await.outcome, Outcome::OutOfDisk);
            cell.close().await.unwrap();
        }
    });
}

#[test]
fn a_monitor_that_was_told_to_kill_takes_no_other_command() {
    with_zygote(Tier::Full, async |zygote| {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        for round in 0..20 {
            let mut running = cell
                .spawn(&shell("sleep 600"), Streams::default())
                .await
                .unwrap();
            running.kill();
            // The order may come before the command has begun, while it runs, or when it is over.
            let echoed = format!("echo {round}");
            assert_eq!(output(&cell, &echoed).await, format!("{round}\n"));
            let finish = running.wait().await.unwrap();
            assert_eq!(finish.outcome, Outcome::Cancelled);
            let mut short = cell
                .spawn(&shell("true"), Streams::default())
                .await
                .unwrap();
            short.kill();
            assert_eq!(output(&cell, &echoed).await, format!("{round}\n"));
            let outcome = short.wait().await.unwrap().outcome;
            assert!(matches!(outcome, Outcome::Cancelled | Outcome::Code(0)));
        }
        cell.close().await.unwrap();
    });
}
