//! Ways around a path: links, handles, descriptors and the doors of `/proc`.

use std::ffi::c_int;
use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Probe, Scene, Stop, absent, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Files, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe(
        "symlink_read",
        "read through a symbolic link in the workspace",
        |scene| {
            let link = scene.workspace("scratch").join(scene.id);
            symlink(scene.secret()?, &link)?;
            let bytes = fs::read(&link);
            fs::remove_file(&link)?;
            scene.expect_token(&bytes?)
        },
    ),
    probe(
        "symlink_write",
        "write through a symbolic link in the workspace",
        |scene| {
            let link = scene.workspace("scratch").join(scene.id);
            symlink(scene.decoy()?, &link)?;
            let written = fs::write(&link, b"changed");
            fs::remove_file(&link)?;
            written?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::DecoyTouched),
    probe(
        "hardlink_read",
        "link a file of the host into the workspace and read it",
        |scene| {
            let link = scene.workspace("scratch").join(scene.id);
            fs::hard_link(scene.secret()?, &link)?;
            let bytes = fs::read(&link);
            fs::remove_file(&link)?;
            scene.expect_token(&bytes?)
        },
    ),
    probe("dotdot", "climb out of the workspace by ..", |scene| {
        let path = scene
            .workspace("")
            .join(scene.facts.text("secret_by_dotdot")?);
        scene.expect_token(&fs::read(path)?)
    }),
    probe("dotdot_from_root", "climb above the root by ..", |scene| {
        let secret = scene.secret()?;
        let mut path = PathBuf::from("/");
        path.extend(std::iter::repeat_n("..", 40));
        path.push(secret.strip_prefix("/").unwrap_or(&secret));
        scene.expect_token(&fs::read(path)?)
    }),
    probe(
        "openat_dotdot",
        "climb out of a descriptor of the workspace",
        |scene| {
            let dir = os::open(scene.workspace(""), libc::O_PATH | libc::O_DIRECTORY)?;
            let path = os::c_path(scene.facts.text("secret_by_dotdot")?)?;
            scene.expect_token(&os::read(os::open_at(dir, &path, libc::O_RDONLY, 0)?)?)
        },
    ),
    probe(
        "open_by_handle",
        "open a file outside by its handle",
        |scene| {
            // struct file_handle: handle_bytes, handle_type, then the bytes.
            let handle = unhex(scene.facts.text("secret_handle")?);
            let mount = os::open(scene.workspace(""), libc::O_RDONLY | libc::O_DIRECTORY)?;
            let fd = call!(libc::SYS_open_by_handle_at, mount, &handle, libc::O_RDONLY)?;
            scene.expect_token(&os::read(os::descriptor(fd)?)?)
        },
    ),
    probe(
        "name_to_handle",
        "learn the handle of a file, which names it on every mount",
        |scene| {
            let mut handle = [0_u8; 136];
            handle[..4].copy_from_slice(&128_u32.to_ne_bytes());
            let mut mount = [0; 4];
            let path = os::c_path(scene.workspace(""))?;
            call!(
                libc::SYS_name_to_handle_at,
                libc::AT_FDCWD,
                &path,
                &mut handle,
                &mut mount,
                0
            )?;
            Ok("the handle was given".to_owned())
        },
    ),
    probe(
        "proc_root_init",
        "go through the root of the sandbox's first process",
        |scene| {
            // Without a sandbox the first process is the machine's; a victim stands for it.
            let pid = if in_host_pids(scene)? {
                scene.victim()?
            } else {
                1
            };
            through(&format!("/proc/{pid}/root"), scene)
        },
    ),
    probe(
        "proc_root_parent",
        "go through the root of the parent process",
        |scene| {
            through(
                &format!("/proc/{}/root", std::os::unix::process::parent_id()),
                scene,
            )
        },
    ),
    probe(
        "proc_root_driver",
        "go through the root of a process of the host",
        |scene| through(&format!("/proc/{}/root", driver(scene)?), scene),
    ),
    probe(
        "proc_cwd_driver",
        "go through the working directory of a process of the host",
        |scene| {
            let path = format!("/proc/{}/cwd/secret", scene.victim()?);
            scene.expect_token(&fs::read(path)?)
        },
    ),
    probe(
        "proc_fd_driver",
        "open a descriptor that a process of the host holds",
        |scene| {
            let fd: c_int = scene.facts.number("secret_fd")?;
            scene.expect_token(&fs::read(format!("/proc/{}/fd/{fd}", driver(scene)?))?)
        },
    ),
    probe(
        "proc_map_files",
        "open what a process of the host has mapped",
        |scene| {
            let folder = format!("/proc/{}/map_files", scene.victim()?);
            let entry = fs::read_dir(folder)?.next();
            let Some(entry) = entry else {
                return held("nothing is listed");
            };
            fs::File::open(entry?.path())?;
            Ok("opened".to_owned())
        },
    ),
    probe(
        "runtime_program_write",
        "open the program of the process above for writing",
        |scene| {
            // The sandbox's own first process, or a process of the host when there is no sandbox.
            let pid = if in_host_pids(scene)? {
                scene.victim()?
            } else {
                1
            };
            let path = os::c_path(format!("/proc/{pid}/exe"))?;
            let opened = os::open_at(libc::AT_FDCWD, &path, libc::O_WRONLY | libc::O_CLOEXEC, 0);
            // Text file busy comes after the permission check: it can be written once it ends.
            Ok(os::reached(opened.map(i64::from), &[libc::ETXTBSY])?)
        },
    ),
    probe(
        "inherited_folder",
        "use a folder that the launcher's parent left open",
        |scene| {
            let fd: c_int = scene.facts.number("leaked_fd")?;
            let file = os::open_at(fd, c"secret", libc::O_RDONLY, 0)?;
            scene.expect_token(&os::read(file)?)
        },
    ),
    probe(
        "inherited_walk",
        "climb from any inherited folder",
        |scene| {
            let secret = scene.secret()?;
            let below = secret.strip_prefix("/").unwrap_or(&secret);
            let path = os::c_path(Path::new(&"../".repeat(40)).join(below))?;
            for fd in 0..1024 {
                if let Ok(file) = os::open_at(fd, &path, libc::O_RDONLY, 0)
                    && let Ok(found) = scene.expect_token(&os::read(file)?)
                {
                    return Ok(format!("from descriptor {fd}: {found}"));
                }
            }
            held("no inherited folder leads there")
        },
    ),
    probe(
        "input_reopened",
        "open the standard input again for writing",
        |scene| {
            // The driver gives a file of the host that is open for reading only.
            fs::write("/proc/self/fd/0", format!("changed by {}", scene.id))?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::DecoyTouched),
    probe(
        "chroot_climb",
        "leave the root by a second chroot",
        |scene| {
            let outer = fs::File::open("/")?;
            let inner = scene.workspace("scratch");
            call!(libc::SYS_chroot, &os::c_path(&inner)?)?;
            call!(libc::SYS_fchdir, outer.as_raw_fd())?;
            call!(libc::SYS_chdir, &os::c_path("../".repeat(40))?)?;
            call!(libc::SYS_chroot, c".")?;
            scene.expect_token(&fs::read(scene.secret()?)?)
        },
    ),
    probe(
        "mknod_disk",
        "make a node for the host's disk and open it",
        |scene| node(scene, libc::S_IFBLK, scene.facts.number("disk")?),
    ),
    probe(
        "mknod_kernel_log",
        "make a node for the kernel's log and open it",
        |scene| node(scene, libc::S_IFCHR, libc::makedev(1, 11)),
    ),
    probe(
        "mknod_memory",
        "make a node for the machine's memory and open it",
        |scene| node(scene, libc::S_IFCHR, libc::makedev(1, 1)),
    ),
];

fn driver(scene: &Scene<'_>) -> Result<c_int, Stop> {
    scene.facts.number("driver_pid")
}

/// Whether the probe counts processes as the host does.
pub(crate) fn in_host_pids(scene: &Scene<'_>) -> Result<bool, Stop> {
    let here = fs::read_link("/proc/self/ns/pid")?;
    Ok(here == Path::new(scene.facts.text("host_pid_namespace")?))
}

fn through(root: &str, scene: &Scene<'_>) -> Outcome {
    let secret = scene.secret()?;
    let path = Path::new(root).join(secret.strip_prefix("/").unwrap_or(&secret));
    // A way that leads only to what is open anyway is no way.
    scene.expect_token(&fs::read(path)?)
}

fn node(scene: &Scene<'_>, kind: u32, device: u64) -> Outcome {
    if device == 0 {
        return absent("the host's disk has no number");
    }
    let path = scene.workspace("scratch").join(scene.id);
    let path = os::c_path(path)?;
    call!(
        libc::SYS_mknodat,
        libc::AT_FDCWD,
        &path,
        kind | 0o600,
        device
    )?;
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let opened = os::open_at(libc::AT_FDCWD, &path, flags, 0);
    call!(libc::SYS_unlink, &path)?;
    opened?;
    Ok("the node was made and opened".to_owned())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

#[cfg(test)]
mod tests;
