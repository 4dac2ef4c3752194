//! The one table of keys. Help, the palette, slash commands and the page in the documentation are made
//! from it; nothing else knows which key does what.

use std::fmt::Write as _;

/// Where a key does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Wherever keys are not text.
    Anywhere,
    /// In the list of runs.
    Runs,
    /// In the plan.
    Plan,
    /// In the detail.
    Detail,
    /// While something is asked.
    Asked,
    /// Before going back.
    Rewind,
    /// Where yes or no is expected.
    Confirm,
    /// While a goal is written.
    Compose,
    /// In the palette.
    Palette,
    /// In help and on pages.
    Reading,
    /// On the page of the memory.
    Memory,
    /// While it is written what is looked for in the memory.
    Search,
    /// On the page of the router.
    Router,
}

impl When {
    const ALL: [Self; 13] = [
        Self::Anywhere,
        Self::Runs,
        Self::Plan,
        Self::Detail,
        Self::Asked,
        Self::Rewind,
        Self::Confirm,
        Self::Compose,
        Self::Palette,
        Self::Reading,
        Self::Memory,
        Self::Search,
        Self::Router,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Anywhere",
            Self::Runs => "Runs",
            Self::Plan => "Plan",
            Self::Detail => "Detail",
            Self::Asked => "A question or an approval",
            Self::Rewind => "Going back",
            Self::Confirm => "Yes or no",
            Self::Compose => "New run",
            Self::Palette => "Commands",
            Self::Reading => "Help and pages",
            Self::Memory => "Memory",
            Self::Search => "What is looked for in the memory",
            Self::Router => "Router",
        }
    }
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Help,
    Palette,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
    Panel(u8),
    NextPanel,
    LastPanel,
    Zoom,
    Unzoom,
    Compose,
    Models,
    Skills,
    Agents,
    Memory,
    Router,
    Search,
    Pin,
    Forget,
    Back,
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    Filter,
    StepBack,
    StepForth,
    SnapshotBack,
    SnapshotForth,
    First,
    Live,
    NextTab,
    LastTab,
    Files,
    NextFile,
    LastFile,
    Asks,
    Pause,
    Resume,
    Cancel,
    Fork,
    Rewind,
    RewindState,
    Undo,
    Redo,
    Yes,
    No,
    Overwrite,
    Send,
    Newline,
    Complete,
    Choose(u8),
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) when: When,
    /// The keys, the most usual first.
    pub(crate) keys: &'static [&'static str],
    pub(crate) action: Action,
    /// The slash command; empty if there is none.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
}

const fn bind(
    when: When,
    keys: &'static [&'static str],
    action: Action,
    name: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        when,
        keys,
        action,
        name,
        help,
    }
}

/// All keys.
pub(crate) const TABLE: &[Binding] = &[
    bind(
        When::Anywhere,
        &["?", "F1"],
        Action::Help,
        "help",
        "what keys do here",
    ),
    bind(
        When::Anywhere,
        &[":", "Ctrl-p"],
        Action::Palette,
        "",
        "all commands, by name",
    ),
    bind(
        When::Anywhere,
        &["i", "n"],
        Action::Compose,
        "new",
        "write a goal for a new run",
    ),
    bind(
        When::Anywhere,
        &["1"],
        Action::Panel(1),
        "runs",
        "the list of runs",
    ),
    bind(When::Anywhere, &["2"], Action::Panel(2), "plan", "the plan"),
    bind(
        When::Anywhere,
        &["3"],
        Action::Panel(3),
        "detail",
        "the detail",
    ),
    bind(
        When::Anywhere,
        &["4"],
        Action::Panel(4),
        "asks",
        "what the run asks",
    ),
    bind(
        When::Anywhere,
        &["5"],
        Action::Panel(5),
        "",
        "the box for a new run",
    ),
    bind(
        When::Anywhere,
        &["Tab"],
        Action::NextPanel,
        "",
        "the next panel",
    ),
    bind(
        When::Anywhere,
        &["BackTab"],
        Action::LastPanel,
        "",
        "the panel before",
    ),
    bind(
        When::Anywhere,
        &["+", "="],
        Action::Zoom,
        "zoom",
        "let the panel fill the screen",
    ),
    bind(
        When::Anywhere,
        &["_"],
        Action::Unzoom,
        "",
        "show all panels again",
    ),
    bind(
        When::Anywhere,
        &["[", ","],
        Action::StepBack,
        "back",
        "one event back in time",
    ),
    bind(
        When::Anywhere,
        &["]", "."],
        Action::StepForth,
        "forth",
        "one event forth in time",
    ),
    bind(
        When::Anywhere,
        &["{"],
        Action::SnapshotBack,
        "",
        "back to the snapshot before",
    ),
    bind(
        When::Anywhere,
        &["}"],
        Action::SnapshotForth,
        "",
        "forth to the next snapshot",
    ),
    bind(
        When::Anywhere,
        &["<"],
        Action::First,
        "first",
        "the first event",
    ),
    bind(When::Anywhere, &[">"], Action::Live, "live", "what is now"),
    bind(
        When::Anywhere,
        &["a"],
        Action::Asks,
        "answer",
        "answer what the run asks: approve, deny, choose",
    ),
    bind(
        When::Anywhere,
        &["p"],
        Action::Pause,
        "pause",
        "let the run begin nothing new, or go on",
    ),
    bind(
        When::Anywhere,
        &["r"],
        Action::Resume,
        "resume",
        "go on with a run that nobody works on",
    ),
    bind(
        When::Anywhere,
        &["K"],
        Action::Cancel,
        "cancel",
        "end the run",
    ),
    bind(
        When::Anywhere,
        &["f"],
        Action::Fork,
        "fork",
        "a new run from the moment that is looked at",
    ),
    bind(
        When::Anywhere,
        &["R"],
        Action::Rewind,
        "rewind",
        "bring the files back to the moment that is looked at",
    ),
    bind(
        When::Anywhere,
        &["B"],
        Action::RewindState,
        "rewind-state",
        "let the run go on from the moment that is looked at; files stay",
    ),
    bind(
        When::Anywhere,
        &["u"],
        Action::Undo,
        "undo",
        "take back what the run did to the files",
    ),
    bind(
        When::Anywhere,
        &["U"],
        Action::Redo,
        "redo",
        "do again what was taken back last",
    ),
    bind(
        When::Anywhere,
        &["t"],
        Action::NextTab,
        "",
        "the next tab of the detail",
    ),
    bind(
        When::Anywhere,
        &["T"],
        Action::LastTab,
        "",
        "the tab before",
    ),
    bind(
        When::Anywhere,
        &["d"],
        Action::Files,
        "diff",
        "what the run changed in the files",
    ),
    bind(
        When::Anywhere,
        &["M"],
        Action::Models,
        "models",
        "the models that can be called",
    ),
    bind(
        When::Anywhere,
        &["S"],
        Action::Skills,
        "skills",
        "the skills and their actions",
    ),
    bind(
        When::Anywhere,
        &["A"],
        Action::Agents,
        "agents",
        "the agents of the run, what they may do and what they took",
    ),
    bind(
        When::Anywhere,
        &["m"],
        Action::Memory,
        "memory",
        "search what was said and done",
    ),
    bind(
        When::Anywhere,
        &["P"],
        Action::Router,
        "router",
        "which models are worth choosing from, and what is believed of them",
    ),
    bind(
        When::Anywhere,
        &["Esc"],
        Action::Back,
        "",
        "back: close, clear the filter, return to now",
    ),
    bind(When::Anywhere, &["q"], Action::Quit, "quit", "leave"),
    bind(
        When::Anywhere,
        &["Ctrl-c"],
        Action::Interrupt,
        "",
        "leave; again: leave at once",
    ),
    bind(
        When::Anywhere,
        &["Ctrl-z"],
        Action::Suspend,
        "",
        "back to the shell; `fg` returns",
    ),
    bind(
        When::Anywhere,
        &["Ctrl-l"],
        Action::Redraw,
        "",
        "draw everything anew",
    ),
    bind(When::Anywhere, &["j", "Down"], Action::Down, "", "down"),
    bind(When::Anywhere, &["k", "Up"], Action::Up, "", "up"),
    bind(
        When::Anywhere,
        &["PageDown", "Ctrl-d"],
        Action::PageDown,
        "",
        "a page down",
    ),
    bind(
        When::Anywhere,
        &["PageUp", "Ctrl-u"],
        Action::PageUp,
        "",
        "a page up",
    ),
    bind(
        When::Anywhere,
        &["g", "Home"],
        Action::Top,
        "",
        "the first line",
    ),
    bind(
        When::Anywhere,
        &["G", "End"],
        Action::Bottom,
        "",
        "the last line",
    ),
    bind(
        When::Anywhere,
        &["h", "Left"],
        Action::Left,
        "",
        "left: in the plan a step, in the detail a tab",
    ),
    bind(
        When::Anywhere,
        &["l", "Right"],
        Action::Right,
        "",
        "right: in the plan a step, in the detail a tab",
    ),
    bind(
        When::Anywhere,
        &["Enter"],
        Action::Open,
        "",
        "go into what is selected",
    ),
    bind(
        When::Runs,
        &["/"],
        Action::Filter,
        "filter",
        "show the runs that words fit",
    ),
    bind(
        When::Detail,
        &["N"],
        Action::LastFile,
        "",
        "the file before",
    ),
    bind(
        When::Detail,
        &["Space"],
        Action::NextFile,
        "",
        "the next file",
    ),
    bind(When::Asked, &["y"], Action::Yes, "", "approve"),
    bind(When::Asked, &["x"], Action::No, "", "deny"),
    bind(
        When::Asked,
        &["Enter"],
        Action::Send,
        "",
        "answer with what is selected",
    ),
    bind(
        When::Asked,
        &["1"],
        Action::Choose(1),
        "",
        "answer with the first choice; 2 to 9 likewise",
    ),
    bind(When::Asked, &["Esc"], Action::Back, "", "later"),
    bind(When::Rewind, &["y", "Enter"], Action::Yes, "", "do it"),
    bind(
        When::Rewind,
        &["o"],
        Action::Overwrite,
        "",
        "also overwrite what others changed since, or not",
    ),
    bind(When::Rewind, &["n", "Esc"], Action::Back, "", "do nothing"),
    bind(When::Confirm, &["y", "Enter"], Action::Yes, "", "yes"),
    bind(When::Confirm, &["n", "Esc"], Action::Back, "", "no"),
    bind(
        When::Compose,
        &["Enter"],
        Action::Send,
        "",
        "start the run, or do the command",
    ),
    bind(
        When::Compose,
        &["Alt-Enter", "Ctrl-j"],
        Action::Newline,
        "",
        "a new line",
    ),
    bind(
        When::Compose,
        &["Tab"],
        Action::Complete,
        "",
        "complete `@path` or `/command`",
    ),
    bind(
        When::Compose,
        &["Up"],
        Action::Up,
        "",
        "the line above, then earlier goals",
    ),
    bind(
        When::Compose,
        &["Down"],
        Action::Down,
        "",
        "the line below, then later goals",
    ),
    bind(
        When::Compose,
        &["Esc"],
        Action::Back,
        "",
        "leave the box; what is written stays",
    ),
    bind(
        When::Palette,
        &["Enter"],
        Action::Send,
        "",
        "do what is selected",
    ),
    bind(
        When::Palette,
        &["Down", "Ctrl-n"],
        Action::Down,
        "",
        "the next one",
    ),
    bind(
        When::Palette,
        &["Up", "Ctrl-p"],
        Action::Up,
        "",
        "the one before",
    ),
    bind(When::Palette, &["Esc"], Action::Back, "", "close"),
    bind(When::Reading, &["q", "Esc", "?"], Action::Back, "", "close"),
    bind(
        When::Memory,
        &["/", "i"],
        Action::Search,
        "",
        "write what is looked for",
    ),
    bind(
        When::Memory,
        &["p"],
        Action::Pin,
        "",
        "mark it as important, or take the mark off",
    ),
    bind(When::Memory, &["x"], Action::Forget, "", "forget it"),
    bind(When::Memory, &["q", "Esc", "?"], Action::Back, "", "close"),
    bind(When::Search, &["Enter"], Action::Send, "", "search"),
    bind(
        When::Search,
        &["Esc"],
        Action::Back,
        "",
        "leave the line; again: close",
    ),
    bind(
        When::Router,
        &["h", "Left"],
        Action::Left,
        "",
        "the kind of work before",
    ),
    bind(
        When::Router,
        &["l", "Right"],
        Action::Right,
        "",
        "the next kind of work",
    ),
    bind(When::Router, &["q", "Esc", "?"], Action::Back, "", "close"),
];

/// Keys that do the same everywhere, also where others are text.
const ALWAYS: &[&str] = &["Ctrl-c", "Ctrl-z", "Ctrl-l"];

/// Finds what a key does in a place. The place goes before what holds anywhere; where keys are text, or
/// where something waits for an answer, nothing else holds but what always does.
pub(crate) fn find(when: When, key: &str) -> Option<Action> {
    let of = |wanted: When| {
        TABLE
            .iter()
            .find(|binding| binding.when == wanted && binding.keys.contains(&key))
            .map(|binding| binding.action)
    };
    if let Some(action) = of(when) {
        return Some(action);
    }
    let is_open = matches!(
        when,
        When::Anywhere | When::Runs | When::Plan | When::Detail
    );
    if is_open || ALWAYS.contains(&key) {
        return of(When::Anywhere);
    }
    let moves = [
        Action::Down,
        Action::Up,
        Action::PageDown,
        Action::PageUp,
        Action::Top,
        Action::Bottom,
    ];
    let may_move = matches!(
        when,
        When::Asked | When::Rewind | When::Reading | When::Memory | When::Router
    );
    of(When::Anywhere).filter(|action| may_move && moves.contains(action))
}

/// Returns the commands that have a name, for the palette and for `/`.
pub(crate) fn named() -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(|binding| !binding.name.is_empty())
}

/// Returns the key that is shown for an action in a place.
pub(crate) fn key_of(when: When, action: Action) -> &'static str {
    TABLE
        .iter()
        .find(|binding| binding.when == when && binding.action == action)
        .and_then(|binding| binding.keys.first())
        .copied()
        .unwrap_or("")
}

/// Returns the page about keys, for the documentation.
pub fn page() -> String {
    let mut text = String::from("# Keys of the terminal UI\n\n");
    text.push_str(
        "`venom tui` shows the keys of the place one is in with `?`. This is all of them.\n",
    );
    for when in When::ALL {
        // Writing into a text cannot fail.
        let _ = write!(
            text,
            "\n## {}\n\n| keys | what they do | command |\n|---|---|---|\n",
            when.title()
        );
        for binding in TABLE.iter().filter(|binding| binding.when == when) {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let name = if binding.name.is_empty() {
                String::new()
            } else {
                format!("`/{}`", binding.name)
            };
            let _ = writeln!(text, "| {} | {} | {name} |", keys.join(" "), binding.help);
        }
    }
    text
}

#[cfg(test)]
mod tests;
