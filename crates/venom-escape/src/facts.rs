//! What the driver prepared outside, as the probes are told: paths, process ids, ports, tokens.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use crate::probe::Stop;

/// No file of facts is larger; what is larger was not written by the driver.
const LARGEST: u64 = 1 << 20;

/// A flat table of names and values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    values: BTreeMap<String, Value>,
}

impl Facts {
    /// Reads the table from a file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path)?.len() > LARGEST {
            return Err(io::Error::other("the facts are too large to be ours"));
        }
        let text = std::fs::read_to_string(path)?;
        let values = serde_json::from_str::<BTreeMap<String, Value>>(&text)?;
        Ok(Self { values })
    }

    /// Writes the table to a file.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let map: Map<String, Value> = self.values.clone().into_iter().collect();
        std::fs::write(path, Value::Object(map).to_string())
    }

    /// Adds a fact.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// A fact that is text.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Stop> {
        let value = self.values.get(name).and_then(Value::as_str);
        value.ok_or_else(|| Stop::Absent(format!("the driver gave no {name}")))
    }

    /// A fact that is a number.
    pub(crate) fn number<N: TryFrom<i64>>(&self, name: &str) -> Result<N, Stop> {
        let value = self.values.get(name).and_then(Value::as_i64);
        value
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| Stop::Absent(format!("the driver gave no {name}")))
    }
}
