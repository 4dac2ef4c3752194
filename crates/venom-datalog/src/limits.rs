//! How much a database may hold and an evaluation may do.

use std::fmt;

/// The longest text of rules that is read, in bytes. Chosen: the rules of a person fit many times.
pub const MAX_TEXT: usize = 1 << 20;

/// The most values a fact may have. Chosen: a bi-temporal fact has seven.
pub const MAX_ARITY: usize = 16;

/// The most literals of one rule. Chosen: joins are evaluated by recursion, one frame a literal.
pub const MAX_LITERALS: usize = 64;

/// How deep expressions may nest, and how many operations one may have.
pub(crate) const MAX_NESTING: usize = 32;
pub(crate) const MAX_OPERATIONS: usize = 256;

/// The longest text that `concat` makes, in bytes; longer ones are undefined.
pub(crate) const MAX_MADE: usize = 1 << 16;

/// What may not grow without end. The defaults hold a million facts and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Facts, told and derived. Each takes `4 * values + 12` bytes and about 12 for each index.
    pub tuples: u32,
    /// Different values other than small integers. Each takes about 60 bytes and its letters.
    pub values: u32,
    /// Bytes of all texts and symbols.
    pub letters: u64,
    /// Rounds of a recursion.
    pub rounds: u32,
    /// Rows that one evaluation may look at: its processor time, about 20 ns each.
    pub work: u64,
    /// Facts that a proof may have to consider.
    pub proof: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tuples: 20_000_000,
            values: 10_000_000,
            letters: 1 << 30,
            rounds: 1_000_000,
            work: 2_000_000_000,
            proof: 1_000_000,
        }
    }
}

/// Names one of the [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::tuples`].
    Tuples,
    /// [`Limits::values`].
    Values,
    /// [`Limits::letters`].
    Letters,
    /// [`Limits::rounds`].
    Rounds,
    /// [`Limits::work`].
    Work,
    /// [`Limits::proof`].
    Proof,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tuples => "facts",
            Self::Values => "different values",
            Self::Letters => "bytes of text",
            Self::Rounds => "rounds",
            Self::Work => "rows looked at",
            Self::Proof => "facts of a proof",
        })
    }
}
