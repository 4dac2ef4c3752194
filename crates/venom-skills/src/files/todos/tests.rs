use super::*;

fn check(path: &str, text: &str, expected: &[(usize, &str, Option<&str>, &str)]) {
    let syntax = Syntax::of(path).expect("a known language");
    let items = marks(path, text, syntax);
    let seen: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item.line,
                item.tag.as_str(),
                item.owner.as_deref(),
                item.text.as_str(),
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text}");
}

#[test]
fn reads_the_forms_of_a_mark() {
    check("a.py", "# TODO: one\n", &[(1, "TODO", None, "one")]);
    check(
        "a.py",
        "x = 1  #TODO(ann): two\n",
        &[(1, "TODO", Some("ann"), "two")],
    );
    check(
        "a.py",
        "# FIXME three\n#  XXX\n",
        &[(1, "FIXME", None, "three"), (2, "XXX", None, "")],
    );
    check("a.js", "/** @todo four */\n", &[(1, "TODO", None, "four")]);
    check(
        "a.c",
        "/* HACK - five */ int x;\n",
        &[(1, "HACK", None, "five")],
    );
    check(
        "a.rs",
        "/// Works. TODO(@bob): six\n",
        &[(1, "TODO", Some("bob"), "six")],
    );
    check(
        "a.rs",
        "fn a<'a>() {} // TODO! seven\n",
        &[(1, "TODO", None, "seven")],
    );
}

#[test]
fn leaves_prose_and_names_alone() {
    check(
        "a.py",
        "# keeps the TODO list\nTODO = 1\n# TODOS: x\n# autoTODO: y\n# todo: lower case\n",
        &[],
    );
}

#[test]
fn leaves_strings_alone() {
    check(
        "a.py",
        "x = '# TODO: no'\ny = \"\"\"\n# TODO: no\n\"\"\"\nz = 'it\\'s # TODO: no'\n",
        &[],
    );
    check(
        "a.js",
        "x = `\n// TODO: no\n`; y = \"// TODO: no\"; // TODO: yes\n",
        &[(3, "TODO", None, "yes")],
    );
    check(
        "a.rs",
        "let x = r#\"\" // TODO: no\"#; let y = '\"'; // TODO: yes\n",
        &[(1, "TODO", None, "yes")],
    );
    check(
        "a.go",
        "x := `// TODO: no\\` // TODO: yes\n",
        &[(1, "TODO", None, "yes")],
    );
    check(
        "a.sh",
        "echo \"${x#TODO: no}\" a#TODO # TODO: yes\n",
        &[(1, "TODO", None, "yes")],
    );
}

#[test]
fn a_stray_apostrophe_costs_one_line() {
    check(
        "a.sh",
        "cat <<E\nit's\nE\n# TODO: yes\n",
        &[(4, "TODO", None, "yes")],
    );
}

#[test]
fn reads_comments_of_many_lines() {
    check(
        "a.py",
        "def f():\n    \"\"\"Does.\n\n    TODO: more\n    \"\"\"\n",
        &[(4, "TODO", None, "more")],
    );
    check(
        "a.html",
        "<p>TODO: no</p>\n<!-- a\n TODO: yes -->\n",
        &[(3, "TODO", None, "yes")],
    );
    check(
        "a.sql",
        "-- TODO: a\nselect '--TODO: no';\n",
        &[(1, "TODO", None, "a")],
    );
    check(
        "a.css",
        "/*\r\n * TODO: b\r\n */\r\n",
        &[(2, "TODO", None, "b")],
    );
}

#[test]
fn survives_anything() {
    for text in [
        "",
        "'",
        "\"\"\"",
        "/*",
        "\\",
        "'\\",
        "/*\u{fffd}",
        "r#\"",
        "#",
    ] {
        for path in ["a.py", "a.rs", "a.js", "a.c", "a.sh", "a.rb"] {
            check(path, text, &[]);
        }
    }
    assert!(Syntax::of("a.unknown").is_none() && Syntax::of("a").is_none());
}
