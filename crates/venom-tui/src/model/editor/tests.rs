use proptest::prelude::*;

use super::{Compose, Line};

fn typed(keys: &[&str]) -> String {
    let mut line = Line::default();
    for key in keys {
        line.key(key);
    }
    line.text()
}

#[test]
fn keys_edit_text() {
    assert_eq!(typed(&["a", "b", "Left", "é", "Backspace", "c"]), "acb");
    assert_eq!(typed(&["a", "Space", "b", "c", "Ctrl-w", "d"]), "a d");
    assert_eq!(typed(&["a", "b", "Home", "Delete"]), "b");
    assert_eq!(typed(&["a", "b", "Ctrl-u", "c"]), "c");
    assert_eq!(
        typed(&["F5", "Ctrl-x", "Alt-b"]),
        "",
        "what is no text is none"
    );
}

#[test]
fn history_goes_back_and_forth_and_keeps_the_draft() {
    let mut compose = Compose::default();
    for goal in ["one", "two", "one"] {
        compose.remember(goal);
    }
    compose.line.paste("draft");
    compose.up();
    assert_eq!(compose.line.text(), "one");
    compose.up();
    assert_eq!(compose.line.text(), "two");
    compose.up();
    compose.down();
    compose.down();
    assert_eq!(compose.line.text(), "draft");
}

#[test]
fn words_are_completed_where_they_stand() {
    let mut compose = Compose::default();
    compose.line.paste("read @sr");
    assert_eq!(compose.word().as_deref(), Some("@sr"));
    compose.offers.word = "@sr".into();
    compose.offers.all = vec!["@src/".into()];
    assert!(compose.accept());
    assert_eq!(compose.line.text(), "read @src/");
    compose.line = Line::of("say /help");
    assert_eq!(compose.word(), None, "a command stands at the beginning");
}

proptest! {
    #[test]
    fn no_key_breaks_the_text(keys in prop::collection::vec(prop_oneof![
        Just("a"), Just("日"), Just("\n"), Just("Backspace"), Just("Delete"), Just("Left"), Just("Right"), Just("Home"),
        Just("End"), Just("Ctrl-u"), Just("Ctrl-w"), Just("Up"), Just("Down"),
    ], 0..60)) {
        let mut compose = Compose::default();
        compose.remember("a\nb");
        for key in keys {
            match key {
                "Up" => compose.up(),
                "Down" => compose.down(),
                key => { compose.line.key(key); }
            }
            let (lines, row, column) = compose.line.lines();
            prop_assert!(row < lines.len());
            prop_assert!(column <= lines[row].chars().count());
        }
    }
}
