//! Rotation of the master key: all keys are wrapped anew, nothing that they sealed is touched.
//!
//! Two things must change together: the rows, which one transaction changes, and the file of the
//! source, which a rename changes. The new key is on the disk under another name before the
//! transaction, and gets its name after it. A process that was cut off between finds both files,
//! sees from the mark in the table which one holds, and finishes the rename.

use std::path::{Path, PathBuf};

use venom_ports::{Failure, FailureKind, Result};

use super::source::{self, Made, Source};
use super::{Vault, table};
use crate::crypt::Key;
use crate::sqlite::failure::corrupt;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// How many keys were wrapped anew.
    pub keys: usize,
    /// Where the new master key is.
    pub path: PathBuf,
    /// Whether no copy of the old wrapped keys is left in the log's files.
    pub is_clean: bool,
}

/// The places at which a rotation can be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The new key is on the disk under another name.
    Written,
    /// So many rows are changed in the open transaction.
    Wrapped(usize),
    /// The transaction is committed.
    Committed,
    /// The new key has its name.
    Named,
}

/// Puts another master key in the place of the one in use.
pub(crate) fn rotate(log: &Path, vault: &Vault, made: &Made) -> Result<Rotated> {
    rotate_by_steps(log, vault, made, &mut |_| Ok(()))
}

/// Rotates and asks before each further step whether to go on.
pub(super) fn rotate_by_steps(
    log: &Path,
    vault: &Vault,
    made: &Made,
    go_on: &mut dyn FnMut(Step) -> Result<()>,
) -> Result<Rotated> {
    let old = vault.master()?.clone();
    let Some(source) = vault.status().source else {
        return Err(super::none());
    };
    let made = match (&source, made, vault.keyring()) {
        // The key stays in the keyring that it is in.
        (Source::Keyring(_), Made::Random, Some(keyring)) => &Made::Keyring(keyring),
        (_, made, _) => made,
    };
    let place = match (&source, made) {
        (Source::Keyring(path), Made::Keyring(_)) => path.clone(),
        (Source::KeyFile(path) | Source::Beside(path), Made::Random)
        | (Source::Passphrase(path), Made::Passphrase(_)) => path.clone(),
        (Source::Credential(_), _) => {
            let text = "a systemd credential cannot be changed from here";
            return Err(Failure::new(FailureKind::Refused, text).with_hint(
                "start with VENOM_KEY_FILE set to a copy of it, rotate, and make the new file the credential",
            ));
        }
        (
            Source::Keyring(_) | Source::KeyFile(_) | Source::Beside(_) | Source::Passphrase(_),
            _,
        ) => {
            let text = format!("the master key comes from {source}, and stays of that kind");
            return Err(Failure::new(FailureKind::Refused, text)
                .with_hint("leave `--passphrase` out, or give it, as the key in use has it"));
        }
    };
    // A named file may be a link to where it really is.
    let place = place.canonicalize().unwrap_or(place);
    let next = source::next_of(&place);
    let before = matches!(source, Source::Keyring(_))
        .then(|| std::fs::read(&place).ok())
        .flatten();
    let connection = table::open(log)?;
    // The lock comes first: of two rotations at once, the second must not overwrite the first's file.
    let keys = table::transaction(&connection, || {
        if table::master(&connection)?.is_some_and(|stored| stored != table::mark(&old)) {
            return Err(super::changed());
        }
        let new: Key = source::write(&next, made)?;
        sync_folder(&next)?;
        go_on(Step::Written)?;
        let lines = table::all(&connection)?;
        let count = lines.len();
        for (done, (kind, name, wrapped)) in lines.into_iter().enumerate() {
            let key = table::unwrap(&old, &kind, &name, &wrapped).map_err(|()| {
                corrupt(format!("a key of kind {kind} does not open"))
                    .with_hint("nothing was changed; see `venom doctor --repair`")
            })?;
            let wrapped = table::wrap(&new, &kind, &name, &key)?;
            table::replace(&connection, &kind, &name, Some(&wrapped))?;
            go_on(Step::Wrapped(done + 1))?;
        }
        let generation = table::generation(&connection)?.saturating_add(1);
        table::set_master(&connection, &table::mark(&new), generation)?;
        Ok(count)
    })?;
    go_on(Step::Committed)?;
    source::rename(&next, &place)?;
    go_on(Step::Named)?;
    if let (Some(before), Made::Keyring(keyring)) = (before, made)
        && let Err(failure) = super::keyring::forget(&before, &place, keyring.as_ref())
    {
        // It opens nothing any more.
        tracing::warn!(%failure, "the keyring still has the old master key");
    }
    let is_clean = table::truncate(&connection)?;
    Ok(Rotated {
        keys,
        path: place,
        is_clean,
    })
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| {
            crate::private::failure(&format!("cannot flush {}", folder.display()), &error)
        })
}
