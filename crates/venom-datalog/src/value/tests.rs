use super::{Fact, Value};
use crate::Program;

#[test]
fn what_is_written_is_read_back() {
    for value in [
        Value::Int(i64::MIN),
        Value::Int(-7),
        Value::Bool(true),
        Value::symbol("alice"),
        Value::symbol("not"),
        Value::symbol("Two words"),
        Value::symbol("it's"),
        Value::text("a \"quoted\" \\ line\n\u{1b}[31m\u{202e}"),
        Value::text(""),
    ] {
        let fact = Fact::new("p", vec![value]);
        let program = Program::parse(&format!("{fact}.")).expect("facts are programs");
        assert_eq!(program.facts().cloned().collect::<Vec<_>>(), [fact]);
    }
}

#[test]
fn a_terminal_obeys_nothing_that_is_shown() {
    let shown = Value::text("\u{1b}]0;x\u{7}\u{200f}").to_string();
    assert!(
        shown.chars().all(|letter| (' '..='~').contains(&letter)),
        "{shown}"
    );
}
