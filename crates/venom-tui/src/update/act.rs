//! Doing what a key, a command or a click stands for.

use venom_kernel::event::Event;
use venom_kernel::id::Seq;
use venom_ports::api::runs::Rest;
use venom_ports::memory::episodes::Mark;
use venom_ports::projection::RunStatus;

use super::{ask_next, open_ask, select};
use crate::areas;
use crate::draw;
use crate::keymap::Action;
use crate::look::Role;
use crate::message::{Order, Stopped, Telling};
use crate::model::detail::Tab;
use crate::model::dialog::{Dialog, Rewind};
use crate::model::editor::Line;
use crate::model::sight::Moment;
use crate::model::{Model, Page, Panel};

/// Hits that a page key moves. Chosen: about as many as a screen shows.
const PAGE_OF_HITS: usize = 10;

/// Does something.
pub(super) fn act(model: &mut Model, action: Action, orders: &mut Vec<Order>) {
    match action {
        Action::Help => model.dialog = Some(Dialog::Help { scroll: 0 }),
        Action::Palette => {
            model.dialog = Some(Dialog::Palette {
                line: Line::default(),
                chosen: 0,
            });
        }
        Action::Quit => quit(model, orders),
        Action::Suspend => orders.push(Order::Suspend),
        Action::Panel(number) => {
            let panel = Panel::ALL.into_iter().find(|panel| panel.number() == usize::from(number));
            focus(model, panel.unwrap_or(Panel::Runs));
        }
        Action::Compose => focus(model, Panel::Compose),
        Action::NextPanel => focus(model, beside(model.panel, 1)),
        Action::LastPanel => focus(model, beside(model.panel, Panel::ALL.len() - 1)),
        Action::Zoom => model.is_zoomed = true,
        Action::Unzoom => model.is_zoomed = false,
        Action::Models => turn(model, Page::Models),
        Action::Skills => turn(model, Page::Skills),
        Action::Agents => turn(model, Page::Agents),
        Action::Memory => {
            turn(model, Page::Memory);
            model.recall.is_typing = model.recall.found.is_none();
        }
        Action::Router => {
            turn(model, Page::Router);
            orders.push(Order::Learn);
        }
        Action::Search => model.recall.is_typing = true,
        Action::Pin => mark(model, false),
        Action::Forget => mark(model, true),
        Action::Back => back(model, orders),
        Action::Down => go(model, Move::Lines(1), orders),
        Action::Up => go(model, Move::Lines(-1), orders),
        Action::PageDown => go(model, Move::Pages(1), orders),
        Action::PageUp => go(model, Move::Pages(-1), orders),
        Action::Top => go(model, Move::Top, orders),
        Action::Bottom => go(model, Move::Bottom, orders),
        Action::Left => sideways(model, false),
        Action::Right => sideways(model, true),
        Action::Open => open(model),
        Action::Filter => {
            model.panel = Panel::Runs;
            model.is_filtering = true;
            model.filter.get_or_insert_with(Line::default);
        }
        Action::StepBack => scrub(model, |position, _| position.saturating_sub(1)),
        Action::StepForth => scrub(model, |position, _| position + 1),
        Action::First => scrub(model, |_, _| 1),
        Action::Live => scrub(model, |_, all| all),
        Action::SnapshotBack => snapshot(model, false),
        Action::SnapshotForth => snapshot(model, true),
        Action::NextTab => model.detail.tab = model.detail.tab.after(true),
        Action::LastTab => model.detail.tab = model.detail.tab.after(false),
        Action::Files => {
            model.detail.tab = Tab::Files;
            focus(model, Panel::Detail);
        }
        Action::NextFile => model.detail.file = model.detail.file.saturating_add(1).min(files(model)),
        Action::LastFile => model.detail.file = model.detail.file.saturating_sub(1),
        Action::Asks => {
            if let Some(sight) = &mut model.sight {
                sight.put_aside.clear();
            }
            ask_next(model);
            if model.dialog.is_none() {
                model.say(Role::Dim, "the run asks nothing that you have not answered");
            }
        }
        Action::Pause => pause(model, orders),
        Action::Resume => {
            if let Some(run) = steerable(model) {
                orders.push(Order::TakeUp(run));
            }
        }
        Action::Cancel => {
            if let Some(run) = steerable(model) {
                model.dialog = Some(Dialog::Cancel { run });
            }
        }
        Action::Fork => match &model.sight {
            Some(sight) if sight.is_over() && !sight.is_past() => model.say(
                Role::Warn,
                "the run has ended, and a fork would have nothing to do; look at an earlier moment with [ first",
            ),
            Some(sight) if !sight.events.is_empty() => {
                let at = sight.is_past().then(|| sight.seq());
                model.dialog = Some(Dialog::Fork { run: sight.run, at });
            }
            Some(_) | None => {}
        },
        Action::Rewind => match model.sight.as_ref().map(|sight| (sight.is_past(), sight.seq())) {
            Some((true, seq)) => rewind(model, Some(seq), orders),
            Some((false, _)) => model.say(
                Role::Warn,
                "this is what is now; look at an earlier moment with [ first, or undo everything with u",
            ),
            None => {}
        },
        Action::RewindState => rewind_state(model, orders),
        Action::Undo => rewind(model, None, orders),
        Action::Redo => redo(model, orders),
        Action::Interrupt
        | Action::Redraw
        | Action::Yes
        | Action::No
        | Action::Overwrite
        | Action::Send
        | Action::Newline
        | Action::Complete
        | Action::Choose(_) => {}
    }
}

/// How far to move in a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    Lines(isize),
    Pages(isize),
    Top,
    Bottom,
}

impl Move {
    /// Returns the place after the move.
    pub(super) fn from(self, here: usize, count: usize, page: usize) -> usize {
        let last = count.saturating_sub(1);
        let page = isize::try_from(page.max(1)).unwrap_or(1);
        let by = |lines: isize| here.saturating_add_signed(lines).min(last);
        match self {
            Self::Lines(lines) => by(lines),
            Self::Pages(pages) => by(pages.saturating_mul(page)),
            Self::Top => 0,
            Self::Bottom => last,
        }
    }
}

fn beside(panel: Panel, by: usize) -> Panel {
    let here = panel.number() - 1;
    let next = (here + by) % Panel::ALL.len();
    Panel::ALL.get(next).copied().unwrap_or(panel)
}

pub(super) fn focus(model: &mut Model, panel: Panel) {
    model.page = Page::Runs;
    model.panel = panel;
}

fn turn(model: &mut Model, page: Page) {
    model.page = if model.page == page { Page::Runs } else { page };
    model.place = 0;
}

fn quit(model: &mut Model, orders: &mut Vec<Order>) {
    let is_under_way = model.rows.iter().any(|row| {
        !model.is_far
            && model.ours.contains(&row.run)
            && matches!(row.status, RunStatus::Active | RunStatus::Waiting)
    });
    if is_under_way {
        model.dialog = Some(Dialog::Leave);
    } else {
        orders.push(Order::Quit(Stopped::Left));
    }
}

fn back(model: &mut Model, orders: &mut Vec<Order>) {
    if model.page != Page::Runs {
        model.page = Page::Runs;
    } else if model.filter.is_some() {
        model.filter = None;
        keep_selected(model, orders);
    } else if model.sight.as_ref().is_some_and(super::Sight::is_past) {
        scrub(model, |_, all| all);
    } else if model.is_zoomed {
        model.is_zoomed = false;
    } else {
        model.note = None;
        model.panel = Panel::Runs;
    }
}

/// Looks at the first run that the filter shows if the selected one is not among them.
pub(super) fn keep_selected(model: &mut Model, orders: &mut Vec<Order>) {
    let rows = model.shown_rows();
    let is_shown = rows.iter().any(|row| Some(row.run) == model.selected);
    if let (false, Some(first)) = (is_shown, rows.first().map(|row| row.run)) {
        select(model, first, orders);
    }
}

/// Goes to another moment of the run.
pub(super) fn scrub(model: &mut Model, to: impl FnOnce(usize, usize) -> usize) {
    if let Some(sight) = &mut model.sight {
        let wanted = to(sight.position(), sight.events.len());
        sight.go(wanted);
    }
}

fn snapshot(model: &mut Model, is_forth: bool) {
    let Some(sight) = &mut model.sight else {
        return;
    };
    if let Some(position) = sight.near(Moment::Snapshot, is_forth) {
        sight.go(position);
    } else if is_forth {
        sight.go(usize::MAX);
    } else {
        model.say(Role::Dim, "there is no snapshot before this moment");
    }
}

fn files(model: &Model) -> usize {
    match model.sight.as_ref().map(|sight| &sight.files) {
        Some(crate::model::sight::Files::Known(_, Some(files))) => files.len().saturating_sub(1),
        _ => 0,
    }
}

/// Moves in what is worked in.
pub(super) fn go(model: &mut Model, by: Move, orders: &mut Vec<Order>) {
    if model.page == Page::Memory {
        let count = model.recall.hits().len();
        model.recall.place = by.from(model.recall.place, count, PAGE_OF_HITS);
        return;
    }
    if model.page != Page::Runs {
        let page = usize::from(areas::of(model).inside(Panel::Detail).height);
        let count = draw::pages::lines(model).rows.len();
        model.place = by.from(model.place, count, page);
        return;
    }
    let page = usize::from(areas::of(model).inside(model.panel).height);
    match model.panel {
        Panel::Runs => {
            let rows = model.shown_rows();
            let place = by.from(model.selected_row(), rows.len(), page);
            if let Some(run) = rows.get(place).map(|row| row.run) {
                select(model, run, orders);
            }
        }
        Panel::Plan => {
            if let Some(sight) = &mut model.sight {
                let here = sight.step_position().unwrap_or(0);
                let steps = &sight.state().plan().steps;
                let step = steps
                    .get(by.from(here, steps.len(), page))
                    .map(|step| step.id.clone());
                sight.step = step;
            }
        }
        Panel::Detail if model.detail.tab == Tab::Events => {
            scrub(model, |position, all| {
                by.from(position.saturating_sub(1), all, page) + 1
            });
        }
        Panel::Detail => {
            let most = model
                .detail
                .rows()
                .len()
                .saturating_sub(page.saturating_sub(1));
            let place = by.from(model.detail.scroll, most + 1, page);
            model.detail.scroll = place;
            model.detail.is_at_end = place >= most && model.detail.tab == Tab::Talk;
        }
        Panel::Asks | Panel::Compose => {}
    }
}

/// Left and right: along the lines of the plan, or to another tab.
fn sideways(model: &mut Model, is_right: bool) {
    if model.page == Page::Router {
        return model.learnt.turn(is_right);
    }
    match model.panel {
        Panel::Plan => {
            let Some(sight) = &mut model.sight else {
                return;
            };
            let state = sight.state();
            let Some(here) = sight.step_position() else {
                return;
            };
            let near = if is_right {
                state.graph().after(here)
            } else {
                state.graph().before(here)
            };
            let step = near
                .first()
                .and_then(|step| state.plan().steps.get(*step))
                .map(|step| step.id.clone());
            if step.is_some() {
                sight.step = step;
            }
        }
        Panel::Detail => model.detail.tab = model.detail.tab.after(is_right),
        Panel::Runs | Panel::Asks | Panel::Compose => {}
    }
}

fn open(model: &mut Model) {
    match model.panel {
        Panel::Runs => model.panel = Panel::Plan,
        Panel::Plan => model.panel = Panel::Detail,
        Panel::Asks => {
            let first = model
                .sight
                .as_ref()
                .and_then(|sight| sight.asks().first().copied());
            if let Some(ask) = first {
                open_ask(model, ask);
            }
        }
        Panel::Detail | Panel::Compose => {}
    }
}

/// Returns the run if something can still be done about it; says so if not.
fn steerable(model: &mut Model) -> Option<venom_kernel::id::RunId> {
    let sight = model.sight.as_ref()?;
    if sight.is_over() {
        model.say(
            Role::Warn,
            "the run has ended; fork it with f, or undo it with u",
        );
        return None;
    }
    Some(sight.run)
}

fn pause(model: &mut Model, orders: &mut Vec<Order>) {
    let Some(run) = steerable(model) else { return };
    let Some(sight) = &model.sight else { return };
    let is_alone = sight.rest == Some(Rest::Abandoned);
    orders.push(match (sight.head().is_paused(), is_alone) {
        (true, true) => Order::TakeUp(run),
        (true, false) => Order::Tell(run, Telling::Resume),
        (false, _) => Order::Tell(run, Telling::Pause),
    });
}

pub(super) fn rewind(model: &mut Model, to: Option<Seq>, orders: &mut Vec<Order>) {
    let Some(sight) = &model.sight else { return };
    if sight.events.is_empty() {
        return;
    }
    orders.push(Order::Preview(sight.run, to, false));
    model.dialog = Some(Dialog::Rewind(Rewind {
        run: sight.run,
        to,
        overwrites: false,
        preview: None,
        scroll: 0,
    }));
}

/// Asks whether the episode that is looked at is to be forgotten, or pinned, or not pinned any more.
fn mark(model: &mut Model, is_to_forget: bool) {
    let Some(hit) = model.recall.hit() else {
        return;
    };
    let mark = match (is_to_forget, hit.known.is_pinned) {
        (true, _) => Mark::Forget,
        (false, false) => Mark::Pin,
        (false, true) => Mark::Unpin,
    };
    model.dialog = Some(Dialog::Mark {
        id: hit.known.episode.id,
        mark,
        text: hit.known.episode.text.chars().take(300).collect(),
    });
}

fn rewind_state(model: &mut Model, orders: &mut Vec<Order>) {
    let moment = model
        .sight
        .as_ref()
        .map(|sight| (sight.run, sight.is_past(), sight.seq()));
    match moment {
        Some((run, true, to)) => {
            orders.push(Order::CheckState(run, to));
            model.dialog = Some(Dialog::State {
                run,
                to,
                checked: None,
            });
        }
        Some((_, false, _)) => model.say(
            Role::Warn,
            "this is what is now; look at an earlier moment with [ first",
        ),
        None => {}
    }
}

fn redo(model: &mut Model, orders: &mut Vec<Order>) {
    let Some(sight) = &model.sight else { return };
    let heard = sight
        .events
        .iter()
        .rev()
        .find(|envelope| matches!(envelope.event, Event::RewindStarted { .. }))
        .map(|envelope| Seq::new(envelope.seq.number().saturating_sub(1)));
    // What was just undone here is known before its events are heard.
    match heard.max(sight.undone).filter(|seq| *seq > Seq::ZERO) {
        Some(seq) => rewind(model, Some(seq), orders),
        None => model.say(Role::Warn, "nothing of this run was taken back"),
    }
}

/// Puts the pointer on a step.
pub(super) fn point(model: &mut Model, x: u16, y: u16) {
    let area = areas::of(model).inside(Panel::Plan);
    let step = draw::plan::step_at(model, area, x, y);
    if let (Some(sight), Some(step)) = (&mut model.sight, step) {
        let id = sight
            .state()
            .plan()
            .steps
            .get(step)
            .map(|step| step.id.clone());
        sight.step = id;
    }
}
