//! The same list in the form that container engines take it in: the outer of two walls. Commands of a
//! container have the [filter](super::program) of a cell on top of it, which is finer; this one also
//! holds for the first process of the container, which talks to VENOM through a Unix socket.
//!
//! The form is that of the engine's own default profile. It can compare an argument with one value
//! only, and a call is allowed if one of its entries fits; so it says what is allowed where the
//! filter says what is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calls::{self, NEW_NAMESPACES, Rule};
use super::{ALLOW, Profile, errno, names};

/// What the engine calls this architecture.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: &str = "SCMP_ARCH_X86_64";
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: &str = "SCMP_ARCH_AARCH64";

const SET_ID: u32 = libc::S_ISUID | libc::S_ISGID;

/// Returns the profile.
pub(crate) fn container_profile() -> Value {
    let names: BTreeMap<u32, &str> = all_names().collect();
    let mut plain = Vec::new();
    let mut unknown = Vec::new();
    let mut entries = Vec::new();
    let profile = Profile {
        network: true,
        unix_sockets: true,
        memory_files: true,
    };
    for (number, rule) in calls::rules(profile) {
        let Some(name) = names.get(&number) else {
            continue;
        };
        match conditions(rule) {
            Allowed::Always => plain.push(*name),
            Allowed::Unknown => unknown.push(*name),
            Allowed::Never => {}
            Allowed::If(alternatives) => {
                entries.extend(alternatives.into_iter().map(
                    |args| json!({"names": [name], "action": "SCMP_ACT_ALLOW", "args": args}),
                ));
            }
        }
    }
    entries.push(json!({"names": plain, "action": "SCMP_ACT_ALLOW", "args": []}));
    entries.push(json!({
        "names": unknown, "action": "SCMP_ACT_ERRNO", "errnoRet": libc::ENOSYS, "args": [],
    }));
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": libc::EPERM,
        "architectures": [ARCHITECTURE],
        "syscalls": entries,
    })
}

fn all_names() -> impl Iterator<Item = (u32, &'static str)> {
    let names = names::NAMES.iter();
    #[cfg(target_arch = "x86_64")]
    let names = names.chain(names::NAMES_X86_64);
    names.filter_map(|(number, name)| Some((u32::try_from(*number).ok()?, *name)))
}

/// When a call is allowed.
enum Allowed {
    Always,
    /// It is said not to exist.
    Unknown,
    Never,
    /// If one of these comparisons holds.
    If(Vec<Value>),
}

fn conditions(rule: Rule) -> Allowed {
    let equal =
        |index: u32, value: u32| json!([{"index": index, "value": value, "op": "SCMP_CMP_EQ"}]);
    let masked = |index: u32, mask: u32, value: u32| json!([{"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}]);
    match rule {
        // What is pretended to work is left to the inner filter.
        Rule::Always(ALLOW) => Allowed::Always,
        Rule::Always(result) if result == errno(0) => Allowed::Always,
        Rule::Always(result) if result == errno(libc::ENOSYS) => Allowed::Unknown,
        Rule::Always(_) => Allowed::Never,
        Rule::Clone => Allowed::If(vec![masked(0, NEW_NAMESPACES, 0)]),
        Rule::Socket { .. } => Allowed::If(
            [
                libc::AF_UNIX,
                libc::AF_INET,
                libc::AF_INET6,
                libc::AF_NETLINK,
            ]
            .map(|family| equal(0, family.unsigned_abs()))
            .to_vec(),
        ),
        Rule::SocketPair => Allowed::If(vec![equal(0, libc::AF_UNIX.unsigned_abs())]),
        // One refused value among many is beyond this form: the inner filter refuses the tricks.
        Rule::Ioctl => Allowed::Always,
        Rule::Personality => Allowed::If(
            [0, 0x0008, 0x2_0000, 0x2_0008, 0xFFFF_FFFF]
                .map(|value| equal(0, value))
                .to_vec(),
        ),
        Rule::Mode(mode) => Allowed::If(vec![masked(mode, SET_ID, 0)]),
        Rule::Node(mode) => Allowed::If(
            [0, libc::S_IFREG, libc::S_IFIFO, libc::S_IFSOCK]
                .map(|kind| masked(mode, SET_ID | libc::S_IFMT, kind))
                .to_vec(),
        ),
        Rule::Open { flags, mode } => {
            let makes = (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)).unsigned_abs();
            Allowed::If(vec![masked(flags, makes, 0), masked(mode, SET_ID, 0)])
        }
        Rule::Limit => Allowed::If(vec![equal(0, 0), equal(2, 0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_filter_has_a_name() {
        let names: BTreeMap<u32, &str> = all_names().collect();
        let profile = Profile {
            network: true,
            unix_sockets: true,
            memory_files: true,
        };
        let nameless: Vec<u32> = calls::rules(profile)
            .into_iter()
            .map(|(number, _)| number)
            .filter(|number| !names.contains_key(number))
            .collect();
        assert_eq!(nameless, Vec::<u32>::new());
    }

    #[test]
    fn what_the_filter_refuses_is_in_no_entry() {
        let profile = container_profile().to_string();
        for call in [
            "mount",
            "ptrace",
            "bpf",
            "setns",
            "unshare",
            "keyctl",
            "userfaultfd",
        ] {
            assert!(!profile.contains(&format!("\"{call}\"")), "{call}");
        }
        assert!(profile.contains("\"execve\""));
    }
}
