//! Which system calls commands may make, and with which arguments.

use super::{ALLOW, Asm, Profile, argument, errno};

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The same result always.
    Always(u32),
    /// No new namespaces.
    Clone,
    /// Only these families and kinds of sockets.
    Socket { network: bool, unix_sockets: bool },
    /// Only pairs of Unix sockets.
    SocketPair,
    /// No request that types into a terminal or changes what kind it is.
    Ioctl,
    /// Only the personalities that weaken nothing.
    Personality,
    /// No set-user-id or set-group-id bit in the mode, which is this argument.
    Mode(u32),
    /// As `Mode`, and no devices.
    Node(u32),
    /// As `Mode`, if the flags, which are the first argument, make a file.
    Open { flags: u32, mode: u32 },
    /// Limits of this process, or a look at another's.
    Limit,
}

impl Rule {
    pub(super) const REFUSE: Self = Self::Always(errno(libc::EPERM));
    const ALLOW: Self = Self::Always(ALLOW);
    const UNKNOWN: Self = Self::Always(errno(libc::ENOSYS));
    /// Says that it worked. For `sync`, which cannot fail and would flush the host's disks.
    const PRETEND: Self = Self::Always(errno(0));

    pub(super) fn write(self, asm: &mut Asm) {
        const EPERM: u32 = errno(libc::EPERM);
        const SET_ID: u32 = libc::S_ISUID | libc::S_ISGID;
        match self {
            Self::Always(result) => asm.done(result),
            Self::Clone => {
                asm.load(argument(0));
                asm.return_if_any(NEW_NAMESPACES, EPERM);
                asm.done(ALLOW);
            }
            Self::Socket {
                network,
                unix_sockets,
            } => Self::write_socket(asm, network, unix_sockets),
            Self::SocketPair => {
                asm.load(argument(0));
                asm.return_if_equal(word(libc::AF_UNIX), ALLOW);
                asm.done(EPERM);
            }
            Self::Ioctl => {
                asm.load(argument(1));
                for request in TERMINAL_TRICKS {
                    asm.return_if_equal(request, EPERM);
                }
                asm.done(ALLOW);
            }
            Self::Personality => {
                asm.load(argument(0));
                // What container engines allow: Linux, 32-bit layout, and questions.
                for personality in [0, 0x0008, 0x2_0000, 0x2_0008, 0xFFFF_FFFF] {
                    asm.return_if_equal(personality, ALLOW);
                }
                asm.done(EPERM);
            }
            Self::Mode(mode) => {
                asm.load(argument(mode));
                asm.return_if_any(SET_ID, EPERM);
                asm.done(ALLOW);
            }
            Self::Node(mode) => {
                asm.load(argument(mode));
                asm.return_if_any(SET_ID, EPERM);
                asm.and(libc::S_IFMT);
                for kind in [0, libc::S_IFREG, libc::S_IFIFO, libc::S_IFSOCK] {
                    asm.return_if_equal(kind, ALLOW);
                }
                asm.done(EPERM);
            }
            Self::Open { flags, mode } => {
                // O_TMPFILE without the bit of O_DIRECTORY that it contains.
                let makes = word(libc::O_CREAT) | word(libc::O_TMPFILE & !libc::O_DIRECTORY);
                asm.load(argument(flags));
                asm.return_unless_any(makes, ALLOW);
                asm.load(argument(mode));
                asm.return_if_any(SET_ID, EPERM);
                asm.done(ALLOW);
            }
            Self::Limit => {
                asm.load(argument(0));
                asm.return_if_equal(0, ALLOW);
                asm.load(argument(2));
                asm.return_unless_equal(0, EPERM);
                asm.load(argument(2) + 4);
                asm.return_unless_equal(0, EPERM);
                asm.done(ALLOW);
            }
        }
    }

    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "they are the two fields of the rule that is written"
    )]
    fn write_socket(asm: &mut Asm, network: bool, unix_sockets: bool) {
        const EPERM: u32 = errno(libc::EPERM);
        const KIND: u32 = 0xF;
        asm.load(argument(0));
        if unix_sockets {
            asm.return_if_equal(word(libc::AF_UNIX), ALLOW);
        }
        if !network {
            asm.done(EPERM);
            return;
        }
        // Jumps are counted from the next instruction: to the internet's part, the netlink part,
        // the refusal, or the permission at the end.
        let eq = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        asm.push(eq, 2, 0, word(libc::AF_INET));
        asm.push(eq, 1, 0, word(libc::AF_INET6));
        asm.push(eq, 8, 10, word(libc::AF_NETLINK));
        // Internet: streams and datagrams, by their usual protocols.
        asm.load(argument(1));
        asm.and(KIND);
        asm.push(eq, 1, 0, word(libc::SOCK_STREAM));
        asm.push(eq, 0, 6, word(libc::SOCK_DGRAM));
        asm.load(argument(2));
        asm.push(eq, 5, 0, 0);
        asm.push(eq, 4, 0, word(libc::IPPROTO_TCP));
        asm.push(eq, 3, 2, word(libc::IPPROTO_UDP));
        // Netlink: routes only, which is how programs list interfaces.
        asm.load(argument(2));
        asm.return_unless_equal(word(libc::NETLINK_ROUTE), EPERM);
        asm.done(ALLOW);
    }
}

const fn word(value: libc::c_int) -> u32 {
    value.cast_unsigned()
}

pub(super) const NEW_NAMESPACES: u32 = word(
    libc::CLONE_NEWNS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET,
);

/// TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD (`asm-generic/ioctls.h`).
const TERMINAL_TRICKS: [u32; 4] = [0x5412, 0x541C, 0x541D, 0x5423];

/// Every call that has a rule other than refusal, with its number.
pub(super) fn rules(profile: Profile) -> Vec<(u32, Rule)> {
    let mut rules: Vec<(libc::c_long, Rule)> = Vec::with_capacity(400);
    let mut all = |calls: &[libc::c_long], rule: Rule| {
        rules.extend(calls.iter().map(|call| (*call, rule)));
    };
    all(FILES, Rule::ALLOW);
    all(MEMORY, Rule::ALLOW);
    all(PROCESSES, Rule::ALLOW);
    all(WAITING, Rule::ALLOW);
    all(TALKING, Rule::ALLOW);
    #[cfg(target_arch = "x86_64")]
    all(ONLY_X86_64, Rule::ALLOW);
    all(&[libc::SYS_sync], Rule::PRETEND);
    all(NOT_HERE, Rule::UNKNOWN);
    // Reserves in an instant what only looking can limit. Many file systems cannot do it, so that
    // programs write instead.
    all(
        &[libc::SYS_fallocate],
        Rule::Always(errno(libc::EOPNOTSUPP)),
    );
    all(
        &[libc::SYS_memfd_create],
        if profile.memory_files {
            Rule::ALLOW
        } else {
            Rule::UNKNOWN
        },
    );
    all(&[libc::SYS_clone], Rule::Clone);
    all(
        &[libc::SYS_socket],
        Rule::Socket {
            network: profile.network,
            unix_sockets: profile.unix_sockets,
        },
    );
    all(&[libc::SYS_socketpair], Rule::SocketPair);
    all(&[libc::SYS_ioctl], Rule::Ioctl);
    all(&[libc::SYS_personality], Rule::Personality);
    all(&[libc::SYS_fchmod], Rule::Mode(1));
    all(
        &[libc::SYS_fchmodat, SYS_FCHMODAT2, libc::SYS_mkdirat],
        Rule::Mode(2),
    );
    all(&[libc::SYS_mknodat], Rule::Node(2));
    all(&[libc::SYS_openat], Rule::Open { flags: 2, mode: 3 });
    all(&[libc::SYS_prlimit64], Rule::Limit);
    #[cfg(target_arch = "x86_64")]
    {
        all(
            &[libc::SYS_chmod, libc::SYS_mkdir, libc::SYS_creat],
            Rule::Mode(1),
        );
        all(&[libc::SYS_mknod], Rule::Node(1));
        all(&[libc::SYS_open], Rule::Open { flags: 1, mode: 2 });
    }
    rules
        .into_iter()
        .filter_map(|(call, rule)| Some((u32::try_from(call).ok()?, rule)))
        .collect()
}

/// Calls since 5.1 have one number on every architecture; the bindings lack some of them.
const SYS_FCHMODAT2: libc::c_long = 452;

/// The number of a call that the bindings do not have for both: on x86_64, and where the generic table
/// (`asm-generic/unistd.h`) holds.
const fn number(x86_64: libc::c_long, generic: libc::c_long) -> libc::c_long {
    if cfg!(target_arch = "x86_64") {
        x86_64
    } else {
        generic
    }
}

pub(super) const SYS_RENAMEAT: libc::c_long = number(264, 38);
pub(super) const SYS_SYNC_FILE_RANGE: libc::c_long = number(277, 84);
pub(super) const SYS_GETRLIMIT: libc::c_long = number(97, 163);
pub(super) const SYS_SETRLIMIT: libc::c_long = number(160, 164);

/// Calls whose arguments lie in memory, or that are new and have an older sibling that suffices.
const NOT_HERE: &[libc::c_long] = &[
    libc::SYS_clone3,
    libc::SYS_openat2,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_memfd_secret,
    453, // map_shadow_stack
    457, // statmount
    458, // listmount
    459, // lsm_get_self_attr
    460, // lsm_set_self_attr
    461, // lsm_list_modules
];

const FILES: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    SYS_SYNC_FILE_RANGE,
    libc::SYS_syncfs,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    SYS_RENAMEAT,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_readlinkat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_umask,
    libc::SYS_utimensat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_flistxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    libc::SYS_inotify_rm_watch,
    libc::SYS_io_setup,
    libc::SYS_io_destroy,
    libc::SYS_io_submit,
    libc::SYS_io_cancel,
    libc::SYS_io_getevents,
    451, // cachestat
];

const MEMORY: &[libc::c_long] = &[
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_brk,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_munlock,
    libc::SYS_mlockall,
    libc::SYS_munlockall,
    libc::SYS_remap_file_pages,
    libc::SYS_mbind,
    libc::SYS_get_mempolicy,
    libc::SYS_set_mempolicy,
    libc::SYS_pkey_mprotect,
    libc::SYS_pkey_alloc,
    libc::SYS_pkey_free,
    libc::SYS_membarrier,
    450, // set_mempolicy_home_node
    462, // mseal
];

const PROCESSES: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_setpgid,
    libc::SYS_getsid,
    libc::SYS_setsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_prctl,
    libc::SYS_seccomp,
    SYS_GETRLIMIT,
    SYS_SETRLIMIT,
    libc::SYS_getrusage,
    libc::SYS_getpriority,
    libc::SYS_setpriority,
    libc::SYS_ioprio_get,
    libc::SYS_ioprio_set,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_setparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_getattr,
    libc::SYS_sched_setattr,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_rr_get_interval,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_sigaltstack,
    libc::SYS_signalfd4,
    libc::SYS_restart_syscall,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_times,
    libc::SYS_getcpu,
    libc::SYS_getrandom,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

const WAITING: &[libc::c_long] = &[
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    454, // futex_wake
    455, // futex_wait
    456, // futex_requeue
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_delete,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
];

const TALKING: &[libc::c_long] = &[
    libc::SYS_pipe2,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmmsg,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_timedsend,
    libc::SYS_mq_timedreceive,
    libc::SYS_mq_notify,
    libc::SYS_mq_getsetattr,
];

/// Calls that newer architectures never had.
#[cfg(target_arch = "x86_64")]
const ONLY_X86_64: &[libc::c_long] = &[
    libc::SYS_arch_prctl,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_pipe,
    libc::SYS_select,
    libc::SYS_poll,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_signalfd,
    libc::SYS_inotify_init,
    libc::SYS_dup2,
    libc::SYS_pause,
    libc::SYS_alarm,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_getdents,
    libc::SYS_rename,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_unlink,
    libc::SYS_symlink,
    libc::SYS_readlink,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_getpgrp,
    libc::SYS_time,
];
