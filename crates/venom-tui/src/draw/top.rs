//! The first line, which says what is looked at, and the last one, which says what keys do.

use ratatui::layout::Rect;
use venom_kernel::run::Phase;
use venom_ports::api::runs::Rest;

use super::short;
use crate::canvas::{Canvas, Row, columns_of};
use crate::keymap::{Action, When, key_of};
use crate::look::{Mark, Role};
use crate::model::dialog::Dialog;
use crate::model::sight::{Ask, Sight};
use crate::model::{Model, Page};
use crate::update::place;

/// Characters of the budget bar.
const BAR: u64 = 8;

pub(super) fn header(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let mut row = Row::new(Role::Strong, " VENOM ");
    match (&model.sight, model.page) {
        (_, Page::Models) => row = row.and(Role::Plain, " models that can be called"),
        (_, Page::Skills) => row = row.and(Role::Plain, " skills of this build"),
        (_, Page::Agents) => row = row.and(Role::Plain, " agents of this run"),
        (_, Page::Memory) => row = row.and(Role::Plain, " what was said and done"),
        (_, Page::Router) => row = row.and(Role::Plain, " models worth choosing from"),
        (None, Page::Runs) if model.is_listed => {
            row = row.and(Role::Dim, " no run yet: write a goal below");
        }
        (None, Page::Runs) => row = row.and(Role::Dim, " reading the runs"),
        (Some(sight), Page::Runs) => {
            let right = standing(model, sight);
            let wide: usize = right
                .0
                .iter()
                .map(|(_, text)| text.chars().map(columns_of).sum::<usize>())
                .sum();
            let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(area.width);
            let room = area.width.saturating_sub(wide);
            let goal = sight
                .head()
                .started()
                .map_or("", |started| started.goal.as_str());
            let goal: String = goal.chars().take(300).collect();
            let row = row
                .and(Role::Dim, format!("{} ", short(sight.run)))
                .and(Role::Plain, goal);
            canvas.row(area.x, area.y, room.saturating_sub(1), &row);
            canvas.row(area.x + room, area.y, wide, &right);
            if sight.is_past() {
                canvas.wash(area.x, area.y, area.width, Role::Banner);
            }
            return;
        }
    }
    canvas.row(area.x, area.y, area.width, &row);
}

/// Says how a run stands: money, steps, and whether it is live.
fn standing(model: &Model, sight: &Sight) -> Row {
    let state = sight.state();
    let look = model.look;
    let mut row = Row::default();
    let spent = state.budget().spent().money;
    let cap = state.started().and_then(|started| started.options.max_cost);
    if let Some(cap) = cap {
        let full = if cap.micros() == 0 {
            BAR
        } else {
            (spent.micros().saturating_mul(BAR) / cap.micros()).min(BAR)
        };
        let role = if full * 4 >= BAR * 3 {
            Role::Bad
        } else {
            Role::Good
        };
        let count = |number: u64| usize::try_from(number).unwrap_or(0);
        row = row
            .and(role, look.mark(Mark::Full).repeat(count(full)))
            .and(Role::Dim, look.mark(Mark::Empty).repeat(count(BAR - full)))
            .and(Role::Plain, format!(" {spent}/{cap}  "));
    } else if spent.micros() > 0 {
        row = row.and(Role::Plain, format!("{spent}  "));
    }
    let all = state.plan().steps.len();
    if all > 0 {
        let done = state
            .steps()
            .filter(|(_, step)| step.status.is_final())
            .count();
        row = row.and(Role::Plain, format!("{done}/{all} steps  "));
    }
    let (role, word) = word(model, sight);
    row.and(role, word).and(Role::Plain, " ")
}

/// Says in a word how a run stands.
pub(super) fn word(model: &Model, sight: &Sight) -> (Role, String) {
    if sight.trouble.is_some() {
        return (Role::Bad, "cannot be read".to_owned());
    }
    if sight.is_past() {
        let text = format!("PAST: event {} of {}", sight.seq(), sight.events.len());
        return (Role::Banner, text);
    }
    let head = sight.head();
    if let Some(outcome) = head.outcome() {
        return (Role::Strong, (model.words.outcome)(outcome).to_owned());
    }
    if head.is_paused() {
        return (Role::Warn, "paused".to_owned());
    }
    let text = match (sight.rest, head.phase()) {
        (Some(Rest::Asking | Rest::Approvals), _) => {
            return (Role::Warn, "waits for you".to_owned());
        }
        (Some(Rest::Abandoned), _) => return (Role::Warn, "nobody works on it".to_owned()),
        (_, Phase::Empty) => "reading",
        (_, Phase::Understanding) => "understanding",
        (_, Phase::Asking) => return (Role::Warn, "waits for you".to_owned()),
        (_, Phase::Planning) => "planning",
        (_, Phase::Executing) if head.waits_for_person() => {
            return (Role::Warn, "waits for you".to_owned());
        }
        (_, Phase::Executing | Phase::Finished) => "live",
    };
    (
        Role::Good,
        format!("{} {text}", model.look.mark(Mark::Work)),
    )
}

/// Tells whether a question is before the user, and no approval.
const fn is_question(model: &Model) -> bool {
    matches!(&model.dialog, Some(Dialog::Asked(asked)) if matches!(asked.ask, Ask::Question(_)))
}

pub(super) fn footer(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(note) = &model.note {
        canvas.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(2),
            note.role,
            &note.text,
        );
        return;
    }
    let when = place(model);
    let hints: &[(When, Action, &str)] = match when {
        When::Compose => &[
            (When::Compose, Action::Send, "start"),
            (When::Compose, Action::Newline, "new line"),
            (When::Compose, Action::Complete, "complete @path /command"),
            (When::Compose, Action::Back, "leave"),
        ],
        When::Asked if is_question(model) => &[
            (When::Asked, Action::Send, "answer"),
            (When::Asked, Action::Back, "later"),
        ],
        When::Asked => &[
            (When::Asked, Action::Yes, "approve"),
            (When::Asked, Action::No, "deny"),
            (When::Asked, Action::Back, "later"),
        ],
        When::Rewind => &[
            (When::Rewind, Action::Yes, "do it"),
            (When::Rewind, Action::Overwrite, "overwrite"),
            (When::Rewind, Action::Back, "do nothing"),
        ],
        When::Confirm => &[
            (When::Confirm, Action::Yes, "yes"),
            (When::Confirm, Action::Back, "no"),
        ],
        When::Palette => &[
            (When::Palette, Action::Send, "do it"),
            (When::Palette, Action::Back, "close"),
        ],
        When::Reading => &[(When::Reading, Action::Back, "close")],
        When::Memory => &[
            (When::Memory, Action::Search, "search"),
            (When::Memory, Action::Pin, "pin"),
            (When::Memory, Action::Forget, "forget"),
            (When::Memory, Action::Back, "close"),
        ],
        When::Search => &[
            (When::Search, Action::Send, "search"),
            (When::Search, Action::Back, "leave"),
        ],
        When::Router => &[
            (When::Router, Action::Left, "kind before"),
            (When::Router, Action::Right, "next kind"),
            (When::Router, Action::Back, "close"),
        ],
        When::Anywhere | When::Runs | When::Plan | When::Detail => &[
            (When::Anywhere, Action::Help, "help"),
            (When::Anywhere, Action::Compose, "new run"),
            (When::Anywhere, Action::StepBack, "back in time"),
            (When::Anywhere, Action::Live, "now"),
            (When::Anywhere, Action::NextTab, "tab"),
            (When::Anywhere, Action::Asks, "answer"),
            (When::Anywhere, Action::Pause, "pause"),
            (When::Anywhere, Action::Fork, "fork"),
            (When::Anywhere, Action::Undo, "undo"),
            (When::Anywhere, Action::Quit, "leave"),
        ],
    };
    let end = area.right().saturating_sub(1);
    let mut x = area.x + 1;
    for (when, action, text) in hints {
        let key = key_of(*when, *action);
        let wide = u16::try_from(key.len() + text.len() + 3).unwrap_or(u16::MAX);
        if x.saturating_add(wide) > end + 2 {
            break;
        }
        let row = Row::new(Role::Key, key).and(Role::Dim, format!(" {text}"));
        canvas.row(x, area.y, end.saturating_sub(x), &row);
        x += wide;
    }
}
