//! What people and programs see. stdout is data, stderr is talk; this is the only place that prints.

pub(crate) mod clean;
pub(crate) mod event;
pub(crate) mod pareto;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod table;

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::ColorWhen;
use crate::config::env::Env;
use crate::error::CliError;

/// The version of the JSON documents on stdout.
const VERSION: u32 = 1;

/// The form of the data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// One document.
    Json,
    /// One line for each event and one for the end.
    Jsonl,
}

/// Puts colour on words, or leaves them alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.on {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// What went well.
    pub(crate) fn good(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What went wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    /// What deserves a look.
    pub(crate) fn warn(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What matters most.
    pub(crate) fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What matters least.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }
}

/// Where everything is printed.
#[derive(Debug)]
pub(crate) struct Output {
    /// Colours on stdout.
    pub(crate) paint: Paint,
    /// Colours on stderr.
    pub(crate) talk_paint: Paint,
    /// The form of the data.
    pub(crate) form: Form,
    /// Whether only errors are talked about.
    pub(crate) is_quiet: bool,
    /// Whether progress may redraw its line on stderr.
    pub(crate) is_live: bool,
    /// How many columns the terminal has.
    pub(crate) width: usize,
    /// Whether writing to stdout failed.
    is_broken: Cell<bool>,
    /// Whether it failed although somebody was there to read.
    has_lost: Cell<bool>,
}

impl Output {
    /// Looks at the terminal and makes an output.
    pub(crate) fn new(when: ColorWhen, form: Form, is_quiet: bool, env: &Env) -> Self {
        let on = |is_terminal: bool| match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_terminal && !env.is_dumb(),
        };
        let talk_is_terminal = std::io::stderr().is_terminal();
        Self {
            paint: Paint {
                on: on(std::io::stdout().is_terminal()),
            },
            talk_paint: Paint {
                on: on(talk_is_terminal),
            },
            form,
            is_quiet,
            is_live: talk_is_terminal && !env.is_dumb() && !is_quiet,
            width: width(env),
            is_broken: Cell::new(false),
            has_lost: Cell::new(false),
        }
    }

    /// Prints data.
    ///
    /// Nobody reading is no error: `venom log last | head` ends when `head` has enough.
    pub(crate) fn data(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.write(|stdout| write!(stdout, "{text}{end}"));
    }

    /// Prints data as it is, without a line's end of its own.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.write(|stdout| stdout.write_all(bytes));
    }

    fn write(&self, work: impl FnOnce(&mut std::io::StdoutLock<'_>) -> std::io::Result<()>) {
        if self.is_broken.get() {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        if let Err(error) = work(&mut stdout).and_then(|()| stdout.flush()) {
            self.is_broken.set(true);
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                self.has_lost.set(true);
                self.error(&CliError::new(
                    crate::exit::Exit::Failed,
                    format!("cannot write to standard output: {error}"),
                ));
            }
        }
    }

    /// Returns standard output for data that is no text.
    #[expect(
        clippy::unused_self,
        reason = "whoever writes there has an output, as for everything else"
    )]
    pub(crate) fn sink(&self) -> impl std::io::Write + use<> {
        std::io::stdout().lock()
    }

    /// Tells whether somebody still reads the data.
    pub(crate) fn is_read(&self) -> bool {
        !self.is_broken.get()
    }

    /// Tells whether data was lost that somebody wanted.
    pub(crate) fn has_lost(&self) -> bool {
        self.has_lost.get()
    }

    /// Prints one JSON document of a kind.
    pub(crate) fn document(&self, kind: &str, data: impl Serialize) {
        let data = serde_json::to_value(data).unwrap_or_else(|error| json!(error.to_string()));
        self.json(&json!({"version": VERSION, "kind": kind, "data": data}));
    }

    /// Prints an event as one line.
    pub(crate) fn event_line(&self, envelope: &venom_kernel::event::Envelope) {
        let mut line = serde_json::to_value(envelope).unwrap_or_default();
        if let Some(line) = line.as_object_mut() {
            line.insert("v".to_owned(), VERSION.into());
        }
        self.json(&line);
    }

    fn json(&self, value: &Value) {
        // One line: easy to cut, to keep and to pipe into a tool that makes it pretty.
        self.data(&value.to_string());
    }

    /// Says something on stderr, unless quiet is wanted.
    pub(crate) fn talk(&self, text: &str) {
        if !self.is_quiet {
            raw_talk(&format!("{text}\n"));
        }
    }

    /// Writes on stderr exactly what is given, without an end of line: for prompts and for lines
    /// that are drawn again.
    pub(crate) fn draw(&self, text: &str) {
        if self.is_live || !self.is_quiet {
            raw_talk(text);
        }
    }

    /// Warns on stderr.
    pub(crate) fn warning(&self, text: &str) {
        let text = clean::block(text);
        self.talk(&format!("{} {text}", self.talk_paint.warn("warning:")));
    }

    /// Shows an error: on stderr for people, and as the document on stdout for programs.
    pub(crate) fn error(&self, error: &CliError) {
        if error.is_silent {
            return;
        }
        let message = clean::block(&error.message);
        raw_talk(&format!("{} {message}\n", self.talk_paint.bad("error:")));
        if let Some(hint) = &error.hint {
            raw_talk(&format!("  hint: {}\n", clean::block(hint)));
        }
        if self.form != Form::Text {
            self.json(&error_document(error));
        }
    }
}

/// Returns the document about an error.
pub(crate) fn error_document(error: &CliError) -> Value {
    json!({
        "version": VERSION,
        "kind": "error",
        "error": {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "exit_code": error.exit.code(),
        },
    })
}

/// Nobody can be told that stderr is gone.
pub(crate) fn raw_talk(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints what was wrong before there were settings: usage errors and help.
pub(crate) fn plain(text: &str, is_data: bool) {
    if is_data {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    } else {
        raw_talk(text);
    }
}

fn width(env: &Env) -> usize {
    let asked = rustix::termios::tcgetwinsize(std::io::stderr())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0);
    let told = env.get("COLUMNS").and_then(|columns| columns.parse().ok());
    // 80 is what every terminal has had since they were made of glass.
    asked.or(told).unwrap_or(80).clamp(40, 400)
}
