//! The keyring of the desktop, through `secret-tool` of libsecret, which speaks to the Secret Service.
//!
//! A client of our own would bring fifty crates for D-Bus into every build; the program is there wherever
//! the service is. A secret goes in through standard input and comes out through standard output, so that no
//! list of processes shows it.

use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::process::lookup;

/// The program.
const PROGRAM: &str = "secret-tool";
/// How long it may take. Chosen: a person may have to unlock the keyring.
const PATIENCE: Duration = Duration::from_mins(1);
/// The longest secret that is read.
const LONGEST: u64 = 4_096;
/// The longest complaint that is read.
const COMPLAINT: u64 = 1_000;

/// The program, found where it may be, and what it has to know to reach the service.
#[derive(Debug, Clone, Default)]
pub struct SecretTool {
    /// Folders that are searched for it. Only absolute ones are: the others would be those of a project.
    pub search: Vec<PathBuf>,
    /// The variables that it is given, and no other: where the session is.
    pub session: Vec<(String, String)>,
}

impl SecretTool {
    /// Returns what the keyring has under these names; `None` if that is nothing.
    pub fn lookup(&self, names: &[(&str, &str)]) -> Result<Option<Vec<u8>>> {
        let (is_done, secret, complaint) = self.ask(&["lookup"], names, None)?;
        match (is_done, complaint.trim()) {
            (true, _) if !secret.is_empty() => Ok(Some(secret)),
            // It says nothing where there is nothing.
            (_, "") => Ok(None),
            (_, complaint) => Err(Error::other(complaint.to_owned())),
        }
    }

    /// Keeps a secret under these names.
    pub fn store(&self, label: &str, names: &[(&str, &str)], secret: &str) -> Result<()> {
        done(self.ask(&["store", "--label", label], names, Some(secret))?)
    }

    /// Forgets what the keyring has under these names.
    pub fn clear(&self, names: &[(&str, &str)]) -> Result<()> {
        match self.ask(&["clear"], names, None)? {
            (_, _, complaint) if complaint.trim().is_empty() => Ok(()),
            answer => done(answer),
        }
    }

    fn ask(
        &self,
        words: &[&str],
        names: &[(&str, &str)],
        secret: Option<&str>,
    ) -> Result<(bool, Vec<u8>, String)> {
        let program = lookup::find(PROGRAM, &self.search)
            .map_err(|failure| Error::new(ErrorKind::NotFound, failure.message))?;
        let mut command = Command::new(program);
        command
            .args(words)
            .env_clear()
            .envs(self.session.iter().map(|(name, value)| (name, value)))
            .current_dir("/");
        for (name, value) in names {
            command.args([name, value]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let (Some(mut input), Some(secret)) = (child.stdin.take(), secret) {
            // One that has ended already says why on its own.
            let _ = input.write_all(secret.as_bytes());
        }
        let pid = child.id();
        let (tx, rx) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            // Nobody waits any more for one that took too long.
            let _ = tx.send(answer(child));
        });
        rx.recv_timeout(PATIENCE).unwrap_or_else(|_late| {
            let pid = i32::try_from(pid)
                .ok()
                .and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                // It may have ended in this moment; the thread has not waited for it then.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
            Err(Error::new(
                ErrorKind::TimedOut,
                format!("secret-tool gave no answer in {} s", PATIENCE.as_secs()),
            ))
        })
    }
}

fn done((is_done, _, complaint): (bool, Vec<u8>, String)) -> Result<()> {
    if is_done {
        return Ok(());
    }
    let complaint = complaint.trim();
    Err(Error::other(if complaint.is_empty() {
        "secret-tool did not say why".to_owned()
    } else {
        complaint.to_owned()
    }))
}

fn answer(mut child: Child) -> Result<(bool, Vec<u8>, String)> {
    let (mut secret, mut complaint) = (Vec::new(), Vec::new());
    if let Some(output) = child.stdout.take() {
        output.take(LONGEST).read_to_end(&mut secret)?;
    }
    if let Some(errors) = child.stderr.take() {
        errors.take(COMPLAINT).read_to_end(&mut complaint)?;
    }
    let status = child.wait()?;
    let complaint = String::from_utf8_lossy(&complaint).into_owned();
    Ok((status.success(), secret, complaint))
}
