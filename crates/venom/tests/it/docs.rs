//! What is generated is the same every time.

use std::collections::BTreeMap;
use std::path::Path;

use super::home::Home;

fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let bytes = std::fs::read(entry.path()).expect("a file");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect()
}

#[test]
fn pages_and_manuals() {
    let home = Home::new();
    for (verb, file) in [("gen-docs", "cli.md"), ("man", "venom-run.1")] {
        for folder in ["one", "two"] {
            let done = home.venom(&[verb, folder]);
            assert_eq!(done.code, Some(0), "{done:?}");
        }
        let one = read(&home.work().join("one"));
        assert_eq!(one, read(&home.work().join("two")));
        assert!(one.contains_key(file), "{:?}", one.keys());
        std::fs::remove_dir_all(home.work().join("one")).expect("removed");
        std::fs::remove_dir_all(home.work().join("two")).expect("removed");
    }
}

#[test]
fn completions_and_schema() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let done = home.venom(&["completions", shell]);
        assert_eq!(done.code, Some(0));
        assert!(done.stdout.contains("playbooks"), "{shell}");
    }
    let done = home.venom(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(
        schema["properties"]["run"]["properties"]["max_parallel"]["minimum"],
        1
    );
}
