use super::*;

#[test]
fn cuts_at_a_line_and_says_what_is_missing() {
    let text = "äöü line\n".repeat(100);
    let cut = cut(&text, 200);
    assert!(cut.len() <= 200, "{} bytes", cut.len());
    assert!(cut.ends_with("more lines not shown ...]\n"), "{cut}");
    assert_eq!(super::cut("short", 200), "short");
}

#[test]
fn cuts_a_single_line_between_characters() {
    let cut = cut(&"ä".repeat(500), 201);
    assert!(cut.starts_with('ä') && cut.len() <= 201, "{cut}");
}

#[test]
fn keeps_the_end() {
    assert_eq!(tail("a\nb\nc\n", 2, 100), "b\nc\n");
    assert_eq!(tail("ää\n", 5, 3), "ä\n");
}

#[test]
fn makes_one_line() {
    assert_eq!(line("a\n\tb\u{1b}[0m  c", 100), "a b[0m c");
    assert_eq!(line("abcdef", 3), "abc…");
}

#[test]
fn counts_and_joins() {
    assert_eq!(counted(1, "entry"), "1 entry");
    assert_eq!(counted(2, "entry"), "2 entries");
    assert_eq!(counted(0, "match"), "0 matches");
    let names = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(joined(&names, 3), "a, b and c");
    assert_eq!(joined(&names, 2), "a, b and 1 more");
    assert_eq!(joined(&names[..1], 2), "a");
}
