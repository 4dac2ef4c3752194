//! The terminal as a defect leaves it: as it was.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use venom_tui::Failed;

mod broken;

/// Asks a terminal where its cursor stands.
const CURSOR: &[u8] = b"\x1b[6n";
/// Tells this program that it is the one that is to break down.
const IN_A_TERMINAL: &str = "in-a-terminal-of-its-own";

/// The program that breaks down. It is this one, started again for this alone, so that nothing in what is shipped has to
/// break down at will.
#[test]
fn the_program_that_breaks_down() {
    if !std::env::args().any(|word| word == IN_A_TERMINAL) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let failed = runtime.block_on(broken::show()).unwrap_err();
    assert!(matches!(failed, Failed::Defect(_)), "{failed}");
    eprintln!("{failed}");
}

#[test]
fn a_defect_leaves_the_terminal_as_it_was() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let outer = openpt(flags).unwrap();
    grantpt(&outer).unwrap();
    unlockpt(&outer).unwrap();
    let inner = ioctl_tiocgptpeer(&outer, flags).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&outer, size).unwrap();
    let before = tcgetattr(&inner).unwrap();
    let end = || Stdio::from(inner.try_clone().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "restored::the_program_that_breaks_down",
            IN_A_TERMINAL,
        ])
        .arg("--nocapture")
        .env_clear()
        .env("TERM", "xterm-256color")
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .unwrap();
    let mut outer = File::from(outer);
    let reader = std::thread::spawn(move || {
        let mut seen = Vec::new();
        let mut some = [0; 4_096];
        // The end of a terminal is an error.
        while let Ok(count @ 1..) = outer.read(&mut some) {
            let before = seen.len();
            seen.extend_from_slice(&some[..count]);
            // As terminals do when they are asked where the cursor stands.
            let from = before.saturating_sub(CURSOR.len() - 1);
            if seen[from..]
                .windows(CURSOR.len())
                .any(|word| word == CURSOR)
            {
                outer.write_all(b"\x1b[1;1R").unwrap();
            }
        }
        String::from_utf8_lossy(&seen).into_owned()
    });
    let status = child.wait().unwrap();
    let after = tcgetattr(&inner).unwrap();
    drop(inner);
    let seen = reader.join().unwrap();
    assert!(status.success(), "{seen:?}");
    assert_eq!(after.local_modes, before.local_modes);
    assert_eq!(after.input_modes, before.input_modes);
    assert_eq!(after.output_modes, before.output_modes);
    let place = |text: &str| {
        let found = seen.rfind(text);
        found.unwrap_or_else(|| panic!("{text:?} is not in {seen:?}"))
    };
    // It was on the other screen, with the mouse, and left both before it said what happened.
    let entered = place("\u{1b}[?1049h");
    let left = place("\u{1b}[?1049l");
    let said = place("the terminal UI broke down");
    assert!(entered < left && left < said, "{seen:?}");
    assert!(place("\u{1b}[?1000h") < place("\u{1b}[?1000l"));
    assert!(place("\u{1b}[?2004h") < place("\u{1b}[?2004l"));
    assert!(place("\u{1b}[?25h") < said, "the cursor is seen again");
    assert!(
        seen.get(said..)
            .is_some_and(|rest| rest.contains("a defect that nobody knew of")),
        "{seen:?}"
    );
}
