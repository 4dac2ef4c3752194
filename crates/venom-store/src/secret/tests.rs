use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;

use super::*;
use crate::Store;
use crate::keys::{Made, Protection, Sources, create};

struct Home {
    dir: tempfile::TempDir,
    variables: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            variables: Arc::default(),
        }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn sources(&self) -> Sources {
        Sources {
            folder: Some(self.folder()),
            ..Sources::default()
        }
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        let protection = Protection {
            mode: None,
            sources: self.sources(),
        };
        let store = Store::open_protected(&self.dir.path().join("data"), &protection).unwrap();
        let variables = Arc::clone(&self.variables);
        store.secrets(
            self.folder(),
            Arc::new(move |name| {
                let value = variables.lock().unwrap().get(name).cloned()?;
                Some(Zeroizing::new(value))
            }),
        )
    }

    fn set_variable(&self, name: &str, value: &str) {
        let mut variables = self.variables.lock().unwrap();
        variables.insert(name.to_owned(), value.to_owned());
    }
}

fn hosts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn value(secrets: &Arc<dyn Secrets>, name: &str) -> String {
    let (value, _) = secrets.get(name).unwrap();
    String::from_utf8(value.to_vec()).unwrap()
}

#[test]
fn secrets_are_kept_sealed_with_their_hosts() {
    let home = Home::new();
    create(&home.sources(), &Made::Random).unwrap();
    let secrets = home.secrets();
    secrets
        .set("github", b"ghp_canary", &hosts(&["api.github.com"]))
        .unwrap();
    assert_eq!(value(&secrets, "github"), "ghp_canary");
    let again = home.secrets();
    assert_eq!(value(&again, "github"), "ghp_canary");
    let path = home.folder().join("secrets");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("canary"));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Whoever adds a host to the file gets nothing.
    let changed = text.replace("api.github.com", "evil.example.com");
    assert_ne!(text, changed);
    std::fs::write(&path, changed).unwrap();
    assert_eq!(again.get("github").unwrap_err().kind, FailureKind::Corrupt);
    std::fs::write(&path, text).unwrap();
    assert_eq!(value(&again, "github"), "ghp_canary");
    assert!(again.remove("github").unwrap());
    assert!(!again.remove("github").unwrap());
    assert_eq!(again.get("github").unwrap_err().kind, FailureKind::Missing);
}

#[test]
fn without_a_master_key_no_value_is_kept_and_variables_still_serve() {
    let home = Home::new();
    let secrets = home.secrets();
    let failure = secrets.set("github", b"ghp_canary", &[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("venom keys create"));
    assert!(!home.folder().join("secrets").exists());

    secrets
        .set_variable("github", "GITHUB_TOKEN", &hosts(&["github.com"]))
        .unwrap();
    assert_eq!(
        secrets.get("github").unwrap_err().kind,
        FailureKind::Missing
    );
    home.set_variable("GITHUB_TOKEN", "from the variable");
    assert_eq!(value(&secrets, "github"), "from the variable");
    home.set_variable("VENOM_SECRET_GITHUB", "from the other");
    assert_eq!(value(&secrets, "github"), "from the other");
    assert_eq!(secrets.get("github").unwrap().1.hosts, ["github.com"]);
    assert_eq!(
        secrets.list().unwrap(),
        [SecretInfo {
            name: "github".to_owned(),
            source: Source::Environment("VENOM_SECRET_GITHUB".to_owned()),
            hosts: hosts(&["github.com"]),
        }]
    );
}

#[test]
fn names_values_and_hosts_are_bounded() {
    let home = Home::new();
    create(&home.sources(), &Made::Random).unwrap();
    let secrets = home.secrets();
    for name in ["", "a b", "a/b", "ä", &"a".repeat(65)] {
        assert!(secrets.set(name, b"value", &[]).is_err(), "{name}");
        assert!(secrets.get(name).is_err(), "{name}");
    }
    assert!(secrets.set("a", b"", &[]).is_err());
    assert!(secrets.set("a", &vec![b'x'; VALUE_LIMIT + 1], &[]).is_err());
    assert!(secrets.set("a", b"value", &hosts(&["a\nb"])).is_err());
    assert!(secrets.set_variable("a", "NOT A NAME", &[]).is_err());
    assert!(secrets.set_variable("a", "1A", &[]).is_err());
}

#[test]
fn a_file_that_is_none_of_ours_is_damage() {
    let home = Home::new();
    create(&home.sources(), &Made::Random).unwrap();
    let secrets = home.secrets();
    for text in [
        "",
        "{}",
        "[]",
        "{\"version\":2,\"secrets\":{}}",
        "{\"version\":1,\"secrets\":{\"a\":{}}}",
        "{\"version\":1,\"secrets\":{\"a\":{\"sealed\":\"%\"}}}",
    ] {
        std::fs::write(home.folder().join("secrets"), text).unwrap();
        assert_eq!(
            secrets.list().unwrap_err().kind,
            FailureKind::Corrupt,
            "{text}"
        );
    }
}

#[test]
fn a_value_that_a_variable_hides_is_known_as_well() {
    let home = Home::new();
    create(&home.sources(), &Made::Random).unwrap();
    let secrets = home.secrets();
    secrets.set("token", b"stored-value", &[]).unwrap();
    let known = || -> Vec<String> {
        let values = secrets.values("token").unwrap();
        let texts = values.iter().map(|value| String::from_utf8_lossy(value));
        texts.map(std::borrow::Cow::into_owned).collect()
    };
    assert_eq!(known(), ["stored-value"]);
    home.set_variable("VENOM_SECRET_TOKEN", "of-the-variable");
    assert_eq!(known(), ["of-the-variable", "stored-value"]);
    home.set_variable("VENOM_SECRET_TOKEN", "stored-value");
    assert_eq!(known(), ["stored-value"]);
    assert!(secrets.values("nobody").unwrap().is_empty());
}
