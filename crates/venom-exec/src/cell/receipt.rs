//! What was really enforced on a cell, as its maker saw it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::spec::{Limits, Tier};

/// What was really enforced. Every field tells what happened, not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// The isolation as a whole.
    pub tier: Tier,
    /// The namespaces of its own that the cell has.
    pub namespaces: Vec<String>,
    /// The user outside that commands are.
    pub uid: u32,
    /// The group outside that commands are.
    pub gid: u32,
    /// Whether files of the workspace's owner appear as the commands' own through an id-mapped
    /// mount.
    pub id_mapped: bool,
    /// How the workspace is there: `none`, `read-only`, `direct` or `overlay`.
    pub workspace: String,
    /// How many paths of the workspace are pinned, read-only and hidden.
    pub guarded: Guarded,
    /// Paths that should be protected but are not, with the reason.
    pub unprotected: BTreeMap<String, String>,
    /// The version of Landlock in force; zero is none.
    pub landlock_abi: u32,
    /// What Landlock confines beside files.
    pub landlock_scopes: Vec<String>,
    /// Instructions of the system call filter; zero is none.
    pub seccomp_instructions: u32,
    /// Whether every capability is gone, for good.
    pub no_capabilities: bool,
    /// Whether no program can give privileges.
    pub no_new_privileges: bool,
    /// Limits on each process, by name.
    pub rlimits: BTreeMap<String, u64>,
    /// What kind of cgroup the cell is in.
    pub cgroup: CgroupKind,
    /// The limits that were asked for.
    pub limits: Limits,
    /// Who enforces the limit on memory.
    pub memory_by: Enforcer,
    /// Who enforces the limit on processor time.
    pub cpu_by: Enforcer,
    /// Who enforces the limit on the number of processes.
    pub processes_by: Enforcer,
    /// What network there is: `none`, or `proxy` when only the listener leads out.
    pub network: String,
    /// What kills everything that is left: `pid-namespace` or `sweep`.
    pub end_by: String,
}

/// How many paths of a workspace are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guarded {
    /// Cannot be renamed or removed.
    pub pinned: u32,
    /// Can be read only.
    pub read_only: u32,
    /// Cannot be read.
    pub hidden: u32,
}

/// What kind of cgroup there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CgroupKind {
    /// Version two, in a place that VENOM may change.
    V2,
    /// Version one.
    V1,
    /// None that VENOM may use.
    #[default]
    None,
}

/// Who enforces a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcer {
    /// A cgroup, for all processes together.
    Cgroup,
    /// A limit that the kernel holds each process to.
    EachProcess,
    /// A limit that the kernel counts over all processes of the cell's user.
    User,
    /// Nobody.
    #[default]
    Nobody,
}
