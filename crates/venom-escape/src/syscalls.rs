//! System calls: the kernel's rarely used doors, rights left over, and other call tables.

mod kernel;
mod namespaces;
mod rights;
mod rings;

use crate::probe::Probe;

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    rings::PROBES
        .iter()
        .chain(namespaces::PROBES)
        .chain(rights::PROBES)
        .chain(kernel::PROBES)
        .copied()
}
