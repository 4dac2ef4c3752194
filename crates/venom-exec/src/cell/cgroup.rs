//! Control groups: how much all processes of a cell use together.
//!
//! Version two is used where VENOM may make groups (as root, or in a part that was delegated to its
//! user), version one where it is root on an older machine, and none otherwise. Machines with both
//! get their limits from version one, and version two's way of killing a whole group.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::Pid;

use super::receipt::{CgroupKind, Enforcer};
use super::spec::Limits;

/// Name of each group, before the id of the process that made it.
const PREFIX: &str = "venom-cell-";

/// Where groups can be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Driver {
    /// Folder of version two's groups, and the controllers that groups in it get.
    v2: Option<(PathBuf, Vec<String>)>,
    /// Folders of version one's groups: memory, pids and cpu.
    v1: V1,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct V1 {
    memory: Option<PathBuf>,
    pids: Option<PathBuf>,
    cpu: Option<PathBuf>,
}

/// The group of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Group {
    pub(super) kind: CgroupKind,
    v2: Option<PathBuf>,
    memory: Option<PathBuf>,
    pids: Option<PathBuf>,
    cpu: Option<PathBuf>,
}

/// Ways into version one's groups, for a process to take by itself. The kernel moves any other process
/// only after it has waited until nobody forks on the whole machine, which takes some milliseconds.
#[derive(Debug, Default)]
pub(super) struct Doors(Vec<File>);

impl Doors {
    /// The descriptors that lead in.
    pub(super) fn fds(&self) -> impl Iterator<Item = i32> {
        self.0.iter().map(super::sys::raw)
    }

    /// Moves this process, which has one thread, in.
    pub(super) fn enter(mut self) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|door| door.write_all(b"0"))
    }
}

/// How often limits were hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hits {
    pub(super) memory: u64,
    pub(super) processes: u64,
}

impl Driver {
    /// Looks where this process may make groups.
    pub(super) fn find() -> Self {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut driver = Self::default();
        for line in mounts.lines() {
            let mut fields = line.split(' ');
            let (Some(_), Some(folder), Some(kind), Some(options)) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let folder = Path::new(folder);
            match kind {
                "cgroup2" if driver.v2.is_none() => driver.v2 = v2_place(folder, &own),
                "cgroup" => {
                    let has = |name: &str| options.split(',').any(|option| option == name);
                    let place = |name: &str| {
                        (has(name) && is_writable(folder)).then(|| folder.to_path_buf())
                    };
                    driver.v1.memory = driver.v1.memory.or_else(|| place("memory"));
                    driver.v1.pids = driver.v1.pids.or_else(|| place("pids"));
                    driver.v1.cpu = driver.v1.cpu.or_else(|| place("cpu"));
                }
                _ => {}
            }
        }
        driver
    }

    /// What kind of groups it makes.
    pub(super) fn kind(&self) -> CgroupKind {
        let has_controllers = self.v2.as_ref().is_some_and(|(_, list)| !list.is_empty());
        if has_controllers {
            CgroupKind::V2
        } else if self.v1 != V1::default() {
            CgroupKind::V1
        } else {
            CgroupKind::None
        }
    }

    /// Makes a group with limits. Whatever was made is gone again when this fails.
    pub(super) fn make(&self, limits: &Limits, number: u64) -> io::Result<Group> {
        let mut group = Group {
            kind: self.kind(),
            ..Group::default()
        };
        let made = self.fill(&mut group, limits, &name(number));
        if let Err(error) = made {
            group.remove();
            return Err(error);
        }
        Ok(group)
    }

    fn fill(&self, group: &mut Group, limits: &Limits, name: &str) -> io::Result<()> {
        if let Some((place, controllers)) = &self.v2 {
            let folder = make_folder(place, name)?;
            group.v2 = Some(folder.clone());
            let has = |name: &str| controllers.iter().any(|controller| controller == name);
            group.memory = has("memory").then(|| folder.clone());
            group.pids = has("pids").then(|| folder.clone());
            group.cpu = has("cpu").then_some(folder);
        }
        for (found, place) in [
            (&mut group.memory, &self.v1.memory),
            (&mut group.pids, &self.v1.pids),
            (&mut group.cpu, &self.v1.cpu),
        ] {
            if let (None, Some(place)) = (&found, place) {
                *found = Some(make_folder(place, name)?);
            }
        }
        group.limit(limits, None)
    }

    /// Removes groups whose maker is gone, which is what a killed VENOM leaves.
    pub(super) fn sweep(&self) {
        let places = (self.v2.iter().map(|(place, _)| place))
            .chain(&self.v1.memory)
            .chain(&self.v1.pids)
            .chain(&self.v1.cpu);
        for place in places {
            for entry in fs::read_dir(place).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let maker = name
                    .to_str()
                    .and_then(|name| name.strip_prefix(PREFIX))
                    .and_then(|rest| rest.split('-').next())
                    .and_then(|pid| pid.parse::<i32>().ok())
                    .and_then(Pid::from_raw);
                if let Some(maker) = maker
                    && rustix::process::test_kill_process(maker) == Err(rustix::io::Errno::SRCH)
                {
                    let _ = fs::remove_dir(entry.path());
                }
            }
        }
    }
}

fn name(number: u64) -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{PREFIX}{}-{:x}-{number}",
        std::process::id(),
        since.as_micros()
    )
}

fn make_folder(place: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = place.join(name);
    fs::create_dir(&folder)?;
    Ok(folder)
}

fn write_if_there(file: &Path, text: &str) -> io::Result<()> {
    match fs::write(file, text) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Version one without swap accounting.
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(()),
        done => done,
    }
}

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
        && rustix::fs::statvfs(folder)
            .is_ok_and(|s| !s.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Finds the nearest folder at or above this process's own group where groups can be made and get
/// controllers. A process may only be moved beneath a common ancestor that its user may change, and
/// a group with processes of its own passes no controllers on; so the place is usually the parent.
fn v2_place(mount: &Path, own: &str) -> Option<(PathBuf, Vec<String>)> {
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let own = mount.join(own.trim_start_matches('/'));
    let mut fallback = None;
    for folder in own
        .ancestors()
        .take_while(|folder| folder.starts_with(mount))
    {
        let may_move_there = is_writable(folder)
            && rustix::fs::access(folder.join("cgroup.procs"), rustix::fs::Access::WRITE_OK)
                .is_ok();
        if !may_move_there {
            break;
        }
        let controllers: Vec<String> = fs::read_to_string(folder.join("cgroup.subtree_control"))
            .unwrap_or_default()
            .split_whitespace()
            .filter(|name| ["memory", "pids", "cpu"].contains(name))
            .map(str::to_owned)
            .collect();
        if !controllers.is_empty() {
            return Some((folder.to_path_buf(), controllers));
        }
        fallback = fallback.or_else(|| Some((folder.to_path_buf(), Vec::new())));
    }
    fallback
}

impl Group {
    /// Finds the group that a process is in, which somebody else made for it. `None` if its name does
    /// not hold the one that is expected.
    pub(super) fn of(pid: Pid, expected: &str) -> Option<Self> {
        let own = fs::read_to_string(format!("/proc/{}/cgroup", pid.as_raw_nonzero())).ok()?;
        let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
        let mut group = Self::default();
        let mut is_expected = false;
        for line in own.lines() {
            let mut fields = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let has = |name: &str| controllers.split(',').any(|one| one == name);
            if !path.contains(expected) {
                continue;
            }
            is_expected = true;
            let place = |controller: Option<&str>| {
                let mount = mount_of(&mounts, controller)?;
                let folder = mount.join(path.trim_start_matches('/'));
                folder.is_dir().then_some(folder)
            };
            if controllers.is_empty() {
                group.v2 = place(None);
            }
            for (name, slot) in [
                ("memory", &mut group.memory),
                ("pids", &mut group.pids),
                ("cpu", &mut group.cpu),
            ] {
                if has(name) {
                    *slot = place(Some(name));
                }
            }
        }
        if group.memory.is_some() || group.pids.is_some() {
            group.kind = CgroupKind::V1;
        } else if let Some(folder) = &group.v2 {
            group.kind = CgroupKind::V2;
            let has = |file: &str| folder.join(file).exists().then(|| folder.clone());
            group.memory = has("memory.max");
            group.pids = has("pids.max");
            group.cpu = has("cpu.max");
        }
        is_expected.then_some(group)
    }

    /// Sets limits; those that are as they were `before` need nothing.
    pub(super) fn limit(&self, limits: &Limits, before: Option<&Limits>) -> io::Result<()> {
        /// The kernel's default period, a tenth of a second, in microseconds.
        const PERIOD: u64 = 100_000;
        let is_new = |value: &dyn Fn(&Limits) -> u64| before.map(value) != Some(value(limits));
        if let Some(folder) = &self.memory
            && is_new(&|limits| limits.memory_bytes)
        {
            let memory = limits.memory_bytes.to_string();
            if self.is_v2(folder) {
                fs::write(folder.join("memory.max"), &memory)?;
                // Machines without swap accounting lack the file.
                write_if_there(&folder.join("memory.swap.max"), "0")?;
                write_if_there(&folder.join("memory.oom.group"), "0")?;
            } else {
                // Both together are never smaller than the first: what grows is set the other way.
                let is_more = before.is_some_and(|b| b.memory_bytes < limits.memory_bytes);
                let both = folder.join("memory.memsw.limit_in_bytes");
                if is_more {
                    write_if_there(&both, &memory)?;
                }
                fs::write(folder.join("memory.limit_in_bytes"), &memory)?;
                if !is_more {
                    write_if_there(&both, &memory)?;
                }
                if before.is_none() {
                    write_if_there(&folder.join("memory.swappiness"), "0")?;
                }
            }
        }
        if let Some(folder) = &self.pids
            && is_new(&|limits| limits.processes.into())
        {
            fs::write(folder.join("pids.max"), limits.processes.to_string())?;
        }
        if let Some(folder) = &self.cpu
            && is_new(&|limits| limits.cpu_percent.into())
        {
            let quota = u64::from(limits.cpu_percent) * (PERIOD / 100);
            if self.is_v2(folder) {
                fs::write(folder.join("cpu.max"), format!("{quota} {PERIOD}"))?;
            } else {
                fs::write(folder.join("cpu.cfs_period_us"), PERIOD.to_string())?;
                fs::write(folder.join("cpu.cfs_quota_us"), quota.to_string())?;
            }
        }
        Ok(())
    }

    fn is_v2(&self, folder: &Path) -> bool {
        self.v2.as_deref() == Some(folder)
    }

    /// Opens the ways into version one's groups.
    pub(super) fn doors(&self) -> io::Result<Doors> {
        let folders = self.folders().into_iter().filter(|f| !self.is_v2(f));
        let open = |folder: &Path| File::options().write(true).open(folder.join("tasks"));
        folders.map(open).collect::<io::Result<_>>().map(Doors)
    }

    /// Opens version two's folder, for a process to be born in.
    pub(super) fn open_v2(&self) -> io::Result<Option<OwnedFd>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        self.v2
            .as_ref()
            .map(|folder| Ok(open(folder, flags, Mode::empty())?))
            .transpose()
    }

    /// Moves a process into version two's group, where it could not be born in it.
    pub(super) fn add(&self, pid: Pid) -> io::Result<()> {
        let Some(folder) = &self.v2 else {
            return Ok(());
        };
        let pid = pid.as_raw_nonzero().to_string();
        fs::write(folder.join("cgroup.procs"), pid)
    }

    fn folders(&self) -> Vec<&Path> {
        let mut folders: Vec<&Path> = [&self.v2, &self.memory, &self.pids, &self.cpu]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect();
        folders.dedup();
        folders
    }

    /// Kills everything in it, where the kernel can do that at once.
    pub(super) fn kill(&self) {
        if let Some(folder) = &self.v2 {
            // Kernels before 5.14 lack the file; the namespace's end kills there.
            let _ = fs::write(folder.join("cgroup.kill"), "1");
        }
    }

    /// Removes it. Only possible when nothing is left in it.
    pub(super) fn remove(&self) {
        for folder in self.folders() {
            if let Err(error) = fs::remove_dir(folder)
                && error.raw_os_error() == Some(libc::EBUSY)
            {
                // The last process may be a moment from being gone.
                std::thread::sleep(std::time::Duration::from_millis(2));
                let _ = fs::remove_dir(folder);
            }
        }
    }

    /// Reads how often the limits were hit.
    pub(super) fn hits(&self) -> Hits {
        let count = |folder: &Option<PathBuf>, files: &[&str], key: &str| {
            let folder = folder.as_ref()?;
            files.iter().find_map(|file| {
                let text = fs::read_to_string(folder.join(file)).ok()?;
                count_of(&text, key)
            })
        };
        Hits {
            memory: count(
                &self.memory,
                &["memory.events", "memory.oom_control"],
                "oom_kill",
            )
            .unwrap_or(0),
            processes: count(&self.pids, &["pids.events"], "max").unwrap_or(0),
        }
    }

    /// Who enforces memory, processor time and the number of processes.
    pub(super) fn enforcers(&self) -> [Enforcer; 3] {
        [&self.memory, &self.cpu, &self.pids].map(|folder| {
            if folder.is_some() {
                Enforcer::Cgroup
            } else {
                Enforcer::Nobody
            }
        })
    }

    pub(super) fn encode(&self, w: &mut super::wire::Writer) {
        w.u8(match self.kind {
            CgroupKind::None => 0,
            CgroupKind::V1 => 1,
            CgroupKind::V2 => 2,
        });
        for folder in [&self.v2, &self.memory, &self.pids, &self.cpu] {
            w.list(folder.iter(), |w, folder| {
                w.path(folder);
            });
        }
    }

    pub(super) fn decode(r: &mut super::wire::Reader<'_>) -> io::Result<Self> {
        let kind = match r.u8()? {
            0 => CgroupKind::None,
            1 => CgroupKind::V1,
            _ => CgroupKind::V2,
        };
        let mut folder =
            || Ok::<_, io::Error>(r.list(super::wire::Reader::path)?.into_iter().next());
        Ok(Self {
            kind,
            v2: folder()?,
            memory: folder()?,
            pids: folder()?,
            cpu: folder()?,
        })
    }
}

/// Finds where groups of version one with this controller, or of version two, are mounted.
fn mount_of(mounts: &str, controller: Option<&str>) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (folder, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        let fits = match controller {
            None => kind == "cgroup2",
            Some(name) => kind == "cgroup" && options.split(',').any(|option| option == name),
        };
        fits.then(|| PathBuf::from(folder))
    })
}

/// Finds `key N` in a file of counters.
fn count_of(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        line.strip_prefix(key)?
            .strip_prefix(' ')?
            .trim()
            .parse()
            .ok()
    })
}
