//! The Docker engine, as far as the sandbox is concerned: what it offers, and the image of containers.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use venom_exec::docker::build::From;
use venom_exec::docker::{Facts, IMAGE};
use venom_ports::Failure;

use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of").multiple(false))]
pub(super) struct BuildArgs {
    /// Of a whole tree: a folder, or a file packed by `tar`
    #[arg(long, value_name = "TREE", group = "of")]
    from: Option<PathBuf>,
    /// Of the static busybox of this machine
    #[arg(long, group = "of")]
    busybox: bool,
    /// Of the usual programs of this machine, with their libraries
    #[arg(long, group = "of")]
    machine: bool,
    /// Of a small Debian, which `debootstrap` fetches; for root
    #[arg(long, group = "of")]
    debian: bool,
    /// The image's name
    #[arg(long, value_name = "NAME", default_value = IMAGE)]
    tag: String,
}

pub(super) async fn build_image(context: &Context, wired: &Wired, args: &BuildArgs) -> CliResult {
    let from = match &args.from {
        Some(path) => {
            let path = context.folder.join(path);
            let found = path.metadata().map_err(|error| {
                CliError::usage(format!("cannot read {}: {error}", path.display()))
                    .hint("`--from` takes a folder, or a file packed by `tar`")
            })?;
            if found.is_dir() {
                From::Folder(path)
            } else {
                From::Packed(path)
            }
        }
        None if args.busybox => From::Busybox,
        None if args.machine => From::Machine,
        None if args.debian => From::Debian,
        None => From::Best,
    };
    let settings = context.settings()?;
    let host = settings.sandbox.docker.value.host.clone();
    let built = wired
        .sandbox
        .build_image(host.as_deref(), from, &args.tag)
        .await?;
    if context.out.form != Form::Text {
        context.out.document("sandbox-image", json!(built));
        return Ok(Exit::Ok);
    }
    context.out.data(&format!(
        "{}: {} of {}\n{}",
        clean::line(&built.tag),
        size(built.bytes),
        clean::line(&built.of),
        clean::line(&built.id),
    ));
    Ok(Exit::Ok)
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mib => format!("{mib} MiB"),
    }
}

/// What is known of the engine.
pub(super) struct Found {
    image: String,
    engine: Result<(Facts, Option<(String, u64)>), Failure>,
    reaped: Option<usize>,
}

impl Found {
    /// Asks the engine.
    pub(super) async fn look(
        context: &Context,
        wired: &Wired,
        repair: bool,
    ) -> Result<Self, CliError> {
        let settings = context.settings()?;
        let sandbox = &settings.sandbox;
        let image = (sandbox.image.value.clone()).unwrap_or_else(|| IMAGE.to_owned());
        let host = sandbox.docker.value.host.as_deref();
        let reaped = if repair {
            wired.sandbox.reap_containers(host).await.ok()
        } else {
            None
        };
        Ok(Self {
            engine: wired.sandbox.probe_docker(host, &image).await,
            image,
            reaped,
        })
    }

    pub(super) fn document(&self) -> Value {
        match &self.engine {
            Ok((facts, image)) => json!({
                "engine": facts,
                "image": {
                    "name": self.image,
                    "id": image.as_ref().map(|(id, _)| id),
                    "bytes": image.as_ref().map(|(_, bytes)| bytes),
                },
                "reaped": self.reaped,
            }),
            Err(failure) => json!({"why_not": failure.message, "hint": failure.hint}),
        }
    }

    pub(super) fn text(&self) -> String {
        let (facts, image) = match &self.engine {
            Ok(found) => found,
            Err(failure) => {
                return format!("Docker: none: {}", clean::line(&failure.message));
            }
        };
        let runtimes: Vec<&str> = facts.runtimes.iter().map(String::as_str).collect();
        let image = match image {
            Some((id, bytes)) => format!("{} ({})", clean::short(id, 19), size(*bytes)),
            None => "missing; `venom sandbox build-image` makes it".to_owned(),
        };
        format!(
            "Docker: {} at {} (runtimes: {})\nImage {}: {image}{}",
            clean::line(&facts.version),
            facts.socket.display(),
            clean::line(&runtimes.join(", ")),
            clean::line(&self.image),
            match self.reaped {
                Some(0) => "\nContainers of the dead: none".to_owned(),
                Some(number) => format!("\nContainers of the dead: {number} removed"),
                None => String::new(),
            }
        )
    }
}
