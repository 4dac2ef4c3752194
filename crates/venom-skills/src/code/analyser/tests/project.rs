//! What a real project asks for: drivers of other files, page text on its way, codes to sign in
//! with, and secrets that are not quoted.

use super::*;

fn facts(files: &[(&str, &str)]) -> ProjectFacts {
    let mut facts = ProjectFacts::default();
    for (path, text) in files {
        facts.read(path, text);
    }
    facts
}

/// The text after all fixes in a project whose other files these are.
fn fixed_in(files: &[(&str, &str)], text: &str) -> (String, Vec<Finding>) {
    let mut facts = facts(files);
    facts.read("shop/a.py", text);
    let findings = analyse_in("shop/a.py", text, &facts).expect("a short text can be analysed");
    (apply(text, &findings).text, findings)
}

const SQLITE: (&str, &str) = ("shop/db.py", "import sqlite3\n");
const QUERY: &str = "def f(db, a):\n    db.execute(f\"SELECT 1 FROM t WHERE a = '{a}'\")\n";

#[test]
fn the_one_driver_of_a_project_binds_in_all_files() {
    let (text, findings) = fixed_in(&[SQLITE], QUERY);
    assert_eq!(
        text,
        "def f(db, a):\n    db.execute(\"SELECT 1 FROM t WHERE a = ?\", (a,))\n"
    );
    let [only] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    match &only.fix {
        Fix::Rewrite { note, .. } => {
            assert!(
                note.ends_with("the project's only database driver is sqlite3"),
                "{note}"
            );
        }
        Fix::Report { reason } => panic!("{reason}"),
    }
    let (text, _) = fixed_in(
        &[("db.py", "from psycopg2 import (\n    connect)\n")],
        QUERY,
    );
    assert!(text.contains("a = %s\", (a,))"), "{text}");
    // The file says it itself: nothing about the project.
    let own = format!("import sqlite3\n{QUERY}");
    let (_, findings) = fixed_in(&[("b.py", "import psycopg2\n")], &own);
    assert!(
        matches!(&findings[0].fix, Fix::Rewrite { note, .. } if !note.contains("project")),
        "{findings:?}"
    );
}

#[test]
fn a_doubt_about_the_driver_leaves_the_query() {
    for files in [
        &[][..],
        &[SQLITE, ("b.py", "import psycopg2\n")],
        &[
            SQLITE,
            ("b.py", "def f():\n    from sqlalchemy import text\n"),
        ],
        &[SQLITE, ("b.py", "import os, \\\n    asyncpg\n")],
        &[SQLITE, ("b.py", "from django.conf import settings\n")],
        &[("b.py", "import asyncpg\n")],
        // Said in prose, and a name that only begins like a driver.
        &[("b.py", "\"\"\"Use it so:\n\nimport sqlite3\n\"\"\"\n")],
        &[("b.py", "import sqlite3_wrapper\n")],
    ] {
        assert_eq!(fixed_in(files, QUERY).0, QUERY, "{files:?}");
    }
    let mut missing = facts(&[SQLITE]);
    missing.miss();
    let findings = analyse_in("a.py", QUERY, &missing).expect("a short text can be analysed");
    assert_eq!(apply(QUERY, &findings).text, QUERY);
    // A library that the project does not write runs the query.
    let other = "import hooks\ndef f(a):\n    hooks.connect().execute(f\"SELECT 1 FROM t WHERE a = '{a}'\")\n";
    assert_eq!(fixed_in(&[SQLITE], other).0, other);
    let own = other.replace("import hooks", "from shop import hooks");
    assert!(fixed_in(&[SQLITE], &own).0.contains("(a,)"));
    // What cannot be bound still cannot.
    for text in [
        "def f(db, a):\n    db.execute(f\"SELECT 1 FROM t ORDER BY {a}\")\n",
        "def f(db, a, b):\n    db.execute(f\"SELECT 1 FROM t WHERE x = ? ORDER BY {a}\", (b,))\n",
    ] {
        let (after, findings) = fixed_in(&[SQLITE], text);
        assert_eq!((after.as_str(), findings.len()), (text, 1));
    }
}

#[test]
fn a_query_in_several_variables_is_bound_where_they_are_its_own() {
    let two = "def f(db, a):\n    part = \"x LIKE '%\" + a + \"%'\"\n    query = \"SELECT 1 FROM t WHERE \" + part + \" ORDER BY x\"\n    db.execute(query)\n";
    assert_eq!(
        fixed_in(&[SQLITE], two).0,
        "def f(db, a):\n    part = \"x LIKE ?\"\n    query = \"SELECT 1 FROM t WHERE \" + part + \" ORDER BY x\"\n    db.execute(query, (f\"%{a}%\",))\n"
    );
    for line in [
        // Used for something else, changed on the way, or put together once for many runs.
        "    print(part)\n    db.execute(query)\n",
        "    a = 1\n    db.execute(query)\n",
        "    for _ in range(3):\n        db.execute(query)\n",
    ] {
        let text = two.replace("    db.execute(query)\n", line);
        assert_eq!(fixed_in(&[SQLITE], &text).0, text);
    }
}

fn page(body: &str) -> String {
    format!(
        "from html import escape\nfrom . import pages\n\n\ndef members(request):\n    term = request.query.get('q', '').strip()\n{body}"
    )
}

#[test]
fn page_text_on_its_way_is_escaped() {
    for (before, after) in [
        (
            "    return pages.page(request, 'M', f\"<p>No {term}.</p>\")\n",
            "    return pages.page(request, 'M', f\"<p>No {escape(term)}.</p>\")\n",
        ),
        (
            "    body = '<p>%s</p>' % term\n    return pages.page(request, 'M', body)\n",
            "    body = '<p>%s</p>' % escape(term)\n    return pages.page(request, 'M', body)\n",
        ),
        (
            "    body = '<p>{}</p>'.format(term)\n    return pages.page(body)\n",
            "    body = '<p>{}</p>'.format(escape(term))\n    return pages.page(body)\n",
        ),
        (
            "    return pages.page('<input value=\"' + term + '\">')\n",
            "    return pages.page('<input value=\"' + escape(term) + '\">')\n",
        ),
        // The inner text is escaped, and the outer one left: it is a page already.
        (
            "    body = f'<b>{term}</b>'\n    return pages.page(f'<main>{body}</main>')\n",
            "    body = f'<b>{escape(term)}</b>'\n    return pages.page(f'<main>{body}</main>')\n",
        ),
    ] {
        fixed(&page(before), &page(after));
    }
    for body in [
        "    return pages.page(f'<a href=\"{term}\">x</a>')\n",
        "    return pages.page(f'<input value={term}>')\n",
        "    return pages.page(f'<b onclick=\"{term}\">x</b>')\n",
        "    return pages.page(f'<p>{term:>9}</p>')\n",
        "    return pages.page(f'<p>{request.query.get(\"a\")}</p>')\n",
    ] {
        reported(&page(body), Kind::Xss);
    }
}

#[test]
fn page_text_without_a_request_in_it_is_fine() {
    for body in [
        "    return pages.page(f'<p>{escape(term)}</p>')\n",
        "    return pages.page(f'<p>{len(term)}</p>')\n",
        "    term = escape(term)\n    return pages.page(f'<p>{term}</p>')\n",
        "    return pages.page(escape(f'<p>{term}</p>'))\n",
        "    log.warning(f'<p>{term}</p>')\n",
        "    raise ValueError(f'<p>{term}</p>')\n",
        "    return f'<p>{term}</p>' in pages.page(request)\n",
        "    return pages.page(f'{term} <someone@example.org> {term}')\n",
        "    return pages.page(f'<Request {term}>')\n",
        "    return pages.page(f'a {term} b')\n",
        "    return pages.answer(f'<p>{term}</p>', kind='text/plain; charset=utf-8')\n",
        "    rows = ''.join(f'<li>{escape(term)}</li>' for _ in term)\n    return pages.page(f'<ul>{rows}</ul>')\n",
        "    if term not in ('a', 'b'):\n        term = 'a'\n    return pages.page(f'<p>{term}</p>')\n",
    ] {
        check(&page(body), &[]);
    }
}

#[test]
fn parameters_count_by_what_the_callers_give() {
    let form = |call: &str| {
        format!(
            "from html import escape\nfrom . import pages\n\n\ndef form(request, email='', size=3):\n    return pages.page(f'<input value=\"{{email}}\" size=\"{{size}}\">')\n\n\ndef show(request, other):\n    {call}\n    return form(request)\n"
        )
    };
    fixed(
        &form("form(request, request.form.get('email', ''))"),
        &form("form(request, request.form.get('email', ''))").replace("{email}", "{escape(email)}"),
    );
    // Not known to be text, or not known whether it is a page.
    reported(&form("form(request, request.form.get('email'))"), Kind::Xss);
    reported(
        &form("form(request, request.form.get('email', '')); form(request, other)"),
        Kind::Xss,
    );
    for call in [
        "pass",
        "form(request, 'a@b.example')",
        "form(request, other)",
        "form(request, escape(request.form.get('email', '')))",
        "form(request, request.form.get('email', '')); form(request, escape(other))",
        "form(request, request.form.get('email', '')); form(request, '<b>x</b>')",
        "form(request, request.form.get('email', '')); form(request, 'x &amp; y')",
        "form(request, size=int(request.form.get('size', '')))",
    ] {
        check(&form(call), &[]);
    }
}

#[test]
fn codes_to_sign_in_with_are_drawn_safely() {
    let draw = "import random\n\n\ndef request_code(db):\n    code = str(random.randint(10000000, 99999999))\n    return code\n";
    let findings = analyse("shop/auth/reset.py", draw).expect("a short text can be analysed");
    assert_eq!(
        apply(draw, &findings).text,
        "import random\nimport secrets\n\n\ndef request_code(db):\n    code = str(secrets.randbelow(90000000) + 10000000)\n    return code\n"
    );
    check(
        "import random\ndef reset_password():\n    code = f'{random.randint(0, 999999):06}'\n",
        &[(3, Kind::InsecureRandom)],
    );
    check(
        "import random\ndef f():\n    reset_code = random.randint(0, 999999)\n",
        &[(3, Kind::InsecureRandom)],
    );
    for (path, text) in [
        (
            "colours.py",
            "code = str(random.randint(10000000, 99999999))",
        ),
        ("reset.py", "code = random.choice([200, 404])"),
        ("reset.py", "status_code = str(random.randint(200, 599))"),
        ("session.py", "key = random.choice(list(table))"),
        (
            "test_reset.py",
            "code = str(random.randint(10000000, 99999999))",
        ),
        (
            "reset.py",
            "position = str(random.randint(10000000, 99999999))",
        ),
    ] {
        let text = format!("import random\n{text}\n");
        let found = analyse(path, &text).expect("a short text can be analysed");
        assert_eq!(found, [], "{path}: {text}");
    }
}

#[test]
fn secrets_are_not_quoted() {
    for (line, excerpt) in [
        ("password = 'hunter2hunter2'", "password = 'hu\u{2026}'"),
        (
            "KEY_API_KEY = ('k-83' 'hf82hf')",
            "KEY_API_KEY = ('k-\u{2026}' '\u{2026}')",
        ),
        (
            "c['SECRET_KEY'] = b'9f8a7d6f5'",
            "c['SECRET_KEY'] = b'9f\u{2026}'",
        ),
        (
            "d = connect(passwd='s3cr3t!', token='a1b2c3d4e5')",
            "d = connect(passwd='s3\u{2026}', token='a1\u{2026}')",
        ),
        ("url = 'postgres://app:s3cr3t@db/app'", "url = 'po\u{2026}'"),
        (
            "requests.get(u, auth=('app', 's3cr3t!'), verify=False)",
            "requests.get(u, auth=('app', 's3\u{2026}'), verify=False)",
        ),
        (
            "if password == 'hunter2hunter2': pass",
            "if password == 'hu\u{2026}': pass",
        ),
    ] {
        let found = found(&format!("import requests\n{line}\n"));
        assert!(!found.is_empty(), "{line}");
        for one in found {
            assert_eq!(one.excerpt, excerpt);
        }
    }
    // A secret of several lines shows nothing of what follows.
    let key = format!(
        "import os\nprivate_key = \"\"\"-----BEGIN PRIVATE KEY-----\n{}\n\"\"\"\n",
        "q7".repeat(40)
    );
    for one in found(&key) {
        assert_eq!(one.excerpt, "private_key = \"\"\"--\u{2026}");
    }
    // What is no secret is quoted as it is.
    let found = found("import os\ndef f(x):\n    os.system('ls -l ' + x)\n");
    assert_eq!(found[0].excerpt, "os.system('ls -l ' + x)");
}

#[test]
fn tests_make_up_their_secrets() {
    let text = "PASSWORD = 'correct horse'\n";
    for (path, count) in [
        ("shop/client.py", 1),
        ("shop/latest.py", 1),
        ("tests/client.py", 0),
        ("shop/test_client.py", 0),
        ("shop/client_test.py", 0),
    ] {
        let found = analyse(path, text).expect("a short text can be analysed");
        assert_eq!(found.len(), count, "{path}");
    }
}

#[test]
fn a_name_in_a_query_is_said_to_be_one() {
    let text = "import sqlite3\ndef f(db, a, b):\n    db.execute(f\"SELECT 1 FROM t WHERE x = ? ORDER BY {a}\", (b,))\n";
    match &found(text)[0].fix {
        Fix::Report { reason } => assert!(reason.contains("fixed list"), "{reason}"),
        Fix::Rewrite { .. } => panic!("a name cannot be bound"),
    }
}
