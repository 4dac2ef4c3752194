//! How things look: colours as far as the terminal has them, and the characters that it can show.

use ratatui::style::{Color, Modifier, Style};
use venom_kernel::plan::layout::picture::Glyphs;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None: what matters is bold, underlined or reversed.
    Mono,
    /// The sixteen of the terminal's own scheme.
    Sixteen,
    /// 256, by their numbers.
    Many,
    /// All of them.
    True,
}

/// How the terminal UI is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colours.
    pub depth: Depth,
    /// Characters.
    pub glyphs: Glyphs,
    /// Whether it is shown as lines of text, one thing below the other, for screen readers.
    pub is_linear: bool,
    /// Whether the mouse is listened to.
    pub has_mouse: bool,
}

/// What a piece of text means; how it looks follows from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Plain,
    Dim,
    Strong,
    Good,
    Warn,
    Bad,
    Accent,
    Border,
    Focus,
    Selected,
    Banner,
    Added,
    Removed,
    Hunk,
    Key,
}

impl Look {
    pub(crate) fn style(self, role: Role) -> Style {
        let style = Style::new();
        match self.depth {
            Depth::Mono => mono(style, role),
            Depth::Sixteen => sixteen(style, role),
            Depth::Many => painted(style, role, |role| Color::Indexed(numbered(role))),
            Depth::True => painted(style, role, full),
        }
    }

    /// Returns the character for something, in the characters that the terminal has.
    pub(crate) const fn mark(self, mark: Mark) -> &'static str {
        let (boxes, ascii) = mark.both();
        match self.glyphs {
            Glyphs::Boxes => boxes,
            Glyphs::Ascii => ascii,
        }
    }

    pub(crate) fn is_ascii(self) -> bool {
        self.glyphs == Glyphs::Ascii
    }
}

/// A mark that stands for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Waiting,
    Ready,
    Running,
    Asked,
    Done,
    Unproven,
    Failed,
    Skipped,
    Paused,
    Abandoned,
    Snapshot,
    Quiet,
    Work,
    Here,
    Pointer,
    More,
    Full,
    Empty,
    Left,
    Right,
}

impl Mark {
    const fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Waiting => ("○", "."),
            Self::Ready => ("◎", "o"),
            Self::Running => ("◐", "*"),
            Self::Asked => ("▲", "?"),
            Self::Done => ("✔", "+"),
            Self::Unproven => ("≈", "~"),
            Self::Failed => ("✖", "x"),
            Self::Skipped => ("⊘", "-"),
            Self::Paused => ("‖", "="),
            Self::Abandoned => ("◌", "!"),
            Self::Snapshot => ("◆", "#"),
            Self::Quiet => ("─", "-"),
            Self::Work => ("●", "o"),
            Self::Here => ("┃", "|"),
            Self::Pointer => ("▸", ">"),
            Self::More => ("…", "~"),
            Self::Full => ("█", "#"),
            Self::Empty => ("░", "."),
            Self::Left => ("├", "["),
            Self::Right => ("┤", "]"),
        }
    }
}

fn mono(style: Style, role: Role) -> Style {
    match role {
        Role::Plain | Role::Border | Role::Good | Role::Added => style,
        Role::Dim | Role::Hunk => style.add_modifier(Modifier::DIM),
        Role::Strong | Role::Focus | Role::Accent | Role::Key => style.add_modifier(Modifier::BOLD),
        Role::Warn | Role::Bad | Role::Removed => style.add_modifier(Modifier::UNDERLINED),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
        Role::Banner => style.add_modifier(Modifier::REVERSED.union(Modifier::BOLD)),
    }
}

fn sixteen(style: Style, role: Role) -> Style {
    match role {
        Role::Plain => style,
        Role::Dim | Role::Border => style.fg(Color::DarkGray),
        Role::Strong => style.add_modifier(Modifier::BOLD),
        Role::Good | Role::Added => style.fg(Color::Green),
        Role::Warn => style.fg(Color::Yellow),
        Role::Bad | Role::Removed => style.fg(Color::Red),
        Role::Accent | Role::Hunk => style.fg(Color::Cyan),
        Role::Focus | Role::Key => style.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
        Role::Banner => style
            .fg(Color::Black)
            .bg(Color::Yellow)
            .add_modifier(Modifier::BOLD),
    }
}

/// Colours that can be read on dark and on light grounds alike, for the most part.
const fn numbered(role: Role) -> u8 {
    match role {
        Role::Plain | Role::Strong | Role::Selected => 252,
        Role::Dim => 244,
        Role::Border => 240,
        Role::Good | Role::Added => 71,
        Role::Warn => 179,
        Role::Bad | Role::Removed => 167,
        Role::Accent | Role::Hunk => 74,
        Role::Focus | Role::Key => 80,
        Role::Banner => 16,
    }
}

const fn full(role: Role) -> Color {
    match role {
        Role::Plain | Role::Strong | Role::Selected => Color::Rgb(208, 208, 208),
        Role::Dim => Color::Rgb(128, 128, 128),
        Role::Border => Color::Rgb(88, 88, 88),
        Role::Good | Role::Added => Color::Rgb(104, 176, 104),
        Role::Warn => Color::Rgb(214, 170, 88),
        Role::Bad | Role::Removed => Color::Rgb(218, 98, 98),
        Role::Accent | Role::Hunk => Color::Rgb(98, 172, 214),
        Role::Focus | Role::Key => Color::Rgb(96, 208, 216),
        Role::Banner => Color::Rgb(0, 0, 0),
    }
}

fn painted(style: Style, role: Role, color: impl Fn(Role) -> Color) -> Style {
    match role {
        // The terminal's own colours, so that a light ground stays readable.
        Role::Plain => style,
        Role::Strong => style.add_modifier(Modifier::BOLD),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
        Role::Focus | Role::Key => style.fg(color(role)).add_modifier(Modifier::BOLD),
        Role::Banner => style
            .fg(color(role))
            .bg(color(Role::Warn))
            .add_modifier(Modifier::BOLD),
        Role::Dim
        | Role::Good
        | Role::Warn
        | Role::Bad
        | Role::Accent
        | Role::Border
        | Role::Added
        | Role::Removed
        | Role::Hunk => style.fg(color(role)),
    }
}
