//! Addresses of web servers, and which of them a check may ask.

/// An address as a check names it: what is needed to decide about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether it is asked over TLS.
    pub is_secure: bool,
    /// The host, in lower case, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Reads an address. One with a user, a password or anything that a shell or a URL parser could
    /// read in two ways is refused.
    pub fn parse(url: &str) -> Result<Self, String> {
        let strange = |c: char| {
            c.is_control()
                || c.is_whitespace()
                || matches!(
                    c,
                    '\\' | '"' | '\'' | '`' | '<' | '>' | '^' | '{' | '}' | '|'
                )
        };
        if url.len() > 2_000 || url.contains(strange) || !url.is_ascii() {
            return Err("its `url` holds characters that no address has".to_owned());
        }
        let (is_secure, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            (None, None) => {
                return Err("its `url` does not begin with `http://` or `https://`".to_owned());
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("its `url` holds a user, which would be in the log".to_owned());
        }
        let bad = || "its `url` names no host and port".to_owned();
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, rest) = inner.split_once(']').ok_or_else(bad)?;
                host.parse::<std::net::Ipv6Addr>()
                    .map_err(|_not_an_address| bad())?;
                (host, rest.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(bad)?,
            None if is_secure => 443,
            None => 80,
        };
        let is_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
        if host.is_empty() || !host.bytes().all(is_host) {
            return Err(bad());
        }
        Ok(Self {
            is_secure,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Tells whether it is an address of the machine that asks.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Decides whether a check may ask it: in a session only what runs there, elsewhere only a host
    /// that commands may reach. Says why not.
    pub fn is_allowed(&self, in_session: bool, network: &[String]) -> Result<(), String> {
        let shown = format!("{}:{}", self.host, self.port);
        if self.is_loopback() {
            return if in_session {
                Ok(())
            } else {
                Err(format!(
                    "{shown} is this machine, and nothing answers there outside of a session"
                ))
            };
        }
        if network.iter().any(|rule| self.fits(rule)) {
            Ok(())
        } else {
            Err(format!(
                "{shown} is not among the hosts that commands may reach"
            ))
        }
    }

    /// Tells whether a rule such as `host`, `host:port` or `*.host` covers it. What really leaves the
    /// sandbox is decided again at its way out.
    fn fits(&self, rule: &str) -> bool {
        let rule = rule.trim().to_ascii_lowercase();
        let (host, port) = match rule.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            Some(_) | None => (rule.as_str(), None),
        };
        let port_fits = port.is_none_or(|port| port == self.port.to_string());
        let host_fits = match host.strip_prefix("*.") {
            Some(parent) => self
                .host
                .strip_suffix(parent)
                .is_some_and(|head| head.ends_with('.') && head.len() > 1),
            None => self.host == host,
        };
        port_fits && host_fits
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_read_and_what_is_ambiguous_is_refused() {
        let read =
            |url: &str| Address::parse(url).map(|a| (a.host.clone(), a.port, a.is_loopback()));
        assert_eq!(
            read("http://127.0.0.1:8000/x"),
            Ok(("127.0.0.1".into(), 8000, true))
        );
        assert_eq!(
            read("https://Example.COM"),
            Ok(("example.com".into(), 443, false))
        );
        assert_eq!(read("http://[::1]:81/"), Ok(("::1".into(), 81, true)));
        assert_eq!(
            read("http://localhost?x"),
            Ok(("localhost".into(), 80, true))
        );
        for bad in [
            "ftp://x",
            "http://",
            "http://a@b/",
            "http://a b/",
            "http://a:0/",
            "http://a:99999/",
            "http://[zz]/",
            "http://a\"b/",
            "http://ä/",
            "file:///etc/passwd",
            "http://a\\@b/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_sessions_and_allowed_hosts_are_asked() {
        let ask = |url: &str, in_session: bool, network: &[&str]| {
            let network: Vec<String> = network.iter().map(|rule| (*rule).to_owned()).collect();
            Address::parse(url)
                .unwrap()
                .is_allowed(in_session, &network)
                .is_ok()
        };
        assert!(ask("http://127.0.0.1:1/", true, &[]));
        assert!(!ask("http://127.0.0.1:1/", false, &["127.0.0.1"]));
        assert!(!ask("http://example.com/", true, &[]));
        assert!(ask("http://example.com/", false, &["example.com"]));
        assert!(!ask("http://example.com/", false, &["example.com:8080"]));
        assert!(ask("http://a.example.com/", false, &["*.example.com:80"]));
        assert!(!ask("http://example.com/", false, &["*.example.com"]));
        assert!(!ask("http://badexample.com/", false, &["*.example.com"]));
    }
}
