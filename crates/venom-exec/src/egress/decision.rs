//! What the proxy decided, and what came of it: the record that becomes an event.
//!
//! There is one decision for each request that was read and one for each tunnel that was not. It
//! is handed over when the exchange ends, however it ends: also when the run is cancelled in the
//! middle of it. No part of a decision ever holds the value of a secret.

mod entry;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

pub(crate) use self::entry::{Entry, Meter};

use super::address::AddressClass;
use super::budget::Spent;
use super::head::Malformed;
use super::host::HostError;
use super::secret::SecretId;

/// Takes decisions. It is called on the proxy's own task and has to return at once.
pub type Decisions = std::sync::Arc<dyn Fn(Decision) + Send + Sync>;

/// The longest text of a stranger that a decision repeats, in characters. A name has 253 at most.
const REPEATED: usize = 256;

/// One request, or one tunnel that nobody looks into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The host asked for; what was asked for instead, cleaned and cut, if that is no host.
    pub host: String,
    /// The port asked for; zero if the request did not get that far.
    pub port: u16,
    /// How the host was spoken to.
    pub scheme: Scheme,
    /// The method, once it was known.
    pub method: Option<String>,
    /// The address that was dialled.
    pub address: Option<IpAddr>,
    /// What was decided and what came of it.
    pub verdict: Verdict,
    /// The status of the host's answer, where it was seen.
    pub status: Option<u16>,
    /// Bytes sent to the host, without what TLS adds.
    pub sent: u64,
    /// Bytes received from the host, without what TLS adds.
    pub received: u64,
    /// From the first byte of the request to the end of the exchange.
    pub duration: Duration,
    /// Secrets whose value was put in.
    pub swapped: BTreeSet<SecretId>,
    /// Secrets whose placeholder went out as it was, because they are not bound to this host.
    pub left: BTreeSet<SecretId>,
    /// Secrets whose value came back and was masked.
    pub masked: BTreeSet<SecretId>,
    /// What was not looked into although secrets are bound to the host.
    pub unseen: BTreeSet<Unseen>,
}

/// How a host was spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTPS that was opened here: requests were read.
    Https,
    /// A tunnel: nothing but the name in the greeting was read.
    Tunnel,
}

impl Scheme {
    /// The port that goes without saying.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https | Self::Tunnel => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tunnel => "tunnel",
        })
    }
}

/// What was not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unseen {
    /// A request's body was too large to be changed.
    LargeBody,
    /// A request's body was compressed.
    EncodedBody,
    /// An answer was compressed although nothing but plain text was asked for.
    EncodedAnswer,
}

/// What was decided and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was allowed and went through.
    Allowed,
    /// It was refused.
    Refused(Refusal),
    /// It was allowed but did not go through, or not to its end.
    Failed(Breakdown),
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The request is not one that two programs would read alike.
    #[error("the request is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The host asked for is none.
    #[error("the request names no host: {0}")]
    Host(#[from] HostError),
    /// The request is for the proxy itself or of a scheme it does not carry.
    #[error("only `http://` addresses and CONNECT are carried")]
    NotProxied,
    /// No rule allows the host.
    #[error("the host is not on the allow-list")]
    NotListed,
    /// A rule allows the host on other ports only.
    #[error("the host is on the allow-list, but not with this port")]
    PortNotListed,
    /// A rule denies the host.
    #[error("the host is denied by `{rule}`")]
    Denied {
        /// The rule.
        rule: String,
    },
    /// The rule allows other methods only.
    #[error("the method is not among those allowed for the host")]
    Method {
        /// The allowed ones.
        allowed: BTreeSet<String>,
    },
    /// No address of the host may be dialled.
    #[error("the host's address is {}", classes(.0))]
    Addresses(Vec<(IpAddr, AddressClass)>),
    /// The `Host` header names another host than the request's target.
    #[error("the host header differs from the host asked for")]
    HostHeader,
    /// The name in the TLS greeting is not the one asked for.
    #[error("the TLS greeting is for `{0}`, not for the host asked for")]
    ServerName(String),
    /// What comes through a tunnel is neither TLS nor HTTP.
    #[error("the tunnel carries neither TLS nor HTTP, and no rule names its port")]
    NotTls,
    /// The greeting cannot be read.
    #[error("the TLS greeting cannot be read")]
    Greeting,
    /// The run has used up what it may send, receive or ask.
    #[error("the run's network budget is used up: {0}")]
    Budget(#[from] Spent),
    /// The head of the request is too large.
    #[error("the head of the request is too large")]
    HeadTooLarge,
    /// The body of the request is too large.
    #[error("the body of the request is too large")]
    BodyTooLarge,
}

/// Why something that was allowed did not go through.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Breakdown {
    /// The name could not be looked up.
    #[error("the host's name could not be looked up ({0})")]
    Lookup(io::ErrorKind),
    /// The name has no address.
    #[error("the host's name has no address")]
    NoAddress,
    /// Whether an address is this machine's own could not be found out.
    #[error("whether the address is this machine's own could not be found out ({0})")]
    OwnUnknown(io::ErrorKind),
    /// No address could be reached.
    #[error("the host could not be reached ({0})")]
    Dial(io::ErrorKind),
    /// The host did not prove who it is, or TLS failed otherwise.
    #[error("TLS with the host failed: {0}")]
    HostTls(String),
    /// The client does not trust the run's certificates, or TLS failed otherwise.
    #[error("TLS with the client failed: {0}")]
    ClientTls(String),
    /// The certificate for the host could not be made.
    #[error("no certificate could be made for the host")]
    Certificate,
    /// The answer is not one that two programs would read alike.
    #[error("the host's answer is malformed: {0}")]
    Answer(Malformed),
    /// The head of the answer is too large.
    #[error("the head of the host's answer is too large")]
    AnswerHeadTooLarge,
    /// The body of the answer is too large.
    #[error("the body of the host's answer is too large")]
    AnswerTooLarge,
    /// The host ended the connection too early.
    #[error("the host ended the connection too early")]
    HostGone,
    /// The client ended the connection too early.
    #[error("the client ended the connection too early")]
    ClientGone,
    /// The body of the request turned out malformed.
    #[error("the body of the request is malformed: {0}")]
    Body(Malformed),
    /// The body of the request turned out too large.
    #[error("the body of the request is too large")]
    BodyTooLarge,
    /// Nobody sent anything for too long, or the whole took too long.
    #[error("it took too long")]
    TimedOut,
    /// The run used up its budget in the middle of it.
    #[error("the run's network budget is used up: {0}")]
    Budget(#[from] Spent),
    /// The run was ended.
    #[error("the run was ended")]
    Cancelled,
}

/// Why an exchange stops before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    Refused(Refusal),
    Failed(Breakdown),
}

impl Stop {
    /// The status that tells the client.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => match refusal {
                Refusal::Malformed(_) | Refusal::Host(_) | Refusal::NotProxied => 400,
                Refusal::HeadTooLarge => 431,
                Refusal::BodyTooLarge => 413,
                Refusal::Budget(_) => 429,
                Refusal::NotListed
                | Refusal::PortNotListed
                | Refusal::Denied { .. }
                | Refusal::Method { .. }
                | Refusal::Addresses(_)
                | Refusal::HostHeader
                | Refusal::ServerName(_)
                | Refusal::NotTls
                | Refusal::Greeting => 403,
            },
            Self::Failed(breakdown) => match breakdown {
                Breakdown::TimedOut => 504,
                Breakdown::Body(_) => 400,
                Breakdown::BodyTooLarge => 413,
                Breakdown::Budget(_) => 429,
                Breakdown::Cancelled => 503,
                Breakdown::Lookup(_)
                | Breakdown::NoAddress
                | Breakdown::OwnUnknown(_)
                | Breakdown::Dial(_)
                | Breakdown::HostTls(_)
                | Breakdown::ClientTls(_)
                | Breakdown::Certificate
                | Breakdown::Answer(_)
                | Breakdown::AnswerHeadTooLarge
                | Breakdown::AnswerTooLarge
                | Breakdown::HostGone
                | Breakdown::ClientGone => 502,
            },
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Failed(breakdown) => write!(f, "failed: {breakdown}"),
        }
    }
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Failed(breakdown) => Self::Failed(breakdown),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Refused(malformed.into())
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Breakdown> for Stop {
    fn from(breakdown: Breakdown) -> Self {
        Self::Failed(breakdown)
    }
}

fn classes(addresses: &[(IpAddr, AddressClass)]) -> String {
    let classes: BTreeSet<String> = addresses
        .iter()
        .map(|(_, class)| class.to_string())
        .collect();
    Vec::from_iter(classes).join(" and ")
}

/// Makes a stranger's text fit to be shown: one line, printable, not long.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .take(REPEATED)
        .map(|char| if is_plain(char) { char } else { '?' })
        .collect()
}

/// Text that a terminal and a reader take for what it is.
fn is_plain(char: char) -> bool {
    char == ' ' || char.is_ascii_graphic()
}
