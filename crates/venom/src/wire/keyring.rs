//! The keyring of the desktop for the master key.

use std::io::ErrorKind;

use venom_exec::secret_tool::SecretTool;
use venom_ports::{Failure, FailureKind, Result};
use venom_store::keys::Keyring;
use zeroize::Zeroizing;

use crate::config::env::Env;

/// What the key is called in a list of the keyring.
const LABEL: &str = "VENOM master key";

/// What `secret-tool` needs to find the session of a desktop.
const SESSION: [&str; 7] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "HOME",
    "LANG",
    "XDG_DATA_DIRS",
];

/// The keyring that `secret-tool` reaches.
#[derive(Debug)]
pub(crate) struct Desktop(SecretTool);

impl Desktop {
    /// Returns the keyring of the session that an environment belongs to.
    pub(crate) fn of(env: &Env) -> Self {
        let value = |name: &&str| Some(((*name).to_owned(), env.get(name)?.to_owned()));
        Self(SecretTool {
            search: env.search(),
            session: SESSION.iter().filter_map(value).collect(),
        })
    }
}

impl Keyring for Desktop {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let found = self
            .0
            .lookup(&names(name))
            .map_err(|error| failure(&error))?;
        Ok(found.map(Zeroizing::new))
    }

    fn put(&self, name: &str, secret: &str) -> Result<()> {
        self.0
            .store(LABEL, &names(name), secret)
            .map_err(|error| failure(&error))
    }

    fn forget(&self, name: &str) -> Result<()> {
        self.0.clear(&names(name)).map_err(|error| failure(&error))
    }
}

const fn names(name: &str) -> [(&'static str, &str); 2] {
    [("application", "venom"), ("key", name)]
}

fn failure(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        let text = "the keyring of the desktop cannot be asked: there is no `secret-tool`";
        return Failure::new(FailureKind::Unavailable, text)
            .with_hint("install libsecret-tools (Debian, Ubuntu) or libsecret (Fedora, Arch)");
    }
    let why = crate::output::clean::short(&error.to_string(), 300);
    let text = format!("the keyring of the desktop cannot be asked: {why}");
    Failure::new(FailureKind::Unavailable, text)
        .with_hint("log in to the desktop and unlock its keyring")
}
