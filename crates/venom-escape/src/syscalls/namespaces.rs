//! Namespaces: new ones, by every call that makes them. A new user namespace gives every right
//! inside it, and with them the parts of the kernel that only root could reach.

use std::ffi::c_int;
use std::time::Duration;

use crate::os::{self, Ending, Fork, call};
use crate::probe::{Group, Outcome, Probe, Scene, Stop, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Syscalls, id, tries, run)
}

/// `CLONE_NEWTIME`, which the C library does not name everywhere.
const NEW_TIME: c_int = 0x80;

pub(super) const PROBES: &[Probe] = &[
    probe("unshare_user", "make a user namespace by unshare", |_| {
        unshare(libc::CLONE_NEWUSER)
    }),
    probe(
        "unshare_user_mounts",
        "make a user and a mount namespace in one call",
        |_| unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS),
    ),
    probe("unshare_mounts", "make a mount namespace", |_| {
        unshare(libc::CLONE_NEWNS)
    }),
    probe("unshare_network", "make a network namespace", |_| {
        unshare(libc::CLONE_NEWNET)
    }),
    probe("unshare_processes", "make a process namespace", |_| {
        unshare(libc::CLONE_NEWPID)
    }),
    probe(
        "unshare_messages",
        "make a namespace of message queues",
        |_| unshare(libc::CLONE_NEWIPC),
    ),
    probe("unshare_names", "make a namespace of host names", |_| {
        unshare(libc::CLONE_NEWUTS)
    }),
    probe(
        "unshare_cgroups",
        "make a namespace of control groups",
        |_| unshare(libc::CLONE_NEWCGROUP),
    ),
    probe("unshare_time", "make a namespace of clocks", |_| {
        unshare(NEW_TIME)
    }),
    probe(
        "unshare_user_time",
        "make a user namespace and one of clocks",
        |_| unshare(libc::CLONE_NEWUSER | NEW_TIME),
    ),
    probe("clone_user", "make a user namespace by clone", |_| {
        child(os::fork_with(libc::CLONE_NEWUSER)?)
    }),
    probe(
        "clone_high_bits",
        "make a user namespace by clone with bits above the flags",
        |_| {
            // A filter that compares 64 bits takes this for another value; the kernel looks at 32.
            let flags = i64::from(libc::CLONE_NEWUSER | libc::SIGCHLD) | 1 << 40;
            match call!(libc::SYS_clone, flags, 0, 0, 0, 0)? {
                0 => os::leave(7),
                pid => child(Fork::Parent(os::descriptor(pid)?)),
            }
        },
    ),
    probe("clone3_user", "make a user namespace by clone3", |_| {
        child(os::fork_by_clone3(libc::CLONE_NEWUSER)?)
    }),
    probe("clone3_all", "make every namespace by one clone3", |_| {
        let all = libc::CLONE_NEWUSER
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS;
        child(os::fork_by_clone3(all)?)
    }),
    probe(
        "user_rights_regained",
        "become root in a user namespace and mount a tmpfs",
        |scene| {
            call!(libc::SYS_unshare, libc::CLONE_NEWUSER | libc::CLONE_NEWNS)?;
            let point = os::c_path(scene.workspace("scratch"))?;
            call!(libc::SYS_mount, c"tmpfs", &point, c"tmpfs", 0, 0)?;
            Ok("mounted".to_owned())
        },
    ),
    probe(
        "setns_own",
        "enter one's own network namespace again",
        |_| {
            let fd = os::open("/proc/self/ns/net", libc::O_RDONLY)?;
            call!(libc::SYS_setns, fd, libc::CLONE_NEWNET)?;
            Ok("entered".to_owned())
        },
    ),
];

fn unshare(flags: c_int) -> Outcome {
    call!(libc::SYS_unshare, flags)?;
    Ok("made".to_owned())
}

fn child(fork: Fork) -> Outcome {
    match fork {
        Fork::Child => os::leave(7),
        Fork::Parent(pid) => match os::wait(pid, Duration::from_secs(2))? {
            Some(Ending::Exited(7)) => Ok::<_, Stop>("a child ran in it".to_owned()),
            _ => held("the child did not run"),
        },
    }
}
