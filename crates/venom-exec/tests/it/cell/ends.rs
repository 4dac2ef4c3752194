//! How commands and cells end: limits, deaths and what survives them.

use super::*;

#[test]
fn a_timeout_ends_the_tree_and_spares_the_neighbours() {
    with_zygote(Tier::Full, |zygote| async move {
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let (mine, theirs) = (marker(), marker());
        let mut neighbour = cell
            .spawn(
                &CellCommand::new("sleep").arg(theirs.as_str()),
                Streams::default(),
            )
            .await
            .unwrap();
        let script = format!(
            "trap '' TERM INT HUP; for i in 1 2 3 4 5 6 7 8 9 10; do \
             setsid sh -c 'trap \"\" TERM; sleep {mine}; sleep {mine}' & done; sleep {mine}"
        );
        let command = shell(&script).timeout(Duration::from_millis(400));
        let began = Instant::now();
        let finished = cell.run(&command, b"", 0).await.unwrap();
        assert_eq!(finished.outcome, Outcome::TimedOut);
        assert!(began.elapsed() < SOON);
        assert_eq!(survivors(&mine), 0);
        // On a machine so loaded that the whole cell had to go, there is no neighbour to look at.
        if !cell.is_gone() && output(&cell, "echo x").await == "x\n" {
            assert_eq!(survivors(&theirs), 1);
            neighbour.kill();
            assert_eq!(neighbour.wait().await.unwrap().outcome, Outcome::Cancelled);
        }
        assert_eq!(survivors(&theirs), 0);
        cell.close().await.unwrap();
    });
}

#[test]
fn daemons_do_not_outlive_their_command() {
    for tier in [Tier::Full, Tier::Restricted] {
        with_zygote(tier, |zygote| async move {
            let spec = CellSpec {
                tier,
                ..CellSpec::default()
            };
            let cell = zygote.open(spec).await.unwrap();
            let mine = marker();
            // The daemon gives up its session, its parent and its streams.
            output(
                &cell,
                &format!("(setsid sleep {mine} >/dev/null 2>&1 &) ; exit 0"),
            )
            .await;
            assert_eq!(survivors(&mine), 0);
            // A dropped command is killed as well.
            let running = cell
                .spawn(
                    &CellCommand::new("sleep").arg(mine.as_str()),
                    Streams::default(),
                )
                .await
                .unwrap();
            drop(running);
            cell.close().await.unwrap();
            assert_eq!(survivors(&mine), 0);
        });
    }
}

#[test]
fn a_dropped_cell_is_dead() {
    with_zygote(Tier::Full, |zygote| async move {
        let mine = marker();
        let cell = zygote.open(CellSpec::default()).await.unwrap();
        let mut running = cell
            .spawn(
                &CellCommand::new("sleep").arg(mine.as_str()),
                Streams::default(),
            )
            .await
            .unwrap();
        drop(cell);
        assert!(matches!(running.wait().await, Err(CellError::Ended)));
        // The socket may be closed a moment before the last process is reaped.
        let began = Instant::now();
        while survivors(&mine) > 0 {
            assert!(began.elapsed() < SOON);
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_killed_holder_takes_everything_with_it() {
    for tier in [Tier::Full, Tier::Restricted] {
        with_zygote(tier, |_zygote| async move {
            let mine = marker();
            let mut holder = Command::new(program())
                .args(["hold", &tier.to_string(), &mine])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(holder.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            assert_eq!(line, "ready\n");
            let began = Instant::now();
            while survivors(&mine) < 3 {
                assert!(began.elapsed() < SOON, "the daemons do not start");
                std::thread::yield_now();
            }
            holder.kill().unwrap();
            holder.wait().unwrap();
            let began = Instant::now();
            while survivors(&mine) > 0 {
                assert!(began.elapsed() < SOON, "{} left", survivors(&mine));
                std::thread::yield_now();
            }
        });
    }
}

#[test]
fn a_fork_bomb_is_ended() {
    with_zygote(Tier::Full, |zygote| async move {
        let mine = marker();
        let spec = CellSpec {
            limits: Limits {
                processes: 100,
                ..Limits::default()
            },
            ..CellSpec::default()
        };
        let cell = zygote.open(spec).await.unwrap();
        let script = format!("b() {{ b {mine} | b {mine} & }}; b; sleep {mine}");
        let command = shell(&script).timeout(Duration::from_millis(500));
        let began = Instant::now();
        let finished = cell.run(&command, b"", 1 << 16).await.unwrap();
        // Its first shell may itself be the one that is refused a process.
        assert!(
            matches!(
                finished.outcome,
                Outcome::TimedOut | Outcome::OutOfProcesses | Outcome::Code(2)
            ),
            "{:?}",
            finished.outcome
        );
        assert!(began.elapsed() < SOON);
        cell.close().await.unwrap();
        assert_eq!(survivors(&mine), 0);
    });
}

#[test]
fn limits_have_outcomes_of_their_own() {
    with_zygote(Tier::Full, |zygote| async move {
        if !Path::new("/usr/bin/python3").exists() {
            skip("no python3 to use memory up with");
            return;
        }
        let python = |code: &str| CellCommand::new("/usr/bin/python3").args(["-c", code]);
        let spec = CellSpec {
            limits: Limits {
                memory_bytes: 128 << 20,
                processes: 40,
                tmp_bytes: 16 << 20,
                file_bytes: 64 << 20,
                cpu_percent: 400,
                ..Limits::default()
            },
            ..CellSpec::default()
        };
        let cell = zygote.open(spec).await.unwrap();
        let has_cgroup = cell.receipt().memory_by == venom_exec::cell::Enforcer::Cgroup;
        let eat = "a = [bytearray(1 << 20) for _ in range(1000)]";
        let finished = cell.run(&python(eat), b"", 1 << 16).await.unwrap();
        if has_cgroup {
            assert_eq!(finished.outcome, Outcome::OutOfMemory);
        } else {
            assert!(matches!(
                finished.outcome,
                Outcome::OutOfMemory | Outcome::Code(1)
            ));
        }
        let fork = "import os, time, sys\nfor _ in range(100):\n  if os.fork() == 0: time.sleep(9); sys.exit()";
        let finished = cell.run(&python(fork), b"", 1 << 16).await.unwrap();
        if has_cgroup {
            assert_eq!(finished.outcome, Outcome::OutOfProcesses);
        } else {
            assert_eq!(finished.outcome, Outcome::Code(1));
        }
        let fill = "head -c 32M /dev/zero > /tmp/full";
        assert_eq!(run(&cell, fill).await.outcome, Outcome::OutOfDisk);
        output(&cell, "rm /tmp/full").await;
        cell.close().await.unwrap();

        let (_folder, workspace) = folder();
        let mut spec = overlay(&workspace, "o", Vec::new());
        spec.limits.file_bytes = 1 << 20;
        let cell = zygote.open(spec).await.unwrap();
        let long = "exec head -c 2M /dev/zero > long";
        assert_eq!(run(&cell, long).await.outcome, Outcome::OutOfDisk);
        cell.close().await.unwrap();

        let mut spec = overlay(&workspace, "p", Vec::new());
        spec.limits.overlay_bytes = 8 << 20;
        let cell = zygote.open(spec).await.unwrap();
        let fill =
            "i=0; while [ $i -lt 400 ]; do i=$((i+1)); head -c 1M /dev/zero > f$i; done; sleep 60";
        assert_eq!(run(&cell, fill).await.outcome, Outcome::OutOfDisk);
    });
}
