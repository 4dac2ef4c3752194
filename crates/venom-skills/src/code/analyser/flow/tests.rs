//! Small texts for the corners that the corpora do not reach.

use super::super::{Finding, Kind, MAX_TEXT_BYTES, analyse, apply};

fn found(path: &str, text: &str) -> Vec<Finding> {
    analyse(path, text).expect("a short text can be analysed")
}

fn check(path: &str, text: &str, expected: &[(u32, Kind)]) {
    let places: Vec<(u32, Kind)> = found(path, text)
        .iter()
        .map(|one| (one.line, one.kind))
        .collect();
    assert_eq!(places, expected, "{text}");
}

fn fixed(path: &str, text: &str, expected: &str) {
    let findings = found(path, text);
    let applied = apply(text, &findings);
    assert_eq!(applied.text, expected, "{:?}", applied.left);
}

#[test]
fn all_rules_load() {
    for path in ["a.js", "a.ts", "a.tsx", "a.rs", "a.go", "a.mjs", "a.jsx"] {
        check(path, "", &[]);
        let text = " ".repeat(MAX_TEXT_BYTES + 1);
        assert!(analyse(path, &text).is_err());
    }
}

#[test]
fn text_that_does_not_parse_is_looked_at_and_left() {
    let text = "const https = require('https');\nnew https.Agent({ rejectUnauthorized: false });\nfunction (((\n";
    check("a.js", text, &[(2, Kind::DisabledTlsCheck)]);
    fixed("a.js", text, text);
}

#[test]
fn names_are_those_of_the_module() {
    let line = [(2, Kind::CommandInjection)];
    check(
        "a.js",
        "const run = require('child_process').exec;\nfunction f(x) { run('ls ' + x); }\n",
        &line,
    );
    check(
        "a.ts",
        "import { exec as run } from 'node:child_process';\nexport const f = (x: string) => run(`ls ${x}`);\n",
        &line,
    );
    check(
        "a.js",
        "function exec(x) {}\nfunction f(x) { exec('ls ' + x); }\n",
        &[],
    );
    check(
        "a.js",
        "const { exec } = require('./mine');\nfunction f(x) { exec('ls ' + x); }\n",
        &[],
    );
}

#[test]
fn a_check_the_wrong_way_round_is_none() {
    let text = |guard: &str| {
        format!(
            "const {{ exec }} = require('child_process');\nconst OK = ['a'];\nfunction f(x) {{\n  {guard}\n  exec('ls ' + x);\n}}\n"
        )
    };
    let line = [(5, Kind::CommandInjection)];
    check("a.js", &text("if (!OK.includes(x)) return;"), &[]);
    check("a.js", &text("if (OK.includes(x)) return;"), &line);
    check("a.js", &text("if (!OK.includes(y)) return;"), &line);
    check("a.js", &text("if (!OK.includes(x)) log(x);"), &line);
    check("a.js", &text("if (!/[a-z]+/.test(x)) return;"), &line);
    check("a.js", &text("if (!/^.*$/.test(x)) return;"), &line);
    check("a.js", &text("if (!/^[a-z]+$/.test(x)) return;"), &[]);
}

#[test]
fn queries_that_cannot_be_bound_are_left() {
    let text = |query: &str| {
        format!(
            "const {{ Pool }} = require('pg');\nconst db = new Pool();\nfunction f(a) {{\n  return db.query({query});\n}}\n"
        )
    };
    fixed(
        "a.js",
        &text("'SELECT 1 FROM t WHERE a = ' + a"),
        &text("'SELECT 1 FROM t WHERE a = $1', [a]"),
    );
    for query in [
        "'SELECT 1 FROM ' + a",
        "`SELECT 1 FROM t ORDER BY ${a}`",
        "`SELECT 1 FROM t WHERE x LIKE '%${a}%'`",
        "'SELECT 1 FROM t WHERE a = ' + a, [a]",
        "'SELECT 1 FROM t WHERE a = ' + a + ' AND b = $1'",
        "'SELECT 1 FROM t LIMIT ' + a",
        "'SELECT \\'x\\' FROM t WHERE a = ' + a",
    ] {
        let text = text(query);
        check("a.js", &text, &[(4, Kind::SqlInjection)]);
        fixed("a.js", &text, &text);
    }
}

#[test]
fn an_import_that_nothing_needs_any_more_goes() {
    fixed(
        "a.go",
        "package a\n\nimport (\n\t\"database/sql\"\n\t\"fmt\"\n\n\t_ \"github.com/lib/pq\"\n)\n\nfunc f(db *sql.DB, a string) {\n\tdb.Query(fmt.Sprintf(\"SELECT 1 FROM t WHERE a = '%s'\", a))\n}\n",
        "package a\n\nimport (\n\t\"database/sql\"\n\n\t_ \"github.com/lib/pq\"\n)\n\nfunc f(db *sql.DB, a string) {\n\tdb.Query(\"SELECT 1 FROM t WHERE a = $1\", a)\n}\n",
    );
}

#[test]
fn what_the_text_suppresses_is_told_and_left() {
    for (path, text, mark) in [
        (
            "a.js",
            "eval(f(x)); // nothing\nfunction g(x) { eval(x); } // eslint-disable-line no-eval\n",
            "eslint-disable-line no-eval",
        ),
        (
            "a.go",
            "package a\n\nimport \"crypto/tls\"\n\nvar c = tls.Config{InsecureSkipVerify: true} // #nosec G402\n",
            "nosec G402",
        ),
    ] {
        let findings = found(path, text);
        let marked: Vec<Option<&str>> = findings
            .iter()
            .map(|one| one.suppressed.as_deref())
            .collect();
        assert_eq!(marked, [Some(mark)], "{text}");
        assert_eq!(apply(text, &findings).text, text);
    }
    // A rule of another kind suppresses nothing.
    let findings = found(
        "a.go",
        "package a\n\nimport \"crypto/tls\"\n\nvar c = tls.Config{InsecureSkipVerify: true} // #nosec G101\n",
    );
    assert!(findings.iter().all(|one| one.suppressed.is_none()));
}

#[test]
fn a_secret_is_not_quoted() {
    let findings = found("a.js", "const password = 'hunter2-hunter2';\n");
    assert_eq!(findings.len(), 1);
    assert!(findings.iter().all(|one| !one.excerpt.contains("nter2")));
}

#[test]
fn hostile_text_takes_bounded_time() {
    let deep = format!("x = {}1{};\n", "(".repeat(20_000), ")".repeat(20_000));
    let chain = format!("y = a{};\n", ".b()".repeat(20_000));
    let names = "a = a + b; b = b + a;\n".repeat(500);
    for text in [deep, chain] {
        assert!(analyse("a.js", &text).is_err(), "it is nested too deep");
    }
    assert!(analyse("a.js", &names).is_ok());
}
