use venom_kernel::model::Usage;

use super::*;

#[test]
fn an_answer_without_its_mark_is_none() {
    let mut draft = Draft::default();
    draft.text("all of it").unwrap();
    assert_eq!(draft.finish(0, 9), Err(Flaw::Cut));
}

#[test]
fn what_nobody_counts_is_guessed_and_nothing_before_it_began() {
    let mut draft = Draft::default();
    assert_eq!(draft.usage(100), Usage::default());
    draft.text("twelve bytes").unwrap();
    let used = draft.usage(100);
    assert_eq!((used.input, used.output), (100, 3));
    draft.reported = Reported {
        input: Some(70),
        output: Some(1),
        cache_read: Some(5),
        ..Reported::default()
    };
    // The count of the beginning is not that of what came since.
    let used = draft.usage(100);
    assert_eq!((used.input, used.output, used.cache_read), (70, 3, 5));
    draft.set_stop(Stop::End);
    assert_eq!(draft.usage(100).output, 1);
}

#[test]
fn ids_are_made_where_there_are_none_and_no_two_are_alike() {
    let mut draft = Draft::default();
    for (key, id) in [(0, ""), (1, "x"), (2, "x")] {
        draft.begin_call(key, id, "t").unwrap();
    }
    draft.set_stop(Stop::End);
    let reply = draft.finish(4, 0).unwrap();
    let ids: Vec<&str> = reply.calls().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["call-5", "x", "call-7"]);
    assert_eq!(reply.stop, Stop::Tools);
}

#[test]
fn pieces_are_heard_once() {
    let mut draft = Draft::default();
    draft.thinking("a").unwrap();
    draft.text("b").unwrap();
    draft.begin_call(0, "i", "t").unwrap();
    draft.arguments(0, "{}").unwrap();
    assert_eq!(
        draft.take_deltas(),
        [
            Delta::Thinking("a".to_owned()),
            Delta::Text("b".to_owned()),
            Delta::Tool {
                name: "t".to_owned()
            },
            Delta::Arguments("{}".to_owned()),
        ]
    );
    assert_eq!(draft.take_deltas(), []);
}

#[test]
fn counts_are_numbers_of_tokens() {
    let count = |text: &str| super::count(Some(&serde_json::from_str(text).unwrap()));
    assert_eq!(count("7"), Some(7));
    for text in [
        "-1",
        "1.5",
        "1e99",
        "\"7\"",
        "null",
        "100000001",
        "18446744073709551615",
    ] {
        assert_eq!(count(text), None, "{text}");
    }
}
