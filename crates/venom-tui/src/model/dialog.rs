//! What stands before everything else until it is answered or put aside.

use venom_kernel::id::{RunId, Seq};
use venom_kernel::memory::episode::EpisodeId;
use venom_ports::api::time::RewindPreview;
use venom_ports::memory::episodes::Mark;

use super::editor::Line;
use super::sight::Ask;

/// A dialog.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dialog {
    /// All keys that do something now.
    Help { scroll: usize },
    /// All commands, by what is typed.
    Palette { line: Line, chosen: usize },
    /// Something that the run asks.
    Asked(Asked),
    /// Going back.
    Rewind(Rewind),
    /// Forking a run.
    Fork { run: RunId, at: Option<Seq> },
    /// Cancelling a run.
    Cancel { run: RunId },
    /// Marking an episode.
    Mark {
        id: EpisodeId,
        mark: Mark,
        text: String,
    },
    /// Bringing the state of a run back; whether it can be, once that is known.
    State {
        run: RunId,
        to: Seq,
        checked: Option<Result<(), String>>,
    },
    /// Leaving while runs are being worked on here.
    Leave,
}

/// A question or an approval that is before the user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    /// The choice that is looked at; behind the last one stands the user's own text.
    pub(crate) chosen: usize,
    pub(crate) choices: usize,
    pub(crate) line: Line,
    pub(crate) scroll: usize,
}

impl Asked {
    pub(crate) fn new(ask: Ask, choices: usize) -> Self {
        Self {
            ask,
            chosen: 0,
            choices,
            line: Line::default(),
            scroll: 0,
        }
    }

    /// Tells whether the user's own text is looked at.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self.ask, Ask::Question(_)) && self.chosen >= self.choices
    }
}

/// Going back, before it is done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rewind {
    pub(crate) run: RunId,
    pub(crate) to: Option<Seq>,
    /// Whether edits of others are overwritten.
    pub(crate) overwrites: bool,
    /// What it would do, once that is known.
    pub(crate) preview: Option<Result<Box<RewindPreview>, String>>,
    pub(crate) scroll: usize,
}

impl Dialog {
    /// Tells whether the keys that are pressed are text.
    pub(crate) const fn is_typing(&self) -> bool {
        match self {
            Self::Palette { .. } => true,
            Self::Asked(asked) => asked.is_own(),
            Self::Help { .. }
            | Self::Rewind(_)
            | Self::Fork { .. }
            | Self::Cancel { .. }
            | Self::Mark { .. }
            | Self::State { .. }
            | Self::Leave => false,
        }
    }
}
