//! What stands before everything else.

use ratatui::layout::Rect;
use venom_kernel::id::Seq;
use venom_kernel::run::RunState;
use venom_ports::memory::episodes::Mark as Wish;

use super::window;
use crate::canvas::{Canvas, Row, wrapped};
use crate::keymap::{Binding, TABLE, When};
use crate::look::{Mark, Role};
use crate::model::Model;
use crate::model::dialog::{Asked, Dialog, Rewind};
use crate::model::sight::Ask;
use crate::update::fitting;

/// The widest dialog. Chosen: lines of that length are read with ease.
const WIDEST: u16 = 92;
/// Paths that a preview lists.
const LISTED: usize = 200;
/// Lines of one text.
const LINES: usize = 60;

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(dialog) = &model.dialog else { return };
    let width = model.size.0.saturating_sub(4).min(WIDEST);
    let text = usize::from(width.saturating_sub(4)).max(10);
    let shown = lines(model, dialog, text);
    let most = model.size.1.saturating_sub(2);
    let height = u16::try_from(shown.rows.len())
        .unwrap_or(most)
        .saturating_add(2)
        .min(most);
    let area = Rect::new(
        (model.size.0 - width) / 2,
        (model.size.1.saturating_sub(height)) / 2,
        width,
        height,
    );
    canvas.clear(area);
    let role = if shown.is_loud {
        Role::Warn
    } else {
        Role::Focus
    };
    let inside = canvas.frame(area, &Row::new(role, format!(" {} ", shown.title)), role);
    let inside = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    let room = usize::from(inside.height);
    let first = match shown.selected {
        Some(selected) => window(selected, shown.rows.len(), room.max(1)),
        None => shown.scroll.min(shown.rows.len().saturating_sub(room)),
    };
    for (y, (index, row)) in
        (inside.top()..inside.bottom()).zip(shown.rows.iter().enumerate().skip(first))
    {
        let taken = canvas.row(inside.x, y, inside.width, row);
        if shown.selected == Some(index) {
            canvas.wash(inside.x, y, inside.width, Role::Selected);
        }
        if shown.cursor == Some(index) {
            canvas.cursor = Some((inside.x + taken.min(inside.width.saturating_sub(1)), y));
        }
    }
    if first + room < shown.rows.len() && inside.width > 0 && room > 0 {
        canvas.text(
            area.right() - 2,
            area.bottom() - 1,
            1,
            Role::Key,
            model.look.mark(Mark::More),
        );
    }
}

/// A dialog as lines.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    pub(super) selected: Option<usize>,
    pub(super) scroll: usize,
    /// The line at whose end the cursor stands.
    pub(super) cursor: Option<usize>,
    is_loud: bool,
}

impl Shown {
    fn put(&mut self, width: usize, role: Role, text: &str) {
        for line in wrapped(text, width, LINES) {
            self.rows.push(Row::new(role, line));
        }
    }
}

/// Returns what a dialog says.
pub(super) fn lines(model: &Model, dialog: &Dialog, width: usize) -> Shown {
    match dialog {
        Dialog::Help { scroll } => help(*scroll),
        Dialog::Palette { line, chosen } => {
            let mut shown = Shown {
                title: "Commands".to_owned(),
                cursor: Some(0),
                ..Shown::default()
            };
            shown
                .rows
                .push(Row::new(Role::Key, ": ").and(Role::Plain, line.text()));
            for binding in fitting(&line.text()) {
                shown.rows.push(named(binding));
            }
            if shown.rows.len() > 1 {
                shown.selected = Some(chosen + 1);
            } else {
                shown.rows.push(Row::new(Role::Dim, "no command fits"));
            }
            shown
        }
        Dialog::Asked(asked) => question(model, asked, width),
        Dialog::Rewind(rewind) => going_back(rewind, width),
        Dialog::Fork { at, .. } => {
            let moment = at.map_or_else(
                || "where it is now".to_owned(),
                |at| format!("after event {at}"),
            );
            let mut shown = Shown {
                title: "Fork".to_owned(),
                ..Shown::default()
            };
            shown.put(width, Role::Plain, &format!("Make a new run that begins as this one stood {moment}, in a copy of its folder with the files as they were then? This run stays as it is."));
            shown.rows.push(Row::default());
            shown.rows.push(keys(When::Confirm));
            shown
        }
        Dialog::Cancel { .. } => {
            let mut shown = Shown {
                title: "Cancel".to_owned(),
                is_loud: true,
                ..Shown::default()
            };
            shown.put(width, Role::Plain, "End this run? What is under way is stopped; what was done stays, and u takes it back.");
            shown.rows.push(Row::default());
            shown.rows.push(keys(When::Confirm));
            shown
        }
        Dialog::Mark { mark, text, .. } => {
            let (title, question) = match mark {
                Wish::Forget => (
                    "Forget",
                    "Forget this? No search finds it any more. What was added by hand is gone from the disk then; what a run said stays in the log of that run.",
                ),
                Wish::Pin => ("Pin", "Mark this as important, however old it gets?"),
                Wish::Unpin => ("Pin", "Let this matter no more than the rest?"),
            };
            let mut shown = Shown {
                title: title.to_owned(),
                is_loud: *mark == Wish::Forget,
                ..Shown::default()
            };
            shown.put(width, Role::Plain, question);
            shown.rows.push(Row::default());
            shown.put(width, Role::Strong, text);
            shown.rows.push(Row::default());
            shown.rows.push(keys(When::Confirm));
            shown
        }
        Dialog::State { to, checked, .. } => going_on_from(model, *to, checked.as_ref(), width),
        Dialog::Leave => {
            let mut shown = Shown {
                title: "Leave".to_owned(),
                is_loud: true,
                ..Shown::default()
            };
            shown.put(width, Role::Plain, "Runs are being worked on here. Leave? What is under way is stopped, and `venom resume` goes on with it.");
            shown.rows.push(Row::default());
            shown.rows.push(keys(When::Confirm));
            shown
        }
    }
}

fn named(binding: &Binding) -> Row {
    Row::new(Role::Key, format!("{:<9} ", binding.name))
        .and(Role::Plain, format!("{:<56} ", binding.help))
        .and(Role::Dim, binding.keys.first().copied().unwrap_or_default())
}

/// The keys of a place, in a line.
fn keys(when: When) -> Row {
    let mut row = Row::default();
    for binding in TABLE.iter().filter(|binding| binding.when == when) {
        let key = binding.keys.first().copied().unwrap_or_default();
        row = row
            .and(Role::Key, key)
            .and(Role::Dim, format!(" {}   ", binding.help));
    }
    row
}

fn help(scroll: usize) -> Shown {
    let mut shown = Shown {
        title: "What keys do".to_owned(),
        scroll,
        ..Shown::default()
    };
    for when in [
        When::Anywhere,
        When::Runs,
        When::Detail,
        When::Compose,
        When::Asked,
        When::Rewind,
        When::Memory,
        When::Router,
    ] {
        if !shown.rows.is_empty() {
            shown.rows.push(Row::default());
        }
        shown.rows.push(Row::new(Role::Strong, when.title()));
        for binding in TABLE.iter().filter(|binding| binding.when == when) {
            shown.rows.push(
                Row::new(Role::Key, format!("{:<16} ", binding.keys.join(" ")))
                    .and(Role::Plain, binding.help),
            );
        }
    }
    shown
}

fn question(model: &Model, asked: &Asked, width: usize) -> Shown {
    let mut shown = Shown {
        scroll: asked.scroll,
        is_loud: true,
        ..Shown::default()
    };
    let Some(sight) = &model.sight else {
        return shown;
    };
    match asked.ask {
        Ask::Question(id) => {
            "The run asks".clone_into(&mut shown.title);
            let Some(question) = sight.head().question(id) else {
                return shown;
            };
            shown.put(width, Role::Strong, &question.text);
            shown.rows.push(Row::default());
            for (index, choice) in question.choices.iter().enumerate() {
                if index == asked.chosen {
                    shown.selected = Some(shown.rows.len());
                }
                shown.rows.push(
                    Row::new(Role::Key, format!("{} ", index + 1))
                        .and(Role::Plain, choice.label.as_str()),
                );
            }
            if asked.is_own() {
                shown.cursor = Some(shown.rows.len());
            }
            let own = Row::new(Role::Key, "> ");
            shown.rows.push(if asked.is_own() {
                own.and(Role::Plain, asked.line.text())
            } else {
                own.and(Role::Dim, "other words")
            });
            shown.rows.push(Row::default());
            shown.rows.push(
                Row::new(Role::Key, "Enter")
                    .and(Role::Dim, " answer   ")
                    .and(Role::Key, "Esc")
                    .and(Role::Dim, " later"),
            );
        }
        Ask::Approval(id) => {
            "Approval".clone_into(&mut shown.title);
            let Some(approval) = sight.head().approval(id) else {
                return shown;
            };
            let step = sight.head().plan().step(&approval.step);
            if let Some(step) = step {
                shown.put(width, Role::Strong, &step.title);
                shown.put(
                    width,
                    Role::Accent,
                    &format!("{}.{}  ({})", step.skill, step.action, step.class),
                );
                let params = serde_json::to_string_pretty(&step.params).unwrap_or_default();
                let params: String = params.chars().take(2_000).collect();
                if params != "null" {
                    shown.put(width, Role::Plain, &params);
                }
            }
            shown.rows.push(Row::default());
            shown.put(width, Role::Warn, &(model.words.reason)(&approval.reason));
            shown.rows.push(Row::default());
            shown.rows.push(
                Row::new(Role::Key, "y")
                    .and(Role::Dim, " approve   ")
                    .and(Role::Key, "x")
                    .and(Role::Dim, " deny   ")
                    .and(Role::Key, "Esc")
                    .and(Role::Dim, " later"),
            );
        }
    }
    shown
}

/// What it means to let a run go on from an earlier moment.
fn going_on_from(
    model: &Model,
    to: Seq,
    checked: Option<&Result<(), String>>,
    width: usize,
) -> Shown {
    let mut shown = Shown {
        title: format!("Let the run go on from event {to}"),
        is_loud: true,
        ..Shown::default()
    };
    let Some(sight) = &model.sight else {
        return shown;
    };
    let done = |state: &RunState| {
        let all = state.plan().steps.len();
        let done = state
            .steps()
            .filter(|(_, step)| step.status.is_final())
            .count();
        format!("{}, {done} of {all} steps", state.phase().word())
    };
    shown.put(
        width,
        Role::Plain,
        &format!("Then: {}", done(sight.state())),
    );
    shown.put(width, Role::Plain, &format!("Now:  {}", done(sight.head())));
    shown.rows.push(Row::default());
    shown.put(width, Role::Plain, "What came behind that event counts no more, and stays in the log. Files stay as they are, and what was spent stays spent. The run is paused.");
    shown.rows.push(Row::default());
    match checked {
        None => shown.put(width, Role::Dim, "looking whether it can be done"),
        Some(Ok(())) => shown.rows.push(keys(When::Confirm)),
        Some(Err(why)) => {
            shown.put(width, Role::Bad, why);
            shown
                .rows
                .push(Row::new(Role::Key, "Esc").and(Role::Dim, " close"));
        }
    }
    shown
}

fn going_back(rewind: &Rewind, width: usize) -> Shown {
    let mut shown = Shown {
        title: match rewind.to {
            Some(to) => format!("Bring the files back to event {to}"),
            None => "Take back what the run did to the files".to_owned(),
        },
        scroll: rewind.scroll,
        is_loud: true,
        ..Shown::default()
    };
    let preview = match &rewind.preview {
        None => {
            shown.put(width, Role::Dim, "looking at what that would do");
            return shown;
        }
        Some(Err(why)) => {
            shown.put(width, Role::Bad, why);
            shown
                .rows
                .push(Row::new(Role::Key, "Esc").and(Role::Dim, " close"));
            return shown;
        }
        Some(Ok(preview)) => preview,
    };
    if preview.is_empty() {
        shown.put(width, Role::Plain, "There is nothing to bring back.");
    } else {
        shown.put(
            width,
            Role::Strong,
            &format!(
                "{} written ({} bytes), {} removed, {} modes",
                preview.writes, preview.bytes, preview.removals, preview.modes
            ),
        );
    }
    let lists = [
        ("Would change", Role::Plain, &preview.paths),
        (
            "Would leave alone: others changed them",
            Role::Warn,
            &preview.conflicts,
        ),
    ];
    for (title, role, paths) in lists {
        if paths.is_empty() {
            continue;
        }
        shown
            .rows
            .push(Row::new(Role::Dim, format!("{title} ({})", paths.len())));
        for path in paths.iter().take(LISTED) {
            shown.rows.push(
                Row::new(role, format!("  {}", path.path))
                    .and(Role::Dim, format!("  {}", path.what)),
            );
        }
    }
    for repository in &preview.repositories {
        shown.put(
            width,
            Role::Plain,
            &format!("references of {repository} are taken back"),
        );
    }
    if !preview.stays.is_empty() {
        shown.rows.push(Row::new(
            Role::Dim,
            format!("Cannot be undone ({})", preview.stays.len()),
        ));
        for stays in preview.stays.iter().take(LISTED) {
            shown.put(
                width,
                Role::Warn,
                &format!("  {}: {}", stays.what, stays.why),
            );
        }
    }
    shown.rows.push(Row::default());
    let overwrite = if rewind.overwrites {
        "do not overwrite"
    } else {
        "overwrite what others changed"
    };
    let mut row = Row::default();
    if !preview.is_empty() {
        row = row.and(Role::Key, "y").and(Role::Dim, " do it   ");
    }
    if !preview.conflicts.is_empty() || rewind.overwrites {
        row = row
            .and(Role::Key, "o")
            .and(Role::Dim, format!(" {overwrite}   "));
    }
    shown
        .rows
        .push(row.and(Role::Key, "Esc").and(Role::Dim, " do nothing"));
    shown
}
