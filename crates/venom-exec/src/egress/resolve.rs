//! From a name to a connection: looked up once, every address checked, and exactly the checked
//! one dialled.
//!
//! A name server may answer differently the second time. There is no second time: what was checked
//! is a socket address, and that is what is dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::address::{Private, classify_here};
use super::decision::{Breakdown, Refusal, Stop};
use super::host::Host;

/// The most addresses of one name that are looked at. Names with more have them for balance.
const ADDRESSES: usize = 16;

/// Looks up names.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Returns the addresses of a name, the best first. The name is lower-case ASCII without a
    /// trailing dot.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Looks names up as the system does, the hosts file and search domains included.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let addresses = tokio::net::lookup_host((name, 0)).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    }
}

/// Finds the addresses of a host that may be dialled.
pub(crate) async fn addresses(
    resolver: &dyn Resolve,
    host: &Host,
    port: u16,
    private: Private,
    patience: Duration,
) -> Result<Vec<SocketAddr>, Stop> {
    let found = match host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => match timeout(patience, resolver.resolve(name)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(Breakdown::Lookup(error.kind()).into()),
            Err(_) => return Err(Breakdown::TimedOut.into()),
        },
    };
    if found.is_empty() {
        return Err(Breakdown::NoAddress.into());
    }
    let mut permitted = Vec::new();
    let mut refused = Vec::new();
    for address in found.into_iter().take(ADDRESSES) {
        let class = classify_here(address)
            .map_err(|error| Stop::Failed(Breakdown::OwnUnknown(error.kind())))?;
        if class.is_permitted(private) {
            permitted.push(SocketAddr::new(address, port));
        } else {
            refused.push((address, class));
        }
    }
    if permitted.is_empty() {
        return Err(Refusal::Addresses(refused).into());
    }
    Ok(permitted)
}

/// Dials the addresses in their order until one answers. Each gets an equal share of the time that
/// is left, so that the first cannot use up all of it.
pub(crate) async fn dial(
    addresses: &[SocketAddr],
    patience: Duration,
) -> Result<(TcpStream, SocketAddr), Breakdown> {
    let deadline = Instant::now() + patience;
    let mut last = io::ErrorKind::TimedOut;
    let mut untried = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / untried.max(1);
        untried = untried.saturating_sub(1);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are written whole; waiting for more to send only costs time.
                let _kept_slow = stream.set_nodelay(true);
                return Ok((stream, *address));
            }
            Ok(Err(error)) => last = error.kind(),
            Err(_) => last = io::ErrorKind::TimedOut,
        }
    }
    Err(Breakdown::Dial(last))
}

#[cfg(test)]
mod tests;
