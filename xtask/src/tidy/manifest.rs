//! One crate's manifest: its dependencies with kind and line, whichever table they stand in.

use toml::{Table, Value};

/// Which of cargo's three dependency tables an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Normal, Self::Build, Self::Dev];

    fn table(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Dev => "dev-dependencies",
        }
    }
}

/// One entry of a dependency table.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A parsed `Cargo.toml` that remembers its text, because findings need lines.
pub(crate) struct Manifest<'a> {
    text: &'a str,
    table: Table,
}

impl<'a> Manifest<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let table = text
            .parse::<Table>()
            .map_err(|error| error.message().to_owned())?;
        Ok(Self { text, table })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn package_name(&self) -> Option<&str> {
        self.table.get("package")?.get("name")?.as_str()
    }

    /// Every dependency, those that hold for one target only included.
    pub(crate) fn dependencies(&self) -> Vec<Dependency> {
        let mut found = Vec::new();
        self.collect(&self.table, &mut found);
        let targets = self.table.get("target").and_then(Value::as_table);
        for target in targets.into_iter().flat_map(Table::values) {
            if let Some(table) = target.as_table() {
                self.collect(table, &mut found);
            }
        }
        found
    }

    fn collect(&self, table: &Table, found: &mut Vec<Dependency>) {
        for kind in Kind::ALL {
            let Some(entries) = table.get(kind.table()).and_then(Value::as_table) else {
                continue;
            };
            for (name, value) in entries {
                let line = line_of(self.text, kind.table(), name);
                found.push(Dependency {
                    name: name.clone(),
                    kind,
                    line,
                    value: value.clone(),
                });
            }
        }
    }
}

/// The line of `key` in the table whose header ends with `table`, or 1 when it is written in a way not foreseen here.
pub(crate) fn line_of(text: &str, table: &str, key: &str) -> usize {
    let mut is_inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default();
            let mut parts = header.rsplit('.');
            let last = parts.next().unwrap_or_default();
            is_inside = last == table;
            if last == key && parts.next() == Some(table) {
                return index + 1;
            }
        } else if is_inside
            && line
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
        {
            return index + 1;
        }
    }
    1
}
