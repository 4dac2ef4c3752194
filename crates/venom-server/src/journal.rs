//! Which runs this server works on, so that they go on after a restart.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use venom_kernel::id::RunId;

/// A file with one run on each line.
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl Journal {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("runs"),
            file: Mutex::default(),
        }
    }

    /// Reads the runs of the last time. A line that was cut off by a crash is of a run that nobody was
    /// told about.
    pub(crate) fn read(&self) -> std::io::Result<BTreeSet<RunId>> {
        match File::open(&self.path) {
            Ok(file) => BufReader::new(file)
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| line.parse().ok())
                .map(Ok)
                .collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    /// Begins anew with these runs.
    pub(crate) fn begin(&self, runs: &BTreeSet<RunId>) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        for run in runs {
            writeln!(file, "{run}")?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        let file = OpenOptions::new().append(true).open(&self.path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// Adds a run.
    pub(crate) fn note(&self, run: RunId) -> std::io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = file.as_mut() {
            writeln!(file, "{run}")?;
            file.sync_data()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_there_after_a_restart_and_half_a_line_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path());
        assert_eq!(journal.read().unwrap(), BTreeSet::new());
        let (one, two) = (RunId::new(1, 1), RunId::new(2, 2));
        journal.begin(&[one].into()).unwrap();
        journal.note(two).unwrap();
        let path = folder.path().join("runs");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("run_0");
        std::fs::write(&path, text).unwrap();
        assert_eq!(
            Journal::new(folder.path()).read().unwrap(),
            [one, two].into()
        );
    }
}
