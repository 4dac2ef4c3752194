//! Go: its own tools, and linters that the project configures or the machine has.

use super::{Facts, Found, Task, lacking, one, tool};

pub(super) fn find(task: Task, facts: &Facts<'_>) -> Found {
    let needed = match task {
        Task::Format | Task::FormatCheck => "gofmt",
        Task::Lint
        | Task::Fix
        | Task::Types
        | Task::Build
        | Task::Clean
        | Task::Audit
        | Task::Outdated => "go",
    };
    if !(facts.has)(needed) {
        return lacking(needed, "install Go from https://go.dev/dl");
    }
    let is_configured = facts
        .files
        .iter()
        .any(|file| file.starts_with(".golangci.") && !file.contains('/'));
    let golangci = (facts.has)("golangci-lint");
    if is_configured && !golangci && matches!(task, Task::Lint | Task::Fix) {
        return lacking(
            "golangci-lint",
            "https://golangci-lint.run says how to install it",
        );
    }
    match task {
        Task::Format => one(tool("gofmt", ["gofmt", "-l", "-w", "."])),
        Task::FormatCheck => {
            let mut check = tool("gofmt", ["gofmt", "-l", "."]);
            check.is_silent_when_good = true;
            one(check)
        }
        Task::Lint if golangci => one(tool("golangci-lint", ["golangci-lint", "run"])),
        Task::Lint => {
            let mut tools = vec![tool("go vet", ["go", "vet", "./..."])];
            if (facts.has)("staticcheck") {
                tools.push(tool("staticcheck", ["staticcheck", "./..."]));
            }
            Found::Tools(tools)
        }
        Task::Fix if golangci => one(tool("golangci-lint", ["golangci-lint", "run", "--fix"])),
        Task::Fix => one(tool("gofmt", ["gofmt", "-s", "-l", "-w", "."])),
        // Compiles everything, tests included, and runs none of them.
        Task::Types => one(tool("go", ["go", "test", "-vet=off", "-run=^$", "./..."])),
        Task::Build => Found::Nothing("the `build` skill builds Go projects".to_owned()),
        Task::Clean => one(tool("go", ["go", "clean", "./..."])),
        Task::Audit if (facts.has)("govulncheck") => {
            one(tool("govulncheck", ["govulncheck", "./..."]))
        }
        Task::Audit => lacking(
            "govulncheck",
            "`go install golang.org/x/vuln/cmd/govulncheck@latest`",
        ),
        Task::Outdated => {
            let mut list = tool("go", ["go", "list", "-u", "-m", "all"]);
            list.env
                .push(("GOPROXY".to_owned(), "https://proxy.golang.org".to_owned()));
            one(list)
        }
    }
}
