//! A terminal of tmux with somebody before it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::home::Home;

/// How long something may take to stand on the screen. Chosen: a busy machine is ten times slower than a
/// free one.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(40);
/// What the shell says when it waits for a command.
const PROMPT: &str = "seat$ ";

/// Tells whether there is tmux. Where it has to be, its absence is a failure.
pub(super) fn has_tmux() -> bool {
    let variable = |wanted: &str| {
        let mut all = std::env::vars();
        let found = all.find(|(name, _)| name == wanted);
        found.map(|(_, value)| value).unwrap_or_default()
    };
    let is_there = variable("PATH")
        .split(':')
        .any(|folder| Path::new(folder).join("tmux").is_file());
    assert!(
        is_there
            || !variable("VENOM_TEST_REQUIRE")
                .split(',')
                .any(|name| name == "tmux"),
        "tmux is required and not installed"
    );
    if !is_there {
        println!("SKIPPED: tmux is not installed");
    }
    is_there
}

/// A terminal with somebody before it.
pub(super) struct Seat {
    socket: PathBuf,
    /// Keeps the folder of the socket, whose path must be short.
    _folder: tempfile::TempDir,
}

impl Seat {
    /// Sits down before a shell.
    pub(super) fn shell(home: &Home, size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let seat = Self {
            socket: folder.path().join("s"),
            _folder: folder,
        };
        let mut start = seat.tmux();
        let venom = home.command(&[]);
        for (name, value) in venom.get_envs() {
            if let Some(value) = value {
                start.env(name, value);
            }
        }
        start
            .env("LANG", "C.UTF-8")
            .env("LC_ALL", "C.UTF-8")
            .env("VENOM_TEST_BINARY", env!("CARGO_BIN_EXE_venom"))
            .current_dir(home.work());
        let (width, height) = (size.0.to_string(), size.1.to_string());
        // A shell that is not spoken to forgets what its prompt is to be.
        let shell = format!("exec env PS1='{PROMPT}' bash --norc --noprofile -i");
        start.args(["new-session", "-d", "-x", &width, "-y", &height, &shell]);
        Self::say(&mut start);
        seat.until(PROMPT.trim_end());
        seat
    }

    /// Sits down before venom.
    pub(super) fn open(home: &Home, size: (u16, u16), args: &str) -> Self {
        let seat = Self::shell(home, size);
        seat.venom(args);
        seat
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .env_clear()
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let path = std::env::vars_os().find(|(name, _)| name == "PATH");
        if let Some((_, path)) = path {
            command.env("PATH", path);
        }
        command
    }

    fn say(command: &mut Command) -> String {
        let output = command.output().expect("tmux starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a command of venom and its end, which `status` waits for.
    pub(super) fn venom(&self, args: &str) {
        self.text(&format!("$VENOM_TEST_BINARY {args}; echo \"end:\"$?:"));
        self.keys(&["Enter"]);
    }

    /// Presses keys, as tmux names them. What follows an escape must wait until the escape has done
    /// something: both at once are a key with Alt.
    pub(super) fn keys(&self, keys: &[&str]) {
        for key in keys {
            Self::say(self.tmux().args(["send-keys", key]));
        }
    }

    /// Types text.
    pub(super) fn text(&self, text: &str) {
        Self::say(self.tmux().args(["send-keys", "-l", text]));
    }

    /// Returns what is on the screen.
    pub(super) fn screen(&self) -> String {
        Self::say(self.tmux().args(["capture-pane", "-p"]))
    }

    /// Returns what is on the screen, with its colours.
    pub(super) fn painted(&self) -> String {
        Self::say(self.tmux().args(["capture-pane", "-p", "-e"]))
    }

    /// Returns the title that programs have given to the terminal.
    pub(super) fn title(&self) -> String {
        Self::say(self.tmux().args(["display-message", "-p", "#{pane_title}"]))
            .trim()
            .to_owned()
    }

    fn look(&self, what: &str, is_good: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_good(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}:\n{screen}");
            std::thread::sleep(LOOK);
        }
    }

    /// Looks until a text is there.
    pub(super) fn until(&self, text: &str) -> String {
        self.look(&format!("`{text}` did not come"), |screen| {
            screen.contains(text)
        })
    }

    /// Looks until the shell waits for a command: what is typed before that may be lost.
    pub(super) fn prompted(&self) -> String {
        self.look("the shell did not come back", |screen| {
            let last = screen.lines().rfind(|line| !line.trim().is_empty());
            last.is_some_and(|line| line.trim() == "seat$")
        })
    }

    /// Looks until a text is gone.
    pub(super) fn until_gone(&self, text: &str) -> String {
        self.look(&format!("`{text}` did not go"), |screen| {
            !screen.contains(text)
        })
    }

    /// Looks until a file is there.
    pub(super) fn until_file(&self, file: &Path) {
        self.look(&format!("{} did not come", file.display()), |_| {
            file.exists()
        });
    }

    /// Waits until venom has ended, and returns how.
    pub(super) fn status(&self) -> String {
        let screen = self.look("venom did not end", |screen| {
            screen
                .lines()
                .any(|line| line.starts_with("end:") && line.ends_with(':'))
        });
        let line = screen.lines().rev().find(|line| line.starts_with("end:"));
        line.unwrap_or_default()
            .trim_matches(|c: char| !c.is_ascii_digit())
            .to_owned()
    }

    /// Empties the screen of the shell.
    pub(super) fn clear(&self) {
        self.keys(&["C-l"]);
        self.until_gone("end:");
    }

    /// Changes the size.
    pub(super) fn resize(&self, width: u16, height: u16) {
        let (width, height) = (width.to_string(), height.to_string());
        Self::say(
            self.tmux()
                .args(["resize-window", "-x", &width, "-y", &height]),
        );
    }

    /// Sends a signal to venom, which the shell of the terminal started.
    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let shell = Self::say(self.tmux().args(["display-message", "-p", "#{pane_pid}"]));
        let shell = shell.trim();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let children = children.expect("the shell is there");
        let venom = children.split_whitespace().next().expect("venom is there");
        let venom = rustix::process::Pid::from_raw(venom.parse().expect("a number"));
        rustix::process::kill_process(venom.expect("a process"), signal).expect("it is told");
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ended = self.tmux().arg("kill-server").output();
    }
}
