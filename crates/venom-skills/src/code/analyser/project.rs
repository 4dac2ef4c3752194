//! What one file of a project says about the others: which database drivers it imports.
//!
//! A query is as a rule run in another file than the one that opens the connection. How its
//! parameters are written is known all the same where the whole project has one driver.

use std::collections::BTreeSet;
use std::path::Path;

use super::read;

/// What a driver writes for a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    /// `?`
    Question,
    /// `%s`, and a doubled `%` for a single one.
    Percent,
    /// A database, but its parameters are not written in a way the imports show.
    Other,
}

/// The libraries that speak to databases, by how they write parameters.
pub(super) const LIBRARIES: [(&[&str], Driver); 3] = [
    (&["sqlite3", "aiosqlite", "pysqlite2"], Driver::Question),
    (
        &[
            "psycopg2",
            "psycopg",
            "MySQLdb",
            "pymysql",
            "mysql.connector",
            "django.db",
        ],
        Driver::Percent,
    ),
    (
        &[
            "sqlalchemy",
            "asyncpg",
            "databases",
            "peewee",
            "flask_sqlalchemy",
            "cx_Oracle",
            "oracledb",
            "pyodbc",
            "duckdb",
            "pandas",
            "tortoise",
            "aiomysql",
            "aiopg",
            "snowflake.connector",
        ],
        Driver::Other,
    ),
];

/// Libraries that in any file of a project leave open what runs its queries.
const DOUBTS: &[&str] = &[
    "apsw",
    "clickhouse_driver",
    "dataset",
    "django",
    "fdb",
    "google.cloud.bigquery",
    "ibm_db",
    "jaydebeapi",
    "mariadb",
    "pg8000",
    "pony",
    "prestodb",
    "pyhive",
    "pymssql",
    "records",
    "redshift_connector",
    "sqlcipher3",
    "sqlmodel",
    "trino",
    "turbodbc",
    "vertica_python",
];

/// Roots of names that only carry what the project has put there.
const CARRIERS: &[&str] = &["flask", "quart"];

/// What is known about a project besides the file that is analysed.
///
/// Nothing at first; [`ProjectFacts::read`] takes in one file after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFacts {
    /// The libraries for databases that any file imports.
    drivers: BTreeSet<&'static str>,
    /// The names under which the project's own files can be imported.
    modules: BTreeSet<String>,
    /// Whether a file could not be read, which may import anything.
    is_incomplete: bool,
}

impl ProjectFacts {
    /// Takes in what a file of the project imports.
    pub fn read(&mut self, path: &str, text: &str) {
        for part in path.split('/') {
            let stem = Path::new(part).file_stem().and_then(|stem| stem.to_str());
            self.modules.extend(stem.map(str::to_owned));
        }
        let mut names: Vec<&'static str> = LIBRARIES
            .iter()
            .flat_map(|(list, _)| list.iter().copied())
            .chain(DOUBTS.iter().copied())
            // What another file imports is known; most files mention nothing else.
            .filter(|name| !self.drivers.contains(name) && is_mentioned(text, name))
            .collect();
        if names.is_empty() {
            return;
        }
        // A text that mentions an import in its prose imports nothing; where it cannot be parsed
        // the mention counts.
        let imported = read(path, &Self::default(), text, |reading| {
            names.retain(|name| reading.module.imports_library(name));
        });
        if imported.is_err() {
            self.is_incomplete = true;
        }
        self.drivers.extend(names);
    }

    /// Takes in that a file could not be read.
    pub fn miss(&mut self) {
        self.is_incomplete = true;
    }

    /// The one driver of the project with the way it writes parameters, if there is one.
    pub(super) fn driver(&self) -> Option<(&'static str, Driver)> {
        let mut drivers = self.drivers.iter();
        let (Some(only), None) = (drivers.next(), drivers.next()) else {
            return None;
        };
        let (_, driver) = LIBRARIES.iter().find(|(list, _)| list.contains(only))?;
        let is_known = !self.is_incomplete && *driver != Driver::Other && *only != "django.db";
        is_known.then_some((*only, *driver))
    }

    /// Whether what a dotted name stands for may come from the project: a parameter, an attribute,
    /// or something that one of its files defines.
    pub(super) fn may_be_own(&self, name: &str) -> bool {
        let root = name.split(['.', '(', '[']).next().unwrap_or(name);
        root.is_empty()
            || root.starts_with('?')
            || CARRIERS.contains(&root)
            || self.modules.contains(root)
    }
}

/// Whether an import statement may name the library: cheap, and never too little.
fn is_mentioned(text: &str, library: &str) -> bool {
    let root = library.split('.').next().unwrap_or(library);
    let mut is_continued = false;
    text.contains(root)
        && text.lines().any(|line| {
            let may_be = line.contains(root) && (is_continued || line.contains("import"));
            is_continued = line.ends_with('\\');
            may_be
        })
}
