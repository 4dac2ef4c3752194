//! Secrets: values that only a host may get, by name.

use std::fmt;

use zeroize::Zeroizing;

use crate::Result;

/// Where a secret's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A variable of VENOM's own environment.
    Environment(String),
    /// The encrypted file of the data folder.
    File,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File => f.write_str("encrypted file"),
        }
    }
}

/// What is known about a secret beside its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// The name.
    pub name: String,
    /// Where the value comes from.
    pub source: Source,
    /// Hosts that the value may go to at most; any, where there are none.
    pub hosts: Vec<String>,
}

/// Keeps secrets. Its verbs block for a few file operations.
///
/// A value leaves it only through [`Secrets::get`]. It is never part of a failure.
pub trait Secrets: Send + Sync {
    /// Returns a value and where it may go. `Missing` if there is none of the name, `Refused` if it
    /// is there and cannot be read.
    fn get(&self, name: &str) -> Result<(Zeroizing<Vec<u8>>, SecretInfo)>;

    /// Returns every value that is known of a name: what `get` gives comes first, and what is stored and
    /// hidden by a variable follows. None if there is none.
    fn values(&self, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>>;

    /// Keeps a value in the encrypted file; replaces an older one of the name.
    fn set(&self, name: &str, value: &[u8], hosts: &[String]) -> Result<()>;

    /// Keeps the name of the variable that holds the value, and not the value.
    fn set_variable(&self, name: &str, variable: &str, hosts: &[String]) -> Result<()>;

    /// Forgets a secret; tells whether there was one.
    fn remove(&self, name: &str) -> Result<bool>;

    /// Lists what there is, by name.
    fn list(&self) -> Result<Vec<SecretInfo>>;
}
