//! All that the terminal UI knows. Nothing here waits for anything.

use std::collections::BTreeSet;

use venom_kernel::id::RunId;
use venom_kernel::model::ModelInfo;
use venom_kernel::skill::SkillManifest;
use venom_kernel::time::Timestamp;
use venom_ports::projection::RunRow;

use crate::look::{Look, Role};
use crate::words::Words;

pub(crate) mod detail;
pub(crate) mod dialog;
pub(crate) mod editor;
pub(crate) mod recall;
pub(crate) mod sight;

use detail::Detail;
use dialog::Dialog;
use editor::{Compose, Line};
use recall::{Learnt, Recall};
use sight::Sight;

/// A part of the screen that can be worked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Panel {
    Runs,
    Plan,
    Detail,
    Asks,
    Compose,
}

impl Panel {
    pub(crate) const ALL: [Self; 5] = [
        Self::Runs,
        Self::Plan,
        Self::Detail,
        Self::Asks,
        Self::Compose,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Plan => "Plan",
            Self::Detail => "Detail",
            Self::Asks => "Asks",
            Self::Compose => "New run",
        }
    }

    pub(crate) fn number(self) -> usize {
        1 + Self::ALL
            .iter()
            .position(|panel| *panel == self)
            .unwrap_or(0)
    }
}

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// Runs and the one that is looked at.
    Runs,
    /// Models that can be called.
    Models,
    /// Skills of this build.
    Skills,
    /// Agents of the run that is looked at.
    Agents,
    /// What was said and done.
    Memory,
    /// What is known of models for a kind of work.
    Router,
}

impl Page {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Models => "Models",
            Self::Skills => "Skills",
            Self::Agents => "Agents",
            Self::Memory => "Memory",
            Self::Router => "Router",
        }
    }
}

/// Something to be said in passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) role: Role,
    pub(crate) text: String,
    /// When it was said.
    pub(crate) since: Timestamp,
}

/// How long a note stands. Chosen: two sentences are read in less.
pub(crate) const NOTE_STANDS: u64 = 8_000;

/// All that is known.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) look: Look,
    pub(crate) words: Words,
    /// The folder that runs are started in.
    pub(crate) folder: String,
    pub(crate) size: (u16, u16),
    pub(crate) now: Timestamp,
    pub(crate) page: Page,
    pub(crate) panel: Panel,
    /// Whether the panel that is worked in fills the screen.
    pub(crate) is_zoomed: bool,
    pub(crate) rows: Vec<RunRow>,
    pub(crate) is_listed: bool,
    pub(crate) filter: Option<Line>,
    /// Whether the filter is being typed.
    pub(crate) is_filtering: bool,
    pub(crate) selected: Option<RunId>,
    /// The run that is looked at.
    pub(crate) sight: Option<Sight>,
    /// Counts what is followed, so that late news of another run are known as such.
    pub(crate) following: u64,
    pub(crate) detail: Detail,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) compose: Compose,
    pub(crate) note: Option<Note>,
    /// Runs that this process works on.
    pub(crate) ours: BTreeSet<RunId>,
    /// Whether they go on when this process ends.
    pub(crate) is_far: bool,
    /// The position in the list of a page.
    pub(crate) place: usize,
    pub(crate) models: Vec<ModelInfo>,
    pub(crate) skills: Vec<SkillManifest>,
    pub(crate) recall: Recall,
    pub(crate) learnt: Learnt,
    /// Whether questions and approvals that come are put before the user at once.
    pub(crate) asks_at_once: bool,
}

/// What a model begins with.
pub(crate) struct Beginning {
    pub(crate) look: Look,
    pub(crate) words: Words,
    pub(crate) folder: String,
    pub(crate) size: (u16, u16),
    pub(crate) now: Timestamp,
    pub(crate) models: Vec<ModelInfo>,
    pub(crate) skills: Vec<SkillManifest>,
    /// The run that is looked at first; the newest one if none is named.
    pub(crate) run: Option<RunId>,
    pub(crate) is_far: bool,
}

impl Model {
    pub(crate) fn new(beginning: Beginning) -> Self {
        Self {
            look: beginning.look,
            words: beginning.words,
            folder: beginning.folder,
            size: beginning.size,
            now: beginning.now,
            page: Page::Runs,
            panel: Panel::Runs,
            is_zoomed: false,
            rows: Vec::new(),
            is_listed: false,
            filter: None,
            is_filtering: false,
            selected: beginning.run,
            sight: None,
            following: 0,
            detail: Detail::default(),
            dialog: None,
            compose: Compose::default(),
            note: None,
            ours: BTreeSet::new(),
            is_far: beginning.is_far,
            place: 0,
            models: beginning.models,
            skills: beginning.skills,
            recall: Recall::default(),
            learnt: Learnt::default(),
            asks_at_once: true,
        }
    }

    /// Returns the runs that the filter lets through.
    pub(crate) fn shown_rows(&self) -> Vec<&RunRow> {
        let wanted = self
            .filter
            .as_ref()
            .map(|line| line.text().to_lowercase())
            .unwrap_or_default();
        self.rows
            .iter()
            .filter(|row| wanted.is_empty() || matches(row, &wanted))
            .collect()
    }

    /// Returns the position of the selected run among those that are shown.
    pub(crate) fn selected_row(&self) -> usize {
        self.shown_rows()
            .iter()
            .position(|row| Some(row.run) == self.selected)
            .unwrap_or(0)
    }

    /// Tells whether the keys that are pressed are text.
    pub(crate) fn is_typing(&self) -> bool {
        match &self.dialog {
            Some(dialog) => dialog.is_typing(),
            None if self.page == Page::Memory => self.recall.is_typing,
            None => self.is_filtering || self.panel == Panel::Compose,
        }
    }

    pub(crate) fn say(&mut self, role: Role, text: impl Into<String>) {
        self.note = Some(Note {
            role,
            text: text.into(),
            since: self.now,
        });
    }
}

/// Tells whether a run fits what is looked for: a word of its goal, its status, its folder or its id.
fn matches(row: &RunRow, wanted: &str) -> bool {
    let status = row.status.to_string();
    wanted.split_whitespace().all(|word| {
        row.goal.to_lowercase().contains(word)
            || status.contains(word)
            || row.workspace.to_lowercase().contains(word)
            || row.run.to_string().to_lowercase().contains(word)
    })
}
