#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "registers hold what the kernel's headers call signed and unsigned in turn"
)]

use super::*;

/// A call as a filter sees it.
struct Call {
    arch: u32,
    number: u32,
    args: [u64; 6],
}

/// Runs a filter as the kernel's definition says (`Documentation/networking/filter.rst`).
fn interpret(program: &[sock_filter], call: &Call) -> u32 {
    let word = |offset: u32| -> u32 {
        let half = |value: u64, high: bool| {
            if high {
                (value >> 32) as u32
            } else {
                value as u32
            }
        };
        match offset {
            0 => call.number,
            4 => call.arch,
            8 | 12 => 0,
            16..64 => half(call.args[(offset as usize - 16) / 8], offset % 8 == 4),
            _ => panic!("load outside of the data at {offset}"),
        }
    };
    let mut accumulator = 0_u32;
    let mut at = 0;
    for _ in 0..program.len() {
        let i = program[at];
        at += 1;
        let jump = |taken: bool| usize::from(if taken { i.jt } else { i.jf });
        match i.code {
            0x20 => accumulator = word(i.k),
            0x54 => accumulator &= i.k,
            0x06 => return i.k,
            0x05 => at += i.k as usize,
            0x15 => at += jump(accumulator == i.k),
            0x35 => at += jump(accumulator >= i.k),
            0x45 => at += jump(accumulator & i.k != 0),
            code => panic!("unknown instruction {code:#x}"),
        }
    }
    panic!("the program does not end");
}

const FULL: Profile = Profile {
    network: true,
    unix_sockets: false,
    memory_files: true,
};

const RESTRICTED: Profile = Profile {
    network: false,
    unix_sockets: false,
    memory_files: false,
};

fn ask(profile: Profile, number: libc::c_long, args: &[u64]) -> u32 {
    let mut all = [0; 6];
    all[..args.len()].copy_from_slice(args);
    interpret(
        &program(profile),
        &Call {
            arch: ARCH,
            number: number as u32,
            args: all,
        },
    )
}

const EPERM: u32 = errno(libc::EPERM);
const ENOSYS: u32 = errno(libc::ENOSYS);

fn check(expected: u32, number: libc::c_long, args: &[u64]) {
    assert_eq!(ask(FULL, number, args), expected, "call {number} {args:?}");
}

#[test]
fn usual_calls_are_allowed_and_dangerous_ones_are_not() {
    for call in [
        libc::SYS_read,
        libc::SYS_execve,
        libc::SYS_futex,
        libc::SYS_exit_group,
    ] {
        check(ALLOW, call, &[]);
    }
    for call in [
        libc::SYS_mount,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_add_key,
        libc::SYS_keyctl,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_chroot,
        libc::SYS_pivot_root,
        libc::SYS_open_by_handle_at,
        libc::SYS_name_to_handle_at,
        libc::SYS_fanotify_init,
        libc::SYS_syslog,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_pidfd_getfd,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_mount_setattr,
    ] {
        check(EPERM, call, &[]);
    }
    for call in [
        libc::SYS_clone3,
        libc::SYS_openat2,
        libc::SYS_io_uring_setup,
        463,
        9999,
    ] {
        check(ENOSYS, call, &[]);
    }
}

#[test]
fn another_architecture_kills() {
    let call = |arch, number| {
        let args = [0; 6];
        interpret(&program(FULL), &Call { arch, number, args })
    };
    assert_eq!(call(0x4000_0003, 3), KILL, "i386");
    assert_eq!(call(ARCH, X32 | 1), KILL, "x32");
    assert_eq!(call(ARCH, u32::MAX), KILL);
}

#[test]
fn a_process_can_be_made_but_no_namespace() {
    check(ALLOW, libc::SYS_clone, &[libc::SIGCHLD as u64]);
    check(
        ALLOW,
        libc::SYS_clone,
        &[(libc::CLONE_VM | libc::CLONE_THREAD) as u64],
    );
    for namespace in [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ] {
        check(
            EPERM,
            libc::SYS_clone,
            &[(namespace | libc::SIGCHLD) as u64],
        );
    }
}

#[test]
fn sockets_by_family_and_kind() {
    let flags = (libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) as u64;
    let socket = |family: i32, kind: i32, protocol: i32| {
        [family as u64, kind as u64 | flags, protocol as u64]
    };
    let cases = [
        (ALLOW, socket(libc::AF_INET, libc::SOCK_STREAM, 0)),
        (
            ALLOW,
            socket(libc::AF_INET6, libc::SOCK_STREAM, libc::IPPROTO_TCP),
        ),
        (
            ALLOW,
            socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_UDP),
        ),
        (ALLOW, socket(libc::AF_INET, libc::SOCK_DGRAM, 0)),
        (
            EPERM,
            socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_ICMP),
        ),
        (
            EPERM,
            socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP),
        ),
        (
            EPERM,
            socket(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_SCTP),
        ),
        (EPERM, socket(libc::AF_INET6, libc::SOCK_RAW, 0)),
        (
            ALLOW,
            socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
        ),
        (
            EPERM,
            socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_AUDIT),
        ),
        (EPERM, socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)),
        (EPERM, socket(libc::AF_PACKET, libc::SOCK_RAW, 0)),
        (EPERM, socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0)),
        (EPERM, socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0)),
    ];
    for (expected, args) in cases {
        check(expected, libc::SYS_socket, &args);
        assert_eq!(ask(RESTRICTED, libc::SYS_socket, &args), EPERM, "{args:?}");
    }
    let with_unix = Profile {
        unix_sockets: true,
        ..FULL
    };
    let unix = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0);
    assert_eq!(ask(with_unix, libc::SYS_socket, &unix), ALLOW);
    check(ALLOW, libc::SYS_socketpair, &[libc::AF_UNIX as u64]);
    check(EPERM, libc::SYS_socketpair, &[libc::AF_TIPC as u64]);
}

#[test]
fn no_mode_may_set_an_id() {
    for bit in [0o4000, 0o2000, 0o6755] {
        check(EPERM, libc::SYS_fchmod, &[3, bit]);
        check(EPERM, libc::SYS_fchmodat, &[3, 0, bit]);
        check(EPERM, 452, &[3, 0, bit, 0]);
        check(EPERM, libc::SYS_mkdirat, &[3, 0, bit]);
        check(EPERM, libc::SYS_mknodat, &[3, 0, bit]);
        check(EPERM, libc::SYS_openat, &[3, 0, libc::O_CREAT as u64, bit]);
        check(
            EPERM,
            libc::SYS_openat,
            &[3, 0, libc::O_TMPFILE as u64, bit],
        );
        check(
            ALLOW,
            libc::SYS_openat,
            &[3, 0, libc::O_DIRECTORY as u64, bit],
        );
    }
    check(ALLOW, libc::SYS_fchmod, &[3, 0o1755]);
    check(
        ALLOW,
        libc::SYS_openat,
        &[3, 0, libc::O_CREAT as u64, 0o644],
    );
    #[cfg(target_arch = "x86_64")]
    {
        check(EPERM, libc::SYS_chmod, &[0, 0o4755]);
        check(EPERM, libc::SYS_mkdir, &[0, 0o2755]);
        check(EPERM, libc::SYS_creat, &[0, 0o4755]);
        check(EPERM, libc::SYS_open, &[0, libc::O_CREAT as u64, 0o4755]);
        check(
            EPERM,
            libc::SYS_mknod,
            &[0, u64::from(libc::S_IFBLK) | 0o600],
        );
    }
}

#[test]
fn no_devices_but_pipes() {
    let node = |kind: u32| [3, 0, u64::from(kind | 0o600)];
    check(EPERM, libc::SYS_mknodat, &node(libc::S_IFCHR));
    check(EPERM, libc::SYS_mknodat, &node(libc::S_IFBLK));
    check(ALLOW, libc::SYS_mknodat, &node(libc::S_IFIFO));
    check(ALLOW, libc::SYS_mknodat, &node(libc::S_IFREG));
}

#[test]
fn arguments_of_terminals_limits_and_personality() {
    check(EPERM, libc::SYS_ioctl, &[0, 0x5412]);
    // The kernel takes the low word only; so does the rule.
    check(EPERM, libc::SYS_ioctl, &[0, 0xDEAD_0000_5412]);
    check(ALLOW, libc::SYS_ioctl, &[0, 0x5401]);
    check(ALLOW, libc::SYS_prlimit64, &[0, 7, 1, 0]);
    check(ALLOW, libc::SYS_prlimit64, &[1, 7, 0, 1]);
    check(EPERM, libc::SYS_prlimit64, &[1, 7, 1 << 32, 0]);
    check(EPERM, libc::SYS_prlimit64, &[1, 7, 8, 0]);
    check(ALLOW, libc::SYS_personality, &[0xFFFF_FFFF]);
    check(EPERM, libc::SYS_personality, &[0x0040_0000]);
}

#[test]
fn system_v_memory_is_refused_because_no_limit_counts_it() {
    for call in [libc::SYS_shmget, libc::SYS_semget, libc::SYS_msgget] {
        assert_eq!(ask(FULL, call, &[]), EPERM);
        assert_eq!(ask(RESTRICTED, call, &[]), EPERM);
    }
}

#[test]
fn the_tree_agrees_with_the_list() {
    let rules = calls::rules(FULL);
    let program = program(FULL);
    for number in 0..FIRST_UNKNOWN {
        let found: Vec<_> = rules.iter().filter(|(n, _)| *n == number).collect();
        assert!(found.len() <= 1, "call {number} is listed twice");
        let expected = match found.first() {
            None => Rule::REFUSE,
            Some((_, rule)) => *rule,
        };
        if let Rule::Always(expected) = expected {
            let args = [u64::MAX; 6];
            let result = interpret(
                &program,
                &Call {
                    arch: ARCH,
                    number,
                    args,
                },
            );
            assert_eq!(result, expected, "call {number}");
        }
    }
    assert!(program.len() < 600, "{} instructions", program.len());
}

#[test]
fn what_nobody_adds_up_cannot_be_had() {
    check(errno(libc::EOPNOTSUPP), libc::SYS_fallocate, &[3, 0, 0, 1]);
    check(ALLOW, libc::SYS_memfd_create, &[]);
    let uncounted = ask(RESTRICTED, libc::SYS_memfd_create, &[]);
    assert_eq!(uncounted, errno(libc::ENOSYS));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn numbers_that_are_written_out_are_those_of_the_bindings() {
    for (ours, theirs) in [
        (calls::SYS_RENAMEAT, libc::SYS_renameat),
        (calls::SYS_SYNC_FILE_RANGE, libc::SYS_sync_file_range),
        (calls::SYS_GETRLIMIT, libc::SYS_getrlimit),
        (calls::SYS_SETRLIMIT, libc::SYS_setrlimit),
    ] {
        assert_eq!(ours, theirs);
    }
}
