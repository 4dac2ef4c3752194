//! What the world says: runs, events, and what came of orders.

use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::RunId;
use venom_ports::api::runs::Rest;
use venom_ports::api::time::RewindResult;
use venom_ports::memory::episodes::Mark;

use super::{ask_next, select, typing};
use crate::look::Role;
use crate::message::{Deed, Message, Order, sorted};
use crate::model::dialog::Dialog;
use crate::model::sight::{Ask, Files};
use crate::model::{Model, Panel};

/// Goals of earlier runs that the box for a new run knows.
const GOALS: usize = 30;

pub(super) fn hear(model: &mut Model, message: Message, orders: &mut Vec<Order>) {
    match message {
        Message::Rows(Ok(rows)) => {
            if !model.compose.has_history() {
                for row in rows.iter().take(GOALS).rev() {
                    model.compose.remember(&row.goal);
                }
            }
            model.rows = rows;
            model.is_listed = true;
            let wanted = model
                .selected
                .or_else(|| model.rows.first().map(|row| row.run));
            if let (None, Some(run)) = (&model.sight, wanted) {
                select(model, run, orders);
            }
            hear_on(model, orders);
        }
        Message::Rows(Err(why)) => {
            model.say(Role::Bad, format!("the runs cannot be listed: {why}"));
        }
        Message::Heard(following, news) if following == model.following => {
            let (events, lines, rest) = sorted(news);
            heard(model, events, lines, rest);
        }
        Message::Silent(following, why) if following == model.following => {
            if let Some(sight) = &mut model.sight {
                sight.is_silent = true;
                sight.trouble = why.or_else(|| sight.trouble.take());
            }
        }
        Message::Heard(..) | Message::Silent(..) => {}
        Message::Ours(Ok(run), deed) => {
            model.ours.insert(run);
            let said = match deed {
                Deed::Started => "started",
                Deed::TakenUp if model.is_far => "taken up; it goes on at the server",
                Deed::TakenUp => "taken up; it goes on here",
                Deed::Forked => "forked; r goes on with it",
            };
            model.say(Role::Good, said);
            if deed != Deed::TakenUp {
                model.filter = None;
                model.panel = Panel::Plan;
                select(model, run, orders);
            }
            orders.push(Order::List);
        }
        Message::Ours(Err(why), _) => model.say(Role::Bad, why),
        Message::Sent(_, Ok(true), what) => model.say(Role::Good, what.to_owned()),
        Message::Sent(_, Ok(false), what) => model.say(
            Role::Warn,
            format!("{what}: kept for the run, which no process works on; r goes on with it here"),
        ),
        Message::Sent(run, Err(why), what) => {
            // What was not heard was not answered.
            let is_answer = ["approved", "denied", "answered"].contains(&what);
            if let Some(sight) = model
                .sight
                .as_mut()
                .filter(|sight| is_answer && sight.run == run)
            {
                sight.answered.pop();
            }
            model.say(Role::Bad, why);
        }
        Message::Compared(run, at, found) => {
            if let Some(sight) = model.sight.as_mut().filter(|sight| sight.run == run) {
                sight.asked = None;
                sight.files = match found {
                    Ok(files) => Files::Known(at, files),
                    Err(why) => Files::Failed(at, why),
                };
            }
        }
        Message::Previewed(run, found) => {
            if let Some(Dialog::Rewind(rewind)) = &mut model.dialog
                && rewind.run == run
            {
                rewind.preview = Some(found);
            }
        }
        Message::Rewound(run, Ok(result)) => {
            if let Some(sight) = model.sight.as_mut().filter(|sight| sight.run == run) {
                sight.go(usize::MAX);
                sight.files = Files::Unknown;
                sight.undone = Some(result.before);
            }
            // Going back is an event as well, and the list says that there is one.
            orders.push(Order::List);
            let (role, text) = rewound(&result);
            model.say(role, text);
        }
        Message::Rewound(_, Err(why)) => model.say(Role::Bad, why),
        Message::Recalled(words, found) => {
            // A late answer to another question is of no use.
            if model.recall.asked.as_ref() == Some(&words) {
                let last = found
                    .as_ref()
                    .map_or(0, |found| found.hits.len().saturating_sub(1));
                model.recall.place = model.recall.place.min(last);
                model.recall.found = Some(found);
            }
        }
        Message::Marked(mark, Ok(_)) => {
            let said = match mark {
                Mark::Forget => "forgotten: no search finds it any more",
                Mark::Pin => "pinned",
                Mark::Unpin => "not pinned any more",
            };
            model.say(Role::Good, said);
            orders.extend(model.recall.asked.clone().map(Order::Recall));
        }
        Message::Marked(_, Err(why)) | Message::StateRewound(_, Err(why)) => {
            model.say(Role::Bad, why);
        }
        Message::Learnt(records) => model.learnt.records = Some(records),
        Message::StateChecked(run, found) => {
            if let Some(Dialog::State {
                run: asked,
                checked,
                ..
            }) = &mut model.dialog
                && *asked == run
            {
                *checked = Some(found);
            }
        }
        Message::StateRewound(run, Ok(_)) => {
            if let Some(sight) = model.sight.as_mut().filter(|sight| sight.run == run) {
                sight.go(usize::MAX);
            }
            orders.push(Order::List);
            model.say(
                Role::Good,
                "the run stands there again and is paused; r goes on from there",
            );
        }
        Message::Completed(typed, paths) => typing::offered(&mut model.compose, &typed, paths),
        Message::Key(_)
        | Message::Paste(_)
        | Message::Mouse(..)
        | Message::Resize(..)
        | Message::Tick(_)
        | Message::Stop(_) => {}
    }
}

/// Hears on of a run of which nothing more was to come, if something did: it was undone, or forked.
fn hear_on(model: &mut Model, orders: &mut Vec<Order>) {
    let Some(sight) = &mut model.sight else {
        return;
    };
    let known = sight.events.last().map(|last| last.seq);
    let row = model.rows.iter().find(|row| row.run == sight.run);
    if sight.is_silent && row.is_some_and(|row| Some(row.seq) > known) {
        sight.is_silent = false;
        model.following += 1;
        orders.push(Order::Follow(sight.run, model.following));
    }
}

fn rewound(result: &RewindResult) -> (Role, String) {
    let count = result.undone.len();
    let paths = if count == 1 { "path" } else { "paths" };
    let mut text = format!("{count} {paths} brought back to event {}", result.to);
    if result.is_exact {
        text.push_str(", exactly");
    }
    if !result.conflicts.is_empty() {
        text.push_str(&format_args!("; {} left alone", result.conflicts.len()).to_string());
    }
    text.push_str("; U does it again");
    let role = if result.conflicts.is_empty() {
        Role::Good
    } else {
        Role::Warn
    };
    (role, text)
}

fn heard(
    model: &mut Model,
    events: Vec<Envelope>,
    lines: Vec<(String, String)>,
    rest: Option<Rest>,
) {
    let Some(sight) = &mut model.sight else {
        return;
    };
    let before = sight.events.len();
    let was_past = sight.is_past();
    sight.hear(events);
    for (step, line) in lines {
        sight.say(step, line);
    }
    if rest.is_some() || sight.events.len() > before {
        sight.rest = rest;
    }
    let news: Vec<Said> = sight.events.iter().skip(before).filter_map(said).collect();
    follow_step(model, before, was_past);
    for said in news {
        decided(model, said);
    }
    row(model);
    let is_busy =
        model.dialog.is_some() || (model.panel == Panel::Compose && !model.compose.line.is_empty());
    let may_ask = model.asks_at_once
        && !is_busy
        && model.sight.as_ref().is_some_and(|sight| {
            !sight.is_past()
                && !sight.is_over()
                && (model.ours.contains(&sight.run) || sight.rest != Some(Rest::Abandoned))
        });
    if may_ask && rest.is_some() {
        ask_next(model);
    }
}

/// Looks at the step that has just begun, as long as nobody looks at another moment or works in the plan.
fn follow_step(model: &mut Model, before: usize, was_past: bool) {
    if was_past || matches!(model.panel, Panel::Plan | Panel::Detail) {
        return;
    }
    let Some(sight) = &mut model.sight else {
        return;
    };
    let begun = sight
        .events
        .iter()
        .skip(before)
        .rev()
        .find_map(|envelope| match &envelope.event {
            Event::StepStarted { step, .. } | Event::ApprovalAsked { step, .. } => {
                Some(step.clone())
            }
            _ => None,
        });
    if begun.is_some() {
        sight.step = begun;
    }
}

/// An answer that stands in the log.
struct Said {
    ask: Ask,
    what: String,
    by: String,
}

fn said(envelope: &Envelope) -> Option<Said> {
    let (ask, what, by) = match &envelope.event {
        Event::ApprovalGiven { id, by } => (Ask::Approval(*id), "approved".to_owned(), by),
        Event::ApprovalDenied { id, by, .. } => (Ask::Approval(*id), "denied".to_owned(), by),
        Event::ClarificationAnswered { id, answer, by } => (Ask::Question(*id), answer.clone(), by),
        _ => return None,
    };
    Some(Said {
        ask,
        what,
        by: by.clone(),
    })
}

/// An answer has come: of two, the first counts, and whoever gave the second is told.
fn decided(model: &mut Model, said: Said) {
    let Said { ask, what, by } = said;
    let Some(sight) = &mut model.sight else {
        return;
    };
    let place = sight.answered.iter().position(|(known, _)| *known == ask);
    let mine = place.map(|place| sight.answered.remove(place).1);
    let is_open = matches!(&model.dialog, Some(Dialog::Asked(asked)) if asked.ask == ask);
    if is_open {
        model.dialog = None;
    }
    let shown: String = what.chars().take(80).collect();
    match mine {
        Some(mine) if mine != what => model.say(
            Role::Warn,
            format!("{by} was first and said \"{shown}\"; your answer does not count"),
        ),
        None if is_open => model.say(
            Role::Warn,
            format!("{by} has answered already: \"{shown}\""),
        ),
        Some(_) | None => {}
    }
}

/// Brings the row of the run up to what its events say, before the list is read anew.
fn row(model: &mut Model) {
    use venom_ports::projection::RunStatus;
    let Some(sight) = &model.sight else { return };
    let run: RunId = sight.run;
    let head = sight.head();
    if sight.events.is_empty() || sight.trouble.is_some() {
        return;
    }
    let status = if head.outcome().is_some() {
        RunStatus::Finished
    } else if head.is_paused() {
        RunStatus::Paused
    } else if head.waits_for_person() {
        RunStatus::Waiting
    } else {
        RunStatus::Active
    };
    let outcome = head.outcome().cloned();
    if let Some(row) = model.rows.iter_mut().find(|row| row.run == run) {
        row.status = status;
        row.outcome = outcome;
    }
}
