//! The network: sockets of unusual kinds, and every way to a server that listens on the host.

mod host;
mod sockets;

use crate::probe::Probe;

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    sockets::PROBES.iter().chain(host::PROBES).copied()
}
