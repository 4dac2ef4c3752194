use venom_ports::workspace::EntryKind;

use super::*;

fn check(under: &str, paths: &[&str], expected: &[&str]) {
    let entry = |path: &&str| Entry {
        path: RelPath::new(path).expect("a path"),
        kind: EntryKind::File,
        size: 0,
    };
    let mut entries: Vec<Entry> = paths.iter().map(entry).collect();
    leave_out(&mut entries, &RelPath::new(under).expect("a path"));
    let left: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(left, expected);
}

#[test]
fn leaves_out_packages_and_environments() {
    let paths = [
        "a.py",
        "env/pyvenv.cfg",
        "env/lib/b.py",
        "envy.py",
        "web/node_modules/c/d.js",
        "web/e.js",
    ];
    check("", &paths, &["a.py", "envy.py", "web/e.js"]);
    check("", &["node_modules"], &["node_modules"]);
}

#[test]
fn a_folder_that_is_named_is_meant() {
    check(
        "web/node_modules/c",
        &["web/node_modules/c/d.js"],
        &["web/node_modules/c/d.js"],
    );
    check(
        "env",
        &["env/pyvenv.cfg", "env/b.py"],
        &["env/pyvenv.cfg", "env/b.py"],
    );
}
