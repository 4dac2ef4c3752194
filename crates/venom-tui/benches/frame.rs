//! How long a frame takes of a run with 10,000 events: following it, scrolling and scrubbing.
//!
//! `cargo bench -p venom-tui` prints the percentiles and fails when the 99th of any is 16 ms or more,
//! which is what a frame may take at 60 in a second. `-- --ci` takes fewer frames of a run with 1,000, and five times
//! as long at most.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench is a program of its own, and prints"
)]
#![allow(
    dead_code,
    reason = "the stories are those of the tests, and not all of them are told here"
)]

use std::time::{Duration, Instant};

use venom_kernel::plan::layout::picture::Glyphs;
use venom_tui::headless::Headless;
use venom_tui::look::Depth;

#[path = "../tests/it/known.rs"]
mod known;
#[path = "../tests/it/scenes.rs"]
mod scenes;
#[path = "../tests/it/story.rs"]
mod story;

/// Events of the run.
const EVENTS: usize = 10_000;
/// The longest that 99 of 100 frames may take.
const LONGEST: Duration = Duration::from_millis(16);

fn main() {
    // On a machine that others use too, CI only looks for something gone badly wrong.
    let (frames, events, limit) = if std::env::args().any(|word| word == "--ci") {
        (100, EVENTS / 10, LONGEST * 5)
    } else {
        (2_000, EVENTS, LONGEST)
    };
    let told = story::long(events);
    let open = |size| {
        let look = scenes::look(Depth::True, Glyphs::Boxes, false);
        let mut ui = Headless::new(look, scenes::WORDS, size);
        ui.started(told.run);
        ui.orders();
        ui
    };
    let begun = Instant::now();
    let mut ui = open((200, 60));
    for part in told.news().chunks(512) {
        ui.hears(part.to_vec());
        ui.draw();
    }
    println!(
        "opening a run of {} events: {:?}",
        told.log.len(),
        begun.elapsed()
    );
    let mut is_slow = false;
    let ways: [(&str, &[&str], &[&str]); 5] = [
        ("scrolling events", &["3", "T"], &["k", "k", "PageUp", "j"]),
        (
            "scrolling the conversation",
            &["3", ">", "g"],
            &["j", "PageDown", "k"],
        ),
        ("scrubbing with the conversation", &["3"], &["["]),
        ("jumping over the whole run", &["3"], &["<", ">"]),
        ("calls of the whole run", &["3", ">", "t", "t"], &["j", "["]),
    ];
    for (name, before, keys) in ways {
        let mut ui = open((200, 60));
        ui.hears(told.news());
        for key in before {
            ui.press(key);
        }
        ui.draw();
        let mut taken: Vec<Duration> = keys
            .iter()
            .cycle()
            .take(frames)
            .map(|key| {
                let begun = Instant::now();
                ui.press(key);
                ui.draw();
                begun.elapsed()
            })
            .collect();
        taken.sort();
        let at = |share: usize| taken[(taken.len() * share / 100).min(taken.len() - 1)];
        println!(
            "{name}: p50 {:?}, p99 {:?}, longest {:?}",
            at(50),
            at(99),
            at(100)
        );
        is_slow |= at(99) >= limit;
    }
    assert!(!is_slow, "a frame takes too long");
}
