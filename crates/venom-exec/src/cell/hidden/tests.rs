use super::*;
use crate::cell::HIDDEN;

fn workspace(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    root
}

fn check(files: &[&str], bounds: Bounds, expected: &[&str], is_cut_short: bool) {
    let root = workspace(files);
    let found = find(root.path(), HIDDEN, bounds).unwrap();
    let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
    assert_eq!((found.paths, found.is_cut_short), (expected, is_cut_short));
}

#[test]
fn secrets_are_found_at_any_depth_and_nothing_else() {
    check(
        &[
            ".env",
            ".ENV.local",
            "a/b/key.pem",
            "a/.aws/credentials",
            "src/env.rs",
            "environment",
            "node_modules/x/.env",
            "target/debug/x.pem",
            ".git/id_rsa",
            "deploy/id_ed25519",
            "deploy/id_ed25519.pub",
        ],
        Bounds::default(),
        &[
            ".ENV.local",
            ".env",
            "a/.aws",
            "a/b/key.pem",
            "deploy/id_ed25519",
        ],
        false,
    );
}

#[test]
fn bounds_end_a_search() {
    let bounds = |entries, depth, found| Bounds {
        entries,
        depth,
        found,
    };
    check(&["a/b/c/.env", ".env"], bounds(100, 2, 10), &[".env"], true);
    let root = workspace(&["1.pem", "2.pem"]);
    let found = find(root.path(), HIDDEN, bounds(1, 9, 10)).unwrap();
    assert_eq!((found.paths.len(), found.is_cut_short), (1, true));
    let root = workspace(&["1.pem", "2.pem", "3.pem"]);
    let found = find(root.path(), HIDDEN, bounds(100, 9, 2)).unwrap();
    assert_eq!((found.paths.len(), found.is_cut_short), (2, true));
}

#[test]
fn links_are_not_followed() {
    let root = workspace(&["real/.env"]);
    std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.path().join("x.pem")).unwrap();
    let found = find(root.path(), HIDDEN, Bounds::default()).unwrap();
    assert_eq!(found.paths, [Path::new("real/.env"), Path::new("x.pem")]);
    for name in ["real", "real/.env", "loop", "x.pem"] {
        assert!(found.names.contain(Path::new(name)), "{name}");
    }
    assert!(!found.names.contain(Path::new("loop/real")) && !found.names.contain(Path::new("")));
}

#[test]
fn a_bad_pattern_and_a_missing_folder_are_errors() {
    let root = workspace(&[]);
    assert!(find(root.path(), &["a[", "b"], Bounds::default()).is_err());
    assert!(find(&root.path().join("no"), &["a"], Bounds::default()).is_err());
}
