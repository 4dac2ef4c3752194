//! A choice in words, for people who ask why.

use std::fmt;

use super::{Because, Choice, Figures};
use crate::model::Privacy;
use crate::money::MicroUsd;

impl Choice {
    /// Explains the choice, a line for each model: the front with what was expected and drawn, those
    /// that were dropped and why, the order of the fallbacks, and the word that makes it again.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} {}", self.model, self.because)];
        for ranked in &self.front {
            let place = match ranked.privacy {
                Privacy::Local => "local",
                Privacy::Cloud => "cloud",
            };
            lines.push(format!(
                "  {} ({place}): expected {}; drawn {}; worth {}",
                ranked.model,
                ranked.expected,
                ranked.drawn,
                signed(ranked.score)
            ));
        }
        for dropped in &self.dropped {
            lines.push(format!("  {}: {}", dropped.model, dropped.reason));
        }
        if !self.fallbacks.is_empty() {
            let names: Vec<&str> = self.fallbacks.iter().map(super::ModelId::as_str).collect();
            lines.push(format!("  if it fails: {}", names.join(", ")));
        }
        lines.push(format!("  drawn from the word {:016x}", self.word));
        lines
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned => f.write_str("was asked for by name"),
            Self::Alone => f.write_str("is the only one to choose from"),
            Self::Drawn { before, by } => {
                write!(f, "is worth {} more than {before}", MicroUsd::new(*by))
            }
        }
    }
}

impl fmt::Display for Figures {
    /// Prints success in per cent with one place, cost and time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.quality / 1_000;
        write!(
            f,
            "{}.{} % for {} in {}",
            tenths / 10,
            tenths % 10,
            self.cost,
            self.took
        )
    }
}

fn signed(micros: i64) -> String {
    let amount = MicroUsd::new(micros.unsigned_abs());
    if micros < 0 {
        format!("-{amount}")
    } else {
        amount.to_string()
    }
}
