//! Python: what the project configures, else ruff and mypy.

use super::{Facts, Found, Task, Tool, lacking, one, tool};

/// Removes what Python and its tools leave behind. `build` and `dist` may be sources of a project, so
/// they go only where git is told to ignore them.
const CLEAN: &str = r#"find . \( -name .git -o -name node_modules -o -name .venv -o -name venv \) -prune -o \
  -type d \( -name __pycache__ -o -name .pytest_cache -o -name .mypy_cache -o -name .ruff_cache -o -name '*.egg-info' \) \
  -prune -exec rm -rf {} +
rm -rf .coverage htmlcov
for folder in build dist; do
  if [ -d "$folder" ] && git check-ignore --quiet "$folder" 2>/dev/null; then rm -rf "$folder"; fi
done"#;

pub(super) fn find(task: Task, facts: &Facts<'_>) -> Found {
    match task {
        Task::Format | Task::FormatCheck => format(task == Task::FormatCheck, facts),
        Task::Lint => lint(facts),
        Task::Fix => match tool_of(facts, "ruff", &["check", "--fix", "."]) {
            Some(tool) => one(tool),
            None => absent("ruff"),
        },
        Task::Types => types(facts),
        Task::Build => Found::Nothing("the `build` skill compiles Python projects".to_owned()),
        Task::Clean => one(tool("sh", ["sh", "-c", CLEAN])),
        Task::Audit => audit(facts),
        Task::Outdated => {
            let python = facts.local.get("python").map_or("python3", String::as_str);
            let mut list = tool(
                "pip",
                [
                    python,
                    "-m",
                    "pip",
                    "list",
                    "--outdated",
                    "--disable-pip-version-check",
                    "--retries",
                    "1",
                ],
            );
            // pip ends with 0 when it reached no index, and the list is empty then.
            list.could_not = &["Retrying (Retry(", "Could not fetch URL"];
            one(list)
        }
    }
}

fn format(is_check: bool, facts: &Facts<'_>) -> Found {
    let configures = |name: &str| facts.says("pyproject.toml", &format!("[tool.{name}"));
    let ruff = || {
        let words: &[&str] = if is_check {
            &["format", "--check", "."]
        } else {
            &["format", "."]
        };
        tool_of(facts, "ruff", words)
    };
    let checked = |name: &'static str, check: &[&str], plain: &[&str]| {
        tool_of(facts, name, if is_check { check } else { plain })
    };
    let black = || checked("black", &["--check", "--quiet", "."], &["--quiet", "."]);
    if configures("black") {
        let Some(black) = black() else {
            return absent("black");
        };
        let mut tools = Vec::new();
        if configures("isort") {
            match checked("isort", &["--check-only", "."], &["."]) {
                Some(isort) => tools.push(isort),
                None => return absent("isort"),
            }
        }
        tools.push(black);
        return Found::Tools(tools);
    }
    if configures("ruff") || is_ruff(facts) {
        return ruff().map_or_else(|| absent("ruff"), one);
    }
    ruff().or_else(black).map_or_else(|| absent("ruff"), one)
}

fn is_ruff(facts: &Facts<'_>) -> bool {
    facts.has_file("ruff.toml") || facts.has_file(".ruff.toml")
}

fn lint(facts: &Facts<'_>) -> Found {
    let ruff = || tool_of(facts, "ruff", &["check", "."]);
    let flake8 = || tool_of(facts, "flake8", &["."]);
    let pylint = || tool_of(facts, "pylint", &["--recursive=y", "."]);
    if facts.says("pyproject.toml", "[tool.ruff") || is_ruff(facts) {
        return ruff().map_or_else(|| absent("ruff"), one);
    }
    let flakes = facts.has_file(".flake8")
        || facts.says("setup.cfg", "[flake8]")
        || facts.says("tox.ini", "[flake8]");
    if flakes {
        return flake8().map_or_else(|| absent("flake8"), one);
    }
    if facts.says("pyproject.toml", "[tool.pylint") || facts.has_file(".pylintrc") {
        return pylint().map_or_else(|| absent("pylint"), one);
    }
    ruff()
        .or_else(flake8)
        .or_else(pylint)
        .map_or_else(|| absent("ruff"), one)
}

fn types(facts: &Facts<'_>) -> Found {
    let mypy = || tool_of(facts, "mypy", &["."]);
    let pyright = || tool_of(facts, "pyright", &[]);
    if facts.says("pyproject.toml", "[tool.mypy")
        || facts.has_file("mypy.ini")
        || facts.says("setup.cfg", "[mypy")
    {
        return mypy().map_or_else(|| absent("mypy"), one);
    }
    if facts.says("pyproject.toml", "[tool.pyright") || facts.has_file("pyrightconfig.json") {
        return pyright().map_or_else(|| absent("pyright"), one);
    }
    mypy().or_else(pyright).map_or_else(|| absent("mypy"), one)
}

fn audit(facts: &Facts<'_>) -> Found {
    let words: &[&str] = if facts.has_file("requirements.txt") {
        &[
            "--requirement",
            "requirements.txt",
            "--progress-spinner",
            "off",
        ]
    } else if facts.says("pyproject.toml", "[project]") {
        &[".", "--progress-spinner", "off"]
    } else {
        return Found::Nothing(
            "it declares no dependencies: neither requirements.txt nor [project] in pyproject.toml"
                .to_owned(),
        );
    };
    tool_of(facts, "pip_audit", words).map_or_else(|| absent("pip-audit"), one)
}

/// A tool of the project's environment, of the search path, or of the Python that runs.
fn tool_of(facts: &Facts<'_>, name: &str, words: &[&str]) -> Option<Tool> {
    let program = name.replace('_', "-");
    if let Some(path) = facts.local.get(&program) {
        return Some(tool(&program, [&[path.as_str()], words].concat()));
    }
    if (facts.has)(&program) {
        return Some(tool(&program, [&[program.as_str()], words].concat()));
    }
    facts.modules.contains(name).then(|| {
        let start: &[&str] = &["python3", "-m", name];
        tool(&program, [start, words].concat())
    })
}

fn absent(name: &str) -> Found {
    lacking(name, &format!("`python3 -m pip install {name}`"))
}
