//! The text that Prometheus reads: families of figures, each with its kind and a sentence about it.

use std::fmt::{Display, Write as _};

/// What kind of figures a family holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They only grow.
    Counter,
    /// They come and go.
    Gauge,
    /// They are sorted into ranges.
    Histogram,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A page that is written from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    /// Begins a family. Its figures come right after it.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = kind.name();
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self.family = name;
    }

    /// Writes a figure of the family.
    pub(super) fn sample(&mut self, ending: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{ending}", self.family);
        for (number, (name, text)) in labels.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{name}=\"{}\"", escaped(text));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    /// Writes how many were not above a bound.
    pub(super) fn bucket(&mut self, labels: &[(&str, &str)], bound: &str, count: u64) {
        let mut all = labels.to_vec();
        all.push(("le", bound));
        self.sample("_bucket", &all, count);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Writes a number of thousandths, such as `0.1` for 100.
pub(super) fn thousandths(number: u64) -> String {
    decimal(number, 1_000, 3)
}

/// Writes a number of millionths.
pub(super) fn millionths(number: u64) -> String {
    decimal(number, 1_000_000, 6)
}

fn decimal(number: u64, parts: u64, digits: usize) -> String {
    let (whole, rest) = (number / parts, number % parts);
    if rest == 0 {
        return whole.to_string();
    }
    let rest = format!("{rest:0digits$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}
