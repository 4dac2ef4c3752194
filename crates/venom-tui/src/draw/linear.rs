//! The screen as lines of text, one thing below the other, for screen readers: no frames, no columns,
//! words instead of marks. The cursor stands at the line that matters, which is what is read aloud.

use super::{dialog, pages, top};
use crate::canvas::{Canvas, Row};
use crate::look::Role;
use crate::model::detail::Tab;
use crate::model::sight::Sight;
use crate::model::{Model, Page, Panel};

/// Lines of text with the one that the cursor stands at.
#[derive(Debug, Default)]
struct Lines {
    rows: Vec<Row>,
    here: usize,
}

impl Lines {
    fn say(&mut self, text: impl Into<String>) {
        self.rows.push(Row::new(Role::Plain, text));
    }

    fn here(&mut self, is_here: bool) {
        if is_here {
            self.here = self.rows.len();
        }
    }
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let lines = lines(model);
    let (width, height) = model.size;
    let room = usize::from(height).max(1);
    // What matters stands in the middle; the beginning is the beginning.
    let first = super::window(lines.here, lines.rows.len(), room);
    for (y, (index, row)) in (0..height).zip(lines.rows.iter().enumerate().skip(first)) {
        let taken = canvas.row(0, y, width, row);
        if index == lines.here {
            let x = if model.is_typing() {
                taken.min(width.saturating_sub(1))
            } else {
                0
            };
            canvas.cursor = Some((x, y));
        }
    }
}

fn lines(model: &Model) -> Lines {
    let mut lines = Lines::default();
    if let Some(note) = &model.note {
        lines.say(format!("Note: {}", note.text));
    }
    if let Some(dialog) = &model.dialog {
        let shown = dialog::lines(
            model,
            dialog,
            usize::from(model.size.0.saturating_sub(2)).max(20),
        );
        lines.say(format!("Dialog: {}", shown.title));
        let begin = lines.rows.len();
        lines.here = begin
            + shown
                .selected
                .or(shown.cursor)
                .unwrap_or(shown.scroll)
                .min(shown.rows.len().saturating_sub(1));
        lines.rows.extend(shown.rows);
        return lines;
    }
    if model.page != Page::Runs {
        lines.say(model.page.title());
        let listed = pages::lines(model);
        let here = listed.cursor.or(listed.selected).unwrap_or(model.place);
        lines.here = lines.rows.len() + here;
        lines.rows.extend(listed.rows);
        return lines;
    }
    lines.say(format!(
        "VENOM. Panel {}: {}. ? is help.",
        model.panel.number(),
        model.panel.title()
    ));
    if let Some(sight) = &model.sight {
        run(model, sight, &mut lines);
    }
    match model.panel {
        Panel::Runs => runs(model, &mut lines),
        Panel::Plan => plan(model, &mut lines),
        Panel::Detail => detail(model, &mut lines),
        Panel::Asks => asks(model, &mut lines),
        Panel::Compose => {
            lines.say(format!("New run in {}", model.folder));
            for offer in &model.compose.offers.all {
                lines.say(format!("Offer: {offer}"));
            }
            lines.here(true);
            lines.say(format!("Goal: {}", model.compose.line.text()));
        }
    }
    lines
}

fn run(model: &Model, sight: &Sight, lines: &mut Lines) {
    let goal = sight
        .head()
        .started()
        .map_or("", |started| started.goal.as_str());
    let (_, word) = top::word(model, sight);
    lines.say(format!(
        "Run {}: {}",
        super::short(sight.run),
        goal.chars().take(200).collect::<String>()
    ));
    let state = sight.state();
    let done = state
        .steps()
        .filter(|(_, step)| step.status.is_final())
        .count();
    lines.say(format!(
        "Status: {word}. {done} of {} steps. Spent {}.",
        state.plan().steps.len(),
        state.budget().spent().money
    ));
    if let Some(envelope) = sight.event() {
        lines.say(format!(
            "Event {} of {}: {} {}",
            envelope.seq,
            sight.events.len(),
            envelope.event.name(),
            (model.words.event)(&envelope.event)
        ));
    }
    let asks = sight.asks().len();
    if asks > 0 {
        lines.say(format!("The run asks {asks}; a answers."));
    }
}

fn runs(model: &Model, lines: &mut Lines) {
    let rows = model.shown_rows();
    lines.say(format!("{} runs", rows.len()));
    if let Some(filter) = &model.filter {
        lines.here(model.is_filtering);
        lines.say(format!("Filter: {}", filter.text()));
    }
    for row in rows {
        let is_here = Some(row.run) == model.selected;
        lines.here(is_here && !model.is_filtering);
        let status = row.outcome.as_ref().map_or_else(
            || row.status.to_string(),
            |outcome| (model.words.outcome)(outcome).to_owned(),
        );
        let mark = if is_here { "selected, " } else { "" };
        lines.say(format!("{mark}{status}: {}", row.goal));
    }
}

fn plan(model: &Model, lines: &mut Lines) {
    let Some(sight) = &model.sight else { return };
    let state = sight.state();
    for (step, known) in state.steps() {
        let is_here = sight.step.as_ref() == Some(&step.id);
        lines.here(is_here);
        let behind: Vec<&str> = step
            .depends_on
            .iter()
            .map(venom_kernel::id::StepId::as_str)
            .collect();
        let behind = if behind.is_empty() {
            String::new()
        } else {
            format!(", after {}", behind.join(", "))
        };
        let mark = if is_here { "selected, " } else { "" };
        lines.say(format!(
            "{mark}{}: {}{behind}. {}",
            step.id,
            known.status.word(),
            step.title
        ));
    }
}

fn detail(model: &Model, lines: &mut Lines) {
    lines.say(format!(
        "Tab {}; t is the next one",
        model.detail.tab.title()
    ));
    if model.detail.tab == Tab::Events {
        let Some(sight) = &model.sight else { return };
        let room = usize::from(model.size.1);
        let first = super::detail::first_event(model, room);
        for (index, envelope) in sight.events.iter().enumerate().skip(first).take(room) {
            lines.here(index + 1 == sight.position());
            lines.say(format!(
                "{} {} {}",
                envelope.seq,
                envelope.event.name(),
                (model.words.event)(&envelope.event)
            ));
        }
        return;
    }
    lines.here(true);
    for row in model.detail.rows().iter().skip(model.detail.scroll) {
        lines.rows.push(row.clone());
    }
}

fn asks(model: &Model, lines: &mut Lines) {
    let Some(sight) = &model.sight else { return };
    lines.here(true);
    let asks = sight.asks();
    if asks.is_empty() {
        lines.say("The run asks nothing.");
    }
    for ask in asks {
        lines.say(format!(
            "Asks: {}",
            super::asks::sentence(model, sight, ask)
        ));
    }
}
