//! The door to the kernel: a filter with a listener, its notices, and the memory of a program that
//! was stopped. All unsafe code of this crate stands here.

use std::fs::File;
use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use libc::{c_int, c_ulong};

/// `SECCOMP_IOCTL_NOTIF_RECV` and `SECCOMP_IOCTL_NOTIF_SEND` (`linux/seccomp.h`).
const RECEIVE: c_ulong = 0xC050_2100;
const SEND: c_ulong = 0xC018_2101;

/// A call that a program waits with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notice {
    pub(crate) id: u64,
    /// The thread that makes the call.
    pub(crate) thread: u32,
    pub(crate) number: i64,
    pub(crate) args: [u64; 6],
}

/// What the program gets to see.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The call happens.
    GoOn,
    /// The call fails with this number and does not happen.
    Fail(c_int),
}

/// Has a command install the filter in itself before it becomes its program, and tell `socket` who
/// it is and which of its files the listener is.
pub(crate) fn filtered(command: &mut Command, program: Vec<libc::sock_filter>, socket: UnixStream) {
    let install = move || {
        let listener = listen(&program)?;
        // SAFETY: getpid has no preconditions.
        let pid = unsafe { libc::getpid() };
        let mut told = [0; 8];
        let (first, second) = told.split_at_mut(4);
        first.copy_from_slice(&pid.to_ne_bytes());
        second.copy_from_slice(&listener.to_ne_bytes());
        // Sending is not among the calls that stop; writing, which the library uses, would be, and
        // nobody listens yet.
        // SAFETY: the pointer leads to as many bytes as the number says.
        let sent = unsafe { libc::send(socket.as_raw_fd(), told.as_ptr().cast(), told.len(), 0) };
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: between fork and exec only calls are made that are safe there: two system calls by
    // number, one that asks for the own number, and one on a socket; nothing is allocated.
    unsafe { command.pre_exec(install) };
}

fn listen(program: &[libc::sock_filter]) -> io::Result<RawFd> {
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).unwrap_or(u16::MAX),
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: this takes numbers alone.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let flags =
        libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: the pointer leads to a filter program that lives until the call is over; the kernel
    // reads as many instructions as it says.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const filter,
        )
    };
    match RawFd::try_from(listener) {
        Ok(listener) if listener >= 0 => Ok(listener),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Takes the listener out of the process that installed it.
pub(crate) fn listener_of(pid: i32, file: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: this takes numbers alone.
    let process = owned(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: this takes numbers alone; the first names an open file.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), file, 0) })
}

fn owned(file: i64) -> io::Result<OwnedFd> {
    match RawFd::try_from(file) {
        // SAFETY: the kernel has just made this file for the caller, and nobody else knows it.
        Ok(file) if file >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(file) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits for the next call; `None` when no process is left that could make one.
pub(crate) fn next(listener: &OwnedFd) -> io::Result<Option<Notice>> {
    loop {
        let mut poll = libc::pollfd {
            fd: listener.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: the pointer leads to one entry, as the number says.
        if unsafe { libc::poll(&raw mut poll, 1, -1) } < 0 {
            again(libc::EINTR)?;
            continue;
        }
        if poll.revents & libc::POLLIN == 0 {
            return Ok(None);
        }
        // SAFETY: the structure consists of numbers, for which zero is a value; the kernel demands it.
        let mut notice: libc::seccomp_notif = unsafe { zeroed() };
        // SAFETY: the pointer leads to a structure of the size that is part of the call's number.
        if unsafe { libc::ioctl(listener.as_raw_fd(), RECEIVE, &raw mut notice) } == 0 {
            return Ok(Some(Notice {
                id: notice.id,
                thread: notice.pid,
                number: i64::from(notice.data.nr),
                args: notice.data.args,
            }));
        }
        // Whoever made the call was killed meanwhile.
        again(libc::ENOENT).or_else(|_other| again(libc::EINTR))?;
    }
}

/// Answers a call. That its maker is gone is no error.
pub(crate) fn answer(listener: &OwnedFd, id: u64, answer: Answer) -> io::Result<()> {
    let (error, flags) = match answer {
        Answer::GoOn => (0, 1),
        Answer::Fail(number) => (-number, 0),
    };
    let response = libc::seccomp_notif_resp {
        id,
        val: 0,
        error,
        flags,
    };
    // SAFETY: the pointer leads to a structure of the size that is part of the call's number.
    if unsafe { libc::ioctl(listener.as_raw_fd(), SEND, &raw const response) } == 0 {
        return Ok(());
    }
    again(libc::ENOENT)
}

/// Passes over one error.
fn again(number: c_int) -> io::Result<()> {
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(number) {
        Ok(())
    } else {
        Err(error)
    }
}

/// Kills a process that has not been waited for yet.
pub(crate) fn kill(pid: i32) {
    // SAFETY: this takes numbers alone; that the process is gone is no harm.
    let _gone = unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// The memory of a thread that waits.
pub(crate) struct Memory(File);

impl Memory {
    pub(crate) fn of(thread: u32) -> io::Result<Self> {
        File::open(format!("/proc/{thread}/mem")).map(Self)
    }

    /// Reads so many bytes from an address.
    pub(crate) fn bytes(&self, address: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact_at(&mut bytes, address)?;
        Ok(bytes)
    }

    /// Reads a text that ends with a zero.
    pub(crate) fn text(&self, address: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        // Longest path (`PATH_MAX`). Read in pieces that end with a page, because the next page may
        // not be there.
        while text.len() < 4_096 {
            let at = address.wrapping_add(text.len() as u64);
            let piece = self.bytes(at, 4_096 - usize::try_from(at % 4_096).unwrap_or(0))?;
            let end = piece.iter().position(|byte| *byte == 0);
            text.extend(piece.iter().take(end.unwrap_or(piece.len())));
            if end.is_some() {
                break;
            }
        }
        Ok(text)
    }
}
