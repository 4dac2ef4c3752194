//! Which crate may use which. A new arrow is an architecture change: a decision record and a row here.

use super::Finding;
use super::manifest::{Kind, Manifest};
use super::tree::Tree;

/// One crate of the workspace and the crates of the workspace that it may name.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
}

/// `kernel <- ports <- {engine, store, exec, skills, models, server, tui} <- venom`.
///
/// The leaves `mind` and `datalog` know nothing of VENOM; engine and store may use them, and
/// models uses `mind` for the encoder in the process.
/// A room on the outer wall never names another room: they meet in the binary.
const ROOMS: &[Room] = &[
    Room {
        name: "venom-mind",
        may_use: &[],
    },
    Room {
        name: "venom-datalog",
        may_use: &[],
    },
    Room {
        name: "venom-kernel",
        may_use: &[],
    },
    Room {
        name: "venom-ports",
        may_use: &["venom-kernel"],
    },
    Room {
        name: "venom-engine",
        may_use: &["venom-kernel", "venom-ports", "venom-mind", "venom-datalog"],
    },
    Room {
        name: "venom-store",
        may_use: &["venom-kernel", "venom-ports", "venom-mind", "venom-datalog"],
    },
    Room {
        name: "venom-models",
        may_use: &["venom-kernel", "venom-ports", "venom-mind"],
    },
    Room {
        name: "venom-exec",
        may_use: &["venom-kernel", "venom-ports"],
    },
    Room {
        name: "venom-skills",
        may_use: &["venom-kernel", "venom-ports"],
    },
    Room {
        name: "venom-server",
        may_use: &["venom-kernel", "venom-ports"],
    },
    Room {
        name: "venom-tui",
        may_use: &["venom-kernel", "venom-ports"],
    },
    Room {
        name: "venom-escape",
        may_use: &[],
    },
    Room {
        name: "venom-outage",
        may_use: &[],
    },
    Room {
        name: TESTKIT,
        may_use: &["venom-kernel", "venom-ports"],
    },
    Room {
        name: "venom",
        may_use: &[
            "venom-kernel",
            "venom-ports",
            "venom-engine",
            "venom-store",
            "venom-models",
            "venom-exec",
            "venom-skills",
            "venom-server",
            "venom-tui",
        ],
    },
    Room {
        name: "xtask",
        may_use: &[],
    },
];

/// Test doubles.
const TESTKIT: &str = "venom-testkit";

/// Tools of tests: any crate may use them in its tests, none in what is shipped.
const FOR_TESTS: &[&str] = &[TESTKIT, "venom-outage"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.member_manifests() {
        let manifest = match Manifest::parse(text) {
            Ok(manifest) => manifest,
            Err(message) => {
                findings.push(Finding::new(path, 1, format!("is not TOML: {message}")));
                continue;
            }
        };
        let Some(name) = manifest.package_name() else {
            findings.push(Finding::new(path, 1, "has no package name"));
            continue;
        };
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            let message = format!(
                "{name} has no row in xtask/src/tidy/arrows.rs; add one, with a decision record"
            );
            findings.push(Finding::new(path, 1, message));
            continue;
        };
        for dependency in manifest.dependencies() {
            let target = dependency.name.as_str();
            let is_ours = ROOMS.iter().any(|room| room.name == target)
                || target.starts_with("venom-")
                || target == "venom";
            if !is_ours || room.may_use.contains(&target) {
                continue;
            }
            if FOR_TESTS.contains(&target) {
                if dependency.kind != Kind::Dev {
                    let message = format!("{target} belongs in [dev-dependencies] only");
                    findings.push(Finding::new(path, dependency.line, message));
                }
                continue;
            }
            findings.push(Finding::new(path, dependency.line, forbidden(room, target)));
        }
    }
    findings
}

fn forbidden(room: &Room, target: &str) -> String {
    let allowed = if room.may_use.is_empty() {
        "no crate of this workspace".to_owned()
    } else {
        room.may_use.join(", ")
    };
    let reason = if target == "venom-engine" {
        " (only venom names venom-engine)"
    } else {
        ""
    };
    format!(
        "{} may not use {target}{reason}; it may use {allowed}",
        room.name
    )
}
