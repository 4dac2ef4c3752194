//! What a cell costs: `cargo xtask bench sandbox`.
//!
//! Times are of `/bin/true`, from a process that holds 1 GiB as VENOM may: opening a cell, running and
//! waiting; a command in a cell that is open; beside them a plain spawn and, where they are there,
//! bubblewrap and a container of Docker's. "One after the other" opens each cell the moment the one
//! before has closed; "after a pause" leaves the time in which a cell is made ahead, as verifying and
//! committing a step does. The last line counts cells opened by two tasks at once. Nothing is judged
//! with `--ci`: a machine that others use too says little about milliseconds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use venom_exec::cell::{
    CellCommand, CellSpec, Mode, Outcome, Overlay, Stream, Streams, Tier, Workspace, Zygote,
    serve_if_zygote,
};
use venom_exec::docker::{self, build::From};
use venom_exec::process::Settings;
use venom_exec::sandbox::NativeSandbox;
use venom_testkit::task::Tasks;

/// Memory that the measured process holds, in bytes: what models and indices may take.
const HELD: usize = 1 << 30;

/// Commands that follow the first one in each cell. Chosen: those of a run that looks around in a project.
/// The first few of them share the processors with the making of the next cell.
const MORE: usize = 20;

/// The pause between two cells. Chosen: several times what a cell takes to make.
const PAUSE: Duration = Duration::from_millis(20);

/// Bytes in a page: each is touched, so that it is really held.
const PAGE: usize = 4_096;

fn main() {
    serve_if_zygote();
    let zygote = Zygote::start(Path::new("/proc/self/exe")).unwrap();
    let is_ci = std::env::args().any(|arg| arg == "--ci");
    let rounds = if is_ci { 30 } else { 200 };
    let mut held = vec![0_u8; HELD];
    for byte in held.iter_mut().step_by(PAGE) {
        *byte = 1;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    println!("{:<34} {:>8} {:>8} {:>8}", "ms", "p10", "p50", "p90");
    show("plain spawn", &spawned(rounds, "/bin/true", &[]));
    let walls = ["--ro-bind", "/", "/", "--unshare-all", "/bin/true"];
    if Command::new("bwrap")
        .args(walls)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
    {
        show("bwrap, all namespaces", &spawned(rounds, "bwrap", &walls));
    } else {
        println!("bwrap is not installed or makes no namespaces here");
    }
    container(&runtime, rounds);
    runtime.block_on(async {
        // What a zygote does once, it does here.
        many(&zygote, 3).await;
        for pause in [Duration::ZERO, PAUSE] {
            measure(&zygote, "cell", &CellSpec::default(), pause, rounds).await;
            measure(
                &zygote,
                "cell, overlay",
                &CellSpec::default(),
                pause,
                rounds,
            )
            .await;
        }
        let restricted = CellSpec {
            tier: Tier::Restricted,
            ..CellSpec::default()
        };
        for pause in [Duration::ZERO, PAUSE] {
            measure(&zygote, "restricted", &restricted, pause, rounds).await;
        }
        let began = Instant::now();
        let one = many(&zygote, rounds);
        let two = many(&zygote, rounds);
        tokio::join!(one, two);
        let rate = 2.0 * rounds as f64 / began.elapsed().as_secs_f64();
        println!("two at once: {rate:.0} cells/s");
    });
    std::hint::black_box(&held);
}

/// Times of a container of the image that `venom sandbox build-image` makes, with as many of a cell's
/// walls as the engine's own program can be told. The image is made if it is missing.
fn container(runtime: &tokio::runtime::Runtime, rounds: usize) {
    const NAME: &str = "docker run --rm, hardened";
    if let Err(failure) = runtime.block_on(image()) {
        println!("{NAME}: {failure}");
        return;
    }
    let hardened = [
        "run",
        "--rm",
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--memory=512m",
        "--pids-limit=256",
        "--user=1000:1000",
        "--entrypoint=true",
        docker::IMAGE,
    ];
    let can_run = Command::new("docker").args(hardened).output();
    match can_run {
        Ok(done) if done.status.success() => {
            show(NAME, &spawned(rounds.min(20), "docker", &hardened));
        }
        Ok(done) => println!("{NAME}: {}", String::from_utf8_lossy(&done.stderr).trim()),
        Err(error) => println!("{NAME}: the engine's own program does not start: {error}"),
    }
}

/// Sees that the image is there.
async fn image() -> venom_ports::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is told where the engine is as its own program is"
    )]
    let host = std::env::var("DOCKER_HOST").ok();
    let folder = tempfile::tempdir().unwrap();
    let sandbox = NativeSandbox::new(
        Settings {
            search: Vec::new(),
            variables: BTreeMap::new(),
        },
        Err("it only makes an image".to_owned()),
        Arc::new(Tasks::default()),
        folder.path().to_owned(),
    );
    let (_, found) = sandbox.probe_docker(host.as_deref(), docker::IMAGE).await?;
    if found.is_none() {
        let host = host.as_deref();
        sandbox.build_image(host, From::Best, docker::IMAGE).await?;
    }
    Ok(())
}

/// Times of plain programs.
fn spawned(rounds: usize, program: &str, args: &[&str]) -> Vec<f64> {
    let one = |_| {
        let began = Instant::now();
        assert!(Command::new(program).args(args).status().unwrap().success());
        millis(began)
    };
    (0..rounds).map(one).collect()
}

async fn measure(zygote: &Zygote, name: &str, spec: &CellSpec, pause: Duration, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let is_overlay = name.contains("overlay");
    let (mut opened, mut warm) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut spec = spec.clone();
        if is_overlay {
            let [host, upper, work] =
                ["host", "upper", "work"].map(|part| folder.path().join(format!("{part}-{round}")));
            for path in [&host, &upper, &work] {
                std::fs::create_dir(path).unwrap();
            }
            spec.workspace = Some(Workspace {
                host,
                mode: Mode::Overlay(Overlay {
                    upper,
                    work,
                    lowers: Vec::new(),
                }),
            });
        }
        tokio::time::sleep(pause).await;
        let began = Instant::now();
        let cell = match zygote.open(spec).await {
            Ok(cell) => cell,
            Err(error) => {
                println!("{name}: not to be had here: {error}");
                return;
            }
        };
        nothing(&cell).await;
        opened.push(millis(began));
        for _ in 0..MORE {
            let began = Instant::now();
            nothing(&cell).await;
            warm.push(millis(began));
        }
        cell.close().await.unwrap();
    }
    if pause.is_zero() {
        show(&format!("{name}: one after the other"), &opened);
        show(&format!("{name}: a command more"), &warm);
    } else {
        show(&format!("{name}: after a pause"), &opened);
    }
}

/// Opens and closes cells, one after the other.
async fn many(zygote: &Zygote, rounds: usize) {
    for _ in 0..rounds {
        let Ok(cell) = zygote.open(CellSpec::default()).await else {
            return;
        };
        nothing(&cell).await;
        cell.close().await.unwrap();
    }
}

async fn nothing(cell: &venom_exec::cell::Cell) {
    let streams = Streams {
        stdin: Stream::Null,
        stdout: Stream::Null,
        stderr: Stream::Null,
    };
    let mut running = cell
        .spawn(&CellCommand::new("/bin/true"), streams)
        .await
        .unwrap();
    assert_eq!(running.wait().await.unwrap().outcome, Outcome::Code(0));
}

fn show(name: &str, times: &[f64]) {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times[times.len() * percent / 100];
    println!("{name:<34} {:>8.2} {:>8.2} {:>8.2}", at(10), at(50), at(90));
}

fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
