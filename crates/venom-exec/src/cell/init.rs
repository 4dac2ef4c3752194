//! The first process of a cell: it makes the cell around itself, then starts commands and reaps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Pid, Signal};

use super::cgroup::Doors;
use super::failure::{At as _, Step};
use super::frames;
use super::lockdown::{Ahead, Lockdown, Locked, Ready};
use super::monitor::{self, Surroundings};
use super::order::Order;
use super::receipt::{CgroupKind, Enforced, Enforcer, Guarded};
use super::root::system::System;
use super::root::{self, Base, SystemSources};
use super::spec::{CellCommand, CellSpec, HOME, INSIDE_ID, Mode, PROXY_PORT, Tier, WindowSize};
use super::sweep::sweep;
use super::sys::{self, Forked, Reap, SingleThread};
use super::wire::{self, Reader};

/// How often a sweep of the restricted tier is tried before init gives up on what will not die.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// What a new cell's first process is born with, before anybody says what it shall be.
pub(super) struct Birth<'a> {
    pub(super) alone: SingleThread,
    pub(super) tier: Tier,
    pub(super) system: &'a System,
    /// Where the zygote says that it has done its part, and then what the cell shall be.
    pub(super) orders: OwnedFd,
    /// A descriptor of the zygote.
    pub(super) zygote: OwnedFd,
    /// The user outside; the zygote maps it if it is root.
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) is_root: bool,
    /// Opened by the zygote if it is root.
    pub(super) sources: Option<SystemSources>,
    pub(super) doors: Doors,
    pub(super) cgroup: CgroupKind,
    pub(super) enforcers: [Enforcer; 3],
}

/// Lives the life of a cell's first process, and returns its exit code.
pub(super) fn live(mut birth: Birth<'_>) -> i32 {
    let begun = begin(&mut birth).and_then(|begun| Ok((begun, ahead_of(&birth)?)));
    if begun.is_err() {
        // Nobody need come to this one: a word here, and the zygote makes another.
        let _ = wire::send(birth.orders.as_fd(), &[frames::MORE], &[]);
    }
    let Ok(Some(mut order)) = Order::receive(birth.orders.as_fd()) else {
        return 1;
    };
    let tier = order.spec.tier;
    let prepared = begun.and_then(|(begun, ahead)| match begun {
        Begun::Full(base) => prepare_full(&birth, base, ahead, &mut order),
        Begun::Restricted => prepare_restricted(&birth, ahead, &order),
    });
    let channel = order.channel;
    // The zygote learns of this process's end by other means, and has no more to say.
    drop(birth.orders);
    let around = match prepared {
        Ok(around) => around,
        Err(failed) => {
            let _ = wire::send(channel.as_fd(), &frames::failed(&failed), &[]);
            return 1;
        }
    };
    match serve(&around, &channel, tier) {
        Ok(()) => 0,
        Err(_lost) => 1,
    }
}

/// Makes what can be of the lockdown before anybody says what the cell shall be.
fn ahead_of(birth: &Birth<'_>) -> Step<Ahead> {
    let [memory_by, ..] = birth.enforcers;
    let mut ahead = Ahead::of(birth.tier, memory_by, false)?;
    match birth.tier {
        // Its root is still to be mounted.
        Tier::Full => {}
        Tier::Restricted => ahead.filter()?,
    }
    Ok(ahead)
}

/// What stays of the birth.
struct Living {
    alone: SingleThread,
    around: Surroundings,
}

/// How far a cell gets before anybody says what it shall be.
enum Begun {
    Full(Base),
    Restricted,
}

fn begin(birth: &mut Birth<'_>) -> Step<Begun> {
    let mut keep = vec![sys::raw(&birth.orders), sys::raw(&birth.zygote)];
    keep.extend(birth.doors.fds());
    keep.extend(birth.sources.iter().flat_map(SystemSources::fds));
    sys::close_others(&mut keep).at("close descriptors")?;
    // Of all commands: none inherits that its maker ignored one.
    sys::reset_signals();
    std::mem::take(&mut birth.doors)
        .enter()
        .at("enter the cgroup")?;
    rustix::thread::set_name(c"venom-cell").at("take a name")?;
    match birth.tier {
        Tier::Full => begin_full(birth).map(Begun::Full),
        Tier::Restricted => begin_restricted(birth).map(|()| Begun::Restricted),
    }
}

/// Lives the life of the first process of a container that somebody else has made, and returns its
/// exit code.
pub(super) fn live_contained(
    alone: SingleThread,
    spec: &CellSpec,
    search: &[PathBuf],
    channel: &OwnedFd,
) -> i32 {
    let living = match prepare_contained(alone, spec, search, channel) {
        Ok(living) => living,
        Err(failed) => {
            let _ = wire::send(channel.as_fd(), &frames::failed(&failed), &[]);
            return 1;
        }
    };
    i32::from(serve(&living, channel, Tier::Full).is_err())
}

fn prepare_contained(
    alone: SingleThread,
    spec: &CellSpec,
    search: &[PathBuf],
    channel: &OwnedFd,
) -> Step<Living> {
    sys::close_others(&mut [sys::raw(channel)]).at("close descriptors")?;
    sys::reset_signals();
    rustix::thread::set_name(c"venom-cell").at("take a name")?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).at("hide memory")?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    rustix::process::setsid()
        .or_else(ignore_leader)
        .at("begin a session")?;
    let listener = (spec.proxy_listener).then(listen_for_proxy).transpose()?;
    // The engine has made groups that count for all; where it could not, it has refused.
    let mut lockdown = Lockdown::of(spec, None, [Enforcer::Cgroup; 3], 0);
    // Counted over all processes of this user on the machine, because it has no namespace.
    lockdown.rlimits.retain(|(name, ..)| *name != "processes");
    let lockdown = lockdown.prepare(Ahead::of(Tier::Full, Enforcer::Cgroup, false)?)?;
    lockdown.enforce()?;
    let programs = programs_in(search);
    wire::send(channel.as_fd(), &frames::programs(&programs), &[]).at("report")?;
    let receipt = contained_receipt(spec, lockdown.locked());
    let frame = frames::ready(&receipt, listener.is_some()).at("write the receipt")?;
    let fds: Vec<_> = listener.iter().map(|fd| fd.as_fd()).collect();
    wire::send(channel.as_fd(), &frame, &fds).at("report")?;
    Ok(Living {
        alone,
        around: Surroundings {
            home: HOME.into(),
            tmp: "/tmp".into(),
            cwd: (spec.workspace.as_ref())
                .map_or_else(|| HOME.into(), |workspace| workspace.host.clone()),
            lockdown: None,
            user: None,
        },
    })
}

/// Lists what can be executed in the folders of a search path.
fn programs_in(search: &[PathBuf]) -> Vec<PathBuf> {
    /// The most that are listed. Chosen: three times what a full desktop has.
    const MOST: usize = 10_000;
    let mut found = Vec::new();
    for folder in search {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let can_run = rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok();
            if can_run && found.len() < MOST {
                found.push(path);
            }
        }
    }
    found
}

fn wait_for_zygote(orders: &OwnedFd) -> Step<()> {
    match wire::receive(orders.as_fd()).at("wait for the zygote")? {
        Some(frame) if frame.bytes == [frames::GO] => Ok(()),
        _ => Err(Errno::PIPE).at("wait for the zygote"),
    }
}

/// Dies with the zygote; to be called after the last change of the user, which forgets it.
fn die_with_zygote(zygote: &OwnedFd) -> Step<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).at("watch the zygote")?;
    let mut watched = [PollFd::new(zygote, PollFlags::IN)];
    let no_wait = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    match poll(&mut watched, Some(&no_wait)).at("watch the zygote")? {
        0 => Ok(()),
        _ => Err(Errno::SRCH).at("watch the zygote"),
    }
}

fn begin_full(birth: &mut Birth<'_>) -> Step<Base> {
    if !birth.is_root {
        // Its own files in /proc belong to root while a process cannot be dumped.
        rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).at("map the user")?;
        fs::write("/proc/self/setgroups", "deny").at("map the user")?;
        let line = |outside: u32| format!("{INSIDE_ID} {outside} 1");
        fs::write("/proc/self/uid_map", line(birth.uid)).at("map the user")?;
        fs::write("/proc/self/gid_map", line(birth.gid)).at("map the group")?;
    }
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).at("hide memory")?;
    wait_for_zygote(&birth.orders)?;
    sys::become_user(INSIDE_ID, INSIDE_ID, birth.is_root).at("become the user")?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).at("hide memory")?;
    die_with_zygote(&birth.zygote)?;
    rustix::process::umask(rustix::fs::Mode::empty());
    rustix::system::sethostname(b"venom").at("set the host name")?;
    rustix::process::setsid()
        .or_else(ignore_leader)
        .at("begin a session")?;
    sys::loopback_up(internet_socket()?.as_fd()).at("bring the loopback up")?;
    let sources = match birth.sources.take() {
        Some(sources) => sources,
        None => root::gather_system(birth.system)?,
    };
    root::lay(birth.system, sources)
}

fn begin_restricted(birth: &Birth<'_>) -> Step<()> {
    wait_for_zygote(&birth.orders)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).at("hide memory")?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).at("take in orphans")?;
    rustix::process::setsid()
        .or_else(ignore_leader)
        .at("begin a session")
        .map(|_| ())
}

fn prepare_full(birth: &Birth<'_>, base: Base, ahead: Ahead, order: &mut Order) -> Step<Living> {
    let sources = order.sources.take();
    let order = &*order;
    let spec = &order.spec;
    let listener = if spec.proxy_listener {
        Some(listen_for_proxy()?)
    } else {
        None
    };
    let sources = match sources {
        Some(sources) => sources,
        None => root::gather(spec, None)?,
    };
    let built = root::build(spec, birth.system, base, sources)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let lockdown = Lockdown::of(spec, None, birth.enforcers, 0);
    let lockdown = lockdown.prepare(ahead)?;
    lockdown.enforce()?;
    let receipt = Enforced {
        namespaces: ["user", "mount", "pid", "net", "ipc", "uts", "cgroup"]
            .map(str::to_owned)
            .to_vec(),
        guarded: built.guarded,
        unprotected: built.unprotected,
        network: if spec.proxy_listener { "proxy" } else { "none" }.to_owned(),
        end_by: "pid-namespace".to_owned(),
        ..receipt(birth, order, lockdown.locked())
    };
    let frame = frames::ready(&receipt, listener.is_some()).at("write the receipt")?;
    let fds: Vec<_> = listener.iter().map(|fd| fd.as_fd()).collect();
    wire::send(order.channel.as_fd(), &frame, &fds).at("report")?;
    Ok(Living {
        alone: birth.alone,
        around: Surroundings {
            home: HOME.into(),
            tmp: "/tmp".into(),
            cwd: spec
                .workspace
                .as_ref()
                .map_or_else(|| HOME.into(), |workspace| workspace.host.clone()),
            lockdown: None,
            user: None,
        },
    })
}

/// A process that leads its group already cannot begin a session, and need not.
fn ignore_leader(error: Errno) -> rustix::io::Result<Pid> {
    if error == Errno::PERM {
        Ok(rustix::process::getpid())
    } else {
        Err(error)
    }
}

fn prepare_restricted(birth: &Birth<'_>, ahead: Ahead, order: &Order) -> Step<Living> {
    let spec = &order.spec;
    let private = order.private.clone().unwrap_or_default();
    let lockdown = Lockdown::of(spec, Some(&private), birth.enforcers, order.others);
    let lockdown = lockdown.prepare(ahead)?;
    // Said now and not when the first command cannot be started there.
    let folder = spec.workspace.as_ref().map(|workspace| {
        rustix::fs::open(
            &workspace.host,
            rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )
        .at_path("open the workspace", &workspace.host)
    });
    folder.transpose()?;
    let guarded = [
        &spec.guard.pinned,
        &spec.guard.read_only,
        &spec.guard.hidden,
    ];
    let reason = "the restricted tier has no mounts";
    let receipt = Enforced {
        unprotected: (guarded.into_iter().flatten())
            .map(|path| (path.display().to_string(), reason.to_owned()))
            .collect(),
        ..receipt(birth, order, lockdown.locked())
    };
    let frame = frames::ready(&receipt, false).at("write the receipt")?;
    wire::send(order.channel.as_fd(), &frame, &[]).at("report")?;
    Ok(Living {
        alone: birth.alone,
        around: Surroundings {
            home: private.join("home"),
            tmp: private.join("tmp"),
            cwd: (spec.workspace.as_ref())
                .map_or_else(|| private.join("home"), |workspace| workspace.host.clone()),
            lockdown: Some(lockdown),
            user: birth.is_root.then_some((order.uid, order.gid)),
        },
    })
}

fn internet_socket() -> Step<OwnedFd> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let flags = SocketFlags::CLOEXEC;
    socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).at("make a socket")
}

/// Makes the listener of the proxy.
fn listen_for_proxy() -> Step<OwnedFd> {
    use rustix::net::{bind, listen};
    let listener = internet_socket()?;
    let address = std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, PROXY_PORT);
    bind(&listener, &address).at("bind the proxy's port")?;
    // As many as the kernel queues by default (`net.core.somaxconn` of old).
    listen(&listener, 128).at("listen on the proxy's port")?;
    Ok(listener)
}

fn contained_receipt(spec: &CellSpec, locked: Locked) -> Enforced {
    Enforced {
        tier: Tier::Full,
        namespaces: ["mount", "pid", "net", "ipc", "uts"]
            .map(str::to_owned)
            .to_vec(),
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        id_mapped: false,
        workspace: workspace_kind(spec),
        guarded: Guarded::default(),
        unprotected: BTreeMap::new(),
        landlock_abi: locked.landlock_abi,
        landlock_scopes: locked.landlock_scopes,
        seccomp_instructions: locked.seccomp_instructions,
        no_capabilities: true,
        no_new_privileges: true,
        rlimits: locked.rlimits,
        cgroup: CgroupKind::None,
        limits: spec.limits,
        memory_by: Enforcer::Cgroup,
        cpu_by: Enforcer::Cgroup,
        processes_by: Enforcer::Cgroup,
        network: if spec.proxy_listener { "proxy" } else { "none" }.to_owned(),
        end_by: "pid-namespace".to_owned(),
    }
}

/// Says what both tiers enforce; what differs is that of the restricted one.
fn receipt(birth: &Birth<'_>, order: &Order, locked: Locked) -> Enforced {
    let [memory_by, cpu_by, processes_by] = birth.enforcers;
    Enforced {
        tier: birth.tier,
        namespaces: Vec::new(),
        uid: order.uid,
        gid: order.gid,
        id_mapped: order.is_id_mapped,
        workspace: workspace_kind(&order.spec),
        guarded: Guarded::default(),
        unprotected: BTreeMap::new(),
        landlock_abi: locked.landlock_abi,
        landlock_scopes: locked.landlock_scopes,
        seccomp_instructions: locked.seccomp_instructions,
        no_capabilities: true,
        no_new_privileges: true,
        rlimits: locked.rlimits,
        cgroup: birth.cgroup,
        limits: order.spec.limits,
        memory_by: or(memory_by, Enforcer::EachProcess),
        cpu_by,
        processes_by: or(processes_by, Enforcer::User),
        network: "none".to_owned(),
        end_by: "sweep".to_owned(),
    }
}

fn or(enforcer: Enforcer, otherwise: Enforcer) -> Enforcer {
    match enforcer {
        Enforcer::Nobody => otherwise,
        Enforcer::Cgroup | Enforcer::EachProcess | Enforcer::User => enforcer,
    }
}

fn workspace_kind(spec: &CellSpec) -> String {
    let kind = spec.workspace.as_ref().map(|workspace| &workspace.mode);
    match kind {
        None => "none",
        Some(Mode::ReadOnly) => "read-only",
        Some(Mode::Direct) => "direct",
        Some(Mode::Overlay(_)) => "overlay",
    }
    .to_owned()
}

/// Starts commands and reaps until nobody holds the other end of the channel.
fn serve(living: &Living, channel: &OwnedFd, tier: Tier) -> io::Result<()> {
    sys::block(&[Signal::CHILD, Signal::TERM])?;
    let mut signals = sys::signal_fd(&[Signal::CHILD])?;
    let mut monitors = Monitors::default();
    // The first command need not wait for its monitor to be forked.
    if let Ok(monitor) = hire(living, channel) {
        monitors.idle.push(monitor);
    }
    let result = loop {
        let mut watched = [
            PollFd::new(channel, PollFlags::IN),
            PollFd::new(&signals, PollFlags::IN),
        ];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => break Err(error.into()),
        }
        let [orders, deaths] = watched.map(|fd| !fd.revents().is_empty());
        if deaths {
            let mut info = [0; 128];
            while signals.read(&mut info).is_ok() {}
            if let Err(lost) = reap_all(&mut monitors, channel) {
                break Err(lost);
            }
        }
        if orders {
            let Some(frame) = wire::receive(channel.as_fd())? else {
                break Ok(());
            };
            obey(living, channel, frame, &mut monitors)?;
        }
    };
    if tier == Tier::Restricted {
        sweep(&BTreeSet::new(), LAST_PATIENCE, |_| {})?;
    }
    result
}

/// A process that takes one command after the other.
struct Monitor {
    pid: Pid,
    /// Where it takes commands, and says that one is over.
    orders: OwnedFd,
    /// It was told to end its command, and may hear of that when it has another: it gets no more.
    is_spent: bool,
}

#[derive(Default)]
struct Monitors {
    busy: BTreeMap<u64, Monitor>,
    idle: Vec<Monitor>,
}

impl Monitors {
    /// Monitors that are kept for the next commands. Chosen: those of a pipeline or two.
    const KEPT: usize = 2;

    /// Finds those that are done with their commands. They are not listened to in between, which would
    /// wake this process at the very moment in which somebody waits for the end of a command.
    fn settle(&mut self) {
        let done: Vec<u64> = (self.busy.iter())
            .filter(|(_, monitor)| monitor.has_word())
            .map(|(id, _)| *id)
            .collect();
        for id in done {
            let Some(monitor) = self.busy.remove(&id) else {
                continue;
            };
            if !matches!(wire::receive(monitor.orders.as_fd()), Ok(Some(_))) {
                // It is dead or dying; what that means is told by how it died.
                self.busy.insert(id, monitor);
            } else if !monitor.is_spent && self.idle.len() < Self::KEPT {
                self.idle.push(monitor);
            }
        }
    }
}

impl Monitor {
    fn has_word(&self) -> bool {
        let mut watched = [PollFd::new(&self.orders, PollFlags::IN)];
        let no_wait = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        !matches!(poll(&mut watched, Some(&no_wait)), Ok(0))
    }
}

/// Reaps. A monitor that did not end well may have left something that nobody can tell from the
/// other commands' processes: then the whole cell must end.
fn reap_all(monitors: &mut Monitors, channel: &OwnedFd) -> io::Result<()> {
    while let Reap::One(reaped) = sys::reap()? {
        monitors.idle.retain(|monitor| monitor.pid != reaped.pid);
        let id = (monitors.busy.iter())
            .find_map(|(id, monitor)| (monitor.pid == reaped.pid).then_some(*id));
        let Some(id) = id else { continue };
        monitors.busy.remove(&id);
        if reaped.status != 0 {
            let _ = wire::send(channel.as_fd(), &frames::lost(id), &[]);
            return Err(io::Error::other("a monitor broke down"));
        }
    }
    Ok(())
}

fn obey(
    living: &Living,
    channel: &OwnedFd,
    frame: wire::Frame,
    monitors: &mut Monitors,
) -> io::Result<()> {
    let (kind, mut reader) = Reader::new(&frame.bytes)?;
    let id = reader.u64()?;
    monitors.settle();
    match kind {
        frames::SPAWN => {
            let command = CellCommand::decode(&mut reader)?;
            if let Err(failed) = start(living, channel, id, &command, frame, monitors) {
                wire::send(channel.as_fd(), &frames::not_started(id, &failed), &[])?;
            }
        }
        frames::KILL => {
            if let Some(monitor) = monitors.busy.get_mut(&id) {
                monitor.is_spent = true;
                // It only fails when the monitor has just ended by itself.
                let _ = rustix::process::kill_process(monitor.pid, Signal::TERM);
            }
        }
        frames::SIGNAL => {
            let signal = reader.u32()?.cast_signed();
            if let (Some(monitor), Some(signal)) =
                (monitors.busy.get(&id), Signal::from_named_raw(signal))
            {
                signal_command(monitor.pid, signal);
            }
        }
        _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "unknown order")),
    }
    Ok(())
}

/// Signals the session's first process group of a monitor's command, as a terminal would.
fn signal_command(monitor: Pid, signal: Signal) {
    let monitor = monitor.as_raw_nonzero();
    let children =
        fs::read_to_string(format!("/proc/{monitor}/task/{monitor}/children")).unwrap_or_default();
    let first = children
        .split_whitespace()
        .next()
        .and_then(|pid| pid.parse().ok())
        .and_then(Pid::from_raw);
    if let Some(first) = first {
        let _ = rustix::process::kill_process_group(first, signal);
    }
}

/// Hands a command to a monitor.
fn start(
    living: &Living,
    channel: &OwnedFd,
    id: u64,
    command: &CellCommand,
    frame: wire::Frame,
    monitors: &mut Monitors,
) -> Step<()> {
    let mut streams = frame.fds;
    if let Some(size) = command.terminal {
        let (master, slave) = make_terminal(size).at("make a terminal")?;
        wire::send(channel.as_fd(), &frames::terminal(id), &[master.as_fd()])
            .at("hand the terminal out")?;
        streams = vec![slave];
    }
    let fds: Vec<_> = streams.iter().map(|fd| fd.as_fd()).collect();
    let take = |monitor: &Monitor| wire::send(monitor.orders.as_fd(), &frame.bytes, &fds);
    // One that is kept may be dead by now; a new one is not.
    while let Some(monitor) = monitors.idle.pop() {
        if take(&monitor).is_ok() {
            monitors.busy.insert(id, monitor);
            return Ok(());
        }
    }
    let monitor = hire(living, channel)?;
    take(&monitor).at("hand the command over")?;
    monitors.busy.insert(id, monitor);
    Ok(())
}

/// Forks a monitor.
fn hire(living: &Living, channel: &OwnedFd) -> Step<Monitor> {
    let (orders, theirs) = wire::channel().at("make a channel")?;
    match sys::fork(living.alone).at("fork")? {
        Forked::Parent(pid) => Ok(Monitor {
            pid,
            orders,
            is_spent: false,
        }),
        Forked::Child => {
            // Pipes of commands among them, whose readers wait until nobody holds the other end.
            let mut keep = vec![sys::raw(&theirs), sys::raw(channel)];
            keep.extend(living.around.lockdown.iter().map(Ready::fd));
            if sys::close_others(&mut keep).is_err() {
                sys::exit_now(1)
            }
            let code = monitor::live(living.alone, &theirs, channel.as_fd(), &living.around);
            sys::exit_now(code)
        }
    }
}

/// Opens a new terminal of the cell: its outer and its inner side.
fn make_terminal(size: WindowSize) -> io::Result<(OwnedFd, OwnedFd)> {
    use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(
        &master,
        OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC,
    )?;
    rustix::termios::tcsetwinsize(
        &slave,
        rustix::termios::Winsize {
            ws_row: size.rows,
            ws_col: size.columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        },
    )?;
    Ok((master, slave))
}
