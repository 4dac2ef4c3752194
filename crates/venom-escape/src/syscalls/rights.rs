//! Rights: what the process still may, and what lets it get more.

use std::ffi::c_int;
use std::fs;

use crate::os::{self, call};
use crate::probe::{Group, Outcome, Probe, Scene, Stop, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Syscalls, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe("rights_effective", "hold any capability", |_| {
        capabilities("CapEff")
    }),
    probe("rights_permitted", "hold any capability in reserve", |_| {
        capabilities("CapPrm")
    }),
    probe(
        "rights_bounding",
        "be able to gain capabilities from a program",
        |_| capabilities("CapBnd"),
    ),
    probe("rights_ambient", "hand capabilities on to programs", |_| {
        let ambient = capabilities("CapAmb");
        if ambient.is_ok() {
            ambient
        } else {
            capabilities("CapInh")
        }
    }),
    probe(
        "new_privileges",
        "gain rights from a setuid program",
        |_| {
            if status("NoNewPrivs")?.trim() == "0" {
                Ok("programs may give new rights".to_owned())
            } else {
                held("programs give no new rights")
            }
        },
    ),
    probe("no_filter", "make system calls that nobody filters", |_| {
        if status("Seccomp")?.trim() == "0" {
            Ok("no filter is installed".to_owned())
        } else {
            held("a filter is installed")
        }
    }),
    probe("host_root", "be the host's root", |scene| {
        if scene.facts.number::<i64>("driver_is_root")? == 0 {
            return crate::probe::absent("the host's side is not root");
        }
        let map = fs::read_to_string("/proc/self/uid_map")?;
        let me = call!(libc::SYS_getuid)?;
        for line in map.lines() {
            let mut fields = line
                .split_whitespace()
                .filter_map(|field| field.parse::<i64>().ok());
            if let (Some(inner), Some(outer), Some(count)) =
                (fields.next(), fields.next(), fields.next())
                && me >= inner
                && me < inner + count
                && outer + (me - inner) == 0
            {
                return Ok(format!("user {me} is the host's user 0"));
            }
        }
        held(format!("user {me} is not the host's root"))
    }),
    probe("set_user", "become another user", |_| {
        call!(libc::SYS_setresuid, 1, 1, 1)?;
        Ok("became another user".to_owned())
    }),
    probe("set_groups", "join other groups", |_| {
        let groups = 1_u32.to_ne_bytes();
        call!(libc::SYS_setgroups, 1, &groups)?;
        Ok("joined".to_owned())
    }),
    probe(
        "core_dumps",
        "leave core dumps, which a program of the host takes",
        |_| {
            let mut limit = [0; 16];
            call!(libc::SYS_prlimit64, 0, libc::RLIMIT_CORE, 0, &mut limit)?;
            if limit == [0; 16] {
                held("no core is dumped")
            } else {
                Ok("cores are dumped".to_owned())
            }
        },
    ),
    probe("limits_raised", "raise a hard limit", |_| {
        let mut limit = [0_u8; 16];
        call!(libc::SYS_prlimit64, 0, libc::RLIMIT_NPROC, 0, &mut limit)?;
        let unlimited = [0xff; 16];
        call!(libc::SYS_prlimit64, 0, libc::RLIMIT_MEMLOCK, &unlimited, 0)?;
        call!(libc::SYS_prlimit64, 0, libc::RLIMIT_NPROC, &unlimited, 0)?;
        Ok("raised".to_owned())
    }),
    probe("realtime", "take a processor by real-time priority", |_| {
        call!(
            libc::SYS_sched_setscheduler,
            0,
            libc::SCHED_FIFO,
            &1_i32.to_ne_bytes()
        )?;
        call!(
            libc::SYS_sched_setscheduler,
            0,
            libc::SCHED_OTHER,
            &0_i32.to_ne_bytes()
        )?;
        Ok("taken".to_owned())
    }),
    probe(
        "realtime_by_attributes",
        "take a processor by a deadline",
        |_| {
            // struct sched_attr with SCHED_DEADLINE: 1 ms in every 100 ms.
            let mut attributes = os::words(&[0, 0, 0, 1_000_000, 100_000_000, 100_000_000]);
            attributes[..4].copy_from_slice(&48_u32.to_ne_bytes());
            attributes[4..8].copy_from_slice(&6_u32.to_ne_bytes());
            call!(libc::SYS_sched_setattr, 0, &attributes, 0)?;
            Ok("taken".to_owned())
        },
    ),
    probe("nice_raised", "raise the own priority", |_| {
        call!(libc::SYS_setpriority, libc::PRIO_PROCESS, 0, -5)?;
        Ok("raised".to_owned())
    }),
    probe(
        "disk_priority_raised",
        "raise the own priority at the disk",
        |_| {
            call!(libc::SYS_ioprio_set, 1, 0, 1 << 13)?;
            Ok("raised".to_owned())
        },
    ),
    probe(
        "oom_score_lowered",
        "be spared by the memory killer",
        |_| {
            fs::write("/proc/self/oom_score_adj", b"-500")?;
            Ok("written".to_owned())
        },
    ),
    probe(
        "own_map_rewritten",
        "change what the kernel believes about the own memory",
        |_| {
            // PR_SET_MM needs a right over resources; an unknown part is refused after the right.
            let set = call!(libc::SYS_prctl, libc::PR_SET_MM, 99, 0, 0, 0);
            Ok(os::reached(set, &[libc::EINVAL])?)
        },
    ),
    probe(
        "forged_credentials",
        "claim to be another process over a socket",
        |_| forge(),
    ),
];

fn status(field: &str) -> Result<String, Stop> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    match line {
        Some(value) => Ok(value.to_owned()),
        None => held("the kernel does not say"),
    }
}

fn capabilities(field: &str) -> Outcome {
    let value = status(field)?;
    let bits = u64::from_str_radix(value.trim(), 16).map_err(std::io::Error::other)?;
    if bits == 0 {
        return held("none");
    }
    Ok(format!("{bits:x}"))
}

/// Sends a message that names process 1 and user 0 as its sender.
fn forge() -> Outcome {
    let mut pair = [0; 8];
    call!(
        libc::SYS_socketpair,
        libc::AF_UNIX,
        libc::SOCK_STREAM,
        0,
        &mut pair
    )?;
    let mut first = [0; 4];
    first.copy_from_slice(pair.get(..4).unwrap_or(&[0; 4]));
    let socket = c_int::from_ne_bytes(first);
    // struct cmsghdr (length, level, SCM_CREDENTIALS) and struct ucred (pid, uid, gid).
    let mut control = os::words(&[28, 0, 0, 0]);
    control[8..12].copy_from_slice(&libc::SOL_SOCKET.to_ne_bytes());
    control[12..16].copy_from_slice(&libc::SCM_CREDENTIALS.to_ne_bytes());
    control[16..20].copy_from_slice(&1_i32.to_ne_bytes());
    let data = os::words(&[os::address(b"x"), 1]);
    // struct msghdr: name, its length, vector, its count, control, its length, flags.
    let message = os::words(&[0, 0, os::address(&data), 1, os::address(&control), 28, 0]);
    call!(libc::SYS_sendmsg, socket, &message, 0)?;
    drop((control, data));
    Ok("sent".to_owned())
}
