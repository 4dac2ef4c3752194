//! The calls to cargo that several commands share.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn repository_root() -> anyhow::Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .context("xtask has no parent folder")
}

/// A `cargo` command that runs at the root and never waits for the keyboard.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).stdin(Stdio::null());
    command
}

/// Runs a command to its end and turns a failure into an error that names it.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Builds the `venom` binary and answers where it lies.
pub(crate) fn build_venom(root: &Path, profile: Profile) -> anyhow::Result<PathBuf> {
    let mut build = command(root);
    build.args(["build", "--quiet", "--package", "venom"]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    succeed(&mut build)?;
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    let binary = target_folder(root)?
        .join(folder)
        .join(format!("venom{}", std::env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        bail!("cargo built venom, but {} is not there", binary.display());
    }
    Ok(binary)
}

/// Answers where cargo builds.
///
/// The path comes from cargo's metadata, because `CARGO_TARGET_DIR` or a user's cargo configuration may move it.
pub(crate) fn target_folder(root: &Path) -> anyhow::Result<PathBuf> {
    let output = command(root)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo metadata")?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .context("cargo metadata did not say where it builds")?;
    Ok(metadata.target_directory)
}

/// The build profiles automation uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// The part of cargo's metadata that is read here.
#[derive(serde::Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}
