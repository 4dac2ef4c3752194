//! `venom sandbox run --tty`, seen from the terminal that somebody sits at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::home::Home;
use super::sandbox::has_cell;

/// A terminal with venom in it.
struct Seat {
    /// Where somebody types and looks.
    outer: File,
    inner: OwnedFd,
    venom: Child,
    seen: String,
}

impl Seat {
    /// Sits down; nothing if venom cannot be given a terminal of its own here.
    fn new(home: &Home, command: &[&str]) -> Option<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let outer = openpt(flags).unwrap();
        grantpt(&outer).unwrap();
        unlockpt(&outer).unwrap();
        let inner = ioctl_tiocgptpeer(&outer, flags).unwrap();
        let outer = File::from(outer);
        size(&outer, 21, 61);
        let mut words = vec!["sandbox", "run", "--tty", "--"];
        words.extend(command);
        let venom = home.command(&words);
        let mut seated = std::process::Command::new("setsid");
        seated
            .arg("--ctty")
            .arg(venom.get_program())
            .args(venom.get_args());
        seated.env_clear();
        for (name, value) in venom.get_envs() {
            seated.env(name, value.unwrap());
        }
        seated.current_dir(home.work());
        let end = || Stdio::from(inner.try_clone().unwrap());
        seated.stdin(end()).stdout(end()).stderr(end());
        let Ok(venom) = seated.spawn() else {
            println!("SKIPPED: setsid is not installed");
            return None;
        };
        Some(Self {
            outer,
            inner,
            venom,
            seen: String::new(),
        })
    }

    fn is_raw(&self) -> bool {
        let modes = tcgetattr(&self.inner).unwrap().local_modes;
        !modes.intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Looks until a text has come.
    fn until(&mut self, mark: &str) {
        while !self.seen.contains(mark) {
            let mut byte = [0];
            self.outer.read_exact(&mut byte).unwrap();
            self.seen.push(char::from(byte[0]));
        }
        self.seen.clear();
    }

    fn type_in(&mut self, text: &str) {
        self.outer.write_all(text.as_bytes()).unwrap();
    }
}

fn size(terminal: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

#[test]
fn a_terminal_is_lent_and_given_back() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let script = "stty size; printf '\\033[1mbold\\033[0m\\n'; read line; \
                  trap 'echo stopped; exit 0' INT; echo \"got $line\"; while :; do sleep 0.05; done";
    let Some(mut seat) = Seat::new(&home, &["sh", "-c", script]) else {
        return;
    };
    seat.until("21 61");
    assert!(seat.is_raw());
    // What steers a terminal is let through here.
    seat.until("\u{1b}[1mbold");
    seat.type_in("w\u{f6}rter\r");
    seat.until("got ");
    seat.type_in("\u{3}");
    seat.until("stopped");
    assert_eq!(seat.venom.wait().unwrap().code(), Some(0));
    assert!(!seat.is_raw());
}

#[test]
fn the_size_of_the_terminal_reaches_the_command() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let script = "trap 'stty size; exit 0' WINCH; echo armed; while :; do sleep 0.05; done";
    let Some(mut seat) = Seat::new(&home, &["sh", "-c", script]) else {
        return;
    };
    seat.until("armed");
    size(&seat.outer, 30, 99);
    seat.until("30 99");
    assert_eq!(seat.venom.wait().unwrap().code(), Some(0));
}

#[test]
fn a_terminal_is_given_back_when_venom_is_told_to_end() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let Some(mut seat) = Seat::new(&home, &["sh", "-c", "echo armed; exec sleep 1000"]) else {
        return;
    };
    seat.until("armed");
    assert!(seat.is_raw());
    let pid = rustix::process::Pid::from_child(&seat.venom);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(seat.venom.wait().unwrap().code().is_some());
    assert!(!seat.is_raw());
}

#[test]
fn without_a_terminal_there_is_none_to_lend() {
    let home = Home::new();
    let done = home.venom(&["sandbox", "run", "--tty", "--", "true"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("--tty"), "{done:?}");
}
