//! Playbooks: what VENOM knows how to do.

use serde::{Deserialize, Serialize};
use venom_kernel::playbook::Playbook;

/// Where playbooks come from, weakest first: a later one of the same name stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Shipped with VENOM.
    Shipped,
    /// The user's own, under `~/.venom/playbooks/`.
    User,
    /// The project's, under `.venom/playbooks/`.
    Project,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Shipped => "shipped",
            Self::User => "user",
            Self::Project => "project",
        })
    }
}

/// The text of a playbook file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// The file's path, or its name for shipped ones.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A playbook that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Where it comes from.
    pub origin: Origin,
    /// The file's path, or its name for shipped ones.
    pub path: String,
    /// Where the playbook of the same name comes from that this one stands in front of, if it does.
    pub in_front_of: Option<Origin>,
    /// The playbook.
    pub playbook: Playbook,
}

/// A playbook that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The file's path.
    pub path: String,
    /// What is wrong, with places.
    pub problems: Vec<Problem>,
}

/// Something wrong in a playbook file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line, from 1, as far as it is known.
    pub line: Option<u32>,
    /// The column, from 1, as far as it is known.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// Playbooks.
pub trait Playbooks: Send + Sync {
    /// Returns the playbooks that can be used, in the order of their names.
    fn list(&self) -> Vec<Loaded>;

    /// Returns the playbook files that cannot be used.
    fn rejected(&self) -> Vec<Rejected>;

    /// Checks the text of a playbook file.
    fn check(&self, source: &Source) -> Result<Loaded, Rejected>;
}
