//! The `code` skill over whole workspaces; the analyser itself is measured in `corpus`.

use serde_json::{Value, json};
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

const WEAK: &str =
    "import yaml\n\n\ndef read(text):\n    return yaml.load(text, Loader=yaml.Loader)\n";

fn world() -> World {
    let world = World::new();
    world.write("shop/weak.py", format!("\u{feff}{WEAK}"));
    world.write("shop/fine.py", "x = 1\n");
    world.write("shop/latin.py", b"# caf\xe9\n");
    world.write("other/weak.py", WEAK);
    world.write("notes.txt", WEAK);
    world
}

fn sum(evidence: &[Evidence]) -> u32 {
    match evidence {
        [Evidence::Findings(counts) | Evidence::Fixes(counts)] => counts.values().sum(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn finds_fixes_and_does_not_find_again() {
    let world = world();
    let shop = json!({"path": "shop"});
    let (found, evidence) = world.call_with_evidence("code.find-vulnerabilities", shop.clone());
    assert_eq!(sum(&evidence), 1, "{found}");
    assert_eq!(found["files_scanned"], 2);
    assert_eq!(found["skipped"][0]["path"], "shop/latin.py");
    let first = &found["findings"][0];
    assert_eq!(
        (&first["path"], &first["line"]),
        (&json!("shop/weak.py"), &json!(5))
    );
    assert_eq!(first["kind"], "unsafe-deserialisation");
    assert_eq!(first["fixable"], json!(true), "{first}");
    assert!(text(&found).contains("CWE-"));

    let (fixed, evidence) = world.call_with_evidence("code.apply-fixes", shop.clone());
    assert_eq!(
        (sum(&evidence), column(&fixed["fixed"], "path")),
        (1, vec!["shop/weak.py".to_owned()])
    );
    assert_eq!(world.staged_paths(), ["shop/weak.py"]);
    let text = world.staged("shop/weak.py").unwrap();
    assert!(
        text.starts_with('\u{feff}') && text.contains("safe_load(text)"),
        "{text}"
    );
    world.apply();
    let (_, evidence) = world.call_with_evidence("code.find-vulnerabilities", shop.clone());
    assert_eq!(sum(&evidence), 0);
    let again = world.call("code.apply-fixes", shop);
    assert_eq!(
        (&again["fixed_count"], world.staged_paths().len()),
        (&json!(0), 0)
    );
}

#[test]
fn only_what_was_found_is_fixed() {
    let world = world();
    let found = world.call("code.find-vulnerabilities", none());
    assert_eq!(found["count"], 2);
    let one: Vec<&Value> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["path"] == "other/weak.py")
        .collect();
    world.call("code.apply-fixes", json!({"path": ".", "findings": one}));
    assert_eq!(world.staged_paths(), ["other/weak.py"]);
    let nothing = world.call("code.apply-fixes", json!({"path": null, "findings": []}));
    assert_eq!(nothing["fixed_count"], 0);
}

#[test]
fn says_what_it_cannot_do() {
    let world = world();
    let failure = world.fails("code.find-vulnerabilities", json!({"path": "notes.txt"}));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(
        world.fails("code.apply-fixes", json!({"path": "no"})).kind,
        FailureKind::Missing
    );
    let failure = world.fails("code.improve-structure", json!({"path": "shop"}));
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.hint.unwrap().contains("venom models add"));
}

#[test]
fn lines_are_those_of_the_text_before_its_fixes() {
    let world = World::new();
    world.write(
        "auth.py",
        "import random\nimport os\n\n\ndef token():\n    return random.choice('abc')\n\n\ndef run(name):\n    os.system('ls ' + name)\n",
    );
    let found = world.call("code.find-vulnerabilities", none());
    assert_eq!(
        column(&found["findings"], "line"),
        ["6", "10"].map(str::to_owned)
    );
    let fixed = world.call("code.apply-fixes", none());
    assert!(world.staged("auth.py").unwrap().contains("import secrets"));
    assert_eq!(fixed["fixed"][0]["line"], 6, "{fixed}");
    assert_eq!(fixed["left"][0]["line"], 10, "{fixed}");
    assert!(text(&fixed).contains("auth.py:10"), "{fixed}");
}

#[test]
fn the_driver_of_another_file_binds_and_installed_packages_do_not_count() {
    let world = World::new();
    let query =
        "def find(db, name):\n    return db.execute(f\"SELECT 1 FROM t WHERE a = '{name}'\")\n";
    world.write("shop/db.py", "import sqlite3\n");
    world.write("shop/users.py", query);
    world.write("env/pyvenv.cfg", "");
    world.write("env/lib/other.py", "import psycopg2\n");
    world.write("node_modules/gyp/x.py", "import sqlalchemy\n");
    // The rest of the project counts also when one file is meant.
    let fixed = world.call("code.apply-fixes", json!({"path": "shop/users.py"}));
    assert_eq!(fixed["fixed_count"], 1, "{fixed}");
    assert!(text(&fixed).contains("only database driver is sqlite3"));
    world.write("tools/export.py", "import psycopg2\n");
    let world_of_two = world.call("code.find-vulnerabilities", none());
    assert_eq!(world_of_two["fixable"], 0, "{world_of_two}");
}

#[test]
fn a_secret_is_in_no_part_of_a_result() {
    let world = World::new();
    world.write("settings.py", "password = 'hunter2hunter2'\n");
    for action in ["code.find-vulnerabilities", "code.apply-fixes"] {
        let result = world.call(action, none());
        assert!(!result.to_string().contains("nter2"), "{result}");
        assert!(result.to_string().contains("hard-coded-secret"), "{result}");
    }
}

#[test]
fn what_the_source_suppresses_is_told_and_left() {
    let world = World::new();
    world.write(
        "a.py",
        "import yaml\n\none = yaml.load(x, Loader=yaml.Loader)  # nosec B506\n\
         two = yaml.load(x, Loader=yaml.Loader)\n",
    );
    let (found, evidence) = world.call_with_evidence("code.find-vulnerabilities", none());
    assert_eq!((sum(&evidence), &found["count"]), (1, &json!(1)));
    assert_eq!(column(&found["findings"], "line"), ["4"]);
    assert_eq!(column(&found["suppressed"], "line"), ["3"]);
    assert_eq!(found["suppressed"][0]["mark"], "# nosec B506");
    assert_eq!(found["suppressed_count"], 1);
    assert!(
        text(&found).contains("## Suppressed in the source (1)"),
        "{found}"
    );
    let (fixed, evidence) = world.call_with_evidence("code.apply-fixes", none());
    assert_eq!((sum(&evidence), &fixed["left_count"]), (1, &json!(0)));
    assert_eq!(column(&fixed["suppressed"], "line"), ["3"]);
    assert_eq!(fixed["suppressed_count"], 1);
    assert!(
        text(&fixed).contains("## Suppressed in the source (1)"),
        "{fixed}"
    );
    let staged = world.staged("a.py").unwrap();
    assert!(staged.contains("one = yaml.load(x, Loader=yaml.Loader)  # nosec B506"));
    assert!(staged.contains("two = yaml.safe_load(x)"), "{staged}");
    // Asking for it by name does not change that.
    let asked = json!({"findings": found["findings"]});
    world.apply();
    let again = world.call("code.apply-fixes", asked);
    assert_eq!(
        (&again["fixed_count"], &again["suppressed_count"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn every_language_is_found_by_the_end_of_its_name() {
    let world = World::new();
    world.write("web/app.ts", "export const run = (x: string) => eval(x);\n");
    world.write(
        "api/main.go",
        "package main\n\nimport \"crypto/tls\"\n\nvar c = tls.Config{InsecureSkipVerify: true}\n",
    );
    world.write(
        "core/lib.rs",
        "fn c() { reqwest::Client::builder().danger_accept_invalid_certs(true); }\n",
    );
    world.write("notes.txt", "eval(x)\n");
    let (found, evidence) = world.call_with_evidence("code.find-vulnerabilities", none());
    assert_eq!(sum(&evidence), 3, "{found}");
    assert_eq!(found["files_scanned"], 3);
    let fixed = world.call("code.apply-fixes", none());
    assert_eq!(fixed["fixed_count"], 2, "{fixed}");
    assert!(
        world
            .staged("api/main.go")
            .unwrap()
            .contains("tls.Config{}")
    );
    assert!(
        world
            .staged("core/lib.rs")
            .unwrap()
            .contains("certs(false)")
    );
}

#[test]
fn a_report_in_sarif_says_what_the_result_says() {
    let world = World::new();
    world.write(
        "a b.js",
        "eval(location.hash);\nfunction f(x) { eval(x); } // nosemgrep\n",
    );
    world.write("latin.js", b"// caf\xe9\n");
    let found = world.call("code.find-vulnerabilities", none());
    let report = venom_skills::code::sarif(&found, "0.1.0");
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    assert_eq!(run["results"].as_array().map(Vec::len), Some(2), "{report}");
    let first = &run["results"][0];
    assert_eq!(first["level"], "error");
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.js");
    assert_eq!(place["region"]["startLine"], 1);
    assert_eq!(run["results"][1]["suppressions"][0]["kind"], "inSource");
    let index = first["ruleIndex"].as_u64().unwrap();
    let rule = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rule[usize::try_from(index).unwrap()]["id"], first["ruleId"]);
    let notes = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "{report}");
}
