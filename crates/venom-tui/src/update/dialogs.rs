//! Keys while something stands before everything else.

use venom_kernel::id::RunId;

use super::act::{self, Move};
use super::ask_next;
use crate::keymap::{self, Action, Binding, When};
use crate::message::{Order, Stopped, Telling};
use crate::model::Model;
use crate::model::dialog::{Asked, Dialog};
use crate::model::editor::Line;
use crate::model::sight::Ask;

/// Lines that a page key moves in a dialog.
const PAGE: usize = 10;
/// More lines than any dialog has; drawing stops at the last one.
const MANY: usize = 10_000;

pub(super) fn press(model: &mut Model, when: When, key: &str, orders: &mut Vec<Order>) {
    let Some(dialog) = model.dialog.take() else {
        return;
    };
    let action = keymap::find(when, key);
    match dialog {
        Dialog::Help { scroll } => {
            if action != Some(Action::Back) {
                let scroll = moved(action, scroll);
                model.dialog = Some(Dialog::Help { scroll });
            }
        }
        Dialog::Palette { line, chosen } => palette(model, line, chosen, key, orders),
        Dialog::Asked(asked) => answer(model, asked, key, orders),
        Dialog::Rewind(mut rewind) => match action {
            Some(Action::Yes) if matches!(&rewind.preview, Some(Ok(preview)) if !preview.is_empty()) =>
            {
                orders.push(Order::Rewind(rewind.run, rewind.to, rewind.overwrites));
            }
            // Nothing to do, or it cannot be done: any answer closes.
            Some(Action::Yes) if rewind.preview.is_some() => {}
            Some(Action::Overwrite) => {
                rewind.overwrites = !rewind.overwrites;
                rewind.preview = None;
                orders.push(Order::Preview(rewind.run, rewind.to, rewind.overwrites));
                model.dialog = Some(Dialog::Rewind(rewind));
            }
            Some(Action::Back) => {}
            _ => {
                rewind.scroll = moved(action, rewind.scroll);
                model.dialog = Some(Dialog::Rewind(rewind));
            }
        },
        Dialog::Fork { run, at } => match action {
            Some(Action::Yes) => orders.push(Order::Fork(run, at)),
            Some(Action::Back) => {}
            _ => model.dialog = Some(Dialog::Fork { run, at }),
        },
        Dialog::Cancel { run } => match action {
            Some(Action::Yes) => orders.push(Order::Tell(run, Telling::Cancel)),
            Some(Action::Back) => {}
            _ => model.dialog = Some(Dialog::Cancel { run }),
        },
        Dialog::Mark { id, mark, text } => match action {
            Some(Action::Yes) => orders.push(Order::Mark(id, mark)),
            Some(Action::Back) => {}
            _ => model.dialog = Some(Dialog::Mark { id, mark, text }),
        },
        Dialog::State { run, to, checked } => match action {
            Some(Action::Yes) if checked == Some(Ok(())) => {
                orders.push(Order::RewindState(run, to));
            }
            // It cannot be done: any answer closes.
            Some(Action::Yes) if checked.is_some() => {}
            Some(Action::Back) => {}
            _ => model.dialog = Some(Dialog::State { run, to, checked }),
        },
        Dialog::Leave => match action {
            Some(Action::Yes) => orders.push(Order::Quit(Stopped::Left)),
            Some(Action::Back) => {}
            _ => model.dialog = Some(Dialog::Leave),
        },
    }
}

fn moved(action: Option<Action>, scroll: usize) -> usize {
    let by = match action {
        Some(Action::Down) => Move::Lines(1),
        Some(Action::Up) => Move::Lines(-1),
        Some(Action::PageDown) => Move::Pages(1),
        Some(Action::PageUp) => Move::Pages(-1),
        Some(Action::Top) => Move::Top,
        Some(Action::Bottom) => Move::Bottom,
        _ => return scroll,
    };
    by.from(scroll, MANY, PAGE)
}

/// Returns the commands that what was typed fits, the best first.
pub(crate) fn fitting(typed: &str) -> Vec<&'static Binding> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<(usize, &'static Binding)> = keymap::named()
        .filter_map(|binding| {
            let name = binding.name;
            let help = binding.help.to_lowercase();
            let rank = if name.starts_with(&typed) {
                0
            } else if name.contains(&typed) {
                1
            } else if help.contains(&typed) {
                2
            } else if is_within(&typed, name) {
                3
            } else {
                return None;
            };
            Some((rank, binding))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, binding)| binding).collect()
}

/// Tells whether the characters stand in a text in this order.
fn is_within(wanted: &str, text: &str) -> bool {
    let mut rest = text.chars();
    wanted.chars().all(|c| rest.any(|other| other == c))
}

fn palette(
    model: &mut Model,
    mut line: Line,
    mut chosen: usize,
    key: &str,
    orders: &mut Vec<Order>,
) {
    let found = fitting(&line.text());
    match keymap::find(When::Palette, key) {
        Some(Action::Back) => return,
        Some(Action::Send) => {
            if let Some(binding) = found.get(chosen) {
                act::act(model, binding.action, orders);
            }
            return;
        }
        Some(Action::Down) => chosen = (chosen + 1).min(found.len().saturating_sub(1)),
        Some(Action::Up) => chosen = chosen.saturating_sub(1),
        _ => {
            if line.key(key) {
                chosen = 0;
            }
        }
    }
    model.dialog = Some(Dialog::Palette { line, chosen });
}

fn answer(model: &mut Model, mut asked: Asked, key: &str, orders: &mut Vec<Order>) {
    let Some(run) = model.sight.as_ref().map(|sight| sight.run) else {
        return;
    };
    let is_own = asked.is_own();
    let action = keymap::find(When::Asked, key);
    match (asked.ask, action) {
        (ask, Some(Action::Back)) => {
            if let Some(sight) = &mut model.sight {
                sight.put_aside.insert(ask);
            }
            return;
        }
        (Ask::Approval(id), Some(Action::Yes)) => {
            return settle(
                model,
                run,
                asked.ask,
                "approved",
                Telling::Decide(id, true),
                orders,
            );
        }
        (Ask::Approval(id), Some(Action::No)) => {
            return settle(
                model,
                run,
                asked.ask,
                "denied",
                Telling::Decide(id, false),
                orders,
            );
        }
        (Ask::Approval(_), action) => asked.scroll = moved(action, asked.scroll),
        (Ask::Question(id), Some(Action::Send)) => {
            if let Some(text) = chosen(model, &asked) {
                return settle(
                    model,
                    run,
                    asked.ask,
                    &text.clone(),
                    Telling::Answer(id, text),
                    orders,
                );
            }
        }
        // Arrows move, also while one's own words are typed.
        (Ask::Question(_), Some(Action::Down)) if !is_own || key == "Down" => {
            asked.chosen = (asked.chosen + 1).min(asked.choices);
        }
        (Ask::Question(_), Some(Action::Up)) if !is_own || key == "Up" => {
            asked.chosen = asked.chosen.saturating_sub(1);
        }
        (Ask::Question(_), _) if is_own => {
            asked.line.key(key);
        }
        (Ask::Question(id), _) => {
            let number = key
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            if let Some(number) = number.filter(|number| *number < asked.choices) {
                asked.chosen = number;
                if let Some(text) = chosen(model, &asked) {
                    return settle(
                        model,
                        run,
                        asked.ask,
                        &text.clone(),
                        Telling::Answer(id, text),
                        orders,
                    );
                }
            }
        }
    }
    model.dialog = Some(Dialog::Asked(asked));
}

/// Returns the answer that is selected.
fn chosen(model: &Model, asked: &Asked) -> Option<String> {
    if asked.is_own() {
        let text = asked.line.text().trim().to_owned();
        return (!text.is_empty()).then_some(text);
    }
    let Ask::Question(id) = asked.ask else {
        return None;
    };
    let question = model.sight.as_ref()?.head().question(id)?;
    question
        .choices
        .get(asked.chosen)
        .map(|choice| choice.value.clone())
}

fn settle(
    model: &mut Model,
    run: RunId,
    ask: Ask,
    said: &str,
    telling: Telling,
    orders: &mut Vec<Order>,
) {
    if let Some(sight) = &mut model.sight {
        sight.answered.push((ask, said.to_owned()));
    }
    orders.push(Order::Tell(run, telling));
    ask_next(model);
}
