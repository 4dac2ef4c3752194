//! Which hosts may be reached: an allow-list and, before it, a deny-list.
//!
//! A rule names a host or all names below one. The most specific rule that matches is the one that
//! holds, so that a wide rule never loosens a narrow one. Everything that no rule matches is
//! refused.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;

use psl::Psl as _;
use thiserror::Error;

use super::address::{AddressClass, Private, classify};
use super::decision::Refusal;
use super::host::{Host, HostError};

/// The ports that a pattern without a port means.
const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// A set of hosts: one host, or all names below one, with a port or with the two of the web.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    hosts: Hosts,
    port: Option<NonZeroU16>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Hosts {
    /// This one.
    One(Host),
    /// Every name with one or more labels before this one, and not this one.
    Below(String),
    /// All of them. Only a denial may say so.
    All,
}

/// Why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// The host or the port is malformed.
    #[error("`{rule}` names no host")]
    Host {
        /// The rule as written.
        rule: String,
        /// What is wrong with it.
        source: HostError,
    },
    /// There is more than a host and a port.
    #[error(
        "`{0}` is more than a host: leave out the scheme, the path and the user, as in `example.org:443`"
    )]
    NotOnlyHost(String),
    /// A star stands elsewhere than as the first label.
    #[error("`{0}` has a star where none can be: only `*.` before a name is understood")]
    Star(String),
    /// The names below belong to anybody who registers one.
    #[error(
        "`{0}` would allow names that anybody can register: name the organisation's own domain"
    )]
    PublicSuffix(String),
    /// The address may never be dialled.
    #[error("`{rule}` can never be reached from here: the address is {class}")]
    Address {
        /// The rule as written.
        rule: String,
        /// What the address is.
        class: AddressClass,
    },
    /// Private addresses were to be permitted for more than one host.
    #[error("`{0}` cannot permit private addresses: that goes for one exactly named host only")]
    PrivateBelow(String),
    /// A method is not a word of capital letters.
    #[error("`{0}` is not an HTTP method")]
    Method(String),
    /// A list of methods is empty, so that the rule would allow nothing.
    #[error("`{0}` allows no method: name at least one, or leave the list out")]
    NoMethods(String),
    /// Two rules are for the same hosts.
    #[error("`{0}` stands in two rules: which one holds could not be said")]
    Twice(String),
}

impl Pattern {
    /// Reads `host[:port]` or `*.host[:port]`.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let pattern = Self::read(text)?;
        match &pattern.hosts {
            Hosts::One(Host::Address(address)) => {
                let class = classify(*address);
                if !class.is_permitted(Private::Permitted) {
                    let rule = text.to_owned();
                    return Err(RuleError::Address { rule, class });
                }
            }
            Hosts::Below(name) if is_public_suffix(name) => {
                return Err(RuleError::PublicSuffix(text.to_owned()));
            }
            Hosts::All => return Err(RuleError::PublicSuffix(text.to_owned())),
            Hosts::One(Host::Name(_)) | Hosts::Below(_) => {}
        }
        Ok(pattern)
    }

    /// Reads a pattern that denies: it may be as wide as `*`, and without a port it means every
    /// port.
    pub fn parse_denial(text: &str) -> Result<Self, RuleError> {
        Self::read(text)
    }

    fn read(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        if text.contains("://") || text.contains(['/', '@', '?', '#']) {
            return Err(RuleError::NotOnlyHost(text.to_owned()));
        }
        let malformed = |source| RuleError::Host {
            rule: text.to_owned(),
            source,
        };
        if let Some(port) = text
            .strip_prefix('*')
            .filter(|rest| rest.is_empty() || rest.starts_with(':'))
        {
            // Any name does: only the port is read.
            let (_, port) = Host::parse_with_port(&format!("a{port}")).map_err(malformed)?;
            return Ok(Self {
                hosts: Hosts::All,
                port,
            });
        }
        let below = text.strip_prefix("*.");
        let rest = below.unwrap_or(text);
        if rest.contains('*') {
            return Err(RuleError::Star(text.to_owned()));
        }
        let (host, port) = Host::parse_with_port(rest).map_err(malformed)?;
        let hosts = match (below, host) {
            (None, host) => Hosts::One(host),
            (Some(_), Host::Name(name)) => Hosts::Below(name),
            (Some(_), Host::Address(_)) => return Err(RuleError::Star(text.to_owned())),
        };
        Ok(Self { hosts, port })
    }

    pub(crate) fn matches_host(&self, host: &Host) -> bool {
        match (&self.hosts, host) {
            (Hosts::All, _) => true,
            (Hosts::One(one), host) => one == host,
            (Hosts::Below(apex), Host::Name(name)) => name
                .strip_suffix(apex.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty()),
            (Hosts::Below(_), Host::Address(_)) => false,
        }
    }

    /// Whether the pattern allows this host and port.
    pub(crate) fn matches(&self, host: &Host, port: u16) -> bool {
        self.matches_port(port, &DEFAULT_PORTS) && self.matches_host(host)
    }

    /// Whether the pattern is for this port, or for no port and this one is among `default`.
    pub(crate) fn matches_port(&self, port: u16, default: &[u16]) -> bool {
        self.port
            .map_or_else(|| default.contains(&port), |only| only.get() == port)
    }

    /// Whether the pattern, read as a denial, is for this host and port.
    fn denies(&self, host: &Host, port: u16) -> bool {
        self.port.is_none_or(|only| only.get() == port) && self.matches_host(host)
    }

    /// Whether the port was written down.
    pub(crate) fn has_port(&self) -> bool {
        self.port.is_some()
    }

    /// More specific patterns are greater: one host before all below a name, a longer name before
    /// a shorter one, a port before none.
    fn weight(&self) -> (u8, usize, bool) {
        let has_port = self.port.is_some();
        match &self.hosts {
            Hosts::One(_) => (2, 0, has_port),
            Hosts::Below(name) => (1, name.len(), has_port),
            Hosts::All => (0, 0, has_port),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hosts {
            Hosts::One(host) => host.fmt(f)?,
            Hosts::Below(name) => write!(f, "*.{name}")?,
            Hosts::All => f.write_str("*")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Whether names right below this one are handed out to strangers, as below `com`, `co.uk` or a
/// hoster's domain. A top-level name nobody knows counts as one.
fn is_public_suffix(name: &str) -> bool {
    psl::List
        .suffix(name.as_bytes())
        .is_none_or(|suffix| suffix.as_bytes() == name.as_bytes())
}

/// One line of the allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pattern: Pattern,
    methods: Option<BTreeSet<String>>,
    private: Private,
}

impl Rule {
    /// Makes a rule that allows every method.
    pub fn new(pattern: Pattern) -> Self {
        Self {
            pattern,
            methods: None,
            private: Private::Refused,
        }
    }

    /// Allows only these methods. For HTTPS the connection is then opened and read.
    pub fn with_methods<'a>(
        mut self,
        methods: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RuleError> {
        let mut allowed = BTreeSet::new();
        for method in methods {
            let is_word = method.bytes().all(|byte| byte.is_ascii_uppercase());
            if method.is_empty() || !is_word || method == "CONNECT" {
                return Err(RuleError::Method(method.to_owned()));
            }
            allowed.insert(method.to_owned());
        }
        if allowed.is_empty() {
            return Err(RuleError::NoMethods(self.pattern.to_string()));
        }
        self.methods = Some(allowed);
        Ok(self)
    }

    /// Permits the host to be on a private network or this machine. Metadata services and
    /// addresses of the link stay refused.
    pub fn with_private(mut self) -> Result<Self, RuleError> {
        match &self.pattern.hosts {
            Hosts::One(_) => {
                self.private = Private::Permitted;
                Ok(self)
            }
            Hosts::Below(_) | Hosts::All => Err(RuleError::PrivateBelow(self.pattern.to_string())),
        }
    }

    pub(crate) fn private(&self) -> Private {
        self.private
    }

    pub(crate) fn names_port(&self) -> bool {
        self.pattern.has_port()
    }

    /// Whether requests have to be seen to apply the rule.
    pub(crate) fn needs_requests(&self) -> bool {
        self.methods.is_some()
    }

    pub(crate) fn check_method(&self, method: &str) -> Result<(), Refusal> {
        match &self.methods {
            Some(allowed) if !allowed.contains(method) => Err(Refusal::Method {
                allowed: allowed.clone(),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// What may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    allow: Vec<Rule>,
    deny: Vec<Pattern>,
}

impl Rules {
    /// Makes the lists. Without any rule nothing can be reached.
    pub fn new(allow: Vec<Rule>, deny: Vec<Pattern>) -> Result<Self, RuleError> {
        let mut seen = BTreeSet::new();
        for rule in &allow {
            if !seen.insert(&rule.pattern) {
                return Err(RuleError::Twice(rule.pattern.to_string()));
            }
            if let Hosts::One(Host::Address(address)) = &rule.pattern.hosts {
                check_literal(*address, rule)?;
            }
        }
        Ok(Self { allow, deny })
    }

    /// Finds the rule that holds for a host and a port.
    pub(crate) fn check(&self, host: &Host, port: u16) -> Result<&Rule, Refusal> {
        if let Some(pattern) = self.deny.iter().find(|pattern| pattern.denies(host, port)) {
            return Err(Refusal::Denied {
                rule: pattern.to_string(),
            });
        }
        self.allow
            .iter()
            .filter(|rule| rule.pattern.matches(host, port))
            .max_by_key(|rule| rule.pattern.weight())
            .ok_or_else(|| self.unlisted(host))
    }

    fn unlisted(&self, host: &Host) -> Refusal {
        let is_known = self
            .allow
            .iter()
            .any(|rule| rule.pattern.matches_host(host));
        if is_known {
            Refusal::PortNotListed
        } else {
            Refusal::NotListed
        }
    }

    /// Whether some rule can only be applied by reading requests.
    pub(crate) fn need_requests(&self) -> bool {
        self.allow.iter().any(Rule::needs_requests)
    }
}

/// A rule for a private address that does not permit private ones would never let anything pass.
fn check_literal(address: IpAddr, rule: &Rule) -> Result<(), RuleError> {
    let class = classify(address);
    if class.is_permitted(rule.private) {
        return Ok(());
    }
    let rule = rule.pattern.to_string();
    Err(RuleError::Address { rule, class })
}

#[cfg(test)]
mod tests;
