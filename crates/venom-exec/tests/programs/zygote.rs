//! A program that is nothing but a zygote, for tests of cells. As `zygote hold FOLDER` it opens a
//! cell, starts daemons in it, says so, and waits to be killed; as `zygote contain MARKER IMAGE FOLDER`
//! it does the same in a container.

use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use venom_exec::cell::{CellCommand, CellSpec, Mode, Streams, Tier, Workspace, Zygote};
use venom_exec::process::Settings;
use venom_exec::sandbox::NativeSandbox;
use venom_kernel::confine::{Confinement, Grants, Runtime};
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Executor as _, Keep};
use venom_ports::sandbox::Place;
use venom_ports::task::{Supervisor, TaskKind, Work};

fn main() -> ExitCode {
    venom_exec::cell::serve_if_zygote();
    venom_exec::cell::serve_if_contained();
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next(), args.next()) {
        (Some("contain"), Some(marker), Some(image)) => {
            let root = PathBuf::from(args.next().unwrap_or_default());
            match contain(&marker, &image, root) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_told_by_silence) => ExitCode::FAILURE,
            }
        }
        (Some("hold"), Some(tier), Some(marker)) => match hold(&tier, &marker) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = std::io::Write::write_all(
                    &mut std::io::stdout(),
                    format!("failed: {error}\n").as_bytes(),
                );
                ExitCode::FAILURE
            }
        },
        _ => ExitCode::from(2),
    }
}

/// Forgets what it starts.
struct Tasks;

impl Supervisor for Tasks {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is the supervisor of this program"
    )]
    fn start(&self, _kind: TaskKind, work: Work, _on_panic: Box<dyn FnOnce(String) + Send>) {
        tokio::spawn(work);
    }

    fn root(&self) -> CancellationToken {
        CancellationToken::new()
    }

    fn running(&self) -> usize {
        0
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is told where the engine is as its own program is"
)]
fn contain(marker: &str, image: &str, root: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let settings = Settings {
            search: Vec::new(),
            variables: [].into(),
        };
        let layers = root.with_file_name("held-layers");
        let sandbox = NativeSandbox::new(settings, Err("none".to_owned()), Arc::new(Tasks), layers)
            .with_docker(
                venom_exec::docker::Surroundings {
                    host: std::env::var("DOCKER_HOST").ok(),
                    ..venom_exec::docker::Surroundings::default()
                },
                None,
            );
        let place = Place {
            root: root.clone(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: false,
            grants: Grants::default(),
            confinement: Confinement {
                runtime: Runtime::Docker,
                image: Some(image.to_owned()),
                ..Confinement::default()
            },
            label: format!("held-{marker}"),
            on_reach: Arc::new(|_| {}),
        };
        let cell = sandbox.open_confined(place).await?.ok_or("no place")?;
        let command = Command {
            program: "sh".to_owned(),
            args: vec![
                "-c".to_owned(),
                format!("setsid sleep {marker} & setsid sleep {marker} & sleep {marker}"),
            ],
            cwd: root,
            env: [].into(),
            stdin: Vec::new(),
            timeout: Millis::from_secs(600),
            keep: Keep::default(),
        };
        std::io::Write::write_all(&mut std::io::stdout(), b"ready\n")?;
        cell.run(command, CancellationToken::new(), None).await?;
        Ok(())
    })
}

fn hold(tier: &str, marker: &str) -> Result<(), Box<dyn std::error::Error>> {
    let zygote = Zygote::start(&std::env::current_exe()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let restricted = tier == "restricted";
        let spec = CellSpec {
            tier: if restricted {
                Tier::Restricted
            } else {
                Tier::Full
            },
            workspace: restricted.then(|| Workspace {
                host: PathBuf::from("/usr/bin"),
                mode: Mode::ReadOnly,
            }),
            ..CellSpec::default()
        };
        let cell = zygote.open(spec).await?;
        let script = format!("setsid sleep {marker} & setsid sleep {marker} & sleep {marker}");
        let command = CellCommand::new("sh").args(["-c", &script]);
        let mut running = cell.spawn(&command, Streams::default()).await?;
        // The first line of a program that says nothing else.
        std::io::Write::write_all(&mut std::io::stdout(), b"ready\n")?;
        running.wait().await?;
        Ok(())
    })
}
