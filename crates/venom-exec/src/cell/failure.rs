//! A step of making a cell or a command that failed, with the kernel's reason.

use std::io;

use super::wire::{Reader, Writer};

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// What was being done, for people.
    pub(super) step: String,
    /// The kernel's number for the reason; zero if the reason is not the kernel's.
    pub(super) errno: i32,
    /// The reason in words.
    pub(super) reason: String,
}

pub(super) type Step<T> = Result<T, Failed>;

impl Failed {
    pub(super) fn new(step: impl Into<String>, error: &io::Error) -> Self {
        Self {
            step: step.into(),
            errno: error.raw_os_error().unwrap_or(0),
            reason: error.to_string(),
        }
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.bytes(self.step.as_bytes())
            .u32(self.errno.cast_unsigned())
            .bytes(self.reason.as_bytes());
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> io::Result<Self> {
        Ok(Self {
            step: r.text()?,
            errno: r.u32()?.cast_signed(),
            reason: r.text()?,
        })
    }
}

/// Names the step that a result belongs to.
pub(super) trait At<T> {
    fn at(self, step: &str) -> Step<T>;
    fn at_path(self, step: &str, path: &std::path::Path) -> Step<T>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, step: &str) -> Step<T> {
        self.map_err(|error| Failed::new(step, &error.into()))
    }

    fn at_path(self, step: &str, path: &std::path::Path) -> Step<T> {
        self.map_err(|error| Failed::new(format!("{step} `{}`", path.display()), &error.into()))
    }
}
