//! Processes of the host: seeing, signalling, tracing, reading and changing them.

mod memory;
mod signals;
mod traces;

use crate::probe::Probe;

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    signals::PROBES
        .iter()
        .chain(memory::PROBES)
        .chain(traces::PROBES)
        .copied()
}
