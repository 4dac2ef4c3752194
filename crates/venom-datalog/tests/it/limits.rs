//! What would not end is stopped, and nothing of it is kept.

use venom_datalog::{Database, Error, Fact, Limit, Limits, Program, Source, Value};

fn open(limits: Limits, text: &str) -> Database {
    let mut database = Database::new(limits);
    database
        .load(&Program::parse(text).expect("Datalog"))
        .expect("sound");
    database
}

fn limit(result: Result<venom_datalog::Answers, Error>) -> (Limit, String) {
    match result {
        Err(Error::Limit { limit, rule, .. }) => (limit, rule),
        other => panic!("no limit: {other:?}"),
    }
}

const COUNTING: &str = "n(0). n(X) :- n(Y), X = Y + 1.";

#[test]
fn a_recursion_that_makes_values_is_stopped_by_rule() {
    let mut database = open(
        Limits {
            tuples: 1_000,
            ..Limits::default()
        },
        COUNTING,
    );
    for _ in 0..2 {
        let (reached, rule) = limit(database.query("n(X)"));
        assert_eq!(
            (reached, rule.as_str()),
            (Limit::Tuples, "n(X) :- n(Y), X = Y + 1")
        );
        assert_eq!(database.size().derived, 0, "nothing of it is kept");
    }
    assert_eq!(
        database.query("X = 1 + 1").expect("the rest works").len(),
        1
    );

    let mut database = open(
        Limits {
            rounds: 50,
            ..Limits::default()
        },
        COUNTING,
    );
    assert_eq!(limit(database.query("n(X)")).0, Limit::Rounds);
    let mut database = open(
        Limits {
            work: 500,
            ..Limits::default()
        },
        COUNTING,
    );
    assert_eq!(limit(database.query("n(X)")).0, Limit::Work);
    let texts = "t(\"a\"). t(X) :- t(Y), X = concat(Y, \"bcdefgh\").";
    let mut database = open(
        Limits {
            letters: 5_000,
            ..Limits::default()
        },
        texts,
    );
    assert_eq!(limit(database.query("t(X)")).0, Limit::Letters);
    let mut database = open(
        Limits {
            values: 30,
            ..Limits::default()
        },
        texts,
    );
    assert_eq!(limit(database.query("t(X)")).0, Limit::Values);
}

#[test]
fn a_product_is_stopped() {
    let facts: Vec<String> = (0..200).map(|number| format!("v({number}).")).collect();
    let facts = facts.concat();
    let text = format!("wide(A, B, C, D) :- v(A), v(B), v(C), v(D). {facts}");
    let mut database = open(
        Limits {
            work: 100_000,
            ..Limits::default()
        },
        &text,
    );
    assert_eq!(
        limit(database.query("n(count()) :- v(A), v(B), v(C), A < B, B < C, v(D), D < A.")).0,
        Limit::Work
    );
    let mut database = open(
        Limits {
            tuples: 10_000,
            ..Limits::default()
        },
        &text,
    );
    assert_eq!(limit(database.query("wide(A, B, C, D)")).0, Limit::Tuples);
}

#[test]
fn what_cannot_be_derived_can_be_retracted() {
    let mut database = open(
        Limits {
            tuples: 2_000,
            ..Limits::default()
        },
        "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z).",
    );
    for number in 0..200 {
        let edge = Fact::new("edge", vec![Value::Int(number), Value::Int(number + 1)]);
        database
            .insert(&edge, Source(number.unsigned_abs()))
            .expect("there is room");
    }
    let removed = database.retract(Source(150));
    assert!(!removed.is_complete, "20,000 pairs do not fit");
    assert_eq!(removed.told.len(), 1);
    assert_eq!(database.query("path(140, X)").expect("a search").len(), 10);
}

#[test]
fn a_fact_that_no_rule_could_name_is_refused() {
    let mut database = Database::new(Limits::default());
    let list = |inner: Value| Value::List(vec![inner].into());
    for fact in [
        Fact::new("", vec![]),
        Fact::new("two words", vec![]),
        Fact::new("not", vec![]),
        Fact::new("?", vec![]),
        Fact::new("p", vec![Value::Int(1); 17]),
        Fact::new("p", vec![list(list(Value::Int(1)))]),
    ] {
        let refused = database.insert(&fact, Source(1));
        assert!(matches!(refused, Err(Error::Fact { .. })), "{fact}");
    }
    database
        .insert(&Fact::new("p", vec![Value::Int(1)]), Source(1))
        .expect("a fact");
    let refused = database.insert(&Fact::new("p", vec![]), Source(1));
    assert!(matches!(
        refused,
        Err(Error::Arity {
            expected: 1,
            found: 0,
            ..
        })
    ));
    assert_eq!(database.size().told, 1);
}
