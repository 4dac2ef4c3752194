//! Watching: starts a program under the filter and asks somebody about each of its calls.

use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::thread::JoinHandle;

use crate::call::{Call, Reader};
use crate::filter;
use crate::os::{self, Answer};

/// What is to become of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It happens.
    GoOn,
    /// It fails with this number of an error and does not happen.
    Fail(i32),
    /// The program is killed, as by `kill -9`, and the call does not happen if it is its own.
    Kill,
}

/// The error of a disk that is faulty (`EIO`).
pub const FAULTY: i32 = libc::EIO;
/// The error of a disk that is full (`ENOSPC`).
pub const FULL: i32 = libc::ENOSPC;

/// The error of a network that is off (`ENETUNREACH`).
pub const UNREACHABLE: i32 = libc::ENETUNREACH;

/// A program under watch.
#[derive(Debug)]
pub struct Watched {
    /// The program.
    pub child: Child,
    calls: Calls,
}

/// The answering of its calls.
#[derive(Debug)]
pub struct Calls(JoinHandle<io::Result<()>>);

/// Tells whether this machine lets a program be watched.
pub fn is_possible() -> bool {
    static IS_POSSIBLE: OnceLock<bool> = OnceLock::new();
    *IS_POSSIBLE.get_or_init(try_it)
}

fn try_it() -> bool {
    let mut command = Command::new("/bin/true");
    command.stdin(std::process::Stdio::null());
    watch(command, |_| Ruling::GoOn).is_ok_and(|watched| watched.finish().is_ok())
}

/// Starts a program; `judge` is asked about each of its calls, one after the other, before it happens.
pub fn watch(
    mut command: Command,
    judge: impl FnMut(&Call) -> Ruling + Send + 'static,
) -> io::Result<Watched> {
    let (mut told, tells) = UnixStream::pair()?;
    os::filtered(&mut command, filter::program(), tells);
    // Starting a program stops for its first call, so somebody must be listening by then.
    let thread = std::thread::Builder::new()
        .name("outage".to_owned())
        .spawn(move || {
            let mut message = [0; 8];
            // Nothing comes if the program could not be started: the other end is closed.
            told.read_exact(&mut message)?;
            let (pid, file) = message.split_at(4);
            let number = |bytes: &[u8]| bytes.try_into().map_or(-1, i32::from_ne_bytes);
            let own = number(pid);
            let served = os::listener_of(own, number(file))
                .and_then(|listener| serve(&listener, own, judge));
            if served.is_err() {
                // A program whose calls nobody answers would wait for ever.
                os::kill(own);
            }
            served
        })?;
    let spawned = command.spawn();
    // The command holds the other end of the socket.
    drop(command);
    match spawned {
        Ok(child) => {
            let calls = Calls(thread);
            Ok(Watched { child, calls })
        }
        Err(error) => Err(error),
    }
}

fn serve(listener: &OwnedFd, own: i32, mut judge: impl FnMut(&Call) -> Ruling) -> io::Result<()> {
    let mut reader = Reader::new(own);
    let mut is_killed = false;
    while let Some(notice) = os::next(listener)? {
        let call = reader.read(&notice);
        let ruling = if is_killed {
            Ruling::GoOn
        } else {
            judge(&call)
        };
        if ruling == Ruling::Kill {
            is_killed = true;
            os::kill(own);
        }
        match ruling {
            // Whoever was killed waits for no answer any more; what it started is on its own.
            _ if is_killed && call.is_own => {}
            Ruling::GoOn | Ruling::Kill => os::answer(listener, notice.id, Answer::GoOn)?,
            Ruling::Fail(number) => os::answer(listener, notice.id, Answer::Fail(number))?,
        }
    }
    Ok(())
}

impl Watched {
    /// Waits until the program and everything that it started have ended.
    pub fn finish(mut self) -> io::Result<std::process::ExitStatus> {
        let status = self.child.wait()?;
        self.calls.finish()?;
        Ok(status)
    }

    /// Parts the program from the answering of its calls, for somebody who waits for it otherwise.
    pub fn split(self) -> (Child, Calls) {
        (self.child, self.calls)
    }
}

impl Calls {
    /// Waits until nothing is left that could make a call.
    pub fn finish(self) -> io::Result<()> {
        self.0
            .join()
            .map_err(|_panic| io::Error::other("the judge panicked"))?
    }
}
