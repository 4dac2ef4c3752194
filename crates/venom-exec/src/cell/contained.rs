//! The first process of a container that an engine has made: this program again, with the libraries
//! that it needs beside it, so that it runs in any image of the same architecture, an empty one too.
//!
//! It connects to the socket that VENOM has put in the container, which takes one caller only, and is
//! told there what the cell is to be. From then on it is what the first process of a cell is: it gives
//! up what a cell gives up, starts commands, and ends with VENOM. Nothing goes through the engine,
//! whose end, for this reason, ends no command.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::spec::CellSpec;
use super::sys::SingleThread;
use super::wire::Reader;
use super::{frames, init, sys, wire};

/// The folder in the container that holds what is VENOM's.
pub(crate) const FOLDER: &str = "/.venom";

/// This program in the container.
pub(crate) const PROGRAM: &str = "/.venom/venom";

/// The folder of the program's libraries.
pub(crate) const LIBRARIES: &str = "/.venom/lib";

/// The socket that VENOM listens on.
const CHANNEL: &str = "/.venom/run/channel";

/// The program's only argument; with its path, it says what the process is.
pub(crate) const ROLE: &str = "first-process-of-a-container";

/// Serves commands and never returns, if this process was started as the first one of a container;
/// returns at once otherwise. To be called in `main` beside
/// [`serve_if_zygote`](super::serve_if_zygote).
pub fn serve_if_contained() {
    let mut args = std::env::args_os();
    let is_program = args.next().is_some_and(|name| name == PROGRAM);
    if !is_program || args.next().is_none_or(|role| role != ROLE) {
        return;
    }
    // There is nobody to tell what went wrong.
    sys::exit_now(attend().unwrap_or(1))
}

fn attend() -> io::Result<i32> {
    let alone = SingleThread::check()?;
    let channel = call()?;
    let Some(frame) = wire::receive(channel.as_fd())? else {
        // It was made in advance and nobody needs it any more.
        return Ok(0);
    };
    let (kind, mut reader) = Reader::new(&frame.bytes)?;
    if kind != frames::OPEN {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let spec = CellSpec::decode(&mut reader)?;
    let search = reader.paths()?;
    Ok(init::live_contained(alone, &spec, &search, &channel))
}

fn call() -> io::Result<OwnedFd> {
    let channel = socket_with(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?;
    connect(&channel, &SocketAddrUnix::new(CHANNEL)?)?;
    Ok(channel)
}
