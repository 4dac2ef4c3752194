//! Mounts: making, moving and loosening them, by the old calls and the new.
//!
//! Each attempt first takes a mount namespace of its own where it may, so that a run without a
//! sandbox leaves the host's mounts alone. Where that is refused and the namespace is the host's,
//! the attempt ends there: no mount of the host is ever changed.

use std::ffi::{CStr, CString, c_int};
use std::fs;
use std::path::{Path, PathBuf};

use crate::os::{self, call};
use crate::probe::{Group, Outcome, Place, Probe, Scene, Stop, absent, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Mounts, id, tries, run)
}

const PROBES: &[Probe] = &[
    probe("mount_tmpfs", "mount a tmpfs", |scene| {
        apart(scene)?;
        mount(Some(c"tmpfs"), &point(scene)?, Some(c"tmpfs"), 0)?;
        Ok("mounted".to_owned())
    }),
    probe("mount_bind", "bind the root into the workspace", |scene| {
        apart(scene)?;
        mount(
            Some(c"/"),
            &point(scene)?,
            None,
            libc::MS_BIND | libc::MS_REC,
        )?;
        Ok("mounted".to_owned())
    }),
    probe("mount_proc", "mount a fresh /proc", |scene| {
        apart(scene)?;
        mount(Some(c"proc"), &point(scene)?, Some(c"proc"), 0)?;
        Ok("mounted".to_owned())
    }),
    probe("mount_sysfs", "mount a fresh /sys", |scene| {
        apart(scene)?;
        mount(Some(c"sysfs"), &point(scene)?, Some(c"sysfs"), 0)?;
        Ok("mounted".to_owned())
    }),
    probe("mount_disk", "mount the host's disk", |scene| {
        apart(scene)?;
        let disk = os::c_path(scene.facts.text("disk_path")?)?;
        let answer = mount(Some(&disk), &point(scene)?, Some(c"ext4"), libc::MS_RDONLY);
        // A disk in use, or of another kind, is refused after the permission.
        Ok(os::reached(answer, &[libc::EBUSY, libc::EINVAL])?)
    }),
    probe("mount_overlay", "mount an overlay", |scene| {
        apart(scene)?;
        let point = point(scene)?;
        let lower = |below| scene.workspace(below).display().to_string();
        let data = format!("lowerdir={}:{}", lower("src"), lower("service"));
        let data = CString::new(data).map_err(std::io::Error::other)?;
        call!(libc::SYS_mount, c"overlay", &point, c"overlay", 0, &data)?;
        Ok("mounted".to_owned())
    }),
    probe(
        "mount_bpf",
        "mount the file system of kernel programs",
        |scene| {
            apart(scene)?;
            mount(Some(c"bpf"), &point(scene)?, Some(c"bpf"), 0)?;
            Ok("mounted".to_owned())
        },
    ),
    probe(
        "mount_debugfs",
        "mount the kernel's debugging files",
        |scene| {
            apart(scene)?;
            mount(Some(c"debugfs"), &point(scene)?, Some(c"debugfs"), 0)?;
            Ok("mounted".to_owned())
        },
    ),
    probe(
        "mount_cgroup",
        "mount a hierarchy of control groups with a release agent",
        |scene| {
            apart(scene)?;
            let point = point(scene)?;
            let name = format!("none,name=escape{}", scene.facts.text("nonce")?);
            let data = CString::new(name).map_err(std::io::Error::other)?;
            call!(libc::SYS_mount, c"cgroup", &point, c"cgroup", 0, &data)?;
            // The agent runs on the host as root. The file is opened and left as it is.
            let agent = Path::new("/proc/self/cwd")
                .join(path_of(&point))
                .join("release_agent");
            let opened = os::open(agent, libc::O_WRONLY);
            call!(libc::SYS_umount2, &point, libc::MNT_DETACH)?;
            opened?;
            Ok("the agent could be set".to_owned())
        },
    ),
    probe(
        "mount_cgroup2",
        "mount the unified hierarchy of control groups",
        |scene| {
            apart(scene)?;
            mount(Some(c"cgroup2"), &point(scene)?, Some(c"cgroup2"), 0)?;
            Ok("mounted".to_owned())
        },
    ),
    probe(
        "cgroup_write",
        "make a control group in a mounted hierarchy",
        |scene| {
            let name = format!("venom-escape-{}", scene.facts.text("nonce")?);
            let mut last = None;
            for folder in cgroups()? {
                let made = folder.join(&name);
                match fs::create_dir(&made) {
                    Ok(()) => {
                        fs::remove_dir(&made)?;
                        return Ok(format!("made below {}", folder.display()));
                    }
                    Err(error) => last = Some(error),
                }
            }
            match last {
                Some(error) => Err(Stop::Refused(error)),
                None => held("no hierarchy is mounted"),
            }
        },
    ),
    probe(
        "cgroup_limit_write",
        "open the limits of the own control group for writing",
        |_| {
            let names = [
                "cgroup.procs",
                "memory.max",
                "pids.max",
                "memory.limit_in_bytes",
                "tasks",
            ];
            for folder in cgroups()? {
                for name in names {
                    if os::open(folder.join(name), libc::O_WRONLY).is_ok() {
                        return Ok(format!("{}/{name} opened", folder.display()));
                    }
                }
            }
            held("no limit could be opened")
        },
    ),
    probe(
        "cgroup_release_agent",
        "open a mounted hierarchy's release agent for writing",
        |_| {
            for folder in cgroups()? {
                if os::open(folder.join("release_agent"), libc::O_WRONLY).is_ok() {
                    return Ok(format!("{} has it open to all", folder.display()));
                }
            }
            held("no agent could be opened")
        },
    ),
    probe("fsopen", "mount a tmpfs by the newer calls", |scene| {
        apart(scene)?;
        let context = os::descriptor(call!(libc::SYS_fsopen, c"tmpfs", 1)?)?;
        // FSCONFIG_CMD_CREATE.
        call!(libc::SYS_fsconfig, context, 6, 0, 0, 0)?;
        call!(libc::SYS_fsmount, context, 1, 0)?;
        Ok("mounted".to_owned())
    }),
    probe(
        "fspick",
        "take the settings of the root's file system",
        |scene| {
            apart(scene)?;
            call!(libc::SYS_fspick, libc::AT_FDCWD, c"/", 1)?;
            Ok("taken".to_owned())
        },
    ),
    probe("open_tree", "clone the tree of mounts", |scene| {
        apart(scene)?;
        // OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE.
        let flags = 1 | libc::O_CLOEXEC | 0x8000;
        call!(libc::SYS_open_tree, libc::AT_FDCWD, c"/", flags)?;
        Ok("cloned".to_owned())
    }),
    probe("move_mount", "move the mount of /proc elsewhere", |scene| {
        apart(scene)?;
        let point = point(scene)?;
        let at = libc::AT_FDCWD;
        call!(libc::SYS_move_mount, at, c"/proc", at, &point, 0)?;
        Ok("moved".to_owned())
    }),
    probe(
        "mount_setattr",
        "change the attributes of the root's mount",
        |scene| {
            apart(scene)?;
            // struct mount_attr: attr_set, attr_clr, propagation, userns_fd; clears MOUNT_ATTR_RDONLY.
            let attributes = os::words(&[0, 1, 0, 0]);
            let length = attributes.len();
            call!(
                libc::SYS_mount_setattr,
                libc::AT_FDCWD,
                c"/",
                0,
                &attributes,
                length
            )?;
            Ok("changed".to_owned())
        },
    ),
    probe("remount_writable", "remount the root writable", |scene| {
        apart(scene)?;
        mount(None, c"/", None, libc::MS_REMOUNT | libc::MS_BIND)?;
        Ok("remounted".to_owned())
    }),
    probe(
        "remount_devices",
        "remount the workspace so that devices and setuid work",
        |scene| {
            apart(scene)?;
            let point = point(scene)?;
            mount(Some(&point), &point, None, libc::MS_BIND)?;
            mount(None, &point, None, libc::MS_REMOUNT | libc::MS_BIND)?;
            Ok("remounted".to_owned())
        },
    ),
    probe(
        "mount_propagation",
        "make the tree of mounts shared",
        |scene| {
            apart(scene)?;
            mount(None, c"/", None, libc::MS_SHARED)?;
            Ok("changed".to_owned())
        },
    ),
    probe("pivot_root", "take another root", |scene| {
        apart(scene)?;
        let point = point(scene)?;
        mount(Some(&point), &point, None, libc::MS_BIND).ok();
        call!(libc::SYS_chdir, &point)?;
        call!(libc::SYS_pivot_root, c".", c".")?;
        Ok("taken".to_owned())
    }),
    probe("chroot", "take another root by chroot", |scene| {
        call!(libc::SYS_chroot, &os::c_path(scene.workspace(""))?)?;
        Ok("taken".to_owned())
    }),
    probe("umount_proc", "unmount /proc", |scene| {
        apart(scene)?;
        unmount(c"/proc")
    }),
    probe(
        "umount_root",
        "unmount the root lazily, to see what lies below",
        |scene| {
            apart(scene)?;
            unmount(c"/")
        },
    )
    .at(Place::Alone),
    probe(
        "umount_masks",
        "unmount what hides parts of /proc and /sys",
        |scene| {
            apart(scene)?;
            let masks = [
                c"/proc/kcore",
                c"/proc/keys",
                c"/proc/sys",
                c"/sys/firmware",
                c"/dev/shm",
            ];
            let mut outcome = absent("nothing is hidden");
            for mask in masks {
                outcome = unmount(mask);
                if outcome.is_ok() {
                    break;
                }
            }
            outcome
        },
    ),
    probe("mount_list", "list the mounts by number", |_| {
        // struct mnt_id_req: size, spare, mnt_id, param, mnt_ns_id; the root of all is all ones.
        let mut request = os::words(&[32, u64::MAX, 0, 0]);
        request[..4].copy_from_slice(&32_u32.to_ne_bytes());
        let mut list = [0; 64];
        // 458 is listmount, Linux 6.8.
        let count = call!(458, &request, &mut list, 8, 0)?;
        if count == 0 {
            return held("no mount is listed");
        }
        Ok(format!("{count} mounts were listed"))
    }),
    probe(
        "mount_table_of_host",
        "read the mounts of a process of the host",
        |scene| {
            let pid = scene.victim()?;
            let theirs = fs::read_link(format!("/proc/{pid}/ns/mnt"))?;
            let text = fs::read_to_string(format!("/proc/{pid}/mountinfo"))?;
            Ok(format!(
                "{} lines in {}",
                text.lines().count(),
                theirs.display()
            ))
        },
    ),
];

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().copied()
}

/// Takes a mount namespace of its own, or makes sure that this one is not the host's.
fn apart(scene: &Scene<'_>) -> Result<(), Stop> {
    let here = fs::read_link("/proc/self/ns/mnt").unwrap_or_default();
    let is_host = here == Path::new(scene.facts.text("host_mount_namespace")?);
    if call!(libc::SYS_unshare, libc::CLONE_NEWNS).is_ok() {
        let private = libc::MS_REC | libc::MS_PRIVATE;
        if let Err(error) = mount(None, c"/", None, private)
            && is_host
        {
            return Err(error.into());
        }
        return Ok(());
    }
    if is_host {
        return held("no mount namespace of its own, and this one is the host's");
    }
    Ok(())
}

/// An empty folder to mount on.
fn point(scene: &Scene<'_>) -> Result<CString, Stop> {
    let path = scene.workspace("scratch").join(scene.id);
    fs::create_dir_all(&path)?;
    Ok(os::c_path(path)?)
}

fn path_of(point: &CStr) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(point.to_bytes()))
}

fn mount(
    source: Option<&CStr>,
    target: &CStr,
    kind: Option<&CStr>,
    flags: u64,
) -> std::io::Result<i64> {
    let source = source.unwrap_or(c"none");
    let kind = kind.unwrap_or(c"none");
    call!(libc::SYS_mount, source, target, kind, flags, 0)
}

fn unmount(target: &CStr) -> Outcome {
    let flags: c_int = libc::MNT_DETACH;
    call!(libc::SYS_umount2, target, flags)?;
    Ok("unmounted".to_owned())
}

/// Where hierarchies of control groups are mounted, the process's own groups first.
fn cgroups() -> Result<Vec<PathBuf>, Stop> {
    let table = fs::read_to_string("/proc/self/mountinfo")?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own: Vec<&str> = groups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2))
        .collect();
    let mut folders = Vec::new();
    for line in table.lines() {
        let Some((before, after)) = line.split_once(" - ") else {
            continue;
        };
        if !after.starts_with("cgroup") {
            continue;
        }
        let Some(point) = before.split(' ').nth(4) else {
            continue;
        };
        let point = PathBuf::from(point);
        for path in &own {
            let below = point.join(path.trim_start_matches('/'));
            if below != point && below.is_dir() {
                folders.push(below);
            }
        }
        folders.push(point);
    }
    Ok(folders)
}
