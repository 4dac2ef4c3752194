//! Projects in Python with a `pyproject.toml`.

use std::path::Path;

use super::super::home::{Home, has, program};
use super::{COMMON, case, check, declare, deploys};

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
