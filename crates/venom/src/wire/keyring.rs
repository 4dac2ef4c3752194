//! The keyring of the desktop for the master key.

use std::io::ErrorKind;

use venom_exec::secret_tool;
use venom_ports::{Failure, FailureKind, Result};
use venom_store::keys::Keyring;
use zeroize::Zeroizing;

/// What the key is called in a list of the keyring.
const LABEL: &str = "VENOM master key";

/// The keyring that `secret-tool` reaches.
#[derive(Debug)]
pub(crate) struct Desktop;

impl Keyring for Desktop {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let found = secret_tool::lookup(&names(name)).map_err(|error| failure(&error))?;
        Ok(found.map(Zeroizing::new))
    }

    fn put(&self, name: &str, secret: &str) -> Result<()> {
        secret_tool::store(LABEL, &names(name), secret).map_err(|error| failure(&error))
    }

    fn forget(&self, name: &str) -> Result<()> {
        secret_tool::clear(&names(name)).map_err(|error| failure(&error))
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
