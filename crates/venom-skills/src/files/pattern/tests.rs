use super::*;

/// Compares a look at a whole text with looks at its lines.
fn check(wanted: &str, text: &str, is_tried: bool) {
    for (word, ignore_case) in [(false, false), (true, false), (false, true)] {
        let pattern = Pattern {
            wanted: wanted.to_owned(),
            literal: false,
            word,
            ignore_case,
        };
        assert_eq!(pattern.is_same_in_lines(), is_tried, "{wanted:?}");
        let regex = pattern.regex().unwrap();
        let is_in_a_line = text.lines().any(|line| regex.is_match(line));
        if is_tried && is_in_a_line {
            assert!(regex.is_match(text), "{wanted:?} in {text:?}");
        }
    }
}

#[test]
fn what_a_line_has_the_whole_text_has() {
    let text = "first line\r\nsecond  line\n\nlast\r\n";
    for wanted in [
        "line",
        "^second",
        "line$",
        r"\bline\b",
        r"\Bine",
        "^$",
        "^last$",
        "(?:first|x) l",
        r"\s+l",
        "[^a]s",
    ] {
        check(wanted, text, true);
    }
    // These mean other places in a line than in a text.
    for wanted in [r"\Asecond", r"line\z", "(?-m)^second", "(?-m:line$)"] {
        check(wanted, text, false);
    }
}
