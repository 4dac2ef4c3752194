//! Symbols: what a name that is no path may mean in a workspace.

use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::workspace::Files;

/// A name as somebody says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The name, with what it stands in if that was said: `Cart`, `Cart.total`, `shop::cart`.
    pub name: String,
    /// What it is said to be.
    pub sort: Option<Sort>,
}

/// What a name is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// A module, a package or a file.
    Module,
    /// A class, a struct, a trait, an enumeration.
    Type,
    /// A function, a method or a macro.
    Function,
    /// The tests of something.
    Tests,
}

/// Something that a name may mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// The file, from the root of the workspace.
    pub path: String,
    /// The line of the name, from 1.
    pub line: u32,
    /// Its name with those of what it stands in.
    pub name: String,
    /// What people call such a thing: `class`, `function`, `module`, `tests`.
    pub kind: String,
}

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What it may mean, by path.
    pub found: Vec<Named>,
    /// Names that look like it, where it means nothing.
    pub near: Vec<String>,
}

/// Knows what is defined where.
#[async_trait]
pub trait Symbols: Send + Sync {
    /// Says what a name may mean in the workspace at a root, whose files are given. What is known is
    /// looked at first; the workspace is read where nothing is known, or where it has changed since.
    async fn find(&self, files: &dyn Files, root: &Path, said: &Said) -> Result<Known>;
}

/// Knows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSymbols;

#[async_trait]
impl Symbols for NoSymbols {
    async fn find(&self, _files: &dyn Files, _root: &Path, _said: &Said) -> Result<Known> {
        Ok(Known::default())
    }
}
