use venom_ports::secret::{SecretInfo, Source};

use super::*;

struct One {
    value: &'static str,
    hosts: Vec<String>,
}

impl Port for One {
    fn get(&self, name: &str) -> Result<(Zeroizing<Vec<u8>>, SecretInfo)> {
        let info = SecretInfo {
            name: name.to_owned(),
            source: Source::File,
            hosts: self.hosts.clone(),
        };
        Ok((Zeroizing::new(self.value.as_bytes().to_vec()), info))
    }

    fn values(&self, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>> {
        self.get(name).map(|(value, _)| vec![value])
    }

    fn set(&self, _: &str, _: &[u8], _: &[String]) -> Result<()> {
        Ok(())
    }

    fn set_variable(&self, _: &str, _: &str, _: &[String]) -> Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn list(&self) -> Result<Vec<SecretInfo>> {
        Ok(Vec::new())
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn check(variable: &str, value: &'static str, stored: &[&str], asked: &[&str]) -> bool {
    let port = One {
        value,
        hosts: owned(stored),
    };
    let asked = SecretUse {
        key: "name".to_owned(),
        hosts: owned(asked),
    };
    let uses = BTreeMap::from([(variable.to_owned(), asked)]);
    match fetch(&uses, Some(&port)) {
        Ok(held) => {
            let sentinel = &held.variables[variable];
            assert!(!sentinel.contains(value));
            true
        }
        Err(failure) => {
            assert!(!format!("{failure:?}").contains(value), "{failure:?}");
            false
        }
    }
}

const VALUE: &str = "a-value-of-some-length";

#[test]
fn the_configuration_can_only_narrow_the_hosts_of_a_secret() {
    for (stored, asked, fits) in [
        (&["api.example.com"][..], &["api.example.com"][..], true),
        (&[], &["api.example.com"], true),
        (&["api.example.com"], &[], true),
        (&[], &[], false),
        (&["*.example.com"], &["api.example.com"], true),
        (&["*.example.com"], &["*.example.com"], true),
        (&["api.example.com"], &["*.example.com"], false),
        (&["api.example.com"], &["evil.example.org"], false),
        (&["*.example.com"], &["example.com"], false),
        (&["api.example.com"], &["api.example.com:8443"], false),
        (&["api.example.com:8443"], &["api.example.com:8443"], true),
        (&["api.example.com"], &["api.example.com plain"], false),
        (&["api.example.com plain"], &["api.example.com plain"], true),
        (&["api.example.com plain"], &["api.example.com"], true),
        (&[], &["https://api.example.com/"], false),
        (&[], &["*"], false),
        (&[], &["*.com"], false),
    ] {
        assert_eq!(
            check("TOKEN", VALUE, stored, asked),
            fits,
            "{stored:?} {asked:?}"
        );
    }
}

#[test]
fn values_and_variables_that_cannot_work_are_refused() {
    let host = &["api.example.com"][..];
    assert!(check("TOKEN", "with a line break behind\n", &[], host));
    assert!(!check("TOKEN", "two\nlines of text", &[], host));
    assert!(!check("TOKEN", "short", &[], host));
    for variable in [
        "PATH",
        "LD_PRELOAD",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "GIT_CONFIG_COUNT",
        "A B",
        "1A",
        "",
        "A=B",
    ] {
        assert!(!check(variable, VALUE, &[], host), "{variable}");
    }
}

#[test]
fn no_secrets_are_asked_for_where_none_are_named() {
    assert!(fetch(&BTreeMap::new(), None).unwrap().variables.is_empty());
}
