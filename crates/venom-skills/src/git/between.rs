//! Two states of a repository and a part of it, as actions ask for them.

use venom_kernel::change::RelPath;
use venom_ports::Result;

use crate::params::Given;
use crate::schema::{self, Object};

/// What lies between two revisions, perhaps of one file or folder alone.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// The revision to begin at.
    pub(super) from: Option<String>,
    /// The revision to end at.
    pub(super) to: Option<String>,
    /// The file or folder.
    pub(super) path: Option<RelPath>,
}

impl Between {
    /// Takes the parameters.
    pub(super) fn take(given: &mut Given) -> Result<Self> {
        Ok(Self {
            from: given.may("from")?,
            to: given.may("to")?,
            path: given.may("path")?,
        })
    }

    /// Describes the parameters; what is meant by the two ends is the action's to say.
    pub(super) fn params(from: &str, to: &str) -> Object {
        schema::object()
            .may("from", schema::text(from))
            .may("to", schema::text(to))
            .may("path", schema::path("A file or folder to look at alone."))
    }
}
