//! What a process gives up before it runs anything that is not VENOM's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::failure::{At as _, Failed, Step};
use super::landlock::{Network, Ruleset};
use super::receipt::Enforcer;
use super::root::system;
use super::seccomp::{self, Profile};
use super::spec::{CellSpec, HOME, Mode, Tier};
use super::sys;

/// What is to be given up.
#[derive(Debug, Clone)]
pub(super) struct Lockdown {
    pub(super) tier: Tier,
    pub(super) readable: Vec<PathBuf>,
    pub(super) writable: Vec<PathBuf>,
    pub(super) devices: Vec<PathBuf>,
    pub(super) unix_sockets: bool,
    pub(super) memory_by: Enforcer,
    pub(super) rlimits: Vec<(&'static str, Resource, u64)>,
}

/// What was given up.
#[derive(Debug, Clone, Default)]
pub(super) struct Locked {
    pub(super) landlock_abi: u32,
    pub(super) landlock_scopes: Vec<String>,
    pub(super) seccomp_instructions: u32,
    pub(super) rlimits: BTreeMap<String, u64>,
}

/// What commands of the restricted tier can read of the host beside programs, where it exists. The
/// full tier has a root of its own instead.
const RESTRICTED_READS: &[&str] = &[
    "/proc",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/mime.types",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/openssl.cnf",
    "/etc/fonts",
    "/etc/terminfo",
    "/etc/os-release",
    "/sys/devices/system/cpu",
];

const RESTRICTED_DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
];

impl Lockdown {
    /// Says what a cell gives up. `private` is the restricted tier's folder in place of `/tmp`;
    /// `others` is how many processes of the same user the kernel counts beside the cell's.
    pub(super) fn of(
        spec: &CellSpec,
        private: Option<&Path>,
        enforcers: [Enforcer; 3],
        others: u32,
    ) -> Self {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let mut writable: Vec<PathBuf> = Vec::new();
        let mut readable;
        let devices;
        match private {
            None => {
                readable = paths(&["/"]);
                devices = paths(&["/dev"]);
                writable.extend(paths(&["/tmp", "/dev/shm", HOME]));
                writable.extend(spec.scratch.iter().cloned());
            }
            // What is the same in every cell of this tier is allowed by [`Ahead::of`].
            Some(private) => {
                readable = spec.read_only.clone();
                devices = Vec::new();
                writable.push(private.to_path_buf());
            }
        }
        writable.extend(spec.writable.iter().cloned());
        if let Some(workspace) = &spec.workspace {
            let list = match workspace.mode {
                Mode::ReadOnly => &mut readable,
                Mode::Direct | Mode::Overlay(_) => &mut writable,
            };
            list.push(workspace.host.clone());
        }
        let limits = &spec.limits;
        let [memory_by, _, processes_by] = enforcers;
        // The cgroup tells when it refuses a process; this limit does not, and must not come first.
        let others = if processes_by == Enforcer::Cgroup {
            others.saturating_add(64)
        } else {
            others
        };
        let mut rlimits = vec![
            ("core", Resource::Core, 0),
            ("open-files", Resource::Nofile, limits.open_files.into()),
            ("file-bytes", Resource::Fsize, limits.file_bytes),
            // A main thread's stack; more helps nobody but those who look for the heap with it.
            ("stack-bytes", Resource::Stack, 64 << 20),
            ("locked-bytes", Resource::Memlock, 64 << 10),
            ("nice", Resource::Nice, 0),
            ("realtime", Resource::Rtprio, 0),
            ("message-bytes", Resource::Msgqueue, 0),
            (
                "processes",
                Resource::Nproc,
                u64::from(limits.processes) + u64::from(others),
            ),
        ];
        if memory_by != Enforcer::Cgroup {
            // Counts what is written to or can be, and not what is only reserved, so that programs
            // that reserve much (V8, the JVM) run; a limit on addresses would stop them.
            rlimits.push(("data-bytes", Resource::Data, limits.memory_bytes));
        }
        Self {
            tier: spec.tier,
            readable,
            writable,
            devices,
            unix_sockets: spec.unix_sockets,
            memory_by,
            rlimits,
        }
    }

    /// Adds to the rules, so that they and the filter only need to be put in force, as often as there
    /// are processes to put them on.
    pub(super) fn prepare(self, ahead: Ahead) -> Step<Ready> {
        // Where there is no namespace, that changes nothing.
        let ahead = if self.unix_sockets && self.tier == Tier::Full {
            Ahead::of(self.tier, self.memory_by, true)?
        } else {
            ahead
        };
        let Ahead {
            rules,
            abi,
            program,
            is_filtered,
        } = ahead;
        for path in &self.readable {
            skip_missing(rules.read(path)).at_path("allow reading", path)?;
        }
        for path in &self.devices {
            skip_missing(rules.use_devices(path)).at_path("allow using", path)?;
        }
        for path in &self.writable {
            rules.write(path).at_path("allow writing", path)?;
        }
        Ok(Ready {
            locked: Locked {
                landlock_abi: abi,
                landlock_scopes: scopes(abi, network(self.tier)),
                seccomp_instructions: u32::try_from(program.len()).unwrap_or(u32::MAX),
                rlimits: (self.rlimits.iter())
                    .map(|(name, _, value)| ((*name).to_owned(), *value))
                    .collect(),
            },
            rlimits: self.rlimits,
            rules,
            program,
            is_filtered,
        })
    }
}

/// The part of the rules and the filter that needs no specification.
pub(super) struct Ahead {
    rules: Ruleset,
    abi: u32,
    program: Vec<libc::sock_filter>,
    is_filtered: bool,
}

impl Ahead {
    /// Makes it.
    pub(super) fn of(tier: Tier, memory_by: Enforcer, unix_sockets: bool) -> Step<Self> {
        let (rules, abi) = Ruleset::new(network(tier), unix_sockets).at("make Landlock rules")?;
        if tier == Tier::Restricted {
            for path in system::PROGRAMS
                .iter()
                .chain(RESTRICTED_READS)
                .map(Path::new)
            {
                skip_missing(rules.read(path)).at_path("allow reading", path)?;
            }
            for path in RESTRICTED_DEVICES.iter().map(Path::new) {
                skip_missing(rules.use_devices(path)).at_path("allow using", path)?;
            }
        }
        let has_namespaces = tier == Tier::Full;
        let program = seccomp::program(Profile {
            network: has_namespaces,
            unix_sockets: unix_sockets && has_namespaces,
            memory_files: memory_by == Enforcer::Cgroup,
        });
        Ok(Self {
            rules,
            abi,
            program,
            is_filtered: false,
        })
    }

    /// Installs the filter in this process, from which all that come from it inherit it: nothing that
    /// runs a command needs a call that commands must not make, and for the kernel to translate a
    /// filter takes as long as to start a small program.
    pub(super) fn filter(&mut self) -> Step<()> {
        rustix::thread::set_no_new_privs(true).at("set no_new_privs")?;
        sys::install_filter(&self.program).at("install the system call filter")?;
        self.is_filtered = true;
        Ok(())
    }
}

fn network(tier: Tier) -> Network {
    match tier {
        Tier::Full => Network::Untouched,
        Tier::Restricted => Network::Denied,
    }
}

/// What is to be given up, ready to be put in force.
pub(super) struct Ready {
    locked: Locked,
    rlimits: Vec<(&'static str, Resource, u64)>,
    rules: Ruleset,
    program: Vec<libc::sock_filter>,
    /// Whether the filter is in force already.
    is_filtered: bool,
}

impl Ready {
    /// Gives everything up. There is no way back for this process and all that come from it.
    pub(super) fn enforce(&self) -> Step<()> {
        for (name, resource, value) in &self.rlimits {
            set_limit(*resource, *value)
                .map_err(|error| Failed::new(format!("limit {name}"), &error.into()))?;
        }
        drop_privileges()?;
        self.rules.enforce().at("enforce Landlock rules")?;
        if self.is_filtered {
            return Ok(());
        }
        sys::install_filter(&self.program).at("install the system call filter")
    }

    /// The descriptor that must stay open.
    pub(super) fn fd(&self) -> i32 {
        sys::raw(&self.rules)
    }

    /// Says what [`Self::enforce`] puts in force.
    pub(super) fn locked(&self) -> Locked {
        self.locked.clone()
    }
}

fn scopes(abi: u32, network: Network) -> Vec<String> {
    let mut scopes = vec!["files"];
    if abi >= 4 && network == Network::Denied {
        scopes.push("tcp");
    }
    if abi >= 6 {
        scopes.extend(["abstract-unix-sockets", "signals"]);
    }
    scopes.into_iter().map(str::to_owned).collect()
}

fn skip_missing(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Sets a limit, or leaves a lower one that was there before.
fn set_limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let before = rustix::process::getrlimit(resource).maximum;
    let value = before.map_or(value, |before| before.min(value));
    // A soft limit on the stack is what new threads get; the usual one stays.
    let current = match resource {
        Resource::Stack => value.min(8 << 20),
        _ => value,
    };
    setrlimit(
        resource,
        Rlimit {
            current: Some(current),
            maximum: Some(value),
        },
    )
}

fn drop_privileges() -> Step<()> {
    // Only those with the capability to set them may; the others have none to lose.
    let may = rustix::thread::capabilities(None).is_ok_and(|sets| {
        sets.effective
            .contains(rustix::thread::CapabilitySet::SETPCAP)
    });
    if may {
        sys::drop_bounding_set().at("drop the bounding set")?;
        let bits = libc::SECBIT_NOROOT
            | libc::SECBIT_NOROOT_LOCKED
            | libc::SECBIT_NO_SETUID_FIXUP
            | libc::SECBIT_NO_SETUID_FIXUP_LOCKED
            | libc::SECBIT_KEEP_CAPS_LOCKED
            | libc::SECBIT_NO_CAP_AMBIENT_RAISE
            | libc::SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
        sys::set_securebits(bits).at("set the secure bits")?;
    }
    rustix::thread::clear_ambient_capability_set().at("drop ambient capabilities")?;
    rustix::thread::set_no_new_privs(true).at("set no_new_privs")?;
    sys::drop_capabilities().at("drop capabilities")
}
