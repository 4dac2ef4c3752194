//! Projects in Go.

use std::path::Path;

use super::super::home::{Home, program};
use super::{COMMON, case, check, declare, deploys};

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
