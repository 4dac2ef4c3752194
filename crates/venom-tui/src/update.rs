//! What follows from what happened: a plain function of the model and a message.

use venom_kernel::id::RunId;

use crate::areas;
use crate::keymap::{self, Action, When};
use crate::message::{Message, Order, Stopped};
use crate::model::detail::Tab;
use crate::model::dialog::{Asked, Dialog};
use crate::model::sight::{Ask, Sight};
use crate::model::{Model, NOTE_STANDS, Page, Panel};

mod act;
mod dialogs;
mod mouse;
mod news;
mod typing;

pub(crate) use dialogs::fitting;

/// Milliseconds between two looks at the files of a run that is at work. Chosen: a look reads two
/// trees.
const FILES_EVERY: u64 = 2_000;

/// Changes the model by what happened, and says what the world is to do.
pub(crate) fn update(model: &mut Model, message: Message) -> Vec<Order> {
    let mut orders = Vec::new();
    match message {
        Message::Key(key) => press(model, &key, &mut orders),
        Message::Paste(text) => typing::paste(model, &text, &mut orders),
        Message::Mouse(what, x, y) => mouse::mouse(model, what, x, y, &mut orders),
        Message::Resize(width, height) => model.size = (width, height),
        Message::Tick(now) => {
            model.now = now;
            let is_over = |since| now.since(since).get() > NOTE_STANDS;
            if model.note.as_ref().is_some_and(|note| is_over(note.since)) {
                model.note = None;
            }
        }
        Message::Stop(stopped) => orders.push(Order::Quit(stopped)),
        other => news::hear(model, other, &mut orders),
    }
    settle(model, &mut orders);
    orders
}

/// Brings what follows from the rest of the model up to date.
fn settle(model: &mut Model, orders: &mut Vec<Order>) {
    let is_shown = |panel| areas::of(model).of(panel).width > 0;
    let has_detail = model.page == Page::Runs && is_shown(Panel::Detail);
    if has_detail
        && model.detail.tab == Tab::Files
        && let Some(sight) = &mut model.sight
    {
        let at = sight.seq();
        // While a run is at work, files are looked at every other second and not with each event.
        let is_still = sight.is_past() || sight.rest.is_some() || sight.is_over();
        let is_soon = !is_still && model.now.since(sight.looked).get() < FILES_EVERY;
        let is_known = sight.files.at().is_some();
        let is_waiting = sight.asked.is_some() || (is_soon && is_known);
        // One question at a time: while somebody scrubs, the last moment is asked for when the answer is there.
        if !is_waiting && sight.files.at() != Some(at) && at.number() > 0 {
            sight.asked = Some(at);
            sight.looked = model.now;
            orders.push(Order::Compare(sight.run, at));
        }
    }
    let inside = areas::of(model).inside(Panel::Detail);
    let height = usize::from(inside.height.saturating_sub(1));
    let (width, height) = (usize::from(inside.width.max(20)), height.max(1));
    let words = model.words;
    model
        .detail
        .settle(model.sight.as_ref(), &words, width, height);
}

/// Returns where keys are read now.
pub(crate) fn place(model: &Model) -> When {
    match &model.dialog {
        Some(Dialog::Help { .. }) => When::Reading,
        Some(Dialog::Palette { .. }) => When::Palette,
        Some(Dialog::Asked(_)) => When::Asked,
        Some(Dialog::Rewind(_)) => When::Rewind,
        Some(
            Dialog::Fork { .. }
            | Dialog::Cancel { .. }
            | Dialog::Mark { .. }
            | Dialog::State { .. }
            | Dialog::Leave,
        ) => When::Confirm,
        None if model.page == Page::Memory && model.recall.is_typing => When::Search,
        None if model.page == Page::Memory => When::Memory,
        None if model.page == Page::Router => When::Router,
        None if model.page != Page::Runs => When::Reading,
        None => match model.panel {
            Panel::Runs => When::Runs,
            Panel::Plan => When::Plan,
            Panel::Detail => When::Detail,
            Panel::Asks => When::Anywhere,
            Panel::Compose => When::Compose,
        },
    }
}

fn press(model: &mut Model, key: &str, orders: &mut Vec<Order>) {
    let when = place(model);
    match key {
        // Whatever is open: the way out is the same.
        "Ctrl-c" => return interrupt(model, orders),
        "Ctrl-z" => return orders.push(Order::Suspend),
        "Ctrl-l" => return,
        _ => {}
    }
    if model.dialog.is_some() {
        return dialogs::press(model, when, key, orders);
    }
    if model.is_filtering {
        return typing::filter(model, key, orders);
    }
    if when == When::Search {
        return typing::search(model, key, orders);
    }
    if when == When::Compose {
        return typing::compose(model, key, orders);
    }
    if let Some(action) = keymap::find(when, key) {
        act::act(model, action, orders);
    }
}

fn interrupt(model: &mut Model, orders: &mut Vec<Order>) {
    if matches!(model.dialog, Some(Dialog::Leave)) {
        orders.push(Order::Quit(Stopped::Left));
    } else {
        act::act(model, Action::Quit, orders);
    }
}

/// Looks at another run.
fn select(model: &mut Model, run: RunId, orders: &mut Vec<Order>) {
    model.selected = Some(run);
    if model.sight.as_ref().is_some_and(|sight| sight.run == run) {
        return;
    }
    model.following += 1;
    model.sight = Some(Sight::new(run));
    orders.push(Order::Follow(run, model.following));
}

/// Puts before the user what the run asks first and what was not put aside.
fn ask_next(model: &mut Model) {
    let Some(sight) = &model.sight else { return };
    let answered = |ask: &Ask| sight.answered.iter().any(|(known, _)| known == ask);
    let next = sight
        .asks()
        .into_iter()
        .find(|ask| !sight.put_aside.contains(ask) && !answered(ask));
    if let Some(ask) = next {
        open_ask(model, ask);
    }
}

fn open_ask(model: &mut Model, ask: Ask) {
    let Some(sight) = &model.sight else { return };
    let choices = match ask {
        Ask::Question(id) => sight
            .head()
            .question(id)
            .map_or(0, |question| question.choices.len()),
        Ask::Approval(_) => 0,
    };
    model.dialog = Some(Dialog::Asked(Asked::new(ask, choices)));
}
