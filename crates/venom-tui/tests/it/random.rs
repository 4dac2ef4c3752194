//! Whatever is pressed, pasted, clicked and heard in whatever order and size: nothing breaks.

use venom_kernel::id::Seq;
use venom_kernel::plan::layout::picture::Glyphs;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::{News, Rest};
use venom_tui::headless::{Gesture, Headless};
use venom_tui::look::Depth;

use super::known;
use super::scenes::{self, look};
use super::story::{Story, long, run_id};

/// A generator of numbers that is the same everywhere (xorshift64*, Vigna 2016).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }

    fn size(&mut self) -> u16 {
        u16::try_from(self.below(140)).unwrap()
    }
}

const KEYS: &[&str] = &[
    "j",
    "k",
    "h",
    "l",
    "g",
    "G",
    "Enter",
    "Esc",
    "Tab",
    "BackTab",
    "Up",
    "Down",
    "Left",
    "Right",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "m",
    "P",
    "A",
    "B",
    "/",
    "p",
    "x",
    "y",
    "1",
    "2",
    "3",
    "4",
    "5",
    "?",
    ":",
    "/",
    "i",
    "a",
    "p",
    "r",
    "K",
    "f",
    "R",
    "u",
    "U",
    "t",
    "T",
    "d",
    "M",
    "S",
    "N",
    "Space",
    "Backspace",
    "Delete",
    "Ctrl-a",
    "Ctrl-e",
    "Ctrl-u",
    "Ctrl-w",
    "Ctrl-d",
    "Ctrl-p",
    "Ctrl-n",
    "Ctrl-j",
    "Alt-Enter",
    "+",
    "_",
    "y",
    "x",
    "o",
    "n",
    "@",
    "é",
    "日",
    "q",
    "Ctrl-c",
    "Ctrl-z",
    "Ctrl-l",
    "F1",
    "F12",
    "Alt-q",
    "\u{202e}",
    "9",
    "0",
];

const TEXTS: &[&str] = &[
    "",
    "one line",
    "two\nlines\n",
    "\u{1b}[31m\u{202e}\u{0}",
    "@src/",
    "/fo",
    "日本語\t\u{200b}",
];

fn happens(ui: &mut Headless, chance: &mut Chance, news: &[News]) {
    match chance.below(40) {
        0 => ui.resize(chance.size(), chance.size()),
        1 => ui.pastes(TEXTS[chance.below(TEXTS.len())]),
        2 | 3 => {
            let gesture = [
                Gesture::Press,
                Gesture::Drag,
                Gesture::WheelUp,
                Gesture::WheelDown,
            ][chance.below(4)];
            ui.mouse(gesture, chance.size(), chance.size());
        }
        4 => {
            // Events out of order, twice, and of another run.
            let from = chance.below(news.len());
            let to = (from + chance.below(40)).min(news.len());
            ui.hears(news[from..to].to_vec());
        }
        5 => {
            let rest = [
                Rest::Finished,
                Rest::Asking,
                Rest::Approvals,
                Rest::Paused,
                Rest::Abandoned,
            ][chance.below(5)];
            ui.hears(vec![News::Rest(rest)]);
        }
        6 => ui.tick(Timestamp::from_micros(
            i64::try_from(chance.next() >> 20).unwrap(),
        )),
        7 => ui.compared(
            run_id(1 + chance.below(3) as u128),
            Seq::new(chance.below(40) as u64),
            Some(vec![]),
        ),
        8 => ui.previewed(run_id(1), Err("no".to_owned())),
        9 => ui.completed("src/", vec!["src/a".to_owned(), "src/b/".to_owned()]),
        10 => ui.started(run_id(1 + chance.below(4) as u128)),
        11 => ui.recalled(Ok(known::found())),
        12 => ui.recalled(Err("no".to_owned())),
        13 => ui.learnt(known::records()),
        14 => ui.state_checked(run_id(1), Err("no".to_owned())),
        _ => ui.press(KEYS[chance.below(KEYS.len())]),
    }
}

#[test]
fn a_hundred_thousand_things_break_nothing() {
    let seed = 0x7e57_ab1e_5eed;
    let mut chance = Chance(seed);
    let stories = [Story::asking().news(), long(300).news()];
    let mut done = 0;
    let mut scene = 0;
    while done < 100_000 {
        let name = scenes::ALL[scene % scenes::ALL.len()];
        let glyphs = if scene % 2 == 0 {
            Glyphs::Boxes
        } else {
            Glyphs::Ascii
        };
        let mut ui = scenes::build(name, look(Depth::Many, glyphs, scene % 5 == 4), (100, 30));
        let news = &stories[scene % stories.len()];
        for _ in 0..1_000 {
            happens(&mut ui, &mut chance, news);
            ui.orders();
            done += 1;
            // Drawing is what costs; one in eight is enough to meet each state in time.
            if chance.below(8) == 0 {
                ui.draw();
            }
        }
        scene += 1;
    }
}

#[test]
fn a_storm_of_sizes_breaks_nothing() {
    let mut chance = Chance(0x5707_2345);
    for name in scenes::ALL {
        let mut ui = scenes::build(name, look(Depth::True, Glyphs::Boxes, false), (80, 24));
        for _ in 0..30 {
            ui.resize(chance.size(), chance.size());
            ui.draw();
        }
        ui.resize(0, 0);
        ui.draw();
        ui.resize(1, 1);
        ui.draw();
    }
}
