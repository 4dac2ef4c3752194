//! What somebody types: through a line editor on a terminal, and line by line without one.

use std::io::{BufRead as _, Read as _};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{Config, Editor};

use crate::cli::attend::{Caught, Signals};
use crate::cli::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The longest line that is read. The engine says what is too long for a goal.
const LONGEST: u64 = 64 << 10;
/// How many lines can be called back. Chosen: what people look for lies a few screens back.
const HISTORY: usize = 500;

type Lines = Editor<(), MemHistory>;

/// What came instead of a line.
#[derive(Debug)]
pub(super) enum Instead {
    /// Ctrl-C.
    Interrupted,
    /// Nothing more will come.
    End,
    /// The process is to end.
    Terminated,
}

/// Reads lines.
pub(super) struct Reader {
    /// The editor, unless it is being used or there is no terminal.
    editor: Option<Box<Lines>>,
    is_terminal: bool,
    /// How the terminal was, for a reader that is left alone in the middle of a line.
    before: Option<Termios>,
}

impl Reader {
    /// Makes a reader. What was said earlier can be called back; nothing is kept in a file.
    pub(super) fn new(context: &Context, earlier: &[String]) -> Result<Self, CliError> {
        if !context.is_interactive {
            return Ok(Self {
                editor: None,
                is_terminal: false,
                before: None,
            });
        }
        let failed = |error: ReadlineError| {
            CliError::new(Exit::Failed, format!("cannot use the terminal: {error}"))
        };
        let config = Config::builder()
            .max_history_size(HISTORY)
            .map_err(failed)?
            .auto_add_history(false)
            .build();
        let history = MemHistory::with_config(&config);
        let mut editor = Lines::with_history(config, history).map_err(failed)?;
        for line in earlier {
            editor.history_mut().add(line).map_err(failed)?;
        }
        Ok(Self {
            editor: Some(Box::new(editor)),
            is_terminal: true,
            before: tcgetattr(std::io::stdin()).ok(),
        })
    }

    /// Tells whether somebody sits at a terminal.
    pub(super) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Reads a line while listening for signals.
    pub(super) async fn line(
        &mut self,
        mark: &str,
        signals: &mut Signals,
    ) -> Result<String, Instead> {
        let mark = mark.to_owned();
        let mut editor = self.editor.take();
        // A thread of its own: a read cannot be cancelled, and the process does not wait for it when it
        // ends.
        let read = tokio::task::spawn_blocking(move || {
            let typed = match &mut editor {
                Some(editor) => edited(editor, &mark),
                None => piped(),
            };
            (editor, typed)
        });
        tokio::select! {
            read = read => match read {
                Ok((editor, typed)) => {
                    self.editor = editor;
                    typed
                }
                Err(_panicked) => Err(Instead::End),
            },
            caught = signals.next() => {
                self.restore();
                Err(match caught {
                    Caught::Interrupt => Instead::Interrupted,
                    Caught::Terminate => Instead::Terminated,
                })
            }
        }
    }

    fn restore(&self) {
        if let Some(before) = &self.before {
            // There is nobody left to tell.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

fn edited(editor: &mut Lines, mark: &str) -> Result<String, Instead> {
    match editor.readline(mark) {
        Ok(line) => {
            if !line.trim().is_empty() {
                // A line that cannot be called back was said all the same.
                let _ = editor.add_history_entry(line.as_str());
            }
            Ok(line)
        }
        Err(ReadlineError::Interrupted) => Err(Instead::Interrupted),
        Err(error) => {
            if !matches!(error, ReadlineError::Eof) {
                tracing::warn!(%error, "the terminal cannot be read");
            }
            Err(Instead::End)
        }
    }
}

fn piped() -> Result<String, Instead> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_until(b'\n', &mut bytes);
    match read {
        Ok(0) | Err(_) => Err(Instead::End),
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
