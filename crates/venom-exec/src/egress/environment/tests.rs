use super::proxy_env;

#[test]
fn programs_find_the_proxy_in_either_spelling() {
    let env = proxy_env(3128, None);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "GIT_CONFIG_VALUE_0",
    ] {
        assert_eq!(
            env.get(name).map(String::as_str),
            Some("http://127.0.0.1:3128"),
            "{name}"
        );
    }
    assert!(
        env.get("no_proxy")
            .is_some_and(|direct| direct.contains("127.0.0.1"))
    );
    assert!(!env.contains_key("SSL_CERT_FILE"));
}

#[test]
fn certificates_are_named_only_if_there_are_any() {
    let env = proxy_env(3128, Some("/run/ca.pem"));
    for name in [
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "PIP_CERT",
        "CARGO_HTTP_CAINFO",
    ] {
        assert_eq!(
            env.get(name).map(String::as_str),
            Some("/run/ca.pem"),
            "{name}"
        );
    }
}
