//! What this machine can enforce, found out by trying.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::receipt::CgroupKind;
use super::spec::{CellSpec, Tier};
use super::sys;
use super::zygote::Zygote;

/// What this machine can enforce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The strongest tier that a cell was really opened in; `None` if none could.
    pub best: Option<Tier>,
    /// Whether the full tier works, and otherwise the step that failed and why.
    pub full: Answer,
    /// Whether the restricted tier works, and otherwise the step that failed and why.
    pub restricted: Answer,
    /// Whether a cell with an overlay works.
    pub overlay: Answer,
    /// Whether owners can be mapped in mounts; only asked of root, who needs it.
    pub id_map: Answer,
    /// Whether the kernel takes `clone3`; container engines hide it.
    pub clone3: Answer,
    /// How many user namespaces the kernel allows.
    pub max_user_namespaces: Option<u64>,
    /// The kernel's version of Landlock; zero is none.
    pub landlock_abi: u32,
    /// Whether system call filters can kill a process.
    pub seccomp: Answer,
    /// What kind of cgroups VENOM may make.
    pub cgroup: CgroupKind,
    /// A Docker socket, if there is one at the usual places.
    pub docker_socket: Option<String>,
    /// Whether this process is root.
    pub is_root: bool,
    /// What would help, in sentences.
    pub hints: Vec<String>,
}

/// Whether something works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It does.
    Yes,
    /// It does not, for this reason.
    No(String),
    /// Nobody tried, for this reason.
    NotTried(String),
}

impl Answer {
    /// Whether it works.
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }
}

const DOCKER_SOCKETS: &[&str] = &["/var/run/docker.sock", "/run/docker.sock"];

/// Finds out what this machine can enforce, by opening a cell of each kind and looking at the kernel.
/// The folder must exist and be writable; an overlay is tried in it and nothing is left there.
pub async fn probe(zygote: &Zygote, scratch: &Path) -> Probe {
    let full = try_cell(zygote, CellSpec::default()).await;
    let restricted = try_cell(
        zygote,
        CellSpec {
            tier: Tier::Restricted,
            ..CellSpec::default()
        },
    )
    .await;
    let is_root = rustix::process::geteuid().is_root();
    let (overlay, id_map) = if full.is_yes() {
        try_overlay(zygote, scratch, is_root).await
    } else {
        let reason = || Answer::NotTried("the full tier does not work".to_owned());
        (reason(), reason())
    };
    let best = match (&full, &restricted) {
        (Answer::Yes, _) => Some(Tier::Full),
        (_, Answer::Yes) => Some(Tier::Restricted),
        _ => None,
    };
    let max_user_namespaces = fs::read_to_string("/proc/sys/user/max_user_namespaces")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let landlock_abi = sys::landlock_abi();
    let mut probe = Probe {
        best,
        full,
        restricted,
        overlay,
        id_map,
        clone3: clone3(),
        max_user_namespaces,
        landlock_abi,
        seccomp: seccomp(),
        cgroup: super::cgroup::Driver::find().kind(),
        docker_socket: DOCKER_SOCKETS
            .iter()
            .find(|socket| Path::new(socket).exists())
            .map(|&socket| socket.to_owned()),
        is_root,
        hints: Vec::new(),
    };
    probe.hints = hints(&probe);
    probe
}

async fn try_cell(zygote: &Zygote, spec: CellSpec) -> Answer {
    match zygote.open(spec).await {
        Ok(cell) => match cell.close().await {
            Ok(()) => Answer::Yes,
            Err(error) => Answer::No(error.to_string()),
        },
        Err(error) => Answer::No(error.to_string()),
    }
}

async fn try_overlay(zygote: &Zygote, scratch: &Path, is_root: bool) -> (Answer, Answer) {
    use super::spec::{Mode, Overlay, Workspace};
    let base = scratch.join(format!("venom-probe-{}", std::process::id()));
    let folders = ["workspace", "upper", "work"].map(|name| base.join(name));
    let made = folders.iter().try_for_each(fs::create_dir_all);
    let answers = match made.and_then(|()| fs::canonicalize(&base)) {
        Ok(base) => {
            let spec = CellSpec {
                workspace: Some(Workspace {
                    host: base.join("workspace"),
                    mode: Mode::Overlay(Overlay {
                        upper: base.join("upper"),
                        work: base.join("work"),
                        lowers: Vec::new(),
                    }),
                }),
                ..CellSpec::default()
            };
            let answer = try_cell(zygote, spec).await;
            let id_map = match (&answer, is_root) {
                (_, false) => Answer::NotTried("only root needs it".to_owned()),
                (Answer::Yes, true) => Answer::Yes,
                (other, true) => other.clone(),
            };
            (answer, id_map)
        }
        Err(error) => {
            let answer = Answer::NotTried(format!("no folder to try it in: {error}"));
            (answer.clone(), answer)
        }
    };
    let _ = fs::remove_dir_all(&base);
    answers
}

/// Asks with arguments that the kernel refuses in one way and a filter in another.
fn clone3() -> Answer {
    match sys::clone3_refusal().raw_os_error() {
        Some(libc::ENOSYS) => Answer::No("the call is hidden or unknown".to_owned()),
        Some(libc::EPERM) => Answer::No("the call is refused".to_owned()),
        _ => Answer::Yes,
    }
}

fn seccomp() -> Answer {
    match fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail") {
        Ok(actions) if actions.split_whitespace().any(|a| a == "kill_process") => Answer::Yes,
        Ok(_) => Answer::No("the kernel cannot kill a process for a call".to_owned()),
        Err(error) => Answer::No(error.to_string()),
    }
}

fn hints(probe: &Probe) -> Vec<String> {
    let mut hints = Vec::new();
    let is_set =
        |file: &str, value: &str| fs::read_to_string(file).is_ok_and(|text| text.trim() == value);
    if !probe.full.is_yes() {
        if probe.max_user_namespaces == Some(0) {
            hints.push(
                "user namespaces are off: set `user.max_user_namespaces` with sysctl".to_owned(),
            );
        }
        if is_set("/proc/sys/kernel/unprivileged_userns_clone", "0") {
            hints.push(
                "user namespaces are for root only: set `kernel.unprivileged_userns_clone=1`"
                    .to_owned(),
            );
        }
        if is_set(
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
        ) {
            hints.push(
                "AppArmor confines user namespaces: add a profile with `userns,` for this program, \
                 or set `kernel.apparmor_restrict_unprivileged_userns=0`"
                    .to_owned(),
            );
        }
        if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
            hints.push(
                "this looks like a container: its engine's filter refuses user namespaces unless \
                 it is told otherwise"
                    .to_owned(),
            );
        }
    }
    if probe.landlock_abi == 0 {
        hints.push("the kernel has no Landlock: it needs 5.13 and `lsm=landlock,...`".to_owned());
    }
    if probe.cgroup == CgroupKind::None {
        hints.push(
            "no cgroup can be made: memory is limited for each process alone and processor time \
             not at all; run under `systemd-run --user --scope -p Delegate=yes`"
                .to_owned(),
        );
    }
    hints
}
