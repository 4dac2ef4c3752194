//! What the manual promises.

use venom_datalog::{Database, Fact, Limits, Program, Source, Value};

fn open(text: &str) -> Database {
    let mut database = Database::new(Limits::default());
    database.load(&Program::parse(text).expect("Datalog")).expect("sound");
    database
}

fn ask(database: &mut Database, query: &str) -> Vec<String> {
    let answers = database.query(query).expect("a sound query");
    answers.iter().map(|answer| answer.to_string()).collect()
}

#[test]
fn a_negated_search() {
    let mut database = open("path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z). mark(1). mark(2). edge(0, 2).");
    assert_eq!(ask(&mut database, "mark(X), not path(0, X)"), ["X = 1"]);
    let mut database = open("path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z). mark(1).");
    assert_eq!(ask(&mut database, "mark(X), not path(0, X)"), ["X = 1"]);
}
