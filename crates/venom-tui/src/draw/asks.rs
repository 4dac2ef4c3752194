//! What the run waits for a person with.

use super::panel;
use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::keymap::{Action, When, key_of};
use crate::look::{Mark, Role};
use crate::model::sight::{Ask, Sight};
use crate::model::{Model, Panel};

/// Says in a line what is asked.
pub(super) fn sentence(model: &Model, sight: &Sight, ask: Ask) -> String {
    match ask {
        Ask::Question(id) => sight
            .head()
            .question(id)
            .map(|question| question.text.clone())
            .unwrap_or_default(),
        Ask::Approval(id) => sight
            .head()
            .approval(id)
            .map(|approval| {
                format!(
                    "{}: {}",
                    approval.step,
                    (model.words.reason)(&approval.reason)
                )
            })
            .unwrap_or_default(),
    }
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let asks = model.sight.as_ref().map(Sight::asks).unwrap_or_default();
    let title = if asks.is_empty() {
        "Asks".to_owned()
    } else {
        format!("Asks ({})", asks.len())
    };
    let Some(area) = panel(model, canvas, areas, Panel::Asks, &title) else {
        return;
    };
    let Some(sight) = &model.sight else { return };
    if asks.is_empty() {
        canvas.text(area.x, area.y, area.width, Role::Dim, "nothing");
        return;
    }
    for (y, ask) in (area.top()..area.bottom()).zip(&asks) {
        let row = Row::new(Role::Warn, format!("{} ", model.look.mark(Mark::Asked)))
            .and(Role::Key, key_of(When::Anywhere, Action::Asks))
            .and(Role::Plain, format!(" {}", sentence(model, sight, *ask)));
        canvas.row(area.x, y, area.width, &row);
    }
}
