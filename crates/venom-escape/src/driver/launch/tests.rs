use super::{LONGEST, Run};

fn heard(text: &[u8]) -> Run {
    let mut run = Run::default();
    run.hear(text);
    run
}

#[test]
fn lines_are_understood() {
    let run = heard(
        b"{\"hello\":\"venom-escape\"}\r\n{\"id\":\"dotdot\",\"started\":true}\n\
          noise {\"id\":\"dotdot\",\"verdict\":\"blocked\",\"detail\":\"no\"}\n",
    );
    assert!(run.greeted);
    assert!(run.started.contains("dotdot"));
    let said = run.said.get("dotdot").map(|said| said.verdict.name());
    assert_eq!(said, Some("blocked"));
}

#[test]
fn floods_and_nonsense_are_passed_over() {
    let mut text = vec![b'x'; 3 * LONGEST];
    text.extend(b"\n\xff{\n{\"id\":7}\n[]\n{\"hello\":1}\n");
    let run = heard(&text);
    assert!(run.greeted);
    assert!(run.line.is_empty());
    assert!(run.said.is_empty());
}
