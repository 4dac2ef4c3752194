use super::*;
use crate::scratch::Scratch;

/// Runs one rule on a made-up tree and compares what it says, as `path:line: message`.
///
/// An expectation is a beginning: it must name file and line exactly and the message as far as it is written.
fn check(rule: Check, scratch: &Scratch, expected: &[&str]) {
    let tree = Tree::read(scratch.root()).unwrap();
    let mut findings = rule(&tree);
    findings.sort();
    let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let fits = said.len() == expected.len()
        && said
            .iter()
            .zip(expected)
            .all(|(said, expected)| said.starts_with(expected));
    assert!(fits, "said {said:#?}\nexpected {expected:#?}");
}

fn manifest(name: &str, tail: &str) -> String {
    format!("[package]\nname = \"{name}\"\n{tail}")
}

fn one_crate(name: &str, tail: &str) -> Scratch {
    Scratch::new().with(&format!("crates/{name}/Cargo.toml"), &manifest(name, tail))
}

#[test]
fn arrows_allow_what_the_table_allows() {
    for (name, used) in [
        ("venom-ports", "venom-kernel"),
        ("venom-engine", "venom-mind"),
        ("venom-store", "venom-datalog"),
        ("venom-skills", "venom-ports"),
        ("venom", "venom-engine"),
        ("venom-kernel", "serde"),
    ] {
        let tail = format!("[dependencies]\n{used}.workspace = true\n");
        check(arrows::check, &one_crate(name, &tail), &[]);
    }
}

#[test]
fn arrows_refuse_the_rest_and_name_the_line() {
    for (name, used, message) in [
        (
            "venom-kernel",
            "venom-ports",
            "venom-kernel may not use venom-ports; it may use no crate",
        ),
        (
            "venom-store",
            "venom-engine",
            "venom-store may not use venom-engine (only venom names",
        ),
        (
            "venom-skills",
            "venom-exec",
            "venom-skills may not use venom-exec",
        ),
        (
            "venom-skills",
            "venom-mind",
            "venom-skills may not use venom-mind",
        ),
        (
            "venom-ports",
            "venom-mind",
            "venom-ports may not use venom-mind",
        ),
        ("venom", "venom-mind", "venom may not use venom-mind"),
        ("venom-exec", "venom", "venom-exec may not use venom"),
        (
            "venom-exec",
            "venom-unheard",
            "venom-exec may not use venom-unheard",
        ),
    ] {
        let tail = format!("[dependencies]\nserde.workspace = true\n{used}.workspace = true\n");
        let expected = format!("crates/{name}/Cargo.toml:5: {message}");
        check(arrows::check, &one_crate(name, &tail), &[&expected]);
    }
}

#[test]
fn arrows_look_into_every_table() {
    for (table, line) in [
        ("[dependencies.venom-engine]\nworkspace = true\n", 3),
        (
            "[build-dependencies]\nvenom-engine = { workspace = true }\n",
            4,
        ),
        ("[dev-dependencies]\nvenom-engine.workspace = true\n", 4),
        (
            "[target.'cfg(unix)'.dependencies]\nvenom-engine.workspace = true\n",
            4,
        ),
        (
            "[target.'cfg(unix)'.dependencies.venom-engine]\nworkspace = true\n",
            3,
        ),
    ] {
        let expected = format!("crates/venom-store/Cargo.toml:{line}: venom-store may not use");
        check(
            arrows::check,
            &one_crate("venom-store", table),
            &[&expected],
        );
    }
}

#[test]
fn the_testkit_is_for_tests() {
    let dev = "[dev-dependencies]\nvenom-testkit.workspace = true\n";
    check(arrows::check, &one_crate("venom-store", dev), &[]);
    let normal = "[dependencies]\nvenom-testkit.workspace = true\n";
    let expected = "crates/venom-store/Cargo.toml:4: venom-testkit belongs in [dev-dependencies]";
    check(
        arrows::check,
        &one_crate("venom-store", normal),
        &[expected],
    );
}

#[test]
fn a_crate_without_a_row_and_a_broken_manifest_are_named() {
    let expected = "crates/venom-new/Cargo.toml:1: venom-new has no row";
    check(arrows::check, &one_crate("venom-new", ""), &[expected]);
    let broken = Scratch::new().with("crates/x/Cargo.toml", "[package\n");
    check(
        arrows::check,
        &broken,
        &["crates/x/Cargo.toml:1: is not TOML"],
    );
}

#[test]
fn the_kernel_only_computes() {
    let pure =
        "[dependencies]\nserde.workspace = true\n[dev-dependencies]\nproptest.workspace = true\n";
    check(purity::check, &one_crate("venom-kernel", pure), &[]);
    let impure = "[dependencies]\ntokio.workspace = true\n\
                  [target.'cfg(unix)'.dependencies]\nrand.workspace = true\n";
    check(
        purity::check,
        &one_crate("venom-kernel", impure),
        &[
            "crates/venom-kernel/Cargo.toml:4: the kernel may not use tokio",
            "crates/venom-kernel/Cargo.toml:6: the kernel may not use rand",
        ],
    );
    check(
        purity::check,
        &Scratch::new(),
        &["crates/venom-kernel/Cargo.toml:1: is missing"],
    );
}

#[test]
fn manifests_point_to_the_root_and_take_the_lints() {
    let root = "[workspace.dependencies]\nvenom-kernel = { path = \"crates/venom-kernel\" }\n\
                # data\nserde = \"1\" # events\n";
    let good = "[dependencies]\nserde = { workspace = true, features = [\"rc\"] }\n\
                [lints]\nworkspace = true\n";
    check(
        manifests::check,
        &one_crate("venom-store", good).with("Cargo.toml", root),
        &[],
    );

    let bad = "[dependencies]\nserde = \"1\"\nanyhow.workspace = true\n\
               regex = { workspace = true, git = \"x\" }\n";
    check(
        manifests::check,
        &one_crate("venom-store", bad).with("Cargo.toml", root),
        &[
            "crates/venom-store/Cargo.toml:1: does not take the workspace's lints",
            "crates/venom-store/Cargo.toml:4: write `serde.workspace = true`",
            "crates/venom-store/Cargo.toml:5: anyhow is for xtask and tests",
            "crates/venom-store/Cargo.toml:6: write `regex.workspace = true`",
        ],
    );
}

#[test]
fn every_dependency_has_its_reason() {
    let root = "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\nserde = \"1\"\n\
                regex = \"1\" #\ntoml = \"1\" # manifests\n[profile.dev]\ndebug = 1\n";
    check(
        manifests::check,
        &Scratch::new().with("Cargo.toml", root),
        &[
            "Cargo.toml:4: say after a `#` why serde",
            "Cargo.toml:5: say after a `#` why regex",
        ],
    );
}

#[test]
fn the_lock_file_keeps_banned_crates_out() {
    let lock = "[[package]]\nname = \"aws-lc-sys\"\n\n[[package]]\nname = \"ring\"\n";
    check(
        lock::check,
        &Scratch::new().with("Cargo.lock", lock),
        &["Cargo.lock:2: aws-lc-sys is banned"],
    );
    check(
        lock::check,
        &Scratch::new().with("Cargo.lock", "name = \"ring\"\n"),
        &[],
    );
    check(lock::check, &Scratch::new(), &["Cargo.lock:1: is missing"]);
}

#[test]
fn an_own_clippy_file_repeats_the_root() {
    let root = "# bans\nlimit = 6\nbans = [\n  { path = \"a\" },\n  { path = \"b\" },\n]\n";
    let kernel = "crates/venom-kernel/clippy.toml";
    let more =
        "limit = 6\nbans = [\n  { path = \"a\" },\n  { path = \"b\" },\n  { path = \"c\" },\n]\n";
    let tree = Scratch::new().with("clippy.toml", root).with(kernel, more);
    check(clippy_bans::check, &tree, &[]);

    let less = "limit = 6\nbans = [\n  { path = \"a\" },\n]\n";
    let tree = Scratch::new().with("clippy.toml", root).with(kernel, less);
    let expected = "crates/venom-kernel/clippy.toml:1: lacks this line of the root's clippy.toml: \
                    { path = \"b\" },";
    check(clippy_bans::check, &tree, &[expected]);

    let tree = Scratch::new().with("clippy.toml", root);
    check(
        clippy_bans::check,
        &tree,
        &["crates/venom-kernel/clippy.toml:1: is missing"],
    );
}

#[test]
fn unsafe_code_has_one_home() {
    let code = "//! x\n#![forbid(unsafe_code)]\n// unsafe { }\n/* unsafe /* */ unsafe */\n\
                const A: &str = \"unsafe\";\nconst B: &str = r#\"unsafe \" \"#;\n\
                const C: char = '\"';\nfn f<'a>(x: &'a str) { unsafe { g() } }\n";
    let tree = Scratch::new()
        .with("crates/venom-exec/src/lib.rs", code)
        .with("crates/venom-store/src/lib.rs", code);
    check(
        unsafety::check,
        &tree,
        &["crates/venom-store/src/lib.rs:8: unsafe code belongs in venom-exec"],
    );
}

#[test]
fn blanking_keeps_code_and_line_breaks() {
    let code = "let r#gen = b'\\''; // a\nlet x = \"\\\"\nunsafe\"; mod utils;\n";
    let blanked = source::code_only(code);
    assert_eq!(blanked.lines().count(), code.lines().count());
    assert!(blanked.contains("let r#gen ="));
    assert!(blanked.contains("mod utils;"));
    assert!(!blanked.contains("unsafe"));
}

#[test]
fn names_that_say_nothing_are_refused() {
    let tree = Scratch::new()
        .with("crates/venom-core/Cargo.toml", "")
        .with("crates/venom-store/src/utils.rs", "//! x\n")
        .with("crates/venom-store/src/types/row.rs", "//! x\n")
        .with("crates/venom-store/src/log/mod.rs", "//! x\n")
        .with(
            "crates/venom-store/src/lib.rs",
            "//! mod misc;\n\npub(crate) mod helpers {\n}\n",
        )
        .with("crates/venom-store/tests/fixtures/utils.py", "")
        .with("crates/venom-store/src/manager_of_leases.rs", "//! x\n");
    check(
        names::check,
        &tree,
        &[
            "crates/venom-core/Cargo.toml:1: a crate called `core`",
            "crates/venom-store/src/lib.rs:3: a module called `helpers`",
            "crates/venom-store/src/log/mod.rs:1: write `foo.rs` beside `foo/`",
            "crates/venom-store/src/types:1: a folder called `types`",
            "crates/venom-store/src/utils.rs:1: a file called `utils`",
        ],
    );
}

#[test]
fn modules_begin_with_a_header() {
    let tree = Scratch::new()
        .with("crates/a/src/lib.rs", "//! Owns a.\n")
        .with(
            "crates/a/src/long.rs",
            "// tidy: length, because it is a table\n\n//! Owns b.\n",
        )
        .with("crates/a/src/bare.rs", "use std::fmt;\n")
        .with("crates/a/src/empty.rs", "//!\n")
        .with("crates/a/src/item.rs", "/// An item.\nfn f() {}\n")
        .with("crates/a/src/item/tests.rs", "use super::*;\n")
        .with("crates/a/tests/it/main.rs", "mod x;\n")
        .with("xtask/src/main.rs", "fn main() {}\n");
    check(
        headers::check,
        &tree,
        &[
            "crates/a/src/bare.rs:1: begin with",
            "crates/a/src/empty.rs:1: begin with",
            "crates/a/src/item.rs:1: begin with",
            "xtask/src/main.rs:1: begin with",
        ],
    );
}

#[test]
fn long_files_need_a_reason() {
    let long = "//! x\n".repeat(801);
    let tree = Scratch::new()
        .with("crates/a/src/at_limit.rs", &"//! x\n".repeat(800))
        .with("crates/a/src/long.rs", &long)
        .with(
            "crates/a/src/bare.rs",
            &format!("// tidy: length, because \n{long}"),
        )
        .with(
            "crates/a/src/late.rs",
            &format!("{long}// tidy: length, because it is late\n"),
        )
        .with(
            "crates/a/src/told.rs",
            &format!("// tidy: length, because it is a table\n{long}"),
        );
    check(
        length::check,
        &tree,
        &[
            "crates/a/src/bare.rs:802: 802 lines, the limit is 800",
            "crates/a/src/late.rs:802: 802 lines, the limit is 800",
            "crates/a/src/long.rs:801: 801 lines, the limit is 800",
        ],
    );
    let read = Tree::read(tree.root()).unwrap();
    assert_eq!(length::advice(&read), ["crates/a/src/at_limit.rs (800)"]);
}

#[test]
fn every_playbook_is_shipped() {
    let tree = Scratch::new()
        .with("playbooks/rename.yaml", "")
        .with("playbooks/code-rename.yaml", "")
        .with("playbooks/README.md", "");
    check(playbooks::check, &tree, &[]);
    let tree = tree.with(
        "crates/venom/src/shipped.rs",
        "include_str!(\"../../../playbooks/code-rename.yaml\")",
    );
    check(
        playbooks::check,
        &tree,
        &["playbooks/rename.yaml:1: crates/venom/src/shipped.rs does not include `rename.yaml`"],
    );
}

#[test]
fn decision_records_are_numbered_and_whole() {
    let whole = |number: &str| {
        format!("# {number}. X\n\n## Context\n## Decision\n## Alternatives\n## Consequences\n")
    };
    let tree = Scratch::new()
        .with("docs/adr/0001-a.md", &whole("0001"))
        .with("docs/adr/0002-b.md", &whole("0002"));
    check(adr::check, &tree, &[]);
    let tree = tree
        .with("docs/adr/0002-c.md", &whole("0002"))
        .with("docs/adr/0004-d.md", &whole("0003"))
        .with("docs/adr/5-e.md", "")
        .with(
            "docs/adr/0005-f.md",
            "# 0005. F\n## Context\n## Decision\n## Consequences\n",
        );
    check(
        adr::check,
        &tree,
        &[
            "docs/adr/0002-c.md:1: has the number of docs/adr/0002-b.md",
            "docs/adr/0004-d.md:1: begin with the heading `# 0004",
            "docs/adr/0004-d.md:1: record 0003 is missing before it",
            "docs/adr/0005-f.md:1: lacks the part `## Alternatives`",
            "docs/adr/5-e.md:1: call it NNNN-",
        ],
    );
}

#[test]
fn change_notes_have_a_name_and_say_something() {
    let tree = Scratch::new()
        .with("changes/README.md", "")
        .with("changes/012-undo-in-one-step.md", "Undo.")
        .with("changes/013-empty.md", "\n")
        .with("changes/14-short.md", "x")
        .with("changes/015-Loud.md", "x");
    check(
        changes::check,
        &tree,
        &[
            "changes/013-empty.md:1: says nothing",
            "changes/015-Loud.md:1: call it NNN-",
            "changes/14-short.md:1: call it NNN-",
        ],
    );
}

#[test]
fn words_without_a_place_are_named() {
    let tree = Scratch::new()
        .with("docs/a.md", "fine\nSimply run it.\nsimplyfied\n")
        .with(
            "crates/a/src/lib.rs",
            "//! x\n// TODO later\n// TODO(#12): later\nfind(\"TODO\")\n",
        )
        .with("examples/shop/README.md", "simply")
        .with("crates/a/tests/fixtures/x.md", "simply")
        .with("justfile", "x:\n  ls /root/project\n");
    check(
        words::check,
        &tree,
        &[
            "crates/a/src/lib.rs:2: an open end needs its issue",
            "docs/a.md:2: `simply`:",
            "justfile:2: `/root/`: a path of one machine",
        ],
    );
}

#[test]
fn build_folders_and_hidden_state_are_not_read() {
    let tree = Scratch::new()
        .with("target/debug/x.md", "simply")
        .with("elsewhere/CACHEDIR.TAG", "")
        .with("elsewhere/x.md", "simply")
        .with(".git/x.md", "simply")
        .with("crates/a/src/target/x.md", "simply");
    check(
        words::check,
        &tree,
        &["crates/a/src/target/x.md:1: `simply`"],
    );
}

#[test]
fn the_command_takes_no_arguments() {
    assert!(command(Scratch::new().root(), &["--fix".to_owned()]).is_err());
}
