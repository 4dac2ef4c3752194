//! What keys do: presses in, orders and moments out.

use serde_json::json;
use venom_kernel::event::RunOptions;
use venom_kernel::plan::layout::picture::Glyphs;
use venom_kernel::policy::Policy;
use venom_ports::api::runs::{News, Rest};
use venom_ports::memory::episodes::Mark;
use venom_tui::headless::{Gesture, Headless};
use venom_tui::look::Depth;

use super::scenes::{self, look};
use super::story::{Story, long, run_id, secure};

fn open(scene: &str) -> Headless {
    scenes::build(scene, look(Depth::Mono, Glyphs::Boxes, false), (120, 40))
}

fn screen(ui: &mut Headless) -> String {
    let buffer = ui.draw();
    let width = usize::from(buffer.area.width);
    buffer
        .content()
        .chunks(width)
        .map(|line| {
            line.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
                + "\n"
        })
        .collect()
}

#[test]
fn a_goal_is_written_and_started() {
    let mut ui = open("empty");
    ui.press("i");
    ui.types("run the tests of @src/lib.rs");
    ui.orders();
    ui.press("Enter");
    assert_eq!(ui.orders(), [r#"Start("run the tests of src/lib.rs")"#]);
    ui.press("Up");
    assert!(
        screen(&mut ui).contains("run the tests of @src/lib.rs"),
        "it is remembered as it was typed"
    );
}

#[test]
fn an_answer_is_the_value_of_its_choice() {
    let mut ui = open("question");
    ui.press("2");
    assert_eq!(
        ui.orders(),
        [format!(
            "Tell({:?}, Answer(QuestionId(1), \"store\"))",
            run_id(2)
        )]
    );
    let mut ui = open("own-words");
    ui.press("Enter");
    assert_eq!(
        ui.orders(),
        [format!(
            "Tell({:?}, Answer(QuestionId(1), \"boutique\"))",
            run_id(2)
        )]
    );
}

#[test]
fn what_is_put_aside_is_asked_for_again_when_wanted() {
    let mut ui = open("question");
    ui.press("Esc");
    ui.hears(vec![News::Rest(Rest::Asking)]);
    assert!(!screen(&mut ui).contains("The run asks"));
    ui.press("a");
    assert!(screen(&mut ui).contains("The run asks"));
}

#[test]
fn of_two_answers_the_first_counts_and_the_second_is_told() {
    let mut story = Story::asking();
    let known = story.log.len();
    let mut ui = open("question");
    ui.press("1");
    ui.orders();
    story.answer("store", "ada");
    let news = story.news().split_off(known);
    ui.hears(news.clone());
    let text = screen(&mut ui);
    assert!(text.contains("ada was first and said \"store\""), "{text}");

    let mut ui = open("question");
    ui.hears(news);
    let text = screen(&mut ui);
    assert!(
        !text.contains("The run asks"),
        "the question is gone:\n{text}"
    );
    assert!(text.contains("ada has answered already"), "{text}");
}

#[test]
fn everything_moves_in_time_together() {
    let mut ui = open("failed");
    let (_, all) = ui.moment().unwrap();
    ui.press("<");
    assert_eq!(ui.moment(), Some((true, 1)));
    let text = screen(&mut ui);
    assert!(text.contains("there is no plan yet"), "{text}");
    assert!(
        text.contains("VIEWING THE PAST") && text.contains("PAST: event 1 of"),
        "{text}"
    );
    ui.press("]");
    assert_eq!(ui.moment(), Some((true, 2)));
    ui.press(">");
    assert_eq!(ui.moment(), Some((false, all)));
    assert!(screen(&mut ui).contains("semgrep ended with 2"));
}

#[test]
fn the_past_is_what_the_log_says_at_each_moment() {
    let story = long(1_200);
    let mut ui = Headless::new(
        look(Depth::Mono, Glyphs::Boxes, false),
        scenes::WORDS,
        (120, 40),
    );
    ui.started(story.run);
    ui.hears(story.news());
    let mut jumps = vec!["<", "]", "{", "<", ">", "["];
    jumps.extend(["["; 700]);
    jumps.extend(["]"; 30]);
    for key in jumps {
        ui.press(key);
    }
    let (is_past, position) = ui.moment().unwrap();
    assert!(is_past);
    let told = story
        .log
        .iter()
        .take(position)
        .map(|envelope| &envelope.event);
    let state = venom_kernel::run::RunState::fold(told).unwrap();
    let text = screen(&mut ui);
    let spent = state.budget().spent().money.to_string();
    assert!(
        text.contains(&format!("{spent}/$100.00")),
        "{spent} is not in\n{text}"
    );
}

#[test]
fn files_are_asked_for_once_while_somebody_scrubs() {
    let mut ui = open("failed");
    ui.press("d");
    let first = ui.orders();
    assert_eq!(first.len(), 1, "{first:?}");
    for _ in 0..5 {
        ui.press("[");
    }
    assert!(ui.orders().is_empty(), "the first answer is not there yet");
    let (_, all) = ui.moment().unwrap();
    ui.compared(
        run_id(1),
        venom_kernel::id::Seq::new(all as u64 + 5),
        Some(vec![]),
    );
    let next = ui.orders();
    assert_eq!(next, [format!("Compare({:?}, Seq({all}))", run_id(1))]);
}

#[test]
fn going_back_needs_a_preview_and_a_yes() {
    let mut ui = open("failed");
    ui.press("u");
    assert_eq!(
        ui.orders(),
        [format!("Preview({:?}, None, false)", run_id(1))]
    );
    ui.press("y");
    assert!(ui.orders().is_empty(), "nobody has seen what it would do");
    let mut ui = open("rewind");
    ui.press("o");
    assert_eq!(
        ui.orders(),
        [format!("Preview({:?}, None, true)", run_id(1))]
    );
    let mut ui = open("rewind");
    ui.press("y");
    assert_eq!(
        ui.orders(),
        [format!("Rewind({:?}, None, false)", run_id(1))]
    );
}

#[test]
fn runs_are_forked_cancelled_paused_and_taken_up() {
    let mut ui = open("past");
    let (_, position) = ui.moment().unwrap();
    ui.press("f");
    assert!(ui.orders().is_empty());
    ui.press("y");
    assert_eq!(
        ui.orders(),
        [format!("Fork({:?}, Some(Seq({position})))", run_id(1))]
    );
    ui.press("K");
    ui.press("n");
    assert!(ui.orders().is_empty());
    ui.press("K");
    ui.press("y");
    ui.press("p");
    assert_eq!(
        ui.orders(),
        [
            format!("Tell({:?}, Cancel)", run_id(1)),
            format!("Tell({:?}, Pause)", run_id(1))
        ]
    );
    let mut ui = open("paused");
    ui.press("p");
    assert_eq!(ui.orders(), [format!("TakeUp({:?})", run_id(1))]);
}

#[test]
fn a_late_event_of_another_run_is_not_this_ones() {
    let mut ui = open("failed");
    let before = ui.moment();
    ui.hears(Story::asking().news());
    assert_eq!(
        ui.moment(),
        before,
        "positions that are known are left alone"
    );
}

#[test]
fn leaving_while_work_is_under_way_is_asked_about() {
    let mut ui = open("live");
    ui.press("q");
    assert_eq!(ui.orders(), ["Quit(Left)"], "another process works on it");
    let mut ui = open("live");
    ui.started(run_id(1));
    ui.orders();
    ui.press("q");
    assert!(ui.orders().is_empty());
    assert!(screen(&mut ui).contains("Runs are being worked on here"));
    ui.press("Ctrl-c");
    assert_eq!(ui.orders(), ["Quit(Left)"]);
}

#[test]
fn the_mouse_selects_scrolls_and_scrubs() {
    let mut ui = open("failed");
    ui.mouse(Gesture::Press, 3, 3);
    assert_eq!(ui.orders(), [format!("Follow({:?}, 2)", run_id(11))]);
    let mut ui = open("failed");
    let (_, all) = ui.moment().unwrap();
    let text = screen(&mut ui);
    let line = text
        .lines()
        .position(|line| line.contains("├") && line.contains("●"))
        .unwrap();
    ui.mouse(Gesture::Press, 2, u16::try_from(line).unwrap());
    assert_eq!(ui.moment(), Some((true, 1)));
    ui.mouse(Gesture::Drag, 118, u16::try_from(line).unwrap());
    assert_eq!(ui.moment(), Some((false, all)));
}

#[test]
fn pasted_text_is_never_a_row_of_commands() {
    let mut ui = open("failed");
    ui.pastes("Ky\nq");
    assert!(ui.orders().is_empty());
    assert!(screen(&mut ui).contains("> Ky"));
}

#[test]
fn a_plan_that_changes_is_drawn_anew() {
    let mut ui = Headless::new(
        look(Depth::Mono, Glyphs::Boxes, false),
        scenes::WORDS,
        (160, 40),
    );
    let mut story = Story::of(secure(), RunOptions::default(), Policy::default());
    ui.started(story.run);
    ui.hears(story.news());
    assert!(screen(&mut ui).contains("analyse"));
    let known = story.log.len();
    story.done("analyse", json!({}));
    ui.hears(story.news().split_off(known));
    let text = screen(&mut ui);
    assert!(text.contains("✔ analyse"), "{text}");
}

#[test]
fn the_memory_is_searched_and_something_in_it_forgotten_once_that_is_agreed_to() {
    let mut ui = open("ended");
    ui.press("m");
    // What is typed is text, also where it is a key elsewhere.
    ui.types("quick mail");
    ui.press("Enter");
    assert_eq!(ui.orders(), [r#"Recall("quick mail")"#]);
    ui.recalled(Ok(super::known::found()));
    let shown = screen(&mut ui);
    assert!(
        shown.contains("because meaning 0.455, words 0.180"),
        "{shown}"
    );
    ui.press("j");
    ui.press("x");
    assert_eq!(ui.orders(), Vec::<String>::new(), "it is asked first");
    ui.press("y");
    let orders = ui.orders();
    assert!(
        matches!(orders.as_slice(), [one] if one.starts_with("Mark(EpisodeId") && one.ends_with("Forget)")),
        "{orders:?}"
    );
    ui.marked(Mark::Forget);
    assert_eq!(
        ui.orders(),
        [r#"Recall("quick mail")"#],
        "it is looked at anew"
    );
    ui.press("Esc");
    ui.press("m");
    ui.press("q");
    assert!(screen(&mut ui).contains("1 Runs"), "the page is closed");
}

#[test]
fn the_router_turns_through_the_kinds_of_work() {
    let mut ui = open("router");
    assert!(screen(&mut ui).contains("[code]"));
    ui.press("l");
    assert!(screen(&mut ui).contains("[review]"));
    ui.press("h");
    ui.press("h");
    assert!(screen(&mut ui).contains("[plan]"));
}

#[test]
fn the_state_is_brought_back_once_it_was_looked_at() {
    let mut ui = open("past");
    ui.press("B");
    let checked = ui.orders();
    assert!(
        matches!(checked.as_slice(), [one] if one.starts_with("CheckState(")),
        "{checked:?}"
    );
    ui.press("y");
    assert_eq!(
        ui.orders(),
        Vec::<String>::new(),
        "nobody knows yet whether it can be"
    );
    ui.state_checked(run_id(1), Ok(()));
    ui.press("y");
    let done = ui.orders();
    assert!(
        matches!(done.as_slice(), [one] if one.starts_with("RewindState(")),
        "{done:?}"
    );
    // Now is no moment to go back to.
    let mut ui = open("live");
    ui.press("B");
    assert_eq!(ui.orders(), Vec::<String>::new());
}
