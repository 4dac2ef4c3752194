use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use venom_kernel::plan::layout::picture::Glyphs;

use super::{Canvas, columns_of, visible, wrapped};
use crate::look::{Depth, Look, Role};

#[test]
fn texts_break_at_blanks() {
    assert_eq!(wrapped("one two three", 7, 9), ["one two", "three"]);
    assert_eq!(wrapped("abcdefgh", 3, 9), ["abc", "def", "gh"]);
    assert_eq!(wrapped("a\nb", 3, 9), ["a", "b"]);
    assert_eq!(wrapped("one two three", 7, 1), ["one two"]);
    assert_eq!(wrapped("日本語です", 4, 9), ["日本", "語で", "す"]);
}

#[test]
fn what_does_not_fit_ends_with_a_mark() {
    let look = Look {
        depth: Depth::Mono,
        glyphs: Glyphs::Boxes,
        is_linear: false,
        has_mouse: false,
    };
    let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
    let mut canvas = Canvas {
        buffer: &mut buffer,
        look,
        cursor: None,
    };
    assert_eq!(canvas.text(0, 0, 6, Role::Plain, "abcdefgh"), 6);
    assert_eq!(buffer, Buffer::with_lines(["abcde…"]));
}

#[test]
fn a_line_without_end_costs_what_can_be_seen_of_it() {
    let long = "x".repeat(64 << 20);
    let (shown, is_cut) = visible(&long, 80, false);
    assert_eq!((shown.len(), is_cut), (80, true));
}

proptest! {
    #[test]
    fn nothing_harmful_reaches_the_screen(text in any::<String>(), width in 0_u16..40) {
        let (shown, _) = visible(&text, usize::from(width), false);
        prop_assert!(shown.chars().all(venom_kernel::plain::is_harmless));
        prop_assert!(shown.chars().map(columns_of).sum::<usize>() <= usize::from(width));
    }

    #[test]
    fn no_line_is_wider_than_it_may_be(text in any::<String>(), width in 2_usize..40) {
        for line in wrapped(&text, width, 1_000) {
            prop_assert!(line.chars().map(columns_of).sum::<usize>() <= width, "{line:?}");
        }
    }
}
