//! Hosts as rules and requests name them, in one spelling each.
//!
//! Two spellings of one host must be equal here, or a rule for the one would not hold for the
//! other: names are lower-case ASCII without a trailing dot, and addresses are values, not text.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;

use thiserror::Error;

/// The longest name the domain name system can carry, in characters (RFC 1035, 2.3.4).
const NAME_LIMIT: usize = 253;

/// The longest label of a name (RFC 1035, 2.3.4).
const LABEL_LIMIT: usize = 63;

/// A host: a name to be looked up, or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A name: lower case, ASCII, without a trailing dot.
    Name(String),
    /// An address written as such.
    Address(IpAddr),
}

/// Why a text is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HostError {
    /// Nothing is left of it.
    #[error("the host is empty")]
    Empty,
    /// It is longer than a name can be.
    #[error("the host is longer than 253 characters")]
    TooLong,
    /// One of the parts between dots cannot be part of a name.
    #[error("a part of the host's name is empty, too long, or holds a character no name has")]
    Label,
    /// It ends in a number, so that some programs would read it as an address.
    #[error("the host looks like an address but is not written as one")]
    Numeric,
    /// It holds characters that have no ASCII form in a name.
    #[error("the host's name has no ASCII form")]
    Unicode,
    /// The part in brackets is not an IPv6 address.
    #[error("the host in brackets is not an IPv6 address")]
    Brackets,
    /// The part behind the colon is not a port.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl Host {
    /// Reads a host: a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(HostError::Brackets)?;
            return inner
                .parse::<Ipv6Addr>()
                .map(|address| Self::Address(address.into()))
                .map_err(|_malformed| HostError::Brackets);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        name(text).map(Self::Name)
    }

    /// Reads `host` or `host:port`.
    pub fn parse_with_port(text: &str) -> Result<(Self, Option<NonZeroU16>), HostError> {
        // The colons of an IPv6 address stand inside its brackets.
        let behind_host = text.find(']').map_or(0, |bracket| bracket + 1);
        let colon = text
            .get(behind_host..)
            .and_then(|rest| rest.find(':'))
            .map(|at| behind_host + at);
        let Some((host, port)) = colon.and_then(|at| text.split_at_checked(at)) else {
            return Ok((Self::parse(text)?, None));
        };
        let digits = port.strip_prefix(':').unwrap_or_default();
        if digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(HostError::Port);
        }
        let port = digits.parse().map_err(|_not_a_port| HostError::Port)?;
        Ok((Self::parse(host)?, Some(port)))
    }

    /// Returns the host followed by the port unless that is `default`, as a `Host` header has it.
    pub(crate) fn with_port(&self, port: u16, default: u16) -> String {
        if port == default {
            self.to_string()
        } else {
            format!("{self}:{port}")
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Brings a name into its one spelling.
fn name(text: &str) -> Result<String, HostError> {
    // What maps to ASCII can shrink, but nothing this long is a name.
    if text.len() > 4 * NAME_LIMIT {
        return Err(HostError::TooLong);
    }
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::URL)
        .map_err(|_unmappable| HostError::Unicode)?;
    let name = ascii.strip_suffix('.').unwrap_or(&ascii);
    if name.is_empty() {
        return Err(HostError::Empty);
    }
    if name.len() > NAME_LIMIT {
        return Err(HostError::TooLong);
    }
    if !name.split('.').all(is_label) {
        return Err(HostError::Label);
    }
    if name.rsplit('.').next().is_some_and(is_number) {
        return Err(HostError::Numeric);
    }
    Ok(name.to_owned())
}

/// The underscore is no letter of host names, yet names in use have it.
fn is_label(label: &str) -> bool {
    let is_edge_right = !label.starts_with('-') && !label.ends_with('-');
    !label.is_empty()
        && label.len() <= LABEL_LIMIT
        && is_edge_right
        && label.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        })
}

/// Whether C libraries and browsers would take a name that ends so for an IPv4 address in one of
/// its old spellings, as in `127.1` or `0x7f000001`.
fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
        || label
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
