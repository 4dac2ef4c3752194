//! Containers whose owner is gone. The engine removes a container when its first process ends, and that
//! ends with its owner; what is left is what was made and never started, and what an engine lost sight
//! of because it died itself.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;

use bollard::query_parameters::{ListContainersOptions, RemoveContainerOptions};
use venom_ports::Result;

use super::engine::Engine;

/// The label with the name of the place.
pub(crate) const RUN: &str = "venom.run";

/// The label that says whose a container is.
pub(crate) const LEASE: &str = "venom.lease";

/// A process, told from all others: its id, when it started, and where ids like it count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pid: u32,
    /// In ticks since the machine started.
    started: u64,
    /// The namespace of the id.
    namespace: u64,
}

impl Lease {
    /// Returns this process's own.
    pub(crate) fn own() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            started: started(pid).unwrap_or(0),
            namespace: namespace(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let lease = Self {
            pid: parts.next()?.parse().ok()?,
            started: parts.next()?.parse().ok()?,
            namespace: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(lease)
    }

    /// Whether its process is known to be gone. One of another namespace cannot be judged.
    fn is_over(&self) -> bool {
        self.namespace == namespace() && started(self.pid) != Some(self.started)
    }
}

impl std::fmt::Display for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.pid, self.started, self.namespace)
    }
}

/// Reads when a process started: the 22nd field of its `stat` (proc_pid_stat(5)).
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, a name in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A process that only waits to be reaped holds nothing any more.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn namespace() -> u64 {
    std::fs::metadata("/proc/self/ns/pid").map_or(0, |found| found.ino())
}

/// Removes the containers of the dead, and says how many there were.
pub(crate) async fn reap(engine: &Engine) -> Result<usize> {
    let options = ListContainersOptions {
        all: true,
        filters: Some(HashMap::from([(
            "label".to_owned(),
            vec![LEASE.to_owned()],
        )])),
        ..ListContainersOptions::default()
    };
    let question = engine.api.list_containers(Some(options));
    let containers = engine.ask("list the containers", question).await?;
    let mut reaped = 0;
    for container in containers {
        let lease = container
            .labels
            .as_ref()
            .and_then(|labels| labels.get(LEASE));
        let is_over = lease
            .and_then(|text| Lease::read(text))
            .is_some_and(|lease| lease.is_over());
        if let Some(id) = container.id.filter(|_| is_over) {
            tracing::info!(id, "removing a container whose owner is gone");
            remove(engine, &id).await;
            reaped += 1;
        }
    }
    Ok(reaped)
}

/// Removes a container with what runs in it. That it is gone already is as good.
pub(super) async fn remove(engine: &Engine, name: &str) {
    let options = RemoveContainerOptions {
        force: true,
        v: true,
        ..RemoveContainerOptions::default()
    };
    let order = engine.api.remove_container(name, Some(options));
    if let Err(failure) = engine.order("remove a container", order).await {
        tracing::debug!(name, %failure, "a container was not removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        let own = Lease::own();
        assert_eq!(Lease::read(&own.to_string()), Some(own.clone()));
        assert!(!own.is_over());
        let reborn = Lease {
            started: own.started + 1,
            ..own
        };
        assert!(reborn.is_over());
        let elsewhere = Lease {
            namespace: reborn.namespace + 1,
            ..reborn
        };
        assert!(!elsewhere.is_over());
        for odd in ["", "1", "1:2", "1:2:3:4", "-1:2:3", "a:b:c"] {
            assert_eq!(Lease::read(odd), None, "{odd}");
        }
    }
}
