//! A command with a terminal: the user's own is made raw and carries bytes both ways.
//!
//! What the command prints steers the user's terminal, as it does on any other machine that somebody
//! logs in to; that is what a terminal is asked for. The command never gets the user's terminal itself,
//! but one of the sandbox, so that it can neither type into it nor change how it works. Whatever ends
//! this, except a kill that no program sees, the terminal is put back as it was.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use venom_exec::cell::WindowSize;
use venom_exec::sandbox::Confined;
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Command, Executor as _, Finished};
use venom_ports::session::Size;

use crate::cli::attend::Signals;
use crate::error::CliError;
use crate::exit::Exit;

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// How long is waited for the last bytes of a command that has ended.
const LAST_BYTES: Duration = Duration::from_millis(500);

/// Refuses to begin where there is no terminal to be had.
pub(super) fn check() -> Result<(), CliError> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(
        CliError::usage("`--tty` needs a terminal, and input or output is none")
            .hint("leave `--tty` out to use pipes"),
    )
}

/// Runs a command to its end; a signal to this process ends it.
pub(super) async fn run(
    cell: &Arc<Confined>,
    command: &Command,
    signals: &mut Signals,
) -> Result<Finished, CliError> {
    let began = Instant::now();
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("the terminal cannot be used: {error}"),
        )
    };
    let mut resized = signal(SignalKind::window_change()).map_err(failed)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(failed)?;
    let mut quit = signal(SignalKind::quit()).map_err(failed)?;
    let size = size().map_err(failed)?;
    let mut running = cell.start(command, Some(size)).await?;
    let terminal = running.terminal.as_ref().map(OwnedFd::try_clone);
    let terminal = terminal.transpose().map_err(failed)?;
    let terminal = File::from(
        terminal.ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::NotFound)))?,
    );
    let input = terminal.try_clone().map_err(failed)?;
    let raw = Raw::enter().map_err(failed)?;
    let (over, is_over) = oneshot::channel();
    let thread = || std::thread::Builder::new().name("venom-terminal".to_owned());
    thread()
        .spawn(move || {
            show(terminal);
            // Whoever waited may have gone.
            let _ = over.send(());
        })
        .map_err(failed)?;
    // It reads until the process ends: nobody can take a read of a terminal back.
    thread().spawn(move || feed(input)).map_err(failed)?;
    let exit = loop {
        tokio::select! {
            biased;
            exit = cell.finish(&mut running) => break exit?,
            _ = signals.next() => running.kill(),
            _ = hung_up.recv() => running.kill(),
            _ = quit.recv() => running.kill(),
            _ = resized.recv() => {
                if let Ok(size) = self::size() {
                    let size = WindowSize { rows: size.rows, columns: size.columns };
                    if let Err(error) = running.resize(size) {
                        tracing::debug!(%error, "the terminal was not resized");
                    }
                }
            }
        }
    };
    let _cut = tokio::time::timeout(LAST_BYTES, is_over).await;
    drop(raw);
    Ok(Finished {
        exit,
        stdout: Captured::default(),
        stderr: Captured::default(),
        took: Millis::new(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)),
        tier: cell.tier(),
    })
}

/// Returns the size of the user's terminal.
fn size() -> std::io::Result<Size> {
    let size = tcgetwinsize(std::io::stdout())?;
    Ok(Size {
        rows: size.ws_row.max(1),
        columns: size.ws_col.max(1),
    })
}

/// Shows what the command prints until its terminal is closed.
fn show(mut from: File) {
    let mut to = std::io::stdout();
    let mut chunk = vec![0; CHUNK];
    // The outer side of a terminal gives an error when nobody has the inner one any more.
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let bytes = chunk.get(..count).unwrap_or_default();
        let _unread = to.write_all(bytes).and_then(|()| to.flush());
    }
}

/// Passes on what is typed.
fn feed(mut to: File) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = std::io::stdin().read(&mut chunk) {
        let bytes = chunk.get(..count).unwrap_or_default();
        if to.write_all(bytes).is_err() {
            break;
        }
    }
}

/// The user's terminal in raw mode; dropping it puts it back, also when something panics.
struct Raw(Termios);

impl Raw {
    fn enter() -> std::io::Result<Self> {
        let before = tcgetattr(std::io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Drain, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0) {
            tracing::warn!(%error, "the terminal was not put back");
        }
    }
}
