//! The environment, read once. Nothing else in VENOM looks at it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use venom_store::keys::Sources;
use zeroize::Zeroizing;

/// Variables that commands of a run get beside `PATH`, if they are set: who the user is, how texts
/// are written, and where toolchains keep their files.
const PASSED_ON: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "GOMODCACHE",
    "JAVA_HOME",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
];

/// Variables of VENOM that are no settings.
const OWN: &[&str] = &[
    "VENOM_HOME",
    "VENOM_COMMAND",
    "VENOM_KEY_FILE",
    "VENOM_PASSPHRASE",
    "VENOM_OTLP_HEADER",
    "VENOM_SERVER",
    "VENOM_SERVER_PIN",
    "VENOM_SERVER_TOKEN",
    "VENOM_SERVER_TOKEN_FILE",
];

/// The environment of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    variables: BTreeMap<String, String>,
    /// The folder that the command was started in.
    pub(crate) folder: Option<PathBuf>,
}

impl Env {
    /// Reads the environment. Variables that are not UTF-8 are left out.
    pub(crate) fn read() -> Self {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
            folder: std::env::current_dir().ok(),
        }
    }

    /// Makes an environment of these variables.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            folder: None,
        }
    }

    /// Returns a variable; one that is set to nothing counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Tells whether colours are not wanted: <https://no-color.org>.
    pub(crate) fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some()
    }

    /// Tells whether the terminal can move its cursor and show colours.
    pub(crate) fn is_dumb(&self) -> bool {
        self.get("TERM").is_none_or(|term| term == "dumb")
    }

    /// Returns the user's home folder.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }

    /// Returns where the master key may come from.
    pub(crate) fn key_sources(&self, folder: PathBuf) -> Sources {
        let path = |text: &str| match &self.folder {
            Some(folder) => folder.join(text),
            None => PathBuf::from(text),
        };
        Sources {
            keyring: Some(std::sync::Arc::new(crate::wire::keyring::Desktop::of(self))),
            key_file: self.get("VENOM_KEY_FILE").map(path),
            // Set by systemd for services with credentials (systemd.exec(5)).
            credential: self
                .get("CREDENTIALS_DIRECTORY")
                .map(|folder| PathBuf::from(folder).join("venom-master")),
            passphrase: self
                .get("VENOM_PASSPHRASE")
                .map(|text| Zeroizing::new(text.to_owned())),
            folder: Some(folder),
        }
    }

    /// Returns what is said about where a Docker engine listens, by the names of its own program.
    pub(crate) fn docker(&self) -> venom_exec::docker::Surroundings {
        let path = |name: &str| self.get(name).map(PathBuf::from);
        venom_exec::docker::Surroundings {
            host: self.get("DOCKER_HOST").map(str::to_owned),
            context: self.get("DOCKER_CONTEXT").map(str::to_owned),
            settings: path("DOCKER_CONFIG").or_else(|| Some(self.home()?.join(".docker"))),
            runtime: path("XDG_RUNTIME_DIR"),
        }
    }

    /// Returns the folders of the search path.
    pub(crate) fn search(&self) -> Vec<PathBuf> {
        self.get("PATH")
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default()
    }

    /// Returns the variables that commands get.
    pub(crate) fn for_commands(&self) -> BTreeMap<String, String> {
        PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.get(name)?.to_owned())))
            .collect()
    }

    /// Returns the values of variables whose names say that they are secret.
    pub(crate) fn secrets(&self) -> Vec<String> {
        const SIGNS: &[&str] = &[
            "TOKEN",
            "SECRET",
            "PASSWORD",
            "PASSWD",
            "PASSPHRASE",
            "API_KEY",
            "APIKEY",
        ];
        self.variables
            .iter()
            .filter(|(name, _)| {
                let name = name.to_uppercase();
                SIGNS.iter().any(|sign| name.contains(sign))
            })
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Returns a `VENOM_` variable that nobody reads; most likely a slip of the pen.
    pub(crate) fn unknown_key(&self) -> Option<&str> {
        self.variables.keys().map(String::as_str).find(|name| {
            name.starts_with("VENOM_")
                && !name.starts_with("VENOM_TEST_")
                && !name.starts_with("VENOM_SECRET_")
                && !OWN.contains(name)
                && !super::key::Key::ALL
                    .iter()
                    .any(|key| key.env() == Some(*name))
        })
    }
}
