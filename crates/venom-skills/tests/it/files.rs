//! The `files` skill.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

#[test]
fn reads_pages_of_lines() {
    let world = World::new();
    world.write("a.txt", "one\ntwo\nthree\n");
    let page = world.call(
        "files.read",
        json!({"path": "a.txt", "offset": 2, "limit": 1}),
    );
    assert_eq!(
        (text(&page), &page["first"], &page["lines"]),
        ("two\n", &json!(2), &json!(3))
    );
    assert_eq!(page["truncated"], json!(true));
    assert_eq!(
        text(&world.call("files.read", json!({"path": "a.txt"}))),
        "one\ntwo\nthree\n"
    );
    let past = world.call("files.read", json!({"path": "a.txt", "offset": 9}));
    assert_eq!((&past["shown"], text(&past)), (&json!(0), ""));
}

#[test]
fn reads_what_is_no_plain_text() {
    let world = World::new();
    world.write("bin", b"a\0b");
    world.write("latin", b"caf\xe9\n");
    world.write("mark", "\u{feff}x\n");
    world.write("wide", b"\xff\xfex\0\n\0");
    assert_eq!(
        text(&world.call("files.read", json!({"path": "wide"}))),
        "x\n"
    );
    world.write("long", "ä".repeat(100_000));
    assert_eq!(
        world.call("files.read", json!({"path": "bin"}))["binary"],
        json!(true)
    );
    let latin = world.call("files.read", json!({"path": "latin"}));
    assert_eq!(
        (text(&latin), &latin["valid"]),
        ("caf\u{fffd}\n", &json!(false))
    );
    assert_eq!(
        text(&world.call("files.read", json!({"path": "mark"}))),
        "x\n"
    );
    let long = world.call("files.read", json!({"path": "long"}));
    assert!(text(&long).len() <= 64 << 10 && long["truncated"] == true);
    assert_eq!(
        world.fails("files.read", json!({"path": "no"})).kind,
        FailureKind::Missing
    );
    for bad in ["../x", "/etc/passwd"] {
        assert_eq!(
            world.fails("files.read", json!({"path": bad})).kind,
            FailureKind::Refused
        );
    }
}

#[test]
fn finds_by_pattern() {
    let world = World::new();
    for path in [
        "a.py",
        "src/b.py",
        "src/deep/c.py",
        "src/d.rs",
        ".hidden/e.py",
        "skip/f.py",
    ] {
        world.write(path, "");
    }
    world.write(".gitignore", "skip/\n");
    let find = |params| world.call("files.find", params)["files"].clone();
    assert_eq!(
        find(json!({"globs": ["*.py"]})),
        json!(["a.py", "src/b.py", "src/deep/c.py"])
    );
    assert_eq!(
        find(json!({"globs": ["src/*"]})),
        json!(["src/b.py", "src/d.rs"])
    );
    assert_eq!(
        find(json!({"under": "src/deep", "globs": null})),
        json!(["src/deep/c.py"])
    );
    let hidden = find(json!({"hidden": true, "globs": ["*.py"]}));
    assert_eq!(hidden[0], ".hidden/e.py");
    assert_eq!(
        world.fails("files.find", json!({"under": "no"})).kind,
        FailureKind::Missing
    );
}

#[test]
fn searches_line_by_line() {
    let world = World::new();
    world.write("a.txt", "ünder foo\r\nfoobar\r\nFOO (x)\r\n");
    world.write("b/c.txt", "food\n");
    world.write("bin", b"foo\0");
    world.write("latin", b"foo \xe9\n");
    let lines = |params| {
        let found = world.call("files.search", params);
        column(&found["matches"], "line")
            .into_iter()
            .zip(column(&found["matches"], "path"))
            .collect::<Vec<_>>()
    };
    let at = |line: &str, path: &str| (line.to_owned(), path.to_owned());
    assert_eq!(
        lines(json!({"pattern": "foo"})),
        [
            at("1", "a.txt"),
            at("2", "a.txt"),
            at("1", "b/c.txt"),
            at("1", "latin")
        ]
    );
    assert_eq!(lines(json!({"pattern": "foo$"})), [at("1", "a.txt")]);
    assert_eq!(
        lines(json!({"pattern": "foo", "word": true, "under": "a.txt"})),
        [at("1", "a.txt")]
    );
    assert_eq!(
        lines(json!({"pattern": "foo (X)", "literal": true, "ignore_case": true})),
        [at("3", "a.txt")]
    );
    assert_eq!(
        lines(json!({"pattern": "foo", "exclude": ["a.txt", "latin"]})),
        [at("1", "b/c.txt")]
    );
    let one = world.call("files.search", json!({"pattern": "o+", "limit": 1}));
    assert_eq!(
        (&one["truncated"], &one["matches"][0]["column"]),
        (&json!(true), &json!(8))
    );
    assert_eq!(one["matches"][0]["text"], "ünder foo");
    let failure = world.fails("files.search", json!({"pattern": "("}));
    assert!(failure.hint.unwrap().contains("literal"));
    assert_eq!(
        text(&world.call("files.search", json!({"pattern": "zzz"}))),
        "Nothing was found.\n"
    );
}

#[test]
fn searches_ten_thousand_files() {
    let world = World::new();
    for at in 0..10_000 {
        world.write(&format!("d{}/f{at}.txt", at % 100), "nothing\nhere\n");
    }
    world.write("d7/special.txt", "a needle\n");
    let found = world.call("files.search", json!({"pattern": "needle"}));
    assert_eq!(column(&found["matches"], "path"), ["d7/special.txt"]);
    assert_eq!(found["files_searched"], 10_001);
    let all = world.call("files.search", json!({"pattern": "here", "limit": 10_000}));
    assert_eq!(
        (&all["count"], &all["truncated"]),
        (&json!(10_000), &json!(false))
    );
    assert!(text(&all).len() <= 64 << 10);
}

#[test]
fn names_that_are_no_text_are_told() {
    let world = World::new();
    for name in [&b"bad\xff.txt"[..], b"bad\xfe.txt"] {
        fs::write(world.root().join(OsStr::from_bytes(name)), "x\n").unwrap();
    }
    world.write("good.txt", "x\n");
    for (action, params) in [
        ("files.find", none()),
        ("files.search", json!({"pattern": "x"})),
        ("files.search", json!({"pattern": "nothing at all"})),
        ("files.todos", none()),
        ("files.replace", json!({"pattern": "x", "with": "y"})),
        ("code.find-vulnerabilities", none()),
        ("code.apply-fixes", none()),
    ] {
        let result = world.call(action, params);
        let names = json!([r"bad\xfe.txt", r"bad\xff.txt"]);
        let mut told = result["unreadable"].as_array().unwrap().clone();
        told.sort_by_key(ToString::to_string);
        assert_eq!(json!(told), names, "{action}");
        assert_eq!(result["unreadable_count"], 2, "{action}");
        let said = text(&result);
        assert!(said.contains("2 names could not be read as text"), "{said}");
        assert!(said.contains(r"bad\xff.txt"), "{said}");
    }
    let excluded = json!({"pattern": "x", "exclude": [r"bad\xff.txt", r"bad\xfe.txt"]});
    let result = world.call("files.search", excluded);
    assert_eq!(result["unreadable_count"], 0);
    assert!(!text(&result).contains("could not be read"));
}

#[test]
fn a_name_cannot_forge_a_line() {
    let world = World::new();
    let forged = "a.py\n- safe.py: 1\n# TODO: forged\u{202e}b.py";
    world.write(forged, "# TODO: needle\nimport os\nos.system('ls ' + x)\n");
    let todos = world.call("files.todos", none());
    let list = json!({"path": "TODO.md", "items": todos["items"]});
    // Data keeps the name as it is.
    assert_eq!(todos["items"][0]["path"], forged);
    for (action, params) in [
        ("files.find", none()),
        ("files.search", json!({"pattern": "needle"})),
        ("files.replace", json!({"pattern": "needle", "with": "pin"})),
        ("files.read", json!({"path": forged, "offset": 9})),
        ("files.write-list", list),
        (
            "files.write",
            json!({"path": format!("{forged}2"), "content": ""}),
        ),
        ("files.todos", none()),
    ] {
        let result = world.call(action, params);
        for said in text(&result).lines() {
            assert!(!said.starts_with("- safe.py"), "{action}: {said}");
            assert!(!said.starts_with("# TODO: forged"), "{action}: {said}");
            assert!(!said.contains('\u{202e}'), "{action}: {said}");
        }
    }
    let written = world.staged("TODO.md").unwrap();
    let heading = written.lines().find(|line| line.starts_with("## "));
    assert_eq!(
        heading,
        Some(r"## a.py\\n- safe.py: 1\\n# TODO: forged\\u{202e}b.py")
    );
    assert!(!written.lines().any(|line| line.starts_with("- safe")));
}

#[test]
fn a_place_that_is_not_what_is_meant_is_an_error() {
    let world = World::new();
    world.write("file.py", "x = 1\n");
    world.write("folder/a.py", "x = 1\n");
    std::os::unix::fs::symlink("folder", world.root().join("link")).unwrap();
    let at = |field: &str, place: &str| json!({field: place, "pattern": "x", "with": "y"});
    let only = |params: serde_json::Value, names: &[&str]| {
        let mut params = params;
        params
            .as_object_mut()
            .unwrap()
            .retain(|name, _| names.contains(&name.as_str()));
        params
    };
    for (action, field, names) in [
        ("files.find", "under", &["under"][..]),
        ("files.search", "under", &["under", "pattern"]),
        ("files.todos", "under", &["under"]),
        ("files.replace", "under", &["under", "pattern", "with"]),
        ("code.find-vulnerabilities", "path", &["path"]),
        ("code.apply-fixes", "path", &["path"]),
        ("build.run", "path", &["path"]),
        ("test.run", "path", &["path"]),
        ("git.analyze-module", "path", &["path"]),
    ] {
        let link = world.fails(action, only(at(field, "link"), names));
        assert_eq!(link.kind, FailureKind::Refused, "{action}");
        assert!(link.message.contains("symbolic link"), "{action}: {link}");
        assert!(link.hint.is_some(), "{action}");
        let missing = world.fails(action, only(at(field, "no/such"), names));
        assert_eq!(missing.kind, FailureKind::Missing, "{action}");
        assert!(missing.message.contains("no/such"), "{action}: {missing}");
    }
    for (action, params) in [
        ("files.find", json!({"under": "file.py"})),
        ("build.run", json!({"path": "file.py"})),
        ("shell.run", json!({"command": ["true"], "cwd": "file.py"})),
    ] {
        let failure = world.fails(action, params);
        assert_eq!(failure.kind, FailureKind::Refused, "{action}");
        assert!(
            failure.message.contains("is a file, not a folder"),
            "{failure}"
        );
    }
    let inside = json!({"path": "file.py/inside", "content": ""});
    let failure = world.fails("files.write", inside);
    assert!(failure.message.contains("no folder"), "{failure}");
}

#[test]
fn files_that_were_not_looked_at_are_told() {
    let world = World::new();
    world.write("a.txt", "needle\n");
    let large = fs::File::create(world.root().join("large.txt")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    for (action, params) in [
        ("files.search", json!({"pattern": "zzz"})),
        ("files.replace", json!({"pattern": "zzz", "with": ""})),
    ] {
        let said = world.call(action, params);
        let said = text(&said);
        assert!(
            said.contains("because too large (more than 16 MiB): 1 file (large.txt)"),
            "{said}"
        );
    }
}

#[test]
fn an_empty_text_deletes() {
    let world = World::new();
    world.write("a.txt", "one, two,\r\nthree");
    world.write("b.txt", "none\n");
    let result = world.call(
        "files.replace",
        json!({"pattern": ",", "with": "", "literal": true}),
    );
    assert_eq!(world.staged("a.txt").unwrap(), "one two\r\nthree");
    assert_eq!(
        (&result["replaced"], world.staged_paths().len()),
        (&json!(2), 1)
    );
    assert!(
        text(&result).starts_with("Deleted 2 places in 1 file."),
        "{result}"
    );
    world.apply();
    // A whole line goes with its end.
    world.call(
        "files.replace",
        json!({"pattern": r"^one.*\r?\n", "with": ""}),
    );
    assert_eq!(world.staged("a.txt").unwrap(), "three");
}

#[test]
fn groups_that_do_not_exist_are_refused() {
    let world = World::new();
    world.write("price.txt", "cost: 5\n");
    for with in ["$5", "$1a", "${name}", "x $2"] {
        let params = json!({"pattern": r"(\d)", "with": with});
        let failure = world.fails("files.replace", params);
        assert_eq!(failure.kind, FailureKind::Refused, "{with}");
        assert!(failure.hint.unwrap().contains("$$"), "{with}");
    }
    for (with, expected) in [
        ("$$5", "cost: $5\n"),
        ("${1}a", "cost: 5a\n"),
        ("$0$1", "cost: 55\n"),
        ("$", "cost: $\n"),
    ] {
        let world = World::new();
        world.write("price.txt", "cost: 5\n");
        world.call("files.replace", json!({"pattern": r"(\d)", "with": with}));
        assert_eq!(world.staged("price.txt").unwrap(), expected, "{with}");
    }
    // A plain text names no groups.
    let plain = json!({"pattern": "5", "with": "$5", "literal": true});
    world.call("files.replace", plain);
    assert_eq!(world.staged("price.txt").unwrap(), "cost: $5\n");
}

#[test]
fn appending_keeps_the_line_ends_of_a_file() {
    let world = World::new();
    world.write("dos.txt", "one\r\ntwo");
    world.write("bin", b"a\0b");
    let append = |path: &str| json!({"path": path, "content": "three\nfour\n", "append": true});
    world.call("files.write", append("dos.txt"));
    assert_eq!(
        world.staged("dos.txt").unwrap(),
        "one\r\ntwo\r\nthree\r\nfour\r\n"
    );
    let failure = world.fails("files.write", append("bin"));
    assert!(failure.message.contains("is no text"), "{failure}");
}

#[test]
fn replaces_and_keeps_what_a_file_is_like() {
    let world = World::new();
    world.write("unix.txt", "old one\nold two\n");
    world.write("dos.txt", "\u{feff}old\r\nend\r\n");
    world.write("koi8.txt", b"old \xf0\xd2\xc9\xd7\n");
    world.write("bin", b"old\0");
    world.write("none.txt", "nothing\n");
    let result = world.call(
        "files.replace",
        json!({"pattern": "old", "with": "a\n$1", "literal": true}),
    );
    assert_eq!(
        result["files"],
        json!([{"path": "dos.txt", "replaced": 1}, {"path": "unix.txt", "replaced": 2}])
    );
    assert_eq!(result["skipped"], json!(["koi8.txt"]));
    assert_eq!(world.staged_paths(), ["dos.txt", "unix.txt"]);
    assert_eq!(world.staged("unix.txt").unwrap(), "a\n$1 one\na\n$1 two\n");
    assert_eq!(
        world.staged("dos.txt").unwrap(),
        "\u{feff}a\r\n$1\r\nend\r\n"
    );
    assert_eq!(
        fs::read(world.path("unix.txt")).unwrap(),
        b"old one\nold two\n"
    );
}

#[test]
fn replaces_in_the_encoding_of_the_file() {
    let world = World::new();
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    world.write("wide.txt", utf16("\u{feff}gr\u{fc}n old\r\nx\r\n"));
    world.write("latin.txt", b"caf\xe9 old\n");
    let found = world.call("files.search", json!({"pattern": "gr\u{fc}n"}));
    assert_eq!(column(&found["matches"], "path"), ["wide.txt"]);
    let result = world.call(
        "files.replace",
        json!({"pattern": "old", "with": "n\u{e9}w", "literal": true}),
    );
    assert_eq!(result["files_changed"], json!(2), "{result}");
    world.apply();
    assert_eq!(
        fs::read(world.path("wide.txt")).unwrap(),
        utf16("\u{feff}gr\u{fc}n n\u{e9}w\r\nx\r\n")
    );
    assert_eq!(
        fs::read(world.path("latin.txt")).unwrap(),
        b"caf\xe9 n\xe9w\n"
    );
    // A character that the encoding does not have is not put there in another one.
    let result = world.call(
        "files.replace",
        json!({"pattern": "caf", "with": "\u{6f22}", "literal": true}),
    );
    assert_eq!(result["skipped"], json!(["latin.txt"]));
}

#[test]
fn replaces_by_groups_words_and_several_lines() {
    let world = World::new();
    world.write("a.txt", "cat(1) concat\r\nx\r\ny\r\n");
    world.call(
        "files.replace",
        json!({"pattern": r"cat\((\d)\)", "with": "dog[$1]"}),
    );
    assert!(world.staged("a.txt").unwrap().starts_with("dog[1] concat"));
    world.apply();
    let result = world.call(
        "files.replace",
        json!({"pattern": "x\ny", "with": "z", "literal": true}),
    );
    assert_eq!(
        (&result["replaced"], world.staged("a.txt").unwrap()),
        (&json!(1), "dog[1] concat\r\nz\r\n".to_owned())
    );
    let none = world.call(
        "files.replace",
        json!({"pattern": "dog", "with": "dog", "under": "a.txt"}),
    );
    assert_eq!(none["files_changed"], 0);
    let word = world.call(
        "files.replace",
        json!({"pattern": "cat", "word": true, "with": "x"}),
    );
    assert_eq!(word["replaced"], 0);
}

#[test]
fn what_stands_for_content_elsewhere_is_left_alone_and_named() {
    let world = World::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    world.write("big.bin", pointer);
    world.write("notes.txt", "the sha256 of it\n");
    let result = world.call("files.replace", json!({"pattern": "sha256", "with": "md5"}));
    assert_eq!(world.staged_paths(), ["notes.txt"]);
    assert_eq!(result["skipped"], json!(["big.bin"]));
    let text = result["text"].as_str().unwrap();
    assert!(
        text.contains("Git LFS keeps the content elsewhere"),
        "{text}"
    );
}

#[test]
fn code_of_others_is_left_alone() {
    let world = World::new();
    for path in [
        "a.py",
        "node_modules/x/b.py",
        "env/pyvenv.cfg",
        "env/lib/c.py",
        ".venv/d.py",
    ] {
        world.write(path, "# TODO: old\n");
    }
    let params = json!({"pattern": "old", "with": "new", "globs": ["*.py"]});
    let result = world.call("files.replace", params);
    assert_eq!(column(&result["files"], "path"), ["a.py"]);
    assert_eq!(
        column(&world.call("files.todos", none())["items"], "path"),
        ["a.py"]
    );
    let named = world.call(
        "files.search",
        json!({"pattern": "old", "under": "env/lib"}),
    );
    assert_eq!(column(&named["matches"], "path"), ["env/lib/c.py"]);
}

#[test]
fn writes_and_appends() {
    let world = World::new();
    let made = world.call(
        "files.write",
        json!({"path": "new/a.txt", "content": "one"}),
    );
    assert_eq!(made["created"], json!(true));
    world.apply();
    world.call(
        "files.write",
        json!({"path": "new/a.txt", "content": "two\n", "append": true}),
    );
    assert_eq!(world.staged("new/a.txt").unwrap(), "one\ntwo\n");
    world.call(
        "files.write",
        json!({"path": "new/a.txt", "content": "three\n", "if_exists": null}),
    );
    assert_eq!(world.staged("new/a.txt").unwrap(), "three\n");
    let refuse = json!({"path": "new/a.txt", "content": "", "if_exists": "refuse"});
    assert!(world.fails("files.write", refuse).hint.is_some());
    for (path, kind) in [
        ("new", FailureKind::Refused),
        (".", FailureKind::Refused),
        ("a/../../b", FailureKind::Refused),
    ] {
        assert_eq!(
            world
                .fails("files.write", json!({"path": path, "content": ""}))
                .kind,
            kind,
            "{path}"
        );
    }
    let both = json!({"path": "x", "content": "", "append": true, "if_exists": "refuse"});
    assert_eq!(world.fails("files.write", both).kind, FailureKind::Refused);
}

#[test]
fn todos_become_a_check_list() {
    let world = World::new();
    world.write("src/a.py", "# TODO(ann): use *args\nx = '# TODO: no'\n");
    world.write("src/b.js", "// FIXME: [link](x)\n");
    world.write("TODO.md", "<!-- TODO: old -->\n");
    world.write(".github/workflows/ci.yml", "# HACK: wait\n");
    let todos = world.call("files.todos", json!({"exclude": ["TODO.md"]}));
    assert_eq!(
        todos["items"],
        json!([
            {"path": ".github/workflows/ci.yml", "line": 1, "tag": "HACK", "owner": null, "text": "wait"},
            {"path": "src/a.py", "line": 1, "tag": "TODO", "owner": "ann", "text": "use *args"},
            {"path": "src/b.js", "line": 1, "tag": "FIXME", "owner": null, "text": "[link](x)"},
        ])
    );
    assert!(
        text(&todos).starts_with("1 TODO, 1 FIXME and 1 HACK in 3 files.\n"),
        "{todos}"
    );
    let list = json!({"path": "TODO.md", "title": "To do", "items": todos["items"]});
    let result = world.call("files.write-list", list.clone());
    assert_eq!((&result["items"], &result["files"]), (&json!(3), &json!(3)));
    let expected = "# To do\n\n3 items in 3 files.\n\n## .github/workflows/ci.yml\n\n- [ ] line 1: HACK: wait\n\n\
                    ## src/a.py\n\n- [ ] line 1: TODO (ann): use \\*args\n\n\
                    ## src/b.js\n\n- [ ] line 1: FIXME: \\[link\\](x)\n";
    assert_eq!(world.staged("TODO.md").unwrap(), expected);
    world.apply();
    world.call("files.write-list", list);
    assert_eq!(world.staged("TODO.md").unwrap(), expected);
    assert_eq!(world.call("files.todos", none())["count"], 3);
}

#[test]
fn matches_become_a_list_without_the_list_itself() {
    let world = World::new();
    world.write("a.txt", "needle <b>\n");
    world.write("list.md", "needle\n");
    let found = world.call("files.search", json!({"pattern": "needle"}));
    let list = json!({"path": "list.md", "title": null, "items": found["matches"]});
    world.call("files.write-list", list);
    let expected = "# List\n\n1 item in 1 file.\n\n## a.txt\n\n- [ ] line 1: needle \\<b>\n";
    assert_eq!(world.staged("list.md").unwrap(), expected);
    world.call("files.write-list", json!({"path": "list.md", "items": []}));
    assert!(
        world
            .staged("list.md")
            .unwrap()
            .contains("Nothing was found.")
    );
}

#[test]
fn searches_large_files_by_what_they_begin_with() {
    let world = World::new();
    let long = "plain text\n".repeat(10_000);
    world.write("a/text.txt", format!("{long}needle\n"));
    world.write(
        "b/picture.png",
        [b"\0".as_slice(), long.as_bytes(), b"needle\n"].concat(),
    );
    let wide: Vec<u8> = format!("{long}needle\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    world.write("c/wide.txt", [b"\xff\xfe".as_slice(), &wide].concat());
    for number in 0..30 {
        world.write(&format!("d/{number:02}.txt"), format!("needle {number}\n"));
    }
    let found = world.call("files.search", json!({"pattern": "needle"}));
    let mut expected = vec!["a/text.txt".to_owned(), "c/wide.txt".to_owned()];
    expected.extend((0..30).map(|number| format!("d/{number:02}.txt")));
    assert_eq!(column(&found["matches"], "path"), expected);
    assert_eq!(
        (&found["files_searched"], &found["files_skipped"]),
        (&json!(32), &json!(1))
    );
    let found = world.call("files.search", json!({"pattern": r"\Aneedle 7\z"}));
    assert_eq!(column(&found["matches"], "path"), ["d/07.txt"]);
}
