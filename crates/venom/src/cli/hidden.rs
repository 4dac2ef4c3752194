//! Reading what must not be seen: from a terminal without showing it, or from a pipe.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The most bytes that are read. Chosen: a private key fits.
const LONGEST: u64 = 64 << 10;

/// What Ctrl-C sends. The terminal does not act on it while nothing is shown: the process would end
/// and leave the terminal silent.
const CTRL_C: u8 = 3;

/// Shows again what is typed.
struct Shown {
    before: Termios,
}

impl Drop for Shown {
    fn drop(&mut self) {
        // The terminal may be gone; then there is nothing to restore.
        let _gone = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
    }
}

/// Asks on the terminal; `None` if nothing was typed.
pub(super) fn ask(context: &Context, mark: &str) -> Result<Option<Zeroizing<String>>, CliError> {
    let failed = |error: std::io::Error| {
        CliError::new(Exit::Failed, format!("cannot ask on the terminal: {error}"))
            .hint("pipe the value into the command")
    };
    let before = tcgetattr(std::io::stdin()).map_err(|error| failed(error.into()))?;
    let mut silent = before.clone();
    silent.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent)
        .map_err(|error| failed(error.into()))?;
    let shown = Shown { before };
    context.out.draw(mark);
    let mut line = Zeroizing::new(Vec::new());
    let read = std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_until(b'\n', &mut line);
    drop(shown);
    context.out.draw("\n");
    read.map_err(failed)?;
    if line.contains(&CTRL_C) {
        return Err(CliError::killed());
    }
    text(&line)
}

/// Asks twice for something new.
pub(super) fn ask_new(context: &Context, mark: &str) -> Result<Zeroizing<String>, CliError> {
    let empty = || CliError::usage("nothing was typed");
    let first = ask(context, mark)?.ok_or_else(empty)?;
    let second = ask(context, "Once more: ")?.ok_or_else(empty)?;
    if first == second {
        Ok(first)
    } else {
        Err(CliError::usage("the two are not the same"))
    }
}

/// Reads a value: from the terminal if there is one, else all of the standard input.
pub(super) fn value(context: &Context, mark: &str) -> Result<Zeroizing<String>, CliError> {
    let read = if std::io::stdin().is_terminal() {
        if !context.is_interactive {
            return Err(CliError::usage("nothing may be asked here")
                .hint("pipe the value into the command"));
        }
        ask(context, mark)?
    } else {
        let mut bytes = Zeroizing::new(Vec::new());
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| {
                CliError::new(Exit::Failed, format!("cannot read the value: {error}"))
            })?;
        if bytes.len() as u64 > LONGEST {
            let text = format!("a value has at most {} KiB", LONGEST >> 10);
            return Err(CliError::usage(text));
        }
        text(&bytes)?
    };
    read.ok_or_else(|| {
        CliError::usage("there is no value on the standard input")
            .hint("for example `venom keys set NAME < FILE`")
    })
}

/// Returns the text without the line break at its end; `None` for nothing.
fn text(bytes: &[u8]) -> Result<Option<Zeroizing<String>>, CliError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_binary| CliError::usage("the value is not UTF-8 text"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    Ok((!text.is_empty()).then(|| Zeroizing::new(text.to_owned())))
}
