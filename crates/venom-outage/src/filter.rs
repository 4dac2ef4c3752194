//! The filter: which calls stop, as a program for the kernel.

use libc::{c_long, sock_filter};

/// `AUDIT_ARCH_*` of this architecture (`linux/audit.h`).
#[cfg(target_arch = "x86_64")]
const ARCH: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCH: u32 = 0xC000_00B7;

/// Calls that always stop.
const STOPPED: &[c_long] = &[
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_execve,
    libc::SYS_connect,
];

/// The older forms that not every architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_creat,
    libc::SYS_truncate,
];
#[cfg(target_arch = "aarch64")]
const OLDER: &[c_long] = &[libc::SYS_truncate];

/// Calls that stop if they may create or empty a file, and the place of their flags.
#[cfg(target_arch = "x86_64")]
const OPENING: &[(c_long, u32)] = &[(libc::SYS_openat, 2), (libc::SYS_open, 1)];
#[cfg(target_arch = "aarch64")]
const OPENING: &[(c_long, u32)] = &[(libc::SYS_openat, 2)];

/// Makes the program. Calls by the rules of another architecture are not looked at.
pub(crate) fn program() -> Vec<sock_filter> {
    let creating = (libc::O_CREAT | libc::O_TRUNC).unsigned_abs();
    let mut program = vec![
        load(4),
        jump(libc::BPF_JEQ, ARCH, 1, 0),
        done(libc::SECCOMP_RET_ALLOW),
        load(0),
    ];
    for number in STOPPED.iter().chain(OLDER) {
        program.push(jump(libc::BPF_JEQ, word(*number), 0, 1));
        program.push(done(libc::SECCOMP_RET_USER_NOTIF));
    }
    for (number, flags) in OPENING {
        program.push(jump(libc::BPF_JEQ, word(*number), 0, 4));
        program.push(load(16 + 8 * flags));
        program.push(jump(libc::BPF_JSET, creating, 0, 1));
        program.push(done(libc::SECCOMP_RET_USER_NOTIF));
        program.push(done(libc::SECCOMP_RET_ALLOW));
    }
    program.push(done(libc::SECCOMP_RET_ALLOW));
    program
}

fn word(number: c_long) -> u32 {
    // Numbers of calls are small.
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn load(offset: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset)
}

fn jump(test: u32, value: u32, jt: u8, jf: u8) -> sock_filter {
    instruction(libc::BPF_JMP | test | libc::BPF_K, jt, jf, value)
}

fn done(result: u32) -> sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, result)
}

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    let code = u16::try_from(code).unwrap_or_default();
    sock_filter { code, jt, jf, k }
}
