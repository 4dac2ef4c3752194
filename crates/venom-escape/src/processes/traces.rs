//! Tracing, and the descriptors and namespaces of processes that belong to the host.

use std::ffi::c_int;
use std::time::Duration;

use crate::files::in_host_pids;
use crate::os::{self, Fork, call};
use crate::probe::{Group, Outcome, Probe, Scene, Stop, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Processes, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe("ptrace_seize", "trace a process of the host", |scene| {
        call!(libc::SYS_ptrace, libc::PTRACE_SEIZE, scene.victim()?, 0, 0)?;
        Ok("seized".to_owned())
    }),
    probe(
        "ptrace_attach",
        "trace and stop a process of the host",
        |scene| {
            let pid = scene.victim()?;
            call!(libc::SYS_ptrace, libc::PTRACE_ATTACH, pid, 0, 0)?;
            os::wait(pid, Duration::from_secs(1))?;
            call!(libc::SYS_ptrace, libc::PTRACE_DETACH, pid, 0, 0).ok();
            Ok("attached".to_owned())
        },
    ),
    probe(
        "ptrace_init",
        "trace the sandbox's first process",
        |scene| {
            // Without a sandbox the first process is the machine's; a victim stands for it.
            let pid = if in_host_pids(scene)? {
                scene.victim()?
            } else {
                1
            };
            call!(libc::SYS_ptrace, libc::PTRACE_SEIZE, pid, 0, 0)?;
            Ok("seized".to_owned())
        },
    ),
    probe(
        "ptrace_own_child",
        "use tracing at all, which rewrites system calls",
        |_| {
            let child = match os::fork()? {
                Fork::Child => os::pause_forever(),
                Fork::Parent(pid) => pid,
            };
            let seized = call!(libc::SYS_ptrace, libc::PTRACE_SEIZE, child, 0, 0);
            os::kill(child, libc::SIGKILL)?;
            seized?;
            Ok("seized".to_owned())
        },
    ),
    probe(
        "pidfd_getfd",
        "take a descriptor out of a process of the host",
        |scene| {
            let pid: c_int = scene.facts.number("driver_pid")?;
            let fd: c_int = scene.facts.number("secret_fd")?;
            let process = call!(libc::SYS_pidfd_open, pid, 0)?;
            let file = os::descriptor(call!(libc::SYS_pidfd_getfd, process, fd, 0)?)?;
            call!(libc::SYS_lseek, file, 0, libc::SEEK_SET)?;
            scene.expect_token(&os::read(file)?)
        },
    ),
    probe(
        "kcmp",
        "compare the kernel's objects of two processes",
        |scene| {
            let me: u32 = std::process::id();
            call!(libc::SYS_kcmp, me, scene.victim()?, 1, 0, 0)?;
            Ok("compared".to_owned())
        },
    ),
    probe(
        "setns_mounts",
        "enter the mounts of a process of the host",
        |scene| enter("mnt", libc::CLONE_NEWNS, scene),
    ),
    probe(
        "setns_network",
        "enter the network of a process of the host",
        |scene| enter("net", libc::CLONE_NEWNET, scene),
    ),
    probe(
        "setns_by_pidfd",
        "enter all namespaces of a process of the host",
        |scene| {
            let fd = call!(libc::SYS_pidfd_open, scene.victim()?, 0)?;
            let all = libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;
            call!(libc::SYS_setns, fd, all)?;
            scene.expect_token(&std::fs::read(scene.secret()?)?)
        },
    ),
    probe(
        "setns_init",
        "enter the mounts of the sandbox's first process",
        |scene| {
            if in_host_pids(scene)? {
                return enter("mnt", libc::CLONE_NEWNS, scene);
            }
            let fd = os::open("/proc/1/ns/mnt", libc::O_RDONLY)?;
            call!(libc::SYS_setns, fd, libc::CLONE_NEWNS)?;
            Ok("entered".to_owned())
        },
    ),
    probe(
        "wait_for_victim",
        "wait for a process of the host by descriptor",
        |scene| {
            let fd = call!(libc::SYS_pidfd_open, scene.victim()?, 0)?;
            let fd = os::descriptor(fd)?;
            if os::readable(fd, Duration::ZERO)? {
                return held("it has ended");
            }
            Ok("a descriptor of it is held".to_owned())
        },
    ),
    probe(
        "process_folder_list",
        "count the processes of the host in /proc",
        |scene| {
            let driver: c_int = scene.facts.number("driver_pid")?;
            let theirs = scene.victim()?;
            let mut seen = 0;
            for entry in std::fs::read_dir("/proc")? {
                let name = entry?.file_name();
                let pid = name.to_str().and_then(|name| name.parse::<c_int>().ok());
                seen += i32::from(pid.is_some_and(|pid| pid == driver || pid == theirs));
            }
            let line =
                std::fs::read_to_string(format!("/proc/{theirs}/cmdline")).unwrap_or_default();
            if seen == 2 && line.contains("victim") {
                Ok("the driver and its victim are listed".to_owned())
            } else {
                held("they are not listed")
            }
        },
    ),
];

fn enter(kind: &str, flag: c_int, scene: &Scene<'_>) -> Outcome {
    let path = format!("/proc/{}/ns/{kind}", scene.victim()?);
    let fd = os::open(path, libc::O_RDONLY)?;
    call!(libc::SYS_setns, fd, flag)?;
    match kind {
        "mnt" => scene.expect_token(&std::fs::read(scene.secret()?)?),
        _ => Ok::<_, Stop>("entered".to_owned()),
    }
}
