//! Every scene in every size and every manner, against what somebody has looked at and found good.
//!
//! The screens stand in `tests/screens`, a file for each scene. To write them anew after a change of
//! how things look: `VENOM_TEST_SCREENS=write cargo test -p venom-tui`, and then read the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use venom_kernel::plan::layout::picture::Glyphs;
use venom_tui::look::Depth;

use super::scenes::{self, look};

/// Sizes in which every scene is drawn without colours.
const SIZES: &[(u16, u16)] = &[(40, 12), (60, 18), (80, 24), (120, 36)];
/// Scenes that are also drawn on a large screen.
const LARGE: &[&str] = &["live", "cost", "diff"];

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = ratatui::text::Span::raw(symbol).width().saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn color(color: Color) -> String {
    format!("{color:?}")
}

/// The styles of a screen: a letter for each, and for each line how often which one stands.
fn styles(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut legend = String::new();
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let Style {
                fg,
                bg,
                add_modifier,
                ..
            } = cell.style();
            let is_plain = fg == Some(Color::Reset)
                && bg == Some(Color::Reset)
                && add_modifier == Modifier::empty();
            let letter = if is_plain {
                '.'
            } else {
                let name = format!(
                    "{} on {} {add_modifier:?}",
                    color(fg.unwrap_or_default()),
                    color(bg.unwrap_or_default())
                );
                let next = char::from(b'a' + u8::try_from(letters.len()).unwrap());
                *letters.entry(name.clone()).or_insert_with(|| {
                    let _ = writeln!(legend, "{next} = {name}");
                    next
                })
            };
            match runs.last_mut() {
                Some((last, count)) if *last == letter => *count += 1,
                _ => runs.push((letter, 1)),
            }
        }
        let line: Vec<String> = runs
            .iter()
            .map(|(letter, count)| format!("{count}{letter}"))
            .collect();
        lines.push_str(&line.join(" "));
        lines.push('\n');
    }
    legend + &lines
}

fn shown(name: &str) -> (String, usize) {
    let mut all = String::new();
    let mut count = 0;
    let mut section = |title: String, body: String| {
        count += 1;
        let _ = write!(all, "=== {title}\n{body}");
    };
    let mono = look(Depth::Mono, Glyphs::Boxes, false);
    let mut sizes = SIZES.to_vec();
    if LARGE.contains(&name) {
        sizes.push((200, 50));
    }
    for size in sizes {
        let mut ui = scenes::build(name, mono, size);
        section(format!("{}x{}", size.0, size.1), text(ui.draw()));
    }
    let ascii = look(Depth::Mono, Glyphs::Ascii, false);
    let drawn = text(scenes::build(name, ascii, (80, 24)).draw());
    assert!(drawn.is_ascii(), "{name} is not ASCII:\n{drawn}");
    section("80x24 ascii".to_owned(), drawn);
    let linear = look(Depth::Mono, Glyphs::Boxes, true);
    let drawn = text(scenes::build(name, linear, (80, 24)).draw());
    assert!(
        !drawn.contains(['│', '─', '╭', '┼']),
        "{name} has frames:\n{drawn}"
    );
    section("80x24 linear".to_owned(), drawn);
    for (depth, word) in [
        (Depth::Mono, "mono"),
        (Depth::Sixteen, "16"),
        (Depth::Many, "256"),
        (Depth::True, "true"),
    ] {
        let mut ui = scenes::build(name, look(depth, Glyphs::Boxes, false), (80, 24));
        section(format!("80x24 styles {word}"), styles(ui.draw()));
    }
    (all, count)
}

#[test]
fn screens_are_as_they_were_found_good() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let writes = option_env!("VENOM_TEST_SCREENS") == Some("write");
    let mut all = 0;
    let mut other = Vec::new();
    for name in scenes::ALL {
        let (drawn, count) = shown(name);
        all += count;
        let file = folder.join(format!("{name}.txt"));
        if writes {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &drawn).unwrap();
            continue;
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        if kept != drawn {
            let line = kept
                .lines()
                .zip(drawn.lines())
                .position(|(one, two)| one != two);
            let line = line.unwrap_or(0);
            other.push(format!(
                "{name}.txt:{}: kept\n  {}\nnow\n  {}",
                line + 1,
                kept.lines().nth(line).unwrap_or_default(),
                drawn.lines().nth(line).unwrap_or_default()
            ));
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
    assert!(all >= 120, "{all} screens are too few");
}

#[test]
fn nothing_harmful_is_on_any_screen() {
    for name in scenes::ALL {
        for size in [(40, 12), (80, 24), (200, 60)] {
            let mut ui = scenes::build(name, look(Depth::True, Glyphs::Boxes, false), size);
            for cell in ui.draw().content() {
                let is_fine = cell.symbol().chars().all(venom_kernel::plain::is_harmless);
                assert!(is_fine, "{name} shows {:?}", cell.symbol());
            }
        }
    }
}
