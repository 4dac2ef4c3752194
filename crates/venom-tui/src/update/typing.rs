//! Keys that are text: the box for a new run, and the filter of the list.

use super::act;
use crate::keymap::{self, Action, When};
use crate::look::Role;
use crate::message::Order;
use crate::model::dialog::Dialog;
use crate::model::editor::{Compose, Line, Offers};
use crate::model::{Model, Page, Panel};

/// Offers that are kept.
const OFFERS: usize = 50;

pub(super) fn paste(model: &mut Model, text: &str, orders: &mut Vec<Order>) {
    match &mut model.dialog {
        Some(Dialog::Asked(asked)) if asked.is_own() => asked.line.paste(text),
        Some(Dialog::Palette { line, .. }) => line.paste(text),
        Some(_) => {}
        None if model.is_filtering => {
            model.filter.get_or_insert_with(Line::default).paste(text);
        }
        None if model.page == Page::Memory => {
            model.recall.is_typing = true;
            model.recall.line.paste(text);
        }
        // What is pasted where keys are not text is a goal, and never a row of commands.
        None => {
            act::focus(model, Panel::Compose);
            model.compose.line.paste(text);
            offer(&mut model.compose, orders);
        }
    }
}

pub(super) fn filter(model: &mut Model, key: &str, orders: &mut Vec<Order>) {
    let line = model.filter.get_or_insert_with(Line::default);
    match key {
        "Enter" | "Down" | "Tab" => {
            model.is_filtering = false;
            if model.filter.as_ref().is_some_and(Line::is_empty) {
                model.filter = None;
            }
        }
        "Esc" => {
            model.is_filtering = false;
            model.filter = None;
        }
        "Backspace" if line.is_empty() => {
            model.is_filtering = false;
            model.filter = None;
        }
        key => {
            line.key(key);
        }
    }
    act::keep_selected(model, orders);
}

pub(super) fn search(model: &mut Model, key: &str, orders: &mut Vec<Order>) {
    let recall = &mut model.recall;
    match keymap::find(When::Search, key) {
        Some(Action::Send) => {
            let words = recall.line.text().trim().to_owned();
            if !words.chars().any(char::is_alphanumeric) {
                return model.say(
                    Role::Dim,
                    "say what you look for, for example: what did we decide about the cache",
                );
            }
            recall.is_typing = false;
            recall.found = None;
            recall.place = 0;
            recall.asked = Some(words.clone());
            orders.push(Order::Recall(words));
        }
        // Where nothing was found yet there is nothing to go back to.
        Some(Action::Back) if recall.found.is_none() => model.page = Page::Runs,
        Some(Action::Back) => recall.is_typing = false,
        _ => {
            recall.line.key(key);
        }
    }
}

pub(super) fn compose(model: &mut Model, key: &str, orders: &mut Vec<Order>) {
    let has_offers = !model.compose.offers.all.is_empty();
    match keymap::find(When::Compose, key) {
        Some(Action::Send) => return send(model, orders),
        Some(Action::Newline) => model.compose.line.put('\n'),
        Some(Action::Complete) if has_offers => {
            model.compose.accept();
        }
        Some(Action::Complete) if model.compose.line.is_empty() => {
            return act::act(model, Action::NextPanel, orders);
        }
        Some(Action::Complete) => {}
        Some(Action::Up) if has_offers => {
            let offers = &mut model.compose.offers;
            offers.chosen = offers.chosen.saturating_sub(1);
            return;
        }
        Some(Action::Down) if has_offers => {
            let offers = &mut model.compose.offers;
            offers.chosen = (offers.chosen + 1).min(offers.all.len() - 1);
            return;
        }
        Some(Action::Up) => model.compose.up(),
        Some(Action::Down) => model.compose.down(),
        Some(Action::Back) if has_offers => {
            model.compose.offers = Offers::default();
            return;
        }
        Some(Action::Back) => {
            model.panel = Panel::Runs;
            return;
        }
        _ => {
            if key == "BackTab" {
                return act::act(model, Action::LastPanel, orders);
            }
            model.compose.line.key(key);
        }
    }
    offer(&mut model.compose, orders);
}

/// Looks for what the word before the cursor may mean.
fn offer(compose: &mut Compose, orders: &mut Vec<Order>) {
    let Some(word) = compose.word() else {
        compose.offers = Offers::default();
        return;
    };
    if word == compose.offers.word {
        return;
    }
    if let Some(path) = word.strip_prefix('@') {
        orders.push(Order::Complete(path.to_owned()));
        compose.offers.word = word;
        compose.offers.all.clear();
        compose.offers.chosen = 0;
    } else {
        let typed = word.trim_start_matches('/');
        let all = keymap::named()
            .map(|binding| binding.name)
            .filter(|name| name.starts_with(typed) && *name != typed)
            .map(|name| format!("/{name}"))
            .take(OFFERS)
            .collect();
        compose.offers = Offers {
            word,
            all,
            chosen: 0,
        };
    }
}

/// Takes paths that begin with what was typed.
pub(super) fn offered(compose: &mut Compose, typed: &str, paths: Vec<String>) {
    if compose
        .word()
        .and_then(|word| word.strip_prefix('@').map(str::to_owned))
        .as_deref()
        != Some(typed)
    {
        return;
    }
    compose.offers = Offers {
        word: format!("@{typed}"),
        all: paths
            .into_iter()
            .filter(|path| path != typed)
            .take(OFFERS)
            .map(|path| format!("@{path}"))
            .collect(),
        chosen: 0,
    };
}

fn send(model: &mut Model, orders: &mut Vec<Order>) {
    let text = model.compose.line.text();
    let text = text.trim();
    if text.is_empty() {
        return model.say(Role::Dim, "say what you want, for example: run the tests");
    }
    if let Some(command) = text.strip_prefix('/') {
        let name = command.split_whitespace().next().unwrap_or_default();
        let found = keymap::named().find(|binding| binding.name == name);
        let Some(binding) = found else {
            return model.say(
                Role::Warn,
                format!("there is no command /{name}; : shows all"),
            );
        };
        let action = binding.action;
        model.compose.take();
        model.panel = Panel::Runs;
        return act::act(model, action, orders);
    }
    // A path is named as it is; the sign is for completing it.
    let goal = unsigned(text);
    model.compose.remember(text);
    model.compose.take();
    model.say(Role::Dim, "starting a run");
    orders.push(Order::Start(goal));
}

/// Takes the signs off paths: `@src/main.rs` is `src/main.rs`.
fn unsigned(text: &str) -> String {
    let mut goal = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_sign = c == '@'
            && before.is_whitespace()
            && rest.peek().is_some_and(|next| !next.is_whitespace());
        if !is_sign {
            goal.push(c);
        }
        before = c;
    }
    goal
}
