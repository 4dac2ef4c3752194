//! The plain attempts: use a path of the host as if there were no sandbox.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Probe, Scene, contains, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Files, id, tries, run)
}

pub(super) const PROBES: &[Probe] = &[
    probe("read_secret", "read a file outside by its path", |scene| {
        scene.expect_token(&fs::read(scene.secret()?)?)
    }),
    probe(
        "read_ssh_key",
        "read a key in an .ssh folder outside",
        |scene| scene.expect_token(&fs::read(scene.facts.text("ssh_key")?)?),
    ),
    probe("read_shadow", "open the host's password file", |scene| {
        let file = fs::File::open("/etc/shadow")?;
        same_as_host(&file, scene)
    }),
    probe(
        "stat_outside",
        "learn a file's size and number outside",
        |scene| {
            let metadata = fs::metadata(scene.secret()?)?;
            if metadata.ino() == scene.facts.number::<u64>("secret_inode")? {
                Ok(format!(
                    "{} bytes, inode {}",
                    metadata.len(),
                    metadata.ino()
                ))
            } else {
                held("another file stands at that path")
            }
        },
    ),
    probe("list_outside", "list a folder outside", |scene| {
        let secret = scene.secret()?;
        for entry in fs::read_dir(scene.outside("")?)? {
            if Some(entry?.file_name().as_os_str()) == secret.file_name() {
                return Ok("the decoy's name was seen".to_owned());
            }
        }
        held("the folder has other entries")
    }),
    probe(
        "watch_outside",
        "watch a file outside by inotify",
        |scene| {
            let fd = os::descriptor(call!(libc::SYS_inotify_init1, libc::IN_CLOEXEC)?)?;
            let path = os::c_path(scene.secret()?)?;
            call!(libc::SYS_inotify_add_watch, fd, &path, libc::IN_ACCESS)?;
            Ok("the watch was taken".to_owned())
        },
    ),
    probe("exec_outside", "run a program that lies outside", |scene| {
        let program = scene.outside("program")?;
        let output = std::process::Command::new(program).arg("list").output()?;
        if output.status.success() {
            Ok("it ran".to_owned())
        } else {
            held("it did not run")
        }
    }),
    probe("write_outside", "make a file outside", |scene| {
        fs::write(scene.outside("made")?.join(scene.id), b"made")?;
        Ok("written".to_owned())
    })
    .seen_by_host(Effect::Made),
    probe("make_folder_outside", "make a folder outside", |scene| {
        fs::create_dir(scene.outside("made")?.join(scene.id))?;
        Ok("made".to_owned())
    })
    .seen_by_host(Effect::Made),
    probe("append_outside", "append to a file outside", |scene| {
        OpenOptions::new()
            .append(true)
            .open(scene.decoy()?)?
            .write_all(b"more")?;
        Ok("written".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe(
        "truncate_outside",
        "truncate a file outside by its path",
        |scene| {
            let path = os::c_path(scene.decoy()?)?;
            call!(libc::SYS_truncate, &path, 0)?;
            Ok("truncated".to_owned())
        },
    )
    .seen_by_host(Effect::DecoyTouched),
    probe("chmod_outside", "change a mode outside", |scene| {
        fs::set_permissions(scene.decoy()?, Permissions::from_mode(0o606))?;
        Ok("changed".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe(
        "fchmodat2_outside",
        "change a mode outside by the newer call",
        |scene| {
            // 452 is fchmodat2, Linux 6.6.
            let path = os::c_path(scene.decoy()?)?;
            call!(452, libc::AT_FDCWD, &path, 0o606, 0)?;
            Ok("changed".to_owned())
        },
    )
    .seen_by_host(Effect::DecoyTouched),
    probe("chown_outside", "set an owner outside", |scene| {
        let metadata = fs::metadata(scene.decoy()?)?;
        // The owner that the file has already: the host sees the changed time.
        std::os::unix::fs::chown(scene.decoy()?, Some(metadata.uid()), Some(metadata.gid()))?;
        Ok("set".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe("utimes_outside", "change a file's times outside", |scene| {
        let path = os::c_path(scene.decoy()?)?;
        let times = os::words(&[1, 0, 1, 0]);
        call!(libc::SYS_utimensat, libc::AT_FDCWD, &path, &times, 0)?;
        Ok("changed".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe(
        "xattr_outside",
        "set an extended attribute outside",
        |scene| {
            let path = os::c_path(scene.decoy()?)?;
            call!(libc::SYS_setxattr, &path, c"user.escape", b"x", 1, 0)?;
            Ok("set".to_owned())
        },
    )
    .seen_by_host(Effect::DecoyTouched),
    probe("rename_outside", "rename a file outside", |scene| {
        fs::rename(scene.decoy()?, scene.decoy()?.with_extension("moved"))?;
        Ok("renamed".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe("unlink_outside", "delete a file outside", |scene| {
        fs::remove_file(scene.decoy()?)?;
        Ok("deleted".to_owned())
    })
    .seen_by_host(Effect::DecoyTouched),
    probe("lock_outside", "take a lock on a file outside", |scene| {
        let file = fs::File::open(scene.decoy()?)?;
        file.try_lock().map_err(std::io::Error::other)?;
        let nonce = scene.facts.text("nonce")?;
        if contains(&fs::read(scene.decoy()?)?, nonce.as_bytes()) {
            Ok("locked".to_owned())
        } else {
            held("another file stands at that path")
        }
    }),
    probe("write_usr", "make a file in /usr", |scene| {
        system_file("/usr", scene)
    })
    .seen_by_host(Effect::SystemFile("/usr")),
    probe("write_etc", "make a file in /etc", |scene| {
        system_file("/etc", scene)
    })
    .seen_by_host(Effect::SystemFile("/etc")),
    probe("write_root", "make a file in /", |scene| {
        system_file("/", scene)
    })
    .seen_by_host(Effect::SystemFile("/")),
    probe("write_run", "make a file in /run", |scene| {
        system_file("/run", scene)
    })
    .seen_by_host(Effect::SystemFile("/run")),
    probe("write_shm", "make a file in the host's /dev/shm", |scene| {
        system_file("/dev/shm", scene)
    })
    .seen_by_host(Effect::SystemFile("/dev/shm")),
    probe("read_shm", "read a file in the host's /dev/shm", |scene| {
        scene.expect_token(&fs::read(scene.facts.text("shm_file")?)?)
    }),
];

/// The name under which a probe makes a file in a folder of the system; the driver removes it.
pub(crate) fn system_name(nonce: &str, id: &str) -> String {
    format!(".venom-escape-{nonce}-{id}")
}

fn system_file(folder: &str, scene: &Scene<'_>) -> Outcome {
    let name = system_name(scene.facts.text("nonce")?, scene.id);
    fs::write(Path::new(folder).join(name), b"made")?;
    Ok("written".to_owned())
}

fn same_as_host(file: &fs::File, scene: &Scene<'_>) -> Outcome {
    let metadata = file.metadata()?;
    let is_same = metadata.ino() == scene.facts.number::<u64>("shadow_inode")?
        && metadata.dev() == scene.facts.number::<u64>("shadow_device")?;
    if is_same {
        Ok("opened".to_owned())
    } else {
        held("another file stands at that path")
    }
}
