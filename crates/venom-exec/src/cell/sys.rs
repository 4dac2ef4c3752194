//! The system calls that no safe wrapper offers, each behind a function that is safe to call.
//!
//! Everything else of this room goes through rustix. This module decides nothing.

#![allow(
    unsafe_code,
    reason = "raw system calls; each block says why it is sound"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    reason = "the kernel's interface mixes signed and unsigned words of one size"
)]

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use std::ptr;
use std::time::Duration;

use rustix::process::{Pid, Signal};

/// Proof that this process has one thread only, so that it may fork and run ordinary code in the
/// child: no other thread can hold a lock that the child would wait for.
#[derive(Debug, Clone, Copy)]
pub(super) struct SingleThread(());

impl SingleThread {
    /// Looks whether this process has one thread only.
    pub(super) fn check() -> io::Result<Self> {
        if std::fs::read_dir("/proc/self/task")?.count() == 1 {
            Ok(Self(()))
        } else {
            Err(io::Error::other("this process has more than one thread"))
        }
    }
}

/// Which of the two processes after a fork this is.
pub(super) enum Forked {
    /// The one that forked.
    Parent(Pid),
    /// The new one.
    Child,
}

/// Which of the two processes after a clone this is.
pub(super) enum Cloned {
    /// The one that cloned, with a descriptor of the new one.
    Parent(Pid, OwnedFd),
    /// The new one.
    Child,
}

fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn own(fd: libc::c_long) -> OwnedFd {
    // SAFETY: callers pass a descriptor that the kernel has just made for them.
    unsafe { OwnedFd::from_raw_fd(fd as i32) }
}

/// Forks.
pub(super) fn fork(_alone: SingleThread) -> io::Result<Forked> {
    // SAFETY: there is no other thread, so that the child's memory is in order.
    let pid = unsafe { libc::fork() };
    forked(pid.into())
}

/// Starts a process that shares this one's memory and runs the function, while this one waits until
/// the other has become a program or ended. What the function stores can be read afterwards; it
/// should only return when it could not become a program. Copies no page tables, which is most of
/// what a fork costs.
pub(super) fn fork_sharing(_alone: SingleThread, run: &mut dyn FnMut()) -> io::Result<Pid> {
    extern "C" fn enter(run: *mut libc::c_void) -> libc::c_int {
        let run = run.cast::<&mut dyn FnMut()>();
        // SAFETY: the pointer is the one that was handed to clone, and whoever handed it over waits.
        let run = unsafe { &mut *run };
        run();
        exit_now(127)
    }
    /// Rather much: unused pages of it cost nothing.
    const STACK: usize = 256 << 10;
    let mut stack: Vec<u128> = Vec::with_capacity(STACK / mem::size_of::<u128>());
    let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
    let mut run = run;
    // SAFETY: the stack is aligned and outlives the child's use of it, because CLONE_VFORK stops
    // this process until then; there is no other thread that could touch the shared memory.
    let pid = unsafe {
        libc::clone(
            enter,
            top.cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            ptr::from_mut(&mut run).cast(),
        )
    };
    match forked(pid.into())? {
        Forked::Parent(pid) => Ok(pid),
        Forked::Child => exit_now(127),
    }
}

fn forked(pid: libc::c_long) -> io::Result<Forked> {
    Ok(match Pid::from_raw(check(pid)? as i32) {
        Some(pid) => Forked::Parent(pid),
        None => Forked::Child,
    })
}

/// Forks into new namespaces, and into a cgroup of version two if one is given. Falls back to the
/// older call, without the cgroup, where a filter hides the newer one; the returned flag says
/// whether the child is in the cgroup.
pub(super) fn clone(
    _alone: SingleThread,
    namespaces: libc::c_int,
    cgroup: Option<BorrowedFd<'_>>,
) -> io::Result<(Cloned, bool)> {
    const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;
    const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
    let mut pidfd: libc::c_int = -1;
    // SAFETY: the structure is plain numbers, for which zero means "nothing asked for".
    let mut args: libc::clone_args = unsafe { mem::zeroed() };
    args.flags = namespaces as u32 as u64 | libc::CLONE_PIDFD as u64 | CLONE_CLEAR_SIGHAND;
    args.pidfd = ptr::from_mut(&mut pidfd) as u64;
    args.exit_signal = libc::SIGCHLD as u64;
    if let Some(cgroup) = cgroup {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: without CLONE_VM this is a fork, and there is no other thread; the structure lives
    // across the call and its size is passed along.
    let result = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            ptr::from_mut(&mut args),
            mem::size_of::<libc::clone_args>(),
        )
    };
    match check(result).and_then(forked) {
        Ok(Forked::Child) => return Ok((Cloned::Child, cgroup.is_some())),
        Ok(Forked::Parent(pid)) => {
            return Ok((Cloned::Parent(pid, own(pidfd.into())), cgroup.is_some()));
        }
        // ENOSYS is what container engines answer; EPERM may mean the same or a real refusal, which
        // the older call will repeat.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {}
        Err(error) => return Err(error),
    }
    let flags = libc::c_long::from(namespaces | libc::CLONE_PIDFD | libc::SIGCHLD);
    // SAFETY: as above. The third argument is the place of the pidfd on every architecture; the
    // order of the others, which are zero, does not matter.
    let result =
        unsafe { libc::syscall(libc::SYS_clone, flags, 0, ptr::from_mut(&mut pidfd), 0, 0) };
    Ok((
        match forked(result)? {
            Forked::Parent(pid) => Cloned::Parent(pid, own(pidfd.into())),
            Forked::Child => Cloned::Child,
        },
        false,
    ))
}

/// Asks for a new process in a way that the kernel must refuse, and returns how it did.
pub(super) fn clone3_refusal() -> io::Error {
    // SAFETY: a null pointer and no size are refused before anything is read.
    let result = unsafe { libc::syscall(libc::SYS_clone3, ptr::null::<u8>(), 0_usize) };
    match check(result) {
        Ok(_) => io::Error::other("the kernel accepted nothing"),
        Err(error) => error,
    }
}

/// Ends this process at once, without running anything that was prepared for its end.
pub(super) fn exit_now(code: i32) -> ! {
    // SAFETY: it does not return and touches no memory.
    unsafe { libc::_exit(code) }
}

/// Runs a program in place of this one, and returns only the failure.
pub(super) fn exec(program: &CStr, args: &[CString], env: &[CString]) -> io::Error {
    let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
        let ends = std::iter::once(ptr::null());
        strings.iter().map(|s| s.as_ptr()).chain(ends).collect()
    };
    let (args, env) = (pointers(args), pointers(env));
    // SAFETY: both lists end with a null pointer and their strings outlive the call.
    unsafe { libc::execve(program.as_ptr(), args.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}

/// Takes over a descriptor that this process was started with.
pub(super) fn inherited(fd: i32) -> io::Result<OwnedFd> {
    // SAFETY: asking for the flags of a number is harmless.
    check(unsafe { libc::fcntl(fd, libc::F_GETFD) }.into())?;
    Ok(own(fd.into()))
}

/// Puts a copy of a descriptor at the given number, open across an exec.
pub(super) fn place(fd: BorrowedFd<'_>, at: i32) -> io::Result<()> {
    if fd.as_raw_fd() == at {
        // SAFETY: it only changes a flag of a descriptor that is open.
        return check(unsafe { libc::fcntl(at, libc::F_SETFD, 0) }.into()).map(|_| ());
    }
    // SAFETY: the numbers that this is used for, 0 to 3, are owned by nobody in the process.
    check(unsafe { libc::dup2(fd.as_raw_fd(), at) }.into()).map(|_| ())
}

/// Marks all descriptors from a number on to be closed by an exec.
pub(super) fn close_at_exec_from(first: u32) -> io::Result<()> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: it only changes flags.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            libc::c_uint::MAX,
            CLOSE_RANGE_CLOEXEC,
        )
    };
    check(result).map(|_| ())
}

/// Closes every descriptor that is not in the list. Only for a process that owns no others.
pub(super) fn close_others(keep: &mut [i32]) -> io::Result<()> {
    keep.sort_unstable();
    let mut first = 3_u32;
    let close = |first: u32, last: u32| -> io::Result<()> {
        if first > last {
            return Ok(());
        }
        // SAFETY: the caller says that nobody in this process owns what is closed here.
        check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(|_| ())
    };
    for &fd in keep.iter() {
        let Ok(fd) = u32::try_from(fd) else { continue };
        if fd >= first {
            close(first, fd.wrapping_sub(1).min(libc::c_uint::MAX - 1))?;
            first = fd + 1;
        }
    }
    close(first, libc::c_uint::MAX)
}

/// What `mount_setattr` shall change.
#[repr(C)]
#[derive(Default)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns_fd: u64,
}

/// Mount attributes, by the kernel's numbers (`linux/mount.h`).
pub(super) mod attr {
    pub(in super::super) const READ_ONLY: u64 = 1;
    pub(in super::super) const NOSUID: u64 = 2;
    pub(in super::super) const NODEV: u64 = 4;
    pub(in super::super) const NOEXEC: u64 = 8;
    pub(super) const IDMAP: u64 = 0x10_0000;
}

/// Sets attributes of a mount, or of a whole tree of mounts.
pub(super) fn mount_setattr(
    mount: BorrowedFd<'_>,
    set: u64,
    recursive: bool,
    ids: Option<BorrowedFd<'_>>,
) -> io::Result<()> {
    const AT_RECURSIVE: libc::c_int = 0x8000;
    let mut attr = MountAttr {
        set,
        ..MountAttr::default()
    };
    if let Some(ids) = ids {
        attr.set |= attr::IDMAP;
        attr.userns_fd = ids.as_raw_fd() as u64;
    }
    let flags = libc::AT_EMPTY_PATH | if recursive { AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a C string, and the structure has the layout and the size that are named.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            ptr::from_ref(&attr),
            mem::size_of::<MountAttr>(),
        )
    };
    check(result).map(|_| ())
}

/// The largest capability that the running kernel knows.
pub(super) fn drop_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: it only changes credentials of this thread.
        let result = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        match check(result.into()) {
            Ok(_) => {}
            Err(error) if capability > 0 && error.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Empties all three capability sets of this thread.
pub(super) fn drop_capabilities() -> io::Result<()> {
    const VERSION_3: u32 = 0x2008_0522;
    let header: [u32; 2] = [VERSION_3, 0];
    let sets = [0_u32; 6];
    // SAFETY: header and data have the layout of version three: two words, and three words twice.
    let result = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
    check(result).map(|_| ())
}

/// Sets the secure bits of this thread.
pub(super) fn set_securebits(bits: libc::c_int) -> io::Result<()> {
    // SAFETY: it only changes credentials of this thread.
    check(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, bits, 0, 0, 0) }.into()).map(|_| ())
}

/// Installs a seccomp filter for this thread and all that come from it.
pub(super) fn install_filter(program: &[libc::sock_filter]) -> io::Result<()> {
    let len = u16::try_from(program.len())
        .map_err(|_too_long| io::Error::from_raw_os_error(libc::E2BIG))?;
    let program = libc::sock_fprog {
        len,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the program outlives the call and the kernel only reads it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            ptr::from_ref(&program),
        )
    };
    check(result).map(|_| ())
}

/// Returns the newest Landlock interface that the kernel knows; zero if it has none.
pub(super) fn landlock_abi() -> u32 {
    const VERSION: u32 = 1;
    // SAFETY: with this flag the call reads nothing and only returns a number.
    let result = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            ptr::null::<u8>(),
            0_usize,
            VERSION,
        )
    };
    u32::try_from(result).unwrap_or(0)
}

/// What a Landlock ruleset handles, as the kernel reads it.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct LandlockAttr {
    pub(super) fs: u64,
    pub(super) net: u64,
    pub(super) scoped: u64,
}

/// Makes a Landlock ruleset.
pub(super) fn landlock_create(attr: LandlockAttr) -> io::Result<OwnedFd> {
    // Older kernels refuse a longer structure only if what they do not know is not zero.
    // SAFETY: the structure has the layout of the kernel's and its size is passed along.
    let result = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            ptr::from_ref(&attr),
            mem::size_of::<LandlockAttr>(),
            0_u32,
        )
    };
    check(result).map(own)
}

/// Allows accesses beneath an open file or folder.
pub(super) fn landlock_allow(
    ruleset: BorrowedFd<'_>,
    access: u64,
    beneath: BorrowedFd<'_>,
) -> io::Result<()> {
    const PATH_BENEATH: u32 = 1;
    #[repr(C, packed)]
    struct PathBeneath {
        access: u64,
        parent: i32,
    }
    let rule = PathBeneath {
        access,
        parent: beneath.as_raw_fd(),
    };
    // SAFETY: the structure has the kernel's packed layout and outlives the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            PATH_BENEATH,
            ptr::from_ref(&rule),
            0_u32,
        )
    };
    check(result).map(|_| ())
}

/// Puts this thread under a ruleset.
pub(super) fn landlock_restrict(ruleset: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: it only changes credentials of this thread.
    let result =
        unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0_u32) };
    check(result).map(|_| ())
}

/// Brings the loopback interface of this network namespace up.
pub(super) fn loopback_up(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the structure is plain numbers, for which zero is valid.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(*b"lo") {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = libc::IFF_UP as i16;
    // SAFETY: the structure is the one that this request takes, and it outlives the call.
    let result = unsafe {
        libc::ioctl(
            socket.as_raw_fd(),
            libc::SIOCSIFFLAGS,
            ptr::from_mut(&mut request),
        )
    };
    check(result.into()).map(|_| ())
}

/// Puts every signal's effect back to what a fresh program expects. It is inherited, so that once is
/// enough for all processes that come from this one.
pub(super) fn reset_signals() {
    for signal in 1..=64 {
        // SAFETY: the default effect involves no code of ours. Signals that cannot be changed are
        // refused, which is no harm.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Unblocks all signals.
pub(super) fn unblock_signals() -> io::Result<()> {
    mask(&[], libc::SIG_SETMASK)
}

/// Keeps signals from interrupting this process, so that they can be waited for.
pub(super) fn block(signals: &[Signal]) -> io::Result<()> {
    mask(signals, libc::SIG_BLOCK)
}

fn mask(signals: &[Signal], how: libc::c_int) -> io::Result<()> {
    let set = set_of(signals);
    // SAFETY: the set outlives the call; the old one is not asked for.
    check(unsafe { libc::sigprocmask(how, &raw const set, ptr::null_mut()) }.into()).map(|_| ())
}

fn set_of(signals: &[Signal]) -> libc::sigset_t {
    // SAFETY: the structure is plain numbers.
    let mut set: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigemptyset(&raw mut set) };
    for signal in signals {
        // SAFETY: the set is ours and the signal exists.
        unsafe { libc::sigaddset(&raw mut set, signal.as_raw()) };
    }
    set
}

/// Returns a descriptor that can be read when one of the blocked signals waits.
pub(super) fn signal_fd(signals: &[Signal]) -> io::Result<File> {
    let set = set_of(signals);
    // SAFETY: the set outlives the call.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    check(fd.into()).map(own).map(File::from)
}

/// Waits for one of the blocked signals; `None` when the time is over first.
pub(super) fn wait_signal(
    signals: &[Signal],
    longest: Option<Duration>,
) -> io::Result<Option<i32>> {
    let set = set_of(signals);
    let longest = longest.map(|longest| libc::timespec {
        tv_sec: libc::time_t::try_from(longest.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: longest.subsec_nanos().into(),
    });
    let longest = longest.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: set and time outlive the call; what is known about the signal is not asked for.
    let result = unsafe { libc::sigtimedwait(&raw const set, ptr::null_mut(), longest) };
    match check(result.into()) {
        Ok(signal) => Ok(Some(signal as i32)),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EINTR) => Ok(None),
            _ => Err(error),
        },
    }
}

/// A child that has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaped {
    pub(super) pid: Pid,
    /// As `wait(2)` tells it.
    pub(super) status: i32,
    /// Microseconds of processor time, in the program and in the kernel.
    pub(super) user_us: u64,
    pub(super) system_us: u64,
    /// Largest resident size, in KiB.
    pub(super) peak_kib: u64,
}

/// What there is to reap.
pub(super) enum Reap {
    /// A child has ended.
    One(Reaped),
    /// There are children, but none has ended.
    NoneYet,
    /// There are no children.
    NoChildren,
}

/// Collects a child that has ended, without waiting for one.
pub(super) fn reap() -> io::Result<Reap> {
    let mut status = 0;
    // SAFETY: the structure is plain numbers.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: both places outlive the call.
    let pid = unsafe {
        libc::wait4(
            -1,
            &raw mut status,
            libc::WNOHANG | libc::__WALL,
            &raw mut usage,
        )
    };
    match check(pid.into()) {
        Ok(0) => Ok(Reap::NoneYet),
        Ok(pid) => {
            let Some(pid) = Pid::from_raw(pid as i32) else {
                return Ok(Reap::NoneYet);
            };
            let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
            Ok(Reap::One(Reaped {
                pid,
                status,
                user_us: micros(usage.ru_utime),
                system_us: micros(usage.ru_stime),
                peak_kib: usage.ru_maxrss as u64,
            }))
        }
        Err(error) => match error.raw_os_error() {
            Some(libc::ECHILD) => Ok(Reap::NoChildren),
            Some(libc::EINTR) => Ok(Reap::NoneYet),
            _ => Err(error),
        },
    }
}

/// Sets the user and the groups of this process for good.
pub(super) fn become_user(uid: u32, gid: u32, groups_too: bool) -> io::Result<()> {
    if groups_too {
        // SAFETY: an empty list is passed.
        check(unsafe { libc::setgroups(0, ptr::null()) }.into())?;
    }
    // SAFETY: it only changes credentials; there is one thread.
    check(unsafe { libc::setresgid(gid, gid, gid) }.into())?;
    // SAFETY: as above.
    check(unsafe { libc::setresuid(uid, uid, uid) }.into()).map(|_| ())
}

/// Borrows a descriptor for as long as its owner.
pub(super) fn raw(fd: &impl AsFd) -> i32 {
    fd.as_fd().as_raw_fd()
}
