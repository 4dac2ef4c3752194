//! Playbooks over a project's own tools, each on real projects that the languages' own programs made.
//!
//! Every case runs the real binary and records which command ran in which kind of project and what came
//! of it. With `VENOM_WRITE_PLAYBOOK_TABLE=1` the records become `docs/playbooks.md`; otherwise they must
//! agree with it. Which version of a tool there is does not matter for that, only what it comes to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use super::home::{Home, has, program};

/// Where the table stands in the page.
const BEGIN: &str = "| playbook | project | command | what came of it |\n|---|---|---|---|\n";

/// One writer of the page at a time.
static PAGE: Mutex<()> = Mutex::new(());

/// What is run on a project.
struct Case {
    playbook: &'static str,
    goal: &'static str,
    /// What the command must begin with.
    command: &'static str,
    /// The exit code.
    code: i32,
    /// What came of it, in the words of the table.
    result: &'static str,
}

const fn case(
    playbook: &'static str,
    goal: &'static str,
    command: &'static str,
    code: i32,
    result: &'static str,
) -> Case {
    Case {
        playbook,
        goal,
        command,
        code,
        result,
    }
}

/// Runs the cases in order on one project, and records them.
fn check(home: &Home, kind: &'static str, cases: &[Case]) {
    let mut rows = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in cases {
        let mut args = vec!["run", case.goal, "--json", "--no-input"];
        if case.code != 6 {
            args.push("--yes");
        }
        let (code, report) = home.json(&args);
        let events = events(home);
        let commands = commands(&events);
        let seen = result(&report);
        let is_command = case.command.is_empty()
            || commands
                .iter()
                .any(|command| command.starts_with(case.command));
        let is_right = code == Some(case.code)
            && seen == case.result
            && is_command
            && playbook(&events) == case.playbook;
        if !is_right {
            wrong.push(format!(
                "{kind}: {}: {code:?}, {seen}, {commands:?}\n{}",
                case.goal,
                home.venom(&["show", "last"]).stdout
            ));
        }
        let command = if commands.is_empty() {
            "nothing".to_owned()
        } else {
            commands.join("; ")
        };
        rows.insert((case.playbook.to_owned(), kind.to_owned()), (command, seen));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    record(rows);
}

/// The playbook that the last run was understood as.
fn playbook(events: &[Value]) -> String {
    events
        .iter()
        .find(|event| event["event"]["type"] == "IntentParsed")
        .and_then(|event| {
            event["event"]["data"]["intent"]["goals"][0]["action"]
                .as_str()
                .map(str::to_owned)
        })
        .unwrap_or_default()
}

fn events(home: &Home) -> Vec<Value> {
    let (_, events) = home.json(&["log", "last", "--json"]);
    events["data"]["events"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The commands that the steps of the last run name, in order.
fn commands(events: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for event in events {
        let done = &event["event"]["data"]["outcome"]["done"];
        let result = &done["result"]["inline"];
        let mut add = |value: &Value| found.extend(value.as_str().map(str::to_owned));
        // What a deployment lists is no command that ran.
        if result["digest"].is_string() {
            continue;
        }
        add(&result["command"]);
        for key in ["ran", "built"] {
            for entry in result[key].as_array().into_iter().flatten() {
                add(&entry["command"]);
            }
        }
        for command in result["commands"].as_array().into_iter().flatten() {
            add(command);
        }
        for side in ["first", "second"] {
            add(&result[side]["command"]);
        }
    }
    found
}

/// What came of a run, in a few words that do not depend on versions of tools.
fn result(report: &Value) -> String {
    let data = &report["data"];
    let mut words = Vec::new();
    let asks = data["approvals"]
        .as_array()
        .is_some_and(|all| !all.is_empty())
        && data["outcome"].is_null();
    if asks {
        return "asks first".to_owned();
    }
    let outcome = match data["outcome"].as_str() {
        Some("succeeded") => "done",
        Some(other) => other,
        None => "not ended",
    };
    words.push(outcome.to_owned());
    for run in data["tests"].as_array().into_iter().flatten() {
        let evidence = &run["evidence"];
        words.push(format!(
            "{} passed, {} failed",
            evidence["passed"], evidence["failed"]
        ));
        if evidence["coverage"].is_object() {
            words.push("coverage measured".to_owned());
        }
    }
    let changed: Vec<&str> = data["changed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| change["path"].as_str().or_else(|| change.as_str()))
        .collect();
    if !changed.is_empty() {
        words.push(format!("changed {}", changed.join(", ")));
    }
    words.join("; ")
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/playbooks.md")
}

type Rows = BTreeMap<(String, String), (String, String)>;

/// Reads the rows of the page.
fn read(text: &str) -> Rows {
    let table = text.split_once(BEGIN).map_or("", |(_, table)| table);
    table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let line = line.replace("\\|", "\u{1}");
            let cells: Vec<String> = line
                .trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|"))
                .collect();
            let [playbook, kind, command, result] = <[String; 4]>::try_from(cells).ok()?;
            Some(((playbook, kind), (command, result)))
        })
        .collect()
}

/// Writes records into the page, or compares them with it.
fn record(rows: Rows) {
    let _page = PAGE.lock().expect("nobody broke");
    let text = std::fs::read_to_string(page()).expect("the page");
    let mut all = read(&text);
    let writes = std::env::vars_os().any(|(name, _)| name == "VENOM_WRITE_PLAYBOOK_TABLE");
    if !writes {
        for (key, (_, result)) in rows {
            let known = all.get(&key).map(|(_, result)| result.clone());
            assert_eq!(
                known,
                Some(result),
                "{key:?} in docs/playbooks.md; VENOM_WRITE_PLAYBOOK_TABLE=1 writes it anew"
            );
        }
        return;
    }
    all.extend(rows);
    let (head, _) = text.split_once(BEGIN).expect("the table");
    let lines: String = all
        .iter()
        .map(|((playbook, kind), (command, result))| {
            let command = command.replace('|', "\\|").replace('`', "'");
            format!("| {playbook} | {kind} | `{command}` | {result} |\n")
        })
        .collect();
    std::fs::write(page(), format!("{head}{BEGIN}{lines}")).expect("the page is written");
}

/// What every project declares: how it is deployed, and a script for an environment.
const DECLARED: &str = "venom: 1
scripts:
  seed: printf 'seeded %s\\n' \"$APP_ENV\" > seeded.txt
environments:
  staging: { APP_ENV: staging }
deploy:
  staging:
    artefact: ARTEFACT
    command: echo \"deployed to $APP_ENV\" >> deployed.txt
";

fn declare(home: &Home, artefact: &str) {
    home.file(
        ".venom/project.yaml",
        &DECLARED.replace("ARTEFACT", artefact),
    );
}

/// What works alike in every kind of project.
const COMMON: &[Case] = &[
    case("profile", "profile `sleep 0.01`", "sleep 0.01", 0, "done"),
    case(
        "compare-commands",
        "compare the speed of `true` and `sleep 0.01`",
        "true",
        0,
        "done",
    ),
    case(
        "run-script",
        "run the script seed in the environment staging",
        "printf",
        0,
        "done; changed seeded.txt",
    ),
];

/// Deploys, and sees that it happened once.
fn deploys(home: &Home, kind: &'static str, result: &'static str) {
    let done = home.venom(&["run", "deploy to staging", "--no-input"]);
    assert_eq!(done.code, Some(6), "{done:?}");
    assert!(done.stdout.contains("this would run"), "{done:?}");
    let deployed = home.work().join("deployed.txt");
    assert!(!deployed.exists(), "nobody has agreed");
    let case = case("deploy", "deploy to staging", "echo", 0, result);
    check(home, kind, &[case]);
    let told = std::fs::read_to_string(home.work().join("deployed.txt")).expect("deployed");
    assert_eq!(told, "deployed to staging\n");
    let seeded = std::fs::read_to_string(home.work().join("seeded.txt")).expect("seeded");
    assert_eq!(seeded, "seeded staging\n");
}

#[test]
fn rust() {
    if !has("cargo") || !has("rustfmt") || !has("cargo-clippy") {
        return;
    }
    let home = Home::new().with_rust();
    let work = home.work();
    program(
        &work,
        "cargo",
        &[
            "init", "--quiet", "--lib", "--vcs", "none", "--name", "shapes",
        ],
    )
    .expect("cargo init works");
    home.file(".gitignore", "/target\n");
    home.file("src/lib.rs", "pub fn area(w:u32,h:u32)->u32{ return w*h; }\n#[cfg(test)]\nmod tests {\n#[test]\nfn product() { assert_eq!(super::area(2, 3), 6); }\n}\n");
    home.file(
        "tests/whole.rs",
        "#[test]\nfn outside() {\n    assert_eq!(shapes::area(1, 1), 1);\n}\n",
    );
    declare(&home, "target/debug/libshapes.rlib");
    let kind = "Rust, cargo init --lib";
    check(
        &home,
        kind,
        &[
            case("lint", "lint the code", "cargo clippy", 1, "failed"),
            case(
                "lint-fix",
                "fix the lint errors",
                "cargo clippy --fix",
                0,
                "done; changed src/lib.rs",
            ),
            case(
                "format",
                "format the code",
                "cargo fmt --all",
                0,
                "done; changed src/lib.rs",
            ),
            case("type-check", "check the types", "cargo check", 0, "done"),
            case(
                "test-file",
                "run the tests in the file tests/whole.rs",
                "cargo",
                0,
                "done; 1 passed, 0 failed",
            ),
            case(
                "test-one",
                "run the test `product`",
                "cargo",
                0,
                "done; 1 passed, 0 failed",
            ),
        ],
    );
    home.file(
        "tests/whole.rs",
        "#[test]\nfn outside() {\n    assert_eq!(shapes::area(1, 1), 2);\n}\n",
    );
    check(
        &home,
        kind,
        &[
            case(
                "run-tests",
                "run the tests",
                "cargo",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-failed",
                "rerun the failed tests",
                "cargo",
                1,
                "failed; 0 passed, 1 failed",
            ),
        ],
    );
    home.file(
        "tests/whole.rs",
        "#[test]\nfn outside() {\n    assert_eq!(shapes::area(1, 1), 1);\n}\n",
    );
    check(
        &home,
        kind,
        &[
            case("build", "build the project", "cargo build", 0, "done"),
            case("clean", "clean the build output", "cargo clean", 0, "done"),
        ],
    );
    assert!(!work.join("target").exists());
    check(&home, kind, COMMON);
    deploys(
        &home,
        kind,
        "done; 2 passed, 0 failed; changed deployed.txt",
    );
    check(
        &home,
        kind,
        &[
            case(
                "audit-dependencies",
                "audit the dependencies",
                "",
                6,
                "asks first",
            ),
            case(
                "outdated",
                "list outdated dependencies",
                "",
                6,
                "asks first",
            ),
        ],
    );
}

/// Tells whether tools of Python are there; these are no part of it.
fn has_modules(names: &[&str]) -> bool {
    let missing = names.iter().find(|name| {
        program(
            Path::new("/"),
            "python3",
            &["-c", &format!("import {name}")],
        )
        .is_none()
    });
    if let Some(name) = missing {
        println!("SKIPPED: the Python module {name} is not installed");
    }
    missing.is_none()
}

#[test]
fn python() {
    if !has("python3") || !has("ruff") || !has("mypy") || !has_modules(&["pytest", "coverage"]) {
        return;
    }
    let home = Home::new();
    home.file("pyproject.toml", "[project]\nname = \"shapes\"\nversion = \"0.1.0\"\ndependencies = []\n\n[tool.ruff.lint]\nselect = [\"F\"]\n");
    home.file(".gitignore", "__pycache__/\ndist/\n");
    home.file("shapes.py", "import os\ndef area(width: int,height: int) -> int:\n    return width*height\n\n\nname: int = 'x'\n");
    home.file("tests/test_shapes.py", "import shapes\n\n\ndef test_area() -> None:\n    assert shapes.area(2, 3) == 6\n\n\ndef test_odd() -> None:\n    assert shapes.area(1, 1) == 2\n");
    home.file(
        "main.py",
        "import shapes\n\nprint(sum(shapes.area(n, n) for n in range(1000)))\n",
    );
    declare(&home, "shapes.py");
    let kind = "Python, pyproject.toml";
    check(
        &home,
        kind,
        &[
            case("lint", "lint the code", "ruff check", 1, "failed"),
            case(
                "lint-fix",
                "fix the lint errors",
                "ruff check --fix",
                0,
                "done; changed shapes.py",
            ),
            case(
                "format",
                "format the code",
                "ruff format",
                0,
                "done; changed shapes.py",
            ),
            case("type-check", "check the types", "mypy", 1, "failed"),
            case(
                "test-file",
                "run the tests in the file tests/test_shapes.py",
                "python3 -m pytest",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-one",
                "run the test test_area",
                "python3 -m pytest",
                0,
                "done; 1 passed, 0 failed",
            ),
            case(
                "run-tests",
                "run the tests",
                "python3 -m pytest",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-failed",
                "rerun the failed tests",
                "python3 -m pytest",
                1,
                "failed; 0 passed, 1 failed",
            ),
        ],
    );
    home.file(
        "tests/test_shapes.py",
        "import shapes\n\n\ndef test_area() -> None:\n    assert shapes.area(2, 3) == 6\n",
    );
    check(
        &home,
        kind,
        &[
            case(
                "coverage",
                "measure the coverage",
                "python3 -m pytest",
                0,
                "done; 1 passed, 0 failed; coverage measured",
            ),
            case(
                "build",
                "build the project",
                "python3 -m compileall",
                0,
                "done",
            ),
            case("clean", "clean the build output", "find", 0, "done"),
            case(
                "audit-dependencies",
                "audit the dependencies",
                "",
                6,
                "asks first",
            ),
            case(
                "outdated",
                "list outdated dependencies",
                "",
                6,
                "asks first",
            ),
        ],
    );
    assert!(!home.work().join(".mypy_cache").exists());
    check(&home, kind, COMMON);
    let profiled = case(
        "profile",
        "profile `python3 main.py`",
        "python3 main.py",
        0,
        "done",
    );
    check(&home, kind, &[profiled]);
    assert!(home.venom(&["show", "last"]).stdout.contains("cProfile"));
    deploys(
        &home,
        kind,
        "done; 1 passed, 0 failed; changed deployed.txt",
    );
}

/// A folder whose `node_modules` hold typescript, prettier and eslint.
fn node_tools() -> Option<PathBuf> {
    let found = std::env::vars_os()
        .find(|(name, _)| name == "VENOM_TEST_NODE_TOOLS")
        .map(|(_, value)| PathBuf::from(value).join("node_modules"))
        .filter(|folder| folder.is_dir());
    if found.is_none() {
        println!(
            "SKIPPED: VENOM_TEST_NODE_TOOLS names no folder with typescript, prettier and eslint"
        );
    }
    found
}

#[test]
fn node() {
    if !has("node") || !has("npm") || !has("git") {
        return;
    }
    let Some(modules) = node_tools() else { return };
    let home = Home::new();
    let work = home.work();
    program(&work, "npm", &["init", "--yes"]).expect("npm init works");
    // What git ignores is what may be cleaned away.
    program(&work, "git", &["init", "--quiet"]).expect("git init works");
    let own = work.join("node_modules").display().to_string();
    program(&work, "cp", &["-a", &modules.display().to_string(), &own]).expect("a copy");
    home.file(".gitignore", "node_modules/\ndist/\n");
    home.file(
        ".prettierignore",
        ".venom/\npackage.json\npackage-lock.json\n",
    );
    home.file(
        "eslint.config.mjs",
        "export default [{ files: [\"**/*.mjs\"], rules: { \"prefer-const\": \"error\" } }];\n",
    );
    home.file("tsconfig.json", "{ \"compilerOptions\": { \"strict\": true, \"outDir\": \"dist\", \"types\": [] }, \"include\": [\"shapes.ts\"] }\n");
    home.file("shapes.ts", "export function area(w: number, h: number): number { return w * h }\nexport const name: number = \"x\"\n");
    home.file(
        "shapes.mjs",
        "export function area(w, h) { let a = w * h; return a }\n",
    );
    home.file("shapes.test.mjs", "import test from \"node:test\";\nimport assert from \"node:assert\";\nimport { area } from \"./shapes.mjs\";\n\ntest(\"area is a product\", () => assert.equal(area(2, 3), 6));\ntest(\"odd one out\", () => assert.equal(area(1, 1), 2));\n");
    home.file("build.mjs", "import { mkdirSync, copyFileSync } from \"node:fs\";\nmkdirSync(\"dist\", { recursive: true });\ncopyFileSync(\"shapes.mjs\", \"dist/shapes.mjs\");\n");
    program(
        &work,
        "npm",
        &[
            "pkg",
            "set",
            "scripts.build=node build.mjs",
            "scripts.test=node --test",
        ],
    )
    .expect("npm pkg works");
    declare(&home, "dist/shapes.mjs");
    let kind = "Node and TypeScript, npm init";
    check(
        &home,
        kind,
        &[
            case(
                "lint",
                "lint the code",
                "./node_modules/.bin/eslint",
                1,
                "failed",
            ),
            case(
                "lint-fix",
                "fix the lint errors",
                "./node_modules/.bin/eslint --fix",
                0,
                "done; changed shapes.mjs",
            ),
            case(
                "type-check",
                "check the types",
                "./node_modules/.bin/tsc --noEmit",
                1,
                "failed",
            ),
            case(
                "test-file",
                "run the tests in the file shapes.test.mjs",
                "node --test",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-one",
                "run the test \"area is a product\"",
                "node --test",
                0,
                "done; 1 passed, 0 failed",
            ),
            case(
                "run-tests",
                "run the tests",
                "node --test",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-failed",
                "rerun the failed tests",
                "node --test",
                1,
                "failed; 0 passed, 1 failed",
            ),
        ],
    );
    home.file("shapes.test.mjs", "import test from \"node:test\";\nimport assert from \"node:assert\";\nimport { area } from \"./shapes.mjs\";\n\ntest(\"area is a product\", () => assert.equal(area(2, 3), 6));\n");
    check(
        &home,
        kind,
        &[
            case(
                "coverage",
                "measure the coverage",
                "node --test",
                0,
                "done; 1 passed, 0 failed; coverage measured",
            ),
            case("build", "build the project", "npm run build", 0, "done"),
            case("clean", "clean the build output", "for folder", 0, "done"),
            case(
                "audit-dependencies",
                "audit the dependencies",
                "",
                6,
                "asks first",
            ),
            case(
                "outdated",
                "list outdated dependencies",
                "",
                6,
                "asks first",
            ),
        ],
    );
    assert!(!work.join("dist").exists());
    let formatted = case(
        "format",
        "format the code",
        "./node_modules/.bin/prettier",
        0,
        "done; changed eslint.config.mjs, shapes.mjs, shapes.ts, tsconfig.json",
    );
    let before = std::fs::read_to_string(work.join("shapes.ts")).expect("a file");
    check(&home, kind, &[formatted]);
    assert_ne!(
        std::fs::read_to_string(work.join("shapes.ts")).expect("a file"),
        before
    );
    check(&home, kind, COMMON);
    deploys(
        &home,
        kind,
        "done; 1 passed, 0 failed; changed deployed.txt",
    );
}

#[test]
fn go() {
    let is_there = program(Path::new("/"), "go", &["version"]).is_some();
    if !is_there {
        println!("SKIPPED: go is not installed");
        return;
    }
    let home = Home::new();
    let work = home.work();
    program(&work, "go", &["mod", "init", "example.org/shapes"]).expect("go mod init works");
    home.file("shapes.go", "package shapes\n\nimport \"fmt\"\n\n// Area multiplies.\nfunc Area(w, h int) int {\nfmt.Printf(\"%d\\n\", \"w\")\n    return w * h\n}\n");
    home.file("shapes_test.go", "package shapes\n\nimport \"testing\"\n\nfunc TestArea(t *testing.T) {\n\tif Area(2, 3) != 6 {\n\t\tt.Fatal(\"no product\")\n\t}\n}\n");
    home.file("inner/inner_test.go", "package inner\n\nimport \"testing\"\n\nfunc TestOdd(t *testing.T) {\n\tt.Fatal(\"odd\")\n}\n");
    declare(&home, "shapes.go");
    let kind = "Go, go mod init";
    check(
        &home,
        kind,
        &[
            case("lint", "lint the code", "go vet", 1, "failed"),
            case(
                "format",
                "format the code",
                "gofmt -l -w",
                0,
                "done; changed shapes.go",
            ),
            case(
                "type-check",
                "check the types",
                "go test -vet=off",
                0,
                "done",
            ),
        ],
    );
    home.file("shapes.go", "package shapes\n\n// Area multiplies.\nfunc Area(w, h int) int {\n\treturn (w) * h\n}\n\n// All slices.\nfunc All(s []int) []int { return s[0:len(s)] }\n");
    check(
        &home,
        kind,
        &[
            case(
                "lint-fix",
                "fix the lint errors",
                "gofmt -s",
                0,
                "done; changed shapes.go",
            ),
            case(
                "test-file",
                "run the tests in the file shapes_test.go",
                "go test",
                0,
                "done; 1 passed, 0 failed",
            ),
            case(
                "test-one",
                "run the test TestArea",
                "go test",
                0,
                "done; 1 passed, 0 failed",
            ),
            case(
                "run-tests",
                "run the tests",
                "go test",
                1,
                "failed; 1 passed, 1 failed",
            ),
            case(
                "test-failed",
                "rerun the failed tests",
                "go test",
                1,
                "failed; 0 passed, 1 failed",
            ),
        ],
    );
    home.file(
        "inner/inner_test.go",
        "package inner\n\nimport \"testing\"\n\nfunc TestOdd(t *testing.T) {}\n",
    );
    check(
        &home,
        kind,
        &[
            case(
                "coverage",
                "measure the coverage",
                "go test",
                0,
                "done; 2 passed, 0 failed; coverage measured",
            ),
            case("build", "build the project", "go build", 0, "done"),
            case("clean", "clean the build output", "go clean", 0, "done"),
            case(
                "outdated",
                "list outdated dependencies",
                "",
                6,
                "asks first",
            ),
        ],
    );
    check(&home, kind, COMMON);
    deploys(
        &home,
        kind,
        "done; 2 passed, 0 failed; changed deployed.txt",
    );
}

#[test]
fn make() {
    if !has("make") {
        return;
    }
    let home = Home::new();
    home.file(
        "Makefile",
        "build:\n\tmkdir -p out && cp shapes.txt out/\nformat:\n\tsed -i 's/  */ /g' shapes.txt\nlint:\n\t! grep -n TODO shapes.txt\nfix:\n\tsed -i 's/TODO/DONE/' shapes.txt\ntypes:\n\ttest -s shapes.txt\ntest:\n\tgrep -q area shapes.txt\nclean:\n\trm -rf out\naudit:\n\t@echo nothing known\noutdated:\n\t@echo nothing old\n",
    );
    home.file(".gitignore", "out/\n");
    home.file("shapes.txt", "area   TODO\n");
    declare(&home, "out/shapes.txt");
    let kind = "make, a Makefile";
    check(
        &home,
        kind,
        &[
            case("lint", "lint the code", "make lint", 1, "failed"),
            case(
                "lint-fix",
                "fix the lint errors",
                "make fix",
                0,
                "done; changed shapes.txt",
            ),
            case(
                "format",
                "format the code",
                "make format",
                0,
                "done; changed shapes.txt",
            ),
            case("type-check", "check the types", "make types", 0, "done"),
            case(
                "run-tests",
                "run the tests",
                "make test",
                0,
                "done; 1 passed, 0 failed",
            ),
            case("build", "build the project", "make build", 0, "done"),
            case("clean", "clean the build output", "make clean", 0, "done"),
            case(
                "audit-dependencies",
                "audit the dependencies",
                "make audit",
                0,
                "done",
            ),
            case(
                "outdated",
                "list outdated dependencies",
                "make outdated",
                0,
                "done",
            ),
        ],
    );
    assert!(!home.work().join("out").exists());
    check(&home, kind, COMMON);
    deploys(
        &home,
        kind,
        "done; 1 passed, 0 failed; changed deployed.txt",
    );
}

#[test]
fn mistakes_are_said_and_nothing_runs() {
    let home = Home::new();
    let fails = |goal: &str, parts: &[&str]| {
        let done = home.venom(&["run", goal, "--no-input", "--yes"]);
        assert_eq!(done.code, Some(1), "{goal}: {done:?}");
        for part in parts {
            assert!(done.stdout.contains(part), "{goal}: {part}: {done:?}");
        }
    };
    fails(
        "format the code",
        &["no project was found", ".venom/project.yaml"],
    );
    fails(
        "rerun the failed tests",
        &["no run of the tests is known here"],
    );
    home.file("Makefile", "lnit:\n\techo x\n");
    fails(
        "lint the code",
        &["the makefile has no target `lint`", "commands.lint"],
    );
    fails(
        "run the script lint",
        &["no script `lint`", "did you mean `lnit`?"],
    );
    fails(
        "deploy to staging",
        &[
            "nobody says how to deploy to `staging`",
            "deploy.staging.command",
        ],
    );
    home.file("Makefile", "deploy:\n\techo x > deployed.txt\n");
    fails(
        "deploy to staging",
        &["nobody says how to deploy to `staging`"],
    );
    home.file(".venom/project.yaml", "venom: 1\ncomands:\n  lint: x\n");
    fails("lint the code", &["`comands`", "did you mean `commands`?"]);
    home.file(
        ".venom/project.yaml",
        "venom: 1\ndeploy:\n  staging:\n    needs: [test]\n    command: echo x > deployed.txt\n",
    );
    // A project without tests is not ready, however often somebody agrees.
    fails(
        "deploy to staging",
        &["`test` is needed", "Nothing is deployed"],
    );
    assert!(!home.work().join("deployed.txt").exists());
}
