//! The list of skips that are expected, so that a test which stops running is noticed.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::tally::Skip;

/// Names of tests that may skip, each with its reason in the file.
#[derive(Debug)]
pub(crate) struct Allowed {
    names: Vec<String>,
}

impl Allowed {
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", file.display()))
    }

    /// One `name # reason` a line; a name may end in `*`. Lines that begin with `#` are prose.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut names = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((name, reason)) = line.split_once('#') else {
                bail!("line {}: say after a `#` why {line} may skip", index + 1);
            };
            if reason.trim().is_empty() {
                bail!("line {}: the reason is empty", index + 1);
            }
            names.push(name.trim().to_owned());
        }
        Ok(Self { names })
    }

    /// The skips nobody foresaw.
    pub(crate) fn unexpected<'a>(&self, skips: &'a [Skip]) -> Vec<&'a Skip> {
        let is_allowed = |skip: &Skip| {
            self.names.iter().any(|name| match name.strip_suffix('*') {
                Some(start) => skip.test.starts_with(start),
                None => skip.test == *name,
            })
        };
        skips.iter().filter(|skip| !is_allowed(skip)).collect()
    }
}
