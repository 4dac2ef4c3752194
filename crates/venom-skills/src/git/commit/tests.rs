use super::super::changed::{FileChange, Kind, Status};
use super::kind::{Purpose, kind, scope};
use super::message::{Manner, message};
use super::symbols::Symbols;
use super::*;

fn file(path: &str, status: Status) -> FileChange {
    FileChange {
        path: path.to_owned(),
        from: None,
        status,
        added: Some(2),
        removed: Some(1),
        kind: Kind::Content,
    }
}

fn subject(files: &[FileChange], patch: &str, conventional: bool) -> String {
    let changed = Changed {
        files: files.to_vec(),
        truncated: false,
    };
    let manner = Manner {
        conventional,
        branch: Some("main"),
        is_first: false,
    };
    let made = message(&changed, &Symbols::of(patch), &manner);
    made.lines().next().unwrap_or_default().to_owned()
}

const ADDS: &str = "diff --git a/shop/cart.py b/shop/cart.py\n--- a/shop/cart.py\n+++ b/shop/cart.py\n\
    @@ -3,0 +4,2 @@ def total(cart):\n+def discount(cart):\n+    return 0\n";

#[test]
fn tidies_as_git_does() {
    assert_eq!(tidy("\n\n a  \n\n\n b\t\n\n"), " a\n\n b\n");
    assert_eq!(tidy(""), "");
}

#[test]
fn finds_names_in_a_patch() {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let symbols = Symbols::of(ADDS);
    assert_eq!(symbols.added, names(&["discount"]));
    assert_eq!(symbols.touched, names(&["total"]));
    let changed = Symbols::of(
        "diff --git a/a.rs b/a.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-pub fn one() {}\n\
         +pub async fn one(x: u8) {}\n-struct Gone;\n",
    );
    assert_eq!(changed.touched, names(&["one"]));
    assert_eq!(changed.removed, names(&["Gone"]));
    assert!(changed.added.is_empty());
}

#[test]
fn says_what_was_done() {
    let edit = [file("shop/cart.py", Status::Modified)];
    assert_eq!(subject(&edit, ADDS, false), "Add discount to cart.py");
    assert_eq!(
        subject(&edit, ADDS, true),
        "feat(shop): add discount to cart.py"
    );
    assert_eq!(subject(&edit, "", true), "fix(shop): update cart.py");
    assert_eq!(
        subject(&[file("README.md", Status::Modified)], "", true),
        "docs: update README.md"
    );
    assert_eq!(
        subject(
            &[file("a.py", Status::Added), file("b.py", Status::Deleted)],
            "",
            false
        ),
        "Add a.py and remove b.py"
    );
    let mut moved = file("lib/a.py", Status::Renamed);
    moved.from = Some("a.py".to_owned());
    assert_eq!(subject(&[moved], "", true), "refactor: move a.py to lib");
}

#[test]
fn a_long_subject_becomes_a_short_one() {
    let files: Vec<FileChange> = (0..40)
        .map(|at| {
            file(
                &format!("src/a-rather-long-name-of-a-file-{at}.py"),
                Status::Modified,
            )
        })
        .collect();
    for conventional in [true, false] {
        let subject = subject(&files, "", conventional);
        assert!(subject.chars().count() <= 72, "{subject}");
        assert!(!subject.ends_with('…'), "{subject}");
    }
}

#[test]
fn many_files_are_listed_in_the_body() {
    let files: Vec<FileChange> = (0..12)
        .map(|at| file(&format!("a{at:02}.py"), Status::Modified))
        .collect();
    let changed = Changed {
        files,
        truncated: false,
    };
    let made = message(&changed, &Symbols::default(), &Manner::default());
    assert!(made.contains("- a00.py (+2 -1)"), "{made}");
    assert!(made.ends_with("- and 2 more files"), "{made}");
}

#[test]
fn judges_paths() {
    for (path, purpose) in [
        ("src/a.rs", Purpose::Source),
        ("tests/a.rs", Purpose::Test),
        ("src/a_test.go", Purpose::Test),
        ("web/a.spec.ts", Purpose::Test),
        ("README", Purpose::Docs),
        ("requirements-dev.txt", Purpose::Build),
        ("Cargo.lock", Purpose::Build),
        (".github/workflows/x.yml", Purpose::Ci),
        (".gitignore", Purpose::Chore),
        ("latest.py", Purpose::Source),
    ] {
        assert_eq!(Purpose::of(path), purpose, "{path}");
    }
}

#[test]
fn chooses_the_type() {
    let none = Symbols::default();
    let source = [
        file("src/a.py", Status::Modified),
        file("tests/test_a.py", Status::Modified),
    ];
    assert_eq!(kind(&source, &none, None), "fix");
    assert_eq!(kind(&source, &none, Some("refactor/x")), "refactor");
    assert_eq!(
        kind(&[file("src/a.py", Status::Added)], &none, None),
        "feat"
    );
    assert_eq!(
        kind(&[file("src/a.py", Status::Deleted)], &none, None),
        "refactor"
    );
    assert_eq!(
        kind(
            &[
                file("Cargo.toml", Status::Modified),
                file("ci.md", Status::Added)
            ],
            &none,
            None
        ),
        "build"
    );
}

#[test]
fn finds_the_scope() {
    assert_eq!(
        scope(&[file("crates/kernel/src/a.rs", Status::Modified)]).as_deref(),
        Some("kernel")
    );
    assert_eq!(scope(&[file("src/a.rs", Status::Modified)]), None);
    assert_eq!(
        scope(&[
            file("a/b/x.py", Status::Added),
            file("a/c/y.py", Status::Added)
        ])
        .as_deref(),
        Some("a")
    );
}

#[test]
fn knows_names_of_secrets() {
    for yes in [".env", "a/.env.production", "id_rsa", "x/key.p12", ".netrc"] {
        assert!(guard::is_secret_name(yes), "{yes}");
    }
    for no in [".env.example", "env.py", "id_rsa.pub", "keys.md", ".envrc"] {
        assert!(!guard::is_secret_name(no), "{no}");
    }
}
