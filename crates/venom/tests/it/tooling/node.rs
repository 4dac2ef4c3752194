//! Projects in TypeScript and JavaScript, made by npm.

use std::path::PathBuf;

use super::super::home::{Home, has, program};
use super::{COMMON, case, check, declare, deploys};

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
        "done; changed shapes.mjs, shapes.ts, tsconfig.json",
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
