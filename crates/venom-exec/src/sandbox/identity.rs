//! What version control in a place sees of the user's own git settings: who they are, what they ignore
//! everywhere, and a few manners. It is a copy of the settings that are named here and of nothing else, in a
//! file that goes away with the place: helpers for credentials, addresses with passwords in them, headers,
//! aliases and programs stay outside.
//!
//! The settings are read by the user's own git, outside of the sandbox, so that includes, conditions and
//! quoting mean what they always do. `git config` runs nothing that a setting names.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Executor as _, Exit, Keep};
use venom_ports::{Failure, FailureKind, Result};

use crate::process::{ProcessExecutor, Settings};

/// Settings that are copied. None of them names a program, a host or a file.
const COPIED: &[&str] = &[
    "user.name",
    "user.email",
    "user.useconfigonly",
    "author.name",
    "author.email",
    "committer.name",
    "committer.email",
    "init.defaultbranch",
    "core.autocrlf",
    "core.eol",
    "core.safecrlf",
    "commit.gpgsign",
    "tag.gpgsign",
    "merge.conflictstyle",
    "diff.algorithm",
    "diff.renames",
    "safe.directory",
];

/// The setting that names a file, of which the content is copied.
const EXCLUDES: &str = "core.excludesfile";

/// The longest file of patterns, and the longest list of settings, that is read. Chosen: far above what
/// people write by hand.
const LONGEST: usize = 1 << 20;

/// The longest value that is copied.
const VALUE: usize = 4 << 10;

/// How long git may take to read its settings. Chosen: a thousand times what it takes.
const TIMEOUT: Millis = Millis::from_secs(5);

/// Tells the files of one process apart.
static FILES: AtomicU64 = AtomicU64::new(0);

/// The copy, as files that are there as long as this is.
#[derive(Debug)]
pub(super) struct Identity {
    settings: PathBuf,
    excludes: Option<PathBuf>,
}

impl Identity {
    /// Copies the user's settings into `folder`; `None` if there are none, or no git to read them.
    pub(super) async fn copy(
        processes: &ProcessExecutor,
        settings: &Settings,
        root: &Path,
        folder: &Path,
    ) -> Result<Option<Self>> {
        if processes.find("git").is_none() {
            return Ok(None);
        }
        let around = Around::of(settings);
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in around.files.iter().filter(|file| file.is_file()) {
            for (name, value) in read(processes, file, root).await? {
                let values = found.entry(name).or_default();
                values.push(value);
            }
        }
        let named = found.remove(EXCLUDES).and_then(|mut values| values.pop());
        let excludes = match named {
            Some(named) => around.place(&named),
            None => around.usual_excludes.clone(),
        };
        let excludes = match excludes {
            Some(path) => content(&path)?,
            None => None,
        };
        if found.is_empty() && excludes.is_none() {
            return Ok(None);
        }
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("cannot write what git sees of your settings: {error}"),
            )
            .with_hint("see that the data folder is writable and the disk is not full")
        };
        Self::write(folder, &found, excludes.as_deref())
            .map(Some)
            .map_err(failed)
    }

    fn write(
        folder: &Path,
        found: &BTreeMap<String, Vec<String>>,
        excludes: Option<&[u8]>,
    ) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let name =
            |ending: &str| folder.join(format!("git-{}-{number}.{ending}", std::process::id()));
        let mut identity = Self {
            settings: name("config"),
            excludes: None,
        };
        let mut text = String::new();
        if let Some(excludes) = excludes {
            let path = name("ignore");
            identity.excludes = Some(path.clone());
            create(&path, excludes)?;
            entry(&mut text, EXCLUDES, &path.to_string_lossy());
        }
        for (name, values) in found {
            for value in values {
                entry(&mut text, name, value);
            }
        }
        create(&identity.settings, text.as_bytes())?;
        Ok(identity)
    }

    /// Returns the file of settings, for the variable `GIT_CONFIG_GLOBAL`.
    pub(super) fn settings(&self) -> &Path {
        &self.settings
    }

    /// Lists what commands have to see.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.settings).chain(&self.excludes)
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        for file in self.files() {
            if let Err(error) = std::fs::remove_file(file) {
                tracing::debug!(%error, "a copy of git's settings was not removed");
            }
        }
    }
}

/// Where git looks for what belongs to the user.
struct Around {
    home: Option<PathBuf>,
    /// In the order in which they are read: what comes later counts.
    files: Vec<PathBuf>,
    usual_excludes: Option<PathBuf>,
}

impl Around {
    fn of(settings: &Settings) -> Self {
        let variable = |name: &str| settings.variables.get(name).filter(|text| !text.is_empty());
        let home = variable("HOME").map(PathBuf::from);
        let own = variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(home.as_ref()?.join(".config")))
            .map(|folder| folder.join("git"));
        let files = if let Some(file) = settings.variables.get("GIT_CONFIG_GLOBAL") {
            vec![PathBuf::from(file)]
        } else {
            let shared = own.as_ref().map(|own| own.join("config"));
            let usual = home.as_ref().map(|home| home.join(".gitconfig"));
            shared.into_iter().chain(usual).collect()
        };
        Self {
            files,
            usual_excludes: own.map(|own| own.join("ignore")),
            home,
        }
    }

    /// Returns the place that a setting names; `None` where it cannot be told.
    fn place(&self, named: &str) -> Option<PathBuf> {
        let path = match (named.strip_prefix("~/"), &self.home) {
            (Some(below), Some(home)) => home.join(below),
            (Some(_), None) => return None,
            (None, _) => PathBuf::from(named),
        };
        path.is_absolute().then_some(path)
    }
}

/// Reads the settings of a file that are copied, in their order.
async fn read(
    processes: &ProcessExecutor,
    file: &Path,
    root: &Path,
) -> Result<Vec<(String, String)>> {
    let args = ["config", "--includes", "--null", "--list", "--file"].map(str::to_owned);
    let command = Command {
        program: "git".to_owned(),
        args: args
            .into_iter()
            .chain([file.to_string_lossy().into_owned()])
            .collect(),
        cwd: root.to_owned(),
        env: BTreeMap::from([
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
            ("LC_ALL".to_owned(), "C".to_owned()),
        ]),
        stdin: Vec::new(),
        timeout: TIMEOUT,
        keep: Keep {
            head: LONGEST,
            tail: 0,
        },
    };
    let ran = processes
        .run(command, CancellationToken::new(), None)
        .await?;
    if ran.exit != Exit::Code(0) || ran.stdout.dropped > 0 {
        let said: String = ran.stderr.text().chars().take(300).collect();
        return Err(Failure::new(
            FailureKind::Refused,
            format!("your settings of git cannot be read: {}", said.trim()),
        )
        .with_hint("`git config --global --list` has to work"));
    }
    let text = ran.stdout.text();
    let records = text.split('\0').filter_map(|record| {
        // A name without a value stands for `true`.
        let (name, value) = record.split_once('\n').unwrap_or((record, "true"));
        let is_copied = COPIED.contains(&name) || name == EXCLUDES;
        (is_copied && value.len() <= VALUE).then(|| (name.to_owned(), value.to_owned()))
    });
    Ok(records.collect())
}

/// Reads a file of patterns; `None` if it is not there or no file.
fn content(path: &Path) -> Result<Option<Vec<u8>>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    let why = match read {
        Ok(_) if bytes.len() <= LONGEST => return Ok(Some(bytes)),
        Ok(_) => "it is longer than 1 MiB".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Failure::new(
        FailureKind::Refused,
        format!("what git ignores for you cannot be read: {why}"),
    )
    .with_hint("`git config --global core.excludesFile` names the file"))
}

/// Writes one setting so that git reads the same value.
fn entry(text: &mut String, name: &str, value: &str) {
    let Some((section, key)) = name.split_once('.') else {
        return;
    };
    let mut quoted = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    text.extend(["[", section, "]\n\t", key, " = \"", &quoted, "\"\n"]);
}

fn create(path: &Path, content: &[u8]) -> std::io::Result<()> {
    // One with the name is of a process that died and had the same number.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(path)?
        .write_all(content)
}

#[cfg(test)]
mod tests;
