//! What programs in the sandbox have to be told so that they use the proxy.
//!
//! There is no one variable that all programs read. curl reads only the lower-case spelling for
//! plain HTTP, others only the upper-case one; cargo and npm have their own; git asks its settings
//! first. pip is told through the common ones: its own would switch off the exceptions.

use std::collections::BTreeMap;

/// Places that are reached without the proxy: what a step starts for itself.
const DIRECT: &str = "localhost,127.0.0.1,::1";

/// Variables that hold a file with certificates to trust. Each program reads its own.
const CERTIFICATES: [&str; 7] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
];

/// Returns the variables for a proxy on this port of the sandbox's loopback.
///
/// `ca_bundle` is the path, as the sandbox sees it, of a file with
/// [`Egress::ca_bundle_pem`](super::Egress::ca_bundle_pem); without one, programs trust what they
/// always do.
pub fn proxy_env(port: u16, ca_bundle: Option<&str>) -> BTreeMap<String, String> {
    let proxy = format!("http://127.0.0.1:{port}");
    let mut env = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        env.insert(name.to_owned(), value.to_owned());
    };
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        set(name, &proxy);
        set(&name.to_ascii_lowercase(), &proxy);
    }
    for name in ["NO_PROXY", "no_proxy", "npm_config_noproxy"] {
        set(name, DIRECT);
    }
    for name in [
        "npm_config_proxy",
        "npm_config_https_proxy",
        "CARGO_HTTP_PROXY",
    ] {
        set(name, &proxy);
    }
    // The library inside cargo does not know the certificates; the program does.
    set("CARGO_NET_GIT_FETCH_WITH_CLI", "true");
    // Node's own fetch looks at the proxy variables only when told to.
    set("NODE_USE_ENV_PROXY", "1");
    // A repository's own settings come after these.
    set("GIT_CONFIG_COUNT", "1");
    set("GIT_CONFIG_KEY_0", "http.proxy");
    set("GIT_CONFIG_VALUE_0", &proxy);
    if let Some(path) = ca_bundle {
        for name in CERTIFICATES {
            set(name, path);
        }
    }
    env
}

#[cfg(test)]
mod tests;
