//! The memory of processes that belong to the host, and memory that processes share.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;

use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Probe, Scene, Stop, contains, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Processes, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe(
        "process_vm_read",
        "read the memory of a process of the host",
        |scene| {
            let buffer = vec![0_u8; 256];
            let local = os::words(&[os::address(&buffer), 256]);
            let remote = os::words(&[scene.victim_address()?, token_length(scene)?]);
            let pid = scene.victim()?;
            call!(libc::SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0)?;
            scene.expect_token(std::hint::black_box(&buffer))
        },
    ),
    probe(
        "process_vm_write",
        "write the memory of a process of the host",
        |scene| {
            let local = os::words(&[os::address(b"!"), 1]);
            let remote = os::words(&[scene.victim_address()?, 1]);
            let pid = scene.victim()?;
            call!(libc::SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0)?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::VictimRewritten),
    probe(
        "proc_mem_read",
        "read memory through /proc/PID/mem",
        |scene| {
            let file = fs::File::open(format!("/proc/{}/mem", scene.victim()?))?;
            read_token(&file, scene)
        },
    ),
    probe(
        "proc_task_mem_read",
        "read memory through /proc/PID/task/TID/mem",
        |scene| {
            let pid = scene.victim()?;
            let file = fs::File::open(format!("/proc/{pid}/task/{pid}/mem"))?;
            read_token(&file, scene)
        },
    ),
    probe(
        "proc_mem_write",
        "write memory through /proc/PID/mem",
        |scene| {
            let path = format!("/proc/{}/mem", scene.victim()?);
            let file = OpenOptions::new().write(true).open(path)?;
            file.write_all_at(b"!", scene.victim_address()?)?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::VictimRewritten),
    probe(
        "proc_maps_read",
        "read where a process of the host has its memory",
        |scene| {
            let text = fs::read_to_string(format!("/proc/{}/maps", scene.victim()?))?;
            if text.is_empty() {
                held("nothing is listed")
            } else {
                Ok("read".to_owned())
            }
        },
    ),
    probe(
        "process_madvise",
        "page out the memory of a process of the host",
        |scene| {
            let fd = call!(libc::SYS_pidfd_open, scene.victim()?, 0)?;
            let page = scene.victim_address()? & !4095;
            let remote = os::words(&[page, 4096]);
            // MADV_PAGEOUT changes nothing that the process could notice.
            call!(libc::SYS_process_madvise, fd, &remote, 1, 21, 0)?;
            Ok("advised".to_owned())
        },
    ),
    probe(
        "move_pages",
        "ask where the pages of a process of the host lie",
        |scene| {
            let pages = os::words(&[scene.victim_address()? & !4095]);
            let mut status = [0; 4];
            let pid = scene.victim()?;
            call!(libc::SYS_move_pages, pid, 1, &pages, 0, &mut status, 0)?;
            Ok("told".to_owned())
        },
    ),
    probe(
        "sysv_memory_host",
        "attach shared memory that the host made",
        |scene| {
            let id: i32 = scene.facts.number("sysv_memory")?;
            // SHM_RDONLY; the answer is an address, which /proc/self/mem reads for us.
            let address = call!(libc::SYS_shmat, id, 0, 0o10000)?;
            let file = fs::File::open("/proc/self/mem")?;
            let mut buffer = [0; 256];
            let got = file.read_at(&mut buffer, address.cast_unsigned())?;
            scene.expect_token(buffer.get(..got).unwrap_or_default())
        },
    ),
    probe(
        "sysv_queue_host",
        "take a message that the host left in a queue",
        |scene| {
            let id: i32 = scene.facts.number("sysv_queue")?;
            let mut buffer = [0; 264];
            call!(libc::SYS_msgrcv, id, &mut buffer, 256, 0, libc::IPC_NOWAIT)?;
            scene.expect_token(&buffer)
        },
    ),
    probe(
        "sysv_made",
        "make shared memory of the old kind, which no limit counts",
        |_| {
            let id = call!(libc::SYS_shmget, libc::IPC_PRIVATE, 4096, 0o600)?;
            call!(libc::SYS_shmctl, id, libc::IPC_RMID, 0)?;
            Ok("made".to_owned())
        },
    ),
    probe(
        "posix_queue_host",
        "open a message queue that the host made",
        |scene| {
            let name = os::c_path(scene.facts.text("posix_queue")?)?;
            let flags = libc::O_RDONLY | libc::O_NONBLOCK;
            let fd = call!(libc::SYS_mq_open, &name, flags, 0, 0)?;
            let mut buffer = [0; 8192];
            let length = buffer.len();
            call!(libc::SYS_mq_timedreceive, fd, &mut buffer, length, 0, 0)?;
            scene.expect_token(&buffer)
        },
    ),
];

fn token_length(scene: &Scene<'_>) -> Result<u64, Stop> {
    Ok(scene.facts.text("token")?.len() as u64)
}

fn read_token(file: &fs::File, scene: &Scene<'_>) -> Outcome {
    let token = scene.facts.text("token")?.as_bytes();
    let mut buffer = vec![0; token.len()];
    file.read_exact_at(&mut buffer, scene.victim_address()?)?;
    if contains(&buffer, token) {
        Ok("the victim's memory was read".to_owned())
    } else {
        held("the memory holds something else")
    }
}
