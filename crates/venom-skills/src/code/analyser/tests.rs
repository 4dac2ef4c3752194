//! Small texts for the corners that the corpus does not reach.

use super::{
    AnalyseError, Edit, Finding, Fix, Kind, MAX_TEXT_BYTES, ProjectFacts, Severity, analyse,
    analyse_in, apply,
};

mod project;

fn found(text: &str) -> Vec<Finding> {
    analyse("a.py", text).expect("a short text can be analysed")
}

/// The kinds that are found, with their lines.
fn check(text: &str, expected: &[(u32, Kind)]) {
    let places: Vec<(u32, Kind)> = found(text).iter().map(|one| (one.line, one.kind)).collect();
    assert_eq!(places, expected, "{text}");
}

/// The text after all fixes; what is fixed must not be found again.
fn fixed(text: &str, expected: &str) {
    let findings = found(text);
    let applied = apply(text, &findings);
    assert_eq!(applied.text, expected, "{:?}", applied.left);
    assert_eq!(
        found(&applied.text).len() + applied.applied.len(),
        findings.len()
    );
}

/// The text has one finding of the kind and no fix may touch it.
fn reported(text: &str, kind: Kind) {
    let findings = found(text);
    assert!(
        findings.iter().any(|one| one.kind == kind),
        "not found in {text}"
    );
    assert_eq!(apply(text, &findings).text, text);
}

fn sqlite(body: &str) -> String {
    format!("import sqlite3\n\ndef f(a, b, c):\n    db = sqlite3.connect('x')\n{body}")
}

#[test]
fn every_rule_loads_and_has_its_say() {
    assert_eq!(found(""), []);
    assert_eq!(found("x = 1\n"), []);
}

#[test]
fn too_large_a_text_is_refused() {
    let text = " ".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(
        analyse("a.py", &text),
        Err(AnalyseError::TooLarge {
            bytes: MAX_TEXT_BYTES + 1,
            limit: MAX_TEXT_BYTES
        })
    );
}

#[test]
fn a_finding_says_where_it_is() {
    let text = "import os\n\ndef f(x):\n    é = os.system(\n        'ls ' + x\n    )\n";
    let findings = found(text);
    let one = findings.first().expect("there is a finding");
    assert_eq!(
        (one.line, one.column, one.end_line, one.cwe, one.severity),
        (4, 9, 6, 78, Severity::High)
    );
    assert_eq!(one.excerpt, "é = os.system(");
    assert_eq!(one.path, "a.py");
}

#[test]
fn names_are_followed_through_imports() {
    let line = [(3, Kind::CommandInjection)];
    check(
        "import subprocess as sp\ndef f(x):\n    sp.run(x, shell=True)\n",
        &line,
    );
    check(
        "from os import system as s\ndef f(x):\n    s('ls ' + x)\n",
        &line,
    );
    check(
        "from os import *\ndef f(x):\n    system('ls ' + x)\n",
        &line,
    );
    check("def f(x):\n    import os\n    os.popen(f'ls {x}')\n", &line);
    check(
        "import os; run = os.system\ndef f(x):\n    run('ls ' + x)\n",
        &line,
    );
    check(
        "import importlib\ndef f(x):\n    importlib.import_module('os').system(x + 'a')\n",
        &line,
    );
    // The same words for other things.
    check("from mine import os\ndef f(x):\n    os.system(x)\n", &[]);
    check(
        "def system(x): pass\ndef f(x):\n    system('ls ' + x)\n",
        &[],
    );
    check("def f(os, x):\n    os.system('ls ' + x)\n", &[]);
}

#[test]
fn constants_are_no_injection() {
    check(
        "import os\nA = 'a'\nB = A + 'b'\nos.system(f'ls {B}')\n",
        &[],
    );
    check(
        "import os\nfor a in ('x', 'y'):\n    os.system('ls ' + a)\n",
        &[],
    );
    check("import os\nos.system('ls %d' % int(input()))\n", &[]);
    check(
        "import os\nT = {'a': 'b'}\ndef f(k):\n    os.system('ls ' + T[k])\n",
        &[],
    );
    check(
        "import os\nT = {'a': 'b'}\ndef f(k):\n    os.system('ls ' + T.get(k, 'c'))\n",
        &[],
    );
    check(
        "import os\nT = {'a': 'b'}\ndef f(k):\n    os.system('ls ' + T.get(k, k))\n",
        &[(4, Kind::CommandInjection)],
    );
    // Bound twice, once to something else.
    check(
        "import os\ndef f(x):\n    a = 'b'\n    if x:\n        a = x\n    os.system('ls ' + a)\n",
        &[(6, Kind::CommandInjection)],
    );
    // Overwritten on every way.
    check(
        "import os\ndef f(x):\n    if x == 1:\n        x = 'a'\n    else:\n        x = 'b'\n    os.system('ls ' + x)\n",
        &[],
    );
}

#[test]
fn checks_in_front_let_values_through() {
    let head = "import os, re\nOK = {'a', 'b'}\ndef f(x):\n";
    let run = "    os.system('ls ' + x)\n";
    for guard in [
        "    if x not in OK:\n        raise ValueError(x)\n",
        "    if x not in ('a', 'b'):\n        return\n",
        "    if not x.isalnum():\n        return\n",
        "    if not re.fullmatch(r'[a-z0-9_]+', x):\n        raise ValueError(x)\n",
        "    if x is None or not x.isdigit():\n        return\n",
        "    if x not in OK:\n        x = 'a'\n",
    ] {
        check(&format!("{head}{guard}{run}"), &[]);
    }
    for hole in [
        // Not left on the bad way.
        "    if x not in OK:\n        print(x)\n",
        // The wrong way round.
        "    if x in OK:\n        return\n",
        // Another name.
        "    if y not in OK:\n        return\n",
        // A dot lets everything through; so does no anchor.
        "    if not re.fullmatch(r'.+', x):\n        return\n",
        "    if not re.match(r'[a-z]+', x):\n        return\n",
        // A part of a text.
        "    if x not in 'abc def':\n        return\n",
        // Bound again afterwards.
        "    if x not in OK:\n        return\n    x = input()\n",
        // One of two is not both.
        "    if x not in OK and len(x) > 3:\n        return\n",
    ] {
        let lines = format!("{head}{hole}").lines().count();
        let line = u32::try_from(lines + 1).unwrap_or(0);
        check(
            &format!("{head}{hole}{run}"),
            &[(line, Kind::CommandInjection)],
        );
    }
}

#[test]
fn queries_are_bound() {
    fixed(
        &sqlite("    db.execute(f\"SELECT * FROM t WHERE a = {a} AND b = '{b}'\")\n"),
        &sqlite("    db.execute(\"SELECT * FROM t WHERE a = ? AND b = ?\", (a, b))\n"),
    );
    // Braces are single again, the prefix keeps its other letters.
    fixed(
        &sqlite("    db.execute(rf\"SELECT '{{x}}' FROM t WHERE a = {a}\")\n"),
        &sqlite("    db.execute(r\"SELECT '{x}' FROM t WHERE a = ?\", (a,))\n"),
    );
    fixed(
        &sqlite("    db.execute(\"SELECT '100%%' FROM t WHERE a = '%s'\" % a)\n"),
        &sqlite("    db.execute(\"SELECT '100%' FROM t WHERE a = ?\", (a,))\n"),
    );
    fixed(
        &sqlite("    db.execute('DELETE FROM t WHERE a = ' + str(a))\n"),
        &sqlite("    db.execute('DELETE FROM t WHERE a = ?', (a,))\n"),
    );
    fixed(
        &sqlite("    db.execute(\"UPDATE t SET a = '\" + a + \"' WHERE b = '\" + b + \"'\")\n"),
        &sqlite("    db.execute(\"UPDATE t SET a = ? WHERE b = ?\", (a, b))\n"),
    );
    // A number between quotes stays text.
    fixed(
        "import sqlite3\ndef f(a: int):\n    sqlite3.connect('x').execute(f\"SELECT 1 FROM t WHERE a = '{a}'\")\n",
        "import sqlite3\ndef f(a: int):\n    sqlite3.connect('x').execute(\"SELECT 1 FROM t WHERE a = ?\", (str(a),))\n",
    );
    // A constant part stays where it is.
    fixed(
        &sqlite("    T = 'users'\n    db.execute(f\"SELECT 1 FROM {T} WHERE a = {a}\")\n"),
        &sqlite("    T = 'users'\n    db.execute(f\"SELECT 1 FROM {T} WHERE a = ?\", (a,))\n"),
    );
    // Line ends and characters of several bytes stay as they are.
    fixed(
        "import sqlite3\r\ndef f(a):\r\n    sqlite3.connect('ü').execute(f\"SELECT 'é' FROM t WHERE a = {a}\")\r\n",
        "import sqlite3\r\ndef f(a):\r\n    sqlite3.connect('ü').execute(\"SELECT 'é' FROM t WHERE a = ?\", (a,))\r\n",
    );
}

#[test]
fn queries_that_cannot_be_bound_are_left() {
    for body in [
        // Names and keywords.
        "    db.execute(f\"SELECT * FROM {a} WHERE b = {b}\")\n",
        "    db.execute(f\"SELECT * FROM t ORDER BY {a}\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE {a} = 1\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE x{a} = 1\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE x = {a}x\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE x = {a}.y\")\n",
        "    db.execute(f'SELECT \"{a}\" FROM t')\n",
        "    db.execute(f\"CREATE TABLE t (x DEFAULT '{a}')\")\n",
        // A list.
        "    db.execute(f\"SELECT * FROM t WHERE x IN ({a})\")\n",
        "    db.execute('SELECT * FROM t WHERE x IN (%s)' % ','.join(a))\n",
        // Changed on the way.
        "    db.execute(f\"SELECT * FROM t WHERE x = {a!r}\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE x = '{a:>10}'\")\n",
        "    db.execute(\"SELECT * FROM t WHERE x = %r\" % a)\n",
        // Parameters of its own, several statements, a comment, an open quote.
        "    db.execute(f\"SELECT * FROM t WHERE x = {a} AND y = ?\", (b,))\n",
        "    db.execute(f\"SELECT * FROM t WHERE x = {a}; SELECT 2\")\n",
        "    db.execute(f\"SELECT * FROM t -- {a}\\nWHERE x = 1\")\n",
        "    db.execute(f\"SELECT * FROM t WHERE x = '{a}\")\n",
        "    db.executescript(f\"DELETE FROM t WHERE x = {a};\")\n",
        "    db.executemany(f\"INSERT INTO t VALUES ({a})\", b)\n",
        // Built up, used twice, in a loop, or changed between.
        "    q = 'SELECT * FROM t'\n    q += f\" WHERE x = {a}\"\n    db.execute(q)\n",
        "    q = f\"SELECT * FROM t WHERE x = {a}\"\n    print(q)\n    db.execute(q)\n",
        "    q = f\"SELECT * FROM t WHERE x = {a}\"\n    a = b\n    db.execute(q)\n",
        "    q = f\"SELECT * FROM t WHERE x = {a}\"\n    for a in b:\n        db.execute(q)\n",
        "    q = f\"SELECT * FROM t WHERE x = {next(a)}\"\n    print(1)\n    db.execute(q)\n",
        "    db.execute(\"SELECT * FROM t WHERE x = '\"  # why\n        + a + \"'\")\n",
        // Text in the place of a number of rows.
        "    db.execute('SELECT * FROM t LIMIT ' + a)\n",
        // A tuple would be spread over the holes.
        "    db.execute(\"SELECT * FROM t WHERE x = '%s' AND y = '%s'\" % a)\n",
        "    db.execute(\"SELECT * FROM t WHERE x = {0} AND y = {0}\".format(a))\n",
        "    db.execute(\"SELECT * FROM t WHERE x = {a.b}\".format(a=a))\n",
    ] {
        reported(&sqlite(body), Kind::SqlInjection);
    }
    // No driver, or another way to bind.
    reported(
        "def f(db, a):\n    db.execute(f'SELECT 1 FROM t WHERE a = {a}')\n",
        Kind::SqlInjection,
    );
    reported(
        "import sqlalchemy\ndef f(db, a):\n    db.execute(sqlalchemy.text(f'SELECT 1 FROM t WHERE a = {a}'))\n",
        Kind::SqlInjection,
    );
    reported(
        "import sqlite3, psycopg2\ndef f(db, a):\n    db.execute(f'SELECT 1 FROM t WHERE a = {a}')\n",
        Kind::SqlInjection,
    );
}

#[test]
fn queries_without_values_are_fine() {
    for body in [
        "    db.execute('SELECT * FROM t WHERE a = ?', (a,))\n",
        "    db.execute(f\"SELECT * FROM t WHERE a IN ({','.join('?' * len(a))})\", a)\n",
        "    db.execute(f\"SELECT * FROM t WHERE a IN ({', '.join('?' for _ in a)})\", a)\n",
        "    db.execute(f'SELECT * FROM t LIMIT {int(a)}')\n",
        "    db.execute('SELECT * FROM t LIMIT %d' % a)\n",
        "    db.execute(f'SELECT * FROM t ORDER BY x {\"DESC\" if a else \"ASC\"}')\n",
    ] {
        check(&sqlite(body), &[]);
    }
    // Prose that begins like a query, and an `execute` of something else.
    check(
        "def f(ui, a):\n    ui.execute(f'Move {a} to the left')\n",
        &[],
    );
    check("def f(a):\n    print(f'SELECT {a} FROM t')\n", &[]);
}

#[test]
fn percent_signs_are_doubled_for_drivers_that_read_them() {
    fixed(
        "import psycopg2\ndef f(c, a):\n    c.execute(f\"SELECT 1 FROM t WHERE a LIKE 'x%' AND b = {a}\")\n",
        "import psycopg2\ndef f(c, a):\n    c.execute(\"SELECT 1 FROM t WHERE a LIKE 'x%%' AND b = %s\", (a,))\n",
    );
    fixed(
        "import psycopg2\ndef f(c, a):\n    c.execute(\"SELECT 1 FROM t WHERE a LIKE 'x%%' AND b = '%s'\" % a)\n",
        "import psycopg2\ndef f(c, a):\n    c.execute(\"SELECT 1 FROM t WHERE a LIKE 'x%%' AND b = %s\", (a,))\n",
    );
}

#[test]
fn imports_are_added_once_and_in_the_right_place() {
    fixed(
        "#!/usr/bin/env python3\n\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\nimport random\n\ndef token(a):\n    return random.choice(a) + random.choice(a)\n",
        "#!/usr/bin/env python3\n\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\nimport random\nimport secrets\n\ndef token(a):\n    return secrets.choice(a) + secrets.choice(a)\n",
    );
    fixed(
        "import random\r\n\r\npassword = random.choice('abc')\r\n",
        "import random\r\nimport secrets\r\n\r\npassword = secrets.choice('abc')\r\n",
    );
    // It is there already, under another name.
    fixed(
        "import random\nimport secrets as s\npassword = random.choice('abc')\n",
        "import random\nimport secrets as s\npassword = s.choice('abc')\n",
    );
    // The name is taken.
    for text in [
        "import random\nsecrets = 1\npassword = random.choice('abc')\n",
        "import random\nfrom mine import secrets\npassword = random.choice('abc')\n",
        "import random\ndef f(secrets):\n    password = random.choice('abc')\n",
        "import random; x = 1\npassword = random.choice('abc')\n",
    ] {
        reported(text, Kind::InsecureRandom);
    }
}

#[test]
fn draws_keep_their_meaning() {
    let text = |draw: &str| format!("import random\nimport secrets\ntoken = {draw}\n");
    fixed(
        &text("random.randint(0, 9)"),
        &text("secrets.randbelow(10)"),
    );
    fixed(
        &text("random.randint(-5, 5)"),
        &text("secrets.randbelow(11) + -5").replace("+ -5", "- 5"),
    );
    fixed(
        &text("2 * random.randint(1, 6)"),
        &text("2 * (secrets.randbelow(6) + 1)"),
    );
    fixed(
        &text("str(random.randint(1, 6))"),
        &text("str(secrets.randbelow(6) + 1)"),
    );
    reported(&text("random.randint(6, 1)"), Kind::InsecureRandom);
    reported(&text("random.randint(1.0, 6)"), Kind::InsecureRandom);
    reported(
        "import random\nrandom.seed(1)\ntoken = random.choice('ab')\n",
        Kind::InsecureRandom,
    );
    check("import random\nwinner = random.choice(players)\n", &[]);
    check(
        "import random\ntoken = random.SystemRandom().choice('ab')\n",
        &[],
    );
}

#[test]
fn nothing_is_rewritten_where_the_text_does_not_parse() {
    let broken = "import flask\napp = flask.Flask('x')\ndef f(:\n    app.run(debug=True)\n";
    let findings = found(broken);
    assert_eq!(apply(broken, &findings).text, broken);
    // Elsewhere in the file it still is.
    let text = "import flask\napp = flask.Flask('x')\napp.run(debug=True)\nx = = 1\n";
    let applied = apply(text, &found(text));
    assert!(applied.text.contains("debug=False"), "{applied:?}");
}

#[test]
fn edits_that_do_not_fit_are_left() {
    let text = "é = 1\n";
    let with = |edits: Vec<Edit>| Finding {
        rule: "test".to_owned(),
        kind: Kind::DebugMode,
        severity: Severity::Low,
        cwe: 1,
        path: String::new(),
        line: 1,
        column: 1,
        end_line: 1,
        message: String::new(),
        excerpt: String::new(),
        fix: Fix::Rewrite {
            edits,
            note: String::new(),
        },
        suppressed: None,
        sources: Vec::new(),
    };
    let edit = |start: usize, end: usize, text: &str| Edit {
        start,
        end,
        text: text.to_owned(),
    };
    // In the middle of a character, behind the end, backwards.
    for bad in [edit(1, 2, "x"), edit(0, 900, ""), edit(3, 2, "")] {
        let applied = apply(text, &[with(vec![bad])]);
        assert_eq!(
            (
                applied.text.as_str(),
                applied.applied.len(),
                applied.left.len()
            ),
            (text, 0, 1)
        );
    }
    // The second of two that overlap is left, and so is one that breaks the text.
    let applied = apply(
        text,
        &[with(vec![edit(0, 2, "a")]), with(vec![edit(0, 2, "b")])],
    );
    assert_eq!(
        (applied.text.as_str(), applied.applied),
        ("a = 1\n", vec![0])
    );
    let applied = apply(
        text,
        &[with(vec![edit(0, 2, "a b (")]), with(vec![edit(5, 6, "2")])],
    );
    assert_eq!(
        (applied.text.as_str(), applied.applied),
        ("é = 2\n", vec![1])
    );
}

#[test]
fn pages_are_escaped_only_between_tags_and_only_text() {
    let page = |value: &str, text: &str| {
        format!(
            "import html\nfrom flask import Flask, request\napp = Flask('x')\n@app.route('/')\ndef f():\n    a = {value}\n    return {text}\n"
        )
    };
    let value = "request.args.get('a', '')";
    fixed(
        &page(value, "f'<p>{a}</p>'"),
        &page(value, "f'<p>{html.escape(a)}</p>'"),
    );
    fixed(
        &page(value, "'<p>%s</p>' % a"),
        &page(value, "'<p>%s</p>' % html.escape(a)"),
    );
    for text in [
        "f'<a href=\"{a}\">x</a>'",
        "f'<script>{a}</script>'",
        "f'<!-- {a} -->'",
        "f'<p>{a:>5}</p>'",
        "f'<{a}>'",
    ] {
        reported(&page(value, text), Kind::Xss);
    }
    reported(&page("request.args.get('a')", "f'<p>{a}</p>'"), Kind::Xss);
    check(&page(value, "{'a': a}"), &[]);
    check(&page(value, "f'<p>{len(a)}</p>'"), &[]);
    check(&page(value, "f'<p>{html.escape(a)}</p>'"), &[]);
}

#[test]
fn arguments_are_dropped_with_their_commas() {
    let get = |arguments: &str| format!("import requests\nrequests.get({arguments})\n");
    fixed(&get("u, verify=False"), &get("u"));
    fixed(&get("verify=False, url=u"), &get("url=u"));
    fixed(&get("u, verify=False, timeout=3"), &get("u, timeout=3"));
    fixed(&get("u, verify=False,"), &get("u,"));
    fixed(&get("\n    u,\n    verify=False,\n"), &get("\n    u,\n"));
    fixed(&get("u, verify=0"), &get("u"));
    check(&get("u, verify='ca.pem'"), &[]);
    check(
        "import requests\ndef f(v):\n    requests.get(u, verify=v)\n",
        &[],
    );
}

#[test]
fn commands_become_lists_only_without_shell_syntax() {
    let run = |arguments: &str| format!("import subprocess\nsubprocess.run({arguments})\n");
    fixed(
        &run("'ls -l /tmp', shell=True"),
        &run("[\"ls\", \"-l\", \"/tmp\"]"),
    );
    fixed(
        &run("('ls '\n    '-l'), shell=True"),
        &run("[\"ls\", \"-l\"]"),
    );
    for command in [
        "'ls | wc'",
        "'ls *'",
        "'ls ~'",
        "'A=1 ls'",
        "'cd /tmp'",
        "'ls > x'",
        "'ls $HOME'",
        "'echo a'",
        "'a\\nb'",
        "'ls \"a b\"'",
    ] {
        reported(
            &run(&format!("{command}, shell=True")),
            Kind::CommandInjection,
        );
    }
    reported(
        &run("'ls', shell=True, executable='/bin/bash'"),
        Kind::CommandInjection,
    );
    check(&run("['ls', x]"), &[]);
    check(
        "import subprocess, shlex\ndef f(x):\n    subprocess.run(f'ls {shlex.quote(x)}', shell=True)\n",
        &[],
    );
}

#[test]
fn paths_need_a_real_check() {
    let handler = |body: &str| {
        format!(
            "import os\nfrom pathlib import Path\nfrom flask import Flask, abort, request\napp = Flask('x')\nBASE = Path('/srv')\n@app.route('/')\ndef f():\n    name = request.args['n']\n{body}"
        )
    };
    check(
        &handler("    return open(BASE / name).read()\n"),
        &[(9, Kind::PathTraversal)],
    );
    check(
        &handler(
            "    p = (BASE / name).resolve()\n    if not p.is_relative_to(BASE):\n        abort(404)\n    return p.read_text()\n",
        ),
        &[],
    );
    // Compared before `..` is taken out.
    check(
        &handler(
            "    p = os.path.join('/srv', name)\n    if not p.startswith('/srv/'):\n        abort(404)\n    return open(p).read()\n",
        ),
        &[(12, Kind::PathTraversal)],
    );
    check(
        &handler(
            "    p = os.path.realpath(os.path.join('/srv', name))\n    if not p.startswith('/srv/'):\n        abort(404)\n    return open(p).read()\n",
        ),
        &[],
    );
    check(
        &handler("    return open('/srv/' + name.replace('..', '')).read()\n"),
        &[(9, Kind::PathTraversal)],
    );
}

#[test]
fn secrets_are_told_from_words_about_secrets() {
    for line in [
        "password_field = 'password'",
        "TOKEN_URL = 'https://a.example/token'",
        "PASSWORD_RESET_TIMEOUT = '3600s'",
        "password = ''",
        "password = os.environ['P']",
        "secret = '<your secret>'",
        "api_key = 'xxxxxxxxxxxx'",
        "token = 'IDENT'",
        "password = '${DB_PASSWORD}'",
        "password_hash = 'pbkdf2_sha256$1$abc'",
        "passport = 'Portugal42'",
    ] {
        check(&format!("import os\n{line}\n"), &[]);
    }
    for line in [
        "password = 'hunter2hunter2'",
        "self.api_key = 'k-83hf82hf'",
        "c['SECRET_KEY'] = b'9f8a7d6f5'",
        "d = connect(user='a', passwd='s3cr3t!')",
        "url = 'postgres://app:s3cr3t@db/app'",
        "key = 'AKIAIOSFODNN7ABCDEFG'",
    ] {
        check(
            &format!("import os\n{line}\n"),
            &[(2, Kind::HardCodedSecret)],
        );
    }
}

#[test]
fn hostile_texts_are_survived() {
    let deep = format!(
        "import os\nos.system({}x{})\n",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let chain = format!("import os\nos.system('a'{})\n", " + x".repeat(5000));
    let turns = "x = y\ny = x\nimport os\nos.system(x)\n".to_owned();
    let calls =
        "def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\nimport os\nos.system(f(1))\n"
            .to_owned();
    let odd = "\u{feff}import os\n\0\u{202e}os.system('é' + x\n'''".to_owned();
    let formats = "c.execute('SELECT %(a)s %( %s {0!r:{x}} {{' % a).format(*b)\nc.execute('%' % a)\nc.execute('{'.format(a))\n".to_owned();
    for text in [deep, chain, turns, calls, odd, formats] {
        let findings = found(&text);
        let _ = apply(&text, &findings);
    }
}
