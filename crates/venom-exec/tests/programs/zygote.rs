//! A program that is nothing but a zygote, for tests of cells. As `zygote hold FOLDER` it opens a
//! cell, starts daemons in it, says so, and waits to be killed.

use std::path::PathBuf;
use std::process::ExitCode;

use venom_exec::cell::{CellCommand, CellSpec, Mode, Streams, Tier, Workspace, Zygote};

fn main() -> ExitCode {
    venom_exec::cell::serve_if_zygote();
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next(), args.next()) {
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
