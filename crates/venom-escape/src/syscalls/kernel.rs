//! The kernel itself: its programs, keys, clocks, modules, settings and other call tables.
//!
//! What could harm the machine is asked with arguments that the kernel refuses after it has looked
//! at the caller's rights; the error then tells whether the right was there. Settings are opened for
//! writing and closed again.

use std::fs;
use std::path::Path;

use crate::os::{self, call, reached};
use crate::probe::{Group, Outcome, Place, Probe, Scene, absent, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Syscalls, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe("userfaultfd", "take over the faults of memory", |_| {
        let fd = call!(libc::SYS_userfaultfd, libc::O_CLOEXEC);
        if fd.is_ok() {
            return Ok("taken".to_owned());
        }
        // UFFD_USER_MODE_ONLY asks for less.
        call!(libc::SYS_userfaultfd, libc::O_CLOEXEC | 1)?;
        Ok("taken for user mode".to_owned())
    }),
    probe("bpf_map", "make a table for kernel programs", |_| {
        // BPF_MAP_CREATE of an array with one element of four bytes.
        let attributes = [2_u32, 4, 4, 1, 0, 0, 0, 0];
        let bytes: Vec<u8> = attributes
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        call!(libc::SYS_bpf, 0, &bytes, bytes.len())?;
        Ok("made".to_owned())
    }),
    probe("bpf_program", "load a kernel program", |_| {
        // r0 = 0; exit, as a socket filter.
        let code = os::words(&[0xb7, 0x95]);
        let mut attributes = os::words(&[
            1 | 2 << 32,
            os::address(&code),
            os::address(b"GPL\0"),
            0,
            0,
            0,
        ]);
        attributes.resize(120, 0);
        call!(libc::SYS_bpf, 5, &attributes, attributes.len())?;
        drop(code);
        Ok("loaded".to_owned())
    }),
    probe("perf_self", "count events of the own process", |_| {
        perf(0, -1)
    }),
    probe("perf_machine", "count events of the whole machine", |_| {
        perf(-1, 0)
    }),
    probe(
        "perf_victim",
        "count events of a process of the host",
        |scene| perf(scene.victim()?.into(), -1),
    ),
    probe("keyring_add", "keep a key in the kernel", |_| {
        // KEY_SPEC_PROCESS_KEYRING goes with the process.
        let (kind, name) = (c"user", c"venom-escape");
        call!(libc::SYS_add_key, kind, name, b"x", 1, -2)?;
        Ok("kept".to_owned())
    }),
    probe("keyring_session", "join a new session of keys", |_| {
        // KEYCTL_JOIN_SESSION_KEYRING without a name.
        call!(libc::SYS_keyctl, 1, 0)?;
        Ok("joined".to_owned())
    }),
    probe("keyring_user", "look into the keys of the user", |_| {
        // KEYCTL_GET_KEYRING_ID of KEY_SPEC_USER_KEYRING.
        call!(libc::SYS_keyctl, 0, -4, 1)?;
        Ok("found".to_owned())
    }),
    probe(
        "keyring_request",
        "ask for a key, which starts a program of the host",
        |_| {
            let asked = call!(libc::SYS_request_key, c"user", c"venom-escape-none", 0, 0);
            // ENOKEY: looked for, and not there.
            Ok(reached(asked, &[libc::ENOKEY])?)
        },
    ),
    probe("module_load", "load a kernel module", |_| {
        let loaded = call!(libc::SYS_init_module, b"", 0, c"");
        Ok(reached(
            loaded,
            &[libc::ENOEXEC, libc::EFAULT, libc::EINVAL],
        )?)
    }),
    probe(
        "module_load_file",
        "load a kernel module from a file",
        |_| {
            let loaded = call!(libc::SYS_finit_module, -1, c"", 0);
            Ok(reached(loaded, &[libc::EBADF, libc::ENOEXEC])?)
        },
    ),
    probe("module_unload", "unload a kernel module", |_| {
        let name = c"venom_escape_none";
        let unloaded = call!(libc::SYS_delete_module, name, libc::O_NONBLOCK);
        Ok(reached(unloaded, &[libc::ENOENT])?)
    }),
    probe("kexec", "start another kernel", |_| {
        // Flags that no kernel knows.
        let started = call!(libc::SYS_kexec_load, 0, 0, 0, 0x0fff_0000_u64);
        Ok(reached(started, &[libc::EINVAL])?)
    }),
    probe("kexec_file", "start another kernel from a file", |_| {
        let flags = 0x0fff_0000_u64;
        let started = call!(libc::SYS_kexec_file_load, -1, -1, 0, c"", flags);
        Ok(reached(started, &[libc::EINVAL, libc::EBADF])?)
    }),
    probe("reboot", "reboot the machine", |_| {
        // Wrong magic numbers.
        Ok(reached(
            call!(libc::SYS_reboot, 1, 1, 1, 0),
            &[libc::EINVAL],
        )?)
    }),
    probe("swap_on", "use a file as swap", |_| {
        let path = c"/venom-escape-none";
        Ok(reached(call!(libc::SYS_swapon, path, 0), &[libc::ENOENT])?)
    }),
    probe("swap_off", "stop swapping to a file", |_| {
        let path = c"/venom-escape-none";
        Ok(reached(call!(libc::SYS_swapoff, path), &[libc::ENOENT])?)
    }),
    probe("accounting", "record every process of the machine", |_| {
        let path = c"/venom-escape-none/x";
        Ok(reached(call!(libc::SYS_acct, path), &[libc::ENOENT])?)
    }),
    probe("kernel_log", "ask for the size of the kernel's log", |_| {
        call!(libc::SYS_syslog, 10, 0, 0)?;
        Ok("told".to_owned())
    }),
    probe(
        "clock_set",
        "set the machine's clock to what it shows",
        |_| {
            let mut now = [0; 16];
            call!(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &mut now)?;
            call!(libc::SYS_clock_settime, libc::CLOCK_REALTIME, &now)?;
            Ok("set".to_owned())
        },
    ),
    probe("clock_tuned", "tune the machine's clock", |_| {
        // struct timex with ADJ_TICK and a tick of zero, which is refused after the right.
        let mut timex = [0; 208];
        timex[..4].copy_from_slice(&0x4000_u32.to_ne_bytes());
        Ok(reached(
            call!(libc::SYS_adjtimex, &mut timex),
            &[libc::EINVAL],
        )?)
    }),
    probe(
        "host_name_set",
        "set the host's name to what it is",
        |scene| name_set(libc::SYS_sethostname, "/proc/sys/kernel/hostname", scene),
    ),
    probe(
        "domain_name_set",
        "set the host's domain to what it is",
        |scene| {
            name_set(
                libc::SYS_setdomainname,
                "/proc/sys/kernel/domainname",
                scene,
            )
        },
    ),
    probe("watch_machine", "watch every file of the machine", |_| {
        // FAN_CLASS_CONTENT, which may also refuse what others open.
        call!(libc::SYS_fanotify_init, 4, libc::O_RDONLY)?;
        Ok("a watch was made".to_owned())
    }),
    probe("watch_files", "watch files by their handles", |_| {
        // FAN_CLASS_NOTIF | FAN_REPORT_FID, open to all since Linux 5.13.
        call!(libc::SYS_fanotify_init, 0x200, libc::O_RDONLY)?;
        Ok("a watch was made".to_owned())
    }),
    probe(
        "personality",
        "turn off the random layout of memory",
        |_| {
            // ADDR_NO_RANDOMIZE, for this process alone.
            call!(libc::SYS_personality, 0x0004_0000)?;
            Ok("turned off".to_owned())
        },
    ),
    probe("io_ports", "use the machine's ports", |_| {
        call!(libc::SYS_ioperm, 0x80, 1, 1)?;
        Ok("allowed".to_owned())
    }),
    probe("io_level", "use all of the machine's ports", |_| {
        call!(libc::SYS_iopl, 3)?;
        Ok("allowed".to_owned())
    }),
    probe("segment_table", "change the processor's segments", |_| {
        // A 32-bit segment in slot 0 of the process's own table: entry, base, limit, flags.
        let segment: Vec<u8> = [0_u32, 0, 0xfffff, 0x51]
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        call!(libc::SYS_modify_ldt, 1, &segment, segment.len())?;
        Ok("changed".to_owned())
    }),
    probe("calls_x32", "use the call table of x32", |_| {
        call!(0x4000_0000 | libc::SYS_getpid)?;
        Ok("it answers".to_owned())
    }),
    probe(
        "calls_32_bit",
        "use the call table of 32-bit programs",
        |_| {
            #[cfg(target_arch = "x86_64")]
            {
                let pid = os::pid_by_int80();
                if pid == i64::from(std::process::id()) {
                    return Ok("it answers".to_owned());
                }
                held(format!("it answers {pid}"))
            }
            #[cfg(not(target_arch = "x86_64"))]
            absent("this processor has no such table")
        },
    )
    .at(Place::Alone),
    probe("secret_memory", "hide memory from the kernel", |_| {
        // 447 is memfd_secret; what it holds cannot be inspected.
        call!(447, 0)?;
        Ok("hidden".to_owned())
    }),
    probe(
        "memory_placement",
        "choose the memory node for others",
        |scene| {
            let (old, new) = (os::words(&[1]), os::words(&[1]));
            call!(libc::SYS_migrate_pages, scene.victim()?, 64, &old, &new)?;
            Ok("chosen".to_owned())
        },
    ),
    probe("quota", "ask for the quota of the host's disk", |scene| {
        let disk = os::c_path(scene.facts.text("disk_path")?)?;
        // Q_GETINFO for users; a disk that counts nothing says so.
        let mut info = [0; 24];
        let asked = call!(libc::SYS_quotactl, 0x8000_0500_u32, &disk, 0, &mut info);
        Ok(reached(asked, &[libc::ESRCH, libc::ENOSYS])?)
    }),
    probe(
        "device_events",
        "enter the machine's set of event watchers",
        |_| {
            // NETLINK_KOBJECT_UEVENT with the group that device managers listen to.
            let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
            let socket = call!(libc::SYS_socket, libc::AF_NETLINK, kind, 15)?;
            let mut address = [0; 12];
            address[..2].copy_from_slice(&16_u16.to_ne_bytes());
            address[8..12].copy_from_slice(&1_u32.to_ne_bytes());
            call!(libc::SYS_bind, socket, &address, address.len())?;
            Ok("listening".to_owned())
        },
    ),
    setting(
        "core_pattern",
        "set the program that takes core dumps",
        |_| writable("/proc/sys/kernel/core_pattern"),
    ),
    setting(
        "modprobe_path",
        "set the program that loads modules",
        |_| writable("/proc/sys/kernel/modprobe"),
    ),
    setting(
        "uevent_helper",
        "set the program that hears of devices",
        |_| writable("/sys/kernel/uevent_helper"),
    ),
    setting(
        "binary_formats",
        "set the program that runs foreign formats",
        |_| writable("/proc/sys/fs/binfmt_misc/register"),
    ),
    setting(
        "kernel_panic",
        "set what the kernel does when it fails",
        |_| writable("/proc/sys/kernel/panic"),
    ),
    setting(
        "memory_policy",
        "set how the kernel gives out memory",
        |_| writable("/proc/sys/vm/overcommit_memory"),
    ),
    setting("link_policy", "set how the kernel follows links", |_| {
        writable("/proc/sys/fs/protected_symlinks")
    }),
    setting(
        "forwarding",
        "set whether the machine forwards packets",
        |scene| {
            let here = fs::read_link("/proc/self/ns/net")?;
            let opened = writable("/proc/sys/net/ipv4/ip_forward")?;
            if here == Path::new(scene.facts.text("host_network_namespace")?) {
                return Ok(opened);
            }
            held("opened, but for a network of its own")
        },
    ),
    setting(
        "sysrq_trigger",
        "reach the machine's emergency keys",
        |_| writable("/proc/sysrq-trigger"),
    ),
    setting("sysfs_write", "set a property of the machine", |_| {
        writable("/sys/kernel/mm/transparent_hugepage/enabled")
    }),
    setting("power_state", "reach the machine's power states", |_| {
        writable("/sys/power/state")
    }),
    setting("kernel_memory", "open the kernel's memory", |_| {
        os::open("/proc/kcore", libc::O_RDONLY)?;
        Ok("opened".to_owned())
    }),
    setting("kernel_messages", "open the kernel's messages", |_| {
        os::open("/proc/kmsg", libc::O_RDONLY | libc::O_NONBLOCK)?;
        Ok("opened".to_owned())
    }),
    setting(
        "kernel_addresses",
        "learn where the kernel's functions lie",
        |_| {
            use std::io::Read as _;
            let mut text = String::new();
            fs::File::open("/proc/kallsyms")?
                .take(8192)
                .read_to_string(&mut text)?;
            let shown = text
                .lines()
                .filter_map(|line| line.split(' ').next())
                .any(|address| address.bytes().any(|digit| digit != b'0'));
            if shown {
                Ok("read".to_owned())
            } else {
                held("the addresses are zeros")
            }
        },
    ),
    setting("kernel_keys", "list the keys in the kernel", |_| {
        use std::io::Read as _;
        let mut first = [0];
        match fs::File::open("/proc/keys")?.read(&mut first)? {
            0 => held("nothing is listed"),
            _ => Ok("listed".to_owned()),
        }
    }),
    setting(
        "page_flags",
        "learn how the machine uses its memory",
        |_| {
            os::open("/proc/kpageflags", libc::O_RDONLY)?;
            Ok("opened".to_owned())
        },
    ),
];

const fn setting(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    probe(id, tries, run)
}

/// Opens a setting for writing. Nothing is written.
fn writable(path: &str) -> Outcome {
    os::open(path, libc::O_WRONLY)?;
    Ok("opened for writing".to_owned())
}

fn perf(pid: i64, processor: i64) -> Outcome {
    // struct perf_event_attr: type software, size 64, the processor's clock.
    let mut attributes = os::words(&[1 | 64 << 32, 0, 0, 0, 0, 0, 0, 0]);
    attributes.resize(64, 0);
    call!(
        libc::SYS_perf_event_open,
        &attributes,
        pid,
        processor,
        -1,
        8
    )?;
    Ok("counting".to_owned())
}

/// Sets a name to what it is; only in the host's own namespace is that an escape.
fn name_set(number: libc::c_long, path: &str, scene: &Scene<'_>) -> Outcome {
    let name = fs::read(path)?;
    let name = name.strip_suffix(b"\n").unwrap_or(&name).to_vec();
    if name.is_empty() {
        return absent("there is no name");
    }
    call!(number, &name, name.len())?;
    let here = fs::read_link("/proc/self/ns/uts")?;
    if here == Path::new(scene.facts.text("host_name_namespace")?) {
        return Ok("set".to_owned());
    }
    held("set, but for names of its own")
}
