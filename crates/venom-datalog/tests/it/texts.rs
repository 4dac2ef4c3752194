//! Texts that strangers write: refused with the place and what was expected, and never a panic.

use proptest::prelude::*;
use venom_datalog::{Database, Error, Limits, MAX_TEXT, Program};

/// Line, column, and a part of what was expected.
fn refused(text: &str) -> (usize, usize, String) {
    match Program::parse(text) {
        Err(Error::Syntax {
            at,
            expected,
            found,
        }) => {
            assert!(!expected.is_empty() && !found.is_empty());
            (at.line, at.column, expected)
        }
        other => panic!("{text:?} gave {other:?}"),
    }
}

#[test]
fn errors_say_where_and_what_was_expected() {
    for (text, line, column, expected) in [
        ("p(1)", 1, 5, "`.`"),
        ("p(1", 1, 4, "`,` and a term, or `)`"),
        ("p(1,", 1, 5, "a value"),
        ("p(1)) .", 1, 5, "`.`"),
        ("p(,1).", 1, 3, "a value"),
        ("p(X).", 1, 1, "a fact without variables (it has X)"),
        ("p(_).", 1, 1, "a fact without variables"),
        ("p(X) :- .", 1, 9, "a value"),
        ("p(X) :- q(X),.", 1, 14, "a value"),
        ("p(X) :- q(X) r(X).", 1, 14, "`.`"),
        ("p(X) :- not.", 1, 12, "a predicate"),
        ("p(X) :- not not q(X).", 1, 13, "a predicate"),
        ("p(X) :- q(X), X.", 1, 16, "one of ="),
        ("p(X) :- q(X), X <.", 1, 18, "a value"),
        ("p(X) :- q(X), X < 1 < 2.", 1, 21, "`.`"),
        ("p(X) :- q(X), (X < 1.", 1, 18, "`)`"),
        ("p(X) :- q(X), Y = foo(X).", 1, 19, "one of the functions"),
        ("p(X) :- q(X), Y = lower(X, X).", 1, 29, "one argument"),
        ("p(X) :- q(X), contains(X).", 1, 25, "`,`"),
        (
            "p(count(1)) :- q(X).",
            1,
            9,
            "the variable of the aggregate",
        ),
        ("p(sum()) :- q(X).", 1, 7, "the variable of the aggregate"),
        ("contains(X) :- q(X).", 1, 1, "a name that is not built in"),
        ("X :- q(X).", 1, 1, "a predicate"),
        ("\"p\"(1).", 1, 1, "a predicate"),
        ("1.", 1, 1, "a predicate"),
        ("p(1.5).", 1, 3, "an integer; fractions"),
        ("p(9223372036854775808).", 1, 3, "an integer of 64 bits"),
        ("p(99999999999999999999999).", 1, 3, "an integer of 64 bits"),
        ("p(1x).", 1, 3, "a number"),
        ("p(1/0).", 1, 3, "an expression that has a value"),
        ("p(\"a).", 1, 3, "`\"` at the end"),
        ("p(\"a\n\").", 1, 5, "`\"`"),
        ("p('a).", 1, 3, "`'` at the end"),
        ("p(\"\\q\").", 1, 4, "one of \\n"),
        ("p(\"\\u{d800}\").", 1, 4, "\\u{…}"),
        ("p(\"\\u{1\").", 1, 4, "\\u{…}"),
        ("p(1). /* and", 1, 7, "`*/`"),
        ("p(1).\nq(@).", 2, 3, "a clause"),
        ("p(1).\n\n  q(\u{7}).", 3, 5, "a clause"),
        ("?- p(X)", 1, 8, "`.`"),
        ("größe(1). größe(", 1, 17, "a value"),
    ] {
        let (at_line, at_column, found) = refused(text);
        assert_eq!((at_line, at_column), (line, column), "{text:?}: {found}");
        assert!(found.contains(expected), "{text:?} expected {found}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let many = |count: usize, part: &str| vec![part; count].join(", ");
    for text in [
        format!("p({}).", many(17, "1")),
        format!("p(X) :- {}.", many(65, "q(X)")),
        format!("p({}1{}).", "(".repeat(40), ")".repeat(40)),
        format!("p({}1).", "- ".repeat(40)),
        format!("p(1{}).", " + 1".repeat(300)),
        "%".repeat(MAX_TEXT + 1),
    ] {
        refused(&text);
    }
    // Deep inside a list of literals, where a parenthesis may open either of two things.
    refused(&format!("p(X) :- {}", "(".repeat(10_000)));
}

#[test]
fn rules_that_cannot_run_are_refused() {
    let load = |text: &str| {
        let program = Program::parse(text).expect("Datalog");
        let mut database = Database::new(Limits::default());
        let error = database.load(&program).expect_err(text);
        assert_eq!(database.predicates().count(), 0, "nothing of it stays");
        assert!(!error.hint().is_empty());
        error.to_string()
    };
    for (text, expected) in [
        ("p(X) :- q(Y).", "X is not bound"),
        ("p(X) :- not q(X).", "X is not bound"),
        ("p(X) :- q(X), not r(X, Y).", "Y is not bound"),
        ("p(_) :- q(X).", "_ is not bound"),
        ("p(X) :- q(X), Y < 3.", "Y is not bound"),
        ("p(X) :- X = Y, Y = X.", "X is not bound"),
        ("p(X + 1) :- q(Y).", "X is not bound"),
        ("p(X) :- q(X), contains(X, Y).", "Y is not bound"),
        ("p(count(Y)) :- q(X).", "Y is not bound"),
        ("p(X) :- q(X), _ = X.", "_ is not bound"),
        (
            "p(X) :- q(X). r(X) :- q(X, 1).",
            "q has 1 values and is used with 2",
        ),
        ("p(1). p(1, 2).", "p has 1 values and is used with 2"),
        (
            "win(X) :- move(X, Y), not win(Y).",
            "win -> not or aggregate win",
        ),
        (
            "a(X) :- b(X), not c(X). c(X) :- d(X). d(X) :- a(X).",
            "a -> not or aggregate c -> d -> a",
        ),
        ("n(count(X)) :- n(X).", "n -> not or aggregate n"),
    ] {
        let error = load(text);
        assert!(error.contains(expected), "{text} gave {error}");
    }
}

#[test]
fn a_program_is_read_as_it_is_written() {
    let program = Program::parse(
        "% a comment\n// another\n/* and /* one */ e(1, -2).\n\
         'Odd name'.\n",
    );
    assert!(
        program.is_err(),
        "a quoted symbol is a value and no predicate"
    );
    let program = Program::parse(
        "% a comment\n// another\n/* and /* one */ e(1, -2). ok. s('Odd name', \"a\\u{e9}\").\n\
         p(X,\n  Y) :- e(X, Y), ! q(_), (X < Y), ok. ?- p(X, 1), X != 2.",
    )
    .expect("Datalog");
    let facts: Vec<String> = program.facts().map(ToString::to_string).collect();
    assert_eq!(facts, ["e(1, -2)", "ok()", "s('Odd name', \"aé\")"]);
    assert_eq!(
        program.rules().collect::<Vec<_>>(),
        ["p(X, Y) :- e(X, Y), ! q(_), (X < Y), ok"]
    );
    assert_eq!(program.queries().collect::<Vec<_>>(), ["p(X, 1), X != 2"]);
}

/// Pieces that a program is made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "p",
        "Q",
        "X",
        "_",
        "_y",
        "(",
        ")",
        "(",
        ")",
        ",",
        ".",
        ":-",
        "?-",
        "not ",
        "!",
        "=",
        "<",
        "+",
        "-",
        "*",
        "/",
        " mod ",
        "1",
        "9223372036854775808",
        "\"t\"",
        "'s'",
        "\"",
        "\\",
        "count(",
        "sum(X)",
        "lower(",
        "concat(",
        "matches(",
        "%",
        "\n",
        "/*",
        "*/",
        "true",
        "é",
        "\u{0}",
        "p(X) :- q(X, Y).",
        "q(1, 2).",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = Program::parse(&text);
        let _ = Database::new(Limits::default()).query(&text);
    }

    #[test]
    fn nothing_that_looks_like_a_program_panics(text in pieces()) {
        // A limit keeps what happens to be a program from running for long.
        let limits = Limits { tuples: 1_000, work: 10_000, ..Limits::default() };
        let mut database = Database::new(limits);
        if let Ok(program) = Program::parse(&text) {
            // What was read is read again as the same.
            let written: String = program.facts().map(|fact| format!("{fact}. "))
                .chain(program.rules().map(|rule| format!("{rule}. "))).collect();
            let again = Program::parse(&written).expect("what was read can be read");
            prop_assert_eq!(again.rules().collect::<Vec<_>>(), program.rules().collect::<Vec<_>>());
            let _ = database.load(&program);
        }
        let _ = database.query(&text);
    }
}
