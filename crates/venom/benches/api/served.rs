//! The server that is measured: the real binary in a home of its own, and what the system says of its process.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// What everybody can do without a model.
const LOOKING: &str = "venom: 1
name: look-around
title: Look around
utterances:
  - look around here
  - look around in this folder
  - have a look around
steps:
  - id: look
    title: Find what is left to do
    skill: files
    action: todos
    params: {}
    effect: pure
";

/// A model that costs nothing and answers at once.
const MODEL: &str = "models:
  - {provider: home, name: smart, context: 32000, max_output: 4000, price: {input: 0, output: 0, cache_read: 0, cache_write: 0}, privacy: local, tools: true, schema: true, quality: {chat: 700}, typical_ms: 1}
";

/// Folders for a server, with a project and playbooks.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// Makes them. Models are asked at `provider`; the long playbook has so many steps behind an approval.
    pub(crate) fn new(provider: SocketAddr, steps: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Self { folder };
        for part in ["user", "work", "venom/playbooks"] {
            std::fs::create_dir_all(home.folder.path().join(part)).unwrap();
        }
        home.write("work/a.txt", "a\n");
        home.write("venom/playbooks/look-around.yaml", LOOKING);
        home.write("venom/playbooks/announce.yaml", &announcing(steps));
        home.write("venom/models.yaml", MODEL);
        home.write(
            "venom/config.yaml",
            &format!(
                "providers:\n  home: {{kind: openai, url: \"http://{provider}/v1\", models: [smart], retries: 0}}\n"
            ),
        );
        home
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.path().join(path), text).unwrap();
    }

    /// Starts a server, and returns when it listens.
    pub(crate) fn serve(&self, more: &[&str]) -> Served {
        let path = std::env::vars_os().find(|(name, _)| name == "PATH");
        let mut command = Command::new(env!("CARGO_BIN_EXE_venom"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .args(["--rate", "10000000"])
            .args(more)
            .env_clear()
            .envs(path)
            .env("HOME", self.folder.path().join("user"))
            .env("VENOM_HOME", self.folder.path().join("venom"))
            .env("USER", "bench")
            .current_dir(self.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| said["data"][name].as_str().unwrap().to_owned();
        let token = std::fs::read_to_string(text("token_file")).unwrap();
        Served {
            child,
            address: text("url").rsplit('/').next().unwrap().parse().unwrap(),
            token: token.trim().to_owned(),
        }
    }
}

/// A playbook that asks before it begins, and then has so many steps that read.
fn announcing(steps: usize) -> String {
    let mut text = "venom: 1
name: announce
title: Announce it
utterances:
  - announce the release
  - announce it now
  - tell everybody about the release
steps:
  - id: tell
    title: Write the announcement
    skill: shell
    action: run
    params: { script: \"echo told >> told.txt\" }
    effect: irreversible
"
    .to_owned();
    let mut before = "tell".to_owned();
    for number in 1..steps {
        let id = format!("look-{number}");
        let _ = write!(
            text,
            "  - id: {id}\n    title: Look again\n    skill: files\n    action: todos\n    params: {{}}\n    effect: pure\n    after: [{before}]\n"
        );
        before = id;
    }
    text
}

/// A server under way; it ends with this.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

/// The memory of a process that is in use, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Resident {
    /// All of it.
    pub(crate) all: u64,
    /// What it made itself.
    pub(crate) own: u64,
    /// What it maps of files: the program itself, mostly.
    pub(crate) files: u64,
}

impl Served {
    pub(crate) fn resident(&self) -> Resident {
        let text = std::fs::read_to_string(self.proc().join("status")).unwrap_or_default();
        let of = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.split_whitespace().next())
                .and_then(|number| number.parse().ok())
                .unwrap_or(0)
        };
        Resident {
            all: of("VmRSS:"),
            own: of("RssAnon:"),
            files: of("RssFile:"),
        }
    }

    /// Returns how long its threads were on a processor.
    pub(crate) fn processor(&self) -> Duration {
        let text = std::fs::read_to_string(self.proc().join("stat")).unwrap_or_default();
        // What stands in brackets may hold spaces; times are the 12th and 13th behind it.
        let rest = text.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        // Linux counts in hundredths of a second (`USER_HZ`, fixed in its interface).
        Duration::from_millis(ticks * 10)
    }

    pub(crate) fn threads(&self) -> usize {
        std::fs::read_dir(self.proc().join("task")).map_or(0, Iterator::count)
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn proc(&self) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}
