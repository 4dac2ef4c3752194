//! The door to the kernel: system calls by number, forks, mappings and the two foreign call gates.
//!
//! A probe asks for what no library offers, and often for what must be refused; so calls are made
//! raw, and a refusal is an ordinary answer. All unsafe code of this crate stands here.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use libc::{c_int, c_long};

/// One argument of a system call. Memory is borrowed for as long as the call lasts.
pub(crate) enum Arg<'a> {
    Number(i64),
    Text(&'a CStr),
    Bytes(&'a [u8]),
    Buffer(&'a mut [u8]),
}

impl Arg<'_> {
    fn word(&mut self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.as_ptr().expose_provenance().cast_signed() as i64,
            Self::Bytes(bytes) => bytes.as_ptr().expose_provenance().cast_signed() as i64,
            Self::Buffer(buffer) => buffer.as_mut_ptr().expose_provenance().cast_signed() as i64,
        }
    }
}

impl From<i32> for Arg<'_> {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Arg<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Arg<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number.cast_signed())
    }
}

impl From<usize> for Arg<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number.cast_signed() as i64)
    }
}

impl<'a> From<&'a CStr> for Arg<'a> {
    fn from(text: &'a CStr) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a CString> for Arg<'a> {
    fn from(text: &'a CString) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Arg<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Arg<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a mut [u8]> for Arg<'a> {
    fn from(buffer: &'a mut [u8]) -> Self {
        Self::Buffer(buffer)
    }
}

impl<'a, const N: usize> From<&'a mut [u8; N]> for Arg<'a> {
    fn from(buffer: &'a mut [u8; N]) -> Self {
        Self::Buffer(buffer)
    }
}

/// Makes a system call: `call!(libc::SYS_kill, pid, 0)`.
macro_rules! call {
    ($number:expr $(, $arg:expr)* $(,)?) => {
        $crate::os::ask($number, &mut [$($crate::os::Arg::from($arg)),*])
    };
}
pub(crate) use call;

/// Makes the system call `number`; the macro `call!` is the usual way here.
///
/// As in C, a length among the arguments must fit the memory before it; each call site shows both.
pub(crate) fn ask(number: c_long, args: &mut [Arg<'_>]) -> io::Result<i64> {
    let mut words = [0; 6];
    for (word, arg) in words.iter_mut().zip(args) {
        *word = arg.word();
    }
    let [first, second, third, fourth, fifth, sixth] = words;
    // SAFETY: pointers come from borrows that outlive the call, and unused words are zero. Nothing
    // here hands the kernel memory that it keeps after the call, but for the rings, whose mapping
    // lives until the process ends.
    let result = unsafe { libc::syscall(number, first, second, third, fourth, fifth, sixth) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Counts as done a call that got past the check of permission and failed on its own arguments.
pub(crate) fn reached(result: io::Result<i64>, past: &[c_int]) -> io::Result<String> {
    match result {
        Ok(value) => Ok(format!("the call returned {value}")),
        Err(error)
            if error
                .raw_os_error()
                .is_some_and(|code| past.contains(&code)) =>
        {
            Ok(format!("permitted, then refused its arguments: {error}"))
        }
        Err(error) => Err(error),
    }
}

/// A path for a system call.
pub(crate) fn c_path(path: impl AsRef<Path>) -> io::Result<CString> {
    CString::new(path.as_ref().as_os_str().as_bytes()).map_err(io::Error::other)
}

/// A file descriptor out of a call's answer.
pub(crate) fn descriptor(result: i64) -> io::Result<c_int> {
    c_int::try_from(result).map_err(io::Error::other)
}

/// Opens relative to a directory, with flags that the standard library does not offer.
pub(crate) fn open_at(dir: c_int, path: &CStr, flags: c_int, mode: u32) -> io::Result<c_int> {
    descriptor(call!(libc::SYS_openat, dir, path, flags, mode)?)
}

/// Opens a path, with flags that the standard library does not offer.
pub(crate) fn open(path: impl AsRef<Path>, flags: c_int) -> io::Result<c_int> {
    open_at(
        libc::AT_FDCWD,
        &c_path(path)?,
        flags | libc::O_CLOEXEC,
        0o600,
    )
}

/// Writes bytes to a descriptor.
pub(crate) fn write(fd: c_int, bytes: &[u8]) -> io::Result<i64> {
    call!(libc::SYS_write, fd, bytes, bytes.len())
}

/// Reads what one call gives, at most 4 KiB.
pub(crate) fn read(fd: c_int) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 4096];
    let length = buffer.len();
    let got = call!(libc::SYS_read, fd, &mut buffer, length)?;
    let got = usize::try_from(got).map_err(io::Error::other)?;
    Ok(buffer.get(..got).unwrap_or_default().to_vec())
}

/// Closes a descriptor that is a bare number; errors mean that it was closed already.
pub(crate) fn close(fd: c_int) {
    call!(libc::SYS_close, fd).ok();
}

/// The two sides of a fork.
#[derive(Clone, Copy)]
pub(crate) enum Fork {
    Child,
    Parent(c_int),
}

/// Forks. The runner has one thread, so the child may do whatever the parent may.
pub(crate) fn fork() -> io::Result<Fork> {
    // SAFETY: the programs that call this have a single thread; no lock can be held by another.
    let pid = unsafe { libc::fork() };
    sides(i64::from(pid))
}

/// Forks through `clone` with the given flags, none of which may share memory.
pub(crate) fn fork_with(flags: c_int) -> io::Result<Fork> {
    let flags = i64::from(flags | libc::SIGCHLD);
    sides(call!(libc::SYS_clone, flags, 0, 0, 0, 0)?)
}

/// Forks through `clone3` with the given flags, none of which may share memory.
pub(crate) fn fork_by_clone3(flags: c_int) -> io::Result<Fork> {
    // struct clone_args, version 0: flags, pidfd, child_tid, parent_tid, exit_signal, stack,
    // stack_size, tls.
    let args = words(&[
        u64::from(flags.cast_unsigned()),
        0,
        0,
        0,
        u64::from(libc::SIGCHLD.cast_unsigned()),
        0,
        0,
        0,
    ]);
    sides(call!(libc::SYS_clone3, &args, args.len())?)
}

fn sides(pid: i64) -> io::Result<Fork> {
    match pid {
        0 => Ok(Fork::Child),
        pid if pid > 0 => Ok(Fork::Parent(descriptor(pid)?)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends this process at once, without running anything that the parent's copy has registered.
pub(crate) fn leave(code: c_int) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited(c_int),
    Killed(c_int),
}

/// Waits for a child for at most `limit`; `None` means that it still runs.
pub(crate) fn wait(pid: c_int, limit: Duration) -> io::Result<Option<Ending>> {
    let deadline = Instant::now() + limit;
    loop {
        let mut status = [0; 4];
        let got = call!(libc::SYS_wait4, pid, &mut status, libc::WNOHANG, 0)?;
        if got != 0 {
            let status = c_int::from_ne_bytes(status);
            return Ok(Some(if libc::WIFSIGNALED(status) {
                Ending::Killed(libc::WTERMSIG(status))
            } else {
                Ending::Exited(libc::WEXITSTATUS(status))
            }));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends a signal to a process, or to a group when the number is negative.
pub(crate) fn kill(pid: c_int, signal: c_int) -> io::Result<i64> {
    call!(libc::SYS_kill, pid, signal)
}

/// Sleeps until a signal ends the process.
pub(crate) fn pause_forever() -> ! {
    loop {
        call!(libc::SYS_pause).ok();
    }
}

/// Sets the name under which the host finds this process, in `/proc/PID/comm`.
pub(crate) fn set_name(name: &str) {
    if let Ok(name) = CString::new(name) {
        call!(libc::SYS_prctl, libc::PR_SET_NAME, &name).ok();
    }
}

/// Lets a signal pass without effect.
pub(crate) fn ignore(signal: c_int) {
    // SAFETY: SIG_IGN is a valid disposition and no handler of ours is replaced.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// A read end and a write end, both closed on exec.
pub(crate) fn pipe() -> io::Result<(c_int, c_int)> {
    let mut ends = [0_u8; 8];
    call!(libc::SYS_pipe2, &mut ends, libc::O_CLOEXEC)?;
    let mut numbers = ends.as_chunks().0.iter().copied();
    let mut next = || {
        let bytes = numbers.next();
        bytes.map(c_int::from_ne_bytes).ok_or(io::ErrorKind::Other)
    };
    Ok((next()?, next()?))
}

/// Whether a descriptor has something to read within the limit.
pub(crate) fn readable(fd: c_int, limit: Duration) -> io::Result<bool> {
    // struct pollfd: fd, events, revents.
    let mut poll = [0; 8];
    poll[..4].copy_from_slice(&fd.to_ne_bytes());
    poll[4..6].copy_from_slice(&libc::POLLIN.to_ne_bytes());
    let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    Ok(call!(libc::SYS_poll, &mut poll, 1, limit)? > 0)
}

/// Packs 64-bit words the way the kernel's structures hold them.
pub(crate) fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// The address of memory, for structures that hold pointers.
pub(crate) fn address(bytes: &[u8]) -> u64 {
    bytes.as_ptr().expose_provenance() as u64
}

/// Anonymous or shared memory that stays until the process ends.
pub(crate) struct Mapping {
    start: *mut u8,
    length: usize,
}

impl Mapping {
    /// Maps `length` bytes, readable and writable.
    pub(crate) fn new(length: usize, flags: c_int, fd: c_int, offset: i64) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the kernel chooses the address, so no memory in use is replaced.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            start: start.cast(),
            length,
        })
    }

    /// Writes one byte into every page, so that each takes real memory.
    pub(crate) fn touch(&self) {
        for offset in (0..self.length).step_by(4096) {
            // SAFETY: the offset is below the length of the mapping.
            let place = unsafe { self.start.add(offset) };
            // SAFETY: the mapping is writable and nothing else refers to it.
            unsafe { place.write_volatile(1) };
        }
    }

    /// Writes bytes at an offset; nothing is written beyond the end.
    pub(crate) fn put(&self, offset: usize, bytes: &[u8]) {
        for (index, byte) in bytes.iter().enumerate() {
            if offset + index >= self.length {
                return;
            }
            // SAFETY: the offset is below the length of the mapping.
            let place = unsafe { self.start.add(offset + index) };
            // SAFETY: the mapping is writable and nothing else of ours refers to it.
            unsafe { place.write_volatile(*byte) };
        }
    }

    /// Reads bytes at an offset; beyond the end are zeros.
    pub(crate) fn get<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes = [0; N];
        for (index, byte) in bytes.iter_mut().enumerate() {
            if offset + index < self.length {
                // SAFETY: the offset is below the length of the mapping.
                let place = unsafe { self.start.add(offset + index) };
                // SAFETY: the mapping is readable.
                *byte = unsafe { place.read_volatile() };
            }
        }
        bytes
    }

    /// Where the mapping begins.
    pub(crate) fn address(&self) -> u64 {
        self.start.expose_provenance() as u64
    }
}

/// Asks for the process id through the call gate of 32-bit programs.
#[cfg(target_arch = "x86_64")]
pub(crate) fn pid_by_int80() -> i64 {
    let result: i64;
    // SAFETY: call 20 of the 32-bit table is getpid, which takes no arguments and writes no memory;
    // the gate may clobber r8 to r11.
    unsafe {
        std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => result,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    };
    result
}
