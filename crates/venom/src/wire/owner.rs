//! The name under which this process owns runs, and whether another owner is known to have died.

use std::fmt;

/// A process of some machine at some time. Two processes with the same number differ by their start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pid: u32,
    start: u64,
    host: String,
    boot: String,
    /// Process numbers mean nothing outside their namespace.
    namespace: String,
}

impl Owner {
    /// Describes this process.
    pub(crate) fn this_process() -> Self {
        let pid = std::process::id();
        let word = |path: &str| {
            std::fs::read_to_string(path)
                .map(|text| text.trim().replace(' ', "-"))
                .ok()
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| "unknown".to_owned())
        };
        let namespace = std::fs::read_link("/proc/self/ns/pid").map_or_else(
            |_unreadable| "unknown".to_owned(),
            |link| link.display().to_string(),
        );
        Self {
            pid,
            start: start_of(pid).unwrap_or_default(),
            host: word("/proc/sys/kernel/hostname"),
            boot: word("/proc/sys/kernel/random/boot_id"),
            namespace,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [
            "pid",
            pid,
            "start",
            start,
            "on",
            host,
            "boot",
            boot,
            "in",
            namespace,
        ] = words.as_slice()
        else {
            return None;
        };
        Some(Self {
            pid: pid.parse().ok()?,
            start: start.parse().ok()?,
            host: (*host).to_owned(),
            boot: (*boot).to_owned(),
            namespace: (*namespace).to_owned(),
        })
    }

    /// Tells whether an owner is known to have died. Nothing is known about other machines, and
    /// nothing about a namespace that this process does not see.
    pub(crate) fn knows_dead(&self, owner: &str) -> bool {
        let Some(owner) = Self::parse(owner) else {
            return false;
        };
        if owner.host != self.host {
            return false;
        }
        // The machine was started again since: nothing of that time is alive.
        if owner.boot != self.boot {
            return owner.boot != "unknown" && self.boot != "unknown";
        }
        owner.namespace == self.namespace && start_of(owner.pid) != Some(owner.start)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pid {} start {} on {} boot {} in {}",
            self.pid, self.start, self.host, self.boot, self.namespace
        )
    }
}

/// Returns when a process began, in ticks since the machine did: field 22 of `/proc/PID/stat`,
/// counted behind the name, which may hold anything. `None` for a process that is gone, or that is
/// dead and only waits for its parent to notice.
fn start_of(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // The state is field 3, so field 22 is 18 behind the one after it.
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests;
