//! What the manual promises.

use venom_datalog::{Because, Database, Fact, Limits, Premise, Program, Source, Value};

fn open(text: &str) -> Database {
    let mut database = Database::new(Limits::default());
    database
        .load(&Program::parse(text).expect("Datalog"))
        .expect("sound");
    database
}

fn ask(database: &mut Database, query: &str) -> Vec<String> {
    let answers = database.query(query).expect(query);
    answers.iter().map(|answer| answer.to_string()).collect()
}

fn fact(text: &str) -> Fact {
    let program = Program::parse(&format!("{text}.")).expect("a fact");
    program.facts().next().expect("one fact").clone()
}

const PATH: &str = "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z).";

#[test]
fn a_negated_search() {
    let mut database = open(&format!("{PATH} mark(1). mark(2). edge(0, 2)."));
    assert_eq!(ask(&mut database, "mark(X), not path(0, X)"), ["X = 1"]);
    let mut database = open(&format!("{PATH} mark(1)."));
    assert_eq!(ask(&mut database, "mark(X), not path(0, X)"), ["X = 1"]);
}

#[test]
fn texts_and_numbers() {
    let mut database = open(
        r#"file("src/lib.rs", 120). file("src/store/log.rs", 800). file("README.md", 30). tag(alice). tag("alice")."#,
    );
    for (query, expected) in [
        (
            r#"file(F, _), starts_with(F, "src/"), ends_with(F, ".rs")"#,
            r#"F = "src/lib.rs" F = "src/store/log.rs""#,
        ),
        (r#"file(F, _), not contains(F, "/")"#, r#"F = "README.md""#),
        (
            r#"file(F, _), matches(F, "*/l??.rs")"#,
            r#"F = "src/lib.rs" F = "src/store/log.rs""#,
        ),
        (
            r#"file(F, _), lower(F) = "readme.md""#,
            r#"F = "README.md""#,
        ),
        (
            "file(_, N), M = N / 7 mod 10 - -1 * 2",
            "N = 30, M = 6 N = 120, M = 9 N = 800, M = 6",
        ),
        (
            r#"X = concat(a, "b", 3, true), L = length(X)"#,
            r#"X = "ab3true", L = 7"#,
        ),
        ("tag(X), X = alice", "X = alice"),
        ("tag(X), X != alice", r#"X = "alice""#),
        ("X = 9223372036854775807, Y = X + 1", ""),
        ("X = 1 / 0", ""),
        ("tag(X), X < 3", ""),
        ("3 > 2, _X = 5", ""),
    ] {
        if query.starts_with('3') {
            assert_eq!(database.query(query).expect(query).len(), 1, "it holds");
            continue;
        }
        assert_eq!(ask(&mut database, query).join(" "), expected, "{query}");
    }
}

#[test]
fn aggregates() {
    let mut database = open(
        "works(ann, it). works(bob, it). works(cid, law). pay(ann, 10). pay(bob, 10). pay(cid, 7).
         cost(D, sum(P), count(E), min(P), max(P), list(E)) :- works(E, D), pay(E, P).
         pairs(count()) :- works(_X, D), works(_Y, D).
         big(D) :- cost(D, S, _, _, _, _), S > 10.",
    );
    assert_eq!(
        ask(&mut database, "cost(D, S, N, Least, Most, Who)"),
        [
            "D = it, S = 20, N = 2, Least = 10, Most = 10, Who = [ann, bob]",
            "D = law, S = 7, N = 1, Least = 7, Most = 7, Who = [cid]",
        ]
    );
    assert_eq!(ask(&mut database, "big(D)"), ["D = it"]);
    assert_eq!(ask(&mut database, "pairs(N)"), ["N = 5"]);
    assert_eq!(
        ask(&mut database, "n(D, count(E)) :- works(E, D)."),
        ["D = it, count(E) = 2", "D = law, count(E) = 1"]
    );
    let refused = database
        .query("n(sum(E)) :- works(E, law).")
        .expect_err("names");
    assert_eq!(
        refused.to_string(),
        "cannot add up the symbol cid in `n(sum(E)) :- works(E, law)`"
    );
}

#[test]
fn queries_bring_rules_of_their_own() {
    let mut database = open("edge(1, 2). edge(2, 3). edge(3, 1). edge(4, 4).");
    let own = "reach(X, Y) :- edge(X, Y). reach(X, Z) :- reach(X, Y), edge(Y, Z).";
    assert_eq!(
        ask(&mut database, own).len(),
        10,
        "the last head is what is wanted"
    );
    assert_eq!(
        ask(&mut database, &format!("{own} reach(X, X), X < 3")),
        ["X = 1", "X = 2"]
    );
    assert_eq!(ask(&mut database, "?- edge(1, X)."), ["X = 2"]);
    assert_eq!(database.predicates().count(), 1, "they do not stay");
    let refused = database
        .query("edge(X, Y) :- edge(Y, X).")
        .expect_err("it would add to edge");
    assert!(
        refused.to_string().contains("edge has facts or rules"),
        "{refused}"
    );
    let answers = database.query("egde(1, X)").expect("a query");
    assert_eq!(
        (answers.len(), answers.unknown()),
        (0, &["egde".to_owned()][..])
    );
    let answers = database.query("edge(1, 2)").expect("a query");
    assert_eq!((answers.len(), answers.columns().count()), (1, 0));
}

#[test]
fn facts_of_two_times() {
    // subject, relation, object, valid from, valid to, recorded, superseded
    let mut database = open(
        "fact(ann, works_at, acme, 10, 20, 12, 99). fact(ann, works_at, brick, 20, 99, 21, 99).
         fact(ann, works_at, coal, 20, 99, 20, 21).
         at(S, R, O, Valid, Known) :- moment(Valid), moment(Known),
             fact(S, R, O, From, To, Recorded, Superseded),
             From <= Valid, Valid < To, Recorded <= Known, Known < Superseded.
         moment(15). moment(25). moment(20).",
    );
    assert_eq!(
        ask(&mut database, "at(ann, works_at, X, 15, 25)"),
        ["X = acme"]
    );
    assert_eq!(
        ask(&mut database, "at(ann, works_at, X, 25, 25)"),
        ["X = brick"]
    );
    assert_eq!(
        ask(&mut database, "at(ann, works_at, X, 25, 20)"),
        ["X = coal"],
        "as it was known then"
    );
}

#[test]
fn a_graph_among_other_columns() {
    let mut database = open(
        "fact(a, uses, b, 1). fact(b, uses, c, 2). fact(b, owns, d, 3). fact(c, uses, a, 4). fact(b, uses, c, 5).
         needs(X, Y) :- fact(X, uses, Y, _). needs(X, Z) :- fact(X, uses, Y, _), needs(Y, Z).",
    );
    assert_eq!(
        ask(&mut database, "needs(a, X)"),
        ["X = a", "X = b", "X = c"]
    );
    assert_eq!(
        ask(&mut database, "needs(X, a), not needs(X, d)"),
        ["X = a", "X = b", "X = c"]
    );
    assert_eq!(ask(&mut database, "needs(X, Y)").len(), 9);
    let proof = database
        .why(&fact("needs(b, a)"))
        .expect("small")
        .expect("it holds");
    assert_eq!(
        proof.to_string(),
        "needs(b, a), by needs(X, Z) :- fact(X, uses, Y, _), needs(Y, Z)\n  \
           fact(b, uses, c, 5), told by the program\n  \
           needs(c, a), by needs(X, Y) :- fact(X, uses, Y, _)\n    \
             fact(c, uses, a, 4), told by the program\n"
    );
}

#[test]
fn what_one_source_said_goes_with_all_that_followed() {
    let mut database = open(&format!("{PATH} lost(X) :- edge(X, _), not path(X, 4)."));
    for (source, edge) in [
        (1, "edge(1, 2)"),
        (2, "edge(2, 3)"),
        (3, "edge(3, 4)"),
        (9, "edge(2, 3)"),
        (4, "edge(1, 4)"),
    ] {
        assert_eq!(
            database.insert(&fact(edge), Source(source)),
            Ok(source != 9)
        );
    }
    assert_eq!(ask(&mut database, "lost(X)"), Vec::<String>::new());
    let removed = database.retract(Source(2));
    assert!(
        removed.told.is_empty() && removed.derived.is_empty(),
        "somebody else says so too"
    );
    let removed = database.retract_all(&[Source(9), Source(77)]);
    let shown = |facts: &[Fact]| facts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&removed.told), ["edge(2, 3)"]);
    assert_eq!(
        shown(&removed.derived),
        ["path(1, 3)", "path(2, 3)", "path(2, 4)"]
    );
    assert!(removed.appeared.is_empty() && removed.is_complete);
    let removed = database.retract(Source(4));
    assert_eq!(shown(&removed.derived), ["path(1, 4)"]);
    assert_eq!(shown(&removed.appeared), ["lost(1)"]);
}

#[test]
fn proofs_show_absences_conditions_and_members() {
    let mut database = open(
        "person(ann). person(bob). banned(bob). age(ann, 30). age(ann, 40).
         may(P) :- person(P), not banned(P), not owes(P, _), age(P, A), A + 1 > 18, starts_with(P, \"a\").
         ages(P, count(A)) :- age(P, A).",
    );
    let proof = database
        .why(&fact("may(ann)"))
        .expect("small")
        .expect("it holds");
    let Because::Rule { premises, .. } = &proof.steps()[0].because else {
        panic!("may(ann) was not told");
    };
    let Premise::Fact(person) = premises[0] else {
        panic!("the first premise is a fact");
    };
    assert_eq!(proof.steps()[person].fact, fact("person(ann)"));
    let others: Vec<String> = premises[1..]
        .iter()
        .filter_map(|premise| match premise {
            Premise::Fact(_) => None,
            Premise::Absent(pattern) => Some(format!("no {pattern}")),
            Premise::Holds(condition) => Some(condition.clone()),
        })
        .collect();
    assert_eq!(
        others,
        [
            "no banned(ann)",
            "no owes(ann, _)",
            "(40 + 1) > 18",
            "starts_with(ann, \"a\")"
        ]
    );
    let proof = database
        .why(&fact("ages(ann, 2)"))
        .expect("small")
        .expect("it holds");
    assert_eq!(proof.steps().len(), 3, "both members are shown: {proof}");
    assert_eq!(database.why(&fact("ages(ann, 1)")), Ok(None));
    assert_eq!(database.why(&fact("may(bob)")), Ok(None));
    assert_eq!(database.why(&fact("nothing(1)")), Ok(None));
    assert_eq!(proof.sources(), [Source::PROGRAM]);
}

#[test]
fn a_proof_of_a_thousand_steps_is_no_recursion() {
    for (rules, depth) in [
        (PATH, 3_000),
        (
            "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), path(Y, Z).",
            13,
        ),
    ] {
        let mut database = open(rules);
        for number in 0..3_000 {
            let edge = Fact::new("edge", vec![Value::Int(number), Value::Int(number + 1)]);
            database
                .insert(&edge, Source(number.unsigned_abs()))
                .expect("there is room");
        }
        let proof = database
            .why(&fact("path(0, 3000)"))
            .expect("within limits")
            .expect("it holds");
        assert_eq!((proof.depth(), proof.sources().len()), (depth, 3_000));
        assert!(proof.to_string().lines().count() >= 3_000);
    }
}

#[test]
fn the_order_in_which_things_are_told_does_not_show() {
    let facts = ["edge(1, 2)", "edge(\"b\", c)", "edge(2, 1)", "note(\"x\")"];
    let mut forward = open(PATH);
    let mut backward = open(PATH);
    for (number, text) in (0..).zip(facts) {
        forward
            .insert(&fact(text), Source(number % 2))
            .expect("room");
    }
    for (number, text) in (0..).zip(facts).collect::<Vec<_>>().into_iter().rev() {
        assert_ne!(forward.digest(), backward.digest());
        backward
            .insert(&fact(text), Source(number % 2))
            .expect("room");
        backward
            .insert(&fact(text), Source(number % 2))
            .expect("room");
        backward.query("path(X, Y)").expect("a query");
    }
    assert_eq!(forward.digest(), backward.digest());
    assert_eq!(forward.snapshot(), backward.snapshot());
    backward
        .insert(&fact("edge(5, 6)"), Source(8))
        .expect("room");
    assert_ne!(forward.digest(), backward.digest());
    backward.retract(Source(8));
    assert_eq!(forward.digest(), backward.digest());
    assert_eq!(
        ask(&mut forward, "path(X, Y)"),
        ask(&mut backward, "path(X, Y)")
    );
    forward
        .insert(&fact("edge(1, 2)"), Source(5))
        .expect("room");
    assert_ne!(
        forward.digest(),
        backward.digest(),
        "who told it is part of it"
    );
}
