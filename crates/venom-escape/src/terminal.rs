//! The terminal: typing into it, taking it over, and writing what it obeys.
//!
//! The driver runs these under a terminal of its own making, and reads both of its ends.

use std::ffi::c_int;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::os::{self, Fork, call};
use crate::probe::{Effect, Group, Outcome, Place, Probe, Scene, Stop, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Terminal, id, tries, run).at(Place::Terminal)
}

const fn sequence_probe(id: &'static str, tries: &'static str) -> Probe {
    probe(id, tries, |scene| {
        os::write(1, &sequence(scene.id))?;
        Ok("written".to_owned())
    })
    .seen_by_host(Effect::Sequence)
}

const PROBES: &[Probe] = &[
    probe("type_ahead", "type into the terminal", |scene| {
        type_ahead(terminal()?, i64::from(TYPE), scene)
    })
    .seen_by_host(Effect::TypedAhead),
    probe(
        "type_ahead_high_bits",
        "type into the terminal by a request with high bits",
        |scene| {
            // A filter that compares 64 bits takes this for another request; the kernel looks at 32.
            type_ahead(terminal()?, i64::from(TYPE) | 1 << 32, scene)
        },
    )
    .seen_by_host(Effect::TypedAhead),
    probe(
        "type_ahead_controlling",
        "type into the controlling terminal",
        |scene| type_ahead(os::open("/dev/tty", libc::O_RDWR)?, i64::from(TYPE), scene),
    )
    .seen_by_host(Effect::TypedAhead),
    probe(
        "type_ahead_by_number",
        "type into the host's terminal by its number",
        |scene| {
            let path = scene.facts.text("terminal")?;
            type_ahead(
                os::open(path, libc::O_RDWR | libc::O_NOCTTY)?,
                i64::from(TYPE),
                scene,
            )
        },
    )
    .seen_by_host(Effect::TypedAhead),
    probe(
        "console_paste",
        "ask a console's selection, by which text can be pasted",
        |_| {
            let mut last = None;
            let consoles = [
                terminal().ok(),
                console("/dev/tty"),
                console("/dev/tty1"),
                console("/dev/tty0"),
            ];
            for fd in consoles.into_iter().flatten() {
                // TIOCLINUX with sub-request 6: which shift keys are down.
                let mut request = [6_u8; 1];
                match call!(libc::SYS_ioctl, fd, libc::TIOCLINUX, &mut request) {
                    Ok(_) => return Ok("a console answered".to_owned()),
                    Err(error) => last = Some(error),
                }
            }
            match last {
                Some(error) => Err(Stop::Refused(error)),
                None => held("no console is there"),
            }
        },
    ),
    probe(
        "line_discipline",
        "change how the host's terminal treats its lines",
        |scene| {
            let fd = terminal()?;
            host_terminal(fd, scene)?;
            // N_TTY, which it has already.
            call!(libc::SYS_ioctl, fd, libc::TIOCSETD, &0_i32.to_ne_bytes())?;
            Ok("set".to_owned())
        },
    ),
    probe(
        "terminal_opened",
        "hold the host's terminal open for reading",
        |scene| {
            let fd = terminal()?;
            host_terminal(fd, scene)?;
            let flags = call!(libc::SYS_fcntl, fd, libc::F_GETFL)?;
            if flags & 3 == i64::from(libc::O_WRONLY) {
                return held("it is open for writing only");
            }
            Ok("what is typed can be read".to_owned())
        },
    ),
    probe(
        "other_terminal",
        "write to another terminal of the host",
        |scene| {
            let path = scene.facts.text("other_terminal")?;
            let fd = os::open(path, libc::O_WRONLY | libc::O_NOCTTY)?;
            os::write(fd, scene.id.as_bytes())?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::OtherTerminal),
    sequence_probe("sequence_title", "set the terminal's title"),
    sequence_probe("sequence_clipboard", "put text into the clipboard"),
    sequence_probe(
        "sequence_answer",
        "make the terminal answer, as if somebody typed",
    ),
    sequence_probe("sequence_link", "show a link that leads elsewhere"),
    sequence_probe(
        "sequence_one_byte",
        "use the control characters of one byte",
    ),
    sequence_probe(
        "sequence_overwrite",
        "write over what the supervisor has shown",
    ),
    probe(
        "terminal_stolen",
        "take the terminal away from its session",
        |scene| {
            let fd = terminal()?;
            host_terminal(fd, scene)?;
            let child = match os::fork()? {
                Fork::Child => {
                    call!(libc::SYS_setsid).ok();
                    let taken = call!(libc::SYS_ioctl, fd, libc::TIOCSCTTY, 1);
                    os::leave(c_int::from(taken.is_err()))
                }
                Fork::Parent(pid) => pid,
            };
            match os::wait(child, std::time::Duration::from_secs(2))? {
                Some(os::Ending::Exited(0)) => Ok("taken".to_owned()),
                _ => held("it was not given"),
            }
        },
    ),
];

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().copied()
}

/// `TIOCSTI`.
const TYPE: u32 = 0x5412;

/// What a probe writes, which a terminal would obey; the id makes it recognisable.
pub(crate) fn sequence(id: &str) -> Vec<u8> {
    match id {
        "sequence_title" => format!("\x1b]0;{id}\x07").into_bytes(),
        "sequence_clipboard" => format!("\x1b]52;c;{id}\x07").into_bytes(),
        "sequence_answer" => format!("\x1bP+q{id}\x1b\\").into_bytes(),
        "sequence_link" => format!("\x1b]8;;http://{id}/\x1b\\").into_bytes(),
        "sequence_one_byte" => [b"\x9d0;", id.as_bytes(), b"\x9c"].concat(),
        _ => format!("\x1b[1A\x1b[2K{id}\r").into_bytes(),
    }
}

/// The terminal among the standard streams, or the controlling one.
fn terminal() -> Result<c_int, Stop> {
    // A probe is in the background of its session, where changes would stop it.
    os::ignore(libc::SIGTTOU);
    for fd in [0, 1, 2] {
        if is_terminal(fd) {
            return Ok(fd);
        }
    }
    match os::open("/dev/tty", libc::O_RDWR) {
        Ok(fd) => Ok(fd),
        Err(_) => held("no terminal reaches in here"),
    }
}

fn console(path: &str) -> Option<c_int> {
    os::open(path, libc::O_RDWR | libc::O_NOCTTY | libc::O_NONBLOCK).ok()
}

fn is_terminal(fd: c_int) -> bool {
    let mut settings = [0_u8; 64];
    call!(libc::SYS_ioctl, fd, libc::TCGETS, &mut settings).is_ok()
}

/// Goes on only with the terminal that the driver made, not with one of the sandbox's own.
fn host_terminal(fd: c_int, scene: &Scene<'_>) -> Result<(), Stop> {
    let metadata = fs::metadata(format!("/proc/self/fd/{fd}"))?;
    let mut device = [0; 4];
    // TIOCGDEV gives the real number behind /dev/tty.
    call!(libc::SYS_ioctl, fd, 0x8004_5432_u32, &mut device)?;
    let is_same = u64::from(u32::from_ne_bytes(device))
        == scene.facts.number::<u64>("terminal_number")?
        && metadata.dev() == scene.facts.number::<u64>("terminal_device")?;
    if is_same {
        Ok(())
    } else {
        held("the terminal is the sandbox's own")
    }
}

fn type_ahead(fd: c_int, request: i64, scene: &Scene<'_>) -> Outcome {
    for byte in format!("{};", scene.id).bytes() {
        call!(libc::SYS_ioctl, fd, request, &[byte])?;
    }
    Ok("typed".to_owned())
}
