//! `cargo xtask gen`: the documents that the binary knows best.
//!
//! The folder `docs/reference` belongs to this command alone. `--check` writes everything beside it and compares, so
//! that a changed flag without its page is a red build.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::cargo::{self, Profile};

const FOLDER: &str = "docs/reference";

/// Files taken from the standard output of a command of the binary.
const PRINTED: &[(&str, &[&str])] = &[
    ("config.schema.json", &["config", "schema"]),
    ("completions/venom.bash", &["completions", "bash"]),
    ("completions/venom.fish", &["completions", "fish"]),
    ("completions/_venom", &["completions", "zsh"]),
];

/// Commands of the binary that write files into a folder: the folder, and the command before its name.
const WRITTEN: &[(&str, &[&str])] = &[("", &["gen-docs"]), ("man", &["man"])];

/// `cargo xtask gen`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    let is_check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        other => bail!("gen takes nothing or --check, got {other:?}"),
    };
    let venom = cargo::build_venom(root, Profile::Dev)?;
    let fresh = Beside::new()?;
    write_all(&venom, &fresh.0)?;
    let kept = root.join(FOLDER);
    if !is_check {
        replace(&fresh.0, &kept)?;
        eprintln!("gen: wrote {FOLDER}");
        return Ok(true);
    }
    let differences = compare(&read_folder(&kept)?, &read_folder(&fresh.0)?);
    for difference in &differences {
        println!("{FOLDER}/{difference}");
    }
    if !differences.is_empty() {
        println!(
            "{} generated files differ; run `cargo xtask gen`",
            differences.len()
        );
    }
    Ok(differences.is_empty())
}

fn write_all(venom: &Path, folder: &Path) -> anyhow::Result<()> {
    for (name, args) in WRITTEN {
        let target = folder.join(name);
        std::fs::create_dir_all(&target)
            .with_context(|| format!("cannot make {}", target.display()))?;
        run(venom, |command| command.args(*args).arg(&target))?;
    }
    for (name, args) in PRINTED {
        let target = folder.join(name);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        let text = run(venom, |command| command.args(*args))?;
        if text.is_empty() {
            bail!("venom {} printed nothing", args.join(" "));
        }
        std::fs::write(&target, text)
            .with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

/// Runs the binary without colour, terminal or the user's own settings, so that every machine writes the same bytes.
fn run(
    venom: &Path,
    arguments: impl FnOnce(&mut Command) -> &mut Command,
) -> anyhow::Result<Vec<u8>> {
    let home = Beside::new()?;
    let mut command = Command::new(venom);
    arguments(&mut command)
        .current_dir(&home.0)
        .env_clear()
        .env("HOME", &home.0)
        .env("VENOM_HOME", home.0.join(".venom"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    Ok(output.stdout)
}

type Files = BTreeMap<String, Vec<u8>>;

/// All files below a folder; a folder that does not exist is empty.
fn read_folder(folder: &Path) -> anyhow::Result<Files> {
    fn collect(folder: &Path, prefix: &str, files: &mut Files) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
        {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                collect(&entry.path(), &format!("{name}/"), files)?;
            } else {
                let bytes = std::fs::read(entry.path())
                    .with_context(|| format!("cannot read {}", entry.path().display()))?;
                files.insert(name, bytes);
            }
        }
        Ok(())
    }
    let mut files = Files::new();
    if folder.is_dir() {
        collect(folder, "", &mut files)?;
    }
    Ok(files)
}

/// One sentence for each file that is missing, superfluous or different.
fn compare(kept: &Files, fresh: &Files) -> Vec<String> {
    let names: BTreeSet<&String> = kept.keys().chain(fresh.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (kept.get(name), fresh.get(name)) {
            (Some(kept), Some(fresh)) if kept == fresh => None,
            (Some(kept), Some(fresh)) => Some(format!(
                "{name}:{}: differs",
                first_different_line(kept, fresh)
            )),
            (None, _) => Some(format!("{name}:1: is missing")),
            (_, None) => Some(format!("{name}:1: is no longer generated")),
        })
        .collect()
}

fn first_different_line(kept: &[u8], fresh: &[u8]) -> usize {
    let line = |byte: &u8| *byte == b'\n';
    1 + kept
        .split(line)
        .zip(fresh.split(line))
        .take_while(|(kept, fresh)| kept == fresh)
        .count()
}

/// Writes the fresh files and removes what is no longer generated; files that are equal keep their time.
fn replace(fresh: &Path, kept: &Path) -> anyhow::Result<()> {
    let (old, new) = (read_folder(kept)?, read_folder(fresh)?);
    for (name, bytes) in new
        .iter()
        .filter(|(name, bytes)| old.get(*name) != Some(*bytes))
    {
        let target = kept.join(name);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&target, bytes)
            .with_context(|| format!("cannot write {}", target.display()))?;
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        let target = kept.join(name);
        std::fs::remove_file(&target)
            .with_context(|| format!("cannot remove {}", target.display()))?;
    }
    Ok(())
}

/// A folder in the temporary directory that goes away with the value.
struct Beside(PathBuf);

impl Beside {
    fn new() -> anyhow::Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("xtask-gen-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // What stays in the temporary directory disturbs nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
