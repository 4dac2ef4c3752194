//! What is left in the workspace for whoever works there later, without a sandbox.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use crate::os::{self, call};
use crate::probe::{Effect, Group, Leftover, Outcome, Place, Probe, Scene, absent, held};

const fn plant(
    id: &'static str,
    tries: &'static str,
    what: Leftover,
    run: fn(&Scene<'_>) -> Outcome,
) -> Probe {
    Probe::new(Group::Files, id, tries, run)
        .seen_by_host(Effect::Left(what))
        .at(Place::Alone)
}

pub(super) const PROBES: &[Probe] = &[
    plant(
        "setuid_left",
        "leave a setuid program",
        Leftover::SetId,
        |scene| {
            fs::write(scene.left(), b"#!/bin/sh\n")?;
            fs::set_permissions(scene.left(), Permissions::from_mode(0o4755))?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "setuid_created",
        "create a file that is setuid from the start",
        Leftover::SetId,
        |scene| {
            let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC;
            os::open_at(libc::AT_FDCWD, &os::c_path(scene.left())?, flags, 0o4755)?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "setuid_fchmodat2",
        "leave a setuid program by the newer call",
        Leftover::SetId,
        |scene| {
            fs::write(scene.left(), b"#!/bin/sh\n")?;
            // 452 is fchmodat2, Linux 6.6.
            call!(452, libc::AT_FDCWD, &os::c_path(scene.left())?, 0o4755, 0)?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "setgid_folder_left",
        "leave a folder that hands on its group",
        Leftover::SetId,
        |scene| {
            fs::create_dir(scene.left())?;
            fs::set_permissions(scene.left(), Permissions::from_mode(0o2777))?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "capability_left",
        "leave a program with capabilities",
        Leftover::Capability,
        |scene| {
            fs::write(scene.left(), b"#!/bin/sh\n")?;
            // struct vfs_cap_data, revision 2 with the effective bit: CAP_SETUID in the permitted set.
            let mut data = [0; 20];
            data[..4].copy_from_slice(&0x0200_0001_u32.to_le_bytes());
            data[4..8].copy_from_slice(&(1_u32 << 7).to_le_bytes());
            let path = os::c_path(scene.left())?;
            call!(
                libc::SYS_setxattr,
                &path,
                c"security.capability",
                &data,
                data.len(),
                0
            )?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "device_left",
        "leave a device node",
        Leftover::Device,
        |scene| {
            let path = os::c_path(scene.left())?;
            let device = libc::makedev(1, 3);
            call!(
                libc::SYS_mknodat,
                libc::AT_FDCWD,
                &path,
                libc::S_IFCHR | 0o666,
                device
            )?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "fifo_left",
        "leave a FIFO that hangs its reader",
        Leftover::Fifo,
        |scene| {
            let path = os::c_path(scene.left())?;
            call!(
                libc::SYS_mknodat,
                libc::AT_FDCWD,
                &path,
                libc::S_IFIFO | 0o666,
                0
            )?;
            Ok("left".to_owned())
        },
    ),
    plant("socket_left", "leave a socket", Leftover::Socket, |scene| {
        drop(UnixListener::bind(scene.left())?);
        Ok("left".to_owned())
    }),
    plant(
        "symlink_left",
        "leave a symbolic link to a path outside",
        Leftover::LinkOut,
        |scene| {
            symlink(scene.decoy()?, scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "symlink_left_dotdot",
        "leave a symbolic link that climbs out",
        Leftover::LinkOut,
        |scene| {
            let target = format!("../{}", scene.facts.text("secret_by_dotdot")?);
            symlink(target, scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "symlink_left_proc",
        "leave a symbolic link into /proc",
        Leftover::LinkOut,
        |scene| {
            symlink("/proc/self/cwd", scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "folder_swapped",
        "put a symbolic link where a folder was",
        Leftover::LinkOut,
        |scene| {
            fs::remove_dir_all(scene.left())?;
            symlink(scene.outside("")?, scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "file_swapped",
        "put a symbolic link where a file was",
        Leftover::LinkOut,
        |scene| {
            fs::remove_file(scene.left())?;
            symlink(scene.decoy()?, scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "hardlink_left",
        "leave a second name of a file outside",
        Leftover::HardLink,
        |scene| {
            fs::hard_link(scene.decoy()?, scene.left())?;
            Ok("left".to_owned())
        },
    ),
    plant(
        "deep_folders_left",
        "leave folders nested too deeply for a path",
        Leftover::Deep,
        |scene| {
            fs::create_dir(scene.left())?;
            std::env::set_current_dir(scene.left())?;
            for _ in 0..2100 {
                fs::create_dir("d")?;
                std::env::set_current_dir("d")?;
            }
            Ok("left".to_owned())
        },
    ),
    plant(
        "huge_hole_left",
        "leave a file of a terabyte that takes no space",
        Leftover::Huge,
        |scene| {
            fs::File::create(scene.left())?.set_len(1 << 40)?;
            Ok("left".to_owned())
        },
    ),
    Probe::new(
        Group::Files,
        "setuid_run",
        "run a setuid program that lies in the workspace",
        |scene| {
            if scene.facts.number::<i64>("driver_is_root")? == 0 {
                return absent("only root can prepare the program");
            }
            let euid = |text: &str| text.trim().parse::<u32>().ok();
            let before = call!(libc::SYS_geteuid)?;
            let output = std::process::Command::new(scene.workspace("setuid-program"))
                .arg("whoami")
                .output()?;
            let after = euid(&String::from_utf8_lossy(&output.stdout));
            match (before, after) {
                (0, _) => absent("the probe is root already"),
                (_, Some(0)) => Ok("it ran as root".to_owned()),
                _ => held("it ran as the probe's user"),
            }
        },
    ),
];
