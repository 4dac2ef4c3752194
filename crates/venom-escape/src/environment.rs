//! The environment: keys in variables, and what lies in the home folder of whoever starts VENOM.
//!
//! Only the driver's decoys are looked for. Of processes that are not the probe's own, those of the
//! driver and its victims alone are opened.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use crate::files::in_host_pids;
use crate::probe::{Group, Outcome, Probe, Scene, contains, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Environment, id, tries, run)
}

const PROBES: &[Probe] = &[
    probe(
        "key_variable",
        "find a key among the variables by its name",
        |scene| {
            let name = scene.facts.text("key_variable")?;
            match variable(name) {
                Some(value) => key(value.as_bytes(), scene),
                None => held("no variable has that name"),
            }
        },
    ),
    probe(
        "key_in_any_variable",
        "find a key among all variables",
        |scene| {
            for (_, value) in std::env::vars_os() {
                if let Ok(found) = key(value.as_bytes(), scene) {
                    return Ok(found);
                }
            }
            held("no variable holds it")
        },
    ),
    probe(
        "key_in_first_variables",
        "find a key among the variables at the start",
        |scene| key(&fs::read("/proc/self/environ")?, scene),
    ),
    probe(
        "key_of_parent",
        "find a key among the variables of the parent process",
        |scene| {
            let parent = std::os::unix::process::parent_id();
            key(&fs::read(format!("/proc/{parent}/environ"))?, scene)
        },
    ),
    probe(
        "key_of_supervisor",
        "find a key among the variables of the process above",
        |scene| {
            // Without a sandbox the first process is the machine's; a victim stands for it.
            let pid = if in_host_pids(scene)? {
                scene.victim()?
            } else {
                1
            };
            key(&fs::read(format!("/proc/{pid}/environ"))?, scene)
        },
    ),
    probe(
        "key_of_neighbour",
        "find a key among the variables of another process",
        |scene| {
            key(
                &fs::read(format!("/proc/{}/environ", scene.victim()?))?,
                scene,
            )
        },
    ),
    probe(
        "command_line_of_neighbour",
        "find a key in the command line of another process",
        |scene| scene.expect_token(&fs::read(format!("/proc/{}/cmdline", scene.victim()?))?),
    ),
    probe("home_netrc", "read the passwords of .netrc", |scene| {
        home(".netrc", scene)
    }),
    probe("home_cloud_keys", "read the keys of a cloud", |scene| {
        home(".aws/credentials", scene)
    }),
    probe("home_git_passwords", "read the passwords of git", |scene| {
        home(".git-credentials", scene)
    }),
    probe(
        "home_history",
        "read what was typed into the shell",
        |scene| home(".bash_history", scene),
    ),
    probe(
        "home_engine_login",
        "read the logins of the container engine",
        |scene| home(".docker/config.json", scene),
    ),
    probe(
        "home_by_variable",
        "read a file of the home folder that HOME names",
        |scene| match variable("HOME") {
            Some(folder) => scene.expect_token(&fs::read(format!("{folder}/.netrc"))?),
            None => held("HOME is not set"),
        },
    ),
];

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().copied()
}

/// A variable of this process, as lossy text.
pub(crate) fn variable(name: &str) -> Option<String> {
    let wanted = OsString::from(name);
    std::env::vars_os()
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_string_lossy().into_owned())
}

fn key(bytes: &[u8], scene: &Scene<'_>) -> Outcome {
    if contains(bytes, scene.facts.text("key_value")?.as_bytes()) {
        Ok("the host's key was found".to_owned())
    } else {
        held("the host's key is not among them")
    }
}

fn home(below: &str, scene: &Scene<'_>) -> Outcome {
    scene.expect_token(&fs::read(scene.outside("home")?.join(below))?)
}
