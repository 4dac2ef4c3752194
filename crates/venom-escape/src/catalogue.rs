//! All probes, in the order in which they run.

use serde_json::json;

use crate::probe::Probe;
use crate::{
    environment, files, mounts, network, processes, resources, runner, survivors, syscalls,
    terminal,
};

/// Every probe of every group.
pub(crate) fn all() -> Vec<Probe> {
    files::probes()
        .chain(mounts::probes())
        .chain(processes::probes())
        .chain(syscalls::probes())
        .chain(terminal::probes())
        .chain(network::probes())
        .chain(environment::probes())
        .chain(resources::probes())
        .chain(survivors::probes())
        .collect()
}

/// The name that the host sees on processes that a probe leaves behind.
pub(crate) fn process_name(prefix: &str, id: &str) -> String {
    let index = all().iter().position(|probe| probe.id == id);
    format!("{prefix}{:03}", index.unwrap_or(999))
}

/// Prints one line for each probe.
pub(crate) fn list() -> std::io::Result<()> {
    for probe in all() {
        runner::say(&json!({
            "id": probe.id,
            "group": probe.group.name(),
            "tries": probe.tries,
        }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
