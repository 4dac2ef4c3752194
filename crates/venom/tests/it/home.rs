//! A home of its own for each test, and small projects to work in.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use venom_outage::call::Deed;
use venom_outage::watch::{self, Ruling};

/// How long a command may take at most. Chosen: a busy machine is ten times slower than a free one.
const PATIENCE: Duration = Duration::from_mins(2);

/// A user's home, VENOM's files and a project. When the test is over, every run that came to its end
/// in it is decided again from its log.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    path: String,
    /// Variables beside the usual ones.
    variables: Vec<(&'static str, String)>,
    /// Why its runs cannot be decided again, where a test makes that so.
    ends: std::cell::Cell<Option<&'static str>>,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["user", "work"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let path = std::env::vars_os()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| value.to_string_lossy().into_owned())
            .unwrap_or_default();
        let ends = std::cell::Cell::new(None);
        Self {
            folder,
            path,
            variables: Vec::new(),
            ends,
        }
    }

    /// Lets rustup find its toolchains, which lie in the home of whoever runs the tests.
    pub(crate) fn with_rust(mut self) -> Self {
        let variable = |wanted: &str| {
            let mut all = std::env::vars_os();
            let found = all.find(|(name, _)| name == wanted)?;
            Some(found.1.to_string_lossy().into_owned())
        };
        let home = variable("HOME").unwrap_or_default();
        for (name, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
            let value = variable(name).unwrap_or_else(|| format!("{home}/{folder}"));
            self.variables.push((name, value));
        }
        self
    }

    /// Sets a variable for all commands.
    pub(crate) fn with_variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Says why the runs of this home cannot be decided again.
    pub(crate) fn cannot_replay(&self, because: &'static str) {
        self.ends.set(Some(because));
    }

    /// Decides every finished run again, without its programs and with the network off.
    fn replay_all(&self) {
        if !self.venom_home().join("data/log.db").exists() {
            return;
        }
        let listed = self.without_a_world(&["runs", "--limit", "1000", "--json"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        let document = listed.document();
        let runs = document["data"]["runs"].as_array().expect("runs");
        for run in runs.iter().filter(|run| run["status"] == "finished") {
            let run = run["run"].as_str().expect("an id");
            for mode in ["exec", "fold"] {
                let done = self.without_a_world(&["replay", run, "--mode", mode]);
                assert_eq!(
                    done.code,
                    Some(0),
                    "the test went well, but its run is not decided again as it was: {done:?}"
                );
            }
        }
    }

    /// Runs a command that finds no program of the machine and whose calls to the network fail.
    fn without_a_world(&self, args: &[&str]) -> Done {
        let mut command = self.command(args);
        command.env("PATH", "/nowhere");
        if !watch::is_possible() {
            return finish(command.spawn().expect("venom starts"));
        }
        let connected = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&connected);
        let watched = watch::watch(command, move |call| match call.deed {
            Deed::Connect => {
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ruling::Fail(watch::UNREACHABLE)
            }
            _ => Ruling::GoOn,
        });
        let (child, calls) = watched.expect("venom starts").split();
        let done = finish(child);
        calls.finish().expect("nobody else answers its calls");
        let connected = connected.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(connected, 0, "a replay reached for the network: {done:?}");
        done
    }

    /// Returns the project folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Returns VENOM's folder.
    pub(crate) fn venom_home(&self) -> PathBuf {
        self.folder.path().join("venom")
    }

    /// Returns the user's home folder.
    pub(crate) fn user(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// Takes all programs away.
    pub(crate) fn without_programs(mut self) -> Self {
        self.path.replace_range(.., "/nowhere");
        self
    }

    /// Writes a file of the project.
    pub(crate) fn file(&self, path: &str, text: &str) {
        write(&self.work().join(path), text);
    }

    /// Writes a playbook of the user.
    pub(crate) fn playbook(&self, name: &str, text: &str) {
        write(&self.venom_home().join("playbooks").join(name), text);
    }

    /// Prepares a command that runs in the project.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_venom"));
        command
            .args(args)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.user())
            .env("VENOM_HOME", self.venom_home())
            .env("USER", "tester")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn venom(&self, args: &[&str]) -> Done {
        finish(self.command(args).spawn().expect("venom starts"))
    }

    /// Runs a command and reads the document that it prints.
    pub(crate) fn json(&self, args: &[&str]) -> (Option<i32>, Value) {
        let done = self.venom(args);
        (done.code, done.document())
    }

    /// Starts a command and reads its lines as they come.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let mut child = self.command(args).spawn().expect("venom starts");
        let stdout = child.stdout.take().expect("a pipe");
        Running {
            child,
            lines: BufReader::new(stdout),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A test that has failed says more by itself.
        if !std::thread::panicking() && self.ends.get().is_none() {
            self.replay_all();
        }
    }
}

/// A command under way.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    /// Reads the next line; `None` at the end.
    pub(crate) fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        (!line.is_empty()).then(|| serde_json::from_str(&line).expect("JSON"))
    }

    /// Reads events until one of this type.
    pub(crate) fn until(&mut self, event: &str) -> Value {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("no {event}"));
            if line["event"]["type"] == event {
                return line;
            }
        }
    }

    /// Reads to the end.
    pub(crate) fn finish(mut self) -> Done {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).expect("text");
        let mut done = finish(self.child);
        done.stdout = rest;
        done
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("a signal");
    }

    /// Kills the process and waits for it.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited");
    }
}

impl Done {
    /// Reads the one document on standard output.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no single document: {error}: {self:?}"))
    }

    /// Reads the last line on standard output.
    pub(crate) fn last_line(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("no line: {error}: {self:?}"))
    }
}

/// Waits for the end; a command that hangs is killed and fails the test.
pub(crate) fn finish(mut child: Child) -> Done {
    let pid = rustix::process::Pid::from_child(&child);
    let (over, is_over) = std::sync::mpsc::channel::<()>();
    let began = Instant::now();
    let watch = std::thread::spawn(move || {
        if is_over.recv_timeout(PATIENCE).is_err() {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    });
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout).expect("text");
    }
    let output: Output = child.wait_with_output().expect("an end");
    over.send(()).ok();
    watch.join().expect("a watch");
    assert!(began.elapsed() < PATIENCE, "it hung: {stdout}");
    Done {
        code: output.status.code(),
        stdout,
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// Runs a program of the machine in a folder; tells whether it went well.
pub(crate) fn program(folder: &Path, name: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(name)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Tells whether a program is there; says so in the form that the automation counts if not.
pub(crate) fn has(name: &str) -> bool {
    let is_there = program(Path::new("/"), name, &["--version"]).is_some();
    if !is_there {
        println!("SKIPPED: {name} is not installed");
    }
    is_there
}

/// The example project of the repository.
pub(crate) fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/shop")
        .canonicalize()
        .expect("the example")
}

/// A playbook of one step that runs the tests, and one that waits for approval.
pub(crate) const ASKING: &str = "venom: 1
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
";

/// A project in Python whose one test takes so many tenths of a second.
pub(crate) fn slow_project(home: &Home, tenths: u32) {
    home.file("app.py", "def answer():\n    return 42\n");
    home.file("tests/__init__.py", "");
    home.file(
        "tests/test_app.py",
        &format!(
            "import time\nimport unittest\n\nimport app\n\n\nclass Answer(unittest.TestCase):\n    def test_answer(self):\n        time.sleep({tenths} / 10)\n        self.assertEqual(app.answer(), 42)\n"
        ),
    );
}
