//! What a sandboxed command did to a workspace: found, checked, shown and committed.
//!
//! A command that runs over an overlay writes into the overlay's upper folder and leaves the
//! workspace alone. This module reads such a folder when the command is over: [`Delta::scan`] finds
//! the changes, [`check`] names those that must not reach the host, [`Delta::tally`] counts them,
//! [`Delta::hand_over`] gives them to the log, and [`commit`] applies them to the host.
//!
//! Everything in the upper folder is hostile: names, links, marks, sizes. It is read beneath a
//! descriptor without following a link, within bounds, and each file again only if it still is what
//! the scan saw. The host may be edited by its owner at any time: what differs from the
//! [`Baseline`], which is taken before the command starts, is a conflict and is left alone.
//!
//! The overlay has to be mounted with `userxattr` and without an index. The kernel then neither
//! makes nor follows redirects and metadata copies (`Documentation/filesystems/overlayfs.rst`), so
//! a mark of either kind is forged and refused: following one would copy what the sandbox hid. The
//! modes of the upper folder itself are its maker's and no part of the delta. Extended attributes,
//! access lists and hard links between files are not carried over.

mod baseline;
mod commit;
mod delta;
mod hand_over;
mod ignored;
mod marks;
mod names;
mod node;
mod replica;
mod resolve;
mod rules;
mod scan;
mod stage;
mod tree;

pub use self::baseline::Baseline;
pub use self::commit::{Clash, Conflict, Outcome, Point, commit, commit_observed};
pub use self::delta::{Delta, Entry, Role, Tally, Verb};
pub use self::hand_over::{Beyond, BeyondReason, HandOver, Omitted};
pub use self::marks::{Mark, Marked};
pub use self::names::shown;
pub use self::node::{Form, Node};
pub use self::replica::{Likeness, Replica};
pub use self::rules::{Cleared, Permit, Protected, Reason, Refusal, Rules, check};

/// How much a scan or a baseline takes in before it gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// Most files, folders and links.
    pub entries: usize,
    /// Most bytes of files in the upper folder, by their apparent size.
    pub bytes: u64,
    /// Deepest folder; what stands in the root has depth 1.
    pub depth: usize,
    /// Longest name in bytes.
    pub name: usize,
}

impl Default for Guards {
    /// Chosen: the most that a walk lists and a copy takes; deeper trees than 128 exceed what most
    /// tools can name; 255 is the longest name of common file systems.
    fn default() -> Self {
        Self {
            entries: 200_000,
            bytes: 4 << 30,
            depth: 128,
            name: 255,
        }
    }
}
