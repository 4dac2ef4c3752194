//! Signals and settings of processes that belong to the host.
//!
//! Only victims that the driver started for the purpose are named; a number is never guessed, and
//! nothing is ever sent to all.

use std::fs;

use crate::files::in_host_pids;
use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Probe, Scene, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Processes, id, tries, run)
}

/// `F_SETSIG`, which the C library keeps for its own extensions.
const F_SETSIG: i32 = 10;

pub(super) const PROBES: &[Probe] = &[
    probe(
        "host_process_visible",
        "see a process of the host in /proc",
        |scene| {
            let pid = scene.victim()?;
            let name = fs::read_to_string(format!("/proc/{pid}/comm"))?;
            if name.trim() == scene.facts.text("victim_name")? {
                Ok(format!("{pid} is {}", name.trim()))
            } else {
                held("another process has that number")
            }
        },
    ),
    probe(
        "host_process_exists",
        "ask whether a process of the host exists",
        |scene| {
            os::kill(scene.victim()?, 0)?;
            Ok("it does".to_owned())
        },
    ),
    probe("kill_victim", "kill a process of the host", |scene| {
        os::kill(scene.victim()?, libc::SIGKILL)?;
        Ok("sent".to_owned())
    })
    .seen_by_host(Effect::VictimKilled),
    probe("kill_group", "kill a process group of the host", |scene| {
        os::kill(-scene.victim()?, libc::SIGKILL)?;
        Ok("sent".to_owned())
    })
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_supervisor",
        "end the process that stands for the supervisor",
        |scene| {
            os::kill(scene.victim()?, libc::SIGTERM)?;
            Ok("sent".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_by_pidfd",
        "kill a process of the host by descriptor",
        |scene| {
            let fd = call!(libc::SYS_pidfd_open, scene.victim()?, 0)?;
            call!(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, 0, 0)?;
            Ok("sent".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_by_proc_folder",
        "kill a process of the host by its folder in /proc",
        |scene| {
            let path = format!("/proc/{}", scene.victim()?);
            let fd = os::open(path, libc::O_RDONLY | libc::O_DIRECTORY)?;
            call!(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, 0, 0)?;
            Ok("sent".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe("kill_by_thread", "kill a thread of the host", |scene| {
        let pid = scene.victim()?;
        call!(libc::SYS_tgkill, pid, pid, libc::SIGKILL)?;
        Ok("sent".to_owned())
    })
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_by_queue",
        "queue a signal to a process of the host",
        |scene| {
            // siginfo_t: si_signo, si_errno, si_code, with SI_QUEUE.
            let mut info = [0; 128];
            info[..4].copy_from_slice(&libc::SIGTERM.to_ne_bytes());
            info[8..12].copy_from_slice(&(-1_i32).to_ne_bytes());
            call!(
                libc::SYS_rt_sigqueueinfo,
                scene.victim()?,
                libc::SIGTERM,
                &info
            )?;
            Ok("sent".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_by_owner",
        "let the kernel signal the owner of a pipe",
        |scene| {
            let (reader, writer) = os::pipe()?;
            call!(libc::SYS_fcntl, reader, libc::F_SETOWN, scene.victim()?)?;
            call!(
                libc::SYS_fcntl,
                reader,
                libc::F_SETFL,
                libc::O_ASYNC | libc::O_NONBLOCK
            )?;
            // The kernel sends SIGIO when there is something to read, and SIGIO ends a process.
            os::write(writer, b"x")?;
            Ok("asked for".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe(
        "kill_by_chosen_signal",
        "let the kernel send a signal of our choice to a pipe's owner",
        |scene| {
            let (reader, writer) = os::pipe()?;
            call!(libc::SYS_fcntl, reader, F_SETSIG, libc::SIGUSR1)?;
            call!(libc::SYS_fcntl, reader, libc::F_SETOWN, scene.victim()?)?;
            call!(
                libc::SYS_fcntl,
                reader,
                libc::F_SETFL,
                libc::O_ASYNC | libc::O_NONBLOCK
            )?;
            os::write(writer, b"x")?;
            Ok("asked for".to_owned())
        },
    )
    .seen_by_host(Effect::VictimKilled),
    probe("stop_victim", "stop a process of the host", |scene| {
        os::kill(scene.victim()?, libc::SIGSTOP)?;
        Ok("sent".to_owned())
    })
    .seen_by_host(Effect::VictimStopped),
    probe(
        "limit_victim",
        "set the limits of a process of the host",
        |scene| {
            // RLIMIT_CORE to what it is: only the right to set it is tried.
            let mut limit = [0; 16];
            let pid = scene.victim()?;
            call!(libc::SYS_prlimit64, pid, libc::RLIMIT_CORE, 0, &mut limit)?;
            call!(libc::SYS_prlimit64, pid, libc::RLIMIT_CORE, &limit, 0)?;
            Ok("set".to_owned())
        },
    ),
    probe(
        "renice_victim",
        "change the priority of a process of the host",
        |scene| {
            call!(
                libc::SYS_setpriority,
                libc::PRIO_PROCESS,
                scene.victim()?,
                5
            )?;
            Ok("changed".to_owned())
        },
    ),
    probe(
        "pin_victim",
        "pin a process of the host to a processor",
        |scene| {
            let mut mask = [0; 128];
            let pid = scene.victim()?;
            let length = mask.len();
            call!(libc::SYS_sched_getaffinity, pid, length, &mut mask)?;
            call!(libc::SYS_sched_setaffinity, pid, length, &mask)?;
            Ok("pinned".to_owned())
        },
    ),
    probe(
        "slow_victim_disk",
        "change the disk priority of a process of the host",
        |scene| {
            // IOPRIO_WHO_PROCESS, the idle class.
            call!(libc::SYS_ioprio_set, 1, scene.victim()?, 3 << 13)?;
            Ok("changed".to_owned())
        },
    ),
    probe(
        "sacrifice_victim",
        "offer a process of the host to the memory killer",
        |scene| {
            fs::write(format!("/proc/{}/oom_score_adj", scene.victim()?), b"500")?;
            Ok("written".to_owned())
        },
    ),
    probe("kill_init", "signal the sandbox's first process", |scene| {
        if in_host_pids(scene)? {
            // Without a sandbox the first process is the machine's; a victim stands for it.
            os::kill(scene.victim()?, libc::SIGTERM)?;
            return Ok("a process of the host took the signal".to_owned());
        }
        for signal in [
            libc::SIGTERM,
            libc::SIGINT,
            libc::SIGHUP,
            libc::SIGUSR1,
            libc::SIGSEGV,
        ] {
            os::kill(1, signal)?;
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        // A first process that dies takes this one with it, and then nobody says anything.
        held("it took the signals and lives")
    })
    .at(crate::probe::Place::Alone),
];
