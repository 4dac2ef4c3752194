//! The terminal UI as somebody uses it: the real binary in a real terminal, driven through tmux.
//!
//! Keys go in and the screen is looked at until what is expected stands there; nothing waits for a time.

use std::fs;

use super::home::{ASKING, Home};

mod far;
mod seat;

use seat::{Seat, has_tmux};

/// A goal that writes a file and asks nothing.
const LIST: &str = "find all TODOs and write them to TODO.md";

fn project() -> Home {
    let home = Home::new();
    home.file(
        "app.py",
        "# TODO: say it better\ndef answer():\n    return 42\n",
    );
    home.file("lib/more.py", "# TODO: and shorter\n");
    home
}

/// A project in which one goal asks where.
fn two_modules() -> Home {
    let home = Home::new();
    for place in ["app", "lib"] {
        home.file(
            &format!("{place}/auth/login.py"),
            "def login():\n    return True\n",
        );
    }
    home
}

/// A project with a playbook that waits for approval.
fn announcing() -> Home {
    let home = project();
    home.playbook("announce.yaml", ASKING);
    home
}

/// Starts the goal and waits until it has ended well.
fn listed(seat: &Seat) {
    seat.keys(&["i"]);
    seat.text(LIST);
    seat.keys(&["Enter"]);
    seat.until("succeeded");
}

#[test]
fn a_run_is_started_and_watched_to_its_end() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    let text = fs::read_to_string(home.work().join("TODO.md")).unwrap();
    assert!(text.contains("say it better"), "{text}");
    seat.keys(&["q"]);
    assert_eq!(seat.status(), "0");
    let (_, runs) = home.json(&["runs", "--json"]);
    assert!(runs.to_string().contains(LIST), "{runs}");
}

#[test]
fn plain_venom_on_a_terminal_opens_it_and_leaves_the_screen_as_it_was() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::shell(&home, (100, 30));
    seat.text("echo what-was-there");
    seat.keys(&["Enter"]);
    seat.until("what-was-there");
    seat.venom("");
    seat.until("no run yet");
    seat.keys(&["q"]);
    assert_eq!(seat.status(), "0");
    seat.until("what-was-there");
    // The terminal shows what is typed again.
    seat.text("echo still-$((40+2))");
    seat.keys(&["Enter"]);
    seat.until("still-42");
}

#[test]
fn a_question_is_answered() {
    if !has_tmux() {
        return;
    }
    let home = two_modules();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("explain the auth module");
    seat.keys(&["Enter"]);
    let screen = seat.until("The run asks");
    assert!(screen.contains("other words"), "{screen}");
    seat.keys(&["1"]);
    seat.until("succeeded");
    let (_, runs) = home.json(&["show", "last", "--json"]);
    assert!(runs.to_string().contains("app/auth"), "{runs}");
}

#[test]
fn a_question_is_answered_in_ones_own_words() {
    if !has_tmux() {
        return;
    }
    let home = two_modules();
    let seat = Seat::open(&home, (80, 24), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("explain the auth module");
    seat.keys(&["Enter"]);
    seat.until("The run asks");
    seat.keys(&["Down", "Down", "Down", "Down"]);
    seat.text("lib/auth");
    seat.until("> lib/auth");
    seat.keys(&["Enter"]);
    seat.until("succeeded");
}

#[test]
fn what_is_asked_can_be_put_aside_and_approved_later() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("approve");
    seat.keys(&["Escape"]);
    seat.until("Asks (1)");
    assert!(!home.work().join("told.txt").exists());
    seat.keys(&["a"]);
    seat.until("x deny");
    seat.keys(&["y"]);
    seat.until_gone("Asks (1)");
}

#[test]
fn what_is_denied_is_not_done() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("x deny");
    seat.keys(&["x"]);
    seat.until("failed");
    assert!(!home.work().join("told.txt").exists());
}

#[test]
fn the_first_of_two_answers_counts_and_the_second_window_sees_it() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let one = Seat::open(&home, (120, 36), "tui");
    one.until("no run yet");
    one.keys(&["i"]);
    one.text("announce the release");
    one.keys(&["Enter"]);
    one.until("x deny");
    let two = Seat::open(&home, (120, 36), "tui last");
    two.until("x deny");
    two.keys(&["x"]);
    let screen = one.until("answered already");
    assert!(
        !screen.contains("x deny"),
        "the question is gone:\n{screen}"
    );
    one.until("failed");
    two.until("failed");
}

#[test]
fn everything_moves_in_time_and_says_so() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    seat.keys(&["<"]);
    let screen = seat.until("VIEWING THE PAST");
    assert!(screen.contains("there is no plan yet"), "{screen}");
    seat.keys(&["]", "]", "]"]);
    seat.until("PAST: event 4 of");
    seat.keys(&[">"]);
    seat.until_gone("VIEWING THE PAST");
}

#[test]
fn a_moment_is_forked_into_a_run_of_its_own() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    seat.keys(&["<", "]", "f"]);
    seat.until("Make a new run");
    seat.keys(&["y"]);
    seat.until("forked");
    let (_, runs) = home.json(&["runs", "--json"]);
    assert_eq!(runs.to_string().matches(LIST).count(), 2, "{runs}");
}

#[test]
fn what_a_run_did_is_undone_and_done_again() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    assert!(home.work().join("TODO.md").exists());
    seat.keys(&["u"]);
    let screen = seat.until("Would change");
    assert!(screen.contains("TODO.md"), "{screen}");
    assert!(
        home.work().join("TODO.md").exists(),
        "a preview changes nothing"
    );
    seat.keys(&["y"]);
    seat.until("U does it again");
    assert!(!home.work().join("TODO.md").exists());
    seat.keys(&["U"]);
    seat.until("Would change");
    seat.keys(&["y"]);
    seat.until_file(&home.work().join("TODO.md"));
}

#[test]
fn a_preview_can_be_left_without_doing_anything() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    seat.keys(&["u"]);
    seat.until("Would change");
    seat.keys(&["Escape"]);
    seat.until_gone("Would change");
    assert!(home.work().join("TODO.md").exists());
}

#[test]
fn a_run_is_cancelled_after_a_yes() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("x deny");
    seat.keys(&["Escape"]);
    seat.until_gone("x deny");
    seat.keys(&["K"]);
    seat.until("End this run?");
    seat.keys(&["y"]);
    seat.until("cancelled");
}

#[test]
fn a_run_is_paused_and_goes_on() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("x deny");
    seat.keys(&["Escape"]);
    seat.until_gone("x deny");
    seat.keys(&["p"]);
    seat.until("RunPaused");
    seat.keys(&["p"]);
    seat.until("RunResumed");
}

#[test]
fn the_window_changes_its_size_as_it_likes() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    seat.resize(80, 24);
    seat.until_gone("4 Asks");
    seat.resize(39, 11);
    seat.until("venom needs 40x12");
    for step in 0..40_u16 {
        seat.resize(30 + step * 4, 8 + step);
    }
    seat.resize(160, 40);
    seat.until("4 Asks");
}

#[test]
fn it_is_suspended_and_comes_back() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::shell(&home, (100, 30));
    seat.venom("tui");
    seat.until("no run yet");
    seat.keys(&["C-z"]);
    seat.until("topped");
    seat.text("echo in-the-$((40+2))-shell");
    seat.keys(&["Enter"]);
    seat.until("in-the-42-shell");
    seat.text("fg");
    seat.keys(&["Enter"]);
    seat.until("no run yet");
    seat.keys(&["q"]);
    seat.prompted();
    seat.text("echo left-$?");
    seat.keys(&["Enter"]);
    seat.until("left-0");
}

#[test]
fn a_signal_to_end_gives_the_terminal_back() {
    if !has_tmux() {
        return;
    }
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let home = project();
        let seat = Seat::shell(&home, (100, 30));
        seat.venom("tui");
        seat.until("no run yet");
        seat.signal(signal);
        assert_eq!(seat.status(), "143", "{signal:?}");
        seat.text("echo back-$((40+2))");
        seat.keys(&["Enter"]);
        seat.until("back-42");
    }
}

#[test]
fn leaving_stops_what_is_under_way_and_says_how_to_go_on() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let seat = Seat::shell(&home, (100, 30));
    seat.venom("tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("x deny");
    seat.keys(&["Escape"]);
    seat.until_gone("x deny");
    seat.keys(&["q"]);
    seat.until("Runs are being worked on here");
    seat.keys(&["y"]);
    seat.until("venom resume run_");
    // Another window finds it, and takes it up.
    seat.clear();
    seat.venom("tui");
    seat.until("x deny");
    seat.keys(&["Escape"]);
    seat.until_gone("x deny");
    seat.keys(&["r"]);
    seat.until("RunResumed");
}

#[test]
fn a_goal_is_written_with_completion_history_and_several_lines() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    seat.keys(&["i"]);
    seat.text("look at @li");
    seat.until("@lib/");
    seat.keys(&["Tab"]);
    seat.text("m");
    seat.until("@lib/more.py");
    seat.keys(&["Tab"]);
    seat.until("> look at @lib/more.py");
    seat.keys(&["C-j"]);
    seat.text("and then this");
    seat.until("and then this");
    seat.keys(&["C-u", "BSpace", "C-u"]);
    seat.text("/he");
    seat.until("/help");
    seat.keys(&["Tab", "Enter"]);
    seat.until("What keys do");
}

#[test]
fn commands_are_found_by_name() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (100, 30), "tui");
    seat.until("no run yet");
    seat.keys(&[":"]);
    seat.text("skil");
    seat.until("the skills and their actions");
    seat.keys(&["Enter"]);
    seat.until("skills of this build");
    seat.keys(&["Escape"]);
    seat.until("no run yet");
    seat.keys(&["?"]);
    seat.until("What keys do");
}

#[test]
fn without_colours_frames_or_mouse_it_is_as_usable() {
    if !has_tmux() {
        return;
    }
    let home = project();
    let seat = Seat::open(&home, (100, 30), "tui --linear --ascii --color never");
    seat.until("0 runs");
    seat.keys(&["i"]);
    seat.text(LIST);
    seat.keys(&["Enter"]);
    let screen = seat.until("Status: succeeded");
    assert!(screen.is_ascii(), "{screen}");
    assert!(!seat.painted().contains("\u{1b}[3"), "a colour is shown");
}

#[test]
fn output_that_would_take_over_a_terminal_is_only_shown() {
    if !has_tmux() {
        return;
    }
    let home = project();
    home.file(
        "evil.py",
        "# TODO: \u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred \u{202e}turned\n",
    );
    let seat = Seat::open(&home, (120, 36), "tui");
    seat.until("no run yet");
    listed(&seat);
    seat.keys(&["d"]);
    let screen = seat.until("TODO.md");
    assert!(!screen.contains('\u{202e}'), "{screen}");
    assert_ne!(seat.title(), "owned");
    seat.keys(&["q"]);
}

#[test]
fn without_a_terminal_there_is_help_and_a_reason() {
    let home = project();
    let done = home.venom(&[]);
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("Usage: venom"), "{done:?}");
    let done = home.venom(&["tui"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("needs a terminal") && done.stderr.contains("venom watch"),
        "{done:?}"
    );
    let done = home.venom(&["tui", "--json"]);
    assert_eq!(done.code, Some(2));
}
