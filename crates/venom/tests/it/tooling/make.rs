//! Projects with nothing but a makefile.

use super::super::home::{Home, has};
use super::{COMMON, case, check, declare, deploys};

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
