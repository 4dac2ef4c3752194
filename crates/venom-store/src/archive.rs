//! Archives: a run in one file, which anybody can check, and from which things can be taken out.
//!
//! ```text
//! beginning   what it is, and the version of the form
//! head        the run, how many events, the hash of the last one
//! events      each with its place in the chain, and its text or what is left of it
//! seals       of the log that it comes from, as far as they cover the run
//! blobs       what the events refer to, and what that refers to
//! end         the root of all, and a signature of it
//! ```
//!
//! The chain of the log is in the file as it is, so that its hashes can be compared with others that
//! somebody kept. Beside it each event has the root of its leaves (see `leaf`), and the root of the
//! archive covers both; so values can be taken out, and what is left still gives the same root. What
//! that proves, and to whom, says `docs/adr/0019-an-archive-proves-what-is-left.md`.
//!
//! Nothing here believes a length, an order or a text of a file. Memory is bounded by the longest event
//! (64 MiB with its values one by one), the longest blob (256 MiB) and the number of blobs and events.
//!
//! Reading order: `frame` (the container), `leaf` and `record` (events), `seal`, `refs` and `blob`,
//! `root`; then `scan` (reading and checking), `export`, `import` with `beside`, `redact`; `needle` (what is looked
//! for), [`trust`] (whose signatures count).

mod beside;
mod blob;
mod export;
mod frame;
mod import;
mod leaf;
mod needle;
mod record;
mod redact;
mod refs;
mod root;
mod scan;
mod seal;
pub mod trust;

#[cfg(test)]
mod tests;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_ports::Result;
use venom_ports::api::archive::{
    Archives, Auditor, Checked, Contents, Exported, Imported, Origin, Redacted, Redaction,
};
use venom_ports::api::time::Moment;
use venom_ports::blob::Objects;

use self::trust::Trusted;
use crate::keys::{ContentKeys, Vault};
use crate::log::ledger::Signer;
use crate::log::row;
use crate::sqlite::connection;
use crate::sqlite::failure::OrFail as _;

/// Makes and reads archives of the runs of a store.
pub struct StoreArchives {
    pub(crate) log: PathBuf,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keys: Arc<ContentKeys>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) signing: Signer,
    pub(crate) trusted: Trusted,
}

impl std::fmt::Debug for StoreArchives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreArchives").finish_non_exhaustive()
    }
}

impl Archives for StoreArchives {
    fn export(
        &self,
        moment: &Moment,
        contents: Contents,
        redaction: &Redaction,
        sink: &mut dyn Write,
    ) -> Result<Exported> {
        export::export(self, moment, contents, redaction, sink)
    }

    fn import(&self, file: &Path) -> Result<Imported> {
        import::import(self, file)
    }

    fn origin(&self, run: RunId) -> Result<Option<Origin>> {
        const DOING: &str = "reading the log";
        let connection = connection::reader(&self.log)?;
        let Some(head) = row::run_head(&connection, run).or_fail(DOING)? else {
            return Ok(None);
        };
        let import = row::import_of(&connection, head.id).or_fail(DOING)?;
        Ok(import.map(|import| Origin {
            root: import.root,
            signed: import.signer.map(|key| Digest::from_bytes(key).to_string()),
            redacted: import.is_redacted,
            time: import.time,
        }))
    }
}

/// Checks archives and takes things out of them, without a store.
#[derive(Debug, Clone, Default)]
pub struct FileAuditor {
    trusted: Trusted,
}

impl FileAuditor {
    /// Makes one that knows whose signatures count.
    pub const fn new(trusted: Trusted) -> Self {
        Self { trusted }
    }
}

impl Auditor for FileAuditor {
    fn check(&self, source: &mut dyn Read) -> Result<Checked> {
        scan::scan(source, &self.trusted, &mut scan::Nothing)
    }

    fn redact(
        &self,
        source: &mut dyn Read,
        redaction: &Redaction,
        sink: &mut dyn Write,
    ) -> Result<Redacted> {
        redact::redact(source, &self.trusted, redaction, sink)
    }
}
