//! Projects in Rust, made by cargo.

use super::super::home::{Home, has, program};
use super::{COMMON, case, check, declare, deploys};

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
                "done; changed Cargo.lock, src/lib.rs",
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
