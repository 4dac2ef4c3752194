//! Files: reading and changing what lies outside, what is protected inside, and what is left behind.

mod devices;
mod outside;
mod plants;
mod protected;
mod ways;

pub(crate) use outside::system_name;
pub(crate) use ways::in_host_pids;

use crate::probe::Probe;

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    outside::PROBES
        .iter()
        .chain(ways::PROBES)
        .chain(protected::PROBES)
        .chain(plants::PROBES)
        .chain(devices::PROBES)
        .copied()
}
